//! `POST /v1/web/activity`: what a visitor does on a watched page (N 0030-31).

use super::events::{self, RawEvent, head};
use super::seal::Identity;
use super::{WatchPolicy, WatchedFirm, WithoutConsent, bots, invitation_value};
use crate::body::{is_kind, json_answer, parse, read_bytes};
use crate::client::Client;
use crate::clock;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::visitor::site;
use axum::extract::{Extension, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use warmline_coordination::activity::{Arrival, Known, PageSeen, Seen, Who};
use warmline_coordination::ids::VisitorId;
use warmline_coordination::request::Request;
use warmline_time::Time;

/// Of one request, in bytes.
const BODY: usize = 16 * 1024;
/// How long pages wait between two tellings that they are looked at.
const NEXT_SECS: u32 = 15;
/// Of a page's random text, in letters and digits.
const NONCE: RangeInclusive<usize> = 16..=64;
/// An identity is sealed anew after so long, though nothing in it has changed.
const FRESH_SECS: u64 = 86_400;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    site: Cow<'a, str>,
    #[serde(default)]
    consent: Consent,
    #[serde(default)]
    storage: bool,
    #[serde(default, borrow)]
    identity: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    visit: Option<Cow<'a, str>>,
    /// The page's own random text, as long as it has been given no identity.
    #[serde(default, borrow)]
    nonce: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    page: Option<RawPage<'a>>,
    #[serde(default, borrow)]
    language: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    events: Vec<RawEvent<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Consent {
    #[default]
    Unknown,
    Granted,
    Refused,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(default, borrow)]
    title: Cow<'a, str>,
    #[serde(default, borrow)]
    referrer: Option<Cow<'a, str>>,
}

/// How somebody is known from here on.
struct Recognised {
    who: Who,
    known: Known,
    /// His identity, as it was sealed before.
    identity: Option<Identity>,
    /// What is kept for this session alone, where it is new.
    visit: Option<String>,
}

/// Some events of one visitor.
pub(crate) async fn activity(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: HttpRequest,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.activity, settings.limits.activity, client.address)?;
    let (parts, body) = request.into_parts();
    if !is_kind(&parts.headers, "application/json") && !is_kind(&parts.headers, "text/plain") {
        let detail = "The body must be application/json (or text/plain, as a page that closes sends it).";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    let bytes = read_bytes(body, BODY, settings.limits.body_within).await?;
    let body: Body<'_> = parse(&bytes)?;
    let site = site(&settings, &origin, &body.site)?;
    let Some(firm) = state.hub.watching.firm(&site.firm) else { return Ok(unwatched()) };
    let policy = firm.policy();
    let Some(place) = policy.settings.sites.iter().position(|row| row.name == site.name) else {
        return Ok(unwatched());
    };
    let browser = text_of(&parts.headers, header::USER_AGENT.as_str());
    if policy.bots && bots::is_bot(browser) {
        metrics::counter!("warmline_watch_bots_total").increment(1);
        return Ok(unwatched());
    }
    let now = clock::now();
    let watcher = Watcher { state: &state, firm: &firm, policy: &policy, site: &site.name };
    let consent = body.consent.objecting(&parts.headers);
    if consent == Consent::Refused {
        // Each looks through what is kept: as seldom as sessions begin.
        state.allow(&state.rates.sessions, settings.limits.sessions, client.address)?;
        watcher.withdraw(&body, (client.address, browser), now).await;
        return Ok(unwatched());
    }
    let Some(found) = watcher.recognise(&body, consent, (client.address, browser), now) else {
        return Ok(unwatched());
    };
    let events = events::read(&body.events, now);
    let page = body.page.as_ref().and_then(|page| {
        let url = events::page_url(&page.url)?;
        Some(PageSeen { url, title: head(&page.title, 300), referrer: page.referrer.as_deref() })
    });
    let arrival = Arrival {
        site: place as u32,
        who: found.who,
        known: found.known,
        language: body.language.as_deref().map(|language| head(language, 35)),
        address: policy.keep_addresses.then_some(client.address),
        page,
        events: &events,
    };
    if let (Who::Visitor(_), Some(before)) = (found.who, watcher.visit(&body, now)) {
        firm.adopt(now, (before, found.who), found.known);
    }
    let seen = firm.handle(&state, now, &site.name, arrival);
    Ok(json_answer(StatusCode::ACCEPTED, &watcher.answer(found, &seen, now)))
}

struct Watcher<'a> {
    state: &'a WebState,
    firm: &'a WatchedFirm,
    policy: &'a WatchPolicy,
    site: &'a str,
}

