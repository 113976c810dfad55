//! `GET /v1/web/stream`: what a visitor's page shows of its request.

use crate::client::Client;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::queue::Queue;
use crate::state::{WebState, reservation_view};
use crate::stream::{self, error_text, view_text};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::chat::VisitorVerb;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::Request;

/// Longer than any reservation lives.
const LASTS: Duration = Duration::from_secs(24 * 3_600);

#[derive(Deserialize)]
pub(crate) struct StreamQuery {
    #[serde(default)]
    pub token: String,
}

/// Opens the stream of the reservation that the token names.
pub(crate) async fn open(
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
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "wrong_token",
            "The token does not open a stream of this site.",
        )
    })?;
    let upgrade = stream::upgrade(asked)?;
    let queue = state.hub.open_visitor(reservation, settings.limits.visitor_streams).ok_or_else(|| {
        Refusal::unavailable("overloaded", "Too many streams are open; try again in a moment.")
    })?;
    let open = OpenStream { state, reservation, queue };
    Ok(upgrade.on_upgrade(move |socket| serve(open, socket)))
}

async fn serve(open: OpenStream, mut socket: WebSocket) {
    let OpenStream { state, reservation, queue } = &open;
    let limits = state.settings().limits.clone();
    let first = async {
        let answer = state.hand_over(Request::View { reservation: *reservation }, Some(Arc::clone(queue)))?;
        state.answer(answer).await.and_then(reservation_view)
    };
    let text = match first.await {
        Ok((_, view, _)) => view_text("reservation", &json!(view)),
        Err(refusal) => {
            stream::send(&mut socket, Message::Text(error_text(refusal.code)), &limits).await;
            let lasting = refusal.status.is_client_error();
            let code = if lasting { close_code::POLICY } else { close_code::AGAIN };
            return stream::close(socket, code, refusal.code, &limits).await;
        }
    };
    if stream::send(&mut socket, Message::Text(text), &limits).await {
        stream::run(socket, &**queue, &limits, LASTS, |text| receive(state, *reservation, text)).await;
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum FromPage {
    Ping,
    Typing { on: bool },
    Seen { delivered: u32, read: u32 },
}

fn receive(
    state: &WebState,
    reservation: ReservationId,
    text: &str,
) -> Result<Option<Utf8Bytes>, &'static str> {
    let message = serde_json::from_str(text)
        .map_err(|error| if error.is_data() { "invalid_message" } else { "invalid_json" })?;
    let verb = match message {
        FromPage::Ping => return Ok(Some(r#"{"type":"pong"}"#.into())),
        FromPage::Typing { on } => VisitorVerb::Typing(on),
        FromPage::Seen { delivered, read } => VisitorVerb::Seen { delivered, read },
    };
    if state.tell(Request::VisitorChat { reservation, verb }) { Ok(None) } else { Err("overloaded") }
}

/// An open stream; leaves the hub when it goes, also where the upgrade never came. With the last one the firm learns of it.
struct OpenStream {
    state: Arc<WebState>,
    reservation: ReservationId,
    queue: Arc<Queue>,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let gone = Request::PageGone { reservation: self.reservation };
        let mut untold = None;
        self.state.hub.close_visitor(self.reservation, &self.queue, || {
            untold = (!self.state.tell(gone.clone())).then_some(gone);
        });
        if let (Some(gone), Ok(runtime)) = (untold, tokio::runtime::Handle::try_current()) {
            let state = Arc::clone(&self.state);
            runtime.spawn(async move { state.tell_surely(gone).await });
        }
    }
}
