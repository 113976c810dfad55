//! SQLite: WAL and `synchronous=FULL`, so that a commit is on the disk when it returns. One program writes; others may read beside it.

use super::chain::{self, Hash, Head, Row, START};
use super::erase::Erased;
use super::{Batch, Journal, Store, StoreError};
use crate::switch::LeftDialog;
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;
use warmline_coordination::fact::Entry;
use warmline_time::Time;

/// Applied in order; `user_version` counts them.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_journal.sql"),
    include_str!("migrations/0002_chain.sql"),
    include_str!("migrations/0003_dialogs.sql"),
    include_str!("migrations/0004_erased.sql"),
];
/// The migration whose rows of before are linked.
const CHAIN: usize = 1;
/// Dialogs at most; what comes beyond is not kept.
const DIALOGS: usize = 65_536;
/// So many rows are in memory at once while they are linked, or handed on while they are replayed.
const PAGE: usize = 1_000;
/// Read and not replayed yet, at most.
const PAGES: usize = 4;
/// A copy of the file under way, or a reader that begins, is waited for so long.
const BUSY: Duration = Duration::from_millis(200);

/// One file, one connection.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    /// The last link of each firm.
    links: HashMap<String, Head>,
    /// How many dialogs are kept.
    dialogs: usize,
    /// Held while we write: a second program is refused. Given back behind the connection.
    _lock: Lock,
}

/// The lock of who writes. The system takes it back from a program that has died.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // By name, as a child that is being started at this moment has the file open too. Who cannot give it back dies with it.
        let _ = self.0.unlock();
    }
}

/// The same file, read beside the program that writes it: as it stands when it is opened.
#[derive(Debug)]
pub struct Reader {
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
        let lock = lock(&file.with_extension("lock"))?;
        let mut connection = Connection::open(file)?;
        connection.busy_timeout(BUSY)?;
        connection
            .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;")?;
        let version = version(&connection, file)?;
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            if index == CHAIN {
                link_rows(&transaction)?;
            }
            transaction.pragma_update(None, "user_version", index + 1)?;
            transaction.commit()?;
        }
        let links = heads(&connection)?;
        let dialogs = connection.query_row("SELECT count(*) FROM dialogs", [], |row| row.get(0))?;
        Ok(Sqlite { connection, links, dialogs, _lock: lock })
    }
}

impl Reader {
    /// Opens the file for reading alone; a program may write it meanwhile.
    ///
    /// # Errors
    /// Where there is none, or another version of the program has written it.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        if !file.exists() {
            return Err(StoreError(format!("{}: there is no journal here", file.display())));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let cannot = |error: rusqlite::Error| StoreError(format!("{}: {error}", file.display()));
        let connection = Connection::open_with_flags(file, flags).map_err(cannot)?;
        connection.busy_timeout(BUSY).map_err(cannot)?;
        // From the first reading on it sees one state, whatever is written.
        connection.execute_batch("BEGIN").map_err(cannot)?;
        if version(&connection, file)? < MIGRATIONS.len() {
            let older = "was written by an older Warmline: start this one on it once";
            return Err(StoreError(format!("{} {older}", file.display())));
        }
        Ok(Reader { connection })
    }
}

/// The file that says that somebody writes.
fn lock(file: &Path) -> Result<Lock, StoreError> {
    let said = |error: &dyn std::fmt::Display| StoreError(format!("{}: {error}", file.display()));
    let lock = File::options().create(true).truncate(false).write(true).open(file);
    let lock = lock.map_err(|error| said(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(said(&"another program writes here")),
        Err(TryLockError::Error(error)) => Err(said(&error)),
    }
}

fn version(connection: &Connection, file: &Path) -> Result<usize, StoreError> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(StoreError(format!("{} was written by a newer Warmline", file.display())));
    }
    Ok(version)
}

