//! The agents' plane: log-in, log-out and state.

use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::client::Client;
use crate::clock;
use crate::limit::address_key;
use crate::links::DesktopLinks;
use crate::password;
use crate::problem::Refusal;
use crate::session::{self, Desk, desktop_origin};
use crate::state::WebState;
use crate::text;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::PrivateCookieJar;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use warmline_coordination::request::{self, Presence};

#[derive(Deserialize)]
struct LoginBody {
    agent: String,
    password: String,
    firm: Option<String>,
    /// Also where the agent is logged in on another device.
    #[serde(default)]
    take_over: bool,
}

/// `POST /v1/agent/login`
pub(crate) async fn login(
    State(state): State<Arc<WebState>>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    let (parts, body) = request.into_parts();
    let origin = desktop_origin(&settings, &client, &parts.headers, false)?;
    let body: LoginBody = read_json(&parts.headers, body, AGENT_BODY, settings.limits.body_within).await?;
    text::line("agent", &body.agent, 100)?;
    if body.password.len() > 1_024 {
        return Err(Refusal::rule("too_long", "`password` has at most 1,024 bytes."));
    }
    if settings.oidc(body.firm.as_deref()).is_some_and(|oidc| oidc.only) {
        return Err(Refusal::forbidden("password_not_taken", "Agents of this firm log in at its provider."));
    }
    // Taken beforehand and given back where the password is right: many at once are no way around it.
    let (rates, address) = (&state.rates, address_key(client.address));
    state.allow(&rates.wrong_log_ins, settings.limits.wrong_log_ins, client.address)?;
    let name = (address, body.agent.clone());
    let taken = rates.wrong_passwords.take(name.clone(), settings.limits.wrong_passwords, clock::now());
    taken.map_err(Refusal::too_many)?;
    let agent = password::check(&state, body.firm.as_deref(), &body.agent, body.password).await?;
    let Some(agent) = agent else {
        metrics::counter!("warmline_web_wrong_passwords_total").increment(1);
        let detail = "The name or the password is wrong, or the firm has to be named.";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "wrong_password", detail));
    };
    rates.wrong_passwords.give_back(&name);
    rates.wrong_log_ins.give_back(&address);
    if let Some(since) = state.hub.open_since(&agent).filter(|_| !body.take_over) {
        let detail = "You are logged in on another device.";
        let refusal = Refusal::new(StatusCode::CONFLICT, "logged_in_elsewhere", detail);
        return Err(Refusal { since: Some(since), ..refusal });
    }
    let views = state.ask_agent(request::Request::Login(agent.clone())).await?;
    let leads = settings.leads(&agent);
    let links = DesktopLinks::new(&origin, &settings, Arc::clone(&state.keys), leads);
    let jar = PrivateCookieJar::new(state.cookie_key.clone());
    let jar = session::begin(jar, &agent, clock::now(), client.secure);
    Ok((jar, json_answer(StatusCode::OK, &links.desktop(&views, clock::now()))).into_response())
}

/// `POST /v1/agent/logout`: all sessions of the agent end, his stream too.
pub(crate) async fn logout(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<Response, Refusal> {
    // Here first: whatever the firm answers, the cookie is good for nothing from now on.
    state.hub.log_out(&desk.agent);
    state.hub.end_agent(&desk.agent);
    state.ask_done(request::Request::Logout(desk.agent)).await?;
    let jar = PrivateCookieJar::from_headers(request.headers(), state.cookie_key.clone());
    Ok((session::end(jar), StatusCode::NO_CONTENT).into_response())
}

/// `GET /v1/agent/session`: a log-in that the cookie already proves.
pub(crate) async fn session(State(state): State<Arc<WebState>>, desk: Desk) -> Result<Response, Refusal> {
    let views = state.ask_agent(request::Request::Login(desk.agent.clone())).await?;
    let links = desk.links(&state);
    Ok(json_answer(StatusCode::OK, &links.desktop(&views, clock::now())))
}

#[derive(Deserialize)]
struct PresenceBody {
    state: Presence,
    reason: Option<String>,
}

/// `PUT /v1/agent/state`
pub(crate) async fn presence(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let body: PresenceBody = body(&state, request).await?;
    if let Some(reason) = &body.reason {
        text::filled_line("reason", reason, 60)?;
    }
    done(&state, request::Request::Presence(desk.agent, body.state, body.reason)).await
}

/// The JSON body of a desktop's request.
pub(crate) async fn body<T: DeserializeOwned>(state: &WebState, request: Request) -> Result<T, Refusal> {
    let (parts, body) = request.into_parts();
    read_json(&parts.headers, body, AGENT_BODY, state.settings().limits.body_within).await
}

/// Asks what is answered with nothing but that it is done: 204.
pub(crate) async fn done(state: &WebState, request: request::Request) -> Result<StatusCode, Refusal> {
    state.ask_done(request).await.map(|()| StatusCode::NO_CONTENT)
}
