//! What a firm's own programs ask of its calls and agents, and what they see of them: the commands of the CTI link (G p. 11–12).
//!
//! A command about a call is done by the agent who has it, by the same verbs as his desktop's, with the same refusals.

use crate::ids::{CallId, ReservationId};
use crate::request::{Presence, Target};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command. As JSON: its name in `command`, its fields beside it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProgramCommand {
    /// The agent at whom the call rings takes it, at a phone in his browser.
    Answer {
        /// Which.
        call: CallId,
    },
    /// He does not; the next one is asked.
    Reject {
        /// Which.
        call: CallId,
    },
    /// The customer waits with music.
    Hold {
        /// Which.
        call: CallId,
    },
    /// They speak again.
    Unhold {
        /// Which.
        call: CallId,
    },
    /// The agent is not heard.
    Mute {
        /// Which.
        call: CallId,
    },
    /// The agent is heard again.
    Unmute {
        /// Which.
        call: CallId,
    },
    /// Keys for whom the agent speaks with.
    Dtmf {
        /// Which.
        call: CallId,
        /// 1 to 32 of `0`–`9`, `*`, `#`, `A`–`D`.
        digits: String,
    },
    /// The agent asks somebody, the customer waits.
    Consult {
        /// Which.
        call: CallId,
        /// Whom.
        target: Target,
    },
    /// From the customer to the one asked, or back.
    Swap {
        /// Which.
        call: CallId,
    },
    /// All three hear each other.
    Conference {
        /// Which.
        call: CallId,
    },
    /// The one asked is let go.
    ConsultEnd {
        /// Which.
        call: CallId,
    },
    /// The one asked takes over.
    CompleteTransfer {
        /// Which.
        call: CallId,
    },
    /// The customer goes to somebody unannounced.
    Transfer {
        /// Which.
        call: CallId,
        /// To whom.
        target: Target,
    },
    /// The customer waits with music where every agent can take him up.
    Park {
        /// Which.
        call: CallId,
    },
    /// The customer wants never to be called again: the firm's list has his number from now on.
    NeverCall {
        /// Which.
        call: CallId,
    },
    /// The call is over for everybody, whoever has it or waits in it.
    Hangup {
        /// Which.
        call: CallId,
    },
    /// The agent calls a number: his own phone is rung first.
    Dial {
        /// Who, by his log-in name.
        agent: String,
        /// Whom.
        number: String,
        /// E.164, one of the firm's; none: the first.
        #[serde(default)]
        caller_id: Option<String>,
    },
    /// The agent is ready or not from now on, or after his call.
    State {
        /// Who, by his log-in name.
        agent: String,
        /// What he is to be.
        state: Presence,
        /// Why not ready: one of the firm's reasons.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The agent takes someone who waits, out of turn.
    Take {
        /// Who, by his log-in name.
        agent: String,
        /// The id of the call, or of the reservation.
        waiting: String,
    },
    /// The agent takes up a parked call.
    Unpark {
        /// Who, by his log-in name.
        agent: String,
        /// Where it is.
        slot: u16,
    },
    /// The agent to whom a visitor's call or chat is offered takes it.
    Accept {
        /// Whose.
        reservation: ReservationId,
    },
    /// He does not.
    Decline {
        /// Whose.
        reservation: ReservationId,
    },
    /// The customer of a call that is on, or of a request, has this priority from now on: one of the two is named.
    Priority {
        /// Of which call.
        #[serde(default)]
        call: Option<CallId>,
        /// Of which request.
        #[serde(default)]
        reservation: Option<ReservationId>,
        /// 0 (nuisance) to 7 (first).
        priority: u8,
    },
    /// The visitor's request is over.
    Cancel {
        /// Which.
        reservation: ReservationId,
    },
}

impl ProgramCommand {
    /// The call it is about, where it is about one that is there.
    pub fn call(&self) -> Option<CallId> {
        match self {
            ProgramCommand::Answer { call }
            | ProgramCommand::Reject { call }
            | ProgramCommand::Hold { call }
            | ProgramCommand::Unhold { call }
            | ProgramCommand::Mute { call }
            | ProgramCommand::Unmute { call }
            | ProgramCommand::Dtmf { call, .. }
            | ProgramCommand::Consult { call, .. }
            | ProgramCommand::Swap { call }
            | ProgramCommand::Conference { call }
            | ProgramCommand::ConsultEnd { call }
            | ProgramCommand::CompleteTransfer { call }
            | ProgramCommand::Transfer { call, .. }
            | ProgramCommand::Park { call }
            | ProgramCommand::NeverCall { call }
            | ProgramCommand::Hangup { call } => Some(*call),
            ProgramCommand::Priority { call, .. } => *call,
            ProgramCommand::Dial { .. }
            | ProgramCommand::State { .. }
            | ProgramCommand::Take { .. }
            | ProgramCommand::Unpark { .. }
            | ProgramCommand::Accept { .. }
            | ProgramCommand::Decline { .. }
            | ProgramCommand::Cancel { .. } => None,
        }
    }

    /// As it is called.
    pub fn word(&self) -> &'static str {
        match self {
            ProgramCommand::Answer { .. } => "answer",
            ProgramCommand::Reject { .. } => "reject",
            ProgramCommand::Hold { .. } => "hold",
            ProgramCommand::Unhold { .. } => "unhold",
            ProgramCommand::Mute { .. } => "mute",
            ProgramCommand::Unmute { .. } => "unmute",
            ProgramCommand::Dtmf { .. } => "dtmf",
            ProgramCommand::Consult { .. } => "consult",
            ProgramCommand::Swap { .. } => "swap",
            ProgramCommand::Conference { .. } => "conference",
            ProgramCommand::ConsultEnd { .. } => "consult_end",
            ProgramCommand::CompleteTransfer { .. } => "complete_transfer",
            ProgramCommand::Transfer { .. } => "transfer",
            ProgramCommand::Park { .. } => "park",
            ProgramCommand::NeverCall { .. } => "never_call",
            ProgramCommand::Hangup { .. } => "hangup",
            ProgramCommand::Dial { .. } => "dial",
            ProgramCommand::State { .. } => "state",
            ProgramCommand::Take { .. } => "take",
            ProgramCommand::Unpark { .. } => "unpark",
            ProgramCommand::Accept { .. } => "accept",
            ProgramCommand::Decline { .. } => "decline",
            ProgramCommand::Priority { .. } => "priority",
            ProgramCommand::Cancel { .. } => "cancel",
        }
    }
}

