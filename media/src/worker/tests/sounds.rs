//! What is played: its pace, its law, and the way from music to a voice.

use super::*;
use std::sync::Arc;

fn play(bench: &mut Bench, leg: u64, sound: Sound) {
    bench.ask(Command::Play { leg: LegId(leg), sound });
}

#[test]
fn frames_come_every_20_ms_in_the_first_law() {
    for (codecs, law, payload_type) in
        [([Codec::pcma(), Codec::pcmu()], Law::A, 8), ([Codec::pcmu(), Codec::pcma()], Law::Mu, 0)]
    {
        let mut bench = Bench::new();
        bench.open(1, &codecs);
        play(&mut bench, 1, Sound::Music);
        let begin = bench.now;
        let played = bench.pass(ms(1_000));
        assert_eq!(played.len(), 51);
        let mut player = Player::new(Sound::Music, law);
        let first = played[0].1.header();
        for (n, (when, sent)) in played.iter().enumerate() {
            assert_eq!(when.since(begin), ms(20 * n as u64));
            assert_eq!((sent.socket, sent.to), (Socket::Rtp(port_of(1)), peer_of(1)));
            let header = sent.header();
            assert_eq!((header.payload_type, header.marker, header.ssrc), (payload_type, n == 0, first.ssrc));
            assert_eq!(header.sequence, first.sequence.wrapping_add(n as u16));
            assert_eq!(header.timestamp, first.timestamp.wrapping_add(160 * n as u32));
            let mut frame = [0; 160];
            player.frame(&mut frame);
            assert_eq!(sent.payload(), frame);
        }
        assert_eq!(bench.worker.counters().played, 51);
    }
}

#[test]
fn a_late_clock_catches_up_three_frames_and_skips_the_rest() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    play(&mut bench, 1, Sound::Tone(700));
    let begin = bench.now;
    let first = bench.pass(ms(0))[0].1.header();
    bench.now = begin + ms(45);
    bench.worker.handle_timeout(bench.now);
    assert_eq!(bench.sent().len(), 2, "no drift: both that were due");
    bench.now = begin + ms(1_001);
    bench.worker.handle_timeout(bench.now);
    let late = bench.sent();
    assert_eq!(late.len(), 3);
    assert_eq!(late[0].header().sequence, first.sequence.wrapping_add(3), "no loss is pretended");
    let offsets: Vec<_> =
        late.iter().map(|sent| sent.header().timestamp.wrapping_sub(first.timestamp) / 160).collect();
    assert_eq!(offsets, [48, 49, 50], "time is kept");
    assert_eq!(bench.worker.poll_timeout(), Some(begin + ms(1_020)));
}

#[test]
fn the_way_from_music_to_an_agent_is_one_stream() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    play(&mut bench, 1, Sound::Music);
    let music = bench.pass(ms(500));
    let last = music.last().unwrap().1.header();
    bench.open(2, &[Codec::pcma()]);
    bench.connect(1, 2);
    assert_eq!(bench.pass(ms(60)), [], "music stops at once");
    let mut agent = Voice::new(8, 4242);
    let first = bench.hear(2, &agent.say(&[0xD5; 160])).unwrap().header();
    assert_eq!((first.ssrc, first.payload_type, first.marker), (last.ssrc, 0, true));
    assert_eq!(first.sequence, last.sequence.wrapping_add(1));
    assert_eq!(first.timestamp, last.timestamp.wrapping_add(3 * 160), "60 ms later");
    bench.now = bench.now + ms(20);
    let second = bench.hear(2, &agent.say(&[0xD5; 160])).unwrap().header();
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
    assert!(!second.marker);
    // And back: a held caller hears music again, and nobody else.
    play(&mut bench, 1, Sound::Music);
    let again = bench.pass(ms(100));
    assert_eq!(again.len(), 6);
    assert_eq!(again[0].1.header().sequence, second.sequence.wrapping_add(1));
    assert_eq!(bench.hear(2, &agent.say(&[0xD5; 160])), None);
    bench.connect(1, 2);
    assert!(bench.hear(2, &agent.say(&[0xD5; 160])).is_some());
}

#[test]
fn sounds_wait_until_they_can_be_heard() {
    let mut bench = Bench::new();
    bench.ask(Command::OpenPlain { leg: LegId(1), port: port_of(1) });
    play(&mut bench, 1, Sound::Ringback);
    assert_eq!(bench.pass(ms(500)), []);
    bench.negotiate(1, plain(1, &[Codec::pcmu()]));
    assert_eq!(bench.pass(ms(100)).len(), 6);
    bench.negotiate(1, Negotiated { direction: Direction::RecvOnly, ..plain(1, &[Codec::pcmu()]) });
    assert_eq!(bench.pass(ms(100)), []);
    bench.negotiate(1, plain(1, &[Codec::pcma()]));
    let played = bench.pass(ms(100));
    assert_eq!(played.len(), 6);
    assert_eq!(played[0].1.header().payload_type, 8, "in the law agreed on now");
    bench.ask(Command::Disconnect { leg: LegId(1) });
    assert_eq!(bench.pass(ms(100)), []);
}

