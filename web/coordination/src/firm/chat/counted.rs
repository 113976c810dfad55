//! What the stat server is told of chats, as they go and as the journal tells of them.

use crate::conversation::{Conversation, Phase};
use crate::firm::Firm;
use crate::ids::ReservationId;
use crate::statistics::Asked;
use warmline_time::Time;

impl Firm {
    /// A chat is there, and asks for an agent.
    pub(super) fn asks_to_chat(&mut self, now: Time, id: ReservationId) {
        let asks = self.reservations.get(id).map(|r| Asked { queue: r.queue, at: now });
        if let Some(asked) = asks {
            self.statistics.chat_offered(asked);
        }
        let mut chat = Conversation::new(id, now);
        chat.asks = asks;
        self.chats.insert(chat);
    }

    /// The first agent has taken it.
    pub(super) fn chat_answered(&mut self, now: Time, id: ReservationId) {
        if let Some(asked) = self.chats.get(id).and_then(|chat| chat.asks) {
            self.statistics.chat_answered(now, asked);
        }
    }

    /// An agent is done with it, or with its wrap-up.
    pub(super) fn chat_handled(&mut self, now: Time, id: ReservationId) {
        let Some(chat) = self.chats.get(id) else { return };
        if let (Phase::Open { .. } | Phase::Wrapup { .. }, Some(asked)) = (chat.phase, chat.asks) {
            let since = chat.since;
            self.statistics.chat_handled(since, now, asked);
        }
    }

    /// It is over.
    pub(super) fn chat_counts(&mut self, now: Time, id: ReservationId) {
        self.chat_handled(now, id);
        let Some((asked, answered)) =
            self.chats.get(id).and_then(|chat| Some((chat.asks?, chat.answered.is_some())))
        else {
            return;
        };
        self.statistics.chat_ended(now, asked, answered);
    }
}
