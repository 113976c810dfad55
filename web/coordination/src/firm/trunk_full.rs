//! Trunks without room for one more call. A dialling that never left for want of it was none: the attempt is taken back, the job keeps its
//! place, and nothing is dialled over that trunk for a second, then two, four, at most ten.

use super::offer::set_state;
use super::{Firm, Timer};
use crate::call::Call;
use crate::callback::JobState;
use crate::cti::Cause;
use crate::fact::Fact;
use crate::ids::{CallId, PartyId, ReservationId};
use crate::view::VisitorState;
use std::time::Duration;
use warmline_time::Time;

/// How an attempt that never left is told in the journal.
pub(super) const TRUNK_FULL: &str = "trunk_full";
/// So long a trunk is left alone that was found full, and at most after it was found so again and again.
const FIRST: Duration = Duration::from_secs(1);
/// See [`FIRST`].
const LONGEST: Duration = Duration::from_secs(10);

/// A trunk that was found full, and over which nobody was reached since.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Full {
    /// Nothing is dialled before; none: it may have room again.
    until: Option<Time>,
    /// How long it was left alone the last time.
    wait: Duration,
}

impl Firm {
    /// Whether a pool's trunk is taken for full.
    pub(super) fn is_full_trunk(&self, pool: usize) -> bool {
        let trunk = &self.settings.pools[pool].trunk;
        self.trunks_full.get(trunk).is_some_and(|row| row.until.is_some())
    }

    /// A call over a pool's trunk did not leave. Others that were on their way at the same time say nothing new.
    pub(super) fn trunk_filled(&mut self, now: Time, pool: usize) {
        self.trunk_full += 1;
        let Some(trunk) = self.settings.pools.get(pool).map(|pool| pool.trunk.clone()) else { return };
        let row = self.trunks_full.entry(trunk).or_default();
        if row.until.is_none() {
            row.wait = (row.wait * 2).clamp(FIRST, LONGEST);
            row.until = Some(now + row.wait);
            self.await_room();
        }
    }

    /// A call's customer rings or answers, so that his trunk carries calls: the next time that it is full is the first.
    pub(super) fn trunk_reaches(&mut self, id: CallId, who: PartyId) {
        if self.trunks_full.is_empty() {
            return;
        }
        let Some(call) = self.calls.get(&id).filter(|call| call.customer == who) else { return };
        let Some(trunk) = self.settings.pools.get(call.pool).map(|pool| &pool.trunk) else { return };
        match self.trunks_full.get_mut(trunk) {
            Some(row) if row.until.is_some() => row.wait = Duration::ZERO,
            _ => {
                self.trunks_full.remove(trunk);
            }
        }
    }

    /// Trunks that were left alone for long enough are tried again: for those who wait first, then for campaigns.
    pub(super) fn trunks_due(&mut self, now: Time) {
        for row in self.trunks_full.values_mut() {
            row.until = row.until.filter(|&until| until > now);
        }
        self.serve = true;
        self.await_room();
    }

    fn await_room(&mut self) {
        if let Some(next) = self.trunks_full.values().filter_map(|row| row.until).min() {
            self.timers.set(Timer::Trunks, next);
        }
    }

    /// Whether a call that is over is none to be told of: a job's that never left.
    pub(super) fn never_left(&self, call: &Call, cause: Cause) -> bool {
        let r = call.reservation.and_then(|id| self.reservations.get(id));
        cause == Cause::Full && r.is_some_and(|r| r.job.is_some())
    }

    /// A job's call never left: the job is as it was before, at its place, and its agent has nothing more to do with it. Who does not want
    /// to be called any more is not; who would have gone over to that phone stays where he is. False: it is no job's.
    pub(super) fn found_no_room(&mut self, now: Time, id: ReservationId, call: &Call) -> bool {
        let Some(r) = self.reservations.get(id).filter(|r| r.live() && r.call == Some(call.id)) else {
            return false;
        };
        let Some(job) = &r.job else { return false };
        let over = match () {
            () if r.withdrawn => Some("canceled"),
            () if self.is_stopped(r) => Some("stopped"),
            () if r.moves.is_some() => Some("unreachable"),
            () if r.expires_at <= now => Some("expired"),
            () => None,
        };
        match job.state {
            JobState::Intended { attempt, .. } => {
                let fact = Fact::DialResolved {
                    job: job.id,
                    attempt,
                    outcome: TRUNK_FULL.to_owned(),
                    job_done: false,
                    next: Some(now.as_micros()),
                    reservation: Some(id),
                    ring_ms: None,
                };
                self.persist(now, fact);
                self.attempt_back(id);
            }
            // His agent was rung first, and there was no room even for that.
            JobState::Probing => {}
            _ => return false,
        }
        if let Some(over) = over {
            self.end(now, id, over);
            return true;
        }
        if let Some(call) = self.calls.get_mut(&call.id) {
            call.reservation = None;
            call.remembered = Some(id);
        }
        if self.preview_again(now, id) {
            return true;
        }
        self.unclaim(id);
        if let Some(r) = self.reservations.get_mut(id) {
            r.call = None;
            set_state(r, VisitorState::Waiting, now);
        }
        self.touch_visitor(id);
        self.list_job(now, id);
        true
    }

    /// What the last attempt of a job was counted for is taken back.
    pub(super) fn attempt_back(&mut self, id: ReservationId) {
        let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) else { return };
        job.state = JobState::Listed;
        job.due = None;
        if let Some(attempt) = job.attempts.pop() {
            self.uncount_dialling(attempt.at, id);
            self.campaign_takes_back(id);
        }
    }
}
