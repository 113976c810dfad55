//! Trunks: whether they answer (OPTIONS), whether they know us (REGISTER), and how many calls they may carry.

use super::settings::Trunk;
use super::{Switch, cause};
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_coordination::cti::Event;
use warmline_media::ids::LegId;
use warmline_sip::endpoint::{ClientId, Failure, OutgoingRequest};
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Message, Method};
use warmline_sip::transport::Flow;
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// A ping without an answer for so long is missed; the next one goes out at once.
pub(super) const PING_LIMIT: Duration = Duration::from_secs(5);
/// So many misses in a row, and a peer is down.
pub(super) const MISSES: u8 = 2;
/// What we ask for when we register.
const REGISTER_SECS: u64 = 3600;
/// A registration that failed is tried again after so long.
const REGISTER_RETRY: Duration = Duration::from_secs(30);
/// A whole call in the token bucket, so that a microsecond at one call a second is a unit.
const TOKEN: u64 = 1_000_000;

/// Timers that go on for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Periodic {
    /// Time to ping a trunk's peer.
    Ping(usize, usize),
    /// The ping of a trunk's peer has had its time.
    PingMissed(usize, usize),
    /// Time to register with a trunk.
    Register(usize),
    /// Time to ask a phone whether it is there, by its binding.
    PhonePing(u64),
    /// A phone has had its time to say so.
    PhoneMissed(u64),
    /// The process before has left dialogs that are not ended yet.
    Left,
}

/// What a request of ours outside dialogs was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Ping(usize, usize),
    Register(usize),
    Phone(u64),
}

