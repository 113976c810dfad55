//! A firm's events on the disk, for programs and webhooks that are behind what memory keeps: segments of JSON lines in the order of `seq`,
//! and how far each webhook is. Nothing is synced: what was written outlives the process, not the end of the machine.

use crate::clock;
use crate::feed::Event;
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};
use warmline_time::Time;

/// A segment is closed when it is as long as this, in bytes, or half as old as what is kept.
const SEGMENT: u64 = 1 << 20;
/// What a firm's segments take on the disk at most, in bytes.
const BYTES: u64 = 1 << 30;
/// So long events are kept, whoever has read them.
const KEEP: Duration = Duration::from_secs(600);
/// And so long for a webhook that has not had them: an hour longer than it is tried.
const AT_MOST: Duration = Duration::from_secs(25 * 3_600);

/// How the name of a segment ends that is to replace another.
const HALF: &str = "new";

/// See the module.
#[derive(Debug)]
pub(crate) struct EventLog {
    folder: PathBuf,
    limit: u64,
    inner: Mutex<Inner>,
    /// Known without the lock, which whoever writes holds meanwhile.
    oldest: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    segments: VecDeque<Segment>,
    /// The last of them, while it is written to.
    open: Option<File>,
    newest: u64,
    /// Before this one an event may be missing.
    whole_from: u64,
}

#[derive(Debug)]
struct Segment {
    first: u64,
    bytes: u64,
    begun: Time,
    /// When the last event came.
    last: Time,
}

impl EventLog {
    /// The log in a folder, made where there is none. A last line that is torn is cut off, what a kill left half done is gone.
    ///
    /// # Errors
    /// Where the folder cannot be read or written.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut segments = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|ending| ending == HALF) {
                fs::remove_file(entry.path())?;
                continue;
            }
            let name = entry.file_name();
            let first = name.to_str().and_then(|name| name.strip_suffix(".log")?.parse().ok());
            let Some(first) = first else { continue };
            let found = entry.metadata()?;
            let written = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            let last = Time::from_micros(written.as_micros() as u64);
            segments.push(Segment { first, bytes: found.len(), begun: last, last });
        }
        segments.sort_by_key(|segment| segment.first);
        let mut inner = Inner { segments: segments.into(), ..Inner::default() };
        while let Some(segment) = inner.segments.back_mut() {
            let path = path(&folder, segment.first);
            let (events, whole) = lines(&fs::read(&path)?);
            let Some(event) = events.last() else {
                fs::remove_file(&path)?;
                inner.segments.pop_back();
                continue;
            };
            if whole < segment.bytes {
                OpenOptions::new().write(true).open(&path)?.set_len(whole)?;
                segment.bytes = whole;
            }
            inner.newest = event.seq;
            break;
        }
        let oldest = inner.oldest().into();
        Ok(EventLog { folder, limit: BYTES, inner: Mutex::new(inner), oldest })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest event there is; 0: none.
    pub fn newest(&self) -> u64 {
        self.lock().newest
    }

    /// The oldest event from which on none is missing. Never waits.
    pub fn oldest(&self) -> u64 {
        self.oldest.load(Ordering::Acquire)
    }

    /// Writes events behind the others. Blocks. What cannot be written is counted, and who reads from before it hears of the gap.
    pub fn append(&self, events: &[Arc<Event>]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let mut inner = self.lock();
        if let Err(error) = inner.append(&self.folder, first.seq, events) {
            metrics::counter!("warmline_event_log_failed_total").increment(events.len() as u64);
            tracing::error!(%error, "events cannot be kept on the disk: programs and webhooks that are behind miss them");
            inner.open = None;
            inner.whole_from = last.seq + 1;
        }
        inner.newest = last.seq;
        while inner.segments.len() > 1 && inner.bytes() > self.limit {
            metrics::counter!("warmline_event_log_cut_total").increment(1);
            tracing::warn!(folder = %self.folder.display(), "a firm's events are more than are kept on the disk: the oldest are gone");
            inner.drop_first(&self.folder);
        }
        self.oldest.store(inner.oldest(), Ordering::Release);
    }

    /// Those after `after`, some of them, the oldest first; an event that has gone meanwhile is an error. Blocks.
    pub fn read(&self, after: u64) -> io::Result<Vec<Arc<Event>>> {
        let firsts: Vec<u64> = {
            let inner = self.lock();
            // 0: before the first there ever was.
            if after > 0 && after + 1 < inner.oldest() {
                return Err(io::ErrorKind::NotFound.into());
            }
            let skip = inner.segments.partition_point(|segment| segment.first <= after).saturating_sub(1);
            inner.segments.iter().skip(skip).map(|segment| segment.first).collect()
        };
        for first in firsts {
            let (mut events, _) = lines(&fs::read(path(&self.folder, first))?);
            events.retain(|event| event.seq > after);
            if !events.is_empty() {
                return Ok(events.into_iter().map(Arc::new).collect());
            }
        }
        Ok(Vec::new())
    }

    /// Deletes what is too old; `waiting`: the oldest event that a webhook has not had yet.
    pub fn sweep(&self, waiting: Option<u64>) {
        let (now, mut inner) = (clock::now(), self.lock());
        while let Some(segment) = inner.segments.front() {
            let next = inner.segments.get(1).map_or(inner.newest + 1, |next| next.first);
            let age = now.since(segment.last);
            if age <= KEEP || (age <= AT_MOST && waiting.is_some_and(|seq| seq < next)) {
                break;
            }
            inner.drop_first(&self.folder);
        }
        self.oldest.store(inner.oldest(), Ordering::Release);
    }

    /// Events in which one of these texts is are gone; the others stay as they are. Blocks.
    ///
    /// # Errors
    /// Where a segment cannot be read or replaced: it and those after it may have some of them still.
    pub fn forget(&self, texts: &[String]) -> io::Result<()> {
        let firsts: Vec<u64> = {
            let mut inner = self.lock();
            // The next event begins a segment: no other is written to while they are gone through.
            inner.open = None;
            inner.segments.iter().map(|segment| segment.first).collect()
        };
        for first in firsts {
            // Whoever writes waits for one segment at most.
            let mut inner = self.lock();
            if let Some(segment) = inner.segments.iter_mut().find(|segment| segment.first == first) {
                segment.forget(&self.folder, texts)?;
            }
        }
        Ok(())
    }

    /// How far a webhook is: it has had, or has given up, everything up to this one. None: it is new.
    pub fn cursor(&self, hook: &str) -> Option<u64> {
        fs::read_to_string(self.cursor_path(hook)).ok()?.trim().parse().ok()
    }

    /// It is as far as this now. One short write over the last one: it is never seen half.
    pub fn passed(&self, hook: &str, seq: u64) {
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(self.cursor_path(hook));
        if let Err(error) = open.and_then(|mut file| file.write_all(format!("{seq:020}\n").as_bytes())) {
            tracing::error!(%error, "how far a webhook is cannot be kept: after a restart it hears events again");
        }
    }

    fn cursor_path(&self, hook: &str) -> PathBuf {
        self.folder.join(format!("{hook}.cursor"))
    }
}

