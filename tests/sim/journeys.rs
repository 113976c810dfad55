//! Journeys of visitors and agents: click, number, call, talk, cool down; and visitors who leave at any moment.

use crate::desk::{self, DESKS};
use crate::dice::many;
use crate::journey::{FAITHFUL, HUMAN, Habits, Journey, Task, Visitor};
use crate::network::{CALM, STORM, Weather};
use std::time::Duration;
use warmline_coordination::request::{Mode, Request};
use warmline_coordination::routing::Strategy;

/// Places of these words in the log, in this order.
fn in_order(log: &[String], words: &[&str]) {
    let mut from = 0;
    for word in words {
        let place = log[from..].iter().position(|row| row == word);
        from += place.unwrap_or_else(|| panic!("no {word:?} after {:?} in {log:#?}", &log[..from])) + 1;
    }
}

fn good(seed: u64, journey: &Journey) {
    let lost = journey.world.network.lost;
    let log = if journey.broken.is_empty() { "" } else { &journey.log.join("\n  ") };
    assert!(journey.broken.is_empty(), "seed {seed}, {lost} lost: {:#?}\n  {log}", journey.broken);
}

#[test]
fn a_click_becomes_a_number_a_call_and_a_free_number_again() {
    for (seed, weather) in [(1, CALM), (2, STORM)] {
        let mut journey = Journey::begin(seed, weather, FAITHFUL, Strategy::LongestIdle, 0..1, 1);
        let dials_after = Some((3_000, 3_000));
        let visitor = journey.visitor(Visitor { dials_after, ..Visitor::default() });
        journey.log.clear();
        journey.after(0, 0, Task::Click(visitor, Mode::Dial));
        journey.after(15_000, 15_000, Task::GiveUp(visitor));
        journey.pass(Duration::from_secs(14));
        assert_eq!(journey.state(0), "talking", "seed {seed}");
        journey.pass(Duration::from_secs(100));
        let words = [
            "agent0 sees Page 0",
            "agent0 claimed",
            "visitor dials",
            "alert",
            "agent0 probed",
            "ring",
            "agent's phone rings",
            "bridged",
            "page talking",
            "visitor hangs up",
            "page ended",
        ];
        in_order(&journey.log, &words);
        in_order(&journey.log, &["shown Dial", "visitor dials"]);
        in_order(&journey.log, &["agent0 talking", "agent0 wrapup", "agent0 ready"]);
        let numbers = ["event reservation.matched", "event number.cooling", "event number.free"];
        in_order(&journey.log, &numbers);
        for phone in [crate::setting::CARRIER, journey.desks[0].phone] {
            let heard: usize = journey.world.phones[phone].legs.values().map(|leg| leg.heard.len()).sum();
            assert!(heard > 10, "seed {seed}: phone {phone} heard {heard}");
        }
        // The only number is there for the next one.
        let next = journey.visitor(Visitor::default());
        journey.after(0, 0, Task::Click(next, Mode::Dial));
        journey.after(10_000, 10_000, Task::Withdraw(next));
        journey.pass(Duration::from_secs(400));
        let number =
            |visitor: usize| journey.visitors[visitor].view.as_ref().and_then(|view| view.number.clone());
        assert!(number(next).is_some());
        assert_eq!(number(visitor), number(next), "seed {seed}");
        journey.finish(0..1);
        good(seed, &journey);
        println!("sim: journey, seed {seed}, {} lost", journey.world.network.lost);
    }
}

#[test]
fn c8_a_call_goes_on_on_another_phone() {
    for (seed, weather) in [(11, CALM), (12, STORM), (13, STORM), (14, STORM)] {
        let habits = Habits { talk: (90_000, 90_000), ..FAITHFUL };
        let mut journey = Journey::begin(seed, weather, habits, Strategy::LongestIdle, 0..1, 2);
        let dials_after = Some((1_000, 1_000));
        let visitor = journey.visitor(Visitor { dials_after, ..Visitor::default() });
        journey.after(0, 0, Task::Click(visitor, Mode::Dial));
        journey.pass(Duration::from_secs(14));
        assert_eq!(journey.state(0), "talking", "seed {seed}");
        journey.log.clear();
        let first = journey.visitors[visitor].session.expect("a call");
        journey.after(0, 0, Task::Change(visitor, Mode::Dial));
        journey.pass(Duration::from_secs(20));
        in_order(&journey.log, &["keep", "shown another number", "visitor dials", "replace"]);
        in_order(&journey.log, &["replace", "event call.channel_changed"]);
        let over = ["ring", "agent0 wrapup", "agent hangs up"];
        assert!(!journey.log.iter().any(|row| over.contains(&row.as_str())), "{:#?}", journey.log);
        let second = journey.visitors[visitor].session.expect("another call");
        let legs = &journey.world.phones[crate::setting::CARRIER].legs;
        assert!(legs[&first].over && !legs[&second].over, "seed {seed}");
        let heard = legs[&second].heard.len();
        assert!(heard > 5, "seed {seed}: heard {heard}");
        // And the other way to an end: he hangs up there.
        journey.after(0, 0, Task::GiveUp(visitor));
        journey.pass(Duration::from_secs(400));
        in_order(&journey.log, &["event call.channel_changed", "visitor hangs up", "agent0 wrapup"]);
        journey.finish(0..1);
        good(seed, &journey);
    }
}

