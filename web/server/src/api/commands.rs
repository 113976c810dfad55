//! Commands of programs: one by one over HTTP, or over the stream of their events. Both are read, checked, done once and answered here.

use super::key::{Caller, Right};
use super::once::Answer;
use crate::body::{AGENT_BODY, json_answer, read_json};
use crate::call_control::{keys, named};
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use axum::body::HttpBody;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::FutureExt;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::sync::oneshot;
use warmline_coordination::program::ProgramCommand;
use warmline_coordination::request::{self, Reply};

type Fields = Map<String, Value>;

/// `POST /v1/calls`: an agent calls somebody.
pub(crate) async fn dial(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    over_http(&state, &caller, request, "dial", &[]).await
}

/// `POST /v1/calls/{id}/{command}`
pub(crate) async fn about_call(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path((id, command)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    const COMMANDS: [&str; 17] = [
        "answer",
        "reject",
        "hold",
        "unhold",
        "mute",
        "unmute",
        "dtmf",
        "consult",
        "swap",
        "conference",
        "consult-end",
        "complete-transfer",
        "transfer",
        "park",
        "never-call",
        "hangup",
        "priority",
    ];
    let known = COMMANDS.contains(&command.as_str());
    known.then_some(()).ok_or_else(unknown_command)?;
    let command = command.replace('-', "_");
    over_http(&state, &caller, request, &command, &[("call", id)]).await
}

/// `POST /v1/reservations/{id}/{command}`
pub(crate) async fn about_reservation(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path((id, command)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let known = ["accept", "decline", "cancel", "priority"].contains(&command.as_str());
    known.then_some(()).ok_or_else(unknown_command)?;
    over_http(&state, &caller, request, &command, &[("reservation", id)]).await
}

/// `PUT /v1/agents/{agent}/state`
pub(crate) async fn set_state(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    over_http(&state, &caller, request, "state", &[("agent", agent)]).await
}

/// `POST /v1/agents/{agent}/take`
pub(crate) async fn take(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    over_http(&state, &caller, request, "take", &[("agent", agent)]).await
}

/// `POST /v1/agents/{agent}/unpark`
pub(crate) async fn unpark(
    State(state): State<Arc<WebState>>,
    caller: Caller,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    over_http(&state, &caller, request, "unpark", &[("agent", agent)]).await
}

fn unknown_command() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "unknown_command", "There is no such command.")
}

/// The command is the body's fields with what the address says.
async fn over_http(
    state: &Arc<WebState>,
    caller: &Caller,
    request: Request,
    command: &str,
    of_address: &[(&str, String)],
) -> Result<Response, Refusal> {
    caller.may(Right::Calls)?;
    let (parts, body) = request.into_parts();
    let key = match parts.headers.get("idempotency-key") {
        Some(key) => Some(text::idempotency_key(key.as_bytes())?),
        None => None,
    };
    let mut fields = if body.is_end_stream() {
        Fields::new()
    } else {
        read_json::<Fields>(&parts.headers, body, AGENT_BODY, state.settings().limits.body_within).await?
    };
    for (name, value) in
        of_address.iter().map(|(name, value)| (*name, value.as_str())).chain([("command", command)])
    {
        if fields.insert(name.to_owned(), json!(value)).is_some() {
            let detail = format!("`{name}` is said by the address, not by the body.");
            return Err(Refusal::rule("invalid_command", detail));
        }
    }
    let done = perform(state, caller, key, Value::Object(fields)).await?;
    Ok(json_answer(StatusCode::OK, &done))
}

/// Does a command, once for each `key`.
pub(super) async fn perform(
    state: &Arc<WebState>,
    caller: &Caller,
    key: Option<String>,
    asked: Value,
) -> Answer {
    caller.may(Right::Calls)?;
    let command: ProgramCommand = serde_json::from_value(asked.clone())
        .map_err(|error| Refusal::rule("invalid_command", format!("The command cannot be read: {error}.")))?;
    check(&command)?;
    let people = caller.has(Right::People);
    let (firm, by) = (caller.firm.clone(), caller.name.clone());
    let request = request::Request::Program { firm: firm.clone(), by: by.clone(), command, people };
    let begin = || state.hand_over(request, None).map(|reply| outcome(reply).boxed());
    let answer = match key {
        Some(key) => state.hub.once.begin((firm, by), key, &asked, begin)?,
        None => begin()?.shared(),
    };
    let within = state.settings().limits.answer_within;
    let late =
        || Refusal::unavailable("timeout", "The switch did not answer in time; ask again with the same key.");
    tokio::time::timeout(within, answer).await.unwrap_or_else(|_| Err(late()))
}

/// What the firm says, whenever that is: it is done, whoever waits for it.
async fn outcome(reply: oneshot::Receiver<Reply>) -> Answer {
    match reply.await {
        Ok(Reply::Call(call)) => Ok(json!({ "call": call })),
        Ok(Reply::Done) => Ok(json!({})),
        Ok(Reply::Problem(problem)) => Err(problem.into()),
        Ok(_) => Err(Refusal::internal("unexpected_answer")),
        Err(_) => Err(Refusal::unavailable("no_answer", "The switch did not answer; try again.")),
    }
}

/// Of a length that it can have.
fn check(command: &ProgramCommand) -> Result<(), Refusal> {
    match command {
        ProgramCommand::Consult { target, .. } | ProgramCommand::Transfer { target, .. } => named(target),
        ProgramCommand::Dial { agent, number, caller_id } => {
            text::filled_line("agent", agent, 100)?;
            text::filled_line("number", number, 40)?;
            caller_id.as_ref().map_or(Ok(()), |number| text::filled_line("caller_id", number, 40))
        }
        ProgramCommand::State { agent, reason, .. } => {
            text::filled_line("agent", agent, 100)?;
            reason.as_ref().map_or(Ok(()), |reason| text::filled_line("reason", reason, 60))
        }
        ProgramCommand::Take { agent, waiting } => {
            text::filled_line("agent", agent, 100)?;
            text::filled_line("waiting", waiting, 100)
        }
        ProgramCommand::Unpark { agent, .. } => text::filled_line("agent", agent, 100),
        ProgramCommand::Dtmf { digits, .. } => keys(digits),
        _ => Ok(()),
    }
}
