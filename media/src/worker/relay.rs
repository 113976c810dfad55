//! The packet's path: find the leg, authenticate, route, rewrite, protect. What it does for which pair of profiles follows from
//! the two legs' links and the route between them, both fixed at negotiation.

use super::leg::{Heard, Link, Outgoing, Refusal};
use super::route::Applied;
use super::table::Slot;
use super::{Event, Forward, Socket, Worker};
use crate::rtp::{self, Kind};
use crate::webrtc::Transport;
use std::net::SocketAddr;
use warmline_time::Time;

impl Worker {
    /// One datagram in `buffer[..len]`.
    pub(super) fn packet(
        &mut self,
        now: Time,
        socket: Socket,
        from: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Option<Forward> {
        self.counters.received += 1;
        let Some(packet) = buffer.get_mut(..len) else {
            self.counters.refused += 1;
            return None;
        };
        let slot = match (socket, rtp::classify(packet)) {
            (Socket::Rtp(port), Kind::Rtp) => self.legs.by_port(port),
            (Socket::WebRtc, Kind::Rtp) => self.legs.by_source(from),
            (Socket::Rtp(port) | Socket::Rtcp(port), Kind::Rtcp) => {
                return self.plain_rtcp(now, self.legs.by_port(port), from, packet);
            }
            (Socket::WebRtc, Kind::Rtcp) => return self.browser_rtcp(now, from, packet),
            (Socket::WebRtc, Kind::Stun) => return self.stun(now, from, packet),
            (Socket::WebRtc, Kind::Dtls) => return self.dtls(now, from, packet),
            _ => None,
        };
        match slot {
            Some(slot) => self.relay(now, slot, from, buffer, len),
            None => self.refuse(),
        }
    }

    /// An RTP packet of a leg.
    fn relay(
        &mut self,
        now: Time,
        slot: Slot,
        from: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Option<Forward> {
        let leg = self.legs.get_mut(slot)?;
        let heard = match leg.receive(now, from, &mut buffer[..len]) {
            Ok(heard) => heard,
            Err(Refusal::Stale) => return None,
            Err(Refusal::Refused) => {
                leg.stats.refused += 1;
                return self.refuse();
            }
        };
        if !leg.ready {
            leg.ready = true;
            let id = leg.id;
            self.events.push_back(Event::Ready { leg: id });
            self.arm(now, slot);
        }
        let leg = self.legs.get_mut(slot)?;
        if !leg.direction().receives() {
            return None;
        }
        if leg.listening.is_some() {
            let payload = &buffer[heard.header.length..heard.len - heard.header.padding];
            self.overheard(now, slot, &heard, payload);
        }
        let leg = self.legs.get_mut(slot)?;
        let peer = leg.peer;
        let payload = &mut buffer[heard.header.length..heard.len - heard.header.padding];
        match leg.route.apply(heard.header.payload_type, payload, leg.muted) {
            Applied::Send(payload_type) => self.forward(now, &heard, peer?, payload_type, false, buffer),
            other => self.aside(now, slot, &heard, other, buffer),
        }
    }

    /// Sends a packet on to whom the leg is connected with. In the voice's path as in the other, which thereby keeps nothing for
    /// the voice's to restore.
    #[inline(always)]
    fn forward(
        &mut self,
        now: Time,
        heard: &Heard,
        peer: Slot,
        payload_type: u8,
        event: bool,
        buffer: &mut [u8],
    ) -> Option<Forward> {
        let hearer = self.legs.get_mut(peer).filter(|hearer| !hearer.occupied)?;
        let packet = Outgoing {
            source: heard.source,
            marker: heard.header.marker,
            payload_type,
            sequence: heard.header.sequence,
            timestamp: heard.header.timestamp,
            event,
        };
        let forward = hearer.send(now, packet, buffer, heard.len)?;
        self.counters.forwarded += 1;
        Some(forward)
    }

    /// What is more, or less, than to be sent on.
    #[cold]
    fn aside(
        &mut self,
        now: Time,
        slot: Slot,
        heard: &Heard,
        applied: Applied,
        buffer: &mut [u8],
    ) -> Option<Forward> {
        let peer = self.legs.get(slot)?.peer;
        let payload = &buffer[heard.header.length..heard.len - heard.header.padding];
        match applied {
            Applied::Send(payload_type) => self.forward(now, heard, peer?, payload_type, false, buffer),
            Applied::Event(payload_type) => {
                self.key(now, slot, heard, payload);
                self.forward(now, heard, peer?, payload_type, true, buffer)
            }
            Applied::Key => {
                self.key(now, slot, heard, payload);
                None
            }
            Applied::Mix(law) => {
                self.listen(slot, heard, law, payload);
                None
            }
            Applied::Drop => None,
        }
    }

    /// RTCP ends here; from the peer's host it says that somebody is there.
    fn plain_rtcp(
        &mut self,
        now: Time,
        slot: Option<Slot>,
        from: SocketAddr,
        packet: &[u8],
    ) -> Option<Forward> {
        match slot.and_then(|slot| self.legs.get_mut(slot)) {
            Some(leg) => {
                if let Link::Plain { latch, .. } = &leg.link
                    && latch.is_host(from)
                {
                    leg.heard = now;
                    leg.reports.hear(now, from, packet);
                }
                None
            }
            None => self.refuse(),
        }
    }

    fn browser_rtcp(&mut self, now: Time, from: SocketAddr, packet: &mut [u8]) -> Option<Forward> {
        let slot = self.legs.by_source(from);
        let Some(leg) = slot.and_then(|slot| self.legs.get_mut(slot)) else { return self.refuse() };
        let Link::WebRtc { transport, .. } = &mut leg.link else { return self.refuse() };
        let Ok(len) = transport.unprotect_rtcp(now, from, packet) else {
            leg.stats.refused += 1;
            return self.refuse();
        };
        leg.heard = now;
        leg.reports.hear(now, from, &packet[..len]);
        None
    }

    /// A check: its user name says whose it is; one that authenticates makes its source the leg's.
    fn stun(&mut self, now: Time, from: SocketAddr, packet: &[u8]) -> Option<Forward> {
        let slot = Transport::stun_target(packet).and_then(|ufrag| self.legs.by_ufrag(ufrag));
        let Some(leg) = slot.and_then(|slot| self.legs.get_mut(slot)) else { return self.refuse() };
        let Link::WebRtc { transport, .. } = &mut leg.link else { return self.refuse() };
        let authentic = transport.handle_stun(now, from, packet);
        if !authentic {
            leg.stats.refused += 1;
            self.refuse();
        }
        if let Some(slot) = slot {
            if authentic {
                self.legs.learn(slot, from);
            }
            self.service(now, slot);
        }
        None
    }

    /// A DTLS record, taken only from a source that a check has proved.
    fn dtls(&mut self, now: Time, from: SocketAddr, packet: &[u8]) -> Option<Forward> {
        let Some(slot) = self.legs.by_source(from) else { return self.refuse() };
        if let Some(Link::WebRtc { transport, .. }) = self.legs.get_mut(slot).map(|leg| &mut leg.link) {
            transport.handle_dtls(now, from, packet);
        }
        self.service(now, slot);
        None
    }

    fn refuse(&mut self) -> Option<Forward> {
        self.counters.refused += 1;
        None
    }
}
