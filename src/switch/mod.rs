//! The switch: a sans-IO back-to-back user agent over `warmline-sip` and `warmline-media`'s values.
//!
//! It obeys the commands and reports the events of `cti`; registrar, trunks, routes and policy are its own. `io` and the simulator
//! drive the very same object.
//!
//! Polling order: after every `handle_*`, drain [`Switch::poll_output`]; then wait until [`Switch::poll_timeout`].

mod adopt;
mod bans;
mod bridge;
mod browser;
mod call;
mod called;
mod cause;
mod confirm;
mod detect;
mod digits;
mod dispatch;
mod echo;
mod hangup;
mod hearing;
mod hold;
mod identity;
mod inbound;
mod join;
mod left;
mod leg;
mod mint;
mod originate;
mod phones;
mod policy;
mod ports;
mod prepare;
mod queue;
mod record;
mod recover;
mod redirect;
mod register;
mod registrar;
mod reload;
mod replace;
mod resume;
mod route;
mod say;
pub mod settings;
mod trunk;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use left::{DialogNews, LeftDialog};
pub use record::LegRecord;

use bytes::Bytes;
use call::Call;
use digits::Way;
use leg::LegRow;
use mint::Mint;
use ports::Ports;
use registrar::Registrar;
use route::Routes;
use settings::Settings;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;
use trunk::{Periodic, Purpose, TrunkState};
use warmline_coordination::cti;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::{LegId, RtpPort};
use warmline_media::sdp::Fingerprint;
use warmline_media::worker;
use warmline_sip::digest::Verifier;
use warmline_sip::endpoint::{ClientId, Endpoint, EndpointConfig, SessionId};
use warmline_sip::transport::{ConnectionId, Flow, Transmit};
use warmline_time::{Time, Timers};

/// Something for `io` to do, in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// A SIP message for the wire.
    Transmit(Transmit),
    /// A command for a media worker.
    Media {
        /// The worker's number, from 0.
        worker: usize,
        /// What.
        command: worker::Command,
    },
    /// An event for coordination.
    Event(cti::Event),
    /// A leg's record. Durable behind.
    Record(LegRecord),
    /// What the next process has to know of a dialog. Written behind.
    Dialog(DialogNews),
}

/// What the switch refused or counted; for metrics.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Counters {
    pub calls_started: u64,
    pub calls_live: u64,
    pub legs_live: u64,
    pub registrations: u64,
    pub auth_refused: u64,
    /// Requests from strangers: neither a trunk's nor authenticated.
    pub strangers_refused: u64,
    /// Phones that are registered and do not answer.
    pub phones_silent: u64,
    /// Rings that were taken back because the phone was found gone.
    pub phones_gone: u64,
    /// Messages of who is banned, which nobody has looked at.
    pub banned_dropped: u64,
    /// Times somebody was banned.
    pub bans: u64,
    pub unknown_number: u64,
    /// Calls refused by `max_calls`, `max_cps` or for lack of ports.
    pub overload: u64,
    pub media_refused: u64,
}

/// Timers of calls: all gone when the calls are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Timer {
    /// The longest call.
    MaxCall(CallId),
    /// A customer has waited unanswered long enough.
    RingMax(CallId),
    /// A called party has rung long enough.
    Ring(CallId, PartyId),
    /// A called party's phones have had their time to show that they are there.
    Present(CallId, PartyId),
    /// The customer's new leg is not heard yet: it is taken as it is.
    Unheard(CallId),
    /// A lost phone is not back yet: music.
    Lull(CallId, PartyId),
    /// A lost phone is called where it is registered.
    Again(CallId, PartyId),
}

