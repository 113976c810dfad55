//! Many more ask than there is room for: each is offered what is left, down to a ticket, and nobody is refused or forgotten (C4, E9).

use crate::keys::*;
use crate::world::*;
use std::collections::BTreeMap;
use warmline_coordination::cti::Prompt;
use warmline_coordination::fact::Fact;
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
    // There is room again, and whoever has a ticket asks once more.
    w.wait_secs(60);
    let again = w.open(wish(CROWD, Mode::Dial));
    assert_eq!((again.mode, again.shared), (ShownMode::Dial, false));
    assert_eq!(told(&w, "pool.dry"), 1);
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
    let last = w.open(wish(CROWD + 1, Mode::Dial));
    assert_eq!(last.mode, ShownMode::Dial, "what was given back is given out");
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
    assert_eq!(w.open(wish(4, Mode::Dial)).mode, ShownMode::Browser, "one less waits");
}
