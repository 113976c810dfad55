//! The endpoint: transactions, sessions (INVITE dialogs) and out-of-dialog requests behind one sans-IO face.
//!
//! Polling order: after every `handle_*` and every verb, drain [`Endpoint::poll_event`] and
//! [`Endpoint::poll_transmit`]; then wait until [`Endpoint::poll_timeout`].
//!
//! The endpoint does by itself: transaction state and retransmission (RFC 3261 §17, RFC 6026), 100 Trying,
//! ACK of finals, 200 retransmission until ACK (§13.3.1.4; BYE when none comes in 64·T1), CANCEL (answered 200, the INVITE 487), BYE answered 200,
//! CSeq and tag checks (481, 500), loose routing, merged requests (482), Max-Forwards, unknown in-dialog methods
//! (405/501), Require it does not know (420), session timers (RFC 4028) when the peer asks for them, glare (491), digest towards
//! a peer whose credentials the invite carries.

use crate::digest::Credentials;
use crate::headers::NameAddr;
use crate::message::{Headers, Message};
use crate::transport::{ConnectionId, Flow, Transmit};
use crate::uri::Uri;
use bytes::Bytes;
use std::time::Duration;
use warmline_time::Time;

/// An INVITE session, ours or the peer's, from the INVITE to the end of its dialog.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SessionId(pub u64);

/// A server transaction that waits for [`Endpoint::respond`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RequestId(pub u64);

/// A client transaction of [`Endpoint::request`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ClientId(pub u64);

/// Timers and limits.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// RTT estimate (500 ms).
    pub t1: Duration,
    /// Longest retransmission interval of non-INVITE requests and responses (4 s).
    pub t2: Duration,
    /// Longest life of a message in the network (5 s).
    pub t4: Duration,
    /// Product name for Server and User-Agent; empty: neither is sent.
    pub product: String,
    /// Server transactions at most; a new INVITE above it gets a stateless 503 with Retry-After.
    pub max_transactions: usize,
    /// Mixed into tags, branches and Call-IDs, so that a later process can tell its predecessor's: `node.shard.boot`.
    pub stamp: String,
    /// For simulations only: false leaves every retransmission out, so that a test can show that it matters.
    pub retransmit: bool,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        EndpointConfig {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            product: "Warmline".into(),
            max_transactions: 100_000,
            stamp: "0.0.0".into(),
            retransmit: true,
        }
    }
}

/// A body with its type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// `application/sdp`, …
    pub content_type: String,
    /// The bytes.
    pub content: Bytes,
}

impl Body {
    /// A session description.
    pub fn sdp(text: impl Into<Bytes>) -> Self {
        Body { content_type: "application/sdp".into(), content: text.into() }
    }
}

/// An INVITE to send.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Where the first hop is.
    pub flow: Flow,
    /// The Request-URI.
    pub uri: Uri,
    /// From, without a tag.
    pub from: NameAddr,
    /// To, without a tag.
    pub to: NameAddr,
    /// The user part of our Contact.
    pub contact_user: Option<String>,
    /// Routes to preload.
    pub route: Vec<Uri>,
    /// A part of the Call-ID and of the tag that the caller chooses (an attempt's id); otherwise random.
    pub token: Option<String>,
    /// Further headers: P-Asserted-Identity, Alert-Info, Session-ID, …
    pub headers: Headers,
    /// The offer.
    pub body: Option<Body>,
    /// Answers a 401 or 407 of this peer.
    pub credentials: Option<Credentials>,
}

/// An out-of-dialog request that is no INVITE: REGISTER, OPTIONS, …
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// Where the first hop is.
    pub flow: Flow,
    /// Method, Request-URI, From (without tag), To, Contact and other headers, body. Via, Call-ID, CSeq,
    /// Max-Forwards and the From tag are added where they are missing.
    pub message: Message,
    /// Answers a 401 or 407.
    pub credentials: Option<Credentials>,
}

/// Why a request of ours had no final response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// A final response other than 2xx.
    Response(Box<Message>),
    /// No final response in time (408 in effect, RFC 3261 §8.1.3.1).
    Timeout,
    /// The flow is closed or cannot be reached (503 in effect).
    Transport,
}

impl Failure {
    /// The status it amounts to: the response's, 408 or 503.
    pub fn status(&self) -> u16 {
        match self {
            Failure::Response(response) => response.status().unwrap_or(500),
            Failure::Timeout => 408,
            Failure::Transport => 503,
        }
    }
}

/// What the endpoint has to tell its owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A new INVITE outside a dialog; 100 is sent. Answer with `progress`, `accept` or `reject`.
    Invite {
        /// The new session.
        session: SessionId,
        /// The INVITE.
        request: Box<Message>,
        /// The way it came.
        flow: Flow,
    },
    /// Another request outside a dialog (REGISTER, OPTIONS, MESSAGE, SUBSCRIBE, unknown …). Answer with `respond`.
    Request {
        /// Names the transaction.
        request_id: RequestId,
        /// The request.
        request: Box<Message>,
        /// The way it came.
        flow: Flow,
    },
    /// The end of a request of ours.
    Response {
        /// Which.
        client: ClientId,
        /// A 2xx, or why not.
        result: Result<Box<Message>, Failure>,
    },
    /// Something of one session.
    Session {
        /// Which.
        session: SessionId,
        /// What.
        event: SessionEvent,
    },
}

