//! The way round networks that let no UDP out: a TURN server beside us (coturn with `use-auth-secret`), to which each browser that calls
//! is given a name and a password of its own, good for some hours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use warmline_time::Time;

/// A visitor's call; an agent's day.
pub(crate) const CALL: Duration = Duration::from_secs(4 * 3_600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A TURN server.
#[derive(Clone)]
pub struct TurnServer {
    urls: Vec<String>,
    secret: hmac::Key,
}

impl fmt::Debug for TurnServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

impl TurnServer {
    /// `urls` as browsers want them (RFC 7065), the secret as the server has it.
    pub fn new(urls: Vec<String>, secret: &str) -> Self {
        TurnServer { urls, secret: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes()) }
    }

    /// What a browser is given: an RTCIceServer, good for so long. The name says when it ends, and for whom it is.
    pub(crate) fn grant(&self, whom: &str, now: Time, life: Duration) -> Value {
        let name = format!("{}:{whom}", (now + life).as_micros() / 1_000_000);
        let password = STANDARD.encode(hmac::sign(&self.secret, name.as_bytes()));
        json!({ "urls": self.urls, "username": name, "credential": password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_ends_and_is_signed_with_the_servers_secret() {
        let turn = TurnServer::new(vec!["turns:relay.test:443?transport=tcp".into()], "north");
        let grant = turn.grant("rsv_1", Time::from_micros(1_000_000_000), CALL);
        assert_eq!(grant["urls"], json!(["turns:relay.test:443?transport=tcp"]));
        assert_eq!(grant["username"], "15400:rsv_1");
        // printf 15400:rsv_1 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(grant["credential"], "8LmNUx1yBkt3XUgP2HpUSvUW/BQ=");
        assert!(!format!("{turn:?}").contains("north"));
    }
}
