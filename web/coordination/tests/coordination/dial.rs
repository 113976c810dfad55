//! Journey 1: click → number → call, and what can go wrong with numbers, claims and offers.

use crate::world::*;
use std::collections::HashSet;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_coordination::fact::Fact;
use warmline_coordination::request::*;
use warmline_coordination::view::{ShownMode, VisitorState};

#[test]
fn a_click_becomes_a_call_with_the_page_first() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!((view.mode, view.state), (ShownMode::Dial, VisitorState::Held));
    assert_eq!(view.number.as_deref(), Some("+493012345000"));
    assert_eq!(view.number_display.as_deref(), Some("030 12345000"));
    assert_eq!(view.pin.as_ref().map(String::len), Some(6));
    assert_eq!(view.agent.as_ref().unwrap().display_name, "Alice");
    assert_eq!((view.wait.map(|wait| wait.p90_secs), view.trace_id.len()), (Some(0), 32));
    let current = &w.desks["alice"].current;
    assert_eq!(current["state"], "claimed");
    assert_eq!(current["page"]["title"], "Page 1");
    assert_eq!(current["contact"]["name"], "Visitor 1");
    assert_eq!(current["confidence"], "exact");
    assert_eq!(w.state("alice"), "claimed");

    w.trace.clear();
    let call = w.dial("+493012345000", Some("+4930555666"));
    assert_eq!(w.trace[0], "alert");
    let step = |word: &str| {
        w.trace.iter().position(|entry| entry == word).unwrap_or_else(|| panic!("{word}: {:?}", w.trace))
    };
    assert!(step("alice probe") < step("ring"));
    assert_eq!(w.state("alice"), "ringing");
    assert_eq!(w.page_views[&view.id]["state"], "ringing");
    let Some(Command::Ring { device, caller_name, auto_answer, ring_secs, .. }) = w.commands.last() else {
        panic!()
    };
    assert_eq!(device, &Device::Account { user: "alice".into(), realm: "acme".into() });
    assert_eq!((caller_name.as_str(), *auto_answer, *ring_secs), ("Visitor 1", false, 15));

    w.agent_answers(call);
    assert_eq!(w.state("alice"), "talking");
    assert_eq!(w.page_views[&view.id]["state"], "talking");
    assert_eq!(w.firms.counters().numbers_held, 0, "the call is connected, not the number");
    w.wait_secs(60);
    w.customer_leaves(call);
    assert_eq!(w.state("alice"), "wrapup");
    assert_eq!(w.desks["alice"].current["contact"]["history"][0]["outcome"], "talked");
    assert_eq!(w.desks["alice"].current["contact"]["history"][0]["talk_secs"], 60);
    assert_eq!(w.desks["alice"].current["contact"]["history"][0]["agent"], "Alice");
    let page = w.page(view.id);
    assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("normal")));
    w.wait_secs(20);
    assert_eq!(w.state("alice"), "ready");
    assert!(w.desks["alice"].current.is_null());
    let events: Vec<&str> = w.desks["alice"].events.clone();
    let wanted = [
        "reservation.created",
        "agent.claimed",
        "context.rendered",
        "reservation.matched",
        "call.offered",
        "call.ringing",
        "call.answered",
        "call.bridged",
        "number.cooling",
        "number.free",
        "call.ended",
        "agent.wrapup",
        "agent.wrapup_ended",
        "agent.ready",
    ];
    assert_eq!(events, wanted);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::CallRecorded(_))), 1);
}

#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut w = World::new();
    w.ready("alice");
    w.prompt = false;
    let id = w.ask(Request::Open(Box::new(wish(1, Mode::Dial))));
    assert!(!w.replies.contains_key(&id));
    assert!(w.desks["alice"].current.is_null());
    w.commit();
    assert!(w.replies.contains_key(&id));
    assert_eq!(w.desks["alice"].current["state"], "claimed");
}

