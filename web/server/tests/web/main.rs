//! The web's interfaces, pages and streams, with a firm that answers from a script.

mod agents;
mod api;
mod asking;
mod call_control;
mod campaigns;
mod chat;
mod commands;
mod contacts;
mod events;
mod floor;
mod form;
mod identity;
mod limits;
mod live;
mod lookup;
mod mail;
mod oidc;
mod openapi;
mod outbound;
mod pages;
mod statistics;
mod streams;
mod support;
mod visitors;
mod watch;
mod webhooks;
