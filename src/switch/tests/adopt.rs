//! A phone dials a short number that coordination knows, and finds itself in a call that is on.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Confirm, Event, Prompt};
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::SessionId;
use warmline_sip::message::Headers;

/// Bob's phone dials 701.
fn dials(s: &mut Several, number: &str) -> SessionId {
    let credentials = Credentials { user: "202".into(), password: "secret-202".into() };
    s.net.invite_with(
        s.bob,
        "<sip:202@sip.test>",
        &format!("sip:{number}@sip.test"),
        Some(sdp(51000, "0 8 101", "sendrecv")),
        Headers::default(),
        Some(credentials),
    )
}

fn dialled(s: &mut Several) -> (SessionId, CallId) {
    let session = dials(s, "701");
    let events = s.net.events();
    let [Event::Dialled { call, user, realm, number }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((user.as_str(), realm.as_str(), number.as_str()), ("202", "sip.test", "701"));
    (session, *call)
}

/// Alice has left the customer to music.
fn parked() -> Several {
    let mut s = Several::talking();
    s.join(&[]);
    s.drop(ALICE, Cause::Normal);
    s.net.events();
    s.net.media();
    s
}

#[test]
fn it_is_answered_and_hears_the_customer() {
    let mut s = parked();
    let (session, from) = dialled(&mut s);
    s.net.media();
    s.net.command(Command::Adopt { call: s.call, party: party(BOB), from, confirm: None });
    let (call, bob) = (s.call, party(BOB));
    assert_eq!(s.net.events(), [Event::Answered { call, party: bob }]);
    assert!(s.net.description(s.bob, session).contains("RTP/AVP 8"), "the customer's codec");
    let media = s.net.media();
    assert_eq!(media[media.len() - 2..], ["negotiate 4 PCMA", "play 4 Silence"], "{media:?}");
    s.join(&[s.customer, bob]);
    assert_eq!(s.net.media(), ["connect 1 4"]);
    s.net.hangup(s.bob, session, None);
    assert_eq!(s.net.events().last(), Some(&s.ended()));
    s.net.assert_clear();
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing_behind() {
    // Nobody knows the number.
    let mut s = parked();
    let (session, from) = dialled(&mut s);
    s.net.command(Command::Reject { call: from, cause: Cause::NotFound });
    assert_eq!(s.net.heard(s.bob, session), ["failed 404"]);
    assert_eq!(s.net.events(), [], "it was no call of coordination's");
    // The call is over, or it hung up, when it is adopted.
    let (session, from) = dialled(&mut s);
    s.net.command(Command::Adopt { call: call_id(99), party: party(BOB), from, confirm: None });
    assert_eq!(s.net.heard(s.bob, session), ["failed 503"]);
    assert_eq!(s.net.events().len(), 1);
    let (session, from) = dialled(&mut s);
    s.net.hangup(s.bob, session, None);
    s.net.command(Command::Adopt { call: s.call, party: party(BOB), from, confirm: None });
    assert_eq!(s.net.events(), [s.failed(BOB, Cause::Canceled)]);
    // No customer is anybody's phone.
    s.net.command(Command::Adopt { call: call_id(99), party: party(BOB), from: s.call, confirm: None });
    assert_eq!(s.net.events().len(), 1);
    s.over();
}

#[test]
fn the_network_and_other_numbers_find_nothing_there() {
    let mut s = parked();
    let session = dials(&mut s, "721");
    assert_eq!(s.net.heard(s.bob, session), ["failed 404"]);
    let session = s.net.carrier_calls(s.carrier, "701");
    assert_eq!(s.net.heard(s.carrier, session), ["failed 404"]);
    assert_eq!(s.net.events(), []);
    s.over();
}

#[test]
fn a_phone_of_the_network_on_the_warm_line_keys_its_code() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let mobile = net.carrier_calls(carrier, "+493012345799");
    let events = net.events();
    let [Event::Dialled { call: from, user, realm, number }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((user.as_str(), realm.as_str(), number.as_str()), ("+4917012345678", "", "+493012345799"));
    let call = call_id(50);
    net.command(Command::Prepare { call, party: party(9) });
    let code =
        Confirm { prompts: vec![Prompt::EnterPin], language: "de".into(), secs: 20, code: "2468".into() };
    net.command(Command::Adopt { call, party: party(1), from: *from, confirm: Some(code) });
    assert_eq!(net.heard(carrier, mobile), ["200"], "who is asked must be heard");
    assert_eq!(net.events(), [], "nobody is in the call yet");
    let leg = LegId(2);
    for digit in "1234682468".chars() {
        assert_eq!(net.events(), []);
        net.media_event(worker::Event::Digit { leg, digit });
    }
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }]);
    net.hangup(carrier, mobile, None);
    let gone = Event::Left { call, party: party(1), cause: Cause::Normal, by_itself: true };
    assert_eq!(net.events(), [gone]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.events();
    net.assert_clear();
}

#[test]
fn a_code_that_is_not_found_by_then_is_not_heard_any_more() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let mobile = net.carrier_calls(carrier, "+493012345799");
    let events = net.events();
    let [Event::Dialled { call: from, .. }] = events.as_slice() else { panic!("{events:?}") };
    let call = call_id(50);
    net.command(Command::Prepare { call, party: party(9) });
    let code =
        Confirm { prompts: vec![Prompt::EnterPin], language: "de".into(), secs: 20, code: "2468".into() };
    net.command(Command::Adopt { call, party: party(1), from: *from, confirm: Some(code) });
    for digit in "1111222233332468".chars() {
        net.media_event(worker::Event::Digit { leg: LegId(2), digit });
    }
    assert_eq!(net.events(), []);
    net.run(Duration::from_secs(20));
    assert_eq!(net.events()[0], Event::Failed { call, party: party(1), cause: Cause::NoAnswer });
    assert_eq!(
        net.heard(carrier, mobile).last().map(String::as_str),
        Some("ended SIP;cause=480;text=\"No answer\"")
    );
    net.command(Command::Hangup { call, cause: Cause::NoAnswer });
    net.events();
    net.assert_clear();
}

#[test]
fn a_phone_that_is_lifted_answers_the_customer_who_waits() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    let bob = net.phone("202", "10.0.0.12:5060");
    net.events();
    let credentials = Credentials { user: "202".into(), password: "secret-202".into() };
    let body = Some(sdp(51000, "0 8 101", "sendrecv"));
    let phone = net.invite_with(
        bob,
        "<sip:202@sip.test>",
        "sip:799@sip.test",
        body,
        Headers::default(),
        Some(credentials),
    );
    let events = net.events();
    let [Event::Dialled { call: from, .. }] = events.as_slice() else { panic!("{events:?}") };
    net.command(Command::Adopt { call, party: party(BOB), from: *from, confirm: None });
    assert_eq!(net.events(), [Event::Answered { call, party: party(BOB) }, Event::Bridged { call }]);
    assert_eq!(net.heard(carrier, caller), ["200"]);
    net.hangup(bob, phone, None);
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    net.assert_clear();
}
