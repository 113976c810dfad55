//! People who want to be forgotten (E24): the call goes on, then nothing of them is left but what is counted.

use crate::world::*;
use warmline_coordination::erasure::{Eraser, Erasing, Person};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CampaignId, ContactId, ErasureId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::settings::ContactSettings;

const OTHER: &str = "+4915187654321";

fn forget(n: u64) -> Request {
    Request::Forget { site: "shop".into(), visitor: visitor(n) }
}

fn erase(whom: Whom) -> Request {
    Request::Erase { firm: "acme".into(), by: "crm".into(), whom }
}

fn order(w: &mut World, request: Request) -> (ErasureId, bool) {
    match w.tell(request) {
        Reply::Erasure { created, view } => (view.id, created),
        other => panic!("{other:?}"),
    }
}

pub fn states(w: &mut World) -> Vec<String> {
    match w.tell(Request::Erasures { firm: "acme".into(), erasure: None }) {
        Reply::Erasures(rows) => {
            rows.iter().map(|row| serde_json::json!(row.state).as_str().unwrap().to_owned()).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn code(w: &mut World, request: Request) -> &'static str {
    match w.tell(request) {
        Reply::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// The journal as text.
pub fn journal(w: &World) -> String {
    let facts = w.journal.iter().map(|entry| &entry.fact);
    facts.map(|fact| serde_json::to_string(fact).unwrap() + "\n").collect()
}

pub fn nothing_of(w: &World, texts: &[&str]) {
    let journal = journal(w);
    for text in texts {
        let line = journal.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "{text} is still in {line:?}");
    }
}

fn figures(w: &mut World) -> serde_json::Value {
    match w.tell(Request::FirmStatistics { firm: "acme".into() }) {
        Reply::Statistics(view) => serde_json::json!(view)["queues"].clone(),
        other => panic!("{other:?}"),
    }
}

/// How many contacts are found by a name.
pub fn found(w: &mut World, name: &str) -> usize {
    let verb = ContactVerb::Find { query: name.into(), after: None, most: 20 };
    match w.tell(Request::Contacts { by: Asker::Program { firm: "acme".into(), key: "crm".into() }, verb }) {
        Reply::Contacts { contacts, .. } => contacts.len(),
        other => panic!("{other:?}"),
    }
}

/// Visitor 1 speaks with Alice, who sees his page.
pub fn talk(w: &mut World) -> ReservationId {
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&view.number.unwrap(), Some(OTHER));
    w.agent_answers(call);
    w.done(Request::Look(World::who("alice"), true));
    w.done(Request::AnswerLook { reservation: view.id, allow: true });
    assert!(w.shared.contains_key(&view.id));
    view.id
}

pub fn leave(w: &mut World) {
    let call = *w.calls.keys().next().expect("a call");
    w.customer_leaves(call);
    w.done(Request::Outcome {
        agent: World::who("alice"),
        call: None,
        code: None,
        notes: Some("Wants a blue one".into()),
        priority: None,
    });
    w.done(Request::WrapupDone(World::who("alice")));
}

#[test]
fn e24_consent_withdrawn_mid_call_the_view_closes_the_call_goes_on_and_then_the_record_goes() {
    let mut w = World::new();
    let id = talk(&mut w);
    let (erasure, created) = order(&mut w, forget(1));
    assert!(created);
    assert!(!w.shared.contains_key(&id), "nothing more is seen of his page");
    assert_eq!(w.state("alice"), "talking", "the call goes on");
    assert_eq!(states(&mut w), ["waiting"]);
    assert_eq!(order(&mut w, forget(1)), (erasure, false), "it is ordered once");
    leave(&mut w);
    w.wait_secs(3_600);
    let before = figures(&mut w);
    assert_eq!(states(&mut w), ["done"]);
    let his = ["Visitor 1", "shop.test/p/1", "Page 1", OTHER, "Wants a blue", SNAPSHOT, "192.0.2.1"];
    nothing_of(&w, &his);
    nothing_of(&w, &[&id.to_string(), &visitor(1).to_string()]);
    w.crash();
    assert_eq!(figures(&mut w), before, "what was counted is counted");
    assert_eq!(states(&mut w), ["done"]);
    assert_eq!(w.violations(), 0);
    // He comes back as somebody new.
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    assert_eq!(w.desks["alice"].current["contact"]["history"], serde_json::json!([]));
    assert_eq!(w.desks["alice"].current["contact"]["notes"], "");
}

#[test]
fn a_program_erases_who_waits_to_be_called() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Callme));
    w.open(OpenReservation { number: Some(OTHER.into()), ..wish(2, Mode::Callme) });
    assert_eq!(found(&mut w, "Visitor 1"), 1);
    let (_, created) = order(&mut w, erase(Whom::Number(MOBILE.into())));
    assert!(created);
    assert_eq!(w.page_views[&view.id]["state"], "ended");
    w.wait_secs(60);
    assert_eq!(states(&mut w), ["done"]);
    assert_eq!(code(&mut w, erase(Whom::Number(MOBILE.into()))), "unknown_contact");
    assert_eq!((found(&mut w, "Visitor 1"), found(&mut w, "Visitor 2")), (0, 1));
    // The firm proves by what is left in the journal that he had asked; memory has nothing of it any more.
    assert!(journal(&w).contains(&view.id.to_string()), "evidence is kept by default");
    w.crash();
    assert_eq!(code(&mut w, erase(Whom::Number(MOBILE.into()))), "unknown_contact");
    assert!(w.facts(|fact| matches!(fact, Fact::DialIntended { .. })) == 0);
    w.ready("alice");
    w.wait_secs(1);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::DialIntended { .. })), 1, "the other one is called");
}

