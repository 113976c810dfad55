//! Chats: from the visitor's wish to the end of the agent's wrap-up. Who gets them is `route`, what is written is `talk`.

mod counted;
mod outcome;
mod replay;
mod route;
mod show;
mod talk;

use super::feed::Event;
use super::offer::set_state;
use super::{Firm, Timer, problem};
use crate::agent::OfferEnd;
use crate::chat::{ChatVerb, MessageKind, VisitorVerb};
use crate::conversation::{Conversation, Phase};
use crate::cti::{Cause, Verified};
use crate::effect::Action;
use crate::fact::{CallRecorded, Fact};
use crate::ids::{CallId, ReservationId};
use crate::queue::Waiter;
use crate::request::{Mode, OpenReservation, Problem, Reply, RequestId};
use crate::view::{ShownMode, VisitorState};
use serde_json::{Value, json};
use warmline_time::Time;

/// So long an agent's desktop may be gone before his chats go to colleagues.
const DESK: std::time::Duration = std::time::Duration::from_secs(60);

/// What a verb leads to: the journal's number that its reply waits for.
type Done = Result<u64, Problem>;

impl Firm {
    /// What a visitor does in his chat.
    pub fn visitor_chat(&mut self, now: Time, request: RequestId, id: ReservationId, verb: VisitorVerb) {
        let tells = !matches!(verb, VisitorVerb::Post(_) | VisitorVerb::Read(_));
        match verb {
            VisitorVerb::Post(draft) => self.visitor_posts(now, request, id, draft),
            VisitorVerb::Read(after) => self.answer_messages(request, id, after, true),
            VisitorVerb::Typing(on) => self.visitor_types(now, id, on),
            VisitorVerb::Seen { delivered, read } => self.visitor_saw(id, delivered, read),
        }
        if tells {
            self.reply(request, Reply::Done);
        }
        self.finish(now);
    }

