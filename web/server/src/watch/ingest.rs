//! `POST /v1/activity`: what visitors do, in the words of a site's server or of a log's reader, for pages that run no script (N 0062).

use super::events::{self, RawEvent, head};
use super::report::not_watched;
use crate::api::key::{Caller, Right};
use crate::body::{json_answer, parse, read_bytes};
use crate::clock;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use std::sync::Arc;
use warmline_coordination::activity::{Arrival, Known, Who};

/// Of one request, in bytes.
const BODY: usize = 512 * 1024;
/// Visitors in it.
const VISITORS: usize = 500;
/// The site's own name of a visitor, in bytes.
const NAME: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    site: Cow<'a, str>,
    #[serde(borrow)]
    visitors: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'a> {
    /// As the site knows him.
    #[serde(borrow)]
    visitor: Cow<'a, str>,
    #[serde(default, borrow)]
    language: Option<Cow<'a, str>>,
    #[serde(borrow)]
    events: Vec<RawEvent<'a>>,
}

/// With the right `visitors`; the site answers for what its visitors have agreed to.
pub(super) async fn ingest(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: HttpRequest,
) -> Result<Response, Refusal> {
    caller.may(Right::Visitors)?;
    let settings = state.settings();
    let bytes = read_bytes(request.into_body(), BODY, settings.limits.body_within).await?;
    let body: Body<'_> = parse(&bytes)?;
    if body.visitors.len() > VISITORS {
        return Err(Refusal::rule("too_many", "A request tells of 500 visitors at most."));
    }
    let firm = state.hub.watching.firm(&caller.firm).ok_or_else(not_watched)?;
    let policy = firm.policy();
    let place = policy.settings.sites.iter().position(|site| site.name == body.site);
    let place = place.ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "unknown_site", "The firm has no site of this name.")
    })?;
    let now = clock::now();
    let mut taken = 0;
    for row in &body.visitors {
        if row.visitor.is_empty() || row.visitor.len() > NAME {
            return Err(Refusal::rule("visitor_invalid", "`visitor` has 1 to 200 bytes."));
        }
        let events = events::read(&row.events, now);
        let visitor = state.keys.external_visitor(&caller.firm, &row.visitor);
        let arrival = Arrival {
            site: place as u32,
            who: Who::Visitor(visitor),
            known: Known::default(),
            language: row.language.as_deref().map(|language| head(language, 35)),
            address: None,
            page: None,
            events: &events,
        };
        firm.handle(&state, now, &body.site, arrival);
        taken += events.len();
    }
    Ok(json_answer(StatusCode::ACCEPTED, &json!({ "events": taken })))
}
