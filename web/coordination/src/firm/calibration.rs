//! Whether waits end as they were told (C10): what was told when each began, and how long it really was. One wait is from a first place
//! in line until an agent is heard, or until a job is given to one; the estimate learns from it.

use super::Firm;
use crate::ids::ReservationId;
use crate::queue::{Place, Waiter};
use crate::view::Wait;
use crate::wait_estimate::Line;
use std::time::Duration;
use warmline_time::Time;

/// A wait that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    queue: usize,
    since: Time,
    /// He is called when it is his turn.
    called: bool,
    /// As it was told, or would have been; none: nothing was known, or somebody was free.
    told: Option<Wait>,
    /// When he was given to an agent.
    given: Option<Time>,
}

impl Firm {
    /// Somebody has taken a place; only his first begins a wait.
    pub(super) fn enters_line(&mut self, now: Time, waiter: Waiter, reservation: Option<ReservationId>) {
        let Some(place) = self.waiting.get(waiter).filter(|_| !waiter.is_chat()) else { return };
        if let Some(known) = self.entered.get_mut(&waiter) {
            known.given = None;
            return;
        }
        let position = self.waiting.position(waiter).unwrap_or_default();
        let called = matches!(waiter, Waiter::Job(_));
        let line = Line { position, called, placed: true, ..self.line(place.queue) };
        let told = reservation.and_then(|id| self.reservations.get(id)).and_then(|r| r.told.wait);
        let told = told.or_else(|| self.estimators[place.queue].estimate(line));
        let told = told.filter(|wait| wait.p90_secs > 0);
        self.entered.insert(waiter, Entered { queue: place.queue, since: now, called, told, given: None });
    }

    /// He is given to an agent; a job's wait is over then.
    pub(super) fn given(&mut self, now: Time, waiter: Waiter) {
        if let Some(entered) = self.entered.get_mut(&waiter) {
            entered.given = Some(now);
        }
        if matches!(waiter, Waiter::Job(_)) {
            self.wait_ended(now, waiter);
        }
    }

    /// He hears somebody.
    pub(super) fn wait_ended(&mut self, now: Time, waiter: Waiter) {
        let Some(entered) = self.entered.remove(&waiter) else { return };
        let estimator = &mut self.estimators[entered.queue];
        if let Some(given) = entered.given.filter(|_| !entered.called) {
            estimator.picked_up(now.since(given));
        }
        let waited = now.since(entered.since);
        if let Some(told) = entered.told {
            estimator.ended(entered.called, told, waited);
            self.statistics.waited(now, entered.queue, waited <= p90(told));
        }
    }

    /// He waits no more, and nobody came: that was too long, or nobody knows how long it would have been.
    pub(super) fn wait_given_up(&mut self, now: Time, waiter: Waiter) {
        let over = |entered: &Entered| entered.told.is_some_and(|told| now.since(entered.since) > p90(told));
        if self.entered.get(&waiter).is_some_and(over) {
            self.wait_ended(now, waiter);
        }
        self.entered.remove(&waiter);
    }

    /// Another takes his place, and has waited as long.
    pub(super) fn hand_on_entry(&mut self, from: Waiter, to: Waiter) {
        if let Some(entered) = self.entered.remove(&from) {
            self.entered.insert(to, entered);
        }
    }

    /// How long the first of a queue has waited.
    pub(super) fn head_secs(&self, queue: usize) -> u32 {
        let calls = |place: &&Place| place.queue == queue && !place.waiter.is_chat();
        let head = self.waiting.iter().find(calls).and_then(|place| self.entered.get(&place.waiter));
        head.map_or(0, |entered| self.clock.since(entered.since).as_secs() as u32)
    }

    /// Whether an estimate is longer than the queue would have somebody wait who could be called instead.
    pub(super) fn is_too_long(&self, queue: usize, p50_secs: u32) -> bool {
        let most = self.settings.queues[queue].offer_callback;
        !most.is_zero() && Duration::from_secs(p50_secs.into()) > most
    }
}

fn p90(told: Wait) -> Duration {
    Duration::from_secs(told.p90_secs.into())
}
