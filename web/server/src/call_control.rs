//! The agents' plane: what an agent does with his call, with those who wait, and with the contact's record.

use crate::agent::{body, done};
use crate::problem::Refusal;
use crate::session::Desk;
use crate::state::WebState;
use crate::text;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::{self, Target, WrittenNotes};

/// Keys in one request.
const DIGITS: usize = 32;
/// A contact's notes, in characters.
const NOTES: usize = 4_000;

#[derive(Deserialize)]
struct SwitchBody {
    on: bool,
}

/// `POST /v1/agent/mute`
pub(crate) async fn mute(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let body: SwitchBody = body(&state, request).await?;
    done(&state, request::Request::Mute(desk.agent, body.on)).await
}

/// `POST /v1/agent/hold`
pub(crate) async fn hold(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let body: SwitchBody = body(&state, request).await?;
    done(&state, request::Request::Hold(desk.agent, body.on)).await
}

#[derive(Deserialize)]
struct DigitsBody {
    digits: String,
}

/// `POST /v1/agent/digits`
pub(crate) async fn digits(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let DigitsBody { digits } = body(&state, request).await?;
    keys(&digits)?;
    done(&state, request::Request::Digits(desk.agent, digits)).await
}

/// Keys of a telephone, as many as one request may have.
pub(crate) fn keys(digits: &str) -> Result<(), Refusal> {
    let key = |key: char| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D');
    if digits.is_empty() || digits.len() > DIGITS || !digits.chars().all(key) {
        return Err(Refusal::rule("digits_invalid", "`digits` is 1 to 32 of 0–9, *, #, A–D."));
    }
    Ok(())
}

#[derive(Deserialize)]
struct ConsultBody {
    target: Target,
}

/// `POST /v1/agent/consult`
pub(crate) async fn consult(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let ConsultBody { target } = body(&state, request).await?;
    named(&target)?;
    done(&state, request::Request::Consult(desk.agent, target)).await
}

/// `POST /v1/agent/swap`
pub(crate) async fn swap(State(state): State<Arc<WebState>>, desk: Desk) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Swap(desk.agent)).await
}

/// `POST /v1/agent/conference`
pub(crate) async fn conference(
    State(state): State<Arc<WebState>>,
    desk: Desk,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Conference(desk.agent)).await
}

/// `POST /v1/agent/consult-end`
pub(crate) async fn consult_end(
    State(state): State<Arc<WebState>>,
    desk: Desk,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::ConsultEnd(desk.agent)).await
}

#[derive(Deserialize)]
pub(crate) struct TransferBody {
    pub target: Option<Target>,
}

/// `POST /v1/agent/transfer`
pub(crate) async fn transfer(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let TransferBody { target } = body(&state, request).await?;
    target.as_ref().map_or(Ok(()), named)?;
    done(&state, request::Request::Transfer(desk.agent, target)).await
}

/// A target with a name of a length that something can have.
pub(crate) fn named(target: &Target) -> Result<(), Refusal> {
    match target {
        Target::Agent(name) => text::filled_line("target.agent", name, 100),
        Target::Queue(name) => text::filled_line("target.queue", name, 100),
        Target::Number(number) => text::filled_line("target.number", number, 40),
    }
}

#[derive(Deserialize)]
struct TakeBody {
    waiting: String,
}

/// `POST /v1/agent/take`
pub(crate) async fn take(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let TakeBody { waiting } = body(&state, request).await?;
    text::filled_line("waiting", &waiting, 100)?;
    done(&state, request::Request::Take { agent: desk.agent, waiting }).await
}

#[derive(Deserialize)]
struct RateBody {
    waiting: String,
    priority: i64,
}

/// `POST /v1/agent/priority`
pub(crate) async fn rate(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let RateBody { waiting, priority } = body(&state, request).await?;
    text::filled_line("waiting", &waiting, 100)?;
    let priority = fits(priority)?;
    done(&state, request::Request::Rate { agent: desk.agent, waiting, priority }).await
}

/// A priority as it may be.
fn fits(priority: i64) -> Result<u8, Refusal> {
    let wrong = || Refusal::rule("priority_invalid", "`priority` is a whole number from 0 to 7.");
    u8::try_from(priority).ok().filter(|priority| *priority <= 7).ok_or_else(wrong)
}

/// `POST /v1/agent/hangup`
pub(crate) async fn hangup(State(state): State<Arc<WebState>>, desk: Desk) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::Hangup(desk.agent)).await
}

#[derive(Deserialize)]
pub(crate) struct OutcomeBody {
    call: Option<String>,
    code: Option<String>,
    notes: Option<String>,
    /// The notes as they were read before.
    notes_read: Option<String>,
    priority: Option<i64>,
}

/// Code, notes and priority, where they are said.
type Noted = (Option<String>, Option<WrittenNotes>, Option<u8>);

impl OutcomeBody {
    /// In the form that they can have.
    pub fn checked(self) -> Result<Noted, Refusal> {
        if let Some(code) = &self.code {
            text::filled_line("code", code, 60)?;
        }
        let text = self.notes.map(|notes| text::paragraphs("notes", &notes, NOTES)).transpose()?;
        let notes = text.map(|text| WrittenNotes { text, read: self.notes_read });
        Ok((self.code, notes, self.priority.map(fits).transpose()?))
    }
}

/// `POST /v1/agent/outcome`
pub(crate) async fn outcome(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let mut outcome: OutcomeBody = body(&state, request).await?;
    let call = call_of(outcome.call.take())?;
    let (code, notes, priority) = outcome.checked()?;
    done(&state, request::Request::Outcome { agent: desk.agent, call, code, notes, priority }).await
}

#[derive(Deserialize)]
struct NeverBody {
    call: Option<String>,
}

/// `POST /v1/agent/never-call`
pub(crate) async fn never_call(
    State(state): State<Arc<WebState>>,
    desk: Desk,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let NeverBody { call } = body(&state, request).await?;
    let call = call_of(call)?;
    done(&state, request::Request::NeverAgain { agent: desk.agent, call }).await
}

/// The call that a desktop means, where it says one.
fn call_of(id: Option<String>) -> Result<Option<CallId>, Refusal> {
    let wrong = || Refusal::rule("call_invalid", "`call` is a call's id, `cal_…`.");
    id.map(|id| id.parse::<CallId>().map_err(|_| wrong())).transpose()
}

/// `POST /v1/agent/wrapup-done`
pub(crate) async fn wrapup_done(
    State(state): State<Arc<WebState>>,
    desk: Desk,
) -> Result<StatusCode, Refusal> {
    done(&state, request::Request::WrapupDone(desk.agent)).await
}
