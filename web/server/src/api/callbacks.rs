//! The list server for programs: jobs by their state, put off, taken back, asked for anew.

use super::key::{Caller, Right};
use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::callbacks::Due;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{self, CallbackState, CallbackVerb, Reply};

/// Jobs of one answer at most, and where a program does not say how many.
pub(crate) const MOST: usize = 1_000;
pub(crate) const SOME: usize = 100;

#[derive(Deserialize)]
pub(crate) struct Which {
    state: Option<CallbackState>,
    after: Option<ReservationId>,
    limit: Option<usize>,
}

/// `GET /v1/callbacks?state=&after=&limit=`
pub(crate) async fn list(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let people = caller.has(Right::People);
    let most = which.limit.unwrap_or(SOME).clamp(1, MOST);
    let (state_of, after) = (which.state, which.after);
    let asked = request::Request::Callbacks { firm: caller.firm, state: state_of, after, most, people };
    match state.ask(asked).await? {
        Reply::Callbacks { callbacks, more } => {
            Ok(json_answer(StatusCode::OK, &json!({ "callbacks": callbacks, "more": more })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/callbacks/{id}`
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let (people, reservation) = (caller.has(Right::People), named(&id)?);
    let asked = request::Request::Callback { firm: caller.firm, reservation, people };
    answer(&state, asked, StatusCode::OK).await
}

/// `PATCH /v1/callbacks/{id}`
pub(crate) async fn put_off(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let verb = rescheduled(&state, request).await?;
    change(&state, caller, &id, verb, StatusCode::OK).await
}

/// `DELETE /v1/callbacks/{id}`
pub(crate) async fn cancel(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    change(&state, caller, &id, CallbackVerb::Cancel, StatusCode::OK).await
}

/// `POST /v1/callbacks/{id}/retry`
pub(crate) async fn retry(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    change(&state, caller, &id, CallbackVerb::Retry, StatusCode::CREATED).await
}

async fn change(
    state: &WebState,
    caller: Caller,
    id: &str,
    verb: CallbackVerb,
    status: StatusCode,
) -> Result<Response, Refusal> {
    caller.may(Right::Visitors)?;
    let (people, reservation) = (caller.has(Right::People), named(id)?);
    let (firm, by) = (caller.firm, caller.name);
    answer(state, request::Request::ChangeCallback { firm, by, reservation, verb, people }, status).await
}

async fn answer(state: &WebState, asked: request::Request, status: StatusCode) -> Result<Response, Refusal> {
    match state.ask(asked).await? {
        Reply::Callback(view) => Ok(json_answer(status, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// The time that is asked for.
pub(crate) async fn rescheduled(state: &WebState, request: Request) -> Result<CallbackVerb, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let body: Due = read_json(&parts.headers, body, VISITOR_BODY, within).await?;
    Ok(CallbackVerb::Reschedule(body.moment()?))
}

pub(crate) fn named(id: &str) -> Result<ReservationId, Refusal> {
    let detail = "This job is not known, or not any more.";
    id.parse().map_err(|_| Refusal::new(StatusCode::NOT_FOUND, "unknown_callback", detail))
}
