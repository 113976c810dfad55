//! What is written in a chat: numbered, kept before it is told, bounded; and that somebody writes or has seen it.

use super::{Done, not_yours, unknown_chat};
use crate::chat::{Author, Draft, LONGEST, MOST, MessageKind, MessageView, PAGE};
use crate::conversation::{Conversation, Message};
use crate::effect::{Action, Audience};
use crate::fact::{ChatPosted, Fact};
use crate::firm::feed::Event;
use crate::firm::{Firm, Timer, problem};
use crate::ids::ReservationId;
use crate::request::{Problem, Reply, RequestId};
use crate::text::clean_talk;
use crate::view::Notice;
use serde_json::json;
use warmline_time::Time;

/// A line before it has its number.
pub(super) struct Line {
    /// Whose; none: the visitor's.
    pub agent: Option<usize>,
    pub kind: MessageKind,
    pub text: String,
    pub client_id: Option<String>,
    /// The queue in which it waits from now on.
    pub queue: Option<String>,
}

impl Default for Line {
    fn default() -> Self {
        Line { agent: None, kind: MessageKind::Text, text: String::new(), client_id: None, queue: None }
    }
}

fn author(agent: Option<usize>) -> Author {
    if agent.is_some() { Author::Agent } else { Author::Visitor }
}

impl Firm {
    pub(super) fn visitor_posts(&mut self, now: Time, request: RequestId, id: ReservationId, draft: Draft) {
        let posted = self.try_post(now, id, None, draft);
        self.answer_post(request, id, posted);
    }

    pub(super) fn agent_posts(
        &mut self,
        now: Time,
        request: RequestId,
        (agent, id): (usize, ReservationId),
        draft: Draft,
    ) {
        let posted = match self.open_chat(agent, id) {
            Ok(()) => self.try_post(now, id, Some(agent), draft),
            // What was kept before it ended is still answered with what is kept.
            Err(problem) => self.kept_already(id, Some(agent), &draft.client_id).ok_or(problem),
        };
        self.answer_post(request, id, posted);
    }

