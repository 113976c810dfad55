//! Ids, tokens, PINs and passwords from one seed: SHA-256 of a key and a counter, so that none tells another.

use sha2::{Digest, Sha256};
use std::fmt;

/// A source of unguessable bits. Its key is never shown.
pub(crate) struct Random {
    key: [u8; 32],
    counter: u64,
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

impl Random {
    /// A stream of its own for each label.
    pub fn new(seed: [u8; 32], label: &str) -> Self {
        let key = Sha256::new().chain_update(seed).chain_update(label.as_bytes()).finalize().into();
        Random { key, counter: 0 }
    }

    /// 128 bits.
    pub fn bits(&mut self) -> u128 {
        self.counter += 1;
        let block = Sha256::new().chain_update(self.key).chain_update(self.counter.to_le_bytes()).finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&block[..16]);
        u128::from_le_bytes(half)
    }

    /// 32 hex digits: tokens, passwords, trace ids.
    pub fn hex(&mut self) -> String {
        format!("{:032x}", self.bits())
    }

    /// Five random digits and their Luhn digit.
    pub fn pin(&mut self) -> String {
        let payload = (self.bits() % 100_000) as u32;
        format!("{payload:05}{}", luhn_digit(payload))
    }
}

/// The digit that makes `payload` and itself pass the Luhn check (ISO/IEC 7812-1 annex B).
fn luhn_digit(payload: u32) -> u32 {
    let mut rest = payload;
    let mut sum = 0;
    let mut double = true;
    while rest > 0 {
        let digit = rest % 10 * if double { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
        double = !double;
        rest /= 10;
    }
    (10 - sum % 10) % 10
}

/// A stable 128-bit name of some text.
pub(crate) fn fingerprint(text: &str) -> u128 {
    let block = Sha256::digest(text.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&block[..16]);
    u128::from_le_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_label_and_repeat_by_seed() {
        let mut a = Random::new([1; 32], "acme");
        let mut b = Random::new([1; 32], "acme");
        let mut c = Random::new([1; 32], "bravo");
        let first = a.bits();
        assert_eq!(first, b.bits());
        assert_ne!(first, c.bits());
        assert_ne!(first, a.bits());
        assert_eq!(a.hex().len(), 32);
    }

    #[test]
    fn pins_carry_a_check_digit() {
        assert_eq!(luhn_digit(799_273_987), 5);
        assert_eq!(luhn_digit(48_302), 4);
        let pin = Random::new([2; 32], "x").pin();
        assert_eq!(pin.len(), 6);
        let payload: u32 = pin[..5].parse().unwrap();
        assert_eq!(pin[5..].parse::<u32>().unwrap(), luhn_digit(payload));
    }
}
