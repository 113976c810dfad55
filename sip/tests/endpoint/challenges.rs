//! 401 and 407 to our requests (RFC 3261 §22).

use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{Event, Failure, OutgoingRequest, SessionEvent};
use warmline_sip::message::{HeaderName, Message, Method};

fn credentials() -> Option<Credentials> {
    Some(Credentials { user: "alice".into(), password: "secret".into() })
}

fn www(nonce: &str, more: &str) -> String {
    format!("WWW-Authenticate: Digest realm=\"b.test\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5{more}")
}

fn proxy(nonce: &str) -> String {
    format!("Proxy-{}", www(nonce, "").trim_start_matches("WWW-"))
}

fn register(peer: &mut Peer) -> Message {
    let mut message = Message::request(Method::Register, "sip:b.test".parse().unwrap());
    message.headers.push(HeaderName::FROM, "<sip:alice@b.test>");
    message.headers.push(HeaderName::TO, "<sip:alice@b.test>");
    message.headers.push(HeaderName::CONTACT, "<sip:alice@192.0.2.1>");
    let request = OutgoingRequest { flow: peer.flow, message, credentials: credentials() };
    peer.endpoint.request(peer.now, request);
    peer.sent().unwrap()
}

#[test]
fn a_registration_answers_its_challenge() {
    let mut peer = Peer::new();
    let first = register(&mut peer);
    peer.answer(&first, 401, "r", &www("n1", ""));
    let second = peer.sent().unwrap();
    assert!(header(&second, "Authorization").contains("nonce=\"n1\""));
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    assert_ne!(second.via().unwrap().branch(), first.via().unwrap().branch());
    assert_eq!(peer.event(), None);
    peer.answer(&second, 200, "r", "");
    let Some(Event::Response { result: Ok(ok), .. }) = peer.event() else { panic!("no response") };
    assert_eq!(ok.status(), Some(200));
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_stale_nonce_is_replaced_and_a_wrong_password_is_not_tried_again() {
    let mut peer = Peer::new();
    let first = register(&mut peer);
    peer.answer(&first, 401, "r", &www("n1", ""));
    let second = peer.sent().unwrap();
    peer.answer(&second, 401, "r", &www("n2", ", stale=true"));
    let third = peer.sent().unwrap();
    assert!(header(&third, "Authorization").contains("nonce=\"n2\""));
    assert_eq!(third.headers.get_all(&HeaderName::AUTHORIZATION).count(), 1);
    peer.answer(&third, 401, "r", &www("n3", ""));
    assert_eq!(peer.sent(), None);
    let Some(Event::Response { result: Err(Failure::Response(refused)), .. }) = peer.event() else {
        panic!("not refused")
    };
    assert_eq!(refused.status(), Some(401));
}

#[test]
fn the_same_nonce_is_answered_once() {
    let mut peer = Peer::new();
    let first = register(&mut peer);
    peer.answer(&first, 401, "r", &www("n1", ""));
    let second = peer.sent().unwrap();
    peer.answer(&second, 401, "r", &www("n1", ", stale=true"));
    assert_eq!(peer.sent(), None);
    assert!(matches!(peer.event(), Some(Event::Response { result: Err(_), .. })));
}

#[test]
fn an_invite_answers_proxy_and_server_and_its_ack_says_so_too() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call_with(|invite| invite.credentials = credentials());
    peer.answer(&invite, 407, "p", &proxy("n1"));
    let sent = peer.all_sent();
    assert_eq!(sent.iter().map(method).collect::<Vec<_>>(), ["ACK", "INVITE"]);
    assert_eq!(sent[0].via().unwrap().branch(), invite.via().unwrap().branch());
    let second = &sent[1];
    assert_eq!(second.cseq().unwrap().number, 2);
    assert_eq!(second.from().unwrap().tag(), invite.from().unwrap().tag());
    assert!(second.to().unwrap().tag().is_none());
    peer.answer(second, 401, "s", &www("n2", ""));
    let third = peer.all_sent().remove(1);
    assert!(header(&third, "Proxy-Authorization").contains("n1"));
    assert!(header(&third, "Authorization").contains("n2"));
    peer.answer(&third, 200, "b", "");
    let ack = peer.sent().unwrap();
    assert_eq!(ack.cseq().unwrap().number, 3);
    assert!(header(&ack, "Authorization").contains("n2"));
    assert!(matches!(peer.session_event(), Some(SessionEvent::Established(_))));
    // The BYE of the session answers one as well.
    peer.endpoint.hangup(peer.now, id, None);
    let bye = peer.sent().unwrap();
    assert_eq!(bye.cseq().unwrap().number, 4);
    peer.answer(&bye, 401, "b", &www("n3", ""));
    let again = peer.sent().unwrap();
    assert_eq!((method(&again).as_str(), again.cseq().unwrap().number), ("BYE", 5));
    peer.answer(&again, 200, "b", "");
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_cancelled_invite_answers_no_challenge() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call_with(|invite| invite.credentials = credentials());
    peer.endpoint.hangup(peer.now, id, None);
    peer.answer(&invite, 401, "b", &www("n1", ""));
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["ACK"]);
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn without_credentials_the_challenge_is_the_end() {
    let mut peer = Peer::new();
    let (_, invite) = peer.call();
    peer.answer(&invite, 401, "b", &www("n1", ""));
    assert_eq!(method(&peer.sent().unwrap()), "ACK");
    let Some(SessionEvent::Failed(failure)) = peer.session_event() else { panic!("no failure") };
    assert_eq!(failure.status(), 401);
}
