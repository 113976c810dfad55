//! The routers of the listeners, and what is counted for each request.

use crate::origin::PublicOrigin;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::{
    agent, api, call_control, call_out, callbacks, chat, contacts, cors, floor, forget, form, messages, oidc,
    outbound, pages, pageview, share, statistics, stream_agent, stream_live, stream_visitor, visitor, watch,
};
use axum::Router;
use axum::extract::{Extension, MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{delete, get, post, put};
use std::sync::Arc;

/// The main origin: interfaces, desktop, widget. `/sip` is free for `src` to add.
pub fn router(state: Arc<WebState>) -> Router {
    let visitors = Router::new()
        .route("/v1/web/sessions", post(visitor::open_session))
        .route("/v1/web/reservations", post(visitor::open_reservation))
        .route("/v1/web/reservations/{id}", delete(visitor::cancel))
        .route("/v1/web/reservations/{id}/dial-intent", post(visitor::dial_intent))
        .route("/v1/web/reservations/{id}/never-call", post(visitor::never_call))
        .route("/v1/web/reservations/{id}/renew", post(visitor::renew))
        .route(
            "/v1/web/reservations/{id}/channel",
            post(visitor::change_channel).delete(visitor::keep_channel),
        )
        .route("/v1/web/reservations/{id}/messages", get(chat::visitor_reads).post(chat::visitor_posts))
        .route(
            "/v1/web/callbacks/{id}",
            get(callbacks::show).patch(callbacks::put_off).delete(visitor::cancel),
        )
        .route("/v1/web/messages", post(messages::write))
        .route("/v1/web/forget", post(forget::forget))
        .route("/v1/web/slots", get(callbacks::slots).post(callbacks::slots_of_number))
        .route("/v1/web/callbacks/{id}/slots", get(callbacks::slots_of_request))
        .route("/v1/web/calls", post(visitor::browser_call))
        .route("/v1/web/stream", get(stream_visitor::open))
        .route("/v1/web/live", get(stream_live::from_page))
        .route("/v1/web/reservations/{id}/live", post(share::answer_look))
        .route("/v1/web/reservations/{id}/push", post(share::answer_push))
        .route("/v1/web/activity", post(watch::activity))
        .route("/v1/web/watch", get(watch::websocket))
        .route("/v1/web/watch/events", get(watch::sse))
        .route("/v1/web/invitations/{id}", post(watch::answer))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&state), cors::gate));
    let form = Router::new()
        .route("/v1/web/form", get(form::show).post(form::submit))
        .route("/callback/{token}", get(form::appointment::show).post(form::appointment::change))
        .method_not_allowed_fallback(method_not_allowed);
    let agents = Router::new()
        .route("/v1/agent/login", post(agent::login))
        .route("/v1/agent/logout", post(agent::logout))
        .route("/v1/agent/ways", get(oidc::ways))
        .route("/v1/agent/oidc/start", post(oidc::start))
        .route("/v1/agent/oidc/callback", get(oidc::callback))
        .route("/v1/agent/session", get(agent::session))
        .route("/v1/agent/state", put(agent::presence))
        .route("/v1/agent/mute", post(call_control::mute))
        .route("/v1/agent/hold", post(call_control::hold))
        .route("/v1/agent/digits", post(call_control::digits))
        .route("/v1/agent/consult", post(call_control::consult))
        .route("/v1/agent/swap", post(call_control::swap))
        .route("/v1/agent/conference", post(call_control::conference))
        .route("/v1/agent/consult-end", post(call_control::consult_end))
        .route("/v1/agent/transfer", post(call_control::transfer))
        .route("/v1/agent/take", post(call_control::take))
        .route("/v1/agent/priority", post(call_control::rate))
        .route("/v1/agent/call", post(call_out::call))
        .route("/v1/agent/warm-line", post(call_out::warm_line))
        .route("/v1/agent/job/start", post(call_out::start_job))
        .route("/v1/agent/job/skip", post(call_out::skip_job))
        .route("/v1/agent/park", post(call_out::park))
        .route("/v1/agent/unpark", post(call_out::unpark))
        .route("/v1/agent/hangup", post(call_control::hangup))
        .route("/v1/agent/outcome", post(call_control::outcome))
        .route("/v1/agent/never-call", post(call_control::never_call))
        .route("/v1/agent/wrapup-done", post(call_control::wrapup_done))
        .route("/v1/agent/live", post(share::look))
        .route("/v1/agent/push", post(share::push))
        .merge(chat::agent_routes())
        .merge(contacts::agent_routes())
        .merge(watch::agent_routes())
        .merge(outbound::routes())
        .route("/v1/agent/statistics", get(statistics::statistics))
        .route("/v1/agent/floor", get(floor::floor))
        .route("/v1/agent/floor/{agent}/state", post(floor::set_state))
        .route("/v1/agent/floor/{agent}/log-off", post(floor::log_off))
        .route("/v1/agent/stream", get(stream_agent::open))
        .method_not_allowed_fallback(method_not_allowed);
    let to_desktop = || async { Redirect::temporary("/desktop/") };
    Router::new()
        .merge(visitors)
        .merge(form)
        .merge(agents)
        .merge(api::routes().method_not_allowed_fallback(method_not_allowed))
        .route("/", get(to_desktop))
        .route("/desktop", get(to_desktop))
        .route("/desktop/", get(pages::desktop))
        .route("/desktop/{*path}", get(pages::desktop))
        .route("/widget.js", get(pages::widget))
        .fallback(pages::other)
        .layer(from_fn(counted))
        .with_state(state)
}

/// The page-view origin.
pub fn pageview_router(state: Arc<WebState>) -> Router {
    Router::new()
        .route("/view", get(pageview::idle))
        .route("/view/{hash}", get(pageview::view))
        .route("/snapshot/{hash}", get(pageview::snapshot))
        .route("/live/{reservation}", get(stream_live::view))
        .route("/live/{reservation}/stream", get(stream_live::to_view))
        .fallback(get(pageview::file))
        .layer(from_fn(counted))
        .with_state(state)
}

/// The demo shop's origin; `switch` is where its pages find the main origin.
pub fn shop_router(state: Arc<WebState>, switch: PublicOrigin) -> Router {
    Router::new()
        .fallback(get(pages::shop))
        .layer(Extension(switch))
        .layer(from_fn(counted))
        .with_state(state)
}

async fn method_not_allowed() -> Refusal {
    let detail = "This address does not know this method.";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// Counts a request by its route, never by what a stranger wrote into the address.
async fn counted(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", |path| path.as_str()).to_owned();
    let start = tokio::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    tracing::debug!(route, status, "request");
    metrics::histogram!("warmline_web_request_seconds", "route" => route.clone())
        .record(start.elapsed().as_secs_f64());
    metrics::counter!("warmline_web_requests_total", "route" => route, "status" => status).increment(1);
    response
}
