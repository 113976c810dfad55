//! Pools that run out of numbers: told to desktops and programs once, while something can be done, and when it is too late (E9).

use super::Firm;
use super::feed::Event;
use crate::statistics::PoolEvent;
use crate::view::{PoolNotice, PoolState};
use serde_json::{Value, json};
use warmline_time::Time;

/// At most one in so many is free: few are left.
const LOW: usize = 10;
/// More than one in so many is free: there are enough again.
const ENOUGH: usize = 5;

/// So many free numbers of `all` are few: a tenth, at least one, but never all there are.
fn few(all: usize) -> usize {
    (all / LOW).max(1).min(all.saturating_sub(1))
}

impl Firm {
    /// Somebody wanted a number of his own and there is none: the desktops hear of it once, until one is free again.
    pub(super) fn pool_dry(&mut self, now: Time, pool: usize) {
        self.dry_asked += 1;
        self.statistics.pool(now, pool, PoolEvent::Dry);
        if self.dry.insert(pool) {
            self.touch_pool(pool);
            self.tell_of_pool(
                now,
                "pool.dry",
                pool,
                json!({ "numbers": self.settings.pools[pool].numbers.len() }),
            );
        }
    }

    /// A number of the pool was taken: where few are left that is told once, until there are enough again.
    pub(super) fn pool_ebbs(&mut self, now: Time, pool: usize) {
        let (free, all) = self.pools[pool].left();
        if free <= few(all) && self.low.insert(pool) {
            self.touch_pool(pool);
            self.tell_of_pool(now, "pool.low", pool, json!({ "numbers": all, "free": free }));
        }
    }

    /// The pool has one more to give.
    pub(super) fn pool_fills(&mut self, pool: usize) {
        let mut better = self.dry.remove(&pool);
        let (free, all) = self.pools[pool].left();
        if free > (all / ENOUGH).max(few(all)) {
            better |= self.low.remove(&pool);
        }
        if better {
            self.touch_pool(pool);
        }
    }

    /// Of which pools an agent is told that they run out: those of sites whose queue he serves or supervises.
    pub(super) fn pools_short(&self, agent: usize) -> Vec<PoolNotice> {
        let short = self.low.union(&self.dry).filter(|&&pool| self.minds_pool(agent, pool));
        let notice = |&pool: &usize| PoolNotice {
            pool: self.settings.pools[pool].name.clone(),
            state: if self.dry.contains(&pool) { PoolState::Dry } else { PoolState::Low },
        };
        short.map(notice).collect()
    }

    fn minds_pool(&self, agent: usize, pool: usize) -> bool {
        let name = &self.settings.pools[pool].name;
        let sites =
            self.settings.sites.iter().enumerate().filter(|(site, _)| !self.gone.sites.contains(site));
        let mut of_it = sites.filter(|(_, row)| row.pool == *name || row.further.contains(name));
        let his = |queue: usize| {
            self.agents[agent].serves.get(queue).copied().unwrap_or(false)
                || self.oversees_queue(agent, queue)
        };
        !self.gone.pools.contains(&pool) && of_it.any(|(site, _)| his(self.queue_of_site(site)))
    }

    /// The desktops of those who mind it show how it is.
    fn touch_pool(&mut self, pool: usize) {
        let minds: Vec<usize> =
            (0..self.agents.len()).filter(|&agent| self.minds_pool(agent, pool)).collect();
        self.agents_touched.extend(minds);
    }

    fn tell_of_pool(&mut self, now: Time, name: &'static str, pool: usize, data: Value) {
        let subject = self.settings.pools[pool].name.clone();
        let event = Event { name, subject: subject.clone(), trace_id: String::new(), data: data.clone() };
        self.announce(now, 0, event);
        for agent in 0..self.agents.len() {
            self.emit(now, agent, name, subject.clone(), String::new(), data.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::few;

    #[test]
    fn few_is_a_tenth_but_never_all() {
        assert_eq!([0, 1, 2, 9, 10, 19, 20, 100].map(few), [0, 0, 1, 1, 1, 1, 2, 10]);
    }
}
