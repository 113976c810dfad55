//! The list server (G op. 424): due times, attempts and retries, what is over, what programs do about it.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::fact::Fact;
use warmline_coordination::hours::Hours;
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::view::{CallbackView, SlotsView, VisitorState};
use warmline_time::Time;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

pub fn dialled(w: &World) -> Vec<CallId> {
    let call = |command: &Command| match command {
        Command::Dial { call, .. } => Some(*call),
        _ => None,
    };
    w.commands.iter().filter_map(call).collect()
}

pub fn later(w: &World, n: u64, secs: u64) -> OpenReservation {
    let number = Some(format!("+49151234567{n:02}"));
    OpenReservation { number, due: Some(w.now + Duration::from_secs(secs)), ..wish(n, Mode::Callme) }
}

fn list(w: &mut World, state: Option<CallbackState>) -> Vec<CallbackView> {
    let asked = Request::Callbacks { firm: "acme".into(), state, after: None, most: 100, people: true };
    match w.tell(asked) {
        Reply::Callbacks { callbacks, more: false } => callbacks,
        other => panic!("{other:?}"),
    }
}

fn change(w: &mut World, reservation: ReservationId, verb: CallbackVerb) -> Reply {
    let (firm, by) = ("acme".to_owned(), "crm".to_owned());
    w.tell(Request::ChangeCallback { firm, by, reservation, verb, people: false })
}

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

/// Open on working days in Berlin, 09:00 to 17:00. The world's clock begins on Sunday, 22 November 2026, in the morning.
fn with_hours() -> World {
    let mut settings = acme();
    let mut week: [Vec<_>; 7] = Default::default();
    week[..5].fill(vec!["09:00-17:00".parse().unwrap()]);
    settings.queues[0].hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new()));
    World::with(vec![settings])
}

pub fn at(text: &str) -> Time {
    warmline_coordination::hours::instant(text).unwrap()
}

#[test]
fn a_busy_number_is_dialled_again_and_the_page_says_when() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let page = w.page(view.id);
    let due = (w.now + Duration::from_secs(300)).rfc3339();
    assert_eq!((page.state, page.due.as_deref(), page.attempts), (VisitorState::Waiting, Some(&*due), 1));
    assert_eq!((w.state("alice").as_str(), w.firms.counters().jobs_open), ("ready", 1));
    w.wait_secs(299);
    assert_eq!(dialled(&w).len(), 1);
    w.wait_secs(1);
    assert_eq!(dialled(&w).len(), 2);
    assert_eq!(w.page(view.id).state, VisitorState::Dialing);
    let call = dialled(&w)[1];
    w.customer_answers(call);
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    w.customer_leaves(call);
    let done = list(&mut w, Some(CallbackState::Done));
    let outcomes: Vec<_> =
        done[0].attempts.iter().map(|attempt| attempt.outcome.as_deref().unwrap()).collect();
    assert_eq!((done[0].id, outcomes), (view.id, vec!["busy", "answered"]));
    assert!(list(&mut w, None).is_empty() && list(&mut w, Some(CallbackState::Dead)).is_empty());
}

#[test]
fn each_attempt_is_another_and_at_the_end_the_job_is_dead_and_can_be_asked_for_anew() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    for n in 0..4 {
        assert_eq!(dialled(&w).len(), n + 1);
        w.customer_fails(dialled(&w)[n], Cause::Busy);
        w.wait_secs(301);
    }
    w.wait_secs(HOUR);
    assert_eq!(dialled(&w).len(), 4, "three times again, and no more");
    let page = w.page(view.id);
    assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("busy")));
    let token = |command: &Command| match command {
        Command::Dial { token, .. } => Some(token.clone()),
        _ => None,
    };
    let tokens: std::collections::BTreeSet<_> = w.commands.iter().filter_map(token).collect();
    assert_eq!(tokens.len(), 4);
    let dead = list(&mut w, Some(CallbackState::Dead));
    assert_eq!((dead.len(), dead[0].outcome.as_deref(), dead[0].attempts.len()), (1, Some("busy"), 4));
    assert_eq!(dead[0].customer.as_ref().unwrap().number.as_deref(), Some(MOBILE));
    w.crash();
    assert_eq!(list(&mut w, Some(CallbackState::Dead)), dead, "the journal keeps it");
    w.ready("alice");
    let Reply::Callback(again) = change(&mut w, view.id, CallbackVerb::Retry) else { panic!() };
    assert!(again.id != view.id && again.customer.is_none());
    assert_eq!(dialled(&w).len(), 5);
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    assert_eq!(code(change(&mut w, view.id, CallbackVerb::Retry)), (404, "unknown_callback"), "once");
    w.crash();
    assert_eq!(list(&mut w, Some(CallbackState::Dead)), [], "also after a restart");
    assert_eq!(w.facts(|fact| matches!(fact, Fact::Commanded(row) if row.by == "crm")), 1);
}

