//! Contacts as desktops and programs see them that look for them.

use crate::fact::{ContactPart, Rater};
use crate::ids::ContactId;
use crate::view::ContactView;
use serde::Serialize;
use std::collections::BTreeMap;

/// One of those that were found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ContactRow {
    /// Its id.
    pub id: ContactId,
    /// Name, or empty.
    pub name: String,
    /// Company, or empty.
    pub company: String,
    /// The number that was looked for, else his first, as people write it.
    pub number: Option<String>,
    /// The same in E.164.
    pub e164: Option<String>,
    /// 0–7.
    pub priority: u8,
    /// RFC 3339: when he was last heard of.
    pub seen: Option<String>,
    /// Who spoke with him last: shown name.
    pub last_agent: Option<String>,
}

/// All that is kept of a contact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ContactCard {
    /// As a desktop has it that speaks with him; the history is the latest 20.
    #[serde(flatten)]
    pub contact: ContactView,
    /// Another one after each change: what a change says that it has read.
    pub version: u64,
    /// Company, or empty.
    pub company: String,
    /// The firm's own id of him.
    pub customer: Option<String>,
    /// His address.
    pub email: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// What the firm keeps of him besides.
    pub attributes: BTreeMap<String, String>,
    /// RFC 3339: when he was last heard of.
    pub seen: Option<String>,
    /// Who spoke with him last: shown name.
    pub last_agent: Option<String>,
    /// RFC 3339: until when.
    pub last_talk: Option<String>,
    /// Who changed what of the record, the latest first, at most 10; changes of priority are in `ratings`.
    pub edits: Vec<EditView>,
}

/// A change of a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EditView {
    /// RFC 3339.
    pub time: String,
    /// `agent`, `program`, `site`, `crm`.
    pub of: Rater,
    /// An agent's shown name, a key's or a site's.
    pub by: Option<String>,
    /// What of it.
    pub parts: Vec<ContactPart>,
}
