//! A journal of which a person was erased: its chain holds, what was given away holds, and nobody can change a row by calling it erased.

use super::audit::{Kept, audit};
use super::collect::collect;
use super::tests::{MINE, OTHERS, at, journal, key, request};
use super::verify::verify;
use crate::store::erase::{Erased, Found, Replaced, find};
use crate::store::sqlite::Sqlite;
use crate::store::{Batch, Journal, Store, conformance};
use warmline_coordination::erasure::{Aged, Erasing, ErasureOrdered, Person, RowsErased};
use warmline_coordination::fact::{Entry, Fact};
use warmline_coordination::ids::{ContactId, ErasureId};

/// The person of request 100, evidence and all.
fn erasing(keep_evidence: bool) -> Erasing {
    let contact = Some(ContactId::mint(at(100), 4));
    let person =
        Person { contact, visitors: Vec::new(), numbers: vec![MINE.into()], known: true, until: 1_000 };
    Erasing { firm: "acme".into(), people: vec![person], aged: None, keep_evidence, key: [9; 32] }
}

fn told(store: &mut Sqlite, found: &Found) {
    let erasure = ErasureId::mint(at(8_000), 1);
    let ordered = ErasureOrdered { erasure, contact: None, visitors: Vec::new(), by: None };
    let fact = RowsErased { erasures: vec![erasure], rows: found.told.clone(), done: true, older: None };
    let seq = store.head("acme").expect("read").expect("rows").seq;
    let entry = |n, fact| Entry { seq: seq + n, time: at(9_000), firm: "acme".into(), fact };
    let ordered = entry(1, Fact::ErasureOrdered(Box::new(ordered)));
    let entries = vec![ordered, entry(2, Fact::RowsErased(Box::new(fact)))];
    store.append(&Batch { entries, ..Batch::default() }).expect("written");
}

/// All that is older than so many seconds, evidence and all.
fn aged(secs: u64) -> Erasing {
    let aged = Aged { older: at(secs), ..Aged::default() };
    Erasing { firm: "acme".into(), people: Vec::new(), aged: Some(aged), keep_evidence: false, key: [9; 32] }
}

fn told_by_age(store: &mut Sqlite, rows: Vec<(u64, String)>, secs: u64) {
    let older = Some(at(secs).as_micros());
    let fact = Fact::RowsErased(Box::new(RowsErased { erasures: Vec::new(), rows, done: true, older }));
    let seq = store.head("acme").expect("read").expect("rows").seq + 1;
    let entries = vec![Entry { seq, time: at(9_000), firm: "acme".into(), fact }];
    store.append(&Batch { entries, ..Batch::default() }).expect("written");
}

fn holds(store: &mut Sqlite, kept: &Kept) -> bool {
    let audited = audit(store, kept).expect("read");
    audited.iter().all(|firm| firm.holds())
}

fn facts(store: &mut Sqlite) -> String {
    let mut text = String::new();
    let each = &mut |row: crate::store::chain::Row| {
        text.push_str(&row.fact);
        true
    };
    store.rows("acme", 0..=u64::MAX, each).expect("read");
    text
}

#[test]
fn e24_the_chain_holds_and_so_does_what_was_given_away() {
    let mut store = journal("erased-holds");
    let mine = collect(&mut store, "acme", request(100), at(9_000)).expect("there").signed(&key()).unwrap();
    let other = collect(&mut store, "acme", request(105), at(9_000)).expect("there").signed(&key()).unwrap();
    let mut kept = Kept::default();
    kept.bundle(&mine);
    kept.bundle(&other);
    let found = find(&mut store, &erasing(false)).expect("found");
    assert!(found.erased.rows.len() >= 5, "{found:?}");
    // The snapshot is the other request's too.
    assert_eq!(found.erased.snapshots, Vec::<String>::new());
    assert!(store.erase(&found.erased).expect("erased"));
    assert!(!holds(&mut store, &kept), "nothing vouches for what is left yet");
    told(&mut store, &found);
    assert!(holds(&mut store, &kept), "{:?}", audit(&mut store, &kept));
    let text = facts(&mut store);
    for gone in [&request(100).to_string(), "shop.test/100", "Page 100"] {
        assert!(!text.contains(gone), "{gone} is still there");
    }
    // His own word that he is never called is no record of him.
    assert!(text.matches(MINE).count() == 2 && text.contains(OTHERS));
    assert!(collect(&mut store, "acme", request(100), at(9_000)).is_err(), "there is no evidence of it");
    let again = collect(&mut store, "acme", request(105), at(9_000)).expect("there").signed(&key()).unwrap();
    assert!(verify(&again, None).holds() && verify(&mine, None).holds());
    assert_eq!(again.content.rows, other.content.rows, "his neighbour's evidence is what it was");
    let again = find(&mut store, &erasing(false)).expect("found");
    assert_eq!(
        (again.erased.rows, again.told),
        (Vec::<Replaced>::new(), Vec::new()),
        "nothing is left to do"
    );
}

#[test]
fn evidence_stays_where_it_is_to_stay() {
    let mut store = journal("erased-kept");
    let before = collect(&mut store, "acme", request(100), at(9_000)).expect("there");
    let found = find(&mut store, &erasing(true)).expect("found");
    store.erase(&found.erased).expect("erased");
    told(&mut store, &found);
    let after = collect(&mut store, "acme", request(100), at(9_000)).expect("there");
    assert_eq!(after.timeline, before.timeline);
    assert!(holds(&mut store, &Kept::default()));
}

