//! The plane of programs: what a firm's own systems ask and hear, with a key.

pub(crate) mod decisions;
pub(crate) mod events;
pub(crate) mod key;
pub(crate) mod openapi;
pub(crate) mod reservations;
pub(crate) mod webhooks;

use crate::state::WebState;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Everything that takes a key, and the description of all interfaces.
pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/events", get(events::open))
        .route("/v1/decisions", get(decisions::list))
        .route("/v1/decisions/{id}", get(decisions::one))
        .route("/v1/webhooks", get(webhooks::list))
        .route("/v1/reservations", post(reservations::open))
        .route("/v1/openapi.json", get(openapi::description))
}
