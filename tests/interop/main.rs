//! The program with real peers: baresip and SIPp as carrier and phones, sound verified by what is heard.

mod agent_first;
mod callme;
mod campaign;
mod control;
mod elsewhere;
mod erase;
mod evidence;
mod group;
mod inbound;
mod late;
mod line;
mod mail;
mod met;
mod neighbours;
mod overload;
mod parallel;
mod plain;
mod programs;
mod progress;
mod reload;
mod replay;
mod restart;
mod stations;
#[path = "../support/mod.rs"]
mod support;
mod verified;
mod warm_line;
