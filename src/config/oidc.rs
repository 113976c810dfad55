//! Where a firm's agents log in, if not here.

use super::check::Checker;
use super::raw;
use std::collections::BTreeMap;
use warmline_web::{OidcClaim, OidcSettings};

impl Checker {
    /// A firm's provider, and whom it calls what.
    pub(super) fn oidc(&mut self, raw: &raw::Firm) -> Option<OidcSettings> {
        let Some(oidc) = &raw.oidc else {
            for login in raw.agents.iter().filter_map(|agent| agent.login.as_ref()) {
                self.error(login, "login is what the provider of [firms.oidc] calls an agent: there is none");
            }
            return None;
        };
        let secret = self.secret(oidc.client_secret.get_ref());
        let (issuer, client) = (oidc.issuer.get_ref(), (oidc.client_id.get_ref().as_str(), secret.as_str()));
        let settings = OidcSettings::new(raw.name.get_ref(), issuer, client, oidc.allow_private);
        let mut settings = settings.map_err(|error| self.error(&oidc.issuer, error)).ok()?;
        settings.only = oidc.only;
        settings.claim = match oidc.claim.get_ref().as_str() {
            "preferred_username" => OidcClaim::PreferredUsername,
            "email" => OidcClaim::Email,
            "sub" => OidcClaim::Subject,
            text => {
                self.error(&oidc.claim, format!("`{text}` is not preferred_username, email or sub"));
                return None;
            }
        };
        if let Some(label) = &oidc.label {
            let text = label.get_ref();
            if text.trim().is_empty() || text.chars().count() > 40 || text.chars().any(char::is_control) {
                self.error(label, "label of [firms.oidc] is a line of 1 to 40 characters");
            }
            settings.label.clone_from(text);
        }
        settings.agents = self.logins(raw);
        Some(settings)
    }

    fn logins(&mut self, raw: &raw::Firm) -> BTreeMap<String, String> {
        let mut agents = BTreeMap::new();
        for agent in &raw.agents {
            let login = agent.login.as_ref().unwrap_or(&agent.name);
            if login.get_ref().is_empty() || login.get_ref().len() > 255 {
                self.error(login, "login of an agent has 1 to 255 bytes");
            }
            let known = agents.insert(login.get_ref().clone(), agent.name.get_ref().clone());
            if known.is_some() {
                self.error(login, format!("two agents log in as `{}`", login.get_ref()));
            }
        }
        agents
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, diff, parse};
    use std::path::Path;
    use warmline_web::OidcClaim;

    const OIDC: &str =
        "[firms.oidc]\nissuer = \"https://id.test\"\nclient_id = \"warmline\"\nclient_secret = \"s\"\n";

    fn read(oidc: &str, login: &str) -> Result<Config, Vec<String>> {
        let agent = |name: &str, login: &str| {
            let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTA";
            format!(
                "[[firms.agents]]\nname = \"{name}\"\npassword_hash = \"{hash}\"\nstation = \"browser\"\n{login}\n"
            )
        };
        let agents = [agent("alice", login), agent("bob", "")].concat();
        let queue = "[[firms.queues]]\nname = \"sales\"";
        let text = format!("[[firms]]\nname = \"acme\"\n{oidc}\n{agents}{queue}");
        parse(Path::new("w.toml"), &text).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn firms_have_a_provider_that_calls_agents_by_names() {
        let config = read(OIDC, "login = \"alice@acme.test\"").expect("valid");
        let oidc = &config.oidc[0];
        assert_eq!((oidc.firm.as_str(), oidc.label.as_str(), oidc.only), ("acme", "id.test", false));
        assert_eq!(oidc.claim, OidcClaim::PreferredUsername);
        let names: Vec<_> = oidc.agents.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(names, [("alice@acme.test", "alice"), ("bob", "bob")]);
        assert!(read("", "").expect("valid").oidc.is_empty());
        for (oidc, login, expected) in [
            (OIDC.replace("https", "http"), "", "only with allow_private"),
            (OIDC.replace("id.test", "id.test?a"), "", "no user, query, fragment"),
            (OIDC.replace("\"s\"", "\"\""), "", "1 to 1,024 bytes"),
            (format!("{OIDC}claim = \"name\""), "", "`name` is not preferred_username, email or sub"),
            (format!("{OIDC}label = \" \""), "", "1 to 40 characters"),
            (OIDC.to_owned(), "login = \"bob\"", "two agents log in as `bob`"),
            (String::new(), "login = \"a\"", "there is none"),
        ] {
            let errors = read(&oidc, login).expect_err(expected);
            assert!(errors[0].contains(expected), "{errors:?}");
        }
    }

    #[test]
    fn a_reload_tells_what_is_another_and_shows_no_secret() {
        let old = read(OIDC, "").expect("valid");
        let new = read(&OIDC.replace("\"s\"", "\"hidden\""), "").expect("valid");
        let told: Vec<String> = diff::diff(&old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("oidc") && !told[0].contains("hidden") && !told[0].contains("restart"),
            "{told:?}"
        );
    }
}