impl Segment {
    /// The file is replaced by one without them, in which there may be none left.
    fn forget(&mut self, folder: &Path, texts: &[String]) -> io::Result<()> {
        let path = path(folder, self.first);
        let all = match fs::read(&path) {
            // Somebody else deleted it: nobody is in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read?,
        };
        let all = String::from_utf8_lossy(&all);
        let is_his = |line: &&str| texts.iter().any(|text| line.contains(text.as_str()));
        let kept: String = all.split_inclusive('\n').filter(|line| !is_his(line)).collect();
        if kept.len() < all.len() {
            let new = path.with_extension(HALF);
            fs::write(&new, &kept)?;
            fs::rename(new, path)?;
            self.bytes = kept.len() as u64;
        }
        Ok(())
    }
}

impl Inner {
    fn oldest(&self) -> u64 {
        let first = self.segments.front().map_or(self.newest + 1, |segment| segment.first);
        first.max(self.whole_from)
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    fn append(&mut self, folder: &Path, first: u64, events: &[Arc<Event>]) -> io::Result<()> {
        let now = clock::now();
        let fits = |segment: &Segment| segment.bytes < SEGMENT && now.since(segment.begun) < KEEP / 2;
        if !self.segments.back().is_some_and(fits) {
            self.open = None;
        }
        if self.open.is_none() {
            self.open = Some(OpenOptions::new().create(true).append(true).open(path(folder, first))?);
            self.segments.push_back(Segment { first, bytes: 0, begun: now, last: now });
        }
        let (Some(file), Some(segment)) = (&mut self.open, self.segments.back_mut()) else { return Ok(()) };
        let text: String = events.iter().flat_map(|event| [event.text.as_str(), "\n"]).collect();
        if let Err(error) = file.write_all(text.as_bytes()) {
            // Half a batch is none.
            file.set_len(segment.bytes)?;
            return Err(error);
        }
        segment.bytes += text.len() as u64;
        segment.last = now;
        Ok(())
    }

    fn drop_first(&mut self, folder: &Path) {
        if self.segments.len() == 1 {
            self.open = None;
        }
        let Some(segment) = self.segments.pop_front() else { return };
        if let Err(error) = fs::remove_file(path(folder, segment.first)) {
            tracing::error!(%error, "a firm's old events cannot be deleted");
        }
    }
}

fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.log"))
}

