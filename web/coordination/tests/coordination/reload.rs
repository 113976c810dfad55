//! Another configuration while everything goes on (E28): what is new counts at once, what is removed is drained, never orphaned.

use crate::world::*;
use serde_json::{Value, json};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::{ShownMode, VisitorState};

fn without(name: &'static str) -> impl Fn(&mut FirmSettings) {
    move |settings| settings.agents.retain(|agent| agent.name != name)
}

fn queue(name: &str) -> QueueSettings {
    QueueSettings { name: name.into(), skills: vec!["sales".into()], ..QueueSettings::default() }
}

fn rejected(w: &World) -> bool {
    matches!(w.commands.last(), Some(Command::Reject { cause: Cause::NotFound, .. }))
}

fn released(w: &World, number: &str) -> bool {
    w.count(|command| *command == Command::ReleaseNumber { number: number.into() }) == 1
}

#[test]
fn e28_an_agent_who_is_removed_ends_his_call_and_rest_and_is_out() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    w.tell(Request::Presence(World::who("bob"), Presence::NotReady, None));
    let call = w.talk("alice", 1);
    w.reload(without("alice"));
    assert_eq!(w.state("alice"), "talking");
    assert_eq!(w.desks["alice"].me["notice"], json!({ "code": "removed" }));
    w.done(Request::Hold(World::who("alice"), true));
    w.done(Request::Hold(World::who("alice"), false));
    assert_eq!(w.hear(call), "ca");
    w.customer_leaves(call);
    assert_eq!((w.state("alice").as_str(), w.desks["alice"].stream.is_some()), ("wrapup", true));
    let waits = w.dial_queue(None);
    w.wait_secs(20);
    assert_eq!(w.desks["alice"].logged_off, Some(None), "nobody did it but the file");
    assert_eq!(w.ringing_at("bob"), None);
    let gone =
        w.commands.iter().any(|c| matches!(c, Command::DropCredential { user, .. } if user == "alice"));
    assert!(gone, "his phone may not register any more");
    assert_eq!(w.refused(Request::Login(World::who("alice"))).1, "unknown_agent");
    w.done(Request::Presence(World::who("bob"), Presence::Ready, None));
    assert_eq!(w.ringing_at("bob"), Some(waits));
    // Named again, he is an agent like before.
    let alice = agent("alice", Station::Browser);
    w.reload(|settings| settings.agents.push(alice));
    w.ready("alice");
}

#[test]
fn e28_who_was_claimed_for_a_visitor_is_followed_by_the_next() {
    let mut w = World::new();
    w.ready("alice");
    let page = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    assert_eq!(w.state("alice"), "claimed");
    w.reload(without("alice"));
    assert_eq!(w.desks["alice"].logged_off, Some(None), "nothing else keeps him");
    assert_eq!(w.desks["bob"].current["reservation"], json!(page.id), "the page goes before the call (E7)");
    assert_eq!(w.page(page.id).agent.map(|agent| agent.display_name), Some("Bob".into()));
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn e28_an_offer_to_one_who_is_removed_rings_at_the_next() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.ready("bob");
    w.reload(without("alice"));
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn e28_who_waits_in_a_queue_that_is_removed_goes_on_in_the_one_of_his_site() {
    let mut w = World::new();
    w.reload(|settings| settings.queues.push(queue("support")));
    w.reload(|settings| settings.sites[0].queue = "support".into());
    let first = w.open(wish(1, Mode::Dial));
    let call = w.dial(first.number.as_deref().unwrap(), None);
    w.wait_secs(60);
    let second = w.dial_to("sales", None);
    w.reload(|settings| {
        settings.sites[0].queue = "sales".into();
        settings.queues.retain(|queue| queue.name != "support");
    });
    assert_eq!(w.firms.counters().waiting, 2);
    assert_eq!(w.dial_to("support", None), w.commands.iter().rev().find_map(reject).unwrap(), "nobody new");
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(call), "he has waited longest");
    assert_eq!(w.desks["alice"].me["queues"], json!(["sales"]));
    w.customer_leaves(call);
    w.customer_leaves(second);
}

fn reject(command: &Command) -> Option<warmline_coordination::ids::CallId> {
    match command {
        Command::Reject { call, cause: Cause::NotFound } => Some(*call),
        _ => None,
    }
}

