//! `GET /v1/events`: a firm's events as they happen, and those that a program has missed; and its commands, one after the other.

use super::commands::perform;
use super::key::{Caller, Right};
use super::once::Answer;
use crate::feed::{Opening, Reader};
use crate::problem::Refusal;
use crate::queue::{End, Next};
use crate::state::WebState;
use crate::stream::{self, Source};
use crate::text;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

/// A stream ends after so long, so that a key which is taken away does not hear on for ever.
const LASTS: Duration = Duration::from_secs(24 * 3_600);
/// Commands of one stream that wait at most.
const COMMANDS: usize = 16;

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
    Ok(upgrade.on_upgrade(move |socket| serve(state, caller, opening, socket)))
}

async fn serve(state: Arc<WebState>, caller: Caller, opening: Opening, mut socket: WebSocket) {
    let limits = state.settings().limits.clone();
    let hello = json!({"type": "hello", "seq": opening.newest});
    let resync = opening.resync.map(|from| json!({"type": "resync", "from": from}));
    for message in [Some(hello), resync].into_iter().flatten() {
        if !stream::send(&mut socket, Message::Text(message.to_string().into()), &limits).await {
            return;
        }
    }
    let (commands, asked) = mpsc::channel(COMMANDS);
    let (told, results) = mpsc::channel(COMMANDS);
    let source = WithResults {
        reader: opening.reader,
        results,
        changes: state.changes(),
        state: Arc::clone(&state),
        caller: caller.clone(),
    };
    tokio::spawn(obey(state, caller, asked, told));
    stream::run(socket, source, &limits, LASTS, |text| receive(text, &commands)).await;
}

/// A command that came over the stream.
struct Command {
    id: String,
    asked: Value,
}

/// Does them in the order in which they came, until the stream is over.
async fn obey(
    state: Arc<WebState>,
    caller: Caller,
    mut asked: mpsc::Receiver<Command>,
    told: mpsc::Sender<Utf8Bytes>,
) {
    while let Some(Command { id, asked }) = asked.recv().await {
        let answer = obey_one(&state, &caller, &id, asked).await;
        if told.send(result(&id, answer)).await.is_err() {
            return;
        }
    }
}

async fn obey_one(state: &Arc<WebState>, caller: &Caller, id: &str, asked: Value) -> Answer {
    // What the key may do now, not what it might when the stream was opened.
    let caller = caller.renewed(state)?;
    caller.count(state)?;
    perform(state, &caller, Some(text::idempotency_key(id.as_bytes())?), asked).await
}

fn result(id: &str, answer: Answer) -> Utf8Bytes {
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status.as_u16(), refusal.body()),
    };
    json!({"type": "result", "id": id, "status": status, "body": body}).to_string().into()
}

/// Events, and the results of commands behind those that came before them; until the key is taken away.
struct WithResults {
    reader: Reader,
    results: mpsc::Receiver<Utf8Bytes>,
    changes: watch::Receiver<()>,
    state: Arc<WebState>,
    caller: Caller,
}

impl Source for WithResults {
    async fn next(&mut self) -> Next {
        loop {
            tokio::select! {
                biased;
                Ok(()) = self.changes.changed() => {
                    let renewed = self.caller.renewed(&self.state);
                    if !renewed.is_ok_and(|caller| caller.has(Right::Events)) {
                        return Next::End(End::Over);
                    }
                }
                next = self.reader.next() => return next,
                Some(result) = self.results.recv() => return Next::Send(result),
            }
        }
    }
}

fn receive(text: &str, commands: &mpsc::Sender<Command>) -> Result<Option<Utf8Bytes>, &'static str> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum FromProgram {
        Ping,
        Command {
            id: String,
            #[serde(flatten)]
            asked: Map<String, Value>,
        },
    }
    match serde_json::from_str(text) {
        Ok(FromProgram::Ping) => Ok(Some(r#"{"type":"pong"}"#.into())),
        Ok(FromProgram::Command { id, asked }) => {
            let command = Command { id, asked: Value::Object(asked) };
            let full = |error: TrySendError<Command>| {
                let refusal = Refusal::unavailable("overloaded", "Too many commands of this stream wait.");
                result(&error.into_inner().id, Err(refusal))
            };
            Ok(commands.try_send(command).err().map(full))
        }
        Err(error) if error.is_data() => Err("invalid_message"),
        Err(_) => Err("invalid_json"),
    }
}
