//! The browser's side of a leg for tests: a controlling ICE agent, DTLS in either role, SRTP. In virtual time, like the
//! transport it talks to; it shares no code with that but the SRTP transform.

use super::Identity;
use crate::sdp::{Fingerprint, IceCredentials, Setup};
use crate::srtp::{Context, RTCP_OVERHEAD, RTP_OVERHEAD, SrtpProfile};
use dimpl::{Dtls, Output};
use rcgen::{CertificateParams, KeyPair};
use rtc_stun::attributes::{
    ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute,
};
use rtc_stun::crypto::providers::RingCrypto;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use warmline_time::Time;

/// Between checks until one was answered with USE-CANDIDATE on it.
const PACE: Duration = Duration::from_millis(50);
/// Between checks from then on.
const KEEP: Duration = Duration::from_millis(2500);
/// Checks whose answers are still taken.
const OUTSTANDING: usize = 16;

/// A self-signed certificate with seeded retransmission times.
pub fn identity(seed: u64) -> Identity {
    let key = KeyPair::generate().expect("a P-256 key");
    let params = CertificateParams::new(Vec::<String>::new()).expect("no names");
    let certificate = params.self_signed(&key).expect("signed");
    Identity::seeded(certificate.der().to_vec(), key.serialize_der(), seed).expect("key and certificate fit")
}

/// Credentials that differ by seed.
pub fn credentials(seed: u64) -> IceCredentials {
    IceCredentials { ufrag: format!("u{seed:07x}"), pwd: format!("password-{seed:016x}") }
}

/// A decrypted packet.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Received {
    Rtp(Vec<u8>),
    Rtcp(Vec<u8>),
}

/// One browser's end of one leg.
pub struct Browser {
    identity: Identity,
    credentials: IceCredentials,
    remote: Option<IceCredentials>,
    active: bool,
    dtls: Option<Dtls>,
    origin: Time,
    base: Instant,
    checks: u64,
    outstanding: VecDeque<TransactionId>,
    reachable: bool,
    nominated: bool,
    next_check: Option<Time>,
    next_dtls: Option<Time>,
    waiting: VecDeque<Vec<u8>>,
    certificate: Option<Fingerprint>,
    material: Option<(SrtpProfile, Vec<u8>)>,
    keys: Option<(Context, Context)>,
    closed: bool,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("connected", &self.is_connected()).finish_non_exhaustive()
    }
}

impl Browser {
    /// A browser at rest; making an [`identity`] costs milliseconds, share it.
    pub fn new(now: Time, identity: Identity, seed: u64) -> Self {
        let base = identity.base();
        Browser {
            identity,
            credentials: credentials(seed),
            remote: None,
            active: false,
            dtls: None,
            origin: now,
            base,
            checks: seed << 32,
            outstanding: VecDeque::new(),
            reachable: false,
            nominated: false,
            next_check: None,
            next_dtls: None,
            waiting: VecDeque::new(),
            certificate: None,
            material: None,
            keys: None,
            closed: false,
        }
    }

    /// For its description.
    pub fn credentials(&self) -> &IceCredentials {
        &self.credentials
    }

    /// For its description.
    pub fn fingerprint(&self) -> Fingerprint {
        self.identity.fingerprint()
    }

    /// Starts (or restarts, with new credentials) towards an agent of these; `setup` is this browser's role in DTLS.
    pub fn connect(&mut self, now: Time, remote: IceCredentials, setup: Setup) {
        self.remote = Some(remote);
        self.active = setup == Setup::Active;
        self.reachable = false;
        self.nominated = false;
        self.next_check = Some(now);
        if self.dtls.is_none() && !self.active {
            self.dtls = Some(self.identity.dtls(false, self.instant(now)));
        }
        self.handle_timeout(now);
    }

    /// Sends the ClientHello without waiting for an answered check, as a browser with another valid pair might.
    pub fn start_dtls(&mut self, now: Time) {
        if self.dtls.is_none() {
            self.dtls = Some(self.identity.dtls(self.active, self.instant(now)));
        }
        self.run_dtls(now, None);
    }

