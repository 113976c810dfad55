//! Warmline: a SIP softswitch with web coordination, in one program.
//!
//! `switch` is the sans-IO B2BUA, `io` owns every socket, clock and thread, `store` the journal; `config` checks what is read,
//! `cli` starts it all.

pub mod config;
pub mod store;
pub mod switch;
