//! How the dialling of a customer may end, and whether he is dialled again: the policy of retries (G op. 424–426).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

/// Ends after which a number may be dialled again. All others are final: a refusal is never retried, a number that is none neither.
pub const RETRIED: [&str; 8] =
    ["busy", "no_answer", "unreachable", "machine", "congestion", "abandoned", "unknown", "unmatched"];

/// The end of an attempt that was answered.
pub(crate) const ANSWERED: &str = "answered";

/// What may turn out of an attempt after it was answered: nobody spoke with an agent.
pub(crate) const AFTER_ANSWER: [&str; 8] =
    ["machine", "fax", "modem", "abandoned", "busy", "congestion", "not_found", UNKNOWN];

/// The end of an attempt of which nobody knows what became: the switch stopped in the midst of it.
pub(crate) const UNKNOWN: &str = "unknown";

/// One dialling of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    /// When its intent was written.
    pub at: Time,
    /// How it ended; empty: that is not known yet.
    pub outcome: String,
}

/// After one kind of end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retry {
    /// How long it is waited.
    pub after: Duration,
    /// How often it is tried again for this reason.
    pub times: u32,
}

/// When a number that was not reached is dialled again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// By the end, of [`RETRIED`]; one that is not here is final.
    pub after: BTreeMap<String, Retry>,
    /// Diallings of a job, whatever their ends (6).
    pub max_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let row = |outcome: &str, secs, times| {
            (outcome.to_owned(), Retry { after: Duration::from_secs(secs), times })
        };
        let after = [
            row("busy", 300, 3),
            row("no_answer", 900, 2),
            row("unreachable", 300, 3),
            row("machine", 3600, 2),
            row("congestion", 60, 3),
            row("unknown", 60, 1),
        ];
        RetryPolicy { after: after.into(), max_attempts: 6 }
    }
}

impl RetryPolicy {
    /// When a job is dialled again whose last attempt has just ended; none: it is over.
    pub(crate) fn next(&self, now: Time, attempts: &[Attempt], outcome: &str) -> Option<Time> {
        let retry = self.after.get(outcome)?;
        let so_far = attempts.iter().filter(|attempt| attempt.outcome == outcome).count();
        let more = so_far <= retry.times as usize && attempts.len() < self.max_attempts as usize;
        more.then(|| now + retry.after)
    }
}

/// Who is rung first for a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialMode {
    /// The customer, once an agent is claimed, who is joined at the answer.
    #[default]
    CustomerFirst,
    /// The agent; the customer is dialled when he has answered his phone.
    AgentFirst,
    /// The agent sees the job and starts it, or leaves it to another.
    Preview,
}

/// Whether whoever is called keys in two digits of the page before an agent is rung, so that nobody has others called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchNumber {
    /// Nobody does.
    #[default]
    Off,
    /// Everybody does.
    Always,
    /// Who is not signed in at the site does.
    Unverified,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(outcomes: &[&str]) -> Vec<Attempt> {
        outcomes.iter().map(|&outcome| Attempt { at: Time::ZERO, outcome: outcome.into() }).collect()
    }

    #[test]
    fn each_reason_has_its_times_and_all_together_have_an_end() {
        let policy = RetryPolicy::default();
        let now = Time::from_micros(5_000_000);
        let next = |outcomes: &[&str]| policy.next(now, &ended(outcomes), outcomes.last().unwrap());
        assert_eq!(next(&["busy"]), Some(now + Duration::from_secs(300)));
        assert_eq!(next(&["no_answer"]), Some(now + Duration::from_secs(900)));
        assert!(next(&["busy", "busy", "busy"]).is_some());
        assert_eq!(next(&["busy", "busy", "busy", "busy"]), None, "three times again");
        assert!(next(&["busy", "busy", "busy", "no_answer"]).is_some(), "another reason");
        assert_eq!(
            next(&["busy", "no_answer", "busy", "no_answer", "busy", "unreachable"]),
            None,
            "six in all"
        );
        for never in
            ["declined", "not_found", "fax", "modem", "canceled", "not_allowed", "answered", "unmatched"]
        {
            assert_eq!(next(&[never]), None, "{never}");
        }
    }
}
