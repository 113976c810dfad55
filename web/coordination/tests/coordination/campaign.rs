//! Campaigns (N 0040): imports, the hopper, progressive dialling, visitors first, times, figures, and what a restart leaves.

use crate::list::{at, dialled};
use crate::world::*;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_coordination::campaign::*;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::fact::Fact;
use warmline_coordination::hours::Hours;
use warmline_coordination::ids::CampaignId;
use warmline_coordination::request::*;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::settings::{Beyond, QueueSettings};

pub fn firm() -> String {
    "acme".into()
}

pub fn terms() -> Terms {
    Terms {
        name: "Spring".into(),
        site: "shop".into(),
        caller_id: None,
        retry: None,
        window: None,
        starts: None,
        ends: None,
        pacing: Pacing::Progressive,
    }
}

pub fn number(n: u64) -> String {
    format!("+4915123456{n:03}")
}

pub fn job(n: u64, priority: u8) -> Imported {
    let attributes = BTreeMap::from([("plan".to_owned(), format!("plan {n}"))]);
    let (name, consent) = (format!("Customer {n}"), "form 7, 2026-11-02".into());
    Imported { number: number(n), name, attributes, due: None, priority, consent }
}

pub fn opened(w: &mut World, terms: Terms) -> CampaignId {
    match w.tell(Request::OpenCampaign { firm: firm(), by: "crm".into(), terms: Box::new(terms) }) {
        Reply::Campaign(view) => view.id,
        other => panic!("{other:?}"),
    }
}

pub fn fill(w: &mut World, campaign: CampaignId, jobs: Vec<Imported>) -> ImportView {
    let jobs = jobs.into_iter().enumerate().map(|(index, job)| (index + 1, Ok(job))).collect();
    match w.tell(Request::FillCampaign { firm: firm(), by: "crm".into(), campaign, jobs }) {
        Reply::Imported(view) => *view,
        other => panic!("{other:?}"),
    }
}

pub fn set(w: &mut World, campaign: CampaignId, verb: CampaignVerb) -> Reply {
    w.tell(Request::SetCampaign { firm: firm(), by: "crm".into(), campaign, verb })
}

pub fn look(w: &mut World, campaign: CampaignId) -> CampaignView {
    match w.tell(Request::Campaigns { firm: firm(), campaign: Some(campaign) }) {
        Reply::Campaigns(mut rows) => rows.remove(0),
        other => panic!("{other:?}"),
    }
}

pub fn started(w: &mut World, terms: Terms, jobs: Vec<Imported>) -> CampaignId {
    let id = opened(w, terms);
    let count = jobs.len();
    assert_eq!(fill(w, id, jobs).accepted, count);
    assert!(matches!(set(w, id, CampaignVerb::Start), Reply::Campaign(_)));
    id
}

pub fn numbers(w: &World) -> Vec<String> {
    let number = |command: &Command| match command {
        Command::Dial { number, .. } => Some(number.clone()),
        _ => None,
    };
    w.commands.iter().filter_map(number).collect()
}

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_job_is_dialled_for_each_agent_who_is_ready_the_highest_priority_first() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    let id = started(&mut w, terms(), (1..=5).map(|n| job(n, if n == 4 { 7 } else { 4 })).collect());
    assert_eq!(numbers(&w), [number(4), number(1)]);
    let view = look(&mut w, id);
    assert_eq!((view.jobs, view.waiting, view.dialled, view.answered), (5, 3, 2, 0));
    assert_eq!(w.firms.counters().waiting, 0, "no place in any queue");
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.agent_answers(call);
    assert_eq!(w.desks["alice"].current["page"]["attributes"]["plan"], "plan 4");
    assert_eq!(numbers(&w).len(), 2, "nobody is free for a third");
    w.customer_fails(dialled(&w)[1], Cause::Busy);
    assert_eq!(numbers(&w)[2..], [number(2)]);
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.outcomes["busy"], view.last_24_h.answered), (1, 1, 1));
    w.customer_leaves(call);
    assert_eq!(w.violations(), 0);
}

