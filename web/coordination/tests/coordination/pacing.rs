//! Predictive dialling (N 0052, E19): nobody is claimed before somebody has greeted; who finds nobody hears who called, is counted, and is
//! not called again that day without an agent; and it is slower then. Days of it are in `src/pacing/day.rs`.

use crate::campaign::{fill, job, look, number, numbers, opened, set, terms};
use crate::world::*;
use std::time::Duration;
use warmline_coordination::campaign::*;
use warmline_coordination::cti::{Cause, Command, Event, Prompt, Verdict};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, CampaignId, PartyId};
use warmline_coordination::request::{AgentRef, Request};
use warmline_coordination::routing::Strategy;
use warmline_coordination::settings::{AutoAnswer, Station};

const AGENTS: usize = 12;

fn world(agents: usize) -> World {
    let mut firm = acme();
    firm.agents = (0..agents).map(|n| agent(&format!("agent{n:02}"), Station::Browser)).collect();
    firm.callme.predictive = true;
    let mut w = World::with(vec![firm]);
    (0..agents).for_each(|n| w.ready(&format!("agent{n:02}")));
    w
}

fn begun(w: &mut World, jobs: u64) -> CampaignId {
    let id = opened(w, Terms { pacing: Pacing::Predictive, ..terms() });
    assert_eq!(fill(w, id, (1..=jobs).map(|n| job(n, 4)).collect()).accepted, jobs as usize);
    set(w, id, CampaignVerb::Start);
    id
}

/// Who was dialled since.
fn fresh(w: &World, seen: &mut usize) -> Vec<(CallId, PartyId)> {
    let call = |command: &Command| match command {
        Command::Dial { call, party, .. } => Some((*call, *party)),
        _ => None,
    };
    let all: Vec<_> = w.commands.iter().filter_map(call).collect();
    let new = all[*seen..].to_vec();
    *seen = all.len();
    new
}

/// He answers and greets; he has been quiet for 0.8 s when that is told.
fn greets(w: &mut World, one: (CallId, PartyId)) {
    greets_and_waits(w, one, 800);
}

fn greets_and_waits(w: &mut World, (call, party): (CallId, PartyId), quiet_ms: u32) {
    w.customer_answers(call);
    let (verdict, evidence) = (Verdict::Person, "speech 400 ms".to_owned());
    w.event(Event::Progress { call, party, verdict, evidence, quiet_ms, at_ms: 6000, answered: true });
}

/// As many as there are agents have answered and speak; who else rings.
fn talking(w: &mut World, seen: &mut usize) -> (Vec<CallId>, Vec<(CallId, PartyId)>) {
    let mut calls = fresh(w, seen);
    let beyond = calls.split_off(calls.len().min(AGENTS));
    // As long as it rings in the mean: agents may be free meanwhile.
    w.wait_secs(10);
    for &call in &calls {
        greets(w, call);
        w.agent_answers(call.0);
    }
    (calls.into_iter().map(|call| call.0).collect(), beyond)
}

/// A campaign of which so many have answered that one may be abandoned, all agents speaking, and one more customer ringing.
fn one_beyond(w: &mut World, seen: &mut usize) -> (CampaignId, (CallId, PartyId)) {
    let id = begun(w, 120);
    for _ in 0..6 {
        let (calls, mut beyond) = talking(w, seen);
        beyond.extend(fresh(w, seen));
        if let Some(&one) = beyond.first() {
            assert_eq!(beyond.len(), 1, "no more than may be abandoned");
            return (id, one);
        }
        calls.into_iter().for_each(|call| w.customer_leaves(call));
        w.wait_secs(21);
    }
    panic!("nobody is dialled beyond the agents");
}

#[test]
fn e19_the_two_seconds_are_from_the_end_of_what_he_said_whenever_that_was_told() {
    for (quiet_ms, left_ms) in [(560, 1440), (1800, 200)] {
        let (mut w, mut seen) = (world(AGENTS), 0);
        let (_, one) = one_beyond(&mut w, &mut seen);
        greets_and_waits(&mut w, one, quiet_ms);
        w.wait(Duration::from_millis(left_ms - 10));
        assert!(w.said(one.0).is_empty());
        w.wait(Duration::from_millis(20));
        assert_eq!(w.said(one.0), [Prompt::Identification]);
    }
}

