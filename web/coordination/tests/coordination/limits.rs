//! How often and for how much call me dials (E13): each limit, the breaker, and what a restart knows of both.

use crate::campaign::{fill, job, opened, set, terms};
use crate::list::dialled;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::campaign::CampaignVerb;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::dial_limits::{DialLimits, Limit};
use warmline_coordination::dialing::{DialMode, Retry};
use warmline_coordination::fact::Fact;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::spending::{BreakerView, Spend};
use warmline_coordination::view::{ReservationView, VisitorState};

/// Of the default limits, with agents who are free at once.
fn firm() -> FirmSettings {
    let mut settings = acme();
    settings.callme.limits = DialLimits::default();
    settings.queues[0].wrapup = Duration::ZERO;
    settings
}

/// A firm that may spend so many cents in an hour, at 60 a minute.
fn poor(cents_per_hour: u32) -> World {
    let mut settings = firm();
    settings.callme.spend = Spend { prices: vec![("+49".into(), 60)], cents_per_hour, ..Spend::default() };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w
}

fn asks(n: u64) -> OpenReservation {
    OpenReservation { number: Some(format!("+49151{n:02}345678")), ..wish(n, Mode::Callme) }
}

/// Refused by a limit, and for how many seconds.
fn limited(w: &mut World, wish: OpenReservation) -> u32 {
    refused_as(w, wish, "callme_limited")
}

/// The same, by a limit that others have filled.
fn filled(w: &mut World, wish: OpenReservation) -> u32 {
    refused_as(w, wish, "callme_not_now")
}

fn refused_as(w: &mut World, wish: OpenReservation, code: &str) -> u32 {
    match w.tell(Request::Open(Box::new(wish))) {
        Reply::Problem(problem) => {
            assert_eq!((problem.status, problem.code), (429, code));
            problem.retry_after_secs.expect("Retry-After")
        }
        other => panic!("{other:?}"),
    }
}

fn counted(w: &World, limit: Limit) -> u64 {
    w.firms.counters().callme_limited[limit as usize]
}

/// Asked for, dialled and refused by whoever is called: over.
fn called_in_vain(w: &mut World, wish: OpenReservation) {
    let before = dialled(w).len();
    w.open(wish);
    let calls = dialled(w);
    assert_eq!(calls.len(), before + 1);
    w.customer_fails(calls[before], Cause::Declined);
}

/// Asked for, answered, and talked for so long.
fn talked(w: &mut World, wish: OpenReservation, secs: u64) -> ReservationView {
    let view = w.open(wish);
    let call = *dialled(w).last().expect("dialled");
    w.customer_answers(call);
    w.agent_answers(call);
    w.wait_secs(secs);
    w.customer_leaves(call);
    w.wait_secs(1);
    view
}

