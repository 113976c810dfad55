//! SQLite: WAL and `synchronous=FULL`, so that a commit is on the disk when it returns.

use super::{Batch, Store, StoreError};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;
use warmline_coordination::fact::Entry;
use warmline_time::Time;

/// Applied in order; `user_version` counts them.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_journal.sql")];

/// One file, one connection.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError(error.to_string())
    }
}

impl Sqlite {
    /// Opens or makes the file and brings it to this program's version. The lock is held until it is dropped:
    /// a second program on the same file is refused.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(std::time::Duration::from_millis(200))?;
        connection.execute_batch(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        )?;
        let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > MIGRATIONS.len() {
            return Err(StoreError(format!("{} was written by a newer Warmline", file.display())));
        }
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", index + 1)?;
            transaction.commit()?;
        }
        Ok(Sqlite { connection })
    }
}

impl Store for Sqlite {
    fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut journal = transaction
                .prepare_cached("INSERT INTO journal (firm, seq, time, fact) VALUES ($1, $2, $3, $4)")?;
            for entry in &batch.entries {
                let fact =
                    serde_json::to_string(&entry.fact).map_err(|error| StoreError(error.to_string()))?;
                journal.execute(params![entry.firm, entry.seq, entry.time.as_micros(), fact])?;
            }
            let mut snapshots = transaction.prepare_cached(
                "INSERT INTO snapshots (hash, html) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
            )?;
            for (hash, html) in &batch.snapshots {
                snapshots.execute(params![hash, &html[..]])?;
            }
            let mut legs =
                transaction.prepare_cached("INSERT INTO legs (call, started, record) VALUES ($1, $2, $3)")?;
            for record in &batch.records {
                let text = serde_json::to_string(record).map_err(|error| StoreError(error.to_string()))?;
                legs.execute(params![record.call, record.started, text])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn replay(&mut self, each: &mut dyn FnMut(Entry)) -> Result<(), StoreError> {
        let mut rows = self.connection.prepare("SELECT firm, seq, time, fact FROM journal ORDER BY id")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (firm, seq): (String, u64) = (row.get(0)?, row.get(1)?);
            let text: String = row.get(3)?;
            let fact = serde_json::from_str(&text)
                .map_err(|error| StoreError(format!("journal row {firm}/{seq} cannot be read: {error}")))?;
            each(Entry { seq, time: Time::from_micros(row.get(2)?), firm, fact });
        }
        Ok(())
    }

    fn snapshot(&mut self, hash: &str) -> Result<Option<Bytes>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT html FROM snapshots WHERE hash = $1")?;
        let found: Option<Vec<u8>> = query.query_row([hash], |row| row.get(0)).optional()?;
        Ok(found.map(Bytes::from))
    }

    fn record_count(&mut self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM legs", [], |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;

    #[test]
    fn conforms() {
        conformance::run(&|folder| Ok(Box::new(Sqlite::open(&folder.join("warmline.db"))?)));
    }

    #[test]
    fn one_program_at_a_time() {
        let folder = conformance::folder("lock");
        let file = folder.join("warmline.db");
        let mut first = Sqlite::open(&file).expect("opens");
        first.append(&Batch::default()).expect("takes the lock");
        assert!(Sqlite::open(&file).is_err(), "a second one must be refused");
        drop(first);
        Sqlite::open(&file).expect("free again");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn refuses_a_newer_file() {
        let folder = conformance::folder("newer");
        let file = folder.join("warmline.db");
        drop(Sqlite::open(&file).expect("opens"));
        Connection::open(&file).unwrap().pragma_update(None, "user_version", 999).unwrap();
        assert!(Sqlite::open(&file).unwrap_err().to_string().contains("newer"));
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
