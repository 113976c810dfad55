//! An agent calls a customer: his own phone first, then the customer's; and each way in which it comes to nothing.

use crate::world::*;
use warmline_coordination::cti::{Cause, Command, Device, Event, Prompt, Verdict};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::VisitorState;

const KNOWN: &str = "+4930222333";

fn acme_outbound() -> FirmSettings {
    let mut firm = acme();
    firm.agents.iter_mut().for_each(|agent| agent.calling.outbound = true);
    firm
}

fn world() -> World {
    World::with(vec![acme_outbound()])
}

fn call(name: &str, number: &str) -> Request {
    Request::Call { agent: World::who(name), number: number.into(), caller_id: None }
}

/// The call in the agent's hand.
fn in_hand(w: &World, name: &str) -> CallId {
    w.desks[name].current["call"].as_str().expect("a call").parse().unwrap()
}

/// Alice has answered her own phone, the customer's is dialled.
fn dialling(w: &mut World) -> CallId {
    w.ready("alice");
    w.done(call("alice", "030 222333"));
    let id = in_hand(w, "alice");
    w.agent_answers(id);
    id
}

fn notice(w: &World) -> &str {
    w.desks["alice"].me["notice"]["code"].as_str().unwrap_or("")
}

#[test]
fn the_agents_phone_rings_then_the_customers_and_they_talk() {
    let mut w = world();
    w.ready("alice");
    w.done(call("alice", "030 222333"));
    let current = &w.desks["alice"].current;
    assert_eq!((&current["channel"], &current["dialing"]), (&"outbound".into(), &"phone".into()));
    assert_eq!(current["contact"]["name"], "Vera Known", "who it is, before the phone rings");
    assert_eq!(current["contact"]["e164"][0], KNOWN);
    assert_eq!((&current["auto_answer"], &current["state"]), (&true.into(), &"ringing".into()));
    let shown = w.trace.iter().rposition(|told| told == "alice current \"ringing\"").unwrap();
    assert!(shown < w.trace.iter().rposition(|told| told == "ring").unwrap(), "{:?}", w.trace);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 0, "nobody is dialled for an empty chair");
    let id = in_hand(&w, "alice");
    assert_eq!(w.dial_queue(None), w.calls.keys().copied().find(|other| *other != id).unwrap());
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting.as_array().unwrap().len(), 1, "nothing else is offered to her");

    w.agent_answers(id);
    let Some(Command::Dial { call, number, caller_id, trunk, ring_secs, .. }) = w.commands.last() else {
        panic!("{:?}", w.commands.last());
    };
    assert_eq!((*call, number.as_str(), caller_id.as_str()), (id, KNOWN, "+493012345000"));
    assert_eq!((trunk.as_str(), *ring_secs), ("carrier", 30));
    let current = &w.desks["alice"].current;
    assert_eq!((&current["state"], &current["dialing"]), (&"talking".into(), &"ringing".into()));
    assert_eq!(w.refused(Request::Hold(World::who("alice"), true)).1, "not_joined");
    w.customer_answers(id);
    assert_eq!(w.hear(id), "ca");
    assert_eq!(w.desks["alice"].current["dialing"], serde_json::Value::Null);
    w.done(Request::Hold(World::who("alice"), true));
    w.done(Request::Hold(World::who("alice"), false));
    w.wait_secs(60);
    w.customer_leaves(id);
    assert_eq!(w.state("alice"), "wrapup");
    let history = &w.desks["alice"].current["contact"]["history"][0];
    assert_eq!((&history["channel"], &history["outcome"]), (&"outbound".into(), &"talked".into()));
    assert_eq!(history["talk_secs"], 60);
    let recorded =
        w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.channel == "outbound" && r.queue.is_none()));
    assert_eq!(recorded, 1);
    let Reply::Statistics(view) = w.tell(Request::Statistics { agent: World::who("alice") }) else {
        panic!()
    };
    assert_eq!(view.queues[0].today.offered, 1, "only the one who called in asked for an agent");
    assert!(view.agents[0].today.as_ref().unwrap().talking_secs >= 60, "{:?}", view.agents[0].today);
}

