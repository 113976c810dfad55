//! Who must prove himself: calls that come too early, second calls, the shared number; and how much may be guessed (E4, E5, E9, E29).

use crate::keys::*;
use crate::world::*;
use serde_json::json;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Entry, Event, Prompt, Verified};
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_coordination::request::*;
use warmline_coordination::settings::{FirmSettings, QueueSettings, Supervision};
use warmline_coordination::view::{ShownMode, VisitorState};

const ONE: &str = "+4930555001";
const TWO: &str = "+4930555002";
const SHARED: &str = "+493012349999";

fn wary() -> FirmSettings {
    let mut settings = acme();
    settings.pools[0].early = Duration::from_secs(2);
    settings
}

fn shared() -> FirmSettings {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings.pools[0].shared = Some(SHARED.into());
    settings
}

#[test]
fn e4_a_stray_call_does_not_spend_the_reservation() {
    let mut w = World::with(vec![wary()]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.wait(Duration::from_millis(1500));
    let stray = w.dial(NUMBER, Some(TWO));
    assert_eq!(w.said(stray), [Prompt::EnterPin]);
    assert_eq!((w.state("alice").as_str(), w.page(view.id).state), ("claimed", VisitorState::Held));
    w.wait_secs(3);
    let real = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(real), "two calls at once: the real one gets through");
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.agent_answers(real);
    w.wait_secs(10);
    assert!(w.calls[&stray].agent.is_none(), "the stray one waits without context");
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(stray));
    assert_eq!(w.screen("bob"), (None, "none".into()));
}

#[test]
fn e4_a_tapped_number_and_a_known_caller_are_not_too_early() {
    let mut w = World::with(vec![wary()]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.tell(Request::DialIntent { reservation: view.id });
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.customer_leaves(call);
    w.tell(Request::Cancel { reservation: view.id });
    let job = w.open(wish(2, Mode::Callme));
    w.tell(Request::Cancel { reservation: job.id });
    let view = w.open(wish(2, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), Some(MOBILE));
    assert_eq!(w.ringing_at("alice"), Some(call), "his record names his number");
}

#[test]
fn e4_the_right_pin_makes_an_early_caller_the_holder() {
    let mut w = World::with(vec![wary()]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, None);
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.said(call), [Prompt::EnterPin, Prompt::Accepted]);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    assert_eq!(w.page_views[&view.id]["state"], "ringing");
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    assert_eq!(w.firms.counters().numbers_held, 0);
}

#[test]
fn e5_a_second_call_from_elsewhere_is_asked_and_rings_nobody() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    let first = w.dial(NUMBER, Some(ONE));
    let second = w.dial(NUMBER, Some(TWO));
    assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (Some(first), None));
    assert_eq!(w.said(second), [Prompt::EnterPin]);
    w.press(second, view.pin.as_deref().unwrap());
    assert_eq!(w.said(second), [Prompt::EnterPin, Prompt::PleaseHold], "proved, but the call is on");
    assert_eq!(w.rung(), 1, "nobody is rung for it a second time");
    // The first was a stray: the agent sends it away.
    w.agent_answers(first);
    w.customer_leaves(first);
    assert_eq!(w.ringing_at("bob"), Some(second), "and the one who knew the PIN is through");
    assert_eq!(w.screen("bob"), shows("Page 1", "exact"));
}

#[test]
fn e5_the_same_caller_waits_whether_his_first_call_is_going() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    let first = w.dial(NUMBER, Some(ONE));
    let again = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(again), [Prompt::PleaseHold]);
    let third = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(third), [Prompt::EnterPin], "one waits behind a call");
    w.customer_leaves(third);
    w.wait_secs(3);
    w.customer_leaves(first);
    assert_eq!(w.ringing_at("alice"), Some(again), "the lost leg is gone: he has his place again");
    assert_eq!((w.screen("alice"), w.rung()), (shows("Page 1", "exact"), 2));
    assert_eq!(w.ringing_at("bob"), None);
    w.agent_answers(again);
    let more = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(more), [Prompt::PleaseHold], "also while they speak");
    w.wait_secs(29);
    assert_eq!(w.ringing_at("bob"), None);
    w.wait_secs(1);
    assert_eq!(w.ringing_at("bob"), Some(more), "it goes on: he is a caller of his own");
    assert_eq!(w.screen("bob"), (None, "none".into()));
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
}

