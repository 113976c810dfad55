//! AEAD-AES-128-GCM and AEAD-AES-256-GCM with tags of 16 bytes (RFC 7714).

use super::kdf::{Label, derive};
use super::{ENCRYPTED, Position, RTCP_HEADER, RTCP_TRAILER, SrtpError};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes of the authentication tag.
const TAG: usize = 16;

/// Session keys of RTP or RTCP.
struct Keys {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Keys {
    fn new(master_key: &[u8], master_salt: &[u8], labels: [Label; 2]) -> Option<Self> {
        let algorithm = if master_key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        let (mut key, mut salt) = ([0; 32], [0; 12]);
        let key = key.get_mut(..master_key.len())?;
        derive(master_key, master_salt, labels[0], key)?;
        derive(master_key, master_salt, labels[1], &mut salt)?;
        Some(Keys { key: LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?), salt })
    }

    /// RFC 7714 §8.1 and §9.1: two zero bytes, SSRC, 48 bits of index, xor salt. An SRTCP index of 31 bits lands where
    /// the figure has it.
    fn nonce(&self, at: Position) -> Nonce {
        let mut nonce = self.salt;
        let index = at.index.to_be_bytes();
        for (byte, with) in nonce[2..].iter_mut().zip(at.ssrc.to_be_bytes().iter().chain(&index[2..])) {
            *byte ^= with;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Session keys of one direction.
pub(super) struct Gcm {
    rtp: Keys,
    rtcp: Keys,
}

impl Gcm {
    pub(super) fn new(master_key: &[u8], master_salt: &[u8]) -> Option<Self> {
        Some(Gcm {
            rtp: Keys::new(master_key, master_salt, [Label::RtpCipher, Label::RtpSalt])?,
            rtcp: Keys::new(master_key, master_salt, [Label::RtcpCipher, Label::RtcpSalt])?,
        })
    }

    pub(super) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        len: usize,
        header: usize,
        at: Position,
    ) -> Option<usize> {
        let (clear, rest) = buffer.split_at_mut_checked(header)?;
        let (payload, room) = rest.split_at_mut_checked(len.checked_sub(header)?)?;
        let room = room.get_mut(..TAG)?;
        let (keys, aad) = (&self.rtp, Aad::from(&*clear));
        let tag = keys.key.seal_in_place_separate_tag(keys.nonce(at), aad, payload).ok()?;
        room.copy_from_slice(tag.as_ref());
        Some(len + TAG)
    }

    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        header: usize,
        at: Position,
    ) -> Result<usize, SrtpError> {
        let (clear, sealed) = packet.split_at_mut_checked(header).ok_or(SrtpError::Malformed)?;
        if sealed.len() < TAG {
            return Err(SrtpError::Malformed);
        }
        let plain = self.rtp.key.open_in_place(self.rtp.nonce(at), Aad::from(&*clear), sealed);
        Ok(header + plain.map_err(|_| SrtpError::Authentication)?.len())
    }

    pub(super) fn seal_rtcp(&self, buffer: &mut [u8], len: usize, at: Position) -> Option<usize> {
        let trailer = (ENCRYPTED | at.index as u32).to_be_bytes();
        let (clear, rest) = buffer.split_at_mut_checked(RTCP_HEADER)?;
        let (payload, room) = rest.split_at_mut_checked(len.checked_sub(RTCP_HEADER)?)?;
        let (room, aad) = (room.get_mut(..TAG + RTCP_TRAILER)?, rtcp_aad(clear, trailer));
        let sealed = self.rtcp.key.seal_in_place_separate_tag(self.rtcp.nonce(at), Aad::from(aad), payload);
        room[..TAG].copy_from_slice(sealed.ok()?.as_ref());
        room[TAG..].copy_from_slice(&trailer);
        Some(len + TAG + RTCP_TRAILER)
    }

    pub(super) fn open_rtcp(&self, packet: &mut [u8], at: Position) -> Result<usize, SrtpError> {
        let end = packet.len().checked_sub(RTCP_TRAILER).ok_or(SrtpError::Malformed)?;
        let (clear, sealed) = packet[..end].split_at_mut_checked(RTCP_HEADER).ok_or(SrtpError::Malformed)?;
        if sealed.len() < TAG {
            return Err(SrtpError::Malformed);
        }
        let aad = rtcp_aad(clear, (ENCRYPTED | at.index as u32).to_be_bytes());
        let plain = self.rtcp.key.open_in_place(self.rtcp.nonce(at), Aad::from(aad), sealed);
        Ok(RTCP_HEADER + plain.map_err(|_| SrtpError::Authentication)?.len())
    }
}

/// What of an RTCP packet is authenticated but not encrypted (RFC 7714 §9.2): header, SSRC, E flag and index.
fn rtcp_aad(clear: &[u8], trailer: [u8; RTCP_TRAILER]) -> [u8; RTCP_HEADER + RTCP_TRAILER] {
    let mut aad = [0; RTCP_HEADER + RTCP_TRAILER];
    aad[..RTCP_HEADER].copy_from_slice(clear);
    aad[RTCP_HEADER..].copy_from_slice(&trailer);
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7714 §16.1.1: session key and salt as given there.
    #[test]
    fn a_packet_is_sealed_as_the_rfc_shows() {
        let key: [u8; 16] = std::array::from_fn(|at| at as u8);
        let keys = || Keys {
            key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).expect("length")),
            salt: *b"Quid pro quo",
        };
        let gcm = Gcm { rtp: keys(), rtcp: keys() };
        let mut packet = vec![0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2];
        packet.extend_from_slice(b"Gallia est omnis divisa in partes tres");
        let len = packet.len();
        packet.resize(len + TAG, 0);
        let at = Position { ssrc: 0x5501_a0b2, index: 0xf17b };
        assert_eq!(gcm.seal_rtp(&mut packet, len, 12, at), Some(len + TAG));
        let expected = "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce";
        let sealed: String = packet[12..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sealed, expected);
        assert_eq!(gcm.open_rtp(&mut packet, 12, at), Ok(len));
        assert_eq!(&packet[12..len], b"Gallia est omnis divisa in partes tres");
    }
}
