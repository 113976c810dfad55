//! Rates by key (an address): token buckets in a table that a stranger cannot make grow.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use warmline_time::Time;

/// How often something may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// In the long run, a minute. At least 1.
    pub per_minute: u32,
    /// At once.
    pub burst: u32,
}

impl Rate {
    /// So many a minute, and as many at once.
    pub const fn per_minute(count: u32) -> Self {
        Rate { per_minute: count, burst: count }
    }

    fn per_micro(self) -> f64 {
        f64::from(self.per_minute.max(1)) / 60e6
    }

    fn refill(self) -> Duration {
        Duration::from_micros((f64::from(self.burst) / self.per_micro()) as u64)
    }
}

/// What one key has left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    tokens: f64,
    at: Time,
}

impl Bucket {
    pub fn full(rate: Rate, now: Time) -> Self {
        Bucket { tokens: f64::from(rate.burst), at: now }
    }

    /// Takes one, or says how many seconds to wait for it.
    pub fn take(&mut self, rate: Rate, now: Time) -> Result<(), u32> {
        let gained = now.since(self.at).as_micros() as f64 * rate.per_micro();
        self.tokens = (self.tokens + gained).min(f64::from(rate.burst));
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(((1.0 - self.tokens) / rate.per_micro() / 1e6).ceil().clamp(1.0, 3600.0) as u32)
    }
}

/// Buckets by key. Two generations: a key that was not seen for one whole generation has a full bucket, so it may be forgotten.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    tables: Mutex<Tables<K>>,
    /// Keys a generation.
    capacity: usize,
}

#[derive(Debug)]
struct Tables<K> {
    young: HashMap<K, Bucket>,
    old: HashMap<K, Bucket>,
    since: Time,
}

impl<K: Eq + Hash> Limiter<K> {
    pub fn new(capacity: usize) -> Self {
        let tables = Tables { young: HashMap::new(), old: HashMap::new(), since: Time::ZERO };
        Limiter { tables: Mutex::new(tables), capacity }
    }

    /// Takes one, or says how many seconds to wait for it.
    pub fn take(&self, key: K, rate: Rate, now: Time) -> Result<(), u32> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(tables.since) > rate.refill().max(Duration::from_secs(60))
            || tables.young.len() >= self.capacity
        {
            tables.old = std::mem::take(&mut tables.young);
            tables.since = now;
        }
        let kept = tables.old.remove(&key);
        let bucket = tables.young.entry(key).or_insert_with(|| kept.unwrap_or(Bucket::full(rate, now)));
        bucket.take(rate, now)
    }

    /// Gives back one that was taken in vain.
    pub fn give_back(&self, key: &K) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = tables.young.get_mut(key) {
            bucket.tokens += 1.0;
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let tables = self.tables.lock().unwrap();
        tables.young.len() + tables.old.len()
    }
}

/// What an address counts as: itself, or its /64, of which one subscriber has all addresses.
pub(crate) fn address_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_minute: 60, burst: 3 };

    fn at(secs: u64) -> Time {
        Time::from_micros(1_000_000_000_000) + Duration::from_secs(secs)
    }

    #[test]
    fn a_burst_then_the_rate() {
        let limiter = Limiter::new(100);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", RATE, at(0)), Ok(()));
        }
        assert_eq!(limiter.take("a", RATE, at(0)), Err(1));
        assert_eq!(limiter.take("b", RATE, at(0)), Ok(()), "another key is not concerned");
        assert_eq!(limiter.take("a", RATE, at(1)), Ok(()));
        assert_eq!(limiter.take("a", RATE, at(1)), Err(1));
        limiter.give_back(&"a");
        assert_eq!(limiter.take("a", RATE, at(1)), Ok(()));
    }

    #[test]
    fn the_wait_is_told_in_seconds() {
        let limiter = Limiter::new(100);
        let rate = Rate { per_minute: 5, burst: 1 };
        assert_eq!(limiter.take("a", rate, at(0)), Ok(()));
        assert_eq!(limiter.take("a", rate, at(0)), Err(12));
        assert_eq!(limiter.take("a", rate, at(11)), Err(1));
        assert_eq!(limiter.take("a", rate, at(12)), Ok(()));
    }

    #[test]
    fn the_table_is_bounded() {
        let limiter = Limiter::new(50);
        for key in 0..10_000 {
            let _ = limiter.take(key, RATE, at(0));
        }
        assert!(limiter.len() <= 100, "{}", limiter.len());
    }

    #[test]
    fn a_key_in_the_old_generation_keeps_its_debt() {
        let limiter = Limiter::new(2);
        for _ in 0..3 {
            let _ = limiter.take(1, RATE, at(0));
        }
        let _ = limiter.take(2, RATE, at(0));
        let _ = limiter.take(3, RATE, at(0));
        assert!(limiter.take(1, RATE, at(0)).is_err());
    }

    #[test]
    fn an_ipv6_subscriber_is_one_key() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::5"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::5"), key("2001:db8:1:3::5"));
        assert_eq!(key("::ffff:10.0.0.1"), key("10.0.0.1"));
    }
}
