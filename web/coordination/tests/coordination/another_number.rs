//! A visitor who asks again with another number (one open request is the rule), and whose number is known from the last time.

use crate::list::dialled;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::Command;
use warmline_coordination::dialing::MatchNumber;
use warmline_coordination::fact::Fact;
use warmline_coordination::request::*;
use warmline_coordination::view::VisitorState;

const OTHER: &str = "+4915123456788";
const MASKED: &str = "+49 151 ••••• 89";

fn to(n: u64, number: &str) -> OpenReservation {
    OpenReservation { number: Some(number.into()), ..wish(n, Mode::Callme) }
}

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

fn refused(w: &mut World, wish: OpenReservation) -> (u16, &'static str) {
    code(w.tell(Request::Open(Box::new(wish))))
}

fn numbers(w: &World) -> Vec<String> {
    let number = |command: &Command| match command {
        Command::Dial { number, .. } => Some(number.clone()),
        _ => None,
    };
    w.commands.iter().filter_map(number).collect()
}

#[test]
fn who_asks_again_with_another_number_is_called_there_at_his_place() {
    let mut settings = acme();
    settings.callme.match_number = MatchNumber::Always;
    let mut w = World::with(vec![settings]);
    w.desktop("alice");
    let first = w.open(to(1, MOBILE));
    w.wait_secs(60);
    w.open(to(2, "+4915123456701"));
    let moved = w.open(to(1, OTHER));
    assert_ne!(moved.id, first.id);
    w.wait_secs(2);
    assert_eq!((moved.position, w.page(moved.id).position), (Some(1), Some(1)), "he has waited");
    let old = w.page(first.id);
    assert_eq!((old.state, old.reason.as_deref()), (VisitorState::Ended, Some("moved")));
    assert_eq!(w.firms.counters().jobs_open, 2, "one open request is his");
    assert!(moved.match_digits.is_some(), "with digits of its own");
    let consents = |fact: &Fact| matches!(fact, Fact::ReservationOpened(opened) if opened.consent.is_some());
    assert_eq!(w.facts(consents), 3, "he has agreed for the number that is called");
    w.crash();
    w.ready("alice");
    assert_eq!(numbers(&w), [OTHER]);
    assert_eq!(w.violations(), 0);
}

#[test]
fn who_is_refused_the_other_number_keeps_what_he_has() {
    let mut w = World::new();
    w.desktop("alice");
    let first = w.open(to(1, MOBILE));
    w.open(to(2, OTHER));
    assert_eq!(
        refused(&mut w, to(1, OTHER)),
        (409, "number_waits"),
        "somebody else's request is not touched"
    );
    assert_eq!(refused(&mut w, to(1, "+44 20 7946 0018")), (422, "number_not_allowed"));
    let late = Some(w.now + Duration::from_secs(100 * 86_400));
    let late = OpenReservation { due: late, ..to(1, "+4915123456702") };
    assert_eq!(refused(&mut w, late), (422, "due_invalid"));
    assert_eq!(w.page(first.id).state, VisitorState::Waiting);
    let again = w.open(to(1, MOBILE));
    assert_eq!(again.id, first.id, "the same number is the same request");
    w.ready("alice");
    assert_eq!(numbers(&w), [MOBILE]);
    assert_eq!(refused(&mut w, to(1, "+4915123456702")), (409, "dialing"), "his phone rings");
}

#[test]
fn a_time_moves_with_it_or_is_another() {
    let mut settings = acme();
    settings.callme.per_slot = Some(1);
    let mut w = World::with(vec![settings]);
    let due = Some(w.now + Duration::from_secs(3_600));
    w.open(OpenReservation { due, ..to(1, MOBILE) });
    let moved = w.open(OpenReservation { due, ..to(1, OTHER) });
    assert_eq!(moved.due, due.map(warmline_time::Time::rfc3339), "his own slot is free for himself");
    let soon = w.open(to(1, MOBILE));
    assert!(soon.due.is_none());
    w.wait_secs(7_200);
    w.ready("alice");
    assert_eq!(numbers(&w), [MOBILE]);
}

