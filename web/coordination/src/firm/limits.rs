//! How often and for how much call me dials: refused where somebody asks, waited for before each dialling (SPEC E13). Agents' own calls
//! do not count.

use super::{Firm, Timer, problem};
use crate::dial_limits::{Asker, Dialling, Limit};
use crate::ids::{CallId, ReservationId};
use crate::request::{OpenReservation, Problem};
use crate::spending::Amount;
use warmline_time::Time;

impl Firm {
    /// Whether somebody may ask for this number to be called then, or now.
    pub(super) fn check_dial_limits(
        &mut self,
        now: Time,
        site: usize,
        asked: &OpenReservation,
        number: &str,
    ) -> Result<(), Problem> {
        let asker = Asker { site, visitor: asked.visitor, address: asked.address.clone() };
        let dialling = Dialling { number: number.to_owned(), asker: Some(asker) };
        let forbids = self.diallings.forbids(now, &dialling, &self.settings.callme.limits);
        let when = asked.due.unwrap_or(now);
        let Some((limit, until)) = forbids.filter(|(_, until)| *until > when) else { return Ok(()) };
        self.count_limit(limit);
        // What others have filled is not held against him.
        let refusal = match limit {
            Limit::Prefix | Limit::Site => {
                problem(429, "callme_not_now", "We cannot call you just now: try again later.")
            }
            Limit::NumberHour | Limit::NumberDay | Limit::Visitor | Limit::Address => {
                problem(429, "callme_limited", "You were called often enough for now: try again later.")
            }
        };
        Err(Problem { retry_after_secs: Some(seconds(now, until)), ..refusal })
    }

    /// Until when a job waits that has been dialled often enough, or whose neighbours have; none: it may be dialled.
    pub(super) fn limited_until(&mut self, now: Time, id: ReservationId) -> Option<Time> {
        let dialling = self.dialling_of(id)?;
        let (limit, until) = self.diallings.forbids(now, &dialling, &self.settings.callme.limits)?;
        self.count_limit(limit);
        Some(until)
    }

    /// A job is dialled.
    pub(super) fn count_dialling(&mut self, now: Time, id: ReservationId) {
        if let Some(dialling) = self.dialling_of(id) {
            self.diallings.note(now, &dialling, &self.settings.callme.limits);
        }
    }

    /// A job was not dialled at that moment, after all.
    pub(super) fn uncount_dialling(&mut self, at: Time, id: ReservationId) {
        if let Some(dialling) = self.dialling_of(id) {
            self.diallings.take_back(at, &dialling, &self.settings.callme.limits);
        }
    }

    fn dialling_of(&self, id: ReservationId) -> Option<Dialling> {
        let r = self.reservations.get(id)?;
        let number = r.job.as_ref().map(|job| job.number.clone())?;
        let asker = || Asker { site: r.site, visitor: r.visitor, address: r.address.clone() };
        Some(Dialling { number, asker: r.campaign.is_none().then(asker) })
    }

    fn count_limit(&mut self, limit: Limit) {
        self.limited[limit as usize] += 1;
    }

    /// Whoever was called for a job has answered: from now on it costs.
    pub(super) fn callee_costs(&mut self, now: Time, call: CallId, id: ReservationId) {
        let number = self.reservations.get(id).and_then(|r| r.job.as_ref()).map(|job| &job.number);
        let Some(price) = number.map(|number| self.settings.callme.spend.price(number)) else { return };
        self.spending.answers(now, call, price);
        self.check_spending(now);
    }

    /// A call is over: what it has cost, if anything.
    pub(super) fn call_costs(&mut self, now: Time, call: CallId) -> Option<Amount> {
        let cost = self.spending.ends(now, call)?;
        self.check_spending(now);
        Some(cost)
    }

    /// Opens the breaker where a budget is spent, otherwise looks again when it may be.
    pub(super) fn check_spending(&mut self, now: Time) {
        let budget = &self.settings.callme.spend;
        let due = self.spending.due(now, budget).filter(|_| self.breaker.is_none());
        match self.spending.over(now, budget) {
            Some(window) if self.breaker.is_none() => {
                self.open_breaker(now, window, None);
            }
            _ => match due {
                Some(due) => self.timers.set(Timer::Spending, due),
                None => self.timers.cancel(Timer::Spending),
            },
        }
    }
}

/// Until then, for `Retry-After`.
pub(super) fn seconds(now: Time, until: Time) -> u32 {
    until.since(now).as_micros().div_ceil(1_000_000).clamp(1, 86_400) as u32
}
