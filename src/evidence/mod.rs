//! Evidence of one contact (C15): the rows of the journal that are about it, proved to be part of the firm's chain, and signed.
//!
//! docs/evidence.md says what that proves and what it does not.

pub mod archive;
pub mod audit;
pub mod bundle;
pub mod campaign;
#[cfg(test)]
mod campaign_tests;
pub mod collect;
pub mod command;
pub mod concerns;
#[cfg(test)]
mod erased_tests;
pub mod key;
pub mod person;
pub mod summary;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod verify;
mod vouched;

use crate::store::StoreError;
use crate::store::chain::Broken;
use std::fmt;

/// Why there is no bundle.
#[derive(Debug)]
pub enum NoEvidence {
    /// The firm has no such reservation.
    Unknown,
    /// The firm has no such campaign.
    UnknownCampaign,
    /// Between its first row and its last there are so many of others.
    TooLong(u64),
    /// This row of the journal is not what was written.
    Damaged(u64, Broken),
    /// The journal cannot be read.
    Store(StoreError),
}

impl From<StoreError> for NoEvidence {
    fn from(error: StoreError) -> Self {
        NoEvidence::Store(error)
    }
}

impl fmt::Display for NoEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoEvidence::Unknown => f.write_str("the firm has no such reservation"),
            NoEvidence::UnknownCampaign => f.write_str("the firm has no such campaign"),
            NoEvidence::TooLong(rows) => write!(
                f,
                "there are {rows} rows of the journal between its first and its last, more than {} fit into a bundle",
                collect::LONGEST
            ),
            NoEvidence::Damaged(seq, how) => {
                write!(f, "the journal was changed at row {seq}: {how}; see `warmline evidence audit`")
            }
            NoEvidence::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NoEvidence {}
