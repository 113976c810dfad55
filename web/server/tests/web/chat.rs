//! Chats over the web: both planes' messages, the stream's small talk, and what is refused before the firm hears of it.

use crate::streams::{connect, next_json, send, serve};
use crate::support::*;
use axum::http::StatusCode;
use serde_json::{Value, json};
use warmline_coordination::chat::{Author, ChatVerb, Draft, MessageKind, MessageView, VisitorVerb};
use warmline_coordination::effect::Audience;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{Reply, Request, Target};
use warmline_coordination::view::Notice;
use warmline_time::Time;

const HOSTILE: &str = "<img src=x onerror=alert(1)> javascript:alert(1)";

fn id() -> ReservationId {
    ReservationId::mint(Time::ZERO, 1)
}

fn message() -> MessageView {
    MessageView {
        seq: 7,
        time: Time::ZERO.rfc3339(),
        from: Author::Visitor,
        name: None,
        kind: MessageKind::Text,
        text: HOSTILE.into(),
        client_id: Some("c-1".into()),
    }
}

fn talking(request: &Request) -> Reply {
    match request {
        Request::VisitorChat { verb: VisitorVerb::Post(_), .. }
        | Request::AgentChat { verb: ChatVerb::Post(_), .. } => {
            Reply::Posted { created: true, message: Box::new(message()) }
        }
        Request::VisitorChat { verb: VisitorVerb::Read(_), .. }
        | Request::AgentChat { verb: ChatVerb::Read(_), .. } => {
            Reply::Messages { messages: vec![message()], more: false }
        }
        Request::Open(_) => {
            let view = Box::new(reservation(1));
            Reply::Reservation { created: true, view, token: None }
        }
        Request::VisitorChat { .. } | Request::AgentChat { .. } => Reply::Done,
        other => usual(other),
    }
}

