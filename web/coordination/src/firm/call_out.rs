//! An agent calls a customer (click-to-call): contact on screen, his own phone first, then the customer's, who is joined when he
//! answers. Whatever fails is told in words, and the agent is free again.

use super::outbound::TRANSACTION;
use super::{Firm, PATIENCE, Timer, problem};
use crate::agent::{OfferEnd, Work};
use crate::call::{Call, Origin, Out, Phase};
use crate::cti::{Cause, Command};
use crate::ids::{AttemptId, CallId, PartyId};
use crate::notice::AgentNotice;
use crate::number::display;
use crate::request::Problem;
use crate::settings::{FirmSettings, PoolSettings};
use crate::view::CallerIdView;
use serde_json::json;
use warmline_time::Time;

impl FirmSettings {
    /// What agents may show when they call, the first unless they say otherwise.
    pub(crate) fn caller_ids(&self) -> Vec<CallerIdView> {
        let firsts = || self.pools.iter().filter_map(PoolSettings::caller_id).cloned().collect();
        let set = &self.calls.caller_ids;
        let numbers: Vec<String> = if set.is_empty() { firsts() } else { set.clone() };
        let view = |number: String| CallerIdView { display: display(&number), number };
        numbers.into_iter().map(view).collect()
    }
}

impl Firm {
    /// Ready or not, idle or in wrap-up, which ends: his phone is rung, and once he has answered, the customer is dialled.
    pub fn call_out(
        &mut self,
        now: Time,
        agent: usize,
        typed: &str,
        caller_id: Option<&str>,
    ) -> Result<(), Problem> {
        if !self.agents[agent].settings.calling.outbound {
            let detail = "You may not call customers: ask whoever looks after this switch.";
            return Err(problem(403, "outbound_not_allowed", detail));
        }
        let resting = self.willing(agent)?;
        let caller_id = self.own_caller_id(caller_id)?;
        let pool = self.pool_of(&caller_id);
        let number = self.outside_by(typed, pool)?;
        if resting {
            self.wrapup_over(now, agent);
        }
        let ids = (CallId::mint(now, self.random.bits()), PartyId::mint(now, self.random.bits()));
        let queue =
            self.agents[agent].serves.iter().position(|serves| *serves).unwrap_or_else(|| self.first_queue());
        let contact = self.contacts.by_number(&number);
        let caller = (Some(number), String::new());
        let call = Call::plain(ids, (queue, pool, now), caller, now, self.random.hex());
        let out = Some(Out { caller_id, rings: false, coded: false });
        let phase = Phase::Offered { agent, party: None };
        let call = Call { origin: Origin::Outbound, phase, contact, out, ..call };
        self.take_own(now, agent, call);
        Ok(())
    }

    /// The call is in his hand, and his phone rings.
    pub(super) fn take_own(&mut self, now: Time, agent: usize, call: Call) {
        let (id, party, trace_id) = (call.id, call.customer, call.trace_id.clone());
        let mut hand = self.hand_of(&call, now);
        hand.auto_answer = self.agents[agent].answers_itself(true);
        self.add_call(call);
        let row = &mut self.agents[agent];
        row.work = Work::Offered { call: id, ringing: false };
        row.hand = Some(hand);
        row.notice = None;
        self.touch_agent(agent);
        self.emit(now, agent, "call.offered", id.to_string(), trace_id, json!({ "outbound": true }));
        self.switch(Command::Prepare { call: id, party });
        self.ring(now, id, agent);
    }

    /// One of the numbers that may be shown; the first where none is asked for.
    fn own_caller_id(&self, wanted: Option<&str>) -> Result<String, Problem> {
        let mut all = self.settings.caller_ids().into_iter().map(|view| view.number);
        let found = match wanted {
            None => all.next(),
            Some(wanted) => all.find(|number| number == wanted),
        };
        found.ok_or_else(|| match wanted {
            Some(_) => problem(422, "caller_id_not_allowed", "This is none of your firm's numbers to show."),
            None => problem(409, "trunk_down", "There is no line to the telephone network now."),
        })
    }

    /// The pool whose trunk carries calls that show this number.
    fn pool_of(&self, number: &str) -> usize {
        let has = |pool: &crate::settings::PoolSettings| {
            pool.numbers.iter().chain(&pool.shared).any(|own| own == number)
        };
        self.settings.pools.iter().position(has).unwrap_or_else(|| self.first_pool())
    }

