//! Log-in at a firm's own provider over real connections: the way there and back, and everything that must not log anybody in (N13).

use crate::support::*;
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get as route_get, post as route_post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use warmline_web::{OidcSettings, WebSettings};

/// A time that tests do not live to see.
const FAR: u64 = 4_000_000_000;

/// A provider that says what the test wants.
struct Provider {
    issuer: String,
    pair: EcdsaKeyPair,
    says: Mutex<Says>,
}

#[derive(Default)]
struct Says {
    kid: &'static str,
    claims: Value,
    /// Of the token endpoint, where it is not 200.
    status: Option<u16>,
    issuer: Option<&'static str>,
    /// What the token endpoint was asked: its Authorization header and fields.
    asked: Vec<(String, HashMap<String, String>)>,
    described: usize,
}

impl Provider {
    async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        let says = Mutex::new(Says { kid: "k1", ..Says::default() });
        let provider = Arc::new(Provider { issuer, pair: pair.unwrap(), says });
        let app = Router::new()
            .route("/.well-known/openid-configuration", route_get(describe))
            .route("/keys", route_get(keys))
            .route("/token", route_post(token))
            .with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, app).await });
        provider
    }

    fn claims(&self, nonce: &str) -> Value {
        json!({"iss": self.issuer, "sub": "s-1", "aud": "warm line", "exp": FAR, "nonce": nonce, "preferred_username": "alice@acme"})
    }

    fn settings(&self) -> WebSettings {
        let mut oidc = OidcSettings::new("acme", &self.issuer, ("warm line", "a+b"), true).unwrap();
        oidc.label = "Acme".into();
        oidc.agents = [("alice@acme".to_owned(), "alice".to_owned())].into();
        let mut settings = settings();
        settings.oidc = vec![oidc];
        settings
    }
}

async fn describe(State(provider): State<Arc<Provider>>) -> Response {
    let mut says = provider.says.lock().unwrap();
    says.described += 1;
    let at = &provider.issuer;
    axum::Json(json!({
        "issuer": says.issuer.unwrap_or(at), "authorization_endpoint": format!("{at}/auth?tenant=1"),
        "token_endpoint": format!("{at}/token"), "jwks_uri": format!("{at}/keys"),
    }))
    .into_response()
}

async fn keys(State(provider): State<Arc<Provider>>) -> Response {
    let point = provider.pair.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
    axum::Json(json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "x": x, "y": y}]})).into_response()
}

async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut says = provider.says.lock().unwrap();
    let shown = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    says.asked.push((shown.to_owned(), fields));
    if let Some(status) = says.status {
        return (StatusCode::from_u16(status).unwrap(), "{\"error\":\"invalid_grant\"}").into_response();
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "ES256", "kid": says.kid})), part(&says.claims));
    let tag = provider.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag));
    axum::Json(json!({"access_token": "x", "token_type": "Bearer", "id_token": token})).into_response()
}

/// A browser that has asked to log in: where it is sent, and the cookie it has.
struct Begun {
    query: HashMap<String, String>,
    cookie: String,
}

async fn start(web: &Web, body: Value) -> Answer {
    call(&web.app, post("/v1/agent/oidc/start", DESK, body)).await
}

