//! Digits: told once whatever the network did to them, sent as events or tones.

use super::*;
use proptest::prelude::*;

const EVENTS: u8 = 101;

fn codecs() -> [Codec; 2] {
    [Codec::pcmu(), Codec::telephone_event(EVENTS)]
}

fn told(bench: &mut Bench) -> String {
    let digit = |event| match event {
        Event::Digit { digit, .. } => Some(digit),
        _ => None,
    };
    bench.events().into_iter().filter_map(digit).collect()
}

/// The packets of one key press of 100 ms that begins at `timestamp`, each with its time.
fn press(code: u8, sequence: u16, timestamp: u32, at: u64) -> Vec<(u64, Vec<u8>)> {
    let packet = |n: u16| {
        let duration = (160 * (n + 1).min(5)).to_be_bytes();
        let mut head = [0; 12];
        rtp::write(&mut head, n == 0, EVENTS, sequence.wrapping_add(n), timestamp, 5);
        let payload = [code, if n >= 4 { 0x8A } else { 10 }, duration[0], duration[1]];
        (at + 20 * u64::from(n), [&head[..], &payload].concat())
    };
    (0..7).map(packet).collect()
}

/// `1`, `1`, `5`, `#`, 200 ms apart, as packets.
fn dialled() -> Vec<(u64, Vec<u8>)> {
    let keys = [1, 1, 5, 11].into_iter().zip(0u16..);
    keys.flat_map(|(code, n)| press(code, 7 * n, 1600 * u32::from(n), 200 * u64::from(n))).collect()
}

/// What is told of these packets to leg 1.
fn heard(bench: &mut Bench, mut packets: Vec<(u64, Vec<u8>)>) -> String {
    packets.sort_by_key(|(at, _)| *at);
    let begin = bench.now;
    for (at, packet) in packets {
        let when = begin + ms(at);
        bench.pass(when.since(bench.now));
        bench.hear(1, &packet);
    }
    told(bench)
}

#[test]
fn a_key_is_told_once_whatever_the_leg_is_doing() {
    let doing: [fn(&mut Bench); 7] = [
        |_| {},
        |bench| bench.connect(1, 2),
        |bench| bench.connect(1, 3),
        |bench| bench.ask(Command::Play { leg: LegId(1), sound: Sound::Music }),
        |bench| bench.ask(Command::Conference { legs: vec![LegId(1), LegId(2), LegId(3)] }),
        |bench| bench.ask(Command::Mute { leg: LegId(1), on: true }),
        |bench| {
            bench.connect(1, 2);
            bench.ask(Command::Play { leg: LegId(2), sound: Sound::Music });
        },
    ];
    for begin in doing {
        let mut bench = Bench::new();
        bench.open(1, &codecs());
        bench.open(2, &[Codec::pcma(), Codec::telephone_event(96)]);
        bench.open(3, &[Codec::pcma()]);
        begin(&mut bench);
        assert_eq!(heard(&mut bench, dialled()), "115#");
        assert_eq!(bench.worker.counters().refused, 0);
    }
}

#[test]
fn between_connected_legs_events_pass_as_they_are() {
    let mut bench = Bench::new();
    bench.call((1, &codecs()), (2, &[Codec::pcmu(), Codec::telephone_event(96)]));
    for (at, packet) in press(9, 0, 0, 0) {
        let sent = bench.hear(1, &packet).unwrap();
        assert_eq!((sent.header().payload_type, sent.payload()), (96, &packet[12..]));
        assert_eq!(sent.header().marker, at == 0);
    }
    assert_eq!(told(&mut bench), "9");
}

#[test]
fn lost_and_doubled_packets_change_nothing() {
    // Of each press, the packets that come and how often.
    let fates: [[usize; 7]; 7] = [
        [0, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1],
        [0, 0, 1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0],
        [2, 2, 2, 2, 2, 2, 2],
        [0, 3, 0, 0, 0, 0, 3],
    ];
    for fate in fates {
        let packets = dialled().into_iter().enumerate();
        let come = packets.flat_map(|(n, packet)| std::iter::repeat_n(packet, fate[n % 7])).collect();
        let mut bench = Bench::new();
        bench.open(1, &codecs());
        assert_eq!(heard(&mut bench, come), "115#", "{fate:?}");
    }
}

