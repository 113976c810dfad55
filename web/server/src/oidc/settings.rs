//! What a firm's log-in at its own provider is configured with, checked.

use crate::webhook::settings::{Target, target};
use std::collections::BTreeMap;
use std::fmt;

/// Where a provider describes itself (OpenID Connect Discovery 1.0 §4).
const DESCRIPTION: &str = "/.well-known/openid-configuration";

/// With which of its words a provider names an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OidcClaim {
    /// `preferred_username`
    PreferredUsername,
    /// `email`, where the provider has verified it.
    Email,
    /// `sub`
    Subject,
}

/// A firm's OpenID Connect provider.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// The firm's name.
    pub firm: String,
    /// By what agents know it: "Sign in with …".
    pub label: String,
    /// What names the agent.
    pub claim: OidcClaim,
    /// Passwords are not taken.
    pub only: bool,
    /// Agents by what the provider calls them.
    pub agents: BTreeMap<String, String>,
    pub(super) issuer: String,
    pub(super) description: Target,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) allow_private: bool,
}

impl fmt::Debug for OidcSettings {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcSettings").field("firm", &self.firm).field("issuer", &self.issuer).finish()
    }
}

/// What is wrong with a provider's settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidOidc {
    /// Not an https address without query, user and fragment.
    Issuer,
    /// `http:` where private addresses are not allowed.
    Plain,
    /// Empty, or longer than 1,024 bytes.
    Client,
}

impl fmt::Display for InvalidOidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidOidc::Issuer => {
                "issuer is not https://host or https://host/path (no user, query, fragment)"
            }
            InvalidOidc::Plain => "issuer is http: only with allow_private = true, otherwise https",
            InvalidOidc::Client => "client_id and client_secret of [firms.oidc] have 1 to 1,024 bytes",
        })
    }
}

impl std::error::Error for InvalidOidc {}

impl OidcSettings {
    /// A provider that knows us as `client_id`, without agents yet. With `allow_private`, addresses of the own network and plain
    /// http are allowed.
    ///
    /// # Errors
    /// What is wrong with it; see [`InvalidOidc`].
    pub fn new(
        firm: &str,
        issuer: &str,
        (client_id, client_secret): (&str, &str),
        allow_private: bool,
    ) -> Result<Self, InvalidOidc> {
        let description = target(&format!("{}{DESCRIPTION}", issuer.trim_end_matches('/')));
        let description = description.filter(|_| !issuer.contains('?')).ok_or(InvalidOidc::Issuer)?;
        if !description.secure && !allow_private {
            return Err(InvalidOidc::Plain);
        }
        if [client_id, client_secret].iter().any(|text| text.is_empty() || text.len() > 1_024) {
            return Err(InvalidOidc::Client);
        }
        Ok(OidcSettings {
            firm: firm.to_owned(),
            label: description.host.clone(),
            claim: OidcClaim::PreferredUsername,
            only: false,
            agents: BTreeMap::new(),
            issuer: issuer.to_owned(),
            description,
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            allow_private,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_have_an_address_and_know_us() {
        let new = |issuer, client, private| OidcSettings::new("acme", issuer, client, private);
        let good = new("https://id.test/realms/acme/", ("warmline", "s"), false).unwrap();
        assert_eq!((good.issuer.as_str(), good.label.as_str()), ("https://id.test/realms/acme/", "id.test"));
        assert_eq!(good.description.path_and_query, "/realms/acme/.well-known/openid-configuration");
        assert!(!format!("{good:?}").contains("warmline"));
        assert!(new("http://127.0.0.1:9", ("warmline", "s"), true).is_ok());
        for (issuer, client, wrong) in [
            ("http://id.test", ("a", "b"), InvalidOidc::Plain),
            ("https://id.test?x", ("a", "b"), InvalidOidc::Issuer),
            ("https://id.test#x", ("a", "b"), InvalidOidc::Issuer),
            ("https://a@id.test", ("a", "b"), InvalidOidc::Issuer),
            ("id.test", ("a", "b"), InvalidOidc::Issuer),
            ("https://id.test", ("", "b"), InvalidOidc::Client),
            ("https://id.test", ("a", ""), InvalidOidc::Client),
        ] {
            assert_eq!(new(issuer, client, false).err(), Some(wrong), "{issuer}");
        }
    }
}
