//! The TURN server beside us.

use super::check::Checker;
use super::raw;
use std::net::Ipv6Addr;
use toml::Spanned;
use warmline_web::TurnServer;

/// Addresses of it: a browser asks at each.
const MOST: usize = 4;

impl Checker {
    pub(super) fn turn(&mut self, raw: raw::Turn) -> TurnServer {
        let count = raw.urls.get_ref().len();
        if !(1..=MOST).contains(&count) {
            self.error(&raw.urls, format!("[web.turn] has 1 to {MOST} urls, here are {count}"));
        }
        let urls = raw.urls.into_inner();
        for url in urls.iter().filter(|url| !is_turn(url.get_ref())) {
            let text = url.get_ref();
            self.error(url, format!("`{text}` is no address such as turns:relay.example:443?transport=tcp"));
        }
        let secret = self.secret(raw.secret.get_ref());
        if secret.len() < 16 {
            self.error(&raw.secret, "the secret of the TURN server has fewer than 16 characters");
        }
        TurnServer::new(urls.into_iter().map(Spanned::into_inner).collect(), &secret)
    }
}

/// RFC 7065 section 3.1, with the two transports that browsers know: one address that is none, and no page can call.
fn is_turn(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("turn:").or_else(|| url.strip_prefix("turns:")) else { return false };
    let (authority, query) = rest.split_once('?').map_or((rest, None), |(at, query)| (at, Some(query)));
    if query.is_some_and(|query| !["transport=udp", "transport=tcp"].contains(&query)) {
        return false;
    }
    let (is_host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let colon = port.is_empty() || port.starts_with(':');
            (colon && address.parse::<Ipv6Addr>().is_ok(), port.strip_prefix(':'))
        }
        None => {
            let (host, port) = authority.split_once(':').map_or((authority, None), |(a, b)| (a, Some(b)));
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            (!host.is_empty() && host.bytes().all(is_name), port)
        }
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, parse};
    use std::path::Path;

    const SECRET: &str = "a secret of the relay";

    fn read(urls: &str, secret: &str) -> Result<Config, String> {
        let text = format!("[web.turn]\nurls = [{urls}]\nsecret = \"{secret}\"\n");
        parse(Path::new("w.toml"), &text).map_err(|errors| errors[0].to_string())
    }

    #[test]
    fn it_has_addresses_that_browsers_take_and_a_secret() {
        for url in [
            "turn:relay.test",
            "turn:192.0.2.1:3478?transport=tcp",
            "turn:192.0.2.1?transport=udp",
            "turns:relay.test:443?transport=tcp",
            "turn:[2001:db8::1]",
            "turn:[2001:db8::1]:3478",
        ] {
            assert!(read(&format!("\"{url}\""), SECRET).expect(url).web.turn.is_some());
        }
        for url in [
            "https://relay.test",
            "relay.test",
            "turn:",
            "turn::3478",
            "turn://relay.test",
            "turn:relay.test:",
            "turn:relay.test:0",
            "turn:relay.test:99999",
            "turn:relay.test:1:2",
            "turn:relay test",
            "turn:me@relay.test",
            "turn:relay.test?",
            "turn:relay.test?transport=sctp",
            "turn:relay.test?transport=tcp#x",
            "turn:2001:db8::1",
            "turn:[relay.test]:1",
            "turn:[2001:db8::1]3478",
        ] {
            let error = read(&format!("\"{url}\""), SECRET).expect_err(url);
            assert!(error.contains(&format!("`{url}` is no address such as")), "{error}");
        }
        assert!(read("", SECRET).expect_err("none").contains("1 to 4 urls, here are 0"));
        assert!(read("\"turn:relay.test\"", "short").expect_err("short").contains("fewer than 16"));
    }
}
