//! The firm's view of a live call: one customer, at most one agent, and where it stands.

use crate::ids::{CallId, ContactId, PartyId, ReservationId};
use crate::request::RequestId;
use crate::reservation::Reservation;
use warmline_time::Time;

/// How it came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// The customer dialled.
    Inbound,
    /// We dial the customer.
    Callme,
    /// From the page.
    Browser,
}

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// The customer's side is being set up: dialled, or media of his browser.
    Arriving,
    /// An agent is asked: probed until a party is minted, then rung.
    Offered {
        /// Who, by his index.
        agent: usize,
        /// His phone's party.
        party: Option<PartyId>,
    },
    /// In a queue.
    Waiting,
    /// An agent has answered.
    Talking {
        /// Who, by his index.
        agent: usize,
        /// His phone's party.
        party: PartyId,
    },
    /// Over; the switch clears its legs.
    Closing,
}

/// How sure it is whose call it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Confidence {
    /// It is nobody's.
    None,
    /// The last holder's, probably.
    Recent,
    /// The holder's, or proved by his PIN.
    Exact,
}

impl Confidence {
    /// As desktops call it.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::None => "none",
            Confidence::Recent => "recent",
            Confidence::Exact => "exact",
        }
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub id: CallId,
    pub customer: PartyId,
    pub origin: Origin,
    pub phase: Phase,
    pub reservation: Option<ReservationId>,
    /// The one that is over and whose page is shown.
    pub remembered: Option<ReservationId>,
    /// How sure either is.
    pub confidence: Confidence,
    pub contact: Option<ContactId>,
    pub queue: usize,
    pub pool: usize,
    /// The caller's number and display name.
    pub caller: (Option<String>, String),
    pub asked_at: Time,
    pub started: Time,
    /// The customer's side is answered.
    pub customer_up: bool,
    /// 180 was sent.
    pub alerted: bool,
    /// Music plays where no agent is joined.
    pub music: bool,
    /// Who spoke.
    pub spoke_with: Option<usize>,
    /// When they heard each other.
    pub bridged: Option<Time>,
    /// Who waits for the SDP answer.
    pub sdp_for: Option<RequestId>,
    pub trace_id: String,
    /// The switch hears of it once this journal number is durable; what is said of it later must not overtake that.
    pub after: u64,
}

impl Call {
    /// A call for a reservation, its customer's side not yet answered.
    pub fn of_reservation(
        r: &Reservation,
        id: CallId,
        customer: PartyId,
        origin: Origin,
        caller: (Option<String>, String),
        now: Time,
    ) -> Self {
        Call {
            id,
            customer,
            origin,
            phase: Phase::Arriving,
            reservation: Some(r.id),
            remembered: None,
            confidence: Confidence::Exact,
            contact: Some(r.contact),
            queue: r.queue,
            pool: r.pool,
            caller,
            asked_at: r.opened_at,
            started: now,
            customer_up: false,
            alerted: false,
            music: false,
            spoke_with: None,
            bridged: None,
            sdp_for: None,
            trace_id: r.trace_id.clone(),
            after: 0,
        }
    }

    /// A caller without context, who has asked at `asked_at`: never somebody's page.
    pub fn plain(
        (id, customer): (CallId, PartyId),
        (queue, pool, asked_at): (usize, usize, Time),
        caller: (Option<String>, String),
        now: Time,
        trace_id: String,
    ) -> Self {
        Call {
            id,
            customer,
            origin: Origin::Inbound,
            phase: Phase::Arriving,
            reservation: None,
            remembered: None,
            confidence: Confidence::None,
            contact: None,
            queue,
            pool,
            caller,
            asked_at,
            started: now,
            customer_up: false,
            alerted: false,
            music: false,
            spoke_with: None,
            bridged: None,
            sdp_for: None,
            trace_id,
            after: 0,
        }
    }

    /// It shows the page of a request that is over, at the place that was earned by it, unless he was served already.
    pub fn remember(&mut self, r: &Reservation, contact: ContactId, confidence: Confidence) {
        let served = r.reason.as_deref() == Some("normal");
        self.remembered = Some(r.id);
        self.confidence = confidence;
        self.contact = Some(contact);
        self.queue = r.queue;
        self.trace_id.clone_from(&r.trace_id);
        if !served {
            self.asked_at = self.asked_at.min(r.opened_at);
        }
    }

    /// As agents and reports call it.
    pub fn channel(&self) -> &'static str {
        match self.origin {
            Origin::Inbound => "phone",
            Origin::Callme => "callme",
            Origin::Browser => "browser",
        }
    }

    /// The agent it is offered to or joined with.
    pub fn agent(&self) -> Option<usize> {
        match self.phase {
            Phase::Offered { agent, .. } | Phase::Talking { agent, .. } => Some(agent),
            _ => None,
        }
    }
}
