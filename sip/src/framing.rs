//! Messages out of a byte stream (RFC 3261 §18.3): TCP and TLS. A WebSocket frame is one message and needs none of this.

use bytes::{Bytes, BytesMut};

/// Collects the bytes of one stream and cuts whole messages off.
#[derive(Debug, Default)]
pub struct Framer {
    #[allow(dead_code)]
    buffer: BytesMut,
}

/// What the stream holds next.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message.
    Message(Bytes),
    /// Two CRLF: answer one CRLF (RFC 5626 §3.5.1).
    Ping,
}

/// The stream cannot be followed any more: close it. No Content-Length, too large a head (16 KiB) or body (64 KiB).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Unframed;

impl Framer {
    /// Takes bytes as they were read.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = bytes;
        todo!()
    }
    /// The next whole message; `Ok(None)` until more bytes come.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Unframed> {
        todo!()
    }
}
