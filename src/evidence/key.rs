//! The key that signs evidence: Ed25519 (RFC 8032), kept in the data folder beside the program's secret.

use crate::ops::secrets;
pub use crate::store::chain::{hex, unhex};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Its file, in the data folder.
pub const FILE: &str = "evidence.key";

/// The key of this program.
#[derive(Debug)]
pub struct Key(Ed25519KeyPair);

impl Key {
    /// The key in a data folder, made where there is none. One that cannot be read is never replaced: what it has signed names it.
    pub fn kept(data: &Path) -> Result<Self, Error> {
        let file = data.join(FILE);
        match std::fs::read(&file) {
            Ok(seed) => Key::of(&seed),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let seed: [u8; 32] = secrets::random();
                secrets::write_private(&file, &seed)?;
                Key::of(&seed)
            }
            Err(error) => Err(error),
        }
    }

    /// The key that the program has made.
    ///
    /// # Errors
    /// Where there is none yet, or it cannot be read.
    pub fn read(data: &Path) -> Result<Self, Error> {
        Key::of(&std::fs::read(data.join(FILE)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Error::other("there is no key here yet: the program makes it when it starts")
            }
            _ => error,
        })?)
    }

    /// From its 32 bytes.
    pub fn of(seed: &[u8]) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map(Key).map_err(|_| Error::other(format!("{FILE} is no key of ours: it has not 32 bytes")))
    }

    /// What others know it by, in hexadecimal.
    pub fn public(&self) -> String {
        hex(self.0.public_key().as_ref())
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> String {
        hex(self.0.sign(message).as_ref())
    }
}

/// Whether the key has signed the message; all but it in hexadecimal.
pub fn has_signed(public: &str, message: &[u8], signature: &str) -> bool {
    let (Some(public), Some(signature)) = (unhex::<32>(public), unhex::<64>(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, public).verify(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_and_read_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let folder = crate::store::conformance::folder("evidence-key");
        assert!(Key::read(&folder).unwrap_err().to_string().contains("no key here yet"));
        let public = Key::kept(&folder).expect("made").public();
        assert_eq!(Key::read(&folder).expect("read").public(), public);
        assert_eq!(Key::kept(&folder).expect("read").public(), public);
        let mode = std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.join(FILE), b"short").unwrap();
        assert!(Key::kept(&folder).is_err(), "it is not replaced");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn signs_as_the_rfc_says() {
        // RFC 8032 §7.1, test 2.
        let seed = unhex::<32>("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = Key::of(&seed).unwrap();
        assert_eq!(key.public(), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = key.sign(&[0x72]);
        assert!(signature.starts_with("92a009a9f0d4cab8720e820b5f642540"));
        assert!(has_signed(&key.public(), &[0x72], &signature));
        assert!(!has_signed(&key.public(), &[0x73], &signature));
        assert!(
            !has_signed(&key.public(), &[0x72], &signature.to_uppercase()),
            "there is one way to write it"
        );
        assert!(!has_signed("00", &[0x72], &signature));
    }
}
