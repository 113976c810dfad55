//! Contacts over HTTP: rights, what the firm is asked, versions, and a change that comes twice.

use crate::api::{ask, key};
use crate::support::*;
use axum::body::Body;
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use warmline_coordination::campaign::ImportView;
use warmline_coordination::request::{Asker, ContactVerb, Problem, Reply, Request};
use warmline_coordination::view::{ContactCard, ContactRow, ContactView};
use warmline_web::Right;

const ID: &str = "con_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn card() -> ContactCard {
    ContactCard {
        contact: ContactView {
            id: ID.parse().ok(),
            name: "Vera".into(),
            numbers: vec!["030 222333".into()],
            e164: vec!["+4930222333".into()],
            notes: String::new(),
            priority: 4,
            ratings: Vec::new(),
            history: Vec::new(),
            older: None,
        },
        version: 7,
        company: String::new(),
        customer: None,
        email: None,
        language: None,
        attributes: Default::default(),
        seen: None,
        last_agent: None,
        last_talk: None,
        edits: Vec::new(),
    }
}

fn answers(request: &Request) -> Reply {
    let Request::Contacts { verb, .. } = request else { return usual(request) };
    match verb {
        ContactVerb::Find { .. } => {
            let row = ContactRow {
                id: ID.parse().unwrap(),
                name: "Vera".into(),
                company: String::new(),
                number: Some("030 222333".into()),
                e164: Some("+4930222333".into()),
                priority: 4,
                seen: None,
                last_agent: None,
            };
            Reply::Contacts { contacts: vec![row], next: format!("{ID}.0").parse().ok() }
        }
        ContactVerb::History { before, .. } => Reply::History { history: Vec::new(), next: *before },
        ContactVerb::Import(_) => Reply::Imported(Box::new(ImportView { accepted: 1, refused: Vec::new() })),
        ContactVerb::Change { version: Some(6), .. } => {
            let detail = "Somebody was faster.".into();
            Reply::Problem(Problem { status: 409, code: "contact_changed", detail, retry_after_secs: None })
        }
        ContactVerb::Read(_) | ContactVerb::Change { .. } => Reply::Contact(Box::new(card())),
    }
}

async fn patch(web: &Web, bearer: &str, more: &[(&str, &str)], body: Value) -> Answer {
    let bearer = format!("Bearer {bearer}");
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(more);
    let path = format!("/v1/contacts/{ID}");
    call(&web.app, request("PATCH", &path, &headers, Body::from(body.to_string()))).await
}

#[tokio::test]
async fn a_program_needs_the_rights_to_see_people_and_to_change_them() {
    let mut settings = settings();
    let blind = key(&mut settings, 1, &[Right::Read, Right::Contacts, Right::Calls]);
    let sees = key(&mut settings, 2, &[Right::Read, Right::People]);
    let changes = key(&mut settings, 3, &[Right::Read, Right::People, Right::Contacts]);
    let all = key(&mut settings, 4, &[Right::Read, Right::People, Right::Contacts, Right::Calls]);
    let mut web = Web::with(settings, answers);
    let one = format!("/v1/contacts/{ID}");
    for path in ["/v1/contacts?q=vera", &one] {
        assert_eq!(ask(&web, &blind, "GET", path, "").await.code(), "right_missing");
        assert_eq!(ask(&web, &sees, "GET", path, "").await.status, 200);
        web.next().await;
    }
    let name = json!({"name": "X"});
    assert_eq!(patch(&web, &blind, &[], name.clone()).await.code(), "right_missing");
    assert_eq!(patch(&web, &sees, &[], name.clone()).await.code(), "right_missing");
    assert_eq!(patch(&web, &changes, &[], name).await.status, 200);
    assert_eq!(patch(&web, &changes, &[], json!({"priority": 7})).await.code(), "right_missing");
    assert_eq!(patch(&web, &all, &[], json!({"priority": 7})).await.status, 200);
}

