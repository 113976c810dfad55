//! The supervisors' plane: the floor, and what is done to an agent on it. Who may is checked by the firm.

use crate::agent::{body, done};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use warmline_coordination::floor::Order;
use warmline_coordination::request::{self, Presence, Reply};

/// `GET /v1/agent/floor`
pub(crate) async fn floor(State(state): State<Arc<WebState>>, desk: Desk) -> Result<Response, Refusal> {
    match state.ask(request::Request::Floor { agent: desk.agent }).await? {
        Reply::Floor(view) => {
            let body = serde_json::to_value(&view).map_err(|_| Refusal::internal("unexpected_answer"))?;
            Ok(json_answer(StatusCode::OK, &body))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

#[derive(Deserialize)]
struct StateBody {
    state: Presence,
    reason: Option<String>,
}

/// `POST /v1/agent/floor/{agent}/state`
pub(crate) async fn set_state(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Path(agent): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let StateBody { state: presence, reason } = body(&state, request).await?;
    if let Some(reason) = &reason {
        text::filled_line("reason", reason, 60)?;
    }
    let order = match presence {
        Presence::Ready => Order::Ready,
        Presence::NotReady => Order::NotReady(reason),
    };
    supervise(&state, desk, agent, order).await
}

#[derive(Deserialize)]
struct LogOffBody {
    #[serde(default)]
    now: bool,
}

/// `POST /v1/agent/floor/{agent}/log-off`
pub(crate) async fn log_off(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Path(agent): Path<String>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let LogOffBody { now } = body(&state, request).await?;
    supervise(&state, desk, agent, Order::LogOff { now }).await
}

async fn supervise(state: &WebState, desk: Desk, agent: String, order: Order) -> Result<StatusCode, Refusal> {
    text::filled_line("agent", &agent, 100)?;
    done(state, request::Request::Supervise { by: desk.agent, agent, order }).await
}
