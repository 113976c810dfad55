//! Visitors who are watched, as the web has it: who is known by what, what is refused, and how invitations come to their pages.

use crate::streams::{connect, next_json, serve};
use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use warmline_coordination::activity::{Criterion, Draft, Kind, WatchSettings, WatchedSite, Who};
use warmline_coordination::ids::InvitationId;
use warmline_coordination::invitation::{AlertVerb, InvitationView, Occasion, Response, WatchCommand, Way};
use warmline_coordination::request::{Reply, Request};
use warmline_coordination::usage::{RatePlan, UsageReport, UsageRow, Used};
use warmline_time::Time;
use warmline_web::{WatchPolicy, WebSettings, WithoutConsent};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

fn policy(without: WithoutConsent) -> WatchPolicy {
    let site = |name: &str| WatchedSite { firm: 0, name: name.into() };
    let trouble = Draft { name: "trouble".into(), on: vec![Kind::Error], ..Draft::default() };
    WatchPolicy {
        firm: "acme".into(),
        consent: true,
        without,
        keep_addresses: false,
        bots: true,
        identity: Duration::from_secs(180 * 86_400),
        settings: WatchSettings {
            sites: vec![site("shop"), site("blog")],
            criteria: vec![Criterion::new(trouble).unwrap()],
            ..WatchSettings::default()
        },
    }
}

fn watched(without: WithoutConsent) -> WebSettings {
    let mut settings = settings();
    settings.watches = vec![policy(without)];
    settings
}

async fn tell(web: &Web, more: Value) -> Answer {
    tell_as(web, BROWSER, more).await
}

async fn tell_as(web: &Web, browser: &str, more: Value) -> Answer {
    let mut body = json!({
        "site": "shop",
        "consent": "granted",
        "storage": true,
        "page": {"url": "https://shop.test/a", "title": "A"},
        "events": [{"kind": "view", "url": "https://shop.test/a", "title": "A"}],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let headers = [("origin", SHOP), ("content-type", "text/plain;charset=UTF-8"), ("user-agent", browser)];
    call(&web.app, request("POST", "/v1/web/activity", &headers, Body::from(body.to_string()))).await
}

fn text(answer: &Answer, name: &str) -> String {
    answer.body[name].as_str().unwrap_or_else(|| panic!("no {name}: {:?}", answer.body)).to_owned()
}

fn who_of(answer: &Answer) -> Who {
    let stream = text(answer, "stream");
    let token = stream.split_once("token=").unwrap().1;
    warmline_coordination::invitation::who_is(token.split_once('.').unwrap().0).unwrap()
}

fn invitation() -> InvitationView {
    InvitationView {
        id: InvitationId::mint(Time::ZERO, 1),
        kind: Occasion::Invitation,
        title: "May we help?".into(),
        text: "<b>Now</b>".into(),
        language: "en".into(),
        agent: None,
        picture: None,
        audio: None,
        video: None,
        options: vec![Way::Browser],
        later: false,
        number: None,
        conference: None,
        expires_at: Time::ZERO.rfc3339(),
    }
}

#[tokio::test]
async fn nothing_is_known_of_who_has_not_agreed() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    for consent in ["unknown", "refused"] {
        let answer =
            tell(&web, json!({"consent": consent, "events": [{"kind": "error", "field": "name"}]})).await;
        assert_eq!((answer.status, &answer.body["watch"]), (StatusCode::ACCEPTED, &json!(false)));
        assert_eq!((answer.body.get("identity"), answer.body.get("visit")), (None, None));
    }
    // Whose browser keeps nothing is nobody either, though he agrees.
    assert_eq!(tell(&web, json!({"storage": false})).await.body["watch"], false);
    let answer = tell(&web, json!({"events": [{"kind": "error", "field": "name"}]})).await;
    assert_eq!(answer.body["watch"], true);
    let Request::Matched { site, rule, sighting } = web.next().await else { panic!("a match") };
    assert_eq!((site.as_str(), rule.as_str(), sighting.who), ("shop", "trouble", who_of(&answer)));
    assert_eq!((sighting.page.url.as_str(), sighting.address), ("https://shop.test/a", None));
}

#[tokio::test]
async fn an_identity_is_kept_and_no_other_text_is_one() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    let first = tell(&web, json!({})).await;
    let identity = text(&first, "identity");
    let again = tell(&web, json!({"identity": identity})).await;
    assert_eq!(who_of(&again), who_of(&first));
    assert!(again.body["identity"].is_null(), "nothing in it has changed");
    assert_eq!(text(&again, "visitor"), text(&first, "visitor"), "requests go under the same id");
    // The purchase is in it, and told to the firm.
    let bought =
        tell(&web, json!({"identity": identity, "events": [{"kind": "purchase", "value": 12.5}]})).await;
    assert!(bought.body["identity"].is_string());
    let Request::Purchased { site, visitor, cents } = web.next().await else { panic!("a purchase") };
    assert_eq!((site.as_str(), Who::Visitor(visitor), cents), ("shop", who_of(&first), 1_250));
    for wrong in
        [identity.replace("w1.", "w2."), format!("{identity}x"), "w1.1.AAAA".into(), "x".repeat(5_000)]
    {
        let other = tell(&web, json!({ "identity": wrong })).await;
        assert_ne!(who_of(&other), who_of(&first));
        assert!(other.body["identity"].is_string(), "he gets one of his own");
    }
}

