//! Handing a customer on: to whom is asked, to a colleague, a queue or a number. Page, record and place travel along, and the
//! customer is never dropped for it: what fails brings him to the front of his queue.

use super::direct::handed_on;
use super::station::asked_for;
use super::{Firm, PATIENCE, Timer, problem};
use crate::call::{Phase, Who, With};
use crate::cti::{Cause, Command, Device};
use crate::ids::{CallId, PartyId};
use crate::request::{Problem, Target};
use crate::view::VisitorState;
use serde_json::json;
use warmline_time::Time;

impl Firm {
    /// To whom is asked, ringing or not; or unannounced to a target.
    pub fn transfer(&mut self, now: Time, agent: usize, target: Option<Target>) -> Result<(), Problem> {
        let id = self.talk_of(agent)?;
        let Some(target) = target else {
            self.somebody_asked(id)?;
            self.hand_over(now, id, true);
            return Ok(());
        };
        self.nobody_asked(id)?;
        let (to, goal) = match target {
            Target::Agent(name) => ("agent", Goal::Colleague(self.colleague(id, agent, &name)?)),
            Target::Queue(name) => {
                let queue = self.queue_named(&name);
                let unknown = || problem(422, "unknown_queue", "There is no such queue.");
                ("queue", Goal::Queue(queue.ok_or_else(unknown)?))
            }
            Target::Number(typed) => ("number", Goal::Number(self.outside(id, &typed)?)),
        };
        self.send_on(now, id, (agent, to), goal);
        Ok(())
    }

    /// The agent leaves, the customer hears music until somebody else has answered.
    fn send_on(&mut self, now: Time, id: CallId, (agent, to): (usize, &'static str), goal: Goal) {
        let Some(before) = self.calls.get(&id).cloned() else { return };
        let Phase::Talking { party, .. } = before.phase else { return };
        self.passed_on(id, agent, Phase::Waiting);
        self.switch(Command::Drop { call: id, party, cause: Cause::Normal });
        self.music(id);
        // He is at rest only when the customer has found his place: he is not to get him back at once.
        match goal {
            Goal::Colleague(colleague) => self.offer(now, id, colleague),
            Goal::Queue(queue) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.queue = queue;
                    // An agent knows better than a rule where he belongs.
                    call.ruled = handed_on(&call.ruled);
                }
                if let Some(r) = before.reservation.and_then(|id| self.reservations.get_mut(id)) {
                    r.queue = queue;
                    r.ruled = handed_on(&r.ruled);
                    r.preferred = None;
                }
                self.route(now, id);
            }
            Goal::Number(number) => {
                let shown = (self.agents[agent].settings.display_name.clone(), None);
                self.ring_outside(now, id, number, shown);
            }
        }
        self.wrap_up(now, agent, &before, before.control.since.unwrap_or(now));
        self.transferred(now, id, agent, to);
    }

    /// Who is asked has the call from now on. `drop`: the agent who asked is still there, and goes.
    pub(super) fn hand_over(&mut self, now: Time, id: CallId, drop: bool) {
        let Some(before) = self.calls.get(&id).cloned() else { return };
        let (Phase::Talking { agent, party }, Some(asked)) = (before.phase, &before.control.asked) else {
            return;
        };
        let Some(phase) = asked.takes_over() else { return };
        self.timers.cancel(Timer::Asked(id));
        self.passed_on(id, agent, phase);
        if drop {
            self.switch(Command::Drop { call: id, party, cause: Cause::Normal });
        }
        if !asked.up {
            self.music(id);
            self.await_answer(now, id, &asked.who);
            if asked.party.is_some() {
                self.show_state(now, before.reservation, VisitorState::Ringing);
            }
        }
        self.wrap_up(now, agent, &before, before.control.since.unwrap_or(now));
        if let Who::Colleague(colleague) = asked.who {
            if let Some(hand) = &mut self.agents[colleague].hand {
                hand.guest = false;
                hand.code.clone_from(&before.control.code);
            }
            if let Some(reservation) = before.reservation {
                self.bind_call(now, reservation, colleague, false);
            }
            self.touch_agent(colleague);
        }
        self.goes_on(now, id);
        self.transferred(
            now,
            id,
            agent,
            if matches!(asked.who, Who::Colleague(_)) { "agent" } else { "number" },
        );
    }

    /// The call has left its agent.
    pub(super) fn passed_on(&mut self, id: CallId, agent: usize, phase: Phase) {
        let from = self.agents[agent].settings.display_name.clone();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = phase;
        call.music = false;
        call.control.with = With::Customer;
        call.control.asked = None;
        call.control.away = false;
        call.control.from = Some(from);
        self.rejoin(id);
        self.touch_agent(agent);
    }

    /// The switch owes an answer for a phone that rings.
    fn await_answer(&mut self, now: Time, id: CallId, who: &Who) {
        let Some(call) = self.calls.get(&id) else { return };
        let ring = match who {
            Who::Colleague(agent) => {
                let confirm = self.confirm(*agent, Vec::new());
                self.settings.queues[call.queue].ring + asked_for(confirm.as_ref())
            }
            Who::Number(_) => self.settings.callme.ring,
        };
        self.timers.set(Timer::Guard(id), now + ring + PATIENCE);
    }

    /// Rings a number for the customer; it is shown a name and perhaps a number.
    pub(super) fn ring_outside(
        &mut self,
        now: Time,
        id: CallId,
        number: String,
        (caller_name, caller_number): (String, Option<String>),
    ) {
        let Some(call) = self.calls.get(&id) else { return };
        let trunk = self.settings.pools.get(call.pool).map_or_else(String::new, |pool| pool.trunk.clone());
        let reservation = call.reservation;
        let ring = self.settings.callme.ring;
        let party = PartyId::mint(now, self.random.bits());
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Outside { party, up: false };
        }
        self.timers.set(Timer::Guard(id), now + ring + PATIENCE);
        self.switch(Command::Ring {
            call: id,
            party,
            device: Device::Number { number, trunk },
            caller_name,
            caller_number,
            auto_answer: false,
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            confirm: None,
            group: false,
        });
        self.show_state(now, reservation, VisitorState::Ringing);
    }

    /// The number a customer was handed to has answered. False: it is not its party.
    pub(super) fn outside_answered(&mut self, now: Time, id: CallId, who: PartyId) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Phase::Outside { party, up: false } = call.phase else { return false };
        if party != who {
            return false;
        }
        call.phase = Phase::Outside { party, up: true };
        call.music = false;
        let (reservation, spoke) = (call.reservation, call.bridged.is_some());
        self.timers.cancel(Timer::Guard(id));
        if spoke {
            // The first whom the customer speaks with is joined by the switch itself.
            self.rejoin(id);
        }
        self.show_state(now, reservation, VisitorState::Talking);
        true
    }

    /// It did not: the customer goes on to the next agent, or to the front of his queue.
    pub(super) fn outside_failed(&mut self, now: Time, id: CallId) {
        self.timers.cancel(Timer::Guard(id));
        if self.leaves_shut(now, id) {
            return;
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Waiting;
        }
        self.route(now, id);
    }

    fn transferred(&mut self, now: Time, id: CallId, agent: usize, to: &'static str) {
        let Some(trace_id) = self.calls.get(&id).map(|call| call.trace_id.clone()) else { return };
        self.emit(now, agent, "call.transferred", id.to_string(), trace_id, json!({ "to": to }));
    }
}

/// Where a customer is sent.
enum Goal {
    /// A colleague, by his index.
    Colleague(usize),
    /// A queue, by its index.
    Queue(usize),
    /// E.164.
    Number(String),
}
