//! One DTLS association (RFC 6347) and the SRTP keys it yields (RFC 5764).
//!
//! The library's every error ends its object, and a handshake in DTLS 1.2 is plain text to begin with. Therefore what is fed
//! is bounded, stripped of what nobody can have authenticated (alerts, data), and an object that died of junk is replaced.

use super::identity::{HANDSHAKE, Identity, sha256};
use crate::sdp::Fingerprint;
use crate::srtp::{Context, SrtpProfile};
use dimpl::{Dtls, Error, KeyingMaterial, Output};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use warmline_time::Time;

/// Datagrams and bytes fed before completion; a handshake takes about ten datagrams and 4 kB.
const MAX_FED: usize = 200;
const MAX_FED_BYTES: usize = 128 * 1024;
/// A datagram larger than any path's.
const MAX_DATAGRAM: usize = 4096;
/// Fresh objects for ones that died.
const MAX_RESTARTS: u32 = 3;
/// Room for one record of output.
const OUTPUT: usize = 2048;
/// Datagrams that wait to be sent.
const MAX_WAITING: usize = 32;
/// Message sequence numbers a handshake can reach.
const MAX_MESSAGES: u16 = 12;
/// The longest handshake message.
const MAX_MESSAGE: u32 = 16 * 1024;
/// A timer farther away than this is none.
const FAR: Duration = Duration::from_secs(24 * 3600);
const ROUND_UP: Duration = Duration::from_nanos(999);

const RECORD_HEADER: usize = 13;
const HANDSHAKE_HEADER: usize = 12;
const ALERT: u8 = 21;
const HANDSHAKE_RECORD: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const CLIENT_HELLO: u8 = 1;

/// Where an association stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Handshaking,
    /// Keys can be taken.
    Connected,
    Closed,
}

/// What a round of polling told.
#[derive(Default)]
struct Drained {
    connected: bool,
    closed: bool,
}

/// SRTP of both directions.
pub(super) struct Keys {
    /// Protects what we send.
    pub outbound: Context,
    /// Opens what the peer sends.
    pub inbound: Context,
}

/// One association.
pub(super) struct Association {
    dtls: Dtls,
    identity: Identity,
    active: bool,
    expected: Fingerprint,
    started: Time,
    phase: Phase,
    /// The library's object died after completion: media goes on without it.
    deaf: bool,
    fed: usize,
    fed_bytes: usize,
    restarts: u32,
    certified: Option<Fingerprint>,
    material: Option<(SrtpProfile, KeyingMaterial)>,
    keys: Option<Keys>,
    waiting: VecDeque<Vec<u8>>,
    timeout: Option<Time>,
}

impl Association {
    /// Starts: as client (`active`) with a ClientHello to poll out. The peer's certificate must have `expected`.
    pub(super) fn new(now: Time, identity: Identity, active: bool, expected: Fingerprint) -> Self {
        let mut association = Association {
            dtls: identity.dtls(active, identity.base()),
            identity,
            active,
            expected,
            started: now,
            phase: Phase::Handshaking,
            deaf: false,
            fed: 0,
            fed_bytes: 0,
            restarts: 0,
            certified: None,
            material: None,
            keys: None,
            waiting: VecDeque::new(),
            timeout: None,
        };
        association.tick(now);
        association
    }

    /// Whether the association is the one that this role and certificate ask for.
    pub(super) fn fits(&self, active: bool, expected: &Fingerprint) -> bool {
        self.active == active && self.expected == *expected
    }

