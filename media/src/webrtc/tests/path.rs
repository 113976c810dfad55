//! Good and bad paths: roles, loss, order, duplicates, early and split hellos, moves, restart, silence, good-bye.

use super::*;
use rtc_srtp::context::Context as OtherContext;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::crypto::providers::RingCrypto;

const ROLES: [Setup; 2] = [Setup::Active, Setup::Passive];

#[test]
fn both_roles_connect_within_few_round_trips() {
    for role in ROLES {
        let mut net = Net::new(role);
        assert_eq!(net.transport.state(), TransportState::New);
        let took = net.connect().expect("connected");
        assert!(took <= 8 * DELAY, "{role:?}: {took:?}");
        assert_eq!(net.transport.remote(), Some(address(ADDRESS)));
        assert_eq!(net.browser.peer_fingerprint(), Some(certificates()[0].fingerprint()));
        net.assert_media(1);
        net.run(Duration::from_secs(120));
        assert!(net.is_connected(), "checks keep it alive");
        net.assert_media(2);
        assert_eq!(net.transport.counters(), TransportCounters::default());
    }
}

/// The order of keys, judged by another implementation: an error of ours in both ends alike would not show otherwise.
#[test]
fn exported_keys_are_used_in_the_order_of_the_rfc() {
    for role in ROLES {
        let mut net = Net::new(role);
        net.connect().expect("connected");
        let (profile, material) = net.browser.keying_material().expect("exported");
        assert_eq!(profile, crate::srtp::SrtpProfile::AeadAes256Gcm);
        let (keys, salts) = material.split_at(64);
        let server =
            if role == Setup::Active { (&keys[32..], &salts[12..]) } else { (&keys[..32], &salts[..12]) };
        let mut other =
            OtherContext::new(server.0, server.1, ProtectionProfile::AeadAes256Gcm, None, None, &RingCrypto)
                .expect("keys of the right length");
        let plain = [&[0x80, 0, 0, 7, 0, 0, 0, 160, 1, 2, 3, 4], [7; 20].as_slice()].concat();
        let mut buffer = plain.clone();
        buffer.resize(plain.len() + 16, 0);
        let length = net.transport.protect_rtp(&mut buffer, plain.len()).expect("connected");
        assert_eq!(other.decrypt_rtp(&buffer[..length]).expect("opened"), plain);
    }
}

#[test]
fn any_one_or_two_lost_datagrams_only_cost_time() {
    for role in ROLES {
        let mut net = Net::new(role);
        net.connect().expect("connected");
        for lost in 0..net.sent + 4 {
            for run in 1..=2 {
                let mut net = Net::new(role);
                let fate =
                    move |at, _: &[u8]| if (lost..lost + run).contains(&at) { vec![] } else { vec![DELAY] };
                net.fate = Box::new(fate);
                let took = net.connect();
                assert!(took.is_some_and(|took| took < Duration::from_secs(2)), "{role:?} {lost}: {took:?}");
                net.run(Duration::from_secs(5));
                assert!(net.is_connected());
                net.assert_media(1);
            }
        }
    }
}

/// A small generator, so that a failing case is named by its seed.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |sides| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) % sides
    }
}

#[test]
fn loss_duplication_and_reordering_together_only_cost_time() {
    for role in ROLES {
        for seed in 1..=60 {
            let mut net = Net::new(role);
            let mut roll = dice(seed);
            net.fate = Box::new(move |_, _| {
                let copies = [0, 1, 1, 1, 1, 1, 1, 1, 2, 3][roll(10) as usize];
                (0..copies).map(|_| Duration::from_millis(1 + roll(60))).collect()
            });
            let took = net.connect();
            assert!(took.is_some(), "{role:?} seed {seed}: {:?}", net.transport);
            net.run(Duration::from_secs(3));
            assert!(net.is_connected(), "{role:?} seed {seed}");
            net.assert_media(1);
        }
    }
}

