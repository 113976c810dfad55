//! A SIP message: start line, headers in order, body (RFC 3261 §7).

mod header_map;
mod method;
mod name;
mod status;
mod write;

pub use header_map::Headers;
pub use method::Method;
pub use name::HeaderName;
pub use status::reason_phrase;

use crate::headers::text::{ListItems, is_token_byte, trim};
use crate::headers::{CSeq, HeaderError, NameAddr, Via};
use crate::uri::Uri;
use bytes::Bytes;
use std::str::FromStr;

/// The first line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// `METHOD uri SIP/2.0`
    Request {
        /// The method.
        method: Method,
        /// The Request-URI.
        uri: Uri,
    },
    /// `SIP/2.0 status reason`
    Response {
        /// 100–699.
        status: u16,
        /// The phrase. CR, LF and NUL are written as spaces.
        reason: String,
    },
}

/// A request or a response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// The headers in order. Content-Length is written from the body, never kept here.
    pub headers: Headers,
    /// The body; empty where there is none. Its type is in Content-Type.
    pub body: Bytes,
}

impl Message {
    /// A request without headers.
    pub fn request(method: Method, uri: Uri) -> Self {
        Message { start: Start::Request { method, uri }, headers: Headers::default(), body: Bytes::new() }
    }
    /// A response to `request`: Via, From, To, Call-ID, CSeq, and Record-Route copied as RFC 3261 §8.2.6.2
    /// asks, Timestamp into a 100; `to_tag` added to To where it has none. `reason` empty: the usual phrase of
    /// the status.
    pub fn response_to(request: &Message, status: u16, reason: &str, to_tag: Option<&str>) -> Self {
        let mut headers = Headers::with_capacity(16);
        for (name, value) in request.headers.rows() {
            if *name == HeaderName::TO {
                headers.push_clean(name.clone(), with_tag(value, to_tag));
            } else if COPIED.contains(name) || (status == 100 && *name == HeaderName::TIMESTAMP) {
                headers.push_clean(name.clone(), value.clone());
            }
        }
        let reason = if reason.is_empty() { reason_phrase(status) } else { reason };
        Message { start: Start::Response { status, reason: reason.to_owned() }, headers, body: Bytes::new() }
    }
    /// Sets body and Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        self.headers.set(HeaderName::CONTENT_TYPE, content_type);
        self.body = body.into();
    }
    /// The method of a request; the CSeq's method of a response.
    pub fn method(&self) -> Result<Method, HeaderError> {
        match &self.start {
            Start::Request { method, .. } => Ok(method.clone()),
            Start::Response { .. } => self.cseq().map(|cseq| cseq.method),
        }
    }
    /// The status of a response.
    pub fn status(&self) -> Option<u16> {
        match &self.start {
            Start::Response { status, .. } => Some(*status),
            Start::Request { .. } => None,
        }
    }
    /// The Request-URI of a request.
    pub fn uri(&self) -> Option<&Uri> {
        match &self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        }
    }
    /// The topmost Via.
    pub fn via(&self) -> Result<Via, HeaderError> {
        let first = self.headers.get(&HeaderName::VIA).and_then(|value| ListItems::new(value).next());
        first.ok_or(HeaderError { name: HeaderName::VIA })?.parse()
    }
    /// From.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.read(HeaderName::FROM)
    }
    /// To.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.read(HeaderName::TO)
    }
    /// The first Contact; `None` where there is none or it is `*`.
    pub fn contact(&self) -> Result<Option<NameAddr>, HeaderError> {
        let Some(value) = self.headers.text(&HeaderName::CONTACT) else { return Ok(None) };
        match ListItems::new(&value).next() {
            None | Some("*") => Ok(None),
            Some(first) => first.parse().map(Some).map_err(|_| HeaderError { name: HeaderName::CONTACT }),
        }
    }
    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        self.read(HeaderName::CSEQ)
    }
    /// Call-ID.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        let value = self.headers.get(&HeaderName::CALL_ID).filter(|value| !value.is_empty());
        value.ok_or(HeaderError { name: HeaderName::CALL_ID })
    }
    /// Whether the headers that every message needs are there, once each, and can be read (RFC 3261 §8.1.1), and
    /// CSeq names the method of the request. The error names the first that is wrong: a request is answered with
    /// 400, a response dropped. Max-Forwards may be missing, as RFC 2543 had none.
    pub fn check(&self) -> Result<(), HeaderError> {
        self.via()?;
        for name in SINGLE {
            if self.headers.count(name) > 1 {
                return Err(HeaderError { name: name.clone() });
            }
        }
        self.from()?;
        self.to()?;
        self.call_id()?;
        let cseq = self.cseq()?;
        match &self.start {
            Start::Request { method, .. } if *method != cseq.method => {
                Err(HeaderError { name: HeaderName::CSEQ })
            }
            _ => Ok(()),
        }
    }

    fn read<T: FromStr>(&self, name: HeaderName) -> Result<T, HeaderError> {
        self.headers.text(&name).and_then(|value| value.parse().ok()).ok_or(HeaderError { name })
    }
}

