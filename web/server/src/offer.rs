//! What a page can offer its visitor now: who he is by the site's word, and the ways to talk that work.

use crate::clock;
use crate::identity::BadToken;
use crate::problem::Refusal;
use crate::settings::{SiteInfo, WebSettings};
use crate::state::WebState;
use std::time::Duration;
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::VisitorId;
use warmline_coordination::request::{Mode, OpenNow, Reply, Request, Whence};

/// How long a page's session waits for the firm; then it offers what the site is configured with.
const PATIENCE: Duration = Duration::from_millis(50);

/// What works.
pub(crate) struct Offer {
    pub modes: Vec<Mode>,
    /// Masked: the number at which he can be called without typing one.
    pub on_file: Option<String>,
    /// Whether somebody can take a call at this moment.
    pub open: OpenNow,
}

/// Asks the firm; a page never waits for it, and never has nothing because of it.
pub(crate) async fn now(
    state: &WebState,
    site: &SiteInfo,
    (identity, visitor): (Option<Box<Identity>>, Option<VisitorId>),
    whence: Whence,
) -> Offer {
    let fallback = Offer { modes: site.modes.clone(), on_file: None, open: OpenNow::default() };
    if !state.has_room() {
        return fallback;
    }
    let asked =
        Request::Offer { site: site.name.clone(), modes: site.modes.clone(), identity, visitor, whence };
    let Ok(answer) = state.hand_over(asked, None) else { return fallback };
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(Reply::Offer { modes, on_file, now })) => Offer { modes, on_file, open: now },
        _ => fallback,
    }
}

/// Whom a token names. One that is not good makes nobody somebody: he is helped as everybody is, and the site's operator
/// finds the reason in metrics and log.
pub(crate) fn signed_in(
    settings: &WebSettings,
    site: &SiteInfo,
    token: Option<&str>,
) -> (Option<Box<Identity>>, Option<BadToken>) {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return (None, None) };
    let checked = match settings.identities.get(&site.name) {
        Some(keys) => keys.check(&site.name, token, clock::now()),
        None => Err(BadToken::NotConfigured),
    };
    let outcome = checked.as_ref().err().map_or("good", |bad| bad.code());
    metrics::counter!("warmline_identity_tokens_total", "firm" => site.firm.clone(), "outcome" => outcome)
        .increment(1);
    match checked {
        Ok(identity) => (Some(Box::new(identity)), None),
        Err(bad) => {
            tracing::info!(site = site.name, reason = bad.code(), "an identity token counts for nothing");
            (None, Some(bad))
        }
    }
}

/// Who is called at the number on file is shown it before: his own, where he was signed in. Once his token counts no longer, that of whoever
/// used this browser last is not meant.
pub(crate) fn still_signed_in(on_file: bool, bad: Option<&BadToken>) -> Result<(), Refusal> {
    if on_file && bad.is_some() {
        return Err(Refusal::rule(
            "identity_required",
            "You are not signed in any more: sign in again, or type the number.",
        ));
    }
    Ok(())
}
