//! Which number of ours is shown to whom is called (C13): the same for a day, so that who calls it back is known by both numbers.

use crate::ids::ReservationId;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// How long a called number and one that it was shown belong together.
pub(crate) const BOUND: Duration = Duration::from_secs(24 * 3600);
/// Pairs of numbers that are remembered at most; the oldest go first.
const KEPT: usize = 100_000;

/// The numbers that were shown, by who was called: each for a day of its own, since he may call any of them back.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The latest last.
    by_called: HashMap<String, Vec<Row>>,
    /// Until when somebody may call which of ours back.
    out: HashMap<String, Time>,
    order: VecDeque<(Time, String)>,
}

#[derive(Debug)]
struct Row {
    shown: String,
    until: Time,
    reservation: ReservationId,
}

impl Shown {
    /// What a number was shown last within the day, of those that are meant.
    pub fn before(&self, now: Time, called: &str, meant: impl Fn(&str) -> bool) -> Option<&String> {
        let rows = self.by_called.get(called)?.iter().rev();
        rows.filter(|row| now < row.until).map(|row| &row.shown).find(|shown| meant(shown))
    }

    /// It was shown, for this request.
    pub fn bind(&mut self, now: Time, called: &str, shown: &str, reservation: ReservationId) {
        let until = now + BOUND;
        self.out.insert(shown.to_owned(), until);
        let rows = self.by_called.entry(called.to_owned()).or_default();
        rows.retain(|row| row.shown != shown);
        rows.push(Row { shown: shown.to_owned(), until, reservation });
        self.order.push_back((until, called.to_owned()));
        while self.order.front().is_some_and(|row| row.0 <= now) || self.order.len() > KEPT {
            let Some((until, called)) = self.order.pop_front() else { return };
            let Some(rows) = self.by_called.get_mut(&called) else { continue };
            rows.retain(|row| row.until != until);
            if rows.is_empty() {
                self.by_called.remove(&called);
            }
        }
    }

    /// Whether somebody has seen this number of ours within the day, and may call it back.
    pub fn is_out(&self, now: Time, shown: &str) -> bool {
        self.out.get(shown).is_some_and(|&until| now < until)
    }

    /// For which request this number was called and saw that one of ours.
    pub fn find(&self, now: Time, shown: &str, called: &str) -> Option<ReservationId> {
        let fits = |row: &&Row| now < row.until && row.shown == shown;
        Some(self.by_called.get(called)?.iter().find(fits)?.reservation)
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
        let before = |shown: &Shown, at, called: &str| shown.before(at, called, |_| true).cloned();
        assert_eq!(before(&shown, now, "a"), None);
        shown.bind(now, "a", &own[0], id(1));
        shown.bind(now, "b", &own[1], id(2));
        assert_eq!(before(&shown, now, "a"), Some(own[0].clone()));
        assert_eq!(before(&shown, now, "b"), Some(own[1].clone()));
        assert_eq!(shown.find(now, &own[0], "a"), Some(id(1)));
        assert_eq!((shown.find(now, &own[1], "a"), shown.find(now, &own[0], "c")), (None, None));
        assert!(shown.is_out(now, &own[0]) && !shown.is_out(now, "+49303"));
        let tomorrow = now + BOUND;
        assert!(!shown.is_out(tomorrow, &own[0]));
        assert_eq!((shown.find(tomorrow, &own[0], "a"), before(&shown, tomorrow, "a")), (None, None));
        shown.bind(tomorrow, "c", &own[1], id(3));
        assert_eq!((shown.by_called.len(), shown.order.len()), (1, 1), "what is over is forgotten");
    }

    #[test]
    fn who_saw_two_numbers_of_ours_is_known_by_either() {
        let (one, two) = ("+49301", "+49302");
        let mut shown = Shown::default();
        let id = |n| ReservationId::mint(Time::ZERO, n);
        let at = |secs| Time::from_micros(1) + Duration::from_secs(secs);
        shown.bind(at(0), "a", one, id(1));
        shown.bind(at(60), "a", two, id(2));
        assert_eq!((shown.find(at(61), one, "a"), shown.find(at(61), two, "a")), (Some(id(1)), Some(id(2))));
        assert_eq!(shown.before(at(61), "a", |_| true).unwrap(), two, "the latest");
        assert_eq!(shown.before(at(61), "a", |shown| shown == one).unwrap(), one, "of those that are meant");
        shown.bind(at(120), "a", one, id(3));
        assert_eq!(shown.find(at(86_400 + 61), one, "a"), Some(id(3)), "shown once more");
        shown.bind(at(86_400 + 61), "b", one, id(4));
        assert_eq!((shown.by_called["a"].len(), shown.order.len()), (1, 2), "each has a day of its own");
    }
}
