//! The stat server of a firm (G p. 11): what happens to calls and agents, counted by intervals, live and for the last 24 hours.
//!
//! Bounded: a row for each queue, agent, pool and trunk of the configuration and each interval, hour and day kept. Sums of a day are made of
//! intervals: a UTC day is exactly as many as are kept.

mod chats;
mod history;
mod kept;
mod pools;
mod trunks;

pub(crate) use self::kept::Whose;
pub(crate) use self::pools::PoolEvent;
pub(crate) use self::trunks::{Carried, Trunks};

use self::chats::ChatLine;
use self::history::{History, Row, parted};
use self::pools::PoolLine;
use crate::agent::OfferEnd;
use crate::figures::{
    AgentFigures, ChatFigures, Interval, Past, PoolFigures, PoolTotals, QueueFigures, QueueTotals, SHORT,
    Share,
};
use crate::ids::ReservationId;
use crate::view::AgentState;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

/// All states, in the order in which their times are kept.
pub(crate) const STATES: [AgentState; 7] = [
    AgentState::NotReady,
    AgentState::Ready,
    AgentState::Claimed,
    AgentState::Ringing,
    AgentState::Talking,
    AgentState::Wrapup,
    AgentState::Unreachable,
];

/// When a call asked for an agent first, and in which queue: there it is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Asked {
    pub queue: usize,
    pub at: Time,
}

/// What an agent does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Doing {
    pub state: AgentState,
    /// Of the call he is in; his wrap-up is for the one before.
    pub queue: Option<usize>,
    /// He is asked; a colleague has the call.
    pub guest: bool,
    /// For which he is claimed.
    pub claim: Option<ReservationId>,
    /// Whose call he is offered or in.
    pub serves: Option<ReservationId>,
}

#[derive(Clone, Default, Debug)]
struct QueueRow {
    offered: u64,
    answered: u64,
    in_time: u64,
    abandoned: u64,
    short: u64,
    waited: Duration,
    longest: Duration,
    talk: Duration,
    handling: Duration,
    waits: u64,
    under: u64,
}

impl Row for QueueRow {
    fn add(&mut self, other: &Self) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.in_time += other.in_time;
        self.abandoned += other.abandoned;
        self.short += other.short;
        self.waited += other.waited;
        self.longest = self.longest.max(other.longest);
        self.talk += other.talk;
        self.handling += other.handling;
        self.waits += other.waits;
        self.under += other.under;
    }
}

impl QueueRow {
    fn figures(&self) -> QueueFigures {
        let asked = self.answered + self.abandoned - self.short;
        QueueFigures {
            offered: self.offered,
            answered: self.answered,
            answered_in_time: self.in_time,
            abandoned: self.abandoned,
            abandoned_short: self.short,
            service_level: Share::of(self.in_time, asked),
            abandonment: Share::of(self.abandoned - self.short, asked),
            asa_secs: mean_secs(self.waited, self.answered),
            longest_wait_secs: self.longest.as_secs(),
            talk_secs: self.talk.as_secs(),
            handling_secs: self.handling.as_secs(),
            aht_secs: mean_secs(self.handling, self.answered),
            waits: self.waits,
            waits_under_p90: self.under,
        }
    }
}

#[derive(Clone, Default, Debug)]
struct AgentRow {
    times: [Duration; STATES.len()],
    calls: u64,
    claims: u64,
    unused: u64,
    wasted: Duration,
    declined: u64,
    unanswered: u64,
    unreachable: u64,
}

impl Row for AgentRow {
    fn add(&mut self, other: &Self) {
        self.times.iter_mut().zip(other.times).for_each(|(time, other)| *time += other);
        self.calls += other.calls;
        self.claims += other.claims;
        self.unused += other.unused;
        self.wasted += other.wasted;
        self.declined += other.declined;
        self.unanswered += other.unanswered;
        self.unreachable += other.unreachable;
    }
}

impl AgentRow {
    fn time(&mut self, state: AgentState) -> &mut Duration {
        &mut self.times[STATES.iter().position(|known| *known == state).unwrap_or_default()]
    }

    fn occupancy(&self) -> Option<Share> {
        let [_, ready, _, _, talking, wrapup, _] = self.times.map(|time| time.as_millis() as u64);
        Share::of(talking + wrapup, talking + wrapup + ready)
    }

