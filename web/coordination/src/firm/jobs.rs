//! What programs see of a firm's call-me jobs, and do about them.

use super::another_number::MOVED;
use super::gate::Gate;
use super::matching::{NEVER_AGAIN, UNMATCHED};
use super::overflow::Door;
use super::{Firm, problem};
use crate::callback::Ended;
use crate::dialing::Attempt;
use crate::effect::Action;
use crate::fact::{Commanded, Fact};
use crate::ids::ReservationId;
use crate::program::CustomerView;
use crate::request::{CallbackState, CallbackVerb, OpenReservation, Problem, Reply, RequestId};
use crate::reservation::Reservation;
use crate::view::{AttemptView, CallbackView};
use warmline_time::Time;

/// What the journal calls a job that is asked for anew.
pub(super) const RETRY: &str = "retry_callback";
/// Ends that somebody wanted: never asked for again by a program.
const REFUSED: [&str; 7] =
    ["declined", "not_allowed", "canceled", "not_found", UNMATCHED, NEVER_AGAIN, MOVED];

impl Firm {
    /// The jobs in a state, after one of them, so many at most.
    pub fn answer_callbacks(
        &mut self,
        request: RequestId,
        state: Option<CallbackState>,
        (after, most): (Option<ReservationId>, usize),
        people: bool,
    ) {
        let mut rows: Vec<CallbackView> = match state {
            Some(CallbackState::Dead | CallbackState::Done) => {
                let reached = state == Some(CallbackState::Done);
                let rows = self.jobs.ended_after(reached, after).take(most + 1);
                rows.map(|row| ended_view(row, people)).collect()
            }
            _ => {
                let word = match state {
                    Some(CallbackState::Scheduled) => Some("scheduled"),
                    Some(CallbackState::Listed) => Some("listed"),
                    Some(CallbackState::Dialing) => Some("dialing"),
                    _ => None,
                };
                let rows = self.jobs.after(after).filter_map(|id| self.reservations.get(id));
                let views = rows.filter(|r| r.moves.is_none()).filter_map(|r| self.job_view(r, people));
                views.filter(|view| word.is_none_or(|word| view.state == word)).take(most + 1).collect()
            }
        };
        let more = rows.len() > most;
        rows.truncate(most);
        self.reply(request, Reply::Callbacks { callbacks: rows, more });
    }

    /// One of them.
    pub fn answer_callback(&mut self, request: RequestId, id: ReservationId, people: bool) {
        match self.callback_view(id, people) {
            Some(view) => self.reply(request, Reply::Callback(Box::new(view))),
            None => self.reply(request, Reply::Problem(unknown())),
        }
    }

