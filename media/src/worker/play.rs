//! What is made here for a leg to hear: the pace and the place in its stream of all such packets, and sounds, a frame every
//! 20 ms of their own clock, without drift.

use super::leg::{Leg, Outgoing};
use super::route;
use super::stream::Source;
use super::table::Slot;
use super::{Event, HEADROOM, Timer, Transmit, Worker};
use crate::tone::{FRAME, Law, Player};
use std::time::Duration;
use warmline_time::Time;

/// Between frames.
pub(super) const INTERVAL: Duration = Duration::from_millis(20);
/// Frames made at once at most after the clock was late; earlier ones are skipped.
const CATCH_UP: u64 = 3;

/// Every 20 ms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pace {
    /// When the next frame is due.
    pub next: Time,
}

impl Pace {
    /// How many frames were missed and how many are to be made now; the next is due after them.
    pub fn due(&mut self, now: Time) -> (u64, u64) {
        let interval = INTERVAL.as_micros() as u64;
        let due = now.since(self.next).as_micros() as u64 / interval + 1;
        self.next = self.next + Duration::from_micros(interval * due);
        let skipped = due.saturating_sub(CATCH_UP);
        (skipped, due - skipped)
    }
}

/// Packets made here that follow each other, as a source of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Track {
    source: Source,
    sequence: u16,
    pub timestamp: u32,
}

impl Track {
    /// So many frames of G.711 later.
    pub fn forward(&mut self, frames: u64) {
        self.timestamp = self.timestamp.wrapping_add((frames * FRAME as u64) as u32);
    }
}

/// What a packet made here is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Made {
    Voice,
    /// A key press, its first packet or a later one.
    Event {
        first: bool,
    },
}

impl Leg {
    /// The next packet of a track, protected; `None` while the leg cannot hear.
    pub fn make(
        &mut self,
        now: Time,
        track: &mut Track,
        payload_type: u8,
        made: Made,
        payload: &[u8],
    ) -> Option<Transmit> {
        let len = 12 + payload.len();
        let mut buffer = vec![0; len + HEADROOM];
        buffer[0] = 0x80;
        buffer[12..len].copy_from_slice(payload);
        let packet = Outgoing {
            source: track.source,
            marker: made == Made::Event { first: true },
            payload_type,
            sequence: track.sequence,
            timestamp: track.timestamp,
            event: made != Made::Voice,
        };
        track.sequence = track.sequence.wrapping_add(1);
        let forward = self.send(now, packet, &mut buffer, len)?;
        buffer.truncate(forward.len);
        Some(Transmit { socket: forward.socket, to: forward.to, payload: buffer })
    }

    /// The G.711 that we send it, with its payload type.
    pub fn voice(&self) -> Option<(u8, Law)> {
        let codecs = &self.negotiated.as_ref()?.codecs;
        codecs.iter().find_map(|codec| Some((codec.payload_type, route::law(codec)?)))
    }
}

/// A sound under way.
#[derive(Debug)]
pub(super) struct Playing {
    player: Player,
    payload_type: u8,
    track: Track,
    pace: Pace,
    /// `Event::Played` was told.
    told: bool,
}

impl Worker {
    /// A track that begins.
    pub(super) fn track(&mut self) -> Track {
        self.made += 1;
        Track { source: Source::Made(self.made), sequence: 0, timestamp: 0 }
    }

    /// Starts what the leg is to hear as soon as it can hear it; with another codec it goes on in that.
    pub(super) fn arm(&mut self, now: Time, slot: Slot) {
        let track = self.track();
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let wanted = leg.sound.clone().filter(|_| leg.destination().is_some());
        let (Some(sound), Some((payload_type, law))) = (wanted, leg.voice()) else {
            self.timers.cancel(Timer::Play(slot));
            return;
        };
        let begins = leg.playing.is_none();
        let begun = || Playing {
            player: Player::new(sound, law),
            payload_type,
            track,
            pace: Pace { next: now },
            told: false,
        };
        let playing = leg.playing.get_or_insert_with(|| Box::new(begun()));
        playing.player.set_law(law);
        playing.payload_type = payload_type;
        if begins || self.timers.get(Timer::Play(slot)).is_none() {
            // After a hold it goes on where it stopped, as a source of its own time.
            playing.pace.next = now;
            playing.track = track;
            self.timers.set(Timer::Play(slot), now);
        }
    }

    /// Sends the frames that are due.
    pub(super) fn play(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(mut playing) = leg.playing.take() else { return };
        let (skipped, frames) = playing.pace.due(now);
        playing.track.forward(skipped);
        for _ in 0..frames {
            if playing.player.is_over() && !playing.told {
                playing.told = true;
                self.events.push_back(Event::Played { leg: leg.id });
            }
            let mut frame = [0; FRAME];
            playing.player.frame(&mut frame);
            // Digits take its place.
            if leg.digits.is_none() {
                let made = leg.make(now, &mut playing.track, playing.payload_type, Made::Voice, &frame);
                self.counters.played += u64::from(made.is_some());
                self.transmits.extend(made);
            }
            playing.track.forward(1);
        }
        // One that cannot hear is armed again when it can.
        if leg.destination().is_some() {
            self.timers.set(Timer::Play(slot), playing.pace.next);
        }
        leg.playing = Some(playing);
    }

    /// Stops what is played to a leg.
    pub(super) fn stop(&mut self, slot: Slot) {
        self.timers.cancel(Timer::Play(slot));
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.sound = None;
            leg.playing = None;
            leg.occupy();
        }
    }
}
