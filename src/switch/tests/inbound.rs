//! A trunk's call to a routing point: alerted, rung, answered, joined, ended by either side, and all the ways it can fail.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Entry, Event, Verified};
use warmline_media::worker;
use warmline_sip::message::{HeaderName, Headers};

const PHONE: &str = "203.0.113.21:5060";
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// A call that is joined with the phone of 201: net, carrier and its session, phone and its session, call, the two parties.
macro_rules! talking {
    ($net:ident, $carrier:ident, $caller:ident, $phone:ident, $callee:ident, $call:ident, $customer:ident) => {
        let mut $net = Net::new();
        let $carrier = $net.carrier();
        let $phone = $net.phone("201", PHONE);
        let ($caller, $call, $customer) = $net.arrive($carrier);
        $net.ring($call, party(1), "201", "sip.test");
        let ($callee, _) = $net.invited($phone);
        $net.answer($phone, $callee, sdp(50000, "0 101", "sendrecv"));
    };
}

#[test]
fn a_reserved_number_rings_its_agent_and_both_talk_until_the_customer_hangs_up() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", PHONE));
    let caller = net.carrier_calls(carrier, POINT);
    let events = net.events();
    let [Event::Arrived { call, party: customer, entry, from, from_display, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    let (call, customer) = (*call, *customer);
    assert_eq!(*entry, Entry::RoutingPoint { firm: "acme".into(), number: POINT.into() });
    assert_eq!((from.as_deref(), from_display.as_str()), (Some("+4917012345678"), "Erika"));
    assert!(net.heard(carrier, caller).is_empty(), "nothing but 100 before a command");
    net.command(Command::Alert { call });
    assert_eq!(net.heard(carrier, caller), ["180"]);

    net.ring(call, party(1), "201", "sip.test");
    let (callee, request) = net.invited(phone);
    let from = request.from().unwrap();
    assert_eq!((from.display.as_str(), from.uri.user.as_deref()), ("Erika M", Some("+4917012345678")));
    assert!(String::from_utf8_lossy(&request.body).contains("RTP/AVP 8 0 101"));
    net.progress(phone, callee, 180, None);
    assert_eq!(net.events(), [Event::Ringing { call, party: party(1) }]);
    net.answer(phone, callee, sdp(50000, "0 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }, Event::Bridged { call }]);
    let answer = net.description(carrier, caller);
    assert!(answer.contains("RTP/AVP 0 101"), "A is answered with B's codec: {answer}");
    assert_eq!(net.heard(carrier, caller), ["200"]);
    assert_eq!(net.media(), ["open 1", "open 2", "negotiate 2 PCMU", "negotiate 1 PCMU", "connect 1 2"]);

    net.hangup(carrier, caller, Some("Q.850;cause=16"));
    let cause = Cause::Normal;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(customer, true), left(party(1), false), Event::Ended { call, cause }]);
    assert_eq!(net.heard(phone, callee), ["ended Q.850;cause=16"]);
    assert_eq!(net.media(), ["close 2", "close 1"]);
    let records: Vec<_> =
        net.records.iter().map(|row| (row.peer.as_str(), row.direction, row.status, row.cause)).collect();
    assert_eq!(records, [("account:201", "out", 200, cause), ("trunk:carrier", "in", 200, cause)]);
    assert!(net.records.iter().all(|row| row.answered.is_some() && !row.sip_call_id.is_empty()));
    assert_ne!(net.records[0].sip_call_id, net.records[1].sip_call_id, "each leg is its own dialog");
    net.assert_clear();
}

#[test]
fn the_customer_goes_when_the_joined_agent_does() {
    talking!(net, carrier, caller, phone, callee, call, customer);
    net.events();
    net.hangup(phone, callee, None);
    let cause = Cause::Normal;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(party(1), true), left(customer, false), Event::Ended { call, cause }]);
    assert_eq!(net.heard(carrier, caller), ["200", "ended Q.850;cause=16;text=\"Normal call clearing\""]);
    net.assert_clear();
}

