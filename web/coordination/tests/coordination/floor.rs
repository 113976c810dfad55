//! Supervisors: what they may order, who is told, what the floor shows; and colleagues told in changes.

use crate::world::*;
use serde_json::{Value, json};
use std::time::Duration;
use warmline_coordination::cti::Command;
use warmline_coordination::fact::Fact;
use warmline_coordination::figures::AgentFigures;
use warmline_coordination::floor::{FloorView, Order};
use warmline_coordination::request::*;
use warmline_coordination::settings::{QueueSettings, Station, Supervision};

const READY: Order = Order::Ready;

/// Carla supervises the firm, Sam those who serve support; Dora does.
fn world() -> World {
    let mut acme = acme();
    let support =
        QueueSettings { name: "support".into(), skills: vec!["support".into()], ..QueueSettings::default() };
    acme.queues.push(support);
    let mut people = ["carla", "sam", "dora"].map(|name| agent(name, Station::Browser));
    people.iter_mut().for_each(|row| row.skills.clear());
    people[0].supervisor = Some(Supervision::default());
    people[1].supervisor = Some(Supervision { queues: vec!["support".into()] });
    people[2].skills = vec![("support".into(), 1)];
    acme.agents.extend(people);
    let mut w = World::with(vec![acme]);
    for name in ["carla", "sam"] {
        w.tell(Request::Login(World::who(name)));
        w.desktop(name);
    }
    w
}

fn order(by: &str, agent: &str, order: Order) -> Request {
    Request::Supervise { by: World::who(by), agent: agent.into(), order }
}

fn log_off(by: &str, agent: &str, now: bool) -> Request {
    order(by, agent, Order::LogOff { now })
}

