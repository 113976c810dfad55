//! Pages that agents may suggest to visitors: an allow-list of a site's own making (N 0034). Addresses are compared by what browsers
//! would open: whatever they would read in another way than it stands there is no address here.

use std::fmt;
use std::str::FromStr;

/// Bytes of an address.
const LONGEST: usize = 2_048;

/// Pages that may be suggested: `https://shop.test` all of an origin, `https://shop.test/help/` what lies below (a `*` at the end
/// says the same), `https://shop.test/returns` this page, whatever its query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushPattern {
    origin: String,
    /// Empty: everything; with a slash at its end: what lies below.
    path: String,
}

/// A text that is not such a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidPattern;

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address such as https://shop.test or https://shop.test/help/")
    }
}

impl std::error::Error for InvalidPattern {}

impl FromStr for PushPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let text = text.strip_suffix('*').unwrap_or(text);
        let (origin, path) = split(text).ok_or(InvalidPattern)?;
        if path.contains(['*', '?', '#']) {
            return Err(InvalidPattern);
        }
        let path = if path == "/" { String::new() } else { path.to_owned() };
        Ok(PushPattern { origin, path })
    }
}

impl fmt::Display for PushPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl PushPattern {
    /// Whether this address is one of its pages.
    pub fn allows(&self, url: &str) -> bool {
        let Some((origin, rest)) = split(url) else { return false };
        let path = rest.split(['?', '#']).next().unwrap_or("");
        let below = self.path.is_empty() || self.path.ends_with('/');
        origin == self.origin && if below { path.starts_with(&self.path) } else { path == self.path }
    }
}

/// Origin in lower case without a default port, and what follows it. None: no plain http or https address, one with credentials, or
/// one that a browser would rewrite (backslashes, dot segments, other characters than an address has).
fn split(url: &str) -> Option<(String, &str)> {
    let fits = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    if url.len() > LONGEST || !url.chars().all(fits) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let standard = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(standard).unwrap_or(&authority);
    let path = rest.split(['?', '#']).next().unwrap_or("");
    (is_host(authority) && !path.split('/').any(is_dots)).then(|| (format!("{scheme}://{authority}"), rest))
}

/// `shop.test`, `shop.test:8080`, `192.0.2.1`, `[2001:db8::1]:8080`.
fn is_host(authority: &str) -> bool {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, port)) => {
            let fits = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
            if host.is_empty() || !host.chars().all(fits) {
                return false;
            }
            (None, port)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (Some(host), port)
        }
    };
    let port_fits = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok() && digits.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    };
    let label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    port_fits && host.is_none_or(|host| !host.is_empty() && host.chars().all(label))
}

/// Whether browsers take a segment of a path for `.` or `..`.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PushPattern {
        text.parse().unwrap()
    }

    #[test]
    fn an_origin_a_folder_and_a_page() {
        let site = pattern("https://shop.test");
        for url in
            ["https://shop.test", "https://shop.test/", "HTTPS://Shop.Test:443/a?b#c", "https://shop.test?q"]
        {
            assert!(site.allows(url), "{url}");
        }
        assert_eq!(site, pattern("https://shop.test/"));
        assert_eq!(site, pattern("https://shop.test/*"));
        for help in [pattern("https://shop.test/help/"), pattern("https://shop.test/help/*")] {
            assert!(help.allows("https://shop.test/help/returns?x=/../"));
            assert!(!help.allows("https://shop.test/helpful"));
            assert!(!help.allows("https://shop.test/help"));
        }
        let page = pattern("https://shop.test/returns");
        assert!(page.allows("https://shop.test/returns?order=1#top"));
        assert!(!page.allows("https://shop.test/returns/old"));
        assert!(pattern("http://127.0.0.1:8081").allows("http://127.0.0.1:8081/cart/"));
        assert!(pattern("https://[2001:db8::1]:8443").allows("https://[2001:DB8::1]:8443/"));
    }

    #[test]
    fn nothing_else_passes_for_it() {
        let patterns = [pattern("https://shop.test"), pattern("https://shop.test/help/")];
        for url in [
            "http://shop.test/",
            "https://shop.test:8443/",
            "https://shop.test.evil.test/",
            "https://evilshop.test/",
            "https://shop.test@evil.test/",
            "https://evil.test/https://shop.test/",
            "https://evil.test#https://shop.test/",
            "https://evil.test\\@shop.test/",
            "https:\\\\shop.test/",
            "https:/shop.test/",
            "//shop.test/",
            "/help/",
            "javascript:alert(1)//https://shop.test/",
            "javascript://shop.test/%0aalert(1)",
            "https://shop.test/\u{202e}x",
            "https://shop.test/a b",
            "https://shop.test/a\nb",
            " https://shop.test/",
            "https://shop.test:/",
            "https://shop.test:+443/",
            "https://user:pass@shop.test/",
            "https://sh%6fp.test/",
        ] {
            assert!(!patterns.iter().any(|pattern| pattern.allows(url)), "{url}");
        }
        for url in [
            "https://shop.test/help/../admin",
            "https://shop.test/help/%2E%2e/admin",
            "https://shop.test/help/./x",
        ] {
            assert!(!patterns[1].allows(url), "{url}");
        }
        assert!(!patterns[0].allows(&format!("https://shop.test/{}", "x".repeat(LONGEST))));
    }

    #[test]
    fn patterns_that_say_nothing_are_refused() {
        for text in [
            "",
            "*",
            "shop.test",
            "https://",
            "https://*.shop.test",
            "https://shop.test/*/x",
            "https://shop.test/?a",
            "ftp://shop.test",
        ] {
            assert_eq!(text.parse::<PushPattern>(), Err(InvalidPattern), "{text}");
        }
    }
}
