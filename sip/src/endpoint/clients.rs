//! The table of client transactions: matches responses (RFC 3261 §17.1.3) and carries out what the machines ask for.

use super::{Endpoint, Key, Row, TransactionId};
use crate::digest::{self, Credentials};
use crate::endpoint::{ClientId, Failure, SessionId};
use crate::headers::CSeq;
use crate::message::{HeaderName, Headers, Message, Method, Start};
use crate::transaction::{ClientAction, ClientInput, Started, client_invite, client_non_invite};
use crate::transport::Flow;
use bytes::Bytes;
use std::collections::HashMap;
use warmline_time::Time;

/// Answers to challenges that one request gives at most: one by each proxy on the way and the server, some twice.
const MAX_ANSWERS: usize = 6;

/// Who is told of responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum User {
    /// The INVITE of a session.
    Invite(SessionId),
    /// A re-INVITE, the owner's or a refresh.
    Reinvite(SessionId),
    /// An UPDATE that refreshes a session.
    Update(SessionId),
    /// The BYE of a session.
    Bye(SessionId),
    /// A request outside dialogs.
    Request(ClientId),
    /// Nobody: CANCEL, and the BYE of a fork.
    Nobody,
}

impl User {
    pub(crate) fn session(self) -> Option<SessionId> {
        match self {
            User::Invite(id) | User::Reinvite(id) | User::Update(id) | User::Bye(id) => Some(id),
            User::Request(_) | User::Nobody => None,
        }
    }
}

/// What a user is told.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A response, provisional or final.
    Response(Box<Message>),
    /// No final response in time.
    Timeout,
    /// No way to the peer.
    Unreachable,
    /// The peer rings too long (timer C); the transaction is still there and can be cancelled.
    Expired,
}

