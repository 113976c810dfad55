//! What an agent does in a call: hold, keys, asking a colleague or a number, swap, conference; and how each can go wrong.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_coordination::request::*;

const OUTSIDE: &str = "+4915199988777";

fn alice() -> AgentRef {
    World::who("alice")
}

fn bob() -> AgentRef {
    World::who("bob")
}

fn ask_bob() -> Request {
    Request::Consult(alice(), Target::Agent("bob".into()))
}

fn ask_outside() -> Request {
    Request::Consult(alice(), Target::Number(OUTSIDE.into()))
}

/// Alice talks with a customer and asks Bob, whose phone rings.
fn asking(w: &mut World) -> CallId {
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.done(ask_bob());
    assert_eq!(w.ringing_at("bob"), Some(call));
    call
}

/// And he has answered.
fn consulting(w: &mut World) -> CallId {
    let call = asking(w);
    w.agent_answers(call);
    call
}

fn consult(w: &World) -> &serde_json::Value {
    &w.desks["alice"].current["consult"]
}

fn asked_party(w: &World, call: CallId) -> PartyId {
    w.calls[&call].asked.unwrap().0
}

#[test]
fn hold_is_music_and_survives_a_reload_like_mute() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.done(Request::Hold(alice(), true));
    assert_eq!((w.hear(call).as_str(), &w.desks["alice"].current["held"]), ("", &true.into()));
    w.done(Request::Mute(alice(), true));
    w.done(Request::Hold(alice(), true));
    assert_eq!(w.count(|c| matches!(c, Command::Join { .. })), 1, "twice is once");
    w.close_desktop("alice");
    w.desktop("alice");
    let current = &w.desks["alice"].current;
    assert_eq!((&current["held"], &current["muted"]), (&true.into(), &true.into()));
    w.done(Request::Hold(alice(), false));
    assert_eq!((w.hear(call).as_str(), &w.desks["alice"].current["held"]), ("ca", &false.into()));
    w.done(Request::Hold(alice(), false));
    assert_eq!(w.count(|c| matches!(c, Command::Join { .. })), 2);
    w.done(Request::Hold(alice(), true));
    w.customer_leaves(call);
    assert_eq!((w.state("alice").as_str(), &w.desks["alice"].current["held"]), ("wrapup", &false.into()));
}

#[test]
fn the_visitors_page_knows_of_the_music_and_of_a_third() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    w.agent_answers(call);
    let told = |w: &World| {
        let page = &w.page_views[&view.id];
        (page["state"].as_str().unwrap().to_owned(), page["held"].clone(), page["joined"].clone())
    };
    let is = |held: bool, joined: bool| ("talking".to_owned(), held.into(), joined.into());
    assert_eq!(told(&w), is(false, false));
    w.done(Request::Hold(alice(), true));
    assert_eq!(told(&w), is(true, false));
    w.done(Request::Hold(alice(), false));
    assert_eq!(told(&w), is(false, false));
    w.done(ask_bob());
    assert_eq!(told(&w), is(true, false), "whom she asks is nobody's business");
    w.agent_answers(call);
    w.done(Request::Conference(alice()));
    assert_eq!(told(&w), is(false, true));
    w.done(Request::ConsultEnd(alice()));
    assert_eq!(told(&w), is(false, false));
}

#[test]
fn without_a_call_nothing_can_be_done() {
    let mut w = World::new();
    w.ready("alice");
    let all = |agent: AgentRef| {
        [
            Request::Mute(agent.clone(), true),
            Request::Hold(agent.clone(), true),
            Request::Digits(agent.clone(), "1".into()),
            Request::Consult(agent.clone(), Target::Agent("bob".into())),
            Request::Swap(agent.clone()),
            Request::Conference(agent.clone()),
            Request::ConsultEnd(agent.clone()),
            Request::Transfer(agent.clone(), None),
            Request::Transfer(agent.clone(), Some(Target::Queue("sales".into()))),
            Request::Hangup(agent),
        ]
    };
    for request in all(alice()) {
        let (status, code, _) = w.refused(request);
        assert_eq!((status, code), (409, "no_call"));
    }
    let call = w.dial_queue(None);
    for request in all(alice()).into_iter().take(9) {
        assert_eq!(w.refused(request).1, "no_call", "a ringing phone is no call yet");
    }
    // He has answered, but the customer's media does not flow yet.
    let party = w.calls[&call].agent.unwrap().0;
    w.event(Event::Answered { call, party });
    for request in all(alice()).into_iter().skip(3).take(6).chain([Request::Hold(alice(), true)]) {
        assert_eq!(w.refused(request).1, "not_joined");
    }
}

