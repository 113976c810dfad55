//! Who gets a chat: the routing of calls, with the standing of a channel that needs no phone and of which an agent has several.

use super::{DESK, Done, not_yours, unknown_chat};
use crate::agent::{Agent, OfferEnd};
use crate::chat::MessageKind;
use crate::conversation::{Conversation, Phase};
use crate::firm::direct::ruled_priority;
use crate::firm::pause::LEFT_ALONE;
use crate::firm::{Firm, Timer, problem};
use crate::ids::ReservationId;
use crate::notice::AgentNotice;
use crate::queue::{Place, Waiter};
use crate::request::{Presence, Problem, Target};
use crate::routing::Standing;
use crate::rules::Facts;
use crate::view::VisitorState;
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// Whether anybody of a queue could chat now with whom a site's are: logged in, ready, and meant to.
    pub(in crate::firm) fn chats_in(&self, queue: usize, whose: &Facts) -> bool {
        let able = |agent: &Agent| agent.serving() && agent.settings.chats > 0 && agent.stream.is_some();
        (0..self.agents.len()).any(|index| {
            let agent = &self.agents[index];
            able(agent) && agent.serves[queue] && self.represents(index, whose)
        })
    }

    /// Whether an agent has room for one more.
    fn has_room(&self, agent: usize) -> bool {
        let row = &self.agents[agent];
        row.logged_in
            && !row.leaving
            && row.stream.is_some()
            && !row.frozen
            && row.chats.len() < row.settings.chats as usize
    }

    /// Whether he is given what comes next.
    fn free_for_chats(&self, agent: usize) -> bool {
        let row = &self.agents[agent];
        let idle = row.is_idle() || self.settings.chat.during_calls;
        idle && row.presence == Presence::Ready && !row.passed && self.has_room(agent)
    }

    /// Whether it is worth looking closer at who waits to chat.
    pub(in crate::firm) fn somebody_chats(&self) -> bool {
        (0..self.agents.len()).any(|agent| self.free_for_chats(agent))
    }

    /// The same for one of them; not while his page is gone.
    pub(in crate::firm) fn somebody_chats_with(&self, id: ReservationId, place: &Place) -> bool {
        let further = self.further(place.waiter, place.queue);
        let queues: Vec<usize> = std::iter::once(place.queue).chain(further).collect();
        let given = |&queue: &usize, agent: &Agent| agent.serves[queue] && !self.is_pull(queue);
        let serves = |agent: &Agent| queues.iter().any(|queue| given(queue, agent));
        let named = self.named_for(place.waiter);
        self.chats.get(id).is_some_and(|chat| chat.away.is_none())
            && (0..self.agents.len())
                .any(|a| self.free_for_chats(a) && (named == Some(a) || serves(&self.agents[a])))
    }

    fn chat_standing(&self, agent: usize, seen: Standing, left: Option<usize>) -> Standing {
        let row = &self.agents[agent];
        let room = row.chats.len() < row.settings.chats as usize && left != Some(agent);
        let idle = row.is_idle() || self.settings.chat.during_calls;
        Standing { idle: idle && room, phone: true, ..seen }
    }

    /// Who takes it now, as calls are routed.
    fn pick_for_chat(&mut self, id: ReservationId) -> Option<usize> {
        let r = self.reservations.get(id)?;
        let (queue, preferred, contact, ruled) = (r.queue, r.preferred, r.contact, r.ruled.clone());
        let left = self.chats.get(id)?.left;
        let further = self.further(Waiter::Chat(id), queue);
        let mut candidates = self.candidates(queue, preferred, Some(contact));
        for (agent, candidate) in candidates.iter_mut().enumerate() {
            candidate.standing = self.chat_standing(agent, candidate.standing, left);
            candidate.chats = self.agents[agent].chats.len() as u32;
        }
        self.choose_among(queue, further, candidates, &ruled)
    }

    /// Finds an agent for a chat, or gives it a place in the queue.
    pub(super) fn seek_for_chat(&mut self, now: Time, id: ReservationId) {
        match self.pick_for_chat(id) {
            Some(agent) => self.offer_chat(now, id, agent),
            None => self.queue_chat(now, id),
        }
    }

    fn queue_chat(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        let priority = ruled_priority(self.contacts.priority(Some(r.contact)), &r.ruled);
        let place =
            Place { waiter: Waiter::Chat(id), queue: r.queue, since: r.opened_at, priority, passed: 0 };
        if !self.waiting.join(place) {
            self.violations += 1;
        }
        if let Some(chat) = self.chats.get_mut(id) {
            chat.enter(Phase::Waiting, now);
        }
        self.board_due = true;
        self.decided_nobody(Some(id), None);
        self.begin_wait(now, place.waiter);
        let position = self.waiting.position(place.waiter);
        self.chat_state(now, id, VisitorState::Waiting);
        if let Some(r) = self.reservations.get_mut(id) {
            r.position = position;
        }
    }

    /// The next in the queue is served.
    pub(in crate::firm) fn serve_chat(&mut self, now: Time, id: ReservationId) {
        if let Some(agent) = self.pick_for_chat(id) {
            self.unplace(Waiter::Chat(id), Some(id));
            self.offer_chat(now, id, agent);
        }
    }

    /// Page, record and what was written so far are on his screen; he takes it or not.
    pub(super) fn offer_chat(&mut self, now: Time, id: ReservationId, agent: usize) {
        let decision = self.chosen(agent, Some(id), None);
        let Some(r) = self.reservations.get_mut(id) else { return };
        r.preferred = Some(agent);
        let (queue, after) = (r.queue, r.after);
        let until = now + self.settings.queues[queue].ring;
        if let Some(chat) = self.chats.get_mut(id) {
            chat.enter(Phase::Offered { agent, until }, now);
            chat.decision = decision;
            chat.left = None;
        }
        let row = &mut self.agents[agent];
        row.after = row.after.max(after);
        row.chats.push(id);
        self.chats_changed(agent);
        self.timers.set(Timer::Chat(id), until);
        self.chat_state(now, id, VisitorState::Ringing);
        self.tell_chat(now, id, "chat.offered", json!({ "decision": decision }));
        if self.settings.chat.auto_accept && self.writable {
            self.take_up(now, id, agent);
        }
    }

    pub(in crate::firm) fn accept_chat(&mut self, now: Time, agent: usize, id: ReservationId) -> Done {
        let chat = self.chats.get(id).ok_or_else(unknown_chat)?;
        match chat.phase {
            Phase::Offered { agent: asked, .. } if asked == agent => {}
            // Clicked twice, or in two windows.
            Phase::Open { agent: has } if has == agent => return Ok(self.agents[agent].after),
            _ => return Err(not_yours()),
        }
        self.keeps()?;
        Ok(self.take_up(now, id, agent))
    }

    /// It is his from now on. The journal's number.
    fn take_up(&mut self, now: Time, id: ReservationId, agent: usize) -> u64 {
        self.timers.cancel(Timer::Chat(id));
        self.forget_wait(Waiter::Chat(id));
        let first = self.chats.get(id).is_some_and(|chat| chat.answered.is_none());
        let after = self.mark(now, id, agent, MessageKind::Joined);
        if let Some(chat) = self.chats.get_mut(id) {
            chat.joined(agent, now);
        }
        if first {
            self.chat_answered(now, id);
        }
        self.agents[agent].missed = 0;
        self.agents[agent].notice = None;
        self.touch_agent(agent);
        self.chat_state(now, id, VisitorState::Talking);
        let decision = self.chats.get(id).and_then(|chat| chat.decision);
        let name = if first { "chat.started" } else { "chat.taken_over" };
        self.tell_chat(now, id, name, json!({ "decision": decision }));
        after
    }

    pub(in crate::firm) fn decline_chat(&mut self, now: Time, agent: usize, id: ReservationId) -> Done {
        let phase = self.chats.get(id).map(|chat| chat.phase);
        if !matches!(phase, Some(Phase::Offered { agent: asked, .. }) if asked == agent) {
            return Err(not_yours());
        }
        self.chat_passed(now, id, OfferEnd::Rejected);
        Ok(0)
    }

    /// An offer was not taken: the agent is paused where that was his doing, the chat goes to the next.
    pub(super) fn chat_passed(&mut self, now: Time, id: ReservationId, end: OfferEnd) {
        let Some(Phase::Offered { agent, .. }) = self.chats.get(id).map(|chat| chat.phase) else { return };
        self.timers.cancel(Timer::Chat(id));
        let row = self.reservations.get(id);
        let queue = row.map_or(0, |r| r.queue);
        let trace_id = row.map_or_else(String::new, |r| r.trace_id.clone());
        self.offer_ended(self.clock, agent, ("chat.offer_ended", id.to_string(), trace_id), end);
        self.drop_chat(agent, id);
        let notice = match end {
            OfferEnd::Rejected => Some(AgentNotice::ChatDeclined),
            OfferEnd::Timeout => Some(AgentNotice::ChatUnanswered),
            _ => None,
        };
        if let Some(notice) = notice {
            self.let_pass(agent, queue, end, notice);
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.preferred = r.preferred.filter(|&preferred| preferred != agent);
        }
        if let Some(chat) = self.chats.get_mut(id) {
            chat.enter(Phase::Waiting, now);
        }
        self.seek_for_chat(now, id);
    }

    /// It is none of his any more.
    pub(super) fn drop_chat(&mut self, agent: usize, id: ReservationId) {
        self.agents[agent].chats.retain(|&other| other != id);
        self.serve = true;
        self.chats_changed(agent);
    }

    /// He has one more, or one less: calls may pass him by then, where his firm wants that.
    pub(in crate::firm) fn chats_changed(&mut self, agent: usize) {
        let row = &mut self.agents[agent];
        let full = row.settings.chats > 0 && row.chats.len() >= row.settings.chats as usize;
        row.full = full && !self.settings.chat.calls_when_full;
        self.touch_agent(agent);
    }

    /// A chat from the waiting list is his at once: whoever picks is willing.
    pub(in crate::firm) fn pick_chat(
        &mut self,
        now: Time,
        agent: usize,
        id: ReservationId,
    ) -> Result<(), Problem> {
        let gone = || problem(409, "gone", "Another agent was faster.");
        let place = self.waiting.get(Waiter::Chat(id)).ok_or_else(gone)?;
        self.may_take(agent, Waiter::Chat(id), place.queue)?;
        if !self.has_room(agent) {
            return Err(problem(409, "chats_full", "You have as many chats as you can: end one first."));
        }
        self.answers_for(agent, &self.ruled_of(Waiter::Chat(id)), None)?;
        self.keeps()?;
        self.unplace(Waiter::Chat(id), Some(id));
        self.offer_chat(now, id, agent);
        self.take_up(now, id, agent);
        Ok(())
    }

    /// To a colleague or a queue, with page, record and transcript.
    pub(super) fn transfer_chat(
        &mut self,
        now: Time,
        (agent, id): (usize, ReservationId),
        target: Target,
    ) -> Done {
        self.open_chat(agent, id)?;
        self.keeps()?;
        match target {
            Target::Agent(name) => {
                let colleague = self.agent_named(&name).filter(|&other| other != agent);
                let colleague =
                    colleague.ok_or_else(|| problem(404, "unknown_agent", "There is no such colleague."))?;
                self.answers_for(colleague, &self.ruled_of(Waiter::Chat(id)), Some(agent))?;
                if !self.has_room(colleague) {
                    let detail = "This colleague is not there, or has as many chats as he can.";
                    return Err(problem(409, "not_available", detail));
                }
                let after = self.let_go(now, (agent, id), None);
                self.offer_chat(now, id, colleague);
                Ok(after)
            }
            Target::Queue(name) => {
                let unknown = || problem(404, "unknown_queue", "There is no such queue.");
                let queue = self.queue_named(&name).ok_or_else(unknown)?;
                if let Some(r) = self.reservations.get_mut(id) {
                    r.queue = queue;
                }
                let after = self.let_go(now, (agent, id), Some(name));
                self.seek_for_chat(now, id);
                Ok(after)
            }
            Target::Number(_) => {
                Err(problem(422, "target_invalid", "A chat goes to a colleague or to a queue."))
            }
        }
    }

    /// He has it no more; nobody has yet. The journal's number.
    fn let_go(&mut self, now: Time, (agent, id): (usize, ReservationId), queue: Option<String>) -> u64 {
        self.chat_handled(now, id);
        self.tell_chat(now, id, "chat.handed_on", json!({ "queue": queue }));
        let kind = MessageKind::HandedOn;
        let line = super::talk::Line { agent: Some(agent), kind, queue, ..super::talk::Line::default() };
        let after = self.write(now, id, line);
        if let Some(chat) = self.chats.get_mut(id) {
            chat.enter(Phase::Waiting, now);
            chat.left = Some(agent);
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.preferred = None;
        }
        self.timers.set(Timer::Chat(id), now + LEFT_ALONE);
        self.drop_chat(agent, id);
        after
    }

    /// What he was offered goes to the next; what he has stays with him.
    pub(in crate::firm) fn rescind_chats(&mut self, now: Time, agent: usize) {
        for id in self.agents[agent].chats.clone() {
            self.chat_passed(now, id, OfferEnd::Rescinded);
        }
    }

    /// He leaves, or his desktop has not come back: visitors do not wait for it.
    pub(in crate::firm) fn leave_chats(&mut self, now: Time, agent: usize) {
        self.timers.cancel(Timer::ChatDesk(agent));
        for id in self.agents[agent].chats.clone() {
            match self.chats.get(id).map(|chat| chat.phase) {
                Some(Phase::Offered { .. }) => self.chat_passed(now, id, OfferEnd::Rescinded),
                Some(Phase::Open { .. }) => {
                    self.let_go(now, (agent, id), None);
                    self.seek_for_chat(now, id);
                }
                _ => self.chat_wrapped_up(now, id),
            }
        }
    }

    /// His desktop is gone; a reload takes a second.
    pub(in crate::firm) fn chats_without_desk(&mut self, now: Time, agent: usize) {
        if !self.agents[agent].chats.is_empty() {
            self.timers.set(Timer::ChatDesk(agent), now + DESK);
        }
    }
}

impl Conversation {
    /// An agent has it from now on.
    pub(super) fn joined(&mut self, agent: usize, now: Time) {
        self.enter(Phase::Open { agent }, now);
        self.answered = self.answered.or(Some(now));
        self.left = None;
        if self.spoke.last() != Some(&agent) {
            self.spoke.retain(|&other| other != agent);
            self.spoke.push(agent);
        }
    }
}
