//! What the stat server is told, and what it is asked: the few places where a call or an agent gets on.

use super::Firm;
use crate::agent::Work;
use crate::call::{Call, Origin};
use crate::effect::Action;
use crate::fact::{CallRecorded, Fact, FiguresKept};
use crate::figures::{
    AgentPast, AgentStatistics, FirmFigures, INTERVAL, Past, PastView, PoolPast, PoolStatistics, QueuePast,
    QueueStatistics, SERVICE_LEVEL, SHORT, StatisticsView, TrunkPast, TrunkStatistics,
};
use crate::ids::CallId;
use crate::request::{Reply, RequestId};
use crate::statistics::{Asked, Doing, STATES, Whose};
use warmline_time::Time;

impl Firm {
    /// A call asks for an agent: once, however often it is offered. Whom an agent has called himself asks for nobody.
    pub(super) fn asks(&mut self, now: Time, id: CallId) {
        let asks = |call: &&mut Call| call.asks.is_none() && call.origin != Origin::Outbound;
        let Some(call) = self.calls.get_mut(&id).filter(asks) else { return };
        let asked = Asked { queue: call.queue, at: now };
        call.asks = Some(asked);
        self.statistics.offered(asked);
    }

    /// What an agent does now.
    pub(super) fn clock(&mut self, now: Time, agent: usize) {
        let row = &self.agents[agent];
        let call = row.call().and_then(|id| self.calls.get(&id));
        let claim = match row.work {
            Work::Claimed(id) => Some(id),
            _ => None,
        };
        let doing = Doing {
            state: row.state,
            queue: call.and_then(|call| call.asks).map(|asked| asked.queue),
            guest: call.is_some_and(|call| call.guest() == Some(agent)),
            claim,
            serves: call.and_then(|call| call.reservation),
        };
        self.statistics.does(now, agent, row.logged_in.then_some(doing));
    }

    /// A call is over.
    pub(super) fn counts(&mut self, now: Time, call: &Call) {
        if let Some(asked) = call.asks {
            self.statistics.ended(now, asked, &call.control.spoke);
        }
    }

    /// What no other row says is kept from time to time.
    pub(super) fn keep_figures(&mut self, now: Time) {
        if !self.writable {
            return;
        }
        let Firm { statistics, agents, settings, .. } = self;
        let name = |whose, index: usize| match whose {
            Whose::Agent => agents[index].name.to_string(),
            Whose::Queue => settings.queues[index].name.clone(),
            Whose::Pool => settings.pools[index].name.clone(),
        };
        if let Some(figures) = statistics.take_unkept(now, name) {
            self.persist(now, Fact::FiguresKept(Box::new(figures)));
        }
    }

    /// It was, before the restart.
    pub(super) fn figures_again(&mut self, figures: &FiguresKept) {
        let mut statistics = std::mem::take(&mut self.statistics);
        statistics.kept(figures, |whose, name| match whose {
            Whose::Agent => self.agent_named(name),
            Whose::Queue => self.queue_named(name),
            Whose::Pool => self.pool_named(name),
        });
        self.statistics = statistics;
    }

    /// A call of before the restart.
    pub(super) fn counts_again(&mut self, record: &CallRecorded) {
        let queue = record.queue.as_ref().and_then(|name| self.queue_named(name));
        let Some((queue, at)) = queue.zip(record.asked) else { return };
        let spoke: Vec<usize> = record.agents.iter().filter_map(|name| self.agent_named(name)).collect();
        let times = (record.answered.map(Time::from_micros), Time::from_micros(record.surely_until()));
        self.statistics.recorded(Asked { queue, at: Time::from_micros(at) }, times, &spoke);
    }

    /// To an agent who is logged in.
    pub fn answer_statistics(&mut self, now: Time, request: RequestId, agent: usize) {
        let view = Box::new(self.statistics_view(now, Some(agent)));
        self.act(0, Action::Reply(request, Reply::Statistics(view)));
    }

    /// To a program: everybody's day, pools and trunks too.
    pub fn answer_firm_statistics(&mut self, now: Time, request: RequestId) {
        let view = Box::new(self.statistics_view(now, None));
        self.reply(request, Reply::Statistics(view));
    }

    /// To a program: its past, by hours or days.
    pub fn answer_past(&mut self, now: Time, request: RequestId, past: Past) {
        let people: Vec<usize> = self.people().collect();
        let agents = people.into_iter().map(|agent| AgentPast {
            agent: self.agents[agent].settings.name.clone(),
            rows: self.statistics.agent_past(now, agent, past),
        });
        let agents = agents.collect();
        // After the agents, whose time up to now belongs to their queues too.
        let queues: Vec<usize> = self.queues().collect();
        let queues = queues.into_iter().map(|queue| {
            let (rows, chats) = self.statistics.queue_past(now, queue, past);
            QueuePast { queue: self.settings.queues[queue].name.clone(), rows, chats }
        });
        let queues = queues.collect();
        let pools: Vec<usize> = (0..self.pools.len()).filter(|&pool| self.has_numbers(pool)).collect();
        let pools = pools.into_iter().map(|pool| PoolPast {
            pool: self.settings.pools[pool].name.clone(),
            rows: self.statistics.pool_past(now, pool, past),
        });
        let pools = pools.collect();
        let trunks: Vec<String> = self.statistics.trunks.names().cloned().collect();
        let trunks = trunks
            .into_iter()
            .map(|trunk| TrunkPast { rows: self.statistics.trunks.past(now, &trunk, past), trunk });
        let trunks = trunks.collect();
        let view = PastView { by: past.by, queues, agents, pools, trunks };
        self.reply(request, Reply::Past(Box::new(view)));
    }

