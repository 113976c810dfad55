//! An agent's phone, the one that stands in for it, and what he may do.

use super::check::{Checker, capitalised, is_e164};
use super::raw;
use std::collections::HashSet;
use warmline_coordination::settings as firm;

impl Checker {
    pub(super) fn agent(
        &mut self,
        raw: raw::Agent,
        users: &HashSet<String>,
        trunks: &HashSet<String>,
        chats: u32,
    ) -> firm::AgentSettings {
        self.user_name(&raw.name);
        if argon2::PasswordHash::new(raw.password_hash.get_ref()).is_err() {
            self.error(
                &raw.password_hash,
                "password_hash is no argon2 string: `warmline hash-password` makes one",
            );
        }
        for (skill, level) in &raw.skills {
            if !(1..=5).contains(level.get_ref()) {
                self.error(level, format!("skill `{skill}` has a level of 1 to 5"));
            }
        }
        let known = |text: &str| match text {
            "browser" => Some(firm::Station::Browser),
            text if text.strip_prefix("account:").is_some_and(|user| users.contains(user)) => {
                Some(firm::Station::Account(text["account:".len()..].to_string()))
            }
            text if text.strip_prefix('+').is_some_and(is_e164) => {
                Some(firm::Station::Number(text.to_string()))
            }
            text if extension(text).is_some_and(|(trunk, _)| trunks.contains(trunk)) => {
                let (trunk, extension) = extension(text)?;
                Some(firm::Station::Extension { trunk: trunk.to_owned(), extension: extension.to_owned() })
            }
            _ => None,
        };
        let station = known(raw.station.get_ref()).unwrap_or_else(|| {
            let text = raw.station.get_ref();
            let wrong = format!(
                "`{text}` is not browser, account:USER of [[accounts]], a number +49…, or extension:TRUNK/NUMBER of [[trunks]]"
            );
            self.error(&raw.station, wrong);
            firm::Station::Browser
        });
        let backup = raw.backup.and_then(|text| {
            let backup = known(text.get_ref()).filter(|backup| *backup != firm::Station::Browser);
            if backup.is_none() {
                let wrong = "backup is account:USER of [[accounts]], or a number +49…";
                self.error(&text, wrong);
            } else if station != firm::Station::Browser {
                self.error(&text, "only an agent with station = \"browser\" has a backup");
            }
            backup
        });
        let auto_answer = match raw.auto_answer.get_ref().as_str() {
            "never" => firm::AutoAnswer::Never,
            "always" => firm::AutoAnswer::Always,
            "wished" => firm::AutoAnswer::Wished,
            text => {
                self.error(&raw.auto_answer, format!("`{text}` is not never, wished or always"));
                firm::AutoAnswer::Wished
            }
        };
        let warm_code = raw.warm_line_code.map(|code| {
            let text = code.get_ref();
            if !(4..=10).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                self.error(&code, "warm_line_code is 4 to 10 digits");
            }
            code.into_inner()
        });
        let picture = raw.picture.and_then(|text| self.media_address(&text));
        let rights = self.rights(&raw.rights);
        let name = raw.name.into_inner();
        firm::AgentSettings {
            warm_code,
            display_name: raw.display_name.unwrap_or_else(|| capitalised(&name)),
            name,
            picture,
            password_hash: raw.password_hash.into_inner(),
            skills: raw.skills.into_iter().map(|(skill, level)| (skill, level.into_inner())).collect(),
            station,
            calling: firm::CallingSettings { confirm: raw.confirm, auto_answer, outbound: raw.outbound },
            represents: firm::Represents::default(),
            supervisor: None,
            rights,
            backup,
            chats,
        }
    }
}

impl Checker {
    fn rights(&mut self, raw: &[toml::Spanned<String>]) -> firm::Rights {
        let mut rights = firm::Rights::default();
        for right in raw {
            let text = right.get_ref().as_str();
            let given = match text {
                "priority" => &mut rights.priority,
                "contacts" => &mut rights.contacts,
                _ => {
                    self.error(right, format!("`{text}` is no right: there are `priority` and `contacts`"));
                    continue;
                }
            };
            if std::mem::replace(given, true) {
                self.error(right, format!("`{text}` is there twice"));
            }
        }
        rights
    }
}

/// Trunk and number of a station `extension:TRUNK/NUMBER`.
fn extension(text: &str) -> Option<(&str, &str)> {
    let (trunk, number) = text.strip_prefix("extension:")?.split_once('/')?;
    let dialled = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
    ((1..=20).contains(&number.len()) && number.bytes().all(dialled)).then_some((trunk, number))
}
