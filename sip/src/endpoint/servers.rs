//! The table of server transactions: matches requests (RFC 3261 §17.2.3) and carries out what the machines ask for.

use super::{Endpoint, Key, Row, TransactionId};
use crate::endpoint::{RequestId, SessionId};
use crate::headers::{CSeq, Via};
use crate::message::{HeaderName, Message, Method};
use crate::transaction::{ServerAction, ServerInput, Started, server_invite, server_non_invite};
use crate::transport::Flow;
use bytes::Bytes;
use std::collections::HashMap;
use warmline_time::Time;

/// Who answers the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// The INVITE of a session.
    Invite(SessionId),
    /// A request within a session.
    Within(SessionId),
    /// A request outside dialogs.
    Outside(RequestId),
    /// Nobody any more, or the endpoint itself at once.
    Nobody,
}

#[derive(Clone, Copy, Debug)]
enum Machine {
    Invite(server_invite::State),
    Other(server_non_invite::State),
}

impl Machine {
    fn step(&mut self, input: ServerInput) -> (&'static [ServerAction], bool) {
        match self {
            Machine::Invite(state) => {
                let (next, actions) = server_invite::step(*state, input);
                *state = next;
                (actions, next == server_invite::State::Terminated)
            }
            Machine::Other(state) => {
                let (next, actions) = server_non_invite::step(*state, input);
                *state = next;
                (actions, next == server_non_invite::State::Terminated)
            }
        }
    }
}

/// One row.
#[derive(Debug)]
pub(crate) struct Server {
    machine: Machine,
    key: String,
    merge_key: Option<String>,
    pub(crate) owner: Owner,
    pub(crate) request: Message,
    pub(crate) flow: Flow,
    wire: Option<Bytes>,
    tries: u32,
    started: Started,
}

/// The rows, their index by key, and by what a merged request shares with the first (§8.2.2.2).
#[derive(Default, Debug)]
pub(crate) struct Servers {
    rows: HashMap<TransactionId, Server>,
    by_key: HashMap<String, TransactionId>,
    by_merge_key: HashMap<String, TransactionId>,
}

impl Servers {
    pub(crate) fn get(&self, id: TransactionId) -> Option<&Server> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: TransactionId) -> Option<&mut Server> {
        self.rows.get_mut(&id)
    }

    pub(crate) fn find(&self, key: &str) -> Option<TransactionId> {
        self.by_key.get(key).copied()
    }

    pub(crate) fn is_merged(&self, merge_key: &str) -> bool {
        self.by_merge_key.contains_key(merge_key)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// What names a request's transaction: branch and sent-by, or all of it where the branch has no magic cookie
/// (§17.2.3). `method` is INVITE for the ACK of an INVITE, and for a CANCEL that looks for its INVITE.
pub(crate) fn key_of(request: &Message, via: &Via, cseq: &CSeq, method: &Method) -> String {
    let port = via.port.unwrap_or(0);
    if via.branch().starts_with("z9hG4bK") {
        return format!("{} {} {} {method}", via.branch(), via.host, port);
    }
    let (call_id, from) = (request.call_id().unwrap_or(""), request.from());
    let tag = from.as_ref().ok().and_then(|from| from.tag()).unwrap_or("");
    let uri = request.uri().map(ToString::to_string).unwrap_or_default();
    format!("{call_id} {tag} {} {uri} {} {} {port} {method}", cseq.number, via.branch(), via.host)
}

/// What two copies of one request share that came over different ways (§8.2.2.2).
pub(crate) fn merge_key_of(request: &Message, cseq: &CSeq) -> String {
    let from = request.from();
    let tag = from.as_ref().ok().and_then(|from| from.tag()).unwrap_or("");
    format!("{} {tag} {cseq}", request.call_id().unwrap_or(""))
}

/// A request as it came: with the key of its transaction.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) request: Message,
    pub(crate) flow: Flow,
    pub(crate) cseq: CSeq,
    pub(crate) key: String,
}

