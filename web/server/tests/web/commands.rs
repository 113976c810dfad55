//! Programs' commands: each as the firm gets it, over HTTP and over the stream; once for each key; and what is refused before.

use crate::api::{ask, key};
use crate::streams::{close_code, connect, next_json, send, serve};
use crate::support::*;
use axum::body::Body;
use serde_json::{Value, json};
use warmline_coordination::program::ProgramCommand as Do;
use warmline_coordination::request::{Presence, Reply, Request, Target};
use warmline_web::{Rate, Right, WebSettings};

const CALL: &str = "cal_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const RESERVATION: &str = "rsv_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn program(command: Do) -> Request {
    Request::Program { firm: "acme".into(), by: "key 1".into(), command, people: false }
}

fn commands() -> Vec<(&'static str, String, Value, Do)> {
    let (call, reservation) = (CALL.parse().unwrap(), RESERVATION.parse().unwrap());
    let about = |word: &str| format!("/v1/calls/{CALL}/{word}");
    let of = |word: &str| format!("/v1/reservations/{RESERVATION}/{word}");
    let bob = Target::Agent("bob".into());
    let (no, agent) = (json!(null), || "alice".to_owned());
    let dial = Do::Dial { agent: agent(), number: "030 222".into(), caller_id: None };
    let state = Do::State { agent: agent(), state: Presence::NotReady, reason: Some("Break".into()) };
    vec![
        ("POST", about("answer"), no.clone(), Do::Answer { call }),
        ("POST", about("reject"), no.clone(), Do::Reject { call }),
        ("POST", about("hold"), json!({}), Do::Hold { call }),
        ("POST", about("unhold"), no.clone(), Do::Unhold { call }),
        ("POST", about("mute"), no.clone(), Do::Mute { call }),
        ("POST", about("unmute"), no.clone(), Do::Unmute { call }),
        ("POST", about("dtmf"), json!({"digits": "12#"}), Do::Dtmf { call, digits: "12#".into() }),
        (
            "POST",
            about("consult"),
            json!({"target": {"agent": "bob"}}),
            Do::Consult { call, target: bob.clone() },
        ),
        ("POST", about("swap"), no.clone(), Do::Swap { call }),
        ("POST", about("conference"), no.clone(), Do::Conference { call }),
        ("POST", about("consult-end"), no.clone(), Do::ConsultEnd { call }),
        ("POST", about("complete-transfer"), no.clone(), Do::CompleteTransfer { call }),
        ("POST", about("transfer"), json!({"target": {"agent": "bob"}}), Do::Transfer { call, target: bob }),
        ("POST", about("park"), no.clone(), Do::Park { call }),
        ("POST", about("hangup"), no.clone(), Do::Hangup { call }),
        ("POST", "/v1/calls".into(), json!({"agent": "alice", "number": "030 222"}), dial),
        ("PUT", "/v1/agents/alice/state".into(), json!({"state": "not_ready", "reason": "Break"}), state),
        (
            "POST",
            "/v1/agents/alice/take".into(),
            json!({"waiting": "x"}),
            Do::Take { agent: agent(), waiting: "x".into() },
        ),
        (
            "POST",
            "/v1/agents/alice/unpark".into(),
            json!({"slot": 701}),
            Do::Unpark { agent: agent(), slot: 701 },
        ),
        ("POST", of("accept"), no.clone(), Do::Accept { reservation }),
        ("POST", of("decline"), no.clone(), Do::Decline { reservation }),
        ("POST", of("cancel"), no, Do::Cancel { reservation }),
        (
            "POST",
            about("priority"),
            json!({"priority": 7}),
            Do::Priority { call: Some(call), reservation: None, priority: 7 },
        ),
        (
            "POST",
            of("priority"),
            json!({"priority": 0}),
            Do::Priority { call: None, reservation: Some(reservation), priority: 0 },
        ),
    ]
}

fn text(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}

