//! The visitors' plane: sessions, reservations, browser calls.

use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::challenge::{self, Asked};
use crate::client::Client;
use crate::clock;
use crate::cors::PageOrigin;
use crate::identity::BadToken;
use crate::messages::correspondent;
use crate::offer;
use crate::problem::Refusal;
use crate::seal::hex;
use crate::settings::{SiteInfo, WebSettings};
use crate::state::{WebState, reservation_view};
use crate::text;
use crate::turn::CALL;
use crate::watch;
use axum::extract::{Extension, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use warmline_coordination::activity::Who;
use warmline_coordination::asking::Said;
use warmline_coordination::hours::instant;
use warmline_coordination::ids::{ReservationId, VisitorId};
use warmline_coordination::number;
use warmline_coordination::request::{
    self, ChannelChange, Consent, Mode, OpenReservation, Page, Reply, Whence,
};
use warmline_time::Time;

/// A page's snapshot, in bytes of UTF-8.
const SNAPSHOT: usize = 400_000;
/// An SDP offer, in bytes.
const SDP: usize = 64 * 1024;

#[derive(Deserialize)]
struct SessionBody {
    site: String,
    visitor: Option<String>,
    identity: Option<String>,
    country: Option<String>,
}

/// `POST /v1/web/sessions`
pub(crate) async fn open_session(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.sessions, settings.limits.sessions, client.address)?;
    let (parts, body) = request.into_parts();
    let body: SessionBody =
        read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = site(&settings, &origin, &body.site)?;
    let known = body.visitor.as_deref().and_then(|text| state.keys.open_visitor(&site.firm, text));
    let visitor = known.unwrap_or_else(|| VisitorId::mint(clock::now(), rand::random()));
    let (identity, problem) = offer::signed_in(&settings, site, body.identity.as_deref());
    let name = identity.as_ref().map(|who| json!({ "name": who.name }));
    let whence = whence(body.country, &parts.headers)?;
    // Whoever was signed in is shown no number of whoever used this browser before.
    let works = offer::now(&state, site, (identity, known.filter(|_| problem.is_none())), whence).await;
    let answer = json!({
        "visitor": state.keys.seal_visitor(&site.firm, visitor),
        "consent_version": site.consent_version,
        "countries": site.countries,
        "modes": ways(site, &works.modes),
        "mail": site.confirms,
        "brand": site.brand,
        "identity": name,
        "identity_problem": problem.map(BadToken::code),
        "on_file": works.on_file,
        "topics": site.asking.topics,
        "languages": site.asking.languages,
        "questions": site.asking.questions,
        "out_of_hours": works.open.out_of_hours,
        "all_busy": works.open.all_busy,
        "callme_later_only": works.open.callme_later_only,
        "now_keeps_hours": site.now_keeps_hours,
    });
    Ok(json_answer(StatusCode::OK, &answer))
}

/// The ways to talk, and to write where a mailbox is read: that works by night, too.
fn ways(site: &SiteInfo, modes: &[Mode]) -> Value {
    let mut ways = json!(modes);
    if let (true, Some(ways)) = (site.writes, ways.as_array_mut()) {
        ways.push("mail".into());
    }
    ways
}

/// The site of this name, if the calling page is one of its pages.
pub(crate) fn site<'a>(
    settings: &'a WebSettings,
    origin: &PageOrigin,
    name: &str,
) -> Result<&'a SiteInfo, Refusal> {
    let site = settings.site(name).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "unknown_site", "There is no site of this name.")
    })?;
    if !origin.is_of(site) {
        return Err(Refusal::forbidden("origin_not_allowed", "This page is not one of the site's."));
    }
    Ok(site)
}

#[derive(Deserialize)]
pub(crate) struct PageBody {
    url: String,
    title: String,
    /// Whatever its shape: a wrong one has a code of its own.
    #[serde(default)]
    attributes: Value,
}

impl PageBody {
    /// In form.
    pub fn checked(self) -> Result<Page, Refusal> {
        text::page_url(&self.url)?;
        Ok(Page {
            title: text::page_title(&self.title),
            attributes: text::page_attributes(self.attributes)?,
            url: self.url,
        })
    }
}

