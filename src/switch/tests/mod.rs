//! The switch against scripted peers, in virtual time.

mod adopt;
mod confirm;
mod dial;
mod echo;
mod elsewhere;
mod inbound;
mod keys;
mod model;
mod panic;
mod parties;
mod plain;
mod policy;
mod prepare;
mod prompts;
mod registration;
mod reload;
mod resume;
mod several;
mod trunks;
