//! What signalling asks: legs come, agree, are joined, hear something, go.

use super::latch::Latch;
use super::leg::{Leg, Link};
use super::route::Route;
use super::table::Slot;
use super::{Command, Event, LegStats, Socket, Timer, Transmit, Worker};
use crate::ids::{LegId, RtpPort};
use crate::sdp::{Fingerprint, IceCredentials, Negotiated, Setup};
use crate::tone::Sound;
use crate::webrtc::{Peer, Transport, TransportConfig, TransportState};
use std::collections::VecDeque;
use std::time::Duration;
use warmline_time::Time;

/// A browser that has not connected so long after negotiation is dead.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);
/// The least between two calls of a transport's timers.
const TICK: Duration = Duration::from_millis(1);

impl Worker {
    /// Does what signalling asks.
    pub(super) fn command(&mut self, now: Time, command: Command) {
        let known = match command {
            Command::OpenPlain { leg, port } => return self.open_plain(leg, port),
            Command::OpenWebRtc { leg, ice } => return self.open_webrtc(now, leg, ice),
            Command::Negotiate { leg, negotiated } => {
                self.with(leg, |w, slot| w.negotiate(now, slot, *negotiated))
            }
            Command::Connect { a, b } => match (self.legs.by_id(a), self.legs.by_id(b)) {
                (Some(a), Some(b)) if a != b => {
                    self.connect(a, b);
                    true
                }
                _ => false,
            },
            // A leg connected with itself: the packet's path is that of any two.
            Command::Echo { leg } => self.with(leg, |w, slot| w.connect(slot, slot)),
            Command::Conference { legs } => {
                self.confer(now, &legs);
                true
            }
            Command::Digits { leg, digits } => self.with(leg, |w, slot| w.dial(now, slot, &digits)),
            Command::Disconnect { leg } => self.with(leg, |w, slot| {
                w.stop(slot);
                w.drop_digits(slot);
                w.part(slot);
            }),
            Command::Play { leg, sound } => self.with(leg, |w, slot| w.begin(now, slot, sound)),
            Command::Mute { leg, on } => self.with(leg, |w, slot| {
                if let Some(leg) = w.legs.get_mut(slot) {
                    leg.muted = on;
                }
            }),
            Command::Listen { leg, settings } => self.with(leg, |w, slot| w.overhear(now, slot, settings)),
            Command::Close { leg } => self.with(leg, |w, slot| w.close(now, slot)),
            Command::Watch { leg, within } => self.with(leg, |w, slot| w.watch(now, slot, within)),
        };
        if !known {
            self.counters.refused += 1;
        }
    }

    fn with(&mut self, leg: LegId, act: impl FnOnce(&mut Self, Slot)) -> bool {
        let slot = self.legs.by_id(leg);
        if let Some(slot) = slot {
            act(self, slot);
        }
        slot.is_some()
    }

    fn open_plain(&mut self, id: LegId, port: RtpPort) {
        let port_is_free = self.legs.by_port(port).is_none();
        let link = Link::Plain { port, latch: Latch::new() };
        if !self.open(id, link) {
            // The port comes back at once, but not from under another leg.
            self.refuse_leg(id, Some(port).filter(|_| port_is_free));
        }
    }

    fn open_webrtc(&mut self, now: Time, id: LegId, ice: IceCredentials) {
        let ufrag = ice.ufrag.clone();
        let config =
            TransportConfig { local_ice: ice, identity: self.config.identity.clone(), seed: self.random() };
        let transport = Box::new(Transport::new(now, config));
        if !self.open(id, Link::WebRtc { transport, ufrag, sources: Vec::new() }) {
            self.refuse_leg(id, None);
        }
    }

    /// Takes a leg in; not one too many, nor one whose id, port or user name is taken.
    fn open(&mut self, id: LegId, link: Link) -> bool {
        let (random, ssrc) = (self.random(), self.random() as u32);
        let room = self.legs.len() < self.config.max_legs;
        room && self.legs.insert(Leg::new(id, link, random, ssrc))
    }

