//! Corner cases of the replay, each with a few rows of a journal.

use super::*;
use crate::ids::{ContactId, VisitorId};
use crate::number::PoolKind;
use serde_json::{Value, json};

const OWN: &str = "+493012345000";
const SHARED: &str = "+493012345999";
/// When the first is asked for.
const START: u64 = 1_795_341_900;

fn at(secs: u64) -> Time {
    Time::from_micros((START + secs) * 1_000_000)
}

/// Numbers are held for 300 s, for 900 s with renewals, and rest for 30 s.
fn pool(numbers: usize) -> PoolSettings {
    PoolSettings {
        name: "web".into(),
        numbers: (0..numbers).map(|n| format!("+49301234500{n}")).collect(),
        trunk: "carrier".into(),
        country: None,
        kind: PoolKind::default(),
        ttl: Duration::from_secs(300),
        claim: Duration::from_secs(45),
        max_hold: Duration::from_secs(900),
        remember: Duration::from_secs(1800),
        cooling: Duration::from_secs(30),
        early: Duration::ZERO,
        trust_open_page: false,
        screen_failed: true,
        shared: Some(SHARED.into()),
    }
}

/// A day's journal as it is learnt; people are known by their numbers.
struct Day(PoolReplay);

impl Day {
    /// Of a pool with so many numbers; so many seconds are tried.
    fn of(numbers: usize, tried: u64) -> Self {
        Day(PoolReplay::new(&pool(numbers), Duration::from_secs(tried), at(0)))
    }

    fn row(&mut self, secs: u64, fact: Value) {
        let fact = serde_json::from_value(fact).expect("a fact");
        self.0.learn(at(secs), &fact).expect("few");
    }

    fn opened(&mut self, who: u128, secs: u64, number: Option<&str>, more: Value) {
        let mut fact = json!({
            "fact": "reservation_opened", "reservation": id(who), "site": "shop", "asked": "dial",
            "mode": if number.is_some() { "dial" } else { "browser" }, "visitor": VisitorId::mint(at(0), who),
            "contact": ContactId::mint(at(0), who), "page": {"url": "", "title": ""}, "snapshot": null, "consent": null,
            "idempotency_key": null, "trace_id": "t", "number": number, "pin": null,
            "expires_at": at(secs + 300).as_micros(), "agent": null, "claim_until": 0, "job": null, "callee": null,
            "pool": "web",
        });
        let into = fact.as_object_mut().expect("an object");
        into.extend(more.as_object().expect("an object").clone());
        self.row(secs, fact);
    }

    /// He has a number of his own.
    fn has(&mut self, who: u128, secs: u64) {
        self.opened(who, secs, Some(OWN), json!({}));
    }

    /// He has it until then from now on.
    fn kept(&mut self, who: u128, secs: u64, until: u64) {
        let fact = json!({
            "fact": "reservation_changed", "reservation": id(who), "mode": "dial", "number": OWN,
            "expires_at": at(until).as_micros(), "number_free_at": null,
        });
        self.row(secs, fact);
    }

    fn closed(&mut self, who: u128, secs: u64, reason: &str) {
        let free_at = at(secs + 30).as_micros();
        let fact = json!({
            "fact": "reservation_closed", "reservation": id(who), "reason": reason, "number_free_at": free_at,
        });
        self.row(secs, fact);
    }

    /// Row `kind` of a call of his: since when, when it was answered.
    fn call(&mut self, kind: &str, who: u128, secs: u64, (began, answered): (u64, Option<u64>)) {
        let call = CallId::mint(at(began), who);
        let fact = json!({
            "fact": kind, "call": call, "reservation": id(who), "contact": null, "channel": "phone", "page_title": "",
            "agent": null, "started": at(began).as_micros(), "answered": answered.map(|secs| at(secs).as_micros()),
            "ended": at(secs).as_micros(), "cause": "normal", "trace_id": "t",
        });
        self.row(secs, fact);
    }

