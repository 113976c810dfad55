//! The switch against scripted peers, in virtual time.

mod adopt;
mod confirm;
mod detect;
mod dial;
mod echo;
mod elsewhere;
mod group;
mod inbound;
mod keys;
mod left;
mod model;
mod panic;
mod parties;
mod phones;
mod plain;
mod policy;
mod prepare;
mod prompts;
mod registration;
mod reload;
mod replace;
mod resume;
mod several;
mod trunks;
