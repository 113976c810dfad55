//! All chance of a simulation: numbers from its seed, and what is to happen when.

use std::collections::BTreeMap;
use std::time::Duration;
use warmline_time::Time;

/// Numbers from a seed (SplitMix64).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(least * 1000 + self.below((most - least) * 1000 + 1))
    }
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What is to be done when, in order.
pub struct Agenda<T> {
    rows: BTreeMap<(Time, u64), T>,
    entries: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda { rows: BTreeMap::new(), entries: 0 }
    }
}

impl<T> Agenda<T> {
    pub fn at(&mut self, when: Time, what: T) {
        self.entries += 1;
        self.rows.insert((when, self.entries), what);
    }
    pub fn next(&self) -> Option<Time> {
        self.rows.keys().next().map(|key| key.0)
    }
    pub fn pop(&mut self, now: Time) -> Option<T> {
        let entry = self.rows.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}

/// Counts of a run: as given, or twenty times as many where `WARMLINE_LONG=1`.
pub fn many(count: u64) -> u64 {
    let long = std::env::var("WARMLINE_LONG").is_ok_and(|value| value == "1");
    count * if long { 20 } else { 1 }
}
