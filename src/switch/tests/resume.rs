//! E12: an agent's browser phone is lost in a call, and comes back into it, or not.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::{Body, SessionId};
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_sip::transport::{ConnectionId, Protocol};

const NONE: [&str; 0] = [];

/// A customer who talks with Alice, whose phone is in a browser: legs 1 and 2.
struct Talk {
    net: Net,
    call: CallId,
    customer: PartyId,
    carrier: usize,
    caller: SessionId,
    page: usize,
    on_page: SessionId,
}

fn header(message: &Message) -> Option<String> {
    message.headers.get(&HeaderName::from_token("X-Warmline-Resume").unwrap()).map(str::to_owned)
}

/// A page of Alice's browser registers: `contact` names the page.
fn page(net: &mut Net, address: &str, contact: &str, instance: &str) -> usize {
    let peer = net.join(Protocol::Wss, address);
    let contact =
        format!("<sip:{contact}@x.invalid;transport=ws>;reg-id=1;+sip.instance=\"<urn:uuid:{instance}>\"");
    assert_eq!(net.register(peer, "sip:alice@acme", Some("key"), &[&contact], None).0, 200);
    peer
}

impl Talk {
    fn begin() -> Self {
        let mut net = Net::new();
        let carrier = net.carrier();
        let (user, realm) = ("alice".to_owned(), "acme".to_owned());
        net.command(Command::SetCredential { user, realm, password: "key".into() });
        let page = page(&mut net, "203.0.113.30:41000", "first", "b1");
        let (caller, call, customer) = net.arrive(carrier);
        net.ring(call, party(ALICE), "alice", "acme");
        let (on_page, invite) = net.invited(page);
        assert_eq!(header(&invite), None, "an ordinary call");
        net.answer(page, on_page, browser_sdp("active"));
        net.media_event(worker::Event::Ready { leg: LegId(2) });
        net.events();
        assert_eq!(net.media().last().unwrap(), "connect 1 2");
        Talk { net, call, customer, carrier, caller, page, on_page }
    }

    /// The page is gone: its transport says so, its stream closes a moment later.
    fn unload(&mut self) -> String {
        self.net.report(worker::Event::Dead { leg: LegId(2) });
        let token = self.lost();
        self.net.run(Duration::from_millis(20));
        self.close(self.page);
        token
    }

