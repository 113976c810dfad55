//! The writer thread: takes what is to be kept, commits it in groups, tells how far the journal is durable.

use super::erase::Erased;
use super::{Batch, Store, StoreError};
use crate::switch::{DialogNews, LegRecord};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use warmline_coordination::fact::Entry;

/// Operations that may wait; the senders keep what does not fit.
const QUEUE: usize = 16_384;
/// Operations that one commit takes at most.
const GROUP: usize = 4_096;
/// Dialogs alone wait for something that is committed anyway: so long for each, of so many at most.
const COMPANY: Duration = Duration::from_millis(20);
const ALONE: usize = 32;
/// Groups from one try to wipe the file to the next.
const WIPE: u32 = 64;
/// After a failed commit.
const RETRY: Duration = Duration::from_millis(500);

/// What is to be erased, and for whom it is told that it is.
type Erasure = (Box<Erased>, SyncSender<Result<(), StoreError>>);

enum Operation {
    Entry(Entry),
    Snapshot(String, Bytes),
    Record(LegRecord),
    Dialog(DialogNews),
    Settle(oneshot::Sender<()>),
    Read(String, oneshot::Sender<Option<Bytes>>),
    Erase(Erasure),
}

/// How far each firm's journal is on the disk.
#[derive(Debug)]
pub struct Durable {
    firms: Mutex<HashMap<String, u64>>,
    /// Woken after each commit, and when `writable` changes.
    pub changed: watch::Sender<()>,
    writable: AtomicBool,
    /// Commits so far; for metrics.
    pub commits: AtomicU64,
}

impl Durable {
    /// The last durable sequence number of a firm.
    pub fn up_to(&self, firm: &str) -> u64 {
        let firms = self.firms.lock().expect("never held over a panic");
        firms.get(firm).copied().unwrap_or(0)
    }

    /// Whether the last commit worked.
    pub fn writable(&self) -> bool {
        self.writable.load(Ordering::Acquire)
    }

    /// What was read at the start is on the disk: what waits for one of these rows waits no more.
    pub fn is_at(&self, heads: HashMap<String, u64>) {
        self.firms.lock().expect("never held over a panic").extend(heads);
    }

    fn advance(&self, entries: &[Entry]) {
        let mut firms = self.firms.lock().expect("never held over a panic");
        for entry in entries {
            let row = firms.entry(entry.firm.clone()).or_default();
            *row = entry.seq.max(*row);
        }
    }
}

/// The way to the thread; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    operations: SyncSender<Operation>,
    /// How far it is.
    pub durable: Arc<Durable>,
}

/// The queue is full: try again after the next commit.
#[derive(Debug)]
pub struct Full<T>(pub T);

impl Writer {
    /// Starts the thread on a store.
    #[allow(clippy::disallowed_methods)]
    pub fn start(mut store: Box<dyn Store>) -> (Self, std::thread::JoinHandle<()>) {
        let (operations, inbox) = sync_channel(QUEUE);
        let durable = Arc::new(Durable {
            firms: Mutex::default(),
            changed: watch::Sender::new(()),
            writable: AtomicBool::new(true),
            commits: AtomicU64::new(0),
        });
        let shared = durable.clone();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(&mut *store, &inbox, &shared))
            .expect("the system gives a thread at start");
        (Writer { operations, durable }, thread)
    }

    /// Hands a row of the journal over. On `Full` nothing was taken.
    pub fn append(&self, entry: Entry) -> Result<(), Full<Box<Entry>>> {
        self.operations.try_send(Operation::Entry(entry)).map_err(|error| match error {
            TrySendError::Full(Operation::Entry(entry))
            | TrySendError::Disconnected(Operation::Entry(entry)) => Full(Box::new(entry)),
            _ => unreachable!("the operation comes back as it was sent"),
        })
    }

    /// Hands a snapshot over: it is committed before every row that is appended later.
    pub fn put_snapshot(&self, hash: String, html: Bytes) -> Result<(), Full<()>> {
        if !self.durable.writable() {
            return Err(Full(()));
        }
        self.operations.try_send(Operation::Snapshot(hash, html)).map_err(|_| Full(()))
    }

    /// Hands a leg's record over; dropped and counted where the queue is full: durable behind.
    pub fn record(&self, record: LegRecord) {
        if self.operations.try_send(Operation::Record(record)).is_err() {
            metrics::counter!("warmline_store_records_dropped_total").increment(1);
        }
    }

    /// Hands over what has become of a dialog; dropped and counted where the queue is full: nobody waits for it.
    pub fn dialog(&self, news: DialogNews) {
        if self.operations.try_send(Operation::Dialog(news)).is_err() {
            metrics::counter!("warmline_store_dialogs_dropped_total").increment(1);
        }
    }

    /// Returns when all that was handed over before is written.
    pub async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        if self.operations.try_send(Operation::Settle(reply)).is_ok() {
            let _ = answer.await;
        }
    }

    /// Has rows replaced, behind all that was handed over before. Waits for it: not for a thread that serves others.
    ///
    /// # Errors
    /// Where they cannot be.
    pub fn erase(&self, erased: Erased) -> Result<(), StoreError> {
        let (reply, answer) = sync_channel(1);
        let gone = || StoreError("the writer has ended".to_owned());
        self.operations.send(Operation::Erase((Box::new(erased), reply))).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }

    /// Reads a snapshot.
    pub async fn snapshot(&self, hash: String) -> Option<Bytes> {
        let (reply, answer) = oneshot::channel();
        self.operations.try_send(Operation::Read(hash, reply)).ok()?;
        answer.await.ok()?
    }
}

