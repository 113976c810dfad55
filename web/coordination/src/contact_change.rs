//! What is to be changed of a contact's record, in the form that it can have.

use crate::firm::problem;
use crate::request::Problem;
use crate::text::{clean, clean_lines};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Characters of a name or a company.
const NAME: usize = 100;
/// Of an address.
const EMAIL: usize = 254;
/// Of notes.
pub(crate) const NOTES: usize = 4_000;
/// Of an attribute's name and of its value.
const ATTRIBUTE_NAME: usize = 60;
const ATTRIBUTE_VALUE: usize = 500;
/// Numbers and attributes that are named in one change.
const NAMED: usize = 40;

/// What is left out stays as it is; null is as empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactChange {
    /// At most 100 characters; empty: none.
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    /// At most 100 characters; empty: none.
    #[serde(deserialize_with = "said")]
    pub company: Option<String>,
    /// BCP 47; empty: none.
    #[serde(deserialize_with = "said")]
    pub language: Option<String>,
    /// At most 254 characters; empty: none.
    #[serde(deserialize_with = "said")]
    pub email: Option<String>,
    /// At most 4,000 characters.
    #[serde(deserialize_with = "said")]
    pub notes: Option<String>,
    /// 0–7.
    pub priority: Option<u8>,
    /// By their names, at most 60 characters; values of at most 500, null takes one away. A contact has at most 20.
    pub attributes: BTreeMap<String, Option<String>>,
    /// His telephone numbers.
    pub numbers: NumbersChange,
}

/// Numbers as written; a contact has at most 8. One that is there already, or is not there, changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumbersChange {
    /// They are his, too.
    pub add: Vec<String>,
    /// They are his no more; taken away before others are added.
    pub remove: Vec<String>,
}

impl ContactChange {
    /// Bounded, and without what deceives.
    ///
    /// # Errors
    /// 422: `too_long`, `email_invalid`, `language_invalid`, `priority_invalid`, `attributes_invalid`, `too_many_numbers`.
    pub fn tidy(self) -> Result<Self, Problem> {
        let named = self.attributes.len().max(self.numbers.add.len() + self.numbers.remove.len());
        if named > NAMED {
            return Err(problem(422, "too_long", "At most 40 attributes or numbers are changed at once."));
        }
        if self.priority.is_some_and(|priority| priority > 7) {
            return Err(problem(422, "priority_invalid", "Priority is 0 to 7."));
        }
        if self.notes.as_ref().is_some_and(|notes| notes.chars().nth(NOTES).is_some()) {
            return Err(problem(422, "notes_too_long", "Notes have at most 4,000 characters."));
        }
        let attributes = self.attributes.into_iter().map(|(name, value)| {
            let wrong =
                || problem(422, "attributes_invalid", "An attribute has a name and a value of one line.");
            let value = value.map(|value| line(&value, ATTRIBUTE_VALUE)).transpose()?;
            let name = line(&name, ATTRIBUTE_NAME)?;
            if name.is_empty() || value.as_ref().is_some_and(String::is_empty) {
                return Err(wrong());
            }
            Ok((name, value))
        });
        Ok(ContactChange {
            name: self.name.map(|text| line(&text, NAME)).transpose()?,
            company: self.company.map(|text| line(&text, NAME)).transpose()?,
            language: self.language.map(|text| tag(&text)).transpose()?,
            email: self.email.map(|text| mailbox(&text)).transpose()?,
            notes: self.notes.map(|notes| clean_lines(&notes)),
            priority: self.priority,
            attributes: attributes.collect::<Result<_, Problem>>()?,
            numbers: self.numbers,
        })
    }
}

/// Null is said, too: it is empty then.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

fn line(text: &str, most: usize) -> Result<String, Problem> {
    if text.trim().chars().nth(most).is_some() {
        return Err(problem(422, "too_long", &format!("This has at most {most} characters.")));
    }
    Ok(clean(text, most))
}

fn mailbox(text: &str) -> Result<String, Problem> {
    let text = line(text, EMAIL)?;
    let parts = text.split_once('@');
    let has =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@,;<>\"".contains(c));
    if text.is_empty() || parts.is_some_and(|(local, domain)| has(local) && has(domain)) {
        return Ok(text);
    }
    Err(problem(422, "email_invalid", "This is no e-mail address."))
}

fn tag(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let wrong = || problem(422, "language_invalid", "This is no language such as `de` or `pt-BR`.");
    crate::asking::language(text).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tidy(change: Value) -> Result<ContactChange, &'static str> {
        let change: ContactChange = serde_json::from_value(change).map_err(|_| "unreadable")?;
        change.tidy().map_err(|problem| problem.code)
    }

    #[test]
    fn a_change_is_bounded_and_plain() {
        let change = tidy(
            json!({"name": " Ve\u{202e}ra ", "email": "v@shop.test", "language": "de-at", "notes": "a\r\nb",
            "attributes": {"plan": "pro", "old": null}}),
        )
        .unwrap();
        assert_eq!((change.name.as_deref(), change.language.as_deref()), (Some("Vera"), Some("de-AT")));
        assert_eq!(change.notes.as_deref(), Some("a\nb"));
        assert_eq!((&change.attributes["plan"], &change.attributes["old"]), (&Some("pro".into()), &None));
        assert_eq!(tidy(json!({"email": "", "language": ""})).unwrap().email.as_deref(), Some(""));
        for (wrong, code) in [
            (json!({"name": "x".repeat(101)}), "too_long"),
            (json!({"email": "v@"}), "email_invalid"),
            (json!({"email": "a@b, c@d"}), "email_invalid"),
            (json!({"language": "German please"}), "language_invalid"),
            (json!({"priority": 8}), "priority_invalid"),
            (json!({"notes": "x".repeat(4_001)}), "notes_too_long"),
            (json!({"attributes": {"": "x"}}), "attributes_invalid"),
            (json!({"attributes": {"plan": " "}}), "attributes_invalid"),
            (json!({"numbers": {"add": vec!["1"; 41]}}), "too_long"),
            (json!({"surname": "x"}), "unreadable"),
            (json!({"numbers": ["+49"]}), "unreadable"),
        ] {
            assert_eq!(tidy(wrong.clone()), Err(code), "{wrong}");
        }
    }
}
