//! `Replace`: the customer of a live call goes over to another phone or browser of his, from which he has called us or been called.
//!
//! His new leg is answered beside the old one, which is heard until there is media of the new one. Then the worker is told in one
//! breath who hears whom now, and the old leg is ended. Whichever of the two fails meanwhile, he goes on with the other.

use super::call::{Call, Treatment};
use super::hangup::Ending;
use super::leg::{self, Leg};
use super::{Switch, Timer, bridge};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::worker::Command;
use warmline_sip::endpoint::Body;
use warmline_sip::message::Message;
use warmline_time::Time;

/// One who says nothing on his new phone is taken there all the same.
const UNHEARD: Duration = Duration::from_secs(3);

/// Who calls anew is not heard for so long where he has lost his call (E5).
const SILENT: Duration = Duration::from_secs(3);

/// The customer's way from one leg to another.
pub(super) struct Change {
    /// The call that the new leg came from.
    pub(super) from: CallId,
    /// The new leg.
    leg: LegId,
}

impl Call {
    /// Whether the customer's only leg is gone while he may come back.
    pub(super) fn is_customer_lost(&self) -> bool {
        self.kept && self.a.is_talking() && self.a.legs.is_empty()
    }

    /// Whether its customer can go over to another leg.
    fn can_change(&self) -> bool {
        self.is_controlled() && self.a.is_talking() && self.change.is_none() && self.anchored
    }

    /// Whether its customer can become that of another call.
    fn can_give(&self) -> bool {
        let there = self.a.is_waiting() || self.a.is_talking();
        self.is_controlled() && self.known && there && self.agents.is_empty() && self.change.is_none()
    }
}

impl Switch {
    /// `Replace`.
    pub(super) fn replace(&mut self, now: Time, id: CallId, from: CallId) {
        let there =
            |call: CallId, can: fn(&Call) -> bool| self.calls.get(&call).is_some_and(|call| can(call));
        if id == from || !there(id, Call::can_change) || !there(from, Call::can_give) {
            return;
        }
        let worker = self.calls[&id].worker;
        let mut taken = None;
        self.with_call(from, |switch, other| taken = switch.hand_over(now, other, worker));
        let Some(taken) = taken else { return };
        self.with_call(id, |switch, call| switch.change(now, call, from, taken));
    }

    /// `WatchCustomer`.
    pub(super) fn watch_customer(&mut self, call: &Call, on: bool) {
        let within = on.then_some(SILENT);
        if let Some(leg) = call.a.leg().filter(|_| call.a.is_talking()) {
            self.send_media(call.worker, Command::Watch { leg: leg.id, within });
        }
    }

    /// The customer's leg of a call that ends with it: as it is where its media is on this worker.
    fn hand_over(&mut self, now: Time, call: &mut Call, worker: usize) -> Option<Taken> {
        let is_placed = call.a.is_talking() && call.worker == worker;
        let taken = match is_placed {
            true => {
                call.over = true;
                self.timers.cancel(Timer::MaxCall(call.id));
                call.a.legs.pop().map(Taken::Placed)
            }
            false => self.give_away(call).map(Taken::Elsewhere),
        };
        if taken.is_none() {
            self.finish(now, call, Cause::Media.into());
        }
        taken
    }

    /// The new leg comes in. Until it is heard the old one goes on.
    fn change(&mut self, now: Time, call: &mut Call, from: CallId, taken: Taken) {
        let (leg, ready) = match taken {
            Taken::Placed(leg) => {
                if let Some(row) = self.legs.get_mut(&leg.id) {
                    row.call = call.id;
                }
                if let Some(session) = leg.session {
                    self.sessions.insert(session, (call.id, leg.id));
                }
                (leg, Ok(()))
            }
            Taken::Elsewhere(given) => {
                let (mut leg, equipped) = self.receive(now, call, given);
                let ready = equipped.and_then(|()| self.connect_new(now, call, &mut leg));
                (leg, ready)
            }
        };
        let (id, heard) = (leg.id, leg.heard);
        call.a.legs.push(leg);
        call.change = Some(Change { from, leg: id });
        if let Err(cause) = ready {
            self.change_failed(now, call, id, &cause.into());
        } else if heard || call.a.legs.len() == 1 {
            self.changed(now, call);
        } else {
            self.timers.set(Timer::Unheard(call.id), now + UNHEARD);
            self.play(now, call, id, &Treatment::Silence);
        }
    }

