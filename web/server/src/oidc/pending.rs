//! A log-in that is under way: sealed in a cookie of the browser that began it, good for ten minutes and once.

use crate::clock;
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use warmline_time::Time;

const COOKIE: &str = "warmline_oidc";
/// No other request carries it.
const PATH: &str = "/v1/agent/oidc";
const LIFETIME: Duration = Duration::from_secs(600);
/// States that came back within the last ten minutes.
const USED: usize = 20_000;

/// What the cookie seals.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub firm: String,
    pub state: String,
    pub nonce: String,
    /// RFC 7636 §4.1.
    pub verifier: String,
    /// Where the provider sends the browser back to.
    pub redirect: String,
    /// Also where the agent is logged in on another device.
    pub take_over: bool,
    /// Microseconds since the epoch.
    expires: u64,
}

impl Pending {
    pub fn begin(firm: &str, redirect: String, take_over: bool, now: Time) -> Self {
        let random = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Pending {
            firm: firm.to_owned(),
            state: random(),
            nonce: random(),
            verifier: random(),
            redirect,
            take_over,
            expires: (now + LIFETIME).as_micros(),
        }
    }

    /// What the provider is shown of the verifier (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// Into the cookie. The provider's redirect is another site's doing: Lax lets it through.
    pub fn seal(&self, jar: PrivateCookieJar, secure: bool) -> PrivateCookieJar {
        let cookie = Cookie::build((COOKIE, serde_json::json!(self).to_string()))
            .path(PATH)
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure);
        jar.add(match LIFETIME.try_into() {
            Ok(lifetime) => cookie.max_age(lifetime),
            Err(_) => cookie,
        })
    }

    /// Out of the cookie, while it is good.
    pub fn open(jar: &PrivateCookieJar, now: Time) -> Option<Self> {
        read(jar.get(COOKIE)?.value(), now)
    }
}

fn read(value: &str, now: Time) -> Option<Pending> {
    let pending: Pending = serde_json::from_str(value).ok()?;
    (now < Time::from_micros(pending.expires)).then_some(pending)
}

/// Takes the cookie away.
pub(super) fn end(jar: PrivateCookieJar) -> PrivateCookieJar {
    jar.remove(Cookie::build(COOKIE).path(PATH))
}

/// States that came back, until they would not be good any more: each counts once.
#[derive(Default)]
pub(super) struct Used(Mutex<HashMap<String, Time>>);

impl Used {
    /// Whether it is used for the first time. Only states that we sealed come here; with too many of them nobody logs in for a while.
    pub fn first(&self, pending: &Pending) -> bool {
        self.take(&pending.state, Time::from_micros(pending.expires), clock::now())
    }

    fn take(&self, state: &str, expires: Time, now: Time) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= USED {
            used.retain(|_, expires| now < *expires);
        }
        used.len() < USED && used.insert(state.to_owned(), expires).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_under_way_ends_by_itself() {
        let now = Time::from_micros(1_000_000_000_000);
        let pending = Pending::begin("acme", "https://desk.test/cb".into(), false, now);
        let text = serde_json::to_string(&pending).unwrap();
        assert!(read(&text, now + LIFETIME - Duration::from_micros(1)).is_some());
        assert!(read(&text, now + LIFETIME).is_none());
        assert!(read("{}", now).is_none());
        let other = Pending::begin("acme", "https://desk.test/cb".into(), false, now);
        assert!(
            pending.state != other.state && pending.nonce != other.nonce && pending.state != pending.nonce
        );
        assert_eq!(pending.verifier.len(), 43, "the shortest that is allowed");
    }

    #[test]
    fn the_challenge_is_the_hash_of_the_verifier() {
        let mut pending = Pending::begin("acme", String::new(), false, Time::ZERO);
        // RFC 7636, appendix B.
        pending.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        assert_eq!(pending.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_state_counts_once_and_the_table_has_an_end() {
        let (used, now) = (Used::default(), Time::from_micros(1));
        let later = now + LIFETIME;
        assert!(used.take("a", later, now));
        assert!(!used.take("a", later, now));
        for n in 1..USED {
            assert!(used.take(&n.to_string(), later, now));
        }
        assert!(!used.take("b", later, now), "full");
        assert!(used.take("b", later + LIFETIME, later), "the old ones are forgotten");
    }
}
