//! Limits of call me over HTTP (E13): refusals that a page can read, the breaker, and many who are never called.

use crate::api::{ask, key};
use crate::support::*;
use crate::visitors::{open, reservation_body};
use axum::body::Body;
use serde_json::json;
use sha2::{Digest, Sha256};
use warmline_coordination::campaign::ImportView;
use warmline_coordination::request::{Problem, Reply, Request};
use warmline_coordination::spending::{BreakerView, Cents};
use warmline_web::{Challenge, Right};

fn answers(request: &Request) -> Reply {
    match request {
        Request::Open(_) => Reply::Problem(Problem {
            status: 429,
            code: "callme_limited",
            detail: "You were called often enough for now: try again later.".into(),
            retry_after_secs: Some(1_800),
        }),
        Request::ListNumbers { numbers, .. } => {
            let accepted = numbers.iter().filter(|(_, number)| number.is_ok()).count();
            Reply::Imported(Box::new(ImportView { accepted, refused: Vec::new() }))
        }
        Request::Breaker { open, .. } => Reply::Breaker(Box::new(BreakerView {
            open: open.unwrap_or(true),
            why: None,
            since: None,
            until: None,
            spent_cents: Cents { hour: 1, day: 2 },
            budget_cents: Cents { hour: 3, day: 4 },
        })),
        other => usual(other),
    }
}

#[tokio::test]
async fn e13_a_limit_is_429_and_says_when_to_come_back() {
    let web = Web::with(settings(), answers);
    let visitor = web.visitor().await;
    let answer = open(&web, reservation_body(&visitor)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (429, "callme_limited"));
    assert_eq!(answer.header("retry-after"), "1800");
    assert_eq!(answer.header("access-control-allow-origin"), SHOP, "a page can read it");
}

