//! Callers who have to prove themselves: what they key in, and how many guesses a firm puts up with.

use crate::ids::{CallId, ReservationId};
use std::collections::VecDeque;
use std::time::Duration;
use warmline_time::Time;

/// Digits of a PIN.
const PIN: usize = 6;
/// Tries of one call.
const TRIES: u8 = 3;
/// So many wrong PINs in [`FIRM_WINDOW`], and nobody of the firm's callers is asked any more.
const FIRM_MOST: usize = 30;
const FIRM_WINDOW: Duration = Duration::from_secs(60);
/// So many of them from withheld numbers, and no other withheld one is asked: they alone do not end the question for everybody.
const WITHHELD_MOST: usize = 15;
/// So many wrong PINs from one number in [`CALLER_WINDOW`], and it is not asked any more.
const CALLER_MOST: usize = 6;
const CALLER_WINDOW: Duration = Duration::from_secs(600);
/// Wrong PINs remembered; the oldest go first.
const KEPT: usize = 1024;

/// Why a caller is kept apart from everybody's page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Screen {
    /// He is asked for the PIN.
    Pin(Keypad),
    /// The reservation's call is on: he waits whether it ends, for he may have lost it.
    Behind {
        /// That call.
        first: CallId,
        /// Whose it is.
        reservation: ReservationId,
        /// He knew the PIN.
        proved: bool,
    },
    /// He was called, and is asked for the two digits of the page from which that was asked for.
    Digits(Digits),
    /// He is asked for a key of his queue's menu.
    Menu,
    /// He is told why he speaks with nobody now, then his call ends: he will be called back, or no agent is there.
    Goodbye,
}

/// What somebody who was called has keyed in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Digits {
    /// Up to two keys.
    pub entry: String,
    /// How often he was asked in vain.
    pub tries: u8,
}

/// A key was pressed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Press {
    /// More must follow.
    More,
    /// This was keyed in.
    Entry(String),
    /// A key without meaning here.
    Nothing,
}

/// What one caller has keyed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Keypad {
    entry: String,
    tries: u8,
}

impl Default for Keypad {
    fn default() -> Self {
        Keypad { entry: String::new(), tries: TRIES }
    }
}

impl Keypad {
    /// Six digits are an entry, `#` ends a shorter one, `*` begins anew.
    pub fn press(&mut self, key: char) -> Press {
        match key {
            '0'..='9' => self.entry.push(key),
            '*' => self.entry.clear(),
            // People end with `#` what was complete already.
            '#' if self.entry.is_empty() => return Press::Nothing,
            '#' => return Press::Entry(std::mem::take(&mut self.entry)),
            _ => return Press::Nothing,
        }
        if self.entry.len() == PIN {
            return Press::Entry(std::mem::take(&mut self.entry));
        }
        Press::More
    }

    /// Whether nothing is keyed in.
    pub fn is_empty(&self) -> bool {
        self.entry.is_empty()
    }

    /// What was keyed in was wrong, or not finished. Whether he may try again.
    pub fn wrong(&mut self) -> bool {
        self.entry.clear();
        self.tries = self.tries.saturating_sub(1);
        self.tries > 0
    }
}

/// A firm's wrong PINs of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    wrong: VecDeque<(Time, Option<String>)>,
}

impl Guesses {
    /// One more.
    pub fn count(&mut self, now: Time, caller: Option<&str>) {
        self.forget(now);
        if self.wrong.len() == KEPT {
            self.wrong.pop_front();
        }
        self.wrong.push_back((now, caller.map(str::to_owned)));
    }

    /// Whether this caller is asked at all.
    pub fn may_ask(&mut self, now: Time, caller: Option<&str>) -> bool {
        self.forget(now);
        let latest = || self.wrong.iter().rev().take_while(|(at, _)| now < *at + FIRM_WINDOW);
        let his = match caller {
            Some(_) => {
                self.wrong.iter().filter(|(_, other)| other.as_deref() == caller).count() < CALLER_MOST
            }
            None => latest().filter(|(_, other)| other.is_none()).count() < WITHHELD_MOST,
        };
        his && latest().count() < FIRM_MOST
    }

    fn forget(&mut self, now: Time) {
        while self.wrong.front().is_some_and(|(at, _)| now >= *at + CALLER_WINDOW) {
            self.wrong.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(pad: &mut Keypad, keys: &str) -> Press {
        keys.chars().map(|key| pad.press(key)).last().unwrap()
    }

    #[test]
    fn six_digits_are_an_entry_and_a_hash_ends_a_shorter_one() {
        let mut pad = Keypad::default();
        assert_eq!(keyed(&mut pad, "12345"), Press::More);
        assert_eq!(keyed(&mut pad, "6"), Press::Entry("123456".into()));
        assert_eq!(keyed(&mut pad, "#"), Press::Nothing, "the hash of the habit");
        assert_eq!(keyed(&mut pad, "12*98A7#"), Press::Entry("987".into()));
        assert!(pad.is_empty());
        assert!(pad.wrong() && pad.wrong() && !pad.wrong(), "three tries");
    }

    #[test]
    fn guesses_are_bounded_by_caller_and_by_firm() {
        let mut guesses = Guesses::default();
        let at = |secs: u64| Time::from_micros(secs * 1_000_000);
        for secs in 0..6 {
            assert!(guesses.may_ask(at(secs), Some("+491")));
            guesses.count(at(secs), Some("+491"));
        }
        assert!(!guesses.may_ask(at(300), Some("+491")));
        assert!(guesses.may_ask(at(300), Some("+492")));
        assert!(guesses.may_ask(at(610), Some("+491")), "it is forgotten");
        for _ in 0..15 {
            assert!(guesses.may_ask(at(700), None));
            guesses.count(at(700), None);
        }
        assert!(!guesses.may_ask(at(701), None) && guesses.may_ask(at(701), Some("+492")));
        for n in 0..15 {
            guesses.count(at(700), Some(&format!("+493{n}")));
        }
        assert!(!guesses.may_ask(at(701), Some("+492")));
        assert!(guesses.may_ask(at(761), Some("+492")));
    }
}
