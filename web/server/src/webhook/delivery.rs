//! One webhook's task: posts its events one after the other, and again after a failure, later each time.

use super::outbox::Outbox;
use super::settings::Target;
use super::sign::signature;
use crate::clock;
use crate::feed::Event;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long the other side may take to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// The pause after a first failure; it doubles with each.
const PAUSE: Duration = Duration::from_secs(5);
/// And is no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// A request as it is sent.
pub(crate) struct Post<'a> {
    pub target: &'a Target,
    pub allow_private: bool,
    /// Names and values.
    pub headers: [(&'static str, String); 3],
    pub body: &'a str,
}

/// The other side's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
}

/// Why there was no answer; safe to be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The name has no address now.
    Unresolved,
    /// The name leads where hooks must not go.
    AddressNotAllowed,
    Connect,
    Tls,
    /// The connection broke before the answer.
    Broken,
}

impl Failure {
    pub fn word(self) -> &'static str {
        match self {
            Failure::Unresolved => "unresolved",
            Failure::AddressNotAllowed => "address_not_allowed",
            Failure::Connect => "connect_failed",
            Failure::Tls => "tls_failed",
            Failure::Broken => "connection_broken",
        }
    }
}

/// What carries a request out.
pub(crate) trait Transport: Send {
    /// Posts it and waits for the answer's head. Dropped where that takes too long.
    fn post<'a>(&'a mut self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, Failure>>;
}

/// See the module.
pub(crate) struct Delivery<T> {
    outbox: Arc<Outbox>,
    transport: T,
    flights: Arc<Semaphore>,
    /// One after the other.
    failures: u32,
}

enum Outcome {
    Delivered,
    Gone,
    Again { why: String, not_before: Option<Duration> },
}

impl<T: Transport> Delivery<T> {
    pub fn new(outbox: Arc<Outbox>, transport: T, flights: Arc<Semaphore>) -> Self {
        Delivery { outbox, transport, flights, failures: 0 }
    }

