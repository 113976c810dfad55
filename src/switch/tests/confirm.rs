//! A phone outside that a machine may answer: whoever does presses 1, or the customer never hears of him.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Confirm, Device, Event, Prompt};
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::SessionId;

const MOBILE: &str = "+4917011112222";

/// Rings an agent's phone outside, whoever answers is asked.
fn ring(net: &mut Net, call: CallId, n: u128, number: &str) {
    let prompts = vec![Prompt::PressOne, Prompt::Queue(7)];
    net.command(Command::Ring {
        call,
        party: party(n),
        device: Device::Number { number: number.into(), trunk: "carrier".into() },
        caller_name: "Erika".into(),
        caller_number: None,
        auto_answer: false,
        ring_secs: 15,
        confirm: Some(Confirm { prompts, language: "de".into(), secs: 20, code: Confirm::YES.into() }),
        group: false,
    });
}

/// A customer waits, and an agent's mobile has been answered by something.
struct Asked {
    net: Net,
    carrier: usize,
    caller: SessionId,
    call: CallId,
    mobile: SessionId,
}

fn asked() -> Asked {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    ring(&mut net, call, 1, MOBILE);
    let (mobile, _) = net.invited(carrier);
    net.progress(carrier, mobile, 180, None);
    assert_eq!(net.events(), [Event::Ringing { call, party: party(1) }]);
    net.media();
    net.answer(carrier, mobile, sdp(50000, "8 101", "sendrecv"));
    Asked { net, carrier, caller, call, mobile }
}

impl Asked {
    fn failed(&self) -> [Event; 1] {
        [Event::Failed { call: self.call, party: party(1), cause: Cause::NoAnswer }]
    }
}

#[test]
fn whoever_answers_is_asked_until_he_presses_1() {
    let Asked { mut net, carrier, caller, call, mobile } = asked();
    assert_eq!(net.events(), [], "it rings, for all that anybody knows");
    assert_eq!(net.media(), ["negotiate 2 PCMA", "play 2 Speech 6"], "what it is, and a pause");
    assert!(net.heard(carrier, caller).is_empty(), "the customer hears ringing");
    net.run(Duration::from_secs(7));
    assert_eq!(net.media(), ["play 2 Speech 6"], "once more");
    for digit in ['2', '#', '9'] {
        net.media_event(worker::Event::Digit { leg: LegId(2), digit });
    }
    assert_eq!(net.events(), []);
    net.media_event(worker::Event::Digit { leg: LegId(2), digit: '1' });
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }, Event::Bridged { call }]);
    assert_eq!(net.media(), ["negotiate 1 PCMA", "connect 1 2"]);
    assert_eq!(net.heard(carrier, caller), ["200"]);
    net.run(Duration::from_secs(60));
    assert!(net.events().is_empty() && net.media().is_empty(), "no limit is left");
    net.hangup(carrier, mobile, None);
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    net.assert_clear();
}

#[test]
fn a_voicemail_that_answers_has_not_answered() {
    let mut speaks_on = asked();
    speaks_on.net.run(Duration::from_secs(19));
    assert_eq!(speaks_on.net.events(), []);
    speaks_on.net.run(Duration::from_secs(2));
    assert_eq!(speaks_on.net.events(), speaks_on.failed());
    assert_eq!(speaks_on.net.heard(speaks_on.carrier, speaks_on.mobile).len(), 1, "it was hung up");

    let mut hangs_up = asked();
    hangs_up.net.hangup(hangs_up.carrier, hangs_up.mobile, None);
    assert_eq!(hangs_up.net.events(), hangs_up.failed());
    for Asked { mut net, carrier, caller, call, .. } in [speaks_on, hangs_up] {
        // The customer is still there, for the next.
        ring(&mut net, call, 2, "+4917011113333");
        let (next, _) = net.invited(carrier);
        net.answer(carrier, next, sdp(50002, "8 101", "sendrecv"));
        net.media_event(worker::Event::Digit { leg: LegId(3), digit: '1' });
        assert_eq!(net.events(), [Event::Answered { call, party: party(2) }, Event::Bridged { call }]);
        net.hangup(carrier, caller, None);
        net.assert_clear();
    }
}

#[test]
fn a_customer_who_has_spoken_with_somebody_stays_whatever_answers_next() {
    let mut s = Several::talking();
    ring(&mut s.net, s.call, BOB, MOBILE);
    let (mobile, _) = s.net.invited(s.carrier);
    s.net.answer(s.carrier, mobile, sdp(51000, "8 101", "sendrecv"));
    s.join(&[s.customer, party(BOB)]);
    s.drop(ALICE, Cause::Normal);
    s.net.media();
    assert_eq!(s.net.events(), [s.left(party(ALICE), false)]);
    s.net.hangup(s.carrier, mobile, None);
    assert_eq!(s.net.events(), [s.failed(BOB, Cause::NoAnswer)], "nobody was there");
    s.over();
}

#[test]
fn one_who_is_asked_is_withdrawn_with_the_customer() {
    let Asked { mut net, carrier, caller, call, mobile } = asked();
    net.hangup(carrier, caller, None);
    let failed = Event::Failed { call, party: party(1), cause: Cause::Canceled };
    assert_eq!(net.events().first(), Some(&failed));
    assert_eq!(net.heard(carrier, mobile).len(), 1);
    net.assert_clear();
}

#[test]
fn a_number_that_leads_here_rings_here_and_one_that_is_nobodys_phone_nowhere() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let (caller, call, _) = net.arrive(carrier);
    let device = |number: &str| Device::Number { number: number.into(), trunk: "carrier".into() };
    net.ring_device(call, party(1), device("+493012345100"));
    let (session, _) = net.invited(phone);
    assert!(!net.is_invited(carrier), "not by the trunk");
    net.answer(phone, session, sdp(50000, "8", "sendrecv"));
    assert_eq!(net.events().last(), Some(&Event::Bridged { call }));
    for (n, ours) in [(2, "+493012345200"), (3, POINT)] {
        net.ring_device(call, party(n), device(ours));
        let failed = Event::Failed { call, party: party(n), cause: Cause::NotFound };
        assert_eq!(net.events(), [failed], "{ours}");
    }
    net.hangup(carrier, caller, None);
    net.assert_clear();
}
