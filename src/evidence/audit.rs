//! The chains of a whole journal, followed from their beginnings; and whether links that were kept elsewhere are in them.

use super::bundle::{Bundle, Place};
use super::key::{hex, unhex};
use super::summary::Summary;
use super::vouched::Vouched;
use crate::store::chain::{Broken, Follower, Hash, Head};
use crate::store::{Journal, StoreError};
use std::collections::BTreeMap;

/// What became of one firm's chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audited {
    /// Whose.
    pub firm: String,
    /// How far it holds.
    pub head: Head,
    /// The first row that breaks it, and how.
    pub broken: Option<(u64, Broken)>,
    /// Links that were kept elsewhere and are not in it.
    pub lost: Vec<Place>,
    /// How many are.
    pub kept: usize,
    /// Rows about people who were erased: what is left of them is what a later row says.
    pub erased: usize,
    /// Those of which no later row says it.
    pub unvouched: Vec<u64>,
}

impl Audited {
    /// Whether it is what was written.
    pub fn holds(&self) -> bool {
        self.broken.is_none() && self.lost.is_empty() && self.unvouched.is_empty()
    }
}

impl std::fmt::Display for Audited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (firm, head) = (&self.firm, self.head);
        match self.broken {
            None => write!(
                f,
                "{firm}: {} rows, the chain holds; head {}:{}",
                head.seq,
                head.seq,
                hex(&head.link)
            )?,
            Some((seq, how)) => write!(f, "{firm}: THE CHAIN BREAKS at row {seq}: {how}")?,
        }
        if self.kept > 0 {
            write!(f, "\n{firm}: {} links that were kept elsewhere are in it", self.kept)?;
        }
        if self.erased > 0 {
            write!(
                f,
                "\n{firm}: {} rows were about people who are erased; what is left of them is vouched for",
                self.erased
            )?;
        }
        for seq in &self.unvouched {
            let what = "was changed as if its person had been erased, and no later row says so";
            write!(f, "\n{firm}: ROW {seq} {what}")?;
        }
        for place in &self.lost {
            let what = "is not in it: the journal was written anew, or its end was taken away";
            write!(f, "\n{firm}: LINK {}:{} {what}", place.seq, place.link)?;
        }
        Ok(())
    }
}

/// Links kept elsewhere, by firm: heads that were noted, and what bundles say.
#[derive(Clone, Default, Debug)]
pub struct Kept(BTreeMap<String, Vec<Place>>);

impl Kept {
    /// A head as `audit` prints it, `FIRM=SEQ:LINK`.
    ///
    /// # Errors
    /// Where it is none, in a sentence.
    pub fn head(&mut self, text: &str) -> Result<(), String> {
        let read = || {
            let (firm, place) = text.rsplit_once('=')?;
            let (seq, link) = place.split_once(':')?;
            let link = unhex::<32>(link).is_some().then(|| link.to_owned())?;
            Some((firm.to_owned(), Place { seq: seq.parse().ok()?, link }))
        };
        let (firm, place) = read().ok_or_else(|| format!("`{text}` is not FIRM=SEQ:LINK"))?;
        self.0.entry(firm).or_default().push(place);
        Ok(())
    }

    /// The links of a bundle.
    pub fn bundle(&mut self, bundle: &Bundle) {
        let content = &bundle.content;
        let links = [&content.before, &content.after, &content.head].map(Place::clone);
        self.0.entry(content.firm.clone()).or_default().extend(links);
    }

    /// The links of a summary.
    pub fn summary(&mut self, summary: &Summary) {
        let content = &summary.content;
        let links = [&content.before, &content.head].map(Place::clone);
        self.0.entry(content.firm.clone()).or_default().extend(links);
    }
}

/// Follows every firm's chain.
///
/// # Errors
/// Where the file cannot be read.
pub fn audit(journal: &mut dyn Journal, kept: &Kept) -> Result<Vec<Audited>, StoreError> {
    let mut firms = journal.firms()?;
    firms.extend(kept.0.keys().filter(|firm| !firms.contains(firm)).cloned().collect::<Vec<_>>());
    let none = Vec::new();
    firms.iter().map(|firm| one(journal, firm, kept.0.get(firm).unwrap_or(&none))).collect()
}

fn one(journal: &mut dyn Journal, firm: &str, kept: &[Place]) -> Result<Audited, StoreError> {
    let mut wanted: BTreeMap<u64, Vec<&Place>> = BTreeMap::new();
    kept.iter().for_each(|place| wanted.entry(place.seq).or_default().push(place));
    let mut follower = Follower::new();
    let (mut broken, mut lost, mut found) = (None, Vec::new(), 0);
    let mut look = |seq: u64, link: Hash| {
        for place in wanted.remove(&seq).unwrap_or_default() {
            match unhex(&place.link) {
                Some(kept) if link == kept => found += 1,
                _ => lost.push(place.clone()),
            }
        }
    };
    look(0, follower.at.link);
    let mut vouched = Vouched::default();
    journal.rows(firm, 0..=u64::MAX, &mut |row| {
        match follower.follow(firm, &row) {
            Ok(()) => look(row.seq, follower.at.link),
            Err(how) => broken = Some((row.seq, how)),
        }
        vouched.look(firm, &row);
        broken.is_none()
    })?;
    lost.extend(wanted.into_values().flatten().cloned());
    let (erased, unvouched) = vouched.told();
    Ok(Audited { firm: firm.to_owned(), head: follower.at, broken, lost, kept: found, erased, unvouched })
}
