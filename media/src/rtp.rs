//! RTP packets in place (RFC 3550 §5.1): a checked view and the rewriting of header fields. No allocation.

/// The first byte's meaning on a port that several protocols share (RFC 7983), RTCP told by the second (RFC 5761 §4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
    Unknown,
}

/// Tells what a datagram is.
pub fn classify(packet: &[u8]) -> Kind {
    match packet {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Unknown,
    }
}

/// The fields of a valid RTP header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Bytes of the whole header, CSRCs and extension included: where the payload begins.
    pub length: usize,
    /// Bytes of padding at the end.
    pub padding: usize,
}

/// Reads the header; `None` where version, lengths or padding do not fit.
pub fn read(packet: &[u8]) -> Option<Header> {
    let fixed = packet.first_chunk::<12>()?;
    if fixed[0] >> 6 != 2 {
        return None;
    }
    let mut length = 12 + 4 * usize::from(fixed[0] & 0x0F);
    if fixed[0] & 0x10 != 0 {
        let words = packet.get(length + 2..length + 4)?;
        length += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let payload = packet.len().checked_sub(length)?;
    let padding = if fixed[0] & 0x20 != 0 { usize::from(packet[packet.len() - 1]) } else { 0 };
    // A padded packet says at least the byte that says so.
    if padding > payload || (fixed[0] & 0x20 != 0 && padding == 0) {
        return None;
    }
    Some(Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7F,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        length,
        padding,
    })
}

/// Writes a 12-byte header.
pub fn write(
    buffer: &mut [u8; 12],
    marker: bool,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
) {
    buffer[0] = 0x80;
    rewrite(buffer, marker, payload_type, sequence, timestamp, ssrc);
}

/// Writes these fields of a header that is there; what the first byte says (padding, extension, CSRCs) stays.
pub fn rewrite(
    header: &mut [u8; 12],
    marker: bool,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
) {
    header[1] = u8::from(marker) << 7 | payload_type & 0x7F;
    header[2..4].copy_from_slice(&sequence.to_be_bytes());
    header[4..8].copy_from_slice(&timestamp.to_be_bytes());
    header[8..12].copy_from_slice(&ssrc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn datagrams_are_told_apart() {
        let cases: [(&[u8], Kind); 10] = [
            (&[], Kind::Unknown),
            (&[0, 1], Kind::Stun),
            (&[3], Kind::Stun),
            (&[22, 254], Kind::Dtls),
            (&[64, 0], Kind::Unknown),
            (&[128, 0], Kind::Rtp),
            (&[191, 0x80 | 126], Kind::Rtp),
            (&[128, 200], Kind::Rtcp),
            (&[128], Kind::Unknown),
            (&[192, 0], Kind::Unknown),
        ];
        for (packet, kind) in cases {
            assert_eq!(classify(packet), kind, "{packet:?}");
        }
    }

    #[test]
    fn a_written_header_reads_back() {
        let mut packet = [0; 12];
        write(&mut packet, true, 101, 65_535, 0x0102_0304, 0xA0B0_C0D0);
        let expected = Header {
            marker: true,
            payload_type: 101,
            sequence: 65_535,
            timestamp: 0x0102_0304,
            ssrc: 0xA0B0_C0D0,
            length: 12,
            padding: 0,
        };
        assert_eq!(read(&packet), Some(expected));
    }

    #[test]
    fn sources_extension_and_padding_are_measured() {
        let mut packet = vec![0x80 | 0x20 | 0x10 | 2, 0];
        packet.extend([0; 10]);
        packet.extend([0; 8]);
        packet.extend([0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
        packet.extend([1, 2, 3, 0, 0, 3]);
        let header = read(&packet).unwrap();
        assert_eq!((header.length, header.padding), (28, 3));
        let mut head = *packet.first_chunk::<12>().unwrap();
        rewrite(&mut head, false, 8, 1, 2, 3);
        assert_eq!(head[0], packet[0]);
        *packet.last_mut().unwrap() = 7;
        assert_eq!(read(&packet), None, "padding longer than the payload");
        *packet.last_mut().unwrap() = 0;
        assert_eq!(read(&packet), None, "padding that denies itself");
        assert_eq!(read(&packet[..22]), None, "extension cut off");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(packet in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = classify(&packet);
            if let Some(header) = read(&packet) {
                prop_assert!(header.length + header.padding <= packet.len());
            }
        }
    }
}
