//! The breaker of call me, for programs: asked, opened, closed.

use super::key::{Caller, Right};
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::request::{self, Reply};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    open: bool,
}

/// `GET /v1/callme/breaker`
pub(crate) async fn ask(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    answer(&state, (caller.firm, caller.name), None).await
}

/// `POST /v1/callme/breaker`
pub(crate) async fn set(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Calls)?;
    let open = wanted(&state, request).await?;
    answer(&state, (caller.firm, caller.name), Some(open)).await
}

/// Whether it is to be open.
pub(crate) async fn wanted(state: &WebState, request: Request) -> Result<bool, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let Wanted { open } = read_json(&parts.headers, body, AGENT_BODY, within).await?;
    Ok(open)
}

/// As it is, or as somebody of the firm has it from now on.
pub(crate) async fn answer(
    state: &WebState,
    (firm, by): (String, String),
    open: Option<bool>,
) -> Result<Response, Refusal> {
    match state.ask(request::Request::Breaker { firm, by, open }).await? {
        Reply::Breaker(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
