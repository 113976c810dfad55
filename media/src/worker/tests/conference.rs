//! Conferences: who hears whom, in what stream, through which network, and what is left behind.

use super::browser::Tab;
use super::*;
use crate::tone;

/// A plain party that says a tone all the time.
struct Party {
    n: u64,
    hertz: u16,
    voice: Voice,
    player: Player,
    /// What it heard since it was last asked.
    heard: Vec<(Time, Sent)>,
}

impl Party {
    fn new(n: u64, hertz: u16, law: Law) -> Self {
        let payload_type = if law == Law::Mu { 0 } else { 8 };
        let player = Player::new(Sound::Tone(hertz), law);
        Party { n, hertz, voice: Voice::new(payload_type, 1000 + n as u32), player, heard: Vec::new() }
    }

    fn say(&mut self) -> Vec<u8> {
        let mut frame = [0; 160];
        self.player.frame(&mut frame);
        self.voice.say(&frame)
    }

    fn samples(&self) -> Vec<i16> {
        self.heard.iter().flat_map(|(_, sent)| sent.samples()).collect()
    }
}

fn codec(law: Law) -> Codec {
    if law == Law::Mu { Codec::pcmu() } else { Codec::pcma() }
}

/// Plain parties 1, 2 …, each with its tone.
struct Room {
    bench: Bench,
    parties: Vec<Party>,
}

const TONES: [u16; 4] = [500, 800, 1300, 2100];

impl Room {
    fn new(laws: &[Law]) -> Self {
        let mut bench = Bench::new();
        let parties = (1..).zip(laws).zip(TONES).map(|((n, law), hertz)| {
            bench.open(n, &[codec(*law), Codec::telephone_event(101)]);
            Party::new(n, hertz, *law)
        });
        let parties = parties.collect();
        Room { bench, parties }
    }

    /// All of them in one conference.
    fn together(laws: &[Law]) -> Self {
        let mut room = Room::new(laws);
        room.confer(&(1..=laws.len() as u64).collect::<Vec<_>>());
        room
    }

    fn confer(&mut self, legs: &[u64]) {
        self.bench.ask(Command::Conference { legs: legs.iter().copied().map(LegId).collect() });
    }

    /// All speak and listen for so many times 20 ms; connected ones hear at once.
    fn talk(&mut self, frames: usize) {
        for _ in 0..frames {
            let said: Vec<_> = self.parties.iter_mut().map(|party| (party.n, party.say())).collect();
            let now = self.bench.now;
            let mut sent: Vec<_> =
                said.iter().filter_map(|(n, packet)| Some((now, self.bench.hear(*n, packet)?))).collect();
            sent.extend(self.bench.pass(ms(19)));
            self.bench.now = self.bench.now + ms(1);
            for (when, sent) in sent {
                let party = self.parties.iter_mut().find(|party| peer_of(party.n) == sent.to);
                party.unwrap().heard.push((when, sent));
            }
        }
    }

    /// Forgets what was heard, lets all talk for half a second, and says which tones each party hears by then.
    fn hear(&mut self) -> Vec<Vec<u16>> {
        self.talk(5);
        self.parties.iter_mut().for_each(|party| party.heard.clear());
        self.talk(25);
        let tones = |party: &Party| {
            let samples = party.samples();
            TONES.into_iter().filter(|hertz| share(&samples, *hertz) > 0.15).collect()
        };
        self.parties.iter().map(tones).collect()
    }

    fn close(mut self) {
        for party in &self.parties {
            self.bench.ask(Command::Close { leg: LegId(party.n) });
        }
        assert_eq!((self.bench.worker.legs(), self.bench.worker.poll_timeout()), (0, None));
        assert!(self.bench.worker.conferences.is_empty());
    }
}

#[test]
fn two_hear_each_other_and_not_themselves() {
    for laws in [[Law::Mu, Law::Mu], [Law::Mu, Law::A], [Law::A, Law::A]] {
        let mut room = Room::together(&laws);
        assert_eq!(room.hear(), [[TONES[1]], [TONES[0]]], "{laws:?}");
        for (party, other) in [(0, 1), (1, 0)] {
            let (party, other) = (&room.parties[party], &room.parties[other]);
            assert!(share(&party.samples(), other.hertz) > 0.99);
            let level = party.samples().iter().map(|sample| sample.abs()).max().unwrap();
            assert!((6800..7500).contains(&level), "as loud as it was said: {level}");
        }
        room.close();
    }
}

