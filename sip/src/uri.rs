//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966). Others are kept as they are.

use crate::headers::text::{Params, is_escape, trim, write_escaped};
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A URI of a request line, a header or a route.
///
/// `Display` writes it back. Comparison for routing is by the parts, not by this type's `Eq`, which is literal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Uri {
    /// `sip`, `sips`, `tel`, or another, lower case.
    pub scheme: String,
    /// The user part of sip/sips, unescaped; the number of a tel URI as written.
    ///
    /// Escapes that would not survive stay as they are, and are written so: `%25`, `%3A` (a bare colon begins a
    /// password, which is kept as a part of the user), control characters, and bytes that are no UTF-8.
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
    /// `sip:user@host:port`; user is escaped on writing. An IPv6 host may come with or without brackets.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Self {
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        Uri {
            user: user.filter(|user| !user.is_empty()).map(str::to_owned),
            host: host.to_ascii_lowercase(),
            port,
            ..Uri::empty("sip".to_owned())
        }
    }

    /// The value of a parameter; `Some("")` for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|param| param.0.eq_ignore_ascii_case(name))
            .map(|param| param.1.as_deref().unwrap_or(""))
    }

    /// Whether both name the same target: scheme, user, host and port (5060, or 5061 of sips, where none is given).
    /// Parameters and headers do not count.
    pub fn same_target(&self, other: &Uri) -> bool {
        let port = |uri: &Uri| uri.port.unwrap_or(if uri.scheme == "sips" { 5061 } else { 5060 });
        self.scheme == other.scheme
            && self.user == other.user
            && self.host.eq_ignore_ascii_case(&other.host)
            && port(self) == port(other)
            && self.opaque == other.opaque
    }

    fn empty(scheme: String) -> Self {
        Uri {
            scheme,
            user: None,
            host: String::new(),
            port: None,
            params: Vec::new(),
            headers: None,
            opaque: None,
        }
    }

    /// `user@host:port;params?headers`, after the scheme.
    fn parse_sip(mut self, text: &str) -> Option<Uri> {
        let mut rest = text;
        // An at sign stands unescaped nowhere else; a user may hold `;` and `?` (RFC 4475 §3.1.1.9).
        if let Some((user, after)) = text.split_once('@') {
            self.user = Some(unescape_user(user).filter(|user| !user.is_empty())?);
            rest = after;
        }
        if let Some((before, headers)) = rest.split_once('?') {
            self.headers = Some(headers.to_owned());
            rest = before;
        }
        let (host_port, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = parse_host_port(host_port)?;
        self.host = host.to_ascii_lowercase();
        self.port = port;
        self.params = parse_uri_params(params)?;
        Some(self)
    }

    /// `number;params`, after the scheme.
    fn parse_tel(mut self, text: &str) -> Option<Uri> {
        let (number, params) = text.split_once(';').unwrap_or((text, ""));
        if number.is_empty() || !number.bytes().all(|byte| is_tel_byte(byte) || byte == b'%') {
            return None;
        }
        self.user = Some(number.to_owned());
        self.params = parse_uri_params(params)?;
        Some(self)
    }
}

impl FromStr for Uri {
    type Err = InvalidUri;
    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidUri)?;
        let scheme_fits = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && scheme.bytes().all(is_scheme_byte);
        let rest_fits =
            !rest.is_empty() && rest.bytes().all(|b| b > b' ' && !matches!(b, b'<' | b'>' | b'"' | 0x7f));
        if !scheme_fits || !rest_fits {
            return Err(InvalidUri);
        }
        let uri = Uri::empty(scheme.to_ascii_lowercase());
        match uri.scheme.as_str() {
            "sip" | "sips" => uri.parse_sip(rest).ok_or(InvalidUri),
            "tel" => uri.parse_tel(rest).ok_or(InvalidUri),
            _ => Ok(Uri { opaque: Some(rest.to_owned()), ..uri }),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, &self.scheme, is_scheme_byte)?;
        f.write_str(":")?;
        if let Some(opaque) = &self.opaque {
            return write_escaped(f, opaque, |b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'));
        }
        if self.scheme == "tel" {
            write_escaped(f, self.user.as_deref().unwrap_or(""), is_tel_byte)?;
        } else {
            if let Some(user) = &self.user {
                write_escaped(f, user, is_user_byte)?;
                f.write_str("@")?;
            }
            write_host_port(f, &self.host, self.port)?;
        }
        for (name, value) in self.params.iter().filter(|param| !param.0.is_empty()) {
            f.write_str(";")?;
            write_escaped(f, name, is_param_byte)?;
            if let Some(value) = value {
                f.write_str("=")?;
                write_escaped(f, value, |b| is_param_byte(b) || b == b'=')?;
            }
        }
        if let Some(headers) = &self.headers {
            f.write_str("?")?;
            write_escaped(f, headers, |b| is_param_byte(b) || matches!(b, b'=' | b'?' | b';' | b'@' | b','))?;
        }
        Ok(())
    }
}