#[test]
fn evidence_goes_too_where_the_firm_says_so() {
    let mut settings = acme();
    settings.privacy.erase_evidence = true;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = *w.calls.keys().next().expect("he is called");
    w.customer_answers(call);
    w.agent_answers(call);
    order(&mut w, erase(Whom::Number(MOBILE.into())));
    leave(&mut w);
    w.wait_secs(60);
    assert_eq!(states(&mut w), ["done"]);
    nothing_of(&w, &[MOBILE, &view.id.to_string(), "Visitor 1", "Page 1", &call.to_string()]);
    let before = figures(&mut w);
    w.crash();
    assert_eq!(figures(&mut w), before);
    assert_eq!(w.violations(), 0);
}

#[test]
fn nobody_erases_another_by_typing_his_number() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Callme));
    w.tell(Request::Cancel { reservation: view.id });
    let of_owner = |fact: &Fact| matches!(fact, Fact::ContactStored(row) if row.name == "Visitor 1");
    assert_eq!(w.facts(of_owner), 1);
    w.open(OpenReservation { number: Some(MOBILE.into()), ..wish(2, Mode::Callme) });
    w.tell(forget(2));
    w.wait_secs(120);
    assert_eq!(w.facts(of_owner), 1, "the owner's record stays");
    assert!(order(&mut w, erase(Whom::Number(MOBILE.into()))).1);
}

#[test]
fn who_is_unknown_is_forgotten_already_and_the_firm_may_do_it_itself() {
    let mut w = World::new();
    order(&mut w, forget(9));
    w.wait_secs(1);
    assert_eq!(states(&mut w), ["done"]);
    // Strangers do not have the journal read all day.
    order(&mut w, forget(8));
    w.wait_secs(300);
    assert_eq!(states(&mut w), ["erasing", "done"]);
    // Who comes back meanwhile is somebody new.
    let view = w.open(wish(8, Mode::Dial));
    w.wait_secs(400);
    assert_eq!(states(&mut w), ["done", "done"]);
    assert!(journal(&w).contains(&view.id.to_string()));
    w.crash();
    assert!(w.page(view.id).id == view.id && w.violations() == 0);
    let mut settings = acme();
    settings.privacy.visitors_may_erase = false;
    settings.contacts.push(ContactSettings {
        name: "Vera".into(),
        numbers: vec![OTHER.into()],
        notes: String::new(),
        priority: 4,
        customer: None,
    });
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    assert_eq!(code(&mut w, forget(1)), "not_offered");
    assert_eq!(code(&mut w, erase(Whom::Number(OTHER.into()))), "configured");
    assert_eq!(code(&mut w, erase(Whom::Customer("4711".into()))), "unknown_contact");
}