impl Purpose {
    /// Of which trunk.
    pub(super) fn trunk(self) -> Option<usize> {
        match self {
            Purpose::Ping(trunk, _) | Purpose::Register(trunk) => Some(trunk),
            Purpose::Phone(_) => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Health {
    Unknown,
    Up,
    Down,
}

#[derive(Debug)]
struct Peer {
    health: Health,
    misses: u8,
    /// The ping that is out.
    pending: Option<ClientId>,
}

/// A trunk as it runs.
#[derive(Debug)]
pub(super) struct TrunkState {
    peers: Vec<Peer>,
    /// What was reported last.
    reported: Option<bool>,
    calls: usize,
    credit: u64,
    refilled: Time,
    register_call_id: String,
    register_cseq: u32,
    /// How often it has refused a call of ours, by status: 400 to 499.
    refused: BTreeMap<u16, u64>,
}

impl TrunkState {
    /// Not heard of yet: calls may try.
    pub(super) fn new(trunk: &Trunk, register_call_id: String) -> Self {
        let mut state = TrunkState {
            peers: Vec::new(),
            reported: None,
            calls: 0,
            credit: u64::from(trunk.max_cps) * TOKEN,
            refilled: Time::ZERO,
            register_call_id,
            register_cseq: 0,
            refused: BTreeMap::new(),
        };
        state.restart(trunk);
        state
    }

    /// Its peers are others, and not heard of yet. Its calls are still its own.
    pub(super) fn restart(&mut self, trunk: &Trunk) {
        let peer = |_: &Flow| Peer { health: Health::Unknown, misses: 0, pending: None };
        self.peers = trunk.peers.iter().map(peer).collect();
    }

    /// What was reported is reported once more.
    pub(super) fn tell_again(&mut self) {
        self.reported = None;
    }

    /// Takes a place for one more call.
    pub(super) fn enter(&mut self, trunk: &Trunk) -> bool {
        let room = self.calls < trunk.max_calls;
        self.calls += usize::from(room);
        room
    }

    /// Gives a place back.
    pub(super) fn leave(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    /// Takes a token for one new call out; the bucket holds a second's worth.
    pub(super) fn take_token(&mut self, now: Time, trunk: &Trunk) -> bool {
        let elapsed = now.since(self.refilled).as_micros() as u64;
        let most = u64::from(trunk.max_cps) * TOKEN;
        self.credit = self.credit.saturating_add(elapsed.saturating_mul(u64::from(trunk.max_cps))).min(most);
        self.refilled = now;
        let enough = self.credit >= TOKEN;
        self.credit -= if enough { TOKEN } else { 0 };
        enough
    }

    /// The peers that are not known to be down, in order.
    pub(super) fn usable(&self, trunk: &Trunk) -> Vec<Flow> {
        let peers = self.peers.iter().zip(&trunk.peers);
        peers.filter(|(peer, _)| peer.health != Health::Down).map(|(_, flow)| *flow).collect()
    }

    /// Whether the trunk's state has changed since it was reported.
    fn report(&mut self) -> Option<bool> {
        let up = self.peers.iter().any(|peer| peer.health == Health::Up);
        let down = !self.peers.is_empty() && self.peers.iter().all(|peer| peer.health == Health::Down);
        let state = if up { Some(true) } else { down.then_some(false) };
        let news = state.filter(|_| state != self.reported);
        self.reported = state.or(self.reported);
        news
    }
}

/// When a trunk is first pinged and registered with: at once.
pub(super) fn first_timers(index: usize, trunk: &Trunk) -> impl Iterator<Item = Periodic> + use<> {
    let registers = trunk.register && trunk.credentials.is_some() && !trunk.peers.is_empty();
    let pings = (0..trunk.peers.len()).map(move |peer| Periodic::Ping(index, peer));
    pings.chain(registers.then_some(Periodic::Register(index)))
}

/// Every timer that a trunk may have.
pub(super) fn timers(index: usize, trunk: &Trunk) -> impl Iterator<Item = Periodic> + use<> {
    let missed = (0..trunk.peers.len()).map(move |peer| Periodic::PingMissed(index, peer));
    first_timers(index, trunk).chain(missed)
}

impl Switch {
    /// A periodic timer is due.
    pub(super) fn handle_periodic(&mut self, now: Time, timer: Periodic) {
        match timer {
            Periodic::Ping(trunk, peer) => self.ping(now, trunk, peer),
            Periodic::PingMissed(trunk, peer) => {
                self.heard(trunk, peer, false);
                self.ping(now, trunk, peer);
            }
            Periodic::Register(trunk) => self.register_with(now, trunk),
            Periodic::PhonePing(binding) => self.ask_phone(now, binding),
            Periodic::PhoneMissed(binding) => self.phone_missed(now, binding),
            Periodic::Left => self.end_some_left(now),
        }
    }

    /// The end of a request of ours.
    pub(super) fn handle_response(
        &mut self,
        now: Time,
        client: ClientId,
        result: Result<Box<Message>, Failure>,
    ) {
        match self.clients.remove(&client) {
            Some(Purpose::Ping(trunk, peer)) => self.ping_answered(now, client, trunk, peer, &result),
            Some(Purpose::Phone(binding)) => self.phone_answered(now, (client, binding), &result),
            Some(Purpose::Register(trunk)) => {
                let wait = match &result {
                    Ok(response) => refresh_after(response),
                    Err(_) => REGISTER_RETRY,
                };
                self.periodic.set(Periodic::Register(trunk), now + wait);
            }
            None => {}
        }
    }

    fn ping(&mut self, now: Time, trunk: usize, peer: usize) {
        let settings = &self.settings.trunks[trunk];
        let interval = settings.ping;
        if interval.is_zero() {
            self.heard(trunk, peer, true);
            return;
        }
        let flow = settings.peers[peer];
        let host = flow.remote.ip().to_string();
        let uri = Uri::sip(None, &host, Some(flow.remote.port()));
        let message = outside(Method::Options, uri.clone(), own_uri(None, &flow), uri);
        let credentials = settings.credentials.clone();
        let client = self.endpoint.request(now, OutgoingRequest { flow, message, credentials });
        self.clients.insert(client, Purpose::Ping(trunk, peer));
        self.trunks[trunk].peers[peer].pending = Some(client);
        self.periodic.set(Periodic::PingMissed(trunk, peer), now + PING_LIMIT.min(interval));
    }

    fn ping_answered(
        &mut self,
        now: Time,
        client: ClientId,
        trunk: usize,
        peer: usize,
        result: &Result<Box<Message>, Failure>,
    ) {
        // Any answer is a sign of life, but "not now" is not; an old ping's late end is only news if it is good.
        let alive = match result {
            Ok(_) => true,
            Err(failure) => !matches!(failure.status(), 408 | 503),
        };
        let latest = self.trunks[trunk].peers[peer].pending == Some(client);
        if !alive && !latest {
            return;
        }
        self.heard(trunk, peer, alive);
        self.trunks[trunk].peers[peer].pending = None;
        self.periodic.cancel(Periodic::PingMissed(trunk, peer));
        let settings = &self.settings.trunks[trunk];
        let wait = if alive { settings.ping } else { PING_LIMIT.min(settings.ping) };
        self.periodic.set(Periodic::Ping(trunk, peer), now + wait);
    }

    /// A peer was heard of, or was not.
    pub(super) fn heard(&mut self, trunk: usize, peer: usize, alive: bool) {
        let row = &mut self.trunks[trunk].peers[peer];
        row.misses = if alive { 0 } else { row.misses.saturating_add(1) };
        if alive {
            row.health = Health::Up;
        } else if row.misses >= MISSES {
            row.health = Health::Down;
        }
        self.tell_trunk(trunk);
    }

    /// Tells whether it is up where that is news.
    pub(super) fn tell_trunk(&mut self, trunk: usize) {
        let name = || self.settings.trunks[trunk].name.clone();
        match self.trunks[trunk].report() {
            Some(true) => self.emit(Event::TrunkUp { trunk: name() }),
            Some(false) => self.emit(Event::TrunkDown { trunk: name() }),
            None => {}
        }
    }

    /// A call out has ended so: where its trunk does not want it from us, whoever looks after the switch is to know.
    pub(super) fn count_refusal(&mut self, leg: LegId, failure: &Failure) {
        let status = failure.status();
        let refused = matches!(failure, Failure::Response(_)) && cause::refuses_us(status);
        if let Some(trunk) = self.legs.get(&leg).and_then(|row| row.trunk).filter(|_| refused) {
            *self.trunks[trunk].refused.entry(status).or_default() += 1;
        }
    }

    /// How often trunks have refused calls of ours, since the start: trunk, status, count.
    pub fn trunk_refusals(&self) -> impl Iterator<Item = (&str, u16, u64)> {
        let trunks = self.settings.trunks.iter().zip(&self.trunks);
        trunks.flat_map(|(trunk, state)| {
            state.refused.iter().map(|(&status, &count)| (trunk.name.as_str(), status, count))
        })
    }

    fn register_with(&mut self, now: Time, trunk: usize) {
        let settings = self.settings.trunks[trunk].clone();
        if let Some(client) = self.send_register(now, trunk, &settings, REGISTER_SECS) {
            self.clients.insert(client, Purpose::Register(trunk));
        }
    }

    /// REGISTER for so many seconds as these settings say; 0 takes the registration back.
    pub(super) fn send_register(
        &mut self,
        now: Time,
        trunk: usize,
        settings: &Trunk,
        expires: u64,
    ) -> Option<ClientId> {
        let flow = settings.peers.first().copied()?;
        let credentials = settings.credentials.clone().filter(|_| settings.register)?;
        let host = flow.remote.ip().to_string();
        let address = Uri::sip(Some(&credentials.user), &host, Some(flow.remote.port()));
        let registrar = Uri::sip(None, &host, Some(flow.remote.port()));
        let mut message = outside(Method::Register, registrar, address.clone(), address);
        let state = &mut self.trunks[trunk];
        // The endpoint uses the next numbers to answer challenges.
        state.register_cseq += 10;
        message.headers.push(HeaderName::CALL_ID, state.register_call_id.clone());
        message.headers.push(HeaderName::CSEQ, format!("{} REGISTER", state.register_cseq));
        let contact = NameAddr::new(own_uri(Some(&credentials.user), &flow));
        message.headers.push(HeaderName::CONTACT, contact.to_string());
        message.headers.push(HeaderName::EXPIRES, expires.to_string());
        let credentials = Some(credentials);
        Some(self.endpoint.request(now, OutgoingRequest { flow, message, credentials }))
    }
}

/// Our own address on a flow.
pub(super) fn own_uri(user: Option<&str>, flow: &Flow) -> Uri {
    Uri::sip(user, &flow.local.ip().to_string(), Some(flow.local.port()))
}

pub(super) fn outside(method: Method, uri: Uri, from: Uri, to: Uri) -> Message {
    let mut message = Message::request(method, uri);
    message.headers.push(HeaderName::FROM, NameAddr::new(from).to_string());
    message.headers.push(HeaderName::TO, NameAddr::new(to).to_string());
    message
}

/// Well before what was granted is over.
fn refresh_after(response: &Message) -> Duration {
    let contact = response.contact().ok().flatten();
    let of_contact = contact.as_ref().and_then(|contact| contact.param("expires")?.parse().ok());
    let of_header = || response.headers.get(&HeaderName::EXPIRES)?.trim().parse().ok();
    let granted: u64 = of_contact.or_else(of_header).unwrap_or(REGISTER_SECS);
    Duration::from_secs((granted.min(REGISTER_SECS) * 9 / 10).max(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(max_calls: usize, max_cps: u32) -> Trunk {
        Trunk {
            name: "carrier".into(),
            peers: Vec::new(),
            trusted: Vec::new(),
            did_from: Vec::new(),
            max_calls,
            max_cps,
            credentials: None,
            register: false,
            ping: Duration::from_secs(30),
            redirect: false,
        }
    }

    #[test]
    fn places_and_tokens_run_out_and_come_back() {
        let settings = trunk(1, 2);
        let mut state = TrunkState::new(&settings, String::new());
        assert!(state.enter(&settings) && !state.enter(&settings));
        state.leave();
        assert!(state.enter(&settings));
        let now = Time::ZERO + Duration::from_secs(100);
        assert!(state.take_token(now, &settings) && state.take_token(now, &settings));
        assert!(!state.take_token(now + Duration::from_millis(499), &settings));
        assert!(state.take_token(now + Duration::from_millis(500), &settings));
        assert!(!state.take_token(now + Duration::from_millis(501), &settings));
    }
}
