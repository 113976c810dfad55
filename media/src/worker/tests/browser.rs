//! Browsers' legs: from the first check to hearing a plain party and music.

use super::*;
use crate::sdp::Setup;
use crate::webrtc::testing::{Browser, Received, credentials};

const EVENTS: u8 = 126;

fn browser_codecs() -> [Codec; 2] {
    [Codec::pcmu(), Codec::telephone_event(EVENTS)]
}

/// A browser at an address, and what it heard.
pub(super) struct Tab {
    browser: Browser,
    pub(super) address: SocketAddr,
    pub(super) heard: Vec<Vec<u8>>,
}

impl Tab {
    /// Opens leg `n` for a new browser; `active` is the browser's role in DTLS.
    pub(super) fn open(bench: &mut Bench, n: u64, active: bool) -> Tab {
        let browser = Browser::new(bench.now, identity(), 100 + n);
        let address = SocketAddr::from(([198, 51, 100, n as u8], 50_000));
        bench.ask(Command::OpenWebRtc { leg: LegId(n), ice: credentials(n) });
        let mut tab = Tab { browser, address, heard: Vec::new() };
        bench.negotiate(n, tab.negotiated(active));
        let role = if active { Setup::Active } else { Setup::Passive };
        tab.browser.connect(bench.now, credentials(n), role);
        tab
    }

    fn negotiated(&self, active: bool) -> Negotiated {
        Negotiated {
            profile: Profile::WebRtc,
            remote: None,
            rtcp_mux: true,
            ice: Some(self.browser.credentials().clone()),
            fingerprint: Some(self.browser.fingerprint()),
            setup: Some(if active { Setup::Passive } else { Setup::Active }),
            ..plain(0, &browser_codecs())
        }
    }

