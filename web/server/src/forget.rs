//! A visitor has erased what is kept of his browser (E24).

use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::client::Client;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::visitor::site;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::request::{self, Reply};

#[derive(Deserialize)]
struct ForgetBody {
    site: String,
    visitor: String,
}

/// `POST /v1/web/forget`
pub(crate) async fn forget(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.reservations, settings.limits.reservations, client.address)?;
    let (parts, body) = request.into_parts();
    let body: ForgetBody = read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = site(&settings, &origin, &body.site)?;
    let visitor = state.keys.open_visitor(&site.firm, &body.visitor);
    // Whoever we do not know is forgotten.
    let Some(visitor) = visitor else { return Ok(done()) };
    match state.ask(request::Request::Forget { site: site.name.clone(), visitor }).await? {
        // What he may know: that it is done, or will be when his call is over.
        Reply::Erasure { view, .. } => Ok(json_answer(StatusCode::ACCEPTED, &json!({ "state": view.state }))),
        Reply::Done => Ok(done()),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

fn done() -> Response {
    json_answer(StatusCode::OK, &json!({ "state": "done" }))
}
