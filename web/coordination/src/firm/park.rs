//! Parked calls: the customer hears music in a numbered slot, every agent of the firm sees him there and can take him up, page and
//! record with him. Whoever stays too long rings the agent who parked him, and goes to the queue where that one cannot come.

use super::show::view;
use super::warm_line::Dialler;
use super::{Firm, PATIENCE, Timer, problem};
use crate::agent::Work;
use crate::call::{Call, Phase};
use crate::cti::{Cause, Command};
use crate::ids::{CallId, PartyId};
use crate::queue::Waiter;
use crate::request::Problem;
use crate::view::ParkedView;
use serde_json::json;
use std::collections::BTreeMap;
use warmline_time::Time;

/// A firm's slots.
#[derive(Debug, Default)]
pub(super) struct Parking {
    taken: BTreeMap<u16, Parked>,
    /// As it was told last.
    shown: Vec<ParkedView>,
}

#[derive(Clone, Copy, Debug)]
struct Parked {
    call: CallId,
    by: usize,
    since: Time,
}

impl Firm {
    /// The agent leaves the customer in a slot, and wraps up.
    pub fn park(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.talk_of(agent)?;
        self.nobody_asked(id)?;
        let (first, last) = self.settings.calls.slots;
        let free = (first..=last).find(|slot| !self.parking.taken.contains_key(slot));
        let Some(slot) = free else {
            return Err(problem(409, "park_full", "All places for parked calls are taken."));
        };
        let Some(before) = self.calls.get(&id).cloned() else { return Ok(()) };
        let Phase::Talking { party, .. } = before.phase else { return Ok(()) };
        self.parking.taken.insert(slot, Parked { call: id, by: agent, since: now });
        self.passed_on(id, agent, Phase::Parked { slot });
        self.switch(Command::Drop { call: id, party, cause: Cause::Normal });
        self.music(id);
        before.reservation.into_iter().for_each(|id| self.touch_visitor(id));
        self.timers.set(Timer::Park(id), now + self.settings.calls.park);
        self.wrap_up(now, agent, &before, before.control.since.unwrap_or(now));
        self.emit(now, agent, "call.parked", id.to_string(), before.trace_id, json!({ "slot": slot }));
        Ok(())
    }

    /// The agent, ready or not, idle or in wrap-up, takes up who is there; his phone rings, or answers by itself.
    pub fn unpark(&mut self, now: Time, agent: usize, slot: u16) -> Result<(), Problem> {
        let resting = self.willing(agent)?;
        let Some(parked) = self.parking.taken.get(&slot).copied() else {
            return Err(problem(409, "gone", "Nobody is parked there any more."));
        };
        self.answers_for(agent, &self.ruled_of(Waiter::Call(parked.call)), None)?;
        self.is_there(parked.call)?;
        if resting {
            self.wrapup_over(now, agent);
        }
        self.leaves_slot(slot, parked.call);
        let Some(call) = self.calls.get_mut(&parked.call) else { return Ok(()) };
        call.control.wished = true;
        let trace_id = call.trace_id.clone();
        let subject = parked.call.to_string();
        self.emit(now, agent, "call.unparked", subject, trace_id, json!({ "slot": slot }));
        self.offer(now, parked.call, agent);
        Ok(())
    }