    /// Feeds a datagram from an address that ICE found valid; false where it was refused without a look.
    pub(super) fn handle(&mut self, now: Time, packet: &[u8]) -> bool {
        if self.phase == Phase::Closed || self.deaf || packet.len() > MAX_DATAGRAM {
            return false;
        }
        let admitted = if self.phase == Phase::Handshaking {
            if self.fed >= MAX_FED || self.fed_bytes + packet.len() > MAX_FED_BYTES {
                return false;
            }
            let Some(admitted) = admissible(packet) else { return false };
            self.fed += 1;
            self.fed_bytes += admitted.len();
            admitted
        } else {
            packet.to_vec()
        };
        let at = self.instant(now);
        let fed = self.dtls.handle_timeout(at).and_then(|()| self.dtls.handle_packet(&admitted));
        self.settle(now, fed);
        true
    }

    /// Runs timers.
    pub(super) fn handle_timeout(&mut self, now: Time) {
        if self.phase == Phase::Handshaking && now >= self.started + HANDSHAKE {
            self.phase = Phase::Closed;
        }
        if self.timeout.is_some_and(|at| at <= now) {
            self.tick(now);
        }
    }

    fn tick(&mut self, now: Time) {
        if self.phase == Phase::Closed || self.deaf {
            return;
        }
        let at = self.instant(now);
        let ticked = self.dtls.handle_timeout(at);
        self.settle(now, ticked);
    }

    /// Sends close_notify if there is somebody to take it for real.
    pub(super) fn close(&mut self) {
        if self.phase == Phase::Connected && !self.deaf && self.dtls.close().is_ok() {
            self.drain();
        }
        self.phase = Phase::Closed;
    }

    /// Takes what the library has to say, then judges how the call went.
    fn settle(&mut self, now: Time, result: Result<(), Error>) {
        let drained = self.drain();
        if drained.connected {
            self.complete();
        }
        match result {
            Ok(()) if drained.closed => self.phase = Phase::Closed,
            Ok(()) => {}
            Err(_) if self.phase == Phase::Connected => {
                self.deaf = true;
                self.timeout = None;
            }
            Err(Error::Timeout(_)) => self.phase = Phase::Closed,
            Err(_) if self.restarts >= MAX_RESTARTS => self.phase = Phase::Closed,
            Err(_) => self.restart(now),
        }
    }

    /// Replaces the object that died. The deadline and the bounds stay.
    fn restart(&mut self, now: Time) {
        self.restarts += 1;
        self.certified = None;
        self.material = None;
        self.waiting.clear();
        self.dtls = self.identity.dtls(self.active, self.instant(now));
        self.tick(now);
    }

    /// Polls all output.
    fn drain(&mut self) -> Drained {
        // The library asserts that a certificate fits: it cannot be longer than all that was fed.
        let mut buffer = vec![0; OUTPUT.max(self.fed_bytes)];
        let mut drained = Drained::default();
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => {
                    if self.waiting.len() >= MAX_WAITING {
                        self.waiting.pop_front();
                    }
                    self.waiting.push_back(packet.to_vec());
                }
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::PeerCert(der) => self.certified = Some(sha256(der)),
                Output::KeyingMaterial(material, profile) => {
                    self.material = ours(profile).map(|profile| (profile, material));
                }
                Output::CloseNotify => drained.closed = true,
                // Together with the keys or, for a peer without use_srtp, without them.
                Output::Connected => drained.connected = true,
                Output::Timeout(at) => {
                    // Up to the next microsecond: rounded down, the timer would not be due yet when it fires.
                    let after = at.saturating_duration_since(self.identity.base()) + ROUND_UP;
                    self.timeout = Some(self.started + after).filter(|_| after < FAR);
                    return drained;
                }
                _ => {}
            }
        }
    }

    /// The handshake is over: the certificate must be the announced one and there must be keys.
    fn complete(&mut self) {
        self.phase = Phase::Connected;
        let is_announced = self.certified == Some(self.expected);
        self.keys = self
            .material
            .take()
            .filter(|_| is_announced)
            .and_then(|(profile, material)| contexts(profile, &material, self.active));
        if self.keys.is_none() {
            self.close();
        }
    }

    /// The keys, once.
    pub(super) fn take_keys(&mut self) -> Option<Keys> {
        self.keys.take()
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The next datagram to send.
    pub(super) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.waiting.pop_front()
    }

    /// When to call `handle_timeout`.
    pub(super) fn poll_timeout(&self) -> Option<Time> {
        let deadline = (self.phase == Phase::Handshaking).then(|| self.started + HANDSHAKE);
        let timeout = self.timeout.filter(|_| self.phase != Phase::Closed);
        [deadline, timeout].into_iter().flatten().min()
    }

    fn instant(&self, now: Time) -> Instant {
        self.identity.base() + now.since(self.started)
    }
}

