//! Chats: from the file to checked values.

use super::check::Checker;
use super::raw;
use std::time::Duration;
use warmline_coordination::settings::ChatSettings;

impl Checker {
    /// How a firm's agents chat.
    pub(super) fn chat(&mut self, raw: &raw::Chat) -> ChatSettings {
        let auto_accept = match raw.accept.get_ref().as_str() {
            "click" => false,
            "auto" => true,
            other => {
                self.error(&raw.accept, format!("`{other}` is not click or auto"));
                false
            }
        };
        for (secs, least, most) in [(&raw.grace_secs, 10, 3_600), (&raw.idle_secs, 60, 86_400)] {
            if !(least..=most).contains(secs.get_ref()) {
                self.error(secs, format!("this is {least} to {most} seconds"));
            }
        }
        ChatSettings {
            during_calls: raw.during_calls,
            calls_when_full: raw.calls_when_full,
            auto_accept,
            grace: Duration::from_secs((*raw.grace_secs.get_ref()).into()),
            idle: Duration::from_secs((*raw.idle_secs.get_ref()).into()),
        }
    }

    /// How many chats an agent holds: his own figure, or his firm's.
    pub(super) fn chats_each(&mut self, own: Option<&toml::Spanned<u32>>, firm: u32) -> u32 {
        if let Some(own) = own {
            self.at_most_chats(own);
        }
        own.map_or(firm, |own| *own.get_ref())
    }

    /// No more than a person can have in sight.
    pub(super) fn at_most_chats(&mut self, chats: &toml::Spanned<u32>) {
        if *chats.get_ref() > MOST {
            self.error(chats, format!("an agent has at most {MOST} chats at a time"));
        }
    }
}

/// Chats of one agent at a time.
const MOST: u32 = 20;