#[tokio::test]
async fn each_command_reaches_the_firm_as_itself() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Calls]);
    let mut web = Web::with(settings, usual);
    for (method, path, body, expected) in commands() {
        let answer = ask(&web, &acts, method, &path, &text(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, json!({})), "{path}");
        assert_eq!(web.next().await, program(expected));
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_before_anybody_is_asked() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Calls]);
    let reads = key(&mut settings, 2, &[Right::Read, Right::Events, Right::Visitors, Right::People]);
    let web = Web::with(settings, |request| panic!("{request:?}"));
    for (method, path, body, _) in commands() {
        let answer = ask(&web, &reads, method, &path, &text(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "right_missing"), "{path}");
    }
    let about = |word: &str| format!("/v1/calls/{CALL}/{word}");
    for (path, body, status, code) in [
        (about("explode"), "", 404, "unknown_command"),
        (about("state"), "", 404, "unknown_command"),
        ("/v1/calls/none/hold".into(), "", 422, "invalid_command"),
        (about("hold"), r#"{"call":"cal_1"}"#, 422, "invalid_command"),
        (about("hold"), r#"{"command":"hangup"}"#, 422, "invalid_command"),
        (about("hold"), r#"{"strange":1}"#, 422, "invalid_command"),
        (about("dtmf"), "", 422, "invalid_command"),
        (about("hold"), "[]", 400, "invalid_json"),
        (about("consult"), r#"{"target":{"agent":""}}"#, 422, "empty"),
        (about("transfer"), r#"{"target":{"robot":"x"}}"#, 422, "invalid_command"),
        ("/v1/calls".into(), r#"{"agent":"alice","number":"1\n2"}"#, 422, "control_characters"),
        (format!("/v1/reservations/{RESERVATION}/open"), "", 404, "unknown_command"),
    ] {
        let answer = ask(&web, &acts, "POST", &path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{path} {body} {}", answer.text);
    }
}

#[tokio::test]
async fn the_same_key_is_one_command() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Calls]);
    let mut web = Web::with(settings, usual);
    let bearer = format!("Bearer {acts}");
    let post = async |web: &Web, word: &str| {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "7")];
        call(&web.app, request("POST", &format!("/v1/calls/{CALL}/{word}"), &headers, Body::empty())).await
    };
    for _ in 0..3 {
        assert_eq!(post(&web, "hold").await.status, 200);
    }
    let other = post(&web, "unhold").await;
    assert_eq!((other.status.as_u16(), other.code()), (422, "idempotency_key_reused"));
    assert_eq!(ask(&web, &acts, "POST", &format!("/v1/calls/{CALL}/park"), "").await.status, 200);
    let call = CALL.parse().unwrap();
    assert_eq!(web.next().await, program(Do::Hold { call }));
    assert_eq!(web.next().await, program(Do::Park { call }), "nothing between");
}

#[tokio::test]
async fn a_key_speaks_for_its_own_firm_alone() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Calls, Right::Read, Right::People]);
    let mut web = Web::with(settings, |request| match request {
        Request::Calls { .. } => Reply::Calls(Vec::new()),
        other => usual(other),
    });
    let body = json!({"agent": "bob", "number": "030", "firm": "globex"}).to_string();
    let answer = ask(&web, &acts, "POST", "/v1/calls", &body).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid_command"));
    assert_eq!(ask(&web, &acts, "GET", "/v1/calls?firm=globex", "").await.body, json!({"calls": []}));
    let asked = Request::Calls { firm: "acme".into(), call: None, people: true };
    assert_eq!(web.next().await, asked);
    let one = ask(&web, &acts, "GET", &format!("/v1/calls/{CALL}"), "").await;
    assert_eq!((one.status.as_u16(), one.code()), (404, "unknown_call"));
}

