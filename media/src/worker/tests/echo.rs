//! One leg that hears itself.

use super::*;

#[test]
fn a_leg_hears_what_it_says_as_it_came() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu(), Codec::pcma(), Codec::telephone_event(101)]);
    bench.ask(Command::Echo { leg: LegId(1) });
    let mut voice = Voice::new(0, 111);
    let mut before: Option<Header> = None;
    for n in 0..50u8 {
        let back = bench.hear(1, &voice.say(&[n; 160])).unwrap();
        assert_eq!((back.socket, back.to), (Socket::Rtp(port_of(1)), peer_of(1)));
        let header = back.header();
        assert_eq!((header.payload_type, back.payload()), (0, &[n; 160][..]));
        assert_ne!(header.ssrc, 111, "our own stream");
        if let Some(before) = before {
            assert_eq!(header.sequence, before.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, before.timestamp.wrapping_add(160));
        }
        before = Some(header);
        bench.now = bench.now + ms(20);
    }
    assert_eq!(bench.worker.counters().forwarded, 50);
    let mut other = Voice::new(8, 111);
    other.sequence = voice.sequence;
    assert_eq!(bench.hear(1, &other.say(&[7; 160])).unwrap().header().payload_type, 8, "each law as it came");
}

#[test]
fn an_echo_ends_when_the_leg_is_connected_hears_a_sound_or_goes() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    bench.open(2, &[Codec::pcmu()]);
    bench.ask(Command::Echo { leg: LegId(1) });
    bench.connect(1, 2);
    let mut voice = Voice::new(0, 1);
    assert_eq!(bench.hear(1, &voice.say(&[1; 160])).unwrap().to, peer_of(2));
    bench.ask(Command::Echo { leg: LegId(1) });
    assert_eq!(bench.hear(2, &Voice::new(0, 2).say(&[1; 160])), None, "the other hears nobody");
    assert_eq!(bench.hear(1, &voice.say(&[1; 160])).unwrap().to, peer_of(1));
    bench.ask(Command::Disconnect { leg: LegId(1) });
    assert_eq!(bench.hear(1, &voice.say(&[1; 160])), None);
    bench.ask(Command::Echo { leg: LegId(1) });
    bench.ask(Command::Mute { leg: LegId(1), on: true });
    assert_eq!(
        bench.hear(1, &voice.say(&[1; 160])).unwrap().payload(),
        [0xFF; 160],
        "muted is muted here too"
    );
    bench.ask(Command::Close { leg: LegId(1) });
    assert!(matches!(bench.events().last(), Some(Event::Closed { .. })));
    assert_eq!(bench.worker.legs(), 1);
    assert_eq!(bench.worker.counters().refused, 0);
    bench.ask(Command::Echo { leg: LegId(1) });
    assert_eq!(bench.worker.counters().refused, 1, "there is no such leg");
}

#[test]
fn an_echo_waits_while_its_phone_holds() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    bench.ask(Command::Echo { leg: LegId(1) });
    let mut voice = Voice::new(0, 1);
    bench.negotiate(1, Negotiated { direction: Direction::RecvOnly, ..plain(1, &[Codec::pcmu()]) });
    assert_eq!(bench.hear(1, &voice.say(&[1; 160])), None);
    bench.negotiate(1, plain(1, &[Codec::pcmu()]));
    assert!(bench.hear(1, &voice.say(&[1; 160])).is_some());
}
