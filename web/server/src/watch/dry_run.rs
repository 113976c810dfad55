//! `POST /v1/criteria/dry-run`: what criteria would have done to the traffic that was recorded lately, before they are in force.

use super::report::not_watched;
use crate::api::key::{Caller, Right};
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::activity::{
    Criterion, Draft, Kind, Once, PriorityChange, Since, WatchSettings, replay,
};

/// Criteria of one run.
const MOST: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// None: those that are in force.
    criteria: Option<Vec<Row>>,
}

/// As `[[firms.watch.criteria]]`, without what follows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    sites: Vec<String>,
    #[serde(default)]
    on: Vec<Kind>,
    page: Option<String>,
    after_secs: Option<u32>,
    #[serde(default)]
    since: From,
    when: Option<String>,
    once: Option<Often>,
    most: Option<u8>,
    hours: Option<u16>,
    priority: Option<u8>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    #[default]
    Page,
    Arrival,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Often {
    Visit,
    Page,
    Day,
}

/// With the right `read`; one at a time.
pub(super) async fn dry_run(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let (parts, body) = request.into_parts();
    let body: Body = read_json(&parts.headers, body, AGENT_BODY, state.settings().limits.body_within).await?;
    let firm = state.hub.watching.firm(&caller.firm).ok_or_else(not_watched)?;
    let mut settings = firm.policy().settings.clone();
    if let Some(rows) = body.criteria {
        settings.criteria = checked(rows, &settings)?;
    }
    let wrong = |wrong: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "criterion_invalid", wrong);
    settings.check().map_err(wrong)?;
    let Ok(turn) = Arc::clone(&state.hub.watching.dry_runs).try_acquire_owned() else {
        return Err(Refusal::unavailable("busy", "Criteria are being tried already; try again in a moment."));
    };
    let recorded = firm.recorded();
    let report = tokio::task::spawn_blocking(move || {
        let report = replay(settings, recorded.into_iter());
        drop(turn);
        report
    });
    let report = report.await.map_err(|_| Refusal::internal("dry_run"))?;
    Ok(json_answer(StatusCode::OK, &json!(report)))
}

fn checked(rows: Vec<Row>, settings: &WatchSettings) -> Result<Vec<Criterion>, Refusal> {
    let refused = |name: &str, why: &str| {
        let detail = format!("`{name}`: {why}.");
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "criterion_invalid", detail)
    };
    if rows.len() > MOST {
        return Err(Refusal::rule("too_many", "A dry run takes 50 criteria at most."));
    }
    let mut criteria = Vec::with_capacity(rows.len());
    for row in rows {
        let place = |name: &String| settings.sites.iter().position(|site| site.name == *name && !site.gone);
        let sites: Option<Vec<u32>> =
            row.sites.iter().map(|name| place(name).map(|place| place as u32)).collect();
        let sites = sites.ok_or_else(|| refused(&row.name, "one of its sites is none of the firm's"))?;
        let once = match (row.once, row.most, row.hours) {
            (_, Some(most), Some(hours)) => Once::Limit { most, hours },
            (Some(Often::Page), ..) => Once::Page,
            (Some(Often::Day), ..) => Once::Day,
            _ => Once::Visit,
        };
        let draft = Draft {
            name: row.name.clone(),
            firm: 0,
            sites,
            on: row.on,
            page: row.page,
            after: row.after_secs.map(|secs| Duration::from_secs(secs.into())),
            since: match row.since {
                From::Page => Since::Page,
                From::Arrival => Since::Arrival,
            },
            when: row.when,
            once,
            priority: row.priority.map(PriorityChange::To),
            dry_run: true,
            follows: 0,
        };
        criteria.push(Criterion::new(draft).map_err(|wrong| refused(&row.name, &wrong.to_string()))?);
    }
    Ok(criteria)
}
