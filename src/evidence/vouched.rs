//! Rows whose texts are not those that were linked: of people who were erased (E24). Each has to be what an erasure leaves, and a later row
//! has to vouch for its text, for an erasure that was ordered before, or because it is older than is kept.

use super::NoEvidence;
use super::key::hex;
use crate::store::chain::{self, Broken, Row};
use crate::store::{Journal, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use warmline_coordination::erasure::is_erased;
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ErasureId;

/// What is known of them from a journal's rows, in their order.
#[derive(Default)]
pub(super) struct Vouched {
    ordered: BTreeSet<ErasureId>,
    /// By row: the digest of what stands there; none: no erasure leaves that.
    texts: BTreeMap<u64, Option<String>>,
    /// Their times, in microseconds since the epoch.
    times: BTreeMap<u64, u64>,
    said: BTreeMap<u64, String>,
}

impl Vouched {
    /// The next row.
    pub fn look(&mut self, firm: &str, row: &Row) {
        if row.digest.is_some() {
            let erased = serde_json::from_str(&row.fact).is_ok_and(|fact| is_erased(&fact));
            let text = erased.then(|| hex(&chain::digest(firm, row.seq, row.time, &row.fact)));
            self.texts.insert(row.seq, text);
            self.times.insert(row.seq, row.time);
        }
        let kinds = ["{\"fact\":\"rows_erased\"", "{\"fact\":\"erasure_ordered\""];
        if !kinds.iter().any(|kind| row.fact.starts_with(kind)) {
            return;
        }
        match serde_json::from_str(&row.fact) {
            Ok(Fact::ErasureOrdered(ordered)) => drop(self.ordered.insert(ordered.erasure)),
            Ok(Fact::RowsErased(erased)) => {
                let ordered = erased.erasures.iter().all(|id| self.ordered.contains(id));
                let ordered = ordered && !erased.erasures.is_empty();
                let old = |seq: &u64| {
                    erased.older.zip(self.times.get(seq)).is_some_and(|(older, time)| *time < older)
                };
                // Of a row that was replaced twice the later word counts.
                self.said.extend(erased.rows.iter().filter(|(seq, _)| ordered || old(seq)).cloned());
            }
            _ => {}
        }
    }

    /// How many are vouched for, and which are not.
    pub fn told(self) -> (usize, Vec<u64>) {
        let wrong =
            |(seq, text): &(&u64, &Option<String>)| text.is_none() || self.said.get(seq) != text.as_ref();
        let wrong: Vec<u64> = self.texts.iter().filter(wrong).map(|(&seq, _)| seq).collect();
        (self.texts.len() - wrong.len(), wrong)
    }
}

/// Whether a whole journal's are vouched for.
///
/// # Errors
/// Where one is not, or it cannot be read.
pub(super) fn all(journal: &mut dyn Journal, firm: &str) -> Result<(), NoEvidence> {
    let mut vouched = Vouched::default();
    journal
        .rows(firm, 1..=u64::MAX, &mut |row| {
            vouched.look(firm, &row);
            true
        })
        .map_err(|error: StoreError| NoEvidence::from(error))?;
    match vouched.told().1.first() {
        Some(&seq) => Err(NoEvidence::Damaged(seq, Broken::Link)),
        None => Ok(()),
    }
}
