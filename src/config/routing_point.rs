//! `[[firms.pools]] numbers`: numbers of the network, extensions of the house, SIP addresses.

use super::check::{Checker, is_e164};
use toml::Spanned;
use warmline_coordination::number::{self, PoolKind};
use warmline_coordination::settings::PoolSettings;

/// Most numbers that one range may name.
const RANGE_LIMIT: u64 = 100_000;

impl Checker {
    /// Country and type of a pool: what the file says, otherwise what its first number of the network is.
    pub(super) fn whence(
        &mut self,
        country: Option<Spanned<String>>,
        kind: Option<PoolKind>,
        numbers: &[String],
    ) -> (Option<String>, PoolKind) {
        let first = numbers.iter().find(|number| number::is_e164(number));
        let own = first.and_then(|number| number::country_of_e164(number));
        let country = country.map(|text| {
            let code = text.get_ref();
            if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                self.error(&text, format!("`{code}` is no country such as DE (ISO 3166)"));
            } else if own.as_ref().is_some_and(|own| own != code) {
                let own = own.clone().unwrap_or_default();
                self.error(&text, format!("the numbers of this pool are of {own}, not of {code}"));
            }
            text.into_inner()
        });
        let kind = kind.or_else(|| first.map(|number| number::kind_of_e164(number))).unwrap_or_default();
        (country.or(own), kind)
    }

    /// A site's pools besides the first.
    pub(super) fn further_pools(&mut self, names: &[Spanned<String>], pools: &[PoolSettings]) -> Vec<String> {
        for name in names.iter().filter(|name| !pools.iter().any(|pool| pool.name == *name.get_ref())) {
            self.error(name, format!("no pool is named `{}`", name.get_ref()));
        }
        names.iter().map(|name| name.get_ref().clone()).collect()
    }

    /// One routing point (G p. 12–13), or `first..last` of numbers or extensions.
    pub(super) fn numbers(&mut self, text: &Spanned<String>) -> Vec<String> {
        if is_sip_uri(text.get_ref()) {
            return vec![text.get_ref().clone()];
        }
        let international = text.get_ref().starts_with('+');
        let digits = |part: &str| {
            let rest = part.strip_prefix('+').filter(|rest| is_e164(rest));
            rest.or(Some(part).filter(|part| !international && is_extension(part)))?.parse::<u64>().ok()
        };
        let (first, last) = text.get_ref().split_once("..").unwrap_or((text.get_ref(), text.get_ref()));
        match (digits(first), digits(last)) {
            (Some(low), Some(high))
                if low <= high && high - low < RANGE_LIMIT && first.len() == last.len() =>
            {
                let plus = if international { "+" } else { "" };
                (low..=high).map(|number| format!("{plus}{number}")).collect()
            }
            _ => {
                self.error(
                    text,
                    format!(
                        "`{}` is not a number +4930…, an extension of 2 to 6 digits (not 0…), a range of at most \
                         {RANGE_LIMIT} of them, or sip:user@host in lower case with a letter in the user",
                        text.get_ref()
                    ),
                );
                Vec::new()
            }
        }
    }
}

/// Of a house: 2 to 6 digits that do not begin with 0.
fn is_extension(text: &str) -> bool {
    (2..=6).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

/// `sip:user@host`: the user tells routing points apart, and is no number.
fn is_sip_uri(text: &str) -> bool {
    let Some((user, host)) = text.strip_prefix("sip:").and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let fits = |part: &str, more: &str| {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
        (1..=100).contains(&part.len()) && part.chars().all(letter)
    };
    fits(user, "-_.") && user.contains(|c: char| c.is_ascii_lowercase()) && fits(host, "-.")
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use warmline_coordination::number::PoolKind;
    use warmline_coordination::settings::{Abroad, Take};

    const WHOLE: &str = include_str!("../../docs/example.toml");

    /// The example with these keys for its site and its pool, and another pool.
    fn with(site: &str, pool: &str) -> String {
        let other =
            "[[firms.pools]]\nname = \"free\"\nnumbers = [\"+498001234567\"]\ntrunk = \"carrier\"\n\n";
        let site = format!("[[firms.sites]]\n{site}\n");
        let pool = format!("{other}[[firms.pools]]\n{pool}\n");
        WHOLE.replacen("[[firms.sites]]\n", &site, 1).replacen("[[firms.pools]]\n", &pool, 1)
    }

    #[test]
    fn e25_a_pool_is_what_its_numbers_are_and_a_site_may_have_several() {
        let config = parse(Path::new("w.toml"), WHOLE).expect("valid");
        let firm = &config.firms[0];
        assert_eq!(
            (firm.pools[0].country.as_deref(), firm.pools[0].kind),
            (Some("DE"), PoolKind::Geographic)
        );
        assert_eq!((firm.sites[0].further.len(), firm.sites[0].abroad), (0, Abroad::Show));
        assert_eq!(firm.queues[0].take, Take::Both);
        let text = with("pools = [\"free\"]\nabroad = \"hide\"", "type = \"national\"\ncountry = \"DE\"");
        let config = parse(Path::new("w.toml"), &text).expect("valid");
        let firm = &config.firms[0];
        let kinds: Vec<_> = firm.pools.iter().map(|pool| (pool.kind, pool.country.as_deref())).collect();
        assert_eq!(kinds, [(PoolKind::TollFree, Some("DE")), (PoolKind::National, Some("DE"))]);
        assert_eq!(
            (&firm.sites[0].further[..], firm.sites[0].abroad),
            (&["free".to_owned()][..], Abroad::Hide)
        );
    }

    #[test]
    fn e25_what_cannot_be_is_named() {
        for (site, pool, expected) in [
            ("pools = [\"moon\"]", "", "no pool is named `moon`"),
            ("", "country = \"Germany\"", "`Germany` is no country"),
            ("", "country = \"AT\"", "the numbers of this pool are of DE, not of AT"),
            ("", "type = \"satellite\"", "unknown variant"),
            ("abroad = \"maybe\"", "", "unknown variant"),
        ] {
            let found = parse(Path::new("w.toml"), &with(site, pool)).unwrap_err();
            assert!(found[0].to_string().contains(expected), "{expected}: {found:?}");
            assert!(found[0].line > 0, "{found:?}");
        }
    }
}
