//! What a program sees of its firm as it is now: to begin with, and after a gap in its events.

use super::key::{Caller, Right};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::state::{WebState, reservation_view};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use warmline_coordination::floor::FloorView;
use warmline_coordination::ids::CallId;
use warmline_coordination::program::CallView;
use warmline_coordination::request::{Reply, Request};

/// `GET /v1/calls`
pub(crate) async fn calls(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    let calls = live(&state, &caller, None).await?;
    Ok(json_answer(StatusCode::OK, &json!({ "calls": calls })))
}

/// `GET /v1/calls/{id}`
pub(crate) async fn call(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, "unknown_call", "There is no such call, or it is over.");
    let id = id.parse().map_err(|_| unknown())?;
    let call = live(&state, &caller, Some(id)).await?.pop().ok_or_else(unknown)?;
    Ok(json_answer(StatusCode::OK, &json!(call)))
}

async fn live(state: &WebState, caller: &Caller, call: Option<CallId>) -> Result<Vec<CallView>, Refusal> {
    caller.may(Right::Read)?;
    let people = caller.has(Right::People);
    match state.ask(Request::Calls { firm: caller.firm.clone(), call, people }).await? {
        Reply::Calls(calls) => Ok(calls),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/agents`
pub(crate) async fn agents(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    let floor = overview(&state, &caller).await?;
    Ok(json_answer(StatusCode::OK, &json!({ "time": floor.time, "agents": floor.agents })))
}

/// `GET /v1/queues`: queues, and what they depend on.
pub(crate) async fn queues(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    let floor = overview(&state, &caller).await?;
    let body = json!({
        "time": floor.time, "service_level_secs": floor.service_level_secs, "queues": floor.queues,
        "pools": floor.pools, "trunks": floor.trunks,
    });
    Ok(json_answer(StatusCode::OK, &body))
}

/// `GET /v1/statistics`: everything that supervisors see of all agents, queues, pools and trunks.
pub(crate) async fn statistics(
    State(state): State<Arc<WebState>>,
    caller: Caller,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    match state.ask(Request::FirmStatistics { firm: caller.firm }).await? {
        Reply::Statistics(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

async fn overview(state: &WebState, caller: &Caller) -> Result<Box<FloorView>, Refusal> {
    caller.may(Right::Read)?;
    match state.ask(Request::Overview { firm: caller.firm.clone() }).await? {
        Reply::Floor(floor) => Ok(floor),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/reservations/{id}`
pub(crate) async fn reservation(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, "unknown_reservation", "This request is not known any more.");
    let reservation = id.parse().map_err(|_| unknown())?;
    let may_act = caller.has(Right::Visitors);
    let (_, view, _) =
        reservation_view(state.ask(Request::Reservation { firm: caller.firm, reservation }).await?)?;
    let mut view = json!(view);
    if !may_act {
        hide(&mut view);
    }
    Ok(json_answer(StatusCode::OK, &view))
}

/// Takes out what proves who somebody is, and what is between the visitor and his agent: for those who act for visitors alone.
fn hide(view: &mut Value) {
    if let Value::Object(fields) = view {
        fields.remove("pin");
        fields.remove("share");
        fields.values_mut().for_each(hide);
    }
}
