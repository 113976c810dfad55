//! Web coordination, sans-IO: visitors, agents, routing points, reservations, queues, callbacks.
//!
//! One [`firms::Firms`] value owns every firm; it is driven by requests of the web, events of the switch and time, and answers
//! with effects. No socket, clock, SQL or SIP.

mod agent;
pub mod asking;
mod call;
mod callback;
mod callback_view;
mod caller_id;
pub mod calling_hours;
pub mod campaign;
pub mod chat;
mod contact;
pub mod contact_change;
mod contact_view;
mod conversation;
mod counters;
pub mod crm;
pub mod cti;
pub mod decision;
pub mod decision_replay;
pub mod dial_limits;
pub mod dial_policy;
pub mod dialing;
pub mod do_not_call;
pub mod effect;
pub mod fact;
pub mod figures;
mod firm;
pub mod firms;
pub mod floor;
pub mod hours;
pub mod identity;
pub mod ids;
mod last_numbers;
pub mod letter;
pub mod notice;
pub mod number;
mod number_zones;
pub mod pacing;
pub mod program;
pub mod push;
mod queue;
mod random;
pub mod request;
mod reservation;
pub mod routing;
mod routing_point;
pub mod rules;
mod screen;
pub mod settings;
pub mod spending;
mod statistics;
pub mod tally;
mod text;
pub mod view;
mod wait_estimate;