    fn figures(&self) -> AgentFigures {
        let [not_ready, ready, claimed, ringing, talking, wrapup, unreachable] = self.times;
        AgentFigures {
            not_ready_secs: not_ready.as_secs(),
            ready_secs: ready.as_secs(),
            claimed_secs: claimed.as_secs(),
            ringing_secs: ringing.as_secs(),
            talking_secs: talking.as_secs(),
            wrapup_secs: wrapup.as_secs(),
            unreachable_secs: unreachable.as_secs(),
            calls: self.calls,
            handling_secs: (talking + wrapup).as_secs(),
            aht_secs: mean_secs(talking + wrapup, self.calls),
            occupancy: self.occupancy(),
            claims: self.claims,
            claims_unused: self.unused,
            claims_unused_secs: self.wasted.as_secs(),
            declined: self.declined,
            unanswered: self.unanswered,
            unreachable: self.unreachable,
        }
    }
}

/// The mean of so many times, in whole seconds, rounded; none of none.
fn mean_secs(together: Duration, of: u64) -> Option<u64> {
    let mean = together.as_micros().checked_div(u128::from(of))?;
    Some(((mean + 500_000) / 1_000_000) as u64)
}

#[derive(Clone, Default, Debug)]
struct Queue {
    /// Who is answered within it was answered in time.
    level: Duration,
    history: History<QueueRow>,
    /// Offered, answered, abandoned since the start; waits that ended, and those of them as they were told.
    totals: [u64; 5],
    chats: ChatLine,
    /// Wrap-ups that no row of the journal says yet, by intervals.
    unkept: BTreeMap<u64, Duration>,
}

#[derive(Clone, Default, Debug)]
struct Person {
    history: History<AgentRow>,
    /// None: not logged in.
    doing: Option<Doing>,
    /// When `claim` began.
    claimed: Time,
    /// Up to when his time is in the history.
    booked: Time,
    /// What of it no row of the journal says yet, by intervals.
    unkept: BTreeMap<u64, AgentRow>,
}

impl Person {
    /// Counts what the journal does not say by itself.
    fn count(&mut self, at: Time, what: impl Fn(&mut AgentRow)) {
        what(self.unkept.entry(kept::interval(at)).or_default());
        self.history.count(at, what);
    }
}

/// See the module. Queues, agents and pools by their index.
#[derive(Default, Debug)]
pub(crate) struct Statistics {
    queues: Vec<Queue>,
    people: Vec<Person>,
    pools: Vec<PoolLine>,
    pub trunks: Trunks,
    /// When what agents do was kept last.
    kept: Option<Time>,
    /// The journal says what agents do; those of earlier versions did not.
    told: bool,
}

impl Statistics {
    /// There are these queues and so many agents and pools, none fewer than before; `levels`: within what each queue answers well.
    pub fn fit(&mut self, levels: impl Iterator<Item = Duration>, (agents, pools): (usize, usize)) {
        for (index, level) in levels.enumerate() {
            match self.queues.get_mut(index) {
                Some(queue) => queue.level = level,
                None => self.queues.push(Queue { level, ..Queue::default() }),
            }
        }
        self.people.resize_with(agents, Person::default);
        self.pools.resize_with(pools, PoolLine::default);
    }

    /// A call asks for an agent.
    pub fn offered(&mut self, asked: Asked) {
        let queue = &mut self.queues[asked.queue];
        queue.totals[0] += 1;
        queue.history.count(asked.at, |row| row.offered += 1);
    }

    /// Customer and agent hear each other for the first time.
    pub fn answered(&mut self, now: Time, asked: Asked) {
        let wait = now.since(asked.at);
        let queue = &mut self.queues[asked.queue];
        let in_time = wait <= queue.level;
        queue.totals[1] += 1;
        queue.history.count(now, |row| {
            row.answered += 1;
            row.in_time += u64::from(in_time);
            row.waited += wait;
            row.longest = row.longest.max(wait);
        });
    }

    /// A wait has ended, within what nine of ten were told to keep below or not.
    pub fn waited(&mut self, now: Time, queue: usize, under: bool) {
        let queue = &mut self.queues[queue];
        queue.totals[3] += 1;
        queue.totals[4] += u64::from(under);
        queue.history.count(now, |row| {
            row.waits += 1;
            row.under += u64::from(under);
        });
    }

    /// A call is over in which these spoke with the customer; nobody: he gave up.
    pub fn ended(&mut self, now: Time, asked: Asked, spoke: &[usize]) {
        for &agent in spoke {
            self.people[agent].history.count(now, |row| row.calls += 1);
        }
        if spoke.is_empty() {
            let wait = now.since(asked.at);
            let queue = &mut self.queues[asked.queue];
            queue.totals[2] += 1;
            queue.history.count(now, |row| {
                row.abandoned += 1;
                row.short += u64::from(wait < SHORT);
                row.longest = row.longest.max(wait);
            });
        }
    }

