//! What the endpoint knows of the wire: protocols, connections, flows.

use bytes::Bytes;
use std::net::SocketAddr;

/// The transport of a message (RFC 3261 §18, RFC 7118).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A TCP stream.
    Tcp,
    /// A TLS stream.
    Tls,
    /// A WebSocket over plain HTTP.
    Ws,
    /// A WebSocket over HTTPS.
    Wss,
}

impl Protocol {
    /// Whether the transport delivers or says so; then nothing is retransmitted on it.
    pub fn is_reliable(self) -> bool {
        self != Protocol::Udp
    }

    /// The name in a Via: `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    pub fn via_name(self) -> &'static str {
        match self {
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Tls => "TLS",
            Protocol::Ws => "WS",
            Protocol::Wss => "WSS",
        }
    }
}

/// A stream connection: the row in `io`'s table and the generation that tells its users apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ConnectionId {
    /// The row.
    pub id: u32,
    /// Counts up each time the row is used again.
    pub generation: u32,
}

/// The way a message came, or is to go.
///
/// `local` is the address under which the peer reaches us on this way, as `io` found it: it goes into Via,
/// Contact and SDP. `connection` is there on streams that are open; without it `io` opens one to `remote`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Flow {
    /// The transport.
    pub protocol: Protocol,
    /// Our side, as the peer is to see it.
    pub local: SocketAddr,
    /// The peer's side.
    pub remote: SocketAddr,
    /// The open stream, where there is one.
    pub connection: Option<ConnectionId>,
}

/// One message to put on the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transmit {
    /// Which way.
    pub flow: Flow,
    /// The whole message.
    pub payload: Bytes,
}
