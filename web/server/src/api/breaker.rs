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
    answer(&state, caller, None).await
}

/// `POST /v1/callme/breaker`
pub(crate) async fn set(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Calls)?;
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let Wanted { open } = read_json(&parts.headers, body, AGENT_BODY, within).await?;
    answer(&state, caller, Some(open)).await
}

async fn answer(state: &WebState, caller: Caller, open: Option<bool>) -> Result<Response, Refusal> {
    match state.ask(request::Request::Breaker { firm: caller.firm, by: caller.name, open }).await? {
        Reply::Breaker(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
