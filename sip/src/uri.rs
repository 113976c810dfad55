//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966). Others are kept as they are.

use std::fmt;
use std::str::FromStr;

/// A URI of a request line, a header or a route.
///
/// `Display` writes it back. Comparison for routing is by the parts, not by this type's `Eq`, which is literal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Uri {
    /// `sip`, `sips`, `tel`, or another, lower case.
    pub scheme: String,
    /// The user part of sip/sips, unescaped; the number of a tel URI as written.
    pub user: Option<String>,
    /// Host name, IPv4, or IPv6 without brackets, lower case; empty in tel and opaque URIs.
    pub host: String,
    /// The port, where given.
    pub port: Option<u16>,
    /// `;name=value` parameters in order; names lower case.
    pub params: Vec<(String, Option<String>)>,
    /// What follows `?`, as written.
    pub headers: Option<String>,
    /// Everything after the colon of a scheme that we do not take apart (`urn:service:sos`).
    pub opaque: Option<String>,
}

/// Why a text is no URI.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidUri;

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid URI")
    }
}

impl std::error::Error for InvalidUri {}

impl Uri {
    /// `sip:user@host:port`; user is escaped on writing.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Self {
        let _ = (user, host, port);
        todo!()
    }

    /// The value of a parameter; `Some("")` for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        let _ = name;
        todo!()
    }
}

impl FromStr for Uri {
    type Err = InvalidUri;
    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        let _ = text;
        todo!()
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
