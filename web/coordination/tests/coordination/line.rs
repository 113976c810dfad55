//! Callers in line: the menu before it, the place they hear, and the call they would rather get (C9).

use crate::keys::*;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Command, Prompt};
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::{ShownMode, VisitorState};

const HOME: &str = "+4930555001";

fn with_menu() -> FirmSettings {
    let mut settings = acme();
    settings.queues[0].menu = Some(Menu {
        greeting: Some(3),
        languages: vec![('1', "de".into()), ('2', "en".into())],
        pin_key: Some('9'),
        callback_key: Some('5'),
    });
    settings
}

/// Said one command after the other, with the language.
fn sentences(w: &World, call: CallId) -> Vec<(Vec<Prompt>, String)> {
    let said = |command: &Command| match command {
        Command::Say { call: whose, prompts, language, .. } if *whose == call => {
            Some((prompts.clone(), language.clone()))
        }
        _ => None,
    };
    w.commands.iter().filter_map(said).collect()
}

fn place(n: u8) -> Vec<Prompt> {
    vec![Prompt::YouAreNumber, Prompt::Number(n), Prompt::InLine]
}

#[test]
fn a_caller_chooses_his_language_and_comes_to_the_queue() {
    let mut w = World::with(vec![with_menu()]);
    w.ready("alice");
    let call = w.dial_queue(Some("+12125552368"));
    assert_eq!(
        sentences(&w, call),
        [(vec![Prompt::Greeting(3), Prompt::OfferPin], "de".into())],
        "no US number is called back"
    );
    assert_eq!(w.ringing_at("alice"), None);
    w.press(call, "732");
    assert_eq!(
        sentences(&w, call)[1],
        (vec![Prompt::OfferPin], "en".into()),
        "what has no meaning is passed over"
    );
    w.wait_secs(6);
    assert_eq!(w.ringing_at("alice"), Some(call), "nothing pressed: on to the queue");
}

#[test]
fn who_presses_nothing_or_a_hash_is_not_lost() {
    let mut w = World::with(vec![with_menu()]);
    let silent = w.dial_queue(None);
    w.wait_secs(1);
    let quick = w.dial_queue(None);
    w.press(quick, "#");
    w.wait_secs(1);
    assert_eq!(w.said(quick).last(), Some(&Prompt::PleaseHold));
    w.wait_secs(5);
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(silent), "in the order in which they came");
}

#[test]
fn a_caller_with_a_page_is_asked_nothing_and_one_who_has_a_pin_shows_it() {
    let mut w = World::with(vec![with_menu()]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial_queue(Some(HOME));
    w.press(call, "9");
    assert_eq!(w.said(call).last(), Some(&Prompt::EnterPin));
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(call);
    let direct = w.dial(view.number.as_deref().unwrap(), None);
    assert_eq!((w.ringing_at("alice"), w.said(direct)), (Some(direct), vec![]));
}

#[test]
fn five_keeps_the_place_and_ends_the_call() {
    let mut w = World::with(vec![with_menu()]);
    let first = w.dial_queue(None);
    w.press(first, "#");
    w.wait_secs(1);
    let second = w.dial_queue(Some(MOBILE));
    assert!(w.said(second).contains(&Prompt::OfferCallback));
    w.press(second, "5");
    assert_eq!(w.said(second).last(), Some(&Prompt::CallbackGoodbye));
    assert!(!w.calls.contains_key(&second), "he has heard it and is hung up on");
    w.wait_secs(1);
    let third = w.dial_queue(None);
    w.press(third, "#");
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(first), "nobody is overtaken");
    w.ready("bob");
    assert_eq!((w.state("bob").as_str(), w.ringing_at("bob")), ("claimed", None), "the job is next");
    let dials = |command: &Command| matches!(command, Command::Dial { number, .. } if number == MOBILE);
    assert_eq!(w.count(dials), 1);
    w.ready("carol");
    assert_eq!(w.ringing_at("carol"), Some(third));
    w.wait_secs(120);
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_place_kept_by_a_key_survives_a_crash() {
    let mut w = World::with(vec![with_menu()]);
    let early = w.dial_queue(Some(MOBILE));
    w.press(early, "5");
    w.wait_secs(3);
    let job = w.open(OpenReservation { number: Some("+4915123456780".into()), ..wish(2, Mode::Callme) });
    w.crash();
    w.ready("alice");
    let dialled = w.commands.iter().rev().find_map(|command| match command {
        Command::Dial { number, .. } => Some(number.as_str()),
        _ => None,
    });
    assert_eq!(dialled, Some(MOBILE), "before {}", job.id);
}

#[test]
fn who_waits_hears_his_place_which_never_rises() {
    let mut w = World::new();
    w.talk("alice", 9);
    let (ahead, call) = (w.dial_queue(None), w.dial_queue(None));
    w.wait_secs(5);
    let heard = sentences(&w, call);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].0[..3], place(2)[..]);
    assert_eq!(heard[0].0[3], Prompt::WaitAbout, "alice works: the wait is known");
    assert_eq!(w.said(ahead)[..3], place(1)[..]);
    // A better customer comes between: his place is not told, for he was told a better one.
    let vip = w.dial_queue(Some("+4930222333"));
    w.wait_secs(30);
    assert_eq!(sentences(&w, call).len(), 2);
    w.customer_leaves(ahead);
    w.customer_leaves(vip);
    w.wait_secs(30);
    let heard = sentences(&w, call);
    assert_eq!(heard[2].0[..3], place(1)[..]);
    w.wait_secs(15);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call));
    let before = sentences(&w, call).len();
    w.agent_answers(call);
    w.wait_secs(90);
    assert_eq!(sentences(&w, call).len(), before, "he speaks with somebody");
}

