//! What is too old is kept of nobody (`keep_days`, `contact_days`); what is not over, and what is counted, stays.

use crate::campaign::{fill, job, number, opened, set, terms};
use crate::contacts::{self, card, changed, program};
use crate::erase::{found, journal, leave, nothing_of, states, talk};
use crate::world::*;
use serde_json::json;
use std::time::Duration;
use warmline_coordination::campaign::CampaignVerb;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ContactId;
use warmline_coordination::request::*;
use warmline_coordination::settings::{ContactSettings, FirmSettings};

const DAY: u64 = 86_400;

/// So many days, and so many for records; 0: for ever.
fn keeping(days: u32, contacts: u32) -> FirmSettings {
    let mut firm = acme();
    let keep = |days: u32| (days > 0).then(|| Duration::from_secs(DAY) * days);
    firm.privacy.keep = keep(days);
    firm.privacy.keep_contacts = keep(contacts);
    firm
}

fn crm() -> Asker {
    program("acme")
}

fn named(w: &mut World, name: &str) -> ContactId {
    contacts::found(w, crm(), name).first().expect("he is found").id
}

fn rename(w: &mut World, contact: ContactId, name: &str) {
    changed(w, crm(), contact, json!({ "name": name }));
}

fn reservations(w: &World) -> usize {
    w.facts(|fact| matches!(fact, Fact::ReservationOpened(_)))
}

#[test]
fn e24_what_was_said_goes_with_its_age_and_the_record_and_the_count_stay() {
    let mut w = World::with(vec![keeping(30, 0)]);
    let id = talk(&mut w);
    leave(&mut w);
    let contact = named(&mut w, "Visitor 1");
    rename(&mut w, contact, "Vera Old");
    rename(&mut w, contact, "Vera New");
    w.wait_secs(29 * DAY);
    assert_eq!(card(&mut w, crm(), contact).contact.history.len(), 1, "not yet");
    assert!(journal(&w).contains("shop.test/p/1") && journal(&w).contains("Vera Old"));
    w.open(wish(2, Mode::Dial));
    w.wait_secs(3 * DAY);
    nothing_of(&w, &["shop.test/p/1", "Page 1\"", "192.0.2.1\"", "Visitor 1\"", "Vera Old", &id.to_string()]);
    assert!(journal(&w).contains("shop.test/p/2"), "this one is young");
    let counted = |w: &World| {
        let calls = w.facts(|fact| matches!(fact, Fact::CallRecorded(row) if row.queue.is_some()));
        (reservations(w), calls)
    };
    assert_eq!(counted(&w), (2, 1));
    for _ in 0..2 {
        let card = card(&mut w, crm(), contact);
        assert_eq!((card.contact.name.as_str(), card.contact.history.len()), ("Vera New", 0));
        assert_eq!(card.contact.notes, "Wants a blue one", "what was written into the record is in it");
        assert_eq!((card.last_agent, card.edits.len()), (None, 0));
        w.crash();
    }
    assert_eq!(w.violations(), 0);
}

#[test]
fn what_is_asked_for_and_not_over_stays_and_goes_when_it_is() {
    let mut firm = keeping(1, 0);
    firm.privacy.erase_evidence = true;
    let mut w = World::with(vec![firm]);
    let due = Some(w.now + Duration::from_secs(5 * DAY));
    let view = w.open(OpenReservation { due, ..wish(1, Mode::Callme) });
    let campaign = opened(&mut w, terms());
    fill(&mut w, campaign, vec![job(1, 4)]);
    set(&mut w, campaign, CampaignVerb::Pause);
    w.wait_secs(4 * DAY);
    w.crash();
    assert_eq!(w.page(view.id).due, due.map(|due| due.rfc3339()), "he is called all the same");
    assert!(journal(&w).contains(MOBILE) && journal(&w).contains(&number(1)));
    w.tell(Request::Cancel { reservation: view.id });
    set(&mut w, campaign, CampaignVerb::Stop);
    w.wait_secs(DAY / 2);
    assert!(journal(&w).contains(MOBILE), "that it was taken back is not a day ago");
    w.wait_secs(2 * DAY);
    nothing_of(&w, &["shop.test/p/1", &number(1), "Customer 1", &view.id.to_string()]);
    assert_eq!(reservations(&w), 1);
    w.crash();
    assert_eq!((found(&mut w, "Visitor 1"), w.violations()), (1, 0));
}

