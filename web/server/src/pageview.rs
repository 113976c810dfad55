//! The page-view origin: a visitor's page as it was at the click, shown to agents. No cookie is read or set here.

use crate::clock;
use crate::headers::{self, put};
use crate::origin::Origin;
use crate::problem::Refusal;
use crate::seal::is_hash;
use crate::site_files::not_built;
use crate::state::WebState;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// From `snapshot_url`: the token, and the desktop that may frame the view.
#[derive(Deserialize)]
pub(crate) struct ViewQuery {
    #[serde(default)]
    token: String,
    #[serde(default)]
    desktop: String,
}

impl ViewQuery {
    /// The desktop's origin, where the token is good for this snapshot now.
    fn desktop(&self, state: &WebState, hash: &str) -> Result<Origin, Refusal> {
        let good =
            is_hash(hash) && state.keys.snapshot_token_holds(hash, &self.desktop, &self.token, clock::now());
        let desktop = Origin::parse(&self.desktop).filter(|_| good);
        desktop.ok_or_else(|| Refusal::forbidden("wrong_token", "The token is wrong or its hour is over."))
    }
}

/// `GET /view`: the page that shows them, which a desktop keeps open so that the next is drawn at once. It holds nothing, and can
/// be told by the desktop alone that frames it what to show; that takes a token.
pub(crate) async fn idle(
    State(state): State<Arc<WebState>>,
    Query(query): Query<ViewQuery>,
) -> Result<Response, Refusal> {
    let desktop = Origin::parse(&query.desktop).ok_or_else(|| {
        Refusal::forbidden("wrong_desktop", "The address does not say whose page view this is.")
    })?;
    Ok(page(&state, &desktop))
}

/// `GET /view/{hash}`: the same page, showing this one. A name that is no hash is one of the page's own files, asked for relatively.
pub(crate) async fn view(
    State(state): State<Arc<WebState>>,
    Path(hash): Path<String>,
    Query(query): Query<ViewQuery>,
    uri: Uri,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    if !is_hash(&hash) {
        return file(State(state), uri, asked).await;
    }
    let desktop = query.desktop(&state, &hash)?;
    Ok(page(&state, &desktop))
}

fn page(state: &WebState, desktop: &Origin) -> Response {
    let Some(file) = state.settings().pages.file("pageview/index.html") else { return not_built() };
    let mut response = file.answer(&HeaderMap::new(), "no-store");
    headers::view(response.headers_mut(), desktop);
    response
}

/// `GET /snapshot/{hash}`: what the visitor's page looked like.
pub(crate) async fn snapshot(
    State(state): State<Arc<WebState>>,
    Path(hash): Path<String>,
    Query(query): Query<ViewQuery>,
) -> Result<Response, Refusal> {
    query.desktop(&state, &hash)?;
    let html = state.snapshots.get(hash).await.ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "unknown_snapshot", "This snapshot is not kept (any more).")
    })?;
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let headers = response.headers_mut();
    put(headers, header::CONTENT_SECURITY_POLICY, headers::SNAPSHOT_POLICY);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(headers, header::CACHE_CONTROL, "no-store");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    Ok(response)
}

/// The view page's own files.
pub(crate) async fn file(
    State(state): State<Arc<WebState>>,
    uri: Uri,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    let path = uri.path().trim_start_matches('/');
    let path = path.strip_prefix("view/").unwrap_or(path);
    let path = path.strip_prefix("pageview/").unwrap_or(path);
    if path.ends_with(".html") {
        return Err(Refusal::not_found());
    }
    let file = state.settings().pages.file(&format!("pageview/{path}")).ok_or_else(Refusal::not_found)?;
    let mut response = file.answer(&asked, "no-cache");
    put(response.headers_mut(), HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    Ok(response)
}
