//! Phone numbers: what a stranger typed becomes a number we are willing to dial, or a refusal; and how numbers are shown.

use crate::dial_policy::{Kind, NumberPolicy};
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber, Type, country};
use serde::{Deserialize, Serialize};

/// Longest text that is looked at.
const TYPED_MAX: usize = 32;
/// Nothing this short is a subscriber's number: emergency and service codes are.
const SHORT_MAX: usize = 6;

/// Why a typed number is not dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// Not a number.
    Invalid,
    /// A number that policy forbids: country, kind, emergency, one of ours.
    NotAllowed,
}

/// What was typed as E.164, where it is a number of one of `countries` (ISO 3166; the first is the one national numbers are read in)
/// that `policy` lets be dialled, and not one of ours.
pub(crate) fn check(
    typed: &str,
    (countries, policy): (&[String], &NumberPolicy),
    own: impl Fn(&str) -> bool,
) -> Result<String, Refusal> {
    let (number, e164) = read(typed, countries.first())?;
    let allowed = in_countries(&number, countries) && may_be_dialled(&number, policy);
    if !allowed || policy.denies(&e164) || sells_answers(&e164) || own(&e164) {
        return Err(Refusal::NotAllowed);
    }
    Ok(e164)
}

/// What was typed as E.164, whatever number it is: for lists of those who are not called. National numbers are read in `home`.
pub(crate) fn e164(typed: &str, home: Option<&String>) -> Option<String> {
    read(typed, home).ok().map(|(_, e164)| e164)
}

/// The same of what a visitor has typed, read as his request to be called is: what is none is refused there.
pub fn typed(text: &str, home: Option<&String>) -> Option<String> {
    e164(&crate::text::clean(text, 40), home)
}

fn read(typed: &str, home: Option<&String>) -> Result<(PhoneNumber, String), Refusal> {
    let typed = typed.trim();
    let fit = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    if typed.len() > TYPED_MAX || !typed.chars().all(fit) || typed.rfind('+').is_some_and(|at| at > 0) {
        return Err(Refusal::Invalid);
    }
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return Err(Refusal::Invalid);
    }
    if digits <= SHORT_MAX {
        return Err(Refusal::NotAllowed);
    }
    let home: Option<country::Id> = home.and_then(|id| id.to_ascii_uppercase().parse().ok());
    let number = phonenumber::parse(home, typed).map_err(|_| Refusal::Invalid)?;
    if !number.is_valid() {
        return Err(Refusal::Invalid);
    }
    let e164 = number.format().mode(Mode::E164).to_string();
    Ok((number, e164))
}

fn in_countries(number: &PhoneNumber, countries: &[String]) -> bool {
    country_of(number).is_some_and(|id| countries.iter().any(|allowed| allowed.eq_ignore_ascii_case(&id)))
}

fn country_of(number: &PhoneNumber) -> Option<String> {
    number.country().id().map(|id| id.as_ref().to_owned())
}

/// The country of a number in E.164, ISO 3166; none where it is of no country.
pub fn country_of_e164(e164: &str) -> Option<String> {
    phonenumber::parse(None, e164).ok().as_ref().and_then(country_of)
}

/// The calling code of a number in E.164: `49`.
pub(crate) fn calling_code(e164: &str) -> Option<String> {
    phonenumber::parse(None, e164).ok().map(|number| number.country().code().to_string())
}

fn may_be_dialled(number: &PhoneNumber, policy: &NumberPolicy) -> bool {
    let has = |kind| policy.kinds.contains(&kind);
    match number.number_type(&DATABASE) {
        Type::FixedLine => has(Kind::Fixed),
        Type::Mobile => has(Kind::Mobile),
        Type::FixedLineOrMobile => has(Kind::Fixed) || has(Kind::Mobile),
        Type::Voip => has(Kind::Voip),
        Type::PersonalNumber => has(Kind::Personal),
        Type::TollFree => has(Kind::TollFree),
        Type::PremiumRate
        | Type::SharedCost
        | Type::Pager
        | Type::Uan
        | Type::Emergency
        | Type::Voicemail
        | Type::ShortCode
        | Type::StandardRate
        | Type::Carrier
        | Type::NoInternational
        | Type::Unknown => false,
    }
}

/// North American numbers whose exchange is 976 are paid services in every area, and look like subscribers'.
fn sells_answers(e164: &str) -> bool {
    e164.strip_prefix("+1").is_some_and(|national| national.get(3..6) == Some("976"))
}

/// What a pool's numbers are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// Of a place.
    #[default]
    Geographic,
    /// Of mobile telephones.
    Mobile,
    /// Of the whole country: companies', shared cost, over the internet.
    National,
    /// Free for who calls, and as a rule not to be reached from another country.
    TollFree,
}

/// What a number in E.164 is.
pub fn kind_of_e164(e164: &str) -> PoolKind {
    let Ok(number) = phonenumber::parse(None, e164) else { return PoolKind::default() };
    match number.number_type(&DATABASE) {
        Type::FixedLine | Type::FixedLineOrMobile | Type::Unknown => PoolKind::Geographic,
        Type::Mobile => PoolKind::Mobile,
        Type::TollFree => PoolKind::TollFree,
        _ => PoolKind::National,
    }
}

/// As it is dialled from another country: `+49 30 12345000`.
pub(crate) fn from_abroad(e164: &str) -> String {
    match phonenumber::parse(None, e164) {
        Ok(number) if number.is_valid() => number.format().mode(Mode::International).to_string(),
        _ => e164.to_owned(),
    }
}

