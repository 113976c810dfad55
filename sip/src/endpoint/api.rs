//! The values that go over the endpoint's face: configuration, verbs' arguments, events.

use crate::digest::Credentials;
use crate::headers::NameAddr;
use crate::message::{Headers, Message};
use crate::transport::Flow;
use crate::uri::Uri;
use bytes::Bytes;
use std::time::Duration;

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
    /// Whether [`Endpoint::poll_standing`] is asked: otherwise nothing is kept for it.
    pub tell_dialogs: bool,
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
            tell_dialogs: false,
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
    /// The ACK to our 2xx came: to the first INVITE's, and to that of each re-INVITE we answered.
    Confirmed(Box<Message>),
    /// A re-INVITE came, perhaps with an offer, or an UPDATE with one (without, it is answered here). Answer with `answer_offer` or `refuse_offer`.
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

/// A confirmed dialog as a later process has to know it, so that it can end it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// Its Call-ID.
    pub call_id: String,
    /// Our tag: no other dialog has it.
    pub local_tag: String,
    /// The From of our requests, with our tag.
    pub local: String,
    /// The To of our requests, with the peer's tag.
    pub remote: String,
    /// The peer's Contact.
    pub target: String,
    /// The route set, as name-addrs.
    pub routes: Vec<String>,
    /// Of our last request, about: some may have followed.
    pub cseq: u32,
    /// The way of the next request, without a stream.
    pub flow: Flow,
}

/// What becomes of confirmed dialogs (RFC 3261 §12). Those over a WebSocket are left out: only their peer could open it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It stands, or stands otherwise than was told.
    Stands(SessionId, Box<Left>),
    /// The one with this tag of ours is over: its last transaction too.
    Over(String),
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
    /// Answers to a predecessor's INVITEs that got ACK and BYE.
    pub strays_ended: u64,
    /// BYEs in dialogs of a predecessor.
    pub left_ended: u64,
}

/// The session is not in a state that allows the verb; nothing was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrongState;
