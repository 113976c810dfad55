//! A command that comes again with the same key is not done again: it is answered what the first one was.

use crate::clock;
use crate::problem::Refusal;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use warmline_time::Time;

/// So long an answer is remembered.
const KEEP: Duration = Duration::from_secs(600);
/// Answers remembered at most of all keys; then the oldest are forgotten.
const MOST: usize = 20_000;

/// What a command was answered; what the firm refuses is an answer too.
pub(crate) type Answer = Result<Value, Refusal>;

/// By firm, API key and the program's own key.
type Key = (String, String, String);

struct Row {
    since: Time,
    /// What was asked, to tell a repetition from a mistake.
    asked: Value,
    answer: Arc<OnceCell<Answer>>,
}

/// The answers of the last while.
#[derive(Default)]
pub(crate) struct Once {
    rows: Mutex<HashMap<Key, Row>>,
}

impl Once {
    /// Does it, unless it was done under this key; whoever asks meanwhile waits for the same answer. That we could not (5xx) is
    /// not remembered.
    pub async fn answer(&self, key: Key, asked: Value, work: impl Future<Output = Answer>) -> Answer {
        let cell = self.row(key, asked)?;
        let done = cell.get_or_try_init(async || match work.await {
            Err(refusal) if refusal.status.is_server_error() => Err(refusal),
            answer => Ok(answer),
        });
        done.await?.clone()
    }

    fn row(&self, key: Key, asked: Value) -> Result<Arc<OnceCell<Answer>>, Refusal> {
        let now = clock::now();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.get(&key).filter(|row| now.since(row.since) < KEEP) {
            if row.asked != asked {
                let detail = "This `Idempotency-Key` was used for another command before.";
                return Err(Refusal::rule("idempotency_key_reused", detail));
            }
            return Ok(Arc::clone(&row.answer));
        }
        if rows.len() >= MOST {
            // Half of them at once, so that it is rare.
            let mut ages: Vec<Time> = rows.values().map(|row| row.since).collect();
            let middle = ages.len() / 2;
            let (_, &mut median, _) = ages.select_nth_unstable(middle);
            rows.retain(|_, row| row.since > median);
        }
        let answer = Arc::new(OnceCell::new());
        rows.insert(key, Row { since: now, asked, answer: Arc::clone(&answer) });
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(own: &str) -> Key {
        ("acme".into(), "crm".into(), own.into())
    }

    #[tokio::test]
    async fn the_same_key_is_done_once_and_another_command_under_it_is_refused() {
        let (once, done) = (Once::default(), AtomicUsize::new(0));
        let work = async || {
            tokio::task::yield_now().await;
            Ok(json!(done.fetch_add(1, Ordering::Relaxed)))
        };
        let (hold, unhold) = (json!({"command": "hold"}), json!({"command": "unhold"}));
        let both = tokio::join!(
            once.answer(key("1"), hold.clone(), work()),
            once.answer(key("1"), hold.clone(), work())
        );
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (json!(0), json!(0)));
        assert_eq!(once.answer(key("2"), hold.clone(), work()).await.unwrap(), json!(1));
        let refused = once.answer(key("1"), unhold, work()).await.unwrap_err();
        assert_eq!(refused.code, "idempotency_key_reused");
        let full = async { Err(Refusal::unavailable("overloaded", "Later.")) };
        assert_eq!(once.answer(key("3"), hold.clone(), full).await.unwrap_err().code, "overloaded");
        assert_eq!(once.answer(key("3"), hold.clone(), work()).await.unwrap(), json!(2));
        let refusal = async { Err(Refusal::rule("no_call", "No.")) };
        assert_eq!(once.answer(key("4"), hold.clone(), refusal).await.unwrap_err().code, "no_call");
        assert_eq!(once.answer(key("4"), hold, work()).await.unwrap_err().code, "no_call");
        assert_eq!(done.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn they_are_bounded_and_the_oldest_go() {
        let once = Once::default();
        for n in 0..MOST + 10 {
            once.row(key(&n.to_string()), Value::Null).unwrap();
        }
        let rows = once.rows.lock().unwrap();
        assert!(rows.len() <= MOST / 2 + 11, "{}", rows.len());
        assert!(rows.contains_key(&key(&(MOST + 9).to_string())));
    }
}
