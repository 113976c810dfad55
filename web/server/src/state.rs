//! What all handlers share, and the way to the firms.

use crate::api::decisions::KeptDecisions;
use crate::api::evidence::Evidence;
use crate::challenge::Challenges;
use crate::clock;
use crate::hub::Hub;
use crate::limit::{Limiter, Rate, address_key};
use crate::oidc::Oidc;
use crate::problem::Refusal;
use crate::queue::Queue;
use crate::seal::Keys;
use crate::settings::{AgentLogin, SiteInfo, WebSettings};
use crate::watch::WatchSeals;
use axum_extra::extract::cookie::Key;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use warmline_coordination::request::{AgentRef, Reply, Request};
use warmline_coordination::view::{AgentViews, ReservationView};

/// Addresses that a table of rates remembers at once; twice that in all.
const ADDRESSES: usize = 20_000;
/// API keys that a table of rates remembers.
const API_KEYS: usize = 10_000;
/// Passwords checked at once: each takes the memory and time its hash asks for.
const PASSWORDS_AT_ONCE: usize = 4;

/// A request on its way to the firms.
pub struct WebRequest {
    /// What is asked.
    pub request: Request,
    /// Where the answer goes. Dropped without an answer: the caller is told 503.
    pub reply: ReplySender,
}

/// Takes the one answer to a [`WebRequest`].
pub struct ReplySender {
    to: oneshot::Sender<Reply>,
    stream: Option<Arc<Queue>>,
}

impl ReplySender {
    /// Nobody waits for the answer.
    pub fn nobody() -> Self {
        ReplySender { to: oneshot::channel().0, stream: None }
    }

    /// Answers. Where the request opened a stream, what was published before is contained in the answer and what is published from
    /// here on follows it: call it in the order of the firm's effects. Nothing happens if nobody waits any more.
    pub fn send(self, reply: Reply) {
        if let Some(queue) = self.stream {
            queue.go_live();
        }
        let _ = self.to.send(reply);
    }
}

/// The store of page snapshots.
pub trait Snapshots: Send + Sync {
    /// Puts a snapshot in the store's order before whatever the caller asks next, so that it is durable no later. `hash` is the
    /// SHA-256 of `html` in lower-case hexadecimal; one that is there already is left as it is.
    fn put(&self, hash: String, html: Bytes) -> BoxFuture<'_, Result<(), StoreUnavailable>>;
    /// A snapshot, where it is (still) kept.
    fn get(&self, hash: String) -> BoxFuture<'_, Option<Bytes>>;
}

/// The store takes nothing now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreUnavailable;

impl fmt::Display for StoreUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store takes nothing now")
    }
}

impl std::error::Error for StoreUnavailable {}

/// What is kept, as far as the web has to do with it.
pub struct Kept {
    /// Pages as they were.
    pub snapshots: Arc<dyn Snapshots>,
    /// Of requests and campaigns.
    pub evidence: Arc<dyn Evidence>,
    /// For longer than the firms remember them.
    pub decisions: Arc<dyn KeptDecisions>,
}

/// What all handlers share.
pub struct WebState {
    settings: RwLock<Arc<WebSettings>>,
    requests: mpsc::Sender<WebRequest>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) snapshots: Arc<dyn Snapshots>,
    pub(crate) evidence: Arc<dyn Evidence>,
    pub(crate) decisions: Arc<dyn KeptDecisions>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) watch_seals: Arc<WatchSeals>,
    pub(crate) cookie_key: Key,
    pub(crate) passwords: Arc<Semaphore>,
    pub(crate) rates: Rates,
    pub(crate) challenges: Challenges,
    pub(crate) oidc: Oidc,
    /// Other settings count.
    changed: watch::Sender<()>,
}

/// The tables of rates, by address.
pub(crate) struct Rates {
    pub sessions: Limiter<IpAddr>,
    pub reservations: Limiter<IpAddr>,
    pub visitor_calls: Limiter<IpAddr>,
    pub activity: Limiter<IpAddr>,
    pub chat_calls: Limiter<IpAddr>,
    /// By address and name: the colleagues of one office do not count against each other.
    pub wrong_passwords: Limiter<(IpAddr, String)>,
    /// Whatever the names.
    pub wrong_log_ins: Limiter<IpAddr>,
    pub wrong_keys: Limiter<IpAddr>,
    /// By firm and key.
    pub api_calls: Limiter<(String, String)>,
}

impl WebState {
    /// With the ways out: `requests` to the firms (bounded; full means 503), `hub` from them, `kept` to the store.
    pub fn new(
        settings: WebSettings,
        requests: mpsc::Sender<WebRequest>,
        hub: Arc<Hub>,
        kept: Kept,
    ) -> Arc<Self> {
        let watch_seals = Arc::new(WatchSeals::new(&settings.cookie_secret));
        hub.watching.seal_with(Arc::clone(&watch_seals));
        hub.watching.configure(clock::now(), &settings.watches);
        Arc::new(WebState {
            watch_seals,
            requests,
            hub,
            snapshots: kept.snapshots,
            evidence: kept.evidence,
            decisions: kept.decisions,
            keys: Arc::new(Keys::new(&settings.cookie_secret)),
            cookie_key: Key::from(&settings.cookie_secret),
            passwords: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            rates: Rates {
                sessions: Limiter::new(ADDRESSES),
                reservations: Limiter::new(ADDRESSES),
                visitor_calls: Limiter::new(ADDRESSES),
                activity: Limiter::new(ADDRESSES),
                chat_calls: Limiter::new(ADDRESSES),
                wrong_passwords: Limiter::new(ADDRESSES),
                wrong_log_ins: Limiter::new(ADDRESSES),
                wrong_keys: Limiter::new(ADDRESSES),
                api_calls: Limiter::new(API_KEYS),
            },
            challenges: Challenges::new(),
            oidc: Oidc::default(),
            changed: watch::Sender::new(()),
            settings: RwLock::new(Arc::new(settings)),
        })
    }