#[test]
fn a_number_without_an_agent_keeps_the_place_of_the_request() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!((view.mode, view.agent.is_none()), (ShownMode::Dial, true));
    assert_eq!(view.wait, None, "nobody serves");
    w.wait_secs(10);
    let plain = w.dial_queue(None);
    w.wait_secs(1);
    let call = w.dial("+493012345000", None);
    let page = w.page(view.id);
    assert_eq!(
        (page.state, page.position),
        (VisitorState::Waiting, Some(1)),
        "before the one who called earlier"
    );
    assert_eq!(w.count(|c| matches!(c, Command::Queue { .. })), 2);
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    w.agent_answers(call);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(plain));
    assert_eq!(w.desks["bob"].current["confidence"], "none");
    assert_eq!(w.desks["bob"].current["contact"]["name"], "Some Body", "and no control characters");
}

#[test]
fn a_claim_ends_and_the_agent_is_only_preferred() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.tell(Request::DialIntent { reservation: view.id });
    w.tell(Request::DialIntent { reservation: view.id });
    w.wait_secs(89);
    assert_eq!(w.state("alice"), "claimed");
    w.wait_secs(1);
    assert_eq!(w.state("alice"), "ready", "prolonged once by its length");
    assert_eq!(w.page_views[&view.id]["agent"], serde_json::Value::Null);
    w.ready("bob");
    let call = w.dial("+493012345000", None);
    assert_eq!(w.ringing_at("alice"), Some(call), "preferred");
}

#[test]
fn a_lapsed_number_cools_and_leads_to_the_queue_without_context() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(300);
    let page = w.page(view.id);
    assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("expired")));
    w.ready("alice");
    let call = w.dial("+493012345000", Some("+4930222333"));
    assert_eq!(w.ringing_at("alice"), None, "a known caller, but not he who had it: he is asked first");
    w.wait_secs(10);
    assert_eq!(w.ringing_at("alice"), Some(call));
    let current = &w.desks["alice"].current;
    assert!(current["page"].is_null() && current["reservation"].is_null());
    assert_eq!(current["contact"]["id"], serde_json::Value::Null, "a late call shows nobody's record");
}

#[test]
fn least_recently_used_number_first() {
    let mut w = World::new();
    let first = w.open(wish(1, Mode::Dial));
    w.tell(Request::Cancel { reservation: first.id });
    let mut seen = vec![first.number.unwrap()];
    w.wait_secs(60);
    for n in 2..=10 {
        seen.push(w.open(wish(n, Mode::Dial)).number.unwrap());
    }
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 10);
    assert_eq!(w.open(wish(11, Mode::Dial)).number.as_deref(), Some(seen[0].as_str()));
}

