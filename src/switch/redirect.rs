//! Calls of another switch that are for a phone of its own: it is told where to, and keeps them.

use super::call::{Call, Party, PartyState, Step};
use super::hangup::Ending;
use super::leg::Leg;
use super::{Switch, Timer};
use warmline_coordination::cti::{Cause, Device, Event};
use warmline_coordination::ids::PartyId;
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers};
use warmline_sip::uri::Uri;
use warmline_time::Time;

impl Switch {
    /// Answers the unanswered INVITE of a switch with the address of its own phone: 302 (RFC 3261 §21.3.3). The call stays in the
    /// table without legs, so that it can be ended and reported. False: it is no such call, and nothing was done.
    pub(super) fn redirect(&mut self, now: Time, call: &mut Call, party: PartyId, device: &Device) -> bool {
        let Some(contact) = self.at_home(call, device) else { return false };
        let mut headers = Headers::default();
        headers.push(HeaderName::CONTACT, NameAddr::new(contact).to_string());
        let ending = Ending { refusal: Some((302, headers)), ..Ending::from(Cause::Normal) };
        let legs: Vec<Leg> = call.a.legs.drain(..).collect();
        for leg in legs {
            self.forget_connection(call, leg.id);
            self.clear_leg(now, call, leg, &ending);
        }
        self.timers.cancel(Timer::RingMax(call.id));
        call.a.step(Step::Answer);
        call.agents.push(Party::new(party, PartyState::Talking));
        call.bridged = true;
        self.tell(call, Event::HandedOver { call: call.id, party });
        true
    }

    /// The device's address at the switch from which the call came, where it is one that takes calls back and it has not been answered.
    fn at_home(&self, call: &Call, device: &Device) -> Option<Uri> {
        let Device::Number { number, trunk } = device else { return None };
        let leg = call.a.leg().filter(|_| call.a.is_waiting())?;
        let from = self.legs.get(&leg.id)?.trunk?;
        let settings = &self.settings.trunks[from];
        let home = settings.peers.first().filter(|_| settings.redirect && settings.name == *trunk)?.remote;
        Some(Uri::sip(Some(number), &home.ip().to_string(), Some(home.port())))
    }
}
