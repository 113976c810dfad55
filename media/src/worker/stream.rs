//! Sequence numbers and timestamps: what comes in is checked for duplicates and loss, what goes out is one continuous stream
//! a leg, whatever it hears (RFC 3550 §5.1, §A.1). Loss within a source stays visible to the receiver.

use crate::rtcp::Sending;
use warmline_time::Time;

/// A jump ahead of at most so many is loss; farther, the sender began anew (RFC 3550 §A.1).
const MAX_DROPOUT: i16 = 3000;
/// How far behind the newest a packet may come.
const WINDOW: i16 = 64;
/// So many packets after a change of source, late ones of before it can no longer come.
const SETTLED: i16 = 1024;

/// What a sequence number says of its packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// Not seen before.
    Fresh,
    /// Seen before, or so far off that the next packet must confirm it.
    Stale,
}

/// What comes from one leg's peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Ingress {
    ssrc: Option<u32>,
    highest: u16,
    /// Bit n: `highest - n` was seen.
    window: u64,
    /// What would confirm that the sender began anew.
    suspect: Option<u16>,
    /// One more with each new beginning.
    pub generation: u32,
    /// Sequence numbers that did not come.
    pub lost: u64,
    /// Of `lost`, what was lost before the sender began anew.
    lost_before: u64,
    /// Sequence numbers since the sender began, lost ones too.
    expected: u64,
    /// The first of them.
    base: u16,
    transit: Transit,
}

/// How regularly packets come (RFC 3550 §A.8).
#[derive(Clone, Copy, Debug, Default)]
struct Transit {
    timestamp: u32,
    /// What a packet takes, in timestamps, from an unknown origin.
    last: Option<u32>,
    /// In 16ths of a timestamp.
    jitter: u32,
}

/// A stream as its receiver reports it (RFC 3550 §A.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reception {
    pub ssrc: u32,
    /// Sequence numbers since the sender began, and how many of them are lost.
    pub expected: u64,
    pub lost: u64,
    /// The highest sequence number, with the times it began anew before it.
    pub highest: u32,
    /// In timestamps.
    pub jitter: u32,
}

impl Ingress {
    /// Takes note of a packet. Each sequence number is fresh once a generation.
    pub fn arrive(&mut self, ssrc: u32, sequence: u16) -> Arrival {
        if self.ssrc != Some(ssrc) {
            return self.begin(ssrc, sequence);
        }
        let ahead = sequence.wrapping_sub(self.highest) as i16;
        if (1..=MAX_DROPOUT).contains(&ahead) {
            self.lost += ahead as u64 - 1;
            self.expected += ahead as u64;
            self.window = self.window.checked_shl(ahead as u32).unwrap_or(0) | 1;
            self.highest = sequence;
            self.suspect = None;
            Arrival::Fresh
        } else if (1 - WINDOW..=0).contains(&ahead) {
            let bit = 1 << -ahead;
            if self.window & bit != 0 {
                return Arrival::Stale;
            }
            self.window |= bit;
            self.lost = self.lost.saturating_sub(1);
            Arrival::Fresh
        } else if self.suspect == Some(sequence) {
            self.begin(ssrc, sequence)
        } else {
            self.suspect = Some(sequence.wrapping_add(1));
            Arrival::Stale
        }
    }

    fn begin(&mut self, ssrc: u32, sequence: u16) -> Arrival {
        self.ssrc = Some(ssrc);
        self.highest = sequence;
        self.window = 1;
        self.suspect = None;
        self.generation = self.generation.wrapping_add(1);
        (self.base, self.expected, self.lost_before) = (sequence, 1, self.lost);
        self.transit = Transit::default();
        Arrival::Fresh
    }

    /// When a fresh packet came, in timestamps. One with the timestamp of the one before says nothing: keys are pressed for a while.
    pub fn clock(&mut self, arrived: u32, timestamp: u32) {
        let row = &mut self.transit;
        if row.last.is_some() && row.timestamp == timestamp {
            return;
        }
        row.timestamp = timestamp;
        let transit = arrived.wrapping_sub(timestamp);
        if let Some(last) = row.last.replace(transit) {
            let off = (transit.wrapping_sub(last) as i32).unsigned_abs();
            row.jitter = row.jitter.saturating_add(off) - ((row.jitter + 8) >> 4);
        }
    }

    /// What there is to report; `None` before the first packet.
    pub fn reception(&self) -> Option<Reception> {
        Some(Reception {
            ssrc: self.ssrc?,
            expected: self.expected,
            lost: self.lost.saturating_sub(self.lost_before),
            highest: (u64::from(self.base) + self.expected - 1) as u32,
            jitter: self.transit.jitter >> 4,
        })
    }
}

/// Who is heard: within one source, sequence numbers and timestamps keep their distances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// A leg, and which of its beginnings.
    Leg(u64, u32),
    /// The so-manieth track made here.
    Made(u64),
}

