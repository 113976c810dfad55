//! The way to the firms' mail servers (SMTP, RFC 5321): takes letters and says what became of each. When it is tried again the firm decides.

mod calendar;
mod compose;
pub(crate) mod settings;
mod words;

use crate::seal::Keys;
use crate::state::{ReplySender, WebRequest};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use settings::MailSettings;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use warmline_coordination::ids::ReservationId;
use warmline_coordination::letter::{Sending, Sent};
use warmline_coordination::request::Request;

/// Letters of a firm that are under way at once; the others wait for them.
const AT_ONCE: usize = 4;
/// How long a mail server may take for one letter, waiting for its turn included: less than the firm waits for its answer.
const WITHIN: Duration = Duration::from_secs(120);

/// All firms' mail servers.
pub struct Mails {
    firms: RwLock<HashMap<String, Arc<Post>>>,
    requests: mpsc::Sender<WebRequest>,
    keys: Arc<Keys>,
}

impl fmt::Debug for Mails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mails").finish_non_exhaustive()
    }
}

struct Post {
    settings: MailSettings,
    /// With its open connections.
    transport: AsyncSmtpTransport<Tokio1Executor>,
    turns: Semaphore,
}

impl Mails {
    /// Answers go to the firms as [`Request::Mailed`]. `secret` seals the links in letters.
    pub fn new(settings: Vec<MailSettings>, secret: &[u8; 64], requests: mpsc::Sender<WebRequest>) -> Self {
        let mails = Mails { firms: RwLock::default(), requests, keys: Arc::new(Keys::new(secret)) };
        mails.reload(settings);
        mails
    }

    /// These are the mail servers from now on.
    pub fn reload(&self, settings: Vec<MailSettings>) {
        let mut firms = self.firms.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *firms);
        *firms = settings
            .into_iter()
            .map(|settings| {
                let firm = settings.firm.clone();
                let same = before.remove(&firm).filter(|post| post.settings == settings);
                let post = same.unwrap_or_else(|| {
                    let transport = settings.transport();
                    Arc::new(Post { settings, transport, turns: Semaphore::new(AT_ONCE) })
                });
                (firm, post)
            })
            .collect();
    }

    /// Sends, and returns at once. Needs a tokio runtime.
    pub fn send(&self, sending: Sending) {
        let post = self.firms.read().unwrap_or_else(PoisonError::into_inner).get(&sending.firm).cloned();
        let (requests, keys) = (self.requests.clone(), Arc::clone(&self.keys));
        tokio::spawn(async move {
            let sent = match post {
                Some(post) => {
                    let sent = tokio::time::timeout(WITHIN, post.deliver(&keys, &sending)).await;
                    sent.unwrap_or_else(|_| note(&sending.firm, Sent::Failed, "timeout", None))
                }
                // Its mail server was taken out of the configuration: perhaps it comes back.
                None => note(&sending.firm, Sent::Failed, "no_server", None),
            };
            let request = Request::Mailed { firm: sending.firm, letter: sending.letter, sent };
            // Where the firms are gone the letter is sent again after the start.
            let _ = requests.send(WebRequest { request, reply: ReplySender::nobody() }).await;
        });
    }
}

impl Post {
    async fn deliver(&self, keys: &Keys, sending: &Sending) -> Sent {
        let Ok(_turn) = self.turns.acquire().await else { return Sent::Failed };
        let Some(message) = compose::message(&self.settings, keys, sending) else {
            return note(&sending.firm, Sent::Refused, "no_address", None);
        };
        match self.transport.send(message).await {
            Ok(_) => note(&sending.firm, Sent::Taken, "sent", None),
            Err(error) => {
                let code = error.status().map(u16::from);
                let sent = if error.is_permanent() { Sent::Refused } else { Sent::Failed };
                let why = match sent {
                    Sent::Refused => "refused",
                    _ if error.is_transient() => "later",
                    _ if error.is_tls() => "tls",
                    _ => "unreachable",
                };
                note(&sending.firm, sent, why, code)
            }
        }
    }
}

/// Counted and logged: no address, no word of it.
fn note(firm: &str, sent: Sent, why: &'static str, code: Option<u16>) -> Sent {
    metrics::counter!("warmline_mails_total", "firm" => firm.to_owned(), "outcome" => why).increment(1);
    if sent != Sent::Taken {
        tracing::warn!(firm, reason = why, code, "the mail server did not take a letter");
    }
    sent
}

/// The part of a letter's link, `/callback/…`, that names a request and is its key, under this secret.
pub fn callback_token(secret: &[u8; 64], site: &str, reservation: ReservationId) -> String {
    Keys::new(secret).callback_token(site, reservation)
}
