//! Whom a contact goes to, and why: strategies, affinity, pauses, overflow, hours, and the decisions that tell of it.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device};
use warmline_coordination::decision::DecisionView;
use warmline_coordination::decision_replay::Replay;
use warmline_coordination::hours::{Hours, Slot};
use warmline_coordination::ids::{CallId, DecisionId};
use warmline_coordination::request::*;
use warmline_coordination::routing::{Rule, Strategy};
use warmline_coordination::settings::*;
use warmline_coordination::view::ShownMode;
use warmline_time::Time;

const KNOWN: Option<&str> = Some("+4930222333");
const BEYOND: &str = "+4930777888";
const DAY: u64 = 86_400;

/// The firm, its first queue changed.
fn acme_with(change: impl FnOnce(&mut QueueSettings)) -> FirmSettings {
    let mut settings = acme();
    change(&mut settings.queues[0]);
    settings
}

/// With a second queue, which bob alone serves; he does not serve the first.
fn with_support(change: impl FnOnce(&mut QueueSettings)) -> FirmSettings {
    let mut settings = acme_with(change);
    settings.queues.push(QueueSettings {
        name: "support".into(),
        skills: vec!["support".into()],
        ..QueueSettings::default()
    });
    settings.agents[1].skills = vec![("support".into(), 2)];
    settings
}

fn after(secs: u64, to: Beyond) -> Overflow {
    Overflow { after: Duration::from_secs(secs), to }
}

fn beyond() -> Beyond {
    Beyond::Number(BEYOND.into())
}

fn support() -> Beyond {
    Beyond::Queue("support".into())
}

/// Nine to five in Berlin, Monday to Friday. The world begins on a Sunday, at 11:05 there.
fn office_hours() -> Option<Hours> {
    let slot = || vec!["09:00-17:00".parse::<Slot>().unwrap()];
    let week = std::array::from_fn(|day| if day < 5 { slot() } else { Vec::new() });
    Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new()))
}

/// A little before nine on Monday, in Berlin.
fn monday_morning(w: &mut World) {
    let monday = Time::from_micros(1_795_420_790_000_000);
    assert_eq!(monday.rfc3339(), "2026-11-23T07:59:50.000Z");
    w.wait(monday.since(w.now));
}

pub fn decisions(w: &mut World, subject: impl ToString) -> Vec<DecisionView> {
    match w.tell(Request::Decisions { firm: "acme".into(), subject: Some(subject.to_string()), before: None })
    {
        Reply::Decisions(list) => list,
        other => panic!("{other:?}"),
    }
}

/// By whom and by which rule a call was last given to somebody.
fn last(w: &mut World, call: CallId) -> (String, Rule) {
    let decision = decisions(w, call).remove(0);
    (decision.chosen.expect("somebody"), decision.rule.expect("a rule"))
}

fn talk_and_rest(w: &mut World, call: CallId) {
    w.agent_answers(call);
    w.wait_secs(30);
    w.customer_leaves(call);
    w.wait_secs(20);
}

fn rings_beyond(w: &World) -> usize {
    w.count(|command| matches!(command, Command::Ring { device: Device::Number { number, .. }, .. } if number == BEYOND))
}

