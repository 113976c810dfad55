//! A phone that dials into a call of ours: it waits as a call of its own until coordination says whose party it becomes.

use super::call::{Call, Party, PartyState, Step};
use super::hangup::Ending;
use super::leg::Leg;
use super::policy::Caller;
use super::{Switch, Timer, bridge, cause};
use warmline_coordination::cti::{AGENTS, Cause, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::sdp::Codec;
use warmline_sip::endpoint::Body;
use warmline_sip::message::Headers;
use warmline_time::Time;

impl Switch {
    /// A phone of ours has dialled what only coordination may know. It is no call of coordination's.
    pub(super) fn report_dialled(&mut self, now: Time, call: &mut Call, caller: &Caller, number: String) {
        let (user, realm) = match caller {
            Caller::Account(user) => (user.clone(), self.settings.domain.clone()),
            Caller::Agent { user, firm } => (user.clone(), firm.clone()),
            Caller::Trunk(_) => return self.finish(now, call, Cause::NotFound.into()),
        };
        self.limit_waiting(now, call);
        self.emit(Event::Dialled { call: call.id, user, realm, number });
    }

    /// `Adopt`.
    pub(super) fn adopt(&mut self, now: Time, id: CallId, party: PartyId, from: CallId) {
        let mut phone = None;
        self.with_call(from, |switch, call| phone = switch.give_away(call));
        let Some(phone) = phone else {
            return self.emit(Event::Failed { call: id, party, cause: Cause::Canceled });
        };
        let mut phone = Some(phone);
        self.with_call(id, |switch, call| {
            if let Some(phone) = phone.take_if(|_| call.is_controlled() && call.agents.len() < AGENTS) {
                switch.take_over(now, call, party, phone);
            }
        });
        if let Some(session) = phone.and_then(|phone| phone.session) {
            let _ = self.endpoint.reject(now, session, cause::to_status(Cause::Overload), Headers::default());
            self.emit(Event::Failed { call: id, party, cause: Cause::Overload });
        }
    }

    /// The leg of a caller who waits, without its media; its call is over and nobody hears of it.
    fn give_away(&mut self, call: &mut Call) -> Option<Leg> {
        if !call.is_controlled() || call.known || !call.a.is_waiting() {
            return None;
        }
        let leg = call.a.legs.pop()?;
        call.over = true;
        self.timers.cancel(Timer::MaxCall(call.id));
        self.timers.cancel(Timer::RingMax(call.id));
        self.forget_leg(call.worker, leg.id);
        self.sessions.remove(&leg.session?);
        Some(leg)
    }

    /// The phone gets media beside the others of the call, and is answered.
    fn take_over(&mut self, now: Time, call: &mut Call, id: PartyId, mut phone: Leg) {
        let mut leg = self.new_leg(now, call, phone.session.take(), true, phone.peer.clone());
        let old = phone.media.take();
        let place = old.as_ref().map(|media| (media.local.profile, media.local.address.ip()));
        let equipped = match place {
            Some((profile, near)) => self.equip_near(call, &mut leg, profile, Some(near)),
            None => Err(Cause::Media),
        };
        if let (Some(media), Some(old)) = (&mut leg.media, old) {
            media.offer = old.offer;
        }
        let mut agent = Party::new(id, PartyState::Offered);
        agent.legs.push(leg);
        call.agents.push(agent);
        if let Err(cause) = equipped.and_then(|()| self.answer_phone(now, call, id)) {
            self.release(now, call, id, &Ending::from(cause));
            return self.tell(call, Event::Failed { call: call.id, party: id, cause });
        }
        self.tell(call, Event::Answered { call: call.id, party: id });
        call.note_first(id);
        self.arrange(now, call);
    }

    fn answer_phone(&mut self, now: Time, call: &mut Call, id: PartyId) -> Result<(), Cause> {
        // The customer's own, so that packets need not be transcoded.
        let codecs = call.a.leg().map_or_else(Codec::defaults, bridge::codecs_of);
        let worker = call.worker;
        let leg = call.party_mut(id).and_then(Party::leg_mut).ok_or(Cause::Internal)?;
        let (Some(media), Some(session)) = (&mut leg.media, leg.session) else { return Err(Cause::Media) };
        let body = Body::sdp(bridge::describe(media, &codecs).map_err(|_| Cause::Media)?);
        self.negotiate(worker, leg);
        (leg.answered, leg.status) = (Some(now), 200);
        if let Some(party) = call.party_mut(id) {
            party.step(Step::Answer);
        }
        // One that has just hung up: its end is on its way to us.
        let _ = self.endpoint.accept(now, session, Headers::default(), Some(body));
        Ok(())
    }
}