#[tokio::test]
async fn e13_the_breaker_is_asked_with_one_right_and_set_with_another() {
    const PATH: &str = "/v1/callme/breaker";
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    let acts = key(&mut settings, 2, &[Right::Calls]);
    let mut web = Web::with(settings, answers);
    let answer = ask(&web, &reads, "GET", PATH, "").await;
    assert_eq!(
        (&answer.body["open"], &answer.body["spent_cents"]),
        (&json!(true), &json!({"hour": 1, "day": 2}))
    );
    assert!(matches!(web.next().await, Request::Breaker { open: None, .. }));
    assert_eq!(ask(&web, &reads, "POST", PATH, r#"{"open":false}"#).await.code(), "right_missing");
    assert_eq!(ask(&web, &acts, "GET", PATH, "").await.code(), "right_missing");
    let answer = ask(&web, &acts, "POST", PATH, r#"{"open":false}"#).await;
    assert_eq!((answer.status.as_u16(), &answer.body["open"]), (200, &json!(false)));
    let Request::Breaker { open, by, .. } = web.next().await else { panic!() };
    assert_eq!((open, by.is_empty()), (Some(false), false));
    assert_eq!(ask(&web, &acts, "POST", PATH, "{}").await.code(), "invalid_json");
}

#[tokio::test]
async fn e13_who_is_never_called_comes_as_json_or_csv_with_a_right_of_its_own() {
    const PATH: &str = "/v1/do-not-call";
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::DoNotCall]);
    let other = key(&mut settings, 2, &[Right::Read, Right::Visitors, Right::Calls, Right::Campaigns]);
    let mut web = Web::with(settings, answers);
    assert_eq!(ask(&web, &other, "POST", PATH, "[]").await.code(), "right_missing");
    let numbers = json!(["0151 23456789", { "number": "+4930901820" }, 5]).to_string();
    assert_eq!(ask(&web, &mine, "POST", PATH, &numbers).await.body, json!({ "accepted": 2, "refused": [] }));
    let Request::ListNumbers { numbers, registry, .. } = web.next().await else { panic!() };
    assert_eq!((&numbers[2], registry), (&(3, Err("number_missing")), false));
    assert_eq!(ask(&web, &mine, "POST", "/v1/do-not-call?registry=true", "[]").await.status, 200);
    assert!(matches!(web.next().await, Request::ListNumbers { registry: true, .. }));
    let bearer = format!("Bearer {mine}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
    let csv = "since;number\n2026;0151 23456789\n2026;\n";
    let answer = call(&web.app, request("POST", PATH, &headers, Body::from(csv))).await;
    assert_eq!(answer.body["accepted"], 1);
    let Request::ListNumbers { numbers, .. } = web.next().await else { panic!() };
    assert_eq!(numbers, [(2, Ok("0151 23456789".to_owned())), (3, Err("number_missing"))]);
    let one = ask(&web, &mine, "DELETE", "/v1/do-not-call/+4930901820", "").await;
    assert_ne!(one.code(), "right_missing", "one at a time too");
}

/// As a browser does it.
fn worked(challenge: &str, bits: u32) -> String {
    let begins = |text: &String| {
        let hash = Sha256::digest(text.as_bytes());
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= bits
    };
    (0..).map(|n| format!("{challenge}:{n}")).find(begins).unwrap()
}

#[tokio::test]
async fn e13_a_request_that_looks_like_abuse_needs_a_proof_of_work_once() {
    let mut settings = settings();
    settings.sites.iter_mut().for_each(|site| site.challenge = Challenge { score: 1, bits: 8 });
    let web = Web::with(settings, usual);
    let visitor = web.visitor().await;
    let wish = |events: u32, proof: Option<&str>| {
        let mut body = reservation_body(&visitor);
        body["mode"] = json!("callme");
        body["consent"] = json!({"version": "2026-11", "call": true});
        body["number"] = json!("0151 23456789");
        body["events"] = json!(events);
        body["proof"] = json!(proof);
        body
    };
    assert_eq!(open(&web, wish(5, None)).await.status.as_u16(), 201, "a person");
    let asked = open(&web, wish(0, None)).await;
    assert_eq!(
        (asked.status.as_u16(), asked.code(), &asked.body["bits"]),
        (422, "challenge_required", &json!(8))
    );
    assert_eq!(asked.header("access-control-allow-origin"), SHOP);
    let challenge = asked.body["challenge"].as_str().unwrap();
    let proof = worked(challenge, 8);
    assert_eq!(open(&web, wish(0, Some(challenge))).await.code(), "challenge_required", "no work");
    let mut other = wish(0, Some(&proof));
    other["number"] = json!("0151 23456780");
    assert_eq!(open(&web, other).await.code(), "challenge_required", "another number");
    assert_eq!(open(&web, wish(0, Some(&proof))).await.status.as_u16(), 201);
    assert_eq!(open(&web, wish(0, Some(&proof))).await.code(), "challenge_required", "once");
    for hidden in ["0151 23456789\u{3000}\u{3000}", "+49 151\u{200b}23456789", "0151-2345-6789"] {
        let mut body = wish(0, None);
        body["number"] = json!(hidden);
        assert_eq!(open(&web, body).await.code(), "challenge_required", "{hidden:?} is the same number");
    }
    let mut nonsense = wish(0, None);
    nonsense["number"] = json!("nonsense");
    assert_eq!(open(&web, nonsense).await.status.as_u16(), 201, "the firm says what that is, without work");
    let mut dial = wish(0, None);
    dial["mode"] = json!("dial");
    assert_eq!(open(&web, dial).await.status.as_u16(), 201, "who dials himself is asked for nothing");
}

#[tokio::test]
async fn e13_programs_prove_nothing() {
    let mut settings = settings();
    settings.sites.iter_mut().for_each(|site| site.challenge = Challenge { score: 1, bits: 8 });
    let acts = key(&mut settings, 1, &[Right::Visitors]);
    let web = Web::with(settings, usual);
    for n in 0..10 {
        let mut body = reservation_body(&format!("customer {n}"));
        body["mode"] = json!("callme");
        body["number"] = json!(format!("0151 2345678{n}"));
        assert_eq!(
            ask(&web, &acts, "POST", "/v1/reservations", &body.to_string()).await.status.as_u16(),
            201
        );
    }
}