/// What a response takes from its request, beside To.
const COPIED: &[HeaderName] =
    &[HeaderName::VIA, HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ, HeaderName::RECORD_ROUTE];

/// What may stand only once.
const SINGLE: &[HeaderName] =
    &[HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID, HeaderName::CSEQ, HeaderName::MAX_FORWARDS];

/// A To with this tag, if it can be read and has none. A bare URI's parameters belong to the header, so that
/// appending is right with and without angle brackets.
fn with_tag(to: &Bytes, tag: Option<&str>) -> Bytes {
    let untagged = || {
        let text = String::from_utf8_lossy(to);
        text.parse::<NameAddr>().is_ok_and(|to| to.tag().is_none())
    };
    let Some(tag) = tag.filter(|_| untagged()) else { return to.clone() };
    let text = to.strip_suffix(b";").unwrap_or(to);
    let tag = tag.bytes().filter(|&byte| is_token_byte(byte));
    text.iter().copied().chain(*b";tag=").chain(tag).collect()
}

impl Headers {
    /// The number in a header such as Max-Forwards, Expires, RSeq: `None` where it is missing or no number; the
    /// largest `u32` where it is larger. Parameters behind it are left aside.
    pub fn number(&self, name: &HeaderName) -> Option<u32> {
        let value = self.get(name)?;
        let digits = trim(value.split([';', '(']).next()?);
        let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| digits.parse().unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Message {
        let mut message = Message::request(Method::Invite, Uri::sip(Some("bob"), "example.com", None));
        let rows = [
            (HeaderName::VIA, "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b"),
            (HeaderName::RECORD_ROUTE, "<sip:p;lr>"),
            (HeaderName::VIA, "SIP/2.0/TCP c"),
            (HeaderName::MAX_FORWARDS, "70"),
            (HeaderName::TIMESTAMP, "5"),
            (HeaderName::FROM, "Alice <sip:alice@a>;tag=1"),
            (HeaderName::TO, "sip:bob@example.com"),
            (HeaderName::CALL_ID, "x@a"),
            (HeaderName::CSEQ, "1 INVITE"),
            (HeaderName::CONTACT, "\"A, B\" <sip:alice@a>;expires=5, <sip:other@a>"),
        ];
        rows.into_iter().for_each(|(name, value)| message.headers.push(name, value));
        message
    }

    fn names(message: &Message) -> Vec<&str> {
        message.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn the_accessors_read_the_headers() {
        let message = invite();
        assert_eq!(message.check(), Ok(()));
        assert_eq!(message.method(), Ok(Method::Invite));
        assert_eq!(message.via().unwrap().branch(), "z9hG4bK1");
        assert_eq!(message.from().unwrap().tag(), Some("1"));
        assert_eq!(message.to().unwrap().uri.user.as_deref(), Some("bob"));
        assert_eq!(message.contact().unwrap().unwrap().display, "A, B");
        assert_eq!((message.call_id(), message.cseq().unwrap().number), (Ok("x@a"), 1));
        assert_eq!((message.status(), message.uri().unwrap().host.as_str()), (None, "example.com"));
        assert_eq!(message.headers.number(&HeaderName::MAX_FORWARDS), Some(70));
    }

    #[test]
    fn missing_doubled_and_mismatched_headers_are_named() {
        for name in [HeaderName::VIA, HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID, HeaderName::CSEQ]
        {
            let mut message = invite();
            message.headers.remove(&name);
            assert_eq!(message.check(), Err(HeaderError { name }));
        }
        for name in SINGLE {
            let mut message = invite();
            let value = message.headers.get(name).unwrap().to_owned();
            message.headers.push(name.clone(), value);
            assert_eq!(message.check(), Err(HeaderError { name: name.clone() }));
        }
        let mut message = invite();
        message.headers.set(HeaderName::CSEQ, "1 BYE");
        assert_eq!(message.check(), Err(HeaderError { name: HeaderName::CSEQ }));
        message.headers.set(HeaderName::CONTACT, "*");
        assert_eq!(message.contact(), Ok(None));
        message.headers.set(HeaderName::CONTACT, "nonsense");
        assert_eq!(message.contact(), Err(HeaderError { name: HeaderName::CONTACT }));
    }

    #[test]
    fn a_response_takes_what_it_must() {
        let response = Message::response_to(&invite(), 486, "", Some("t1"));
        assert_eq!(response.start, Start::Response { status: 486, reason: "Busy Here".into() });
        assert_eq!(names(&response), ["Via", "Record-Route", "Via", "From", "To", "Call-ID", "CSeq"]);
        assert_eq!(response.headers.get(&HeaderName::TO), Some("sip:bob@example.com;tag=t1"));
        assert_eq!((response.method(), response.status()), (Ok(Method::Invite), Some(486)));
        assert_eq!(response.check(), Ok(()));

        let mut tagged = invite();
        tagged.headers.set(HeaderName::TO, "<sip:bob@b>;tag=old");
        let response = Message::response_to(&tagged, 100, "Hold on", Some("new"));
        assert_eq!(response.to().unwrap().tag(), Some("old"));
        assert_eq!(response.headers.get(&HeaderName::TIMESTAMP), Some("5"));
        assert_eq!(response.start, Start::Response { status: 100, reason: "Hold on".into() });
        let evil = Message::response_to(&invite(), 200, "", Some("t\r\nEvil: 1"));
        assert_eq!(evil.to().unwrap().tag(), Some("tEvil1"));
    }

    #[test]
    fn a_name_in_latin_1_is_read() {
        let mut message = invite();
        message.headers.remove(&HeaderName::FROM);
        message.headers.push_bytes(HeaderName::FROM, Bytes::from_static(b"\"M\xfcller\" <sip:a@b>;tag=2"));
        assert_eq!(message.from().unwrap().display, "Müller");
        let response = Message::response_to(&message, 200, "", None);
        assert!(response.headers.iter().any(|(_, value)| value.starts_with(b"\"M\xfcller\"")));
    }

    #[test]
    fn numbers_are_bounded() {
        let mut headers = Headers::default();
        for (value, number) in [
            ("68", Some(68)),
            ("0068", Some(68)),
            ("120;duration=5", Some(120)),
            ("5 (busy)", Some(5)),
            ("1000000000000", Some(u32::MAX)),
            ("-1", None),
            ("", None),
            ("x", None),
        ] {
            headers.set(HeaderName::EXPIRES, value);
            assert_eq!(headers.number(&HeaderName::EXPIRES), number, "{value}");
        }
    }
}