impl Endpoint {
    /// Takes a request into a new transaction. `merge`: copies of it are to be answered 482.
    pub(crate) fn start_server(
        &mut self,
        now: Time,
        id: TransactionId,
        owner: Owner,
        incoming: Incoming,
        merge: bool,
    ) {
        let Incoming { request, flow, cseq, key } = incoming;
        let machine = match cseq.method {
            Method::Invite => Machine::Invite(server_invite::State::Proceeding),
            _ => Machine::Other(server_non_invite::State::Trying),
        };
        let merge_key = merge.then(|| merge_key_of(&request, &cseq));
        self.servers.by_key.insert(key.clone(), id);
        if let Some(key) = &merge_key {
            self.servers.by_merge_key.insert(key.clone(), id);
        }
        self.bind(flow, Row::Server(id));
        let started = Started::default();
        self.servers.rows.insert(
            id,
            Server { machine, key, merge_key, owner, request, flow, wire: None, tries: 0, started },
        );
        if let Owner::Within(session) = owner
            && let Some(session) = self.sessions.get_mut(session)
        {
            session.open_requests += 1;
        }
        self.server_input(now, id, ServerInput::Begin, None);
    }

    /// Sends a response to the request of a transaction.
    pub(crate) fn server_respond(&mut self, now: Time, id: TransactionId, mut response: Message) {
        self.add_product(&mut response);
        let input = match response.status() {
            Some(100..=199) => ServerInput::Provisional,
            Some(200..=299) => ServerInput::Success,
            _ => ServerInput::Failure,
        };
        self.server_input(now, id, input, Some(response.write()));
    }

    /// Sends the last response again: a 2xx without ACK (§13.3.1.4).
    pub(crate) fn server_resend(&mut self, id: TransactionId) {
        let Some(server) = self.servers.rows.get(&id) else { return };
        if let Some(wire) = server.wire.clone() {
            self.retransmit(server.flow, wire);
        }
    }

    /// One input to one machine; `false` where an ACK is for the session.
    pub(crate) fn server_input(
        &mut self,
        now: Time,
        id: TransactionId,
        input: ServerInput,
        mut wire: Option<Bytes>,
    ) -> bool {
        let Some(server) = self.servers.rows.get_mut(&id) else { return true };
        let (actions, over) = server.machine.step(input);
        let mut taken = true;
        for action in actions {
            taken &= self.server_action(now, id, *action, &mut wire);
        }
        if over {
            self.drop_server(id);
        }
        taken
    }

    fn server_action(
        &mut self,
        now: Time,
        id: TransactionId,
        action: ServerAction,
        wire: &mut Option<Bytes>,
    ) -> bool {
        let Some(server) = self.servers.rows.get_mut(&id) else { return true };
        match action {
            ServerAction::Send => {
                if let Some(wire) = wire.take() {
                    server.wire = Some(wire.clone());
                    let flow = server.flow;
                    self.transmit(flow, wire);
                }
            }
            ServerAction::Resend => {
                server.tries += 1;
                self.server_resend(id);
            }
            ServerAction::Replay => self.server_resend(id),
            ServerAction::Absorb => self.counters.retransmissions_absorbed += 1,
            ServerAction::Start(timer) => {
                let reliable = server.flow.protocol.is_reliable();
                if let Some(after) = self.timing.after(timer, reliable, server.tries) {
                    server.started.add(timer);
                    self.timers.set(Key::Server(id, timer), now + after);
                }
            }
            ServerAction::Stop(timer) => self.timers.cancel(Key::Server(id, timer)),
            ServerAction::Tell => return false,
        }
        true
    }

    fn drop_server(&mut self, id: TransactionId) {
        let Some(server) = self.servers.rows.remove(&id) else { return };
        self.servers.by_key.remove(&server.key);
        if let Some(key) = &server.merge_key {
            self.servers.by_merge_key.remove(key);
        }
        self.unbind(server.flow, Row::Server(id));
        for timer in server.started.iter() {
            self.timers.cancel(Key::Server(id, timer));
        }
        if let Owner::Within(session) = server.owner
            && let Some(session) = self.sessions.get_mut(session)
        {
            session.open_requests = session.open_requests.saturating_sub(1);
        }
    }

    /// The flow of a server transaction is closed: whom its request belonged to is told (§18.4).
    pub(crate) fn server_unreachable(&mut self, now: Time, id: TransactionId) {
        let owner = self.servers.rows.get(&id).map(|server| server.owner);
        self.server_input(now, id, ServerInput::Unreachable, None);
        match owner {
            Some(Owner::Invite(session)) => self.on_invite_unreachable(now, session),
            Some(Owner::Within(session)) => self.on_offer_unreachable(session, id),
            _ => {}
        }
    }

    /// Server (RFC 3261 §20.35), where there is none.
    pub(crate) fn add_product(&self, response: &mut Message) {
        if !self.config.product.is_empty() && response.headers.get(&HeaderName::SERVER).is_none() {
            response.headers.push(HeaderName::SERVER, self.config.product.as_str());
        }
    }
}
