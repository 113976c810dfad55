//! What a site's pages can offer at this moment: hours, agents and trunks as they are now, nothing that leads nowhere.

use super::Firm;
use super::schedule::SLOT_DAYS;
use super::whence::Choice;
use crate::identity::{Identity, masked};
use crate::ids::VisitorId;
use crate::request::{Mode, OpenNow, Whence};
use crate::rules::Facts;
use crate::settings::Beyond;
use std::time::Duration;
use warmline_time::Time;

impl Firm {
    /// Of these ways to talk, those that work now.
    pub(super) fn working(&self, now: Time, site: usize, modes: &[Mode], whence: &Choice) -> Vec<Mode> {
        let (queue, whose) = (self.queue_of_site(site), self.facts_of(site));
        let queue = self.open_queue(now, queue).filter(|&queue| self.is_manned(now, queue, &whose));
        let Some(queue) = queue else {
            return Vec::new();
        };
        let trunk = whence.pool < self.pools.len() && self.trunk_up(whence.pool);
        let called = !self.settings.callme.countries.is_empty();
        let works = |mode: &Mode| match mode {
            Mode::Dial => trunk && !whence.hidden,
            // Jobs go to agents only.
            Mode::Callme => trunk && called && !self.calls_nobody() && self.has_agents(now, queue, &whose),
            Mode::Browser => true,
            Mode::Chat => self.chats_in(queue, &whose),
        };
        let mut modes: Vec<Mode> = modes.iter().copied().filter(works).collect();
        // The last step for who would call another country.
        modes.sort_by_key(|&mode| whence.abroad && mode == Mode::Dial);
        modes
    }

    /// The same for its pages, and whether somebody can take a call now. Where nobody can, a call for later may be asked for: what he
    /// says then is a job (N Fig. 6f).
    pub fn offered(
        &self,
        now: Time,
        site: usize,
        modes: &[Mode],
        (identity, whence): (Option<&Identity>, &Whence),
    ) -> (Vec<Mode>, OpenNow) {
        let contact = identity.and_then(|identity| self.contacts.by_customer(&identity.customer));
        let choice = self.pool_for(site, whence, None, contact);
        let mut works = self.working(now, site, modes, &choice);
        let (queue, whose) = (self.queue_of_site(site), self.facts_of(site));
        let open = self.open_queue(now, queue);
        let out_of_hours = open.is_none();
        let all_busy = open.is_some_and(|queue| !self.has_free_agent(now, queue, &whose));
        let can = modes.contains(&Mode::Callme) && !works.contains(&Mode::Callme);
        let called = !self.settings.callme.countries.is_empty();
        let nobody = open.is_none_or(|queue| !self.has_agents(now, queue, &whose));
        // Or nobody is called now.
        let later = nobody || self.calls_nobody();
        let callme_later_only = can && called && later && self.has_slot(now, queue);
        if callme_later_only {
            works.push(Mode::Callme);
            let place = |mode: &Mode| modes.iter().position(|asked| asked == mode);
            works.sort_by_key(|mode| (choice.abroad && *mode == Mode::Dial, place(mode)));
        }
        (works, OpenNow { out_of_hours, all_busy, callme_later_only })
    }

    /// Somebody could take a call this very moment.
    fn has_free_agent(&self, now: Time, queue: usize, whose: &Facts) -> bool {
        self.free_agents(now, queue, whose) > 0
    }

    /// How many could.
    pub(super) fn free_agents(&self, now: Time, queue: usize, whose: &Facts) -> usize {
        let queues = self.helping(now, queue);
        let free = |index: &usize| {
            let agent = &self.agents[*index];
            agent.available()
                && queues.iter().any(|&queue| agent.serves[queue])
                && self.represents(*index, whose)
        };
        (0..self.agents.len()).filter(free).count()
    }

    /// Day by day, as most often the first one has one.
    fn has_slot(&self, now: Time, queue: usize) -> bool {
        const DAY: Duration = Duration::from_secs(86_400);
        (0..SLOT_DAYS).any(|day| {
            let midnight = self.slot_hours(queue).midnight(now + DAY * day);
            !self.free_slots(now, queue, midnight, 1).is_empty()
        })
    }

    /// The number, masked, at which this visitor is called when he types none.
    pub fn number_on_file(
        &self,
        now: Time,
        identity: Option<&Identity>,
        visitor: Option<VisitorId>,
    ) -> Option<String> {
        self.known_number(now, identity, visitor).map(|number| masked(&number))
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
        self.helping(now, queue).into_iter().any(|queue| self.is_served(queue, whose))
    }

    /// A queue, and those of its overflow that are open.
    fn helping(&self, now: Time, queue: usize) -> Vec<usize> {
        let other = |beyond: &Beyond| match beyond {
            Beyond::Queue(name) => self.queue_named(name).filter(|&other| self.is_open(now, other)),
            Beyond::Number(_) => None,
        };
        let overflow = &self.settings.queues[queue].overflow;
        std::iter::once(queue).chain(overflow.iter().filter_map(|step| other(&step.to))).collect()
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
