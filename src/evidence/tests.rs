//! Bundles of a small journal: what is in them, and that nothing can be done to them unseen.

use super::NoEvidence;
use super::audit::{Kept, audit};
use super::bundle::{Bundle, Item, Others};
use super::collect::{about_number, collect};
use super::key::Key;
use super::verify::{read, verify};
use crate::store::sqlite::Sqlite;
use crate::store::{Batch, Journal, Store, conformance};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use warmline_coordination::fact::{Entry, Fact};
use warmline_coordination::ids::{AttemptId, CallId, ContactId, JobId, ReservationId, VisitorId};
use warmline_time::Time;

const NOW: u64 = 1_795_341_900_000_000;
pub(super) const MINE: &str = "+4915112345678";
pub(super) const OTHERS: &str = "+4915187654321";

pub(super) fn at(secs: u64) -> Time {
    Time::from_micros(NOW + secs * 1_000_000)
}

pub(super) fn request(n: u64) -> ReservationId {
    ReservationId::mint(at(n), u128::from(n))
}

fn fact(json: Value) -> Fact {
    serde_json::from_value(json).expect("a fact")
}

/// Request `n` and what follows, each with its second.
fn facts(n: u64, number: &str) -> Vec<(u64, Fact)> {
    let (job, call) = (JobId::mint(at(n), 1), CallId::mint(at(n), 2));
    let (attempt, contact) = (AttemptId::mint(at(n), 3), ContactId::mint(at(n), 4));
    let micros = |secs: u64| at(secs).as_micros();
    vec![
        (
            n,
            fact(json!({
                "fact": "reservation_opened", "reservation": request(n), "site": "shop", "asked": "callme", "mode": "callme",
                "visitor": VisitorId::mint(at(0), n.into()), "contact": contact,
                "page": {"url": format!("https://shop.test/{n}"), "title": format!("Page {n}")},
                "snapshot": "ab".repeat(32), "consent": {"version": "2026-11", "call": true, "text": "Yes, call me."}, "idempotency_key": null,
                "trace_id": "t", "number": null, "pin": null, "expires_at": micros(n + 900), "agent": null, "claim_until": 0,
                "job": job, "callee": number,
            })),
        ),
        (
            n + 10,
            fact(json!({
                "fact": "dial_intended", "job": job, "attempt": attempt, "call": call, "caller_id": "+493012345000",
                "checked": {"at": micros(n + 9), "lists": [{"list": "firm", "numbers": 3}], "hours": "exempt",
                    "clocks": [{"zone": "Europe/Berlin", "local": "2026-11-22T11:05 sun", "open": false}]},
            })),
        ),
        (
            n + 20,
            fact(json!({
                "fact": "dial_resolved", "job": job, "attempt": attempt, "outcome": "answered", "job_done": true,
                "reservation": request(n), "ring_ms": 8_000,
            })),
        ),
        (
            n + 30,
            fact(json!({
                "fact": "outcome_noted", "call": call, "contact": contact, "agent": "alice", "code": "Sold", "priority": null,
            })),
        ),
        (
            n + 40,
            fact(json!({
                "fact": "call_recorded", "call": call, "reservation": request(n), "contact": contact, "channel": "callme",
                "page_title": "Page", "agent": "alice", "started": micros(n + 10), "answered": micros(n + 21),
                "ended": micros(n + 40), "cause": "normal", "trace_id": "t", "agents": ["alice"],
                "progress": {"verdict": "person", "evidence": "speech 400 ms", "at_ms": 11_000},
                "dialled": {"rang": micros(n + 11), "up": micros(n + 19), "matched": true,
                    "said": [{"prompts": ["match-digits"], "language": "de", "at": micros(n + 19), "until": null}]},
            })),
        ),
        (n + 40, fact(json!({"fact": "do_not_call", "number": number, "why": "key_9"}))),
        (n + 4_000, fact(json!({"fact": "do_not_call", "number": number, "why": "listed"}))),
    ]
}

