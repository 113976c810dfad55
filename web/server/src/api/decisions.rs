//! `/v1/decisions`: why an agent was chosen, who else could have been, and what other settings would have made of it.

use super::key::{Caller, Right};
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Query, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::decision_replay::Replay;
use warmline_coordination::ids::DecisionId;
use warmline_coordination::request::{Reply, Request};

#[derive(Deserialize)]
pub(crate) struct About {
    subject: Option<String>,
}

/// The firm's latest, or those about one reservation or call.
pub(crate) async fn list(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(about): Query<About>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let asked = Request::Decisions { firm: caller.firm, subject: about.subject };
    match state.ask(asked).await? {
        Reply::Decisions(decisions) => Ok(json_answer(StatusCode::OK, &json!({ "decisions": decisions }))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// One of them; 404 `unknown_decision` after an hour at most.
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, "unknown_decision", "This decision is not known any more.");
    let id: DecisionId = id.parse().map_err(|_| unknown())?;
    match state.ask(Request::Decision { firm: caller.firm, id }).await? {
        Reply::Decision(decision) => Ok(json_answer(StatusCode::OK, &json!(decision))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `POST /v1/decisions/replay`: those that are kept, made again with other settings. Nothing is changed.
pub(crate) async fn replay(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: HttpRequest,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let (parts, body) = request.into_parts();
    let replay: Replay =
        read_json(&parts.headers, body, AGENT_BODY, state.settings().limits.body_within).await?;
    if !replay.is_sane() {
        return Err(Refusal::rule(
            "skills_invalid",
            "These are no skills of a queue: at most 20, of 1 to 60 characters.",
        ));
    }
    match state.ask(Request::ReplayDecisions { firm: caller.firm, replay: Box::new(replay) }).await? {
        Reply::Replay(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
