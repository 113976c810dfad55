//! SRTP and SRTCP in place (RFC 3711, RFC 7714): AES-CM-128 with HMAC-SHA1-80, AES-GCM-128 and -256.
//!
//! No allocation per packet, state per SSRC only after a packet was authenticated (bounded), rollover counter,
//! replay window of 128. SRTCP with E=0 is refused. No MKI: DTLS-SRTP peers do not use one.

mod cm;
mod gcm;
mod kdf;
mod replay;

#[cfg(test)]
mod tests;

use replay::{Sources, estimate};

/// The most one packet of RTP grows by, in bytes.
pub const RTP_OVERHEAD: usize = 16;
/// The most one packet of RTCP grows by, in bytes.
pub const RTCP_OVERHEAD: usize = 20;

/// Bytes of E flag and SRTCP index.
const RTCP_TRAILER: usize = 4;
/// The E flag in the word that carries the SRTCP index (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;
/// Bytes of an RTCP packet that stay in the clear: the first header and SSRC.
const RTCP_HEADER: usize = 8;

/// A protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum SrtpProfile {
    AesCm128HmacSha1_80,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl SrtpProfile {
    /// Bytes of the master key.
    pub const fn key_length(self) -> usize {
        match self {
            SrtpProfile::AesCm128HmacSha1_80 | SrtpProfile::AeadAes128Gcm => 16,
            SrtpProfile::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of the master salt.
    pub const fn salt_length(self) -> usize {
        match self {
            SrtpProfile::AesCm128HmacSha1_80 => 14,
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => 12,
        }
    }
}

/// Why a packet was dropped: counted, never the end of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum SrtpError {
    Malformed,
    Authentication,
    /// Seen before or too old; when protecting: its keystream was used already.
    Replay,
    TooManySources,
    NoRoom,
}

impl std::fmt::Display for SrtpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SrtpError::Malformed => "malformed packet",
            SrtpError::Authentication => "authentication failed",
            SrtpError::Replay => "replayed or too old",
            SrtpError::TooManySources => "too many sources",
            SrtpError::NoRoom => "no room behind the packet",
        })
    }
}

impl std::error::Error for SrtpError {}

/// The transform of one direction, with its session keys.
#[expect(clippy::large_enum_variant, reason = "one a direction, and on every packet's path: no indirection")]
enum Suite {
    Cm(cm::Cm),
    Gcm(gcm::Gcm),
}

/// What a packet is bound to besides its bytes.
#[derive(Clone, Copy)]
struct Position {
    ssrc: u32,
    /// Rollover counter and sequence number (48 bits), or SRTCP index (31 bits).
    index: u64,
}

/// One direction's keys and state.
pub struct Context {
    suite: Suite,
    rtp: Sources,
    rtcp: Sources,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context {
    /// From a master key and salt of the lengths that the profile has.
    pub fn new(profile: SrtpProfile, master_key: &[u8], master_salt: &[u8]) -> Option<Self> {
        if master_key.len() != profile.key_length() || master_salt.len() != profile.salt_length() {
            return None;
        }
        let suite = match profile {
            SrtpProfile::AesCm128HmacSha1_80 => Suite::Cm(cm::Cm::new(master_key, master_salt)?),
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => {
                Suite::Gcm(gcm::Gcm::new(master_key, master_salt)?)
            }
        };
        Some(Context { suite, rtp: Sources::default(), rtcp: Sources::default() })
    }

    /// Protects the RTP packet in `buffer[..len]`; returns its new length. The buffer must have 16 bytes of room behind.
    ///
    /// A packet of a sequence number that was protected before is refused: the same keystream twice would show both.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let packet = buffer.get(..len).ok_or(SrtpError::NoRoom)?;
        let (header, ssrc, sequence) = rtp_header(packet).ok_or(SrtpError::Malformed)?;
        if buffer.len() - len < RTP_OVERHEAD {
            return Err(SrtpError::NoRoom);
        }
        let row = self.rtp.find(ssrc)?;
        let index = estimate(row.highest(&self.rtp), sequence).ok_or(SrtpError::Replay)?;
        row.check(&self.rtp, index)?;
        let at = Position { ssrc, index };
        let sealed = match &self.suite {
            Suite::Cm(cm) => cm.seal_rtp(buffer, len, header, at),
            Suite::Gcm(gcm) => gcm.seal_rtp(buffer, len, header, at),
        };
        let length = sealed.ok_or(SrtpError::NoRoom)?;
        row.accept(&mut self.rtp, ssrc, index);
        Ok(length)
    }

