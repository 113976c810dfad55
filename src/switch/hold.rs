//! A peer's re-INVITE or UPDATE in a call: hold, resume, another address. Nothing of it reaches the other side but music.

use super::Switch;
use super::call::{Call, Side};
use super::leg::{self, Leg};
use warmline_media::ids::LegId;
use warmline_media::sdp::{self, Direction, Negotiated};
use warmline_media::tone::Sound;
use warmline_media::worker::Command;
use warmline_sip::endpoint::Body;
use warmline_sip::message::Message;
use warmline_time::Time;

impl Switch {
    /// Answers a peer's offer inside a dialog.
    pub(super) fn offered(&mut self, now: Time, call: &mut Call, leg: LegId, request: &Message) {
        let Some((side, _)) = call.find(leg) else { return };
        let Some(row) = call.leg_mut(leg) else { return };
        let Some(session) = row.session else { return };
        match renegotiate(row, request) {
            Ok(text) => {
                let _ = self.endpoint.answer_offer(now, session, Some(Body::sdp(text)));
                self.renegotiated(call, side);
            }
            Err(status) => {
                self.counters.media_refused += 1;
                let _ = self.endpoint.refuse_offer(now, session, status);
            }
        }
    }

    /// The worker learns what is agreed now; the other side hears music as long as it is left alone.
    fn renegotiated(&mut self, call: &mut Call, side: Side) {
        let worker = call.worker;
        let Some(row) = call.party_mut(side).and_then(|party| party.leg_mut()) else { return };
        let was_held = row.held;
        row.held = row.media.as_ref().and_then(|media| media.negotiated.as_ref()).is_some_and(is_hold);
        let (held, changed) = (row.held, row.held != was_held);
        self.negotiate(worker, row);
        let Some((a, b)) = call.connected.or_else(|| pair(call)).filter(|_| call.bridged && changed) else {
            return;
        };
        let other = if side == Side::A { b } else { a };
        let other_held = call.leg_mut(other).is_some_and(|leg| leg.held);
        if held {
            call.connected = None;
            if !other_held {
                self.send_media(worker, Command::Play { leg: other, sound: Sound::Music });
            }
        } else if other_held {
            // Still held by the other: now it is this one's turn to hear music.
            let this = if side == Side::A { a } else { b };
            self.send_media(worker, Command::Play { leg: this, sound: Sound::Music });
        } else {
            self.join(call);
        }
    }
}

fn pair(call: &Call) -> Option<(LegId, LegId)> {
    Some((call.a.leg()?.id, call.b.as_ref()?.leg()?.id))
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