/// Two requests, the second's rows among the first's, in a firm; something before and behind, and another firm.
pub(super) fn journal(name: &str) -> Sqlite {
    let folder = conformance::folder(name);
    let mut store = Sqlite::open(&folder.join("warmline.db")).expect("opens");
    let mut all = [facts(100, MINE), facts(105, OTHERS)].concat();
    all.push((0, fact(json!({"fact": "do_not_call", "number": OTHERS, "why": "listed"}))));
    all.sort_by_key(|(secs, _)| *secs);
    let rows = all.iter().zip(1..).map(|((secs, fact), seq)| Entry {
        seq,
        time: at(*secs),
        firm: "acme".into(),
        fact: fact.clone(),
    });
    let mut entries: Vec<Entry> = rows.collect();
    entries.push(conformance::entry("other", 1));
    store.append(&Batch { entries, ..Batch::default() }).expect("written");
    std::fs::remove_dir_all(folder).expect("open files stay");
    store
}

pub(super) fn key() -> Key {
    Key::of(&[7; 32]).expect("a key")
}

fn bundle(name: &str) -> Bundle {
    collect(&mut journal(name), "acme", request(100), at(9_000))
        .expect("there")
        .signed(&key())
        .expect("signed")
}

/// One for all tests that only change it.
static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle("evidence-shared"));

#[test]
fn c15_a_bundle_has_what_is_about_the_request_and_nothing_of_others() {
    let bundle = bundle("evidence-own");
    let text = bundle.text().expect("written");
    for foreign in [OTHERS, &request(105).to_string(), "Page 105", "shop.test/105"] {
        assert!(!text.contains(foreign), "{foreign} is in it");
    }
    let own = |item: &Item| matches!(item, Item::Row(_));
    assert_eq!(
        bundle.content.rows.iter().filter(|item| own(item)).count(),
        6,
        "his later word is none of it"
    );
    let others: usize = bundle
        .content
        .rows
        .iter()
        .map(|item| match item {
            Item::Others(others) => others.digests.len(),
            Item::Row(_) => 0,
        })
        .sum();
    assert_eq!((others, bundle.content.before.seq, bundle.content.after.seq), (4, 1, 11));
    assert_eq!(bundle.content.head.seq, 15);
    let told: Vec<_> = bundle.content.timeline.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told[1], format!("To be called: {MINE}."));
    assert!(
        told.contains(&"Agreed to be called: consent text \"2026-11\": \u{201c}Yes, call me.\u{201d}."),
        "{told:#?}"
    );
    assert!(told.contains(&"Do-not-call: the number is on none of the lists firm (3 numbers)."), "{told:#?}");
    let hours = "Calling hours: exempt, as he had just asked for it; the clocks there: Europe/Berlin 2026-11-22T11:05 sun closed.";
    assert!(told.contains(&hours), "{told:#?}");
    assert!(told.contains(&"His phone rang, for 8.00 s."), "{told:#?}");
    assert!(told.contains(&"He was told match-digits (de; broken off)."), "{told:#?}");
    assert!(told.contains(&"The line turned out to be: person (speech 400 ms)."), "{told:#?}");
    assert!(told.contains(&"He and agent alice heard each other, 2.00 s after the answer."), "{told:#?}");
    assert!(told.contains(&format!("{MINE} is never called again: key_9.").as_str()), "{told:#?}");
    // Other words need another `timeline::WORDS`: a bundle of before is no forgery.
    let words = serde_json::to_vec(&bundle.content.timeline).expect("written");
    let digest = super::key::hex(ring::digest::digest(&ring::digest::SHA256, &words).as_ref());
    assert_eq!((super::timeline::WORDS, &digest[..16]), (3, "7350650257c5b808"));
    let report = verify(&read(&text).expect("read")[0], Some(&key().public()));
    assert!(report.holds(), "{report}");
}

