//! Where contacts are found: by the words of name and company, by e-mail address, and by the last digits of their numbers.
//!
//! Ordered sets, so that what begins alike is a stretch and a page of answers is read off it. A word costs some 90 bytes (48 in the
//! tree as full as it is on average, the text beside it), a number 36: a contact with two words, a company, an address and a number
//! has about 400; at most 17 words and 8 numbers are kept of one.

use super::words::{address, spelled, words};
use crate::ids::ContactId;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::str::FromStr;
use warmline_time::Time;

/// Words of one contact by which he is found, beside his address.
const WORDS: usize = 16;
/// Digits of a number by which it is found; E.164 has 15.
const DIGITS: usize = 16;
/// Last digits that are looked for, at least.
const LAST_DIGITS: usize = 4;
/// Rows that are looked at for one answer.
const WALK: usize = 1_000;

/// By what a contact is found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Terms {
    words: BTreeSet<Box<str>>,
    numbers: BTreeSet<u64>,
}

impl Terms {
    /// Of a record.
    pub fn of((name, company): (&str, &str), email: Option<&str>, numbers: &[String]) -> Self {
        let both = [name, company].into_iter();
        let mut kept = BTreeSet::new();
        for word in both.clone().flat_map(words).chain(both.flat_map(|text| words(&spelled(text)))) {
            if kept.len() < WORDS {
                kept.insert(word);
            }
        }
        kept.extend(email.map(address));
        Terms { words: kept, numbers: numbers.iter().filter_map(|number| reversed(number)).collect() }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct ContactIndex {
    words: BTreeSet<(Box<str>, ContactId)>,
    numbers: BTreeSet<(u64, ContactId)>,
}

impl ContactIndex {
    /// A contact is found by these from now on.
    pub fn insert(&mut self, id: ContactId, terms: &Terms) {
        self.words.extend(terms.words.iter().map(|word| (word.clone(), id)));
        self.numbers.extend(terms.numbers.iter().map(|&number| (number, id)));
    }

    /// By these no longer.
    pub fn remove(&mut self, id: ContactId, terms: &Terms) {
        for word in &terms.words {
            self.words.remove(&(word.clone(), id));
        }
        for &number in &terms.numbers {
            self.numbers.remove(&(number, id));
        }
    }

    /// By others.
    pub fn rename(&mut self, id: ContactId, before: &Terms, after: &Terms) {
        if before != after {
            self.remove(id, before);
            self.insert(id, after);
        }
    }

    /// Who may have just this number: its last digits are his.
    pub fn with_number(&self, number: &str) -> impl Iterator<Item = ContactId> + '_ {
        let least = ContactId::mint(Time::ZERO, 0);
        let rows = reversed(number).map(|key| self.numbers.range((key, least)..(key + 1, least)));
        rows.into_iter().flatten().map(|&(_, id)| id)
    }

    /// At most `most` of those whom a query leads to and who are `wanted`, in the order of the words or digits, each once. `terms` are
    /// those of a contact. None: the place behind which it goes on is there no more.
    pub fn page(
        &self,
        query: &Query,
        (behind, most): (Option<Spot>, usize),
        terms: impl Fn(ContactId) -> Option<Terms>,
        wanted: impl Fn(ContactId) -> bool,
    ) -> Option<Page> {
        let least = ContactId::mint(Time::ZERO, 0);
        match query {
            Query::Number(from, to) => {
                let his = |terms: &Terms| terms.numbers.range(from..to).copied().collect::<Vec<_>>();
                let start = match behind {
                    None => Included((*from, least)),
                    Some(Spot { id, nth }) => Excluded((*his(&terms(id)?).get(nth)?, id)),
                };
                let rows = self.numbers.range((start, Excluded((*to, least))));
                let fits = |key: &u64, id: ContactId| {
                    wanted(id) && terms(id).is_some_and(|terms| his(&terms).first() == Some(key))
                };
                Some(read(rows, most, fits, |key, id| his(&terms(id)?).iter().position(|his| his == key)))
            }
            Query::Words(all) => {
                // The longest leads to the fewest.
                let lead = all.iter().max_by_key(|word| word.len())?;
                let his = |terms: &Terms| {
                    terms.words.iter().filter(|word| word.starts_with(&**lead)).cloned().collect::<Vec<_>>()
                };
                let start = match behind {
                    None => Included((lead.clone(), least)),
                    Some(Spot { id, nth }) => Excluded((his(&terms(id)?).get(nth)?.clone(), id)),
                };
                let rows = self.words.range((start, Unbounded));
                let rows = rows.take_while(|(word, _)| word.starts_with(&**lead));
                let has_all = |terms: &Terms| {
                    all.iter().all(|word| terms.words.iter().any(|his| his.starts_with(&**word)))
                };
                Some(read(
                    rows,
                    most,
                    |key, id| {
                        let fits = |terms: Terms| his(&terms).first() == Some(key) && has_all(&terms);
                        wanted(id) && terms(id).is_some_and(fits)
                    },
                    |key, id| his(&terms(id)?).iter().position(|his| his == key),
                ))
            }
        }
    }

    /// How many words and numbers it has.
    #[cfg(test)]
    pub fn len(&self) -> (usize, usize) {
        (self.words.len(), self.numbers.len())
    }
}

/// `fits`: whether he is an answer, and this the first of his rows in this stretch. `nth`: which of them a row is, from 0.
fn read<'a, K: 'a>(
    rows: impl Iterator<Item = &'a (K, ContactId)>,
    most: usize,
    fits: impl Fn(&K, ContactId) -> bool,
    nth: impl Fn(&K, ContactId) -> Option<usize>,
) -> Page {
    let mut page = Page::default();
    let mut last: Option<&'a (K, ContactId)> = None;
    for (looked, row) in rows.enumerate() {
        let (key, id) = row;
        let fits = looked < WALK && fits(key, *id);
        if looked == WALK || fits && page.contacts.len() == most {
            page.next = last.and_then(|(key, id)| Some(Spot { id: *id, nth: nth(key, *id)? }));
            return page;
        }
        if fits {
            page.contacts.push(*id);
        }
        last = Some(row);
    }
    page
}

/// A page of answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Page {
    pub contacts: Vec<ContactId>,
    /// Where it goes on; none: nothing follows. A page may be empty and have one, where much had to be looked at.
    pub next: Option<Spot>,
}

