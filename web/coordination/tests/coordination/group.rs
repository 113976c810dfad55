//! Ring groups (E18): all who could are rung at once, whoever is first has the call, and to the others nothing has happened.

use crate::routing::decisions;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event, GROUP};
use warmline_coordination::decision::DecisionView;
use warmline_coordination::floor::Order;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::routing::{Rule, Strategy};
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::*;
use warmline_coordination::view::{ShownMode, VisitorState};

const THREE: [&str; 3] = ["alice", "bob", "carol"];
const KNOWN: Option<&str> = Some("+4930222333");

fn acme_with(change: impl FnOnce(&mut FirmSettings)) -> World {
    let mut settings = acme();
    settings.queues[0].strategy = Strategy::RingAll;
    change(&mut settings);
    World::with(vec![settings])
}

/// Alice, Bob and Carol are ready, in this order.
fn three(change: impl FnOnce(&mut FirmSettings)) -> World {
    let mut w = acme_with(change);
    for name in THREE {
        w.ready(name);
        w.wait_secs(1);
    }
    w
}

fn rings_at(w: &World, call: CallId) -> Vec<&'static str> {
    let open = |name: &&str| w.desks[*name].stream.is_some();
    THREE.into_iter().filter(open).filter(|name| w.ringing_at(name) == Some(call)).collect()
}

fn decision(w: &mut World, call: CallId) -> DecisionView {
    decisions(w, call).remove(0)
}

/// Ready, nothing on the screen, nothing held against him.
fn is_untouched(w: &World, name: &str) {
    let desk = &w.desks[name];
    assert_eq!((w.state(name).as_str(), desk.current.is_null()), ("ready", true), "{name}");
}

fn answers(w: &mut World, call: CallId, name: &str) {
    let party = w.party_of(name);
    w.party_answers(call, party);
    assert_eq!(w.state(name), "talking");
}

fn fails(w: &mut World, call: CallId, name: &str, cause: Cause) {
    let party = w.party_of(name);
    w.party_fails(call, party, cause);
}

#[test]
fn all_are_rung_with_the_page_first_and_the_first_to_answer_has_it() {
    let mut w = three(|_| {});
    w.trace.clear();
    let call = w.dial_queue(None);
    assert_eq!(rings_at(&w, call), THREE);
    let at = |what: &str| w.trace.iter().position(|row| row == what).unwrap();
    for name in THREE {
        assert!(at(&format!("{name} current \"claimed\"")) < at(&format!("{name} probe")), "{:?}", w.trace);
    }
    assert!(at("carol current \"claimed\"") < at("ring"), "everybody's screen before anybody's phone");
    let rings = w.count(|command| matches!(command, Command::Ring { group: true, auto_answer: false, .. }));
    assert_eq!(rings, 3);
    answers(&mut w, call, "bob");
    for name in ["alice", "carol"] {
        is_untouched(&w, name);
        assert_eq!(w.desks[name].me["notice"]["code"], "answered_by");
        assert_eq!(w.desks[name].me["notice"]["name"], "Bob");
        assert!(!w.desks[name].events.contains(&"agent.wrapup"));
    }
    let decision = decision(&mut w, call);
    assert_eq!((decision.chosen.as_deref(), decision.rule), (Some("alice"), Some(Rule::RingAll)));
    assert_eq!(decision.rung, THREE);
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!((&json["rule"], &json["strategy"]), (&"ring_all".into(), &"ring_all".into()));
    let kept = w.firms.decision_of(w.now, "acme", decision.id).unwrap().clone();
    let own = w.settings[0].queues[0].clone();
    assert_eq!(kept.replay_group(&own), kept.rung);
    assert_eq!(kept.replay_group(&QueueSettings { strategy: Strategy::LongestIdle, ..own }), [0]);
    // The next call rings at those who are left.
    let next = w.dial_queue(None);
    assert_eq!(rings_at(&w, next), ["alice", "carol"]);
}

