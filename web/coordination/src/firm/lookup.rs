//! The firm's CRM is asked who somebody is, beside his call: no number, ring or reply waits for it (G p. 10).

use super::rate::By;
use super::{Firm, Timer};
use crate::agent::Hand;
use crate::crm::{Answer, LookupId, Question, Record};
use crate::effect::Action;
use crate::fact::{ContactPart, ContactStored};
use crate::ids::{CallId, ContactId, ReservationId};
use crate::view::{CrmState, CrmView};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// An answer that comes later is not looked at.
const LATEST: Duration = Duration::from_secs(5);
/// Questions that wait for an answer; beyond, nobody is asked about.
const OPEN: usize = 1_000;
/// Answers kept for desktops; the oldest go first.
const KEPT: usize = 2_000;

/// About whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Subject {
    /// Who asked by a page.
    Reservation(ReservationId),
    /// Who calls without one.
    Call(CallId),
}

#[derive(Debug)]
struct Open {
    subject: Subject,
    asked: Time,
}

/// What was asked, and what was answered.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    next: u64,
    open: HashMap<LookupId, Open>,
    views: HashMap<Subject, CrmView>,
    order: VecDeque<Subject>,
}

impl Lookups {
    fn show(&mut self, subject: Subject, state: CrmState, record: Option<Box<Record>>) {
        if self.views.insert(subject, CrmView { state, record }).is_none() {
            self.order.push_back(subject);
        }
        while self.order.len() > KEPT {
            let oldest = self.order.pop_front();
            oldest.and_then(|oldest| self.views.remove(&oldest));
        }
    }
}

impl Firm {
    /// Asks, where the firm has a CRM and something is known to ask by.
    pub(super) fn look_up(&mut self, now: Time, subject: Subject) {
        let Some(settings) = self.settings.lookup.filter(|_| self.lookups.open.len() < OPEN) else { return };
        let id = LookupId(self.lookups.next);
        let Some(question) = self.question(id, subject) else { return };
        self.lookups.next += 1;
        self.lookups.open.insert(id, Open { subject, asked: now });
        self.timers.set(Timer::Lookup(id), now + settings.soon.min(LATEST));
        self.act(0, Action::Lookup(Box::new(question)));
    }

    /// A reservation's caller has come, and his number may say what his page could not.
    pub(super) fn look_up_again(&mut self, now: Time, id: ReservationId, call: CallId) {
        let subject = Subject::Reservation(id);
        let known = self.lookups.views.get(&subject).is_some_and(|view| view.state == CrmState::Found);
        let by_number = self.calls.get(&call).is_some_and(|call| call.caller.0.is_some());
        if !known && by_number {
            self.look_up(now, subject);
        }
    }

    fn question(&self, id: LookupId, subject: Subject) -> Option<Question> {
        let empty = Question {
            id,
            firm: self.settings.name.clone(),
            site: None,
            reservation: None,
            call: None,
            visitor: None,
            number: None,
            customer_id: None,
        };
        let question = match subject {
            Subject::Reservation(id) => {
                let r = self.reservations.get(id)?;
                let caller = r.call.and_then(|call| self.calls.get(&call)).and_then(|c| c.caller.0.clone());
                Question {
                    site: Some(self.settings.sites[r.site].name.clone()),
                    reservation: Some(id),
                    call: r.call,
                    visitor: Some(r.visitor),
                    number: caller.or_else(|| r.job.as_ref().map(|job| job.number.clone())),
                    customer_id: r.identity.as_ref().map(|identity| identity.customer.clone()),
                    ..empty
                }
            }
            Subject::Call(id) => {
                let call = self.calls.get(&id)?;
                Question { call: Some(id), number: Some(call.caller.0.clone()?), ..empty }
            }
        };
        Some(question)
    }

    /// The CRM has answered. What nobody waits for any more is not looked at.
    pub fn looked_up(&mut self, now: Time, id: LookupId, answer: Answer) {
        let Some(open) = self.lookups.open.remove(&id) else { return };
        self.timers.cancel(Timer::Lookup(id));
        let found = self.lookups.views.get(&open.subject).is_some_and(|view| view.state == CrmState::Found);
        match answer {
            Answer::Found(record) => {
                self.keep_record(now, open.subject, &record);
                self.lookups.show(open.subject, CrmState::Found, Some(record));
            }
            // A second question that brings nothing takes nothing away.
            Answer::Unknown | Answer::Failed if found => {}
            Answer::Unknown => self.lookups.show(open.subject, CrmState::Unknown, None),
            Answer::Failed => self.lookups.show(open.subject, CrmState::Failed, None),
        }
        self.touch_subject(open.subject);
        self.finish(now);
    }

