//! Call me: a job from the list to the dialled number (G op. 424–432). The intent is durable before the switch hears of it.

use super::direct::ruled_priority;
use super::gate::Gate;
use super::offer::set_state;
use super::{Firm, PATIENCE, Timer};
use crate::call::{Call, Origin};
use crate::callback::JobState;
use crate::cti::Command;
use crate::fact::Fact;
use crate::ids::{AttemptId, CallId, PartyId, ReservationId};
use crate::queue::{NUISANCE, Place, Waiter};
use crate::view::VisitorState;
use std::time::Duration;
use warmline_time::Time;

/// How long a transaction may outlive its ring limit (RFC 3261 timer B).
pub(super) const TRANSACTION: Duration = Duration::from_secs(32);

impl Firm {
    /// Takes a job up with the next agent, or gives it its place in the list.
    pub(super) fn list_job(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let Some(job) = &mut r.job else { return };
        job.state = JobState::Listed;
        let (queue, contact, preferred, since, pool) = (r.queue, r.contact, r.preferred, r.opened_at, r.pool);
        let ruled = r.ruled.clone();
        let priority = ruled_priority(self.contacts.priority(Some(contact)), &ruled);
        let wanted = priority != NUISANCE && self.writable && self.trunk_up(pool);
        let agent = self.pick_for(Waiter::Job(id), queue, preferred, Some(contact), &ruled);
        let agent = agent.filter(|_| wanted);
        if let Some(agent) = agent {
            self.claim(now, agent, id, None);
            self.persist_claim(now, id);
            return self.prepare_job(now, id);
        }
        let place = Place { waiter: Waiter::Job(id), queue, since, priority };
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
        r.told = Default::default();
        self.probe(now, agent);
    }

    /// The claimed agent is there: dials, once the intent is in the journal.
    pub(super) fn dial_job(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        if !r.job.as_ref().is_some_and(|job| job.state == JobState::Probing) {
            return;
        }
        let pool = r.pool;
        if !self.writable || !self.trunk_up(pool) {
            self.unclaim(id);
            return self.list_job(now, id);
        }
        let number = r.job.as_ref().map(|job| job.number.clone()).unwrap_or_default();
        match self.dial_gate(now, &number) {
            Gate::Open => self.dial_for(now, id, None),
            Gate::Never(_) | Gate::Later(_) => self.end(now, id, "not_allowed"),
        }
    }

    /// Dials a job's number; `beside`: the call in which whoever answers replaces the customer.
    pub(super) fn dial_for(&mut self, now: Time, id: ReservationId, beside: Option<CallId>) {
        let Some(r) = self.reservations.get(id) else { return };
        let Some(job) = &r.job else { return };
        let (job_id, number, pool) = (job.id, job.number.clone(), r.pool);
        let attempt = AttemptId::mint(now, self.random.bits());
        let call = CallId::mint(now, self.random.bits());
        let party = PartyId::mint(now, self.random.bits());
        let row =
            Call::of_reservation(r, call, party, Origin::Callme, (Some(number.clone()), String::new()), now);
        let intent = self.persist(now, Fact::DialIntended { job: job_id, attempt, call });
        self.add_call(Call { after: intent, ..row });
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = Some(call);
            if let Some(job) = &mut r.job {
                job.state = JobState::Intended { attempt, call };
            }
            set_state(r, VisitorState::Dialing, now);
            if let Some(agent) = r.agent {
                self.link_call(id, agent);
            }
        }
        self.touch_visitor(id);
        let ring = self.settings.callme.ring;
        self.timers.set(Timer::Guard(call), now + ring + TRANSACTION + PATIENCE);
        let command = Command::Dial {
            call,
            party,
            trunk: self.settings.pools[pool].trunk.clone(),
            caller_id: self.shown_number(pool),
            number,
            token: attempt.to_string(),
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            beside,
            detect: beside.is_none(),
        };
        self.switch(command);
    }

    /// The journal learns how the dialling ended; the job is over either way.
    pub(super) fn resolve_dial(&mut self, now: Time, id: ReservationId, outcome: &str) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let Some(job) = &mut r.job else { return };
        let JobState::Intended { attempt, .. } = job.state else { return };
        job.state = JobState::Done;
        let job = job.clone();
        self.jobs.close(&job);
        self.forget_wait(Waiter::Job(id));
        let outcome = outcome.to_owned();
        self.persist(now, Fact::DialResolved { job: job.id, attempt, outcome, job_done: true });
    }

    /// The callee has answered: the claimed agent is rung, or the next, or music plays.
    pub(super) fn callee_answered(&mut self, now: Time, id: CallId) {
        let Some(reservation) = self.calls.get(&id).and_then(|call| call.reservation) else { return };
        self.timers.cancel(Timer::Guard(id));
        if !self.listens_to(id) {
            self.resolve_dial(now, reservation, "answered");
        }
        if self.comes_over(now, id) {
            return;
        }
        match self.reservations.get(reservation).and_then(|r| r.agent) {
            Some(agent) => self.offer(now, id, agent),
            None => self.route(now, id),
        }
    }

    /// What a customer who is called over a pool's trunk is shown: a number of the pool, or else of the firm.
    fn shown_number(&self, pool: usize) -> String {
        let own = self.settings.pools[pool].caller_id().cloned();
        let firms = || self.settings.caller_ids().into_iter().next().map(|view| view.number);
        own.or_else(firms).unwrap_or_default()
    }
}
