//! What is counted by intervals: a row for each of the last [`KEPT`] in which anything happened, and their sums.

use crate::figures::{INTERVAL, Interval, KEPT};
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
/// intervals are kept is left out.
pub(super) fn parted(from: Time, until: Time, mut with: impl FnMut(Time, Duration)) {
    let mut from = from.max(until - INTERVAL * KEPT as u32);
    while from < until {
        let end = begin(index(from) + 1).min(until);
        with(from, end.since(from));
        from = end;
    }
}

/// The intervals of one queue, agent, pool or trunk in which anything happened.
#[derive(Clone, Default, Debug)]
pub(super) struct History<T>(BTreeMap<u64, T>);

impl<T: Row> History<T> {
    /// Counts something that happened at `at`; too long ago: not at all.
    pub fn count(&mut self, at: Time, what: impl FnOnce(&mut T)) {
        let now = index(at);
        let newest = self.0.last_key_value().map_or(now, |(newest, _)| now.max(*newest));
        if now + KEPT > newest {
            what(self.0.entry(now).or_default());
        }
        while self.0.first_key_value().is_some_and(|(oldest, _)| oldest + KEPT <= newest) {
            self.0.pop_first();
        }
    }

    /// Since midnight, UTC.
    pub fn today(&self, now: Time) -> T {
        let now = index(now);
        let mut sum = T::default();
        self.0.range(now - now % KEPT..=now).for_each(|(_, row)| sum.add(row));
        sum
    }

    /// The oldest first; `figures` is told how much of the interval has passed.
    pub fn intervals<F>(&self, now: Time, figures: impl Fn(&T, Duration) -> F) -> Vec<Interval<F>> {
        let current = index(now);
        let kept = self.0.range((current + 1).saturating_sub(KEPT)..=current);
        kept.map(|(&index, row)| {
            let passed = now.since(begin(index)).clamp(Duration::from_micros(1), INTERVAL);
            Interval { from: begin(index).rfc3339(), figures: figures(row, passed) }
        })
        .collect()
    }
}
