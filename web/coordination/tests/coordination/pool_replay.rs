//! A pool's busy hour, and the same people with other settings: what the replay of the first says of the second is what happens in it (C16).
//!
//! The people do what they do at moments of their own, whatever they are shown: who has no number of his own calls the shared one with his
//! PIN. Each has a telephone that the firm knows, so that nobody's late call is taken for the call of who has the number by then.

use crate::world::*;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_coordination::cti::Prompt;
use warmline_coordination::fact::Fact;
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::pool_replay::{Figures, PoolReplay, Really, Ttl};
use warmline_coordination::request::*;
use warmline_coordination::settings::*;
use warmline_coordination::view::VisitorState;

const SHARED: &str = "+493012345999";
const PEOPLE: u64 = 240;
const AGENTS: usize = 16;

/// What somebody does, in seconds since he has asked.
#[derive(Clone, Copy, Debug)]
enum Does {
    Asks,
    Renews,
    Taps,
    Calls,
    Cancels,
    /// His call is answered, he gives it up, or he has said what he had to say.
    Answered(CallId),
    GivesUp(CallId),
    Leaves(CallId),
}

/// When who does what: by second, and by who comes first in it.
type Plan = BTreeMap<(u64, u64), (u64, Does)>;

fn plan(seed: u64, taps: bool) -> Plan {
    let mut dice = Dice(seed);
    let mut plan = Plan::new();
    let mut turn = 0;
    let mut does = |secs: u64, who: u64, what: Does| {
        turn += 1;
        plan.insert((secs, turn), (who, what));
    };
    for who in 0..PEOPLE {
        let asks = dice.roll(3_600);
        does(asks, who, Does::Asks);
        // Each is in time by the least that is configured here.
        let renewals = dice.roll(6).saturating_sub(2);
        let mut last = 0;
        for _ in 0..renewals {
            last += 30 + dice.roll(65);
            does(asks + last, who, Does::Renews);
        }
        let then = asks + last;
        match dice.roll(10) {
            0..=5 => {
                let calls = then + 5 + dice.roll(240);
                if taps {
                    does(calls - 5, who, Does::Taps);
                }
                does(calls, who, Does::Calls);
                // Every third gives up the first time, and calls again.
                if who % 3 == 0 {
                    does(calls + 40, who, Does::Calls);
                }
            }
            6 | 7 => does(then + dice.roll(100), who, Does::Cancels),
            _ => {}
        }
    }
    plan
}

fn firm(numbers: usize, ttl: u64) -> FirmSettings {
    let mut settings = acme();
    settings.agents = (0..AGENTS).map(|n| agent(&format!("agent{n:02}"), Station::Browser)).collect();
    settings.queues[0].wrapup = Duration::ZERO;
    settings.limits.per_address = 1_000;
    settings.contacts = (0..PEOPLE)
        .map(|n| ContactSettings {
            name: format!("Visitor {n}"),
            numbers: vec![telephone(n)],
            notes: String::new(),
            priority: 4,
            customer: Some(customer(n)),
        })
        .collect();
    let pool = &mut settings.pools[0];
    pool.numbers = (0..numbers).map(|n| format!("+49301234{n:04}")).collect();
    pool.ttl = Duration::from_secs(ttl);
    pool.shared = Some(SHARED.into());
    settings
}

fn telephone(n: u64) -> String {
    format!("+49301999{n:04}")
}

fn customer(n: u64) -> String {
    format!("c-{n}")
}

/// An hour with these people.
struct Hour {
    w: World,
    requests: BTreeMap<u64, ReservationId>,
    late: u64,
    tapped: u64,
}

impl Hour {
    fn of(settings: FirmSettings, mut plan: Plan) -> Self {
        let names: Vec<String> = settings.agents.iter().map(|agent| agent.name.clone()).collect();
        let mut hour = Hour { w: World::with(vec![settings]), requests: BTreeMap::new(), late: 0, tapped: 0 };
        names.iter().for_each(|name| hour.w.ready(name));
        let start = hour.w.now;
        while let Some(((secs, turn), (who, does))) = plan.pop_first() {
            let moment = start + Duration::from_secs(secs);
            hour.w.wait(moment.since(hour.w.now));
            let calls_again = plan.values().any(|&(other, next)| other == who && matches!(next, Does::Calls));
            if let Some((after, then)) = hour.does(who, does, calls_again) {
                plan.insert((secs + after, turn + 1_000_000), (who, then));
            }
        }
        hour.w.wait_secs(2_000);
        hour
    }

    /// What follows, and after how many seconds.
    fn does(&mut self, who: u64, does: Does, calls_again: bool) -> Option<(u64, Does)> {
        let w = &mut self.w;
        match does {
            Does::Asks => {
                let identity = Identity { customer: customer(who), ..Identity::default() };
                let wish = OpenReservation { identity: Some(Box::new(identity)), ..wish(who, Mode::Dial) };
                self.requests.insert(who, w.open(wish).id);
                None
            }
            Does::Renews => {
                w.ask(Request::Renew { reservation: self.requests[&who] });
                None
            }
            Does::Taps => {
                self.tapped += 1;
                w.ask(Request::DialIntent { reservation: self.requests[&who] });
                None
            }
            Does::Cancels => {
                w.ask(Request::Cancel { reservation: self.requests[&who] });
                None
            }
            Does::Calls => {
                let id = self.requests[&who];
                let is_over = w.page(id).state == VisitorState::Ended;
                let view = w.pages[&id].clone();
                let number = view.number.expect("his own or the shared one");
                self.late += u64::from(number != SHARED && is_over);
                let call = w.dial(&number, Some(&telephone(who)));
                if w.said(call).last() == Some(&Prompt::EnterPin) {
                    w.press(call, &view.pin.expect("a PIN"));
                }
                assert!(!w.calls[&call].ringing().is_empty(), "somebody is free");
                Some(if calls_again { (12, Does::GivesUp(call)) } else { (7, Does::Answered(call)) })
            }
            Does::Answered(call) => {
                w.agent_answers(call);
                Some((15, Does::Leaves(call)))
            }
            Does::GivesUp(call) | Does::Leaves(call) => {
                w.customer_leaves(call);
                None
            }
        }
    }

