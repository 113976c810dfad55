//! Nonces that need no table until they are used well, and the table that lets each count be used once.

use super::hash::{equal, hex};
use ring::hmac;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use warmline_time::Time;

/// How long a nonce can be used.
const LIFE: Duration = Duration::from_secs(300);
/// Nonces whose counts are kept, at most.
const MAX_NONCES: usize = 65_536;
/// Characters of the time, the serial number, and the authenticator (128 bits of an HMAC) in a nonce.
const TIME: usize = 16;
const SERIAL: usize = 8;
const TAG: usize = 32;

/// When a nonce was issued, and which of that moment it is: no two are the same.
type NonceId = (Time, u32);

/// What became of a (nonce, count) pair.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Spent {
    /// Never used before, and now it is.
    Fresh,
    /// Used before, or too far behind the others to know.
    Again,
    /// The nonce is not ours, of another peer or realm, or too old.
    Stale,
}

/// Issues nonces and keeps the counts that were used.
pub(super) struct Nonces {
    key: hmac::Key,
    /// Counts up, so that nonces of one moment differ. Atomic only because issuing needs no more than `&self`.
    serial: AtomicU32,
    /// By age. Only a right password enters a row.
    used: BTreeMap<NonceId, Window>,
    /// Rows up to here were dropped when the table was full: such nonces are stale before their time.
    floor: Option<NonceId>,
    capacity: usize,
}

impl Nonces {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Nonces {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            serial: AtomicU32::new(0),
            used: BTreeMap::new(),
            floor: None,
            capacity: MAX_NONCES,
        }
    }

    /// A nonce for this peer and realm.
    pub(super) fn issue(&self, now: Time, peer: IpAddr, realm: &str) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mut nonce = format!("{:016x}{serial:08x}", now.as_micros());
        nonce.push_str(&self.tag(&nonce, peer, realm));
        nonce
    }

    /// Uses a count of a nonce up. To be called when the response is known to be right.
    pub(super) fn spend(&mut self, now: Time, peer: IpAddr, realm: &str, nonce: &str, count: u32) -> Spent {
        let Some(id) = self.read(peer, realm, nonce) else { return Spent::Stale };
        while self.used.first_key_value().is_some_and(|(oldest, _)| now.since(oldest.0) > LIFE) {
            self.used.pop_first();
        }
        if now.since(id.0) > LIFE || self.floor.is_some_and(|floor| id <= floor) {
            return Spent::Stale;
        }
        let fresh = self.used.entry(id).or_default().take(count);
        if self.used.len() > self.capacity
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.floor = Some(oldest);
        }
        if fresh { Spent::Fresh } else { Spent::Again }
    }

    /// Whether we issued it for this peer and realm, whenever that was.
    pub(super) fn is_ours(&self, peer: IpAddr, realm: &str, nonce: &str) -> bool {
        self.read(peer, realm, nonce).is_some()
    }

    /// Which nonce this is, if we issued it for this peer and realm.
    fn read(&self, peer: IpAddr, realm: &str, nonce: &str) -> Option<NonceId> {
        let (id, tag) = nonce.split_at_checked(TIME + SERIAL)?;
        if !equal(tag.as_bytes(), self.tag(id, peer, realm).as_bytes()) {
            return None;
        }
        let (time, serial) = id.split_at_checked(TIME)?;
        let time = Time::from_micros(u64::from_str_radix(time, 16).ok()?);
        Some((time, u32::from_str_radix(serial, 16).ok()?))
    }

    fn tag(&self, id: &str, peer: IpAddr, realm: &str) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(id.as_bytes());
        match peer.to_canonical() {
            IpAddr::V4(address) => context.update(&address.octets()),
            IpAddr::V6(address) => context.update(&address.octets()),
        }
        context.update(realm.as_bytes());
        hex(&context.sign().as_ref()[..TAG / 2])
    }
}

/// Which counts of one nonce were used: the highest, and the 64 up to it, so that datagrams may overtake each other.
#[derive(Debug, Default, Clone, Copy)]
struct Window {
    highest: u32,
    /// Bit n: `highest - n` was used.
    used: u64,
}

impl Window {
    /// Uses a count up; false where it was used or cannot be known any more.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            self.used = self.used.checked_shl(count - self.highest).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let bit = 1u64.checked_shl(self.highest - count).unwrap_or(0);
        let fresh = bit != 0 && self.used & bit == 0 && count > 0;
        self.used |= bit;
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn at(seconds: u64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_count_is_used_once_in_any_order() {
        let mut window = Window::default();
        assert!(!window.take(0));
        assert!(window.take(3) && window.take(1) && window.take(2));
        assert!(!window.take(1) && !window.take(2) && !window.take(3) && !window.take(0));
        assert!(window.take(100) && window.take(37));
        assert!(!window.take(36), "too far behind");
        assert!(window.take(u32::MAX) && !window.take(100) && !window.take(u32::MAX));
    }

    #[test]
    fn nonces_are_bound_to_time_peer_realm_and_secret() {
        let mut nonces = Nonces::new(&[1; 32]);
        let nonce = nonces.issue(at(1000), PEER, "r");
        assert_ne!(nonce, nonces.issue(at(1000), PEER, "r"), "two of one moment differ");
        assert_eq!(nonces.spend(at(1001), "192.0.2.2".parse().unwrap(), "r", &nonce, 1), Spent::Stale);
        assert_eq!(nonces.spend(at(1001), PEER, "other", &nonce, 1), Spent::Stale);
        assert_eq!(Nonces::new(&[2; 32]).spend(at(1001), PEER, "r", &nonce, 1), Spent::Stale);
        let later = nonce.replacen('0', "1", 1);
        assert_eq!(nonces.spend(at(1001), PEER, "r", &later, 1), Spent::Stale);
        for odd in ["", "x", "é".repeat(30).as_str(), &nonce[1..], &format!("{nonce}0")] {
            assert_eq!(nonces.spend(at(1001), PEER, "r", odd, 1), Spent::Stale);
        }
        assert_eq!(nonces.spend(at(1300), "::ffff:192.0.2.1".parse().unwrap(), "r", &nonce, 1), Spent::Fresh);
        assert_eq!(nonces.spend(at(1300), PEER, "r", &nonce, 1), Spent::Again);
        assert_eq!(nonces.spend(at(1300), PEER, "r", &nonce, 2), Spent::Fresh);
        assert_eq!(nonces.spend(at(1301), PEER, "r", &nonce, 3), Spent::Stale);
        assert!(nonces.used.is_empty(), "what is stale is dropped");
    }

    #[test]
    fn a_full_table_makes_old_nonces_stale_and_never_lets_a_count_pass_twice() {
        let mut nonces = Nonces::new(&[1; 32]);
        nonces.capacity = 3;
        let issued: Vec<_> = (0..5).map(|second| nonces.issue(at(second), PEER, "r")).collect();
        for nonce in &issued {
            assert_eq!(nonces.spend(at(5), PEER, "r", nonce, 1), Spent::Fresh);
        }
        assert_eq!(nonces.used.len(), 3);
        let again: Vec<_> = issued.iter().map(|nonce| nonces.spend(at(5), PEER, "r", nonce, 1)).collect();
        assert_eq!(again, [Spent::Stale, Spent::Stale, Spent::Again, Spent::Again, Spent::Again]);
    }
}