#[test]
fn e19_who_finds_nobody_hears_who_called_is_counted_and_not_dialled_again() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let (id, one) = one_beyond(&mut w, &mut seen);
    let whose = numbers(&w)[seen - 1].clone();
    greets(&mut w, one);
    assert!(w.said(one.0).is_empty(), "for two seconds somebody may come");
    w.wait_secs(2);
    assert_eq!(w.said(one.0), [Prompt::Identification]);
    w.event(Event::Played { call: one.0 });
    let hung_up = |command: &Command| matches!(command, Command::Hangup { call, .. } if *call == one.0);
    assert_eq!(w.count(hung_up), 1);
    let abandoned = |fact: &Fact| matches!(fact, Fact::DialResolved { outcome, job_done: true, .. } if outcome == "abandoned");
    assert_eq!(w.facts(abandoned), 1);
    let identified = |fact: &Fact| {
        let Fact::CallRecorded(row) = fact else { return false };
        let said = row.dialled.iter().flat_map(|dialled| &dialled.said);
        said.filter(|said| said.prompts == ["identification"] && said.until.is_some()).count() == 1
    };
    assert_eq!(w.facts(identified), 1, "c15: the record says what he heard");
    let view = look(&mut w, id);
    assert_eq!((view.abandoned, view.last_24_h.abandoned, view.last_30_days.abandoned), (1, 1, 1));
    assert_eq!(numbers(&w).len(), seen, "and nobody beyond the agents is dialled now");
    w.wait_secs(6 * 3600);
    assert_eq!(numbers(&w).iter().filter(|other| **other == whose).count(), 1);
    assert_eq!(w.violations(), 0);
    w.crash();
    assert_eq!(look(&mut w, id).last_24_h.abandoned, 1, "the journal has it");
}

/// By the key 9 a customer says never: refused in another list, too, and not dialled.
fn says_never(w: &mut World, call: CallId, whose: &str, seen: usize) {
    w.press(call, "9");
    assert!(!w.calls.contains_key(&call));
    let said =
        |fact: &Fact| matches!(fact, Fact::DoNotCall(row) if row.why == "key_9" && row.number == whose);
    assert_eq!(w.facts(said), 1);
    let id = opened(w, Terms { name: "Autumn".into(), ..terms() });
    let refused = fill(w, id, vec![Imported { number: whose.into(), ..job(1, 4) }]).refused;
    assert_eq!((refused[0].line, refused[0].code), (1, "do_not_call"));
    w.wait_secs(6 * 3600);
    assert_eq!(numbers(w)[seen..].iter().filter(|other| *other == whose).count(), 0);
    assert_eq!(w.violations(), 0);
}

#[test]
fn c14_nine_while_he_hears_who_called_is_never_again() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let (id, one) = one_beyond(&mut w, &mut seen);
    let whose = numbers(&w)[seen - 1].clone();
    greets(&mut w, one);
    // What is said to him is not over: the world is quiet about it.
    let on = w.calls.remove(&one.0).expect("a call");
    w.wait_secs(2);
    assert_eq!(w.said(one.0), [Prompt::Identification]);
    w.calls.insert(one.0, on);
    says_never(&mut w, one.0, &whose, seen);
    assert_eq!(look(&mut w, id).abandoned, 1, "he was, all the same");
}

#[test]
fn c14_nine_while_an_agent_is_sought_for_a_campaigns_customer_is_never_again() {
    let mut w = world(2);
    let retry = Some(Retries {
        after: [("abandoned".to_owned(), Again { after_secs: 60, times: 3 })].into(),
        max_attempts: 5,
    });
    let id = opened(&mut w, Terms { retry, ..terms() });
    assert_eq!(fill(&mut w, id, vec![job(1, 4)]).accepted, 1);
    set(&mut w, id, CampaignVerb::Start);
    let mut seen = 0;
    let one = fresh(&w, &mut seen)[0];
    greets(&mut w, one);
    says_never(&mut w, one.0, &number(1), seen);
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.abandoned, view.waiting), (1, 1, 0), "as if he had hung up");
    assert!((0..2).all(|n| w.state(&format!("agent{n:02}")) == "ready"));
}

