//! The plane of programs: keys, rights, and a site's server that asks for its visitor.

use crate::support::*;
use axum::body::Body;
use serde_json::{Value, json};
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{Reply, Request};
use warmline_time::Time;
use warmline_web::{ApiKey, Rate, Right, WebSettings, mint_key};

/// The key of `acme` with these rights; each number is another.
pub fn key(settings: &mut WebSettings, number: u8, rights: &[Right]) -> String {
    let (text, hash) = mint_key(&[number; 32]);
    let name = format!("key {number}");
    settings.api_keys.push(ApiKey::new("acme", &name, &hash, rights.to_vec()).unwrap());
    text
}

pub async fn ask(web: &Web, key: &str, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    call(&web.app, request(method, path, &headers, Body::from(body.to_owned()))).await
}

fn wish(visitor: &str) -> Value {
    json!({
        "site": "shop", "mode": "dial", "visitor": visitor,
        "page": {"url": "https://shop.test/printers/42", "title": "Printer 42"},
    })
}

#[tokio::test]
async fn a_key_opens_what_it_has_the_right_to_and_nothing_else() {
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    let acts = key(&mut settings, 2, &[Right::Visitors]);
    let hears = key(&mut settings, 3, &[Right::Events]);
    let web = Web::with(settings, usual);
    assert_eq!(ask(&web, &reads, "GET", "/v1/webhooks", "").await.body, json!({"webhooks": []}));
    let asked = wish("7").to_string();
    for (key, method, path, body) in [
        (&acts, "GET", "/v1/webhooks", ""),
        (&hears, "POST", "/v1/reservations", asked.as_str()),
        (&reads, "GET", "/v1/events", ""),
    ] {
        let answer = ask(&web, key, method, path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "right_missing"), "{path}");
    }
    let none = call(&web.app, get("/v1/webhooks")).await;
    assert_eq!((none.status.as_u16(), none.code()), (401, "key_missing"));
    assert_eq!(none.header("www-authenticate"), "Bearer");
    let wrong = ask(&web, &mint_key(&[9; 32]).0, "GET", "/v1/webhooks", "").await;
    assert_eq!((wrong.status.as_u16(), wrong.code()), (401, "wrong_key"));
}

#[tokio::test]
async fn wrong_keys_are_few_and_right_ones_are_not_counted_among_them() {
    let mut settings = settings();
    settings.limits.wrong_keys = Rate::per_minute(3);
    let right = key(&mut settings, 1, &[Right::Read]);
    let web = Web::with(settings, usual);
    let try_one = async |key: &str| ask(&web, key, "GET", "/v1/webhooks", "").await.status.as_u16();
    for _ in 0..10 {
        assert_eq!(try_one(&right).await, 200);
    }
    for _ in 0..3 {
        assert_eq!(try_one("wlk_guess").await, 401);
    }
    assert_eq!(try_one("wlk_guess").await, 429);
}

#[tokio::test]
async fn a_key_has_its_own_rate() {
    let mut settings = settings();
    settings.limits.api_calls = Rate::per_minute(2);
    let (one, two) = (key(&mut settings, 1, &[Right::Read]), key(&mut settings, 2, &[Right::Read]));
    let web = Web::with(settings, usual);
    for _ in 0..2 {
        assert_eq!(ask(&web, &one, "GET", "/v1/webhooks", "").await.status, 200);
    }
    let refused = ask(&web, &one, "GET", "/v1/webhooks", "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "too_many"));
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(ask(&web, &two, "GET", "/v1/webhooks", "").await.status, 200);
}

async fn opened(web: &mut Web, key: &str, body: Value) -> (Answer, (String, String)) {
    let answer = ask(web, key, "POST", "/v1/reservations", &body.to_string()).await;
    let Request::Open(open) = web.next().await else { panic!() };
    (answer, (open.visitor.to_string(), open.address))
}

#[tokio::test]
async fn a_sites_server_asks_for_its_visitor() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Visitors]);
    let mut web = Web::with(settings, usual);
    let (answer, (first, address)) = opened(&mut web, &acts, wish("customer 7")).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    assert_eq!(answer.body["number"], "+493012345003");
    assert!(answer.body["stream"].as_str().unwrap().starts_with("/v1/web/stream?token="));
    assert_eq!(address, first, "without an address each visitor counts for himself");
    let (_, (again, _)) = opened(&mut web, &acts, wish("customer 7")).await;
    assert_eq!(again, first, "the same visitor");
    let mut body = wish("customer 8");
    body["page"]["attributes"] = json!({"plan": 3});
    assert_eq!(
        ask(&web, &acts, "POST", "/v1/reservations", &body.to_string()).await.code(),
        "attributes_invalid"
    );
    body["page"]["attributes"] = json!({"plan": "pro"});
    body["address"] = json!("::ffff:198.51.100.7");
    let (_, (other, address)) = opened(&mut web, &acts, body).await;
    assert_ne!(other, first);
    let mut body = wish("customer 9");
    body["address"] = json!("198.51.100.7");
    let (_, (_, same)) = opened(&mut web, &acts, body).await;
    assert_eq!(address, same, "what stands for it");
    assert!(address.len() == 32 && !address.contains("198.51"));

    let bearer = format!("Bearer {acts}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "again"),
    ];
    let same = call(
        &web.app,
        request("POST", "/v1/reservations", &headers, Body::from(wish("customer 7").to_string())),
    );
    assert_eq!(same.await.status, 200, "the firm knows the key");
    let Request::Open(open) = web.next().await else { panic!() };
    assert_eq!(open.idempotency_key.as_deref(), Some("again"));

    let of_globex = json!({"site": "globex", "mode": "dial", "visitor": "7", "page": {"url": "https://g.test/", "title": ""}});
    for (body, status, code) in [
        (of_globex, 404, "unknown_site"),
        (json!({"site": "shop"}), 400, "invalid_json"),
        (wish(""), 422, "empty"),
        (wish(&"x".repeat(201)), 422, "too_long"),
    ] {
        let answer = ask(&web, &acts, "POST", "/v1/reservations", &body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code));
    }
}

