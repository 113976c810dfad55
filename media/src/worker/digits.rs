//! Digits that are sent to a leg in its stream: RFC 4733 events where they were negotiated, otherwise tones (ITU-T Q.23) in G.711.
//!
//! Each takes 200 ms. Of an event (RFC 4733 §2.5.1) a packet goes every 20 ms, all with the timestamp of its beginning: five
//! with a rising duration, the fifth with the end bit and all 100 ms, and that one twice more. Until the last pause is over the leg hears
//! nothing else.

use super::leg::Leg;
use super::play::{INTERVAL, Made, Track};
use super::table::Slot;
use super::{Timer, Worker};
use crate::dtmf::Key;
use crate::tone::{FRAME, Law};
use std::collections::VecDeque;
use std::time::Duration;
use warmline_time::Time;

/// Digits of a leg at most, the one under way among them.
const MOST: usize = 32;
/// Ticks of 20 ms in which a key is pressed.
const PRESSED: u8 = 5;
/// The tick of the last repetition of the end (RFC 4733 §2.5.1.4).
const LAST: u8 = PRESSED + 1;
/// Ticks of a key press and the pause behind it.
const TICKS: u8 = 10;
/// -10 dBm0 (RFC 4733 §2.3.4).
const VOLUME: u8 = 10;
/// A clock that was later than this is not caught up with: no digit gets shorter.
const LATE: Duration = Duration::from_millis(60);

/// Digits under way.
#[derive(Debug)]
pub(super) struct Digits {
    /// The first is under way.
    keys: VecDeque<Key>,
    /// How far it is.
    tick: u8,
    manner: Manner,
    track: Track,
    /// The timestamp of its beginning.
    begin: u32,
    /// When the next tick is due.
    next: Time,
}

/// How a leg hears digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// `step`: timestamps in 20 ms.
    Events {
        payload_type: u8,
        step: u32,
    },
    Tones {
        payload_type: u8,
        law: Law,
    },
}

impl Leg {
    /// How it hears digits now; `None` where it cannot.
    fn manner(&self) -> Option<Manner> {
        self.destination()?;
        self.events().or_else(|| self.voice().map(|(payload_type, law)| Manner::Tones { payload_type, law }))
    }

    fn events(&self) -> Option<Manner> {
        let codecs = &self.negotiated.as_ref()?.codecs;
        let events = || codecs.iter().filter(|codec| codec.is_telephone_event());
        // In the clock of the voice beside them, where there are several (RFC 4733 §2.1).
        let own = events().find(|codec| codec.clock_rate == self.egress.clock_rate());
        let codec = own.or_else(|| events().next())?;
        Some(Manner::Events { payload_type: codec.payload_type, step: codec.clock_rate / 50 })
    }
}

impl Worker {
    /// Sends digits behind those under way. What are none is skipped; those too many, and all where the leg cannot hear now, are
    /// counted: a digit that comes much later means something else.
    pub(super) fn dial(&mut self, now: Time, slot: Slot, digits: &str) {
        let keys: Vec<Key> = digits.chars().filter_map(Key::from_digit).collect();
        let manner = self.legs.get(slot).and_then(Leg::manner);
        self.press(now, slot, manner, &keys);
    }

    /// Passes a key on that another leg of its conference pressed, where events were negotiated.
    pub(super) fn pass_on(&mut self, now: Time, slot: Slot, key: Key) {
        let Some(leg) = self.legs.get(slot) else { return };
        if let Some(manner) = leg.manner()
            && leg.events().is_some()
        {
            self.press(now, slot, Some(manner), &[key]);
        }
    }

    fn press(&mut self, now: Time, slot: Slot, manner: Option<Manner>, keys: &[Key]) {
        let track = self.track();
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let waiting = leg.digits.as_ref().map_or(0, |digits| digits.keys.len());
        let room = if manner.is_some() { MOST - waiting } else { 0 };
        let (keys, too_many) = keys.split_at(keys.len().min(room));
        self.counters.refused += too_many.len() as u64;
        let Some(manner) = manner.filter(|_| !keys.is_empty()) else { return };
        let digits = leg.digits.get_or_insert_with(|| {
            self.timers.set(Timer::Digits(slot), now);
            Box::new(Digits { keys: VecDeque::new(), tick: 0, manner, track, begin: 0, next: now })
        });
        digits.keys.extend(keys);
        leg.occupy();
    }

    /// The next 20 ms of a digit.
    pub(super) fn dial_on(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(mut digits) = leg.digits.take() else { return };
        let step = leg.egress.clock_rate() / 50;
        if digits.tick == TICKS {
            digits.tick = 0;
            digits.keys.pop_front();
            digits.begin = digits.begin.wrapping_add(step * u32::from(TICKS));
        }
        let manner = if digits.tick == 0 { leg.manner() } else { Some(digits.manner) };
        let (Some(key), Some(manner)) =
            (digits.keys.front().copied(), manner.filter(|_| leg.destination().is_some()))
        else {
            leg.occupy();
            return;
        };
        digits.manner = manner;
        let tick = digits.tick;
        let made = match manner {
            Manner::Events { .. } if tick > LAST => None,
            Manner::Events { payload_type, step } => {
                digits.track.timestamp = digits.begin;
                let end = u8::from(tick + 1 >= PRESSED) << 7;
                let duration = step * u32::from((tick + 1).min(PRESSED));
                let [high, low] = u16::try_from(duration).unwrap_or(u16::MAX).to_be_bytes();
                let payload = [key.code(), end | VOLUME, high, low];
                leg.make(now, &mut digits.track, payload_type, Made::Event { first: tick == 0 }, &payload)
            }
            Manner::Tones { payload_type, law } => {
                let mut frame = [law.silence(); FRAME];
                if tick < PRESSED {
                    key.frame(law, u64::from(tick) * FRAME as u64, &mut frame);
                }
                digits.track.timestamp = digits.begin.wrapping_add(step * u32::from(tick));
                leg.make(now, &mut digits.track, payload_type, Made::Voice, &frame)
            }
        };
        self.counters.played += u64::from(made.is_some());
        self.transmits.extend(made);
        digits.tick += 1;
        digits.next = if now.since(digits.next) > LATE { now } else { digits.next } + INTERVAL;
        self.timers.set(Timer::Digits(slot), digits.next);
        leg.digits = Some(digits);
    }

    /// Drops the digits of a leg.
    pub(super) fn drop_digits(&mut self, slot: Slot) {
        self.timers.cancel(Timer::Digits(slot));
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.digits = None;
            leg.occupy();
        }
    }
}