#[test]
fn after_a_crash_what_is_left_is_vouched_for_by_the_next_try() {
    let mut store = journal("erased-crash");
    let found = find(&mut store, &erasing(false)).expect("found");
    store.erase(&found.erased).expect("erased");
    // Died here. The rows tell no more whose they were.
    let again = find(&mut store, &Erasing { key: [10; 32], ..erasing(false) }).expect("found");
    assert_eq!((again.erased.rows.len(), &again.told), (0, &found.told));
    told(&mut store, &again);
    assert!(holds(&mut store, &Kept::default()));
}

#[test]
fn what_is_too_old_goes_of_everybody_and_the_chain_holds() {
    let mut store = journal("erased-aged");
    // The one of them that ended before.
    let found = find(&mut store, &aged(143)).expect("found");
    assert_eq!(found.older, Some(at(143)));
    store.erase(&found.erased).expect("erased");
    assert!(!holds(&mut store, &Kept::default()), "nothing vouches for what is left yet");
    told_by_age(&mut store, found.told, 143);
    assert!(holds(&mut store, &Kept::default()), "{:?}", audit(&mut store, &Kept::default()));
    let text = facts(&mut store);
    for gone in [&request(100).to_string(), "shop.test/100", "Page 100", "Sold"] {
        assert_eq!(text.matches(gone).count(), usize::from(gone == "Sold"), "{gone}");
    }
    assert!(text.contains("shop.test/105") && text.contains(OTHERS), "it had not ended yet");
    let again = find(&mut store, &aged(143)).expect("found");
    assert_eq!((again.erased.rows, again.told), (Vec::<Replaced>::new(), Vec::new()));
    let found = find(&mut store, &aged(5_000)).expect("found");
    store.erase(&found.erased).expect("erased");
    told_by_age(&mut store, found.told, 5_000);
    let text = facts(&mut store);
    assert!(holds(&mut store, &Kept::default()) && !text.contains("shop.test") && !text.contains("Sold"));
    assert!(text.contains(OTHERS), "whom nobody is to call");
}

#[test]
fn wherever_it_stops_what_is_too_old_is_found_by_the_next_reading() {
    let parts = find(&mut journal("erased-parts"), &aged(5_000)).expect("found").erased.parts(1);
    assert!(parts.len() > 10, "{}", parts.len());
    for done in 0..=parts.len() {
        let mut store = journal(&format!("erased-parts-{done}"));
        for part in &parts[..done] {
            store.erase(part).expect("erased");
        }
        let again = find(&mut store, &Erasing { key: [10; 32], ..aged(5_000) }).expect("found");
        store.erase(&again.erased).expect("erased");
        told_by_age(&mut store, again.told, 5_000);
        let text = facts(&mut store);
        assert!(!text.contains("shop.test") && !text.contains("Sold"), "after {done}");
        assert!(holds(&mut store, &Kept::default()), "after {done}");
    }
}

/// What who has the file can try.
#[test]
fn nobody_changes_a_row_by_calling_it_erased() {
    let mut store = journal("erased-forged");
    let row = |store: &mut Sqlite, seq: u64| {
        let mut found = None;
        store
            .rows("acme", seq..=seq, &mut |row| {
                found = Some(row);
                false
            })
            .expect("read");
        found.expect("a row")
    };
    let forged = |store: &mut Sqlite, seq: u64, to: &str| {
        let was = row(store, seq).linked_by("acme");
        let fact = row(store, seq).fact.replace("exempt", to);
        let rows = vec![Replaced { seq, was, fact }];
        store.erase(&Erased { firm: "acme".into(), rows, ..Erased::default() }).unwrap();
    };
    let dialled = (1..=15).find(|&seq| row(&mut store, seq).fact.contains("exempt")).expect("a dialling");
    forged(&mut store, dialled, "open");
    assert_eq!(conformance::followed(&mut store, "acme"), Ok(15), "its link is what it was");
    assert!(!holds(&mut store, &Kept::default()), "yet nothing vouches for its text");
    assert!(collect(&mut store, "acme", request(100), at(9_000)).is_err(), "and there is no evidence");
    // Nor does the forger by vouching for it himself: this is not what an erasure leaves.
    let text = row(&mut store, dialled);
    let digest = crate::store::chain::digest("acme", text.seq, text.time, &text.fact);
    told(&mut store, &Found { told: vec![(dialled, super::key::hex(&digest))], ..Found::default() });
    assert!(!holds(&mut store, &Kept::default()));
    // What is left of an erased row cannot be changed either.
    let mut store = journal("erased-forged-later");
    let found = find(&mut store, &erasing(false)).expect("found");
    store.erase(&found.erased).expect("erased");
    told(&mut store, &found);
    assert!(holds(&mut store, &Kept::default()));
    forged(&mut store, dialled, "open");
    assert!(!holds(&mut store, &Kept::default()));
    // Nor by its age, where it is too young.
    let mut store = journal("erased-forged-young");
    let found = find(&mut store, &aged(143)).expect("found");
    store.erase(&found.erased).expect("erased");
    told_by_age(&mut store, found.told, 105);
    assert!(!holds(&mut store, &Kept::default()));
    // Nor is a row hidden from a bundle by saying of it that it is another, while it is not.
    let mut store = journal("erased-hidden");
    let hidden = row(&mut store, dialled);
    let rows = vec![Replaced { seq: dialled, was: hidden.linked_by("acme"), fact: hidden.fact }];
    store.erase(&Erased { firm: "acme".into(), rows, ..Erased::default() }).unwrap();
    assert!(conformance::followed(&mut store, "acme").is_err());
}