#[test]
fn three_hear_the_two_others() {
    let mut room = Room::together(&[Law::Mu, Law::A, Law::Mu]);
    let [one, two, three, _] = TONES;
    assert_eq!(room.hear(), [[two, three], [one, three], [one, two]]);
    for party in &room.parties {
        let samples = party.samples();
        assert!(share(&samples, party.hertz) < 0.001);
        let others = TONES[..3].iter().filter(|hertz| **hertz != party.hertz);
        assert!(others.map(|hertz| share(&samples, *hertz)).sum::<f64>() > 0.99, "and nothing else");
    }
    room.close();
}

#[test]
fn each_hears_one_stream_of_20_ms() {
    let mut room = Room::together(&[Law::A, Law::Mu]);
    let begin = room.bench.now;
    room.talk(50);
    for (party, payload_type) in room.parties.iter().zip([8, 0]) {
        assert_eq!(party.heard.len(), 50);
        let first = party.heard[0].1.header();
        for (n, (when, sent)) in party.heard.iter().enumerate() {
            assert_eq!(when.since(begin), ms(20 * n as u64));
            let header = sent.header();
            assert_eq!((header.payload_type, header.marker, header.ssrc), (payload_type, n == 0, first.ssrc));
            assert_eq!(header.sequence, first.sequence.wrapping_add(n as u16));
            assert_eq!(header.timestamp, first.timestamp.wrapping_add(160 * n as u32));
            assert_eq!(sent.payload().len(), 160);
        }
    }
    room.close();
}

#[test]
fn many_loud_ones_are_as_loud_as_can_be() {
    let mut room = Room::together(&[Law::Mu; 4]);
    let loud = [0x80; 160];
    for _ in 0..10 {
        for n in 1..=4 {
            let packet = room.parties[n - 1].voice.say(&loud);
            room.bench.hear(n as u64, &packet);
        }
        for (_, sent) in room.bench.pass(ms(20)).iter().skip(20) {
            assert_eq!(sent.payload(), loud, "no overflow");
        }
    }
    assert_eq!(tone::encode(Law::Mu, i16::MAX), 0x80);
}

#[test]
fn who_is_muted_is_not_heard_and_hears() {
    let mut room = Room::together(&[Law::Mu, Law::A, Law::Mu]);
    room.bench.ask(Command::Mute { leg: LegId(2), on: true });
    let [one, two, three, _] = TONES;
    assert_eq!(room.hear(), [vec![three], vec![one, three], vec![one]]);
    room.bench.ask(Command::Mute { leg: LegId(2), on: false });
    room.parties.iter_mut().for_each(|party| party.heard.clear());
    room.talk(1);
    assert!(share(&room.parties[0].samples(), two) < 0.01, "nothing said while muted comes out later");
    assert_eq!(room.hear(), [[two, three], [one, three], [one, two]]);
    room.close();
}

#[test]
fn whoever_leaves_leaves_the_others_talking() {
    let [one, two, three, four] = TONES;
    /// A way to leave, and what those who left hear.
    type Leaving = (fn(&mut Room), Vec<Vec<u16>>);
    let leaves: [Leaving; 5] = [
        (|room| room.bench.connect(3, 4), vec![vec![four], vec![three]]),
        (
            |room| room.bench.ask(Command::Play { leg: LegId(3), sound: Sound::Tone(500) }),
            vec![vec![one], vec![]],
        ),
        (|room| room.bench.ask(Command::Disconnect { leg: LegId(3) }), vec![vec![], vec![]]),
        (|room| room.bench.ask(Command::Close { leg: LegId(3) }), vec![vec![], vec![]]),
        (|room| room.confer(&[3, 4]), vec![vec![four], vec![three]]),
    ];
    for (leave, then) in leaves {
        let mut room = Room::new(&[Law::Mu, Law::A, Law::A, Law::Mu]);
        room.confer(&[1, 2, 3]);
        assert_eq!(room.hear(), [vec![two, three], vec![one, three], vec![one, two], vec![]]);
        leave(&mut room);
        assert_eq!(room.hear(), [vec![vec![two], vec![one]], then].concat());
        // The stream of those who stay has no gap.
        let heard = &room.parties[0].heard;
        assert_eq!(heard.len(), 25);
        assert!(
            heard
                .windows(2)
                .all(|pair| pair[1].1.header().timestamp == pair[0].1.header().timestamp.wrapping_add(160)
                    && !pair[1].1.header().marker)
        );
        room.close();
    }
}