fn breaker(w: &mut World, open: Option<bool>) -> BreakerView {
    let request = Request::Breaker { firm: "acme".into(), by: "tower".into(), open };
    match w.tell(request) {
        Reply::Breaker(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn told(w: &World) -> Vec<(bool, String)> {
    let events = w.feed.iter().filter(|event| event.event == "callme.breaker");
    events.map(|event| (event.data["open"] == true, event.data["why"].as_str().unwrap().into())).collect()
}

#[test]
fn e13_one_number_is_dialled_four_times_an_hour_whoever_asks() {
    let mut w = World::with(vec![firm()]);
    w.ready("alice");
    for n in 1..=4 {
        called_in_vain(&mut w, wish(n, Mode::Callme));
        w.wait_secs(60);
    }
    assert_eq!(limited(&mut w, wish(5, Mode::Callme)), 3600 - 240);
    assert_eq!((dialled(&w).len(), counted(&w, Limit::NumberHour)), (4, 1));
    let later = Some(w.now + Duration::from_secs(2 * 3600));
    w.open(OpenReservation { due: later, ..wish(5, Mode::Callme) });
    w.wait_secs(2 * 3600);
    assert_eq!(dialled(&w).len(), 5, "at a time at which there is room again");
}

#[test]
fn e13_a_visitor_and_an_address_are_called_six_times_an_hour_and_a_site_as_often_as_it_may() {
    let from = |n: u64| OpenReservation { visitor: visitor(1), ..asks(n) };
    let near = |n: u64| OpenReservation { address: "office".into(), ..asks(n) };
    for (wish_of, limit) in
        [(&from as &dyn Fn(u64) -> OpenReservation, Limit::Visitor), (&near, Limit::Address)]
    {
        let mut w = World::with(vec![firm()]);
        w.ready("alice");
        (10..16).for_each(|n| called_in_vain(&mut w, wish_of(n)));
        assert!(limited(&mut w, wish_of(16)) <= 3600);
        assert_eq!(counted(&w, limit), 1);
        called_in_vain(&mut w, asks(17));
    }
    let mut settings = firm();
    settings.callme.limits.site_per_hour = 3;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    (10..13).for_each(|n| called_in_vain(&mut w, asks(n)));
    filled(&mut w, asks(13));
    assert_eq!(counted(&w, Limit::Site), 1);
}

#[test]
fn e13_neighbouring_numbers_share_a_limit() {
    let mut settings = firm();
    settings.callme.limits.prefix_per_hour = 3;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let neighbour =
        |n: u64| OpenReservation { number: Some(format!("+4915112345{n:03}")), ..wish(n, Mode::Callme) };
    (1..=3).for_each(|n| called_in_vain(&mut w, neighbour(n)));
    filled(&mut w, neighbour(4));
    assert_eq!(counted(&w, Limit::Prefix), 1);
    called_in_vain(&mut w, OpenReservation { number: Some("+4930901820".into()), ..wish(5, Mode::Callme) });
}

#[test]
fn e13_a_job_that_is_tried_again_waits_for_its_numbers_hour_and_day() {
    let mut settings = firm();
    let again = Retry { after: Duration::from_secs(60), times: 20 };
    settings.callme.retry.after.insert("busy".into(), again);
    settings.callme.retry.max_attempts = 20;
    settings.callme.expire = Duration::from_secs(7 * 86_400);
    settings.callme.policy.hours = warmline_coordination::calling_hours::CallingHours {
        default: warmline_coordination::calling_hours::week("00:00-24:00").expect("a week"),
        ..Default::default()
    };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let start = w.now;
    let mut times = Vec::new();
    let mut seen = 0;
    for _ in 0..25 * 60 {
        let calls = dialled(&w);
        if let Some(&call) = calls.get(seen) {
            seen += 1;
            times.push(w.now.since(start).as_secs());
            w.customer_fails(call, Cause::Busy);
        }
        w.wait_secs(60);
    }
    let within = |from: u64, secs: u64| times.iter().filter(|&&at| at >= from && at < from + secs).count();
    for &at in &times {
        assert!(within(at, 3_500) <= 4 && within(at, 86_300) <= 10, "{times:?}");
    }
    assert!(times.len() > 10 && times[4] >= 3_600, "{times:?}");
    assert!(counted(&w, Limit::NumberHour) > 0 && counted(&w, Limit::NumberDay) > 0);
    let page = w.page(view.id);
    assert!(page.state != VisitorState::Ended, "it goes on: {page:?}");
    assert_eq!(w.violations(), 0);
}

#[test]
fn e13_what_was_dialled_and_spent_is_known_after_a_crash() {
    let mut w = poor(100_000);
    for n in 1..=4 {
        called_in_vain(&mut w, wish(n, Mode::Callme));
    }
    talked(&mut w, OpenReservation { address: "office".into(), ..asks(5) }, 120);
    for n in 10..15 {
        called_in_vain(&mut w, OpenReservation { address: "office".into(), ..asks(n) });
    }
    let before = breaker(&mut w, None).spent_cents;
    assert_eq!((before.hour, before.day), (180, 180), "two minutes and one more, at 60 cents");
    w.crash();
    w.ready("alice");
    assert_eq!(breaker(&mut w, None).spent_cents, before);
    limited(&mut w, wish(6, Mode::Callme));
    limited(&mut w, OpenReservation { address: "office".into(), ..asks(16) });
    assert_eq!((counted(&w, Limit::NumberHour), counted(&w, Limit::Address)), (1, 1));
    let line = w.open(asks(17));
    let call = *dialled(&w).last().unwrap();
    w.customer_answers(call);
    w.agent_answers(call);
    w.wait_secs(60);
    w.crash();
    let after = breaker(&mut w, None).spent_cents;
    assert_eq!(after.day, before.day + 120, "what was on costs until the crash: {:?}", line.id);
    w.wait_secs(3_000);
    w.crash();
    assert_eq!(
        breaker(&mut w, None).spent_cents.day,
        after.day,
        "it is not paid for again at the next start"
    );
}

#[test]
fn e15_while_the_clock_is_wrong_nobody_is_dialled_and_jobs_keep_their_places() {
    let mut w = poor(300);
    w.firms.handle_clock(w.now, true);
    w.pump();
    let waits = w.open(asks(1));
    assert_eq!((dialled(&w).len(), w.page(waits.id).state), (0, VisitorState::Waiting));
    w.wait_secs(600);
    assert_eq!((dialled(&w).len(), w.state("alice")), (0, "ready".into()));
    w.firms.handle_clock(w.now, false);
    w.pump();
    assert_eq!((dialled(&w).len(), w.page(waits.id).state), (1, VisitorState::Dialing));
    assert_eq!(w.violations(), 0);
}

#[test]
fn e13_the_breaker_opens_when_the_hours_budget_is_spent_and_closes_after_an_hour() {
    let mut w = poor(300);
    talked(&mut w, asks(1), 60);
    assert!(!breaker(&mut w, None).open);
    talked(&mut w, asks(2), 120);
    let view = breaker(&mut w, None);
    assert!(view.open && view.spent_cents.hour == 300, "{view:?}");
    assert_eq!((view.why.as_deref(), told(&w)), (Some("hour"), vec![(true, "hour".into())]));
    assert_eq!(w.facts(|fact| matches!(fact, Fact::CallmeBreaker { open: true, .. })), 1);
    let counters = w.firms.counters();
    assert_eq!((counters.breakers_open, counters.breakers_opened, counters.callme_spent_cents), (1, 1, 300));
    let waits = w.open(asks(3));
    assert_eq!((dialled(&w).len(), w.page(waits.id).state), (2, VisitorState::Waiting), "it waits");
    assert_eq!(waits.position, Some(1), "with its place");
    assert_eq!(w.state("alice"), "ready", "and keeps no agent");
    w.wait_secs(3_500);
    assert_eq!(dialled(&w).len(), 2);
    w.wait_secs(110);
    assert_eq!((dialled(&w).len(), told(&w).len()), (3, 2));
    assert_eq!(told(&w)[1], (false, "time".into()));
    assert_eq!(w.page(waits.id).state, VisitorState::Dialing);
    assert_eq!((w.firms.counters().breakers_open, w.violations()), (0, 0));
}

#[test]
fn e13_a_call_that_goes_on_opens_it_while_it_is_on_and_is_not_ended() {
    let mut w = poor(300);
    w.open(asks(1));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.agent_answers(call);
    w.wait_secs(239);
    assert!(told(&w).is_empty());
    w.wait_secs(2);
    assert_eq!(told(&w), [(true, "hour".into())], "four minutes and one more");
    assert_eq!(w.state("alice"), "talking");
    w.customer_leaves(call);
}

#[test]
fn e13_the_days_budget_keeps_it_open_until_there_is_room() {
    let mut settings = firm();
    settings.callme.spend =
        Spend { prices: vec![("+".into(), 60)], cents_per_hour: 10_000, cents_per_day: 120 };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    talked(&mut w, asks(1), 60);
    assert_eq!(told(&w), [(true, "day".into())]);
    w.wait_secs(23 * 3600);
    assert_eq!(told(&w).len(), 1);
    w.wait_secs(3700);
    assert_eq!(told(&w).last(), Some(&(false, "time".into())));
}

#[test]
fn e13_a_program_closes_it_and_opens_it_and_what_was_spent_is_forgiven() {
    let mut w = poor(120);
    talked(&mut w, asks(1), 60);
    let waits = w.open(asks(2));
    assert_eq!(w.page(waits.id).state, VisitorState::Waiting);
    let view = breaker(&mut w, Some(false));
    assert!(!view.open && view.spent_cents.day == 0, "{view:?}");
    assert_eq!(w.page(waits.id).state, VisitorState::Dialing, "at once");
    let by = |fact: &Fact| matches!(fact, Fact::CallmeBreaker { by: Some(by), .. } if by == "tower");
    assert_eq!(w.facts(by), 1);
    assert!(breaker(&mut w, Some(true)).open);
    assert_eq!((w.facts(by), told(&w).last().cloned()), (2, Some((true, "program".into()))));
    breaker(&mut w, Some(true));
    assert_eq!(w.facts(by), 2, "it was open");
    w.crash();
    w.ready("alice");
    let view = breaker(&mut w, None);
    assert_eq!((view.open, view.why.as_deref(), view.spent_cents.day), (true, Some("program"), 0));
    assert_eq!(w.firms.counters().breakers_open, 1);
    w.wait_secs(3_700);
    assert!(!breaker(&mut w, None).open, "after its hour, counted from before the crash");
}

#[test]
fn e13_a_programs_word_holds_beyond_the_hour_that_a_budget_has_opened() {
    let mut w = poor(300);
    talked(&mut w, asks(1), 240);
    assert_eq!(breaker(&mut w, None).why.as_deref(), Some("hour"));
    w.wait_secs(3_000);
    let view = breaker(&mut w, Some(true));
    assert_eq!((view.open, view.why.as_deref()), (true, Some("program")));
    w.wait_secs(1_000);
    assert!(breaker(&mut w, None).open, "somebody has seen more than the budget has");
    assert_eq!(told(&w).last(), Some(&(true, "program".into())));
}

#[test]
fn e13_who_is_refused_keeps_what_he_has() {
    let mut w = poor(100_000);
    let held = w.open(OpenReservation { address: "office".into(), ..wish(1, Mode::Dial) });
    w.ready("bob");
    for n in 10..16 {
        called_in_vain(&mut w, OpenReservation { address: "office".into(), ..asks(n) });
    }
    let asks = OpenReservation { address: "office".into(), number: asks(17).number, ..wish(1, Mode::Callme) };
    limited(&mut w, asks);
    assert_eq!((w.page(held.id).state, w.page(held.id).number), (VisitorState::Held, held.number));
}

#[test]
fn e13_a_word_of_a_program_is_durable_before_it_is_answered() {
    let mut w = World::new();
    w.prompt = false;
    let request = w.ask(Request::Breaker { firm: "acme".into(), by: "tower".into(), open: Some(true) });
    assert!(!w.replies.contains_key(&request) && told(&w).is_empty());
    w.commit();
    assert!(matches!(&w.replies[&request], Reply::Breaker(view) if view.open));
    assert_eq!(told(&w).len(), 1);
}

#[test]
fn e13_other_budgets_close_it_and_open_it() {
    let mut w = poor(120);
    talked(&mut w, asks(1), 60);
    assert!(breaker(&mut w, None).open);
    w.reload(|settings| settings.callme.spend.cents_per_hour = 1_000);
    assert_eq!(told(&w).last(), Some(&(false, "settings".into())));
    w.reload(|settings| settings.callme.spend.cents_per_hour = 100);
    assert_eq!(told(&w).last(), Some(&(true, "hour".into())));
}

#[test]
fn e13_a_reload_of_something_else_closes_nothing() {
    let mut w = poor(130);
    talked(&mut w, asks(1), 60);
    w.wait_secs(1_800);
    talked(&mut w, asks(2), 60);
    w.wait_secs(2_000);
    let view = breaker(&mut w, None);
    assert!(view.open && view.spent_cents.hour < 130, "its hour is not over: {view:?}");
    w.reload(|settings| settings.queues[0].wrapup = Duration::from_secs(1));
    assert!(breaker(&mut w, None).open);
}

#[test]
fn e13_pages_offer_to_be_called_later_while_it_is_open() {
    let mut w = poor(120);
    let offer = |w: &mut World| match w.tell(Request::Offer {
        site: "shop".into(),
        modes: vec![Mode::Dial, Mode::Callme],
        identity: None,
        visitor: None,
        whence: Whence::default(),
    }) {
        Reply::Offer { modes, now, .. } => (modes, now.callme_later_only),
        other => panic!("{other:?}"),
    };
    assert_eq!(offer(&mut w), (vec![Mode::Dial, Mode::Callme], false));
    breaker(&mut w, Some(true));
    assert_eq!(offer(&mut w), (vec![Mode::Dial, Mode::Callme], true));
    w.open(wish(1, Mode::Dial));
}

#[test]
fn e13_supervisors_see_it_on_their_floor_and_nobody_else_hears_of_it() {
    let mut settings = firm();
    settings.agents[1].supervisor = Some(Default::default());
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    w.tell(Request::WatchFloor { agent: World::who("bob"), on: true });
    assert!(w.desks["bob"].floor["breaker"].is_null());
    breaker(&mut w, Some(true));
    w.wait_secs(2);
    assert_eq!(w.desks["bob"].floor["breaker"]["why"], "program");
    assert!(w.desks["bob"].events.contains(&"callme.breaker"));
    assert!(!w.desks["alice"].events.contains(&"callme.breaker"));
    breaker(&mut w, Some(false));
    w.wait_secs(2);
    assert!(w.desks["bob"].floor["breaker"].is_null());
}

#[test]
fn e13_campaigns_keep_budgets_and_numbers_limits_and_no_others() {
    let mut settings = firm();
    settings.callme.limits = DialLimits { prefix_per_hour: 1, site_per_hour: 1, ..DialLimits::default() };
    settings.callme.spend = Spend { prices: vec![("+".into(), 60)], cents_per_hour: 120, ..Spend::default() };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let id = opened(&mut w, terms());
    fill(&mut w, id, (1..=5).map(|n| job(n, 4)).collect());
    assert!(matches!(set(&mut w, id, CampaignVerb::Start), Reply::Campaign(_)));
    for n in 0..2 {
        w.customer_fails(dialled(&w)[n], Cause::Declined);
    }
    let call = dialled(&w)[2];
    w.customer_answers(call);
    w.agent_answers(call);
    w.wait_secs(61);
    w.customer_leaves(call);
    w.wait_secs(60);
    assert_eq!((dialled(&w).len(), told(&w)), (3, vec![(true, "hour".into())]));
    breaker(&mut w, Some(false));
    assert_eq!(dialled(&w).len(), 4);
}

#[test]
fn e13_agents_own_calls_do_not_count() {
    let mut settings = firm();
    settings.agents[0].calling.outbound = true;
    settings.callme.spend = Spend { prices: vec![("+".into(), 60)], cents_per_hour: 60, ..Spend::default() };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    for _ in 0..5 {
        let call = Request::Call { agent: World::who("alice"), number: MOBILE.into(), caller_id: None };
        assert_eq!(w.tell(call), Reply::Done);
        let call = w.ringing_at("alice").expect("her own phone");
        w.agent_answers(call);
        w.customer_answers(call);
        w.wait_secs(60);
        w.customer_leaves(call);
        w.wait_secs(1);
    }
    assert_eq!(breaker(&mut w, None).spent_cents.day, 0);
    called_in_vain(&mut w, wish(1, Mode::Callme));
}

#[test]
fn e13_a_breaker_that_opens_while_the_agents_phone_rings_keeps_the_customer_from_being_dialled() {
    let mut settings = firm();
    settings.callme.mode = DialMode::AgentFirst;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(asks(1));
    let call = *w.calls.keys().next().expect("alice is rung");
    assert!(breaker(&mut w, Some(true)).open);
    w.agent_answers(call);
    assert!(dialled(&w).is_empty());
    assert_eq!((w.page(view.id).state, w.state("alice").as_str()), (VisitorState::Waiting, "ready"));
    breaker(&mut w, Some(false));
    let call = *w.calls.keys().next().expect("she is rung again");
    w.agent_answers(call);
    assert_eq!((dialled(&w), w.violations()), (vec![call], 0));
}

#[test]
fn e13_the_agent_first_way_counts_and_costs_too() {
    let mut settings = firm();
    settings.callme.mode = DialMode::AgentFirst;
    settings.callme.spend = Spend { prices: vec![("+".into(), 60)], ..Spend::default() };
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    for _ in 0..4 {
        w.open(wish(1, Mode::Callme));
        let call = w.ringing_at("alice").expect("the agent first");
        w.agent_answers(call);
        assert!(matches!(w.commands.last(), Some(Command::Dial { .. })));
        w.customer_answers(call);
        w.wait_secs(60);
        w.customer_leaves(call);
        w.wait_secs(1);
    }
    assert_eq!(breaker(&mut w, None).spent_cents.day, 4 * 120);
    limited(&mut w, wish(1, Mode::Callme));
}
