//! Dialled lines that are listened to: from early media on, and what coordination hears of it.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event, Verdict};
use warmline_media::ids::LegId;
use warmline_media::progress::{Sit, Verdict as Heard};
use warmline_media::worker;

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
        detect: true,
    });
}

fn hears(net: &mut Net, leg: u64, verdict: Heard) {
    let at = net.now;
    let evidence = "425 Hz".into();
    net.media_event(worker::Event::Progress { leg: LegId(leg), verdict, evidence, quiet_ms: 0, at });
}

#[test]
fn e21_busy_in_early_media_is_told_before_there_is_a_final_response() {
    for (heard, verdict) in [
        (Heard::Busy, Verdict::Busy),
        (Heard::Congestion, Verdict::Congestion),
        (Heard::Sit(Sit::VacantCode), Verdict::NotFound),
        (Heard::Sit(Sit::Unspecified), Verdict::Congestion),
    ] {
        let mut net = Net::new();
        let carrier = net.carrier();
        let (call, customer) = (call_id(1), party(1));
        dial(&mut net, 1);
        let (callee, _) = net.invited(carrier);
        net.progress(carrier, callee, 183, Some(sdp(40000, "8 101", "sendrecv")));
        net.progress(carrier, callee, 183, Some(sdp(40000, "8 101", "sendrecv")));
        assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "listen 1 Some(Early)"]);
        assert_eq!(net.events(), [Event::Ringing { call, party: customer }]);
        net.run(Duration::from_secs(3));
        hears(&mut net, 1, heard);
        let events = net.events();
        let [Event::Progress { verdict: told, at_ms, answered: false, .. }] = events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(told, verdict);
        assert!((3000..4000).contains(&at_ms), "since the INVITE: {at_ms}");
        net.command(Command::Hangup { call, cause: Cause::Busy });
        assert!(matches!(net.events().last(), Some(Event::Ended { .. })));
        net.assert_clear();
    }
}

#[test]
fn voices_are_listened_to_from_the_answer_on() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (call, customer) = (call_id(1), party(1));
    dial(&mut net, 1);
    let (callee, _) = net.invited(carrier);
    net.progress(carrier, callee, 180, None);
    net.answer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "listen 1 Some(Answered)", "play 1 Silence"]);
    net.events();
    hears(&mut net, 1, Heard::Machine);
    let events = net.events();
    let [Event::Progress { call: of, party, verdict: Verdict::Machine, answered: true, .. }] = events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((of, party), (call, customer));
    net.hangup(carrier, callee, None);
    net.events();
    net.assert_clear();
}

#[test]
fn early_media_that_stays_away_ends_nothing() {
    let mut net = Net::new();
    let carrier = net.carrier();
    dial(&mut net, 1);
    let (callee, _) = net.invited(carrier);
    net.progress(carrier, callee, 183, Some(sdp(40000, "8 101", "sendrecv")));
    net.events();
    net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert_eq!(net.events(), []);
    net.answer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call: call_id(1), party: party(1) }]);
}
