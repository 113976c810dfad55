//! A panic at every step of handling a call: that call ends, nothing of it is left, the others go on.

use super::several::*;
use crate::switch::testing::*;
use warmline_coordination::cti::{Cause, Command, Event, Prompt};

/// What is done with a call while the fuse burns; every kind of step a call can take.
fn story(net: &mut Net, carrier: usize, phones: [usize; 2]) {
    let caller = net.carrier_calls(carrier, POINT);
    let arrived = net.events.iter().find_map(|event| match event {
        Event::Arrived { call, party, .. } => Some((*call, *party)),
        _ => None,
    });
    let Some((call, customer)) = arrived else { return };
    let mut sessions = Vec::new();
    for (phone, (user, n)) in phones.into_iter().zip([("201", ALICE), ("202", BOB)]) {
        net.ring(call, party(n), user, "sip.test");
        if !net.is_invited(phone) {
            continue;
        }
        let (session, _) = net.invited(phone);
        let body = warmline_sip::endpoint::Body::sdp(sdp(50000, "8 101", "sendrecv"));
        let now = net.now;
        // It may have been cancelled.
        let _ = net.peers[phone].endpoint.accept(now, session, Default::default(), Some(body));
        net.settle();
        sessions.push((phone, session));
    }
    for parties in [vec![customer, party(ALICE), party(BOB)], vec![party(ALICE), party(BOB)], vec![]] {
        net.command(Command::Join { call, parties });
    }
    net.command(Command::Drop { call, party: party(BOB), cause: Cause::Normal });
    for (phone, session) in sessions {
        net.hangup(phone, session, None);
    }
    net.command(Command::Say { call, prompts: vec![Prompt::EnterPin], language: "en".into(), quiet: true });
    net.settle();
    net.hangup(carrier, caller, None);
}

/// The same of a customer who is dialled.
fn outward(net: &mut Net, carrier: usize, phones: [usize; 2]) {
    let call = call_id(1);
    let number = "+4917087654321".into();
    let (trunk, caller_id, token) = ("carrier".into(), "+493012345000".into(), "att7".into());
    net.command(Command::Dial {
        call,
        party: party(9),
        number,
        trunk,
        caller_id,
        token,
        ring_secs: 30,
        beside: None,
        detect: false,
    });
    if net.is_invited(carrier) {
        let (callee, _) = net.invited(carrier);
        let body = warmline_sip::endpoint::Body::sdp(sdp(40000, "8 101", "sendrecv"));
        let now = net.now;
        let _ = net.peers[carrier].endpoint.accept(now, callee, Default::default(), Some(body));
        net.settle();
    }
    net.ring(call, party(ALICE), "201", "sip.test");
    if net.is_invited(phones[0]) {
        let (session, _) = net.invited(phones[0]);
        net.reject(phones[0], session, 486);
    }
    net.command(Command::Hangup { call, cause: Cause::Normal });
}

#[test]
fn wherever_it_panics_the_call_ends_and_the_others_go_on() {
    let steps = burn_down(story) + burn_down(outward);
    assert!(steps > 40, "only {steps} steps");
}

/// Tells a story again and again, with a panic at its first step, its second, and so on; how many there are.
fn burn_down(story: fn(&mut Net, usize, [usize; 2])) -> u32 {
    for fuse in 0.. {
        let mut net = Net::new();
        let carrier = net.carrier();
        let phones = [net.phone("201", "203.0.113.21:5060"), net.phone("202", "203.0.113.22:5060")];
        let (other, bystander, _) = net.arrive(carrier);
        net.command(Command::Queue { call: bystander });
        net.heard(carrier, other);
        net.events();

        net.light(&[fuse]);
        story(&mut net, carrier, phones);
        let panicked = net.panics;
        let events = net.events();
        let ends: Vec<Cause> = events
            .iter()
            .filter_map(|event| match event {
                Event::Ended { call, cause } if *call != bystander => Some(*cause),
                _ => None,
            })
            .collect();
        assert!(ends.len() <= 1, "step {fuse}: {events:?}");
        let told = events.iter().any(|event| !matches!(event, Event::Ended { .. }));
        assert!(!ends.is_empty() || !told, "step {fuse}: what coordination knows has ended: {events:?}");
        assert_eq!(net.switch.counters().calls_live, 1, "step {fuse}");
        assert!(net.heard(carrier, other).is_empty(), "step {fuse}: the other call was touched");
        net.command(Command::Hangup { call: bystander, cause: Cause::Normal });
        net.assert_clear();
        if panicked == 0 {
            return fuse;
        }
        assert_eq!(panicked, 1);
    }
    unreachable!("a story has an end")
}

#[test]
fn an_internal_error_is_told_to_everybody() {
    let mut s = Several::consulting();
    s.net.light(&[0]);
    s.join(&[]);
    assert_eq!(s.net.panics, 1);
    let (call, cause) = (s.call, Cause::Internal);
    let left = |party| Event::Left { call, party, cause, by_itself: false };
    let expected = [left(party(ALICE)), left(party(BOB)), left(s.customer), Event::Ended { call, cause }];
    assert_eq!(s.net.events(), expected);
    assert_eq!(s.net.heard(s.bob, s.on_bob), ["ended SIP;cause=500;text=\"Internal error\""]);
    assert_eq!(s.net.media(), ["play 2 Silence", "close 2", "close 3", "close 1"]);
    s.net.assert_clear();
}

#[test]
fn a_call_that_panics_as_it_comes_is_refused() {
    let mut net = Net::new();
    let carrier = net.carrier();
    net.light(&[0]);
    let caller = net.carrier_calls(carrier, POINT);
    assert_eq!(net.heard(carrier, caller), ["failed 500"]);
    assert_eq!(net.panics, 1);
    assert!(net.events().is_empty(), "coordination never heard of it");
    net.assert_clear();
}

#[test]
fn one_that_panics_again_while_it_is_wound_up_leaves_nothing_either() {
    for again in 0..4 {
        let mut s = Several::conferring();
        s.net.light(&[0, again]);
        s.join(&[]);
        assert_eq!(s.net.panics, 2);
        let ended = Event::Ended { call: s.call, cause: Cause::Internal };
        let events = s.net.events();
        assert_eq!(events.last(), Some(&ended));
        assert_eq!(events.iter().filter(|event| **event == ended).count(), 1);
        s.net.assert_clear();
    }
}
