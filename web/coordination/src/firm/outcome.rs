//! What a contact was about: wrap-up code, notes and priority, told to be kept only when they are durable.

use super::rate::HIGHEST;
use super::{Firm, problem};
use crate::agent::Work;
use crate::contact::{Place, are_alike};
use crate::contact_change::NOTES;
use crate::effect::Action;
use crate::fact::{ContactStored, Fact, OutcomeNoted};
use crate::ids::{CallId, ContactId};
use crate::request::{Problem, Reply, RequestId, WrittenNotes};
use crate::text::clean_lines;
use warmline_time::Time;

/// What an agent says of the contact in hand; what is none stays as it was.
pub(crate) struct Outcome {
    /// In or after which call it was said; none: the one in hand.
    pub call: Option<CallId>,
    pub code: Option<String>,
    pub notes: Option<WrittenNotes>,
    pub priority: Option<u8>,
}

impl Firm {
    /// In a call or at rest after it, by the agent whose contact it is.
    pub fn outcome(&mut self, now: Time, request: RequestId, agent: usize, outcome: Outcome) {
        self.alive(now, agent);
        match self.note(now, agent, outcome) {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// Answers with the journal's number that makes it durable.
    fn note(&mut self, now: Time, agent: usize, outcome: Outcome) -> Result<u64, Problem> {
        let call = self.contact_in_hand(agent)?;
        if outcome.call.is_some_and(|meant| meant != call) {
            return Err(problem(409, "other_call", "You have another contact in hand by now."));
        }
        if outcome.priority.is_some() {
            self.may_rate(agent)?;
        }
        let outcome = self.fit(outcome)?;
        if !self.writable {
            let problem = problem(503, "store_unavailable", "This cannot be kept at the moment.");
            return Err(Problem { retry_after_secs: Some(5), ..problem });
        }
        let Outcome { code, notes, priority, .. } = outcome;
        if code.is_none() && notes.is_none() && priority.is_none() {
            return Ok(0);
        }
        let said = notes.is_some() || priority.is_some();
        let news = said && self.rewrite(now, agent, call, (notes, priority))?;
        let Some(hand) = &mut self.agents[agent].hand else { return Ok(0) };
        let contact = hand.contact;
        let code = code.filter(|code| hand.code.as_ref() != Some(code));
        if !news && code.is_none() {
            // Said before, perhaps just now.
            let kept = contact.and_then(|id| self.contacts.version(id)).unwrap_or(0);
            return Ok(kept.max(self.agents[agent].after));
        }
        if let Some(contact) = contact {
            self.contacts.adopt(contact, call);
        }
        if let Some(code) = &code {
            hand.code = Some(code.clone());
            if let Some(call) = self.calls.get_mut(&call) {
                call.control.code = Some(code.clone());
            }
            if let Some(contact) = contact {
                self.contacts.code(contact, call, code);
            }
        }
        self.touch_agent(agent);
        let name = self.agents[agent].settings.name.clone();
        let noted = OutcomeNoted { call, contact, agent: name, code, priority };
        Ok(self.persist(now, Fact::OutcomeNoted(Box::new(noted))))
    }

    /// The call of the contact an agent speaks with, or spoke with last.
    pub(super) fn contact_in_hand(&self, agent: usize) -> Result<CallId, Problem> {
        let row = &self.agents[agent];
        let hand = row.hand.as_ref().filter(|_| matches!(row.work, Work::Talking(_) | Work::Wrapup { .. }));
        let Some((hand, call)) = hand.and_then(|hand| Some((hand, hand.call?))) else {
            return Err(problem(409, "no_contact", "You have no contact in hand."));
        };
        if hand.guest {
            return Err(problem(409, "guest", "This is your colleague's contact."));
        }
        Ok(call)
    }

    pub(super) fn fit(&self, outcome: Outcome) -> Result<Outcome, Problem> {
        let Outcome { call, code, notes, priority } = outcome;
        if code.as_ref().is_some_and(|code| !self.settings.wrapup_codes.contains(code)) {
            return Err(problem(422, "unknown_code", "This is none of your firm's wrap-up codes."));
        }
        if notes.as_ref().is_some_and(|notes| notes.text.chars().nth(NOTES).is_some()) {
            return Err(problem(422, "notes_too_long", "Notes have at most 4,000 characters."));
        }
        if priority.is_some_and(|priority| priority > HIGHEST) {
            return Err(problem(422, "priority_invalid", "Priority is 0 to 7."));
        }
        let notes = notes.map(|notes| WrittenNotes { text: clean_lines(&notes.text), ..notes });
        Ok(Outcome { call, code, notes, priority })
    }

    /// The record as it is from now on, where that is another; a caller without one gets it.
    fn rewrite(
        &mut self,
        now: Time,
        agent: usize,
        call: CallId,
        (notes, priority): (Option<WrittenNotes>, Option<u8>),
    ) -> Result<bool, Problem> {
        let Some(hand) = self.agents[agent].hand.as_ref() else { return Ok(false) };
        let caller = hand.caller.clone();
        let known = hand.contact.or_else(|| caller.0.as_deref().and_then(|n| self.contacts.by_number(n)));
        let contact = known.unwrap_or_else(|| ContactId::mint(now, self.random.bits()));
        let mut stored = self.contacts.noted(contact, &caller, priority);
        (stored.site, stored.queue) = self.place_of_call(call);
        let done = notes.map_or(Ok(()), |notes| self.write_notes(agent, &mut stored, &notes));
        let news = self.contacts.is_news(&stored);
        if done.is_ok() && news {
            let by = self.by_agent(agent, Some(call));
            self.keep_contact(now, stored, by);
        }
        // Also where his notes are refused: he is shown what is there.
        if self.contacts.get(contact).is_some() {
            self.has_record(agent, call, contact);
        }
        done.map(|()| news)
    }

    /// The notes that an agent has written, where they are still those that he has read.
    pub(super) fn write_notes(
        &self,
        agent: usize,
        stored: &mut ContactStored,
        notes: &WrittenNotes,
    ) -> Result<(), Problem> {
        let sight = self.sight_at(agent, stored.contact);
        let there = self.contacts.notes(stored.contact, &sight);
        let overtaken = |read: &String| !are_alike(read, &there) && !are_alike(&notes.text, &there);
        if notes.read.as_ref().is_some_and(overtaken) {
            let detail = "Somebody else has changed the notes meanwhile.";
            return Err(problem(409, "notes_changed", detail));
        }
        let here = Place::of(stored.site.as_ref(), stored.queue.as_ref());
        self.contacts.write_notes(stored, &notes.text, (&sight, here))
    }

    /// Whoever is in this call has this record.
    fn has_record(&mut self, agent: usize, call: CallId, contact: ContactId) {
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.contact = Some(contact);
        }
        self.touch_agent(agent);
        let Some(call) = self.calls.get_mut(&call) else { return };
        call.contact = call.contact.or(Some(contact));
        let others = [call.agent(), call.guest()];
        for other in others.into_iter().flatten().filter(|&other| other != agent) {
            if let Some(hand) = &mut self.agents[other].hand {
                hand.contact = hand.contact.or(Some(contact));
            }
            self.touch_agent(other);
        }
    }
}