    /// What an agent does from now on, called as often as one likes.
    pub fn does(&mut self, now: Time, agent: usize, doing: Option<Doing>) {
        let before = self.people[agent].doing;
        let doing = doing.map(|doing| match (doing.state, before) {
            (AgentState::Wrapup, Some(before)) => Doing { queue: before.queue, guest: false, ..doing },
            _ => doing,
        });
        if before == doing {
            return;
        }
        self.book(now, agent);
        let person = &mut self.people[agent];
        person.doing = doing;
        let claim = |doing: Option<Doing>| doing.and_then(|doing| doing.claim);
        if claim(before) == claim(doing) {
            return;
        }
        let serves = doing.and_then(|doing| doing.serves);
        let wasted = now.since(person.claimed);
        if claim(before).is_some_and(|claim| serves != Some(claim)) {
            person.count(now, |row| {
                row.unused += 1;
                row.wasted += wasted;
            });
        }
        if claim(doing).is_some() {
            person.claimed = now;
            person.count(now, |row| row.claims += 1);
        }
    }

    /// An agent did not take what he was to take.
    pub fn missed(&mut self, now: Time, agent: usize, end: OfferEnd, reachable: bool) {
        self.people[agent].count(now, |row| match end {
            OfferEnd::Rejected => row.declined += 1,
            OfferEnd::Timeout => row.unanswered += 1,
            OfferEnd::Failed | OfferEnd::Mute => row.unreachable += 1,
            OfferEnd::Rescinded => row.unreachable += u64::from(!reachable),
            OfferEnd::Canceled | OfferEnd::Elsewhere => {}
        });
    }

    /// A call of before the restart that was joined at `joined`, if ever. Who had it how long the journal says elsewhere; those of earlier
    /// versions did not, and it is known of a single agent only.
    pub fn recorded(&mut self, asked: Asked, (joined, ended): (Option<Time>, Time), spoke: &[usize]) {
        self.offered(asked);
        let Some(joined) = joined else { return self.ended(ended, asked, &[]) };
        self.answered(joined, asked);
        for &agent in spoke {
            self.people[agent].history.count(ended, |row| row.calls += 1);
        }
        let agent = match spoke {
            [agent] if !self.told => Some(*agent),
            _ => None,
        };
        parted(joined, ended, |at, took| {
            if let Some(agent) = agent {
                self.people[agent].history.count(at, |row| *row.time(AgentState::Talking) += took);
            }
            self.queues[asked.queue].history.count(at, |row| {
                row.handling += took;
                row.talk += took;
            });
        });
    }

    /// What was told of before is no news: the totals begin here.
    pub fn starts(&mut self) {
        self.queues.iter_mut().for_each(|queue| queue.totals = [0; 5]);
        self.pools.iter_mut().for_each(PoolLine::starts);
        self.trunks.starts();
    }

    /// A queue's day and intervals.
    pub fn queue(&self, now: Time, queue: usize) -> (QueueFigures, Vec<Interval<QueueFigures>>) {
        let history = &self.queues[queue].history;
        (history.today(now).figures(), history.intervals(now, |row, _| row.figures()))
    }

    /// A queue's day.
    pub fn queue_today(&self, now: Time, queue: usize) -> QueueFigures {
        self.queues[queue].history.today(now).figures()
    }

    /// An agent's day, up to now.
    pub fn agent(&mut self, now: Time, agent: usize) -> AgentFigures {
        self.book(now, agent);
        self.people[agent].history.today(now).figures()
    }

    /// An agent's intervals, up to when his day was asked for last.
    pub fn agent_intervals(&self, now: Time, agent: usize) -> Vec<Interval<AgentFigures>> {
        self.people[agent].history.intervals(now, |row, _| row.figures())
    }

    /// A queue's past, calls and chats.
    pub fn queue_past(
        &self,
        now: Time,
        queue: usize,
        past: Past,
    ) -> (Vec<Interval<QueueFigures>>, Vec<Interval<ChatFigures>>) {
        let queue = &self.queues[queue];
        (queue.history.past(now, past, |row, _| row.figures()), queue.chats.past(now, past))
    }

    /// An agent's past, up to now.
    pub fn agent_past(&mut self, now: Time, agent: usize, past: Past) -> Vec<Interval<AgentFigures>> {
        self.book(now, agent);
        self.people[agent].history.past(now, past, |row, _| row.figures())
    }