#[test]
fn only_keys_are_told_and_only_of_the_peer() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    assert_eq!(heard(&mut bench, press(16, 0, 0, 0)), "", "flash is no key");
    let stranger = at("203.0.113.66:4000");
    for (_, packet) in press(1, 100, 1600, 0) {
        bench.hear(1, &Voice::new(0, 5).say(&[0; 160]));
        bench.give(Socket::Rtp(port_of(1)), stranger, &packet);
    }
    assert_eq!(told(&mut bench), "");
    let mut cut_off = Voice::new(EVENTS, 5);
    cut_off.sequence = 200;
    bench.hear(1, &cut_off.say(&[1, 10, 0]));
    assert_eq!((told(&mut bench), bench.worker.counters().refused), (String::new(), 8));
}

#[test]
fn a_flood_of_made_up_keys_is_bounded() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    let mut voice = Voice::new(EVENTS, 1);
    let mut keys = 0;
    for n in 0..5000u32 {
        voice.timestamp = n * 1000;
        bench.hear(1, &voice.say(&[(n % 16) as u8, 10, 0, 160]));
        bench.pass(Duration::from_micros(200));
        keys += told(&mut bench).len();
    }
    assert_eq!(keys, 25, "in one second");
    assert!(bench.worker.counters().refused > 4500, "the others are counted");
}

proptest! {
    /// Any one packet of each press is enough; order within the network's 60 ms and repetitions do not matter.
    #[test]
    fn each_press_is_told_once_in_its_order(
        delays in proptest::collection::vec(0u64..60, 28),
        lost in proptest::collection::vec(any::<bool>(), 28),
        kept in proptest::collection::vec(0usize..7, 4),
    ) {
        let arrives = |(n, (at, packet)): (usize, (u64, Vec<u8>))| {
            (!lost[n] || kept[n / 7] == n % 7).then(|| (at + delays[n], packet))
        };
        let packets = dialled().into_iter().enumerate().filter_map(arrives).collect();
        let mut bench = Bench::new();
        bench.open(1, &codecs());
        prop_assert_eq!(heard(&mut bench, packets), "115#");
    }
}

fn dial(bench: &mut Bench, leg: u64, digits: &str) {
    bench.ask(Command::Digits { leg: LegId(leg), digits: digits.into() });
}

#[test]
fn an_event_is_sent_by_the_book() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu(), Codec::telephone_event(96)]);
    let begin = bench.now;
    dial(&mut bench, 1, "5D");
    let sent = bench.pass(ms(1_000));
    assert_eq!(sent.len(), 14);
    let first = sent[0].1.header();
    for (n, (when, packet)) in sent.iter().enumerate() {
        let (event, tick) = (n / 7, n % 7);
        assert_eq!(when.since(begin), ms(200 * event as u64 + 20 * tick as u64));
        let header = packet.header();
        assert_eq!((header.payload_type, header.marker, header.ssrc), (96, tick == 0, first.ssrc));
        assert_eq!(header.sequence, first.sequence.wrapping_add(n as u16));
        assert_eq!(header.timestamp, first.timestamp.wrapping_add(1600 * event as u32));
        let duration = (160 * (tick as u16 + 1).min(5)).to_be_bytes();
        let end = if tick >= 4 { 0x80 } else { 0 };
        assert_eq!(packet.payload(), [[5, 15][event], end | 10, duration[0], duration[1]]);
    }
    assert_eq!(bench.worker.timers.len(), 2, "the one that watches for silence, and the one that reports");
}

#[test]
fn digits_sent_are_the_digits_received() {
    let mut near = Bench::new();
    let mut far = Bench::new();
    near.open(1, &codecs());
    far.open(1, &codecs());
    dial(&mut near, 1, "0123456789*#ABCD");
    let mut digits = String::new();
    let mut time = near.now;
    for (when, sent) in near.pass(ms(5_000)) {
        far.pass(when.since(time));
        time = when;
        far.hear(1, &sent.packet);
        digits += &told(&mut far);
    }
    assert_eq!(digits, "0123456789*#ABCD");
}

