//! Web coordination, sans-IO: visitors, agents, routing points, reservations, queues, callbacks.
//!
//! One [`firms::Firms`] value owns every firm; it is driven by requests of the web, events of the switch and time, and answers
//! with effects. No socket, clock, SQL or SIP.

pub mod cti;
pub mod effect;
pub mod fact;
pub mod firms;
pub mod ids;
pub mod request;
pub mod settings;
pub mod view;
