//! Firms' feeds: the last events of each firm in a ring, on the disk before they are told, read by programs at their own pace and handed to
//! webhooks. Who is behind the ring reads on from the disk.

use crate::clock;
use crate::event_log::EventLog;
use crate::queue::{End, Next};
use crate::stream::Source;
use crate::webhook::outbox::Outbox;
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use warmline_coordination::ids::EventId;
use warmline_coordination::view::EventEnvelope;
use warmline_time::Time;

/// Events that a reader takes out of the ring at once.
const BATCH: usize = 64;
/// And its writer.
const WRITTEN: usize = 1_024;
/// What is too old is looked for on the disk so often.
const SWEEP: Duration = Duration::from_secs(60);
/// What an event costs beside its text, in bytes.
const OVERHEAD: usize = 128;

/// How much of a firm's events is kept in memory for programs that come back.
#[derive(Clone, Copy, Debug)]
pub struct FeedLimits {
    /// So long (10 min), unless one of the others is reached before.
    pub keep: Duration,
    /// Events (100,000).
    pub events: usize,
    /// Their texts, in bytes (32 MiB).
    pub bytes: usize,
}

impl Default for FeedLimits {
    fn default() -> Self {
        FeedLimits { keep: Duration::from_secs(600), events: 100_000, bytes: 32 << 20 }
    }
}

/// An event as it is sent.
#[derive(Debug)]
pub(crate) struct Event {
    pub seq: u64,
    pub id: EventId,
    pub kind: Cow<'static, str>,
    pub text: Utf8Bytes,
}

/// What is asked of an event that was written.
#[derive(Deserialize)]
struct Head<'a> {
    id: EventId,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    seq: u64,
}

/// The body of an event, on the stream as in webhooks.
#[derive(Serialize)]
struct Body<'a> {
    id: EventId,
    #[serde(rename = "type")]
    kind: &'static str,
    time: &'a str,
    seq: u64,
    firm: &'a str,
    subject: &'a str,
    trace_id: &'a str,
    data: &'a Value,
}

impl Event {
    pub fn of(envelope: &EventEnvelope) -> Option<Self> {
        let body = Body {
            id: envelope.id,
            kind: envelope.event,
            time: &envelope.time,
            seq: envelope.seq,
            firm: &envelope.firm,
            subject: &envelope.subject,
            trace_id: &envelope.trace_id,
            data: &envelope.data,
        };
        let text = serde_json::to_string(&body).ok()?.into();
        Some(Event { seq: envelope.seq, id: envelope.id, kind: Cow::Borrowed(envelope.event), text })
    }

    /// How long ago it was, as it says itself.
    pub fn age(&self) -> Duration {
        #[derive(Deserialize)]
        struct When<'a> {
            time: &'a str,
        }
        let when = serde_json::from_str::<When>(self.text.as_str()).ok();
        let when = when.and_then(|when| chrono::DateTime::parse_from_rfc3339(when.time).ok());
        let micros = when.map_or(0, |when| when.timestamp_micros().max(0)) as u64;
        clock::now().since(Time::from_micros(micros))
    }

    /// One that was written out before.
    pub fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let Head { id, kind, seq } = serde_json::from_str(text).ok()?;
        Some(Event { seq, id, kind: Cow::Owned(kind.into_owned()), text: text.into() })
    }
}

/// One firm's events.
pub(crate) struct Feed {
    limits: FeedLimits,
    ring: Mutex<Ring>,
    log: Option<Arc<EventLog>>,
    /// There is something to be written.
    pushed: Notify,
    changed: watch::Sender<()>,
    hooks: Mutex<Vec<Arc<Outbox>>>,
    readers: AtomicUsize,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<(Time, Arc<Event>)>,
    bytes: usize,
    newest: u64,
    /// The newest that is written, and so may be known to anybody.
    told: u64,
    closed: bool,
}

/// Why a reader gets nothing.
enum Stop {
    /// What comes next for it is not kept any more.
    Overtaken,
    Closed,
}

