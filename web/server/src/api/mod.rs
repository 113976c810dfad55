//! The plane of programs: what a firm's own systems ask and hear, with a key.

pub(crate) mod breaker;
pub(crate) mod callbacks;
pub(crate) mod campaigns;
mod campaigns_import;
pub(crate) mod commands;
pub(crate) mod contacts_import;
pub(crate) mod decisions;
pub(crate) mod do_not_call;
pub(crate) mod erasures;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod key;
pub(crate) mod once;
pub(crate) mod openapi;
pub(crate) mod pictures;
pub(crate) mod reservations;
pub(crate) mod webhooks;

use crate::contacts;
use crate::state::WebState;
use crate::watch;
use axum::Router;
use axum::routing::{get, post, put};
use std::sync::Arc;

/// Everything that takes a key, and the description of all interfaces.
pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/events", get(events::open))
        .route("/v1/decisions", get(decisions::list))
        .route("/v1/decisions/replay", post(decisions::replay))
        .route("/v1/decisions/{id}", get(decisions::one))
        .route("/v1/erasures", get(erasures::list).post(erasures::order))
        .route("/v1/erasures/{id}", get(erasures::one))
        .route("/v1/exports", post(erasures::export))
        .route("/v1/evidence/{reservation}", get(evidence::one))
        .route("/v1/evidence/campaigns/{name}", get(evidence::campaign))
        .route("/v1/webhooks", get(webhooks::list))
        .route("/v1/reservations", post(reservations::open))
        .route("/v1/reservations/{id}", get(pictures::reservation))
        .route("/v1/reservations/{id}/{command}", post(commands::about_reservation))
        .route("/v1/callbacks", get(callbacks::list))
        .route("/v1/callbacks/{id}", get(callbacks::one).patch(callbacks::put_off).delete(callbacks::cancel))
        .route("/v1/callbacks/{id}/retry", post(callbacks::retry))
        .route("/v1/callme/breaker", get(breaker::ask).post(breaker::set))
        .route("/v1/campaigns", get(campaigns::list).post(campaigns::open))
        .route("/v1/campaigns/{id}", get(campaigns::one))
        .route("/v1/campaigns/{id}/jobs", post(campaigns::fill))
        .route("/v1/campaigns/{id}/{verb}", post(campaigns::set))
        .route("/v1/do-not-call", post(do_not_call::import))
        .route(
            "/v1/do-not-call/{number}",
            get(do_not_call::ask).put(do_not_call::add).delete(do_not_call::remove),
        )
        .route("/v1/calls", get(pictures::calls).post(commands::dial))
        .route("/v1/calls/{id}", get(pictures::call))
        .route("/v1/calls/{id}/{command}", post(commands::about_call))
        .route("/v1/agents", get(pictures::agents))
        .route("/v1/agents/{agent}/state", put(commands::set_state))
        .route("/v1/agents/{agent}/take", post(commands::take))
        .route("/v1/agents/{agent}/unpark", post(commands::unpark))
        .route("/v1/queues", get(pictures::queues))
        .route("/v1/statistics", get(pictures::statistics))
        .route("/v1/contacts/import", post(contacts_import::import))
        .route("/v1/openapi.json", get(openapi::description))
        .merge(contacts::program_routes())
        .merge(watch::program_routes())
}
