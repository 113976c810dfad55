//! The form without a script (G p. 9): whoever runs none asks here to be called, or for a number to call, and is answered in a plain page.

pub(crate) mod appointment;
mod asking;
mod page;
mod words;

use crate::client::Client;
use crate::clock;
use crate::origin::Origin;
use crate::problem::Refusal;
use crate::settings::SiteInfo;
use crate::state::{WebState, reservation_view};
use crate::text;
use crate::visitor::{ReservationBody, ask_for};
use axum::body::Body;
use axum::extract::{Form, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use page::Shown;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use warmline_coordination::ids::{ReservationId, VisitorId};
use warmline_coordination::request::{self, Consent, Page, Reply};
use warmline_coordination::view::ReservationView;
use warmline_time::Time;
use words::{Words, words};

/// Bytes of what a form sends.
const BODY: usize = 16 * 1024;
/// When a form that looks like abuse may be sent again, in seconds.
const LATER: u32 = 3_600;
/// For so long a visitor of the form is the same.
const HOUR: Duration = Duration::from_secs(3_600);

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    site: String,
}

/// What the form sends. `consent` is the version of the text that was agreed to.
#[derive(Deserialize, Default)]
struct Sent {
    #[serde(default)]
    site: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    consent: String,
    #[serde(default)]
    page: String,
    /// RFC 3339: when he wants to be called; empty: as soon as can be.
    #[serde(default)]
    due: String,
    #[serde(default)]
    topic: String,
    /// For each question the place of the choice.
    #[serde(default)]
    answer0: String,
    #[serde(default)]
    answer1: String,
    #[serde(default)]
    answer2: String,
    #[serde(default)]
    answer3: String,
    /// `dial`: he calls himself, and wants to know where.
    #[serde(default)]
    mode: String,
    /// To take a request back: its id, and its key.
    #[serde(default)]
    cancel: String,
    #[serde(default)]
    key: String,
}

impl Sent {
    /// As they were chosen, in the order of the questions.
    fn answers(&self) -> [&str; 4] {
        [&self.answer0, &self.answer1, &self.answer2, &self.answer3]
    }
}

/// `GET /v1/web/form?site=`: where a page's `<noscript>` leads.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    client: Client,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let settings = state.settings();
    let words = words(&headers);
    if let Err(refusal) = state.allow(&state.rates.sessions, settings.limits.sessions, client.address) {
        return refused(words, refusal);
    }
    let Some(site) = settings.site(&asked.site) else { return refused(words, unknown_site()) };
    let times = asking::Times::of(&state, site, &headers, "").await;
    let open = times.open || times.number;
    // The page he comes from, where that is one of the site's.
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let page = if of_site(site, from) { text::without_secrets(from) } else { String::new() };
    let nothing = Sent::default();
    // Who has left the page with his number has it still, and can give it back here.
    let (_, held) = holding(&state, site, &client, &headers).await;
    let key = held.as_ref().map(|view| state.keys.bearer(&site.name, view.id)).unwrap_or_default();
    let held = held.as_ref().map(|view| page::Held { view, key: &key, now: clock::now() });
    let problem = (!open && held.is_none()).then_some(words.closed);
    let shown = Shown { site, page: &page, sent: &nothing, times: &times, problem, held };
    answer(StatusCode::OK, words, page::form(words, &shown))
}

/// `POST /v1/web/form`: from our own form, or from one of the site's pages.
pub(crate) async fn submit(State(state): State<Arc<WebState>>, client: Client, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let words = words(&parts.headers);
    let settings = state.settings();
    let sent = tokio::time::timeout(settings.limits.body_within, read(&parts.headers, body)).await;
    let Ok(Some(sent)) = sent else {
        return refused(words, Refusal::new(StatusCode::BAD_REQUEST, "invalid_form", words.problem));
    };
    let allowed = state.allow(&state.rates.reservations, settings.limits.reservations, client.address);
    if let Err(refusal) = allowed {
        return refused(words, refusal);
    }
    let Some(site) = settings.site(&sent.site) else { return refused(words, unknown_site()) };
    if !is_ours(site, &client, &parts.headers) {
        return refused(words, Refusal::forbidden("origin_not_allowed", words.problem));
    }
    if !sent.cancel.is_empty() {
        return take_back(&state, site, words, &sent).await;
    }
    let done = match sent.mode == "dial" {
        true => number(&state, site, &client, (&parts.headers, words), &sent).await,
        false => call_me(&state, site, &client, (&parts.headers, words), &sent).await,
    };
    match done {
        Ok(html) => answer(StatusCode::CREATED, words, html),
        Err(refusal) => again(&state, site, (&parts.headers, words), &sent, refusal).await,
    }
}

