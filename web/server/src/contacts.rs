//! Contacts, looked for, read and changed: by programs with a key, and on the agents' plane.

use crate::api::key::{Caller, Right};
use crate::api::once::Answer;
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::problem::Refusal;
use crate::seal::{Keys, hex};
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::oneshot;
use warmline_coordination::contact_change::ContactChange;
use warmline_coordination::ids::{CallId, ContactId};
use warmline_coordination::request::{self, Asker, ContactVerb, Reply};
use warmline_coordination::view::ContactCard;

/// What is looked for, in characters.
const QUERY: usize = 100;
/// Contacts of one answer at most, and where nobody says how many.
const MOST: usize = 100;
const SOME: usize = 20;
/// Hexadecimal digits of an entity tag's digest.
const DIGEST: usize = 16;

/// The programs' part.
pub(crate) fn program_routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/contacts", get(program_finds))
        .route("/v1/contacts/{id}", get(program_reads).patch(program_changes))
        .route("/v1/contacts/{id}/history", get(program_pages))
}

/// The agents' part.
pub(crate) fn agent_routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/agent/contacts", get(agent_finds))
        .route("/v1/agent/contacts/{id}", get(agent_reads).patch(agent_changes))
        .route("/v1/agent/contacts/{id}/history", get(agent_pages))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    after: Option<String>,
    limit: Option<usize>,
}

impl Wanted {
    /// Where it goes on may be a contact that the asker must not know of: he has it sealed, for himself and this question.
    fn verb(self, keys: &Keys, by: &Asker) -> Result<ContactVerb, Refusal> {
        text::line("q", &self.q, QUERY)?;
        let open = |text: &String| {
            let place = keys.open_place(&whose(by, &self.q), text);
            place.and_then(|place| place.parse::<request::Spot>().ok()).ok_or_else(list_changed)
        };
        let after = self.after.as_ref().map(open).transpose()?;
        let most = self.limit.unwrap_or(SOME).clamp(1, MOST);
        Ok(ContactVerb::Find { query: self.q, after, most })
    }
}

/// `GET /v1/contacts?q=&after=&limit=`
async fn program_finds(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    may_see(&caller)?;
    found(&state, of_program(&caller), wanted).await
}

/// `GET /v1/agent/contacts?q=&after=&limit=`
async fn agent_finds(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    found(&state, Asker::Agent(desk.agent), wanted).await
}

/// `GET /v1/contacts/{id}`
async fn program_reads(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    may_see(&caller)?;
    read(&state, of_program(&caller), &id, &headers).await
}

/// `GET /v1/agent/contacts/{id}`
async fn agent_reads(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    read(&state, Asker::Agent(desk.agent), &id, &headers).await
}

