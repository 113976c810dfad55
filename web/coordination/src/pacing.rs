//! Pacing (N 0052, SPEC E19): how many more customers to dial now than there are agents for them. Pure, no clock.
//!
//! Two rules, and the lesser decides. The *aim*: of those who will have answered, the part for whom no agent is there is expected to stay
//! under half of the cap, which halves with each abandoned call of the last ten minutes. The *budget*: if everybody who rings now and has
//! no agent were to answer and be abandoned, the cap would hold all the same, in each window. The budget of a campaign that nobody has
//! answered yet is nothing: it begins as a progressive one.

use crate::tally::{DAY, MONTH, Tally};
use std::time::Duration;
use warmline_time::Time;

/// The part of those who have answered that may be abandoned: 3 %.
pub const CAP: f64 = 0.03;
/// Of the cap, what is aimed at.
const AIM: f64 = 0.5;
/// Fewer agents than this are too few: one of them who is not there is too many.
pub const AGENTS: usize = 10;
/// It rings at least so long before it counts as unanswered.
pub const RING: Duration = Duration::from_secs(15);
/// A customer who has answered waits so long for an agent, counted from the end of his greeting.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// Abandoned calls slow a campaign for so long.
const SLOW: Duration = Duration::from_secs(600);
/// No short time may have a large part of the abandoned: windows that begin anywhere hold.
const HOUR: Duration = Duration::from_secs(3_600);
/// Nobody rings beyond so many at once.
const MOST: usize = 500;
/// The answer rate of a campaign of which nothing is known, and what that weighs in calls.
const PRIOR: (f64, f64) = (0.5, 20.0);
/// How long an agent is taken by a customer before that was measured, in seconds.
const HANDLING: f64 = 180.0;
/// The answer rate is never taken for less: few answers say little.
const FLOOR: f64 = 0.05;

/// What is known at a moment.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// Agents who are ready and have nothing in hand.
    pub idle: usize,
    /// Agents who serve, these among them.
    pub serving: usize,
    /// When those who speak or write up are expected to be free, from now.
    pub busy: &'a [Duration],
    /// Customers who ring, or wait for their agent.
    pub ringing: usize,
    /// How often somebody answers, 0 to 1: [`Answers::rate`].
    pub answer_rate: f64,
    /// How long it takes until somebody does.
    pub ring_time: Duration,
}

/// How many more to dial now.
pub fn more(now: Time, tally: &Tally, s: &Situation<'_>) -> usize {
    let progressive = s.idle.saturating_sub(s.ringing);
    if s.serving < AGENTS {
        return progressive;
    }
    let most = s.idle + budget(now, tally);
    let slow = 0.5f64.powi(tally.lately(now, SLOW) as i32);
    let wanted = lines(expected_free(s), s.answer_rate.clamp(FLOOR, 1.0), CAP * AIM * slow);
    wanted.max(s.idle).min(most).min(MOST).saturating_sub(s.ringing)
}

/// How many could be abandoned beyond those who were without the cap being passed, in 24 hours, in 30 days and in an hour: the customers
/// who are rung without an agent are never more.
pub fn budget(now: Time, tally: &Tally) -> usize {
    let left = |window: Duration| {
        let counted = tally.over(now, window);
        let most = (counted.answered as f64 * CAP).floor() as usize;
        most.saturating_sub(counted.abandoned as usize)
    };
    left(DAY).min(left(MONTH)).min(left(HOUR))
}

/// Agents who will be there by the time that somebody answers: those who are, and of the others the expected part, rounded down. Who is
/// busy for `mean` more is taken to be free within `t` with 1 − exp(−t / mean).
fn expected_free(s: &Situation<'_>) -> usize {
    let within = (s.ring_time + PATIENCE).as_secs_f64();
    let free = |left: &Duration| 1.0 - (-within / left.as_secs_f64().max(1.0)).exp();
    s.idle + s.busy.iter().map(free).sum::<f64>().floor() as usize
}

