//! What every store must do, as one test body: SQLite runs it now, PostgreSQL joins with one line.
#![cfg(test)]

use super::{Batch, Store, StoreError};
use crate::switch::LegRecord;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use warmline_coordination::cti::Cause;
use warmline_coordination::fact::{Entry, Fact};
use warmline_coordination::ids::ReservationId;
use warmline_time::Time;

/// A fresh folder under the system's temporary one.
pub fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("warmline-store-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("temporary folder");
    path
}

fn entry(firm: &str, seq: u64) -> Entry {
    let fact = Fact::ReservationClosed {
        reservation: ReservationId::mint(Time::from_micros(seq), u128::from(seq)),
        reason: "expired \u{1F600} \"quoted\"".into(),
        number_free_at: Some(u64::MAX >> 1),
    };
    Entry { seq, time: Time::from_micros(1_000 + seq), firm: firm.into(), fact }
}

fn record() -> LegRecord {
    LegRecord {
        call: "cal_1".into(),
        leg: 1,
        peer: "trunk:carrier".into(),
        direction: "in",
        sip_call_id: "a@b".into(),
        started: 1,
        answered: None,
        ended: 2,
        status: 486,
        cause: Cause::Busy,
    }
}

/// Opens a store in a folder.
pub type Open<'a> = &'a dyn Fn(&Path) -> Result<Box<dyn Store>, StoreError>;

/// Runs everything.
pub fn run(open: Open) {
    let folder = folder("conformance");
    keeps_what_it_acknowledged(open, &folder);
    refuses_a_sequence_number_twice(open, &folder);
    std::fs::remove_dir_all(folder).expect("removed");
}

fn replayed(store: &mut dyn Store) -> Vec<Entry> {
    let mut rows = Vec::new();
    store.replay(&mut |entry| rows.push(entry)).expect("replays");
    rows
}

fn keeps_what_it_acknowledged(open: Open, folder: &Path) {
    let batch = Batch {
        entries: vec![entry("a", 1), entry("b", 1), entry("a", 2)],
        snapshots: vec![
            ("h1".into(), Bytes::from_static(b"<p>\0one")),
            ("h1".into(), Bytes::from_static(b"other")),
        ],
        records: vec![record()],
    };
    let mut store = open(folder).expect("opens");
    store.append(&batch).expect("written");
    store.append(&Batch::default()).expect("an empty batch is nothing");
    drop(store);
    let mut store = open(folder).expect("opens again");
    assert_eq!(replayed(&mut *store), batch.entries);
    assert_eq!(store.snapshot("h1").unwrap().as_deref(), Some(&b"<p>\0one"[..]));
    assert_eq!(store.snapshot("h2").unwrap(), None);
    assert_eq!(store.record_count().unwrap(), 1);
}

fn refuses_a_sequence_number_twice(open: Open, folder: &Path) {
    let mut store = open(folder).expect("opens");
    let before = replayed(&mut *store).len();
    let batch =
        Batch { entries: vec![entry("a", 3), entry("a", 2)], records: vec![record()], ..Batch::default() };
    assert!(store.append(&batch).is_err());
    assert_eq!(replayed(&mut *store).len(), before, "nothing of a refused batch may stay");
    assert_eq!(store.record_count().unwrap(), 1);
    store.append(&Batch { entries: vec![entry("a", 3)], ..Batch::default() }).expect("and it goes on");
}
