//! Days of a campaign in virtual time: 50 agents, twelve hours, answer rates that change. Abandonment is never above the cap in any 24
//! hours that end while it dials, and agents are idle for less than with progressive dialling. Prints the table of docs/pacing.md.

use super::*;
use crate::random::Random;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

const AGENTS_HERE: usize = 50;
const SECOND: u64 = 1_000_000;
const HOURS: u64 = 3_600 * SECOND;
/// Talk, and what is written down after it.
const TALK: f64 = 120.0;
const WRAPUP: u64 = 15;
/// From the answer to the end of the greeting.
const GREETING: u64 = SECOND;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Event {
    /// A dialling ends: after so long somebody has answered, or not.
    Dialled { answered: bool, after: u64 },
    /// He has greeted.
    Greeted,
    /// He waits no longer.
    Late(u64),
    /// An agent is free.
    Free(usize),
}

struct Day {
    random: Random,
    now: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    count: u64,
    idle: BTreeSet<(u64, usize)>,
    idle_time: u64,
    /// Who has greeted and has no agent, by the number of his event.
    waiting: VecDeque<u64>,
    ringing: usize,
    tally: Tally,
    answers: Answers,
    handling: f64,
    /// Answers and abandoned calls exactly, of each window.
    exact: [Exact; 2],
    abandoned: u64,
    answered: u64,
    predictive: bool,
}

/// Who has answered within a window, and whether he was abandoned.
#[derive(Default)]
struct Exact {
    window: u64,
    rows: VecDeque<(u64, bool)>,
    abandoned: usize,
    worst: f64,
}

impl Exact {
    fn of(window: u64) -> Self {
        Exact { window, ..Exact::default() }
    }

    /// The last who has answered and was not abandoned yet was.
    fn abandon(&mut self) {
        if let Some(last) = self.rows.iter_mut().rev().find(|row| !row.1) {
            last.1 = true;
            self.abandoned += 1;
        }
    }

    /// The rate of the window that ends now.
    fn check(&mut self, now: u64) {
        while let Some(&(at, abandoned)) = self.rows.front()
            && at + self.window < now
        {
            self.rows.pop_front();
            self.abandoned -= usize::from(abandoned);
        }
        self.worst = self.worst.max(self.abandoned as f64 / self.rows.len().max(1) as f64);
    }
}

impl Day {
    fn new(seed: u8, predictive: bool) -> Self {
        Day {
            random: Random::new([seed; 32], "day"),
            now: 0,
            events: BinaryHeap::new(),
            count: 0,
            idle: (0..AGENTS_HERE).map(|agent| (0, agent)).collect(),
            idle_time: 0,
            waiting: VecDeque::new(),
            ringing: 0,
            tally: Tally::default(),
            answers: Answers::default(),
            handling: 180.0,
            exact: [Exact::of(24 * HOURS), Exact::of(30 * 24 * HOURS)],
            abandoned: 0,
            answered: 0,
            predictive,
        }
    }

    fn chance(&mut self) -> f64 {
        (self.random.bits() % 1_000_000) as f64 / 1e6
    }

    fn time(&self) -> Time {
        Time::from_micros(self.now)
    }

    fn then(&mut self, after: u64, event: Event) -> u64 {
        self.count += 1;
        self.events.push(Reverse((self.now + after, self.count, event)));
        self.count
    }

    fn dial(&mut self, rate: f64) {
        let answered = self.chance() < rate;
        let secs = if answered { 4.0 + 12.0 * self.chance() } else { 3.0 + 27.0 * self.chance() };
        let after = (secs * SECOND as f64) as u64;
        self.ringing += 1;
        self.then(after, Event::Dialled { answered, after });
    }

    /// Dials as many as it should, then and now.
    fn pace(&mut self, rate: f64) {
        let idle = self.idle.len();
        let busy = vec![Duration::from_secs_f64(self.handling); AGENTS_HERE - idle];
        let s = Situation {
            idle,
            serving: AGENTS_HERE,
            busy: &busy,
            ringing: self.ringing,
            answer_rate: self.answers.rate(),
            ring_time: self.answers.ring_time(),
        };
        let more = if self.predictive {
            more(self.time(), &self.tally, &s)
        } else {
            idle.saturating_sub(self.ringing)
        };
        (0..more).for_each(|_| self.dial(rate));
    }

    fn serve(&mut self) {
        while !self.waiting.is_empty()
            && let Some((since, agent)) = self.idle.pop_first()
        {
            self.waiting.pop_front();
            self.ringing -= 1;
            self.idle_time += self.now - since;
            let talk = -TALK * (1.0 - self.chance()).ln();
            let busy = talk as u64 + WRAPUP;
            self.handling += 0.02 * (busy as f64 - self.handling);
            self.then(busy * SECOND, Event::Free(agent));
        }
    }

    fn abandon(&mut self) {
        self.abandoned += 1;
        self.tally.abandoned(self.time());
        self.exact.iter_mut().for_each(Exact::abandon);
        self.check();
    }