#[test]
fn a_crash_between_the_order_and_its_end_loses_neither() {
    for (erases, expected) in [(true, "done"), (false, "erasing")] {
        let mut w = World::new();
        w.erases = erases;
        w.open(wish(1, Mode::Dial));
        order(&mut w, forget(1));
        w.wait_secs(6);
        assert_eq!(states(&mut w), [expected]);
        w.erases = true;
        w.crash();
        w.wait_secs(1);
        assert_eq!(states(&mut w), ["done"], "{expected}");
        nothing_of(&w, &["Visitor 1", "shop.test/p/1"]);
        w.crash();
        assert_eq!((states(&mut w), w.violations()), (vec!["done".to_owned()], 0));
    }
}

#[test]
fn rows_that_cannot_be_changed_are_tried_again() {
    let mut w = World::new();
    w.erases = false;
    w.open(wish(1, Mode::Dial));
    order(&mut w, forget(1));
    w.wait_secs(6);
    w.tell(Request::RowsErased { firm: "acme".into(), rows: None, older: None });
    assert_eq!(states(&mut w), ["erasing"]);
    w.erases = true;
    w.wait_secs(61);
    assert_eq!(states(&mut w), ["done"]);
    nothing_of(&w, &["Visitor 1"]);
}

/// Of rows that are about several people a copy has what is about him alone.
#[test]
fn a_copy_of_what_is_kept_of_somebody_has_nobody_else_in_it() {
    const MINE: &str = "+4915100000001";
    let mut w = World::new();
    w.open(wish(1, Mode::Callme));
    let stored =
        w.journal.iter().find(|entry| matches!(entry.fact, Fact::ContactStored(_))).expect("a record");
    // Somebody else's record, which his browser is in.
    let person = Person {
        contact: Some(ContactId::mint(w.now, 99)),
        visitors: vec![visitor(1)],
        numbers: vec![MINE.into()],
        known: true,
        until: u64::MAX,
    };
    let people = vec![person];
    let erasing = Erasing { firm: "acme".into(), people, aged: None, keep_evidence: false, key: [1; 32] };
    let mut eraser = Eraser::new(&erasing);
    assert!(
        eraser.look((1, w.now), &stored.fact).is_some() && eraser.own((1, w.now), &stored.fact).is_none()
    );
    let fact = |value: serde_json::Value| serde_json::from_value::<Fact>(value).expect("a fact");
    let job = |number: &str| serde_json::json!({ "number": number, "consent": "by mail", "priority": 4 });
    let campaign = CampaignId::mint(w.now, 1).to_string();
    let filled = |numbers: &[&str]| {
        let jobs: Vec<_> = numbers.iter().map(|number| job(number)).collect();
        fact(serde_json::json!({ "fact": "campaign_filled", "campaign": campaign, "jobs": jobs }))
    };
    assert_eq!(eraser.own((2, w.now), &filled(&[MOBILE, MINE])), Some(filled(&[MINE])));
    assert_eq!(eraser.own((3, w.now), &filled(&[MOBILE])), None);
    let never =
        |number: &str| fact(serde_json::json!({ "fact": "do_not_call", "number": number, "why": "key_9" }));
    assert_eq!(eraser.own((4, w.now), &never(MINE)), Some(never(MINE)));
    assert_eq!(eraser.own((5, w.now), &never(MOBILE)), None);
}
