//! What visitors write, and the page behind the link of a letter.

use crate::support::*;
use axum::body::Body;
use serde_json::json;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{Problem, Reply, Request};
use warmline_coordination::view::{ReservationView, ShownMode, SlotsView, VisitorState};
use warmline_time::Time;
use warmline_web::{WebSettings, callback_token};

fn with_mailbox() -> WebSettings {
    let mut settings = settings();
    settings.sites[0].writes = true;
    settings.sites[0].confirms = true;
    settings
}

fn scheduled(request: &Request) -> Reply {
    match request {
        Request::View { .. } | Request::Reschedule { .. } => {
            let view = ReservationView {
                mode: ShownMode::Callme,
                state: VisitorState::Waiting,
                due: Some("2026-12-01T09:15:00Z".into()),
                ..reservation(1)
            };
            Reply::Reservation { created: false, view: Box::new(view), token: None }
        }
        Request::Slots { .. } => Reply::Slots(Box::new(SlotsView {
            zone: "Europe/Berlin".into(),
            slot_minutes: 15,
            now: true,
            narrowed: false,
            slots: vec!["2026-12-01T13:00:00Z".into(), "2026-12-02T08:00:00Z".into()],
        })),
        other => usual(other),
    }
}

fn over(request: &Request) -> Reply {
    match request {
        Request::Reschedule { .. } => {
            let detail = "This time is taken by now: choose another one.".to_owned();
            Reply::Problem(Problem { status: 409, code: "slot_full", detail, retry_after_secs: None })
        }
        Request::View { .. } => {
            let detail = "This request is not known any more.".to_owned();
            Reply::Problem(Problem {
                status: 404,
                code: "unknown_reservation",
                detail,
                retry_after_secs: None,
            })
        }
        other => usual(other),
    }
}

fn id(random: u128) -> ReservationId {
    ReservationId::mint(Time::ZERO, random)
}

fn link() -> String {
    format!("/callback/{}", callback_token(&[3; 64], "shop", id(1)))
}

async fn looked_at(web: &Web, path: &str, language: &str) -> Answer {
    call(&web.app, request("GET", path, &[("accept-language", language)], Body::empty())).await
}

async fn sent(web: &Web, body: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept-language", "en")];
    call(&web.app, request("POST", &link(), &headers, Body::from(body.to_owned()))).await
}

#[tokio::test]
async fn n25_a_visitor_writes_where_a_mailbox_is_read() {
    let mut web = Web::with(with_mailbox(), usual);
    let session = call(&web.app, post("/v1/web/sessions", SHOP, json!({"site": "shop"}))).await;
    assert!(session.body["modes"].as_array().unwrap().contains(&json!("mail")), "{}", session.body);
    assert_eq!(session.body["mail"], true);
    let visitor = session.body["visitor"].as_str().unwrap();
    let page = json!({"url": "https://shop.test/p", "title": "P"});
    let message = |email: &str, text: &str| json!({"site": "shop", "visitor": visitor, "page": page, "name": "Vera", "email": email, "text": text});
    let done =
        call(&web.app, post("/v1/web/messages", SHOP, message(" vera@home.test ", "Hello\r\nthere"))).await;
    assert_eq!(done.status, 202, "{}", done.text);
    let Request::Write(writing) = web.next().await else { panic!() };
    assert_eq!((writing.email.as_str(), writing.text.as_str()), ("vera@home.test", "Hello\nthere"));
    for (email, text, code) in [
        ("vera", "Hi", "email_invalid"),
        ("vera@home.test\r\nBcc: a@b.test", "Hi", "email_invalid"),
        ("a@b.test, c@d.test", "Hi", "email_invalid"),
        ("vera@home.test", " \n", "text_missing"),
        ("vera@home.test", "a\u{0}b", "control_characters"),
    ] {
        let refused = call(&web.app, post("/v1/web/messages", SHOP, message(email, text))).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!(code)));
    }
    let long =
        call(&web.app, post("/v1/web/messages", SHOP, message("vera@home.test", &"x".repeat(4_001)))).await;
    assert_eq!(long.status, 422);
    let elsewhere = post("/v1/web/messages", "https://evil.test", message("vera@home.test", "Hi"));
    assert_eq!(call(&web.app, elsewhere).await.status, 403);
}

#[tokio::test]
async fn g17_the_link_of_a_letter_shows_when_and_looking_changes_nothing() {
    let mut web = Web::with(with_mailbox(), scheduled);
    let page = looked_at(&web, &link(), "de-AT").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Dienstag, 1. Dezember 2026, 10:15–10:30 (Europe/Berlin)"), "{}", page.text);
    assert!(
        page.text.contains("<optgroup label=\"Mittwoch, 2. Dezember 2026\">")
            && page.text.contains("14:00–14:15</option>")
    );
    assert_eq!(
        (page.header("x-robots-tag"), page.header("referrer-policy")),
        ("noindex, nofollow", "no-referrer")
    );
    assert!(page.header("cache-control").contains("no-store") && !page.text.contains("<script"));
    // The times are asked for beside it.
    assert!(matches!(web.next().await, Request::View { .. }));
    let moved = sent(&web, "due=2026-12-01T13%3A00%3A00Z").await;
    assert!(moved.status == 200 && moved.text.contains("The time is changed."), "{}", moved.text);
    assert!(matches!(web.next().await, Request::Reschedule { due: Some(_), .. }));
    assert!(matches!(web.next().await, Request::View { .. }));
    let back = sent(&web, "cancel=1").await;
    assert!(back.status == 200 && back.text.contains("Nobody will call"), "{}", back.text);
    assert!(matches!(web.next().await, Request::Cancel { reservation } if reservation == id(1)));
}

#[tokio::test]
async fn g17_a_link_that_is_not_ours_or_over_leads_nowhere() {
    let web = Web::with(with_mailbox(), over);
    for path in [link(), link().replace('.', ".0"), "/callback/x".into(), format!("{}a", link())] {
        let page = looked_at(&web, &path, "en").await;
        assert!(page.status == 404 && page.text.contains("This call is over"), "{}", page.text);
    }
    let other = callback_token(&[4; 64], "shop", id(1));
    assert_eq!(looked_at(&web, &format!("/callback/{other}"), "en").await.status, 404);
    // The time is taken: said in words, with what can be done.
    let full = sent(
        &Web::with(with_mailbox(), |request| match request {
            Request::Reschedule { .. } => over(request),
            other => scheduled(other),
        }),
        "due=2026-12-01T13%3A00%3A00Z",
    )
    .await;
    assert!(
        full.status == 409 && full.text.contains("not possible any more") && full.text.contains("<select"),
        "{}",
        full.text
    );
    let wrong = sent(&Web::with(with_mailbox(), scheduled), "due=tomorrow").await;
    assert!(wrong.status == 422 && wrong.text.contains("not possible any more"), "{}", wrong.text);
}
