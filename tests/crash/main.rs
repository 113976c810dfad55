//! `kill -9` in the middle of work: what was acknowledged is still there, no number twice, nobody dialled twice; and the
//! order of sync and answer, which a kill alone cannot show. 20 rounds; 100 where `WARMLINE_LONG=1`.

mod dialled;
mod held;
mod order;
#[path = "../support/mod.rs"]
mod support;

/// How often the program is killed.
fn rounds() -> usize {
    if std::env::var("WARMLINE_LONG").is_ok_and(|value| value == "1") { 100 } else { 20 }
}

/// Dies at once and comes back on its folder.
fn restart(mut switch: support::switch::Switch) -> support::switch::Switch {
    switch.process.kill();
    support::switch::Switch::start_in(switch.folder.clone(), switch.sip)
}
