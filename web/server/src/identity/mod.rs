//! Signed identity: a site's server vouches for its visitor with a token (RFC 7519), checked with the site's keys.

pub(crate) mod crypto;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use warmline_coordination::identity::Identity;
use warmline_time::Time;

/// Bytes of the shortest secret: as many as HS256 has in its tag (RFC 7518 §3.2).
const SECRET: usize = 32;
/// The longest token, in bytes.
const TOKEN: usize = 8 * 1024;
/// Seconds until a token's end, at most.
const LIFE: f64 = 3_600.0;
/// Seconds by which the clocks may differ.
const LEEWAY: f64 = 60.0;
/// Keys of one site: the one in use and those that come or go.
const KEYS: usize = 10;

/// With which keys a site signs its visitors' identities.
#[derive(Clone)]
pub struct SiteIdentity {
    keys: Vec<Key>,
    /// No token gives a higher priority.
    most: u8,
}

#[derive(Clone)]
struct Key {
    kid: Option<String>,
    /// Of the key, never of the token.
    algorithm: Algorithm,
    key: DecodingKey,
}

impl fmt::Debug for SiteIdentity {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteIdentity").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

/// What is wrong with a site's keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidIdentityKey {
    /// Shorter than 32 bytes, or a public key in a secret's place.
    Secret,
    /// No public key in PEM, or of a kind that is not taken.
    PublicKey,
    /// Two keys of the same name, or more than ten.
    Name,
}

impl fmt::Display for InvalidIdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidIdentityKey::Secret => "an identity secret has 32 bytes at least, and is no public key",
            InvalidIdentityKey::PublicKey => {
                "an identity public key is PEM (BEGIN PUBLIC KEY): RSA from 2048 bits, P-256 or Ed25519"
            }
            InvalidIdentityKey::Name => "each identity key of a site has a kid of its own, at most 10",
        })
    }
}

impl std::error::Error for InvalidIdentityKey {}

/// Why a token counts for nothing. Safe to be shown: nothing of the token is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadToken {
    /// The site has no keys.
    NotConfigured,
    /// No token, too long, or its claims are of the wrong kind.
    Malformed,
    /// Signed in another way than the site's key is for.
    Algorithm,
    /// By a key that the site has not.
    UnknownKey,
    /// By somebody else, or changed on its way.
    Signature,
    Expired,
    NotYet,
    /// Good for more than an hour.
    TooLong,
    /// For another site.
    Audience,
}

impl BadToken {
    /// Stable: metrics and pages call it so.
    pub fn code(self) -> &'static str {
        match self {
            BadToken::NotConfigured => "identity_not_configured",
            BadToken::Malformed => "identity_malformed",
            BadToken::Algorithm => "identity_algorithm",
            BadToken::UnknownKey => "identity_unknown_key",
            BadToken::Signature => "identity_signature",
            BadToken::Expired => "identity_expired",
            BadToken::NotYet => "identity_not_yet_valid",
            BadToken::TooLong => "identity_too_long",
            BadToken::Audience => "identity_audience",
        }
    }
}

/// Seconds are numbers, with a fraction or not (RFC 7519 §2).
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
    nbf: Option<f64>,
    name: Option<String>,
    email: Option<String>,
    #[serde(alias = "phone_number")]
    phone: Option<String>,
    #[serde(alias = "locale")]
    language: Option<String>,
    priority: Option<u8>,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
}

impl SiteIdentity {
    /// Without a key yet; tokens give a priority of at most `most`.
    pub fn new(most: u8) -> Self {
        crypto::install();
        SiteIdentity { keys: Vec::new(), most: most.min(7) }
    }

    /// Takes tokens signed with this secret (HS256), by the name that they carry as `kid`.
    ///
    /// # Errors
    /// The secret is too short, or the name is taken.
    pub fn with_secret(self, kid: Option<&str>, secret: &str) -> Result<Self, InvalidIdentityKey> {
        // A public key as a secret would let everybody sign.
        if secret.len() < SECRET || secret.contains("-----BEGIN") {
            return Err(InvalidIdentityKey::Secret);
        }
        self.with(kid, Algorithm::HS256, DecodingKey::from_secret(secret.as_bytes()))
    }

    /// Takes tokens signed with the other half of this key: RS256, ES256 or EdDSA, as the key is.
    ///
    /// # Errors
    /// It is no public key, of another kind or too weak, or the name is taken.
    pub fn with_public_key(self, kid: Option<&str>, pem: &str) -> Result<Self, InvalidIdentityKey> {
        let (algorithm, key) = crypto::public_key(pem).ok_or(InvalidIdentityKey::PublicKey)?;
        self.with(kid, algorithm, key)
    }

    fn with(
        mut self,
        kid: Option<&str>,
        algorithm: Algorithm,
        key: DecodingKey,
    ) -> Result<Self, InvalidIdentityKey> {
        let taken = self.keys.iter().any(|known| known.kid.as_deref() == kid);
        if taken || self.keys.len() == KEYS {
            return Err(InvalidIdentityKey::Name);
        }
        self.keys.push(Key { kid: kid.map(str::to_owned), algorithm, key });
        Ok(self)
    }

    /// Whom a token names, if it is this site's and good now.
    pub(crate) fn check(&self, site: &str, token: &str, now: Time) -> Result<Identity, BadToken> {
        if token.len() > TOKEN {
            return Err(BadToken::Malformed);
        }
        let header = decode_header(token).map_err(|error| reason(error.kind()))?;
        if header.crit.is_some() {
            // Nothing that must be understood is understood here (RFC 7515 §4.1.11).
            return Err(BadToken::Malformed);
        }
        let mut fits = self.keys.iter().filter(|key| key.kid == header.kid || self.keys.len() == 1);
        let key = fits.next().ok_or(BadToken::UnknownKey)?;
        let mut rules = Validation::new(key.algorithm);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        rules.set_audience(&[site]);
        // The times are looked at below, by our own clock.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &key.key, &rules).map_err(|error| reason(error.kind()))?.claims;
        in_time(&claims, now)?;
        self.identity(claims).tidy().ok_or(BadToken::Malformed)
    }

    fn identity(&self, claims: Claims) -> Identity {
        let attributes = claims.attributes.into_iter().filter_map(|(name, value)| {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(yes) => yes.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            Some((name, text))
        });
        Identity {
            customer: claims.sub,
            name: claims.name,
            email: claims.email,
            phone: claims.phone.map(|phone| phone.chars().filter(|c| !" -()".contains(*c)).collect()),
            language: claims.language,
            priority: claims.priority.map(|priority| priority.min(self.most)),
            attributes: attributes.collect(),
        }
    }
}

fn in_time(claims: &Claims, now: Time) -> Result<(), BadToken> {
    let now = now.as_secs() as f64;
    if claims.exp <= now - LEEWAY {
        return Err(BadToken::Expired);
    }
    if claims.exp > now + LIFE + LEEWAY {
        return Err(BadToken::TooLong);
    }
    if claims.nbf.is_some_and(|from| from > now + LEEWAY) {
        return Err(BadToken::NotYet);
    }
    Ok(())
}

fn reason(error: &ErrorKind) -> BadToken {
    match error {
        ErrorKind::InvalidSignature => BadToken::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::InvalidKeyFormat => {
            BadToken::Algorithm
        }
        ErrorKind::InvalidAudience => BadToken::Audience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => BadToken::Audience,
        _ => BadToken::Malformed,
    }
}

#[cfg(test)]
mod tests;
