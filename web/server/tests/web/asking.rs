//! What a site asks of its visitors: told to pages, taken from pages, forms and programs.

use crate::support::*;
use axum::body::Body;
use serde_json::json;
use warmline_coordination::request::{Mode, OpenNow, Problem, Reply, Request, Whose};
use warmline_coordination::view::SlotsView;
use warmline_web::WebRequest;

/// Nobody is there now; two times are free.
fn closed(request: &Request) -> Reply {
    match request {
        Request::Offer { .. } => {
            let now = OpenNow { out_of_hours: true, all_busy: false, callme_later_only: true };
            Reply::Offer { modes: vec![Mode::Callme], on_file: None, now }
        }
        Request::Slots { .. } => Reply::Slots(Box::new(SlotsView {
            zone: "Europe/Berlin".into(),
            slot_minutes: 15,
            now: true,
            narrowed: false,
            slots: vec!["2026-11-30T08:00:00.000Z".into(), "2026-11-30T08:15:00.000Z".into()],
        })),
        Request::Open(open) => {
            let view = warmline_coordination::view::ReservationView {
                due: open.due.map(warmline_time::Time::rfc3339),
                match_digits: Some("47".into()),
                ..reservation(1)
            };
            Reply::Reservation { created: true, view: Box::new(view), token: None }
        }
        other => usual(other),
    }
}

