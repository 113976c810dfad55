//! Who is rung first for a job: the customer, his agent, or nobody before the agent has looked at it (preview).

use super::offer::set_state;
use super::schedule::PASSED;
use super::{Firm, PATIENCE, Timer, problem};
use crate::agent::{OfferEnd, Work};
use crate::call::{Call, Origin, Out, Phase};
use crate::callback::JobState;
use crate::cti::{Cause, Command};
use crate::dialing::DialMode;
use crate::ids::{CallId, PartyId, ReservationId};
use crate::notice::AgentNotice;
use crate::request::Problem;
use crate::reservation::Reservation;
use crate::view::{JobCard, VisitorState};
use warmline_time::Time;

impl Firm {
    /// How a job is dialled.
    pub(super) fn dial_mode(&self, id: ReservationId) -> DialMode {
        let Some(r) = self.reservations.get(id) else { return self.settings.callme.mode };
        let mode = self.mode_of_queue(r.queue);
        // Who has looked at it first is at his phone.
        let first = self.needs_agent(r) || (mode == DialMode::CustomerFirst && self.has_slow_agent(r));
        if first { DialMode::AgentFirst } else { mode }
    }

    /// How the jobs of a queue are dialled.
    pub(super) fn mode_of_queue(&self, queue: usize) -> DialMode {
        self.settings.queues[queue].dialing.unwrap_or(self.settings.callme.mode)
    }

