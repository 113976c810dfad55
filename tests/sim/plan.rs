//! What is meant to become of a call, and what its two sides must have seen of it in the end.

use crate::dice::Dice;
use warmline_coordination::cti::Cause;
use warmline_sip::message::{HeaderName, Message};

/// Which way a call goes through the switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// An account dials another by its name.
    Neighbour,
    /// A route leads from the trunk to an account.
    TrunkToAccount,
    /// A route leads from an account to the trunk.
    AccountToTrunk,
    /// A route leads from the trunk to a queue: music, then an agent.
    Queue,
    /// A pool's number: the agent is rung while the customer hears ringing.
    RoutingPoint,
    /// Coordination dials the customer, then rings an agent.
    Dialled,
}

/// How it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    FirstHangsUp,
    SecondHangsUp,
    BothHangUp,
    /// The first side holds, takes back, and hangs up.
    Hold,
    Busy,
    /// Given up before there is an answer.
    Cancel,
    NoAnswer,
    /// Given up at about the moment of the answer.
    Race,
}

const WAYS: [Way; 6] =
    [Way::Neighbour, Way::TrunkToAccount, Way::AccountToTrunk, Way::Queue, Way::RoutingPoint, Way::Dialled];
const ENDS: [End; 9] = [
    End::FirstHangsUp,
    End::FirstHangsUp,
    End::SecondHangsUp,
    End::BothHangUp,
    End::Hold,
    End::Busy,
    End::Cancel,
    End::NoAnswer,
    End::Race,
];

impl Way {
    pub fn is_controlled(self) -> bool {
        matches!(self, Way::Queue | Way::RoutingPoint | Way::Dialled)
    }
}

impl End {
    pub fn is_answered(self) -> bool {
        !matches!(self, End::Busy | End::Cancel | End::NoAnswer | End::Race)
    }
    /// Why the agent or the dialled customer was not had, as the switch must say.
    pub fn cause(self) -> Option<Cause> {
        match self {
            End::Busy => Some(Cause::Busy),
            End::NoAnswer => Some(Cause::NoAnswer),
            End::Cancel | End::Race => Some(Cause::Canceled),
            _ => None,
        }
    }
}

/// One call as planned.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub way: Way,
    pub end: End,
    /// The account that calls, or is called; the agent.
    pub from: usize,
    pub to: usize,
    pub speaks: bool,
}

impl Plan {
    /// Every way with every end in turn; who takes part is chance.
    pub fn of(call: usize, accounts: usize, agents: usize, dice: &mut Dice) -> Self {
        let way = WAYS[call % WAYS.len()];
        let end = ENDS[call / WAYS.len() % ENDS.len()];
        let from = dice.below(accounts as u64) as usize;
        let others = if way.is_controlled() { agents } else { accounts };
        let mut to = dice.below(others as u64) as usize;
        if way == Way::Neighbour && to == from {
            to = (to + 1) % accounts;
        }
        Plan { way, end, from, to, speaks: call.is_multiple_of(7) }
    }
}

/// What a side of a call saw, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    Invited,
    Answering,
    Established,
    Confirmed,
    OfferAnswered,
    Refused,
    HungUp,
    Failed(u16),
    Canceled,
    /// `true`: by the other side's BYE.
    Ended(bool),
}

/// Whether what both sides saw is the planned end.
pub fn is_as_planned(plan: &Plan, first: &[Seen], second: &[Seen]) -> bool {
    match plan.way {
        Way::Dialled => dialled(plan.end, &essence(first), &essence(second)),
        _ => called(plan, &essence(first), &essence(second)),
    }
}

/// Without what may come late or not at all: the ACK that a BYE overtook.
fn essence(seen: &[Seen]) -> Vec<Seen> {
    seen.iter().copied().filter(|seen| *seen != Seen::Confirmed).collect()
}

const ANSWERED: [Seen; 2] = [Seen::Invited, Seen::Answering];

fn then(begin: &[Seen], end: Seen) -> Vec<Seen> {
    [begin, &[end]].concat()
}

