//! The simulated datagram network: loss, duplication, reordering, latency and NATs, all from the seed.

use crate::dice::Dice;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use warmline_time::Time;

/// What the network does to datagrams.
#[derive(Clone, Copy)]
pub struct Weather {
    pub loss_percent: u64,
    pub duplicate_percent: u64,
    /// Least and most latency in milliseconds; where they differ, datagrams overtake each other.
    pub latency: (u64, u64),
}

pub const STORM: Weather = Weather { loss_percent: 10, duplicate_percent: 5, latency: (5, 120) };
pub const CALM: Weather = Weather { loss_percent: 0, duplicate_percent: 0, latency: (10, 10) };

/// A datagram on its way; addresses as the receiver sees them.
pub struct Packet {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub payload: Bytes,
}

pub struct Network {
    pub weather: Weather,
    pub sent: u64,
    pub lost: u64,
    /// Stopped by a NAT: sent to an address inside, or to one that had not been opened from there.
    pub blocked: u64,
    dice: Dice,
    queue: BTreeMap<(Time, u64), Packet>,
    /// Both ways: inside to outside, outside to inside.
    outside: HashMap<IpAddr, IpAddr>,
    inside: HashMap<IpAddr, IpAddr>,
    /// Outside address and whom it has written to: only these get in.
    opened: HashSet<(SocketAddr, SocketAddr)>,
}

impl Network {
    pub fn new(seed: u64, weather: Weather) -> Self {
        Network {
            weather,
            sent: 0,
            lost: 0,
            blocked: 0,
            dice: Dice::new(seed),
            queue: BTreeMap::new(),
            outside: HashMap::new(),
            inside: HashMap::new(),
            opened: HashSet::new(),
        }
    }

    /// Puts a host behind a NAT that keeps ports and filters by address and port.
    pub fn add_nat(&mut self, inside: IpAddr, outside: IpAddr) {
        self.outside.insert(inside, outside);
        self.inside.insert(outside, inside);
    }

    pub fn is_inside(&self, host: IpAddr) -> bool {
        self.outside.contains_key(&host)
    }

    /// How long a datagram may be on its way.
    pub fn longest(&self) -> Duration {
        Duration::from_millis(self.weather.latency.1)
    }

    pub fn send(&mut self, now: Time, mut from: SocketAddr, to: SocketAddr, payload: Bytes) {
        if let Some(outside) = self.outside.get(&from.ip()) {
            from.set_ip(*outside);
            self.opened.insert((from, to));
        }
        self.sent += 1;
        // Nobody outside reaches an address inside.
        if self.outside.contains_key(&to.ip()) {
            self.blocked += 1;
            return;
        }
        if self.dice.percent(self.weather.loss_percent) {
            self.lost += 1;
            return;
        }
        let copies = 1 + u64::from(self.dice.percent(self.weather.duplicate_percent));
        for copy in 0..copies {
            let (least, most) = self.weather.latency;
            let at = now + self.dice.millis(least, most);
            let packet = Packet { from, to, payload: payload.clone() };
            self.queue.insert((at, self.sent * 2 + copy), packet);
        }
    }

    pub fn next(&self) -> Option<Time> {
        self.queue.keys().next().map(|key| key.0)
    }

    /// The next datagram that arrives by now.
    pub fn arrived(&mut self, now: Time) -> Option<Packet> {
        loop {
            let entry = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
            let mut packet = entry.remove();
            let Some(inside) = self.inside.get(&packet.to.ip()) else { return Some(packet) };
            if self.opened.contains(&(packet.to, packet.from)) {
                packet.to.set_ip(*inside);
                return Some(packet);
            }
            self.blocked += 1;
        }
    }
}