    /// A leg that was not taken in is dead and closed at once; a second one of the same id is only counted.
    fn refuse_leg(&mut self, id: LegId, port: Option<RtpPort>) {
        self.counters.refused += 1;
        if self.legs.by_id(id).is_none() {
            self.events.push_back(Event::Dead { leg: id });
            self.events.push_back(Event::Closed { leg: id, port, stats: LegStats::default() });
        }
    }

    fn negotiate(&mut self, now: Time, slot: Slot, negotiated: Negotiated) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let receives = negotiated.direction.receives();
        let browser = browser_peer(&negotiated);
        let news = leg.negotiated.as_ref().and_then(browser_peer_of) != browser_peer_of(&negotiated);
        if !leg.negotiate(now, negotiated) {
            self.counters.refused += 1;
            return;
        }
        leg.dead = false;
        leg.since = now;
        let connecting = match (&mut leg.link, browser) {
            (Link::WebRtc { transport, .. }, Some(peer)) => {
                if news {
                    transport.set_peer(now, peer);
                }
                transport.state() != TransportState::Connected
            }
            _ => false,
        };
        if receives {
            self.timers.set(Timer::Silence(slot), now + self.config.inactive_after);
        } else {
            self.timers.cancel(Timer::Silence(slot));
        }
        if connecting {
            self.timers.set(Timer::Connect(slot), now + CONNECT_WITHIN);
        }
        self.begin_reports(now, slot);
        self.service(now, slot);
        self.route(slot);
        self.arm(now, slot);
    }

    /// Computes anew what a leg's packets become, and those of the one connected with it.
    pub(super) fn route(&mut self, slot: Slot) {
        let peer = self.legs.get(slot).and_then(|leg| leg.peer);
        for (from, to) in [(Some(slot), peer), (peer, Some(slot))] {
            let Some(leg) = from.and_then(|from| self.legs.get(from)) else { continue };
            let hearer = to.and_then(|to| self.legs.get(to)).and_then(|to| to.negotiated.as_ref());
            let route = match (&leg.negotiated, hearer) {
                (None, _) => Route::closed(),
                (Some(own), _) if leg.mixing.is_some() => Route::mixed(own),
                (Some(own), Some(to)) => Route::between(own, to),
                (Some(own), None) => Route::alone(own),
            };
            if let Some(leg) = from.and_then(|from| self.legs.get_mut(from)) {
                leg.route = route;
            }
        }
    }

    fn connect(&mut self, a: Slot, b: Slot) {
        for slot in [a, b] {
            self.stop(slot);
            self.part(slot);
        }
        for (one, other) in [(a, b), (b, a)] {
            if let Some(leg) = self.legs.get_mut(one) {
                // A digit under way keeps its place.
                if leg.digits.is_none() {
                    leg.egress.part();
                }
                leg.peer = Some(other);
            }
        }
        self.route(a);
    }

    /// Undoes a connection, on both sides; takes the leg out of its conference.
    pub(super) fn part(&mut self, slot: Slot) {
        self.leave(slot);
        let peer = self.legs.get_mut(slot).and_then(|leg| leg.peer.take());
        self.route(slot);
        let Some(peer) = peer else { return };
        if let Some(other) = self.legs.get_mut(peer)
            && other.peer == Some(slot)
        {
            other.peer = None;
            self.route(peer);
        }
    }

    fn begin(&mut self, now: Time, slot: Slot, sound: Sound) {
        self.stop(slot);
        if self.leave(slot).is_some() {
            self.route(slot);
        }
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.sound = Some(sound);
            leg.occupy();
        }
        self.arm(now, slot);
    }

    /// Silence counts from now at the earliest, so that one who has just been quiet is heard out.
    fn watch(&mut self, now: Time, slot: Slot, within: Option<Duration>) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        leg.patience = within;
        leg.since = now;
        if leg.direction().receives() {
            self.timers.set(Timer::Silence(slot), now + within.unwrap_or(self.config.inactive_after));
        }
    }

    fn close(&mut self, now: Time, slot: Slot) {
        self.part(slot);
        let rows = [
            Timer::Play,
            Timer::Digits,
            Timer::Transport,
            Timer::Silence,
            Timer::Connect,
            Timer::Report,
            Timer::Overhear,
        ];
        rows.into_iter().for_each(|timer| self.timers.cancel(timer(slot)));
        let Some(leg) = self.legs.remove(slot) else { return };
        let (stats, id) = (leg.stats(), leg.id);
        let port = match leg.link {
            Link::Plain { port, .. } => Some(port),
            Link::WebRtc { mut transport, .. } => {
                transport.close(now);
                drain(&mut transport, &mut self.transmits);
                None
            }
        };
        self.events.push_back(Event::Closed { leg: id, port, stats });
    }

    /// After a transport was touched: sends what it has to send, tells what became of it, sets its timer.
    pub(super) fn service(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Link::WebRtc { transport, .. } = &mut leg.link else { return };
        drain(transport, &mut self.transmits);
        let state = transport.state();
        match transport.poll_timeout().filter(|_| state != TransportState::Closed) {
            Some(at) => self.timers.set(Timer::Transport(slot), at.max(now + TICK)),
            None => self.timers.cancel(Timer::Transport(slot)),
        }
        match state {
            TransportState::Connected if !leg.ready => {
                leg.ready = true;
                let leg = leg.id;
                self.timers.cancel(Timer::Connect(slot));
                self.events.push_back(Event::Ready { leg });
                self.arm(now, slot);
            }
            TransportState::Connected => self.timers.cancel(Timer::Connect(slot)),
            TransportState::Closed => self.die(slot),
            TransportState::New | TransportState::Connecting => {}
        }
    }

    /// Tells once that a leg is dead.
    pub(super) fn die(&mut self, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        if !leg.dead {
            leg.dead = true;
            self.events.push_back(Event::Dead { leg: leg.id });
        }
    }

    /// Timers of one leg.
    pub(super) fn timeout(&mut self, now: Time, timer: Timer) {
        match timer {
            Timer::Play(slot) => self.play(now, slot),
            Timer::Digits(slot) => self.dial_on(now, slot),
            Timer::Mix(conference) => self.mix(now, conference),
            Timer::Connect(slot) => self.die(slot),
            Timer::Report(slot) => self.report(now, slot),
            Timer::Overhear(slot) => self.overhear_on(now, slot),
            Timer::Transport(slot) => {
                if let Some(Link::WebRtc { transport, .. }) = self.legs.get_mut(slot).map(|leg| &mut leg.link)
                {
                    transport.handle_timeout(now);
                }
                self.service(now, slot);
            }
            Timer::Silence(slot) => {
                let Some(leg) = self.legs.get(slot) else { return };
                let patience = leg.patience.unwrap_or(self.config.inactive_after);
                let until = leg.heard.max(leg.since) + patience;
                if until > now {
                    self.timers.set(timer, until);
                } else {
                    self.die(slot);
                }
            }
        }
    }
}

/// Moves what a transport has to send to what the worker has to send.
fn drain(transport: &mut Transport, transmits: &mut VecDeque<Transmit>) {
    while let Some((to, payload)) = transport.poll_transmit() {
        transmits.push_back(Transmit { socket: Socket::WebRtc, to, payload });
    }
}

/// What a browser's transport must know of the other side.
fn browser_peer(negotiated: &Negotiated) -> Option<Peer> {
    let (ice, fingerprint, setup) = browser_peer_of(negotiated)?;
    Some(Peer { ice: ice.clone(), fingerprint, setup })
}

fn browser_peer_of(negotiated: &Negotiated) -> Option<(&IceCredentials, Fingerprint, Setup)> {
    Some((negotiated.ice.as_ref()?, negotiated.fingerprint?, negotiated.setup?))
}
