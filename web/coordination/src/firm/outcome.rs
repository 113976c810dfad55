//! What a contact was about: wrap-up code, notes and priority, told to be kept only when they are durable.

use super::rate::HIGHEST;
use super::{Firm, problem};
use crate::agent::Work;
use crate::contact_change::NOTES;
use crate::effect::Action;
use crate::fact::{Fact, OutcomeNoted};
use crate::ids::{CallId, ContactId};
use crate::request::{Problem, Reply, RequestId};
use crate::text::clean_lines;
use warmline_time::Time;

/// What an agent says of the contact in hand; what is none stays as it was.
pub(crate) struct Outcome {
    /// In or after which call it was said; none: the one in hand.
    pub call: Option<CallId>,
    pub code: Option<String>,
    pub notes: Option<String>,
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
        if notes.is_some() || priority.is_some() {
            self.rewrite(now, agent, call, (notes, priority));
        }
        let Some(hand) = &mut self.agents[agent].hand else { return Ok(0) };
        let contact = hand.contact;
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
        if notes.as_ref().is_some_and(|notes| notes.chars().nth(NOTES).is_some()) {
            return Err(problem(422, "notes_too_long", "Notes have at most 4,000 characters."));
        }
        if priority.is_some_and(|priority| priority > HIGHEST) {
            return Err(problem(422, "priority_invalid", "Priority is 0 to 7."));
        }
        Ok(Outcome { call, code, notes: notes.map(|notes| clean_lines(&notes)), priority })
    }

    /// The record as it is from now on; a caller without one gets it.
    fn rewrite(
        &mut self,
        now: Time,
        agent: usize,
        call: CallId,
        (notes, priority): (Option<String>, Option<u8>),
    ) {
        let Some(hand) = self.agents[agent].hand.as_ref() else { return };
        let caller = hand.caller.clone();
        let known = hand.contact.or_else(|| caller.0.as_deref().and_then(|n| self.contacts.by_number(n)));
        let contact = known.unwrap_or_else(|| ContactId::mint(now, self.random.bits()));
        let mut stored = self.contacts.noted(contact, &caller, notes, priority);
        (stored.site, stored.queue) = self.place_of_call(call);
        let by = self.by_agent(agent, Some(call));
        self.keep_contact(now, stored, by);
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.contact = Some(contact);
        }
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
