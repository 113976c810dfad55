//! A firm's campaigns, for its supervisors. An import may be longer than one of a program's: it goes to the firm in parts.

use super::Supervisor;
use crate::api::campaigns::{jobs, named, terms, verb_named};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use warmline_coordination::campaign::{ImportView, REQUEST};
use warmline_coordination::pacing::{AGENTS, CAP};
use warmline_coordination::request::{self, Reply};

/// `GET /v1/agent/campaigns`: also the sites for which one can be opened, and what holds for predictive dialling.
pub(super) async fn list(State(state): State<Arc<WebState>>, who: Supervisor) -> Result<Response, Refusal> {
    let settings = state.settings();
    let own = settings.sites.iter().filter(|site| site.firm == who.firm);
    let sites: Vec<&str> = own.map(|site| site.name.as_str()).collect();
    match state.ask(request::Request::Campaigns { firm: who.firm.clone(), campaign: None }).await? {
        Reply::Campaigns(campaigns) => {
            let answer =
                json!({ "campaigns": campaigns, "sites": sites, "cap": CAP, "predictive_agents": AGENTS });
            Ok(json_answer(StatusCode::OK, &answer))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `POST /v1/agent/campaigns`
pub(super) async fn open(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    request: Request,
) -> Result<Response, Refusal> {
    let terms = terms(&state, request).await?;
    let asked = request::Request::OpenCampaign { firm: who.firm, by: who.by, terms };
    answer(&state, asked, StatusCode::CREATED).await
}

/// `POST /v1/agent/campaigns/{id}/jobs`
pub(super) async fn fill(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let (campaign, lines) = (named(&id)?, jobs(&state, request).await?);
    let (firm, by) = (who.firm, who.by);
    let ask = |jobs| request::Request::FillCampaign { firm: firm.clone(), by: by.clone(), campaign, jobs };
    let view = in_parts(&state, lines, REQUEST, ask).await?;
    Ok(json_answer(StatusCode::OK, &view))
}

/// `POST /v1/agent/campaigns/{id}/{start|pause|stop}`
pub(super) async fn set(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path((id, verb)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (campaign, verb) = (named(&id)?, verb_named(&verb)?);
    let asked = request::Request::SetCampaign { firm: who.firm, by: who.by, campaign, verb };
    answer(&state, asked, StatusCode::OK).await
}

async fn answer(state: &WebState, asked: request::Request, status: StatusCode) -> Result<Response, Refusal> {
    match state.ask(asked).await? {
        Reply::Campaign(view) => Ok(json_answer(status, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// Lines handed to the firm so many at a time, and what came of all of them. Where a part is refused those before are kept: a file can be
/// sent again, what is there is a duplicate then.
pub(super) async fn in_parts<L>(
    state: &WebState,
    mut lines: Vec<L>,
    most: usize,
    ask: impl Fn(Vec<L>) -> request::Request,
) -> Result<Value, Refusal> {
    let mut whole = ImportView { accepted: 0, refused: Vec::new() };
    loop {
        let rest = lines.split_off(lines.len().min(most));
        let Reply::Imported(view) = state.ask(ask(lines)).await? else {
            return Err(Refusal::internal("unexpected_answer"));
        };
        whole.accepted += view.accepted;
        whole.refused.extend(view.refused);
        if rest.is_empty() {
            return Ok(json!(whole));
        }
        lines = rest;
    }
}
