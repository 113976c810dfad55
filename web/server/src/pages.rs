//! Pages of the main origin (desktop, widget) and of the demo shop.

use crate::client::Client;
use crate::headers;
use crate::origin::PublicOrigin;
use crate::problem::Refusal;
use crate::session::called_by;
use crate::site_files::{names_a_file, not_built};
use crate::state::WebState;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Names with a hash in them never mean anything else.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Asked for anew each time; 304 mostly.
const ASK: &str = "no-cache";
/// The widget: a site's visitors need not ask for every page.
const FIVE_MINUTES: &str = "public, max-age=300";

fn cache(path: &str) -> &'static str {
    if path.contains("/assets/") { FOREVER } else { ASK }
}

/// `/desktop/…`: files, and the page itself for everything that is no file.
pub(crate) async fn desktop(
    State(state): State<Arc<WebState>>,
    client: Client,
    uri: Uri,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    let path = uri.path().trim_start_matches('/');
    let (path, is_page) =
        if names_a_file(path) { (path, path.ends_with(".html")) } else { ("desktop/index.html", true) };
    let Some(file) = settings.pages.file(path) else {
        return if is_page { Ok(not_built()) } else { Err(Refusal::not_found()) };
    };
    let mut response = file.answer(&asked, cache(path));
    let origin = called_by(&settings, &client);
    let pageview = settings.pageview_origin.at(origin.host(), origin.is_secure());
    headers::desktop(response.headers_mut(), &origin, &pageview);
    Ok(response)
}

/// `/widget.js` and what it loads later: for pages of any site.
pub(crate) async fn widget(State(state): State<Arc<WebState>>, uri: Uri, asked: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let pages = &state.settings().pages;
    let file = pages.file(path).or_else(|| pages.file(&format!("widget/{path}")));
    let mut response = match file {
        Some(file) => file.answer(&asked, if path.contains("/assets/") { FOREVER } else { FIVE_MINUTES }),
        None if path == "widget.js" => not_built(),
        None => Refusal::not_found().into_response(),
    };
    let headers = response.headers_mut();
    let anybody = HeaderValue::from_static("cross-origin");
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), anybody);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// What else is asked for on the main origin.
pub(crate) async fn other(state: State<Arc<WebState>>, uri: Uri, asked: HeaderMap) -> Response {
    match uri.path() {
        path if path.starts_with("/widget") => widget(state, uri, asked).await,
        _ => Refusal::not_found().into_response(),
    }
}

/// The demo shop: its pages, told where the switch is.
pub(crate) async fn shop(
    State(state): State<Arc<WebState>>,
    Extension(switch): Extension<PublicOrigin>,
    client: Client,
    uri: Uri,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    let pages = &state.settings().pages;
    let path = format!("shop{}", uri.path().trim_end_matches('/'));
    let tried = match names_a_file(&path) {
        true => vec![path],
        false => vec![format!("{path}.html"), format!("{path}/index.html"), "shop/index.html".into()],
    };
    let found = tried.iter().find_map(|path| Some((path, pages.file(path)?)));
    let Some((path, file)) = found else {
        let is_page = tried.len() > 1;
        return if is_page { Ok(not_built()) } else { Err(Refusal::not_found()) };
    };
    let text = match file.kind.starts_with("text/") {
        true => std::str::from_utf8(&file.bytes).ok().filter(|text| text.contains(SWITCH_ORIGIN)),
        false => None,
    };
    let Some(text) = text else {
        return Ok(file.answer(&asked, cache(path)));
    };
    let shop = client.own_origin();
    let text = text.replace(SWITCH_ORIGIN, &switch.at(shop.host(), shop.is_secure()));
    let headers = [(header::CONTENT_TYPE, file.kind), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response())
}

const SWITCH_ORIGIN: &str = "{{SWITCH_ORIGIN}}";
