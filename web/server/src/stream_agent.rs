//! `GET /v1/agent/stream`: the desktop's stream.

use crate::clock;
use crate::links::DesktopLinks;
use crate::problem::Refusal;
use crate::queue::Queue;
use crate::seal::is_hash;
use crate::session::Desk;
use crate::state::{WebState, agent_views};
use crate::stream::{self, error_text, view_text};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::ids::{ProbeId, ReservationId};
use warmline_coordination::request::{AgentRef, Request};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FromDesktop {
    Rendered {
        reservation: ReservationId,
        snapshot: Option<String>,
    },
    ProbeAnswer {
        probe: ProbeId,
        drawn: Option<String>,
        #[serde(default)]
        hidden: bool,
        #[serde(default)]
        microphone: bool,
    },
    Ping,
    Watch {
        view: Watched,
        on: bool,
    },
}

/// Views that only those are told who look at them.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Watched {
    Floor,
}

/// Opens the stream; it takes over from an earlier one of the same agent.
pub(crate) async fn open(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    headers: HeaderMap,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    if !headers.contains_key(header::ORIGIN) {
        return Err(Refusal::forbidden("origin_missing", "The desktop's stream carries an Origin header."));
    }
    let links = Arc::new(desk.links(&state));
    let upgrade = stream::upgrade(asked)?;
    Ok(upgrade.on_upgrade(move |socket| serve(state, desk, links, socket)))
}

async fn serve(state: Arc<WebState>, desk: Desk, links: Arc<DesktopLinks>, mut socket: WebSocket) {
    let Desk { agent, remaining, issued, .. } = desk;
    let limits = state.settings().limits.clone();
    let opened = state.hub.open_agent(&agent, Arc::clone(&links), issued, |number, queue| {
        state.hand_over(Request::StreamOpened(agent.clone(), number), Some(Arc::clone(queue)))
    });
    let (number, queue, answer) = match opened {
        Ok(opened) => opened,
        Err(refusal) => {
            stream::send(&mut socket, Message::Text(error_text(refusal.code)), &limits).await;
            return stream::close(socket, close_code::AGAIN, "overloaded", &limits).await;
        }
    };
    let _open = OpenStream { state: Arc::clone(&state), agent: agent.clone(), number };
    let views = match state.answer(answer).await.and_then(agent_views) {
        Ok(views) => links.desktop(&views, clock::now()),
        Err(refusal) => {
            stream::send(&mut socket, Message::Text(error_text(refusal.code)), &limits).await;
            return stream::close(socket, close_code::AGAIN, "no views", &limits).await;
        }
    };
    for view in ["me", "current", "waiting", "scheduled", "stats", "colleagues", "parked", "chats"] {
        if !stream::send(&mut socket, Message::Text(view_text(view, &views[view])), &limits).await {
            return;
        }
    }
    run(&state, &agent, socket, &queue, remaining).await;
}

async fn run(state: &WebState, agent: &AgentRef, socket: WebSocket, queue: &Queue, lasts: Duration) {
    let limits = state.settings().limits.clone();
    stream::run(socket, queue, &limits, lasts, |text| receive(state, agent, text)).await;
}

fn receive(state: &WebState, agent: &AgentRef, text: &str) -> Result<Option<Utf8Bytes>, &'static str> {
    let message = serde_json::from_str(text)
        .map_err(|error| if error.is_data() { "invalid_message" } else { "invalid_json" })?;
    let agent = agent.clone();
    let request = match message {
        FromDesktop::Ping => return Ok(Some(r#"{"type":"pong"}"#.into())),
        // Whether he may is the firm's to say.
        FromDesktop::Watch { view: Watched::Floor, on } => Request::WatchFloor { agent, on },
        FromDesktop::Rendered { reservation, snapshot } => {
            Request::Rendered { agent, reservation, snapshot: hash(snapshot)? }
        }
        FromDesktop::ProbeAnswer { probe, drawn, hidden, microphone } => {
            Request::ProbeAnswer { agent, probe, drawn: hash(drawn)?, hidden, microphone }
        }
    };
    if state.tell(request) { Ok(None) } else { Err("overloaded") }
}

fn hash(claimed: Option<String>) -> Result<Option<String>, &'static str> {
    match claimed {
        Some(text) if !is_hash(&text) => Err("invalid_message"),
        fits => Ok(fits),
    }
}

/// An open stream: when it goes, the firm is told, whatever the reason.
struct OpenStream {
    state: Arc<WebState>,
    agent: AgentRef,
    number: u64,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.state.hub.close_agent(&self.agent, self.number);
        let closed = Request::StreamClosed(self.agent.clone(), self.number);
        if !self.state.tell(closed.clone())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let state = Arc::clone(&self.state);
            runtime.spawn(async move { state.tell_surely(closed).await });
        }
    }
}