/// Links the rows that were written before there were links.
fn link_rows(transaction: &Transaction) -> Result<(), StoreError> {
    let mut links: HashMap<String, Hash> = HashMap::new();
    let mut read = transaction
        .prepare("SELECT id, firm, seq, time, fact FROM journal WHERE id > $1 ORDER BY id LIMIT $2")?;
    let mut write = transaction.prepare("UPDATE journal SET link = $1 WHERE id = $2")?;
    let mut last = i64::MIN;
    loop {
        let mut page: Vec<(i64, Hash)> = Vec::new();
        let mut rows = read.query(params![last, PAGE])?;
        while let Some(row) = rows.next()? {
            let (id, firm, seq, time): (i64, String, u64, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let fact = row.get_ref(4)?.as_str().map_err(|error| StoreError(error.to_string()))?;
            let digest = chain::digest(&firm, seq, time, fact);
            let before = links.entry(firm).or_insert(START);
            *before = chain::link(before, &digest);
            page.push((id, *before));
        }
        drop(rows);
        let Some(&(id, _)) = page.last() else { return Ok(()) };
        last = id;
        for (id, link) in page {
            write.execute(params![link, id])?;
        }
    }
}

/// Where each firm's chain ends.
fn heads(connection: &Connection) -> Result<HashMap<String, Head>, StoreError> {
    let mut heads = HashMap::new();
    for firm in firms(connection)? {
        if let Some(head) = head(connection, &firm)? {
            heads.insert(firm, head);
        }
    }
    Ok(heads)
}

/// One look into the index for each firm, however long their journals are.
fn firms(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut next = connection.prepare("SELECT firm FROM journal WHERE firm > $1 ORDER BY firm LIMIT 1")?;
    let first = connection.query_row("SELECT min(firm) FROM journal", [], |row| row.get(0))?;
    let mut found: Option<String> = first;
    let mut firms = Vec::new();
    while let Some(firm) = found {
        found = next.query_row([&firm], |row| row.get(0)).optional()?;
        firms.push(firm);
    }
    Ok(firms)
}

fn head(connection: &Connection, firm: &str) -> Result<Option<Head>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT seq, link FROM journal WHERE firm = $1 ORDER BY seq DESC LIMIT 1")?;
    let found = query.query_row([firm], |row| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?)));
    let Some((seq, kept)) = found.optional()? else { return Ok(None) };
    let link = kept.as_deref().and_then(|kept| Hash::try_from(kept).ok());
    let link = link.ok_or_else(|| StoreError(format!("journal row {firm}/{seq} has no link")))?;
    Ok(Some(Head { seq, link }))
}

fn rows(
    connection: &Connection,
    firm: &str,
    seqs: RangeInclusive<u64>,
    each: &mut dyn FnMut(Row) -> bool,
) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT seq, time, fact, link, digest FROM journal WHERE firm = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq",
    )?;
    let most = i64::MAX as u64;
    let mut rows = query.query(params![firm, (*seqs.start()).min(most), (*seqs.end()).min(most)])?;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        let unreadable = |error| StoreError(format!("journal row {firm}/{seq} cannot be read: {error}"));
        let hash = |kept: Option<Vec<u8>>| kept.as_deref().and_then(|kept| Hash::try_from(kept).ok());
        let row = Row {
            seq,
            time: row.get(1).map_err(unreadable)?,
            fact: row.get(2).map_err(unreadable)?,
            link: hash(row.get(3).map_err(unreadable)?),
            digest: hash(row.get(4).map_err(unreadable)?),
        };
        if !each(row) {
            break;
        }
    }
    Ok(())
}

macro_rules! journal {
    ($store:ty) => {
        impl Journal for $store {
            fn firms(&mut self) -> Result<Vec<String>, StoreError> {
                firms(&self.connection)
            }

            fn head(&mut self, firm: &str) -> Result<Option<Head>, StoreError> {
                head(&self.connection, firm)
            }

            fn rows(
                &mut self,
                firm: &str,
                seqs: RangeInclusive<u64>,
                each: &mut dyn FnMut(Row) -> bool,
            ) -> Result<(), StoreError> {
                rows(&self.connection, firm, seqs, each)
            }
        }
    };
}
journal!(Sqlite);
journal!(Reader);

