//! A campaign's figures: made of a small journal by hand, without a word of those who were called, and nothing can be done to them unseen.

use super::NoEvidence;
use super::campaign::collect;
use super::key::Key;
use super::summary::{Figures, Summary, date, day_of, read, verify};
use crate::store::sqlite::Sqlite;
use crate::store::{Batch, Store, conformance};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use warmline_coordination::fact::{Entry, Fact};
use warmline_coordination::ids::{AttemptId, CallId, CampaignId, ContactId, JobId, ReservationId, VisitorId};
use warmline_time::Time;

/// 2026-11-22, 10:05 UTC.
const NOW: u64 = 1_795_341_900_000_000;
const DAY: u64 = 86_400;

fn at(secs: u64) -> Time {
    Time::from_micros(NOW + secs * 1_000_000)
}

fn campaign(n: u128) -> CampaignId {
    CampaignId::mint(at(0), n)
}

/// A journal that grows by facts.
#[derive(Default)]
struct Written {
    entries: Vec<Entry>,
    people: u64,
}

impl Written {
    fn push(&mut self, time: Time, fact: Value) {
        let fact: Fact = serde_json::from_value(fact).expect("a fact");
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(Entry { seq, time, firm: "acme".into(), fact });
    }

    fn opened(&mut self, n: u128, name: &str) {
        let terms = json!({"name": name, "site": "shop"});
        self.push(at(0), json!({"fact": "campaign_opened", "campaign": campaign(n), "terms": terms}));
    }

    /// Somebody of a campaign is dialled; how that ended, one word after the other; how long it rang; and how his call went.
    fn dialled(&mut self, of: u128, secs: u64, ends: &[&str], ring_ms: Option<u32>, call: Option<Value>) {
        self.people += 1;
        let n = u128::from(self.people);
        let (reservation, job) = (ReservationId::mint(at(secs), n), JobId::mint(at(secs), n));
        let (attempt, id) = (AttemptId::mint(at(secs), n), CallId::mint(at(secs), n));
        let contact = ContactId::mint(at(secs), n);
        self.push(
            at(secs),
            json!({
                "fact": "reservation_opened", "reservation": reservation, "site": "shop", "asked": "callme", "mode": "callme",
                "visitor": VisitorId::mint(at(0), n), "contact": contact, "page": {"url": "", "title": "Spring"},
                "snapshot": null, "consent": null, "idempotency_key": null, "trace_id": "t", "number": null, "pin": null,
                "expires_at": 0, "agent": null, "claim_until": 0, "job": job, "callee": format!("+4915112345{n:03}"),
                "campaign": {"campaign": campaign(of), "order": n as u32, "priority": 4},
            }),
        );
        let intent = json!({"fact": "dial_intended", "job": job, "attempt": attempt, "call": id});
        self.push(at(secs), intent);
        for end in ends {
            self.push(
                at(secs + 20),
                json!({
                    "fact": "dial_resolved", "job": job, "attempt": attempt, "outcome": end, "job_done": true,
                    "reservation": reservation, "ring_ms": ring_ms,
                }),
            );
        }
        if let Some(more) = call {
            let mut record = json!({
                "fact": "call_recorded", "call": id, "reservation": reservation, "contact": contact, "channel": "callme",
                "page_title": "Spring", "agent": null, "started": at(secs).as_micros(), "answered": null,
                "ended": at(secs + 40).as_micros(), "cause": "normal", "trace_id": "t",
            });
            let into = record.as_object_mut().expect("an object");
            into.extend(more.as_object().expect("an object").clone());
            self.push(at(secs + 40), record);
        }
    }
}

/// He answers after eight seconds, greets for one, and hears the message so many milliseconds after that.
fn told(secs: u64, after_ms: u64) -> Value {
    let said = at(secs).as_micros() + 9_000_000 + after_ms * 1_000;
    json!({
        "progress": {"verdict": "person", "evidence": "", "at_ms": 9_000},
        "dialled": {"up": at(secs + 8).as_micros(), "said": [{"prompts": ["identification"], "language": "en", "at": said}]},
    })
}

fn journal(name: &str) -> Sqlite {
    let mut all = Written::default();
    all.opened(1, "Spring");
    all.opened(2, "Autumn");
    all.dialled(1, 0, &["answered"], Some(8_000), None);
    all.dialled(1, 100, &["no_answer"], Some(16_400), None);
    all.dialled(2, 150, &["answered", "abandoned"], Some(1_000), None);
    // Two days later, and long after.
    for n in 0..40 {
        all.dialled(1, 2 * DAY + n, &["answered"], Some(5_000), None);
    }
    let then = 2 * DAY + 100;
    all.dialled(1, then, &["answered", "abandoned"], Some(8_000), Some(told(then, 1_300)));
    all.dialled(1, then, &["answered", "machine"], Some(4_000), None);
    all.dialled(1, then, &["trunk_full"], None, None);
    all.dialled(1, then, &["busy"], Some(900), None);
    all.dialled(1, then, &["no_answer"], Some(17_000), None);
    all.dialled(1, then, &[], None, None);
    let last = 40 * DAY;
    all.dialled(1, last, &["answered", "abandoned"], Some(8_000), None);
    let folder = conformance::folder(name);
    let mut store = Sqlite::open(&folder.join("warmline.db")).expect("opens");
    store.append(&Batch { entries: all.entries, ..Batch::default() }).expect("written");
    std::fs::remove_dir_all(folder).expect("open files stay");
    store
}

