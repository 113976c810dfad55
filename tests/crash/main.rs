//! `kill -9` in the middle of work: what was acknowledged is still there, no number twice, nobody dialled twice; and the
//! order of sync and answer, which a kill alone cannot show. 20 rounds.

mod dialled;
mod held;
mod order;
#[path = "../support/mod.rs"]
mod support;

/// How often the program is killed.
const ROUNDS: usize = 20;

/// Dies at once and comes back on its folder.
fn restart(mut switch: support::switch::Switch) -> support::switch::Switch {
    switch.process.kill();
    support::switch::Switch::start_in(switch.folder.clone(), switch.sip)
}
