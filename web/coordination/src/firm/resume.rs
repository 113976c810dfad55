//! An agent's browser phone that is lost in a call: his page was loaded anew, his network changed. The switch brings it back; here it
//! is said how long that may take, and what becomes of the customer otherwise: the agent's other phone, whom he asked, or the front
//! of the queue, with page and record.

use super::station::asked_for;
use super::{Firm, PATIENCE, Timer};
use crate::agent::OfferEnd;
use crate::call::{Call, Phase};
use crate::cti::{Cause, Command, Device};
use crate::ids::{CallId, PartyId};
use crate::notice::AgentNotice;
use crate::request::Presence;
use crate::settings::Station;
use crate::view::PhoneState;
use serde_json::json;
use std::time::Duration;
use warmline_time::Time;

/// So long a lost phone may take to come back: a reload takes one or two seconds, a change of network a few more.
const RETURN: Duration = Duration::from_secs(8);

/// An agent's way back into the call he is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Return {
    /// His phone is awaited; this is what the INVITE carries that brings it back.
    Phone(String),
    /// His other phone rings, or is about to: its party.
    Backup(PartyId),
}

impl Return {
    /// As desktops see it.
    pub fn view(&self) -> PhoneState {
        match self {
            Return::Phone(_) => PhoneState::Resuming,
            Return::Backup(_) => PhoneState::Backup,
        }
    }

    /// What his desktop answers by itself.
    pub fn token(&self) -> Option<&String> {
        match self {
            Return::Phone(token) => Some(token),
            Return::Backup(_) => None,
        }
    }
}

impl Firm {
    /// An agent's phone is lost in a call.
    pub(super) fn phone_lost_in(&mut self, now: Time, id: CallId, party: PartyId, token: String) {
        let Some(agent) = self.agent_of_party(id, party) else { return };
        if self.hangs_up_by_leaving(id, agent) {
            return self.switch(Command::Hangup { call: id, cause: Cause::Normal });
        }
        let Some(hand) = &mut self.agents[agent].hand else { return };
        hand.back = Some(Return::Phone(token));
        // Who has logged out cannot come back.
        let wait = if self.agents[agent].leaving { Duration::ZERO } else { RETURN };
        self.timers.set(Timer::Return(agent), now + wait);
        self.touch_agent(agent);
        self.tell(now, agent, id, "call.phone_lost");
    }

    /// Whoever logs out in a call ends it, whether his page's BYE is heard first or that its sound is gone; not who was sent off in it.
    fn hangs_up_by_leaving(&self, id: CallId, agent: usize) -> bool {
        let row = &self.agents[agent];
        let himself = row.leaving && row.sent_off.is_none() && !row.retired;
        let asks = |call: &Call| call.control.asked.as_ref().is_some_and(|asked| asked.party.is_some());
        himself && !self.is_guest(agent) && self.calls.get(&id).is_some_and(|call| !asks(call))
    }

    /// And back.
    pub(super) fn phone_back(&mut self, now: Time, id: CallId, party: PartyId) {
        let Some(agent) = self.agent_of_party(id, party) else { return };
        self.returned(agent);
        self.tell(now, agent, id, "call.phone_back");
    }