impl Feed {
    /// With a log, [`Feed::write`] has to run: nothing is told that is not written.
    pub fn new(limits: FeedLimits, log: Option<EventLog>) -> Self {
        let newest = log.as_ref().map_or(0, EventLog::newest);
        Feed {
            limits,
            ring: Mutex::new(Ring { newest, told: newest, ..Ring::default() }),
            log: log.map(Arc::new),
            pushed: Notify::new(),
            changed: watch::Sender::new(()),
            hooks: Mutex::default(),
            readers: AtomicUsize::new(0),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event in: never waits, whoever reads.
    pub fn publish(&self, envelope: &EventEnvelope) {
        let Some(event) = Event::of(envelope).map(Arc::new) else { return };
        self.ring().push(clock::now(), Arc::clone(&event), &self.limits);
        if self.log.is_some() {
            self.pushed.notify_one();
        } else {
            self.tell(&[event]);
        }
    }

    /// Readers and webhooks may know these.
    fn tell(&self, events: &[Arc<Event>]) {
        let Some(last) = events.last() else { return };
        // A hook that is attached meanwhile hears each once.
        let hooks = self.lock_hooks();
        for event in events {
            hooks.iter().for_each(|hook| hook.push(event));
        }
        self.ring().told = last.seq;
        drop(hooks);
        self.changed.send_replace(());
    }

    /// Writes what is published, and tells it then. For ever, where there is a log.
    pub async fn write(self: Arc<Self>) {
        let Some(log) = self.log.clone() else { return };
        let mut sweep = tokio::time::interval_at(tokio::time::Instant::now() + SWEEP, SWEEP);
        loop {
            tokio::select! {
                () = self.pushed.notified() => {}
                _ = sweep.tick() => {
                    let waiting = self.hooks().iter().filter_map(|hook| hook.waiting_from()).min();
                    let log = Arc::clone(&log);
                    let _ = tokio::task::spawn_blocking(move || log.sweep(waiting)).await;
                }
            }
            loop {
                let events = self.ring().untold();
                if events.is_empty() {
                    break;
                }
                let (log, written) = (Arc::clone(&log), events.clone());
                let _ = tokio::task::spawn_blocking(move || log.append(&written)).await;
                self.tell(&events);
            }
        }
    }

    /// What follows on the disk for who is behind the ring; none: it is not there any more.
    async fn look_back(&self, after: u64) -> Option<Vec<Arc<Event>>> {
        let log = Arc::clone(self.log.as_ref()?);
        let read = tokio::task::spawn_blocking(move || log.read(after)).await;
        let mut events = read.ok()?.ok()?;
        let told = self.ring().told;
        events.retain(|event| event.seq <= told);
        Some(events)
    }

    /// Events in which one of these ids is are on the disk no more. Blocks.
    ///
    /// # Errors
    /// Where some of them still are.
    pub fn forget(&self, ids: &[String]) -> io::Result<()> {
        self.log.as_ref().map_or(Ok(()), |log| log.forget(ids))
    }

    /// Ends all streams.
    pub fn close(&self) {
        self.ring().closed = true;
        self.changed.send_replace(());
    }

    /// A webhook of the firm, which hears first what it has not had yet of what is on the disk.
    pub fn attach(&self, hook: Arc<Outbox>) {
        let mut hooks = self.lock_hooks();
        if let Some(log) = &self.log {
            hook.go_on(Arc::clone(log), self.ring().told);
        }
        hooks.push(hook);
    }

    fn lock_hooks(&self) -> MutexGuard<'_, Vec<Arc<Outbox>>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is none of the firm's any more.
    pub fn detach(&self, hook: &Arc<Outbox>) {
        self.lock_hooks().retain(|other| !Arc::ptr_eq(other, hook));
    }

    /// The firm's webhooks.
    pub fn hooks(&self) -> Vec<Arc<Outbox>> {
        self.lock_hooks().clone()
    }

    /// A reader, unless `most` are there: from now on, or from after `last_seq`.
    pub fn read(self: &Arc<Self>, last_seq: Option<u64>, most: usize) -> Option<Opening> {
        let joined = self.readers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |readers| {
            (readers < most).then_some(readers + 1)
        });
        joined.ok()?;
        let changed = self.changed.subscribe();
        let kept = self.log.as_ref().map_or(u64::MAX, |log| log.oldest());
        let (newest, begin) = self.ring().begin(last_seq, kept);
        let (after, resync) = match begin {
            Begin::After(seq) => (seq, None),
            Begin::Gap { from } => (from - 1, Some(from)),
        };
        let reader = Reader { feed: Arc::clone(self), after, batch: VecDeque::new(), changed };
        Some(Opening { newest, resync, reader })
    }

    fn take(&self, after: u64) -> Result<Vec<Arc<Event>>, Stop> {
        self.ring().take(after)
    }
}

/// Where a reader begins.
#[derive(PartialEq, Eq, Debug)]
enum Begin {
    /// Nothing is missing.
    After(u64),
    /// What is between is not known any more.
    Gap { from: u64 },
}

impl Ring {
    fn push(&mut self, now: Time, event: Arc<Event>, limits: &FeedLimits) {
        self.newest = event.seq;
        self.bytes += event.text.len() + OVERHEAD;
        self.events.push_back((now, event));
        // What is not written yet stays: it comes no faster than the journal, on the same disk, commits it.
        while self.events.front().is_some_and(|(at, event)| {
            let too_many = self.events.len() > limits.events || self.bytes > limits.bytes;
            event.seq <= self.told && (too_many || now.since(*at) > limits.keep)
        }) {
            if let Some((_, event)) = self.events.pop_front() {
                self.bytes -= event.text.len() + OVERHEAD;
            }
        }
    }

