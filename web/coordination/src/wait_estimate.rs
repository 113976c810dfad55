//! How long it may take: from the mean handling time, the agents at work and the place in the queue, corrected by how long those before
//! have really waited (G p. 16; Ibrahim & Whitt 2009: queue length, head of the line, last to enter service).

use crate::view::{Wait, WaitCause};
use std::time::Duration;

/// Assumed before anything was measured.
const INITIAL: f64 = 180.0;
/// What was assumed counts as so many contacts; and so many make a mean, the older count ever less.
const ASSUMED: f64 = 4.0;
const MANY: f64 = 50.0;
/// Weight of the newest agent who was heard.
const WEIGHT: f64 = 0.1;
/// No estimate is longer.
const MOST: f64 = 3600.0;
/// How far one wait that ended moves what half of them, and nine of ten, are thought to keep below; logarithms.
const STEP_MIDDLE: f64 = 0.05;
const STEP_UPPER: f64 = 0.2;
/// The corrections stay between an eighth and eight times.
const FARTHEST: f64 = 2.08;
/// A line as long as this is believed in half: how long its first has waited says as much as what agents take. Those who are called at
/// their turn come back to the head of the line, so that it says less than it does of callers alone.
const BELIEVED: f64 = 100.0;
/// Contacts take so much longer than when it was told: a cause.
const SLOWER: f64 = 1.25;
/// z of the 90th percentile.
const Z90: f64 = 1.2816;

/// Logarithms by which a median is corrected, and the upper bound beyond it.
#[derive(Clone, Copy, Debug, Default)]
struct Correction {
    middle: f64,
    upper: f64,
}

/// How a queue's line moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimator {
    /// How long an agent is taken by one contact, talk and wrap-up: a running mean.
    mean_secs: f64,
    /// How many are in it.
    handled: f64,
    /// From when an agent is found until a caller hears him: a running mean.
    pickup_secs: f64,
    /// Of callers, and of those who are called: these may have asked earlier, or wait for a second attempt.
    corrections: [Correction; 2],
}

impl Default for Estimator {
    fn default() -> Self {
        let corrections = [Correction::default(); 2];
        Estimator { mean_secs: INITIAL, handled: ASSUMED, pickup_secs: 0.0, corrections }
    }
}

/// A median and an upper bound in seconds, before they are corrected.
type Guess = [f64; 2];

impl Estimator {
    /// One more contact was handled.
    pub fn learn(&mut self, took: Duration) {
        self.handled = (self.handled + 1.0).min(MANY);
        self.mean_secs += (took.as_secs_f64() - self.mean_secs) / self.handled;
    }

    /// One more agent was heard so long after he was found.
    pub fn picked_up(&mut self, took: Duration) {
        self.pickup_secs += WEIGHT * (took.as_secs_f64() - self.pickup_secs);
    }

    /// How long it takes until the next one of a line is served.
    fn step(&self, line: Line) -> f64 {
        let taken = self.mean_secs / f64::from(line.serving.max(1));
        if line.waiting < 2 || line.head_secs == 0 {
            return taken;
        }
        // By Little's law the first has waited for as many steps as there are people who came after him.
        let (waiting, head) = (f64::from(line.waiting), f64::from(line.head_secs));
        let trust = waiting / (waiting + BELIEVED);
        taken.powf(1.0 - trust) * (head / waiting).powf(trust)
    }

    /// The k-th of those waiting is served after k steps: an Erlang-k time, whose quantiles are taken by Wilson and Hilferty.
    /// None where an agent is free for him.
    fn guess(&self, line: Line) -> Option<Guess> {
        let position = line.position.saturating_sub(line.free);
        let (k, step) = (f64::from(position), self.step(line));
        let quantile = |z: f64| {
            let root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt());
            k * root.powi(3) * step
        };
        (position > 0).then(|| [quantile(0.0), quantile(Z90)])
    }

    /// For a place in line; zero where an agent is free for him, none where nobody serves: nothing is known then.
    pub fn estimate(&self, line: Line) -> Option<Wait> {
        if line.serving == 0 {
            return None;
        }
        let Some([p50, p90]) = self.guess(line) else { return Some(Wait::default()) };
        let Correction { middle, upper } = self.corrections[usize::from(line.called)];
        let pickup = if line.called { 0.0 } else { self.pickup_secs };
        let p50 = p50 * middle.exp();
        let p90 = (p90 * (middle + upper).exp()).max(p50);
        Some(Wait { p50_secs: shown(pickup + p50), p90_secs: shown(pickup + p90), cause: None })
    }

    /// A wait has ended with an agent, or is known to be longer than nine of ten: half of them are to be above the median that was told
    /// and a tenth above the upper bound, so each moves them by how much it says about that.
    pub fn ended(&mut self, called: bool, told: Wait, waited: Duration) {
        let moved = |secs: u32, share: f64| {
            let over = waited > Duration::from_secs(secs.into());
            if over { share } else { share - 1.0 }
        };
        let Correction { middle, upper } = &mut self.corrections[usize::from(called)];
        *middle = (*middle + STEP_MIDDLE * moved(told.p50_secs, 0.5)).clamp(-FARTHEST, FARTHEST);
        *upper = (*upper + STEP_UPPER * moved(told.p90_secs, 0.9)).clamp(-FARTHEST, FARTHEST);
    }
}