#[test]
fn e28_a_call_of_a_queue_that_is_removed_goes_on_and_may_go_back_to_a_queue() {
    let mut w = World::new();
    w.reload(|settings| settings.queues.push(queue("support")));
    w.ready("alice");
    let call = w.dial_to("support", None);
    w.agent_answers(call);
    w.reload(|settings| settings.queues.retain(|queue| queue.name != "support"));
    assert_eq!((w.state("alice").as_str(), w.hear(call).as_str()), ("talking", "ca"));
    w.ready("bob");
    w.tell(Request::Presence(World::who("bob"), Presence::NotReady, None));
    w.done(Request::Transfer(World::who("alice"), Some(Target::Queue("sales".into()))));
    assert_eq!(w.firms.counters().waiting, 1);
    assert_eq!(
        w.refused(Request::Transfer(World::who("alice"), Some(Target::Queue("support".into())))).0,
        409
    );
}

#[test]
fn e28_a_number_that_is_held_leads_to_its_visitor_until_its_time_is_over_and_is_not_ours_then() {
    let mut w = World::new();
    w.ready("alice");
    let page = w.open(wish(1, Mode::Dial));
    let number = page.number.clone().unwrap();
    let idle = w.settings[0].pools[0].numbers.iter().find(|other| **other != number).unwrap().clone();
    w.reload(|settings| settings.pools[0].numbers.retain(|other| *other != number && *other != idle));
    assert!(released(&w, &idle) && !released(&w, &number));
    w.dial(&idle, None);
    assert!(rejected(&w), "nobody has it");
    let call = w.dial(&number, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(30);
    assert!(released(&w, &number), "it has rested");
    w.dial(&number, None);
    assert!(rejected(&w), "and is remembered for nobody");
    for n in 2..10 {
        let other = w.open(wish(n, Mode::Dial));
        assert!(other.number.is_some_and(|other| other != number && other != idle));
    }
}

#[test]
fn e28_a_shared_number_is_nobodys_once_no_page_shows_it() {
    const SHARED: &str = "+493012349999";
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings.pools[0].shared = Some(SHARED.into());
    let mut w = World::with(vec![settings]);
    w.open(wish(1, Mode::Dial));
    let page = w.open(wish(2, Mode::Dial));
    assert_eq!(page.number.as_deref(), Some(SHARED));
    w.reload(|settings| settings.pools[0].shared = None);
    assert!(!released(&w, SHARED), "a page shows it");
    w.tell(Request::Cancel { reservation: page.id });
    assert!(released(&w, SHARED));
    w.dial(SHARED, None);
    assert!(rejected(&w), "nobody has it");
}

#[test]
fn e28_a_number_that_goes_to_another_pool_is_there_once_it_is_free() {
    let mut w = World::new();
    let page = w.open(wish(1, Mode::Dial));
    let number = page.number.clone().unwrap();
    w.reload(|settings| {
        settings.pools[0].numbers.retain(|other| *other != number);
        let pool = settings.pools[0].clone();
        settings.pools.push(PoolSettings { name: "other".into(), numbers: vec![number.clone()], ..pool });
        settings.sites[0].pool = "other".into();
    });
    assert_ne!(w.open(wish(2, Mode::Dial)).number, Some(number.clone()), "it is held in the first");
    w.tell(Request::Cancel { reservation: page.id });
    w.wait_secs(30);
    assert_eq!(w.open(wish(3, Mode::Dial)).number, Some(number.clone()));
    assert!(!released(&w, &number), "it was ours all the time");
}

#[test]
fn e28_numbers_of_a_pool_that_is_removed_are_drained_and_pages_without_one_go_on() {
    let mut w = World::new();
    w.reload(|settings| settings.pools[0].numbers.truncate(1));
    let held = w.open(wish(1, Mode::Dial));
    let waits = w.open(wish(2, Mode::Callme));
    w.reload(|settings| {
        let pool = settings.pools[0].clone();
        settings.pools = vec![PoolSettings {
            name: "new".into(),
            numbers: vec!["+493055500001".into()],
            trunk: "second".into(),
            ..pool
        }];
        settings.sites[0].pool = "new".into();
    });
    w.ready("alice");
    let dialled = w.commands.iter().find_map(|command| match command {
        Command::Dial { trunk, .. } => Some(trunk.clone()),
        _ => None,
    });
    assert_eq!(dialled.as_deref(), Some("second"), "the job is dialled by what there is now");
    let call = w.dial(held.number.as_deref().unwrap(), None);
    assert_eq!(w.page(held.id).state, VisitorState::Waiting);
    w.customer_leaves(call);
    assert_eq!(w.page(waits.id).mode, ShownMode::Callme);
    assert_eq!(w.open(wish(3, Mode::Dial)).number.as_deref(), Some("+493055500001"));
}

#[test]
fn e28_a_site_that_is_removed_takes_nobody_new_and_its_pages_keep_what_they_have() {
    let mut w = World::new();
    w.ready("alice");
    let page = w.open(wish(1, Mode::Dial));
    w.reload(|settings| settings.sites[0].name = "store".into());
    assert_eq!(w.refused(Request::Open(Box::new(wish(2, Mode::Dial)))).1, "unknown_site");
    assert_eq!(w.page(page.id).number, page.number);
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.open(OpenReservation { site: "store".into(), ..wish(2, Mode::Dial) });
}

#[test]
fn e28_what_is_new_counts_at_once() {
    let mut w = World::new();
    let first = w.dial_queue(None);
    w.reload(|settings| {
        settings
            .agents
            .push(AgentSettings { skills: vec![("wine".into(), 3)], ..agent("erin", Station::Browser) });
        settings.queues[0].skills = vec!["wine".into()];
        settings.queues[0].wrapup = Duration::from_secs(5);
        settings.wrapup_codes.push("Wine".into());
        let numbers = vec!["+4930444555".into()];
        let vera = settings.contacts[0].clone();
        settings.contacts[0].notes = "likes wine".into();
        settings.contacts.push(ContactSettings { name: "New One".into(), numbers, ..vera });
    });
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), None, "the queue asks for another skill now");
    w.ready("erin");
    assert_eq!(w.ringing_at("erin"), Some(first));
    w.agent_answers(first);
    let codes = w.desks["erin"].me["wrapup_codes"].clone();
    assert_eq!(codes.as_array().and_then(|codes| codes.last()), Some(&json!("Wine")));
    w.customer_leaves(first);
    w.wait_secs(5);
    for (number, name, notes) in
        [("+4930444555", "New One", "likes paper"), ("+4930222333", "Vera Known", "likes wine")]
    {
        let call = w.dial_queue(Some(number));
        let shown: &Value = &w.desks["erin"].current["contact"];
        assert_eq!((&shown["name"], &shown["notes"]), (&json!(name), &json!(notes)));
        w.customer_leaves(call);
    }
    assert!(w.feed.iter().any(|event| event.event == "config.reloaded" && event.subject == "acme"));
}

