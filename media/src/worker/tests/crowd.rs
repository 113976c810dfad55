//! Many legs, commands at random: whoever hears, hears whom the commands say and nobody else.

use super::*;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

const LEGS: u64 = 200;

#[derive(Clone, Debug)]
enum Act {
    Open(u64),
    Connect(u64, u64),
    Disconnect(u64),
    Close(u64),
    Play(u64),
    Speak(u64),
    /// Somebody else's packet at this leg's port.
    Spray(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let leg = || 0..LEGS;
    let act = prop_oneof![
        1 => leg().prop_map(Act::Open),
        4 => (leg(), leg()).prop_map(|(a, b)| Act::Connect(a, b)),
        1 => leg().prop_map(Act::Disconnect),
        1 => leg().prop_map(Act::Close),
        1 => leg().prop_map(Act::Play),
        12 => leg().prop_map(Act::Speak),
        2 => leg().prop_map(Act::Spray),
    ];
    proptest::collection::vec(act, 400..1200)
}

/// A worker, and what the commands to it mean.
struct Crowd {
    bench: Bench,
    /// Each opening is a new leg; its peer keeps its number.
    ids: HashMap<u64, LegId>,
    next: u64,
    /// Open legs and whom they are connected with.
    peers: HashMap<u64, Option<u64>>,
    playing: HashSet<u64>,
    voices: Vec<Voice>,
}

impl Crowd {
    fn new() -> Self {
        let mut crowd = Crowd {
            bench: Bench::new(),
            ids: HashMap::new(),
            next: 0,
            peers: HashMap::new(),
            playing: HashSet::new(),
            voices: (0..LEGS).map(|n| Voice::new(0, n as u32 + 1)).collect(),
        };
        (0..LEGS).for_each(|n| crowd.open(n));
        crowd
    }

    fn id(&self, n: u64) -> LegId {
        self.ids.get(&n).copied().unwrap_or(LegId(u64::MAX))
    }

    fn is_open(&self, n: u64) -> bool {
        self.peers.contains_key(&n)
    }

    fn open(&mut self, n: u64) {
        let second = if n.is_multiple_of(3) { Codec::pcma() } else { Codec::telephone_event(101) };
        self.next += 1;
        self.bench.ask(Command::OpenPlain { leg: LegId(self.next), port: port_of(n) });
        self.bench.negotiate(self.next, plain(n, &[Codec::pcmu(), second]));
        let packet = self.voices[n as usize].say(&[0xFF; 160]);
        assert_eq!(self.bench.hear(n, &packet), None, "connected with nobody");
        self.ids.insert(n, LegId(self.next));
        self.peers.insert(n, None);
    }

    fn part(&mut self, n: u64) {
        self.playing.remove(&n);
        if let Some(Some(peer)) = self.peers.insert(n, None) {
            self.peers.insert(peer, None);
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Open(n) if !self.is_open(n) => self.open(n),
            Act::Open(_) => {}
            Act::Connect(a, b) => {
                self.bench.ask(Command::Connect { a: self.id(a), b: self.id(b) });
                if a != b && self.is_open(a) && self.is_open(b) {
                    self.part(a);
                    self.part(b);
                    self.peers.extend([(a, Some(b)), (b, Some(a))]);
                }
            }
            Act::Disconnect(n) => {
                self.bench.ask(Command::Disconnect { leg: self.id(n) });
                if self.is_open(n) {
                    self.part(n);
                }
            }
            Act::Close(n) => {
                self.bench.ask(Command::Close { leg: self.id(n) });
                if self.is_open(n) {
                    self.part(n);
                    self.peers.remove(&n);
                    self.ids.remove(&n);
                }
            }
            Act::Play(n) => {
                self.bench.ask(Command::Play { leg: self.id(n), sound: Sound::Music });
                if self.is_open(n) {
                    self.playing.insert(n);
                }
            }
            Act::Speak(n) => self.speak(n),
            Act::Spray(n) => {
                let packet = Voice::new(0, 0xBAD).say(&[6; 160]);
                let heard = self.bench.give(Socket::Rtp(port_of(n)), at("203.0.113.66:6666"), &packet);
                assert_eq!(heard, None);
            }
        }
    }

    fn speak(&mut self, n: u64) {
        let packet = self.voices[n as usize].say(&[n as u8; 160]);
        let heard = self.bench.hear(n, &packet);
        let hearer = self.peers.get(&n).copied().flatten().filter(|hearer| !self.playing.contains(hearer));
        let expected =
            hearer.map(|hearer| (Socket::Rtp(port_of(hearer)), peer_of(hearer), vec![n as u8; 160]));
        assert_eq!(heard.map(|sent| (sent.socket, sent.to, sent.payload().to_vec())), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nobody_hears_another_call(acts in acts()) {
        let mut crowd = Crowd::new();
        for act in acts {
            crowd.act(act);
            prop_assert_eq!(crowd.bench.worker.legs(), crowd.peers.len());
            for (_, sent) in crowd.bench.pass(ms(1)) {
                let hearer = (0..LEGS).find(|n| peer_of(*n) == sent.to);
                prop_assert!(hearer.is_some_and(|n| crowd.playing.contains(&n)), "music to {:?}", hearer);
            }
        }
        for leg in crowd.ids.values() {
            crowd.bench.ask(Command::Close { leg: *leg });
        }
        prop_assert_eq!((crowd.bench.worker.legs(), crowd.bench.worker.poll_timeout()), (0, None));
    }
}
