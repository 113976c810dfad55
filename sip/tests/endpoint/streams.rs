//! TCP, TLS and WebSocket: one connection, no retransmission, and its end (RFC 3261 §18, RFC 7118).

use crate::network::{A, B, Pair};
use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{Body, Event, Failure, OutgoingRequest, SessionEvent};
use warmline_sip::message::{Headers, Message, Method};
use warmline_sip::transport::{ConnectionId, Protocol};

const FIRST: ConnectionId = ConnectionId { id: 1, generation: 1 };
const SECOND: ConnectionId = ConnectionId { id: 2, generation: 1 };

#[test]
fn a_call_over_tcp_repeats_nothing_and_forgets_at_once() {
    let mut pair = Pair::new(1);
    pair.protocol = Protocol::Tcp;
    pair.connection = Some(FIRST);
    let (a, b) = pair.talk();
    pair.on(B, |endpoint, now| endpoint.hangup(now, b, None));
    pair.pass(Duration::from_millis(50));
    assert!(matches!(pair.event(A, a), Some(SessionEvent::Ended { by_peer: true, .. })));
    pair.finish();
    assert!(pair.nodes.iter().all(|node| node.endpoint.counters().retransmissions_sent == 0));
}

#[test]
fn everything_goes_over_the_connection_the_peer_came_by() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Wss;
    peer.flow.remote = "198.51.100.7:50000".parse().unwrap();
    peer.flow.connection = Some(FIRST);
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.accept(peer.now, session, Headers::default(), None).unwrap();
    let mut tag = String::new();
    while let Some(transmit) = peer.endpoint.poll_transmit() {
        assert_eq!(transmit.flow, peer.flow);
        let message = warmline_sip::parse::parse(transmit.payload).unwrap();
        tag = message.to().unwrap().tag().unwrap_or("").to_owned();
        if message.status() == Some(200) {
            assert_eq!(header(&message, "Contact"), "<sip:bob@192.0.2.1:5060;transport=ws>");
        }
    }
    peer.ack(1, &tag, false);
    peer.event();
    // The page is loaded again: the session goes on over the connection of the peer's next request.
    peer.endpoint.handle_flow_closed(peer.now, FIRST);
    assert_eq!(peer.event(), None);
    peer.flow.remote = "198.51.100.7:50001".parse().unwrap();
    peer.flow.connection = Some(SECOND);
    peer.request("INFO", 2, &tag, "");
    peer.all_sent();
    peer.endpoint.hangup(peer.now, session, None);
    let bye = peer.endpoint.poll_transmit().unwrap();
    assert_eq!(bye.flow, peer.flow);
}

#[test]
fn a_session_whose_socket_is_gone_ends_when_it_is_needed() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Ws;
    peer.flow.connection = Some(FIRST);
    let id = peer.called("");
    peer.endpoint.handle_flow_closed(peer.now, FIRST);
    assert_eq!(peer.event(), None);
    peer.endpoint.reinvite(peer.now, id, Body::sdp("v=0")).unwrap();
    assert_eq!(peer.session_event(), Some(SessionEvent::OfferRefused(Failure::Transport)));
    peer.endpoint.hangup(peer.now, id, None);
    assert_eq!(peer.sent(), None);
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn what_is_open_fails_when_the_connection_closes() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Tls;
    peer.flow.connection = Some(FIRST);
    peer.call();
    let options = Message::request(Method::Options, "sip:b.test".parse().unwrap());
    let request = OutgoingRequest { flow: peer.flow, message: options, credentials: None };
    peer.endpoint.request(peer.now, request);
    peer.request("INVITE", 1, "", "");
    peer.all_sent();
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.handle_flow_closed(peer.now, FIRST);
    assert_eq!(peer.session_event(), Some(SessionEvent::Failed(Failure::Transport)));
    assert!(matches!(peer.event(), Some(Event::Response { result: Err(Failure::Transport), .. })));
    assert!(matches!(peer.session_event(), Some(SessionEvent::Ended { by_peer: false, .. })));
    assert!(peer.endpoint.accept(peer.now, session, Headers::default(), None).is_err());
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_stream_that_io_opens_is_learned_from_the_response() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Tcp;
    let (id, invite) = peer.call();
    assert_eq!(header(&invite, "Contact"), "<sip:alice@192.0.2.1:5060;transport=tcp>");
    peer.flow.connection = Some(FIRST);
    peer.answer(&invite, 180, "b", "");
    peer.endpoint.hangup(peer.now, id, None);
    let cancel = peer.endpoint.poll_transmit().unwrap();
    assert_eq!(cancel.flow.connection, Some(FIRST));
}

#[test]
fn a_closed_tcp_connection_is_replaced_by_one_to_the_contact() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Tcp;
    peer.flow.remote = "192.0.2.2:39000".parse().unwrap();
    peer.flow.connection = Some(FIRST);
    let (id, _) = peer.calls("");
    peer.endpoint.handle_flow_closed(peer.now, FIRST);
    peer.endpoint.hangup(peer.now, id, None);
    let bye = peer.endpoint.poll_transmit().unwrap();
    assert_eq!((bye.flow.connection, bye.flow.remote.to_string().as_str()), (None, "192.0.2.2:5060"));
}

#[test]
fn a_2xx_is_repeated_even_over_a_stream() {
    let mut peer = Peer::new();
    peer.flow.protocol = Protocol::Tcp;
    peer.flow.connection = Some(FIRST);
    peer.request("INVITE", 1, "", "");
    let Some(Event::Invite { session, .. }) = peer.event() else { panic!("no INVITE") };
    peer.endpoint.accept(peer.now, session, Headers::default(), None).unwrap();
    peer.all_sent();
    peer.pass(Duration::from_secs(2));
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["200", "200"]);
}