#[tokio::test]
async fn the_firm_is_asked_what_was_written() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Read, Right::People, Right::Contacts]);
    let yours = key(&mut settings, 2, &[Right::Read, Right::People]);
    let mut web = Web::with(settings, answers);
    let answer = ask(&web, &mine, "GET", "/v1/contacts?q=M%C3%BCller&limit=500", "").await;
    assert_eq!(answer.body["contacts"][0]["name"], json!("Vera"));
    let next = answer.body["next"].as_str().unwrap().to_owned();
    assert!(!next.contains(ID), "it says of nobody that he is there");
    let Request::Contacts { by, verb } = web.next().await else { panic!() };
    assert_eq!(by, Asker::Program { firm: "acme".into(), key: "key 1".into() });
    assert_eq!(verb, ContactVerb::Find { query: "Müller".into(), after: None, most: 100 });
    ask(&web, &mine, "GET", &format!("/v1/contacts?q=M%C3%BCller&after={next}"), "").await;
    let Request::Contacts { verb: ContactVerb::Find { after, most, .. }, .. } = web.next().await else {
        panic!()
    };
    assert_eq!((after.unwrap().to_string(), most), (format!("{ID}.0"), 20));
    let again = format!("/v1/contacts?q=M%C3%BCller&after={next}");
    assert_eq!(ask(&web, &yours, "GET", &again, "").await.code(), "list_changed", "it is another's");
    for (path, code) in [
        (format!("/v1/contacts?q=m&after={next}"), "list_changed"),
        (format!("/v1/contacts?q=m&after={ID}.3"), "list_changed"),
        (format!("/v1/contacts?q={}", "x".repeat(101)), "too_long"),
        ("/v1/contacts?q=a%00b".into(), "control_characters"),
    ] {
        assert_eq!(ask(&web, &mine, "GET", &path, "").await.code(), code, "{path}");
    }
    let answer = ask(&web, &mine, "GET", &format!("/v1/contacts/{ID}"), "").await;
    assert_eq!(answer.body["version"], json!(7));
    assert_eq!(answer.body["e164"], json!(["+4930222333"]), "the record's fields are the card's own");
    web.next().await;
    assert_eq!(ask(&web, &mine, "GET", "/v1/contacts/vera", "").await.code(), "unknown_contact");
}

#[tokio::test]
async fn earlier_contacts_come_by_pages_to_who_may_see_people() {
    const CALL: &str = "cal_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let mut settings = settings();
    let blind = key(&mut settings, 1, &[Right::Read, Right::Contacts]);
    let sees = key(&mut settings, 2, &[Right::Read, Right::People]);
    let mut web = Web::with(settings, answers);
    let path = |more: &str| format!("/v1/contacts/{ID}/history{more}");
    assert_eq!(ask(&web, &blind, "GET", &path(""), "").await.code(), "right_missing");
    assert_eq!(ask(&web, &sees, "GET", &path("?before=CALL-1"), "").await.code(), "list_changed");
    assert_eq!(ask(&web, &sees, "GET", "/v1/contacts/vera/history", "").await.code(), "unknown_contact");
    assert!(web.seen.try_recv().is_err(), "nothing of that reached the firm");
    for (more, after, wanted) in [
        (String::new(), None, 20),
        (format!("?before={CALL}&limit=3"), Some(CALL), 3),
        ("?limit=0".into(), None, 1),
        ("?limit=5000".into(), None, 100),
    ] {
        let answer = ask(&web, &sees, "GET", &path(&more), "").await;
        assert_eq!(answer.body, json!({ "history": [], "next": after }), "{more}");
        let Request::Contacts { by, verb } = web.next().await else { panic!() };
        assert_eq!(by, Asker::Program { firm: "acme".into(), key: "key 2".into() });
        let before = after.map(|id| id.parse().unwrap());
        assert_eq!(verb, ContactVerb::History { contact: ID.parse().unwrap(), before, most: wanted });
    }
    let cookie = web.log_in().await;
    let path = format!("/v1/agent/contacts/{ID}/history?before={CALL}");
    assert_eq!(web.desk("GET", &path, &cookie, "").await.body["next"], json!(CALL));
    let Request::Contacts { by, verb: ContactVerb::History { .. } } = web.next().await else { panic!() };
    assert_eq!(by, Asker::Agent(alice()));
}