    /// New credentials of its own, for an ICE restart: `connect` must follow.
    pub fn restart(&mut self, seed: u64) {
        self.credentials = credentials(seed);
    }

    /// Takes a datagram of any kind.
    pub fn handle(&mut self, now: Time, packet: &[u8]) -> Option<Received> {
        match packet.first()? {
            0..=3 => self.handle_stun(now, packet),
            20..=63 => self.run_dtls(now, Some(packet)),
            _ => return self.handle_media(packet),
        }
        None
    }

    fn handle_stun(&mut self, now: Time, packet: &[u8]) {
        let mut message = Message::new();
        let Some(remote) = &self.remote else { return };
        let is_answer = message.unmarshal_binary(packet).is_ok()
            && message.typ == BINDING_SUCCESS
            && FINGERPRINT.check(&message).is_ok()
            && MessageIntegrity::check(&mut message, remote.pwd.as_bytes(), &RingCrypto).is_ok();
        let asked = self.outstanding.iter().position(|id| *id == message.transaction_id);
        let Some(at) = asked.filter(|_| is_answer) else { return };
        self.outstanding.remove(at);
        if self.reachable {
            self.nominated = true;
            self.next_check = Some(now + KEEP);
        } else {
            self.reachable = true;
            self.next_check = Some(now);
            if self.active {
                self.start_dtls(now);
            }
        }
        self.handle_timeout(now);
    }

    fn handle_media(&mut self, packet: &[u8]) -> Option<Received> {
        let (_, inbound) = self.keys.as_mut()?;
        let mut bytes = packet.to_vec();
        let is_control = packet.get(1).is_some_and(|kind| (192..224).contains(kind));
        let length =
            if is_control { inbound.unprotect_rtcp(&mut bytes) } else { inbound.unprotect_rtp(&mut bytes) };
        bytes.truncate(length.ok()?);
        Some(if is_control { Received::Rtcp(bytes) } else { Received::Rtp(bytes) })
    }

    /// Timers: checks and DTLS.
    pub fn handle_timeout(&mut self, now: Time) {
        if self.closed {
            return;
        }
        if self.next_check.is_some_and(|at| at <= now) {
            self.check(self.reachable);
            self.next_check = Some(now + if self.nominated { KEEP } else { PACE });
        }
        if self.next_dtls.is_some_and(|at| at <= now) {
            self.run_dtls(now, None);
        }
    }

