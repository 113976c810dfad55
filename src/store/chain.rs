//! Each firm's journal is a chain: a row's link is made of the link before and of the row as it is written, so that no row can be
//! changed, removed, added or moved without every later link becoming another.
//!
//! `digest = SHA-256(len(firm) ‖ firm ‖ seq ‖ time ‖ len(fact) ‖ fact)`, `link = SHA-256(link before ‖ digest)`; numbers and lengths are
//! 64 bits, the highest byte first; the link before the first row is 32 zeros.

use ring::digest::{Context, SHA256};

/// A digest or a link.
pub type Hash = [u8; 32];

/// The link before a firm's first row.
pub const START: Hash = [0; 32];

/// A row as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Rises by one in each firm, from 1.
    pub seq: u64,
    /// Microseconds since the epoch.
    pub time: u64,
    /// The fact, as JSON.
    pub fact: String,
    /// None: somebody has taken it away.
    pub link: Option<Hash>,
    /// The digest by which it was linked, where its person was erased since: `fact` is what is left of it.
    pub digest: Option<Hash>,
}

impl Row {
    /// Whether its fact is of one of these kinds, by its text: so that not every row has to be parsed.
    pub fn is_one_of(&self, kinds: &[&str]) -> bool {
        let kind = self.fact.strip_prefix("{\"fact\":\"").and_then(|rest| rest.split('"').next());
        kind.is_some_and(|kind| kinds.contains(&kind))
    }

    /// The digest by which it was linked.
    pub fn linked_by(&self, firm: &str) -> Hash {
        self.digest.unwrap_or_else(|| digest(firm, self.seq, self.time, &self.fact))
    }
}

/// The end of a firm's chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// The last row's number.
    pub seq: u64,
    /// Its link.
    pub link: Hash,
}

/// What a row adds to its chain.
pub fn digest(firm: &str, seq: u64, time: u64, fact: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&(firm.len() as u64).to_be_bytes());
    context.update(firm.as_bytes());
    context.update(&seq.to_be_bytes());
    context.update(&time.to_be_bytes());
    context.update(&(fact.len() as u64).to_be_bytes());
    context.update(fact.as_bytes());
    finished(context)
}

/// The link of a row.
pub fn link(before: &Hash, digest: &Hash) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(digest);
    finished(context)
}

fn finished(context: Context) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// In lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// So many bytes from lower-case hexadecimal.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Follows a chain row by row.
#[derive(Clone, Debug)]
pub struct Follower {
    /// The last row that was in order.
    pub at: Head,
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Broken {
    /// Rows before it are missing: this one was expected.
    Missing(u64),
    /// It stands where another one was: its number is not the next one.
    OutOfOrder(u64),
    /// The link is not that of this row after the one before: one of them was changed.
    Link,
    /// It has no link.
    Unlinked,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::Missing(seq) => write!(f, "rows from {seq} on are missing before it"),
            Broken::OutOfOrder(seq) => write!(f, "it is not in its place: row {seq} was expected"),
            Broken::Link => f.write_str("it is not what was written: its link does not follow from it"),
            Broken::Unlinked => f.write_str("its link was taken away"),
        }
    }
}

impl Follower {
    /// From the beginning of a chain.
    pub fn new() -> Self {
        Follower { at: Head { seq: 0, link: START } }
    }

    /// The next row of `firm`.
    ///
    /// # Errors
    /// Where it is not the next one, or not as it was written.
    pub fn follow(&mut self, firm: &str, row: &Row) -> Result<(), Broken> {
        let expected = self.at.seq + 1;
        if row.seq != expected {
            let missing = row.seq > expected;
            return Err(if missing { Broken::Missing(expected) } else { Broken::OutOfOrder(expected) });
        }
        let right = link(&self.at.link, &row.linked_by(firm));
        // A row that says to be another than was linked, and is not, would be left out of bundles for nothing.
        let same = row.digest.is_some_and(|first| first == digest(firm, row.seq, row.time, &row.fact));
        match row.link {
            _ if same => Err(Broken::Link),
            None => Err(Broken::Unlinked),
            Some(kept) if kept != right => Err(Broken::Link),
            Some(_) => {
                self.at = Head { seq: row.seq, link: right };
                Ok(())
            }
        }
    }
}