#[test]
fn a_conference_of_one_hears_silence_and_of_none_is_over() {
    let mut room = Room::together(&[Law::Mu, Law::A]);
    room.talk(10);
    room.bench.ask(Command::Disconnect { leg: LegId(1) });
    assert_eq!(room.hear(), [[], []] as [[u16; 0]; 2]);
    assert!(room.parties[0].heard.is_empty());
    assert_eq!(room.parties[1].heard.len(), 25);
    assert!(silent(&room.parties[1].samples()));
    room.bench.ask(Command::Disconnect { leg: LegId(2) });
    assert!(room.bench.worker.conferences.is_empty());
    room.talk(5);
    let timers = &room.bench.worker.timers;
    assert_eq!(timers.len(), 4, "those that watch for silence, and those that report");
    room.close();
}

#[test]
fn one_who_joins_does_not_disturb() {
    let [one, two, three, _] = TONES;
    let mut room = Room::new(&[Law::Mu, Law::A, Law::Mu]);
    room.bench.connect(1, 2);
    room.talk(10);
    room.confer(&[1, 2]);
    room.talk(10);
    room.parties.iter_mut().for_each(|party| party.heard.clear());
    room.talk(10);
    room.bench.now = room.bench.now + ms(7);
    room.confer(&[1, 2, 3]);
    assert_eq!(room.bench.worker.conferences.len(), 1);
    room.bench.now = room.bench.now + ms(13);
    room.talk(20);
    for (party, other) in [(0, two), (1, one)] {
        let party = &room.parties[party];
        let samples = party.samples();
        assert!(share(&samples[..1600], other) > 0.99);
        assert!(share(&samples[1600..2080], other) > 0.99, "no gap while the third one's first words wait");
        let headers: Vec<_> = party.heard.iter().map(|(_, sent)| sent.header()).collect();
        assert!(headers.iter().all(|header| !header.marker));
        assert!(headers.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    }
    assert_eq!(room.hear(), [[two, three], [one, three], [one, two]]);
    room.close();
}

#[test]
fn on_hold_nobody_hears_the_music_of_the_holder() {
    let [one, two, three, _] = TONES;
    for direction in [Direction::RecvOnly, Direction::Inactive] {
        let mut room = Room::together(&[Law::Mu, Law::A, Law::Mu]);
        room.talk(10);
        let codecs = [Codec::pcmu(), Codec::telephone_event(101)];
        room.bench.negotiate(3, Negotiated { direction, ..plain(3, &codecs) });
        assert_eq!(room.hear(), [vec![two], vec![one], vec![]]);
        room.bench.negotiate(3, plain(3, &codecs));
        assert_eq!(room.hear(), [[two, three], [one, three], [one, two]], "back again");
        room.close();
    }
}

#[test]
fn one_who_only_listens_hears_all() {
    let [one, two, three, _] = TONES;
    let mut room = Room::together(&[Law::Mu, Law::A, Law::Mu]);
    room.bench.negotiate(3, Negotiated { direction: Direction::SendOnly, ..plain(3, &[Codec::pcmu()]) });
    assert_eq!(room.hear(), [vec![two], vec![one], vec![one, two]]);
    assert_ne!(three, two);
    room.close();
}

#[test]
fn a_conference_may_come_before_negotiation() {
    let mut room = Room::new(&[Law::Mu, Law::A]);
    room.bench.ask(Command::OpenPlain { leg: LegId(3), port: port_of(3) });
    room.parties.push(Party::new(3, TONES[2], Law::A));
    room.confer(&[1, 2, 3]);
    let [one, two, three, _] = TONES;
    assert_eq!(room.hear(), [vec![two], vec![one], vec![]]);
    room.bench.negotiate(3, plain(3, &[Codec::pcma()]));
    assert_eq!(room.hear(), [[two, three], [one, three], [one, two]]);
    room.close();
}

#[test]
fn unknown_legs_and_too_many_are_counted() {
    let mut room = Room::new(&[Law::Mu, Law::A]);
    room.confer(&[]);
    room.confer(&[77]);
    assert_eq!(room.bench.worker.counters().refused, 1);
    assert!(room.bench.worker.conferences.is_empty());
    room.confer(&[1, 77, 2, 1, 2]);
    assert_eq!(room.bench.worker.counters().refused, 2);
    assert_eq!(room.hear(), [[TONES[1]], [TONES[0]]]);
    for n in 3..=CONFERENCE as u64 + 1 {
        room.bench.open(n, &[Codec::pcmu()]);
    }
    room.confer(&(1..=CONFERENCE as u64 + 1).collect::<Vec<_>>());
    assert_eq!(room.bench.worker.counters().refused, 3);
    let heard: Vec<_> = room.bench.pass(ms(19)).into_iter().map(|(_, sent)| sent.to).collect();
    assert_eq!(heard, (1..=CONFERENCE as u64).map(peer_of).collect::<Vec<_>>());
}

/// Party 1 speaks through a network that gives each packet so many ms (`None`: loses it); what party 2 hears, and how many were late.
fn through(network: impl Fn(u64) -> Option<u64>) -> (Vec<i16>, u64) {
    let mut room = Room::together(&[Law::Mu, Law::A]);
    let begin = room.bench.now;
    let said = (0..200u64).map(|n| (n, room.parties[0].say())).collect::<Vec<_>>();
    let arrive = |(n, packet)| Some((begin + ms(20 * n + 5 + network(n)?), packet));
    let mut arriving: Vec<_> = said.into_iter().filter_map(arrive).collect();
    arriving.sort_by_key(|(when, _)| *when);
    let mut heard = Vec::new();
    for (when, packet) in arriving {
        heard.extend(room.bench.pass(when.since(room.bench.now)));
        room.bench.hear(1, &packet);
    }
    let to_two = heard.iter().filter(|(_, sent)| sent.to == peer_of(2));
    let samples = to_two.flat_map(|(_, sent)| sent.samples()).skip(800).collect();
    room.bench.events();
    room.bench.ask(Command::Close { leg: LegId(1) });
    let Some(Event::Closed { stats, .. }) = room.bench.events().pop() else { panic!("not closed") };
    (samples, stats.late)
}

#[test]
fn sixty_ms_of_jitter_and_any_order_are_not_heard() {
    let (even, late) = through(|_| Some(0));
    assert_eq!((share(&even, 500) > 0.999, late), (true, 0));
    let (jittery, late) = through(|n| Some([0, 60, 13, 41, 59, 7, 28][n as usize % 7]));
    assert_eq!(late, 0);
    assert!(share(&jittery, 500) > 0.999, "{}", share(&jittery, 500));
}

#[test]
fn loss_is_heard_as_little_as_can_be() {
    let (lossy, late) = through(|n| (n % 20 != 13).then_some(0));
    assert_eq!(late, 0);
    assert!(share(&lossy, 500) > 0.9, "{}", share(&lossy, 500));
    let missing = lossy.chunks(160).filter(|frame| silent(frame)).count();
    assert_eq!(missing, 0, "a gap of one packet is bridged");
    let (gap, _) = through(|n| (!(100..150).contains(&n)).then_some(0));
    let missing = gap.chunks(160).filter(|frame| silent(frame)).count();
    assert!((48..=49).contains(&missing), "a long one fades: {missing}");
}

#[test]
fn what_comes_too_late_is_dropped_and_counted() {
    let (once, late) = through(|n| Some(if n == 100 { 150 } else { 0 }));
    assert_eq!(late, 1);
    assert!(share(&once, 500) > 0.98);
    // A network that became slower is waited for.
    let (slower, late) = through(|n| Some(if n < 50 { 0 } else { 120 }));
    assert!((1..=9).contains(&late), "{late}");
    assert!(share(&slower[slower.len() - 8000..], 500) > 0.999);
    // One that stood still for a while delivers all at once: the last of it is heard in its place.
    let (stall, late) = through(|n| Some(if (50..80).contains(&n) { 600 - 20 * (n - 50) } else { 0 }));
    assert!((20..30).contains(&late), "{late}");
    assert!(share(&stall[stall.len() - 8000..], 500) > 0.999);
}

#[test]
fn a_speaker_that_begins_anew_is_heard_again() {
    let mut room = Room::together(&[Law::Mu, Law::A]);
    room.talk(20);
    room.parties[0].voice = Voice::new(0, 0xABCD_1234);
    assert_eq!(room.hear()[1], [500]);
    assert_eq!(room.bench.worker.counters().refused, 0);
}

#[test]
fn a_browser_takes_part() {
    let mut bench = Bench::new();
    let mut tab = Tab::open(&mut bench, 9, true);
    tab.run(&mut bench, ms(500));
    let mut room = Room::new(&[Law::A, Law::Mu]);
    std::mem::swap(&mut room.bench, &mut bench);
    room.bench.open(1, &[Codec::pcma()]);
    room.bench.open(2, &[Codec::pcmu()]);
    room.confer(&[1, 9, 2]);
    let mut browser = Party::new(9, TONES[2], Law::Mu);
    let mut to_one = Vec::new();
    for _ in 0..50 {
        for party in &mut room.parties {
            let packet = party.say();
            assert_eq!(room.bench.hear(party.n, &packet), None);
        }
        assert_eq!(tab.say(&mut room.bench, &browser.say()), None);
        for (_, sent) in room.bench.pass(ms(20)) {
            if sent.to == tab.address {
                tab.take(room.bench.now, &sent);
            } else if sent.to == peer_of(1) {
                to_one.extend(sent.samples());
            }
        }
    }
    let [one, two, three, _] = TONES;
    assert!((50..=51).contains(&tab.heard.len()), "{}", tab.heard.len());
    let linear = |packet: &Vec<u8>| -> Vec<i16> {
        packet[12..].iter().map(|byte| Law::Mu.linear()[usize::from(*byte)]).collect()
    };
    let heard: Vec<i16> = tab.heard.iter().flat_map(linear).skip(1600).collect();
    assert!(share(&heard, one) > 0.4 && share(&heard, two) > 0.4 && share(&heard, three) < 0.01);
    assert!(share(&to_one[1600..], two) > 0.4 && share(&to_one[1600..], three) > 0.4);
    for leg in [1, 2, 9] {
        room.bench.ask(Command::Close { leg: LegId(leg) });
    }
    assert_eq!((room.bench.worker.legs(), room.bench.worker.poll_timeout()), (0, None));
}

#[test]
fn keys_are_passed_on_as_events_and_never_as_noise() {
    let mut room = Room::together(&[Law::Mu, Law::A, Law::Mu]);
    room.bench.negotiate(3, plain(3, &[Codec::pcmu()]));
    let press = |room: &mut Room, timestamp: u32| {
        let voice = &mut room.parties[0].voice;
        let mut key = Voice { payload_type: 101, timestamp, sequence: voice.sequence, ssrc: voice.ssrc };
        let packet = key.say(&[7, 10, 0, 160]);
        voice.sequence = key.sequence;
        room.bench.hear(1, &packet)
    };
    room.talk(10);
    room.bench.events();
    room.parties.iter_mut().for_each(|party| party.heard.clear());
    assert_eq!(press(&mut room, 5000), None);
    assert_eq!(room.bench.events(), [Event::Digit { leg: LegId(1), digit: '7' }]);
    room.talk(25);
    let events = |party: &Party| -> Vec<Vec<u8>> {
        let events = party.heard.iter().filter(|(_, sent)| sent.header().payload_type == 101);
        events.map(|(_, sent)| sent.payload().to_vec()).collect()
    };
    assert_eq!(events(&room.parties[0]), [[0; 0]; 0], "not to itself");
    assert_eq!(events(&room.parties[1]).len(), 7);
    assert!(events(&room.parties[1]).iter().all(|payload| payload[0] == 7));
    assert_eq!(events(&room.parties[2]), [[0; 0]; 0], "who has no events hears none");
    assert_eq!(room.parties[2].heard.len(), 25);
    let samples = room.parties[2].samples();
    assert!(share(&samples, TONES[0]) + share(&samples, TONES[1]) > 0.99, "nor noise");
    room.bench.ask(Command::Mute { leg: LegId(1), on: true });
    press(&mut room, 9000);
    assert_eq!(room.bench.events(), [Event::Digit { leg: LegId(1), digit: '7' }]);
    room.parties[1].heard.clear();
    room.talk(25);
    assert_eq!(events(&room.parties[1]), [[0; 0]; 0], "muted: told only");
    room.close();
}

#[test]
fn a_late_clock_skips_what_is_over() {
    let mut room = Room::together(&[Law::Mu, Law::A]);
    room.talk(10);
    let last = room.parties[1].heard.last().unwrap().1.header();
    let begin = room.bench.now;
    room.bench.now = begin + ms(1_001);
    room.bench.worker.handle_timeout(room.bench.now);
    let late: Vec<_> = room.bench.sent().into_iter().filter(|sent| sent.to == peer_of(2)).collect();
    assert_eq!(late.len(), 3);
    assert_eq!(late[0].header().sequence, last.sequence.wrapping_add(1), "no loss is pretended");
    let offsets: Vec<_> =
        late.iter().map(|sent| sent.header().timestamp.wrapping_sub(last.timestamp) / 160).collect();
    assert_eq!(offsets, [49, 50, 51], "time is kept");
}
