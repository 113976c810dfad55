//! Who people are by others' word: sites' identity keys, and the firm's CRM.

use super::check::Checker;
use super::raw;
use std::collections::HashMap;
use std::path::Path;
use toml::Spanned;
use warmline_web::{CrmSettings, InvalidIdentityKey, InvalidWebhook, SiteIdentity};

impl Checker {
    /// Where a firm's CRM is.
    pub(super) fn lookup(&mut self, raw: &raw::Firm) -> Option<CrmSettings> {
        let lookup = raw.lookup.as_ref()?;
        if !(1..=5_000).contains(&lookup.timeout_ms) {
            self.error(&lookup.url, "timeout_ms of [firms.lookup] is 1 to 5000");
        }
        if lookup.fields.len() > 20 {
            self.error(&lookup.url, "[firms.lookup] shows at most 20 fields");
        }
        let secret = self.secret(lookup.secret.get_ref());
        let (url, fields) = (lookup.url.get_ref(), lookup.fields.clone());
        let settings = CrmSettings::new(raw.name.get_ref(), url, &secret, fields, lookup.allow_private);
        if let Err(error) = &settings {
            let at = if *error == InvalidWebhook::Secret { &lookup.secret } else { &lookup.url };
            self.error(at, error);
        }
        settings.ok()
    }

    /// The keys of a firm's sites, by the site's name.
    pub(super) fn identities(
        &mut self,
        raw: &raw::Firm,
        base: &Path,
        identities: &mut HashMap<String, SiteIdentity>,
    ) {
        for site in &raw.sites {
            let keys = site.identity_keys.iter().map(|key| (Some(&key.kid), &key.secret, &key.public_key));
            let alone = site.identity_secret.is_some() || site.identity_public_key.is_some();
            let alone = alone.then_some((None, &site.identity_secret, &site.identity_public_key));
            let mut all = alone.into_iter().chain(keys).peekable();
            if all.peek().is_none() {
                continue;
            }
            if site.identity_priority > 7 {
                self.error(&site.name, "identity_priority is 0 to 7");
            }
            let mut identity = SiteIdentity::new(site.identity_priority);
            for (kid, secret, public_key) in all {
                let at = kid.unwrap_or(&site.name);
                if let Some(more) = self.identity_key(identity.clone(), (kid, at), (secret, public_key), base)
                {
                    identity = more;
                }
            }
            identities.insert(site.name.get_ref().clone(), identity);
        }
    }

    fn identity_key(
        &mut self,
        identity: SiteIdentity,
        (kid, at): (Option<&Spanned<String>>, &Spanned<String>),
        (secret, public_key): (&Option<Spanned<String>>, &Option<Spanned<std::path::PathBuf>>),
        base: &Path,
    ) -> Option<SiteIdentity> {
        let kid = kid.map(|kid| kid.get_ref().as_str());
        let added = match (secret, public_key) {
            (Some(secret), None) => {
                let text = self.secret(secret.get_ref());
                identity.with_secret(kid, &text)
            }
            (None, Some(file)) => match std::fs::read_to_string(base.join(file.get_ref())) {
                Ok(pem) => identity.with_public_key(kid, &pem),
                Err(error) => {
                    self.error(file, format!("{} cannot be read: {error}", file.get_ref().display()));
                    return None;
                }
            },
            _ => {
                self.error(at, "an identity key is a secret or a public key, one of the two");
                return None;
            }
        };
        added.map_err(|error: InvalidIdentityKey| self.error(at, error)).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, parse};
    use std::path::Path;

    fn read(site: &str, firm: &str) -> Result<Config, Vec<String>> {
        let text = format!(
            "[[trunks]]\nname = \"t\"\npeers = [\"127.0.0.1:5070\"]\n[[firms]]\nname = \"acme\"\n{firm}\n\
             [[firms.pools]]\nname = \"p\"\nnumbers = [\"+493012345000\"]\ntrunk = \"t\"\n[[firms.queues]]\nname = \"sales\"\n\
             [[firms.sites]]\nname = \"shop\"\norigins = [\"https://shop.test\"]\npool = \"p\"\n{site}\n"
        );
        parse(Path::new("w.toml"), &text).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn sites_have_keys_and_firms_a_crm() {
        let secret = "a secret of thirty-two bytes, all told";
        let config = read(&format!("identity_secret = \"{secret}\""), "").expect("valid");
        assert!(config.identities.contains_key("shop") && config.lookups.is_empty());
        let two = format!(
            "[[firms.sites.identity_keys]]\nkid = \"a\"\nsecret = \"{secret}\"\n[[firms.sites.identity_keys]]\nkid = \"b\"\nsecret = \"{secret}\""
        );
        assert!(read(&two, "").is_ok());
        let hook = warmline_web::mint_webhook_secret(&[1; 24]);
        let crm =
            |more: &str| format!("lookup = {{ url = \"https://crm.test/who\", secret = \"{hook}\"{more} }}");
        let config = read("", &crm(", keep = true, fields = [\"plan\"]")).expect("valid");
        let lookup = config.firms[0].lookup.expect("there");
        assert_eq!((lookup.soon.as_millis(), lookup.keep, config.lookups.len()), (300, true, 1));
        assert!(config.identities.is_empty() && read("", "").expect("valid").firms[0].lookup.is_none());
        for (site, firm, expected) in [
            ("identity_secret = \"short\"", String::new(), "32 bytes at least"),
            ("identity_public_key = \"no/such.pem\"", String::new(), "no/such.pem cannot be read"),
            ("[[firms.sites.identity_keys]]\nkid = \"a\"", String::new(), "one of the two"),
            (&two.replace("\"b\"", "\"a\""), String::new(), "a kid of its own"),
            ("", crm(", timeout_ms = 0"), "timeout_ms of [firms.lookup] is 1 to 5000"),
            ("", crm("").replace("https:", "http:"), "only with allow_private"),
            ("", crm("").replace(&hook, "guess"), "secret is not whsec_"),
        ] {
            let errors = read(site, &firm).expect_err(expected);
            assert!(errors[0].contains(expected), "{errors:?}");
        }
    }
}