    /// The claimed agent's phone is rung; the customer is dialled once he has answered.
    pub(super) fn ring_agent_first(&mut self, now: Time, id: ReservationId) {
        let ids = (CallId::mint(now, self.random.bits()), PartyId::mint(now, self.random.bits()));
        let Some(r) = self.reservations.get(id) else { return };
        let (Some(agent), Some(job)) = (r.agent, &r.job) else { return };
        let caller = (Some(job.number.clone()), String::new());
        let shown = self.campaigns_number(id);
        let caller_id = shown.unwrap_or_else(|| self.shown_number(now, r.pool, &job.number));
        let call = Call::of_reservation(r, ids.0, ids.1, Origin::Outbound, caller, now);
        let phase = Phase::Offered { agent, party: None };
        let call = Call { phase, out: Some(Out { caller_id, rings: false, coded: false }), ..call };
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = Some(call.id);
        }
        self.touch_visitor(id);
        self.take_own(now, agent, call);
    }

    /// The agent of a job has answered his phone: its customer is dialled. False: it is no job's call.
    pub(super) fn dial_for_agent(&mut self, now: Time, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let (Some(reservation), Some(out)) = (call.reservation, &call.out) else { return false };
        let (party, number, pool) = (call.customer, call.caller.0.clone(), call.pool);
        let shown = out.caller_id.clone();
        let wanted = |r: &Reservation| r.call == Some(id) && !r.withdrawn;
        if !self.reservations.get(reservation).is_some_and(wanted) {
            self.call_out_over(now, id, Cause::Canceled);
            return true;
        }
        // It was asked before his phone rang: the breaker may have opened since, or another have taken the last place.
        if self.calls_nobody() || self.limited_until(now, reservation).is_some() {
            return self.agent_absent(now, id, OfferEnd::Canceled);
        }
        let Some((intent, attempt, caller_id)) = self.intend(now, reservation, id, Some(shown)) else {
            return false;
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.after = call.after.max(intent);
        }
        if let Some(r) = self.reservations.get_mut(reservation) {
            set_state(r, VisitorState::Dialing, now);
        }
        self.touch_visitor(reservation);
        let ring = self.ring_of(reservation);
        self.timers.set(Timer::Guard(id), now + ring + super::outbound::TRANSACTION + PATIENCE);
        self.switch(Command::Dial {
            call: id,
            party,
            number: number.unwrap_or_default(),
            trunk: self.settings.pools[pool].trunk.clone(),
            caller_id,
            token: attempt.to_string(),
            ring_secs: ring.as_secs().clamp(1, 600) as u32,
            beside: None,
            detect: true,
        });
        true
    }

    /// The agent of a job did not come to his phone: the next one is asked. False: it is no job's call.
    pub(super) fn agent_absent(&mut self, now: Time, id: CallId, end: OfferEnd) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let (Some(reservation), Some(agent)) = (call.reservation.take(), call.agent()) else { return false };
        let queue = call.queue;
        call.remembered = Some(reservation);
        if let Some(r) = self.reservations.get_mut(reservation) {
            (r.agent, r.call) = (None, None);
        }
        self.switch(Command::Hangup { call: id, cause: end.cause() });
        self.settle(now, id, end.cause());
        self.pause(agent, queue, end);
        self.persist_claim(now, reservation);
        match self.reservations.get(reservation) {
            Some(r) if r.withdrawn => self.end(now, reservation, "canceled"),
            Some(r) if r.expires_at <= now => self.end(now, reservation, "expired"),
            _ => self.list_job(now, reservation),
        }
        true
    }

    /// The customer of a job has answered his agent's call.
    pub(super) fn job_answered(&mut self, now: Time, id: CallId) {
        let Some(reservation) = self.calls.get(&id).and_then(|call| call.reservation) else { return };
        self.callee_costs(now, id, reservation);
        self.resolve_dial(now, reservation, crate::dialing::ANSWERED);
        self.show_state(now, Some(reservation), VisitorState::Talking);
    }

    /// The claimed agent looks at it first.
    pub(super) fn preview(&mut self, now: Time, id: ReservationId) {
        let Some(r) = self.reservations.get_mut(id) else { return };
        let (Some(job), Some(agent)) = (&mut r.job, r.agent) else { return };
        job.state = JobState::Preview;
        self.timers.set(Timer::Due(id), now + self.settings.callme.preview);
        self.touch_agent(agent);
    }

    /// The call that he has started from it did not leave: all lines are in use. It stays his. False: he has not looked at it first.
    pub(super) fn preview_again(&mut self, now: Time, id: ReservationId) -> bool {
        let Some(r) = self.reservations.get_mut(id) else { return false };
        let (Some(agent), queue) = (r.agent, r.queue) else { return false };
        if self.agents[agent].work != Work::Claimed(id) || self.mode_of_queue(queue) != DialMode::Preview {
            return false;
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = None;
            set_state(r, VisitorState::Waiting, now);
        }
        self.agents[agent].notice = Some(AgentNotice::LinesInUse);
        self.touch_visitor(id);
        self.preview(now, id);
        true
    }

    /// He did not decide: another one may.
    pub(super) fn preview_late(&mut self, now: Time, id: ReservationId) {
        let Some((agent, queue)) = self.reservations.get(id).and_then(|r| Some((r.agent?, r.queue))) else {
            return;
        };
        self.unclaim(id);
        self.pause(agent, queue, OfferEnd::Timeout);
        self.list_job(now, id);
    }

    /// The agent starts the call that he looks at.
    pub fn start_job(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.previewed(agent)?;
        let pool = self.reservations.get(id).map_or(0, |r| r.pool);
        self.can_keep()?;
        if !self.trunk_up(pool) {
            return Err(problem(409, "trunk_down", "There is no line to the telephone network now."));
        }
        if self.is_full_trunk(pool) {
            return Err(problem(409, "lines_in_use", "All lines are in use: try again in a moment."));
        }
        if self.calls_nobody() {
            return Err(problem(
                409,
                "callme_paused",
                "Nobody is called now: what may be spent on it is spent, or the switch's clock is wrong.",
            ));
        }
        if self.may_dial(now, id) {
            self.dial_for(now, id, None);
        }
        Ok(())
    }

    /// He leaves it to another, or to a later moment.
    pub fn skip_job(&mut self, now: Time, agent: usize) -> Result<(), Problem> {
        let id = self.previewed(agent)?;
        self.schedule(now, id, now + PASSED);
        Ok(())
    }

    fn previewed(&self, agent: usize) -> Result<ReservationId, Problem> {
        let none = || problem(409, "no_preview", "There is no request to be started.");
        let Work::Claimed(id) = self.agents[agent].work else { return Err(none()) };
        let job = self.reservations.get(id).and_then(|r| r.job.as_ref()).ok_or_else(none)?;
        if job.state == JobState::Preview { Ok(id) } else { Err(none()) }
    }

    /// What an agent sees of the job that he is claimed for.
    pub(super) fn job_card(&self, agent: usize) -> Option<JobCard> {
        let Work::Claimed(id) = self.agents[agent].work else { return None };
        let job = self.reservations.get(id)?.job.as_ref()?;
        let preview = job.state == JobState::Preview;
        let until = self.timers.get(Timer::Due(id)).filter(|_| preview);
        Some(JobCard {
            number: crate::number::display(&job.number),
            attempts: job.attempts.len() as u32,
            last: job.attempts.last().map(|attempt| attempt.outcome.clone()),
            wanted: job.wanted.map(Time::rfc3339),
            preview_until: until.map(Time::rfc3339),
        })
    }
}
