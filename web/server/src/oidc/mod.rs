//! Agents log in at their firm's own provider: OpenID Connect with code and PKCE (RFC 7636); what comes of it is the usual session.

mod pending;
mod provider;
pub(crate) mod settings;
mod token;

use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::client::Client;
use crate::clock;
use crate::limit::address_key;
use crate::problem::Refusal;
use crate::session::{self, desktop_origin};
use crate::settings::WebSettings;
use crate::state::WebState;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::PrivateCookieJar;
use form_urlencoded::Serializer;
use pending::{Pending, Used};
use provider::{NoHelp, Provider, Providers};
use serde::Deserialize;
use serde_json::json;
use settings::OidcSettings;
use std::sync::Arc;
use std::time::Duration;
use token::{BadIdToken, Claims, Expected};
use warmline_coordination::request::{self, AgentRef};

/// Where providers send browsers back to.
const CALLBACK: &str = "/v1/agent/oidc/callback";
/// How old a provider's description and keys may be.
const KEPT: Duration = Duration::from_secs(3_600);
/// How old, where a token is signed with a key that is not among them.
const KEPT_AT_LEAST: Duration = Duration::from_secs(60);
/// The longest code, in bytes.
const CODE: usize = 8 * 1024;

/// What log-ins at providers share.
#[derive(Default)]
pub(crate) struct Oidc {
    providers: Providers,
    used: Used,
}

/// Why nobody is logged in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    /// The state is not this browser's, too old, or has been used.
    State,
    /// The person did not want to, or the provider did not let him.
    Cancelled,
    /// The provider does not take our request or the code.
    Refused,
    Unreachable,
    /// The provider's word does not hold.
    Token,
    /// The provider knows him, the firm does not.
    Unknown,
    /// His desktop is open on another device.
    Elsewhere,
    /// The firm does not answer.
    Busy,
}