    /// Desktops say that it takes its time; at the latest, that it did not answer.
    pub(super) fn lookup_late(&mut self, now: Time, id: LookupId) {
        let Some(open) = self.lookups.open.get(&id) else { return };
        let (subject, latest) = (open.subject, open.asked + LATEST);
        let found = self.lookups.views.get(&subject).is_some_and(|view| view.state == CrmState::Found);
        let over = now >= latest;
        if over {
            self.lookups.open.remove(&id);
        } else {
            self.timers.set(Timer::Lookup(id), latest);
        }
        if !found {
            self.lookups.show(subject, if over { CrmState::Failed } else { CrmState::Asking }, None);
        }
        self.touch_subject(subject);
    }

    /// What the desktop of this contact shows of the CRM.
    pub(super) fn crm_view(&self, hand: &Hand) -> Option<CrmView> {
        let by_page = hand.reservation.map(Subject::Reservation);
        // A page that is only probably his shows no record but his own.
        let by_page = by_page.filter(|_| hand.confidence == crate::call::Confidence::Exact.word());
        let subject = by_page.or_else(|| hand.call.map(Subject::Call))?;
        self.lookups.views.get(&subject).cloned()
    }

    fn touch_subject(&mut self, subject: Subject) {
        let fits = |hand: &Hand| match subject {
            Subject::Reservation(id) => hand.reservation == Some(id),
            Subject::Call(id) => hand.call == Some(id),
        };
        let concerned = |&index: &usize| self.agents[index].hand.as_ref().is_some_and(fits);
        let agents: Vec<usize> = (0..self.agents.len()).filter(concerned).collect();
        self.agents_touched.extend(agents);
    }

    /// By the firm's wish its contact keeps what it had not: name, language, priority. Never the customer's id, which only a signed
    /// token proves: the number asked by may be a stranger's word.
    fn keep_record(&mut self, now: Time, subject: Subject, record: &Record) {
        let wanted = self.settings.lookup.is_some_and(|settings| settings.keep) && self.writable;
        let Some((contact, caller)) = self.contact_of(subject).filter(|_| wanted) else { return };
        let new = contact.is_none();
        if new && record.name.is_none() {
            return;
        }
        let id = contact.unwrap_or_else(|| ContactId::mint(now, self.random.bits()));
        let before = self.contacts.noted(id, &(caller, String::new()), None);
        let mut stored = before.clone();
        // What a person has taken away is not put back.
        let free = |part: ContactPart| !before.edited.contains(&part);
        if let Some(name) = record.name.as_ref().filter(|_| stored.name.is_empty() && free(ContactPart::Name))
        {
            stored.name.clone_from(name);
        }
        if stored.vouched.language.is_none() && free(ContactPart::Language) {
            stored.vouched.language.clone_from(&record.language);
        }
        if let Some(priority) = record.priority.filter(|&priority| !stored.rated && priority > 0) {
            stored.priority = priority;
        }
        if stored == before && !new {
            return;
        }
        self.store_kept(now, subject, stored);
    }

    fn store_kept(&mut self, now: Time, subject: Subject, mut stored: ContactStored) {
        let id = stored.contact;
        if let Subject::Call(call) = subject {
            (stored.site, stored.queue) = self.place_of_call(call);
        }
        self.keep_contact(now, stored, By::crm());
        let Subject::Call(call) = subject else { return };
        if let Some(call) = self.calls.get_mut(&call) {
            call.contact = call.contact.or(Some(id));
        }
        for row in &mut self.agents {
            if let Some(hand) = row.hand.as_mut().filter(|hand| hand.call == Some(call)) {
                hand.contact = hand.contact.or(Some(id));
            }
        }
    }

    /// Whose record it is about, and his number. None: he is gone.
    fn contact_of(&self, subject: Subject) -> Option<(Option<ContactId>, Option<String>)> {
        match subject {
            Subject::Reservation(id) => self.reservations.get(id).map(|r| (Some(r.contact), None)),
            Subject::Call(id) => self.calls.get(&id).map(|call| {
                let number = call.caller.0.clone();
                let known = number.as_deref().and_then(|number| self.contacts.by_number(number));
                (call.contact.or(known), number)
            }),
        }
    }
}
