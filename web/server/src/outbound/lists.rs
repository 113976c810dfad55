//! Those whom the firm never calls, the breaker that stops all calling, and lists of contacts, in the hands of a supervisor.

use super::Supervisor;
use super::campaigns::in_parts;
use crate::api::breaker;
use crate::api::contacts_import;
use crate::api::do_not_call::{Kind, about, numbers};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use warmline_coordination::request::{self, Asker, ContactVerb, ListVerb};

/// Numbers that a firm takes at once, and contacts.
const REQUEST: usize = 10_000;
const CONTACTS: usize = 1_000;

/// `GET /v1/agent/do-not-call/{number}`
pub(super) async fn ask(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    about(&state, (who.firm, who.by), number, ListVerb::Ask).await
}

/// `PUT /v1/agent/do-not-call/{number}`
pub(super) async fn add(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    about(&state, (who.firm, who.by), number, ListVerb::Add).await
}

/// `DELETE /v1/agent/do-not-call/{number}`
pub(super) async fn remove(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    about(&state, (who.firm, who.by), number, ListVerb::Remove).await
}

/// `POST /v1/agent/do-not-call?registry=`
pub(super) async fn import(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    Query(Kind { registry }): Query<Kind>,
    request: Request,
) -> Result<Response, Refusal> {
    let lines = numbers(&state, request).await?;
    let (firm, by) = (who.firm, who.by);
    let ask =
        |numbers| request::Request::ListNumbers { firm: firm.clone(), by: by.clone(), numbers, registry };
    Ok(json_answer(StatusCode::OK, &in_parts(&state, lines, REQUEST, ask).await?))
}

/// `POST /v1/agent/contacts/import`
pub(super) async fn contacts(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    request: Request,
) -> Result<Response, Refusal> {
    let lines = contacts_import::lines(&state, request).await?;
    let ask = |lines| {
        let (by, verb) = (Asker::Agent(who.agent.clone()), ContactVerb::Import(lines));
        request::Request::Contacts { by, verb }
    };
    Ok(json_answer(StatusCode::OK, &in_parts(&state, lines, CONTACTS, ask).await?))
}

/// `GET /v1/agent/breaker`
pub(super) async fn breaker(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
) -> Result<Response, Refusal> {
    breaker::answer(&state, (who.firm, who.by), None).await
}

/// `POST /v1/agent/breaker`
pub(super) async fn set_breaker(
    State(state): State<Arc<WebState>>,
    who: Supervisor,
    request: Request,
) -> Result<Response, Refusal> {
    let open = breaker::wanted(&state, request).await?;
    breaker::answer(&state, (who.firm, who.by), Some(open)).await
}