#[test]
fn keys_go_to_whom_the_agent_hears() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let last = |w: &World| match w.commands.last() {
        Some(Command::Digits { party, digits, .. }) => (*party, digits.clone()),
        other => panic!("{other:?}"),
    };
    let keys = |digits: &str| Request::Digits(alice(), digits.into());
    w.done(keys("12#ad*"));
    assert_eq!(last(&w), (w.calls[&call].customer, "12#AD*".into()));
    for wrong in ["", "1 2", "+49", "E", "é", &"1".repeat(33)] {
        let (status, code, _) = w.refused(keys(wrong));
        assert_eq!((status, code), (422, "digits_invalid"), "{wrong}");
    }
    w.done(Request::Hold(alice(), true));
    assert_eq!(w.refused(keys("1")).1, "nobody_hears");
    w.done(ask_outside());
    assert_eq!(w.refused(keys("1")).1, "nobody_hears", "it rings");
    w.agent_answers(call);
    w.done(keys("3"));
    assert_eq!(last(&w).0, asked_party(&w, call));
    w.done(Request::Conference(alice()));
    w.done(keys("4"));
    assert_eq!(last(&w).0, w.calls[&call].customer);
}

#[test]
fn a_guest_may_leave_mute_and_press_keys() {
    let mut w = World::new();
    let call = consulting(&mut w);
    w.done(Request::Mute(bob(), true));
    let party = asked_party(&w, call);
    assert_eq!(w.commands.last(), Some(&Command::Mute { call, party, on: true }));
    assert_eq!(w.desks["bob"].current["muted"], true);
    assert_eq!(w.desks["alice"].current["muted"], false);
    w.done(Request::Digits(bob(), "7".into()));
    let alices = w.calls[&call].agent.unwrap().0;
    assert_eq!(w.commands.last(), Some(&Command::Digits { call, party: alices, digits: "7".into() }));
    for request in [
        Request::Hold(bob(), true),
        Request::Swap(bob()),
        Request::Conference(bob()),
        Request::ConsultEnd(bob()),
        Request::Consult(bob(), Target::Agent("carol".into())),
        Request::Transfer(bob(), None),
        Request::Outcome { agent: bob(), call: None, code: None, notes: Some("x".into()), priority: None },
    ] {
        let (status, code, _) = w.refused(request);
        assert_eq!((status, code), (409, "guest"));
    }
    w.done(Request::Swap(alice()));
    assert_eq!(w.refused(Request::Digits(bob(), "7".into())).1, "nobody_hears");
    w.done(Request::Hangup(bob()));
    assert_eq!((w.state("bob").as_str(), w.hear(call).as_str()), ("ready", "ca"));
}

