//! Customers who call while they are to be called, or call back the number that called them (E14, C13): their page comes with them. And those
//! whom an agent calls of his own accord while they are to be called.

use super::overflow::Door;
use super::{Firm, Timer};
use crate::call::{Call, Confidence, Origin};
use crate::callback::JobState;
use crate::cti::{Cause, Command, Verdict};
use crate::ids::{CallId, ReservationId};
use crate::reservation::{PointRef, Reservation};
use warmline_time::Time;

impl Firm {
    /// A caller whose number has an open job has come himself: his call keeps its place, and nobody dials while it is there. The job is
    /// over once he has spoken with somebody, or at once where it rings at him. Since when he waits, and whose page he brings.
    pub(super) fn meet_job(
        &mut self,
        now: Time,
        caller: CallId,
        from: Option<&str>,
    ) -> (Time, Option<ReservationId>) {
        let Some(id) = from.and_then(|number| self.jobs.by_number(number)) else { return (now, None) };
        let Some(r) = self.reservations.get(id).filter(|r| r.moves.is_none()) else { return (now, None) };
        // Who is not let in now is called as he has asked.
        let full = self.waiting.len() >= self.settings.limits.waiting;
        if full || matches!(self.door(now, r.queue), Door::Shut) {
            return (now, None);
        }
        let since = r.waits_since().min(now);
        let call = match r.job.as_ref().map(|job| job.state) {
            Some(JobState::Intended { call, .. }) => Some(call),
            _ => r.call.filter(|call| !self.meeting.contains_key(call)),
        };
        let known = call.and_then(|id| self.calls.get(&id));
        if known.is_some_and(|call| call.customer_up) {
            return (now, None);
        }
        let Some(call) = call else {
            self.meeting.insert(caller, id);
            self.hold_job(now, id);
            return (since, Some(id));
        };
        self.end(now, id, "met");
        if self.calls.contains_key(&call) {
            // What rings at him is busy with this call.
            self.switch(Command::Hangup { call, cause: Cause::Canceled });
            self.settle(now, call, Cause::Canceled);
        }
        (since, Some(id))
    }

    /// An agent's own call is for somebody who is to be called: nobody else dials him meanwhile.
    pub(super) fn calls_for_job(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.reservation.is_none()) else { return };
        let Some(job) = call.caller.0.as_deref().and_then(|number| self.jobs.by_number(number)) else {
            return;
        };
        let rings = |r: &Reservation| {
            r.call.is_some()
                || r.job.as_ref().is_some_and(|job| matches!(job.state, JobState::Intended { .. }))
        };
        if self.reservations.get(job).is_some_and(|r| r.moves.is_none() && !rings(r)) {
            self.meeting.insert(id, job);
            self.hold_job(now, job);
        }
    }

    /// Whether whom a job would dial is on the phone himself, and waits, or an agent calls him.
    pub(super) fn is_meeting(&self, id: ReservationId) -> bool {
        self.meeting.values().any(|met| *met == id)
    }

    /// Its customer waits on the phone: it has no agent and no place meanwhile. What has a time keeps it.
    pub(super) fn hold_job(&mut self, now: Time, id: ReservationId) {
        let job = self.reservations.get(id).and_then(|r| r.job.as_ref());
        if job.is_none_or(|job| job.state == JobState::Scheduled) {
            return;
        }
        self.leaves_lines(id);
        self.schedule(now, id, now);
        self.timers.cancel(Timer::Due(id));
    }

    /// He has spoken with somebody: nothing is left to be called for. Whom an agent has called may be a machine yet.
    pub(super) fn has_met(&mut self, now: Time, call: CallId) {
        if self.calls.get(&call).is_some_and(|call| call.origin == Origin::Outbound) {
            return;
        }
        if let Some(id) = self.meeting.remove(&call) {
            self.end(now, id, "met");
        }
    }

    /// A call that has just come may have been refused: then he has met nobody.
    pub(super) fn has_not_met_if_refused(&mut self, call: CallId) {
        if !self.calls.contains_key(&call) {
            self.has_not_met(call);
        }
    }

    /// His call is over, and he has spoken with nobody: he is called as he has asked, at his time or his place.
    pub(super) fn has_not_met(&mut self, call: CallId) {
        let Some(id) = self.meeting.remove(&call) else { return };
        if self.calls.get(&call).is_some_and(has_reached) {
            return self.end(self.clock, id, "met");
        }
        let held = self.reservations.get(id).and_then(|r| r.job.as_ref());
        if !self.is_meeting(id) && held.is_some_and(|job| job.state == JobState::Scheduled) {
            let due = held.and_then(|job| job.due).unwrap_or(self.clock);
            self.timers.set(Timer::Due(id), due.max(self.clock));
        }
    }

    /// The call shows the page of a job that it has met, or that called its number. False: there is none.
    pub(super) fn shows_met(&self, call: &mut Call, met: Option<ReservationId>) -> bool {
        let Some(r) = met.and_then(|id| self.reservations.get(id)).filter(|r| r.call.is_none()) else {
            return false;
        };
        call.remember(r, r.contact, Confidence::Recent);
        true
    }

    /// The request for which this caller was called with this number on his phone, lately.
    pub(super) fn was_shown(
        &self,
        now: Time,
        (pool, index): PointRef,
        from: Option<&str>,
    ) -> Option<ReservationId> {
        self.shown.find(now, &self.pools[pool].point(index).number, from?)
    }

    /// Whether a number's holder is not the one who was called from it: the caller's number tells the two apart.
    pub(super) fn is_another(
        &self,
        holder: ReservationId,
        called: ReservationId,
        from: Option<&str>,
    ) -> bool {
        let (Some(holder), Some(called)) = (self.reservations.get(holder), self.reservations.get(called))
        else {
            return false;
        };
        let same = holder.visitor == called.visitor || holder.contact == called.contact;
        !same && !self.knows(from, holder)
    }
}

/// Whether an agent's own call has found somebody to speak with.
fn has_reached(call: &Call) -> bool {
    let person = |verdict| matches!(verdict, Verdict::Person | Verdict::Unknown | Verdict::Ringback);
    let told = call.progress.as_ref().is_none_or(|progress| person(progress.verdict));
    call.origin == Origin::Outbound && call.bridged.is_some() && told
}
