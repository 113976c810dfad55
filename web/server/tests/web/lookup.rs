//! The firm's CRM over real connections: what it is asked, and every way in which it can misbehave (G3, E23).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use warmline_coordination::crm::{Answer, LookupId, Question};
use warmline_coordination::request::Request;
use warmline_web::{CrmSettings, Lookups, WebRequest, mint_webhook_secret};

/// A CRM that answers each request with the next of `answers`, the last for good; without any it says nothing.
async fn crm(answers: Vec<Vec<u8>>) -> (u16, mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, got) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut next = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            while let Ok(1..) = stream.read_buf(&mut text).await {
                let whole = String::from_utf8_lossy(&text).into_owned();
                let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if body.len() < length.parse().unwrap() {
                    continue;
                }
                let _ = tell.send((head.to_owned(), body.to_owned()));
                text.clear();
                let Some(answer) = answers.get(next.min(answers.len().saturating_sub(1))) else { continue };
                next += 1;
                if stream.write_all(answer).await.is_err() {
                    break;
                }
                if !answer.starts_with(b"HTTP/1.1 ") {
                    break;
                }
            }
        }
    });
    (port, got)
}

fn answer(line: &str, more: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\n{more}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn ok(body: &Value) -> Vec<u8> {
    answer("200 OK", "content-type: application/json\r\n", &body.to_string())
}

fn lookups(port: u16, fields: &[&str], private: bool) -> (Lookups, mpsc::Receiver<WebRequest>) {
    let (to, from) = mpsc::channel(64);
    let fields = fields.iter().map(|text| text.to_string()).collect();
    let scheme = if private { "http" } else { "https" };
    let url = format!("{scheme}://127.0.0.1:{port}/who?key=1");
    let settings = CrmSettings::new("acme", &url, &mint_webhook_secret(&[5; 24]), fields, private).unwrap();
    (Lookups::new(vec![settings], to), from)
}

fn question(id: u64) -> Question {
    Question {
        id: LookupId(id),
        firm: "acme".into(),
        site: Some("shop".into()),
        reservation: None,
        call: None,
        visitor: None,
        number: Some("+4930777888".into()),
        customer_id: None,
    }
}

async fn said(from: &mut mpsc::Receiver<WebRequest>) -> (u64, Answer) {
    let next = tokio::time::timeout(Duration::from_secs(20), from.recv()).await;
    match next.expect("an answer in time").expect("a question").request {
        Request::LookedUp { firm, id, answer } => {
            assert_eq!(firm, "acme");
            (id.0, answer)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn g3_it_is_asked_signed_and_its_record_comes_back() {
    let body = json!({"name": "Vera", "customer_id": "42", "fields": {"plan": "gold", "secret": "x"}});
    let (port, mut got) = crm(vec![ok(&body)]).await;
    let (lookups, mut from) = lookups(port, &["plan"], true);
    lookups.ask(question(7));
    let (id, Answer::Found(record)) = said(&mut from).await else { panic!() };
    assert_eq!((id, record.name.as_deref(), record.customer_id.as_deref()), (7, Some("Vera"), Some("42")));
    assert_eq!((record.fields.len(), record.fields[0].value.as_str()), (1, "gold"));
    let (head, body) = got.recv().await.unwrap();
    assert!(head.starts_with("POST /who?key=1 HTTP/1.1\r\n"), "{head}");
    let asked: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&asked["type"], &asked["site"], &asked["number"]),
        (&json!("lookup"), &json!("shop"), &json!("+4930777888"))
    );
    assert!(asked["customer_id"].is_null());
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&[5; 24]).unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    let claimed = header("webhook-signature").strip_prefix("v1,").unwrap();
    assert!(mac.verify_slice(&STANDARD.decode(claimed).unwrap()).is_ok());
}

#[tokio::test]
async fn e23_whatever_a_crm_does_it_is_an_answer() {
    let (inside, mut not_meant) = crm(vec![ok(&json!({"name": "Mallory"}))]).await;
    let redirect = format!("location: http://127.0.0.1:{inside}/\r\n");
    let huge = json!({"name": "a".repeat(70_000)});
    for (given, expected) in [
        (answer("404 Not Found", "", ""), Answer::Unknown),
        (answer("204 No Content", "", ""), Answer::Unknown),
        (ok(&json!({})), Answer::Unknown),
        (answer("307 Temporary Redirect", &redirect, ""), Answer::Failed),
        (answer("500 Internal Server Error", "", "{\"name\":\"x\"}"), Answer::Failed),
        (answer("200 OK", "", "<html>"), Answer::Failed),
        (ok(&json!([1, 2])), Answer::Failed),
        (ok(&huge), Answer::Failed),
        (b"\x16\x03\x01 nonsense".to_vec(), Answer::Failed),
        (b"HTTP/9 what\r\n\r\n".to_vec(), Answer::Failed),
    ] {
        let (port, _got) = crm(vec![given.clone()]).await;
        let (lookups, mut from) = lookups(port, &[], true);
        lookups.ask(question(1));
        assert_eq!(
            said(&mut from).await,
            (1, expected),
            "{}",
            String::from_utf8_lossy(&given[..given.len().min(60)])
        );
    }
    assert!(not_meant.try_recv().is_err(), "no redirect is followed");
}

#[tokio::test]
async fn e23_a_silent_crm_is_given_up_after_five_seconds() {
    let (port, mut got) = crm(vec![]).await;
    let (lookups, mut from) = lookups(port, &[], true);
    lookups.ask(question(1));
    got.recv().await.unwrap();
    assert_eq!(said(&mut from).await, (1, Answer::Failed));
}

#[tokio::test]
async fn e23_a_crm_that_fails_again_and_again_is_left_alone() {
    let (port, mut got) = crm(vec![answer("500 Internal Server Error", "", "")]).await;
    let (lookups, mut from) = lookups(port, &[], true);
    for n in 0..8 {
        lookups.ask(question(n));
        assert_eq!(said(&mut from).await, (n, Answer::Failed));
    }
    let mut asked = 0;
    while got.try_recv().is_ok() {
        asked += 1;
    }
    assert_eq!(asked, 5, "then its failure is an answer at once");
}

#[tokio::test]
async fn g3_no_name_or_address_leads_inside() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (lookups, mut from) = lookups(listener.local_addr().unwrap().port(), &[], false);
    lookups.ask(question(1));
    assert_eq!(said(&mut from).await, (1, Answer::Failed));
    assert!(tokio::time::timeout(Duration::from_millis(1), listener.accept()).await.is_err());
    lookups.ask(Question { firm: "globex".into(), ..question(2) });
    assert!(from.try_recv().is_err(), "a firm without a CRM asks nobody");
}
