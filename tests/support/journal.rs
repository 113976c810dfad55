//! Journals that a test cannot wait for: what the program wrote of one request, again and again, each time of another one; appended by the store itself; or long ago.

use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use warmline::store::sqlite::Sqlite;
use warmline::store::{Batch, Store};
use warmline_coordination::fact::{Entry, Fact};
use warmline_time::Time;

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

/// The same happened so long ago, in all that it says. Nobody writes meanwhile. What is kept for minutes is gone.
pub fn age(folder: &Path, by: Duration) {
    let (file, new) = (folder.join("data/warmline.db"), folder.join("data/older.db"));
    let mut store = Sqlite::open(&file).expect("nobody writes");
    let mut batch = Batch::default();
    store.replay(&mut |entry| batch.entries.push(entry)).expect("read");
    let micros = by.as_micros() as u64;
    for entry in &mut batch.entries {
        entry.time = Time::from_micros(entry.time.as_micros() - micros);
        let mut fact = serde_json::to_value(&entry.fact).expect("JSON");
        earlier(&mut fact, micros);
        if let Some(hash) = fact["snapshot"].as_str() {
            let page = store.snapshot(hash).expect("read").expect("a page");
            batch.snapshots.push((hash.to_owned(), page));
        }
        entry.fact = serde_json::from_value(fact).expect("a fact");
    }
    Sqlite::open(&new).expect("made").append(&batch).expect("written");
    drop(store);
    std::fs::rename(new, &file).expect("renamed");
    std::fs::remove_dir_all(folder.join("data/events")).expect("removed");
}

/// Every moment in it, in microseconds since the epoch.
fn earlier(value: &mut Value, micros: u64) {
    const THIS_CENTURY: u64 = 1_000_000_000_000_000;
    match value {
        Value::Number(number) => {
            if let Some(at) = number.as_u64().filter(|at| *at > THIS_CENTURY) {
                *value = (at - micros).into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| earlier(value, micros)),
        Value::Object(fields) => fields.values_mut().for_each(|value| earlier(value, micros)),
        _ => {}
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
