//! What the statistics say, for desktops, reports and metrics alike: one set of numbers, one meaning each.
//!
//! Times are whole seconds and are counted in the interval in which they pass; a call is counted when it asks for an agent
//! (`offered`) and when that is decided (`answered`, `abandoned`), in the queue in which it asked first, however often it is
//! handed on. Service level is answered within the queue's own limit / (answered + abandoned − short abandons): callers who give
//! up within [`SHORT`] count neither for nor against it, everybody else who gives up counts against it. Abandonment is everybody else
//! who gave up / the same. Handling time is handling / answered: an agent's of the calls he spoke in, a queue's of its answered ones.

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

/// A number with two places after the point; serialised as a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Hundredths(u64);

impl Hundredths {
    /// `sum` / `by`, rounded; 0 where there is nothing to divide by.
    pub fn of(sum: u128, by: u128) -> Self {
        Hundredths((sum * 100 + by / 2).checked_div(by).unwrap_or_default() as u64)
    }

    /// As a number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

/// How long the rows of a firm's past are, and how many are kept of each queue, agent, pool and trunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Full hours, UTC: two weeks of them.
    Hour,
    /// Days, UTC: 90.
    Day,
}

impl Step {
    /// Length.
    pub const fn length(self) -> Duration {
        match self {
            Step::Hour => Duration::from_secs(3_600),
            Step::Day => Duration::from_secs(86_400),
        }
    }

    /// How many are kept.
    pub const fn kept(self) -> u64 {
        match self {
            Step::Hour => 14 * 24,
            Step::Day => 90,
        }
    }
}

/// Which rows of the past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Past {
    /// Days since the epoch, UTC: the first and the last.
    pub days: (u64, u64),
    /// How long they are.
    pub by: Step,
}

/// A firm's past, as far as it is kept: rows in which something happened, the oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PastView {
    /// Length of a row; the last of the present day or hour has not passed yet.
    pub by: Step,
    /// In the order of the configuration.
    pub queues: Vec<QueuePast>,
    /// In the order of the configuration.
    pub agents: Vec<AgentPast>,
    /// In the order of the configuration.
    pub pools: Vec<PoolPast>,
    /// By name.
    pub trunks: Vec<TrunkPast>,
}

/// A queue's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QueuePast {
    /// Its name.
    pub queue: String,
    /// Its calls.
    pub rows: Vec<Interval<QueueFigures>>,
    /// Its chats.
    pub chats: Vec<Interval<ChatFigures>>,
}

/// An agent's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AgentPast {
    /// Log-in name.
    pub agent: String,
    /// What he did.
    pub rows: Vec<Interval<AgentFigures>>,
}

/// A pool's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PoolPast {
    /// Its name.
    pub pool: String,
    /// What it was used for.
    pub rows: Vec<Interval<PoolFigures>>,
}

/// A trunk's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TrunkPast {
    /// Its name.
    pub trunk: String,
    /// What went over it.
    pub rows: Vec<Interval<TrunkFigures>>,
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
    /// For supervisors and programs, in the order of the configuration; for others empty.
    pub pools: Vec<PoolStatistics>,
    /// The same, by name: the trunks of the firm's pools, and those behind which its agents' phones are.
    pub trunks: Vec<TrunkStatistics>,
}

/// A pool, today and before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PoolStatistics {
    /// Its name.
    pub pool: String,
    /// How many numbers it has.
    pub numbers: u32,
    /// Held or ringing now.
    pub in_use: u32,
    /// Since midnight, UTC.
    pub today: PoolFigures,
    /// As for queues.
    pub intervals: Vec<Interval<PoolFigures>>,
}

/// A trunk, today and before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TrunkStatistics {
    /// Its name.
    pub trunk: String,
    /// Whether it answers.
    pub up: bool,
    /// Parties that are on it now.
    pub on: u64,
    /// Since midnight, UTC.
    pub today: TrunkFigures,
    /// As for queues.
    pub intervals: Vec<Interval<TrunkFigures>>,
}

/// What is counted of a pool. A number is in use while it is held for somebody or his call rings. After a restart all of it but `dry`
/// and how calls were matched is counted again from the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PoolFigures {
    /// Most numbers in use at once.
    pub in_use_peak: u64,
    /// Numbers in use, weighted by time, over all of the interval or day that has passed.
    pub in_use_mean: Hundredths,
    /// Requests that got a number of their own.
    pub given: u64,
    /// That got the shared number with a PIN, because none was free.
    pub shared: u64,
    /// Requests for which none was free, whether they got the shared one or not.
    pub dry: u64,
    /// Calls to its numbers from whoever held the number.
    pub matched_exact: u64,
    /// From whoever probably held it last.
    pub matched_recent: u64,
    /// Whose caller was asked for his PIN: the number did not tell whose they are. All calls to the shared number are among them.
    pub ambiguous: u64,
    /// Nobody's: misdialled, or too late.
    pub unmatched: u64,
    /// Numbers whose time was over and to which no call of their holder had come.
    pub expired_unused: u64,
    /// Mean time for which a number was in use, of those given back; none: none was.
    pub hold_secs: Option<u64>,
}

