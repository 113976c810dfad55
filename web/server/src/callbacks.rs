//! A visitor's request to be called, once it is there: seen, put off, taken back; and the times to choose from.

use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::client::Client;
use crate::clock;
use crate::cors::PageOrigin;
use crate::offer;
use crate::problem::Refusal;
use crate::state::{WebState, reservation_view};
use crate::text;
use crate::visitor::{Held, moment, site};
use axum::extract::{Extension, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::calling_hours::has_zones;
use warmline_coordination::number;
use warmline_coordination::request::{self, Reply, Whose};
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

/// Which days.
#[derive(Deserialize)]
pub(crate) struct Span {
    from: Option<String>,
    days: Option<u32>,
}

#[derive(Deserialize)]
pub(crate) struct SlotsOf {
    site: String,
    from: Option<String>,
    days: Option<u32>,
}

/// `GET /v1/web/slots?site=&from=&days=`: nothing is known of whom is to be called.
pub(crate) async fn slots(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Query(asked): Query<SlotsOf>,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let site = site(&settings, &origin, &asked.site)?.name.clone();
    free(&state, site, &Span { from: asked.from, days: asked.days }, (Whose::Anybody, None)).await
}

#[derive(Deserialize)]
struct SlotsBody {
    site: String,
    from: Option<String>,
    days: Option<u32>,
    /// As it is typed. In no address, which servers write into their logs.
    number: Option<String>,
    /// ISO 3166, where there is no number yet.
    country: Option<String>,
    /// At the number on file, of this visitor where he is not signed in.
    #[serde(default)]
    on_file: bool,
    visitor: Option<String>,
    identity: Option<String>,
    /// The browser's, IANA.
    zone: Option<String>,
}

/// `POST /v1/web/slots`
pub(crate) async fn slots_of_number(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let (parts, body) = request.into_parts();
    let body: SlotsBody = read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = site(&settings, &origin, &body.site)?;
    let number = body.number.as_deref().map(str::trim).filter(|number| !number.is_empty());
    number.map_or(Ok(()), |number| text::line("number", number, 40))?;
    let country = body.country.filter(|country| has_zones(country));
    let visitor = body.visitor.as_deref().and_then(|text| state.keys.open_visitor(&site.firm, text));
    // Half a number says no more than its country.
    let number = number.and_then(|typed| number::typed(typed, site.countries.first()));
    let whose = match (number, country) {
        _ if body.on_file => {
            let (identity, bad) = offer::signed_in(&settings, site, body.identity.as_deref());
            offer::still_signed_in(true, bad.as_ref())?;
            Whose::OnFile(identity, visitor)
        }
        (Some(number), _) => Whose::Number(number),
        (None, Some(country)) => Whose::Country(country),
        (None, None) => Whose::Anybody,
    };
    free(&state, site.name.clone(), &Span { from: body.from, days: body.days }, (whose, body.zone)).await
}

/// `GET /v1/web/callbacks/{id}/slots?from=&days=`: other times for it.
pub(crate) async fn slots_of_request(
    State(state): State<Arc<WebState>>,
    Held(reservation, site): Held,
    Query(span): Query<Span>,
) -> Result<Response, Refusal> {
    free(&state, site, &span, (Whose::Request(reservation), None)).await
}

/// The slots of these days that are free for somebody.
pub(crate) async fn free(
    state: &WebState,
    site: String,
    span: &Span,
    (whose, zone): (Whose, Option<String>),
) -> Result<Response, Refusal> {
    let from = span.from.as_deref().map_or_else(|| Ok(clock::now()), moment)?;
    let days = span.days.unwrap_or(DAYS);
    match state.ask(request::Request::Slots { site, from, days, whose, zone }).await? {
        Reply::Slots(view) => Ok(json_answer(StatusCode::OK, &json!(view))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}
