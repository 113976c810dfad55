//! What strangers send: malformed, looping, merged, or too much.

use crate::network::Dice;
use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{EndpointConfig, Event};
use warmline_sip::message::{HeaderName, Headers, Message};

#[test]
fn garbage_is_counted_and_answered_at_most_once() {
    let mut peer = Peer::new();
    peer.send("\n\n");
    peer.send("GET / HTTP/1.1\nHost: x\n\n");
    peer.send("SIP/2.0 200 OK\nVia: nonsense\n\n");
    assert_eq!(peer.status(), 0);
    assert_eq!(peer.endpoint.counters().malformed, 2);
    let head = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKn;maddr=203.0.113.9\nFrom: <sip:a@b>;tag=1\n\
                To: <sip:c@d>\nCall-ID: n\n";
    peer.send(&format!("OPTIONS sip:x SIP/7.0\n{head}CSeq: 1 OPTIONS\nContent-Length: 0\n\n"));
    let transmit = peer.endpoint.poll_transmit().unwrap();
    assert!(transmit.payload.starts_with(b"SIP/2.0 505"));
    assert_eq!(transmit.flow, peer.flow);
    peer.send(&format!("OPTIONS sip:x SIP/2.0\n{head}CSeq: 1 OPTIONS\nContent-Length: 99\n\n"));
    assert_eq!(peer.status(), 400);
    // Readable, but without what every request has, or with a CSeq that says something else.
    peer.send(&format!("OPTIONS sip:x SIP/2.0\n{head}Content-Length: 0\n\n"));
    assert_eq!(peer.status(), 400);
    peer.send(&format!("OPTIONS sip:x SIP/2.0\n{head}CSeq: 1 INVITE\nContent-Length: 0\n\n"));
    assert_eq!(peer.status(), 400);
    peer.send(&format!("ACK sip:x SIP/2.0\n{head}CSeq: 1 INVITE\nContent-Length: 0\n\n"));
    assert_eq!(peer.status(), 0);
    assert_eq!(peer.endpoint.counters().malformed, 7);
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
    assert_eq!(peer.event(), None);
}

#[test]
fn a_reply_is_hardly_longer_than_what_it_answers() {
    let mut peer = Peer::new();
    let request = "BYE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKn\nMax-Forwards: 70\n\
                   From: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: n\nCSeq: 1 BYE\nContent-Length: 0\n\n";
    peer.send(request);
    let reply = peer.endpoint.poll_transmit().unwrap();
    assert!(reply.payload.starts_with(b"SIP/2.0 481"));
    assert!(reply.payload.len() < request.len() * 2);
    assert_eq!(peer.endpoint.poll_transmit(), None);
}

#[test]
fn strays_are_silent_or_481() {
    let mut peer = Peer::new();
    let (_, invite) = peer.call();
    let mut stray = Message::response_to(&invite, 200, "", Some("b"));
    stray.headers.set(HeaderName::VIA, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKforged");
    let payload = stray.write();
    peer.endpoint.handle_message(peer.now, peer.flow, payload);
    assert_eq!(peer.endpoint.counters().stray_responses, 1);
    peer.ack(9, "nobody", false);
    assert_eq!(peer.sent(), None);
    for method in ["BYE", "INFO", "UPDATE"] {
        peer.request(method, 3, "", "");
        assert_eq!(peer.status(), 481, "{method}");
        peer.request(method, 3, "unknown", "");
        assert_eq!(peer.status(), 481, "{method}");
    }
    peer.request("INVITE", 3, "unknown", "");
    assert_eq!(peer.status(), 481);
    assert_eq!(peer.event(), None);
}

#[test]
fn loops_and_copies_are_refused() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "Max-Forwards: 0\n");
    assert_eq!(peer.status(), 483);
    peer.request("OPTIONS", 1, "", "Max-Forwards: 0\n");
    assert!(matches!(peer.event(), Some(Event::Request { .. })));
    peer.request("MESSAGE", 1, "", "Max-Forwards: many\n");
    assert_eq!(peer.status(), 400);
    peer.request("INVITE", 2, "", "");
    assert_eq!(peer.status(), 100);
    peer.event();
    peer.send(
        "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKotherway\n\
         From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>\nCall-ID: call\nCSeq: 2 INVITE\n\
         Contact: <sip:alice@192.0.2.2:5060>\nContent-Length: 0\n\n",
    );
    assert_eq!(peer.status(), 482);
    peer.request("INVITE", 3, "", "Require: 100rel\n");
    let refused = peer.sent().unwrap();
    assert_eq!((refused.status(), header(&refused, "Unsupported").as_str()), (Some(420), "100rel"));
    assert_eq!(peer.event(), None);
}

