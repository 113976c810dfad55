//! A ring group (E18): of the phones that ring for a call the first to answer has it, the switch withdraws the others.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Confirm, Device, Event, GROUP};
use warmline_coordination::ids::CallId;
use warmline_media::ids::{LegId, RtpPort};
use warmline_media::worker;
use warmline_sip::endpoint::{Event as Sip, SessionEvent, SessionId};

const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// A customer's call that rings at two phones.
struct Rung {
    net: Net,
    carrier: usize,
    caller: SessionId,
    call: CallId,
    phones: [(usize, SessionId); 2],
}

fn ring(net: &mut Net, call: CallId, n: u128, user: &str) {
    let device = Device::Account { user: user.into(), realm: "sip.test".into() };
    ring_at(net, call, n, device, None);
}

fn ring_at(net: &mut Net, call: CallId, n: u128, device: Device, confirm: Option<Confirm>) {
    net.command(Command::Ring {
        call,
        party: party(n),
        device,
        caller_name: "Erika".into(),
        caller_number: None,
        auto_answer: false,
        ring_secs: 15,
        confirm,
        group: true,
    });
}

fn rung() -> Rung {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (one, two) = (net.phone("201", "203.0.113.21:5060"), net.phone("202", "203.0.113.22:5060"));
    let (caller, call, _) = net.arrive(carrier);
    ring(&mut net, call, ALICE, "201");
    ring(&mut net, call, BOB, "202");
    let phones = [(one, net.invited(one).0), (two, net.invited(two).0)];
    for (peer, session) in phones {
        net.progress(peer, session, 180, None);
    }
    net.events();
    net.media();
    Rung { net, carrier, caller, call, phones }
}

impl Rung {
    fn answer(&mut self, n: usize) {
        let (peer, session) = self.phones[n];
        self.net.answer(peer, session, sdp(50000 + 2 * n as u16, "8 101", "sendrecv"));
    }

    fn failed(&self, n: u128, cause: Cause) -> Event {
        Event::Failed { call: self.call, party: party(n), cause }
    }