/// A record of one handshake fragment in a datagram of its own.
fn fragment(hello: &[u8], offset: usize, size: usize, record: u8) -> Vec<u8> {
    let body = &hello[12..];
    let number = |value: usize| (value as u32).to_be_bytes()[1..].to_vec();
    let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, record];
    datagram.extend(((12 + size) as u16).to_be_bytes());
    datagram.push(1);
    datagram.extend(number(body.len()));
    datagram.extend([0, 0]);
    datagram.extend(number(offset));
    datagram.extend(number(size));
    datagram.extend(&body[offset..offset + size]);
    datagram
}

/// The first datagram of DTLS that the browser sends, as the handshake message in it.
fn first_hello(net: &mut Net) -> Vec<u8> {
    while net.browser.poll_transmit().is_some() {}
    net.browser.start_dtls(net.now);
    let datagram = net.browser.poll_transmit().expect("a ClientHello");
    assert_eq!((datagram[0], datagram[13]), (22, 1));
    datagram[13..].to_vec()
}

#[test]
fn a_hello_in_two_datagrams_in_either_order_connects_at_once() {
    for reversed in [false, true] {
        for early in [false, true] {
            let mut net = Net::new(Setup::Active);
            let check = net.browser.poll_transmit().expect("a check");
            let hello = first_hello(&mut net);
            let half = (hello.len() - 12) / 2;
            let mut parts =
                [fragment(&hello, 0, half, 0), fragment(&hello, half, hello.len() - 12 - half, 1)];
            if reversed {
                parts.reverse();
            }
            if !early {
                net.deliver(net.from, &check);
            }
            for part in [&parts[0], &parts[1], &parts[0]] {
                net.deliver(net.from, part);
            }
            if early {
                assert!(net.transport.poll_transmit().is_none(), "nothing before a valid check");
                net.deliver(net.from, &check);
            }
            let took = net.connect().expect("connected");
            assert!(took <= 8 * DELAY, "no retransmission was needed: {took:?}");
            assert_eq!(net.transport.counters().dtls_refused, 0);
            net.assert_media(1);
        }
    }
}

/// As long as a browser's with a post-quantum key share: 1,200 and 263 bytes.
#[test]
fn a_hello_of_1413_bytes_in_two_datagrams_is_answered() {
    for reversed in [false, true] {
        let mut net = Net::new(Setup::Active);
        let check = net.browser.poll_transmit().expect("a check");
        let mut hello = first_hello(&mut net);
        // An extension nobody knows makes up the length; where extensions begin follows from the fields before.
        let cookie = 12 + 34 + 1 + usize::from(hello[12 + 34]);
        let suites = cookie + 1 + usize::from(hello[cookie]);
        let compression = suites + 2 + usize::from(u16::from_be_bytes([hello[suites], hello[suites + 1]]));
        let extensions = compression + 1 + usize::from(hello[compression]);
        let filler = 12 + 1413 - hello.len() - 4;
        hello.extend([0x6a, 0x6a]);
        hello.extend((filler as u16).to_be_bytes());
        hello.resize(12 + 1413, 0);
        let length = (hello.len() - extensions - 2) as u16;
        hello[extensions..extensions + 2].copy_from_slice(&length.to_be_bytes());
        let first = 1200 - 25;
        let mut parts = [fragment(&hello, 0, first, 0), fragment(&hello, first, 1413 - first, 1)];
        assert_eq!(parts.each_ref().map(Vec::len), [1200, 263]);
        if reversed {
            parts.reverse();
        }
        net.deliver(net.from, &parts[0]);
        net.deliver(net.from, &parts[1]);
        net.deliver(net.from, &check);
        assert_eq!(net.transport.poll_transmit().map(|sent| sent.1[0]), Some(1), "the check's answer");
        let (to, flight) = net.transport.poll_transmit().expect("a flight");
        assert_eq!((to, flight[0], flight[13]), (net.from, 22, 2), "a ServerHello");
    }
}

