//! Legs that are listened to: what is told of them, and that nothing else changes for them.

use super::*;
use crate::progress::{Phase, Plan, Settings, Verdict};
use crate::tone::{encode, sine_at};

fn listen(bench: &mut Bench, leg: u64, phase: Phase) {
    let settings = Some(Settings { plan: Plan::of_number("+4930"), phase });
    bench.ask(Command::Listen { leg: LegId(leg), settings });
}

/// Half a second of a tone, half a second of silence, and so on.
fn busy(law: Law, frame: u64) -> [u8; 160] {
    let on = frame % 50 < 25;
    std::array::from_fn(|n| encode(law, if on { sine_at(425, frame * 160 + n as u64) } else { 0 }))
}

fn verdicts(bench: &mut Bench) -> Vec<(LegId, Verdict)> {
    let told = |event| match event {
        Event::Progress { leg, verdict, .. } => Some((leg, verdict)),
        _ => None,
    };
    bench.events().into_iter().filter_map(told).collect()
}

#[test]
fn a_busy_tone_is_told_once_and_goes_through_as_it_is() {
    let mut bench = Bench::new();
    bench.call((1, &[Codec::pcma()]), (2, &[Codec::pcmu()]));
    listen(&mut bench, 1, Phase::Early);
    let mut voice = Voice::new(8, 77);
    for frame in 0..300 {
        let packet = voice.say(&busy(Law::A, frame));
        // Each twentieth packet is lost.
        if frame % 20 != 7 {
            let sent = bench.hear(1, &packet).expect("it is heard by the other");
            assert_eq!((sent.header().payload_type, sent.payload().len()), (0, 160));
        }
        bench.pass(ms(20));
    }
    assert_eq!(verdicts(&mut bench), [(LegId(1), Verdict::Busy)]);
    bench.ask(Command::Close { leg: LegId(1) });
    bench.ask(Command::Close { leg: LegId(2) });
    assert_eq!(bench.worker.poll_timeout(), None);
}

#[test]
fn who_sends_nothing_is_silent_and_nobody_for_sure() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    listen(&mut bench, 1, Phase::Answered);
    let mut voice = Voice::new(0, 5);
    bench.hear(1, &voice.say(&[0xFF; 160]));
    bench.pass(ms(9_500));
    assert_eq!(verdicts(&mut bench), []);
    bench.pass(ms(1_000));
    assert_eq!(verdicts(&mut bench), [(LegId(1), Verdict::Unknown)]);
    bench.pass(ms(20_000));
    assert_eq!(verdicts(&mut bench), [], "once");
}

#[test]
fn nothing_is_told_of_a_leg_that_is_listened_to_no_more() {
    let mut bench = Bench::new();
    bench.open(1, &[Codec::pcmu()]);
    listen(&mut bench, 1, Phase::Early);
    bench.ask(Command::Listen { leg: LegId(1), settings: None });
    let mut voice = Voice::new(0, 5);
    for frame in 0..300 {
        bench.hear(1, &voice.say(&busy(Law::Mu, frame)));
        bench.pass(ms(20));
    }
    assert_eq!(verdicts(&mut bench), []);
}
