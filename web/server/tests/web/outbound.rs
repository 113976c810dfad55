//! Outbound work on the desktop: who may, that each verb reaches the firm with who did it, what of a customer is shown, and long lists.

use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use warmline_coordination::asking::Said;
use warmline_coordination::campaign::{CampaignVerb, ImportView, REQUEST, RefusedLine};
use warmline_coordination::ids::ReservationId;
use warmline_coordination::program::CustomerView;
use warmline_coordination::request::{CallbackState, CallbackVerb, ListVerb, Page, Reply, Request, Whose};
use warmline_coordination::spending::{BreakerView, Cents};
use warmline_coordination::view::{CallbackView, SlotsView};
use warmline_time::Time;
use warmline_web::WebSettings;

const CAMPAIGN: &str = "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn id(n: u64) -> ReservationId {
    ReservationId::mint(Time::from_micros(n * 1_000), n.into())
}

fn job(n: u64) -> CallbackView {
    let customer = CustomerView { number: Some("+15125551234".into()), name: "Jane".into() };
    let attributes = [("plan".to_owned(), "gold".to_owned())].into_iter().collect();
    CallbackView {
        id: id(n),
        state: "scheduled",
        site: "shop".into(),
        queue: "sales".into(),
        page: Page { url: "https://shop.test/1".into(), title: "Printer".into(), attributes },
        said: Said::default(),
        customer: Some(customer),
        asked_at: Time::ZERO.rfc3339(),
        wanted: None,
        due: Some(Time::ZERO.rfc3339()),
        expires_at: None,
        attempts: Vec::new(),
        outcome: None,
        ended_at: None,
    }
}

/// Of those that are over this firm has 2,500, in the order of their ids.
#[allow(clippy::disallowed_methods)] // The web asks by its own clock.
fn kept(after: Option<ReservationId>, most: usize) -> Reply {
    let behind = |n: &u64| after.is_none_or(|after| id(*n) > after);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    let mut all = (now..now + 2_500).filter(behind);
    let callbacks = all.by_ref().take(most).map(job).collect();
    Reply::Callbacks { callbacks, more: all.next().is_some() }
}

fn answers(request: &Request) -> Reply {
    match request {
        Request::Callbacks { state: Some(CallbackState::Dead), after, most, .. } => kept(*after, *most),
        Request::Callbacks { .. } => Reply::Callbacks { callbacks: vec![job(1)], more: true },
        Request::Callback { .. } | Request::ChangeCallback { .. } => Reply::Callback(Box::new(job(1))),
        Request::Slots { .. } => Reply::Slots(Box::new(SlotsView {
            zone: "Europe/Berlin".into(),
            slot_minutes: 15,
            now: true,
            narrowed: true,
            slots: vec![Time::ZERO.rfc3339()],
        })),
        Request::FillCampaign { jobs, .. } => Reply::Imported(Box::new(ImportView {
            accepted: jobs.len() - 1,
            refused: vec![RefusedLine { line: jobs[0].0, code: "duplicate" }],
        })),
        Request::ListNumbers { numbers, .. } => {
            Reply::Imported(Box::new(ImportView { accepted: numbers.len(), refused: Vec::new() }))
        }
        Request::Campaigns { .. } => Reply::Campaigns(Vec::new()),
        Request::DoNotCall { .. } => Reply::Listed { number: "+493012345678".into(), by: Some("firm") },
        Request::Breaker { open, .. } => Reply::Breaker(Box::new(BreakerView {
            open: open.unwrap_or(true),
            why: None,
            since: None,
            until: None,
            spent_cents: Cents { hour: 12, day: 13 },
            budget_cents: Cents { hour: 100, day: 200 },
        })),
        other => usual(other),
    }
}

/// Alice supervises the whole firm.
fn led() -> WebSettings {
    let mut settings = settings();
    settings.directory[0].whole_firm = true;
    settings
}

