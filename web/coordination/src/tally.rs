//! How many people have answered a campaign's calls and how many of them were abandoned, over rolling windows (N 0052, SPEC E19).
//!
//! Time is cut into steps. Of the step in which a window begins the abandoned count and the answered do not, so that the rate of the
//! window is never better here than it is.

use std::collections::VecDeque;
use std::time::Duration;
use warmline_time::Time;

/// The length of a step.
const STEP: Duration = Duration::from_secs(300);
/// The windows over which abandonment is capped.
pub const DAY: Duration = Duration::from_secs(24 * 3_600);
/// See [`DAY`].
pub const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What was counted in a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counted {
    /// People who have answered.
    pub answered: u64,
    /// Of these, those for whom no agent was there.
    pub abandoned: u64,
}

/// A step, with what was counted until its end.
#[derive(Clone, Copy, Debug)]
struct Step {
    start: Time,
    answered: i64,
    abandoned: i64,
}

/// The counters of a campaign: at most 30 days of steps.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    steps: VecDeque<Step>,
    /// What was counted until the first: answered, abandoned.
    before: (i64, i64),
    /// The latest abandoned calls, for whoever slows down after them.
    last: VecDeque<Time>,
}

/// Abandoned calls whose moments are kept.
const LAST: usize = 8;

impl Tally {
    /// Somebody has answered.
    pub fn answered(&mut self, at: Time) {
        self.step(at).answered += 1;
    }

    /// It turned out that what had answered was nobody: a machine.
    pub fn nobody(&mut self, at: Time) {
        self.step(at).answered -= 1;
    }

    /// Somebody who had answered was abandoned.
    pub fn abandoned(&mut self, at: Time) {
        self.step(at).abandoned += 1;
        self.last.push_back(at);
        if self.last.len() > LAST {
            self.last.pop_front();
        }
    }

    /// How many were abandoned so short a while ago, of the latest eight.
    pub fn lately(&self, now: Time, within: Duration) -> u32 {
        self.last.iter().filter(|&&at| at + within > now).count() as u32
    }

    /// What was counted from so long ago until now.
    pub fn over(&self, now: Time, window: Duration) -> Counted {
        let until = |count: usize| match count.checked_sub(1).and_then(|index| self.steps.get(index)) {
            Some(step) => (step.answered, step.abandoned),
            None => self.before,
        };
        let all = until(self.steps.len());
        let answered = self.steps.partition_point(|step| step.start + window < now);
        let abandoned = self.steps.partition_point(|step| step.start + STEP + window <= now);
        let (answered, abandoned) = (all.0 - until(answered).0, all.1 - until(abandoned).1);
        Counted { answered: answered.max(0) as u64, abandoned: abandoned.max(0) as u64 }
    }

    fn step(&mut self, at: Time) -> &mut Step {
        let start = Time::from_micros(at.as_micros() - at.as_micros() % STEP.as_micros() as u64);
        while let Some(step) = self.steps.front().filter(|step| step.start + STEP + MONTH <= at) {
            self.before = (step.answered, step.abandoned);
            self.steps.pop_front();
        }
        let last = self.steps.back().copied();
        if last.is_none_or(|step| step.start < start) {
            let (answered, abandoned) = last.map_or(self.before, |step| (step.answered, step.abandoned));
            self.steps.push_back(Step { start, answered, abandoned });
        }
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_micros(secs * 1_000_000)
    }

    #[test]
    fn the_latest_abandoned_calls_are_remembered_for_a_while() {
        let mut tally = Tally::default();
        (0..20).for_each(|n| tally.abandoned(at(n)));
        assert_eq!((tally.lately(at(20), STEP), tally.lately(at(330), STEP)), (8, 0));
    }

    #[test]
    fn a_windows_first_step_counts_against_it() {
        let mut tally = Tally::default();
        tally.answered(at(600));
        tally.abandoned(at(610));
        let day = 24 * 3_600;
        assert_eq!(tally.over(at(700), DAY), Counted { answered: 1, abandoned: 1 });
        assert_eq!(tally.over(at(600 + day), DAY), Counted { answered: 1, abandoned: 1 });
        assert_eq!(tally.over(at(650 + day), DAY), Counted { answered: 0, abandoned: 1 }, "against it");
        assert_eq!(tally.over(at(900 + day), DAY), Counted::default());
        assert_eq!(tally.over(at(900 + day), MONTH), Counted { answered: 1, abandoned: 1 });
    }

    #[test]
    fn a_month_is_kept_and_a_machine_is_nobody() {
        let mut tally = Tally::default();
        for step in 0..20_000 {
            tally.answered(at(step * 300));
        }
        assert!(tally.steps.len() <= 8_641, "{}", tally.steps.len());
        tally.nobody(at(20_000 * 300));
        assert_eq!(tally.over(at(20_000 * 300), Duration::from_secs(600)).answered, 1);
    }
}
