//! Many more ask than there is room for: each is offered what is left, down to a ticket, and nobody is refused or forgotten (C4, E9).

use crate::keys::*;
use crate::world::*;
use std::collections::BTreeMap;
use warmline_coordination::cti::Prompt;
use warmline_coordination::fact::Fact;
use warmline_coordination::hours::Hours;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::{ReservationView, ShownMode, VisitorState};

const SHARED: &str = "+493012349999";
/// Numbers of the pool, and reservations that have none of their own.
const NUMBERS: usize = 10;
const WITHOUT: usize = 10;
/// Three times as many as there is room for.
const CROWD: u64 = 3 * (NUMBERS + WITHOUT) as u64;

fn crowded(shared: bool) -> World {
    let mut settings: FirmSettings = acme();
    settings.limits.reservations = WITHOUT;
    settings.pools[0].shared = shared.then(|| SHARED.into());
    World::with(vec![settings])
}

/// All ask for a number at once. What each is offered, as a word.
fn ask(w: &mut World) -> Vec<(ReservationView, &'static str)> {
    let offered = |view: &ReservationView| match (view.mode, view.shared) {
        (ShownMode::Dial, false) => "own",
        (ShownMode::Dial, true) => "shared",
        (ShownMode::Browser, _) => "browser",
        (ShownMode::Ticket, _) => "ticket",
        other => panic!("{other:?}"),
    };
    let views = (1..=CROWD).map(|n| w.open(wish(n, Mode::Dial)));
    views.map(|view| (view.clone(), offered(&view))).collect()
}

