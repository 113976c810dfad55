//! Plain calls: both ways, strangers, payload types, mute, hold, the end.

use super::*;
use crate::tone::{A_TO_MU, MU_TO_A};

#[test]
fn two_parties_hear_each_other() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu(), Codec::telephone_event(101)];
    bench.call((1, &codecs), (2, &codecs));
    let (mut one, mut two) = (Voice::new(0, 111), Voice::new(0, 222));
    for n in 0..50u8 {
        let to_two = bench.hear(1, &one.say(&[n; 160])).unwrap();
        assert_eq!((to_two.socket, to_two.to), (Socket::Rtp(port_of(2)), peer_of(2)));
        assert_eq!((to_two.payload(), to_two.header().payload_type), (&[n; 160][..], 0));
        let to_one = bench.hear(2, &two.say(&[n + 100; 160])).unwrap();
        assert_eq!((to_one.socket, to_one.to), (Socket::Rtp(port_of(1)), peer_of(1)));
        assert_eq!(to_one.payload(), [n + 100; 160]);
        bench.now = bench.now + ms(20);
    }
    assert_eq!(bench.events(), [Event::Ready { leg: LegId(1) }, Event::Ready { leg: LegId(2) }]);
    let counters = bench.worker.counters();
    assert_eq!((counters.received, counters.forwarded, counters.refused), (100, 100, 0));
}

#[test]
fn loss_stays_visible_and_duplicates_do_not_pass() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcmu()]), (2, &[Codec::pcmu()]));
    let mut one = Voice::new(0, 65_530);
    let first = bench.hear(1, &one.say(&[0; 160])).unwrap().header();
    let _lost = one.say(&[1; 160]);
    let packet = one.say(&[2; 160]);
    let third = bench.hear(1, &packet).unwrap().header();
    assert_eq!(third.sequence, first.sequence.wrapping_add(2));
    assert_eq!(third.timestamp, first.timestamp.wrapping_add(320));
    assert_eq!(bench.hear(1, &packet), None);
    bench.ask(Command::Close { leg: LegId(1) });
    let Some(Event::Closed { stats, .. }) = bench.events().pop() else { panic!("not closed") };
    assert_eq!(stats, LegStats { received: 2, lost: 1, ..LegStats::default() });
}

#[test]
fn strangers_are_refused() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    let mut one = Voice::new(0, 1);
    let stranger = at("203.0.113.66:4000");
    assert!(bench.hear(1, &one.say(&[0; 160])).is_some());
    let mut evil = Voice::new(0, 666);
    for _ in 0..10 {
        assert_eq!(bench.give(Socket::Rtp(port_of(1)), stranger, &evil.say(&[6; 160])), None);
    }
    assert_eq!(bench.worker.counters().refused, 10);
    // Of the peer's, what was not agreed on or is no RTP; a port of nobody.
    let mut other = Voice::new(9, 1);
    assert_eq!(bench.hear(1, &other.say(&[0; 160])), None);
    assert_eq!(bench.hear(1, &[0x80; 5]), None);
    assert_eq!(bench.hear(1, &[]), None);
    assert_eq!(bench.hear(9, &one.say(&[0; 160])), None);
    assert_eq!(bench.worker.counters().refused, 14);
    assert!(bench.hear(1, &one.say(&[0; 160])).is_some(), "none of it disturbs the call");
    // A browser's port takes no plain RTP.
    assert_eq!(bench.give(Socket::WebRtc, peer_of(1), &one.say(&[0; 160])), None);
}

