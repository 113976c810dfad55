//! re-INVITE and UPDATE in both directions, and when they cross (RFC 3261 §14, RFC 3311).

use crate::network::{A, B, Pair};
use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{Body, SessionEvent, WrongState};

#[test]
fn an_offer_is_answered() {
    let mut pair = Pair::new(1);
    let (a, b) = pair.talk();
    pair.on(A, |endpoint, now| endpoint.reinvite(now, a, Body::sdp("v=0 hold"))).unwrap();
    let again = pair.on(A, |endpoint, now| endpoint.reinvite(now, a, Body::sdp("v=0 hold")));
    assert_eq!(again, Err(WrongState));
    pair.pass(Duration::from_millis(50));
    let Some(SessionEvent::Offer(offer)) = pair.event(B, b) else { panic!("no offer") };
    assert_eq!(&offer.body[..], b"v=0 hold");
    pair.on(B, |endpoint, now| endpoint.answer_offer(now, b, Some(Body::sdp("v=0 held")))).unwrap();
    pair.pass(Duration::from_millis(50));
    let Some(SessionEvent::OfferAnswered(answer)) = pair.event(A, a) else { panic!("no answer") };
    assert_eq!(&answer.body[..], b"v=0 held");
    assert!(matches!(pair.event(B, b), Some(SessionEvent::Confirmed(_))));
    pair.on(B, |endpoint, now| endpoint.hangup(now, b, None));
    pair.finish();
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let mut pair = Pair::new(1);
    let (a, b) = pair.talk();
    pair.on(B, |endpoint, now| endpoint.reinvite(now, b, Body::sdp("v=0 video"))).unwrap();
    pair.pass(Duration::from_millis(50));
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Offer(_))));
    pair.on(A, |endpoint, now| endpoint.refuse_offer(now, a, 488)).unwrap();
    pair.pass(Duration::from_millis(50));
    let Some(SessionEvent::OfferRefused(failure)) = pair.event(B, b) else { panic!("not refused") };
    assert_eq!(failure.status(), 488);
    assert_eq!(pair.event(B, b), None);
    pair.on(A, |endpoint, now| endpoint.hangup(now, a, None));
    pair.finish();
}

#[test]
fn crossing_offers_meet_glare_and_one_goes_through_later() {
    let mut pair = Pair::new(1);
    let (a, b) = pair.talk();
    pair.on(A, |endpoint, now| endpoint.reinvite(now, a, Body::sdp("v=0 from a"))).unwrap();
    pair.on(B, |endpoint, now| endpoint.reinvite(now, b, Body::sdp("v=0 from b"))).unwrap();
    pair.pass(Duration::from_secs(2));
    assert_eq!((pair.count(A, "SIP/2.0 491"), pair.count(B, "SIP/2.0 491")), (1, 1));
    // B does not own the Call-ID: it comes first, and A's offer gives way (§14.1).
    let Some(SessionEvent::Offer(offer)) = pair.event(A, a).and_then(|event| match event {
        SessionEvent::OfferRefused(failure) => {
            assert_eq!(failure.status(), 491);
            pair.event(A, a)
        }
        other => Some(other),
    }) else {
        panic!("no offer")
    };
    assert_eq!(&offer.body[..], b"v=0 from b");
    pair.on(A, |endpoint, now| endpoint.answer_offer(now, a, Some(Body::sdp("v=0 ok")))).unwrap();
    pair.pass(Duration::from_secs(5));
    assert!(matches!(pair.event(B, b), Some(SessionEvent::OfferAnswered(_))));
    assert_eq!(pair.event(B, b), None);
    pair.on(A, |endpoint, now| endpoint.hangup(now, a, None));
    pair.finish();
}

#[test]
fn a_second_offer_before_the_first_is_answered_is_told_to_wait() {
    let mut peer = Peer::new();
    let (id, tag) = peer.calls("");
    peer.request("INVITE", 2, &tag, "");
    assert_eq!(peer.status(), 100);
    peer.request("INVITE", 3, &tag, "");
    let refused = peer.sent().unwrap();
    assert_eq!(refused.status(), Some(500));
    assert!(header(&refused, "Retry-After").parse::<u32>().unwrap() <= 10);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Offer(_))));
    assert_eq!(peer.event(), None);
    peer.endpoint.answer_offer(peer.now, id, Some(Body::sdp("v=0"))).unwrap();
    assert_eq!(peer.status(), 200);
}

#[test]
fn a_cancelled_offer_is_closed() {
    let mut peer = Peer::new();
    let (id, tag) = peer.calls("");
    peer.request("INVITE", 2, &tag, "");
    peer.session_event();
    peer.all_sent();
    peer.send(&format!(
        "CANCEL sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKINVITE2\n\
         From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>;tag={tag}\nCall-ID: call\nCSeq: 2 CANCEL\n\
         Content-Length: 0\n\n"
    ));
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["200", "487"]);
    assert_eq!(peer.endpoint.answer_offer(peer.now, id, None), Err(WrongState));
    assert!(peer.endpoint.call_id(id).is_some());
}

#[test]
fn an_update_with_an_offer_is_a_question_and_one_without_is_answered() {
    let mut peer = Peer::new();
    let (id, tag) = peer.calls("");
    peer.request("UPDATE", 2, &tag, "");
    assert_eq!(peer.status(), 200);
    assert_eq!(peer.event(), None);
    let update = format!(
        "UPDATE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKup\n\
         From: <sip:alice@a.test>;tag=peer\nTo: <sip:bob@b.test>;tag={tag}\nCall-ID: call\nCSeq: 3 UPDATE\n\
         Contact: <sip:alice@192.0.2.2:5060>\nContent-Type: application/sdp\nContent-Length: 3\n\nv=0"
    );
    peer.send(&update);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Offer(_))));
    assert_eq!(peer.sent(), None);
    peer.endpoint.answer_offer(peer.now, id, Some(Body::sdp("v=0 answer"))).unwrap();
    let ok = peer.sent().unwrap();
    assert_eq!((ok.status(), &ok.body[..]), (Some(200), &b"v=0 answer"[..]));
    // While ours is open, theirs has to wait.
    peer.endpoint.reinvite(peer.now, id, Body::sdp("v=0 ours")).unwrap();
    peer.all_sent();
    peer.send(&update.replace("z9hG4bKup", "z9hG4bKup2").replace("3 UPDATE", "4 UPDATE"));
    assert_eq!(peer.status(), 491);
}

#[test]
fn a_peer_that_forgot_the_dialog_ends_it() {
    let mut peer = Peer::new();
    let id = peer.called("");
    peer.endpoint.reinvite(peer.now, id, Body::sdp("v=0")).unwrap();
    let reinvite = peer.sent().unwrap();
    peer.answer(&reinvite, 481, "b", "");
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["ACK", "BYE"]);
    assert!(matches!(peer.session_event(), Some(SessionEvent::OfferRefused(_))));
    assert!(matches!(peer.session_event(), Some(SessionEvent::Ended { by_peer: false, .. })));
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_bye_closes_the_peer_s_open_offer() {
    let mut peer = Peer::new();
    let (_, tag) = peer.calls("");
    peer.request("INVITE", 2, &tag, "");
    peer.all_sent();
    peer.request("BYE", 3, &tag, "");
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["200", "487"]);
    peer.ack(2, &tag, true);
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}
