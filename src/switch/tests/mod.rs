//! The switch against scripted peers, in virtual time.

mod dial;
mod inbound;
mod plain;
mod policy;
mod registration;
mod trunks;
