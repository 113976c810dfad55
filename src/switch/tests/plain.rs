//! Plain calls: accounts among themselves, from and to trunks, by the routes; hold, early media, offers that come late.

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::{Body, SessionId};
use warmline_sip::message::{HeaderName, Headers};

const ONE: &str = "203.0.113.21:5060";
const TWO: &str = "203.0.113.22:5060";

fn secret(user: &str) -> Option<Credentials> {
    Some(Credentials { user: user.into(), password: format!("secret-{user}") })
}

fn dial(net: &mut Net, peer: usize, to: &str, body: &str) -> SessionId {
    let to = format!("sip:{to}@sip.test");
    let from = "\"Ann\" <sip:201@sip.test>";
    net.invite_with(peer, from, &to, Some(body.into()), Headers::default(), secret("201"))
}

#[test]
fn an_account_calls_another() {
    let mut net = Net::new();
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let caller = dial(&mut net, one, "202", &sdp(40000, "9 8 0 101", "sendrecv"));
    let (callee, request) = net.invited(two);
    let from = request.from().unwrap();
    assert_eq!((from.display.as_str(), from.uri.user.as_deref()), ("Ann", Some("201")));
    assert!(request.headers.get(&HeaderName::AUTHORIZATION).is_none(), "credentials stay here");
    let offer = String::from_utf8_lossy(&request.body).into_owned();
    assert!(offer.contains("RTP/AVP 8 0 101"), "what both speak: {offer}");
    assert!(offer.contains("192.0.2.1") && !offer.contains("203.0.113.5"), "our own address: {offer}");
    net.progress(two, callee, 180, None);
    net.progress(two, callee, 180, None);
    assert_eq!(net.heard(one, caller), ["180"]);
    net.answer(two, callee, sdp(50000, "8 101", "sendrecv"));
    assert!(net.description(one, caller).contains("RTP/AVP 8 101"));
    assert_eq!(net.heard(one, caller), ["200"]);
    assert_eq!(net.media(), ["open 1", "open 2", "negotiate 2 PCMA", "negotiate 1 PCMA", "connect 1 2"]);
    assert!(net.events().is_empty(), "coordination has no business here");
    net.hangup(two, callee, Some("Q.850;cause=16;text=\"bye\""));
    assert_eq!(net.heard(one, caller), ["ended Q.850;cause=16;text=\"bye\""]);
    assert_eq!(net.media(), ["close 2", "close 1"]);
    assert_eq!(
        net.records.iter().map(|row| row.peer.as_str()).collect::<Vec<_>>(),
        ["account:202", "account:201"]
    );
    net.assert_clear();
}

#[test]
fn failures_and_withdrawals_pass_through() {
    let mut net = Net::new();
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let body = sdp(40000, "8", "sendrecv");
    let caller = dial(&mut net, one, "202", &body);
    let (callee, _) = net.invited(two);
    net.reject(two, callee, 486);
    assert_eq!(net.heard(one, caller), ["failed 486"]);

    let caller = dial(&mut net, one, "202", &body);
    let (callee, _) = net.invited(two);
    net.progress(two, callee, 180, None);
    net.hangup(one, caller, Some("SIP;cause=200;text=\"Call completed elsewhere\""));
    let canceled = net.heard(two, callee);
    assert_eq!(
        canceled,
        ["canceled SIP;cause=200;text=\"Call completed elsewhere\""],
        "the caller's own Reason"
    );

    let caller = dial(&mut net, one, "203", &body);
    assert_eq!(net.heard(one, caller), ["failed 404"]);
    assert_eq!(net.switch.counters().unknown_number, 1);
    let caller = dial(&mut net, two, "202", &body);
    assert_eq!(net.heard(two, caller), [] as [&str; 0], "201 calls from another phone");
    let (callee, _) = net.invited(two);
    net.run(Duration::from_secs(120));
    assert_eq!(net.heard(two, callee).len(), 1);
    assert_eq!(net.heard(two, caller), ["failed 480"], "nothing rings for ever");
    net.assert_clear();
}

#[test]
fn a_phone_that_is_not_there_is_unavailable() {
    let mut net = Net::new();
    let one = net.phone("201", ONE);
    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    assert_eq!(net.heard(one, caller), ["failed 480"]);
    net.assert_clear();
}