#[test]
fn e13_a_refusal_is_never_retried() {
    for (cause, outcome) in [(Cause::Declined, "declined"), (Cause::NotFound, "not_found")] {
        let mut w = World::new();
        w.ready("alice");
        let view = w.open(wish(1, Mode::Callme));
        w.customer_fails(dialled(&w)[0], cause);
        w.wait_secs(24 * HOUR);
        assert_eq!(dialled(&w).len(), 1);
        assert_eq!(list(&mut w, Some(CallbackState::Dead))[0].outcome.as_deref(), Some(outcome));
        assert_eq!(code(change(&mut w, view.id, CallbackVerb::Retry)), (409, "refused"));
    }
}

/// It is dead of old age, and nobody is dialled for it.
fn has_expired(w: &mut World, id: ReservationId, diallings: usize) {
    let page = w.page(id);
    assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("expired")));
    assert_eq!(list(w, Some(CallbackState::Dead))[0].outcome.as_deref(), Some("expired"));
    assert_eq!(w.firms.counters().jobs_open, 0);
    w.ready("bob");
    w.wait_secs(24 * HOUR);
    assert_eq!(dialled(w).len(), diallings);
}

#[test]
fn a_request_that_nobody_serves_for_a_day_is_given_up() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Callme));
    w.wait_secs(24 * HOUR - 1);
    assert_eq!(w.page(view.id).state, VisitorState::Waiting);
    w.wait_secs(1);
    has_expired(&mut w, view.id, 0);
}

#[test]
fn a_request_whose_day_ends_while_the_switch_is_down_is_given_up_at_its_start() {
    for tried in [0, 1] {
        let mut w = World::new();
        if tried == 1 {
            w.ready("alice");
        }
        let view = w.open(wish(1, Mode::Callme));
        for call in dialled(&w) {
            w.customer_fails(call, Cause::Busy);
        }
        w.now = w.now + Duration::from_secs(24 * HOUR);
        w.crash();
        has_expired(&mut w, view.id, tried);
    }
}

#[test]
fn n18_who_waits_goes_before_an_urgent_one_who_comes_later_than_that_is_worth() {
    for (later, first) in [(179, "Page 2"), (181, "Page 1")] {
        let mut settings = acme();
        settings.contacts[0].priority = 7;
        let urgent = Some(settings.contacts[0].numbers[0].clone());
        let mut w = World::with(vec![settings]);
        w.open(wish(1, Mode::Callme));
        w.wait_secs(later);
        w.open(OpenReservation { number: urgent, ..wish(2, Mode::Callme) });
        w.ready("alice");
        assert_eq!(w.desks["alice"].current["page"]["title"], first, "three steps are worth three minutes");
    }
}

