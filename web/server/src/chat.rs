//! Chats: messages of both planes, and what an agent does with his.

use crate::agent::{body, done};
use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::call_control::{OutcomeBody, TransferBody, named};
use crate::client::Client;
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::visitor::Held;
use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::chat::{ChatVerb, Draft, VisitorVerb};
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::{self, AgentRef, Reply};

/// The name that a page gives its message, in characters.
const CLIENT_ID: usize = 64;
/// A message as it is sent, in characters; what is left once it is tidied has at most 2,000.
const SENT: usize = 4_000;

/// The agents' part of the chats.
pub(crate) fn agent_routes() -> Router<Arc<WebState>> {
    Router::new()
        .route("/v1/agent/chats/{id}/messages", get(agent_reads).post(agent_posts))
        .route("/v1/agent/chats/{id}/accept", post(accept))
        .route("/v1/agent/chats/{id}/decline", post(decline))
        .route("/v1/agent/chats/{id}/typing", post(typing))
        .route("/v1/agent/chats/{id}/read", post(read))
        .route("/v1/agent/chats/{id}/propose-call", post(propose_call))
        .route("/v1/agent/chats/{id}/transfer", post(transfer))
        .route("/v1/agent/chats/{id}/outcome", post(outcome))
        .route("/v1/agent/chats/{id}/end", post(end))
        .route("/v1/agent/chats/{id}/close", post(close))
}

#[derive(Deserialize)]
struct MessageBody {
    text: String,
    client_id: String,
}

impl MessageBody {
    fn draft(self) -> Result<Draft, Refusal> {
        let fits = |id: &str| (1..=CLIENT_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        if !fits(&self.client_id) {
            let detail = "`client_id` is 1 to 64 visible ASCII characters.";
            return Err(Refusal::rule("client_id_invalid", detail));
        }
        if self.text.chars().nth(SENT).is_some() {
            return Err(Refusal::rule("too_long", "A message has at most 2,000 characters."));
        }
        Ok(Draft { text: self.text, client_id: self.client_id })
    }
}

#[derive(Deserialize)]
pub(crate) struct AfterQuery {
    #[serde(default)]
    after: u32,
}

/// `POST /v1/web/reservations/{id}/messages`
pub(crate) async fn visitor_posts(
    State(state): State<Arc<WebState>>,
    Talks(reservation): Talks,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let within = state.settings().limits.body_within;
    let body: MessageBody = read_json(&parts.headers, body, VISITOR_BODY, within).await?;
    let verb = VisitorVerb::Post(body.draft()?);
    message_answer(state.ask(request::Request::VisitorChat { reservation, verb }).await?)
}

/// `GET /v1/web/reservations/{id}/messages?after=`
pub(crate) async fn visitor_reads(
    State(state): State<Arc<WebState>>,
    Talks(reservation): Talks,
    Query(query): Query<AfterQuery>,
) -> Result<Response, Refusal> {
    let verb = VisitorVerb::Read(query.after);
    message_answer(state.ask(request::Request::VisitorChat { reservation, verb }).await?)
}

fn message_answer(reply: Reply) -> Result<Response, Refusal> {
    match reply {
        Reply::Posted { created, message } => {
            let status = if created { StatusCode::CREATED } else { StatusCode::OK };
            Ok(json_answer(status, &json!(message)))
        }
        Reply::Messages { messages, more } => {
            Ok(json_answer(StatusCode::OK, &json!({ "messages": messages, "more": more })))
        }
        _ => Err(Refusal::internal("unexpected_answer")),
    }
}

/// The reservation that a visitor's page holds the key of, limited as people write.
pub(crate) struct Talks(ReservationId);

impl FromRequestParts<Arc<WebState>> for Talks {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let client = Client::from_request_parts(parts, state).await?;
        state.allow(&state.rates.chat_calls, state.settings().limits.chat_calls, client.address)?;
        Held::of(parts, state).await.map(|Held(reservation, _)| Talks(reservation))
    }
}

/// An agent, and the chat in the path.
struct AtChat {
    agent: AgentRef,
    chat: ReservationId,
}

impl FromRequestParts<Arc<WebState>> for AtChat {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Refusal> {
        let desk = Desk::from_request_parts(parts, state).await?;
        let unknown = || Refusal::new(StatusCode::NOT_FOUND, "unknown_chat", "This is not the id of a chat.");
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| unknown())?;
        Ok(AtChat { agent: desk.agent, chat: id.parse().map_err(|_| unknown())? })
    }
}

impl AtChat {
    fn does(self, verb: ChatVerb) -> request::Request {
        request::Request::AgentChat { agent: self.agent, chat: self.chat, verb }
    }
}

async fn agent_posts(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    request: Request,
) -> Result<Response, Refusal> {
    let message: MessageBody = body(&state, request).await?;
    message_answer(state.ask(at.does(ChatVerb::Post(message.draft()?))).await?)
}

async fn agent_reads(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    Query(query): Query<AfterQuery>,
) -> Result<Response, Refusal> {
    message_answer(state.ask(at.does(ChatVerb::Read(query.after))).await?)
}

async fn accept(State(state): State<Arc<WebState>>, at: AtChat) -> Result<StatusCode, Refusal> {
    done(&state, at.does(ChatVerb::Accept)).await
}

async fn decline(State(state): State<Arc<WebState>>, at: AtChat) -> Result<StatusCode, Refusal> {
    done(&state, at.does(ChatVerb::Decline)).await
}

#[derive(Deserialize)]
struct TypingBody {
    on: bool,
}

async fn typing(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let TypingBody { on } = body(&state, request).await?;
    done(&state, at.does(ChatVerb::Typing(on))).await
}

#[derive(Deserialize)]
struct ReadBody {
    seq: u32,
}

async fn read(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let ReadBody { seq } = body(&state, request).await?;
    done(&state, at.does(ChatVerb::Seen(seq))).await
}

async fn propose_call(State(state): State<Arc<WebState>>, at: AtChat) -> Result<StatusCode, Refusal> {
    done(&state, at.does(ChatVerb::ProposeCall)).await
}

async fn transfer(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let TransferBody { target } = body(&state, request).await?;
    let target = target.ok_or_else(|| Refusal::rule("empty", "`target` must not be empty."))?;
    named(&target)?;
    done(&state, at.does(ChatVerb::Transfer(target))).await
}

async fn outcome(
    State(state): State<Arc<WebState>>,
    at: AtChat,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let outcome: OutcomeBody = body(&state, request).await?;
    let (code, notes, priority) = outcome.checked()?;
    done(&state, at.does(ChatVerb::Outcome { code, notes, priority })).await
}

async fn end(State(state): State<Arc<WebState>>, at: AtChat) -> Result<StatusCode, Refusal> {
    done(&state, at.does(ChatVerb::End)).await
}

async fn close(State(state): State<Arc<WebState>>, at: AtChat) -> Result<StatusCode, Refusal> {
    done(&state, at.does(ChatVerb::Close)).await
}
