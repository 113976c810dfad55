//! What waits to be delivered to one webhook, in order, and what was given up. How far it is stands beside the firm's events on the disk, so
//! that the next program goes on there.

use super::settings::WebhookSettings;
use crate::clock;
use crate::event_log::EventLog;
use crate::feed::Event;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use warmline_time::Time;

/// Events that wait.
const EVENTS: usize = 10_000;
/// Their texts, in bytes.
const BYTES: usize = 8 << 20;
/// Dead letters, the newest.
const DEAD_LETTERS: usize = 100;
/// An event is given up so long after it happened.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(24 * 3_600);

/// Why an event was not delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Undelivered {
    /// Too many waited.
    Overflow,
    /// 24 hours of trying.
    Expired,
    /// The other side wants no more: 410.
    Gone,
}

impl Undelivered {
    fn word(self) -> &'static str {
        match self {
            Undelivered::Overflow => "overflow",
            Undelivered::Expired => "expired",
            Undelivered::Gone => "gone",
        }
    }
}

/// One webhook's events.
pub(crate) struct Outbox {
    pub settings: WebhookSettings,
    inner: Mutex<Inner>,
    wake: Notify,
    /// Where it is kept how far it is.
    log: OnceLock<Arc<EventLog>>,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Waiting>,
    bytes: usize,
    /// Nothing up to this one is taken in again.
    read: u64,
    /// What is wanted after `read`, up to this one at least, is to be read from the log: there was no room for it.
    behind: Option<u64>,
    dead: VecDeque<DeadLetter>,
    disabled: bool,
    /// No more events come.
    closed: bool,
    delivered: u64,
    failures: u64,
    dropped: u64,
    last_success: Option<Time>,
    last_failure: Option<(Time, String)>,
    next_attempt: Option<Time>,
}

#[derive(Clone)]
struct Waiting {
    event: Arc<Event>,
    since: Instant,
    attempts: u32,
}

struct DeadLetter {
    waiting: Waiting,
    at: Time,
    why: Undelivered,
}