fn count(views: &[(ReservationView, &'static str)]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    views.iter().for_each(|(_, step)| *counts.entry(*step).or_default() += 1);
    counts
}

/// They ask one after the other: nobody gets less than one who comes later.
fn goes_down(views: &[(ReservationView, &'static str)], steps: &[&str]) {
    let place = |step: &str| steps.iter().position(|known| *known == step).expect("a step of the ladder");
    assert!(views.is_sorted_by_key(|(_, step)| place(step)), "{:?}", count(views));
}

fn told(w: &World, event: &str) -> usize {
    w.feed.iter().filter(|told| told.event == event).count()
}

#[test]
fn e9_three_times_too_many_have_numbers_then_the_shared_one_then_tickets() {
    let mut w = crowded(true);
    let views = ask(&mut w);
    goes_down(&views, &["own", "shared", "ticket"]);
    assert_eq!(count(&views), BTreeMap::from([("own", NUMBERS), ("shared", WITHOUT), ("ticket", 40)]));
    for (view, step) in &views {
        let shown = (view.number.is_some(), view.pin.is_some(), view.state);
        match *step {
            "ticket" => assert_eq!(shown, (false, false, VisitorState::Waiting)),
            _ => assert_eq!(shown, (true, true, VisitorState::Held)),
        }
    }
    assert_eq!((told(&w, "pool.low"), told(&w, "pool.dry")), (1, 1), "told once");
    assert_eq!(w.firms.counters().pool_dry, CROWD - NUMBERS as u64);
    let opened = w.facts(|fact| matches!(fact, Fact::ReservationOpened(_)));
    assert_eq!(opened as u64, CROWD, "each is in the journal, tickets too");
    // Whoever was shown a number reaches his page by it, also after a crash.
    w.crash();
    w.ready("alice");
    for (view, step) in views.iter().filter(|(_, step)| *step != "ticket") {
        let call = w.dial(view.number.as_deref().unwrap(), None);
        if *step == "shared" {
            assert_eq!(w.said(call).last(), Some(&Prompt::EnterPin));
            w.press(call, view.pin.as_deref().unwrap());
        }
        assert_eq!(w.ringing_at("alice"), Some(call), "{step}");
        assert_eq!(w.screen("alice"), shows(&view_title(view, &views), "exact"), "{step}");
        w.agent_answers(call);
        w.customer_leaves(call);
        w.wait_secs(20);
    }
    // There is room again. Nobody has come when it was his turn: whoever asks once more has it.
    let last = views[CROWD as usize - 1].0.id;
    w.wait_secs(60);
    assert_eq!(w.page(last).reason.as_deref(), Some("expired"));
    let again = w.open(wish(CROWD, Mode::Dial));
    assert_eq!((again.mode, again.shared), (ShownMode::Dial, false));
    assert_eq!(told(&w, "pool.dry"), 1);
}

/// The ticket's number and place.
fn ticket(w: &mut World, id: ReservationId) -> (u32, Option<u32>) {
    let page = w.page(id);
    (page.ticket.expect("a ticket").number, page.position)
}

fn turn(w: &mut World, id: ReservationId) -> bool {
    w.page(id).ticket.is_some_and(|ticket| ticket.turn)
}

/// One number and one place without: they are taken, and five have tickets.
fn lined_up() -> (World, Vec<ReservationView>) {
    let mut settings = acme();
    settings.limits.reservations = 1;
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    let views = (1..=7).map(|n| w.open(wish(n, if n == 5 { Mode::Browser } else { Mode::Dial }))).collect();
    (w, views)
}

#[test]
fn c4_tickets_are_called_in_their_order_and_nobody_goes_before_them() {
    let (mut w, views) = lined_up();
    let modes: Vec<_> = views.iter().map(|view| view.mode).collect();
    assert_eq!(modes[..2], [ShownMode::Dial, ShownMode::Browser]);
    assert!(modes[2..].iter().all(|mode| *mode == ShownMode::Ticket));
    let tickets: Vec<_> = views[2..].iter().map(|view| ticket(&mut w, view.id)).collect();
    assert_eq!(tickets, [1, 2, 3, 4, 5].map(|n| (n, Some(n))));
    assert_eq!(w.firms.counters().tickets_waiting, 5);
    let again = w.open(OpenReservation { idempotency_key: Some("other".into()), ..wish(4, Mode::Dial) });
    assert_eq!(again.id, views[3].id, "he has one");
    // The page that was the phone is given up: the first has its place, for the number rests yet.
    w.done(Request::Cancel { reservation: views[1].id });
    assert!(turn(&mut w, views[2].id) && !turn(&mut w, views[3].id));
    assert_eq!(ticket(&mut w, views[3].id), (2, Some(1)));
    assert_eq!(w.open(wish(8, Mode::Browser)).mode, ShownMode::Ticket, "it is kept for who was called");
    let first = w.open(wish(3, Mode::Dial));
    assert_eq!(first.mode, ShownMode::Browser);
    let (state, reason) = (w.page(views[2].id).state, w.page(views[2].id).reason);
    assert_eq!((state, reason.as_deref()), (VisitorState::Ended, Some("moved")));
    // The number is free: it is for the first who wants to dial, although others came before.
    w.done(Request::Cancel { reservation: views[3].id });
    w.done(Request::Cancel { reservation: views[0].id });
    w.wait_secs(31);
    assert!(!turn(&mut w, views[4].id) && turn(&mut w, views[5].id));
    assert_eq!(w.open(wish(9, Mode::Dial)).mode, ShownMode::Ticket);
    let dials = w.open(wish(6, Mode::Dial));
    assert_eq!((dials.mode, dials.number.is_some()), (ShownMode::Dial, true));
    assert_eq!(ticket(&mut w, views[4].id), (3, Some(1)));
    assert_eq!((w.violations(), w.firms.counters().tickets_waiting), (0, 4));
}

#[test]
fn c4_who_does_not_come_when_it_is_his_turn_or_whose_page_is_gone_keeps_nobody_waiting() {
    let (mut w, views) = lined_up();
    w.ask(Request::PageGone { reservation: views[3].id });
    w.done(Request::Cancel { reservation: views[1].id });
    assert!(turn(&mut w, views[2].id));
    w.wait_secs(19);
    assert!(turn(&mut w, views[2].id));
    w.wait_secs(1);
    for missed in [&views[2], &views[3]] {
        assert_eq!(w.page(missed.id).reason.as_deref(), Some("expired"));
    }
    assert!(turn(&mut w, views[4].id), "the next whose page is there");
    let late = w.open(wish(3, Mode::Dial));
    assert_eq!(ticket(&mut w, late.id), (6, Some(3)), "whoever has missed it is the last");
    w.wait_secs(100);
    assert_eq!(w.firms.counters().tickets_waiting, 0);
    assert_eq!(w.open(wish(10, Mode::Dial)).mode, ShownMode::Browser, "all have missed it");
}

#[test]
fn c4_who_goes_on_to_another_page_when_it_is_his_turn_has_it_there() {
    let (mut w, views) = lined_up();
    w.ask(Request::PageGone { reservation: views[2].id });
    w.wait_secs(9);
    w.done(Request::Cancel { reservation: views[1].id });
    assert!(w.page(views[2].id).ticket.is_some_and(|ticket| ticket.turn), "his next page opens");
    assert_eq!(w.open(wish(3, Mode::Dial)).mode, ShownMode::Browser);
}

#[test]
fn c4_tickets_and_their_order_are_there_after_a_crash() {
    let (mut w, views) = lined_up();
    w.done(Request::Cancel { reservation: views[3].id });
    w.crash();
    let places: Vec<_> = [2, 4, 5, 6].map(|at: usize| ticket(&mut w, views[at].id)).into();
    assert_eq!(places, [(1, Some(1)), (3, Some(2)), (4, Some(3)), (5, Some(4))]);
    assert_eq!(w.page(views[3].id).ticket, None, "he had given his up");
    w.done(Request::Cancel { reservation: views[1].id });
    assert!(turn(&mut w, views[2].id));
    assert_eq!(w.open(wish(3, Mode::Dial)).mode, ShownMode::Browser);
    assert_eq!(w.violations(), 0);
}

#[test]
fn c4_who_asks_for_a_call_instead_gives_his_ticket_up() {
    let mut settings = acme();
    settings.limits.waiting = 1;
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    let waits = w.dial_queue(None);
    let view = w.open(wish(2, Mode::Dial));
    assert_eq!(ticket(&mut w, view.id), (1, Some(1)));
    assert!(
        w.open(wish(2, Mode::Browser)).ticket.is_some_and(|ticket| ticket.number == 1),
        "of another wish"
    );
    w.customer_leaves(waits);
    let job = w.open(wish(2, Mode::Callme));
    assert_eq!((job.mode, job.ticket), (ShownMode::Callme, None));
    assert_eq!(w.firms.counters().tickets_waiting, 0);
}

#[test]
fn c4_who_writes_meanwhile_or_chooses_another_time_is_served_beside_his_ticket() {
    let (mut w, views) = lined_up();
    w.open(wish(3, Mode::Chat));
    assert_eq!(ticket(&mut w, views[2].id), (1, Some(1)), "a chat is beside it");
    let mut settings = acme();
    settings.limits.waiting = 1;
    let mut w = World::with(vec![settings]);
    w.dial_queue(None);
    let now = w.open(wish(1, Mode::Callme));
    assert_eq!(ticket(&mut w, now.id), (1, Some(1)));
    let due = Some(w.now + std::time::Duration::from_secs(7200));
    let later = w.open(OpenReservation { due, ..wish(1, Mode::Callme) });
    assert_eq!((later.mode, later.due.is_some()), (ShownMode::Callme, true));
    assert_eq!(w.firms.counters().tickets_waiting, 0);
}

#[test]
fn c4_of_a_thousand_in_line_those_who_have_gone_make_room_for_others() {
    let mut settings = acme();
    settings.limits.waiting = 1;
    settings.limits.per_address = 10_000;
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    w.open(wish(0, Mode::Dial));
    w.dial_queue(None);
    let asks =
        |w: &mut World, n| w.open(OpenReservation { address: "192.0.2.1".into(), ..wish(n, Mode::Dial) });
    let first = asks(&mut w, 1);
    (2..=1_000).for_each(|n| drop(asks(&mut w, n)));
    let beyond = asks(&mut w, 1_001);
    assert_eq!((beyond.mode, beyond.ticket), (ShownMode::Ticket, None), "come later");
    w.ask(Request::PageGone { reservation: first.id });
    w.wait_secs(10);
    let next = asks(&mut w, 1_002);
    assert_eq!(ticket(&mut w, next.id), (1_001, Some(1_000)));
    assert_eq!(w.page(first.id).reason.as_deref(), Some("expired"));
}

#[test]
fn c4_a_ticket_out_of_hours_has_no_number_for_nobody_is_called_up() {
    let mut settings = acme();
    settings.queues[0].hours =
        Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(Default::default()), Vec::new()));
    let mut w = World::with(vec![settings]);
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!((view.mode, view.ticket, view.position), (ShownMode::Ticket, None, None));
}

/// As the wishes of [`ask`] have them.
fn view_title(view: &ReservationView, views: &[(ReservationView, &'static str)]) -> String {
    let place = views.iter().position(|(other, _)| other.id == view.id).expect("one of them");
    format!("Page {}", place + 1)
}

#[test]
fn e9_without_a_shared_number_pages_are_the_phone_then_tickets() {
    let mut w = crowded(false);
    let views = ask(&mut w);
    goes_down(&views, &["own", "browser", "ticket"]);
    assert_eq!(count(&views), BTreeMap::from([("own", NUMBERS), ("browser", WITHOUT), ("ticket", 40)]));
    let own = views[0].0.id;
    w.done(Request::Cancel { reservation: own });
    w.wait_secs(31);
    let first = (NUMBERS + WITHOUT) as u64 + 1;
    assert_eq!(w.open(wish(CROWD + 1, Mode::Dial)).mode, ShownMode::Ticket, "he is the last");
    assert_eq!(w.open(wish(first, Mode::Dial)).mode, ShownMode::Dial, "what was given back is given out");
}

/// The claim of C4: three times as many as there are numbers, none of them without a way to talk.
#[test]
fn e9_at_three_times_the_pool_nobody_is_without_a_way_to_talk() {
    for shared in [true, false] {
        let mut settings = acme();
        settings.pools[0].shared = shared.then(|| SHARED.into());
        let mut w = World::with(vec![settings]);
        let views: Vec<_> = (1..=3 * NUMBERS as u64).map(|n| w.open(wish(n, Mode::Dial))).collect();
        let own = views.iter().filter(|view| view.mode == ShownMode::Dial && !view.shared).count();
        assert_eq!(own, NUMBERS);
        let next = if shared { ShownMode::Dial } else { ShownMode::Browser };
        assert!(views[NUMBERS..].iter().all(|view| (view.mode, view.shared) == (next, shared)));
        // Whose page cannot be a phone, and who has none at hand to dial with, is called: they wait in line for it.
        for n in NUMBERS as u64 + 1..=3 * NUMBERS as u64 {
            let number = Some(format!("+4915112345{n:03}"));
            let job = w.open(OpenReservation { number, ..wish(n, Mode::Callme) });
            assert_eq!((job.mode, job.state), (ShownMode::Callme, VisitorState::Waiting));
            assert_eq!(w.page(job.id).position, Some(n as u32 - NUMBERS as u32));
        }
    }
}

#[test]
fn e9_where_too_many_wait_already_and_no_agent_is_free_a_ticket_is_all() {
    let mut settings = acme();
    settings.limits.waiting = 3;
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    let waiting: Vec<_> = (0..3).map(|_| w.dial_queue(None)).collect();
    assert_eq!(w.open(wish(2, Mode::Dial)).mode, ShownMode::Ticket);
    assert_eq!(w.open(wish(3, Mode::Browser)).mode, ShownMode::Ticket);
    w.customer_leaves(waiting[0]);
    assert_eq!(w.open(wish(4, Mode::Dial)).mode, ShownMode::Ticket);
    assert_eq!(w.open(wish(2, Mode::Dial)).mode, ShownMode::Browser, "one less waits");
}
