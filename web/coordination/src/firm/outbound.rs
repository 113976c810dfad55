//! Call me: a job from the list to the dialled number (G op. 424–432). The intent is durable before the switch hears of it.

use super::campaign_jobs::UNWANTED;
use super::direct::ruled_priority;
use super::gate::Gate;
use super::offer::set_state;
use super::{Firm, PATIENCE, Timer};
use crate::call::{Call, Origin};
use crate::callback::JobState;
use crate::caller_id::BOUND;
use crate::cti::Command;
use crate::dialing::{ANSWERED, Attempt, DialMode};
use crate::fact::Fact;
use crate::ids::{AttemptId, CallId, PartyId, ReservationId};
use crate::queue::{NUISANCE, Place, Waiter};
use crate::view::VisitorState;
use std::time::Duration;
use warmline_time::Time;

/// How long a transaction may outlive its ring limit (RFC 3261 timer B).
pub(super) const TRANSACTION: Duration = Duration::from_secs(32);

impl Firm {
    /// Takes a job up with the next agent, or gives it its place in the list; not before it is due.
    pub(super) fn list_job(&mut self, now: Time, id: ReservationId) {
        let job = self.reservations.get(id).and_then(|r| r.job.as_ref());
        if let Some(due) = job.and_then(|job| job.due).filter(|&due| due > now) {
            return self.schedule(now, id, due);
        }
        if self.is_meeting(id) {
            return self.hold_job(now, id);
        }
        if self.reservations.get(id).is_some_and(|r| r.campaign.is_some()) {
            return self.line_up(id);
        }
        if !self.may_dial(now, id) {
            return;
        }
        let Some(r) = self.reservations.get_mut(id) else { return };
        let since = r.waits_since();
        let Some(job) = &mut r.job else { return };
        job.state = JobState::Listed;
        job.due = None;
        let (queue, contact, preferred, pool) = (r.queue, r.contact, r.preferred, r.pool);
        let ruled = r.ruled.clone();
        let priority = ruled_priority(self.contacts.priority(Some(contact)), &ruled);
        let wanted = priority != NUISANCE && self.callme_up(pool);
        let agent = self.pick_for(Waiter::Job(id), queue, preferred, Some(contact), &ruled);
        let agent = agent.filter(|_| wanted);
        if let Some(agent) = agent {
            self.claim(now, agent, id, None);
            self.persist_claim(now, id);
            return self.prepare_job(now, id);
        }
        let place = Place { waiter: Waiter::Job(id), queue, since, priority, passed: 0 };
        if !self.waiting.join(place) {
            self.violations += 1;
        }
        self.board_due = true;
        self.placed(now, Some(id), place.waiter);
    }

    /// An agent is claimed: is his desktop alive? Nobody is dialled for an agent who is not there.
    pub(super) fn prepare_job(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let (Some(job), Some(agent)) = (&mut r.job, r.agent) else { return };
        job.state = JobState::Probing;
        r.told.leaves();
        self.probe(now, agent);
    }

    /// The claimed agent is there: dials, once the intent is in the journal.
    pub(super) fn dial_job(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        if !r.job.as_ref().is_some_and(|job| job.state == JobState::Probing) {
            return;
        }
        let pool = r.pool;
        if !self.callme_up(pool) {
            self.unclaim(id);
            return self.list_job(now, id);
        }
        if !self.may_dial(now, id) {
            return;
        }
        match self.dial_mode(id) {
            DialMode::CustomerFirst => self.dial_for(now, id, None),
            DialMode::AgentFirst => self.ring_agent_first(now, id),
            DialMode::Preview => self.preview(now, id),
        }
    }

    /// Whether policy lets a job be dialled now. Where it does not, the job waits for its hour, or is over.
    pub(super) fn may_dial(&mut self, now: Time, id: ReservationId) -> bool {
        let Some(job) = self.reservations.get(id).and_then(|r| r.job.as_ref()) else { return false };
        let number = job.number.clone();
        if self.reservations.get(id).is_some_and(|r| self.campaign_spares(r)) {
            self.end(now, id, UNWANTED);
            return false;
        }
        match self.dial_gate(now, &number) {
            Gate::Open => match self.limited_until(now, id) {
                None => {
                    self.keep_checked(now, id);
                    return true;
                }
                Some(at) => self.schedule(now, id, at),
            },
            Gate::Later(at) if at > now => self.schedule(now, id, at),
            Gate::Later(_) | Gate::Never(_) => self.end(now, id, "not_allowed"),
        }
        false
    }

