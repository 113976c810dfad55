//! `POST /v1/reservations`: a site's own server asks for its visitor (G p. 10).

use super::key::{Caller, Right};
use crate::body::{VISITOR_BODY, read_json};
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use crate::visitor::{ReservationBody, reserve};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Deserialize)]
struct Body {
    #[serde(flatten)]
    asked: ReservationBody,
    /// The visitor's own address, for the limits.
    address: Option<IpAddr>,
}

/// As the page's own request, `visitor` being the site's own id of its visitor.
pub(crate) async fn open(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    caller.may(Right::Visitors)?;
    let settings = state.settings();
    let (parts, body) = request.into_parts();
    let body: Body = read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = settings.site(&body.asked.site).filter(|site| site.firm == caller.firm);
    let site = site.ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "unknown_site", "The firm has no site of this name.")
    })?;
    text::filled_line("visitor", &body.asked.visitor, 200)?;
    let visitor = state.keys.external_visitor(&caller.firm, &body.asked.visitor);
    // All visitors of a site's server have its address: where theirs is not told, each counts as one of its own.
    let stands_for = |address| state.keys.address(&site.firm, address);
    let address = body.address.map_or_else(|| visitor.to_string(), stands_for);
    reserve(&state, site, (visitor, address), &parts.headers, body.asked).await
}
