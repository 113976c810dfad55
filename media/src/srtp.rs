//! SRTP and SRTCP in place (RFC 3711, RFC 7714): AES-CM-128 with HMAC-SHA1-80, AES-GCM-128 and -256.
//!
//! No allocation per packet, state per SSRC only after a packet was authenticated (bounded), rollover counter,
//! replay window of 64 or more. SRTCP with E=0 is refused.

/// A protection profile (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum SrtpProfile {
    AesCm128HmacSha1_80,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

/// Why a packet was dropped: counted, never the end of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum SrtpError {
    Malformed,
    Authentication,
    Replay,
    TooManySources,
    NoRoom,
}

/// One direction's keys and state.
pub struct Context {}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context {
    /// From a master key and salt of the lengths that the profile has.
    pub fn new(profile: SrtpProfile, master_key: &[u8], master_salt: &[u8]) -> Option<Self> {
        let _ = (profile, master_key, master_salt);
        todo!()
    }
    /// Protects the RTP packet in `buffer[..len]`; returns its new length. The buffer must have 16 bytes of room behind.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let _ = (buffer, len);
        todo!()
    }
    /// Authenticates and decrypts in place; returns the plain length.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let _ = packet;
        todo!()
    }
    /// As `protect_rtp`, 20 bytes of room.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let _ = (buffer, len);
        todo!()
    }
    /// As `unprotect_rtp`.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let _ = packet;
        todo!()
    }
}