#[test]
fn checks_and_the_hello_may_come_before_the_description() {
    for role in ROLES {
        let mut net = Net::apart(role);
        net.run(Duration::from_millis(95));
        assert_eq!(net.transport.state(), TransportState::Connecting);
        net.describe(role, certificates()[1].fingerprint());
        let took = net.connect().expect("connected");
        assert!(took <= 6 * DELAY, "{role:?}: {took:?}");
    }
}

#[test]
fn the_browser_may_move_in_the_middle_of_the_handshake() {
    for role in ROLES {
        for step in 4..14 {
            let mut net = Net::new(role);
            for _ in 0..step {
                net.step(net.now + Duration::from_secs(1));
            }
            net.from = address("192.0.2.10:50001");
            assert!(net.connect().is_some(), "{role:?} {step}");
            net.run(Duration::from_secs(5));
            assert_eq!(net.transport.remote(), Some(net.from));
            net.assert_media(1);
        }
    }
}

#[test]
fn an_ice_restart_keeps_media_and_then_moves_it() {
    let mut net = Net::new(Setup::Active);
    net.connect().expect("connected");
    net.browser.restart(7);
    let ice = net.browser.credentials().clone();
    net.transport.set_local_ice(credentials(8));
    let fingerprint = certificates()[1].fingerprint();
    net.transport.set_peer(net.now, Peer { ice, fingerprint, setup: Setup::Passive });
    assert_eq!(net.transport.remote(), Some(address(ADDRESS)));
    net.assert_media(1);
    net.from = address("198.51.100.1:9");
    net.browser.connect(net.now, credentials(8), Setup::Active);
    net.run(Duration::from_secs(3));
    assert!(net.is_connected());
    assert_eq!(net.transport.remote(), Some(net.from));
    assert!(!net.transport.ice.is_valid(address(ADDRESS)), "the former address is forgotten");
    net.assert_media(2);
}

#[test]
fn e11_twenty_seconds_of_silence_end_it_but_media_counts() {
    let mut net = Net::new(Setup::Active);
    net.connect().expect("connected");
    net.fate = Box::new(|_, _| vec![]);
    net.run(Duration::from_secs(19));
    net.assert_media(1);
    net.run(Duration::from_secs(19));
    assert_eq!(net.transport.state(), TransportState::Connected);
    net.run(Duration::from_secs(2));
    assert_eq!(net.transport.state(), TransportState::Closed);
    assert!(net.transport.poll_transmit().is_none());
    assert_eq!(net.transport.poll_timeout(), None);
    assert_eq!(net.transport.protect_rtp(&mut [0x80; 64], 12), None);
}

#[test]
fn a_peer_that_never_comes_or_never_speaks_dtls_is_given_up() {
    let mut net = Net::new(Setup::Active);
    net.fate = Box::new(|_, _| vec![]);
    net.run(Duration::from_secs(31));
    assert_eq!(net.transport.state(), TransportState::Closed);
    for role in ROLES {
        let mut net = Net::new(role);
        net.fate = Box::new(|_, packet| if packet[0] < 4 { vec![DELAY] } else { vec![] });
        net.run(Duration::from_secs(32));
        assert_eq!(net.transport.state(), TransportState::Closed, "{role:?}");
    }
    let mut net = Net::apart(Setup::Active);
    net.fate = Box::new(|_, _| vec![]);
    net.run(Duration::from_secs(300));
    assert_eq!(net.transport.state(), TransportState::New, "an unanswered call may ring for long");
}

#[test]
fn either_side_says_good_bye() {
    for role in ROLES {
        let mut net = Net::new(role);
        net.connect().expect("connected");
        net.transport.close(net.now);
        assert_eq!(net.transport.state(), TransportState::Closed);
        net.run(Duration::from_millis(50));
        assert!(net.browser.is_closed(), "{role:?}: close_notify arrived");
        let mut net = Net::new(role);
        net.connect().expect("connected");
        net.browser.close();
        net.run(Duration::from_millis(50));
        assert_eq!(net.transport.state(), TransportState::Closed, "{role:?}");
    }
}
