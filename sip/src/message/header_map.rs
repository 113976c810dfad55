//! The headers of a message, in order; no value can break its line.

use super::name::HeaderName;
use crate::headers::text::{ListItems, is_line_breaker};
use bytes::Bytes;
use std::borrow::Cow;

/// The headers of a message, in order.
///
/// No value can hold CR, LF or NUL: [`Headers::push`] replaces each by a space, the parser unfolds (RFC 3261 §7.3.1).
/// Values that the parser took are slices of the datagram; they may be other than UTF-8.
/// Content-Length is never kept: [`super::Message::write`] counts the body; adding one does nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Headers {
    rows: Vec<(HeaderName, Bytes)>,
}

impl Headers {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Headers { rows: Vec::with_capacity(rows) }
    }
    /// The first value of `name`, if it is UTF-8.
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        self.get_bytes(name).and_then(|value| std::str::from_utf8(value).ok())
    }
    /// The first value of `name` as it came.
    pub fn get_bytes(&self, name: &HeaderName) -> Option<&Bytes> {
        self.rows.iter().find(|row| row.0 == *name).map(|row| &row.1)
    }
    /// The first value of `name`; read as Latin-1 where it is no UTF-8, as old gateways write names.
    pub fn text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.get_bytes(name).map(|value| match std::str::from_utf8(value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(value.iter().copied().map(char::from).collect()),
        })
    }
    /// Every value of `name`, one a header line (not split at commas). Values that are no UTF-8 are left out.
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        self.rows.iter().filter(move |row| row.0 == *name).filter_map(|row| std::str::from_utf8(&row.1).ok())
    }
    /// Every value of `name`, split at the commas outside quotes and angle brackets.
    pub fn list<'a>(&'a self, name: &'a HeaderName) -> Vec<&'a str> {
        self.get_all(name).flat_map(ListItems::new).collect()
    }
    /// How many lines `name` has.
    pub fn count(&self, name: &HeaderName) -> usize {
        self.rows.iter().filter(|row| row.0 == *name).count()
    }
    /// Whether `name` is there, perhaps empty.
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.get_bytes(name).is_some()
    }
    /// Appends.
    pub fn push(&mut self, name: HeaderName, value: impl Into<String>) {
        self.push_bytes(name, Bytes::from(value.into()));
    }
    /// Appends a value as it is on the wire, without a copy where it holds nothing that [`Headers::push`] replaces.
    pub fn push_bytes(&mut self, name: HeaderName, value: Bytes) {
        self.insert(self.rows.len(), name, value);
    }
    /// Puts in front (a Via on sending).
    pub fn push_front(&mut self, name: HeaderName, value: impl Into<String>) {
        self.insert(0, name, Bytes::from(value.into()));
    }
    /// Takes every value of `name` away and appends this one.
    pub fn set(&mut self, name: HeaderName, value: impl Into<String>) {
        self.remove(&name);
        self.push(name, value);
    }
    /// Takes every value of `name` away.
    pub fn remove(&mut self, name: &HeaderName) {
        self.rows.retain(|row| row.0 != *name);
    }
    /// Name and raw value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &[u8])> {
        self.rows.iter().map(|row| (&row.0, &row.1[..]))
    }
    /// Name and value, in order, so that a value can be passed on without a copy.
    pub(crate) fn rows(&self) -> &[(HeaderName, Bytes)] {
        &self.rows
    }
    /// Appends a value that is known to be trimmed and free of CR, LF and NUL.
    pub(crate) fn push_clean(&mut self, name: HeaderName, value: Bytes) {
        self.rows.push((name, value));
    }

    fn insert(&mut self, at: usize, name: HeaderName, value: Bytes) {
        if name != HeaderName::CONTENT_LENGTH {
            self.rows.insert(at, (name, clean(value)));
        }
    }
}

/// Without CR, LF, NUL, and without white space at either end, which would not survive the wire.
fn clean(value: Bytes) -> Bytes {
    let value = if value.iter().any(|&byte| is_line_breaker(byte)) {
        value.iter().map(|&byte| if is_line_breaker(byte) { b' ' } else { byte }).collect()
    } else {
        value
    };
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    match (value.iter().position(is_text), value.iter().rposition(is_text)) {
        (Some(first), Some(last)) => value.slice(first..=last),
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(HeaderName, &str)]) -> Headers {
        let mut headers = Headers::default();
        rows.iter().for_each(|(name, value)| headers.push(name.clone(), *value));
        headers
    }

    #[test]
    fn values_are_found_in_order() {
        let mut all = headers(&[
            (HeaderName::ALLOW, "INVITE, ACK"),
            (HeaderName::TO, "<sip:a@b>"),
            (HeaderName::ALLOW, "BYE"),
        ]);
        assert_eq!(all.get(&HeaderName::ALLOW), Some("INVITE, ACK"));
        assert_eq!(all.get_all(&HeaderName::ALLOW).collect::<Vec<_>>(), ["INVITE, ACK", "BYE"]);
        assert_eq!(all.list(&HeaderName::ALLOW), ["INVITE", "ACK", "BYE"]);
        assert_eq!((all.count(&HeaderName::ALLOW), all.contains(&HeaderName::VIA)), (2, false));
        all.push_front(HeaderName::VIA, "SIP/2.0/UDP h");
        assert_eq!(all.iter().next(), Some((&HeaderName::VIA, &b"SIP/2.0/UDP h"[..])));
        all.set(HeaderName::ALLOW, "CANCEL");
        assert_eq!(all.list(&HeaderName::ALLOW), ["CANCEL"]);
        all.remove(&HeaderName::ALLOW);
        assert_eq!((all.list(&HeaderName::ALLOW).len(), all.iter().count()), (0, 2));
    }

    #[test]
    fn no_value_breaks_its_line() {
        let evil = " a\r\nEvil: 1\0\n";
        let mut all = headers(&[(HeaderName::SUBJECT, evil)]);
        all.push_front(HeaderName::VIA, evil);
        all.set(HeaderName::TO, evil);
        all.push_bytes(HeaderName::FROM, Bytes::from_static(evil.as_bytes()));
        assert_eq!(all.iter().count(), 4);
        assert!(all.iter().all(|(_, value)| value == b"a  Evil: 1"), "{all:?}");
        assert_eq!(headers(&[(HeaderName::SUBJECT, "\r\n ")]).get(&HeaderName::SUBJECT), Some(""));
    }

    #[test]
    fn content_length_is_not_kept() {
        let mut all = headers(&[(HeaderName::CONTENT_LENGTH, "5")]);
        all.set(HeaderName::CONTENT_LENGTH, "5");
        all.push_front(HeaderName::from_token("l").unwrap(), "5");
        assert_eq!(all.iter().count(), 0);
    }

    #[test]
    fn latin_1_is_kept_and_can_be_read() {
        let mut all = Headers::default();
        all.push_bytes(HeaderName::SUBJECT, Bytes::from_static(b"M\xfcller"));
        assert_eq!((all.get(&HeaderName::SUBJECT), all.list(&HeaderName::SUBJECT).len()), (None, 0));
        assert_eq!(all.text(&HeaderName::SUBJECT).as_deref(), Some("Müller"));
        assert_eq!(all.iter().next().unwrap().1, b"M\xfcller");
    }
}
