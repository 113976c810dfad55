//! `/v1/decisions`: why an agent was chosen, who else could have been, and what other settings would have made of it.

use super::key::{Caller, Right};
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::clock;
use crate::problem::Refusal;
use crate::state::{StoreUnavailable, WebState};
use axum::extract::{Path, Query, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::decision::Decision;
use warmline_coordination::decision_replay::{Replay, ReplayView};
use warmline_coordination::hours::instant;
use warmline_coordination::ids::DecisionId;
use warmline_coordination::request::{Reply, Request};
use warmline_time::Time;

/// Listed at once.
const LISTED: usize = 50;
/// Read at once, and made again at once: the firm does nothing else meanwhile.
const TURN: usize = 200;
/// Made again at most.
const MOST: usize = 50_000;
const DAY: Duration = Duration::from_secs(86_400);

/// Which kept decisions are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The firm's name.
    pub firm: String,
    /// Those about this reservation or call only.
    pub subject: Option<String>,
    /// From this one on: their ids are in the order in which they were made.
    pub from: DecisionId,
    /// Before this one.
    pub before: DecisionId,
    /// So many.
    pub most: usize,
}

/// Where decisions are kept for longer than the firm remembers them.
pub trait KeptDecisions: Send + Sync {
    /// One of a firm.
    fn one(&self, firm: String, id: DecisionId) -> BoxFuture<'_, Result<Option<Decision>, StoreUnavailable>>;

    /// Those that are asked for, the latest first.
    fn some(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Decision>, StoreUnavailable>>;
}

impl From<StoreUnavailable> for Refusal {
    fn from(_: StoreUnavailable) -> Self {
        Refusal::unavailable("store_unavailable", "Decisions cannot be read now; try again.")
    }
}

#[derive(Deserialize)]
pub(crate) struct About {
    subject: Option<String>,
    before: Option<String>,
}

/// The firm's latest, or those about one reservation or call: what it remembers, and behind that what is kept.
pub(crate) async fn list(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(About { subject, before }): Query<About>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let before = before.as_deref().map(place).transpose()?;
    let asked = Request::Decisions { firm: caller.firm.clone(), subject: subject.clone(), before };
    let mut views = match state.ask(asked).await? {
        Reply::Decisions(decisions) => decisions,
        _ => return Err(Refusal::internal("unexpected_answer")),
    };
    let wanted = Wanted {
        firm: caller.firm,
        subject,
        from: DecisionId::first_of(Time::ZERO),
        before: before.unwrap_or(DecisionId::LAST),
        most: LISTED + 1,
    };
    let full = views.len() >= LISTED;
    let known: BTreeSet<DecisionId> = views.iter().map(|view| view.id).collect();
    let kept = state.decisions.some(wanted).await?;
    views.extend(kept.iter().filter(|kept| !known.contains(&kept.id)).map(Decision::view));
    views.sort_by_key(|view| std::cmp::Reverse(view.id));
    let more = full || views.len() > LISTED;
    views.truncate(LISTED);
    let next = views.last().filter(|_| more).map(|view| view.id);
    Ok(json_answer(StatusCode::OK, &json!({ "decisions": views, "next": next })))
}

/// A decision, or a moment: before it.
fn place(text: &str) -> Result<DecisionId, Refusal> {
    text.parse().or_else(|_| moment(text).map(DecisionId::first_of))
}

/// One of them; 404 `unknown_decision` once it is kept no longer.
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Read)?;
    let unknown =
        || Refusal::new(StatusCode::NOT_FOUND, "unknown_decision", "This decision is not known any more.");
    let id: DecisionId = id.parse().map_err(|_| unknown())?;
    match state.ask(Request::Decision { firm: caller.firm.clone(), id }).await {
        Ok(Reply::Decision(decision)) => return Ok(json_answer(StatusCode::OK, &json!(decision))),
        Ok(_) => return Err(Refusal::internal("unexpected_answer")),
        Err(refusal) if refusal.status != StatusCode::NOT_FOUND => return Err(refusal),
        Err(_) => {}
    }
    let kept = state.decisions.one(caller.firm, id).await?.ok_or_else(unknown)?;
    Ok(json_answer(StatusCode::OK, &json!(kept.view())))
}

/// `POST /v1/decisions/replay`: made again with other settings. Nothing is changed.
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
    let view = match (&replay.from, &replay.until) {
        (None, None) => again(&state, &caller.firm, &replay, None).await?,
        _ => kept_again(&state, caller.firm, &replay).await?,
    };
    Ok(json_answer(StatusCode::OK, &json!(view)))
}

/// Those of a span of time, some after the other.
async fn kept_again(state: &WebState, firm: String, replay: &Replay) -> Result<ReplayView, Refusal> {
    let until = replay.until.as_deref().map(moment).transpose()?.unwrap_or_else(clock::now);
    let from = replay.from.as_deref().map(moment).transpose()?.unwrap_or(until - DAY);
    let mut view = ReplayView::default();
    let (from, mut before) = (DecisionId::first_of(from), DecisionId::first_of(until));
    let mut read = 0;
    loop {
        let subject = replay.subject.clone();
        let wanted = Wanted { firm: firm.clone(), subject, from, before, most: TURN };
        let some = state.decisions.some(wanted).await?;
        let Some(last) = some.last() else { return Ok(view) };
        before = last.id;
        read += some.len();
        let all = some.len() < TURN;
        view.and(again(state, &firm, replay, Some(some)).await?);
        if all {
            return Ok(view);
        }
        if read >= MOST {
            view.more = true;
            return Ok(view);
        }
    }
}

async fn again(
    state: &WebState,
    firm: &str,
    replay: &Replay,
    of: Option<Vec<Decision>>,
) -> Result<ReplayView, Refusal> {
    let asked = Request::ReplayDecisions { firm: firm.to_owned(), replay: Box::new(replay.clone()), of };
    match state.ask(asked).await? {
        Reply::Replay(view) => Ok(*view),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

fn moment(text: &str) -> Result<Time, Refusal> {
    let invalid = || Refusal::rule("time_invalid", "A time is written as in RFC 3339: 2026-11-30T09:15:00Z.");
    instant(text).ok_or_else(invalid)
}
