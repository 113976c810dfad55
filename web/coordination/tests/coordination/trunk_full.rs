//! A trunk without room for one more call: what never left is no attempt, and burns no list.

use crate::campaign::{job, look, started, terms};
use crate::list::dialled;
use crate::world::*;
use std::time::Duration;
use warmline_coordination::campaign::{Pacing, Terms};
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::dial_limits::DialLimits;
use warmline_coordination::dialing::DialMode;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::{FirmSettings, Station};
use warmline_coordination::view::VisitorState;

fn staffed(agents: usize, lines: usize, change: impl FnOnce(&mut FirmSettings)) -> World {
    let mut firm = acme();
    firm.agents = (0..agents).map(|n| agent(&format!("agent{n:02}"), Station::Browser)).collect();
    change(&mut firm);
    let mut w = World::with(vec![firm]);
    w.lines = lines;
    (0..agents).for_each(|n| w.ready(&format!("agent{n:02}")));
    w
}

fn person(n: u64) -> OpenReservation {
    OpenReservation { number: Some(format!("+49151234567{n:02}")), ..wish(n, Mode::Callme) }
}

fn ready(w: &World) -> usize {
    w.desks.keys().filter(|name| w.state(name) == "ready").count()
}

fn resolved(w: &World, word: &str) -> usize {
    w.facts(|f| matches!(f, Fact::DialResolved { outcome, .. } if outcome == word))
}

/// Who is on the line, the first who came first.
fn on_line(w: &World) -> CallId {
    dialled(w).into_iter().find(|call| w.calls.contains_key(call)).expect("somebody is on the line")
}

#[test]
fn a_job_that_never_left_is_no_attempt_and_waits_at_its_place() {
    let mut w = staffed(3, 1, |firm| {
        let limits = DialLimits { number_per_hour: 1, ..firm.callme.limits };
        firm.callme.limits = limits;
    });
    let first = w.open(person(1)).id;
    let call = on_line(&w);
    w.customer_answers(call);
    w.agent_answers(call);
    let second = w.open(person(2)).id;
    let third = w.open(person(3)).id;
    assert_eq!((dialled(&w).len(), resolved(&w, "trunk_full")), (2, 1), "the third is not even tried");
    for (id, place) in [(second, 1), (third, 2)] {
        let page = w.page(id);
        assert_eq!((page.state, page.reason, page.position), (VisitorState::Waiting, None, Some(place)));
        assert_eq!((page.attempts, page.due), (0, None), "it waits, and was not tried");
    }
    assert_eq!(ready(&w), 2, "without a mark");
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(_))), 0, "no call to be told of");
    // A second, then two, four, eight and ten: one try each, of the first in line and whoever is free beside.
    let mut tries = Vec::new();
    for second in 1..=40 {
        let before = dialled(&w).len();
        w.wait_secs(1);
        if dialled(&w).len() > before {
            tries.push(second);
        }
    }
    assert_eq!(tries, [1, 3, 7, 15, 25, 35]);
    assert_eq!((w.page(second).attempts, w.page(second).state), (0, VisitorState::Waiting));
    w.customer_leaves(on_line(&w));
    w.wait_secs(5);
    assert_eq!(
        w.page(second).state,
        VisitorState::Dialing,
        "the first in line, and no limit has counted the tries"
    );
    assert_eq!((w.page(third).state, w.page(third).position), (VisitorState::Waiting, Some(1)));
    w.lines = 2;
    w.wait_secs(1);
    assert_eq!(w.page(third).state, VisitorState::Dialing, "somebody was reached: a second again");
    assert_eq!((resolved(&w, "unreachable"), w.violations()), (0, 0));
    assert_eq!(w.page(first).reason.as_deref(), Some("normal"));
    assert!(w.firms.counters().trunk_full >= 8);
}