    fn returned(&mut self, agent: usize) {
        self.timers.cancel(Timer::Return(agent));
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.back = None;
        }
        self.touch_agent(agent);
    }

    /// Nobody waits for him any more: his call is over, or he is out of it.
    pub(super) fn no_return(&mut self, agent: usize) {
        if self.agents[agent].hand.as_ref().is_some_and(|hand| hand.back.is_some()) {
            self.returned(agent);
        }
    }

    /// The agent of a call who has answered as this party.
    fn agent_of_party(&self, id: CallId, party: PartyId) -> Option<usize> {
        let call = self.calls.get(&id)?;
        let his = |agent: &usize| call.party_of(*agent) == Some(party);
        [call.agent(), call.guest()].into_iter().flatten().find(his)
    }

    /// He has not come back.
    pub(super) fn return_late(&mut self, now: Time, agent: usize) {
        let Some(id) = self.agents[agent].call() else { return };
        let back = self.agents[agent].hand.as_ref().and_then(|hand| hand.back.clone());
        match back {
            None => {}
            Some(_) if self.is_guest(agent) => {
                self.returned(agent);
                self.agents[agent].notice = Some(AgentNotice::PhoneLost);
                self.drop_asked(now, id, OfferEnd::Canceled);
            }
            Some(Return::Phone(_)) => self.without_phone(now, id, agent),
            Some(Return::Backup(party)) => {
                self.switch(Command::Drop { call: id, party, cause: Cause::NoAnswer });
                self.leave_behind(now, id, agent);
            }
        }
    }

    /// Who is asked takes over; otherwise the agent's other phone is rung, where he has one.
    fn without_phone(&mut self, now: Time, id: CallId, agent: usize) {
        let Some(call) = self.calls.get(&id).cloned() else { return };
        let Phase::Talking { party, .. } = call.phase else { return };
        if call.control.asked.as_ref().is_some_and(|asked| asked.party.is_some()) {
            self.returned(agent);
            self.agents[agent].notice = Some(AgentNotice::PhoneLostColleague);
            return self.hand_over(now, id, true);
        }
        let cause = Cause::Unreachable;
        self.switch(Command::Drop { call: id, party, cause });
        match self.backup_of(agent, &call) {
            Some(device) => self.ring_backup(now, &call, agent, device),
            None => self.leave_behind(now, id, agent),
        }
    }

    fn backup_of(&self, agent: usize, call: &Call) -> Option<Device> {
        let row = &self.agents[agent];
        match row.settings.backup.as_ref()? {
            Station::Account(user) => {
                let realm = row.backup_realm.clone()?;
                Some(Device::Account { user: user.clone(), realm })
            }
            Station::Number(number) => {
                let pool = self.settings.pools.get(call.pool).filter(|_| self.trunk_up(call.pool))?;
                Some(Device::Number { number: number.clone(), trunk: pool.trunk.clone() })
            }
            Station::Extension { trunk, extension } => {
                Some(Device::Number { number: extension.clone(), trunk: trunk.clone() })
            }
            Station::Browser => None,
        }
    }

    /// He goes on speaking there: for him and his desktop it is the same call.
    fn ring_backup(&mut self, now: Time, call: &Call, agent: usize, device: Device) {
        let (id, party) = (call.id, PartyId::mint(now, self.random.bits()));
        let backup = self.agents[agent].settings.backup.as_ref();
        let confirm = backup.and_then(|phone| self.confirm_at(agent, phone, self.why_rung(call)));
        let ring = self.settings.queues[call.queue].ring;
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Talking { agent, party };
            call.control.away = true;
        }
        if let Some(hand) = &mut self.agents[agent].hand {
            hand.back = Some(Return::Backup(party));
            hand.muted = false;
        }
        self.timers.set(Timer::Return(agent), now + ring + asked_for(confirm.as_ref()) + PATIENCE);
        self.switch(Command::Ring {
            call: id,
            party,
            device,
            caller_name: self.caller_name(call),
            caller_number: call.caller.0.clone(),
            auto_answer: false,
            confirm,
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            group: false,
        });
        self.rejoin(id);
        self.tell(now, agent, id, "call.backup_ringing");
    }

    /// His other phone has answered. False: it is not that.
    pub(super) fn backup_answered(&mut self, now: Time, id: CallId, party: PartyId) -> bool {
        let Some(agent) = self.backup_agent(id, party) else { return false };
        if let Some(call) = self.calls.get_mut(&id) {
            call.control.away = false;
        }
        self.returned(agent);
        self.rejoin(id);
        self.tell(now, agent, id, "call.phone_back");
        true
    }

    /// A party could not be rung: perhaps it was that.
    pub(super) fn backup_failed(&mut self, now: Time, id: CallId, party: PartyId) {
        if let Some(agent) = self.backup_agent(id, party) {
            self.leave_behind(now, id, agent);
        }
    }

    fn backup_agent(&self, id: CallId, party: PartyId) -> Option<usize> {
        let agent = self.calls.get(&id).and_then(Call::agent)?;
        let back = self.agents[agent].hand.as_ref().and_then(|hand| hand.back.as_ref());
        (back == Some(&Return::Backup(party))).then_some(agent)
    }

    /// The customer goes on without him, from the front of the queue; he is free when he is back.
    fn leave_behind(&mut self, now: Time, id: CallId, agent: usize) {
        let Some(before) = self.calls.get(&id).cloned() else { return };
        self.returned(agent);
        self.passed_on(id, agent, Phase::Waiting);
        self.emit(now, agent, "call.agent_lost", id.to_string(), before.trace_id.clone(), json!({}));
        let bound = before.reservation.and_then(|id| self.reservations.get_mut(id));
        if let Some(r) = bound.filter(|r| r.agent == Some(agent)) {
            r.agent = None;
            let id = r.id;
            self.touch_visitor(id);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.control.first = true;
        }
        self.make_idle(agent);
        let row = &mut self.agents[agent];
        row.notice = Some(AgentNotice::PhoneLostQueue);
        row.idle_since = now;
        if row.reachable() {
            // It registers, but its media does not come through: the next call would be lost like this one.
            row.presence = Presence::NotReady;
            row.reason = None;
        }
        self.route(now, id);
    }
}
