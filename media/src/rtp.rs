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
    let _ = packet;
    todo!()
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
    let _ = packet;
    todo!()
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
    let _ = (buffer, marker, payload_type, sequence, timestamp, ssrc);
    todo!()
}
