//! A long journal: what the program wrote of one request, again and again, each time of another one; appended by the store itself.

use std::path::Path;
use warmline::store::sqlite::Sqlite;
use warmline::store::{Batch, Store};
use warmline_coordination::fact::{Entry, Fact};

/// Rows of one transaction.
const BATCH: usize = 5_000;
/// What ULIDs and other ids are written in (Crockford).
const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Appends copies of the firm's rows from `from` on, in which ids and the number are another each time, until there are `rows`. Nobody
/// else writes meanwhile.
pub fn grow(folder: &Path, firm: &str, from: u64, number: &str, rows: usize) {
    let mut store = Sqlite::open(&folder.join("data/warmline.db")).expect("nobody writes");
    let mut journal: Vec<Entry> = Vec::new();
    store.replay(&mut |entry| journal.push(entry)).expect("read");
    journal.retain(|entry| entry.firm == firm);
    let (mut seq, time) = journal.last().map(|last| (last.seq, last.time)).expect("rows");
    let model = journal.into_iter().filter(|entry| entry.seq >= from);
    let model: Vec<String> = model.map(|entry| serde_json::to_string(&entry.fact).expect("JSON")).collect();
    let ids = ids(&model.concat());
    let mut batch = Batch::default();
    for copy in 1.. {
        let others: Vec<(&str, String)> = ids.iter().map(|id| (id.as_str(), other(id, copy))).collect();
        let called = format!("{}{copy:06}", &number[..number.len() - 6]);
        for text in &model {
            let text =
                others.iter().fold(text.replace(number, &called), |text, (id, to)| text.replace(id, to));
            let fact: Fact = serde_json::from_str(&text).expect("a fact");
            seq += 1;
            batch.entries.push(Entry { seq, time, firm: firm.into(), fact });
        }
        let whole = seq as usize >= rows;
        if whole || batch.entries.len() >= BATCH {
            store.append(&std::mem::take(&mut batch)).expect("appended");
        }
        if whole {
            return;
        }
    }
}

/// All that look like `rsv_` and a ULID, and idempotency keys do not.
fn ids(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = text.split('"').filter(|word| is_id(word)).map(str::to_owned).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn is_id(word: &str) -> bool {
    let ulid = word.split_once('_').map(|(_, ulid)| ulid.as_bytes());
    ulid.is_some_and(|ulid| ulid.len() == 26 && ulid.iter().all(|digit| DIGITS.contains(digit)))
}

/// The same with another end.
fn other(id: &str, copy: usize) -> String {
    let end = (0..4).rev().map(|place| DIGITS[copy >> (5 * place) & 31] as char);
    id[..id.len() - 4].chars().chain(end).collect()
}
