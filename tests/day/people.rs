//! What people do, by chance: who comes and how, how long he waits, what becomes of a call that is dialled, how agents work.

use crate::centre::{Plan, TALK_MEDIAN, TALK_SIGMA};
use crate::chance::{between, exponential, log_normal};
use crate::dice::Dice;
use std::time::Duration;

/// How somebody comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// He calls the queue's number, without a page.
    Plain,
    /// He dials the number that a page shows.
    Dials,
    /// He wants to be called now.
    CallMe,
    /// He wants to be called later.
    Later,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Way::Plain => "plain calls",
            Way::Dials => "numbers on pages",
            Way::CallMe => "call me",
            Way::Later => "call me later",
        }
    }
}

/// What becomes of the page while its number is dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// He taps the number in it: the telephone stops it.
    Tapped,
    /// He has it before him.
    Open,
    /// He has written the number down.
    Closed,
}

/// What becomes of a number that is dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// A person answers.
    Person,
    /// An answering machine does.
    Machine,
    Busy,
    NoAnswer,
    /// There is no such number.
    Nobody,
}

/// All that is drawn.
pub struct People {
    dice: Dice,
}

impl People {
    pub fn new(plan: &Plan) -> Self {
        People { dice: Dice::new(plan.seed.wrapping_mul(0x9e37_79b9) ^ plan.load as u64) }
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.dice.percent(percent)
    }

    pub fn way(&mut self) -> Way {
        match self.dice.below(100) {
            0..45 => Way::Plain,
            45..70 => Way::Dials,
            70..90 => Way::CallMe,
            _ => Way::Later,
        }
    }

    pub fn gap(&mut self, plan: &Plan, now: warmline_time::Time) -> Duration {
        exponential(&mut self.dice, plan.gap(now))
    }

    /// How long somebody waits for an agent until he gives up.
    pub fn patience(&mut self) -> Duration {
        Duration::from_secs(5) + exponential(&mut self.dice, 360.0)
    }

    /// From the number on the page to its call; none: he only looks.
    pub fn dials_after(&mut self) -> Option<Duration> {
        self.dice.percent(75).then(|| between(&mut self.dice, 6.0, 25.0))
    }

    pub fn page(&mut self) -> Page {
        match self.dice.below(100) {
            0..60 => Page::Tapped,
            60..90 => Page::Open,
            _ => Page::Closed,
        }
    }

    /// Who only looks may dial when the number's time is over: from its end to his call.
    pub fn dials_late(&mut self) -> Option<Duration> {
        self.dice.percent(50).then(|| between(&mut self.dice, 5.0, 1500.0))
    }

    /// When who wants to be called later is to be called.
    pub fn later(&mut self) -> Duration {
        between(&mut self.dice, 1800.0, 3.0 * 3600.0)
    }

    pub fn talk(&mut self) -> Duration {
        Duration::from_secs(5) + log_normal(&mut self.dice, TALK_MEDIAN, TALK_SIGMA)
    }

    /// From the first ring until an agent answers; none: he lets it ring.
    pub fn picks_up(&mut self, by_itself: bool) -> Option<Duration> {
        if by_itself {
            return Some(Duration::from_millis(400));
        }
        let after = Duration::from_secs(1) + log_normal(&mut self.dice, 3.0, 0.4);
        self.dice.percent(99).then(|| after.min(Duration::from_secs(14)))
    }

    /// An agent is done with his wrap-up before its time is over.
    pub fn wraps_up(&mut self) -> Option<Duration> {
        self.dice.percent(60).then(|| between(&mut self.dice, 5.0, 24.0))
    }

    /// What becomes of a number that is dialled, and after how long.
    pub fn fate(&mut self) -> (Fate, Duration) {
        let ringing = between(&mut self.dice, 4.0, 22.0);
        match self.dice.below(100) {
            0..72 => (Fate::Person, ringing),
            72..82 => (Fate::Machine, Duration::from_secs(24)),
            82..87 => (Fate::Busy, Duration::from_secs(2)),
            87..98 => (Fate::NoAnswer, Duration::from_secs(30)),
            _ => (Fate::Nobody, Duration::from_secs(1)),
        }
    }

    /// The same of a number of a campaign's list.
    pub fn cold(&mut self) -> (Fate, Duration) {
        let ringing = between(&mut self.dice, 4.0, 16.0);
        match self.dice.below(100) {
            0..30 => (Fate::Person, ringing),
            30..45 => (Fate::Machine, Duration::from_secs(18)),
            45..50 => (Fate::Busy, Duration::from_secs(2)),
            50..97 => (Fate::NoAnswer, Duration::from_secs(30)),
            _ => (Fate::Nobody, Duration::from_secs(1)),
        }
    }

    /// How long who was called by a campaign says hello into silence.
    pub fn says_hello(&mut self) -> Duration {
        between(&mut self.dice, 5.0, 12.0)
    }

    /// How long an agent works until his next break, and how long that is.
    pub fn shift(&mut self) -> (Duration, Duration) {
        (between(&mut self.dice, 3600.0, 9000.0), between(&mut self.dice, 300.0, 900.0))
    }

    pub fn soon(&mut self, least: f64, most: f64) -> Duration {
        between(&mut self.dice, least, most)
    }
}
