//! What a webhook is configured with, checked.

use axum::http::Uri;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// What a secret begins with (Standard Webhooks).
const PREFIX: &str = "whsec_";
/// Bytes of a secret.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// A firm's webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The firm's name.
    pub firm: String,
    pub(crate) target: Target,
    pub(crate) secret: Vec<u8>,
    pub(crate) events: Vec<Pattern>,
    pub(crate) allow_private: bool,
}

impl fmt::Debug for WebhookSettings {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("firm", &self.firm)
            .field("url", &self.target.shown())
            .finish()
    }
}

/// Where events are posted to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub secure: bool,
    /// Without brackets.
    pub host: String,
    pub port: u16,
    /// As in the URL, for the `Host` header.
    pub authority: String,
    pub path_and_query: String,
}

impl Target {
    /// Without the query, which may hold a secret.
    pub fn shown(&self) -> String {
        let path = self.path_and_query.split('?').next().unwrap_or("");
        format!("{}://{}{path}", if self.secure { "https" } else { "http" }, self.authority)
    }
}

/// `call.*`, `reservation.created` or `*`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pattern(String);

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        let fits = text == "*"
            || text.split_once('.').is_some_and(|(about, what)| word(about) && (what == "*" || word(what)));
        fits.then(|| Pattern(text.to_owned()))
    }

    pub fn fits(&self, event: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(about) => event.starts_with(about),
            None => event == self.0,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a webhook's settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidWebhook {
    /// Not an absolute http or https address without user, password and fragment.
    Url,
    /// `http:` where private addresses are not allowed: bodies would go over the internet readable.
    Plain,
    /// Not `whsec_` and 24 to 64 bytes in base64.
    Secret,
    /// None, or one that is not `*`, `about.*` or `about.what`.
    Events,
}

impl fmt::Display for InvalidWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidWebhook::Url => "url is not https://host/path (no user, no fragment)",
            InvalidWebhook::Plain => "url is http: only with allow_private = true, otherwise https",
            InvalidWebhook::Secret => {
                "secret is not whsec_ with 24 to 64 bytes in base64: `warmline webhook-secret` makes one"
            }
            InvalidWebhook::Events => "events are `*`, such as `call.*`, or such as `reservation.created`",
        })
    }
}

impl std::error::Error for InvalidWebhook {}

impl WebhookSettings {
    /// By which it is known to the next program: its address and events, hashed, for the address may hold a secret.
    pub(crate) fn name(&self) -> String {
        let Target { secure, authority, path_and_query, .. } = &self.target;
        let events: Vec<&str> = self.events.iter().map(Pattern::as_str).collect();
        let text = format!("{secure} {authority}{path_and_query} {}", events.join(" "));
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A webhook of a firm. With `allow_private`, addresses of the own network and plain http are allowed.
    ///
    /// # Errors
    /// What is wrong with it; see [`InvalidWebhook`].
    pub fn new(
        firm: &str,
        url: &str,
        secret: &str,
        events: &[String],
        allow_private: bool,
    ) -> Result<Self, InvalidWebhook> {
        let target = target(url).ok_or(InvalidWebhook::Url)?;
        if !target.secure && !allow_private {
            return Err(InvalidWebhook::Plain);
        }
        let secret = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
        let secret = secret.filter(|bytes| SECRET.contains(&bytes.len())).ok_or(InvalidWebhook::Secret)?;
        let events: Option<Vec<Pattern>> = events.iter().map(|text| Pattern::parse(text)).collect();
        let events = events.filter(|events| !events.is_empty()).ok_or(InvalidWebhook::Events)?;
        Ok(WebhookSettings { firm: firm.to_owned(), target, secret, events, allow_private })
    }
}

/// An absolute http or https address, taken apart.
pub(crate) fn target(url: &str) -> Option<Target> {
    if url.len() > 2_048 || url.contains('#') {
        return None;
    }
    let uri: Uri = url.parse().ok()?;
    let secure = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    // A port that is no number is no port: it must not become the usual one unseen.
    let port = match authority.as_str().strip_prefix(host)? {
        "" => {
            if secure {
                443
            } else {
                80
            }
        }
        written => written.strip_prefix(':')?.parse().ok()?,
    };
    let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str());
    (!bare.is_empty()).then(|| Target {
        secure,
        host: bare.to_owned(),
        port,
        authority: authority.as_str().to_owned(),
        path_and_query: path_and_query.to_owned(),
    })
}

/// A new secret, from 24 random bytes.
pub fn mint_webhook_secret(random: &[u8; 24]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        url: &str,
        secret: &str,
        events: &[&str],
        private: bool,
    ) -> Result<WebhookSettings, InvalidWebhook> {
        let events: Vec<String> = events.iter().map(|text| text.to_string()).collect();
        WebhookSettings::new("acme", url, secret, &events, private)
    }

    #[test]
    fn addresses_are_read_whole_or_not_at_all() {
        let secret = mint_webhook_secret(&[1; 24]);
        let read = |url: &str, private| settings(url, &secret, &["*"], private);
        let hook = read("https://crm.test/hook?key=1", false).ok().unwrap();
        assert_eq!((hook.target.host.as_str(), hook.target.port), ("crm.test", 443));
        assert_eq!(hook.target.path_and_query, "/hook?key=1");
        assert_eq!(hook.target.shown(), "https://crm.test/hook");
        let hook = read("http://[::1]:8080", true).ok().unwrap();
        assert_eq!((hook.target.host.as_str(), hook.target.port), ("::1", 8080));
        assert_eq!(
            (hook.target.authority.as_str(), hook.target.path_and_query.as_str()),
            ("[::1]:8080", "/")
        );
        assert_eq!(read("http://crm.test/", false).err(), Some(InvalidWebhook::Plain));
        for wrong in [
            "crm.test/hook",
            "ftp://crm.test/",
            "https://user:pass@crm.test/",
            "https://crm.test@evil.test/",
            "https://crm.test:99999/",
            "https://crm.test:/",
            "https:///x",
            "https://crm.test/#x",
            "/hook",
            "https://crm.test/\r\nX: y",
        ] {
            assert_eq!(read(wrong, true).err(), Some(InvalidWebhook::Url), "{wrong}");
        }
    }

    #[test]
    fn secrets_and_events_are_checked() {
        let right = mint_webhook_secret(&[1; 24]);
        let url = "https://crm.test/";
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", right.trim_start_matches(PREFIX), "whsec_%%%"] {
            assert_eq!(settings(url, wrong, &["*"], false).err(), Some(InvalidWebhook::Secret), "{wrong}");
        }
        for wrong in [&[][..], &["call"], &["call.**"], &["Call.*"], &["*.ended"], &["call.ringing", ""]] {
            assert_eq!(settings(url, &right, wrong, false).err(), Some(InvalidWebhook::Events), "{wrong:?}");
        }
        let hook = settings(url, &right, &["call.*", "reservation.created"], false).ok().unwrap();
        let wanted = |event| hook.events.iter().any(|pattern| pattern.fits(event));
        assert!(wanted("call.ringing") && wanted("reservation.created"));
        assert!(!wanted("callback.queued") && !wanted("reservation.expired"));
        assert!(Pattern::parse("*").unwrap().fits("trunk.down"));
    }
}
