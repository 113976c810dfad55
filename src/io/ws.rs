//! SIP over WebSocket at `/sip` (RFC 7118): one frame, one message.

use super::stream::Streams;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use warmline_sip::transport::{Flow, Protocol};

/// Larger frames are refused.
const FRAME: usize = 65_536;
/// Between our pings; a peer that is silent for three of them is gone.
const PING: Duration = Duration::from_secs(20);

/// Of the listener that took a connection.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// Our side.
    pub local: SocketAddr,
    /// Whether it is TLS.
    pub secure: bool,
}

/// The route, to be merged with the web's.
pub fn router(streams: Arc<Streams>) -> Router {
    Router::new().route("/sip", get(upgrade)).with_state(streams)
}

async fn upgrade(
    State(streams): State<Arc<Streams>>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    Extension(arrived): Extension<Arrived>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !asks_for_sip(&headers) {
        return (StatusCode::BAD_REQUEST, "the WebSocket subprotocol must be sip (RFC 7118)\n")
            .into_response();
    }
    if !same_site(&headers) {
        return (StatusCode::FORBIDDEN, "this Origin may not open a SIP connection\n").into_response();
    }
    let Ok((connection, out)) = streams.open(remote) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many connections\n").into_response();
    };
    let protocol = if arrived.secure { Protocol::Wss } else { Protocol::Ws };
    let flow = Flow { protocol, local: arrived.local, remote, connection: Some(connection) };
    upgrade.protocols(["sip"]).max_message_size(FRAME).on_upgrade(move |socket| async move {
        serve(&streams, socket, flow, out).await;
        streams.close(connection).await;
    })
}

fn asks_for_sip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim() == "sip")
}

/// A browser says its page's origin: it must be ours. Phones say none; their INVITEs and REGISTERs authenticate.
fn same_site(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == host
}

async fn serve(streams: &Streams, mut socket: WebSocket, flow: Flow, mut out: mpsc::Receiver<Bytes>) {
    let mut ping = tokio::time::interval(PING);
    let mut silent = 0;
    loop {
        tokio::select! {
            message = socket.recv() => {
                silent = 0;
                match message {
                    Some(Ok(Message::Text(text))) => streams.receive(flow, text.into()).await,
                    Some(Ok(Message::Binary(bytes))) => streams.receive(flow, bytes).await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                }
            }
            message = out.recv() => {
                let Some(message) = message else { return };
                // Text where it can be: some phones take nothing else.
                let frame = match String::from_utf8(message.to_vec()) {
                    Ok(text) => Message::Text(text.into()),
                    Err(_) => Message::Binary(message),
                };
                if socket.send(frame).await.is_err() {
                    return;
                }
            }
            _ = ping.tick() => {
                silent += 1;
                if silent > 3 || socket.send(Message::Ping(Bytes::new())).await.is_err() {
                    return;
                }
            }
        }
    }
}
