//! Whether and when policy lets a number be dialled: what is asked when a job is opened and before each dialling (do-not-call, calling
//! hours).

use super::schedule::LOOK_AHEAD;
use super::{Firm, problem};
use crate::callback::Job;
use crate::calling_hours::{Callee, Clocks, Closed, lived_in};
use crate::dialing::DialMode;
use crate::identity::Identity;
use crate::ids::VisitorId;
use crate::number::e164;
use crate::request::{OpenReservation, Problem, Whose};
use crate::reservation::Reservation;
use std::time::Duration;
use warmline_time::Time;

/// So long after the click a first dialling is what the visitor has asked for now.
const NOW: Duration = Duration::from_secs(15 * 60);
/// So long, at most, a job is kept from the next opening on that would end while nobody is called.
const MORNING: Duration = Duration::from_secs(12 * 3_600);
/// How often the hours of number and queue are reconciled until that is given up.
const TRIES: usize = 20;

/// What policy says of dialling a number at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    /// It may be dialled.
    Open,
    /// Not before this moment.
    Later(Time),
    /// Never; why, in the stable words of the interfaces.
    Never(&'static str),
}

impl Firm {
    /// Of a number in E.164, which [`crate::number::check`] has let pass when it was asked for. A first dialling soon after the request may
    /// be exempt from calling hours; a later one, or one again, keeps those of the number and of the queue.
    pub(super) fn dial_gate(&self, now: Time, number: &str) -> Gate {
        let job = self.jobs.by_number(number).and_then(|id| self.reservations.get(id));
        self.gate(now, number, job.is_some_and(|r| self.own_request(r).is_some()))
    }

    /// The same of a request that is not there yet; `himself`: it is his own, as far as a register of numbers is concerned.
    pub(super) fn gate(&self, now: Time, number: &str, himself: bool) -> Gate {
        if self.is_own(number) {
            return Gate::Never("own_number");
        }
        if self.never_by(number).is_some_and(|never| !(himself && never.is_registry())) {
            return Gate::Never("do_not_call");
        }
        let hours = &self.settings.callme.policy.hours;
        let job = self.jobs.by_number(number).and_then(|id| self.reservations.get(id));
        if hours.exempt_immediate && self.just_asked(now, number) {
            return Gate::Open;
        }
        let callee = job.and_then(|r| r.job.as_ref()).map_or(Callee { number, zone: None }, Job::callee);
        match self.next_hours(now, callee, job.map(|r| r.queue)) {
            Some(at) if at == now => Gate::Open,
            Some(at) => Gate::Later(at),
            None => Gate::Never("calling_hours"),
        }
    }

    /// The first moment from this one on at which somebody may be called and his queue is open.
    fn next_hours(&self, from: Time, callee: Callee, queue: Option<usize>) -> Option<Time> {
        let queue = queue.and_then(|queue| self.settings.queues[queue].hours.as_ref());
        let mut at = from;
        for _ in 0..TRIES {
            match self.settings.callme.policy.hours.check(callee, at) {
                Ok(()) => {}
                Err(Closed::Until(later)) => at = later,
                Err(Closed::Always) => return None,
            }
            match queue.map_or(Some(at), |queue| queue.next_open(at, LOOK_AHEAD)) {
                Some(open) if open == at => return Some(at),
                Some(later) => at = later,
                None => return None,
            }
        }
        None
    }

    /// Until when a job is kept that is wanted at this moment. It does not end while nobody is called (N23): what would end at the weekend is
    /// called on Monday yet.
    pub(super) fn kept_until(&self, wanted: Time, callee: Callee, queue: usize) -> Time {
        let kept = self.settings.callme.expire;
        let end = wanted + kept;
        match self.next_hours(end, callee, Some(queue)) {
            Some(open) if open > end => open + kept.min(MORNING),
            _ => end,
        }
    }

    /// Whether a dialling of this number is what the person himself has asked for now, and the first since: what the law lets somebody be
    /// called for at any hour is that he asks for it, not that he asked lately, and not that a program puts his call forward.
    pub(super) fn just_asked(&self, now: Time, number: &str) -> bool {
        let now_wanted = |job: &Job| {
            let asked = job.asked_now.filter(|&at| now.since(at) <= NOW);
            asked.is_some_and(|asked| job.attempts.iter().all(|attempt| attempt.at < asked))
        };
        let job = self.jobs.by_number(number).and_then(|id| self.reservations.get(id)?.job.as_ref());
        job.is_some_and(now_wanted)
    }