#[test]
fn it_is_one_call_in_the_figures_and_nobody_has_missed_it() {
    let mut w = three(|settings| settings.agents[0].supervisor = Some(Supervision::default()));
    let call = w.dial_queue(None);
    answers(&mut w, call, "carol");
    w.wait_secs(10);
    w.customer_leaves(call);
    let Reply::Statistics(view) = w.tell(Request::Statistics { agent: World::who("alice") }) else {
        panic!()
    };
    let queue = view.queues[0].today;
    assert_eq!((queue.offered, queue.answered), (1, 1));
    for row in view.agents.iter().filter_map(|row| row.today) {
        assert_eq!((row.declined, row.unanswered, row.unreachable), (0, 0, 0));
    }
}

#[test]
fn a_browser_whose_desktop_is_silent_is_left_out_and_a_desk_phone_rings() {
    let mut w = three(|_| {});
    for name in ["alice", "carol"] {
        w.desks.get_mut(name).unwrap().alive = false;
    }
    let call = w.dial_queue(None);
    assert_eq!(rings_at(&w, call), ["bob"], "he does not wait for them");
    w.wait(Duration::from_millis(250));
    assert_eq!(rings_at(&w, call), ["bob", "carol"]);
    assert_eq!(w.state("alice"), "unreachable");
    answers(&mut w, call, "carol");
    is_untouched(&w, "bob");
}

#[test]
fn one_who_declines_is_out_and_when_all_are_the_caller_waits_for_the_next_round() {
    let mut w = three(|settings| settings.queues[0].autopause = 2);
    let call = w.dial_queue(None);
    w.done(Request::Hangup(World::who("alice")));
    assert_eq!(rings_at(&w, call), ["bob", "carol"]);
    fails(&mut w, call, "carol", Cause::Busy);
    assert_eq!(rings_at(&w, call), ["bob"]);
    assert_eq!(w.firms.counters().waiting, 0);
    fails(&mut w, call, "bob", Cause::NoAnswer);
    assert_eq!(w.firms.counters().waiting, 1, "with music");
    w.wait_secs(10);
    assert!(!rings_at(&w, call).is_empty(), "they were left alone for a moment");
    w.wait_secs(1);
    for name in rings_at(&w, call) {
        fails(&mut w, call, name, Cause::NoAnswer);
        assert_eq!(w.state(name), "not_ready", "twice is enough");
        assert_eq!(w.desks[name].me["notice"]["code"], "unanswered");
    }
}

#[test]
fn whoever_let_it_ring_is_paused_like_any() {
    let mut w = three(|_| {});
    let call = w.dial_queue(None);
    for name in THREE {
        fails(&mut w, call, name, Cause::NoAnswer);
    }
    for name in THREE {
        assert_eq!((w.state(name).as_str(), w.ringing_at(name)), ("not_ready", None));
    }
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call), "the next round");
}

#[test]
fn a_switch_that_owes_its_answers_is_given_up_for_all_of_them() {
    let mut w = three(|_| {});
    let call = w.dial_queue(None);
    w.wait_secs(20);
    assert_eq!(rings_at(&w, call), [""; 0]);
    assert_eq!(w.count(|command| matches!(command, Command::Drop { cause: Cause::NoAnswer, .. })), 3);
}

#[test]
fn a_caller_who_hangs_up_leaves_everybody_ready() {
    for music in [false, true] {
        let mut w = three(|settings| settings.queues[0].ring = Duration::from_secs(60));
        let call = w.dial_queue(None);
        if music {
            w.wait_secs(21);
        }
        assert_eq!(w.calls[&call].customer_up, music);
        w.customer_leaves(call);
        for name in THREE {
            is_untouched(&w, name);
            assert!(w.desks[name].me["notice"].is_null());
        }
        assert_eq!(w.feed.iter().filter(|event| event.event == "call.offered").count(), 3, "at nobody twice");
        assert_eq!(w.feed.iter().filter(|event| event.event == "call.ended").count(), 1);
    }
}

