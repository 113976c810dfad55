//! Agents' passwords: Argon2, with the same work for names that do not exist.

use crate::problem::Refusal;
use crate::settings::AgentLogin;
use crate::state::WebState;
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use std::time::Duration;
use warmline_coordination::request::AgentRef;

/// How long a log-in waits for its turn to be checked.
const TURN: Duration = Duration::from_secs(5);

/// Who a name and a password stand for. The firm may be left out where the name is unique over all firms.
pub(crate) async fn check(
    state: &WebState,
    firm: Option<&str>,
    agent: &str,
    password: String,
) -> Result<Option<AgentRef>, Refusal> {
    let settings = state.settings();
    let mut named = settings
        .directory
        .iter()
        .filter(|row| row.agent == agent && firm.is_none_or(|firm| row.firm == firm))
        .filter(|row| settings.oidc(Some(&row.firm)).is_none_or(|oidc| !oidc.only));
    let known = named.next().filter(|_| named.next().is_none());
    // Somebody's hash stands in for an unknown name: the work is the same, the outcome is not looked at.
    let Some(hashed) = known.or(settings.directory.first()) else { return Ok(None) };
    let hash = hashed.password_hash.clone();
    let turn = tokio::time::timeout(TURN, std::sync::Arc::clone(&state.passwords).acquire_owned()).await;
    let Ok(Ok(permit)) = turn else {
        return Err(Refusal::unavailable("overloaded", "Too many log in at once; try again in a moment."));
    };
    let right = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        matches(&hash, &password)
    });
    let right = right.await.map_err(|_| Refusal::internal("password_check"))?;
    Ok(known.filter(|_| right).map(AgentLogin::agent))
}

fn matches(hash: &str, password: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        tracing::error!("an agent's password_hash is not a PHC string");
        return false;
    };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}