/// The most calls of which so many agents are expected to miss no larger part than this: X of n answer (binomial, each with `p`), and
/// E max(0, X − agents) ≤ part · E X.
fn lines(agents: usize, p: f64, part: f64) -> usize {
    // Of n calls: P(X = k) for k < agents; beside it P(X ≥ agents) and E min(X, agents).
    let mut below = vec![0.0; agents];
    let Some(first) = below.first_mut() else { return 0 };
    *first = 1.0;
    for n in 1..=MOST {
        for k in (0..agents).rev() {
            let one_less = if k > 0 { below[k - 1] } else { 0.0 };
            below[k] = below[k] * (1.0 - p) + one_less * p;
        }
        let served: f64 = below.iter().enumerate().map(|(k, chance)| chance * (agents - k) as f64).sum();
        let mean = n as f64 * p;
        if mean - (agents as f64 - served) > part * mean {
            return n - 1;
        }
    }
    MOST
}

/// How often and how soon customers of a campaign answer: smoothed over about the last hour of calls.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    answered: f64,
    dialled: f64,
    ring: f64,
    handling: f64,
    at: Time,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            answered: PRIOR.0 * PRIOR.1,
            dialled: PRIOR.1,
            ring: RING.as_secs_f64(),
            handling: HANDLING,
            at: Time::ZERO,
        }
    }
}

impl Answers {
    /// A dialling has ended after so long: somebody has answered, or nobody.
    pub fn note(&mut self, now: Time, answered: bool, after: Duration) {
        let old = (-now.since(self.at).as_secs_f64() / HOUR.as_secs_f64()).exp();
        self.at = self.at.max(now);
        // Of what is old less remains, of what was taken for likely at first enough to bridge quiet hours.
        let scale = (PRIOR.1 / self.dialled).max(old).min(1.0);
        self.answered = self.answered * scale + f64::from(u8::from(answered));
        self.dialled = self.dialled * scale + 1.0;
        if answered {
            self.ring += (after.as_secs_f64() - self.ring) / 20.0;
        }
    }

    /// An agent was taken by a customer for so long, with what he wrote down.
    pub fn handled(&mut self, took: Duration) {
        self.handling += (took.as_secs_f64() - self.handling) / 50.0;
    }

    /// How long one probably is.
    pub fn handling(&self) -> Duration {
        Duration::from_secs_f64(self.handling.clamp(5.0, 3_600.0))
    }

    /// 0 to 1, not under the floor.
    pub fn rate(&self) -> f64 {
        (self.answered / self.dialled).clamp(FLOOR, 1.0)
    }

    /// How long it takes until somebody does.
    pub fn ring_time(&self) -> Duration {
        Duration::from_secs_f64(self.ring.clamp(1.0, 120.0))
    }
}