#[test]
fn what_comes_to_nothing_is_told_in_words_and_the_agent_is_free() {
    for (cause, words) in [
        (Cause::Busy, "line_busy"),
        (Cause::NoAnswer, "line_no_answer"),
        (Cause::Declined, "line_declined"),
        (Cause::NotFound, "line_unknown"),
        (Cause::Unreachable, "line_unreachable"),
    ] {
        // A switch that ends a call tells of the agent first.
        for agent_first in [false, true] {
            let mut w = world();
            let id = dialling(&mut w);
            if agent_first {
                let party = w.calls[&id].agent.unwrap().0;
                w.event(Event::Left { call: id, party, cause, by_itself: false });
            }
            if w.calls.contains_key(&id) {
                w.customer_fails(id, cause);
            }
            assert_eq!((w.state("alice").as_str(), notice(&w)), ("ready", words), "{cause:?}");
            assert!(w.calls.is_empty());
            assert_eq!(w.firms.counters().calls_live, 0);
        }
    }
    let mut w = world();
    let id = dialling(&mut w);
    w.wait_secs(70);
    assert_eq!((w.state("alice").as_str(), notice(&w)), ("ready", "line_no_answer"));
    assert!(!w.calls.contains_key(&id), "a switch that says nothing is told to end it");
}

#[test]
fn the_agent_can_change_his_mind_at_any_moment() {
    // While his own phone rings, by the desktop or the phone; while the customer's does; and by laying down his phone.
    for moment in 0..4 {
        let mut w = world();
        w.ready("alice");
        w.done(call("alice", KNOWN));
        let id = in_hand(&w, "alice");
        match moment {
            0 => w.done(Request::Hangup(World::who("alice"))),
            1 => w.agent_fails(id, Cause::Declined),
            2 => {
                w.agent_answers(id);
                w.done(Request::Hangup(World::who("alice")));
            }
            _ => {
                w.agent_answers(id);
                let party = w.calls[&id].agent.unwrap().0;
                w.agent_leaves(id, party);
            }
        }
        assert_eq!((w.state("alice").as_str(), notice(&w)), ("ready", ""), "moment {moment}");
        assert!(w.calls.is_empty(), "moment {moment}: nobody rings for nothing");
        assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), usize::from(moment > 1));
        assert_eq!(w.firms.counters().waiting, 0, "it is no caller who waits");
    }
    let mut w = world();
    w.ready("alice");
    w.done(call("alice", KNOWN));
    w.agent_fails(in_hand(&w, "alice"), Cause::Unreachable);
    assert_eq!((w.state("alice").as_str(), notice(&w)), ("ready", "phone_failed"));
}

#[test]
fn who_may_call_whom_and_show_what_is_policy() {
    let mut w = World::new();
    w.ready("alice");
    assert_eq!(w.refused(call("alice", KNOWN)).1, "outbound_not_allowed");
    assert_eq!(w.desks["alice"].me["outbound"], false);
    let mut firm = acme_outbound();
    firm.calls.caller_ids = vec!["+493012345100".into(), "+493012345001".into()];
    let mut w = World::with(vec![firm]);
    w.ready("alice");
    assert_eq!(w.desks["alice"].me["caller_ids"][0]["number"], "+493012345100");
    for (number, code) in [
        ("112", "number_not_allowed"),
        ("0900 1234567", "number_not_allowed"),
        ("+44 20 7946 0018", "number_not_allowed"),
        ("+493012345003", "number_not_allowed"),
        ("sip:a@b", "number_invalid"),
    ] {
        assert_eq!(w.refused(call("alice", number)).1, code, "{number}");
    }
    let with = |caller_id: &str| Request::Call {
        agent: World::who("alice"),
        number: KNOWN.into(),
        caller_id: Some(caller_id.into()),
    };
    let (status, code, _) = w.refused(with("+493012345002"));
    assert_eq!(
        (status, code),
        (422, "caller_id_not_allowed"),
        "a number of the pool that is not in the list"
    );
    w.done(with("+493012345001"));
    assert_eq!(w.refused(call("alice", KNOWN)).1, "busy");
    w.agent_answers(in_hand(&w, "alice"));
    assert!(
        matches!(w.commands.last(), Some(Command::Dial { caller_id, .. }) if caller_id == "+493012345001")
    );
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.ready("bob");
    assert_eq!(w.refused(call("bob", KNOWN)).1, "trunk_down");
    w.close_desktop("bob");
    assert_eq!(w.refused(call("bob", KNOWN)).1, "unreachable");
}

