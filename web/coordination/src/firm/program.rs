//! Commands of the firm's programs, done by the agents' own verbs; who gave them is in the journal and the feed. And what programs
//! see of calls.

use super::feed::Event;
use super::{Firm, problem};
use crate::agent::{OfferEnd, Work};
use crate::call::{Call, Phase};
use crate::cti::{Cause, Command};
use crate::effect::Action;
use crate::fact::{Commanded, Fact};
use crate::ids::{CallId, ReservationId};
use crate::program::{CallView, CustomerView, ProgramCommand, SaidView};
use crate::request::{Presence, Problem, Reply, RequestId};
use crate::view::{Notice, ShownMode};
use serde_json::json;
use warmline_time::Time;

/// What a command was about.
#[derive(Clone, Copy)]
enum Subject {
    Call(CallId),
    Reservation(ReservationId),
    Agent(usize),
}

impl Firm {
    /// Does it, or says why not. Not told before the journal has who did it.
    pub fn program(
        &mut self,
        now: Time,
        request: RequestId,
        by: &str,
        (command, people): (ProgramCommand, bool),
    ) {
        let word = command.word();
        match self.carry_out(now, by, command) {
            Ok(subject) => {
                let after = self.record_command(now, by, word, subject);
                let call = match subject {
                    Subject::Call(id) => self.calls.get(&id),
                    Subject::Agent(_) | Subject::Reservation(_) => None,
                };
                let view = call.map(|call| Box::new(self.call_view(call, people)));
                self.act(after, Action::Reply(request, view.map_or(Reply::Done, Reply::Call)));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn carry_out(&mut self, now: Time, by: &str, command: ProgramCommand) -> Result<Subject, Problem> {
        use ProgramCommand as Do;
        match command {
            Do::Dial { agent, number, caller_id } => {
                let agent = self.named(&agent)?;
                self.call_out(now, agent, &number, caller_id.as_deref())?;
                Ok(self.agents[agent].call().map_or(Subject::Agent(agent), Subject::Call))
            }
            Do::State { agent, state, reason } => {
                let agent = self.named(&agent)?;
                self.is_in(agent, false)?;
                self.agents[agent].moved_by = Some(by.to_owned());
                let done = match state {
                    Presence::Ready => self.force_ready(now, agent, by.to_owned()),
                    Presence::NotReady => self.force_not_ready(now, agent, by.to_owned(), reason),
                };
                if done.is_err() {
                    self.agents[agent].moved_by = None;
                }
                done.map(|()| Subject::Agent(agent))
            }
            Do::Take { agent, waiting } => {
                let agent = self.named(&agent)?;
                self.take(now, agent, &waiting)?;
                Ok(self.agents[agent].call().map_or(Subject::Agent(agent), Subject::Call))
            }
            Do::Unpark { agent, slot } => {
                let agent = self.named(&agent)?;
                self.unpark(now, agent, slot)?;
                Ok(self.agents[agent].call().map_or(Subject::Agent(agent), Subject::Call))
            }
            Do::Accept { reservation } => self.settle_offer(now, reservation, true),
            Do::Decline { reservation } => self.settle_offer(now, reservation, false),
            Do::Cancel { reservation } => {
                if self.reservations.get(reservation).is_none_or(|r| !r.live()) {
                    return Err(unknown_reservation());
                }
                self.withdraw(now, reservation);
                Ok(Subject::Reservation(reservation))
            }
            Do::Priority { call: Some(call), reservation: None, priority } => {
                self.live(call)?;
                self.rate_call(now, call, priority, by)?;
                Ok(Subject::Call(call))
            }
            Do::Priority { call: None, reservation: Some(id), priority } => {
                if self.reservations.get(id).is_none_or(|r| !r.live()) {
                    return Err(unknown_reservation());
                }
                self.rate_request(now, id, priority, by)?;
                Ok(Subject::Reservation(id))
            }
            Do::Priority { .. } => {
                let detail = "Either `call` or `reservation` says whose priority it is.";
                Err(problem(422, "invalid_command", detail))
            }
            Do::Hangup { call } => {
                self.live(call)?;
                self.switch(Command::Hangup { call, cause: Cause::Normal });
                Ok(Subject::Call(call))
            }
            other => self.in_call(now, other),
        }
    }

    /// What the agent does who has the call.
    fn in_call(&mut self, now: Time, command: ProgramCommand) -> Result<Subject, Problem> {
        use ProgramCommand as Do;
        let call = command.call().ok_or_else(unknown_call)?;
        let agent = self.live(call)?.agent().ok_or_else(|| {
            problem(409, "no_agent", "No agent has this call now: it waits, is parked or is over.")
        })?;
        match command {
            Do::Answer { .. } => self.answer_at(call),
            Do::Reject { .. } => self.reject_at(now, call),
            Do::Hold { .. } => self.hold(now, agent, true),
            Do::Unhold { .. } => self.hold(now, agent, false),
            Do::Mute { .. } => self.mute(agent, true),
            Do::Unmute { .. } => self.mute(agent, false),
            Do::Dtmf { digits, .. } => self.digits(agent, &digits),
            Do::Consult { target, .. } => self.consult(now, agent, target),
            Do::Swap { .. } => self.swap(now, agent),
            Do::Conference { .. } => self.conference(now, agent),
            Do::ConsultEnd { .. } => self.consult_end(now, agent),
            Do::CompleteTransfer { .. } => self.transfer(now, agent, None),
            Do::Transfer { target, .. } => self.transfer(now, agent, Some(target)),
            Do::NeverCall { .. } => self.note_never_again(now, agent, Some(call)).map(|_| ()),
            _ => self.park(now, agent),
        }?;
        Ok(Subject::Call(call))
    }

    /// A desktop takes what rings at its phone; of a group the first that can.
    fn answer_at(&mut self, call: CallId) -> Result<(), Problem> {
        let offered: Vec<usize> = self.live(call)?.offers().map(|offer| offer.agent).collect();
        let rings = |agent: &usize| matches!(self.agents[*agent].work, Work::Offered { ringing: true, .. });
        let ringing: Vec<usize> = offered.into_iter().filter(rings).collect();
        if ringing.is_empty() {
            return Err(problem(409, "not_ringing", "The call rings nowhere now."));
        }
        let Some(agent) = ringing.into_iter().find(|&agent| self.agents[agent].in_browser()) else {
            let detail = "The agent's phone is a telephone: only he can take the call there.";
            return Err(problem(409, "not_a_browser_phone", detail));
        };
        self.notify_agent(agent, Notice::Answer { call });
        Ok(())
    }

    /// Whoever it is offered to does not take it: the next is asked.
    fn reject_at(&mut self, now: Time, call: CallId) -> Result<(), Problem> {
        let offered: Vec<usize> = self.live(call)?.offers().map(|offer| offer.agent).collect();
        if offered.is_empty() {
            return Err(problem(409, "not_offered", "The call is offered to nobody now."));
        }
        // The first one last: with him the offer is over.
        offered.into_iter().rev().for_each(|agent| self.take_back(now, agent, OfferEnd::Rejected));
        Ok(())
    }

    /// What an agent is offered of a visitor: his chat or his call.
    fn settle_offer(&mut self, now: Time, id: ReservationId, accept: bool) -> Result<Subject, Problem> {
        let r = self.reservations.get(id).filter(|r| r.live()).ok_or_else(unknown_reservation)?;
        let not_offered = || problem(409, "not_offered", "It is offered to nobody now.");
        if r.mode == ShownMode::Chat {
            let agent = self.chats.get(id).and_then(|chat| chat.agent()).ok_or_else(not_offered)?;
            if accept {
                self.accept_chat(now, agent, id)?;
            } else {
                self.decline_chat(now, agent, id)?;
            }
            return Ok(Subject::Reservation(id));
        }
        let call = r.call.ok_or_else(not_offered)?;
        if accept { self.answer_at(call) } else { self.reject_at(now, call) }?;
        Ok(Subject::Call(call))
    }

    fn named(&self, agent: &str) -> Result<usize, Problem> {
        self.agent_named(agent).ok_or_else(|| problem(404, "unknown_agent", "There is no such agent."))
    }

    fn live(&self, id: CallId) -> Result<&Call, Problem> {
        let call = self.calls.get(&id).filter(|call| call.phase != Phase::Closing);
        call.ok_or_else(unknown_call)
    }

    fn record_command(&mut self, now: Time, by: &str, word: &'static str, about: Subject) -> u64 {
        let (subject, trace_id) = match about {
            Subject::Call(id) => (id.to_string(), self.calls.get(&id).map(|call| call.trace_id.clone())),
            Subject::Reservation(id) => {
                (id.to_string(), self.reservations.get(id).map(|r| r.trace_id.clone()))
            }
            Subject::Agent(agent) => (self.agents[agent].settings.name.clone(), None),
        };
        let done = Commanded { by: by.to_owned(), command: word.to_owned(), subject: subject.clone() };
        let after = self.persist(now, Fact::Commanded(Box::new(done)));
        let data = json!({ "by": by, "command": word });
        let trace_id = trace_id.unwrap_or_default();
        self.announce(now, after, Event { name: "program.commanded", subject, trace_id, data });
        after
    }

    /// Live calls, or one of them.
    pub fn answer_calls(&mut self, request: RequestId, only: Option<CallId>, people: bool) {
        if let Some(id) = only {
            let found = self.live(id).map(|call| vec![self.call_view(call, people)]);
            return self.reply(request, found.map_or_else(Reply::Problem, Reply::Calls));
        }
        let mut calls: Vec<&Call> = self.calls.values().filter(|call| call.phase != Phase::Closing).collect();
        calls.sort_unstable_by_key(|call| (call.started, call.id));
        let views = calls.into_iter().map(|call| self.call_view(call, people)).collect();
        self.reply(request, Reply::Calls(views));
    }

    /// A visitor's request of this firm.
    pub fn answer_reservation(&mut self, request: RequestId, id: ReservationId) {
        let found = self.reservations.get(id).map(|r| Box::new(self.reservation_view(r)));
        match found {
            Some(view) => self.reply(request, Reply::Reservation { created: false, view, token: None }),
            None => self.reply(request, Reply::Problem(unknown_reservation())),
        }
    }

    fn call_view(&self, call: &Call, people: bool) -> CallView {
        let name = |agent: usize| self.agents[agent].settings.name.clone();
        let (state, slot) = match call.phase {
            Phase::Arriving => ("arriving", None),
            Phase::Waiting => ("waiting", None),
            Phase::Offered { .. } => ("offered", None),
            Phase::Talking { .. } => ("talking", None),
            Phase::Parked { slot } => ("parked", Some(slot)),
            Phase::Outside { .. } => ("outside", None),
            Phase::Closing => ("ended", None),
        };
        let shown = call.reservation.or(call.remembered).and_then(|id| self.reservations.get(id));
        let said = shown.map(|r| &r.page.attributes).filter(|said| !said.is_empty());
        let customer = || CustomerView { number: call.caller.0.clone(), name: self.caller_name(call) };
        CallView {
            id: call.id,
            state,
            channel: call.channel_now(),
            queue: self.settings.queues[call.queue].name.clone(),
            agent: call.agent().map(name),
            guest: call.guest().map(name),
            held: call.on_hold(),
            slot,
            started: call.started.rfc3339(),
            bridged: call.bridged.map(Time::rfc3339),
            reservation: call.reservation,
            trace_id: call.trace_id.clone(),
            page: said.map(|said| SaidView { attributes: said.clone() }),
            customer: people.then(customer),
        }
    }
}

fn unknown_call() -> Problem {
    problem(404, "unknown_call", "There is no such call, or it is over.")
}

fn unknown_reservation() -> Problem {
    problem(404, "unknown_reservation", "This request is not known any more.")
}
