//! Other settings while everything goes on: what is new counts from this step on, what is removed is drained, never orphaned (E28).
//!
//! Queues, agents, pools, numbers and sites keep their places for the life of the process: new ones come behind, removed ones are kept
//! for what still holds them, and are gone with the next start.

use super::feed::Event;
use super::{Firm, GRACE, Timer, route};
use crate::agent::{Agent, OfferEnd};
use crate::call::Call;
use crate::cti::Command;
use crate::ids::CallId;
use crate::notice::AgentNotice;
use crate::queue::Waiter;
use crate::request::Presence;
use crate::reservation::{PointRef, Reservation};
use crate::settings::{AgentSettings, FirmSettings, PoolSettings, Station};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use warmline_time::Time;

/// Places of the settings that are no part of the configuration any more.
#[derive(Default)]
pub(super) struct Gone {
    pub queues: BTreeSet<usize>,
    pub pools: BTreeSet<usize>,
    pub sites: BTreeSet<usize>,
}

impl Firm {
    /// Checked settings of the same firm take the place of those it has.
    pub fn reload(&mut self, now: Time, new: FirmSettings) {
        let agents = new.agents.clone();
        let old = std::mem::replace(&mut self.settings, new);
        let other_budgets = old.callme.spend != self.settings.callme.spend;
        let new = &mut self.settings;
        self.gone = Gone {
            queues: keep_places(&mut new.queues, old.queues, |queue| &queue.name),
            pools: keep_places(&mut new.pools, old.pools, |pool| &pool.name),
            sites: keep_places(&mut new.sites, old.sites, |site| &site.name),
        };
        self.contacts.configure(&self.settings.name, &self.settings.contacts);
        self.reload_numbers();
        let gone = self.reload_agents(agents);
        self.assign();
        self.leave_queues(now);
        self.follow_trunks(now);
        gone.into_iter().for_each(|agent| self.retire(now, agent));
        (0..self.agents.len()).for_each(|agent| self.chats_changed(agent));
        (self.serve, self.board_due) = (true, true);
        self.watch_reloaded(now);
        self.look_for_old(now);
        if other_budgets {
            self.budgets_changed(now);
        }
        let (subject, trace_id) = (self.settings.name.clone(), String::new());
        self.announce(now, 0, Event { name: "config.reloaded", subject, trace_id, data: json!({}) });
        self.finish(now);
        self.floor_anew();
    }