#[test]
fn all_phones_of_an_account_ring_and_the_best_failure_is_passed_on() {
    let mut net = Net::new();
    let (one, a, b) = (net.phone("201", ONE), net.phone("202", TWO), net.phone("202", "203.0.113.23:5060"));
    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    let ((on_a, _), (on_b, _)) = (net.invited(a), net.invited(b));
    net.reject(a, on_a, 486);
    assert!(net.heard(one, caller).is_empty(), "the other still rings");
    net.reject(b, on_b, 480);
    assert_eq!(net.heard(one, caller), ["failed 486"]);
    net.run(Duration::from_secs(6));

    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    let ((on_a, _), (on_b, _)) = (net.invited(a), net.invited(b));
    net.progress(a, on_a, 180, None);
    net.progress(b, on_b, 180, None);
    net.reject(a, on_a, 603);
    assert_eq!(net.heard(one, caller), ["180", "failed 603"]);
    assert!(net.heard(b, on_b)[0].starts_with("canceled SIP;cause=603"));
    net.run(Duration::from_secs(6));

    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    let ((on_a, _), (on_b, _)) = (net.invited(a), net.invited(b));
    net.progress(a, on_a, 180, None);
    net.progress(b, on_b, 180, None);
    net.answer(b, on_b, sdp(50000, "8", "sendrecv"));
    assert_eq!(net.heard(a, on_a), ["canceled SIP;cause=200;text=\"Call completed elsewhere\""]);
    net.hangup(one, caller, None);
    net.assert_clear();
}