/// A packet's place in the outgoing stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub sequence: u16,
    pub timestamp: u32,
    /// The first of a new source: a talk spurt begins (RFC 3551 §4.1).
    pub first: bool,
}

/// What goes to one leg's peer.
#[derive(Clone, Debug)]
pub(super) struct Egress {
    pub ssrc: u32,
    /// Timestamps a second.
    clock_rate: u32,
    source: Option<Source>,
    sequence_offset: u16,
    timestamp_offset: u32,
    highest: u16,
    timestamp: u32,
    /// When `timestamp` was first sent; `None` before the first packet.
    since: Option<Time>,
    /// The first of the source, while late packets of before it may come.
    base: Option<u16>,
    /// Packets sent, and bytes of their payloads: for reports, which count round (RFC 3550 §6.4.1).
    packets: u32,
    octets: u32,
}

impl Egress {
    /// A stream that begins at a random place.
    pub fn new(random: u64, ssrc: u32) -> Self {
        Egress {
            ssrc,
            clock_rate: 8000,
            source: None,
            sequence_offset: 0,
            timestamp_offset: 0,
            highest: random as u16,
            timestamp: (random >> 32) as u32,
            since: None,
            base: None,
            packets: 0,
            octets: 0,
        }
    }

    /// A packet was sent.
    pub fn count(&mut self, payload: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
    }

    /// What its sender reports; `None` before the first packet.
    pub fn sending(&self, now: Time) -> Option<Sending> {
        let passed = now.since(self.since?).as_micros() as u64 * u64::from(self.clock_rate) / 1_000_000;
        let timestamp = self.timestamp.wrapping_add(passed as u32);
        Some(Sending { now, timestamp, packets: self.packets, octets: self.octets })
    }

