//! Visitors whom the site signs in (G2), the number on file (G16), and what works now.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};
use warmline_coordination::request::{Mode, OpenNow, Reply, Request};
use warmline_web::{SiteIdentity, WebSettings};

const SECRET: &str = "the secret of the shop, 32 bytes";

fn token(secret: &str, change: impl FnOnce(&mut Value)) -> String {
    #[allow(clippy::disallowed_methods)]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({"sub": "c-1", "aud": "shop", "exp": now + 600, "name": "Vera"});
    change(&mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "HS256"})), part(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn with_keys() -> WebSettings {
    let mut settings = settings();
    let keys = SiteIdentity::new(5).with_secret(None, SECRET).unwrap();
    settings.identities.insert("shop".into(), keys);
    settings
}

/// A firm whose trunk is down, and which knows a number of whoever signs in.
fn by_browser_only(request: &Request) -> Reply {
    match request {
        Request::Offer { modes, identity, .. } => {
            let modes = modes.iter().copied().filter(|mode| *mode == Mode::Callme).collect();
            Reply::Offer {
                modes,
                on_file: identity.as_ref().map(|_| "•••6789".into()),
                now: OpenNow::default(),
            }
        }
        other => usual(other),
    }
}

async fn session(web: &Web, identity: &str) -> Value {
    let body = json!({"site": "shop", "identity": identity});
    let answer = call(&web.app, post("/v1/web/sessions", SHOP, body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn g2_a_session_says_whom_the_site_signed_for() {
    let web = Web::with(with_keys(), by_browser_only);
    let good = session(&web, &token(SECRET, |_| {})).await;
    assert_eq!((&good["identity"]["name"], &good["identity_problem"]), (&json!("Vera"), &Value::Null));
    assert_eq!(good["on_file"], "•••6789");
    assert_eq!(good["modes"], json!(["callme"]), "what works now");
}

#[tokio::test]
async fn g2_a_bad_token_makes_nobody_somebody_and_keeps_nobody_from_help() {
    let web = Web::with(with_keys(), by_browser_only);
    for (bad, code) in [
        (token("another secret of 32 bytes, guessed", |_| {}), "identity_signature"),
        (token(SECRET, |claims| claims["exp"] = json!(1)), "identity_expired"),
        (token(SECRET, |claims| claims["aud"] = json!("blog")), "identity_audience"),
        ("nonsense".to_owned(), "identity_malformed"),
    ] {
        let answer = session(&web, &bad).await;
        assert_eq!((&answer["identity"], &answer["on_file"]), (&Value::Null, &Value::Null));
        assert_eq!(answer["identity_problem"], code);
        assert!(!answer["visitor"].as_str().unwrap().is_empty());
    }
    let body = json!({"site": "blog", "identity": token(SECRET, |claims| claims["aud"] = json!("blog"))});
    let answer = call(&web.app, post("/v1/web/sessions", "https://blog.test", body)).await;
    assert_eq!(answer.body["identity_problem"], "identity_not_configured", "each site has its own keys");
}

#[tokio::test]
async fn g16_the_firm_is_asked_with_who_he_is_and_never_with_a_strangers_word() {
    let mut web = Web::with(with_keys(), usual);
    let visitor = web.visitor().await;
    let body = |identity: &str| {
        json!({
            "site": "shop", "mode": "callme", "visitor": visitor, "on_file": true, "identity": identity,
            "page": {"url": "https://shop.test/", "title": "Shop"}, "consent": {"version": "2026-11", "call": true},
        })
    };
    let mut open = async |identity: &str| {
        let answer = call(&web.app, post("/v1/web/reservations", SHOP, body(identity))).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        match web.next().await {
            Request::Open(open) => (open.identity.map(|who| who.customer), open.on_file, open.number),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(open(&token(SECRET, |_| {})).await, (Some("c-1".into()), true, None));
    assert_eq!(open("").await, (None, true, None), "the number of this browser, where the firm keeps it");
    // His page has shown him his own: nobody else's is called for him when his token has run out.
    let bad = token("not the secret of the shop, really", |_| {});
    let over = token(SECRET, |claims| claims["exp"] = json!(1));
    for token in [bad, over] {
        let answer = call(&web.app, post("/v1/web/reservations", SHOP, body(&token))).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (422, &json!("identity_required")));
        let slots = json!({"site": "shop", "on_file": true, "identity": token, "visitor": visitor});
        let answer = call(&web.app, post("/v1/web/slots", SHOP, slots)).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (422, &json!("identity_required")));
    }
}

#[tokio::test]
async fn a_firm_that_does_not_answer_costs_a_page_nothing() {
    let (web, requests) = Web::unanswered(with_keys(), 8);
    let answer = session(&web, "").await;
    assert_eq!(answer["modes"], json!(["dial", "callme"]), "as the site is configured");
    assert_eq!((&answer["identity"], &answer["identity_problem"]), (&Value::Null, &Value::Null));
    drop(requests);
    assert_eq!(session(&web, "").await["modes"], json!(["dial", "callme"]));
}
