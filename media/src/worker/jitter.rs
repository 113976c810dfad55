//! What a leg says, put in order and even pace for the mixer: a short buffer of samples, placed by their RTP timestamps.
//!
//! It is read 60 ms behind what comes first, so that packets may come that much later than the quickest. Both clocks drift and
//! networks change: three late packets in five seconds, or five seconds with almost nothing to spare, make it wait 20 ms longer, up
//! to 120 ms; five seconds with more to spare than it needs, 20 ms less. What is late all at once was held up, and is not
//! waited for. What is missing is a fading repetition of the 20 ms before, then silence.

use crate::tone::FRAME;

/// Samples behind the quickest packet.
const DELAY: u32 = 3 * FRAME as u32;
/// Samples that it holds: 200 ms.
const CAPACITY: usize = 10 * FRAME;
/// Where it stops to wait longer.
const LONGEST: i32 = 2 * DELAY as i32;
/// Readings with late packets until it waits longer.
const PATIENCE: u32 = 3;
/// Readings with late packets and no others: the sender's clock was set back.
const SET_BACK: u32 = 5;
/// Samples that the tightest packet should have to spare.
const TIGHT: i32 = FRAME as i32 / 2;
/// Samples that it need not have.
const AMPLE: i32 = (DELAY + FRAME as u32) as i32;
/// Packets over which it judges how much there is to spare.
const JUDGED: u32 = 250;

/// The buffer of one leg.
#[derive(Debug)]
pub(super) struct Jitter {
    /// A ring: `None` where nothing came.
    samples: Box<[Option<i16>; CAPACITY]>,
    /// Where in the ring is what is read next.
    head: usize,
    /// Its timestamp; `None` before the first packet.
    next: Option<u32>,
    /// What was read last.
    last: [i16; FRAME],
    /// How much of `last` may be repeated: nothing once it was.
    fresh: bool,
    /// Readings to leave out.
    waits: u32,
    /// Whether late ones, and others, came since it was read; and for how many readings only late ones.
    late_now: bool,
    timely_now: bool,
    overdue: u32,
    /// Packets judged so far, readings with late ones, the least and the most that one had to spare.
    judged: u32,
    late: u32,
    least: i32,
    most: i32,
}

/// What became of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// It will be heard.
    InTime,
    /// All of it should have been read before.
    Late,
}

impl Jitter {
    /// Empty.
    pub fn new() -> Self {
        Jitter {
            samples: Box::new([None; CAPACITY]),
            head: 0,
            next: None,
            last: [0; FRAME],
            fresh: false,
            waits: 0,
            late_now: false,
            timely_now: false,
            overdue: 0,
            judged: 0,
            late: 0,
            least: i32::MAX,
            most: i32::MIN,
        }
    }

    /// Another stream begins: its timestamps have nothing to do with those before.
    pub fn reset(&mut self) {
        self.samples.fill(None);
        self.next = None;
        (self.waits, self.overdue) = (0, 0);
        self.judge_anew();
    }

    /// Takes in a packet's samples.
    pub fn put(&mut self, timestamp: u32, samples: impl ExactSizeIterator<Item = i16>) -> Taken {
        let length = samples.len().min(CAPACITY - DELAY as usize) as i32;
        let mut spare = timestamp.wrapping_sub(self.next.unwrap_or(timestamp.wrapping_sub(DELAY))) as i32;
        // Where it does not fit, the sender's clock must have jumped.
        let set_back = spare < 0 && self.overdue >= SET_BACK;
        if self.next.is_none() || spare > CAPACITY as i32 - length || set_back {
            self.reset();
            self.next = Some(timestamp.wrapping_sub(DELAY));
            spare = DELAY as i32;
        }
        for (place, sample) in (spare..).zip(samples).take(length as usize) {
            if let Ok(place) = usize::try_from(place) {
                self.samples[(self.head + place) % CAPACITY] = Some(sample);
            }
        }
        self.judge(spare);
        if spare <= -length { Taken::Late } else { Taken::InTime }
    }

