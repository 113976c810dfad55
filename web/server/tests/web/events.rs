//! `GET /v1/events` over real connections: the beginning, the way back, the gap, who is too slow.

use crate::api::key;
use crate::streams::{Socket, close_code, connect, next_json, send, serve};
use crate::support::*;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use warmline_coordination::effect::Audience;
use warmline_coordination::ids::EventId;
use warmline_coordination::view::{EventEnvelope, Notice};
use warmline_time::Time;
use warmline_web::{FeedLimits, Hub, Right, WebSettings};

pub fn publish(hub: &Hub, firm: &str, seq: u64, event: &'static str, data: Value) {
    let envelope = EventEnvelope {
        id: EventId::mint(Time::ZERO, u128::from(seq)),
        event,
        time: Time::ZERO.rfc3339(),
        seq,
        firm: firm.into(),
        subject: "cal_x".into(),
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
        data,
    };
    hub.publish(&Audience::Firm(firm.into()), &Notice::Event(envelope));
}

fn ringing(web: &Web, seqs: std::ops::RangeInclusive<u64>) {
    for seq in seqs {
        publish(&web.hub, "acme", seq, "call.ringing", json!({"agent": "alice"}));
    }
}

async fn events(address: SocketAddr, key: &str, query: &str) -> Result<Socket, u16> {
    let bearer = format!("Bearer {key}");
    connect(address, &format!("/v1/events{query}"), &[("authorization", &bearer)]).await
}

async fn seqs(socket: &mut Socket, count: usize) -> Vec<u64> {
    let mut seqs = Vec::new();
    for _ in 0..count {
        seqs.push(next_json(socket).await["seq"].as_u64().unwrap());
    }
    seqs
}

fn with_key(limits: FeedLimits) -> (Web, String) {
    let mut settings: WebSettings = settings();
    settings.limits.write_within = Duration::from_millis(100);
    let key = key(&mut settings, 1, &[Right::Events]);
    let (web, _) = Web::on(Hub::keeping(limits), settings, 8);
    (web, key)
}

#[tokio::test]
async fn a_program_hears_its_firms_events_from_now_on() {
    let (web, key) = with_key(FeedLimits::default());
    let address = serve(&web).await;
    ringing(&web, 41..=42);
    let mut socket = events(address, &key, "").await.unwrap();
    assert_eq!(next_json(&mut socket).await, json!({"type": "hello", "seq": 42}));
    publish(&web.hub, "globex", 7, "call.ringing", json!({}));
    ringing(&web, 43..=43);
    let event = next_json(&mut socket).await;
    let expected = json!({
        "id": event["id"], "type": "call.ringing", "time": "1970-01-01T00:00:00.000Z", "seq": 43, "firm": "acme",
        "subject": "cal_x", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "data": {"agent": "alice"},
    });
    assert_eq!(event, expected, "and nothing of another firm");
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    send(&mut socket, json!({"type": "ping"})).await;
    assert_eq!(next_json(&mut socket).await, json!({"type": "pong"}));
    send(&mut socket, json!({"type": "launch"})).await;
    assert_eq!(next_json(&mut socket).await["code"], "invalid_message");
    web.hub.shutdown();
    assert_eq!(close_code(&mut socket).await, 1_001);
}

#[tokio::test]
async fn who_comes_back_misses_nothing_that_is_kept_and_hears_of_what_is_not() {
    let (web, key) = with_key(FeedLimits { events: 5, ..FeedLimits::default() });
    let address = serve(&web).await;
    ringing(&web, 101..=110);
    let mut socket = events(address, &key, "?last_seq=107").await.unwrap();
    assert_eq!(next_json(&mut socket).await, json!({"type": "hello", "seq": 110}));
    assert_eq!(seqs(&mut socket, 3).await, [108, 109, 110]);
    ringing(&web, 111..=111);
    assert_eq!(seqs(&mut socket, 1).await, [111]);

    let mut late = events(address, &key, "?last_seq=103").await.unwrap();
    assert_eq!(next_json(&mut late).await, json!({"type": "hello", "seq": 111}));
    assert_eq!(next_json(&mut late).await, json!({"type": "resync", "from": 107}));
    assert_eq!(seqs(&mut late, 5).await, [107, 108, 109, 110, 111]);
    ringing(&web, 112..=112);
    assert_eq!(seqs(&mut late, 1).await, [112], "and goes on");
    assert_eq!(events(address, &key, "?last_seq=-1").await.unwrap_err(), 422);
    assert_eq!(events(address, "wlk_wrong", "").await.unwrap_err(), 401);
}

#[tokio::test]
async fn who_is_too_slow_is_cut_and_nobody_waits_for_him() {
    let (web, key) = with_key(FeedLimits { events: 400, ..FeedLimits::default() });
    let address = serve(&web).await;
    let mut slow = events(address, &key, "").await.unwrap();
    let mut quick = events(address, &key, "").await.unwrap();
    next_json(&mut quick).await;
    let page = "x".repeat(20_000);
    let last = 2_000;
    for chunk in 0..last / 100 {
        for seq in chunk * 100 + 1..=chunk * 100 + 100 {
            publish(&web.hub, "acme", seq, "call.ringing", json!({"padding": page}));
        }
        let seqs = seqs(&mut quick, 100).await;
        assert_eq!((seqs[0], seqs[99]), (chunk * 100 + 1, chunk * 100 + 100));
    }
    let mut seen = 0;
    loop {
        let arrived = tokio::time::timeout(Duration::from_secs(20), slow.next()).await.expect("an end");
        match arrived {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                seen = message["seq"].as_u64().unwrap();
            }
            Some(Ok(Message::Close(frame))) => {
                assert_eq!(u16::from(frame.unwrap().code), 1_013);
                break;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break,
        }
    }
    assert!(seen < last, "it was cut before the end: {seen}");
}

#[tokio::test]
async fn a_firms_streams_are_bounded() {
    let mut settings = settings();
    settings.limits.event_streams = 1;
    let key = key(&mut settings, 1, &[Right::Events]);
    let (web, _requests) = Web::unanswered(settings, 8);
    let address = serve(&web).await;
    let mut first = events(address, &key, "").await.unwrap();
    next_json(&mut first).await;
    assert_eq!(events(address, &key, "").await.unwrap_err(), 503);
    first.close(None).await.unwrap();
    loop {
        match events(address, &key, "").await {
            Ok(_) => break,
            Err(status) => assert_eq!(status, 503),
        }
    }
}
