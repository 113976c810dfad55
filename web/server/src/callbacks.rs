//! A visitor's request to be called, once it is there: seen, put off, taken back; and the times to choose from.

use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::client::Client;
use crate::clock;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::state::{WebState, reservation_view};
use crate::visitor::{Held, moment, site};
use axum::extract::{Extension, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::request::{self, Reply};
use warmline_time::Time;

/// Days that are answered where the page does not say how many.
const DAYS: u32 = 7;

/// A time, or `null` for as soon as can be.
#[derive(Deserialize)]
pub(crate) struct Due {
    #[serde(deserialize_with = "said")]
    due: Option<String>,
}

/// Without it nothing is asked for.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Due {
    /// The moment.
    pub fn moment(&self) -> Result<Option<Time>, Refusal> {
        self.due.as_deref().map(moment).transpose()
    }
}

/// `GET /v1/web/callbacks/{id}`
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<Response, Refusal> {
    let (_, view, _) = reservation_view(state.ask(request::Request::View { reservation }).await?)?;
    Ok(json_answer(StatusCode::OK, &json!(view)))
}

/// `PATCH /v1/web/callbacks/{id}`
pub(crate) async fn put_off(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let body: Due = read_json(&parts.headers, body, VISITOR_BODY, within).await?;
    let due = body.moment()?;
    let reply = state.ask(request::Request::Reschedule { reservation, due }).await?;
    let (_, view, _) = reservation_view(reply)?;
    Ok(json_answer(StatusCode::OK, &json!(view)))
}

#[derive(Deserialize)]
pub(crate) struct Span {
    site: String,
    from: Option<String>,
    days: Option<u32>,
}

/// `GET /v1/web/slots?site=&from=&days=`
pub(crate) async fn slots(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Query(span): Query<Span>,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let site = site(&settings, &origin, &span.site)?.name.clone();
    let from = span.from.as_deref().map_or_else(|| Ok(clock::now()), moment)?;
    let days = span.days.unwrap_or(DAYS);
    match state.ask(request::Request::Slots { site, from, days }).await? {
        Reply::Slots(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
