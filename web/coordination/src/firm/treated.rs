//! What is kept, as evidence, of a dialling: what was looked at before, and how whom we called was treated (C15).

use super::Firm;
use crate::cti::Prompt;
use crate::do_not_call::digits;
use crate::fact::{Checked, Looked, Spoken};
use crate::ids::{CallId, PartyId, ReservationId};
use warmline_time::Time;

/// So much of what was said to one person is kept: what comes first.
const SAID: usize = 32;

impl Firm {
    /// The gate has let a job's number pass, at this moment: what was looked at is kept with its next dialling.
    pub(super) fn keep_checked(&mut self, now: Time, id: ReservationId) {
        let Some(job) = self.reservations.get(id).and_then(|r| r.job.as_ref()) else { return };
        let policy = &self.settings.callme.policy;
        let exempt = policy.hours.exempt_immediate && self.just_asked(now, &job.number);
        let own = self.reservations.get(id).and_then(|r| self.own_request(r));
        let own_request = own.filter(|_| self.is_never_called(&job.number)).map(str::to_owned);
        let number = digits(&job.number).unwrap_or_default();
        let looked = |list: &str, numbers: usize| Looked { list: list.to_owned(), numbers: numbers as u64 };
        let lists = [
            (false, looked("said_never", self.suppression.len())),
            (self.listed.contains_key(&number), looked("firm", self.listed.len())),
            (policy.do_not_call.has(number), looked("firm_file", policy.do_not_call.len())),
            (policy.suppressed.has(number), looked("provider_file", policy.suppressed.len())),
        ];
        let checked = Checked {
            at: now.as_micros(),
            lists: lists.into_iter().filter(|(on, _)| !on).map(|(_, list)| list).collect(),
            own_request,
            hours: if exempt { "exempt" } else { "open" }.to_owned(),
            clocks: policy.hours.clocks(job.callee(), now),
        };
        if let Some(job) = self.reservations.get_mut(id).and_then(|r| r.job.as_mut()) {
            job.checked = Some(Box::new(checked));
        }
    }

    /// The phone of whom we called rings.
    pub(super) fn callee_rings(&mut self, now: Time, id: CallId, who: PartyId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.customer == who) {
            call.treated.rang.get_or_insert(now.as_micros());
        }
    }

    /// It is answered.
    pub(super) fn callee_up(&mut self, now: Time, id: CallId, who: PartyId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.customer == who) {
            call.treated.up.get_or_insert(now.as_micros());
        }
    }

    /// Milliseconds for which it rang until now, or until it was answered.
    pub(super) fn ring_ms(&self, now: Time, id: CallId) -> Option<u32> {
        let treated = &self.calls.get(&id)?.treated;
        let until = treated.up.unwrap_or(now.as_micros());
        u32::try_from(until.saturating_sub(treated.rang?) / 1_000).ok()
    }

    /// Something is said to him.
    pub(super) fn callee_told(&mut self, id: CallId, prompts: &[Prompt], language: &str) {
        let at = self.clock.as_micros();
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.is_dialled()) else { return };
        if call.treated.said.len() < SAID {
            let prompts = prompts.iter().map(|prompt| prompt.word()).collect();
            call.treated.said.push(Spoken { prompts, language: language.to_owned(), at, until: None });
        }
    }

    /// It was said to its end.
    pub(super) fn callee_heard(&mut self, now: Time, id: CallId) {
        let said = self.calls.get_mut(&id).and_then(|call| call.treated.said.last_mut());
        if let Some(said) = said.filter(|said| said.until.is_none()) {
            said.until = Some(now.as_micros());
        }
    }

    /// He keyed in the digits of the page; or did not.
    pub(super) fn callee_matched(&mut self, id: CallId, right: bool) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.treated.matched = Some(right);
        }
    }
}
