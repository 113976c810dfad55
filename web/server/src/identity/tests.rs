//! Good tokens of each kind, and everything a forger tries.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::json;

const SECRET: &str = "a secret of a site: 32 bytes long";
const NOW: u64 = 1_795_000_000;

fn now() -> Time {
    Time::from_micros(NOW * 1_000_000)
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = unsigned(header, claims);
    let tag = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{tag}")
}

fn hs(secret: &str, header: &Value, claims: &Value) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    signed(header, claims, |text| ring::hmac::sign(&key, text).as_ref().to_vec())
}

fn hs256() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn claims() -> Value {
    json!({"sub": "c-1", "aud": "shop", "exp": NOW + 600})
}

/// The claims with one of them changed; null takes it out.
fn but(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn site() -> SiteIdentity {
    SiteIdentity::new(5).with_secret(None, SECRET).unwrap()
}

fn pem(der_start: &[u8], key: &[u8]) -> String {
    let text = STANDARD.encode([der_start, key].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn a_good_token_names_the_customer() {
    let mut said = claims();
    said["name"] = json!("Vera");
    said["phone_number"] = json!("+49 151 23456789");
    said["locale"] = json!("de-DE");
    said["priority"] = json!(7);
    said["attributes"] = json!({"plan": "gold", "orders": 3, "vip": true, "more": {"x": 1}});
    let who = site().check("shop", &hs(SECRET, &hs256(), &said), now()).unwrap();
    assert_eq!((who.customer.as_str(), who.name.as_deref()), ("c-1", Some("Vera")));
    assert_eq!((who.phone.as_deref(), who.language.as_deref()), (Some("+4915123456789"), Some("de-DE")));
    assert_eq!(who.priority, Some(5), "capped by the site's setting");
    assert_eq!(who.attributes.len(), 3);
    let several = but("aud", json!(["blog", "shop"]));
    assert!(site().check("shop", &hs(SECRET, &hs256(), &several), now()).is_ok());
}

#[test]
fn times_and_audience_are_checked() {
    for (claims, expected) in [
        (but("exp", json!(NOW - 61)), BadToken::Expired),
        (but("exp", json!(NOW + 3_661)), BadToken::TooLong),
        (but("exp", Value::Null), BadToken::Malformed),
        (but("exp", json!("soon")), BadToken::Malformed),
        (but("nbf", json!(NOW + 120)), BadToken::NotYet),
        (but("nbf", json!("never")), BadToken::Malformed),
        (but("aud", json!("blog")), BadToken::Audience),
        (but("aud", Value::Null), BadToken::Audience),
        (but("sub", Value::Null), BadToken::Malformed),
        (but("sub", json!(" ")), BadToken::Malformed),
        (but("sub", json!(7)), BadToken::Malformed),
    ] {
        let token = hs(SECRET, &hs256(), &claims);
        assert_eq!(site().check("shop", &token, now()), Err(expected), "{claims}");
    }
    for good in [json!(NOW - 59), json!(NOW + 3_600), json!(NOW as f64 + 0.5)] {
        assert!(site().check("shop", &hs(SECRET, &hs256(), &but("exp", good)), now()).is_ok());
    }
}

#[test]
fn a_forger_gets_nowhere() {
    let good = hs(SECRET, &hs256(), &claims());
    let check = |token: &str| site().check("shop", token, now()).err();
    assert_eq!(
        check(&hs("another secret that is long enough", &hs256(), &claims())),
        Some(BadToken::Signature)
    );
    let (start, tag) = good.rsplit_once('.').unwrap();
    let other = unsigned(&hs256(), &but("sub", json!("c-2")));
    assert_eq!(check(&format!("{other}.{tag}")), Some(BadToken::Signature));
    assert_eq!(check(&format!("{start}.")), Some(BadToken::Signature));
    for none in ["none", "None", "NONE", "HS1", ""] {
        let text = unsigned(&json!({"alg": none}), &claims());
        assert!(check(&format!("{text}.")).is_some(), "{none}");
        assert!(check(&format!("{text}.{tag}")).is_some(), "{none}");
    }
    for weaker in ["HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"] {
        let token = hs(SECRET, &json!({"alg": weaker}), &claims());
        assert_eq!(check(&token), Some(BadToken::Algorithm), "{weaker}");
    }
    let critical = json!({"alg": "HS256", "crit": ["b64"], "b64": false});
    assert_eq!(check(&hs(SECRET, &critical, &claims())), Some(BadToken::Malformed));
    for wrong in ["", "a.b", "a.b.c", "....", &"x".repeat(9_000), &good[1..]] {
        assert!(check(wrong).is_some());
    }
}

#[test]
fn a_public_key_checks_its_own_signatures_and_is_no_secret() {
    let random = SystemRandom::new();
    let ed =
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref())
            .unwrap();
    let ed_pem = pem(&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0], ed.public_key().as_ref());
    let site = SiteIdentity::new(7).with_public_key(None, &ed_pem).unwrap();
    let token = signed(&json!({"alg": "EdDSA"}), &claims(), |text| ed.sign(text).as_ref().to_vec());
    assert_eq!(site.check("shop", &token, now()).unwrap().customer, "c-1");
    // The old trick: the public key as the secret of an HMAC.
    for secret in [ed_pem.as_bytes(), ed_pem.trim().as_bytes(), ed.public_key().as_ref()] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let forged = signed(&hs256(), &claims(), |text| ring::hmac::sign(&key, text).as_ref().to_vec());
        assert_eq!(site.check("shop", &forged, now()), Err(BadToken::Algorithm));
    }
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let start = STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap();
    let ec_pem = pem(&start, ec.public_key().as_ref());
    let site = SiteIdentity::new(7).with_public_key(None, &ec_pem).unwrap();
    let token =
        signed(&json!({"alg": "ES256"}), &claims(), |text| ec.sign(&random, text).unwrap().as_ref().to_vec());
    assert_eq!(site.check("shop", &token, now()).unwrap().customer, "c-1");
    assert_eq!(site.check("blog", &token, now()), Err(BadToken::Audience));
}