fn paths() -> Vec<(&'static str, String, &'static str)> {
    let job = format!("/v1/agent/callbacks/{}", id(1));
    vec![
        ("GET", "/v1/agent/callbacks".into(), ""),
        ("PATCH", job.clone(), r#"{"due":null}"#),
        ("DELETE", job.clone(), ""),
        ("GET", format!("{job}/slots"), ""),
        ("POST", format!("{job}/retry"), ""),
        ("GET", "/v1/agent/campaigns".into(), ""),
        ("POST", "/v1/agent/campaigns".into(), r#"{"name":"x","site":"shop"}"#),
        ("POST", format!("/v1/agent/campaigns/{CAMPAIGN}/jobs"), "[]"),
        ("POST", format!("/v1/agent/campaigns/{CAMPAIGN}/start"), ""),
        ("POST", "/v1/agent/do-not-call".into(), "[]"),
        ("GET", "/v1/agent/do-not-call/030123".into(), ""),
        ("PUT", "/v1/agent/do-not-call/030123".into(), ""),
        ("DELETE", "/v1/agent/do-not-call/030123".into(), ""),
        ("POST", "/v1/agent/contacts/import".into(), ""),
        ("GET", "/v1/agent/breaker".into(), ""),
        ("POST", "/v1/agent/breaker".into(), r#"{"open":true}"#),
        ("GET", format!("/v1/agent/evidence/{}", ReservationId::mint(Time::ZERO, 0)), ""),
    ]
}

#[tokio::test]
async fn only_a_supervisor_of_the_whole_firm_gets_there_and_only_from_its_desktop() {
    let mut web = Web::with(settings(), answers);
    let cookie = web.log_in().await;
    for (method, path, body) in paths() {
        let answer = web.desk(method, &path, &cookie, body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "whole_firm_only"), "{path}");
        assert_eq!(web.desk(method, &path, "", body).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let me = web.desk("GET", "/v1/agent/session", &cookie, "").await;
    assert_eq!(me.body["me"]["whole_firm"], false);
    assert!(matches!(web.seen.try_recv(), Ok(Request::Login(_))), "the firm was asked nothing");

    let web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let me = web.desk("GET", "/v1/agent/session", &cookie, "").await;
    assert_eq!(me.body["me"]["whole_firm"], true);
    for (method, path, body) in paths() {
        let headers = [("origin", SHOP), ("cookie", cookie.as_str()), ("content-type", "application/json")];
        let answer = call(&web.app, request(method, &path, &headers, Body::from(body))).await;
        assert_eq!(answer.code(), "origin_not_allowed", "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_done_about_a_job_reaches_the_firm_with_who_did_it() {
    let mut web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let path = format!("/v1/agent/callbacks/{}", id(1));
    let due = json!({ "due": "2026-12-01T09:00:00Z" }).to_string();
    for (method, path, body, verb, status) in [
        ("PATCH", &path, r#"{"due":null}"#, CallbackVerb::Reschedule(None), StatusCode::OK),
        ("DELETE", &path, "", CallbackVerb::Cancel, StatusCode::OK),
        ("POST", &format!("{path}/retry"), "", CallbackVerb::Retry, StatusCode::CREATED),
    ] {
        let answer = web.desk(method, path, &cookie, body).await;
        assert_eq!(answer.status, status, "{method} {}", answer.text);
        let Request::ChangeCallback { firm, by, reservation, verb: asked, .. } = web.next().await else {
            panic!("{method}")
        };
        assert_eq!((firm.as_str(), by.as_str(), reservation, asked), ("acme", "agent:alice", id(1), verb));
    }
    web.desk("PATCH", &path, &cookie, &due).await;
    let Request::ChangeCallback { verb: CallbackVerb::Reschedule(Some(at)), .. } = web.next().await else {
        panic!()
    };
    assert_eq!(at.rfc3339(), "2026-12-01T09:00:00.000Z");
    assert_eq!(web.desk("PATCH", &path, &cookie, r#"{"due":"soon"}"#).await.status, 422);
    assert_eq!(web.desk("DELETE", "/v1/agent/callbacks/x", &cookie, "").await.code(), "unknown_callback");
    let answer = web.desk("GET", &format!("{path}/slots?days=2"), &cookie, "").await;
    assert_eq!((&answer.body["zone"], &answer.body["narrowed"]), (&json!("Europe/Berlin"), &json!(true)));
}

#[tokio::test]
async fn of_a_customer_the_desktop_is_told_name_masked_number_and_clocks() {
    let mut web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let answer = web.desk("GET", "/v1/agent/callbacks?state=scheduled&limit=5", &cookie, "").await;
    let row = &answer.body["callbacks"][0];
    assert_eq!(
        (&row["name"], &row["number"], &row["zones"], &answer.body["more"]),
        (&json!("Jane"), &json!("+1 512 ••••• 34"), &json!(["America/Chicago"]), &json!(true))
    );
    assert!(!answer.text.contains("5551234") && !answer.text.contains("gold"), "{}", answer.text);
    let Request::Callbacks { most, after: None, state: Some(CallbackState::Scheduled), .. } =
        web.next().await
    else {
        panic!()
    };
    assert_eq!(most, 5);
    web.desk("GET", &format!("/v1/agent/callbacks?after={}&limit=5000", id(7)), &cookie, "").await;
    let Request::Callbacks { most, after, state: None, .. } = web.next().await else { panic!() };
    assert_eq!((most, after), (1_000, Some(id(7))));
}

#[tokio::test]
async fn of_those_that_are_over_the_latest_come_first_and_of_too_many_the_oldest_are_left_out() {
    let web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let answer = web.desk("GET", "/v1/agent/callbacks?state=dead&days=1", &cookie, "").await;
    let rows = answer.body["callbacks"].as_array().unwrap();
    let ids: Vec<ReservationId> =
        rows.iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!((ids.len(), &answer.body["more"]), (1_000, &json!(true)));
    assert!(ids.is_sorted_by(|one, next| one > next));
    let age = ids[0].minted().since(ids[999].minted());
    assert!(age < Duration::from_millis(1_100), "{age:?}: the latest of them");
}

#[tokio::test]
async fn campaigns_and_lists_are_imported_in_parts_and_told_as_one() {
    let mut web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let answer = web.desk("GET", "/v1/agent/campaigns", &cookie, "").await;
    assert_eq!(answer.body["sites"], json!(["shop", "blog"]), "its own firm's");
    assert_eq!((&answer.body["cap"], &answer.body["predictive_agents"]), (&json!(0.03), &json!(10)));
    web.next().await;
    let csv = |head: &str, tail: &str, n: usize| {
        (0..n).fold(head.to_owned(), |text, n| format!("{text}0151{n:08}{tail}\n"))
    };
    let send = async |path: &str, text: String| {
        let headers = [("origin", DESK), ("cookie", cookie.as_str()), ("content-type", "text/csv")];
        call(&web.app, request("POST", path, &headers, Body::from(text))).await
    };
    let jobs = csv("number,consent\n", ",form", 2 * REQUEST + 1);
    let answer = send(&format!("/v1/agent/campaigns/{CAMPAIGN}/jobs"), jobs).await;
    let lines = [2, REQUEST + 2, 2 * REQUEST + 2].map(|line| json!({"line": line, "code": "duplicate"}));
    assert_eq!(answer.body, json!({ "accepted": 2 * REQUEST - 2, "refused": lines }));
    let answer = send("/v1/agent/do-not-call?registry=true", csv("number\n", "", 10_001)).await;
    assert_eq!(answer.body["accepted"], 10_001);
    assert_eq!(send("/v1/agent/do-not-call", "who\nx\n".into()).await.code(), "csv_invalid");
    for part in [REQUEST, REQUEST, 1] {
        let Request::FillCampaign { firm, by, jobs, .. } = web.next().await else { panic!() };
        assert_eq!(by, "agent:alice");
        assert_eq!((firm.as_str(), jobs.len()), ("acme", part));
    }
    for part in [10_000, 1] {
        let Request::ListNumbers { by, numbers, registry, .. } = web.next().await else { panic!() };
        assert_eq!((by.as_str(), numbers.len(), registry), ("agent:alice", part, true));
    }
    web.desk("POST", &format!("/v1/agent/campaigns/{CAMPAIGN}/pause"), &cookie, "").await;
    assert!(
        matches!(web.next().await, Request::SetCampaign { verb: CampaignVerb::Pause, by, .. } if by == "agent:alice")
    );
    let answer = web.desk("POST", &format!("/v1/agent/campaigns/{CAMPAIGN}/begin"), &cookie, "").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn the_list_and_the_breaker_are_changed_in_the_supervisors_name() {
    let mut web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    for (method, verb) in [("GET", ListVerb::Ask), ("PUT", ListVerb::Add), ("DELETE", ListVerb::Remove)] {
        let answer = web.desk(method, "/v1/agent/do-not-call/030%2012345678", &cookie, "").await;
        assert_eq!(answer.body, json!({ "number": "+493012345678", "by": "firm" }));
        let Request::DoNotCall { by, number, verb: asked, .. } = web.next().await else { panic!() };
        assert_eq!((by.as_str(), number.as_str(), asked), ("agent:alice", "030 12345678", verb));
    }
    let breaker = async |method: &str, body: Value| {
        web.desk(method, "/v1/agent/breaker", &cookie, &body.to_string()).await.body["open"].clone()
    };
    assert_eq!(breaker("GET", Value::Null).await, true);
    assert_eq!(breaker("POST", json!({ "open": false })).await, false);
    for wanted in [None, Some(false)] {
        let Request::Breaker { by, open, .. } = web.next().await else { panic!() };
        assert_eq!((by.as_str(), open), ("agent:alice", wanted));
    }
}

#[tokio::test]
async fn evidence_comes_as_it_is_kept_in_a_file_with_what_was_found_of_it() {
    let web = Web::with(led(), answers);
    let cookie = web.log_in().await;
    let evidence = async |random| {
        let path = format!("/v1/agent/evidence/{}", ReservationId::mint(Time::ZERO, random));
        web.desk("GET", &path, &cookie, "").await
    };
    let answer = evidence(0).await;
    let verdict = json!({ "holds": true, "checks": [{ "check": "format", "holds": true }] });
    assert_eq!(answer.body, json!({ "bundle": "{\"firm\":\"acme\"}", "verdict": verdict }));
    assert_eq!((evidence(1).await.code(), evidence(2).await.code()), ("journal_damaged", "busy"));
    assert_eq!(evidence(3).await.code(), "unknown_reservation");
    assert_eq!(web.desk("GET", "/v1/agent/evidence/x", &cookie, "").await.code(), "unknown_reservation");
}

#[tokio::test]
async fn other_times_are_those_of_the_request_and_of_its_site() {
    let (web, mut requests) = Web::unanswered(led(), 8);
    let app = web.app.clone();
    tokio::spawn(async move {
        while let Some(asked) = requests.recv().await {
            let reply = match &asked.request {
                Request::Login(_) => usual(&asked.request),
                Request::Slots { site, whose, days, .. } => {
                    assert_eq!((site.as_str(), whose, *days), ("shop", &Whose::Request(id(1)), 3));
                    answers(&asked.request)
                }
                other => answers(other),
            };
            asked.reply.send(reply);
        }
    });
    let web = Web { app, ..web };
    let cookie = web.log_in().await;
    let answer = web.desk("GET", &format!("/v1/agent/callbacks/{}/slots?days=3", id(1)), &cookie, "").await;
    assert_eq!(answer.body["slots"].as_array().unwrap().len(), 1);
}
