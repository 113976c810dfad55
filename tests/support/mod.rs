//! Real parts for whole-system tests: the program, baresip, SIPp, HTTP and WebSocket clients, tones.
#![allow(dead_code, clippy::disallowed_methods, missing_docs)]

pub mod audio;
pub mod baresip;
pub mod client;
pub mod exim;
pub mod hook;
pub mod journal;
pub mod kamailio;
pub mod page;
pub mod process;
pub mod sipp;
pub mod switch;
pub mod voice;
pub mod wire;

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take that a test waits for.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Asks until it is so; the test fails with `what` where it never is.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A fresh folder; kept where the test fails, so that logs can be read.
pub fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("warmline-{name}-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("temporary folder");
    path
}

/// A port that is free for UDP and TCP on loopback, with the next one. Below the ephemeral ones, which any connection that
/// goes out may take before it is used, and above those of [`port_range`]; chosen by process and turn.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    until("a free port", || {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 30_300 + (std::process::id() as u16).wrapping_mul(331).wrapping_add(turn) % 1_200 * 2;
        let free = |port| UdpSocket::bind(("0.0.0.0", port)).is_ok();
        let listens = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        (listens(port) && listens(port + 1) && free(port) && free(port + 1)).then_some(port)
    })
}

/// A range of `len` UDP ports that no other test of this machine uses: below the ephemeral ones, chosen by process and turn.
pub fn port_range(len: u16) -> (u16, u16) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let turn = NEXT.fetch_add(1, Ordering::Relaxed);
    let first = 10_000
        + ((std::process::id() as u16).wrapping_mul(977).wrapping_add(turn.wrapping_mul(211)) % 20_000);
    let first = first & !1;
    (first, first + len - 1)
}

/// A number that differs from run to run.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
