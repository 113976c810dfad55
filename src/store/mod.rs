//! The journal and its queries: one trait, SQLite behind it; `writer` is the thread that commits in groups.

pub mod chain;
pub mod conformance;
pub mod decisions;
pub mod erase;
pub mod sqlite;
pub mod writer;

use crate::switch::{DialogNews, LeftDialog, LegRecord};
use bytes::Bytes;
use chain::{Head, Row};
use erase::Erased;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use warmline_coordination::fact::Entry;

/// What is written together: all of it or nothing.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows of the journal, in order.
    pub entries: Vec<Entry>,
    /// Page snapshots by SHA-256 in hex; one that is there already stays.
    pub snapshots: Vec<(String, Bytes)>,
    /// Legs' records.
    pub records: Vec<LegRecord>,
    /// Dialogs by our tag: as they stand now, or over.
    pub dialogs: BTreeMap<String, Option<Box<LeftDialog>>>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.is_light() && self.dialogs.is_empty()
    }

    /// Whether there is nothing in it that has to be on the disk: dialogs are for a process that dies, not for a machine that does.
    pub fn is_light(&self) -> bool {
        self.entries.is_empty() && self.snapshots.is_empty() && self.records.is_empty()
    }

    /// What has become of a dialog, in the place of what was said of it before.
    pub fn note(&mut self, news: DialogNews) {
        match news {
            DialogNews::Stands(dialog) => self.dialogs.insert(dialog.tag.clone(), Some(dialog)),
            DialogNews::Over(tag) => self.dialogs.insert(tag, None),
        };
    }
}

/// The store cannot do it now: disk full, file gone, a row that cannot be read. Ours or the operator's to mend.
#[derive(Debug)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// The firms' chains, to be read.
pub trait Journal {
    /// The firms of which anything is kept, by name.
    fn firms(&mut self) -> Result<Vec<String>, StoreError>;
    /// Where a firm's chain ends; none: nothing is kept of it.
    fn head(&mut self, firm: &str) -> Result<Option<Head>, StoreError>;
    /// Gives a firm's rows with these numbers, in their order, as they are written, until `each` says that it is enough (false).
    fn rows(
        &mut self,
        firm: &str,
        seqs: RangeInclusive<u64>,
        each: &mut dyn FnMut(Row) -> bool,
    ) -> Result<(), StoreError>;
}

/// A place that keeps what it acknowledged, each firm's journal as a chain.
pub trait Store: Journal + Send {
    /// Writes a batch; on `Ok` it is on the disk (fsync), on `Err` nothing of it is there. One that [is light](Batch::is_light) is
    /// only given to the system.
    /// A `(firm, seq)` that stands already, or comes behind a later one, is an error: the journal has one writer.
    fn append(&mut self, batch: &Batch) -> Result<(), StoreError>;
    /// Puts other texts in the places of rows, and takes snapshots away: of what stood there nothing is left in the file, once nobody
    /// reads it as it was. True: that is so already; else it is tried again by [`Store::wipe`].
    fn erase(&mut self, erased: &Erased) -> Result<bool, StoreError>;
    /// See [`Store::erase`].
    fn wipe(&mut self) -> Result<bool, StoreError>;
    /// Gives every row of the journal, in the order written.
    fn replay(&mut self, each: &mut dyn FnMut(Entry)) -> Result<(), StoreError>;
    /// A page snapshot.
    fn snapshot(&mut self, hash: &str) -> Result<Option<Bytes>, StoreError>;
    /// The dialogs that stand, as a process before this one has left them; rows that cannot be read are gone.
    fn dialogs(&mut self) -> Result<Vec<LeftDialog>, StoreError>;
    /// How many legs' records there are.
    fn record_count(&mut self) -> Result<u64, StoreError>;
}
