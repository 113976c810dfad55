//! The form without a script (G1).

use crate::support::*;
use axum::body::Body;
use std::sync::OnceLock;
use warmline_coordination::ids::VisitorId;
use warmline_coordination::request::{Mode, Problem, Reply, Request};

const OURS: &str = "http://desk.test:8080";

async fn submit(web: &Web, origin: &str, language: &str, body: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("accept-language", language),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    call(&web.app, request("POST", "/v1/web/form", &headers, Body::from(body.to_owned()))).await
}

fn invalid(request: &Request) -> Reply {
    match request {
        Request::Open(_) => {
            let detail = "This is not a telephone number.".to_owned();
            Reply::Problem(Problem { status: 422, code: "number_invalid", detail, retry_after_secs: None })
        }
        other => usual(other),
    }
}

#[tokio::test]
async fn g1_without_a_script_he_asks_to_be_called_and_may_take_it_back() {
    let mut web = Web::new();
    let headers = [
        ("referer", "https://shop.test/printers/42?mail=vera@shop.test&id=7"),
        ("accept-language", "de-DE,de;q=0.9"),
    ];
    let shown = call(&web.app, request("GET", "/v1/web/form?site=shop", &headers, Body::empty())).await;
    assert_eq!((shown.status.as_u16(), shown.header("content-language")), (200, "de"));
    assert!(shown.text.contains("Wir rufen Sie an") && shown.text.contains("value=\"2026-11\""));
    assert!(shown.text.contains("value=\"https://shop.test/printers/42?id=7\""), "{}", shown.text);
    let policy = shown.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("script"));
    assert!(!shown.text.contains("<script"));

    let sent = "site=shop&number=0171+5550142&name=Vera+%C3%84&consent=2026-11&page=https%3A%2F%2Fshop.test%2Fprinters%2F42%3Ftoken%3D1%23x";
    let done = submit(&web, OURS, "de", sent).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert!(done.text.contains("Wir rufen an, sobald jemand frei ist"));
    let Request::Open(open) = web.next().await else { panic!() };
    assert_eq!((open.number.as_deref(), open.name.as_deref()), (Some("0171 5550142"), Some("Vera Ä")));
    assert_eq!(open.page.url, "https://shop.test/printers/42");
    let consent = open.consent.unwrap();
    assert!(consent.call && consent.version == "2026-11");

    let hidden = |name: &str| {
        let start = done.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
        start.split('"').next().unwrap().to_owned()
    };
    let back = format!("site=shop&cancel={}&key={}", hidden("cancel"), hidden("key"));
    let wrong = submit(&web, OURS, "de", &format!("site=shop&cancel={}&key=guess", hidden("cancel"))).await;
    assert_eq!(wrong.status, 404);
    let gone = submit(&web, OURS, "de", &back).await;
    assert!(gone.status == 200 && gone.text.contains("Niemand ruft an"), "{}", gone.text);
    assert!(matches!(web.next().await, Request::Cancel { .. }));
}

#[tokio::test]
async fn g1_without_a_script_he_is_shown_a_number_and_the_code_that_he_may_be_asked_for() {
    let mut web = Web::new();
    let shown = call(&web.app, request("GET", "/v1/web/form?site=shop", &[], Body::empty())).await.text;
    assert!(shown.contains("name=\"mode\" value=\"dial\"") && shown.contains("show me a number"), "{shown}");
    let sent = "site=shop&mode=dial&page=https%3A%2F%2Fshop.test%2Fprinters%2F42";
    let done = submit(&web, OURS, "en", sent).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert!(done.text.contains("href=\"tel:+493012345003\">030 12345003</a>"), "{}", done.text);
    assert!(done.text.contains("asked for a code, key in 483026."));
    let Request::Open(open) = web.next().await else { panic!() };
    assert_eq!((open.mode, open.number), (Mode::Dial, None));
    assert_eq!(open.page.url, "https://shop.test/printers/42");
    assert!(open.consent.is_none(), "nobody is called");
}

/// All numbers are taken: the page would be the phone.
fn dry(request: &Request) -> Reply {
    match request {
        Request::Open(_) => {
            let view = warmline_coordination::view::ReservationView {
                mode: warmline_coordination::view::ShownMode::Browser,
                number: None,
                number_display: None,
                ..reservation(1)
            };
            Reply::Reservation { created: true, view: Box::new(view), token: None }
        }
        other => usual(other),
    }
}

