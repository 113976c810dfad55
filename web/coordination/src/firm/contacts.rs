//! Contacts, looked for, read and changed by agents and programs. An agent sees those of the clients and sites for which he answers, and
//! of others not even that they are there.

use super::feed::Event;
use super::rate::By;
use super::{Firm, problem};
use crate::call::Origin;
use crate::contact::{Found, NUMBER_TAKEN, Place, Sight, Unfound};
use crate::contact_change::ContactChange;
use crate::effect::{Action, Audience};
use crate::fact::{CallRecorded, ContactEdit, Rater};
use crate::ids::{CallId, ContactId, ReservationId};
use crate::request::{ContactVerb, Problem, Reply, RequestId};
use crate::rules::Facts;
use crate::view::{ContactCard, Notice};
use serde_json::json;
use warmline_time::Time;

/// Contacts of one answer, at most.
const MOST: usize = 100;

impl Firm {
    /// An agent's.
    pub fn agents_contacts(&mut self, now: Time, request: RequestId, agent: usize, verb: ContactVerb) {
        self.alive(now, agent);
        let sight = self.sight_of(agent);
        let by = self.by_agent(agent, None);
        let may = match &verb {
            ContactVerb::Change { change, .. } => self.may_change(agent, change),
            ContactVerb::Find { .. } | ContactVerb::Read(_) | ContactVerb::History { .. } => Ok(()),
            // A list may change anybody.
            ContactVerb::Import(_) if self.agents[agent].settings.leads() => Ok(()),
            ContactVerb::Import(_) => Err(no_editor()),
        };
        let done = may.and_then(|()| self.about_contacts(now, verb, &sight, by));
        self.answer_contacts(request, done);
        self.finish(now);
    }

    /// A program's.
    pub fn programs_contacts(&mut self, now: Time, request: RequestId, key: &str, verb: ContactVerb) {
        let done = self.about_contacts(now, verb, &Sight::WHOLE, By::program(key));
        self.answer_contacts(request, done);
        self.finish(now);
    }

