//! Who does what: commands, SIP events and timers to their verbs.

use super::call::Call;
use super::originate::{Dial, Ring};
use super::registrar::Aor;
use super::{Output, Switch, Timer};
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command};
use warmline_media::ids::LegId;
use warmline_media::worker;
use warmline_sip::endpoint::{Event, RequestId, SessionEvent, SessionId};
use warmline_sip::message::{HeaderName, Message, Method};
use warmline_sip::transport::Flow;
use warmline_time::Time;

const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, UPDATE, INFO";

impl Switch {
    /// Takes everything out of the endpoint, in order.
    pub(super) fn pump(&mut self, now: Time) {
        loop {
            while let Some(transmit) = self.endpoint.poll_transmit() {
                self.outputs.push_back(Output::Transmit(transmit));
            }
            self.tell_dialogs();
            let Some(event) = self.endpoint.poll_event() else { return };
            self.handle_event(now, event);
        }
    }

    fn handle_event(&mut self, now: Time, event: Event) {
        match event {
            Event::Invite { session, request, flow } => self.invited(now, session, &request, flow),
            Event::Request { request_id, request, flow } => self.requested(now, request_id, &request, flow),
            Event::Response { client, result } => self.handle_response(now, client, result),
            Event::Session { session, event } => self.handle_session(now, session, event),
        }
    }

    fn handle_session(&mut self, now: Time, session: SessionId, event: SessionEvent) {
        let Some(&(call, leg)) = self.sessions.get(&session) else { return };
        let over =
            matches!(event, SessionEvent::Failed(_) | SessionEvent::Canceled(_) | SessionEvent::Ended { .. });
        if over {
            self.sessions.remove(&session);
        }
        self.with_call(call, |switch, call| match event {
            SessionEvent::Progress(response) => switch.progress(now, call, leg, &response),
            SessionEvent::Established(response) => switch.established(now, call, leg, &response),
            SessionEvent::Failed(failure) => switch.failed(now, call, leg, failure),
            SessionEvent::Canceled(reason) => switch.canceled(now, call, leg, reason),
            SessionEvent::Confirmed(ack) => switch.confirmed(now, call, leg, &ack),
            SessionEvent::Offer(request) => switch.offered(now, call, leg, &request),
            SessionEvent::Ended { by_peer, reason } => switch.ended(now, call, leg, by_peer, reason),
            SessionEvent::Info(request) => switch.info(now, call, leg, &request),
            SessionEvent::OfferAnswered(response) => switch.moved(now, call, leg, &response),
            SessionEvent::OfferRefused(_) => switch.not_moved(now, call, leg),
        });
    }

    /// A request outside dialogs that is no INVITE.
    fn requested(&mut self, now: Time, request_id: RequestId, request: &Message, flow: Flow) {
        let allow = || vec![(HeaderName::ALLOW, ALLOW.to_owned())];
        match request.method() {
            Ok(Method::Register) => self.register(now, request_id, request, flow),
            Ok(Method::Options) if self.draining => {
                let retry = vec![(HeaderName::RETRY_AFTER, super::hangup::RETRY_AFTER.to_owned())];
                self.respond(now, request_id, request, 503, retry);
            }
            Ok(Method::Options) => {
                let mut headers = allow();
                headers.push((HeaderName::ACCEPT, "application/sdp".into()));
                headers.push((HeaderName::SUPPORTED, "timer, path".into()));
                self.respond(now, request_id, request, 200, headers);
            }
            Ok(Method::Other(_)) => self.respond(now, request_id, request, 501, allow()),
            Ok(_) => self.respond(now, request_id, request, 405, allow()),
            Err(_) => self.respond(now, request_id, request, 400, Vec::new()),
        }
    }

    /// Answers a request.
    pub(super) fn respond(
        &mut self,
        now: Time,
        request_id: RequestId,
        request: &Message,
        status: u16,
        headers: Vec<(HeaderName, String)>,
    ) {
        let tag = self.mint.hex(16);
        let mut response = Message::response_to(request, status, "", Some(&tag));
        headers.into_iter().for_each(|(name, value)| response.headers.push(name, value));
        // The transaction may be over; then there is nobody to answer.
        let _ = self.endpoint.respond(now, request_id, response);
    }

