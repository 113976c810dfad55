//! A browser and a transport on a wire in virtual time: what a bad path and a hostile one may do, and may not.

mod hostile;
mod path;

use super::testing::{Browser, Received, credentials, identity};
use super::*;
use std::sync::OnceLock;

const ADDRESS: &str = "192.0.2.10:50000";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Certificates of the server, the browser and somebody else, made once.
fn certificates() -> &'static [Identity; 3] {
    static MADE: OnceLock<[Identity; 3]> = OnceLock::new();
    MADE.get_or_init(|| [identity(1), identity(2), identity(3)])
}

/// What becomes of a datagram: the delays after which copies arrive; none: lost.
type Fate = Box<dyn FnMut(usize, &[u8]) -> Vec<Duration>>;

const DELAY: Duration = Duration::from_millis(10);

struct Net {
    now: Time,
    transport: Transport,
    browser: Browser,
    /// Where the browser sends from.
    from: SocketAddr,
    /// Arrival, order of sending, whether to the server, source, bytes.
    wire: Vec<(Time, usize, bool, SocketAddr, Vec<u8>)>,
    sent: usize,
    fate: Fate,
    received: Vec<Received>,
}

impl Net {
    /// Descriptions are exchanged; `browser` is the browser's role.
    fn new(browser: Setup) -> Self {
        let mut net = Net::apart(browser);
        net.describe(browser, certificates()[1].fingerprint());
        net
    }

    /// As `new`, but the transport does not know the browser's description yet.
    fn apart(role: Setup) -> Self {
        let [server, client, _] = certificates();
        let now = Time::from_micros(1_700_000_000_000_000);
        let config = TransportConfig { local_ice: credentials(1), identity: server.clone(), seed: 1 };
        let mut browser = Browser::new(now, client.clone(), 2);
        browser.connect(now, credentials(1), role);
        Net {
            now,
            transport: Transport::new(now, config),
            browser,
            from: address(ADDRESS),
            wire: Vec::new(),
            sent: 0,
            fate: Box::new(|_, _| vec![DELAY]),
            received: Vec::new(),
        }
    }

    fn describe(&mut self, browser: Setup, fingerprint: Fingerprint) {
        let setup = if browser == Setup::Active { Setup::Passive } else { Setup::Active };
        let ice = self.browser.credentials().clone();
        self.transport.set_peer(self.now, Peer { ice, fingerprint, setup });
    }

    /// Puts on the wire what both have to send.
    fn collect(&mut self) {
        while let Some((to, packet)) = self.transport.poll_transmit() {
            assert_ne!(to.port(), 666, "nothing is ever sent to a stranger");
            self.send(false, packet);
        }
        while let Some(packet) = self.browser.poll_transmit() {
            self.send(true, packet);
        }
    }

    fn send(&mut self, to_server: bool, packet: Vec<u8>) {
        for delay in (self.fate)(self.sent, &packet) {
            self.wire.push((self.now + delay, self.sent, to_server, self.from, packet.clone()));
        }
        self.sent += 1;
    }

    /// Hands the transport a datagram as a socket would.
    fn deliver(&mut self, from: SocketAddr, packet: &[u8]) {
        match packet.first() {
            Some(0..=3) => {
                self.transport.handle_stun(self.now, from, packet);
            }
            Some(20..=63) => self.transport.handle_dtls(self.now, from, packet),
            _ => {
                let _ = self.transport.unprotect_rtp(self.now, from, &mut packet.to_vec());
            }
        }
    }

    /// One event: the next arrival or timer, at the latest `until`. False where nothing is left before.
    fn step(&mut self, until: Time) -> bool {
        self.collect();
        let arrival = self.wire.iter().map(|row| (row.0, row.1)).min();
        let timer = [self.transport.poll_timeout(), self.browser.poll_timeout()].into_iter().flatten().min();
        let next = [arrival.map(|at| at.0), timer].into_iter().flatten().min();
        let Some(at) = next.filter(|at| *at <= until) else {
            self.now = until;
            return false;
        };
        self.now = self.now.max(at);
        if let Some((arrival, order)) = arrival.filter(|arrival| arrival.0 <= self.now) {
            let row = self.wire.iter().position(|row| (row.0, row.1) == (arrival, order)).expect("there");
            let (_, _, to_server, from, packet) = self.wire.swap_remove(row);
            if to_server {
                self.deliver(from, &packet);
            } else if let Some(received) = self.browser.handle(self.now, &packet) {
                self.received.push(received);
            }
            return true;
        }
        self.transport.handle_timeout(self.now);
        self.browser.handle_timeout(self.now);
        true
    }

    fn run(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.step(until) {}
    }

    fn is_connected(&self) -> bool {
        self.transport.state() == TransportState::Connected && self.browser.is_connected()
    }

    /// Runs until both are connected; how long that took, `None` after 20 s.
    fn connect(&mut self) -> Option<Duration> {
        let (start, until) = (self.now, self.now + Duration::from_secs(20));
        while !self.is_connected() {
            if !self.step(until) {
                return None;
            }
        }
        Some(self.now.since(start))
    }

    /// Media in both directions.
    fn assert_media(&mut self, sequence: u16) {
        let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 160, 1, 2, 3, 4];
        packet[2..4].copy_from_slice(&sequence.to_be_bytes());
        packet.extend([0xd5; 160]);
        let mut sealed = self.browser.protect_rtp(&packet).expect("the browser has keys");
        let opened = self.transport.unprotect_rtp(self.now, self.from, &mut sealed).expect("opened");
        assert_eq!(&sealed[..opened], packet);
        let mut buffer = packet.clone();
        buffer.resize(packet.len() + 16, 0);
        let length = self.transport.protect_rtp(&mut buffer, packet.len()).expect("the transport has keys");
        assert_eq!(self.browser.handle(self.now, &buffer[..length]), Some(Received::Rtp(packet)));
    }
}
