//! Ends: of a party, of a call, of everything. Whoever ends it, all legs are cleared, and `Ended` is the last event.

use super::call::{Call, PartyState, Step, Treatment};
use super::leg::Leg;
use super::{Switch, Timer, cause, resume};
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_sip::message::{HeaderName, Headers};
use warmline_time::Time;

/// Seconds after which a refused caller may try again.
pub(super) const RETRY_AFTER: &str = "10";

/// How something ends.
pub(super) struct Ending {
    pub(super) cause: Cause,
    /// The Reason for those who are still there, where it is another's; otherwise the cause's own.
    pub(super) reason: Option<String>,
    /// The refusal of an unanswered caller, where it is another's; otherwise the cause's own.
    pub(super) refusal: Option<(u16, Headers)>,
}

impl From<Cause> for Ending {
    fn from(cause: Cause) -> Self {
        Ending { cause, reason: None, refusal: None }
    }
}

impl Switch {
    /// Ends a call with all its parties. It leaves the table when it is put back.
    pub(super) fn finish(&mut self, now: Time, call: &mut Call, ending: Ending) {
        if call.over {
            return;
        }
        call.over = true;
        self.timers.cancel(Timer::MaxCall(call.id));
        self.timers.cancel(Timer::RingMax(call.id));
        self.change_ends(call, ending.cause);
        let agents: Vec<PartyId> = call.agents.iter().map(|agent| agent.id).collect();
        for party in agents.into_iter().chain([call.a.id]) {
            self.release(now, call, party, &ending);
        }
        self.tell(call, Event::Ended { call: call.id, cause: ending.cause });
    }

    /// Takes a party out: its legs are cleared, and it is reported where that has not been done.
    pub(super) fn release(&mut self, now: Time, call: &mut Call, id: PartyId, ending: &Ending) {
        let Some(party) = call.party_mut(id) else { return };
        let state = party.state;
        let legs: Vec<Leg> = party.legs.drain(..).collect();
        let handset = party.handset.take();
        party.step(Step::Leave);
        self.timers.cancel(Timer::Ring(call.id, id));
        self.timers.cancel(Timer::Present(call.id, id));
        self.forget_handset(call.id, id, handset);
        for leg in legs {
            self.forget_connection(call, leg.id);
            self.clear_leg(now, call, leg, ending);
        }
        let (call_id, party, cause) = (call.id, id, ending.cause);
        match state {
            PartyState::Talking => {
                self.tell(call, Event::Left { call: call_id, party, cause, by_itself: false })
            }
            PartyState::Calling | PartyState::Ringing | PartyState::Asked => {
                let cause = if cause == Cause::Normal { Cause::Canceled } else { cause };
                self.tell(call, Event::Failed { call: call_id, party, cause });
            }
            PartyState::Awaited | PartyState::Offered | PartyState::Alerted | PartyState::Gone => {}
        }
        call.agents.retain(|agent| agent.id != id);
    }

    /// Ends a leg whose dialog may still be there: refused, cancelled or hung up.
    pub(super) fn clear_leg(&mut self, now: Time, call: &Call, mut leg: Leg, ending: &Ending) {
        self.burn();
        if let Some(session) = leg.session {
            if leg.is_unanswered() {
                let (status, headers) = refusal(ending);
                leg.status = status;
                // One that was cancelled meanwhile has had its answer.
                let _ = self.endpoint.reject(now, session, status, headers);
            } else {
                let unanswered = leg.answered.is_none();
                leg.status = if unanswered { 487 } else { leg.status };
                let own = cause::reason(ending.cause);
                // A phone that rang for a queue shall show no missed call: the queue looks after the customer.
                let quiet = unanswered && call.is_controlled() && ending.cause != Cause::NoAnswer;
                let default = if quiet { Some(cause::COMPLETED_ELSEWHERE) } else { own };
                self.endpoint.hangup(now, session, ending.reason.as_deref().or(default));
            }
        }
        self.close_leg(now, call, leg, ending.cause);
    }

    /// The peer of a leg has ended its dialog, or is lost.
    pub(super) fn ended(
        &mut self,
        now: Time,
        call: &mut Call,
        leg: LegId,
        by_peer: bool,
        reason: Option<String>,
    ) {
        let Some((party, _)) = call.find(leg) else { return };
        if let Some(row) = call.leg_mut(leg) {
            row.session = None;
        }
        let lost = by_peer && resume::is_loss(reason.as_deref());
        if (lost && self.suspend(now, call, leg)) || (!by_peer && self.fails_back(now, call, leg)) {
            return;
        }
        let cause = if by_peer { Cause::Normal } else { Cause::Unreachable };
        let ending = Ending { reason, ..Ending::from(cause) };
        if !self.goes_on_without(now, call, leg, &ending) {
            self.leave(now, call, party, by_peer, ending);
        }
    }

