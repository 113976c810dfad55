//! Who a visitor is by his site's word: what a signed token said, after it was checked.

use crate::number::calling_code;
use crate::text::clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest id of a customer, in characters.
pub const CUSTOMER: usize = 200;
/// Attributes that are kept, and their longest name and value in characters.
pub const ATTRIBUTES: usize = 20;
const ATTRIBUTE_NAME: usize = 60;
const ATTRIBUTE_VALUE: usize = 500;

/// The claims of a token whose signature, end and audience were right.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// `sub`: the firm's own id of the customer; never empty.
    pub customer: String,
    /// His name.
    pub name: Option<String>,
    /// His address.
    pub email: Option<String>,
    /// E.164: the number on file.
    pub phone: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// 1–7, capped by the site's setting. 0 is a person's word only.
    pub priority: Option<u8>,
    /// What else the site says of him, in the order of the names.
    pub attributes: BTreeMap<String, String>,
}

impl Identity {
    /// Bounded and without control characters; none where nothing is left of the customer's id.
    pub fn tidy(self) -> Option<Self> {
        let customer = clean(&self.customer, CUSTOMER);
        let line = |text: Option<String>, most| text.map(|t| clean(&t, most)).filter(|t| !t.is_empty());
        let attributes = self.attributes.into_iter().take(ATTRIBUTES);
        let attributes = attributes
            .map(|(name, value)| (clean(&name, ATTRIBUTE_NAME), clean(&value, ATTRIBUTE_VALUE)))
            .filter(|(name, _)| !name.is_empty());
        (!customer.is_empty()).then(|| Identity {
            customer,
            name: line(self.name, 100),
            email: line(self.email, 254),
            phone: self.phone.filter(|number| is_e164(number)),
            language: line(self.language, 35),
            priority: self.priority.filter(|priority| (1..=7).contains(priority)),
            attributes: attributes.collect(),
        })
    }
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of which its owner knows the rest: `+49 151 ••••• 34`; a short one shows its country and its end. How long it is is not told.
pub fn masked(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let code = calling_code(number).unwrap_or_default();
    let national = digits.strip_prefix(&code).unwrap_or(&digits);
    let country = if code.is_empty() { String::new() } else { format!("+{code} ") };
    let start =
        national.get(..3).filter(|_| national.len() >= 8).map_or(String::new(), |start| format!("{start} "));
    let end = national.get(national.len().saturating_sub(2)..).unwrap_or_default();
    format!("{country}{start}••••• {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_site_says_is_bounded_and_plain() {
        let many = (0..50).map(|n| (format!("k{n:02}"), "v\u{0}".repeat(900))).collect();
        let said = Identity {
            customer: " c-1\n".into(),
            name: Some("\u{202e}".into()),
            email: Some("vera@shop.test".into()),
            phone: Some("030 1234".into()),
            language: Some("de-AT".into()),
            priority: Some(9),
            attributes: many,
        };
        let tidy = said.tidy().unwrap();
        assert_eq!((tidy.customer.as_str(), &tidy.name, &tidy.phone), ("c-1", &None, &None));
        assert_eq!((tidy.priority, tidy.attributes.len()), (None, 20));
        assert_eq!(tidy.attributes["k00"].len(), 500);
        assert_eq!(Identity { customer: "\u{0}".into(), ..Identity::default() }.tidy(), None);
    }

    #[test]
    fn a_masked_number_is_known_to_its_owner_only() {
        assert_eq!(masked("+4915123456789"), "+49 151 ••••• 89");
        assert_eq!(masked("+12125552368"), "+1 212 ••••• 68");
        assert_eq!(masked("+3725123456"), "+372 ••••• 56");
        assert_eq!(masked("8001"), "••••• 01");
    }
}
