//! Who a caller says he is, how far that is believed and shown (RFC 3323, RFC 3325, verified as of RFC 8224), and the headers that a B2BUA lets through.

use super::route::{is_e164, normalise};
use warmline_coordination::cti::Verified;
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message};
use warmline_sip::uri::Uri;

/// A caller as the other side may be shown him.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// User part for a From; `anonymous` where withheld.
    pub(super) user: String,
    /// Display name; empty where withheld.
    pub(super) display: String,
    /// E.164, where it could be read and is not withheld.
    pub(super) number: Option<String>,
    /// Whether he asked to stay unknown.
    pub(super) withheld: bool,
    /// What the trunk says of the number; of others than trunks nothing is believed.
    pub(super) verified: Verified,
}

/// Reads it. `trusted`: from a trunk, whose P-Asserted-Identity counts.
pub(super) fn of(request: &Message, trusted: bool) -> Identity {
    let from = request.from().ok();
    let asserted = trusted.then(|| asserted(request)).flatten();
    let anonymous = from.as_ref().is_some_and(|from| {
        from.uri.host == "anonymous.invalid"
            || from.uri.user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case("anonymous"))
    });
    let verified = if trusted { verified(request) } else { Verified::Unknown };
    let hidden = || Identity {
        user: "anonymous".into(),
        display: String::new(),
        number: None,
        withheld: true,
        // Nothing is shown that could be right.
        verified: if verified == Verified::Failed { verified } else { Verified::Unknown },
    };
    // A From of "anonymous" without a Privacy header: nobody asked to hide what the network asserts.
    if is_private(request) || (anonymous && asserted.is_none()) {
        return hidden();
    }
    let Some(shown) = asserted.or(from) else { return hidden() };
    let user = normalise(shown.uri.user.as_deref().unwrap_or_default());
    let number = is_e164(&user).then(|| user.clone());
    let user = if user.is_empty() { "anonymous".into() } else { user };
    Identity { user, display: shown.display, number, withheld: false, verified }
}

/// What the network says of the caller's number: `verstat` of P-Asserted-Identity and From (3GPP TS 24.229 §7.2A.20; ATIS-1000074).
/// One that has failed counts before one that has passed.
fn verified(request: &Message) -> Verified {
    let name = HeaderName::P_ASSERTED_IDENTITY;
    let asserted = request.headers.list(&name);
    let asserted = asserted.iter().filter_map(|text| text.parse::<NameAddr>().ok());
    let said: Vec<Verified> =
        asserted.chain(request.from().ok()).filter_map(|row| verstat(&row.uri)).collect();
    let says = |what| said.contains(&what).then_some(what);
    says(Verified::Failed).or(says(Verified::Passed)).unwrap_or_default()
}

/// A parameter of the URI, or of the number in its user part (`sip:+49…;verstat=…@host;user=phone`, RFC 3261 §19.1.6).
fn verstat(uri: &Uri) -> Option<Verified> {
    let of_number = || {
        let mut params = uri.user.as_deref()?.split(';').skip(1).filter_map(|param| param.split_once('='));
        params.find(|(name, _)| name.eq_ignore_ascii_case("verstat")).map(|(_, value)| value)
    };
    let token = uri.param("verstat").or_else(of_number)?.to_ascii_lowercase();
    match token.strip_prefix("tn-validation-") {
        Some("passed" | "passed-a" | "passed-b" | "passed-c") => Some(Verified::Passed),
        Some(rest) if rest.starts_with("failed") => Some(Verified::Failed),
        _ => Some(Verified::Unknown),
    }
}

fn asserted(request: &Message) -> Option<NameAddr> {
    let name = HeaderName::P_ASSERTED_IDENTITY;
    let rows: Vec<NameAddr> =
        request.headers.list(&name).iter().filter_map(|text| text.parse().ok()).collect();
    let number = |row: &&NameAddr| row.uri.user.as_deref().is_some_and(|user| is_e164(&normalise(user)));
    rows.iter().find(number).or(rows.first()).cloned()
}

/// Whether Privacy asks for the identity to be withheld; tokens in any case (RFC 3323 §4.2).
pub(super) fn is_private(request: &Message) -> bool {
    let name = HeaderName::PRIVACY;
    let rows = request.headers.get_all(&name);
    let mut tokens = rows.flat_map(|row| row.split([';', ',']));
    tokens.any(|token| {
        let token = token.trim();
        ["id", "user", "full"].iter().any(|wanted| token.eq_ignore_ascii_case(wanted))
    })
}

/// The trace of a call: the caller's Session-ID (RFC 7989), where it has a good one.
pub(super) fn session_id(request: &Message) -> Option<String> {
    let text = request.headers.get(&HeaderName::SESSION_ID)?;
    let id = text.split(';').next()?.trim().to_ascii_lowercase();
    let good =
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id.bytes().any(|b| b != b'0');
    good.then_some(id)
}

/// Session-ID of a request of ours, whose peer's half is not known yet.
pub(super) fn push_session_id(headers: &mut Headers, trace: &str) {
    headers.push(HeaderName::SESSION_ID, format!("{trace};remote={:032}", 0));
}

/// What of an INVITE goes on to the other leg. P-Asserted-Identity goes from a trunk to a trunk only; Diversion too.
pub(super) fn pass_request(request: &Message, from_trunk: bool, to_trunk: bool) -> Headers {
    let mut headers = Headers::default();
    let mut allowed = vec![HeaderName::PRIVACY];
    if from_trunk && to_trunk {
        allowed.extend([HeaderName::P_ASSERTED_IDENTITY, HeaderName::DIVERSION]);
    }
    copy(request, &allowed, &mut headers);
    headers
}

/// What of a response goes back to the other leg.
pub(super) fn pass_response(response: &Message) -> Headers {
    let mut headers = Headers::default();
    copy(response, &[HeaderName::SESSION_ID, HeaderName::REASON, HeaderName::RETRY_AFTER], &mut headers);
    headers
}

fn copy(message: &Message, names: &[HeaderName], into: &mut Headers) {
    for name in names {
        for value in message.headers.get_all(name) {
            into.push(name.clone(), value);
        }
    }
}
