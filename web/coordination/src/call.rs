//! The firm's view of a live call: one customer, the agent who has it, perhaps one who is asked, and where it stands.

use crate::cti::Verified;
use crate::ids::{CallId, ContactId, PartyId, ReservationId};
use crate::request::RequestId;
use crate::reservation::Reservation;
use crate::rules::Ruled;
use crate::statistics;
use std::sync::Arc;
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
    /// An agent calls the customer: his own phone is rung first.
    Outbound,
}

/// An agent it is offered to: probed until a party is minted, then rung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    /// Who, by his index.
    pub agent: usize,
    /// His phone's party.
    pub party: Option<PartyId>,
}

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// The customer's side is being set up: dialled, or media of his browser.
    Arriving,
    /// An agent is asked, perhaps others beside him: probed until a party is minted, then rung.
    Offered {
        /// Who, by his index.
        agent: usize,
        /// His phone's party.
        party: Option<PartyId>,
    },
    /// In a queue.
    Waiting,
    /// Parked: the customer hears music, anybody may take him up.
    Parked {
        /// Where.
        slot: u16,
    },
    /// An agent has answered.
    Talking {
        /// Who, by his index.
        agent: usize,
        /// His phone's party.
        party: PartyId,
    },
    /// Handed to a number outside: rung through the trunk, then joined with the customer.
    Outside {
        /// Its party.
        party: PartyId,
        /// It has answered.
        up: bool,
    },
    /// Over; the switch clears its legs.
    Closing,
}

/// Whom the agent who has the call speaks with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum With {
    /// The customer.
    #[default]
    Customer,
    /// Nobody: the customer is on hold.
    Nobody,
    /// The one he asks, once he has answered; the customer is on hold.
    Asked,
    /// Both.
    Everybody,
}

/// Who is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// A colleague, by his index: the call's guest.
    Colleague(usize),
    /// A number outside, E.164.
    Number(String),
}

/// A consultation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Asked {
    pub who: Who,
    /// None while his desktop is probed.
    pub party: Option<PartyId>,
    /// He has answered.
    pub up: bool,
    /// He has heard the customer: in a conference.
    pub met: bool,
}

impl Asked {
    /// Where the call stands when it becomes his; none while there is nobody yet to take it.
    pub fn takes_over(&self) -> Option<Phase> {
        match (&self.who, self.party) {
            (&Who::Colleague(agent), Some(party)) if self.up => Some(Phase::Talking { agent, party }),
            (&Who::Colleague(agent), party) => Some(Phase::Offered { agent, party }),
            (Who::Number(_), party) => party.map(|party| Phase::Outside { party, up: self.up }),
        }
    }
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

/// What agents did with a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Control {
    pub with: With,
    pub asked: Option<Asked>,
    /// Who hears each other as the switch was told last; none: it joins by itself.
    pub joined: Option<Vec<PartyId>>,
    /// All agents who spoke with the customer.
    pub spoke: Vec<usize>,
    /// Since when the agent who has it does.
    pub since: Option<Time>,
    /// Who handed it on last: his shown name.
    pub from: Option<String>,
    /// It is at another switch: it can be ended here, no more.
    pub elsewhere: bool,
    /// The wrap-up code chosen last.
    pub code: Option<String>,
    /// Since when the customer is on hold, where he is.
    pub held: Option<Time>,
    /// The agent's phone is lost and his other one has not answered: nobody is there to be heard.
    pub away: bool,
    /// What its visitor changes his channel to, or what that came to.
    pub change: Option<ReservationId>,
    /// What he has changed to, one after the other: `phone`, `browser`.
    pub changed: Vec<&'static str>,
    /// The customer is gone since then, and may come back on what he changes to.
    pub lost: Option<Time>,
    /// His next place in a queue is the first: nobody hung up on him, a phone was lost.
    pub first: bool,
    /// How often it was offered to agents, or groups of them, and not taken.
    pub passed: u8,
    /// The agent it is offered to has asked for it.
    pub wished: bool,
}

