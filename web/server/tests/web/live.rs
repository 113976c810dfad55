//! A page as it is now, from the visitor's browser to the agent's view of it and to nobody else; and what the two say about it.

use crate::streams::{Socket, close_code, connect, next_json, send, serve};
use crate::support::*;
use axum::body::Body;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::Request;

const PAGES: &str = "http://desk.test:8080";

/// The page-view origin, on a port of its own.
async fn serve_pages(web: &Web) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = web.pageview().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// A visitor's reservation: its id, the query of its streams, its key.
async fn reserved(web: &Web) -> (ReservationId, String, String) {
    let page = json!({"url": "https://shop.test/", "title": "Shop"});
    let wish = json!({"site": "shop", "mode": "dial", "visitor": web.visitor().await, "page": page});
    let body = call(&web.app, post("/v1/web/reservations", SHOP, wish)).await.body;
    let query = body["stream"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    (body["id"].as_str().unwrap().parse().unwrap(), query, body["key"].as_str().unwrap().into())
}

/// Where Alice's desktop is told to look, as a path on the page-view origin.
async fn live_path(web: &Web, number: u64) -> String {
    let address = serve(web).await;
    let cookie = web.log_in().await;
    let mut desk =
        connect(address, "/v1/agent/stream", &[("cookie", &cookie), ("origin", DESK)]).await.unwrap();
    for _ in 0..8 {
        next_json(&mut desk).await;
    }
    let data = json!({"reservation": reservation(1).id, "share": {"live": "on", "number": number}});
    let to = warmline_coordination::effect::Audience::Agent(alice());
    web.hub.publish(&to, &warmline_coordination::view::Notice::View { view: "current", data });
    let view = next_json(&mut desk).await;
    let url = view["data"]["share"]["live_url"].as_str().expect("an address").to_owned();
    url.strip_prefix("http://desk.test:8444").expect("the page-view origin").to_owned()
}

fn stream_of(path: &str) -> String {
    path.replacen('?', "/stream?", 1)
}

async fn from_page(address: SocketAddr, query: &str) -> Result<Socket, u16> {
    connect(address, &format!("/v1/web/live?{query}"), &[("origin", SHOP)]).await
}

#[tokio::test]
async fn a_page_reaches_the_view_it_is_shown_in_until_that_is_over() {
    let web = Web::new();
    let (address, pages) = (serve(&web).await, serve_pages(&web).await);
    let (id, query, _) = reserved(&web).await;
    assert_eq!(from_page(address, &query).await.unwrap_err(), 409, "nobody may see it");
    web.hub.share(id, Some(7));
    let path = live_path(&web, 7).await;
    let mut page = from_page(address, &query).await.unwrap();
    let mut view = connect(pages, &stream_of(&path), &[("origin", PAGES)]).await.unwrap();
    assert_eq!(next_json(&mut page).await, json!({"type": "full_wanted"}));
    let full = json!({"type": "full", "events": [{"type": 2, "data": {"node": "<script>"}}]});
    send(&mut page, full.clone()).await;
    assert_eq!(next_json(&mut view).await, full);
    send(&mut page, json!({"type": "more", "events": []})).await;
    assert_eq!(next_json(&mut view).await["type"], "more");
    for wrong in [json!({"type": "view"}), json!({"events": []}), json!([])] {
        send(&mut page, wrong).await;
        assert_eq!(next_json(&mut page).await["code"], "invalid_message");
    }
    send(&mut view, json!({"type": "full", "events": []})).await;
    assert_eq!(next_json(&mut view).await["code"], "invalid_message", "a view has nothing to show");
    drop(page);
    assert_eq!(next_json(&mut view).await, json!({"type": "paused"}));
    let mut page = from_page(address, &query).await.unwrap();
    assert_eq!(next_json(&mut page).await, json!({"type": "full_wanted"}));
    web.hub.share(id, None);
    assert_eq!((close_code(&mut page).await, close_code(&mut view).await), (4002, 4002));
    assert_eq!(connect(pages, &stream_of(&path), &[("origin", PAGES)]).await.unwrap_err(), 403);
}

#[tokio::test]
async fn where_the_agent_points_reaches_the_page_that_is_shown_and_nothing_else_does() {
    let web = Web::new();
    let (address, pages) = (serve(&web).await, serve_pages(&web).await);
    let (id, query, _) = reserved(&web).await;
    web.hub.share(id, Some(7));
    let path = live_path(&web, 7).await;
    let mut page = from_page(address, &query).await.unwrap();
    let mut view = connect(pages, &stream_of(&path), &[("origin", PAGES)]).await.unwrap();
    assert_eq!(next_json(&mut page).await, json!({"type": "full_wanted"}));
    let full = json!({"type": "full", "events": []});
    let point = |node: u32| json!({"type": "point", "node": node, "x": 0.5, "y": 1.0});
    // Numbers of a picture that it does not have are nobody's.
    send(&mut view, point(1)).await;
    send(&mut view, json!({"type": "ping"})).await;
    assert_eq!(next_json(&mut view).await["type"], "pong");
    send(&mut page, full.clone()).await;
    assert_eq!(next_json(&mut view).await, full);
    send(&mut view, point(2)).await;
    assert_eq!(next_json(&mut page).await, point(2));
    for wrong in [
        json!({"type": "full_wanted"}),
        json!({"type": "click", "node": 2}),
        json!({"type": "point", "node": 2, "x": 2, "y": 0}),
        json!({"type": "point", "node": 2, "x": 0, "y": 0, "text": "<script>"}),
    ] {
        send(&mut view, wrong).await;
        assert_eq!(next_json(&mut view).await["code"], "invalid_message");
    }
    let mark = json!({"type": "point", "node": 3, "x": 0.0, "y": 0.25, "mark": true});
    send(&mut view, mark.clone()).await;
    assert_eq!(next_json(&mut page).await, mark, "and nothing of what was wrong");
    // A page does not point, and a view that has been taken over does not either.
    send(&mut page, point(4)).await;
    assert_eq!(next_json(&mut page).await["code"], "invalid_message");
    let mut newer = connect(pages, &stream_of(&path), &[("origin", PAGES)]).await.unwrap();
    assert_eq!(next_json(&mut page).await, json!({"type": "full_wanted"}));
    assert_eq!(next_json(&mut page).await, json!({"type": "point_end"}));
    assert_eq!(next_json(&mut view).await, json!({"type": "replaced"}));
    send(&mut page, full.clone()).await;
    assert_eq!(next_json(&mut newer).await, full);
    send(&mut newer, point(5)).await;
    assert_eq!(next_json(&mut page).await, point(5));
    // What is too long is not even read.
    send(&mut newer, json!({"type": "point", "node": 6, "x": 0, "y": 0, "more": "x".repeat(2_000)})).await;
    assert_eq!(next_json(&mut page).await, json!({"type": "point_end"}), "its connection has ended");
    web.hub.share(id, None);
    assert_eq!(close_code(&mut page).await, 4002);
}

#[tokio::test]
async fn nobody_else_points() {
    let web = Web::new();
    let (address, pages) = (serve(&web).await, serve_pages(&web).await);
    let (id, query, _) = reserved(&web).await;
    web.hub.share(id, Some(7));
    let earlier = live_path(&web, 7).await;
    let mut old = connect(pages, &stream_of(&earlier), &[("origin", PAGES)]).await.unwrap();
    assert_eq!(next_json(&mut old).await, json!({"type": "paused"}));
    // The call has gone to another agent, who has asked anew.
    web.hub.share(id, Some(8));
    let path = live_path(&web, 8).await;
    let mut page = from_page(address, &query).await.unwrap();
    let mut view = connect(pages, &stream_of(&path), &[("origin", PAGES)]).await.unwrap();
    assert_eq!(next_json(&mut page).await, json!({"type": "full_wanted"}));
    let full = json!({"type": "full", "events": []});
    send(&mut page, full.clone()).await;
    assert_eq!(next_json(&mut view).await, full);
    let point = |node: u32| json!({"type": "point", "node": node, "x": 0.5, "y": 1.0});
    send(&mut old, point(1)).await;
    assert_eq!(close_code(&mut old).await, 4002);
    for (path, origin) in [
        (stream_of(&earlier), PAGES),
        (stream_of(&path).replace("token=", "token=0"), PAGES),
        (stream_of(&path), SHOP),
    ] {
        assert_eq!(connect(pages, &path, &[("origin", origin)]).await.unwrap_err(), 403);
    }
    send(&mut view, point(2)).await;
    assert_eq!(next_json(&mut page).await, point(2), "of the one who is shown it now");
}

#[tokio::test]
async fn only_the_address_of_this_showing_opens_it() {
    let web = Web::new();
    let pages = serve_pages(&web).await;
    web.hub.share(reservation(1).id, Some(7));
    let path = live_path(&web, 7).await;
    let answer = call(&web.pageview(), get(&path)).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "<title>live</title>"));
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "img-src data: blob:;",
        "connect-src ws://desk.test:8080;",
        "frame-ancestors http://desk.test:8080",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("frame-src") && !policy.contains("connect-src 'self'"), "{policy}");
    let stream = stream_of(&path);
    for (path, origin) in [
        (stream.replace("token=", "token=0"), PAGES),
        (stream.replace("desk.test%3A8080", "evil.test"), PAGES),
        (stream.clone(), "http://desk.test:9999"),
        (stream.clone(), SHOP),
    ] {
        assert_eq!(connect(pages, &path, &[("origin", origin)]).await.unwrap_err(), 403, "{path} {origin}");
    }
    assert_eq!(connect(pages, &stream, &[]).await.unwrap_err(), 403);
    web.hub.share(reservation(1).id, Some(8));
    assert_eq!(
        call(&web.pageview(), get(&path)).await.status,
        403,
        "another showing, perhaps to another agent"
    );
    let path = live_path(&web, 8).await;
    assert_eq!(call(&web.pageview(), get(&path)).await.status, 200);
}