#[test]
fn e1_two_visitors_never_share_a_number() {
    let mut settings = acme();
    settings.agents = (0..10)
        .map(|n| agent(&format!("agent{n}"), warmline_coordination::settings::Station::Browser))
        .collect();
    settings.limits.per_address = 10_000;
    let mut w = World::with(vec![settings]);
    for n in 0..10 {
        w.ready(&format!("agent{n}"));
    }
    w.prompt = false;
    for n in 0..1000 {
        w.ask(Request::Open(Box::new(wish(n, Mode::Dial))));
    }
    w.commit();
    let (mut numbers, mut agents, mut browsers) = (HashSet::new(), 0, 0);
    for reply in w.replies.values() {
        let Reply::Reservation { created, view, token } = reply else { continue };
        assert!(created);
        match view.mode {
            ShownMode::Dial => {
                assert!(numbers.insert(view.number.clone().unwrap()), "one holder each");
                agents += usize::from(view.agent.is_some());
            }
            ShownMode::Browser => {
                assert!(token.is_some() && view.number.is_none());
                browsers += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((numbers.len(), agents, browsers), (10, 10, 990));
}

#[test]
fn e8_no_answer_pauses_the_agent_and_the_caller_goes_on() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.ready("bob");
    let call = w.dial("+493012345000", None);
    w.agent_fails(call, Cause::NoAnswer);
    assert_eq!(w.state("alice"), "not_ready");
    assert_eq!(w.desks["alice"].me["notice"]["code"], "unanswered");
    assert_eq!(w.ringing_at("bob"), Some(call));
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
    w.tell(Request::Hangup(World::who("bob")));
    assert_eq!(w.state("bob"), "not_ready");
    assert_eq!(w.count(|c| matches!(c, Command::Queue { .. })), 1, "music, never silence");
    assert!(w.calls.contains_key(&call));
    w.tell(Request::Presence(World::who("alice"), Presence::Ready, None));
    assert_eq!(w.ringing_at("alice"), Some(call));
}

/// Vera goes before others, as if she had asked a minute earlier than she has.
#[test]
fn e8_who_was_let_ring_goes_before_others_as_if_he_had_asked_a_minute_earlier() {
    let served = |offered: bool| {
        let mut settings = acme();
        settings.contacts[0].priority = 5;
        let mut w = World::with(vec![settings]);
        if offered {
            w.ready("alice");
        }
        let call = w.dial_queue(None);
        w.wait_secs(15);
        let vera = w.dial_queue(Some("+4930222333"));
        if offered {
            assert_eq!(w.ringing_at("alice"), Some(call));
            w.agent_fails(call, Cause::NoAnswer);
            assert_eq!(w.state("alice"), "not_ready");
        }
        w.ready("bob");
        let (bobs, first) = (w.ringing_at("bob"), if offered { call } else { vera });
        assert_eq!(bobs, Some(first), "offered: {offered}");
        // Nothing of it is left once somebody has spoken with him.
        w.agent_answers(first);
        assert_eq!(w.desks["bob"].current["state"], "talking");
    };
    served(true);
    served(false);
}

#[test]
fn e8_each_agent_who_declines_counts_and_no_caller_who_hangs_up() {
    let mut w = World::new();
    w.ready("alice");
    w.ready("bob");
    let call = w.dial_queue(None);
    for _ in 0..2 {
        let rung = if w.ringing_at("alice").is_some() { "alice" } else { "bob" };
        w.tell(Request::Hangup(World::who(rung)));
    }
    w.wait_secs(1);
    // Two steps: who asked less than two minutes earlier goes behind him.
    let rank = |w: &World, row: usize| w.desks["alice"].waiting[row]["rank"].clone();
    let earlier = w.now - Duration::from_secs(1) - Duration::from_secs(4 * 60 + 120);
    assert_eq!(rank(&w, 0)[1], earlier.as_micros());
    assert!(w.calls.contains_key(&call));
}

#[test]
fn the_switch_that_never_answers_is_given_up() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial("+493012345000", None);
    w.wait_secs(19);
    assert_eq!(w.state("alice"), "ringing");
    w.wait_secs(1);
    assert_eq!(w.state("alice"), "not_ready");
    assert!(w.count(|c| matches!(c, Command::Queue { .. })) == 1 && w.calls.contains_key(&call));
}

#[test]
fn ringing_becomes_music_after_twenty_seconds() {
    let mut settings = acme();
    settings.queues[0].ring = Duration::from_secs(40);
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial("+493012345000", None);
    w.wait_secs(21);
    assert_eq!(w.count(|c| matches!(c, Command::Queue { .. })), 1);
    assert_eq!(w.ringing_at("alice"), Some(call), "and his phone rings on");
    w.agent_answers(call);
    assert_eq!(w.state("alice"), "talking");
}

#[test]
fn e7_a_lost_desktop_hands_its_page_to_the_next_agent() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    w.close_desktop("alice");
    w.wait_secs(4);
    assert_eq!(w.page(view.id).agent.unwrap().display_name, "Alice", "a reload is no loss");
    w.wait_secs(1);
    assert_eq!(w.page_views[&view.id]["agent"]["display_name"], "Bob");
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1", "before any ring");
    let call = w.dial("+493012345000", None);
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.phone("bob", false);
    w.wait_secs(5);
    assert!(w.calls[&call].agent.is_none(), "a phone that is gone does not ring");
    assert_eq!(w.page(view.id).state, VisitorState::Waiting);
    w.desktop("alice");
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn a_dead_desktop_skips_a_browser_phone_but_rings_a_desk_phone() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.ready("carol");
    w.desks.get_mut("alice").unwrap().alive = false;
    w.desks.get_mut("carol").unwrap().alive = false;
    w.wait_secs(2);
    let call = w.dial("+493012345000", None);
    assert_eq!(w.count(|c| matches!(c, Command::Ring { .. })), 0);
    w.wait(Duration::from_millis(250));
    assert_eq!(w.state("alice"), "unreachable");
    assert_eq!(w.count(|c| matches!(c, Command::Ring { .. })), 0);
    w.wait(Duration::from_millis(250));
    assert_eq!(w.ringing_at("carol"), Some(call));
    let Some(Command::Ring { device, .. }) = w.commands.last() else { panic!() };
    assert_eq!(device, &Device::Account { user: "203".into(), realm: "node.test".into() });
    w.tell(Request::Rendered { agent: World::who("alice"), reservation: wlv(), snapshot: None });
    assert_eq!(w.state("alice"), "ready", "any sign of life ends it");
}

