//! An agent's chats as his desktop shows them, and a chat as its visitor's page does.

use crate::agent::Agent;
use crate::chat::{ChatCard, ChatShown, ChatState, MessageKind};
use crate::conversation::{Conversation, Phase};
use crate::firm::Firm;
use crate::firm::show::view;
use crate::ids::{CallId, ReservationId};
use crate::view::{AgentName, ShownMode};
use warmline_time::Time;

/// Characters of the last text on a card.
const PREVIEW: usize = 120;

impl Firm {
    /// An agent's chats, the oldest first.
    pub(in crate::firm) fn chat_cards(&self, agent: usize) -> Vec<ChatCard> {
        self.agents[agent].chats.iter().filter_map(|&id| self.chat_card(agent, id)).collect()
    }

    /// Sends them where they differ from what his desktop has.
    pub(in crate::firm) fn show_chats(&mut self, agent: usize) {
        let cards = self.chat_cards(agent);
        if self.agents[agent].shown_chats.as_ref() != Some(&cards) {
            self.notify_agent(agent, view("chats", &cards));
            self.agents[agent].shown_chats = Some(cards);
        }
    }

    fn chat_card(&self, agent: usize, id: ReservationId) -> Option<ChatCard> {
        let (chat, r) = (self.chats.get(id)?, self.reservations.get(id)?);
        let (state, ends) = match chat.phase {
            Phase::Offered { until, .. } => (ChatState::Offered, Some(until)),
            Phase::Wrapup { until, .. } => (ChatState::Wrapup, Some(until)),
            Phase::Open { .. } | Phase::Waiting | Phase::Over => (ChatState::Open, None),
        };
        let text = chat.log.iter().rev().find(|message| message.kind == MessageKind::Text);
        let handed = chat.log.iter().rev().find(|message| message.kind == MessageKind::HandedOn);
        let from = handed.and_then(|message| message.agent);
        let beside = |other: &&ReservationId| {
            self.reservations.get(**other).is_some_and(|call| {
                call.mode != ShownMode::Chat
                    && call.site == r.site
                    && (call.agent == chat.agent() || call.agent.is_none())
            })
        };
        Some(ChatCard {
            id,
            state,
            since: chat.since.rfc3339(),
            asked_at: r.opened_at.rfc3339(),
            ends: ends.map(Time::rfc3339),
            page: r.page.clone(),
            snapshot: r.snapshot.clone(),
            client: self.shown_client(&r.ruled.facts.client),
            contact: self.named_contact(self.contacts.view(r.contact, &self.sight_at(agent, r.contact))?),
            last: chat.last(),
            unread: chat.unread(),
            preview: text.map_or_else(String::new, |message| message.text.chars().take(PREVIEW).collect()),
            delivered: chat.delivered,
            read: chat.read_by_visitor,
            away_since: chat.away.map(Time::rfc3339),
            from: from.map(|agent| self.agents[agent].settings.display_name.clone()),
            code: chat.code.clone(),
            reason: chat.ended,
            call: self.reservations.of_visitor(r.visitor).iter().find(beside).copied(),
            contact_call: CallId::of_chat(id),
        })
    }

    /// How far a chat is, for its page.
    pub(in crate::firm) fn chat_shown(&self, id: ReservationId) -> Option<ChatShown> {
        let chat = self.chats.get(id)?;
        Some(ChatShown { last: chat.last(), read: chat.read_by_agent })
    }

    /// Who has it, for its page.
    pub(in crate::firm) fn chat_partner(&self, id: ReservationId) -> Option<AgentName> {
        let agent: &Agent = &self.agents[self.chats.get(id).and_then(Conversation::writes)?];
        Some(AgentName { display_name: agent.settings.display_name.clone() })
    }
}