/// Who goes on to the next page before the answer has come is one visitor, not two.
#[tokio::test]
async fn who_was_not_answered_yet_is_known_again_by_his_pages_nonce() {
    let nonce = "0123456789abcdef";
    let mut web = Web::with(watched(WithoutConsent::Visit), usual);
    let first = tell(&web, json!({ "nonce": nonce })).await;
    let next =
        tell(&web, json!({ "nonce": nonce, "page": {"url": "https://shop.test/b", "title": "B"} })).await;
    assert_eq!(who_of(&next), who_of(&first));
    assert!(next.body["identity"].is_string(), "he has none yet");
    assert_ne!(who_of(&tell(&web, json!({ "nonce": "fedcba9876543210" })).await), who_of(&first));
    // An identity says more; what is no such text says nothing.
    let identity = text(&tell(&web, json!({})).await, "identity");
    assert_ne!(who_of(&tell(&web, json!({ "nonce": nonce, "identity": identity })).await), who_of(&first));
    for wrong in ["short", "0123456789abcde.", &"a".repeat(65)] {
        let [one, other] =
            [tell(&web, json!({ "nonce": wrong })).await, tell(&web, json!({ "nonce": wrong })).await];
        assert_ne!(who_of(&one), who_of(&other));
    }
    // The same for one session, which is adopted where he agrees before it was answered.
    let nonce = "00112233445566778899aabbccddeeff";
    let visit = tell(&web, json!({ "nonce": nonce, "consent": "unknown" })).await;
    assert!(matches!(who_of(&visit), Who::Visit(_)) && visit.body["visit"].is_string());
    assert_eq!(who_of(&tell(&web, json!({ "nonce": nonce, "consent": "unknown" })).await), who_of(&visit));
    let agreed = tell(&web, json!({ "nonce": nonce })).await;
    let Who::Visitor(_) = who_of(&agreed) else { panic!("somebody who has agreed") };
    // Withdrawn before any answer: the firm hears of all that he was.
    tell(&web, json!({ "nonce": nonce, "consent": "refused", "events": [] })).await;
    for who in [who_of(&agreed), who_of(&visit)] {
        let Request::Unwatch { who: told, .. } = web.next().await else { panic!("the firm is told") };
        assert_eq!(told, who);
    }
}

