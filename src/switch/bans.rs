//! Who knocks too often (SPEC E29): scanners, and who guesses passwords. With too many refusals within a minute nothing that he begins is
//! looked at any more, for a time.
//!
//! A datagram says only where it claims to come from: what anybody can forge bans that address and port, over UDP. A wrong answer to a
//! challenge of ours, or a stream, comes from where it says: that bans the whole address, over datagrams or over streams. WebSockets are
//! left out: behind one address there may be a whole office of browsers, or a proxy.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

/// Strikes count together that fall within this time.
const WINDOW: Duration = Duration::from_secs(60);
/// Rows kept at most, of each kind: memory is ours, addresses are the stranger's.
const MOST: usize = 10_000;
/// Of so many the log hears at a time.
const NEWS: usize = 10;
/// Parts of a strike: a refusal is a whole one.
const WHOLE: u32 = 5;

/// Why somebody is struck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Strike {
    /// He was asked who he is: honest phones are too, once, and forgotten when they answer.
    Asked,
    /// He is nobody, or his credentials are none.
    Refused,
    /// His password is wrong, in answer to a challenge of ours.
    Wrong,
}

/// Whose strikes count together: an address, over datagrams or streams; with a port where the address may be forged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Whom {
    address: IpAddr,
    port: Option<u16>,
    stream: bool,
}

impl Whom {
    /// By address and by address and port; none: WebSockets.
    fn of(flow: &Flow) -> Option<[Whom; 2]> {
        if matches!(flow.protocol, Protocol::Ws | Protocol::Wss) {
            return None;
        }
        let (address, stream) = (network(flow.remote.ip()), flow.protocol.is_reliable());
        let port = Some(flow.remote.port());
        Some([Whom { address, port: None, stream }, Whom { address, port, stream }])
    }
}

/// Who is banned, and who is about to be.
#[derive(Default, Debug)]
pub(super) struct Bans {
    /// Since when, and how many parts.
    strikes: HashMap<Whom, (Time, u32)>,
    /// Until when.
    banned: HashMap<Whom, Time>,
    /// Whom nobody has been told of yet.
    news: Vec<IpAddr>,
}

impl Bans {
    /// Whether nothing that begins on this flow is looked at.
    pub fn holds(&self, now: Time, flow: &Flow) -> bool {
        if self.banned.is_empty() {
            return false;
        }
        let mut whom = Whom::of(flow).into_iter().flatten();
        whom.any(|whom| self.banned.get(&whom).is_some_and(|until| *until > now))
    }

    /// One more refusal; after `after` whole ones within a minute he is banned. True: from now on.
    pub fn strike(&mut self, now: Time, flow: &Flow, why: Strike, (after, time): (u32, Duration)) -> bool {
        let Some([address, port]) = Whom::of(flow).filter(|_| after > 0) else { return false };
        let proven = address.stream || why == Strike::Wrong;
        let whom = if proven { address } else { port };
        if self.strikes.len() >= MOST {
            self.strikes.retain(|_, (since, _)| now.since(*since) < WINDOW);
            // As many at once are one scanner with many addresses: it begins anew with each.
            if self.strikes.len() >= MOST {
                self.strikes.clear();
            }
        }
        let row = self.strikes.entry(whom).or_insert((now, 0));
        if now.since(row.0) >= WINDOW {
            *row = (now, 0);
        }
        row.1 += if why == Strike::Asked { 1 } else { WHOLE };
        if row.1 < after.saturating_mul(WHOLE) {
            return false;
        }
        self.strikes.remove(&whom);
        self.banned.retain(|_, until| *until > now);
        if self.banned.len() >= MOST {
            return false;
        }
        self.banned.insert(whom, now + time);
        if self.news.len() < NEWS {
            self.news.push(whom.address);
        }
        true
    }

    /// He has proven himself: what was asked of him before counts no longer.
    pub fn proved(&mut self, flow: &Flow) {
        for whom in Whom::of(flow).into_iter().flatten() {
            self.strikes.remove(&whom);
        }
    }

    /// Who was banned since this was asked last; of very many some.
    pub fn news(&mut self) -> Vec<IpAddr> {
        std::mem::take(&mut self.news)
    }
}

