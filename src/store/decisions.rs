//! Decisions kept for some days (C16), in a file of their own: written behind everything else by a thread of their own, never waited for, in
//! no chain and no evidence. What it has no room for is dropped and counted.

use super::StoreError;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use futures_util::future::BoxFuture;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use warmline_coordination::decision::Decision;
use warmline_coordination::ids::DecisionId;
use warmline_time::Time;
use warmline_web::{KeptDecisions, StoreUnavailable, Wanted};

/// Its file, in the data folder.
pub const FILE: &str = "decisions.db";
/// Decisions that wait to be written.
const QUEUE: usize = 2_048;
/// What one transaction takes at most, and how long one decision waits for others.
const GROUP: usize = 512;
const COMPANY: Duration = Duration::from_millis(200);
/// Rows of all firms at most, some 2 GB of 50 agents each. Where there would be more, each firm has an equal part of them, of which what
/// others do not need is shared again; the oldest of those who have more than that go first.
const ROWS: u64 = 2_000_000;
/// What is too old is looked for so often.
const SWEEP: Duration = Duration::from_secs(600);
/// A reader that begins is waited for so long.
const BUSY: Duration = Duration::from_secs(2);
/// One decision, written out: more was not written by us.
const LONGEST: u64 = 16 << 20;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS decisions (
    id TEXT PRIMARY KEY, firm TEXT NOT NULL, time BIGINT NOT NULL, reservation TEXT, call TEXT, decision BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS decisions_firm ON decisions (firm, id);
CREATE INDEX IF NOT EXISTS decisions_old ON decisions (time);
CREATE INDEX IF NOT EXISTS decisions_of_reservation ON decisions (reservation, id);
CREATE INDEX IF NOT EXISTS decisions_of_call ON decisions (call, id);
DROP INDEX IF EXISTS decisions_time;
DROP INDEX IF EXISTS decisions_reservation;
DROP INDEX IF EXISTS decisions_call;";

enum Operation {
    Keep(String, Arc<Decision>),
    Forget(Vec<String>, SyncSender<()>),
    #[cfg(test)]
    Settle(SyncSender<()>),
}

/// The way to the thread.
#[derive(Clone, Debug)]
pub struct Decisions {
    operations: SyncSender<Operation>,
}

impl Decisions {
    /// Starts the thread on a file, made where there is none. `keep`: for so long.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    #[allow(clippy::disallowed_methods)]
    pub fn start(
        file: &Path,
        keep: Duration,
        now: impl Fn() -> Time + Send + 'static,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY)?;
        let settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;";
        connection.execute_batch(settings)?;
        connection.execute_batch(TABLE)?;
        let (operations, inbox) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("decisions".into())
            .spawn(move || run(connection, &inbox, keep, &now))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Decisions { operations })
    }

    /// One more; dropped and counted where the thread is behind.
    pub fn keep(&self, firm: String, decision: Arc<Decision>) {
        if self.operations.try_send(Operation::Keep(firm, decision)).is_err() {
            metrics::counter!("warmline_decisions_dropped_total").increment(1);
        }
    }

    /// Those about requests and calls, by their ids, of people who are erased are gone. Waits for a place: not for a thread that serves
    /// others.
    ///
    /// # Errors
    /// Where they are not, or not for good.
    pub fn forget(&self, subjects: Vec<String>) -> Result<(), StoreError> {
        let kept = || StoreError("decisions are still kept".to_owned());
        let (reply, answer) = sync_channel(1);
        self.operations.send(Operation::Forget(subjects, reply)).map_err(|_| kept())?;
        answer.recv().map_err(|_| kept())
    }

    #[cfg(test)]
    fn settled(&self) {
        let (reply, answer) = sync_channel(1);
        self.operations.send(Operation::Settle(reply)).expect("it runs");
        answer.recv().expect("it answers");
    }
}

