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
}

#[derive(Debug)]
struct Row {
    shown: String,
    until: Time,
    reservation: ReservationId,
}

impl Shown {
    /// What a number was shown within the day.
    pub fn before(&self, now: Time, called: &str) -> Option<&String> {
        self.by_called.get(called).filter(|row| now < row.until).map(|row| &row.shown)
    }

    /// It was shown, for this request.
    pub fn bind(&mut self, now: Time, called: &str, shown: &str, reservation: ReservationId) {
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
    fn the_same_for_a_day() {
        let own: Vec<String> = ["+49301", "+49302"].map(str::to_owned).into();
        let mut shown = Shown::default();
        let id = |n| ReservationId::mint(Time::ZERO, n);
        let now = Time::from_micros(1);
        assert_eq!(shown.before(now, "a"), None);
        shown.bind(now, "a", &own[0], id(1));
        shown.bind(now, "b", &own[1], id(2));
        assert_eq!((shown.before(now, "a"), shown.before(now, "b")), (Some(&own[0]), Some(&own[1])));
        assert_eq!(shown.find(now, &own[0], "a"), Some(id(1)));
        assert_eq!((shown.find(now, &own[1], "a"), shown.find(now, &own[0], "c")), (None, None));
        let tomorrow = now + BOUND;
        assert_eq!((shown.find(tomorrow, &own[0], "a"), shown.before(tomorrow, "a")), (None, None));
        shown.bind(tomorrow, "c", &own[1], id(3));
        assert_eq!((shown.by_called.len(), shown.order.len()), (1, 1), "what is over is forgotten");
    }
}