#[test]
fn e19_an_agent_who_is_free_in_time_takes_him() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let (id, one) = one_beyond(&mut w, &mut seen);
    greets(&mut w, one);
    let other = w.calls.keys().copied().find(|call| *call != one.0).expect("others speak");
    w.wait(Duration::from_millis(500));
    w.customer_leaves(other);
    let rests = (0..AGENTS).map(|n| format!("agent{n:02}")).find(|name| w.state(name) == "wrapup");
    let rests = rests.expect("his agent rests");
    w.tell(Request::WrapupDone(AgentRef { firm: "acme".into(), agent: rests.clone() }));
    assert_eq!(w.state(&rests), "ringing");
    w.agent_answers(one.0);
    w.wait_secs(5);
    assert_eq!((w.state(&rests).as_str(), look(&mut w, id).abandoned, w.violations()), ("talking", 0, 0));
}

#[test]
fn a_campaign_of_whom_nobody_may_be_abandoned_yet_claims_each_agent_first() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    begun(&mut w, 60);
    assert_eq!(fresh(&w, &mut seen).len(), AGENTS);
    let claimed = (0..AGENTS).filter(|n| w.state(&format!("agent{n:02}")) != "ready").count();
    assert_eq!(claimed, AGENTS, "whoever calls in takes no agent from a customer who was dialled");
}

#[test]
fn agents_on_whom_customers_count_who_ring_are_claimed_for_no_other() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let (first, one) = one_beyond(&mut w, &mut seen);
    let other = opened(&mut w, terms());
    assert_eq!(fill(&mut w, other, vec![job(900, 7)]).accepted, 1);
    set(&mut w, other, CampaignVerb::Start);
    let talks = w.calls.keys().copied().find(|call| *call != one.0).expect("others speak");
    w.customer_leaves(talks);
    w.wait_secs(21);
    assert!(!numbers(&w).contains(&number(900)), "the agent who is free is for the one who rings");
    set(&mut w, first, CampaignVerb::Pause);
    let ringing = fresh(&w, &mut seen).into_iter().chain([one]);
    ringing.for_each(|(call, _)| w.customer_fails(call, Cause::NoAnswer));
    assert!(numbers(&w).contains(&number(900)));
}

#[test]
fn below_ten_agents_each_is_claimed_first() {
    let mut w = world(9);
    begun(&mut w, 60);
    assert_eq!(numbers(&w).len(), 9);
    assert!((0..9).all(|n| w.state(&format!("agent{n:02}")) != "ready"));
    assert_eq!(numbers(&w)[0], number(1));
}

#[test]
fn where_all_answer_hardly_anybody_is_dialled_beyond_the_agents() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let id = begun(&mut w, 400);
    for _ in 0..10 {
        let (calls, mut beyond) = talking(&mut w, &mut seen);
        beyond.extend(fresh(&w, &mut seen));
        beyond.into_iter().for_each(|(call, _)| w.customer_fails(call, Cause::NoAnswer));
        calls.into_iter().for_each(|call| w.customer_leaves(call));
        w.wait_secs(21);
    }
    let view = look(&mut w, id);
    assert!(view.last_24_h.answered >= 100, "three could be abandoned: {view:?}");
    let dialled = fresh(&w, &mut seen).len();
    assert!((AGENTS..=AGENTS + 1).contains(&dialled), "the pacer has not learnt: {dialled}");
}

#[test]
fn e19_an_agent_who_has_not_answered_in_two_seconds_is_none() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let id = begun(&mut w, 1);
    let calls = fresh(&w, &mut seen);
    greets(&mut w, calls[0]);
    let rung = w.calls[&calls[0].0].ringing()[0];
    assert!((0..AGENTS).any(|n| w.state(&format!("agent{n:02}")) == "ringing"));
    w.wait_secs(2);
    assert_eq!(w.said(calls[0].0), [Prompt::Identification]);
    let dropped = |command: &Command| matches!(command, Command::Drop { party, cause: Cause::Elsewhere, .. } if *party == rung);
    assert_eq!(w.count(dropped), 1, "it shows no missed call");
    assert!((0..AGENTS).all(|n| w.state(&format!("agent{n:02}")) == "ready"), "nobody is paused for it");
    w.event(Event::Played { call: calls[0].0 });
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.abandoned, w.violations()), (1, 1, 0));
}

