//! RTCP reports (RFC 3550 §6): what a receiver says of a stream, what a sender says of his, and who he is (SDES CNAME).

use warmline_time::Time;

/// Seconds from the NTP era's beginning to Unix's.
const NTP_TO_UNIX: u64 = 2_208_988_800;
/// Sender report, receiver report, source description.
const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const CNAME: u8 = 1;

/// What a receiver says of a stream (RFC 3550 §6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reception {
    /// Whose stream.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths of what was expected.
    pub fraction: u8,
    /// Lost since the stream began; duplicates may make it negative.
    pub lost: i32,
    /// The highest sequence number, with the times it began anew before it.
    pub highest: u32,
    /// In timestamps.
    pub jitter: u32,
    /// The middle of the NTP time of the last sender report, and how long ago that came, in 65,536ths of a second; zero: none came.
    pub last_sr: u32,
    /// See `last_sr`.
    pub delay: u32,
}

/// What a sender says of his stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sending {
    /// When.
    pub now: Time,
    /// The timestamp of that moment.
    pub timestamp: u32,
    /// Packets so far.
    pub packets: u32,
    /// Bytes of their payloads.
    pub octets: u32,
}

/// NTP time (RFC 3550 §4): seconds and their 2^32th parts.
pub fn ntp(now: Time) -> u64 {
    let micros = now.as_micros();
    let parts = ((micros % 1_000_000) << 32) / 1_000_000;
    ((micros / 1_000_000 + NTP_TO_UNIX) << 32) | parts
}

/// The middle 32 bits of an NTP time.
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A compound packet: a report of `ssrc`, with what it has to say, and its name. `cname` is cut at 255 bytes.
pub fn write(ssrc: u32, sending: Option<Sending>, reception: Option<Reception>, cname: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    let count = u8::from(reception.is_some());
    let kind = if sending.is_some() { SR } else { RR };
    block(&mut out, count, kind, |out| {
        out.extend(ssrc.to_be_bytes());
        if let Some(sending) = sending {
            out.extend(ntp(sending.now).to_be_bytes());
            for word in [sending.timestamp, sending.packets, sending.octets] {
                out.extend(word.to_be_bytes());
            }
        }
        if let Some(of) = reception {
            let lost = of.lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
            for word in
                [of.ssrc, u32::from(of.fraction) << 24 | lost, of.highest, of.jitter, of.last_sr, of.delay]
            {
                out.extend(word.to_be_bytes());
            }
        }
    });
    block(&mut out, 1, SDES, |out| {
        let name = &cname.as_bytes()[..cname.len().min(255)];
        out.extend(ssrc.to_be_bytes());
        out.extend([CNAME, name.len() as u8]);
        out.extend(name);
        // The list of items ends with a zero, and with the word.
        out.push(0);
    });
    out
}

/// One packet of a compound, padded with zeros to whole words.
fn block(out: &mut Vec<u8>, count: u8, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0x80 | count, kind, 0, 0]);
    fill(out);
    out.resize(out.len().next_multiple_of(4), 0);
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

/// The middle of the NTP time of the sender report in a compound packet, if there is one. What is malformed says nothing.
pub fn sender_report(mut compound: &[u8]) -> Option<u32> {
    while let Some(&[first, kind, high, low]) = compound.first_chunk::<4>() {
        let len = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
        let packet = compound.get(..len).filter(|_| first >> 6 == 2)?;
        if kind == SR {
            return Some(middle(u64::from_be_bytes(*packet.get(8..)?.first_chunk()?)));
        }
        compound = &compound[len..];
    }
    None
}

/// How long ago something was, in 65,536ths of a second.
pub fn delay(now: Time, then: Time) -> u32 {
    let micros = now.since(then).as_micros() as u64;
    ((micros << 16) / 1_000_000).min(u64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const NOW: Time = Time::from_micros(1_500_000);

    #[test]
    fn a_receivers_report_byte_by_byte() {
        let reception = Reception {
            ssrc: 0x0102_0304,
            fraction: 64,
            lost: -2,
            highest: 0x0001_0005,
            jitter: 80,
            last_sr: 0xAABB_CCDD,
            delay: 0x0001_8000,
        };
        let packet = write(0x0A0B_0C0D, None, Some(reception), "name");
        let expected: [u8; 48] = [
            0x81, 201, 0, 7, 10, 11, 12, 13, 1, 2, 3, 4, 64, 0xFF, 0xFF, 0xFE, 0, 1, 0, 5, 0, 0, 0, 80, 0xAA,
            0xBB, 0xCC, 0xDD, 0, 1, 0x80, 0, // The name, a zero and what fills the word.
            0x81, 202, 0, 3, 10, 11, 12, 13, 1, 4, b'n', b'a', b'm', b'e', 0, 0,
        ];
        assert_eq!(packet, expected);
        assert_eq!(sender_report(&packet), None);
    }

    #[test]
    fn a_senders_report_is_read_back_by_its_time() {
        let sending = Sending { now: NOW, timestamp: 7, packets: 3, octets: 480 };
        let packet = write(9, Some(sending), None, "n");
        assert_eq!((packet[0], packet[1], packet[3]), (0x80, 200, 6));
        assert_eq!(ntp(NOW), (2_208_988_801 << 32) | 0x8000_0000);
        assert_eq!(sender_report(&packet), Some(((2_208_988_801_u64 << 16) as u32) | 0x8000));
        let behind = [write(9, None, None, "n"), packet].concat();
        assert_eq!(sender_report(&behind), Some(((2_208_988_801_u64 << 16) as u32) | 0x8000));
        assert_eq!(delay(NOW + Duration::from_millis(1_500), NOW), 0x0001_8000);
    }

    #[test]
    fn the_name_ends_with_a_zero_whatever_its_length() {
        for len in 0..300 {
            let packet = write(1, None, None, &"x".repeat(len));
            assert_eq!(packet.len() % 4, 0);
            assert_eq!(packet.last(), Some(&0), "{len}");
        }
    }

    proptest! {
        #[test]
        fn noise_says_nothing_and_harms_nobody(noise in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = sender_report(&noise);
            let cut = write(1, Some(Sending { now: NOW, timestamp: 1, packets: 1, octets: 1 }), None, "name");
            for len in 0..16 {
                prop_assert_eq!(sender_report(&cut[..len]), None);
            }
        }
    }
}
