//! The plane of programs: what has come of invitations and criteria.

use super::{dry_run, ingest};
use crate::api::evidence::day;
use crate::api::key::{Caller, Right};
use crate::body::json_answer;
use crate::clock;
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_coordination::figures::{Past, Step};
use warmline_coordination::request::{Reply, Report, Request};
use warmline_coordination::usage::{UsageReport, UsageRow};
use warmline_time::Time;

/// Days of a report, where none are named: the last four weeks.
const DAYS: u64 = 28;
/// Days whose hours are told at once.
const HOURLY: u64 = 7;

pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/activity", post(ingest::ingest))
        .route("/v1/criteria", get(criteria))
        .route("/v1/criteria/dry-run", post(dry_run::dry_run))
        .route("/v1/reports/invitations", get(invitations))
        .route("/v1/reports/pages", get(pages))
        .route("/v1/usage", get(usage))
        .route("/v1/statistics/past", get(past))
}

#[derive(Deserialize)]
pub(super) struct Span {
    from: Option<String>,
    to: Option<String>,
}

/// `GET /v1/reports/invitations?from=&to=`
async fn invitations(
    state: State<Arc<WebState>>,
    caller: Caller,
    span: Query<Span>,
) -> Result<Response, Refusal> {
    for_programs(&state, caller, Report::Invitations, &span).await
}

/// `GET /v1/reports/pages?from=&to=`
async fn pages(state: State<Arc<WebState>>, caller: Caller, span: Query<Span>) -> Result<Response, Refusal> {
    for_programs(&state, caller, Report::Pages, &span).await
}

async fn for_programs(
    state: &WebState,
    caller: Caller,
    what: Report,
    span: &Span,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    report(state, Request::Report { firm: caller.firm, what, days: days(span)? }).await
}

/// The days of a question; both of them in it.
fn days(span: &Span) -> Result<(u64, u64), Refusal> {
    let today = clock::now().as_secs() / 86_400;
    let wrong = || Refusal::rule("date_invalid", "`from` and `to` are days in UTC, such as 2026-11-30.");
    let named = |text: &Option<String>| text.as_ref().map(|text| day(text).ok_or_else(wrong)).transpose();
    let to = named(&span.to)?.unwrap_or(today);
    let from = named(&span.from)?.unwrap_or(to.saturating_sub(DAYS - 1));
    if from > to {
        return Err(Refusal::rule("date_invalid", "`from` is a day behind `to`."));
    }
    Ok((from, to))
}

/// `GET /v1/agent/reports/invitations?from=&to=`
pub(super) async fn agent_invitations(
    state: State<Arc<WebState>>,
    desk: Desk,
    span: Query<Span>,
) -> Result<Response, Refusal> {
    for_supervisors(&state, desk, Report::Invitations, &span).await
}

/// `GET /v1/agent/reports/pages?from=&to=`
pub(super) async fn agent_pages(
    state: State<Arc<WebState>>,
    desk: Desk,
    span: Query<Span>,
) -> Result<Response, Refusal> {
    for_supervisors(&state, desk, Report::Pages, &span).await
}

async fn for_supervisors(
    state: &WebState,
    desk: Desk,
    what: Report,
    span: &Span,
) -> Result<Response, Refusal> {
    report(state, Request::AgentReport { agent: desk.agent, what, days: days(span)? }).await
}

async fn report(state: &WebState, asked: Request) -> Result<Response, Refusal> {
    match state.ask(asked).await? {
        Reply::Invitations(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        Reply::Pages(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

#[derive(Deserialize)]
struct UsageQuery {
    from: Option<String>,
    to: Option<String>,
    /// `day`: each for itself.
    by: Option<String>,
    /// `csv`, or `json`.
    format: Option<String>,
}

/// `GET /v1/usage?from=&to=&by=day&format=csv`
async fn usage(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(query): Query<UsageQuery>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let days = days(&Span { from: query.from, to: query.to })?;
    let by_day = match query.by.as_deref() {
        None => false,
        Some("day") => true,
        Some(_) => return Err(Refusal::rule("by_invalid", "`by` is `day`, or left out.")),
    };
    let csv = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Refusal::rule("format_invalid", "`format` is `json` or `csv`.")),
    };
    let Reply::Usage(report) = state.ask(Request::Usage { firm: caller.firm, days, by_day }).await? else {
        return Err(Refusal::internal("unexpected_answer"));
    };
    if !csv {
        return Ok(json_answer(StatusCode::OK, &usage_json(&report)));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"usage.csv\""),
    ];
    Ok((StatusCode::OK, headers, usage_csv(&report)).into_response())
}

#[derive(Deserialize)]
struct PastQuery {
    from: Option<String>,
    to: Option<String>,
    /// `hour` or `day`.
    by: Option<Step>,
}

/// `GET /v1/statistics/past?from=&to=&by=hour|day`
async fn past(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    query: Result<Query<PastQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let wrong = |_| Refusal::rule("by_invalid", "`by` is `hour` or `day`, or left out.");
    let Query(PastQuery { from, to, by }) = query.map_err(wrong)?;
    let by = by.unwrap_or(Step::Day);
    let days = days(&Span { from, to })?;
    if by == Step::Hour && days.1 - days.0 >= HOURLY {
        return Err(Refusal::rule("date_invalid", "By hours at most 7 days are told at once."));
    }
    let past = Past { days, by };
    match state.ask(Request::Past { firm: caller.firm, past }).await? {
        Reply::Past(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

fn usage_json(report: &UsageReport) -> Value {
    let rows: Vec<Value> = report
        .rows
        .iter()
        .map(|row| {
            let mut value = json!(row.used);
            value["client"] = Some(&row.client)
                .filter(|client| !client.is_empty())
                .map_or(Value::Null, |client| json!(client));
            value["date"] = row.day.map_or(Value::Null, |day| json!(date(day)));
            value["price"] = report
                .plan
                .as_ref()
                .map_or(Value::Null, |plan| json!(plan.price(&row.used) as f64 / 10_000.0));
            value
        })
        .collect();
    json!({ "currency": report.plan.as_ref().map(|plan| &plan.currency), "rows": rows })
}

fn usage_csv(report: &UsageReport) -> String {
    let mut text = String::from(
        "date,client,reservations,number_hours,calls,call_minutes,chats,invitations,letters,price,currency\r\n",
    );
    for UsageRow { day, client, used } in &report.rows {
        let price = report
            .plan
            .as_ref()
            .map_or(String::new(), |plan| format!("{:.4}", plan.price(used) as f64 / 10_000.0));
        let currency = report.plan.as_ref().map_or("", |plan| plan.currency.as_str());
        let fields = [
            day.map_or(String::new(), date),
            quoted(client),
            used.reservations.to_string(),
            format!("{:.4}", used.number_secs as f64 / 3_600.0),
            used.calls.to_string(),
            format!("{:.2}", used.call_secs as f64 / 60.0),
            used.chats.to_string(),
            used.invitations.to_string(),
            used.letters.to_string(),
            price,
            currency.to_owned(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// RFC 4180; no programme takes it for a formula.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn date(day: u64) -> String {
    Time::from_micros(day * 86_400_000_000).rfc3339().chars().take(10).collect()
}

/// `GET /v1/criteria`: how often each has held since the program started, tried ones too.
async fn criteria(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let firm = state.hub.watching.firm(&caller.firm).ok_or_else(not_watched)?;
    let mut rows: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for counted in firm.criteria() {
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
