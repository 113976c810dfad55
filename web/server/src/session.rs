//! Agents' sessions: a sealed cookie, and the extractor that opens it and refuses other sites' pages.

use crate::client::Client;
use crate::clock;
use crate::links::DesktopLinks;
use crate::origin::Origin;
use crate::problem::Refusal;
use crate::settings::WebSettings;
use crate::state::WebState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::request::AgentRef;
use warmline_time::Time;

const COOKIE: &str = "warmline_agent";
/// Cookies are shared between the ports of a host: the page-view origin is not to see this one.
const PATH: &str = "/v1/agent";
const LIFETIME: Duration = Duration::from_secs(12 * 3_600);

/// What the cookie seals. Times in microseconds since the epoch.
#[derive(Serialize, Deserialize)]
struct Sealed {
    firm: String,
    agent: String,
    issued: u64,
    expires: u64,
}

/// The cookie of a session that begins now.
pub(crate) fn begin(jar: PrivateCookieJar, agent: &AgentRef, now: Time, secure: bool) -> PrivateCookieJar {
    let sealed = Sealed {
        firm: agent.firm.clone(),
        agent: agent.agent.clone(),
        issued: now.as_micros(),
        expires: (now + LIFETIME).as_micros(),
    };
    let cookie = Cookie::build((COOKIE, serde_json::json!(sealed).to_string()))
        .path(PATH)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure);
    jar.add(match LIFETIME.try_into() {
        Ok(lifetime) => cookie.max_age(lifetime),
        Err(_) => cookie,
    })
}

/// Takes the cookie away.
pub(crate) fn end(jar: PrivateCookieJar) -> PrivateCookieJar {
    jar.remove(Cookie::build(COOKIE).path(PATH))
}

/// An agent at a desktop: logged in, on a page of ours.
pub(crate) struct Desk {
    pub agent: AgentRef,
    /// The desktop page's.
    pub origin: Origin,
    /// How long the session lasts yet.
    pub remaining: Duration,
    /// When it began.
    pub issued: Time,
}

impl Desk {
    /// How this desktop reaches us.
    pub fn links(&self, state: &WebState) -> DesktopLinks {
        let settings = state.settings();
        let leads = settings.leads(&self.agent);
        DesktopLinks::new(&self.origin, &settings, Arc::clone(&state.keys), leads)
    }
}

impl FromRequestParts<Arc<WebState>> for Desk {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let settings = state.settings();
        let client = Client::of(parts, &settings.trusted_proxies)?;
        let origin = desktop_origin(&settings, &client, &parts.headers, parts.method == Method::GET)?;
        let now = clock::now();
        let (agent, issued, expires) = open(state, &settings, &parts.headers, now)
            .ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "no_session", "Log in first."))?;
        Ok(Desk { agent, origin, remaining: expires.since(now), issued })
    }
}

fn open(
    state: &WebState,
    settings: &WebSettings,
    headers: &HeaderMap,
    now: Time,
) -> Option<(AgentRef, Time, Time)> {
    let jar = PrivateCookieJar::from_headers(headers, state.cookie_key.clone());
    let (agent, issued, expires) = read(jar.get(COOKIE)?.value(), now)?;
    let listed = settings.lists(&agent) || settings.former_agents.contains(&agent);
    (listed && !state.hub.was_logged_out(&agent, issued)).then_some((agent, issued, expires))
}

fn read(value: &str, now: Time) -> Option<(AgentRef, Time, Time)> {
    let sealed: Sealed = serde_json::from_str(value).ok()?;
    let expires = Time::from_micros(sealed.expires);
    let agent = AgentRef { firm: sealed.firm, agent: sealed.agent };
    (now < expires).then_some((agent, Time::from_micros(sealed.issued), expires))
}

/// The origin of the desktop that calls. Another site's page is refused; without an `Origin` header only what changes nothing passes.
pub(crate) fn desktop_origin(
    settings: &WebSettings,
    client: &Client,
    headers: &HeaderMap,
    changes_nothing: bool,
) -> Result<Origin, Refusal> {
    let allowed = |origin: &Origin| {
        if settings.public_origins.is_empty() {
            origin.authority() == client.host && (origin.is_secure() || !client.secure)
        } else {
            settings.public_origins.iter().any(|public| public.eq_ignore_ascii_case(origin.as_str()))
        }
    };
    match Origin::of_request(headers) {
        Some(origin) => origin.ok().filter(allowed).ok_or_else(|| {
            Refusal::forbidden("origin_not_allowed", "Pages of other sites cannot act for an agent.")
        }),
        None if changes_nothing => Ok(called_by(settings, client)),
        None => Err(Refusal::forbidden("origin_missing", "Requests of the desktop carry an Origin header.")),
    }
}

/// The desktop's origin, as far as it can be told without an `Origin` header.
pub(crate) fn called_by(settings: &WebSettings, client: &Client) -> Origin {
    let own = client.own_origin();
    let public = || settings.public_origins.iter().filter_map(|text| Origin::parse(text));
    let listed = public().find(|origin| *origin == own).or_else(|| public().next());
    listed.unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sealed_value_has_an_end_of_its_own() {
        let now = Time::from_micros(1_000_000_000_000);
        let sealed = Sealed {
            firm: "acme".into(),
            agent: "alice".into(),
            issued: now.as_micros(),
            expires: (now + LIFETIME).as_micros(),
        };
        let text = serde_json::to_string(&sealed).unwrap();
        let before = now + LIFETIME - Duration::from_micros(1);
        assert_eq!(read(&text, before).unwrap().0.agent, "alice");
        assert!(read(&text, now + LIFETIME).is_none());
        assert!(read("{}", now).is_none());
    }
}