    /// Authenticates and decrypts in place; returns the plain length.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let (header, ssrc, sequence) = rtp_header(packet).ok_or(SrtpError::Malformed)?;
        let row = self.rtp.find(ssrc)?;
        let index = estimate(row.highest(&self.rtp), sequence).ok_or(SrtpError::Replay)?;
        row.check(&self.rtp, index)?;
        let at = Position { ssrc, index };
        let opened = match &self.suite {
            Suite::Cm(cm) => cm.open_rtp(packet, header, at),
            Suite::Gcm(gcm) => gcm.open_rtp(packet, header, at),
        };
        let length = opened?;
        row.accept(&mut self.rtp, ssrc, index);
        Ok(length)
    }

    /// As `protect_rtp`, 20 bytes of room.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let packet = buffer.get(..len).ok_or(SrtpError::NoRoom)?;
        let ssrc = rtcp_ssrc(packet).ok_or(SrtpError::Malformed)?;
        if buffer.len() - len < RTCP_OVERHEAD {
            return Err(SrtpError::NoRoom);
        }
        let row = self.rtcp.find(ssrc)?;
        // Senders in the field begin at 1; so do we, so that no receiver takes the first one for an unset index.
        let index = row.highest(&self.rtcp).map_or(1, |highest| highest + 1);
        if index >= u64::from(ENCRYPTED) {
            return Err(SrtpError::Replay);
        }
        let at = Position { ssrc, index };
        let sealed = match &self.suite {
            Suite::Cm(cm) => cm.seal_rtcp(buffer, len, at),
            Suite::Gcm(gcm) => gcm.seal_rtcp(buffer, len, at),
        };
        let length = sealed.ok_or(SrtpError::NoRoom)?;
        row.accept(&mut self.rtcp, ssrc, index);
        Ok(length)
    }

    /// As `unprotect_rtp`.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = rtcp_ssrc(packet).ok_or(SrtpError::Malformed)?;
        let trailer = match &self.suite {
            Suite::Cm(_) => packet.len().checked_sub(cm::TAG + RTCP_TRAILER),
            Suite::Gcm(_) => packet.len().checked_sub(RTCP_TRAILER),
        };
        let word = trailer.filter(|at| *at >= RTCP_HEADER).and_then(|at| word(packet, at));
        let word = word.ok_or(SrtpError::Malformed)?;
        if word & ENCRYPTED == 0 {
            // In the clear, if authentic at all: no peer of ours negotiated that.
            return Err(SrtpError::Malformed);
        }
        let index = u64::from(word & !ENCRYPTED);
        let row = self.rtcp.find(ssrc)?;
        row.check(&self.rtcp, index)?;
        let at = Position { ssrc, index };
        let length = match &self.suite {
            Suite::Cm(cm) => cm.open_rtcp(packet, at),
            Suite::Gcm(gcm) => gcm.open_rtcp(packet, at),
        }?;
        row.accept(&mut self.rtcp, ssrc, index);
        Ok(length)
    }
}

/// Length of the whole header (CSRCs and extension included), SSRC and sequence number.
///
/// Not `rtp::read`: that one checks the padding, which is still encrypted here.
fn rtp_header(packet: &[u8]) -> Option<(usize, u32, u16)> {
    let fixed: &[u8; 12] = packet.first_chunk()?;
    if fixed[0] >> 6 != 2 {
        return None;
    }
    let mut length = 12 + 4 * usize::from(fixed[0] & 0x0f);
    if fixed[0] & 0x10 != 0 {
        let words = packet.get(length + 2..length + 4)?;
        length += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    if packet.len() < length {
        return None;
    }
    let ssrc = u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]);
    Some((length, ssrc, u16::from_be_bytes([fixed[2], fixed[3]])))
}

/// The SSRC of the first packet of a compound, which is the sender's.
fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    if packet.first()? >> 6 != 2 {
        return None;
    }
    word(packet, 4)
}

/// Four bytes at `at`.
fn word(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
