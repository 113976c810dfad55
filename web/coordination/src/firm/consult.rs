//! Asking somebody in a call: a colleague, who has page and record first and is offered the call like any, or a number.
//! Whatever becomes of him, the agent who asks and the customer are together again.

use super::station::asked_for;
use super::{Firm, PATIENCE, Timer, problem};
use crate::agent::{Hand, OfferEnd, Work};
use crate::call::{Asked, Call, Phase, Who, With};
use crate::cti::{Command, Device, Prompt};
use crate::ids::{CallId, PartyId};
use crate::notice::AgentNotice;
use crate::number::{Refusal, check, display};
use crate::queue::Waiter;
use crate::request::{Problem, Target};
use crate::view::{AgentState, ConsultState, ConsultView};
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// The customer waits with music while somebody is asked.
    pub fn consult(&mut self, now: Time, agent: usize, target: Target) -> Result<(), Problem> {
        let id = self.talk_of(agent)?;
        self.nobody_asked(id)?;
        match target {
            Target::Queue(_) => {
                let detail = "A queue cannot be asked: hand the customer over to it.";
                Err(problem(422, "target_not_allowed", detail))
            }
            Target::Agent(name) => {
                let colleague = self.colleague(id, agent, &name)?;
                self.ask(now, id, agent, Who::Colleague(colleague));
                self.offer_asked(now, id, agent, colleague);
                Ok(())
            }
            Target::Number(typed) => {
                let number = self.outside(id, &typed)?;
                self.ask(now, id, agent, Who::Number(number));
                self.ring_asked(now, id);
                Ok(())
            }
        }
    }

    /// Refuses where somebody is asked already.
    pub(super) fn nobody_asked(&self, id: CallId) -> Result<(), Problem> {
        let asked = self.calls.get(&id).and_then(|call| call.control.asked.as_ref());
        asked.map_or(Ok(()), |asked| {
            let detail = format!("You are asking {} already.", self.name_of(&asked.who));
            Err(problem(409, "consulting", &detail))
        })
    }

    /// Refuses where nobody is asked.
    pub(super) fn somebody_asked(&self, id: CallId) -> Result<(), Problem> {
        let asked = self.calls.get(&id).is_some_and(|call| call.control.asked.is_some());
        asked.then_some(()).ok_or_else(|| problem(409, "no_consult", "You are asking nobody."))
    }

    /// A colleague who can take this call now, by his log-in name.
    pub(super) fn colleague(&self, id: CallId, agent: usize, name: &str) -> Result<usize, Problem> {
        let Some(index) = self.agent_named(name) else {
            return Err(problem(404, "unknown_agent", "There is no such colleague."));
        };
        if index == agent {
            return Err(problem(422, "yourself", "That is you."));
        }
        self.answers_for(index, &self.ruled_of(Waiter::Call(id)), Some(agent))?;
        let row = &self.agents[index];
        if row.available() {
            return Ok(index);
        }
        let why = match row.state_now() {
            _ if !row.logged_in => "is not logged in",
            AgentState::NotReady | AgentState::Ready => "is not ready",
            AgentState::Unreachable => "cannot be reached",
            AgentState::Wrapup => "still has to finish a call",
            AgentState::Claimed | AgentState::Ringing | AgentState::Talking => "is busy",
        };
        Err(problem(409, "colleague_busy", &format!("{} {why}.", row.settings.display_name)))
    }

    /// A typed number in E.164, where it may be called and the trunk to it is up.
    pub(super) fn outside(&self, id: CallId, typed: &str) -> Result<String, Problem> {
        self.outside_by(typed, self.calls.get(&id).map_or(0, |call| call.pool))
    }

    /// The same over the trunk of a pool.
    pub(super) fn outside_by(&self, typed: &str, pool: usize) -> Result<String, Problem> {
        let countries = &self.settings.callme.countries;
        let number =
            check(typed, (countries, &self.settings.callme.policy.numbers), |number| self.is_own(number))
                .map_err(|refusal| match refusal {
                    Refusal::Invalid => problem(422, "number_invalid", "This is not a telephone number."),
                    Refusal::NotAllowed => {
                        problem(422, "number_not_allowed", "This number must not be called.")
                    }
                })?;
        if self.is_never_called(&number) {
            return Err(problem(
                422,
                "do_not_call",
                "This number must not be called: it is on a list of those whom nobody calls.",
            ));
        }
        if pool >= self.settings.pools.len() || !self.trunk_up(pool) {
            return Err(problem(409, "trunk_down", "There is no line to the telephone network now."));
        }
        Ok(number)
    }

    fn ask(&mut self, now: Time, id: CallId, agent: usize, who: Who) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.control.asked = Some(Asked { who, party: None, up: false, met: false });
        call.control.with = With::Asked;
        self.agents[agent].notice = None;
        self.rejoin(id);
        self.tell(now, agent, id, "consult.started");
    }

    /// Page and record on the colleague's screen, then the probe.
    fn offer_asked(&mut self, now: Time, id: CallId, agent: usize, colleague: usize) {
        let Some(call) = self.calls.get(&id).cloned() else { return };
        let from = Some(self.agents[agent].settings.display_name.clone());
        let hand = Hand { guest: true, from, code: None, ..self.hand_of(&call, now) };
        let after = call.reservation.and_then(|id| self.reservations.get(id)).map_or(0, |r| r.after);
        let row = &mut self.agents[colleague];
        row.work = Work::Offered { call: id, ringing: false };
        row.hand = Some(hand);
        row.notice = None;
        row.after = row.after.max(after);
        self.touch_agent(colleague);
        let data = json!({ "guest": true });
        self.emit(now, colleague, "call.offered", id.to_string(), call.trace_id, data);
        self.probe(now, colleague);
    }

    /// Rings whom is asked.
    pub(super) fn ring_asked(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).cloned() else { return };
        let (Phase::Talking { agent, .. }, Some(asked)) = (call.phase, &call.control.asked) else { return };
        if asked.party.is_some() {
            return;
        }
        let trunk = self.settings.pools.get(call.pool).map_or("", |pool| pool.trunk.as_str());
        let (device, ring) = match &asked.who {
            Who::Colleague(colleague) => {
                let device = self.agents[*colleague].device(&self.settings.name, trunk);
                (device, self.settings.queues[call.queue].ring)
            }
            Who::Number(number) => {
                let device = Device::Number { number: number.clone(), trunk: trunk.to_owned() };
                (Some(device), self.settings.callme.ring)
            }
        };
        let Some(device) = device else { return self.asked_over(now, id, OfferEnd::Failed) };
        // Who is outside sees who asks, not whom it is about.
        let (caller_name, caller_number) = match &asked.who {
            Who::Colleague(_) => (self.caller_name(&call), call.caller.0.clone()),
            Who::Number(_) => (self.agents[agent].settings.display_name.clone(), None),
        };
        let party = PartyId::mint(now, self.random.bits());
        if let Some(asked) = self.calls.get_mut(&id).and_then(|call| call.control.asked.as_mut()) {
            asked.party = Some(party);
        }
        if let Who::Colleague(colleague) = asked.who {
            self.agents[colleague].work = Work::Offered { call: id, ringing: true };
            self.touch_agent(colleague);
            self.show_agent(now, colleague);
        }
        let (auto_answer, confirm) = match asked.who {
            Who::Colleague(colleague) => {
                let confirm = self.confirm(colleague, vec![Prompt::ColleagueAsks]);
                (self.agents[colleague].answers_itself(false), confirm)
            }
            Who::Number(_) => (false, None),
        };
        self.timers.set(Timer::Asked(id), now + ring + asked_for(confirm.as_ref()) + PATIENCE);
        let ring_secs = ring.as_secs().clamp(1, 600) as u32;
        self.switch(Command::Ring {
            call: id,
            party,
            device,
            caller_name,
            caller_number,
            auto_answer,
            ring_secs,
            confirm,
            group: false,
        });
        self.rejoin(id);
    }

    /// Whether this is the party of the one who is asked.
    pub(super) fn is_asked(&self, id: CallId, party: PartyId) -> bool {
        let asked = self.calls.get(&id).and_then(|call| call.control.asked.as_ref());
        asked.is_some_and(|asked| asked.party == Some(party))
    }

    /// His phone rings. False: it is not his.
    pub(super) fn asked_rings(&mut self, now: Time, id: CallId, party: PartyId) -> bool {
        let his = self.is_asked(id, party);
        if let Some(guest) = self.calls.get(&id).and_then(Call::guest).filter(|_| his) {
            self.tell(now, guest, id, "call.ringing");
        }
        his
    }

    /// He has answered. False: it is not he.
    pub(super) fn asked_answered(&mut self, now: Time, id: CallId, party: PartyId) -> bool {
        if !self.is_asked(id, party) {
            return false;
        }
        let Some(call) = self.calls.get_mut(&id) else { return true };
        if let Some(asked) = &mut call.control.asked {
            asked.up = true;
        }
        let (agent, guest) = (call.agent(), call.guest());
        self.timers.cancel(Timer::Asked(id));
        if let Some(guest) = guest {
            self.agents[guest].work = Work::Talking(id);
            self.tell(now, guest, id, "call.answered");
        }
        self.rejoin(id);
        if let Some(agent) = agent {
            self.tell(now, agent, id, "consult.answered");
        }
        true
    }

    /// He never answered, by whosever doing: the agent speaks with the customer again, and is told why.
    pub(super) fn asked_over(&mut self, now: Time, id: CallId, end: OfferEnd) {
        let Some(asked) = self.part_asked(now, id, end) else { return };
        let name = self.name_of(&asked.who);
        let notice = match end {
            OfferEnd::Rejected => AgentNotice::AskedDeclined { name },
            OfferEnd::Timeout => AgentNotice::AskedNoAnswer { name },
            _ => AgentNotice::AskedUnreachable { name },
        };
        let agent = self.calls.get(&id).and_then(Call::agent);
        if let Some(agent) = agent.filter(|_| end != OfferEnd::Canceled && !asked.up) {
            self.agents[agent].notice = Some(notice);
        }
        self.alone_again(now, id);
    }

    /// He has hung up.
    pub(super) fn asked_left(&mut self, now: Time, id: CallId) {
        if self.part_asked(now, id, OfferEnd::Canceled).is_some() {
            self.alone_again(now, id);
        }
    }

    /// He is let go, or leaves, before or after he has answered.
    pub(super) fn drop_asked(&mut self, now: Time, id: CallId, end: OfferEnd) {
        let asked = self.calls.get(&id).and_then(|call| call.control.asked.as_ref());
        let party = asked.and_then(|asked| asked.party);
        let up = asked.is_some_and(|asked| asked.up);
        if let Some(party) = party {
            let cause = if up { crate::cti::Cause::Normal } else { end.cause() };
            self.switch(Command::Drop { call: id, party, cause });
        }
        self.asked_over(now, id, end);
    }

    /// The switch owes his answer for too long.
    pub(super) fn asked_late(&mut self, now: Time, id: CallId) {
        self.drop_asked(now, id, OfferEnd::Timeout);
    }

    fn alone_again(&mut self, now: Time, id: CallId) {
        if !self.turn_to(id, With::Customer) {
            self.rejoin(id);
        }
        if let Some(agent) = self.calls.get(&id).and_then(Call::agent) {
            self.tell(now, agent, id, "consult.ended");
        }
    }

    /// Parts a call and the one who is asked in it: free again, or at rest where he has spoken with the customer. Declining
    /// to be asked pauses nobody: it is no customer's call. Leaves whom the agent speaks with as it was.
    pub(super) fn part_asked(&mut self, now: Time, id: CallId, end: OfferEnd) -> Option<Asked> {
        let call = self.calls.get_mut(&id)?;
        let asked = call.control.asked.take()?;
        let call = call.clone();
        self.timers.cancel(Timer::Asked(id));
        if let Who::Colleague(guest) = asked.who {
            if !asked.up {
                let about = ("call.offer_ended", id.to_string(), call.trace_id.clone());
                self.offer_ended(now, guest, about, end);
            }
            self.tell(now, guest, id, "call.ended");
            if asked.met {
                self.rest(now, guest, &call);
            } else {
                self.make_idle(guest);
            }
            if !asked.up && end != OfferEnd::Rejected {
                self.pause(guest, call.queue, end);
            }
        }
        Some(asked)
    }

    /// Whom an agent asks, as his desktop shows it.
    pub(super) fn consult_view(&self, agent: usize) -> Option<ConsultView> {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id))?;
        let asked = call.control.asked.as_ref().filter(|_| call.agent() == Some(agent))?;
        let state = match call.control.with {
            _ if !asked.up => ConsultState::Ringing,
            With::Asked => ConsultState::Talking,
            With::Customer | With::Nobody => ConsultState::Held,
            With::Everybody => ConsultState::Conference,
        };
        Some(ConsultView { name: self.name_of(&asked.who), state })
    }

    fn name_of(&self, who: &Who) -> String {
        match who {
            Who::Colleague(agent) => self.agents[*agent].settings.display_name.clone(),
            Who::Number(number) => display(number),
        }
    }
}