#[test]
fn e28_another_phone_is_rung_as_soon_as_the_call_at_the_old_one_is_over() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.talk("alice", 1);
    let station = Station::Account("204".into());
    w.reload(|settings| settings.agents[0].station = station);
    assert_eq!(w.desks["alice"].me["station"], "browser");
    assert_eq!(w.hear(call), "ca");
    // The switch tells anew who is registered.
    w.event(Event::DeviceUp { user: "204".into(), realm: "node.test".into() });
    w.customer_leaves(call);
    assert_eq!(w.desks["alice"].me["station"], "account");
    w.wait_secs(20);
    assert_eq!(w.state("alice"), "ready");
    let next = w.dial_queue(None);
    assert_eq!(w.ringing_at("alice"), Some(next));
}

#[test]
fn e28_the_journal_is_replayed_with_the_file_of_after_the_reload() {
    let mut w = World::new();
    w.ready("alice");
    let page = w.open(wish(1, Mode::Dial));
    w.reload(without("alice"));
    w.reload(|settings| {
        settings.queues.insert(0, queue("first"));
        settings.agents.insert(0, agent("alice", Station::Browser));
    });
    w.crash();
    assert_eq!(w.page(page.id).number, page.number);
    w.ready("alice");
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn e28_a_number_that_another_firms_visitor_holds_cannot_change_firms_yet() {
    let mut other = acme();
    other.name = "globex".into();
    other.sites[0].name = "globex".into();
    other.pools[0].numbers = vec!["+493055500001".into()];
    let mut w = World::with(vec![acme(), other]);
    let number = w.open(wish(1, Mode::Dial)).number.unwrap();
    let mut settings = w.settings.clone();
    settings[0].pools[0].numbers.retain(|other| *other != number);
    settings[1].pools[0].numbers.push(number.clone());
    assert_eq!(w.firms.held_elsewhere(&settings), [number]);
    assert!(w.firms.held_elsewhere(&w.settings).is_empty());
    w.wait_secs(400);
    assert!(w.firms.held_elsewhere(&settings).is_empty(), "its time is over");
}
