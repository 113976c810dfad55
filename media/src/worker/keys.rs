//! Key presses that come from a leg: each RFC 4733 event is told once, whatever became of its packets on the way.
//!
//! An event is known by its timestamp (RFC 4733 §2.3): it is told with the first of its packets that comes, be it the last one
//! sent; the others and their repetitions say nothing new. Events are told 40 ms apart at least, so that a peer that makes up
//! timestamps cannot flood signalling.

use super::leg::Heard;
use super::table::Slot;
use super::{Event, Worker};
use crate::dtmf::Key;
use std::time::Duration;
use warmline_time::Time;

/// Between events that are told, at least: what no key press falls short of (ITU-T Q.24).
const APART: Duration = Duration::from_millis(40);
/// How far behind the newest event one is thought to be late, not of a clock that was set back: 4 s at 8 kHz.
const LATE: i32 = 32_000;

/// What is known of one leg's key presses.
#[derive(Debug, Default)]
pub(super) struct Keys {
    last: Option<Press>,
    told: Option<Time>,
}

impl Worker {
    /// A packet of a key press: told, if it is a new one, and passed on in a conference.
    pub(super) fn key(&mut self, now: Time, slot: Slot, heard: &Heard, payload: &[u8]) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let packet = EventPacket {
            generation: leg.ingress.generation,
            marker: heard.header.marker,
            timestamp: heard.header.timestamp,
            payload: payload.first_chunk().copied(),
        };
        match leg.keys.note(now, packet) {
            Noted::Nothing => {}
            Noted::Refused => {
                leg.stats.refused += 1;
                self.counters.refused += 1;
            }
            Noted::Pressed(key) => {
                self.events.push_back(Event::Digit { leg: leg.id, digit: key.digit() });
                let mixing = leg.mixing.as_ref().filter(|_| !leg.muted);
                let conference = mixing.and_then(|mixing| self.conferences.get(&mixing.conference));
                let others: Vec<Slot> = conference.into_iter().flat_map(|c| c.others(slot)).collect();
                others.into_iter().for_each(|other| self.pass_on(now, other, key));
            }
        }
    }
}

/// An event that was told.
#[derive(Clone, Copy, Debug)]
struct Press {
    key: Key,
    /// Which of the leg's streams it is in.
    generation: u32,
    timestamp: u32,
    /// A packet with the end bit came.
    ended: bool,
    seen: Time,
}

/// A packet of the leg, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventPacket {
    pub generation: u32,
    pub marker: bool,
    pub timestamp: u32,
    /// Event, end bit and volume, duration (RFC 4733 §2.3).
    pub payload: Option<[u8; 4]>,
}

/// What a packet says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Noted {
    /// A key was pressed.
    Pressed(Key),
    /// Nothing new, or an event that is no key.
    Nothing,
    /// Malformed, or sooner after another than keys can be pressed.
    Refused,
}

