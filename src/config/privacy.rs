//! How long people are kept, and what they may ask for.

use super::check::{Checker, DAY};
use super::raw;
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::settings::PrivacySettings;

/// Days.
const MOST: u32 = 3_650;

impl Checker {
    pub(super) fn privacy(&mut self, raw: &raw::Privacy) -> PrivacySettings {
        let keep = self.days(&raw.keep_days);
        let keep_contacts = self.days(&raw.contact_days);
        if keep.zip(keep_contacts).is_some_and(|(keep, contacts)| contacts < keep) {
            let text =
                "contact_days is less than keep_days: a record is kept for as long as what was said with him";
            self.error(&raw.contact_days, text);
        }
        PrivacySettings {
            erase_evidence: raw.erase_evidence,
            visitors_may_erase: raw.visitors_may_erase,
            withdrawal_erases: raw.withdrawal_erases,
            keep,
            keep_contacts,
        }
    }

    fn days(&mut self, raw: &Spanned<u32>) -> Option<Duration> {
        let days = self.figure(raw, 0, MOST);
        (days > 0).then(|| DAY * days)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    #[test]
    fn people_are_kept_for_ever_or_so_many_days() {
        let read = |privacy: &str| {
            let text = format!("[[firms]]\nname = \"acme\"\n{privacy}\n[[firms.queues]]\nname = \"sales\"");
            parse(Path::new("w.toml"), &text).map_err(|errors| errors[0].to_string())
        };
        let days = |privacy: &str| {
            let privacy = read(privacy).expect(privacy).firms[0].privacy;
            [privacy.keep, privacy.keep_contacts].map(|keep| keep.map(|keep| keep.as_secs() / 86_400))
        };
        assert_eq!(days(""), [None, None]);
        assert_eq!(days("privacy = { keep_days = 90, contact_days = 1095 }"), [Some(90), Some(1_095)]);
        assert_eq!(days("privacy = { contact_days = 30 }"), [None, Some(30)]);
        for (privacy, expected) in [
            ("privacy = { keep_days = 3651 }", "this is 0 to 3650"),
            ("privacy = { keep_days = -1 }", "invalid value"),
            ("privacy = { keep_days = 90, contact_days = 30 }", "contact_days is less than keep_days"),
        ] {
            let error = read(privacy).expect_err(privacy);
            assert!(error.contains(expected), "{error}");
        }
    }
}