/// The profile in our terms.
fn ours(profile: dimpl::SrtpProfile) -> Option<SrtpProfile> {
    match profile {
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Some(SrtpProfile::AesCm128HmacSha1_80),
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Some(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Some(SrtpProfile::AeadAes256Gcm),
        _ => None,
    }
}

/// Splits the exported material (RFC 5764 §4.2): client's key, server's key, client's salt, server's salt.
fn contexts(profile: SrtpProfile, material: &[u8], active: bool) -> Option<Keys> {
    let (client_key, rest) = material.split_at_checked(profile.key_length())?;
    let (server_key, rest) = rest.split_at_checked(profile.key_length())?;
    let (client_salt, server_salt) = rest.split_at_checked(profile.salt_length())?;
    let client = Context::new(profile, client_key, client_salt)?;
    let server = Context::new(profile, server_key, server_salt)?;
    let (outbound, inbound) = if active { (client, server) } else { (server, client) };
    Some(Keys { outbound, inbound })
}

/// Fields of a record's header (RFC 6347 §4.1).
fn record(packet: &[u8]) -> Option<(u8, u16, &[u8], &[u8])> {
    let (header, rest) = packet.split_first_chunk::<RECORD_HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
    let (body, rest) = rest.split_at_checked(length)?;
    Some((header[0], u16::from_be_bytes([header[3], header[4]]), body, rest))
}

/// Whether the datagram starts with (a fragment of) a ClientHello.
pub(super) fn is_client_hello(packet: &[u8]) -> bool {
    record(packet).is_some_and(|(kind, epoch, body, _)| {
        kind == HANDSHAKE_RECORD && epoch == 0 && body.first() == Some(&CLIENT_HELLO)
    })
}

/// The records of a datagram that can belong to a handshake; `None` where its framing is broken or none can.
///
/// Alerts and data in the clear are dropped: anybody can write them, and the handshake's deadline ends what a genuine alert
/// would have ended.
fn admissible(packet: &[u8]) -> Option<Vec<u8>> {
    let mut admitted = Vec::with_capacity(packet.len());
    let mut rest = packet;
    while !rest.is_empty() {
        let (kind, epoch, body, behind) = record(rest)?;
        let whole = &rest[..rest.len() - behind.len()];
        rest = behind;
        let wanted = match (epoch, kind) {
            (0, ALERT | APPLICATION_DATA) => false,
            (0, HANDSHAKE_RECORD) => is_plausible_handshake(body),
            _ => true,
        };
        if wanted {
            admitted.extend_from_slice(whole);
        }
    }
    (!admitted.is_empty()).then_some(admitted)
}

/// Whether a record of plain handshake messages has only such as a handshake of ours can.
fn is_plausible_handshake(mut body: &[u8]) -> bool {
    let number = |bytes: &[u8]| u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
    while !body.is_empty() {
        let Some((header, rest)) = body.split_first_chunk::<HANDSHAKE_HEADER>() else { return false };
        let (length, offset, size) = (number(&header[1..4]), number(&header[6..9]), number(&header[9..12]));
        let sequence = u16::from_be_bytes([header[4], header[5]]);
        let Some(rest) = rest.get(size as usize..) else { return false };
        if length > MAX_MESSAGE || offset + size > length || sequence > MAX_MESSAGES {
            return false;
        }
        body = rest;
    }
    true
}
