//! The keys of a telephone: their event codes (RFC 4733 §3.2, table 3) and their pairs of tones (ITU-T Q.23).

use crate::tone::{self, FRAME, Law};

/// In the order of their event codes.
const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
/// Hz of the keypad's rows.
const LOW: [u16; 4] = [697, 770, 852, 941];
/// Hz of its columns.
const HIGH: [u16; 4] = [1209, 1336, 1477, 1633];
/// Row and column of each key.
const PLACES: [(usize, usize); 16] = [
    (3, 1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (3, 3),
];

/// A key by its event code: 0–15.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key(u8);

impl Key {
    /// Of `0`–`9`, `*`, `#`, `A`–`D`.
    pub fn from_digit(digit: char) -> Option<Key> {
        KEYS.iter().position(|key| *key == digit).map(|code| Key(code as u8))
    }

    /// Of an event code; the other codes are no keys.
    pub fn from_code(code: u8) -> Option<Key> {
        (usize::from(code) < KEYS.len()).then_some(Key(code))
    }

    /// As it is written on the keypad.
    pub fn digit(self) -> char {
        KEYS[usize::from(self.0)]
    }

    /// Its event code.
    pub fn code(self) -> u8 {
        self.0
    }

    /// Hz of its two tones.
    pub fn tones(self) -> (u16, u16) {
        let (row, column) = PLACES[usize::from(self.0)];
        (LOW[row], HIGH[column])
    }

    /// 20 ms of its tones, so many samples after their beginning: about -10 and -7 dBm0, the higher one louder because lines
    /// take more of it away (ITU-T Q.24).
    pub fn frame(self, law: Law, position: u64, out: &mut [u8; FRAME]) {
        let (low, high) = self.tones();
        for (place, byte) in (position..).zip(out) {
            let sample = tone::sine_at(low, place) + tone::sine_at(high, place) / 3 * 4;
            *byte = tone::encode(law, sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_where_the_keypad_has_them() {
        let pad = ["123A", "456B", "789C", "*0#D"];
        for (row, keys) in pad.iter().enumerate() {
            for (column, digit) in keys.chars().enumerate() {
                let key = Key::from_digit(digit).unwrap();
                assert_eq!((key.digit(), key.tones()), (digit, (LOW[row], HIGH[column])));
                assert_eq!(Key::from_code(key.code()), Some(key));
            }
        }
        assert_eq!((Key::from_digit('*').unwrap().code(), Key::from_digit('D').unwrap().code()), (10, 15));
        assert_eq!((Key::from_digit('a'), Key::from_digit(' '), Key::from_code(16)), (None, None, None));
    }
}
