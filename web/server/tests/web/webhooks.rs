//! Webhooks over real connections: what arrives, how it is signed, and where it does not go.

use crate::api::{ask, key};
use crate::events::publish;
use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use warmline_web::{Right, WebhookSettings, mint_webhook_secret, start_webhooks};

/// A request as the other side got it.
struct Got {
    head: String,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{name} is missing in {}", self.head))
    }
}

/// The other side: answers each request with the next of `answers`, the last for good.
async fn receiver(answers: Vec<String>) -> (u16, mpsc::UnboundedReceiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, got) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        let mut answer = answers.next().unwrap();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            while let Ok(length @ 1..) = stream.read_buf(&mut text).await {
                let _ = length;
                let whole = String::from_utf8_lossy(&text).into_owned();
                let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                let got = Got { head: head.to_owned(), body: body.to_owned() };
                if body.len() < got.header("content-length").parse().unwrap() {
                    continue;
                }
                text.clear();
                tell.send(got).unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
                answer = answers.next().unwrap_or(answer);
            }
        }
    });
    (port, got)
}

fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n")
}

fn web() -> (Web, String) {
    let mut settings = settings();
    let reads = key(&mut settings, 1, &[Right::Read]);
    (Web::with(settings, usual), reads)
}

fn hook(url: &str, events: &[&str], private: bool) -> WebhookSettings {
    let events: Vec<String> = events.iter().map(|text| text.to_string()).collect();
    WebhookSettings::new("acme", url, &mint_webhook_secret(&[5; 24]), &events, private).unwrap()
}

async fn next(got: &mut mpsc::UnboundedReceiver<Got>) -> Got {
    tokio::time::timeout(Duration::from_secs(20), got.recv()).await.expect("a request in time").unwrap()
}

/// The hook as `GET /v1/webhooks` shows it, as soon as it is so.
async fn shown(web: &Web, key: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let answer = ask(web, key, "GET", "/v1/webhooks", "").await;
            assert_ne!(answer.status, 401);
            if answer.status == 200 && is_so(&answer.body["webhooks"][0]) {
                return answer.body["webhooks"][0].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it became so")
}

/// As the receiver of Standard Webhooks checks it.
fn signed(got: &Got) -> bool {
    let id = got.header("webhook-id");
    let timestamp = got.header("webhook-timestamp");
    let mut mac = Hmac::<Sha256>::new_from_slice(&[5; 24]).unwrap();
    mac.update(format!("{id}.{timestamp}.{}", got.body).as_bytes());
    let claimed = got.header("webhook-signature").strip_prefix("v1,").unwrap();
    mac.verify_slice(&STANDARD.decode(claimed).unwrap()).is_ok()
}

#[tokio::test]
async fn wanted_events_arrive_signed_and_in_order() {
    let (web, reads) = web();
    let (port, mut got) = receiver(vec![status("204 No Content")]).await;
    let url = format!("http://localhost:{port}/hook?token=1");
    start_webhooks(&web.hub, vec![hook(&url, &["call.*", "trunk.down"], true)]);
    for (seq, event) in [(1, "call.ringing"), (2, "agent.claimed"), (3, "trunk.down"), (4, "call.ended")] {
        publish(&web.hub, "acme", seq, event, json!({"agent": "alice"}));
    }
    publish(&web.hub, "globex", 5, "call.ringing", json!({}));
    let mut ids = Vec::new();
    for (seq, kind) in [(1, "call.ringing"), (3, "trunk.down"), (4, "call.ended")] {
        let got = next(&mut got).await;
        assert!(got.head.starts_with("POST /hook?token=1 HTTP/1.1"), "{}", got.head);
        assert_eq!(got.header("content-type"), "application/json");
        let body: Value = serde_json::from_str(&got.body).unwrap();
        assert_eq!((&body["seq"], &body["type"]), (&json!(seq), &json!(kind)));
        assert_eq!(body["id"], got.header("webhook-id"));
        assert!(got.header("webhook-timestamp").parse::<u64>().unwrap() > 1_700_000_000);
        assert!(signed(&got));
        let forged = Got { head: got.head.clone(), body: got.body.replace("alice", "mallory") };
        assert!(!signed(&forged));
        ids.push(body["id"].clone());
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    let shown = shown(&web, &reads, |hook| hook["delivered_total"] == 3).await;
    assert_eq!(shown["url"], format!("http://localhost:{port}/hook"));
    assert_eq!((&shown["events"], &shown["state"]), (&json!(["call.*", "trunk.down"]), &json!("active")));
    assert!(got.try_recv().is_err());
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (web, reads) = web();
    let (inside, mut not_meant) = receiver(vec![status("204 No Content")]).await;
    let location = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{inside}/admin\r\ncontent-length: 0\r\n\r\n"
    );
    let (port, mut got) = receiver(vec![location]).await;
    start_webhooks(&web.hub, vec![hook(&format!("http://127.0.0.1:{port}/"), &["*"], true)]);
    publish(&web.hub, "acme", 1, "call.ringing", json!({}));
    next(&mut got).await;
    let shown = shown(&web, &reads, |hook| hook["failures_total"] == 1).await;
    assert_eq!((&shown["state"], &shown["queued"]), (&json!("retrying"), &json!(1)));
    assert_eq!(shown["last_failure"]["reason"], "status 307");
    assert!(not_meant.try_recv().is_err());
}

#[tokio::test]
async fn who_says_gone_gets_no_more() {
    let (web, reads) = web();
    let (port, mut got) = receiver(vec![status("410 Gone")]).await;
    start_webhooks(&web.hub, vec![hook(&format!("http://127.0.0.1:{port}/"), &["*"], true)]);
    publish(&web.hub, "acme", 1, "call.ringing", json!({}));
    next(&mut got).await;
    let shown = shown(&web, &reads, |hook| hook["state"] == "disabled").await;
    assert_eq!(shown["dead_letters"][0]["event"]["seq"], 1);
    publish(&web.hub, "acme", 2, "call.ringing", json!({}));
    assert_eq!(ask(&web, &reads, "GET", "/v1/webhooks", "").await.body["webhooks"][0]["queued"], 0);
    assert!(got.try_recv().is_err());
}

#[tokio::test]
async fn nothing_goes_to_the_own_network_by_address_or_by_name() {
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let (web, reads) = web();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        start_webhooks(&web.hub, vec![hook(&format!("https://{host}:{port}/"), &["*"], false)]);
        publish(&web.hub, "acme", 1, "call.ringing", json!({}));
        let shown = shown(&web, &reads, |hook| hook["failures_total"] == 1).await;
        assert_eq!(shown["last_failure"]["reason"], "address_not_allowed", "{host}");
        let connected = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(connected.is_err(), "{host}");
    }
}