/// A visitor's reservation: its key and the address of its stream.
async fn granted(web: &mut Web) -> (String, String) {
    let visitor = web.visitor().await;
    let body = json!({"site": "shop", "mode": "dial", "visitor": visitor, "page": {"url": "https://shop.test/", "title": "Shop"}});
    let answer = call(&web.app, post("/v1/web/reservations", SHOP, body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert!(matches!(web.next().await, Request::Open(_)));
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (text("key"), text("stream"))
}

fn with_key(method: &str, path: &str, key: &str, body: Value) -> axum::http::Request<axum::body::Body> {
    let bearer = format!("Bearer {key}");
    let headers = [("origin", SHOP), ("content-type", "application/json"), ("authorization", &bearer)];
    request(method, path, &headers, body.to_string().into())
}

#[tokio::test]
async fn a_visitor_writes_and_reads_with_his_key() {
    let mut web = Web::with(settings(), talking);
    let (key, _) = granted(&mut web).await;
    let path = format!("/v1/web/reservations/{}/messages", id());
    let body = json!({"text": HOSTILE, "client_id": "c-1"});
    let answer = call(&web.app, with_key("POST", &path, &key, body)).await;
    assert_eq!(
        (answer.status, &answer.body["text"], &answer.body["seq"]),
        (StatusCode::CREATED, &json!(HOSTILE), &json!(7))
    );
    let draft = Draft { text: HOSTILE.into(), client_id: "c-1".into() };
    assert_eq!(web.next().await, Request::VisitorChat { reservation: id(), verb: VisitorVerb::Post(draft) });
    let answer = call(&web.app, with_key("GET", &format!("{path}?after=6"), &key, json!({}))).await;
    assert_eq!((answer.status, answer.body["messages"].as_array().unwrap().len()), (StatusCode::OK, 1));
    assert_eq!(web.next().await, Request::VisitorChat { reservation: id(), verb: VisitorVerb::Read(6) });
    for (body, status, code) in [
        (json!({"text": "x"}), 400, "invalid_json"),
        (json!({"text": "x", "client_id": ""}), 422, "client_id_invalid"),
        (json!({"text": "x", "client_id": "a b"}), 422, "client_id_invalid"),
        (json!({"text": "x", "client_id": "c".repeat(65)}), 422, "client_id_invalid"),
        (json!({"text": "x".repeat(4_001), "client_id": "c"}), 422, "too_long"),
    ] {
        let answer = call(&web.app, with_key("POST", &path, &key, body.clone())).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{body}");
    }
    for wrong in ["", "wrong"] {
        let answer = call(&web.app, with_key("GET", &path, wrong, json!({}))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "wrong_key"));
    }
    assert!(web.seen.try_recv().is_err(), "nothing of that reached the firm");
}

#[tokio::test]
async fn an_agent_does_everything_with_his_chat() {
    let mut web = Web::with(settings(), talking);
    let cookie = web.log_in().await;
    let draft = Draft { text: "Hello".into(), client_id: "c".into() };
    let outcome = ChatVerb::Outcome { code: Some("Sale".into()), notes: None, priority: Some(7) };
    for (verb, body, expected) in [
        ("accept", json!({}), ChatVerb::Accept),
        ("decline", json!({}), ChatVerb::Decline),
        ("typing", json!({"on": true}), ChatVerb::Typing(true)),
        ("read", json!({"seq": 3}), ChatVerb::Seen(3)),
        ("propose-call", json!({}), ChatVerb::ProposeCall),
        (
            "transfer",
            json!({"target": {"queue": "sales"}}),
            ChatVerb::Transfer(Target::Queue("sales".into())),
        ),
        ("outcome", json!({"code": "Sale", "priority": 7}), outcome),
        ("end", json!({}), ChatVerb::End),
        ("close", json!({}), ChatVerb::Close),
        ("messages", json!({"text": "Hello", "client_id": "c"}), ChatVerb::Post(draft)),
    ] {
        let path = format!("/v1/agent/chats/{}/{verb}", id());
        let answer = web.desk("POST", &path, &cookie, &body.to_string()).await;
        let status = if verb == "messages" { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
        assert_eq!(answer.status, status, "{verb} {answer:?}");
        assert_eq!(web.next().await, Request::AgentChat { agent: alice(), chat: id(), verb: expected });
    }
    let nowhere = web.desk("POST", "/v1/agent/chats/rsv_x/accept", &cookie, "{}").await;
    assert_eq!((nowhere.status.as_u16(), nowhere.code()), (404, "unknown_chat"));
    let path = format!("/v1/agent/chats/{}/accept", id());
    assert_eq!(web.desk("POST", &path, "", "{}").await.code(), "no_session");
    assert!(web.seen.try_recv().is_err(), "nothing of that reached the firm");
}

#[tokio::test]
async fn e11_the_page_types_is_told_and_its_going_is_heard_once() {
    let mut web = Web::with(settings(), talking);
    let (_, stream) = granted(&mut web).await;
    let address = serve(&web).await;
    let mut first = connect(address, &stream, &[("origin", SHOP)]).await.unwrap();
    assert_eq!(next_json(&mut first).await["view"], "reservation");
    let mut second = connect(address, &stream, &[("origin", SHOP)]).await.unwrap();
    assert_eq!(next_json(&mut second).await["view"], "reservation");
    for _ in 0..2 {
        assert!(matches!(web.next().await, Request::View { .. }));
    }
    let does = |verb| Request::VisitorChat { reservation: id(), verb };
    send(&mut first, json!({"type": "typing", "on": true})).await;
    assert_eq!(web.next().await, does(VisitorVerb::Typing(true)));
    send(&mut first, json!({"type": "seen", "delivered": 4, "read": 3})).await;
    assert_eq!(web.next().await, does(VisitorVerb::Seen { delivered: 4, read: 3 }));
    send(&mut first, json!({"type": "seen"})).await;
    assert_eq!(next_json(&mut first).await["code"], "invalid_message");
    let (chat, message) = (id(), Box::new(message()));
    web.hub.publish(&Audience::Visitor(id()), &Notice::Message { chat, message });
    web.hub.publish(&Audience::Visitor(id()), &Notice::Typing { chat, on: true });
    let told = next_json(&mut first).await;
    assert_eq!((told["type"].as_str(), told["message"]["text"].as_str()), (Some("message"), Some(HOSTILE)));
    assert_eq!(next_json(&mut first).await["type"], "typing");
    drop(first);
    send(&mut second, json!({"type": "typing", "on": false})).await;
    assert_eq!(web.next().await, does(VisitorVerb::Typing(false)), "one page is still there");
    drop(second);
    assert_eq!(web.next().await, Request::PageGone { reservation: id() });
}
