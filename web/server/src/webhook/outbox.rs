//! What waits to be delivered to one webhook, in order, and what was given up. Kept in memory only.

use super::settings::WebhookSettings;
use crate::clock;
use crate::feed::Event;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Waiting>,
    bytes: usize,
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
        Outbox { settings, inner: Mutex::default(), wake: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event in, if the hook wants it. Never waits: the oldest go where too many are there.
    pub fn push(&self, event: &Arc<Event>) {
        if !self.settings.events.iter().any(|pattern| pattern.fits(event.kind)) {
            return;
        }
        let mut inner = self.lock();
        if inner.disabled {
            return;
        }
        inner.bytes += event.text.len();
        inner.queue.push_back(Waiting { event: Arc::clone(event), since: Instant::now(), attempts: 0 });
        while inner.queue.len() > EVENTS || inner.bytes > BYTES {
            inner.bury_front(Undelivered::Overflow);
        }
        drop(inner);
        self.wake.notify_one();
    }

    /// No more events come: what waits is the last.
    pub fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// The event that is next, as soon as there is one; none: there will be none. Those that waited for too long are given up.
    pub async fn next(&self) -> Option<Arc<Event>> {
        loop {
            {
                let mut inner = self.lock();
                while inner.queue.front().is_some_and(|waiting| waiting.since.elapsed() >= GIVE_UP) {
                    inner.bury_front(Undelivered::Expired);
                }
                if let Some(waiting) = inner.queue.front() {
                    return Some(Arc::clone(&waiting.event));
                }
                if inner.closed {
                    return None;
                }
            }
            self.wake.notified().await;
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
    use crate::feed::tests::event;

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

    #[test]
    fn what_is_shown_holds_no_secret() {
        let text = outbox().shown().to_string();
        assert!(
            text.contains("https://crm.test/hook") && !text.contains("t0ps3cret") && !text.contains("whsec")
        );
    }
}