#[test]
fn what_is_no_digit_is_skipped_and_too_many_are_counted() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    dial(&mut bench, 1, "");
    dial(&mut bench, 1, "a-+ ");
    assert_eq!(bench.worker.timers.len(), 2, "of silence and reports");
    dial(&mut bench, 1, "1 2");
    dial(&mut bench, 1, &"3".repeat(40));
    assert_eq!(bench.worker.counters().refused, 10);
    let begins = bench.pass(ms(60_000)).iter().filter(|(_, sent)| sent.header().marker).count();
    assert_eq!(begins, 32);
    dial(&mut bench, 9, "1");
    assert_eq!(bench.worker.counters().refused, 11, "no such leg");
}

#[test]
fn digits_take_the_place_of_the_voice_in_one_stream() {
    let mut bench = Bench::new();
    bench.call((1, &codecs()), (2, &codecs()));
    let (mut one, mut two) = (Voice::new(0, 1), Voice::new(0, 2));
    let mut stream = Vec::new();
    let mut back = 0;
    for n in 0..40 {
        if n == 10 {
            dial(&mut bench, 1, "42");
        }
        stream.extend(bench.pass(ms(0)).into_iter().map(|(_, sent)| sent));
        stream.extend(bench.hear(2, &two.say(&[9; 160])));
        back += usize::from(bench.hear(1, &one.say(&[8; 160])).is_some());
        stream.extend(bench.pass(ms(19)).into_iter().map(|(_, sent)| sent));
        bench.now = bench.now + ms(1);
    }
    assert_eq!(back, 40, "the other way nothing changes");
    assert!(stream.iter().all(|sent| sent.to == peer_of(1)));
    let kinds: Vec<_> = stream.iter().map(|sent| sent.header().payload_type).collect();
    assert_eq!(kinds, [vec![0; 10], vec![EVENTS; 14], vec![0; 10]].concat());
    let headers: Vec<_> = stream.iter().map(Sent::header).collect();
    assert!(headers.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    let begin = headers[0].timestamp;
    let offset = |n: usize| headers[n].timestamp.wrapping_sub(begin) / 160;
    assert_eq!([offset(9), offset(10), offset(16), offset(17), offset(23)], [9, 10, 10, 20, 20]);
    assert_eq!([offset(24), offset(33)], [30, 39], "time was kept");
    assert!(headers[24].marker, "a talk spurt begins");
}

#[test]
fn digits_stay_whole_whatever_begins_meanwhile() {
    let begins: [fn(&mut Bench); 5] = [
        |bench| bench.connect(1, 2),
        |bench| bench.ask(Command::Play { leg: LegId(1), sound: Sound::Music }),
        |bench| bench.ask(Command::Conference { legs: vec![LegId(1), LegId(2)] }),
        |bench| bench.negotiate(1, plain(1, &codecs())),
        |bench| bench.ask(Command::Mute { leg: LegId(1), on: true }),
    ];
    for begin in begins {
        let mut bench = Bench::new();
        bench.open(1, &codecs());
        bench.open(2, &codecs());
        dial(&mut bench, 1, "77");
        let mut sent = bench.pass(ms(50));
        begin(&mut bench);
        sent.extend(bench.pass(ms(350)));
        let events: Vec<_> = sent.iter().filter(|(_, sent)| sent.to == peer_of(1)).collect();
        assert_eq!(events.len(), 14 + usize::from(events.len() > 14), "nothing in between");
        let first = events[0].1.header().timestamp;
        for (n, (_, sent)) in events[..14].iter().enumerate() {
            assert_eq!(sent.header().payload_type, EVENTS);
            assert_eq!(sent.header().timestamp, first.wrapping_add(1600 * (n as u32 / 7)));
        }
    }
}

#[test]
fn a_sound_goes_on_behind_digits() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    bench.ask(Command::Play { leg: LegId(1), sound: Sound::Tone(700) });
    bench.pass(ms(99));
    dial(&mut bench, 1, "1");
    let digit = bench.pass(ms(199));
    assert!(digit.iter().all(|(_, sent)| sent.header().payload_type == EVENTS), "{digit:?}");
    let after = bench.pass(ms(500));
    let samples: Vec<i16> = after.iter().flat_map(|(_, sent)| sent.samples()).collect();
    assert!(after.len() >= 24 && share(&samples, 700) > 0.99);
}

