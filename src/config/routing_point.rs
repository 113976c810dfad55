//! `[[firms.pools]] numbers`: numbers of the network, extensions of the house, SIP addresses.

use super::check::{Checker, is_e164};
use toml::Spanned;

/// Most numbers that one range may name.
const RANGE_LIMIT: u64 = 100_000;

impl Checker {
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