fn run(mut connection: Connection, inbox: &Receiver<Operation>, keep: Duration, now: &dyn Fn() -> Time) {
    let mut swept = Time::ZERO;
    loop {
        let mut batch = Vec::new();
        match inbox.recv_timeout(SWEEP) {
            Ok(first) => batch.push(first),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if !batch.is_empty() {
            std::thread::sleep(COMPANY);
            batch.extend(inbox.try_iter().take(GROUP - 1));
        }
        let told = write(&mut connection, batch);
        let now = now();
        let swept_now = if now.since(swept) >= SWEEP {
            swept = now;
            sweep(&mut connection, now - keep, ROWS)
        } else {
            Ok(())
        };
        for error in [told, swept_now].into_iter().filter_map(Result::err) {
            metrics::counter!("warmline_decisions_failed_total").increment(1);
            tracing::warn!(%error, "decisions cannot be kept");
        }
    }
}

fn write(connection: &mut Connection, batch: Vec<Operation>) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let mut forgotten = Vec::new();
    #[cfg(test)]
    let mut settled = Vec::new();
    {
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO decisions (id, firm, time, reservation, call, decision) VALUES ($1, $2, $3, $4, $5, $6)",
        )?;
        let mut delete =
            transaction.prepare_cached("DELETE FROM decisions WHERE reservation = $1 OR call = $1")?;
        for operation in batch {
            match operation {
                Operation::Keep(firm, decision) => {
                    let reservation = decision.reservation.map(|id| id.to_string());
                    let call = decision.call.map(|id| id.to_string());
                    let time = decision.case.at.as_micros();
                    let text = packed(&decision)?;
                    insert.execute(params![decision.id.to_string(), firm, time, reservation, call, text])?;
                }
                Operation::Forget(subjects, reply) => {
                    forgotten.push(reply);
                    for subject in subjects {
                        delete.execute([subject])?;
                    }
                }
                #[cfg(test)]
                Operation::Settle(reply) => settled.push(reply),
            }
        }
    }
    transaction.commit()?;
    #[cfg(test)]
    settled.into_iter().for_each(answer);
    if !forgotten.is_empty() {
        // On the disk, and out of the log; who reads at this moment is waited for. Else nobody is told, and it is done again.
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 {
            forgotten.into_iter().for_each(answer);
        }
    }
    Ok(())
}

fn answer(reply: SyncSender<()>) {
    // Whoever asked may have ended.
    let _ = reply.send(());
}

/// What is older than `since`, or too much, goes.
fn sweep(connection: &mut Connection, since: Time, most: u64) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    transaction.execute("DELETE FROM decisions WHERE time < $1", [since.as_micros()])?;
    let rows: Vec<(String, u64)> = {
        let mut query = transaction.prepare_cached("SELECT firm, COUNT(*) FROM decisions GROUP BY firm")?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    if let Some(share) = share(rows.iter().map(|(_, count)| *count).collect(), most) {
        for (firm, _) in rows.iter().filter(|(_, count)| *count > share) {
            let last = "SELECT id FROM decisions WHERE firm = $1 ORDER BY id DESC LIMIT 1 OFFSET $2";
            let last: Option<String> =
                transaction.query_row(last, params![firm, share], |row| row.get(0)).optional()?;
            let delete = "DELETE FROM decisions WHERE firm = $1 AND id <= $2";
            let gone = last.map_or(Ok(0), |last| transaction.execute(delete, params![firm, last]))?;
            metrics::counter!("warmline_decisions_crowded_out_total").increment(gone as u64);
        }
    }
    transaction.commit()?;
    Ok(())
}

/// How many rows each may have so that all together are `most` at most; none: they are.
fn share(mut counts: Vec<u64>, most: u64) -> Option<u64> {
    if counts.iter().sum::<u64>() <= most {
        return None;
    }
    counts.sort_unstable();
    let (mut left, mut firms) = (most, counts.len() as u64);
    for count in counts {
        let part = left / firms;
        if count > part {
            return Some(part);
        }
        (left, firms) = (left - count, firms - 1);
    }
    None
}

fn packed(decision: &Decision) -> Result<Vec<u8>, StoreError> {
    let failed = |error: &dyn std::fmt::Display| StoreError(error.to_string());
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let text = serde_json::to_vec(decision).map_err(|error| failed(&error))?;
    encoder.write_all(&text).and_then(|()| encoder.finish()).map_err(|error| failed(&error))
}

