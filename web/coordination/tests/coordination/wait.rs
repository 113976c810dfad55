//! The wait as it is told (C9, C10): why it rises, whether it ended as was told, and who is offered to be called instead.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Command, Prompt};
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::{ReservationView, WaitCause};

/// A visitor who has dialled his number and waits in line.
fn waits(w: &mut World, visitor: u64) -> (ReservationView, CallId) {
    let view = w.open(wish(visitor, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    (w.page(view.id), call)
}

fn not_ready(w: &mut World, name: &str) {
    w.done(Request::Presence(World::who(name), Presence::NotReady, None));
    w.wait_secs(1);
}

#[test]
fn c9_a_wait_that_rises_says_why() {
    let mut w = World::new();
    w.talk("alice", 1);
    w.talk("bob", 2);
    let (first, _) = waits(&mut w, 3);
    let (second, _) = waits(&mut w, 4);
    let [one, two] = [&first, &second].map(|view| view.wait.unwrap());
    assert!(two.p50_secs > one.p50_secs && two.p90_secs > two.p50_secs, "{one:?} {two:?}");
    not_ready(&mut w, "bob");
    let left = w.page(first.id).wait.unwrap();
    assert!(left.p50_secs > one.p50_secs, "{left:?}");
    assert_eq!(left.cause, Some(WaitCause::AgentsLeft));
    w.done(Request::Presence(World::who("bob"), Presence::Ready, None));
    w.wait_secs(1);
    let back = w.page(first.id).wait.unwrap();
    assert!(back.p50_secs <= one.p50_secs && back.cause.is_none(), "as before, nothing to explain: {back:?}");
}

#[test]
fn c9_who_comes_with_priority_is_the_cause() {
    let mut settings = acme();
    settings.contacts[0].priority = 7;
    let mut w = World::with(vec![settings]);
    w.talk("alice", 1);
    let (first, _) = waits(&mut w, 2);
    w.dial_queue(Some("+4930222333"));
    w.wait_secs(1);
    let view = w.page(first.id);
    assert_eq!(view.position, Some(2));
    assert_eq!(view.wait.unwrap().cause, Some(WaitCause::Priority));
}

#[test]
fn c10_waits_are_counted_against_what_was_told() {
    let mut w = World::new();
    let busy = w.talk("alice", 1);
    let (soon, call) = waits(&mut w, 2);
    assert!(soon.wait.unwrap().p90_secs > 60);
    let (late, last) = waits(&mut w, 3);
    w.wait_secs(30);
    w.customer_leaves(busy);
    w.wait_secs(20);
    w.agent_answers(call);
    w.wait_secs(u64::from(late.wait.unwrap().p90_secs));
    w.customer_leaves(call);
    w.wait_secs(20);
    w.agent_answers(last);
    let counted = |w: &mut World| {
        let figures = w.firms.figures(w.now).remove(0).queues.remove(0);
        (figures.waits, figures.waits_under_p90, figures.today.waits, figures.today.waits_under_p90)
    };
    assert_eq!(counted(&mut w), (2, 1, 2, 1));
    let (_, gives_up) = waits(&mut w, 4);
    w.wait_secs(5);
    w.customer_leaves(gives_up);
    assert_eq!(counted(&mut w), (2, 1, 2, 1), "nobody knows how long that would have been");
    let (told, gives_up) = waits(&mut w, 5);
    w.wait_secs(u64::from(told.wait.unwrap().p90_secs) + 1);
    w.customer_leaves(gives_up);
    assert_eq!(counted(&mut w).0, 3, "that was too long, whatever would have come");
    assert_eq!(w.violations(), 0);
}

#[test]
fn c9_whose_wait_is_too_long_is_offered_to_be_called() {
    let mut w = World::new();
    w.talk("alice", 1);
    let (first, _) = waits(&mut w, 2);
    let (second, _) = waits(&mut w, 3);
    assert!(first.wait.unwrap().p50_secs <= 180 && !first.too_long, "{first:?}");
    assert!(second.wait.unwrap().p50_secs > 180 && second.too_long, "{second:?}");
    w.reload(|settings| settings.callme.countries.clear());
    assert!(!w.page(second.id).too_long, "nobody is called");
    w.reload(|settings| settings.callme.countries = vec!["DE".into()]);
    assert!(w.page(second.id).too_long);
    w.reload(|settings| settings.queues[0].offer_callback = Duration::ZERO);
    assert!(!w.page(second.id).too_long, "never");
}

#[test]
fn c9_a_caller_hears_the_offer_as_soon_as_it_takes_too_long() {
    let mut settings = acme();
    settings.queues[0].menu = Some(Menu { callback_key: Some('5'), ..Menu::default() });
    settings.queues[0].offer_callback = Duration::from_secs(100);
    let mut w = World::with(vec![settings]);
    w.talk("alice", 1);
    w.talk("bob", 2);
    let call = w.dial_queue(Some("+4930555001"));
    w.wait_secs(6);
    w.commands.clear();
    let offered = |w: &mut World, secs| {
        w.wait_secs(secs);
        let said = std::mem::take(&mut w.commands).into_iter().filter_map(|command| match command {
            Command::Say { call: whose, prompts, .. } if whose == call => Some(prompts),
            _ => None,
        });
        said.map(|prompts| prompts.contains(&Prompt::OfferCallback)).collect::<Vec<_>>()
    };
    assert_eq!(offered(&mut w, 6), [true], "with the first");
    assert_eq!(offered(&mut w, 30), [false], "not with each");
    assert_eq!(offered(&mut w, 30), [true], "with each second");
    not_ready(&mut w, "bob");
    assert_eq!(offered(&mut w, 30), [true], "at once: it has become too long");
    assert_eq!(offered(&mut w, 30), [true]);
    assert_eq!(offered(&mut w, 30), [false]);
}
