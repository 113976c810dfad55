//! Keys and webhooks of a firm's own programs.

use super::check::Checker;
use super::raw;
use std::collections::HashSet;
use toml::Spanned;
use warmline_web::{ApiKey, InvalidWebhook, Right, WebhookSettings};

/// Webhooks of one firm: each event is posted to all that want it.
const WEBHOOKS: usize = 20;
/// Keys of one firm.
const KEYS: usize = 100;

impl Checker {
    /// Takes the keys and webhooks out of a firm.
    pub(super) fn programs(
        &mut self,
        raw: &mut raw::Firm,
        keys: &mut Vec<ApiKey>,
        webhooks: &mut Vec<WebhookSettings>,
    ) {
        let firm = raw.name.get_ref().clone();
        if raw.keys.len() > KEYS || raw.webhooks.len() > WEBHOOKS {
            self.error(&raw.name, format!("a firm has at most {KEYS} keys and {WEBHOOKS} webhooks"));
        }
        let mut names = HashSet::new();
        for key in std::mem::take(&mut raw.keys) {
            if !names.insert(key.name.get_ref().clone()) {
                self.error(&key.name, format!("two keys are named `{}`", key.name.get_ref()));
            }
            keys.extend(self.key(&firm, key));
        }
        for hook in std::mem::take(&mut raw.webhooks) {
            webhooks.extend(self.webhook(&firm, hook));
        }
    }

    fn key(&mut self, firm: &str, raw: raw::Key) -> Option<ApiKey> {
        self.user_name(&raw.name);
        let rights = raw.rights.iter().filter_map(|text| self.right(text)).collect();
        let key = ApiKey::new(firm, raw.name.get_ref(), raw.secret_sha256.get_ref(), rights);
        if key.is_err() {
            self.error(
                &raw.secret_sha256,
                "secret_sha256 is not 64 lower-case hexadecimal digits: `warmline key` prints them",
            );
        }
        key.ok()
    }

    fn right(&mut self, text: &Spanned<String>) -> Option<Right> {
        let all = [
            Right::Events,
            Right::Read,
            Right::Visitors,
            Right::Calls,
            Right::People,
            Right::Contacts,
            Right::Campaigns,
            Right::DoNotCall,
            Right::Evidence,
            Right::Erase,
            Right::Export,
        ];
        let right = all.into_iter().find(|right| right.name() == text.get_ref());
        if right.is_none() {
            self.error(
                text,
                format!(
                    "`{}` is not events, read, visitors, calls, people, contacts, campaigns, do_not_call, evidence, erase or export",
                    text.get_ref()
                ),
            );
        }
        right
    }

    fn webhook(&mut self, firm: &str, raw: raw::Webhook) -> Option<WebhookSettings> {
        let secret = self.secret(raw.secret.get_ref());
        let hook = WebhookSettings::new(firm, raw.url.get_ref(), &secret, &raw.events, raw.allow_private);
        if let Err(error) = &hook {
            let at = if *error == InvalidWebhook::Secret { &raw.secret } else { &raw.url };
            self.error(at, error);
        }
        hook.ok()
    }
}