#[test]
fn a_caller_who_cancels_takes_the_ringing_agent_with_him() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", PHONE));
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Alert { call });
    net.ring(call, party(1), "201", "sip.test");
    let (callee, _) = net.invited(phone);
    net.progress(phone, callee, 180, None);
    net.events();
    net.hangup(carrier, caller, None);
    let cause = Cause::Canceled;
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause }, Event::Ended { call, cause }]);
    assert_eq!(net.heard(phone, callee), [format!("canceled {ELSEWHERE}")], "no missed call");
    assert_eq!(net.records.iter().map(|row| row.status).collect::<Vec<_>>(), [487, 487]);
    net.assert_clear();
}

#[test]
fn an_agents_answer_that_crosses_the_cancel_leaves_nothing() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", PHONE));
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Alert { call });
    net.ring(call, party(1), "201", "sip.test");
    let (callee, _) = net.invited(phone);
    net.progress(phone, callee, 180, None);
    net.events();
    // Both in the same moment: 5 ms on the wire each.
    let now = net.now;
    net.peers[carrier].endpoint.hangup(now, caller, None);
    let body = warmline_sip::endpoint::Body::sdp(sdp(50000, "0", "sendrecv"));
    net.peers[phone].endpoint.accept(now, callee, Headers::default(), Some(body)).unwrap();
    net.settle();
    let cause = Cause::Canceled;
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause }, Event::Ended { call, cause }]);
    assert!(net.heard(phone, callee)[0].starts_with("ended"), "the late 200 has had ACK and BYE");
    net.assert_clear();
}

#[test]
fn a_busy_agent_leaves_the_customer_who_queues_and_meets_the_next() {
    let mut net = Net::new();
    let (carrier, busy, free) =
        (net.carrier(), net.phone("201", PHONE), net.phone("202", "203.0.113.22:5060"));
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Alert { call });
    net.ring(call, party(1), "201", "sip.test");
    let (first, _) = net.invited(busy);
    net.reject(busy, first, 486);
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause: Cause::Busy }]);
    net.media();
    net.command(Command::Queue { call });
    assert_eq!(net.heard(carrier, caller), ["180", "200"]);
    assert_eq!(net.media(), ["negotiate 1 PCMA", "play 1 Music"]);
    net.command(Command::Queue { call });
    assert!(net.media().is_empty(), "music goes on, it does not begin again");

    net.ring(call, party(2), "202", "sip.test");
    let (second, request) = net.invited(free);
    let offer = String::from_utf8_lossy(&request.body).into_owned();
    assert!(offer.contains("RTP/AVP 8 0 101"), "the customer's codec first: {offer}");
    net.answer(free, second, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(2) }, Event::Bridged { call }]);
    assert_eq!(net.media(), ["open 3", "negotiate 3 PCMA", "connect 1 3"]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    assert!(net.heard(free, second)[0].starts_with("ended"));
    assert!(net.heard(carrier, caller)[0].starts_with("ended"));
    net.assert_clear();
}

#[test]
fn an_agent_who_does_not_answer_is_cancelled_in_time() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", PHONE));
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    let (callee, _) = net.invited(phone);
    net.progress(phone, callee, 180, None);
    net.events();
    net.run(Duration::from_millis(14_500));
    assert!(net.events().is_empty());
    net.run(Duration::from_millis(600));
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause: Cause::NoAnswer }]);
    assert_eq!(net.heard(phone, callee), ["canceled SIP;cause=480;text=\"No answer\""]);
    net.command(Command::Hangup { call, cause: Cause::NoAnswer });
    net.assert_clear();
}

