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

    /// For the `position`-th in line with `agents` serving; 0: an agent is free for him. None where nobody serves: nothing
    /// is known then. The k-th of those waiting is served after k departures of a process with rate `agents / mean`: an
    /// Erlang-k time, whose quantiles are taken by Wilson and Hilferty.
    pub fn estimate(&self, position: u32, agents: u32) -> Option<Wait> {
        if agents == 0 {
            return None;
        }
        if position == 0 {
            return Some(Wait::default());
        }
        let step = self.mean_secs / f64::from(agents);
        let quantile = |z: f64| {
            let k = f64::from(position);
            let root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt());
            (k * root.powi(3) * step).min(MOST).round() as u32
        };
        Some(Wait { p50_secs: quantile(0.0), p90_secs: quantile(1.2816) })
    }
}

/// What a waiting person was told, so that it does not rise without a cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Told {
    /// The estimate shown; none where nothing is known.
    pub wait: Option<Wait>,
    position: u32,
    agents: u32,
}

/// What an estimate rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Line {
    /// 1-based place among those who wait.
    pub position: u32,
    /// Agents who serve the queue.
    pub serving: u32,
    /// Those of them who are free now.
    pub free: u32,
}

impl Told {
    /// A new estimate: it may only fall, unless the person was moved back, a free agent was taken or agents left.
    pub fn update(&mut self, handling: &Handling, line: Line) {
        let position = line.position.saturating_sub(line.free);
        let fresh = handling.estimate(position, line.serving);
        let caused = position > self.position || line.serving < self.agents;
        self.wait = match (fresh, self.wait) {
            (Some(fresh), Some(told)) if !caused => Some(Wait {
                p50_secs: fresh.p50_secs.min(told.p50_secs),
                p90_secs: fresh.p90_secs.min(told.p90_secs),
            }),
            _ => fresh,
        };
        self.position = position;
        self.agents = line.serving;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_the_place_and_falls_with_agents() {
        let handling = Handling::default();
        let estimate = |position, agents| handling.estimate(position, agents).unwrap();
        let first = estimate(1, 1);
        let third = estimate(3, 1);
        assert!(first.p50_secs > 100 && first.p50_secs < 180, "{first:?}");
        assert!(first.p90_secs > 380 && first.p90_secs < 450, "{first:?}"); // exactly: 180 × ln 10 = 414
        assert!(third.p50_secs > first.p50_secs * 2);
        assert!(estimate(3, 3).p50_secs < third.p50_secs / 2);
        assert_eq!(estimate(0, 1), Wait::default());
        assert_eq!(handling.estimate(1, 0), None, "nobody serves: nothing is known");
    }

    #[test]
    fn never_rises_without_a_cause() {
        let mut handling = Handling::default();
        let mut told = Told::default();
        let line = |position, serving, free| Line { position, serving, free };
        told.update(&handling, line(2, 2, 0));
        let before = told.wait.unwrap();
        for _ in 0..20 {
            handling.learn(Duration::from_secs(900));
        }
        told.update(&handling, line(2, 2, 0));
        assert_eq!(told.wait, Some(before));
        told.update(&handling, line(2, 1, 0));
        assert!(told.wait.unwrap().p50_secs > before.p50_secs);
        told.update(&handling, line(2, 0, 0));
        assert_eq!(told.wait, None);
        told.update(&handling, line(2, 2, 2));
        assert_eq!(told.wait, Some(Wait::default()), "somebody is free");
        told.update(&handling, line(2, 2, 1));
        assert!(told.wait.unwrap().p50_secs > 0, "somebody was taken: a cause");
    }
}
