//! Warmline: a SIP softswitch with web coordination, in one program.
//!
//! `switch` is the sans-IO B2BUA, `io` owns every socket, clock and thread, `store` the journal, `evidence` what it proves; `config` checks what is read,
//! `program` wires it all, `cli` starts it.

pub mod cli;
pub mod config;
pub mod demo;
pub mod evidence;
pub mod io;
pub mod ops;
pub mod parts;
pub mod program;
pub mod store;
pub mod switch;
