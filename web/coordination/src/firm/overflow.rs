//! Who waits too long, or comes outside the hours: agents of other queues, then a number outside. Never a dead end.

use super::{Firm, Timer};
use crate::cti::{Cause, Command};
use crate::ids::CallId;
use crate::queue::Waiter;
use crate::settings::Beyond;
use std::time::Duration;
use warmline_time::Time;

/// When a number is tried again that could not be rung because its trunk was down.
const AGAIN: Duration = Duration::from_secs(30);

/// How long somebody has waited in one queue, music or ringing alike, and what was tried for him.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    queue: usize,
    since: Time,
    /// Steps of the queue's overflow that were taken.
    steps: usize,
}

/// Where a caller goes who has just come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Door {
    /// To the agents of a queue: the one he asked for, or the one that stands in for it.
    Open(usize),
    /// To a number outside.
    Number(String),
    /// Nowhere now.
    Shut,
}

impl Firm {
    /// Where callers of a queue go now.
    pub(super) fn door(&self, now: Time, queue: usize) -> Door {
        if self.is_open(now, queue) {
            return Door::Open(queue);
        }
        match &self.settings.queues[queue].closed {
            Some(Beyond::Queue(name)) => {
                let other = self.queue_named(name).filter(|&other| self.is_open(now, other));
                other.map_or(Door::Shut, Door::Open)
            }
            Some(Beyond::Number(number)) => Door::Number(number.clone()),
            None => Door::Shut,
        }
    }

    /// For who asks by a page: the queue that takes him, where one does.
    pub(super) fn open_queue(&self, now: Time, queue: usize) -> Option<usize> {
        match self.door(now, queue) {
            Door::Open(queue) => Some(queue),
            Door::Number(_) | Door::Shut => None,
        }
    }

    pub(super) fn is_open(&self, now: Time, queue: usize) -> bool {
        self.settings.queues[queue].hours.as_ref().is_none_or(|hours| hours.is_open(now))
    }

    /// A caller outside the hours is refused: 480, and counted. Who was asked for his PIN is hung up on.
    pub(super) fn turn_away(&mut self, now: Time, id: CallId) {
        self.turned_away += 1;
        let cause = Cause::Unreachable;
        if self.calls.get(&id).is_some_and(|call| call.customer_up) {
            self.switch(Command::Hangup { call: id, cause });
            return self.settle(now, id, cause);
        }
        self.switch(Command::Reject { call: id, cause });
    }