/// The form once more, with what was typed and why it was refused.
async fn again(
    state: &WebState,
    site: &SiteInfo,
    (headers, words): (&HeaderMap, &Words),
    sent: &Sent,
    refusal: Refusal,
) -> Response {
    let times = asking::Times::of(state, site, headers, &sent.number).await;
    let problem = Some(words.of(refusal.code, refusal.status));
    let shown = Shown { site, page: &sent.page, sent, times: &times, problem, held: None };
    let mut response = answer(refusal.status, words, page::form(words, &shown));
    if let Some(secs) = refusal.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    metrics::counter!("warmline_web_refusals_total", "code" => refusal.code).increment(1);
    response
}

/// A number for whoever calls himself, and the page that shows it.
async fn number(
    state: &WebState,
    site: &SiteInfo,
    client: &Client,
    (headers, words): (&HeaderMap, &Words),
    sent: &Sent,
) -> Result<String, Refusal> {
    let body = ReservationBody::dial(&site.name, from_page(site, sent));
    let (visitor, _) = holding(state, site, client, headers).await;
    let view = opened(state, site, (client, visitor), headers, body).await?;
    if view.number.is_none() {
        // What is offered instead needs a script: nothing is kept for who cannot use it.
        state.ask_done(request::Request::Cancel { reservation: view.id }).await?;
        return Err(Refusal::new(StatusCode::CONFLICT, "no_number", "No number works at the moment."));
    }
    let key = state.keys.bearer(&site.name, view.id);
    Ok(page::number(words, site, &page::Held { view: &view, key: &key, now: clock::now() }))
}

/// Who this is, and what he holds: whoever loads the answer again, or comes back for another, has the number that he has. Nothing but
/// address and browser says here that it is he, and an hour that has begun meanwhile makes him no other.
async fn holding(
    state: &WebState,
    site: &SiteInfo,
    client: &Client,
    headers: &HeaderMap,
) -> (VisitorId, Option<Box<ReservationView>>) {
    let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = (site.firm.as_str(), site.name.as_str());
    let of = |at: Time| state.keys.form_visitor(place, client.address, browser, at);
    let now = clock::now();
    for visitor in [of(now), of(now - HOUR)] {
        let asked = request::Request::Held { site: site.name.clone(), visitor };
        if let Ok(Reply::Reservation { view, .. }) = state.ask(asked).await {
            return (visitor, Some(view));
        }
    }
    (of(now), None)
}

/// Opens what a form asks for.
async fn opened(
    state: &WebState,
    site: &SiteInfo,
    (client, visitor): (&Client, VisitorId),
    headers: &HeaderMap,
    body: ReservationBody,
) -> Result<Box<ReservationView>, Refusal> {
    let address = state.keys.address(&site.firm, client.address);
    // Without a script nothing can be proved.
    let unproved = |refusal: Refusal| match refusal.challenge {
        Some(_) => Refusal::too_many(LATER),
        None => refusal,
    };
    body.prove(state, site, (&visitor, &address)).map_err(unproved)?;
    let reply = ask_for(state, site, (visitor, address), headers, body).await?;
    let (_, view, _) = reservation_view(reply)?;
    Ok(view)
}

/// The page he came from, where that is one of the site's, else its first.
fn from_page(site: &SiteInfo, sent: &Sent) -> Page {
    let origin = site.origins.first().map_or("", String::as_str);
    let url =
        if of_site(site, &sent.page) { text::without_secrets(&sent.page) } else { format!("{origin}/") };
    Page { url, ..Page::default() }
}