impl Sqlite {
    /// All of a batch, in one transaction.
    fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let mut dialogs = self.dialogs;
        let transaction = self.connection.transaction()?;
        // Where the chains end once the batch is written; they do not where it is refused.
        let mut ends: HashMap<&str, Head> = HashMap::new();
        {
            let mut journal = transaction.prepare_cached(
                "INSERT INTO journal (firm, seq, time, fact, link) VALUES ($1, $2, $3, $4, $5)",
            )?;
            for entry in &batch.entries {
                let fact =
                    serde_json::to_string(&entry.fact).map_err(|error| StoreError(error.to_string()))?;
                let (firm, seq, time) = (entry.firm.as_str(), entry.seq, entry.time.as_micros());
                if !ends.contains_key(firm) && head(&transaction, firm)? != self.links.get(firm).copied() {
                    let other =
                        "is not the last row that this program has written: somebody else writes here";
                    return Err(StoreError(format!("the end of the journal of {firm} {other}")));
                }
                let before = ends.get(firm).or_else(|| self.links.get(firm));
                if before.is_some_and(|before| before.seq >= seq) {
                    return Err(StoreError(format!("journal row {firm}/{seq} comes behind a later one")));
                }
                let before = before.map_or(START, |before| before.link);
                let link = chain::link(&before, &chain::digest(firm, seq, time, &fact));
                journal.execute(params![firm, seq, time, fact, link])?;
                ends.insert(firm, Head { seq, link });
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
            let mut stands =
                transaction.prepare_cached("INSERT INTO dialogs (tag, dialog) VALUES ($1, $2)")?;
            let mut over = transaction.prepare_cached("DELETE FROM dialogs WHERE tag = $1")?;
            for (tag, dialog) in &batch.dialogs {
                // Taken out first, so that it is known how many there are.
                dialogs -= over.execute([tag])?;
                if let Some(dialog) = dialog.as_ref().filter(|_| dialogs < DIALOGS) {
                    let text =
                        serde_json::to_string(dialog).map_err(|error| StoreError(error.to_string()))?;
                    dialogs += stands.execute(params![tag, text])?;
                }
            }
        }
        transaction.commit()?;
        self.dialogs = dialogs;
        for (firm, head) in ends {
            match self.links.get_mut(firm) {
                Some(last) => *last = head,
                None => drop(self.links.insert(firm.to_owned(), head)),
            }
        }
        Ok(())
    }
}

