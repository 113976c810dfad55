//! Customers' priority (N 0047-48): who may change it, what follows for who waits, and the record of who did.

use super::direct::ruled_priority;
use super::feed::Event;
use super::{Firm, problem};
use crate::effect::Action;
use crate::fact::{ContactEdit, ContactStored, Fact, PriorityChanged, Rater};
use crate::ids::{CallId, ContactId, ReservationId};
use crate::queue::{PRIORITY, Waiter};
use crate::request::{Problem, Reply, RequestId};
use serde_json::json;
use warmline_time::Time;

/// The highest priority.
pub(super) const HIGHEST: u8 = 7;

/// Who changes something of a record, and about which call.
#[derive(Clone, Debug)]
pub(super) struct By {
    of: Rater,
    name: Option<String>,
    call: Option<CallId>,
}

impl By {
    pub fn program(key: &str) -> Self {
        By { of: Rater::Program, name: Some(key.to_owned()), call: None }
    }

    pub fn site(name: &str) -> Self {
        By { of: Rater::Site, name: Some(name.to_owned()), call: None }
    }

    pub fn crm() -> Self {
        By { of: Rater::Crm, name: None, call: None }
    }
}

impl Firm {
    /// An agent, about a call or chat.
    pub(super) fn by_agent(&self, agent: usize, call: Option<CallId>) -> By {
        By { of: Rater::Agent, name: Some(self.agents[agent].settings.name.clone()), call }
    }

    /// Refuses where an agent may not change priorities.
    pub(super) fn may_rate(&self, agent: usize) -> Result<(), Problem> {
        let detail = "You may not change customers' priority: ask a supervisor.";
        let may = self.agents[agent].settings.may_rate();
        may.then_some(()).ok_or_else(|| problem(403, "priority_not_allowed", detail))
    }

    /// A record is so from now on; who changed what is in its row, and who its priority in the row behind. The journal's number of the
    /// last.
    pub(super) fn keep_contact(&mut self, now: Time, stored: ContactStored, by: By) -> u64 {
        let contact = stored.contact;
        let from = self.contacts.get(contact).map_or(PRIORITY, |contact| contact.priority);
        let stored = self.with_author(stored, &by);
        let after = self.persist(now, Fact::ContactStored(Box::new(stored.clone())));
        self.contacts.store_row((after, now), &stored);
        let to = self.contacts.priority(Some(contact));
        self.touch_contact(contact);
        if let Some(edit) = stored.edit.filter(|_| matches!(by.of, Rater::Agent | Rater::Program)) {
            self.tell_edit(now, (after, contact), &edit);
        }
        if from == to {
            return after;
        }
        let By { of, name, call } = by;
        let changed = PriorityChanged { contact, from, to, of, by: name, call };
        self.contacts.rated(now, &changed);
        let data = json!({ "from": from, "to": to, "of": of, "by": changed.by });
        let after = self.persist(now, Fact::PriorityChanged(Box::new(changed)));
        let (subject, trace_id) = (contact.to_string(), String::new());
        self.announce(now, after, Event { name: "contact.priority_changed", subject, trace_id, data });
        self.rank_anew(contact);
        after
    }

    /// With who changed what: of a new record where an agent or a program made it. What they said is theirs.
    fn with_author(&self, stored: ContactStored, by: &By) -> ContactStored {
        let parts = self.contacts.parts(&stored);
        let of_the_firm = matches!(by.of, Rater::Agent | Rater::Program);
        let told = of_the_firm || self.contacts.get(stored.contact).is_some();
        let edit = ContactEdit { of: by.of, by: by.name.clone(), parts };
        let edit = Some(Box::new(edit)).filter(|edit| told && !edit.parts.is_empty());
        let site = by.name.clone().filter(|_| by.of == Rater::Site).or(stored.site);
        ContactStored { edit, site, ..stored }
    }

    /// The places of whoever waits with this record are those of its priority now; how long they have waited counts as before.
    fn rank_anew(&mut self, contact: ContactId) {
        let waiters: Vec<Waiter> = self.waiting.iter().map(|place| place.waiter).collect();
        for waiter in waiters {
            let his = match waiter {
                Waiter::Call(id) => self.calls.get(&id).and_then(|call| call.contact),
                Waiter::Job(id) | Waiter::Chat(id) => self.reservations.get(id).map(|r| r.contact),
            };
            if his == Some(contact) {
                let priority = ruled_priority(self.contacts.priority(his), &self.ruled_of(waiter));
                self.board_due |= self.waiting.rate(waiter, priority);
                self.serve = true;
            }
        }
    }

    /// An agent rates who waits under this id of the list. Answered once that is durable.
    pub fn rate(&mut self, now: Time, request: RequestId, agent: usize, (waiting, priority): (&str, u8)) {
        self.alive(now, agent);
        match self.rate_waiting(now, agent, waiting, priority) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn rate_waiting(&mut self, now: Time, agent: usize, waiting: &str, priority: u8) -> Result<u64, Problem> {
        self.may_rate(agent)?;
        let gone = || problem(409, "gone", "He does not wait any more.");
        let waiter = self.waiter_named(waiting).ok_or_else(gone)?;
        self.waiting.get(waiter).ok_or_else(gone)?;
        self.answers_for(agent, &self.ruled_of(waiter), None)?;
        let by = self.by_agent(agent, None);
        self.rate_waiter(now, waiter, priority, by)
    }

    /// A program rates the customer of a call that is on.
    pub(super) fn rate_call(
        &mut self,
        now: Time,
        id: CallId,
        priority: u8,
        key: &str,
    ) -> Result<u64, Problem> {
        self.rate_waiter(now, Waiter::Call(id), priority, By::program(key))
    }

    /// The same of a request.
    pub(super) fn rate_request(
        &mut self,
        now: Time,
        id: ReservationId,
        priority: u8,
        key: &str,
    ) -> Result<u64, Problem> {
        self.rate_waiter(now, Waiter::Job(id), priority, By::program(key))
    }

    fn rate_waiter(&mut self, now: Time, waiter: Waiter, priority: u8, by: By) -> Result<u64, Problem> {
        if priority > HIGHEST {
            return Err(problem(422, "priority_invalid", "Priority is 0 to 7."));
        }
        self.can_keep()?;
        let call = match waiter {
            Waiter::Call(id) => self.calls.get(&id),
            Waiter::Job(_) | Waiter::Chat(_) => None,
        };
        let caller = call.map_or_else(Default::default, |call| call.caller.clone());
        let known = match waiter {
            Waiter::Call(_) => call.and_then(|call| call.contact),
            Waiter::Job(id) | Waiter::Chat(id) => self.reservations.get(id).map(|r| r.contact),
        };
        let known = known.or_else(|| caller.0.as_deref().and_then(|number| self.contacts.by_number(number)));
        let contact = known.unwrap_or_else(|| ContactId::mint(now, self.random.bits()));
        if let Waiter::Call(id) = waiter
            && let Some(call) = self.calls.get_mut(&id)
        {
            call.contact = call.contact.or(Some(contact));
        }
        let call = call_of(waiter);
        let mut stored = self.contacts.noted(contact, &caller, Some(priority));
        (stored.site, stored.queue) = call.map_or((None, None), |call| self.place_of_call(call));
        Ok(self.keep_contact(now, stored, By { call, ..by }))
    }
}

fn call_of(waiter: Waiter) -> Option<CallId> {
    match waiter {
        Waiter::Call(id) => Some(id),
        Waiter::Chat(id) => Some(CallId::of_chat(id)),
        Waiter::Job(_) => None,
    }
}