fn key() -> Key {
    Key::of(&[7; 32]).expect("a key")
}

fn summary(name: &str, campaign: &str, until: u64) -> Summary {
    let content = collect(&mut journal(name), "acme", campaign, Some(until), at(50 * DAY)).expect("there");
    content.signed(&key()).expect("signed")
}

fn first_day() -> u64 {
    day_of(at(0))
}

static SUMMARY: LazyLock<Summary> = LazyLock::new(|| summary("campaign-shared", "Spring", first_day() + 5));

#[test]
fn c15_figures_by_hand() {
    let Summary { content, .. } = &*SUMMARY;
    assert_eq!((content.name.as_str(), content.campaign.clone()), ("Spring", campaign(1).to_string()));
    assert_eq!((content.from.as_str(), content.until.as_str()), ("2026-10-29", "2026-11-27"));
    let total = Figures {
        dialled: 47,
        live_answers: 42,
        abandoned: 1,
        abandoned_share: Some(239),
        without_message: 0,
        longest_to_message_ms: Some(1_300),
        shortest_ring_ms: Some(16_400),
    };
    assert_eq!(content.total, total, "what was busy, a machine, or never left is no live answer");
    let days: Vec<_> = content.days.iter().map(|day| (day.date.as_str(), day.figures.live_answers)).collect();
    assert_eq!(days, [("2026-11-22", 1), ("2026-11-24", 41)]);
    let unknown = content.diallings.iter().filter(|one| one.outcome == "unknown").count();
    assert_eq!(unknown, 1, "one of which nobody knows the end");
    let report = verify(&SUMMARY, Some(&key().public()));
    assert!(report.holds(), "{report}");
    assert!(report.notes.iter().all(|note| note.starts_with("Kept.")), "{report}");
}

#[test]
fn c15_nobody_is_in_it() {
    let text = SUMMARY.text().expect("written");
    for foreign in ["+4915", "rsv_", "con_", "vis_", "cal_", "job_"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    let read = read(&text).expect("calls itself one").expect("is one");
    assert_eq!(read, *SUMMARY);
}

#[test]
fn c15_a_month_in_which_it_was_not_kept_is_proved_just_as_well() {
    let until = day_of(at(40 * DAY));
    let late = summary("campaign-late", &campaign(1).to_string(), until);
    assert_eq!((late.content.total.live_answers, late.content.total.without_message), (1, 1));
    assert_eq!(late.content.until, date(until));
    let report = verify(&late, None);
    assert!(report.holds(), "{report}");
    let told = report.to_string();
    assert!(told.contains("NOT KEPT. Abandoned: 1 of 1 (100.00 %; 3 % at most)."), "{told}");
    assert!(told.contains("NOT KEPT. The message to the abandoned: 1 heard none (within 2 s)."), "{told}");
    let other = summary("campaign-other", "Autumn", first_day());
    assert_eq!((other.content.total.dialled, other.content.total.abandoned), (1, 1));
    let none = collect(&mut journal("campaign-none"), "acme", "Winter", None, at(0)).unwrap_err();
    assert!(matches!(none, NoEvidence::UnknownCampaign));
    let none = collect(&mut journal("campaign-firm"), "other", "Spring", None, at(0)).unwrap_err();
    assert!(matches!(none, NoEvidence::UnknownCampaign));
}

/// Signed anew by who has the key: what does not fit together is found all the same.
fn resigned(change: impl FnOnce(&mut Summary)) -> bool {
    let mut summary = SUMMARY.clone();
    change(&mut summary);
    verify(&summary.content.signed(&key()).expect("signed"), Some(&key().public())).holds()
}

#[test]
fn c15_figures_that_are_not_those_of_the_diallings_are_found_though_they_are_signed() {
    assert!(resigned(|_| {}));
    assert!(!resigned(|all| all.content.total.abandoned = 0));
    assert!(!resigned(|all| all.content.days[1].figures.abandoned = 0));
    assert!(!resigned(|all| drop(all.content.days.pop())));
    assert!(!resigned(|all| drop(all.content.diallings.pop())));
    assert!(!resigned(|all| all.content.diallings.swap(0, 1)));
    assert!(!resigned(|all| all.content.until = "2026-11-23".into()));
    assert!(!resigned(|all| all.content.head.link = "x".into()));
    let other = SUMMARY.content.clone().signed(&Key::of(&[8; 32]).expect("a key")).expect("signed");
    assert!(verify(&other, None).holds() && !verify(&other, Some(&key().public())).holds());
}

proptest! {
    #[test]
    fn c15_any_changed_byte_of_a_summary_is_found(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = SUMMARY.text().expect("written").into_bytes();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let told = String::from_utf8(bytes).ok().and_then(|text| read(&text)).and_then(Result::ok);
        let unseen = told.is_some_and(|read| read != *SUMMARY && verify(&read, None).holds());
        prop_assert!(!unseen, "byte {} became {}", at, byte);
    }
}