#[tokio::test]
async fn over_the_stream_they_are_done_in_order_and_answered_behind_the_events() {
    let mut settings = settings();
    settings.limits.api_calls = Rate::per_minute(5);
    let acts = key(&mut settings, 1, &[Right::Calls, Right::Events]);
    let hears = key(&mut settings, 2, &[Right::Events]);
    let mut web = Web::with(settings, usual);
    let address = serve(&web).await;
    let open = async |key: &str| {
        let bearer = format!("Bearer {key}");
        let mut socket = connect(address, "/v1/events", &[("authorization", &bearer)]).await.unwrap();
        assert_eq!(next_json(&mut socket).await["type"], "hello");
        socket
    };
    let mut socket = open(&acts).await;
    let command = |id: &str, word: &str| json!({"type": "command", "id": id, "command": word, "call": CALL});
    for (id, word) in [("1", "hold"), ("2", "unhold"), ("1", "hold")] {
        send(&mut socket, command(id, word)).await;
    }
    for id in ["1", "2", "1"] {
        let result = next_json(&mut socket).await;
        assert_eq!(result, json!({"type": "result", "id": id, "status": 200, "body": {}}));
    }
    let call = CALL.parse().unwrap();
    assert_eq!(web.next().await, program(Do::Hold { call }));
    assert_eq!(web.next().await, program(Do::Unhold { call }));
    send(&mut socket, json!({"type": "command", "id": "3", "command": "hold", "call": 7})).await;
    let result = next_json(&mut socket).await;
    assert_eq!((&result["status"], &result["body"]["code"]), (&json!(422), &json!("invalid_command")));
    send(&mut socket, command("4", "park")).await;
    assert_eq!(next_json(&mut socket).await["status"], 429, "opening the stream and four commands were five");
    send(&mut socket, json!({"type": "command", "command": "park"})).await;
    assert_eq!(next_json(&mut socket).await, json!({"type": "error", "code": "invalid_message"}));
    let mut socket = open(&hears).await;
    send(&mut socket, command("1", "hold")).await;
    let result = next_json(&mut socket).await;
    assert_eq!((&result["status"], &result["body"]["code"]), (&json!(403), &json!("right_missing")));
}

#[tokio::test]
async fn a_key_that_is_taken_away_commands_and_hears_nothing_more() {
    let mut settings = settings();
    let acts = key(&mut settings, 1, &[Right::Calls, Right::Events]);
    let without = |settings: &WebSettings, rights: &[Right]| {
        let mut settings = settings.clone();
        settings.api_keys.clear();
        key(&mut settings, 1, rights);
        settings
    };
    let (hears, nothing) = (without(&settings, &[Right::Events]), without(&settings, &[]));
    let web = Web::with(settings, usual);
    let address = serve(&web).await;
    let bearer = format!("Bearer {acts}");
    let mut socket = connect(address, "/v1/events", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(next_json(&mut socket).await["type"], "hello");
    let command = |id: &str| json!({"type": "command", "id": id, "command": "hold", "call": CALL});
    send(&mut socket, command("1")).await;
    assert_eq!(next_json(&mut socket).await["status"], 200);
    web.state.reconfigure(hears);
    send(&mut socket, command("2")).await;
    let result = next_json(&mut socket).await;
    assert_eq!((&result["status"], &result["body"]["code"]), (&json!(403), &json!("right_missing")));
    web.state.reconfigure(nothing);
    assert_eq!(close_code(&mut socket).await, 4_002);
}

#[tokio::test]
async fn a_pin_is_for_those_who_act_for_visitors() {
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    let acts = key(&mut settings, 2, &[Right::Read, Right::Visitors]);
    let web = Web::with(settings, |request| match request {
        Request::Reservation { .. } => {
            let mut view = reservation(1);
            view.change = Some(Box::new(reservation(2)));
            Reply::Reservation { created: false, view: Box::new(view), token: None }
        }
        other => usual(other),
    });
    let path = format!("/v1/reservations/{RESERVATION}");
    let seen = ask(&web, &reads, "GET", &path, "").await.body;
    assert!(seen["number"].is_string() && !seen.to_string().contains("\"pin\""), "{seen}");
    let seen = ask(&web, &acts, "GET", &path, "").await.body;
    assert!(seen["pin"].is_string() && seen["change"]["pin"].is_string(), "{seen}");
}