/// `host:port`, white space allowed around the colon as in Via. IPv6 loses its brackets and must be well-formed.
pub(crate) fn parse_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let text = trim(text);
    let (host, rest) = match text.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => {
            let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            let host = trim(host);
            if host.is_empty() || !host.bytes().all(is_name_byte) {
                return None;
            }
            (host, rest)
        }
    };
    let rest = trim(rest);
    if rest.is_empty() {
        return Some((host, None));
    }
    let port = trim(rest.strip_prefix(':')?);
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| port.parse().ok().map(|port| (host, Some(port)))).flatten()
}

/// Writes `host:port`, IPv6 in brackets.
pub(crate) fn write_host_port(f: &mut impl fmt::Write, host: &str, port: Option<u16>) -> fmt::Result {
    if host.contains(':') {
        f.write_char('[')?;
        write_escaped(f, host, |byte| is_name_byte(byte) || byte == b':')?;
        f.write_char(']')?;
    } else {
        write_escaped(f, host, is_name_byte)?;
    }
    port.map_or(Ok(()), |port| write!(f, ":{port}"))
}

fn parse_uri_params(text: &str) -> Option<Params> {
    let mut params = Params::new();
    for param in text.split(';').filter(|param| !param.is_empty()) {
        let (name, value) = match param.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (param, None),
        };
        if name.is_empty() {
            return None;
        }
        params.push((name.to_ascii_lowercase(), value));
    }
    Some(params)
}

/// Takes the escapes out of a user part, but for those that must stay (see [`Uri::user`]).
fn unescape_user(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let plain = bytes[at..].iter().position(|&byte| byte == b'%').unwrap_or(bytes.len() - at);
        out.push_str(text.get(at..at + plain)?);
        at += plain;
        let start = at;
        let mut run = Vec::new();
        while bytes.get(at) == Some(&b'%') {
            if !is_escape(&bytes[at..]) {
                return None;
            }
            run.push(u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok()?);
            at += 3;
        }
        unescape_run(&mut out, &run, &text[start..at]);
    }
    Some(out)
}

/// Appends adjacent escapes: `written` as the text `bytes` it stands for, character by character where that is possible.
fn unescape_run(out: &mut String, bytes: &[u8], written: &str) {
    let mut offset = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let length = c.len_utf8();
            if c.is_control() || matches!(c, '%' | ':') {
                out.push_str(&written[offset * 3..(offset + length) * 3]);
            } else {
                out.push(c);
            }
            offset += length;
        }
        let length = chunk.invalid().len();
        out.push_str(&written[offset * 3..(offset + length) * 3]);
        offset += length;
    }
}

fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Letters of host names; the underscore is none by the book, but names of containers hold it.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

fn is_user_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/' | b':')
}

fn is_param_byte(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$')
}