#[test]
fn visitors_who_are_due_at_once_are_all_called_one_trunks_second_after_the_other() {
    let mut w = staffed(20, usize::MAX, |_| {});
    let asked: Vec<_> = (1..=20)
        .map(|n| w.open(OpenReservation { due: Some(w.now + Duration::from_secs(60)), ..person(n) }).id)
        .collect();
    w.lines = 10;
    w.wait_secs(60);
    let are = |w: &mut World, state| asked.iter().filter(|id| w.page(**id).state == state).count();
    assert_eq!((are(&mut w, VisitorState::Dialing), are(&mut w, VisitorState::Waiting)), (10, 10));
    w.lines = 20;
    w.wait_secs(1);
    assert_eq!((are(&mut w, VisitorState::Dialing), are(&mut w, VisitorState::Waiting)), (20, 0));
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_restart_takes_it_back_as_well_and_dials_it_at_its_place() {
    let mut w = staffed(2, 0, |firm| firm.callme.limits.number_per_hour = 1);
    let id = w.open(person(1)).id;
    w.wait_secs(8);
    assert_eq!(resolved(&w, "trunk_full"), 4);
    w.crash();
    let page = w.page(id);
    assert_eq!((page.state, page.position, page.attempts), (VisitorState::Waiting, Some(1), 0));
    w.lines = 1;
    w.ready("agent00");
    w.wait_secs(1);
    assert_eq!(
        (w.page(id).state, w.page(id).attempts),
        (VisitorState::Dialing, 1),
        "no limit has counted it"
    );
    w.crash();
    assert_eq!(w.page(id).attempts, 1);
}

#[test]
fn an_agent_who_is_rung_first_is_told_and_the_job_stays() {
    let mut w = staffed(1, 0, |firm| firm.callme.mode = DialMode::AgentFirst);
    let id = w.open(person(1)).id;
    let call = w.calls.keys().next().copied().expect("his phone rings");
    w.agent_answers(call);
    assert_eq!((w.state("agent00").as_str(), w.page(id).state), ("ready", VisitorState::Waiting));
    assert_eq!(w.desks["agent00"].me["notice"]["code"], "lines_in_use");
    assert_eq!((w.page(id).attempts, resolved(&w, "trunk_full")), (0, 1));
    w.lines = 1;
    w.wait_secs(1);
    let call = w.calls.keys().next().copied().expect("his phone rings again");
    w.agent_answers(call);
    assert_eq!((w.page(id).state, w.page(id).attempts), (VisitorState::Dialing, 1));
    assert_eq!(w.violations(), 0);
}

#[test]
fn who_looks_at_a_request_first_keeps_it_when_all_lines_are_in_use() {
    let mut w = staffed(1, 0, |firm| firm.callme.mode = DialMode::Preview);
    let id = w.open(person(1)).id;
    let start = || Request::StartJob(World::who("agent00"));
    let card = |w: &World| w.desks["agent00"].current["job"]["preview_until"].is_string();
    assert!(card(&w));
    // Nobody knows yet that the trunk is full.
    assert_eq!(w.tell(start()), Reply::Done);
    assert!(w.calls.is_empty());
    assert_eq!(w.desks["agent00"].me["notice"]["code"], "lines_in_use");
    assert!(card(&w), "it is in his hand as before");
    assert_eq!((w.page(id).attempts, resolved(&w, "trunk_full")), (0, 1));
    // Now it is known, and nothing is tried.
    let refused = w.refused(start());
    assert_eq!((refused.0, refused.1), (409, "lines_in_use"));
    assert!(card(&w));
    assert_eq!(resolved(&w, "trunk_full"), 1);
    w.lines = 1;
    w.wait_secs(1);
    assert_eq!(w.tell(start()), Reply::Done);
    assert_eq!((w.page(id).state, w.page(id).attempts), (VisitorState::Dialing, 1));
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_switch_that_has_no_room_for_the_agents_phone_burns_no_job() {
    let mut w = staffed(1, 1, |firm| firm.callme.mode = DialMode::AgentFirst);
    let id = w.open(person(1)).id;
    let call = w.calls.keys().next().copied().expect("it is prepared");
    w.customer_fails(call, Cause::Full);
    assert_eq!((w.state("agent00").as_str(), w.page(id).state), ("ready", VisitorState::Waiting));
    assert_eq!((w.page(id).attempts, w.violations()), (0, 0));
    w.wait_secs(1);
    assert_eq!(w.calls.len(), 1, "again");
}

#[test]
fn who_takes_his_request_back_is_not_dialled_again() {
    let mut w = staffed(1, usize::MAX, |_| {});
    let id = w.open(person(1)).id;
    let call = on_line(&w);
    // What the switch says crosses what he says.
    let party = w.calls[&call].customer;
    w.calls.remove(&call);
    w.tell(Request::Cancel { reservation: id });
    w.event(warmline_coordination::cti::Event::Failed { call, party, cause: Cause::Full });
    w.event(warmline_coordination::cti::Event::Ended { call, cause: Cause::Full });
    assert_eq!((w.page(id).state, w.page(id).reason.as_deref()), (VisitorState::Ended, Some("canceled")));
    assert_eq!((w.state("agent00").as_str(), w.violations()), ("ready", 0));
    w.crash();
    assert_eq!(w.firms.counters().jobs_open, 0);
}

#[test]
fn a_campaign_burns_no_list_and_visitors_go_first_when_there_is_room() {
    let mut w = staffed(3, 1, |_| {});
    let id = started(&mut w, terms(), (1..=30).map(|n| job(n, 4)).collect());
    w.wait_secs(30);
    let view = look(&mut w, id);
    assert_eq!(
        (view.dialled, view.outcomes.is_empty()),
        (1, true),
        "one has left, and nothing is said of others"
    );
    let visitor = w.open(person(7)).id;
    assert_eq!(w.page(visitor).state, VisitorState::Waiting);
    let call = on_line(&w);
    w.customer_fails(call, Cause::Busy);
    w.wait_secs(10);
    assert_eq!(w.page(visitor).state, VisitorState::Dialing, "before the campaign");
    let view = look(&mut w, id);
    assert_eq!((view.dialled, view.outcomes["busy"], view.outcomes.len()), (1, 1, 1));
    w.crash();
    let view = look(&mut w, id);
    assert_eq!((view.dialled, view.outcomes.get("trunk_full")), (1, None));
    assert_eq!(w.violations(), 0);
}

#[test]
fn e19_predictive_dialling_counts_no_call_that_never_left() {
    let mut w = staffed(12, 5, |firm| {
        firm.callme.predictive = true;
    });
    let id = started(
        &mut w,
        Terms { pacing: Pacing::Predictive, ..terms() },
        (1..=60).map(|n| job(n, 4)).collect(),
    );
    w.wait_secs(20);
    let view = look(&mut w, id);
    assert_eq!((view.dialled, view.outcomes.is_empty()), (5, true));
    assert_eq!((w.firms.counters().calls_live, resolved(&w, "unreachable")), (5, 0));
    assert_eq!(w.violations(), 0);
}

#[test]
fn an_agents_own_call_is_told_that_all_lines_are_in_use() {
    let mut w = staffed(1, 0, |firm| firm.agents[0].calling.outbound = true);
    w.done(Request::Call { agent: World::who("agent00"), number: MOBILE.into(), caller_id: None });
    let call = w.calls.keys().next().copied().expect("his phone rings");
    w.agent_answers(call);
    assert!(matches!(w.commands.last(), Some(Command::Dial { .. } | Command::Hangup { .. })));
    assert_eq!((w.state("agent00").as_str(), w.calls.len()), ("ready", 0));
    assert_eq!(w.desks["agent00"].me["notice"]["code"], "lines_in_use");
    assert_eq!(w.violations(), 0);
}
