//! What every store must do, as one test body: SQLite runs it now, PostgreSQL joins with one line.
#![cfg(test)]

use super::chain::{Broken, Follower};
use super::{Batch, Journal, Store, StoreError};
use crate::switch::{DialogNews, LeftDialog, LegRecord};
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

/// A row of the journal.
pub fn entry(firm: &str, seq: u64) -> Entry {
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
    links_what_it_writes(open, &folder);
    knows_the_dialogs_that_stand(open, &folder);
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
        ..Batch::default()
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

/// How many rows a firm's chain has, followed from its beginning to its head; or the row that breaks it, and how.
pub fn followed(journal: &mut dyn Journal, firm: &str) -> Result<u64, (u64, Broken)> {
    let mut follower = Follower::new();
    let mut broken = None;
    let each = &mut |row: super::chain::Row| {
        broken = follower.follow(firm, &row).err().map(|how| (row.seq, how));
        broken.is_none()
    };
    journal.rows(firm, 0..=u64::MAX, each).expect("can be read");
    match broken {
        Some(broken) => Err(broken),
        None => {
            let end = (follower.at.seq > 0).then_some(follower.at);
            assert_eq!(journal.head(firm).expect("can be read"), end, "the head is the last row's link");
            Ok(follower.at.seq)
        }
    }
}

fn links_what_it_writes(open: Open, folder: &Path) {
    let mut store = open(folder).expect("opens");
    assert_eq!(store.firms().unwrap(), ["a", "b"]);
    assert_eq!((followed(&mut *store, "a"), followed(&mut *store, "b")), (Ok(3), Ok(1)));
    assert_eq!(followed(&mut *store, "c"), Ok(0), "a firm of which nothing is kept");
    // Of a refused batch nothing may stay, in memory neither.
    let refused = Batch { entries: vec![entry("a", 4), entry("b", 1)], ..Batch::default() };
    assert!(store.append(&refused).is_err());
    let batch = Batch { entries: vec![entry("c", 1), entry("a", 4), entry("b", 2)], ..Batch::default() };
    store.append(&batch).expect("written");
    drop(store);
    let mut store = open(folder).expect("opens again");
    store.append(&Batch { entries: vec![entry("a", 5)], ..Batch::default() }).expect("goes on");
    assert_eq!(store.firms().unwrap(), ["a", "b", "c"]);
    let all = ["a", "b", "c"].map(|firm| followed(&mut *store, firm));
    assert_eq!(all, [Ok(5), Ok(2), Ok(1)]);
    let mut some = Vec::new();
    store
        .rows("a", 2..=4, &mut |row| {
            some.push(row.seq);
            row.seq < 3
        })
        .expect("can be read");
    assert_eq!(some, [2, 3], "of these alone, until it is enough");
}

fn stands(tag: &str, cseq: u32) -> DialogNews {
    DialogNews::Stands(Box::new(LeftDialog {
        tag: tag.into(),
        call_id: "a@b".into(),
        local: format!("<sip:a@192.0.2.1>;tag={tag}"),
        remote: "\"Zoë\" <sip:b@192.0.2.2>;tag=x".into(),
        target: "sip:b@192.0.2.2:5070".into(),
        routes: vec!["<sip:192.0.2.3;lr>".into()],
        cseq,
        transport: "UDP".into(),
        from: "192.0.2.1:5060".parse().expect("an address"),
        to: "192.0.2.3:5060".parse().expect("an address"),
        trunk: Some("carrier".into()),
    }))
}

fn knows_the_dialogs_that_stand(open: Open, folder: &Path) {
    let left = |store: &mut dyn Store| {
        let rows = store.dialogs().expect("can be read").into_iter();
        rows.map(|row| (row.tag, row.cseq)).collect::<Vec<_>>()
    };
    let batch = |news: &[DialogNews]| {
        let mut batch = Batch::default();
        news.iter().for_each(|news| batch.note(news.clone()));
        batch
    };
    let mut store = open(folder).expect("opens");
    store.append(&batch(&[stands("t1", 1), stands("t2", 1), stands("t1", 500)])).expect("written");
    let over = DialogNews::Over("t3".into());
    store.append(&batch(&[stands("t3", 1), over.clone(), DialogNews::Over("t9".into())])).expect("written");
    // Also together with what has to be on the disk; of a refused batch nothing stays.
    let mut refused = batch(&[stands("t4", 1), DialogNews::Over("t1".into())]);
    refused.entries.push(entry("a", 1));
    assert!(store.append(&refused).is_err());
    drop(store);
    let mut store = open(folder).expect("opens again");
    assert_eq!(left(&mut *store), [("t1".to_owned(), 500), ("t2".to_owned(), 1)]);
    let mut both = batch(&[DialogNews::Over("t1".into()), stands("t2", 501)]);
    both.entries.push(entry("d", 1));
    store.append(&both).expect("written");
    assert_eq!(left(&mut *store), [("t2".to_owned(), 501)]);
    store.append(&batch(&[DialogNews::Over("t2".into())])).expect("written");
    drop(store);
    assert_eq!(left(&mut *open(folder).expect("opens again")), []);
}