#[tokio::test]
async fn e9_without_a_script_and_without_a_number_nothing_is_kept_and_he_may_be_called() {
    let mut web = Web::with(settings(), dry);
    let answer = submit(&web, OURS, "de", "site=shop&mode=dial").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(
        answer.text.contains("Gerade ist keine Nummer frei") && answer.text.contains("Ihre Telefonnummer")
    );
    assert!(matches!(web.next().await, Request::Open(_)));
    assert!(matches!(web.next().await, Request::Cancel { .. }));
}

#[tokio::test]
async fn g1_what_is_wrong_is_said_in_words_and_what_was_typed_is_kept_as_text() {
    let web = Web::with(settings(), invalid);
    let sent = "site=shop&number=12&name=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&consent=2026-11";
    let answer = submit(&web, SHOP, "es-MX,en;q=0.5", sent).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-language")), (422, "es"));
    assert!(answer.text.contains("No parece un número") && answer.text.contains("value=\"12\""));
    assert!(!answer.text.contains("<script"), "{}", answer.text);
    assert!(answer.text.contains("&#60;script&#62;"));
    let empty = submit(&web, SHOP, "xx", "site=shop&consent=2026-11").await;
    assert!(empty.status == 422 && empty.text.contains("whole phone number"));
}

#[tokio::test]
async fn g1_only_our_form_and_the_sites_pages_ask_for_calls() {
    let mut web = Web::new();
    let sent = "site=shop&number=01715550142&consent=2026-11";
    for origin in ["https://evil.test", "null", "https://globex.test"] {
        let answer = submit(&web, origin, "en", sent).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (403, "text/html; charset=utf-8")
        );
    }
    let without = request(
        "POST",
        "/v1/web/form",
        &[("content-type", "application/x-www-form-urlencoded")],
        Body::from(sent),
    );
    assert_eq!(call(&web.app, without).await.status, 403);
    assert_eq!(submit(&web, SHOP, "en", "site=nowhere&number=1").await.status, 404);
    assert_eq!(
        submit(&web, SHOP, "en", &format!("site=shop&number={}", "1".repeat(20_000))).await.status,
        400
    );
    assert!(web.seen.try_recv().is_err(), "no firm has heard of any of it");
    let elsewhere = "site=shop&number=01715550142&consent=2026-11&page=https%3A%2F%2Fshop.test.evil.test%2F";
    assert_eq!(submit(&web, SHOP, "en", elsewhere).await.status, 201);
    let Request::Open(open) = web.next().await else { panic!() };
    assert_eq!(open.page.url, "https://shop.test/", "a page of another site is not shown as this one's");
}

/// The number was given to him before this hour began: the first visitor who is asked about holds nothing, the other does.
fn held_before(request: &Request) -> Reply {
    static FIRST: OnceLock<VisitorId> = OnceLock::new();
    match request {
        Request::Held { visitor, .. } if FIRST.get_or_init(|| *visitor) != visitor => {
            Reply::Reservation { created: false, view: Box::new(reservation(1)), token: None }
        }
        Request::Open(open) => {
            assert_ne!(FIRST.get(), Some(&open.visitor), "a second number");
            usual(request)
        }
        other => usual(other),
    }
}

#[tokio::test]
async fn g1_who_has_left_the_page_with_his_number_finds_it_again_and_may_give_it_back() {
    let mut web = Web::with(settings(), held_before);
    let shown = call(&web.app, request("GET", "/v1/web/form?site=shop", &[], Body::empty())).await.text;
    assert!(shown.contains("href=\"tel:+493012345003\">030 12345003</a>"), "{shown}");
    assert!(shown.contains("I don’t need this number") && !shown.contains("show me a number"), "{shown}");
    assert!(shown.contains("name=\"consent\""), "he may be called instead");
    // Who asks for one all the same has this one.
    assert_eq!(submit(&web, OURS, "en", "site=shop&mode=dial").await.status, 201);
    assert!(matches!(web.next().await, Request::Open(_)));
    let hidden = |name: &str| {
        let start = shown.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
        start.split('"').next().unwrap().to_owned()
    };
    let back = format!("site=shop&mode=dial&cancel={}&key={}", hidden("cancel"), hidden("key"));
    let gone = submit(&web, OURS, "en", &back).await;
    assert!(gone.status == 200 && gone.text.contains("This number is not yours any more"), "{}", gone.text);
    assert!(matches!(web.next().await, Request::Cancel { .. }));
}