#[derive(Deserialize)]
struct InvitationBody {
    id: String,
    key: String,
}

/// What a page asks for, or a site's server on behalf of its visitor.
#[derive(Deserialize)]
pub(crate) struct ReservationBody {
    pub site: String,
    mode: Mode,
    pub visitor: String,
    page: PageBody,
    snapshot: Option<String>,
    consent: Option<Consent>,
    number: Option<String>,
    /// Where he is, ISO 3166.
    country: Option<String>,
    name: Option<String>,
    identity: Option<String>,
    /// To be called at the number on file, instead of `number`.
    #[serde(default)]
    on_file: bool,
    /// RFC 3339: when he wants to be called.
    due: Option<String>,
    /// Where he is told of it.
    email: Option<String>,
    /// One of the site's.
    topic: Option<String>,
    /// BCP 47.
    language: Option<String>,
    /// For each question of the site the place of the choice, or null.
    #[serde(default)]
    answers: Vec<Option<u8>>,
    /// The browser's IANA zone.
    zone: Option<String>,
    /// What people have done on the page.
    #[serde(default)]
    events: u32,
    /// Of work that was asked for.
    proof: Option<String>,
    /// What he has accepted, and with its key.
    #[serde(default)]
    invitation: Option<InvitationBody>,
}

impl ReservationBody {
    /// What the form without a script asks for: to be called.
    pub fn callme(site: &str, page: Page, number: String, name: Option<String>, consent: Consent) -> Self {
        let (number, consent) = (Some(number), Some(consent));
        ReservationBody { mode: Mode::Callme, number, name, consent, ..ReservationBody::dial(site, page) }
    }

    /// What it asks for whoever calls himself: a number.
    pub fn dial(site: &str, page: Page) -> Self {
        ReservationBody {
            site: site.to_owned(),
            mode: Mode::Dial,
            visitor: String::new(),
            page: PageBody { url: page.url, title: page.title, attributes: Value::Null },
            snapshot: None,
            consent: None,
            number: None,
            country: None,
            name: None,
            identity: None,
            on_file: false,
            due: None,
            email: None,
            topic: None,
            language: None,
            answers: Vec::new(),
            zone: None,
            // Nobody counts them there.
            events: 1,
            proof: None,
            invitation: None,
        }
    }

    /// A stranger who wants to be called may have to prove that he is no machine.
    pub fn prove(
        &self,
        state: &WebState,
        site: &SiteInfo,
        (visitor, address): (&VisitorId, &str),
    ) -> Result<(), Refusal> {
        let number = self.number.as_deref().filter(|_| self.mode == Mode::Callme);
        let signed_in = || offer::signed_in(&state.settings(), site, self.identity.as_deref()).0.is_some();
        // What is no number the firm refuses; the one that it remembers is one of his.
        let remembered = self.on_file && self.mode == Mode::Callme;
        let number = number.and_then(|typed| number::typed(typed, site.countries.first()));
        let number = if remembered { Some("on file".to_owned()) } else { number };
        let Some(number) = number.filter(|_| !signed_in()) else { return Ok(()) };
        let asked = Asked {
            visitor: &visitor.to_string(),
            address,
            number: &number,
            zone: self.zone.as_deref(),
            events: self.events,
            proof: self.proof.as_deref(),
        };
        challenge::check(state, site, &asked)
    }

    /// When, and what he has chosen of what the site asks.
    pub fn asking(
        self,
        due: Option<String>,
        (topic, language): (Option<String>, Option<String>),
        answers: Vec<Option<u8>>,
    ) -> Self {
        ReservationBody { due, topic, language, answers, ..self }
    }
}

