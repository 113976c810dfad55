//! A pool's numbers by intervals: how many were in use, who got one, whose calls came to them.

use super::history::{History, Row, of_day, parted};
use super::kept::interval;
use crate::figures::{Hundredths, Interval, Past, PoolFigures, PoolTotals};
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

/// What is counted of a pool, one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PoolEvent {
    /// A request got a number of its own.
    Given,
    /// It got the shared one, with a PIN.
    Shared,
    /// None was free.
    Dry,
    /// A call came to a number: the holder's, the last holder's, one that has to prove whose it is, or nobody's.
    Exact,
    Recent,
    Ambiguous,
    Unmatched,
    /// Somebody's time with a number was over and he had not called.
    Unused,
    /// A number was given back after so long.
    Back(Duration),
}

#[derive(Clone, Default, Debug)]
struct PoolRow {
    /// Each number's time in use, together; microseconds.
    in_use: u128,
    peak: u64,
    given: u64,
    shared: u64,
    dry: u64,
    exact: u64,
    recent: u64,
    ambiguous: u64,
    unmatched: u64,
    unused: u64,
    back: u64,
    held: Duration,
}

impl Row for PoolRow {
    fn add(&mut self, other: &Self) {
        self.in_use += other.in_use;
        self.peak = self.peak.max(other.peak);
        self.given += other.given;
        self.shared += other.shared;
        self.dry += other.dry;
        self.exact += other.exact;
        self.recent += other.recent;
        self.ambiguous += other.ambiguous;
        self.unmatched += other.unmatched;
        self.unused += other.unused;
        self.back += other.back;
        self.held += other.held;
    }
}

impl PoolRow {
    fn figures(&self, passed: Duration) -> PoolFigures {
        PoolFigures {
            in_use_peak: self.peak,
            in_use_mean: Hundredths::of(self.in_use, passed.as_micros()),
            given: self.given,
            shared: self.shared,
            dry: self.dry,
            matched_exact: self.exact,
            matched_recent: self.recent,
            ambiguous: self.ambiguous,
            unmatched: self.unmatched,
            expired_unused: self.unused,
            hold_secs: super::mean_secs(self.held, self.back),
        }
    }
}

/// One pool.
#[derive(Clone, Default, Debug)]
pub(super) struct PoolLine {
    history: History<PoolRow>,
    /// How many numbers are in use, since when that is not in the history yet.
    taken: u64,
    booked: Time,
    given: u64,
    dry: u64,
    /// What no row of the journal says yet, by intervals: [`KEPT`].
    unkept: BTreeMap<u64, [u64; KEPT.len()]>,
}

/// What the journal does not say by itself.
const KEPT: [PoolEvent; 5] =
    [PoolEvent::Dry, PoolEvent::Exact, PoolEvent::Recent, PoolEvent::Ambiguous, PoolEvent::Unmatched];

impl PoolLine {
    /// So many numbers are in use from now on.
    pub fn takes(&mut self, now: Time, taken: u64) {
        if self.taken == taken {
            return;
        }
        self.book(now);
        self.taken = taken;
        self.history.count(now, |row| row.peak = row.peak.max(taken));
    }

    pub fn count(&mut self, now: Time, event: PoolEvent) {
        self.given += u64::from(event == PoolEvent::Given);
        self.dry += u64::from(event == PoolEvent::Dry);
        if let Some(place) = KEPT.iter().position(|kept| *kept == event) {
            self.unkept.entry(interval(now)).or_default()[place] += 1;
        }
        self.add(now, event, 1);
    }

    /// What was counted since it was asked for last.
    pub fn take_unkept(&mut self) -> BTreeMap<u64, [u64; KEPT.len()]> {
        std::mem::take(&mut self.unkept)
    }

    /// It was counted before the restart.
    pub fn kept(&mut self, at: Time, counts: [u64; KEPT.len()]) {
        for (event, count) in KEPT.into_iter().zip(counts).filter(|row| row.1 > 0) {
            self.add(at, event, count);
        }
    }

    fn add(&mut self, at: Time, event: PoolEvent, count: u64) {
        self.history.count(at, |row| match event {
            PoolEvent::Given => row.given += count,
            PoolEvent::Shared => row.shared += count,
            PoolEvent::Dry => row.dry += count,
            PoolEvent::Exact => row.exact += count,
            PoolEvent::Recent => row.recent += count,
            PoolEvent::Ambiguous => row.ambiguous += count,
            PoolEvent::Unmatched => row.unmatched += count,
            PoolEvent::Unused => row.unused += count,
            PoolEvent::Back(held) => {
                row.back += 1;
                row.held += held;
            }
        });
    }

    /// Counters begin here.
    pub fn starts(&mut self) {
        (self.given, self.dry) = (0, 0);
    }

    pub fn today(&mut self, now: Time) -> PoolFigures {
        self.book(now);
        self.history.today(now).figures(of_day(now))
    }

    /// Up to when the day was asked for last.
    pub fn intervals(&self, now: Time) -> Vec<Interval<PoolFigures>> {
        self.history.intervals(now, PoolRow::figures)
    }

    pub fn past(&mut self, now: Time, past: Past) -> Vec<Interval<PoolFigures>> {
        self.book(now);
        self.history.past(now, past, PoolRow::figures)
    }

    pub fn totals(&mut self, now: Time, pool: &str, numbers: u64) -> PoolTotals {
        let (pool, in_use, given, dry) = (pool.to_owned(), self.taken, self.given, self.dry);
        PoolTotals { pool, numbers, in_use, given, dry, today: self.today(now) }
    }

    fn book(&mut self, now: Time) {
        let from = std::mem::replace(&mut self.booked, now);
        let taken = self.taken;
        if taken > 0 {
            parted(from, now, |at, took| {
                self.history.count(at, |row| {
                    row.in_use += took.as_micros() * u128::from(taken);
                    row.peak = row.peak.max(taken);
                });
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_micros(secs * 1_000_000)
    }

    #[test]
    fn numbers_in_use_are_weighted_by_their_time() {
        let mut pool = PoolLine::default();
        pool.takes(at(900), 2);
        pool.takes(at(1_200), 4);
        pool.takes(at(1_350), 0);
        pool.takes(at(1_700), 1);
        let day = pool.today(at(2_700));
        // 2 × 300 + 4 × 150 + 1 × 1000 in 2,700 s.
        assert_eq!((day.in_use_peak, day.in_use_mean.as_f64()), (4, 0.81));
        let rows: Vec<_> = pool
            .intervals(at(2_700))
            .iter()
            .map(|row| (row.figures.in_use_peak, row.figures.in_use_mean.as_f64()))
            .collect();
        assert_eq!(rows, [(4, 1.44), (1, 1.0)]);
        // In the middle of an interval: of what has passed.
        assert_eq!(pool.today(at(3_600)).in_use_peak, 4);
        assert_eq!(pool.intervals(at(3_600)).last().map(|row| row.figures.in_use_mean.as_f64()), Some(1.0));
    }
}
