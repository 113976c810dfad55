//! Typed headers: Via, name-addr (From, To, Contact, Route …), CSeq.

use crate::message::{HeaderName, Method};
use crate::uri::Uri;
use std::fmt;
use std::str::FromStr;

/// A header that is missing or cannot be read: the peer's fault, answered with 400.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeaderError {
    /// Which header.
    pub name: HeaderName,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing or malformed {}", self.name.as_str())
    }
}

impl std::error::Error for HeaderError {}

/// One Via (RFC 3261 §20.42, RFC 3581).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS` or another, upper case.
    pub protocol: String,
    /// Host, IPv6 without brackets.
    pub host: String,
    /// Port, where given.
    pub port: Option<u16>,
    /// Parameters in order; names lower case (`branch`, `rport`, `received`, …).
    pub params: Vec<(String, Option<String>)>,
}

impl Via {
    /// The branch, empty where there is none.
    pub fn branch(&self) -> &str {
        todo!()
    }
    /// The value of a parameter; `Some("")` for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        let _ = name;
        todo!()
    }
    /// Sets a parameter, in its place where it was there.
    pub fn set_param(&mut self, name: &str, value: Option<&str>) {
        let _ = (name, value);
        todo!()
    }
}

impl FromStr for Via {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for Via {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// `"Display" <uri>;params` as in From, To, Contact, Route, P-Asserted-Identity, Diversion.
///
/// Without angle brackets, parameters belong to the header (RFC 3261 §20).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameAddr {
    /// The display name, unquoted; empty where there is none.
    pub display: String,
    /// The URI.
    pub uri: Uri,
    /// Header parameters in order; names lower case (`tag`, `expires`, `+sip.instance`, …); values unquoted.
    pub params: Vec<(String, Option<String>)>,
}

impl NameAddr {
    /// Just a URI.
    pub fn new(uri: Uri) -> Self {
        NameAddr { display: String::new(), uri, params: Vec::new() }
    }
    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.param("tag")
    }
    /// The value of a parameter; `Some("")` for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        let _ = name;
        todo!()
    }
    /// With this tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.retain(|param| param.0 != "tag");
        self.params.push(("tag".into(), Some(tag.into())));
        self
    }
}

impl FromStr for NameAddr {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// CSeq (RFC 3261 §20.16).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CSeq {
    /// Below 2^31.
    pub number: u32,
    /// The method.
    pub method: Method,
}

impl FromStr for CSeq {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}