#[test]
fn it_can_be_made_at_rest_and_by_one_who_is_not_ready_and_handed_on() {
    let mut w = world();
    let first = dialling(&mut w);
    w.customer_answers(first);
    w.customer_leaves(first);
    assert_eq!(w.state("alice"), "wrapup");
    w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
    w.done(call("alice", KNOWN));
    let id = in_hand(&w, "alice");
    w.agent_answers(id);
    w.customer_answers(id);
    w.ready("bob");
    w.done(Request::Transfer(World::who("alice"), Some(Target::Agent("bob".into()))));
    w.agent_answers(id);
    assert_eq!((w.state("bob").as_str(), w.hear(id).as_str()), ("talking", "ca"));
    w.wait_secs(30);
    assert_eq!(w.state("alice"), "not_ready", "as he said");
    w.customer_leaves(id);
}

#[test]
fn an_agent_outside_presses_1_before_the_customer_is_dialled() {
    let mut w = world();
    w.ready("dave");
    w.done(call("dave", KNOWN));
    let Some(Command::Ring { device: Device::Number { .. }, confirm: Some(confirm), .. }) = w.commands.last()
    else {
        panic!("{:?}", w.commands.last());
    };
    assert_eq!(confirm.prompts, [Prompt::YourCall, Prompt::PressOne]);
    w.agent_fails(in_hand(&w, "dave"), Cause::NoAnswer);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 0);
}

#[test]
fn after_a_crash_nothing_of_it_is_left() {
    let mut w = world();
    dialling(&mut w);
    w.crash();
    assert_eq!(w.firms.counters().calls_live, 0);
    w.ready("alice");
    w.done(call("alice", KNOWN));
}

/// Vera has asked to be called, when Alice calls her of her own accord; Bob is there too, and would be the next.
fn called_who_waits() -> (World, ReservationId, CallId) {
    let mut w = world();
    w.ready("alice");
    w.done(call("alice", "030 222333"));
    let id = in_hand(&w, "alice");
    let job = w.open(OpenReservation { number: Some(KNOWN.into()), ..wish(1, Mode::Callme) });
    w.agent_answers(id);
    w.ready("bob");
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 1, "nobody dials her a second time");
    (w, job.id, id)
}

#[test]
fn e14_whom_an_agent_calls_of_his_own_accord_is_called_once_although_he_has_asked_for_it() {
    let (mut w, job, id) = called_who_waits();
    w.customer_answers(id);
    w.wait_secs(60);
    assert_eq!(w.page(job).state, VisitorState::Waiting, "it may be a machine yet");
    w.customer_leaves(id);
    assert_eq!((w.page(job).state, w.page(job).reason.as_deref()), (VisitorState::Ended, Some("met")));
    w.wait_secs(600);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 1);
    assert_eq!((w.firms.counters().jobs_open, w.violations()), (0, 0));
}

#[test]
fn e14_who_was_not_reached_by_an_agents_own_call_or_whose_machine_was_is_called_as_he_has_asked() {
    let (mut w, _, id) = called_who_waits();
    w.customer_fails(id, Cause::NoAnswer);
    w.wait_secs(1);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 2, "by Bob");
    let (mut w, _, id) = called_who_waits();
    w.customer_answers(id);
    let party = w.calls[&id].customer;
    let (verdict, evidence) = (Verdict::Machine, "beep 1000 Hz".into());
    w.event(Event::Progress {
        call: id,
        party,
        verdict,
        evidence,
        quiet_ms: 0,
        at_ms: 9_000,
        answered: true,
    });
    w.customer_leaves(id);
    w.wait_secs(1);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 2);
}

#[test]
fn e14_a_crash_in_an_agents_own_call_leaves_the_job() {
    let (mut w, job, id) = called_who_waits();
    w.customer_answers(id);
    w.crash();
    assert_eq!(w.page(job).state, VisitorState::Waiting);
    assert_eq!((w.firms.counters().jobs_open, w.violations()), (1, 0));
}