#[test]
fn the_first_phone_of_a_fork_wins() {
    let mut net = Net::new();
    let (carrier, desk, mobile) =
        (net.carrier(), net.phone("201", PHONE), net.phone("201", "203.0.113.22:5060"));
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    let (on_desk, _) = net.invited(desk);
    let (on_mobile, _) = net.invited(mobile);
    // Both answer at once.
    let now = net.now;
    for (peer, session) in [(desk, on_desk), (mobile, on_mobile)] {
        let body = warmline_sip::endpoint::Body::sdp(sdp(50000, "0", "sendrecv"));
        net.peers[peer].endpoint.accept(now, session, Headers::default(), Some(body)).unwrap();
    }
    net.settle();
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }, Event::Bridged { call }]);
    assert!(net.heard(desk, on_desk).is_empty());
    assert_eq!(net.heard(mobile, on_mobile), [format!("ended {ELSEWHERE}")]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn nobody_rings_for_ever() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Alert { call });
    net.run(Duration::from_secs(20));
    assert_eq!(net.heard(carrier, caller), ["180", "200"]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "play 1 Music"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn an_unanswered_call_can_be_refused() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Reject { call, cause: Cause::Overload });
    assert_eq!(net.heard(carrier, caller), ["failed 503"]);
    assert!(net.sent.last().unwrap().1.contains("Retry-After: "));
    assert_eq!(net.events(), [Event::Ended { call, cause: Cause::Overload }]);
    net.assert_clear();
}

