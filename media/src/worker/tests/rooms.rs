//! Conferences, digits and sounds at random: whoever hears, hears whom the commands say; nothing is left at the end.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};

const LEGS: u64 = 12;

#[derive(Clone, Debug)]
enum Act {
    Open(u64),
    Confer(Vec<u64>),
    Connect(u64, u64),
    Disconnect(u64),
    Close(u64),
    Play(u64, bool),
    Mute(u64, bool),
    Hold(u64, u8),
    Digits(u64, String),
    /// Packets of any kind: payload type, jump of the sequence number, jump of the timestamp, length.
    Speak(u64, u8, i16, i32, usize),
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let leg = || 0..LEGS;
    let payload_type = prop_oneof![Just(0u8), Just(8), Just(101), any::<u8>()];
    let jump = prop_oneof![4 => Just(1i16), 1 => -70i16..70, 1 => any::<i16>()];
    let later = prop_oneof![4 => Just(160), 1 => -3000i32..3000, 1 => any::<i32>()];
    let act = prop_oneof![
        2 => leg().prop_map(Act::Open),
        4 => proptest::collection::vec(leg(), 0..11).prop_map(Act::Confer),
        1 => (leg(), leg()).prop_map(|(a, b)| Act::Connect(a, b)),
        1 => leg().prop_map(Act::Disconnect),
        1 => leg().prop_map(Act::Close),
        1 => (leg(), any::<bool>()).prop_map(|(n, speech)| Act::Play(n, speech)),
        1 => (leg(), any::<bool>()).prop_map(|(n, on)| Act::Mute(n, on)),
        1 => (leg(), 0u8..4).prop_map(|(n, way)| Act::Hold(n, way)),
        1 => (leg(), "[0-9*#A-Dx]{0,40}").prop_map(|(n, digits)| Act::Digits(n, digits)),
        16 => (leg(), payload_type, jump, later, 0usize..400)
            .prop_map(|(n, kind, jump, later, length)| Act::Speak(n, kind, jump, later, length)),
        8 => (0u64..60).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..300)
}

/// A worker, and which legs hear something made here, as the commands say.
struct Rooms {
    bench: Bench,
    ids: HashMap<u64, LegId>,
    next: u64,
    rooms: Vec<BTreeSet<u64>>,
    voices: Vec<Voice>,
}

impl Rooms {
    fn new() -> Self {
        let voices = (0..LEGS).map(|n| Voice::new(0, n as u32 + 1)).collect();
        let mut rooms =
            Rooms { bench: Bench::new(), ids: HashMap::new(), next: 0, rooms: Vec::new(), voices };
        (0..LEGS).for_each(|n| rooms.open(n));
        rooms
    }

    fn id(&self, n: u64) -> LegId {
        self.ids.get(&n).copied().unwrap_or(LegId(u64::MAX))
    }

    fn codecs(n: u64) -> Vec<Codec> {
        let opus = Codec { payload_type: 111, name: "OPUS".into(), clock_rate: 48_000, fmtp: None };
        match n % 4 {
            0 => vec![Codec::pcmu(), Codec::telephone_event(101)],
            1 => vec![Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)],
            2 => vec![Codec::pcma()],
            _ => vec![opus, Codec::telephone_event(101)],
        }
    }

    fn open(&mut self, n: u64) {
        if self.ids.contains_key(&n) {
            return;
        }
        self.next += 1;
        self.ids.insert(n, LegId(self.next));
        self.bench.ask(Command::OpenPlain { leg: LegId(self.next), port: port_of(n) });
        self.bench.negotiate(self.next, plain(n, &Rooms::codecs(n)));
    }

    fn leave(&mut self, n: u64) {
        self.rooms.iter_mut().for_each(|room| {
            room.remove(&n);
        });
        self.rooms.retain(|room| !room.is_empty());
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Open(n) => self.open(n),
            Act::Confer(legs) => {
                self.bench.ask(Command::Conference { legs: legs.iter().map(|n| self.id(*n)).collect() });
                let mut room = Vec::new();
                for n in legs {
                    if self.ids.contains_key(&n) && !room.contains(&n) && room.len() < CONFERENCE {
                        room.push(n);
                    }
                }
                room.iter().for_each(|n| self.leave(*n));
                if !room.is_empty() {
                    self.rooms.push(room.into_iter().collect());
                }
            }
            Act::Connect(a, b) => {
                self.bench.ask(Command::Connect { a: self.id(a), b: self.id(b) });
                if a != b && self.ids.contains_key(&a) && self.ids.contains_key(&b) {
                    self.leave(a);
                    self.leave(b);
                }
            }
            Act::Disconnect(n) => {
                self.bench.ask(Command::Disconnect { leg: self.id(n) });
                self.leave(n);
            }
            Act::Close(n) => {
                self.bench.ask(Command::Close { leg: self.id(n) });
                self.leave(n);
                self.ids.remove(&n);
            }
            Act::Play(n, speech) => {
                let words = Sound::Speech(tone::melody(&[(600, 90)]));
                let sound = if speech { words } else { Sound::Music };
                self.bench.ask(Command::Play { leg: self.id(n), sound });
                self.leave(n);
            }
            Act::Mute(n, on) => self.bench.ask(Command::Mute { leg: self.id(n), on }),
            Act::Hold(n, way) => {
                let ways =
                    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
                let negotiated =
                    Negotiated { direction: ways[usize::from(way)], ..plain(n, &Rooms::codecs(n)) };
                self.bench.negotiate(self.id(n).0, negotiated);
            }
            Act::Digits(n, digits) => self.bench.ask(Command::Digits { leg: self.id(n), digits }),
            Act::Speak(n, kind, jump, later, length) => {
                let voice = &mut self.voices[n as usize];
                voice.payload_type = kind & 0x7F;
                voice.sequence = voice.sequence.wrapping_add(jump as u16).wrapping_sub(1);
                voice.timestamp = voice.timestamp.wrapping_add(later as u32).wrapping_sub(160);
                let payload: Vec<u8> = (0..length).map(|place| (place + n as usize) as u8).collect();
                let packet = voice.say(&payload);
                self.bench.hear(n, &packet);
            }
            Act::Wait(time) => {
                self.bench.pass(ms(time));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_panics_and_nothing_is_left(acts in acts()) {
        let mut rooms = Rooms::new();
        for act in acts {
            rooms.act(act);
            prop_assert_eq!(rooms.bench.worker.legs(), rooms.ids.len());
            let mixing = rooms.bench.worker.conferences.len();
            prop_assert_eq!(mixing, rooms.rooms.len());
            let timers = rooms.bench.worker.timers.len();
            // A plain leg's timers: silence, report, play, digits.
            prop_assert!(timers <= 4 * rooms.ids.len() + mixing, "{} timers", timers);
        }
        rooms.bench.pass(ms(100));
        rooms.bench.sent();
        let idle: BTreeSet<u64> = rooms.rooms.iter().flatten().copied().collect();
        for (n, leg) in rooms.ids.clone() {
            let command =
                if idle.contains(&n) { Command::Close { leg } } else { Command::Disconnect { leg } };
            rooms.bench.ask(command);
        }
        prop_assert!(rooms.bench.worker.conferences.is_empty());
        prop_assert_eq!(rooms.bench.pass(ms(500)), [], "nobody hears anything more");
        for leg in rooms.ids.values() {
            rooms.bench.ask(Command::Close { leg: *leg });
        }
        prop_assert_eq!((rooms.bench.worker.legs(), rooms.bench.worker.poll_timeout()), (0, None));
    }
}
