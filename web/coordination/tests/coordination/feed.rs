//! The firm's feed: every event once, in one order, durable first, without people's numbers and names.

use crate::world::*;
use serde_json::json;
use warmline_coordination::chat::ChatVerb;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::routing::Strategy;
use warmline_coordination::rules::{Condition, RoutingRule, Then, Verdict};
use warmline_coordination::view::EventEnvelope;

fn names(w: &World) -> Vec<&str> {
    w.feed.iter().map(|event| event.event).collect()
}

/// These events, in this order, others between them or not.
fn in_order(w: &World, expected: &[&str]) {
    let mut names = names(w).into_iter();
    for wanted in expected {
        assert!(
            names.any(|name| name == *wanted),
            "{wanted} is missing or out of order in {:?}",
            self::names(w)
        );
    }
}

fn count(w: &World, name: &str) -> usize {
    names(w).iter().filter(|known| **known == name).count()
}

fn gapless(w: &World) {
    for pair in w.feed.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1);
        assert_ne!(pair[1].id, pair[0].id);
    }
}

/// What programs hear of the offers of a call: to whom, how it stands, and why.
fn offers(w: &World, call: CallId) -> Vec<String> {
    let his = w.feed.iter().filter(|event| event.subject == call.to_string());
    let offer = |event: &EventEnvelope| {
        let [agent, offer, why] = ["agent", "offer", "why"].map(|key| event.data[key].as_str());
        Some([Some(agent?), Some(offer?), why].into_iter().flatten().collect::<Vec<_>>().join(" "))
    };
    his.filter_map(offer).collect()
}

#[test]
fn what_becomes_of_each_offer_to_an_agent_is_told() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("bob");
    let call = w.dial(view.number.as_deref().unwrap(), None);
    w.agent_fails(call, Cause::NoAnswer);
    w.tell(Request::Hangup(World::who("bob")));
    w.tell(Request::Presence(World::who("alice"), Presence::Ready, None));
    w.close_desktop("alice");
    w.agent_fails(call, Cause::Unreachable);
    w.ready("alice");
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(20);
    assert_eq!(
        offers(&w, call),
        [
            "alice pending",
            "alice timeout",
            "bob pending",
            "bob rejected",
            "alice pending",
            "alice rescinded phone_failed",
            "alice pending",
            "alice accepted",
            "alice wrapping",
            "alice completed",
        ]
    );
    let gone = w.dial_queue(None);
    w.customer_leaves(gone);
    assert_eq!(offers(&w, gone), ["alice pending", "alice canceled"]);
}

#[test]
fn offers_to_a_group_to_a_colleague_and_of_a_chat_are_told_to_their_end() {
    let mut settings = acme();
    settings.queues[0].strategy = Strategy::RingAll;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.ready("bob");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    let first = offers(&w, call);
    assert_eq!(first.len(), 4, "{first:?}");
    assert!(first[2].ends_with("rescinded elsewhere") && first[3].ends_with("accepted"), "{first:?}");

    let mut w = World::new();
    w.ready("alice");
    let call = w.dial_queue(None);
    w.agent_answers(call);
    w.ready("bob");
    let target = Target::Agent("bob".into());
    w.tell(Request::Consult(World::who("alice"), target));
    w.tell(Request::Hangup(World::who("bob")));
    assert_eq!(
        offers(&w, call),
        ["alice pending", "alice accepted", "bob pending", "bob rejected"],
        "he would rather not be asked"
    );

    let mut w = World::new();
    w.ready("alice");
    let chat = w.open(wish(1, Mode::Chat)).id;
    w.done(Request::AgentChat { agent: World::who("alice"), chat, verb: ChatVerb::Decline });
    let told = |event: &&EventEnvelope| event.event == "chat.offer_ended";
    let told = w.feed.iter().find(told).expect("told");
    assert_eq!(told.data, json!({ "agent": "alice", "offer": "rejected" }));
}

