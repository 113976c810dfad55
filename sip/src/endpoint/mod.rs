//! The endpoint: transactions, sessions (INVITE dialogs) and out-of-dialog requests behind one sans-IO face.
//!
//! Polling order: after every `handle_*` and every verb, drain [`Endpoint::poll_event`] and
//! [`Endpoint::poll_transmit`]; then wait until [`Endpoint::poll_timeout`].
//!
//! The endpoint does by itself: transaction state and retransmission (RFC 3261 §17, RFC 6026), 100 Trying,
//! ACK of finals, 200 retransmission until ACK (§13.3.1.4; BYE when none comes in 64·T1), CANCEL (answered 200,
//! the INVITE 487), BYE answered 200, CSeq and tag checks (481, 500), loose routing, merged requests (482),
//! Max-Forwards (483), unknown in-dialog methods (405/501), Require it does not know (420), session timers
//! (RFC 4028) when the peer asks for them, glare (491), digest towards a peer whose credentials the invite
//! carries, the ACK and BYE of a fork that answers second and of an answer to a predecessor's INVITE.
//!
//! A message's way through the files: [`Endpoint::handle_message`] → `receive` sorts it → `clients` or `servers`
//! absorb repetitions → a verb's file in `dialog`, or `outside`.

mod api;
mod clients;
mod outside;
mod receive;
mod salvage;
mod servers;
mod stateless;

pub use api::*;
pub(crate) use clients::{Answers, Heard, Outgoing, SentAck, User, copy_first, via_value};
pub(crate) use servers::{Incoming, Owner};
pub(crate) use stateless::ALLOW;

use crate::dialog::{SessionTimer, Sessions, stray};
use crate::digest::Credentials;
use crate::message::{Headers, Message};
use crate::random::Random;
use crate::transaction::{ClientInput, ServerInput, Timer, Timing};
use crate::transport::{ConnectionId, Flow, Protocol, Transmit};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;
use warmline_time::{Time, Timers};

/// A transaction of either side.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct TransactionId(pub(crate) u64);

/// A row of the timer table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    Client(TransactionId, Timer),
    Server(TransactionId, Timer),
    Session(SessionId, SessionTimer),
}

/// What a connection carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Row {
    Client(TransactionId),
    Server(TransactionId),
    Session(SessionId),
}

/// One SIP endpoint. See the module's text.
#[derive(Debug)]
pub struct Endpoint {
    pub(crate) config: EndpointConfig,
    pub(crate) timing: Timing,
    pub(crate) random: Random,
    pub(crate) timers: Timers<Key>,
    pub(crate) clients: clients::Clients,
    pub(crate) servers: servers::Servers,
    pub(crate) sessions: Sessions,
    pub(crate) counters: Counters,
    connections: HashMap<ConnectionId, BTreeSet<Row>>,
    events: VecDeque<Event>,
    transmits: VecDeque<Transmit>,
    pub(crate) standings: VecDeque<Standing>,
    last_id: u64,
    /// Answers to a predecessor's INVITEs that may still be ended.
    pub(crate) strays_left: u32,
}

