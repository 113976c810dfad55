//! `GET /v1/web/watch`: what is for a visitor who has asked for nothing yet, as it comes: by WebSocket, and where that does not get
//! through, as an event stream (N 0034).

use super::{WatchedFirm, invitation_text};
use crate::client::Client;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::queue::{Next, Queue};
use crate::state::WebState;
use crate::stream;
use crate::stream_visitor::StreamQuery;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use warmline_coordination::activity::Who;

/// A page opens it anew then.
const LASTS: Duration = Duration::from_secs(3_600);

/// By WebSocket.
pub(crate) async fn websocket(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Query(query): Query<StreamQuery>,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = stream::upgrade(asked)?;
    let open = OpenStream::of(&state, &origin, client, &query)?;
    let limits = state.settings().limits.clone();
    Ok(upgrade.on_upgrade(async move |mut socket| {
        if stream::send(&mut socket, Message::Text(open.first().into()), &limits).await {
            let receive = |text: &str| match text {
                r#"{"type":"ping"}"# => Ok(Some(r#"{"type":"pong"}"#.into())),
                _ => Err("invalid_message"),
            };
            stream::run(socket, &*open.queue, &limits, LASTS, receive).await;
        }
        drop(open);
    }))
}

/// As an event stream.
pub(crate) async fn sse(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Query(query): Query<StreamQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let open = OpenStream::of(&state, &origin, client, &query)?;
    let first = Some(open.first());
    let stream = futures_util::stream::unfold((open, first), async |(open, first)| {
        let text = match first {
            Some(text) => text,
            None => match timeout_at(open.until, open.queue.next()).await {
                Ok(Next::Send(text)) => text.to_string(),
                Ok(Next::End(_)) | Err(_) => return None,
            },
        };
        Some((Ok(Event::default().data(text)), (open, None)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Leaves the table when it goes.
struct OpenStream {
    state: Arc<WebState>,
    firm: Arc<WatchedFirm>,
    name: String,
    who: Who,
    queue: Arc<Queue>,
    /// When it is over at the latest.
    until: Instant,
}

impl OpenStream {
    fn of(
        state: &Arc<WebState>,
        origin: &PageOrigin,
        client: Client,
        query: &StreamQuery,
    ) -> Result<Self, Refusal> {
        let settings = state.settings();
        state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
        let wrong = || {
            Refusal::new(StatusCode::UNAUTHORIZED, "wrong_token", "The token opens no stream of this site.")
        };
        let firms: Vec<String> =
            settings.all_sites().filter(|site| origin.is_of(site)).map(|site| site.firm.clone()).collect();
        let (name, who) =
            state.watch_seals.open_token(firms.iter().map(String::as_str), &query.token).ok_or_else(wrong)?;
        let firm = state.hub.watching.firm(name).ok_or_else(wrong)?;
        let queue = firm.open_stream(who, settings.limits.watch_streams).ok_or_else(|| {
            Refusal::unavailable("overloaded", "Too many streams are open; try again in a moment.")
        })?;
        let until = Instant::now() + LASTS;
        Ok(OpenStream { state: Arc::clone(state), firm, name: name.to_owned(), who, queue, until })
    }

    fn first(&self) -> String {
        let view = self.firm.invitation(self.who);
        invitation_text(Some(&self.state.watch_seals), &self.name, self.who, view.as_deref())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.firm.close_stream(self.who, &self.queue);
    }
}
