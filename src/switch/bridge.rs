//! Descriptions of the two sides: the customer is answered with what the other chose, early or in the 200.

use super::call::Call;
use super::hangup::Ending;
use super::{Switch, identity, leg};
use warmline_coordination::cti::Cause;
use warmline_media::ids::LegId;
use warmline_media::sdp::Codec;
use warmline_media::worker::Command;
use warmline_sip::endpoint::Body;
use warmline_sip::message::{Headers, Message};
use warmline_time::Time;

impl Switch {
    /// Answers the waiting caller; `response`: of the callee, where it is his answer that is passed on. The call may be over afterwards.
    pub(super) fn answer_a(&mut self, now: Time, call: &mut Call, response: Option<&Message>) {
        let headers = response.map_or_else(Headers::default, identity::pass_response);
        let codecs = codecs_for_a(call);
        let worker = call.worker;
        let Some(row) = call.a.leg_mut() else { return };
        let body = match (&mut row.media, response) {
            (Some(media), _) => match describe(media, &codecs) {
                Ok(text) => Some(Body::sdp(text)),
                Err(_) => {
                    self.counters.media_refused += 1;
                    return self.finish(now, call, Cause::Media.into());
                }
            },
            (None, Some(response)) => passed_body(response),
            (None, None) => None,
        };
        self.negotiate(worker, row);
        let Some(session) = row.session else { return };
        row.answered = Some(now);
        row.status = 200;
        call.a.step(super::call::Step::Answer);
        self.timers.cancel(super::Timer::RingMax(call.id));
        // A caller that has just gone is not there to answer; its end is on its way to us.
        let _ = self.endpoint.accept(now, session, headers, body);
    }

    /// A description in a provisional response to a plain call: the caller is answered in his 183 and hears it at once.
    pub(super) fn early_media(&mut self, call: &mut Call, leg: LegId, response: &Message) -> Option<Body> {
        if !call.anchored {
            return passed_body(response);
        }
        let worker = call.worker;
        let row = call.leg_mut(leg)?;
        row.media.as_mut()?.take_answer(&response.body).ok()?;
        self.negotiate(worker, row);
        let codecs = codecs_of(row);
        let caller = call.a.leg_mut()?;
        let media = caller.media.as_mut()?;
        // A caller without an offer gets ours in the 200 only: an offer in an unreliable response could not be answered.
        if media.offer.is_none() && media.negotiated.is_none() {
            return None;
        }
        let text = describe(media, &codecs).ok()?;
        let pair = (caller.id, leg);
        self.negotiate(worker, caller);
        // The first of a fork that talks is heard.
        if call.connected.is_empty() {
            call.connected = vec![pair.0, pair.1];
            self.send_media(worker, Command::Connect { a: pair.0, b: pair.1 });
        }
        Some(Body::sdp(text))
    }

    /// Reads the description in a callee's 2xx.
    pub(super) fn read_final_answer(
        &mut self,
        call: &mut Call,
        leg: LegId,
        response: &Message,
    ) -> Result<(), Cause> {
        let Some(media) = call.leg_mut(leg).and_then(|leg| leg.media.as_mut()) else { return Ok(()) };
        if response.body.is_empty() && media.negotiated.is_some() {
            return Ok(());
        }
        media.take_answer(&response.body).map_err(|_| Cause::Media)
    }

    /// The ACK to a 200 of ours, with the answer where the offer was in the 200.
    pub(super) fn confirmed(&mut self, now: Time, call: &mut Call, leg: LegId, ack: &Message) {
        let worker = call.worker;
        let Some(row) = call.leg_mut(leg) else { return };
        let Some(media) = row.media.as_mut().filter(|media| media.awaiting) else { return };
        let answered = media.take_answer(&ack.body).is_ok();
        media.awaiting = false;
        if !answered && media.negotiated.is_none() {
            self.counters.media_refused += 1;
            if self.change_failed(now, call, leg, &Cause::Media.into()) {
                return;
            }
            return self.finish(now, call, Ending::from(Cause::Media));
        }
        self.negotiate(worker, row);
        self.arrange(now, call);
    }
}

/// The answer to the peer's offer; our own offer where it made none; what it has had already where it was answered early.
pub(super) fn describe(
    media: &mut leg::Media,
    codecs: &[Codec],
) -> Result<String, warmline_media::sdp::SdpError> {
    if media.offer.is_some() {
        return media.make_answer(codecs);
    }
    match &media.described {
        Some(text) => Ok(text.clone()),
        None => Ok(media.make_offer(codecs.to_vec())),
    }
}

/// What A is answered with: the other's voice codec, so that packets need not be transcoded, and events only where both know them.
pub(super) fn codecs_for_a(call: &Call) -> Vec<Codec> {
    match call.answering_agent().and_then(|agent| agent.leg()) {
        Some(leg) if leg.voice().is_some() => codecs_of(leg),
        _ => Codec::defaults(),
    }
}

pub(super) fn codecs_of(leg: &leg::Leg) -> Vec<Codec> {
    let negotiated = leg.media.as_ref().and_then(|media| media.negotiated.as_ref());
    leg::usable(negotiated.map_or(&[], |negotiated| &negotiated.codecs))
}

/// The body of a response as the caller of an unanchored call gets it.
fn passed_body(response: &Message) -> Option<Body> {
    (!response.body.is_empty()).then(|| Body::sdp(response.body.clone()))
}