/// Nobody is told seconds as if they were known: in steps of 5, from a minute on of 10, from five on of 30.
fn shown(secs: f64) -> u32 {
    let step = match secs {
        ..60.0 => 5.0,
        ..300.0 => 10.0,
        _ => 30.0,
    };
    ((secs / step).ceil() * step).clamp(5.0, MOST) as u32
}

/// What a waiting person was told, so that it does not rise without a cause.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Told {
    /// The estimate shown; none where nothing is known.
    pub wait: Option<Wait>,
    line: Line,
    /// What a contact took when it was told.
    mean_secs: f64,
    /// What was told before it rose: its cause is told until that is reached again.
    before: [u32; 2],
}

/// What an estimate rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Line {
    /// 1-based place among those who wait.
    pub position: u32,
    /// He is called when it is his turn.
    pub called: bool,
    /// He has that place, and would not only come to it if he called now.
    pub placed: bool,
    /// Agents who serve the queue.
    pub serving: u32,
    /// Those of them who are free now.
    pub free: u32,
    /// How many wait.
    pub waiting: u32,
    /// How long the first of them has.
    pub head_secs: u32,
}

impl Line {
    /// The same at another moment: what there is to tell is the same.
    pub fn still(self) -> Line {
        Line { head_secs: 0, ..self }
    }
}

impl Told {
    /// He has left the line for an agent; should he come back, he is told anew what is so then.
    pub fn leaves(&mut self) {
        self.line = Line::default();
    }

    /// A new estimate: it may only fall, unless there is a cause, which is told with it.
    pub fn update(&mut self, estimator: &Estimator, line: Line) {
        let fresh = estimator.estimate(line);
        let cause = self.cause(estimator, line);
        self.wait = match (fresh, self.wait) {
            (Some(fresh), Some(told)) => Some(self.next(fresh, told, cause)),
            _ => fresh,
        };
        if cause.is_some() || self.mean_secs > estimator.mean_secs {
            self.mean_secs = estimator.mean_secs;
        }
        self.line = line;
    }

    fn next(&mut self, fresh: Wait, told: Wait, cause: Option<WaitCause>) -> Wait {
        let rises = fresh.p50_secs > told.p50_secs || fresh.p90_secs > told.p90_secs;
        match cause {
            Some(cause) if rises => {
                if told.cause.is_none() {
                    self.before = [told.p50_secs, told.p90_secs];
                }
                Wait { cause: Some(cause), ..fresh }
            }
            _ => {
                let [p50_secs, p90_secs] =
                    [fresh.p50_secs.min(told.p50_secs), fresh.p90_secs.min(told.p90_secs)];
                let longer = p50_secs > self.before[0] || p90_secs > self.before[1];
                Wait { p50_secs, p90_secs, cause: told.cause.filter(|_| longer) }
            }
        }
    }