/// A caller and an agent speak; he calls once more.
fn calls_again(w: &mut World) -> (CallId, CallId) {
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.ready("bob");
    let first = w.dial(NUMBER, Some(ONE));
    w.agent_answers(first);
    w.commands.clear();
    let again = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(again), [Prompt::PleaseHold]);
    assert!(w.commands.contains(&Command::WatchCustomer { call: first, on: true }));
    assert!(w.commands.contains(&Command::KeepCustomer { call: first, on: true }));
    (first, again)
}

#[test]
fn e5_who_has_lost_his_call_goes_on_with_the_same_agent_on_the_new_one() {
    let mut w = World::new();
    let (first, again) = calls_again(&mut w);
    w.event(Event::CustomerLost { call: first });
    assert!(w.calls.contains_key(&first) && !w.calls.contains_key(&again), "one call, the first");
    assert_eq!((w.state("alice").as_str(), w.rung()), ("talking", 0));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    let left = w.commands.iter().rev().find(|command| matches!(command, Command::KeepCustomer { .. }));
    assert_eq!(left, Some(&Command::KeepCustomer { call: first, on: false }));
    w.wait_secs(60);
    assert_eq!(w.state("alice"), "talking", "nothing of the waiting is left");
    w.customer_leaves(first);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::CallRecorded(_))), 1);
}

#[test]
fn e5_who_is_heard_on_his_first_call_gets_no_second_agent_for_it() {
    let mut w = World::new();
    let (first, again) = calls_again(&mut w);
    w.wait_secs(29);
    assert_eq!((w.ringing_at("bob"), w.state("alice").as_str()), (None, "talking"));
    w.customer_leaves(again);
    let off = Command::WatchCustomer { call: first, on: false };
    assert!(w.commands.contains(&off), "the first call is as it was");
    assert_eq!((w.rung(), w.state("alice").as_str()), (0, "talking"));
}

#[test]
fn e5_a_call_that_was_lost_ends_where_the_new_one_does_not_take_its_place() {
    let mut w = World::new();
    let (first, again) = calls_again(&mut w);
    w.changes = false;
    w.event(Event::CustomerLost { call: first });
    assert!(w.calls.contains_key(&first));
    w.customer_leaves(again);
    assert!(w.calls.is_empty(), "nobody is there for his agent");
    assert_eq!(w.state("alice"), "wrapup");
}

#[test]
fn e5_a_page_that_is_over_is_shown_in_one_call_at_a_time() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    w.wait_secs(301);
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
    let other = w.dial(NUMBER, Some(TWO));
    assert_eq!((w.said(other), w.ringing_at("bob")), (vec![Prompt::EnterPin], None));
    w.press(other, view.pin.as_deref().unwrap());
    assert_eq!(w.said(other)[1], Prompt::PleaseHold);
    w.customer_leaves(late);
    assert_eq!(w.ringing_at("alice"), Some(other));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    assert_eq!(w.rung(), 2);
}

#[test]
fn e5_withheld_numbers_are_not_the_same_caller() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.ready("bob");
    w.dial(NUMBER, None);
    let second = w.dial(NUMBER, None);
    assert_eq!(w.said(second), [Prompt::EnterPin]);
    w.wait_secs(10);
    assert_eq!(w.ringing_at("bob"), Some(second));
    assert_eq!(w.screen("bob"), (None, "none".into()));
}