    fn rings(&mut self, who: u128, secs: u64) {
        self.call("call_on", who, secs, (secs, None));
    }

    fn answered(&mut self, who: u128, began: u64, secs: u64) {
        self.closed(who, secs, "normal");
        self.call("call_on", who, secs, (began, Some(secs)));
    }

    /// Whether somebody who asks then has a number of his own where the pool has one, by [`Ttl`].
    fn is_free(&mut self, secs: u64) -> [bool; 2] {
        let asked = self.0.played(Ttl::Configured, 1).requests;
        self.opened(1_000 + u128::from(asked), secs, Some(SHARED), json!({}));
        [Ttl::Configured, Ttl::Tried].map(|ttl| {
            let figures = self.0.played(ttl, 1);
            assert_eq!(figures.at_once + figures.without, asked + 1);
            figures.without == 0
        })
    }

    fn late(&self) -> [u64; 2] {
        [Ttl::Configured, Ttl::Tried].map(|ttl| self.0.played(ttl, 1).late)
    }
}

fn id(who: u128) -> ReservationId {
    ReservationId::mint(at(0), who)
}

/// Who has the only number of the pool does something; whether it is free then.
fn free_at(tried: u64, does: impl Fn(&mut Day), secs: u64) -> [bool; 2] {
    let mut day = Day::of(1, tried);
    day.has(1, 0);
    does(&mut day);
    day.is_free(secs)
}

#[test]
fn a_number_rests_before_somebody_else_has_it() {
    let canceled = |day: &mut Day| day.closed(1, 10, "canceled");
    assert_eq!(free_at(300, canceled, 39), [false; 2]);
    assert_eq!(free_at(300, canceled, 40), [true; 2]);
}

#[test]
fn its_time_is_over_by_what_is_tried() {
    let nothing = |_: &mut Day| {};
    assert_eq!(free_at(120, nothing, 149), [false, false]);
    assert_eq!(free_at(120, nothing, 150), [false, true]);
    assert_eq!(free_at(120, nothing, 330), [true, true]);
    let expired = |day: &mut Day| day.closed(1, 300, "expired");
    assert_eq!(free_at(600, expired, 629), [true, false], "where it has more time, that is not over");
    assert_eq!(free_at(600, expired, 630), [true, true]);
}

#[test]
fn a_renewal_counts_from_its_moment_and_up_to_the_most() {
    let twice = |day: &mut Day| {
        day.kept(1, 100, 400);
        day.kept(1, 350, 650);
    };
    assert_eq!(free_at(280, twice, 659), [false, false]);
    assert_eq!(free_at(280, twice, 660), [false, true], "280 s after the second, and the rest");
    assert_eq!(free_at(250, twice, 380), [false, true], "the second came at the end of the first");
    let often = |day: &mut Day| {
        day.kept(1, 250, 550);
        day.kept(1, 500, 800);
        day.kept(1, 750, 900);
    };
    assert_eq!(free_at(400, often, 929), [false, false]);
    assert_eq!(free_at(400, often, 930), [true, true], "900 s are the most");
}

#[test]
fn a_tap_keeps_it_for_a_minute_whatever_is_tried() {
    let tapped = |day: &mut Day| day.kept(1, 290, 350);
    assert_eq!(free_at(295, tapped, 379), [false, false]);
    assert_eq!(free_at(295, tapped, 380), [true, true]);
    assert_eq!(free_at(200, tapped, 230), [false, true], "there is nothing to be tapped any more");
}

