//! Jobs whose time has not come: what visitors ask for, what the next attempt waits for, and the slots that are free (G p. 15).

use super::offer::set_state;
use super::{Firm, Timer, problem};
use crate::callback::JobState;
use crate::effect::Action;
use crate::fact::Fact;
use crate::hours::Hours;
use crate::ids::ReservationId;
use crate::queue::Waiter;
use crate::request::{Problem, Reply, RequestId, Whose};
use crate::view::{SlotsView, VisitorState};
use std::time::Duration;
use warmline_time::Time;

/// Clocks of pages may be wrong by so much.
const PAST: Duration = Duration::from_secs(60);
/// So long a job is left alone that an agent has passed over.
pub(super) const PASSED: Duration = Duration::from_secs(60);
/// No longer is looked for the next opening of a queue.
pub(super) const LOOK_AHEAD: u32 = 15;
/// Days that are answered at once, at most.
pub(super) const SLOT_DAYS: u32 = 31;

impl Firm {
    /// A job waits for this moment, in no line and with no agent.
    pub(super) fn schedule(&mut self, now: Time, id: ReservationId, due: Time) {
        self.unclaim(id);
        self.unplace(Waiter::Job(id), Some(id));
        self.forget_wait(Waiter::Job(id));
        self.wait_given_up(now, Waiter::Job(id));
        let Some(r) = self.reservations.get_mut(id) else { return };
        let Some(job) = &mut r.job else { return };
        job.state = JobState::Scheduled;
        self.jobs.unschedule(job.due, id);
        job.due = Some(due);
        r.call = None;
        r.told = Default::default();
        set_state(r, VisitorState::Waiting, now);
        self.timers.set(Timer::Due(id), due);
        self.jobs.schedule(due, id);
        self.touch_visitor(id);
    }

    /// A job's time has come: its place is that of who asks at this moment, or has asked before. Or an attempt of before a restart of
    /// which nothing was heard is surely over by now.
    pub(super) fn job_due(&mut self, now: Time, id: ReservationId) {
        match self.reservations.get(id).and_then(|r| r.job.as_ref()).map(|job| job.state) {
            // He is there himself: it goes on when his call is over, if he has spoken with nobody.
            Some(JobState::Scheduled) if self.is_meeting(id) => {}
            Some(JobState::Scheduled) => self.list_job(now, id),
            Some(JobState::Preview) => self.preview_late(now, id),
            Some(JobState::Intended { call, .. })
                if !self.calls.contains_key(&call) && !self.resolve_dial(now, id, "unknown") =>
            {
                self.end(now, id, "unreachable");
            }
            _ => {}
        }
    }

    /// The first moment from this one on at which a queue is open, not too far ahead.
    pub(super) fn next_open(&self, queue: usize, at: Time) -> Option<Time> {
        match &self.settings.queues[queue].hours {
            Some(_) if self.open_queue(at, queue).is_some() => Some(at),
            Some(hours) => hours.next_open(at, LOOK_AHEAD),
            None => Some(at),
        }
    }

    /// When a visitor wants to be called, checked; none: as soon as can be.
    pub(super) fn wanted(&self, now: Time, due: Option<Time>, queue: usize) -> Result<Option<Time>, Problem> {
        let Some(due) = due else { return Ok(None) };
        if due + PAST < now || due > now + self.settings.callme.ahead {
            let days = self.settings.callme.ahead.as_secs() / 86_400;
            let detail = format!("Choose a time in the next {days} days.");
            return Err(problem(422, "due_invalid", &detail));
        }
        if due <= now {
            return Ok(None);
        }
        let Some(open) = self.open_queue(due, queue) else {
            return Err(problem(422, "closed_then", "Nobody is there at that time: choose another one."));
        };
        if self.is_full(open, due) {
            return Err(problem(409, "slot_full", "This time is taken by now: choose another one."));
        }
        Ok(Some(due))
    }

    /// Whether as many visitors as may have chosen the slot of this moment.
    fn is_full(&self, queue: usize, at: Time) -> bool {
        let slot = self.settings.callme.slot;
        let hours = self.slot_hours(queue);
        let day = hours.starts(hours.midnight(at), 1, slot);
        let from = day.into_iter().take_while(|&start| start <= at).last().unwrap_or(at);
        self.slot_is_full(queue, from)
    }

    fn slot_is_full(&self, queue: usize, from: Time) -> bool {
        let most = self.per_slot(queue);
        self.jobs.booked(queue, from, from + self.settings.callme.slot, most) >= most
    }

    fn per_slot(&self, queue: usize) -> u32 {
        let agents =
            || self.agents.iter().filter(|agent| !agent.retired && agent.serves[queue]).count() as u32;
        self.settings.callme.per_slot.unwrap_or_else(agents)
    }

    /// The hours of a queue; one without is open day and night, by Greenwich.
    pub(super) fn slot_hours(&self, queue: usize) -> Hours {
        self.settings.queues[queue].hours.clone().unwrap_or_else(Hours::always)
    }

    /// The wish of a job's visitor counts among those of its slot.
    pub(super) fn book(&mut self, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        if let Some(at) = r.job.as_ref().filter(|job| job.state.is_open()).and_then(|job| job.wanted) {
            self.jobs.book(r.queue, at, id, true);
        }
    }

