//! Headers that say what a browser may do with our pages.

use crate::origin::Origin;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::fmt::Write;

/// For a visitor's snapshot: nothing runs, nothing is fetched.
pub(crate) const SNAPSHOT_POLICY: &str =
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; sandbox";

/// For the desktop: our own files, streams to ourselves, visitors' pages in frames; nobody frames it.
pub(crate) fn desktop(headers: &mut HeaderMap, desktop: &Origin, pageview: &str) {
    let mut policy = String::from("default-src 'self'; script-src 'self'; style-src 'self'; ");
    policy.push_str("img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; ");
    let _ = write!(policy, "connect-src 'self' {}; frame-src {pageview}; ", desktop.websocket());
    policy.push_str("form-action 'self'; frame-ancestors 'none'");
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::REFERRER_POLICY, "strict-origin");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(
        headers,
        HeaderName::from_static("permissions-policy"),
        "microphone=(self), camera=(), geolocation=()",
    );
}

/// For the page that shows a snapshot: its own script, whatever pictures and styles the snapshot brings along, in desktops' frames only.
/// A frame made from text inherits this policy.
pub(crate) fn view(headers: &mut HeaderMap, desktop: &Origin) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         font-src data:; connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; form-action 'none'; \
         frame-ancestors {desktop}"
    );
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::REFERRER_POLICY, "no-referrer");
}

/// For the page that shows a visitor's page as it is now: its own script and stream, in desktops' frames only. The frame in which the
/// visitor's page is built inherits this policy: it fetches nothing, not even from us.
pub(crate) fn live(headers: &mut HeaderMap, desktop: &Origin, own: &Origin) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data: blob:; \
         connect-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {desktop}",
        own.websocket()
    );
    put(headers, header::CONTENT_SECURITY_POLICY, &policy);
    put(headers, header::REFERRER_POLICY, "no-referrer");
}

/// Sets one header; what does not fit into one is left out.
pub(crate) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