#[test]
fn one_who_leaves_or_is_lost_meanwhile_is_out_alone() {
    let mut w = three(|settings| settings.agents[1].supervisor = Some(Supervision::default()));
    let call = w.dial_queue(None);
    w.done(Request::Supervise { by: World::who("bob"), agent: "alice".into(), order: Order::NotReady(None) });
    assert_eq!((rings_at(&w, call), w.state("alice")), (vec!["bob", "carol"], "not_ready".into()));
    assert_eq!(w.desks["alice"].me["notice"]["code"], "forced_not_ready");
    w.tell(Request::Logout(World::who("carol")));
    assert_eq!(rings_at(&w, call), ["bob"]);
    // Whoever becomes ready now is not rung: he is of the next round.
    w.ready("alice");
    assert_eq!((w.ringing_at("alice"), w.state("alice")), (None, "ready".into()));
    w.phone("bob", false);
    w.wait_secs(5);
    assert_eq!(rings_at(&w, call), ["alice"], "the next round");
    assert_eq!(w.count(|command| matches!(command, Command::Drop { .. })), 3);
}

#[test]
fn he_who_was_claimed_has_the_page_early_and_at_the_call_all_are_rung() {
    let mut w = three(|_| {});
    let page = w.open(wish(1, Mode::Dial));
    assert_eq!(w.state("alice"), "claimed", "the longest idle");
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    w.wait_secs(2);
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(rings_at(&w, call), THREE);
    assert_eq!(decision(&mut w, call).rung, THREE);
    assert_eq!(w.desks["carol"].current["page"]["title"], "Page 1");
    // The first is out: the next has his place, and the page its name.
    w.done(Request::Hangup(World::who("alice")));
    assert_eq!(w.page(page.id).agent.unwrap().display_name, "Bob");
    answers(&mut w, call, "carol");
    let shown = w.page(page.id);
    assert_eq!((shown.state, shown.agent.unwrap().display_name.as_str()), (VisitorState::Talking, "Carol"));
    is_untouched(&w, "bob");
    w.customer_leaves(call);
    assert_eq!(w.page(page.id).state, VisitorState::Ended);
}

#[test]
fn a_browser_call_rings_all_and_a_promise_outlives_a_crash() {
    let mut w = three(|_| {});
    let view = w.open(wish(1, Mode::Browser));
    assert_eq!(view.mode, ShownMode::Browser);
    let Reply::Reservation { token: Some(token), .. } = w.tell(Request::View { reservation: view.id }) else {
        panic!()
    };
    w.ask(Request::BrowserOffer { reservation: view.id, token, sdp: "v=0".into() });
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    assert_eq!(rings_at(&w, call), THREE);
    let page = w.open(wish(2, Mode::Dial));
    w.crash();
    for name in THREE {
        w.ready(name);
    }
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(rings_at(&w, call), THREE);
}

#[test]
fn who_spoke_with_him_last_and_whom_a_rule_names_are_asked_alone_first() {
    let mut w = three(|_| {});
    let call = w.dial_queue(KNOWN);
    answers(&mut w, call, "bob");
    w.customer_leaves(call);
    w.wait_secs(20);
    let call = w.dial_queue(KNOWN);
    assert_eq!((rings_at(&w, call), decision(&mut w, call).rule), (vec!["bob"], Some(Rule::LastAgent)));
    assert!(decision(&mut w, call).rung.is_empty());
    fails(&mut w, call, "bob", Cause::NoAnswer);
    assert_eq!(rings_at(&w, call), ["alice", "carol"], "then all others");
    assert_eq!(decision(&mut w, call).rung, ["alice", "carol"]);

    let when = Condition::compile("page.path == '/p/1'").unwrap();
    let then = Then { agent: Some("carol".into()), ..Then::default() };
    let rule = RoutingRule { name: "carol's".into(), when, then };
    let mut w = three(|settings| settings.rules = vec![rule]);
    let page = w.open(wish(1, Mode::Dial));
    assert_eq!(w.state("carol"), "claimed");
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(rings_at(&w, call), ["carol"]);
    fails(&mut w, call, "carol", Cause::Declined);
    assert_eq!(rings_at(&w, call), ["alice", "bob"]);
}