    /// And no longer.
    pub(super) fn unbook(&mut self, id: ReservationId) {
        let Some(r) = self.reservations.get(id) else { return };
        if let Some(at) = r.job.as_ref().and_then(|job| job.wanted) {
            self.jobs.book(r.queue, at, id, false);
        }
    }

    /// The visitor chooses another time.
    pub fn reschedule(&mut self, now: Time, request: RequestId, id: ReservationId, due: Option<Time>) {
        match self.put_off(now, id, (due, true)) {
            Ok(after) => {
                if let Some(r) = self.reservations.get_mut(id) {
                    r.after = r.after.max(after);
                }
                self.answer_view(now, request, id, false);
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// A job is to be dialled at another time, which the person himself has asked for, or a program. The journal's number.
    pub(super) fn put_off(
        &mut self,
        now: Time,
        id: ReservationId,
        (due, himself): (Option<Time>, bool),
    ) -> Result<u64, Problem> {
        self.can_keep()?;
        let over = || problem(409, "over", "This request is over: ask again.");
        let r = self.reservations.get(id).filter(|r| r.live() && r.moves.is_none()).ok_or_else(over)?;
        let (queue, job) = (r.queue, r.job.as_ref().ok_or_else(over)?);
        let (state, job) = (job.state, job.clone());
        match state {
            // His agent's phone is rung for it already.
            _ if r.call.is_some() => {
                return Err(problem(409, "dialing", "You are being called at this moment."));
            }
            JobState::Scheduled | JobState::Listed | JobState::Probing | JobState::Preview => {}
            JobState::Intended { .. } | JobState::Answered { .. } => {
                return Err(problem(409, "dialing", "You are being called at this moment."));
            }
            JobState::Done => return Err(over()),
        }
        // His own slot is free for himself.
        self.unbook(id);
        let wanted = self.wanted(now, due, queue);
        self.book(id);
        let wanted = wanted?;
        // What a program puts forward waits for the hours of whom it calls.
        if himself || wanted.is_some() {
            self.at_his_hours(job.callee(), wanted)?;
        }
        let asked_now = (himself && wanted.is_none()).then_some(now);
        let expires_at = self.kept_until(wanted.unwrap_or(now), job.callee(), queue);
        let (due, expires) = (wanted.map(Time::as_micros), expires_at.as_micros());
        let fact = Fact::JobDue {
            reservation: id,
            due,
            expires_at: expires,
            wanted: true,
            himself: asked_now.is_some(),
        };
        let after = self.persist(now, fact);
        self.unbook(id);
        self.want(now, id, (wanted, asked_now), expires_at);
        self.confirm_appointment(now, id, false);
        self.schedule(now, id, wanted.unwrap_or(now));
        self.list_job(now, id);
        Ok(after)
    }

    /// A job's visitor wants to be called then; or now, since he himself has asked for that.
    pub(super) fn want(
        &mut self,
        at: Time,
        id: ReservationId,
        (wanted, asked_now): (Option<Time>, Option<Time>),
        expires_at: Time,
    ) {
        let Some(r) = self.reservations.get_mut(id).filter(|r| r.live()) else { return };
        r.expires_at = expires_at;
        if let Some(job) = &mut r.job {
            self.jobs.unschedule(job.due, id);
            if job.wanted.is_some() {
                job.put_forward = wanted.is_none().then_some(at);
            }
            (job.wanted, job.due, job.asked_now) = (wanted, wanted, asked_now);
        }
        self.timers.set(Timer::Expiry(id), expires_at);
        self.book(id);
    }

    /// Answers with the slots of a site's visitors that are free, without those at which whoever is to be called may not be.
    pub fn answer_slots(
        &mut self,
        now: Time,
        request: RequestId,
        (site, whose, zone): (usize, &Whose, Option<&str>),
        (from, days): (Time, u32),
    ) {
        let own = match whose {
            Whose::Request(id) => self.reservations.get(*id).map(|r| (*id, r.queue)),
            _ => None,
        };
        let queue = own.map_or_else(|| self.queue_of_site(site), |(_, queue)| queue);
        // His own slot is free for himself.
        if let Some((id, _)) = own {
            self.unbook(id);
        }
        let mut free = self.free_slots(now, queue, from, days);
        if let Some((id, _)) = own {
            self.book(id);
        }
        let (clocks, all) = (self.clocks_of(whose, zone), free.len());
        free.retain(|&at| clocks.as_ref().is_none_or(|clocks| clocks.allow(at)));
        let exempt = self.settings.callme.policy.hours.exempt_immediate;
        let view = SlotsView {
            zone: self.slot_hours(queue).zone_name().to_owned(),
            slot_minutes: (self.settings.callme.slot.as_secs() / 60) as u32,
            now: exempt || clocks.is_none_or(|clocks| clocks.allow(now)),
            narrowed: free.len() < all,
            slots: free.into_iter().map(Time::rfc3339).collect(),
        };
        self.act(0, Action::Reply(request, Reply::Slots(Box::new(view))));
        self.finish(now);
    }

    /// The beginnings of the free slots of so many days.
    pub(super) fn free_slots(&self, now: Time, queue: usize, from: Time, days: u32) -> Vec<Time> {
        let last = now + self.settings.callme.ahead;
        let days = days.clamp(1, SLOT_DAYS);
        let mut starts = self.slot_hours(queue).starts(from.max(now), days, self.settings.callme.slot);
        starts.retain(|&at| at > now && at <= last && !self.slot_is_full(queue, at));
        starts
    }
}
