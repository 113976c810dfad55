//! Calls from INVITE to BYE: what is sent, what is told, where it goes.

use crate::network::{A, B, Pair};
use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{Body, Event, Failure, SessionEvent, WrongState};
use warmline_sip::message::{HeaderName, Headers};

#[test]
fn a_call_rings_is_answered_and_ends() {
    let mut pair = Pair::new(1);
    let a = pair.call();
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    pair.on(B, |endpoint, now| endpoint.progress(now, b, 180, Headers::default(), None)).unwrap();
    pair.pass(Duration::from_millis(50));
    let Some(SessionEvent::Progress(ringing)) = pair.event(A, a) else { panic!("no 180") };
    assert_eq!(ringing.status(), Some(180));
    let answer = Some(Body::sdp("v=0 answer"));
    pair.on(B, |endpoint, now| endpoint.accept(now, b, Headers::default(), answer)).unwrap();
    pair.pass(Duration::from_millis(50));
    let Some(SessionEvent::Established(ok)) = pair.event(A, a) else { panic!("no 200") };
    assert_eq!(&ok.body[..], b"v=0 answer");
    assert!(matches!(pair.event(B, b), Some(SessionEvent::Confirmed(_))));
    pair.on(A, |endpoint, now| endpoint.hangup(now, a, Some("Q.850;cause=16")));
    assert_eq!(pair.nodes[A].endpoint.call_id(a), None);
    pair.pass(Duration::from_millis(50));
    let ended = SessionEvent::Ended { by_peer: true, reason: Some("Q.850;cause=16".into()) };
    assert_eq!(pair.event(B, b), Some(ended));
    pair.finish();
    assert!(pair.nodes.iter().all(|node| node.events.is_empty()));
    let lines: Vec<&str> = pair.log.iter().map(|row| row.1.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["INVITE", "SIP/2.0", "SIP/2.0", "SIP/2.0", "ACK", "BYE", "SIP/2.0"]);
}

#[test]
fn a_refusal_is_acknowledged_and_told_once() {
    let mut pair = Pair::new(1);
    let a = pair.call();
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    let mut headers = Headers::default();
    headers.push(HeaderName::CONTACT, "<sip:else@192.0.2.9>");
    pair.on(B, |endpoint, now| endpoint.reject(now, b, 302, headers)).unwrap();
    pair.finish();
    let Some(SessionEvent::Failed(Failure::Response(moved))) = pair.event(A, a) else { panic!("no 302") };
    assert_eq!(moved.contact().unwrap().unwrap().uri.to_string(), "sip:else@192.0.2.9");
    assert_eq!(pair.count(A, "ACK"), 1);
    assert!(pair.nodes.iter().all(|node| node.events.is_empty()));
}

#[test]
fn nobody_there_is_a_timeout_after_64_t1() {
    let mut pair = Pair::new(1);
    pair.filter = Box::new(|_, _| true);
    let a = pair.call();
    pair.pass(Duration::from_millis(31_900));
    assert_eq!(pair.event(A, a), None);
    pair.pass(Duration::from_millis(200));
    assert_eq!(pair.event(A, a), Some(SessionEvent::Failed(Failure::Timeout)));
    // At 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
    assert_eq!(pair.count(A, "INVITE"), 7);
    pair.finish();
}

#[test]
fn a_2xx_is_repeated_until_its_ack_comes() {
    let mut pair = Pair::new(1);
    let mut acks = 0;
    pair.filter = Box::new(move |_, line| {
        acks += usize::from(line.starts_with("ACK"));
        line.starts_with("ACK") && acks <= 2
    });
    let a = pair.call();
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    pair.on(B, |endpoint, now| endpoint.accept(now, b, Headers::default(), None)).unwrap();
    pair.pass(Duration::from_secs(3));
    assert_eq!(pair.count(A, "ACK"), 3);
    assert_eq!(pair.count(B, "SIP/2.0 200"), 3);
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Established(_))));
    assert_eq!(pair.event(A, a), None);
    assert!(matches!(pair.event(B, b), Some(SessionEvent::Confirmed(_))));
    pair.on(B, |endpoint, now| endpoint.hangup(now, b, None));
    pair.finish();
}

#[test]
fn without_an_ack_the_callee_ends_the_call() {
    let mut pair = Pair::new(1);
    pair.filter = Box::new(|_, line| line.starts_with("ACK"));
    let a = pair.call();
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    pair.on(B, |endpoint, now| endpoint.accept(now, b, Headers::default(), None)).unwrap();
    pair.pass(Duration::from_secs(31));
    assert_eq!(pair.event(B, b), None);
    pair.finish();
    let Some(SessionEvent::Ended { by_peer: false, reason: Some(reason) }) = pair.event(B, b) else {
        panic!("not ended")
    };
    assert!(reason.contains("no ACK"));
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Established(_))));
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Ended { by_peer: true, .. })));
}