#[tokio::test]
async fn a_session_says_what_is_asked_and_that_nobody_can_take_a_call() {
    let abroad = json!({"site": "shop", "number": "0171 5550142", "zone": "Asia/Tokyo"});
    assert_eq!(asked_for(abroad).await.1.as_deref(), Some("Asia/Tokyo"));
    let web = Web::with(settings(), closed);
    let session = call(&web.app, post("/v1/web/sessions", SHOP, json!({"site": "shop"}))).await.body;
    assert_eq!(session["topics"], json!(["Sales", "Repair"]));
    assert_eq!(session["languages"], json!(["de", "en"]));
    let question = json!({"ask": "How urgent is it?", "choices": ["It stands still", "A question"]});
    assert_eq!(session["questions"], json!([question]), "what an answer is worth is not told");
    assert_eq!((&session["modes"], &session["out_of_hours"]), (&json!(["callme"]), &json!(true)));
    assert_eq!((&session["all_busy"], &session["callme_later_only"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn what_is_chosen_reaches_the_firm_in_words_and_what_is_not_asked_is_refused() {
    let mut web = Web::new();
    let visitor = web.visitor().await;
    let body = |more: serde_json::Value| {
        let mut body = json!({
            "site": "shop", "mode": "callme", "visitor": visitor, "number": "030 1234567",
            "page": {"url": "https://shop.test/", "title": ""}, "consent": {"version": "2026-11", "call": true},
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post("/v1/web/reservations", SHOP, body)
    };
    for (more, code) in [
        (json!({"topic": "Gossip"}), "topic_unknown"),
        (json!({"language": "<de>"}), "language_invalid"),
        (json!({"answers": [2]}), "answers_invalid"),
        (json!({"answers": [0, 0]}), "answers_invalid"),
        (json!({"answers": [-1]}), "invalid_json"),
    ] {
        let refused = call(&web.app, body(more)).await;
        assert_eq!(refused.code(), code, "{refused:?}");
    }
    assert!(web.seen.try_recv().is_err(), "no firm has heard of any of it");
    let chosen = json!({"topic": "Repair", "language": "PT-br", "answers": [0]});
    assert_eq!(call(&web.app, body(chosen)).await.status, 201);
    let Request::Open(open) = web.next().await else { panic!() };
    assert_eq!((open.said.topic.as_deref(), open.said.language.as_deref()), (Some("Repair"), Some("pt-BR")));
    assert_eq!((open.said.answers[0].choice.as_str(), open.said.priority), ("It stands still", Some(7)));
    assert_eq!(call(&web.app, body(json!({"topic": null, "answers": [null]}))).await.status, 201);
}

#[tokio::test]
async fn g1_the_form_without_a_script_asks_the_same_and_offers_times_in_the_firms_zone() {
    let mut web = Web::with(settings(), closed);
    let headers = [("accept-language", "de")];
    let shown = call(&web.app, request("GET", "/v1/web/form?site=shop", &headers, Body::empty())).await.text;
    assert!(shown.contains("<option value=\"Repair\">Repair</option>"), "{shown}");
    assert!(
        shown.contains("<legend>How urgent is it?</legend>")
            && shown.contains("name=\"answer0\" value=\"1\"")
    );
    assert!(
        shown.contains("<optgroup label=\"Montag, 30. November 2026\">") && shown.contains("09:15–09:30"),
        "{shown}"
    );
    assert!(
        !shown.contains("Sobald jemand frei ist") && shown.contains("Europe/Berlin"),
        "nobody is there now"
    );
    let sent = "site=shop&number=01715550142&consent=2026-11&topic=Repair&answer0=1&due=2026-11-30T08%3A15%3A00.000Z";
    let headers =
        [("origin", SHOP), ("accept-language", "de"), ("content-type", "application/x-www-form-urlencoded")];
    let done = call(&web.app, request("POST", "/v1/web/form", &headers, Body::from(sent))).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert!(
        done.text.contains("Wir rufen Sie an: Montag, 30. November 2026, 09:15 (Europe/Berlin)"),
        "{}",
        done.text
    );
    assert!(done.text.contains("tippen Sie 47"), "a page without a script shows the digits too");
    let open = loop {
        if let Request::Open(open) = web.next().await {
            break open;
        }
    };
    assert_eq!((open.said.topic.as_deref(), open.said.language.as_deref()), (Some("Repair"), Some("de")));
    assert_eq!((open.said.priority, open.said.answers.len()), (Some(2), 1));
    assert!(open.due.is_some());
    let wrong = sent.replace("answer0=1", "answer0=x");
    let refused = call(&web.app, request("POST", "/v1/web/form", &headers, Body::from(wrong))).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("selected>Montag, 30. November 2026, 09:15"),
        "what he chose is still chosen: {}",
        refused.text
    );
}

/// One number may be called at no time, the others at the second alone, and not now.
fn by_number(request: &Request) -> Reply {
    match request {
        Request::Slots { whose: Whose::Number(number), .. } => {
            let slots = ["2026-11-30T08:15:00.000Z".to_owned()];
            let never = number.ends_with('9');
            Reply::Slots(Box::new(SlotsView {
                zone: "Europe/Berlin".into(),
                slot_minutes: 15,
                now: false,
                narrowed: true,
                slots: slots.into_iter().filter(|_| !never).collect(),
            }))
        }
        Request::Open(_) => {
            let detail = "We cannot call this number at this hour.".to_owned();
            Reply::Problem(Problem { status: 422, code: "calling_hours", detail, retry_after_secs: None })
        }
        Request::Offer { .. } => {
            let now = OpenNow::default();
            Reply::Offer { modes: vec![Mode::Callme], on_file: None, now }
        }
        other => closed(other),
    }
}

/// Whose times the firm is asked for, and from which zone.
async fn asked_for(body: serde_json::Value) -> (Whose, Option<String>) {
    let (web, mut requests) = Web::unanswered(settings(), 1);
    let firm = async {
        let WebRequest { request, reply } = requests.recv().await.expect("asked");
        reply.send(closed(&request));
        let Request::Slots { whose, zone, .. } = request else { panic!("{request:?}") };
        (whose, zone)
    };
    let (answer, asked) = tokio::join!(call(&web.app, post("/v1/web/slots", SHOP, body)), firm);
    assert_eq!((answer.status.as_u16(), &answer.body["now"]), (200, &json!(true)));
    asked
}

async fn whose(body: serde_json::Value) -> Whose {
    asked_for(body).await.0
}

#[tokio::test]
async fn e27_a_number_reaches_the_firm_in_a_body_and_half_a_one_as_its_country() {
    let number = json!({"site": "shop", "number": "0171 5550142", "country": "AT"});
    assert_eq!(whose(number).await, Whose::Number("+491715550142".into()));
    let half = json!({"site": "shop", "number": "017", "country": "DE"});
    assert_eq!(whose(half).await, Whose::Country("DE".into()));
    assert_eq!(whose(json!({"site": "shop", "country": "ZZ"})).await, Whose::Anybody);
    let on_file = json!({"site": "shop", "on_file": true, "visitor": "guess", "number": "0171 5550142"});
    assert_eq!(whose(on_file).await, Whose::OnFile(None, None), "a visitor without its seal is nobody");
    let web = Web::with(settings(), closed);
    let long = json!({"site": "shop", "number": "1".repeat(41)});
    assert_eq!(call(&web.app, post("/v1/web/slots", SHOP, long)).await.code(), "too_long");
    let elsewhere = call(&web.app, post("/v1/web/slots", "https://evil.test", json!({"site": "shop"}))).await;
    assert_eq!(elsewhere.status, 403);
    let path = "/v1/web/callbacks/rsv_00000000000000000000000001/slots";
    let stranger = request("GET", path, &[("origin", SHOP)], Body::empty());
    assert!(call(&web.app, stranger).await.status.is_client_error(), "a request's times are its holder's");
}

#[tokio::test]
async fn e27_a_refused_form_shows_the_times_of_its_number() {
    let web = Web::with(settings(), by_number);
    let headers =
        [("origin", SHOP), ("accept-language", "de"), ("content-type", "application/x-www-form-urlencoded")];
    let sent = |number: &str| {
        let body = format!("site=shop&number={number}&consent=2026-11&due=2026-11-30T08%3A00%3A00.000Z");
        request("POST", "/v1/web/form", &headers, Body::from(body))
    };
    let refused = call(&web.app, sent("01715550142")).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("Zu dieser Zeit dürfen wir diese Nummer nicht anrufen"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("09:15–09:30") && !refused.text.contains("09:00–09:15"));
    assert!(!refused.text.contains("Sobald jemand frei ist"), "nor may it be called now");
    let none = call(&web.app, sent("01715550149")).await;
    assert!(none.text.contains("zu keiner Zeit anrufen") && !none.text.contains("name=\"due\""));
}
