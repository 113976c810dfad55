//! The call progress detector against a labelled corpus that is synthesised here: network tones of twenty countries, fax, modem,
//! greetings of persons and machines spoken by espeak-ng and flite, music, silence; with the damage that networks and mobiles do.
//!
//! Thresholds were tuned on [`Set::Tuning`]; the figures of docs/progress.md are those of [`Set::Report`] and [`Set::Terse`]: other
//! seeds, voices, texts and levels.

mod corpus;
mod damage;
mod matrix;
mod mobile;
mod music;
mod networks;
mod score;
mod speech;
mod texts;
mod tones;

/// Which part of the corpus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    /// Thresholds were chosen on it.
    Tuning,
    /// They were never changed for it.
    Report,
    /// Nor for this one, in which most machines have said all in less than six seconds: voices only.
    Terse,
}

/// A pseudo-random sequence (SplitMix64): the corpus is the same each time.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Of a set, for one purpose.
    pub fn new(set: Set, seed: u64) -> Self {
        let own = if set == Set::Tuning { 0x5EED } else { 0x7A11_0CA5 };
        Random(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ own)
    }
    /// One for a part, whose length does not change what comes behind it.
    pub fn part(&mut self) -> Self {
        Random(self.bits())
    }
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }
    /// From `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.bits() >> 40) as f32 / (1 << 24) as f32
    }
    /// True so often.
    pub fn chance(&mut self, share: f32) -> bool {
        self.between(0.0, 1.0) < share
    }
    /// One of them.
    pub fn pick<'a, T>(&mut self, rows: &'a [T]) -> &'a T {
        &rows[(self.bits() % rows.len() as u64) as usize]
    }
}
