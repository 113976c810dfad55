//! Hostile paths: strangers, spoofed addresses, wrong passwords and certificates, floods, arbitrary bytes.

use super::*;
use proptest::prelude::*;

fn stranger() -> SocketAddr {
    address("203.0.113.66:666")
}

fn forged(kind: u8, epoch: u8, sequence: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 1, sequence];
    record.extend((body.len() as u16).to_be_bytes());
    record.extend_from_slice(body);
    record
}

/// What an attacker without keys might send in the middle of a handshake.
fn junk() -> Vec<Vec<u8>> {
    let fatal = forged(21, 0, 1, &[2, 40]);
    let goodbye = forged(21, 0, 2, &[1, 0]);
    let far = forged(22, 0, 255, &[2, 0, 0, 40, 0, 200, 0, 0, 0, 0, 0, 2, 1, 1]);
    let torn = forged(22, 0, 3, &[1, 0, 0]);
    vec![
        fatal.clone(),
        goodbye.clone(),
        forged(23, 0, 4, b"data"),
        forged(23, 1, 5, &[0xaa; 40]),
        forged(21, 1, 6, &[0xaa; 26]),
        far,
        torn,
        [goodbye, fatal].concat(),
        vec![22; 200],
        vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
        vec![20],
        vec![63; 1500],
    ]
}

/// Junk before every single event, from `from`.
fn connects_despite(role: Setup, from: SocketAddr) -> Net {
    let mut net = Net::new(role);
    let until = net.now + Duration::from_secs(20);
    while !net.is_connected() {
        for packet in junk() {
            net.deliver(from, &packet);
        }
        assert!(net.step(until), "{role:?} from {from}: {:?}", net.transport.state());
    }
    net
}

#[test]
fn junk_from_strangers_and_from_the_browsers_own_address_does_not_stop_the_handshake() {
    for role in [Setup::Active, Setup::Passive] {
        for from in [stranger(), address(ADDRESS)] {
            let mut net = connects_despite(role, from);
            for packet in junk() {
                net.deliver(from, &packet);
            }
            net.run(Duration::from_secs(10));
            assert!(net.is_connected());
            net.assert_media(1);
            assert!(net.transport.counters().dtls_refused > 0);
        }
    }
}

/// A ClientHello that no association can go on from: too old a version.
fn deadly_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xff];
    body.extend([7; 32]);
    body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let size = body.len() as u8;
    forged(22, 0, 9, &[&[1, 0, 0, size, 0, 0, 0, 0, 0, 0, 0, size], body.as_slice()].concat())
}

#[test]
fn an_association_that_died_of_spoofed_datagrams_is_replaced_a_bounded_number_of_times() {
    for deaths in [1, 3, 4] {
        let mut net = Net::new(Setup::Active);
        let check = net.browser.poll_transmit().expect("a check");
        net.deliver(net.from, &check);
        for _ in 0..deaths {
            net.deliver(net.from, &deadly_hello());
        }
        assert_eq!(net.transport.state() == TransportState::Closed, deaths == 4, "{deaths}");
        assert_eq!(net.connect().is_some(), deaths < 4, "{deaths}");
    }
}

#[test]
fn what_would_kill_an_association_does_nothing_from_an_address_that_is_not_valid() {
    let mut net = Net::new(Setup::Active);
    let until = net.now + Duration::from_secs(20);
    while !net.is_connected() {
        for _ in 0..20 {
            net.deliver(stranger(), &deadly_hello());
        }
        assert!(net.step(until), "{:?}", net.transport.state());
    }
    net.assert_media(1);
}

#[test]
fn fragments_without_end_fill_nothing_for_good() {
    let mut net = Net::new(Setup::Active);
    let check = net.browser.poll_transmit().expect("a check");
    net.deliver(net.from, &check);
    for offset in 0..70 {
        let fragment = [22, 0, 1, 0, 0, 5, 0, 0, offset, 0, 0, 1, 0xaa];
        net.deliver(net.from, &forged(22, 0, offset, &fragment));
    }
    net.connect().expect("the queue that was full went with its association");
    net.assert_media(1);
    let mut net = Net::new(Setup::Active);
    let check = net.browser.poll_transmit().expect("a check");
    net.deliver(net.from, &check);
    for round in 0..1000_u32 {
        let message = [11, 0, 16, 0, 0, 5, 0, 0, 0, 0, 4, 0];
        net.deliver(net.from, &forged(22, 0, round as u8, &[message.as_slice(), &[0; 1024]].concat()));
    }
    assert!(net.transport.counters().dtls_refused >= 800, "no more than so much before completion");
}

#[test]
fn a_strangers_hello_is_kept_bounded_and_never_answered() {
    let mut net = Net::new(Setup::Active);
    let hello = forged(22, 0, 0, &[[1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, 176].as_slice(), &[0; 1200]].concat());
    for port in 0..1000_u16 {
        net.deliver(SocketAddr::new(stranger().ip(), 1024 + port), &hello);
    }
    assert!(net.transport.early.len() <= 4);
    assert!(net.transport.early.iter().map(|row| row.1.len()).sum::<usize>() <= 6000);
    assert!(net.transport.poll_transmit().is_none());
    net.connect().expect("the flood had its say");
    net.deliver(stranger(), &hello);
    assert!(net.transport.early.is_empty());
    assert!(net.is_connected());
}

