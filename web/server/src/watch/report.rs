//! The plane of programs: what has come of invitations and criteria.

use super::ingest;
use crate::api::evidence::day;
use crate::api::key::{Caller, Right};
use crate::body::json_answer;
use crate::clock;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_coordination::request::{Reply, Request};

/// Days of a report, where none are named: the last four weeks.
const DAYS: u64 = 28;

pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/activity", post(ingest::ingest))
        .route("/v1/criteria", get(criteria))
        .route("/v1/reports/invitations", get(invitations))
}

#[derive(Deserialize)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

/// `GET /v1/reports/invitations?from=&to=`
async fn invitations(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(span): Query<Span>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let today = clock::now().as_secs() / 86_400;
    let wrong = || Refusal::rule("date_invalid", "`from` and `to` are days in UTC, such as 2026-11-30.");
    let named = |text: Option<String>| text.map(|text| day(&text).ok_or_else(wrong)).transpose();
    let to = named(span.to)?.unwrap_or(today);
    let from = named(span.from)?.unwrap_or(to.saturating_sub(DAYS - 1));
    match state.ask(Request::InvitationReport { firm: caller.firm, days: (from, to) }).await? {
        Reply::Invitations(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/criteria`: how often each has held since the program started, tried ones too.
async fn criteria(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let firm = state.hub.watching.firm(&caller.firm).ok_or_else(not_watched)?;
    let mut rows: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for counted in firm.counters().into_iter().flat_map(|shard| shard.criteria) {
        let row = rows.entry(counted.name.to_string()).or_default();
        row.0 += counted.matched;
        row.1 += counted.dry;
        row.2 += counted.failed;
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, (matched, tried, failed))| json!({ "name": name, "matched": matched, "tried": tried, "failed": failed }))
        .collect();
    Ok(json_answer(StatusCode::OK, &json!({ "criteria": rows })))
}

pub(super) fn not_watched() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not_watched", "The firm's visitors are not watched.")
}
