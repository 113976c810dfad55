//! What a desktop does beside its call: taking who waits, outcomes, reasons, colleagues, priorities.

use crate::world::*;
use warmline_coordination::cti::{Command, Event};
use warmline_coordination::fact::{ContactStored, Fact};
use warmline_coordination::request::*;
use warmline_coordination::view::{AgentState, VisitorState};

fn alice() -> AgentRef {
    World::who("alice")
}

fn take(name: &str, waiting: impl ToString) -> Request {
    Request::Take { agent: World::who(name), waiting: waiting.to_string() }
}

fn outcome(code: Option<&str>, notes: Option<&str>, priority: Option<u8>) -> Request {
    let text = |text: &str| text.to_owned();
    Request::Outcome {
        agent: alice(),
        call: None,
        code: code.map(text),
        notes: notes.map(WrittenNotes::from),
        priority,
    }
}

fn not_ready(w: &mut World, name: &str) {
    w.ready(name);
    w.done(Request::Presence(World::who(name), Presence::NotReady, None));
}

#[test]
fn who_waits_is_taken_in_any_order_and_once() {
    let mut w = World::new();
    not_ready(&mut w, "alice");
    not_ready(&mut w, "bob");
    let first = w.dial_queue(None);
    let view = w.open(wish(1, Mode::Dial));
    let second = w.dial(view.number.as_deref().unwrap(), None);
    w.done(take("alice", view.id));
    assert_eq!(w.ringing_at("alice"), Some(second), "out of turn, page first");
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    assert_eq!(w.refused(take("bob", view.id)), (409, "gone", "Another agent was faster.".into()));
    assert_eq!(w.refused(take("bob", second)).1, "gone");
    assert_eq!(w.refused(take("bob", "nonsense")).1, "gone");
    assert_eq!(w.refused(take("alice", first)).1, "busy", "one thing at a time");
    w.done(take("bob", first));
    assert_eq!(w.ringing_at("bob"), Some(first));
    w.agent_answers(first);
    w.customer_leaves(first);
    assert_eq!((w.state("bob").as_str(), &w.desks["bob"].me["pending_not_ready"]), ("wrapup", &true.into()));
    let third = w.dial_queue(None);
    w.done(take("bob", third));
    assert_eq!(w.ringing_at("bob"), Some(third), "who picks needs no more rest");
    w.customer_leaves(third);
    assert_eq!(w.state("bob"), "not_ready");
    assert_eq!(w.page(view.id).state, VisitorState::Ringing);
}

#[test]
fn who_may_not_take() {
    let mut settings = acme();
    settings.agents[1].skills.clear();
    let mut w = World::with(vec![settings]);
    let call = w.dial_queue(None);
    assert_eq!(w.refused(take("alice", call)).1, "not_logged_in");
    not_ready(&mut w, "bob");
    let refused = w.refused(take("bob", call));
    assert_eq!((refused.0, refused.1), (409, "not_your_queue"));
    w.tell(Request::Login(alice()));
    w.desktop("alice");
    assert_eq!(w.refused(take("alice", call)).1, "unreachable", "no phone");
    w.phone("alice", true);
    w.done(take("alice", call));
    // What he does not answer goes on as always.
    w.wait_secs(20);
    assert_eq!(w.desks["alice"].me["notice"]["code"], "unanswered");
    assert_eq!(w.firms.counters().waiting, 1);
}

#[test]
fn a_job_is_taken_and_dialled() {
    let mut w = World::new();
    not_ready(&mut w, "alice");
    let view = w.open(wish(1, Mode::Callme));
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    assert_eq!(w.refused(take("alice", view.id)).1, "trunk_down");
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    w.done(take("alice", view.id));
    assert_eq!(
        (w.page(view.id).state, w.count(|c| matches!(c, Command::Dial { .. }))),
        (VisitorState::Dialing, 1)
    );
    assert_eq!(w.refused(take("alice", view.id)).1, "busy");
    not_ready(&mut w, "bob");
    assert_eq!(w.refused(take("bob", view.id)).1, "gone");
}

