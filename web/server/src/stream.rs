//! One WebSocket: sends what its queue holds, hands on what arrives, pings, and ends when the other side is dead or too slow.

use crate::clock;
use crate::limit::{Bucket, Rate};
use crate::problem::Refusal;
use crate::queue::{End, Next, Queue};
use crate::settings::Limits;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use bytes::Bytes;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

/// Messages from the other side, in bytes.
const MESSAGE: usize = 64 * 1024;
/// Messages from the other side.
const RATE: Rate = Rate { per_minute: 1_200, burst: 200 };
/// Close codes of our own (RFC 6455 §7.4.2).
const CLOSE_REPLACED: u16 = 4_000;
const CLOSE_SESSION_OVER: u16 = 4_001;
const CLOSE_OVER: u16 = 4_002;

/// A request that asks for a WebSocket, with our limits on it.
pub(crate) fn upgrade(
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, Refusal> {
    let upgrade = asked
        .map_err(|rejection| Refusal::new(rejection.status(), "not_a_websocket", rejection.body_text()))?;
    Ok(upgrade.max_message_size(MESSAGE).max_frame_size(MESSAGE))
}

/// `{"type":"error","code":…}`
pub(crate) fn error_text(code: &'static str) -> Utf8Bytes {
    metrics::counter!("warmline_web_stream_errors_total", "code" => code).increment(1);
    json!({"type": "error", "code": code}).to_string().into()
}

/// A whole view as a message.
pub(crate) fn view_text(view: &str, data: &serde_json::Value) -> Utf8Bytes {
    json!({"type": "view", "view": view, "data": data}).to_string().into()
}

/// Where a stream's messages come from.
pub(crate) trait Source: Send {
    /// What to do next, as soon as there is something. May be dropped at any await.
    fn next(&mut self) -> impl Future<Output = Next> + Send;
}

impl Source for &Queue {
    async fn next(&mut self) -> Next {
        Queue::next(self).await
    }
}

/// Runs a stream to its end, at most for `lasts`. `receive` answers a message, or names what is wrong with it.
pub(crate) async fn run(
    mut socket: WebSocket,
    mut source: impl Source,
    limits: &Limits,
    lasts: Duration,
    mut receive: impl FnMut(&str) -> Result<Option<Utf8Bytes>, &'static str>,
) {
    let start = Instant::now();
    let mut pings = interval_at(start + limits.ping_every, limits.ping_every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut dead_at = start + limits.dead_after;
    let mut bucket = Bucket::full(RATE, clock::now());
    loop {
        let message = tokio::select! {
            next = source.next() => match next {
                Next::Send(text) => Message::Text(text),
                Next::End(end) => return finish(socket, end, limits).await,
            },
            arrived = socket.recv() => {
                let Some(Ok(message)) = arrived else { return };
                dead_at = Instant::now() + limits.dead_after;
                if bucket.take(RATE, clock::now()).is_err() {
                    return close(socket, close_code::POLICY, "too many messages", limits).await;
                }
                match answer(message, &mut receive) {
                    Answer::Nothing => continue,
                    Answer::Text(text) => Message::Text(text),
                    Answer::Closed => return,
                }
            }
            _ = pings.tick() => Message::Ping(Bytes::new()),
            () = sleep_until(dead_at) => return,
            () = sleep_until(start + lasts) => {
                return close(socket, CLOSE_SESSION_OVER, "the session is over", limits).await;
            }
        };
        if !send(&mut socket, message, limits).await {
            return;
        }
    }
}

enum Answer {
    Nothing,
    Text(Utf8Bytes),
    Closed,
}

fn answer(
    message: Message,
    receive: &mut impl FnMut(&str) -> Result<Option<Utf8Bytes>, &'static str>,
) -> Answer {
    match message {
        Message::Text(text) => match receive(text.as_str()) {
            Ok(None) => Answer::Nothing,
            Ok(Some(text)) => Answer::Text(text),
            Err(code) => Answer::Text(error_text(code)),
        },
        Message::Binary(_) => Answer::Text(error_text("text_only")),
        Message::Ping(_) | Message::Pong(_) => Answer::Nothing,
        Message::Close(_) => Answer::Closed,
    }
}

/// Sends one message; `false` where the other side is gone or too slow.
pub(crate) async fn send(socket: &mut WebSocket, message: Message, limits: &Limits) -> bool {
    let sent = timeout(limits.write_within, socket.send(message)).await;
    if sent.is_err() {
        metrics::counter!("warmline_web_streams_stuck_total").increment(1);
    }
    matches!(sent, Ok(Ok(())))
}

async fn finish(mut socket: WebSocket, end: End, limits: &Limits) {
    let (code, reason) = match end {
        End::Replaced => {
            send(&mut socket, Message::Text(r#"{"type":"replaced"}"#.into()), limits).await;
            (CLOSE_REPLACED, "replaced")
        }
        End::LoggedOff(by) => {
            let told = json!({"type": "logged_off", "by": by}).to_string();
            send(&mut socket, Message::Text(told.into()), limits).await;
            (CLOSE_SESSION_OVER, "logged off")
        }
        End::Overflow => (close_code::AGAIN, "too slow"),
        End::Shutdown => (close_code::AWAY, "the switch stops"),
        End::Over => (CLOSE_OVER, "over"),
    };
    close(socket, code, reason, limits).await;
}

/// Closes with a code, so that the page knows whether to come back.
pub(crate) async fn close(mut socket: WebSocket, code: u16, reason: &'static str, limits: &Limits) {
    let frame = CloseFrame { code, reason: reason.into() };
    send(&mut socket, Message::Close(Some(frame)), limits).await;
}
