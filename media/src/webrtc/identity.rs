//! Our certificate and what all DTLS associations of the process share.

use crate::sdp::Fingerprint;
use dimpl::{Config, Dtls, DtlsCertificate};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// First retransmission of a lost flight; it doubles from there.
const FIRST_RETRY: Duration = Duration::from_millis(200);
/// Retransmissions of one flight; the handshake's deadline comes first.
const RETRIES: usize = 10;
/// The whole handshake, in which a peer that is still wanted answers.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(30);
/// Datagrams a peer may leave half assembled.
const MAX_QUEUE: usize = 64;

/// Our certificate for DTLS, one a process, made at start; cheap to clone.
#[derive(Clone)]
pub struct Identity {
    inner: Arc<Inner>,
}

struct Inner {
    config: Arc<Config>,
    certificate: DtlsCertificate,
    fingerprint: Fingerprint,
    base: Instant,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Certificate or key cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidIdentity;

impl std::fmt::Display for InvalidIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("certificate and private key (P-256, PKCS#8) do not fit")
    }
}

impl std::error::Error for InvalidIdentity {}

impl Identity {
    /// From a DER certificate and its PKCS#8 key (P-256). Takes some milliseconds: once a process.
    pub fn new(certificate: Vec<u8>, private_key: Vec<u8>) -> Result<Self, InvalidIdentity> {
        Self::build(certificate, private_key, None)
    }

    /// As `new`, but retransmissions come at the same moments in every run. Not for production: the hello's random
    /// bytes follow from the seed too.
    #[cfg(any(test, feature = "testing"))]
    pub fn seeded(certificate: Vec<u8>, private_key: Vec<u8>, seed: u64) -> Result<Self, InvalidIdentity> {
        Self::build(certificate, private_key, Some(seed))
    }

    fn build(certificate: Vec<u8>, private_key: Vec<u8>, seed: Option<u64>) -> Result<Self, InvalidIdentity> {
        // No cookie exchange: only addresses whose owner answered with the ICE password are ever replied to.
        let mut builder = Config::builder()
            .use_server_cookie(false)
            .flight_start_rto(FIRST_RETRY)
            .flight_retries(RETRIES)
            .handshake_timeout(HANDSHAKE)
            .max_queue_rx(MAX_QUEUE);
        if let Some(seed) = seed {
            builder = builder.dangerously_set_rng_seed(seed);
        }
        let config = builder.build().map_err(|_| InvalidIdentity)?;
        // The DTLS library panics of a key it cannot read and notices a foreign one only in a handshake: find out here.
        let provider = config.crypto_provider().key_provider;
        provider.load_private_key(&private_key).map_err(|_| InvalidIdentity)?;
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &private_key, &random);
        let key = key.map_err(|_| InvalidIdentity)?;
        let public = key.public_key().as_ref();
        if !certificate.windows(public.len()).any(|window| window == public) {
            return Err(InvalidIdentity);
        }
        let fingerprint = sha256(&certificate);
        let certificate = DtlsCertificate { certificate, private_key };
        let inner = Inner { config: Arc::new(config), certificate, fingerprint, base: base() };
        Ok(Identity { inner: Arc::new(inner) })
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }

    /// The moment that stands for the start of every association.
    pub(super) fn base(&self) -> Instant {
        self.inner.base
    }

    /// A fresh association at [`Identity::base`]. DTLS 1.2: its states survive junk that the 1.3 and automatic ones do not.
    pub(super) fn dtls(&self, active: bool, at: Instant) -> Dtls {
        let mut dtls = Dtls::new_12(self.inner.config.clone(), self.inner.certificate.clone(), at);
        dtls.set_active(active);
        dtls
    }
}

/// SHA-256, as fingerprints use it.
pub(super) fn sha256(bytes: &[u8]) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest(&SHA256, bytes).as_ref());
    fingerprint
}

/// Some `Instant`: the DTLS library counts in them and they cannot be made otherwise. Only differences of `Time` are ever
/// added, so this reading decides nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant to add differences of Time to; its value has no effect"
)]
fn base() -> Instant {
    Instant::now()
}
