//! `kill -9` in the middle of work: what was acknowledged is still there, no number twice, nobody dialled twice; and the
//! order of sync and answer, which a kill alone cannot show. 6 rounds; 20 with `WARMLINE_LONG=1`.

mod dialled;
mod held;
mod order;
#[path = "../support/mod.rs"]
mod support;

/// How often the program is killed.
fn rounds() -> usize {
    if std::env::var_os("WARMLINE_LONG").is_some_and(|value| value == "1") { 20 } else { 6 }
}

/// Dies at once and comes back on its folder.
fn restart(mut switch: support::switch::Switch) -> support::switch::Switch {
    switch.process.kill();
    support::switch::Switch::start_in(switch.folder.clone(), switch.sip)
}
