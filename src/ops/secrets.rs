//! Secrets of the program, kept in the data folder, readable by its user only.

use ring::rand::{SecureRandom, SystemRandom};
use std::io::{Error, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The secret in this file, made where it is missing or of another length. It seals cookies and tokens: they outlive a restart.
pub fn kept(file: &Path) -> Result<[u8; 64], Error> {
    if let Ok(secret) = read(file) {
        return Ok(secret);
    }
    let secret = random();
    write_private(file, &secret)?;
    Ok(secret)
}

/// The secret in this file.
pub fn read(file: &Path) -> Result<[u8; 64], Error> {
    std::fs::read(file)?.try_into().map_err(|_| Error::other("this is no secret of ours"))
}

/// Writes a file that only our user can read: whole, or not at all.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = file.with_added_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let mut written = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(&new, file)?;
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
