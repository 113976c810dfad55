//! The crate's one look at the clock.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use warmline_time::Time;

/// Now: the wall clock at the first call, monotonic from then on.
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Time {
    static START: OnceLock<(Time, Instant)> = OnceLock::new();
    let (wall, instant) = START.get_or_init(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Time::from_micros(since_epoch.as_micros() as u64), Instant::now())
    });
    *wall + instant.elapsed()
}