async fn begin(web: &Web, provider: &Provider) -> Begun {
    let answer = start(web, json!({"firm": "acme"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let url = answer.body["url"].as_str().unwrap();
    let query = url.strip_prefix(&format!("{}/auth?tenant=1&", provider.issuer)).expect(url);
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let set = cookie(&answer.headers);
    for word in ["warmline_oidc=", "HttpOnly", "SameSite=Lax", "Path=/v1/agent/oidc", "Max-Age=600"] {
        assert!(set.contains(word), "{set}");
    }
    Begun { query, cookie: set.split(';').next().unwrap().to_owned() }
}

async fn back(web: &Web, query: &str, cookie: &str) -> Answer {
    let path = format!("/v1/agent/oidc/callback?{query}");
    let answer = call(&web.app, request("GET", &path, &[("cookie", cookie)], Body::empty())).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer
}

/// The word that the log-in page is given.
fn word(answer: &Answer) -> &str {
    let to = answer.header("location");
    assert!(to.starts_with("/desktop/?"), "{to}");
    assert!(!set_cookies(answer).iter().any(|set| set.starts_with("warmline_agent=")), "logged in");
    to.rsplit_once("sign_in=").map_or("", |(_, word)| word)
}

fn set_cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
}

/// One whole round; `change` is what the provider says this time.
async fn round(web: &Web, provider: &Provider, change: impl Fn(&mut Says)) -> Answer {
    let begun = begin(web, provider).await;
    {
        let mut says = provider.says.lock().unwrap();
        says.claims = provider.claims(&begun.query["nonce"]);
        change(&mut says);
    }
    back(web, &format!("code=c&state={}", begun.query["state"]), &begun.cookie).await
}

#[tokio::test]
async fn an_agent_logs_in_at_his_firms_provider() {
    let provider = Provider::start().await;
    let mut web = Web::with(provider.settings(), usual);
    let ways = call(&web.app, get("/v1/agent/ways?firm=acme")).await;
    assert_eq!(ways.body, json!({"password": true, "oidc": {"firm": "acme", "label": "Acme"}}));
    for other in ["?firm=globex", "?firm=nobody", ""] {
        let ways = call(&web.app, get(&format!("/v1/agent/ways{other}"))).await;
        assert_eq!(ways.body, json!({"password": true, "oidc": null}), "{other}");
    }
    let begun = begin(&web, &provider).await;
    let asked = |name: &str| begun.query[name].as_str();
    assert_eq!(
        (asked("response_type"), asked("client_id"), asked("code_challenge_method")),
        ("code", "warm line", "S256")
    );
    assert_eq!(asked("redirect_uri"), format!("{DESK}/v1/agent/oidc/callback"));
    provider.says.lock().unwrap().claims = provider.claims(asked("nonce"));
    let answer = back(&web, &format!("code=c%2B1&state={}", asked("state")), &begun.cookie).await;
    assert_eq!(answer.header("location"), "/desktop/?firm=acme");
    assert_eq!(web.seen.recv().await, Some(warmline_coordination::request::Request::Login(alice())));
    let sets = set_cookies(&answer);
    assert!(sets.iter().any(|set| set.starts_with("warmline_oidc=;")), "{sets:?}");
    let session = sets.iter().find(|set| set.starts_with("warmline_agent=")).expect("a session");
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Strict"), "{session}");
    let session = session.split(';').next().unwrap();
    assert_eq!(web.desk("GET", "/v1/agent/session", session, "").await.status, 200);
    let (shown, fields) = provider.says.lock().unwrap().asked.remove(0);
    assert_eq!(shown, format!("Basic {}", STANDARD.encode("warm+line:a%2Bb")));
    assert_eq!((fields["code"].as_str(), fields["grant_type"].as_str()), ("c+1", "authorization_code"));
    let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(&fields["code_verifier"]));
    assert_eq!(
        (hashed.as_str(), fields["redirect_uri"].as_str()),
        (asked("code_challenge"), asked("redirect_uri"))
    );
}

#[tokio::test]
async fn a_state_is_of_one_browser_and_counts_once() {
    let provider = Provider::start().await;
    let web = Web::with(provider.settings(), usual);
    let (one, other) = (begin(&web, &provider).await, begin(&web, &provider).await);
    let query = |begun: &Begun| format!("code=c&state={}", begun.query["state"]);
    for (query, cookie) in [
        (query(&one), ""),
        (query(&one), other.cookie.as_str()),
        (query(&one), "warmline_oidc=forged"),
        ("code=c&state=forged".to_owned(), one.cookie.as_str()),
        ("code=c".to_owned(), one.cookie.as_str()),
        (String::new(), one.cookie.as_str()),
    ] {
        assert_eq!(word(&back(&web, &query, cookie).await), "oidc_state", "{query} {cookie}");
    }
    assert!(provider.says.lock().unwrap().asked.is_empty(), "the provider hears nothing of it");
    provider.says.lock().unwrap().claims = provider.claims(&one.query["nonce"]);
    assert_eq!(back(&web, &query(&one), &one.cookie).await.header("location"), "/desktop/?firm=acme");
    assert_eq!(word(&back(&web, &query(&one), &one.cookie).await), "oidc_state", "a second time");
    let open = format!("{}&redirect=https://evil.test&firm=//evil.test", query(&other));
    let elsewhere = back(&web, &open, &other.cookie).await;
    assert!(
        elsewhere.header("location").starts_with("/desktop/?firm=acme"),
        "{}",
        elsewhere.header("location")
    );
}

#[tokio::test]
async fn what_the_provider_says_is_checked() {
    let provider = Provider::start().await;
    let web = Web::with(provider.settings(), usual);
    let with = |name: &'static str, value: Value| move |says: &mut Says| says.claims[name] = value.clone();
    for (name, value, expected) in [
        ("preferred_username", json!("mallory"), "oidc_unknown_agent"),
        ("preferred_username", json!("alice"), "oidc_unknown_agent"),
        ("preferred_username", Value::Null, "oidc_unknown_agent"),
        ("exp", json!(1_000_000_000), "oidc_token"),
        ("nonce", json!("another"), "oidc_token"),
        ("aud", json!("somebody"), "oidc_token"),
        ("iss", json!("https://evil.test"), "oidc_token"),
    ] {
        let shown = format!("{name} {value}");
        let answer = round(&web, &provider, with(name, value)).await;
        assert_eq!(word(&answer), expected, "{shown}");
    }
    assert_eq!(word(&round(&web, &provider, |says| says.kid = "k2").await), "oidc_token");
    assert_eq!(word(&round(&web, &provider, |says| says.status = Some(400)).await), "oidc_refused");
    assert_eq!(word(&round(&web, &provider, |says| says.status = Some(503)).await), "oidc_unreachable");
    for (said, expected) in [
        ("error=access_denied", "oidc_cancelled"),
        ("error=invalid_scope", "oidc_refused"),
        ("code=c&iss=https://evil.test", "oidc_state"),
        ("code=", "oidc_state"),
    ] {
        let begun = begin(&web, &provider).await;
        let answer = back(&web, &format!("{said}&state={}", begun.query["state"]), &begun.cookie).await;
        assert_eq!(word(&answer), expected, "{said}");
    }
    assert_eq!(provider.says.lock().unwrap().described, 1, "its description is kept");
}

#[tokio::test]
async fn a_provider_that_is_away_or_another_is_told_of() {
    let provider = Provider::start().await;
    provider.says.lock().unwrap().issuer = Some("https://other.test");
    let web = Web::with(provider.settings(), usual);
    let answer = start(&web, json!({"firm": "acme"})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (502, "oidc_unreachable"));
    assert!(answer.headers.get("set-cookie").is_none());
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let issuer = format!("http://{closed}");
    let oidc = OidcSettings::new("acme", &issuer, ("a", "b"), true).unwrap();
    let mut settings = settings();
    settings.oidc = vec![oidc];
    let web = Web::with(settings, usual);
    assert_eq!(start(&web, json!({"firm": "acme"})).await.code(), "oidc_unreachable");
    assert_eq!(start(&web, json!({"firm": "globex"})).await.code(), "not_found");
    let elsewhere = post("/v1/agent/oidc/start", "https://evil.test", json!({"firm": "acme"}));
    assert_eq!(call(&web.app, elsewhere).await.code(), "origin_not_allowed");
}

#[tokio::test]
async fn where_passwords_are_not_taken_a_right_one_is_refused() {
    let provider = Provider::start().await;
    let mut settings = provider.settings();
    settings.oidc[0].only = true;
    let web = Web::with(settings, usual);
    assert_eq!(call(&web.app, get("/v1/agent/ways?firm=acme")).await.body["password"], false);
    let log_in = async |body: Value| call(&web.app, post("/v1/agent/login", DESK, body)).await;
    let answer = log_in(json!({"agent": "alice", "password": PASSWORD, "firm": "acme"})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "password_not_taken"));
    assert_eq!(log_in(json!({"agent": "alice", "password": PASSWORD})).await.code(), "wrong_password");
    let other = log_in(json!({"agent": "bob", "password": PASSWORD, "firm": "globex"})).await;
    assert_eq!(other.status, 200, "{}", other.text);
    assert_eq!(round(&web, &provider, |_| {}).await.header("location"), "/desktop/?firm=acme");
}