    fn answer_post(
        &mut self,
        request: RequestId,
        id: ReservationId,
        posted: Result<(Message, bool), Problem>,
    ) {
        match posted {
            Ok((message, created)) => {
                let message = Box::new(self.message_view(&message));
                let after = self.reservations.get(id).map_or(0, |r| r.after);
                self.act(after, Action::Reply(request, Reply::Posted { created, message }));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
    }

    fn kept_already(
        &self,
        id: ReservationId,
        agent: Option<usize>,
        client_id: &str,
    ) -> Option<(Message, bool)> {
        let message = self.chats.get(id)?.known(author(agent), client_id)?;
        Some((message.clone(), false))
    }

    fn try_post(
        &mut self,
        now: Time,
        id: ReservationId,
        agent: Option<usize>,
        draft: Draft,
    ) -> Result<(Message, bool), Problem> {
        if let Some(kept) = self.kept_already(id, agent, &draft.client_id) {
            return Ok(kept);
        }
        let text = clean_talk(&draft.text);
        if text.is_empty() {
            return Err(problem(422, "empty", "There is nothing in this message."));
        }
        if text.chars().nth(LONGEST).is_some() {
            return Err(problem(422, "too_long", "A message has at most 2,000 characters."));
        }
        let chat = self.chats.get(id).filter(|chat| chat.live());
        let chat = chat.ok_or_else(|| problem(409, "over", "This chat is over."))?;
        if chat.texts(author(agent)) >= MOST {
            return Err(problem(409, "chat_full", "This chat is as long as a chat can be: begin a new one."));
        }
        self.keeps()?;
        let chat = self.chats.get_mut(id).ok_or_else(unknown_chat)?;
        if agent.is_none()
            && let Err(wait) = chat.allow(now)
        {
            let refusal = problem(429, "too_fast", "Too many messages at once: wait a moment.");
            return Err(Problem { retry_after_secs: Some(wait.as_secs().max(1) as u32), ..refusal });
        }
        let client_id = Some(draft.client_id);
        self.write(now, id, Line { agent, text, client_id, ..Line::default() });
        let message = self.chats.get(id).and_then(|chat| chat.log.last().cloned());
        Ok((message.ok_or_else(unknown_chat)?, true))
    }

    /// Adds a line: in the journal, then on the screens. The journal's number.
    pub(super) fn write(&mut self, now: Time, id: ReservationId, line: Line) -> u64 {
        let Some(chat) = self.chats.get(id) else { return 0 };
        let (seq, has) = (chat.last() + 1, chat.agent());
        let Line { agent, kind, text, client_id, queue } = line;
        let name = agent.map(|index| self.agents[index].settings.name.clone());
        let fact = ChatPosted {
            reservation: id,
            seq,
            agent: name,
            kind,
            text: text.clone(),
            client_id: client_id.clone(),
            queue,
        };
        let after = self.persist(now, Fact::ChatPosted(Box::new(fact)));
        let message = Message { seq, at: now, from: author(agent), agent, kind, text, client_id };
        let shown = Box::new(self.message_view(&message));
        let size = message.text.chars().count();
        if let Some(chat) = self.chats.get_mut(id) {
            chat.add(message);
        }
        self.stays(now, id, after, agent.is_none());
        let to_page =
            Action::Notify(Audience::Visitor(id), Notice::Message { chat: id, message: shown.clone() });
        self.act(after, to_page);
        if let Some(has) = has {
            self.agents[has].after = self.agents[has].after.max(after);
            self.notify_agent(has, Notice::Message { chat: id, message: shown });
            self.touch_agent(has);
        }
        if kind == MessageKind::Text {
            let data = json!({ "seq": seq, "from": author(agent), "characters": size });
            let trace_id = self.reservations.get(id).map_or_else(String::new, |r| r.trace_id.clone());
            let event = Event { name: "chat.message_posted", subject: id.to_string(), trace_id, data };
            self.announce(now, after, event);
        }
        after
    }

    /// Somebody wrote: it is not idle. What its page shows waits for the journal.
    fn stays(&mut self, now: Time, id: ReservationId, after: u64, by_visitor: bool) {
        let idle = self.settings.chat.idle;
        let Some(r) = self.reservations.get_mut(id) else { return };
        r.after = after;
        r.expires_at = now + idle;
        self.timers.set(Timer::Expiry(id), now + idle);
        self.touch_visitor(id);
        if self.chats.get(id).is_some_and(|chat| chat.live() && !chat.here && by_visitor) {
            // A page without a stream shows by its texts that it is there.
            self.timers.set(Timer::ChatAway(id), now + self.settings.chat.grace);
        }
    }

    /// What comes after a number.
    pub(super) fn answer_messages(
        &mut self,
        request: RequestId,
        id: ReservationId,
        after: u32,
        of_visitor: bool,
    ) {
        let Some(chat) = self.chats.get(id) else {
            return self.reply(request, Reply::Problem(unknown_chat()));
        };
        let mut rest = chat.log.iter().filter(|message| message.seq > after);
        let messages: Vec<_> = rest.by_ref().take(PAGE).map(|message| self.message_view(message)).collect();
        let more = rest.next().is_some();
        let durable = self.reservations.get(id).map_or(0, |r| r.after);
        if let (true, Some(last), Some(chat)) = (of_visitor, messages.last(), self.chats.get_mut(id)) {
            chat.delivered = chat.delivered.max(last.seq);
            let agent = chat.agent();
            if let Some(agent) = agent {
                self.touch_agent(agent);
            }
        }
        self.act(durable, Action::Reply(request, Reply::Messages { messages, more }));
    }

    pub(super) fn message_view(&self, message: &Message) -> MessageView {
        let name = message.agent.map(|index| self.agents[index].settings.display_name.clone());
        MessageView {
            seq: message.seq,
            time: message.at.rfc3339(),
            from: message.from,
            name,
            kind: message.kind,
            text: message.text.clone(),
            client_id: message.client_id.clone(),
        }
    }

    pub(super) fn visitor_types(&mut self, now: Time, id: ReservationId, on: bool) {
        let Some(chat) = self.chats.get_mut(id) else { return };
        if let Some(agent) = chat.writes().filter(|_| chat.types(now, Author::Visitor, on)) {
            self.notify_agent(agent, Notice::Typing { chat: id, on });
        }
    }

    pub(super) fn agent_types(&mut self, now: Time, (agent, id): (usize, ReservationId), on: bool) -> Done {
        self.open_chat(agent, id)?;
        let news = self.chats.get_mut(id).is_some_and(|chat| chat.types(now, Author::Agent, on));
        if news {
            let after = self.reservations.get(id).map_or(0, |r| r.after);
            self.act(after, Action::Notify(Audience::Visitor(id), Notice::Typing { chat: id, on }));
        }
        Ok(0)
    }

    pub(super) fn visitor_saw(&mut self, id: ReservationId, delivered: u32, read: u32) {
        let Some(chat) = self.chats.get_mut(id) else { return };
        let read = read.min(chat.last());
        chat.read_by_visitor = chat.read_by_visitor.max(read);
        chat.delivered = chat.delivered.max(delivered.min(chat.last())).max(chat.read_by_visitor);
        if let Some(agent) = chat.agent() {
            self.touch_agent(agent);
        }
    }

    pub(super) fn agent_saw(&mut self, (agent, id): (usize, ReservationId), seq: u32) -> Done {
        let chat = self.chats.get_mut(id).ok_or_else(unknown_chat)?;
        if chat.agent() != Some(agent) {
            return Err(not_yours());
        }
        chat.read_by_agent = chat.read_by_agent.max(seq.min(chat.last()));
        self.touch_agent(agent);
        self.touch_visitor(id);
        Ok(0)
    }

    /// The visitor's page shows how to call, beside the chat.
    pub(super) fn propose_call(&mut self, now: Time, (agent, id): (usize, ReservationId)) -> Done {
        self.open_chat(agent, id)?;
        self.keeps()?;
        // Asked again and again it stays one question.
        let again = |m: &&Message| m.kind == MessageKind::CallProposed;
        let asked = self.chats.get(id).and_then(|chat: &Conversation| chat.log.last().filter(again));
        if asked.is_some() {
            return Ok(self.reservations.get(id).map_or(0, |r| r.after));
        }
        Ok(self.mark(now, id, agent, MessageKind::CallProposed))
    }
}