#[test]
fn rsa_keys_are_read_and_check_their_own_signatures_only() {
    let text = rsa_pem();
    let (algorithm, key) = crypto::public_key(&text).unwrap();
    assert_eq!((algorithm, key.try_get_as_bytes().unwrap().len()), (Algorithm::RS256, 270));
    let site = SiteIdentity::new(7).with_public_key(Some("a"), &text).unwrap();
    let token = signed(&json!({"alg": "RS256"}), &claims(), |_| vec![1; 256]);
    assert_eq!(site.check("shop", &token, now()), Err(BadToken::Signature));
}

/// A modulus of 2048 bits in the frame of a public key.
fn rsa_pem() -> String {
    let mut key = vec![0x30, 0x82, 1, 0x0a, 2, 0x82, 1, 1, 0];
    key.extend([0xc3; 256]);
    key.extend([2, 3, 1, 0, 1]);
    let mut start =
        vec![0x30, 0x82, 1, 0x22, 0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    start.extend([3, 0x82, 1, 0x0f, 0]);
    pem(&start, &key)
}

#[test]
fn keys_are_rotated_by_their_name() {
    let old = "the old secret, 32 bytes at least";
    let keys = SiteIdentity::new(7).with_secret(Some("old"), old).unwrap();
    let keys = keys.with_secret(Some("new"), SECRET).unwrap();
    let header = |kid: &str| json!({"alg": "HS256", "kid": kid});
    let check =
        |secret: &str, header: Value| keys.check("shop", &hs(secret, &header, &claims()), now()).err();
    assert_eq!(check(old, header("old")), None);
    assert_eq!(check(SECRET, header("new")), None);
    assert_eq!(check(old, header("new")), Some(BadToken::Signature));
    assert_eq!(check(SECRET, header("x")), Some(BadToken::UnknownKey));
    assert_eq!(check(SECRET, hs256()), Some(BadToken::UnknownKey));
    assert_eq!(keys.with_secret(Some("new"), SECRET).err(), Some(InvalidIdentityKey::Name));
}

#[test]
fn weak_keys_are_refused() {
    let secret = |text: &str| SiteIdentity::new(7).with_secret(None, text).err();
    assert_eq!(secret("too short"), Some(InvalidIdentityKey::Secret));
    assert_eq!(secret(&rsa_pem()), Some(InvalidIdentityKey::Secret));
    for wrong in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", SECRET] {
        assert_eq!(
            SiteIdentity::new(7).with_public_key(None, wrong).err(),
            Some(InvalidIdentityKey::PublicKey)
        );
    }
    assert_eq!(format!("{:?}", site()), "SiteIdentity { keys: 1, .. }");
}