impl Trouble {
    /// Stable: the log-in page and the metric know it.
    fn code(self) -> &'static str {
        match self {
            Trouble::State => "oidc_state",
            Trouble::Cancelled => "oidc_cancelled",
            Trouble::Refused => "oidc_refused",
            Trouble::Unreachable => "oidc_unreachable",
            Trouble::Token => "oidc_token",
            Trouble::Unknown => "oidc_unknown_agent",
            Trouble::Elsewhere => "logged_in_elsewhere",
            Trouble::Busy => "overloaded",
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct WaysQuery {
    firm: Option<String>,
}

/// `GET /v1/agent/ways`: how agents of a firm log in. A firm that is none has passwords, like most.
pub(crate) async fn ways(State(state): State<Arc<WebState>>, Query(asked): Query<WaysQuery>) -> Response {
    let settings = state.settings();
    let oidc = settings.oidc(asked.firm.as_deref());
    let password = oidc.is_none_or(|oidc| !oidc.only);
    let oidc = oidc.map(|oidc| json!({ "firm": oidc.firm, "label": oidc.label }));
    json_answer(StatusCode::OK, &json!({ "password": password, "oidc": oidc }))
}

#[derive(Deserialize)]
struct StartBody {
    firm: Option<String>,
    /// Also where the agent is logged in on another device.
    #[serde(default)]
    take_over: bool,
}

/// `POST /v1/agent/oidc/start`: where the browser goes to log in. Asked by pages of ours only, so that no other site begins one.
pub(crate) async fn start(
    State(state): State<Arc<WebState>>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    let (parts, body) = request.into_parts();
    let origin = desktop_origin(&settings, &client, &parts.headers, false)?;
    let body: StartBody = read_json(&parts.headers, body, AGENT_BODY, settings.limits.body_within).await?;
    let oidc = settings.oidc(body.firm.as_deref()).ok_or_else(Refusal::not_found)?;
    // Given back by the log-in that comes of it.
    state.allow(&state.rates.wrong_log_ins, settings.limits.wrong_log_ins, client.address)?;
    let provider = state.oidc.providers.of(oidc, KEPT).await.map_err(|why| {
        let trouble = no_help(&oidc.firm, why);
        count(&oidc.firm, trouble.code());
        let detail = "The log-in provider cannot be reached; try again in a moment.";
        Refusal::new(StatusCode::BAD_GATEWAY, trouble.code(), detail)
    })?;
    let redirect = format!("{origin}{CALLBACK}");
    let pending = Pending::begin(&oidc.firm, redirect, body.take_over, clock::now());
    let address = address_of(&provider, oidc, &pending);
    let jar = pending.seal(PrivateCookieJar::new(state.cookie_key.clone()), client.secure);
    Ok((jar, json_answer(StatusCode::OK, &json!({ "url": address }))).into_response())
}

/// The authentication request (OpenID Connect Core 1.0 §3.1.2.1).
fn address_of(provider: &Provider, oidc: &OidcSettings, pending: &Pending) -> String {
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile email")
        .append_pair("client_id", &oidc.client_id)
        .append_pair("redirect_uri", &pending.redirect)
        .append_pair("state", &pending.state)
        .append_pair("nonce", &pending.nonce)
        .append_pair("code_challenge", &pending.challenge())
        .append_pair("code_challenge_method", "S256")
        .finish();
    let joint = if provider.authorize.contains('?') { '&' } else { '?' };
    format!("{}{joint}{query}", provider.authorize)
}

/// What the provider sends back (RFC 6749 §4.1.2, RFC 9207).
#[derive(Default)]
struct Said {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl Said {
    fn read(uri: &Uri) -> Self {
        let mut said = Said::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
            match name.as_ref() {
                "state" => said.state = value.into_owned(),
                "code" => said.code = Some(value.into_owned()),
                "error" => said.error = Some(value.into_owned()),
                "iss" => said.iss = Some(value.into_owned()),
                _ => {}
            }
        }
        said
    }
}

/// `GET /v1/agent/oidc/callback`: always to the desktop, logged in or with the word why not.
pub(crate) async fn callback(
    State(state): State<Arc<WebState>>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let jar = PrivateCookieJar::from_headers(&headers, state.cookie_key.clone());
    let pending = Pending::open(&jar, clock::now());
    let mut jar = pending::end(jar);
    let done = match &pending {
        Some(pending) => finish(&state, pending, &Said::read(&uri)).await,
        None => Err(Trouble::State),
    };
    let firm = pending.as_ref().map_or("", |pending| pending.firm.as_str());
    count(firm, done.as_ref().map_or_else(|why| why.code(), |_| "ok"));
    let mut query = Serializer::new(String::new());
    if !firm.is_empty() {
        query.append_pair("firm", firm);
    }
    match done {
        Ok(agent) => {
            state.rates.wrong_log_ins.give_back(&address_key(client.address));
            jar = session::begin(jar, &agent, clock::now(), client.secure);
        }
        Err(why) => {
            query.append_pair("sign_in", why.code());
        }
    }
    // A path of ours and words of ours: nothing that came with the request says where it leads.
    let to = format!("/desktop/?{}", query.finish());
    let headers = [
        (header::LOCATION, to.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, jar, headers).into_response()
}

async fn finish(state: &WebState, pending: &Pending, said: &Said) -> Result<AgentRef, Trouble> {
    if said.state != pending.state || !state.oidc.used.first(pending) {
        return Err(Trouble::State);
    }
    let settings = state.settings();
    let oidc = settings.oidc(Some(&pending.firm)).ok_or(Trouble::State)?;
    let claims = vouched(state, oidc, pending, said).await?;
    let agent = claims.name(oidc.claim).and_then(|name| oidc.agents.get(name)).ok_or(Trouble::Unknown)?;
    let agent = AgentRef { firm: oidc.firm.clone(), agent: agent.clone() };
    if !settings.lists(&agent) {
        return Err(Trouble::Unknown);
    }
    if !pending.take_over && state.hub.open_since(&agent).is_some() {
        return Err(Trouble::Elsewhere);
    }
    state.ask_agent(request::Request::Login(agent.clone())).await.map_err(|_| Trouble::Busy)?;
    Ok(agent)
}

/// What the provider vouches for.
async fn vouched(
    state: &WebState,
    oidc: &OidcSettings,
    pending: &Pending,
    said: &Said,
) -> Result<Claims, Trouble> {
    let providers = &state.oidc.providers;
    let no_help = |why| no_help(&oidc.firm, why);
    let provider = providers.of(oidc, KEPT).await.map_err(no_help)?;
    // Another provider's answer (RFC 9207 §2.4).
    if said.iss.as_ref().map_or(provider.names_itself, |iss| *iss != oidc.issuer) {
        return Err(Trouble::State);
    }
    match said.error.as_deref() {
        Some("access_denied" | "login_required" | "interaction_required") => return Err(Trouble::Cancelled),
        Some(_) => return Err(no_help(NoHelp::Refused)),
        None => {}
    }
    let code = said.code.as_deref().filter(|code| (1..=CODE).contains(&code.len())).ok_or(Trouble::State)?;
    let proof = (code, pending.redirect.as_str(), pending.verifier.as_str());
    let token = providers.exchange(oidc, &provider, proof).await.map_err(no_help)?;
    let expected = Expected {
        issuer: &oidc.issuer,
        client_id: &oidc.client_id,
        nonce: &pending.nonce,
        now: clock::now(),
    };
    let mut checked = token::check(&token, &provider.keys, &expected);
    if matches!(checked, Err(BadIdToken::UnknownKey)) {
        // Providers change their keys: they are read again, once a minute at most.
        let provider = providers.of(oidc, KEPT_AT_LEAST).await.map_err(no_help)?;
        checked = token::check(&token, &provider.keys, &expected);
    }
    checked.map_err(|why| {
        tracing::warn!(firm = oidc.firm, ?why, "an ID token counts for nothing");
        Trouble::Token
    })
}

fn no_help(firm: &str, why: NoHelp) -> Trouble {
    tracing::warn!(firm, ?why, "the log-in provider was of no help");
    match why {
        NoHelp::Unreachable(_) => Trouble::Unreachable,
        NoHelp::Refused => Trouble::Refused,
    }
}

fn count(firm: &str, outcome: &'static str) {
    metrics::counter!("warmline_oidc_log_ins_total", "firm" => firm.to_owned(), "outcome" => outcome)
        .increment(1);
}

impl WebSettings {
    /// The provider of a firm; with none named, of the one that there is.
    pub(crate) fn oidc(&self, firm: Option<&str>) -> Option<&OidcSettings> {
        let firm = match firm {
            Some(firm) => firm,
            None => {
                let first = self.directory.first()?.firm.as_str();
                Some(first).filter(|first| self.directory.iter().all(|row| row.firm == *first))?
            }
        };
        self.oidc.iter().find(|oidc| oidc.firm == firm)
    }
}

#[cfg(test)]
mod tests;
