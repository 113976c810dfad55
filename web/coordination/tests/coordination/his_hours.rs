//! The clock of whom is called, where he chooses a time (G p. 15): what it forbids is not offered, neither to who asks nor to who puts it
//! off; and now is exempt from it only where the person himself has asked for now.

use crate::list::{at, dialled};
use crate::world::*;
use std::time::Duration;
use warmline_coordination::calling_hours::week;
use warmline_coordination::cti::Cause;
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::SlotsView;
use warmline_time::Time;

const YORK: &str = "+12125552368";

/// A firm without hours of its own, which calls Germany and the United States from eight to nine at night; it is 10:05 UTC.
fn firm(exempt_immediate: bool) -> FirmSettings {
    let mut firm = acme();
    firm.callme.countries = vec!["DE".into(), "US".into()];
    firm.callme.policy.hours.exempt_immediate = exempt_immediate;
    firm
}

fn slots(w: &mut World, whose: Whose) -> SlotsView {
    let from = at("2026-11-23T00:00:00Z");
    match w.tell(Request::Slots { site: "shop".into(), from, days: 1, whose, zone: None }) {
        Reply::Slots(view) => *view,
        other => panic!("{other:?}"),
    }
}

/// Its first and its last time, how many there are, and whether now is one.
fn told(w: &mut World, whose: Whose) -> (String, String, usize, bool) {
    let view = slots(w, whose);
    let clock = |at: Option<&String>| at.map_or_else(String::new, |at| at[11..16].to_owned());
    (clock(view.slots.first()), clock(view.slots.last()), view.slots.len(), view.now)
}

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

fn put_off(reservation: ReservationId, due: Option<&str>) -> Request {
    Request::Reschedule { reservation, due: due.map(at) }
}

fn by_program(reservation: ReservationId, due: Option<Time>) -> Request {
    let verb = CallbackVerb::Reschedule(due);
    Request::ChangeCallback { firm: "acme".into(), by: "tower".into(), reservation, verb, people: false }
}

#[test]
fn e27_times_that_a_numbers_clock_forbids_are_not_offered() {
    let mut w = World::with(vec![firm(false)]);
    let row = |from: &str, to: &str, number, now| (from.to_owned(), to.to_owned(), number, now);
    assert_eq!(told(&mut w, Whose::Anybody), row("00:00", "23:45", 96, true));
    // Berlin is an hour ahead: from seven to eight at night, UTC. It is five in the morning in New York.
    assert_eq!(told(&mut w, Whose::Number(MOBILE.into())), row("07:00", "19:45", 52, true));
    assert_eq!(told(&mut w, Whose::Number(YORK.into())), row("00:00", "23:45", 52, false));
    assert!(slots(&mut w, Whose::Number(YORK.into())).narrowed && !slots(&mut w, Whose::Anybody).narrowed);
    assert_eq!(told(&mut w, Whose::Country("DE".into())), row("07:00", "19:45", 52, true));
    let on_file = Identity { customer: "c-1".into(), phone: Some(YORK.into()), ..Identity::default() };
    assert!(!told(&mut w, Whose::OnFile(Some(Box::new(on_file)), None)).3);
    // What is offered is taken, what is not is refused.
    let york = OpenReservation { number: Some(YORK.into()), ..wish(1, Mode::Callme) };
    let wanted = |due: &str| Request::Open(Box::new(OpenReservation { due: Some(at(due)), ..york.clone() }));
    assert_eq!(code(w.tell(wanted("2026-11-23T12:45:00Z"))), (422, "calling_hours"));
    let Reply::Reservation { .. } = w.tell(wanted("2026-11-23T13:00:00Z")) else { panic!() };
}

#[test]
fn g17_hours_that_are_night_where_his_browser_is_are_not_offered_and_nobody_is_dialled_again_in_them() {
    let mut w = World::with(vec![firm(true)]);
    let from = at("2026-11-23T00:00:00Z");
    let whose = Whose::Number(MOBILE.into());
    let asked = |zone: &str| Request::Slots {
        site: "shop".into(),
        from,
        days: 1,
        whose: whose.clone(),
        zone: Some(zone.into()),
    };
    let mut first = |zone: &str| match w.tell(asked(zone)) {
        Reply::Slots(view) => (view.slots[0][11..16].to_owned(), view.slots.len(), view.narrowed),
        other => panic!("{other:?}"),
    };
    // Germany is called from seven UTC on, who is in New York from one in the afternoon on; both until eight at night.
    assert_eq!(first("America/New_York"), ("13:00".to_owned(), 28, true));
    assert_eq!(first("UTC"), ("07:00".to_owned(), 52, true), "a browser that hides where it is says nothing");
    let traveller = |due: Option<&str>| OpenReservation {
        due: due.map(at),
        whence: Whence { zone: Some("America/New_York".into()), ..Whence::default() },
        ..wish(1, Mode::Callme)
    };
    let opens = |w: &mut World, due| w.tell(Request::Open(Box::new(traveller(due))));
    assert_eq!(code(opens(&mut w, Some("2026-11-23T12:45:00Z"))), (422, "calling_hours"));
    // He has asked for now, and is called now, at five in his morning; not again before eight, also by a program that has crashed.
    let Reply::Reservation { .. } = opens(&mut w, None) else { panic!() };
    w.ready("alice");
    let call = *dialled(&w).last().expect("it is dialled");
    w.customer_fails(call, Cause::NoAnswer);
    w.crash();
    w.ready("alice");
    w.wait_secs(2 * 3600);
    assert_eq!(dialled(&w).len(), 1);
    w.wait_secs(3600);
    assert_eq!(dialled(&w).len(), 2);
    assert_eq!(w.violations(), 0);
}

