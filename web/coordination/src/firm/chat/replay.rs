//! Chats out of the journal: every line in its order; who had one has it still, if his desktop comes back.

use crate::chat::{Author, MessageKind};
use crate::conversation::{Conversation, Message, Phase};
use crate::fact::ChatPosted;
use crate::firm::{Firm, Timer};
use crate::ids::ReservationId;
use crate::view::{ShownMode, VisitorState};
use warmline_time::Time;

impl Firm {
    /// A chat that was granted.
    pub(in crate::firm) fn rechat(&mut self, time: Time, id: ReservationId) {
        if self.reservations.get(id).is_some_and(|r| r.mode == ShownMode::Chat) {
            self.asks_to_chat(time, id);
        }
    }

    /// A line.
    pub(in crate::firm) fn rewrite_line(&mut self, time: Time, posted: &ChatPosted) {
        let id = posted.reservation;
        let agent = posted.agent.as_deref().and_then(|name| self.agent_named(name));
        let Some(chat) = self.chats.get_mut(id).filter(|chat| chat.live()) else { return };
        // An agent who is no longer configured is still not the visitor: what he wrote has nobody's name.
        let from = if posted.agent.is_some() { Author::Agent } else { Author::Visitor };
        chat.add(Message {
            seq: posted.seq,
            at: time,
            from,
            agent,
            kind: posted.kind,
            text: posted.text.clone(),
            client_id: posted.client_id.clone(),
        });
        match (posted.kind, agent) {
            (MessageKind::Joined, Some(agent)) => {
                let first = chat.answered.is_none();
                chat.joined(agent, time);
                if first {
                    self.chat_answered(time, id);
                }
            }
            (MessageKind::HandedOn, _) => {
                self.chat_handled(time, id);
                if let Some(chat) = self.chats.get_mut(id) {
                    chat.enter(Phase::Waiting, time);
                }
            }
            _ => {}
        }
        let queue = posted.queue.as_deref().and_then(|name| self.queue_named(name));
        let expires_at = time + self.settings.chat.idle;
        if let Some(r) = self.reservations.get_mut(id) {
            r.expires_at = expires_at;
            r.queue = queue.unwrap_or(r.queue);
            self.timers.set(Timer::Expiry(id), expires_at);
        }
    }

    /// It was over.
    pub(in crate::firm) fn reclose_chat(&mut self, time: Time, id: ReservationId) {
        if self.chats.get(id).is_some_and(Conversation::live) {
            self.chat_counts(time, id);
        }
        self.chats.close(id, time);
    }

    /// After the last line: whoever had it has a moment to come back, the others wait.
    pub(in crate::firm) fn resume_chat(&mut self, now: Time, id: ReservationId) {
        let Some(chat) = self.chats.get_mut(id).filter(|chat| chat.live()) else { return };
        chat.away = Some(now);
        self.timers.set(Timer::ChatAway(id), now + self.settings.chat.grace);
        match self.chats.get(id).and_then(Conversation::writes) {
            Some(agent) => {
                self.agents[agent].chats.push(id);
                self.chats_changed(agent);
                self.chats_without_desk(now, agent);
                self.chat_state(now, id, VisitorState::Talking);
            }
            None => self.seek_for_chat(now, id),
        }
    }
}
