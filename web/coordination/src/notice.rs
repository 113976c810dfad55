//! What an agent is told about himself: a stable code with its data, never a sentence. Desktops have the words.

use serde::Serialize;

/// Serialised as `{"code":"declined"}`, `{"code":"forced_ready","by":"Carla"}` and so on. Names are those that people read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AgentNotice {
    /// He declined a call and is not ready.
    Declined,
    /// He let a call ring and is not ready.
    Unanswered,
    /// He declined a chat and is not ready.
    ChatDeclined,
    /// He let the offer of a chat pass and is not ready.
    ChatUnanswered,
    /// His phone could not be rung and he is not ready.
    PhoneFailed,
    /// His browser does not allow the microphone and he is not ready.
    MicrophoneBlocked,
    /// His phone was lost in a call, and the customer is at the front of the queue.
    PhoneLostQueue,
    /// His phone was lost.
    PhoneLost,
    /// His phone was lost, and whom he had asked has the call.
    PhoneLostColleague,
    /// Where he called, the line is busy.
    LineBusy,
    /// Where he called, nobody answered.
    LineNoAnswer,
    /// Whom he called refused.
    LineDeclined,
    /// The number that he called is nobody's.
    LineUnknown,
    /// The number that he called could not be reached.
    LineUnreachable,
    /// He called, and no line to the telephone network is free.
    LinesInUse,
    /// He was on the warm line, and nobody who can be called is on his screen.
    NobodyOnScreen,
    /// A call that rang at him and at others was answered by one of these.
    AnsweredBy {
        /// Who.
        name: String,
    },
    /// Whom he asked did not answer.
    AskedNoAnswer {
        /// Who.
        name: String,
    },
    /// Whom he asked does not want to take it.
    AskedDeclined {
        /// Who.
        name: String,
    },
    /// Whom he asked cannot be reached.
    AskedUnreachable {
        /// Who.
        name: String,
    },
    /// A supervisor has set him to ready.
    ForcedReady {
        /// Who.
        by: String,
    },
    /// A supervisor has set him to not ready.
    ForcedNotReady {
        /// Who.
        by: String,
    },
    /// The configuration has him no more: his session ends after what he has in hand.
    Removed,
    /// A supervisor ends his session after this call.
    LoggingOff {
        /// Who.
        by: String,
    },
}

impl AgentNotice {
    /// Whether it says why the system has set him to not ready.
    pub(crate) fn paused(&self) -> bool {
        use AgentNotice::{
            ChatDeclined, ChatUnanswered, Declined, MicrophoneBlocked, PhoneFailed, Unanswered,
        };
        matches!(
            self,
            Declined | Unanswered | ChatDeclined | ChatUnanswered | PhoneFailed | MicrophoneBlocked
        )
    }
}