#[test]
fn a_slow_desktop_is_not_a_dead_one() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.desks.get_mut("alice").unwrap().alive = false;
    let call = w.dial("+493012345000", None);
    w.wait(Duration::from_millis(300));
    assert_eq!(w.ringing_at("alice"), None);
    w.desks.get_mut("alice").unwrap().alive = true;
    let late = Request::ProbeAnswer {
        agent: World::who("alice"),
        probe: warmline_coordination::ids::ProbeId::mint(w.now, 1),
        drawn: None,
        hidden: false,
        microphone: true,
    };
    w.desks.get_mut("alice").unwrap().alive = false;
    w.tell(late);
    w.wait(Duration::from_millis(250));
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn e11_a_tapped_number_stays_while_the_network_routes() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(299);
    w.tell(Request::DialIntent { reservation: view.id });
    w.wait_secs(5);
    let call = w.dial("+493012345000", None);
    assert_eq!(w.page(view.id).state, VisitorState::Waiting);
    w.customer_leaves(call);
    w.wait_secs(60);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("expired"));
}

#[test]
fn an_agent_rests_as_soon_as_the_customer_has_left() {
    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    let party = w.calls[&call].customer;
    w.event(Event::Left { call, party, cause: Cause::Normal, by_itself: true });
    assert_eq!(w.state("alice"), "wrapup", "the legs are cleared in their own time");
    w.end_call(call, Cause::Normal);
    assert_eq!(w.facts(|fact| matches!(fact, Fact::CallRecorded(_))), 1);
}

#[test]
fn firms_share_nothing() {
    let mut other = acme();
    other.name = "bravo".into();
    other.sites[0].name = "bravo-shop".into();
    let mut w = World::with(vec![acme(), other]);
    w.ready("alice");
    let theirs = w.open(OpenReservation { site: "bravo-shop".into(), ..wish(1, Mode::Dial) });
    assert!(theirs.agent.is_none());
    let ours = w.open(wish(1, Mode::Dial));
    assert_eq!(ours.agent.unwrap().display_name, "Alice");
    let call = w.dial(theirs.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), Some(call), "the number of acme, held for acme's visitor");
    assert_eq!(w.page(theirs.id).state, VisitorState::Held);
}

fn wlv() -> warmline_coordination::ids::ReservationId {
    warmline_coordination::ids::ReservationId::mint(warmline_time::Time::ZERO, 1)
}

#[test]
fn hidden_tabs_ring_slow_pages_ring_late_dumb_microphones_never() {
    let mut w = World::new();
    w.ready("alice");
    w.desks.get_mut("alice").unwrap().draws = false;
    w.open(wish(1, Mode::Dial));
    let call = w.dial("+493012345000", None);
    assert_eq!(w.ringing_at("alice"), None, "the page is not drawn yet");
    w.wait(Duration::from_millis(250));
    assert_eq!(w.ringing_at("alice"), Some(call), "but the desktop is alive");
    w.customer_leaves(call);
    w.desks.get_mut("alice").unwrap().hidden = true;
    let call = w.dial("+493012345000", None);
    assert_eq!(w.ringing_at("alice"), Some(call), "a hidden tab notifies");
    w.customer_leaves(call);
    w.desks.get_mut("alice").unwrap().microphone = false;
    let call = w.dial("+493012345000", None);
    assert_eq!(w.state("alice"), "not_ready");
    assert!(w.calls[&call].customer_up);
}

