//! The stat server: scenarios whose numbers were worked out by hand.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::Cause;
use warmline_coordination::figures::*;
use warmline_coordination::request::*;
use warmline_coordination::settings::{QueueSettings, Supervision};
use warmline_coordination::view::AgentState;
use warmline_time::Time;

/// Midnight, UTC, of a day.
const MIDNIGHT: u64 = 1_795_305_600;

fn at(secs: u64) -> Time {
    Time::from_micros((MIDNIGHT + secs) * 1_000_000)
}

/// A world at a second of that day. Alice, who asks, sees everybody's figures.
fn world(secs: u64) -> World {
    let mut acme = acme();
    acme.agents[0].supervisor = Some(Supervision::default());
    let mut w = World::with(vec![acme]);
    w.now = at(secs);
    w
}

fn statistics(w: &mut World) -> StatisticsView {
    match w.tell(Request::Statistics { agent: World::who("alice") }) {
        Reply::Statistics(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn sales(w: &mut World) -> QueueFigures {
    statistics(w).queues[0].today
}

fn today(w: &mut World, name: &str) -> AgentFigures {
    statistics(w).agents.into_iter().find(|row| row.agent == name).unwrap().today.unwrap()
}

fn share(part: u64, whole: u64) -> Option<Share> {
    Share::of(part, whole)
}

fn set(w: &mut World, name: &str, presence: Presence) {
    w.done(Request::Presence(World::who(name), presence, None));
}

#[test]
fn a_morning_by_hand() {
    // 10:00:00, nobody has called.
    let mut w = world(36_000);
    w.ready("alice");
    assert_eq!(sales(&mut w), QueueFigures::default());
    w.wait_secs(100); // Alice is ready for 100 s.
    let first = w.dial_queue(None);
    w.wait_secs(4);
    w.agent_answers(first); // Waited 4 s.
    let second = w.dial_queue(None);
    let third = w.dial_queue(None);
    w.wait_secs(3);
    w.customer_leaves(third); // Gives up after 3 s: short.
    let fourth = w.dial_queue(None);
    w.wait_secs(7);
    let view = statistics(&mut w);
    assert_eq!((view.queues[0].waiting, view.queues[0].longest_waiting_secs), (2, 10));
    assert_eq!((view.agents[0].state, view.agents[1].state), (Some(AgentState::Talking), None));
    w.customer_leaves(fourth); // After 7 s: not short.
    w.wait_secs(50);
    w.customer_leaves(first); // 60 s of talk, then 20 s of wrap-up.
    w.wait_secs(20);
    assert_eq!(w.ringing_at("alice"), Some(second));
    w.wait_secs(2);
    w.agent_answers(second); // Waited 3 + 7 + 50 + 20 + 2 = 82 s.
    w.wait_secs(30);
    let expected = QueueFigures {
        offered: 4,
        answered: 2,
        answered_in_time: 1,
        abandoned: 2,
        abandoned_short: 1,
        service_level: share(1, 3), // 1 / (2 + 2 − 1)
        abandonment: share(1, 3),
        asa_secs: Some(43), // (4 + 82) / 2
        longest_wait_secs: 82,
        talk_secs: 90,      // 60 + 30 so far
        handling_secs: 110, // and 20 of wrap-up
        aht_secs: Some(55),
        waits: 1, // the second
        waits_under_p90: 1,
    };
    assert_eq!(sales(&mut w), expected);
    let alice = today(&mut w, "alice");
    let expected = AgentFigures {
        ready_secs: 100,
        ringing_secs: 6,
        talking_secs: 90,
        wrapup_secs: 20,
        calls: 1, // the second is not over
        handling_secs: 110,
        aht_secs: Some(110),
        occupancy: share(110, 210),
        ..AgentFigures::default()
    };
    assert_eq!(alice, expected);
    // Metrics say the same.
    let firm = w.firms.figures(w.now).remove(0);
    let row = &firm.queues[0];
    assert_eq!((row.offered, row.answered, row.abandoned), (4, 2, 2));
    assert_eq!((row.today, firm.occupancy), (sales(&mut w), share(110, 210)));
    let count = |state| firm.agents.iter().find(|(known, _)| *known == state).unwrap().1;
    assert_eq!((count(Some(AgentState::Talking)), count(Some(AgentState::Ready)), count(None)), (1, 0, 3));
    // She alone has her intervals.
    let view = statistics(&mut w);
    assert!(view.agents[0].intervals.len() == 1 && view.agents[1].intervals.is_empty());
}

#[test]
fn time_is_parted_at_full_quarters_and_days_begin_anew() {
    // 23:59:00: one minute of the day is left.
    let mut w = world(86_340);
    let call = w.talk("alice", 1);
    w.wait_secs(100);
    let view = statistics(&mut w);
    assert_eq!(view.time, "2026-11-23T00:00:40.000Z");
    let queue = &view.queues[0];
    let rows: Vec<_> = queue
        .intervals
        .iter()
        .map(|row| (row.from.as_str(), row.figures.talk_secs, row.figures.answered))
        .collect();
    assert_eq!(rows, [("2026-11-22T23:45:00.000Z", 60, 1), ("2026-11-23T00:00:00.000Z", 40, 0)]);
    assert_eq!((queue.today.talk_secs, queue.today.answered, queue.today.service_level), (40, 0, None));
    assert_eq!(view.agents[0].today.unwrap().talking_secs, 40);
    w.customer_leaves(call);
    w.wait_secs(14 * 60 + 20); // 00:15:00: 20 s of wrap-up, 840 s ready, all in the interval before.
    let alice = today(&mut w, "alice");
    assert_eq!((alice.wrapup_secs, alice.ready_secs, alice.calls), (20, 840, 1));
    assert_eq!(alice.occupancy, share(60, 900));
    // A day later 96 intervals are kept, and the metrics' counters have not fallen.
    w.wait_secs(86_400);
    let view = statistics(&mut w);
    let alice = &view.agents[0];
    assert_eq!(alice.intervals.len(), 96 - 1, "the one that begins now has no time yet");
    assert_eq!(alice.intervals[0].from, "2026-11-23T00:30:00.000Z");
    assert_eq!(alice.today.unwrap().ready_secs, 900);
    assert!(view.queues[0].intervals.is_empty());
    assert_eq!(w.firms.figures(w.now)[0].queues[0].answered, 1);
}

#[test]
fn handed_on_it_is_one_call_and_two_agents_work() {
    let mut settings = acme();
    settings.queues.push(QueueSettings {
        name: "support".into(),
        skills: vec!["sales".into()],
        ring: Duration::from_secs(15),
        wrapup: Duration::from_secs(20),
        ..QueueSettings::default()
    });
    settings.agents[0].supervisor = Some(Supervision::default());
    let mut w = World::with(vec![settings]);
    w.now = at(36_000);
    let call = w.talk("alice", 1);
    w.wait_secs(50);
    w.ready("bob");
    w.done(Request::Consult(World::who("alice"), Target::Agent("bob".into())));
    w.wait_secs(5);
    w.agent_answers(call);
    w.wait_secs(10); // Alice asks Bob for 10 s: 5 s of ringing before belong to her talk.
    w.done(Request::Transfer(World::who("alice"), None));
    w.wait_secs(40); // Alice rests 20 s, Bob has the call.
    w.done(Request::Transfer(World::who("bob"), Some(Target::Queue("support".into()))));
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.agent_answers(call);
    w.wait_secs(7);
    w.customer_leaves(call);
    w.wait_secs(30); // Both have rested for 20 s.
    let view = statistics(&mut w);
    let queue = view.queues[0].today;
    assert_eq!((queue.offered, queue.answered, queue.abandoned), (1, 1, 0));
    assert_eq!((queue.service_level, queue.asa_secs), (share(1, 1), Some(0)));
    assert_eq!(queue.talk_secs, 65 + 40 + 7);
    assert_eq!(queue.handling_secs, 112 + 10 + 3 * 20, "Bob's 10 s as one who was asked, and all wrap-up");
    assert_eq!(view.queues[1].today, QueueFigures::default(), "counted where it asked first");
    let (alice, bob) = (view.agents[0].today.unwrap(), view.agents[1].today.unwrap());
    assert_eq!((alice.talking_secs, alice.wrapup_secs, alice.calls), (72, 40, 1));
    assert_eq!((bob.talking_secs, bob.wrapup_secs, bob.ringing_secs, bob.calls), (50, 20, 5, 1));
}

#[test]
fn claims_in_vain_and_offers_nobody_took() {
    let mut w = world(36_000);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(30);
    w.tell(Request::Cancel { reservation: view.id }); // 30 s in vain.
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(12);
    let call = w.dial(view.number.as_deref().unwrap(), None); // This one was not.
    w.wait_secs(1);
    w.agent_fails(call, Cause::NoAnswer);
    set(&mut w, "alice", Presence::Ready);
    w.wait_secs(1);
    w.agent_fails(call, Cause::Declined);
    w.customer_leaves(call);
    set(&mut w, "alice", Presence::Ready);
    w.open(wish(2, Mode::Dial));
    w.wait_secs(60); // The claim is over after 45 s.
    let expected = AgentFigures {
        ready_secs: 15,
        claimed_secs: 30 + 12 + 45,
        ringing_secs: 2,
        occupancy: share(0, 15),
        claims: 3,
        claims_unused: 2,
        claims_unused_secs: 75,
        declined: 1,
        unanswered: 1,
        ..AgentFigures::default()
    };
    assert_eq!(today(&mut w, "alice"), expected);
    // A desktop that does not answer any more.
    w.desks.get_mut("alice").unwrap().alive = false;
    let call = w.dial_queue(None);
    w.wait_secs(1);
    w.customer_leaves(call);
    let alice = today(&mut w, "alice");
    assert_eq!((alice.unreachable, alice.declined, alice.unanswered), (1, 1, 1));
    let queue = sales(&mut w);
    assert_eq!((queue.offered, queue.abandoned, queue.abandoned_short), (2, 2, 2));
}

#[test]
fn logged_out_is_no_state() {
    let mut w = world(36_000);
    w.ready("alice");
    w.wait_secs(10);
    set(&mut w, "alice", Presence::NotReady);
    w.wait_secs(20);
    w.tell(Request::Logout(World::who("alice")));
    w.wait_secs(40);
    let view = statistics(&mut w);
    let alice = view.agents[0].today.unwrap();
    assert_eq!(view.agents[0].state, None);
    assert_eq!((alice.ready_secs, alice.not_ready_secs, alice.occupancy), (10, 20, share(0, 10)));
}

#[test]
fn after_a_restart_the_records_tell_what_they_know() {
    let mut w = world(36_000);
    let call = w.talk("alice", 1);
    w.wait_secs(60);
    w.customer_leaves(call); // Alice alone: 60 s.
    w.wait_secs(20);
    let call = w.dial_queue(None);
    w.wait_secs(6);
    w.agent_answers(call);
    w.wait_secs(10);
    w.ready("bob");
    w.done(Request::Transfer(World::who("alice"), Some(Target::Agent("bob".into()))));
    w.agent_answers(call);
    w.wait_secs(30);
    w.customer_leaves(call); // 10 s Alice, 30 s Bob: 40 s of the queue.
    w.tell(Request::Logout(World::who("alice")));
    w.tell(Request::Logout(World::who("bob")));
    let call = w.dial_queue(None);
    w.wait_secs(8);
    w.customer_leaves(call);
    w.wait_secs(60);
    w.tell(Request::Logout(World::who("bob"))); // A minute after the last row of figures there is another.
    let before = sales(&mut w);
    let agents = ["alice", "bob"].map(|name| today(&mut w, name));
    w.wait_secs(600); // What the program is down is nobody's time.
    w.crash();
    let after = sales(&mut w);
    assert_eq!(after, before);
    assert_eq!((after.offered, after.answered, after.abandoned, after.talk_secs), (3, 2, 1, 100));
    assert_eq!((after.asa_secs, after.service_level), (Some(3), share(2, 3)));
    assert_eq!(["alice", "bob"].map(|name| today(&mut w, name)), agents);
    let [alice, bob] = agents;
    assert_eq!((alice.calls, alice.talking_secs, bob.calls, bob.talking_secs), (2, 70, 1, 30));
    assert!(alice.wrapup_secs > 0 && alice.ready_secs > 0);
    let row = &w.firms.figures(w.now)[0].queues[0];
    assert_eq!((row.offered, row.answered, row.abandoned), (0, 0, 0), "counters begin anew");
    assert_eq!(row.today, after);
}

fn past(w: &mut World, days: (u64, u64), by: Step) -> PastView {
    match w.tell(Request::Past { firm: "acme".into(), past: Past { days, by } }) {
        Reply::Past(view) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn days_and_hours_gone_by_are_told_and_calls_are_counted_again_after_a_crash() {
    let mut w = world(36_000);
    let first = MIDNIGHT / 86_400;
    w.ready("alice");
    let talk = |w: &mut World| {
        let call = w.dial_queue(None);
        w.wait_secs(10);
        w.agent_answers(call);
        w.wait_secs(60);
        w.customer_leaves(call);
        w.wait_secs(20);
    };
    talk(&mut w);
    w.wait(at(2 * 86_400 + 36_000).since(w.now));
    talk(&mut w);
    talk(&mut w);
    let calls = |view: &PastView| -> Vec<_> {
        let rows = view.queues[0].rows.iter();
        rows.map(|row| {
            (row.from[..13].to_owned(), row.figures.offered, row.figures.answered, row.figures.talk_secs)
        })
        .collect()
    };
    let row = |from: &str, calls: u64| (from.to_owned(), calls, calls, 60 * calls);
    let by_day = past(&mut w, (first, first + 2), Step::Day);
    assert_eq!(calls(&by_day), [row("2026-11-22T00", 1), row("2026-11-24T00", 2)]);
    let alice: Vec<u64> = by_day.agents[0].rows.iter().map(|row| row.figures.ready_secs).collect();
    assert_eq!(alice[1], 86_400, "a whole day in one state is that day's");
    let by_hour = past(&mut w, (first + 2, first + 2), Step::Hour);
    assert_eq!(calls(&by_hour), [row("2026-11-24T10", 2)]);
    assert!(past(&mut w, (first + 3, first + 9), Step::Day).queues[0].rows.is_empty());
    assert_eq!(by_day.pools[0].pool, "web");
    w.crash();
    assert_eq!(calls(&past(&mut w, (first, first + 2), Step::Day)), calls(&by_day));
    assert_eq!(calls(&past(&mut w, (first + 2, first + 2), Step::Hour)), calls(&by_hour));
}