    /// What an agent does in a chat.
    pub fn agent_chat(
        &mut self,
        now: Time,
        request: RequestId,
        agent: usize,
        id: ReservationId,
        verb: ChatVerb,
    ) {
        self.alive(now, agent);
        let done = match verb {
            ChatVerb::Post(draft) => {
                self.agent_posts(now, request, (agent, id), draft);
                return self.finish(now);
            }
            // As the history of which it is.
            ChatVerb::Read(_) if !self.may_read_chat(agent, id) => Err(unknown_chat()),
            ChatVerb::Read(after) => {
                self.answer_messages(request, id, after, false);
                return self.finish(now);
            }
            ChatVerb::Accept => self.accept_chat(now, agent, id),
            ChatVerb::Decline => self.decline_chat(now, agent, id),
            ChatVerb::Typing(on) => self.agent_types(now, (agent, id), on),
            ChatVerb::Seen(seq) => self.agent_saw((agent, id), seq),
            ChatVerb::ProposeCall => self.propose_call(now, (agent, id)),
            ChatVerb::Transfer(target) => self.transfer_chat(now, (agent, id), target),
            ChatVerb::End => self.open_chat(agent, id).map(|()| {
                self.end_chat(now, id, "agent");
                0
            }),
            ChatVerb::Outcome { code, notes, priority } => {
                self.chat_outcome(now, (agent, id), (code, notes, priority))
            }
            ChatVerb::Close => self.close_chat(now, agent, id),
        };
        match done {
            Ok(after) => self.act(after, Action::Reply(request, Reply::Done)),
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// The chat of a visitor who now asks for a call, if an agent has it: that agent is to speak with him, and page and record
    /// on his screen stay as they are (C8).
    pub(super) fn companion(&self, site: usize, asked: &OpenReservation) -> Option<(ReservationId, usize)> {
        let live = self.reservations.of_visitor(asked.visitor).iter();
        let of_site = |id: &&ReservationId| self.reservations.get(**id).is_some_and(|r| r.site == site);
        let mut chats = live.filter(of_site).filter_map(|&id| Some((id, self.chats.get(id)?.writes()?)));
        chats.next().filter(|_| asked.mode != Mode::Chat)
    }

    /// The agent of a chat is at once its visitor's for a call, ready or not, unless something else binds him.
    pub(super) fn spare(&self, agent: usize) -> Option<usize> {
        Some(agent).filter(|&agent| self.agents[agent].free())
    }

    /// A call from a chat shows what the chat shows, unless the visitor's page has sent another.
    pub(super) fn same_screen(&self, chat: ReservationId, asked: &mut OpenReservation) {
        if let Some(r) = self.reservations.get(chat).filter(|_| asked.snapshot.is_none()) {
            asked.page = r.page.clone();
            asked.snapshot.clone_from(&r.snapshot);
        }
    }

    /// Whether two reservations of one visitor are on different channels: a chat goes on beside a call.
    pub(super) fn beside(&self, id: ReservationId, mode: Mode) -> bool {
        let chat = self.reservations.get(id).is_some_and(|r| r.mode == ShownMode::Chat);
        chat != (mode == Mode::Chat)
    }

    /// A chat was granted: it looks for its agent.
    pub(super) fn begin_chat(&mut self, now: Time, id: ReservationId, preferred: Option<usize>) {
        if let Some(r) = self.reservations.get_mut(id) {
            r.preferred = preferred;
        }
        self.asks_to_chat(now, id);
        // Until a page has opened its stream nobody knows whether there is one.
        self.timers.set(Timer::ChatAway(id), now + self.settings.chat.grace);
        self.seek_for_chat(now, id);
    }

    /// Its page is there: a stream of it was opened.
    pub(super) fn chat_page_here(&mut self, id: ReservationId) {
        let Some(chat) = self.chats.get_mut(id).filter(|chat| chat.live()) else { return };
        chat.here = true;
        let was_away = chat.away.take().is_some();
        let agent = chat.agent();
        self.timers.cancel(Timer::ChatAway(id));
        self.serve |= was_away;
        if let Some(agent) = agent {
            self.touch_agent(agent);
        }
    }

    /// The last of its pages is gone: a reload takes a second, a phone in the pocket longer.
    pub(super) fn chat_page_gone(&mut self, now: Time, id: ReservationId) {
        let Some(chat) = self.chats.get_mut(id).filter(|chat| chat.live()) else { return };
        chat.here = false;
        chat.away = Some(now);
        let agent = chat.agent();
        self.timers.set(Timer::ChatAway(id), now + self.settings.chat.grace);
        if let Some(agent) = agent {
            self.touch_agent(agent);
        }
    }

    /// It has not come back.
    pub(super) fn chat_away(&mut self, now: Time, id: ReservationId) {
        self.end_chat(now, id, "away");
    }

    /// It is over, by whom or by what.
    fn end_chat(&mut self, now: Time, id: ReservationId, why: &'static str) {
        if let Some(chat) = self.chats.get_mut(id).filter(|chat| chat.live()) {
            chat.ended = Some(why);
            let reason = if matches!(why, "away" | "idle") { why } else { "normal" };
            self.end(now, id, reason);
        }
    }

    /// The reservation of a chat ends: its agent wraps up, the customer's history has it. The reason that the page is told.
    pub(super) fn settle_chat<'a>(&mut self, now: Time, id: ReservationId, reason: &'a str) -> &'a str {
        let Some(chat) = self.chats.get(id).filter(|chat| chat.live()) else { return reason };
        let (phase, answered) = (chat.phase, chat.answered.is_some());
        let (why, reason) = match (chat.ended, reason) {
            (Some(why), reason) => (why, reason),
            (None, "expired") => ("idle", "idle"),
            (None, "canceled") if answered => ("visitor", "normal"),
            (None, reason) => ("visitor", reason),
        };
        self.chat_counts(now, id);
        for timer in [Timer::Chat(id), Timer::ChatAway(id)] {
            self.timers.cancel(timer);
        }
        self.unplace(Waiter::Chat(id), Some(id));
        self.forget_wait(Waiter::Chat(id));
        if let Phase::Offered { agent, .. } = phase {
            self.drop_chat(agent, id);
        }
        let code = self.chats.get(id).and_then(|chat| chat.code.clone());
        self.record_chat(now, id, reason, code);
        let data = json!({ "reason": why });
        self.tell_chat(now, id, "chat.ended", data);
        match phase {
            Phase::Open { agent } => self.wrap_chat_up(now, id, agent, why),
            _ => self.chats.close(id, now),
        }
        reason
    }

    fn wrap_chat_up(&mut self, now: Time, id: ReservationId, agent: usize, why: &'static str) {
        let queue = self.reservations.get(id).map_or(0, |r| r.queue);
        let wrapup = self.settings.queues[queue].wrapup;
        let gone = self.agents[agent].stream.is_none() || self.agents[agent].is_going();
        if let Some(chat) = self.chats.get_mut(id) {
            chat.ended = Some(why);
            chat.enter(Phase::Wrapup { agent, until: now + wrapup }, now);
        }
        self.touch_agent(agent);
        if wrapup.is_zero() || gone {
            return self.chat_wrapped_up(now, id);
        }
        self.timers.set(Timer::Chat(id), now + wrapup);
    }

