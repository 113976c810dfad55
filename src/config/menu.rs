//! The menu of a queue: from the file to checked values.

use super::check::Checker;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use toml::Spanned;
use warmline_coordination::settings;

/// `menu` of a queue: callers without a page are asked it once. Nothing pressed leads on to the queue.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// A WAV file in the folder of each language of `media.prompts`, `welcome.wav`; it names the keys of the languages.
    pub greeting: Option<Spanned<String>>,
    /// Keys and the languages they choose, `{ "1" = "de", "2" = "en" }`.
    #[serde(default)]
    pub languages: BTreeMap<String, Spanned<String>>,
    /// Who has a PIN on his page may key it in: 9 (`offer-pin.wav` says so).
    #[serde(default)]
    pub pin: bool,
    /// Who presses it, here or while he waits, is called back at his place (`offer-callback.wav` says so).
    pub callback_key: Option<Spanned<String>>,
}

/// The key that leads to the PIN.
const PIN_KEY: char = '9';

impl Checker {
    pub(super) fn menu(&mut self, raw: Spanned<Menu>) -> settings::Menu {
        let at = raw.span().start;
        let raw = raw.into_inner();
        let mut seen: HashSet<char> = raw.pin.then_some(PIN_KEY).into_iter().collect();
        let callback_key = raw.callback_key.as_ref().and_then(|key| {
            let digit = one_digit(key.get_ref());
            if !digit.is_some_and(|digit| seen.insert(digit)) {
                self.error(key, format!("callback_key `{}` is not one free digit", key.get_ref()));
            }
            digit
        });
        let mut languages = Vec::new();
        for (key, language) in &raw.languages {
            self.language(language);
            match one_digit(key).filter(|digit| seen.insert(*digit)) {
                Some(digit) => languages.push((digit, language.get_ref().clone())),
                None => self.error(language, format!("the key `{key}` of a language is not one free digit")),
            }
        }
        if languages.is_empty() && !raw.pin && callback_key.is_none() && raw.greeting.is_none() {
            self.errors.push((at, "this menu says and asks nothing".into()));
        }
        let greeting = raw.greeting.and_then(|file| self.greeting(&file));
        settings::Menu { greeting, languages, pin_key: raw.pin.then_some(PIN_KEY), callback_key }
    }

    /// A greeting's place among all.
    fn greeting(&mut self, file: &Spanned<String>) -> Option<u16> {
        let name = file.get_ref();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let stem = name.strip_suffix(".wav").unwrap_or_default();
        if stem.is_empty() || stem.starts_with('.') || name.len() > 64 || !name.bytes().all(plain) {
            self.error(file, format!("`{name}` is no file such as welcome.wav"));
            return None;
        }
        let place = self.greetings.iter().position(|known| known == name).unwrap_or_else(|| {
            self.greetings.push(name.clone());
            self.greetings.len() - 1
        });
        u16::try_from(place).ok()
    }
}

fn one_digit(key: &str) -> Option<char> {
    let mut digits = key.chars();
    digits.next().filter(|digit| digit.is_ascii_digit() && digits.next().is_none())
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use std::time::Duration;
    use warmline_coordination::settings::Menu;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    fn with(keys: &str) -> String {
        WHOLE.replacen("[[firms.queues]]\n", &format!("[[firms.queues]]\n{keys}"), 1)
    }

    #[test]
    fn takes_every_key() {
        let text = with(
            "announce_secs = 0\noffer_callback_secs = 240\nservice_level_secs = 10\nmenu = { greeting = \"welcome.wav\", \
             languages = { \"1\" = \"de\", \"2\" = \"en\" }, pin = true, callback_key = \"5\" }\n",
        );
        let config = parse(Path::new("w.toml"), &text).unwrap_or_else(|errors| panic!("{errors:?}"));
        let queue = &config.firms[0].queues[0];
        let menu = Menu {
            greeting: Some(0),
            languages: vec![('1', "de".into()), ('2', "en".into())],
            pin_key: Some('9'),
            callback_key: Some('5'),
        };
        assert_eq!(queue.menu, Some(menu));
        assert_eq!((queue.announce, queue.service_level), (Duration::ZERO, Duration::from_secs(10)));
        assert_eq!(queue.offer_callback, Duration::from_secs(240));
    }

    #[test]
    fn each_fault_is_a_sentence() {
        let text = with(
            "announce_secs = 9\nmenu = { greeting = \"../x.wav\", languages = { \"9\" = \"de\", \"10\" = \"en\" }, pin = true, callback_key = \"#\" }\n",
        );
        let errors = parse(Path::new("w.toml"), &text).expect_err("wrong");
        let errors: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        for said in [
            "this is 10 to 3600",
            "no file such as welcome.wav",
            "the key `9` of",
            "the key `10` of",
            "callback_key `#` is not",
        ] {
            assert!(errors.iter().any(|error| error.contains(said)), "{said}: {errors:?}");
        }
    }
}
