//! Decisions made again with other settings (C16): what a change would have meant for the last hour, before it is made.

use crate::decision::LISTED;
use crate::ids::{CallId, DecisionId, ReservationId};
use crate::routing::{Rule, Strategy};
use crate::settings::QueueSettings;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Skills of a queue that may be tried.
const SKILLS: usize = 20;

/// Which decisions, and with what in place of the settings as they are now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Those of this queue only.
    pub queue: Option<String>,
    /// Those about this reservation or call only.
    pub subject: Option<String>,
    /// Another strategy.
    pub strategy: Option<Strategy>,
    /// Other skills that an agent must have.
    pub skills: Option<Vec<String>>,
    /// For how long who spoke with a customer last is preferred.
    pub affinity_secs: Option<u32>,
    /// The rules of the configuration as they are now, over what was known then.
    #[serde(default)]
    pub rules: bool,
    /// RFC 3339: those from this moment on, as far as they are kept; none: of the last hour.
    pub from: Option<String>,
    /// RFC 3339: those before; none: up to now.
    pub until: Option<String>,
}

impl Replay {
    /// Whether it can be tried: no more skills, and no longer ones, than a queue may have.
    pub fn is_sane(&self) -> bool {
        let skills = self.skills.as_deref().unwrap_or_default();
        skills.len() <= SKILLS && skills.iter().all(|skill| (1..=60).contains(&skill.chars().count()))
    }

    /// A queue with these settings.
    pub(crate) fn applied(&self, queue: &QueueSettings) -> QueueSettings {
        let mut queue = queue.clone();
        queue.strategy = self.strategy.unwrap_or(queue.strategy);
        if let Some(skills) = &self.skills {
            queue.skills.clone_from(skills);
        }
        if let Some(secs) = self.affinity_secs {
            queue.affinity = Duration::from_secs(secs.into());
        }
        queue
    }
}

/// What would have become of them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ReplayView {
    /// How many were made replay.
    pub looked_at: u64,
    /// Of these, those that lead to somebody else, or to nobody, or from nobody to somebody.
    pub others: u64,
    /// Of these, those that leave somebody waiting who had found an agent.
    pub nobody_now: u64,
    /// There were earlier ones, which were not made again.
    pub more: bool,
    /// Those that chose another, the latest first, at most 50.
    pub decisions: Vec<Difference>,
}

impl ReplayView {
    /// With what came of earlier decisions.
    pub fn and(&mut self, earlier: ReplayView) {
        self.looked_at += earlier.looked_at;
        self.others += earlier.others;
        self.nobody_now += earlier.nobody_now;
        let room = LISTED.saturating_sub(self.decisions.len());
        self.decisions.extend(earlier.decisions.into_iter().take(room));
    }
}

/// A decision that would have been another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// Its id.
    pub id: DecisionId,
    /// RFC 3339.
    pub time: String,
    /// For which reservation.
    pub reservation: Option<ReservationId>,
    /// For which call.
    pub call: Option<CallId>,
    /// The queue whose settings were asked, the second time.
    pub queue: String,
    /// Log-in name of who was chosen; none: nobody could.
    pub before: Option<String>,
    /// By which rule.
    pub before_rule: Option<Rule>,
    /// Who would have been.
    pub after: Option<String>,
    /// By which rule.
    pub after_rule: Option<Rule>,
}
