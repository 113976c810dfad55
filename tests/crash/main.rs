//! `kill -9` in the middle of work: what was acknowledged is still there, no number twice, nobody dialled twice; and the
//! order of sync and answer, which a kill alone cannot show. 20 rounds; 100 where `WARMLINE_LONG=1`.

// Long runs say how long they took.
#![allow(clippy::disallowed_methods)]

mod dialled;
mod held;
mod order;
mod recovery;
mod second;
#[path = "../support/mod.rs"]
mod support;

/// How often the program is killed.
fn rounds() -> usize {
    if long() { 100 } else { 20 }
}

fn long() -> bool {
    std::env::var_os("WARMLINE_LONG").is_some()
}

/// A figure of a long run, past the harness, which shows what a test prints only where it fails.
fn report(figures: &str) {
    use std::io::Write;
    if long() {
        let _ = writeln!(std::io::stderr(), "{figures}");
    }
}

/// Dies at once and comes back on its folder.
fn restart(mut switch: support::switch::Switch) -> support::switch::Switch {
    switch.process.kill();
    support::switch::Switch::start_in(switch.folder.clone(), switch.sip)
}
