//! A firm's mail server: from the file to checked values.

use super::check::{Checker, capitalised};
use super::raw;
use std::path::Path;
use toml::Spanned;
use warmline_web::{InvalidMail, MailSettings, MailTls, is_email};

impl Checker {
    /// A firm's mail server. `public_url`: where visitors reach us.
    pub(super) fn mail(
        &mut self,
        raw: &raw::Firm,
        public_url: Option<&str>,
        base: &Path,
    ) -> Option<MailSettings> {
        for mailbox in raw.queues.iter().filter_map(|queue| queue.mailbox.as_ref()) {
            if !is_email(mailbox.get_ref()) {
                self.error(mailbox, format!("`{}` is not an e-mail address", mailbox.get_ref()));
            } else if raw.mail.is_none() {
                self.error(mailbox, "mailbox needs a mail server: [firms.mail]");
            }
        }
        let mail = raw.mail.as_ref()?;
        let Some(links) = public_url else {
            self.error(&mail.server, "[firms.mail] needs web.public_url: letters have links to it");
            return None;
        };
        let tls = match mail.tls.get_ref().as_str() {
            "starttls" => MailTls::Starttls,
            "implicit" => MailTls::Implicit,
            "never" => MailTls::Never,
            text => {
                self.error(&mail.tls, format!("`{text}` is not starttls, implicit or never"));
                return None;
            }
        };
        let credentials = match (&mail.user, &mail.password) {
            (Some(user), Some(password)) => Some((user.get_ref().clone(), self.secret(password.get_ref()))),
            (None, None) => None,
            (Some(at), None) | (None, Some(at)) => {
                self.error(at, "user and password of [firms.mail] go together");
                None
            }
        };
        let ca = match mail.ca.as_ref().map(|ca| (ca, std::fs::read(base.join(ca.get_ref())))) {
            Some((ca, Err(error))) => {
                self.error(ca, format!("{}: {error}", ca.get_ref().display()));
                return None;
            }
            Some((_, Ok(pem))) => pem,
            None => Vec::new(),
        };
        let named = (raw.name.get_ref().as_str(), &*capitalised(raw.name.get_ref()));
        let (server, from) = (mail.server.get_ref(), mail.from.get_ref());
        match MailSettings::new(named, (server, tls, ca), from, links, credentials) {
            Ok(settings) if settings.is_open() => {
                self.error(&mail.tls, "never is for a server on this machine: others could read the letters");
                None
            }
            Ok(settings) => Some(settings),
            Err(error) => {
                let at: &Spanned<String> = if error == InvalidMail::From { &mail.from } else { &mail.server };
                self.error(at, error);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, diff, parse};
    use std::path::Path;

    const MAIL: &str = "[firms.mail]\nserver = \"smtp.test:587\"\nfrom = \"Acme <calls@acme.test>\"\n";

    fn read(url: bool, mail: &str, queue: &str) -> Result<Config, Vec<String>> {
        let web = if url { "[web]\npublic_url = \"https://sw.test\"\n" } else { "" };
        let text =
            format!("{web}[[firms]]\nname = \"acme\"\n{mail}\n[[firms.queues]]\nname = \"sales\"\n{queue}");
        parse(Path::new("w.toml"), &text).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_firm_has_a_mail_server_and_its_queues_mailboxes() {
        let config = read(true, MAIL, "mailbox = \"sales@acme.test\"").expect("valid");
        assert!(config.firms[0].mail && config.mails.len() == 1);
        assert_eq!(config.firms[0].queues[0].mailbox.as_deref(), Some("sales@acme.test"));
        let plain = read(false, "", "").expect("valid");
        assert!(!plain.firms[0].mail && plain.mails.is_empty());
        for (url, mail, queue, expected) in [
            (false, MAIL.to_owned(), "", "needs web.public_url"),
            (true, MAIL.replace(":587", ""), "", "a host and a port"),
            (true, MAIL.replace(":587", ":0"), "", "a host and a port"),
            (true, MAIL.replace("calls@acme.test", "calls"), "", "is an address"),
            (true, format!("{MAIL}tls = \"never\""), "", "on this machine"),
            (true, format!("{MAIL}tls = \"maybe\""), "", "not starttls, implicit or never"),
            (true, format!("{MAIL}user = \"a\""), "", "go together"),
            (true, String::new(), "mailbox = \"sales@acme.test\"", "needs a mail server"),
            (true, MAIL.to_owned(), "mailbox = \"sales\"", "not an e-mail address"),
        ] {
            let errors = read(url, &mail, queue).expect_err(expected);
            assert!(errors[0].contains(expected), "{errors:?}");
        }
        assert!(
            read(true, &MAIL.replace("smtp.test", "127.0.0.1").replace("587\"", "25\"\ntls = \"never\""), "")
                .is_ok()
        );
    }

    #[test]
    fn a_reload_takes_another_server_and_shows_no_password() {
        let old = read(true, MAIL, "").expect("valid");
        let new = read(true, &format!("{MAIL}user = \"u\"\npassword = \"hidden\""), "").expect("valid");
        let told: Vec<String> = diff::diff(&old, &new).iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|line| line.contains("mail")), "{told:?}");
        assert!(told.iter().all(|line| !line.contains("hidden") && !line.contains("restart")), "{told:?}");
    }
}