#[test]
fn an_outcome_is_kept_before_it_is_said() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.prompt = false;
    let id = w.ask(outcome(Some("Sold"), Some(" two\r\nchairs\u{0}\n"), Some(6)));
    assert!(!w.replies.contains_key(&id), "not before it is durable");
    w.slow(false);
    assert_eq!(w.replies[&id], Reply::Done);
    let current = &w.desks["alice"].current;
    assert_eq!((&current["code"], &current["contact"]["notes"]), (&"Sold".into(), &"two\nchairs".into()));
    assert_eq!(current["contact"]["priority"], 6);
    w.customer_leaves(call);
    assert_eq!(w.desks["alice"].current["contact"]["history"][0]["code"], "Sold");
    w.done(outcome(Some("Question"), None, None));
    let current = &w.desks["alice"].current;
    assert_eq!((&current["code"], &current["contact"]["notes"]), (&"Question".into(), &"two\nchairs".into()));
    assert_eq!(current["contact"]["history"][0]["code"], "Question", "changed in wrap-up");
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.code.as_deref() == Some("Sold"))), 1);
    w.crash();
    w.desktop("alice");
    w.phone("alice", true);
    w.tell(Request::Presence(alice(), Presence::Ready, None));
    w.open(wish(1, Mode::Dial));
    let contact = &w.desks["alice"].current["contact"];
    assert_eq!((&contact["notes"], &contact["priority"]), (&"two\nchairs".into(), &6.into()));
    assert_eq!(contact["history"][0]["code"], "Question", "and after a restart");
    assert!(w.desks["alice"].current["code"].is_null(), "a new contact has none yet");
}

#[test]
fn outcomes_that_are_refused() {
    let mut w = World::new();
    w.ready("alice");
    assert_eq!(w.refused(outcome(Some("Sold"), None, None)).1, "no_contact");
    w.open(wish(1, Mode::Dial));
    assert_eq!(w.refused(outcome(Some("Sold"), None, None)).1, "no_contact", "claimed is not yet in hand");
    let call = w.dial("+493012345000", None);
    w.agent_answers(call);
    let long = "ä".repeat(4001);
    let cases = [
        (outcome(Some("Other"), None, None), "unknown_code"),
        (outcome(None, Some(&long), None), "notes_too_long"),
        (outcome(None, None, Some(8)), "priority_invalid"),
    ];
    for (request, expected) in cases {
        let (status, code, _) = w.refused(request);
        assert_eq!((status, code), (422, expected));
    }
    w.done(outcome(None, Some(&long[..8000]), None));
    let facts = w.journal.len();
    w.done(outcome(None, None, None));
    assert_eq!(w.journal.len(), facts, "nothing said, nothing kept");
    w.firms.handle_store(w.now, false);
    w.pump();
    let (status, code, _) = w.refused(outcome(Some("Sold"), None, None));
    assert_eq!((status, code), (503, "store_unavailable"));
}

#[test]
fn a_caller_without_a_record_gets_one() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(Some("+4915155555555"));
    assert_eq!(w.desks["alice"].current["contact"]["priority"], 4);
    w.agent_answers(call);
    assert!(w.desks["alice"].current["contact"]["id"].is_null());
    w.done(outcome(None, Some("rang about a chair"), None));
    assert!(w.desks["alice"].current["contact"]["id"].is_string());
    w.customer_leaves(call);
    w.wait_secs(20);
    w.dial_queue(Some("+4915155555555"));
    let contact = &w.desks["alice"].current["contact"];
    assert_eq!((&contact["name"], &contact["notes"]), (&"Some Body".into(), &"rang about a chair".into()));
    assert_eq!(contact["history"][0]["outcome"], "talked");
}

#[test]
fn a_colleague_sees_what_was_noted_before_him() {
    let mut w = World::new();
    w.talk("alice", 1);
    w.done(outcome(Some("Question"), Some("wants Bob"), None));
    w.ready("bob");
    w.done(Request::Transfer(alice(), Some(Target::Agent("bob".into()))));
    let current = &w.desks["bob"].current;
    assert_eq!((&current["contact"]["notes"], &current["code"]), (&"wants Bob".into(), &"Question".into()));
}