    /// Why it may be told that it takes longer than before.
    fn cause(&self, estimator: &Estimator, line: Line) -> Option<WaitCause> {
        let ahead = |line: Line| line.position.saturating_sub(line.free);
        let enters = line.placed && !self.line.placed;
        match () {
            () if line.serving < self.line.serving => Some(WaitCause::AgentsLeft),
            () if !enters && line.placed && line.position > self.line.position => Some(WaitCause::Priority),
            // Who takes his place is told anew what is so now.
            () if enters || ahead(line) > ahead(self.line) => Some(WaitCause::Busier),
            () if estimator.mean_secs > self.mean_secs * SLOWER => Some(WaitCause::Busier),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(position: u32, serving: u32, free: u32) -> Line {
        Line { position, serving, free, placed: true, ..Line::default() }
    }

    #[test]
    fn grows_with_the_place_and_falls_with_agents() {
        let estimator = Estimator::default();
        let estimate = |position, agents| estimator.estimate(line(position, agents, 0)).unwrap();
        let first = estimate(1, 1);
        let third = estimate(3, 1);
        assert!(first.p50_secs > 100 && first.p50_secs < 180, "{first:?}");
        assert!(first.p90_secs > 380 && first.p90_secs < 450, "{first:?}"); // exactly: 180 × ln 10 = 414
        assert!(third.p50_secs > first.p50_secs * 2);
        assert!(estimate(3, 3).p50_secs < third.p50_secs / 2);
        assert_eq!(estimate(0, 1), Wait::default());
        assert_eq!(estimator.estimate(line(1, 0, 0)), None, "nobody serves: nothing is known");
    }

    #[test]
    fn waits_that_ended_correct_it_until_half_and_nine_of_ten_are_below() {
        let mut estimator = Estimator::default();
        let place = line(4, 10, 0);
        let before = estimator.estimate(place).unwrap();
        // Agents share their time with another queue: it takes three times as long, from 90 to 309 s, all equally likely.
        let [mut above, mut over] = [0; 2];
        for n in 0..1000u64 {
            let waited = 90 + n * 7 % 220;
            let told = estimator.estimate(place).unwrap();
            if n >= 100 {
                above += u32::from(waited > u64::from(told.p50_secs));
                over += u32::from(waited > u64::from(told.p90_secs));
            }
            estimator.ended(false, told, Duration::from_secs(waited));
        }
        let after = estimator.estimate(place).unwrap();
        assert!(before.p90_secs < 150 && after.p90_secs > 220, "{before:?} {after:?}");
        assert!((400..=500).contains(&above), "{above} of 900 above the median");
        assert!((70..=110).contains(&over), "{over} of 900 over the upper bound");
        assert_eq!(estimator.estimate(Line { called: true, ..place }), Some(before), "callers only");
    }

    #[test]
    fn how_long_the_first_has_waited_counts_the_more_the_longer_the_line() {
        let estimator = Estimator::default();
        let told = |waiting, head_secs| {
            let line = Line { waiting, head_secs, ..line(waiting, 10, 0) };
            estimator.estimate(line).unwrap().p50_secs
        };
        let as_thought = told(40, 720); // 40 × 180 / 10
        assert!((690..=750).contains(&as_thought), "{as_thought}");
        assert!(told(40, 1440) > as_thought * 115 / 100, "the line moves half as fast");
        assert!(told(3, 108) <= told(3, 54) * 11 / 10, "three who wait prove little");
    }

    #[test]
    fn never_rises_without_a_cause() {
        let mut estimator = Estimator::default();
        let mut told = Told::default();
        told.update(&estimator, line(2, 2, 0));
        let before = told.wait.unwrap();
        assert_eq!(before.cause, None);
        estimator.learn(Duration::from_secs(400));
        told.update(&estimator, line(2, 2, 0));
        assert_eq!(told.wait, Some(before), "one that took long is no cause");
        told.update(&estimator, line(2, 1, 0));
        let left = told.wait.unwrap();
        assert!(left.p50_secs > before.p50_secs);
        assert_eq!(left.cause, Some(WaitCause::AgentsLeft));
        told.update(&estimator, line(2, 2, 0));
        let back = told.wait.unwrap();
        assert!(back.p50_secs < left.p50_secs);
        told.update(&estimator, line(1, 2, 0));
        assert_eq!(told.wait.unwrap().cause, None, "shorter than before: nothing to be explained");
        told.update(&estimator, line(2, 2, 0));
        assert_eq!(told.wait.unwrap().cause, Some(WaitCause::Priority));
        for _ in 0..20 {
            estimator.learn(Duration::from_secs(900));
        }
        told.update(&estimator, line(2, 2, 0));
        let busier = told.wait.unwrap();
        assert!(busier.p50_secs > before.p50_secs * 2, "{busier:?}");
        assert_eq!(busier.cause, Some(WaitCause::Busier));
        told.update(&estimator, line(2, 0, 0));
        assert_eq!(told.wait, None);
        told.update(&estimator, line(2, 2, 2));
        assert_eq!(told.wait, Some(Wait::default()), "somebody is free");
        told.update(&estimator, line(2, 2, 1));
        let taken = told.wait.unwrap();
        assert!(taken.p50_secs > 0);
        assert_eq!(taken.cause, Some(WaitCause::Busier), "somebody was taken");
    }
}
