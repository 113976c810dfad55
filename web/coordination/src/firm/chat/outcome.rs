//! What a chat was about: code, notes, priority, as of a call.

use super::{Done, not_yours};
use crate::conversation::{Conversation, Phase};
use crate::fact::{Fact, OutcomeNoted};
use crate::firm::Firm;
use crate::firm::outcome::Outcome;
use crate::ids::{CallId, ReservationId};
use crate::request::WrittenNotes;
use warmline_time::Time;

impl Firm {
    pub(super) fn chat_outcome(
        &mut self,
        now: Time,
        (agent, id): (usize, ReservationId),
        (code, notes, priority): (Option<String>, Option<WrittenNotes>, Option<u8>),
    ) -> Done {
        let has = |chat: &&Conversation| matches!(chat.phase, Phase::Open { agent: a } | Phase::Wrapup { agent: a, .. } if a == agent);
        self.chats.get(id).filter(has).ok_or_else(not_yours)?;
        if priority.is_some() {
            self.may_rate(agent)?;
        }
        let Outcome { code, notes, priority, .. } =
            self.fit(Outcome { call: None, code, notes, priority })?;
        self.keeps()?;
        let Some(contact) = self.reservations.get(id).map(|r| r.contact) else { return Ok(0) };
        // What was said before is kept, perhaps just now.
        let said = self.contacts.version(contact).unwrap_or(0).max(self.agents[agent].after);
        let mut after = 0;
        if notes.is_some() || priority.is_some() {
            let mut stored = self.contacts.noted(contact, &(None, String::new()), priority);
            let site = self.reservations.get(id).and_then(|r| self.settings.sites.get(r.site));
            stored.site = site.map(|site| site.name.clone());
            if let Some(notes) = &notes {
                self.write_notes(agent, &mut stored, notes)?;
            }
            if self.contacts.is_news(&stored) {
                let by = self.by_agent(agent, Some(CallId::of_chat(id)));
                after = self.keep_contact(now, stored, by);
            }
        }
        let code =
            code.filter(|code| self.chats.get(id).is_some_and(|chat| chat.code.as_ref() != Some(code)));
        if code.is_some() || priority.is_some() && after > 0 {
            let call = CallId::of_chat(id);
            if let (Some(chat), Some(code)) = (self.chats.get_mut(id), &code) {
                chat.code = Some(code.clone());
                self.contacts.code(contact, call, code);
            }
            let name = self.agents[agent].settings.name.clone();
            let noted = OutcomeNoted { call, contact: Some(contact), agent: name, code, priority };
            after = self.persist(now, Fact::OutcomeNoted(Box::new(noted)));
        }
        self.touch_agent(agent);
        Ok(after.max(said))
    }
}
