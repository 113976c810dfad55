//! The way to the firms' CRMs: asks who somebody is, signed as webhooks are, beside everything else.

mod breaker;

use crate::clock;
use crate::state::{ReplySender, WebRequest};
use crate::webhook::delivery::{Answer as Head, Failure, Post};
use crate::webhook::http::{self, HttpTransport};
use crate::webhook::settings::{InvalidWebhook, WebhookSettings};
use crate::webhook::sign::signature;
use breaker::Breaker;
use bytes::Bytes;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use warmline_coordination::crm::{Answer, LookupId, Question, Record};
use warmline_coordination::request::Request;

/// How long a CRM may take; the firm looks at nothing that comes later.
const ANSWER: Duration = Duration::from_secs(5);
/// Questions of one firm that are under way at once; beyond, nobody is asked.
const IN_FLIGHT: usize = 16;

/// Where a firm's CRM is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrmSettings {
    hook: WebhookSettings,
    fields: Vec<String>,
}

impl CrmSettings {
    /// The CRM of a firm. `fields` are those of its own that are shown; none: all. With `allow_private`, addresses of the own
    /// network and plain http are allowed.
    ///
    /// # Errors
    /// What is wrong with address or secret.
    pub fn new(
        firm: &str,
        url: &str,
        secret: &str,
        fields: Vec<String>,
        allow_private: bool,
    ) -> Result<Self, InvalidWebhook> {
        let hook = WebhookSettings::new(firm, url, secret, &["*".to_owned()], allow_private)?;
        Ok(CrmSettings { hook, fields })
    }
}

/// All firms' CRMs.
pub struct Lookups {
    firms: RwLock<HashMap<String, Arc<Crm>>>,
    requests: mpsc::Sender<WebRequest>,
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").finish_non_exhaustive()
    }
}

struct Crm {
    settings: CrmSettings,
    flights: Arc<Semaphore>,
    breaker: Mutex<Breaker>,
    /// Ways out that are not in use, each with its connection.
    idle: Mutex<Vec<HttpTransport>>,
    tls: Arc<rustls::ClientConfig>,
}

/// Why there is no record, by a word for the metric.
enum NoRecord {
    Unknown,
    Failed(&'static str),
}

impl Lookups {
    /// Answers go to the firms as [`Request::LookedUp`].
    pub fn new(settings: Vec<CrmSettings>, requests: mpsc::Sender<WebRequest>) -> Self {
        let lookups = Lookups { firms: RwLock::default(), requests };
        lookups.reload(settings);
        lookups
    }

    /// These are the CRMs from now on; one that is as it was goes on with what it knows of its health.
    pub fn reload(&self, settings: Vec<CrmSettings>) {
        let before = self.firms.read().unwrap_or_else(PoisonError::into_inner).clone();
        let tls = (!settings.is_empty()).then(http::trusting_the_system);
        let firms = settings.into_iter().zip(tls.iter().cycle()).map(|(settings, tls)| {
            let same = before.get(&settings.hook.firm).filter(|crm| crm.settings == settings);
            if let Some(crm) = same {
                return (settings.hook.firm, Arc::clone(crm));
            }
            let crm = Crm {
                flights: Arc::new(Semaphore::new(IN_FLIGHT)),
                breaker: Mutex::default(),
                idle: Mutex::default(),
                tls: Arc::clone(tls),
                settings,
            };
            (crm.settings.hook.firm.clone(), Arc::new(crm))
        });
        let firms = firms.collect();
        *self.firms.write().unwrap_or_else(PoisonError::into_inner) = firms;
    }

    fn of(&self, firm: &str) -> Option<Arc<Crm>> {
        self.firms.read().unwrap_or_else(PoisonError::into_inner).get(firm).map(Arc::clone)
    }

    /// Asks, and returns at once. Needs a tokio runtime.
    pub fn ask(&self, question: Question) {
        let Some(crm) = self.of(&question.firm) else { return };
        let (requests, firm, id) = (self.requests.clone(), question.firm.clone(), question.id);
        let flight = Arc::clone(&crm.flights).try_acquire_owned();
        let refused = if flight.is_err() {
            Some("busy")
        } else {
            (!crm.breaker().lets_pass(Instant::now())).then_some("breaker")
        };
        if let Some(why) = refused {
            count(&firm, why);
            return tell(&requests, firm, id, Answer::Failed);
        }
        tokio::spawn(async move {
            let start = Instant::now();
            let answer = crm.ask(&question).await;
            drop(flight);
            let seconds = start.elapsed().as_secs_f64();
            metrics::histogram!("warmline_lookup_seconds", "firm" => firm.clone()).record(seconds);
            tell(&requests, firm, id, answer);
        });
    }
}

/// The firm gives a question up by itself: an answer that finds its inbox full is lost.
fn tell(requests: &mpsc::Sender<WebRequest>, firm: String, id: LookupId, answer: Answer) {
    let request = Request::LookedUp { firm, id, answer };
    let _ = requests.try_send(WebRequest { request, reply: ReplySender::nobody() });
}

fn count(firm: &str, outcome: &'static str) {
    metrics::counter!("warmline_lookups_total", "firm" => firm.to_owned(), "outcome" => outcome).increment(1);
}

impl Crm {
    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, question: &Question) -> Answer {
        let firm = &self.settings.hook.firm;
        let fetched = tokio::time::timeout(ANSWER, self.fetch(question)).await;
        let read = fetched
            .unwrap_or(Err("timeout"))
            .map_or_else(|why| Err(NoRecord::Failed(why)), |(head, body)| self.read(head, body.as_ref()));
        let failed = matches!(read, Err(NoRecord::Failed(_)));
        if self.breaker().count(Instant::now(), failed) {
            tracing::warn!(firm, "the CRM fails again and again: it is left alone for a moment");
        }
        match read {
            Ok(record) => {
                count(firm, "found");
                Answer::Found(Box::new(record))
            }
            Err(NoRecord::Unknown) => {
                count(firm, "unknown");
                Answer::Unknown
            }
            Err(NoRecord::Failed(why)) => {
                count(firm, why);
                tracing::info!(firm, why, "the CRM gave no answer");
                Answer::Failed
            }
        }
    }

    async fn fetch(&self, question: &Question) -> Result<(Head, Option<Bytes>), &'static str> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut way = idle.unwrap_or_else(|| HttpTransport::new(Arc::clone(&self.tls)));
        let hook = &self.settings.hook;
        let mut body = json!(question);
        body["type"] = "lookup".into();
        let body = body.to_string();
        let (id, seconds) = (format!("lookup_{:032x}", rand::random::<u128>()), clock::now().as_secs());
        let signed = signature(&hook.secret, &id, seconds, &body);
        let headers =
            [("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signed)];
        let (target, allow_private) = (&hook.target, hook.allow_private);
        let answer = way.fetch(&Post { target, allow_private, headers, body: &body }).await;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(way);
        answer.map_err(Failure::word)
    }

    fn read(&self, head: Head, body: Option<&Bytes>) -> Result<Record, NoRecord> {
        match head.status {
            200 => {}
            204 | 404 => return Err(NoRecord::Unknown),
            300..=399 => return Err(NoRecord::Failed("redirect")),
            _ => return Err(NoRecord::Failed("status")),
        }
        let body = body.ok_or(NoRecord::Failed("too_large"))?;
        let record = Record::read(body, &self.settings.fields).map_err(|_| NoRecord::Failed("unreadable"))?;
        record.ok_or(NoRecord::Unknown)
    }
}