#[test]
fn at_the_time_he_asked_for_he_is_called_and_not_before() {
    let mut w = World::new();
    w.ready("alice");
    let wish = later(&w, 1, 2 * HOUR);
    let view = w.open(wish.clone());
    let due = wish.due.unwrap().rfc3339();
    assert_eq!((view.state, view.due.as_deref()), (VisitorState::Waiting, Some(&*due)));
    assert_eq!((w.state("alice").as_str(), view.position), ("ready", None));
    assert_eq!(list(&mut w, Some(CallbackState::Scheduled)).len(), 1);
    assert!(list(&mut w, Some(CallbackState::Listed)).is_empty());
    w.wait_secs(2 * HOUR - 1);
    assert!(dialled(&w).is_empty());
    w.wait_secs(1);
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn his_place_is_that_of_who_asks_at_this_time() {
    let mut w = World::new();
    let wish_of =
        |n: u64| OpenReservation { number: Some(format!("+49151234567{n:02}")), ..wish(n, Mode::Callme) };
    let before = w.open(wish_of(2));
    let scheduled = w.open(later(&w, 1, 60));
    w.wait_secs(120);
    let after = w.open(wish_of(3));
    let places: Vec<_> = [before.id, scheduled.id, after.id].map(|id| w.page(id).position).into();
    assert_eq!(places, [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_time_that_cannot_be_is_refused() {
    let mut w = with_hours();
    let asked = |due: &str, n| OpenReservation { due: Some(at(due)), ..wish(n, Mode::Callme) };
    let mut refused = |wish: OpenReservation| code(w.tell(Request::Open(Box::new(wish))));
    assert_eq!(refused(asked("2026-11-20T10:00:00Z", 1)), (422, "due_invalid"));
    assert_eq!(refused(asked("2027-01-22T10:00:00Z", 1)), (422, "due_invalid"), "30 days");
    assert_eq!(refused(asked("2026-11-23T07:59:59Z", 1)), (422, "closed_then"));
    assert_eq!(refused(asked("2026-11-23T16:00:00Z", 1)), (422, "closed_then"));
    let dial = OpenReservation { mode: Mode::Dial, ..asked("2026-11-23T10:00:00Z", 1) };
    assert_eq!(refused(dial), (422, "due_invalid"));
    let view = w.open(asked("2026-11-23T08:00:00Z", 1));
    assert_eq!(view.due.as_deref(), Some("2026-11-23T08:00:00.000Z"), "outside the hours, for within them");
}

#[test]
fn a_visitor_puts_it_off_and_takes_it_back() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(later(&w, 1, HOUR));
    let reservation = view.id;
    let due = Some(w.now + Duration::from_secs(3 * HOUR));
    let Reply::Reservation { view: shown, created: false, .. } =
        w.tell(Request::Reschedule { reservation, due })
    else {
        panic!()
    };
    assert_eq!(shown.due, due.map(Time::rfc3339));
    w.crash();
    assert_eq!(w.page(reservation).due, due.map(Time::rfc3339), "durable first");
    w.ready("alice");
    w.wait_secs(2 * HOUR);
    assert!(dialled(&w).is_empty());
    w.tell(Request::Reschedule { reservation, due: None });
    assert_eq!(dialled(&w).len(), 1, "as soon as can be");
    assert_eq!(code(w.tell(Request::Reschedule { reservation, due })), (409, "dialing"));
    w.customer_fails(dialled(&w)[0], Cause::NoAnswer);
    w.tell(Request::Cancel { reservation });
    assert_eq!(w.page(reservation).reason.as_deref(), Some("canceled"));
    w.wait_secs(4 * HOUR);
    assert_eq!(dialled(&w).len(), 1);
    assert_eq!(code(w.tell(Request::Reschedule { reservation, due: None })), (409, "over"));
}

#[test]
fn a_program_puts_it_off_and_takes_it_back() {
    let mut w = World::new();
    let view = w.open(later(&w, 1, HOUR));
    let due = w.now + Duration::from_secs(2 * HOUR);
    let Reply::Callback(row) = change(&mut w, view.id, CallbackVerb::Reschedule(Some(due))) else { panic!() };
    assert_eq!((row.state, row.wanted), ("scheduled", Some(due.rfc3339())));
    let Reply::Callback(row) = change(&mut w, view.id, CallbackVerb::Cancel) else { panic!() };
    assert_eq!((row.state, row.outcome.as_deref()), ("dead", Some("canceled")));
    assert_eq!(code(change(&mut w, view.id, CallbackVerb::Retry)), (409, "refused"));
    let nobodys = ReservationId::mint(w.now, 77);
    assert_eq!(code(change(&mut w, nobodys, CallbackVerb::Cancel)), (404, "unknown_callback"));
}

fn slots(w: &mut World, from: Time, days: u32) -> SlotsView {
    match w.tell(Request::Slots { site: "shop".into(), from, days, whose: Whose::Anybody, zone: None }) {
        Reply::Slots(view) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn free_slots_are_within_the_hours_and_hold_as_many_as_there_are_agents() {
    let mut w = with_hours();
    let from = at("2026-11-22T00:00:00Z");
    let view = slots(&mut w, from, 2);
    assert_eq!((view.zone.as_str(), view.slot_minutes, view.slots.len()), ("Europe/Berlin", 15, 32));
    assert_eq!(view.slots[0], "2026-11-23T08:00:00.000Z");
    assert_eq!(view.slots[31], "2026-11-23T15:45:00.000Z");
    for n in 1..=4 {
        let number = Some(format!("+49151234567{n:02}"));
        w.open(OpenReservation { number, due: Some(at("2026-11-23T08:05:00Z")), ..wish(n, Mode::Callme) });
    }
    assert_eq!(slots(&mut w, from, 2).slots[0], "2026-11-23T08:15:00.000Z", "four agents");
    let fifth = OpenReservation { due: Some(at("2026-11-23T08:14:00Z")), ..wish(5, Mode::Callme) };
    assert_eq!(code(w.tell(Request::Open(Box::new(fifth)))), (409, "slot_full"));
    w.crash();
    assert_eq!(slots(&mut w, from, 2).slots.len(), 31, "the journal keeps who has them");
}

#[test]
fn e27_what_summer_time_leaves_out_is_one_slot_and_what_comes_twice_the_first() {
    let night = "00:00-04:00".parse().unwrap();
    let hours =
        Hours::new("Europe/Berlin".parse().unwrap(), Some(std::array::from_fn(|_| vec![night])), vec![]);
    let half_hours = Duration::from_secs(1800);
    let starts = |from: &str| -> Vec<String> {
        hours
            .starts(at(from), 1, half_hours)
            .into_iter()
            .map(Time::rfc3339)
            .map(|text| text[11..16].into())
            .collect()
    };
    // 02:00 is 03:00: what is left out is the next valid moment, once.
    assert_eq!(starts("2026-03-28T23:00:00Z"), ["23:00", "23:30", "00:00", "00:30", "01:00", "01:30"]);
    // 02:00 to 03:00 comes at 00:00 and at 01:00 UTC: the first.
    let fall = ["22:00", "22:30", "23:00", "23:30", "00:00", "00:30", "02:00", "02:30"];
    assert_eq!(starts("2026-10-24T22:00:00Z"), fall);
}

#[test]
fn e27_a_request_for_after_the_change_is_called_by_the_clock_on_the_wall() {
    let mut w = with_hours();
    w.wait(at("2027-03-26T10:00:00Z").since(w.now));
    // Friday 10:00 UTC; on Monday Berlin is two hours ahead.
    let free = slots(&mut w, at("2027-03-28T00:00:00Z"), 2);
    assert_eq!(free.slots[0], "2027-03-29T07:00:00.000Z");
    w.open(OpenReservation { due: Some(at(&free.slots[0])), ..wish(1, Mode::Callme) });
    w.wait(at("2027-03-29T06:59:00Z").since(w.now));
    w.ready("alice");
    assert!(dialled(&w).is_empty());
    w.wait_secs(MINUTE);
    assert_eq!(dialled(&w).len(), 1);
}

/// Friday, ten minutes before the queue closes.
fn friday_evening() -> World {
    let mut w = with_hours();
    w.wait(at("2026-11-27T15:50:00Z").since(w.now));
    w
}

#[test]
fn n23_who_asks_on_friday_evening_when_all_are_busy_is_called_on_monday() {
    for crash in [false, true] {
        let mut w = friday_evening();
        let view = w.open(wish(1, Mode::Callme));
        w.wait(at("2026-11-29T12:00:00Z").since(w.now));
        if crash {
            w.crash();
        }
        assert_eq!(w.page(view.id).state, VisitorState::Waiting, "he is not given up on Saturday");
        w.wait(at("2026-11-30T07:59:00Z").since(w.now));
        w.ready("alice");
        assert!(dialled(&w).is_empty());
        w.wait_secs(MINUTE);
        assert_eq!(dialled(&w).len(), 1, "nine o'clock in Berlin");
    }
}

#[test]
fn n23_whose_line_was_busy_on_friday_evening_is_called_again_on_monday() {
    let mut w = friday_evening();
    w.ready("alice");
    let due = at("2026-11-27T15:58:00Z");
    w.wait(due.since(w.now));
    let view = w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    assert_eq!(w.page(view.id).due.as_deref(), Some("2026-11-30T08:00:00.000Z"));
    w.crash();
    w.wait(at("2026-11-30T07:59:00Z").since(w.now));
    w.ready("alice");
    assert_eq!(dialled(&w).len(), 1);
    w.wait_secs(MINUTE);
    assert_eq!(dialled(&w).len(), 2);
}

#[test]
fn n23_whom_nobody_has_called_all_monday_is_given_up_that_evening() {
    let mut w = friday_evening();
    let view = w.open(wish(1, Mode::Callme));
    w.wait(at("2026-11-30T19:59:00Z").since(w.now));
    assert_eq!(w.page(view.id).state, VisitorState::Waiting);
    w.wait_secs(2 * MINUTE);
    let page = w.page(view.id);
    assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("expired")));
    assert_eq!((w.firms.counters().jobs_open, w.violations()), (0, 0));
}

#[test]
fn the_next_attempt_waits_for_the_queue_to_open() {
    let mut w = with_hours();
    w.wait(at("2026-11-23T15:58:00Z").since(w.now));
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    assert_eq!(w.page(view.id).due.as_deref(), Some("2026-11-24T08:00:00.000Z"));
}

#[test]
fn c11_scheduled_jobs_and_attempts_are_there_after_a_crash() {
    let mut w = World::new();
    w.ready("alice");
    let tomorrow = w.open(later(&w, 1, 22 * HOUR));
    let busy = w.open(OpenReservation { number: Some("+4915123456702".into()), ..wish(2, Mode::Callme) });
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let before: Vec<_> = [tomorrow.id, busy.id].map(|id| w.page(id).due).into();
    w.crash();
    assert_eq!([tomorrow.id, busy.id].map(|id| w.page(id).due).to_vec(), before);
    assert_eq!(w.page(busy.id).attempts, 1);
    w.ready("alice");
    w.wait_secs(300);
    assert_eq!(dialled(&w).len(), 2);
    w.customer_fails(dialled(&w)[1], Cause::Declined);
    w.wait_secs(22 * HOUR);
    assert_eq!(dialled(&w).len(), 3);
}

#[test]
fn e15_who_had_answered_when_the_switch_died_and_heard_no_agent_is_called_again() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.customer_answers(dialled(&w)[0]);
    w.crash();
    let page = w.page(view.id);
    assert_eq!((page.state, page.attempts), (VisitorState::Waiting, 1));
    assert!(page.due.is_some() && list(&mut w, Some(CallbackState::Done)).is_empty());
    w.ready("alice");
    w.wait_secs(61);
    assert_eq!(dialled(&w).len(), 1, "the call of before may be up yet");
    w.wait_secs(60);
    assert_eq!(dialled(&w).len(), 2);
    // And once more: by its policy that is the last time.
    w.customer_answers(dialled(&w)[1]);
    w.crash();
    for _ in 0..2 {
        let dead = list(&mut w, Some(CallbackState::Dead));
        assert_eq!((dead.len(), dead[0].id, dead[0].outcome.as_deref()), (1, view.id, Some("unknown")));
        assert!(list(&mut w, None).is_empty() && list(&mut w, Some(CallbackState::Done)).is_empty());
        w.crash();
    }
    assert_eq!((w.page(view.id).state, w.violations()), (VisitorState::Ended, 0));
    w.ready("alice");
    assert!(matches!(change(&mut w, view.id, CallbackVerb::Retry), Reply::Callback(_)), "a program may ask");
}

#[test]
fn e27_a_program_that_asks_anew_keeps_the_hours_of_whom_it_has_called() {
    let mut settings = acme();
    // Nobody is called from 11:15 to 8 in Berlin; it is 11:05 there.
    settings.callme.policy.hours.default = warmline_coordination::calling_hours::week("08:00-11:15").unwrap();
    settings.callme.policy.hours.exempt_immediate = true;
    settings.callme.retry.after.clear();
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    w.wait_secs(12 * MINUTE);
    let Reply::Callback(again) = change(&mut w, view.id, CallbackVerb::Retry) else { panic!() };
    w.wait_secs(1);
    assert_eq!((dialled(&w).len(), w.state("alice").as_str()), (1, "ready"), "it is 11:17 where he is");
    let eight = Some("2026-11-23T07:00:00.000Z");
    assert_eq!(w.page(again.id).due.as_deref(), eight);
    w.crash();
    w.ready("alice");
    w.wait_secs(HOUR);
    assert_eq!((dialled(&w).len(), w.page(again.id).due.as_deref()), (1, eight), "also after a restart");
    w.wait_secs(24 * HOUR);
    assert_eq!(dialled(&w).len(), 2);
}

#[test]
fn jobs_of_a_site_that_is_gone_are_counted_and_named() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    w.open(later(&w, 2, HOUR));
    w.open(later(&w, 3, HOUR));
    w.open(wish(4, Mode::Dial));
    w.settings[0].sites[0].name = "other".into();
    for _ in 0..2 {
        w.crash();
        assert_eq!(w.firms.homeless(), [("acme", "shop", 2)], "what was over is not told of");
        let counters = w.firms.counters();
        assert_eq!((counters.jobs_homeless, counters.jobs_open, counters.invariant_violations), (2, 0, 0));
        let dead = list(&mut w, Some(CallbackState::Dead));
        let removed: Vec<_> =
            dead.iter().filter(|row| row.outcome.as_deref() == Some("site_removed")).collect();
        assert_eq!(removed.len(), 2, "{dead:?}");
        for row in removed {
            assert_eq!((row.site.as_str(), row.wanted.is_some()), ("shop", true));
            assert!(row.customer.as_ref().is_some_and(|customer| customer.number.is_some()));
            let again = change(&mut w, row.id, CallbackVerb::Retry);
            let Reply::Problem(problem) = again else { panic!("called for a site that is gone") };
            assert_eq!((problem.status, problem.code), (409, "over"));
        }
    }
    w.settings[0].sites[0].name = "shop".into();
    w.crash();
    assert_eq!((w.firms.homeless().len(), w.firms.counters().jobs_open), (0, 2), "they are there again");
    let dead = list(&mut w, Some(CallbackState::Dead));
    assert!(dead.iter().all(|row| row.outcome.as_deref() != Some("site_removed")), "{dead:?}");
}

#[test]
fn whom_two_sites_ask_to_call_is_called_once_when_the_first_comes_back() {
    let mut w = World::new();
    let mut second = w.settings[0].sites[0].clone();
    second.name = "second".into();
    w.settings[0].sites.push(second);
    w = World::with(w.settings);
    let at = later(&w, 2, 2 * HOUR);
    w.open(at.clone());
    let shop = w.settings[0].sites[0].name.clone();
    w.settings[0].sites[0].name = "elsewhere".into();
    w.crash();
    let second = w.open(OpenReservation { site: "second".into(), ..later(&w, 2, HOUR) });
    w.settings[0].sites[0].name = shop;
    w.crash();
    w.ready("alice");
    w.wait_secs(HOUR + 10);
    assert_eq!(w.page(second.id).state, VisitorState::Dialing, "he is called for the one that was open");
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    w.wait_secs(3 * HOUR);
    assert_eq!(dialled(&w).len(), 1);
    // Asked for anew by a program once its site is there again, it is not open beside that either.
    let mut w = World::new();
    w.open(later(&w, 2, 2 * HOUR));
    w.settings[0].sites[0].name = "elsewhere".into();
    w.crash();
    let gone = list(&mut w, Some(CallbackState::Dead))[0].id;
    w.reload(|acme| acme.sites[0].name = "shop".into());
    w.ready("alice");
    change(&mut w, gone, CallbackVerb::Retry);
    let first = dialled(&w).len();
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    w.crash();
    w.ready("alice");
    w.wait_secs(3 * HOUR);
    assert_eq!((first, dialled(&w).len()), (1, 1), "not once more for the first request");
}

#[test]
fn whoever_puts_his_request_forward_takes_a_place_from_then_on() {
    let mut w = World::new();
    let patient = w.open(later(&w, 1, 3 * HOUR));
    w.wait_secs(HOUR);
    let urgent = w.open(OpenReservation { due: None, ..later(&w, 2, 0) });
    w.wait_secs(5);
    change(&mut w, patient.id, CallbackVerb::Reschedule(None));
    assert_eq!((w.page(urgent.id).position, w.page(patient.id).position), (Some(1), Some(2)));
    w.crash();
    assert_eq!((w.page(urgent.id).position, w.page(patient.id).position), (Some(1), Some(2)));
    // Nor does another number bring him the place of his first wish.
    let number = Some("+4915123456799".to_owned());
    let moved = w.open(OpenReservation { number, due: None, ..later(&w, 1, 0) });
    assert_ne!(moved.id, patient.id);
    assert_eq!((w.page(urgent.id).position, w.page(moved.id).position), (Some(1), Some(2)));
}