    /// What a timestamp means from now on.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
    }

    /// Timestamps a second.
    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Whoever comes next is a new source.
    pub fn part(&mut self) {
        self.source = None;
    }

    /// The place of a source's packet; `None` where it comes from before the source was heard.
    pub fn place(&mut self, now: Time, source: Source, sequence: u16, timestamp: u32) -> Option<Place> {
        let first = self.source != Some(source);
        if first {
            self.switch(now, source, sequence, timestamp);
        }
        let sequence = sequence.wrapping_add(self.sequence_offset);
        let timestamp = timestamp.wrapping_add(self.timestamp_offset);
        if let Some(base) = self.base {
            let after = sequence.wrapping_sub(base) as i16;
            if after < 0 {
                return None;
            }
            if after > SETTLED {
                self.base = None;
            }
        }
        if first || sequence.wrapping_sub(self.highest) as i16 > 0 {
            self.highest = sequence;
            // A key press keeps its timestamp while it lasts.
            if first || timestamp != self.timestamp {
                self.timestamp = timestamp;
                self.since = Some(now);
            }
        }
        Some(Place { sequence, timestamp, first })
    }

    /// Lays the next source right behind what was sent, as much later as time has passed, a packet of 20 ms at least.
    fn switch(&mut self, now: Time, source: Source, sequence: u16, timestamp: u32) {
        let rate = u64::from(self.clock_rate);
        let passed = self.since.map_or(0, |since| now.since(since).as_micros() as u64);
        let ahead = (passed.saturating_mul(rate) / 1_000_000).max(rate / 50) as u32;
        let next = self.highest.wrapping_add(1);
        self.sequence_offset = next.wrapping_sub(sequence);
        self.timestamp_offset = self.timestamp.wrapping_add(ahead).wrapping_sub(timestamp);
        self.base = Some(next);
        self.source = Some(source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn ms(ms: u64) -> Time {
        Time::from_micros(ms * 1000)
    }

    #[test]
    fn loss_is_counted_and_duplicates_are_stale() {
        let mut ingress = Ingress::default();
        let fates: Vec<_> =
            [65_534, 65_535, 2, 1, 1, 2, 3].map(|sequence| ingress.arrive(7, sequence)).into();
        use Arrival::{Fresh, Stale};
        assert_eq!(fates, [Fresh, Fresh, Fresh, Fresh, Stale, Stale, Fresh]);
        assert_eq!((ingress.lost, ingress.generation), (1, 1));
    }

    #[test]
    fn a_jump_needs_a_second_packet() {
        let mut ingress = Ingress::default();
        assert_eq!(ingress.arrive(7, 100), Arrival::Fresh);
        assert_eq!(ingress.arrive(7, 30_000), Arrival::Stale);
        assert_eq!(ingress.arrive(7, 101), Arrival::Fresh, "it was a stray");
        assert_eq!(ingress.arrive(7, 40_000), Arrival::Stale);
        assert_eq!(ingress.arrive(7, 40_001), Arrival::Fresh);
        assert_eq!((ingress.generation, ingress.lost), (2, 0));
        assert_eq!(ingress.arrive(8, 5), Arrival::Fresh);
        assert_eq!(ingress.generation, 3);
    }

    #[test]
    fn what_is_lost_and_how_regularly_it_comes_is_reported_from_each_beginning() {
        let mut ingress = Ingress::default();
        assert_eq!(ingress.reception(), None);
        let every = |n: u32| (n * 160, n * 160);
        for (n, sequence) in [65_534u16, 65_535, 0, 3].into_iter().enumerate() {
            ingress.arrive(7, sequence);
            let (arrived, timestamp) = every(n as u32);
            ingress.clock(arrived, timestamp);
        }
        let seen = ingress.reception().unwrap();
        assert_eq!(seen, Reception { ssrc: 7, expected: 6, lost: 2, highest: 0x1_0003, jitter: 0 });
        for n in 4..200u32 {
            ingress.arrive(7, n as u16);
            // Each second one comes 80 timestamps late: they are 80 off each time.
            ingress.clock(n * 160 + (n % 2) * 80, n * 160);
            ingress.clock(n * 160 + 9_999, n * 160);
        }
        assert!((78..=80).contains(&ingress.reception().unwrap().jitter), "{ingress:?}");
        ingress.arrive(8, 40_000);
        let anew = ingress.reception().unwrap();
        assert_eq!(anew, Reception { ssrc: 8, expected: 1, lost: 0, highest: 40_000, jitter: 0 });
        assert_eq!(ingress.lost, 2, "the leg's own count goes on");
    }

    #[test]
    fn a_change_of_source_leaves_no_gap() {
        let mut egress = Egress::new(0, 1);
        let music = |n: u16| (n, u32::from(n) * 160);
        let mut last = None;
        for n in 0..5 {
            let (sequence, timestamp) = music(n);
            last = egress.place(ms(u64::from(n) * 20), Source::Made(1), sequence, timestamp);
            assert_eq!(last.unwrap().first, n == 0);
        }
        let last = last.unwrap();
        let agent = Source::Leg(9, 1);
        let next = egress.place(ms(80 + 500), agent, 7000, 123_456).unwrap();
        assert_eq!(next.sequence, last.sequence.wrapping_add(1));
        assert_eq!(next.timestamp, last.timestamp + 4000, "half a second later");
        assert!(next.first);
        assert_eq!(egress.place(ms(600), agent, 6999, 123_296), None, "from before it was heard");
        let lossy = egress.place(ms(640), agent, 7003, 123_936).unwrap();
        assert_eq!((lossy.sequence, lossy.timestamp), (next.sequence + 3, next.timestamp + 480));
        let late = egress.place(ms(645), agent, 7002, 123_776).unwrap();
        assert_eq!((late.sequence, late.first), (next.sequence + 2, false));
    }

    #[test]
    fn time_goes_on_behind_a_key_press() {
        let mut egress = Egress::new(0, 1);
        let start = egress.place(ms(0), Source::Leg(1, 1), 0, 1000).unwrap();
        for n in 1..50 {
            egress.place(ms(n * 20), Source::Leg(1, 1), n as u16, 1000).unwrap();
        }
        let next = egress.place(ms(1000), Source::Leg(2, 1), 0, 0).unwrap();
        assert_eq!(next.timestamp, start.timestamp + 8000);
    }

    #[test]
    fn a_source_parted_from_begins_anew() {
        let mut egress = Egress::new(5, 1);
        let one = egress.place(ms(0), Source::Leg(1, 1), 10, 0).unwrap();
        egress.part();
        let two = egress.place(ms(5000), Source::Leg(1, 1), 260, 40_000).unwrap();
        assert_eq!((two.sequence, two.first), (one.sequence + 1, true));
    }

    proptest! {
        /// Whatever order, loss and changes: no sequence number goes out twice (a second one would reuse a key stream in SRTP).
        #[test]
        fn no_sequence_number_goes_out_twice(
            packets in proptest::collection::vec((0u64..3, 0u16..200, 0u32..3), 1..400),
        ) {
            let mut egress = Egress::new(65_500, 1);
            let mut ingress = [Ingress::default(), Ingress::default(), Ingress::default()];
            let mut seen = HashSet::new();
            for (n, (leg, sequence, ssrc)) in packets.into_iter().enumerate() {
                let from = &mut ingress[leg as usize];
                if from.arrive(ssrc, sequence) == Arrival::Stale {
                    continue;
                }
                let source = Source::Leg(leg, from.generation);
                let placed = egress.place(ms(n as u64), source, sequence, u32::from(sequence) * 160);
                if let Some(place) = placed {
                    prop_assert!(seen.insert(place.sequence), "{} twice", place.sequence);
                }
            }
        }
    }
}
