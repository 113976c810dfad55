//! Commands of a firm's programs: done by the agent who has the call, told, kept, and refused like his own.

use crate::world::*;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::fact::{Commanded, Fact};
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::program::{CallView, ProgramCommand};
use warmline_coordination::request::*;

use ProgramCommand as Do;

fn program(command: ProgramCommand) -> Request {
    Request::Program { firm: "acme".into(), by: "crm".into(), command, people: false }
}

/// The call as it is after a command.
fn after(w: &mut World, command: ProgramCommand) -> CallView {
    match w.tell(program(command)) {
        Reply::Call(call) => *call,
        other => panic!("{other:?}"),
    }
}

fn refused(w: &mut World, command: ProgramCommand) -> (u16, &'static str) {
    let (status, code, _) = w.refused(program(command));
    (status, code)
}

fn calls(w: &mut World, people: bool) -> Vec<CallView> {
    match w.tell(Request::Calls { firm: "acme".into(), call: None, people }) {
        Reply::Calls(calls) => calls,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_conducts_a_call_as_its_agent_would() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    let held = after(&mut w, Do::Hold { call });
    assert_eq!((held.held, held.state, held.agent.as_deref()), (true, "talking", Some("alice")));
    assert_eq!(w.hear(call), "");
    assert!(!after(&mut w, Do::Unhold { call }).held);
    after(&mut w, Do::Mute { call });
    assert_eq!(w.desks["alice"].current["muted"], true);
    after(&mut w, Do::Unmute { call });
    after(&mut w, Do::Dtmf { call, digits: "12#".into() });
    assert_eq!(w.count(|c| matches!(c, Command::Digits { digits, .. } if digits == "12#")), 1);
    let asked = after(&mut w, Do::Consult { call, target: Target::Agent("bob".into()) });
    assert_eq!(asked.guest.as_deref(), Some("bob"));
    w.agent_answers(call);
    after(&mut w, Do::Swap { call });
    after(&mut w, Do::Swap { call });
    after(&mut w, Do::Conference { call });
    assert_eq!(w.hear(call), "cax");
    let given = after(&mut w, Do::CompleteTransfer { call });
    assert_eq!((given.agent.as_deref(), given.guest), (Some("bob"), None));
    assert_eq!(w.state("alice"), "wrapup");
    let parked = after(&mut w, Do::Park { call });
    assert_eq!((parked.state, parked.slot, parked.agent), ("parked", Some(701), None));
    assert_eq!(refused(&mut w, Do::Hold { call }), (409, "no_agent"));
    let taken = after(&mut w, Do::Unpark { agent: "bob".into(), slot: 701 });
    assert_eq!((taken.id, taken.state), (call, "offered"));
    w.agent_answers(call);
    after(&mut w, Do::Hangup { call });
    w.customer_leaves(call);
    assert_eq!(refused(&mut w, Do::Hold { call }), (404, "unknown_call"));
    assert_eq!(calls(&mut w, false), []);

    let done: Vec<Commanded> = w.journal.iter().filter_map(|entry| commanded(&entry.fact)).collect();
    let words: Vec<&str> = done.iter().map(|done| done.command.as_str()).collect();
    assert_eq!(
        words,
        [
            "hold",
            "unhold",
            "mute",
            "unmute",
            "dtmf",
            "consult",
            "swap",
            "swap",
            "conference",
            "complete_transfer",
            "park",
            "unpark",
            "hangup"
        ]
    );
    assert!(done.iter().all(|done| done.by == "crm" && done.subject == call.to_string()));
    assert_eq!(w.violations(), 0);
}

fn commanded(fact: &Fact) -> Option<Commanded> {
    match fact {
        Fact::Commanded(done) => Some((**done).clone()),
        _ => None,
    }
}

#[test]
fn an_answer_waits_for_the_journal_like_the_event_that_tells_it() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.slow(true);
    let asked = w.ask(program(Do::Hold { call }));
    assert_eq!(w.hear(call), "", "it is done at once");
    assert!(!w.replies.contains_key(&asked), "and told when it is known who did it");
    w.slow(false);
    assert!(matches!(w.replies[&asked], Reply::Call(_)));
}

