//! The gate of the visitors' plane: only pages of known sites, by CORS, without credentials.

use crate::origin::Origin;
use crate::problem::Refusal;
use crate::settings::{SiteInfo, WebSettings};
use crate::state::WebState;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The origin of the calling page, one of a site's: an extension of requests that passed.
#[derive(Clone, Debug)]
pub(crate) struct PageOrigin(pub Origin);

impl PageOrigin {
    /// Names of the sites whose pages have this origin.
    pub fn sites<'a>(&'a self, settings: &'a WebSettings) -> impl Iterator<Item = &'a str> {
        settings.all_sites().filter(|site| self.is_of(site)).map(|site| site.name.as_str())
    }

    /// Whether it is one of this site's.
    pub fn is_of(&self, site: &SiteInfo) -> bool {
        site.origins.iter().any(|origin| origin.eq_ignore_ascii_case(self.0.as_str()))
    }
}

/// Lets requests of known sites' pages pass and answers preflights.
pub(crate) async fn gate(State(state): State<Arc<WebState>>, mut request: Request, next: Next) -> Response {
    let origin = match known_origin(&state.settings(), &request) {
        Ok(origin) => origin,
        Err(refusal) => return with_vary(refusal.into_response()),
    };
    let Ok(allowed) = HeaderValue::from_str(origin.0.as_str()) else {
        return Refusal::internal("origin").into_response();
    };
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else {
        request.extensions_mut().insert(origin);
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    with_vary(response)
}

fn known_origin(settings: &WebSettings, request: &Request) -> Result<PageOrigin, Refusal> {
    let Some(origin) = Origin::of_request(request.headers()) else {
        return Err(Refusal::forbidden(
            "origin_missing",
            "Requests of visitors' pages carry an Origin header.",
        ));
    };
    let origin = origin.ok().map(PageOrigin);
    let known = origin.filter(|origin| settings.all_sites().any(|site| origin.is_of(site)));
    known.ok_or_else(|| {
        Refusal::forbidden("origin_not_allowed", "Pages of this origin are not known to the switch.")
    })
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, idempotency-key"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn with_vary(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    response
}