#[test]
fn media_goes_where_media_comes_from() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    let (mut one, mut two) = (Voice::new(0, 1), Voice::new(0, 2));
    assert_eq!(
        bench.hear(1, &one.say(&[0; 160])).unwrap().to,
        peer_of(2),
        "the description's before any media"
    );
    let behind_nat = at("198.51.100.9:33333");
    bench.give(Socket::Rtp(port_of(2)), behind_nat, &two.say(&[0; 160])).unwrap();
    assert_eq!(bench.hear(1, &one.say(&[0; 160])).unwrap().to, behind_nat);
    assert_eq!(bench.hear(2, &two.say(&[0; 160])).unwrap().to, peer_of(1));
    assert_eq!(bench.hear(1, &one.say(&[0; 160])).unwrap().to, peer_of(2), "the named one takes over");
}

#[test]
fn key_presses_keep_their_meaning_under_another_number() {
    let mut bench = Bench::new();
    bench.call(
        (1, &[Codec::pcmu(), Codec::telephone_event(101)]),
        (2, &[Codec::pcmu(), Codec::telephone_event(126)]),
    );
    let (mut one, mut two) = (Voice::new(101, 1), Voice::new(126, 2));
    let five = [5, 0x0A, 0, 160];
    let there = bench.hear(1, &one.say(&five)).unwrap();
    assert_eq!((there.header().payload_type, there.payload()), (126, &five[..]));
    assert_eq!(bench.hear(2, &two.say(&five)).unwrap().header().payload_type, 101);
    bench.open(3, &[Codec::pcmu()]);
    bench.connect(1, 3);
    assert_eq!(bench.hear(1, &one.say(&five)), None, "who has no events hears none");
}

#[test]
fn the_two_laws_are_joined() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcmu()]), (2, &[Codec::pcma()]));
    let all: Vec<u8> = (0..=255).collect();
    let to_two = bench.hear(1, &Voice::new(0, 1).say(&all)).unwrap();
    assert_eq!((to_two.header().payload_type, to_two.payload()), (8, &MU_TO_A[..]));
    let to_one = bench.hear(2, &Voice::new(8, 1).say(&all)).unwrap();
    assert_eq!((to_one.header().payload_type, to_one.payload()), (0, &A_TO_MU[..]));
}

#[test]
fn padding_and_extension_survive_conversion() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcmu()]), (2, &[Codec::pcma()]));
    let mut packet = Voice::new(0, 1).say(&[0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 0xFF, 0xFF, 0, 2]);
    packet[0] |= 0x30;
    let sent = bench.hear(1, &packet).unwrap();
    assert_eq!(sent.packet[12..], [0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 0xD5, 0xD5, 0, 2]);
}

#[test]
fn mute_is_silence_in_the_same_packets() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu(), Codec::telephone_event(101)];
    bench.call((1, &codecs), (2, &[Codec::pcma(), Codec::telephone_event(101)]));
    let (mut one, mut two) = (Voice::new(0, 1), Voice::new(8, 2));
    let before = bench.hear(1, &one.say(&[1; 160])).unwrap().header();
    bench.ask(Command::Mute { leg: LegId(1), on: true });
    let muted = bench.hear(1, &one.say(&[1; 160])).unwrap();
    assert_eq!(muted.payload(), [0xD5; 160]);
    assert_eq!(muted.header().sequence, before.sequence.wrapping_add(1));
    one.payload_type = 101;
    assert_eq!(bench.hear(1, &one.say(&[5, 0, 0, 0])), None, "no key presses while muted");
    assert_eq!(
        bench.hear(2, &two.say(&[0xD5; 160])).unwrap().payload()[0],
        A_TO_MU[0xD5],
        "the other is heard"
    );
    bench.ask(Command::Mute { leg: LegId(1), on: false });
    one.payload_type = 0;
    assert_eq!(bench.hear(1, &one.say(&[1; 160])).unwrap().payload(), [MU_TO_A[1]; 160]);
}

