//! Digest access authentication, both sides (RFC 8760, RFC 7616): SHA-256 and MD5, qop=auth.

use crate::message::{Message, Method};
use std::net::IpAddr;
use warmline_time::Time;

/// A user's secret, as configured.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password; never shown by `Debug`.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The server's side: stateless nonces, HMAC-SHA-256 over time and peer address under a secret of this process.
#[derive(Debug)]
pub struct Verifier {
    #[allow(dead_code)]
    secret: [u8; 32],
}

/// What an Authorization header amounted to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The password is right.
    Accepted,
    /// No header for this realm, or the nonce is too old (`stale`): challenge.
    Challenge {
        /// Whether only the nonce was too old.
        stale: bool,
    },
    /// Wrong password, user, or digest URI, a reused nonce count, or a malformed header: challenge again, count.
    Refused,
}

impl Verifier {
    /// With a secret from the process's random source.
    pub fn new(secret: [u8; 32]) -> Self {
        Verifier { secret }
    }
    /// Values of WWW-Authenticate or Proxy-Authenticate, SHA-256 first, then MD5.
    pub fn challenge(&self, now: Time, peer: IpAddr, realm: &str, stale: bool) -> [String; 2] {
        let _ = (now, peer, realm, stale);
        todo!()
    }
    /// The user name that the request claims for this realm, so that the caller can look its password up.
    pub fn user<'a>(&self, request: &'a Message, realm: &str) -> Option<&'a str> {
        let _ = (request, realm);
        todo!()
    }
    /// Checks Authorization and Proxy-Authorization of this realm. `password` is `None` for an unknown user: the
    /// same work is done, the verdict is `Refused`. Nonces live 5 minutes; a (nonce, nc) pair is accepted once,
    /// in a bounded table.
    pub fn verify(
        &mut self,
        now: Time,
        peer: IpAddr,
        realm: &str,
        request: &Message,
        password: Option<&str>,
    ) -> Verdict {
        let _ = (now, peer, realm, request, password);
        todo!()
    }
}

/// The client's side: the header value that answers a 401 or 407, or `None` where no challenge can be answered
/// (unknown algorithm, qop, or another realm than `realm` where one is given). Prefers SHA-256.
pub fn answer(
    challenge: &Message,
    credentials: &Credentials,
    realm: Option<&str>,
    method: &Method,
    uri: &str,
    cnonce: &str,
) -> Option<(crate::message::HeaderName, String)> {
    let _ = (challenge, credentials, realm, method, uri, cnonce);
    todo!()
}