#[test]
fn e9_a_dry_pool_offers_the_shared_number_with_a_pin() {
    let mut w = World::with(vec![shared()]);
    w.ready("alice");
    w.ready("bob");
    let own = w.open(wish(1, Mode::Dial));
    let view = w.open(wish(2, Mode::Dial));
    assert_eq!((view.mode, view.number.as_deref()), (ShownMode::Dial, Some(SHARED)));
    assert_eq!(view.number_display.as_deref(), Some("030 12349999"));
    assert_ne!(view.pin, own.pin);
    assert_eq!((own.shared, view.shared), (false, true), "whose callers are asked for it");
    assert_eq!(view.agent.as_ref().unwrap().display_name, "Bob", "his agent is claimed all the same");
    let third = w.open(wish(3, Mode::Dial));
    assert_eq!(third.number.as_deref(), Some(SHARED), "it is nobody's alone");
    assert_eq!(w.firms.counters().pool_dry, 2);
    let dry = w.desks["alice"].events.iter().filter(|event| **event == "pool.dry").count();
    assert_eq!(dry, 1, "told once, until a number is free again");

    let call = w.dial(SHARED, Some(TWO));
    assert_eq!((w.said(call), w.rung()), (vec![Prompt::EnterPin], 0));
    let said = w.commands.iter().rev().find_map(|command| match command {
        Command::Say { language, quiet, .. } => Some((language.clone(), *quiet)),
        _ => None,
    });
    assert_eq!(said, Some(("de".into(), true)), "the language of the number, and silence to key in");
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("bob"), Some(call));
    assert_eq!(w.screen("bob"), shows("Page 2", "exact"));
    w.customer_leaves(call);
    assert_eq!(w.page(view.id).state, VisitorState::Held, "he may dial again");
    let call = w.dial(SHARED, None);
    w.press(call, view.pin.as_deref().unwrap());
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    w.customer_leaves(call);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("normal"));
}

#[test]
fn e9_few_numbers_left_is_told_once_until_enough_are_free_again() {
    let mut settings = acme();
    settings.limits.per_address = 100;
    settings.pools[0].numbers = (0..10).map(|n| format!("+49301234500{n}")).collect();
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let low = |w: &World| w.desks["alice"].events.iter().filter(|event| **event == "pool.low").count();
    let mut held: Vec<_> = (1..=8).map(|n| w.open(wish(n, Mode::Dial)).id).collect();
    assert_eq!(low(&w), 0, "two are left");
    held.push(w.open(wish(9, Mode::Dial)).id);
    assert_eq!(low(&w), 1, "one is left");
    held.push(w.open(wish(10, Mode::Dial)).id);
    assert_eq!(low(&w), 1, "told already");
    // Two are free again, a fifth of them: not enough to tell it anew.
    let rests = |w: &mut World, ids: Vec<_>| {
        for reservation in ids {
            w.done(Request::Cancel { reservation });
        }
        w.wait_secs(60);
    };
    rests(&mut w, held.drain(..2).collect());
    w.open(wish(11, Mode::Dial));
    assert_eq!(low(&w), 1);
    rests(&mut w, held.drain(..2).collect());
    for n in 12..=14 {
        w.open(wish(n, Mode::Dial));
    }
    assert_eq!(low(&w), 2, "there were three, and there is none");
}

/// Alice serves the queue of the shop, Bob another one, which Carol supervises; Dave supervises all.
#[test]
fn e9_desktops_of_the_queue_and_its_supervisors_show_a_pool_that_runs_out_until_it_has_recovered() {
    let mut settings = acme();
    settings.limits.per_address = 100;
    settings.pools[0].numbers.truncate(5);
    let help = QueueSettings { name: "help".into(), skills: vec!["help".into()], ..QueueSettings::default() };
    settings.queues.push(help);
    settings.agents[1].skills = vec![("help".into(), 3)];
    settings.agents[2].skills = vec![("help".into(), 3)];
    settings.agents[2].supervisor = Some(Supervision { queues: vec!["help".into()] });
    settings.agents[3].skills = Vec::new();
    settings.agents[3].supervisor = Some(Supervision::default());
    let mut w = World::with(vec![settings]);
    ["alice", "bob", "carol", "dave"].into_iter().for_each(|name| w.desktop(name));
    let shown = |w: &World, name: &str| w.desks[name].me["pools"].clone();
    let mut held: Vec<_> = (1..=3).map(|n| w.open(wish(n, Mode::Dial)).id).collect();
    assert_eq!(shown(&w, "alice"), json!([]), "two are left");
    held.push(w.open(wish(4, Mode::Dial)).id);
    for name in ["alice", "dave"] {
        assert_eq!(shown(&w, name), json!([{ "pool": "web", "state": "low" }]), "{name}");
    }
    held.push(w.open(wish(5, Mode::Dial)).id);
    let without = w.open(wish(6, Mode::Dial)).id;
    assert_eq!(shown(&w, "alice"), json!([{ "pool": "web", "state": "dry" }]));
    w.done(Request::Cancel { reservation: without });
    // Who opens his desktop later sees it, too.
    w.close_desktop("dave");
    w.desktop("dave");
    assert_eq!(shown(&w, "dave"), json!([{ "pool": "web", "state": "dry" }]));
    let rests = |w: &mut World, reservation| {
        w.done(Request::Cancel { reservation });
        w.wait_secs(60);
    };
    rests(&mut w, held.remove(0));
    assert_eq!(shown(&w, "alice"), json!([{ "pool": "web", "state": "low" }]), "one is not enough");
    rests(&mut w, held.remove(0));
    for name in ["alice", "dave"] {
        assert_eq!(shown(&w, name), json!([]), "{name}");
    }
    for name in ["bob", "carol"] {
        assert_eq!(shown(&w, name), json!([]), "{name} has nothing to do with it");
    }
}