#[test]
fn a_colleague_has_page_and_record_before_his_phone_rings() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.trace.clear();
    w.done(ask_bob());
    let step = |word: &str| {
        w.trace.iter().position(|entry| entry == word).unwrap_or_else(|| panic!("{word}: {:?}", w.trace))
    };
    assert!(step("bob current \"claimed\"") < step("bob probe") && step("bob probe") < step("ring"));
    let guest = &w.desks["bob"].current;
    assert_eq!((&guest["guest"], &guest["from"]), (&true.into(), &"Alice".into()));
    assert_eq!(guest["page"]["title"], "Page 1");
    assert_eq!(guest["contact"]["name"], "Visitor 1");
    assert!(guest["consult"].is_null());
    let Some(Command::Ring { device, caller_name, auto_answer, ring_secs, .. }) =
        w.commands.iter().rev().find(|c| matches!(c, Command::Ring { .. }))
    else {
        panic!()
    };
    assert_eq!(device, &Device::Account { user: "bob".into(), realm: "acme".into() });
    assert_eq!((caller_name.as_str(), *auto_answer, *ring_secs), ("Visitor 1", false, 15));
    assert_eq!((&consult(&w)["name"], &consult(&w)["state"]), (&"Bob".into(), &"ringing".into()));
    assert_eq!((w.hear(call).as_str(), &w.desks["alice"].current["held"]), ("", &true.into()));
    assert_eq!(w.page_views.values().next().unwrap()["agent"]["display_name"], "Alice");

    w.agent_answers(call);
    assert_eq!((w.hear(call).as_str(), &consult(&w)["state"]), ("ax", &"talking".into()));
    assert_eq!((w.state("bob").as_str(), w.state("alice").as_str()), ("talking", "talking"));
    w.done(Request::Swap(alice()));
    assert_eq!((w.hear(call).as_str(), &consult(&w)["state"]), ("ca", &"held".into()));
    assert_eq!(w.desks["alice"].current["held"], false);
    w.done(Request::Swap(alice()));
    assert_eq!(w.hear(call), "ax");
    w.done(Request::Hold(alice(), false));
    assert_eq!(w.hear(call), "ca", "off hold: with the customer");
    w.done(Request::Hold(alice(), true));
    assert_eq!(w.hear(call), "ax", "on hold: with the colleague");
    w.done(Request::Conference(alice()));
    assert_eq!((w.hear(call).as_str(), &consult(&w)["state"]), ("cax", &"conference".into()));
    w.done(Request::Conference(alice()));
    w.done(Request::Hold(alice(), true));
    assert_eq!(w.hear(call), "ax", "between themselves");
    w.done(Request::Swap(alice()));
    w.done(Request::ConsultEnd(alice()));
    assert_eq!((w.hear(call).as_str(), consult(&w).is_null()), ("ca", true));
    assert_eq!(w.state("bob"), "wrapup", "he has spoken with the customer");
    assert_eq!(w.state("alice"), "talking");
    w.customer_leaves(call);
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.agents == ["alice", "bob"])), 1);
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.agent.as_deref() == Some("alice"))), 1);
}

#[test]
fn who_was_only_asked_is_free_at_once() {
    let mut w = World::new();
    let call = consulting(&mut w);
    w.done(Request::ConsultEnd(alice()));
    assert_eq!((w.state("bob").as_str(), w.hear(call).as_str()), ("ready", "ca"));
    assert!(w.desks["bob"].current.is_null() && w.desks["alice"].me["notice"].is_null());
    w.done(ask_bob());
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!((w.state("bob").as_str(), w.state("alice").as_str()), ("ready", "wrapup"));
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.agents == ["alice"])), 1);
}

#[test]
fn who_cannot_be_asked() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let ask = |target: Target| Request::Consult(alice(), target);
    let agent = |name: &str| Target::Agent(name.into());
    let expect = |w: &mut World, target: Target, status: u16, code: &str, words: &str| {
        for request in [ask(target.clone()), Request::Transfer(alice(), Some(target.clone()))] {
            let refused = w.refused(request);
            assert_eq!((refused.0, refused.1), (status, code), "{target:?}");
            assert!(refused.2.contains(words), "{}", refused.2);
        }
    };
    expect(&mut w, agent("nobody"), 404, "unknown_agent", "colleague");
    expect(&mut w, agent("alice"), 422, "yourself", "you");
    expect(&mut w, agent("bob"), 409, "colleague_busy", "Bob is not logged in.");
    w.ready("bob");
    let other = w.dial_queue(None);
    expect(&mut w, agent("bob"), 409, "colleague_busy", "Bob is busy.");
    w.agent_answers(other);
    w.customer_leaves(other);
    expect(&mut w, agent("bob"), 409, "colleague_busy", "Bob still has to finish a call.");
    w.tell(Request::WrapupDone(bob()));
    w.tell(Request::Presence(bob(), Presence::NotReady, None));
    expect(&mut w, agent("bob"), 409, "colleague_busy", "Bob is not ready.");
    w.tell(Request::Presence(bob(), Presence::Ready, None));
    w.phone("bob", false);
    expect(&mut w, agent("bob"), 409, "colleague_busy", "Bob cannot be reached.");
    for (number, code) in
        [("112", "number_not_allowed"), ("+442079460018", "number_not_allowed"), ("help", "number_invalid")]
    {
        expect(&mut w, Target::Number(number.into()), 422, code, "number");
    }
    expect(&mut w, Target::Number("+493012345003".into()), 422, "number_not_allowed", "must not be called");
    let refused = w.refused(ask(Target::Queue("sales".into())));
    assert_eq!((refused.0, refused.1), (422, "target_not_allowed"));
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    expect(&mut w, Target::Number(OUTSIDE.into()), 409, "trunk_down", "line");
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    w.done(ask_outside());
    expect(&mut w, agent("bob"), 409, "consulting", "01519 9988777");
    for request in [Request::Swap(alice()), Request::Conference(alice())] {
        assert_eq!(w.refused(request).1, "not_answered");
    }
    w.done(Request::ConsultEnd(alice()));
    for request in [
        Request::Swap(alice()),
        Request::Conference(alice()),
        Request::ConsultEnd(alice()),
        Request::Transfer(alice(), None),
    ] {
        assert_eq!(w.refused(request).1, "no_consult");
    }
    assert_eq!((w.hear(call).as_str(), w.desks["alice"].current["held"].as_bool()), ("ca", Some(false)));
}