fn is_tel_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'(' | b')' | b'*' | b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn sip_uris_come_apart_and_together_again() {
        let full = uri("SIPS:+49%20170;x=1:pw@Example.COM:5061;Transport=TCP;lr;maddr=[::1]?Subject=a&b=c");
        assert_eq!(full.scheme, "sips");
        assert_eq!(full.user.as_deref(), Some("+49 170;x=1:pw"));
        assert_eq!((full.host.as_str(), full.port), ("example.com", Some(5061)));
        assert_eq!(full.param("TRANSPORT"), Some("TCP"));
        assert_eq!((full.param("lr"), full.param("ob")), (Some(""), None));
        assert_eq!(full.headers.as_deref(), Some("Subject=a&b=c"));
        assert_eq!(
            full.to_string(),
            "sips:+49%20170;x=1:pw@example.com:5061;transport=TCP;lr;maddr=[::1]?Subject=a&b=c"
        );

        for text in [
            "sip:example.com",
            "sip:*21%23@192.0.2.1:5070",
            "sip:a@[2001:db8::1]:5070;lr",
            "tel:+1-201-555-0123;phone-context=example.com",
            "tel:*21#",
            "urn:service:sos",
            "http://www.example.com/a?b=c",
            "sip:sips%3Auser%40example.com@example.net",
            "sip:null-%00-null@example.com",
            "sip:%FFbytes%25@h",
            "sip:%C3%A9t%C3%A9@h",
        ] {
            assert_eq!(uri(text).to_string(), text);
        }
    }

    #[test]
    fn a_user_is_unescaped_unless_that_would_lose_or_break_something() {
        assert_eq!(uri("sip:%61%40b@h").user.as_deref(), Some("a@b"));
        assert_eq!(uri("sip:%C3%A9@h").user.as_deref(), Some("é"));
        assert_eq!(uri("sip:a%0d%0Ab%00@h").user.as_deref(), Some("a%0d%0Ab%00"));
        assert_eq!(uri("sip:a%3Ab%25@h").user.as_deref(), Some("a%3Ab%25"));
        assert_eq!(uri("sip:%C3%28@h").user.as_deref(), Some("%C3("));
        assert_eq!(uri("sip:é%C3%A9@h").user.as_deref(), Some("éé"));
    }

    #[test]
    fn other_schemes_are_kept() {
        let tel = uri("TEL:+44(20)7946.0000;ext=1");
        assert_eq!((tel.user.as_deref(), tel.host.as_str()), (Some("+44(20)7946.0000"), ""));
        let urn = uri("urn:uuid:F81D4FAE-7DEC");
        assert_eq!((urn.opaque.as_deref(), urn.user.as_deref()), (Some("uuid:F81D4FAE-7DEC"), None));
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "",
            "sip",
            "sip:",
            ":x",
            "1sip:a",
            "sip:a b",
            "sip:a@",
            "sip:@h",
            "sip:a@b@c",
            "sip:h:",
            "sip:h:99999",
            "sip:h:+5",
            "sip:[::1",
            "sip:[::g]",
            "sip:[2001:db8:::192.0.2.1]",
            "sip:2001:db8::10",
            "sip:a%zz@h",
            "sip:a%4@h",
            "sip:<a@b>",
            "sip:a@h;=x",
            "sip:a@é",
            "sip:a\r\n@h",
            "sip:a\0@h",
            "tel:",
            "tel:a@b",
            "urn:",
            "sip:a@h\u{7f}",
            "sip:[::1]x",
        ] {
            assert_eq!(text.parse::<Uri>(), Err(InvalidUri), "{text:?}");
        }
    }

    #[test]
    fn no_field_breaks_out_of_the_line() {
        let evil = "a\r\nb\0 <\"@é".to_owned();
        let uri = Uri {
            scheme: evil.clone(),
            user: Some(evil.clone()),
            host: evil.clone(),
            port: None,
            params: vec![(evil.clone(), Some(evil.clone()))],
            headers: Some(evil.clone()),
            opaque: None,
        };
        for uri in
            [uri.clone(), Uri { opaque: Some(evil), ..uri.clone() }, Uri { scheme: "tel".into(), ..uri }]
        {
            let text = uri.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte)), "{text}");
        }
        assert_eq!(Uri::sip(Some("a b"), "[::1]", Some(5060)).to_string(), "sip:a%20b@[::1]:5060");
    }

    #[test]
    fn targets_are_compared_by_their_parts() {
        assert!(uri("sip:a@H;transport=tcp").same_target(&uri("sip:%61@h:5060")));
        assert!(!uri("sip:a@h").same_target(&uri("sip:a@h:5061")));
        assert!(!uri("sip:a@h").same_target(&uri("sips:a@h")));
        assert!(!uri("urn:a").same_target(&uri("urn:b")));
    }
}
