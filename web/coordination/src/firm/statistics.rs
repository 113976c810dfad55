//! What the stat server is told, and what it is asked: the few places where a call or an agent gets on.

use super::Firm;
use crate::agent::Work;
use crate::call::{Call, Origin};
use crate::effect::Action;
use crate::fact::CallRecorded;
use crate::figures::{
    AgentStatistics, FirmFigures, INTERVAL, QueueStatistics, SERVICE_LEVEL, SHORT, StatisticsView,
};
use crate::ids::CallId;
use crate::request::{Reply, RequestId};
use crate::statistics::{Asked, Doing, STATES};
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
        let view = Box::new(self.statistics_view(now, agent));
        self.act(0, Action::Reply(request, Reply::Statistics(view)));
    }

    fn statistics_view(&mut self, now: Time, asking: usize) -> StatisticsView {
        let people: Vec<usize> = self.people().collect();
        let people: Vec<AgentStatistics> = people
            .into_iter()
            .map(|agent| {
                let today = self.statistics.agent(now, agent);
                let own = agent == asking;
                let seen = own || self.oversees(asking, agent);
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
            QueueStatistics {
                queue: self.settings.queues[queue].name.clone(),
                waiting,
                service_level_secs: self.settings.queues[queue].service_level.as_secs(),
                longest_waiting_secs: oldest.map_or(0, |since| now.since(since).as_secs()),
                today,
                intervals,
            }
        });
        StatisticsView {
            time: now.rfc3339(),
            interval_secs: INTERVAL.as_secs(),
            service_level_secs: SERVICE_LEVEL.as_secs(),
            short_secs: SHORT.as_secs(),
            queues: queues.collect(),
            agents: people,
        }
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
        FirmFigures {
            firm: self.settings.name.clone(),
            queues: queues.collect(),
            agents: STATES.map(Some).into_iter().chain([None]).map(count).collect(),
            occupancy,
        }
    }
}
