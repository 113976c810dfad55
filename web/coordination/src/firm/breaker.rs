//! The breaker of call me: open, nobody is dialled for it, since its budget is spent or a program says so. Jobs wait in their places;
//! what rings or talks goes on (SPEC E13).

use super::feed::Event;
use super::limits::seconds;
use super::{Firm, Timer, problem};
use crate::effect::Action;
use crate::fact::Fact;
use crate::request::{Problem, Reply, RequestId};
use crate::spending::{BreakerView, Cents};
use serde_json::{Value, json};
use std::time::Duration;
use warmline_time::Time;

/// So long it is open at least, unless somebody closes it.
const OPEN: Duration = Duration::from_secs(3_600);
/// How often it is looked whether a day's budget has room again.
const AGAIN: Duration = Duration::from_secs(60);
/// Why, where a program has opened or closed it.
const PROGRAM: &str = "program";

/// An open breaker.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    pub since: Time,
    /// When it is looked whether it can be closed.
    pub until: Time,
    /// `hour`, `day` (the budget that is spent) or `program`.
    pub why: String,
}

impl Firm {
    /// A program opens or closes it (`open`), or asks.
    pub fn set_breaker(&mut self, now: Time, request: RequestId, by: &str, open: Option<bool>) {
        // A program's word holds beyond what a budget has opened.
        let is = |why: &str| self.breaker.as_ref().is_some_and(|breaker| breaker.why == why);
        let changes = open.filter(|&open| if open { !is(PROGRAM) } else { self.breaker.is_some() });
        let after = match (changes, self.can_keep()) {
            (None, _) => 0,
            (Some(_), Err(problem)) => {
                self.reply(request, Reply::Problem(problem));
                return self.finish(now);
            }
            (Some(true), Ok(())) => self.open_breaker(now, PROGRAM, Some(by)),
            (Some(false), Ok(())) => self.close_breaker(now, PROGRAM, Some(by)),
        };
        let view = Box::new(self.breaker_view(now));
        self.act(after, Action::Reply(request, Reply::Breaker(view)));
        self.finish(now);
    }

    /// Nobody is dialled for call me from now on. The journal's number.
    pub(super) fn open_breaker(&mut self, now: Time, why: &str, by: Option<&str>) -> u64 {
        let after = self.note_breaker(now, true, why, by);
        self.breaker = Some(Breaker { since: now, until: now + OPEN, why: why.to_owned() });
        self.breaker_opened += 1;
        self.timers.cancel(Timer::Spending);
        self.timers.set(Timer::Breaker, now + OPEN);
        self.tell_breaker(now, after, why, by);
        after
    }

    fn close_breaker(&mut self, now: Time, why: &str, by: Option<&str>) -> u64 {
        let after = self.note_breaker(now, false, why, by);
        self.reset_breaker(now, false, why);
        self.check_spending(now);
        (self.serve, self.board_due) = (true, true);
        self.tell_breaker(now, after, why, by);
        after
    }

    /// As a row of the journal says it.
    pub(super) fn reset_breaker(&mut self, at: Time, open: bool, why: &str) {
        self.timers.cancel(Timer::Breaker);
        self.breaker = open.then(|| Breaker { since: at, until: at + OPEN, why: why.to_owned() });
        if open {
            self.timers.set(Timer::Breaker, at + OPEN);
        } else if why == PROGRAM {
            self.spending.forgive(at);
        }
    }

    /// Its hour is over: it is closed unless a budget is spent yet.
    pub(super) fn breaker_due(&mut self, now: Time) {
        let Some(breaker) = &mut self.breaker else { return };
        if self.spending.over(now, &self.settings.callme.spend).is_none() {
            self.close_breaker(now, "time", None);
            return;
        }
        breaker.until = now + AGAIN;
        self.timers.set(Timer::Breaker, now + AGAIN);
    }

    /// Other budgets: one that is not spent opens nothing, and keeps nothing open.
    pub(super) fn budgets_changed(&mut self, now: Time) {
        let spent = self.spending.over(now, &self.settings.callme.spend).is_some();
        match &self.breaker {
            Some(breaker) if !spent && breaker.why != PROGRAM => {
                self.close_breaker(now, "settings", None);
            }
            _ => self.check_spending(now),
        }
    }

    /// Nobody is called while it is open.
    pub(super) fn breaker_refuses(&self, now: Time) -> Result<(), Problem> {
        let until = self.breaker.as_ref().map(|breaker| breaker.until);
        let Some(until) = until.or(self.clock_off.then(|| now + AGAIN)) else { return Ok(()) };
        let refusal = problem(429, "callme_not_now", "Nobody is called at the moment: try again later.");
        Err(Problem { retry_after_secs: Some(seconds(now, until)), ..refusal })
    }

    /// Nobody is dialled now for whom an hour or a budget counts: the breaker is open, or the clock is wrong.
    pub(super) fn calls_nobody(&self) -> bool {
        self.breaker.is_some() || self.clock_off
    }

    fn breaker_view(&self, now: Time) -> BreakerView {
        let budget = &self.settings.callme.spend;
        BreakerView {
            open: self.breaker.is_some(),
            why: self.breaker.as_ref().map(|breaker| breaker.why.clone()),
            since: self.breaker.as_ref().map(|breaker| breaker.since.rfc3339()),
            until: self.breaker.as_ref().map(|breaker| breaker.until.rfc3339()),
            spent_cents: self.spending.cents(now),
            budget_cents: Cents { hour: budget.cents_per_hour.into(), day: budget.cents_per_day.into() },
        }
    }

    fn note_breaker(&mut self, now: Time, open: bool, why: &str, by: Option<&str>) -> u64 {
        let by = by.map(str::to_owned);
        self.persist(now, Fact::CallmeBreaker { open, why: why.to_owned(), by })
    }

    /// To programs, and to those who supervise the floor.
    fn tell_breaker(&mut self, now: Time, after: u64, why: &str, by: Option<&str>) {
        let mut data: Value = json!(self.breaker_view(now));
        data["why"] = json!(why);
        if let Some(by) = by {
            data["by"] = json!(by);
        }
        let name = "callme.breaker";
        let subject = self.settings.name.clone();
        self.announce(
            now,
            after,
            Event { name, subject: subject.clone(), trace_id: String::new(), data: data.clone() },
        );
        let supervisors: Vec<usize> =
            self.people().filter(|&agent| self.agents[agent].oversees.is_some()).collect();
        for agent in supervisors {
            self.emit(now, agent, name, subject.clone(), String::new(), data.clone());
        }
    }
}
