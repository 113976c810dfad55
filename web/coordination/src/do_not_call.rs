//! Do-not-call: numbers nobody calls, a million and more of them; a firm's own file, and the provider's list for all firms (N 0055).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A number in E.164 as digits.
pub(crate) type Digits = u64;

/// The digits of a number in E.164; none: it is none.
pub(crate) fn digits(e164: &str) -> Option<Digits> {
    let text = e164.strip_prefix('+').filter(|text| text.len() <= 15)?;
    text.parse().ok().filter(|number| *number > 0)
}

/// Why a number is on a firm's own list; what counts for more comes later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Listing {
    /// A program has imported it from a register of people who want no advertising calls.
    Registry,
    /// A program said so.
    Firm,
    /// The person said so to an agent, who noted it.
    Agent,
}

/// By whose word a number is never called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Never {
    /// The person's own, which counts for all firms.
    Person,
    /// It is on the firm's list.
    Listed(Listing),
    /// A file of the configuration.
    File,
}

impl Never {
    /// As programs see it.
    pub fn word(self) -> &'static str {
        match self {
            Never::Person => "person",
            Never::Listed(Listing::Agent) => "agent",
            Never::Listed(Listing::Firm) => "firm",
            Never::Listed(Listing::Registry) => "registry",
            Never::File => "file",
        }
    }

    /// Nobody said it of this firm: the number is on a register.
    pub fn is_registry(self) -> bool {
        matches!(self, Never::Listed(Listing::Registry) | Never::File)
    }
}

/// A list that does not change, such as a file's: 8 bytes a number, shared by all copies.
#[derive(Clone, Default, PartialEq)]
pub struct NumberList(Arc<[Digits]>);

impl NumberList {
    /// Of numbers in any order, as digits.
    pub fn new(mut numbers: Vec<u64>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        NumberList(numbers.into())
    }

    /// Whether a number is on it.
    pub(crate) fn has(&self, number: Digits) -> bool {
        self.0.binary_search(&number).is_ok()
    }

    /// How many are on it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is on it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for NumberList {
    /// Never the numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberList({})", self.0.len())
    }
}

/// What people have said to one firm and means all of them (C14). All firms of a program ask the same one, and each adds to it, so it is
/// shared; only one of them runs at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suppression(Arc<RwLock<BTreeSet<Digits>>>);

impl Suppression {
    /// Nobody calls this number any more.
    pub fn add(&self, number: Digits) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(number);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether it was added.
    pub fn has(&self, number: Digits) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&number)
    }
}

/// The numbers of a file: the first column of each line, E.164 or as its country writes it; a header is no number. Empty lines do not
/// count. Lines of one that is none are told by their place, from 1.
pub fn read_lines(text: &str, home: Option<&String>) -> (Vec<u64>, Vec<usize>) {
    let (mut numbers, mut refused) = (Vec::new(), Vec::new());
    for (place, line) in text.lines().enumerate() {
        let first = line.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"');
        let header = place == 0 && !first.contains(|c: char| c.is_ascii_digit());
        if first.is_empty() || header {
            continue;
        }
        // E.164 as it is, for speed; what is not valid in any country is harmless here.
        let plain = first.strip_prefix('+').is_some_and(|rest| {
            (7..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit())
        });
        let number = if plain { Some(first.to_owned()) } else { crate::number::e164(first, home) };
        match number.as_deref().and_then(digits) {
            Some(number) => numbers.push(number),
            None => refused.push(place + 1),
        }
    }
    (numbers, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_numbers_are_held_and_found() {
        let list = NumberList::new((0..1_000_000).rev().map(|n| 491_510_000_000 + n * 3).collect());
        assert_eq!(
            (list.len(), list.has(491_510_000_003), list.has(491_510_000_004)),
            (1_000_000, true, false)
        );
        assert_eq!(format!("{list:?}"), "NumberList(1000000)");
    }

    #[test]
    fn one_firms_word_counts_for_all() {
        let list = Suppression::default();
        let other = list.clone();
        list.add(49);
        assert!(other.has(49) && !other.has(48));
    }

    #[test]
    fn lines_are_read_and_bad_ones_are_told_by_place() {
        let text = "number,why\n+4930901820,asked\n\n030 222333;x\nnobody\n\"+49 151 23456789\"\n+12\n";
        let (numbers, refused) = read_lines(text, Some(&"DE".to_owned()));
        assert_eq!((numbers, refused), (vec![4_930_901_820, 4_930_222_333, 4_915_123_456_789], vec![5, 7]));
    }
}