    /// Keeps the distance to the sender's clock.
    fn judge(&mut self, spare: i32) {
        self.judged += 1;
        self.late += u32::from(spare < 0 && !self.late_now);
        self.late_now |= spare < 0;
        self.timely_now |= spare >= 0;
        self.least = self.least.min(spare);
        self.most = self.most.max(spare);
        if self.late == PATIENCE || self.judged == JUDGED {
            match self.least {
                ..TIGHT if self.most < LONGEST => self.waits += 1,
                ..=AMPLE => {}
                _ => self.skip(1),
            }
            self.judge_anew();
        }
    }

    fn judge_anew(&mut self) {
        (self.judged, self.late, self.least, self.most) = (0, 0, i32::MAX, i32::MIN);
    }

    /// The next 20 ms.
    pub fn read(&mut self, out: &mut [i16; FRAME]) {
        match (self.late_now, self.timely_now) {
            (_, true) => self.overdue = 0,
            (true, false) => self.overdue += 1,
            (false, false) => {}
        }
        (self.late_now, self.timely_now) = (false, false);
        let waits = self.waits > 0;
        self.waits -= u32::from(waits);
        let mut came = 0;
        for (place, out) in out.iter_mut().enumerate() {
            let ring = (self.head + place) % CAPACITY;
            let sample = if waits { None } else { self.samples[ring].take() };
            came += usize::from(sample.is_some());
            let left = if self.fresh { (FRAME - place) as i32 } else { 0 };
            *out = sample.unwrap_or((i32::from(self.last[place]) * left / FRAME as i32) as i16);
        }
        self.last = *out;
        self.fresh = came > FRAME / 2;
        if !waits {
            self.forward(1);
        }
    }

    /// Leaves out so many times 20 ms.
    pub fn skip(&mut self, frames: u64) {
        if frames as usize >= CAPACITY / FRAME {
            self.samples.fill(None);
        } else {
            for place in 0..frames as usize * FRAME {
                self.samples[(self.head + place) % CAPACITY] = None;
            }
        }
        self.forward(frames);
    }