    /// A program puts one off, takes it back, or has it dialled again.
    pub fn change_callback(
        &mut self,
        now: Time,
        (request, by): (RequestId, &str),
        (id, verb): (ReservationId, CallbackVerb),
        people: bool,
    ) {
        match self.obey_for_job(now, by, id, verb) {
            Ok((id, after)) => match self.callback_view(id, people) {
                Some(view) => self.act(after, Action::Reply(request, Reply::Callback(Box::new(view)))),
                None => self.reply(request, Reply::Problem(unknown())),
            },
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    fn obey_for_job(
        &mut self,
        now: Time,
        by: &str,
        id: ReservationId,
        verb: CallbackVerb,
    ) -> Result<(ReservationId, u64), Problem> {
        self.can_keep()?;
        let job = self.reservations.get(id).and_then(|r| r.job.as_ref());
        let open = job.is_some_and(|job| job.state.is_open());
        if !open && self.jobs.ended(id).is_none() {
            return Err(unknown());
        }
        let over = || problem(409, "over", "This job is over.");
        let (command, about) = match verb {
            CallbackVerb::Reschedule(due) => {
                self.put_off(now, id, (due, false))?;
                ("reschedule_callback", id)
            }
            CallbackVerb::Cancel if open => {
                self.withdraw(now, id);
                ("cancel_callback", id)
            }
            CallbackVerb::Cancel => return Err(over()),
            CallbackVerb::Retry => (RETRY, self.dial_anew(now, id, open)?),
        };
        let subject = id.to_string();
        let commanded = Commanded { by: by.to_owned(), command: command.to_owned(), subject };
        Ok((about, self.persist(now, Fact::Commanded(Box::new(commanded)))))
    }

    /// The same is asked for once more: a new job, which keeps the hours of whom it calls, for he has not asked now.
    fn dial_anew(&mut self, now: Time, id: ReservationId, open: bool) -> Result<ReservationId, Problem> {
        let ended = self.jobs.ended(id).filter(|_| !open).cloned();
        let ended = ended.ok_or_else(|| problem(409, "not_over", "This job goes on by itself."))?;
        if ended.is_reached() || ended.campaign || REFUSED.contains(&ended.outcome.as_str()) {
            let detail =
                "The customer was reached, or does not want to be called, or cannot; or he was a campaign's.";
            return Err(problem(409, "refused", detail));
        }
        let number = ended.asked.number.clone().unwrap_or_default();
        if self.jobs.by_number(&number).is_some() {
            return Err(problem(409, "number_waits", "This number is being called already."));
        }
        if let Gate::Never(_) = self.dial_gate(now, &number) {
            return Err(problem(409, "refused", "This number may not be called."));
        }
        let site = self.settings.sites.iter().position(|site| site.name == ended.asked.site);
        let site = site.ok_or_else(|| problem(409, "over", "Its site is none of the firm\'s any more."))?;
        let full = self.reservations.numberless() >= self.settings.limits.reservations;
        if full || matches!(self.door(now, self.queue_of_site(site)), Door::Shut) {
            return Err(problem(
                409,
                "closed_now",
                "Nobody can be called now: the queue is closed, or full.",
            ));
        }
        let asked = OpenReservation { number: Some(number.clone()), ..ended.asked };
        self.close_homeless(now, id);
        let anew = self.grant(now, site, (asked, true), Some(number), (None, None));
        self.jobs.revive(id);
        Ok(anew)
    }

    fn callback_view(&self, id: ReservationId, people: bool) -> Option<CallbackView> {
        let live = self.reservations.get(id).filter(|r| r.live() && r.moves.is_none());
        let open = live.and_then(|r| self.job_view(r, people));
        open.or_else(|| self.jobs.ended(id).map(|row| ended_view(row, people)))
    }

    fn job_view(&self, r: &Reservation, people: bool) -> Option<CallbackView> {
        let job = r.job.as_ref()?;
        let name = self.contacts.get(r.contact).map_or_else(String::new, |contact| contact.name.clone());
        Some(CallbackView {
            id: r.id,
            state: job.state.word(),
            site: self.settings.sites[r.site].name.clone(),
            queue: self.settings.queues[r.queue].name.clone(),
            page: r.page.clone(),
            said: r.said.clone(),
            customer: people.then(|| CustomerView { number: Some(job.number.clone()), name }),
            asked_at: r.opened_at.rfc3339(),
            wanted: job.wanted.map(Time::rfc3339),
            due: job.due.map(Time::rfc3339),
            expires_at: Some(r.expires_at.rfc3339()),
            attempts: job.attempts.iter().map(attempt_view).collect(),
            outcome: None,
            ended_at: None,
        })
    }
}

fn ended_view(row: &Ended, people: bool) -> CallbackView {
    let customer = || CustomerView {
        number: row.asked.number.clone(),
        name: row.asked.name.clone().unwrap_or_default(),
    };
    CallbackView {
        id: row.reservation,
        state: if row.is_reached() { "done" } else { "dead" },
        site: row.asked.site.clone(),
        queue: row.queue.clone(),
        page: row.asked.page.clone(),
        said: row.asked.said.clone(),
        customer: people.then(customer),
        asked_at: row.asked_at.rfc3339(),
        wanted: row.wanted.map(Time::rfc3339),
        due: None,
        expires_at: None,
        attempts: row.attempts.iter().map(attempt_view).collect(),
        outcome: Some(row.outcome.clone()),
        ended_at: Some(row.ended_at.rfc3339()),
    }
}

fn attempt_view(attempt: &Attempt) -> AttemptView {
    let outcome = Some(attempt.outcome.clone()).filter(|outcome| !outcome.is_empty());
    AttemptView { time: attempt.at.rfc3339(), outcome }
}

fn unknown() -> Problem {
    problem(404, "unknown_callback", "This job is not known, or not any more.")
}
