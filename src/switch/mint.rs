//! What the switch makes up: call ids, traces, ICE credentials, tags. All from the one seed it was given.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::sdp::IceCredentials;
use warmline_time::Time;

/// SHA-256 of seed, purpose and a counter: nobody who sees some values can tell the next.
#[derive(Clone)]
pub(super) struct Mint {
    seed: [u8; 32],
    counter: u64,
    legs: u64,
}

impl Mint {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Mint { seed, counter: 0, legs: 0 }
    }

    /// A secret for another purpose, independent of everything minted here.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.seed).chain_update(purpose).finalize().into()
    }

    fn bytes(&mut self) -> [u8; 32] {
        self.counter += 1;
        Sha256::new()
            .chain_update(self.seed)
            .chain_update(b"mint")
            .chain_update(self.counter.to_be_bytes())
            .finalize()
            .into()
    }

    fn u128(&mut self) -> u128 {
        self.bytes()[..16].iter().fold(0, |value, &byte| value << 8 | u128::from(byte))
    }

    /// An `o=` session id: below 2^62, so that every peer's parser can hold it.
    pub(super) fn session_id(&mut self) -> u64 {
        (self.u128() >> 66) as u64
    }

    /// Lower-case hexadecimal digits, 64 at most.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.bytes() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.truncate(digits);
        text
    }

    pub(super) fn call(&mut self, now: Time) -> CallId {
        CallId::mint(now, self.u128())
    }

    pub(super) fn party(&mut self, now: Time) -> PartyId {
        PartyId::mint(now, self.u128())
    }

    /// Never the same one twice in a process.
    pub(super) fn leg(&mut self) -> LegId {
        self.legs += 1;
        LegId(self.legs)
    }

    /// The leg's number makes the user name fragment unique; 128 bits of password (RFC 8445 §5.3).
    pub(super) fn ice(&mut self, leg: LegId) -> IceCredentials {
        IceCredentials { ufrag: format!("{:x}w{}", leg.0, self.hex(8)), pwd: self.hex(32) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_minted_twice() {
        let mut mint = Mint::new([7; 32]);
        let (a, b) = (mint.leg(), mint.leg());
        assert_ne!(a, b);
        let (first, second) = (mint.ice(a), mint.ice(b));
        assert_ne!(first.ufrag, second.ufrag);
        assert_ne!(first.pwd, second.pwd);
        assert!(first.ufrag.len() >= 4 && first.pwd.len() >= 22);
        assert_ne!(mint.call(Time::ZERO), mint.call(Time::ZERO));
        assert_ne!(mint.derive("nonces"), mint.derive("branches"));
        assert_eq!(mint.hex(32).len(), 32);
        assert!(mint.session_id() < 1 << 62);
    }
}