    /// What has happened, by the journal's rows and the firm's own counters.
    fn happened(&self) -> Figures {
        let own = |number: &Option<String>| number.as_deref().is_some_and(|number| number != SHARED);
        let mut in_use: BTreeMap<ReservationId, u64> = BTreeMap::new();
        let mut figures = Figures { late: self.late, ..Figures::default() };
        for entry in &self.w.journal {
            match &entry.fact {
                Fact::ReservationOpened(opened) => {
                    figures.requests += 1;
                    in_use.retain(|_, free_at| *free_at > entry.time.as_micros());
                    if own(&opened.number) {
                        figures.at_once += 1;
                        in_use.insert(opened.reservation, u64::MAX);
                    }
                    figures.most = figures.most.max(in_use.len() as u64);
                }
                Fact::ReservationClosed { reservation, number_free_at: Some(free_at), .. } => {
                    in_use.insert(*reservation, *free_at);
                }
                _ => {}
            }
        }
        Figures { without: self.w.firms.counters().pool_dry, ..figures }
    }

    fn replay(&self, tried: u64) -> PoolReplay {
        let pool = &self.w.settings[0].pools[0];
        let first = self.w.journal.first().expect("rows").time;
        let mut replay = PoolReplay::new(pool, Duration::from_secs(tried), first);
        self.w.journal.iter().for_each(|entry| replay.learn(entry.time, &entry.fact).expect("few"));
        replay
    }
}

/// Of each firm: its numbers and for how long they are held.
fn hours(seed: u64, firms: &[(usize, u64)], taps: bool) -> Vec<Hour> {
    firms.iter().map(|&(numbers, ttl)| Hour::of(firm(numbers, ttl), plan(seed, taps))).collect()
}

#[test]
fn c16_a_replay_as_configured_says_what_has_happened() {
    for seed in 1..=3 {
        for taps in [false, true] {
            let hour = &hours(seed, &[(12, 120)], taps)[0];
            let happened = hour.happened();
            // A pool that is too small, with people who come too late.
            assert!(happened.without > 10 && happened.at_once > 100 && happened.late > 5, "{happened:?}");
            assert!(hour.w.facts(|fact| matches!(fact, Fact::ReservationChanged(_))) > 50);
            let replay = hour.replay(120);
            assert_eq!(replay.played(Ttl::Configured, 12), happened, "seed {seed}");
            assert_eq!(replay.played(Ttl::Tried, 12), happened, "seed {seed}");
            let really = Really { own: happened.at_once, without: happened.without, otherwise: 0 };
            assert_eq!(replay.really(), really);
        }
    }
}

#[test]
fn c16_what_is_tried_is_what_happens_to_the_same_people() {
    for seed in 1..=long().map_or(1, |times| 20 * u64::from(times)) {
        let firms = [(12, 120), (12, 60), (12, 240), (18, 120), (60, 400), (4, 90)];
        let hours = hours(seed, &firms, false);
        for (hour, &(numbers, ttl)) in hours.iter().zip(&firms) {
            let replay = hours[0].replay(ttl);
            assert_eq!(
                replay.played(Ttl::Tried, numbers),
                hour.happened(),
                "seed {seed}: {numbers}, {ttl} s"
            );
        }
        // And back: from a pool that was large enough, to the one that was not.
        assert_eq!(hours[4].happened().without, 0);
        for (hour, &(numbers, ttl)) in hours.iter().zip(&firms) {
            let said = hours[4].replay(ttl).played(Ttl::Tried, numbers);
            assert_eq!(said, hour.happened(), "seed {seed}: {numbers}, {ttl} s");
        }
    }
}

#[test]
fn c16_as_many_numbers_as_are_said_to_be_enough_are() {
    let hours = hours(1, &[(12, 120)], false);
    let replay = hours[0].replay(200);
    let (all, most) = (replay.enough(Ttl::Tried, 100), replay.enough(Ttl::Tried, 99));
    assert!(most < all, "{most} and {all}");
    let with = |numbers| Hour::of(firm(numbers, 200), plan(1, false)).happened();
    assert_eq!(with(all).without, 0);
    assert!(with(all - 1).without > 0);
    assert!(with(most).at_once * 100 >= PEOPLE * 99 && with(most - 1).at_once * 100 < PEOPLE * 99);
}

/// A tap that prolonged nothing, or came when his time was over, has left no row; with another time it would have prolonged something. So
/// whoever tapped may be told late who would be in time, and his number free sooner than it would be: of each tap one call and one request.
#[test]
fn c16_taps_that_left_no_row_make_it_look_worse_by_no_more_than_their_number() {
    for seed in 1..=2 {
        for (is, tried) in [(240, 100), (100, 240)] {
            let hours = hours(seed, &[(12, is), (12, tried)], true);
            let (said, happened) = (hours[0].replay(tried).played(Ttl::Tried, 12), hours[1].happened());
            let more = said.late.checked_sub(happened.late).expect("never better");
            assert!(more > 0 && more <= hours[0].tapped, "{said:?} {happened:?}");
            assert!(happened.without.abs_diff(said.without) <= hours[0].tapped, "{said:?} {happened:?}");
        }
    }
}
