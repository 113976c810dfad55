//! Clients of a firm: in whose name its sites, queues and agents answer.

use super::check::Checker;
use super::raw;
use std::collections::HashSet;
use toml::Spanned;
use warmline_coordination::settings as firm;

/// Characters of a client's name at most.
const LONGEST: usize = 60;

impl Checker {
    /// Their names.
    pub(super) fn clients(&mut self, raw: Vec<raw::Client>) -> Vec<String> {
        let mut seen = HashSet::new();
        for raw::Client { name } in &raw {
            let text = name.get_ref();
            if text.trim().is_empty() || text.chars().count() > LONGEST {
                self.error(name, format!("a client's name has 1 to {LONGEST} characters"));
            }
            if !seen.insert(text.clone()) {
                self.error(name, format!("two clients are named `{text}`"));
            }
        }
        raw.into_iter().map(|client| client.name.into_inner()).collect()
    }

    /// Whose a site or a queue is.
    pub(super) fn client(&mut self, named: Option<Spanned<String>>, clients: &[String]) -> Option<String> {
        let named = named?;
        self.known(&named, "client", clients.iter()).then(|| named.into_inner())
    }

    /// For whom an agent answers.
    pub(super) fn represents(
        &mut self,
        (named, clients): (&[Spanned<String>], &[String]),
        (at, sites): (&[Spanned<String>], &[firm::SiteSettings]),
    ) -> firm::Represents {
        for client in named {
            self.known(client, "client", clients.iter());
        }
        for site in at {
            self.known(site, "site of this firm", sites.iter().map(|site| &site.name));
        }
        let names = |list: &[Spanned<String>]| list.iter().map(|name| name.get_ref().clone()).collect();
        firm::Represents { clients: names(named), sites: names(at) }
    }

    fn known<'a>(
        &mut self,
        named: &Spanned<String>,
        what: &str,
        mut all: impl Iterator<Item = &'a String>,
    ) -> bool {
        let known = all.any(|name| name == named.get_ref());
        if !known {
            self.error(named, format!("no {what} is named `{}`", named.get_ref()));
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use warmline_coordination::settings::{FirmSettings, Represents};

    /// The example with two clients and these keys for its site, its queue and its first agent.
    fn read(clients: &str, [site, queue, agent]: [&str; 3]) -> Result<FirmSettings, String> {
        let text = include_str!("../../docs/example.toml")
            .replacen("[[firms.sites]]\n", &format!("{clients}[[firms.sites]]\n{site}\n"), 1)
            .replacen("[[firms.queues]]\n", &format!("[[firms.queues]]\n{queue}\n"), 1)
            .replacen("[[firms.agents]]\n", &format!("[[firms.agents]]\n{agent}\n"), 1);
        match parse(Path::new("w.toml"), &text) {
            Ok(config) => Ok(config.firms[0].clone()),
            Err(errors) => Err(errors[0].to_string()),
        }
    }

    const TWO: &str = "[[firms.clients]]\nname = \"Shoes\"\n[[firms.clients]]\nname = \"Hats\"\n";

    #[test]
    fn sites_queues_and_agents_name_clients() {
        let firm = read("", [""; 3]).expect("valid");
        assert!(firm.clients.is_empty() && firm.agents[0].represents == Represents::default());
        let keys = ["client = \"Shoes\"", "client = \"Hats\"", "clients = [\"Hats\"]\nsites = [\"shop\"]"];
        let firm = read(TWO, keys).expect("valid");
        assert_eq!(firm.clients, ["Shoes", "Hats"]);
        assert_eq!(firm.sites[0].client.as_deref(), Some("Shoes"));
        assert_eq!(firm.queues[0].client.as_deref(), Some("Hats"));
        let represents = Represents { clients: vec!["Hats".into()], sites: vec!["shop".into()] };
        assert_eq!(firm.agents[0].represents, represents);
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_with_its_line() {
        for (keys, expected) in [
            (["client = \"Gloves\"", "", ""], "no client is named `Gloves`"),
            (["", "client = \"shoes\"", ""], "no client is named `shoes`"),
            (["", "", "clients = [\"Hats\", \"Gloves\"]"], "no client is named `Gloves`"),
            (["", "", "sites = [\"market\"]"], "no site of this firm is named `market`"),
        ] {
            let error = read(TWO, keys).expect_err(expected);
            assert!(error.contains(expected) && error.starts_with("w.toml:"), "{error}");
        }
        let twice = TWO.replace("Hats", "Shoes");
        assert!(read(&twice, [""; 3]).expect_err("twice").contains("two clients are named `Shoes`"));
        let empty = TWO.replace("Hats", " ");
        assert!(read(&empty, [""; 3]).expect_err("empty").contains("1 to 60 characters"));
    }
}