impl Keys {
    /// Takes note of a packet.
    pub fn note(&mut self, now: Time, packet: EventPacket) -> Noted {
        let Some([code, flags, ..]) = packet.payload else { return Noted::Refused };
        let Some(key) = Key::from_code(code) else { return Noted::Nothing };
        let ended = flags & 0x80 != 0;
        if let Some(last) = self.last.as_mut().filter(|last| last.generation == packet.generation) {
            let ahead = packet.timestamp.wrapping_sub(last.timestamp) as i32;
            // A press of more than 8 s goes on under another timestamp, without marker (§2.5.1.3); so does each packet of some
            // phones.
            let held = key == last.key && !packet.marker && !last.ended && now.since(last.seen) < APART;
            if ahead == 0 || (ahead > 0 && held) {
                *last = Press { timestamp: packet.timestamp, ended: last.ended || ended, seen: now, ..*last };
                return Noted::Nothing;
            }
            if (-LATE..0).contains(&ahead) {
                return Noted::Nothing;
            }
        }
        if self.told.is_some_and(|told| now.since(told) < APART) {
            return Noted::Refused;
        }
        self.told = Some(now);
        let EventPacket { generation, timestamp, .. } = packet;
        self.last = Some(Press { key, generation, timestamp, ended, seen: now });
        Noted::Pressed(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(keys: &mut Keys, ms: u64, marker: bool, timestamp: u32, payload: [u8; 4]) -> Noted {
        let packet = EventPacket { generation: 1, marker, timestamp, payload: Some(payload) };
        keys.note(Time::from_micros(1000 * (ms + 1000)), packet)
    }

    fn pressed(digit: char) -> Noted {
        Noted::Pressed(Key::from_digit(digit).unwrap())
    }

    const GOING: u8 = 10;
    const END: u8 = 0x8A;

    #[test]
    fn late_packets_of_an_event_before_say_nothing() {
        let mut keys = Keys::default();
        assert_eq!(note(&mut keys, 0, true, 1000, [1, GOING, 0, 160]), pressed('1'));
        assert_eq!(note(&mut keys, 100, true, 2600, [2, GOING, 0, 160]), pressed('2'));
        assert_eq!(note(&mut keys, 110, false, 1000, [1, END, 3, 32]), Noted::Nothing);
        assert_eq!(note(&mut keys, 120, false, 2600, [2, END, 3, 32]), Noted::Nothing);
        assert_eq!(note(&mut keys, 130, false, 1000, [1, END, 3, 32]), Noted::Nothing);
    }

    #[test]
    fn a_clock_set_back_hides_no_key() {
        let mut keys = Keys::default();
        assert_eq!(note(&mut keys, 0, true, 900_000, [1, GOING, 0, 160]), pressed('1'));
        assert_eq!(note(&mut keys, 500, true, 1000, [1, GOING, 0, 160]), pressed('1'));
        let other =
            EventPacket { generation: 2, marker: false, timestamp: 1000, payload: Some([1, END, 0, 1]) };
        assert_eq!(keys.note(Time::from_micros(9_000_000), other), pressed('1'), "another stream");
    }

    #[test]
    fn a_key_held_long_is_one_press() {
        let mut keys = Keys::default();
        assert_eq!(note(&mut keys, 0, true, 0, [5, GOING, 0, 160]), pressed('5'));
        for n in 1..410u64 {
            let duration = u16::try_from((n + 1) * 160).unwrap_or(u16::MAX).to_be_bytes();
            assert_eq!(
                note(&mut keys, n * 20, false, 0, [5, GOING, duration[0], duration[1]]),
                Noted::Nothing
            );
        }
        assert_eq!(
            note(&mut keys, 8200, false, 0xFFFF, [5, GOING, 0, 160]),
            Noted::Nothing,
            "the next segment"
        );
        assert_eq!(note(&mut keys, 8220, false, 0xFFFF, [5, END, 1, 64]), Noted::Nothing);
        assert_eq!(note(&mut keys, 8300, true, 0xFFFF + 1600, [5, GOING, 0, 160]), pressed('5'));
    }

    #[test]
    fn timestamps_that_run_with_the_packets_are_one_press() {
        let mut keys = Keys::default();
        assert_eq!(note(&mut keys, 0, true, 0, [5, GOING, 0, 160]), pressed('5'));
        for n in 1..6 {
            assert_eq!(note(&mut keys, n * 20, false, n as u32 * 160, [5, GOING, 0, 160]), Noted::Nothing);
        }
    }

    #[test]
    fn other_events_and_malformed_ones_are_no_keys() {
        let mut keys = Keys::default();
        for code in 16..=255 {
            assert_eq!(note(&mut keys, 0, true, 1000, [code, GOING, 0, 160]), Noted::Nothing);
        }
        let short = EventPacket { generation: 1, marker: true, timestamp: 0, payload: None };
        assert_eq!(keys.note(Time::ZERO, short), Noted::Refused);
        assert_eq!(note(&mut keys, 0, true, 1000, [15, GOING, 0, 160]), pressed('D'));
    }

    #[test]
    fn a_flood_is_25_keys_a_second_at_most() {
        let mut keys = Keys::default();
        let mut told = 0;
        for n in 0..2000u32 {
            let noted = note(&mut keys, u64::from(n) / 2, true, n * 1000, [(n % 16) as u8, GOING, 0, 160]);
            told += u32::from(matches!(noted, Noted::Pressed(_)));
        }
        assert_eq!(told, 25);
    }
}