#[test]
fn a_stranger_without_the_password_is_not_answered() {
    let mut net = Net::new(Setup::Active);
    let mut other = Browser::new(net.now, certificates()[2].clone(), 2);
    let mut wrong = credentials(1);
    wrong.pwd = "not-the-password-not-the-password".into();
    other.connect(net.now, wrong, Setup::Active);
    let check = other.poll_transmit().expect("a check");
    assert_eq!(Transport::stun_target(&check), Some(credentials(1).ufrag.as_str()));
    assert!(!net.transport.handle_stun(net.now, stranger(), &check));
    let mut elsewhere = Browser::new(net.now, certificates()[2].clone(), 99);
    elsewhere.connect(net.now, credentials(1), Setup::Active);
    let check = elsewhere.poll_transmit().expect("a check");
    assert!(!net.transport.handle_stun(net.now, stranger(), &check), "not the peer's user name");
    assert_eq!(net.transport.state(), TransportState::New);
    assert_eq!(net.transport.counters().stun_refused, 2);
    assert!(net.transport.poll_transmit().is_none());
    assert_eq!(net.transport.remote(), None);
}

#[test]
fn checks_under_another_name_before_the_description_are_forgotten() {
    let mut net = Net::apart(Setup::Active);
    let mut other = Browser::new(net.now, certificates()[2].clone(), 99);
    other.connect(net.now, credentials(1), Setup::Active);
    let check = other.poll_transmit().expect("a check");
    assert!(net.transport.handle_stun(net.now, address("192.0.2.99:9"), &check));
    net.describe(Setup::Active, certificates()[1].fingerprint());
    assert_eq!(net.transport.remote(), None);
    net.connect().expect("connected");
    assert_eq!(net.transport.remote(), Some(address(ADDRESS)));
}

#[test]
fn another_certificate_than_the_announced_one_is_refused() {
    for role in [Setup::Active, Setup::Passive] {
        let mut net = Net::apart(role);
        net.describe(role, certificates()[2].fingerprint());
        assert_eq!(net.connect(), None, "{role:?}");
        assert_eq!(net.transport.state(), TransportState::Closed);
        assert_eq!(net.transport.protect_rtp(&mut [0x80; 64], 12), None);
        assert!(net.transport.unprotect_rtp(net.now, net.from, &mut [0x80; 64]).is_err());
    }
}

#[test]
fn bad_media_is_counted_and_ends_nothing() {
    let mut net = Net::new(Setup::Active);
    assert!(net.transport.unprotect_rtp(net.now, net.from, &mut [0x80; 64]).is_err(), "no keys yet");
    net.connect().expect("connected");
    for _ in 0..1000 {
        assert!(net.transport.unprotect_rtp(net.now, net.from, &mut [0x80; 64]).is_err());
        assert!(net.transport.unprotect_rtcp(net.now, net.from, &mut [0x80; 64]).is_err());
    }
    assert_eq!(net.transport.counters().srtp_refused, 2001);
    assert!(net.is_connected());
    net.assert_media(1);
}

#[test]
fn many_valid_addresses_are_bounded_and_the_nominated_one_stays() {
    let mut net = Net::new(Setup::Active);
    net.connect().expect("connected");
    for port in 0..200 {
        let mut twin = Browser::new(net.now, certificates()[1].clone(), 2);
        twin.connect(net.now, credentials(1), Setup::Active);
        let check = twin.poll_transmit().expect("a check");
        assert!(net.transport.handle_stun(net.now, SocketAddr::new(net.from.ip(), 1000 + port), &check));
    }
    let valid =
        (0..200).filter(|port| net.transport.ice.is_valid(SocketAddr::new(net.from.ip(), 1000 + port)));
    assert_eq!(valid.count(), 15);
    assert_eq!(net.transport.remote(), Some(net.from));
}

#[test]
fn a_key_that_does_not_fit_its_certificate_makes_no_identity() {
    let pair = |_| {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(Vec::<String>::new()).expect("no names");
        (params.self_signed(&key).expect("signed").der().to_vec(), key.serialize_der())
    };
    let [one, two] = [0, 1].map(pair);
    assert!(Identity::new(one.0.clone(), one.1.clone()).is_ok());
    assert_eq!(Identity::new(one.0.clone(), two.1).err(), Some(InvalidIdentity));
    assert_eq!(Identity::new(one.0, vec![1, 2, 3]).err(), Some(InvalidIdentity));
    assert_eq!(Identity::new(vec![], one.1).err(), Some(InvalidIdentity));
}

/// A datagram that looks like DTLS in part: a record header, and perhaps a handshake header.
fn dtls_like() -> impl Strategy<Value = Vec<u8>> {
    let body = prop::collection::vec(any::<u8>(), 0..120);
    (20_u8..24, 0_u8..3, any::<u8>(), 0_u8..24, 0_u8..4, body).prop_map(
        |(kind, epoch, sequence, message, order, body)| {
            let size = body.len() as u8;
            let header = [message, 0, 0, size, 0, order, 0, 0, 0, 0, 0, size];
            forged(kind, epoch, sequence, &[&header, body.as_slice()].concat())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn arbitrary_datagrams_never_panic_nor_open_anything(
        datagrams in prop::collection::vec(
            prop_oneof![prop::collection::vec(any::<u8>(), 0..200), dtls_like()],
            1..40,
        ),
        steps in 0_usize..16,
        active in any::<bool>(),
    ) {
        let mut net = Net::new(if active { Setup::Active } else { Setup::Passive });
        let until = net.now + Duration::from_secs(1);
        for _ in 0..steps {
            net.step(until);
        }
        for datagram in datagrams {
            let _ = Transport::stun_target(&datagram);
            net.transport.handle_stun(net.now, net.from, &datagram);
            net.transport.handle_dtls(net.now, net.from, &datagram);
            net.transport.handle_dtls(net.now, stranger(), &datagram);
            prop_assert!(net.transport.unprotect_rtp(net.now, net.from, &mut datagram.clone()).is_err());
            prop_assert!(net.transport.unprotect_rtcp(net.now, net.from, &mut datagram.clone()).is_err());
            net.step(until);
        }
        net.run(Duration::from_secs(40));
    }
}
