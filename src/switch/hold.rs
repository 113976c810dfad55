//! A peer's re-INVITE or UPDATE in a call: hold, resume, another address. Nothing of it reaches the others but music.

use super::Switch;
use super::call::Call;
use super::leg::{self, Leg};
use warmline_media::ids::LegId;
use warmline_media::sdp::{self, Direction, Negotiated};
use warmline_sip::endpoint::Body;
use warmline_sip::message::Message;
use warmline_time::Time;

impl Switch {
    /// Answers a peer's offer inside a dialog.
    pub(super) fn offered(&mut self, now: Time, call: &mut Call, leg: LegId, request: &Message) {
        let Some(row) = call.leg_mut(leg) else { return };
        let Some(session) = row.session else { return };
        match renegotiate(row, request) {
            Ok(text) => {
                let _ = self.endpoint.answer_offer(now, session, Some(Body::sdp(text)));
                self.renegotiated(now, call, leg);
            }
            Err(status) => {
                self.counters.media_refused += 1;
                let _ = self.endpoint.refuse_offer(now, session, status);
            }
        }
    }

    /// The worker learns what is agreed now; one who is on hold is left out of what the others hear.
    fn renegotiated(&mut self, now: Time, call: &mut Call, leg: LegId) {
        let worker = call.worker;
        let Some(row) = call.leg_mut(leg) else { return };
        row.held = row.media.as_ref().and_then(|media| media.negotiated.as_ref()).is_some_and(is_hold);
        self.negotiate(worker, row);
        self.arrange(now, call);
    }
}

/// Our description in answer to the peer's; a status where it is refused.
fn renegotiate(leg: &mut Leg, request: &Message) -> Result<String, u16> {
    let voice = leg.voice().cloned();
    let media = leg.media.as_mut().ok_or(488u16)?;
    if media.negotiated.is_none() {
        // The first offer is not answered yet (RFC 3311 §5.2).
        return Err(491);
    }
    let codecs = leg::preferring(voice.as_ref());
    if request.body.is_empty() {
        media.local.version += 1;
        return Ok(media.make_offer(codecs));
    }
    let offer = sdp::read_offer(&request.body).map_err(|_| 488u16)?;
    if offer.profile != media.local.profile {
        return Err(488);
    }
    media.offer = Some(offer);
    // The codec in use stays where the peer still offers it.
    let mut kept = codecs.clone();
    kept.retain(|codec| {
        codec.name == "TELEPHONE-EVENT" || voice.as_ref().is_none_or(|v| v.same_encoding(codec))
    });
    media.make_answer(&kept).map_err(|_| 488u16)
}

/// Whether the peer wants to hear nothing of us: `sendonly`, `inactive`, or the old way without an address.
fn is_hold(negotiated: &Negotiated) -> bool {
    let nowhere = negotiated.profile == sdp::Profile::Plain
        && negotiated.remote.is_none_or(|remote| remote.ip().is_unspecified());
    matches!(negotiated.direction, Direction::RecvOnly | Direction::Inactive) || nowhere
}
