//! A call that was agreed upon, for who has its letter (G p. 15): when it is, another time, or none. The address is the key; looking changes
//! nothing, since mail servers look at every link.

use super::page::{self, Appointment};
use super::words::{Words, words};
use super::{answer, read, refused};
use crate::client::Client;
use crate::clock;
use crate::dates::Slot;
use crate::problem::Refusal;
use crate::settings::SiteInfo;
use crate::state::{WebState, reservation_view};
use crate::visitor::moment;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use warmline_coordination::hours::instant;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{self, Reply, Whose};
use warmline_coordination::view::{ReservationView, ShownMode, SlotsView, VisitorState};

/// Days from which another time is chosen.
const DAYS: u32 = 14;

/// `GET /callback/{token}`
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    client: Client,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let words = words(&headers);
    let settings = state.settings();
    let allowed = state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address);
    let shown = match allowed.and_then(|()| held(&state, &token)) {
        Ok((id, site)) => appointment(&state, words, &site, id, None).await,
        Err(refusal) => Err(refusal),
    };
    private(shown.unwrap_or_else(|refusal| gone(words, refusal)))
}

/// `POST /callback/{token}`: `due` is another time; `cancel`, that it is taken back.
pub(crate) async fn change(
    State(state): State<Arc<WebState>>,
    client: Client,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let words = words(&parts.headers);
    let settings = state.settings();
    let sent = tokio::time::timeout(settings.limits.body_within, read(&parts.headers, body)).await;
    let Ok(Some(sent)) = sent else {
        return private(refused(words, Refusal::new(StatusCode::BAD_REQUEST, "invalid_form", words.problem)));
    };
    let allowed = state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address);
    let done = match allowed.and_then(|()| held(&state, &token)) {
        Ok((id, _)) if !sent.cancel.is_empty() => {
            let taken_back = state.ask_done(request::Request::Cancel { reservation: id }).await;
            let page = page::message(words, words.canceled, words.canceled_hint);
            taken_back.map(|()| answer(StatusCode::OK, words, page))
        }
        Ok((id, site)) => put_off(&state, words, &site, id, &sent.due).await,
        Err(refusal) => Err(refusal),
    };
    private(done.unwrap_or_else(|refusal| gone(words, refusal)))
}

async fn put_off(
    state: &WebState,
    words: &Words,
    site: &SiteInfo,
    id: ReservationId,
    due: &str,
) -> Result<Response, Refusal> {
    let moved = match moment(due) {
        Ok(due) => {
            let asked = request::Request::Reschedule { reservation: id, due: Some(due) };
            state.ask(asked).await.and_then(reservation_view).map(|_| words.changed)
        }
        Err(refusal) => Err(refusal),
    };
    match moved {
        Ok(said) => appointment(state, words, site, id, Some((said, StatusCode::OK))).await,
        Err(refusal) if refusal.code == "over" || refusal.status == StatusCode::NOT_FOUND => Err(refusal),
        Err(refusal) => {
            let said = words.of(refusal.code, refusal.status);
            appointment(state, words, site, id, Some((said, refusal.status))).await
        }
    }
}

/// The request of an address, and its site.
fn held(state: &WebState, token: &str) -> Result<(ReservationId, SiteInfo), Refusal> {
    let settings = state.settings();
    let names = || settings.sites.iter().chain(&settings.former_sites);
    let found = state.keys.open_callback_token(names().map(|site| site.name.as_str()), token);
    let (id, name) = found.ok_or_else(Refusal::not_found)?;
    let site = names().find(|site| site.name == name).ok_or_else(Refusal::not_found)?;
    Ok((id, site.clone()))
}

/// The page, with what was done or why not.
async fn appointment(
    state: &WebState,
    words: &Words,
    site: &SiteInfo,
    id: ReservationId,
    said: Option<(&str, StatusCode)>,
) -> Result<Response, Refusal> {
    let (_, view, _) = reservation_view(state.ask(request::Request::View { reservation: id }).await?)?;
    if view.state == VisitorState::Ended || view.mode != ShownMode::Callme {
        return Err(Refusal::not_found());
    }
    let (from, whose) = (clock::now(), Whose::Request(id));
    let asked = request::Request::Slots { site: site.name.clone(), from, days: DAYS, whose, zone: None };
    let Reply::Slots(slots) = state.ask(asked).await? else {
        return Err(Refusal::internal("unexpected_answer"));
    };
    let when = when(words, &view, &slots);
    let shown = Appointment {
        site,
        when: &when,
        note: said.filter(|(_, status)| status.is_success()).map(|(text, _)| text),
        problem: said.filter(|(_, status)| !status.is_success()).map(|(text, _)| text),
        slots: (view.state == VisitorState::Waiting).then_some(&*slots),
    };
    let status = said.map_or(StatusCode::OK, |(_, status)| status);
    Ok(answer(status, words, page::appointment(words, &shown)))
}

fn when(words: &Words, view: &ReservationView, slots: &SlotsView) -> String {
    if view.state != VisitorState::Waiting {
        return words.dialing.to_owned();
    }
    let at = view.due.as_deref().and_then(instant);
    match at.and_then(|at| Slot::new(at, slots.slot_minutes, &slots.zone)) {
        Some(slot) => {
            format!("{} {}, {} ({})", words.we_call, slot.day(words.tongue), slot.hours(), slots.zone)
        }
        None => words.done.to_owned(),
    }
}

fn gone(words: &Words, refusal: Refusal) -> Response {
    if refusal.status != StatusCode::NOT_FOUND && refusal.code != "over" {
        return refused(words, refusal);
    }
    answer(StatusCode::NOT_FOUND, words, page::message(words, words.over, words.over_hint))
}

/// The address is a key: it is told to nobody, and nobody finds it.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}
