//! The visitors' plane.

use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{ChannelChange, Consent, Mode, Request};
use warmline_time::Time;
use warmline_web::{Rate, TurnServer};

pub fn reservation_body(visitor: &str) -> Value {
    json!({
        "site": "shop", "mode": "dial", "visitor": visitor,
        "page": {"url": "https://shop.test/printers/42", "title": "Printer 42"},
    })
}

pub async fn open(web: &Web, body: Value) -> Answer {
    call(&web.app, post("/v1/web/reservations", SHOP, body)).await
}

#[tokio::test]
async fn a_visitor_keeps_the_id_that_we_sealed_and_no_other() {
    let web = Web::new();
    let first = call(&web.app, post("/v1/web/sessions", SHOP, json!({"site": "shop"}))).await;
    assert_eq!(first.body["consent_version"], "2026-11");
    assert_eq!(first.body["countries"], json!(["DE"]));
    assert_eq!(first.body["modes"], json!(["dial", "callme"]));
    assert_eq!(first.body["brand"], "Acme");
    let visitor = first.body["visitor"].as_str().unwrap();
    assert!(visitor.starts_with("wlv_"), "{visitor}");
    let session = async |site: &str, origin: &str, visitor: &str| {
        let body = json!({"site": site, "visitor": visitor});
        call(&web.app, post("/v1/web/sessions", origin, body)).await.body["visitor"].clone()
    };
    assert_eq!(session("shop", SHOP, visitor).await, visitor);
    assert_eq!(session("blog", "https://blog.test", visitor).await, visitor, "a site of the same firm");
    let unsealed = visitor.split('.').next().unwrap();
    assert_ne!(session("shop", SHOP, unsealed).await, unsealed);
    assert_ne!(session("globex", "https://globex.test", visitor).await, visitor);
    assert_ne!(session("shop", SHOP, "<script>").await, "<script>");
}

#[tokio::test]
async fn only_pages_of_the_site_may_ask() {
    let web = Web::new();
    let body = || json!({"site": "shop"});
    let path = "/v1/web/sessions";
    let json_type = [("content-type", "application/json")];
    let without = request("POST", path, &json_type, Body::from(body().to_string()));
    let answer = call(&web.app, without).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "origin_missing"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    for origin in ["https://evil.test", "null", "https://shop.test.evil.test", "http://shop.test"] {
        let answer = call(&web.app, post(path, origin, body())).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "origin_not_allowed"), "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    let other = call(&web.app, post(path, "https://blog.test", body())).await;
    assert_eq!((other.status, other.code()), (StatusCode::FORBIDDEN, "origin_not_allowed"));
    let unknown = call(&web.app, post(path, SHOP, json!({"site": "x"}))).await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::NOT_FOUND, "unknown_site"));
}