#[tokio::test]
async fn a_change_names_the_version_it_has_read_and_is_done_once_for_each_key() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Read, Right::People, Right::Contacts]);
    let mut web = Web::with(settings, answers);
    let name = || json!({"name": "Vera", "numbers": {"add": ["030 1234567"]}});
    let version = |request: Request| match request {
        Request::Contacts { verb: ContactVerb::Change { version, .. }, .. } => version,
        other => panic!("{other:?}"),
    };
    for (headers, body, said) in [
        (&[("if-match", "\"7\"")][..], name(), Some(7)),
        (&[("if-match", "\"7.0123456789abcdef\"")], name(), Some(7)),
        (&[("if-match", "*")], name(), None),
        (&[], json!({"version": 9, "name": "Vera"}), Some(9)),
        (&[], name(), None),
    ] {
        let answer = patch(&web, &mine, headers, body).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert!(answer.header("etag").starts_with("\"7."), "{}", answer.header("etag"));
        assert_eq!(version(web.next().await), said);
    }
    let late = patch(&web, &mine, &[("if-match", "\"6\"")], name()).await;
    assert_eq!((late.status.as_u16(), late.code()), (409, "contact_changed"));
    web.next().await;
    for (headers, body, code) in [
        (&[("if-match", "7")][..], name(), "version_invalid"),
        (&[("if-match", "W/\"7\"")], name(), "version_invalid"),
        (&[], json!({"version": "7"}), "version_invalid"),
        (&[], json!({"surname": "X"}), "invalid_change"),
        (&[], json!({"name": 7}), "invalid_change"),
        (&[], json!(["name"]), "invalid_json"),
        (&[("idempotency-key", "a b")], name(), "idempotency_key_invalid"),
    ] {
        assert_eq!(patch(&web, &mine, headers, body.clone()).await.code(), code, "{body}");
    }
    let once = [("idempotency-key", "k-1")];
    for _ in 0..2 {
        assert_eq!(patch(&web, &mine, &once, name()).await.status, 200);
    }
    assert_eq!(patch(&web, &mine, &once, json!({"name": "Paul"})).await.code(), "idempotency_key_reused");
    assert_eq!(version(web.next().await), None);
    assert!(web.seen.try_recv().is_err(), "it was done once");
}

#[tokio::test]
async fn an_agents_desktop_asks_in_his_name() {
    let mut web = Web::with(settings(), answers);
    let cookie = web.log_in().await;
    assert_eq!(web.desk("GET", "/v1/agent/contacts?q=vera", &cookie, "").await.status, 200);
    let Request::Contacts { by, .. } = web.next().await else { panic!() };
    assert_eq!(by, Asker::Agent(alice()));
    let path = format!("/v1/agent/contacts/{ID}");
    let body = r#"{"version":7,"name":"Vera"}"#;
    assert_eq!(web.desk("PATCH", &path, &cookie, body).await.body["name"], "Vera");
    assert!(matches!(
        web.next().await,
        Request::Contacts { verb: ContactVerb::Change { version: Some(7), .. }, .. }
    ));
    assert_eq!(web.desk("GET", &path, "", "").await.code(), "no_session");
    let headers = [("cookie", cookie.as_str()), ("content-type", "application/json")];
    let answer = call(&web.app, request("PATCH", &path, &headers, Body::from(body))).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (403, "origin_missing"));
    let headers = [("cookie", cookie.as_str()), ("origin", SHOP), ("content-type", "application/json")];
    let answer = call(&web.app, request("PATCH", &path, &headers, Body::from(body))).await;
    assert_eq!(answer.code(), "origin_not_allowed");
    // A program's key opens no desktop, and a cookie no plane of programs.
    assert_eq!(web.desk("GET", "/v1/contacts?q=vera", &cookie, "").await.code(), "key_missing");
}