/// `POST /v1/web/reservations`
pub(crate) async fn open_reservation(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.reservations, settings.limits.reservations, client.address)?;
    let (parts, body) = request.into_parts();
    let body: ReservationBody =
        read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = site(&settings, &origin, &body.site)?;
    let visitor = state.keys.open_visitor(&site.firm, &body.visitor).ok_or_else(|| {
        Refusal::rule("unknown_visitor", "The visitor id is not one of ours; open a session first.")
    })?;
    let address = state.keys.address(&site.firm, client.address);
    body.prove(&state, site, (&visitor, &address))?;
    reserve(&state, site, (visitor, address), &parts.headers, body).await
}

/// Asks the firm for a reservation for a visitor, who counts as whatever stands for his address against the limits.
pub(crate) async fn reserve(
    state: &WebState,
    site: &SiteInfo,
    who: (VisitorId, String),
    headers: &HeaderMap,
    body: ReservationBody,
) -> Result<Response, Refusal> {
    let reply = ask_for(state, site, who, headers, body).await?;
    reservation_answer(state, site, reply)
}

/// The firm's answer to what a page, a form or a site's server asks for.
pub(crate) async fn ask_for(
    state: &WebState,
    site: &SiteInfo,
    who: (VisitorId, String),
    headers: &HeaderMap,
    body: ReservationBody,
) -> Result<Reply, Refusal> {
    let (identity, bad) = offer::signed_in(&state.settings(), site, body.identity.as_deref());
    offer::still_signed_in(body.on_file, bad.as_ref())?;
    let accepted = body.invitation.as_ref().map(|row| (row.id.clone(), row.key.clone()));
    let visitor = who.0;
    let (open, snapshot) = checked(site, who, headers, body)?;
    let open = OpenReservation { identity, ..open };
    if let (Some(hash), Some(html)) = (open.snapshot.clone(), snapshot) {
        state.snapshots.put(hash, html).await.map_err(|_| {
            Refusal::unavailable("store_unavailable", "The switch cannot keep anything now; try again.")
        })?;
    }
    let followed = accepted.and_then(|(id, key)| watch::follow(state, &site.firm, (&id, &key), visitor));
    let watched = watch::priority_now(state, &site.firm, followed.unwrap_or(Who::Visitor(visitor)));
    state.ask(request::Request::Open(Box::new(OpenReservation { watched, ..open }))).await
}

/// A body and headers as a checked request, and the snapshot apart.
fn checked(
    site: &SiteInfo,
    (visitor, address): (VisitorId, String),
    headers: &HeaderMap,
    body: ReservationBody,
) -> Result<(OpenReservation, Option<Bytes>), Refusal> {
    let idempotency_key = match headers.get("idempotency-key") {
        Some(value) => Some(text::idempotency_key(value.as_bytes())?),
        None => None,
    };
    if !site.modes.contains(&body.mode) {
        return Err(mode_not_offered());
    }
    said(body.number.as_deref(), body.consent.as_ref())?;
    if let Some(name) = &body.name {
        text::line("name", name, 100)?;
    }
    let email = body.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    let correspondent =
        email.map(|email| correspondent(email, body.language.as_deref(), headers)).transpose()?;
    let snapshot = body.snapshot.filter(|html| !html.is_empty());
    if snapshot.as_ref().is_some_and(|html| html.len() > SNAPSHOT) {
        return Err(Refusal::rule("snapshot_too_large", "`snapshot` has at most 400,000 bytes."));
    }
    let open = OpenReservation {
        site: site.name.clone(),
        mode: body.mode,
        visitor,
        address,
        page: body.page.checked()?,
        snapshot: snapshot.as_ref().map(|html| hex(&Sha256::digest(html.as_bytes()))),
        consent: body.consent,
        number: body.number,
        whence: Whence { zone: body.zone, ..whence(body.country, headers)? },
        name: body.name,
        idempotency_key,
        identity: None,
        on_file: body.on_file,
        due: body.due.as_deref().map(moment).transpose()?,
        correspondent,
        said: said_of(site, body.topic, body.language.as_deref(), &body.answers)?,
        watched: None,
    };
    Ok((open, snapshot.map(Bytes::from)))
}

