//! Call me: from the file to checked values.

use super::check::Checker;
use super::prompts::unidentified;
use super::raw;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::calling_hours::has_zones;
use warmline_coordination::dial_limits::DialLimits;
use warmline_coordination::dial_policy::DialPolicy;
use warmline_coordination::dialing::{DialMode, MatchNumber, RETRIED, Retry, RetryPolicy};
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::settings::CallmeSettings;
use warmline_coordination::spending::Spend;

/// The longest pause between two attempts, in seconds.
const PAUSE: u32 = 86_400;
/// Prices at most.
const PRICES: usize = 10_000;
/// Diallings that an hour may have.
const MANY: u32 = 1_000_000;
/// Cents that a budget may have.
const BUDGET: u32 = 1_000_000_000;
/// Times that are tried again for one reason.
const TIMES: u32 = 20;

impl Checker {
    /// Whom a firm calls, when, and how often.
    pub(super) fn callme(
        &mut self,
        raw: raw::Callme,
        (do_not_call, suppressed): (NumberList, NumberList),
    ) -> CallmeSettings {
        for country in &raw.countries {
            let text = country.get_ref();
            if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                self.error(country, format!("`{text}` is not a country of two capital letters"));
            } else if !has_zones(text) {
                self.error(country, format!("`{text}` is no country whose time is known"));
            }
        }
        let max_attempts = self.figure(&raw.max_attempts, 1, 20);
        let ring = self.figure(&raw.ring_secs, 1, 30);
        let hours = self.figure(&raw.expire_hours, 1, 168);
        let days = self.figure(&raw.ahead_days, 1, 365);
        let minutes = self.figure(&raw.slot_minutes, 5, 240);
        let preview = self.figure(&raw.preview_secs, 10, 600);
        let remembered = self.figure(&raw.remember_number_days, 0, 90);
        let (numbers, hours_of_day) = (self.number_policy(&raw), self.calling_hours(&raw));
        let (limits, spend) = (self.dial_limits(&raw.limits), self.spend(&raw.limits, &raw.prices));
        let challenge = (self.figure(&raw.challenge_score, 0, 100), self.figure(&raw.challenge_bits, 8, 24));
        let retry = self.retry(raw.retry, max_attempts);
        CallmeSettings {
            policy: DialPolicy {
                numbers,
                hours: hours_of_day,
                do_not_call,
                suppressed,
                own_request: raw.own_request_over_registry,
            },
            remember_number: Duration::from_secs(u64::from(remembered) * 86_400),
            countries: raw.countries.into_iter().map(Spanned::into_inner).collect(),
            ring: Duration::from_secs(ring.into()),
            consent_version: raw.consent_version,
            retry,
            expire: Duration::from_secs(u64::from(hours) * 3600),
            ahead: Duration::from_secs(u64::from(days) * 86_400),
            slot: Duration::from_secs(u64::from(minutes) * 60),
            per_slot: raw.per_slot.as_ref().map(|most| self.figure(most, 1, 10_000)),
            mode: raw.mode,
            preview: Duration::from_secs(preview.into()),
            match_number: raw.match_number.into_inner(),
            on_machine: raw.on_machine.into(),
            predictive: raw.predictive.into_inner(),
            limits,
            spend,
            challenge,
        }
    }

    /// Whoever answers and finds nobody hears who has called: three notes tell nobody.
    pub(super) fn identification(&mut self, raw: &raw::Firm, folder: Option<&Path>) {
        if !*raw.callme.predictive.get_ref() {
            return;
        }
        let countries = raw.callme.countries.iter().map(|country| country.get_ref().as_str());
        for file in unidentified(folder, countries) {
            let file = file.display();
            self.error(
                &raw.callme.predictive,
                format!("predictive dialling needs {file}, in `media.prompts`: who has called, to whoever finds no agent"),
            );
        }
    }

    /// Digits that nobody asks for prove nothing.
    pub(super) fn digits_asked(&mut self, raw: &raw::Firm) {
        if *raw.callme.match_number.get_ref() == MatchNumber::Off {
            return;
        }
        let whole = raw.callme.mode == DialMode::AgentFirst;
        let mut modes = raw.queues.iter().map(|queue| queue.callme_mode);
        if modes.any(|mode| mode.map_or(whole, |mode| mode == DialMode::AgentFirst)) {
            let detail =
                "no digits are asked for where the agent is rung first (`agent_first`): set it to \"off\"";
            self.error(&raw.callme.match_number, detail);
        }
    }

    fn dial_limits(&mut self, raw: &raw::CallmeLimits) -> DialLimits {
        DialLimits {
            number_per_hour: self.figure(&raw.number_per_hour, 1, 1_000),
            number_per_day: self.figure(&raw.number_per_day, 1, 1_000),
            prefix_digits: self.figure(&raw.prefix_digits, 1, 15),
            prefix_per_hour: self.figure(&raw.prefix_per_hour, 1, MANY),
            site_per_hour: self.figure(&raw.site_per_hour, 1, MANY),
            visitor_per_hour: self.figure(&raw.visitor_per_hour, 1, MANY),
            address_per_hour: self.figure(&raw.address_per_hour, 1, MANY),
        }
    }

    fn spend(&mut self, raw: &raw::CallmeLimits, prices: &[raw::Price]) -> Spend {
        if let Some(one_too_many) = prices.get(PRICES) {
            self.error(&one_too_many.prefix, format!("these are more than {PRICES}"));
        }
        let prices = prices.iter().map(|price| {
            // All numbers begin so.
            if price.prefix.get_ref() != "+" {
                self.prefix(&price.prefix);
            }
            (price.prefix.get_ref().clone(), self.figure(&price.cents_per_minute, 0, 10_000))
        });
        Spend {
            prices: prices.collect(),
            cents_per_hour: self.figure(&raw.cents_per_hour, 1, BUDGET),
            cents_per_day: self.figure(&raw.cents_per_day, 1, BUDGET),
        }
    }

    fn retry(
        &mut self,
        raw: std::collections::BTreeMap<String, Spanned<raw::Retry>>,
        max_attempts: u32,
    ) -> RetryPolicy {
        let mut policy = RetryPolicy { max_attempts, ..RetryPolicy::default() };
        for (outcome, row) in raw {
            let raw::Retry { after_secs, times } = *row.get_ref();
            if !RETRIED.contains(&outcome.as_str()) {
                self.error(&row, format!("`{outcome}` is never retried: only {}", RETRIED.join(", ")));
            } else if after_secs > PAUSE || times > TIMES {
                self.error(&row, format!("this is at most {PAUSE} seconds and {TIMES} times"));
            }
            policy.after.insert(outcome, Retry { after: Duration::from_secs(after_secs.into()), times });
        }
        policy
    }

    /// A figure within its bounds; another is an error, never quietly a different one.
    pub(super) fn figure(&mut self, figure: &Spanned<u32>, least: u32, most: u32) -> u32 {
        let value = *figure.get_ref();
        if !(least..=most).contains(&value) {
            self.error(figure, format!("this is {least} to {most}"));
        }
        value.clamp(least, most)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with a switch for predictive dialling and so many more agents, of whom some have to pick up.
    fn predictive(spoken: &Path, (agents, slow): (usize, usize)) -> String {
        let more: String = (0..agents)
            .map(|n| {
                let answer = if n < slow { "auto_answer = \"never\"\n" } else { "" };
                let hash = WHOLE.lines().find(|row| row.starts_with("password_hash")).expect("an agent's");
                format!("[[firms.agents]]\nname = \"more{n:02}\"\n{hash}\nskills = {{}}\nstation = \"browser\"\n{answer}")
            })
            .collect();
        let text = WHOLE.replacen("callme = { ", "callme = { predictive = true, ", 1);
        let text = text.replacen("[media]\n", &format!("[media]\nprompts = '{}'\n", spoken.display()), 1);
        text.replacen("[[firms.agents]]\n", &format!("{more}[[firms.agents]]\n"), 1)
    }

    /// A folder of prompts in which German customers hear who called.
    fn prompts() -> std::path::PathBuf {
        let name = format!("warmline-callme-{:016x}", u64::from_le_bytes(crate::ops::secrets::random()));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(folder.join("de")).unwrap();
        std::fs::write(folder.join("de/identification.wav"), crate::demo::wav(&[1000; 800])).unwrap();
        folder
    }

    #[test]
    fn e19_predictive_dialling_needs_words_for_whom_nobody_is_there_in_his_language() {
        let own = parse(Path::new("w.toml"), WHOLE).expect("valid").firms[0].agents.len();
        let spoken = prompts();
        let text = predictive(&spoken, (10 - own, 0));
        let missing = |text: &str| -> Vec<String> {
            let found = parse(Path::new("w.toml"), text).err().unwrap_or_default();
            found.into_iter().map(|error| error.to_string()).collect()
        };
        assert_eq!(missing(&text), Vec::<String>::new());
        let abroad = text.replacen("[\"DE\", \"AT\", \"CH\"]", "[\"DE\", \"FR\", \"US\", \"GB\"]", 1);
        assert_ne!(abroad, text);
        let found = missing(&abroad);
        let file = |language| spoken.join(language).join("identification.wav").display().to_string();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains(&file("en")) && found[1].contains(&file("fr")), "{found:?}");
        let none = text.replacen("prompts = '", "# prompts = '", 1);
        assert!(missing(&none)[0].contains("needs prompts/de/identification.wav"), "{none}");
        std::fs::remove_dir_all(spoken).unwrap();
    }

    #[test]
    fn digits_that_nobody_asks_for_are_refused() {
        let with = |callme: &str, queue: &str| {
            let text = WHOLE.replacen("callme = { ", &format!("callme = {{ {callme}, "), 1);
            let text = text.replacen("[[firms.queues]]\n", &format!("[[firms.queues]]\n{queue}\n"), 1);
            parse(Path::new("w.toml"), &text).err().unwrap_or_default()
        };
        let first = "callme_mode = \"agent_first\"";
        for (callme, queue, found) in [
            ("match_number = \"always\"", first, 1),
            ("match_number = \"unverified\", mode = \"agent_first\"", "", 1),
            ("match_number = \"always\", mode = \"preview\"", "", 0),
            ("mode = \"agent_first\"", "", 0),
        ] {
            let errors = with(callme, queue);
            assert_eq!(errors.len(), found, "{callme}: {errors:?}");
            assert!(errors.iter().all(|error| error.to_string().contains("no digits are asked for")));
        }
    }

    #[test]
    fn e19_predictive_dialling_needs_ten_agents_whose_phones_answer_by_themselves() {
        let own = parse(Path::new("w.toml"), WHOLE).expect("valid").firms[0].agents.len();
        let spoken = prompts();
        let config = parse(Path::new("w.toml"), &predictive(&spoken, (10 - own, 0))).expect("ten");
        assert!(config.firms[0].callme.predictive);
        for text in [predictive(&spoken, (9 - own, 0)), predictive(&spoken, (20, 11 + own))] {
            let found = parse(Path::new("w.toml"), &text).unwrap_err();
            assert!(found[0].to_string().contains("answer by themselves: the firm has 9"), "{found:?}");
            let line = text.lines().position(|line| line.contains("predictive = true")).map(|at| at + 1);
            assert_eq!(Some(found[0].line), line);
        }
        std::fs::remove_dir_all(spoken).unwrap();
    }
}
