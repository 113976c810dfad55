//! The clock: the wall clock once, at start; monotonic time from then on.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use warmline_time::Time;

/// Reads time as every machine of the program is given it. Copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Time,
    started: Instant,
}

impl Clock {
    /// Reads the wall clock. `not_before` is the last moment the journal knows: a wall clock that was set back does not
    /// take us behind it.
    pub fn start(not_before: Time) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let origin = Time::from_micros(wall.as_micros() as u64).max(not_before);
        Clock { origin, started: Instant::now() }
    }

    /// Now.
    pub fn now(&self) -> Time {
        self.origin + self.started.elapsed()
    }

    /// How long until `at`; zero if it is past.
    pub fn until(&self, at: Time) -> Duration {
        at.since(self.now())
    }
}