#[test]
fn who_is_for_others_than_those_who_are_free_keeps_nobody_waiting() {
    let mut firm = acme();
    let skills = vec![("french".into(), 1)];
    let french = Then { skills, ..Then::default() };
    let when = "'plan' in page.attributes && page.attributes.plan in ['plan 1', 'plan 2', 'plan 3']";
    firm.rules = vec![RoutingRule {
        name: "french".into(),
        when: Condition::compile(when).expect("compiles"),
        then: french,
    }];
    firm.agents[1].skills.push(("french".into(), 3));
    let mut w = World::with(vec![firm]);
    w.ready("alice");
    started(&mut w, terms(), (1..=5).map(|n| job(n, 4)).collect());
    assert_eq!(numbers(&w), [number(4)]);
    w.ready("bob");
    assert_eq!(numbers(&w), [number(4), number(1)], "who came first is first for whom he is for");
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_busy_number_comes_again_before_those_never_dialled_and_by_the_campaigns_own_retries() {
    let mut w = World::new();
    w.ready("alice");
    let after = BTreeMap::from([("busy".to_owned(), Again { after_secs: 60, times: 1 })]);
    let retry = Some(Retries { after, max_attempts: 2 });
    let id = started(&mut w, Terms { retry, ..terms() }, vec![job(1, 4)]);
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    w.wait_secs(59);
    assert_eq!(numbers(&w).len(), 1);
    fill(&mut w, id, vec![job(2, 4), job(3, 4)]);
    assert_eq!(numbers(&w)[1..], [number(2)]);
    w.wait_secs(2);
    w.customer_fails(dialled(&w)[1], Cause::NotFound);
    assert_eq!(numbers(&w)[2..], [number(1)]);
    w.customer_fails(dialled(&w)[2], Cause::Busy);
    w.wait_secs(600);
    assert_eq!(numbers(&w).iter().filter(|other| **other == number(1)).count(), 2);
}

#[test]
fn visitors_go_first() {
    let mut w = World::new();
    w.ready("alice");
    let id = started(&mut w, terms(), (1..=3).map(|n| job(n, 7)).collect());
    let call = dialled(&w)[0];
    let asked = OpenReservation { number: Some("+4915199999999".into()), ..wish(9, Mode::Callme) };
    w.open(asked);
    let caller = w.dial_queue(Some("+4930901821"));
    w.customer_fails(call, Cause::Busy);
    assert_eq!(numbers(&w), [number(1), "+4915199999999".to_owned()], "who asked first, of those who did");
    w.customer_fails(dialled(&w)[1], Cause::Declined);
    assert_eq!(w.ringing_at("alice"), Some(caller));
    assert_eq!(look(&mut w, id).dialled, 1);
}

#[test]
fn lines_are_refused_by_their_code() {
    let mut w = World::new();
    let id = opened(&mut w, terms());
    let verb = ListVerb::Add;
    w.tell(Request::DoNotCall { firm: firm(), by: "tower".into(), number: number(5), verb });
    let bad = |number: &str| Imported { number: number.into(), ..job(1, 4) };
    let jobs = vec![
        job(1, 4),
        job(1, 4),
        bad("nobody"),
        bad("+4990012345678"),
        bad("+14155550100"),
        Imported { consent: " ".into(), ..job(2, 4) },
        job(3, 0),
        job(5, 4),
    ];
    let view = fill(&mut w, id, jobs);
    let codes: Vec<_> = view.refused.iter().map(|row| (row.line, row.code)).collect();
    let want = [
        (2, "duplicate"),
        (3, "number_invalid"),
        (4, "number_not_allowed"),
        (5, "number_not_allowed"),
        (6, "consent_missing"),
        (7, "priority_invalid"),
        (8, "do_not_call"),
    ];
    assert_eq!((view.accepted, codes), (1, want.to_vec()));
    assert_eq!(fill(&mut w, id, vec![job(1, 4)]).refused[0].code, "duplicate", "of an earlier request, too");
}

#[test]
fn what_a_campaign_cannot_be_is_refused() {
    let mut w = World::new();
    let mut ask = |terms: Terms| {
        code(w.tell(Request::OpenCampaign { firm: firm(), by: "crm".into(), terms: Box::new(terms) }))
    };
    assert_eq!(ask(Terms { site: "none".into(), ..terms() }), (422, "unknown_site"));
    assert_eq!(ask(Terms { caller_id: Some("+4930111".into()), ..terms() }), (422, "caller_id_not_allowed"));
    assert_eq!(ask(Terms { ends: Some(1), ..terms() }), (422, "ends_invalid"));
    assert_eq!(ask(Terms { pacing: Pacing::Predictive, ..terms() }), (422, "predictive_off"));
    let window = Some(Window { from: "17:00".into(), until: "09:00".into() });
    assert_eq!(ask(Terms { window, ..terms() }), (422, "window_invalid"));
    let id = opened(&mut w, terms());
    assert!(matches!(set(&mut w, id, CampaignVerb::Stop), Reply::Campaign(_)));
    assert_eq!(code(set(&mut w, id, CampaignVerb::Start)), (409, "stopped"));
}

#[test]
fn it_dials_within_its_times_only() {
    let mut w = World::new();
    w.ready("alice");
    // Sunday, 10:05 by the world's clock; a queue without hours goes by Greenwich.
    let window = Some(Window { from: "12:00".into(), until: "13:00".into() });
    let ends = Some((w.now + Duration::from_secs(3 * 3600)).as_micros());
    let id = started(&mut w, Terms { window, ends, ..terms() }, (1..=3).map(|n| job(n, 4)).collect());
    w.wait_secs(114 * 60);
    assert!(numbers(&w).is_empty());
    w.wait_secs(2 * 60);
    assert_eq!(numbers(&w).len(), 1);
    w.wait_secs(3600);
    let count = numbers(&w).len();
    w.wait_secs(3000);
    assert_eq!(numbers(&w).len(), count, "the window is over");
    w.wait_secs(1200);
    let view = look(&mut w, id);
    assert_eq!((view.state, view.waiting), (CampaignState::Stopped, 0));
}

#[test]
fn before_its_start_and_outside_its_window_it_dials_nobody_also_after_a_restart() {
    let mut w = World::new();
    w.ready("alice");
    // Sunday, 10:05; from Monday, 10:00 on, and then only after noon.
    let starts = Some((w.now + Duration::from_secs(24 * 3600 - 300)).as_micros());
    let window = Some(Window { from: "12:00".into(), until: "13:00".into() });
    let id = started(&mut w, Terms { starts, window, ..terms() }, vec![job(1, 4)]);
    w.wait_secs(12 * 3600);
    w.crash();
    w.ready("alice");
    w.wait_secs(12 * 3600);
    assert!(numbers(&w).is_empty(), "Monday, 10:05");
    w.wait_secs(114 * 60);
    assert!(numbers(&w).is_empty(), "11:59");
    w.wait_secs(2 * 60);
    assert_eq!((numbers(&w), look(&mut w, id).dialled), (vec![number(1)], 1));
}

#[test]
fn e27_its_window_is_by_the_clock_on_the_wall_on_the_day_on_which_the_clocks_change() {
    let mut settings = acme();
    settings.queues[0].hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), None, Vec::new()));
    let mut w = World::with(vec![settings]);
    w.wait(at("2027-03-27T07:59:00Z").since(w.now));
    w.ready("alice");
    let window = Some(Window { from: "09:00".into(), until: "10:00".into() });
    started(&mut w, Terms { window, ..terms() }, (1..=500).map(|n| job(n, 4)).collect());
    let mut count = |until: &str| {
        w.wait(at(until).since(w.now));
        numbers(&w).len()
    };
    assert_eq!(count("2027-03-27T07:59:59Z"), 0);
    assert_eq!(count("2027-03-27T08:00:00Z"), 1, "nine o'clock");
    let first = count("2027-03-27T09:00:00Z");
    assert!(first > 10, "{first}");
    assert_eq!(count("2027-03-28T06:59:59Z"), first, "it was ten o'clock, and is not nine");
    assert_eq!(count("2027-03-28T07:00:00Z"), first + 1, "nine o'clock, 23 hours after it was that last");
    let second = count("2027-03-28T08:00:00Z");
    assert!(second > first + 10, "{second}");
    assert_eq!(count("2027-03-28T12:00:00Z"), second);
}

