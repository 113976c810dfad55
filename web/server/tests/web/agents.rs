//! The agents' plane: log-in, sessions, call control.

use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_coordination::effect::Audience;
use warmline_coordination::request::{AgentRef, Presence, Request};
use warmline_coordination::view::Notice;
use warmline_web::{Rate, Scheme, TrustedNet};

async fn log_in(web: &Web, body: Value) -> Answer {
    call(&web.app, post("/v1/agent/login", DESK, body)).await
}

#[tokio::test]
async fn a_log_in_gives_the_desktop_and_a_sealed_cookie() {
    let mut web = Web::new();
    let answer = log_in(&web, json!({"agent": "alice", "password": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["me"]["sip_ws"], "ws://desk.test:8080/sip");
    assert_eq!(
        answer.body["me"]["pageview_url"],
        "http://desk.test:8444/view?desktop=http%3A%2F%2Fdesk.test%3A8080"
    );
    assert_eq!(answer.body["colleagues"][0]["display_name"], "Bob");
    let url = answer.body["current"]["snapshot_url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://desk.test:8444/view/{}?token=", "ab".repeat(32))), "{url}");
    let cookie = cookie(&answer.headers);
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/v1/agent", "Max-Age=43200"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("alice"), "{cookie}");
    assert_eq!(web.seen.recv().await.unwrap(), Request::Login(alice()));
}

#[tokio::test]
async fn over_tls_the_cookie_is_secure_and_the_origin_https() {
    let web = Web::new();
    let body = json!({"agent": "alice", "password": PASSWORD});
    let mut request = post("/v1/agent/login", "https://desk.test:8080", body.clone());
    request.extensions_mut().insert(Scheme(true));
    let answer = call(&web.app, request).await;
    assert!(cookie(&answer.headers).contains("Secure"));
    assert_eq!(answer.body["me"]["sip_ws"], "wss://desk.test:8080/sip");
    let mut request = post("/v1/agent/login", DESK, body);
    request.extensions_mut().insert(Scheme(true));
    assert_eq!(call(&web.app, request).await.code(), "origin_not_allowed", "a page without TLS is another");
}

#[tokio::test]
async fn wrong_names_and_passwords_look_the_same() {
    let mut web = Web::new();
    let mut texts = Vec::new();
    for body in [
        json!({"agent": "alice", "password": "wrong"}),
        json!({"agent": "mallory", "password": PASSWORD}),
        json!({"agent": "alice", "firm": "globex", "password": PASSWORD}),
        json!({"agent": "bob", "password": PASSWORD}),
    ] {
        let answer = log_in(&web, body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "wrong_password"));
        assert!(answer.headers.get("set-cookie").is_none());
        texts.push(answer.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    assert!(web.seen.try_recv().is_err());
    let named = log_in(&web, json!({"agent": "bob", "firm": "globex", "password": PASSWORD})).await;
    assert_eq!(named.status, StatusCode::OK, "of two bobs the firm tells which");
    let globex = AgentRef { firm: "globex".into(), agent: "bob".into() };
    assert_eq!(web.seen.recv().await.unwrap(), Request::Login(globex));
}

#[tokio::test]
async fn five_wrong_passwords_a_minute_and_no_more_but_right_ones_are_free() {
    let web = Web::new();
    let attempt = |password| log_in(&web, json!({"agent": "alice", "password": password}));
    for _ in 0..8 {
        assert_eq!(attempt(PASSWORD).await.status, StatusCode::OK);
    }
    for _ in 0..5 {
        assert_eq!(attempt("wrong").await.code(), "wrong_password");
    }
    let answer = attempt(PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (429, "too_many"));
    assert!(answer.headers.contains_key("retry-after"));
    let colleague = log_in(&web, json!({"agent": "bob", "firm": "acme", "password": PASSWORD})).await;
    assert_eq!(colleague.status, StatusCode::OK, "colleagues of one office do not count against each other");
    let mut elsewhere = post("/v1/agent/login", DESK, json!({"agent": "alice", "password": PASSWORD}));
    elsewhere
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 77], 5))));
    assert_eq!(call(&web.app, elsewhere).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_address_does_not_try_a_password_on_many_names() {
    let mut settings = settings();
    settings.limits.wrong_log_ins = Rate::per_minute(3);
    let web = Web::with(settings, usual);
    for name in ["alice", "bob", "carol"] {
        let answer = log_in(&web, json!({"agent": name, "firm": "acme", "password": "wrong"})).await;
        assert_eq!(answer.code(), "wrong_password");
    }
    assert_eq!(log_in(&web, json!({"agent": "dave", "password": "wrong"})).await.code(), "too_many");
}

#[tokio::test]
async fn another_sites_page_can_do_nothing() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    let login = r#"{"agent":"alice","password":"correct horse"}"#;
    for (method, path, body) in CALLS.into_iter().chain([("POST", "/v1/agent/login", login)]) {
        for (origin, code) in [
            (Some("https://evil.test"), "origin_not_allowed"),
            (Some("null"), "origin_not_allowed"),
            (Some("http://desk.test:8444"), "origin_not_allowed"),
            (Some("http://desk.test"), "origin_not_allowed"),
            (None, "origin_missing"),
        ] {
            let mut headers = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let answer = call(&web.app, request(method, path, &headers, Body::from(body))).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, code), "{method} {path} {origin:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
    let headers = [("cookie", cookie.as_str()), ("origin", "https://evil.test")];
    let session = call(&web.app, request("GET", "/v1/agent/session", &headers, Body::empty())).await;
    assert_eq!(session.status.as_u16(), 403);
    assert_eq!(web.seen.recv().await.unwrap(), Request::Login(alice()));
    assert!(web.seen.try_recv().is_err(), "nothing reached the firm");
}

#[tokio::test]
async fn a_session_is_a_cookie_that_nobody_else_can_make() {
    let web = Web::new();
    let cookie = web.log_in().await;
    let session = async |cookie: &str| {
        let headers = [("cookie", cookie)];
        call(&web.app, request("GET", "/v1/agent/session", &headers, Body::empty())).await
    };
    let answer = session(&cookie).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["me"]["agent"], "alice");
    assert_eq!(answer.body["colleagues"][0]["reason"], "Break");
    assert_eq!(answer.body["me"]["sip_ws"], "ws://desk.test:8080/sip");
    let mut other_secret = settings();
    other_secret.cookie_secret = [4; 64];
    let foreign = Web::with(other_secret, usual).log_in().await;
    let at = cookie.len() / 2;
    let flipped = if cookie.as_bytes()[at] == b'A' { "B" } else { "A" };
    let tampered = format!("{}{flipped}{}", &cookie[..at], &cookie[at + 1..]);
    let renamed = cookie.replace("warmline_agent=", "other=");
    for wrong in [&foreign, &tampered, &renamed, "warmline_agent=x", "", &cookie[..cookie.len() - 4]] {
        let answer = session(wrong).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "no_session"), "{wrong}");
    }
}

