//! Time and timers: the only thing the sans-IO crates share.
//!
//! No crate but `src/io` and `web/server` reads a clock. Everything else is handed a [`Time`].

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment: microseconds since the Unix epoch.
///
/// `io` reads the wall clock once, at start, and adds monotonic time from then on: within a process a `Time`
/// never goes back, and a stored one means the same after a restart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The Unix epoch; simulations start here.
    pub const ZERO: Time = Time(0);

    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Time(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// RFC 3339 in UTC with milliseconds, as the interfaces show it: `2026-11-22T10:05:00.000Z`.
    pub fn rfc3339(self) -> String {
        let secs = self.as_secs();
        let (year, month, day) = civil_from_days((secs / 86_400) as i64);
        let rest = secs % 86_400;
        // Views are full of these: written digit by digit, they cost a tenth of what `format!` takes.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[..4], year.clamp(0, 9_999) as u64);
        put(&mut text[5..7], u64::from(month));
        put(&mut text[8..10], u64::from(day));
        put(&mut text[11..13], rest / 3600);
        put(&mut text[14..16], rest / 60 % 60);
        put(&mut text[17..19], rest % 60);
        put(&mut text[20..23], self.0 / 1000 % 1000);
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A number into its place, with leading zeros.
fn put(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Days since 1970-01-01 to a Gregorian date, by eras of 400 years that begin on 1 March.
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, by: Duration) -> Time {
        Time(self.0.saturating_add(by.as_micros() as u64))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, by: Duration) -> Time {
        Time(self.0.saturating_sub(by.as_micros() as u64))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A table of named timers: one deadline a key, the earliest first.
///
/// Setting, cancelling and taking the next are O(log n); nothing scans all rows.
#[derive(Debug, Clone)]
pub struct Timers<K> {
    rows: HashMap<K, (Time, u64)>,
    order: BTreeSet<(Time, u64, K)>,
    next: u64,
}

impl<K: Copy + Eq + Ord + Hash> Default for Timers<K> {
    fn default() -> Self {
        Timers { rows: HashMap::new(), order: BTreeSet::new(), next: 0 }
    }
}

impl<K: Copy + Eq + Ord + Hash> Timers<K> {
    /// Sets the timer `key` to `at`, in place of an earlier deadline of the same key.
    pub fn set(&mut self, key: K, at: Time) {
        self.cancel(key);
        self.rows.insert(key, (at, self.next));
        self.order.insert((at, self.next, key));
        self.next += 1;
    }

    /// Takes the timer `key` away; nothing happens if it is not set.
    pub fn cancel(&mut self, key: K) {
        if let Some((at, order)) = self.rows.remove(&key) {
            self.order.remove(&(at, order, key));
        }
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Time> {
        self.order.first().map(|row| row.0)
    }

    /// Takes one timer that is due at `now`, the earliest first, in the order they were set where equal.
    pub fn pop(&mut self, now: Time) -> Option<K> {
        let &(at, order, key) = self.order.first()?;
        if at > now {
            return None;
        }
        self.order.remove(&(at, order, key));
        self.rows.remove(&key);
        Some(key)
    }

    /// The deadline of `key`.
    pub fn get(&self, key: K) -> Option<Time> {
        self.rows.get(&key).map(|row| row.0)
    }

    /// How many timers are set.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no timer is set.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_dates_as_the_calendar_has_them() {
        assert_eq!(Time::ZERO.rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time::from_micros(951_827_696_789_000).rfc3339(), "2000-02-29T12:34:56.789Z");
        assert_eq!(Time::from_micros(1_795_341_900_000_000).rfc3339(), "2026-11-22T10:05:00.000Z");
    }

    #[test]
    fn fires_in_order_and_once() {
        let mut timers = Timers::default();
        timers.set('b', Time::from_micros(2));
        timers.set('a', Time::from_micros(1));
        timers.set('c', Time::from_micros(2));
        timers.set('a', Time::from_micros(3));
        timers.set('d', Time::from_micros(1));
        timers.cancel('d');
        assert_eq!(timers.next(), Some(Time::from_micros(2)));
        let now = Time::from_micros(3);
        assert_eq!(
            [timers.pop(now), timers.pop(now), timers.pop(now), timers.pop(now)],
            [Some('b'), Some('c'), Some('a'), None]
        );
        assert!(timers.is_empty());
    }
}