#[test]
fn e9_the_same_request_again_brings_the_token_of_the_call_from_the_page() {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let view = w.open(wish(2, Mode::Dial));
    assert_eq!((view.mode, view.state, view.shared), (ShownMode::Browser, VisitorState::Held, false));
    let token = |w: &mut World| match w.tell(Request::Open(Box::new(wish(2, Mode::Dial)))) {
        Reply::Reservation { created: false, view: same, token: Some(token) } if same.id == view.id => token,
        other => panic!("{other:?}"),
    };
    let first = token(&mut w);
    assert_eq!(token(&mut w), first);
    w.wait_secs(61);
    let fresh = token(&mut w);
    assert_ne!(fresh, first, "the page may have waited before its click");
    w.ask(Request::BrowserOffer { reservation: view.id, token: fresh, sdp: "v=0".into() });
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    assert_eq!(w.screen("alice").0.as_deref(), Some("Page 2"));
}

#[test]
fn e9_the_shared_number_survives_a_restart_and_has_its_limit() {
    let mut settings = shared();
    settings.limits.reservations = 1;
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    let view = w.open(wish(2, Mode::Dial));
    assert_eq!(view.number.as_deref(), Some(SHARED));
    assert_eq!(w.open(wish(3, Mode::Dial)).mode, ShownMode::Ticket, "the ladder's last step");
    w.crash();
    w.ready("alice");
    assert_eq!(w.page(view.id).number.as_deref(), Some(SHARED));
    let call = w.dial(SHARED, None);
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
    let job = wish(4, Mode::Callme);
    let Reply::Problem(refused) =
        w.tell(Request::Open(Box::new(OpenReservation { number: Some(SHARED.into()), ..job })))
    else {
        panic!("the shared number is ours")
    };
    assert_eq!(refused.code, "number_not_allowed");
}

#[test]
fn pins_of_a_firm_are_unique_and_of_no_use_in_another() {
    let mut other = shared();
    other.name = "bravo".into();
    other.sites[0].name = "bravo-shop".into();
    other.pools[0].numbers = vec!["+493099999000".into()];
    other.pools[0].shared = Some("+493099999999".into());
    let mut ours = shared();
    ours.limits.per_address = 10_000;
    let mut w = World::with(vec![ours, other]);
    w.ready("alice");
    let theirs = w.open(OpenReservation { site: "bravo-shop".into(), ..wish(1, Mode::Dial) });
    let pins: std::collections::HashSet<String> =
        (0..2000).map(|n| w.open(wish(n, Mode::Dial)).pin.expect("a PIN")).collect();
    assert_eq!(pins.len(), 2000);
    let pin = theirs.pin.unwrap();
    if !pins.contains(&pin) {
        let call = w.dial(SHARED, None);
        w.press(call, &pin);
        assert_eq!(w.said(call), [Prompt::EnterPin, Prompt::WrongPin]);
    }
}