#[test]
fn a_call_to_a_held_number_is_told_from_the_click_to_the_wrap_up() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), Some(MOBILE));
    w.agent_answers(call);
    w.customer_leaves(call);
    in_order(
        &w,
        &[
            "agent.state_changed",
            "reservation.created",
            "agent.claimed",
            "reservation.matched",
            "call.offered",
            "call.ringing",
            "call.answered",
            "call.bridged",
            "call.ended",
            "agent.wrapup",
            "reservation.released",
        ],
    );
    gapless(&w);
    let created = w.feed.iter().find(|event| event.event == "reservation.created").unwrap();
    assert_eq!(created.data, json!({"mode": "dial", "site": "shop", "queue": "sales", "agent": "alice"}));
    assert_eq!((created.subject.clone(), created.firm.as_str()), (view.id.to_string(), "acme"));
    let answered = w.feed.iter().find(|event| event.event == "call.answered").unwrap();
    assert_eq!((answered.data["agent"].as_str(), &answered.trace_id), (Some("alice"), &view.trace_id));
    let released = w.feed.iter().find(|event| event.event == "reservation.released").unwrap();
    assert_eq!(released.data["reason"], "normal");
    let all = serde_json::to_string(&w.feed).unwrap();
    assert!(!all.contains(MOBILE), "a customer's number is in the feed");
    assert_eq!(w.desks["alice"].events.iter().filter(|name| **name == "call.answered").count(), 1);
}

#[test]
fn what_concerns_no_agent_is_told_too() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!(count(&w, "reservation.created"), 1);
    w.wait_secs(301);
    let expired = w.feed.iter().find(|event| event.event == "reservation.expired").unwrap();
    assert_eq!((&expired.subject, &expired.trace_id), (&view.id.to_string(), &view.trace_id));
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.event(Event::TrunkDown { trunk: "another firm's".into() });
    w.event(Event::TrunkUp { trunk: "carrier".into() });
    assert_eq!((count(&w, "trunk.down"), count(&w, "trunk.up")), (1, 1));
    let second = w.open(wish(2, Mode::Dial));
    w.tell(Request::Cancel { reservation: second.id });
    let released = w.feed.iter().find(|event| event.event == "reservation.released").unwrap();
    assert_eq!(released.data["reason"], "canceled");
    gapless(&w);
}

#[test]
fn a_call_me_is_told_from_its_place_to_the_talk() {
    let mut w = World::new();
    w.open(wish(1, Mode::Callme));
    in_order(&w, &["reservation.created", "callback.queued"]);
    w.ready("alice");
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    w.agent_answers(call);
    in_order(&w, &["callback.queued", "callback.dialing", "call.offered", "callback.connected"]);
    w.customer_leaves(call);
    assert_eq!(count(&w, "callback.failed"), 0);
    let mut busy = World::new();
    busy.ready("alice");
    busy.open(wish(1, Mode::Callme));
    let call = *busy.calls.keys().next().unwrap();
    busy.customer_fails(call, Cause::Declined);
    let failed = busy.feed.iter().find(|event| event.event == "callback.failed").unwrap();
    assert_eq!(failed.data, json!({"mode": "callme", "reason": "declined"}));
    assert_eq!(count(&busy, "callback.queued"), 0);
}

#[test]
fn nothing_is_told_before_it_is_durable() {
    let mut w = World::new();
    w.ready("alice");
    let before = w.feed.len();
    w.prompt = false;
    w.ask(Request::Open(Box::new(wish(1, Mode::Dial))));
    w.ask(Request::Open(Box::new(wish(2, Mode::Dial))));
    assert_eq!(w.feed.len(), before, "{:?}", names(&w));
    w.commit();
    assert_eq!(count(&w, "reservation.created"), 2);
    gapless(&w);
}