#[tokio::test]
async fn the_token_of_the_site_is_needed_to_show_a_page() {
    let web = Web::new();
    let address = serve(&web).await;
    let (id, query, _) = reserved(&web).await;
    web.hub.share(id, Some(1));
    let path = format!("/v1/web/live?{query}");
    assert_eq!(connect(address, &path, &[("origin", "https://globex.test")]).await.unwrap_err(), 401);
    assert_eq!(connect(address, &path, &[("origin", "https://evil.test")]).await.unwrap_err(), 403);
    assert_eq!(connect(address, "/v1/web/live?token=x", &[("origin", SHOP)]).await.unwrap_err(), 401);
    assert!(from_page(address, &query).await.is_ok());
}

#[tokio::test]
async fn visitors_answer_with_their_key() {
    let mut web = Web::new();
    let (id, _, key) = reserved(&web).await;
    web.next().await;
    let ask = |path: &str, key: &str, body: Value| {
        let bearer = format!("Bearer {key}");
        let headers =
            [("origin", SHOP), ("authorization", bearer.as_str()), ("content-type", "application/json")];
        request("POST", &format!("/v1/web/reservations/{id}/{path}"), &headers, Body::from(body.to_string()))
    };
    for (path, body, expected) in [
        ("live", json!({"allow": true}), Request::AnswerLook { reservation: id, allow: true }),
        ("live", json!({"allow": false}), Request::AnswerLook { reservation: id, allow: false }),
        (
            "push",
            json!({"push": 3, "accept": true}),
            Request::AnswerPush { reservation: id, push: 3, accept: true },
        ),
    ] {
        assert_eq!(call(&web.app, ask(path, "0", body.clone())).await.code(), "wrong_key");
        assert_eq!(call(&web.app, ask(path, &key, body)).await.status, 204);
        assert_eq!(web.next().await, expected);
    }
    for (path, body) in [("live", json!({})), ("push", json!({"push": -1, "accept": true}))] {
        assert_eq!(call(&web.app, ask(path, &key, body)).await.code(), "invalid_json");
    }
}

#[tokio::test]
async fn what_is_no_address_is_not_suggested() {
    let web = Web::new();
    let cookie = web.log_in().await;
    for (url, title, code) in [
        ("javascript:alert(1)", "", "url_not_allowed"),
        ("/returns", "", "url_not_allowed"),
        ("https://shop.test/ x", "", "url_not_allowed"),
        ("https://shop.test/", "a\nb", "control_characters"),
        ("https://shop.test/", &"x".repeat(101), "too_long"),
    ] {
        let body = json!({"url": url, "title": title}).to_string();
        assert_eq!(web.desk("POST", "/v1/agent/push", &cookie, &body).await.code(), code, "{url}");
    }
}