/// The events of a segment up to a line that is none, and how many bytes they are.
fn lines(text: &[u8]) -> (Vec<Event>, u64) {
    let (mut events, mut whole) = (Vec::new(), 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Some(event) = line.strip_suffix(b"\n").and_then(Event::read) else { break };
        events.push(event);
        whole += line.len() as u64;
    }
    (events, whole)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::feed::tests::event;

    /// A folder of its own, empty.
    pub(crate) fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("warmline-events-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn events(seqs: std::ops::RangeInclusive<u64>) -> Vec<Arc<Event>> {
        seqs.map(|seq| event(seq, "call.ringing")).collect()
    }

    fn all(log: &EventLog, mut after: u64) -> Vec<u64> {
        let mut seqs = Vec::new();
        loop {
            let read = log.read(after).unwrap();
            let Some(last) = read.last() else { return seqs };
            after = last.seq;
            seqs.extend(read.iter().map(|event| event.seq));
        }
    }

    #[test]
    fn what_was_written_is_read_in_order_also_by_the_next_program() {
        let folder = folder("order");
        let log = EventLog::open(folder.clone()).unwrap();
        assert_eq!((log.newest(), log.oldest()), (0, 1));
        log.append(&events(101..=110));
        log.append(&events(111..=120));
        drop(log);
        let log = EventLog::open(folder.clone()).unwrap();
        log.append(&events(5_000..=5_001));
        assert_eq!((log.newest(), log.oldest()), (5_001, 101));
        assert_eq!(all(&log, 100), (101..=120).chain(5_000..=5_001).collect::<Vec<_>>());
        assert_eq!(all(&log, 119), [120, 5_000, 5_001]);
        assert_eq!(all(&log, 120), [5_000, 5_001]);
        assert!(log.read(99).is_err(), "100 is not there");
        assert_eq!(log.read(100).unwrap()[0].text, event(101, "call.ringing").text);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_torn_line_is_cut_off_and_nothing_else() {
        let folder = folder("torn");
        let log = EventLog::open(folder.clone()).unwrap();
        log.append(&events(1..=3));
        let file = path(&folder, 1);
        let whole = fs::metadata(&file).unwrap().len();
        OpenOptions::new().write(true).open(&file).unwrap().set_len(whole - 2).unwrap();
        let log = EventLog::open(folder.clone()).unwrap();
        assert_eq!(log.newest(), 2);
        log.append(&events(7..=8));
        assert_eq!(all(&log, 0), [1, 2, 7, 8]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn where_there_is_no_room_the_oldest_go_and_who_needs_them_hears_of_it() {
        let folder = folder("room");
        let mut log = EventLog::open(folder.clone()).unwrap();
        log.limit = 2 * SEGMENT;
        let count = 3 * SEGMENT / event(1, "call.ringing").text.len() as u64;
        for seq in (1..count).step_by(500) {
            log.append(&events(seq..=seq + 499));
        }
        assert!(log.lock().bytes() <= 2 * SEGMENT);
        assert!(log.oldest() > 1 && log.read(1).is_err());
        let oldest = log.oldest();
        assert_eq!(all(&log, oldest - 1), (oldest..=log.newest()).collect::<Vec<_>>());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn old_events_wait_for_webhooks_and_not_for_ever() {
        let folder = folder("old");
        let log = EventLog::open(folder.clone()).unwrap();
        log.append(&events(1..=3));
        log.sweep(None);
        assert_eq!(log.oldest(), 1, "ten minutes are not over");
        let aged = |by: Duration| {
            let at = clock::now() - by;
            log.lock().segments.iter_mut().for_each(|segment| segment.last = at);
        };
        aged(KEEP * 2);
        log.sweep(Some(3));
        assert_eq!(log.oldest(), 1);
        aged(AT_MOST * 2);
        log.sweep(Some(3));
        assert_eq!((log.oldest(), all(&log, 3)), (4, vec![]));
        log.append(&events(4..=5));
        assert_eq!(all(&log, 3), [4, 5]);
        aged(KEEP * 2);
        log.sweep(Some(6));
        assert_eq!(log.oldest(), 6);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn e24_what_is_forgotten_is_gone_and_nothing_else() {
        let folder = folder("forget");
        let log = EventLog::open(folder.clone()).unwrap();
        log.append(&events(1..=3));
        log.forget(&["\"seq\":2,".into()]).unwrap();
        log.append(&events(4..=5));
        assert_eq!(all(&log, 0), [1, 3, 4, 5]);
        log.forget(&["cal_x".into()]).unwrap();
        assert_eq!((all(&log, 0), log.newest(), log.oldest()), (vec![], 5, 1));
        log.append(&events(6..=6));
        assert_eq!(all(&log, 3), [6]);
        let last = path(&folder, 6);
        fs::remove_file(&last).unwrap();
        log.forget(&["cal_x".into()]).unwrap();
        fs::create_dir(&last).unwrap();
        assert!(log.forget(&["cal_x".into()]).is_err(), "nobody takes it for done");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn e24_what_a_kill_left_half_forgotten_is_gone() {
        let folder = folder("half");
        let log = EventLog::open(folder.clone()).unwrap();
        log.append(&events(1..=3));
        let half = path(&folder, 1).with_extension(HALF);
        fs::write(&half, event(1, "call.ringing").text.as_str()).unwrap();
        let log = EventLog::open(folder.clone()).unwrap();
        assert_eq!((half.exists(), all(&log, 0)), (false, vec![1, 2, 3]));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_webhooks_place_is_kept() {
        let folder = folder("place");
        let log = EventLog::open(folder.clone()).unwrap();
        assert_eq!(log.cursor("crm"), None);
        log.passed("crm", 77);
        log.passed("crm", 1_234_567);
        assert_eq!(EventLog::open(folder.clone()).unwrap().cursor("crm"), Some(1_234_567));
        fs::remove_dir_all(folder).unwrap();
    }
}