#[test]
fn a_refreshed_negotiation_does_not_stutter() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    play(&mut bench, 1, Sound::Music);
    let mut played = bench.pass(ms(50));
    bench.negotiate(1, plain(1, &[Codec::pcmu()]));
    played.extend(bench.pass(ms(50)));
    let begin = played[0].0;
    let times: Vec<_> = played.iter().map(|(when, _)| when.since(begin).as_millis()).collect();
    assert_eq!(times, [0, 20, 40, 60, 80, 100]);
    assert!(played[1..].iter().all(|(_, sent)| !sent.header().marker));
}

/// 350 ms of a tone.
fn words() -> Arc<[i16]> {
    crate::tone::melody(&[(700, 350)])
}

#[test]
fn speech_is_played_once_to_its_end_and_told() {
    for (codec, law) in [(Codec::pcmu(), Law::Mu), (Codec::pcma(), Law::A)] {
        let mut bench = Bench::new();
        bench.open(1, &[codec]);
        let speech = words();
        play(&mut bench, 1, Sound::Speech(speech.clone()));
        let played = bench.pass(ms(359));
        assert_eq!((played.len(), bench.events()), (18, vec![]), "not before its end");
        let heard: Vec<u8> = played.iter().flat_map(|(_, sent)| sent.payload().to_vec()).collect();
        let wanted: Vec<u8> = speech.iter().map(|sample| crate::tone::encode(law, *sample)).collect();
        assert_eq!(heard[..wanted.len()], wanted);
        assert_eq!(heard[wanted.len()..], [law.silence(); 80]);
        let after = bench.pass(ms(1_001));
        assert_eq!(bench.events(), [Event::Played { leg: LegId(1) }], "once");
        assert_eq!(after.len(), 51);
        assert!(after.iter().all(|(_, sent)| sent.payload() == [law.silence(); 160]), "silence goes on");
        bench.negotiate(1, plain(1, &[Codec::pcma()]));
        bench.pass(ms(1_000));
        assert_eq!(bench.events(), [], "not again in another law");
        bench.ask(Command::Close { leg: LegId(1) });
        assert_eq!((bench.worker.legs(), bench.worker.poll_timeout()), (0, None));
    }
}

#[test]
fn speech_that_is_cut_off_is_not_told() {
    let ends: [fn(&mut Bench); 5] = [
        |bench| play(bench, 1, Sound::Music),
        |bench| bench.connect(1, 2),
        |bench| bench.ask(Command::Disconnect { leg: LegId(1) }),
        |bench| bench.ask(Command::Conference { legs: vec![LegId(1), LegId(2)] }),
        |bench| bench.ask(Command::Close { leg: LegId(1) }),
    ];
    for end in ends {
        let mut bench = Bench::new();
        bench.open(1, &[Codec::pcmu()]);
        bench.open(2, &[Codec::pcmu()]);
        play(&mut bench, 1, Sound::Speech(words()));
        bench.pass(ms(200));
        end(&mut bench);
        bench.pass(ms(2_000));
        assert!(!bench.events().iter().any(|event| matches!(event, Event::Played { .. })));
    }
}

#[test]
fn the_same_speech_again_is_told_again() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    for _ in 0..2 {
        play(&mut bench, 1, Sound::Speech(words()));
        bench.pass(ms(1_000));
        assert_eq!(bench.events(), [Event::Played { leg: LegId(1) }]);
    }
    play(&mut bench, 1, Sound::Speech(Arc::default()));
    bench.pass(ms(0));
    assert_eq!(bench.events(), [Event::Played { leg: LegId(1) }], "nothing is soon said");
}

#[test]
fn speech_waits_through_a_hold_and_goes_on_in_another_law() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    play(&mut bench, 1, Sound::Speech(words()));
    let mut heard = bench.pass(ms(99));
    bench.negotiate(1, Negotiated { direction: Direction::Inactive, ..plain(1, &[Codec::pcmu()]) });
    assert_eq!(bench.pass(ms(5_000)), []);
    bench.negotiate(1, plain(1, &[Codec::pcma()]));
    let before = heard.last().unwrap().1.header();
    let after = bench.pass(ms(2_000));
    let header = after[0].1.header();
    assert_eq!((header.marker, header.sequence), (true, before.sequence.wrapping_add(1)));
    assert_eq!(header.timestamp.wrapping_sub(before.timestamp) / 8, 5_019, "time was kept");
    heard.extend(after);
    let samples: Vec<i16> = heard.iter().flat_map(|(_, sent)| sent.samples()).collect();
    assert!(share(&samples[..640], 700) > 0.9);
    let loud = samples.iter().filter(|sample| sample.abs() > 300).count();
    assert!((2200..=2800).contains(&loud), "no word is said twice or left out: {loud}");
    assert_eq!(bench.events(), [Event::Played { leg: LegId(1) }]);
}
