//! What the firm's rules make of a contact: the values they are evaluated over, and where they lead it. The choice is `rules`.

use super::Firm;
use crate::asking::Said;
use crate::call::Call;
use crate::cti::Verified;
use crate::ids::{CallId, ContactId};
use crate::queue::NUISANCE;
use crate::request::{Mode, OpenReservation, Page};
use crate::rules::{CallFacts, ContactFacts, Facts, Ruled, Then, evaluate};
use std::sync::Arc;
use warmline_time::Time;

/// What is said to whom.
struct Subject<'a> {
    queue: usize,
    contact: Option<ContactId>,
    page: Option<(&'a Page, usize)>,
    call: CallFacts,
    verified: Verified,
    said: Said,
}

impl Firm {
    /// A visitor's request.
    pub(super) fn rule_request(
        &mut self,
        now: Time,
        site: usize,
        asked: &OpenReservation,
        number: Option<&str>,
        contact: ContactId,
    ) -> Arc<Ruled> {
        let channel = match asked.mode {
            Mode::Dial => "phone",
            Mode::Callme => "callme",
            Mode::Browser => "browser",
            Mode::Chat => "chat",
        };
        let from = number.unwrap_or_default().to_owned();
        let language = match asked.said.spoken() {
            "" => spoken(&from),
            chosen => chosen.to_owned(),
        };
        let call = CallFacts { channel: channel.into(), number: String::new(), language, from };
        let queue = self.queue_of_site(site);
        self.rule(
            now,
            Subject {
                queue,
                contact: Some(contact),
                page: Some((&asked.page, site)),
                call,
                verified: Verified::Unknown,
                said: asked.said.clone(),
            },
        )
    }

    /// A call that looks for an agent: where it is led by a rule it goes to that queue.
    pub(super) fn rule_call(&mut self, now: Time, call: &mut Call) {
        let shown = call.reservation.or(call.remembered).and_then(|id| self.reservations.get(id));
        let page = shown.map(|r| (r.page.clone(), r.site));
        let said = shown.map_or_else(Said::default, |r| r.said.clone());
        let chosen = Some(said.spoken()).filter(|chosen| !chosen.is_empty()).map(str::to_owned);
        let from = call.caller.0.clone().unwrap_or_default();
        let known = call.caller.0.as_deref().and_then(|number| self.contacts.by_number(number));
        let facts = CallFacts {
            channel: call.channel().into(),
            number: call.dialled.clone().unwrap_or_default(),
            language: call.language.clone().or(chosen).unwrap_or_else(|| spoken(&from)),
            from,
        };
        let page = page.as_ref().map(|(page, site)| (page, *site));
        let contact = call.contact.or(known);
        let verified = call.verified;
        call.ruled =
            self.rule(now, Subject { queue: call.queue, contact, page, call: facts, verified, said });
        call.queue = self.ruled_queue(&call.ruled).unwrap_or(call.queue);
    }

    /// A reservation's call that no agent is claimed for: its caller may be known only now.
    pub(super) fn rule_matched(&mut self, now: Time, id: CallId) {
        let Some(mut call) = self.calls.get(&id).cloned() else { return };
        let before = call.queue;
        self.rule_call(now, &mut call);
        // Who came by an open door is not sent to a closed one.
        if self.open_queue(now, call.queue) != Some(call.queue) {
            call.queue = before;
        }
        let (queue, ruled) = (call.queue, call.ruled.clone());
        let row = call.reservation.and_then(|id| self.reservations.get_mut(id));
        if let Some(r) = row {
            (r.queue, r.ruled) = (queue, ruled);
        }
        self.calls.insert(id, call);
    }

    /// The queue to which the rules lead.
    pub(super) fn ruled_queue(&self, ruled: &Ruled) -> Option<usize> {
        self.queue_named(ruled.then.queue.as_deref()?)
    }