/// A row of the index as it is named outside, without saying what it holds: whose it is, and which of his rows that the query leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spot {
    pub(crate) id: ContactId,
    pub(crate) nth: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.nth)
    }
}

impl FromStr for Spot {
    type Err = crate::ids::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, nth) = text.split_once('.').ok_or(crate::ids::InvalidId)?;
        Ok(Spot { id: id.parse()?, nth: nth.parse().map_err(|_| crate::ids::InvalidId)? })
    }
}

/// What is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Query {
    /// Numbers that end so: from the first up to the second, reversed.
    Number(u64, u64),
    /// All of these, each the beginning of a word.
    Words(Vec<Box<str>>),
}

impl Query {
    /// As it was typed; none: nothing in it can be looked for.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains('@') {
            return Some(Query::Words(vec![address(text)]));
        }
        if text.chars().all(|c| c.is_ascii_digit() || "+()-./ ".contains(c)) {
            return last_digits(text);
        }
        let words: Vec<Box<str>> = words(text).into_iter().take(WORDS).collect();
        (!words.is_empty()).then_some(Query::Words(words))
    }

    /// Whether this number is looked for.
    pub fn is_of(&self, number: &str) -> bool {
        match self {
            Query::Number(from, to) => reversed(number).is_some_and(|number| (*from..*to).contains(&number)),
            Query::Words(_) => false,
        }
    }
}

/// A number's digits from the last to the first, as the first digits of 16: those that end alike are beside each other.
fn reversed(number: &str) -> Option<u64> {
    let digits = number.bytes().rev().filter(u8::is_ascii_digit).map(|digit| u64::from(digit - b'0'));
    let (mut value, mut count) = (0, 0);
    for digit in digits.take(DIGITS) {
        value = value * 10 + digit;
        count += 1;
    }
    (count > 0).then(|| value * 10_u64.pow((DIGITS - count) as u32))
}

