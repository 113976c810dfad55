//! Which source a plain leg listens to and answers: symmetric RTP (RFC 4961), locked so that no stranger is heard or hears.
//!
//! The rules, in [`decide`]:
//! 1. Media from the address that the description names is taken always, and takes the lock from any other.
//! 2. Until then media from the same host and another port is taken (a NAT that keeps the address), and locked.
//! 3. Until then, and only in the first 3 s after a negotiation, media from anywhere is taken (a NAT that the description does
//!    not know), and locked.
//! 4. Whoever is locked out by a better or an earlier source is refused, until the next negotiation. One that does not change
//!    the address while the lock's holder is heard changes nothing: a session refresh opens no door.
//!
//! Only packets that are well-formed and of a negotiated payload type come here. Media is sent to the lock's holder, before there
//! is one to the description's address.

use std::net::SocketAddr;
use std::time::Duration;
use warmline_time::Time;

/// How long after a negotiation anybody may be the peer.
pub(super) const LEARNING: Duration = Duration::from_secs(3);
/// A holder heard so recently keeps the lock over a negotiation that names the same address.
const ALIVE: Duration = Duration::from_secs(2);

/// How good a source is; better ones take the lock from worse ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rank {
    /// From anywhere, learned.
    Stranger,
    /// The host that the description names, another port.
    SameHost,
    /// Exactly what the description names.
    Named,
}

/// What becomes of a packet that is not from the lock's holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Decision {
    /// It is taken, and its source locked.
    Lock,
    Refuse,
}

/// The rule: `holder` is the rank of the lock's holder where the packet is not from it.
fn decide(source: Rank, holder: Option<Rank>, learning: bool) -> Decision {
    match (source, holder) {
        (Rank::Named, _) => Decision::Lock,
        (Rank::SameHost, None | Some(Rank::Stranger)) => Decision::Lock,
        (Rank::Stranger, None) if learning => Decision::Lock,
        _ => Decision::Refuse,
    }
}

/// The lock of one leg.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latch {
    named: Option<SocketAddr>,
    holder: Option<(SocketAddr, Rank)>,
    learning_until: Time,
}

impl Latch {
    /// Nobody is the peer yet.
    pub fn new() -> Self {
        Latch { named: None, holder: None, learning_until: Time::ZERO }
    }

    /// A description was agreed on that names this address; `heard` is when the holder was last.
    pub fn negotiated(&mut self, now: Time, named: Option<SocketAddr>, heard: Time) {
        let same = named == self.named && self.holder.is_some();
        if same && now.since(heard) < ALIVE {
            return;
        }
        *self = Latch { named, holder: None, learning_until: now + LEARNING };
    }

    /// Whether media from there is the peer's.
    pub fn accepts(&mut self, now: Time, from: SocketAddr) -> bool {
        if let Some((holder, _)) = self.holder
            && holder == from
        {
            return true;
        }
        let source = self.rank(from);
        match decide(source, self.holder.map(|holder| holder.1), now < self.learning_until) {
            Decision::Lock => {
                self.holder = Some((from, source));
                true
            }
            Decision::Refuse => false,
        }
    }