/// What is answered once the batch is written.
#[derive(Default)]
struct Waiting {
    reads: Vec<(String, oneshot::Sender<Option<Bytes>>)>,
    settles: Vec<oneshot::Sender<()>>,
    erasures: Vec<Erasure>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.settles.is_empty() && self.erasures.is_empty()
    }
}

fn run(store: &mut dyn Store, inbox: &Receiver<Operation>, durable: &Durable) {
    let mut batch = Batch::default();
    let mut waiting = Waiting::default();
    // Whether the file may still have what was erased.
    let mut wiped = true;
    let mut since = 0_u32;
    while let Ok(first) = inbox.recv() {
        sort(first, &mut batch, &mut waiting);
        for _ in 0..ALONE {
            if !batch.is_light() || !waiting.is_empty() {
                break;
            }
            let Ok(next) = inbox.recv_timeout(COMPANY) else { break };
            sort(next, &mut batch, &mut waiting);
        }
        for operation in inbox.try_iter().take(GROUP - 1) {
            sort(operation, &mut batch, &mut waiting);
        }
        while let Err(error) = commit(store, &mut batch, durable) {
            tracing::error!(%error, "the journal cannot be written; new reservations are refused until it can");
            durable.writable.store(false, Ordering::Release);
            durable.changed.send_replace(());
            std::thread::sleep(RETRY);
        }
        for (hash, reply) in waiting.reads.drain(..) {
            let found = store.snapshot(&hash).unwrap_or_else(|error| {
                tracing::error!(%error, "a snapshot cannot be read");
                None
            });
            let _ = reply.send(found);
        }
        for (erased, reply) in waiting.erasures.drain(..) {
            let done = store.erase(&erased).map(|done| wiped &= done);
            // Whoever asked may have ended.
            let _ = reply.send(done);
        }
        // Each try may wait for whoever reads.
        since = since.wrapping_add(1);
        if !wiped && since.is_multiple_of(WIPE) {
            wiped = store.wipe().unwrap_or(false);
        }
        for reply in waiting.settles.drain(..) {
            let _ = reply.send(());
        }
    }
}

fn sort(operation: Operation, batch: &mut Batch, waiting: &mut Waiting) {
    match operation {
        Operation::Entry(entry) => batch.entries.push(entry),
        Operation::Snapshot(hash, html) => batch.snapshots.push((hash, html)),
        Operation::Record(record) => batch.records.push(record),
        Operation::Dialog(news) => batch.note(news),
        Operation::Erase(erasure) => waiting.erasures.push(erasure),
        Operation::Read(hash, reply) => waiting.reads.push((hash, reply)),
        Operation::Settle(reply) => waiting.settles.push(reply),
    }
}

fn commit(store: &mut dyn Store, batch: &mut Batch, durable: &Durable) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    store.append(batch)?;
    durable.advance(&batch.entries);
    durable.writable.store(true, Ordering::Release);
    durable.commits.fetch_add(1, Ordering::Relaxed);
    metrics::counter!("warmline_store_commits_total").increment(1);
    durable.changed.send_replace(());
    batch.entries.clear();
    batch.snapshots.clear();
    batch.records.clear();
    batch.dialogs.clear();
    Ok(())
}
