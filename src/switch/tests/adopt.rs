//! A phone dials a short number that coordination knows, and finds itself in a call that is on.

use super::several::*;
use crate::switch::testing::*;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::CallId;
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
    s.net.command(Command::Adopt { call: s.call, party: party(BOB), from });
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
    s.net.command(Command::Adopt { call: call_id(99), party: party(BOB), from });
    assert_eq!(s.net.heard(s.bob, session), ["failed 503"]);
    assert_eq!(s.net.events().len(), 1);
    let (session, from) = dialled(&mut s);
    s.net.hangup(s.bob, session, None);
    s.net.command(Command::Adopt { call: s.call, party: party(BOB), from });
    assert_eq!(s.net.events(), [s.failed(BOB, Cause::Canceled)]);
    // No customer is anybody's phone.
    s.net.command(Command::Adopt { call: call_id(99), party: party(BOB), from: s.call });
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
