//! The whole switch under a virtual clock: the very objects that `warmline run` drives, on a simulated network.
//!
//! Everything follows from a seed, which each run prints. `WARMLINE_LONG=1` runs twenty times as much.

mod calls;
mod checks;
mod desk;
mod dice;
mod journey;
mod journeys;
mod model;
mod network;
mod phone;
mod plan;
mod setting;
mod world;
