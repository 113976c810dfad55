//! The worker in virtual time: what peers hear of each other, of the switch, and of strangers.

mod browser;
mod calls;
mod conference;
mod crowd;
mod digits;
mod echo;
mod progress;
mod reports;
mod rooms;
mod sounds;

use super::*;
use crate::rtp::{self, Header};
use crate::sdp::{Codec, Direction, Profile};
use crate::tone::{Law, Player};
use crate::webrtc::testing;
use std::f64::consts::TAU;
use std::sync::OnceLock;

/// One for all tests: a certificate takes its time.
fn identity() -> Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| testing::identity(1)).clone()
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Plain leg `n` has port 20000 + 2n and its peer this address.
fn peer_of(n: u64) -> SocketAddr {
    SocketAddr::from(([192, 0, (n >> 8) as u8 + 2, n as u8], 4000))
}

fn port_of(n: u64) -> RtpPort {
    RtpPort(20_000 + 2 * n as u16)
}

fn plain(n: u64, codecs: &[Codec]) -> Negotiated {
    Negotiated {
        profile: Profile::Plain,
        codecs: codecs.to_vec(),
        receive: codecs.iter().map(|codec| codec.payload_type).collect(),
        remote: Some(peer_of(n)),
        remote_rtcp: None,
        rtcp_mux: false,
        ice: None,
        fingerprint: None,
        setup: None,
        direction: Direction::SendRecv,
        ptime: 20,
    }
}

/// A speaker: packets of 20 ms.
struct Voice {
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Voice {
    fn new(payload_type: u8, ssrc: u32) -> Self {
        Voice { payload_type, sequence: ssrc as u16, timestamp: ssrc.wrapping_mul(77), ssrc }
    }

    fn say(&mut self, payload: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        let mut head = [0; 12];
        rtp::write(&mut head, false, self.payload_type, self.sequence, self.timestamp, self.ssrc);
        [&head, payload].concat()
    }
}

/// A datagram that left the worker.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Sent {
    socket: Socket,
    to: SocketAddr,
    packet: Vec<u8>,
}

impl Sent {
    fn header(&self) -> Header {
        rtp::read(&self.packet).unwrap()
    }
    fn payload(&self) -> &[u8] {
        &self.packet[self.header().length..]
    }
    /// Of G.711; nothing of events.
    fn samples(&self) -> Vec<i16> {
        let law = match self.header().payload_type {
            0 => Law::Mu,
            8 => Law::A,
            _ => return Vec::new(),
        };
        self.payload().iter().map(|byte| law.linear()[usize::from(*byte)]).collect()
    }
}

/// Share of the power that is at this frequency (Goertzel); of silence, none.
fn share(samples: &[i16], hertz: u16) -> f64 {
    let twice_cosine = 2.0 * (f64::from(hertz) * TAU / 8000.0).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        (one, two) = (f64::from(*sample) + twice_cosine * one - two, one);
    }
    let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    if power < 100.0 * samples.len() as f64 {
        return 0.0;
    }
    (one * one + two * two - twice_cosine * one * two) * 2.0 / (power * samples.len() as f64)
}

/// Whether nothing is to be heard.
fn silent(samples: &[i16]) -> bool {
    !samples.is_empty() && samples.iter().all(|sample| sample.abs() <= 24)
}

struct Bench {
    worker: Worker,
    now: Time,
    /// Reports, which are not among what `sent` gives.
    reports: Vec<Sent>,
}

impl Bench {
    fn new() -> Self {
        Bench::with_room(1000)
    }

    fn with_room(max_legs: usize) -> Self {
        let config =
            WorkerConfig { identity: identity(), inactive_after: Duration::from_secs(60), seed: 7, max_legs };
        Bench { worker: Worker::new(config), now: Time::from_micros(1_000_000_000), reports: Vec::new() }
    }

    fn ask(&mut self, command: Command) {
        self.worker.handle_command(self.now, command);
    }

    fn negotiate(&mut self, leg: u64, negotiated: Negotiated) {
        self.ask(Command::Negotiate { leg: LegId(leg), negotiated: Box::new(negotiated) });
    }

    fn open(&mut self, n: u64, codecs: &[Codec]) {
        self.ask(Command::OpenPlain { leg: LegId(n), port: port_of(n) });
        self.negotiate(n, plain(n, codecs));
    }

    fn connect(&mut self, a: u64, b: u64) {
        self.ask(Command::Connect { a: LegId(a), b: LegId(b) });
    }

    /// Two plain legs that hear each other.
    fn call(&mut self, a: (u64, &[Codec]), b: (u64, &[Codec])) {
        self.open(a.0, a.1);
        self.open(b.0, b.1);
        self.connect(a.0, b.0);
    }

    fn give(&mut self, socket: Socket, from: SocketAddr, packet: &[u8]) -> Option<Sent> {
        let mut buffer = packet.to_vec();
        buffer.resize(packet.len() + HEADROOM, 0);
        let forward = self.worker.handle_packet(self.now, socket, from, &mut buffer, packet.len())?;
        buffer.truncate(forward.len);
        Some(Sent { socket: forward.socket, to: forward.to, packet: buffer })
    }

    /// From plain leg `n`'s peer.
    fn hear(&mut self, n: u64, packet: &[u8]) -> Option<Sent> {
        self.give(Socket::Rtp(port_of(n)), peer_of(n), packet)
    }

    /// Lets time pass, waking at each deadline; what was sent and when.
    fn pass(&mut self, time: Duration) -> Vec<(Time, Sent)> {
        let until = self.now + time;
        let mut all = Vec::new();
        while let Some(next) = self.worker.poll_timeout().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.worker.handle_timeout(self.now);
            all.extend(self.sent().into_iter().map(|sent| (self.now, sent)));
        }
        self.now = until;
        all
    }

    fn sent(&mut self) -> Vec<Sent> {
        let waiting = std::iter::from_fn(|| self.worker.poll_transmit());
        let sent = waiting.map(|sent| Sent { socket: sent.socket, to: sent.to, packet: sent.payload });
        let (reports, sent) = sent.partition(|sent| rtp::classify(&sent.packet) == rtp::Kind::Rtcp);
        let reports: Vec<Sent> = reports;
        self.reports.extend(reports);
        sent
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.worker.poll_event()).collect()
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
