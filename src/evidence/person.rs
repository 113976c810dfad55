//! A copy of all that the journal has of a person: just the rows that an erasure would take (docs/operating.md, Who wants to be forgotten).

use super::{NoEvidence, collect};
use crate::store::Journal;
use serde::Serialize;
use warmline_coordination::erasure::{Eraser, Erasing, Person};
use warmline_coordination::fact::Fact;
use warmline_time::Time;

/// Rows of one copy.
const MOST: usize = 50_000;

/// See the module.
#[derive(Serialize, Debug)]
pub struct Copy {
    format: &'static str,
    firm: String,
    made_at: String,
    rows: Vec<Row>,
}

#[derive(Serialize, Debug)]
struct Row {
    seq: u64,
    time: String,
    fact: Fact,
}

/// Reads the firm's journal twice.
///
/// # Errors
/// Where it cannot be read, or there is more than anybody could read.
pub fn copy(journal: &mut dyn Journal, firm: &str, person: Person, now: Time) -> Result<Copy, NoEvidence> {
    let erasing = Erasing {
        firm: firm.to_owned(),
        people: vec![person],
        aged: None,
        keep_evidence: false,
        key: [0; 32],
    };
    let mut eraser = Eraser::new(&erasing);
    let mut failed = None;
    journal.rows(firm, 1..=u64::MAX, &mut |row| {
        match collect::read(row.seq, &row.fact) {
            Ok(fact) => eraser.learn((row.seq, Time::from_micros(row.time)), &fact),
            Err(error) => failed = Some(error),
        }
        failed.is_none()
    })?;
    let mut rows = Vec::new();
    journal.rows(firm, 1..=u64::MAX, &mut |row| {
        match collect::read(row.seq, &row.fact) {
            Ok(fact) => {
                let time = Time::from_micros(row.time);
                let own = eraser.own((row.seq, time), &fact);
                rows.extend(own.map(|fact| Row { seq: row.seq, time: time.rfc3339(), fact }));
            }
            Err(error) => failed = Some(error),
        }
        failed.is_none() && rows.len() <= MOST
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None if rows.len() > MOST => Err(NoEvidence::TooLong(rows.len() as u64)),
        None => Ok(Copy { format: "warmline-person/1", firm: firm.to_owned(), made_at: now.rfc3339(), rows }),
    }
}