/// Where somebody is by his own word, and what his browser's languages say of it.
pub(crate) fn whence(country: Option<String>, headers: &HeaderMap) -> Result<Whence, Refusal> {
    let country = country.filter(|code| !code.is_empty());
    if country.as_ref().is_some_and(|code| !is_country(code)) {
        return Err(Refusal::rule("country_invalid", "`country` is two letters, as in ISO 3166."));
    }
    let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let region = languages.and_then(region);
    Ok(Whence { country: country.map(|code| code.to_ascii_uppercase()), region, zone: None })
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The region of the first language that has one (RFC 9110 section 12.5.4, BCP 47): `AT` of `de-AT,de;q=0.9`.
fn region(languages: &str) -> Option<String> {
    let tags = languages.split(',').take(20).map(|tag| tag.split(';').next().unwrap_or_default().trim());
    let of_tag =
        |tag: &str| tag.split('-').skip(1).find(|part| is_country(part)).map(str::to_ascii_uppercase);
    tags.into_iter().find_map(of_tag)
}

/// What he has chosen of what the site asks.
fn said_of(
    site: &SiteInfo,
    topic: Option<String>,
    language: Option<&str>,
    answers: &[Option<u8>],
) -> Result<Said, Refusal> {
    let said = site.asking.check(topic.filter(|topic| !topic.is_empty()), language, answers);
    said.map_err(Refusal::from)
}

/// A time that somebody chose.
pub(crate) fn moment(text: &str) -> Result<Time, Refusal> {
    let wrong = || Refusal::rule("due_invalid", "A time is written as in RFC 3339: 2026-11-30T09:15:00Z.");
    instant(text).ok_or_else(wrong)
}

fn reservation_answer(state: &WebState, site: &SiteInfo, reply: Reply) -> Result<Response, Refusal> {
    let (created, view, token) = reservation_view(reply)?;
    let id = view.id;
    let mut answer = json!(view);
    answer["stream"] = json!(format!("/v1/web/stream?token={}", state.keys.stream_token(&site.name, id)));
    answer["key"] = json!(state.keys.bearer(&site.name, id));
    add_token(state, &mut answer, id, token);
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json_answer(status, &answer))
}

/// What a browser call needs: its token, and the way round a network that lets no UDP out.
fn add_token(state: &WebState, answer: &mut Value, reservation: ReservationId, token: Option<String>) {
    let turn = state.settings().turn.clone().filter(|_| token.is_some());
    let turn = turn.iter().map(|turn| turn.grant(&reservation.to_string(), clock::now(), CALL));
    answer["ice_servers"] = turn.collect();
    answer["token"] = json!(token);
}

/// `DELETE /v1/web/reservations/{id}`
pub(crate) async fn cancel(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Cancel { reservation }).await
}

/// `POST /v1/web/reservations/{id}/never-call`
pub(crate) async fn never_call(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::NeverCall { reservation }).await
}

/// `POST /v1/web/reservations/{id}/dial-intent`
pub(crate) async fn dial_intent(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::DialIntent { reservation }).await
}

/// `POST /v1/web/reservations/{id}/renew`
pub(crate) async fn renew(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Renew { reservation }).await
}

#[derive(Deserialize)]
struct ChannelBody {
    mode: Mode,
    number: Option<String>,
    consent: Option<Consent>,
    #[serde(default)]
    on_file: bool,
}

/// `POST /v1/web/reservations/{id}/channel`
pub(crate) async fn change_channel(
    State(state): State<Arc<WebState>>,
    Held(reservation, site): Held,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    // It may hold a number, as a reservation does.
    state.allow(&state.rates.reservations, settings.limits.reservations, client.address)?;
    let (parts, body) = request.into_parts();
    let body: ChannelBody =
        read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    if !settings.site(&site).is_some_and(|site| site.modes.contains(&body.mode)) {
        return Err(mode_not_offered());
    }
    said(body.number.as_deref(), body.consent.as_ref())?;
    let ChannelBody { mode, number, consent, on_file } = body;
    let to = ChannelChange { mode, number, consent, on_file };
    let (_, view, token) =
        reservation_view(state.ask(request::Request::ChangeChannel { reservation, to }).await?)?;
    let mut answer = json!(view);
    add_token(&state, &mut answer, reservation, token);
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `DELETE /v1/web/reservations/{id}/channel`
pub(crate) async fn keep_channel(
    State(state): State<Arc<WebState>>,
    Held(reservation, _): Held,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::KeepChannel { reservation }).await
}

