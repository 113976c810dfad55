//! Another configuration for the program as it runs: read and checked whole, compared, then given to each part, or to none.

use crate::config::diff::{Change, What, diff};
use crate::config::{self, Config, ConfigError};
use crate::io::clock::Clock;
use crate::parts::{self, Place};
use crate::switch::settings::Settings;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use warmline_coordination::settings::FirmSettings;
use warmline_web::{Hub, Lookups, Mails, WebState, Webhooks};

/// A question that is longer is none.
const BODY: usize = 16 << 10;
/// What the admin listener's key is made of, beside the program's secret.
const PURPOSE: &[u8] = b"warmline admin";

/// For the coordination task: firms and switch in one step.
#[derive(Debug)]
pub struct Reload {
    /// Every firm.
    pub firms: Vec<FirmSettings>,
    /// The switch's.
    pub switch: Settings,
    /// Told when the firms have it; or the numbers that another firm's visitors hold: then nothing has changed.
    pub done: oneshot::Sender<Result<(), Vec<String>>>,
}

/// What the command line asks the running program.
#[derive(Serialize, Deserialize, Debug)]
pub struct Ask {
    /// The file, from the root.
    pub config: PathBuf,
    /// Only what would change.
    pub check: bool,
}

/// What it answers, unless it refuses.
#[derive(Serialize, Deserialize, Debug)]
pub struct Answer {
    /// Whether it counts now.
    pub applied: bool,
    /// The difference.
    pub changes: Vec<Change>,
}

/// Why nothing has changed.
#[derive(Debug)]
pub enum Refusal {
    /// The file is wrong.
    Invalid(Vec<ConfigError>),
    /// These keys need a restart.
    Restart(Vec<String>),
    /// A trunk's peer has no address.
    Unresolved(String),
    /// Numbers that change firms are held yet.
    Held(Vec<String>),
    /// The program stops.
    Stopping,
}

impl Refusal {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "config_invalid"),
            Refusal::Restart(_) => (StatusCode::CONFLICT, "restart_needed"),
            Refusal::Unresolved(_) => (StatusCode::UNPROCESSABLE_ENTITY, "trunk_unresolved"),
            Refusal::Held(_) => (StatusCode::CONFLICT, "numbers_held"),
            Refusal::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Invalid(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Refusal::Restart(keys) => {
                write!(f, "these need a restart, nothing was changed: {}", keys.join(", "))
            }
            Refusal::Unresolved(what) => f.write_str(what),
            Refusal::Held(numbers) => write!(
                f,
                "visitors of another firm hold these numbers yet, nothing was changed: {}; reload again later",
                numbers.join(", ")
            ),
            Refusal::Stopping => f.write_str("the program stops"),
        }
    }
}

/// What a reload reaches.
pub struct Reloader {
    /// The file that the program was started with.
    pub file: PathBuf,
    /// As it counts now; one reload at a time.
    pub config: Mutex<Config>,
    /// Where the program is bound.
    pub place: Place,
    /// Seals cookies; makes the admin listener's key.
    pub secret: [u8; 64],
    /// For the time of the last one.
    pub clock: Clock,
    /// To the coordination task.
    pub firms: mpsc::Sender<Reload>,
    /// The web's.
    pub pages: Arc<WebState>,
    /// Events' way to webhooks.
    pub hub: Arc<Hub>,
    /// Hooks.
    pub webhooks: Webhooks,
    /// CRMs.
    pub lookups: Arc<Lookups>,
    /// The way to the firms' mail servers.
    pub mails: Arc<Mails>,
}

impl Reloader {
    /// What a file would change.
    pub async fn compare(&self, file: &Path) -> Result<Vec<Change>, Refusal> {
        let new = read(file.to_owned()).await?;
        Ok(diff(&*self.config.lock().await, &new))
    }

    /// Takes a file for the configuration; any error, and nothing has changed. Logged and counted.
    pub async fn reload(&self, file: &Path) -> Result<Vec<Change>, Refusal> {
        let done = self.apply(file).await;
        let result = if done.is_ok() { "applied" } else { "refused" };
        metrics::counter!("warmline_config_reloads_total", "result" => result).increment(1);
        match &done {
            Ok(changes) => {
                metrics::gauge!("warmline_config_reloaded_seconds").set(self.clock.now().as_secs() as f64);
                let count = |what| changes.iter().filter(|change| change.change == what).count();
                let (added, changed, removed) =
                    (count(What::Added), count(What::Changed), count(What::Removed));
                tracing::info!(file = %file.display(), added, changed, removed, "configuration reloaded");
            }
            Err(refusal) => {
                let why = refusal.to_string().replace('\n', "; ");
                tracing::error!(file = %file.display(), why, "configuration not reloaded");
            }
        }
        done
    }