#[test]
fn a_decision_tells_who_why_and_why_not_the_others() {
    let mut w = World::with(vec![with_support(|_| {})]);
    w.ready("alice");
    w.ready("bob");
    w.tell(Request::Login(World::who("carol")));
    let page = w.open(wish(1, Mode::Dial));
    let list = decisions(&mut w, page.id);
    assert_eq!(list.len(), 1, "one claim, one decision");
    let decision = &list[0];
    assert_eq!((decision.chosen.as_deref(), decision.rule), (Some("alice"), Some(Rule::LongestIdle)));
    assert_eq!((decision.queue.as_str(), decision.time.clone()), ("sales", w.now.rfc3339()));
    let why: Vec<(&str, Vec<&str>)> = decision
        .candidates
        .iter()
        .map(|row| (row.agent.as_str(), row.why_not.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        why,
        [
            ("alice", vec![]),
            ("bob", vec!["missing_skill:sales"]),
            ("carol", vec!["not_ready", "no_phone", "no_desktop"]),
            ("dave", vec!["not_logged_in"]),
        ]
    );
    let json = serde_json::to_value(decision).unwrap();
    assert_eq!(json["candidates"][0]["skills"]["sales"], 3);
    assert_eq!(json["candidates"][0]["serves"], "sales");
    assert_eq!(json["rule"], "longest_idle");
    // Its events name it, and so does the call that follows from it without another choice.
    let call = w.dial(page.number.as_deref().unwrap(), None);
    assert_eq!(decisions(&mut w, call).len(), 0);
    for event in ["agent.claimed", "call.offered"] {
        assert_eq!(w.desks["alice"].data[event]["decision"], decision.id.to_string(), "{event}");
    }
    let id: DecisionId = decision.id;
    let Reply::Decision(again) = w.tell(Request::Decision { firm: "acme".into(), id }) else { panic!() };
    assert_eq!(&*again, decision);
    w.wait_secs(3601);
    let Reply::Problem(problem) = w.tell(Request::Decision { firm: "acme".into(), id }) else { panic!() };
    assert_eq!((problem.status, problem.code), (404, "unknown_decision"));
    let Reply::Problem(problem) =
        w.tell(Request::Decisions { firm: "nobody".into(), subject: None, before: None })
    else {
        panic!()
    };
    assert_eq!(problem.code, "unknown_firm");
}

#[test]
fn nobody_is_a_decision_too_and_the_next_is_another() {
    let mut w = World::new();
    let call = w.dial_queue(None);
    let list = decisions(&mut w, call);
    assert_eq!((list.len(), list[0].chosen.clone(), list[0].rule), (1, None, None));
    let held = w.open(wish(1, Mode::Dial));
    assert_eq!(decisions(&mut w, held.id).len(), 1, "a number without an agent");
    w.ready("alice");
    let list = decisions(&mut w, call);
    assert_eq!((list.len(), list[0].chosen.as_deref()), (2, Some("alice")));
    assert_eq!(w.desks["alice"].data["call.offered"]["decision"], list[0].id.to_string());
}

#[test]
fn who_is_named_by_a_person_is_no_decision() {
    let mut w = World::new();
    let call = w.dial_queue(None);
    let mut not_ready = |name: &str| {
        w.tell(Request::Login(World::who(name)));
        w.desktop(name);
        w.phone(name, true);
    };
    not_ready("alice");
    let waiting = call.to_string();
    w.tell(Request::Take { agent: World::who("alice"), waiting });
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(decisions(&mut w, call).len(), 1, "only that nobody was there");
    assert!(w.desks["alice"].data["call.offered"]["decision"].is_null());
}

#[test]
fn a_decision_made_again_with_other_settings() {
    let mut w = World::new();
    let names = ["alice", "bob", "carol"];
    w.settings[0].agents[2].skills = vec![("sales".into(), 5)];
    w = World::with(w.settings);
    for name in names {
        w.ready(name);
        w.wait_secs(1);
    }
    let call = w.dial_queue(None);
    let id = decisions(&mut w, call)[0].id;
    let kept = w.firms.decision_of(w.now, "acme", id).expect("kept").clone();
    let own = &w.settings[0].queues[0];
    let who = |settings: &QueueSettings| kept.replay(settings).and_then(|choice| kept.name(choice));
    assert_eq!((kept.replay(own), who(own)), (kept.choice, Some("alice")));
    let by_level = QueueSettings { strategy: Strategy::SkillLevel, ..own.clone() };
    assert_eq!(who(&by_level), Some("carol"));
    let french = QueueSettings { skills: vec!["french".into()], ..own.clone() };
    assert_eq!(who(&french), None);
}

#[test]
fn c16_the_last_hours_decisions_made_again_for_a_program() {
    let mut w = World::new();
    w.settings[0].agents[2].skills = vec![("sales".into(), 5)];
    w = World::with(w.settings);
    for name in ["alice", "bob", "carol"] {
        w.ready(name);
        w.wait_secs(1);
    }
    let (first, second) = (w.dial_queue(None), w.dial_queue(None));
    let again = |w: &mut World, again: Replay| match w.tell(Request::ReplayDecisions {
        firm: "acme".into(),
        replay: Box::new(again),
        of: None,
    }) {
        Reply::Replay(view) => *view,
        other => panic!("{other:?}"),
    };
    let same = again(&mut w, Replay::default());
    assert_eq!((same.looked_at, same.others), (2, 0), "as they are now it comes out as it did");
    let by_level = Replay { strategy: Some(Strategy::SkillLevel), ..Replay::default() };
    let view = again(&mut w, by_level);
    assert_eq!((view.looked_at, view.others, view.nobody_now), (2, 2, 0));
    let told = |n: usize| {
        let row = &view.decisions[n];
        (row.call, row.before.as_deref().unwrap(), row.after.as_deref().unwrap(), row.after_rule)
    };
    assert_eq!(told(0), (Some(second), "bob", "carol", Some(Rule::SkillLevel)), "the latest first");
    assert_eq!(told(1), (Some(first), "alice", "carol", Some(Rule::SkillLevel)));
    let french =
        Replay { skills: Some(vec!["french".into()]), subject: Some(first.to_string()), ..Replay::default() };
    let view = again(&mut w, french);
    assert_eq!((view.looked_at, view.nobody_now, view.decisions[0].after.clone()), (1, 1, None));
    let nowhere = Replay { queue: Some("nowhere".into()), ..Replay::default() };
    let refused =
        w.tell(Request::ReplayDecisions { firm: "acme".into(), replay: Box::new(nowhere), of: None });
    assert!(matches!(refused, Reply::Problem(problem) if problem.code == "unknown_queue"));
}

#[test]
fn in_turn_and_whoever_had_fewest() {
    for (strategy, rule) in
        [(Strategy::RoundRobin, Rule::RoundRobin), (Strategy::LeastCalls, Rule::LeastCalls)]
    {
        let mut w = World::with(vec![acme_with(|queue| queue.strategy = strategy)]);
        for name in ["alice", "bob", "carol"] {
            w.ready(name);
        }
        let mut had = Vec::new();
        for _ in 0..6 {
            let call = w.dial_queue(None);
            let (name, by) = last(&mut w, call);
            assert_eq!(by, rule);
            had.push(name);
            talk_and_rest(&mut w, call);
        }
        assert_eq!(had, ["alice", "bob", "carol", "alice", "bob", "carol"], "{strategy:?}");
    }
}

#[test]
fn calls_are_counted_by_the_day_of_the_queue_and_after_a_restart() {
    let mut w = World::with(vec![acme_with(|queue| {
        queue.strategy = Strategy::LeastCalls;
        queue.hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), None, Vec::new()));
    })]);
    w.ready("alice");
    let call = w.dial_queue(None);
    talk_and_rest(&mut w, call);
    let calls = |w: &mut World| {
        let call = w.dial_queue(None);
        let today = decisions(w, call)[0].candidates[0].calls_today;
        w.customer_leaves(call);
        today
    };
    assert_eq!(calls(&mut w), 1);
    w.crash();
    assert_eq!(calls(&mut w), 1, "the journal tells");
    // 22:59 UTC is a minute to midnight.
    let almost = Time::from_micros(1_795_388_340_000_000);
    assert_eq!(almost.rfc3339(), "2026-11-22T22:59:00.000Z");
    w.wait(almost.since(w.now));
    assert_eq!(calls(&mut w), 1);
    w.wait_secs(60);
    assert_eq!(calls(&mut w), 0);
}

