//! The cryptography of tokens, by `ring` as everywhere: only what a site may sign with, and checking only.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `ring` what checks tokens in this process.
pub(crate) fn install() {
    // Installed already: by ourselves, for another site.
    let _ = RING.install_default();
}

/// A public key in PEM, and what it is for.
pub(super) fn public_key(pem: &str) -> Option<(Algorithm, DecodingKey)> {
    let pem = pem.as_bytes();
    let length = |key: &DecodingKey| key.try_get_as_bytes().map_or(0, <[u8]>::len);
    // An uncompressed point of P-256; P-384 is longer.
    let ec = DecodingKey::from_ec_pem(pem).ok().filter(|key| length(key) == 65);
    let ed = DecodingKey::from_ed_pem(pem).ok().filter(|key| length(key) == 32);
    // The modulus alone has 256 bytes from 2048 bits on.
    let rsa = DecodingKey::from_rsa_pem(pem).ok().filter(|key| length(key) > 256);
    let private = std::str::from_utf8(pem).is_ok_and(|text| text.contains("PRIVATE KEY"));
    ec.map(|key| (Algorithm::ES256, key))
        .or(ed.map(|key| (Algorithm::EdDSA, key)))
        .or(rsa.map(|key| (Algorithm::RS256, key)))
        .filter(|_| !private)
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let (family, public): (_, Option<&'static dyn VerificationAlgorithm>) = match algorithm {
        Algorithm::HS256 => (AlgorithmFamily::Hmac, None),
        Algorithm::RS256 => (AlgorithmFamily::Rsa, Some(&RSA_PKCS1_2048_8192_SHA256)),
        Algorithm::ES256 => (AlgorithmFamily::Ec, Some(&ECDSA_P256_SHA256_FIXED)),
        Algorithm::EdDSA => (AlgorithmFamily::Ed, Some(&ED25519)),
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    // A key is for one kind of signature: a public key never checks an HMAC.
    if key.family() != family {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let bytes = match key.kind() {
        DecodingKeyKind::SecretOrDer(bytes) => bytes,
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            return Ok(Box::new(Rsa(RsaPublicKeyComponents { n: n.clone(), e: e.clone() })));
        }
    };
    Ok(match public {
        None => Box::new(Secret(hmac::Key::new(hmac::HMAC_SHA256, bytes))),
        Some(kind) => {
            Box::new(Public { algorithm: *algorithm, key: UnparsedPublicKey::new(kind, bytes.clone()) })
        }
    })
}

struct Secret(hmac::Key);

impl Verifier<Vec<u8>> for Secret {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Secret {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

struct Public {
    algorithm: Algorithm,
    key: UnparsedPublicKey<Vec<u8>>,
}

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.key.verify(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// An RSA key as key sets have it (RFC 7518 §6.3.1).
struct Rsa(RsaPublicKeyComponents<Vec<u8>>);

impl Verifier<Vec<u8>> for Rsa {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Rsa {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}
