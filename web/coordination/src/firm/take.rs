//! An agent takes someone out of turn: from the waiting list, in any order (N 0050).

use super::{Firm, problem};
use crate::agent::Work;
use crate::ids::CallId;
use crate::queue::Waiter;
use crate::request::Problem;
use crate::settings::Take;
use crate::view::ShownMode;
use warmline_time::Time;

impl Firm {
    /// Ready or not, idle or at rest after a call: whoever picks is willing. What follows is an offer like any.
    pub fn take(&mut self, now: Time, agent: usize, waiting: &str) -> Result<(), Problem> {
        if let Some(Waiter::Chat(id)) = self.waiter_named(waiting) {
            if !self.agents[agent].logged_in || self.agents[agent].leaving {
                return Err(problem(409, "not_logged_in", "You are not logged in."));
            }
            return self.pick_chat(now, agent, id);
        }
        let resting = self.willing(agent)?;
        let gone = || problem(409, "gone", "Another agent was faster.");
        let waiter = self.waiter_named(waiting).ok_or_else(gone)?;
        let place = self.waiting.get(waiter).ok_or_else(gone)?;
        if let Waiter::Call(id) = waiter {
            self.is_there(id)?;
        }
        self.may_take(agent, waiter, place.queue)?;
        self.answers_for(agent, &self.ruled_of(waiter), None)?;
        if let Waiter::Job(id) = waiter
            && !self.dialable(id)
        {
            return Err(problem(409, "trunk_down", "There is no line to the telephone network now."));
        }
        if resting {
            self.wrapup_over(now, agent);
        }
        self.give(now, waiter, agent);
        Ok(())
    }

    /// Refuses where an agent does not serve the queue, nor one of its overflow by now, or may not choose in those that he serves.
    pub(super) fn may_take(&self, agent: usize, waiter: Waiter, queue: usize) -> Result<(), Problem> {
        let row = &self.agents[agent];
        let all = std::iter::once(queue).chain(self.further(waiter, queue));
        let mut served = all.filter(|&queue| row.serves.get(queue).copied().unwrap_or(false)).peekable();
        if served.peek().is_none() {
            return Err(problem(409, "not_your_queue", "You do not serve this queue."));
        }
        if served.all(|queue| self.settings.queues[queue].take == Take::Push) {
            return Err(problem(
                403,
                "push_only",
                "The switch gives out who waits in this queue, in their order.",
            ));
        }
        Ok(())
    }

    /// Whether agents choose for themselves in a queue.
    pub(super) fn is_pull(&self, queue: usize) -> bool {
        self.settings.queues[queue].take == Take::Pull
    }

    /// Refuses a call whose customer is between two phones.
    pub(super) fn is_there(&self, id: CallId) -> Result<(), Problem> {
        let away = self.calls.get(&id).is_some_and(|call| call.control.lost.is_some());
        let detail = "The customer is on the way to another phone: take him when he is there.";
        if away { Err(problem(409, "customer_away", detail)) } else { Ok(()) }
    }

    /// Refuses where an agent cannot begin a call of his choice now; answers whether he is at rest, which ends then.
    pub(super) fn willing(&self, agent: usize) -> Result<bool, Problem> {
        let row = &self.agents[agent];
        if !row.logged_in || row.leaving {
            return Err(problem(409, "not_logged_in", "You are not logged in."));
        }
        let resting = matches!(row.work, Work::Wrapup { .. });
        if row.work != Work::Idle && !resting {
            return Err(problem(409, "busy", "Finish what you have in hand first."));
        }
        if !row.reachable() {
            return Err(problem(409, "unreachable", "Your phone cannot be rung now."));
        }
        Ok(resting)
    }

    /// Who waits under this id of the list.
    pub(super) fn waiter_named(&self, text: &str) -> Option<Waiter> {
        if let Ok(id) = text.parse() {
            return Some(Waiter::Call(id));
        }
        let id = text.parse().ok()?;
        let row = self.reservations.get(id)?;
        if row.mode == ShownMode::Chat {
            return Some(Waiter::Chat(id));
        }
        let call = row.call.map(Waiter::Call);
        Some(call.unwrap_or(Waiter::Job(id)))
    }
}