    /// A party has left by itself, and the call ends with it. But an agent leaves the others as they were who had not answered,
    /// who never heard the customer, or beside whom another agent is there or rings; a customer left alone hears music.
    fn leave(&mut self, now: Time, call: &mut Call, party: PartyId, by_itself: bool, mut ending: Ending) {
        // Whoever hangs up instead of pressing 1 has not answered.
        let asked = call.party(party).is_some_and(|party| party.state == PartyState::Asked);
        if asked && ending.cause == Cause::Normal {
            ending.cause = Cause::NoAnswer;
        }
        let had_answered = call.party(party).is_some_and(|party| party.is_talking());
        self.report_left(call, party, ending.cause, by_itself);
        let is_there = |agent: &super::call::Party| agent.is_talking() || agent.is_called();
        let others = call.agents.iter().any(|agent| agent.id != party && is_there(agent));
        let goes_on = others || !had_answered || !call.bridged;
        if goes_on && call.is_controlled() && !call.is_customer(party) {
            self.release(now, call, party, &ending);
            self.arrange(now, call);
        } else {
            self.finish(now, call, ending);
        }
    }

    /// The caller has withdrawn.
    pub(super) fn canceled(&mut self, now: Time, call: &mut Call, leg: LegId, reason: Option<String>) {
        if let Some(row) = call.leg_mut(leg) {
            row.session = None;
            row.status = 487;
        }
        self.finish(now, call, Ending { reason, ..Ending::from(Cause::Canceled) });
    }

    /// A media leg is dead: nobody is there any more, unless it is a phone that may come back.
    pub(super) fn media_dead(&mut self, now: Time, call: &mut Call, leg: LegId) {
        let is_early = |party: &&super::call::Party| party.is_called() && party.listened.is_some();
        if call.find(leg).and_then(|(party, _)| call.party(party)).filter(is_early).is_some() {
            // Early media that stays away is the callee's affair: it may still answer.
            return;
        }
        if self.suspend(now, call, leg) || self.goes_on_without(now, call, leg, &Cause::Media.into()) {
            return;
        }
        if let Some((party, _)) = call.find(leg) {
            self.leave(now, call, party, true, Cause::Media.into());
        }
    }

    fn report_left(&mut self, call: &mut Call, party: PartyId, cause: Cause, by_itself: bool) {
        let Some(row) = call.party_mut(party) else { return };
        if row.is_talking() && row.step(Step::Leave) {
            self.tell(call, Event::Left { call: call.id, party, cause, by_itself });
        }
    }

    /// `Drop`: the customer ends the call with him; an agent leaves the others, and the customer with music where he is alone then.
    pub(super) fn drop_party(&mut self, now: Time, call: &mut Call, party: PartyId, cause: Cause) {
        if call.is_customer(party) {
            return self.finish(now, call, cause.into());
        }
        let Some(had_answered) = call.party(party).map(|party| party.is_talking()) else { return };
        self.release(now, call, party, &cause.into());
        if had_answered && matches!(call.treatment, Treatment::None) {
            call.treatment = Treatment::Music;
        }
        self.arrange(now, call);
    }

    /// Ends every call and takes no more.
    pub(super) fn drain_calls(&mut self, now: Time) {
        self.draining = true;
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for id in calls {
            self.with_call(id, |switch, call| {
                let refusal = Some((503, retry_after()));
                switch.finish(now, call, Ending { refusal, ..Ending::from(Cause::Normal) });
            });
        }
    }
}

/// Status and headers for an unanswered caller.
fn refusal(ending: &Ending) -> (u16, Headers) {
    if let Some((status, headers)) = &ending.refusal {
        return (*status, headers.clone());
    }
    let headers = if ending.cause == Cause::Overload { retry_after() } else { Headers::default() };
    (cause::to_status(ending.cause), headers)
}

/// Try again later.
pub(super) fn retry_after() -> Headers {
    let mut headers = Headers::default();
    headers.push(HeaderName::RETRY_AFTER, RETRY_AFTER);
    headers
}
