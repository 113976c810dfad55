//! A leg: one dialog (or a browser's description) and its media, from the port in its first description to its record.

use super::call::{Call, Kind};
use super::digits::Way;
use super::resume::Page;
use super::{Output, Switch};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use warmline_coordination::cti::Cause;
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::sdp::{self, Codec, Direction, Local, Negotiated, Offer, Profile, SdpError};
use warmline_media::worker::Command;
use warmline_sip::endpoint::SessionId;
use warmline_sip::transport::{Flow, Protocol};
use warmline_time::Time;

/// One leg.
pub(super) struct Leg {
    pub(super) id: LegId,
    /// `None`: a browser without SIP, or the dialog is over.
    pub(super) session: Option<SessionId>,
    pub(super) inbound: bool,
    /// As in the record.
    pub(super) peer: String,
    pub(super) sip_call_id: String,
    pub(super) started: Time,
    pub(super) answered: Option<Time>,
    pub(super) status: u16,
    /// `None`: media does not go through us.
    pub(super) media: Option<Media>,
    /// The worker has had media of it.
    pub(super) heard: bool,
    /// The peer has put us on hold.
    pub(super) held: bool,
    /// What the worker plays to it.
    pub(super) playing: Option<Playing>,
    /// The page of an agent's browser that it goes to.
    pub(super) page: Option<Page>,
    /// How its peer says its keys, once it has said one.
    pub(super) keys: Option<Way>,
}

/// What a leg hears that hears nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Playing {
    Silence,
    Ringback,
    Music,
    /// The call's speech of this number, which cannot be over before.
    Speech {
        number: u64,
        ends: Time,
    },
}

/// What the table of legs knows of one, so that it can be ended even where the leg itself is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct LegRow {
    pub(super) call: CallId,
    /// The trunk that has a place taken for it.
    pub(super) trunk: Option<usize>,
    /// Whether the worker knows it.
    pub(super) media: bool,
}

/// The media of a leg.
pub(super) struct Media {
    pub(super) local: Local,
    /// What we offered and have no answer to, or had last.
    pub(super) offered: Vec<Codec>,
    /// Whether an offer of ours waits for its answer.
    pub(super) awaiting: bool,
    /// The peer's offer, until it is answered.
    pub(super) offer: Option<Offer>,
    /// Our last description, as sent.
    pub(super) described: Option<String>,
    pub(super) negotiated: Option<Negotiated>,
    /// What the worker knows of it.
    told: Option<Negotiated>,
}

impl Leg {
    /// The voice codec agreed on.
    pub(super) fn voice(&self) -> Option<&Codec> {
        let codecs = &self.media.as_ref()?.negotiated.as_ref()?.codecs;
        codecs.iter().find(|codec| is_voice(codec))
    }

    /// Whether both descriptions are there.
    pub(super) fn is_negotiated(&self) -> bool {
        self.media.as_ref().is_none_or(|media| media.negotiated.is_some())
    }

    /// Whether the peer's INVITE waits for its final answer.
    pub(super) fn is_unanswered(&self) -> bool {
        self.inbound && self.answered.is_none()
    }
}

pub(super) fn is_voice(codec: &Codec) -> bool {
    codec.name != "TELEPHONE-EVENT"
}

/// What the switch speaks of what a peer offers, in the peer's order, under our payload types.
pub(super) fn usable(codecs: &[Codec]) -> Vec<Codec> {
    let ours = Codec::defaults();
    let mut usable = Vec::new();
    for codec in codecs {
        let known = ours.iter().find(|own| own.same_encoding(codec));
        usable.extend(known.filter(|own| !usable.contains(*own)).cloned());
    }
    usable
}