#[test]
fn e17_a_caller_who_hangs_up_leaves_no_mark() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial("+493012345000", None);
    let party = w.calls[&call].agent.unwrap().0;
    w.customer_leaves(call);
    assert_eq!((w.state("alice").as_str(), w.desks["alice"].me["notice"].is_null()), ("ready", true));
    // The late answer of a leg that was cancelled changes nothing.
    w.event(warmline_coordination::cti::Event::Answered { call, party });
    w.event(warmline_coordination::cti::Event::Bridged { call });
    assert_eq!(w.state("alice"), "ready");
    let page = w.page(view.id);
    assert_eq!((page.state, page.number), (VisitorState::Held, view.number), "he may dial again");
    let call = w.dial("+493012345000", None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
}

#[test]
fn e9_no_number_and_no_room_is_never_a_dead_end() {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings.limits.reservations = 1;
    let mut w = World::with(vec![settings]);
    assert_eq!(w.open(wish(1, Mode::Dial)).mode, ShownMode::Dial);
    assert_eq!(w.open(wish(2, Mode::Dial)).mode, ShownMode::Browser);
    assert_eq!(w.open(wish(3, Mode::Dial)).mode, ShownMode::Ticket);
    w.event(warmline_coordination::cti::Event::TrunkDown { trunk: "carrier".into() });
    w.wait_secs(400);
    assert_eq!(w.open(wish(4, Mode::Dial)).mode, ShownMode::Browser, "numbers of a dead trunk are not shown");
}

#[test]
fn the_same_wish_is_answered_the_same() {
    let mut w = World::new();
    w.ready("alice");
    let mut first = wish(1, Mode::Dial);
    first.idempotency_key = Some("k".into());
    let view = w.open(first.clone());
    assert_eq!(w.open(first.clone()).id, view.id);
    let Reply::Reservation { created: false, .. } = w.tell(Request::Open(Box::new(first))) else { panic!() };
    assert_eq!(w.open(wish(1, Mode::Dial)).id, view.id, "one live request a visitor and site");
    let browser = w.open(wish(1, Mode::Browser));
    assert_ne!(browser.id, view.id);
    assert_eq!(browser.agent.unwrap().display_name, "Alice", "the visitor flips, the agent stays");
    assert_eq!(w.page(view.id).reason.as_deref(), Some("canceled"));
}

#[test]
fn strangers_are_limited() {
    let mut w = World::new();
    for n in 1..=5 {
        w.open(OpenReservation { address: "192.0.2.1".into(), ..wish(n, Mode::Dial) });
    }
    let sixth = OpenReservation { address: "192.0.2.1".into(), ..wish(6, Mode::Dial) };
    let Reply::Problem(problem) = w.tell(Request::Open(Box::new(sixth.clone()))) else { panic!() };
    assert_eq!((problem.status, problem.code, problem.retry_after_secs.is_some()), (429, "too_many", true));
    w.wait_secs(300);
    w.open(sixth);
    let Reply::Problem(problem) =
        w.tell(Request::Open(Box::new(OpenReservation { site: "other".into(), ..wish(9, Mode::Dial) })))
    else {
        panic!()
    };
    assert_eq!((problem.status, problem.code), (404, "unknown_site"));
}

#[test]
fn without_a_store_nothing_new_but_calls_go_on() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.firms.handle_store(w.now, false);
    w.pump();
    let Reply::Problem(problem) = w.tell(Request::Open(Box::new(wish(2, Mode::Dial)))) else { panic!() };
    assert_eq!((problem.status, problem.code), (503, "store_unavailable"));
    let call = w.dial("+493012345000", None);
    w.agent_answers(call);
    assert_eq!(w.state("alice"), "talking");
    w.firms.handle_store(w.now, true);
    w.open(wish(2, Mode::Dial));
}