impl Default for Follower {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A firm's rows, linked.
    fn chain(facts: &[String]) -> Vec<Row> {
        let mut last = START;
        let rows = facts.iter().zip(1u64..).map(|(fact, seq)| {
            last = link(&last, &digest("acme", seq, 1_000 + seq, fact));
            Row { seq, time: 1_000 + seq, fact: fact.clone(), link: Some(last), digest: None }
        });
        rows.collect()
    }

    /// Whether rows are a whole chain that ends as `head` says.
    fn holds(rows: &[Row], head: Head) -> bool {
        let mut follower = Follower::new();
        rows.iter().all(|row| follower.follow("acme", row).is_ok()) && follower.at == head
    }

    /// A fact with one bit turned; what is no UTF-8 then is no row, and is found by whoever reads it.
    fn turned(fact: &str, at: usize, bit: u8) -> Option<String> {
        let mut bytes = fact.as_bytes().to_vec();
        let place = at % bytes.len();
        bytes[place] ^= 1 << bit;
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn a_link_is_what_the_documents_say() {
        // Made once with Python's hashlib, by docs/evidence.md.
        let of = digest("acme", 1, 1_795_341_900_000_000, "{}");
        let hex = |hash: &Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&of), "7e4db4ae7f0ece543ebfead0d1e9584e316806d2845047646e14cfee6269e607");
        assert_eq!(
            hex(&link(&START, &of)),
            "0c017d4b155ce1da1082100ffb98da990c78ff6a5535826dc2085dd13449fd5e"
        );
    }

    #[test]
    fn what_is_moved_from_one_field_to_the_next_is_another_row() {
        assert_ne!(digest("acme", 1, 2, "x"), digest("acm", 1, 2, "ex"));
        assert_ne!(digest("a", 1, 2, "x"), digest("b", 1, 2, "x"));
    }

    proptest! {
        #[test]
        fn no_row_can_be_changed_removed_moved_or_added(
            facts in proptest::collection::vec(".{1,40}", 1..12),
            which in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(),
            place in 0usize..200,
            bit in 0u8..8,
        ) {
            let rows = chain(&facts);
            let last = rows.last().expect("one at least");
            let head = Head { seq: last.seq, link: last.link.expect("linked") };
            prop_assert!(holds(&rows, head));
            let (at, to) = (which.index(rows.len()), other.index(rows.len()));

            let mut changed = rows.clone();
            if let Some(fact) = turned(&rows[at].fact, place, bit) {
                changed[at].fact = fact;
                prop_assert!(!holds(&changed, head), "a changed fact");
            }
            let mut changed = rows.clone();
            changed[at].time ^= 1 << bit;
            prop_assert!(!holds(&changed, head), "a changed time");
            let mut changed = rows.clone();
            if let Some(link) = &mut changed[at].link {
                link[place % 32] ^= 1 << bit;
            }
            prop_assert!(!holds(&changed, head), "a changed link");
            let mut removed = rows.clone();
            removed.remove(at);
            prop_assert!(!holds(&removed, head), "a removed row");
            let mut renumbered = removed;
            renumbered.iter_mut().zip(1u64..).for_each(|(row, seq)| row.seq = seq);
            prop_assert!(!holds(&renumbered, head), "a removed row, the others numbered anew");
            if at != to {
                let mut moved = rows.clone();
                moved.swap(at, to);
                prop_assert!(!holds(&moved, head), "two rows changed places");
                let (one, two) = (moved[at].seq, moved[to].seq);
                (moved[at].seq, moved[to].seq) = (two, one);
                prop_assert!(!holds(&moved, head), "and numbers");
            }
            let mut added = rows.clone();
            added.insert(at, rows[at].clone());
            prop_assert!(!holds(&added, head), "an added row");
            // Whoever links everything anew has another head.
            let mut anew = facts.clone();
            anew[at].push('x');
            prop_assert!(!holds(&chain(&anew), head), "a chain made anew");
        }
    }
}