    /// To the agent `asking`, or to a program.
    fn statistics_view(&mut self, now: Time, asking: Option<usize>) -> StatisticsView {
        let people: Vec<usize> = self.people().collect();
        let people: Vec<AgentStatistics> = people
            .into_iter()
            .map(|agent| {
                let today = self.statistics.agent(now, agent);
                let own = asking == Some(agent);
                let seen = own || asking.is_none_or(|asking| self.oversees(asking, agent));
                let row = &self.agents[agent];
                AgentStatistics {
                    agent: row.settings.name.clone(),
                    display_name: row.settings.display_name.clone(),
                    state: row.logged_in.then_some(row.state),
                    since: row.since.rfc3339(),
                    today: seen.then_some(today),
                    intervals: if own { self.statistics.agent_intervals(now, agent) } else { vec![] },
                }
            })
            .collect();
        // After the agents, whose time up to now belongs to their queues too.
        let queues: Vec<usize> = self.queues().collect();
        let queues = queues.into_iter().map(|queue| {
            let (waiting, oldest) = self.waits_in(queue);
            let (today, intervals) = self.statistics.queue(now, queue);
            let (chats_today, chat_intervals) = self.statistics.chats(now, queue);
            QueueStatistics {
                queue: self.settings.queues[queue].name.clone(),
                waiting,
                service_level_secs: self.settings.queues[queue].service_level.as_secs(),
                longest_waiting_secs: oldest.map_or(0, |since| now.since(since).as_secs()),
                today,
                intervals,
                chats_today,
                chat_intervals,
            }
        });
        let queues = queues.collect();
        let whole = asking.is_none_or(|asking| self.is_supervisor(asking).is_ok());
        StatisticsView {
            time: now.rfc3339(),
            interval_secs: INTERVAL.as_secs(),
            service_level_secs: SERVICE_LEVEL.as_secs(),
            short_secs: SHORT.as_secs(),
            queues,
            agents: people,
            pools: if whole { self.pool_statistics(now) } else { Vec::new() },
            trunks: if whole { self.trunk_statistics(now) } else { Vec::new() },
        }
    }

    fn pool_statistics(&mut self, now: Time) -> Vec<PoolStatistics> {
        let pools: Vec<usize> = (0..self.pools.len()).filter(|&pool| self.has_numbers(pool)).collect();
        let pools = pools.into_iter().map(|pool| PoolStatistics {
            pool: self.settings.pools[pool].name.clone(),
            numbers: self.pools[pool].left().1 as u32,
            in_use: self.pools[pool].taken() as u32,
            today: self.statistics.pool_today(now, pool),
            intervals: self.statistics.pool_intervals(now, pool),
        });
        pools.collect()
    }

    fn trunk_statistics(&mut self, now: Time) -> Vec<TrunkStatistics> {
        let names: Vec<String> = self.statistics.trunks.names().cloned().collect();
        let trunks = names.into_iter().map(|trunk| TrunkStatistics {
            up: !self.trunks_down.contains(&trunk),
            on: self.statistics.trunks.on(&trunk),
            today: self.statistics.trunks.today(now, &trunk),
            intervals: self.statistics.trunks.intervals(now, &trunk),
            trunk,
        });
        trunks.collect()
    }

    /// For metrics.
    pub fn figures(&mut self, now: Time) -> FirmFigures {
        let occupancy = self.statistics.occupancy(now);
        let name = |queue: usize| &self.settings.queues[queue].name;
        let queues = self.queues().map(|queue| self.statistics.totals(now, queue, name(queue)));
        let count = |state| {
            let there = self.people().map(|agent| &self.agents[agent]);
            (state, there.filter(|row| row.logged_in.then_some(row.state) == state).count() as u64)
        };
        let queues = queues.collect();
        let agents = STATES.map(Some).into_iter().chain([None]).map(count).collect();
        let pools: Vec<usize> = (0..self.pools.len()).filter(|&pool| self.has_numbers(pool)).collect();
        let pools = pools.into_iter().map(|pool| {
            let numbers = self.pools[pool].left().1 as u64;
            self.statistics.pool_totals(now, pool, &self.settings.pools[pool].name, numbers)
        });
        FirmFigures {
            pools: pools.collect(),
            trunks: self.statistics.trunks.totals(now),
            claims_unused_secs: self.statistics.claims_unused(now),
            firm: self.settings.name.clone(),
            queues,
            agents,
            occupancy,
        }
    }
}
