//! The CTI link (G p. 11–12): all that coordination and a switch say to each other. Plain values, switch-independent.
//!
//! A call has one customer party and up to [`AGENTS`] agent parties, or up to [`GROUP`] that ring as a group. The switch joins the customer and the first agent who
//! answers by itself; from the first `Join` on, who hears whom is coordination's to say, and a party that answers later
//! waits in silence until it is named in one. When the customer leaves, the switch drops everybody; when the last agent who
//! had answered leaves a bridged call and no other agent rings, it drops the customer, otherwise the customer hears music
//! where he is left alone. An agent party that fails before it answered leaves the others as they were.

mod command;
mod event;
mod say;

pub use self::command::Command;
pub use self::event::{Entry, Event, Verdict};
pub use self::say::{Confirm, Prompt, label, queue_label};

/// A phone that the switch can ring.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Device {
    /// A registered phone: `sip:user@realm`.
    Account {
        /// User part of the address of record.
        user: String,
        /// Its realm: a firm's name for agents' own, the node's domain for plain accounts.
        realm: String,
    },
    /// A number behind a trunk.
    Number {
        /// E.164.
        number: String,
        /// The trunk's name.
        trunk: String,
    },
}

/// Whether the network vouches for the caller's number (STIR: RFC 8224; `verstat`: 3GPP TS 24.229 §7.2A.20).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// It does.
    Passed,
    /// It has found that the number is not his.
    Failed,
    /// It says nothing.
    #[default]
    Unknown,
}

impl Verified {
    /// In the stable words of the interfaces.
    pub fn word(self) -> &'static str {
        match self {
            Verified::Passed => "passed",
            Verified::Failed => "failed",
            Verified::Unknown => "unknown",
        }
    }

    /// For serde: whether there is nothing to say.
    pub fn is_unknown(&self) -> bool {
        *self == Verified::Unknown
    }
}

/// Agents' parties of one call at most: the one who has it and the one he asks.
pub const AGENTS: usize = 2;

/// Agents' parties of one call that ring as a group at most: each is a phone that the switch calls and a port of media.
pub const GROUP: usize = 16;

/// Why a party or a call is over, or never came to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Hung up in the ordinary way.
    Normal,
    /// 486, 600.
    Busy,
    /// Rang out: 408 after ringing, 480, or our ring limit.
    NoAnswer,
    /// 603 and other 6xx: a person's word, or his network's for him.
    Declined,
    /// 404, 410, 484, 604.
    NotFound,
    /// No phone registered, trunk down, transport failed, or the network refuses us.
    Unreachable,
    /// The caller or the switch withdrew before an answer.
    Canceled,
    /// Answered by another phone, of its own or of its group.
    Elsewhere,
    /// No media, or no codec in common.
    Media,
    /// Limits of trunk or switch.
    Overload,
    /// The customer was not dialled at all: his trunk, or the switch, has no room for one more call.
    Full,
    /// Our fault.
    Internal,
    /// The program died with it: a record's cause, closed at the next start.
    NodeRestart,
}

impl Cause {
    /// In the stable words of the interfaces (see `ReservationView::reason`).
    pub fn reason(self) -> &'static str {
        match self {
            Cause::Busy => "busy",
            Cause::NoAnswer => "no_answer",
            Cause::Declined => "declined",
            Cause::NotFound => "not_found",
            Cause::NodeRestart => "node_restart",
            Cause::Canceled => "canceled",
            Cause::Normal | Cause::Elsewhere => "normal",
            Cause::Unreachable | Cause::Media | Cause::Overload | Cause::Full | Cause::Internal => {
                "unreachable"
            }
        }
    }
}