#[test]
fn what_a_person_or_a_job_decides_is_one_agents() {
    let mut w = three(|_| {});
    let call = w.dial_queue(None);
    answers(&mut w, call, "alice");
    // To a colleague: he alone; to the queue: all.
    w.done(Request::Transfer(World::who("alice"), Some(Target::Agent("carol".into()))));
    assert_eq!(rings_at(&w, call), ["carol"]);
    answers(&mut w, call, "carol");
    w.done(Request::WrapupDone(World::who("alice")));
    w.done(Request::Transfer(World::who("carol"), Some(Target::Queue("sales".into()))));
    assert_eq!(rings_at(&w, call), ["alice", "bob"]);
    answers(&mut w, call, "bob");
    assert_eq!(w.hear(call), "ca");
    w.customer_leaves(call);

    let mut w = three(|_| {});
    w.open(wish(1, Mode::Callme));
    let call = *w.calls.keys().next().expect("dialled");
    w.customer_answers(call);
    assert_eq!(rings_at(&w, call), ["alice"], "he asked for this call");
    fails(&mut w, call, "alice", Cause::NoAnswer);
    assert_eq!(rings_at(&w, call), ["bob", "carol"], "the customer waits, nobody was meant");

    let mut w = three(|_| {});
    let chat = w.open(wish(1, Mode::Chat));
    assert_eq!(w.page(chat.id).state, VisitorState::Ringing);
    let offered = THREE.into_iter().filter(|name| !w.desks[*name].chats.as_array().unwrap().is_empty());
    assert_eq!(offered.collect::<Vec<_>>(), ["alice"]);
}

#[test]
fn agents_of_overflow_join_and_there_are_never_more_than_the_bound() {
    let mut w = three(|settings| {
        let queue =
            QueueSettings { name: "help".into(), skills: vec!["help".into()], ..QueueSettings::default() };
        settings.queues.push(queue);
        settings.agents[1].skills = vec![("help".into(), 1)];
        let after = Duration::from_secs(10);
        settings.queues[0].overflow = vec![Overflow { after, to: Beyond::Queue("help".into()) }];
        settings.queues[0].autopause = 0;
    });
    let call = w.dial_queue(None);
    assert_eq!(rings_at(&w, call), ["alice", "carol"]);
    for name in ["alice", "carol"] {
        fails(&mut w, call, name, Cause::NoAnswer);
    }
    w.wait_secs(10);
    assert!(w.ringing_at("bob").is_some());
    fails(&mut w, call, "bob", Cause::NoAnswer);
    w.wait_secs(11);
    let rung = decision(&mut w, call).rung;
    assert!(rung.len() <= 3 && !rung.is_empty(), "{rung:?}");

    let names: Vec<String> = (0..GROUP + 3).map(|n| format!("agent{n:02}")).collect();
    let mut w = acme_with(|settings| {
        settings.agents = names.iter().map(|name| agent(name, Station::Browser)).collect();
    });
    for name in &names {
        w.ready(name);
        w.wait_secs(1);
    }
    let call = w.dial_queue(None);
    assert_eq!(w.calls[&call].group.len(), GROUP);
    assert_eq!(decision(&mut w, call).rung, names[..GROUP], "the longest idle");
}

#[test]
fn what_crosses_on_the_way_leaves_no_mark() {
    let mut w = three(|_| {});
    let call = w.dial_queue(None);
    // Bob answers; before that is heard his phone is lost, and he is taken out. The switch has withdrawn the others.
    let [alice, bob, carol] = THREE.map(|name| w.party_of(name));
    w.calls.get_mut(&call).unwrap().answers(bob);
    w.phone("bob", false);
    w.wait_secs(5);
    w.event(Event::Answered { call, party: bob });
    for party in [alice, carol] {
        w.event(Event::Failed { call, party, cause: Cause::Elsewhere });
    }
    assert_eq!(rings_at(&w, call), ["alice", "carol"], "the next round, without a mark");
    for name in ["alice", "carol"] {
        assert!(w.desks[name].me["notice"].is_null());
    }
}
