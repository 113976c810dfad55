//! WebSockets over real connections.

use crate::support::*;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use warmline_coordination::effect::Audience;
use warmline_coordination::ids::{EventId, ProbeId, ReservationId};
use warmline_coordination::request::{AgentRef, Reply, Request};
use warmline_coordination::view::{EventEnvelope, Notice};
use warmline_time::Time;

pub type Socket = WebSocketStream<TcpStream>;

pub async fn serve(web: &Web) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = web.app.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

pub async fn connect(
    address: SocketAddr,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<Socket, u16> {
    let mut request = format!("ws://desk.test:8080{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

pub async fn next(socket: &mut Socket) -> Message {
    loop {
        let arrived = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
        match arrived.expect("a message in time").expect("an open stream") {
            Ok(Message::Ping(_)) => continue,
            Ok(message) => return message,
            Err(error) => panic!("{error}"),
        }
    }
}

pub async fn next_json(socket: &mut Socket) -> Value {
    match next(socket).await {
        Message::Text(text) => serde_json::from_str(text.as_str()).unwrap(),
        other => panic!("{other:?}"),
    }
}

pub async fn close_code(socket: &mut Socket) -> u16 {
    match next(socket).await {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("{other:?}"),
    }
}

pub async fn send(socket: &mut Socket, value: Value) {
    socket.send(Message::text(value.to_string())).await.unwrap();
}

/// Alice's stream with its eight first views read.
async fn desktop(web: &Web, address: SocketAddr, cookie: &str) -> Socket {
    let mut socket =
        connect(address, "/v1/agent/stream", &[("cookie", cookie), ("origin", DESK)]).await.unwrap();
    for view in ["me", "current", "waiting", "scheduled", "stats", "colleagues", "parked", "chats"] {
        assert_eq!(next_json(&mut socket).await["view"], view);
    }
    assert_eq!(web.hub.open_streams().0, 1);
    socket
}

#[tokio::test]
async fn the_desktop_gets_all_views_then_what_changes() {
    let mut web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut socket =
        connect(address, "/v1/agent/stream", &[("cookie", &cookie), ("origin", DESK)]).await.unwrap();
    let me = next_json(&mut socket).await;
    assert_eq!(
        (&me["type"], &me["view"], &me["data"]["agent"]),
        (&json!("view"), &json!("me"), &json!("alice"))
    );
    assert_eq!(me["data"]["sip_ws"], "ws://desk.test:8080/sip");
    let current = next_json(&mut socket).await;
    assert!(current["data"]["snapshot_url"].as_str().unwrap().starts_with("http://desk.test:8444/view/"));
    assert_eq!(next_json(&mut socket).await, json!({"type": "view", "view": "waiting", "data": []}));
    assert_eq!(next_json(&mut socket).await["view"], "scheduled");
    assert_eq!(next_json(&mut socket).await["view"], "stats");
    let colleagues = next_json(&mut socket).await;
    assert_eq!((&colleagues["view"], &colleagues["data"][0]["agent"]), (&json!("colleagues"), &json!("bob")));
    assert_eq!(next_json(&mut socket).await, json!({"type": "view", "view": "parked", "data": []}));
    assert_eq!(next_json(&mut socket).await, json!({"type": "view", "view": "chats", "data": []}));
    assert!(matches!(web.next().await, Request::StreamOpened(agent, 1) if agent == alice()));

    let title = "<script>alert(1)</script>\u{2028}";
    let to = Audience::Agent(alice());
    let data = json!({"snapshot": "ab".repeat(32), "page": {"title": title}});
    web.hub.publish(&to, &Notice::View { view: "current", data });
    let current = next_json(&mut socket).await;
    assert_eq!(current["data"]["page"]["title"], title, "a stranger's text stays a JSON string");
    assert!(current["data"]["snapshot_url"].is_string());
    web.hub.publish(&to, &Notice::View { view: "current", data: Value::Null });
    assert_eq!(next_json(&mut socket).await, json!({"type": "view", "view": "current", "data": null}));
    let id = ProbeId::mint(Time::ZERO, 3);
    web.hub.publish(&to, &Notice::Probe { id, reservation: None, snapshot: None });
    assert_eq!(
        next_json(&mut socket).await,
        json!({"type": "probe", "id": id, "reservation": null, "snapshot": null})
    );
    let event = EventEnvelope {
        id: EventId::mint(Time::ZERO, 1),
        event: "call.answered",
        time: Time::ZERO.rfc3339(),
        seq: 7,
        firm: "acme".into(),
        subject: "cal_x".into(),
        trace_id: "t".into(),
        data: json!({}),
    };
    web.hub.publish(&to, &Notice::Event(event));
    let event = next_json(&mut socket).await;
    assert_eq!(
        (&event["type"], &event["event"], &event["seq"]),
        (&json!("event"), &json!("call.answered"), &json!(7))
    );
    let bob = AgentRef { firm: "globex".into(), ..alice() };
    web.hub.publish(&Audience::Agent(bob), &Notice::View { view: "me", data: json!({}) });
    send(&mut socket, json!({"type": "ping"})).await;
    assert_eq!(next_json(&mut socket).await, json!({"type": "pong"}), "nothing of another firm in between");
    drop(socket);
    assert_eq!(web.next().await, Request::StreamClosed(alice(), 1));
    assert_eq!(web.hub.open_streams().0, 0);
}

#[tokio::test]
async fn what_the_desktop_says_reaches_the_firm_and_nonsense_does_not() {
    let mut web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut socket = desktop(&web, address, &cookie).await;
    web.next().await;
    let (reservation, probe) = (ReservationId::mint(Time::ZERO, 1), ProbeId::mint(Time::ZERO, 2));
    let hash = "ab".repeat(32);
    for (text, code) in [
        ("{".to_owned(), "invalid_json"),
        ("[]".to_owned(), "invalid_message"),
        (json!({"type": "launch"}).to_string(), "invalid_message"),
        (json!({"type": "rendered", "reservation": "rsv_", "snapshot": hash}).to_string(), "invalid_message"),
        (
            json!({"type": "rendered", "reservation": reservation, "snapshot": "../x"}).to_string(),
            "invalid_message",
        ),
    ] {
        socket.send(Message::text(text)).await.unwrap();
        assert_eq!(next_json(&mut socket).await, json!({"type": "error", "code": code}));
    }
    socket.send(Message::binary(vec![0])).await.unwrap();
    assert_eq!(next_json(&mut socket).await["code"], "text_only");
    send(&mut socket, json!({"type": "rendered", "reservation": reservation, "snapshot": hash})).await;
    let snapshot = Some(hash.clone());
    assert_eq!(web.next().await, Request::Rendered { agent: alice(), reservation, snapshot });
    let answer =
        json!({"type": "probe_answer", "probe": probe, "drawn": hash, "hidden": false, "microphone": true});
    send(&mut socket, answer).await;
    let expected =
        Request::ProbeAnswer { agent: alice(), probe, drawn: Some(hash), hidden: false, microphone: true };
    assert_eq!(web.next().await, expected);
    let _ = socket.send(Message::text("x".repeat(65_537))).await;
    assert_eq!(web.next().await, Request::StreamClosed(alice(), 1), "too long a message ends the stream");
}

#[tokio::test]
async fn a_newer_desktop_takes_over() {
    let mut web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut first = desktop(&web, address, &cookie).await;
    let mut second = desktop(&web, address, &cookie).await;
    assert_eq!(next_json(&mut first).await, json!({"type": "replaced"}));
    assert_eq!(close_code(&mut first).await, 4_000);
    assert_eq!(web.next().await, Request::StreamOpened(alice(), 1));
    assert_eq!(web.next().await, Request::StreamOpened(alice(), 2));
    assert_eq!(web.next().await, Request::StreamClosed(alice(), 1));
    web.hub.publish(&Audience::Agent(alice()), &Notice::View { view: "stats", data: json!({"waiting": 2}) });
    assert_eq!(next_json(&mut second).await["data"]["waiting"], 2);
}

#[tokio::test]
async fn a_log_out_ends_the_stream() {
    let web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut socket = desktop(&web, address, &cookie).await;
    let headers = [("origin", DESK), ("cookie", cookie.as_str())];
    call(&web.app, request("POST", "/v1/agent/logout", &headers, axum::body::Body::empty())).await;
    assert_eq!(next_json(&mut socket).await, json!({"type": "replaced"}));
    assert_eq!(close_code(&mut socket).await, 4_000);
}

#[tokio::test]
async fn the_desktops_stream_needs_cookie_and_origin() {
    let web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let path = "/v1/agent/stream";
    assert_eq!(connect(address, path, &[("origin", DESK)]).await.unwrap_err(), 401);
    assert_eq!(connect(address, path, &[("cookie", &cookie)]).await.unwrap_err(), 403);
    let evil = [("cookie", cookie.as_str()), ("origin", "https://evil.test")];
    assert_eq!(connect(address, path, &evil).await.unwrap_err(), 403);
    let headers = [("cookie", cookie.as_str()), ("origin", DESK)];
    let plain = call(&web.app, request("GET", path, &headers, axum::body::Body::empty())).await;
    assert_eq!((plain.status.as_u16(), plain.code()), (400, "not_a_websocket"));
}

#[tokio::test]
async fn what_was_published_before_the_opening_answer_is_not_sent_after_it() {
    let (web, mut requests) = Web::unanswered(settings(), 8);
    let address = serve(&web).await;
    let log_in = tokio::spawn({
        let app = web.app.clone();
        let body = json!({"agent": "alice", "password": PASSWORD});
        async move { call(&app, post("/v1/agent/login", DESK, body)).await }
    });
    requests.recv().await.unwrap().reply.send(Reply::Agent(Box::new(views())));
    let answer = log_in.await.unwrap();
    let cookie = cookie(&answer.headers).split(';').next().unwrap();
    let mut socket =
        connect(address, "/v1/agent/stream", &[("cookie", cookie), ("origin", DESK)]).await.unwrap();
    let opened = requests.recv().await.unwrap();
    let stats = |waiting: u32| Notice::View { view: "stats", data: json!({"waiting": waiting}) };
    let to = Audience::Agent(alice());
    web.hub.publish(&to, &stats(1));
    opened.reply.send(Reply::Agent(Box::new(views())));
    web.hub.publish(&to, &stats(2));
    let mut seen = Vec::new();
    while seen.last() != Some(&json!(2)) {
        let message = next_json(&mut socket).await;
        if message["view"] == "stats" {
            seen.push(message["data"]["waiting"].clone());
        }
    }
    assert_eq!(seen, [json!(0), json!(2)]);
}

#[tokio::test]
async fn a_desktop_that_falls_silent_is_given_up() {
    let mut settings = settings();
    settings.limits.ping_every = Duration::from_millis(20);
    settings.limits.dead_after = Duration::from_millis(200);
    let mut web = Web::with(settings, usual);
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let _silent = desktop(&web, address, &cookie).await;
    assert_eq!(web.next().await, Request::StreamOpened(alice(), 1));
    assert_eq!(web.next().await, Request::StreamClosed(alice(), 1));
}

#[tokio::test]
async fn a_visitor_sees_its_reservation() {
    let mut web = Web::new();
    let address = serve(&web).await;
    let visitor = web.visitor().await;
    let body = json!({
        "site": "shop", "mode": "dial", "visitor": visitor,
        "page": {"url": "https://shop.test/", "title": ""},
    });
    let opened = call(&web.app, post("/v1/web/reservations", SHOP, body)).await.body;
    web.next().await;
    let path = opened["stream"].as_str().unwrap();
    let mut socket = connect(address, path, &[("origin", SHOP)]).await.unwrap();
    let first = next_json(&mut socket).await;
    assert_eq!((&first["type"], &first["view"]), (&json!("view"), &json!("reservation")));
    assert_eq!(first["data"]["number"], "+493012345003");
    let reservation: ReservationId = opened["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(web.next().await, Request::View { reservation });
    let ringing = Notice::View { view: "reservation", data: json!({"state": "ringing"}) };
    web.hub.publish(&Audience::Visitor(ReservationId::mint(Time::ZERO, 2)), &ringing);
    web.hub.publish(&Audience::Visitor(reservation), &ringing);
    assert_eq!(next_json(&mut socket).await["data"]["state"], "ringing");
    send(&mut socket, json!({"type": "rendered"})).await;
    assert_eq!(next_json(&mut socket).await["code"], "invalid_message");
    send(&mut socket, json!({"type": "ping"})).await;
    assert_eq!(next_json(&mut socket).await["type"], "pong");

    let forged = format!("{}0", &path[..path.len() - 1]);
    let forged = if forged == path { format!("{}1", &path[..path.len() - 1]) } else { forged };
    assert_eq!(connect(address, &forged, &[("origin", SHOP)]).await.unwrap_err(), 401);
    assert_eq!(connect(address, path, &[("origin", "https://blog.test")]).await.unwrap_err(), 401);
    assert_eq!(connect(address, path, &[("origin", "https://evil.test")]).await.unwrap_err(), 403);
    assert_eq!(connect(address, path, &[]).await.unwrap_err(), 403);
    web.hub.shutdown();
    assert_eq!(close_code(&mut socket).await, 1_001);
}

#[tokio::test]
async fn visitors_streams_are_bounded_and_leave_nothing_behind() {
    let mut settings = settings();
    settings.limits.visitor_streams = 1;
    let web = Web::with(settings, usual);
    let address = serve(&web).await;
    let visitor = web.visitor().await;
    let body = json!({
        "site": "shop", "mode": "dial", "visitor": visitor,
        "page": {"url": "https://shop.test/", "title": ""},
    });
    let opened = call(&web.app, post("/v1/web/reservations", SHOP, body)).await.body;
    let path = opened["stream"].as_str().unwrap();
    let mut socket = connect(address, path, &[("origin", SHOP)]).await.unwrap();
    next_json(&mut socket).await;
    assert_eq!(connect(address, path, &[("origin", SHOP)]).await.unwrap_err(), 503);
    socket.close(None).await.unwrap();
    while web.hub.open_streams().1 > 0 {
        tokio::task::yield_now().await;
    }
    assert!(connect(address, path, &[("origin", SHOP)]).await.is_ok());
}

#[tokio::test]
async fn a_stream_of_a_reservation_that_is_gone_says_so() {
    let web = Web::with(settings(), |request| match request {
        Request::View { .. } => refusing(request),
        other => usual(other),
    });
    let address = serve(&web).await;
    let visitor = web.visitor().await;
    let body = json!({
        "site": "shop", "mode": "dial", "visitor": visitor,
        "page": {"url": "https://shop.test/", "title": ""},
    });
    let opened = call(&web.app, post("/v1/web/reservations", SHOP, body)).await.body;
    let mut socket = connect(address, opened["stream"].as_str().unwrap(), &[("origin", SHOP)]).await.unwrap();
    assert_eq!(next_json(&mut socket).await, json!({"type": "error", "code": "number_not_allowed"}));
    assert_eq!(close_code(&mut socket).await, 1_008);
}

#[tokio::test]
async fn a_log_in_elsewhere_is_asked_for_and_taken_over_by_word() {
    let web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut old = desktop(&web, address, &cookie).await;
    let log_in = async |more: Value| {
        let mut body = json!({"agent": "alice", "password": PASSWORD});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&web.app, post("/v1/agent/login", DESK, body)).await
    };
    let answer = log_in(json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "logged_in_elsewhere"));
    assert!(answer.body["since"].as_str().unwrap().starts_with("20"), "{}", answer.text);
    assert!(answer.headers.get("set-cookie").is_none());
    // Whoever guesses hears nothing of it.
    let guess = json!({"agent": "alice", "password": "guess", "take_over": true});
    assert_eq!(call(&web.app, post("/v1/agent/login", DESK, guess)).await.code(), "wrong_password");
    let answer = log_in(json!({"take_over": true})).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let new = cookie_of(&answer);
    let mut socket = desktop(&web, address, &new).await;
    assert_eq!(next_json(&mut old).await, json!({"type": "replaced"}));
    assert_eq!(close_code(&mut old).await, 4_000);
    // A supervisor ends it: in words, and with the session.
    let to = Audience::Agent(alice());
    web.hub.publish(
        &to,
        &Notice::Change { view: "colleagues", data: Arc::new(json!({"set": [], "gone": ["bob"]})) },
    );
    let change = next_json(&mut socket).await;
    assert_eq!((&change["type"], &change["data"]["gone"][0]), (&json!("change"), &json!("bob")));
    web.hub.publish(&to, &Notice::LoggedOff { by: Some("Carla".into()) });
    assert_eq!(next_json(&mut socket).await, json!({"type": "logged_off", "by": "Carla"}));
    assert_eq!(close_code(&mut socket).await, 4_001);
    assert_eq!(web.desk("GET", "/v1/agent/session", &new, "").await.code(), "no_session");
    assert_eq!(log_in(json!({})).await.status.as_u16(), 200, "nobody is asked where nothing is open");
}

fn cookie_of(answer: &Answer) -> String {
    crate::support::cookie(&answer.headers).split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_desktop_says_that_it_looks_at_the_floor() {
    let mut web = Web::new();
    let (address, cookie) = (serve(&web).await, web.log_in().await);
    let mut socket = desktop(&web, address, &cookie).await;
    assert!(matches!(web.next().await, Request::StreamOpened(..)));
    send(&mut socket, json!({"type": "watch", "view": "floor", "on": true})).await;
    assert_eq!(web.next().await, Request::WatchFloor { agent: alice(), on: true });
    send(&mut socket, json!({"type": "watch", "view": "safe", "on": true})).await;
    assert_eq!(next_json(&mut socket).await["code"], "invalid_message");
}