#[test]
fn a_trunks_call_reaches_an_account_by_the_route() {
    let mut net = Net::new();
    let (carrier, one) = (net.carrier(), net.phone("201", ONE));
    let caller = net.carrier_calls(carrier, "+493012345100");
    let (callee, request) = net.invited(one);
    assert_eq!(request.from().unwrap().uri.user.as_deref(), Some("+4917012345678"));
    net.answer(one, callee, sdp(50000, "0", "sendrecv"));
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn an_account_calls_out_through_the_trunk() {
    let mut net = Net::new();
    let (carrier, one) = (net.carrier(), net.phone("201", ONE));
    let caller = dial(&mut net, one, "03099", &sdp(40000, "8 101", "sendrecv"));
    let (callee, request) = net.invited(carrier);
    assert_eq!(request.uri().unwrap().user.as_deref(), Some("+493099"));
    assert_eq!(request.headers.get(&HeaderName::MAX_FORWARDS), Some("69"));
    // Early media: the caller hears the network's announcement.
    net.progress(carrier, callee, 183, Some(sdp(50000, "8 101", "sendrecv")));
    assert!(net.description(one, caller).contains("RTP/AVP 8 101"));
    assert_eq!(net.media(), ["open 1", "open 2", "negotiate 2 PCMA", "negotiate 1 PCMA", "connect 1 2"]);
    net.answer(carrier, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.heard(one, caller), ["183", "200"]);
    assert!(net.media().is_empty(), "all was said with the 183");
    net.hangup(one, caller, None);
    net.assert_clear();
}

#[test]
fn hold_plays_music_to_the_other_and_resume_joins_again() {
    let mut net = Net::new();
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let caller = dial(&mut net, one, "202", &sdp(40000, "8 101", "sendrecv"));
    let (callee, _) = net.invited(two);
    net.answer(two, callee, sdp(50000, "8 101", "sendrecv"));
    net.media();
    net.heard(one, caller);
    net.heard(two, callee);
    let offer = |net: &mut Net, peer: usize, session: SessionId, body: String| {
        let now = net.now;
        net.peers[peer].endpoint.reinvite(now, session, Body::sdp(body)).unwrap();
        net.settle();
        net.description(peer, session)
    };
    let answer = offer(&mut net, one, caller, sdp(40000, "8 101", "sendonly"));
    assert!(answer.contains("a=recvonly") && answer.contains("RTP/AVP 8 101"), "{answer}");
    assert_eq!(net.media(), ["negotiate 1 PCMA", "play 2 Music"]);
    assert!(net.heard(two, callee).is_empty(), "nothing passes through");
    // Both on hold; then one after the other comes back.
    offer(&mut net, two, callee, sdp(50000, "8 101", "inactive"));
    assert_eq!(net.media(), ["negotiate 2 PCMA"]);
    offer(&mut net, one, caller, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["negotiate 1 PCMA", "play 1 Music"]);
    offer(&mut net, two, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["negotiate 2 PCMA", "connect 1 2"]);
    // Another address, and the codec in use stays.
    let answer = offer(&mut net, two, callee, sdp(50100, "0 8 101", "sendrecv"));
    assert!(answer.contains("RTP/AVP 8 101"), "{answer}");
    assert_eq!(net.media(), ["negotiate 2 PCMA"]);
    net.heard(two, callee);
    offer_refused(&mut net, two, callee);
    net.hangup(one, caller, None);
    net.assert_clear();
}

/// What cannot be done is refused, and the call goes on.
fn offer_refused(net: &mut Net, peer: usize, session: SessionId) {
    let now = net.now;
    let offer = Body::sdp(sdp(50100, "3", "sendrecv"));
    net.peers[peer].endpoint.reinvite(now, session, offer).unwrap();
    net.settle();
    assert!(net.heard(peer, session)[0].contains("OfferRefused"));
    assert!(net.media().is_empty());
}

#[test]
fn a_caller_without_an_offer_gets_ours() {
    let mut net = Net::new();
    let (carrier, one) = (net.carrier(), net.phone("201", ONE));
    let from = "<sip:+4917012345678@198.51.100.10>";
    let caller = net.invite(carrier, from, "sip:+493012345100@192.0.2.1", None);
    let (callee, request) = net.invited(one);
    assert!(!request.body.is_empty());
    net.progress(one, callee, 183, Some(sdp(50000, "0", "sendrecv")));
    net.answer(one, callee, sdp(50000, "0", "sendrecv"));
    let offer = net.description(carrier, caller);
    assert!(offer.contains("RTP/AVP 0"), "{offer}");
    // The carrier's endpoint acknowledged without an answer: the call cannot be.
    assert!(net.heard(carrier, caller).last().unwrap().starts_with("ended"));
    assert_eq!(net.switch.counters().media_refused, 1);
    net.assert_clear();
}

#[test]
fn without_anchoring_descriptions_pass_unchanged() {
    let mut net = Net::with(Settings { anchor_media: false, ..settings() });
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let offer = sdp(40000, "9 8", "sendrecv");
    let caller = dial(&mut net, one, "202", &offer);
    let (callee, request) = net.invited(two);
    assert_eq!(String::from_utf8_lossy(&request.body), offer);
    let answer = sdp(50000, "9", "sendrecv");
    net.answer(two, callee, answer.clone());
    assert_eq!(net.description(one, caller), answer);
    assert!(net.media().is_empty());
    net.hangup(two, callee, None);
    net.assert_clear();
}

#[test]
fn descriptions_that_cannot_be_used_are_refused() {
    let mut net = Net::new();
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let caller = dial(&mut net, one, "202", &sdp(40000, "9", "sendrecv"));
    assert_eq!(net.heard(one, caller), ["failed 488"]);
    assert!(net.sent.last().unwrap().1.contains("Warning: 399 "));
    // And a callee who answers with what was not offered is hung up.
    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    let (callee, _) = net.invited(two);
    net.answer(two, callee, sdp(50000, "9", "sendrecv"));
    assert!(net.heard(two, callee)[0].starts_with("ended"));
    assert_eq!(net.heard(one, caller), ["failed 488"]);
    assert_eq!(net.switch.counters().media_refused, 2);
    net.assert_clear();
}

#[test]
fn no_port_no_call() {
    let mut net = Net::new();
    let one = net.phone("201", ONE);
    net.phone("202", TWO);
    let body = sdp(40000, "8", "sendrecv");
    let callers: Vec<_> = (0..4).map(|_| dial(&mut net, one, "202", &body)).collect();
    assert_eq!(net.switch.live()[4], 8);
    let refused = dial(&mut net, one, "202", &body);
    assert_eq!(net.heard(one, refused), ["failed 503"]);
    assert_eq!(net.switch.counters().overload, 1);
    callers.into_iter().for_each(|caller| net.hangup(one, caller, None));
    assert_eq!(net.switch.live()[4], 8, "the ports rest");
    net.run(Duration::from_secs(6));
    let again = dial(&mut net, one, "202", &body);
    assert!(net.heard(one, again).is_empty());
    net.hangup(one, again, None);
    net.assert_clear();
}

#[test]
fn a_call_ends_when_it_has_lasted_too_long() {
    let mut net = Net::with(Settings { max_call: Duration::from_secs(60), ..settings() });
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let caller = dial(&mut net, one, "202", &sdp(40000, "8", "sendrecv"));
    let (callee, _) = net.invited(two);
    net.answer(two, callee, sdp(50000, "8", "sendrecv"));
    net.run(Duration::from_secs(60));
    assert!(net.heard(one, caller)[1].starts_with("ended"));
    assert!(net.heard(two, callee)[0].starts_with("ended"));
    net.assert_clear();
}