/// A live call as programs see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CallView {
    /// Its id.
    pub id: CallId,
    /// `arriving`, `waiting`, `offered` (an agent's phone rings), `talking`, `parked`, `outside` (handed to a number).
    pub state: &'static str,
    /// `phone`, `callme`, `browser`, `outbound`.
    pub channel: &'static str,
    /// The queue's name.
    pub queue: String,
    /// Who has it, or is asked to take it, by his log-in name.
    pub agent: Option<String>,
    /// The colleague who is asked in it, by his log-in name.
    pub guest: Option<String>,
    /// The customer waits with music.
    pub held: bool,
    /// Where it is parked.
    pub slot: Option<u16>,
    /// RFC 3339.
    pub started: String,
    /// Since when customer and agent have heard each other, RFC 3339.
    pub bridged: Option<String>,
    /// The visitor's request.
    pub reservation: Option<ReservationId>,
    /// 32 hex digits.
    pub trace_id: String,
    /// What the visitor's page said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<SaidView>,
    /// The customer's number in E.164 and his name, for those who may see them.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerView>,
}

/// What a page said of itself: a stranger's word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SaidView {
    /// See [`crate::request::Page::attributes`].
    pub attributes: BTreeMap<String, String>,
}

/// Who a call's customer is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CustomerView {
    /// E.164, where it is known.
    pub number: Option<String>,
    /// As on his record, or as his phone says.
    pub name: String,
}