#[test]
fn stopped_what_rings_goes_on_and_nothing_else() {
    let mut w = World::new();
    w.ready("alice");
    let id = started(&mut w, terms(), (1..=3).map(|n| job(n, 4)).collect());
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    assert_eq!(numbers(&w).len(), 2);
    set(&mut w, id, CampaignVerb::Stop);
    let call = dialled(&w)[1];
    w.customer_fails(call, Cause::Busy);
    w.wait_secs(3600);
    assert_eq!(numbers(&w).len(), 2);
    let view = look(&mut w, id);
    assert_eq!((view.waiting, view.outcomes["stopped"], w.firms.counters().jobs_open), (0, 1, 0));
    // Who opened, filled, started and stopped it is in the journal.
    let who = |fact: &Fact| matches!(fact, Fact::CampaignOpened { by, .. } | Fact::CampaignFilled { by, .. } | Fact::CampaignSet { by, .. } if by.as_deref() == Some("crm"));
    assert_eq!(w.facts(who), 4);
}

#[test]
fn nobody_is_dialled_who_said_never_since_nor_while_the_number_is_called_for_a_visitor() {
    let mut w = World::new();
    w.ready("alice");
    let id = opened(&mut w, terms());
    fill(&mut w, id, vec![job(1, 4), job(2, 4)]);
    w.open(OpenReservation { number: Some(number(2)), ..wish(1, Mode::Callme) });
    let verb = ListVerb::Add;
    w.tell(Request::DoNotCall { firm: firm(), by: "tower".into(), number: number(1), verb });
    set(&mut w, id, CampaignVerb::Start);
    w.ready("bob");
    assert_eq!(numbers(&w), [number(2)], "the visitor's");
    assert_eq!(look(&mut w, id).outcomes["do_not_call"], 1);
    w.crash();
    assert_eq!(look(&mut w, id).outcomes["do_not_call"], 1);
}

