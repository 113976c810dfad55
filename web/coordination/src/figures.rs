//! What the statistics say, for desktops, reports and metrics alike: one set of numbers, one meaning each.
//!
//! Times are whole seconds and are counted in the interval in which they pass; a call is counted when it asks for an agent
//! (`offered`) and when that is decided (`answered`, `abandoned`), in the queue in which it asked first, however often it is
//! handed on. Service level is answered within the queue's own limit / (answered + abandoned − short abandons): callers who give
//! up within [`SHORT`] count neither for nor against it, everybody else who gives up counts against it.

use crate::view::AgentState;
use serde::{Serialize, Serializer};
use std::time::Duration;

/// How long an interval is; they begin at full quarters of an hour, UTC.
pub const INTERVAL: Duration = Duration::from_secs(900);
/// Intervals that are kept: 24 h.
pub const KEPT: u64 = 96;
/// Who is answered within this time was answered in time.
pub const SERVICE_LEVEL: Duration = Duration::from_secs(20);
/// Who gives up before this time is over has not really asked.
pub const SHORT: Duration = Duration::from_secs(5);

/// A part of a whole, in parts of ten thousand; serialised as a number from 0 to 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Share(u32);

impl Share {
    /// None where there is no whole.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let share = (part.min(whole) * 10_000 + whole / 2).checked_div(whole)?;
        Some(Share(share as u32))
    }

    /// From 0 to 1.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

/// The statistics of a firm, as an agent is shown them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatisticsView {
    /// RFC 3339: of when.
    pub time: String,
    /// Length of an interval.
    pub interval_secs: u64,
    /// Of a queue that names none: [`SERVICE_LEVEL`]. Each says its own.
    pub service_level_secs: u64,
    /// See [`SHORT`].
    pub short_secs: u64,
    /// In the order of the configuration.
    pub queues: Vec<QueueStatistics>,
    /// In the order of the configuration.
    pub agents: Vec<AgentStatistics>,
}

/// A queue, now, today and before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QueueStatistics {
    /// Its name.
    pub queue: String,
    /// Callers and jobs that wait now.
    pub waiting: u32,
    /// Who is answered within so long counts as answered in time.
    pub service_level_secs: u64,
    /// How long the first of them has waited.
    pub longest_waiting_secs: u64,
    /// Since midnight, UTC.
    pub today: QueueFigures,
    /// Those of the last [`KEPT`] in which anything happened, the oldest first.
    pub intervals: Vec<Interval<QueueFigures>>,
}

/// An agent, now, today and before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentStatistics {
    /// Log-in name.
    pub agent: String,
    /// Shown name.
    pub display_name: String,
    /// None: not logged in.
    pub state: Option<AgentState>,
    /// RFC 3339: since when.
    pub since: String,
    /// Since midnight, UTC: the agent's own who asks, and those whom he supervises.
    pub today: Option<AgentFigures>,
    /// As for queues; only the agent's own, who asks.
    pub intervals: Vec<Interval<AgentFigures>>,
}

/// A quarter of an hour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Interval<T> {
    /// RFC 3339: when it began.
    pub from: String,
    /// What was counted.
    #[serde(flatten)]
    pub figures: T,
}

/// What is counted of a queue. Waiting counts from when the call asks for an agent: a callee's from when he answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct QueueFigures {
    /// Calls that asked for an agent: offered to one, or queued.
    pub offered: u64,
    /// That were joined with an agent.
    pub answered: u64,
    /// Of these, within the queue's service level.
    pub answered_in_time: u64,
    /// That ended before that.
    pub abandoned: u64,
    /// Of these, within [`SHORT`].
    pub abandoned_short: u64,
    /// See the module; none where nothing counts yet.
    pub service_level: Option<Share>,
    /// Average speed of answer: the mean wait of those answered, rounded.
    pub asa_secs: Option<u64>,
    /// The longest wait that ended, answered or abandoned.
    pub longest_wait_secs: u64,
    /// What the agents who had its calls spent on the line, hold and consultations included.
    pub talk_secs: u64,
    /// With the time of colleagues who were asked, and wrap-up.
    pub handling_secs: u64,
    /// Waits in line that ended with an agent, or went on beyond the P90 told at their beginning; none is of the figures of before a
    /// restart.
    pub waits: u64,
    /// Of these, ended within that P90.
    pub waits_under_p90: u64,
}

/// What is counted of an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct AgentFigures {
    /// Logged in, not ready.
    pub not_ready_secs: u64,
    /// Ready and waiting.
    pub ready_secs: u64,
    /// Claimed for a visitor, or his desktop is asked.
    pub claimed_secs: u64,
    /// His phone rings.
    pub ringing_secs: u64,
    /// In a call, his own or as one who is asked.
    pub talking_secs: u64,
    /// At rest after a call.
    pub wrapup_secs: u64,
    /// Ready, but without phone or desktop.
    pub unreachable_secs: u64,
    /// Calls that are over in which he spoke with the customer.
    pub calls: u64,
    /// Talking and wrap-up.
    pub handling_secs: u64,
    /// Handling / (handling + ready); none where both are zero.
    pub occupancy: Option<Share>,
    /// How often he was claimed before a call came.
    pub claims: u64,
    /// Claims that ended without a call for him.
    pub claims_unused: u64,
    /// How long these lasted.
    pub claims_unused_secs: u64,
    /// Offers that he declined.
    pub declined: u64,
    /// Offers that he let ring.
    pub unanswered: u64,
    /// Offers that failed because his phone or desktop was not there.
    pub unreachable: u64,
}

/// A firm's figures for metrics: nobody's name but the firm's and its queues'.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirmFigures {
    /// The firm.
    pub firm: String,
    /// Its queues.
    pub queues: Vec<QueueTotals>,
    /// How many agents are in each state; none: not logged in. All states, also with nobody in them.
    pub agents: Vec<(Option<AgentState>, u64)>,
    /// Of all agents together, today.
    pub occupancy: Option<Share>,
}

/// A queue's counters and its day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueTotals {
    /// Its name.
    pub queue: String,
    /// Since the start of the program; these only rise.
    pub offered: u64,
    /// Since the start of the program.
    pub answered: u64,
    /// Since the start of the program.
    pub abandoned: u64,
    /// As [`QueueFigures::waits`], since the start of the program.
    pub waits: u64,
    /// As [`QueueFigures::waits_under_p90`], since the start of the program.
    pub waits_under_p90: u64,
    /// Since midnight, UTC.
    pub today: QueueFigures,
}
