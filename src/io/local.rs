//! Under which of our addresses a peer reaches us: what goes into Via, Contact and SDP.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Peers remembered; then forgotten all at once (asking again is cheap).
const REMEMBERED: usize = 4_096;

/// Asks the routing table, remembers the answer.
#[derive(Debug)]
pub struct LocalAddress {
    advertise: Option<IpAddr>,
    known: HashMap<IpAddr, IpAddr>,
}

impl LocalAddress {
    /// `advertise`: what every peer but those on loopback is told.
    pub fn new(advertise: Option<IpAddr>) -> Self {
        LocalAddress { advertise, known: HashMap::new() }
    }

    /// Our address towards `peer`.
    pub fn towards(&mut self, peer: IpAddr) -> IpAddr {
        if let Some(fixed) = self.advertise.filter(|_| !peer.is_loopback()) {
            return fixed;
        }
        if let Some(&known) = self.known.get(&peer) {
            return known;
        }
        let found = route(peer).unwrap_or(match peer {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(peer, found);
        found
    }

    /// Our address towards the world: where browsers find media. Loopback on a machine without a network.
    pub fn outward(&mut self) -> IpAddr {
        self.advertise.unwrap_or_else(|| {
            route(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1))).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
        })
    }
}

/// A connected UDP socket sends nothing, but knows its source address.
fn route(peer: IpAddr) -> Option<IpAddr> {
    let any: SocketAddr =
        if peer.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect((peer, 5060)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_peers_are_told_loopback() {
        let mut local = LocalAddress::new(Some("203.0.113.7".parse().unwrap()));
        assert_eq!(local.towards("127.0.0.1".parse().unwrap()), Ipv4Addr::LOCALHOST);
        assert_eq!(local.towards("198.51.100.1".parse().unwrap()), Ipv4Addr::new(203, 0, 113, 7));
        assert_eq!(local.outward(), Ipv4Addr::new(203, 0, 113, 7));
    }
}
