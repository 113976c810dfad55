//! Days of a call centre in virtual time: the firms of `web/coordination` with a synthetic switch, agents and customers.
//!
//! Everything follows from a seed. `scripts/day` runs one day and prints its report; docs/day.md says what is modelled.

mod centre;
mod chance;
mod day;
#[path = "../sim/dice.rs"]
#[allow(dead_code)]
mod dice;
mod measure;
mod people;
mod report;
#[path = "../../web/coordination/tests/coordination/sim.rs"]
#[allow(dead_code)]
mod sim;
mod tests;
#[path = "../../web/coordination/tests/coordination/world.rs"]
#[allow(dead_code)]
mod world;
