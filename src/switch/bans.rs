//! Addresses that knock too often (SPEC E29): scanners, and who guesses passwords. Each refusal of a stranger is a strike; with too
//! many within a minute nothing of that address is looked at any more, for a time. Trunks, and phones that are registered, are heard
//! all the same, whatever else comes from their address: UDP lets anybody knock in somebody else's name.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;
use warmline_time::Time;

/// Strikes count together that fall within this time.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses kept at most, of each kind: memory is ours, addresses are the stranger's.
const MOST: usize = 10_000;
/// Of so many the log hears at a time.
const NEWS: usize = 10;

/// Who is banned, and who is about to be.
#[derive(Default, Debug)]
pub(super) struct Bans {
    /// Since when, and how many.
    strikes: HashMap<IpAddr, (Time, u32)>,
    /// Until when.
    banned: HashMap<IpAddr, Time>,
    /// Whom nobody has been told of yet.
    news: Vec<IpAddr>,
}

impl Bans {
    /// Whether nothing of this address is looked at.
    pub fn holds(&self, now: Time, address: IpAddr) -> bool {
        !self.banned.is_empty() && self.banned.get(&network(address)).is_some_and(|until| *until > now)
    }

    /// One more refusal. True: from now on the address is banned.
    pub fn strike(&mut self, now: Time, address: IpAddr, after: u32, time: Duration) -> bool {
        if after == 0 {
            return false;
        }
        let address = network(address);
        if self.strikes.len() >= MOST {
            self.strikes.retain(|_, (since, _)| now.since(*since) < WINDOW);
            // As many at once are one scanner with many addresses: it begins anew with each.
            if self.strikes.len() >= MOST {
                self.strikes.clear();
            }
        }
        let row = self.strikes.entry(address).or_insert((now, 0));
        if now.since(row.0) >= WINDOW {
            *row = (now, 0);
        }
        row.1 += 1;
        if row.1 < after {
            return false;
        }
        self.strikes.remove(&address);
        self.banned.retain(|_, until| *until > now);
        if self.banned.len() < MOST {
            self.banned.insert(address, now + time);
        }
        if self.news.len() < NEWS {
            self.news.push(address);
        }
        true
    }

    /// Who was banned since this was asked last; of very many some.
    pub fn news(&mut self) -> Vec<IpAddr> {
        std::mem::take(&mut self.news)
    }
}

/// An IPv6 host has a whole /64 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(600);

    fn at(secs: u64) -> Time {
        Time::ZERO + Duration::from_secs(1_000_000 + secs)
    }

    #[test]
    fn so_many_strikes_within_a_minute_ban_for_a_time() {
        let mut bans = Bans::default();
        let (address, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for second in [0, 10, 59] {
            assert!(!bans.strike(at(second), address, 4, TIME));
        }
        // A minute after the first it begins anew.
        for second in [60, 61, 62] {
            assert!(!bans.strike(at(second), address, 4, TIME));
        }
        assert!(!bans.holds(at(62), address));
        assert!(bans.strike(at(63), address, 4, TIME));
        assert!(bans.holds(at(662), address) && !bans.holds(at(663), address));
        assert!(!bans.holds(at(63), other), "nobody else");
        assert_eq!((bans.news(), bans.news()), (vec![address], vec![]));
    }

    #[test]
    fn neighbours_of_a_64_are_one_and_nobody_is_banned_where_it_is_switched_off() {
        let mut bans = Bans::default();
        assert!(!bans.strike(at(0), "2001:db8::1".parse().unwrap(), 2, TIME));
        assert!(bans.strike(at(0), "2001:db8::2".parse().unwrap(), 2, TIME));
        assert!(bans.holds(at(0), "2001:db8::3".parse().unwrap()));
        assert!(!bans.holds(at(0), "2001:db8:0:1::1".parse().unwrap()));
        let address = "::ffff:192.0.2.1".parse().unwrap();
        assert!(bans.strike(at(0), address, 1, TIME));
        assert!(bans.holds(at(0), "192.0.2.1".parse().unwrap()), "as IPv4 it is the same");
        assert!((0..100).all(|_| !bans.strike(at(0), "192.0.2.9".parse().unwrap(), 0, TIME)));
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut bans = Bans::default();
        for n in 0..3 * MOST as u32 {
            bans.strike(at(0), IpAddr::V4((0x0a00_0000 + n).into()), 2, TIME);
            bans.strike(at(0), IpAddr::V4((0x0b00_0000 + n).into()), 1, TIME);
        }
        assert!(bans.strikes.len() <= MOST && bans.banned.len() <= MOST && bans.news.len() <= NEWS);
    }
}
