//! What of a confirmed dialog is told to be known by a later process, and the BYE that it sends (E15).

use crate::scripted::{Peer, header, method};
use std::time::Duration;
use warmline_sip::endpoint::{EndpointConfig, Left, Standing};

fn peer(stamp: &str) -> Peer {
    Peer::with(EndpointConfig { tell_dialogs: true, stamp: stamp.into(), ..EndpointConfig::default() })
}

fn stands(peer: &mut Peer) -> Left {
    match peer.endpoint.poll_standing() {
        Some(Standing::Stands(_, left)) => *left,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bye_of_a_later_process_takes_the_route_to_the_latest_target() {
    let mut before = peer("0.0.1");
    let (_, invite) = before.call();
    assert_eq!(before.endpoint.poll_standing(), None);
    let routes = "Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.6:5080;lr>";
    before.answer(&invite, 200, "b", routes);
    before.all_sent();
    let first = stands(&mut before);
    assert_eq!(first.target, "sip:bob@192.0.2.2:5060");
    assert_eq!(first.routes, ["<sip:192.0.2.6:5080;lr>", "<sip:192.0.2.7;lr>"]);
    // The peer moves (§12.2.2).
    let (from, to) = (invite.from().unwrap(), invite.to().unwrap());
    before.send(&format!(
        "UPDATE sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKu\n\
         From: {};tag=b\nTo: {from}\nCall-ID: {}\nCSeq: 7 UPDATE\nContact: <sip:bob@192.0.2.9:5070>\n\
         Content-Length: 0\n\n",
        to,
        invite.call_id().unwrap()
    ));
    let left = stands(&mut before);
    assert_eq!((left.target.as_str(), &left.local_tag), ("sip:bob@192.0.2.9:5070", &first.local_tag));
    assert_eq!(before.endpoint.poll_standing(), None);

    let mut after = peer("0.0.2");
    assert!(after.endpoint.end_left(after.now, &left, None, "Q.850;cause=41"));
    let bye = after.endpoint.poll_transmit().unwrap();
    assert_eq!(bye.flow.remote.to_string(), "192.0.2.6:5080", "the first route");
    let bye = warmline_sip::parse::parse(bye.payload).unwrap();
    assert_eq!((method(&bye).as_str(), bye.uri().unwrap().to_string()), ("BYE", left.target.clone()));
    assert_eq!(bye.from().unwrap().tag(), Some(left.local_tag.as_str()));
    assert_eq!(bye.to().unwrap().tag(), Some("b"));
    assert_eq!(bye.call_id(), invite.call_id());
    assert_eq!(header(&bye, "CSeq"), "1001 BYE");
    // As any request it goes out again until somebody answers, 481 too.
    after.pass(Duration::from_millis(600));
    assert_eq!(after.all_sent().len(), 1);
    after.answer(&bye, 481, "b", "");
    after.pass(Duration::from_secs(40));
    assert!(after.all_sent().is_empty() && after.event().is_none());
    assert_eq!(after.endpoint.live(), (0, 0, 0));
}

#[test]
fn it_is_over_when_the_bye_is_answered() {
    let mut peer = peer("0.0.1");
    let id = peer.called("");
    let left = stands(&mut peer);
    peer.endpoint.hangup(peer.now, id, None);
    let bye = peer.all_sent().pop().unwrap();
    assert_eq!(peer.endpoint.poll_standing(), None);
    peer.answer(&bye, 200, "b", "");
    assert_eq!(peer.endpoint.poll_standing(), Some(Standing::Over(left.local_tag)));
    assert_eq!(peer.endpoint.poll_standing(), None);
}

#[test]
fn many_requests_are_told_of_before_the_gap_is_used_up() {
    let mut peer = peer("0.0.1");
    let id = peer.called("");
    let first = stands(&mut peer).cseq;
    let mut told = Vec::new();
    for _ in 0..1_200 {
        peer.endpoint.reinvite(peer.now, id, warmline_sip::endpoint::Body::sdp("v=0")).unwrap();
        let offer = peer.all_sent().pop().unwrap();
        peer.answer(&offer, 200, "b", "");
        peer.all_sent();
        while let Some(Standing::Stands(_, left)) = peer.endpoint.poll_standing() {
            told.push(left.cseq);
        }
        let last = told.last().copied().unwrap_or(first);
        assert!(offer.cseq().unwrap().number < last + 1_000);
    }
    assert_eq!(told.len(), 2, "{told:?}");
}
