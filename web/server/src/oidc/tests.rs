//! ID tokens: a good one of each kind of key, and everything that must not count.

use super::settings::OidcClaim;
use super::token::{BadIdToken, Claims, Expected, Key, check, keys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use warmline_time::Time;

const NOW: u64 = 1_795_000_000;
const ISSUER: &str = "https://id.test";

struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        Signer { pair: pair.unwrap(), random }
    }

    fn jwk(&self, kid: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": x, "y": y})
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        signed(header, claims, |text| self.pair.sign(&self.random, text).unwrap().as_ref().to_vec())
    }
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let tag = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{tag}")
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "k1"})
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "s-1", "aud": "warmline", "exp": NOW + 300, "iat": NOW, "nonce": "n",
        "preferred_username": "alice", "email": "alice@acme.test", "email_verified": true
    })
}

/// The claims with one of them changed; null takes it out.
fn but(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn published(all: &[Value]) -> Vec<Key> {
    keys(json!({ "keys": all }).to_string().as_bytes()).unwrap()
}

fn judge(token: &str, keys: &[Key]) -> Result<Claims, BadIdToken> {
    let now = Time::from_micros(NOW * 1_000_000);
    check(token, keys, &Expected { issuer: ISSUER, client_id: "warmline", nonce: "n", now })
}

#[test]
fn a_good_token_names_the_agent_by_the_claim_that_is_asked_for() {
    let signer = Signer::new();
    let keys = published(&[signer.jwk("k1")]);
    let said = judge(&signer.token(&header(), &claims()), &keys).unwrap();
    assert_eq!(said.name(OidcClaim::PreferredUsername), Some("alice"));
    assert_eq!(said.name(OidcClaim::Email), Some("alice@acme.test"));
    assert_eq!(said.name(OidcClaim::Subject), Some("s-1"));
    for unverified in [json!(false), json!("true"), Value::Null] {
        let said = judge(&signer.token(&header(), &but("email_verified", unverified)), &keys).unwrap();
        assert_eq!(said.name(OidcClaim::Email), None, "anybody's address");
    }
    let unnamed = json!({"alg": "ES256"});
    assert!(judge(&signer.token(&unnamed, &claims()), &keys).is_ok());
}

#[test]
fn every_claim_is_checked() {
    let signer = Signer::new();
    let keys = published(&[signer.jwk("k1")]);
    let mut several = but("aud", json!(["warmline", "other"]));
    let said = |claims: &Value| judge(&signer.token(&header(), claims), &keys).err();
    assert_eq!(said(&several), Some(BadIdToken::Audience), "several, and not said who asked");
    several["azp"] = json!("warmline");
    assert_eq!(said(&several), None);
    for (claims, expected) in [
        (but("iss", json!("https://evil.test")), BadIdToken::Issuer),
        (but("iss", json!("https://id.test/")), BadIdToken::Issuer),
        (but("iss", Value::Null), BadIdToken::Malformed),
        (but("aud", json!("other")), BadIdToken::Audience),
        (but("azp", json!("other")), BadIdToken::Audience),
        (but("exp", json!(NOW - 61)), BadIdToken::Expired),
        (but("exp", Value::Null), BadIdToken::Malformed),
        (but("nbf", json!(NOW + 120)), BadIdToken::NotYet),
        (but("nonce", json!("m")), BadIdToken::Nonce),
        (but("nonce", Value::Null), BadIdToken::Nonce),
        (but("sub", Value::Null), BadIdToken::Malformed),
    ] {
        assert_eq!(said(&claims), Some(expected), "{claims}");
    }
}

#[test]
fn nobody_else_signs() {
    let (signer, other) = (Signer::new(), Signer::new());
    let keys = published(&[signer.jwk("k1")]);
    let said = |token: &str| judge(token, &keys).err();
    assert_eq!(said(&other.token(&header(), &claims())), Some(BadIdToken::Signature));
    let renamed = json!({"alg": "ES256", "kid": "k2"});
    assert_eq!(said(&other.token(&renamed, &claims())), Some(BadIdToken::UnknownKey));
    let good = signer.token(&header(), &claims());
    let (text, tag) = good.rsplit_once('.').unwrap();
    for none in ["none", "None", ""] {
        let token = signed(&json!({"alg": none, "kid": "k1"}), &claims(), |_| Vec::new());
        assert!(said(&token).is_some(), "{none}");
    }
    // The old trick: the public key as the secret of an HMAC.
    for secret in [signer.pair.public_key().as_ref(), b"warmline"] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let forged = signed(&json!({"alg": "HS256", "kid": "k1"}), &claims(), |text| {
            ring::hmac::sign(&key, text).as_ref().to_vec()
        });
        assert_eq!(said(&forged), Some(BadIdToken::Signature));
    }
    let critical = json!({"alg": "ES256", "kid": "k1", "crit": ["x"], "x": 1});
    assert_eq!(said(&signer.token(&critical, &claims())), Some(BadIdToken::Malformed));
    for wrong in ["", "a.b.c", &format!("{text}."), &format!("{text}.{}", &tag[2..]), &"x".repeat(20_000)] {
        assert!(said(wrong).is_some());
    }
}

#[test]
fn of_a_key_set_only_what_we_can_check_is_kept() {
    let random = SystemRandom::new();
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let ed = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8.as_ref()).unwrap();
    let x = URL_SAFE_NO_PAD.encode(ed.public_key());
    let signer = Signer::new();
    let mut encrypts = signer.jwk("k1");
    encrypts["use"] = json!("enc");
    let n = URL_SAFE_NO_PAD.encode([0xc3; 256]);
    let found = published(&[
        encrypts,
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}),
        json!({"kty": "new", "kid": "k1"}),
        json!("no key"),
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed"}),
        json!({"kty": "RSA", "n": n, "e": "AQAB", "kid": "rsa"}),
    ]);
    assert_eq!(found.len(), 2);
    let token =
        signed(&json!({"alg": "EdDSA", "kid": "ed"}), &claims(), |text| ed.sign(text).as_ref().to_vec());
    assert!(judge(&token, &found).is_ok());
    let token = signed(&json!({"alg": "RS256", "kid": "rsa"}), &claims(), |_| vec![1; 256]);
    assert_eq!(judge(&token, &found).err(), Some(BadIdToken::Signature));
    assert!(keys(b"{}").is_none() && keys(b"no").is_none());
}