    fn lost(&mut self) -> String {
        match self.net.events().as_slice() {
            [.., Event::PhoneLost { call, party: who, token }]
                if *call == self.call && *who == party(ALICE) =>
            {
                assert_eq!(token.len(), 32);
                token.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    fn close(&mut self, page: usize) {
        let now = self.net.now;
        self.net.peers[page].alive = false;
        self.net.switch.handle_flow_closed(now, ConnectionId { id: page as u32, generation: 0 });
        self.net.settle();
    }

    fn reload(&mut self, contact: &str) -> usize {
        let address = format!("203.0.113.30:{}", 41001 + self.net.peers.len());
        page(&mut self.net, &address, contact, "b1")
    }

    fn is_back(&mut self) -> bool {
        let back = Event::PhoneBack { call: self.call, party: party(ALICE) };
        self.net.events().contains(&back)
    }

    fn over(mut self) {
        self.net.hangup(self.carrier, self.caller, None);
        let ended = Event::Ended { call: self.call, cause: Cause::Normal };
        assert_eq!(self.net.events().last(), Some(&ended));
        // Pages that are gone answer nothing: what they had open is not looked at.
        self.net.run(Duration::from_secs(80));
        assert_eq!(self.net.switch.live(), [0; 5]);
    }
}

#[test]
fn e12_a_page_that_is_loaded_anew_is_called_with_a_token_and_swapped_in() {
    let mut t = Talk::begin();
    t.net.command(Command::Mute { call: t.call, party: party(ALICE), on: true });
    t.net.media();
    let lost_at = t.net.now;
    let token = t.unload();
    assert_eq!(t.net.media(), ["close 2", "play 1 Silence"]);
    t.net.run(Duration::from_millis(800));
    assert_eq!(t.net.media(), NONE, "nobody is called while nobody is registered");
    let page = t.reload("second");
    let (session, invite) = t.net.invited(page);
    assert_eq!(header(&invite), Some(token));
    assert!(invite.from().unwrap().display == "Erika M");
    t.net.answer(page, session, browser_sdp("active"));
    assert_eq!(t.net.media(), ["open webrtc 3", "negotiate 3 PCMU", "mute 3 true"]);
    assert!(!t.is_back(), "no media flows yet");
    t.net.media_event(worker::Event::Ready { leg: LegId(3) });
    assert!(t.is_back());
    assert_eq!(t.net.media(), ["connect 1 3"]);
    assert!(t.net.now.since(lost_at) < Duration::from_secs(5));
    t.net.run(Duration::from_secs(30));
    assert_eq!(t.net.media(), NONE, "no music, no second call");
    // A BYE is an end.
    t.net.hangup(page, session, None);
    let left = Event::Left { call: t.call, party: party(ALICE), cause: Cause::Normal, by_itself: true };
    assert_eq!(t.net.events()[0], left);
    t.net.run(Duration::from_secs(80));
    assert_eq!(t.net.switch.live(), [0; 5]);
}

#[test]
fn e12_music_after_two_seconds_and_the_call_ends_with_the_customer() {
    let mut t = Talk::begin();
    t.unload();
    t.net.media();
    t.net.run(Duration::from_millis(1_800));
    assert_eq!(t.net.media(), NONE);
    t.net.run(Duration::from_millis(200));
    assert_eq!(t.net.media(), ["play 1 Music"]);
    t.over();
}

#[test]
fn e12_on_hold_the_music_goes_on_and_nothing_else_changes() {
    let mut t = Talk::begin();
    t.net.command(Command::Join { call: t.call, parties: Vec::new() });
    t.net.media();
    t.unload();
    t.net.run(Duration::from_secs(3));
    assert_eq!(t.net.media(), ["close 2"]);
    let page = t.reload("second");
    let (session, _) = t.net.invited(page);
    t.net.answer(page, session, browser_sdp("active"));
    t.net.media_event(worker::Event::Ready { leg: LegId(3) });
    assert_eq!(t.net.media()[2..], ["play 3 Silence"]);
    t.net.command(Command::Join { call: t.call, parties: vec![t.customer, party(ALICE)] });
    assert_eq!(t.net.media(), ["connect 1 3"]);
    t.over();
}

#[test]
fn e12_a_conference_goes_on_without_him_and_takes_him_back() {
    let mut t = Talk::begin();
    let bob = t.net.phone("202", "203.0.113.22:5060");
    t.net.ring(t.call, party(BOB), "202", "sip.test");
    let (on_bob, _) = t.net.invited(bob);
    t.net.answer(bob, on_bob, sdp(51000, "8 101", "sendrecv"));
    t.net.command(Command::Join { call: t.call, parties: vec![t.customer, party(ALICE), party(BOB)] });
    assert_eq!(t.net.media().last().unwrap(), "conference 1 2 3");
    t.unload();
    assert_eq!(t.net.media(), ["close 2", "connect 1 3"]);
    let page = t.reload("second");
    let (session, _) = t.net.invited(page);
    t.net.answer(page, session, browser_sdp("active"));
    t.net.media_event(worker::Event::Ready { leg: LegId(4) });
    assert_eq!(t.net.media().last().unwrap(), "conference 1 4 3");
    // Whom he asks hears silence and music like a customer would.
    t.net.command(Command::Join { call: t.call, parties: vec![party(ALICE), party(BOB)] });
    t.net.media();
    t.net.media_event(worker::Event::Dead { leg: LegId(4) });
    assert_eq!(t.net.media(), ["close 4", "play 3 Silence"]);
    t.net.run(Duration::from_secs(2));
    let media = t.net.media();
    assert!(media.contains(&"play 3 Music".to_owned()), "{media:?}");
    t.over();
}

#[test]
fn e12_a_page_that_came_back_before_its_loss_was_noticed_takes_its_place() {
    let mut t = Talk::begin();
    t.net.media();
    // A browser that crashed: no close_notify, no end of its stream.
    let page = t.reload("second");
    t.lost();
    let (_, invite) = t.net.invited(page);
    assert!(header(&invite).is_some());
    assert_eq!(t.net.media()[..2], ["close 2", "play 1 Silence"]);
    t.over();
}

#[test]
fn e12_a_stream_that_breaks_while_the_page_lives_costs_nothing() {
    let mut t = Talk::begin();
    t.net.media();
    t.close(t.page);
    assert_eq!(t.net.media(), ["watch 2 2"]);
    let same = t.reload("first");
    assert_eq!(t.net.media(), ["watch 2 0"]);
    t.net.run(Duration::from_secs(5));
    assert!(t.net.media().is_empty() && !t.net.is_invited(same));
    // What is said to it goes the new way.
    t.net.sent.clear();
    t.net.hangup(t.carrier, t.caller, None);
    let address = t.net.peers[same].flow.local;
    let bye = t.net.sent.iter().find(|(to, text)| text.starts_with("BYE") && *to == address);
    assert!(bye.is_some(), "{:?}", t.net.sent);
    t.net.run(Duration::from_secs(80));
    assert_eq!(t.net.switch.live(), [0; 5]);
}

#[test]
fn e12_media_that_is_lost_while_the_page_is_registered_is_called_again() {
    let mut t = Talk::begin();
    t.net.media();
    t.net.media_event(worker::Event::Dead { leg: LegId(2) });
    let token = t.lost();
    assert!(!t.net.is_invited(t.page));
    t.net.run(Duration::from_millis(500));
    let (session, invite) = t.net.invited(t.page);
    assert_eq!(header(&invite), Some(token.clone()));
    // It does not want to, and is asked again.
    t.net.reject(t.page, session, 480);
    t.net.run(Duration::from_secs(1));
    let (session, invite) = t.net.invited(t.page);
    assert_eq!(header(&invite), Some(token));
    // One that answers without media is as good as none.
    t.net.answer(t.page, session, browser_sdp("active"));
    t.net.media_event(worker::Event::Dead { leg: LegId(4) });
    t.net.run(Duration::from_secs(1));
    assert!(t.net.is_invited(t.page));
    assert!(!t.is_back());
    t.over();
}

#[test]
fn e12_another_browser_of_the_agent_takes_over() {
    let mut t = Talk::begin();
    let other = page(&mut t.net, "203.0.113.40:41000", "other", "b2");
    t.net.events();
    assert!(!t.net.is_invited(other), "his phone is there");
    t.unload();
    t.net.run(Duration::from_millis(500));
    let (session, invite) = t.net.invited(other);
    assert!(header(&invite).is_some());
    // His own is back before that has answered: it is preferred.
    let page = t.reload("second");
    assert!(t.net.heard(other, session)[0].starts_with("canceled"));
    let (session, _) = t.net.invited(page);
    t.net.answer(page, session, browser_sdp("active"));
    t.net.media_event(worker::Event::Ready { leg: LegId(4) });
    assert!(t.is_back());
    t.over();
}

#[test]
fn e12_coordination_says_when_it_is_enough() {
    let mut t = Talk::begin();
    t.unload();
    t.net.run(Duration::from_secs(3));
    t.net.media();
    let (call, cause) = (t.call, Cause::Unreachable);
    t.net.command(Command::Drop { call, party: party(ALICE), cause });
    let left = Event::Left { call, party: party(ALICE), cause, by_itself: false };
    assert_eq!(t.net.events(), [Event::DeviceDown { user: "alice".into(), realm: "acme".into() }, left]);
    let page = t.reload("second");
    t.net.run(Duration::from_secs(3));
    assert!(!t.net.is_invited(page), "he is out of the call");
    assert_eq!(t.net.media(), NONE, "the music goes on");
    // Another phone of his.
    t.net.phone("202", "203.0.113.22:5060");
    t.net.ring(call, party(5), "202", "sip.test");
    t.net.command(Command::Join { call, parties: vec![t.customer, party(5)] });
    t.over();
}

#[test]
fn e12_a_bye_for_lost_media_is_no_hanging_up() {
    let mut t = Talk::begin();
    t.net.hangup(t.page, t.on_page, Some("SIP ;cause=408; text=\"RTP Timeout\""));
    t.lost();
    t.over();
    let mut t = Talk::begin();
    t.net.hangup(t.page, t.on_page, Some("SIP;cause=200"));
    assert!(matches!(t.net.events()[..], [Event::Left { by_itself: true, .. }, .., Event::Ended { .. }]));
}

#[test]
fn e12_nobody_brings_a_token_into_a_call() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let phone = net.phone("201", "203.0.113.21:5060");
    let mut headers = Headers::default();
    let name = HeaderName::from_token("X-Warmline-Resume").unwrap();
    headers.push(name, "0123456789abcdef0123456789abcdef");
    let from = "<sip:+4917012345678@198.51.100.10>";
    let to = "sip:+493012345100@192.0.2.1";
    let body = Some(sdp(40000, "8", "sendrecv"));
    let caller = net.invite_with(carrier, from, to, body, headers, None);
    let (session, invite) = net.invited(phone);
    assert_eq!(header(&invite), None);
    net.answer(phone, session, sdp(50000, "8", "sendrecv"));
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn e12_desk_phones_and_customers_end_as_before() {
    let mut s = Several::talking();
    s.net.media_event(worker::Event::Dead { leg: LegId(2) });
    assert!(matches!(s.net.events()[..], [Event::Left { cause: Cause::Media, .. }, .., Event::Ended { .. }]));
    let mut t = Talk::begin();
    t.net.media_event(worker::Event::Dead { leg: LegId(1) });
    assert!(matches!(t.net.events()[..], [Event::Left { cause: Cause::Media, .. }, .., Event::Ended { .. }]));
}

#[test]
fn e12_a_panic_on_the_way_back_leaves_nothing() {
    for fuse in 0..14 {
        let mut t = Talk::begin();
        t.unload();
        t.net.light(&[fuse]);
        let page = t.reload("second");
        if t.net.is_invited(page) {
            let (session, _) = t.net.invited(page);
            let body = Some(Body::sdp(browser_sdp("active")));
            let _ = t.net.peers[page].endpoint.accept(t.net.now, session, Headers::default(), body);
            t.net.settle();
            t.net.media_event(worker::Event::Ready { leg: LegId(3) });
        }
        t.net.light(&[]);
        t.net.hangup(t.carrier, t.caller, None);
        t.net.run(Duration::from_secs(80));
        assert_eq!(t.net.switch.live(), [0; 5], "fuse {fuse}");
    }
}