/// Whether a routing point or caller is a number of the network.
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// As people of its country write it; an extension as it is, an address without its scheme.
pub(crate) fn display(e164: &str) -> String {
    let e164 = e164.strip_prefix("sip:").unwrap_or(e164);
    match phonenumber::parse(None, e164) {
        Ok(number) if number.is_valid() => number.format().mode(Mode::National).to_string(),
        _ => e164.to_owned(),
    }
}

/// The language most people of its country speak, ISO 639; English where that is not known here.
pub(crate) fn language(e164: &str) -> &'static str {
    let country = phonenumber::parse(None, e164).ok().and_then(|number| number.country().id());
    country.as_ref().map_or("en", |country| language_of(country.as_ref()))
}

/// The same of a country (ISO 3166, `DE`).
pub fn language_of(country: &str) -> &'static str {
    match country {
        "DE" | "AT" | "CH" | "LI" => "de",
        "FR" | "MC" => "fr",
        "ES" | "MX" | "AR" | "CO" | "CL" | "PE" => "es",
        "IT" | "SM" => "it",
        "NL" => "nl",
        "PT" | "BR" => "pt",
        "PL" => "pl",
        _ => "en",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(typed: &str) -> Result<String, Refusal> {
        by(&NumberPolicy::default(), &["DE", "US"], typed)
    }

    fn by(policy: &NumberPolicy, countries: &[&str], typed: &str) -> Result<String, Refusal> {
        let countries: Vec<String> = countries.iter().map(|id| (*id).to_owned()).collect();
        check(typed, (&countries, policy), |number| number == "+493012345000")
    }

    #[test]
    fn subscribers_of_the_countries_pass() {
        assert_eq!(verdict("+49 1512 3456789"), Ok("+4915123456789".into()));
        assert_eq!(verdict("0151 23456789"), Ok("+4915123456789".into()));
        assert_eq!(verdict("0049 30 901820"), Ok("+4930901820".into()));
        assert_eq!(verdict("+1 (212) 555-2368"), Ok("+12125552368".into()));
    }

    #[test]
    fn e13_a_table_of_bad_numbers_is_refused() {
        let table = include_str!("../tests/bad_numbers.txt");
        let rows: Vec<_> = table.lines().filter_map(|line| line.split_once('\t')).collect();
        assert!(rows.len() >= 100);
        let everything = Kind::ALL.map(|(_, kind)| kind).to_vec();
        let wide = NumberPolicy { kinds: everything, ..NumberPolicy::default() };
        let ours = |number: &str| number.starts_with("+49301234500");
        let countries = ["DE", "US", "GB"].map(str::to_owned);
        let mut passed = Vec::new();
        for (typed, why) in rows {
            if check(typed, (&countries, &NumberPolicy::default()), ours).is_ok() {
                passed.push((typed, why));
            }
            // Whatever kinds a firm allows, these are none of them.
            let never =
                ["premium", "shared", "satellite", "emergency", "international", "pager", "our own", "short"];
            let never = never.iter().any(|word| why.contains(word));
            if never && check(typed, (&countries, &wide), ours).is_ok() {
                passed.push((typed, "with all kinds"));
            }
        }
        assert!(passed.is_empty(), "{passed:?}");
    }

    #[test]
    fn e13_kinds_are_chosen_and_some_are_nobodys_choice() {
        let only = |kind| NumberPolicy { kinds: vec![kind], ..NumberPolicy::default() };
        let (mobile, fixed) = ("+49 1512 3456789", "+49 30 901820");
        assert!(by(&only(Kind::Mobile), &["DE"], mobile).is_ok());
        assert_eq!(by(&only(Kind::Mobile), &["DE"], fixed), Err(Refusal::NotAllowed));
        assert_eq!(by(&only(Kind::Fixed), &["DE"], mobile), Err(Refusal::NotAllowed));
        assert!(by(&only(Kind::Mobile), &["US"], "+1 212 555 2368").is_ok(), "nobody can tell which it is");
        assert!(by(&only(Kind::TollFree), &["DE"], "0800 1234567").is_ok());
        assert!(by(&only(Kind::Voip), &["GB"], "+44 56 1234 5678").is_ok());
        let allow = vec!["+4470".to_owned()];
        let personal = NumberPolicy { allow, ..only(Kind::Personal) };
        assert!(by(&personal, &["GB"], "+44 70 1234 5678").is_ok());
        assert_eq!(by(&only(Kind::Personal), &["GB"], "+44 70 1234 5678"), Err(Refusal::NotAllowed));
        let deny = vec!["+49151".to_owned()];
        let denied = NumberPolicy { deny, ..NumberPolicy::default() };
        assert_eq!(by(&denied, &["DE"], mobile), Err(Refusal::NotAllowed));
        let (satellites, none) = (vec!["+8816".to_owned()], ["DE", "001"]);
        let wide = NumberPolicy { allow: satellites, ..NumberPolicy::default() };
        assert!(by(&wide, &none, "+881 6 1234 5678").is_err());
    }

    #[test]
    fn a_refusal_says_what_it_is() {
        assert_eq!(verdict("112"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+44 20 7946 0018"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+49 900 1234567"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+49 30 12345000"), Err(Refusal::NotAllowed));
        for typed in ["", "hello", "+", "++4915123456789", "sip:a@b", "1".repeat(40).as_str()] {
            assert_eq!(verdict(typed), Err(Refusal::Invalid), "{typed}");
        }
    }

    #[test]
    fn numbers_are_shown_nationally() {
        assert_eq!(display("+493012345003"), "030 12345003");
        assert_eq!(display("201"), "201");
    }

    #[test]
    fn prompts_speak_the_language_of_the_number() {
        assert_eq!(
            ["+493012345003", "+33123456789", "+12125552368", "201"].map(language),
            ["de", "fr", "en", "en"]
        );
    }
}