    /// A caller who was asked for his PIN looks for an agent only now. False: it is outside the hours, he is seen to.
    pub(super) fn enters(&mut self, now: Time, id: CallId) -> bool {
        let Some(mut call) = self.calls.get(&id).cloned() else { return false };
        self.rule_call(now, &mut call);
        let queue = call.queue;
        self.calls.insert(id, call);
        match self.door(now, queue) {
            Door::Open(queue) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.queue = queue;
                }
                return true;
            }
            Door::Number(number) => {
                self.music(id);
                self.put_through(now, id, number);
            }
            Door::Shut => self.turn_away(now, id),
        }
        false
    }

    /// A caller outside the hours is put through to a number.
    pub(super) fn put_through(&mut self, now: Time, id: CallId, number: String) {
        let Some(call) = self.calls.get(&id) else { return };
        if !self.trunk_of(call.pool) {
            return self.turn_away(now, id);
        }
        self.alert(now, id);
        self.ring_beyond(now, id, number);
    }

    /// It was not answered. True: he came outside the hours, has waited nowhere and spoken with nobody; he is refused.
    pub(super) fn leaves_shut(&mut self, now: Time, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let came_late = call.bridged.is_none() && !self.waits.contains_key(&Waiter::Call(id));
        let shut = came_late && self.open_queue(now, call.queue) != Some(call.queue);
        if shut {
            self.turn_away(now, id);
        }
        shut
    }

    /// A number stands in for agents: the customer's own is shown, as on an agent's phone outside.
    fn ring_beyond(&mut self, now: Time, id: CallId, number: String) {
        let Some(call) = self.calls.get(&id) else { return };
        let shown = (self.caller_name(call), call.caller.0.clone());
        self.overflowed += 1;
        self.ring_outside(now, id, number, shown);
    }

    /// A trunk that carries calls of this pool is there and up.
    fn trunk_of(&self, pool: usize) -> bool {
        pool < self.settings.pools.len() && self.trunk_up(pool)
    }

    /// Customer and number hear each other: the call is connected, not the routing point (G p. 13).
    pub(super) fn outside_bridged(&mut self, now: Time, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.bridged.is_none()) else { return };
        call.bridged = Some(now);
        let reservation = call.reservation;
        self.has_met(now, id);
        self.forget_wait(Waiter::Call(id));
        self.wait_ended(now, Waiter::Call(id));
        if let Some(reservation) = reservation {
            self.close(now, reservation, "normal");
        }
    }

    /// Somebody has taken a place: from his first in this queue on his time counts.
    pub(super) fn begin_wait(&mut self, now: Time, waiter: Waiter) {
        let Some(queue) = self.waiting.get(waiter).map(|place| place.queue) else { return };
        if self.settings.queues[queue].overflow.is_empty() {
            self.forget_wait(waiter);
            return;
        }
        let known = self.waits.get(&waiter).is_some_and(|wait| wait.queue == queue);
        if !known {
            self.waits.insert(waiter, Wait { queue, since: now, steps: 0 });
        }
        self.arm(waiter);
    }

    /// A job takes a caller's place: he has waited as long.
    pub(super) fn hand_on_wait(&mut self, from: Waiter, to: Waiter) {
        if let Some(wait) = self.waits.remove(&from) {
            self.timers.cancel(Timer::Overflow(from));
            self.waits.insert(to, wait);
            self.arm(to);
        }
    }

    /// The queues have other settings: whoever is on his way or waits does so by the overflow that there is now, for as long as he has.
    pub(super) fn reload_waits(&mut self, now: Time, queue_of: impl Fn(&Firm, Waiter) -> Option<usize>) {
        let mut known: Vec<Waiter> = self.waits.keys().copied().collect();
        known.sort_unstable();
        for waiter in known {
            let queue = queue_of(self, waiter);
            if let Some((wait, queue)) = self.waits.get_mut(&waiter).zip(queue).filter(|(w, q)| w.queue != *q)
            {
                *wait = Wait { queue, steps: 0, ..*wait };
            }
        }
        let waiting: Vec<Waiter> = self.waiting.iter().map(|place| place.waiter).collect();
        waiting.into_iter().for_each(|waiter| self.begin_wait(now, waiter));
    }

    /// He has spoken with somebody, or is gone.
    pub(super) fn forget_wait(&mut self, waiter: Waiter) {
        if self.waits.remove(&waiter).is_some() {
            self.timers.cancel(Timer::Overflow(waiter));
        }
    }

    fn arm(&mut self, waiter: Waiter) {
        let Some(wait) = self.waits.get(&waiter) else { return };
        if let Some(step) = self.settings.queues[wait.queue].overflow.get(wait.steps) {
            self.timers.set(Timer::Overflow(waiter), wait.since + step.after);
        }
    }

    /// He has waited long enough for the next step. Not while his call rings somewhere: his next place sets the timer anew.
    pub(super) fn overflow_due(&mut self, now: Time, waiter: Waiter) {
        if self.waiting.get(waiter).is_none() {
            return;
        }
        let Some(wait) = self.waits.get(&waiter).copied() else { return };
        let step = self.settings.queues[wait.queue].overflow.get(wait.steps).cloned();
        match (step.map(|step| step.to), waiter) {
            (Some(Beyond::Number(number)), Waiter::Call(id)) => {
                let here = self.calls.get(&id).filter(|call| call.control.lost.is_none());
                let pool = here.map(|call| call.pool);
                if !pool.is_some_and(|pool| self.trunk_of(pool)) {
                    return self.timers.set(Timer::Overflow(waiter), now + AGAIN);
                }
                self.step_taken(waiter);
                self.unplace(waiter, self.reservation_of(waiter));
                self.ring_beyond(now, id, number);
            }
            (Some(_), _) => {
                self.step_taken(waiter);
                self.serve = true;
                self.arm(waiter);
            }
            (None, _) => {}
        }
    }

    fn step_taken(&mut self, waiter: Waiter) {
        if let Some(wait) = self.waits.get_mut(&waiter) {
            wait.steps += 1;
        }
    }

    /// The further queues whose agents may take him: of the steps that were taken, those that are open.
    pub(super) fn further(&self, waiter: Waiter, queue: usize) -> Vec<usize> {
        let Some(wait) = self.waits.get(&waiter).filter(|wait| wait.queue == queue) else {
            return Vec::new();
        };
        let taken = self.settings.queues[queue].overflow.iter().take(wait.steps);
        let queues = taken.filter_map(|step| match &step.to {
            Beyond::Queue(name) => self.queue_named(name),
            Beyond::Number(_) => None,
        });
        queues.filter(|&further| self.is_open(self.clock, further)).collect()
    }
}
