//! Clients of a firm (N 0028, 0055): an agent is given, and takes, only contacts of those in whose name he answers.

use super::{Firm, problem};
use crate::queue::Waiter;
use crate::request::Problem;
use crate::routing::Obstacle;
use crate::rules::{Facts, Ruled};
use std::sync::Arc;

impl Firm {
    /// Refuses a contact that an agent does not answer for; `by`: who would give it to him.
    pub(super) fn answers_for(&self, agent: usize, ruled: &Ruled, by: Option<usize>) -> Result<(), Problem> {
        let row = &self.agents[agent];
        let (code, whose) = match row.represents.obstacle(&ruled.facts) {
            Some(Obstacle::OtherClient) => ("other_client", &ruled.facts.client),
            Some(Obstacle::OtherSite) => ("other_site", &ruled.facts.site),
            _ => return Ok(()),
        };
        let detail = match by {
            None => format!("You do not answer for {whose}."),
            Some(_) => format!("{} does not answer for {whose}.", row.settings.display_name),
        };
        Err(problem(409, code, &detail))
    }

    /// What was made of the rules for one who waits.
    pub(super) fn ruled_of(&self, waiter: Waiter) -> Arc<Ruled> {
        let ruled = match waiter {
            Waiter::Call(id) => self.calls.get(&id).map(|call| &call.ruled),
            Waiter::Job(id) | Waiter::Chat(id) => self.reservations.get(id).map(|r| &r.ruled),
        };
        ruled.cloned().unwrap_or_default()
    }

    /// Whether an agent answers for these.
    pub(super) fn represents(&self, agent: usize, whose: &Facts) -> bool {
        self.agents[agent].represents.obstacle(whose).is_none()
    }

    /// A client's name where agents must be told it: the firm has several.
    pub(super) fn shown_client(&self, client: &str) -> Option<String> {
        let several = self.settings.clients.len() > 1 && !client.is_empty();
        several.then(|| client.to_owned())
    }
}
