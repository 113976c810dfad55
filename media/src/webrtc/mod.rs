//! A browser's transport: ICE-lite (RFC 8445 §2.5), DTLS (RFC 5764) and SRTP behind one sans-IO face.
//!
//! `ice` answers connectivity checks, `dtls` runs the handshake (`dimpl`), `srtp` protects. DTLS is fed only from addresses
//! that a valid check came from, and with a bounded amount; the first ClientHello that comes earlier is kept (one flight, bounded).

use crate::sdp::{Fingerprint, IceCredentials, Setup};
use crate::srtp::SrtpError;
use std::net::SocketAddr;
use std::sync::Arc;
use warmline_time::Time;

/// Our certificate for DTLS, one a process, made at start; cheap to clone.
#[derive(Clone)]
pub struct Identity {
    #[allow(dead_code)]
    inner: Arc<()>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// From a DER certificate and its PKCS#8 key (P-256).
    pub fn new(certificate: Vec<u8>, private_key: Vec<u8>) -> Result<Self, InvalidIdentity> {
        let _ = (certificate, private_key);
        todo!()
    }
    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        todo!()
    }
}

/// Certificate or key cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidIdentity;

/// What is known before the first packet.
#[derive(Clone, Debug)]
pub struct TransportConfig {
    /// Our credentials, as in our description.
    pub local_ice: IceCredentials,
    /// Our certificate.
    pub identity: Identity,
    /// For the DTLS hello; from the process's random source.
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
pub struct Transport {}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl Transport {
    /// Waits for the peer.
    pub fn new(now: Time, config: TransportConfig) -> Self {
        let _ = (now, config);
        todo!()
    }
    /// Sets what the peer's description said; checks that came before it are answered already, DTLS waits for it.
    /// With new credentials: an ICE restart.
    pub fn set_peer(&mut self, now: Time, peer: Peer) {
        let _ = (now, peer);
        todo!()
    }
    /// The local user name fragment that a STUN request on a shared port is for, if it is a well-formed binding request.
    pub fn stun_target(packet: &[u8]) -> Option<&str> {
        let _ = packet;
        todo!()
    }
    /// A STUN datagram. Returns true where it authenticated: `from` belongs to this leg from now on.
    pub fn handle_stun(&mut self, now: Time, from: SocketAddr, packet: &[u8]) -> bool {
        let _ = (now, from, packet);
        todo!()
    }
    /// A DTLS datagram.
    pub fn handle_dtls(&mut self, now: Time, from: SocketAddr, packet: &[u8]) {
        let _ = (now, from, packet);
        todo!()
    }
    /// Timers.
    pub fn handle_timeout(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// Decrypts an RTP packet in place; returns its length. Media counts as a sign of life.
    pub fn unprotect_rtp(
        &mut self,
        now: Time,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let _ = (now, from, packet);
        todo!()
    }
    /// Decrypts an RTCP packet in place.
    pub fn unprotect_rtcp(
        &mut self,
        now: Time,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let _ = (now, from, packet);
        todo!()
    }
    /// Protects in place (16 bytes of room behind `len`); `None` until connected.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let _ = (buffer, len);
        todo!()
    }
    /// Protects in place (20 bytes of room behind `len`); `None` until connected.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let _ = (buffer, len);
        todo!()
    }
    /// Where media goes: the nominated pair, else the latest valid one.
    pub fn remote(&self) -> Option<SocketAddr> {
        todo!()
    }
    /// Where it stands.
    pub fn state(&self) -> TransportState {
        todo!()
    }
    /// What was dropped.
    pub fn counters(&self) -> TransportCounters {
        todo!()
    }
    /// Sends close_notify (poll it out) and is closed.
    pub fn close(&mut self, now: Time) {
        let _ = now;
        todo!()
    }
    /// The next STUN or DTLS datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        todo!()
    }
    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        todo!()
    }
}
