//! The switch against scripted peers, in virtual time.

mod dial;
mod elsewhere;
mod inbound;
mod keys;
mod model;
mod panic;
mod parties;
mod plain;
mod policy;
mod prompts;
mod registration;
mod several;
mod trunks;
