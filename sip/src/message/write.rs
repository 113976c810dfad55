//! Messages to bytes (RFC 3261 §7).

use super::{Message, Start};
use crate::headers::text::is_line_breaker;
use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::{self, Write};

/// Room for the first line and Content-Length, generous.
const START_ROOM: usize = 256;

impl Message {
    /// Onto the wire, with Content-Length.
    pub fn write(&self) -> Bytes {
        let lines: usize =
            self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let mut out = BytesMut::with_capacity(START_ROOM + lines + self.body.len());
        // Writing into memory that grows cannot fail.
        let _ = write_start(&mut out, &self.start);
        for (name, value) in self.headers.iter() {
            out.put_slice(name.as_str().as_bytes());
            out.put_slice(b": ");
            out.put_slice(value);
            out.put_slice(b"\r\n");
        }
        let _ = write!(out, "Content-Length: {}\r\n\r\n", self.body.len());
        out.put_slice(&self.body);
        out.freeze()
    }
}

fn write_start(out: &mut BytesMut, start: &Start) -> fmt::Result {
    match start {
        Start::Request { method, uri } => write!(out, "{method} {uri} SIP/2.0\r\n"),
        Start::Response { status, reason } => {
            write!(out, "SIP/2.0 {status:03} ")?;
            let reason = reason.bytes().map(|byte| if is_line_breaker(byte) { b' ' } else { byte });
            out.extend(reason);
            out.write_str("\r\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::message::{HeaderName, Message, Method, Start};
    use crate::uri::Uri;

    #[test]
    fn a_request_is_written_with_its_length() {
        let mut message = Message::request(Method::Message, Uri::sip(Some("a b"), "example.com", Some(5070)));
        message.headers.push(HeaderName::CALL_ID, "1");
        message.set_body("text/plain", &b"h\xff\r\n"[..]);
        assert_eq!(
            &message.write()[..],
            b"MESSAGE sip:a%20b@example.com:5070 SIP/2.0\r\nCall-ID: 1\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nh\xff\r\n"
        );
    }

    #[test]
    fn neither_reason_nor_method_breaks_the_line() {
        let evil = "a\r\nEvil: 1\0";
        let mut message = Message::request(Method::Other(evil.into()), Uri::sip(Some(evil), evil, None));
        assert_eq!(
            &message.write()[..],
            b"INVALID sip:a%0D%0AEvil:%201%00@[a%0D%0Aevil:%201%00] SIP/2.0\r\nContent-Length: 0\r\n\r\n"
        );
        message.start = Start::Response { status: 200, reason: evil.into() };
        assert_eq!(&message.write()[..], b"SIP/2.0 200 a  Evil: 1 \r\nContent-Length: 0\r\n\r\n");
    }
}