    /// A waiting caller is answered; one who was answered at another worker is told where his media goes now.
    fn connect_new(&mut self, now: Time, call: &Call, leg: &mut Leg) -> Result<(), Cause> {
        if leg.is_unanswered() {
            return self.answer_leg(now, call, leg, &bridge::codecs_for_a(call));
        }
        let voice = call.answering_agent().and_then(|agent| agent.leg()?.voice());
        let codecs = leg::preferring(voice);
        let (Some(media), Some(session)) = (&mut leg.media, leg.session) else { return Err(Cause::Media) };
        media.local.version += 1;
        let body = Body::sdp(media.make_offer(codecs));
        self.endpoint.reinvite(now, session, body).map_err(|_| Cause::Media)
    }

    /// The answer to our re-INVITE: it is heard where it is now.
    pub(super) fn moved(&mut self, now: Time, call: &mut Call, id: LegId, response: &Message) {
        let worker = call.worker;
        let Some(row) = call.leg_mut(id) else { return };
        let Some(media) = row.media.as_mut().filter(|media| media.awaiting) else { return };
        if media.take_answer(&response.body).is_err() {
            self.counters.media_refused += 1;
            return self.not_moved(now, call, id);
        }
        self.negotiate(worker, row);
        self.arrange(now, call);
    }

    /// It cannot be had there.
    pub(super) fn not_moved(&mut self, now: Time, call: &mut Call, id: LegId) {
        if !self.change_failed(now, call, id, &Cause::Media.into()) {
            self.media_dead(now, call, id);
        }
    }

    /// Media of a leg has come. False: it is not the one he goes over to.
    pub(super) fn new_leg_heard(&mut self, now: Time, call: &mut Call, leg: LegId) -> bool {
        let is_new = call.change.as_ref().is_some_and(|change| change.leg == leg);
        if is_new {
            self.changed(now, call);
        }
        is_new
    }

    /// He has said nothing there.
    pub(super) fn unheard(&mut self, now: Time, call: &mut Call) {
        let Some(change) = &call.change else { return };
        let leg = change.leg;
        if call.leg_mut(leg).is_some_and(|row| row.is_negotiated()) {
            self.changed(now, call);
        } else {
            self.change_failed(now, call, leg, &Cause::Media.into());
        }
    }

    /// He is on the new leg: it is connected first, then the old one is ended.
    fn changed(&mut self, now: Time, call: &mut Call) {
        let Some(change) = call.change.take() else { return };
        self.timers.cancel(Timer::Unheard(call.id));
        call.kept = false;
        let (new, old): (Vec<Leg>, Vec<Leg>) = call.a.legs.drain(..).partition(|leg| leg.id == change.leg);
        call.a.legs = new;
        if call.a.muted {
            self.send_media(call.worker, Command::Mute { leg: change.leg, on: true });
        }
        self.tell(call, Event::Replaced { call: call.id, from: change.from });
        self.arrange(now, call);
        for leg in old {
            self.clear_leg(now, call, leg, &Cause::Elsewhere.into());
        }
    }

    /// The new leg is gone before he was on it: he goes on as he was. False: it is another leg.
    pub(super) fn change_failed(&mut self, now: Time, call: &mut Call, leg: LegId, ending: &Ending) -> bool {
        if call.change.as_ref().is_none_or(|change| change.leg != leg) {
            return false;
        }
        self.change_ends(call, ending.cause);
        if let Some(place) = call.a.legs.iter().position(|row| row.id == leg) {
            let row = call.a.legs.remove(place);
            self.clear_leg(now, call, row, ending);
        }
        true
    }

    /// A change comes to nothing: that is the end of the call that it came from.
    pub(super) fn change_ends(&mut self, call: &mut Call, cause: Cause) {
        if let Some(change) = call.change.take() {
            self.timers.cancel(Timer::Unheard(call.id));
            self.tell(call, Event::Ended { call: change.from, cause });
        }
    }

    /// A leg of the customer's is gone. True: the call goes on without it, with the other or until he comes back.
    pub(super) fn goes_on_without(
        &mut self,
        now: Time,
        call: &mut Call,
        leg: LegId,
        ending: &Ending,
    ) -> bool {
        if self.change_failed(now, call, leg, ending) {
            return true;
        }
        if !call.a.is_talking() || !call.a.legs.iter().any(|row| row.id == leg) {
            return false;
        }
        if call.change.is_some() {
            self.changed(now, call);
            return true;
        }
        if !call.kept {
            return false;
        }
        let legs: Vec<Leg> = call.a.legs.drain(..).collect();
        for row in legs {
            self.forget_connection(call, row.id);
            self.clear_leg(now, call, row, ending);
        }
        self.tell(call, Event::CustomerLost { call: call.id });
        self.arrange(now, call);
        true
    }
}

/// The customer's leg of the call that is none any more.
enum Taken {
    /// With its media.
    Placed(Leg),
    /// To be given new media here.
    Elsewhere(super::adopt::GivenAway),
}
