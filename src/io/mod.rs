//! The only place with sockets, clocks and threads.

pub mod clock;
pub mod coordination;
pub mod erasers;
pub mod gate;
pub mod local;
pub mod media;
mod release;
pub mod signalling;
pub mod stream;
pub mod web;
pub mod ws;