#[test]
fn evidence_stays_unless_it_is_to_go() {
    for (erase_evidence, stays) in [(false, true), (true, false)] {
        let mut firm = keeping(7, 0);
        firm.privacy.erase_evidence = erase_evidence;
        let mut w = World::with(vec![firm]);
        let view = w.open(wish(1, Mode::Callme));
        w.tell(Request::Cancel { reservation: view.id });
        w.wait_secs(10 * DAY);
        assert_eq!(journal(&w).contains(&view.id.to_string()), stays);
        assert_eq!(journal(&w).contains("shop.test/p/1"), stays);
    }
}

#[test]
fn a_reading_that_fails_or_is_cut_short_is_done_again() {
    let mut w = World::with(vec![keeping(1, 0)]);
    w.erases = false;
    w.open(wish(1, Mode::Dial));
    w.wait_secs(3 * DAY);
    let failed = Request::RowsErased { firm: "acme".into(), rows: None, older: None };
    w.tell(failed);
    assert!(journal(&w).contains("shop.test/p/1"));
    w.wait_secs(3_600);
    w.crash();
    assert!(journal(&w).contains("shop.test/p/1"), "the program has died over it");
    w.erases = true;
    w.crash();
    w.wait_secs(3_600);
    nothing_of(&w, &["shop.test/p/1"]);
    let told = |w: &World| w.facts(|fact| matches!(fact, Fact::RowsErased(_)));
    let before = told(&w);
    w.wait_secs(DAY / 2);
    assert_eq!(told(&w), before, "once a day is enough");
}

#[test]
fn records_go_of_whom_nothing_was_heard_or_written() {
    const LISTED: &str = "+4930222333";
    let mut firm = keeping(0, 30);
    firm.contacts = vec![ContactSettings {
        name: "Paul Listed".into(),
        numbers: vec![LISTED.into()],
        notes: String::new(),
        priority: 4,
        customer: None,
    }];
    let mut w = World::with(vec![firm]);
    for n in 1..=3 {
        let view = w.open(wish(n, Mode::Dial));
        w.tell(Request::Cancel { reservation: view.id });
    }
    let ids = [1, 2, 3].map(|n| named(&mut w, &format!("Visitor {n}")));
    let campaign = opened(&mut w, terms());
    set(&mut w, campaign, CampaignVerb::Pause);
    w.wait_secs(29 * DAY);
    rename(&mut w, ids[1], "Vera Written");
    // He waits for something.
    let due = Some(w.now + Duration::from_secs(5 * DAY));
    let waits = w.open(OpenReservation { due, ..wish(3, Mode::Callme) });
    w.wait_secs(2 * DAY);
    assert_eq!(states(&mut w), ["done"]);
    for _ in 0..2 {
        let there = ["Visitor 1", "Vera Written", "Visitor 3", "Paul Listed"].map(|name| found(&mut w, name));
        assert_eq!(there, [0, 1, 1, 1]);
        w.crash();
    }
    nothing_of(&w, &["shop.test/p/1", "Visitor 1\""]);
    w.tell(Request::Cancel { reservation: waits.id });
    w.wait_secs(70 * DAY);
    assert_eq!(["Vera Written", "Visitor 3", "Paul Listed"].map(|name| found(&mut w, name)), [0, 0, 1]);
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_firm_that_decides_to_keep_less_is_obeyed_without_a_restart() {
    let mut w = World::new();
    w.open(wish(1, Mode::Dial));
    w.wait_secs(10 * DAY);
    assert!(journal(&w).contains("shop.test/p/1"), "for ever, unless it is said");
    w.reload(|firm| firm.privacy.keep = Some(Duration::from_secs(5 * DAY)));
    w.wait_secs(3_600);
    nothing_of(&w, &["shop.test/p/1"]);
}
