//! The firm's own customer records: what is asked of its CRM, and what it may answer.

use crate::ids::{CallId, ReservationId, VisitorId};
use crate::text::{clean, clean_lines, clean_url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Bytes of an answer that are read.
pub const ANSWER: usize = 64 * 1024;
/// Further fields that are shown.
pub const FIELDS: usize = 20;
const NAME: usize = 100;
const NOTES: usize = 4_000;
const FIELD_NAME: usize = 60;
const FIELD_VALUE: usize = 500;

/// Names a question until its answer; unique in the firm while the program runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
pub struct LookupId(pub u64);

/// What the CRM is asked: who is this?
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Question {
    /// Comes back with the answer.
    #[serde(skip)]
    pub id: LookupId,
    /// The firm's name.
    pub firm: String,
    /// The site of the request; none for a plain call.
    pub site: Option<String>,
    /// The request.
    pub reservation: Option<ReservationId>,
    /// The call, where there is one already.
    pub call: Option<CallId>,
    /// The browser.
    pub visitor: Option<VisitorId>,
    /// E.164: typed by the visitor, or from where he calls. Not proved.
    pub number: Option<String>,
    /// The firm's own id of the customer, by a signed token: proved.
    pub customer_id: Option<String>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A record.
    Found(Box<Record>),
    /// The CRM does not know him.
    Unknown,
    /// There is no answer to be had.
    Failed,
}

/// A record of the CRM: text to be shown, never markup, never fetched.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// At most 100 characters.
    pub name: Option<String>,
    /// At most 200.
    pub customer_id: Option<String>,
    /// At most 4,000, with line ends.
    pub notes: Option<String>,
    /// 0–7.
    pub priority: Option<u8>,
    /// BCP 47.
    pub language: Option<String>,
    /// Where the agent finds more: http or https.
    pub url: Option<String>,
    /// Further ones, at most 20, by their names or in the order of the setting.
    pub fields: Vec<Field>,
}

/// One of a record's own fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// At most 60 characters.
    pub name: String,
    /// At most 500.
    pub value: String,
}

/// An answer that is no JSON object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer is no JSON object")
    }
}

impl std::error::Error for Unreadable {}

impl Record {
    /// An answer's body. What does not fit is left out; `None`: nothing is left. With `wanted`, only these fields, in this order.
    ///
    /// # Errors
    /// It is no JSON object, or longer than [`ANSWER`].
    pub fn read(body: &[u8], wanted: &[String]) -> Result<Option<Self>, Unreadable> {
        if body.len() > ANSWER {
            return Err(Unreadable);
        }
        let all: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        let line = |key: &str, most| {
            let text = all.get(key).and_then(plain).map(|text| clean(&text, most));
            text.filter(|text| !text.is_empty())
        };
        let notes = all.get("notes").and_then(Value::as_str).map(|text| first(&clean_lines(text), NOTES));
        let priority = all.get("priority").and_then(Value::as_u64).filter(|&priority| priority <= 7);
        let record = Record {
            name: line("name", NAME),
            customer_id: line("customer_id", crate::identity::CUSTOMER),
            notes: notes.filter(|text| !text.is_empty()),
            priority: priority.map(|priority| priority as u8),
            language: line("language", 35),
            url: all.get("url").and_then(Value::as_str).map(clean_url).filter(|url| !url.is_empty()),
            fields: all
                .get("fields")
                .and_then(Value::as_object)
                .map_or_else(Vec::new, |own| fields(own, wanted)),
        };
        Ok((record != Record::default()).then_some(record))
    }
}

fn fields(own: &Map<String, Value>, wanted: &[String]) -> Vec<Field> {
    let chosen: Vec<(&String, &Value)> = if wanted.is_empty() {
        own.iter().collect()
    } else {
        wanted.iter().filter_map(|name| own.get_key_value(name)).collect()
    };
    let fields = chosen.into_iter().filter_map(|(name, value)| {
        let (name, value) = (clean(name, FIELD_NAME), clean(&plain(value)?, FIELD_VALUE));
        (!name.is_empty() && !value.is_empty()).then_some(Field { name, value })
    });
    fields.take(FIELDS).collect()
}

/// Texts, numbers, and yes or no; nothing nested.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value, wanted: &[&str]) -> Option<Record> {
        let wanted: Vec<String> = wanted.iter().map(|text| text.to_string()).collect();
        Record::read(value.to_string().as_bytes(), &wanted).unwrap()
    }

    #[test]
    fn an_answer_is_bounded_and_plain() {
        let mut own = Map::new();
        for n in 0..30 {
            own.insert(format!("f{n:02}"), json!("x".repeat(900)));
        }
        own.insert("a nested".into(), json!({"b": 1}));
        let record = read(
            json!({"name": format!("V\u{202e}era{}", "a".repeat(200)), "customer_id": 4711, "notes": "one\r\ntwo\u{0}",
                   "priority": 8, "language": ["de"], "url": "javascript:alert(1)", "fields": own, "more": 1}),
            &[],
        )
        .unwrap();
        assert_eq!(record.name.as_ref().unwrap().chars().count(), 100);
        assert!(record.name.unwrap().starts_with("Veraa"));
        assert_eq!(
            (record.customer_id.as_deref(), record.notes.as_deref()),
            (Some("4711"), Some("one\ntwo"))
        );
        assert_eq!((record.priority, record.language, record.url), (None, None, None));
        assert_eq!((record.fields.len(), record.fields[0].value.len()), (20, 500));
    }

    #[test]
    fn the_setting_chooses_fields_and_their_order() {
        let record = read(json!({"fields": {"b": true, "a": 2, "c": "three"}}), &["c", "x", "b"]).unwrap();
        let shown: Vec<_> = record.fields.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
        assert_eq!(shown, [("c", "three"), ("b", "true")]);
    }

    #[test]
    fn nothing_is_nobody_and_nonsense_is_refused() {
        assert_eq!(read(json!({}), &[]), None);
        assert_eq!(read(json!({"name": " ", "fields": []}), &[]), None);
        for wrong in [&b"[]"[..], b"<html>", b"", b"null", b"\"x\"", b"{"] {
            assert_eq!(Record::read(wrong, &[]), Err(Unreadable));
        }
        let long = format!("{{\"name\":\"{}\"}}", "a".repeat(ANSWER));
        assert_eq!(Record::read(long.as_bytes(), &[]), Err(Unreadable));
    }
}
