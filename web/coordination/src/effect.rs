//! What a firm wants done: values that tests read and `src` carries out.

use crate::activity::Who;
use crate::crm::Question;
use crate::cti::Command;
use crate::decision::Decision;
use crate::erasure::Erasing;
use crate::fact::Entry;
use crate::ids::ReservationId;
use crate::invitation::WatchCommand;
use crate::letter::Sending;
use crate::request::{AgentRef, Reply, RequestId};
use crate::view::Notice;
use std::sync::Arc;

/// Something to do, in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Append to the journal; effects with `after` ≥ its `seq` wait for it.
    Persist(Entry),
    /// Anything else, as soon as the firm's journal is durable up to `after` (0: at once).
    Act {
        /// The firm whose journal it waits for.
        firm: String,
        /// The number that must be durable.
        after: u64,
        /// What.
        action: Action,
    },
}

/// What is done outside.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// To the switch.
    Switch(Command),
    /// To a stream; dropped where none is open.
    Notify(Audience, Notice),
    /// To a request.
    Reply(RequestId, Reply),
    /// What a visitor's page sends of itself goes to this agent and to nobody else from now on; to nobody where there is none.
    Share {
        /// Whose page.
        reservation: ReservationId,
        /// Who sees it.
        to: Option<AgentRef>,
        /// `AgentShare::number`: no two are the same in a firm.
        number: u64,
    },
    /// To the firm's CRM: `Request::LookedUp` brings the answer, if any. Nothing waits for it.
    Lookup(Box<Question>),
    /// To the firm's mail server: `Request::Mailed` says what became of it.
    Mail(Box<Sending>),
    /// A choice of an agent, to be kept for longer than memory does. Nobody waits for it.
    Decided {
        /// The firm's name.
        firm: String,
        /// What was decided, and among whom.
        decision: Arc<Decision>,
    },
    /// To those who watch a firm's visitors.
    Watch {
        /// The firm's name.
        firm: String,
        /// About whom.
        who: Who,
        /// What.
        command: WatchCommand,
    },
    /// To the journal: `Request::RowsErased` says which rows were changed.
    Erase(Box<Erasing>),
}

/// Whose stream.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Audience {
    /// An agent's desktop.
    Agent(AgentRef),
    /// Every open desktop of a firm, by the firm's name: what all of them show alike.
    Desktops(String),
    /// A visitor's page.
    Visitor(ReservationId),
    /// The firm's feed, by the firm's name: events only, in the order of their `seq`.
    Firm(String),
}
