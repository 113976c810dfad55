//! Customers who call while they are to be called, or call back the number that called them (E14, C13): their page comes with them.

use super::Firm;
use super::overflow::Door;
use crate::call::{Call, Confidence};
use crate::callback::JobState;
use crate::cti::{Cause, Command};
use crate::ids::ReservationId;
use crate::reservation::PointRef;
use warmline_time::Time;

impl Firm {
    /// A caller whose number has an open job has come himself: the job is over, his call keeps its place. Since when he waits, and
    /// whose page he brings.
    pub(super) fn meet_job(&mut self, now: Time, from: Option<&str>) -> (Time, Option<ReservationId>) {
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
            _ => r.call,
        };
        if call.and_then(|id| self.calls.get(&id)).is_some_and(|call| call.customer_up) {
            return (now, None);
        }
        self.end(now, id, "met");
        if let Some(call) = call.filter(|id| self.calls.contains_key(id)) {
            // What rings at him is busy with this call.
            self.switch(Command::Hangup { call, cause: Cause::Canceled });
            self.settle(now, call, Cause::Canceled);
        }
        (since, Some(id))
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
