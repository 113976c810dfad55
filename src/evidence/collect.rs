//! From the journal to a bundle: which rows are about a request, and where they are in the chain.

use super::NoEvidence;
use super::bundle::{Content, FORMAT, Item, Others, Place, Row};
use super::concerns::Request;
use super::key::hex;
use super::{timeline, vouched};
use crate::store::chain::{Broken, Follower, Head, START};
use crate::store::{Journal, StoreError};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;
use warmline_time::Time;

/// A bundle has no more rows, those of others among them: of each there are some 70 bytes.
pub const LONGEST: u64 = 500_000;
/// Requests about one number, the latest, that are gathered at once.
pub const REQUESTS: usize = 100;

/// What there is about a request of a firm.
///
/// # Errors
/// Where there is nothing, too much, or the rows are not those that were written.
pub fn collect(
    journal: &mut dyn Journal,
    firm: &str,
    reservation: ReservationId,
    now: Time,
) -> Result<Content, NoEvidence> {
    let head = journal.head(firm)?.ok_or(NoEvidence::Unknown)?;
    let mut request = Request::new(reservation);
    let seqs = find(journal, firm, &mut request, reservation.minted())?.ok_or(NoEvidence::Unknown)?;
    let rows = seqs.end() - seqs.start() + 1;
    if rows > LONGEST {
        return Err(NoEvidence::TooLong(rows));
    }
    let before = link_before(journal, firm, *seqs.start())?;
    let (items, after, replaced) = gather(journal, firm, seqs, (&request, before))?;
    if replaced {
        vouched::all(journal, firm)?;
    }
    let timeline = timeline::of(items.iter().filter_map(|item| match item {
        Item::Row(row) => Some(row),
        Item::Others(_) => None,
    }));
    Ok(Content {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        words: timeline::WORDS,
        firm: firm.to_owned(),
        reservation: reservation.to_string(),
        made_at: now.rfc3339(),
        timeline,
        before: Place::new(before.seq, &before.link),
        rows: items,
        after: Place::new(after.seq, &after.link),
        head: Place::new(head.seq, &head.link),
    })
}

/// A fact as it is kept.
///
/// # Errors
/// Where this version cannot read it.
pub fn read(seq: u64, fact: &str) -> Result<Fact, StoreError> {
    let unreadable = |error| StoreError(format!("journal row {seq} cannot be read: {error}"));
    serde_json::from_str(fact).map_err(unreadable)
}

/// From its first row to its last. Time never goes back in a journal: nothing about it is before the moment of its id.
fn find(
    journal: &mut dyn Journal,
    firm: &str,
    request: &mut Request,
    from: Time,
) -> Result<Option<RangeInclusive<u64>>, NoEvidence> {
    let from = first_at(journal, firm, from)?;
    let mut found: Option<(u64, u64)> = None;
    let mut last_time = 0;
    let mut failed = None;
    journal.rows(firm, from..=u64::MAX, &mut |row| {
        if !request.may_concern(&row.fact) {
            return true;
        }
        let fact = match read(row.seq, &row.fact) {
            Ok(fact) => fact,
            Err(error) => {
                failed = Some(error);
                return false;
            }
        };
        request.learn(row.seq, &fact);
        // What he says of his number later is a matter of its own, but for the word that ended this.
        let later = matches!(fact, Fact::DoNotCall(_)) && row.time != last_time;
        if request.concerns(&fact) && !later {
            found = Some((found.map_or(row.seq, |(first, _)| first), row.seq));
            last_time = row.time;
        }
        true
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(found.map(|(first, last)| first..=last)),
    }
}

/// The first row of this moment or later.
fn first_at(journal: &mut dyn Journal, firm: &str, at: Time) -> Result<u64, NoEvidence> {
    let (mut low, mut high) = (1, journal.head(firm)?.map_or(1, |head| head.seq));
    while low < high {
        let middle = low + (high - low) / 2;
        let mut earlier = false;
        journal.rows(firm, middle..=u64::MAX, &mut |row| {
            earlier = row.time < at.as_micros();
            false
        })?;
        if earlier {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn link_before(journal: &mut dyn Journal, firm: &str, first: u64) -> Result<Head, NoEvidence> {
    let seq = first - 1;
    if seq == 0 {
        return Ok(Head { seq, link: START });
    }
    let mut found = None;
    journal.rows(firm, seq..=seq, &mut |row| {
        found = row.link;
        false
    })?;
    let link = found.ok_or(NoEvidence::Damaged(seq, Broken::Unlinked))?;
    Ok(Head { seq, link })
}

/// The rows, each as it stands in the chain.
fn gather(
    journal: &mut dyn Journal,
    firm: &str,
    seqs: RangeInclusive<u64>,
    (request, before): (&Request, Head),
) -> Result<(Vec<Item>, Head, bool), NoEvidence> {
    let mut replaced = false;
    let mut items: Vec<Item> = Vec::new();
    let mut follower = Follower { at: before };
    let mut failed = None;
    let last = *seqs.end();
    journal.rows(firm, seqs, &mut |row| {
        if let Err(how) = follower.follow(firm, &row) {
            failed = Some(NoEvidence::Damaged(row.seq, how));
            return false;
        }
        replaced |= row.digest.is_some();
        // What is left of an erased row is no evidence.
        let may = row.digest.is_none() && request.may_concern(&row.fact);
        let own = match may.then(|| read(row.seq, &row.fact)).transpose() {
            Ok(fact) => fact.is_some_and(|fact| request.concerns(&fact)),
            Err(error) => {
                failed = Some(error.into());
                return false;
            }
        };
        if own {
            items.push(Item::Row(Row { seq: row.seq, time: row.time, fact: row.fact }));
            return true;
        }
        let digest = hex(&row.linked_by(firm));
        match items.last_mut() {
            Some(Item::Others(others)) => others.digests.push(digest),
            _ => items.push(Item::Others(Others { from: row.seq, digests: vec![digest] })),
        }
        true
    })?;
    match failed {
        Some(failed) => Err(failed),
        None if follower.at.seq != last => {
            Err(NoEvidence::Damaged(last, Broken::Missing(follower.at.seq + 1)))
        }
        None => Ok((items, follower.at, replaced)),
    }
}

/// The requests of a firm to call this number (E.164), and those whose caller came from it; the latest of many, the first of them first.
///
/// # Errors
/// Where the journal cannot be read.
pub fn about_number(
    journal: &mut dyn Journal,
    firm: &str,
    number: &str,
) -> Result<Vec<ReservationId>, NoEvidence> {
    let mut found = BTreeSet::new();
    let mut failed = None;
    journal.rows(firm, 1..=u64::MAX, &mut |row| {
        if !row.fact.contains(number) {
            return true;
        }
        match read(row.seq, &row.fact) {
            Ok(Fact::ReservationOpened(opened)) if opened.callee.as_deref() == Some(number) => {
                found.insert(opened.reservation);
            }
            Ok(Fact::CallRecorded(record)) if record.caller.as_deref() == Some(number) => {
                found.extend(record.reservation);
            }
            Ok(_) => {}
            Err(error) => failed = Some(error),
        }
        if found.len() > REQUESTS {
            found.pop_first();
        }
        failed.is_none()
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(found.into_iter().collect()),
    }
}
