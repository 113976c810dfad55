//! A provider's word: the ID token (OpenID Connect Core 1.0 §2), checked with the provider's published keys (RFC 7517).

use super::settings::OidcClaim;
use crate::identity::crypto;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use warmline_time::Time;

/// The longest token, in bytes.
const TOKEN: usize = 16 * 1024;
/// Keys of a provider that are kept.
const KEYS: usize = 50;
/// Seconds by which the clocks may differ.
const LEEWAY: f64 = 60.0;
/// Characters of a name that is compared.
const NAME: usize = 255;

/// One of a provider's keys.
pub(super) struct Key {
    kid: Option<String>,
    /// Of the key, never of the token.
    algorithm: Algorithm,
    key: DecodingKey,
}

/// A provider's keys that sign as we can check: RS256, ES256, EdDSA. Others are passed over.
pub(super) fn keys(body: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    crypto::install();
    let set: Set = serde_json::from_slice(body).ok()?;
    let jwks = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Some(jwks.filter_map(usable).take(KEYS).collect())
}

fn usable(jwk: Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        // A secret that is published is none.
        _ => return None,
    };
    let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
    let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| signs)?;
    Some(Key { kid: jwk.common.key_id, algorithm, key })
}

/// What a token has to say to count.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Time,
}

/// Why a token counts for nothing. Safe to be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadIdToken {
    Malformed,
    /// By a key that was not published, so far as we know.
    UnknownKey,
    Signature,
    Issuer,
    /// For somebody else.
    Audience,
    Expired,
    NotYet,
    /// Of another log-in.
    Nonce,
}

/// Seconds are numbers, with a fraction or not (RFC 7519 §2).
#[derive(Deserialize, Debug)]
pub(super) struct Claims {
    sub: String,
    aud: Value,
    azp: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    preferred_username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
}

impl Claims {
    /// Whom the token names. An address that the provider has not verified is anybody's.
    pub fn name(&self, claim: OidcClaim) -> Option<&str> {
        let name = match claim {
            OidcClaim::PreferredUsername => self.preferred_username.as_deref(),
            OidcClaim::Email => self.email.as_deref().filter(|_| self.email_verified == Value::Bool(true)),
            OidcClaim::Subject => Some(self.sub.as_str()),
        };
        name.filter(|name| !name.is_empty() && name.len() <= NAME)
    }
}

/// What a token claims, if it is this provider's, for us and for this log-in (OpenID Connect Core 1.0 §3.1.3.7).
pub(super) fn check(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Claims, BadIdToken> {
    if token.len() > TOKEN {
        return Err(BadIdToken::Malformed);
    }
    let header = decode_header(token).map_err(|_| BadIdToken::Malformed)?;
    if header.crit.is_some() {
        return Err(BadIdToken::Malformed);
    }
    let mut fits = keys.iter().filter(|key| match &header.kid {
        Some(kid) => key.kid.as_ref() == Some(kid),
        None => key.algorithm == header.alg,
    });
    let key = fits.next().ok_or(BadIdToken::UnknownKey)?;
    if header.kid.is_none() && fits.next().is_some() {
        return Err(BadIdToken::UnknownKey);
    }
    let mut rules = Validation::new(key.algorithm);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.set_issuer(&[expected.issuer]);
    rules.set_audience(&[expected.client_id]);
    // The times are looked at below, by our own clock.
    rules.validate_exp = false;
    let claims = decode::<Claims>(token, &key.key, &rules).map_err(|error| reason(error.kind()))?.claims;
    let several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    let ours = claims.azp.as_deref().map_or(!several, |party| party == expected.client_id);
    let now = expected.now.as_secs() as f64;
    let wrong = [
        (!ours, BadIdToken::Audience),
        (claims.exp <= now - LEEWAY, BadIdToken::Expired),
        (claims.nbf.is_some_and(|from| from > now + LEEWAY), BadIdToken::NotYet),
        (claims.nonce.as_deref() != Some(expected.nonce), BadIdToken::Nonce),
    ];
    match wrong.into_iter().find(|(is, _)| *is) {
        Some((_, why)) => Err(why),
        None => Ok(claims),
    }
}

fn reason(error: &ErrorKind) -> BadIdToken {
    match error {
        ErrorKind::InvalidSignature => BadIdToken::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::InvalidKeyFormat => {
            BadIdToken::Signature
        }
        ErrorKind::InvalidIssuer => BadIdToken::Issuer,
        ErrorKind::InvalidAudience => BadIdToken::Audience,
        _ => BadIdToken::Malformed,
    }
}
