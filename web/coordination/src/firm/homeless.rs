//! Jobs of sites that are none of the firm's any more: after a restart nobody is called for them, which is told and counted, and
//! they stand among the dead ones. Where the site comes back with a later start, so do they.

use super::Firm;
use crate::callback::Ended;
use crate::dialing::Attempt;
use crate::fact::{Fact, ReservationOpened};
use crate::ids::{JobId, ReservationId};
use crate::request::{OpenReservation, Whence};
use std::collections::BTreeMap;
use warmline_time::Time;

/// Why nobody is called for it.
const REMOVED: &str = "site_removed";

/// One of them.
#[derive(Debug)]
pub(super) struct Homeless {
    job: JobId,
    opened: Box<ReservationOpened>,
    asked_at: Time,
    attempts: Vec<Attempt>,
}

impl Firm {
    /// The journal has a request of a site that is not configured.
    pub(super) fn note_homeless(&mut self, time: Time, opened: &ReservationOpened) {
        if let Some(job) = opened.job.filter(|_| opened.moves.is_none()) {
            let asked_at = opened.asked_at.map_or(time, Time::from_micros);
            let row = Homeless { job, opened: Box::new(opened.clone()), asked_at, attempts: Vec::new() };
            self.homeless.insert(opened.reservation, row);
        }
    }

    /// It was over before, or goes on.
    pub(super) fn homeless_over(&mut self, id: Option<ReservationId>) {
        if let Some(id) = id {
            self.homeless.remove(&id);
        }
    }

    /// It was dialled, and without an outcome nobody knows how that ended.
    pub(super) fn homeless_dialled(&mut self, at: Time, job: JobId, outcome: Option<&str>) {
        let Some(row) = self.homeless.values_mut().find(|row| row.job == job) else { return };
        match (outcome, row.attempts.last_mut()) {
            (None, _) => row.attempts.push(Attempt { at, outcome: String::new() }),
            (Some(outcome), Some(last)) => last.outcome = outcome.to_owned(),
            (Some(_), None) => {}
        }
    }

    /// After the last row: those that are left are kept to be looked at.
    pub(super) fn keep_homeless(&mut self, now: Time) {
        for (&reservation, row) in &self.homeless {
            let opened = &row.opened;
            let name = self.contacts.get(opened.contact).map(|contact| contact.name.clone());
            let asked = OpenReservation {
                site: opened.site.clone(),
                mode: opened.asked,
                visitor: opened.visitor,
                address: String::new(),
                page: opened.page.clone(),
                snapshot: opened.snapshot.clone(),
                consent: opened.consent.clone(),
                number: opened.callee.clone(),
                whence: Whence::default(),
                name,
                idempotency_key: None,
                identity: opened.identity.clone(),
                on_file: false,
                due: None,
                correspondent: None,
                said: opened.said.clone(),
                watched: None,
            };
            let ruled = opened.then.as_ref().and_then(|then| then.queue.clone());
            self.jobs.keep(Ended {
                reservation,
                asked,
                queue: ruled.unwrap_or_default(),
                asked_at: row.asked_at,
                wanted: opened.due.map(Time::from_micros),
                attempts: row.attempts.clone(),
                outcome: REMOVED.to_owned(),
                ended_at: now,
                campaign: opened.campaign.is_some(),
            });
        }
    }

    /// Those that are so.
    pub(super) fn homeless_of(&self, so: impl Fn(&ReservationOpened) -> bool) -> Vec<ReservationId> {
        self.homeless.iter().filter(|(_, row)| so(&row.opened)).map(|(&id, _)| id).collect()
    }

    /// It is asked for anew: with its site back, the journal must not have it open a second time.
    pub(super) fn close_homeless(&mut self, now: Time, id: ReservationId) {
        if self.homeless.remove(&id).is_some() {
            let reason = REMOVED.to_owned();
            self.persist(now, Fact::ReservationClosed { reservation: id, reason, number_free_at: None });
        }
    }

    /// How many open jobs the journal has of each site that is not configured: nobody is called for them.
    pub fn homeless(&self) -> BTreeMap<&str, usize> {
        let mut sites = BTreeMap::new();
        for row in self.homeless.values() {
            *sites.entry(row.opened.site.as_str()).or_default() += 1;
        }
        sites
    }
}