#[test]
fn a_party_on_hold_hears_nothing() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    let (mut one, mut two) = (Voice::new(0, 1), Voice::new(0, 2));
    bench.negotiate(2, Negotiated { direction: Direction::RecvOnly, ..plain(2, &codecs) });
    assert_eq!(bench.hear(1, &one.say(&[0; 160])), None);
    assert!(bench.hear(2, &two.say(&[0; 160])).is_some());
    bench.negotiate(2, Negotiated { direction: Direction::SendOnly, ..plain(2, &codecs) });
    assert!(bench.hear(1, &one.say(&[0; 160])).is_some());
    assert_eq!(bench.hear(2, &two.say(&[0; 160])), None);
    bench.negotiate(2, plain(2, &codecs));
    assert!(bench.hear(1, &one.say(&[0; 160])).is_some());
    assert!(bench.hear(2, &two.say(&[0; 160])).is_some());
    assert_eq!(bench.worker.counters().refused, 0);
}

#[test]
fn whom_a_leg_hears_changes_with_one_command() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    bench.open(3, &codecs);
    let mut voices: Vec<_> = (0..4).map(|n| Voice::new(0, n * 1000)).collect();
    let before = bench.hear(1, &voices[1].say(&[0; 160])).unwrap();
    let heard = bench.hear(2, &voices[2].say(&[0; 160])).unwrap().header();
    bench.now = bench.now + ms(20);
    bench.connect(1, 3);
    assert_eq!(bench.hear(1, &voices[1].say(&[0; 160])).unwrap().to, peer_of(3));
    assert_eq!(bench.hear(2, &voices[2].say(&[0; 160])), None);
    let next = bench.hear(3, &voices[3].say(&[0; 160])).unwrap().header();
    assert_eq!(next.ssrc, heard.ssrc, "one stream, whoever speaks");
    assert_ne!(next.ssrc, before.header().ssrc);
    assert_eq!(next.sequence, heard.sequence.wrapping_add(1));
    assert_eq!(next.timestamp, heard.timestamp.wrapping_add(160));
    assert!(next.marker);
    bench.ask(Command::Disconnect { leg: LegId(3) });
    assert_eq!(bench.hear(1, &voices[1].say(&[0; 160])), None);
    assert_eq!(bench.hear(3, &voices[3].say(&[0; 160])), None);
}

#[test]
fn connection_may_come_before_negotiation() {
    let mut bench = Bench::new();
    bench.ask(Command::OpenPlain { leg: LegId(1), port: port_of(1) });
    bench.ask(Command::OpenPlain { leg: LegId(2), port: port_of(2) });
    bench.connect(1, 2);
    let mut one = Voice::new(0, 1);
    assert_eq!(bench.hear(1, &one.say(&[0; 160])), None);
    bench.negotiate(1, plain(1, &[Codec::pcmu()]));
    assert_eq!(bench.hear(1, &one.say(&[0; 160])), None);
    bench.negotiate(2, plain(2, &[Codec::pcmu()]));
    assert!(bench.hear(1, &one.say(&[0; 160])).is_some());
}

#[test]
fn close_returns_port_and_counters() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    let mut one = Voice::new(0, 1);
    bench.hear(1, &one.say(&[0; 160])).unwrap();
    bench.give(Socket::Rtp(port_of(1)), at("203.0.113.66:1"), &one.say(&[0; 160]));
    bench.events();
    bench.ask(Command::Close { leg: LegId(1) });
    let stats = LegStats { received: 1, refused: 1, ..LegStats::default() };
    assert_eq!(bench.events(), [Event::Closed { leg: LegId(1), port: Some(port_of(1)), stats }]);
    assert_eq!(bench.hear(1, &one.say(&[0; 160])), None);
    assert_eq!(bench.hear(2, &one.say(&[0; 160])), None);
    bench.ask(Command::Close { leg: LegId(2) });
    let stats = LegStats { received: 1, sent: 1, ..LegStats::default() };
    assert_eq!(bench.events()[1..], [Event::Closed { leg: LegId(2), port: Some(port_of(2)), stats }]);
    assert_eq!((bench.worker.legs(), bench.worker.poll_timeout()), (0, None));
    let refused = bench.worker.counters().refused;
    bench.ask(Command::Close { leg: LegId(2) });
    assert_eq!((bench.worker.counters().refused, bench.events().len()), (refused + 1, 0));
}

