//! The clock: the wall clock once, at start; the machine's own time from then on, which nobody sets.
//!
//! A wall clock that is set while we run never makes a call or a number expire at once (E15): it is followed slowly, either way, and only so
//! far. While it is far away nobody is dialled (`Firms::handle_clock`), and the rest is told.
#![allow(clippy::disallowed_methods)]

use nix::time::ClockId;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering, fence};
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
pub struct Clock(&'static Lines);

/// How time goes on from a moment.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// By [`machine`].
    from: Duration,
    time: Time,
    /// The wall clock is ahead by so much, or behind, in microseconds.
    away: i64,
}

/// The line that holds, and the one before it: media reads time for each packet, and so without a lock. One task writes.
#[derive(Debug, Default)]
struct Lines {
    /// How many there were; the last one is in this place modulo two.
    count: AtomicUsize,
    slots: [Slot; 2],
}

/// A [`Line`], in microseconds.
#[derive(Debug, Default)]
struct Slot {
    from: AtomicU64,
    time: AtomicU64,
    away: AtomicI64,
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
        let lines: &Lines = Box::leak(Box::default());
        lines.set(line);
        Ok(Clock(lines))
    }

    /// Now.
    pub fn now(&self) -> Time {
        self.0.get().at(machine())
    }

    /// How long until `at`; zero if it is past.
    pub fn until(&self, at: Time) -> Duration {
        at.since(self.now())
    }

    /// Looks at the wall clock, to go after it until the next look. How far it is ahead (behind: negative), in microseconds.
    pub fn follow(&self) -> i64 {
        let from = machine();
        let time = self.0.get().at(from);
        let away = apart(wall(), time);
        self.0.set(Line { from, time, away });
        away
    }

    /// The wall clock is so far away that hours would be others.
    pub fn is_off(&self) -> bool {
        Duration::from_micros(self.0.get().away.unsigned_abs()) > OFF
    }
}

impl Lines {
    /// The next one; by one thread at a time.
    fn set(&self, line: Line) {
        let next = self.count.load(Ordering::Relaxed) + 1;
        let slot = &self.slots[next % 2];
        // Whoever reads what is written from here on finds out that his line is an old one.
        fence(Ordering::Release);
        slot.from.store(line.from.as_micros() as u64, Ordering::Relaxed);
        slot.time.store(line.time.as_micros(), Ordering::Relaxed);
        slot.away.store(line.away, Ordering::Relaxed);
        self.count.store(next, Ordering::Release);
    }

    fn get(&self) -> Line {
        loop {
            let count = self.count.load(Ordering::Acquire);
            let slot = &self.slots[count % 2];
            let line = Line {
                from: Duration::from_micros(slot.from.load(Ordering::Relaxed)),
                time: Time::from_micros(slot.time.load(Ordering::Relaxed)),
                away: slot.away.load(Ordering::Relaxed),
            };
            fence(Ordering::Acquire);
            if self.count.load(Ordering::Relaxed) == count {
                return line;
            }
        }
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
    fn lines_are_read_whole_while_others_are_set() {
        let lines = Lines::default();
        let line =
            |n: u64| Line { from: Duration::from_micros(n), time: Time::from_micros(n), away: n as i64 };
        lines.set(line(1));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut last = 0;
                while last < 100_000 {
                    let Line { from, time, away } = lines.get();
                    assert_eq!((from.as_micros() as u64, time.as_micros()), (away as u64, away as u64));
                    assert!(away >= last, "no older one");
                    last = away;
                }
            });
            (2..=100_000).for_each(|n| lines.set(line(n)));
            reader.join().unwrap();
        });
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