#[tokio::test]
async fn whoever_leaves_the_configuration_ends_what_he_has_and_comes_in_no_more() {
    let web = Web::new();
    let cookie = web.log_in().await;
    for _ in 0..2 {
        let mut without = settings();
        without.directory.retain(|row| row.agent != "alice");
        web.state.reconfigure(without);
        assert_eq!(web.desk("POST", "/v1/agent/hangup", &cookie, "").await.status, StatusCode::NO_CONTENT);
    }
    let body = json!({"agent": "alice", "password": PASSWORD, "firm": "acme"});
    let again = call(&web.app, post("/v1/agent/login", DESK, body)).await;
    assert_eq!(again.code(), "wrong_password");
    // Her firm has logged her off: nothing is left.
    web.hub.publish(&Audience::Agent(alice()), &Notice::LoggedOff { by: None });
    assert_eq!(web.desk("POST", "/v1/agent/hangup", &cookie, "").await.code(), "no_session");
}

#[tokio::test]
async fn without_a_session_nothing_reaches_the_firm() {
    let mut web = Web::new();
    for (method, path, body) in CALLS {
        let answer = web.desk(method, path, "", body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "no_session"), "{path}");
    }
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_state_may_have_a_reason() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    let put =
        async |web: &Web, body: Value| web.desk("PUT", "/v1/agent/state", &cookie, &body.to_string()).await;
    let answer = put(&web, json!({"state": "not_ready", "reason": "Lunch"})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let expected = Request::Presence(alice(), Presence::NotReady, Some("Lunch".into()));
    assert_eq!(web.next().await, expected);
    put(&web, json!({"state": "ready"})).await;
    assert_eq!(web.next().await, Request::Presence(alice(), Presence::Ready, None));
    for (body, code) in [
        (json!({"state": "asleep"}), "invalid_json"),
        (json!({"state": "not_ready", "reason": ""}), "empty"),
        (json!({"state": "not_ready", "reason": "x".repeat(61)}), "too_long"),
        (json!({"state": "not_ready", "reason": "a\nb"}), "control_characters"),
    ] {
        assert_eq!(put(&web, body).await.code(), code);
    }
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_log_out_ends_all_sessions() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    assert_eq!(web.desk("POST", "/v1/agent/logout", &cookie, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(web.next().await, Request::Logout(alice()));
    assert_eq!(
        web.desk("GET", "/v1/agent/session", &cookie, "").await.code(),
        "no_session",
        "a copied cookie is no good after the log-out"
    );
    let again = web.log_in().await;
    assert_eq!(web.desk("GET", "/v1/agent/session", &again, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_log_out_takes_the_cookie_away() {
    let web = Web::new();
    let logged_in = web.log_in().await;
    let answer = web.desk("POST", "/v1/agent/logout", &logged_in, "").await;
    let cookie = cookie(&answer.headers);
    assert!(cookie.starts_with("warmline_agent=;") && cookie.contains("Max-Age=0"), "{cookie}");
    assert!(cookie.contains("Path=/v1/agent"), "{cookie}");
}

#[tokio::test]
async fn a_log_out_holds_even_if_the_firm_does_not_take_it() {
    let web = Web::with(settings(), |request| match request {
        Request::Logout(_) => refusing(request),
        other => usual(other),
    });
    let cookie = web.log_in().await;
    assert_eq!(web.desk("POST", "/v1/agent/logout", &cookie, "").await.status.as_u16(), 429);
    assert_eq!(web.desk("GET", "/v1/agent/session", &cookie, "").await.code(), "no_session");
}

#[tokio::test]
async fn behind_a_proxy_the_public_origin_counts() {
    let mut settings = settings();
    settings.public_origins = vec!["https://desk.acme.test".into()];
    settings.trusted_proxies = vec!["192.0.2.1".parse::<TrustedNet>().unwrap()];
    let web = Web::with(settings, usual);
    let body = json!({"agent": "alice", "password": PASSWORD});
    let mut request = post("/v1/agent/login", "https://desk.acme.test", body.clone());
    request.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
    let answer = call(&web.app, request).await;
    assert_eq!(answer.body["me"]["sip_ws"], "wss://desk.acme.test/sip");
    assert!(cookie(&answer.headers).contains("Secure"));
    let answer = call(&web.app, post("/v1/agent/login", DESK, body)).await;
    assert_eq!(answer.code(), "origin_not_allowed", "the Host header alone is not enough");
}
