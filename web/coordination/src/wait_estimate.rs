//! How long it may take: from the mean handling time, the agents at work and the place in the queue (G p. 16).

use crate::view::Wait;
use std::time::Duration;

/// Assumed before anything was measured.
const INITIAL: f64 = 180.0;
/// Weight of the newest call in the mean.
const WEIGHT: f64 = 0.1;
/// No estimate is longer.
const MOST: f64 = 3600.0;

/// The running mean of how long an agent is taken by one contact, talk and wrap-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handling {
    mean_secs: f64,
}

impl Default for Handling {
    fn default() -> Self {
        Handling { mean_secs: INITIAL }
    }
}

impl Handling {
    /// One more contact was handled.
    pub fn learn(&mut self, took: Duration) {
        self.mean_secs += WEIGHT * (took.as_secs_f64() - self.mean_secs);
    }

    /// For the `position`-th in line (from 1) with `agents` serving. The k-th of those waiting is served after k departures
    /// of a process with rate `agents / mean`: an Erlang-k time, whose quantiles are taken by Wilson and Hilferty.
    pub fn estimate(&self, position: u32, agents: u32) -> Wait {
        if position == 0 {
            return Wait::default();
        }
        if agents == 0 {
            return Wait { p50_secs: (MOST / 2.0) as u32, p90_secs: MOST as u32 };
        }
        let step = self.mean_secs / f64::from(agents);
        let quantile = |z: f64| {
            let k = f64::from(position);
            let root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt());
            (k * root.powi(3) * step).min(MOST).round() as u32
        };
        Wait { p50_secs: quantile(0.0), p90_secs: quantile(1.2816) }
    }
}

/// What a waiting person was told, so that it does not rise without a cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Told {
    /// The estimate shown.
    pub wait: Wait,
    position: u32,
    agents: u32,
}

impl Told {
    /// A new estimate: it may only fall, unless the person was moved back or agents left.
    pub fn update(&mut self, handling: &Handling, position: u32, agents: u32) {
        let fresh = handling.estimate(position, agents);
        let caused = self.position == 0 || position > self.position || agents < self.agents;
        self.wait = if caused {
            fresh
        } else {
            Wait {
                p50_secs: fresh.p50_secs.min(self.wait.p50_secs),
                p90_secs: fresh.p90_secs.min(self.wait.p90_secs),
            }
        };
        self.position = position;
        self.agents = agents;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_the_place_and_falls_with_agents() {
        let handling = Handling::default();
        let first = handling.estimate(1, 1);
        let third = handling.estimate(3, 1);
        assert!(first.p50_secs > 100 && first.p50_secs < 180, "{first:?}");
        assert!(first.p90_secs > 380 && first.p90_secs < 450, "{first:?}"); // exactly: 180 × ln 10 = 414
        assert!(third.p50_secs > first.p50_secs * 2);
        assert!(handling.estimate(3, 3).p50_secs < third.p50_secs / 2);
        assert_eq!(handling.estimate(0, 1), Wait::default());
        assert_eq!(handling.estimate(1, 0).p90_secs, 3600);
    }

    #[test]
    fn never_rises_without_a_cause() {
        let mut handling = Handling::default();
        let mut told = Told::default();
        told.update(&handling, 2, 2);
        let before = told.wait;
        for _ in 0..20 {
            handling.learn(Duration::from_secs(900));
        }
        told.update(&handling, 2, 2);
        assert_eq!(told.wait, before);
        told.update(&handling, 2, 1);
        assert!(told.wait.p50_secs > before.p50_secs);
    }
}
