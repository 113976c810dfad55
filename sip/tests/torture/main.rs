//! The torture messages of RFC 4475 and RFC 5118, case by case: what we accept, what we refuse, and how.

mod ipv6;
mod layers;
mod malformed;
mod valid;

use bytes::Bytes;
use warmline_sip::headers::HeaderError;
use warmline_sip::message::{HeaderName, Message, Method};
use warmline_sip::parse::{ParseError, parse, refusal};

/// The text as it is on the wire: every line ends with CRLF.
fn wire(text: &str) -> Bytes {
    Bytes::from(text.replace('\n', "\r\n"))
}

/// Parses what must be accepted, and shows that writing it and parsing it again gives the same.
fn accept(bytes: Bytes) -> Message {
    let message = parse(bytes).unwrap_or_else(|error| panic!("refused: {error}"));
    assert_eq!(parse(message.write()).as_ref(), Ok(&message), "the message does not survive writing");
    message
}

/// As [`accept`], and every header that a message must have is there and can be read.
fn accept_whole(bytes: Bytes) -> Message {
    let message = accept(bytes);
    assert_eq!(message.check(), Ok(()));
    message
}

/// Parses what must be refused already by its bytes.
fn refuse(bytes: Bytes) -> ParseError {
    parse(bytes).expect_err("accepted")
}

/// The status and phrase with which a refused request is answered.
fn answer(bytes: &Bytes) -> Option<u16> {
    let error = parse(bytes.clone()).expect_err("accepted");
    refusal(bytes, error).and_then(|response| response.status())
}

/// The header because of which a request that can be parsed is answered with 400.
fn fault(bytes: Bytes) -> HeaderName {
    let HeaderError { name } = accept(bytes).check().expect_err("nothing is wrong with it");
    name
}

/// An unknown header's name.
fn name(text: &str) -> HeaderName {
    HeaderName::from_token(text).expect("a token")
}

/// A method that we do not know.
fn other(text: &str) -> Method {
    Method::Other(text.into())
}

const SDP: &str = "v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.3
s=-
c=IN IP4 192.0.2.4
t=0 0
m=audio 49217 RTP/AVP 0 12
a=rtpmap:31 LPC
";

/// Head and body with the right Content-Length.
fn with_sdp(head: &str, sdp: &str) -> Bytes {
    let sdp = wire(sdp);
    let head = wire(&format!("{head}Content-Type: application/sdp\nContent-Length: {}\n\n", sdp.len()));
    [head, sdp].concat().into()
}