    /// What follows from the rules for somebody who is in this queue.
    pub(super) fn then_in(&self, ruled: &Ruled, queue: usize) -> Then {
        Then { queue: Some(self.settings.queues[queue].name.clone()), ..ruled.then.clone() }
    }

    /// What followed from rules before a restart.
    pub(super) fn ruled_again(&self, then: Option<&Then>, site: usize, said: &Said) -> Arc<Ruled> {
        let facts = Facts { request: said.clone(), ..self.facts_of(site) };
        Ruled { then: then.cloned().unwrap_or_default(), facts, ..Ruled::default() }.into()
    }

    /// Whose a site's contacts are.
    pub(super) fn facts_of(&self, site: usize) -> Facts {
        let Some(site) = self.settings.sites.get(site) else { return Facts::default() };
        Facts { site: site.name.clone(), client: site.client.clone().unwrap_or_default(), ..Facts::default() }
    }

    fn rule(&mut self, now: Time, subject: Subject<'_>) -> Arc<Ruled> {
        let contact = subject.contact.and_then(|id| Some((id, self.contacts.get(id)?)));
        let settings = &self.settings.queues[subject.queue];
        let whose = match subject.page {
            Some((_, site)) => self.facts_of(site),
            None => Facts { client: settings.client.clone().unwrap_or_default(), ..Facts::default() },
        };
        let facts = Facts {
            contact: ContactFacts {
                known: contact.is_some_and(|(id, _)| !self.contacts.is_unknown(id)),
                name_known: contact.is_some_and(|(_, contact)| !contact.name.is_empty()),
                priority: self.contacts.priority(subject.contact),
                last_agent: contact
                    .and_then(|(_, contact)| contact.last_talk())
                    .map_or_else(String::new, |(agent, _)| agent.to_owned()),
                visits: contact.map_or(0, |(_, contact)| contact.visits()),
                verified: subject.verified,
            },
            page: subject.page.map(|(page, _)| page.clone()),
            call: subject.call,
            request: subject.said,
            queue: settings.name.clone(),
            open: settings.hours.as_ref().is_none_or(|hours| hours.is_open(now)),
            now: settings.hours.as_ref().map_or_else(|| crate::hours::utc(now), |hours| hours.wall(now)),
            skills: self.skills_now(),
            ..whose
        };
        let ruled = evaluate(&self.settings.rules, facts);
        self.rules_failed += ruled.failed() as u64;
        ruled.into()
    }

    /// How many agents who have a skill could take a contact now.
    fn skills_now(&self) -> std::collections::BTreeMap<String, u32> {
        let asked = self.settings.queues.iter().flat_map(|queue| &queue.skills);
        let mut skills: std::collections::BTreeMap<String, u32> =
            asked.map(|skill| (skill.clone(), 0)).collect();
        for agent in &self.agents {
            let free = u32::from(agent.available());
            for (skill, _) in agent.skills.iter() {
                match skills.get_mut(skill) {
                    Some(count) => *count += free,
                    None => drop(skills.insert(skill.clone(), free)),
                }
            }
        }
        skills
    }
}

/// The language of a number's country; empty where there is none.
fn spoken(number: &str) -> String {
    if number.is_empty() { String::new() } else { crate::number::language(number).to_owned() }
}

/// A rule's priority goes before that of the visitor's answers, theirs before that of the record, but a nuisance stays one.
pub(super) fn ruled_priority(contact: u8, ruled: &Ruled) -> u8 {
    let said = ruled.then.priority.or(ruled.facts.request.priority);
    if contact == NUISANCE { contact } else { said.unwrap_or(contact) }
}

/// What is left of rules once an agent has handed a call to a queue: how urgent it is, and its language.
pub(super) fn handed_on(ruled: &Arc<Ruled>) -> Arc<Ruled> {
    let then = Then { queue: None, skills: Vec::new(), agent: None, ..ruled.then.clone() };
    Ruled { then, ..(**ruled).clone() }.into()
}