#[tokio::test]
async fn one_session_or_the_table_know_those_who_have_not_agreed_where_the_firm_says_so() {
    let web = Web::with(watched(WithoutConsent::Visit), usual);
    let first = tell(&web, json!({"consent": "unknown"})).await;
    assert!(first.body["identity"].is_null() && first.body["visitor"].is_null());
    let visit = text(&first, "visit");
    let again = tell(&web, json!({"consent": "unknown", "visit": visit})).await;
    assert_eq!(who_of(&again), who_of(&first));
    assert!(matches!(who_of(&first), Who::Visit(_)));
    // Keeps nothing: by the salted hash of today, the same for the same browser behind the same address.
    let guest = tell(&web, json!({"consent": "unknown", "storage": false})).await;
    assert!(matches!(who_of(&guest), Who::Guest(_)) && guest.body["visit"].is_null());
    assert_eq!(who_of(&tell(&web, json!({"consent": "unknown", "storage": false})).await), who_of(&guest));
    let other =
        tell_as(&web, "Mozilla/5.0 (Macintosh)", json!({"consent": "unknown", "storage": false})).await;
    assert_ne!(who_of(&other), who_of(&guest));
    let web = Web::with(watched(WithoutConsent::Table), usual);
    let guest = tell(&web, json!({"consent": "unknown"})).await;
    assert!(matches!(who_of(&guest), Who::Guest(_)) && guest.body["visit"].is_null());
    // Whoever refuses is nobody, in every way: by his word here, or by his browser's to all sites.
    assert_eq!(tell(&web, json!({"consent": "refused"})).await.body["watch"], false);
    let body = json!({"site": "shop", "storage": true}).to_string();
    let headers =
        [("origin", SHOP), ("content-type", "text/plain"), ("user-agent", BROWSER), ("sec-gpc", "1")];
    let answer = call(&web.app, request("POST", "/v1/web/activity", &headers, Body::from(body))).await;
    assert_eq!(answer.body["watch"], false);
}

#[tokio::test]
async fn e24_withdrawn_consent_ends_it_at_once_and_the_firm_is_told() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    let first = tell(&web, json!({})).await;
    let (identity, who) = (text(&first, "identity"), who_of(&first));
    web.hub.watch("acme", who, WatchCommand::Show(Some(Box::new(invitation()))));
    let answer = tell(&web, json!({"consent": "refused", "identity": identity, "events": []})).await;
    assert_eq!(answer.body["watch"], false);
    let Request::Unwatch { who: told, .. } = web.next().await else { panic!("the firm is told") };
    assert_eq!(told, who);
    // Whoever comes back with it is somebody of whom nothing is known but what he shows.
    let back = tell(&web, json!({"identity": identity})).await;
    assert!(back.body["invitation"].is_null());
}

