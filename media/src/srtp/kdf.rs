//! Session keys from the master key (RFC 3711 §4.3, RFC 6188 §2 for 256 bits), key derivation rate 0.

use aes::{Aes128Enc, Aes256Enc};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};

/// What a session key is for.
#[derive(Clone, Copy)]
pub(super) enum Label {
    RtpCipher = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpCipher = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// Fills `out` with the key named by `label`; `None` where key or salt have no length that a profile has.
pub(super) fn derive(master_key: &[u8], master_salt: &[u8], label: Label, out: &mut [u8]) -> Option<()> {
    let mut block = [0; 16];
    block[..14].get_mut(..master_salt.len())?.copy_from_slice(master_salt);
    // The key id is 56 bits, right-aligned in the salt's 112; a salt of 96 bits is left-aligned there (RFC 7714 §11).
    block[7] ^= label as u8;
    out.fill(0);
    match master_key.len() {
        16 => Ctr128BE::<Aes128Enc>::new_from_slices(master_key, &block).ok()?.apply_keystream(out),
        32 => Ctr128BE::<Aes256Enc>::new_from_slices(master_key, &block).ok()?.apply_keystream(out),
        _ => return None,
    }
    Some(())
}
