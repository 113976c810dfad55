//! The domain as its neighbours see it: requests, switch events and time in, effects out; a crash at any step.

mod agents;
mod browser;
mod call_out;
mod callme;
mod control;
mod desk;
mod dial;
mod feed;
mod floor;
mod keys;
mod late;
mod model;
mod park;
mod pin;
mod renewal;
mod resume;
mod routing;
mod share;
mod sim;
mod stations;
mod statistics;
mod storm;
mod transfer;
mod trunks;
mod world;