    /// A command of coordination. A call or party that is gone is ignored.
    pub(super) fn obey(&mut self, now: Time, command: Command) {
        match command {
            Command::Alert { call } => self.with_controlled(call, |s, call| s.alert(now, call)),
            Command::Queue { call } => self.with_controlled(call, |s, call| s.queue(now, call)),
            Command::Reject { call, cause } => {
                self.with_controlled(call, |s, call| s.reject(now, call, cause))
            }
            Command::Ring {
                call,
                party,
                device,
                caller_name,
                caller_number,
                auto_answer,
                ring_secs,
                confirm,
                group,
            } => {
                let limit = Duration::from_secs(u64::from(ring_secs));
                let ring =
                    Ring { party, device, caller_name, caller_number, auto_answer, limit, confirm, group };
                self.with_controlled(call, |s, call| s.ring(now, call, ring));
            }
            Command::Prepare { call, party } => self.prepare(now, call, party),
            Command::Dial { call, party, number, trunk, caller_id, token, ring_secs, beside, detect } => {
                let limit = Duration::from_secs(u64::from(ring_secs));
                self.dial(now, Dial { call, party, number, trunk, caller_id, token, limit, beside, detect });
            }
            Command::BrowserOffer { call, party, sdp, beside } => {
                self.browser_offer(now, (call, party), &sdp, beside);
            }
            Command::Replace { call, from } => self.replace(now, call, from),
            Command::KeepCustomer { call, on } => self.with_controlled(call, |_, call| call.kept = on),
            Command::WatchCustomer { call, on } => {
                self.with_controlled(call, |s, call| s.watch_customer(call, on))
            }
            Command::Adopt { call, party, from, confirm } => {
                self.adopt(now, call, party, from, confirm.as_ref())
            }
            Command::Mute { call, party, on } => {
                self.with_controlled(call, |s, call| s.mute(call, party, on))
            }
            Command::Join { call, parties } => {
                self.with_controlled(call, |s, call| s.join(now, call, parties))
            }
            Command::Digits { call, party, digits } => {
                self.with_controlled(call, |s, call| s.press(call, party, &digits))
            }
            Command::Say { call, prompts, language, quiet } => {
                self.with_controlled(call, |s, call| s.say(now, call, &prompts, &language, quiet))
            }
            Command::Drop { call, party, cause } => {
                self.with_controlled(call, |s, call| s.drop_party(now, call, party, cause));
            }
            Command::Hangup { call, cause } => {
                self.with_controlled(call, |s, call| s.finish(now, call, cause.into()));
            }
            Command::ReleaseNumber { number } => self.routes.release(&number),
            Command::SetCredential { user, realm, password } => {
                self.credentials.insert((user, realm.to_ascii_lowercase()), password);
            }
            Command::DropCredential { user, realm } => {
                let realm = realm.to_ascii_lowercase();
                self.credentials.remove(&(user.clone(), realm.clone()));
                self.remove_bindings(&Aor { user, realm }, |_| true);
            }
        }
    }

    fn with_controlled(
        &mut self,
        id: warmline_coordination::ids::CallId,
        act: impl FnOnce(&mut Switch, &mut Call),
    ) {
        self.with_call(id, |switch, call| {
            if call.is_controlled() {
                act(switch, call);
            }
        });
    }

    /// The call of a media leg.
    pub(super) fn with_leg(&mut self, leg: LegId, act: impl FnOnce(&mut Switch, &mut Call)) {
        if let Some(row) = self.legs.get(&leg) {
            self.with_call(row.call, act);
        }
    }

    fn mute(&mut self, call: &mut Call, party: warmline_coordination::ids::PartyId, on: bool) {
        let worker = call.worker;
        let Some(party) = call.party_mut(party) else { return };
        party.muted = on;
        // One that has not answered is muted when it does.
        if party.is_talking()
            && let Some(leg) = party.leg()
        {
            let leg = leg.id;
            self.send_media(worker, worker::Command::Mute { leg, on });
        }
    }

    /// A timer of a call is due.
    pub(super) fn expire(&mut self, now: Time, timer: Timer) {
        match timer {
            Timer::MaxCall(call) => self.with_call(call, |s, call| s.finish(now, call, Cause::Normal.into())),
            Timer::RingMax(call) => self.with_call(call, |s, call| s.ring_max(now, call)),
            Timer::Ring(call, party) => self.with_call(call, |s, call| s.ring_timeout(now, call, party)),
            Timer::Present(call, party) => self.with_call(call, |s, call| s.present(now, call, party)),
            Timer::Unheard(call) => self.with_call(call, |s, call| s.unheard(now, call)),
            Timer::Lull(call, party) => self.with_call(call, |s, call| s.lull_over(now, call, party)),
            Timer::Again(call, party) => self.with_call(call, |s, call| s.call_back(now, call, party)),
        }
    }
}