    async fn apply(&self, file: &Path) -> Result<Vec<Change>, Refusal> {
        // Read in its turn: of two reloads the one that is applied last has the latest file.
        let mut config = self.config.lock().await;
        let new = read(file.to_owned()).await?;
        let changes = diff(&config, &new);
        let restart: Vec<String> =
            changes.iter().filter(|change| change.restart).map(|change| change.name.clone()).collect();
        if !restart.is_empty() {
            return Err(Refusal::Restart(restart));
        }
        let (resolving, place) = (new.clone(), self.place.clone());
        let switch = tokio::task::spawn_blocking(move || parts::switch_settings(&resolving, &place))
            .await
            .map_err(|_| Refusal::Stopping)?
            .map_err(|error| Refusal::Unresolved(error.to_string()))?;
        let (done, applied) = oneshot::channel();
        let reload = Reload { firms: new.firms.clone(), switch, done };
        self.firms.send(reload).await.map_err(|_| Refusal::Stopping)?;
        applied.await.map_err(|_| Refusal::Stopping)?.map_err(Refusal::Held)?;
        // After the firms: who may log in is known there, a site that is offered takes requests.
        self.pages.reconfigure(parts::web_settings(&new, &self.place, self.secret));
        self.webhooks.reload(&self.hub, new.webhooks.clone());
        self.lookups.reload(new.lookups.clone());
        self.mails.reload(new.mails.clone());
        *config = new;
        Ok(changes)
    }
}

async fn read(file: PathBuf) -> Result<Config, Refusal> {
    let read = tokio::task::spawn_blocking(move || config::load(&file)).await;
    read.map_err(|_| Refusal::Stopping)?.map_err(Refusal::Invalid)
}

/// Whoever can read the program's secret may reload: this is shown as a bearer token.
pub fn token(secret: &[u8; 64]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), PURPOSE);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `POST /reload` on the admin listener.
pub fn router(reloader: Arc<Reloader>) -> Router {
    Router::new().route("/reload", post(answer)).layer(DefaultBodyLimit::max(BODY)).with_state(reloader)
}

async fn answer(State(reloader): State<Arc<Reloader>>, headers: HeaderMap, body: String) -> Response {
    // No page of a browser on this machine comes this way.
    if headers.contains_key(header::ORIGIN) || !may(&headers, &reloader.secret) {
        let detail = "The key of this program is missing: use `warmline reload` as the user that runs it.";
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", detail, &[]);
    }
    let Ok(ask) = serde_json::from_str::<Ask>(&body) else {
        let detail = "This is not {\"config\": FILE, \"check\": true or false}.";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", detail, &[]);
    };
    let done = match ask.check {
        true => reloader.compare(&ask.config).await,
        // To its end, whether or not somebody waits for the answer.
        false => {
            let task = tokio::spawn(async move { reloader.reload(&ask.config).await });
            task.await.unwrap_or(Err(Refusal::Stopping))
        }
    };
    match done {
        Ok(changes) => axum::Json(Answer { applied: !ask.check, changes }).into_response(),
        Err(refusal) => {
            let (status, code) = refusal.status();
            let errors = match &refusal {
                Refusal::Invalid(errors) => errors.iter().map(ToString::to_string).collect(),
                Refusal::Restart(named) | Refusal::Held(named) => named.clone(),
                Refusal::Unresolved(_) | Refusal::Stopping => Vec::new(),
            };
            problem(status, code, &refusal.to_string(), &errors)
        }
    }
}

fn may(headers: &HeaderMap, secret: &[u8; 64]) -> bool {
    let shown =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    // Compared by their tags: in the same time whatever is shown.
    let expected = hmac::sign(&key, token(secret).as_bytes());
    shown.is_some_and(|shown| hmac::verify(&key, shown.as_bytes(), expected.as_ref()).is_ok())
}

fn problem(status: StatusCode, code: &str, detail: &str, errors: &[String]) -> Response {
    let body = json!({ "status": status.as_u16(), "code": code, "detail": detail, "errors": errors });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
