//! A browser's transport: ICE-lite (RFC 8445 §2.5), DTLS (RFC 5764) and SRTP behind one sans-IO face.
//!
//! `ice` answers connectivity checks, `dtls` runs the handshake (`dimpl`), `srtp` protects. DTLS is fed only from addresses
//! that a valid check came from, and with a bounded amount; the first ClientHello that comes earlier is kept (one flight, bounded).

mod dtls;
mod ice;
mod identity;
mod stun;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use identity::{Identity, InvalidIdentity};

use crate::sdp::{Fingerprint, IceCredentials, Setup};
use crate::srtp::SrtpError;
use dtls::{Association, Keys, Phase};
use ice::Agent;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use warmline_time::Time;

/// After so much silence a peer is gone: sooner than its consent would end (30 s, RFC 7675 §5.1), for somebody listens to it.
const CONSENT: Duration = Duration::from_secs(20);
/// A ClientHello flight that came before its address was valid: at most this many datagrams and bytes.
const MAX_EARLY: usize = 4;
const MAX_EARLY_BYTES: usize = 6000;

/// What is known before the first packet.
#[derive(Clone, Debug)]
pub struct TransportConfig {
    /// Our credentials, as in our description.
    pub local_ice: IceCredentials,
    /// Our certificate.
    pub identity: Identity,
    /// From the process's random source. Nothing draws on it yet: the DTLS library's own seed belongs to the configuration
    /// that all legs share.
    pub seed: u64,
}

/// What the peer's description said.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its credentials.
    pub ice: IceCredentials,
    /// Its certificate must have this.
    pub fingerprint: Fingerprint,
    /// Our role.
    pub setup: Setup,
}

/// Where the transport stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportState {
    /// No valid check yet.
    New,
    /// Checks pass, DTLS is on its way.
    Connecting,
    /// Media can flow.
    Connected,
    /// DTLS failed, the certificate is not the announced one, close_notify came, or no valid check or packet for 30 s.
    Closed,
}

/// What was dropped.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct TransportCounters {
    pub stun_refused: u64,
    pub dtls_refused: u64,
    pub srtp_refused: u64,
}

/// One browser's transport.
pub struct Transport {
    identity: Identity,
    ice: Agent,
    peer: Option<Peer>,
    association: Option<Association>,
    keys: Option<Box<Keys>>,
    early: VecDeque<(SocketAddr, Vec<u8>)>,
    state: TransportState,
    /// The peer's last sign of life, or when it was first expected; `None` while nothing is expected.
    alive: Option<Time>,
    counters: TransportCounters,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Transport {
    /// Waits for the peer, for as long as it takes: the 30 s of silence count from `set_peer` or the first valid check.
    pub fn new(_now: Time, config: TransportConfig) -> Self {
        Transport {
            identity: config.identity,
            ice: Agent::new(config.local_ice),
            peer: None,
            association: None,
            keys: None,
            early: VecDeque::new(),
            state: TransportState::New,
            alive: None,
            counters: TransportCounters::default(),
        }
    }

    /// Sets what the peer's description said; checks that came before it are answered already, DTLS waits for it.
    /// With new credentials: an ICE restart.
    ///
    /// Another fingerprint or role than before begins DTLS anew (RFC 8842 §5.1).
    pub fn set_peer(&mut self, now: Time, peer: Peer) {
        if self.state == TransportState::Closed {
            return;
        }
        self.ice.set_peer(&peer.ice);
        let active = peer.setup == Setup::Active;
        if self.association.as_ref().is_some_and(|association| !association.fits(active, &peer.fingerprint)) {
            self.association = None;
            self.keys = None;
            self.state = TransportState::Connecting;
        }
        self.peer = Some(peer);
        self.alive.get_or_insert(now);
        self.start_dtls(now);
    }

    /// Our credentials anew, as our next description has them: the other half of an ICE restart (RFC 8839 §4.4.3.1.1).
    /// Checks with the former pass until one with the new comes.
    pub fn set_local_ice(&mut self, local: IceCredentials) {
        self.ice.set_local(local);
    }

    /// The local user name fragment that a STUN request on a shared port is for, if it is a well-formed binding request.
    pub fn stun_target(packet: &[u8]) -> Option<&str> {
        stun::read(packet).map(|check| check.local)
    }

    /// A STUN datagram. Returns true where it authenticated: `from` belongs to this leg from now on.
    pub fn handle_stun(&mut self, now: Time, from: SocketAddr, packet: &[u8]) -> bool {
        if self.state == TransportState::Closed || !self.ice.handle(now, from, packet) {
            self.counters.stun_refused += 1;
            return false;
        }
        self.alive = Some(now);
        if self.state == TransportState::New {
            self.state = TransportState::Connecting;
        }
        self.start_dtls(now);
        true
    }

    /// A DTLS datagram.
    pub fn handle_dtls(&mut self, now: Time, from: SocketAddr, packet: &[u8]) {
        let valid = self.ice.is_valid(from);
        let taken = match &mut self.association {
            _ if self.state == TransportState::Closed => false,
            Some(association) if valid => association.handle(now, packet),
            _ => self.keep(from, packet),
        };
        if !taken {
            self.counters.dtls_refused += 1;
        }
        self.advance();
    }

    /// Keeps a ClientHello until its address is valid, in place of older ones where there is no room.
    fn keep(&mut self, from: SocketAddr, packet: &[u8]) -> bool {
        let handshaking = !matches!(self.state, TransportState::Connected | TransportState::Closed);
        if !handshaking || packet.len() > MAX_EARLY_BYTES || !dtls::is_client_hello(packet) {
            return false;
        }
        let bytes =
            |early: &VecDeque<(SocketAddr, Vec<u8>)>| early.iter().map(|row| row.1.len()).sum::<usize>();
        while self.early.len() >= MAX_EARLY || bytes(&self.early) + packet.len() > MAX_EARLY_BYTES {
            self.early.pop_front();
        }
        self.early.push_back((from, packet.to_vec()));
        true
    }

    /// Starts DTLS once there is a description and a valid address, and feeds what that address sent too early.
    fn start_dtls(&mut self, now: Time) {
        let Some(peer) = self.peer.as_ref().filter(|_| self.ice.remote().is_some()) else { return };
        let association = self.association.get_or_insert_with(|| {
            Association::new(now, self.identity.clone(), peer.setup == Setup::Active, peer.fingerprint)
        });
        for (from, packet) in std::mem::take(&mut self.early) {
            if !self.ice.is_valid(from) {
                self.early.push_back((from, packet));
            } else if !association.handle(now, &packet) {
                self.counters.dtls_refused += 1;
            }
        }
        self.advance();
    }

    /// Follows what DTLS did.
    fn advance(&mut self) {
        let Some(association) = &mut self.association else { return };
        if let Some(keys) = association.take_keys() {
            self.keys = Some(Box::new(keys));
        }
        match association.phase() {
            Phase::Connected if self.state == TransportState::Connecting => {
                self.state = TransportState::Connected;
                self.early.clear();
            }
            Phase::Closed => self.end(),
            _ => {}
        }
    }

    fn end(&mut self) {
        self.state = TransportState::Closed;
        self.keys = None;
        self.early.clear();
    }

    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.state == TransportState::Closed {
            return;
        }
        if self.alive.is_some_and(|alive| now >= alive + CONSENT) {
            // Nothing more may be sent there, not even a good-bye.
            self.association = None;
            self.end();
            return;
        }
        if let Some(association) = &mut self.association {
            association.handle_timeout(now);
        }
        self.advance();
    }

