//! The live floor: whole to a supervisor who begins to look at it, then what is news, once a second at most.

use super::show::view;
use super::{Firm, Timer};
use crate::agent::Work;
use crate::effect::Action;
use crate::figures::{SERVICE_LEVEL, SHORT};
use crate::floor::{FloorAgent, FloorBreaker, FloorContact, FloorPool, FloorQueue, FloorTrunk, FloorView};
use crate::queue::Place;
use crate::request::{Presence, Problem, Reply, RequestId};
use crate::routing_point::NumberState;
use crate::view::{AgentState, Notice};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// The floor is told at most this often.
const FLOOR: Duration = Duration::from_secs(1);
/// Rows in which only figures have changed are told every so many times.
const FIGURES_EVERY: u32 = 5;

/// A supervisor who looks at the floor.
#[derive(Debug)]
pub(super) struct Watcher {
    told: FloorView,
    /// Times the floor was looked at since figures alone were news.
    since_figures: u32,
}

impl Firm {
    /// The floor, once.
    pub fn answer_floor(&mut self, now: Time, request: RequestId, by: usize) {
        match self.is_supervisor(by) {
            Ok(()) => {
                let floor = Box::new(self.floor_of(now, by));
                self.act(0, Action::Reply(request, Reply::Floor(floor)));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
    }

    /// He looks at the floor from now on, or no longer.
    pub fn watch_floor(&mut self, now: Time, by: usize, on: bool) -> Result<(), Problem> {
        self.is_supervisor(by)?;
        if !on || self.agents[by].stream.is_none() {
            self.watchers.remove(&by);
            return Ok(());
        }
        let told = self.floor_of(now, by);
        self.notify_agent(by, view("floor", &told));
        self.watchers.insert(by, Watcher { told, since_figures: 0 });
        if self.timers.get(Timer::Floor).is_none() {
            self.timers.set(Timer::Floor, now + FLOOR);
        }
        Ok(())
    }

    /// Whole once more, to those who look: it has other rows.
    pub(super) fn floor_anew(&mut self) {
        let watchers: Vec<usize> = self.watchers.keys().copied().collect();
        for by in watchers {
            let told = self.floor_of(self.clock, by);
            self.notify_agent(by, view("floor", &told));
            self.watchers.insert(by, Watcher { told, since_figures: 0 });
        }
    }

    /// What is news of it, to those who look.
    pub(super) fn floor_due(&mut self, now: Time) {
        self.watchers.retain(|&by, _| self.agents[by].stream.is_some());
        let watchers: Vec<usize> = self.watchers.keys().copied().collect();
        for by in watchers {
            let floor = self.floor_of(now, by);
            let Some(watcher) = self.watchers.get_mut(&by) else { continue };
            watcher.since_figures += 1;
            let figures = watcher.since_figures >= FIGURES_EVERY;
            if figures {
                watcher.since_figures = 0;
            }
            let Some(news) = floor.news(&watcher.told, figures) else { continue };
            watcher.told.learn(&news);
            let Notice::View { view, data } = view("floor", &news) else { continue };
            self.notify_agent(by, Notice::Change { view, data: Arc::new(data) });
        }
        if !self.watchers.is_empty() {
            self.timers.set(Timer::Floor, now + FLOOR);
        }
    }

    /// The whole firm, for a program.
    pub fn answer_overview(&mut self, now: Time, request: RequestId) {
        let (agents, queues) = (self.people().collect(), self.queues().collect());
        let floor = self.floor_with(now, agents, queues);
        self.reply(request, Reply::Floor(Box::new(floor)));
    }

    fn floor_of(&mut self, now: Time, by: usize) -> FloorView {
        let agents = self.people().filter(|&agent| self.oversees(by, agent)).collect();
        let queues = self.queues().filter(|&queue| self.oversees_queue(by, queue)).collect();
        self.floor_with(now, agents, queues)
    }

    fn floor_with(&mut self, now: Time, agents: Vec<usize>, queues: Vec<usize>) -> FloorView {
        let occupancy = self.statistics.occupancy(now);
        let agents = agents.into_iter().map(|agent| self.floor_agent(now, agent)).collect();
        let queues = queues.into_iter().map(|queue| self.floor_queue(now, queue)).collect();
        let pools = || (0..self.pools.len()).filter(|&pool| self.has_numbers(pool));
        let trunks: BTreeSet<String> = pools().map(|pool| self.settings.pools[pool].trunk.clone()).collect();
        let pools: Vec<usize> = pools().collect();
        let trunk = |name: String| FloorTrunk {
            up: !self.trunks_down.contains(&name),
            on: self.statistics.trunks.on(&name),
            today: self.statistics.trunks.today(now, &name),
            trunk: name,
        };
        let trunks = trunks.into_iter().map(trunk).collect();
        FloorView {
            time: now.rfc3339(),
            service_level_secs: SERVICE_LEVEL.as_secs(),
            short_secs: SHORT.as_secs(),
            occupancy,
            pool_dry_total: self.dry_asked,
            agents,
            queues,
            pools: pools.into_iter().map(|pool| self.floor_pool(now, pool)).collect(),
            trunks,
            breaker: self.breaker.as_ref().map(|breaker| FloorBreaker {
                why: breaker.why.clone(),
                since: breaker.since.rfc3339(),
                until: breaker.until.rfc3339(),
            }),
        }
    }

    fn floor_agent(&mut self, now: Time, agent: usize) -> FloorAgent {
        let today = self.statistics.agent(now, agent);
        let row = &self.agents[agent];
        let busy = row.call().is_some() || matches!(row.work, Work::Wrapup { .. });
        let pending = match (row.leaving, row.presence) {
            (true, _) => Some("log_off"),
            (false, Presence::NotReady) if busy => Some("not_ready"),
            _ => None,
        };
        let served = self.settings.queues.iter().zip(&row.serves).filter(|(_, serves)| **serves);
        FloorAgent {
            agent: row.settings.name.clone(),
            display_name: row.settings.display_name.clone(),
            state: row.logged_in.then_some(row.state),
            since: row.since.rfc3339(),
            reason: row.reason.clone().filter(|_| row.logged_in && row.state == AgentState::NotReady),
            pending: pending.filter(|_| row.logged_in),
            phone: row.phone,
            desktop: row.stream.is_some() && !row.frozen,
            queues: served.map(|(queue, _)| queue.name.clone()).collect(),
            contact: self.floor_contact(agent),
            today,
        }
    }

    fn floor_contact(&self, agent: usize) -> Option<FloorContact> {
        let row = &self.agents[agent];
        let hand = row.hand.as_ref().filter(|_| row.work != Work::Idle)?;
        let call = hand.call.and_then(|id| self.calls.get(&id));
        let reservation = hand.reservation.and_then(|id| self.reservations.get(id));
        let queue = call.map(|call| call.queue).or_else(|| reservation.map(|r| r.queue));
        Some(FloorContact {
            channel: hand.channel,
            queue: queue.map(|queue| self.settings.queues[queue].name.clone()),
            held: self.held(agent),
            guest: hand.guest,
        })
    }

    fn floor_queue(&self, now: Time, queue: usize) -> FloorQueue {
        let (waiting, oldest) = self.waits_in(queue);
        let serves = |agent: &&crate::agent::Agent| agent.logged_in && agent.serves[queue];
        let inside = || self.agents.iter().filter(serves);
        FloorQueue {
            queue: self.settings.queues[queue].name.clone(),
            waiting,
            longest_since: oldest.map(Time::rfc3339),
            agents_ready: inside().filter(|agent| agent.available()).count() as u32,
            agents_in: inside().count() as u32,
            today: self.statistics.queue_today(now, queue),
            chats_today: self.statistics.chats_today(now, queue),
        }
    }

    /// How many wait in a queue, and since when the first of them.
    pub(super) fn waits_in(&self, queue: usize) -> (u32, Option<Time>) {
        let here: Vec<&Place> = self.waiting.iter().filter(|place| place.queue == queue).collect();
        (here.len() as u32, here.iter().map(|place| place.since).min())
    }

    /// Whether it is a pool of the firm, or has numbers yet that somebody holds.
    pub(super) fn has_numbers(&self, pool: usize) -> bool {
        !self.gone.pools.contains(&pool) || self.pools[pool].points().iter().any(|point| !point.is_gone())
    }

    fn floor_pool(&mut self, now: Time, pool: usize) -> FloorPool {
        let mut row = FloorPool {
            pool: self.settings.pools[pool].name.clone(),
            free: 0,
            held: 0,
            ringing: 0,
            cooling: 0,
            dry: self.dry.contains(&pool),
            today: self.statistics.pool_today(now, pool),
        };
        for point in self.pools[pool].points().iter().filter(|point| !point.is_gone()) {
            *match point.state {
                NumberState::Free => &mut row.free,
                NumberState::Held(_) => &mut row.held,
                NumberState::Ringing(..) => &mut row.ringing,
                NumberState::Cooling(_) => &mut row.cooling,
            } += 1;
        }
        row
    }
}
