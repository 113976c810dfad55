//! The erasure of people from a firm's journal (E24): which rows are about them, and what stands there instead. The chain holds, for a row
//! keeps the digest by which it was linked; what stands there now is vouched for by a later row, [`Fact::RowsErased`].

use super::chain::{self, Hash, Row, hex};
use super::decisions::Decisions;
use super::writer::Writer;
use super::{Journal, StoreError};
use crate::store::sqlite::Reader;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use warmline_coordination::erasure::{Eraser, Erasing};
use warmline_coordination::fact::Fact;
use warmline_time::Time;

/// Of what is too old the writer replaces so many rows at once.
const ROWS: usize = 500;
/// And deletes so many pages, some of which have megabytes.
const PAGES: usize = 50;

/// Rows, and the digests of what stands there, in hex.
pub type Texts = Vec<(u64, String)>;

/// A row's new text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaced {
    /// Which.
    pub seq: u64,
    /// The digest by which it was linked.
    pub was: Hash,
    /// What stands there from now on.
    pub fact: String,
}

/// What is to be done to the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Erased {
    /// Whose journal.
    pub firm: String,
    /// Rows, by their numbers.
    pub rows: Vec<Replaced>,
    /// Snapshots that nobody else's page is, as far as the journal was read.
    pub snapshots: Vec<String>,
    /// The firm's last row that was read.
    pub read: u64,
    /// Calls whose legs' records go, by their ids.
    pub calls: Vec<String>,
}

/// What was found: what is to be done, and what the firm is told of when it is.
#[derive(Debug, Default)]
pub struct Found {
    /// What is to be done.
    pub erased: Erased,
    /// The requests and calls of those who are erased, by their ids.
    pub subjects: Vec<String>,
    /// All rows whose text no later row vouches for yet, with the digests of their texts; those of `erased` among them.
    pub told: Texts,
    /// Up to here what is too old was gone through.
    pub older: Option<Time>,
}

impl Erased {
    /// So that nobody who waits for the file waits long. Wherever it stops, what is left is still found by the next reading: pages and legs
    /// go before the rows that name them, and of the rows the latest first, for the earlier ones say whose they are.
    pub fn parts(self, most: usize) -> Vec<Erased> {
        let Erased { firm, mut rows, snapshots, read, calls } = self;
        let none = || Erased { firm: firm.clone(), read, ..Erased::default() };
        let mut parts: Vec<Erased> =
            snapshots.chunks(PAGES).map(|part| Erased { snapshots: part.to_vec(), ..none() }).collect();
        parts.extend(calls.chunks(most).map(|part| Erased { calls: part.to_vec(), ..none() }));
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().saturating_sub(most));
            parts.push(Erased { rows: rest, ..none() });
        }
        parts
    }
}

/// Reads the firm's journal and has the rows replaced; what the firm is told. Takes as long as the journal is: on a thread of its own.
///
/// # Errors
/// Where the journal or the events cannot be read or written.
pub fn carry_out(
    file: &Path,
    (writer, decisions): (&Writer, Option<&Decisions>),
    forget_events: impl FnOnce(&[String]) -> io::Result<()>,
    erasing: &Erasing,
) -> Result<(Texts, Option<Time>), StoreError> {
    // The reader is gone before anything is written: what it has open keeps old pages alive.
    let found = find(&mut Reader::open(file)?, erasing)?;
    // First, for when the rows are gone nobody knows of them any more.
    // What is too old is not among the events any more.
    if erasing.aged.is_none() {
        let people = erasing.people.iter().flat_map(|person| {
            let browsers = person.visitors.iter().map(ToString::to_string);
            browsers.chain(person.contact.map(|id| id.to_string()))
        });
        let ids: Vec<String> = found.subjects.iter().cloned().chain(people).collect();
        forget_events(&ids).map_err(|error| StoreError(format!("events on the disk: {error}")))?;
    }
    if let Some(decisions) = decisions {
        decisions.forget(found.subjects)?;
    }
    let older = found.older;
    let parts = if older.is_some() { found.erased.parts(ROWS) } else { vec![found.erased] };
    for part in parts {
        writer.erase(part)?;
    }
    Ok((found.told, older))
}

