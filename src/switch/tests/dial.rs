//! Calls that coordination asks for: customers dialled through a trunk, visitors' browsers, agents at a number.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::message::HeaderName;
use warmline_sip::transport::Protocol;

fn dial(net: &mut Net, n: u128) {
    net.command(Command::Dial {
        call: call_id(n),
        party: party(n),
        number: "+4917087654321".into(),
        trunk: "carrier".into(),
        caller_id: "+493012345000".into(),
        token: "att7".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
}

#[test]
fn a_customer_is_dialled_and_joined_with_an_agent() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let (call, customer) = (call_id(1), party(1));
    dial(&mut net, 1);
    let (callee, request) = net.invited(carrier);
    assert!(request.call_id().unwrap().contains("att7"), "a stray answer names its attempt");
    assert!(request.from().unwrap().tag().unwrap().contains("att7"));
    assert_eq!(request.uri().unwrap().user.as_deref(), Some("+4917087654321"));
    assert_eq!(request.from().unwrap().uri.user.as_deref(), Some("+493012345000"));
    let asserted = request.headers.get(&HeaderName::P_ASSERTED_IDENTITY).unwrap();
    assert!(asserted.contains("+493012345000"));
    net.progress(carrier, callee, 180, None);
    net.progress(carrier, callee, 180, None);
    assert_eq!(net.events(), [Event::Ringing { call, party: customer }]);
    net.answer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: customer }]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "play 1 Silence"]);
    net.ring(call, party(2), "201", "sip.test");
    let (agent, _) = net.invited(phone);
    net.answer(phone, agent, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(2) }, Event::Bridged { call }]);
    assert_eq!(net.media(), ["open 2", "negotiate 2 PCMA", "connect 1 2"]);
    net.hangup(carrier, callee, None);
    let cause = Cause::Normal;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(customer, true), left(party(2), false), Event::Ended { call, cause }]);
    net.assert_clear();
}

#[test]
fn a_peer_that_cannot_be_reached_is_passed_over_and_a_refusal_never_is() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let backup = net.join(Protocol::Udp, "198.51.100.11:5060");
    let call = call_id(1);
    dial(&mut net, 1);
    let (first, _) = net.invited(carrier);
    net.reject(carrier, first, 503);
    let (second, _) = net.invited(backup);
    assert!(net.events().is_empty(), "nothing has failed yet");
    net.reject(backup, second, 486);
    let ended =
        |call, n, cause| [Event::Failed { call, party: party(n), cause }, Event::Ended { call, cause }];
    assert_eq!(net.events(), ended(call, 1, Cause::Busy));

    dial(&mut net, 2);
    let (first, _) = net.invited(carrier);
    net.reject(carrier, first, 603);
    assert!(!net.is_invited(backup), "no means no");
    assert_eq!(net.events(), ended(call_id(2), 2, Cause::Declined));
    net.assert_clear();
}

#[test]
fn a_trunk_that_refuses_us_is_counted_by_status_and_nobody_has_declined() {
    let mut net = Net::new();
    let carrier = net.carrier();
    for (n, status) in (1..).zip([403, 403, 482, 603, 404]) {
        dial(&mut net, n);
        let (callee, _) = net.invited(carrier);
        net.reject(carrier, callee, status);
        let cause = match status {
            603 => Cause::Declined,
            404 => Cause::NotFound,
            _ => Cause::Unreachable,
        };
        assert_eq!(net.events()[0], Event::Failed { call: call_id(n), party: party(n), cause }, "{status}");
    }
    let counted: Vec<_> = net.switch.trunk_refusals().collect();
    assert_eq!(counted, [("carrier", 403, 2), ("carrier", 482, 1)]);
    net.assert_clear();
}

#[test]
fn a_withdrawn_dial_tries_nothing_more() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let backup = net.join(Protocol::Udp, "198.51.100.11:5060");
    net.peers[carrier].alive = false;
    dial(&mut net, 1);
    let call = call_id(1);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    let failed = Event::Failed { call, party: party(1), cause: Cause::Canceled };
    assert_eq!(net.events(), [failed, Event::Ended { call, cause: Cause::Normal }]);
    net.assert_clear();
    assert!(!net.is_invited(backup));
}