impl Watcher<'_> {
    /// He objects: what is known of who he was is forgotten at once, here and by the firm (E24).
    async fn withdraw(&self, body: &Body<'_>, (address, browser): (IpAddr, &str), now: Time) {
        let known = self.identity(body, now).map(|identity| identity.visitor);
        let known = known.or(self.unanswered(body).map(|(visitor, _)| visitor)).map(Who::Visitor);
        let table = self.policy.without != WithoutConsent::Nothing;
        let guest = table.then(|| Who::Guest(self.firm.guest(now, self.site, (address, browser))));
        for who in [known, self.visit(body, now), guest] {
            let Some(who) = who else { continue };
            self.firm.forget(who);
            let unwatch = Request::Unwatch { site: self.site.to_owned(), who };
            if !self.state.tell(unwatch.clone()) {
                self.state.tell_surely(unwatch).await;
            }
            metrics::counter!("warmline_watch_withdrawn_total").increment(1);
        }
    }

    fn identity(&self, body: &Body<'_>, now: Time) -> Option<Identity> {
        let text = body.identity.as_deref()?;
        let identity = self.state.watch_seals.open(&self.policy.firm, text, now, self.policy.identity);
        if identity.is_none() {
            metrics::counter!("warmline_watch_identities_refused_total").increment(1);
        }
        identity
    }

    fn visit(&self, body: &Body<'_>, now: Time) -> Option<Who> {
        let number = self.opened_visit(body, now);
        number.or(self.unanswered(body).map(|(_, number)| number)).map(Who::Visit)
    }

    fn opened_visit(&self, body: &Body<'_>, now: Time) -> Option<u64> {
        self.state.watch_seals.open_visit(&self.policy.firm, body.visit.as_deref()?, now)
    }

    /// Who has left his page before an answer said who he is, and tells of it again.
    fn unanswered(&self, body: &Body<'_>) -> Option<(VisitorId, u64)> {
        let nonce = body.nonce.as_deref()?;
        let good = NONCE.contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric());
        good.then(|| self.state.keys.nonce_visitor(&self.policy.firm, nonce))
    }

    /// None: nothing of him is known, and nothing will be.
    fn recognise(
        &self,
        body: &Body<'_>,
        consent: Consent,
        (address, browser): (IpAddr, &str),
        now: Time,
    ) -> Option<Recognised> {
        let agreed = consent == Consent::Granted || (consent == Consent::Unknown && !self.policy.consent);
        if agreed && body.storage {
            let identity = self.identity(body, now);
            let visitor = identity.as_ref().map(|identity| identity.visitor);
            let visitor = visitor.or(self.unanswered(body).map(|(visitor, _)| visitor));
            let visitor = visitor.unwrap_or_else(|| VisitorId::mint(now, rand::random()));
            let known = identity.as_ref().map_or_else(Known::default, |identity| identity.known);
            return Some(Recognised { who: Who::Visitor(visitor), known, identity, visit: None });
        }
        // Who has agreed and whose browser keeps nothing is in the table, too, where the firm has one.
        let without = self.policy.without;
        let (who, visit) = match without {
            WithoutConsent::Nothing => return None,
            WithoutConsent::Visit if body.storage => {
                let opened = self.opened_visit(body, now);
                let number = opened.or(self.unanswered(body).map(|(_, number)| number));
                let number = number.unwrap_or_else(rand::random);
                let seal = || self.state.watch_seals.seal_visit(&self.policy.firm, number, now);
                (Who::Visit(number), if opened.is_none() { seal() } else { None })
            }
            WithoutConsent::Visit | WithoutConsent::Table => {
                (Who::Guest(self.firm.guest(now, self.site, (address, browser))), None)
            }
        };
        Some(Recognised { who, known: Known::default(), identity: None, visit })
    }

    fn answer(&self, found: Recognised, seen: &Seen, now: Time) -> Value {
        let firm = &self.policy.firm;
        let seals = &self.state.watch_seals;
        let (mut identity, mut visitor) = (None, None);
        if let Who::Visitor(id) = found.who {
            let before = found.identity.as_ref();
            let fresh = before.is_some_and(|row| now.as_secs().saturating_sub(row.sealed) < FRESH_SECS);
            if !fresh || before.is_none_or(|row| row.known != seen.known) {
                identity =
                    seals.seal(firm, &Identity { visitor: id, known: seen.known, sealed: now.as_secs() });
            }
            visitor = Some(self.state.keys.seal_visitor(firm, id));
        }
        let invitation = self.firm.invitation(found.who);
        let token = seals.token(firm, found.who);
        json!({
            "watch": true,
            "identity": identity,
            "visit": found.visit,
            "visitor": visitor,
            "next_secs": NEXT_SECS,
            "stream": format!("/v1/web/watch?token={token}"),
            "invitation": invitation_value(Some(seals), firm, found.who, invitation.as_deref()),
        })
    }
}

impl Consent {
    /// Whose browser asks for it for all sites (Global Privacy Control) objects, unless he has agreed here.
    fn objecting(self, headers: &HeaderMap) -> Consent {
        let asks = text_of(headers, "sec-gpc") == "1";
        if asks && self == Consent::Unknown { Consent::Refused } else { self }
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn unwatched() -> Response {
    json_answer(StatusCode::ACCEPTED, &json!({ "watch": false, "invitation": null }))
}
