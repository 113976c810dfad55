//! The domain as its neighbours see it: requests, switch events and time in, effects out; a crash at any step.

mod agents;
mod browser;
mod callme;
mod chat;
mod control;
mod desk;
mod dial;
mod feed;
mod keys;
mod late;
mod model;
mod pin;
mod renewal;
mod routing;
mod sim;
mod statistics;
mod storm;
mod transfer;
mod trunks;
mod world;