#[test]
fn what_rings_is_answered_at_a_browser_and_rejected_anywhere() {
    let mut w = World::new();
    w.ready("bob");
    let call = w.dial_queue(None);
    assert_eq!(w.ringing_at("bob"), Some(call));
    assert_eq!(after(&mut w, Do::Answer { call }).state, "offered");
    assert_eq!(w.desks["bob"].answers, [call]);
    w.ready("carol");
    after(&mut w, Do::Reject { call });
    assert_eq!(w.ringing_at("carol"), Some(call), "the next one is asked");
    assert_eq!(refused(&mut w, Do::Answer { call }), (409, "not_a_browser_phone"));
    w.agent_answers(call);
    assert_eq!(refused(&mut w, Do::Answer { call }), (409, "not_ringing"));
    assert_eq!(refused(&mut w, Do::Reject { call }), (409, "not_offered"));
}

#[test]
fn a_visitors_offer_is_accepted_and_declined_for_the_agent() {
    let mut w = World::new();
    w.ready("bob");
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!(refused(&mut w, Do::Accept { reservation: view.id }), (409, "not_offered"));
    w.dial(view.number.as_deref().unwrap(), None);
    after(&mut w, Do::Accept { reservation: view.id });
    assert_eq!(w.desks["bob"].answers.len(), 1);
    after(&mut w, Do::Decline { reservation: view.id });
    assert_ne!(w.state("bob"), "ringing");
    assert_eq!(w.tell(program(Do::Cancel { reservation: view.id })), Reply::Done);
    let unknown: ReservationId = "rsv_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(refused(&mut w, Do::Accept { reservation: unknown }), (404, "unknown_reservation"));
}

#[test]
fn agents_are_set_and_call_out_and_take_who_waits() {
    let mut w = World::new();
    let state = |agent: &str, state| Do::State { agent: agent.into(), state, reason: None };
    assert_eq!(refused(&mut w, state("alice", Presence::Ready)), (409, "agent_logged_out"));
    assert_eq!(refused(&mut w, state("nobody", Presence::Ready)), (404, "unknown_agent"));
    w.ready("alice");
    assert_eq!(w.tell(program(state("alice", Presence::NotReady))), Reply::Done);
    assert_eq!(w.state("alice"), "not_ready");
    let told = w.feed.iter().rfind(|event| event.event == "agent.state_changed").unwrap();
    assert_eq!(told.data["by"], "crm");
    let call = w.dial_queue(Some("+4915112345678"));
    let waits = calls(&mut w, true).pop().unwrap();
    assert_eq!((waits.state, waits.queue.as_str(), waits.agent), ("waiting", "sales", None));
    assert_eq!(waits.customer.unwrap().number.as_deref(), Some("+4915112345678"));
    assert_eq!(calls(&mut w, false)[0].customer, None, "only for those who may see people");
    let take = Do::Take { agent: "alice".into(), waiting: call.to_string() };
    assert_eq!(after(&mut w, take).agent.as_deref(), Some("alice"));
    let dial = |number: &str| Do::Dial { agent: "alice".into(), number: number.into(), caller_id: None };
    assert_eq!(refused(&mut w, dial("+493022233344")).0, 403, "as he may himself");
}

#[test]
fn who_waits_can_be_let_go_and_strange_calls_are_unknown() {
    let mut w = World::new();
    w.ready("alice");
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    let call = w.dial_queue(None);
    assert_eq!(refused(&mut w, Do::Mute { call }), (409, "no_agent"));
    after(&mut w, Do::Hangup { call });
    assert_eq!(w.count(|c| matches!(c, Command::Hangup { cause: Cause::Normal, .. })), 1);
    let unknown: CallId = "cal_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(refused(&mut w, Do::Hangup { call: unknown }), (404, "unknown_call"));
    let elsewhere = Request::Calls { firm: "globex".into(), call: Some(call), people: true };
    assert_eq!(w.refused(elsewhere).1, "unknown_firm");
}

#[test]
fn of_a_group_the_browser_phone_answers_and_all_are_rejected_at_once() {
    let mut settings = acme();
    settings.queues[0].strategy = warmline_coordination::routing::Strategy::RingAll;
    let mut w = World::with(vec![settings]);
    w.ready("carol");
    w.ready("bob");
    let call = w.dial_queue(None);
    assert_eq!((w.state("carol").as_str(), w.state("bob").as_str()), ("ringing", "ringing"));
    after(&mut w, Do::Answer { call });
    assert_eq!(w.desks["bob"].answers, [call], "carol's is a telephone");
    after(&mut w, Do::Reject { call });
    assert!([w.state("carol"), w.state("bob")].iter().all(|state| state != "ringing"));
    assert_eq!(w.violations(), 0);
}