/// The last digits of a number in any writing: what is written before a national number within its country is not looked for.
fn last_digits(text: &str) -> Option<Query> {
    let text = text.replace("(0)", "");
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let national = all.trim_start_matches('0');
    let digits = if national.len() < LAST_DIGITS { all.as_str() } else { national };
    if !(LAST_DIGITS..=DIGITS).contains(&digits.len()) {
        return None;
    }
    let from = reversed(digits)?;
    Some(Query::Number(from, from + 10_u64.pow((DIGITS - digits.len()) as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Book {
        index: ContactIndex,
        rows: BTreeMap<ContactId, Terms>,
    }

    impl Book {
        fn add(&mut self, n: u64, name: &str, numbers: &[&str]) -> ContactId {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let terms = Terms::of((name, ""), None, &numbers);
            let id = ContactId::mint(Time::from_micros(n * 1_000), 0);
            self.index.insert(id, &terms);
            self.rows.insert(id, terms);
            id
        }

        fn page(&self, query: &str, behind: Option<Spot>, most: usize) -> Page {
            let query = Query::read(query).expect("it can be looked for");
            self.index.page(&query, (behind, most), |id| self.rows.get(&id).cloned(), |_| true).unwrap()
        }

        fn find(&self, query: &str) -> Vec<ContactId> {
            self.page(query, None, 50).contacts
        }
    }

    #[test]
    fn words_are_found_by_their_beginning_whatever_their_accents() {
        let mut book = Book::default();
        let zoe = book.add(1, "Zoë Müller-Groß", &[]);
        let jose = book.add(2, "José Ångström", &[]);
        let anna = book.add(3, "Anna Müllerová", &[]);
        assert_eq!(book.find("zoe"), [zoe]);
        assert_eq!(book.find("MUL"), [zoe, anna], "in the order of the words");
        assert_eq!(book.find("Mueller"), [zoe, anna], "as it is spelled without the key");
        assert_eq!(book.find("gross mül"), [zoe], "all of the words, in any order");
        assert_eq!(book.find("ang jos"), [jose]);
        assert_eq!(book.find("uller"), [], "a word's middle is not its beginning");
        assert_eq!(Query::read(" -! "), None);
    }

    #[test]
    fn numbers_are_found_by_their_end_in_any_writing() {
        let mut book = Book::default();
        let vera = book.add(1, "", &["+4930222333", "+4915123456789"]);
        let paul = book.add(2, "", &["+4930111333", "+390612345678"]);
        for query in ["+49 30 222333", "030/222 333", "0049 (0)30-222333", "222333", "2333"] {
            assert_eq!(book.find(query), [vera], "{query}");
        }
        assert_eq!(book.find("06 12345678"), [paul]);
        let with = |number| book.index.with_number(number).collect::<Vec<_>>();
        assert_eq!((with("+4930222333"), with("+493022233"), with("")), (vec![vera], vec![], vec![]));
        assert_eq!(book.find("+49 30 222334"), []);
        for none in ["333", "12", "+", "12345678901234567"] {
            assert_eq!(Query::read(none), None, "{none}");
        }
        assert_eq!(book.find("0000"), []);
    }

    #[test]
    fn pages_go_on_where_they_ended_and_nobody_comes_twice() {
        let mut book = Book::default();
        let all: Vec<ContactId> = (0..40).map(|n| book.add(n, "Anna Annabel Annika", &[])).collect();
        let (mut seen, mut behind) = (Vec::new(), None);
        loop {
            let page = book.page("ann", behind, 7);
            seen.extend(page.contacts);
            behind = page.next;
            // A new one is met on its way or not, and moves nobody else.
            if seen.len() == 14 {
                book.add(100, "Zoe Zoe", &[]);
            }
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        let spot = Spot { id: all[3], nth: 1 };
        assert_eq!(spot.to_string().parse(), Ok(spot));
        assert!("con_x.1".parse::<Spot>().is_err() && all[3].to_string().parse::<Spot>().is_err());
    }

    #[test]
    fn a_question_walks_so_far_and_no_further() {
        let mut book = Book::default();
        for n in 0..3 * WALK as u64 {
            book.add(n, "Anna Annabel", &[]);
        }
        let last = book.add(9_999, "Annika Zorn", &[]);
        // Both words fit somebody only at the very end.
        let (mut pages, mut behind, mut found) = (0, None, Vec::new());
        loop {
            let page = book.page("an anni", behind, 10);
            found.extend(page.contacts);
            (pages, behind) = (pages + 1, page.next);
            if behind.is_none() {
                break;
            }
        }
        assert_eq!((found, pages), (vec![last], 1), "the longest word leads");
        let nobody = |behind| {
            let query = Query::read("ann").unwrap();
            book.index.page(&query, (behind, 10), |id| book.rows.get(&id).cloned(), |_| false).unwrap()
        };
        let (mut pages, mut behind) = (0, None);
        loop {
            let page = nobody(behind);
            assert!(page.contacts.is_empty());
            (pages, behind) = (pages + 1, page.next);
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(pages, 7, "6,001 rows by 1,000");
    }

    #[test]
    fn who_is_renamed_or_removed_leaves_nothing() {
        let mut book = Book::default();
        let id = book.add(1, "Vera Müller", &["+4930222333"]);
        let (before, after) = (book.rows[&id].clone(), Terms::of(("Vera Meier", ""), Some("V@x.test"), &[]));
        book.index.rename(id, &before, &after);
        book.rows.insert(id, after.clone());
        assert_eq!((book.find("müller").len(), book.find("2333").len()), (0, 0));
        assert_eq!((book.find("meier"), book.find("v@X")), (vec![id], vec![id]));
        book.index.remove(id, &after);
        assert_eq!(book.index.len(), (0, 0));
        assert_eq!(book.index.with_number("+4930222333").next(), None);
        let gone = book.index.page(
            &Query::read("meier").unwrap(),
            (Some(Spot { id, nth: 0 }), 5),
            |_| None,
            |_| true,
        );
        assert_eq!(gone, None);
    }
}
