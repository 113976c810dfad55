//! An agent's own call: his phone is rung first, then the customer's, and whatever one of the two does.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::CallId;
use warmline_sip::endpoint::SessionId;

const CUSTOMER: u128 = 9;

fn dial(net: &mut Net, call: CallId, number: &str) {
    net.command(Command::Dial {
        call,
        party: party(CUSTOMER),
        number: number.into(),
        trunk: "carrier".into(),
        caller_id: "+493012345000".into(),
        token: "att7".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
}

/// The agent has answered, and nobody is dialled yet.
fn answered() -> (Net, usize, usize, SessionId, CallId) {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let call = call_id(1);
    net.command(Command::Prepare { call, party: party(CUSTOMER) });
    assert_eq!(net.events(), []);
    net.ring(call, party(1), "201", "sip.test");
    let (agent, _) = net.invited(phone);
    net.answer(phone, agent, sdp(50000, "0 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMU", "play 1 Silence"]);
    (net, carrier, phone, agent, call)
}

#[test]
fn the_agent_hears_ringback_and_then_the_customer() {
    let (mut net, carrier, _, _, call) = answered();
    dial(&mut net, call, "+4917087654321");
    let (customer, invite) = net.invited(carrier);
    let body = String::from_utf8_lossy(&invite.body).into_owned();
    assert!(body.contains("RTP/AVP 0 "), "the agent's codec first: {body}");
    assert!(invite.from().unwrap().uri.user.as_deref() == Some("+493012345000"));
    net.media();
    net.progress(carrier, customer, 180, None);
    assert_eq!(net.events(), [Event::Ringing { call, party: party(CUSTOMER) }]);
    assert_eq!(net.media(), ["play 1 Ringback"]);
    net.progress(carrier, customer, 183, None);
    assert!(net.media().is_empty(), "once");
    dial(&mut net, call, "+4917087654321");
    assert!(!net.is_invited(carrier), "nobody is dialled twice");
    net.answer(carrier, customer, sdp(40000, "0 101", "sendrecv"));
    let bridged = Event::Bridged { call };
    assert_eq!(net.events(), [Event::Answered { call, party: party(CUSTOMER) }, bridged]);
    assert_eq!(net.media(), ["negotiate 2 PCMU", "connect 2 1"]);
    net.hangup(carrier, customer, None);
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    net.assert_clear();
}

#[test]
fn a_customer_who_cannot_be_had_ends_it() {
    let cases = [(486, Cause::Busy), (603, Cause::Declined), (404, Cause::NotFound), (0, Cause::NoAnswer)];
    for (status, cause) in cases {
        let (mut net, carrier, phone, agent, call) = answered();
        dial(&mut net, call, "+4917087654321");
        let (customer, _) = net.invited(carrier);
        match status {
            0 => net.run(Duration::from_secs(31)),
            status => net.reject(carrier, customer, status),
        }
        let left = Event::Left { call, party: party(1), cause, by_itself: false };
        let failed = Event::Failed { call, party: party(CUSTOMER), cause };
        assert_eq!(net.events(), [left, failed, Event::Ended { call, cause }]);
        assert_eq!(net.heard(phone, agent).len(), 1);
        net.assert_clear();
    }
}

#[test]
fn one_that_leads_back_or_has_no_line_ends_at_once() {
    let (mut net, carrier, _, _, call) = answered();
    dial(&mut net, call, POINT);
    assert!(!net.is_invited(carrier));
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::NotFound }));
    net.assert_clear();
}

#[test]
fn the_agent_who_leaves_first_leaves_it_to_coordination() {
    let (mut net, carrier, phone, agent, call) = answered();
    dial(&mut net, call, "+4917087654321");
    let (customer, _) = net.invited(carrier);
    net.progress(carrier, customer, 180, None);
    net.events();
    net.hangup(phone, agent, None);
    let left = Event::Left { call, party: party(1), cause: Cause::Normal, by_itself: true };
    assert_eq!(net.events(), [left]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    assert_eq!(net.heard(carrier, customer).len(), 1, "he rings no more");
    net.assert_clear();
}

#[test]
fn one_whose_agent_never_comes_is_ended_without_a_trace() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let call = call_id(1);
    net.command(Command::Prepare { call, party: party(CUSTOMER) });
    net.ring(call, party(1), "201", "sip.test");
    let (agent, _) = net.invited(phone);
    net.reject(phone, agent, 486);
    assert_eq!(net.events(), [Event::Failed { call, party: party(1), cause: Cause::Busy }]);
    net.command(Command::Hangup { call, cause: Cause::NoAnswer });
    assert_eq!(net.events(), [Event::Ended { call, cause: Cause::NoAnswer }]);
    assert!(!net.is_invited(carrier));
    net.assert_clear();
}