    fn oldest(&self) -> u64 {
        self.events.front().map_or(self.newest + 1, |(_, event)| event.seq)
    }

    /// `kept`: the oldest event on the disk.
    fn begin(&self, last_seq: Option<u64>, kept: u64) -> (u64, Begin) {
        let oldest = self.oldest().min(kept);
        let begin = match last_seq {
            None => Begin::After(self.told),
            Some(seq) if seq <= self.told && self.told > 0 && seq >= oldest - 1 => Begin::After(seq),
            Some(_) => Begin::Gap { from: oldest },
        };
        (self.told, begin)
    }

    /// The oldest that nobody was told.
    fn untold(&self) -> Vec<Arc<Event>> {
        let first = self.events.partition_point(|(_, event)| event.seq <= self.told);
        self.events.iter().skip(first).take(WRITTEN).map(|(_, event)| Arc::clone(event)).collect()
    }

    fn take(&self, after: u64) -> Result<Vec<Arc<Event>>, Stop> {
        if self.closed {
            return Err(Stop::Closed);
        }
        // 0: before the first event of this program, whichever number that has.
        if after > 0 && after + 1 < self.oldest() {
            return Err(Stop::Overtaken);
        }
        let first = self.events.partition_point(|(_, event)| event.seq <= after);
        let told = self.events.iter().skip(first).take_while(|(_, event)| event.seq <= self.told);
        Ok(told.take(BATCH).map(|(_, event)| Arc::clone(event)).collect())
    }
}

/// A reader at its beginning.
pub(crate) struct Opening {
    /// The newest event there is.
    pub newest: u64,
    /// Events are missing before this one.
    pub resync: Option<u64>,
    pub reader: Reader,
}

/// Reads a feed at its own pace; it holds nothing but its place.
pub(crate) struct Reader {
    feed: Arc<Feed>,
    after: u64,
    batch: VecDeque<Arc<Event>>,
    changed: watch::Receiver<()>,
}

impl Source for Reader {
    async fn next(&mut self) -> Next {
        loop {
            if let Some(event) = self.batch.pop_front() {
                self.after = event.seq;
                return Next::Send(event.text.clone());
            }
            self.changed.borrow_and_update();
            let taken = match self.feed.take(self.after) {
                Err(Stop::Overtaken) => self.feed.look_back(self.after).await.ok_or(Stop::Overtaken),
                taken => taken,
            };
            match taken {
                Ok(events) if events.is_empty() => {
                    if self.changed.changed().await.is_err() {
                        return Next::End(End::Shutdown);
                    }
                }
                Ok(events) => self.batch = events.into(),
                Err(Stop::Closed) => return Next::End(End::Shutdown),
                Err(Stop::Overtaken) => {
                    metrics::counter!("warmline_web_event_streams_overtaken_total").increment(1);
                    return Next::End(End::Overflow);
                }
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.feed.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event_log::tests::folder;
    use serde_json::json;

    pub(crate) fn envelope(seq: u64, event: &'static str) -> EventEnvelope {
        EventEnvelope {
            id: EventId::mint(Time::ZERO, u128::from(seq)),
            event,
            time: Time::ZERO.rfc3339(),
            seq,
            firm: "acme".into(),
            subject: "cal_x".into(),
            trace_id: String::new(),
            data: json!({}),
        }
    }

    pub(crate) fn event(seq: u64, kind: &'static str) -> Arc<Event> {
        Arc::new(Event::of(&envelope(seq, kind)).unwrap())
    }

    const LIMITS: FeedLimits = FeedLimits { keep: Duration::from_secs(600), events: 5, bytes: 1 << 20 };

    fn ring(limits: &FeedLimits, seqs: std::ops::RangeInclusive<u64>) -> Ring {
        let mut ring = Ring::default();
        for seq in seqs {
            ring.push(Time::from_micros(seq * 1_000_000), event(seq, "call.ringing"), limits);
            ring.told = seq;
        }
        ring
    }

    #[test]
    fn who_comes_back_goes_on_where_it_was_or_hears_of_the_gap() {
        let ring = ring(&LIMITS, 101..=110);
        let begin = |seq| ring.begin(seq, u64::MAX).1;
        assert_eq!(begin(None), Begin::After(110));
        assert_eq!(begin(Some(110)), Begin::After(110));
        assert_eq!(begin(Some(105)), Begin::After(105), "106 is the oldest that is kept");
        assert_eq!(begin(Some(104)), Begin::Gap { from: 106 });
        assert_eq!(begin(Some(111)), Begin::Gap { from: 106 }, "a number that was never given");
        let empty = Ring::default();
        assert_eq!(empty.begin(Some(7), u64::MAX).1, Begin::Gap { from: 1 });
        assert_eq!(empty.begin(None, u64::MAX).1, Begin::After(0));
    }

    #[test]
    fn the_ring_is_bounded_by_age_number_and_bytes() {
        assert_eq!(ring(&LIMITS, 1..=100).events.len(), 5);
        let young = FeedLimits { keep: Duration::from_secs(2), events: 100, ..LIMITS };
        assert_eq!(ring(&young, 1..=100).oldest(), 98);
        let size = event(1, "call.ringing").text.len() + OVERHEAD;
        let small = FeedLimits { bytes: 3 * (size + 8), events: 100, ..LIMITS };
        let ring = ring(&small, 1..=100);
        assert_eq!(ring.events.len(), 3);
        assert_eq!(ring.bytes, ring.events.iter().map(|(_, e)| e.text.len() + OVERHEAD).sum::<usize>());
    }

    #[tokio::test]
    async fn a_reader_that_is_overtaken_ends_and_others_do_not() {
        let feed = Arc::new(Feed::new(LIMITS, None));
        let mut slow = feed.read(None, 9).unwrap().reader;
        feed.publish(&envelope(1, "call.ringing"));
        assert!(matches!(slow.next().await, Next::Send(text) if text.contains("\"seq\":1")));
        for seq in 2..=10 {
            feed.publish(&envelope(seq, "call.ringing"));
        }
        assert_eq!(slow.next().await, Next::End(End::Overflow));
        let again = feed.read(Some(1), 9).unwrap();
        assert_eq!((again.newest, again.resync), (10, Some(6)));
        let mut reader = again.reader;
        assert!(matches!(reader.next().await, Next::Send(text) if text.contains("\"seq\":6")));
    }

    #[tokio::test]
    async fn what_the_ring_has_no_room_for_is_read_from_the_disk_also_after_a_restart() {
        let folder = folder("feed");
        let open = || {
            let feed = Arc::new(Feed::new(LIMITS, Some(EventLog::open(folder.clone()).unwrap())));
            let writing = tokio::spawn(Arc::clone(&feed).write());
            (feed, writing)
        };
        let (feed, writing) = open();
        let mut slow = feed.read(None, 9).unwrap().reader;
        (1..=500).for_each(|seq| feed.publish(&envelope(seq, "call.ringing")));
        for seq in 1..=500 {
            let wanted = format!("\"seq\":{seq},");
            assert!(matches!(slow.next().await, Next::Send(text) if text.contains(&wanted)));
        }
        writing.abort();
        let (feed, _writing) = open();
        feed.publish(&envelope(9_000, "switch.started"));
        let back = feed.read(Some(400), 9).unwrap();
        assert_eq!(back.resync, None);
        let mut reader = back.reader;
        for seq in (401..=500).chain([9_000]) {
            let wanted = format!("\"seq\":{seq},");
            assert!(matches!(reader.next().await, Next::Send(text) if text.contains(&wanted)));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn readers_are_bounded() {
        let feed = Arc::new(Feed::new(LIMITS, None));
        let first = feed.read(None, 1).unwrap();
        assert!(feed.read(None, 1).is_none());
        drop(first);
        assert!(feed.read(None, 1).is_some());
    }
}
