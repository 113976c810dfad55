//! Whether and when policy lets a number be dialled: what is asked when a job is opened and before each dialling (do-not-call, calling
//! hours).

use super::schedule::LOOK_AHEAD;
use super::{Firm, problem};
use crate::callback::Job;
use crate::calling_hours::Closed;
use crate::request::Problem;
use crate::reservation::Reservation;
use std::time::Duration;
use warmline_time::Time;

/// So long after the click a first dialling is what the visitor has asked for now.
const NOW: Duration = Duration::from_secs(15 * 60);
/// How often the hours of number and queue are reconciled until that is given up.
const TRIES: usize = 20;

/// What policy says of dialling a number at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    /// It may be dialled.
    Open,
    /// Not before this moment.
    Later(Time),
    /// Never; why, in the stable words of the interfaces.
    Never(&'static str),
}

impl Firm {
    /// Of a number in E.164, which [`crate::number::check`] has let pass when it was asked for. A first dialling soon after the request may
    /// be exempt from calling hours; a later one, or one again, keeps those of the number and of the queue.
    pub(super) fn dial_gate(&self, now: Time, number: &str) -> Gate {
        if self.is_own(number) {
            return Gate::Never("own_number");
        }
        if self.is_never_called(number) {
            return Gate::Never("do_not_call");
        }
        let hours = &self.settings.callme.policy.hours;
        let job = self.jobs.by_number(number).and_then(|id| self.reservations.get(id));
        if hours.exempt_immediate && self.just_asked(now, number) {
            return Gate::Open;
        }
        let queue = job.and_then(|r| self.settings.queues[r.queue].hours.as_ref());
        let mut at = now;
        for _ in 0..TRIES {
            match hours.check(number, at) {
                Ok(()) => {}
                Err(Closed::Until(later)) => at = later,
                Err(Closed::Always) => return Gate::Never("calling_hours"),
            }
            match queue.map_or(Some(at), |queue| queue.next_open(at, LOOK_AHEAD)) {
                Some(open) if open == at => return if at == now { Gate::Open } else { Gate::Later(at) },
                Some(later) => at = later,
                None => return Gate::Never("calling_hours"),
            }
        }
        Gate::Never("calling_hours")
    }

    /// Whether a first dialling of this number is what the person has asked for now; a program that asks anew is somebody else.
    pub(super) fn just_asked(&self, now: Time, number: &str) -> bool {
        let now_wanted = |r: &Reservation| {
            let asked = |job: &Job| job.wanted.is_none() && job.attempts.is_empty() && !job.anew;
            let first = r.job.as_ref().is_some_and(asked);
            first && r.campaign.is_none() && now.since(r.opened_at) <= NOW
        };
        self.jobs.by_number(number).and_then(|id| self.reservations.get(id)).is_some_and(now_wanted)
    }

    /// Whether a request to be called at this number, then or now, is taken at all.
    pub(super) fn may_be_asked(&self, number: &str, due: Option<Time>) -> Result<(), Problem> {
        if self.is_never_called(number) {
            return Err(problem(422, "do_not_call", "We cannot call this number."));
        }
        let hours = &self.settings.callme.policy.hours;
        // A time that is over is told of as such.
        let due = due.filter(|due| *due > self.clock);
        let kept = due.is_some() || !hours.exempt_immediate;
        if kept && hours.check(number, due.unwrap_or(self.clock)).is_err() {
            return Err(problem(422, "calling_hours", "We cannot call this number at this hour."));
        }
        Ok(())
    }
}