    /// The agent has answered his own phone.
    pub(super) fn dial_out(&mut self, now: Time, id: CallId) {
        if self.dial_for_agent(now, id) {
            return;
        }
        self.calls_for_job(now, id);
        let Some(call) = self.calls.get(&id) else { return };
        let (Phase::Talking { agent, .. }, Some(out)) = (call.phase, &call.out) else { return };
        let ring = self.settings.callme.ring;
        let command = Command::Dial {
            call: id,
            party: call.customer,
            number: call.caller.0.clone().unwrap_or_default(),
            trunk: self.settings.pools.get(call.pool).map_or_else(String::new, |pool| pool.trunk.clone()),
            caller_id: out.caller_id.clone(),
            token: AttemptId::mint(now, self.random.bits()).to_string(),
            beside: None,
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            detect: true,
        };
        self.timers.set(Timer::Guard(id), now + ring + TRANSACTION + PATIENCE);
        self.switch(command);
        self.tell(now, agent, id, "call.dialing");
    }

    /// The customer's phone rings. False: it is not his.
    pub(super) fn customer_rings(&mut self, id: CallId, who: PartyId) -> bool {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.customer == who) else { return false };
        let (Phase::Talking { agent, .. }, Some(out)) = (call.phase, &mut call.out) else { return false };
        out.rings = true;
        self.touch_agent(agent);
        true
    }

    /// The customer has answered: the switch joins the two. False: it is not he.
    pub(super) fn customer_answered(&mut self, id: CallId, who: PartyId) -> bool {
        let calls = |call: &&mut Call| call.customer == who && call.is_calling_out();
        let Some(call) = self.calls.get_mut(&id).filter(calls) else { return false };
        call.customer_up = true;
        self.timers.cancel(Timer::Guard(id));
        self.job_answered(self.clock, id);
        true
    }

    /// The agent did not come to his own phone.
    pub(super) fn own_phone_failed(&mut self, now: Time, id: CallId, end: OfferEnd) {
        let agent = self.calls.get(&id).and_then(Call::agent);
        let coded = self.calls.get(&id).and_then(|call| call.out.as_ref()).is_some_and(|out| out.coded);
        if let Some(agent) = agent.filter(|_| coded && end != OfferEnd::Canceled) {
            self.agents[agent].wrong_codes = self.agents[agent].wrong_codes.saturating_add(1);
        }
        if self.agent_absent(now, id, end) {
            return;
        }
        self.switch(Command::Hangup { call: id, cause: end.cause() });
        self.settle(now, id, end.cause());
        // Who hangs up his own call has changed his mind.
        let notice = end.notice().filter(|_| end != OfferEnd::Rejected);
        self.note_to(agent, notice);
    }

    /// It comes to nothing: the customer cannot be had, or the agent has hung up.
    pub(super) fn call_out_over(&mut self, now: Time, id: CallId, cause: Cause) {
        let agent = self.calls.get(&id).and_then(Call::agent);
        self.switch(Command::Hangup { call: id, cause });
        self.settle(now, id, cause);
        let notice = match cause {
            Cause::Busy => Some(AgentNotice::LineBusy),
            Cause::NoAnswer => Some(AgentNotice::LineNoAnswer),
            Cause::Declined => Some(AgentNotice::LineDeclined),
            Cause::NotFound => Some(AgentNotice::LineUnknown),
            Cause::Full => Some(AgentNotice::LinesInUse),
            Cause::Normal | Cause::Canceled | Cause::Elsewhere => None,
            Cause::Unreachable | Cause::Media | Cause::Overload | Cause::Internal | Cause::NodeRestart => {
                Some(AgentNotice::LineUnreachable)
            }
        };
        self.note_to(agent, notice);
    }

    fn note_to(&mut self, agent: Option<usize>, notice: Option<AgentNotice>) {
        if let (Some(agent), Some(notice)) = (agent, notice) {
            self.agents[agent].notice = Some(notice);
            self.touch_agent(agent);
        }
    }

    /// How far the agent's own call has come, until the customer answers.
    pub(super) fn dialing(&self, agent: usize) -> Option<&'static str> {
        let call = self.agents[agent].call().and_then(|id| self.calls.get(&id));
        let call = call.filter(|call| call.is_calling_out())?;
        Some(match (call.phase, &call.out) {
            (Phase::Talking { .. }, Some(out)) if out.rings => "ringing",
            (Phase::Talking { .. }, _) => "dialing",
            _ => "phone",
        })
    }
}
