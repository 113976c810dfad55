//! Customers' priority: who may change it, what it does to who waits, and who is told that he did (N18).

use crate::world::*;
use serde_json::{Value, json};
use warmline_coordination::cti::Command;
use warmline_coordination::fact::{Fact, PriorityChanged, Rater};
use warmline_coordination::ids::CallId;
use warmline_coordination::program::ProgramCommand;
use warmline_coordination::request::*;
use warmline_coordination::settings::{Rights, Supervision};

const VERA: &str = "+4930222333";

/// Alice has the right, Bob has none, Carol is a supervisor.
fn world() -> World {
    let mut acme = acme();
    acme.agents.iter_mut().for_each(|agent| agent.rights = Rights::default());
    acme.agents[0].rights.priority = true;
    acme.agents[2].supervisor = Some(Supervision::default());
    World::with(vec![acme])
}

fn rate(name: &str, waiting: impl ToString, priority: u8) -> Request {
    Request::Rate { agent: World::who(name), waiting: waiting.to_string(), priority }
}

fn outcome(name: &str, priority: u8) -> Request {
    Request::Outcome {
        agent: World::who(name),
        call: None,
        code: None,
        notes: None,
        priority: Some(priority),
    }
}

fn program(command: Value) -> Request {
    let command: ProgramCommand = serde_json::from_value(command).unwrap();
    Request::Program { firm: "acme".into(), by: "billing".into(), command, people: false }
}

fn changes(w: &World) -> Vec<PriorityChanged> {
    let of = |fact: &Fact| match fact {
        Fact::PriorityChanged(changed) => Some((**changed).clone()),
        _ => None,
    };
    w.journal.iter().filter_map(|entry| of(&entry.fact)).collect()
}

fn line(w: &World, name: &str) -> Vec<String> {
    let rows = w.desks[name].waiting.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Alice speaks with Vera, whose priority is 3.
fn talk(w: &mut World, name: &str) -> CallId {
    w.ready(name);
    let call = w.dial_queue(Some(VERA));
    w.agent_answers(call);
    call
}

#[test]
fn who_has_the_right_changes_it_and_who_did_is_kept_and_shown() {
    let mut w = world();
    let call = talk(&mut w, "alice");
    assert_eq!(w.desks["alice"].me["may_rate"], true);
    w.done(outcome("alice", 6));
    let [changed] = &changes(&w)[..] else { panic!() };
    assert_eq!(
        (changed.from, changed.to, changed.of, changed.by.as_deref()),
        (3, 6, Rater::Agent, Some("alice"))
    );
    assert_eq!(changed.call, Some(call));
    let shown = w.desks["alice"].current["contact"].clone();
    assert_eq!(shown["priority"], 6);
    let row = &shown["ratings"][0];
    assert_eq!(
        (&row["from"], &row["to"], &row["of"], &row["by"]),
        (&json!(3), &json!(6), &json!("agent"), &json!("Alice"))
    );
    let told = w.feed.iter().rev().find(|event| event.event == "contact.priority_changed").unwrap();
    assert_eq!(told.data, json!({ "from": 3, "to": 6, "of": "agent", "by": "alice" }));
    // The same once more is no change; after a restart it is known.
    w.done(outcome("alice", 6));
    assert_eq!(changes(&w).len(), 1);
    w.crash();
    talk(&mut w, "alice");
    assert_eq!(w.desks["alice"].current["contact"]["ratings"], shown["ratings"]);
}

#[test]
fn who_has_none_is_refused_in_words_and_nothing_changes() {
    let mut w = world();
    talk(&mut w, "bob");
    assert_eq!(w.desks["bob"].me["may_rate"], false);
    let (status, code, detail) = w.refused(outcome("bob", 6));
    assert_eq!((status, code), (403, "priority_not_allowed"));
    assert!(detail.contains("supervisor"), "{detail}");
    let waits = w.dial_queue(None);
    assert_eq!(w.refused(rate("bob", waits, 7)).1, "priority_not_allowed");
    assert!(changes(&w).is_empty());
    assert_eq!(w.desks["bob"].current["contact"]["priority"], 3);
    // His notes are his to write.
    let notes = Request::Outcome {
        agent: World::who("bob"),
        call: None,
        code: None,
        notes: Some("likes ink".into()),
        priority: None,
    };
    w.done(notes);
    // A supervisor has the right, and a reload gives it.
    w.ready("carol");
    assert_eq!(w.desks["carol"].me["may_rate"], true);
    w.reload(|acme| acme.agents[1].rights.priority = true);
    w.done(outcome("bob", 5));
    assert_eq!(w.desks["bob"].me["may_rate"], true);
}

#[test]
fn who_waits_gets_the_place_of_his_priority_with_the_time_he_has_waited() {
    let mut w = world();
    w.talk("alice", 1);
    let first = w.dial_queue(Some("+4930111222"));
    w.wait_secs(30);
    let second = w.dial_queue(Some(VERA));
    w.wait_secs(1);
    assert_eq!(line(&w, "alice"), [first.to_string(), second.to_string()]);
    w.done(rate("alice", second, 7));
    w.wait_secs(1);
    assert_eq!(line(&w, "alice"), [second.to_string(), first.to_string()]);
    assert_eq!(w.desks["alice"].waiting[0]["priority"], 7);
    // By a program, of a call of nobody's record yet: it gets one. 0 is last.
    w.tell(program(json!({ "command": "priority", "call": second.to_string(), "priority": 0 })));
    w.tell(program(json!({ "command": "priority", "call": first.to_string(), "priority": 5 })));
    w.wait_secs(1);
    assert_eq!(line(&w, "alice"), [first.to_string(), second.to_string()]);
    let all = changes(&w);
    let who: Vec<_> = all.iter().map(|c| (c.from, c.to, c.of, c.by.as_deref().unwrap())).collect();
    let expected =
        [(3, 7, Rater::Agent, "alice"), (7, 0, Rater::Program, "billing"), (4, 5, Rater::Program, "billing")];
    assert_eq!(who, expected);
    assert_eq!(w.refused(rate("alice", "cal_01ARZ3NDEKTSV4RRFFQ69G5FAV", 1)).1, "gone");
    let (status, code, _) = w.refused(program(json!({ "command": "priority", "priority": 5 })));
    assert_eq!((status, code), (422, "invalid_command"));
    let beyond = json!({ "command": "priority", "call": first.to_string(), "priority": 8 });
    assert_eq!(w.refused(program(beyond)).1, "priority_invalid");
}

#[test]
fn a_job_of_priority_0_is_not_dialled_by_itself_and_is_once_it_is_rated() {
    let mut w = world();
    w.ready("alice");
    w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
    let id = w.open(wish(1, Mode::Callme)).id;
    w.tell(program(json!({ "command": "priority", "reservation": id.to_string(), "priority": 0 })));
    w.done(Request::Presence(World::who("alice"), Presence::Ready, None));
    w.wait_secs(30);
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 0);
    w.done(rate("alice", id, 4));
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 1);
}