    /// Decrypts an RTP packet in place; returns its length. Media counts as a sign of life.
    ///
    /// Where it came from does not matter to what is authentic, and does not move where ours goes: checks do that.
    pub fn unprotect_rtp(
        &mut self,
        now: Time,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let _ = from;
        let opened = match &mut self.keys {
            Some(keys) => keys.inbound.unprotect_rtp(packet),
            None => Err(SrtpError::Authentication),
        };
        self.note(now, opened)
    }

    /// Decrypts an RTCP packet in place.
    pub fn unprotect_rtcp(
        &mut self,
        now: Time,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let _ = from;
        let opened = match &mut self.keys {
            Some(keys) => keys.inbound.unprotect_rtcp(packet),
            None => Err(SrtpError::Authentication),
        };
        self.note(now, opened)
    }

    fn note(&mut self, now: Time, opened: Result<usize, SrtpError>) -> Result<usize, SrtpError> {
        match opened {
            Ok(_) => self.alive = Some(now),
            Err(_) => self.counters.srtp_refused += 1,
        }
        opened
    }

    /// Protects in place (16 bytes of room behind `len`); `None` until connected.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        self.keys.as_mut()?.outbound.protect_rtp(buffer, len).ok()
    }

    /// Protects in place (20 bytes of room behind `len`); `None` until connected.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        self.keys.as_mut()?.outbound.protect_rtcp(buffer, len).ok()
    }

    /// Where media goes: the nominated pair, else the latest valid one.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.ice.remote()
    }

    /// Where it stands.
    pub fn state(&self) -> TransportState {
        self.state
    }

    /// What was dropped.
    pub fn counters(&self) -> TransportCounters {
        self.counters
    }

    /// Sends close_notify (poll it out) and is closed.
    pub fn close(&mut self, _now: Time) {
        if let Some(association) = &mut self.association {
            association.close();
        }
        self.end();
    }

    /// The next STUN or DTLS datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        if let Some(answer) = self.ice.poll_transmit() {
            return Some(answer);
        }
        let to = self.ice.remote()?;
        self.association.as_mut()?.poll_transmit().map(|packet| (to, packet))
    }

    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        if self.state == TransportState::Closed {
            return None;
        }
        let silence = self.alive.map(|alive| alive + CONSENT);
        let dtls = self.association.as_ref().and_then(Association::poll_timeout);
        [silence, dtls].into_iter().flatten().min()
    }
}