#[test]
fn a_restart_leaves_hopper_state_and_figures_as_they_were() {
    let mut w = World::new();
    w.ready("alice");
    let id = started(&mut w, terms(), (1..=4).map(|n| job(n, 4)).collect());
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let call = dialled(&w)[1];
    w.customer_answers(call);
    w.agent_answers(call);
    w.customer_leaves(call);
    let before = look(&mut w, id);
    assert_eq!((before.waiting, before.dialled, before.answered), (3, 2, 1));
    w.crash();
    assert_eq!(look(&mut w, id), before);
    w.ready("alice");
    assert_eq!(numbers(&w)[2..], [number(3)], "it goes on where it was");
    let call = *dialled(&w).last().unwrap();
    w.customer_fails(call, Cause::NotFound);
    assert_eq!(numbers(&w)[3..], [number(4)]);
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_number_of_the_firm_is_shown_where_the_campaign_says_so() {
    let mut w = World::new();
    w.ready("alice");
    let caller_id = Some("+493012345000".to_owned());
    started(&mut w, Terms { caller_id: caller_id.clone(), ..terms() }, vec![job(1, 4)]);
    let shown = w.commands.iter().find_map(|command| match command {
        Command::Dial { caller_id, detect, .. } => Some((caller_id.clone(), *detect)),
        _ => None,
    });
    assert_eq!(shown, caller_id.map(|number| (number, true)));
}

#[test]
fn a_queue_that_another_one_stands_in_for_is_closed_to_campaigns_and_nothing_hangs() {
    let mut settings = acme();
    let mut week: [Vec<_>; 7] = Default::default();
    week[..5].fill(vec!["09:00-17:00".parse().unwrap()]);
    settings.queues[0].hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new()));
    settings.queues[0].closed = Some(Beyond::Queue("night".into()));
    settings.queues.push(QueueSettings { name: "night".into(), ..QueueSettings::default() });
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    started(&mut w, terms(), vec![job(1, 4)]);
    w.wait_secs(6 * 3_600);
    assert!(numbers(&w).is_empty(), "it is Sunday");
    w.wait_secs(24 * 3_600);
    assert!(!numbers(&w).is_empty(), "Monday");
}

