//! The customer of a live call goes over to another phone or to his browser: heard there first, then gone here.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::{Body, SessionId};

const AGENT: u128 = 2;

/// A visitor's browser (leg 1) talks with an agent's phone (leg 2).
struct Talk {
    net: Net,
    call: CallId,
    visitor: PartyId,
    carrier: usize,
    phone: usize,
    on_phone: SessionId,
}

impl Talk {
    fn new() -> Self {
        let mut net = Net::new();
        let carrier = net.carrier();
        let phone = net.phone("201", "203.0.113.21:5060");
        let (call, visitor) = (call_id(1), party(1));
        net.command(Command::BrowserOffer {
            call,
            party: visitor,
            sdp: browser_sdp("actpass"),
            beside: None,
        });
        net.media_event(worker::Event::Ready { leg: LegId(1) });
        net.ring(call, party(AGENT), "201", "sip.test");
        let (on_phone, _) = net.invited(phone);
        net.answer(phone, on_phone, sdp(50000, "0 101", "sendrecv"));
        net.command(Command::KeepCustomer { call, on: true });
        net.events();
        net.media();
        Talk { net, call, visitor, carrier, phone, on_phone }
    }

    /// He has dialled a number of ours, leg 3, and it is known to be him.
    fn dials(&mut self) -> (SessionId, CallId) {
        let (session, from, _) = self.net.arrive(self.carrier);
        self.net.events();
        self.net.media();
        (session, from)
    }

    fn replace(&mut self, from: CallId) {
        self.net.command(Command::Replace { call: self.call, from });
    }

    /// On leg 4: the one that called was given new media here.
    fn heard(&mut self) {
        self.net.media_event(worker::Event::Ready { leg: LegId(4) });
    }

    fn replaced(&self, from: CallId) -> Event {
        Event::Replaced { call: self.call, from }
    }

    fn ended(&self) -> Event {
        Event::Ended { call: self.call, cause: Cause::Normal }
    }

    /// The agent hangs up, and nothing is left.
    fn over(mut self) {
        self.net.hangup(self.phone, self.on_phone, None);
        assert_eq!(self.net.events().last(), Some(&self.ended()));
        self.net.assert_clear();
    }
}

#[test]
fn c8_he_is_heard_on_the_phone_before_his_browser_is_dropped() {
    let mut s = Talk::new();
    let (session, from) = s.dials();
    s.replace(from);
    assert!(s.net.description(s.carrier, session).contains("RTP/AVP 0"), "the agent's codec");
    assert_eq!(s.net.events(), [], "he is not there yet");
    assert_eq!(s.net.media(), ["close 3", "open 4", "negotiate 4 PCMU", "play 4 Silence"]);
    s.heard();
    assert_eq!(s.net.events(), [s.replaced(from)]);
    assert_eq!(s.net.media(), ["disconnect 1", "connect 4 2", "close 1"], "in one breath");
    let browser = s.net.records.iter().find(|record| record.peer == "browser").unwrap();
    assert_eq!((browser.call.as_str(), browser.cause), (s.call.to_string().as_str(), Cause::Elsewhere));
    // Who is gone now is gone.
    s.net.hangup(s.carrier, session, None);
    assert_eq!(s.net.events().last(), Some(&s.ended()));
    s.net.assert_clear();
}

#[test]
fn c8_one_who_says_nothing_is_on_his_new_phone_all_the_same() {
    let mut s = Talk::new();
    let (_, from) = s.dials();
    s.replace(from);
    s.net.run(Duration::from_millis(2_700));
    assert_eq!(s.net.events(), []);
    s.net.run(Duration::from_millis(300));
    assert_eq!(s.net.events(), [s.replaced(from)]);
    s.over();
}