#[test]
fn the_last_agent_for_as_long_as_the_queue_says() {
    let mut w = World::with(vec![acme_with(|queue| queue.affinity = Duration::from_secs(3 * DAY))]);
    w.ready("bob");
    let call = w.dial_queue(KNOWN);
    talk_and_rest(&mut w, call);
    w.ready("alice");
    w.wait_secs(3 * DAY - 30);
    let call = w.dial_queue(KNOWN);
    assert_eq!(last(&mut w, call), ("bob".into(), Rule::LastAgent));
    w.customer_leaves(call);
    // Three days and more since they spoke; alice has waited as long as nobody.
    w.tell(Request::Presence(World::who("bob"), Presence::NotReady, None));
    w.tell(Request::Presence(World::who("bob"), Presence::Ready, None));
    w.wait_secs(60);
    let call = w.dial_queue(KNOWN);
    assert_eq!(last(&mut w, call), ("alice".into(), Rule::LongestIdle));
}

#[test]
fn so_many_unanswered_offers_pause() {
    let mut w = World::with(vec![acme_with(|queue| queue.autopause = 2)]);
    w.ready("alice");
    w.ready("bob");
    let call = w.dial_queue(None);
    w.agent_fails(call, Cause::NoAnswer);
    assert_eq!(w.state("alice"), "ready", "once is no reason");
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_fails(call, Cause::NoAnswer);
    let list = decisions(&mut w, call);
    assert_eq!(list[0].chosen, None, "neither is rung again at once");
    assert_eq!(list[0].candidates[0].why_not, ["just_passed"]);
    w.wait_secs(10);
    assert_eq!(w.ringing_at("alice"), Some(call), "the first, after a moment");
    w.agent_fails(call, Cause::Declined);
    assert_eq!((w.state("alice").as_str(), w.ringing_at("bob")), ("not_ready", Some(call)));
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(20);
    let other = w.dial_queue(None);
    assert_eq!(decisions(&mut w, other)[0].candidates[0].why_not, ["paused"]);
    w.agent_fails(other, Cause::NoAnswer);
    assert_eq!(w.state("bob"), "ready", "whoever answers begins anew");
}

