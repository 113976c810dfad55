//! Agents: log-in, take-over, presence, reachability, wrap-up, and what their desktops are told.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Command, Device};
use warmline_coordination::request::*;

#[test]
fn a_log_in_mints_a_credential_and_a_log_out_takes_it() {
    let mut w = World::new();
    w.wait_secs(60);
    let Reply::Agent(views) = w.tell(Request::Login(World::who("alice"))) else { panic!() };
    assert_eq!(views.me.since, w.now.rfc3339(), "not ready since the log-in");
    let Some(Command::SetCredential { user, realm, password }) = w.commands.last() else { panic!() };
    assert_eq!((user.as_str(), realm.as_str(), password), ("alice", "acme", &views.me.sip_password));
    assert_eq!((views.me.station, views.me.sip_password.len()), ("browser", 32));
    w.ready("alice");
    w.tell(Request::Logout(World::who("alice")));
    assert!(matches!(w.commands.last(), Some(Command::DropCredential { .. })));
    assert_eq!(w.desks["alice"].replaced, 1);
    let Reply::Problem(problem) = w.tell(Request::Presence(World::who("alice"), Presence::Ready, None))
    else {
        panic!()
    };
    assert_eq!((problem.status, problem.code), (409, "not_logged_in"));
    let Reply::Problem(problem) = w.tell(Request::Login(World::who("nobody"))) else { panic!() };
    assert_eq!((problem.status, problem.code), (404, "unknown_agent"));
}

#[test]
fn a_newer_desktop_takes_over() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let old = w.desks["alice"].stream.unwrap();
    w.desktop("alice");
    assert_eq!(w.desks["alice"].replaced, 1);
    assert_eq!(w.state("alice"), "claimed", "with what he has in hand");
    w.tell(Request::StreamClosed(World::who("alice"), old));
    w.wait_secs(10);
    assert_eq!(w.state("alice"), "claimed", "the old one's end is nothing");
    let Reply::Problem(problem) = w.tell(Request::StreamOpened(World::who("alice"), old)) else { panic!() };
    assert_eq!((problem.status, problem.code), (409, "replaced"));
}

#[test]
fn ready_needs_desktop_and_phone() {
    let mut w = World::new();
    w.tell(Request::Login(World::who("alice")));
    w.desktop("alice");
    w.tell(Request::Presence(World::who("alice"), Presence::Ready, None));
    assert_eq!(w.state("alice"), "unreachable");
    assert!(w.open(wish(1, Mode::Dial)).agent.is_none());
    w.phone("alice", true);
    assert_eq!(w.state("alice"), "ready");
    assert!(w.open(wish(2, Mode::Dial)).agent.is_some());
    w.ready("dave");
    let view = w.open(wish(3, Mode::Dial));
    assert_eq!(view.agent.unwrap().display_name, "Dave");
    w.dial(view.number.as_deref().unwrap(), None);
    let Some(Command::Ring { device, .. }) = w.commands.last() else { panic!() };
    assert_eq!(device, &Device::Number { number: "+4930901820".into(), trunk: "carrier".into() });
}

#[test]
fn skills_decide_who_is_asked() {
    let mut settings = acme();
    settings.agents[0].skills = vec![("support".into(), 5)];
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    assert!(w.open(wish(1, Mode::Dial)).agent.is_none());
    let call = w.dial_queue(None);
    assert!(w.calls[&call].agent.is_none());
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call));
}

#[test]
fn not_ready_counts_after_the_call() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(Some("+4930222333"));
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Vera Known", "known by his number");
    w.agent_answers(call);
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    assert_eq!(w.desks["alice"].me["pending_not_ready"], true);
    w.customer_leaves(call);
    assert_eq!(w.state("alice"), "wrapup");
    w.wait_secs(20);
    assert_eq!(w.state("alice"), "not_ready");
}

#[test]
fn a_log_out_in_a_call_waits_for_its_end() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    w.tell(Request::Logout(World::who("alice")));
    assert!(!matches!(w.commands.last(), Some(Command::DropCredential { .. })));
    w.customer_leaves(call);
    assert!(matches!(w.commands.last(), Some(Command::DropCredential { .. })));
    assert_eq!(w.firms.counters().invariant_violations, 0);
}

#[test]
fn leaving_with_a_claim_hands_it_on() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    w.tell(Request::Logout(World::who("alice")));
    assert_eq!(w.page_views[&view.id]["agent"]["display_name"], "Bob");
    w.tell(Request::Presence(World::who("bob"), Presence::NotReady, None));
    assert!(w.page_views[&view.id]["agent"].is_null());
}

