//! The agents' plane: alerts, the list of visitors, invitations.

use super::report;
use crate::agent::{body, done};
use crate::body::json_answer;
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::ids::AlertId;
use warmline_coordination::invitation::{AlertVerb, OWN_WORDS};
use warmline_coordination::request::{Reply, Request};

pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/agent/alert/take", about(AlertVerb::Take))
        .route("/v1/agent/alert/release", about(AlertVerb::Release))
        .route("/v1/agent/alert/dismiss", about(AlertVerb::Dismiss))
        .route("/v1/agent/alert/invite", post(invite))
        .route("/v1/agent/visitor/greet", post(greet))
        .route("/v1/agent/visitor/priority", post(rate))
        .route("/v1/agent/reports/invitations", get(report::agent_invitations))
        .route("/v1/agent/reports/pages", get(report::agent_pages))
}

#[derive(Deserialize)]
struct AlertBody {
    alert: AlertId,
}

/// A verb that says no more than which alert.
fn about(verb: AlertVerb) -> MethodRouter<Arc<WebState>> {
    post(move |State(state): State<Arc<WebState>>, desk: Desk, request: HttpRequest| async move {
        let AlertBody { alert } = body(&state, request).await?;
        done(&state, Request::Alert { agent: desk.agent, alert, verb }).await
    })
}

#[derive(Deserialize)]
struct InviteBody {
    alert: AlertId,
    message: Option<String>,
    text: Option<String>,
    language: Option<String>,
}

async fn invite(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: HttpRequest,
) -> Result<StatusCode, Refusal> {
    let InviteBody { alert, message, text, language } = body(&state, request).await?;
    if text.as_ref().is_some_and(|text| text.chars().count() > OWN_WORDS) {
        return Err(Refusal::rule("too_long", "An invitation has 500 characters at most."));
    }
    for word in message.iter().chain(&language) {
        text::filled_line("message", word, 100)?;
    }
    done(
        &state,
        Request::Alert { agent: desk.agent, alert, verb: AlertVerb::Invite { message, text, language } },
    )
    .await
}

#[derive(Deserialize)]
struct VisitorBody {
    visitor: String,
    priority: Option<u8>,
}

async fn greet(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: HttpRequest,
) -> Result<Response, Refusal> {
    let VisitorBody { visitor, .. } = body(&state, request).await?;
    text::filled_line("visitor", &visitor, 100)?;
    match state.ask(Request::Greet { agent: desk.agent, visitor }).await? {
        Reply::Alert(alert) => Ok(json_answer(StatusCode::OK, &json!({ "alert": alert }))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

async fn rate(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: HttpRequest,
) -> Result<StatusCode, Refusal> {
    let VisitorBody { visitor, priority } = body(&state, request).await?;
    text::filled_line("visitor", &visitor, 100)?;
    let priority = priority.ok_or_else(|| Refusal::rule("priority_invalid", "`priority` is 0 to 7."))?;
    done(&state, Request::RateVisitor { agent: desk.agent, visitor, priority }).await
}
