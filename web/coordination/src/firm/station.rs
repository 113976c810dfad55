//! Agents' phones outside: whoever answers one is asked to press 1, so that no machine is given a customer.

use super::Firm;
use crate::call::Call;
use crate::cti::{Confirm, Prompt, queue_label};
use crate::number::language;
use crate::settings::Station;
use std::time::Duration;

/// How long somebody who has answered may take to press 1.
const SECS: u32 = 20;

/// How long the answer of a phone may take beside its ringing.
pub(super) fn asked_for(confirm: Option<&Confirm>) -> Duration {
    Duration::from_secs(confirm.map_or(0, |confirm| u64::from(confirm.secs)))
}

impl Firm {
    /// What an agent is asked before he has a call, where a machine may answer his phone; `why` is said first.
    pub(super) fn confirm(&self, agent: usize, why: Vec<Prompt>) -> Option<Confirm> {
        self.confirm_at(agent, &self.agents[agent].settings.station, why)
    }

    /// The same for another phone of his.
    pub(super) fn confirm_at(&self, agent: usize, phone: &Station, why: Vec<Prompt>) -> Option<Confirm> {
        let settings = &self.agents[agent].settings;
        let Station::Number(number) = phone else { return None };
        let mut prompts = why;
        prompts.push(Prompt::PressOne);
        let language = language(number).to_owned();
        settings.calling.confirm.then_some(Confirm {
            prompts,
            language,
            secs: SECS,
            code: Confirm::YES.into(),
        })
    }

    /// What a call is, in prompts.
    pub(super) fn why_rung(&self, call: &Call) -> Vec<Prompt> {
        if call.is_calling_out() {
            return vec![Prompt::YourCall];
        }
        let queue = &self.settings.queues[call.queue].name;
        vec![Prompt::NewCall, Prompt::Queue(queue_label(&self.settings.name, queue))]
    }
}
