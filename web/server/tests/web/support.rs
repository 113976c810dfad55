//! A web with a scripted firm and a store in memory.

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tower::ServiceExt;
use warmline_coordination::asking::{Asking, Question};
use warmline_coordination::decision::Decision;
use warmline_coordination::erasure::Person;
use warmline_coordination::ids::{DecisionId, ReservationId};
use warmline_coordination::request::{AgentRef, Mode, Problem, Reply, Request};
use warmline_coordination::routing::{Case, Needs, Strategy};
use warmline_coordination::view::{
    AgentName, AgentState, AgentViews, ColleagueView, ContactView, CurrentView, MeView, ReservationView,
    ShownMode, StatsView, VisitorState, Wait,
};
use warmline_time::Time;
use warmline_web::{
    AgentLogin, Challenge, Check, Evidence, EvidenceRefused, Hub, Kept, KeptDecisions, Pages, PublicOrigin,
    SiteInfo, Snapshots, StoreUnavailable, Verdict, Wanted, WebRequest, WebSettings, WebState,
    pageview_router, router, shop_router,
};

pub const SHOP: &str = "https://shop.test";
pub const DESK: &str = "http://desk.test:8080";
pub const PASSWORD: &str = "correct horse";

/// Every request with which a desktop changes something, the log-in apart; the log-out last.
pub const CALLS: [(&str, &str, &str); 21] = [
    ("PUT", "/v1/agent/state", r#"{"state":"ready"}"#),
    ("POST", "/v1/agent/mute", r#"{"on":true}"#),
    ("POST", "/v1/agent/hold", r#"{"on":false}"#),
    ("POST", "/v1/agent/digits", r#"{"digits":"0123456789*#ABCD"}"#),
    ("POST", "/v1/agent/consult", r#"{"target":{"agent":"bob"}}"#),
    ("POST", "/v1/agent/swap", ""),
    ("POST", "/v1/agent/conference", ""),
    ("POST", "/v1/agent/consult-end", ""),
    ("POST", "/v1/agent/transfer", r#"{"target":{"queue":"sales"}}"#),
    ("POST", "/v1/agent/take", r#"{"waiting":"rsv_1"}"#),
    ("POST", "/v1/agent/priority", r#"{"waiting":"rsv_1","priority":7}"#),
    ("POST", "/v1/agent/outcome", r#"{"code":"Sale","notes":"one\ntwo","priority":7}"#),
    ("POST", "/v1/agent/hangup", ""),
    ("POST", "/v1/agent/call", r#"{"number":"030 222333","caller_id":"+493012345000"}"#),
    ("POST", "/v1/agent/park", ""),
    ("POST", "/v1/agent/unpark", r#"{"slot":701}"#),
    ("POST", "/v1/agent/never-call", "{}"),
    ("POST", "/v1/agent/wrapup-done", ""),
    ("POST", "/v1/agent/live", r#"{"on":true}"#),
    ("POST", "/v1/agent/push", r#"{"url":"https://shop.test/returns","title":"Returns"}"#),
    ("POST", "/v1/agent/logout", ""),
];

/// A store in memory. `log` names what it was given and, between, the requests to the firm.
#[derive(Default)]
pub struct Store {
    pub kept: Mutex<HashMap<String, Bytes>>,
    pub full: AtomicBool,
    pub log: Mutex<Vec<&'static str>>,
}

/// The store as the web is given it.
fn stored(store: &Arc<Store>) -> Kept {
    Kept {
        snapshots: Arc::clone(store) as _,
        evidence: Arc::clone(store) as _,
        decisions: Arc::clone(store) as _,
    }
}

/// The decision minted at the epoch with random part 7 is kept for every firm.
impl KeptDecisions for Store {
    fn one(
        &self,
        _firm: String,
        id: DecisionId,
    ) -> BoxFuture<'_, Result<Option<Decision>, StoreUnavailable>> {
        let kept = kept_decision();
        Box::pin(std::future::ready(Ok((id == kept.id).then_some(kept))))
    }

    fn some(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Decision>, StoreUnavailable>> {
        let kept = kept_decision();
        let is = (wanted.from..wanted.before).contains(&kept.id) && wanted.subject.is_none();
        Box::pin(std::future::ready(Ok(is.then_some(kept).into_iter().collect())))
    }
}

pub fn kept_decision() -> Decision {
    let home = Arc::new(Needs { queue: "sales".into(), skills: Vec::new(), pull: false });
    Decision {
        id: DecisionId::mint(Time::ZERO, 7),
        reservation: None,
        call: None,
        strategy: Strategy::LongestIdle,
        case: Case { at: Time::ZERO, home, further: Vec::new(), turn: None, ruled: Arc::default() },
        candidates: Vec::new(),
        choice: None,
        rung: Vec::new(),
    }
}

/// Of each firm the request minted at the epoch is known; by its random part it is damaged (1), or others are gathered (2).
impl Evidence for Store {
    fn bundle(
        &self,
        firm: String,
        reservation: ReservationId,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        let known = |random| reservation == ReservationId::mint(Time::ZERO, random);
        let answer = match () {
            () if known(0) => Ok(Bytes::from(format!("{{\"firm\":\"{firm}\"}}"))),
            () if known(1) => Err(EvidenceRefused::Damaged),
            () if known(2) => Err(EvidenceRefused::Busy),
            () => Err(EvidenceRefused::Unknown),
        };
        Box::pin(std::future::ready(answer))
    }

    fn campaign(
        &self,
        firm: String,
        campaign: String,
        until: Option<u64>,
    ) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        let answer = match campaign.as_str() {
            "Spring 50%" => {
                Ok(Bytes::from(format!("{{\"firm\":\"{firm}\",\"until\":{}}}", until.unwrap_or(0))))
            }
            _ => Err(EvidenceRefused::UnknownCampaign),
        };
        Box::pin(std::future::ready(answer))
    }

    fn person(&self, firm: String, person: Person) -> BoxFuture<'_, Result<Bytes, EvidenceRefused>> {
        let text = format!("{{\"firm\":\"{firm}\",\"numbers\":{}}}", person.numbers.len());
        Box::pin(std::future::ready(Ok(Bytes::from(text))))
    }

    fn verify(&self, bundle: Bytes) -> BoxFuture<'_, Result<Verdict, EvidenceRefused>> {
        let holds = bundle.starts_with(b"{\"firm\"");
        let checks = vec![Check { check: "format", holds }];
        Box::pin(std::future::ready(Ok(Verdict { holds, checks })))
    }
}

impl Snapshots for Store {
    fn put(&self, hash: String, html: Bytes) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        Box::pin(async move {
            if self.full.load(Ordering::Relaxed) {
                return Err(StoreUnavailable);
            }
            self.log.lock().unwrap().push("put");
            self.kept.lock().unwrap().insert(hash, html);
            Ok(())
        })
    }
    fn get(&self, hash: String) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(async move { self.kept.lock().unwrap().get(&hash).cloned() })
    }
}

/// One web.
pub struct Web {
    pub state: Arc<WebState>,
    pub hub: Arc<Hub>,
    pub store: Arc<Store>,
    pub seen: mpsc::UnboundedReceiver<Request>,
    pub app: Router,
}

pub fn hash_of(password: &str) -> String {
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let salt = SaltString::encode_b64(b"salt of the test").unwrap();
    argon.hash_password(password.as_bytes(), &salt).unwrap().to_string()
}

pub fn settings() -> WebSettings {
    let pageview = PublicOrigin::SameHost { http: 8444, https: 8444 };
    let mut settings = WebSettings::new([3; 64], pageview);
    let login = |firm: &str, agent: &str| AgentLogin {
        firm: firm.into(),
        agent: agent.into(),
        password_hash: hash_of(PASSWORD),
        whole_firm: false,
    };
    settings.directory = vec![login("acme", "alice"), login("acme", "bob"), login("globex", "bob")];
    let site = |name: &str, firm: &str, origin: &str| SiteInfo {
        name: name.into(),
        firm: firm.into(),
        origins: vec![origin.into()],
        consent_version: "2026-11".into(),
        countries: vec!["DE".into()],
        modes: vec![Mode::Dial, Mode::Callme],
        brand: "Acme".into(),
        confirms: false,
        writes: false,
        asking: asking(),
        now_keeps_hours: false,
        challenge: Challenge { score: 0, bits: 8 },
    };
    settings.sites = vec![
        site("shop", "acme", SHOP),
        site("blog", "acme", "https://blog.test"),
        site("globex", "globex", "https://globex.test"),
    ];
    let files = [
        ("desktop/index.html", "<title>desktop</title>"),
        ("desktop/assets/app-1a2b.js", "app()"),
        ("pageview/index.html", "<title>view</title>"),
        ("pageview/assets/view.js", "view()"),
        ("pageview/live.html", "<title>live</title>"),
        ("widget.js", "widget()"),
        ("widget/snapshot.js", "snapshot()"),
        ("shop/index.html", "<script src=\"{{SWITCH_ORIGIN}}/widget.js\"></script>"),
        ("shop/printers/42.html", "printer 42"),
        ("shop/assets/style.css", "body{}"),
    ];
    settings.pages = Pages::given(files.map(|(path, text)| (path.to_owned(), Bytes::from(text))));
    settings
}

/// What the sites ask.
pub fn asking() -> Asking {
    let choices = ["It stands still", "A question"].map(str::to_owned).to_vec();
    let question = Question { ask: "How urgent is it?".into(), choices, priority: vec![7, 2] };
    Asking::new(vec!["Sales".into(), "Repair".into()], vec!["de".into(), "en".into()], vec![question])
        .unwrap()
}

/// Answers as a firm with nothing special would.
pub fn usual(request: &Request) -> Reply {
    match request {
        Request::Open(open) => Reply::Reservation {
            created: open.idempotency_key.as_deref() != Some("again"),
            view: Box::new(reservation(1)),
            token: None,
        },
        Request::View { .. } => {
            Reply::Reservation { created: false, view: Box::new(reservation(1)), token: None }
        }
        Request::ChangeChannel { .. } => {
            let view = ReservationView { change: Some(Box::new(reservation(2))), ..reservation(1) };
            Reply::Reservation { created: false, view: Box::new(view), token: Some("t".into()) }
        }
        Request::BrowserOffer { sdp, .. } => Reply::Sdp(sdp.replace("offer", "answer")),
        Request::Login(_) | Request::StreamOpened(..) => Reply::Agent(Box::new(views())),
        _ => Reply::Done,
    }
}

/// Refuses everything, with 429.
pub fn refusing(_: &Request) -> Reply {
    let detail = "The number is not allowed.".to_owned();
    Reply::Problem(Problem { status: 429, code: "number_not_allowed", detail, retry_after_secs: Some(33) })
}

impl Web {
    pub fn new() -> Self {
        Web::with(settings(), usual)
    }

    pub fn with(settings: WebSettings, answer: fn(&Request) -> Reply) -> Self {
        let (web, mut requests) = Web::unanswered(settings, 64);
        let (tell, seen) = mpsc::unbounded_channel();
        let store = Arc::clone(&web.store);
        tokio::spawn(async move {
            while let Some(WebRequest { request, reply }) = requests.recv().await {
                let asked = answer(&request);
                // What works is asked beside every session: it changes nothing, and tests of other things need not know.
                if !matches!(request, Request::Offer { .. } | Request::Slots { .. } | Request::Held { .. }) {
                    store.log.lock().unwrap().push("request");
                    let _ = tell.send(request);
                }
                reply.send(asked);
            }
        });
        Web { seen, ..web }
    }

    /// With nobody at the other end but the test.
    pub fn unanswered(settings: WebSettings, room: usize) -> (Self, mpsc::Receiver<WebRequest>) {
        Web::on(Hub::new(), settings, room)
    }

    /// Likewise, with a hub of the test's.
    pub fn on(hub: Hub, settings: WebSettings, room: usize) -> (Self, mpsc::Receiver<WebRequest>) {
        let (to, requests) = mpsc::channel(room);
        let hub = Arc::new(hub);
        let store = Arc::new(Store::default());
        let state = WebState::new(settings, to, Arc::clone(&hub), stored(&store));
        let app = router(Arc::clone(&state));
        (Web { state, hub, store, seen: mpsc::unbounded_channel().1, app }, requests)
    }

    pub fn pageview(&self) -> Router {
        pageview_router(Arc::clone(&self.state))
    }

    pub fn shop(&self) -> Router {
        shop_router(Arc::clone(&self.state), PublicOrigin::SameHost { http: 8080, https: 8443 })
    }

    /// A visitor of the shop, as its page got it.
    pub async fn visitor(&self) -> String {
        let answer = call(&self.app, post("/v1/web/sessions", SHOP, json!({"site": "shop"}))).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.body["visitor"].as_str().unwrap().to_owned()
    }

    /// Alice's cookie.
    pub async fn log_in(&self) -> String {
        let body = json!({"agent": "alice", "password": PASSWORD});
        let answer = call(&self.app, post("/v1/agent/login", DESK, body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        cookie(&answer.headers).split(';').next().unwrap().to_owned()
    }

    /// A request from Alice's desktop, or whosever cookie it is.
    pub async fn desk(&self, method: &str, path: &str, cookie: &str, body: &str) -> Answer {
        let headers = [("origin", DESK), ("cookie", cookie), ("content-type", "application/json")];
        call(&self.app, request(method, path, &headers, Body::from(body.to_owned()))).await
    }

    /// The next request that the firm got, the log-in apart.
    pub async fn next(&mut self) -> Request {
        loop {
            let wait = std::time::Duration::from_secs(20);
            let request = tokio::time::timeout(wait, self.seen.recv()).await.expect("a request in time");
            match request.expect("a firm that answers") {
                Request::Login(_) => continue,
                request => return request,
            }
        }
    }
}

pub fn alice() -> AgentRef {
    AgentRef { firm: "acme".into(), agent: "alice".into() }
}

pub fn cookie(headers: &HeaderMap) -> &str {
    headers["set-cookie"].to_str().unwrap()
}

/// An answer read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// Null where it is no JSON.
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn call(app: &Router, request: HttpRequest<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, text, body }
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> HttpRequest<Body> {
    let mut request = HttpRequest::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "desk.test:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5)))).body(body).unwrap()
}

pub fn get(path: &str) -> HttpRequest<Body> {
    request("GET", path, &[], Body::empty())
}

pub fn post(path: &str, origin: &str, body: Value) -> HttpRequest<Body> {
    let headers = [("origin", origin), ("content-type", "application/json")];
    request("POST", path, &headers, Body::from(body.to_string()))
}

pub fn reservation(random: u128) -> ReservationView {
    ReservationView {
        id: ReservationId::mint(Time::ZERO, random),
        mode: ShownMode::Dial,
        state: VisitorState::Held,
        since: Time::ZERO.rfc3339(),
        number: Some("+493012345003".into()),
        number_display: Some("030 12345003".into()),
        pin: Some("483026".into()),
        shared: false,
        expires_at: Some(Time::ZERO.rfc3339()),
        agent: Some(AgentName { display_name: "Alice".into() }),
        wait: Some(Wait::default()),
        too_long: false,
        position: None,
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
        reason: None,
        channel: None,
        held: false,
        joined: false,
        change: None,
        share: None,
        due: None,
        attempts: 0,
        match_digits: None,
        ticket: None,
        chat: None,
    }
}

pub fn views() -> AgentViews {
    let contact = ContactView {
        id: None,
        name: "Zoë".into(),
        numbers: vec![],
        e164: vec![],
        notes: String::new(),
        priority: 0,
        ratings: vec![],
        history: vec![],
        older: None,
    };
    AgentViews {
        watch: None,
        me: MeView {
            firm: "acme".into(),
            agent: "alice".into(),
            display_name: "Alice".into(),
            state: AgentState::Claimed,
            since: Time::ZERO.rfc3339(),
            pending_not_ready: false,
            phone: true,
            station: "browser",
            sip_user: "alice".into(),
            sip_password: "secret".into(),
            wrapup_ends: None,
            reason: None,
            reasons: vec!["Break".into()],
            wrapup_codes: vec!["Sale".into()],
            queues: vec!["sales".into()],
            outbound: false,
            may_rate: false,
            may_edit: false,
            pools: Vec::new(),
            caller_ids: vec![],
            notice: None,
            supervisor: false,
            warm_line: Vec::new(),
        },
        current: Some(CurrentView {
            never_call: None,
            job: None,
            asked: None,
            held_since: None,
            phone: None,
            resume: None,
            reservation: Some(ReservationId::mint(Time::ZERO, 1)),
            call: None,
            state: AgentState::Claimed,
            since: Time::ZERO.rfc3339(),
            asked_at: Time::ZERO.rfc3339(),
            claim_ends: None,
            channel: "phone",
            confidence: "exact",
            verified: warmline_coordination::cti::Verified::Unknown,
            page: None,
            snapshot: Some("ab".repeat(32)),
            contact,
            identity: None,
            crm: None,
            muted: false,
            held: false,
            consult: None,
            from: None,
            guest: false,
            code: None,
            auto_answer: false,
            change: None,
            dialing: None,
            dialed: None,
            share: None,
            client: None,
        }),
        waiting: vec![],
        scheduled: vec![],
        stats: StatsView::default(),
        colleagues: vec![ColleagueView {
            agent: "bob".into(),
            display_name: "Bob".into(),
            state: AgentState::NotReady,
            since: Time::ZERO.rfc3339(),
            reason: Some("Break".into()),
        }],
        parked: vec![],
        chats: vec![],
    }
}
