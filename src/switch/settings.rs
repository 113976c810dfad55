//! The switch's checked configuration. `src/config` makes these values.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::cti::Prompt;
use warmline_sip::digest::Credentials;
use warmline_sip::transport::{Flow, Protocol};

/// What is said to customers: by ISO 639 language (lower case) and prompt, 8,000 samples a second. A language that is not there is
/// said in English; what is not there either is not said.
pub type Prompts = BTreeMap<String, BTreeMap<Prompt, Arc<[i16]>>>;

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Realm and domain of plain accounts.
    pub domain: String,
    /// Realms of firms: agents register as `user@firm`.
    pub firms: Vec<String>,
    /// Whether phones are offered SHA-256 before MD5 (RFC 8760). Many give up at the sight of it, JsSIP 3.13 and baresip 1.0 among them.
    pub digest_sha256: bool,
    /// Refusals within a minute after which an address is banned (0: none is), and for how long.
    pub ban: (u32, Duration),
    /// How often a phone that has registered by UDP is asked whether it is there; zero: never.
    pub phone_ping: Duration,
    /// What phones dial for the echo test, beside `sip:echo@REALM`; empty: nothing.
    pub echo_number: String,
    /// Trunks.
    pub trunks: Vec<Trunk>,
    /// Plain SIP phones.
    pub accounts: Vec<Credentials>,
    /// First match wins; looked at after `routing_points`.
    pub routes: Vec<Route>,
    /// Numbers of pools: E.164 → firm.
    pub routing_points: Vec<(String, String)>,
    /// Short numbers, first and last, that coordination may know when a phone of ours dials them and they lead nowhere else: slots of
    /// parked calls, and warm lines.
    pub extensions: Vec<(u16, u16)>,
    /// E.164: what agents' phones of the network dial for a warm line.
    pub warm_lines: Vec<String>,
    /// Whether media is anchored here (always, but for a bench that shows what it costs).
    pub anchor_media: bool,
    /// For browsers: the address of each worker's WebRTC port, by worker, as seen from `local` of a flow: only the port counts.
    pub webrtc_ports: Vec<u16>,
    /// Address that browsers reach media at where it is fixed; otherwise the local address of their signalling flow, or loopback.
    pub media_address: Option<std::net::IpAddr>,
    /// An inbound call to a routing point may ring unanswered for so long (20 s), then it is queued.
    pub ring_max: Duration,
    /// Longest call (4 h).
    pub max_call: Duration,
    /// How long a port rests after use (5 s).
    pub port_cooling: Duration,
    /// Registration: shortest and longest expiry granted (60 s, 3600 s). WebSocket flows: the same.
    pub expires: (u32, u32),
    /// Calls at most.
    pub max_calls: usize,
    /// What is said to customers.
    pub prompts: Prompts,
    /// `node.shard.boot`, into branches, tags and Call-IDs.
    pub stamp: String,
    /// For simulations only: see the endpoint's.
    pub retransmit: bool,
}

impl Settings {
    /// Realms as they are compared.
    pub(super) fn normalised(mut self) -> Self {
        self.domain.make_ascii_lowercase();
        self.firms.iter_mut().for_each(|firm| firm.make_ascii_lowercase());
        self
    }

    /// Of plain accounts, by user and realm.
    pub(super) fn account_passwords(&self) -> impl Iterator<Item = ((String, String), String)> + '_ {
        self.accounts
            .iter()
            .map(|account| ((account.user.clone(), self.domain.clone()), account.password.clone()))
    }
}

/// A carrier.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Its name.
    pub name: String,
    /// Where requests to it go, the first that is up; resolved.
    pub peers: Vec<Flow>,
    /// Requests from these addresses are the trunk's (the peers' addresses, whatever the port, unless said otherwise).
    pub trusted: Vec<std::net::IpAddr>,
    /// Where the called number is looked for, in order.
    pub did_from: Vec<DidFrom>,
    /// Calls at a time.
    pub max_calls: usize,
    /// New calls a second, out.
    pub max_cps: u32,
    /// For REGISTER towards it and for its challenges.
    pub credentials: Option<Credentials>,
    /// REGISTER towards it.
    pub register: bool,
    /// OPTIONS interval (30 s); zero: no ping, always up.
    pub ping: Duration,
    /// Calls from it for a phone of its own are handed back with 302.
    pub redirect: bool,
}

impl Trunk {
    /// Of the same name, without peers: it is nobody's, and leads nowhere.
    pub(super) fn retired(&self) -> Self {
        Trunk { peers: Vec::new(), trusted: Vec::new(), credentials: None, register: false, ..self.clone() }
    }
}

/// Where a trunk puts the called number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum DidFrom {
    RequestUri,
    To,
    Diversion,
    HistoryInfo,
}

/// A static route.
#[derive(Clone, Debug)]
pub struct Route {
    /// What it matches: the called user part or number.
    pub pattern: regex::Regex,
    /// Only calls from here.
    pub from: RouteFrom,
    /// Where it leads.
    pub target: Target,
}

/// Whose calls a route takes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum RouteFrom {
    Anyone,
    Trunk(String),
    Accounts,
}

/// Where a call goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A registered plain account.
    Account(String),
    /// A firm's queue.
    Queue {
        /// The firm.
        firm: String,
        /// The queue.
        queue: String,
    },
    /// A number behind a trunk. Only calls of authenticated accounts get there.
    Trunk {
        /// The trunk.
        trunk: String,
        /// The number; `$0` and `$1`… from the match.
        number: String,
    },
}

/// Where the switch listens, for `io`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listen {
    /// The transport.
    pub protocol: Protocol,
    /// Address and port; port 0 picks a free one.
    pub address: SocketAddr,
}
