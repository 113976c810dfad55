//! Handing a customer on: announced or not, to a colleague, a queue, a number. He is never dropped for it.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device};
use warmline_coordination::fact::{CallRecorded, Fact};
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::{FirmSettings, QueueSettings};
use warmline_coordination::view::VisitorState;

const OUTSIDE: &str = "+4915199988777";

fn alice() -> AgentRef {
    World::who("alice")
}

fn to(target: Target) -> Request {
    Request::Transfer(alice(), Some(target))
}

fn agent(name: &str) -> Target {
    Target::Agent(name.into())
}

fn queue(name: &str) -> Target {
    Target::Queue(name.into())
}

/// With a second queue that only carol serves.
fn two_queues() -> FirmSettings {
    let mut settings = acme();
    settings.queues.push(QueueSettings {
        name: "support".into(),
        skills: vec!["support".into()],
        ring: Duration::from_secs(15),
        wrapup: Duration::from_secs(20),
        ..QueueSettings::default()
    });
    settings.agents[2].skills = vec![("support".into(), 3)];
    settings
}

fn consulting(w: &mut World) -> CallId {
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.done(Request::Consult(alice(), agent("bob")));
    w.agent_answers(call);
    call
}

fn record(w: &World) -> CallRecorded {
    let records: Vec<&CallRecorded> = w
        .journal
        .iter()
        .filter_map(|entry| match &entry.fact {
            Fact::CallRecorded(record) => Some(&**record),
            _ => None,
        })
        .collect();
    assert_eq!(records.len(), 1, "one record a call");
    records[0].clone()
}

fn visitor_state(w: &World) -> &serde_json::Value {
    w.page_views.values().next().unwrap()
}

#[test]
fn announced_he_takes_over_at_once() {
    let mut w = World::new();
    let call = consulting(&mut w);
    let joins = w.commands.len();
    w.done(Request::Transfer(alice(), None));
    let after: Vec<&Command> = w.commands[joins..].iter().collect();
    assert!(matches!(after[..], [Command::Join { .. }, Command::Drop { .. }]), "never a gap: {after:?}");
    assert_eq!((w.hear(call).as_str(), w.state("alice").as_str()), ("ca", "wrapup"));
    let current = &w.desks["bob"].current;
    assert_eq!((&current["guest"], &current["from"]), (&false.into(), &"Alice".into()));
    assert_eq!(current["page"]["title"], "Page 1");
    assert_eq!(visitor_state(&w)["agent"]["display_name"], "Bob");
    w.done(Request::Hold(World::who("bob"), true));
    assert_eq!(w.hear(call), "");
    w.done(Request::Hold(World::who("bob"), false));
    w.wait_secs(20);
    assert_eq!(w.state("alice"), "ready");
    // And back: whoever has the call may ask.
    w.done(Request::Consult(World::who("bob"), agent("alice")));
    w.agent_answers(call);
    w.done(Request::Transfer(World::who("bob"), None));
    assert_eq!((w.hear(call).as_str(), w.state("alice").as_str()), ("ca", "talking"));
    w.customer_leaves(call);
    let record = record(&w);
    assert_eq!((record.agent.as_deref(), record.agents), (Some("alice"), vec!["alice".into(), "bob".into()]));
    assert_eq!(w.desks["alice"].current["contact"]["history"][0]["agent"], "Alice");
}

#[test]
fn the_last_who_spoke_is_remembered() {
    let mut w = World::new();
    let call = consulting(&mut w);
    w.done(Request::Transfer(alice(), None));
    w.customer_leaves(call);
    w.wait_secs(60);
    assert_eq!((w.state("alice").as_str(), w.state("bob").as_str()), ("ready", "ready"));
    assert_eq!(w.open(wish(1, Mode::Dial)).agent.unwrap().display_name, "Bob");
}

#[test]
fn leaving_hands_over() {
    for conference in [false, true] {
        for phone in [false, true] {
            let mut w = World::new();
            let call = consulting(&mut w);
            if conference {
                w.done(Request::Conference(alice()));
            }
            if phone {
                let party = w.calls[&call].agent.unwrap().0;
                w.agent_leaves(call, party);
            } else {
                w.done(Request::Hangup(alice()));
            }
            assert_eq!((w.state("alice").as_str(), w.state("bob").as_str()), ("wrapup", "talking"));
            assert_eq!((w.hear(call).as_str(), &w.desks["bob"].current["guest"]), ("ca", &false.into()));
            w.tell(Request::Hangup(World::who("bob")));
            assert!(!w.calls.contains_key(&call), "alone with the customer, leaving ends it");
        }
    }
}