#[test]
fn e19_who_declines_leaves_the_rest_of_the_two_seconds_to_the_next() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let id = begun(&mut w, 1);
    let calls = fresh(&w, &mut seen);
    greets(&mut w, calls[0]);
    w.agent_fails(calls[0].0, Cause::Declined);
    w.agent_answers(calls[0].0);
    w.wait_secs(10);
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.abandoned, w.violations()), (1, 0, 0));
    assert!(w.said(calls[0].0).is_empty());
}

#[test]
fn e19_a_progressive_campaign_keeps_nobody_waiting_either() {
    let mut w = world(2);
    let id = opened(&mut w, terms());
    assert_eq!(fill(&mut w, id, vec![job(1, 4)]).accepted, 1);
    set(&mut w, id, CampaignVerb::Start);
    let calls = fresh(&w, &mut 0);
    greets(&mut w, calls[0]);
    w.wait_secs(2);
    assert_eq!(w.said(calls[0].0), [Prompt::Identification]);
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.abandoned, w.violations()), (1, 1, 0));
}

#[test]
fn an_agent_who_has_to_pick_his_phone_up_is_rung_before_a_campaigns_customer() {
    let mut firm = acme();
    firm.agents = vec![agent("agent00", Station::Browser)];
    firm.agents[0].calling.auto_answer = AutoAnswer::Never;
    let mut w = World::with(vec![firm]);
    w.ready("agent00");
    let id = opened(&mut w, terms());
    assert_eq!(fill(&mut w, id, vec![job(1, 4)]).accepted, 1);
    set(&mut w, id, CampaignVerb::Start);
    assert!(numbers(&w).is_empty() && w.state("agent00") == "ringing");
    let call = *w.calls.keys().next().expect("his phone rings");
    w.agent_answers(call);
    assert_eq!(numbers(&w), [number(1)]);
}

#[test]
fn phones_that_are_to_be_picked_up_are_none_to_dial_ahead_for() {
    let mut firm = acme();
    firm.agents = (0..AGENTS).map(|n| agent(&format!("agent{n:02}"), Station::Browser)).collect();
    firm.agents[3..].iter_mut().for_each(|agent| agent.calling.auto_answer = AutoAnswer::Never);
    firm.callme.predictive = true;
    let mut w = World::with(vec![firm]);
    (0..AGENTS).for_each(|n| w.ready(&format!("agent{n:02}")));
    begun(&mut w, 60);
    let claimed = (0..AGENTS).filter(|n| w.state(&format!("agent{n:02}")) != "ready").count();
    assert_eq!(claimed, AGENTS, "too few for it: each is claimed first");
}

#[test]
fn e19_who_had_answered_when_the_switch_died_was_abandoned() {
    let (mut w, mut seen) = (world(AGENTS), 0);
    let id = begun(&mut w, 60);
    let calls = fresh(&w, &mut seen);
    greets(&mut w, calls[0]);
    w.agent_answers(calls[0].0);
    greets(&mut w, calls[1]);
    assert_eq!(look(&mut w, id).answered, 2);
    w.crash();
    let view = look(&mut w, id);
    assert_eq!((view.answered, view.last_24_h.abandoned), (2, 1), "one had his agent");
    w.crash();
    assert_eq!(look(&mut w, id).last_24_h.abandoned, 1, "it is counted once");
    assert_eq!(w.violations(), 0);
}

#[test]
fn e19_a_group_that_is_rung_at_once_keeps_no_customer_waiting() {
    let mut firm = acme();
    firm.agents = (0..3).map(|n| agent(&format!("agent{n:02}"), Station::Browser)).collect();
    firm.queues[0].strategy = Strategy::RingAll;
    let mut w = World::with(vec![firm]);
    (0..3).for_each(|n| w.ready(&format!("agent{n:02}")));
    let id = opened(&mut w, terms());
    assert_eq!(fill(&mut w, id, vec![job(1, 4)]).accepted, 1);
    set(&mut w, id, CampaignVerb::Start);
    let call = fresh(&w, &mut 0)[0];
    greets(&mut w, call);
    let rung: Vec<bool> = w
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Ring { call: rung, auto_answer, .. } if *rung == call.0 => Some(*auto_answer),
            _ => None,
        })
        .collect();
    assert_eq!(rung, [true], "one phone, which answers by itself");
    w.agent_answers(call.0);
    assert_eq!((look(&mut w, id).abandoned, w.violations()), (0, 0));
}