/// Whether a message begins something: a request without a tag in To. All else belongs to what is on, and answers, which may be
/// somebody's who is honest.
pub(super) fn begins(payload: &[u8]) -> bool {
    if payload.starts_with(b"SIP/") {
        return false;
    }
    let to = payload.split(|byte| *byte == b'\n').find(|line| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"To") || name.eq_ignore_ascii_case(b"t")
    });
    !to.is_some_and(|to| to.to_ascii_lowercase().windows(5).any(|part| part == b";tag="))
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
    use Strike::*;

    const TERMS: (u32, Duration) = (4, Duration::from_secs(600));

    fn at(secs: u64) -> Time {
        Time::ZERO + Duration::from_secs(1_000_000 + secs)
    }

    fn from(protocol: Protocol, remote: &str) -> Flow {
        let local = "192.0.2.100:5060".parse().unwrap();
        Flow { protocol, local, remote: remote.parse().unwrap(), connection: None }
    }

    fn udp(remote: &str) -> Flow {
        from(Protocol::Udp, remote)
    }

    #[test]
    fn so_many_strikes_within_a_minute_ban_for_a_time() {
        let mut bans = Bans::default();
        let (flow, other) = (udp("192.0.2.1:5060"), udp("192.0.2.2:5060"));
        for second in [0, 10, 59] {
            assert!(!bans.strike(at(second), &flow, Refused, TERMS));
        }
        // A minute after the first it begins anew.
        for second in [60, 61, 62] {
            assert!(!bans.strike(at(second), &flow, Refused, TERMS));
        }
        assert!(!bans.holds(at(62), &flow));
        assert!(bans.strike(at(63), &flow, Refused, TERMS));
        assert!(bans.holds(at(662), &flow) && !bans.holds(at(663), &flow));
        assert!(!bans.holds(at(63), &other), "nobody else");
        assert_eq!((bans.news(), bans.news()), (vec![flow.remote.ip()], vec![]));
    }

    #[test]
    fn what_can_be_forged_bans_no_more_than_a_port_and_a_wrong_password_all_datagrams() {
        let mut bans = Bans::default();
        let (one, neighbour) = (udp("192.0.2.1:5060"), udp("192.0.2.1:6060"));
        let stream = from(Protocol::Tcp, "192.0.2.1:40000");
        assert_eq!((0..4).filter(|_| bans.strike(at(0), &one, Refused, TERMS)).count(), 1);
        assert!(bans.holds(at(1), &one) && !bans.holds(at(1), &neighbour) && !bans.holds(at(1), &stream));
        assert_eq!((0..4).filter(|_| bans.strike(at(0), &one, Wrong, TERMS)).count(), 1);
        assert!(bans.holds(at(1), &neighbour) && !bans.holds(at(1), &stream));
        assert_eq!((0..4).filter(|_| bans.strike(at(0), &stream, Refused, TERMS)).count(), 1);
        assert!(bans.holds(at(1), &from(Protocol::Tls, "192.0.2.1:40001")), "a stream's address is true");
        let browser = from(Protocol::Wss, "192.0.2.1:40002");
        assert!(
            (0..100).all(|_| !bans.strike(at(0), &browser, Wrong, TERMS)) && !bans.holds(at(1), &browser)
        );
    }

    #[test]
    fn who_is_asked_again_and_again_and_never_answers_is_banned_too() {
        let mut bans = Bans::default();
        let flow = udp("192.0.2.1:5060");
        for _ in 0..3 {
            assert!((0..19).all(|_| !bans.strike(at(0), &flow, Asked, TERMS)));
            bans.proved(&flow);
        }
        assert!((0..19).all(|_| !bans.strike(at(1), &flow, Asked, TERMS)));
        assert!(bans.strike(at(1), &flow, Asked, TERMS));
    }

    #[test]
    fn neighbours_of_a_64_are_one_and_nobody_is_banned_where_it_is_switched_off() {
        let mut bans = Bans::default();
        let terms = (2, TERMS.1);
        assert!(!bans.strike(at(0), &udp("[2001:db8::1]:5060"), Refused, terms));
        assert!(bans.strike(at(0), &udp("[2001:db8::2]:5060"), Refused, terms));
        assert!(bans.holds(at(0), &udp("[2001:db8::3]:5060")));
        assert!(!bans.holds(at(0), &udp("[2001:db8:0:1::1]:5060")));
        assert!(bans.strike(at(0), &udp("[::ffff:192.0.2.1]:5060"), Refused, (1, TERMS.1)));
        assert!(bans.holds(at(0), &udp("192.0.2.1:5060")), "as IPv4 it is the same");
        assert!((0..100).all(|_| !bans.strike(at(0), &udp("192.0.2.9:5060"), Refused, (0, TERMS.1))));
    }

    #[test]
    fn its_memory_is_bounded_and_who_is_not_banned_is_not_said_to_be() {
        let mut bans = Bans::default();
        let flow = |n: u32| {
            let remote = std::net::SocketAddr::new(IpAddr::V4((0x0a00_0000 + n).into()), 5060);
            Flow { remote, ..udp("192.0.2.1:5060") }
        };
        let told = (0..3 * MOST as u32).filter(|n| {
            bans.strike(at(0), &flow(*n), Asked, TERMS);
            bans.strike(at(0), &flow(*n), Refused, (1, TERMS.1))
        });
        assert_eq!(told.count(), MOST);
        assert!(bans.strikes.len() <= MOST && bans.banned.len() == MOST && bans.news.len() <= NEWS);
    }

    #[test]
    fn only_what_begins_something_is_dropped() {
        let invite = "INVITE sip:a@b SIP/2.0\r\nFrom: <sip:x>;tag=1\r\nTo: <sip:a@b>\r\n\r\n";
        assert!(begins(invite.as_bytes()) && begins(b"rubbish"));
        assert!(!begins(b"SIP/2.0 200 OK\r\n\r\n"));
        for within in ["To: <sip:a@b>;tag=2", "t : <sip:a@b> ;TAG=2", "to:<sip:a@b>;x=y;tag=z"] {
            let text = invite.replace("To: <sip:a@b>", within);
            assert!(!begins(text.as_bytes()), "{within}");
        }
    }
}
