//! Who is to be called asks for the same at another number: his request is another one, at the place of the first, which is over. So what he
//! agrees to is agreed for the number that is called, and there is one open request of his.

use super::{Firm, problem};
use crate::callback::JobState;
use crate::ids::ReservationId;
use crate::request::{Mode, OpenReservation, Problem};
use crate::reservation::Reservation;
use warmline_time::Time;

/// Why a request is over in whose place another one is.
pub(super) const MOVED: &str = "moved";

impl Firm {
    /// Whether this request of his is for another number than the one that he asks for now, and he is not spoken with yet.
    pub(super) fn is_for_another(r: &Reservation, asked: &OpenReservation, number: Option<&String>) -> bool {
        let other = |state: JobState| !matches!(state, JobState::Answered { .. } | JobState::Done);
        let job = r.job.as_ref().filter(|job| other(job.state) && Some(&job.number) != number);
        asked.mode == Mode::Callme && r.campaign.is_none() && job.is_some()
    }

    /// The request is for this number from now on, if it can be: whoever is refused keeps what he has.
    pub(super) fn move_job(
        &mut self,
        now: Time,
        (site, old): (usize, ReservationId),
        asked: OpenReservation,
        number: String,
    ) -> Result<ReservationId, Problem> {
        let over = || problem(409, "over", "This request is over: ask again.");
        let r = self.reservations.get(old).ok_or_else(over)?;
        let job = r.job.as_ref().ok_or_else(over)?;
        if r.call.is_some() || matches!(job.state, JobState::Intended { .. }) {
            return Err(problem(409, "dialing", "You are being called at this moment."));
        }
        let (since, soon, preferred) = (r.waits_since(), job.wanted.is_none(), r.agent.or(r.preferred));
        let (contact, queue) = (r.contact, self.queue_of_site(site));
        // His own slot is free for himself.
        self.unbook(old);
        let due = self.wanted(now, asked.due, queue);
        self.book(old);
        let due = due?;
        let ruled = self.rule_request(now, site, &asked, Some(&number), contact);
        let queue = self.ruled_queue(&ruled).unwrap_or(queue);
        if self.open_queue(due.unwrap_or(now), queue).is_none() {
            return Err(problem(422, "closed_then", "Nobody is there at that time: choose another one."));
        }
        // Who waits already gives a place up for the one he takes; who wants to be called later has none.
        let crowded = due.is_none() && !soon && self.waiting.len() >= self.settings.limits.waiting;
        if crowded {
            return Err(problem(422, "closed_then", "Too many people wait at this moment: choose a time."));
        }
        self.end(now, old, MOVED);
        let asked = OpenReservation { due, ..asked };
        // Who has waited to be called soon has waited, whatever the number.
        let since = (soon && due.is_none()).then_some(since);
        Ok(self.grant(now, site, (asked, false), Some(number), (preferred, since)))
    }
}