#[test]
fn without_events_tones_are_heard() {
    for (codec, law) in [(Codec::pcmu(), Law::Mu), (Codec::pcma(), Law::A)] {
        let mut bench = Bench::new();
        bench.call((1, &[codec]), (2, &[Codec::pcmu()]));
        let begin = bench.now;
        dial(&mut bench, 1, "1D0");
        let mut two = Voice::new(0, 2);
        assert_eq!(bench.hear(2, &two.say(&[9; 160])), None, "in place of the voice");
        let sent = bench.pass(ms(601));
        assert_eq!(sent.len(), 30);
        let first = sent[0].1.header();
        for (n, (when, packet)) in sent.iter().enumerate() {
            assert_eq!(when.since(begin), ms(20 * n as u64));
            let header = packet.header();
            assert_eq!((header.sequence, header.marker), (first.sequence.wrapping_add(n as u16), n == 0));
            assert_eq!(header.timestamp, first.timestamp.wrapping_add(160 * n as u32));
        }
        for (key, (low, high)) in [(697, 1209), (941, 1633), (941, 1336)].into_iter().enumerate() {
            let of = |range: std::ops::Range<usize>| -> Vec<i16> {
                sent[range].iter().flat_map(|(_, sent)| sent.samples()).collect()
            };
            let tone = of(10 * key..10 * key + 5);
            let (low, high) = (share(&tone, low), share(&tone, high));
            assert!(low > 0.3 && high > 0.5 && low + high > 0.98, "{law:?}: {low} {high}");
            let pause = &sent[10 * key + 5..10 * key + 10];
            assert!(pause.iter().all(|(_, sent)| sent.payload() == [law.silence(); 160]));
            let power = tone.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / tone.len() as f64;
            let level = 10.0 * (power / 32_768f64.powi(2)).log10();
            assert!((-12.0..-6.0).contains(&level), "{level} dB");
        }
        assert!(bench.hear(2, &two.say(&[9; 160])).is_some(), "the voice is back");
    }
}

#[test]
fn digits_that_cannot_be_heard_now_are_not_heard_later() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    let hold = Negotiated { direction: Direction::Inactive, ..plain(1, &codecs()) };
    bench.negotiate(1, hold.clone());
    dial(&mut bench, 1, "123");
    assert_eq!(bench.worker.counters().refused, 3);
    bench.negotiate(1, plain(1, &codecs()));
    assert_eq!(bench.pass(ms(1_000)), []);
    dial(&mut bench, 1, "123");
    bench.pass(ms(250));
    bench.negotiate(1, hold);
    assert_eq!(bench.pass(ms(1_000)), []);
    bench.negotiate(1, plain(1, &codecs()));
    assert_eq!(bench.pass(ms(1_000)), []);
    let opus = Codec { payload_type: 111, name: "OPUS".into(), clock_rate: 48_000, fmtp: None };
    bench.open(2, std::slice::from_ref(&opus));
    dial(&mut bench, 2, "1");
    assert_eq!(bench.worker.counters().refused, 4, "neither events nor G.711");
    let wide = Codec { clock_rate: 48_000, ..Codec::telephone_event(110) };
    bench.open(3, &[opus, Codec::telephone_event(126), wide]);
    dial(&mut bench, 3, "1");
    let sent = bench.pass(ms(1_000));
    assert_eq!(sent[6].1.payload(), [1, 0x8A, (4800u16 >> 8) as u8, (4800u16 & 0xFF) as u8]);
    assert_eq!(sent[6].1.header().payload_type, 110, "in the clock of the voice");
}

#[test]
fn nothing_is_left_of_digits_that_are_cut_off() {
    for end in [Command::Close { leg: LegId(1) }, Command::Disconnect { leg: LegId(1) }] {
        let mut bench = Bench::new();
        bench.open(1, &codecs());
        dial(&mut bench, 1, "123456");
        bench.pass(ms(300));
        bench.ask(end);
        assert_eq!(bench.pass(ms(2_000)), []);
        bench.ask(Command::Close { leg: LegId(1) });
        assert_eq!((bench.worker.legs(), bench.worker.poll_timeout()), (0, None));
    }
}

#[test]
fn a_late_clock_makes_no_digit_shorter() {
    let mut bench = Bench::new();
    bench.open(1, &codecs());
    dial(&mut bench, 1, "5");
    bench.pass(ms(20));
    bench.now = bench.now + ms(1_000);
    bench.worker.handle_timeout(bench.now);
    assert_eq!(bench.sent().len(), 1, "one packet, not all at once");
    assert_eq!(bench.pass(ms(1_000)).len(), 4);
}
