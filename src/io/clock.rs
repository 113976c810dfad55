//! The clock: the wall clock once, at start; the machine's own time from then on, which nobody sets.
//!
//! A wall clock that is set while we run never makes a call or a number expire at once (E15): forward it is followed slowly and only so
//! far, backwards not at all, and the rest is told.
#![allow(clippy::disallowed_methods)]

use nix::time::ClockId;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use warmline_time::Time;

/// How far behind the journal's last row the wall clock may be at a start.
const BEHIND: Duration = Duration::from_secs(3_600);
/// How often the wall clock is looked at.
pub const EVERY: Duration = Duration::from_secs(1);
/// Followed in steps of so much: time is never faster than by a twentieth, in microseconds.
const STEP: u64 = 50_000;
/// A wall clock that is further away is not followed, in microseconds.
const FOLLOWED: i64 = 60_000_000;

/// Reads time as every machine of the program is given it. Copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Time,
    /// By [`machine`].
    started: Duration,
    /// What the wall clock was followed since, in microseconds.
    followed: &'static AtomicU64,
}

/// The wall clock, and the moment of the journal's last row that it is far behind of.
#[derive(Debug, PartialEq)]
pub struct IsBehind {
    wall: Time,
    last: Time,
}

impl Clock {
    /// Reads the wall clock. `last` is the last moment the journal knows: a wall clock that was set back by less than an hour does not take
    /// us behind it, and any where `behind` allows it.
    pub fn start(last: Time, behind: bool) -> Result<Self, IsBehind> {
        let wall = wall();
        if wall + BEHIND < last && !behind {
            return Err(IsBehind { wall, last });
        }
        Ok(Clock { origin: wall.max(last), started: machine(), followed: Box::leak(Box::default()) })
    }

    /// Now.
    pub fn now(&self) -> Time {
        let followed = Duration::from_micros(self.followed.load(Ordering::Relaxed));
        self.origin + machine().saturating_sub(self.started) + followed
    }

    /// How long until `at`; zero if it is past.
    pub fn until(&self, at: Time) -> Duration {
        at.since(self.now())
    }

    /// Goes a step after the wall clock, [`EVERY`] second. How far it is ahead (behind: negative), in microseconds.
    pub fn follow(&self) -> i64 {
        let away = wall().as_micros() as i64 - self.now().as_micros() as i64;
        self.followed.fetch_add(step(away), Ordering::Relaxed);
        away
    }
}

impl std::fmt::Display for IsBehind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IsBehind { wall, last } = self;
        let (wall, last) = (wall.rfc3339(), last.rfc3339());
        write!(
            formatter,
            "the machine's clock says {wall}, and the journal's last row is of {last}. Set the clock; or, where the journal is \
             wrong, start with --clock-behind: time then goes on from that row"
        )
    }
}

/// The wall clock.
pub fn wall() -> Time {
    Time::from_micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64)
}

/// Since the machine was started, with what it slept.
fn machine() -> Duration {
    // There since Linux 2.6.39; it cannot fail.
    ClockId::CLOCK_BOOTTIME.now().map(Duration::from).unwrap_or_default()
}

fn step(away: i64) -> u64 {
    if (0..=FOLLOWED).contains(&away) { STEP.min(away as u64) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e15_a_clock_that_is_set_is_followed_slowly_forward_and_never_back() {
        assert_eq!([0, 20_000, 50_001, 60_000_000].map(step), [0, 20_000, STEP, STEP]);
        assert_eq!([-1, -60_000_000, 60_000_001, i64::MAX].map(step), [0; 4]);
    }

    #[test]
    fn e15_a_start_is_never_behind_the_journal() {
        let hours = |hours: u64| wall() + Duration::from_secs(hours * 3_600) + Duration::from_secs(1);
        let (soon, late) = (hours(0), hours(1));
        assert!(Clock::start(soon, false).unwrap().now() >= soon);
        let refused = Clock::start(late, false).unwrap_err();
        assert_eq!(refused.last, late);
        assert!(Clock::start(late, true).unwrap().now() >= late);
    }
}