    /// The sites that take requests, with their places.
    pub fn sites(&self) -> impl Iterator<Item = (String, usize)> + '_ {
        let sites = self.settings.sites.iter().enumerate();
        let here = sites.filter(|(site, _)| !self.gone.sites.contains(site));
        here.map(|(site, settings)| (settings.name.clone(), site))
    }

    /// The tables beside the settings are as long as these, and every agent has the queues that his skills give him.
    pub(super) fn assign(&mut self) {
        let queues = &self.settings.queues;
        self.needs = route::needs(queues);
        self.turns.resize(queues.len(), None);
        self.estimators.resize_with(queues.len(), Default::default);
        let rows = (self.agents.len(), self.settings.pools.len());
        self.statistics.fit(queues.iter().map(|queue| queue.service_level), rows);
        self.statistics.trunks.fit(self.known_trunks());
        for agent in &mut self.agents {
            agent.assign(queues, &self.gone.queues);
        }
        let supervisors = |agent: &usize| self.agents[*agent].oversees.is_some();
        self.watchers.retain(|agent, _| supervisors(agent));
    }

    /// Whether somebody holds this number here, or it rests: another firm cannot have it yet.
    pub fn has_in_use(&self, number: &str) -> bool {
        let busy = |&(pool, index): &PointRef| !self.pools[pool].is_free(index);
        self.number_of.get(number).is_some_and(busy) || self.shows_shared(number)
    }

    /// Numbers that no pool has any more, or another, stay with their holders and rest, and are gone then.
    fn reload_numbers(&mut self) {
        let mut wanted: HashMap<String, usize> = HashMap::new();
        let mut order = Vec::new();
        for pool in (0..self.settings.pools.len()).filter(|pool| !self.gone.pools.contains(pool)) {
            for number in &self.settings.pools[pool].numbers {
                wanted.insert(number.clone(), pool);
                order.push((number.clone(), pool));
            }
        }
        for &pool in &self.gone.pools {
            self.settings.pools[pool].numbers.clear();
        }
        self.pools.resize_with(self.settings.pools.len(), Default::default);
        let mut known: Vec<(String, PointRef)> =
            self.number_of.iter().map(|(number, place)| (number.clone(), *place)).collect();
        known.sort_unstable();
        for (number, (pool, index)) in known {
            let home = wanted.get(&number).copied();
            if home == Some(pool) {
                self.pools[pool].keep(index);
            } else if self.pools[pool].retire(index) {
                self.number_gone((pool, index), home);
            }
        }
        for (number, pool) in order {
            if !self.number_of.contains_key(&number) {
                self.add_number(pool, number);
            }
        }
        self.reload_shared();
        let remember = self.settings.pools.iter().map(|pool| pool.remember).max().unwrap_or_default();
        self.reservations.keep_for(remember);
    }

    /// A shared number that a page still shows leads to the question for its PIN.
    fn reload_shared(&mut self) {
        let before: Vec<String> = self.shared_of.keys().cloned().collect();
        for (pool, settings) in self.settings.pools.iter_mut().enumerate() {
            if self.gone.pools.contains(&pool) {
                settings.shared = None;
            }
            self.shared_of.extend(settings.shared.iter().map(|number| (number.clone(), pool)));
        }
        let shared = |number: &String| self.settings.pools.iter().any(|p| p.shared.as_ref() == Some(number));
        self.shared_going = before.into_iter().filter(|number| !shared(number)).collect();
        self.release_shared();
    }

    /// Shared numbers that no pool has any more are nobody's as soon as no page shows them.
    pub(super) fn release_shared(&mut self) {
        for number in std::mem::take(&mut self.shared_going) {
            if self.shows_shared(&number) {
                self.shared_going.insert(number);
                continue;
            }
            self.shared_of.remove(&number);
            if !self.number_of.contains_key(&number) {
                self.switch(Command::ReleaseNumber { number });
            }
        }
    }

    /// Whether a page shows a number that is dialled with a PIN.
    fn shows_shared(&self, number: &str) -> bool {
        let shows = |r: &Reservation| r.number.as_ref().is_some_and(|(shown, _)| shown == number);
        self.shared_of.contains_key(number)
            && self.reservations.iter().any(|r| r.live() && r.point.is_none() && shows(r))
    }

    fn add_number(&mut self, pool: usize, number: String) {
        let index = self.pools[pool].add(&number);
        self.number_of.insert(number, (pool, index));
        self.pool_fills(pool);
        self.serve = true;
    }

    /// Nobody has a retired number any more: it goes to the pool that has it now, where that is known or found, or out of the house.
    pub(super) fn number_gone(&mut self, (pool, index): PointRef, home: Option<usize>) {
        let number = self.pools[pool].point(index).number.clone();
        self.number_of.remove(&number);
        let lists = |settings: &PoolSettings| settings.numbers.contains(&number);
        match home.or_else(|| self.settings.pools.iter().position(lists)) {
            Some(home) => self.add_number(home, number),
            None => self.switch(Command::ReleaseNumber { number }),
        }
        if self.gone.pools.contains(&pool) {
            self.floor_anew();
        }
    }

    /// Those who are there no more, by their places.
    fn reload_agents(&mut self, agents: Vec<AgentSettings>) -> BTreeSet<usize> {
        let mut gone: BTreeSet<usize> = (0..self.agents.len()).collect();
        for settings in agents {
            match self.agent_of.get(&settings.name).copied() {
                Some(agent) => {
                    gone.remove(&agent);
                    self.change_agent(agent, settings);
                }
                None => {
                    let agent = self.agents.len();
                    self.agent_of.insert(settings.name.clone(), agent);
                    self.agents.push(Agent::new(settings));
                    self.plug_in(agent);
                }
            }
        }
        gone
    }

    /// All but his phone at once: that is another as soon as he is in no call.
    fn change_agent(&mut self, agent: usize, mut settings: AgentSettings) {
        let row = &mut self.agents[agent];
        let station = std::mem::replace(&mut settings.station, row.settings.station.clone());
        row.next_station = (station != settings.station).then_some(station);
        row.skills = settings.skills.as_slice().into();
        row.represents = settings.represents.clone().into();
        row.settings = settings;
        if std::mem::take(&mut row.retired) {
            row.leaving = row.sent_off.is_some();
            row.notice = row.notice.take().filter(|notice| *notice != AgentNotice::Removed);
        }
        self.find_backup(agent);
        self.touch_agent(agent);
    }

    /// He is removed: what is expected of him goes to the next (E7), and what he has he ends.
    fn retire(&mut self, now: Time, agent: usize) {
        let row = &mut self.agents[agent];
        row.retired = true;
        if !row.logged_in {
            return;
        }
        row.leaving = true;
        row.presence = Presence::NotReady;
        row.notice = Some(AgentNotice::Removed);
        self.take_back(now, agent, OfferEnd::Rescinded);
        self.rescind_chats(now, agent);
        self.touch_agent(agent);
    }

    /// At the end of a step: who was removed and has nothing in hand any more is out; who is in no call has the phone he was given.
    pub(super) fn drain_agents(&mut self, now: Time) {
        let changed = |agent: &usize| {
            let row = &self.agents[*agent];
            let out = row.retired && row.logged_in && row.is_off();
            out || (row.next_station.is_some() && row.call().is_none())
        };
        let changed: Vec<usize> = self.agents_touched.iter().copied().filter(changed).collect();
        for agent in changed {
            if let Some(station) = self.agents[agent].next_station.take() {
                self.change_station(now, agent, station);
            }
            if self.agents[agent].retired && self.agents[agent].is_off() {
                self.log_out(agent);
                self.floor_anew();
            }
        }
    }

    fn change_station(&mut self, now: Time, agent: usize, station: Station) {
        let logged_in = self.agents[agent].logged_in;
        if logged_in && self.agents[agent].in_browser() {
            self.drop_credential(agent);
        }
        self.agents[agent].settings.station = station;
        if logged_in && self.agents[agent].in_browser() {
            self.give_credential(agent);
        }
        self.plug_in(agent);
        match self.agents[agent].phone {
            true => self.timers.cancel(Timer::Phone(agent)),
            false => self.timers.set(Timer::Phone(agent), now + GRACE),
        }
        self.serve = true;
        self.touch_agent(agent);
    }

    /// Whether his phone is there, as far as that is known without its registering.
    fn plug_in(&mut self, agent: usize) {
        let row = &mut self.agents[agent];
        row.realm = match &row.settings.station {
            Station::Account(user) => self.devices.get(user).cloned(),
            Station::Browser | Station::Number(_) | Station::Extension { .. } => None,
        };
        let outside = matches!(row.settings.station, Station::Number(_) | Station::Extension { .. });
        row.phone = outside || row.realm.is_some();
        self.find_backup(agent);
    }

    /// Everything of a removed queue goes on in the one that its site has now, or its pool; of a removed pool, in the site's. Who waits
    /// keeps place and time, and waits by the overflow that there is now.
    fn leave_queues(&mut self, now: Time) {
        let (queues, pools) = (&self.gone.queues, &self.gone.pools);
        let leaves = |r: &&Reservation| {
            r.live() && (queues.contains(&r.queue) || (r.point.is_none() && pools.contains(&r.pool)))
        };
        let leaving: Vec<_> = self.reservations.iter().filter(leaves).map(|r| (r.id, r.site)).collect();
        for (id, site) in leaving {
            let (queue, pool) = (self.queue_of_site(site), self.pool_of_site(site));
            let gone = &self.gone;
            let Some(r) = self.reservations.get_mut(id) else { continue };
            r.queue = if gone.queues.contains(&r.queue) { queue } else { r.queue };
            r.pool = if r.point.is_none() && gone.pools.contains(&r.pool) { pool } else { r.pool };
            self.touch_visitor(id);
        }
        let calls = self.calls.values().filter(|call| self.gone.queues.contains(&call.queue));
        let calls: Vec<(CallId, usize)> = calls.map(|call| (call.id, self.next_queue(call))).collect();
        let pool = self.first_pool();
        for call in self.calls.values_mut().filter(|call| self.gone.pools.contains(&call.pool)) {
            call.pool = pool;
        }
        for (id, queue) in calls {
            if let Some(call) = self.calls.get_mut(&id) {
                call.queue = queue;
            }
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.move_to(|place| match self.gone.queues.contains(&place.queue) {
            true => self.queue_of_waiter(place.waiter).unwrap_or(place.queue),
            false => place.queue,
        });
        self.waiting = waiting;
        self.reload_waits(now, Firm::queue_of_waiter);
    }

    fn queue_of_waiter(&self, waiter: Waiter) -> Option<usize> {
        match waiter {
            Waiter::Call(id) => self.calls.get(&id).map(|call| call.queue),
            Waiter::Job(id) | Waiter::Chat(id) => self.reservations.get(id).map(|r| r.queue),
        }
    }

    /// The queue that a call of a removed one goes on in.
    fn next_queue(&self, call: &Call) -> usize {
        let of_page = call.reservation.and_then(|id| self.reservations.get(id)).map(|r| r.queue);
        of_page.filter(|queue| !self.gone.queues.contains(queue)).unwrap_or_else(|| match call.pool {
            pool if pool < self.settings.pools.len() => self.queue_of_pool(pool),
            _ => self.first_queue(),
        })
    }

    /// A pool may be carried by another trunk now: its pages show the numbers that can be called.
    fn follow_trunks(&mut self, now: Time) {
        let pools = self.settings.pools.iter().enumerate();
        let here = pools.filter(|(pool, _)| !self.gone.pools.contains(pool));
        let carry: BTreeSet<String> = here.map(|(_, pool)| pool.trunk.clone()).collect();
        self.forget_trunks(|trunk| carry.contains(trunk));
        let mut live: Vec<_> =
            self.reservations.iter().filter(|r| r.live()).map(|r| (r.id, r.pool)).collect();
        live.sort_unstable();
        for (id, pool) in live {
            if self.trunk_up(pool) { self.come_back(now, id) } else { self.leave_dead_trunk(now, id) }
        }
    }
}

/// The rows of before stay at their places, as they are in `rows` now; what is new comes behind them. The places of those that are not
/// in `rows` any more.
fn keep_places<T>(rows: &mut Vec<T>, before: Vec<T>, name: impl Fn(&T) -> &String) -> BTreeSet<usize> {
    let new = std::mem::replace(rows, before);
    let places: HashMap<String, usize> =
        rows.iter().enumerate().map(|(place, row)| (name(row).clone(), place)).collect();
    let mut gone: BTreeSet<usize> = (0..rows.len()).collect();
    for row in new {
        match places.get(name(&row)) {
            Some(&place) => {
                gone.remove(&place);
                rows[place] = row;
            }
            None => rows.push(row),
        }
    }
    gone
}
