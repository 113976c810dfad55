//! A firm's list of those whom it never calls, for its programs: one number at a time.

use super::key::{Caller, Right};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::request::{ListVerb, Reply, Request};

/// `GET /v1/do-not-call/{number}`
pub(crate) async fn ask(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    list(&state, caller, number, ListVerb::Ask).await
}

/// `PUT /v1/do-not-call/{number}`
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Visitors)?;
    list(&state, caller, number, ListVerb::Add).await
}

/// `DELETE /v1/do-not-call/{number}`
pub(crate) async fn remove(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Visitors)?;
    list(&state, caller, number, ListVerb::Remove).await
}

async fn list(state: &WebState, caller: Caller, number: String, verb: ListVerb) -> Result<Response, Refusal> {
    text::filled_line("number", &number, 40)?;
    match state.ask(Request::DoNotCall { firm: caller.firm, number, verb }).await? {
        Reply::Listed { number, by } => {
            Ok(json_answer(StatusCode::OK, &json!({ "number": number, "by": by })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
