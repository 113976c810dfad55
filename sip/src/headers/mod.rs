//! Typed headers: Via, name-addr (From, To, Contact, Route …), CSeq.

pub(crate) mod text;

use crate::message::{HeaderName, Method};
use crate::uri::{Uri, parse_host_port, write_host_port};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use text::{
    is_line_breaker, is_token, parse_params, take_quoted, trim, write_params, write_quoted, write_token,
};

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
        self.param("branch").unwrap_or("")
    }
    /// The value of a parameter; `Some("")` for one without a value.
    pub fn param(&self, name: &str) -> Option<&str> {
        find_param(&self.params, name)
    }
    /// The address in `received`, with or without brackets around IPv6 (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let value = self.param("received")?;
        value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(value).parse().ok()
    }
    /// Sets a parameter, in its place where it was there.
    pub fn set_param(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.params.iter_mut().find(|param| param.0.eq_ignore_ascii_case(name)) {
            Some(param) => param.1 = value,
            None => self.params.push((name.to_ascii_lowercase(), value)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = single_line(text)?.split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return None;
        }
        let (protocol, rest) = trim(rest).split_once([' ', '\t'])?;
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = parse_host_port(sent_by)?;
        is_token(protocol.as_bytes()).then_some(())?;
        Some(Via {
            protocol: protocol.to_ascii_uppercase(),
            host: host.to_owned(),
            port,
            params: parse_params(params)?,
        })
    }
}

impl FromStr for Via {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        Via::parse(text).ok_or(HeaderError { name: HeaderName::VIA })
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SIP/2.0/")?;
        write_token(f, &self.protocol)?;
        f.write_str(" ")?;
        write_host_port(f, &self.host, self.port)?;
        write_params(f, &self.params)
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
        find_param(&self.params, name)
    }
    /// With this tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.retain(|param| param.0 != "tag");
        self.params.push(("tag".into(), Some(tag.into())));
        self
    }

    fn parse(text: &str) -> Option<Self> {
        let text = trim(single_line(text)?);
        let (display, rest) = if text.starts_with('"') {
            let (display, rest) = take_quoted(text)?;
            (display, trim(rest).strip_prefix('<')?)
        } else {
            match text.find(['<', '"', ';']) {
                Some(at) if text[at..].starts_with('<') => (bare_display(&text[..at])?, &text[at + 1..]),
                _ => return Self::parse_bare(text),
            }
        };
        let (uri, params) = rest.split_once('>')?;
        Some(NameAddr { display, uri: trim(uri).parse().ok()?, params: parse_params(params)? })
    }

    /// Without angle brackets: a comma or question mark in the URI would be ambiguous (RFC 3261 §20.10).
    fn parse_bare(text: &str) -> Option<Self> {
        let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        if uri.contains([',', '?']) {
            return None;
        }
        Some(NameAddr { display: String::new(), uri: trim(uri).parse().ok()?, params: parse_params(params)? })
    }
}

/// The name of what is wrong where a text was read without knowing its header.
const NAME_ADDR: HeaderName = HeaderName::known("name-addr");

