//! What agents' own calls show, and where calls are parked.

use super::check::{Checker, is_e164};
use std::time::Duration;
use toml::Spanned;
use warmline_coordination::settings::{CallsSettings, WarmLine};

/// Slots of one firm at most.
const SLOTS: u16 = 100;

impl Checker {
    pub(super) fn calls(
        &mut self,
        caller_ids: &[Spanned<String>],
        park_secs: u32,
        park_slots: &Spanned<String>,
        warm: (Option<&Spanned<u16>>, Option<&Spanned<String>>),
    ) -> CallsSettings {
        for number in caller_ids {
            if !number.get_ref().strip_prefix('+').is_some_and(is_e164) {
                self.error(number, format!("`{}` is not a number +49…", number.get_ref()));
            }
        }
        let slots = park_slots.get_ref().split_once('-').and_then(|(first, last)| {
            let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
            (first >= 10 && first <= last && last - first < SLOTS).then_some((first, last))
        });
        if slots.is_none() {
            let text = park_slots.get_ref();
            self.error(
                park_slots,
                format!("`{text}` is not FIRST-LAST such as 701-720, from 10, at most {SLOTS}"),
            );
        }
        let slots = slots.unwrap_or((701, 720));
        let warm_line = self.warm_line(slots, warm);
        CallsSettings {
            caller_ids: caller_ids.iter().map(|number| number.get_ref().clone()).collect(),
            park: Duration::from_secs(u64::from(park_secs.clamp(10, 3600))),
            slots,
            warm_line,
        }
    }

    fn warm_line(
        &mut self,
        slots: (u16, u16),
        (extension, number): (Option<&Spanned<u16>>, Option<&Spanned<String>>),
    ) -> Option<WarmLine> {
        if let Some(extension) = extension.filter(|own| (slots.0..=slots.1).contains(own.get_ref())) {
            self.error(extension, "this extension is a slot of parked calls");
        }
        if let Some(number) = number.filter(|own| !own.get_ref().strip_prefix('+').is_some_and(is_e164)) {
            self.error(number, format!("`{}` is not a number +49…", number.get_ref()));
        }
        let line = WarmLine {
            extension: extension.map(|own| *own.get_ref()),
            number: number.map(|own| own.get_ref().clone()),
        };
        (line != WarmLine::default()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use std::time::Duration;
    use warmline_coordination::settings::{AutoAnswer, CallingSettings};

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with these keys for its firm and its agent.
    fn with(firm: &str, agent: &str) -> String {
        let (firm, agent) = (format!("[[firms]]\n{firm}\n"), format!("[[firms.agents]]\n{agent}\n"));
        WHOLE.replacen("[[firms]]\n", &firm, 1).replacen("[[firms.agents]]\n", &agent, 1)
    }

    #[test]
    fn an_agents_calls_are_set_and_have_defaults() {
        let config = parse(Path::new("w.toml"), WHOLE).expect("valid");
        let firm = &config.firms[0];
        assert_eq!((firm.calls.park, firm.calls.slots), (Duration::from_secs(120), (701, 720)));
        assert_eq!(firm.agents[0].calling, CallingSettings::default());
        let text = with(
            "caller_ids = [\"+493012345100\"]\npark_secs = 60\npark_slots = \"80-89\"",
            "outbound = true\nconfirm = false\nauto_answer = \"always\"",
        );
        let config = parse(Path::new("w.toml"), &text).expect("valid");
        let firm = &config.firms[0];
        assert_eq!(
            (firm.calls.caller_ids.len(), firm.calls.park.as_secs(), firm.calls.slots),
            (1, 60, (80, 89))
        );
        let calling = CallingSettings { confirm: false, auto_answer: AutoAnswer::Always, outbound: true };
        assert_eq!(firm.agents[0].calling, calling);
        assert!(!firm.agents[0].may_rate());
        let config = parse(Path::new("w.toml"), &with("", "rights = [\"priority\"]")).expect("valid");
        assert!(config.firms[0].agents[0].may_rate() && !config.firms[0].agents[0].may_edit());
        let config = parse(Path::new("w.toml"), &with("", "rights = [\"contacts\"]")).expect("valid");
        assert!(config.firms[0].agents[0].may_edit() && !config.firms[0].agents[0].may_rate());
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (firm, agent, expected) in [
            ("caller_ids = [\"030 123\"]", "", "`030 123` is not a number"),
            ("park_slots = \"701\"", "", "`701` is not FIRST-LAST"),
            ("park_slots = \"700-800\"", "", "at most 100"),
            ("park_slots = \"720-701\"", "", "is not FIRST-LAST"),
            ("warm_line = 701", "", "is a slot of parked calls"),
            ("warm_line_number = \"030\"", "", "`030` is not a number"),
            ("", "warm_line_code = \"12\"", "4 to 10 digits"),
            ("", "auto_answer = \"sometimes\"", "`sometimes` is not never, wished or always"),
            ("", "rights = [\"root\"]", "`root` is no right"),
            ("", "rights = [\"priority\", \"priority\"]", "there twice"),
        ] {
            let found = parse(Path::new("w.toml"), &with(firm, agent)).unwrap_err();
            assert!(found[0].to_string().contains(expected), "{found:?}");
            assert!(found[0].line > 0, "{found:?}");
        }
    }
}
