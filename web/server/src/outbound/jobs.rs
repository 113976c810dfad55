//! Call-me jobs as a supervisor sees them: their numbers masked, with the clocks of whom they call; and what was done for each, signed.

use super::Supervisor;
use crate::api::callbacks::{MOST, SOME, named, rescheduled};
use crate::api::evidence::EvidenceRefused;
use crate::body::json_answer;
use crate::callbacks::{Span, free};
use crate::clock;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use warmline_coordination::calling_hours::zones_of;
use warmline_coordination::identity::masked;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{self, CallbackState, CallbackVerb, Reply, Whose};
use warmline_coordination::view::CallbackView;

/// Days of those that are over, where nobody says how many.
const DAYS: u64 = 7;
const MICROS_A_DAY: u64 = 86_400_000_000;

#[derive(Deserialize)]
pub(super) struct Which {
    state: Option<CallbackState>,
    after: Option<ReservationId>,
    limit: Option<usize>,
    days: Option<u64>,
}

/// `GET /v1/agent/callbacks?state=&after=&limit=&days=`
pub(super) async fn list(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    let (rows, more) = match which.state {
        Some(CallbackState::Dead | CallbackState::Done) => latest(&state, &who, &which).await?,
        _ => {
            let most = which.limit.unwrap_or(SOME).clamp(1, MOST);
            page(&state, &who, which.state, (which.after, most)).await?
        }
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    Ok(json_answer(StatusCode::OK, &json!({ "callbacks": rows, "more": more })))
}

async fn page(
    state: &WebState,
    who: &Supervisor,
    kind: Option<CallbackState>,
    (after, most): (Option<ReservationId>, usize),
) -> Result<(Vec<CallbackView>, bool), Refusal> {
    let firm = who.firm.clone();
    match state.ask(request::Request::Callbacks { firm, state: kind, after, most, people: true }).await? {
        Reply::Callbacks { callbacks, more } => Ok((callbacks, more)),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// Those that are over and were asked for in the last days, the latest first; of too many the oldest are left out. A firm keeps 10,000.
async fn latest(
    state: &WebState,
    who: &Supervisor,
    which: &Which,
) -> Result<(Vec<CallbackView>, bool), Refusal> {
    let days = which.days.unwrap_or(DAYS).saturating_mul(MICROS_A_DAY);
    let since = warmline_time::Time::from_micros(clock::now().as_micros().saturating_sub(days));
    let mut after = Some(ReservationId::mint(since, 0));
    let mut rows = Vec::new();
    loop {
        let (next, more) = page(state, who, which.state, (after, MOST)).await?;
        after = next.last().map(|row| row.id);
        rows.extend(next);
        if !more || after.is_none() {
            break;
        }
    }
    let left_out = rows.len().saturating_sub(MOST);
    rows.drain(..left_out);
    rows.reverse();
    Ok((rows, left_out > 0))
}

/// `PATCH /v1/agent/callbacks/{id}`
pub(super) async fn put_off(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let verb = rescheduled(&state, request).await?;
    change(&state, who, &id, verb, StatusCode::OK).await
}

/// `DELETE /v1/agent/callbacks/{id}`
pub(super) async fn cancel(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    change(&state, who, &id, CallbackVerb::Cancel, StatusCode::OK).await
}

/// `POST /v1/agent/callbacks/{id}/retry`
pub(super) async fn retry(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    change(&state, who, &id, CallbackVerb::Retry, StatusCode::CREATED).await
}

async fn change(
    state: &WebState,
    Supervisor { firm, by, .. }: Supervisor,
    id: &str,
    verb: CallbackVerb,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let reservation = named(id)?;
    let asked = request::Request::ChangeCallback { firm, by, reservation, verb, people: true };
    Ok(json_answer(status, &row(&one(state, asked).await?)))
}

/// `GET /v1/agent/callbacks/{id}/slots?from=&days=`: other times for it.
pub(super) async fn slots(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(id): Path<String>,
    Query(span): Query<Span>,
) -> Result<Response, Refusal> {
    let reservation = named(&id)?;
    let asked = request::Request::Callback { firm: who.firm, reservation, people: false };
    let site = one(&state, asked).await?.site;
    free(&state, site, &span, (Whose::Request(reservation), None)).await
}

/// `GET /v1/agent/evidence/{reservation}`: the bundle, as it is kept in a file, and what was found when it was recomputed.
pub(super) async fn evidence(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(reservation): Path<String>,
) -> Result<Response, Refusal> {
    let reservation = reservation.parse().map_err(|_| EvidenceRefused::Unknown)?;
    let bundle = state.evidence.bundle(who.firm, reservation).await?;
    let verdict = state.evidence.verify(bundle.clone()).await?;
    let text = String::from_utf8(bundle.into()).map_err(|_| Refusal::internal("unexpected_answer"))?;
    Ok(json_answer(StatusCode::OK, &json!({ "bundle": text, "verdict": verdict })))
}

async fn one(state: &WebState, asked: request::Request) -> Result<CallbackView, Refusal> {
    match state.ask(asked).await? {
        Reply::Callback(view) => Ok(*view),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// A job for the desktop: whom it calls is named, and his number known to its owner only.
fn row(view: &CallbackView) -> Value {
    let mut row = json!(view);
    let customer = view.customer.as_ref();
    let number = customer.and_then(|customer| customer.number.as_deref());
    row["name"] = json!(customer.map_or("", |customer| customer.name.as_str()));
    row["number"] = json!(number.map(masked));
    row["zones"] = json!(number.map(zones_of).unwrap_or_default());
    if let Some(fields) = row.as_object_mut() {
        fields.remove("customer");
    }
    // What a page says of itself is for whoever has the call.
    if let Some(page) = row["page"].as_object_mut() {
        page.remove("attributes");
    }
    row
}