#[test]
fn an_old_peer_s_transactions_are_told_apart_without_the_cookie() {
    let mut peer = Peer::new();
    let invite = "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2\nFrom: <sip:a@b>;tag=1\n\
                  To: <sip:c@d>\nCall-ID: old\nCSeq: 1 INVITE\nContact: <sip:a@192.0.2.2>\nContent-Length: 0\n\n";
    peer.send(invite);
    peer.send(invite);
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    assert_eq!(peer.event(), None);
    peer.endpoint.reject(peer.now, session, 486, Headers::default()).unwrap();
    peer.all_sent();
    let mut ack = invite.replace("INVITE", "ACK");
    ack = ack.replace("<sip:c@d>", "<sip:c@d>;tag=x");
    peer.send(&ack);
    peer.pass(Duration::from_secs(6));
    assert_eq!(peer.all_sent(), []);
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn too_many_calls_are_shed_but_nothing_within_one() {
    let mut peer = Peer::with(EndpointConfig { max_transactions: 2, ..EndpointConfig::default() });
    let (_, tag) = peer.calls("");
    peer.request("OPTIONS", 50, "", "");
    assert!(matches!(peer.event(), Some(Event::Request { .. })));
    let before = peer.endpoint.live();
    for number in 100..110 {
        peer.request("INVITE", number, "", "");
        let shed = peer.sent().unwrap();
        assert_eq!(shed.status(), Some(503));
        assert!(!header(&shed, "Retry-After").is_empty());
    }
    assert_eq!((peer.endpoint.live(), peer.endpoint.counters().shed), (before, 10));
    // A flood of other requests is bounded as well.
    for number in 200..300 {
        peer.request("MESSAGE", number, "", "");
        peer.sent();
        peer.event();
    }
    assert_eq!(peer.endpoint.live().1, 4);
    peer.request("INFO", 2, &tag, "");
    assert_eq!(peer.status(), 200);
    peer.request("BYE", 3, &tag, "");
    assert_eq!(peer.status(), 200);
    while peer.event().is_some() {}
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn one_dialog_cannot_fill_the_table() {
    let mut peer = Peer::new();
    let (_, tag) = peer.calls("");
    for number in 2..300 {
        peer.request("INFO", number, &tag, "");
    }
    assert!(peer.endpoint.live().1 < 70, "{:?}", peer.endpoint.live());
    peer.all_sent();
    peer.request("BYE", 300, &tag, "");
    assert_eq!(peer.status(), 200);
}

#[test]
fn a_request_that_nobody_answers_is_forgotten() {
    let mut peer = Peer::new();
    peer.request("OPTIONS", 1, "", "");
    peer.request("OPTIONS", 1, "", "");
    assert!(matches!(peer.event(), Some(Event::Request { .. })));
    assert_eq!(peer.event(), None);
    peer.pass(Duration::from_secs(33));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn no_bytes_make_it_panic_or_answer_twice() {
    let seeds = [
        "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKf;rport\n\
         From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: f\nCSeq: 1 INVITE\nMax-Forwards: 70\n\
         Contact: <sip:a@192.0.2.2>\nRecord-Route: <sip:p;lr>, <sip:q>\nSession-Expires: 100\n\
         Supported: timer\nContent-Length: 0\n\n",
        "CANCEL sip:bob@192.0.2.1 SIP/2.0\nv: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKf\nf: <sip:a@b>;tag=1\n\
         t: <sip:c@d>\ni: f\nCSeq: 1 CANCEL\nl: 0\n\n",
        "ACK sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKf\nFrom: <sip:a@b>;tag=1\n\
         To: <sip:c@d>;tag=2\nCall-ID: f\nCSeq: 1 ACK\nContent-Length: 0\n\n",
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKf\nFrom: <sip:a@b>;tag=1\n\
         To: <sip:c@d>;tag=2\nCall-ID: f\nCSeq: 1 INVITE\nContact: <sip:x@y>\nContent-Length: 0\n\n",
    ]
    .map(|text| text.replace('\n', "\r\n").into_bytes());
    let mut dice = Dice::new(4475);
    let mut peer = Peer::new();
    for round in 0..20_000 {
        let mut bytes = seeds[dice.below(4) as usize].clone();
        for _ in 0..=dice.below(4) {
            let place = dice.below(bytes.len() as u64) as usize;
            match dice.below(3) {
                0 => bytes[place] = dice.below(256) as u8,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, b";,:<>\"\r\n= "[dice.below(10) as usize]),
            }
        }
        peer.endpoint.handle_message(peer.now, peer.flow, bytes.into());
        let mut replies = 0;
        while let Some(transmit) = peer.endpoint.poll_transmit() {
            assert_eq!(transmit.flow, peer.flow);
            replies += 1;
        }
        // A CANCEL that fits is answered, and so is its INVITE.
        assert!(replies <= 2, "round {round}");
        while let Some(event) = peer.event() {
            if let Event::Invite { session, .. } = event {
                peer.endpoint.hangup(peer.now, session, None);
                while peer.endpoint.poll_transmit().is_some() {}
            }
        }
        peer.pass(Duration::from_millis(20));
        while peer.endpoint.poll_transmit().is_some() {}
    }
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn an_answer_to_a_predecessor_s_invite_is_ended() {
    let stamp = |boot: u32| EndpointConfig { stamp: format!("3.1.{boot}"), ..EndpointConfig::default() };
    let (_, invite) = Peer::with(stamp(7)).call();
    let mut successor = Peer::with(stamp(8));
    successor.answer(&invite, 180, "b", "");
    assert_eq!(successor.sent(), None);
    successor.answer(&invite, 200, "b", "Record-Route: <sip:192.0.2.9;lr>");
    let sent = successor.all_sent();
    assert_eq!(sent.iter().map(method).collect::<Vec<_>>(), ["ACK", "BYE"]);
    assert_eq!(sent[1].to().unwrap().tag(), Some("b"));
    assert_eq!(sent[1].call_id(), invite.call_id());
    assert_eq!(header(&sent[1], "Route"), "<sip:192.0.2.9;lr>");
    successor.answer(&sent[1], 200, "b", "");
    successor.pass(Duration::from_secs(6));
    assert_eq!(successor.endpoint.live(), (0, 0, 0));
    // Not those of another shard, nor what claims to be of this boot.
    for other in ["3.2.7", "3.10.7", "3.1.8"] {
        let config = EndpointConfig { stamp: other.into(), ..EndpointConfig::default() };
        let (_, invite) = Peer::with(config).call();
        successor.answer(&invite, 200, "b", "");
        assert_eq!(successor.sent(), None, "{other}");
    }
}

#[test]
fn a_response_with_two_vias_was_meant_for_somebody_else() {
    let mut peer = Peer::new();
    let (_, mut invite) = peer.call();
    invite.headers.push(HeaderName::VIA, "SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKx");
    peer.answer(&invite, 486, "b", "");
    assert_eq!((peer.sent(), peer.event()), (None, None));
}
