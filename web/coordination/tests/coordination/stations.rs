//! Agents' phones: those outside, where a machine may answer, and those that answer by themselves.

use crate::world::*;
use warmline_coordination::cti::{Cause, Command, Confirm, Prompt, queue_label};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;

/// The last ring: whether it asks the phone to answer by itself, and what whoever answers is asked.
fn last_ring(w: &World) -> (bool, Option<Confirm>) {
    let ring = w.commands.iter().rev().find_map(|command| match command {
        Command::Ring { auto_answer, confirm, .. } => Some((*auto_answer, confirm.clone())),
        _ => None,
    });
    ring.expect("somebody was rung")
}

fn world_where(name: &str, change: impl Fn(&mut CallingSettings)) -> World {
    let mut firm = acme();
    let agent = firm.agents.iter_mut().find(|agent| agent.name == name).unwrap();
    change(&mut agent.calling);
    World::with(vec![firm])
}

#[test]
fn a_phone_outside_is_asked_what_it_is_and_to_press_1() {
    let mut w = World::new();
    w.ready("dave");
    let call = w.dial_queue(None);
    let (_, confirm) = last_ring(&w);
    let confirm = confirm.expect("a machine may answer his mobile");
    let queue = Prompt::Queue(queue_label("acme", "sales"));
    assert_eq!(confirm.prompts, [Prompt::NewCall, queue, Prompt::PressOne]);
    assert_eq!(confirm.language, "de", "of his number");
    // Its 15 s of ringing and its 20 s to press: the switch's word is awaited.
    w.wait_secs(38);
    assert_eq!(w.state("dave"), "ringing");
    w.agent_fails(call, Cause::NoAnswer);
    assert_eq!(w.state("dave"), "not_ready", "like one who lets it ring");
    assert_eq!(w.desks["dave"].me["notice"]["code"], "unanswered");
    assert!(w.calls.contains_key(&call), "the customer waits for the next");
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(last_ring(&w), (false, None), "a browser is answered by a person");
}

#[test]
fn a_colleague_outside_hears_that_he_is_asked() {
    let mut w = World::new();
    w.talk("alice", 1);
    w.ready("dave");
    w.done(Request::Consult(World::who("alice"), Target::Agent("dave".into())));
    let (_, confirm) = last_ring(&w);
    assert_eq!(confirm.unwrap().prompts, [Prompt::ColleagueAsks, Prompt::PressOne]);
    w.done(Request::ConsultEnd(World::who("alice")));
    w.done(Request::Consult(World::who("alice"), Target::Number("+4915199988777".into())));
    assert_eq!(last_ring(&w), (false, None), "a number that is nobody's of ours presses nothing");
}

#[test]
fn an_agent_may_do_without() {
    let mut w = world_where("dave", |calling| calling.confirm = false);
    w.ready("dave");
    w.dial_queue(None);
    assert_eq!(last_ring(&w), (false, None));
}

#[test]
fn a_phone_answers_by_itself_as_it_is_set() {
    for (setting, queue, callback) in [
        (AutoAnswer::Never, false, false),
        (AutoAnswer::Wished, false, true),
        (AutoAnswer::Always, true, true),
    ] {
        let mut w = world_where("carol", |calling| calling.auto_answer = setting);
        w.ready("carol");
        let call = w.dial_queue(None);
        assert_eq!(last_ring(&w).0, queue, "{setting:?}");
        assert_eq!(w.desks["carol"].current["auto_answer"], queue);
        w.customer_leaves(call);
        w.open(wish(1, Mode::Callme));
        let call = w.desks["carol"].current["call"].as_str().unwrap().parse().unwrap();
        w.customer_answers(call);
        assert_eq!(last_ring(&w).0, callback, "{setting:?}");
        assert_eq!(w.desks["carol"].current["auto_answer"], callback);
    }
}