/// What there is to be done.
///
/// # Errors
/// Where the journal cannot be read.
pub fn find(journal: &mut dyn Journal, erasing: &Erasing) -> Result<Found, StoreError> {
    let mut eraser = Eraser::new(erasing);
    let mut found =
        Found { erased: Erased { firm: erasing.firm.clone(), ..Erased::default() }, ..Found::default() };
    let mut pages = Pages::default();
    let mut unvouched: BTreeMap<u64, String> = BTreeMap::new();
    let mut failed = None;
    // What is his is known before the first of his rows is looked at.
    journal.rows(&erasing.firm, 1..=u64::MAX, &mut |row| {
        let at = Time::from_micros(row.time);
        eraser.passes(at);
        let learnt = ["contact_stored", "call_on", "call_recorded", "reservation_closed"];
        if learnt.iter().any(|kind| row.fact.get(..32).is_some_and(|head| head.contains(kind)))
            && let Ok(fact) = serde_json::from_str(&row.fact)
        {
            eraser.learn((row.seq, at), &fact);
        }
        true
    })?;
    journal.rows(&erasing.firm, 1..=u64::MAX, &mut |row| {
        found.erased.read = row.seq;
        match look(&mut eraser, erasing, &row, &mut pages) {
            Ok(Looked::Stays) => {
                if row.digest.is_some() {
                    unvouched
                        .insert(row.seq, hex(&chain::digest(&erasing.firm, row.seq, row.time, &row.fact)));
                }
            }
            Ok(Looked::Vouches(rows)) => {
                rows.iter().filter(|(seq, of)| unvouched.get(seq) == Some(of)).for_each(|(seq, _)| {
                    pages.vouched.insert(*seq);
                });
            }
            Ok(Looked::Goes(fact)) => {
                let now = hex(&chain::digest(&erasing.firm, row.seq, row.time, &fact));
                unvouched.insert(row.seq, now);
                found.erased.rows.push(Replaced { seq: row.seq, was: row.linked_by(&erasing.firm), fact });
            }
            Err(error) => failed = Some(error),
        }
        failed.is_none()
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let Pages { theirs, mut others, vouched } = pages;
    found.told = unvouched.into_iter().filter(|(seq, _)| !vouched.contains(seq)).collect();
    if !theirs.is_empty() {
        for firm in journal.firms()?.into_iter().filter(|firm| *firm != erasing.firm) {
            journal.rows(&firm, 1..=u64::MAX, &mut |row| {
                let named = row.fact.contains("\"snapshot\":\"");
                if let Some(fact) = named.then(|| serde_json::from_str(&row.fact).ok()).flatten() {
                    others
                        .extend(snapshot_of(&fact).filter(|hash| theirs.contains(*hash)).map(str::to_owned));
                }
                true
            })?;
        }
    }
    found.subjects = eraser.subjects().collect();
    found.older = eraser.older();
    found.erased.calls = found.subjects.iter().filter(|id| id.starts_with("cal_")).cloned().collect();
    found.erased.snapshots = theirs.difference(&others).cloned().collect();
    Ok(found)
}

#[derive(Default)]
struct Pages {
    /// Snapshots of rows that are erased, and of those that stay.
    theirs: BTreeSet<String>,
    others: BTreeSet<String>,
    /// Rows replaced earlier for whose texts a later row vouches.
    vouched: BTreeSet<u64>,
}

enum Looked {
    Stays,
    Vouches(Vec<(u64, String)>),
    Goes(String),
}

fn look(eraser: &mut Eraser, erasing: &Erasing, row: &Row, pages: &mut Pages) -> Result<Looked, StoreError> {
    let unreadable = |error| StoreError(format!("journal row {}/{}: {error}", erasing.firm, row.seq));
    let fact: Fact = serde_json::from_str(&row.fact).map_err(unreadable)?;
    let left = eraser.look((row.seq, Time::from_micros(row.time)), &fact);
    match (&fact, left) {
        (Fact::RowsErased(erased), _) => Ok(Looked::Vouches(erased.rows.clone())),
        (_, None) => {
            pages.others.extend(snapshot_of(&fact).map(str::to_owned));
            Ok(Looked::Stays)
        }
        (_, Some(left)) => {
            pages.theirs.extend(snapshot_of(&fact).map(str::to_owned));
            serde_json::to_string(&left).map(Looked::Goes).map_err(unreadable)
        }
    }
}

/// The page of a request.
fn snapshot_of(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::ReservationOpened(opened) => opened.snapshot.as_deref(),
        _ => None,
    }
}