#[test]
fn half_announced_it_rings_on_for_the_customer() {
    let ringing = |hangup: bool| {
        let mut w = World::new();
        let call = w.talk("alice", 1);
        w.ready("bob");
        w.done(Request::Consult(alice(), agent("bob")));
        w.done(if hangup { Request::Hangup(alice()) } else { Request::Transfer(alice(), None) });
        assert_eq!((w.state("alice").as_str(), w.ringing_at("bob")), ("wrapup", Some(call)));
        assert_eq!((w.hear(call).as_str(), &visitor_state(&w)["state"]), ("", &"ringing".into()));
        assert_eq!(w.desks["bob"].current["guest"], false);
        (w, call)
    };
    for hangup in [false, true] {
        let (mut w, call) = ringing(hangup);
        w.agent_answers(call);
        assert_eq!((w.hear(call).as_str(), &visitor_state(&w)["state"]), ("ca", &"talking".into()));
        w.customer_leaves(call);
        assert_eq!(record(&w).agents, ["alice", "bob"]);
    }
    let (mut w, call) = ringing(false);
    w.tell(Request::Hangup(World::who("bob")));
    assert_eq!(
        (w.state("bob").as_str(), visitor_state(&w)["state"].as_str()),
        ("not_ready", Some("waiting"))
    );
    w.wait_secs(20);
    assert_eq!(w.ringing_at("alice"), Some(call), "nobody else is there");
    let (mut w, call) = ringing(false);
    w.wait_secs(21);
    assert_eq!(w.state("bob"), "not_ready", "the switch never answered");
    assert_eq!(w.ringing_at("alice"), Some(call));
    let (mut w, call) = ringing(false);
    w.customer_leaves(call);
    assert_eq!(w.state("bob"), "ready");
}

#[test]
fn half_announced_before_his_desktop_has_answered() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.desks.get_mut("bob").unwrap().draws = false;
    w.done(Request::Consult(alice(), agent("bob")));
    w.done(Request::Transfer(alice(), None));
    assert!(w.calls[&call].agent.is_none() && w.calls.contains_key(&call));
    w.wait(Duration::from_millis(250));
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
}

#[test]
fn unannounced_to_a_colleague() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("carol");
    w.ready("bob");
    w.trace.clear();
    w.done(to(agent("bob")));
    let step = |word: &str| w.trace.iter().position(|entry| entry == word).unwrap();
    assert!(step("bob current \"claimed\"") < step("ring"), "page first");
    assert_eq!((w.state("alice").as_str(), w.ringing_at("bob")), ("wrapup", Some(call)));
    assert_eq!((w.hear(call).as_str(), w.count(|c| matches!(c, Command::Queue { .. }))), ("", 1));
    assert_eq!(w.desks["bob"].current["from"], "Alice");
    w.agent_answers(call);
    assert_eq!((w.hear(call).as_str(), w.desks["bob"].current["held"].as_bool()), ("ca", Some(false)));
    w.done(Request::Transfer(World::who("bob"), Some(agent("carol"))));
    assert_eq!(w.ringing_at("carol"), Some(call));
    assert_eq!(w.desks["carol"].current["from"], "Bob");
    w.agent_fails(call, Cause::NoAnswer);
    assert_eq!(w.state("carol"), "not_ready");
    assert_eq!(visitor_state(&w)["state"], "waiting", "on music, not dropped");
    w.wait_secs(20);
    assert!(w.ringing_at("alice") == Some(call) || w.ringing_at("bob") == Some(call));
    w.customer_leaves(call);
    assert_eq!(record(&w).agents, ["alice", "bob"]);
}

#[test]
fn unannounced_to_a_queue_he_keeps_his_place_and_his_page() {
    let mut w = World::with(vec![two_queues()]);
    let call = w.talk("alice", 1);
    w.wait_secs(30);
    w.done(Request::Hold(alice(), true));
    assert_eq!(w.refused(to(queue("nowhere"))).1, "unknown_queue");
    w.done(to(queue("support")));
    assert_eq!((w.state("alice").as_str(), w.hear(call).as_str()), ("wrapup", ""));
    let page = visitor_state(&w);
    assert_eq!((&page["state"], &page["position"]), (&"waiting".into(), &1.into()));
    w.wait_secs(40);
    assert_eq!(w.state("alice"), "ready", "his queue is another");
    w.ready("carol");
    assert_eq!(w.ringing_at("carol"), Some(call));
    let current = &w.desks["carol"].current;
    assert_eq!((&current["page"]["title"], &current["from"]), (&"Page 1".into(), &"Alice".into()));
    w.agent_answers(call);
    assert_eq!((w.hear(call).as_str(), visitor_state(&w)["state"].as_str()), ("ca", Some("talking")));
}

