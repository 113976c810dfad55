//! Origins (RFC 6454): of pages that call us, and of our own listeners.

use axum::http::{HeaderMap, header};
use std::fmt;

/// `scheme://host[:port]`, lower case, http or https: safe to put into a header of ours.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin(String);

impl Origin {
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let authority = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"))?;
        is_authority(authority).then(|| Origin(lower.clone()))
    }

    /// The `Origin` header. `null` and what is no origin read as absent from every list: `Some(Err)`.
    pub fn of_request(headers: &HeaderMap) -> Option<Result<Self, ()>> {
        let mut values = headers.get_all(header::ORIGIN).iter();
        let value = values.next()?;
        let parsed = value.to_str().ok().and_then(Origin::parse).filter(|_| values.next().is_none());
        Some(parsed.ok_or(()))
    }

    pub fn of_host(secure: bool, host: &str) -> Self {
        Origin(format!("{}://{host}", if secure { "https" } else { "http" }))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Host and port, where there is one.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Host without port; IPv6 in brackets.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rfind(':') {
            Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
            _ => authority,
        }
    }

    /// The same as a WebSocket origin.
    pub fn websocket(&self) -> String {
        format!("ws{}", &self.0["http".len()..])
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is a plain `host[:port]`: nothing that could end a header's token or bring user info in.
pub(crate) fn is_authority(text: &str) -> bool {
    let host = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            if port.is_empty() || port.len() > 5 || !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return false;
            }
            host
        }
        _ => text,
    };
    if host.is_empty() || host.len() > 253 {
        return false;
    }
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').is_some_and(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok()),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    }
}

/// Where one of our origins is, as browsers see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PublicOrigin {
    /// Always this: `https://pages.acme.test`.
    Fixed(String),
    /// On the host by which the browser reached us, with the scheme of the page it is on, at another port.
    SameHost {
        /// TCP port for pages that came by http.
        http: u16,
        /// TCP port for pages that came by https.
        https: u16,
    },
}

impl PublicOrigin {
    /// As seen by a browser on a page of `host` (no port) that came by https or not.
    pub(crate) fn at(&self, host: &str, secure: bool) -> String {
        match self {
            PublicOrigin::Fixed(origin) => origin.trim_end_matches('/').to_ascii_lowercase(),
            PublicOrigin::SameHost { http, https } => match (secure, http, https) {
                (true, _, 443) => format!("https://{host}"),
                (false, 80, _) => format!("http://{host}"),
                (true, _, port) => format!("https://{host}:{port}"),
                (false, port, _) => format!("http://{host}:{port}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_origins_are_read() {
        assert_eq!(Origin::parse("https://Shop.Test").unwrap().as_str(), "https://shop.test");
        assert_eq!(Origin::parse("http://[::1]:8080").unwrap().host(), "[::1]");
        assert_eq!(Origin::parse("http://127.0.0.1:8080").unwrap().host(), "127.0.0.1");
        for wrong in [
            "null",
            "",
            "https://",
            "https://shop.test/",
            "https://a@shop.test",
            "https://shop.test; script-src *",
            "https://shop.test:",
            "https://shop.test:99a",
            "ftp://shop.test",
            "https://[::1",
            "https://shop.test,evil",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_second_origin_header_is_no_origin() {
        let mut headers = HeaderMap::new();
        assert_eq!(Origin::of_request(&headers), None);
        headers.append("origin", "https://a.test".parse().unwrap());
        assert_eq!(Origin::of_request(&headers), Some(Ok(Origin::parse("https://a.test").unwrap())));
        headers.append("origin", "https://b.test".parse().unwrap());
        assert_eq!(Origin::of_request(&headers), Some(Err(())));
    }

    #[test]
    fn our_origins_as_the_browser_sees_them() {
        let at = |secure| PublicOrigin::SameHost { http: 8444, https: 443 }.at("desk.test", secure);
        assert_eq!(at(false), "http://desk.test:8444");
        assert_eq!(at(true), "https://desk.test");
        assert_eq!(PublicOrigin::Fixed("https://P.test/".into()).at("x", false), "https://p.test");
        assert_eq!(Origin::parse("https://desk.test").unwrap().websocket(), "wss://desk.test");
        assert_eq!(Origin::of_host(false, "desk.test:80").websocket(), "ws://desk.test:80");
    }
}