#[test]
fn an_agent_without_a_phone_fails_at_once() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (_, call, _) = net.arrive(carrier);
    net.ring(call, party(1), "201", "sip.test");
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause: Cause::Unreachable }]);
    // And another may be tried.
    let phone = net.phone("202", PHONE);
    net.ring(call, party(2), "202", "sip.test");
    assert!(net.is_invited(phone));
    net.command(Command::Drop { call, party: party(2), cause: Cause::Elsewhere });
    assert_eq!(net.events(), [Event::Failed { call, party: party(2), cause: Cause::Elsewhere }]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn a_dropped_agent_leaves_the_customer_with_music() {
    talking!(net, carrier, caller, phone, callee, call, _customer);
    net.events();
    net.media();
    net.command(Command::Mute { call, party: party(1), on: true });
    assert_eq!(net.media(), ["mute 2 true"]);
    net.command(Command::Drop { call, party: party(1), cause: Cause::Elsewhere });
    let left = Event::Left { call, party: party(1), cause: Cause::Elsewhere, by_itself: false };
    assert_eq!(net.events(), [left]);
    assert_eq!(net.media(), ["close 2", "play 1 Music"]);
    assert_eq!(net.heard(phone, callee), [format!("ended {ELSEWHERE}")]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn lost_media_ends_the_call() {
    talking!(net, carrier, caller, phone, callee, call, customer);
    net.events();
    net.media_event(worker::Event::Dead { leg: warmline_media::ids::LegId(1) });
    let cause = Cause::Media;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(customer, true), left(party(1), false), Event::Ended { call, cause }]);
    assert!(net.heard(carrier, caller)[1].starts_with("ended Q.850;cause=41"));
    assert!(net.heard(phone, callee)[0].starts_with("ended Q.850;cause=41"));
    net.assert_clear();
}

#[test]
fn the_called_number_is_found_where_the_trunk_puts_it_and_a_withheld_one_stays_withheld() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let mut headers = Headers::default();
    headers.push(HeaderName::DIVERSION, format!("<sip:{POINT}@carrier.test>;reason=unconditional"));
    headers.push(HeaderName::PRIVACY, "ID");
    headers.push(HeaderName::P_ASSERTED_IDENTITY, "<sip:+4917012345678@carrier.test>");
    headers.push(HeaderName::SESSION_ID, "0123456789abcdef0123456789abcdef;remote=0");
    let body = Some(sdp(40000, "8", "sendrecv"));
    let (from, to) = ("<sip:anonymous@anonymous.invalid>", "sip:main@192.0.2.1");
    let caller = net.invite_with(carrier, from, to, body, headers, None);
    let events = net.events();
    let [Event::Arrived { call, entry, from, from_display, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*entry, Entry::RoutingPoint { firm: "acme".into(), number: POINT.into() });
    assert_eq!((from, from_display.as_str()), (&None, ""));
    let phone = net.phone("201", PHONE);
    net.ring(*call, party(1), "201", "sip.test");
    let (_, request) = net.invited(phone);
    let session_id = request.headers.get(&HeaderName::SESSION_ID).unwrap();
    assert!(session_id.starts_with("0123456789abcdef0123456789abcdef"), "{session_id}");
    assert_eq!(request.headers.get(&HeaderName::MAX_FORWARDS), Some("69"));
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

/// What a trunk says of a caller's number, in each place where carriers put it; a phone of ours says nothing of itself.
#[test]
fn e4_what_the_network_says_of_the_number_is_read_from_trunks_alone() {
    const PLAIN: &str = "<sip:+4917012345678@carrier.test>";
    let (passed, failed, unknown) = (Verified::Passed, Verified::Failed, Verified::Unknown);
    for (from, asserted, expected) in [
        (PLAIN, Some("<tel:+4917012345678;verstat=TN-Validation-Passed>"), passed),
        (PLAIN, Some("<sip:+4917012345678;verstat=TN-Validation-Passed-A@c.test;user=phone>"), passed),
        (PLAIN, Some("<sip:+4917012345678@c.test;user=phone;VERSTAT=tn-validation-passed-b>"), passed),
        ("<sip:+4917012345678;verstat=TN-Validation-Passed-C@c.test>", None, passed),
        ("<sip:+4917012345678@c.test;verstat=TN-Validation-Failed-B>", None, failed),
        (PLAIN, Some("<tel:+4917012345678;verstat=TN-VALIDATION-FAILED>"), failed),
        (
            "<sip:+4917012345678@c.test;verstat=TN-Validation-Failed>",
            Some("<tel:+4917012345678;verstat=TN-Validation-Passed>"),
            failed,
        ),
        (PLAIN, Some("<tel:+4917012345678;verstat=No-TN-Validation>"), unknown),
        (PLAIN, Some("<tel:+4917012345678;verstat=TN-Validation-Passed-Z>"), unknown),
        (PLAIN, Some("<tel:+4917012345678;verstat>"), unknown),
        (PLAIN, None, unknown),
    ] {
        let mut net = Net::new();
        let carrier = net.carrier();
        let mut headers = Headers::default();
        asserted.into_iter().for_each(|row| headers.push(HeaderName::P_ASSERTED_IDENTITY, row));
        let to = format!("sip:{POINT}@192.0.2.1");
        net.invite_with(carrier, from, &to, Some(sdp(40000, "8", "sendrecv")), headers, None);
        let events = net.events();
        let [Event::Arrived { verified, from: number, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*verified, expected, "{from} {asserted:?}");
        assert_eq!(number.as_deref(), Some("+4917012345678"));
    }
}

#[test]
fn a_route_leads_to_a_queue() {
    let mut net = Net::new();
    let carrier = net.carrier();
    net.carrier_calls(carrier, "+493012345200");
    let events = net.events();
    let [Event::Arrived { call, entry, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*entry, Entry::Queue { firm: "acme".into(), queue: "sales".into() });
    net.command(Command::Hangup { call: *call, cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn an_agent_who_meets_a_customer_on_hold_hears_music() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", PHONE));
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Queue { call });
    let now = net.now;
    let reinvite = |direction| warmline_sip::endpoint::Body::sdp(sdp(40000, "8 0 101", direction));
    net.peers[carrier].endpoint.reinvite(now, caller, reinvite("sendonly")).unwrap();
    net.settle();
    net.ring(call, party(1), "201", "sip.test");
    let (callee, _) = net.invited(phone);
    net.media();
    net.answer(phone, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["negotiate 2 PCMA", "play 2 Music"]);
    let now = net.now;
    net.peers[carrier].endpoint.reinvite(now, caller, reinvite("sendrecv")).unwrap();
    net.settle();
    assert_eq!(net.media(), ["negotiate 1 PCMA", "connect 1 2"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}