    fn answer_contacts(&mut self, request: RequestId, done: Result<(u64, Reply), Problem>) {
        match done {
            Ok((after, reply)) => self.act(after, Action::Reply(request, reply)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
    }

    /// The answer, and the journal's number that makes it durable.
    fn about_contacts(
        &mut self,
        now: Time,
        verb: ContactVerb,
        sight: &Sight,
        by: By,
    ) -> Result<(u64, Reply), Problem> {
        match verb {
            ContactVerb::Find { query, after, most } => {
                let found = self.contacts.find(&query, (after, most.clamp(1, MOST)), sight);
                let Found { rows: mut contacts, next } = found.map_err(unfound)?;
                for row in &mut contacts {
                    row.last_agent = row.last_agent.take().map(|name| self.shown_name(name));
                }
                Ok((0, Reply::Contacts { contacts, next }))
            }
            ContactVerb::Read(id) => {
                let card = self.card_of(id, sight)?;
                Ok((self.contacts.version(id).unwrap_or(0), card))
            }
            ContactVerb::History { contact, before, most } => {
                self.contacts
                    .version(contact)
                    .filter(|_| self.contacts.is_seen(contact, sight))
                    .ok_or_else(unknown)?;
                let page = (before, most.clamp(1, MOST));
                let (mut history, next) = self.contacts.history(contact, page, sight).ok_or_else(|| {
                    problem(409, "list_changed", "The list has changed meanwhile: look again.")
                })?;
                self.name_history(&mut history);
                Ok((0, Reply::History { history, next }))
            }
            ContactVerb::Change { contact, version, change } => {
                let after = self.change_contact(now, (contact, version), (*change, sight), by)?;
                Ok((after, self.card_of(contact, sight)?))
            }
            ContactVerb::Import(lines) => self.import_contacts(now, lines, &by),
        }
    }

    fn card_of(&self, id: ContactId, sight: &Sight) -> Result<Reply, Problem> {
        let card =
            self.contacts.card(id, sight).filter(|_| self.contacts.is_seen(id, sight)).ok_or_else(unknown)?;
        let ContactCard { contact, mut edits, last_agent, .. } = card.clone();
        for edit in edits.iter_mut().filter(|edit| edit.of == Rater::Agent) {
            edit.by = edit.by.take().map(|name| self.shown_name(name));
        }
        let last_agent = last_agent.map(|name| self.shown_name(name));
        let contact = self.named_contact(contact);
        Ok(Reply::Contact(Box::new(ContactCard { contact, edits, last_agent, ..card })))
    }

    fn change_contact(
        &mut self,
        now: Time,
        (id, version): (ContactId, Option<u64>),
        (change, sight): (ContactChange, &Sight),
        by: By,
    ) -> Result<u64, Problem> {
        let is =
            self.contacts.version(id).filter(|_| self.contacts.is_seen(id, sight)).ok_or_else(unknown)?;
        let change = change.tidy()?;
        self.can_keep()?;
        if version.is_some_and(|read| read != is) {
            let detail = "Somebody else has changed this contact meanwhile.";
            return Err(problem(409, "contact_changed", detail));
        }
        let home = self.settings.callme.countries.first();
        let stored = self.contacts.changed(id, (&change, sight), home).inspect_err(|problem| {
            self.numbers_taken += u64::from(problem.code == NUMBER_TAKEN);
        })?;
        self.numbers_shared += u64::from(self.contacts.is_shared(&stored));
        if self.contacts.parts(&stored).is_empty() {
            // It is so already, perhaps since just now.
            return Ok(is);
        }
        Ok(self.keep_contact(now, stored, by))
    }

    fn may_change(&self, agent: usize, change: &ContactChange) -> Result<(), Problem> {
        let may = self.agents[agent].settings.may_edit();
        may.then_some(()).ok_or_else(no_editor)?;
        if change.priority.is_some() { self.may_rate(agent) } else { Ok(()) }
    }

    /// What an agent sees: what was met at places for which he answers.
    fn sight_of(&self, agent: usize) -> Sight {
        if self.sees_all(agent) {
            return Sight::WHOLE;
        }
        self.contacts.sight(|place| self.answers_at(agent, place))
    }

    /// What he sees of this one.
    pub(super) fn sight_at(&self, agent: usize, contact: ContactId) -> Sight {
        if self.sees_all(agent) {
            return Sight::WHOLE;
        }
        self.contacts.sight_at(contact, |place| self.answers_at(agent, place))
    }

    /// Whether an agent sees this contact.
    fn sees(&self, agent: usize, contact: ContactId) -> bool {
        let all = self.sees_all(agent);
        self.contacts.is_seen_by(contact, |place| all || self.answers_at(agent, place))
    }

    /// Whether he reads what was written in a chat: in his own, and where he answers.
    pub(super) fn may_read_chat(&self, agent: usize, chat: ReservationId) -> bool {
        let whose = self.reservations.get(chat).map(|r| self.facts_of(r.site));
        self.sees_all(agent)
            || self.agents[agent].chats.contains(&chat)
            || whose.is_some_and(|whose| self.represents(agent, &whose))
    }

    fn sees_all(&self, agent: usize) -> bool {
        self.agents[agent].represents.is_all()
    }

    /// A place that is configured no more, since the start or a reload, is nobody's but theirs who answer for all.
    fn answers_at(&self, agent: usize, place: &Place) -> bool {
        let whose = match place {
            Place::Site(name) => {
                let mut sites = self.settings.sites.iter().enumerate();
                let site = sites.find(|(site, row)| row.name == *name && !self.gone.sites.contains(site));
                site.map(|(site, _)| self.facts_of(site))
            }
            Place::Queue(name) => {
                let queue = self.queue_named(name).map(|queue| &self.settings.queues[queue]);
                let client = queue.map(|queue| queue.client.clone().unwrap_or_default());
                client.map(|client| Facts { client, ..Facts::default() })
            }
        };
        whose.is_some_and(|whose| self.represents(agent, &whose))
    }

    /// The site, or, without one, the queue where the customer of a call was met.
    pub(super) fn place_of_call(&self, id: CallId) -> (Option<String>, Option<String>) {
        let Some(call) = self.calls.get(&id) else { return (None, None) };
        let r = call.reservation.or(call.remembered).and_then(|id| self.reservations.get(id));
        if let Some(r) = r {
            return (Some(self.settings.sites[r.site].name.clone()), None);
        }
        // An agent's own call asks for nobody.
        let own = || (call.origin == Origin::Outbound).then_some(call.queue);
        let queue = call.asks.map(|asked| asked.queue).or_else(own);
        let queue = queue.and_then(|queue| self.settings.queues.get(queue));
        (None, queue.map(|queue| queue.name.clone()))
    }

    /// A call is in its customer's history.
    pub(super) fn keep_record_of(&mut self, record: &CallRecorded) {
        let r = record.reservation.and_then(|id| self.reservations.get(id));
        self.contacts.record(record, r.map(|r| self.settings.sites[r.site].name.as_str()));
        let spoke = record.answered.is_some() && !record.agents.is_empty();
        if let Some(id) = r.and_then(|r| r.invitation).filter(|_| spoke) {
            self.watch.report.talked(id);
        }
    }

    /// Whatever shows a record shows it as it is now.
    pub(super) fn touch_contact(&mut self, id: ContactId) {
        self.touch_later_of(id);
        self.board_due = true;
        let shows = |agent: &usize| {
            let row = &self.agents[*agent];
            let chats =
                || row.chats.iter().any(|&chat| self.reservations.get(chat).is_some_and(|r| r.contact == id));
            row.hand.as_ref().is_some_and(|hand| hand.contact == Some(id)) || chats()
        };
        let agents: Vec<usize> = (0..self.agents.len()).filter(shows).collect();
        self.agents_touched.extend(agents);
    }

    /// To programs, and to the desktops of those who see him: what of it is another, never what it is.
    pub(super) fn tell_edit(&mut self, now: Time, (after, id): (u64, ContactId), edit: &ContactEdit) {
        let data = json!({ "parts": edit.parts, "of": edit.of, "by": edit.by });
        let event = Event { name: "contact.changed", subject: id.to_string(), trace_id: String::new(), data };
        let envelope = self.announce(now, after, event);
        for agent in 0..self.agents.len() {
            if self.agents[agent].stream.is_some() && self.sees(agent, id) {
                // Nothing else of his waits for it.
                let (after, to) =
                    (after.max(self.agents[agent].after), Audience::Agent(self.agent_ref(agent)));
                self.act(after, Action::Notify(to, Notice::Event(envelope.clone())));
            }
        }
    }

    fn shown_name(&self, name: String) -> String {
        let agent = self.agent_named(&name);
        agent.map_or(name, |agent| self.agents[agent].settings.display_name.clone())
    }
}

fn unfound(why: Unfound) -> Problem {
    match why {
        Unfound::TooShort => problem(422, "query_too_short", "Look for a word, or for four digits."),
        Unfound::ListChanged => problem(409, "list_changed", "The list has changed meanwhile: look again."),
    }
}

fn unknown() -> Problem {
    problem(404, "unknown_contact", "There is no such contact.")
}

fn no_editor() -> Problem {
    problem(403, "edit_not_allowed", "You may not change contacts: ask a supervisor.")
}
