//! One party's media: what comes from it is authenticated and checked, what goes to it is placed in one stream and protected.

use super::digits::Digits;
use super::keys::Keys;
use super::latch::Latch;
use super::mixer::Mixing;
use super::overhear::Listening;
use super::play::Playing;
use super::report::Reports;
use super::route::{self, Route};
use super::stream::{Arrival, Egress, Ingress, Source};
use super::table::Slot;
use super::{Forward, LegStats, Socket};
use crate::ids::{LegId, RtpPort};
use crate::rtp::{self, Header};
use crate::sdp::{Direction, Negotiated, Profile};
use crate::tone::Sound;
use crate::webrtc::{Transport, TransportState};
use std::net::SocketAddr;
use std::time::Duration;
use warmline_time::Time;

/// How a leg's media travels.
#[derive(Debug)]
pub(super) enum Link {
    /// RTP on its own ports.
    Plain { port: RtpPort, latch: Latch },
    /// SRTP on the shared port.
    WebRtc {
        transport: Box<Transport>,
        ufrag: String,
        /// From where it has proved itself, the oldest first.
        sources: Vec<SocketAddr>,
    },
}

/// One leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub link: Link,
    pub negotiated: Option<Negotiated>,
    /// A bit for each payload type that may come.
    accepted: u128,
    /// Whom it is connected with.
    pub peer: Option<Slot>,
    /// What its packets become for that peer.
    pub route: Route,
    pub ingress: Ingress,
    pub egress: Egress,
    pub reports: Reports,
    pub muted: bool,
    /// What is played to it, whether or not it can hear yet.
    pub sound: Option<Sound>,
    pub playing: Option<Box<Playing>>,
    /// Digits on their way to it.
    pub digits: Option<Box<Digits>>,
    /// Its part in a conference.
    pub mixing: Option<Box<Mixing>>,
    /// Who listens to what it says.
    pub listening: Option<Box<Listening>>,
    /// A sound or digits are all that it hears: what its peer says does not reach it.
    pub occupied: bool,
    /// The keys it pressed.
    pub keys: Box<Keys>,
    /// `Event::Ready` was told.
    pub ready: bool,
    /// `Event::Dead` was told.
    pub dead: bool,
    /// When something of it was last accepted.
    pub heard: Time,
    /// When it last agreed on something, or began to be watched.
    pub since: Time,
    /// After how much silence it is dead, where that is not the worker's own.
    pub patience: Option<Duration>,
    pub stats: LegStats,
}

/// An RTP packet that was accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub header: Header,
    /// Bytes of the plain packet.
    pub len: usize,
    pub source: Source,
}

/// Why a packet goes no further.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// Not of this leg's peer, or nothing that was agreed on.
    Refused,
    /// Of the peer, but heard before.
    Stale,
}

/// A packet on its way out, as its source says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outgoing {
    pub source: Source,
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    /// A key press: its marker means its own beginning (RFC 4733 §2.5.1.1).
    pub event: bool,
}

impl Leg {
    /// A leg that has agreed on nothing.
    pub fn new(id: LegId, link: Link, random: u64, ssrc: u32) -> Self {
        Leg {
            id,
            link,
            negotiated: None,
            accepted: 0,
            peer: None,
            route: Route::closed(),
            ingress: Ingress::default(),
            egress: Egress::new(random, ssrc),
            reports: Reports::default(),
            muted: false,
            sound: None,
            playing: None,
            digits: None,
            mixing: None,
            listening: None,
            occupied: false,
            keys: Box::default(),
            ready: false,
            dead: false,
            heard: Time::ZERO,
            since: Time::ZERO,
            patience: None,
            stats: LegStats::default(),
        }
    }

    /// What was agreed on; false where it is for another kind of leg.
    pub fn negotiate(&mut self, now: Time, negotiated: Negotiated) -> bool {
        match (&mut self.link, negotiated.profile) {
            (Link::Plain { latch, .. }, Profile::Plain) => {
                latch.negotiated(now, negotiated.remote, self.heard)
            }
            (Link::WebRtc { .. }, Profile::WebRtc) => {}
            _ => return false,
        }
        self.accepted = route::accepted(&negotiated);
        if let Some(voice) = negotiated.codecs.iter().find(|codec| codec.is_voice()) {
            self.egress.set_clock_rate(voice.clock_rate);
        }
        self.negotiated = Some(negotiated);
        true
    }

    /// To be said after its sound or its digits changed.
    pub fn occupy(&mut self) {
        self.occupied = self.sound.is_some() || self.digits.is_some();
    }

    /// Which way its media flows; none before anything is agreed on.
    pub fn direction(&self) -> Direction {
        self.negotiated.as_ref().map_or(Direction::Inactive, |negotiated| negotiated.direction)
    }

    /// Authenticates an RTP packet, decrypts it in place and tells what it is.
    pub fn receive(&mut self, now: Time, from: SocketAddr, packet: &mut [u8]) -> Result<Heard, Refusal> {
        let len = match &mut self.link {
            Link::Plain { .. } => packet.len(),
            Link::WebRtc { transport, .. } => {
                transport.unprotect_rtp(now, from, packet).map_err(|_| Refusal::Refused)?
            }
        };
        let header = packet.get(..len).and_then(rtp::read).ok_or(Refusal::Refused)?;
        if self.accepted >> header.payload_type & 1 == 0 {
            return Err(Refusal::Refused);
        }
        if let Link::Plain { latch, .. } = &mut self.link
            && !latch.accepts(now, from)
        {
            return Err(Refusal::Refused);
        }
        self.heard = now;
        if self.ingress.arrive(header.ssrc, header.sequence) == Arrival::Stale {
            return Err(Refusal::Stale);
        }
        self.stats.received += 1;
        let rate = u64::from(self.egress.clock_rate());
        self.ingress.clock((now.as_micros().wrapping_mul(rate) / 1_000_000) as u32, header.timestamp);
        let source = Source::Leg(self.id.0, self.ingress.generation);
        Ok(Heard { header, len, source })
    }

    /// Out of which socket and where to its media goes; `None` while it cannot or is not to hear.
    pub fn destination(&self) -> Option<(Socket, SocketAddr)> {
        if !self.direction().sends() {
            return None;
        }
        match &self.link {
            Link::Plain { port, latch } => Some((Socket::Rtp(*port), latch.remote()?)),
            Link::WebRtc { transport, .. } if transport.state() == TransportState::Connected => {
                Some((Socket::WebRtc, transport.remote()?))
            }
            Link::WebRtc { .. } => None,
        }
    }

    /// Places the packet in `buffer[..len]` in the leg's stream, rewrites its header and protects it, all in place.
    pub fn send(&mut self, now: Time, packet: Outgoing, buffer: &mut [u8], len: usize) -> Option<Forward> {
        let (socket, to) = self.destination()?;
        let place = self.egress.place(now, packet.source, packet.sequence, packet.timestamp)?;
        let marker = packet.marker || (place.first && !packet.event);
        let header = buffer.first_chunk_mut::<12>()?;
        rtp::rewrite(header, marker, packet.payload_type, place.sequence, place.timestamp, self.egress.ssrc);
        self.egress.count(len - header.len());
        let len = match &mut self.link {
            Link::Plain { .. } => len,
            Link::WebRtc { transport, .. } => transport.protect_rtp(buffer, len)?,
        };
        self.stats.sent += 1;
        Some(Forward { socket, to, len })
    }

    /// The counters as they stand.
    pub fn stats(&self) -> LegStats {
        LegStats { lost: self.ingress.lost, ..self.stats }
    }
}