fn mode_not_offered() -> Refusal {
    Refusal::rule("mode_not_offered", "This site does not offer this way to talk.")
}

/// What a visitor says of the number at which he wants to be called, in form.
fn said(number: Option<&str>, consent: Option<&Consent>) -> Result<(), Refusal> {
    if let Some(number) = number {
        text::line("number", number, 40)?;
    }
    if let Some(consent) = consent {
        text::line("consent.version", &consent.version, 100)?;
        text::line("consent.text", consent.text.as_deref().unwrap_or_default(), 500)?;
    }
    Ok(())
}

async fn done(state: &WebState, request: request::Request) -> Result<StatusCode, Refusal> {
    state.ask_done(request).await.map(|()| StatusCode::NO_CONTENT)
}

/// The reservation that a caller names in the path and holds the key of, and the name of its site.
pub(crate) struct Held(pub ReservationId, pub String);

impl FromRequestParts<Arc<WebState>> for Held {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let client = Client::from_request_parts(parts, state).await?;
        state.allow(&state.rates.visitor_calls, state.settings().limits.visitor_calls, client.address)?;
        Held::of(parts, state).await
    }
}

impl Held {
    /// Without a limit of its own.
    pub async fn of(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let settings = state.settings();
        let unknown = || {
            let detail = "This is not the id of a reservation.";
            Refusal::new(StatusCode::NOT_FOUND, "unknown_reservation", detail)
        };
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| unknown())?;
        let reservation: ReservationId = id.parse().map_err(|_| unknown())?;
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = authorization.and_then(|value| value.split_once(' '));
        let key = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, key)| key);
        let origin = parts.extensions.get::<PageOrigin>();
        let site = origin
            .and_then(|origin| state.keys.bearer_site(origin.sites(&settings), reservation, key.trim()));
        let site = site.ok_or_else(|| {
            let detail = "The key is not the one of this reservation.";
            Refusal::new(StatusCode::UNAUTHORIZED, "wrong_key", detail)
        })?;
        Ok(Held(reservation, site.to_owned()))
    }
}

#[derive(Deserialize)]
struct CallBody {
    reservation: ReservationId,
    token: String,
    sdp: String,
}

/// `POST /v1/web/calls`
pub(crate) async fn browser_call(
    State(state): State<Arc<WebState>>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let (parts, body) = request.into_parts();
    let body: CallBody = read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    text::line("token", &body.token, 200)?;
    if body.sdp.len() > SDP || body.sdp.contains('\0') || !body.sdp.starts_with("v=0") {
        return Err(Refusal::rule("sdp_invalid", "`sdp` is an SDP offer of at most 64 KiB."));
    }
    let CallBody { reservation, token, sdp } = body;
    match state.ask(request::Request::BrowserOffer { reservation, token, sdp }).await? {
        Reply::Sdp(sdp) => Ok(json_answer(StatusCode::CREATED, &json!({ "sdp": sdp }))),
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e25_a_browsers_languages_may_name_a_region() {
        for (languages, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some("AT")),
            ("en, de-de;q=0.5", Some("DE")),
            ("zh-Hant-TW", Some("TW")),
            ("es-419", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(region(languages).as_deref(), expected, "{languages}");
        }
    }

    #[test]
    fn e25_his_own_word_is_two_letters() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "de-AT".parse().unwrap());
        let said = whence(Some("ch".into()), &headers).ok();
        let expected = Whence { country: Some("CH".into()), region: Some("AT".into()), zone: None };
        assert_eq!(said, Some(expected));
        assert_eq!(whence(Some(String::new()), &headers).ok().and_then(|whence| whence.country), None);
        assert!(whence(Some("Austria".into()), &headers).is_err());
    }
}
