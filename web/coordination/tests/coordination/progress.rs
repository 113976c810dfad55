//! What a dialled line turned out to be: machines are left alone, persons never.

use crate::world::*;
use warmline_coordination::cti::{Command, Event, Verdict};
use warmline_coordination::fact::{Fact, Progress};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_coordination::request::*;
use warmline_coordination::settings::OnMachine;
use warmline_coordination::view::VisitorState;

fn dialled(w: &World) -> (CallId, PartyId) {
    let call = |command: &Command| match command {
        Command::Dial { call, party, detect, .. } => detect.then_some((*call, *party)),
        _ => None,
    };
    w.commands.iter().find_map(call).expect("a call that is listened to")
}

fn tell(w: &mut World, (call, party): (CallId, PartyId), verdict: Verdict, answered: bool) {
    let evidence = "425 Hz".to_owned();
    w.event(Event::Progress { call, party, verdict, evidence, quiet_ms: 0, at_ms: 4200, answered });
}

fn resolved(w: &World, wanted: &str) -> usize {
    w.facts(|fact| matches!(fact, Fact::DialResolved { outcome, .. } if outcome == wanted))
}

fn recorded(w: &World, wanted: Verdict) -> usize {
    let is_it = |progress: &Progress| progress.verdict == wanted && progress.at_ms == 4200;
    w.facts(|fact| matches!(fact, Fact::CallRecorded(row) if row.progress.as_ref().is_some_and(is_it)))
}

/// A firm that dials nobody twice.
fn once() -> World {
    let mut firm = acme();
    firm.callme.retry.max_attempts = 1;
    World::with(vec![firm])
}

#[test]
fn e20_who_has_a_machine_is_called_again_later() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let ids = dialled(&w);
    w.customer_answers(ids.0);
    w.agent_answers(ids.0);
    tell(&mut w, ids, Verdict::Machine, true);
    let page = w.page(view.id);
    assert_eq!((page.state, page.attempts, page.due.is_some()), (VisitorState::Waiting, 1, true));
    assert_eq!((w.state("alice").as_str(), w.violations()), ("ready", 0));
    w.crash();
    let again = w.page(view.id);
    assert_eq!((again.state, again.due), (VisitorState::Waiting, page.due), "a restart changes nothing");
    w.ready("alice");
    w.wait_secs(3600);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 2, "a new attempt");
}

#[test]
fn e20_a_machine_is_hung_up_and_the_agent_is_free_at_once() {
    for (verdict, word) in [(Verdict::Machine, "machine"), (Verdict::Fax, "fax"), (Verdict::Modem, "modem")] {
        for talks in [false, true] {
            let mut w = once();
            w.ready("alice");
            let view = w.open(wish(1, Mode::Callme));
            let ids = dialled(&w);
            w.customer_answers(ids.0);
            if talks {
                w.agent_answers(ids.0);
            }
            tell(&mut w, ids, verdict, true);
            assert!(w.count(|c| matches!(c, Command::Hangup { call, .. } if *call == ids.0)) > 0);
            assert_eq!(w.state("alice"), "ready", "no wrap-up, no pause");
            let page = w.page(view.id);
            assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some(word)));
            assert_eq!((resolved(&w, word), resolved(&w, "answered"), recorded(&w, verdict)), (1, 1, 1));
            // It stays with the customer: whoever has him next sees it, also after a restart.
            w.crash();
            w.ready("alice");
            w.open(wish(1, Mode::Dial));
            assert_eq!(w.desks["alice"].current["contact"]["history"][0]["outcome"], word);
        }
    }
}

#[test]
fn e20_whoever_is_not_recognised_is_a_person() {
    for verdict in [Verdict::Person, Verdict::Unknown] {
        let mut w = World::new();
        w.ready("alice");
        w.open(wish(1, Mode::Callme));
        let ids = dialled(&w);
        tell(&mut w, ids, Verdict::Ringback, false);
        w.customer_answers(ids.0);
        w.agent_answers(ids.0);
        tell(&mut w, ids, verdict, true);
        assert_eq!((w.state("alice").as_str(), resolved(&w, "answered")), ("talking", 1));
        w.customer_leaves(ids.0);
        assert_eq!((w.state("alice").as_str(), recorded(&w, verdict)), ("wrapup", 1));
        assert_eq!(resolved(&w, "answered"), 1, "once");
    }
}

#[test]
fn e20_a_firm_may_want_to_talk_to_machines_but_not_to_faxes() {
    for (verdict, state) in [(Verdict::Machine, "talking"), (Verdict::Fax, "ready")] {
        let mut settings = acme();
        settings.callme.on_machine = OnMachine::Connect;
        let mut w = World::with(vec![settings]);
        w.ready("alice");
        w.open(wish(1, Mode::Callme));
        let ids = dialled(&w);
        w.customer_answers(ids.0);
        w.agent_answers(ids.0);
        tell(&mut w, ids, verdict, true);
        assert_eq!(w.state("alice"), state);
    }
}

#[test]
fn e21_a_tone_before_the_answer_ends_the_dialling() {
    for (verdict, word) in
        [(Verdict::Busy, "busy"), (Verdict::Congestion, "congestion"), (Verdict::NotFound, "not_found")]
    {
        let mut w = once();
        w.ready("alice");
        let view = w.open(wish(1, Mode::Callme));
        let ids = dialled(&w);
        tell(&mut w, ids, verdict, false);
        let page = w.page(view.id);
        assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some(word)));
        assert_eq!((w.state("alice").as_str(), resolved(&w, word), recorded(&w, verdict)), ("ready", 1, 1));
    }
}

#[test]
fn a_verdict_of_somebody_else_or_too_late_is_nothing() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let ids = dialled(&w);
    w.customer_answers(ids.0);
    w.agent_answers(ids.0);
    let stranger = PartyId::mint(w.now, 7);
    tell(&mut w, (ids.0, stranger), Verdict::Machine, true);
    assert_eq!(w.state("alice"), "talking");
    w.customer_leaves(ids.0);
    tell(&mut w, ids, Verdict::Machine, true);
    assert_eq!((w.state("alice").as_str(), resolved(&w, "answered")), ("wrapup", 1));
}
