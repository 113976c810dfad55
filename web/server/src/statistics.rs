//! The agents' plane: how the firm's queues and agents do.

use crate::body::json_answer;
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use warmline_coordination::request::{Reply, Request};

/// `GET /v1/agent/statistics`
pub(crate) async fn statistics(State(state): State<Arc<WebState>>, desk: Desk) -> Result<Response, Refusal> {
    match state.ask(Request::Statistics { agent: desk.agent }).await? {
        Reply::Statistics(view) => {
            let body = serde_json::to_value(&view).map_err(|_| Refusal::internal("unexpected_answer"))?;
            Ok(json_answer(StatusCode::OK, &body))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
