//! SIP, sans-IO: messages, transactions, dialogs and the endpoint that ties them.
//!
//! No socket, clock, thread or random source: time is an argument, randomness a seed.

mod dialog;
pub mod digest;
pub mod endpoint;
pub mod framing;
pub mod headers;
pub mod message;
pub mod parse;
mod random;
mod transaction;
pub mod transport;
pub mod uri;