#[test]
fn places_at_the_front_are_told_as_they_change() {
    let mut w = World::new();
    let calls: Vec<_> = (10..24).map(|n| w.dial_queue(Some(&format!("+49151000000{n}")))).collect();
    w.wait_secs(1);
    let mut first = None;
    for n in 1..=12 {
        let mut asked = wish(n, Mode::Callme);
        asked.number = Some(format!("+4915112345{n:03}"));
        asked.address = format!("192.0.2.{n}");
        first.get_or_insert(w.open(asked).id.to_string());
    }
    w.wait_secs(1);
    assert_eq!(count(&w, "callback.queued"), 12);
    w.customer_leaves(calls[0]);
    w.wait_secs(1);
    assert_eq!(count(&w, "queue.position_changed"), 0, "all are further back than is told");
    for call in &calls[1..] {
        w.customer_leaves(*call);
    }
    w.wait_secs(1);
    let told: Vec<_> = w.feed.iter().filter(|event| event.event == "queue.position_changed").collect();
    let last_of_first = told.iter().rfind(|event| Some(&event.subject) == first.as_ref()).unwrap();
    assert_eq!(last_of_first.data, json!({"queue": "sales", "position": 1}));
    assert!(told.iter().all(|event| event.data["position"].as_u64().unwrap() <= 10));
}

#[test]
fn a_restart_is_told_and_numbers_never_repeat() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    let over = w.open(wish(2, Mode::Dial));
    w.tell(Request::Cancel { reservation: over.id });
    let last = w.feed.last().unwrap().seq;
    w.wait_secs(2);
    w.crash();
    let after: Vec<_> = w.feed.iter().filter(|event| event.seq > last).collect();
    assert_eq!(after[0].event, "switch.started");
    assert!(!after.iter().any(|event| event.subject == over.id.to_string()), "{after:?}");
    w.tell(Request::Cancel { reservation: view.id });
    let released = w.feed.last().unwrap();
    assert_eq!((released.event, &released.subject), ("reservation.released", &view.id.to_string()));
}

/// Programs hear what a page says of itself, and from where they may know it; who says nothing is told without it.
#[test]
fn what_a_page_says_is_told_as_the_pages_word() {
    let mut settings = acme();
    settings.rules = vec![RoutingRule {
        name: "pro".into(),
        when: Condition::compile("page.attributes['plan'] == 'pro'").unwrap(),
        then: Then { priority: Some(7), ..Then::default() },
    }];
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let mut says = wish(1, Mode::Dial);
    says.page.attributes = [("plan", " pro\u{202e}"), ("Plan", "gold"), ("note", "<b>x</b>")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let said = json!({"plan": "pro", "note": "<b>x</b>"});
    let view = w.open(says);
    w.open(wish(2, Mode::Dial));
    let created = |w: &World, at: usize| {
        w.feed.iter().filter(|event| event.event == "reservation.created").nth(at).unwrap().data.clone()
    };
    assert_eq!(created(&w, 0)["page"], json!({ "attributes": said }));
    assert!(created(&w, 1).get("page").is_none());
    w.crash();
    w.ready("alice");
    let call = w.dial(view.number.as_deref().unwrap(), Some(MOBILE));
    let current = w.desks["alice"].current.clone();
    assert_eq!(current["page"]["attributes"], said);
    assert!(!current["contact"].to_string().contains("pro"), "{}", current["contact"]);
    let Reply::Calls(calls) = w.tell(Request::Calls { firm: "acme".into(), call: Some(call), people: false })
    else {
        panic!()
    };
    assert_eq!(serde_json::to_value(&calls[0]).unwrap()["page"], json!({ "attributes": said }));
    let Reply::Decisions(decisions) =
        w.tell(Request::Decisions { firm: "acme".into(), subject: Some(view.id.to_string()), before: None })
    else {
        panic!()
    };
    assert!(
        decisions.iter().all(|decision| decision.rules.iter().all(|rule| rule.verdict == Verdict::Matched))
    );
}
