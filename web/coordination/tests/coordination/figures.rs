//! The stat server beside queues and agents: numbers of pools, trunks, chats, and who is shown them; worked out by hand.

use crate::world::*;
use warmline_coordination::chat::ChatVerb;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::figures::*;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::Supervision;
use warmline_time::Time;

/// Ten o'clock, UTC: an interval begins.
const TEN: u64 = 1_795_305_600 + 36_000;

fn world(change: impl FnOnce(&mut warmline_coordination::settings::FirmSettings)) -> World {
    let mut acme = acme();
    acme.agents[0].supervisor = Some(Supervision::default());
    acme.pools[0].numbers.truncate(2);
    change(&mut acme);
    let mut w = World::with(vec![acme]);
    w.now = Time::from_micros(TEN * 1_000_000);
    w
}

fn statistics(w: &mut World, name: &str) -> StatisticsView {
    match w.tell(Request::Statistics { agent: World::who(name) }) {
        Reply::Statistics(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn of_firm(w: &mut World) -> StatisticsView {
    match w.tell(Request::FirmStatistics { firm: "acme".into() }) {
        Reply::Statistics(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn pool(w: &mut World) -> PoolFigures {
    of_firm(w).pools[0].today
}

fn trunk(w: &mut World) -> TrunkFigures {
    of_firm(w).trunks[0].today
}

fn chats(w: &mut World) -> ChatFigures {
    of_firm(w).queues[0].chats_today
}

fn share(part: u64, whole: u64) -> Option<Share> {
    Share::of(part, whole)
}

#[test]
fn a_pools_numbers_in_use_given_dry_and_unused() {
    let mut w = world(|acme| acme.pools[0].shared = Some("+493012349999".into()));
    let first = w.open(wish(1, Mode::Dial));
    w.wait_secs(100);
    w.open(wish(2, Mode::Dial));
    let third = w.open(wish(3, Mode::Dial)); // None free: the shared one.
    assert_eq!(third.number.as_deref(), Some("+493012349999"));
    w.wait_secs(50);
    // 100 × 1 + 50 × 2 in the 150 s of this interval that have passed; of the day's 36,150.
    let view = of_firm(&mut w);
    let row = &view.pools[0];
    assert_eq!((row.pool.as_str(), row.numbers, row.in_use), ("web", 2, 2));
    assert_eq!(row.intervals[0].from, "2026-11-22T10:00:00.000Z");
    assert_eq!(row.intervals[0].figures.in_use_mean.as_f64(), 1.33);
    assert_eq!((row.today.in_use_mean.as_f64(), row.today.in_use_peak), (0.01, 2));
    let number = first.number.unwrap();
    let call = w.dial(&number, None); // Its holder's.
    w.wait_secs(1);
    w.customer_leaves(call); // He may come again.
    w.tell(Request::Cancel { reservation: first.id }); // 151 s.
    let late = w.dial(&number, None); // At once: its last holder's, probably.
    w.customer_leaves(late);
    let shared = w.dial("+493012349999", None); // He has to prove whose he is.
    w.customer_leaves(shared);
    w.wait_secs(400); // The second one's time is over after 300 s, without a call.
    let day = pool(&mut w);
    let expected = PoolFigures {
        in_use_peak: 2,
        in_use_mean: day.in_use_mean,
        given: 2,
        shared: 1,
        dry: 1,
        matched_exact: 1,
        matched_recent: 1,
        ambiguous: 1,
        unmatched: 0,
        expired_unused: 1,
        hold_secs: Some(226), // (151 + 300) / 2 = 225.5
    };
    assert_eq!(day, expected);
    w.crash();
    assert_eq!(pool(&mut w), expected, "the journal tells all of it");
    let row = &w.firms.figures(w.now)[0].pools[0];
    assert_eq!((row.given, row.dry, row.in_use, row.numbers), (0, 0, 0, 2), "counters begin anew");
    assert_eq!(row.today, expected);
}

#[test]
fn a_number_whose_holder_has_called_is_not_unused_also_after_a_restart() {
    let mut w = world(|_| {});
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    w.wait_secs(3);
    w.customer_leaves(call);
    w.open(wish(2, Mode::Dial));
    w.crash();
    w.wait_secs(400);
    let day = pool(&mut w);
    assert_eq!((day.given, day.expired_unused, day.hold_secs), (2, 1, Some(300)));
}

#[test]
fn a_trunk_up_and_down_with_calls_both_ways() {
    let mut w = world(|_| {});
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    w.wait_secs(60);
    w.ready("alice");
    let number = w.open(wish(1, Mode::Dial)).number.unwrap();
    let first = w.dial(&number, None);
    w.agent_answers(first);
    w.wait_secs(10);
    // Two at once: one is called who is busy, and once more.
    w.ready("bob");
    let job = w.open(wish(2, Mode::Callme)).id;
    let busy = *w.calls.keys().find(|&&call| call != first).unwrap();
    assert_eq!(of_firm(&mut w).trunks[0].on, 2);
    w.customer_fails(busy, Cause::Busy);
    assert_eq!(of_firm(&mut w).trunks[0].on, 1);
    w.tell(Request::Cancel { reservation: job });
    // One who left the queue by himself, and one call without room.
    w.lines = 0;
    let job = w.open(wish(3, Mode::Callme)).id;
    w.tell(Request::Cancel { reservation: job });
    w.customer_leaves(first);
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.wait_secs(40);
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    let view = of_firm(&mut w);
    let row = &view.trunks[0];
    assert_eq!((row.trunk.as_str(), row.up, row.on), ("carrier", true, 0));
    let day = row.today;
    assert_eq!((day.up_secs, day.down_secs, day.outages), (70, 40, 1));
    assert_eq!((day.calls_in, day.answered_in, day.most_at_once), (1, 1, 2));
    assert_eq!((day.calls_out, day.answered_out), (2, 0));
    assert_eq!(day.failed, TrunkFailures { busy: 1, full: 1, ..TrunkFailures::default() });
    assert_eq!(row.intervals.len(), 1);
    assert_eq!(row.intervals[0].figures, day);
    let row = w.firms.figures(w.now)[0].trunks[0].clone();
    assert_eq!((row.up, row.calls_in, row.calls_out, row.failed), (Some(true), 1, 2, 2));
    // The records say who called and who was called; nothing of outages, and of what never left.
    w.crash();
    let day = trunk(&mut w);
    assert_eq!((day.up_secs, day.down_secs, day.outages, day.most_at_once), (0, 0, 0, 0));
    assert_eq!((day.calls_in, day.answered_in, day.calls_out), (1, 1, 1));
    assert_eq!(day.failed, TrunkFailures { busy: 1, ..TrunkFailures::default() });
    assert_eq!(w.firms.figures(w.now)[0].trunks[0].up, None, "nobody has said yet");
}

#[test]
fn a_call_that_is_turned_away_is_on_no_trunk() {
    let mut w = world(|acme| acme.limits.waiting = 0);
    for _ in 0..3 {
        w.dial("+493012345001", None);
    }
    let row = of_firm(&mut w).trunks[0].clone();
    assert_eq!((row.on, row.today.calls_in, row.today.most_at_once), (0, 3, 1));
}

#[test]
fn phones_outside_are_on_the_trunk_too_and_a_call_by_a_route_is_not() {
    let mut w = world(|_| {});
    w.tell(Request::Login(World::who("dave")));
    w.desktop("dave");
    w.tell(Request::Presence(World::who("dave"), Presence::Ready, None));
    let call = w.dial_queue(None);
    w.wait_secs(1);
    assert_eq!(of_firm(&mut w).trunks[0].on, 1, "Dave's telephone");
    w.agent_answers(call);
    w.wait_secs(5);
    w.customer_leaves(call);
    let day = trunk(&mut w);
    assert_eq!((day.calls_in, day.calls_out, day.answered_out), (0, 1, 1));
    assert_eq!(of_firm(&mut w).trunks[0].on, 0);
}

fn by(name: &str, chat: ReservationId, verb: ChatVerb) -> Request {
    Request::AgentChat { agent: World::who(name), chat, verb }
}

#[test]
fn chats_count_beside_calls_and_never_among_them() {
    let mut w = world(|_| {});
    w.ready("alice");
    let open = |w: &mut World, n: u64| {
        let id = w.open(wish(n, Mode::Chat)).id;
        w.page(id);
        id
    };
    let first = open(&mut w, 1);
    w.wait_secs(4);
    w.tell(by("alice", first, ChatVerb::Accept)); // 4 s.
    let second = open(&mut w, 2);
    w.wait_secs(10);
    w.tell(by("alice", second, ChatVerb::Accept)); // 10 s.
    w.wait_secs(60);
    w.tell(by("alice", first, ChatVerb::End)); // 70 s.
    w.wait_secs(5);
    w.tell(by("alice", first, ChatVerb::Close)); // And 5 s.
    let third = open(&mut w, 3);
    w.wait_secs(3);
    w.tell(Request::Cancel { reservation: third }); // Short.
    w.ready("bob");
    let target = Target::Agent("bob".into());
    w.tell(by("alice", second, ChatVerb::Transfer(target))); // 68 s.
    w.wait_secs(2);
    w.tell(by("bob", second, ChatVerb::Accept));
    w.wait_secs(30);
    let expected = ChatFigures {
        offered: 3,
        answered: 2,
        answered_in_time: 2,
        abandoned: 1,
        abandoned_short: 1,
        service_level: share(2, 2),
        abandonment: share(0, 2),
        asa_secs: Some(7),
        handled: 1,
        handling_secs: 70 + 5 + 68,
        aht_secs: Some(72), // 143 / 2
    };
    assert_eq!(chats(&mut w), expected);
    let queue = of_firm(&mut w).queues.remove(0);
    assert_eq!(queue.today, QueueFigures::default(), "none is a call");
    assert_eq!(queue.chat_intervals[0].figures, expected);
    assert_eq!(w.firms.figures(w.now)[0].queues[0].chats, expected);
    w.crash();
    assert_eq!(
        chats(&mut w),
        ChatFigures { handling_secs: 138, aht_secs: Some(69), ..expected },
        "no wrap-up"
    );
    w.wait_secs(600); // Nobody comes back: what Bob had is over. He had it for 30 s, and until the visitor was gone for good.
    let day = chats(&mut w);
    assert_eq!((day.offered, day.answered, day.handled, day.abandoned), (3, 2, 2, 1));
}

#[test]
fn pools_and_trunks_are_for_supervisors_and_programs() {
    let mut w = world(|_| {});
    w.ready("bob");
    let view = statistics(&mut w, "bob");
    assert!(view.pools.is_empty() && view.trunks.is_empty());
    w.ready("alice");
    let view = statistics(&mut w, "alice");
    assert_eq!((view.pools.len(), view.trunks.len()), (1, 1));
    let whole = of_firm(&mut w);
    assert_eq!((&whole.pools, &whole.trunks), (&view.pools, &view.trunks));
    assert!(whole.agents.iter().all(|row| row.today.is_some() && row.intervals.is_empty()));
    // The floor says the same.
    let Reply::Floor(floor) = w.tell(Request::Floor { agent: World::who("alice") }) else { panic!() };
    assert_eq!((floor.pools[0].today, floor.trunks[0].today), (view.pools[0].today, view.trunks[0].today));
    assert_eq!(floor.queues[0].chats_today, view.queues[0].chats_today);
}