impl Outbox {
    pub fn new(settings: WebhookSettings) -> Self {
        Outbox { settings, inner: Mutex::default(), wake: Notify::new(), log: OnceLock::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wants(&self, event: &Event) -> bool {
        self.settings.events.iter().any(|pattern| pattern.fits(&event.kind))
    }

    /// Takes an event in, if the hook wants it. Never waits: where too many are there it is read from the log later; without one, the
    /// oldest go.
    pub fn push(&self, event: &Arc<Event>) {
        if !self.wants(event) {
            return;
        }
        let mut inner = self.lock();
        if inner.disabled || event.seq <= inner.read {
            return;
        }
        let full = inner.queue.len() >= EVENTS || inner.bytes + event.text.len() > BYTES;
        if inner.behind.is_some() || (full && self.log.get().is_some()) {
            if inner.behind.replace(event.seq).is_none() {
                inner.read = inner.queue.back().map_or(inner.read, |waiting| waiting.event.seq);
            }
            return;
        }
        inner.queue(event, Instant::now());
        while inner.queue.len() > EVENTS || inner.bytes > BYTES {
            inner.bury_front(Undelivered::Overflow);
        }
        drop(inner);
        self.wake.notify_one();
    }

    /// Takes in what follows in the log.
    async fn catch_up(&self, log: Arc<EventLog>, after: u64) {
        let read = move || log.read(after).map_err(|_| log.oldest());
        let Ok(read) = tokio::task::spawn_blocking(read).await else { return };
        let mut inner = self.lock();
        let Some(newest) = inner.behind else { return };
        inner.read = match read {
            Ok(events) => {
                let now = Instant::now();
                for event in events.iter().filter(|event| self.wants(event)) {
                    inner.queue(event, now.checked_sub(event.age()).unwrap_or(now));
                }
                events.last().map_or(newest, |event| event.seq)
            }
            Err(oldest) => {
                metrics::counter!("warmline_webhook_gaps_total").increment(1);
                tracing::warn!(
                    firm = self.settings.firm,
                    "events that a webhook has not had are not kept any more"
                );
                if oldest > after + 1 { oldest - 1 } else { newest }
            }
        };
        inner.behind = Some(newest).filter(|newest| *newest > inner.read);
    }

    /// From where a program before this one has stopped, by its log; `told` is the newest event. A hook that is new begins behind that.
    pub fn go_on(&self, log: Arc<EventLog>, told: u64) {
        let name = self.settings.name();
        let cursor = log.cursor(&name).unwrap_or_else(|| {
            log.passed(&name, told);
            told
        });
        let mut inner = self.lock();
        inner.read = cursor;
        inner.behind = (cursor < told).then_some(told);
        let _ = self.log.set(log);
    }

    /// The oldest event that waits.
    pub fn waiting_from(&self) -> Option<u64> {
        let inner = self.lock();
        let queued = inner.queue.front().map(|waiting| waiting.event.seq);
        queued.or(inner.behind.map(|_| inner.read + 1))
    }

    /// It is done with everything up to an event. Blocks for a short write.
    pub fn passed(&self, seq: u64) {
        if let Some(log) = self.log.get() {
            log.passed(&self.settings.name(), seq);
        }
    }

    /// No more events come: what waits is the last.
    pub fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// The event that is next, as soon as there is one; none: there will be none. Those that waited for too long are given up.
    pub async fn next(&self) -> Option<Arc<Event>> {
        loop {
            let after = {
                let mut inner = self.lock();
                while inner.queue.front().is_some_and(|waiting| waiting.since.elapsed() >= GIVE_UP) {
                    inner.bury_front(Undelivered::Expired);
                }
                if let Some(waiting) = inner.queue.front() {
                    return Some(Arc::clone(&waiting.event));
                }
                if inner.closed && inner.behind.is_none() {
                    return None;
                }
                inner.behind.map(|_| inner.read)
            };
            match (after, self.log.get()) {
                (Some(after), Some(log)) => self.catch_up(Arc::clone(log), after).await,
                _ => self.wake.notified().await,
            }
        }
    }

    /// It has arrived.
    pub fn delivered(&self, event: &Event) {
        let mut inner = self.lock();
        inner.delivered += 1;
        inner.last_success = Some(clock::now());
        inner.next_attempt = None;
        // It may have been given up for lack of room meanwhile.
        if inner.queue.front().is_some_and(|waiting| waiting.event.seq == event.seq) {
            inner.pop_front();
        }
    }

    /// It has not, and will be tried again after a pause.
    pub fn failed(&self, event: &Event, why: String, pause: Duration) {
        let mut inner = self.lock();
        let now = clock::now();
        inner.failures += 1;
        inner.last_failure = Some((now, why));
        inner.next_attempt = Some(now + pause);
        if let Some(waiting) = inner.queue.front_mut().filter(|waiting| waiting.event.seq == event.seq) {
            waiting.attempts += 1;
        }
    }

    /// The other side wants no more events: nothing is kept for it.
    pub fn disable(&self) {
        let mut inner = self.lock();
        inner.disabled = true;
        inner.behind = None;
        inner.failures += 1;
        inner.last_failure = Some((clock::now(), "status 410".into()));
        inner.next_attempt = None;
        while !inner.queue.is_empty() {
            inner.bury_front(Undelivered::Gone);
        }
    }

    /// For `GET /v1/webhooks`: no secret, and the address without its query.
    pub fn shown(&self) -> Value {
        let inner = self.lock();
        let events: Vec<&str> = self.settings.events.iter().map(|pattern| pattern.as_str()).collect();
        let state = match (inner.disabled, inner.next_attempt) {
            (true, _) => "disabled",
            (false, Some(_)) => "retrying",
            (false, None) => "active",
        };
        json!({
            "url": self.settings.target.shown(),
            "events": events,
            "state": state,
            "queued": inner.queue.len(),
            "delivered_total": inner.delivered,
            "failures_total": inner.failures,
            "dropped_total": inner.dropped,
            "last_success": inner.last_success.map(Time::rfc3339),
            "last_failure": inner.last_failure.as_ref().map(|(at, why)| json!({"time": at.rfc3339(), "reason": why})),
            "next_attempt": inner.next_attempt.map(Time::rfc3339),
            "dead_letters": inner.dead.iter().map(DeadLetter::shown).collect::<Vec<_>>(),
        })
    }
}

impl Inner {
    fn queue(&mut self, event: &Arc<Event>, since: Instant) {
        self.bytes += event.text.len();
        self.queue.push_back(Waiting { event: Arc::clone(event), since, attempts: 0 });
    }

    fn pop_front(&mut self) -> Option<Waiting> {
        let waiting = self.queue.pop_front()?;
        self.bytes -= waiting.event.text.len();
        Some(waiting)
    }

    fn bury_front(&mut self, why: Undelivered) {
        let Some(waiting) = self.pop_front() else { return };
        metrics::counter!("warmline_webhook_dead_letters_total", "reason" => why.word()).increment(1);
        self.dropped += 1;
        self.dead.push_back(DeadLetter { waiting, at: clock::now(), why });
        if self.dead.len() > DEAD_LETTERS {
            self.dead.pop_front();
        }
    }
}

impl DeadLetter {
    fn shown(&self) -> Value {
        let event = serde_json::from_str(self.waiting.event.text.as_str()).unwrap_or(Value::Null);
        json!({
            "time": self.at.rfc3339(),
            "reason": self.why.word(),
            "attempts": self.waiting.attempts,
            "event": event,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::mint_webhook_secret;
    use super::*;
    use crate::event_log::tests::folder;
    use crate::feed::tests::{envelope, event};
    use warmline_coordination::view::EventEnvelope;

    fn outbox() -> Outbox {
        let secret = mint_webhook_secret(&[1; 24]);
        let events = ["call.*".to_owned()];
        let url = "https://crm.test/hook?token=t0ps3cret";
        Outbox::new(WebhookSettings::new("acme", url, &secret, &events, false).unwrap())
    }

    #[tokio::test]
    async fn too_many_push_the_oldest_out_and_that_is_counted() {
        let outbox = outbox();
        for seq in 1..=EVENTS as u64 + 150 {
            outbox.push(&event(seq, "call.ringing"));
        }
        outbox.push(&event(99_999, "trunk.down"));
        assert_eq!(outbox.next().await.unwrap().seq, 151);
        let shown = outbox.shown();
        assert_eq!((&shown["queued"], &shown["dropped_total"]), (&json!(EVENTS), &json!(150)));
        assert_eq!(shown["dead_letters"].as_array().unwrap().len(), DEAD_LETTERS);
        assert_eq!(shown["dead_letters"][99]["reason"], "overflow");
        assert_eq!(shown["dead_letters"][99]["event"]["seq"], 150);
    }

    #[tokio::test]
    async fn an_event_that_was_pushed_out_while_it_was_sent_takes_no_other_with_it() {
        let outbox = outbox();
        outbox.push(&event(1, "call.ringing"));
        let sent = outbox.next().await.unwrap();
        for seq in 2..=EVENTS as u64 + 1 {
            outbox.push(&event(seq, "call.ringing"));
        }
        outbox.delivered(&sent);
        assert_eq!(outbox.next().await.unwrap().seq, 2);
        assert_eq!(outbox.shown()["queued"], EVENTS);
    }

    #[tokio::test]
    async fn more_than_there_is_room_for_waits_in_the_log_and_the_next_program_goes_on() {
        let folder = folder("outbox");
        let log = Arc::new(EventLog::open(folder.clone()).unwrap());
        let first = outbox();
        first.go_on(Arc::clone(&log), 0);
        let (count, now) = (EVENTS as u64 + 150, clock::now().rfc3339());
        for seq in 1..=count {
            let event = Arc::new(
                Event::of(&EventEnvelope { time: now.clone(), ..envelope(seq, "call.ringing") }).unwrap(),
            );
            log.append(&[Arc::clone(&event)]);
            first.push(&event);
        }
        for seq in 1..=count - 1 {
            assert_eq!(first.waiting_from().unwrap(), seq);
            let event = first.next().await.unwrap();
            assert_eq!(event.seq, seq);
            first.delivered(&event);
            first.passed(seq);
        }
        assert_eq!(first.shown()["dropped_total"], 0);
        let second = outbox();
        second.go_on(Arc::new(EventLog::open(folder.clone()).unwrap()), count);
        let event = second.next().await.unwrap();
        assert_eq!(event.seq, count, "what was not delivered");
        second.delivered(&event);
        second.close();
        assert!(second.next().await.is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let text = outbox().shown().to_string();
        assert!(
            text.contains("https://crm.test/hook") && !text.contains("t0ps3cret") && !text.contains("whsec")
        );
    }
}