/// All rows in their order, so many at a time, to whoever takes them; on an error what was read before.
fn read_pages(connection: &mut Connection, pages: &SyncSender<Vec<Entry>>) -> Result<(), StoreError> {
    let mut rows = connection.prepare("SELECT firm, seq, time, fact FROM journal ORDER BY id")?;
    let mut rows = rows.query([])?;
    let mut page = Vec::with_capacity(PAGE);
    let read = loop {
        match rows.next().map_err(StoreError::from).and_then(|row| row.map(entry_of).transpose()) {
            Ok(Some(entry)) => page.push(entry),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if page.len() == PAGE && pages.send(std::mem::replace(&mut page, Vec::with_capacity(PAGE))).is_err() {
            return Ok(());
        }
    };
    let _ = pages.send(page);
    read
}

fn entry_of(row: &rusqlite::Row<'_>) -> Result<Entry, StoreError> {
    let (firm, seq): (String, u64) = (row.get(0)?, row.get(1)?);
    let text = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    let fact = serde_json::from_str(text)
        .map_err(|error| StoreError(format!("journal row {firm}/{seq} cannot be read: {error}")))?;
    Ok(Entry { seq, time: Time::from_micros(row.get(2)?), firm, fact })
}

impl Store for Sqlite {
    fn append(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_light() {
            self.connection.execute_batch("PRAGMA synchronous=NORMAL")?;
        }
        let written = self.write(batch);
        if batch.is_light() {
            self.connection.execute_batch("PRAGMA synchronous=FULL")?;
        }
        written
    }

    fn erase(&mut self, erased: &Erased) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction()?;
        {
            // One that was replaced before keeps the digest of its first text.
            let mut row = transaction.prepare(
                "UPDATE journal SET fact = $1, digest = coalesce(digest, $2) WHERE firm = $3 AND seq = $4",
            )?;
            for replaced in &erased.rows {
                row.execute(params![replaced.fact, replaced.was, erased.firm, replaced.seq])?;
            }
            let mut leg = transaction.prepare("DELETE FROM legs WHERE call = $1")?;
            for call in &erased.calls {
                leg.execute([call])?;
            }
            // What was written since the journal was read may name it again.
            let mut snapshot = transaction.prepare(
                "DELETE FROM snapshots WHERE hash = $1 AND NOT EXISTS (SELECT 1 FROM journal \
                 WHERE id > (SELECT id FROM journal WHERE firm = $2 AND seq = $3) AND instr(fact, $1))",
            )?;
            for hash in &erased.snapshots {
                snapshot.execute(params![hash, erased.firm, erased.read])?;
            }
        }
        transaction.commit()?;
        // It is done, whether or not the file can be wiped now.
        Ok(self.wipe().unwrap_or(false))
    }

    fn wipe(&mut self) -> Result<bool, StoreError> {
        // The log has the pages as they were, until it is written back and cut off.
        let busy = |row: &rusqlite::Row| row.get(0);
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], busy)?;
        Ok(busy == 0)
    }

    fn replay(&mut self, each: &mut dyn FnMut(Entry)) -> Result<(), StoreError> {
        let connection = &mut self.connection;
        std::thread::scope(|scope| {
            // Parsing is most of the work: it is done beside what the firms make of it (C11).
            let (pages, read) = sync_channel(PAGES);
            let reader = scope.spawn(move || read_pages(connection, &pages));
            read.into_iter().flatten().for_each(each);
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn snapshot(&mut self, hash: &str) -> Result<Option<Bytes>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT html FROM snapshots WHERE hash = $1")?;
        let found: Option<Vec<u8>> = query.query_row([hash], |row| row.get(0)).optional()?;
        Ok(found.map(Bytes::from))
    }

    fn dialogs(&mut self) -> Result<Vec<LeftDialog>, StoreError> {
        let mut dialogs = Vec::new();
        let mut unreadable = Vec::new();
        {
            let mut rows = self.connection.prepare("SELECT tag, dialog FROM dialogs ORDER BY tag")?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let (tag, text): (String, String) = (row.get(0)?, row.get(1)?);
                match serde_json::from_str(&text) {
                    Ok(dialog) => dialogs.push(dialog),
                    Err(_) => unreadable.push(tag),
                }
            }
        }
        for tag in unreadable {
            self.dialogs -= self.connection.execute("DELETE FROM dialogs WHERE tag = $1", [tag])?;
        }
        Ok(dialogs)
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

    /// A file as the first version of this program left it.
    fn of_before(file: &Path, rows: u64) {
        let old = Connection::open(file).unwrap();
        old.execute_batch("PRAGMA journal_mode=WAL").unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch("BEGIN").unwrap();
        for seq in 1..=rows {
            for firm in ["a", "b"] {
                let entry = conformance::entry(firm, seq);
                let fact = serde_json::to_string(&entry.fact).unwrap();
                let row = params![firm, seq, entry.time.as_micros(), fact];
                let insert = "INSERT INTO journal (firm, seq, time, fact) VALUES ($1, $2, $3, $4)";
                old.execute(insert, row).unwrap();
            }
        }
        old.execute_batch("COMMIT").unwrap();
    }

    #[test]
    fn rows_of_before_are_linked_once() {
        let (old, new) = (conformance::folder("chain-old"), conformance::folder("chain-new"));
        let rows = 2 * PAGE as u64 + 1;
        of_before(&old.join("warmline.db"), rows);
        let refused = Reader::open(&old.join("warmline.db")).unwrap_err().to_string();
        assert!(refused.contains("older Warmline"), "{refused}");
        let mut linked = Sqlite::open(&old.join("warmline.db")).expect("opens");
        let mut written = Sqlite::open(&new.join("warmline.db")).expect("opens");
        let entries = (1..=rows).flat_map(|seq| [conformance::entry("a", seq), conformance::entry("b", seq)]);
        written.append(&Batch { entries: entries.collect(), ..Batch::default() }).expect("written");
        for firm in ["a", "b"] {
            assert_eq!(conformance::followed(&mut linked, firm), Ok(rows));
            assert_eq!(linked.head(firm).unwrap(), written.head(firm).unwrap(), "as if written today");
        }
        let next = Batch { entries: vec![conformance::entry("a", rows + 1)], ..Batch::default() };
        linked.append(&next).expect("goes on");
        drop(linked);
        let mut linked = Sqlite::open(&old.join("warmline.db")).expect("opens again");
        assert_eq!(conformance::followed(&mut linked, "a"), Ok(rows + 1));
        drop((linked, written));
        std::fs::remove_dir_all(old).expect("removed");
        std::fs::remove_dir_all(new).expect("removed");
    }

    #[test]
    fn is_read_beside_the_program_that_writes() {
        let folder = conformance::folder("beside");
        let file = folder.join("warmline.db");
        let mut writer = Sqlite::open(&file).expect("opens");
        let put = |writer: &mut Sqlite, seq| {
            writer.append(&Batch { entries: vec![conformance::entry("a", seq)], ..Batch::default() })
        };
        put(&mut writer, 1).expect("written");
        let mut reader = Reader::open(&file).expect("beside it");
        assert_eq!(conformance::followed(&mut reader, "a"), Ok(1));
        put(&mut writer, 2).expect("nobody waits for a reader");
        assert_eq!(conformance::followed(&mut reader, "a"), Ok(1), "it sees what was there");
        assert_eq!(conformance::followed(&mut Reader::open(&file).expect("another"), "a"), Ok(2));
        assert!(reader.connection.execute("DELETE FROM journal", []).is_err(), "it only reads");
        drop((writer, reader));
        assert_eq!(conformance::followed(&mut Reader::open(&file).expect("alone"), "a"), Ok(2));
        assert!(Reader::open(&folder.join("none.db")).is_err());
        assert!(!folder.join("none.db").exists(), "and makes none");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    /// What anybody with the file and `sqlite3` can do.
    #[test]
    fn whatever_is_done_to_the_rows_is_found() {
        let folder = conformance::folder("tampered");
        let whole = folder.join("whole.db");
        let mut store = Sqlite::open(&whole).expect("opens");
        let entries = (1..=6).map(|seq| conformance::entry("a", seq)).collect();
        store.append(&Batch { entries, ..Batch::default() }).expect("written");
        let head = store.head("a").unwrap();
        drop(store);
        for (number, done) in [
            "UPDATE journal SET fact = replace(fact, 'expired', 'Expired') WHERE seq = 3",
            "UPDATE journal SET time = time + 1 WHERE seq = 1",
            "UPDATE journal SET link = NULL WHERE seq = 6",
            "UPDATE journal SET link = x'00' WHERE seq = 2",
            "DELETE FROM journal WHERE seq = 1",
            "DELETE FROM journal WHERE seq = 4",
            "DELETE FROM journal WHERE seq = 4; UPDATE journal SET seq = seq - 1 WHERE seq > 4",
            "UPDATE journal SET seq = 99 WHERE seq = 2; UPDATE journal SET seq = 2 WHERE seq = 5; \
             UPDATE journal SET seq = 5 WHERE seq = 99",
            "INSERT INTO journal (firm, seq, time, fact, link) SELECT firm, 7, time, fact, link FROM journal WHERE seq = 6",
            "UPDATE journal SET firm = 'b' WHERE seq = 6",
            "DELETE FROM journal WHERE seq = 6",
        ]
        .iter()
        .enumerate()
        {
            let file = folder.join(format!("{number}.db"));
            std::fs::copy(&whole, &file).expect("copied");
            Connection::open(&file).unwrap().execute_batch(done).expect("done");
            let mut reader = Reader::open(&file).expect("opens");
            let followed = conformance::followed(&mut reader, "a");
            // The last row alone can be taken away unseen: by who has not kept the head.
            let unseen = followed.is_ok() && reader.head("a").ok() == Some(head);
            assert!(!unseen, "{done}");
            let at_the_end = number >= 9;
            assert_eq!(followed.is_ok(), at_the_end, "{done}: {followed:?}");
        }
        std::fs::remove_dir_all(folder).expect("removed");
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
    fn nothing_is_linked_to_a_row_that_somebody_else_has_written_or_taken() {
        let folder = conformance::folder("foreign");
        let file = folder.join("warmline.db");
        let mut store = Sqlite::open(&file).expect("opens");
        let row = |seq| Batch { entries: vec![conformance::entry("a", seq)], ..Batch::default() };
        (1..=2).for_each(|seq| store.append(&row(seq)).expect("written"));
        Connection::open(&file).unwrap().execute("DELETE FROM journal WHERE seq = 2", []).unwrap();
        let refused = store.append(&row(3)).unwrap_err().to_string();
        assert!(refused.contains("somebody else writes here"), "{refused}");
        assert_eq!(conformance::followed(&mut store, "a"), Ok(1), "the chain is whole as far as it goes");
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