#[test]
fn a_leg_too_many_is_given_back() {
    let mut bench = Bench::with_room(2);
    for n in 1..=3 {
        bench.ask(Command::OpenPlain { leg: LegId(n), port: port_of(n) });
    }
    let stats = LegStats::default();
    let dead = Event::Dead { leg: LegId(3) };
    assert_eq!(bench.events(), [dead, Event::Closed { leg: LegId(3), port: Some(port_of(3)), stats }]);
    bench.ask(Command::Close { leg: LegId(1) });
    bench.events();
    bench.ask(Command::OpenPlain { leg: LegId(4), port: port_of(2) });
    let closed = Event::Closed { leg: LegId(4), port: None, stats };
    assert_eq!(bench.events(), [Event::Dead { leg: LegId(4) }, closed], "another leg's port");
    assert_eq!(bench.worker.legs(), 1);
}

#[test]
fn e12_a_leg_that_is_watched_is_dead_after_so_much_silence() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcmu()]), (2, &[Codec::pcmu()]));
    let mut one = Voice::new(0, 1);
    bench.pass(ms(10_000));
    bench.ask(Command::Watch { leg: LegId(1), within: Some(ms(2_000)) });
    bench.pass(ms(1_900));
    bench.hear(1, &one.say(&[0; 160]));
    bench.pass(ms(1_990));
    assert!(!bench.events().contains(&Event::Dead { leg: LegId(1) }), "it was heard meanwhile");
    bench.ask(Command::Watch { leg: LegId(1), within: None });
    bench.pass(ms(30_000));
    assert_eq!(bench.events(), [], "it is watched no more");
    bench.ask(Command::Watch { leg: LegId(1), within: Some(ms(2_000)) });
    bench.pass(ms(2_000));
    assert_eq!(bench.events(), [Event::Dead { leg: LegId(1) }]);
    bench.ask(Command::Watch { leg: LegId(9), within: None });
    assert_eq!(bench.worker.counters().refused, 1);
}

#[test]
fn a_leg_that_fell_silent_is_dead_once() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.open(1, &codecs);
    bench.pass(ms(50_000));
    bench.hear(1, &Voice::new(0, 1).say(&[0; 160]));
    bench.pass(ms(59_999));
    assert_eq!(bench.events(), [Event::Ready { leg: LegId(1) }]);
    bench.pass(ms(200_000));
    assert_eq!(bench.events(), [Event::Dead { leg: LegId(1) }]);
    bench.negotiate(1, Negotiated { direction: Direction::SendOnly, ..plain(1, &codecs) });
    bench.pass(ms(200_000));
    assert_eq!(bench.events(), [], "nothing is expected of it");
}

#[test]
fn rtcp_ends_here_and_is_a_sign_of_life() {
    let mut bench = Bench::new();
    let codecs = [Codec::pcmu()];
    bench.call((1, &codecs), (2, &codecs));
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    for _ in 0..30 {
        for n in [1, 2] {
            let from = SocketAddr::new(peer_of(n).ip(), 4001);
            assert_eq!(bench.give(Socket::Rtcp(port_of(n)), from, &report), None);
            assert_eq!(bench.give(Socket::Rtp(port_of(n)), peer_of(n), &report), None);
        }
        bench.pass(ms(5_000));
    }
    assert_eq!((bench.events(), bench.worker.counters().refused), (vec![], 0));
    for _ in 0..30 {
        bench.give(Socket::Rtcp(port_of(1)), at("203.0.113.66:1"), &report);
        bench.pass(ms(5_000));
    }
    assert!(bench.events().contains(&Event::Dead { leg: LegId(1) }), "a stranger's is none");
}
