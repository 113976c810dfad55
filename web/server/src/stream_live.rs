//! A page as it is now: `GET /v1/web/live`, from the visitor's browser; `GET /live/{reservation}` and its stream on the page-view
//! origin, to the agent's. What passes is never looked into but for what it begins with. The way back carries where the agent points.

use crate::client::Client;
use crate::clock;
use crate::cors::PageOrigin;
use crate::headers;
use crate::origin::Origin;
use crate::pointing::{self, Said};
use crate::problem::Refusal;
use crate::relay::{PageSource, Part, Shown, Viewer};
use crate::site_files::not_built;
use crate::state::WebState;
use crate::stream;
use crate::stream_visitor::StreamQuery;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::ids::ReservationId;

/// A message of a page, in bytes: a whole picture is one.
const MESSAGE: usize = 2 * 1024 * 1024;
/// Longer than any call.
const LASTS: Duration = Duration::from_secs(24 * 3_600);

/// `GET /v1/web/live`: the page of the reservation that the token names, while its visitor lets an agent see it.
pub(crate) async fn from_page(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Query(query): Query<StreamQuery>,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let reservation = state.keys.open_stream_token(origin.sites(&settings), &query.token);
    let reservation = reservation.ok_or_else(|| {
        let detail = "The token does not open a stream of this site.";
        Refusal::new(StatusCode::UNAUTHORIZED, "wrong_token", detail)
    })?;
    let upgrade = stream::upgrade(asked)?.max_message_size(MESSAGE).max_frame_size(MESSAGE);
    let page = state.hub.relays.open_page(reservation).ok_or_else(not_shown)?;
    let open = OpenPage { state, reservation, page };
    Ok(upgrade.on_upgrade(move |socket| receive(open, socket)))
}

fn not_shown() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "not_shown", "Nobody is shown this page now.")
}

async fn receive(open: OpenPage, socket: WebSocket) {
    let OpenPage { state, reservation, page } = &open;
    let limits = state.settings().limits.clone();
    let source = PageSource { relays: &state.hub.relays, reservation: *reservation, page };
    stream::run(socket, source, &limits, LASTS, |text| {
        let part = match serde_json::from_str(text) {
            Ok(Head { kind: Kind::Full }) => Part::Full,
            Ok(Head { kind: Kind::More }) => Part::More,
            Ok(Head { kind: Kind::Ping }) => return Ok(Some(PONG)),
            Err(error) => return Err(if error.is_data() { "invalid_message" } else { "invalid_json" }),
        };
        state.hub.relays.pass(*reservation, page, part, text);
        Ok(None)
    })
    .await;
}

const PONG: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"pong"}"#);

/// All that is read of a page's message; the rest is passed by.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Full,
    More,
    Ping,
}

/// The connection of a page; leaves the relay when it goes.
struct OpenPage {
    state: Arc<WebState>,
    reservation: ReservationId,
    page: Arc<Shown>,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        self.state.hub.relays.close_page(self.reservation, &self.page);
    }
}

/// From `live_url`: the token, and the desktop that may frame the view.
#[derive(Deserialize)]
pub(crate) struct LiveQuery {
    #[serde(default)]
    token: String,
    #[serde(default)]
    desktop: String,
}

impl LiveQuery {
    /// What is shown to whom, where the token is the one of this showing.
    fn showing(&self, state: &WebState, text: &str) -> Result<(ReservationId, u64, Origin), Refusal> {
        let reservation = text.parse().ok();
        let found = reservation.and_then(|id| Some((id, state.hub.relays.number(id)?)));
        let good =
            found.filter(|&(id, number)| state.keys.live_token_holds(id, number, &self.desktop, &self.token));
        let desktop = Origin::parse(&self.desktop);
        let showing = good.zip(desktop).map(|((id, number), desktop)| (id, number, desktop));
        showing.ok_or_else(|| Refusal::forbidden("wrong_token", "This page is not shown any more."))
    }
}

/// `GET /live/{reservation}` on the page-view origin: the page that shows it.
pub(crate) async fn view(
    State(state): State<Arc<WebState>>,
    client: Client,
    Path(reservation): Path<String>,
    Query(query): Query<LiveQuery>,
) -> Result<Response, Refusal> {
    let (_, _, desktop) = query.showing(&state, &reservation)?;
    let Some(file) = state.settings().pages.file("pageview/live.html") else { return Ok(not_built()) };
    let mut response = file.answer(&HeaderMap::new(), "no-store");
    headers::live(response.headers_mut(), &desktop, &client.own_origin());
    Ok(response)
}

/// `GET /live/{reservation}/stream` on the page-view origin: what that page is sent, and where its agent points.
pub(crate) async fn to_view(
    State(state): State<Arc<WebState>>,
    client: Client,
    Path(reservation): Path<String>,
    Query(query): Query<LiveQuery>,
    asked_by: HeaderMap,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let (reservation, number, _) = query.showing(&state, &reservation)?;
    if Origin::of_request(&asked_by) != Some(Ok(client.own_origin())) {
        return Err(Refusal::forbidden("origin_not_allowed", "Only the page view shows visitors' pages."));
    }
    let upgrade =
        stream::upgrade(asked)?.max_message_size(pointing::MESSAGE).max_frame_size(pointing::MESSAGE);
    let viewer = state.hub.relays.open_viewer(reservation, number).ok_or_else(not_shown)?;
    let open = OpenViewer { state, reservation, viewer };
    Ok(upgrade.on_upgrade(move |socket| show(open, socket)))
}

async fn show(open: OpenViewer, socket: WebSocket) {
    let OpenViewer { state, reservation, viewer } = &open;
    let limits = state.settings().limits.clone();
    stream::run(socket, &**viewer, &limits, LASTS, |text| match pointing::read(text)? {
        Said::Ping => Ok(Some(PONG)),
        Said::Points(point) => {
            state.hub.relays.point(*reservation, viewer, point, clock::now());
            Ok(None)
        }
    })
    .await;
}

/// The connection of a view; leaves the relay when it goes.
struct OpenViewer {
    state: Arc<WebState>,
    reservation: ReservationId,
    viewer: Arc<Viewer>,
}

impl Drop for OpenViewer {
    fn drop(&mut self) {
        self.state.hub.relays.close_viewer(self.reservation, &self.viewer);
    }
}