#[test]
fn a_call_keeps_it_until_it_is_answered_or_given_up() {
    let rings = |day: &mut Day| day.rings(1, 290);
    assert_eq!(free_at(300, rings, 4_000), [false; 2], "it rings still");
    let answered = |day: &mut Day| {
        day.rings(1, 290);
        day.answered(1, 290, 340);
    };
    assert_eq!(free_at(320, answered, 369), [false; 2]);
    assert_eq!(free_at(320, answered, 370), [true; 2], "the call is connected, not the number");
    let gave_up = |day: &mut Day| {
        day.rings(1, 290);
        day.call("call_recorded", 1, 310, (290, None));
        day.closed(1, 310, "canceled");
    };
    assert_eq!(free_at(400, gave_up, 339), [false, false]);
    assert_eq!(free_at(400, gave_up, 340), [true, false], "he has what is left of its time");
    assert_eq!(free_at(400, gave_up, 430), [true, true]);
}

#[test]
fn who_calls_when_its_time_is_over_is_late() {
    let mut day = Day::of(1, 120);
    day.has(1, 0);
    day.rings(1, 120);
    day.answered(1, 120, 130);
    day.call("call_recorded", 1, 140, (120, Some(130)));
    assert_eq!(day.late(), [0, 1], "at the very end");
    day.rings(1, 150);
    assert_eq!(day.late(), [0, 1], "who calls once more has spoken");
    assert_eq!(day.is_free(150), [false, true], "the late call has kept nothing");
    // Whose time was over already, by the journal alone.
    let mut day = Day::of(1, 600);
    day.has(1, 0);
    day.closed(1, 300, "expired");
    day.call("call_recorded", 1, 400, (310, Some(330)));
    assert_eq!(day.late(), [1, 0]);
    assert_eq!(day.is_free(359), [true, false]);
    let mut day = Day::of(1, 600);
    day.has(1, 0);
    day.closed(1, 10, "canceled");
    day.rings(1, 20);
    assert_eq!(day.late(), [1, 1], "he has given it back himself");
}

#[test]
fn who_had_the_shared_number_has_his_own_where_there_is_one_more() {
    let mut day = Day::of(1, 300);
    day.has(1, 0);
    day.opened(2, 10, Some(SHARED), json!({}));
    day.rings(2, 20);
    day.answered(2, 20, 30);
    let expected = |at_once, without, most| Figures { requests: 2, at_once, without, most, late: 0 };
    assert_eq!(day.0.played(Ttl::Configured, 1), expected(1, 1, 1));
    assert_eq!(day.0.played(Ttl::Configured, 2), expected(2, 0, 2));
    assert_eq!(day.0.played(Ttl::Configured, 0), expected(0, 2, 0));
    assert_eq!(day.0.really(), Really { own: 1, without: 1, otherwise: 0 });
    // His own is free again when that is answered: of two numbers one is to be had.
    day.opened(3, 59, Some(SHARED), json!({}));
    assert_eq!(day.0.played(Ttl::Configured, 2).without, 1);
    day.opened(4, 60, Some(SHARED), json!({}));
    assert_eq!(day.0.played(Ttl::Configured, 2).without, 1);
}

#[test]
fn only_who_found_none_free_is_without_one() {
    let mut day = Day::of(1, 300);
    day.opened(1, 0, None, json!({}));
    assert_eq!(day.0.really(), Really { own: 0, without: 0, otherwise: 1 }, "its trunk was down");
    day.has(2, 1);
    day.opened(3, 2, None, json!({}));
    day.closed(2, 10, "canceled");
    day.opened(4, 39, None, json!({"mode": "ticket"}));
    day.opened(5, 40, None, json!({"mode": "ticket"}));
    day.opened(6, 41, None, json!({"hidden": true}));
    day.opened(7, 41, Some("+49891234567"), json!({"pool": "south"}));
    day.opened(8, 41, None, json!({"asked": "callme", "mode": "callme"}));
    assert_eq!(day.0.really(), Really { own: 1, without: 2, otherwise: 2 });
    assert_eq!(day.0.played(Ttl::Configured, 9).requests, 3);
    // An earlier version did not say which pool it was.
    day.opened(9, 50, Some(SHARED), json!({"pool": null}));
    day.opened(10, 50, Some("+49891234567"), json!({"pool": null}));
    assert_eq!(day.0.really().without, 3);
}

