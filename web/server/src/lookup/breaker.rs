//! Leaves a CRM alone that fails again and again: it may come up again, and nobody waits for it in vain.

use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row after which it is left alone.
const FAILURES: u32 = 5;
/// For so long; then one question is tried.
const REST: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether a question may be asked. After the rest the first one is the trial: the others wait for what comes of it.
    pub fn lets_pass(&mut self, now: Instant) -> bool {
        match self.until {
            Some(until) if now < until => false,
            Some(_) => {
                self.until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// What came of a question. True: from now on it is left alone.
    pub fn count(&mut self, now: Instant, failed: bool) -> bool {
        if !failed {
            *self = Breaker::default();
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        let tripped = self.failures >= FAILURES;
        let news = tripped && self.until.is_none();
        if tripped {
            self.until = Some(now + REST);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_failures_in_a_row_it_rests_and_one_tries() {
        let mut breaker = Breaker::default();
        let start = Instant::now();
        for n in 1..=5 {
            assert!(breaker.lets_pass(start));
            assert_eq!(breaker.count(start, true), n == 5);
        }
        assert!(!breaker.lets_pass(start + Duration::from_millis(9_999)));
        let later = start + REST;
        assert!(breaker.lets_pass(later) && !breaker.lets_pass(later), "one tries");
        assert!(!breaker.count(later, true), "no news");
        assert!(!breaker.lets_pass(later + Duration::from_secs(9)));
        assert!(breaker.lets_pass(later + REST));
        breaker.count(later + REST, false);
        assert!(breaker.lets_pass(later + REST) && breaker.lets_pass(later + REST));
        for _ in 0..4 {
            breaker.count(later, true);
        }
        breaker.count(later, false);
        breaker.count(later, true);
        assert!(breaker.lets_pass(later), "only failures in a row count");
    }
}