    /// The rates of the windows until now.
    fn check(&mut self) {
        self.exact.iter_mut().for_each(|exact| exact.check(self.now));
    }

    /// The worst rate of any 24 hours, and of any 30 days.
    fn worst(&self) -> [f64; 2] {
        self.exact.each_ref().map(|exact| exact.worst)
    }

    fn happens(&mut self, number: u64, event: Event) {
        match event {
            Event::Dialled { answered, after } => {
                self.answers.note(self.time(), answered, Duration::from_micros(after));
                if answered {
                    self.answered += 1;
                    self.tally.answered(self.time());
                    self.exact.iter_mut().for_each(|exact| exact.rows.push_back((self.now, false)));
                    self.then(GREETING, Event::Greeted);
                } else {
                    self.ringing -= 1;
                }
            }
            Event::Greeted => {
                self.waiting.push_back(number);
                self.then(PATIENCE.as_micros() as u64, Event::Late(number));
            }
            Event::Late(of) => {
                if let Some(place) = self.waiting.iter().position(|&waits| waits == of) {
                    self.waiting.remove(place);
                    self.ringing -= 1;
                    self.abandon();
                }
            }
            Event::Free(agent) => {
                self.idle.insert((self.now, agent));
            }
        }
        self.serve();
    }

    /// Twelve hours, then the night: those who wait are served still.
    fn pass(&mut self, rate: impl Fn(u64) -> f64) {
        let (begin, mut check) = (self.now, self.now);
        self.idle = (0..AGENTS_HERE).map(|agent| (self.now, agent)).collect();
        let end = begin + 12 * HOURS;
        self.pace(rate(0));
        while let Some(Reverse((at, number, event))) = self.events.pop() {
            self.now = at;
            self.happens(number, event);
            if at < end {
                self.pace(rate((at - begin) / HOURS));
            }
            if at > check && at < end {
                check = at + 60 * SECOND;
                self.check();
            }
        }
        let idle: u64 = self.idle.iter().map(|row| end.saturating_sub(row.0)).sum();
        self.idle_time += idle;
        self.now = begin + 24 * HOURS;
    }

    /// The part of their time in which agents have nothing in hand.
    fn idle_part(&self, days: u64) -> f64 {
        self.idle_time as f64 / (AGENTS_HERE as u64 * 12 * HOURS * days) as f64
    }
}

#[test]
fn e19_no_day_has_more_abandoned_than_the_cap_and_agents_are_less_idle() {
    println!("| answered | progressive: idle | predictive: idle | abandoned | worst 24 h |");
    for rate in [10, 20, 30, 40, 60] {
        let (mut idle, mut part, mut worst) = ([0.0, 0.0], 0.0, 0.0f64);
        for seed in 0..2 {
            for predictive in [false, true] {
                let mut day = Day::new(seed, predictive);
                day.pass(|_| f64::from(rate) / 100.0);
                idle[usize::from(predictive)] += day.idle_part(1) / 2.0;
                if predictive {
                    part += day.abandoned as f64 / day.answered as f64 / 2.0;
                    worst = worst.max(day.worst()[0]);
                }
            }
        }
        println!(
            "| {rate} % | {:.1} % | {:.1} % | {:.2} % | {:.2} % |",
            idle[0] * 100.0,
            idle[1] * 100.0,
            part * 100.0,
            worst * 100.0
        );
        assert!(worst <= CAP, "{rate}: {worst}");
        assert!(idle[1] < idle[0], "{rate}: {idle:?}");
    }
}

#[test]
fn e19_nor_have_days_on_which_the_answer_rate_leaps() {
    let leaps = [0.6, 0.1, 0.1, 0.5, 0.2, 0.6, 0.1, 0.3, 0.6, 0.6, 0.1, 0.6];
    for seed in 0..2 {
        let mut day = Day::new(seed, true);
        (0..3).for_each(|_| day.pass(|hour| leaps[hour.min(11) as usize]));
        println!("leaps: idle {:.1} %, worst {:.2} %", day.idle_part(3) * 100.0, day.worst()[0] * 100.0);
        assert!(day.worst()[0] <= CAP, "{:?}", day.worst());
        assert!(day.abandoned > 0, "it was never put to the test");
    }
}

/// 40 days, of which each has an answer rate of its own: ten days in which a window of thirty has passed out of what it began with.
#[test]
fn e19_nor_have_thirty_days() {
    let rates = [0.2, 0.6, 0.3, 0.1, 0.4, 0.6, 0.15];
    let mut day = Day::new(7, true);
    for rate in rates.into_iter().cycle().take(40) {
        day.pass(|_| rate);
    }
    let [of_a_day, of_a_month] = day.worst();
    println!(
        "40 days: answered {}, abandoned {}, idle {:.1} %, worst 24 h {:.2} %, worst 30 days {:.2} %",
        day.answered,
        day.abandoned,
        day.idle_part(40) * 100.0,
        of_a_day * 100.0,
        of_a_month * 100.0
    );
    assert!(of_a_day <= CAP && of_a_month <= CAP, "{:?}", day.worst());
    assert!(day.abandoned > 1_000, "it was never put to the test");
}
