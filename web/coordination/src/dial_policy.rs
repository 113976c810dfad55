//! What a firm lets us dial, as it is configured: kinds of numbers, hours, and lists of those who are not called.

use crate::calling_hours::CallingHours;
use crate::do_not_call::NumberList;

/// A firm's. The default lets fixed and mobile numbers be dialled, at the hours of [`CallingHours::default`].
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DialPolicy {
    /// Which numbers.
    pub numbers: NumberPolicy,
    /// When, by the clock of whom is called.
    pub hours: CallingHours,
    /// The firm's own list of those who are never called, from a file.
    pub do_not_call: NumberList,
    /// The provider's, which counts for all firms.
    pub suppressed: NumberList,
    /// A call that somebody has asked for himself, and is proven to have, goes before a register of numbers: the files, and what programs
    /// have imported as one (no). Nobody's own word is a register.
    pub own_request: bool,
}

/// A kind of number that a firm may choose to dial. All others are never dialled: premium rate, shared cost, UAN, pagers, voicemail,
/// emergency and short numbers, and those of which nobody can tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// `fixed`
    Fixed,
    /// `mobile`
    Mobile,
    /// `voip`: without a place.
    Voip,
    /// `personal`: follow a person, at prices of their own.
    Personal,
    /// `toll_free`: whom is called pays.
    TollFree,
}

impl Kind {
    /// All, as the configuration names them.
    pub const ALL: [(&'static str, Kind); 5] = [
        ("fixed", Kind::Fixed),
        ("mobile", Kind::Mobile),
        ("voip", Kind::Voip),
        ("personal", Kind::Personal),
        ("toll_free", Kind::TollFree),
    ];
}

/// Which numbers are dialled at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberPolicy {
    /// Kinds that are (fixed and mobile).
    pub kinds: Vec<Kind>,
    /// Beginnings in E.164 that are refused, beside those of [`crate::dial_policy::RISKY`].
    pub deny: Vec<String>,
    /// Longer beginnings that are let pass all the same: the longest of all that fit decides.
    pub allow: Vec<String>,
}

impl Default for NumberPolicy {
    fn default() -> Self {
        NumberPolicy { kinds: vec![Kind::Fixed, Kind::Mobile], deny: Vec::new(), allow: Vec::new() }
    }
}

/// Beginnings that no configuration lets pass: services of no country and networks of no place.
pub const NEVER: [(&str, &str); 9] = [
    ("+800", "international freephone"),
    ("+808", "international shared cost"),
    ("+870", "Inmarsat"),
    ("+878", "universal personal numbers"),
    ("+881", "satellite networks"),
    ("+882", "international networks"),
    ("+883", "international networks"),
    ("+888", "disaster relief"),
    ("+979", "international premium rate"),
];

/// Beginnings that are refused even where their country is allowed, unless `allow_prefixes` says otherwise: ranges whose calls are paid
/// out to whoever is called, small networks that revenue-share fraud (IRSF) uses for that, and numbers that only look like subscribers'.
pub const RISKY: [(&str, &str); 25] = [
    ("+4470", "UK personal numbers"),
    ("+4476", "UK pagers"),
    ("+49180", "German shared cost"),
    ("+49137", "German mass calling"),
    ("+4932", "German numbers of no place"),
    ("+220", "Gambia"),
    ("+224", "Guinea"),
    ("+232", "Sierra Leone"),
    ("+239", "São Tomé and Príncipe"),
    ("+246", "Diego Garcia"),
    ("+247", "Ascension"),
    ("+252", "Somalia"),
    ("+257", "Burundi"),
    ("+290", "Saint Helena"),
    ("+500", "Falkland Islands"),
    ("+674", "Nauru"),
    ("+675", "Papua New Guinea"),
    ("+677", "Solomon Islands"),
    ("+678", "Vanuatu"),
    ("+682", "Cook Islands"),
    ("+683", "Niue"),
    ("+686", "Kiribati"),
    ("+688", "Tuvalu"),
    ("+690", "Tokelau"),
    ("+960", "Maldives"),
];

impl NumberPolicy {
    /// Whether a beginning of this number is refused; the longest that fits decides.
    pub(crate) fn denies(&self, e164: &str) -> bool {
        let longest = |list: &mut dyn Iterator<Item = &str>| {
            list.filter(|prefix| e164.starts_with(prefix)).map(str::len).max()
        };
        let denied = longest(&mut RISKY.iter().map(|(prefix, _)| *prefix))
            .max(longest(&mut self.deny.iter().map(String::as_str)));
        let allowed = longest(&mut self.allow.iter().map(String::as_str));
        NEVER.iter().any(|(prefix, _)| e164.starts_with(prefix)) || denied > allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides_and_some_are_never_let_pass() {
        let policy = NumberPolicy {
            deny: vec!["+4915".into()],
            allow: vec!["+49151".into(), "+870".into(), "+4470".into()],
            ..NumberPolicy::default()
        };
        assert!(policy.denies("+4915212345678"));
        assert!(!policy.denies("+4915112345678") && !policy.denies("+4930901820"));
        assert!(policy.denies("+870773123456"), "no configuration lets satellites pass");
        assert!(!policy.denies("+447012345678") && NumberPolicy::default().denies("+447012345678"));
    }
}
