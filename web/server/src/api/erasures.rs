//! What people have a right to, for a firm's programs: that they are erased (E24), or told what is kept of them.

use super::evidence::signed;
use super::key::{Caller, Right};
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::ids::{ContactId, ErasureId};
use warmline_coordination::request::{self, Reply, Whom};

/// One of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    contact: Option<ContactId>,
    number: Option<String>,
    customer: Option<String>,
}

/// `POST /v1/erasures`
pub(crate) async fn order(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Erase)?;
    let whom = whom(&state, request).await?;
    answer(&state, request::Request::Erase { firm: caller.firm, by: caller.name, whom }).await
}

/// `POST /v1/exports`
pub(crate) async fn export(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Export)?;
    let whom = whom(&state, request).await?;
    let asked = request::Request::Export { firm: caller.firm.clone(), by: caller.name, whom };
    match state.ask(asked).await? {
        Reply::Person(person) => Ok(signed(state.evidence.person(caller.firm, *person).await?)),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

async fn whom(state: &WebState, request: Request) -> Result<Whom, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let named: Named = read_json(&parts.headers, body, AGENT_BODY, within).await?;
    match (named.contact, named.number, named.customer) {
        (Some(contact), None, None) => Ok(Whom::Contact(contact)),
        (None, Some(number), None) => {
            text::line("number", &number, 40)?;
            Ok(Whom::Number(number))
        }
        (None, None, Some(customer)) => {
            text::line("customer", &customer, 200)?;
            Ok(Whom::Customer(customer))
        }
        _ => Err(Refusal::rule("whom_missing", "Say who: one of `contact`, `number` and `customer`.")),
    }
}

/// `GET /v1/erasures`
pub(crate) async fn list(State(state): State<Arc<WebState>>, caller: Caller) -> Result<Response, Refusal> {
    caller.may(Right::Erase)?;
    match state.ask(request::Request::Erasures { firm: caller.firm, erasure: None }).await? {
        Reply::Erasures(erasures) => Ok(json_answer(StatusCode::OK, &json!({ "erasures": erasures }))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `GET /v1/erasures/{id}`
pub(crate) async fn one(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may(Right::Erase)?;
    let unknown = |_| Refusal::new(StatusCode::NOT_FOUND, "unknown_erasure", "There is no such erasure.");
    let id: ErasureId = id.parse().map_err(unknown)?;
    answer(&state, request::Request::Erasures { firm: caller.firm, erasure: Some(id) }).await
}

async fn answer(state: &WebState, asked: request::Request) -> Result<Response, Refusal> {
    match state.ask(asked).await? {
        Reply::Erasure { created, view } => {
            let status = if created { StatusCode::ACCEPTED } else { StatusCode::OK };
            Ok(json_answer(status, &json!(view)))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