#[test]
fn keys_of_others_and_keys_in_a_call_mean_nothing() {
    let mut w = World::with(vec![shared()]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let asked = w.dial(SHARED, None);
    let pin = view.pin.unwrap();
    let party = PartyId::mint(w.now, 99);
    for digit in pin.chars() {
        w.event(Event::Digit { call: asked, party, digit });
    }
    assert_eq!(w.said(asked), [Prompt::EnterPin], "not the caller's keys");
    w.press(asked, &format!("9*{}", &pin[..3]));
    w.wait_secs(7);
    w.press(asked, &format!("{}#", &pin[3..]));
    assert_eq!(w.said(asked), [Prompt::EnterPin, Prompt::Accepted], "each key has its own time");
    w.press(asked, &pin);
    w.agent_answers(asked);
    w.press(asked, &pin);
    assert_eq!(w.said(asked).len(), 2);
    assert_eq!(w.state("alice"), "talking");
}

#[test]
fn guessing_is_bounded_by_call_by_caller_and_by_firm() {
    let mut w = World::with(vec![shared()]);
    let view = w.open(wish(1, Mode::Dial));
    let wrong = other_pin(&[view.pin.as_deref().unwrap()]);
    let guess = |w: &mut World, from: Option<&str>| {
        let call = w.dial(SHARED, from);
        for _ in 0..3 {
            w.press(call, &wrong);
        }
        let said = w.said(call);
        w.customer_leaves(call);
        said
    };
    let tried = [Prompt::EnterPin, Prompt::WrongPin, Prompt::WrongPin, Prompt::PleaseHold];
    assert_eq!(guess(&mut w, Some(ONE)), tried);
    assert_eq!(guess(&mut w, Some(ONE)), tried);
    assert_eq!(guess(&mut w, Some(ONE)), [], "this caller is not asked any more");
    for _ in 0..5 {
        assert_eq!(guess(&mut w, None), tried);
    }
    assert_eq!(guess(&mut w, None), [], "who withholds his number does not end the question for the others");
    for n in 0..3 {
        assert_eq!(guess(&mut w, Some(&format!("+49306660{n:02}"))), tried);
    }
    assert_eq!(guess(&mut w, Some(TWO)), [], "thirty in a minute: nobody is");
    assert_eq!(w.firms.counters().pins_wrong, 30);
    w.wait_secs(61);
    let call = w.dial(SHARED, Some(TWO));
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.said(call)[1], Prompt::Accepted);
}

#[test]
fn a_caller_on_the_line_is_turned_away_only_when_too_many_wait() {
    let mut settings = shared();
    settings.limits.waiting = 2;
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    let asked = w.dial(SHARED, Some(ONE));
    w.dial_queue(None);
    w.dial_queue(None);
    w.wait_secs(10);
    assert!(!w.calls.contains_key(&asked), "he was nobody, and the line is full");
    assert_eq!(w.count(|c| matches!(c, Command::Hangup { cause: Cause::Overload, .. })), 1);
    let third = w.dial(NUMBER, None);
    assert!(w.calls.contains_key(&third), "a held number is a promise");
    w.customer_leaves(third);
}

#[test]
fn who_hangs_up_while_he_is_asked_leaves_nothing() {
    let mut w = World::with(vec![shared()]);
    w.open(wish(1, Mode::Dial));
    let asked = w.dial(SHARED, None);
    w.press(asked, "12");
    w.customer_leaves(asked);
    let first = w.dial(NUMBER, Some(ONE));
    let behind = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(behind);
    w.customer_leaves(first);
    w.ready("alice");
    w.wait_secs(60);
    assert_eq!((w.firms.counters().calls_live, w.rung()), (0, 0));
}

#[test]
fn e29_what_is_not_a_number_of_the_firm_rings_nobody() {
    let mut w = World::with(vec![wary()]);
    w.ready("alice");
    for (firm, number) in [("acme", "+493012345010"), ("acme", "1000"), ("nobody", NUMBER)] {
        let (call, party) = (CallId::mint(w.now, 7), PartyId::mint(w.now, 7));
        let entry = Entry::RoutingPoint { firm: firm.into(), number: number.into() };
        w.event(Event::Arrived {
            call,
            party,
            entry,
            from: None,
            from_display: "\r\nscan".into(),
            verified: Verified::Unknown,
        });
        let rejected = Command::Reject { call, cause: Cause::NotFound };
        assert_eq!(w.commands.last(), Some(&rejected), "{number}");
    }
    let view = w.open(wish(1, Mode::Dial));
    // Whoever dials through all numbers meets nobody's page.
    for n in 0..10 {
        w.dial(&format!("+49301234500{n}"), None);
    }
    assert_eq!(w.page(view.id).state, VisitorState::Held);
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"), "claimed, not rung");
    assert_eq!(w.rung(), 0);
}

