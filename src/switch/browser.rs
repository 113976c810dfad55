//! A visitor's browser: a customer without SIP. His description comes in a command, our answer goes back in an event.

use super::Switch;
use super::call::{Call, Kind, Party, PartyState, Step};
use super::leg::Leg;
use warmline_coordination::cti::{Cause, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_media::ids::LegId;
use warmline_media::sdp::{self, Codec, Profile};
use warmline_time::Time;

impl Switch {
    /// `BrowserOffer`.
    pub(super) fn browser_offer(
        &mut self,
        now: Time,
        (id, party): (CallId, PartyId),
        text: &str,
        beside: Option<CallId>,
    ) {
        if self.calls.contains_key(&id) {
            return;
        }
        let ports = self.settings.webrtc_ports.len();
        let beside = beside.and_then(|call| self.calls.get(&call)).map(|call| call.worker);
        let worker = beside.or_else(|| self.ports.roomiest(|worker| worker < ports)).unwrap_or(0);
        if !self.has_room() {
            return self.stillborn(id, party, Cause::Overload);
        }
        let visitor = Party::new(party, PartyState::Calling);
        self.new_call(now, id, Kind::Controlled, visitor, worker, None);
        self.with_call(id, |switch, call| {
            let mut leg = switch.new_leg(now, call, None, true, "browser".into());
            let answer = switch.answer_browser(call, &mut leg, text);
            call.a.legs.push(leg);
            match answer {
                Ok(sdp) => switch.emit(Event::BrowserAnswer { call: id, party, sdp }),
                Err(cause) => switch.finish(now, call, cause.into()),
            }
        });
    }

    fn answer_browser(&mut self, call: &Call, leg: &mut Leg, text: &str) -> Result<String, Cause> {
        let offer = sdp::read_offer(text.as_bytes()).ok().filter(|offer| offer.profile == Profile::WebRtc);
        let Some(offer) = offer else {
            self.counters.media_refused += 1;
            return Err(Cause::Media);
        };
        self.equip(call, leg, Profile::WebRtc, None)?;
        let Some(media) = &mut leg.media else { return Err(Cause::Internal) };
        media.offer = Some(offer);
        let Ok(answer) = media.make_answer(&Codec::defaults()) else {
            self.counters.media_refused += 1;
            return Err(Cause::Media);
        };
        self.negotiate(call.worker, leg);
        Ok(answer)
    }

    /// The worker hears the leg. For a visitor's browser that is the answer.
    pub(super) fn media_ready(&mut self, now: Time, call: &mut Call, leg: LegId) {
        if let Some(row) = call.leg_mut(leg) {
            row.heard = true;
        }
        if self.back(now, call, leg) || self.new_leg_heard(now, call, leg) {
            return;
        }
        let is_browser = call.find(leg).is_some_and(|(party, _)| call.is_customer(party))
            && call.a.leg().is_some_and(|leg| leg.inbound && leg.sip_call_id.is_empty());
        if !is_browser || !call.a.step(Step::Answer) {
            return;
        }
        if let Some(leg) = call.a.leg_mut() {
            leg.answered = Some(now);
        }
        let party = call.a.id;
        self.tell(call, Event::Answered { call: call.id, party });
        self.arrange(now, call);
    }
}
