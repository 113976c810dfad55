//! Campaigns for programs: opened, filled, started, paused, stopped, and what has become of them.

use super::campaigns_import::{Lines, jobs_of_csv, jobs_of_json};
use super::key::{Caller, Right};
use crate::body::{AGENT_BODY, is_kind, json_answer, read_bytes, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::campaign::{CampaignVerb, Pacing, Retries, Terms, Window};
use warmline_coordination::hours::instant;
use warmline_coordination::ids::CampaignId;
use warmline_coordination::request::{self, Reply};

/// An import, in bytes: a thousand jobs with all their attributes.
const IMPORT: usize = 4 * 1024 * 1024;

/// What a campaign is to be, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    site: String,
    caller_id: Option<String>,
    retry: Option<Retries>,
    window: Option<Window>,
    starts: Option<String>,
    ends: Option<String>,
    #[serde(default)]
    pacing: Pacing,
}

/// `GET /v1/campaigns`
pub(crate) async fn list(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Campaigns)?;
    match state.ask(request::Request::Campaigns { firm: caller.firm, campaign: None }).await? {
        Reply::Campaigns(campaigns) => Ok(json_answer(StatusCode::OK, &json!({ "campaigns": campaigns }))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/campaigns/{id}`
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Campaigns)?;
    let campaign = Some(named(&id)?);
    match state.ask(request::Request::Campaigns { firm: caller.firm, campaign }).await? {
        Reply::Campaigns(rows) if rows.len() == 1 => Ok(json_answer(StatusCode::OK, &json!(rows[0]))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `POST /v1/campaigns`
pub(crate) async fn open(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Campaigns)?;
    let terms = terms(&state, request).await?;
    let asked = request::Request::OpenCampaign { firm: caller.firm, by: caller.name, terms };
    answer(&state, asked, StatusCode::CREATED).await
}

/// `POST /v1/campaigns/{id}/jobs`
pub(crate) async fn fill(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Campaigns)?;
    let (campaign, jobs) = (named(&id)?, jobs(&state, request).await?);
    let asked = request::Request::FillCampaign { firm: caller.firm, by: caller.name, campaign, jobs };
    match state.ask(asked).await? {
        Reply::Imported(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `POST /v1/campaigns/{id}/{start|pause|stop}`
pub(crate) async fn set(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path((id, verb)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let verb = verb_named(&verb)?;
    caller.may(Right::Campaigns)?;
    let campaign = named(&id)?;
    let asked = request::Request::SetCampaign { firm: caller.firm, by: caller.name, campaign, verb };
    answer(&state, asked, StatusCode::OK).await
}

async fn answer(state: &WebState, asked: request::Request, status: StatusCode) -> Result<Response, Refusal> {
    match state.ask(asked).await? {
        Reply::Campaign(view) => Ok(json_answer(status, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

fn moment(field: &'static str, text: Option<String>) -> Result<Option<u64>, Refusal> {
    let read = |text: String| {
        let detail = format!("`{field}` is no moment such as 2026-12-01T09:00:00Z.");
        instant(&text).map(|at| at.as_micros()).ok_or_else(|| Refusal::rule("time_invalid", detail))
    };
    text.map(read).transpose()
}

/// What a campaign is to be.
pub(crate) async fn terms(state: &WebState, request: Request) -> Result<Box<Terms>, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let wanted: Wanted = read_json(&parts.headers, body, AGENT_BODY, within).await?;
    text::filled_line("name", &wanted.name, 100)?;
    Ok(Box::new(Terms {
        starts: moment("starts", wanted.starts)?,
        ends: moment("ends", wanted.ends)?,
        name: wanted.name,
        site: wanted.site,
        caller_id: wanted.caller_id,
        retry: wanted.retry,
        window: wanted.window,
        pacing: wanted.pacing,
    }))
}

/// The jobs of an import.
pub(crate) async fn jobs(state: &WebState, request: Request) -> Result<Lines, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    if is_kind(&parts.headers, "text/csv") {
        return jobs_of_csv(&read_bytes(body, IMPORT, within).await?);
    }
    Ok(jobs_of_json(read_json(&parts.headers, body, IMPORT, within).await?))
}

pub(crate) fn verb_named(verb: &str) -> Result<CampaignVerb, Refusal> {
    match verb {
        "start" => Ok(CampaignVerb::Start),
        "pause" => Ok(CampaignVerb::Pause),
        "stop" => Ok(CampaignVerb::Stop),
        _ => Err(Refusal::not_found()),
    }
}

pub(crate) fn named(id: &str) -> Result<CampaignId, Refusal> {
    let refusal = |_| Refusal::new(StatusCode::NOT_FOUND, "unknown_campaign", "There is no such campaign.");
    id.parse().map_err(refusal)
}