    /// Whether a request to be called at this number, then or now, is taken at all.
    pub(super) fn may_be_asked(
        &self,
        (number, asked): (&str, &OpenReservation),
        himself: bool,
    ) -> Result<(), Problem> {
        let code = match self.never_by(number) {
            Some(never) if never.is_registry() && himself => None,
            // Whether somebody has said so himself is nobody else's business.
            Some(never) if never.is_registry() && self.settings.callme.policy.own_request => {
                Some("on_registry")
            }
            Some(_) => Some("do_not_call"),
            None => None,
        };
        if let Some(code) = code {
            return Err(problem(422, code, "We cannot call this number."));
        }
        self.at_his_hours(Callee { number, zone: asked.whence.zone.as_deref() }, asked.due)
    }

    /// How it is known that a job's call was asked for by whoever has the number, where the firm lets that count for more than a register: the
    /// site vouches for it (`signed_in`), or whoever answers is asked for the digits of the page before an agent is rung (`digits`).
    pub(super) fn own_request(&self, r: &Reservation) -> Option<&'static str> {
        let job = r.job.as_ref().filter(|job| !job.anew && r.campaign.is_none())?;
        if self.is_vouched_for(r.identity.as_deref(), &job.number) {
            return Some("signed_in");
        }
        let digits = job.matching.is_some() && r.moves.is_none();
        let asked = digits && self.dial_mode(r.id) != DialMode::AgentFirst;
        (asked && self.settings.callme.policy.own_request).then_some("digits")
    }

    /// The same of what is asked for in a queue; none: nobody would be asked for digits.
    pub(super) fn will_be_own(&self, asked: &OpenReservation, number: &str, queue: Option<usize>) -> bool {
        let digits = || queue.is_some_and(|queue| self.is_matched(asked, queue));
        self.is_vouched_for(asked.identity.as_deref(), number)
            || (self.settings.callme.policy.own_request && digits())
    }

    fn is_vouched_for(&self, identity: Option<&Identity>, number: &str) -> bool {
        let on_file = || identity.and_then(|identity| self.contacts.on_file(identity));
        self.settings.callme.policy.own_request && on_file().is_some_and(|known| known == number)
    }

    /// The number of a visitor who types none: the one on file of whom his site has signed in, otherwise the one of this browser's last
    /// request. No page learns it.
    pub(super) fn known_number(
        &self,
        now: Time,
        identity: Option<&Identity>,
        visitor: Option<VisitorId>,
    ) -> Option<String> {
        let Some(identity) = identity else {
            let kept = self.settings.callme.remember_number;
            let number = self.last_numbers.of(now, visitor?, kept)?;
            // Somebody may have said to another firm that he is never to be called.
            let never = self.never_by(number).is_some_and(|never| !never.is_registry());
            return (!never).then(|| number.to_owned());
        };
        self.contacts.on_file(identity)
    }

    /// Whether a person may ask to be called then, or now, by his clock.
    pub(super) fn at_his_hours(&self, callee: Callee, due: Option<Time>) -> Result<(), Problem> {
        let hours = &self.settings.callme.policy.hours;
        // A time that is over is told of as such.
        let due = due.filter(|due| *due > self.clock);
        let kept = due.is_some() || !hours.exempt_immediate;
        if kept && hours.check(callee, due.unwrap_or(self.clock)).is_err() {
            return Err(problem(422, "calling_hours", "We cannot call this number at this hour."));
        }
        Ok(())
    }

    /// The clocks of whoever is to be called, as far as that is known; none: nothing is.
    pub(super) fn clocks_of(&self, whose: &Whose, zone: Option<&str>) -> Option<Clocks> {
        let hours = &self.settings.callme.policy.hours;
        let number = match whose {
            Whose::Anybody => None,
            Whose::Country(country) => return hours.of_country(country),
            Whose::Number(typed) => e164(typed, self.settings.callme.countries.first()),
            Whose::OnFile(identity, visitor) => self.known_number(self.clock, identity.as_deref(), *visitor),
            Whose::Request(id) => {
                let job = self.reservations.get(*id)?.job.as_ref()?;
                return Some(hours.of(job.callee(), self.clock));
            }
        };
        let zone = zone.and_then(lived_in);
        number.map(|number| hours.of(Callee { number: &number, zone: zone.as_deref() }, self.clock))
    }
}
