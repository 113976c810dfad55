//! Names that strangers cannot guess: SHA-256 over a seed and a counter, so that a simulation repeats itself.

use sha2::{Digest, Sha256};

/// The endpoint's only source of branches, tags, Call-IDs, cnonces and random delays.
#[derive(Debug)]
pub(crate) struct Random {
    seed: u64,
    counter: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random { seed, counter: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update([0]);
        hash.update(self.counter.to_be_bytes());
        hash.finalize().into()
    }

    /// 80 bits in hexadecimal.
    pub(crate) fn hex(&mut self) -> String {
        hex(&self.block()[..10])
    }

    /// A number below `bound`, which is above 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let block = self.block();
        let mut first = [0; 8];
        first.copy_from_slice(&block[..8]);
        u64::from_be_bytes(first) % bound
    }

    /// The same 80 bits for the same parts: the To-tag of a stateless response (RFC 3261 §8.2.7).
    pub(crate) fn same_for(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update([1]);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize()[..10])
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_with_its_seed_and_never_within_it() {
        let names = |seed| {
            let mut random = Random::new(seed);
            (0..100).map(|_| random.hex()).collect::<Vec<_>>()
        };
        let first = names(7);
        assert_eq!(first, names(7));
        assert_ne!(first, names(8));
        assert_eq!(first.iter().collect::<std::collections::HashSet<_>>().len(), 100);
        assert!(first.iter().all(|name| name.len() == 20));
    }

    #[test]
    fn stateless_tags_depend_on_every_part() {
        let random = Random::new(7);
        assert_eq!(random.same_for(&["a", "b"]), random.same_for(&["a", "b"]));
        assert_ne!(random.same_for(&["a", "b"]), random.same_for(&["ab", ""]));
        assert_ne!(random.same_for(&["a", "b"]), Random::new(8).same_for(&["a", "b"]));
    }
}
