//! Which number of ours is shown to whom is called (C13): the same for a day, so that who calls it back is known by both numbers.

use crate::ids::ReservationId;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// How long a called number and the one that it was shown belong together.
pub(crate) const BOUND: Duration = Duration::from_secs(24 * 3600);
/// Called numbers that are remembered at most; the oldest go first.
const KEPT: usize = 100_000;

/// The numbers that were shown, by who was called.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    by_called: HashMap<String, Row>,
    order: VecDeque<(Time, String)>,
    /// When each of ours was used last, in the order of use.
    used: HashMap<String, u64>,
    next: u64,
}

#[derive(Debug)]
struct Row {
    shown: String,
    until: Time,
    reservation: ReservationId,
}

impl Shown {
    /// What to show to a number: what it was shown before, otherwise the one of these that was used least recently.
    pub fn choose<'a>(
        &self,
        now: Time,
        called: &str,
        own: impl Iterator<Item = &'a String>,
    ) -> Option<String> {
        let before = self.by_called.get(called).filter(|row| now < row.until).map(|row| &row.shown);
        let own: Vec<&String> = own.collect();
        let kept = before.filter(|shown| own.contains(shown));
        let least = || own.iter().copied().min_by_key(|number| self.used.get(*number).copied().unwrap_or(0));
        kept.or_else(least).cloned()
    }

    /// It was shown, for this request.
    pub fn bind(&mut self, now: Time, called: &str, shown: &str, reservation: ReservationId) {
        self.next += 1;
        self.used.insert(shown.to_owned(), self.next);
        let until = now + BOUND;
        let row = Row { shown: shown.to_owned(), until, reservation };
        self.by_called.insert(called.to_owned(), row);
        self.order.push_back((until, called.to_owned()));
        while self.order.front().is_some_and(|row| row.0 <= now) || self.order.len() > KEPT {
            let Some((until, called)) = self.order.pop_front() else { return };
            if self.by_called.get(&called).is_some_and(|row| row.until == until) {
                self.by_called.remove(&called);
            }
        }
    }

    /// For which request this number was called and saw that one of ours.
    pub fn find(&self, now: Time, shown: &str, called: &str) -> Option<ReservationId> {
        let row = self.by_called.get(called).filter(|row| now < row.until && row.shown == shown)?;
        Some(row.reservation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_and_then_the_same_for_a_day() {
        let own: Vec<String> = ["+49301", "+49302"].map(str::to_owned).into();
        let mut shown = Shown::default();
        let id = |n| ReservationId::mint(Time::ZERO, n);
        let choose = |shown: &Shown, now, called: &str| shown.choose(now, called, own.iter()).unwrap();
        let now = Time::from_micros(1);
        assert_eq!(choose(&shown, now, "a"), own[0]);
        shown.bind(now, "a", &own[0], id(1));
        assert_eq!(choose(&shown, now, "b"), own[1]);
        shown.bind(now, "b", &own[1], id(2));
        assert_eq!((choose(&shown, now, "a"), choose(&shown, now, "c")), (own[0].clone(), own[0].clone()));
        assert_eq!(shown.find(now, &own[0], "a"), Some(id(1)));
        assert_eq!((shown.find(now, &own[1], "a"), shown.find(now, &own[0], "c")), (None, None));
        let tomorrow = now + BOUND;
        assert_eq!(shown.find(tomorrow, &own[0], "a"), None);
        shown.bind(tomorrow, "c", &own[1], id(3));
        assert_eq!((shown.by_called.len(), shown.order.len()), (1, 1), "what is over is forgotten");
        assert_eq!(choose(&shown, tomorrow, "a"), own[0]);
    }
}