async fn call_me(
    state: &WebState,
    site: &SiteInfo,
    client: &Client,
    (headers, words): (&HeaderMap, &Words),
    sent: &Sent,
) -> Result<String, Refusal> {
    text::filled_line("number", &sent.number, 40)
        .map_err(|_| Refusal::rule("number_missing", "Your number is needed to call you."))?;
    let name = Some(sent.name.trim().to_owned()).filter(|name| !name.is_empty());
    let text = Some(words.consent.to_owned());
    let consent = Consent { version: sent.consent.clone(), call: !sent.consent.is_empty(), text };
    let chosen = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    // In the language of this page, where the site speaks it.
    let language = site.asking.languages.iter().find(|tag| tag.split('-').next() == Some(words.tongue.tag()));
    let answers = sent.answers().into_iter().take(site.asking.questions.len()).map(asking::place);
    let body = ReservationBody::callme(
        &site.name,
        from_page(site, sent),
        sent.number.trim().to_owned(),
        name,
        consent,
    )
    .asking(chosen(&sent.due), (chosen(&sent.topic), language.cloned()), answers.collect());
    // Nothing is kept in this browser: each form is a visitor of its own, and his number is what a second one is known by.
    let visitor = VisitorId::mint(clock::now(), rand::random());
    let view = opened(state, site, (client, visitor), headers, body).await?;
    let key = state.keys.bearer(&site.name, view.id);
    let zone = asking::zone(state, site, view.due.as_deref()).await;
    Ok(page::done(words, site, (&view, &zone), &key))
}

async fn take_back(state: &WebState, site: &SiteInfo, words: &Words, sent: &Sent) -> Response {
    let id = sent.cancel.parse::<ReservationId>().ok();
    let held =
        id.filter(|&id| state.keys.bearer_site(std::iter::once(site.name.as_str()), id, &sent.key).is_some());
    let Some(reservation) = held else { return refused(words, Refusal::not_found()) };
    let hint = if sent.mode == "dial" { words.given_back } else { words.canceled_hint };
    match state.ask_done(request::Request::Cancel { reservation }).await {
        Ok(()) => answer(StatusCode::OK, words, page::message(words, words.canceled, hint)),
        Err(refusal) => refused(words, refusal),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Option<Sent> {
    let bytes = axum::body::to_bytes(body, BODY).await.ok()?;
    let mut request = Request::post("/");
    *request.headers_mut()? = headers.clone();
    let Form(sent) = Form::<Sent>::from_request(request.body(Body::from(bytes)).ok()?, &()).await.ok()?;
    Some(sent)
}

/// Whether the form was on our own page or on one of the site's: no other page makes its visitors ask for calls.
fn is_ours(site: &SiteInfo, client: &Client, headers: &HeaderMap) -> bool {
    let Some(Ok(origin)) = Origin::of_request(headers) else { return false };
    origin == client.own_origin() || site.origins.iter().any(|own| own.eq_ignore_ascii_case(origin.as_str()))
}

fn of_site(site: &SiteInfo, url: &str) -> bool {
    text::page_url(url).is_ok()
        && site.origins.iter().any(|origin| {
            let rest = url.get(..origin.len()).filter(|start| start.eq_ignore_ascii_case(origin));
            rest.is_some() && matches!(url.as_bytes().get(origin.len()), None | Some(b'/' | b'?'))
        })
}

fn unknown_site() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "unknown_site", "There is no site of this name.")
}

fn refused(words: &Words, refusal: Refusal) -> Response {
    metrics::counter!("warmline_web_refusals_total", "code" => refusal.code).increment(1);
    let text = words.of(refusal.code, refusal.status);
    let mut response = answer(refusal.status, words, page::message(words, words.sorry, text));
    if let Some(secs) = refusal.retry_after_secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

fn answer(status: StatusCode, words: &Words, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(words.tongue.tag())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("accept-language")),
        (header::CONTENT_SECURITY_POLICY, page::policy()),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, html).into_response()
}