#[tokio::test]
async fn cross_origin_answers_are_for_the_site_and_without_credentials() {
    let web = Web::new();
    let headers = [("origin", SHOP), ("access-control-request-method", "POST")];
    let preflight = call(&web.app, request("OPTIONS", "/v1/web/reservations", &headers, Body::empty())).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.header("access-control-allow-origin"), SHOP);
    assert!(preflight.header("access-control-allow-headers").contains("idempotency-key"));
    assert!(preflight.header("access-control-allow-methods").contains("DELETE"));
    assert_eq!(preflight.header("access-control-allow-credentials"), "");
    assert_eq!(preflight.header("vary"), "origin");
    let headers = [("origin", "https://evil.test"), ("access-control-request-method", "POST")];
    let refused = call(&web.app, request("OPTIONS", "/v1/web/reservations", &headers, Body::empty())).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let problem = open(&web, reservation_body("wlv_x")).await;
    assert_eq!(problem.code(), "unknown_visitor");
    assert_eq!(problem.header("access-control-allow-origin"), SHOP, "a page can read why it was refused");
    assert_eq!(problem.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn a_reservation_reaches_the_firm_checked_and_whole() {
    let mut web = Web::new();
    let visitor = web.visitor().await;
    let title = "<img src=x onerror=alert(1)>\u{202e}\r\n</script>";
    let mut body = reservation_body(&visitor);
    body["mode"] = json!("callme");
    body["page"]["title"] = json!(title);
    body["page"]["attributes"] = json!({"plan": "<b>pro</b>\n"});
    body["snapshot"] = json!("<p>ä</p>");
    body["consent"] = json!({"version": "2026-11", "call": true, "text": "y".repeat(501)});
    assert_eq!(open(&web, body.clone()).await.code(), "too_long");
    body["consent"]["text"] = json!("Yes, call me.");
    body["number"] = json!("030 1234567");
    body["name"] = json!("Zoë O'Neill");
    let mut request = post("/v1/web/reservations", SHOP, body);
    request.headers_mut().insert("idempotency-key", "7b2e".parse().unwrap());
    let answer = call(&web.app, request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.body["number"], "+493012345003");
    assert!(answer.body["stream"].as_str().unwrap().starts_with("/v1/web/stream?token=rsv_"));
    assert!(answer.body["key"].is_string() && answer.body["token"].is_null());
    assert_eq!(answer.body["ice_servers"], json!([]), "for who calls by phone there is nothing to go round");
    let Request::Open(open) = web.next().await else { panic!() };
    let hash = "711d815b8bda204082e74bf562a1cfc65526dda4e113b25c535d634433245a80";
    assert_eq!(open.snapshot.as_deref(), Some(hash), "its SHA-256");
    assert_eq!(web.store.kept.lock().unwrap()[hash], "<p>ä</p>");
    assert_eq!(*web.store.log.lock().unwrap(), ["put", "request"], "the snapshot is in the store first");
    assert_eq!((open.site.as_str(), open.mode), ("shop", Mode::Callme));
    assert!(visitor.starts_with(&open.visitor.to_string()));
    assert_eq!(open.address.len(), 32, "what stands for the address");
    assert!(!open.address.contains("192.0.2.1"));
    assert_eq!(open.page.title, title.replace("\r\n", "  "), "data, whatever it looks like");
    assert_eq!(open.page.attributes["plan"], "<b>pro</b> ");
    let agreed = Consent { version: "2026-11".into(), call: true, text: Some("Yes, call me.".into()) };
    assert_eq!(open.consent, Some(agreed));
    assert_eq!((open.number.as_deref(), open.name.as_deref()), (Some("030 1234567"), Some("Zoë O'Neill")));
    assert_eq!(open.idempotency_key.as_deref(), Some("7b2e"));
}

#[tokio::test]
async fn a_reservation_that_was_there_is_200_with_the_same_keys() {
    let web = Web::new();
    let visitor = web.visitor().await;
    let first = open(&web, reservation_body(&visitor)).await;
    let mut request = post("/v1/web/reservations", SHOP, reservation_body(&visitor));
    request.headers_mut().insert("idempotency-key", "again".parse().unwrap());
    let again = call(&web.app, request).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn what_breaks_a_rule_of_form_is_refused_with_a_code() {
    let mut settings = settings();
    settings.limits.reservations = Rate::per_minute(1_000);
    let mut web = Web::with(settings, usual);
    let visitor = web.visitor().await;
    let cases = [
        ("/visitor", json!("wlv_00000000000000000000000000"), "unknown_visitor"),
        ("/visitor", json!(visitor.replace("wlv_0", "wlv_1")), "unknown_visitor"),
        ("/mode", json!("browser"), "mode_not_offered"),
        ("/page/url", json!("javascript:alert(1)"), "url_not_allowed"),
        ("/page/url", json!("file:///etc/passwd"), "url_not_allowed"),
        ("/page/url", json!(format!("https://shop.test/{}", "a".repeat(2_048))), "url_not_allowed"),
        ("/page/attributes", json!({"Plan": "pro"}), "attributes_invalid"),
        ("/page/attributes", json!(["pro"]), "attributes_invalid"),
        ("/name", json!("Eve\r\nTo: <sip:x>"), "control_characters"),
        ("/name", json!("a\u{0}"), "control_characters"),
        ("/name", json!("a".repeat(101)), "too_long"),
        ("/number", json!("+49\n30"), "control_characters"),
        ("/number", json!("0".repeat(41)), "too_long"),
        ("/consent", json!({"version": "1\r", "call": true}), "control_characters"),
        ("/snapshot", json!("a".repeat(400_001)), "snapshot_too_large"),
    ];
    for (pointer, value, code) in cases {
        let mut body = reservation_body(&visitor);
        body["page"]["attributes"] = json!({});
        match body.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => body[&pointer[1..]] = value.clone(),
        }
        let answer = open(&web, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, code), "{pointer} {value}");
    }
    for key in ["", "a b", "a\tb"] {
        let mut request = post("/v1/web/reservations", SHOP, reservation_body(&visitor));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        assert_eq!(call(&web.app, request).await.code(), "idempotency_key_invalid");
    }
    assert!(web.seen.try_recv().is_err(), "nothing of that reached the firm");
}

