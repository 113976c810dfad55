//! The floor as a supervisor sees it: agents, queues, numbers and trunks now, and their day in the figures of the stat server.

use crate::figures::{AgentFigures, ChatFigures, PoolFigures, QueueFigures, Share, TrunkFigures};
use crate::view::AgentState;
use serde::Serialize;

/// What a supervisor does to an agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Ready: at once, or after what he has in hand.
    Ready,
    /// Not ready, with one of the firm's reasons: at once, or after what he has in hand.
    NotReady(Option<String>),
    /// His session ends: at once, or after his call.
    LogOff {
        /// Also in a call: its customer goes back to the queue.
        now: bool,
    },
}

impl Order {
    /// Its stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Order::Ready => "ready",
            Order::NotReady(_) => "not_ready",
            Order::LogOff { .. } => "log_off",
        }
    }
}

/// Everything, as it is at `time`. A change of it has the same shape and only the rows that are news.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorView {
    /// RFC 3339: of when.
    pub time: String,
    /// See [`crate::figures::SERVICE_LEVEL`].
    pub service_level_secs: u64,
    /// See [`crate::figures::SHORT`].
    pub short_secs: u64,
    /// Of all agents of the firm together, today.
    pub occupancy: Option<Share>,
    /// Wishes to dial for which no number of their own was free, since the start.
    pub pool_dry_total: u64,
    /// Those he supervises, in the order of the configuration.
    pub agents: Vec<FloorAgent>,
    /// Likewise.
    pub queues: Vec<FloorQueue>,
    /// Pools of the firm.
    pub pools: Vec<FloorPool>,
    /// Trunks of its pools.
    pub trunks: Vec<FloorTrunk>,
    /// Nobody is called; none: call me works.
    pub breaker: Option<FloorBreaker>,
}

/// An agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorAgent {
    /// Log-in name.
    pub agent: String,
    /// Shown name.
    pub display_name: String,
    /// None: not logged in.
    pub state: Option<AgentState>,
    /// RFC 3339: since when.
    pub since: String,
    /// Why he is not ready, where that was said.
    pub reason: Option<String>,
    /// What happens after the call: `not_ready` or `log_off`.
    pub pending: Option<&'static str>,
    /// Whether his phone can be rung.
    pub phone: bool,
    /// Whether his desktop is open and answers.
    pub desktop: bool,
    /// The queues he serves.
    pub queues: Vec<String>,
    /// What he has in hand.
    pub contact: Option<FloorContact>,
    /// Since midnight, UTC.
    pub today: AgentFigures,
}

/// What an agent has in hand; nothing of whom he speaks with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorContact {
    /// `phone`, `callme`, `browser`.
    pub channel: &'static str,
    /// Its queue.
    pub queue: Option<String>,
    /// The customer waits with music.
    pub held: bool,
    /// It is a colleague's, he is asked.
    pub guest: bool,
}

/// A queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorQueue {
    /// Its name.
    pub queue: String,
    /// Callers and jobs that wait now.
    pub waiting: u32,
    /// RFC 3339: since when the first of them waits.
    pub longest_since: Option<String>,
    /// Agents who serve it and could take a call now.
    pub agents_ready: u32,
    /// Agents who serve it and are logged in.
    pub agents_in: u32,
    /// Since midnight, UTC.
    pub today: QueueFigures,
    /// Its chats, since midnight, UTC.
    pub chats_today: ChatFigures,
}

/// A pool's numbers by state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorPool {
    /// Its name.
    pub pool: String,
    /// May be held.
    pub free: u32,
    /// Shown to a visitor.
    pub held: u32,
    /// Their call has come and is not yet connected.
    pub ringing: u32,
    /// At rest after use.
    pub cooling: u32,
    /// Somebody wanted a number and there was none, and there has been none since.
    pub dry: bool,
    /// Since midnight, UTC.
    pub today: PoolFigures,
}

/// A trunk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorTrunk {
    /// Its name.
    pub trunk: String,
    /// Whether it answers.
    pub up: bool,
    /// Parties that are on it now, for this firm.
    pub on: u64,
    /// Since midnight, UTC.
    pub today: TrunkFigures,
}

/// The open breaker of call me.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FloorBreaker {
    /// `hour` or `day`: the budget that is spent; `program`.
    pub why: String,
    /// RFC 3339: since when.
    pub since: String,
    /// RFC 3339: when it is closed at the earliest, if nobody does before.
    pub until: String,
}

impl FloorView {
    /// What of `self` is news to who was told `told`. Without `figures`, rows in which nothing but figures has changed are left
    /// for later: those of everybody in a call change each second. None: nothing is.
    pub(crate) fn news(&self, told: &FloorView, figures: bool) -> Option<FloorView> {
        let agents = news(&self.agents, &told.agents, |row, old| {
            row == old || (!figures && FloorAgent { today: old.today, ..row.clone() } == *old)
        });
        let queues = news(&self.queues, &told.queues, |row, old| {
            let counted = (row.today.offered, row.today.answered, row.today.abandoned)
                == (old.today.offered, old.today.answered, old.today.abandoned);
            let (today, chats_today) = (old.today, old.chats_today);
            row == old || (!figures && counted && FloorQueue { today, chats_today, ..row.clone() } == *old)
        });
        let pools = news(&self.pools, &told.pools, |row, old| {
            row == old || (!figures && FloorPool { today: old.today, ..row.clone() } == *old)
        });
        let trunks = news(&self.trunks, &told.trunks, |row, old| {
            row == old || (!figures && FloorTrunk { today: old.today, ..row.clone() } == *old)
        });
        let nothing = agents.is_empty() && queues.is_empty() && pools.is_empty() && trunks.is_empty();
        let rest = self.pool_dry_total == told.pool_dry_total
            && self.breaker == told.breaker
            && (!figures || self.occupancy == told.occupancy);
        (!nothing || !rest).then(|| FloorView { agents, queues, pools, trunks, ..self.clone() })
    }

    /// What who was told `self` knows after these news.
    pub(crate) fn learn(&mut self, news: &FloorView) {
        self.time.clone_from(&news.time);
        (self.occupancy, self.pool_dry_total) = (news.occupancy, news.pool_dry_total);
        self.breaker.clone_from(&news.breaker);
        learn(&mut self.agents, &news.agents, |row| &row.agent);
        learn(&mut self.queues, &news.queues, |row| &row.queue);
        learn(&mut self.pools, &news.pools, |row| &row.pool);
        learn(&mut self.trunks, &news.trunks, |row| &row.trunk);
    }
}

/// The rows stand for the same things in the same order: the configuration's.
fn news<T: Clone>(rows: &[T], told: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    rows.iter().zip(told).filter(|(row, old)| !same(row, old)).map(|(row, _)| row.clone()).collect()
}

fn learn<T: Clone>(rows: &mut [T], news: &[T], name: impl Fn(&T) -> &String) {
    for new in news {
        if let Some(row) = rows.iter_mut().find(|row| name(row) == name(new)) {
            row.clone_from(new);
        }
    }
}