#[test]
fn who_is_handed_on_goes_before_who_came_later() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.wait_secs(30);
    let later = w.dial_queue(None);
    w.done(to(queue("sales")));
    let order: Vec<_> = {
        w.wait_secs(1);
        let list = w.desks["alice"].waiting.as_array().unwrap().clone();
        list.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((order.len(), order[1].as_str()), (2, later.to_string().as_str()));
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn without_rest_he_does_not_get_him_back_before_others() {
    let mut settings = acme();
    settings.queues[0].wrapup = Duration::ZERO;
    let mut w = World::with(vec![settings]);
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.done(to(queue("sales")));
    assert_eq!((w.state("alice").as_str(), w.ringing_at("bob")), ("ready", Some(call)));
}

#[test]
fn unannounced_to_a_number() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.done(to(Target::Number("01519 9988777".into())));
    let Some(Command::Ring { device, .. }) = w.commands.last() else { panic!() };
    assert_eq!(device, &Device::Number { number: OUTSIDE.into(), trunk: "carrier".into() });
    assert_eq!((w.hear(call).as_str(), w.state("alice").as_str()), ("", "wrapup"));
    assert_eq!(visitor_state(&w)["state"], "ringing");
    w.agent_answers(call);
    assert_eq!((w.hear(call).as_str(), visitor_state(&w)["state"].as_str()), ("ca", Some("talking")));
    w.wait_secs(60);
    let party = w.calls[&call].agent.unwrap().0;
    w.agent_leaves(call, party);
    assert_eq!(w.firms.counters().calls_live, 0);
    assert_eq!(record(&w).agent.as_deref(), Some("alice"));
}

#[test]
fn a_number_that_fails_brings_him_back_to_the_front() {
    let fails: [fn(&mut World, CallId); 2] =
        [|w, call| w.agent_fails(call, Cause::Busy), |w, _| w.wait_secs(35)];
    for fail in fails {
        let mut w = World::new();
        let call = w.talk("alice", 1);
        w.tell(Request::Presence(alice(), Presence::NotReady, None));
        w.wait_secs(1);
        w.dial_queue(None);
        w.done(to(Target::Number(OUTSIDE.into())));
        fail(&mut w, call);
        let page = visitor_state(&w);
        assert_eq!((&page["state"], &page["position"]), (&"waiting".into(), &1.into()));
        w.ready("bob");
        assert_eq!(w.ringing_at("bob"), Some(call));
        w.agent_answers(call);
        assert_eq!(w.hear(call), "ca");
    }
}

#[test]
fn an_asked_number_takes_over() {
    for up in [true, false] {
        let mut w = World::new();
        let call = w.talk("alice", 1);
        w.done(Request::Consult(alice(), Target::Number(OUTSIDE.into())));
        if up {
            w.agent_answers(call);
        }
        w.done(Request::Transfer(alice(), None));
        assert_eq!(
            (w.state("alice").as_str(), w.hear(call).as_str()),
            ("wrapup", if up { "ca" } else { "" })
        );
        if !up {
            w.agent_fails(call, Cause::NoAnswer);
            assert_eq!(visitor_state(&w)["state"], "waiting");
            w.wait_secs(20);
            assert_eq!(w.ringing_at("alice"), Some(call));
        }
        w.customer_leaves(call);
        assert_eq!(w.firms.counters().calls_live, 0);
    }
}

#[test]
fn a_callme_customer_is_not_thrown_at_a_colleague() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    w.agent_answers(call);
    w.ready("bob");
    w.done(to(agent("bob")));
    assert!(matches!(w.commands.last(), Some(Command::Ring { auto_answer: false, .. })));
    assert_eq!(w.desks["bob"].current["auto_answer"], false);
}

#[test]
fn a_customer_may_withdraw_while_he_is_handed_on() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.done(to(queue("sales")));
    let id = *w.pages.keys().next().unwrap();
    w.tell(Request::Cancel { reservation: id });
    assert!(!w.calls.contains_key(&call));
    assert_eq!((w.page(id).state, w.firms.counters().waiting), (VisitorState::Ended, 0));
}

#[test]
fn a_restart_while_he_is_handed_on_forgets_the_call_and_nothing_else() {
    let mut w = World::new();
    w.talk("alice", 1);
    w.done(to(queue("sales")));
    w.crash();
    let counters = w.firms.counters();
    assert_eq!((counters.calls_live, counters.waiting, counters.reservations_live), (0, 0, 0));
    w.ready("alice");
    assert_eq!(w.open(wish(2, Mode::Dial)).agent.unwrap().display_name, "Alice");
}