#[cfg(test)]
mod day;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_micros(secs * 1_000_000)
    }

    fn situation(idle: usize, serving: usize) -> Situation<'static> {
        let ring_time = Duration::from_secs(10);
        Situation { idle, serving, busy: &[], ringing: 0, answer_rate: 0.25, ring_time }
    }

    fn after(answered: u64, abandoned: u64) -> Tally {
        let mut tally = Tally::default();
        (0..answered).for_each(|_| tally.answered(at(10_000)));
        (0..abandoned).for_each(|_| tally.abandoned(at(10_000)));
        tally
    }

    #[test]
    fn a_campaign_begins_progressive_and_is_so_below_ten_agents() {
        let now = at(10_100);
        assert_eq!(more(now, &Tally::default(), &situation(5, 50)), 5);
        assert_eq!(
            more(now, &after(33, 0), &situation(5, 50)),
            5,
            "the first budget is with the 34th answer"
        );
        assert!(more(now, &after(1_000, 0), &situation(5, 50)) > 5);
        assert_eq!(more(now, &after(1_000, 0), &situation(5, 9)), 5);
    }

    #[test]
    fn each_of_the_three_windows_binds_though_the_shorter_ones_are_clean() {
        let day = |n: u64| n * 86_400;
        let mut tally = Tally::default();
        let mut calls = |secs: u64, answered: u64, abandoned: u64| {
            (0..answered).for_each(|_| tally.answered(at(secs)));
            (0..abandoned).for_each(|_| tally.abandoned(at(secs)));
            budget(at(secs + 60), &tally)
        };
        assert_eq!(calls(day(1), 1_000, 60), 0);
        // 45 of 1,500 could be abandoned in thirty days, and 60 were; of the day's 500 nobody was.
        assert_eq!(calls(day(20), 500, 0), 0);
        // They are out of the thirty days: the day's own share is left.
        assert_eq!(calls(day(33), 400, 0), 12);
        assert_eq!(calls(day(33) + 3 * 3_600, 100, 17), 0);
        // Three hours later the hour alone would let six be abandoned, the day four.
        assert_eq!(calls(day(33) + 6 * 3_600, 200, 0), 4);
    }

    #[test]
    fn never_more_ring_without_an_agent_than_may_be_abandoned() {
        let now = at(10_100);
        for (answered, abandoned, left) in
            [(100, 0, 3), (100, 2, 1), (100, 3, 0), (100, 9, 0), (1_000, 29, 1)]
        {
            let tally = after(answered, abandoned);
            assert_eq!(budget(now, &tally), left, "{answered} {abandoned}");
            assert!(more(now, &tally, &situation(8, 50)) <= 8 + left);
        }
        let ringing = Situation { ringing: 9, ..situation(8, 50) };
        assert_eq!(more(now, &after(100, 2), &ringing), 0, "who rings counts");
    }

    #[test]
    fn e19_after_an_abandoned_call_it_is_slower_for_a_while() {
        let tally = after(20_000, 0);
        let s = situation(8, 50);
        let fast = more(at(10_100), &tally, &s);
        let mut slowed = tally.clone();
        slowed.abandoned(at(10_100));
        let slow = more(at(10_101), &slowed, &s);
        slowed.abandoned(at(10_102));
        let slower = more(at(10_103), &slowed, &s);
        assert!(slower < slow && slow < fast, "{slower} {slow} {fast}");
        assert_eq!(more(at(10_800), &slowed, &s), fast, "ten minutes later");
    }

    #[test]
    fn fewer_answers_and_agents_who_are_soon_free_mean_more_calls() {
        let (now, tally) = (at(10_100), after(20_000, 0));
        let with = |answer_rate| more(now, &tally, &Situation { answer_rate, ..situation(8, 50) });
        assert!(with(0.1) > with(0.3) && with(0.3) > with(0.6), "{} {} {}", with(0.1), with(0.3), with(0.6));
        assert_eq!(with(0.0), with(FLOOR), "a floor");
        let busy = [Duration::from_secs(20); 12];
        assert!(more(now, &tally, &Situation { busy: &busy, ..situation(8, 50) }) > with(0.25));
    }

    #[test]
    fn the_part_that_is_missed_is_what_is_aimed_at() {
        // One agent, always answered: a second call is missed for certain.
        assert_eq!((lines(1, 1.0, 0.01), lines(0, 0.5, 0.01)), (1, 0));
        assert!(lines(20, 0.5, 0.015) >= 24 && lines(20, 0.5, 0.015) < 40, "{}", lines(20, 0.5, 0.015));
    }

    #[test]
    fn the_answer_rate_follows_the_last_hour() {
        let mut answers = Answers::default();
        (0..2_000).for_each(|n| answers.note(at(n * 2), n % 10 == 0, Duration::from_secs(8)));
        assert!((answers.rate() - 0.1).abs() < 0.02, "{}", answers.rate());
        assert!(answers.ring_time() < Duration::from_secs(9));
        (2_000..6_000).for_each(|n| answers.note(at(n * 2), n % 2 == 0, Duration::from_secs(8)));
        assert!((answers.rate() - 0.5).abs() < 0.08, "{}", answers.rate());
    }
}
