//! `GET /v1/webhooks`: how the firm's webhooks are doing, and what could not be delivered.

use super::key::{Caller, Right};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// All of the firm's webhooks.
pub(crate) async fn list(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let hooks: Vec<Value> = state.hub.feed(&caller.firm).hooks().iter().map(|hook| hook.shown()).collect();
    Ok(json_answer(StatusCode::OK, &json!({ "webhooks": hooks })))
}
