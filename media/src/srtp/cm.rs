//! AES-CM-128 with HMAC-SHA1-80 (RFC 3711 §4.1.1, §4.2.1).

use super::kdf::{Label, derive};
use super::{ENCRYPTED, Position, RTCP_HEADER, RTCP_TRAILER, SrtpError};
use aes::Aes128Enc;
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use ctr::{CtrCore, flavors};
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Bytes of the authentication tag.
pub(super) const TAG: usize = 10;

/// Session keys of RTP or RTCP.
struct Keys {
    cipher: Aes128Enc,
    mac: Hmac<Sha1>,
    /// The session salt times 2^16.
    salt: [u8; 16],
}

impl Keys {
    fn new(master_key: &[u8], master_salt: &[u8], labels: [Label; 3]) -> Option<Self> {
        let (mut key, mut authentication, mut salt) = ([0; 16], [0; 20], [0; 16]);
        derive(master_key, master_salt, labels[0], &mut key)?;
        derive(master_key, master_salt, labels[1], &mut authentication)?;
        derive(master_key, master_salt, labels[2], &mut salt[..14])?;
        let mac = <Hmac<Sha1> as Mac>::new_from_slice(&authentication).ok()?;
        Some(Keys { cipher: Aes128Enc::new(&key.into()), mac, salt })
    }

    /// Encrypts or decrypts.
    fn apply(&self, at: Position, bytes: &mut [u8]) {
        let mut iv = self.salt;
        xor(&mut iv[4..8], &at.ssrc.to_be_bytes());
        xor(&mut iv[8..14], &at.index.to_be_bytes()[2..]);
        let core = CtrCore::<_, flavors::Ctr128BE>::inner_iv_init(&self.cipher, &iv.into());
        StreamCipherCoreWrapper::from_core(core).apply_keystream(bytes);
    }

    fn mac(&self, bytes: &[u8], suffix: &[u8]) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        mac.update(bytes);
        mac.update(suffix);
        mac
    }
}

/// Session keys of one direction.
pub(super) struct Cm {
    rtp: Keys,
    rtcp: Keys,
}

impl Cm {
    pub(super) fn new(master_key: &[u8], master_salt: &[u8]) -> Option<Self> {
        let rtp = [Label::RtpCipher, Label::RtpAuthentication, Label::RtpSalt];
        let rtcp = [Label::RtcpCipher, Label::RtcpAuthentication, Label::RtcpSalt];
        Some(Cm {
            rtp: Keys::new(master_key, master_salt, rtp)?,
            rtcp: Keys::new(master_key, master_salt, rtcp)?,
        })
    }

    pub(super) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        len: usize,
        header: usize,
        at: Position,
    ) -> Option<usize> {
        self.rtp.apply(at, buffer.get_mut(header..len)?);
        let tag = self.rtp.mac(&buffer[..len], &rollovers(at)).finalize().into_bytes();
        buffer.get_mut(len..len + TAG)?.copy_from_slice(&tag[..TAG]);
        Some(len + TAG)
    }

    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        header: usize,
        at: Position,
    ) -> Result<usize, SrtpError> {
        let len = packet.len().checked_sub(TAG).filter(|len| *len >= header).ok_or(SrtpError::Malformed)?;
        let mac = self.rtp.mac(&packet[..len], &rollovers(at));
        mac.verify_truncated_left(&packet[len..]).map_err(|_| SrtpError::Authentication)?;
        self.rtp.apply(at, &mut packet[header..len]);
        Ok(len)
    }

    pub(super) fn seal_rtcp(&self, buffer: &mut [u8], len: usize, at: Position) -> Option<usize> {
        self.rtcp.apply(at, buffer.get_mut(RTCP_HEADER..len)?);
        let trailer = ENCRYPTED | at.index as u32;
        let signed = len + RTCP_TRAILER;
        buffer.get_mut(len..signed)?.copy_from_slice(&trailer.to_be_bytes());
        let tag = self.rtcp.mac(&buffer[..signed], &[]).finalize().into_bytes();
        buffer.get_mut(signed..signed + TAG)?.copy_from_slice(&tag[..TAG]);
        Some(signed + TAG)
    }

    pub(super) fn open_rtcp(&self, packet: &mut [u8], at: Position) -> Result<usize, SrtpError> {
        let signed = packet.len().checked_sub(TAG).ok_or(SrtpError::Malformed)?;
        let len = signed.checked_sub(RTCP_TRAILER).filter(|len| *len >= RTCP_HEADER);
        let len = len.ok_or(SrtpError::Malformed)?;
        let mac = self.rtcp.mac(&packet[..signed], &[]);
        mac.verify_truncated_left(&packet[signed..]).map_err(|_| SrtpError::Authentication)?;
        self.rtcp.apply(at, &mut packet[RTCP_HEADER..len]);
        Ok(len)
    }
}

/// The rollover counter as it is authenticated behind the packet.
fn rollovers(at: Position) -> [u8; 4] {
    ((at.index >> 16) as u32).to_be_bytes()
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
    }

    /// RFC 3711 §B.3.
    #[test]
    fn session_keys_are_those_of_the_rfc() {
        let key: [u8; 16] = bytes("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt: [u8; 14] = bytes("0EC675AD498AFEEBB6960B3AABE6");
        let mut cipher = [0; 16];
        derive(&key, &salt, Label::RtpCipher, &mut cipher).expect("derived");
        assert_eq!(cipher, bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        let mut session_salt = [0; 14];
        derive(&key, &salt, Label::RtpSalt, &mut session_salt).expect("derived");
        assert_eq!(session_salt, bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let mut authentication = [0; 20];
        derive(&key, &salt, Label::RtpAuthentication, &mut authentication).expect("derived");
        assert_eq!(authentication, bytes("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    /// RFC 3711 §B.2.
    #[test]
    fn the_keystream_is_that_of_the_rfc() {
        let mut salt = [0; 16];
        salt[..14].copy_from_slice(&bytes::<14>("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
        let keys = Keys {
            cipher: Aes128Enc::new(&bytes::<16>("2B7E151628AED2A6ABF7158809CF4F3C").into()),
            mac: <Hmac<Sha1> as Mac>::new_from_slice(&[0; 20]).expect("any length"),
            salt,
        };
        let mut stream = [0; 48];
        keys.apply(Position { ssrc: 0, index: 0 }, &mut stream);
        let expected = "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream, bytes::<48>(expected));
    }
}
