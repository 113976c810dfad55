//! A phone that dials into a call of ours: it waits as a call of its own until coordination says whose party it becomes.

use super::call::{Call, Party, PartyState, Step};
use super::hangup::Ending;
use super::inbound::Guest;
use super::leg::Leg;
use super::policy::Caller;
use super::{Switch, Timer, bridge, cause};
use warmline_coordination::cti::{AGENTS, Cause, Confirm, Event, Verified};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::sdp::Codec;
use warmline_sip::endpoint::Body;
use warmline_sip::message::Headers;
use warmline_time::Time;

/// A leg between two calls: in no table, and its media is closed.
pub(super) struct GivenAway {
    pub(super) leg: Leg,
    /// Its place on a trunk.
    trunk: Option<usize>,
}

impl Switch {
    /// A phone of ours has dialled what only coordination may know. It is no call of coordination's.
    pub(super) fn report_dialled(&mut self, now: Time, call: &mut Call, guest: &Guest, number: String) {
        let (user, realm) = match &guest.caller {
            Caller::Account(user) => (user.clone(), self.settings.domain.clone()),
            Caller::Agent { user, firm } => (user.clone(), firm.clone()),
            // A number that is known to be borrowed is nobody's.
            Caller::Trunk(_) => {
                let own =
                    guest.identity.number.clone().filter(|_| guest.identity.verified != Verified::Failed);
                (own.unwrap_or_default(), String::new())
            }
        };
        self.limit_waiting(now, call);
        self.emit(Event::Dialled { call: call.id, user, realm, number });
    }

    /// `Adopt`.
    pub(super) fn adopt(
        &mut self,
        now: Time,
        id: CallId,
        party: PartyId,
        from: CallId,
        confirm: Option<&Confirm>,
    ) {
        let mut phone = None;
        self.with_call(from, |switch, call| {
            if call.is_controlled() && !call.known && call.a.is_waiting() {
                phone = switch.give_away(call);
            }
        });
        let Some(phone) = phone else {
            return self.emit(Event::Failed { call: id, party, cause: Cause::Canceled });
        };
        let mut phone = Some(phone);
        self.with_call(id, |switch, call| {
            if let Some(phone) = phone.take_if(|_| call.is_controlled() && call.agents.len() < AGENTS) {
                switch.take_over(now, call, party, phone, confirm);
            }
        });
        if let Some(session) = phone.and_then(|phone| phone.leg.session) {
            let _ = self.endpoint.reject(now, session, cause::to_status(Cause::Overload), Headers::default());
            self.emit(Event::Failed { call: id, party, cause: Cause::Overload });
        }
    }

    /// The leg of a caller, with its session but without its media; its call is over and nobody hears of it.
    pub(super) fn give_away(&mut self, call: &mut Call) -> Option<GivenAway> {
        let leg = call.a.legs.pop()?;
        call.over = true;
        self.timers.cancel(Timer::MaxCall(call.id));
        self.timers.cancel(Timer::RingMax(call.id));
        let trunk = self.legs.get_mut(&leg.id).and_then(|row| row.trunk.take());
        self.forget_leg(call.worker, leg.id);
        if let Some(session) = leg.session {
            self.sessions.remove(&session);
        }
        Some(GivenAway { leg, trunk })
    }

    /// What was given away, with media beside the others of this call, or without where there is none for it.
    pub(super) fn receive(&mut self, now: Time, call: &Call, given: GivenAway) -> (Leg, Result<(), Cause>) {
        let GivenAway { leg: mut old, trunk } = given;
        // From now on it is this call's, whatever happens on the way.
        if let Some(session) = old.session {
            self.sessions.insert(session, (call.id, old.id));
        }
        let mut leg = self.new_leg(now, call, old.session.take(), old.inbound, old.peer);
        (leg.started, leg.answered, leg.status) = (old.started, old.answered, old.status);
        if let Some(row) = self.legs.get_mut(&leg.id) {
            row.trunk = trunk;
        }
        let Some(media) = old.media else { return (leg, Err(Cause::Media)) };
        let place = (media.local.profile, media.local.address.ip());
        let equipped = self.equip_near(call, &mut leg, place.0, Some(place.1));
        if let Some(new) = &mut leg.media {
            // The same description to its peer, of another place.
            (new.local.session_id, new.local.version) = (media.local.session_id, media.local.version);
            new.offer = media.offer;
        }
        (leg, equipped)
    }

    /// The phone gets media beside the others of the call, and is answered.
    fn take_over(
        &mut self,
        now: Time,
        call: &mut Call,
        id: PartyId,
        phone: GivenAway,
        confirm: Option<&Confirm>,
    ) {
        let (mut leg, equipped) = self.receive(now, call, phone);
        // The customer's own, so that packets need not be transcoded.
        let codecs = call.a.leg().map_or_else(Codec::defaults, bridge::codecs_of);
        let answered = equipped.and_then(|()| self.answer_leg(now, call, &mut leg, &codecs));
        let mut agent = Party::new(id, PartyState::Offered);
        agent.legs.push(leg);
        agent.question = confirm.map(|confirm| self.question(confirm));
        if answered.is_ok() {
            agent.step(if confirm.is_some() { Step::Ask } else { Step::Answer });
        }
        call.agents.push(agent);
        if let Err(cause) = answered {
            self.release(now, call, id, &Ending::from(cause));
            return self.tell(call, Event::Failed { call: call.id, party: id, cause });
        }
        match confirm {
            Some(_) => self.ask(now, call, id),
            None => self.after_answer(now, call, id, None),
        }
    }

    /// Answers the waiting caller of a leg.
    pub(super) fn answer_leg(
        &mut self,
        now: Time,
        call: &Call,
        leg: &mut Leg,
        codecs: &[Codec],
    ) -> Result<(), Cause> {
        let (Some(media), Some(session)) = (&mut leg.media, leg.session) else { return Err(Cause::Media) };
        let body = Body::sdp(bridge::describe(media, codecs).map_err(|_| Cause::Media)?);
        self.negotiate(call.worker, leg);
        (leg.answered, leg.status) = (Some(now), 200);
        // One that has just hung up: its end is on its way to us.
        let _ = self.endpoint.accept(now, session, Headers::default(), Some(body));
        Ok(())
    }
}
