//! What is played to a leg: a frame every 20 ms of its own clock, without drift.

use super::leg::Outgoing;
use super::route;
use super::stream::Source;
use super::table::Slot;
use super::{HEADROOM, Timer, Transmit, Worker};
use crate::tone::{self, Player, Sound};
use std::time::Duration;
use warmline_time::Time;

/// Between frames.
const INTERVAL: Duration = Duration::from_millis(20);
/// Frames sent at once at most after the clock was late; earlier ones are skipped.
const CATCH_UP: u64 = 3;
/// Bytes of header and frame.
const PACKET: usize = 12 + tone::FRAME;

/// A sound under way.
#[derive(Debug)]
pub(super) struct Playing {
    sound: Sound,
    player: Player,
    payload_type: u8,
    source: Source,
    sequence: u16,
    timestamp: u32,
    /// When the next frame is due.
    next: Time,
}

impl Worker {
    /// Starts what the leg is to hear as soon as it can hear it; a change of codec begins it anew.
    pub(super) fn arm(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let wanted = leg.sound.clone().filter(|_| leg.destination().is_some());
        let codec = leg.playable().and_then(|codec| Some((codec.payload_type, route::law(codec)?)));
        let (Some(sound), Some((payload_type, law))) = (wanted, codec) else {
            self.timers.cancel(Timer::Play(slot));
            return;
        };
        let goes_on = leg.playing.as_ref().is_some_and(|playing| {
            playing.sound == sound && playing.payload_type == payload_type && playing.player.law() == law
        });
        if !goes_on {
            self.played += 1;
            leg.playing = Some(Playing {
                player: Player::new(sound.clone(), law),
                sound,
                payload_type,
                source: Source::Played(self.played),
                sequence: 0,
                timestamp: 0,
                next: now,
            });
        }
        if (!goes_on || self.timers.get(Timer::Play(slot)).is_none())
            && let Some(playing) = &mut leg.playing
        {
            // After a hold it goes on where it stopped, as a source of its own time.
            playing.next = now;
            leg.egress.part();
            self.timers.set(Timer::Play(slot), now);
        }
    }

    /// Sends the frames that are due.
    pub(super) fn play(&mut self, now: Time, slot: Slot) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(mut playing) = leg.playing.take() else { return };
        let due = now.since(playing.next).as_micros() as u64 / INTERVAL.as_micros() as u64 + 1;
        let skipped = due.saturating_sub(CATCH_UP);
        playing.next = playing.next + Duration::from_micros(INTERVAL.as_micros() as u64 * skipped);
        playing.timestamp = playing.timestamp.wrapping_add((skipped * tone::FRAME as u64) as u32);
        for _ in skipped..due {
            let mut payload = vec![0; PACKET + HEADROOM];
            payload[0] = 0x80;
            if let Some(frame) = payload[12..].first_chunk_mut() {
                playing.player.frame(frame);
            }
            let packet = Outgoing {
                source: playing.source,
                marker: false,
                payload_type: playing.payload_type,
                sequence: playing.sequence,
                timestamp: playing.timestamp,
                event: false,
            };
            if let Some(forward) = leg.send(now, packet, &mut payload, PACKET) {
                payload.truncate(forward.len);
                self.transmits.push_back(Transmit { socket: forward.socket, to: forward.to, payload });
                self.counters.played += 1;
            }
            playing.sequence = playing.sequence.wrapping_add(1);
            playing.timestamp = playing.timestamp.wrapping_add(tone::FRAME as u32);
            playing.next = playing.next + INTERVAL;
        }
        // One that cannot hear is armed again when it can.
        if leg.destination().is_some() {
            self.timers.set(Timer::Play(slot), playing.next);
        }
        leg.playing = Some(playing);
    }

    /// Stops what is played to a leg.
    pub(super) fn stop(&mut self, slot: Slot) {
        self.timers.cancel(Timer::Play(slot));
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.sound = None;
            leg.playing = None;
        }
    }
}