#[test]
fn never_paused_is_still_left_alone_for_a_moment_and_a_dead_phone_pauses() {
    let mut w = World::with(vec![acme_with(|queue| queue.autopause = 0)]);
    w.ready("alice");
    let call = w.dial_queue(None);
    for _ in 0..5 {
        assert_eq!(w.ringing_at("alice"), Some(call));
        w.agent_fails(call, Cause::Declined);
        assert_eq!(w.ringing_at("alice"), None);
        w.wait_secs(10);
    }
    w.agent_fails(call, Cause::Unreachable);
    assert_eq!(w.state("alice"), "not_ready");
    assert_eq!(w.desks["alice"].me["notice"]["code"], "phone_failed");
}

#[test]
fn c5_an_agent_whose_desk_phone_is_found_gone_is_back_with_it() {
    let mut w = World::new();
    w.ready("carol");
    w.phone("carol", true);
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("carol"), Some(call));
    w.phone("carol", false);
    w.agent_fails(call, Cause::Unreachable);
    assert_eq!(
        (w.state("carol").as_str(), &w.desks["carol"].me["notice"]),
        ("unreachable", &serde_json::Value::Null)
    );
    w.phone("carol", true);
    assert_eq!(w.ringing_at("carol"), Some(call), "nobody else was there");
}

#[test]
fn agents_of_another_queue_help_after_a_while() {
    let mut w = World::with(vec![with_support(|queue| queue.overflow = vec![after(60, support())])]);
    w.ready("bob");
    let call = w.dial_queue(None);
    w.wait_secs(59);
    assert_eq!(w.ringing_at("bob"), None);
    w.wait_secs(1);
    assert_eq!(w.ringing_at("bob"), Some(call));
    let decision = decisions(&mut w, call).remove(0);
    assert_eq!((decision.queue.as_str(), decision.overflow.clone()), ("sales", vec!["support".to_owned()]));
    assert_eq!(decision.candidates[1].serves.as_deref(), Some("support"));
    // Whoever declines sends him back: overflow stays open to him.
    w.ready("carol");
    w.tell(Request::Presence(World::who("carol"), Presence::NotReady, None));
    w.agent_fails(call, Cause::Declined);
    w.tell(Request::Presence(World::who("bob"), Presence::Ready, None));
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(20);
    let next = w.dial_queue(None);
    assert_eq!(w.ringing_at("bob"), None, "the next one waits his own minute");
    w.wait_secs(60);
    assert_eq!(w.ringing_at("bob"), Some(next));
}

#[test]
fn a_job_is_helped_too_but_put_through_to_no_number() {
    let steps = vec![after(60, support()), after(120, beyond())];
    let mut w = World::with(vec![with_support(|queue| queue.overflow = steps)]);
    let page = w.open(wish(1, Mode::Callme));
    w.wait_secs(130);
    assert_eq!(rings_beyond(&w), 0);
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 0);
    w.ready("bob");
    assert_eq!(w.desks["bob"].current["reservation"], page.id.to_string());
    assert_eq!(w.count(|command| matches!(command, Command::Dial { .. })), 1);
}

