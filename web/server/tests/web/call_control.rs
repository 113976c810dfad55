//! What an agent does with his call: each request as the firm gets it, and what is refused before.

use crate::support::*;
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_coordination::request::{Presence, Reply, Request, Target};

#[tokio::test]
async fn each_request_reaches_the_firm_as_itself() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    for (method, path, body) in CALLS {
        let answer = web.desk(method, path, &cookie, body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path} {answer:?}");
        assert_eq!(answer.text, "");
    }
    let expected = [
        Request::Presence(alice(), Presence::Ready, None),
        Request::Mute(alice(), true),
        Request::Hold(alice(), false),
        Request::Digits(alice(), "0123456789*#ABCD".into()),
        Request::Consult(alice(), Target::Agent("bob".into())),
        Request::Swap(alice()),
        Request::Conference(alice()),
        Request::ConsultEnd(alice()),
        Request::Transfer(alice(), Some(Target::Queue("sales".into()))),
        Request::Take { agent: alice(), waiting: "rsv_1".into() },
        Request::Rate { agent: alice(), waiting: "rsv_1".into(), priority: 7 },
        Request::Outcome {
            agent: alice(),
            call: None,
            code: Some("Sale".into()),
            notes: Some("one\ntwo".into()),
            priority: Some(7),
        },
        Request::Hangup(alice()),
        Request::Call {
            agent: alice(),
            number: "030 222333".into(),
            caller_id: Some("+493012345000".into()),
        },
        Request::Park(alice()),
        Request::Unpark(alice(), 701),
        Request::NeverAgain { agent: alice(), call: None },
        Request::WrapupDone(alice()),
        Request::Look(alice(), true),
        Request::Push { agent: alice(), url: "https://shop.test/returns".into(), title: "Returns".into() },
        Request::Logout(alice()),
    ];
    for request in expected {
        assert_eq!(web.next().await, request);
    }
}

#[tokio::test]
async fn what_is_left_out_stays_out() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    let send = async |web: &Web, path: &str, body: Value| {
        let path = format!("/v1/agent/{path}");
        assert_eq!(web.desk("POST", &path, &cookie, &body.to_string()).await.status, StatusCode::NO_CONTENT);
    };
    send(&web, "transfer", json!({})).await;
    assert_eq!(web.next().await, Request::Transfer(alice(), None), "to the one consulted");
    send(&web, "transfer", json!({"target": {"number": "030 1234567"}})).await;
    let number = Target::Number("030 1234567".into());
    assert_eq!(web.next().await, Request::Transfer(alice(), Some(number)));
    send(&web, "outcome", json!({"notes": ""})).await;
    let wiped =
        Request::Outcome { agent: alice(), call: None, code: None, notes: Some("".into()), priority: None };
    assert_eq!(web.next().await, wiped, "notes may be wiped");
    send(&web, "outcome", json!({"priority": 0})).await;
    let nuisance =
        Request::Outcome { agent: alice(), call: None, code: None, notes: None, priority: Some(0) };
    assert_eq!(web.next().await, nuisance);
    let longest = "\u{1f600}".repeat(4_000);
    send(&web, "outcome", json!({"notes": longest, "code": "ä".repeat(60)})).await;
    assert!(
        matches!(web.next().await, Request::Outcome { notes: Some(notes), .. } if notes.text == longest && notes.read.is_none())
    );
}

#[tokio::test]
async fn what_has_the_wrong_form_is_refused_with_one_problem() {
    let mut web = Web::new();
    let cookie = web.log_in().await;
    for (path, body, code) in [
        ("hold", json!({}), "invalid_json"),
        ("digits", json!({"digits": ""}), "digits_invalid"),
        ("digits", json!({"digits": "12a"}), "digits_invalid"),
        ("digits", json!({"digits": "1".repeat(33)}), "digits_invalid"),
        ("digits", json!({"digits": "\u{0661}"}), "digits_invalid"),
        ("consult", json!({}), "invalid_json"),
        ("consult", json!({"target": {"visitor": "x"}}), "invalid_json"),
        ("consult", json!({"target": {"agent": "bob", "number": "1"}}), "invalid_json"),
        ("consult", json!({"target": {"agent": " "}}), "empty"),
        ("consult", json!({"target": {"agent": "x".repeat(101)}}), "too_long"),
        ("consult", json!({"target": {"number": "+49\r\n30"}}), "control_characters"),
        ("consult", json!({"target": {"number": "1".repeat(41)}}), "too_long"),
        ("transfer", json!({"target": {"queue": ""}}), "empty"),
        ("transfer", json!({"target": {"queue": "q".repeat(101)}}), "too_long"),
        ("transfer", json!({"target": "bob"}), "invalid_json"),
        ("call", json!({}), "invalid_json"),
        ("call", json!({"number": " "}), "empty"),
        ("call", json!({"number": "1".repeat(41)}), "too_long"),
        ("call", json!({"number": "030\r\n1"}), "control_characters"),
        ("call", json!({"number": "030 1", "caller_id": ""}), "empty"),
        ("unpark", json!({"slot": "701"}), "invalid_json"),
        ("unpark", json!({"slot": 70_001}), "invalid_json"),
        ("take", json!({"waiting": ""}), "empty"),
        ("take", json!({"waiting": "r".repeat(101)}), "too_long"),
        ("outcome", json!({"code": ""}), "empty"),
        ("outcome", json!({"code": "x".repeat(61)}), "too_long"),
        ("outcome", json!({"notes": "x".repeat(4_001)}), "too_long"),
        ("outcome", json!({"notes": "a\u{0}b"}), "control_characters"),
        ("outcome", json!({"priority": 8}), "priority_invalid"),
        ("outcome", json!({"priority": -1}), "priority_invalid"),
        ("outcome", json!({"priority": 263}), "priority_invalid"),
        ("outcome", json!({"priority": "7"}), "invalid_json"),
    ] {
        let answer = web.desk("POST", &format!("/v1/agent/{path}"), &cookie, &body.to_string()).await;
        assert_eq!(answer.code(), code, "{path} {body}");
        let status = if code == "invalid_json" { 400 } else { 422 };
        assert_eq!(answer.status.as_u16(), status, "{path} {body}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 10));
    }
    let huge = json!({"notes": "x".repeat(60_000)}).to_string();
    let answer = web.desk("POST", "/v1/agent/outcome", &cookie, &huge).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (413, "body_too_large"));
    let log_in = web.seen.recv().await;
    assert!(matches!(log_in, Some(Request::Login(_))));
    assert!(web.seen.try_recv().is_err(), "nothing of it reached the firm");
}

#[tokio::test]
async fn what_the_firm_refuses_comes_back_in_its_words() {
    let web = Web::with(settings(), |request| match request {
        Request::Take { .. } => {
            let detail = "Another agent was faster.".to_owned();
            let problem = warmline_coordination::request::Problem {
                status: 409,
                code: "gone",
                detail,
                retry_after_secs: None,
            };
            Reply::Problem(problem)
        }
        other => usual(other),
    });
    let cookie = web.log_in().await;
    let answer = web.desk("POST", "/v1/agent/take", &cookie, r#"{"waiting":"rsv_1"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "gone"));
    assert_eq!(answer.body["detail"], "Another agent was faster.");
}