#[test]
fn a_visitor_who_asks_for_it_is_called() {
    let mut journey = Journey::begin(3, STORM, FAITHFUL, Strategy::LongestIdle, 0..1, 1);
    let visitor = journey.visitor(Visitor::default());
    journey.log.clear();
    journey.after(0, 0, Task::Click(visitor, Mode::Callme));
    journey.pass(Duration::from_secs(400));
    let words = ["agent0 claimed", "dial", "ring", "bridged", "agent hangs up", "page ended", "agent0 ready"];
    in_order(&journey.log, &words);
    journey.finish(0..1);
    good(3, &journey);
}

#[test]
fn a_group_rings_and_whoever_is_first_talks() {
    for (seed, weather) in [(4, CALM), (5, STORM)] {
        let mut journey = Journey::begin(seed, weather, FAITHFUL, Strategy::RingAll, 0..DESKS, 1);
        let dials_after = Some((3_000, 3_000));
        let visitor = journey.visitor(Visitor { dials_after, ..Visitor::default() });
        journey.log.clear();
        journey.after(0, 0, Task::Click(visitor, Mode::Dial));
        journey.after(15_000, 15_000, Task::GiveUp(visitor));
        journey.pass(Duration::from_secs(14));
        let state = |index: usize| journey.state(index);
        let talking = (0..DESKS).filter(|&index| state(index) == "talking").count();
        let ready = (0..DESKS).filter(|&index| state(index) == "ready").count();
        assert_eq!((talking, ready), (1, DESKS - 1), "seed {seed}: {:#?}", journey.log);
        let rung = journey.log.iter().filter(|row| *row == "ring").count();
        assert_eq!(rung, DESKS, "seed {seed}");
        journey.pass(Duration::from_secs(100));
        let ends =
            ["ring", "agent's phone rings", "bridged", "page talking", "visitor hangs up", "page ended"];
        in_order(&journey.log, &ends);
        assert_eq!(journey.log.iter().filter(|row| *row == "bridged").count(), 1);
        journey.finish(0..DESKS);
        good(seed, &journey);
        println!("sim: group, seed {seed}, {} lost", journey.world.network.lost);
    }
}

/// Visitors who come, dial or are called, and leave at any moment; agents who do not always answer.
fn interleaving(seed: u64, weather: Weather) -> Journey {
    let strategy = if seed.is_multiple_of(2) { Strategy::LongestIdle } else { Strategy::RingAll };
    let mut journey = Journey::begin(seed, weather, HUMAN, strategy, 0..DESKS, 2);
    let count = 1 + journey.dice.below(4) as usize;
    for _ in 0..count {
        let moments = [(0, 300), (0, 3_000), (0, 10_000), (0, 60_000)];
        let dials_after = (!journey.dice.percent(15)).then(|| journey.dice.pick(&moments));
        let patience = (!journey.dice.percent(20)).then(|| journey.dice.pick(&moments));
        let visitor = journey.visitor(Visitor { dials_after, patience, ..Visitor::default() });
        let mode = if journey.dice.percent(25) { Mode::Callme } else { Mode::Dial };
        journey.after(0, 20_000, Task::Click(visitor, mode));
        if journey.dice.percent(25) {
            journey.after(0, 60_000, Task::Withdraw(visitor));
        }
        if journey.dice.percent(10) {
            journey.after(2_000, 60_000, Task::Keep(visitor));
        }
        if journey.dice.percent(20) {
            journey.after(0, 60_000, Task::Renew(visitor));
        }
    }
    for desk in 0..DESKS {
        if journey.dice.percent(15) {
            journey.after(0, 60_000, Task::Button(desk));
        }
        let who = journey.desks[desk].who.clone();
        if journey.dice.percent(20) {
            let stranger = journey.visitor(Visitor { patience: Some((0, 30_000)), ..Visitor::default() });
            let number = desk::visitor_number(stranger);
            let call = Request::Call { agent: who, number, caller_id: None };
            journey.after(0, 60_000, Task::Web(call));
        }
        // A phone that is gone for a while.
        if journey.dice.percent(15) {
            let phone = journey.desks[desk].phone;
            journey.after(0, 40_000, Task::Register(phone, 0));
            journey.after(75_000, 80_000, Task::Register(phone, 3_600));
        }
    }
    // Who has a ticket may hold what the others have given back, and those before him have held it as long as they may.
    journey.pass(Duration::from_secs(2_400));
    journey.finish(0..DESKS);
    journey
}

#[test]
fn visitors_who_leave_at_any_moment_leave_no_agent_stuck() {
    let words =
        ["bridged", "replace", "prepare", "event call.parked", "event call.unparked", "it is his turn"];
    let (mut lost, mut seen) = (0, [0; 6]);
    let runs = many(300);
    for seed in 0..runs {
        let weather = if seed % 3 == 0 { CALM } else { STORM };
        let journey = interleaving(seed, weather);
        good(seed, &journey);
        lost += journey.world.network.lost;
        let count = |word: &str| journey.log.iter().filter(|row| *row == word).count() as u64;
        seen.iter_mut().zip(words).for_each(|(seen, word)| *seen += count(word));
    }
    println!("sim: {runs} interleavings from seed 0, {lost} lost; {words:?}: {seen:?}");
    assert!(seen[0] > runs / 3 && seen[1..].iter().all(|seen| *seen > runs / 50), "{words:?}: {seen:?}");
}

#[test]
fn the_same_seed_gives_the_same_journey() {
    let run = || interleaving(7, STORM);
    let (one, other) = (run(), run());
    assert_eq!((one.world.trace, one.log), (other.world.trace, other.log));
}