/// Bob is asked in vain; whether he is ready afterwards, and what Alice reads.
fn in_vain(fail: impl Fn(&mut World, CallId)) -> (bool, String) {
    let mut w = World::new();
    let call = asking(&mut w);
    fail(&mut w, call);
    assert_eq!((w.hear(call).as_str(), consult(&w).is_null()), ("ca", true), "with the customer again");
    let desk = &w.desks["bob"];
    assert!(w.calls[&call].asked.is_none() && (desk.stream.is_none() || desk.current.is_null()));
    let notice = &w.desks["alice"].me["notice"];
    let word = |field: &str| notice[field].as_str().unwrap_or_default();
    let notice = format!("{} {}", word("code"), word("name")).trim().to_owned();
    let ready = w.desks["bob"].me["state"] == "ready";
    w.customer_leaves(call);
    assert!(w.desks["alice"].me["notice"].is_null());
    (ready, notice)
}

#[test]
fn whatever_becomes_of_the_one_asked_the_customer_is_back() {
    let declined = in_vain(|w, _| w.done(Request::Hangup(bob())));
    assert_eq!(declined, (true, "asked_declined Bob".into()));
    let busy = in_vain(|w, call| w.agent_fails(call, Cause::Declined));
    assert_eq!(busy, declined);
    let silent = in_vain(|w, call| w.agent_fails(call, Cause::NoAnswer));
    assert_eq!(silent, (false, "asked_no_answer Bob".into()));
    let stuck = in_vain(|w, _| w.wait_secs(20));
    assert_eq!(stuck, silent, "nor did the switch");
    let failed = in_vain(|w, call| w.agent_fails(call, Cause::Unreachable));
    assert_eq!(failed, (false, "asked_unreachable Bob".into()));
    let phone = in_vain(|w, _| {
        w.phone("bob", false);
        w.wait_secs(5);
    });
    assert_eq!(phone.1, "asked_unreachable Bob");
    let desk = in_vain(|w, _| {
        w.close_desktop("bob");
        w.wait_secs(5);
        w.desktop("bob");
    });
    assert_eq!(desk, (true, "asked_unreachable Bob".into()));
    let out = in_vain(|w, _| w.done(Request::Logout(bob())));
    assert_eq!(out.1, "asked_unreachable Bob");
    let canceled = in_vain(|w, _| w.done(Request::ConsultEnd(alice())));
    assert_eq!(canceled, (true, String::new()));
    let back = in_vain(|w, _| w.done(Request::Hold(alice(), false)));
    assert_eq!(back, canceled, "back to the customer while it rings");
}

#[test]
fn a_dead_desktop_is_not_asked_for_long() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.desks.get_mut("bob").unwrap().alive = false;
    w.wait_secs(2);
    w.done(ask_bob());
    assert!(w.calls[&call].asked.is_none(), "probed first");
    assert_eq!(w.hear(call), "");
    w.wait(Duration::from_millis(250));
    assert_eq!((w.hear(call).as_str(), w.state("bob").as_str()), ("ca", "unreachable"));
    assert_eq!(w.count(|c| matches!(c, Command::Ring { .. })), 1);
    // Taken back while he is probed.
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.desks.get_mut("bob").unwrap().alive = false;
    w.done(ask_bob());
    w.done(Request::ConsultEnd(alice()));
    w.wait_secs(1);
    assert_eq!((w.hear(call).as_str(), w.state("bob").as_str()), ("ca", "ready"));
}

#[test]
fn he_answers_while_he_is_let_go() {
    let mut w = World::new();
    let call = asking(&mut w);
    let party = asked_party(&w, call);
    w.done(Request::ConsultEnd(alice()));
    // His answer was on its way; the switch clears it and says so.
    w.event(Event::Answered { call, party });
    w.event(Event::Left { call, party, cause: Cause::Normal, by_itself: false });
    assert_eq!((w.state("bob").as_str(), w.hear(call).as_str()), ("ready", "ca"));
    w.done(ask_bob());
    assert_ne!(asked_party(&w, call), party);
    w.event(Event::Failed { call, party, cause: Cause::Canceled });
    assert_eq!(w.ringing_at("bob"), Some(call), "an old party's end is nothing");
}

