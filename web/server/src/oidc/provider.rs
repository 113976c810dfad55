//! The way to the providers: their descriptions and keys, kept for an hour, and codes changed for tokens.

use super::settings::OidcSettings;
use super::token::{self, Key};
use crate::clock;
use crate::webhook::http::{self, HttpTransport};
use crate::webhook::settings::{Target, target};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::{Serializer, byte_serialize};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Builder;
use hyper::{Method, Request};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use warmline_time::Time;

/// How long a provider may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Questions to providers at once, of all firms.
const IN_FLIGHT: usize = 16;

/// What a provider says of itself (OpenID Connect Discovery 1.0 §3), and its keys.
pub(super) struct Provider {
    issuer: String,
    /// Where browsers go.
    pub authorize: String,
    token: Target,
    /// It takes our secret in the body only.
    secret_in_body: bool,
    /// It says who it is when it sends a browser back (RFC 9207).
    pub names_itself: bool,
    pub keys: Vec<Key>,
    read: Time,
}

#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Why a provider was of no help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoHelp {
    /// It cannot be reached, or says what nobody understands; by a word for the log.
    Unreachable(&'static str),
    /// It does not take the code, or us.
    Refused,
}

/// The providers of all firms.
pub(super) struct Providers {
    known: Mutex<HashMap<String, Arc<Provider>>>,
    flights: Semaphore,
    tls: OnceLock<Arc<rustls::ClientConfig>>,
}

impl Default for Providers {
    fn default() -> Self {
        Providers { known: Mutex::default(), flights: Semaphore::new(IN_FLIGHT), tls: OnceLock::new() }
    }
}

impl Providers {
    /// A firm's provider as it was no longer than `fresh` ago, or as it is now.
    pub async fn of(&self, settings: &OidcSettings, fresh: Duration) -> Result<Arc<Provider>, NoHelp> {
        let now = clock::now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&settings.firm).cloned();
        let good = known.filter(|known| known.issuer == settings.issuer && now.since(known.read) < fresh);
        if let Some(known) = good {
            return Ok(known);
        }
        let provider = Arc::new(self.discover(settings, now).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(settings.firm.clone(), Arc::clone(&provider));
        Ok(provider)
    }

    async fn discover(&self, settings: &OidcSettings, now: Time) -> Result<Provider, NoHelp> {
        let unreadable = NoHelp::Unreachable("description");
        let body = self.ask(settings, &settings.description, Request::builder(), String::new()).await?;
        let said: Description = serde_json::from_slice(&body).map_err(|_| unreadable)?;
        // Otherwise one provider could speak for another.
        if said.issuer != settings.issuer {
            return Err(NoHelp::Unreachable("issuer"));
        }
        let place = |url: &str| target(url).filter(|at| at.secure || settings.allow_private);
        place(&said.authorization_endpoint).ok_or(unreadable)?;
        let token = place(&said.token_endpoint).ok_or(unreadable)?;
        let keys = place(&said.jwks_uri).ok_or(unreadable)?;
        let keys = self.ask(settings, &keys, Request::builder(), String::new()).await?;
        let methods = &said.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|known| known == method);
        Ok(Provider {
            keys: token::keys(&keys).ok_or(NoHelp::Unreachable("keys"))?,
            secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            names_itself: said.authorization_response_iss_parameter_supported,
            issuer: said.issuer,
            authorize: said.authorization_endpoint,
            token,
            read: now,
        })
    }

    /// Changes a code for an ID token (OpenID Connect Core 1.0 §3.1.3).
    pub async fn exchange(
        &self,
        settings: &OidcSettings,
        provider: &Provider,
        (code, redirect, verifier): (&str, &str, &str),
    ) -> Result<String, NoHelp> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        let mut request =
            Request::builder().method(Method::POST).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if provider.secret_in_body {
            fields.extend([("client_id", &*settings.client_id), ("client_secret", &*settings.client_secret)]);
        } else {
            // RFC 6749 §2.3.1: encoded as a form's values first.
            let [id, secret] = [&settings.client_id, &settings.client_secret]
                .map(|text| byte_serialize(text.as_bytes()).collect::<String>());
            let basic = STANDARD.encode(format!("{id}:{secret}"));
            request = request.header(AUTHORIZATION, format!("Basic {basic}"));
        }
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let body = self.ask(settings, &provider.token, request, form).await?;
        let tokens: Tokens = serde_json::from_slice(&body).map_err(|_| NoHelp::Unreachable("tokens"))?;
        Ok(tokens.id_token)
    }

    async fn ask(
        &self,
        settings: &OidcSettings,
        place: &Target,
        request: Builder,
        body: String,
    ) -> Result<Bytes, NoHelp> {
        let _flight = self.flights.try_acquire().map_err(|_| NoHelp::Unreachable("busy"))?;
        let way = HttpTransport::new(Arc::clone(self.tls.get_or_init(http::trusting_the_system)));
        let asked = way.send((place, settings.allow_private), request, body);
        match timeout(ANSWER, asked).await {
            Err(_) => Err(NoHelp::Unreachable("timeout")),
            Ok(Err(failure)) => Err(NoHelp::Unreachable(failure.word())),
            Ok(Ok((200, Some(body)))) => Ok(body),
            Ok(Ok((400..=499, _))) => Err(NoHelp::Refused),
            Ok(Ok(_)) => Err(NoHelp::Unreachable("status")),
        }
    }
}
