//! The clock: the wall clock once, at start; the machine's own time from then on, which nobody sets.
//!
//! A wall clock that is set while we run never makes a call or a number expire at once (E15): it is followed slowly, either way, and only so
//! far. While it is far away nobody is dialled (`Firms::handle_clock`), and the rest is told.
#![allow(clippy::disallowed_methods)]

use nix::time::ClockId;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use warmline_time::Time;

/// How often the wall clock is looked at.
pub const EVERY: Duration = Duration::from_secs(1);
/// So much slower or faster time is while it follows: a twentieth.
const PACE: u32 = 20;
/// A wall clock that is further away is not followed; a start so far behind the journal's last row is refused.
const FOLLOWED: Duration = Duration::from_secs(3_600);
/// Hours are not to be told from a clock that is so far from the wall's.
const OFF: Duration = Duration::from_secs(60);

/// Reads time as every machine of the program is given it. Copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock(&'static RwLock<Line>);

/// How time goes on from a moment.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// By [`machine`].
    from: Duration,
    time: Time,
    /// The wall clock is ahead by so much, or behind, in microseconds.
    away: i64,
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
        if wall + FOLLOWED < last && !behind {
            return Err(IsBehind { wall, last });
        }
        let time = wall.max(last);
        let line = Line { from: machine(), time, away: apart(wall, time) };
        Ok(Clock(Box::leak(Box::new(RwLock::new(line)))))
    }

    fn line(&self) -> Line {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now.
    pub fn now(&self) -> Time {
        self.line().at(machine())
    }

    /// How long until `at`; zero if it is past.
    pub fn until(&self, at: Time) -> Duration {
        at.since(self.now())
    }

    /// Looks at the wall clock, to go after it until the next look. How far it is ahead (behind: negative), in microseconds.
    pub fn follow(&self) -> i64 {
        let mut line = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let from = machine();
        let time = line.at(from);
        *line = Line { from, time, away: apart(wall(), time) };
        line.away
    }

    /// The wall clock is so far away that hours would be others.
    pub fn is_off(&self) -> bool {
        Duration::from_micros(self.line().away.unsigned_abs()) > OFF
    }
}

impl Line {
    fn at(&self, machine: Duration) -> Time {
        let passed = machine.saturating_sub(self.from);
        let away = Duration::from_micros(self.away.unsigned_abs());
        let step = if away > FOLLOWED { Duration::ZERO } else { away.min(passed / PACE) };
        if self.away < 0 { self.time + passed.saturating_sub(step) } else { self.time + passed + step }
    }
}

impl std::fmt::Display for IsBehind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IsBehind { wall, last } = self;
        let (wall, last) = (wall.rfc3339(), last.rfc3339());
        write!(
            formatter,
            "the machine's clock says {wall}, and the journal's last row is of {last}. Set the clock; or, where the journal is \
             wrong, start with --clock-behind: time then goes on from that row, and nobody is called until the clock has come there"
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

fn apart(wall: Time, time: Time) -> i64 {
    wall.as_micros() as i64 - time.as_micros() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e15_a_clock_that_is_set_is_followed_slowly_and_time_never_goes_back() {
        let start = Duration::from_secs(1_000);
        let line = |away: i64| Line { from: start, time: Time::ZERO, away };
        let after = |away: i64, millis: u64| line(away).at(start + Duration::from_millis(millis)).as_micros();
        assert_eq!(after(10_000_000, 1_000), 1_050_000);
        assert_eq!(after(-10_000_000, 1_000), 950_000);
        assert_eq!(
            (after(20_000, 1_000), after(-20_000, 1_000)),
            (1_020_000, 980_000),
            "no further than it is"
        );
        for away in [i64::MAX / 2, i64::MIN / 2, 3_600_000_001, -3_600_000_001] {
            assert_eq!(after(away, 1_000), 1_000_000, "it is too far away");
        }
        let times: Vec<u64> = (0..2_000).map(|millis| after(-50_000, millis)).collect();
        assert!(times.is_sorted());
    }

    #[test]
    fn e15_a_start_is_never_behind_the_journal_and_knows_that_it_is_off() {
        let in_secs = |secs: u64| wall() + Duration::from_secs(secs);
        let (soon, late) = (in_secs(1), in_secs(3_601));
        let clock = Clock::start(soon, false).unwrap();
        assert!(clock.now() >= soon && !clock.is_off());
        assert!(Clock::start(in_secs(3_000), false).unwrap().is_off(), "nobody is called by such a clock");
        let refused = Clock::start(late, false).unwrap_err();
        assert_eq!(refused.last, late);
        let clock = Clock::start(late, true).unwrap();
        assert!(clock.now() >= late && clock.is_off());
    }
}