/// The switch. One signalling shard owns one.
pub struct Switch {
    settings: Settings,
    fingerprint: Fingerprint,
    endpoint: Endpoint,
    verifier: Verifier,
    bans: bans::Bans,
    /// Registered phones that are asked whether they are there, by their bindings.
    phones: HashMap<u64, phones::Phone>,
    mint: Mint,
    routes: Routes,
    registrar: Registrar,
    /// Passwords by user and realm: accounts of the settings, agents of coordination.
    credentials: HashMap<(String, String), String>,
    ports: Ports,
    /// Beside `settings.trunks`.
    trunks: Vec<TrunkState>,
    calls: HashMap<CallId, Box<Call>>,
    sessions: HashMap<SessionId, (CallId, LegId)>,
    legs: HashMap<LegId, LegRow>,
    /// Legs that the worker has not said `Closed` of.
    closing: HashSet<LegId>,
    /// Agents' browser phones that have answered, by the call and party they are in.
    handsets: HashMap<registrar::Aor, (CallId, PartyId)>,
    clients: HashMap<ClientId, Purpose>,
    timers: Timers<Timer>,
    periodic: Timers<Periodic>,
    outputs: VecDeque<Output>,
    counters: Counters,
    draining: bool,
    /// Dialogs of the process before that get their BYE yet.
    left: VecDeque<LeftDialog>,
    /// The INVITE that is being looked at.
    arriving: Option<SessionId>,
    /// Calls whose handling panicked.
    wrecks: Vec<Call>,
    /// Steps until a panic, and from there to the next.
    #[cfg(test)]
    fuses: Vec<u32>,
}

impl std::fmt::Debug for Switch {
    /// Counts only: what is inside names people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Switch").field("live", &self.live()).finish_non_exhaustive()
    }
}

