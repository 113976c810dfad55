//! Messages out of a byte stream (RFC 3261 §18.3): TCP and TLS. A WebSocket frame is one message and needs none of this.

use crate::parse::length_in_head;
use bytes::{Buf, Bytes, BytesMut};

/// The largest head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The largest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// What ends a head.
const END: &[u8] = b"\r\n\r\n";

/// Collects the bytes of one stream and cuts whole messages off.
///
/// It holds at most one message and what was pushed last, if [`Framer::next_frame`] is drained after each push.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Bytes of the head that were searched for its end already.
    searched: usize,
    /// The length of the message at the front, once its head is complete.
    whole: Option<usize>,
}

/// What the stream holds next.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message.
    Message(Bytes),
    /// Two CRLF: answer one CRLF (RFC 5626 §3.5.1).
    Ping,
}

/// The stream cannot be followed any more: close it. No Content-Length, or one that is no number or stands twice with
/// different values, a bare CR or LF, too large a head (16 KiB) or body (64 KiB).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Unframed;

impl std::fmt::Display for Unframed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the stream holds no message that can be delimited")
    }
}

impl std::error::Error for Unframed {}

impl Framer {
    /// Takes bytes as they were read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }
    /// The next whole message; `Ok(None)` until more bytes come.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Unframed> {
        let whole = match self.whole {
            Some(whole) => whole,
            None => {
                if self.skip_line_breaks() {
                    return Ok(Some(Frame::Ping));
                }
                let Some(head) = self.find_head()? else { return Ok(None) };
                let whole = head + self.body_length(head)?;
                self.whole = Some(whole);
                whole
            }
        };
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let message = self.buffer.split_to(whole).freeze();
        self.whole = None;
        self.searched = 0;
        Ok(Some(Frame::Message(message)))
    }

    /// Takes line breaks away from between two messages; true where they are a ping. A single one may be the first
    /// half of a ping: it stays until more comes.
    fn skip_line_breaks(&mut self) -> bool {
        if self.buffer.starts_with(END) {
            self.buffer.advance(END.len());
            return true;
        }
        if self.buffer.starts_with(b"\r\n") && self.buffer.get(2).is_some_and(|byte| *byte != b'\r') {
            self.buffer.advance(2);
        }
        false
    }

    /// How long the head is, with its empty line; `None` until it is complete.
    fn find_head(&mut self) -> Result<Option<usize>, Unframed> {
        if self.buffer.starts_with(b"\r") {
            // Nothing but the beginning of a ping, or no message.
            return if END.starts_with(&self.buffer) { Ok(None) } else { Err(Unframed) };
        }
        let end = self.buffer.len().min(MAX_HEAD);
        let from = self.searched.min(end);
        if let Some(at) = self.buffer[from..end].windows(END.len()).position(|window| window == END) {
            return Ok(Some(from + at + END.len()));
        }
        self.searched = end.saturating_sub(END.len() - 1);
        if end == MAX_HEAD { Err(Unframed) } else { Ok(None) }
    }

    /// The length of the body that belongs to the first `head` bytes.
    fn body_length(&self, head: usize) -> Result<usize, Unframed> {
        let head = Bytes::copy_from_slice(&self.buffer[..head]);
        let length = length_in_head(&head).map_err(|_| Unframed)?.ok_or(Unframed)?;
        if length > MAX_BODY { Err(Unframed) } else { Ok(length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\nl : \r\n 3\r\n\r\nabc";
    const TWO: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

    fn drain(framer: &mut Framer) -> Result<Vec<Frame>, Unframed> {
        let mut frames = Vec::new();
        while let Some(frame) = framer.next_frame()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    fn frames(bytes: &[u8]) -> Result<Vec<Frame>, Unframed> {
        let mut framer = Framer::default();
        framer.push(bytes);
        drain(&mut framer)
    }

    #[test]
    fn the_same_frames_come_out_wherever_the_stream_is_cut() {
        let stream = [b"\r\n", ONE, END, TWO, b"\r\n", ONE, END, END, TWO].concat();
        let message = |bytes: &'static [u8]| Frame::Message(Bytes::from_static(bytes));
        let wanted =
            [message(ONE), Frame::Ping, message(TWO), message(ONE), Frame::Ping, Frame::Ping, message(TWO)];
        assert_eq!(frames(&stream).unwrap(), wanted);
        for size in 1..stream.len() {
            let mut framer = Framer::default();
            let mut got = Vec::new();
            for chunk in stream.chunks(size) {
                framer.push(chunk);
                got.extend(drain(&mut framer).unwrap());
            }
            assert_eq!(got, wanted, "cut each {size} bytes");
            assert!(framer.buffer.is_empty());
        }
    }

    #[test]
    fn a_stream_that_cannot_be_followed_is_given_up() {
        for bad in [
            "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n",
            "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n",
            "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: x\r\n\r\n",
            "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n",
            "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 65537\r\n\r\n",
            "OPTIONS sip:a@b SIP/2.0\r\nA: b\nContent-Length: 1\r\n\r\n",
            "\r\r\n",
            "\r\n\rx",
        ] {
            assert_eq!(frames(bad.as_bytes()), Err(Unframed), "{bad:?}");
        }
    }

    #[test]
    fn head_and_body_are_bounded() {
        let head = |length: usize| {
            let text = "OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\nA: \r\n\r\n";
            text.replace("A: ", &format!("A: {}", "x".repeat(length - text.len())))
        };
        assert_eq!(frames(head(MAX_HEAD).as_bytes()).unwrap().len(), 1);
        assert_eq!(frames(head(MAX_HEAD + 1).as_bytes()), Err(Unframed));
        assert_eq!(frames(&vec![b'x'; MAX_HEAD - 1]), Ok(vec![]));
        assert_eq!(frames(&vec![b'x'; MAX_HEAD]), Err(Unframed));
        let largest = format!("OPTIONS sip:a@b SIP/2.0\r\nl: {MAX_BODY}\r\n\r\n{}", "x".repeat(MAX_BODY));
        assert_eq!(frames(largest.as_bytes()).unwrap().len(), 1);
    }
}