#[test]
fn in_the_end_a_number_takes_the_call() {
    let steps = vec![after(60, support()), after(180, beyond())];
    let mut w = World::with(vec![with_support(|queue| queue.overflow = steps)]);
    let page = w.open(wish(1, Mode::Dial));
    let call = w.dial(page.number.as_deref().unwrap(), None);
    w.wait_secs(179);
    assert_eq!(rings_beyond(&w), 0);
    w.wait_secs(1);
    assert_eq!((rings_beyond(&w), w.firms.counters().overflowed), (1, 1));
    assert_eq!(w.page_views[&page.id]["state"], "ringing");
    assert_eq!(w.firms.counters().waiting, 0);
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), None, "he is at the other number");
    w.agent_answers(call);
    assert_eq!(w.page_views[&page.id]["state"], "talking");
    w.customer_leaves(call);
    assert_eq!(w.page_views[&page.id]["reason"], "normal");
    w.wait_secs(120);
    assert!(w.is_settled());
}

#[test]
fn a_number_that_does_not_answer_brings_him_back_to_his_place() {
    let mut w = World::with(vec![acme_with(|queue| queue.overflow = vec![after(60, beyond())])]);
    let (first, second) = (w.dial_queue(None), w.dial_queue(KNOWN));
    w.wait_secs(60);
    assert_eq!(rings_beyond(&w), 2);
    w.agent_fails(second, Cause::Busy);
    w.agent_fails(first, Cause::NoAnswer);
    w.wait_secs(600);
    assert_eq!(rings_beyond(&w), 2, "once each");
    assert_eq!(w.firms.counters().waiting, 2);
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(first), "he came first");
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(second));
}

#[test]
fn a_number_waits_for_its_trunk_and_whoever_hangs_up_needs_none() {
    let mut w = World::with(vec![acme_with(|queue| queue.overflow = vec![after(60, beyond())])]);
    w.dial_queue(None);
    let gone = w.dial_queue(None);
    w.event(warmline_coordination::cti::Event::TrunkDown { trunk: "carrier".into() });
    w.wait_secs(70);
    assert_eq!(rings_beyond(&w), 0);
    w.customer_leaves(gone);
    w.event(warmline_coordination::cti::Event::TrunkUp { trunk: "carrier".into() });
    w.wait_secs(20);
    assert_eq!(rings_beyond(&w), 1);
}

#[test]
fn outside_its_hours_a_queue_refuses_callers_and_gives_tickets() {
    let mut w = World::with(vec![acme_with(|queue| queue.hours = office_hours())]);
    w.ready("alice");
    w.dial_queue(None);
    assert!(matches!(w.commands.last(), Some(Command::Reject { cause: Cause::Unreachable, .. })));
    assert_eq!(w.firms.counters().turned_away, 1);
    for (n, mode) in [(1, Mode::Dial), (2, Mode::Callme), (3, Mode::Browser)] {
        let page = w.open(wish(n, mode));
        assert_eq!((page.mode, page.number, page.agent), (ShownMode::Ticket, None, None));
    }
    assert!(w.firms.open_modes(w.now, "shop").is_empty());
    assert_eq!(w.firms.counters().numbers_held, 0);
    monday_morning(&mut w);
    w.wait_secs(10);
    assert_eq!(w.firms.open_modes(w.now, "shop"), [Mode::Dial, Mode::Callme, Mode::Browser, Mode::Chat]);
    assert!(w.firms.open_modes(w.now, "nowhere").is_empty());
    let page = w.open(wish(4, Mode::Dial));
    assert_eq!((page.mode, page.agent.unwrap().display_name.as_str()), (ShownMode::Dial, "Alice"));
    let call = w.dial_queue(None);
    assert_eq!(w.firms.counters().waiting, 1);
    // Who waits when it closes is not sent away, and a held number keeps its promise.
    w.wait_secs(8 * 3600 - 60);
    let late = w.open(wish(5, Mode::Dial));
    w.wait_secs(90);
    assert!(w.calls.contains_key(&call));
    w.dial(late.number.as_deref().unwrap(), None);
    assert_eq!(w.firms.counters().turned_away, 1);
}

#[test]
fn another_queue_stands_in_outside_the_hours() {
    let mut w = World::with(vec![with_support(|queue| {
        queue.hours = office_hours();
        queue.closed = Some(support());
    })]);
    w.ready("bob");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("bob"), Some(call));
    assert_eq!(decisions(&mut w, call)[0].queue, "support");
    w.customer_leaves(call);
    assert_eq!(w.open(wish(1, Mode::Dial)).agent.unwrap().display_name, "Bob");
    assert_eq!(w.firms.open_modes(w.now, "shop").len(), 4);
    let mut settings = w.settings.remove(0);
    settings.queues[1].hours = office_hours();
    let mut w = World::with(vec![settings]);
    w.ready("bob");
    w.dial_queue(None);
    assert_eq!(w.firms.counters().turned_away, 1, "a closed one stands in for nobody");
}