    /// Both run for so long; datagrams take no time.
    pub(super) fn run(&mut self, bench: &mut Bench, time: Duration) {
        let until = bench.now + time;
        loop {
            let mut quiet = true;
            while let Some(packet) = self.browser.poll_transmit() {
                quiet = false;
                assert_eq!(bench.give(Socket::WebRtc, self.address, &packet), None);
            }
            for sent in bench.sent() {
                quiet = false;
                self.take(bench.now, &sent);
            }
            if !quiet {
                continue;
            }
            let next = [bench.worker.poll_timeout(), self.browser.poll_timeout()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            bench.now = bench.now.max(next);
            bench.worker.handle_timeout(bench.now);
            self.browser.handle_timeout(bench.now);
        }
        bench.now = until;
    }

    pub(super) fn take(&mut self, now: Time, sent: &Sent) {
        assert_eq!((sent.socket, sent.to), (Socket::WebRtc, self.address));
        if let Some(Received::Rtp(packet)) = self.browser.handle(now, &sent.packet) {
            self.heard.push(packet);
        }
    }

    /// What a datagram is under its keys.
    pub(super) fn browser_handle(&mut self, now: Time, packet: &[u8]) -> Option<Received> {
        self.browser.handle(now, packet)
    }

    pub(super) fn say(&mut self, bench: &mut Bench, packet: &[u8]) -> Option<Sent> {
        let protected = self.browser.protect_rtp(packet).unwrap();
        bench.give(Socket::WebRtc, self.address, &protected)
    }
}

#[test]
fn a_browser_and_a_plain_party_hear_each_other() {
    for active in [true, false] {
        let mut bench = Bench::new();
        let mut tab = Tab::open(&mut bench, 1, active);
        tab.run(&mut bench, ms(500));
        assert!(tab.browser.is_connected());
        assert_eq!(bench.events(), [Event::Ready { leg: LegId(1) }]);
        bench.open(2, &[Codec::pcma(), Codec::telephone_event(101)]);
        bench.connect(1, 2);
        let (mut one, mut two) = (Voice::new(0, 1), Voice::new(8, 2));
        for _ in 0..10 {
            let there = tab.say(&mut bench, &one.say(&[0xFF; 160])).unwrap();
            assert_eq!((there.socket, there.to), (Socket::Rtp(port_of(2)), peer_of(2)));
            assert_eq!((there.header().payload_type, there.payload()), (8, &[0xD5; 160][..]));
            let back = bench.hear(2, &two.say(&[0xD5; 160])).unwrap();
            assert!(back.packet.len() > 172, "protected");
            tab.take(bench.now, &back);
        }
        assert_eq!(tab.heard.len(), 10);
        let header = rtp::read(&tab.heard[0]).unwrap();
        assert_eq!((header.payload_type, header.marker, tab.heard[0].len()), (0, true, 172));
        one.payload_type = EVENTS;
        assert_eq!(tab.say(&mut bench, &one.say(&[5, 0, 0, 160])).unwrap().header().payload_type, 101);
        two.payload_type = 101;
        let key = bench.hear(2, &two.say(&[5, 0, 0, 160])).unwrap();
        tab.take(bench.now, &key);
        assert_eq!(rtp::read(&tab.heard[10]).unwrap().payload_type, EVENTS);
        assert_eq!(bench.worker.counters().refused, 0);
    }
}

#[test]
fn two_browsers_hear_each_other() {
    let mut bench = Bench::new();
    let mut one = Tab::open(&mut bench, 1, true);
    one.run(&mut bench, ms(500));
    let mut two = Tab::open(&mut bench, 2, true);
    two.run(&mut bench, ms(500));
    bench.connect(1, 2);
    let there = one.say(&mut bench, &Voice::new(0, 1).say(&[9; 160])).unwrap();
    two.take(bench.now, &there);
    assert_eq!(two.heard[0][12..], [9; 160]);
}

#[test]
fn music_begins_when_the_transport_is_there() {
    let mut bench = Bench::new();
    let mut tab = Tab::open(&mut bench, 1, true);
    bench.ask(Command::Play { leg: LegId(1), sound: Sound::Music });
    assert_eq!(bench.worker.counters().played, 0);
    tab.run(&mut bench, ms(1_000));
    assert!(tab.heard.len() > 40, "{}", tab.heard.len());
    assert_eq!(bench.worker.counters().played, tab.heard.len() as u64);
    let header = rtp::read(&tab.heard[0]).unwrap();
    assert_eq!((header.payload_type, header.marker), (0, true));
}

#[test]
fn only_a_proved_source_is_heard() {
    let mut bench = Bench::new();
    let mut tab = Tab::open(&mut bench, 1, true);
    tab.run(&mut bench, ms(500));
    bench.open(2, &[Codec::pcmu()]);
    bench.connect(1, 2);
    let mut one = Voice::new(0, 1);
    assert_eq!(bench.give(Socket::WebRtc, tab.address, &one.say(&[0; 160])), None, "not protected");
    let protected = tab.browser.protect_rtp(&one.say(&[0; 160])).unwrap();
    assert_eq!(bench.give(Socket::WebRtc, at("203.0.113.66:1"), &protected), None, "from elsewhere");
    assert_eq!(bench.give(Socket::WebRtc, at("203.0.113.66:1"), &[22, 254, 253, 0]), None);
    assert_eq!(bench.give(Socket::WebRtc, at("203.0.113.66:1"), &[0, 1, 0, 0]), None);
    assert_eq!(bench.worker.counters().refused, 4);
    assert!(bench.give(Socket::WebRtc, tab.address, &protected).is_some());
    assert_eq!(bench.give(Socket::WebRtc, tab.address, &protected), None, "a replay");
}

#[test]
fn a_browser_that_never_connects_is_dead() {
    let mut bench = Bench::new();
    bench.ask(Command::OpenWebRtc { leg: LegId(1), ice: credentials(1) });
    bench.pass(ms(60_000));
    assert_eq!(bench.events(), [], "it may ring for long");
    let tab = Tab::open(&mut bench, 2, true);
    bench.negotiate(1, tab.negotiated(true));
    bench.pass(ms(14_999));
    assert_eq!(bench.events(), []);
    bench.pass(ms(1));
    assert_eq!(bench.events(), [Event::Dead { leg: LegId(2) }, Event::Dead { leg: LegId(1) }]);
    bench.pass(ms(120_000));
    assert_eq!(bench.events(), [], "told once");
}

#[test]
fn good_bye_is_said_and_heard() {
    let mut bench = Bench::new();
    let mut tab = Tab::open(&mut bench, 1, true);
    tab.run(&mut bench, ms(500));
    bench.events();
    bench.ask(Command::Close { leg: LegId(1) });
    tab.run(&mut bench, ms(10));
    assert!(tab.browser.is_closed());
    assert!(matches!(bench.events()[..], [Event::Closed { leg: LegId(1), port: None, .. }]));
    assert_eq!((bench.worker.legs(), bench.worker.poll_timeout()), (0, None));

    let mut tab = Tab::open(&mut bench, 2, true);
    tab.run(&mut bench, ms(500));
    tab.browser.close();
    tab.run(&mut bench, ms(10));
    assert_eq!(bench.events(), [Event::Ready { leg: LegId(2) }, Event::Dead { leg: LegId(2) }]);
}
