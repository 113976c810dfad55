//! A leg's G.711 is heard by a call progress detector, beside whatever else becomes of it. Legs that nobody listens to pay one
//! comparison a packet.
//!
//! Nothing is waited for: packets that come late are left out, what is missing is silence, and so is a peer that sends nothing.

use super::leg::Heard;
use super::route;
use super::stream::Source;
use super::table::Slot;
use super::{Event, Timer, Worker};
use crate::progress::{Detector, Settings};
use crate::tone::FRAME;
use std::time::Duration;
use warmline_time::Time;

/// How often it is seen whether anything comes.
const TICK: Duration = Duration::from_millis(100);
/// A peer that sends nothing for so long is silent.
const LULL: Duration = Duration::from_millis(200);
/// Samples that may be missing within a stream; more is a jump of its clock.
const GAP: i32 = 8000;

/// A detector at a leg.
#[derive(Debug)]
pub(super) struct Listening {
    detector: Detector,
    heard: Option<Source>,
    /// The timestamp of what it hears next.
    next: u32,
    /// Until when it has heard something, or silence in its place.
    until: Time,
    /// What it heard last was such silence.
    filled: bool,
}

impl Listening {
    /// The samples of a packet, and silence for those missing before.
    fn take(&mut self, now: Time, heard: &Heard, samples: impl Iterator<Item = i16>) {
        let timestamp = heard.header.timestamp;
        let gap = timestamp.wrapping_sub(self.next) as i32;
        let same = self.heard == Some(heard.source);
        if same && gap < 0 && gap > -GAP && !self.filled {
            return;
        }
        if same && !self.filled && (1..=GAP).contains(&gap) {
            self.silence(gap as usize);
        }
        (self.heard, self.until, self.filled) = (Some(heard.source), now, false);
        let (mut frame, mut filled, mut count) = ([0; FRAME], 0, 0u32);
        for sample in samples {
            frame[filled] = sample;
            (filled, count) = (filled + 1, count + 1);
            if filled == FRAME {
                self.detector.hear(&frame);
                filled = 0;
            }
        }
        self.detector.hear(&frame[..filled]);
        self.next = timestamp.wrapping_add(count);
    }

    fn silence(&mut self, samples: usize) {
        for _ in 0..samples / FRAME {
            self.detector.hear(&[0; FRAME]);
        }
        self.detector.hear(&[0; FRAME][..samples % FRAME]);
    }
}

impl Worker {
    /// `Listen`: from now on, or no more.
    pub(super) fn overhear(&mut self, now: Time, slot: Slot, settings: Option<Settings>) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        leg.listening = settings.map(|settings| {
            let detector = Detector::new(settings);
            Box::new(Listening { detector, heard: None, next: 0, until: now, filled: false })
        });
        match leg.listening {
            Some(_) => self.timers.set(Timer::Overhear(slot), now + TICK),
            None => self.timers.cancel(Timer::Overhear(slot)),
        }
    }

    /// A packet of a leg that is listened to.
    #[cold]
    pub(super) fn overheard(&mut self, now: Time, slot: Slot, heard: &Heard, payload: &[u8]) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let own = leg.negotiated.as_ref();
        let law = own.and_then(|own| route::law_of(own, heard.header.payload_type));
        let (Some(law), Some(listening)) = (law, &mut leg.listening) else { return };
        let linear = law.linear();
        listening.take(now, heard, payload.iter().map(|byte| linear[usize::from(*byte)]));
        self.tell_progress(now, slot);
    }

    /// Whether anything has come.
    pub(super) fn overhear_on(&mut self, now: Time, slot: Slot) {
        let Some(listening) = self.legs.get_mut(slot).and_then(|leg| leg.listening.as_mut()) else { return };
        let quiet = now.since(listening.until);
        if quiet >= LULL {
            listening.silence((quiet.as_millis() as usize * 8).min(GAP as usize));
            (listening.until, listening.filled) = (now, true);
        }
        self.timers.set(Timer::Overhear(slot), now + TICK);
        self.tell_progress(now, slot);
    }

    fn tell_progress(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(listening) = &mut leg.listening else { return };
        if let Some(told) = listening.detector.poll_verdict() {
            let (verdict, quiet_ms) = (told.verdict, told.evidence.quiet_ms());
            let evidence = told.evidence.to_string();
            self.events.push_back(Event::Progress { leg: leg.id, verdict, evidence, quiet_ms, at: now });
        }
        if listening.detector.is_over() {
            leg.listening = None;
            self.timers.cancel(Timer::Overhear(slot));
        }
    }
}