    /// Dials a job's number; `beside`: the call in which whoever answers replaces the customer.
    pub(super) fn dial_for(&mut self, now: Time, id: ReservationId, beside: Option<CallId>) {
        let call = CallId::mint(now, self.random.bits());
        let party = PartyId::mint(now, self.random.bits());
        let Some(r) = self.reservations.get(id) else { return };
        let Some(number) = r.job.as_ref().map(|job| job.number.clone()) else { return };
        let pool = r.pool;
        let row =
            Call::of_reservation(r, call, party, Origin::Callme, (Some(number.clone()), String::new()), now);
        let Some((intent, attempt, caller_id)) = self.intend(now, id, call, None) else { return };
        self.timers.cancel(Timer::Due(id));
        self.add_call(Call { after: intent, ..row });
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = Some(call);
            set_state(r, VisitorState::Dialing, now);
            if let Some(agent) = r.agent {
                self.link_call(id, agent);
            }
        }
        self.touch_visitor(id);
        let ring = self.ring_of(id);
        self.timers.set(Timer::Guard(call), now + ring + TRANSACTION + PATIENCE);
        let command = Command::Dial {
            call,
            party,
            trunk: self.settings.pools[pool].trunk.clone(),
            caller_id,
            number,
            token: attempt.to_string(),
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            beside,
            detect: beside.is_none(),
        };
        self.switch(command);
    }

    /// The callee has answered: the claimed agent is rung, or the next, or music plays.
    pub(super) fn callee_answered(&mut self, now: Time, id: CallId) {
        let Some(reservation) = self.calls.get(&id).and_then(|call| call.reservation) else { return };
        self.timers.cancel(Timer::Guard(id));
        self.callee_costs(now, id, reservation);
        if self.asks_digits(now, id, reservation) {
            return;
        }
        self.callee_there(now, id, reservation);
    }

    /// It is whom we called: he speaks with his agent.
    pub(super) fn callee_there(&mut self, now: Time, id: CallId, reservation: ReservationId) {
        self.resolve_dial(now, reservation, ANSWERED);
        if self.comes_over(now, id) {
            return;
        }
        let brief = self.waits_for_nobody(id);
        if brief {
            self.begins_to_wait(now, id);
        }
        match self.reservations.get(reservation).and_then(|r| r.agent) {
            Some(agent) => self.offer(now, id, agent),
            None if brief => {}
            None => self.route(now, id),
        }
    }

    /// What a customer who is called over a pool's trunk is shown: a number of the pool, the same for a day, or else one of the firm.
    pub(super) fn shown_number(&self, now: Time, pool: usize, called: &str) -> String {
        let kept = |number: &str| {
            let place = self.number_of.get(number).filter(|place| place.0 == pool);
            place.is_some_and(|&(pool, index)| !self.pools[pool].point(index).retired)
        };
        if let Some(before) = self.shown.before(now, called, kept) {
            return before.clone();
        }
        let firms = || self.settings.caller_ids().into_iter().next().map(|view| view.number);
        self.pools[pool].least_shown().map(str::to_owned).or_else(firms).unwrap_or_default()
    }

    /// A number was shown to whom a request calls: calls back are his, and find his page.
    pub(super) fn bind_shown(&mut self, now: Time, id: ReservationId, shown: &str) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let Some(called) = r.job.as_ref().map(|job| job.number.clone()) else { return };
        r.keep_until = now + BOUND;
        self.shown.bind(now, &called, shown, id);
        if let Some(&(pool, index)) = self.number_of.get(shown) {
            self.pools[pool].was_shown(index, now);
        }
    }

    /// Writes that a number is dialled now, as this call. The journal's number, the attempt, and what is shown.
    pub(super) fn intend(
        &mut self,
        now: Time,
        id: ReservationId,
        call: CallId,
        caller_id: Option<String>,
    ) -> Option<(u64, AttemptId, String)> {
        let r = self.reservations.get(id)?;
        let (job, number, pool) = r.job.as_ref().map(|job| (job.id, job.number.clone(), r.pool))?;
        let attempt = AttemptId::mint(now, self.random.bits());
        let shown = caller_id.or_else(|| self.campaigns_number(id));
        let shown = shown.unwrap_or_else(|| self.shown_number(now, pool, &number));
        let caller_id = Some(shown.clone());
        let checked = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()?.checked.take());
        let intent = self.persist(now, Fact::DialIntended { job, attempt, call, caller_id, checked });
        self.bind_shown(now, id, &shown);
        if let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) {
            job.state = JobState::Intended { attempt, call };
            job.attempts.push(Attempt { at: now, outcome: String::new() });
        }
        self.campaign_dials(id);
        self.count_dialling(now, id);
        Some((intent, attempt, shown))
    }
}
