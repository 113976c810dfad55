//! HTTP, WebSocket and the pages.
//!
//! Four routers, one for each listener that `src` opens:
//! - [`router`]: the main origin (visitors' and agents' interfaces, desktop, widget); `src` adds `/sip` to it;
//! - [`pageview_router`]: the origin on which agents look at visitors' pages;
//! - [`shop_router`]: the demo shop;
//! - [`admin_router`]: health and metrics, for a loopback listener.
//!
//! Listeners give each request two extensions: `axum::extract::ConnectInfo<SocketAddr>`, the socket's peer, and [`Scheme`].
//! Everything that strangers send becomes a checked value here. A request for a firm goes through one bounded channel
//! ([`WebRequest`]); what a firm has to say goes to open streams through the [`Hub`].

mod admin;
mod agent;
mod api;
mod body;
mod call_control;
mod call_out;
mod callbacks;
mod challenge;
mod chat;
mod client;
mod clock;
mod contacts;
mod cors;
mod dates;
mod event_log;
mod feed;
mod floor;
mod forget;
mod form;
mod headers;
mod hub;
mod identity;
mod limit;
mod links;
mod lookup;
mod mail;
mod messages;
mod offer;
mod oidc;
mod origin;
mod outbound;
mod pages;
mod pageview;
mod password;
mod pointing;
mod problem;
mod queue;
mod relay;
mod routes;
mod seal;
mod session;
mod settings;
mod share;
mod site_files;
mod state;
mod statistics;
mod stream;
mod stream_agent;
mod stream_live;
mod stream_visitor;
mod text;
mod turn;
mod visitor;
mod watch;
mod webhook;

pub use admin::admin_router;
pub use api::decisions::{KeptDecisions, Wanted};
pub use api::evidence::{Check, Evidence, EvidenceRefused, Verdict, day};
pub use api::key::{ApiKey, InvalidApiKey, Right, mint_key};
pub use challenge::Challenge;
pub use client::Scheme;
pub use clock::go_by;
pub use feed::FeedLimits;
pub use hub::Hub;
pub use identity::{InvalidIdentityKey, SiteIdentity};
pub use limit::Rate;
pub use lookup::{CrmSettings, Lookups};
pub use mail::settings::{InvalidMail, MailSettings, MailTls, is_email};
pub use mail::{Mails, callback_token};
pub use oidc::settings::{InvalidOidc, OidcClaim, OidcSettings};
pub use origin::PublicOrigin;
pub use routes::{pageview_router, router, shop_router};
pub use settings::{AgentLogin, InvalidNet, Limits, SiteInfo, TrustedNet, WebSettings};
pub use site_files::Pages;
pub use state::{Kept, ReplySender, Snapshots, StoreUnavailable, WebRequest, WebState};
pub use turn::TurnServer;
pub use watch::{WatchPolicy, WithoutConsent, start_watching};
pub use webhook::settings::{InvalidWebhook, WebhookSettings, mint_webhook_secret};
pub use webhook::{Webhooks, start as start_webhooks};
