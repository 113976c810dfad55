//! Health and metrics, for a loopback listener.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// `/healthz`: the process answers. `/readyz`: 200 while `ready`, else 503. `/metrics`: what `render` returns, in Prometheus' text format.
pub fn admin_router(render: impl Fn() -> String + Send + Sync + 'static, ready: Arc<AtomicBool>) -> Router {
    let render = Arc::new(render);
    let readiness = move || async move {
        match ready.load(Ordering::Relaxed) {
            true => (StatusCode::OK, "ready\n"),
            false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
        }
    };
    let metrics = move || async move {
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], render()).into_response()
    };
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics))
}
