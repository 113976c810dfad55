//! How a dialling ended, and what follows: the job is dialled again, or is over and kept to be looked at.

use super::outbound::TRANSACTION;
use super::{Firm, Timer};
use crate::callback::{Ended, JobState};
use crate::dialing::{AFTER_ANSWER, ANSWERED, UNKNOWN};
use crate::fact::Fact;
use crate::ids::{CallId, ReservationId};
use crate::queue::Waiter;
use crate::request::{OpenReservation, Whence};
use crate::reservation::Reservation;
use warmline_time::Time;

impl Firm {
    /// A dialling has ended, or the person has answered (`answered`): the one place where it is decided whether the job is dialled
    /// again. True: it is, later; the reservation goes on without this call. Whoever finds out after the answer that no person
    /// answered says so too (`machine`, `fax`, `modem`), before he ends the call.
    pub(super) fn resolve_dial(&mut self, now: Time, id: ReservationId, outcome: &str) -> bool {
        let Some(r) = self.reservations.get(id) else { return false };
        let Some(job) = &r.job else { return false };
        let (attempt, call) = match job.state {
            JobState::Intended { attempt, call } => (attempt, call),
            JobState::Answered { attempt, call } if AFTER_ANSWER.contains(&outcome) => (attempt, call),
            _ => return false,
        };
        let mut job = job.clone();
        let before = job.attempts.last().map(|attempt| attempt.outcome.clone());
        job.note(outcome);
        let again = !r.withdrawn
            && !self.is_stopped(r)
            && r.moves.is_none()
            && (job.state.is_open() || self.jobs.open(&job, id));
        let next = self.retry_of(r).next(now, &job.attempts, outcome).filter(|_| again);
        let next = next.map(|at| at.max(self.surely_over(id, outcome)));
        let next = next.and_then(|at| self.next_open(r.queue, at)).filter(|&at| at < r.expires_at);
        let job_done = next.is_none();
        job.state = match outcome {
            ANSWERED => JobState::Answered { attempt, call },
            _ => JobState::Done,
        };
        let job_id = job.id;
        if job_done {
            self.jobs.close(&job);
            self.jobs.unschedule(job.due, id);
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.job = Some(job);
        }
        self.forget_wait(Waiter::Job(id));
        let ring_ms = self.ring_ms(now, call);
        self.campaign_ends(now, id, (outcome, before.as_deref()), job_done);
        self.persist(
            now,
            Fact::DialResolved {
                job: job_id,
                attempt,
                outcome: outcome.to_owned(),
                job_done,
                next: next.map(Time::as_micros),
                reservation: Some(id),
                ring_ms,
            },
        );
        match next {
            Some(at) => self.try_again(now, id, call, at),
            None => self.keep_ended(now, id, outcome),
        }
        !job_done
    }

    /// Before this moment nobody is dialled again of whose last call nothing is known: it may be up yet (E15).
    fn surely_over(&self, id: ReservationId, outcome: &str) -> Time {
        let job = self.reservations.get(id).and_then(|r| r.job.as_ref());
        let last = job.and_then(|job| job.attempts.last()).filter(|_| outcome == UNKNOWN);
        last.map_or(Time::ZERO, |attempt| attempt.at + self.ring_of(id) + TRANSACTION)
    }

    /// The call and its reservation part: the one is over, the other waits for the next attempt.
    fn try_again(&mut self, now: Time, id: ReservationId, call: CallId, at: Time) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.reservation = None;
            call.remembered = Some(id);
        }
        if let Some(r) = self.reservations.get_mut(id) {
            r.closed = false;
        }
        self.jobs.revive(id);
        self.schedule(now, id, at);
    }

    /// A job is over by something else than a dialling: taken back, expired, not allowed, or the customer has called himself.
    pub(super) fn finish_job(&mut self, now: Time, id: ReservationId, reason: &str) {
        let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) else { return };
        let open = job.state.is_open();
        job.state = JobState::Done;
        let job = job.clone();
        self.jobs.close(&job);
        self.timers.cancel(Timer::Due(id));
        self.unbook(id);
        if open {
            self.campaign_ends(now, id, (reason, None), true);
            self.keep_ended(now, id, reason);
        }
    }

    /// A job is over: programs can look at it, and ask for the same again.
    pub(super) fn keep_ended(&mut self, now: Time, id: ReservationId, outcome: &str) {
        let Some(r) = self.reservations.get(id).filter(|r| r.moves.is_none()) else { return };
        // Of whoever is erased the journal has no number any more.
        let Some(job) = r.job.as_ref().filter(|job| job.number.starts_with('+')) else { return };
        let row = Ended {
            reservation: id,
            asked: self.asked_again(r, &job.number),
            queue: self.settings.queues[r.queue].name.clone(),
            asked_at: r.opened_at,
            wanted: job.wanted,
            attempts: job.attempts.clone(),
            outcome: outcome.to_owned(),
            ended_at: now,
            campaign: r.campaign.is_some(),
        };
        self.jobs.keep(row);
    }

    /// What was asked for, to be asked for once more.
    fn asked_again(&self, r: &Reservation, number: &str) -> OpenReservation {
        OpenReservation {
            site: self.settings.sites[r.site].name.clone(),
            mode: r.asked,
            visitor: r.visitor,
            address: String::new(),
            page: r.page.clone(),
            snapshot: r.snapshot.clone(),
            consent: r.consent.clone(),
            number: Some(number.to_owned()),
            whence: Whence { zone: r.job.as_ref().and_then(|job| job.zone.clone()), ..Whence::default() },
            name: self.contacts.get(r.contact).map(|contact| contact.name.clone()),
            idempotency_key: None,
            identity: r.identity.clone(),
            on_file: false,
            due: None,
            correspondent: None,
            said: r.said.clone(),
            watched: None,
        }
    }
}