#[test]
fn c15_requests_are_found_by_number_and_only_in_their_own_firm() {
    let mut journal = journal("evidence-number");
    assert_eq!(about_number(&mut journal, "acme", MINE).expect("read"), [request(100)]);
    assert_eq!(about_number(&mut journal, "acme", "+493099999999").expect("read"), []);
    assert_eq!(about_number(&mut journal, "other", MINE).expect("read"), []);
    let none = |firm: &str, id| {
        let journal = &mut self::journal(&format!("evidence-none-{firm}-{id}"));
        collect(journal, firm, request(id), at(0)).unwrap_err()
    };
    assert!(matches!(none("other", 100), NoEvidence::Unknown));
    assert!(matches!(none("nobody", 100), NoEvidence::Unknown));
    assert!(matches!(none("acme", 101), NoEvidence::Unknown));
}

/// Signed anew by who has the key: what the chain alone finds.
fn resigned(change: impl FnOnce(&mut Bundle)) -> bool {
    let mut bundle = BUNDLE.clone();
    change(&mut bundle);
    verify(&bundle.content.signed(&key()).expect("signed"), Some(&key().public())).holds()
}

#[test]
fn c15_a_row_removed_moved_added_or_given_as_a_digest_is_found_though_it_is_signed() {
    assert!(resigned(|_| {}));
    let rows = BUNDLE.content.rows.len();
    for at in 0..rows {
        assert!(!resigned(|bundle| drop(bundle.content.rows.remove(at))), "removed {at}");
        assert!(!resigned(|bundle| bundle.content.rows.swap(at, (at + 1) % rows)), "moved {at}");
        assert!(
            !resigned(|bundle| {
                let twice = bundle.content.rows[at].clone();
                bundle.content.rows.insert(at, twice);
            }),
            "added {at}"
        );
        assert!(
            !resigned(|bundle| match &mut bundle.content.rows[at] {
                Item::Row(row) => row.fact = row.fact.replace('1', "2"),
                Item::Others(others) => others.digests[0] = "00".repeat(32),
            }),
            "changed {at}"
        );
    }
    assert!(!resigned(|bundle| bundle.content.firm = "acme2".into()));
    assert!(!resigned(|bundle| bundle.content.reservation = request(105).to_string()));
    assert!(!resigned(|bundle| bundle.content.head.seq = 2));
    assert!(!resigned(|bundle| bundle.content.head.link = "x".into()));
    assert!(!resigned(|bundle| bundle.content.timeline[0].what.push('!')));
    let other_words = |bundle: &mut Bundle| {
        bundle.content.words += 1;
        bundle.content.timeline[0].what.push('!');
    };
    assert!(resigned(other_words), "another version's words are not judged");
    assert!(!resigned(|bundle| bundle.content.before.seq = u64::MAX));
    let far = Item::Others(Others { from: u64::MAX, digests: vec!["00".repeat(32); 2] });
    assert!(!resigned(|bundle| bundle.content.rows.push(far)), "and nothing overflows");
}

#[test]
fn c15_another_key_is_another_word() {
    let other = Key::of(&[8; 32]).expect("a key");
    let forged = BUNDLE.content.clone().signed(&other).expect("signed");
    assert!(verify(&forged, None).holds(), "it holds for whoever trusts that key");
    assert!(!verify(&forged, Some(&key().public())).holds());
    let mut renamed = forged;
    renamed.key = key().public();
    assert!(!verify(&renamed, None).holds());
}