impl Switch {
    /// `fingerprint`: of the media workers' certificate. `seed`: from the process's random source.
    pub fn new(settings: Settings, fingerprint: Fingerprint, seed: [u8; 32]) -> Self {
        let settings = settings.normalised();
        let mut mint = Mint::new(seed);
        let config = EndpointConfig {
            stamp: settings.stamp.clone(),
            retransmit: settings.retransmit,
            tell_dialogs: true,
            ..EndpointConfig::default()
        };
        let mut endpoint_seed = [0; 8];
        endpoint_seed.copy_from_slice(&mint.derive("endpoint")[..8]);
        let mut periodic = Timers::default();
        let trunks = settings.trunks.iter().enumerate();
        trunks
            .flat_map(|(index, trunk)| trunk::first_timers(index, trunk))
            .for_each(|timer| periodic.set(timer, Time::ZERO));
        Switch {
            endpoint: Endpoint::new(config, u64::from_be_bytes(endpoint_seed)),
            verifier: Verifier::new(mint.derive("nonces")),
            bans: bans::Bans::default(),
            phones: HashMap::new(),
            routes: Routes::new(&settings),
            registrar: Registrar::default(),
            credentials: settings.account_passwords().collect(),
            ports: Ports::new(settings.port_cooling),
            trunks: settings.trunks.iter().map(|trunk| TrunkState::new(trunk, mint.hex(32))).collect(),
            calls: HashMap::new(),
            sessions: HashMap::new(),
            legs: HashMap::new(),
            closing: HashSet::new(),
            handsets: HashMap::new(),
            clients: HashMap::new(),
            timers: Timers::default(),
            periodic,
            outputs: VecDeque::new(),
            counters: Counters::default(),
            draining: false,
            left: VecDeque::new(),
            arriving: None,
            wrecks: Vec::new(),
            #[cfg(test)]
            fuses: Vec::new(),
            mint,
            fingerprint,
            settings,
        }
    }
    /// Free, bound port pairs of a worker join the stock (at start). The switch itself lets used ones cool and takes them back;
    /// ports that it knows already are ignored.
    pub fn add_ports(&mut self, worker: usize, ports: Vec<RtpPort>) {
        self.ports.add(worker, ports);
    }
    /// One SIP message. `flow.remote` is whom it really came from.
    pub fn handle_message(&mut self, now: Time, flow: Flow, payload: Bytes) {
        if self.is_banned(now, &flow, &payload) {
            self.counters.banned_dropped += 1;
            return;
        }
        self.endpoint.handle_message(now, flow, payload);
        self.pump(now);
    }
    /// A stream is closed: bindings over it are gone, its transactions fail.
    pub fn handle_flow_closed(&mut self, now: Time, connection: ConnectionId) {
        for aor in self.registrar.close(connection) {
            self.device_down(aor);
        }
        self.endpoint.handle_flow_closed(now, connection);
        self.pump(now);
    }
    /// A command of coordination.
    pub fn handle_command(&mut self, now: Time, command: cti::Command) {
        self.obey(now, command);
        self.pump(now);
    }
    /// An event of a media worker.
    pub fn handle_media(&mut self, now: Time, worker: usize, event: worker::Event) {
        match event {
            worker::Event::Ready { leg } => {
                self.with_leg(leg, |switch, call| switch.media_ready(now, call, leg));
            }
            worker::Event::Dead { leg } => {
                self.with_leg(leg, |switch, call| switch.media_dead(now, call, leg));
            }
            worker::Event::Digit { leg, digit } => {
                self.with_leg(leg, |switch, call| switch.pressed(now, call, leg, Way::Media, digit));
            }
            worker::Event::Played { leg } => {
                self.with_leg(leg, |switch, call| switch.played(now, call, leg));
            }
            worker::Event::Progress { leg, verdict, evidence, quiet_ms, at } => {
                let told = (verdict, evidence, quiet_ms);
                self.with_leg(leg, |switch, call| switch.progressed(at, call, leg, told));
            }
            worker::Event::Closed { leg, port, .. } => {
                self.closing.remove(&leg);
                if let Some(port) = port {
                    self.ports.cool(now, worker, port);
                }
            }
        }
        self.pump(now);
    }
    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        self.endpoint.handle_timeout(now);
        self.pump(now);
        while let Some(timer) = self.timers.pop(now) {
            self.expire(now, timer);
        }
        while let Some(timer) = self.periodic.pop(now) {
            self.handle_periodic(now, timer);
        }
        while let Some(down) = self.registrar.handle_timeout(now) {
            down.into_iter().for_each(|aor| self.device_down(aor));
        }
        self.forget_gone();
        self.ports.handle_timeout(now);
        self.pump(now);
    }
    /// Ends everything in an orderly way (shutdown): BYE, CANCEL, 503 with Retry-After to what comes.
    pub fn drain(&mut self, now: Time) {
        self.drain_calls(now);
        self.pump(now);
    }
    /// Whether the last BYE is answered too.
    pub fn is_over(&self) -> bool {
        self.calls.is_empty() && self.endpoint.live().0 == 0
    }
    /// The next output.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        let timeouts = [
            self.endpoint.poll_timeout(),
            self.timers.next(),
            self.periodic.next(),
            self.registrar.next(),
            self.ports.next(),
        ];
        timeouts.into_iter().flatten().min()
    }
    /// What the SIP endpoint counted.
    pub fn sip_counters(&self) -> warmline_sip::endpoint::Counters {
        self.endpoint.counters()
    }
    /// What was counted.
    pub fn counters(&self) -> Counters {
        Counters {
            calls_live: self.calls.len() as u64,
            legs_live: self.calls.values().map(|call| call.legs() as u64).sum(),
            registrations: self.registrar.len() as u64,
            phones_silent: self.registrar.silent() as u64,
            ..self.counters
        }
    }
    /// Addresses that were banned since this was asked last, and for how long.
    pub fn newly_banned(&mut self) -> (Vec<IpAddr>, Duration) {
        (self.bans.news(), self.settings.ban.1)
    }
    /// Calls, legs, SIP sessions + transactions, timers (beyond periodic ones) and ports in use (or cooling): all 0 when
    /// everything is over.
    pub fn live(&self) -> [usize; 5] {
        let (sessions, transactions, timers) = self.endpoint.live();
        [
            self.calls.len(),
            self.legs.len() + self.closing.len() + self.sessions.len(),
            sessions + transactions,
            timers + self.timers.len(),
            self.ports.away(),
        ]
    }

    fn emit(&mut self, event: cti::Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