/// What happened to a session. After `Failed`, `Canceled` and `Ended` the id is gone and no further event comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionEvent {
    /// 101–199 to our INVITE, perhaps with SDP.
    Progress(Box<Message>),
    /// 2xx to our INVITE; ACK is sent.
    Established(Box<Message>),
    /// Our INVITE failed. After `cancel` too (487).
    Failed(Failure),
    /// The peer cancelled its INVITE; 487 is sent. The CANCEL's Reason.
    Canceled(Option<String>),
    /// The ACK to our 2xx came.
    Confirmed(Box<Message>),
    /// A re-INVITE or UPDATE came, perhaps with an offer. Answer with `answer_offer` or `refuse_offer`.
    Offer(Box<Message>),
    /// The answer to our `reinvite`.
    OfferAnswered(Box<Message>),
    /// Our `reinvite` was refused or lost; the session goes on as it was (ended by itself on 408 and 481).
    OfferRefused(Failure),
    /// An INFO; 200 is sent.
    Info(Box<Message>),
    /// The session is over: BYE came (with its Reason) or no ACK, no refresh or no way to the peer was left.
    Ended {
        /// True where the peer sent BYE.
        by_peer: bool,
        /// The Reason header.
        reason: Option<String>,
    },
}

/// What was counted since the start.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Counters {
    pub received: u64,
    pub sent: u64,
    pub retransmissions_absorbed: u64,
    pub retransmissions_sent: u64,
    pub malformed: u64,
    pub stray_responses: u64,
    pub shed: u64,
}

/// One SIP endpoint. See the module's text.
#[derive(Debug)]
pub struct Endpoint {}

/// The session is not in a state that allows the verb; nothing was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrongState;

impl Endpoint {
    /// With a seed for branches, tags and Call-IDs (from the process's random source; fixed in simulations).
    pub fn new(config: EndpointConfig, seed: u64) -> Self {
        let _ = (config, seed);
        todo!()
    }
    // --- input
    /// One datagram or one framed message.
    pub fn handle_message(&mut self, now: Time, flow: Flow, payload: Bytes) {
        let _ = (now, flow, payload);
        todo!()
    }
    /// Timers that are due.
    pub fn handle_timeout(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// A stream is closed: its transactions fail at once; sessions stay until they need it.
    pub fn handle_flow_closed(&mut self, now: Time, connection: ConnectionId) {
        let _ = (now, connection);
        todo!()
    }
    // --- verbs of a session
    /// Sends an INVITE.
    pub fn invite(&mut self, now: Time, invite: Invite) -> SessionId {
        let _ = (now, invite);
        todo!()
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
        let _ = (now, session, status, headers, body);
        todo!()
    }
    /// Sends 200.
    pub fn accept(
        &mut self,
        now: Time,
        session: SessionId,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        let _ = (now, session, headers, body);
        todo!()
    }
    /// Sends 300–699; the session is gone (no event follows).
    pub fn reject(
        &mut self,
        now: Time,
        session: SessionId,
        status: u16,
        headers: Headers,
    ) -> Result<(), WrongState> {
        let _ = (now, session, status, headers);
        todo!()
    }
    /// Ends a session in whatever state: CANCEL (as soon as a provisional came; a 2xx that crosses it gets ACK and
    /// BYE), 603 to an unanswered INVITE of the peer, BYE otherwise. `reason` is a Reason header. `Failed` or `Ended` does not follow: the
    /// id is gone for the caller at once.
    pub fn hangup(&mut self, now: Time, session: SessionId, reason: Option<&str>) {
        let _ = (now, session, reason);
        todo!()
    }
    /// Sends a re-INVITE with an offer.
    pub fn reinvite(&mut self, now: Time, session: SessionId, body: Body) -> Result<(), WrongState> {
        let _ = (now, session, body);
        todo!()
    }
    /// Answers `SessionEvent::Offer` with 200.
    pub fn answer_offer(
        &mut self,
        now: Time,
        session: SessionId,
        body: Option<Body>,
    ) -> Result<(), WrongState> {
        let _ = (now, session, body);
        todo!()
    }
    /// Answers `SessionEvent::Offer` with an error (488, 491 …).
    pub fn refuse_offer(&mut self, now: Time, session: SessionId, status: u16) -> Result<(), WrongState> {
        let _ = (now, session, status);
        todo!()
    }
    // --- requests outside dialogs
    /// Sends one.
    pub fn request(&mut self, now: Time, request: OutgoingRequest) -> ClientId {
        let _ = (now, request);
        todo!()
    }
    /// Answers `Event::Request`: a final response from [`Message::response_to`], perhaps with more headers.
    pub fn respond(&mut self, now: Time, request_id: RequestId, response: Message) -> Result<(), WrongState> {
        let _ = (now, request_id, response);
        todo!()
    }
    // --- output
    /// The next message for the wire.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        todo!()
    }
    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        todo!()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }
    // --- looking in
    /// The Call-ID of a session.
    pub fn call_id(&self, session: SessionId) -> Option<&str> {
        let _ = session;
        todo!()
    }
    /// What was counted.
    pub fn counters(&self) -> Counters {
        todo!()
    }
    /// Sessions, transactions and timers that are alive: all 0 when everything is over.
    pub fn live(&self) -> (usize, usize, usize) {
        todo!()
    }
}