#[test]
fn reasons_are_the_firms_and_colleagues_see_them() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    let me = &w.desks["alice"].me;
    assert_eq!(
        (&me["reasons"], &me["queues"]),
        (&serde_json::json!(["Break"]), &serde_json::json!(["sales"]))
    );
    assert_eq!(me["wrapup_codes"], serde_json::json!(["Sold", "Question"]));
    let say = |reason: &str| Request::Presence(alice(), Presence::NotReady, Some(reason.into()));
    let (status, code, _) = w.refused(say("Nap"));
    assert_eq!((status, code, w.state("alice").as_str()), (422, "unknown_reason", "ready"));
    w.wait_secs(2);
    w.done(say("Break"));
    assert_eq!((w.state("alice").as_str(), &w.desks["alice"].me["reason"]), ("not_ready", &"Break".into()));
    let row = w.desks["bob"].colleagues[0].clone();
    assert_eq!((&row["agent"], &row["display_name"]), (&"alice".into(), &"Alice".into()));
    assert_eq!((&row["state"], &row["reason"]), (&"not_ready".into(), &"Break".into()));
    w.wait_secs(2);
    w.done(Request::Presence(alice(), Presence::Ready, None));
    assert!(w.desks["alice"].me["reason"].is_null() && w.desks["bob"].colleagues[0]["reason"].is_null());
    assert_eq!(w.desks["bob"].colleagues.as_array().unwrap().len(), 1, "not himself");
    w.wait_secs(2);
    w.tell(Request::Logout(alice()));
    assert_eq!(w.desks["bob"].colleagues, serde_json::json!([]));
    let Reply::Agent(views) = w.tell(Request::Login(alice())) else { panic!() };
    assert_eq!((views.colleagues.len(), views.colleagues[0].state), (1, AgentState::Ready));
}

#[test]
fn colleagues_are_told_once_a_second() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    w.wait_secs(2);
    let call = w.dial_queue(None);
    assert_eq!(w.desks["bob"].colleagues[0]["state"], "claimed");
    w.agent_answers(call);
    assert_eq!(w.desks["bob"].colleagues[0]["state"], "claimed", "coalesced");
    w.wait_secs(2);
    assert_eq!(w.desks["bob"].colleagues[0]["state"], "talking");
}

#[test]
fn nuisances_wait_and_are_never_dialled_by_themselves() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    assert_eq!(w.desks["alice"].current["contact"]["priority"], 4);
    w.done(outcome(None, None, Some(0)));
    w.customer_leaves(call);
    w.wait_secs(20);
    let view = w.open(wish(1, Mode::Callme));
    assert_eq!((view.state, w.state("alice").as_str()), (VisitorState::Waiting, "ready"));
    w.wait_secs(600);
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 0);
    let normal = w.open(wish(2, Mode::Dial));
    assert_eq!(normal.agent.unwrap().display_name, "Alice");
    w.tell(Request::Cancel { reservation: normal.id });
    w.done(take("alice", view.id));
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 1, "but by an agent's word");
}

#[test]
fn each_minute_of_waiting_counts_as_a_priority_more() {
    let mut w = World::new();
    let vera = Some("+4930222333");
    let stored = |w: &World| w.facts(|f| matches!(f, Fact::ContactStored(c) if is_vip(c)));
    w.ready("alice");
    let call = w.dial_queue(vera);
    w.agent_answers(call);
    w.done(outcome(None, None, Some(7)));
    assert_eq!(stored(&w), 1);
    w.customer_leaves(call);
    w.tell(Request::Presence(alice(), Presence::NotReady, None));
    w.wait_secs(20);
    let patient = w.dial_queue(None);
    w.wait_secs(60);
    let normal = w.dial_queue(None);
    w.wait_secs(121);
    let vip = w.dial_queue(vera);
    for expected in [patient, vip, normal] {
        w.tell(Request::Presence(alice(), Presence::Ready, None));
        assert_eq!(w.ringing_at("alice"), Some(expected));
        w.customer_leaves(expected);
    }
}

fn is_vip(stored: &ContactStored) -> bool {
    stored.priority == 7 && stored.rated
}

#[test]
fn a_record_made_in_wrapup_has_the_call_it_was_made_after() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(Some("+4930777888"));
    w.agent_answers(call);
    w.wait_secs(30);
    w.customer_leaves(call);
    assert!(w.desks["alice"].current["contact"]["id"].is_null(), "nobody knows him yet");
    w.done(outcome(Some("Sold"), Some("wants chairs"), None));
    let history = w.desks["alice"].current["contact"]["history"].clone();
    assert_eq!((history.as_array().unwrap().len(), &history[0]["code"]), (1, &"Sold".into()));
    assert_eq!((&history[0]["talk_secs"], &history[0]["agent"]), (&30.into(), &"Alice".into()));
    w.done(outcome(Some("Question"), None, None));
    let history = w.desks["alice"].current["contact"]["history"].clone();
    assert_eq!((history.as_array().unwrap().len(), &history[0]["code"]), (1, &"Question".into()), "once");
    w.crash();
    w.ready("alice");
    w.dial_queue(Some("+4930777888"));
    let again = &w.desks["alice"].current["contact"];
    assert_eq!(again["notes"], "wants chairs");
    assert_eq!(again["history"], history, "and after a restart");
}
