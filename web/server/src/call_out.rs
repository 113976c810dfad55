//! The agents' plane: calls that an agent makes, and calls that are parked.

use crate::agent::{body, done};
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use warmline_coordination::request;

#[derive(Deserialize)]
struct CallBody {
    number: String,
    caller_id: Option<String>,
}

/// `POST /v1/agent/call`
pub(crate) async fn call(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let CallBody { number, caller_id } = body(&state, request).await?;
    text::filled_line("number", &number, 40)?;
    if let Some(caller_id) = &caller_id {
        text::filled_line("caller_id", caller_id, 40)?;
    }
    done(&state, request::Request::Call { agent: desk.agent, number, caller_id }).await
}

#[derive(Deserialize)]
struct WarmLineBody {
    number: String,
}

/// `POST /v1/agent/warm-line`
pub(crate) async fn warm_line(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let WarmLineBody { number } = body(&state, request).await?;
    text::filled_line("number", &number, 40)?;
    done(&state, request::Request::WarmLine { agent: desk.agent, number }).await
}

/// `POST /v1/agent/job/start`
pub(crate) async fn start_job(State(state): State<Arc<WebState>>, desk: Desk) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::StartJob(desk.agent)).await
}

/// `POST /v1/agent/job/skip`
pub(crate) async fn skip_job(State(state): State<Arc<WebState>>, desk: Desk) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::SkipJob(desk.agent)).await
}

/// `POST /v1/agent/park`
pub(crate) async fn park(State(state): State<Arc<WebState>>, desk: Desk) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Park(desk.agent)).await
}

#[derive(Deserialize)]
struct UnparkBody {
    slot: u16,
}

/// `POST /v1/agent/unpark`
pub(crate) async fn unpark(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let UnparkBody { slot } = body(&state, request).await?;
    done(&state, request::Request::Unpark(desk.agent, slot)).await
}