#[test]
fn c15_a_journal_written_anew_or_cut_short_is_found_by_links_kept_elsewhere() {
    let mut kept = Kept::default();
    let whole = audit(&mut journal("evidence-audit"), &kept).expect("read");
    assert!(whole.iter().all(super::audit::Audited::holds) && whole.len() == 2, "{whole:?}");
    let printed = whole[0].to_string();
    let head = printed.rsplit(' ').next().expect("a head");
    kept.head(&format!("acme={head}")).expect("as it is printed");
    kept.bundle(&BUNDLE);
    let again = audit(&mut journal("evidence-again"), &kept).expect("read");
    assert!(again[0].holds() && again[0].kept == 4, "{}", again[0]);
    // The same facts, one word of the first row different, linked in order: a history that is sound in itself.
    let folder = conformance::folder("evidence-anew");
    let mut anew = Sqlite::open(&folder.join("warmline.db")).expect("opens");
    let mut entries = Vec::new();
    journal("evidence-copy")
        .rows("acme", 1..=14, &mut |row| {
            let fact = row.fact.replace("2026-11\"", "2026-12\"");
            let (seq, time) = (row.seq, Time::from_micros(row.time));
            entries.push(Entry {
                seq,
                time,
                firm: "acme".into(),
                fact: serde_json::from_str(&fact).expect("a fact"),
            });
            true
        })
        .expect("read");
    anew.append(&Batch { entries, ..Batch::default() }).expect("written");
    assert!(audit(&mut anew, &Kept::default()).expect("read")[0].holds(), "nothing shows it from inside");
    let found = audit(&mut anew, &kept).expect("read");
    assert!(!found[0].holds() && found[0].lost.len() == 3, "{}", found[0]);
    std::fs::remove_dir_all(folder).expect("removed");
    assert!(kept.head("acme=1:xyz").is_err() && kept.head("acme").is_err());
}

proptest! {
    #[test]
    fn c15_any_changed_byte_of_a_bundle_is_found(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let text = BUNDLE.text().expect("written");
        let mut bytes = text.into_bytes();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        // Spaces between the parts may be others: they say nothing.
        let told = String::from_utf8(bytes).ok().and_then(|text| read(&text).ok());
        let unseen = told.is_some_and(|read| read[0] != *BUNDLE && verify(&read[0], None).holds());
        prop_assert!(!unseen, "byte {} became {}", at, byte);
    }
}

#[test]
fn e15_a_call_that_a_restart_has_cut_off_is_told_with_what_is_known_of_its_end() {
    let folder = conformance::folder("evidence-cut");
    let mut store = Sqlite::open(&folder.join("warmline.db")).expect("opens");
    let record = |kind: &str, more: Value| {
        let mut record = json!({
            "fact": kind, "call": CallId::mint(at(100), 2), "reservation": request(100),
            "contact": ContactId::mint(at(100), 4), "channel": "callme", "page_title": "Page", "agent": "alice",
            "started": at(110).as_micros(), "answered": at(121).as_micros(), "ended": at(121).as_micros(),
            "cause": "normal", "trace_id": "t", "agents": ["alice"],
        });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        fact(record)
    };
    let end =
        json!({"cause": "node_restart", "ended": at(900).as_micros(), "known_until": at(130).as_micros()});
    let mut all = facts(100, MINE)[..3].to_vec();
    all.push((121, record("call_on", json!({}))));
    all.push((900, record("call_recorded", end)));
    let rows = all.into_iter().zip(1..);
    let entries = rows.map(|((secs, fact), seq)| Entry { seq, time: at(secs), firm: "acme".into(), fact });
    store.append(&Batch { entries: entries.collect(), ..Batch::default() }).expect("written");
    let content = collect(&mut store, "acme", request(100), at(9_000)).expect("there");
    let told: Vec<_> = content.timeline.iter().map(|line| (line.time.as_str(), line.what.as_str())).collect();
    let last =
        "The program had stopped in the call, which was on at 2026-11-22T10:07:10.000Z: it ended by now.";
    assert_eq!(told.last(), Some(&("2026-11-22T10:20:00.000Z", last)), "{told:#?}");
    let heard = told.iter().filter(|line| line.1.contains("heard each other")).count();
    assert_eq!((heard, content.rows.len()), (1, 5), "what is on is told once, and in the bundle whole");
    let bundle = content.signed(&key()).expect("signed");
    assert!(verify(&bundle, Some(&key().public())).holds());
    std::fs::remove_dir_all(folder).expect("removed");
}