fn called(plan: &Plan, first: &[Seen], second: &[Seen]) -> bool {
    let established = [Seen::Established];
    let queued = plan.way == Way::Queue;
    // Whom the switch has answered with music is not refused but hung up.
    let refused = |status: u16| match queued {
        true => first == then(&established, Seen::Ended(true)),
        false => first == [Seen::Failed(status)],
    };
    match plan.end {
        End::FirstHangsUp => {
            first == then(&established, Seen::HungUp) && second == then(&ANSWERED, Seen::Ended(true))
        }
        End::SecondHangsUp => {
            first == then(&established, Seen::Ended(true)) && second == then(&ANSWERED, Seen::HungUp)
        }
        End::BothHangUp => {
            let over = [Seen::HungUp, Seen::Ended(true)];
            over.iter().any(|end| first == then(&established, *end))
                && over.iter().any(|end| second == then(&ANSWERED, *end))
                && (first.contains(&Seen::HungUp) || second.contains(&Seen::HungUp))
        }
        End::Hold => {
            let held = [Seen::Established, Seen::OfferAnswered, Seen::OfferAnswered, Seen::HungUp];
            first == held && second == then(&ANSWERED, Seen::Ended(true))
        }
        End::Busy => refused(486) && second == [Seen::Invited, Seen::Refused],
        End::NoAnswer => {
            let end = if plan.way.is_controlled() { Seen::Canceled } else { Seen::Refused };
            refused(480) && second == [Seen::Invited, end]
        }
        End::Cancel => {
            let withdrawn = first == [Seen::HungUp] || (queued && first == then(&established, Seen::HungUp));
            withdrawn && (second.is_empty() || second == [Seen::Invited, Seen::Canceled])
        }
        End::Race => {
            let withdrawn = first == [Seen::HungUp] || first == then(&established, Seen::HungUp);
            withdrawn && is_cut_off(second)
        }
    }
}

/// Whether a phone was let go at whatever moment.
fn is_cut_off(seen: &[Seen]) -> bool {
    seen.is_empty() || seen == [Seen::Invited, Seen::Canceled] || seen == then(&ANSWERED, Seen::Ended(true))
}

fn dialled(end: End, first: &[Seen], second: &[Seen]) -> bool {
    let answered = |end: Seen| then(&ANSWERED, end);
    match end {
        End::FirstHangsUp => first == answered(Seen::HungUp) && second == answered(Seen::Ended(true)),
        End::SecondHangsUp => first == answered(Seen::Ended(true)) && second == answered(Seen::HungUp),
        End::BothHangUp => {
            let over = [Seen::HungUp, Seen::Ended(true)];
            over.iter().any(|end| first == answered(*end)) && over.iter().any(|end| second == answered(*end))
        }
        End::Hold => {
            let held = [&ANSWERED[..], &[Seen::OfferAnswered, Seen::OfferAnswered, Seen::HungUp]].concat();
            first == held && second == answered(Seen::Ended(true))
        }
        End::Busy => first == [Seen::Invited, Seen::Refused] && second.is_empty(),
        End::NoAnswer | End::Cancel => {
            (first.is_empty() || first == [Seen::Invited, Seen::Canceled]) && second.is_empty()
        }
        End::Race => is_cut_off(first) && is_cut_off(second),
    }
}

/// Whether a phone of a fork that did not answer was left in peace.
pub fn is_loser_fine(end: End, seen: &[Seen]) -> bool {
    let refused = matches!(end, End::Busy | End::NoAnswer) && seen == [Seen::Invited, Seen::Refused];
    seen.is_empty() || seen == [Seen::Invited, Seen::Canceled] || refused
}

/// The number of the carrier's customer in this call.
pub fn customer(call: usize) -> String {
    format!("+49170{call:06}")
}

/// The number that is dialled through the trunk in this call.
pub fn dialled_number(call: usize) -> String {
    format!("+49777{call:06}")
}

/// Which call an E.164 number of ours belongs to.
pub fn call_of_number(number: &str) -> Option<usize> {
    let digits = number.strip_prefix("+49170").or(number.strip_prefix("+49777"))?;
    digits.parse().ok()
}

/// The trace that a caller gives its call.
pub fn session_id(call: usize) -> String {
    format!("5e551d00000000000000000000{call:06x}")
}

/// Which call an INVITE of the switch belongs to: its trace, the number it goes to, or the number it shows.
pub fn call_of(request: &Message) -> Option<usize> {
    let trace = request.headers.get(&HeaderName::SESSION_ID).and_then(|trace| trace.get(..32));
    let traced = trace
        .and_then(|trace| trace.strip_prefix("5e551d00000000000000000000"))
        .and_then(|hex| usize::from_str_radix(hex, 16).ok());
    traced
        .or_else(|| call_of_number(request.uri()?.user.as_deref()?))
        .or_else(|| call_of_number(request.from().ok()?.uri.user.as_deref()?))
}
