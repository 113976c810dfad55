//! Session timers (RFC 4028).

use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{Body, Event, SessionEvent};
use warmline_sip::message::Headers;

#[test]
fn the_caller_s_wish_is_honoured_and_it_refreshes() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "Supported: timer\nSession-Expires: 120\n");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.accept(peer.now, session, Headers::default(), None).unwrap();
    let ok = peer.all_sent().remove(1);
    assert_eq!(header(&ok, "Session-Expires"), "120;refresher=uac");
    assert_eq!(header(&ok, "Require"), "timer");
    let tag = ok.to().unwrap().tag().unwrap().to_owned();
    peer.ack(1, &tag, false);
    peer.session_event();
    peer.pass(Duration::from_secs(60));
    peer.request("UPDATE", 2, &tag, "Supported: timer\nSession-Expires: 120;refresher=uac\n");
    assert_eq!(header(&peer.sent().unwrap(), "Session-Expires"), "120;refresher=uac");
    peer.pass(Duration::from_secs(87));
    assert_eq!(peer.event(), None);
    // 32 s before the end, but not more than a third (§10).
    peer.pass(Duration::from_secs(2));
    assert_eq!(method(&peer.sent().unwrap()), "BYE");
    let Some(SessionEvent::Ended { by_peer: false, reason: Some(reason) }) = peer.session_event() else {
        panic!("not ended")
    };
    assert!(reason.contains("session expired"));
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_caller_without_the_extension_is_refreshed_by_us() {
    let mut peer = Peer::new();
    let (_, tag) = peer.calls("Session-Expires: 100\n");
    peer.pass(Duration::from_secs(50));
    let refresh = peer.sent().unwrap();
    assert_eq!((method(&refresh).as_str(), &refresh.body[..]), ("INVITE", &b"v=0 answer"[..]));
    assert_eq!(header(&refresh, "Session-Expires"), "100;refresher=uac");
    peer.answer(&refresh, 200, "peer", "Session-Expires: 100;refresher=uac");
    assert_eq!(method(&peer.sent().unwrap()), "ACK");
    assert_eq!(peer.event(), None);
    peer.pass(Duration::from_secs(50));
    assert_eq!(method(&peer.sent().unwrap()), "INVITE");
    peer.request("BYE", 2, &tag, "");
}

#[test]
fn too_short_an_interval_is_refused() {
    let mut peer = Peer::new();
    peer.request("INVITE", 1, "", "Supported: timer\nSession-Expires: 30\n");
    let refused = peer.sent().unwrap();
    assert_eq!((refused.status(), header(&refused, "Min-SE").as_str()), (Some(422), "90"));
    assert_eq!(peer.event(), None);
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn we_refresh_by_update_where_the_callee_asks_for_it() {
    let mut peer = Peer::new();
    let id = peer.called("Session-Expires: 90;refresher=uac\nAllow: INVITE, UPDATE");
    peer.pass(Duration::from_secs(45));
    let update = peer.sent().unwrap();
    assert_eq!((method(&update).as_str(), update.body.len()), ("UPDATE", 0));
    // A peer that wants longer intervals says so (§7.4).
    peer.answer(&update, 422, "b", "Min-SE: 200");
    let update = peer.sent().unwrap();
    assert_eq!(header(&update, "Session-Expires"), "200;refresher=uac");
    peer.answer(&update, 200, "b", "Session-Expires: 200;refresher=uac");
    peer.pass(Duration::from_secs(99));
    assert_eq!(peer.sent(), None);
    peer.pass(Duration::from_secs(1));
    // One that does not take UPDATE after all gets re-INVITE.
    let update = peer.sent().unwrap();
    peer.answer(&update, 501, "b", "");
    let reinvite = peer.sent().unwrap();
    assert_eq!((method(&reinvite).as_str(), &reinvite.body[..]), ("INVITE", &b"v=0 offer"[..]));
    peer.answer(&reinvite, 200, "b", "Session-Expires: 200;refresher=uac");
    assert_eq!(method(&peer.sent().unwrap()), "ACK");
    assert_eq!(peer.event(), None);
    peer.endpoint.hangup(peer.now, id, None);
}

#[test]
fn a_refresh_that_nobody_answers_ends_the_session() {
    let mut peer = Peer::new();
    peer.called("Session-Expires: 1800;refresher=uac\nAllow: UPDATE");
    peer.pass(Duration::from_secs(900));
    assert_eq!(method(&peer.sent().unwrap()), "UPDATE");
    peer.pass(Duration::from_secs(33));
    assert!(peer.all_sent().iter().any(|sent| method(sent) == "BYE"));
    assert!(matches!(peer.session_event(), Some(SessionEvent::Ended { by_peer: false, .. })));
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_refresh_waits_for_an_open_offer() {
    let mut peer = Peer::new();
    let id = peer.called("Session-Expires: 90;refresher=uac\nAllow: UPDATE");
    peer.pass(Duration::from_secs(44));
    peer.endpoint.reinvite(peer.now, id, Body::sdp("v=0 hold")).unwrap();
    let reinvite = peer.sent().unwrap();
    assert_eq!(header(&reinvite, "Session-Expires"), "90;refresher=uac");
    peer.answer(&reinvite, 100, "", "");
    peer.pass(Duration::from_secs(2));
    assert_eq!(peer.all_sent(), []);
    peer.answer(&reinvite, 200, "b", "Session-Expires: 90;refresher=uac");
    assert_eq!(method(&peer.sent().unwrap()), "ACK");
    peer.pass(Duration::from_secs(44));
    assert_eq!(peer.all_sent(), []);
    peer.pass(Duration::from_secs(1));
    assert_eq!(method(&peer.sent().unwrap()), "UPDATE");
}

#[test]
fn nobody_asks_and_no_timer_runs() {
    let mut peer = Peer::new();
    peer.called("");
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (1, 0, 0));
}
