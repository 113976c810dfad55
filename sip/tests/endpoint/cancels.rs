//! CANCEL and its races (RFC 3261 §9).

use crate::network::{A, B, Pair};
use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{Event, Failure, SessionEvent};
use warmline_sip::message::Headers;

#[test]
fn waits_for_a_provisional_response() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    peer.endpoint.hangup(peer.now, id, Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    assert_eq!(peer.sent(), None);
    peer.answer(&invite, 100, "", "");
    let cancel = peer.sent().unwrap();
    assert_eq!(method(&cancel), "CANCEL");
    assert_eq!(header(&cancel, "Via"), header(&invite, "Via"));
    assert_eq!(header(&cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
    assert_eq!(cancel.cseq().unwrap().number, 1);
    assert!(cancel.to().unwrap().tag().is_none());
    peer.answer(&invite, 180, "b", "");
    assert_eq!(peer.sent(), None);
    peer.answer(&cancel, 200, "b", "");
    peer.answer(&invite, 487, "b", "");
    assert_eq!(method(&peer.sent().unwrap()), "ACK");
    assert_eq!(peer.event(), None);
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_2xx_that_crosses_it_gets_ack_and_bye() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    peer.answer(&invite, 180, "b", "");
    assert!(matches!(peer.session_event(), Some(SessionEvent::Progress(_))));
    peer.endpoint.hangup(peer.now, id, Some("SIP;cause=600"));
    let cancel = peer.sent().unwrap();
    assert_eq!(method(&cancel), "CANCEL");
    peer.answer(&invite, 200, "b", "");
    let sent = peer.all_sent();
    assert_eq!(sent.iter().map(method).collect::<Vec<_>>(), ["ACK", "BYE"]);
    assert_eq!(header(&sent[1], "Reason"), "SIP;cause=600");
    assert_eq!(peer.event(), None);
    peer.answer(&cancel, 200, "b", "");
    peer.answer(&sent[1], 200, "b", "");
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_2xx_before_any_provisional_response_gets_ack_and_bye_without_cancel() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    peer.endpoint.hangup(peer.now, id, None);
    peer.answer(&invite, 200, "b", "");
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["ACK", "BYE"]);
}

#[test]
fn without_a_final_response_it_is_over_after_64_t1() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    peer.answer(&invite, 180, "b", "");
    peer.endpoint.hangup(peer.now, id, None);
    peer.pass(Duration::from_secs(33));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn the_peer_s_cancel_is_told_with_its_reason() {
    let mut pair = Pair::new(1);
    let a = pair.call();
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    pair.on(B, |endpoint, now| endpoint.progress(now, b, 180, Headers::default(), None)).unwrap();
    pair.pass(Duration::from_millis(50));
    pair.on(A, |endpoint, now| endpoint.hangup(now, a, Some("SIP;cause=200")));
    pair.pass(Duration::from_millis(50));
    assert_eq!(pair.event(B, b), Some(SessionEvent::Canceled(Some("SIP;cause=200".into()))));
    assert!(pair.on(B, |endpoint, now| endpoint.accept(now, b, Headers::default(), None)).is_err());
    pair.finish();
    assert_eq!(pair.count(B, "SIP/2.0 487"), 1);
    assert_eq!(pair.count(A, "ACK"), 1);
}

#[test]
fn a_cancel_of_nothing_is_481_and_one_after_the_answer_changes_nothing() {
    let mut peer = Peer::new();
    peer.request("CANCEL", 1, "", "");
    assert_eq!(peer.status(), 481);
    let (session, _) = peer.calls("");
    peer.send(
        "CANCEL sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKINVITE1\n\
         From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>\nCall-ID: call\nCSeq: 1 CANCEL\n\
         Content-Length: 0\n\n",
    );
    assert_eq!(peer.status(), 200);
    assert_eq!(peer.event(), None);
    assert_eq!(peer.endpoint.call_id(session), Some("call"));
}

#[test]
fn a_peer_that_rings_for_ever_is_cancelled_after_three_minutes() {
    let mut peer = Peer::new();
    let (_, invite) = peer.call();
    peer.answer(&invite, 180, "b", "");
    peer.session_event();
    peer.pass(Duration::from_secs(180));
    assert_eq!(peer.event(), None);
    peer.answer(&invite, 180, "b", "");
    peer.session_event();
    peer.pass(Duration::from_secs(180));
    assert_eq!(peer.event(), None);
    peer.pass(Duration::from_secs(2));
    assert_eq!(peer.session_event(), Some(SessionEvent::Failed(Failure::Timeout)));
    assert_eq!(method(&peer.sent().unwrap()), "CANCEL");
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn hanging_up_an_unanswered_call_of_the_peer_refuses_it() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.hangup(peer.now, session, Some("Q.850;cause=21"));
    let sent = peer.all_sent();
    assert_eq!(sent[1].status(), Some(603));
    assert_eq!(header(&sent[1], "Reason"), "Q.850;cause=21");
}