#[test]
fn e27_who_puts_it_off_is_offered_his_own_times_and_refused_others() {
    let mut settings = firm(false);
    settings.callme.per_slot = Some(1);
    let mut w = World::with(vec![settings]);
    let due = Some(at("2026-11-23T13:00:00Z"));
    let view = w.open(OpenReservation { number: Some(YORK.into()), due, ..wish(1, Mode::Callme) });
    let own = slots(&mut w, Whose::Request(view.id));
    assert!(own.slots.contains(&"2026-11-23T13:00:00.000Z".to_owned()), "his own slot is free for him");
    assert!(!own.slots.contains(&"2026-11-23T12:45:00.000Z".to_owned()) && !own.now);
    assert!(!slots(&mut w, Whose::Anybody).slots.contains(&"2026-11-23T13:00:00.000Z".to_owned()));
    let night = put_off(view.id, Some("2026-11-23T08:00:00Z"));
    assert_eq!(code(w.tell(night)), (422, "calling_hours"));
    assert_eq!(
        code(w.tell(put_off(view.id, None))),
        (422, "calling_hours"),
        "it is five in the morning there"
    );
    assert_eq!(code(w.tell(by_program(view.id, Some(at("2026-11-23T08:00:00Z"))))), (422, "calling_hours"));
    let Reply::Reservation { view, .. } = w.tell(put_off(view.id, Some("2026-11-23T13:15:00Z"))) else {
        panic!()
    };
    assert_eq!(view.due.as_deref(), Some("2026-11-23T13:15:00.000Z"));
    assert_eq!(w.violations(), 0);
}

#[test]
fn e27_a_number_that_may_never_be_called_leaves_no_time_and_says_why() {
    let mut settings = firm(true);
    settings.callme.policy.hours.places.insert("US".into(), week("20:00-20:10").unwrap());
    let mut w = World::with(vec![settings]);
    let view = slots(&mut w, Whose::Number(YORK.into()));
    // Eight at night in New York begins a slot of the day before.
    assert_eq!((view.slots.len(), view.narrowed, view.now), (1, true, true), "now is exempt");
    let strict = slots(&mut w, Whose::Number("+18505552368".into()));
    assert_eq!(
        (strict.slots.len(), strict.narrowed),
        (0, true),
        "two zones, and no moment is in both's hours"
    );
}

/// Nobody is called at this hour in Germany: it is 11:05 there.
fn nights() -> World {
    let mut firm = firm(true);
    firm.callme.policy.hours.default = week("20:00-21:00").unwrap();
    World::with(vec![firm])
}

#[test]
fn e27_a_program_that_puts_a_call_forward_keeps_the_hours_of_whom_it_calls() {
    let mut w = nights();
    w.ready("alice");
    let due = Some(at("2026-11-22T19:00:00Z"));
    let view = w.open(OpenReservation { due, ..wish(1, Mode::Callme) });
    let Reply::Callback(row) = w.tell(by_program(view.id, None)) else { panic!() };
    assert!(row.wanted.is_none());
    w.wait_secs(60);
    assert!(dialled(&w).is_empty(), "he asked for the evening, a minute ago: nobody has asked for now");
    assert_eq!(w.page(view.id).due.as_deref(), Some("2026-11-22T19:00:00.000Z"));
    w.crash();
    w.ready("alice");
    assert!(dialled(&w).is_empty());
}

#[test]
fn e27_who_asks_himself_to_be_called_now_instead_is_called_whatever_the_hour() {
    let mut w = nights();
    let due = Some(at("2026-11-22T19:00:00Z"));
    let view = w.open(OpenReservation { due, ..wish(1, Mode::Callme) });
    w.wait(Duration::from_secs(3_600));
    let Reply::Reservation { .. } = w.tell(put_off(view.id, None)) else { panic!() };
    w.crash();
    w.ready("alice");
    assert_eq!(dialled(&w).len(), 1, "an hour after the request, a moment after he asked for now");
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let due = w.page(view.id).due.clone();
    w.wait_secs(600);
    assert_eq!(dialled(&w).len(), 1, "once: the next attempt keeps his hours ({due:?})");
    // The same a quarter of an hour later, after a queue that took its time.
    let other = w.open(OpenReservation { number: Some("+4915123456788".into()), ..wish(2, Mode::Callme) });
    let call = *dialled(&w).last().expect("dialled");
    w.customer_fails(call, Cause::Busy);
    assert!(w.page(other.id).due.is_some());
}