#[tokio::test]
async fn bodies_are_json_and_bounded() {
    let web = Web::new();
    let send = async |kind: &str, body: Vec<u8>| {
        let headers = [("origin", SHOP), ("content-type", kind)];
        call(&web.app, request("POST", "/v1/web/reservations", &headers, body.into())).await
    };
    let large = send("application/json", vec![b' '; 512 * 1024 + 1]).await;
    assert_eq!((large.status.as_u16(), large.code()), (413, "body_too_large"));
    assert_eq!(large.header("access-control-allow-origin"), SHOP);
    for wrong in
        [&b"{"[..], b"", b"[]", b"{\"site\":1}", b"{\"site\":\"\xff\"}", "[".repeat(10_000).as_bytes()]
    {
        let answer = send("application/json", wrong.to_vec()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "invalid_json"));
        assert!(answer.body["detail"].as_str().unwrap().starts_with("The body is not"), "{answer:?}");
        assert_eq!(answer.body["title"], "Bad Request");
    }
    let form = send("text/plain", b"{}".to_vec()).await;
    assert_eq!((form.status.as_u16(), form.code()), (415, "unsupported_media_type"));
    assert_eq!(send("application/json; charset=utf-8", b"{".to_vec()).await.code(), "invalid_json");
}

#[tokio::test]
async fn an_address_has_its_rate() {
    let mut settings = settings();
    settings.limits.reservations = Rate { per_minute: 2, burst: 2 };
    settings.trusted_proxies = vec!["192.0.2.0/24".parse().unwrap()];
    let web = Web::with(settings, usual);
    let visitor = web.visitor().await;
    let ask = async |forwarded: &'static str| {
        let mut request = post("/v1/web/reservations", SHOP, reservation_body(&visitor));
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        call(&web.app, request).await
    };
    assert_eq!(ask("203.0.113.1").await.status, StatusCode::CREATED);
    assert_eq!(ask("203.0.113.1").await.status, StatusCode::CREATED);
    let refused = ask("203.0.113.1").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "too_many"));
    assert!((1..=30).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(ask("1.2.3.4, 203.0.113.1").await.code(), "too_many", "what the stranger wrote is no address");
    assert_eq!(ask("203.0.113.2").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_switch_that_cannot_says_503_and_when_to_come_back() {
    let (web, requests) = Web::unanswered(settings(), 1);
    let visitor = web.visitor().await;
    let app = web.app.clone();
    let first = tokio::spawn({
        let request = post("/v1/web/reservations", SHOP, reservation_body(&visitor));
        async move { call(&app, request).await }
    });
    while requests.is_empty() {
        tokio::task::yield_now().await;
    }
    let full = open(&web, reservation_body(&visitor)).await;
    assert_eq!((full.status.as_u16(), full.code(), full.header("retry-after")), (503, "overloaded", "1"));
    drop(requests);
    let dropped = first.await.unwrap();
    assert_eq!(
        (dropped.status.as_u16(), dropped.code(), dropped.header("retry-after")),
        (503, "no_answer", "1")
    );
}

#[tokio::test]
async fn a_firm_that_never_answers_is_a_timeout() {
    let mut settings = settings();
    settings.limits.answer_within = std::time::Duration::from_millis(20);
    let (web, _requests) = Web::unanswered(settings, 1);
    let visitor = web.visitor().await;
    let answer = open(&web, reservation_body(&visitor)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "timeout"));
}

#[tokio::test]
async fn without_a_store_there_is_no_reservation_with_a_snapshot() {
    let mut web = Web::new();
    let visitor = web.visitor().await;
    web.store.full.store(true, Ordering::Relaxed);
    let mut body = reservation_body(&visitor);
    body["snapshot"] = json!("<p></p>");
    let answer = open(&web, body).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "store_unavailable"));
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_refusal_of_the_firm_is_passed_on() {
    let web = Web::with(settings(), refusing);
    let visitor = web.visitor().await;
    let answer = open(&web, reservation_body(&visitor)).await;
    assert_eq!(answer.status.as_u16(), 429);
    assert_eq!(answer.header("retry-after"), "33");
    assert_eq!(
        answer.body,
        json!({"type": "about:blank", "status": 429, "code": "number_not_allowed", "title": "Too Many Requests",
               "detail": "The number is not allowed."})
    );
}