fn unpacked(bytes: &[u8]) -> Result<Decision, StoreError> {
    let mut text = Vec::new();
    DeflateDecoder::new(bytes)
        .take(LONGEST)
        .read_to_end(&mut text)
        .map_err(|error| StoreError(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| StoreError(format!("a decision cannot be read: {error}")))
}

/// The file, read beside the thread that writes it.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens it for reading alone.
    ///
    /// # Errors
    /// Where it cannot be.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY)?;
        Ok(Reader { connection })
    }

    /// One of a firm.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn one(&self, firm: &str, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        let query = "SELECT decision FROM decisions WHERE id = $1 AND firm = $2";
        let each = |row: &rusqlite::Row| row.get::<_, Vec<u8>>(0);
        let row = self.connection.query_row(query, params![id.to_string(), firm], each).optional()?;
        row.map(|bytes| unpacked(&bytes)).transpose()
    }

    /// Those that are asked for, the latest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn some(&self, wanted: &Wanted) -> Result<Vec<Decision>, StoreError> {
        let Wanted { firm, subject, from, before, most } = wanted;
        let (from, before) = (from.to_string(), before.to_string());
        // Each of the three is one look into an index. `?5` is a place, where `$5` would be a name; `+`: not the
        // firm's index.
        let about = match subject {
            None => "firm = ?1",
            Some(subject) if subject.starts_with("cal_") => "+firm = ?1 AND call = ?5",
            Some(_) => "+firm = ?1 AND reservation = ?5",
        };
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT decision FROM decisions WHERE {about} AND id >= ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
        ))?;
        let each = |row: &rusqlite::Row| row.get::<_, Vec<u8>>(0);
        let rows = match subject {
            None => query.query_map(params![firm, from, before, most], each)?.collect::<Vec<_>>(),
            Some(subject) => query.query_map(params![firm, from, before, most, subject], each)?.collect(),
        };
        rows.into_iter().map(|row| unpacked(&row?)).collect()
    }
}

/// The file for the web; none: decisions are not kept for longer than memory does.
pub struct Archive(pub Option<PathBuf>);

impl Archive {
    async fn read<T: Send + 'static>(
        &self,
        none: T,
        read: impl FnOnce(Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreUnavailable> {
        let Some(file) = self.0.clone() else { return Ok(none) };
        let done = tokio::task::spawn_blocking(move || Reader::open(&file).and_then(read)).await;
        match done {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::error!(%error, "decisions");
                Err(StoreUnavailable)
            }
            Err(_) => Err(StoreUnavailable),
        }
    }
}