fn offered(w: &mut World, n: u64) -> Option<String> {
    let modes = vec![Mode::Callme];
    let asked = Request::Offer {
        site: "shop".into(),
        modes,
        identity: None,
        visitor: Some(visitor(n)),
        whence: Whence::default(),
    };
    match w.tell(asked) {
        Reply::Offer { on_file, .. } => on_file,
        other => panic!("{other:?}"),
    }
}

fn on_file(n: u64) -> OpenReservation {
    OpenReservation { on_file: true, number: None, ..wish(n, Mode::Callme) }
}

#[test]
fn g16_the_last_number_of_a_browser_is_shown_masked_and_never_sent() {
    let mut w = World::new();
    assert_eq!(offered(&mut w, 1), None);
    let first = w.open(to(1, MOBILE));
    w.tell(Request::Cancel { reservation: first.id });
    assert_eq!(offered(&mut w, 1).as_deref(), Some(MASKED));
    assert_eq!(offered(&mut w, 2), None, "another browser learns nothing");
    assert_eq!(refused(&mut w, on_file(2)), (422, "number_missing"));
    w.crash();
    w.ready("alice");
    assert_eq!(offered(&mut w, 1).as_deref(), Some(MASKED), "the journal keeps it");
    let view = w.open(on_file(1));
    assert_eq!(numbers(&w), [MOBILE]);
    assert!(!serde_json::to_string(&view).unwrap().contains(&MOBILE[3..]), "the page never learns it");
    w.wait_secs(8 * 86_400);
    assert_eq!(offered(&mut w, 1), None, "a week later it is forgotten");
    assert_eq!(w.violations(), 0);
}

#[test]
fn g16_a_firm_that_remembers_nothing_offers_nothing() {
    let mut settings = acme();
    settings.callme.remember_number = Duration::ZERO;
    let mut w = World::with(vec![settings]);
    let first = w.open(to(1, MOBILE));
    w.tell(Request::Cancel { reservation: first.id });
    assert_eq!(offered(&mut w, 1), None);
    assert_eq!(refused(&mut w, on_file(1)), (422, "identity_required"));
}

#[test]
fn g16_who_said_never_is_remembered_by_no_page() {
    let mut w = World::new();
    let first = w.open(to(1, MOBILE));
    w.done(Request::NeverCall { reservation: first.id });
    assert_eq!(offered(&mut w, 1), None);
    w.crash();
    assert_eq!(offered(&mut w, 1), None);
    assert!(dialled(&w).is_empty());
}

#[test]
fn who_asks_again_at_the_same_number_for_another_time_is_called_then() {
    let mut w = World::new();
    let tomorrow = w.now + Duration::from_secs(3_600);
    let first = w.open(OpenReservation { due: Some(tomorrow), ..to(1, MOBILE) });
    let later = tomorrow + Duration::from_secs(7_200);
    let moved = w.open(OpenReservation { due: Some(later), ..to(1, MOBILE) });
    assert_eq!((moved.id, moved.due.as_deref()), (first.id, Some(later.rfc3339().as_str())));
    let due = |fact: &Fact| matches!(fact, Fact::JobDue { .. });
    assert_eq!(w.facts(due), 1);
    // The same once more is no news; a stranger with the number moves nothing.
    assert_eq!(w.open(OpenReservation { due: Some(later), ..to(1, MOBILE) }).id, first.id);
    assert_eq!(
        refused(&mut w, OpenReservation { due: Some(tomorrow), ..to(2, MOBILE) }),
        (409, "number_waits")
    );
    assert_eq!(w.facts(due), 1);
    w.crash();
    assert_eq!(w.page(first.id).due.as_deref(), Some(later.rfc3339().as_str()));
    // Now, after all.
    w.ready("alice");
    assert!(numbers(&w).is_empty());
    assert_eq!(w.open(to(1, MOBILE)).id, first.id);
    w.wait_secs(1);
    assert_eq!(numbers(&w), [MOBILE]);
}