#[tokio::test]
async fn the_key_of_a_reservation_opens_that_one_only() {
    let mut web = Web::new();
    let visitor = web.visitor().await;
    let opened = open(&web, reservation_body(&visitor)).await.body;
    web.next().await;
    let id = opened["id"].as_str().unwrap();
    let key = format!("Bearer {}", opened["key"].as_str().unwrap());
    let send = async |method: &str, path: String, origin: &str, key: &str| {
        let headers = [("origin", origin), ("authorization", key)];
        call(&web.app, request(method, &path, &headers, Body::empty())).await
    };
    let path = format!("/v1/web/reservations/{id}");
    let other = format!("/v1/web/reservations/{}", ReservationId::mint(Time::ZERO, 2));
    for (path, origin, key) in [
        (&path, SHOP, ""),
        (&path, SHOP, "Bearer 00"),
        (&path, SHOP, key.trim_start_matches("Bearer ")),
        (&path, "https://globex.test", &key),
        (&other, SHOP, &key),
    ] {
        let answer = send("DELETE", path.clone(), origin, key).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "wrong_key"), "{path} {origin} {key}");
    }
    let garbage = send("DELETE", "/v1/web/reservations/x".into(), SHOP, &key).await;
    assert_eq!((garbage.status.as_u16(), garbage.code()), (404, "unknown_reservation"));
    assert_eq!(send("POST", format!("{path}/dial-intent"), SHOP, &key).await.status, StatusCode::NO_CONTENT);
    let renew = format!("{path}/renew");
    assert_eq!(send("POST", renew.clone(), SHOP, "Bearer 00").await.code(), "wrong_key");
    assert_eq!(send("POST", renew.clone(), "https://globex.test", &key).await.code(), "wrong_key");
    assert_eq!(send("POST", renew, SHOP, &key).await.status, StatusCode::NO_CONTENT);
    assert_eq!(send("DELETE", path.clone(), SHOP, &key).await.status, StatusCode::NO_CONTENT);
    let wrong_method = send("PATCH", path.clone(), SHOP, &key).await;
    assert_eq!((wrong_method.status.as_u16(), wrong_method.code()), (405, "method_not_allowed"));
    let reservation: ReservationId = id.parse().unwrap();
    assert_eq!(web.next().await, Request::DialIntent { reservation });
    assert_eq!(web.next().await, Request::Renew { reservation });
    assert_eq!(web.next().await, Request::Cancel { reservation });
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn c8_the_key_of_a_call_changes_its_channel() {
    let mut settings = settings();
    settings.turn = Some(TurnServer::new(vec!["turn:relay.test".into()], "a secret of the relay"));
    let mut web = Web::with(settings, usual);
    let visitor = web.visitor().await;
    let opened = open(&web, reservation_body(&visitor)).await.body;
    assert_eq!(opened["ice_servers"], json!([]), "who calls by phone needs no way round");
    web.next().await;
    let key = format!("Bearer {}", opened["key"].as_str().unwrap());
    let path = format!("/v1/web/reservations/{}/channel", opened["id"].as_str().unwrap());
    let send = async |key: &str, body: serde_json::Value| {
        let headers = [("origin", SHOP), ("authorization", key), ("content-type", "application/json")];
        call(&web.app, request("POST", &path, &headers, Body::from(body.to_string()))).await
    };
    let consent = json!({"version": "1", "call": true});
    let body = json!({"mode": "callme", "number": "0151 23456789", "consent": consent});
    assert_eq!(send("Bearer 00", body.clone()).await.code(), "wrong_key");
    assert_eq!(
        send(&key, json!({"mode": "browser"})).await.code(),
        "mode_not_offered",
        "the site has it not"
    );
    assert_eq!(send(&key, json!({"mode": "fax"})).await.code(), "invalid_json");
    let long = json!({"mode": "callme", "number": "1".repeat(41)});
    assert_eq!(send(&key, long).await.code(), "too_long");
    let answer = send(&key, body).await;
    assert_eq!((answer.status, &answer.body["token"]), (StatusCode::OK, &json!("t")));
    let turn = &answer.body["ice_servers"][0];
    assert_eq!(turn["urls"], json!(["turn:relay.test"]));
    let named = format!(":{}", opened["id"].as_str().unwrap());
    assert!(turn["username"].as_str().unwrap().ends_with(&named) && turn["credential"].is_string());
    assert_eq!(answer.body["change"]["number"], "+493012345003");
    let headers = [("origin", SHOP), ("authorization", key.as_str())];
    let kept = call(&web.app, request("DELETE", &path, &headers, Body::empty())).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    let reservation: ReservationId = opened["id"].as_str().unwrap().parse().unwrap();
    let to = ChannelChange {
        mode: Mode::Callme,
        number: Some("0151 23456789".into()),
        consent: Some(Consent { version: "1".into(), call: true, text: None }),
        on_file: false,
    };
    assert_eq!(web.next().await, Request::ChangeChannel { reservation, to });
    assert_eq!(web.next().await, Request::KeepChannel { reservation });
}

#[tokio::test]
async fn a_browser_call_exchanges_sdp() {
    let mut web = Web::new();
    let reservation = ReservationId::mint(Time::ZERO, 1);
    let body = |sdp: &str| json!({"reservation": reservation, "token": "t", "sdp": sdp});
    for wrong in [String::new(), "v=0\0".into(), format!("v=0{}", "a".repeat(65_536)), "<sdp>".into()] {
        let answer = call(&web.app, post("/v1/web/calls", SHOP, body(&wrong))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "sdp_invalid"));
    }
    let answer = call(&web.app, post("/v1/web/calls", SHOP, body("v=0 offer"))).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &json!({"sdp": "v=0 answer"})));
    let (token, sdp) = ("t".to_owned(), "v=0 offer".to_owned());
    assert_eq!(web.next().await, Request::BrowserOffer { reservation, token, sdp });
}