#[test]
fn a_queue_may_be_silent() {
    let mut settings = acme();
    settings.queues[0].announce = Duration::ZERO;
    let mut w = World::with(vec![settings]);
    let call = w.dial_queue(None);
    w.wait_secs(300);
    assert_eq!(w.said(call), []);
}

#[test]
fn c9_the_phones_queue_is_in_the_page_and_call_me_instead_keeps_the_place() {
    let mut w = World::new();
    let before = w.dial_queue(None);
    w.wait_secs(1);
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), Some(HOME));
    w.wait_secs(1);
    assert_eq!(w.page_views[&view.id]["state"], "waiting");
    assert_eq!(w.page_views[&view.id]["position"], 2);
    w.customer_leaves(before);
    w.wait(Duration::from_millis(200));
    assert_eq!(w.page_views[&view.id]["position"], 1, "at once, not when asked");
    let after = w.dial_queue(None);
    let instead = w.open(wish(1, Mode::Callme));
    assert_ne!(instead.id, view.id);
    assert_eq!((instead.mode, instead.state), (ShownMode::Callme, VisitorState::Waiting));
    assert_eq!(instead.position, Some(1), "his place");
    assert_eq!(w.said(call).last(), Some(&Prompt::CallbackGoodbye));
    assert!(!w.calls.contains_key(&call), "his call has ended");
    let over = w.page(view.id);
    assert_eq!((over.state, over.reason.as_deref()), (VisitorState::Ended, Some("callback")));
    assert_eq!(w.firms.counters().numbers_held, 0, "his number is given back");
    w.wait_secs(60);
    w.ready("alice");
    assert_eq!(w.state("alice"), "claimed", "no order inversion: {after:?} waits on");
    assert_eq!(w.count(|command| matches!(command, Command::Dial { number, .. } if number == MOBILE)), 1);
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(after));
}

#[test]
fn c9_nothing_is_told_before_the_job_is_durable_and_nobody_is_dialled_who_still_listens() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), Some(HOME));
    w.slow(true);
    w.ask(Request::Open(Box::new(wish(1, Mode::Callme))));
    assert!(!w.said(call).contains(&Prompt::CallbackGoodbye));
    w.slow(false);
    assert!(w.said(call).contains(&Prompt::CallbackGoodbye));
    assert_eq!(w.violations(), 0);
}

#[test]
fn e13_who_is_never_called_is_offered_no_callback_and_keeps_his_place() {
    for file in [true, false] {
        let mut settings = with_menu();
        settings.queues[0].announce = Duration::from_secs(30);
        if file {
            settings.callme.policy.do_not_call = NumberList::new(vec![4_915_123_456_789]);
        }
        let mut w = World::with(vec![settings]);
        if !file {
            let (firm, by, number) = ("acme".into(), "tower".into(), MOBILE.into());
            w.tell(Request::DoNotCall { firm, by, number, verb: ListVerb::Add });
        }
        let first = w.dial_queue(None);
        w.press(first, "#");
        let call = w.dial_queue(Some(MOBILE));
        w.press(call, "5");
        w.press(call, "#");
        w.wait_secs(200);
        w.press(call, "5");
        let said = w.said(call);
        assert!(!said.contains(&Prompt::OfferCallback) && !said.contains(&Prompt::CallbackGoodbye));
        w.ready("alice");
        w.ready("bob");
        assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (Some(first), Some(call)));
        assert_eq!(w.violations(), 0);
    }
}