    /// An agent's phone has dialled a slot: it is taken into the call there; or the warm line. False: it is no phone of this firm's
    /// agents.
    pub fn dialled(&mut self, now: Time, from: CallId, dialler: Dialler<'_>, number: &str) -> bool {
        let agents = self.agents_with(dialler);
        let Some(&agent) = agents.iter().find(|&&agent| self.agents[agent].logged_in) else { return false };
        if self.is_warm_line(dialler, number) {
            self.warm_line(now, from, agent, matches!(dialler, Dialler::Telephone(_)));
            self.finish(now);
            return true;
        }
        if matches!(dialler, Dialler::Telephone(_)) {
            // Another firm's line.
            return false;
        }
        let slot = number.parse().ok().filter(|slot| self.parking.taken.contains_key(slot));
        let parked = slot.and_then(|slot: u16| self.parking.taken.get(&slot));
        let his = parked.is_some_and(|parked| {
            self.answers_for(agent, &self.ruled_of(Waiter::Call(parked.call)), None).is_ok()
        });
        let cause = match (slot, self.willing(agent)) {
            (None, _) => Some(Cause::NotFound),
            (Some(_), Err(_)) => Some(Cause::Busy),
            (Some(_), Ok(_)) if !his => Some(Cause::Declined),
            (Some(_), Ok(_)) => None,
        };
        match (slot, cause) {
            (Some(slot), None) => self.take_by_phone(now, from, agent, slot),
            (_, cause) => {
                let cause = cause.unwrap_or(Cause::NotFound);
                self.switch(Command::Reject { call: from, cause });
            }
        }
        self.finish(now);
        true
    }

    /// Page and record are on his screen, his phone is on the line already.
    fn take_by_phone(&mut self, now: Time, from: CallId, agent: usize, slot: u16) {
        let Some(id) = self.parking.taken.get(&slot).map(|parked| parked.call) else { return };
        self.wrapup_over(now, agent);
        self.leaves_slot(slot, id);
        let party = PartyId::mint(now, self.random.bits());
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Offered { agent, party: Some(party) };
        let call = call.clone();
        let hand = self.hand_of(&call, now);
        let row = &mut self.agents[agent];
        row.work = Work::Offered { call: id, ringing: true };
        row.hand = Some(hand);
        row.notice = None;
        self.touch_agent(agent);
        if let Some(reservation) = call.reservation {
            self.bind_call(now, reservation, agent, false);
        }
        self.show_agent(now, agent);
        self.emit(now, agent, "call.unparked", id.to_string(), call.trace_id, json!({ "slot": slot }));
        self.timers.set(Timer::Guard(id), now + PATIENCE);
        self.switch(Command::Adopt { call: id, party, from, confirm: None });
    }

    /// A slot is free again.
    pub(super) fn leaves_slot(&mut self, slot: u16, id: CallId) {
        self.timers.cancel(Timer::Park(id));
        self.parking.taken.remove(&slot);
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.phase == Phase::Parked { slot }) {
            call.phase = Phase::Waiting;
        }
    }

    /// Nobody has taken him up: the agent who parked him is rung, where he is free, else the next one, or he waits at his place.
    pub(super) fn parked_long(&mut self, now: Time, id: CallId) {
        let Some(Phase::Parked { slot }) = self.phase(id) else { return };
        let by = self.parking.taken.get(&slot).map(|parked| parked.by);
        self.leaves_slot(slot, id);
        match by.filter(|&by| self.agents[by].free() && self.is_there(id).is_ok()) {
            Some(by) => self.offer(now, id, by),
            None => self.route(now, id),
        }
    }

    /// Who is parked, by slot.
    pub(super) fn parked_views(&self) -> Vec<ParkedView> {
        let view = |(&slot, parked): (&u16, &Parked)| {
            let call: &Call = self.calls.get(&parked.call)?;
            Some(ParkedView {
                slot,
                name: self.caller_name(call),
                channel: call.channel_now(),
                by: self.agents[parked.by].settings.display_name.clone(),
                since: parked.since.rfc3339(),
                until: (parked.since + self.settings.calls.park).rfc3339(),
            })
        };
        self.parking.taken.iter().filter_map(view).collect()
    }

    /// Tells every desktop who is parked, where that is news.
    pub(super) fn show_parked(&mut self) {
        if self.parking.taken.is_empty() && self.parking.shown.is_empty() {
            return;
        }
        let rows = self.parked_views();
        if rows == self.parking.shown {
            return;
        }
        for agent in 0..self.agents.len() {
            self.notify_agent(agent, view("parked", &rows));
        }
        self.parking.shown = rows;
    }
}