#[test]
fn a_number_that_its_trunk_has_lost_is_given_back() {
    let lost = |day: &mut Day| {
        let fact = json!({
            "fact": "reservation_changed", "reservation": id(1), "mode": "browser", "number": null,
            "expires_at": at(300).as_micros(), "number_free_at": at(130).as_micros(),
        });
        day.row(100, fact);
    };
    assert_eq!(free_at(300, lost, 129), [false; 2]);
    assert_eq!(free_at(300, lost, 130), [true; 2]);
    // And, as the journal says, it is his again.
    let mut day = Day::of(1, 300);
    day.has(1, 0);
    lost(&mut day);
    day.opened(2, 130, None, json!({}));
    day.kept(1, 140, 440);
    day.opened(3, 150, None, json!({}));
    day.answered(1, 160, 170);
    day.kept(1, 175, 475);
    day.opened(4, 200, None, json!({}));
    assert_eq!(day.0.really(), Really { own: 1, without: 1, otherwise: 2 }, "not while it is his");
}

#[test]
fn what_was_asked_before_holds_its_numbers_and_is_not_counted() {
    let mut day = Day(PoolReplay::new(&pool(1), Duration::from_secs(300), at(100)));
    day.has(1, 0);
    day.opened(2, 50, Some(SHARED), json!({}));
    day.opened(3, 100, Some(SHARED), json!({}));
    assert_eq!(
        day.0.played(Ttl::Configured, 1),
        Figures { requests: 1, at_once: 0, without: 1, most: 1, late: 0 }
    );
    assert_eq!(day.0.really(), Really { own: 0, without: 1, otherwise: 0 });
}

#[test]
fn the_fewest_numbers_that_are_enough_are_found() {
    let mut day = Day::of(9, 60);
    assert_eq!(day.0.enough(Ttl::Tried, 100), 0, "for nobody none is needed");
    // One an hour, and five at once; ten minutes later, when their minute and the rest are over, three.
    for who in 0..192 {
        day.has(who, 4_000 * who as u64);
    }
    for who in 0..5 {
        day.has(200 + who, 800_000 + who as u64);
    }
    for who in 0..3 {
        day.has(300 + who, 800_200 + who as u64);
    }
    assert_eq!((day.0.enough(Ttl::Tried, 100), day.0.enough(Ttl::Configured, 100)), (5, 8));
    assert_eq!((day.0.played(Ttl::Tried, 5).without, day.0.played(Ttl::Tried, 4).without), (0, 1));
    // Two of 200 may be without.
    assert_eq!((day.0.enough(Ttl::Tried, 99), day.0.played(Ttl::Tried, 3).without), (3, 2));
    assert_eq!(day.0.played(Ttl::Tried, 2).without, 4, "three of the five, one of the three");
}

#[test]
fn more_than_fit_are_refused() {
    let mut day = Day::of(9, 300);
    day.0.most = 2;
    day.has(1, 0);
    day.has(2, 0);
    let third = json!({"fact": "reservation_closed", "reservation": id(3), "reason": "expired", "number_free_at": null});
    day.row(0, third);
    let fact = Fact::ReservationOpened(Box::new(serde_json::from_value(json!({
        "reservation": id(3), "site": "shop", "asked": "dial", "mode": "dial", "visitor": VisitorId::mint(at(0), 3),
        "contact": ContactId::mint(at(0), 3), "page": {"url": "", "title": ""}, "snapshot": null, "consent": null,
        "idempotency_key": null, "trace_id": "t", "number": OWN, "pin": null, "expires_at": 0, "agent": null,
        "claim_until": 0, "job": null, "callee": null, "pool": "web",
    })).expect("a request")));
    assert_eq!(day.0.learn(at(1), &fact), Err(TooMany(2)));
}