#[test]
fn cancel_frees_everything_and_ends_a_call() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.tell(Request::Cancel { reservation: view.id });
    assert_eq!((w.state("alice").as_str(), w.firms.counters().numbers_held), ("ready", 0));
    let view = w.open(wish(2, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    w.tell(Request::Cancel { reservation: view.id });
    assert!(!w.calls.contains_key(&call));
    assert_eq!(w.page(view.id).reason.as_deref(), Some("canceled"));
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn e15_a_held_number_routes_after_a_restart() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let taken = w.open(wish(2, Mode::Dial));
    let talk = w.dial(taken.number.as_deref().unwrap(), None);
    w.customer_leaves(talk);
    w.crash();
    w.desktop("alice");
    assert_eq!(w.state("alice"), "not_ready", "the session is still good");
    w.phone("alice", true);
    w.tell(Request::Presence(World::who("alice"), Presence::Ready, None));
    let call = w.dial(view.number.as_deref().unwrap(), None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    w.agent_answers(call);
    w.crash();
    assert_eq!(w.page(view.id).reason.as_deref(), Some("normal"), "connected: nothing is left of it");
    w.wait_secs(400);
    assert_eq!(w.page(taken.id).reason.as_deref(), Some("expired"));
    assert_eq!(w.firms.counters().numbers_held, 0);
}

#[test]
fn a_known_caller_brings_his_record_where_the_page_names_nobody() {
    let mut w = World::new();
    let stranger = || OpenReservation { name: None, ..wish(1, Mode::Dial) };
    w.open(stranger());
    w.dial("+493012345000", Some("+4930222333"));
    w.ready("alice");
    let current = &w.desks["alice"].current;
    assert_eq!(current["contact"]["name"], "Vera Known");
    assert_eq!(current["page"]["title"], "Page 1");
    assert_eq!(current["confidence"], "exact");
    let call = w.ringing_at("alice").unwrap();
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(60);
    w.open(stranger());
    assert_eq!(
        w.desks["alice"].current["contact"]["name"], "",
        "the browser is not bound to the phone's owner"
    );
}

#[test]
fn the_last_agent_is_asked_first() {
    let mut w = World::new();
    w.ready("bob");
    w.open(wish(1, Mode::Dial));
    let call = w.dial("+493012345000", None);
    w.agent_answers(call);
    w.ready("alice");
    w.customer_leaves(call);
    w.wait_secs(30);
    assert_eq!(w.open(wish(1, Mode::Dial)).agent.unwrap().display_name, "Bob", "though Alice is longer idle");
    assert_eq!(w.open(wish(2, Mode::Dial)).agent.unwrap().display_name, "Alice");
}

#[test]
fn opening_stays_quick_at_ten_thousand_live() {
    let mut settings = acme();
    settings.pools[0].numbers = (0..10_050).map(|n| format!("+4930{}", 20_000_000 + n)).collect();
    let mut w = World::with(vec![settings]);
    for n in 0..10_000 {
        let wish = OpenReservation { address: format!("a{n}"), ..wish(n, Mode::Dial) };
        w.firms.handle_request(w.now, RequestId(n), Request::Open(Box::new(wish)));
        while w.firms.poll_effect().is_some() {}
    }
    let counters = w.firms.counters();
    assert_eq!(
        (counters.reservations_live, counters.numbers_held, counters.invariant_violations),
        (10_000, 10_000, 0)
    );
}

#[test]
fn who_comes_back_is_told_which_number_he_holds() {
    let mut w = World::new();
    let held = |n: u64| Request::Held { site: "shop".into(), visitor: visitor(n) };
    assert_eq!(w.refused(held(1)).1, "nothing_held");
    let view = w.open(wish(1, Mode::Dial));
    let Reply::Reservation { created: false, view: again, token: None } = w.tell(held(1)) else { panic!() };
    assert_eq!((again.id, again.number), (view.id, view.number));
    assert_eq!(w.refused(held(2)).1, "nothing_held", "another's is his own");
    w.done(Request::Cancel { reservation: view.id });
    assert_eq!(w.refused(held(1)).1, "nothing_held");
    w.open(wish(3, Mode::Callme));
    assert_eq!(w.refused(held(3)).1, "nothing_held");
}
