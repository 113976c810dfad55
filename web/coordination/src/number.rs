//! Phone numbers: what a stranger typed becomes a number we are willing to dial, or a refusal; and how numbers are shown.

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, PhoneNumber, Type, country};

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

/// What was typed as E.164, where it is a fixed or mobile number of one of `countries` (ISO 3166; the first is the one
/// national numbers are read in) and not one of ours.
pub(crate) fn check(
    typed: &str,
    countries: &[String],
    own: impl Fn(&str) -> bool,
) -> Result<String, Refusal> {
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
    let home: Option<country::Id> = countries.first().and_then(|id| id.to_ascii_uppercase().parse().ok());
    let number = phonenumber::parse(home, typed).map_err(|_| Refusal::Invalid)?;
    if !number.is_valid() {
        return Err(Refusal::Invalid);
    }
    let e164 = number.format().mode(Mode::E164).to_string();
    if !in_countries(&number, countries) || !is_subscriber(&number) || own(&e164) {
        return Err(Refusal::NotAllowed);
    }
    Ok(e164)
}

fn in_countries(number: &PhoneNumber, countries: &[String]) -> bool {
    number
        .country()
        .id()
        .is_some_and(|id| countries.iter().any(|allowed| allowed.eq_ignore_ascii_case(id.as_ref())))
}

fn is_subscriber(number: &PhoneNumber) -> bool {
    matches!(number.number_type(&DATABASE), Type::FixedLine | Type::Mobile | Type::FixedLineOrMobile)
}

/// Whether a routing point or caller is a number of the network.
pub(crate) fn is_e164(text: &str) -> bool {
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
    match country.as_ref().map(AsRef::as_ref) {
        Some("DE" | "AT" | "CH" | "LI") => "de",
        Some("FR" | "MC") => "fr",
        Some("ES" | "MX" | "AR" | "CO" | "CL" | "PE") => "es",
        Some("IT" | "SM") => "it",
        Some("NL") => "nl",
        Some("PT" | "BR") => "pt",
        Some("PL") => "pl",
        _ => "en",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(typed: &str) -> Result<String, Refusal> {
        check(typed, &["DE".into(), "US".into()], |number| number == "+493012345000")
    }

    #[test]
    fn subscribers_of_the_countries_pass() {
        assert_eq!(verdict("+49 1512 3456789"), Ok("+4915123456789".into()));
        assert_eq!(verdict("0151 23456789"), Ok("+4915123456789".into()));
        assert_eq!(verdict("0049 30 901820"), Ok("+4930901820".into()));
        assert_eq!(verdict("+1 (212) 555-2368"), Ok("+12125552368".into()));
    }

    #[test]
    fn bad_numbers_are_refused() {
        let not_allowed = [
            "112",
            "110",
            "911",
            "999",
            "116117",
            "+44 20 7946 0018",
            "+43 1 58058",
            "+33612345678",
            "+49 900 1234567",
            "0900 3 123456",
            "+49 180 5 123456",
            "0800 1234567",
            "+1 900 555 1234",
            "+1 800 555 2368",
            "+881 6 1234 5678",
            "+882 16 1234 5678",
            "+979 123456789",
            "+49 700 12345678",
            "+49 30 12345000",
            "+1 876 555 1234",
            "+1 809 555 1234",
            "+53 7 8331234",
            "+7 495 1234567",
        ];
        for typed in not_allowed {
            assert!(verdict(typed).is_err(), "{typed}");
        }
        assert_eq!(verdict("112"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+44 20 7946 0018"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+49 900 1234567"), Err(Refusal::NotAllowed));
        assert_eq!(verdict("+49 30 12345000"), Err(Refusal::NotAllowed));
        for typed in [
            "",
            "hello",
            "+",
            "++4915123456789",
            "+49 151 2345 6789;ext=1",
            "sip:a@b",
            "+4915",
            "1".repeat(40).as_str(),
        ] {
            assert!(verdict(typed).is_err(), "{typed}");
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
