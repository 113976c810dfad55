//! Bytes to messages, in place: header values are slices of the input (RFC 3261 §7, §25; RFC 4475, RFC 5118).

use crate::message::Message;
use bytes::Bytes;

/// What is wrong with the bytes. The peer's fault, counted; a request that could still be read enough is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseError {
    /// Only CR and LF: a keep-alive (RFC 5626 §3.5.1).
    KeepAlive,
    /// The first line is neither a request nor a status line.
    StartLine,
    /// The version is not SIP/2.0 (answered 505 where it is a request).
    Version,
    /// A header line without a colon, a bare CR or LF, a NUL, or a name that is no token.
    Header,
    /// Content-Length is not a number, stands twice with different values, or is more than there is.
    ContentLength,
    /// More than 64 KiB, or more than 256 header lines.
    TooLarge,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ParseError::KeepAlive => "keep-alive",
            ParseError::StartLine => "malformed first line",
            ParseError::Version => "version is not SIP/2.0",
            ParseError::Header => "malformed header line",
            ParseError::ContentLength => "Content-Length does not fit",
            ParseError::TooLarge => "too large",
        })
    }
}

impl std::error::Error for ParseError {}

/// Parses one datagram, or one whole message of a stream. Bytes after Content-Length are dropped (RFC 3261 §18.3).
pub fn parse(datagram: Bytes) -> Result<Message, ParseError> {
    let _ = datagram;
    todo!()
}
