//! Which addresses a webhook may reach: a name in its URL must not lead into the switch's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a hook may be delivered to an address. Never to none and never to many at once.
pub(crate) fn reachable(address: IpAddr, allow_private: bool) -> bool {
    let address = address.to_canonical();
    let nobody = address.is_unspecified() || address.is_multicast();
    !nobody && address != IpAddr::V4(Ipv4Addr::BROADCAST) && (allow_private || is_public(address))
}

/// Whether an address is somewhere on the internet (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b)) // carriers' own (RFC 6598)
        || (a == 198 && (18..20).contains(&b)) // benchmarks (RFC 2544)
        || (a == 192 && b == 0 && c == 0) // protocols' own (RFC 6890)
        || (a == 192 && b == 88 && c == 99); // 6to4 relays (RFC 7526)
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // NAT64 (RFC 6052): the address behind it counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // 6to4 (RFC 3056): likewise.
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // 2001::/23, protocols' own, Teredo among them; documentation (RFC 3849, RFC 9637).
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // What is assigned as unicast of the internet, and nothing else.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "fec0::1",
        ] {
            assert!(!reachable(address.parse().unwrap(), false), "{address}");
        }
        for address in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450::1", "64:ff9b::808:808"]
        {
            assert!(reachable(address.parse().unwrap(), false), "{address}");
        }
    }

    #[test]
    fn the_own_network_is_reached_where_it_is_allowed() {
        for address in ["127.0.0.1", "10.0.0.1", "::1", "fd12::1", "8.8.8.8"] {
            assert!(reachable(address.parse().unwrap(), true), "{address}");
        }
        for address in ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:0.0.0.0"] {
            assert!(!reachable(address.parse().unwrap(), true), "{address}");
        }
    }
}