/// All that the switch speaks, this first: what a peer may choose that is joined to one who speaks `first`.
pub(super) fn preferring(first: Option<&Codec>) -> Vec<Codec> {
    let mut codecs = Codec::defaults();
    codecs.sort_by_key(|codec| !first.is_some_and(|first| codec.same_encoding(first)) && is_voice(codec));
    codecs.sort_by_key(|codec| !is_voice(codec));
    codecs
}

impl Media {
    /// Writes an offer.
    pub(super) fn make_offer(&mut self, codecs: Vec<Codec>) -> String {
        let text = sdp::offer(&self.local, &codecs, Direction::SendRecv);
        self.offered = codecs;
        self.awaiting = true;
        self.describe(text)
    }

    /// Answers the peer's offer; with all codecs we have where none of `codecs` fits.
    pub(super) fn make_answer(&mut self, codecs: &[Codec]) -> Result<String, SdpError> {
        let offer = self.offer.take().ok_or(SdpError::Malformed)?;
        let answer =
            |local: &Local, codecs: &[Codec]| sdp::answer(&offer, local, codecs, Direction::SendRecv);
        let mut codecs = codecs.to_vec();
        let mut made = answer(&self.local, &codecs);
        if made == Err(SdpError::Codec) {
            codecs = Codec::defaults();
            made = answer(&self.local, &codecs);
        }
        let (mut text, mut negotiated) = made?;
        if self.described.as_ref().is_some_and(|described| *described != text) {
            self.local.version += 1;
            (text, negotiated) = answer(&self.local, &codecs)?;
        }
        self.negotiated = Some(negotiated);
        Ok(self.describe(text))
    }

    /// Reads the answer to our offer.
    pub(super) fn take_answer(&mut self, text: &[u8]) -> Result<(), SdpError> {
        self.negotiated = Some(sdp::read_answer(&self.local, &self.offered, text)?);
        self.awaiting = false;
        Ok(())
    }

    fn describe(&mut self, text: String) -> String {
        self.described = Some(text.clone());
        text
    }
}

impl Switch {
    /// A leg without media. It is known by its session from now on.
    pub(super) fn new_leg(
        &mut self,
        now: Time,
        call: &Call,
        session: Option<SessionId>,
        inbound: bool,
        peer: String,
    ) -> Leg {
        let id = self.mint.leg();
        let mut leg = Leg {
            id,
            session: None,
            inbound,
            peer,
            sip_call_id: String::new(),
            started: now,
            answered: None,
            status: 0,
            media: None,
            heard: false,
            held: false,
            playing: None,
            page: None,
            keys: None,
        };
        self.burn();
        self.legs.insert(id, LegRow { call: call.id, trunk: None, media: false });
        if let Some(session) = session {
            self.bind(call, &mut leg, session);
        }
        leg
    }

    /// Takes a place on a trunk for a leg; false: there is none.
    pub(super) fn enter_trunk(&mut self, leg: LegId, trunk: usize) -> bool {
        let entered = self.trunks[trunk].enter(&self.settings.trunks[trunk]);
        if let Some(row) = self.legs.get_mut(&leg).filter(|_| entered) {
            row.trunk = Some(trunk);
        }
        self.counters.overload += u64::from(!entered);
        entered
    }

    /// Ties a leg to its session.
    pub(super) fn bind(&mut self, call: &Call, leg: &mut Leg, session: SessionId) {
        leg.session = Some(session);
        leg.sip_call_id = self.endpoint.call_id(session).unwrap_or_default().to_owned();
        self.sessions.insert(session, (call.id, leg.id));
    }

    /// Gives a leg its side of media: a port pair, or credentials on the worker's WebRTC port.
    pub(super) fn equip(
        &mut self,
        call: &Call,
        leg: &mut Leg,
        profile: Profile,
        flow: Option<&Flow>,
    ) -> Result<(), Cause> {
        if !call.anchored {
            return Ok(());
        }
        self.equip_near(call, leg, profile, flow.map(|flow| flow.local.ip()))
    }

