//! One INVITE, several phones (RFC 3261 §13.2.2.4).

use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::SessionEvent;

#[test]
fn the_second_to_answer_gets_ack_and_bye() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    for tag in ["b1", "b2"] {
        peer.answer(&invite, 180, tag, "");
        assert!(matches!(peer.session_event(), Some(SessionEvent::Progress(_))));
    }
    peer.answer(&invite, 200, "b1", "");
    assert_eq!(peer.all_sent().iter().map(method).collect::<Vec<_>>(), ["ACK"]);
    assert!(matches!(peer.session_event(), Some(SessionEvent::Established(_))));
    peer.answer(&invite, 200, "b2", "");
    let sent = peer.all_sent();
    assert_eq!(sent.iter().map(method).collect::<Vec<_>>(), ["ACK", "BYE"]);
    for message in &sent {
        assert_eq!(message.to().unwrap().tag(), Some("b2"));
        assert_eq!(message.call_id(), invite.call_id());
    }
    assert_eq!(header(&sent[1], "CSeq"), "2 BYE");
    peer.answer(&sent[1], 200, "b2", "");
    assert_eq!(peer.event(), None);
    assert!(peer.endpoint.call_id(id).is_some());
}

#[test]
fn repetitions_of_either_2xx_get_their_own_ack_again() {
    let mut peer = Peer::new();
    let (id, invite) = peer.call();
    peer.answer(&invite, 200, "b1", "");
    let first = peer.all_sent().remove(0);
    peer.answer(&invite, 200, "b2", "");
    let second = peer.all_sent().remove(0);
    peer.answer(&invite, 200, "b1", "");
    assert_eq!(peer.all_sent(), std::slice::from_ref(&first));
    peer.answer(&invite, 200, "b2", "");
    assert_eq!(peer.all_sent(), [second]);
    // Also when the call is long over, as long as the peer may repeat it (RFC 6026).
    peer.endpoint.hangup(peer.now, id, None);
    let bye = peer.all_sent().remove(0);
    peer.answer(&bye, 200, "b1", "");
    peer.answer(&invite, 200, "b1", "");
    assert_eq!(peer.all_sent(), [first]);
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live(), (0, 0, 0));
}

#[test]
fn a_flood_of_branches_is_bounded() {
    let mut peer = Peer::new();
    let (_, invite) = peer.call();
    for number in 0..100 {
        peer.answer(&invite, 180, &format!("early{number}"), "");
    }
    for number in 0..100 {
        peer.answer(&invite, 200, &format!("tag{number}"), "");
    }
    assert!(peer.endpoint.live().1 <= 17, "{:?}", peer.endpoint.live());
    peer.pass(Duration::from_secs(70));
    assert_eq!(peer.endpoint.live().1, 0);
}
