//! The program with real peers: baresip and SIPp as carrier and phones, sound verified by what is heard.

#[path = "../support/mod.rs"]
mod support;
mod inbound;