/// The network has found that the number is not the caller's: he is asked, whoever he seems to be, and takes nobody's place.
#[test]
fn e4_a_caller_with_a_borrowed_number_proves_himself() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.verified = Verified::Failed;
    let call = w.dial(NUMBER, Some("+4930222333"));
    assert_eq!(w.said(call), [Prompt::EnterPin]);
    assert_eq!((w.state("alice").as_str(), w.page(view.id).state), ("claimed", VisitorState::Held));
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    assert_eq!(w.desks["alice"].current["verified"], "failed");
    assert_ne!(w.desks["alice"].current["contact"]["name"], "Vera Known", "the number names nobody");
    w.agent_answers(call);
    w.customer_leaves(call);
    let record = w.journal.iter().find_map(|entry| match &entry.fact {
        Fact::CallRecorded(record) => Some((record.verified, record.caller.clone())),
        _ => None,
    });
    assert_eq!(record, Some((Verified::Failed, None)));
    w.tell(Request::WrapupDone(World::who("alice")));
    // After it: neither the last holder of the number by its memory, nor by the very number that he called from.
    let later = w.dial(NUMBER, Some("+4930222333"));
    assert_eq!(w.said(later), [Prompt::EnterPin]);
}

/// A robocaller dials through the numbers: the page stays its holder's, who gets through all the same.
#[test]
fn e4_a_caller_known_to_be_bad_takes_nobodys_reservation() {
    let mut settings = acme();
    settings.bad_callers = NumberList::new(vec![4930999001]);
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let stray = w.dial(NUMBER, Some("+4930999001"));
    assert_eq!(w.said(stray), [Prompt::EnterPin]);
    assert_eq!(w.page(view.id).state, VisitorState::Held, "it is not spent");
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!((w.ringing_at("alice"), w.screen("alice")), (Some(call), shows("Page 1", "exact")));
    w.customer_leaves(stray);
    w.agent_answers(call);
    w.customer_leaves(call);
    w.tell(Request::WrapupDone(World::who("alice")));
    // Nor does he get the page by the memory of the number.
    let late = w.dial(NUMBER, Some("+4930999001"));
    assert_eq!(w.said(late), [Prompt::EnterPin]);
}

#[test]
fn e4_a_nuisance_proves_himself() {
    let mut settings = acme();
    settings.contacts[0].priority = 0;
    let nuisance = settings.contacts[0].numbers[0].clone();
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(&nuisance));
    assert_eq!(w.said(call), [Prompt::EnterPin]);
}

#[test]
fn e4_a_passed_number_is_as_good_as_before_and_the_firm_may_let_failed_ones_in() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.verified = Verified::Passed;
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["verified"], "passed");
    let mut settings = acme();
    settings.pools[0].screen_failed = false;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.verified = Verified::Failed;
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["verified"], "failed");
    // A number that nobody holds or held: there is nothing to prove, and the row says what is known of him.
    let other = w.dial("+493012345005", Some(TWO));
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting[0]["verified"], "failed", "{}", w.desks["alice"].waiting);
    assert!(w.said(other).iter().all(|said| *said != Prompt::EnterPin));
}

#[test]
fn e14_a_borrowed_number_neither_ends_nor_makes_a_callback() {
    let mut w = World::new();
    let job = w.open(wish(1, Mode::Callme));
    w.verified = Verified::Failed;
    let borrowed = w.dial_queue(Some(MOBILE));
    assert_eq!(w.page(job.id).state, VisitorState::Waiting, "whoever shows his number is not he");
    w.customer_leaves(borrowed);
    w.verified = Verified::Passed;
    let own = w.dial_queue(Some(MOBILE));
    w.ready("alice");
    w.agent_answers(own);
    assert_eq!(w.page(job.id).state, VisitorState::Ended);
}