#[test]
fn c8_what_agents_do_with_him_stays_as_it_is() {
    // On hold.
    let mut s = Talk::new();
    s.net.command(Command::Join { call: s.call, parties: vec![] });
    s.net.command(Command::Mute { call: s.call, party: s.visitor, on: true });
    let (_, from) = s.dials();
    s.replace(from);
    s.net.media();
    s.heard();
    assert_eq!(s.net.media(), ["mute 4 true", "play 4 Music", "close 1"]);
    s.net.command(Command::Join { call: s.call, parties: vec![s.visitor, party(AGENT)] });
    assert_eq!(s.net.media(), ["connect 4 2"]);
    s.over();
    // In a conference.
    let mut s = Talk::new();
    let bob = s.net.phone("202", "203.0.113.22:5060");
    s.net.ring(s.call, party(3), "202", "sip.test");
    let (on_bob, _) = s.net.invited(bob);
    s.net.answer(bob, on_bob, sdp(51000, "8 101", "sendrecv"));
    s.net.command(Command::Join { call: s.call, parties: vec![s.visitor, party(AGENT), party(3)] });
    let (_, from) = s.dials();
    s.replace(from);
    s.net.media();
    s.net.media_event(worker::Event::Ready { leg: LegId(5) });
    assert_eq!(s.net.media(), ["disconnect 1", "conference 5 2 3", "close 1"]);
    s.net.hangup(bob, on_bob, None);
    s.over();
}

#[test]
fn c8_where_the_new_phone_fails_the_old_way_goes_on() {
    // It hangs up before it is heard.
    let mut s = Talk::new();
    let (session, from) = s.dials();
    s.replace(from);
    s.net.media();
    s.net.hangup(s.carrier, session, None);
    assert_eq!(s.net.events(), [Event::Ended { call: from, cause: Cause::Normal }]);
    assert_eq!(s.net.media(), ["close 4"]);
    // It has withdrawn when the command comes.
    let (session, from) = s.dials();
    s.net.hangup(s.carrier, session, None);
    assert_eq!(s.net.events().last(), Some(&Event::Ended { call: from, cause: Cause::Canceled }));
    s.net.media();
    s.replace(from);
    assert_eq!((s.net.events(), s.net.media()), (vec![], vec![]));
    // And he can go over with the next.
    let (_, from) = s.dials();
    s.replace(from);
    s.net.media_event(worker::Event::Ready { leg: LegId(7) });
    assert_eq!(s.net.events(), [s.replaced(from)]);
    s.over();
}

#[test]
fn c8_where_the_browser_goes_first_the_call_waits_for_the_phone() {
    let mut s = Talk::new();
    s.net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert_eq!(s.net.events(), [Event::CustomerLost { call: s.call }]);
    assert_eq!(s.net.media(), ["close 1", "play 2 Music"]);
    let (_, from) = s.dials();
    s.replace(from);
    assert_eq!(s.net.events(), [s.replaced(from)], "there is nothing else to be heard");
    assert_eq!(s.net.media(), ["close 3", "open 4", "negotiate 4 PCMU", "connect 4 2"]);
    s.over();
    // While he goes over.
    let mut s = Talk::new();
    let (_, from) = s.dials();
    s.replace(from);
    s.net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert_eq!(s.net.events(), [s.replaced(from)]);
    s.over();
    // Nobody awaits him any more.
    let mut s = Talk::new();
    s.net.command(Command::KeepCustomer { call: s.call, on: false });
    s.net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert_eq!(s.net.events().last(), Some(&Event::Ended { call: s.call, cause: Cause::Media }));
    s.net.assert_clear();
}

#[test]
fn c8_a_call_that_ends_meanwhile_takes_the_new_phone_with_it() {
    let mut s = Talk::new();
    let (_, from) = s.dials();
    s.replace(from);
    s.net.hangup(s.phone, s.on_phone, None);
    let events = s.net.events();
    let ends = |call| events.iter().position(|e| matches!(e, Event::Ended { call: id, .. } if *id == call));
    assert!(ends(from) < ends(s.call) && ends(from).is_some(), "{events:?}");
    s.net.assert_clear();
    // One that is over already has nothing to give: the caller is still there.
    let mut s = Talk::new();
    let (session, from) = s.dials();
    s.net.hangup(s.phone, s.on_phone, None);
    s.net.events();
    s.replace(from);
    assert_eq!(s.net.events(), []);
    s.net.hangup(s.carrier, session, None);
    assert_eq!(s.net.events(), [Event::Ended { call: from, cause: Cause::Canceled }]);
    s.net.assert_clear();
}

#[test]
fn c8_both_may_hang_up_at_once() {
    let mut s = Talk::new();
    let (session, from) = s.dials();
    s.replace(from);
    for (peer, session) in [(s.carrier, session), (s.phone, s.on_phone)] {
        s.net.peers[peer].endpoint.hangup(s.net.now, session, None);
    }
    s.net.settle();
    assert_eq!(s.net.events().last(), Some(&s.ended()));
    s.net.run(Duration::from_secs(60));
    s.net.assert_clear();
}

