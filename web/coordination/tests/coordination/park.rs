//! Parked calls: taken up by anybody, fought over, left, forgotten.

use crate::world::*;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;

fn park(name: &str) -> Request {
    Request::Park(World::who(name))
}

fn unpark(name: &str, slot: u16) -> Request {
    Request::Unpark(World::who(name), slot)
}

/// Alice has parked a customer who came by his page; she wraps up.
fn parked(w: &mut World) -> CallId {
    let call = w.talk("alice", 1);
    w.done(park("alice"));
    call
}

#[test]
fn a_parked_customer_hears_music_and_everybody_sees_him() {
    let mut w = World::new();
    w.ready("bob");
    w.done(Request::Presence(World::who("bob"), Presence::NotReady, None));
    let call = parked(&mut w);
    assert_eq!((w.state("alice").as_str(), w.hear(call).as_str()), ("wrapup", ""));
    assert!(w.calls[&call].agent.is_none(), "her phone is free");
    for desk in ["alice", "bob"] {
        let row = &w.desks[desk].parked[0];
        assert_eq!(
            (&row["slot"], &row["name"], &row["by"]),
            (&701.into(), &"Visitor 1".into(), &"Alice".into())
        );
    }
    // A desktop that comes later sees him too.
    w.ready("carol");
    assert_eq!(w.desks["carol"].parked[0]["slot"], 701);
    w.done(unpark("bob", 701));
    assert_eq!(w.ringing_at("bob"), Some(call), "ready or not: who takes is willing");
    let current = &w.desks["bob"].current;
    assert_eq!(current["page"]["title"], "Page 1", "page and record travel");
    assert_eq!((&current["from"], &current["auto_answer"]), (&"Alice".into(), &true.into()));
    assert_eq!(w.desks["alice"].parked, serde_json::json!([]));
    w.agent_answers(call);
    assert_eq!((w.hear(call).as_str(), w.state("bob").as_str()), ("ca", "talking"));
    w.done(park("bob"));
    w.done(Request::WrapupDone(World::who("alice")));
    w.done(unpark("alice", 701));
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
    w.customer_leaves(call);
    assert_eq!(w.firms.counters().calls_live, 0);
}

#[test]
fn one_of_two_is_faster_and_a_customer_who_leaves_is_gone() {
    let mut w = World::new();
    w.ready("bob");
    w.ready("carol");
    for name in ["bob", "carol"] {
        w.done(Request::Presence(World::who(name), Presence::NotReady, None));
    }
    let call = parked(&mut w);
    w.done(unpark("bob", 701));
    let (status, code, _) = w.refused(unpark("carol", 701));
    assert_eq!((status, code), (409, "gone"));
    w.customer_leaves(call);
    let call = {
        w.done(Request::WrapupDone(World::who("alice")));
        let call = w.dial_queue(None);
        w.agent_answers(call);
        w.done(park("alice"));
        call
    };
    w.customer_leaves(call);
    assert_eq!(w.desks["carol"].parked, serde_json::json!([]));
    assert_eq!(w.refused(unpark("carol", 701)).1, "gone");
    assert_eq!(w.firms.counters().calls_live, 0);
    w.wait_secs(200);
    assert_eq!(w.state("alice"), "ready", "and nobody is rung for it");
}

#[test]
fn whoever_is_forgotten_comes_back_to_the_one_who_parked_him() {
    let mut w = World::new();
    let call = parked(&mut w);
    w.wait_secs(119);
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(1);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].parked, serde_json::json!([]));
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
    w.customer_leaves(call);
}

#[test]
fn and_where_that_one_cannot_come_to_the_front_of_the_queue() {
    let mut w = World::new();
    let call = parked(&mut w);
    w.close_desktop("alice");
    w.wait_secs(1);
    let later = w.dial_queue(None);
    w.wait_secs(120);
    assert_eq!(w.firms.counters().waiting, 2);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call), "he asked first");
    w.agent_answers(call);
    assert!(w.calls.contains_key(&later));
    // One who does not answer when it comes back leaves him to the next, too.
    w.done(park("bob"));
    w.wait_secs(25);
    w.agent_answers(later);
    w.customer_leaves(later);
    w.wait_secs(96);
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_fails(call, Cause::NoAnswer);
    assert_eq!(w.firms.counters().waiting, 1);
}

