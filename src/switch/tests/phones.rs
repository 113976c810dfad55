//! Whether registered phones are there (C5): what coordination hears, and who is rung.

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Event};
use warmline_sip::transport::Protocol;

fn asked() -> Net {
    Net::with(Settings { phone_ping: Duration::from_secs(30), ..settings() })
}

fn up() -> Event {
    Event::DeviceUp { user: "201".into(), realm: "sip.test".into() }
}

fn down() -> Event {
    Event::DeviceDown { user: "201".into(), realm: "sip.test".into() }
}

/// How many questions this peer was sent.
fn questions(net: &Net) -> usize {
    net.sent.iter().filter(|(to, text)| to.port() == 5062 && text.starts_with("OPTIONS sip:201@")).count()
}

#[test]
fn a_phone_that_does_not_answer_any_more_is_down_until_it_does() {
    let mut net = asked();
    let phone = net.phone("201", "203.0.113.21:5062");
    net.run(Duration::from_secs(95));
    assert_eq!(questions(&net), 4, "at once, and every 30 s");
    assert_eq!(net.events(), []);
    net.peers[phone].alive = false;
    net.run(Duration::from_secs(36));
    assert_eq!(net.events(), [down()], "two questions of 5 s each");
    net.run(Duration::from_secs(60));
    let before = questions(&net);
    net.run(Duration::from_secs(600));
    assert!(questions(&net) - before < 11 * 25, "one that is gone is asked no oftener than others");
    net.peers[phone].alive = true;
    net.run(Duration::from_secs(36));
    assert_eq!(net.events(), [up()]);
    net.run(Duration::from_secs(300));
    assert_eq!(net.events(), []);
}

#[test]
fn a_phone_that_never_answers_questions_is_there_all_the_same() {
    let mut net = asked();
    let phone = net.join(Protocol::Udp, "203.0.113.21:5062");
    net.peers[phone].deaf = true;
    net.register(phone, "sip:201@sip.test", Some("secret-201"), &["<sip:201@203.0.113.21:5062>"], None);
    assert_eq!(net.events(), [up()]);
    net.run(Duration::from_secs(120));
    assert_eq!(net.events(), []);
    let carrier = net.carrier();
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    net.run(Duration::from_secs(3));
    assert!(net.is_invited(phone) && net.events().is_empty(), "it may take its time");
}

#[test]
fn c5_a_phone_that_is_gone_is_found_within_a_second_of_the_ring() {
    let mut net = asked();
    let phone = net.phone("201", "203.0.113.21:5062");
    net.run(Duration::from_secs(10));
    let carrier = net.carrier();
    net.peers[phone].alive = false;
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    net.run(Duration::from_millis(700));
    assert_eq!(net.events(), []);
    net.run(Duration::from_millis(400));
    let failed = Event::Failed { call, party: party(1), cause: Cause::Unreachable };
    assert_eq!(net.events(), [down(), failed]);
    // Another phone of his that rings later is not bothered by it.
    net.peers[phone].alive = true;
    net.run(Duration::from_secs(6));
    assert_eq!(net.events(), [up()], "the next question is not far");
    net.ring(call, party(2), "201", "sip.test");
    // However late the timer is: it has answered the question at once.
    net.run(Duration::from_millis(850));
    net.now = net.now + Duration::from_millis(200);
    net.run(Duration::from_secs(4));
    assert!(net.is_invited(phone), "it is rung again, and rings on: it answers questions");
    assert_eq!(net.events(), []);
}

#[test]
fn a_phone_that_rings_needs_no_other_answer() {
    let mut net = asked();
    let phone = net.phone("201", "203.0.113.21:5062");
    let carrier = net.carrier();
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    let (session, _) = net.invited(phone);
    net.progress(phone, session, 180, None);
    net.peers[phone].alive = false;
    net.run(Duration::from_secs(3));
    assert_eq!(net.events(), [Event::Ringing { call, party: party(1) }]);
}