    /// The same, at an address of ours.
    pub(super) fn equip_near(
        &mut self,
        call: &Call,
        leg: &mut Leg,
        profile: Profile,
        near: Option<IpAddr>,
    ) -> Result<(), Cause> {
        let refused = |switch: &mut Switch| {
            switch.counters.overload += 1;
            Cause::Overload
        };
        let (address, ice, fingerprint) = match profile {
            Profile::Plain => {
                let Some(port) = self.ports.take(call.worker) else { return Err(refused(self)) };
                self.open_media(call.worker, leg.id, Command::OpenPlain { leg: leg.id, port });
                let ip = near.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
                (SocketAddr::new(ip, port.0), None, None)
            }
            Profile::WebRtc => {
                let Some(&port) = self.settings.webrtc_ports.get(call.worker) else {
                    return Err(refused(self));
                };
                let ip = self.settings.media_address.or(near).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
                let ice = self.mint.ice(leg.id);
                let open = Command::OpenWebRtc { leg: leg.id, ice: ice.clone() };
                self.open_media(call.worker, leg.id, open);
                (SocketAddr::new(ip, port), Some(ice), Some(self.fingerprint))
            }
        };
        let session_id = self.mint.session_id();
        leg.media = Some(Media {
            local: Local { address, profile, ice, fingerprint, session_id, version: 1 },
            offered: Vec::new(),
            awaiting: false,
            offer: None,
            described: None,
            negotiated: None,
            told: None,
        });
        Ok(())
    }

    fn open_media(&mut self, worker: usize, leg: LegId, open: Command) {
        if let Some(row) = self.legs.get_mut(&leg) {
            row.media = true;
        }
        self.send_media(worker, open);
    }

    /// Tells the worker what was agreed on, where that is news.
    pub(super) fn negotiate(&mut self, worker: usize, leg: &mut Leg) {
        let Some(media) = &mut leg.media else { return };
        let Some(negotiated) = media.negotiated.clone().filter(|_| media.negotiated != media.told) else {
            return;
        };
        media.told = Some(negotiated.clone());
        self.send_media(worker, Command::Negotiate { leg: leg.id, negotiated: Box::new(negotiated) });
    }

    /// The end of a leg whose dialog is over or was never there: media, trunk, record.
    pub(super) fn close_leg(&mut self, now: Time, call: &Call, leg: Leg, cause: Cause) {
        if let Some(session) = leg.session {
            self.sessions.remove(&session);
        }
        self.forget_leg(call.worker, leg.id);
        // An echo test is nobody's call.
        if call.kind != Kind::Echo {
            self.outputs.push_back(Output::Record(super::LegRecord::of(now, call, &leg, cause)));
        }
    }

    pub(super) fn send_media(&mut self, worker: usize, command: Command) {
        self.outputs.push_back(Output::Media { worker, command });
        self.burn();
    }
}

/// How a phone's media travels that is reached over this flow.
pub(super) fn profile_of(flow: &Flow) -> Profile {
    match flow.protocol {
        Protocol::Ws | Protocol::Wss => Profile::WebRtc,
        Protocol::Udp | Protocol::Tcp | Protocol::Tls => Profile::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_speak_goes_on_and_in_the_callers_order() {
        let opus = Codec { payload_type: 111, name: "OPUS".into(), clock_rate: 48000, fmtp: None };
        let event = Codec { payload_type: 126, ..Codec::telephone_event(126) };
        let offered = [opus.clone(), Codec::pcmu(), Codec::pcma(), event, Codec::pcmu()];
        assert_eq!(usable(&offered), [Codec::pcmu(), Codec::pcma(), Codec::telephone_event(101)]);
        assert!(usable(&[opus]).is_empty());
        let first = preferring(Some(&Codec::pcmu()));
        assert_eq!(first, [Codec::pcmu(), Codec::pcma(), Codec::telephone_event(101)]);
        assert_eq!(preferring(None), Codec::defaults());
    }
}