#[test]
fn c8_we_dial_his_phone_and_he_is_on_it_when_he_answers() {
    let mut s = Talk::new();
    let from = call_id(9);
    s.net.command(Command::Dial {
        call: from,
        party: party(9),
        number: "+4915112345678".into(),
        trunk: "carrier".into(),
        caller_id: POINT.into(),
        token: "t".into(),
        ring_secs: 30,
        beside: Some(s.call),
        detect: false,
    });
    let (session, request) = s.net.invited(s.carrier);
    let offer = String::from_utf8_lossy(&request.body).into_owned();
    assert!(offer.contains("RTP/AVP 0 8"), "the agent's codec first: {offer}");
    s.net.answer(s.carrier, session, sdp(52000, "0 101", "sendrecv"));
    s.net.events();
    s.net.media();
    s.replace(from);
    assert_eq!(s.net.media(), [] as [&str; 0], "it is there, and not heard");
    s.net.media_event(worker::Event::Ready { leg: LegId(3) });
    assert_eq!(s.net.events(), [s.replaced(from)]);
    assert_eq!(s.net.media(), ["disconnect 1", "connect 3 2", "close 1"]);
    s.over();
}

#[test]
fn c8_from_the_phone_to_the_browser() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let phone = net.phone("201", "203.0.113.21:5060");
    let (caller, call, _) = net.arrive(carrier);
    net.ring(call, party(AGENT), "201", "sip.test");
    let (on_phone, _) = net.invited(phone);
    net.answer(phone, on_phone, sdp(50000, "8 101", "sendrecv"));
    let from = call_id(9);
    let sdp = browser_sdp("actpass");
    net.command(Command::BrowserOffer { call: from, party: party(9), sdp, beside: Some(call) });
    net.media_event(worker::Event::Ready { leg: LegId(3) });
    net.events();
    net.media();
    net.command(Command::Replace { call, from });
    assert_eq!(net.events(), [Event::Replaced { call, from }]);
    assert_eq!(net.media(), ["disconnect 1", "connect 3 2", "close 1"]);
    let ended = "ended SIP;cause=200;text=\"Call completed elsewhere\"".to_owned();
    assert_eq!(net.heard(carrier, caller).last(), Some(&ended));
    net.hangup(phone, on_phone, None);
    assert_eq!(net.events().last(), Some(&Event::Ended { call, cause: Cause::Normal }));
    net.assert_clear();
}

#[test]
fn c8_one_who_was_answered_at_another_worker_is_told_where_his_media_goes() {
    let mut s = Talk::new();
    // Plenty of ports at a second worker: who calls now is there.
    s.net.switch.add_ports(1, (0..20).map(|n| warmline_media::ids::RtpPort(40000 + 2 * n)).collect());
    let (session, from) = s.dials();
    s.net.command(Command::Queue { call: from });
    assert!(s.net.description(s.carrier, session).contains("audio 40000"));
    s.net.media();
    s.replace(from);
    let heard = s.net.heard(s.carrier, session);
    assert!(heard.last().is_some_and(|offer| offer.starts_with("Offer")), "{heard:?}");
    let answer = Some(Body::sdp(sdp(52000, "0 101", "sendrecv")));
    s.net.peers[s.carrier].endpoint.answer_offer(s.net.now, session, answer).unwrap();
    s.net.settle();
    assert!(s.net.media().contains(&"negotiate 4 PCMU".to_owned()), "beside the others");
    assert_eq!(s.net.events(), []);
    s.heard();
    assert_eq!(s.net.events(), [s.replaced(from)]);
    s.over();
}

#[test]
fn e5_a_customer_who_calls_anew_is_kept_once_nothing_is_heard_of_him() {
    let mut s = Talk::new();
    s.net.command(Command::WatchCustomer { call: s.call, on: true });
    assert_eq!(s.net.media(), ["watch 1 3"]);
    let (_, from) = s.dials();
    s.net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert_eq!(s.net.events(), [Event::CustomerLost { call: s.call }]);
    s.net.media();
    s.replace(from);
    assert_eq!(s.net.events(), [s.replaced(from)], "he is connected at once");
    s.net.command(Command::WatchCustomer { call: s.call, on: false });
    assert!(s.net.media().ends_with(&["watch 4 0".into()]));
    s.over();
}