#[test]
fn a_hangup_before_the_ack_waits_for_it() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.accept(peer.now, session, Headers::default(), None).unwrap();
    let tag = peer.all_sent()[1].to().unwrap().tag().unwrap().to_owned();
    peer.endpoint.hangup(peer.now, session, Some("SIP;cause=200"));
    assert_eq!(peer.sent(), None);
    peer.ack(1, &tag, false);
    let bye = peer.sent().unwrap();
    assert_eq!((method(&bye).as_str(), header(&bye, "Reason").as_str()), ("BYE", "SIP;cause=200"));
    assert_eq!(peer.event(), None);
}

#[test]
fn requests_follow_the_route_set_and_the_latest_contact() {
    let mut peer = Peer::new();
    let routes = "Record-Route: <sip:192.0.2.7;lr>\nRecord-Route: <sip:192.0.2.8;lr>";
    let (id, invite) = peer.call();
    peer.answer(&invite, 200, "b", routes);
    let transmit = peer.endpoint.poll_transmit().unwrap();
    // The caller's route set is the Record-Route backwards (§12.1.2).
    assert_eq!(transmit.flow.remote.to_string(), "192.0.2.8:5060");
    let ack = warmline_sip::parse::parse(transmit.payload).unwrap();
    let name = HeaderName::ROUTE;
    let routes: Vec<&str> = ack.headers.get_all(&name).collect();
    assert_eq!(routes, ["<sip:192.0.2.8;lr>", "<sip:192.0.2.7;lr>"]);
    assert_eq!(ack.uri().unwrap().to_string(), "sip:bob@192.0.2.2:5060");
    peer.session_event();
    // A re-INVITE of the peer moves the target, not the routes (§12.2.2).
    let our_tag = invite.from().unwrap().tag().unwrap().to_owned();
    peer.send(&format!(
        "INVITE sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKre\n\
         From: <sip:bob@b.test>;tag=b\nTo: <sip:alice@a.test>;tag={our_tag}\nCall-ID: {}\nCSeq: 7 INVITE\n\
         Contact: <sip:bob@192.0.2.3:5070>\nContent-Length: 0\n\n",
        invite.call_id().unwrap()
    ));
    assert!(matches!(peer.session_event(), Some(SessionEvent::Offer(_))));
    peer.endpoint.answer_offer(peer.now, id, Some(Body::sdp("v=0"))).unwrap();
    peer.all_sent();
    peer.endpoint.hangup(peer.now, id, None);
    let bye = peer.sent().unwrap();
    assert_eq!(bye.uri().unwrap().to_string(), "sip:bob@192.0.2.3:5070");
    assert_eq!(bye.headers.get_all(&HeaderName::ROUTE).count(), 2);
    assert_eq!(bye.cseq().unwrap().number, 2);
}

#[test]
fn responses_and_requests_go_back_through_a_nat() {
    let mut pair = Pair::new(1);
    pair.nodes[A].address = "10.0.0.5:5060".parse().unwrap();
    pair.nodes[A].outside = Some("198.51.100.7:31000".parse().unwrap());
    let (a, b) = pair.talk();
    pair.on(B, |endpoint, now| endpoint.hangup(now, b, None));
    pair.pass(Duration::from_millis(50));
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Ended { by_peer: true, .. })));
    pair.finish();
    assert_eq!(pair.lost, 0);

    // And a phone behind a NAT is called where it registered from.
    let mut pair = Pair::new(2);
    pair.nodes[B].address = "10.0.0.5:5060".parse().unwrap();
    pair.nodes[B].outside = Some("198.51.100.7:31000".parse().unwrap());
    let mut invite = pair.invite_to(A);
    invite.uri = "sip:bob@10.0.0.5:5060".parse().unwrap();
    let a = pair.on(A, |endpoint, now| endpoint.invite(now, invite));
    pair.pass(Duration::from_millis(50));
    let b = pair.offered_session();
    pair.on(B, |endpoint, now| endpoint.accept(now, b, Headers::default(), None)).unwrap();
    pair.pass(Duration::from_millis(50));
    pair.on(A, |endpoint, now| endpoint.hangup(now, a, None));
    pair.finish();
    assert_eq!(pair.lost, 0);
}