    /// With what Reason a phone was let go, by CANCEL or BYE.
    fn let_go(&self, n: usize) -> Vec<(&'static str, Option<String>)> {
        let (peer, session) = self.phones[n];
        let events = self.net.peers[peer].inbox.iter();
        events
            .filter_map(|event| match event {
                Sip::Session { session: of, event } if *of == session => match event {
                    SessionEvent::Canceled(reason) => Some(("cancel", reason.clone())),
                    SessionEvent::Ended { reason, .. } => Some(("bye", reason.clone())),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    fn over(mut self) {
        self.net.hangup(self.carrier, self.caller, None);
        self.net.assert_clear();
    }
}

#[test]
fn the_first_has_the_call_and_the_others_show_no_missed_one() {
    let mut r = rung();
    r.answer(1);
    let (call, bob) = (r.call, party(BOB));
    let expected =
        [Event::Answered { call, party: bob }, r.failed(ALICE, Cause::Elsewhere), Event::Bridged { call }];
    assert_eq!(r.net.events(), expected);
    assert_eq!(r.let_go(0), [("cancel", Some(ELSEWHERE.to_owned()))]);
    assert_eq!(r.net.heard(r.carrier, r.caller), ["200"]);
    assert_eq!(r.net.media().last().map(String::as_str), Some("connect 1 3"));
    // One whose turn came too late is not rung at all.
    let carol = Device::Account { user: "carol".into(), realm: "acme".into() };
    let third = r.net.agent("carol", "203.0.113.23:5060");
    ring_at(&mut r.net, call, 3, carol.clone(), None);
    assert_eq!(r.net.events(), [r.failed(3, Cause::Elsewhere)]);
    assert!(!r.net.is_invited(third));
    // But the next round rings, once he has left.
    r.net.command(Command::Drop { call, party: bob, cause: Cause::Normal });
    r.net.events();
    ring_at(&mut r.net, call, 4, carol, None);
    assert!(r.net.is_invited(third));
    r.over();
}

#[test]
fn of_two_that_answer_at_once_one_gets_a_bye() {
    let mut r = rung();
    // Both have answered before either hears of the other.
    let now = r.net.now;
    for n in [0, 1] {
        let (peer, session) = r.phones[n];
        let body = warmline_sip::endpoint::Body::sdp(sdp(50000 + 2 * n as u16, "8 101", "sendrecv"));
        r.net.peers[peer].endpoint.accept(now, session, Default::default(), Some(body)).unwrap();
    }
    r.net.run(Duration::from_secs(1));
    let events = r.net.events();
    let answered: Vec<&Event> =
        events.iter().filter(|event| matches!(event, Event::Answered { .. })).collect();
    assert_eq!((answered.len(), events.len()), (1, 3), "{events:?}");
    let (first, late) = if events.contains(&r.failed(BOB, Cause::Elsewhere)) { (0, 1) } else { (1, 0) };
    assert_eq!(r.let_go(late), [("bye", Some(ELSEWHERE.to_owned()))]);
    assert!(r.let_go(first).is_empty());
    r.over();
}

#[test]
fn one_that_refuses_leaves_the_others_ringing() {
    let mut r = rung();
    let (peer, session) = r.phones[0];
    r.net.reject(peer, session, 603);
    assert_eq!(r.net.events(), [r.failed(ALICE, Cause::Declined)]);
    assert!(r.let_go(1).is_empty());
    r.net.run(Duration::from_secs(16));
    assert_eq!(r.net.events(), [r.failed(BOB, Cause::NoAnswer)]);
    assert!(r.net.heard(r.carrier, r.caller).is_empty(), "the caller stays");
    r.over();
}

#[test]
fn a_caller_who_withdraws_withdraws_all() {
    let mut r = rung();
    r.net.hangup(r.carrier, r.caller, None);
    for n in [0, 1] {
        assert_eq!(r.let_go(n), [("cancel", Some(ELSEWHERE.to_owned()))], "no missed call");
    }
    let cause = Cause::Canceled;
    let expected = [r.failed(ALICE, cause), r.failed(BOB, cause), Event::Ended { call: r.call, cause }];
    assert_eq!(r.net.events(), expected);
    r.net.assert_clear();
}

#[test]
fn a_phone_outside_has_answered_when_1_is_pressed() {
    let mut r = rung();
    let device = Device::Number { number: "+4917011112222".into(), trunk: "carrier".into() };
    let confirm = Confirm { prompts: vec![], language: "en".into(), secs: 20, code: Confirm::YES.into() };
    ring_at(&mut r.net, r.call, 3, device, Some(confirm));
    let (mobile, _) = r.net.invited(r.carrier);
    r.net.answer(r.carrier, mobile, sdp(50010, "8 101", "sendrecv"));
    assert!(r.net.events().is_empty() && r.let_go(0).is_empty(), "they ring on");
    r.net.media_event(worker::Event::Digit { leg: LegId(4), digit: '1' });
    let call = r.call;
    let late = [r.failed(ALICE, Cause::Elsewhere), r.failed(BOB, Cause::Elsewhere)];
    let [one, two] = late;
    assert_eq!(
        r.net.events(),
        [Event::Answered { call, party: party(3) }, one, two, Event::Bridged { call }]
    );
    r.over();

    // And one who is being asked when another answers is hung up.
    let mut r = rung();
    let device = Device::Number { number: "+4917011112222".into(), trunk: "carrier".into() };
    let confirm = Confirm { prompts: vec![], language: "en".into(), secs: 20, code: Confirm::YES.into() };
    ring_at(&mut r.net, r.call, 3, device, Some(confirm));
    let (mobile, _) = r.net.invited(r.carrier);
    r.net.answer(r.carrier, mobile, sdp(50010, "8 101", "sendrecv"));
    r.answer(0);
    assert!(r.net.events().contains(&r.failed(3, Cause::Elsewhere)));
    assert_eq!(r.net.heard(r.carrier, mobile).len(), 1);
    r.over();
}

#[test]
fn so_many_ring_at_most() {
    let mut r = rung();
    r.net.switch.add_ports(0, (100..100 + GROUP as u16).map(|n| RtpPort(30000 + 2 * n)).collect());
    for n in 3..=GROUP as u128 + 1 {
        ring(&mut r.net, r.call, n, "201");
    }
    assert_eq!(r.net.events(), [r.failed(GROUP as u128 + 1, Cause::Overload)]);
    r.over();
}

#[test]
fn a_telephone_system_s_call_is_not_handed_back_while_others_ring() {
    let mut settings = settings();
    settings.trunks[0].redirect = true;
    let mut net = Net::with(settings);
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    let device = Device::Number { number: "4711".into(), trunk: "carrier".into() };
    ring_at(&mut net, call, 1, device, None);
    assert!(net.heard(carrier, caller).is_empty() && net.is_invited(carrier));
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}
