//! Who signed in at the site (G2), and the number on file that never leaves the switch (G16).

use crate::world::*;
use warmline_coordination::cti::{Command, Event};
use warmline_coordination::identity::Identity;
use warmline_coordination::request::*;
use warmline_coordination::view::ShownMode;

fn vera(phone: Option<&str>) -> Option<Box<Identity>> {
    Some(Box::new(Identity {
        customer: "c-1".into(),
        name: Some("Vera Signed".into()),
        phone: phone.map(str::to_owned),
        priority: Some(6),
        attributes: [("plan".to_owned(), "gold".to_owned())].into(),
        ..Identity::default()
    }))
}

fn on_file(n: u64, identity: Option<Box<Identity>>) -> OpenReservation {
    OpenReservation { identity, on_file: true, number: None, ..wish(n, Mode::Callme) }
}

fn offer(w: &mut World, identity: Option<Box<Identity>>) -> (Vec<Mode>, Option<String>) {
    let modes = vec![Mode::Dial, Mode::Callme, Mode::Browser];
    match w.tell(Request::Offer {
        site: "shop".into(),
        modes,
        identity,
        visitor: None,
        whence: Whence::default(),
    }) {
        Reply::Offer { modes, on_file, .. } => (modes, on_file),
        other => panic!("{other:?}"),
    }
}

fn code(w: &mut World, wish: OpenReservation) -> (u16, &'static str) {
    match w.tell(Request::Open(Box::new(wish))) {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn g2_who_signed_in_is_shown_as_that_and_found_again_in_another_browser() {
    let mut w = World::new();
    w.ready("alice");
    w.open(OpenReservation { identity: vera(None), name: Some("Mallory".into()), ..wish(1, Mode::Dial) });
    let current = w.desks["alice"].current.clone();
    assert_eq!(current["identity"]["customer"], "c-1");
    assert_eq!(current["identity"]["attributes"]["plan"], "gold");
    assert_eq!(
        (&current["contact"]["name"], &current["contact"]["priority"]),
        (&"Vera Signed".into(), &6.into())
    );
    let id = current["contact"]["id"].clone();
    w.crash();
    w.ready("alice");
    w.ready("bob");
    w.open(OpenReservation { identity: vera(None), ..wish(2, Mode::Dial) });
    let again = [&w.desks["alice"].current, &w.desks["bob"].current];
    assert!(again.iter().any(|current| current["contact"]["id"] == id), "by her id, after a restart");
}

#[test]
fn g2_what_is_not_signed_is_no_identity() {
    let mut w = World::new();
    w.ready("alice");
    w.open(OpenReservation { name: Some("c-1".into()), ..wish(1, Mode::Dial) });
    assert!(w.desks["alice"].current["identity"].is_null());
    assert_eq!(w.desks["alice"].current["contact"]["name"], "c-1", "his own word, shown as such");
}

#[test]
fn g2_a_late_caller_is_not_thought_to_be_signed_in() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(OpenReservation { identity: vera(None), ..wish(1, Mode::Dial) });
    w.wait_secs(400);
    w.dial(view.number.as_deref().unwrap(), None);
    let current = &w.desks["alice"].current;
    assert_eq!((&current["confidence"], &current["identity"]), (&"recent".into(), &serde_json::Value::Null));
}

#[test]
fn g16_only_a_signed_visitor_is_called_at_his_number_on_file() {
    let mut w = World::new();
    w.ready("alice");
    assert_eq!(code(&mut w, on_file(1, None)), (422, "number_missing"), "of this browser nothing is known");
    assert_eq!(code(&mut w, on_file(1, vera(None))), (422, "number_missing"));
    assert_eq!(offer(&mut w, vera(None)).1, None);
    assert_eq!(offer(&mut w, vera(Some(MOBILE))).1, Some("+49 151 ••••• 89".into()));
    let view = w.open(on_file(1, vera(Some(MOBILE))));
    assert_eq!(view.mode, ShownMode::Callme);
    assert!(!serde_json::to_string(&view).unwrap().contains(&MOBILE[1..]), "the page never learns it");
    assert!(w.commands.iter().any(|c| matches!(c, Command::Dial { number, .. } if number == MOBILE)));
    assert_eq!(offer(&mut w, vera(None)).1, Some("+49 151 ••••• 89".into()), "it stays on file");
    assert_eq!(offer(&mut w, None).1, None);
}

#[test]
fn g16_policy_and_consent_hold_for_numbers_on_file_too() {
    let mut w = World::new();
    w.ready("alice");
    assert_eq!(code(&mut w, on_file(1, vera(Some("+12025550123")))), (422, "number_not_allowed"));
    let silent = OpenReservation { consent: None, ..on_file(1, vera(Some(MOBILE))) };
    assert_eq!(code(&mut w, silent), (422, "consent_missing"));
}

#[test]
fn g16_a_number_a_stranger_typed_is_on_nobodys_file() {
    let mut w = World::new();
    w.ready("alice");
    // A stranger asks to be called at her number and signs in as himself afterwards, in the same browser.
    w.open(wish(3, Mode::Callme));
    let eve = Some(Box::new(Identity { customer: "c-2".into(), ..Identity::default() }));
    assert_eq!(offer(&mut w, eve.clone()).1, None);
    w.wait_secs(120);
    assert_eq!(code(&mut w, on_file(4, eve)), (422, "number_missing"));
}

#[test]
fn only_what_works_now_is_offered() {
    let mut settings = acme();
    settings.agents.truncate(2);
    let mut w = World::with(vec![settings]);
    assert_eq!(offer(&mut w, None).0, [Mode::Callme], "nobody is at work: for later only");
    w.ready("alice");
    assert_eq!(offer(&mut w, None).0, [Mode::Dial, Mode::Callme, Mode::Browser]);
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    assert_eq!(offer(&mut w, None).0, [Mode::Browser]);
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    assert_eq!(offer(&mut w, None).0.len(), 3);
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    assert_eq!(offer(&mut w, None).0.len(), 3, "not ready is at work");
    w.tell(Request::Logout(World::who("alice")));
    assert_eq!(offer(&mut w, None).0, [Mode::Callme]);
    let steps = w.firms.counters().firm_steps;
    offer(&mut w, None);
    assert_eq!(w.firms.counters().firm_steps, steps, "to ask drives no firm");
    let modes = vec![Mode::Dial];
    let unknown = w.tell(Request::Offer {
        site: "nowhere".into(),
        modes,
        identity: None,
        visitor: None,
        whence: Whence::default(),
    });
    assert!(matches!(unknown, Reply::Problem(problem) if problem.code == "unknown_site"));
}
