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
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Semaphore;

/// Requests that are under way at once, over all hooks.
const IN_FLIGHT: usize = 16;

/// All firms' hooks.
pub struct Webhooks {
    flights: Arc<Semaphore>,
    tls: OnceLock<Arc<rustls::ClientConfig>>,
    /// Those that get events.
    open: Mutex<Vec<Arc<Outbox>>>,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

/// Attaches the hooks to their firms' feeds and delivers from now on, a task a hook. Needs a tokio runtime.
pub fn start(hub: &Hub, hooks: Vec<WebhookSettings>) -> Webhooks {
    let webhooks = Webhooks {
        flights: Arc::new(Semaphore::new(IN_FLIGHT)),
        tls: OnceLock::new(),
        open: Mutex::default(),
    };
    webhooks.reload(hub, hooks);
    webhooks
}

impl Webhooks {
    /// These are the hooks from now on. One that is as it was goes on; one that is no more, or another, is sent what waits for it.
    pub fn reload(&self, hub: &Hub, hooks: Vec<WebhookSettings>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, closed) =
            std::mem::take(&mut *open).into_iter().partition(|hook| hooks.contains(&hook.settings));
        *open = kept;
        let closed: Vec<Arc<Outbox>> = closed;
        for hook in closed {
            hub.feed(&hook.settings.firm).detach(&hook);
            hook.close();
        }
        for settings in hooks {
            if open.iter().any(|hook| hook.settings == settings) {
                continue;
            }
            let firm = settings.firm.clone();
            let outbox = Arc::new(Outbox::new(settings));
            hub.feed(&firm).attach(Arc::clone(&outbox));
            open.push(Arc::clone(&outbox));
            let transport = HttpTransport::new(Arc::clone(self.tls.get_or_init(http::trusting_the_system)));
            tokio::spawn(Delivery::new(outbox, transport, Arc::clone(&self.flights)).run());
        }
    }
}
