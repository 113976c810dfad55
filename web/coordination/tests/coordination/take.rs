//! Queues that give their contacts out, and queues out of which agents take them (N20).

use crate::keys::*;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::chat::ChatVerb;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::request::*;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::{Beyond, Overflow, QueueSettings, Take};
use warmline_coordination::view::{ShownMode, VisitorState};

fn world(take: Take, change: impl FnOnce(&mut warmline_coordination::settings::FirmSettings)) -> World {
    let mut acme = acme();
    acme.queues[0].take = take;
    change(&mut acme);
    let mut w = World::with(vec![acme]);
    w.ready("alice");
    w
}

fn take(name: &str, waiting: &str) -> Request {
    Request::Take { agent: World::who(name), waiting: waiting.into() }
}

fn rows(w: &World, name: &str) -> Vec<(String, bool)> {
    let rows = w.desks[name].waiting.as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["take"] == true)).collect()
}

#[test]
fn out_of_a_push_queue_nobody_takes() {
    let mut w = world(Take::Push, |_| {});
    let talk = w.talk("alice", 1);
    let (first, second) = (w.dial_queue(None), w.dial_queue(None));
    w.wait_secs(1);
    assert_eq!(rows(&w, "alice"), [(first.to_string(), false), (second.to_string(), false)]);
    w.customer_leaves(talk);
    let (status, code, detail) = w.refused(take("alice", &second.to_string()));
    assert_eq!((status, code), (403, "push_only"));
    assert!(detail.contains("in their order"), "{detail}");
    w.wait_secs(20);
    assert_eq!(w.ringing_at("alice"), Some(first), "in their order");
}

#[test]
fn in_a_pull_queue_nobody_is_offered_anything_and_all_may_be_taken_in_any_order() {
    let mut w = world(Take::Pull, |_| {});
    w.ready("bob");
    // A visitor who wants to dial: nobody is claimed, his number and page are there all the same.
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!(
        (view.mode, view.state, w.state("alice").as_str()),
        (ShownMode::Dial, VisitorState::Held, "ready")
    );
    let first = w.dial(view.number.as_deref().unwrap(), None);
    let second = w.dial_queue(None);
    w.wait_secs(60);
    assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (None, None));
    assert_eq!(rows(&w, "bob"), [(view.id.to_string(), true), (second.to_string(), true)]);
    w.done(take("bob", &second.to_string()));
    assert_eq!(w.ringing_at("bob"), Some(second), "the later one first");
    assert_eq!(w.refused(take("alice", &second.to_string())).1, "gone", "one takes it");
    w.done(take("alice", &view.id.to_string()));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.agent_answers(first);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    // Who lets it ring gives it back to the list, to nobody else.
    w.agent_fails(second, Cause::NoAnswer);
    w.wait_secs(30);
    assert_eq!((w.ringing_at("bob"), rows(&w, "bob").len()), (None, 1));
}

#[test]
fn a_job_of_a_pull_queue_is_dialled_when_an_agent_takes_it() {
    let mut w = world(Take::Pull, |_| {});
    let view = w.open(wish(1, Mode::Callme));
    w.wait_secs(60);
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 0);
    assert_eq!((w.page(view.id).state, w.state("alice").as_str()), (VisitorState::Waiting, "ready"));
    w.done(take("alice", &view.id.to_string()));
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 1);
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn whom_a_rule_names_is_offered_it_also_in_a_pull_queue() {
    let named = RoutingRule {
        name: "vip".into(),
        when: Condition::compile("contact.priority == 3").unwrap(),
        then: Then { agent: Some("alice".into()), ..Then::default() },
    };
    let mut w = world(Take::Pull, |acme| acme.rules.push(named));
    w.ready("bob");
    let call = w.dial_queue(Some("+4930222333"));
    assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (Some(call), None));
    w.agent_fails(call, Cause::Declined);
    w.wait_secs(30);
    assert_eq!(w.ringing_at("bob"), None, "then it is in the list");
    // Handing on to a colleague is his word; to the queue it is the list again.
    let other = w.dial_queue(None);
    w.done(take("bob", &other.to_string()));
    w.agent_answers(other);
    w.done(Request::Transfer(World::who("bob"), Some(Target::Queue("sales".into()))));
    w.wait_secs(30);
    assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (None, None));
}

#[test]
fn overflow_helps_a_pull_queue_out() {
    let mut w = world(Take::Pull, |acme| {
        let overflow = Overflow { after: Duration::from_secs(30), to: Beyond::Queue("support".into()) };
        acme.queues[0].overflow.push(overflow);
        acme.queues.push(QueueSettings {
            name: "support".into(),
            skills: vec!["support".into()],
            ..QueueSettings::default()
        });
        acme.agents[1].skills = vec![("support".into(), 1)];
    });
    w.ready("bob");
    let call = w.dial_queue(None);
    w.wait_secs(20);
    assert_eq!(w.refused(take("bob", &call.to_string())).1, "not_your_queue", "not his yet");
    w.wait_secs(15);
    assert_eq!((w.ringing_at("alice"), w.ringing_at("bob")), (None, Some(call)));
}

#[test]
fn a_reload_changes_who_chooses() {
    let mut w = world(Take::Pull, |_| {});
    let call = w.dial_queue(None);
    w.wait_secs(5);
    assert_eq!((w.ringing_at("alice"), rows(&w, "alice")), (None, vec![(call.to_string(), true)]));
    w.reload(|acme| acme.queues[0].take = Take::Push);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.agent_fails(call, Cause::NoAnswer);
    w.wait_secs(1);
    assert_eq!(rows(&w, "alice"), [(call.to_string(), false)]);
}

#[test]
fn nobody_is_looked_for_in_a_queue_whose_agents_choose() {
    let mut w = world(Take::Pull, |_| {});
    let calls: Vec<_> = (0..3).map(|_| w.dial_queue(None)).collect();
    let chat = w.open(wish(1, Mode::Chat)).id;
    w.page(chat);
    let looked = w.firms.counters().choices;
    // Whatever is news of the agents makes the firm serve who waits.
    for _ in 0..3 {
        w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
        w.done(Request::Presence(World::who("alice"), Presence::Ready, None));
        w.ready("bob");
    }
    assert_eq!(w.firms.counters().choices, looked, "in vain");
    w.reload(|acme| acme.queues[0].take = Take::Push);
    assert!(w.firms.counters().choices > looked && w.ringing_at("alice") == Some(calls[0]));
}

#[test]
fn chats_obey_it_too() {
    let mut w = world(Take::Pull, |_| {});
    let id = w.open(wish(1, Mode::Chat)).id;
    w.page(id);
    w.wait_secs(5);
    assert_eq!(w.desks["alice"].chats, serde_json::json!([]));
    w.done(take("alice", &id.to_string()));
    assert_eq!(w.desks["alice"].chats[0]["state"], "open");
    w.tell(Request::AgentChat { agent: World::who("alice"), chat: id, verb: ChatVerb::End });
    w.reload(|acme| {
        acme.queues[0].take = Take::Push;
        acme.agents[0].chats = 0;
    });
    w.ready("bob");
    w.reload(|acme| acme.agents[1].chats = 1);
    let (one, two) = (w.open(wish(2, Mode::Chat)).id, w.open(wish(3, Mode::Chat)).id);
    w.page(one);
    w.page(two);
    assert_eq!(w.refused(take("bob", &two.to_string())).1, "push_only");
}
