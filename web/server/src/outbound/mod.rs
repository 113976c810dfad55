//! Outbound work on the desktop, for supervisors of the whole firm: jobs, campaigns, those who are never called, the breaker, evidence; and
//! lists of contacts.
//! What programs do with a key (`api`) somebody does here by himself, and the journal keeps who.

mod campaigns;
mod jobs;
mod lists;

use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::{get, patch, post};
use std::sync::Arc;
use warmline_coordination::request::AgentRef;

pub(crate) fn routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/agent/callbacks", get(jobs::list))
        .route("/v1/agent/callbacks/{id}", patch(jobs::put_off).delete(jobs::cancel))
        .route("/v1/agent/callbacks/{id}/slots", get(jobs::slots))
        .route("/v1/agent/callbacks/{id}/retry", post(jobs::retry))
        .route("/v1/agent/campaigns", get(campaigns::list).post(campaigns::open))
        .route("/v1/agent/campaigns/{id}/jobs", post(campaigns::fill))
        .route("/v1/agent/campaigns/{id}/{verb}", post(campaigns::set))
        .route("/v1/agent/do-not-call", post(lists::import))
        .route("/v1/agent/do-not-call/{number}", get(lists::ask).put(lists::add).delete(lists::remove))
        .route("/v1/agent/contacts/import", post(lists::contacts))
        .route("/v1/agent/breaker", get(lists::breaker).post(lists::set_breaker))
        .route("/v1/agent/evidence/{reservation}", get(jobs::evidence))
}

/// A supervisor of the whole firm, at his desktop.
pub(crate) struct Supervisor {
    firm: String,
    agent: AgentRef,
    /// As the journal names him: no key is called that, for names have no colon.
    by: String,
}

impl FromRequestParts<Arc<WebState>> for Supervisor {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let desk = Desk::from_request_parts(parts, state).await?;
        if !state.settings().leads(&desk.agent) {
            let detail = "Only supervisors of the whole firm may do this.";
            return Err(Refusal::forbidden("whole_firm_only", detail));
        }
        let (by, firm) = (format!("agent:{}", desk.agent.agent), desk.agent.firm.clone());
        Ok(Supervisor { by, firm, agent: desk.agent })
    }
}