    /// An offer has taken too long, a wrap-up is over, or who handed it on may have it again: better he than nobody.
    pub(super) fn chat_due(&mut self, now: Time, id: ReservationId) {
        match self.chats.get(id).map(|chat| chat.phase) {
            Some(Phase::Offered { .. }) => self.chat_passed(now, id, OfferEnd::Timeout),
            Some(Phase::Wrapup { .. }) => self.chat_wrapped_up(now, id),
            Some(Phase::Waiting) => {
                if let Some(chat) = self.chats.get_mut(id) {
                    chat.left = None;
                }
                self.serve = true;
            }
            _ => {}
        }
    }

    fn close_chat(&mut self, now: Time, agent: usize, id: ReservationId) -> Done {
        let phase = self.chats.get(id).map(|chat| chat.phase);
        if !matches!(phase, Some(Phase::Wrapup { agent: of, .. }) if of == agent) {
            return Err(not_yours());
        }
        self.chat_wrapped_up(now, id);
        Ok(0)
    }

    fn chat_wrapped_up(&mut self, now: Time, id: ReservationId) {
        self.chat_handled(now, id);
        self.timers.cancel(Timer::Chat(id));
        if let Some(agent) = self.chats.get(id).and_then(Conversation::agent) {
            self.drop_chat(agent, id);
        }
        self.chats.close(id, now);
    }

    /// The chat is in the customer's history, and in the journal.
    fn record_chat(&mut self, now: Time, id: ReservationId, reason: &str, code: Option<String>) {
        let (Some(chat), Some(r)) = (self.chats.get(id), self.reservations.get(id)) else { return };
        let name = |index: &usize| self.agents[*index].settings.name.clone();
        let record = CallRecorded {
            call: CallId::of_chat(id),
            reservation: Some(id),
            contact: Some(r.contact),
            channel: r.channel().into(),
            page_title: r.page.title.clone(),
            agent: chat.spoke.last().map(name),
            started: r.opened_at.as_micros(),
            answered: chat.answered.map(Time::as_micros),
            ended: now.as_micros(),
            cause: if matches!(reason, "away" | "idle") { Cause::NoAnswer } else { Cause::Canceled },
            trace_id: r.trace_id.clone(),
            agents: chat.spoke.iter().map(name).collect(),
            code,
            caller: None,
            queue: None,
            asked: None,
            changed_to: Vec::new(),
            verified: Verified::Unknown,
            progress: None,
            cost: None,
            dialled: None,
            known_until: None,
            trunk: None,
        };
        self.keep_record_of(&record);
        self.persist(now, Fact::CallRecorded(Box::new(record)));
    }

    /// An event of a chat: to the agent who has it and to the firm's feed. Never what was written.
    fn tell_chat(&mut self, now: Time, id: ReservationId, name: &'static str, data: Value) {
        let Some(r) = self.reservations.get(id) else { return };
        let (trace_id, after) = (r.trace_id.clone(), r.after);
        let subject = id.to_string();
        match self.chats.get(id).and_then(Conversation::agent) {
            Some(agent) => {
                self.agents[agent].after = self.agents[agent].after.max(after);
                self.emit(now, agent, name, subject, trace_id, data);
            }
            None => {
                self.announce(now, after, Event { name, subject, trace_id, data });
            }
        }
    }

    /// Where the visitor's page is.
    fn chat_state(&mut self, now: Time, id: ReservationId, state: VisitorState) {
        if let Some(r) = self.reservations.get_mut(id).filter(|r| r.live()) {
            set_state(r, state, now);
            if state != VisitorState::Waiting {
                r.position = None;
            }
            self.touch_visitor(id);
        }
    }

    /// Adds a line that is no text: kept first. The journal's number.
    fn mark(&mut self, now: Time, id: ReservationId, agent: usize, kind: MessageKind) -> u64 {
        self.write(now, id, talk::Line { agent: Some(agent), kind, ..talk::Line::default() })
    }

    /// The journal takes nothing now.
    fn keeps(&self) -> Result<(), Problem> {
        if self.writable {
            return Ok(());
        }
        let refusal = problem(503, "store_unavailable", "This cannot be kept at the moment.");
        Err(Problem { retry_after_secs: Some(5), ..refusal })
    }

    /// Whether a chat is on and this agent has it.
    fn open_chat(&self, agent: usize, id: ReservationId) -> Result<(), Problem> {
        let Some(chat) = self.chats.get(id) else { return Err(unknown_chat()) };
        match chat.phase {
            Phase::Open { agent: has } if has == agent => Ok(()),
            Phase::Wrapup { agent: had, .. } if had == agent => {
                Err(problem(409, "over", "This chat is over."))
            }
            _ => Err(not_yours()),
        }
    }
}

fn not_yours() -> Problem {
    problem(409, "not_yours", "This chat is not yours, or not any more.")
}

fn unknown_chat() -> Problem {
    problem(404, "unknown_chat", "There is no such chat, or it is not kept any more.")
}