    /// Where to send.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.holder.map(|holder| holder.0).or(self.named)
    }

    /// Whether this is the peer's host, as far as is known: good enough for a sign of life.
    pub fn is_host(&self, from: SocketAddr) -> bool {
        self.remote().is_some_and(|remote| remote.ip().to_canonical() == from.ip().to_canonical())
    }

    fn rank(&self, from: SocketAddr) -> Rank {
        // A socket of both families shows IPv4 hosts as mapped.
        let host = from.ip().to_canonical();
        match self.named {
            Some(named) if named.ip() == host && named.port() == from.port() => Rank::Named,
            Some(named) if named.ip() == host => Rank::SameHost,
            _ => Rank::Stranger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &str = "192.0.2.10:4000";
    const SAME_HOST: &str = "192.0.2.10:4999";
    const PEER_BEHIND_NAT: &str = "198.51.100.1:61000";
    const ATTACKER: &str = "203.0.113.66:5000";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn ms(ms: u64) -> Time {
        Time::from_micros(1_000_000_000 + ms * 1000)
    }

    /// Packets at these milliseconds after a negotiation of `NAMED`: who is heard; and where media goes in the end.
    fn run(packets: &[(u64, &str, bool)], goes_to: &str) {
        let mut latch = Latch::new();
        latch.negotiated(ms(0), Some(at(NAMED)), Time::ZERO);
        assert_eq!(latch.remote(), Some(at(NAMED)));
        for (when, from, heard) in packets {
            assert_eq!(latch.accepts(ms(*when), at(from)), *heard, "{from} at {when} ms of {packets:?}");
        }
        assert_eq!(latch.remote(), Some(at(goes_to)), "{packets:?}");
    }

    #[test]
    fn the_table() {
        use Decision::{Lock, Refuse};
        use Rank::{Named, SameHost, Stranger};
        let rows = [
            (Named, None, Lock, Lock),
            (Named, Some(Named), Lock, Lock),
            (Named, Some(SameHost), Lock, Lock),
            (Named, Some(Stranger), Lock, Lock),
            (SameHost, None, Lock, Lock),
            (SameHost, Some(Named), Refuse, Refuse),
            (SameHost, Some(SameHost), Refuse, Refuse),
            (SameHost, Some(Stranger), Lock, Lock),
            (Stranger, None, Lock, Refuse),
            (Stranger, Some(Named), Refuse, Refuse),
            (Stranger, Some(SameHost), Refuse, Refuse),
            (Stranger, Some(Stranger), Refuse, Refuse),
        ];
        for (source, holder, learning, later) in rows {
            assert_eq!(decide(source, holder, true), learning, "{source:?} over {holder:?}, learning");
            assert_eq!(decide(source, holder, false), later, "{source:?} over {holder:?}, later");
        }
    }

    #[test]
    fn the_named_source_is_heard_always() {
        run(&[(10, NAMED, true), (9000, NAMED, true)], NAMED);
        run(&[(60_000, NAMED, true)], NAMED);
        let mapped = "[::ffff:192.0.2.10]:4000";
        run(&[(60_000, mapped, true), (60_001, ATTACKER, false)], mapped);
    }

    #[test]
    fn an_attacker_after_the_peer_is_refused() {
        run(&[(10, NAMED, true), (20, ATTACKER, false), (30, SAME_HOST, false), (40, NAMED, true)], NAMED);
        run(&[(10, SAME_HOST, true), (20, ATTACKER, false), (30, SAME_HOST, true)], SAME_HOST);
        let nat = [(10, PEER_BEHIND_NAT, true), (20, ATTACKER, false), (4000, PEER_BEHIND_NAT, true)];
        run(&nat, PEER_BEHIND_NAT);
    }

    #[test]
    fn an_attacker_before_the_peer_loses_the_lock_to_it() {
        run(&[(10, ATTACKER, true), (20, NAMED, true), (30, ATTACKER, false)], NAMED);
        run(&[(10, ATTACKER, true), (8000, SAME_HOST, true), (8010, ATTACKER, false)], SAME_HOST);
    }

    #[test]
    fn an_attacker_after_the_learning_is_refused() {
        run(&[(2999, ATTACKER, true)], ATTACKER);
        run(&[(3000, ATTACKER, false), (3001, PEER_BEHIND_NAT, false), (3002, SAME_HOST, true)], SAME_HOST);
    }

    #[test]
    fn without_negotiation_nobody_is_heard() {
        let mut latch = Latch::new();
        assert!(!latch.accepts(ms(0), at(ATTACKER)));
        assert_eq!(latch.remote(), None);
    }

    #[test]
    fn a_refresh_opens_no_door_and_a_change_does() {
        let mut latch = Latch::new();
        latch.negotiated(ms(0), Some(at(NAMED)), Time::ZERO);
        assert!(latch.accepts(ms(10), at(PEER_BEHIND_NAT)));
        latch.negotiated(ms(30_000), Some(at(NAMED)), ms(29_980));
        assert!(!latch.accepts(ms(30_001), at(ATTACKER)), "the holder is alive");
        latch.negotiated(ms(60_000), Some(at(NAMED)), ms(50_000));
        assert!(latch.accepts(ms(60_001), at("198.51.100.1:62000")), "the holder is gone: its NAT moved it");
        latch.negotiated(ms(90_000), Some(at("192.0.2.77:4000")), ms(89_990));
        assert_eq!(latch.remote(), Some(at("192.0.2.77:4000")));
        assert!(latch.accepts(ms(90_001), at(PEER_BEHIND_NAT)));
    }
}
