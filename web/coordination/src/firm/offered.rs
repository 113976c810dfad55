//! What a site's pages can offer at this moment: hours, agents and trunks as they are now, nothing that leads nowhere.

use super::Firm;
use crate::identity::{Identity, masked};
use crate::request::Mode;
use crate::rules::Facts;
use crate::settings::Beyond;
use warmline_time::Time;

impl Firm {
    /// Of these ways to talk, those that work now.
    pub fn working(&self, now: Time, site: usize, modes: &[Mode]) -> Vec<Mode> {
        let settings = &self.settings.sites[site];
        let (queue, whose) = (self.queue_of_site(site), self.facts_of(site));
        let queue = self.open_queue(now, queue).filter(|&queue| self.is_manned(now, queue, &whose));
        let Some(queue) = queue else {
            return Vec::new();
        };
        let trunk = self.pool_named(&settings.pool).is_some_and(|pool| self.trunk_up(pool));
        let called = !self.settings.callme.countries.is_empty();
        let works = |mode: &Mode| match mode {
            Mode::Dial => trunk,
            // Jobs go to agents only.
            Mode::Callme => trunk && called && self.has_agents(now, queue, &whose),
            Mode::Browser => true,
            Mode::Chat => self.chats_in(queue, &whose),
        };
        modes.iter().copied().filter(works).collect()
    }

    /// The end of the number at which this customer is called when he types none.
    pub fn number_on_file(&self, identity: Option<&Identity>) -> Option<String> {
        self.contacts.on_file(identity?).map(|number| masked(&number))
    }

    /// Somebody can come to the callers of a queue: its agents, or those of its overflow, or a number outside.
    fn is_manned(&self, now: Time, queue: usize, whose: &Facts) -> bool {
        let number = |beyond: &Beyond| matches!(beyond, Beyond::Number(_));
        let outside = self.settings.queues[queue].overflow.iter().any(|step| number(&step.to));
        self.has_agents(now, queue, whose)
            || (outside && (0..self.settings.pools.len()).any(|pool| self.trunk_up(pool)))
    }

    /// Agents of a queue, or of its overflow, are at work.
    fn has_agents(&self, now: Time, queue: usize, whose: &Facts) -> bool {
        let helps = |beyond: &Beyond| match beyond {
            Beyond::Queue(name) => self
                .queue_named(name)
                .is_some_and(|other| self.is_open(now, other) && self.is_served(other, whose)),
            Beyond::Number(_) => false,
        };
        self.is_served(queue, whose)
            || self.settings.queues[queue].overflow.iter().any(|step| helps(&step.to))
    }

    /// An agent of this queue who answers for these is at work, ready or not.
    fn is_served(&self, queue: usize, whose: &Facts) -> bool {
        (0..self.agents.len()).any(|index| {
            let agent = &self.agents[index];
            let there = agent.logged_in && !agent.leaving;
            there && agent.serves[queue] && self.represents(index, whose)
        })
    }
}
