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
    ArrivalOwned, Criterion, Draft, Kind, Once, PriorityChange, Since, WatchedSite, replay,
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
    since: Option<String>,
    when: Option<String>,
    once: Option<String>,
    most: Option<u8>,
    hours: Option<u16>,
    priority: Option<u8>,
    priority_by: Option<i8>,
}

/// With the right `read`; one at a time of each firm.
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
        if rows.len() > MOST {
            return Err(Refusal::rule("too_many", "A dry run takes 50 criteria at most."));
        }
        settings.criteria =
            rows.into_iter().map(|row| checked(row, &settings.sites)).collect::<Result<_, _>>()?;
    }
    settings.check().map_err(invalid)?;
    let Ok(own) = Arc::clone(&firm.dry_run).try_acquire_owned() else {
        return Err(Refusal::unavailable("busy", "Criteria are being tried already; try again in a moment."));
    };
    // Other firms wait for no more than one each.
    let turn = Arc::clone(&state.hub.watching.dry_runs).acquire_owned().await;
    let turn = turn.map_err(|_| Refusal::internal("dry_run"))?;
    let report = tokio::task::spawn_blocking(move || {
        let lines = firm.recorded();
        let report = replay(settings, lines.iter().filter_map(|line| ArrivalOwned::read(line).ok()));
        drop((turn, own));
        report
    });
    let report = report.await.map_err(|_| Refusal::internal("dry_run"))?;
    Ok(json_answer(StatusCode::OK, &json!(report)))
}

fn invalid(why: String) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "criterion_invalid", why)
}

fn checked(row: Row, sites: &[WatchedSite]) -> Result<Criterion, Refusal> {
    let name = row.name.clone();
    criterion(row, sites).map_err(|why| invalid(format!("`{name}`: {why}.")))
}

fn criterion(row: Row, sites: &[WatchedSite]) -> Result<Criterion, String> {
    let place = |name: &String| {
        let place = sites.iter().position(|site| site.name == *name).map(|place| place as u32);
        place.ok_or_else(|| format!("no site of the firm is named `{name}`"))
    };
    let draft = Draft {
        name: row.name,
        firm: 0,
        sites: row.sites.iter().map(place).collect::<Result<_, _>>()?,
        on: row.on,
        page: row.page,
        after: row.after_secs.map(|secs| Duration::from_secs(secs.into())),
        since: Since::of(row.since.as_deref())?,
        when: row.when,
        once: Once::of(row.once.as_deref(), row.most, row.hours)?.unwrap_or_default(),
        priority: PriorityChange::of(row.priority, row.priority_by)?,
        dry_run: true,
    };
    Criterion::new(draft).map_err(|wrong| wrong.to_string())
}