#[test]
fn the_via_says_where_a_request_came_from() {
    let mut peer = Peer::new();
    peer.flow.remote = "198.51.100.7:31000".parse().unwrap();
    peer.send(
        "OPTIONS sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKx;rport;maddr=203.0.113.1\n\
         From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: x\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n",
    );
    let Some(Event::Request { request_id, request, .. }) = peer.event() else { panic!("no OPTIONS") };
    let ok = warmline_sip::message::Message::response_to(&request, 200, "", Some("t"));
    peer.endpoint.respond(peer.now, request_id, ok.clone()).unwrap();
    let transmit = peer.endpoint.poll_transmit().unwrap();
    assert_eq!(transmit.flow, peer.flow);
    let via = warmline_sip::parse::parse(transmit.payload).unwrap().via().unwrap();
    assert_eq!((via.param("received"), via.param("rport")), (Some("198.51.100.7"), Some("31000")));
    assert_eq!(peer.endpoint.respond(peer.now, request_id, ok), Err(WrongState));
}

#[test]
fn names_carry_the_stamp_and_the_token() {
    let mut peer = Peer::new();
    let (_, invite) = peer.call_with(|invite| invite.token = Some("attempt 7\r\n".into()));
    assert!(invite.call_id().unwrap().starts_with("0.0.0-attempt7-"));
    assert!(invite.from().unwrap().tag().unwrap().starts_with("0.0.0-attempt7-"));
    assert!(invite.via().unwrap().branch().starts_with("z9hG4bK-0.0.0-"));
    assert_eq!(header(&invite, "Max-Forwards"), "70");
    assert_eq!(header(&invite, "Supported"), "timer");
    assert_eq!(header(&invite, "User-Agent"), "Warmline");
}

#[test]
fn ringing_is_repeated_each_minute() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.progress(peer.now, session, 182, Headers::default(), None).unwrap();
    assert_eq!(peer.all_sent().len(), 2);
    peer.pass(Duration::from_secs(130));
    assert_eq!(peer.all_sent().iter().map(|sent| sent.status().unwrap()).collect::<Vec<_>>(), [182, 182]);
    assert_eq!(peer.endpoint.progress(peer.now, session, 200, Headers::default(), None), Err(WrongState));
    peer.endpoint.reject(peer.now, session, 480, Headers::default()).unwrap();
    assert_eq!(peer.endpoint.reject(peer.now, session, 480, Headers::default()), Err(WrongState));
}

#[test]
fn requests_within_a_dialog_are_answered() {
    let mut peer = Peer::new();
    let (_, tag) = peer.calls("");
    peer.request("INFO", 2, &tag, "");
    assert_eq!(peer.status(), 200);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Info(_))));
    peer.request("OPTIONS", 3, &tag, "");
    let ok = peer.sent().unwrap();
    assert_eq!(ok.status(), Some(200));
    assert!(header(&ok, "Allow").contains("UPDATE"));
    for (cseq, method, status) in
        [(4, "REFER", 405), (5, "SUBSCRIBE", 405), (6, "NOTIFY", 481), (7, "PRACK", 481), (8, "JUMP", 501)]
    {
        peer.request(method, cseq, &tag, "");
        assert_eq!(peer.status(), status, "{method}");
    }
    assert_eq!(peer.event(), None);
    // Out of order (§12.2.2), of another dialog, with an extension that we lack.
    peer.request("INFO", 1, &tag, "");
    assert_eq!(peer.status(), 500);
    peer.request("INFO", 20, "other", "");
    assert_eq!(peer.status(), 481);
    peer.request("INFO", 21, &tag, "Require: timer, teleport\n");
    let refused = peer.sent().unwrap();
    assert_eq!((refused.status(), header(&refused, "Unsupported").as_str()), (Some(420), "teleport"));
    peer.request("BYE", 22, &tag, "");
    assert_eq!(peer.status(), 200);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Ended { by_peer: true, .. })));
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_repeated_request_is_answered_again_but_told_once() {
    let mut peer = Peer::new();
    let (_, tag) = peer.calls("");
    for _ in 0..3 {
        peer.request("INFO", 2, &tag, "");
        assert_eq!(peer.status(), 200);
    }
    assert!(peer.session_event().is_some());
    assert_eq!(peer.event(), None);
    assert_eq!(peer.endpoint.counters().retransmissions_absorbed, 2);
}

#[test]
fn a_caller_may_end_an_early_dialog_by_bye() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.progress(peer.now, session, 180, Headers::default(), None).unwrap();
    let tag = peer.all_sent()[1].to().unwrap().tag().unwrap().to_owned();
    peer.request("BYE", 2, &tag, "");
    assert_eq!(peer.all_sent().iter().map(|sent| sent.status().unwrap()).collect::<Vec<_>>(), [200, 487]);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Ended { by_peer: true, .. })));
    peer.ack(1, &tag, true);
    peer.pass(Duration::from_secs(40));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}
