//! A SIP message: start line, headers in order, body (RFC 3261 §7).

use crate::headers::{CSeq, HeaderError, NameAddr, Via};
use crate::uri::Uri;
use bytes::Bytes;
use std::fmt;

/// A method. Unknown ones are kept by name, so that 405 and 501 can be answered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Register,
    Options,
    Prack,
    Update,
    Info,
    Refer,
    Notify,
    Subscribe,
    Message,
    Publish,
    Other(String),
}

impl Method {
    /// As on the wire.
    pub fn as_str(&self) -> &str {
        todo!()
    }
    /// From the wire; methods are case-sensitive.
    pub fn from_token(token: &str) -> Method {
        let _ = token;
        todo!()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A header's name: canonical for those we know (compact forms included), otherwise as written; compared without case.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct HeaderName(std::borrow::Cow<'static, str>);

#[allow(missing_docs)]
impl HeaderName {
    pub const ACCEPT: HeaderName = HeaderName::known("Accept");
    pub const ALERT_INFO: HeaderName = HeaderName::known("Alert-Info");
    pub const ALLOW: HeaderName = HeaderName::known("Allow");
    pub const AUTHORIZATION: HeaderName = HeaderName::known("Authorization");
    pub const CALL_ID: HeaderName = HeaderName::known("Call-ID");
    pub const CALL_INFO: HeaderName = HeaderName::known("Call-Info");
    pub const CONTACT: HeaderName = HeaderName::known("Contact");
    pub const CONTENT_LENGTH: HeaderName = HeaderName::known("Content-Length");
    pub const CONTENT_TYPE: HeaderName = HeaderName::known("Content-Type");
    pub const CSEQ: HeaderName = HeaderName::known("CSeq");
    pub const DIVERSION: HeaderName = HeaderName::known("Diversion");
    pub const EXPIRES: HeaderName = HeaderName::known("Expires");
    pub const FROM: HeaderName = HeaderName::known("From");
    pub const HISTORY_INFO: HeaderName = HeaderName::known("History-Info");
    pub const MAX_FORWARDS: HeaderName = HeaderName::known("Max-Forwards");
    pub const MIN_EXPIRES: HeaderName = HeaderName::known("Min-Expires");
    pub const MIN_SE: HeaderName = HeaderName::known("Min-SE");
    pub const P_ASSERTED_IDENTITY: HeaderName = HeaderName::known("P-Asserted-Identity");
    pub const PATH: HeaderName = HeaderName::known("Path");
    pub const PRIVACY: HeaderName = HeaderName::known("Privacy");
    pub const PROXY_AUTHENTICATE: HeaderName = HeaderName::known("Proxy-Authenticate");
    pub const PROXY_AUTHORIZATION: HeaderName = HeaderName::known("Proxy-Authorization");
    pub const PROXY_REQUIRE: HeaderName = HeaderName::known("Proxy-Require");
    pub const RACK: HeaderName = HeaderName::known("RAck");
    pub const REASON: HeaderName = HeaderName::known("Reason");
    pub const RECORD_ROUTE: HeaderName = HeaderName::known("Record-Route");
    pub const REQUIRE: HeaderName = HeaderName::known("Require");
    pub const RETRY_AFTER: HeaderName = HeaderName::known("Retry-After");
    pub const ROUTE: HeaderName = HeaderName::known("Route");
    pub const RSEQ: HeaderName = HeaderName::known("RSeq");
    pub const SERVER: HeaderName = HeaderName::known("Server");
    pub const SESSION_EXPIRES: HeaderName = HeaderName::known("Session-Expires");
    pub const SESSION_ID: HeaderName = HeaderName::known("Session-ID");
    pub const SUPPORTED: HeaderName = HeaderName::known("Supported");
    pub const TO: HeaderName = HeaderName::known("To");
    pub const UNSUPPORTED: HeaderName = HeaderName::known("Unsupported");
    pub const USER_AGENT: HeaderName = HeaderName::known("User-Agent");
    pub const VIA: HeaderName = HeaderName::known("Via");
    pub const WARNING: HeaderName = HeaderName::known("Warning");
    pub const WWW_AUTHENTICATE: HeaderName = HeaderName::known("WWW-Authenticate");

    const fn known(name: &'static str) -> Self {
        HeaderName(std::borrow::Cow::Borrowed(name))
    }
    /// From the wire or the code: long or compact form, any case. Refused: empty, or not a token.
    pub fn from_token(token: &str) -> Option<HeaderName> {
        let _ = token;
        todo!()
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The headers of a message, in order.
///
/// No value can hold CR, LF or NUL: [`Headers::push`] replaces each by a space, the parser unfolds (RFC 3261 §7.3.1).
/// Values that the parser took are slices of the datagram; they may be other than UTF-8.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Headers {
    rows: Vec<(HeaderName, Bytes)>,
}

impl Headers {
    /// The first value of `name`, if it is UTF-8.
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        let _ = name;
        todo!()
    }
    /// Every value of `name`, one a header line (not split at commas).
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        let _ = name;
        self.rows.iter().filter_map(|row| std::str::from_utf8(&row.1).ok())
    }
    /// Every value of `name`, split at the commas outside quotes and angle brackets.
    pub fn list<'a>(&'a self, name: &'a HeaderName) -> Vec<&'a str> {
        let _ = name;
        todo!()
    }
    /// Appends.
    pub fn push(&mut self, name: HeaderName, value: impl Into<String>) {
        let _ = (name, value.into());
        todo!()
    }
    /// Puts in front (a Via on sending).
    pub fn push_front(&mut self, name: HeaderName, value: impl Into<String>) {
        let _ = (name, value.into());
        todo!()
    }
    /// Takes every value of `name` away and appends this one.
    pub fn set(&mut self, name: HeaderName, value: impl Into<String>) {
        let _ = (name, value.into());
        todo!()
    }
    /// Takes every value of `name` away.
    pub fn remove(&mut self, name: &HeaderName) {
        let _ = name;
        todo!()
    }
    /// Name and raw value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &[u8])> {
        self.rows.iter().map(|row| (&row.0, &row.1[..]))
    }
}

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
        /// The phrase.
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
    /// asks; `to_tag` added to To where it has none. `reason` empty: the usual phrase of the status.
    pub fn response_to(request: &Message, status: u16, reason: &str, to_tag: Option<&str>) -> Self {
        let _ = (request, status, reason, to_tag);
        todo!()
    }
    /// Sets body and Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        let _ = (content_type, body.into());
        todo!()
    }
    /// The method of a request; the CSeq's method of a response.
    pub fn method(&self) -> Result<Method, HeaderError> {
        todo!()
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
        todo!()
    }
    /// From.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        todo!()
    }
    /// To.
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        todo!()
    }
    /// The first Contact; `None` where there is none or it is `*`.
    pub fn contact(&self) -> Result<Option<NameAddr>, HeaderError> {
        todo!()
    }
    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        todo!()
    }
    /// Call-ID.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        todo!()
    }
    /// Onto the wire, with Content-Length.
    pub fn write(&self) -> Bytes {
        todo!()
    }
}
