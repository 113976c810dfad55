//! What is counted by intervals: a row for each of the last [`KEPT`] in which anything happened, and their sums; beside them rows of
//! hours and days, which go further back.

use crate::figures::{INTERVAL, Interval, KEPT, Past, Step};
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

/// What can be summed up.
pub(super) trait Row: Clone + Default {
    fn add(&mut self, other: &Self);
}

fn index(at: Time) -> u64 {
    at.as_secs() / INTERVAL.as_secs()
}

fn begin(index: u64) -> Time {
    Time::from_micros(index * INTERVAL.as_micros() as u64)
}

/// How much of a day has passed; never nothing.
pub(super) fn of_day(now: Time) -> Duration {
    let now_index = index(now);
    now.since(begin(now_index - now_index % KEPT)).max(Duration::from_micros(1))
}

/// Calls `with` for each part of a time that lies in one interval: when the part begins, and how long it is. What is longer ago than
/// hours are kept is left out.
pub(super) fn parted(from: Time, until: Time, mut with: impl FnMut(Time, Duration)) {
    let mut from = from.max(until - Step::Hour.length() * Step::Hour.kept() as u32);
    while from < until {
        let end = begin(index(from) + 1).min(until);
        with(from, end.since(from));
        from = end;
    }
}

/// Rows of one length in which anything happened, by their place since the epoch.
#[derive(Clone, Debug)]
struct Rows<T>(BTreeMap<u64, T>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows(BTreeMap::new())
    }
}

impl<T: Row> Rows<T> {
    /// Adds something to the row at `place`; of places so far behind the newest nothing is kept.
    fn add(&mut self, place: u64, kept: u64, what: &T) {
        let newest = self.0.last_key_value().map_or(place, |(newest, _)| place.max(*newest));
        if place + kept > newest {
            self.0.entry(place).or_default().add(what);
        }
        while self.0.first_key_value().is_some_and(|(oldest, _)| oldest + kept <= newest) {
            self.0.pop_first();
        }
    }

    /// The oldest first; `figures` is told how much of a row's time has passed.
    fn shown<F>(
        &self,
        now: Time,
        (from, to): (u64, u64),
        length: Duration,
        figures: impl Fn(&T, Duration) -> F,
    ) -> Vec<Interval<F>> {
        let rows = if from <= to { Some(self.0.range(from..=to)) } else { None };
        let shown = rows.into_iter().flatten().map(|(&place, row)| {
            let begin = Time::from_micros(place * length.as_micros() as u64);
            let passed = now.since(begin).clamp(Duration::from_micros(1), length);
            Interval { from: begin.rfc3339(), figures: figures(row, passed) }
        });
        shown.collect()
    }
}

/// The intervals of one queue, agent, pool or trunk in which anything happened, and its hours and days.
#[derive(Clone, Debug)]
pub(super) struct History<T> {
    quarters: Rows<T>,
    hours: Rows<T>,
    days: Rows<T>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        History { quarters: Rows::default(), hours: Rows::default(), days: Rows::default() }
    }
}

impl<T: Row> History<T> {
    /// Counts something that happened at `at`; too long ago: not at all.
    pub fn count(&mut self, at: Time, what: impl FnOnce(&mut T)) {
        let mut one = T::default();
        what(&mut one);
        self.quarters.add(index(at), KEPT, &one);
        let place = |step: Step| at.as_secs() / step.length().as_secs();
        self.hours.add(place(Step::Hour), Step::Hour.kept(), &one);
        self.days.add(place(Step::Day), Step::Day.kept(), &one);
    }

    /// Since midnight, UTC.
    pub fn today(&self, now: Time) -> T {
        let now = index(now);
        let mut sum = T::default();
        self.quarters.0.range(now - now % KEPT..=now).for_each(|(_, row)| sum.add(row));
        sum
    }

    /// The oldest first; `figures` is told how much of the interval has passed.
    pub fn intervals<F>(&self, now: Time, figures: impl Fn(&T, Duration) -> F) -> Vec<Interval<F>> {
        let current = index(now);
        self.quarters.shown(now, ((current + 1).saturating_sub(KEPT), current), INTERVAL, figures)
    }

    /// Rows of the past, as far as they are kept now; the oldest first.
    pub fn past<F>(&self, now: Time, past: Past, figures: impl Fn(&T, Duration) -> F) -> Vec<Interval<F>> {
        let (length, rows) = match past.by {
            Step::Hour => (past.by.length(), &self.hours),
            Step::Day => (past.by.length(), &self.days),
        };
        let a_day = Step::Day.length().as_secs() / length.as_secs();
        let current = now.as_secs() / length.as_secs();
        let from = (past.days.0.saturating_mul(a_day)).max((current + 1).saturating_sub(past.by.kept()));
        let to = past.days.1.saturating_add(1).saturating_mul(a_day).saturating_sub(1).min(current);
        rows.shown(now, (from, to), length, figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Count(u64);

    impl Row for Count {
        fn add(&mut self, other: &Self) {
            self.0 += other.0;
        }
    }

    #[test]
    fn hours_and_days_are_kept_for_so_long_and_no_longer() {
        let mut history = History::<Count>::default();
        let at = |day: u64| Time::from_micros((day * 86_400 + 3_600) * 1_000_000);
        for day in 0..100 {
            history.count(at(day), |row| row.0 += day);
            history.count(at(day), |row| row.0 += 1);
        }
        let past = |days, by| history.past(at(99), Past { days, by }, |row, _| row.0);
        let counts = |rows: Vec<Interval<u64>>| rows.iter().map(|row| row.figures).collect::<Vec<_>>();
        assert_eq!(counts(past((0, 500), Step::Day)), (11..=100).collect::<Vec<_>>());
        assert_eq!(counts(past((0, 500), Step::Hour)), (87..=100).collect::<Vec<_>>());
        assert_eq!(counts(past((20, 21), Step::Day)), [21, 22]);
        assert_eq!(past((98, 98), Step::Hour)[0].from, "1970-04-09T01:00:00.000Z");
        assert!(past((21, 20), Step::Day).is_empty() && past((0, 9), Step::Day).is_empty());
        assert_eq!(past((u64::MAX, u64::MAX), Step::Hour), []);
        // What comes out of order falls where it belongs, or out.
        history.count(at(9), |row| row.0 += 1_000);
        history.count(at(50), |row| row.0 += 1_000);
        let rows = history.past(at(99), Past { days: (0, 99), by: Step::Day }, |row, _| row.0);
        assert_eq!((rows.len(), rows[40].figures), (90, 1_051));
    }
}