impl Endpoint {
    /// With a seed for branches, tags and Call-IDs (from the process's random source; fixed in simulations).
    pub fn new(mut config: EndpointConfig, seed: u64) -> Self {
        config.stamp = token_of(&config.stamp);
        // A zero would let a timer fire again at the moment it fired.
        config.t1 = config.t1.max(Duration::from_millis(1));
        config.t2 = config.t2.max(config.t1);
        let timing = Timing { t1: config.t1, t2: config.t2, t4: config.t4 };
        Endpoint {
            config,
            timing,
            random: Random::new(seed),
            timers: Timers::default(),
            clients: clients::Clients::default(),
            servers: servers::Servers::default(),
            sessions: Sessions::default(),
            counters: Counters::default(),
            connections: HashMap::new(),
            events: VecDeque::new(),
            transmits: VecDeque::new(),
            standings: VecDeque::new(),
            last_id: 0,
            strays_left: stray::BUDGET,
        }
    }
    // --- input
    /// One datagram or one framed message.
    pub fn handle_message(&mut self, now: Time, flow: Flow, payload: Bytes) {
        self.receive(now, flow, payload);
    }
    /// Timers that are due.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(key) = self.timers.pop(now) {
            match key {
                Key::Client(id, timer) => self.client_input(now, id, ClientInput::Timer(timer), None),
                Key::Server(id, timer) => {
                    self.server_input(now, id, ServerInput::Timer(timer), None);
                }
                Key::Session(id, timer) => self.session_timeout(now, id, timer),
            }
        }
    }
    /// A stream is closed: its transactions fail at once; sessions stay until they need it, but for an INVITE
    /// of the peer that is not answered yet: nobody could be told, so it ends (`Ended`).
    pub fn handle_flow_closed(&mut self, now: Time, connection: ConnectionId) {
        for row in self.connections.remove(&connection).unwrap_or_default() {
            match row {
                Row::Client(id) => self.client_input(now, id, ClientInput::Unreachable, None),
                Row::Server(id) => self.server_unreachable(now, id),
                Row::Session(id) => self.session_flow_closed(id, connection),
            }
        }
    }
    // --- verbs of a session
    /// Sends an INVITE.
    pub fn invite(&mut self, now: Time, invite: Invite) -> SessionId {
        self.start_invite(now, invite)
    }
    /// Sends 101–199 on a session that `Event::Invite` brought.
    pub fn progress(
        &mut self,
        now: Time,
        session: SessionId,
        status: u16,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        self.send_progress(now, session, status, headers, body)
    }
    /// Sends 200.
    pub fn accept(
        &mut self,
        now: Time,
        session: SessionId,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        self.send_accept(now, session, headers, body)
    }
    /// Sends 300–699; the session is gone (no event follows).
    pub fn reject(
        &mut self,
        now: Time,
        session: SessionId,
        status: u16,
        headers: Headers,
    ) -> Result<(), WrongState> {
        self.send_reject(now, session, status, headers)
    }
    /// Ends a session in whatever state: CANCEL (as soon as a provisional came; a 2xx that crosses it gets ACK and
    /// BYE), 603 to an unanswered INVITE of the peer, BYE otherwise (after the ACK to our 2xx, §15). `reason` is a
    /// Reason header. `Failed` or `Ended` does not follow: the id is gone for the caller at once.
    pub fn hangup(&mut self, now: Time, session: SessionId, reason: Option<&str>) {
        self.end(now, session, reason);
    }
    /// The peer of a session has come back over this flow: what is sent within its dialog from now on goes there.
    pub fn set_flow(&mut self, session: SessionId, flow: Flow) {
        self.move_dialog(session, flow);
    }
    /// Sends a re-INVITE with an offer.
    pub fn reinvite(&mut self, now: Time, session: SessionId, body: Body) -> Result<(), WrongState> {
        self.send_reinvite(now, session, body)
    }
    /// Answers `SessionEvent::Offer` with 200. `WrongState` also where the peer has cancelled its offer meanwhile.
    pub fn answer_offer(
        &mut self,
        now: Time,
        session: SessionId,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        self.send_answer(now, session, body)
    }
    /// Answers `SessionEvent::Offer` with an error (488, 491 …).
    pub fn refuse_offer(&mut self, now: Time, session: SessionId, status: u16) -> Result<(), WrongState> {
        self.send_refusal(now, session, status)
    }
    // --- requests outside dialogs
    /// Sends one.
    pub fn request(&mut self, now: Time, request: OutgoingRequest) -> ClientId {
        self.send_request(now, request)
    }
    /// Answers `Event::Request`: a final response from [`Message::response_to`], perhaps with more headers.
    pub fn respond(&mut self, now: Time, request_id: RequestId, response: Message) -> Result<(), WrongState> {
        self.send_response(now, request_id, response)
    }
    /// BYE in a dialog that a process before this one has left, retransmitted as any; a challenge is answered with these
    /// credentials. False: its target cannot be read.
    pub fn end_left(
        &mut self,
        now: Time,
        left: &Left,
        credentials: Option<Credentials>,
        reason: &str,
    ) -> bool {
        self.send_left_bye(now, left, credentials, reason)
    }
    // --- output
    /// What has become of confirmed dialogs, where [`EndpointConfig::tell_dialogs`] asks for it.
    pub fn poll_standing(&mut self) -> Option<Standing> {
        self.standings.pop_front()
    }
    /// The next message for the wire.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next()
    }
    // --- looking in
    /// The Call-ID of a session.
    pub fn call_id(&self, session: SessionId) -> Option<&str> {
        self.sessions
            .get(session)
            .filter(|session| !session.forgotten)
            .map(|session| session.call_id.as_str())
    }
    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }
    /// Sessions, transactions and timers that are alive: all 0 when everything is over.
    pub fn live(&self) -> (usize, usize, usize) {
        (self.sessions.len(), self.clients.len() + self.servers.len(), self.timers.len())
    }
}

impl Endpoint {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn next_transaction(&mut self) -> TransactionId {
        TransactionId(self.next_id())
    }

    /// A branch with the magic cookie (RFC 3261 §8.1.1.7) and our stamp.
    pub(crate) fn new_branch(&mut self) -> String {
        format!("z9hG4bK-{}-{}", self.config.stamp, self.random.hex())
    }

    /// A tag or Call-ID with our stamp and the caller's token.
    pub(crate) fn new_name(&mut self, token: Option<&str>) -> String {
        let (stamp, random) = (&self.config.stamp, self.random.hex());
        match token.map(token_of).filter(|token| !token.is_empty()) {
            Some(token) => format!("{stamp}-{token}-{random}"),
            None => format!("{stamp}-{random}"),
        }
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Tells the owner of a session something, unless he has forgotten it.
    pub(crate) fn emit_for(&mut self, session: SessionId, event: SessionEvent) {
        if self.sessions.get(session).is_some_and(|session| !session.forgotten) {
            self.events.push_back(Event::Session { session, event });
        }
    }

    /// Puts a message on the wire; `false` where there is no way: a closed WebSocket, which only its client opens
    /// (RFC 7118 §5).
    pub(crate) fn transmit(&mut self, flow: Flow, payload: Bytes) -> bool {
        let is_socket = matches!(flow.protocol, Protocol::Ws | Protocol::Wss);
        if is_socket && flow.connection.is_none() {
            return false;
        }
        self.counters.sent += 1;
        self.transmits.push_back(Transmit { flow, payload });
        true
    }

    /// The same for what was sent before.
    pub(crate) fn retransmit(&mut self, flow: Flow, payload: Bytes) {
        if self.config.retransmit && self.transmit(flow, payload) {
            self.counters.retransmissions_sent += 1;
        }
    }

    pub(crate) fn bind(&mut self, flow: Flow, row: Row) {
        if let Some(connection) = flow.connection {
            self.connections.entry(connection).or_default().insert(row);
        }
    }

    pub(crate) fn unbind(&mut self, flow: Flow, row: Row) {
        let Some(connection) = flow.connection else { return };
        if let Some(rows) = self.connections.get_mut(&connection) {
            rows.remove(&row);
            if rows.is_empty() {
                self.connections.remove(&connection);
            }
        }
    }
}

/// What of a text may stand in a tag, a branch and a Call-ID, 64 characters at most.
fn token_of(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).take(64).collect()
}