    /// Until the other side wants no more, or the hook is closed and all is delivered.
    pub async fn run(mut self) {
        let outbox = Arc::clone(&self.outbox);
        while let Some(event) = outbox.next().await {
            match self.attempt(&event).await {
                Outcome::Delivered => {
                    count("delivered");
                    self.failures = 0;
                    outbox.delivered(&event);
                    let (hook, seq) = (Arc::clone(&outbox), event.seq);
                    let _ = tokio::task::spawn_blocking(move || hook.passed(seq)).await;
                }
                Outcome::Gone => {
                    count("gone");
                    tracing::warn!(firm = outbox.settings.firm, "a webhook is gone (410) and gets no more");
                    return outbox.disable();
                }
                Outcome::Again { why, not_before } => {
                    count("failed");
                    tracing::info!(firm = outbox.settings.firm, why, "a webhook was not delivered");
                    let pause = pause(self.failures, rand::random()).max(not_before.unwrap_or_default());
                    self.failures = self.failures.saturating_add(1);
                    outbox.failed(&event, why, pause);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn attempt(&mut self, event: &Event) -> Outcome {
        let Ok(_flight) = self.flights.acquire().await else { return Outcome::Gone };
        let settings = &self.outbox.settings;
        let (id, seconds) = (event.id.to_string(), clock::now().as_secs());
        let signed = signature(&settings.secret, &id, seconds, &event.text);
        let headers =
            [("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signed)];
        let post = Post {
            target: &settings.target,
            allow_private: settings.allow_private,
            headers,
            body: event.text.as_str(),
        };
        match tokio::time::timeout(ANSWER, self.transport.post(post)).await {
            Ok(Ok(Answer { status: 200..=299, .. })) => Outcome::Delivered,
            Ok(Ok(Answer { status: 410, .. })) => Outcome::Gone,
            Ok(Ok(Answer { status, retry_after })) => {
                let not_before = retry_after.map(|pause| pause.min(LONGEST_PAUSE));
                Outcome::Again { why: format!("status {status}"), not_before }
            }
            Ok(Err(failure)) => Outcome::Again { why: failure.word().into(), not_before: None },
            Err(_) => Outcome::Again { why: "timeout".into(), not_before: None },
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("warmline_webhook_deliveries_total", "outcome" => outcome).increment(1);
}

/// The pause after so many failures before this one; `random` from 0 to 1 shortens it by up to a half, so that hooks which failed
/// together do not come back together.
fn pause(failures: u32, random: f64) -> Duration {
    let doubled = PAUSE.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
    doubled.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::super::outbox::GIVE_UP;
    use super::super::settings::{WebhookSettings, mint_webhook_secret};
    use super::*;
    use crate::feed::tests::event;
    use std::sync::Mutex;
    use tokio::time::Instant;

    /// What the other side does: the last for good.
    #[derive(Clone)]
    enum Act {
        Answer(u16),
        Later(u16, u64),
        Fail(Failure),
        Silence,
    }

    /// When what was tried: event's number, id, moment.
    type Log = Arc<Mutex<Vec<(u64, String, Instant)>>>;

    struct Script {
        acts: Vec<Act>,
        log: Log,
    }

    impl Transport for Script {
        fn post<'a>(&'a mut self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, Failure>> {
            let body: serde_json::Value = serde_json::from_str(post.body).unwrap();
            let id = post.headers[0].1.clone();
            self.log.lock().unwrap().push((body["seq"].as_u64().unwrap(), id, Instant::now()));
            let act = if self.acts.len() > 1 { self.acts.remove(0) } else { self.acts[0].clone() };
            Box::pin(async move {
                match act {
                    Act::Answer(status) => Ok(Answer { status, retry_after: None }),
                    Act::Later(status, secs) => {
                        Ok(Answer { status, retry_after: Some(Duration::from_secs(secs)) })
                    }
                    Act::Fail(failure) => Err(failure),
                    Act::Silence => std::future::pending().await,
                }
            })
        }
    }

    fn hook(acts: &[Act]) -> (Arc<Outbox>, Log, tokio::task::JoinHandle<()>) {
        let secret = mint_webhook_secret(&[1; 24]);
        let settings = WebhookSettings::new("acme", "https://crm.test/", &secret, &["*".into()], false);
        let outbox = Arc::new(Outbox::new(settings.unwrap()));
        let log = Log::default();
        let script = Script { acts: acts.to_vec(), log: Arc::clone(&log) };
        let task = Delivery::new(Arc::clone(&outbox), script, Arc::new(Semaphore::new(1))).run();
        (outbox, log, tokio::spawn(task))
    }

    /// Seconds between the attempts, and which event each was for.
    fn attempts(log: &Log) -> (Vec<u64>, Vec<f64>) {
        let log = log.lock().unwrap();
        let gaps = log.windows(2).map(|pair| (pair[1].2 - pair[0].2).as_secs_f64()).collect();
        (log.iter().map(|row| row.0).collect(), gaps)
    }

    fn about(gap: f64, longest: f64) {
        assert!(
            gap >= longest / 2.0 - 0.01 && gap <= longest + 0.01,
            "{gap} is not {}..{longest}",
            longest / 2.0
        );
    }

    #[tokio::test(start_paused = true)]
    async fn after_failures_it_is_tried_again_later_each_time_and_in_order() {
        let acts =
            [Act::Answer(500), Act::Silence, Act::Fail(Failure::Connect), Act::Answer(302), Act::Answer(204)];
        let (outbox, log, _task) = hook(&acts);
        outbox.push(&event(1, "call.ringing"));
        outbox.push(&event(2, "call.answered"));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(outbox.shown()["state"], "retrying");
        tokio::time::sleep(Duration::from_secs(600)).await;
        let (seqs, gaps) = attempts(&log);
        assert_eq!(seqs, [1, 1, 1, 1, 1, 2], "the second waits for the first");
        about(gaps[0], 5.0);
        about(gaps[1] - 15.0, 10.0);
        about(gaps[2], 20.0);
        about(gaps[3], 40.0);
        assert!(gaps[4] < 0.1);
        let ids: Vec<String> = log.lock().unwrap().iter().map(|row| row.1.clone()).collect();
        assert!(ids[..5].iter().all(|id| *id == ids[0]), "a retry carries the same id");
        let shown = outbox.shown();
        assert_eq!((&shown["state"], &shown["queued"]), (&"active".into(), &0.into()));
        assert_eq!((&shown["delivered_total"], &shown["failures_total"]), (&2.into(), &4.into()));
        assert_eq!(shown["last_failure"]["reason"], "status 302", "a redirect is a failure");
    }

    #[tokio::test(start_paused = true)]
    async fn the_other_side_says_when() {
        let (outbox, log, _task) = hook(&[Act::Later(429, 120), Act::Later(503, 999_999), Act::Answer(200)]);
        outbox.push(&event(1, "call.ringing"));
        tokio::time::sleep(Duration::from_secs(7_200)).await;
        let (_, gaps) = attempts(&log);
        assert_eq!(gaps.iter().map(|gap| gap.round() as u64).collect::<Vec<_>>(), [120, 3_600]);
    }

    #[tokio::test(start_paused = true)]
    async fn gone_is_for_good() {
        let (outbox, log, task) = hook(&[Act::Answer(410)]);
        outbox.push(&event(1, "call.ringing"));
        outbox.push(&event(2, "call.ended"));
        task.await.unwrap();
        outbox.push(&event(3, "call.ringing"));
        let shown = outbox.shown();
        assert_eq!((&shown["state"], &shown["queued"]), (&"disabled".into(), &0.into()));
        assert_eq!(shown["dead_letters"].as_array().unwrap().len(), 2);
        assert_eq!(shown["dead_letters"][1]["reason"], "gone");
        assert_eq!(attempts(&log).0, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_day_an_event_is_a_dead_letter_and_what_is_younger_goes_on() {
        let (outbox, log, _task) = hook(&[Act::Answer(500)]);
        outbox.push(&event(1, "call.ringing"));
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        outbox.push(&event(2, "call.ended"));
        tokio::time::sleep(GIVE_UP).await;
        let shown = outbox.shown();
        assert_eq!((&shown["dropped_total"], &shown["queued"]), (&1.into(), &1.into()));
        let dead = &shown["dead_letters"][0];
        assert_eq!((&dead["reason"], &dead["event"]["seq"]), (&"expired".into(), &1.into()));
        let (seqs, gaps) = attempts(&log);
        assert!(seqs.len() < 60 && seqs.contains(&2), "{seqs:?}");
        assert!(gaps.iter().all(|gap| *gap <= 3_600.1));
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_are_not_all_the_same() {
        let secs = |failures| pause(failures, 0.0).as_secs();
        assert_eq!([0, 1, 2, 9, 10, 31, 32, 1_000].map(secs), [5, 10, 20, 2_560, 3_600, 3_600, 3_600, 3_600]);
        assert_eq!(pause(0, 1.0), Duration::from_millis(2_500));
    }
}
