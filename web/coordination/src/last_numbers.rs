//! The number at which a browser asked to be called last: its page shows it masked, so that nobody types it twice. It is kept here and never
//! sent, for as long as the firm allows.

use crate::ids::VisitorId;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Browsers at most; the oldest are forgotten.
const MOST: usize = 100_000;

/// A firm's.
#[derive(Debug, Default)]
pub(crate) struct LastNumbers {
    rows: HashMap<VisitorId, (String, Time)>,
    /// By when they were noted; of a browser the last one counts.
    order: VecDeque<(Time, VisitorId)>,
}

impl LastNumbers {
    /// A browser has asked for a call to this number (E.164); those that are older than `kept` are forgotten.
    pub fn note(&mut self, at: Time, visitor: VisitorId, number: &str, kept: Duration) {
        self.order.push_back((at, visitor));
        self.rows.insert(visitor, (number.to_owned(), at));
        while self.order.front().is_some_and(|(noted, _)| *noted + kept < at || self.order.len() > MOST) {
            let Some((noted, visitor)) = self.order.pop_front() else { break };
            if self.rows.get(&visitor).is_some_and(|row| row.1 == noted) {
                self.rows.remove(&visitor);
            }
        }
    }

    /// Its number, if that was not too long ago.
    pub fn of(&self, now: Time, visitor: VisitorId, kept: Duration) -> Option<&str> {
        let (number, noted) = self.rows.get(&visitor)?;
        (*noted + kept > now).then_some(number)
    }

    /// It is kept no longer.
    pub fn forget_visitor(&mut self, visitor: VisitorId) {
        self.rows.remove(&visitor);
    }

    /// Whoever has this number is never called again: no page says it.
    pub fn forget(&mut self, number: &str) {
        self.rows.retain(|_, row| row.0 != number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn visitor(n: u128) -> VisitorId {
        VisitorId::mint(Time::ZERO, n)
    }

    #[test]
    fn the_last_one_counts_for_a_while() {
        let mut last = LastNumbers::default();
        let day = |n: u32| Time::ZERO + DAY * n;
        last.note(day(1), visitor(1), "+491", DAY * 7);
        last.note(day(2), visitor(2), "+492", DAY * 7);
        last.note(day(3), visitor(1), "+493", DAY * 7);
        let of = |last: &LastNumbers, n, at| last.of(day(at), visitor(n), DAY * 7).map(str::to_owned);
        assert_eq!((of(&last, 1, 9), of(&last, 2, 9)), (Some("+493".into()), None));
        last.note(day(9), visitor(3), "+494", DAY * 7);
        assert_eq!(of(&last, 1, 9), Some("+493".into()), "its older row takes nothing away");
        assert_eq!((last.rows.len(), last.order.len()), (3, 3), "what is a week old goes");
        last.note(day(11), visitor(3), "+494", DAY * 7);
        assert_eq!((last.rows.len(), of(&last, 1, 9)), (1, None));
        last.forget("+494");
        assert_eq!(of(&last, 3, 11), None);
    }

    #[test]
    fn strangers_do_not_fill_it() {
        let mut last = LastNumbers::default();
        for n in 0..MOST + 10 {
            last.note(Time::ZERO, visitor(n as u128), "+491", DAY);
        }
        assert_eq!((last.rows.len(), last.order.len()), (MOST, MOST));
        assert!(last.of(Time::ZERO, visitor(0), DAY).is_none());
    }
}