#[derive(Deserialize)]
struct PageWanted {
    before: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/contacts/{id}/history?before=&limit=`
async fn program_pages(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(wanted): Query<PageWanted>,
) -> Result<Response, Refusal> {
    may_see(&caller)?;
    history(&state, of_program(&caller), &id, wanted).await
}

/// `GET /v1/agent/contacts/{id}/history?before=&limit=`
async fn agent_pages(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Path(id): Path<String>,
    Query(wanted): Query<PageWanted>,
) -> Result<Response, Refusal> {
    history(&state, Asker::Agent(desk.agent), &id, wanted).await
}

async fn history(state: &WebState, by: Asker, id: &str, wanted: PageWanted) -> Result<Response, Refusal> {
    let before = wanted.before.as_ref().map(|text| text.parse::<CallId>().map_err(|_| list_changed()));
    let (contact, before) = (named(id)?, before.transpose()?);
    let most = wanted.limit.unwrap_or(SOME).clamp(1, MOST);
    let verb = ContactVerb::History { contact, before, most };
    match state.ask(request::Request::Contacts { by, verb }).await? {
        Reply::History { history, next } => {
            Ok(json_answer(StatusCode::OK, &json!({ "history": history, "next": next })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// `PATCH /v1/contacts/{id}`
async fn program_changes(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    may_see(&caller)?;
    caller.may(Right::Contacts)?;
    let wanted = Wish::read(&state, &id, request).await?;
    if wanted.change.priority.is_some() {
        caller.may(Right::Calls)?;
    }
    wanted.done(&state, of_program(&caller), (caller.firm, caller.name)).await
}

/// `PATCH /v1/agent/contacts/{id}`
async fn agent_changes(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let wanted = Wish::read(&state, &id, request).await?;
    // No key of a program has such a name.
    let whose = (desk.agent.firm.clone(), format!("agent\n{}", desk.agent.agent));
    wanted.done(&state, Asker::Agent(desk.agent), whose).await
}

/// Whoever sees contacts sees who they are.
fn may_see(caller: &Caller) -> Result<(), Refusal> {
    caller.may(Right::Read)?;
    caller.may(Right::People)
}

fn of_program(caller: &Caller) -> Asker {
    Asker::Program { firm: caller.firm.clone(), key: caller.name.clone() }
}

async fn found(state: &WebState, by: Asker, wanted: Wanted) -> Result<Response, Refusal> {
    let query = wanted.q.clone();
    let verb = wanted.verb(&state.keys, &by)?;
    match state.ask(request::Request::Contacts { by: by.clone(), verb }).await? {
        Reply::Contacts { contacts, next } => {
            let seal = |place: String| {
                let sealed = state.keys.seal_place(&whose(&by, &query), &place);
                sealed.ok_or_else(|| Refusal::internal("unsealed"))
            };
            let next = next.map(|next| seal(next.to_string())).transpose()?;
            Ok(json_answer(StatusCode::OK, &json!({ "contacts": contacts, "next": next })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// For whom a place in a list is sealed, and in which.
fn whose<'a>(by: &'a Asker, query: &'a str) -> [&'a str; 4] {
    match by {
        Asker::Agent(who) => ["agent", &who.firm, &who.agent, query.trim()],
        Asker::Program { firm, key } => ["program", firm, key, query.trim()],
    }
}

fn list_changed() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "list_changed", "The list has changed meanwhile: look again.")
}

async fn read(state: &WebState, by: Asker, id: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    match state.ask(request::Request::Contacts { by, verb: ContactVerb::Read(named(id)?) }).await? {
        Reply::Contact(card) => {
            let card = json!(card);
            if is_known(headers, &tag(&card)) {
                let headers = [(header::ETAG, tag(&card)), (header::CACHE_CONTROL, "no-store".to_owned())];
                return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
            }
            Ok(tagged(&card))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// A change that somebody wants, as it came.
struct Wish {
    contact: ContactId,
    version: Option<u64>,
    change: ContactChange,
    /// To tell a repetition from another change.
    asked: Value,
    key: Option<String>,
}

impl Wish {
    async fn read(state: &WebState, id: &str, request: Request) -> Result<Self, Refusal> {
        let contact = named(id)?;
        let (parts, body) = request.into_parts();
        let key = parts.headers.get("idempotency-key").map(|key| text::idempotency_key(key.as_bytes()));
        let within = state.settings().limits.body_within;
        let mut fields: Map<String, Value> = read_json(&parts.headers, body, AGENT_BODY, within).await?;
        let version = match (if_match(&parts.headers)?, fields.remove("version")) {
            (Some(version), _) => Some(version),
            (None, None | Some(Value::Null)) => None,
            (None, Some(version)) => Some(version.as_u64().ok_or_else(wrong_version)?),
        };
        let asked = json!({ "contact": contact, "version": version, "change": fields });
        let change = serde_json::from_value(Value::Object(fields)).map_err(|error| {
            Refusal::rule("invalid_change", format!("The change cannot be read: {error}."))
        })?;
        Ok(Wish { contact, version, change, asked, key: key.transpose()? })
    }

    /// Done once for each key; who comes again is answered the same.
    async fn done(self, state: &WebState, by: Asker, whose: (String, String)) -> Result<Response, Refusal> {
        let Wish { contact, version, change, asked, key } = self;
        let verb = ContactVerb::Change { contact, version, change: Box::new(change) };
        let request = request::Request::Contacts { by, verb };
        let begin = || state.hand_over(request, None).map(|reply| outcome(reply).boxed());
        let answer = match key {
            Some(key) => state.hub.once.begin(whose, key, &asked, begin)?,
            None => begin()?.shared(),
        };
        let within = state.settings().limits.answer_within;
        let late = || {
            Refusal::unavailable("timeout", "The switch did not answer in time; ask again with the same key.")
        };
        let card = tokio::time::timeout(within, answer).await.unwrap_or_else(|_| Err(late()))?;
        Ok(tagged(&card))
    }
}

async fn outcome(reply: oneshot::Receiver<Reply>) -> Answer {
    match reply.await {
        Ok(Reply::Contact(card)) => Ok(json!(card as Box<ContactCard>)),
        Ok(Reply::Problem(problem)) => Err(problem.into()),
        Ok(_) => Err(Refusal::internal("unexpected_answer")),
        Err(_) => Err(Refusal::unavailable("no_answer", "The switch did not answer; try again.")),
    }
}

/// A contact with its entity tag.
fn tagged(card: &Value) -> Response {
    let mut response = json_answer(StatusCode::OK, card);
    if let Ok(tag) = HeaderValue::from_str(&tag(card)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A strong one (RFC 9110 §8.8.1): the record's version, and a digest of all that is shown, as history comes without a new version.
fn tag(card: &Value) -> String {
    let digest = hex(&Sha256::digest(card.to_string()));
    format!("\"{}.{}\"", card["version"], &digest[..DIGEST])
}

/// Whether one of `If-None-Match` is this (RFC 9110 §13.1.2: by weak comparison).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut named = values.flat_map(|value| value.split(',')).map(str::trim);
    named.any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

/// The version of `If-Match` (RFC 9110 §13.1.1); none: there is no such header, or any will do. A change is about the record alone: a
/// call that has ended since does not stand in its way.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().map_err(|_| wrong_version())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version = tag.map(|tag| tag.split_once('.').map_or(tag, |(version, _)| version));
    version.and_then(|version| version.parse().ok()).map(Some).ok_or_else(wrong_version)
}

fn wrong_version() -> Refusal {
    Refusal::rule("version_invalid", "`If-Match` is the contact's `ETag`, `version` its `version`.")
}

fn named(id: &str) -> Result<ContactId, Refusal> {
    let refusal = |_| Refusal::new(StatusCode::NOT_FOUND, "unknown_contact", "There is no such contact.");
    id.parse().map_err(refusal)
}
