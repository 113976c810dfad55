//! Which numbers a firm calls, and when; and the lists of those whom nobody calls.

use super::check::Checker;
use super::raw;
use std::path::{Path, PathBuf};
use toml::Spanned;
use warmline_coordination::calling_hours::{CallingHours, is_place, week};
use warmline_coordination::dial_policy::{Kind, NumberPolicy};
use warmline_coordination::do_not_call::{NumberList, read_lines};

/// Beginnings of one kind at most.
const PREFIXES: usize = 1_000;
/// Lines of a list that are named as wrong.
const NAMED: usize = 5;

impl Checker {
    pub(super) fn number_policy(&mut self, raw: &raw::Callme) -> NumberPolicy {
        let mut kinds = Vec::new();
        for text in &raw.types {
            match Kind::ALL.iter().find(|(name, _)| name == text.get_ref()) {
                Some((_, kind)) => kinds.push(*kind),
                None => self.error(
                    text,
                    format!("`{}` is not fixed, mobile, voip, personal or toll_free", text.get_ref()),
                ),
            }
        }
        let deny = self.prefixes(&raw.deny_prefixes);
        let allow = self.prefixes(&raw.allow_prefixes);
        NumberPolicy { kinds, deny, allow }
    }

    fn prefixes(&mut self, raw: &[Spanned<String>]) -> Vec<String> {
        if let Some(one_too_many) = raw.get(PREFIXES) {
            self.error(one_too_many, format!("these are more than {PREFIXES}"));
        }
        raw.iter().for_each(|text| self.prefix(text));
        raw.iter().map(|text| text.get_ref().clone()).collect()
    }

