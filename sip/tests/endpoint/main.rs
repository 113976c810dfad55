//! The endpoint against another endpoint over a simulated network, and against scripted peers.

mod cancels;
mod challenges;
mod dialogs;
mod forks;
mod left;
mod lossy;
mod network;
mod noise;
mod offers;
mod scripted;
mod session_timers;
mod streams;