impl Heard {
    /// As a failure; `Expired` counts as a timeout.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Heard::Response(response) => Failure::Response(response),
            Heard::Timeout | Heard::Expired => Failure::Timeout,
            Heard::Unreachable => Failure::Transport,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Machine {
    Invite(client_invite::State),
    Other(client_non_invite::State),
}

impl Machine {
    fn step(&mut self, input: ClientInput) -> (&'static [ClientAction], bool) {
        match self {
            Machine::Invite(state) => {
                let (next, actions) = client_invite::step(*state, input);
                *state = next;
                (actions, next == client_invite::State::Terminated)
            }
            Machine::Other(state) => {
                let (next, actions) = client_non_invite::step(*state, input);
                *state = next;
                (actions, next == client_non_invite::State::Terminated)
            }
        }
    }
}

/// An ACK of a 2xx, kept as long as the 2xx may be repeated (RFC 3261 §13.2.2.4).
#[derive(Debug)]
pub(crate) struct SentAck {
    pub(crate) remote_tag: Option<String>,
    pub(crate) wire: Bytes,
    pub(crate) flow: Flow,
}

/// How a request answers challenges.
#[derive(Clone, Default, Debug)]
pub(crate) struct Answers {
    pub(crate) credentials: Option<Credentials>,
    /// Nonces that were answered, and the header that did.
    given: Vec<(String, HeaderName)>,
}

impl Answers {
    pub(crate) fn with(credentials: Option<Credentials>) -> Self {
        Answers { credentials, given: Vec::new() }
    }
}

/// A request to send.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) user: User,
    pub(crate) flow: Flow,
    /// Without a Via.
    pub(crate) request: Message,
    pub(crate) answers: Answers,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Client {
    machine: Machine,
    key: String,
    pub(crate) user: User,
    pub(crate) request: Message,
    wire: Bytes,
    pub(crate) flow: Flow,
    tries: u32,
    started: Started,
    pub(crate) answers: Answers,
    pub(crate) acks: Vec<SentAck>,
}

impl Client {
    /// Whether the INVITE may be cancelled now (§9.1).
    pub(crate) fn may_cancel(&self) -> bool {
        matches!(self.machine, Machine::Invite(state) if client_invite::may_cancel(state))
    }
}

/// The rows and their index by branch and method.
#[derive(Default, Debug)]
pub(crate) struct Clients {
    rows: HashMap<TransactionId, Client>,
    by_branch: HashMap<String, TransactionId>,
}

impl Clients {
    pub(crate) fn get(&self, id: TransactionId) -> Option<&Client> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: TransactionId) -> Option<&mut Client> {
        self.rows.get_mut(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

fn key_of(branch: &str, method: &Method) -> String {
    format!("{branch} {method}")
}

impl Endpoint {
    /// Sends a request that has no Via yet, under an id from [`Endpoint::next_transaction`].
    pub(crate) fn start_client(&mut self, now: Time, id: TransactionId, outgoing: Outgoing) {
        let branch = self.new_branch();
        self.start_client_as(now, id, &branch, outgoing);
    }

    /// The same with a given branch: CANCEL has the INVITE's (§9.1).
    pub(crate) fn start_client_as(&mut self, now: Time, id: TransactionId, branch: &str, outgoing: Outgoing) {
        let Outgoing { user, flow, mut request, answers } = outgoing;
        let method = match &request.start {
            Start::Request { method, .. } => method.clone(),
            Start::Response { .. } => return,
        };
        request.headers.push_front(HeaderName::VIA, via_value(&flow, branch));
        let machine = match method {
            Method::Invite => Machine::Invite(client_invite::State::Calling),
            _ => Machine::Other(client_non_invite::State::Trying),
        };
        let key = key_of(branch, &method);
        self.clients.by_branch.insert(key.clone(), id);
        let wire = request.write();
        self.bind(flow, Row::Client(id));
        let (started, acks) = (Started::default(), Vec::new());
        self.clients
            .rows
            .insert(id, Client { machine, key, user, request, wire, flow, tries: 0, started, answers, acks });
        self.client_input(now, id, ClientInput::Begin, None);
    }

    /// A response from the wire (§18.1.2, §17.1.3).
    pub(crate) fn receive_response(&mut self, now: Time, flow: Flow, response: Message) {
        let (Ok(via), Ok(cseq), Some(status)) = (response.via(), response.cseq(), response.status()) else {
            self.counters.malformed += 1;
            return;
        };
        if response.to().is_err() || response.from().is_err() || response.call_id().is_err() {
            self.counters.malformed += 1;
            return;
        }
        let name = HeaderName::VIA;
        if response.headers.list(&name).len() != 1 {
            // §8.1.3.3: it was on its way to somebody before us.
            self.counters.stray_responses += 1;
            return;
        }
        let Some(&id) = self.clients.by_branch.get(&key_of(via.branch(), &cseq.method)) else {
            self.counters.stray_responses += 1;
            return self.end_stray(now, flow, &response);
        };
        self.follow_flow(id, flow);
        let input = match status {
            100..=199 => ClientInput::Provisional,
            200..=299 => ClientInput::Success,
            _ => ClientInput::Failure,
        };
        self.client_input(now, id, input, Some(response));
    }

    /// On streams, what follows goes over the connection that the response came over: `io` opened it meanwhile.
    fn follow_flow(&mut self, id: TransactionId, flow: Flow) {
        let Some(client) = self.clients.rows.get_mut(&id) else { return };
        if !flow.protocol.is_reliable() || client.flow.connection == flow.connection {
            return;
        }
        let before = std::mem::replace(&mut client.flow, flow);
        self.unbind(before, Row::Client(id));
        self.bind(flow, Row::Client(id));
    }

    /// One input to one machine.
    pub(crate) fn client_input(
        &mut self,
        now: Time,
        id: TransactionId,
        input: ClientInput,
        mut response: Option<Message>,
    ) {
        let Some(client) = self.clients.rows.get_mut(&id) else { return };
        let (actions, over) = client.machine.step(input);
        for action in actions {
            self.client_action(now, id, *action, &mut response);
        }
        if over {
            self.drop_client(id);
        }
    }

    fn client_action(
        &mut self,
        now: Time,
        id: TransactionId,
        action: ClientAction,
        response: &mut Option<Message>,
    ) {
        let Some(client) = self.clients.rows.get_mut(&id) else { return };
        let user = client.user;
        match action {
            ClientAction::Send => {
                let (flow, wire) = (client.flow, client.wire.clone());
                if !self.transmit(flow, wire) {
                    self.client_input(now, id, ClientInput::Unreachable, None);
                }
            }
            ClientAction::Resend => {
                client.tries += 1;
                let (flow, wire) = (client.flow, client.wire.clone());
                self.retransmit(flow, wire);
            }
            ClientAction::Ack | ClientAction::AckAgain => {
                let Some(response) = response.as_ref() else { return };
                let (flow, wire) = (client.flow, ack_of_failure(&client.request, response).write());
                if action == ClientAction::Ack {
                    self.transmit(flow, wire);
                } else {
                    self.counters.retransmissions_absorbed += 1;
                    self.retransmit(flow, wire);
                }
            }
            ClientAction::Absorb => self.counters.retransmissions_absorbed += 1,
            ClientAction::Start(timer) => {
                let reliable = client.flow.protocol.is_reliable();
                if let Some(after) = self.timing.after(timer, reliable, client.tries) {
                    client.started.add(timer);
                    self.timers.set(Key::Client(id, timer), now + after);
                }
            }
            ClientAction::Stop(timer) => self.timers.cancel(Key::Client(id, timer)),
            ClientAction::Tell => {
                if let Some(response) = response.take() {
                    self.tell(now, id, user, Heard::Response(Box::new(response)));
                }
            }
            ClientAction::Timeout => self.tell(now, id, user, Heard::Timeout),
            ClientAction::Unreachable => self.tell(now, id, user, Heard::Unreachable),
            ClientAction::Expired => self.tell(now, id, user, Heard::Expired),
        }
    }

    fn tell(&mut self, now: Time, id: TransactionId, user: User, heard: Heard) {
        match user {
            User::Invite(session) => self.on_invite_heard(now, id, session, heard),
            User::Reinvite(session) => self.on_reinvite_heard(now, id, session, heard),
            User::Update(session) => self.on_update_heard(now, id, session, heard),
            User::Bye(session) => self.on_bye_heard(now, id, session, heard),
            User::Request(client) => self.on_request_heard(now, id, client, heard),
            User::Nobody => {
                if let Heard::Response(response) = heard {
                    self.answer_challenge(now, id, &response);
                }
            }
        }
    }

    fn drop_client(&mut self, id: TransactionId) {
        let Some(client) = self.clients.rows.remove(&id) else { return };
        self.clients.by_branch.remove(&client.key);
        self.unbind(client.flow, Row::Client(id));
        for timer in client.started.iter() {
            self.timers.cancel(Key::Client(id, timer));
        }
    }

    /// Answers a 401 or 407 with the request's credentials, in a new transaction (§22.2). Each nonce is answered
    /// once; after a refused answer another nonce only where the first was stale. `None`: there is no answer.
    pub(crate) fn answer_challenge(
        &mut self,
        now: Time,
        id: TransactionId,
        challenge: &Message,
    ) -> Option<TransactionId> {
        if !matches!(challenge.status(), Some(401 | 407)) {
            return None;
        }
        let client = self.clients.rows.get(&id)?;
        let credentials = client.answers.credentials.as_ref()?;
        let Start::Request { method, uri } = &client.request.start else { return None };
        let cnonce = self.random.hex();
        let (name, value) = digest::answer(challenge, credentials, None, method, &uri.to_string(), &cnonce)?;
        let nonce = parameter(&value, "nonce")?;
        let mut answers = client.answers.clone();
        let refused = answers.given.iter().any(|given| given.1 == name);
        let repeated = answers.given.iter().any(|given| given.0 == nonce);
        if repeated || answers.given.len() >= MAX_ANSWERS || (refused && !is_stale(challenge)) {
            return None;
        }
        answers.given.push((nonce, name.clone()));
        let (user, flow, mut request) = (client.user, client.flow, client.request.clone());
        let before = request.cseq().ok()?;
        let number = match user.session().and_then(|session| self.sessions.get_mut(session)) {
            Some(session) => session.next_cseq(),
            None => before.number + 1,
        };
        request.headers.remove(&HeaderName::VIA);
        request.headers.set(HeaderName::CSEQ, CSeq { number, method: before.method }.to_string());
        request.headers.set(name, value);
        let next = self.next_transaction();
        self.start_client(now, next, Outgoing { user, flow, request, answers });
        Some(next)
    }
}

/// Our Via: RFC 3581 asks for `rport` on datagrams; elsewhere it does no harm (RFC 3261 §18.1.1).
pub(crate) fn via_value(flow: &Flow, branch: &str) -> String {
    format!("SIP/2.0/{} {};branch={branch};rport", flow.protocol.via_name(), flow.local)
}

/// The ACK of a final response other than 2xx, within the INVITE's transaction (§17.1.1.3).
fn ack_of_failure(invite: &Message, response: &Message) -> Message {
    let Some(uri) = invite.uri() else { return invite.clone() };
    let mut ack = Message::request(Method::Ack, uri.clone());
    copy_first(&invite.headers, &mut ack.headers, HeaderName::VIA);
    for route in invite.headers.get_all(&HeaderName::ROUTE) {
        ack.headers.push(HeaderName::ROUTE, route);
    }
    ack.headers.push(HeaderName::MAX_FORWARDS, "70");
    copy_first(&invite.headers, &mut ack.headers, HeaderName::FROM);
    copy_first(&response.headers, &mut ack.headers, HeaderName::TO);
    copy_first(&invite.headers, &mut ack.headers, HeaderName::CALL_ID);
    if let Ok(cseq) = invite.cseq() {
        ack.headers.push(HeaderName::CSEQ, CSeq { number: cseq.number, method: Method::Ack }.to_string());
    }
    ack
}

pub(crate) fn copy_first(from: &Headers, to: &mut Headers, name: HeaderName) {
    if let Some(value) = from.get(&name) {
        to.push(name, value);
    }
}

/// A parameter of a digest header, unquoted.
fn parameter(value: &str, name: &str) -> Option<String> {
    let (_, rest) = value.split_once(' ')?;
    rest.split(',').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn is_stale(challenge: &Message) -> bool {
    [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE].iter().any(|name| {
        challenge
            .headers
            .get_all(name)
            .any(|value| parameter(value, "stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_parameters_of_a_digest_header() {
        let value = r#"Digest realm="a b", nonce="n=1", stale=TRUE"#;
        assert_eq!(parameter(value, "nonce").as_deref(), Some("n=1"));
        assert_eq!(parameter(value, "stale").as_deref(), Some("TRUE"));
        assert_eq!(parameter(value, "opaque"), None);
    }
}
