//! A command that comes again with the same key is not done again: it is answered what the first one was, unless somebody of the firm was
//! erased meanwhile, who may be in the answer.

use crate::clock;
use crate::problem::Refusal;
use crate::seal::hex;
use axum::http::StatusCode;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use warmline_time::Time;

/// So long an answer is remembered.
const KEEP: Duration = Duration::from_secs(600);
/// Answers remembered at most of an API key, which has 600 calls a minute; then the oldest are forgotten.
const MOST: usize = 8_000;

/// What a command was answered; what the firm refuses is an answer too.
pub(crate) type Answer = Result<Value, Refusal>;
/// The answer of a command that is on its way, for all who ask. The command is done whether or not anybody waits.
pub(crate) type Coming = Shared<BoxFuture<'static, Answer>>;
/// A firm and the name of one of its API keys.
type Program = (String, String);

#[derive(Default)]
struct Commands {
    /// By the program's own key: what was asked, to tell a repetition from a mistake, and the answer. None: it was done, no more is
    /// known of it.
    rows: HashMap<String, Option<(String, Coming)>>,
    /// When each came, the oldest first.
    order: VecDeque<(Time, String)>,
}

/// The answers of the last while.
#[derive(Default)]
pub(crate) struct Once {
    programs: Mutex<HashMap<Program, Commands>>,
}

impl Once {
    /// Begins it, unless it was begun under this key. What cannot even be begun is not remembered.
    pub fn begin(
        &self,
        program: Program,
        key: String,
        asked: &Value,
        begin: impl FnOnce() -> Result<BoxFuture<'static, Answer>, Refusal>,
    ) -> Result<Coming, Refusal> {
        let (now, asked) = (clock::now(), hex(&Sha256::digest(asked.to_string())));
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let known = programs.entry(program).or_default();
        known.forget(now);
        if let Some(row) = known.rows.get(&key) {
            let Some((before, answer)) = row else {
                let detail = "This was done; what it was answered is not kept any more.";
                return Err(Refusal::new(StatusCode::CONFLICT, "answer_erased", detail));
            };
            if *before != asked {
                let detail = "This `Idempotency-Key` was used for another command before.";
                return Err(Refusal::rule("idempotency_key_reused", detail));
            }
            return Ok(answer.clone());
        }
        let answer = begin()?.shared();
        known.order.push_back((now, key.clone()));
        known.rows.insert(key, Some((asked, answer.clone())));
        Ok(answer)
    }

    /// Somebody of this firm is erased: of what its programs were asked and answered only that it was is left. Who waits for an answer
    /// still gets it.
    pub fn forget(&self, firm: &str) {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, known) in programs.iter_mut().filter(|((of, _), _)| of == firm) {
            known.rows.values_mut().for_each(|row| *row = None);
        }
    }
}

impl Commands {
    fn forget(&mut self, now: Time) {
        let old = |(since, _): &(Time, String)| now.since(*since) >= KEEP;
        while self.order.len() >= MOST || self.order.front().is_some_and(old) {
            if let Some((_, key)) = self.order.pop_front() {
                self.rows.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn crm() -> Program {
        ("acme".into(), "crm".into())
    }

    #[tokio::test]
    async fn the_same_key_is_done_once_and_another_command_under_it_is_refused() {
        let (once, done) = (Once::default(), AtomicUsize::new(0));
        let begin = |key: &str, command: &str| {
            let work = || {
                let number = done.fetch_add(1, Ordering::Relaxed);
                Ok(async move { Ok(json!(number)) }.boxed())
            };
            once.begin(crm(), key.into(), &json!({ "command": command }), work)
        };
        let first = begin("1", "hold").unwrap();
        let again = begin("1", "hold").unwrap();
        drop(first);
        assert_eq!(again.await.unwrap(), json!(0), "whoever asked first may be gone");
        assert_eq!(begin("2", "hold").unwrap().await.unwrap(), json!(1));
        assert_eq!(begin("1", "unhold").unwrap_err().code, "idempotency_key_reused");
        let full = || Err(Refusal::unavailable("overloaded", "Later."));
        let (key, hold) = ("3".to_owned(), json!({"command": "hold"}));
        assert_eq!(once.begin(crm(), key, &hold, full).unwrap_err().code, "overloaded");
        assert_eq!(begin("3", "hold").unwrap().await.unwrap(), json!(2), "it was never begun");
        let other = ("globex".to_owned(), "crm".to_owned());
        let refused = || Ok(async { Err(Refusal::rule("no_call", "No.")) }.boxed());
        for _ in 0..2 {
            let answer = once.begin(other.clone(), "1".into(), &hold, refused).unwrap();
            assert_eq!(answer.await.unwrap_err().code, "no_call", "another's key is another");
        }
    }

    #[tokio::test]
    async fn e24_after_an_erasure_nothing_of_an_answer_is_left_and_nothing_is_done_again() {
        let once = Once::default();
        let begin = |program: Program| {
            let work = || Ok(async { Ok(json!({ "name": "Vera Known" })) }.boxed());
            once.begin(program, "1".into(), &json!({ "name": "Vera Known" }), work)
        };
        let globex = || ("globex".to_owned(), "crm".to_owned());
        let first = begin(crm()).unwrap();
        let waits = first.clone();
        drop(begin(globex()).unwrap());
        assert_eq!(first.await.unwrap()["name"], "Vera Known");
        once.forget("acme");
        assert!(waits.await.is_ok(), "who asked before is answered");
        let refused = begin(crm()).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (409, "answer_erased"));
        assert!(begin(globex()).is_ok(), "another firm's is as it was");
        let programs = once.programs.lock().unwrap();
        let rows = programs.iter().filter(|((firm, _), _)| firm == "acme").flat_map(|(_, known)| &known.rows);
        assert!(rows.into_iter().all(|(_, row)| row.is_none()));
    }

    #[test]
    fn a_programs_answers_are_bounded_and_the_oldest_go() {
        let once = Once::default();
        let work = || Ok(async { Ok(json!({})) }.boxed());
        for n in 0..MOST + 10 {
            drop(once.begin(crm(), n.to_string(), &Value::Null, work).unwrap());
        }
        let mut programs = once.programs.lock().unwrap();
        let known = programs.get_mut(&crm()).unwrap();
        assert_eq!((known.rows.len(), known.order.len()), (MOST, MOST));
        assert!(!known.rows.contains_key("9") && known.rows.contains_key("10"));
        known.forget(clock::now() + KEEP);
        assert_eq!((known.rows.len(), known.order.len()), (0, 0));
    }
}