    fn forward(&mut self, frames: u64) {
        let samples = frames.wrapping_mul(FRAME as u64);
        self.head = (self.head + (samples % CAPACITY as u64) as usize) % CAPACITY;
        self.next = self.next.map(|next| next.wrapping_add(samples as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A packet's samples: all are its number.
    fn packet(jitter: &mut Jitter, number: u32) -> Taken {
        jitter.put(number.wrapping_mul(160), std::iter::repeat_n(number as i16, 160))
    }

    fn read(jitter: &mut Jitter) -> [i16; FRAME] {
        let mut out = [0; FRAME];
        jitter.read(&mut out);
        out
    }

    /// The first sample of each of so many frames.
    fn heard(jitter: &mut Jitter, frames: usize) -> Vec<i16> {
        (0..frames).map(|_| read(jitter)[0]).collect()
    }

    #[test]
    fn what_comes_in_any_order_is_heard_in_order_60_ms_later() {
        let mut jitter = Jitter::new();
        assert_eq!(heard(&mut jitter, 2), [0, 0]);
        for number in [10, 12, 11, 13] {
            assert_eq!(packet(&mut jitter, number), Taken::InTime);
        }
        assert_eq!(heard(&mut jitter, 7), [0, 0, 0, 10, 11, 12, 13]);
        assert_eq!(packet(&mut jitter, 13), Taken::Late);
    }

    #[test]
    fn timestamps_wrap() {
        let mut jitter = Jitter::new();
        for n in 0..4u32 {
            jitter.put((u32::MAX - 200).wrapping_add(n * 160), std::iter::repeat_n(n as i16 + 1, 160));
        }
        assert_eq!(heard(&mut jitter, 8)[3..7], [1, 2, 3, 4]);
    }

    #[test]
    fn a_gap_fades_then_is_silence() {
        let mut jitter = Jitter::new();
        jitter.put(0, std::iter::repeat_n(1600, 160));
        heard(&mut jitter, 3);
        assert_eq!(read(&mut jitter), [1600; FRAME]);
        let gap = read(&mut jitter);
        assert_eq!((gap[0], gap[80], gap[159]), (1600, 800, 10));
        assert_eq!(read(&mut jitter), [0; FRAME]);
    }

    #[test]
    fn packets_of_other_lengths_fit_together() {
        for length in [80, 240, 480] {
            let mut jitter = Jitter::new();
            let mut out = Vec::new();
            let mut sent = 0u32;
            for frame in 1..30u32 {
                while sent + length as u32 <= frame * 160 {
                    let begin = sent as i16;
                    jitter.put(1000 + sent, (0..length as i16).map(move |n| begin + n));
                    sent += length as u32;
                }
                out.extend(read(&mut jitter));
            }
            let begin = out.iter().position(|sample| *sample == 1).unwrap() - 1;
            let wanted: Vec<i16> = (0..2000).collect();
            assert_eq!(out[begin..begin + 2000], wanted, "{length} samples a packet");
        }
    }

    #[test]
    fn a_slow_clock_is_waited_for_and_a_quick_one_followed() {
        for (every, most_lost) in [(1003, 12), (997, 12)] {
            let mut jitter = Jitter::new();
            let (mut sent, mut lost) = (0u32, 0);
            // Ten minutes, with 3 ‰ between the clocks.
            for tick in 0..30_000u32 {
                while sent * every / 1000 <= tick {
                    lost += u32::from(packet(&mut jitter, sent) == Taken::Late);
                    sent += 1;
                }
                read(&mut jitter);
            }
            assert!(lost <= most_lost, "{lost} of {sent} lost");
        }
    }

    #[test]
    fn a_jump_of_the_clock_begins_anew() {
        let mut jitter = Jitter::new();
        packet(&mut jitter, 0);
        heard(&mut jitter, 4);
        for number in [9000, 9001, 9002] {
            assert_eq!(packet(&mut jitter, number), Taken::InTime);
        }
        assert_eq!(heard(&mut jitter, 6)[3..], [9000, 9001, 9002]);
        for number in 5..10 {
            assert_eq!(packet(&mut jitter, number), Taken::Late, "it may have been held up");
            read(&mut jitter);
        }
        for number in 10..12 {
            assert_eq!(packet(&mut jitter, number), Taken::InTime);
        }
        assert_eq!(heard(&mut jitter, 5)[3..], [10, 11]);
    }

    #[test]
    fn what_it_leaves_out_is_left_out_and_nothing_moved() {
        let mut jitter = Jitter::new();
        let mut heard = Vec::new();
        packet(&mut jitter, 0);
        // From the second on they come 60 ms sooner than the first.
        (1..3).for_each(|number| {
            packet(&mut jitter, number);
        });
        for number in 3..1100 {
            packet(&mut jitter, number);
            heard.push(read(&mut jitter));
        }
        assert!(heard.iter().all(|frame| frame.iter().all(|sample| *sample == frame[0])), "whole packets");
        let steps: Vec<_> = heard.windows(2).map(|pair| pair[1][0] - pair[0][0]).skip(3).collect();
        assert!(steps.iter().all(|step| (1..=2).contains(step)), "in order");
        assert_eq!(steps.iter().filter(|step| **step == 2).count(), 2, "until it has no more than it needs");
    }

    proptest! {
        /// Whatever comes, what is read is a sample that came, or fades from one; and it stays bounded.
        #[test]
        fn any_packets_do_no_harm(
            acts in proptest::collection::vec((any::<u32>(), 0usize..2000, 0u8..4, any::<bool>()), 1..200),
        ) {
            let mut jitter = Jitter::new();
            let mut at = 0u32;
            for (far, length, act, near) in acts {
                at = if near { at.wrapping_add(far % 2000).wrapping_sub(800) } else { far };
                match act {
                    0 => jitter.skip(u64::from(far)),
                    1 => prop_assert!(read(&mut jitter).iter().all(|sample| (0..=1000).contains(sample))),
                    _ => { jitter.put(at, std::iter::repeat_n(1000, length)); }
                }
            }
        }
    }
}
