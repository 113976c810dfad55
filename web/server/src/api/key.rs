//! API keys: a program's proof of who it is, and what it may do. Only their hashes are kept.

use crate::client::Client;
use crate::clock;
use crate::limit::address_key;
use crate::problem::Refusal;
use crate::seal::{hex, unhex};
use crate::state::WebState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// What a key begins with.
const PREFIX: &str = "wlk_";
/// No key is longer, in bytes.
const LONGEST: usize = 200;

/// What a program may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Hear the firm's events.
    Events,
    /// See settings and states: webhooks, live calls, agents, queues, requests.
    Read,
    /// Act for visitors of the firm's sites.
    Visitors,
    /// Do with calls and agents what desktops can.
    Calls,
    /// See calls' customers: their numbers and names.
    People,
    /// Change contacts' records.
    Contacts,
    /// Put in jobs of the firm's own, and have them dialled.
    Campaigns,
    /// Say who is never called.
    DoNotCall,
    /// Have the evidence of a request: who has it sees numbers and names.
    Evidence,
    /// Have people erased.
    Erase,
    /// Have copies of all that is kept of people.
    Export,
}

impl Right {
    /// As it is written in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Right::Events => "events",
            Right::Read => "read",
            Right::Visitors => "visitors",
            Right::Calls => "calls",
            Right::People => "people",
            Right::Contacts => "contacts",
            Right::Campaigns => "campaigns",
            Right::DoNotCall => "do_not_call",
            Right::Evidence => "evidence",
            Right::Erase => "erase",
            Right::Export => "export",
        }
    }
}

/// A key of a firm.
#[derive(Clone, Debug)]
pub struct ApiKey {
    firm: String,
    name: String,
    hash: [u8; 32],
    rights: Vec<Right>,
}

/// A text that is not the hash of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidApiKey;

impl fmt::Display for InvalidApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a SHA-256 in 64 lower-case hexadecimal digits")
    }
}

impl std::error::Error for InvalidApiKey {}

impl ApiKey {
    /// A firm's key by its name and the hash of its text.
    ///
    /// # Errors
    /// Where `secret_sha256` is not a SHA-256 in lower-case hexadecimal.
    pub fn new(
        firm: &str,
        name: &str,
        secret_sha256: &str,
        rights: Vec<Right>,
    ) -> Result<Self, InvalidApiKey> {
        let hash = unhex(secret_sha256).ok_or(InvalidApiKey)?;
        Ok(ApiKey { firm: firm.into(), name: name.into(), hash, rights })
    }
}

/// A new key and its hash, from 32 random bytes.
pub fn mint_key(random: &[u8; 32]) -> (String, String) {
    let key = format!("{PREFIX}{}", hex(random));
    let hash = hex(&Sha256::digest(key.as_bytes()));
    (key, hash)
}

/// A program that has shown a key.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub firm: String,
    /// The key's.
    pub name: String,
    hash: [u8; 32],
    rights: Vec<Right>,
}

impl Caller {
    fn of(key: &ApiKey) -> Self {
        let (firm, name, rights) = (key.firm.clone(), key.name.clone(), key.rights.clone());
        Caller { firm, name, hash: key.hash, rights }
    }

    /// The same as the configuration has him now, where it has this very key.
    pub fn renewed(&self, state: &WebState) -> Result<Self, Refusal> {
        let settings = state.settings();
        let same = |key: &&ApiKey| (&key.firm, &key.name, &key.hash) == (&self.firm, &self.name, &self.hash);
        let key = settings.api_keys.iter().find(same);
        key.map(Caller::of).ok_or_else(|| unauthorized("wrong_key", "The key is not known any more."))
    }

    pub fn has(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Takes one of the key's calls a minute.
    pub fn count(&self, state: &WebState) -> Result<(), Refusal> {
        let row = (self.firm.clone(), self.name.clone());
        let taken = state.rates.api_calls.take(row, state.settings().limits.api_calls, clock::now());
        taken.map_err(Refusal::too_many)
    }

    /// Refuses what the key has no right to.
    pub fn may(&self, right: Right) -> Result<(), Refusal> {
        if self.has(right) {
            return Ok(());
        }
        let detail = format!("The key has not the right `{}`.", right.name());
        Err(Refusal::new(StatusCode::FORBIDDEN, "right_missing", detail))
    }
}

impl FromRequestParts<Arc<WebState>> for Caller {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let settings = state.settings();
        let client = Client::of(parts, &settings.trusted_proxies)?;
        let shown = bearer(&parts.headers)
            .ok_or_else(|| unauthorized("key_missing", "Show a key: `Authorization: Bearer wlk_…`."))?;
        // Taken beforehand and given back where the key is right: many at once are no way around it.
        state.allow(&state.rates.wrong_keys, settings.limits.wrong_keys, client.address)?;
        let Some(key) = find(&settings.api_keys, shown) else {
            metrics::counter!("warmline_web_wrong_keys_total").increment(1);
            return Err(unauthorized("wrong_key", "The key is not known."));
        };
        state.rates.wrong_keys.give_back(&address_key(client.address));
        let caller = Caller::of(key);
        caller.count(state)?;
        Ok(caller)
    }
}

fn unauthorized(code: &'static str, detail: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, code, detail)
}

/// The credential of `Authorization: Bearer …` (RFC 6750 §2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// The key with this text. All rows are looked at, each for the same time.
fn find<'a>(keys: &'a [ApiKey], shown: &str) -> Option<&'a ApiKey> {
    if shown.len() > LONGEST {
        return None;
    }
    let hash: [u8; 32] = Sha256::digest(shown.as_bytes()).into();
    let mut found = u32::MAX;
    for (index, key) in keys.iter().enumerate() {
        let right: Choice = key.hash.ct_eq(&hash);
        found.conditional_assign(&(index as u32), right);
    }
    keys.get(found as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_text_alone() {
        let (text, hash) = mint_key(&[7; 32]);
        assert!(text.starts_with("wlk_") && !text.contains(&hash));
        let key = |name: &str, hash: &str| ApiKey::new("acme", name, hash, vec![Right::Read]).unwrap();
        let keys = [key("one", &mint_key(&[8; 32]).1), key("two", &hash)];
        assert_eq!(find(&keys, &text).unwrap().name, "two");
        assert!(find(&keys, &hash).is_none(), "the hash is not the key");
        assert!(find(&keys, &text[..text.len() - 1]).is_none());
        assert!(find(&keys, "").is_none());
        assert!(find(&[], &text).is_none());
        assert_eq!(ApiKey::new("acme", "x", &text, vec![]).unwrap_err(), InvalidApiKey);
    }

    #[test]
    fn only_bearer_credentials_are_read() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer wlk_1").as_deref(), Some("wlk_1"));
        assert_eq!(read("bearer  wlk_1 ").as_deref(), Some("wlk_1"));
        for wrong in ["Basic wlk_1", "wlk_1", "Bearer ", "Bearer"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
