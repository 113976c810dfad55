//! A bundle as it is written: JSON for people and programs, signed.

use super::key::{Key, has_signed, hex};
use crate::store::chain::{self, Hash};
use serde::{Deserialize, Serialize};

/// What the first version of a bundle calls itself.
pub const FORMAT: &str = "warmline-evidence-1";

/// A bundle of evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What is signed.
    pub content: Content,
    /// The public key, Ed25519, in hexadecimal.
    pub key: String,
    /// Of [`Content::message`], in hexadecimal.
    pub signature: String,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program that wrote it.
    pub program: String,
    /// That of the timeline's words: another one tells the same rows in other words.
    pub words: u32,
    /// Whose journal it is from.
    pub firm: String,
    /// About which request.
    pub reservation: String,
    /// RFC 3339.
    pub made_at: String,
    /// What the rows say, in words, by time.
    pub timeline: Vec<Event>,
    /// The link before the first row.
    pub before: Place,
    /// From the first row of this request to its last.
    pub rows: Vec<Item>,
    /// The link of the last row.
    pub after: Place,
    /// The end of the journal when the bundle was made.
    pub head: Place,
}

/// A line of the timeline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// RFC 3339.
    pub time: String,
    /// In words.
    pub what: String,
    /// The row that says so.
    pub row: u64,
}

/// A link of the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The row's number; 0: before the first one.
    pub seq: u64,
    /// In hexadecimal.
    pub link: String,
}

impl Place {
    /// A link.
    pub fn new(seq: u64, link: &Hash) -> Self {
        Place { seq, link: hex(link) }
    }
}

/// A row of the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Item {
    /// One about this request.
    Row(Row),
    /// Those of others up to the next: nothing of them can be read.
    Others(Others),
}

/// See [`Item::Row`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its number.
    pub seq: u64,
    /// Microseconds since the epoch.
    pub time: u64,
    /// The fact as it is written, JSON.
    pub fact: String,
}

/// See [`Item::Others`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    /// The first one's number.
    pub from: u64,
    /// One after the other, in hexadecimal.
    pub digests: Vec<String>,
}

impl Row {
    /// What it adds to the chain.
    pub fn digest(&self, firm: &str) -> Hash {
        chain::digest(firm, self.seq, self.time, &self.fact)
    }
}

impl Content {
    /// What is signed: a line that says what for, and the content as JSON without spaces between its parts.
    ///
    /// # Errors
    /// None that can happen: all of it is text and numbers.
    pub fn message(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut message = format!("{FORMAT}\n").into_bytes();
        serde_json::to_writer(&mut message, self)?;
        Ok(message)
    }

    /// The bundle.
    ///
    /// # Errors
    /// As of [`Content::message`].
    pub fn signed(self, key: &Key) -> Result<Bundle, serde_json::Error> {
        let signature = key.sign(&self.message()?);
        Ok(Bundle { content: self, key: key.public(), signature })
    }
}

impl Bundle {
    /// Whether its key has signed its content.
    pub fn is_signed(&self) -> bool {
        let message = self.content.message();
        message.is_ok_and(|message| has_signed(&self.key, &message, &self.signature))
    }

    /// As a file.
    ///
    /// # Errors
    /// As of [`Content::message`].
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
