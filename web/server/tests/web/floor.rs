//! The supervisors' plane: what is asked of the firm, what is refused, and sessions that a supervisor ends.

use crate::support::*;
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use warmline_coordination::effect::Audience;
use warmline_coordination::figures::Share;
use warmline_coordination::floor::{FloorView, Order};
use warmline_coordination::request::{Problem, Reply, Request};
use warmline_coordination::view::Notice;

/// A firm in which Alice is no supervisor.
fn strict(request: &Request) -> Reply {
    match request {
        Request::Supervise { .. } | Request::Floor { .. } => Reply::Problem(Problem {
            status: 403,
            code: "not_supervisor",
            detail: "Only supervisors may do this.".into(),
            retry_after_secs: None,
        }),
        other => usual(other),
    }
}

fn lenient(request: &Request) -> Reply {
    let Request::Floor { .. } = request else { return usual(request) };
    Reply::Floor(Box::new(FloorView {
        time: "2026-11-22T10:05:00.000Z".into(),
        service_level_secs: 20,
        short_secs: 5,
        occupancy: Share::of(1, 2),
        pool_dry_total: 3,
        agents: vec![],
        queues: vec![],
        pools: vec![],
        trunks: vec![],
        breaker: None,
    }))
}

const FLOOR: &str = "/v1/agent/floor";

#[tokio::test]
async fn who_is_no_supervisor_is_refused_by_the_server() {
    let web = Web::with(settings(), strict);
    let cookie = web.log_in().await;
    for (method, path, body) in [
        ("GET", FLOOR.to_owned(), ""),
        ("POST", format!("{FLOOR}/bob/state"), r#"{"state":"ready"}"#),
        ("POST", format!("{FLOOR}/bob/log-off"), r#"{"now":true}"#),
    ] {
        let answer = web.desk(method, &path, &cookie, body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "not_supervisor"), "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(web.desk(method, &path, "", body).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn orders_reach_the_firm_as_they_were_given() {
    let mut web = Web::with(settings(), lenient);
    let cookie = web.log_in().await;
    let order = |order| Request::Supervise { by: alice(), agent: "bob".into(), order };
    for (path, body, expected) in [
        ("state", json!({"state": "ready", "reason": "Break"}), Order::Ready),
        ("state", json!({"state": "not_ready", "reason": "Break"}), Order::NotReady(Some("Break".into()))),
        ("state", json!({"state": "not_ready"}), Order::NotReady(None)),
        ("log-off", json!({}), Order::LogOff { now: false }),
        ("log-off", json!({"now": true}), Order::LogOff { now: true }),
    ] {
        let answer = web.desk("POST", &format!("{FLOOR}/bob/{path}"), &cookie, &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path} {body} {}", answer.text);
        assert_eq!(web.next().await, order(expected));
    }
    for (path, body, code) in [
        ("bob/state", json!({"state": "asleep"}), "invalid_json"),
        ("bob/state", json!({"state": "not_ready", "reason": " "}), "empty"),
        ("bob/state", json!({"state": "not_ready", "reason": "a\nb"}), "control_characters"),
        ("bob/log-off", json!({"now": 1}), "invalid_json"),
        ("a%0a/log-off", json!({}), "control_characters"),
    ] {
        let answer = web.desk("POST", &format!("{FLOOR}/{path}"), &cookie, &body.to_string()).await;
        assert_eq!(answer.code(), code, "{path} {body}");
    }
    let answer = web.desk("GET", FLOOR, &cookie, "").await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    assert_eq!((&answer.body["occupancy"], &answer.body["pool_dry_total"]), (&json!(0.5), &json!(3)));
    // Another site's page orders nobody about.
    let headers = [("origin", SHOP), ("cookie", cookie.as_str()), ("content-type", "application/json")];
    let path = format!("{FLOOR}/bob/log-off");
    let answer = call(&web.app, request("POST", &path, &headers, Body::from("{}"))).await;
    assert_eq!(answer.code(), "origin_not_allowed");
    assert_eq!(web.next().await, Request::Floor { agent: alice() });
    assert!(web.seen.try_recv().is_err());
}

#[tokio::test]
async fn a_session_that_a_supervisor_ends_is_over_wherever_it_is() {
    let web = Web::new();
    let cookie = web.log_in().await;
    assert_eq!(web.desk("GET", "/v1/agent/session", &cookie, "").await.status, StatusCode::OK);
    // No desktop is open: the cookie is good for nothing all the same.
    web.hub.publish(&Audience::Agent(alice()), &Notice::LoggedOff { by: Some("Carla".into()) });
    let answer = web.desk("GET", "/v1/agent/session", &cookie, "").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "no_session"));
    let cookie = web.log_in().await;
    assert_eq!(web.desk("GET", "/v1/agent/session", &cookie, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_outcome_may_name_its_call() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    let id = "cal_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let body = json!({"call": id, "code": "Sale"}).to_string();
    assert_eq!(web.desk("POST", "/v1/agent/outcome", &cookie, &body).await.status, StatusCode::NO_CONTENT);
    let Request::Outcome { call, .. } = web.next().await else { panic!() };
    assert_eq!(call.unwrap().to_string(), id);
    let body = json!({"call": "rsv_1", "code": "Sale"}).to_string();
    assert_eq!(web.desk("POST", "/v1/agent/outcome", &cookie, &body).await.code(), "call_invalid");
}