/// What is counted of a trunk for this firm. Other firms' calls, calls that a route leads past the firm and those that enter a queue by a
/// route, whose trunk the firm is not told, are in none of it. After a restart the time up and down, phones of agents and numbers that a
/// customer was handed to, and what found it full begin anew; the customers' own calls are counted again from their records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct TrunkFigures {
    /// Known to be up. Until the switch has told, neither this nor the next counts.
    pub up_secs: u64,
    /// Known to be down.
    pub down_secs: u64,
    /// How often it went down.
    pub outages: u64,
    /// Calls to the firm's numbers.
    pub calls_in: u64,
    /// Of these, joined with an agent.
    pub answered_in: u64,
    /// Everybody called over it: customers, agents' phones outside, numbers that a customer was handed to.
    pub calls_out: u64,
    /// Of these, who answered.
    pub answered_out: u64,
    /// Of these, who could not be reached. Who was given up by us, or by a caller who left, is in none of them.
    pub failed: TrunkFailures,
    /// Most parties on it at once.
    pub most_at_once: u64,
}

/// Why those could not be reached who were called over a trunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct TrunkFailures {
    /// He was busy.
    pub busy: u64,
    /// He, or his network for him, said no.
    pub declined: u64,
    /// It rang out.
    pub no_answer: u64,
    /// No such number, the trunk was down, or the network refused us.
    pub unreachable: u64,
    /// There was no room for one more call; it never left.
    pub full: u64,
    /// No common codec, limits, or our fault.
    pub other: u64,
}

/// What is counted of a queue's chats. A chat waits from its request to the first agent who takes it; it is counted where it asked first,
/// however often it is handed on, and never among calls. After a restart wrap-up is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ChatFigures {
    /// Chats that asked for an agent.
    pub offered: u64,
    /// That an agent took.
    pub answered: u64,
    /// Of these, within the queue's service level.
    pub answered_in_time: u64,
    /// That ended before that.
    pub abandoned: u64,
    /// Of these, within [`SHORT`].
    pub abandoned_short: u64,
    /// As for calls.
    pub service_level: Option<Share>,
    /// As for calls.
    pub abandonment: Option<Share>,
    /// Mean time to the first agent who takes it.
    pub asa_secs: Option<u64>,
    /// That are over and an agent had.
    pub handled: u64,
    /// Agents' time with them on their screens, wrap-up included, counted when an agent is done with one; several at once count each.
    pub handling_secs: u64,
    /// Handling / answered.
    pub aht_secs: Option<u64>,
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
    /// Its chats, since midnight, UTC.
    pub chats_today: ChatFigures,
    /// Its chats, as `intervals`.
    pub chat_intervals: Vec<Interval<ChatFigures>>,
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
    /// The part that gave up, those within [`SHORT`] left out of both; none where nothing counts yet.
    pub abandonment: Option<Share>,
    /// Average speed of answer: the mean wait of those answered, rounded.
    pub asa_secs: Option<u64>,
    /// The longest wait that ended, answered or abandoned.
    pub longest_wait_secs: u64,
    /// What the agents who had its calls spent on the line, hold and consultations included.
    pub talk_secs: u64,
    /// With the time of colleagues who were asked, and wrap-up.
    pub handling_secs: u64,
    /// Handling / answered, rounded.
    pub aht_secs: Option<u64>,
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
    /// Handling / calls, rounded.
    pub aht_secs: Option<u64>,
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
    /// Of all agents together, today: see [`AgentFigures::claims_unused_secs`].
    pub claims_unused_secs: u64,
    /// Its pools.
    pub pools: Vec<PoolTotals>,
    /// Its trunks.
    pub trunks: Vec<TrunkTotals>,
}

/// A pool's counters, which only rise, and its day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolTotals {
    /// Its name.
    pub pool: String,
    /// How many numbers it has.
    pub numbers: u64,
    /// Held or ringing now.
    pub in_use: u64,
    /// As [`PoolFigures::given`], since the start of the program.
    pub given: u64,
    /// As [`PoolFigures::dry`], since the start of the program.
    pub dry: u64,
    /// Since midnight, UTC.
    pub today: PoolFigures,
}

/// A trunk's counters, which only rise, for one firm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkTotals {
    /// Its name.
    pub trunk: String,
    /// None: the switch has not told.
    pub up: Option<bool>,
    /// Parties that are on it now.
    pub on: u64,
    /// As [`TrunkFigures::calls_in`], since the start of the program.
    pub calls_in: u64,
    /// As [`TrunkFigures::calls_out`], since the start of the program.
    pub calls_out: u64,
    /// All of [`TrunkFailures`], since the start of the program.
    pub failed: u64,
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
    /// Its chats, since midnight, UTC.
    pub chats: ChatFigures,
}