impl KeptDecisions for Archive {
    fn one(&self, firm: String, id: DecisionId) -> BoxFuture<'_, Result<Option<Decision>, StoreUnavailable>> {
        Box::pin(self.read(None, move |reader| reader.one(&firm, id)))
    }

    fn some(&self, wanted: Wanted) -> BoxFuture<'_, Result<Vec<Decision>, StoreUnavailable>> {
        Box::pin(self.read(Vec::new(), move |reader| reader.some(&wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance;
    use std::ops::Range;
    use warmline_coordination::ids::ReservationId;
    use warmline_coordination::routing::{Case, Needs, Strategy};

    const NOW: u64 = 1_795_341_900_000_000;
    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn decision(secs: u64, about: u128) -> Arc<Decision> {
        let at = Time::from_micros(NOW + secs * 1_000_000);
        let home = Arc::new(Needs { queue: "sales".into(), skills: vec!["de".into()], pull: false });
        Arc::new(Decision {
            id: DecisionId::mint(at, about),
            reservation: Some(ReservationId::mint(at, about)),
            call: None,
            strategy: Strategy::LongestIdle,
            case: Case { at, home, further: Vec::new(), turn: None, ruled: Arc::default() },
            candidates: Vec::new(),
            choice: None,
            rung: Vec::new(),
        })
    }

    #[test]
    fn what_is_kept_is_read_again_by_its_firm_until_it_is_old_or_erased() {
        let folder = conformance::folder("decisions");
        let file = folder.join(FILE);
        let clock = Arc::new(std::sync::atomic::AtomicU64::new(NOW));
        let of = clock.clone();
        let now = move || Time::from_micros(of.load(std::sync::atomic::Ordering::Relaxed));
        let kept = Decisions::start(&file, WEEK, now.clone()).expect("starts");
        let rows: Vec<Arc<Decision>> = (0..5).map(|n| decision(n, n.into())).collect();
        rows.iter().for_each(|row| kept.keep("acme".into(), row.clone()));
        kept.keep("other".into(), decision(9, 9));
        kept.settled();
        let reader = Reader::open(&file).expect("beside it");
        assert_eq!(reader.one("acme", rows[2].id).expect("read").as_ref(), Some(&*rows[2]));
        assert_eq!(reader.one("other", rows[2].id).expect("read"), None, "another firm's is none");
        let ids = |range: Range<u64>, subject: Option<&str>, most| {
            let (firm, subject) = ("acme".to_owned(), subject.map(str::to_owned));
            let at = |micros: u64| DecisionId::first_of(Time::from_micros(micros));
            let before = if range.end == u64::MAX { DecisionId::LAST } else { at(range.end) };
            let wanted = Wanted { firm, subject, from: at(range.start), before, most };
            let found = reader.some(&wanted).expect("read");
            found.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(0..u64::MAX, None, 2), [rows[4].id, rows[3].id], "the latest first");
        let second = 1_000_000;
        assert_eq!(ids(NOW + second..NOW + 3 * second, None, 9), [rows[2].id, rows[1].id]);
        let about = rows[1].reservation.expect("one").to_string();
        assert_eq!(ids(0..u64::MAX, Some(&about), 9), [rows[1].id]);
        kept.forget(vec![about.clone()]).expect("forgotten");
        assert_eq!(ids(0..u64::MAX, Some(&about), 9), []);
        // A week later, and a second.
        let later = NOW + WEEK.as_micros() as u64 + 3 * second;
        clock.store(later, std::sync::atomic::Ordering::Relaxed);
        kept.keep("acme".into(), decision(700_000, 1));
        kept.settled();
        kept.settled();
        assert_eq!(ids(0..NOW + 100 * second, None, 9), [rows[4].id, rows[3].id]);
        drop(kept);
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_busy_firm_pushes_out_nobody_but_itself() {
        let folder = conformance::folder("decisions-shared");
        let file = folder.join(FILE);
        let mut connection = Connection::open(&file).expect("opens");
        connection.execute_batch(TABLE).expect("made");
        let (answer, _) = sync_channel(1);
        let keep = |firm: &str, secs: Range<u64>| {
            secs.map(|secs| Operation::Keep(firm.into(), decision(secs, secs.into()))).collect::<Vec<_>>()
        };
        // The quiet one's are the oldest.
        let mut batch = keep("quiet", 0..3);
        batch.extend(keep("busy", 100..140));
        batch.extend(keep("middle", 50..60));
        batch.push(Operation::Settle(answer));
        write(&mut connection, batch).expect("written");
        sweep(&mut connection, Time::ZERO, 21).expect("swept");
        let reader = Reader::open(&file).expect("beside it");
        let of = |firm: &str| {
            let (from, before) = (DecisionId::first_of(Time::ZERO), DecisionId::LAST);
            let wanted = Wanted { firm: firm.into(), subject: None, from, before, most: 99 };
            reader.some(&wanted).expect("read").into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(of("quiet").len(), 3, "it has little");
        assert_eq!((of("middle").len(), of("busy").len()), (9, 9), "the rest is shared");
        assert_eq!(of("busy")[0], decision(139, 139).id, "the oldest are gone");
        sweep(&mut connection, Time::ZERO, 21).expect("swept");
        assert_eq!(of("busy").len(), 9);
        drop((reader, connection));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn pages_follow_each_other_by_the_decisions_own_ids() {
        let folder = conformance::folder("decisions-pages");
        let file = folder.join(FILE);
        let mut connection = Connection::open(&file).expect("opens");
        connection.execute_batch(TABLE).expect("made");
        // Seven in one millisecond, and one before.
        let rows: Vec<Arc<Decision>> =
            std::iter::once(decision(1, 9)).chain((0..7).map(|n| decision(2, n))).collect();
        let batch = rows.iter().map(|row| Operation::Keep("acme".into(), row.clone())).collect();
        write(&mut connection, batch).expect("written");
        let reader = Reader::open(&file).expect("beside it");
        let (mut before, mut read) = (DecisionId::LAST, Vec::new());
        loop {
            let from = DecisionId::first_of(Time::ZERO);
            let page = reader.some(&Wanted { firm: "acme".into(), subject: None, from, before, most: 3 });
            let page = page.expect("read");
            let Some(last) = page.last() else { break };
            before = last.id;
            read.extend(page.iter().map(|row| row.id));
        }
        let all: Vec<DecisionId> = rows.iter().rev().map(|row| row.id).collect();
        assert_eq!(read, all, "nothing twice, nothing left out");
        drop((reader, connection));
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