#[test]
fn slots_are_few_and_only_an_own_call_can_be_parked() {
    let mut firm = acme();
    firm.calls = CallsSettings { slots: (701, 702), ..CallsSettings::default() };
    let mut w = World::with(vec![firm]);
    w.ready("alice");
    assert_eq!(w.refused(park("alice")).1, "no_call");
    for slot in [701, 702] {
        let call = w.dial_queue(None);
        w.agent_answers(call);
        w.done(park("alice"));
        assert_eq!(w.desks["alice"].parked.as_array().unwrap().last().unwrap()["slot"], slot);
        w.done(Request::WrapupDone(World::who("alice")));
    }
    let call = w.dial_queue(None);
    w.agent_answers(call);
    let (status, code, _) = w.refused(park("alice"));
    assert_eq!((status, code), (409, "park_full"));
    assert_eq!(w.hear(call), "ca", "they go on");
    assert_eq!(w.refused(unpark("alice", 701)).1, "busy");
    w.ready("bob");
    w.done(Request::Consult(World::who("alice"), Target::Agent("bob".into())));
    assert_eq!(w.refused(park("alice")).1, "consulting");
    w.agent_answers(call);
    assert_eq!(w.refused(park("bob")).1, "guest");
    w.crash();
    assert_eq!(w.firms.counters().calls_live, 0, "as other calls");
}

#[test]
fn a_desk_phone_dials_the_slot() {
    let mut w = World::new();
    w.ready("carol");
    w.done(Request::Presence(World::who("carol"), Presence::NotReady, None));
    let call = parked(&mut w);
    let from = CallId::mint(w.now, 77);
    let dialled = |user: &str, realm: &str, number: &str| Event::Dialled {
        call: from,
        user: user.into(),
        realm: realm.into(),
        number: number.into(),
    };
    let rejected = |w: &World| match w.commands.last() {
        Some(Command::Reject { call, cause }) if *call == from => Some(*cause),
        _ => None,
    };
    w.event(dialled("203", "node.test", "702"));
    assert_eq!(rejected(&w), Some(Cause::NotFound), "nobody is parked there");
    w.event(dialled("299", "node.test", "701"));
    assert_eq!(rejected(&w), Some(Cause::NotFound), "no agent's phone");
    w.event(dialled("bob", "acme", "701"));
    assert_eq!(rejected(&w), Some(Cause::NotFound), "he is not logged in");
    assert_eq!(w.desks["carol"].parked[0]["slot"], 701);
    w.event(dialled("203", "node.test", "701"));
    assert_eq!((w.state("carol").as_str(), w.hear(call).as_str()), ("talking", "ca"));
    let current = &w.desks["carol"].current;
    assert_eq!((&current["page"]["title"], &current["from"]), (&"Page 1".into(), &"Alice".into()));
    assert_eq!(w.desks["alice"].parked, serde_json::json!([]));
    let shown = w.trace.iter().rposition(|told| told == "carol current \"ringing\"").unwrap();
    assert!(shown < w.trace.iter().rposition(|told| told == "adopt").unwrap(), "the page first");
    // Another is parked while she speaks.
    let other = w.dial_queue(None);
    w.done(Request::WrapupDone(World::who("alice")));
    w.agent_answers(other);
    w.done(park("alice"));
    w.event(dialled("203", "node.test", "701"));
    assert_eq!(rejected(&w), Some(Cause::Busy));
    w.customer_leaves(call);
    assert_eq!(w.state("carol"), "wrapup");
    w.event(dialled("203", "node.test", "701"));
    assert_eq!(w.hear(other), "ca", "it ends her wrap-up");
}
