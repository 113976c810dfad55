//! The crate's one look at the clock.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use warmline_time::Time;

static PROGRAMS: OnceLock<Box<dyn Fn() -> Time + Send + Sync>> = OnceLock::new();

/// From here on time is what the program's clock says; once.
pub fn go_by(clock: impl Fn() -> Time + Send + Sync + 'static) {
    PROGRAMS.get_or_init(|| Box::new(clock));
}

/// Now, by the program's clock; without one, the wall clock at the first call and monotonic from then on.
pub(crate) fn now() -> Time {
    PROGRAMS.get().map_or_else(own, |clock| clock())
}

#[allow(clippy::disallowed_methods)]
fn own() -> Time {
    static START: OnceLock<(Time, Instant)> = OnceLock::new();
    let (wall, instant) = START.get_or_init(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Time::from_micros(since_epoch.as_micros() as u64), Instant::now())
    });
    *wall + instant.elapsed()
}