#[test]
fn a_number_of_our_own_is_not_dialled() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let numbers = [POINT, "+493012345100", "+493012345200", "+4917087654321"];
    for (n, number) in (1..).zip(numbers) {
        net.command(Command::Dial {
            call: call_id(n),
            party: party(n),
            number: number.into(),
            trunk: "carrier".into(),
            caller_id: "+493012345000".into(),
            token: String::new(),
            ring_secs: 30,
            beside: None,
            detect: false,
        });
    }
    let cause = Cause::NotFound;
    let ended = |n| {
        [Event::Failed { call: call_id(n), party: party(n), cause }, Event::Ended { call: call_id(n), cause }]
    };
    assert_eq!(net.events(), [ended(1), ended(2), ended(3)].concat());
    let (_, request) = net.invited(carrier);
    assert_eq!(request.uri().unwrap().user.as_deref(), Some("+4917087654321"), "and only this one left us");
    assert!(!net.is_invited(carrier));
    net.command(Command::Hangup { call: call_id(4), cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn a_customer_who_does_not_answer_is_given_up() {
    let mut net = Net::new();
    let carrier = net.carrier();
    dial(&mut net, 1);
    let (callee, _) = net.invited(carrier);
    net.progress(carrier, callee, 180, None);
    net.command(Command::Queue { call: call_id(1) });
    assert_eq!(net.media(), ["open 1"], "nobody hears music before he answers");
    net.run(Duration::from_secs(30));
    assert!(net.heard(carrier, callee)[0].starts_with("canceled"));
    let (call, cause) = (call_id(1), Cause::NoAnswer);
    let failed = Event::Failed { call, party: party(1), cause };
    assert_eq!(net.events()[1..], [failed, Event::Ended { call, cause }], "after `Ringing`");
    net.assert_clear();
}

#[test]
fn a_trunk_that_is_not_there_or_full_fails_the_dial() {
    let mut settings = settings();
    settings.trunks[0].max_calls = 1;
    settings.trunks[0].max_cps = 2;
    let mut net = Net::with(settings);
    let carrier = net.carrier();
    dial(&mut net, 1);
    dial(&mut net, 2);
    dial(&mut net, 3);
    let (call, cause) = (call_id(2), Cause::Full);
    let ended = |n| {
        [Event::Failed { call: call_id(n), party: party(n), cause }, Event::Ended { call: call_id(n), cause }]
    };
    assert_eq!(net.events(), [ended(2), ended(3)].concat());
    assert!(net.switch.counters().overload >= 2);
    assert_eq!(net.peers[carrier].inbox.len(), 1);
    net.command(Command::Dial {
        call,
        party: party(2),
        number: "+491".into(),
        trunk: "nowhere".into(),
        caller_id: "+492".into(),
        token: String::new(),
        ring_secs: 1,
        beside: None,
        detect: false,
    });
    assert_eq!(net.events()[0], Event::Failed { call, party: party(2), cause: Cause::Unreachable });
    net.command(Command::Hangup { call: call_id(1), cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn an_agent_may_sit_at_a_number() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    let device = Device::Number { number: "+4930777".into(), trunk: "carrier".into() };
    net.ring_device(call, party(1), device);
    let (agent, request) = net.invited(carrier);
    assert_eq!(request.uri().unwrap().user.as_deref(), Some("+4930777"));
    // The network's announcements are not for the customer.
    net.progress(carrier, agent, 183, Some(sdp(50000, "8", "sendrecv")));
    assert!(net.heard(carrier, caller).is_empty());
    net.answer(carrier, agent, sdp(50000, "8", "sendrecv"));
    assert_eq!(net.heard(carrier, caller), ["200"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn a_visitors_browser_talks_to_an_agents_browser() {
    let mut net = Net::new();
    let agent = net.agent("alice", "203.0.113.30:41000");
    let (call, visitor) = (call_id(1), party(1));
    net.command(Command::BrowserOffer { call, party: visitor, sdp: browser_sdp("actpass"), beside: None });
    let events = net.events();
    let [Event::BrowserAnswer { sdp: answer, .. }] = &events[..] else { panic!("{events:?}") };
    assert!(answer.contains("a=setup:passive") && answer.contains("a=ice-lite"), "{answer}");
    assert!(answer.contains(" 20000 typ host") && answer.contains("09:09:09"), "{answer}");
    assert_eq!(net.media(), ["open webrtc 1", "negotiate 1 PCMU"]);
    net.media_event(worker::Event::Ready { leg: LegId(1) });
    assert_eq!(net.events(), [Event::Answered { call, party: visitor }]);
    assert_eq!(net.media(), ["play 1 Silence"]);

    net.ring(call, party(2), "alice", "acme");
    let (session, request) = net.invited(agent);
    let offer = String::from_utf8_lossy(&request.body).into_owned();
    assert!(offer.contains("UDP/TLS/RTP/SAVPF 0 8 101") && offer.contains("a=setup:actpass"), "{offer}");
    assert!(!answer.contains(offer.split("a=ice-ufrag:").nth(1).unwrap().split('\r').next().unwrap()));
    net.answer(agent, session, browser_sdp("active"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(2) }, Event::Bridged { call }]);
    assert_eq!(net.media(), ["open webrtc 2", "negotiate 2 PCMU", "connect 1 2"]);
    net.media_event(worker::Event::Ready { leg: LegId(2) });
    assert!(net.events().is_empty());
    net.hangup(agent, session, None);
    let cause = Cause::Normal;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(party(2), true), left(visitor, false), Event::Ended { call, cause }]);
    assert_eq!(net.media(), ["close 2", "close 1"]);
    assert_eq!((net.records[1].peer.as_str(), net.records[1].sip_call_id.as_str()), ("browser", ""));
    net.assert_clear();
}

#[test]
fn e11_a_visitors_browser_that_is_gone_ends_the_call_and_its_agent_is_told_why() {
    let mut net = Net::new();
    let agent = net.agent("alice", "203.0.113.30:41000");
    let (call, visitor) = (call_id(1), party(1));
    net.command(Command::BrowserOffer { call, party: visitor, sdp: browser_sdp("actpass"), beside: None });
    net.media_event(worker::Event::Ready { leg: LegId(1) });
    net.ring(call, party(2), "alice", "acme");
    let (session, _) = net.invited(agent);
    net.answer(agent, session, browser_sdp("active"));
    net.media_event(worker::Event::Ready { leg: LegId(2) });
    net.events();
    // The worker gives it twenty seconds (`webrtc`).
    net.media_event(worker::Event::Dead { leg: LegId(1) });
    let cause = Cause::Media;
    let left = |party, by_itself| Event::Left { call, party, cause, by_itself };
    assert_eq!(net.events(), [left(visitor, true), left(party(2), false), Event::Ended { call, cause }]);
    assert!(net.heard(agent, session)[0].starts_with("ended Q.850;cause=41"));
    net.assert_clear();
}

#[test]
fn a_browser_whose_media_never_comes_up_has_failed() {
    let mut net = Net::new();
    let (call, visitor, cause) = (call_id(1), party(1), Cause::Media);
    let ended = [Event::Failed { call, party: visitor, cause }, Event::Ended { call, cause }];
    net.command(Command::BrowserOffer { call, party: visitor, sdp: "nonsense".into(), beside: None });
    assert_eq!(net.events(), ended);
    net.command(Command::BrowserOffer { call, party: visitor, sdp: sdp(1, "8", "sendrecv"), beside: None });
    assert_eq!(net.events(), ended, "plain RTP is not for browsers");
    net.command(Command::BrowserOffer { call, party: visitor, sdp: browser_sdp("actpass"), beside: None });
    net.media_event(worker::Event::Dead { leg: LegId(3) });
    assert_eq!(net.events()[1..], ended);
    assert_eq!(net.media(), ["open webrtc 3", "negotiate 3 PCMU", "close 3"]);
    net.assert_clear();
}

#[test]
fn an_agent_who_leaves_before_the_browser_is_up_leaves_the_visitor() {
    let mut net = Net::new();
    let agent = net.agent("alice", "203.0.113.30:41000");
    let call = call_id(1);
    net.command(Command::BrowserOffer { call, party: party(1), sdp: browser_sdp("actpass"), beside: None });
    net.ring(call, party(2), "alice", "acme");
    let (session, _) = net.invited(agent);
    net.answer(agent, session, browser_sdp("active"));
    net.events();
    net.hangup(agent, session, None);
    let left = Event::Left { call, party: party(2), cause: Cause::Normal, by_itself: true };
    assert_eq!(net.events(), [left]);
    net.media_event(worker::Event::Ready { leg: LegId(1) });
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}
