//! `GET /v1/events`: a firm's events as they happen, and those that a program has missed.

use super::key::{Caller, Right};
use crate::feed::Opening;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::stream;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A stream ends after so long, so that a key which is taken away does not hear on for ever.
const LASTS: Duration = Duration::from_secs(24 * 3_600);

#[derive(Deserialize)]
pub(crate) struct Since {
    last_seq: Option<String>,
}

/// Opens the stream: `hello`, `resync` where something is missing, then events.
pub(crate) async fn open(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(since): Query<Since>,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    caller.may(Right::Events)?;
    let last_seq = since.last_seq.as_deref().map(str::parse::<u64>).transpose().map_err(|_| {
        Refusal::rule("last_seq_invalid", "`last_seq` is the `seq` of the last event that arrived.")
    })?;
    let upgrade = stream::upgrade(asked)?;
    let most = state.settings().limits.event_streams;
    let opening =
        state.hub.feed(&caller.firm).read(last_seq, most).ok_or_else(|| {
            Refusal::unavailable("overloaded", "Too many event streams of the firm are open.")
        })?;
    Ok(upgrade.on_upgrade(move |socket| serve(state, opening, socket)))
}

async fn serve(state: Arc<WebState>, opening: Opening, mut socket: WebSocket) {
    let limits = state.settings().limits.clone();
    let hello = json!({"type": "hello", "seq": opening.newest});
    let resync = opening.resync.map(|from| json!({"type": "resync", "from": from}));
    for message in [Some(hello), resync].into_iter().flatten() {
        if !stream::send(&mut socket, Message::Text(message.to_string().into()), &limits).await {
            return;
        }
    }
    stream::run(socket, opening.reader, &limits, LASTS, receive).await;
}

fn receive(text: &str) -> Result<Option<Utf8Bytes>, &'static str> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum FromProgram {
        Ping,
    }
    match serde_json::from_str(text) {
        Ok(FromProgram::Ping) => Ok(Some(r#"{"type":"pong"}"#.into())),
        Err(error) if error.is_data() => Err("invalid_message"),
        Err(_) => Err("invalid_json"),
    }
}