#[test]
fn who_asks_himself_is_called_although_a_campaign_waits_for_him() {
    let mut w = World::new();
    w.ready("alice");
    let id = started(&mut w, terms(), vec![job(1, 4)]);
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let view = w.open(OpenReservation { number: Some(number(1)), ..wish(1, Mode::Callme) });
    assert_eq!(numbers(&w), [number(1), number(1)]);
    w.customer_answers(dialled(&w)[1]);
    w.agent_answers(dialled(&w)[1]);
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1", "{view:?}");
    w.customer_leaves(dialled(&w)[1]);
    w.wait_secs(24 * 3_600);
    assert_eq!(numbers(&w).len(), 2, "the campaign has nothing more to ask of him");
    let view = look(&mut w, id);
    assert_eq!((view.waiting, view.outcomes["met"]), (0, 1));
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_campaign_that_is_over_is_not_begun() {
    let mut w = World::new();
    w.ready("alice");
    let ends = Some((w.now + Duration::from_secs(60)).as_micros());
    let id = opened(&mut w, Terms { ends, ..terms() });
    fill(&mut w, id, vec![job(1, 4)]);
    w.wait_secs(61);
    assert_eq!(code(set(&mut w, id, CampaignVerb::Start)).0, 409);
    assert!(numbers(&w).is_empty());
}

#[test]
fn a_campaign_ends_at_its_end_also_where_something_happens_all_the_time() {
    let mut w = World::new();
    w.ready("alice");
    let ends = Some((w.now + Duration::from_secs(5)).as_micros());
    let id = started(&mut w, Terms { ends, ..terms() }, vec![job(1, 4), job(2, 4)]);
    for n in 0..80 {
        // The firm takes each step before its timers.
        w.now = w.now + Duration::from_millis(100);
        let state = if n % 2 == 0 { Presence::NotReady } else { Presence::Ready };
        w.tell(Request::Presence(World::who("alice"), state, None));
        w.wait(Duration::ZERO);
    }
    assert_eq!(look(&mut w, id).state, CampaignState::Stopped);
}

#[test]
fn n18_a_nuisance_is_dropped_and_not_dialled() {
    let mut firm = acme();
    firm.contacts[0].priority = 0;
    firm.rules = vec![RoutingRule {
        name: "nobody".into(),
        when: Condition::compile("'plan' in page.attributes && page.attributes.plan == 'plan 2'").unwrap(),
        then: Then { priority: Some(0), ..Then::default() },
    }];
    let mut w = World::with(vec![firm]);
    w.ready("alice");
    w.ready("bob");
    let known = Imported { number: "+4930222333".into(), ..job(9, 7) };
    let id = started(&mut w, terms(), vec![known, job(2, 6), job(1, 4), job(3, 4)]);
    assert_eq!(numbers(&w), [number(1), number(3)]);
    assert_eq!(look(&mut w, id).outcomes["nuisance"], 2, "by his record, and by the rules");
    w.crash();
    assert_eq!((look(&mut w, id).outcomes["nuisance"], w.violations()), (2, 0), "the journal keeps it");
}

#[test]
fn one_agent_serves_all_campaigns_in_turn() {
    let mut w = World::new();
    let first = started(&mut w, terms(), (1..=6).map(|n| job(n, 7)).collect());
    let last = started(&mut w, terms(), (11..=16).map(|n| job(n, 1)).collect());
    w.ready("alice");
    for _ in 0..6 {
        let call = dialled(&w).last().copied().expect("somebody is dialled");
        w.customer_fails(call, Cause::Declined);
        w.wait_secs(1);
    }
    let (one, other) = (look(&mut w, first).dialled, look(&mut w, last).dialled);
    assert_eq!(one + other, 7, "one after the other");
    assert!(one.abs_diff(other) <= 1, "{one} and {other}: nobody waits for the whole of another's lot");
}

#[test]
fn who_waits_for_an_agent_goes_before_others_of_higher_priority_in_the_end() {
    let mut w = World::new();
    let id = started(&mut w, terms(), vec![job(1, 1)]);
    w.ready("alice");
    let call = dialled(&w).last().copied().expect("dialled");
    // Busy: he is dialled again later, and there is nobody then.
    w.customer_fails(call, Cause::Busy);
    w.close_desktop("alice");
    w.wait_secs(3_600);
    fill(&mut w, id, vec![job(2, 7)]);
    w.ready("alice");
    assert_eq!(numbers(&w).last(), Some(&number(1)));
}
