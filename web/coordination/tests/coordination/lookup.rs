//! The firm's CRM is asked beside the call (G3): nothing waits for it, and what it says is shown as its word (E23).

use crate::world::*;
use std::time::Duration;
use warmline_coordination::crm::{Answer, LookupId, Question, Record};
use warmline_coordination::cti::Command;
use warmline_coordination::fact::Fact;
use warmline_coordination::identity::Identity;
use warmline_coordination::request::*;
use warmline_coordination::settings::{FirmSettings, LookupSettings};

const CALLER: &str = "+4930777888";

fn with_crm(keep: bool) -> FirmSettings {
    FirmSettings { lookup: Some(LookupSettings { soon: Duration::from_millis(300), keep }), ..acme() }
}

fn world(keep: bool) -> World {
    let mut w = World::with(vec![with_crm(keep)]);
    w.ready("alice");
    w
}

fn vera() -> Box<Record> {
    Box::new(Record {
        name: Some("Vera of the CRM".into()),
        language: Some("de".into()),
        priority: Some(6),
        ..Record::default()
    })
}

fn answer(w: &mut World, id: LookupId, answer: Answer) {
    w.done(Request::LookedUp { firm: "acme".into(), id, answer });
}

fn last(w: &World) -> Question {
    w.questions.last().expect("a question").clone()
}

fn crm(w: &World) -> &serde_json::Value {
    &w.desks["alice"].current["crm"]
}

#[test]
fn g3_a_request_asks_and_the_answer_is_there_at_once() {
    let mut w = world(false);
    let signed = Identity { customer: "c-1".into(), ..Identity::default() };
    let view = w.open(OpenReservation { identity: Some(Box::new(signed)), ..wish(1, Mode::Dial) });
    let question = last(&w);
    assert_eq!((question.firm.as_str(), question.site.as_deref()), ("acme", Some("shop")));
    assert_eq!((question.reservation, question.visitor), (Some(view.id), Some(visitor(1))));
    assert_eq!((question.customer_id.as_deref(), question.number), (Some("c-1"), None));
    assert!(crm(&w).is_null(), "nothing is said of a CRM that answers in time");
    w.wait(Duration::from_millis(299));
    answer(&mut w, question.id, Answer::Found(vera()));
    assert_eq!((&crm(&w)["state"], &crm(&w)["record"]["name"]), (&"found".into(), &"Vera of the CRM".into()));
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Visitor 1", "the record is its own");
    w.wait_secs(10);
    assert_eq!(crm(&w)["state"], "found");
    assert_eq!(
        w.facts(|f| matches!(f, Fact::ContactStored(s) if s.name.contains("CRM"))),
        0,
        "kept by wish only"
    );
}

#[test]
fn e23_a_slow_crm_delays_nothing_and_fills_in_later() {
    let mut w = world(false);
    let call = w.dial_queue(Some(CALLER));
    assert_eq!(w.ringing_at("alice"), Some(call), "it rings before there is an answer");
    assert_eq!(last(&w).number.as_deref(), Some(CALLER));
    w.wait(Duration::from_millis(301));
    assert_eq!(crm(&w)["state"], "asking");
    w.wait(Duration::from_millis(4_600));
    let id = last(&w).id;
    answer(&mut w, id, Answer::Found(vera()));
    assert_eq!(crm(&w)["record"]["name"], "Vera of the CRM");
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(crm(&w)["record"]["name"], "Vera of the CRM", "in wrap-up too");
}

#[test]
fn e23_a_silent_crm_is_given_up_and_a_stale_answer_is_not_looked_at() {
    let mut w = world(true);
    w.dial_queue(Some(CALLER));
    let id = last(&w).id;
    w.wait(Duration::from_millis(5_001));
    assert_eq!(crm(&w)["state"], "failed");
    answer(&mut w, id, Answer::Found(vera()));
    assert_eq!(crm(&w)["state"], "failed");
    answer(&mut w, LookupId(99), Answer::Found(vera()));
    assert_eq!(w.facts(|f| matches!(f, Fact::ContactStored(s) if s.name.contains("CRM"))), 0);
    w.done(Request::LookedUp { firm: "nobody".into(), id, answer: Answer::Unknown });
}

#[test]
fn g3_the_number_of_the_call_asks_again_where_the_page_knew_nobody() {
    let mut w = world(false);
    let view = w.open(wish(1, Mode::Dial));
    let first = last(&w).id;
    answer(&mut w, first, Answer::Unknown);
    assert_eq!(crm(&w)["state"], "unknown");
    w.dial(view.number.as_deref().unwrap(), Some(CALLER));
    let second = last(&w);
    assert_eq!((second.number.as_deref(), second.reservation), (Some(CALLER), Some(view.id)));
    answer(&mut w, second.id, Answer::Found(vera()));
    assert_eq!(crm(&w)["state"], "found");
    assert_eq!(w.questions.len(), 2);
}

#[test]
fn g3_nobody_is_asked_about_a_withheld_number_or_without_a_crm() {
    let mut w = world(false);
    w.dial_queue(None);
    assert!(w.questions.is_empty());
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    assert!(w.questions.is_empty() && crm(&w).is_null());
}

#[test]
fn g3_what_is_kept_is_kept_over_a_restart_and_never_over_what_is_known() {
    let mut w = world(true);
    let call = w.dial_queue(Some(CALLER));
    let id = last(&w).id;
    answer(&mut w, id, Answer::Found(vera()));
    let contact = &w.desks["alice"].current["contact"];
    assert_eq!((&contact["name"], &contact["priority"]), (&"Vera of the CRM".into(), &6.into()));
    w.agent_answers(call);
    w.customer_leaves(call);
    w.crash();
    w.ready("alice");
    let call = w.dial_queue(Some(CALLER));
    let contact = &w.desks["alice"].current["contact"];
    assert_eq!(contact["name"], "Vera of the CRM");
    assert_eq!(contact["history"].as_array().unwrap().len(), 1);
    w.customer_leaves(call);
    w.wait_secs(60);
    w.dial_queue(Some("+4930222333"));
    let id = last(&w).id;
    answer(&mut w, id, Answer::Found(vera()));
    let contact = &w.desks["alice"].current["contact"];
    assert_eq!((&contact["name"], &contact["priority"]), (&"Vera Known".into(), &3.into()));
}

#[test]
fn e23_questions_without_answers_are_bounded() {
    let mut settings = with_crm(false);
    settings.limits.per_address = 5_000;
    settings.limits.waiting = 5_000;
    let mut w = World::with(vec![settings]);
    for n in 0..1_500 {
        w.open(OpenReservation { address: format!("a{n}"), ..wish(n, Mode::Browser) });
    }
    assert_eq!(w.questions.len(), 1_000);
    assert_eq!(w.count(|c| matches!(c, Command::Hangup { .. })), 0);
    w.wait_secs(6);
    w.open(OpenReservation { address: "b".into(), ..wish(9_999, Mode::Browser) });
    assert_eq!(w.questions.len(), 1_001, "and asked again afterwards");
}