    /// Sends a check.
    fn check(&mut self, nominate: bool) {
        let Some(remote) = &self.remote else { return };
        self.checks += 1;
        let mut id = [0; 12];
        id[4..].copy_from_slice(&self.checks.to_be_bytes());
        let username = format!("{}:{}", remote.ufrag, self.credentials.ufrag);
        let attribute = |typ, value: &[u8]| RawAttribute { typ, length: 0, value: value.to_vec() };
        let mut setters: Vec<Box<dyn Setter>> = vec![
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId(id)),
            Box::new(attribute(ATTR_USERNAME, username.as_bytes())),
            Box::new(attribute(ATTR_PRIORITY, &[0x6e, 0x7f, 0x1e, 0xff])),
            Box::new(attribute(ATTR_ICE_CONTROLLING, &[9; 8])),
        ];
        if nominate {
            setters.push(Box::new(attribute(ATTR_USE_CANDIDATE, &[])));
        }
        let integrity =
            MessageIntegrity::new_short_term_integrity_with_provider(remote.pwd.clone(), &RingCrypto);
        setters.push(Box::new(integrity));
        setters.push(Box::new(FINGERPRINT));
        let mut message = Message::new();
        message.build(&setters).expect("a small message");
        self.waiting.push_back(message.raw);
        self.outstanding.push_back(TransactionId(id));
        if self.outstanding.len() > OUTSTANDING {
            self.outstanding.pop_front();
        }
    }

    fn run_dtls(&mut self, now: Time, packet: Option<&[u8]>) {
        let at = self.instant(now);
        let Some(dtls) = &mut self.dtls else { return };
        let ticked = dtls.handle_timeout(at);
        let fed = match packet {
            Some(packet) => ticked.and_then(|()| dtls.handle_packet(packet)),
            None => ticked,
        };
        if fed.is_err() {
            self.dtls = None;
            self.next_dtls = None;
            return;
        }
        self.drain();
    }

    fn drain(&mut self) {
        let Some(dtls) = &mut self.dtls else { return };
        let mut buffer = vec![0; 1 << 16];
        loop {
            match dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.waiting.push_back(packet.to_vec()),
                Output::PeerCert(der) => self.certificate = Some(super::identity::sha256(der)),
                Output::KeyingMaterial(material, profile) => {
                    let profile = match profile {
                        dimpl::SrtpProfile::AES128_CM_SHA1_80 => SrtpProfile::AesCm128HmacSha1_80,
                        dimpl::SrtpProfile::AEAD_AES_128_GCM => SrtpProfile::AeadAes128Gcm,
                        _ => SrtpProfile::AeadAes256Gcm,
                    };
                    self.keys = contexts(profile, &material, self.active);
                    self.material = Some((profile, material.to_vec()));
                }
                Output::CloseNotify => self.closed = true,
                Output::Timeout(at) => {
                    let after = at.saturating_duration_since(self.base) + Duration::from_nanos(999);
                    self.next_dtls = (after < Duration::from_secs(86_400 * 365)).then(|| self.origin + after);
                    return;
                }
                _ => {}
            }
        }
    }

    /// The next datagram for the server.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.waiting.pop_front()
    }

    /// When to call `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Time> {
        [self.next_check, self.next_dtls].into_iter().flatten().filter(|_| !self.closed).min()
    }

    /// Checks were answered and DTLS is through.
    pub fn is_connected(&self) -> bool {
        self.nominated && self.keys.is_some() && !self.closed
    }

    /// The server said good-bye, or this side did.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The server's certificate, to compare with its description.
    pub fn peer_fingerprint(&self) -> Option<Fingerprint> {
        self.certificate
    }

    /// What was exported: for a second opinion on the order of keys.
    pub fn keying_material(&self) -> Option<(SrtpProfile, &[u8])> {
        self.material.as_ref().map(|(profile, material)| (*profile, material.as_slice()))
    }

    /// Protects an RTP packet.
    pub fn protect_rtp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let (outbound, _) = self.keys.as_mut()?;
        let mut buffer = packet.to_vec();
        buffer.resize(packet.len() + RTP_OVERHEAD, 0);
        let length = outbound.protect_rtp(&mut buffer, packet.len()).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }

    /// Protects an RTCP packet.
    pub fn protect_rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let (outbound, _) = self.keys.as_mut()?;
        let mut buffer = packet.to_vec();
        buffer.resize(packet.len() + RTCP_OVERHEAD, 0);
        let length = outbound.protect_rtcp(&mut buffer, packet.len()).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }

    /// Leaves with close_notify, to be polled out.
    pub fn close(&mut self) {
        if let Some(dtls) = &mut self.dtls {
            let _ = dtls.close();
        }
        self.drain();
        self.closed = true;
    }

    fn instant(&self, now: Time) -> Instant {
        self.base + now.since(self.origin)
    }
}

/// RFC 5764 §4.2: client's key, server's key, client's salt, server's salt. Outbound first.
fn contexts(profile: SrtpProfile, material: &[u8], active: bool) -> Option<(Context, Context)> {
    let (key, salt) = (profile.key_length(), profile.salt_length());
    let side = |at: usize| {
        let salts = 2 * key + at * salt;
        Context::new(profile, material.get(at * key..(at + 1) * key)?, material.get(salts..salts + salt)?)
    };
    let (client, server) = (side(0)?, side(1)?);
    Some(if active { (client, server) } else { (server, client) })
}
