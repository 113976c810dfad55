//! Who is called later, as desktops show it, and what is shown of a request that asked for more than a call.

use super::Firm;
use super::direct::ruled_priority;
use super::show::view;
use crate::asking::AskedView;
use crate::callback::JobState;
use crate::ids::{ContactId, ReservationId};
use crate::reservation::Reservation;
use crate::view::{Notice, ScheduledView};
use warmline_time::Time;

/// The next ones that are shown.
const SHOWN: usize = 50;

/// What desktops were told of who is called later.
#[derive(Debug, Default)]
pub(super) struct Told {
    rows: Vec<ScheduledView>,
    /// Whose they are.
    list: Vec<(Time, ReservationId)>,
    /// A job of any kind is another way: the list may be.
    touched: bool,
    /// One of those that are shown is.
    shown: bool,
}

impl Firm {
    /// A request is another way: where it is a job, desktops may show it another way.
    pub(super) fn touch_later(&mut self, id: ReservationId) {
        if self.reservations.get(id).is_some_and(|r| r.job.is_some()) {
            (self.later_told.touched, self.board_due) = (true, true);
            self.later_told.shown |= self.later_told.list.iter().any(|row| row.1 == id);
        }
    }

    /// A record is another way: whoever is called later is shown by its name and priority.
    pub(super) fn touch_later_of(&mut self, contact: ContactId) {
        let of_it = |id| self.reservations.get(id).is_some_and(|r| r.contact == contact);
        if self.later_told.list.iter().any(|row| of_it(row.1)) {
            (self.later_told.touched, self.later_told.shown, self.board_due) = (true, true, true);
        }
    }

    /// What a visitor has chosen, when he wants to be called, and how often he was. None: nothing of it.
    pub(super) fn asked_view(&self, id: ReservationId) -> Option<Box<AskedView>> {
        let r = self.reservations.get(id)?;
        let job = r.job.as_ref();
        AskedView::of(&r.said, job.and_then(|job| job.wanted), job.map_or(0, |job| job.attempts.len()))
    }

    /// The next ones, in the order of their times.
    pub(super) fn scheduled_views(&mut self) -> Vec<ScheduledView> {
        let next = self.next_scheduled();
        self.views_of(&next)
    }

    fn next_scheduled(&mut self) -> Vec<(Time, ReservationId)> {
        let reservations = &self.reservations;
        let waits = |id| reservations.get(id).filter(|r| r.live()).and_then(due);
        self.jobs.next_due(SHOWN, waits)
    }

    fn views_of(&self, list: &[(Time, ReservationId)]) -> Vec<ScheduledView> {
        list.iter().filter_map(|&(due, id)| self.scheduled_view(due, id)).collect()
    }

    /// What desktops are told, where a job was put off, or is due, since they were told last.
    pub(super) fn scheduled_news(&mut self) -> Option<Notice> {
        if !std::mem::take(&mut self.later_told.touched) {
            return None;
        }
        let (list, newcomers) = (self.next_scheduled(), self.waiting_told.newcomers);
        let shown = std::mem::take(&mut self.later_told.shown);
        if list == self.later_told.list && !shown && !newcomers {
            return None;
        }
        let rows = self.views_of(&list);
        self.later_told.list = list;
        if rows == self.later_told.rows && !newcomers {
            return None;
        }
        self.later_told.rows = rows;
        Some(view("scheduled", &self.later_told.rows))
    }

    fn scheduled_view(&self, due: Time, id: ReservationId) -> Option<ScheduledView> {
        let r = self.reservations.get(id)?;
        Some(ScheduledView {
            id,
            name: self.contacts.get(r.contact).map(|contact| contact.name.clone()).unwrap_or_default(),
            due: due.rfc3339(),
            priority: ruled_priority(self.contacts.priority(Some(r.contact)), &r.ruled),
            page: r.page.bare(),
            asked: self.asked_view(id),
            client: self.shown_client(&r.ruled.facts.client),
        })
    }
}

fn due(r: &Reservation) -> Option<Time> {
    let job = r.job.as_ref().filter(|job| job.state == JobState::Scheduled)?;
    job.due
}