#[test]
fn a_long_line_is_told_as_what_is_news_of_it_and_whole_to_who_opens() {
    let mut w = World::new();
    w.ready("alice");
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    let calls: Vec<_> = (0..20).map(|_| w.dial_queue(None)).collect();
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting.as_array().unwrap().len(), 20);
    let told = w.desks["alice"].waiting_told;
    w.customer_leaves(calls[7]);
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting.as_array().unwrap().len(), 19);
    assert_eq!(w.desks["alice"].waiting_told, told + 1, "one row is gone");
    w.wait_secs(30);
    assert_eq!(w.desks["alice"].waiting_told, told + 1, "nothing is news");
    w.tell(Request::Login(World::who("bob")));
    w.desktop("bob");
    assert_eq!(w.desks["bob"].waiting.as_array().unwrap().len(), 19);
    w.customer_leaves(calls[0]);
    w.dial_queue(None);
    w.wait_secs(1);
    let lists = ["alice", "bob"].map(|name| w.desks[name].waiting.clone());
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0].as_array().unwrap().len(), 19);
}

#[test]
fn boards_are_told_five_times_a_second_at_most() {
    let mut w = World::new();
    w.ready("alice");
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    w.wait_secs(1);
    for n in 0..20 {
        w.dial_queue(None);
        let shown = w.desks["alice"].stats["waiting"].as_u64().unwrap();
        assert_eq!(shown, 1, "{n}: the first at once, the others with the next round");
    }
    w.wait(Duration::from_millis(200));
    assert_eq!(w.desks["alice"].stats["waiting"], 20);
    assert_eq!(w.desks["alice"].waiting.as_array().unwrap().len(), 20);
    w.wait_secs(10);
    assert_eq!(w.desks["alice"].stats["longest_secs"], 10);
    assert_eq!(
        (w.desks["alice"].stats["agents_in"].as_u64(), w.desks["alice"].stats["agents_ready"].as_u64()),
        (Some(1), Some(0))
    );
}

#[test]
fn too_many_callers_are_refused() {
    let mut settings = acme();
    settings.limits.waiting = 2;
    let mut w = World::with(vec![settings]);
    let view = w.open(wish(1, Mode::Dial));
    w.dial_queue(None);
    w.dial_queue(None);
    w.dial_queue(None);
    assert_eq!(w.count(|c| matches!(c, Command::Reject { .. })), 1);
    w.dial(view.number.as_deref().unwrap(), None);
    assert_eq!(w.count(|c| matches!(c, Command::Reject { .. })), 1, "who was promised a place has it");
}

#[test]
fn a_talk_goes_on_without_a_desktop() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    w.close_desktop("alice");
    w.phone("alice", false);
    w.wait_secs(30);
    assert!(w.calls.contains_key(&call));
    w.desktop("alice");
    assert_eq!(
        (w.state("alice").as_str(), w.desks["alice"].current["call"].as_str()),
        ("talking", Some(call.to_string().as_str()))
    );
}

#[test]
fn waits_shown_do_not_rise_without_a_cause() {
    let mut w = World::new();
    w.ready("alice");
    let busy = w.dial_queue(None);
    w.agent_answers(busy);
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    let mut last = w.page(view.id).wait.unwrap();
    for _ in 0..60 {
        w.wait_secs(10);
        let wait = w.page(view.id).wait.unwrap();
        assert!(wait.p50_secs <= last.p50_secs && wait.p90_secs <= last.p90_secs);
        last = wait;
    }
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    w.wait_secs(1);
    assert_eq!(w.page(view.id).wait, None, "the only agent leaves: nothing is known");
    assert!(w.page_views[&view.id]["wait"].is_null(), "and the page is told");
    assert!(w.calls.contains_key(&call));
}

#[test]
fn a_wait_is_told_as_soon_as_somebody_serves() {
    let mut w = World::new();
    let held = w.open(wish(1, Mode::Dial));
    assert_eq!(held.wait, None, "nobody is logged in");
    w.ready("alice");
    w.wait_secs(1);
    assert_eq!(w.page_views[&held.id]["wait"]["p90_secs"], 0, "she is free");
    let busy = w.dial_queue(None);
    w.agent_answers(busy);
    w.wait_secs(1);
    let one = w.page(held.id).wait.unwrap();
    assert!(one.p50_secs > 0, "she was taken");
    w.ready("bob");
    let other = w.dial_queue(None);
    w.agent_answers(other);
    w.wait_secs(1);
    let two = w.page(held.id).wait.unwrap();
    assert!(two.p50_secs < one.p50_secs, "two serve: {two:?} after {one:?}");
    w.tell(Request::Logout(World::who("bob")));
    w.wait_secs(1);
    assert!(w.page(held.id).wait.unwrap().p50_secs > two.p50_secs, "he will not come back: a cause");
    w.customer_leaves(busy);
    w.tell(Request::Logout(World::who("alice")));
    w.wait_secs(1);
    assert_eq!(w.page(held.id).wait, None);
}
