//! Keys: to a party, and from one, in its media and by INFO.

use super::several::*;
use crate::switch::testing::*;
use bytes::Bytes;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::SessionId;

fn press(s: &mut Several, n: u128, digits: &str) -> Vec<String> {
    s.net.command(Command::Digits { call: s.call, party: party(n), digits: digits.into() });
    s.net.media()
}

#[test]
fn keys_go_to_the_party_that_is_meant() {
    let mut s = Several::asking();
    assert_eq!(press(&mut s, ALICE, "12#*ABCD"), ["digits 2 12#*ABCD"]);
    assert!(press(&mut s, BOB, "1").is_empty(), "he has not answered");
    assert!(press(&mut s, 7, "1").is_empty());
    assert_eq!(press(&mut s, ALICE, "1x2"), ["digits 2 12"]);
    assert!(press(&mut s, ALICE, "xyz").is_empty());
    assert_eq!(press(&mut s, ALICE, &"7".repeat(40)), [format!("digits 2 {}", "7".repeat(32))]);
    s.bob_answers();
    s.net.media();
    assert_eq!(press(&mut s, BOB, "1"), ["digits 3 1"]);
    s.net.command(Command::Digits { call: s.call, party: s.customer, digits: "9".into() });
    assert_eq!(s.net.media(), ["digits 1 9"]);
    s.over();
}

#[test]
fn a_key_that_was_pressed_is_told_with_its_party() {
    let mut s = Several::consulting();
    let (call, customer) = (s.call, s.customer);
    let pressed = |party, digit| [Event::Digit { call, party, digit }];
    s.net.media_event(worker::Event::Digit { leg: LegId(1), digit: '5' });
    assert_eq!(s.net.events(), pressed(customer, '5'));
    s.net.media_event(worker::Event::Digit { leg: LegId(3), digit: '#' });
    assert_eq!(s.net.events(), pressed(party(BOB), '#'));
    s.net.media_event(worker::Event::Digit { leg: LegId(9), digit: '1' });
    assert_eq!(s.net.events(), []);
    s.over();
}

/// Sends an INFO within the peer's dialog.
fn info(
    s: &mut Several,
    (peer, session): (usize, SessionId),
    cseq: u32,
    kind: &str,
    body: &str,
) -> Vec<Event> {
    let (flow, [own, other, call_id]) = (s.net.peers[peer].flow, s.net.dialog(peer, session));
    let text = format!(
        "INFO sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK-i{peer}-{cseq}\r\nMax-Forwards: 70\r\n\
         From: {own}\r\nTo: {other}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} INFO\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        flow.local,
        body.len(),
    );
    s.net.inject(peer, Bytes::from(text));
    s.net.events()
}

#[test]
fn keys_by_info_are_told_too_but_none_twice() {
    let mut s = Several::talking();
    let (call, customer) = (s.call, s.customer);
    let pressed = |party, digit| [Event::Digit { call, party, digit }];
    let (caller, alice) = ((s.carrier, s.caller), (s.alice, s.on_alice));
    let relay = "application/dtmf-relay";
    assert_eq!(info(&mut s, caller, 101, relay, "Signal=5\r\nDuration=160\r\n"), pressed(customer, '5'));
    assert_eq!(info(&mut s, alice, 101, "application/dtmf", "#"), pressed(party(ALICE), '#'));
    assert_eq!(info(&mut s, caller, 102, relay, "Signal=\r\n"), []);
    assert_eq!(info(&mut s, caller, 103, "text/plain", "5"), []);
    // The same key in the media: this phone says each one both ways.
    s.net.media_event(worker::Event::Digit { leg: LegId(1), digit: '5' });
    assert_eq!(s.net.events(), []);
    // Its endpoint knows nothing of the INFOs: it must not hang up by its own count.
    s.net.command(Command::Hangup { call: s.call, cause: Cause::Normal });
    s.net.assert_clear();

    let mut s = Several::talking();
    s.net.media_event(worker::Event::Digit { leg: LegId(2), digit: '5' });
    assert_eq!(s.net.events().len(), 1);
    let alice = (s.alice, s.on_alice);
    assert_eq!(info(&mut s, alice, 101, relay, "Signal=5\r\n"), []);
    s.net.command(Command::Hangup { call: s.call, cause: Cause::Normal });
    s.net.assert_clear();
}
