//! Who waits: callers on music and jobs of the list, in the order they will be served. A call keeps the place of its request.

use crate::ids::{CallId, ReservationId};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use warmline_time::Time;

/// Of whom nothing else is known.
pub(crate) const PRIORITY: u8 = 4;
/// Nuisance: after everybody else, and never dialled by itself.
pub(crate) const NUISANCE: u8 = 0;
/// What one step of priority is worth in waiting time. Each minute of waiting counts as one more: who asked seven minutes
/// earlier goes before anybody who comes now, so that nobody starves.
const PRIORITY_STEP: Duration = Duration::from_secs(60);

/// A place in the order of service, which stays the same as long as somebody waits: nuisances last, then by waiting time with
/// priority (microseconds), then as they came. As a list of three numbers for desktops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Rank(u8, u64, u64);

/// Who waits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Waiter {
    /// A caller on music.
    Call(CallId),
    /// A job of the list.
    Job(ReservationId),
    /// A visitor who wants to chat. He waits among those who chat: he has no place before or behind callers.
    Chat(ReservationId),
}

impl Waiter {
    /// Whether it is a chat.
    pub fn is_chat(self) -> bool {
        matches!(self, Waiter::Chat(_))
    }
}

/// A place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Who.
    pub waiter: Waiter,
    /// In which queue, by its index.
    pub queue: usize,
    /// Since when, as shown.
    pub since: Time,
    /// 0–7.
    pub priority: u8,
    /// How often he was offered to agents who did not take him: each time counts as a step of priority more.
    pub passed: u8,
}

/// What counts of its waiting.
fn earned(place: &Place) -> Time {
    earned_by(place.since, place.priority) - PRIORITY_STEP * u32::from(place.passed)
}

/// What counts of the waiting of who has this priority: whoever has earned most goes first.
pub(crate) fn earned_by(since: Time, priority: u8) -> Time {
    since - PRIORITY_STEP * u32::from(priority)
}

/// All queues of a firm in one order.
#[derive(Debug, Default)]
pub(crate) struct WaitingList {
    order: BTreeMap<Rank, Place>,
    keys: HashMap<Waiter, Rank>,
    next: u64,
}

impl WaitingList {
    /// Takes a place. False: he waits already.
    pub fn join(&mut self, place: Place) -> bool {
        self.join_at(place, earned(&place))
    }

    /// Takes the first place.
    pub fn join_first(&mut self, place: Place) -> bool {
        let head =
            self.order.keys().next().map(|&Rank(_, earned, _)| Time::from_micros(earned.saturating_sub(1)));
        self.join_at(place, head.map_or(earned(&place), |head| head.min(earned(&place))))
    }

    fn join_at(&mut self, place: Place, earned: Time) -> bool {
        if self.keys.contains_key(&place.waiter) {
            return false;
        }
        let key = Rank(u8::from(place.priority == NUISANCE), earned.as_micros(), self.next);
        self.next += 1;
        self.keys.insert(place.waiter, key);
        self.order.insert(key, place);
        true
    }

    /// He waits with another priority from now on, for as long as he has. False: he does not wait, or has it already.
    pub fn rate(&mut self, waiter: Waiter, priority: u8) -> bool {
        let Some(place) = self.get(waiter).filter(|place| place.priority != priority) else { return false };
        let place = Place { priority, ..place };
        self.leave(waiter);
        self.join(place)
    }

    /// Gives it up. False: he did not wait.
    pub fn leave(&mut self, waiter: Waiter) -> bool {
        self.keys.remove(&waiter).is_some_and(|key| self.order.remove(&key).is_some())
    }

    /// Another takes exactly his place. False: he did not wait, or the other does already.
    pub fn hand_on(&mut self, waiter: Waiter, to: Waiter) -> bool {
        if self.keys.contains_key(&to) {
            return false;
        }
        let Some(key) = self.keys.remove(&waiter) else { return false };
        if let Some(place) = self.order.get_mut(&key) {
            place.waiter = to;
        }
        self.keys.insert(to, key);
        true
    }