    pub(super) fn prefix(&mut self, text: &Spanned<String>) {
        let digits = text.get_ref().strip_prefix('+');
        let fits = |digits: &str| {
            (1..=15).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits.is_some_and(fits) {
            self.error(text, format!("`{}` is not the beginning of a number, such as +4470", text.get_ref()));
        }
    }

    pub(super) fn calling_hours(&mut self, raw: &raw::Callme) -> CallingHours {
        let mut hours = CallingHours { exempt_immediate: raw.exempt_immediate, ..CallingHours::default() };
        for (place, text) in &raw.calling_hours {
            let read = week(text.get_ref()).map_err(|error| {
                self.error(text, format!("calling_hours.{place}: `{}` {error}", text.get_ref()));
            });
            let Ok(read) = read else { continue };
            if place == "default" {
                hours.default = read;
            } else if is_place(place) {
                hours.places.insert(place.clone(), read);
            } else {
                self.error(
                    text,
                    format!("calling_hours: `{place}` is not default, a country (DE) or a state (US-FL)"),
                );
            }
        }
        hours
    }

    /// A list of those whom nobody calls. The lines are named, the numbers are not: these messages end in logs.
    pub(super) fn number_list(
        &mut self,
        file: Option<&Spanned<PathBuf>>,
        home: Option<&Spanned<String>>,
        base: &Path,
    ) -> NumberList {
        let Some(file) = file else { return NumberList::default() };
        let text = match std::fs::read_to_string(base.join(file.get_ref())) {
            Ok(text) => text,
            Err(error) => {
                self.error(file, format!("{} cannot be read: {error}", file.get_ref().display()));
                return NumberList::default();
            }
        };
        let (numbers, wrong) = read_lines(&text, home.map(Spanned::get_ref));
        for line in wrong.iter().take(NAMED) {
            self.error(file, format!("{}, line {line}: is no number", file.get_ref().display()));
        }
        if wrong.len() > NAMED {
            let more = wrong.len() - NAMED;
            self.error(file, format!("{}: {more} more lines are wrong", file.get_ref().display()));
        }
        NumberList::new(numbers)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use warmline_coordination::dial_policy::Kind;

    const WHOLE: &str = include_str!("../../docs/example.toml");

    fn read(callme: &str) -> Result<warmline_coordination::settings::CallmeSettings, Vec<String>> {
        let line = WHOLE.lines().find(|line| line.starts_with("callme = ")).expect("there");
        let text = WHOLE.replace(line, callme);
        let said = |errors: Vec<crate::config::ConfigError>| errors.iter().map(ToString::to_string).collect();
        parse(Path::new("w.toml"), &text).map(|config| config.firms[0].callme.clone()).map_err(said)
    }

    #[test]
    fn callme_has_defaults_and_every_key() {
        let usual = read("callme = { countries = [\"DE\"] }").expect("valid").policy;
        assert_eq!(usual.numbers.kinds, [Kind::Fixed, Kind::Mobile]);
        assert!(usual.hours.exempt_immediate && usual.do_not_call.is_empty());
        let set = read(
            "callme = { countries = [\"US\"], types = [\"mobile\", \"voip\"], deny_prefixes = [\"+1900\"], \
             allow_prefixes = [\"+4470\"], exempt_immediate = false, own_request_over_registry = true, remember_number_days = 0, \
             calling_hours = { default = \"09:00-18:00\", US-FL = \"08:00-20:00\", DE = \"mon-sat 08:00-20:00\" } }",
        );
        let set = set.expect("valid");
        assert!(set.remember_number.is_zero() && set.policy.own_request && !usual.own_request);
        let set = set.policy;
        assert_eq!((set.numbers.kinds.len(), set.hours.places.len()), (2, 2));
        assert!(!set.hours.exempt_immediate);
    }

    #[test]
    fn e13_limits_and_prices_have_defaults_and_every_key() {
        let usual = read("callme = { countries = [\"DE\"] }").expect("valid");
        let limits = usual.limits;
        assert_eq!(
            (limits.number_per_hour, limits.number_per_day, limits.prefix_per_hour, limits.site_per_hour),
            (4, 10, 60, 600)
        );
        assert_eq!((limits.prefix_digits, limits.visitor_per_hour, limits.address_per_hour), (6, 6, 6));
        assert_eq!((usual.spend.cents_per_hour, usual.spend.cents_per_day), (20_000, 100_000));
        assert!(usual.spend.prices.is_empty());
        let set = read(
            "callme = { countries = [\"DE\"], limits = { number_per_hour = 1, number_per_day = 2, prefix_digits = 4, \
             prefix_per_hour = 3, site_per_hour = 4, visitor_per_hour = 5, address_per_hour = 7, cents_per_hour = 8, \
             cents_per_day = 9 }, prices = [{ prefix = \"+\", cents_per_minute = 2 }, { prefix = \"+49\", cents_per_minute = 1 }] }",
        );
        let set = set.expect("valid");
        assert_eq!((set.limits.prefix_digits, set.limits.address_per_hour), (4, 7));
        assert_eq!((set.spend.cents_per_hour, set.spend.prices.len()), (8, 2));
    }

    #[test]
    fn what_cannot_be_is_named_with_its_line() {
        for (key, expected) in [
            ("types = [\"premium\"]", "`premium` is not fixed, mobile"),
            ("deny_prefixes = [\"0900\"]", "`0900` is not the beginning of a number"),
            ("allow_prefixes = [\"+\"]", "`+` is not the beginning"),
            ("calling_hours = { DE = \"8-20\" }", "calling_hours.DE: `8-20` is not a stretch of a day"),
            ("calling_hours = { Berlin = \"08:00-20:00\" }", "`Berlin` is not default, a country"),
            ("countries = [\"ZZ\"]", "`ZZ` is no country whose time is known"),
            ("remember_number_days = 91", "this is 0 to 90"),
            ("per_day = 1", "unknown field `per_day`"),
            ("ring_secs = 31", "this is 1 to 30"),
            ("ring_secs = 0", "this is 1 to 30"),
            ("limits = { number_per_hour = 0 }", "this is 1 to 1000"),
            ("limits = { calls = 1 }", "unknown field `calls`"),
            ("prices = [{ prefix = \"49\", cents_per_minute = 1 }]", "`49` is not the beginning of a number"),
            ("prices = [{ prefix = \"+49\", cents_per_minute = 20000 }]", "this is 0 to 10000"),
        ] {
            let errors = read(&format!("callme = {{ {key} }}")).expect_err(expected);
            assert!(errors[0].contains(expected) && errors[0].starts_with("w.toml:"), "{errors:?}");
        }
        let errors = read("callme = { countries = [\"DE\"] }\ndo_not_call = \"no/such.csv\"").unwrap_err();
        assert!(errors[0].contains("no/such.csv cannot be read"), "{errors:?}");
    }

    #[test]
    fn lists_are_read_and_bad_lines_named_without_the_number() {
        let file = std::env::temp_dir().join(format!("warmline-dnc-{}.csv", std::process::id()));
        let key =
            format!("callme = {{ countries = [\"DE\"] }}\ndo_not_call = {:?}", file.display().to_string());
        std::fs::write(&file, "number\n+4930901820\n0171 1234567\n").expect("written");
        assert_eq!(read(&key).expect("valid").policy.do_not_call.len(), 2);
        std::fs::write(&file, "+4930901820\n0171 x\n").expect("written");
        let errors = read(&key).unwrap_err();
        assert!(errors[0].contains("line 2: is no number") && !errors[0].contains("0171"), "{errors:?}");
        std::fs::remove_file(file).expect("there");
    }
}