impl FromStr for NameAddr {
    type Err = HeaderError;
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        NameAddr::parse(text).ok_or(HeaderError { name: NAME_ADDR })
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write_quoted(f, &self.display)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>", self.uri)?;
        write_params(f, &self.params)
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
        let read = || {
            let (digits, method) = trim(text).split_once([' ', '\t'])?;
            let method = trim(method);
            let number = digits.parse().ok().filter(|&number: &u32| number < 1 << 31)?;
            let fits = digits.bytes().all(|byte| byte.is_ascii_digit()) && is_token(method.as_bytes());
            fits.then(|| CSeq { number, method: Method::from_token(method) })
        };
        read().ok_or(HeaderError { name: HeaderName::CSEQ })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// The text if it holds no CR, LF or NUL: those would come back out in a value.
fn single_line(text: &str) -> Option<&str> {
    (!text.bytes().any(is_line_breaker)).then_some(text)
}

/// A display name without quotes. By the book a row of tokens; only what would be ambiguous is refused.
fn bare_display(text: &str) -> Option<String> {
    let text = trim(text);
    (!text.contains([',', '>', ':', '@'])).then(|| text.to_owned())
}

fn find_param<'a>(params: &'a [(String, Option<String>)], name: &str) -> Option<&'a str> {
    params
        .iter()
        .find(|param| param.0.eq_ignore_ascii_case(name))
        .map(|param| param.1.as_deref().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(text: &str) -> Via {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }
    fn addr(text: &str) -> NameAddr {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn via_is_read_and_written() {
        let mut top =
            via("sip / 2.0 / udp   first.example.com : 4000 ;ttl=16 ;  Branch = z9hG4bKa7c6a8dlze.1;rport");
        assert_eq!(
            (top.protocol.as_str(), top.host.as_str(), top.port),
            ("UDP", "first.example.com", Some(4000))
        );
        assert_eq!(
            (top.branch(), top.param("RPORT"), top.received()),
            ("z9hG4bKa7c6a8dlze.1", Some(""), None)
        );
        top.set_param("rport", Some("5061"));
        top.set_param("Received", Some("2001:db8::1"));
        assert_eq!(
            top.to_string(),
            "SIP/2.0/UDP first.example.com:4000;ttl=16;branch=z9hG4bKa7c6a8dlze.1;rport=5061;received=2001:db8::1"
        );
        let six = via("SIP/2.0/TLS [2001:db8::9:1]:5061;received=[2001:db8::9:255]");
        assert_eq!((six.host.as_str(), six.branch()), ("2001:db8::9:1", ""));
        assert_eq!(six.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(six.to_string(), "SIP/2.0/TLS [2001:db8::9:1]:5061;received=[2001:db8::9:255]");
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/3.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/U DP h",
            "SIP/2.0/UDP h:x",
            "SIP/2.0/UDP 192.0.2.15;;,;,,",
            "SIP/2.0/UDP h;branch=a, SIP/2.0/UDP i",
            "SIP/2.0/UDP h\r\nX: y",
        ] {
            assert_eq!(bad.parse::<Via>(), Err(HeaderError { name: HeaderName::VIA }), "{bad:?}");
        }
    }

    #[test]
    fn name_addr_is_read_in_all_its_shapes() {
        let full = addr(r#" "J \"R\" <,;>"   <sip:jdrosen@example.com;lr> ; TAG = 98asjd8 ;lr"#);
        assert_eq!(full.display, r#"J "R" <,;>"#);
        assert_eq!(
            (full.uri.param("lr"), full.tag(), full.param("LR")),
            (Some(""), Some("98asjd8"), Some(""))
        );
        assert_eq!(full.to_string(), r#""J \"R\" <,;>" <sip:jdrosen@example.com;lr>;tag=98asjd8;lr"#);

        assert_eq!(addr("Bell Alexander <sip:a@b>").display, "Bell Alexander");
        assert_eq!(addr("Empfang (Haus 3) <sip:a@b>").display, "Empfang (Haus 3)");
        assert_eq!(addr("<tel:+4930;phone-context=x>").uri.scheme, "tel");
        let bare = addr("sip:a@b;tag=1;expires=60");
        assert_eq!((bare.uri.params.len(), bare.tag(), bare.param("expires")), (0, Some("1"), Some("60")));
        let device = addr(r#"<sip:a@b>;+sip.instance="<urn:uuid:0-1>";reg-id=1"#);
        assert_eq!(device.param("+SIP.instance"), Some("<urn:uuid:0-1>"));
        assert_eq!(device.to_string(), r#"<sip:a@b>;+sip.instance="<urn:uuid:0-1>";reg-id=1"#);
        assert_eq!(addr(r#"sip:a@b;+sip.instance="<urn:uuid:0-1>""#).params.len(), 1);
        assert_eq!(addr("\"\" <sip:a@b>;tag=x@y:z").to_string(), "<sip:a@b>;tag=x@y:z");
    }

    #[test]
    fn ambiguous_and_broken_name_addrs_are_refused() {
        for bad in [
            "",
            "*",
            "Bell, Alexander <sip:a@b>;tag=43",
            "\"open <sip:a@b>",
            "<sip:a@b",
            "sip:a@b?Route=%3Csip:c%3E",
            "sip:a,b@c",
            "\"x\" sip:a@b",
            "<sip:a@b> x",
            "<sip:a@b>;;;;",
            "a\r\nb <sip:a@b>",
            "\"a\0\" <sip:a@b>",
            "\"Joe\" <sip:a@b>;tag=a b",
        ] {
            assert!(bad.parse::<NameAddr>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_builder_breaks_out_of_the_line() {
        let evil = "a\r\nEvil: 1\0";
        let mut via = via("SIP/2.0/UDP h");
        via.protocol = evil.into();
        via.host = evil.into();
        via.set_param(evil, Some(evil));
        via.set_param("branch", Some(evil));
        let mut who = NameAddr::new(Uri::sip(Some(evil), evil, None)).with_tag(evil);
        who.display = evil.into();
        who.params.push((evil.into(), Some(evil.into())));
        let cseq = CSeq { number: 1, method: Method::Other(evil.into()) };
        for text in [via.to_string(), who.to_string(), cseq.to_string()] {
            assert!(!text.bytes().any(is_line_breaker), "{text:?}");
        }
        assert!(via.to_string().parse::<Via>().is_err(), "the host is no host any more");
        assert!(cseq.to_string().parse::<CSeq>().is_ok());
    }

    #[test]
    fn cseq_keeps_below_two_to_the_31() {
        let cseq: CSeq = "0009 \t INVITE".parse().unwrap();
        assert_eq!(cseq, CSeq { number: 9, method: Method::Invite });
        assert_eq!(cseq.to_string(), "9 INVITE");
        assert!("2147483647 ACK".parse::<CSeq>().is_ok());
        for bad in
            ["2147483648 ACK", "36893488147419103232 ACK", "-1 ACK", "+1 ACK", "1", "1 A B", " ACK", "1 A,"]
        {
            assert_eq!(bad.parse::<CSeq>(), Err(HeaderError { name: HeaderName::CSEQ }), "{bad}");
        }
    }
}