    /// A pool's past, up to now.
    pub fn pool_past(&mut self, now: Time, pool: usize, past: Past) -> Vec<Interval<PoolFigures>> {
        self.pools[pool].past(now, past)
    }

    /// A queue for metrics.
    pub fn totals(&self, now: Time, queue: usize, name: &str) -> QueueTotals {
        let row = &self.queues[queue];
        let [offered, answered, abandoned, waits, waits_under_p90] = row.totals;
        let today = row.history.today(now).figures();
        let chats = row.chats.today(now);
        QueueTotals {
            queue: name.to_owned(),
            offered,
            answered,
            abandoned,
            waits,
            waits_under_p90,
            today,
            chats,
        }
    }

    /// A chat asks for an agent.
    pub fn chat_offered(&mut self, asked: Asked) {
        self.queues[asked.queue].chats.offered(asked);
    }

    /// An agent has taken it, for the first time.
    pub fn chat_answered(&mut self, now: Time, asked: Asked) {
        let queue = &mut self.queues[asked.queue];
        queue.chats.answered(now, asked, queue.level);
    }

    /// It is over.
    pub fn chat_ended(&mut self, now: Time, asked: Asked, answered: bool) {
        self.queues[asked.queue].chats.ended(now, asked, answered);
    }

    /// An agent had it from `from` until now, open or in its wrap-up.
    pub fn chat_handled(&mut self, from: Time, now: Time, asked: Asked) {
        self.queues[asked.queue].chats.handles(from, now);
    }

    /// A queue's chats, their day and intervals.
    pub fn chats(&self, now: Time, queue: usize) -> (ChatFigures, Vec<Interval<ChatFigures>>) {
        let chats = &self.queues[queue].chats;
        (chats.today(now), chats.intervals(now))
    }

    /// Their day.
    pub fn chats_today(&self, now: Time, queue: usize) -> ChatFigures {
        self.queues[queue].chats.today(now)
    }

    /// So many numbers of a pool are in use from now on; called as often as one likes.
    pub fn in_use(&mut self, now: Time, pool: usize, numbers: usize) {
        self.pools[pool].takes(now, numbers as u64);
    }

    /// Something of a pool is counted.
    pub fn pool(&mut self, now: Time, pool: usize, event: PoolEvent) {
        self.pools[pool].count(now, event);
    }

    /// A pool's day, up to now.
    pub fn pool_today(&mut self, now: Time, pool: usize) -> PoolFigures {
        self.pools[pool].today(now)
    }

    /// A pool's intervals, up to when its day was asked for last.
    pub fn pool_intervals(&self, now: Time, pool: usize) -> Vec<Interval<PoolFigures>> {
        self.pools[pool].intervals(now)
    }

    /// A pool for metrics.
    pub fn pool_totals(&mut self, now: Time, pool: usize, name: &str, numbers: u64) -> PoolTotals {
        self.pools[pool].totals(now, name, numbers)
    }

    /// All agents' claims that ended without a call for them, today: how long these lasted.
    pub fn claims_unused(&self, now: Time) -> u64 {
        self.people.iter().map(|person| person.history.today(now).wasted).sum::<Duration>().as_secs()
    }

    /// All agents' together, today.
    pub fn occupancy(&mut self, now: Time) -> Option<Share> {
        let mut all = AgentRow::default();
        for agent in 0..self.people.len() {
            self.book(now, agent);
            all.add(&self.people[agent].history.today(now));
        }
        all.occupancy()
    }

    /// Writes the time that an agent has spent in his state into the history.
    fn book(&mut self, now: Time, agent: usize) {
        let from = std::mem::replace(&mut self.people[agent].booked, now);
        if let Some(doing) = self.people[agent].doing {
            self.spend((from, now), agent, doing);
        }
    }

    /// Time, parted where an interval ends.
    fn spend(&mut self, (from, until): (Time, Time), agent: usize, doing: Doing) {
        let handles = matches!(doing.state, AgentState::Talking | AgentState::Wrapup);
        let talks = doing.state == AgentState::Talking && !doing.guest;
        parted(from, until, |at, took| {
            self.people[agent].count(at, |row| *row.time(doing.state) += took);
            if let Some(queue) = doing.queue.filter(|_| handles) {
                let queue = &mut self.queues[queue];
                if doing.state == AgentState::Wrapup {
                    *queue.unkept.entry(kept::interval(at)).or_default() += took;
                }
                queue.history.count(at, |row| {
                    row.handling += took;
                    row.talk += if talks { took } else { Duration::ZERO };
                });
            }
        });
    }
}
