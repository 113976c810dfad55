//! Chats as the web asks for them and as pages show them.

use crate::ids::{CallId, ReservationId};
use crate::request::{Page, Target, WrittenNotes};
use crate::view::ContactView;
use serde::{Deserialize, Serialize};

/// Messages in one answer at most.
pub const PAGE: usize = 200;
/// Characters of a message at most.
pub const LONGEST: usize = 2_000;
/// Texts of each side of a chat at most.
pub const MOST: usize = 500;

/// A text that somebody sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// What is written: at most [`LONGEST`] characters once tidied.
    pub text: String,
    /// The sender's own name of it: the same name again is answered with what is kept already.
    pub client_id: String,
}

/// What a visitor does in his chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VisitorVerb {
    /// → `Reply::Posted`, durable first; 409 `over`, `chat_full`, 422 `empty`, `too_long`, 429 `too_fast`.
    Post(Draft),
    /// What comes after this number → `Reply::Messages`.
    Read(u32),
    /// He is writing, or not any more → `Reply::Done`.
    Typing(bool),
    /// What has come to his page, and what he has seen, up to these numbers → `Reply::Done`.
    Seen {
        /// It has come.
        delivered: u32,
        /// It was on his screen.
        read: u32,
    },
}

/// What an agent does in a chat. All but `Read` only in a chat that is his: 409 `not_yours`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChatVerb {
    /// He takes what he is offered → `Reply::Done`, durable first.
    Accept,
    /// He lets it pass: the next one is asked → `Reply::Done`.
    Decline,
    /// As [`VisitorVerb::Post`].
    Post(Draft),
    /// Of any chat of the firm, also one that is over, as long as it is kept → `Reply::Messages`.
    Read(u32),
    /// He is writing, or not any more → `Reply::Done`.
    Typing(bool),
    /// He has seen what is up to this number → `Reply::Done`.
    Seen(u32),
    /// The visitor is asked to call: his page shows how → `Reply::Done`, durable first.
    ProposeCall,
    /// To a colleague or a queue, with all that was written → `Reply::Done`, durable first; 409 `not_available`.
    Transfer(Target),
    /// It is over → `Reply::Done`.
    End,
    /// What it was about; in the chat or in its wrap-up → `Reply::Done`, durable first.
    Outcome {
        /// One of the firm's wrap-up codes; none: as it was.
        code: Option<String>,
        /// The contact's notes from now on; none: as they were. 409 `notes_changed`.
        notes: Option<WrittenNotes>,
        /// The contact's priority from now on.
        priority: Option<u8>,
    },
    /// Its wrap-up is done → `Reply::Done`.
    Close,
}

/// What a line of a chat is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Somebody wrote it.
    Text,
    /// An agent has it from now on.
    Joined,
    /// That agent has it no more: a colleague will.
    HandedOn,
    /// The agent proposes to talk.
    CallProposed,
}

/// Who wrote a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Author {
    Visitor,
    Agent,
}

/// One line of a chat. Its text is a person's: shown as text, never run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MessageView {
    /// Rises by one in each chat, from 1.
    pub seq: u32,
    /// RFC 3339.
    pub time: String,
    /// Whose it is.
    pub from: Author,
    /// The agent's shown name.
    pub name: Option<String>,
    /// What it is.
    pub kind: MessageKind,
    /// What was written; empty for other kinds.
    pub text: String,
    /// The sender's own name of it.
    pub client_id: Option<String>,
}

/// How far a chat is, for the visitor's page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ChatShown {
    /// The number of the last line; 0: there is none yet.
    pub last: u32,
    /// The agent has seen what is up to this number.
    pub read: u32,
}

/// Where a chat stands on a desktop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatState {
    /// It is offered: take it or let it pass.
    Offered,
    /// They write to each other.
    Open,
    /// It is over, but for codes and notes.
    Wrapup,
}

/// One chat of an agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChatCard {
    /// Its reservation.
    pub id: ReservationId,
    /// Where it stands.
    pub state: ChatState,
    /// RFC 3339: since when.
    pub since: String,
    /// RFC 3339: when the visitor asked.
    pub asked_at: String,
    /// RFC 3339: when the offer or the wrap-up ends by itself.
    pub ends: Option<String>,
    /// The page at the click.
    pub page: Page,
    /// Its snapshot's SHA-256; `web/server` adds `snapshot_url`.
    pub snapshot: Option<String>,
    /// In whose name it is answered, where the firm has several clients.
    pub client: Option<String>,
    /// The customer.
    pub contact: ContactView,
    /// The number of the last line.
    pub last: u32,
    /// The visitor's texts that the agent has not seen.
    pub unread: u32,
    /// The beginning of the last text.
    pub preview: String,
    /// What has come to the visitor's page, up to this number.
    pub delivered: u32,
    /// What the visitor has seen.
    pub read: u32,
    /// RFC 3339: since when the visitor's page is gone.
    pub away_since: Option<String>,
    /// Who handed it on: shown name.
    pub from: Option<String>,
    /// The wrap-up code chosen.
    pub code: Option<String>,
    /// Why it is over: `visitor`, `agent`, `away`, `idle`, `call`.
    pub reason: Option<&'static str>,
    /// The visitor's call beside it: waiting, ringing or on.
    pub call: Option<ReservationId>,
    /// Its name in the contact's history.
    pub contact_call: CallId,
}
