//! Webhooks: a firm's events to its own systems, signed, in order, at least once (Standard Webhooks).

pub(crate) mod address;
pub(crate) mod delivery;
pub(crate) mod http;
pub(crate) mod outbox;
pub(crate) mod settings;
pub(crate) mod sign;

use crate::hub::Hub;
use delivery::Delivery;
use http::HttpTransport;
use outbox::Outbox;
use settings::WebhookSettings;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Requests that are under way at once, over all hooks.
const IN_FLIGHT: usize = 16;

/// Attaches the hooks to their firms' feeds and delivers from now on, a task a hook. Needs a tokio runtime.
pub fn start(hub: &Hub, hooks: Vec<WebhookSettings>) {
    if hooks.is_empty() {
        return;
    }
    let tls = http::trusting_the_system();
    let flights = Arc::new(Semaphore::new(IN_FLIGHT));
    for settings in hooks {
        let firm = settings.firm.clone();
        let outbox = Arc::new(Outbox::new(settings));
        hub.feed(&firm).attach(Arc::clone(&outbox));
        let transport = HttpTransport::new(Arc::clone(&tls));
        tokio::spawn(Delivery::new(outbox, transport, Arc::clone(&flights)).run());
    }
}