#[test]
fn a_closed_queue_is_no_help() {
    let mut settings = with_support(|queue| queue.overflow = vec![after(60, support())]);
    settings.queues[1].hours = office_hours();
    let mut w = World::with(vec![settings]);
    w.ready("bob");
    let call = w.dial_queue(None);
    w.wait_secs(70);
    assert_eq!(w.ringing_at("bob"), None);
    monday_morning(&mut w);
    w.wait_secs(15);
    w.tell(Request::Presence(World::who("bob"), Presence::Ready, None));
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn a_number_stands_in_outside_the_hours() {
    let closed = acme_with(|queue| {
        queue.hours = office_hours();
        queue.closed = Some(beyond());
    });
    let mut w = World::with(vec![closed]);
    let call = w.dial_queue(KNOWN);
    assert_eq!(w.trace[w.trace.len() - 2..], ["alert", "ring"], "it rings, without an answer of ours");
    let Some(Command::Ring { caller_name, caller_number, device, .. }) = w.commands.last() else { panic!() };
    assert_eq!((caller_name.as_str(), caller_number.as_deref()), ("Vera Known", KNOWN));
    assert_eq!(device, &Device::Number { number: BEYOND.into(), trunk: "carrier".into() });
    w.agent_answers(call);
    w.customer_leaves(call);
    // Nobody there: refused like others, not left with music for the night.
    let call = w.dial_queue(None);
    w.agent_fails(call, Cause::NoAnswer);
    assert!(matches!(w.commands.last(), Some(Command::Reject { cause: Cause::Unreachable, .. })));
    assert_eq!(w.firms.counters().waiting, 0);
    // Nor without a trunk.
    w.event(warmline_coordination::cti::Event::TrunkDown { trunk: "carrier".into() });
    w.dial_queue(None);
    assert_eq!((w.firms.counters().turned_away, w.firms.counters().overflowed), (2, 2));
    assert_eq!(w.open(wish(1, Mode::Dial)).mode, ShownMode::Ticket, "visitors are told before they call");
    w.wait_secs(120);
    assert!(w.is_settled());
}

#[test]
fn who_proves_nothing_outside_the_hours_is_not_left_with_music() {
    let shared = "+493012349999";
    let mut settings = acme_with(|queue| queue.hours = office_hours());
    settings.pools[0].shared = Some(shared.into());
    let mut w = World::with(vec![settings.clone()]);
    let call = w.dial(shared, None);
    assert_eq!(w.count(|command| matches!(command, Command::Say { .. })), 1, "he is asked for his PIN");
    w.wait_secs(60);
    assert!(!w.calls.contains_key(&call));
    assert!(matches!(w.commands.last(), Some(Command::Hangup { cause: Cause::Unreachable, .. })));
    assert_eq!((w.firms.counters().turned_away, w.firms.counters().waiting), (1, 0));
    settings.queues[0].closed = Some(beyond());
    let mut w = World::with(vec![settings]);
    let call = w.dial(shared, None);
    while rings_beyond(&w) == 0 && w.calls.contains_key(&call) {
        w.wait_secs(1);
    }
    assert_eq!(rings_beyond(&w), 1);
    w.agent_fails(call, Cause::NoAnswer);
    assert!(matches!(w.commands.last(), Some(Command::Hangup { cause: Cause::Unreachable, .. })));
    w.wait_secs(120);
    assert_eq!((w.firms.counters().waiting, w.firms.counters().calls_live), (0, 0));
}

#[test]
fn round_robin_goes_on_after_a_restart() {
    let mut w = World::with(vec![acme_with(|queue| {
        queue.strategy = Strategy::RoundRobin;
        queue.affinity = Duration::ZERO;
    })]);
    w.ready("alice");
    w.ready("bob");
    w.ready("carol");
    for name in ["alice", "bob"] {
        let call = w.dial_queue(None);
        assert_eq!(w.ringing_at(name), Some(call));
        talk_and_rest(&mut w, call);
    }
    w.crash();
    for name in ["alice", "bob", "carol"] {
        w.ready(name);
    }
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("carol"), Some(call), "not alice again");
}