    /// Other settings from now on (reload). The secret stays the first one. Open pages of sites that are no more go on, and
    /// sessions of agents who end what they have in hand.
    pub fn reconfigure(&self, mut settings: WebSettings) {
        self.hub.watching.configure(clock::now(), &settings.watches);
        let mut held = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        let gone = held.all_sites().filter(|site| settings.site(&site.name).is_none());
        settings.former_sites = gone.cloned().collect();
        let before = held.directory.iter().map(AgentLogin::agent).chain(held.former_agents.iter().cloned());
        settings.former_agents = before.filter(|agent| !settings.lists(agent)).collect();
        *held = Arc::new(settings);
        drop(held);
        self.changed.send_replace(());
    }

    /// Tells of other settings.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn settings(&self) -> Arc<WebSettings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hands a request on without waiting for the answer; `false` where the way is full.
    pub(crate) fn tell(&self, request: Request) -> bool {
        self.hand_over(request, None).is_ok()
    }

    /// Hands a request on even if that has to wait.
    pub(crate) async fn tell_surely(&self, request: Request) {
        let (to, _) = oneshot::channel();
        let _ = self.requests.send(WebRequest { request, reply: ReplySender { to, stream: None } }).await;
    }

    /// Hands a request on, at once or not at all. The answer makes `stream` live.
    pub(crate) fn hand_over(
        &self,
        request: Request,
        stream: Option<Arc<Queue>>,
    ) -> Result<oneshot::Receiver<Reply>, Refusal> {
        let (to, from) = oneshot::channel();
        self.requests.try_send(WebRequest { request, reply: ReplySender { to, stream } }).map_err(|_| {
            Refusal::unavailable(
                "overloaded",
                "The switch has more to do than it can; try again in a moment.",
            )
        })?;
        Ok(from)
    }

    /// Whether there is room for what may as well be left out: half the way is kept for what matters.
    pub(crate) fn has_room(&self) -> bool {
        let free = self.requests.capacity();
        free >= 2 && free >= self.requests.max_capacity() / 2
    }

    /// Waits for an answer that is not a refusal.
    pub(crate) async fn answer(&self, from: oneshot::Receiver<Reply>) -> Result<Reply, Refusal> {
        let within = self.settings().limits.answer_within;
        match tokio::time::timeout(within, from).await {
            Ok(Ok(Reply::Problem(problem))) => Err(problem.into()),
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(_)) => Err(Refusal::unavailable("no_answer", "The switch did not answer; try again.")),
            Err(_) => Err(Refusal::unavailable("timeout", "The switch did not answer in time; try again.")),
        }
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Reply, Refusal> {
        self.answer(self.hand_over(request, None)?).await
    }

    pub(crate) async fn ask_done(&self, request: Request) -> Result<(), Refusal> {
        match self.ask(request).await? {
            Reply::Done => Ok(()),
            _ => Err(Refusal::internal("unexpected_answer")),
        }
    }

    pub(crate) async fn ask_agent(&self, request: Request) -> Result<Box<AgentViews>, Refusal> {
        agent_views(self.ask(request).await?)
    }

    /// Takes one of an address's allowance.
    pub(crate) fn allow(&self, table: &Limiter<IpAddr>, rate: Rate, address: IpAddr) -> Result<(), Refusal> {
        table.take(address_key(address), rate, clock::now()).map_err(Refusal::too_many)
    }
}

pub(crate) fn agent_views(reply: Reply) -> Result<Box<AgentViews>, Refusal> {
    match reply {
        Reply::Agent(views) => Ok(views),
        Reply::Problem(problem) => Err(problem.into()),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

pub(crate) fn reservation_view(
    reply: Reply,
) -> Result<(bool, Box<ReservationView>, Option<String>), Refusal> {
    match reply {
        Reply::Reservation { created, view, token } => Ok((created, view, token)),
        Reply::Problem(problem) => Err(problem.into()),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

impl WebSettings {
    /// Whether an agent may log in.
    pub(crate) fn lists(&self, agent: &AgentRef) -> bool {
        self.directory.iter().any(|row| row.firm == agent.firm && row.agent == agent.agent)
    }

    /// Whether an agent supervises the whole firm.
    pub(crate) fn leads(&self, agent: &AgentRef) -> bool {
        let mut directory = self.directory.iter();
        directory.any(|row| row.whole_firm && row.firm == agent.firm && row.agent == agent.agent)
    }

    /// A site by its name.
    pub(crate) fn site(&self, name: &str) -> Option<&SiteInfo> {
        self.sites.iter().find(|site| site.name == name)
    }

    /// Those whose pages may be open: of now, and of before.
    pub(crate) fn all_sites(&self) -> impl Iterator<Item = &SiteInfo> {
        self.sites.iter().chain(&self.former_sites)
    }
}
