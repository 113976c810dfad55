//! Ends: of a party, of a call, of everything. Whoever ends it, both legs are cleared, and `Ended` is the last event.

use super::call::{Call, PartyState, Side, Step, Treatment};
use super::leg::Leg;
use super::{Switch, Timer, cause};
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
        self.release(now, call, Side::B, &ending);
        self.release(now, call, Side::A, &ending);
        self.tell(call, Event::Ended { call: call.id, cause: ending.cause });
    }

    /// Takes a party out: its legs are cleared, and it is reported where that has not been done.
    pub(super) fn release(&mut self, now: Time, call: &mut Call, side: Side, ending: &Ending) {
        let Some(party) = call.party_mut(side) else { return };
        let (id, state) = (party.id, party.state);
        let legs: Vec<Leg> = party.legs.drain(..).collect();
        party.step(Step::Leave);
        self.timers.cancel(Timer::Ring(call.id, id));
        for leg in legs {
            self.clear_leg(now, call, leg, ending);
        }
        let (call_id, party, cause) = (call.id, id, ending.cause);
        match state {
            PartyState::Talking => {
                self.tell(call, Event::Left { call: call_id, party, cause, by_itself: false })
            }
            PartyState::Calling | PartyState::Ringing => {
                let cause = if cause == Cause::Normal { Cause::Canceled } else { cause };
                self.tell(call, Event::Failed { call: call_id, party, cause });
            }
            PartyState::Offered | PartyState::Alerted | PartyState::Gone => {}
        }
        if side == Side::B {
            call.b = None;
            call.connected = None;
            call.bridged = false;
        }
    }

    /// Ends a leg whose dialog may still be there: refused, cancelled or hung up.
    pub(super) fn clear_leg(&mut self, now: Time, call: &Call, mut leg: Leg, ending: &Ending) {
        if let Some(session) = leg.session.take() {
            self.sessions.remove(&session);
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
        let Some((side, _)) = call.find(leg) else { return };
        if let Some(row) = call.leg_mut(leg) {
            row.session = None;
        }
        let cause = if by_peer { Cause::Normal } else { Cause::Unreachable };
        self.leave(now, call, side, by_peer, Ending { reason, ..Ending::from(cause) });
    }

    /// A party has left by itself. The other goes with it, but for a customer whom the agent never heard: he stays.
    fn leave(&mut self, now: Time, call: &mut Call, side: Side, by_itself: bool, ending: Ending) {
        self.report_left(call, side, ending.cause, by_itself);
        if side == Side::B && call.is_controlled() && !call.bridged {
            self.release(now, call, Side::B, &ending);
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

    /// A media leg is dead: nobody is there any more.
    pub(super) fn media_dead(&mut self, now: Time, call: &mut Call, leg: LegId) {
        if let Some((side, _)) = call.find(leg) {
            self.leave(now, call, side, true, Cause::Media.into());
        }
    }

    fn report_left(&mut self, call: &mut Call, side: Side, cause: Cause, by_itself: bool) {
        let Some(party) = call.party_mut(side) else { return };
        if party.is_talking() && party.step(Step::Leave) {
            let party = party.id;
            self.tell(call, Event::Left { call: call.id, party, cause, by_itself });
        }
    }

    /// `Drop`: the customer ends the call with him; an agent leaves him with music.
    pub(super) fn drop_party(&mut self, now: Time, call: &mut Call, party: PartyId, cause: Cause) {
        match call.side_of(party) {
            Some(Side::A) => self.finish(now, call, cause.into()),
            Some(Side::B) => {
                let was_joined = call.b.as_ref().is_some_and(|b| b.is_talking());
                self.release(now, call, Side::B, &cause.into());
                if was_joined {
                    call.treatment = Treatment::Music;
                    self.treat(call);
                }
            }
            None => {}
        }
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