#[tokio::test]
async fn machines_strangers_and_wrong_words_get_nothing() {
    let web = Web::with(watched(WithoutConsent::Nothing), usual);
    assert_eq!(
        tell_as(&web, "Mozilla/5.0 (compatible; Googlebot/2.1)", json!({})).await.body["watch"],
        false
    );
    assert_eq!(tell(&web, json!({"site": "globex"})).await.code(), "origin_not_allowed");
    assert_eq!(tell(&web, json!({"site": "nowhere"})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(tell(&web, json!({"events": "none"})).await.code(), "invalid_json");
    assert_eq!(tell(&web, json!({"page": {"url": "x".repeat(20_000)}})).await.code(), "body_too_large");
    let headers = [("origin", SHOP), ("content-type", "image/png")];
    let answer = call(&web.app, request("POST", "/v1/web/activity", &headers, Body::from("{}"))).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Of a firm that does not watch, nothing.
    let web = Web::new();
    assert_eq!(tell(&web, json!({})).await.body["watch"], false);
}

#[tokio::test]
async fn an_invitation_comes_by_websocket_by_event_stream_and_with_the_next_events() {
    let web = Web::with(watched(WithoutConsent::Nothing), usual);
    let first = tell(&web, json!({})).await;
    let (identity, stream, who) = (text(&first, "identity"), text(&first, "stream"), who_of(&first));
    let address = serve(&web).await;
    let mut socket = connect(address, &stream, &[("origin", SHOP)]).await.unwrap();
    assert_eq!(next_json(&mut socket).await, json!({"type": "invitation", "invitation": null}));
    let events = stream.replace("/watch?", "/watch/events?");
    let request = request("GET", &events, &[("origin", SHOP)], Body::empty());
    let response = tower::ServiceExt::oneshot(web.app.clone(), request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let mut line = async || String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(line().await.contains("\"invitation\":null"));
    web.hub.watch("acme", who, WatchCommand::Show(Some(Box::new(invitation()))));
    let shown = next_json(&mut socket).await["invitation"].clone();
    assert_eq!((&shown["title"], &shown["options"]), (&json!("May we help?"), &json!(["browser"])));
    assert!(line().await.contains("May we help?"));
    let next = tell(&web, json!({ "identity": identity })).await;
    assert_eq!(next.body["invitation"], shown);
    web.hub.watch("acme", who, WatchCommand::Show(None));
    assert!(next_json(&mut socket).await["invitation"].is_null());
    assert!(line().await.contains("\"invitation\":null"));
    // A stream is the visitor's own, and its site's.
    assert_eq!(connect(address, &format!("{stream}x"), &[("origin", SHOP)]).await.err(), Some(401));
    assert_eq!(connect(address, &stream, &[("origin", "https://globex.test")]).await.err(), Some(401));
}

#[tokio::test]
async fn an_answer_needs_the_key_that_came_with_it() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    let first = tell(&web, json!({})).await;
    let who = who_of(&first);
    web.hub.watch("acme", who, WatchCommand::Show(Some(Box::new(invitation()))));
    let shown = tell(&web, json!({"identity": text(&first, "identity")})).await.body["invitation"].clone();
    let path = format!("/v1/web/invitations/{}", shown["id"].as_str().unwrap());
    let answer = async |web: &Web, key: &str, body: Value| {
        let bearer = format!("Bearer {key}");
        let headers =
            [("origin", SHOP), ("content-type", "application/json"), ("authorization", bearer.as_str())];
        call(&web.app, request("POST", &path, &headers, Body::from(body.to_string()))).await
    };
    let accepted = json!({"answer": "accepted", "option": "browser"});
    assert_eq!(answer(&web, "wrong", accepted.clone()).await.code(), "wrong_key");
    let key = shown["key"].as_str().unwrap();
    assert_eq!(answer(&web, key, json!({"answer": "perhaps"})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer(&web, key, accepted).await.status, StatusCode::NO_CONTENT);
    let Request::AnswerInvitation { firm, who: of, answer, way, .. } = web.next().await else {
        panic!("an answer")
    };
    assert_eq!((firm.as_str(), of, answer, way), ("acme", who, Response::Accepted, Some(Way::Browser)));
}

#[tokio::test]
async fn a_sites_server_tells_what_its_visitors_do() {
    let (key, hash) = warmline_web::mint_key(&[9; 32]);
    let rights = vec![warmline_web::Right::Visitors];
    let api_keys = vec![warmline_web::ApiKey::new("acme", "logs", &hash, rights).unwrap()];
    let mut settings = watched(WithoutConsent::Nothing);
    settings.api_keys = api_keys;
    let mut web = Web::with(settings, usual);
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({"site": "blog", "visitors": [{"visitor": "session 7", "events": [
        {"kind": "view", "url": "https://blog.test/x", "title": "X", "ago": 4000},
        {"kind": "error", "field": "mail"},
    ]}]});
    let answer =
        call(&web.app, request("POST", "/v1/activity", &headers, Body::from(body.to_string()))).await;
    assert_eq!((answer.status, &answer.body["events"]), (StatusCode::ACCEPTED, &json!(2)));
    let Request::Matched { site, sighting, .. } = web.next().await else { panic!("a match") };
    assert_eq!((site.as_str(), sighting.page.title.as_str()), ("blog", "X"));
    let body = json!({"site": "globex", "visitors": []});
    let answer =
        call(&web.app, request("POST", "/v1/activity", &headers, Body::from(body.to_string()))).await;
    assert_eq!(answer.code(), "unknown_site", "another firm's");
}

#[tokio::test]
async fn agents_have_their_verbs() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    let cookie = web.log_in().await;
    let alert = "alr_00000000000000000000000001";
    let said = Some("Hello".to_owned());
    let invite = AlertVerb::Invite { message: said, text: None, language: Some("de".into()) };
    for (path, body, verb) in [
        ("take", json!({ "alert": alert }), AlertVerb::Take),
        ("release", json!({ "alert": alert }), AlertVerb::Release),
        ("dismiss", json!({ "alert": alert }), AlertVerb::Dismiss),
        ("invite", json!({"alert": alert, "message": "Hello", "language": "de"}), invite),
    ] {
        let answer = web.desk("POST", &format!("/v1/agent/alert/{path}"), &cookie, &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}: {:?}", answer.body);
        let Request::Alert { alert: about, verb: told, .. } = web.next().await else { panic!("{path}") };
        assert_eq!((about.to_string().as_str(), told), (alert, verb));
    }
    let body = json!({"visitor": "guest_0000000000000001", "priority": 7}).to_string();
    let answer = web.desk("POST", "/v1/agent/visitor/priority", &cookie, &body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let Request::RateVisitor { visitor, priority, .. } = web.next().await else { panic!("a priority") };
    assert_eq!((visitor.as_str(), priority), ("guest_0000000000000001", 7));
    let long = json!({"alert": alert, "text": "x".repeat(501)}).to_string();
    assert_eq!(web.desk("POST", "/v1/agent/alert/invite", &cookie, &long).await.code(), "too_long");
}

#[tokio::test]
async fn criteria_are_tried_on_what_was_recorded() {
    let (key, hash) = warmline_web::mint_key(&[9; 32]);
    let rights = vec![warmline_web::Right::Read];
    let mut settings = watched(WithoutConsent::Nothing);
    settings.api_keys = vec![warmline_web::ApiKey::new("acme", "trial", &hash, rights).unwrap()];
    let web = Web::with(settings, usual);
    let identity = text(&tell(&web, json!({})).await, "identity");
    tell(&web, json!({"identity": identity, "events": [{"kind": "cart", "value": 120, "items": 1}]})).await;
    tell(&web, json!({})).await;
    let bearer = format!("Bearer {key}");
    let ask = async |body: Value| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        call(&web.app, request("POST", "/v1/criteria/dry-run", &headers, Body::from(body.to_string()))).await
    };
    let full = json!({"name": "full cart", "on": ["cart"], "when": "session.cart > 100", "sites": ["shop"]});
    let answer = ask(json!({ "criteria": [full] })).await;
    assert_eq!((&answer.body["visitors"], &answer.body["criteria"][0]["matched"]), (&json!(2), &json!(1)));
    assert!(!answer.text.contains("wlv_"), "nobody is named");
    assert_eq!(ask(json!({})).await.body["criteria"][0]["name"], "trouble", "those in force");
    for wrong in [
        json!({"name": "x", "when": "visitor.age"}),
        json!({"name": "x", "sites": ["globex"]}),
        json!({"name": "x", "once": "never"}),
        json!({"name": "x", "most": 3}),
        json!({"name": "x", "priority": 5, "priority_by": 1}),
    ] {
        let answer = ask(json!({ "criteria": [wrong] })).await;
        assert_eq!(answer.code(), "criterion_invalid");
        assert!(answer.text.contains("`x`: "), "{}", answer.text);
    }
    // Who may read may not tell what visitors do.
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = Body::from(json!({"site": "shop", "visitors": []}).to_string());
    let answer = call(&web.app, request("POST", "/v1/activity", &headers, body)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

/// N 0047: what a trigger has made of his priority goes with what he asks for.
#[tokio::test]
async fn a_watched_visitors_priority_goes_with_his_request() {
    let mut web = Web::with(watched(WithoutConsent::Nothing), usual);
    let first = tell(&web, json!({})).await;
    let visitor = text(&first, "visitor");
    let ask = json!({
        "site": "shop", "visitor": visitor, "mode": "dial", "page": {"url": "https://shop.test/a", "title": "A"},
    });
    for (rated, expected) in [(None, None), (Some(7), Some(7)), (Some(0), None)] {
        if let Some(priority) = rated {
            web.hub.watch("acme", who_of(&first), WatchCommand::Rate(priority));
        }
        call(&web.app, post("/v1/web/reservations", SHOP, ask.clone())).await;
        let Request::Open(open) = web.next().await else { panic!("a request") };
        assert_eq!(open.watched, expected, "{rated:?}");
    }
}

/// A firm whose visitors are made up by the thousand takes no room from its neighbour.
#[tokio::test]
async fn a_firms_flood_is_its_own() {
    let mut settings = watched(WithoutConsent::Nothing);
    let globex = WatchedSite { firm: 0, name: "globex".into() };
    let neighbour = WatchPolicy {
        firm: "globex".into(),
        settings: WatchSettings { sites: vec![globex], ..policy(WithoutConsent::Nothing).settings },
        ..policy(WithoutConsent::Nothing)
    };
    settings.watches.push(neighbour);
    let (web, mut requests) = Web::unanswered(settings, 2_000);
    let error = json!({"events": [{"kind": "error", "field": "name"}]});
    for _ in 0..400 {
        tell(&web, error.clone()).await;
    }
    let told = requests.len();
    assert!((300..400).contains(&told), "{told} matches");
    let headers =
        [("origin", "https://globex.test"), ("content-type", "text/plain"), ("user-agent", BROWSER)];
    let mut body = json!({"site": "globex", "consent": "granted", "storage": true});
    body["page"] = json!({"url": "https://globex.test/", "title": "G"});
    body["events"] = error["events"].clone();
    let answer =
        call(&web.app, request("POST", "/v1/web/activity", &headers, Body::from(body.to_string()))).await;
    assert_eq!(answer.body["watch"], true);
    assert_eq!(requests.len(), told + 1, "the neighbour's visitor is told of");
    let of = async |requests: &mut tokio::sync::mpsc::Receiver<_>| {
        let mut sites = Vec::new();
        while let Ok(warmline_web::WebRequest { request: Request::Matched { site, .. }, .. }) =
            requests.try_recv()
        {
            sites.push(site);
        }
        sites
    };
    let sites = of(&mut requests).await;
    assert_eq!(sites.iter().filter(|site| *site == "globex").count(), 1);
}

/// What is seen of visitors goes before nothing that somebody has asked for.
#[tokio::test]
async fn e26_events_beyond_what_the_firm_can_take_are_left_out_and_requests_are_not() {
    let (web, mut requests) = Web::unanswered(watched(WithoutConsent::Nothing), 8);
    for _ in 0..20 {
        let answer = tell(&web, json!({"events": [{"kind": "error", "field": "name"}]})).await;
        assert_eq!(answer.body["watch"], true, "pages are told nothing of it");
    }
    assert_eq!(requests.len(), 5, "half of the way is kept free");
    let app = web.app.clone();
    tokio::spawn(async move { call(&app, post("/v1/web/sessions", SHOP, json!({"site": "shop"}))).await });
    let asked = async {
        loop {
            match requests.recv().await.expect("a request").request {
                Request::Offer { .. } => return,
                Request::Matched { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("it is not left out");
}

#[tokio::test]
async fn usage_is_json_or_csv_and_nothing_in_it_is_a_formula() {
    let (key, hash) = warmline_web::mint_key(&[9; 32]);
    let rights = vec![warmline_web::Right::Read];
    let mut settings = settings();
    settings.api_keys = vec![warmline_web::ApiKey::new("acme", "billing", &hash, rights).unwrap()];
    let web = Web::with(settings, |request| match request {
        Request::Usage { by_day, .. } => {
            let used = Used { reservations: 3, number_secs: 1_800, call_secs: 90, ..Used::default() };
            let row = UsageRow { day: by_day.then_some(20_000), client: "=Shoes, \"Ltd\"".into(), used };
            let plan = RatePlan { currency: "EUR".into(), minute: 300, ..RatePlan::default() };
            Reply::Usage(Box::new(UsageReport { rows: vec![row], plan: Some(plan) }))
        }
        other => usual(other),
    });
    let bearer = format!("Bearer {key}");
    let ask = async |path: &str| {
        call(&web.app, request("GET", path, &[("authorization", bearer.as_str())], Body::empty())).await
    };
    let answer = ask("/v1/usage").await;
    assert_eq!((&answer.body["currency"], &answer.body["rows"][0]["price"]), (&json!("EUR"), &json!(0.06)));
    let answer = ask("/v1/usage?by=day&format=csv&from=2026-11-01&to=2026-11-30").await;
    let line = answer.text.split("\r\n").nth(1).unwrap();
    assert_eq!(line, "2024-10-04,\"'=Shoes, \"\"Ltd\"\"\",3,0.5000,0,1.50,0,0,0,0.0600,EUR");
    for (wrong, code) in [
        ("from=yesterday", "date_invalid"),
        ("from=2026-11-30&to=2026-11-01", "date_invalid"),
        ("by=week", "by_invalid"),
        ("format=xml", "format_invalid"),
    ] {
        assert_eq!(ask(&format!("/v1/usage?{wrong}")).await.code(), code);
    }
}