#[test]
fn the_customer_leaves_while_it_rings() {
    let mut w = World::new();
    let call = asking(&mut w);
    w.customer_leaves(call);
    assert_eq!((w.state("bob").as_str(), w.state("alice").as_str()), ("ready", "wrapup"));
    assert!(w.desks["bob"].me["notice"].is_null(), "no missed call");
    assert_eq!(w.firms.counters().calls_live, 0);
    let mut w = World::new();
    let call = consulting(&mut w);
    w.done(Request::Conference(alice()));
    w.customer_leaves(call);
    assert_eq!((w.state("bob").as_str(), w.state("alice").as_str()), ("wrapup", "wrapup"));
    w.wait_secs(20);
    assert_eq!((w.state("bob").as_str(), w.state("alice").as_str()), ("ready", "ready"));
}

#[test]
fn the_one_asked_hangs_up() {
    for conference in [false, true] {
        let mut w = World::new();
        let call = consulting(&mut w);
        if conference {
            w.done(Request::Conference(alice()));
        }
        let party = asked_party(&w, call);
        w.agent_leaves(call, party);
        assert_eq!((w.hear(call).as_str(), w.state("alice").as_str()), ("ca", "talking"));
        assert_eq!(w.state("bob"), if conference { "wrapup" } else { "ready" });
    }
}

#[test]
fn both_agents_are_lost() {
    let mut w = World::new();
    let call = consulting(&mut w);
    let (alices, bobs) = (w.calls[&call].agent.unwrap().0, asked_party(&w, call));
    w.agent_leaves(call, alices);
    assert_eq!((w.state("alice").as_str(), w.state("bob").as_str()), ("wrapup", "talking"));
    assert_eq!(w.hear(call), "ca", "the customer is with who is left");
    w.agent_leaves(call, bobs);
    assert!(!w.calls.contains_key(&call));
    assert_eq!((w.state("bob").as_str(), w.firms.counters().calls_live), ("wrapup", 0));
    assert_eq!(w.facts(|f| matches!(f, Fact::CallRecorded(r) if r.agent.as_deref() == Some("bob"))), 1);
}

#[test]
fn a_number_is_asked_through_the_trunk() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.done(Request::Consult(alice(), Target::Number("01519 9988777".into())));
    let Some(Command::Ring { device, caller_name, caller_number, ring_secs, .. }) =
        w.commands.iter().rev().find(|c| matches!(c, Command::Ring { .. }))
    else {
        panic!()
    };
    assert_eq!(device, &Device::Number { number: OUTSIDE.into(), trunk: "carrier".into() });
    assert_eq!((caller_name.as_str(), caller_number, *ring_secs), ("Alice", &None, 30));
    assert_eq!((&consult(&w)["name"], &consult(&w)["state"]), (&"01519 9988777".into(), &"ringing".into()));
    w.agent_fails(call, Cause::Busy);
    assert_eq!(w.hear(call), "ca");
    assert!(w.desks["alice"].me["notice"]["name"] == "01519 9988777");
    w.done(ask_outside());
    w.wait_secs(35);
    assert_eq!((w.hear(call).as_str(), consult(&w).is_null()), ("ca", true), "the switch never answered");
    w.done(ask_outside());
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ax");
    w.done(Request::Conference(alice()));
    assert_eq!(w.hear(call), "cax");
    let party = asked_party(&w, call);
    w.agent_leaves(call, party);
    assert_eq!(w.hear(call), "ca");
}

#[test]
fn a_restart_in_a_consultation_leaves_nobody_bound() {
    let mut w = World::new();
    consulting(&mut w);
    w.done(Request::Conference(alice()));
    w.crash();
    for name in ["alice", "bob"] {
        w.desktop(name);
        assert!(w.desks[name].current.is_null());
        w.phone(name, true);
        w.tell(Request::Presence(World::who(name), Presence::Ready, None));
        assert_eq!(w.state(name), "ready");
    }
    assert_eq!((w.firms.counters().calls_live, w.firms.counters().reservations_live), (0, 0));
    let call = w.dial_queue(None);
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
}