fn floor(w: &mut World, name: &str) -> FloorView {
    match w.tell(Request::Floor { agent: World::who(name) }) {
        Reply::Floor(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn notice(w: &World, name: &str) -> Value {
    w.desks[name].me["notice"].clone()
}

/// What the feed told of this event, the last time.
fn told(w: &World, event: &str) -> Value {
    w.feed.iter().rev().find(|row| row.event == event).map(|row| row.data.clone()).unwrap_or_default()
}

#[test]
fn only_supervisors_order_agents_about_and_only_their_own() {
    let mut w = world();
    w.ready("alice");
    w.ready("dora");
    for request in [order("dora", "alice", Order::NotReady(None)), log_off("dora", "alice", true)] {
        let (status, code, _) = w.refused(request);
        assert_eq!((status, code), (403, "not_supervisor"));
    }
    let (status, code, _) = w.refused(Request::Floor { agent: World::who("dora") });
    assert_eq!((status, code), (403, "not_supervisor"));
    let (status, code, _) = w.refused(Request::WatchFloor { agent: World::who("dora"), on: true });
    assert_eq!((status, code), (403, "not_supervisor"));
    assert!(w.desks["dora"].floor.is_null());
    let (status, code, _) = w.refused(log_off("sam", "alice", true));
    assert_eq!((status, code), (403, "not_your_team"));
    assert_eq!(w.refused(order("carla", "nobody", READY)).1, "unknown_agent");
    assert_eq!(w.refused(order("carla", "carla", READY)).1, "yourself");
    assert_eq!(w.refused(order("carla", "bob", READY)).1, "agent_logged_out");
    assert_eq!((w.state("alice").as_str(), w.facts(|f| matches!(f, Fact::Supervised(_)))), ("ready", 0));
    w.done(order("sam", "dora", Order::NotReady(None)));
    assert_eq!(w.state("dora"), "not_ready");
    assert!(w.desks["carla"].me["supervisor"] == true && w.desks["dora"].me["supervisor"] == false);
}

#[test]
fn forced_states_are_told_to_the_agent_and_to_the_feed_with_who_did_it() {
    let mut w = world();
    w.ready("alice");
    w.done(order("carla", "alice", Order::NotReady(Some("Break".into()))));
    assert_eq!((w.state("alice").as_str(), &w.desks["alice"].me["reason"]), ("not_ready", &json!("Break")));
    assert_eq!(notice(&w, "alice"), json!({ "code": "forced_not_ready", "by": "Carla" }));
    let state = json!({ "agent": "alice", "state": "not_ready", "by": "carla" });
    assert_eq!(told(&w, "agent.state_changed"), state);
    let event = told(&w, "agent.supervised");
    assert_eq!(
        (&event["by"], &event["order"], &event["pending"]),
        (&json!("carla"), &json!("not_ready"), &json!(false))
    );
    assert_eq!((&event["agent"], &event["reason"]), (&json!("alice"), &json!("Break")));
    assert_eq!(w.refused(order("carla", "alice", Order::NotReady(Some("Nap".into())))).1, "unknown_reason");
    w.done(order("carla", "alice", READY));
    assert_eq!(w.state("alice"), "ready");
    assert_eq!(notice(&w, "alice"), json!({ "code": "forced_ready", "by": "Carla" }));
    assert_eq!(w.facts(|f| matches!(f, Fact::Supervised(s) if s.by == "carla" && s.agent == "alice")), 2);
    // What he does himself names nobody, and takes the notice away.
    w.done(Request::Presence(World::who("alice"), Presence::NotReady, None));
    assert_eq!(told(&w, "agent.state_changed"), json!({ "agent": "alice", "state": "not_ready" }));
    assert!(notice(&w, "alice").is_null());
}

#[test]
fn an_order_is_done_before_and_told_after_it_is_durable() {
    let mut w = world();
    w.ready("alice");
    w.prompt = false;
    let id = w.ask(order("carla", "alice", Order::NotReady(None)));
    assert_eq!((w.replies.get(&id), w.state("alice").as_str()), (Some(&Reply::Done), "not_ready"));
    assert!(told(&w, "agent.supervised").is_null());
    w.slow(false);
    assert_eq!(told(&w, "agent.supervised")["order"], "not_ready");
    w.crash();
    assert_eq!(w.violations(), 0);
}

#[test]
fn who_cannot_be_reached_is_not_set_ready_and_the_supervisor_hears_why() {
    let mut w = world();
    w.ready("alice");
    w.done(order("carla", "alice", Order::NotReady(None)));
    w.phone("alice", false);
    let (status, code, detail) = w.refused(order("carla", "alice", READY));
    assert_eq!((status, code), (409, "agent_phone_down"));
    assert!(detail.starts_with("Alice's phone"), "{detail}");
    w.phone("alice", true);
    w.close_desktop("alice");
    assert_eq!(w.refused(order("carla", "alice", READY)).1, "agent_desktop_gone");
    w.desktop("alice");
    w.done(order("carla", "alice", READY));
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn in_a_call_an_order_waits_for_its_end() {
    let mut w = world();
    let call = w.talk("alice", 1);
    w.done(order("carla", "alice", Order::NotReady(None)));
    assert_eq!(
        (w.state("alice").as_str(), told(&w, "agent.supervised")["pending"].clone()),
        ("talking", json!(true))
    );
    assert_eq!(floor(&mut w, "carla").agents[0].pending, Some("not_ready"));
    w.done(log_off("carla", "alice", false));
    assert_eq!(notice(&w, "alice"), json!({ "code": "logging_off", "by": "Carla" }));
    assert_eq!(floor(&mut w, "carla").agents[0].pending, Some("log_off"));
    // Neither a reload nor a wish to be ready is a way around it.
    w.close_desktop("alice");
    w.tell(Request::Login(World::who("alice")));
    w.desktop("alice");
    assert_eq!(w.refused(order("carla", "alice", READY)).1, "agent_leaving");
    w.customer_leaves(call);
    assert_eq!(w.desks["alice"].logged_off, Some(Some("Carla".into())));
    assert_eq!(floor(&mut w, "carla").agents[0].state, None);
    // He may come back.
    w.tell(Request::Login(World::who("alice")));
    w.desktop("alice");
    assert_eq!(w.state("alice"), "not_ready");
}

#[test]
fn sent_off_at_once_the_customer_waits_for_the_next_agent() {
    let mut w = world();
    let call = w.talk("alice", 1);
    w.done(log_off("carla", "alice", true));
    assert_eq!(w.desks["alice"].logged_off, Some(Some("Carla".into())));
    assert_eq!(w.count(|c| matches!(c, Command::Hangup { .. })), 0, "nobody hangs up on him");
    assert_eq!(w.firms.counters().waiting, 1);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call));
    // Whoever only has it ringing loses it to the next.
    w.done(log_off("carla", "bob", false));
    assert_eq!(w.desks["bob"].logged_off, Some(Some("Carla".into())));
    assert_eq!(w.firms.counters().waiting, 1);
    // Without a desktop his session ends all the same.
    w.tell(Request::Login(World::who("alice")));
    w.done(log_off("carla", "alice", false));
    assert_eq!(w.desks["alice"].logged_off, Some(Some("Carla".into())));
}

#[test]
fn colleagues_see_presence_and_supervisors_figures() {
    let mut w = world();
    w.ready("alice");
    w.ready("dora");
    w.wait_secs(30);
    let figures = |w: &mut World, name: &str| -> Vec<String> {
        let Reply::Statistics(view) = w.tell(Request::Statistics { agent: World::who(name) }) else {
            panic!()
        };
        assert_eq!(view.agents.len(), 7, "everybody's presence");
        assert_eq!(view.agents[0].state.map(|state| json!(state)), Some(json!("ready")));
        view.agents.into_iter().filter(|row| row.today.is_some()).map(|row| row.agent).collect()
    };
    assert_eq!(figures(&mut w, "alice"), ["alice"]);
    assert_eq!(figures(&mut w, "sam"), ["sam", "dora"]);
    assert_eq!(figures(&mut w, "carla").len(), 7);
}

#[test]
fn the_floor_shows_the_numbers_of_the_statistics_and_of_metrics() {
    let mut w = world();
    w.ready("bob");
    w.done(Request::WatchFloor { agent: World::who("carla"), on: true });
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    w.wait_secs(2);
    let pool = floor(&mut w, "carla").pools.remove(0);
    assert_eq!((pool.held, pool.ringing, pool.free, pool.dry), (0, 1, 9, false));
    w.agent_answers(call);
    let second = w.dial_queue(None);
    w.wait_secs(30);
    w.event(warmline_coordination::cti::Event::TrunkDown { trunk: "carrier".into() });
    w.wait_secs(6);
    let floor = floor(&mut w, "carla");
    let told = w.desks["carla"].floor.clone();
    assert_eq!(strip(json!(floor)), strip(told), "the stream has told what the interface answers");
    let bob = &floor.agents[1];
    assert_eq!(
        (bob.state.map(|s| json!(s)), &bob.queues),
        (Some(json!("talking")), &vec!["sales".to_owned()])
    );
    let contact = bob.contact.as_ref().unwrap();
    assert_eq!((contact.channel, contact.queue.as_deref()), ("phone", Some("sales")));
    assert!(!floor.trunks[0].up);
    let sales = &floor.queues[0];
    assert_eq!((sales.waiting, sales.agents_ready, sales.agents_in), (1, 0, 1));
    let Reply::Statistics(statistics) = w.tell(Request::Statistics { agent: World::who("carla") }) else {
        panic!()
    };
    let figures = w.firms.figures(w.now).remove(0);
    assert_eq!((sales.today, bob.today), (statistics.queues[0].today, statistics.agents[1].today.unwrap()));
    assert_eq!((sales.today, floor.occupancy), (figures.queues[0].today, figures.occupancy));
    assert_eq!((sales.today.offered, sales.today.answered), (2, 1));
    // Sam sees his queue and his agents only.
    let sams = match w.tell(Request::Floor { agent: World::who("sam") }) {
        Reply::Floor(view) => *view,
        other => panic!("{other:?}"),
    };
    assert_eq!((sams.queues.len(), sams.agents.len(), sams.agents[0].agent.as_str()), (1, 1, "dora"));
    w.customer_leaves(second);
}

/// Without what changes each second: its time and figures.
fn strip(mut floor: Value) -> Value {
    floor["time"] = Value::Null;
    floor["occupancy"] = Value::Null;
    for list in ["agents", "queues", "pools", "trunks"] {
        floor[list].as_array_mut().unwrap().iter_mut().for_each(|row| row["today"] = Value::Null);
    }
    floor
}

#[test]
fn a_quiet_floor_is_told_seldom_and_only_to_who_looks() {
    let mut w = world();
    w.ready("alice");
    w.wait_secs(2);
    let changes = |w: &World, name: &str| w.desks[name].changes;
    w.done(Request::WatchFloor { agent: World::who("carla"), on: true });
    let before = (changes(&w, "carla"), changes(&w, "sam"));
    w.wait_secs(50);
    assert_eq!(changes(&w, "sam"), before.1);
    assert_eq!(changes(&w, "carla") - before.0, 10, "Alice's idle time, every five seconds");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    w.wait_secs(1);
    let told = &w.desks["carla"].floor["agents"][0];
    assert_eq!((&told["state"], &told["contact"]["queue"]), (&json!("talking"), &json!("sales")));
    w.done(Request::WatchFloor { agent: World::who("carla"), on: false });
    w.customer_leaves(call);
    w.wait_secs(1);
    let told = changes(&w, "carla");
    w.wait_secs(60);
    assert!(changes(&w, "carla") <= told + 1, "his colleague's wrap-up ends, no more");
    assert_eq!(w.desks["carla"].floor["agents"][0]["state"], "talking");
    let idle = AgentFigures::default();
    assert_eq!(floor(&mut w, "carla").agents[1].today, idle, "Bob never came");
}

#[test]
fn with_two_hundred_agents_a_change_is_one_short_message_a_desktop() {
    let mut acme = acme();
    acme.agents = (0..200).map(|n| agent(&format!("a{n:03}"), Station::Browser)).collect();
    let names: Vec<String> = acme.agents.iter().map(|row| row.name.clone()).collect();
    let mut w = World::with(vec![acme]);
    names.iter().for_each(|name| w.ready(name));
    w.wait_secs(3);
    let all = |w: &World| w.desks.values().skip(1).map(|desk| desk.changes).collect::<Vec<_>>();
    let before = all(&w);
    let set =
        |w: &mut World, name: &str, presence| w.done(Request::Presence(World::who(name), presence, None));
    set(&mut w, "a000", Presence::NotReady);
    w.wait_secs(2);
    assert!(all(&w).iter().zip(&before).all(|(now, before)| now - before == 1), "one message each");
    assert_eq!(w.desks["a050"].colleagues[0]["state"], "not_ready");
    // All at once: one now, one a second later with everybody else.
    let before = all(&w);
    for name in &names {
        set(&mut w, name, Presence::NotReady);
    }
    w.wait_secs(3);
    assert!(all(&w).iter().zip(&before).all(|(now, before)| now - before <= 2), "coalesced");
    // One opens while news is on its way; a view that changes back in between does not leave him behind.
    set(&mut w, "a001", Presence::Ready);
    set(&mut w, "a002", Presence::Ready);
    w.close_desktop("a100");
    w.wait(Duration::from_millis(1));
    w.desktop("a100");
    set(&mut w, "a002", Presence::NotReady);
    w.tell(Request::Logout(World::who("a003")));
    w.wait_secs(3);
    for name in ["a100", "a050"] {
        w.close_desktop(name);
        let kept = w.desks[name].colleagues.clone();
        w.desktop(name);
        assert_eq!(kept, w.desks[name].colleagues, "{name}: told in changes as when asked");
        assert_eq!(kept.as_array().unwrap().len(), 198);
    }
}

#[test]
fn an_outcome_names_its_call() {
    let mut w = world();
    let first = w.talk("alice", 1);
    let about = |call| Request::Outcome {
        agent: World::who("alice"),
        call: Some(call),
        code: Some("Sold".into()),
        notes: None,
        priority: None,
    };
    w.done(about(first));
    w.customer_leaves(first);
    w.done(about(first));
    w.done(Request::WrapupDone(World::who("alice")));
    let second = w.dial_queue(None);
    w.agent_answers(second);
    let (status, code, _) = w.refused(about(first));
    assert_eq!((status, code), (409, "other_call"));
    assert!(w.desks["alice"].current["code"].is_null(), "the second call has none");
    w.done(about(second));
    assert_eq!(w.desks["alice"].current["code"], "Sold");
}
