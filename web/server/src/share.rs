//! Sharing pages: an agent asks to see the visitor's as it is now, or suggests another; the visitor answers.

use crate::agent;
use crate::body::{VISITOR_BODY, read_json};
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use crate::visitor::Held;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use warmline_coordination::request;

#[derive(Deserialize)]
struct LiveBody {
    on: bool,
}

/// `POST /v1/agent/live`
pub(crate) async fn look(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let body: LiveBody = agent::body(&state, request).await?;
    agent::done(&state, request::Request::Look(desk.agent, body.on)).await
}

#[derive(Deserialize)]
struct PushBody {
    url: String,
    #[serde(default)]
    title: String,
}

/// `POST /v1/agent/push`
pub(crate) async fn push(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let PushBody { url, title } = agent::body(&state, request).await?;
    text::page_url(&url)?;
    text::line("title", &title, 100)?;
    agent::done(&state, request::Request::Push { agent: desk.agent, url, title }).await
}

#[derive(Deserialize)]
struct AllowBody {
    allow: bool,
}

/// `POST /v1/web/reservations/{id}/live`
pub(crate) async fn answer_look(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let AllowBody { allow } = body(&state, request).await?;
    agent::done(&state, request::Request::AnswerLook { reservation, allow }).await
}

#[derive(Deserialize)]
struct AcceptBody {
    push: u32,
    accept: bool,
}

/// `POST /v1/web/reservations/{id}/push`
pub(crate) async fn answer_push(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let AcceptBody { push, accept } = body(&state, request).await?;
    agent::done(&state, request::Request::AnswerPush { reservation, push, accept }).await
}

async fn body<T: DeserializeOwned>(state: &WebState, request: Request) -> Result<T, Refusal> {
    let (parts, body) = request.into_parts();
    read_json(&parts.headers, body, VISITOR_BODY, state.settings().limits.body_within).await
}