#[tokio::test]
async fn the_entity_tag_is_another_with_anything_that_is_shown() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Read, Right::People]);
    static CALLED: AtomicBool = AtomicBool::new(false);
    let web = Web::with(settings, |request| match request {
        Request::Contacts { verb: ContactVerb::Read(_), .. } => {
            let seen = CALLED.load(Relaxed).then(|| "2026-11-30T10:00:00Z".into());
            Reply::Contact(Box::new(ContactCard { seen, ..card() }))
        }
        other => usual(other),
    });
    let bearer = format!("Bearer {mine}");
    let read = async |known: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-none-match", known)];
        call(&web.app, request("GET", &format!("/v1/contacts/{ID}"), &headers, Body::empty())).await
    };
    let first = read("\"7\"").await;
    let tag = first.header("etag").to_owned();
    assert_eq!((first.status.as_u16(), tag.starts_with('"')), (200, true), "a strong one");
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".into()] {
        let again = read(&known).await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (304, tag.as_str()), "{known}");
    }
    // A call has ended: the record's version is the same.
    CALLED.store(true, Relaxed);
    let later = read(&tag).await;
    assert_eq!((later.status.as_u16(), later.body["version"].clone()), (200, json!(7)));
    assert_ne!(later.header("etag"), tag);
}

#[tokio::test]
async fn e24_what_a_change_was_answered_is_not_kept_after_an_erasure() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Read, Right::People, Right::Contacts]);
    let mut web = Web::with(settings, answers);
    let once = [("idempotency-key", "k-1")];
    assert_eq!(patch(&web, &mine, &once, json!({"name": "Vera"})).await.status, 200);
    web.next().await;
    web.hub.forget_answers("acme");
    let again = patch(&web, &mine, &once, json!({"name": "Vera"})).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "answer_erased"));
    assert!(!again.body.to_string().contains("Vera"));
    assert!(web.seen.try_recv().is_err(), "nor is it done again");
}

#[tokio::test]
async fn a_list_of_contacts_comes_as_csv_with_the_rights_to_change_them() {
    let mut settings = settings();
    let mine = key(&mut settings, 1, &[Right::Read, Right::People, Right::Contacts]);
    let rates = key(&mut settings, 2, &[Right::Read, Right::People, Right::Contacts, Right::Calls]);
    let reads = key(&mut settings, 3, &[Right::Read, Right::People]);
    let mut web =
        Web::with(settings, |_| Reply::Imported(Box::new(ImportView { accepted: 1, refused: Vec::new() })));
    let post = |key: &str, kind: &str, body: &str| {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        request("POST", "/v1/contacts/import", &headers, Body::from(body.to_owned()))
    };
    let csv = "name,numbers\nVera,030 222333\n";
    let refused = call(&web.app, post(&reads, "text/csv", csv)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "right_missing"));
    let refused = call(&web.app, post(&mine, "application/json", "[]")).await;
    assert_eq!(refused.status.as_u16(), 415);
    let rated = "numbers,priority\n030 222333,7\n";
    assert_eq!(call(&web.app, post(&mine, "text/csv", rated)).await.code(), "right_missing");
    assert_eq!(call(&web.app, post(&mine, "text/csv", "name\nVera\n")).await.code(), "csv_invalid");
    assert!(web.seen.try_recv().is_err(), "nothing of that reached the firm");
    let answer = call(&web.app, post(&mine, "text/csv; charset=utf-8", csv)).await;
    assert_eq!(answer.body, json!({ "accepted": 1, "refused": [] }));
    let Request::Contacts { verb: ContactVerb::Import(lines), .. } = web.next().await else { panic!() };
    assert_eq!(lines[0].1.as_ref().unwrap().change.name.as_deref(), Some("Vera"));
    assert_eq!(call(&web.app, post(&rates, "text/csv", rated)).await.status.as_u16(), 200);
}