#[tokio::test]
async fn c15_evidence_is_for_keys_with_that_right_and_of_their_own_firm() {
    let mut settings = settings();
    let audits = key(&mut settings, 1, &[Right::Evidence]);
    let reads = key(&mut settings, 2, &[Right::Read, Right::People, Right::Visitors]);
    let web = Web::with(settings, usual);
    let of = |random| format!("/v1/evidence/{}", ReservationId::mint(Time::ZERO, random));
    let bundle = ask(&web, &audits, "GET", &of(0), "").await;
    assert_eq!((bundle.status.as_u16(), &bundle.body), (200, &json!({"firm": "acme"})));
    assert_eq!(
        (bundle.header("content-type"), bundle.header("cache-control")),
        ("application/json", "no-store")
    );
    let answer = ask(&web, &reads, "GET", &of(0), "").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "right_missing"));
    assert_eq!(call(&web.app, get(&of(0))).await.code(), "key_missing");
    for (path, expected) in [
        (of(1), (500, "journal_damaged")),
        (of(2), (503, "busy")),
        (of(3), (404, "unknown_reservation")),
        ("/v1/evidence/1".to_owned(), (404, "unknown_reservation")),
    ] {
        let answer = ask(&web, &audits, "GET", &path, "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), expected, "{path}");
    }
}

#[tokio::test]
async fn c15_a_campaigns_figures_are_for_keys_with_that_right() {
    let mut settings = settings();
    let audits = key(&mut settings, 1, &[Right::Evidence]);
    let reads = key(&mut settings, 2, &[Right::Read, Right::People, Right::Visitors]);
    let web = Web::with(settings, usual);
    let of = |rest: &str| format!("/v1/evidence/campaigns/{rest}");
    let told = ask(&web, &audits, "GET", &of("Spring%2050%25?until=2026-11-30"), "").await;
    assert_eq!((told.status.as_u16(), &told.body), (200, &json!({"firm": "acme", "until": 20_787})));
    assert_eq!(told.header("cache-control"), "no-store");
    for (path, expected) in [
        ("Spring%2050%25?until=2026-13-01", (422, "until_invalid")),
        ("Spring%2050%25?until=yesterday", (422, "until_invalid")),
        ("Autumn", (404, "unknown_campaign")),
    ] {
        let answer = ask(&web, &audits, "GET", &of(path), "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), expected, "{path}");
    }
    let answer = ask(&web, &reads, "GET", &of("Autumn"), "").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "right_missing"));
}

#[tokio::test]
async fn decisions_are_paged_by_their_own_ids() {
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    let mut web = Web::with(settings, |request| match request {
        Request::Decisions { .. } => Reply::Decisions(Vec::new()),
        other => usual(other),
    });
    let id = kept_decision().id;
    let list = async |before: &str| ask(&web, &reads, "GET", &format!("/v1/decisions{before}"), "").await;
    let all = list("").await;
    assert_eq!((&all.body["decisions"][0]["id"], &all.body["next"]), (&json!(id), &json!(null)));
    assert_eq!(list(&format!("?before={id}")).await.body["decisions"], json!([]), "he has this one");
    assert_eq!(list("?before=1970-01-01T00:00:00.001Z").await.body["decisions"][0]["id"], json!(id));
    assert_eq!(list("?before=yesterday").await.code(), "time_invalid");
    web.next().await;
    let Request::Decisions { before, .. } = web.next().await else { panic!() };
    assert_eq!(before, Some(id));
}
