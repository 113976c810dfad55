//! Reports: each leg's peer is told every 5 s or so how what it sends arrives, and what we send (RFC 3550 §6). Its own sender reports
//! are remembered, so that it can tell how long a round trip takes.

use super::leg::{Leg, Link};
use super::table::Slot;
use super::{HEADROOM, Socket, Timer, Transmit, Worker};
use crate::rtcp;
use std::net::SocketAddr;
use std::time::Duration;
use warmline_time::Time;

/// Between two reports; each is 0.5 to 1.5 of it, so that they do not come in step (RFC 3550 §6.2).
const EVERY: Duration = Duration::from_secs(5);

/// What the next report of a leg depends on.
#[derive(Debug, Default)]
pub(super) struct Reports {
    /// The stream that the last one was about, and what was expected and lost of it by then.
    told: (u32, u64, u64),
    /// The peer's last sender report, and when it came.
    heard: Option<(u32, Time)>,
    /// Where its reports come from: behind a NAT that is where ours go.
    from: Option<SocketAddr>,
}

impl Reports {
    /// A compound packet of the leg's peer.
    pub fn hear(&mut self, now: Time, from: SocketAddr, compound: &[u8]) {
        self.from = Some(from);
        if let Some(report) = rtcp::sender_report(compound) {
            self.heard = Some((report, now));
        }
    }
}

impl Leg {
    /// How what comes arrives, since the last report and in all.
    fn reception(&mut self, now: Time) -> Option<rtcp::Reception> {
        let seen = self.ingress.reception()?;
        let (expected, lost) = match self.reports.told {
            (ssrc, expected, lost) if ssrc == seen.ssrc => (seen.expected.saturating_sub(expected), lost),
            _ => (seen.expected, 0),
        };
        // Late ones make up for what was counted before.
        let lost = seen.lost.saturating_sub(lost).min(expected);
        self.reports.told = (seen.ssrc, seen.expected, seen.lost);
        let (last_sr, delay) = self.reports.heard.map_or((0, 0), |(sr, at)| (sr, rtcp::delay(now, at)));
        Some(rtcp::Reception {
            ssrc: seen.ssrc,
            fraction: (lost * 256).checked_div(expected).unwrap_or(0).min(255) as u8,
            lost: seen.lost.min(i32::MAX as u64) as i32,
            highest: seen.highest,
            jitter: seen.jitter,
            last_sr,
            delay,
        })
    }

    /// Where reports go.
    fn reported_to(&self) -> Option<(Socket, SocketAddr)> {
        let negotiated = self.negotiated.as_ref()?;
        match &self.link {
            Link::WebRtc { transport, .. } => Some((Socket::WebRtc, transport.remote()?)),
            Link::Plain { port, latch } if negotiated.rtcp_mux => Some((Socket::Rtp(*port), latch.remote()?)),
            Link::Plain { port, latch } => {
                let remote = latch.remote()?;
                let named = negotiated.remote_rtcp.filter(|_| negotiated.remote == Some(remote));
                let next = remote.port().checked_add(1).map(|port| SocketAddr::new(remote.ip(), port));
                let to = self.reports.from.filter(|from| latch.is_host(*from)).or(named).or(next)?;
                Some((Socket::Rtcp(*port), to))
            }
        }
    }

    /// The next report, protected.
    fn report(&mut self, now: Time, cname: &str) -> Option<Transmit> {
        let (socket, to) = self.reported_to()?;
        let (sending, reception) = (self.egress.sending(now), self.reception(now));
        if sending.is_none() && reception.is_none() {
            return None;
        }
        let mut payload = rtcp::write(self.egress.ssrc, sending, reception, cname);
        if let Link::WebRtc { transport, .. } = &mut self.link {
            let len = payload.len();
            payload.resize(len + HEADROOM, 0);
            let len = transport.protect_rtcp(&mut payload, len)?;
            payload.truncate(len);
        }
        Some(Transmit { socket, to, payload })
    }
}

impl Worker {
    /// A leg's reports begin, unless they have.
    pub(super) fn begin_reports(&mut self, now: Time, slot: Slot) {
        if self.timers.get(Timer::Report(slot)).is_none() {
            let wait = self.report_wait();
            self.timers.set(Timer::Report(slot), now + wait);
        }
    }

    /// The next report is due.
    pub(super) fn report(&mut self, now: Time, slot: Slot) {
        let wait = self.report_wait();
        let Some(leg) = self.legs.get_mut(slot) else { return };
        self.transmits.extend(leg.report(now, &self.cname));
        self.timers.set(Timer::Report(slot), now + wait);
    }

    fn report_wait(&mut self) -> Duration {
        EVERY / 2 + EVERY * (self.random() % 1_024) as u32 / 1_024
    }
}