    /// They wait in other queues from now on, each at his place in the order of service.
    pub fn move_to(&mut self, queue: impl Fn(&Place) -> usize) {
        for place in self.order.values_mut() {
            place.queue = queue(place);
        }
    }

    /// His place.
    pub fn get(&self, waiter: Waiter) -> Option<Place> {
        self.order.get(self.keys.get(&waiter)?).copied()
    }

    /// In the order of service.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.order.values()
    }

    /// The same, each with its rank.
    pub fn ranked(&self) -> impl Iterator<Item = (Rank, &Place)> {
        self.order.iter().map(|(rank, place)| (*rank, place))
    }

    /// The 1-based place in his queue, among those of his channel.
    pub fn position(&self, waiter: Waiter) -> Option<u32> {
        let key = self.keys.get(&waiter)?;
        let queue = self.order.get(key)?.queue;
        let beside = |place: &Place| place.queue == queue && place.waiter.is_chat() == waiter.is_chat();
        Some(self.order.range(..=*key).filter(|(_, place)| beside(place)).count() as u32)
    }

    /// How many wait for a call in a queue.
    pub fn in_queue(&self, queue: usize) -> u32 {
        let calls = |place: &&Place| place.queue == queue && !place.waiter.is_chat();
        self.order.values().filter(calls).count() as u32
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: u128, secs: u64, queue: usize, priority: u8) -> Place {
        let waiter = Waiter::Call(CallId::mint(Time::ZERO, n));
        Place { waiter, queue, since: Time::from_micros(secs * 1_000_000), priority, passed: 0 }
    }

    #[test]
    fn the_oldest_request_first_and_priority_before_it() {
        let mut list = WaitingList::default();
        let (late, early, other, vip) =
            (place(1, 20_000, 0, 4), place(2, 19_999, 0, 4), place(3, 1, 1, 4), place(4, 20_050, 0, 5));
        for place in [late, early, other, vip] {
            assert!(list.join(place));
        }
        assert!(!list.join(late), "one place each");
        let order: Vec<Waiter> = list.iter().map(|place| place.waiter).collect();
        assert_eq!(order, [other.waiter, vip.waiter, early.waiter, late.waiter]);
        assert_eq!(list.position(late.waiter), Some(3));
        assert_eq!(list.position(other.waiter), Some(1));
        assert_eq!(list.in_queue(0), 3);
        assert!(list.leave(vip.waiter));
        assert!(!list.leave(vip.waiter));
        assert_eq!(list.position(late.waiter), Some(2));
        assert_eq!(list.len(), 3);
        assert!(!list.is_empty());
    }

    #[test]
    fn each_minute_counts_as_a_step_and_a_nuisance_is_last() {
        let mut list = WaitingList::default();
        let (normal, vip) = (place(1, 10_000, 0, 4), place(2, 10_179, 0, 7));
        let (later, nuisance) = (place(3, 10_181, 0, 7), place(4, 1, 0, NUISANCE));
        for place in [nuisance, later, normal, vip] {
            list.join(place);
        }
        let order: Vec<Waiter> = list.iter().map(|place| place.waiter).collect();
        assert_eq!(order, [vip.waiter, normal.waiter, later.waiter, nuisance.waiter]);
        assert_eq!(list.get(nuisance.waiter), Some(nuisance));
        assert_eq!(list.get(place(9, 0, 0, 4).waiter), None);
        assert!(list.rate(nuisance.waiter, 4) && !list.rate(nuisance.waiter, 4));
        assert!(list.rate(later.waiter, NUISANCE));
        let order: Vec<Waiter> = list.iter().map(|place| place.waiter).collect();
        assert_eq!(
            order,
            [nuisance.waiter, vip.waiter, normal.waiter, later.waiter],
            "by how long they have waited"
        );
    }
}