/// An agent's own call.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    /// E.164 of ours that is shown.
    pub caller_id: String,
    /// The customer's phone rings.
    pub rings: bool,
    /// The agent's phone is asked for his code.
    pub coded: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub id: CallId,
    pub customer: PartyId,
    pub origin: Origin,
    pub phase: Phase,
    /// Who else is asked, in the order in which they take the first one's place: a ring group.
    pub beside: Vec<Offer>,
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
    /// What the network says of that number.
    pub verified: Verified,
    pub asked_at: Time,
    pub started: Time,
    /// Since when it asks for an agent, where it does.
    pub asks: Option<statistics::Asked>,
    /// The customer's side is answered.
    pub customer_up: bool,
    /// What the dialled line turned out to be, as far as is known.
    pub progress: Option<crate::fact::Progress>,
    /// How whom we called was treated.
    pub treated: crate::fact::Dialled,
    /// It is ended because it turned out to be nobody, in the words of the interfaces.
    pub turned_out: Option<&'static str>,
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
    pub control: Control,
    /// What the journal was told of it last: whom we called has answered, and how many agents have spoken with him.
    pub noted: Option<(bool, usize)>,
    /// Of an [`Origin::Outbound`].
    pub out: Option<Out>,
    /// What the firm's rules said of it.
    pub ruled: Arc<Ruled>,
    /// The number of ours that was called, where it is one of a pool.
    pub dialled: Option<String>,
    /// The trunk over which its customer was dialled.
    pub trunk: Option<String>,
    /// ISO 639: chosen in the menu.
    pub language: Option<String>,
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
        let place = (r.queue, r.pool, r.waits_since());
        Call {
            origin,
            reservation: Some(r.id),
            confidence: Confidence::Exact,
            contact: Some(r.contact),
            ruled: r.ruled.clone(),
            ..Call::plain((id, customer), place, caller, now, r.trace_id.clone())
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
            beside: Vec::new(),
            reservation: None,
            remembered: None,
            confidence: Confidence::None,
            contact: None,
            queue,
            pool,
            caller,
            verified: Verified::Unknown,
            asked_at,
            started: now,
            asks: None,
            customer_up: false,
            progress: None,
            treated: Default::default(),
            turned_out: None,
            alerted: false,
            music: false,
            spoke_with: None,
            bridged: None,
            sdp_for: None,
            trace_id,
            after: 0,
            control: Control::default(),
            noted: None,
            out: None,
            ruled: Arc::default(),
            dialled: None,
            trunk: None,
            language: None,
        }
    }

    /// The caller's number, unless the network has found that it is not his.
    pub fn own_number(&self) -> Option<&String> {
        self.caller.0.as_ref().filter(|_| self.verified != Verified::Failed)
    }

    /// Whether its customer is one whom we call.
    pub fn is_dialled(&self) -> bool {
        matches!(self.origin, Origin::Callme | Origin::Outbound)
    }

    /// An agent's own call, until the customer has answered.
    pub fn is_calling_out(&self) -> bool {
        self.origin == Origin::Outbound && self.bridged.is_none()
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
            self.asked_at = self.asked_at.min(r.waits_since());
        }
    }

    /// As agents and reports call it.
    pub fn channel(&self) -> &'static str {
        match self.origin {
            Origin::Inbound => "phone",
            Origin::Callme => "callme",
            Origin::Browser => "browser",
            Origin::Outbound if self.reservation.or(self.remembered).is_some() => "callme",
            Origin::Outbound => "outbound",
        }
    }

    /// The same of what the customer speaks on now.
    pub fn channel_now(&self) -> &'static str {
        self.control.changed.last().copied().unwrap_or_else(|| self.channel())
    }

    /// Whether who is lost to it may come back by himself: his page is another one, and speaks there again.
    pub fn may_return(&self) -> bool {
        matches!(self.phase, Phase::Talking { .. })
            && self.bridged.is_some()
            && self.channel_now() == "browser"
    }

    /// Whether the agent's phone is asked to answer by itself: whoever is called at his wish waits for nobody, and an agent who
    /// has asked for a call knows what rings.
    pub fn answers_itself(&self) -> bool {
        let wished = matches!(self.origin, Origin::Callme | Origin::Outbound) && self.bridged.is_none();
        wished || self.control.wished
    }

    /// The agent it is offered to or joined with.
    pub fn agent(&self) -> Option<usize> {
        match self.phase {
            Phase::Offered { agent, .. } | Phase::Talking { agent, .. } => Some(agent),
            _ => None,
        }
    }

    /// All it is offered to, the first one first.
    pub fn offers(&self) -> impl Iterator<Item = Offer> + '_ {
        let first = match self.phase {
            Phase::Offered { agent, party } => Some(Offer { agent, party }),
            _ => None,
        };
        first.into_iter().chain(self.beside.iter().copied())
    }

    /// Whom it is offered to whose phone is this party.
    pub fn offered_at(&self, party: PartyId) -> Option<usize> {
        self.offers().find(|offer| offer.party == Some(party)).map(|offer| offer.agent)
    }

    /// The phone of one it is offered to is told to ring.
    pub fn rings_at(&mut self, index: usize, rung: PartyId) {
        match &mut self.phase {
            Phase::Offered { agent, party } if *agent == index => *party = Some(rung),
            _ => {
                let row = self.beside.iter_mut().find(|row| row.agent == index);
                row.into_iter().for_each(|row| row.party = Some(rung));
            }
        }
    }

    /// An agent is out of it. Of those who are asked beside him the next comes first; without any the call waits.
    pub fn withdraw(&mut self, index: usize) {
        match self.phase {
            Phase::Offered { agent, .. } if agent != index => self.beside.retain(|row| row.agent != index),
            _ if self.beside.is_empty() => self.phase = Phase::Waiting,
            _ => {
                let Offer { agent, party } = self.beside.remove(0);
                self.phase = Phase::Offered { agent, party };
            }
        }
    }

    /// The colleague who is asked.
    pub fn guest(&self) -> Option<usize> {
        match self.control.asked.as_ref()?.who {
            Who::Colleague(agent) => Some(agent),
            Who::Number(_) => None,
        }
    }

    /// The party of an agent who has answered.
    pub fn party_of(&self, index: usize) -> Option<PartyId> {
        match self.phase {
            Phase::Talking { agent, party } if agent == index => Some(party),
            _ if self.guest() == Some(index) => {
                self.control.asked.as_ref().filter(|asked| asked.up).and_then(|asked| asked.party)
            }
            _ => None,
        }
    }

    /// Who is to hear each other, for `Join`.
    pub fn hearing(&self) -> Vec<PartyId> {
        let asked = self.control.asked.as_ref().and_then(|asked| asked.party);
        match (self.phase, self.control.with) {
            (Phase::Talking { .. }, With::Customer) if self.control.away => vec![],
            (Phase::Talking { party, .. }, With::Customer) => vec![self.customer, party],
            (Phase::Talking { party, .. }, With::Asked) => asked.map_or(vec![], |asked| vec![party, asked]),
            (Phase::Talking { party, .. }, With::Everybody) => {
                [self.customer, party].into_iter().chain(asked).collect()
            }
            (Phase::Outside { party, up: true }, _) => vec![self.customer, party],
            _ => vec![],
        }
    }

    /// Whether the customer is on hold.
    pub fn on_hold(&self) -> bool {
        matches!(self.control.with, With::Nobody | With::Asked)
    }

    /// Whether the customer waits with music for who has his call.
    pub fn hears_music(&self) -> bool {
        self.on_hold() || matches!(self.phase, Phase::Parked { .. })
    }

    /// Whether a third one speaks with the customer and his agent.
    pub fn is_of_three(&self) -> bool {
        self.control.with == With::Everybody
    }

    /// What must hold of hold and consultations: only in a talk, with two different agents, nobody left in silence. And of a
    /// ring group: only while it is offered, to everybody once.
    pub fn is_sound(&self) -> bool {
        let mut offered: Vec<usize> = self.offers().map(|offer| offer.agent).collect();
        let all = offered.len();
        offered.sort_unstable();
        offered.dedup();
        let once = offered.len() == all;
        let group = self.beside.is_empty() || (once && matches!(self.phase, Phase::Offered { .. }));
        let talking = matches!(self.phase, Phase::Talking { .. }) && self.bridged.is_some();
        let asked = self.control.asked.as_ref();
        let with = match self.control.with {
            With::Customer => asked.is_none_or(|asked| asked.up),
            With::Nobody => asked.is_none(),
            With::Asked => asked.is_some(),
            With::Everybody => asked.is_some_and(|asked| asked.up),
        };
        let plain = self.control.with == With::Customer && asked.is_none();
        group && with && (talking || plain) && (asked.is_none() || self.guest() != self.agent())
    }
}
