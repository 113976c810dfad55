//! Conferences: every 20 ms each leg gets the sum of what the others said, in its own G.711.
//!
//! Who does not hear is not heard: the music of a leg that put the conference on hold stays out of it. Keys that one leg presses are
//! passed on to the others as events, never as tones; while they last, those hear nothing else. A leg whose codec is not
//! G.711 takes part in silence.

use super::jitter::{Jitter, Taken};
use super::leg::{Heard, Leg};
use super::play::{Made, Pace, Track};
use super::stream::Source;
use super::table::Slot;
use super::{CONFERENCE, Timer, Worker};
use crate::ids::LegId;
use crate::sdp::Direction;
use crate::tone::{self, FRAME, Law};
use warmline_time::Time;

/// Legs that hear each other.
#[derive(Debug)]
pub(super) struct Conference {
    legs: Vec<Slot>,
    pace: Pace,
}

impl Conference {
    /// Who else hears what a leg of it says.
    pub fn others(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        self.legs.iter().copied().filter(move |other| *other != slot)
    }
}

/// A leg's part in a conference.
#[derive(Debug)]
pub(super) struct Mixing {
    pub conference: u64,
    /// What it says, and in which of its streams.
    jitter: Jitter,
    heard: Option<Source>,
    /// What it hears.
    track: Track,
}

impl Worker {
    /// Brings legs together. One that comes from another conference keeps what it is about to say, and its place in time.
    pub(super) fn confer(&mut self, now: Time, ids: &[LegId]) {
        let mut legs: Vec<Slot> = Vec::with_capacity(CONFERENCE);
        for id in ids {
            match self.legs.by_id(*id) {
                Some(slot) if legs.contains(&slot) => {}
                Some(slot) if legs.len() < CONFERENCE => legs.push(slot),
                _ => self.counters.refused += 1,
            }
        }
        if legs.is_empty() {
            return;
        }
        let pace = legs.iter().find_map(|slot| self.pace_of(*slot)).unwrap_or(Pace { next: now });
        self.conferred += 1;
        let conference = self.conferred;
        for slot in &legs {
            let same_pace = self.pace_of(*slot) == Some(pace);
            let before = self.leave(*slot).filter(|_| same_pace);
            self.stop(*slot);
            self.part(*slot);
            let track = self.track();
            let begun = || Box::new(Mixing { conference, jitter: Jitter::new(), heard: None, track });
            let mut mixing = before.unwrap_or_else(begun);
            mixing.conference = conference;
            if let Some(leg) = self.legs.get_mut(*slot) {
                leg.mixing = Some(mixing);
            }
            self.route(*slot);
        }
        self.timers.set(Timer::Mix(conference), pace.next);
        self.conferences.insert(conference, Conference { legs, pace });
    }

    fn pace_of(&self, slot: Slot) -> Option<Pace> {
        let mixing = self.legs.get(slot)?.mixing.as_ref()?;
        Some(self.conferences.get(&mixing.conference)?.pace)
    }

    /// Takes a leg out of its conference; one that nobody is left in is over.
    pub(super) fn leave(&mut self, slot: Slot) -> Option<Box<Mixing>> {
        let mixing = self.legs.get_mut(slot)?.mixing.take()?;
        if let Some(conference) = self.conferences.get_mut(&mixing.conference) {
            conference.legs.retain(|leg| *leg != slot);
            if conference.legs.is_empty() {
                self.conferences.remove(&mixing.conference);
                self.timers.cancel(Timer::Mix(mixing.conference));
            }
        }
        Some(mixing)
    }

    /// What a leg of a conference says.
    pub(super) fn listen(&mut self, slot: Slot, heard: &Heard, law: Law, payload: &[u8]) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        if leg.direction() != Direction::SendRecv {
            return;
        }
        let Some(mixing) = &mut leg.mixing else { return };
        if mixing.heard != Some(heard.source) {
            mixing.heard = Some(heard.source);
            mixing.jitter.reset();
        }
        let linear = law.linear();
        let samples = payload.iter().map(|byte| linear[usize::from(*byte)]);
        if mixing.jitter.put(heard.header.timestamp, samples) == Taken::Late {
            leg.stats.late += 1;
        }
    }

    /// Mixes the frames that are due.
    pub(super) fn mix(&mut self, now: Time, id: u64) {
        let Some(conference) = self.conferences.get_mut(&id) else { return };
        let (skipped, frames) = conference.pace.due(now);
        let next = conference.pace.next;
        let legs = std::mem::take(&mut conference.legs);
        for slot in &legs {
            if let Some(mixing) = self.legs.get_mut(*slot).and_then(|leg| leg.mixing.as_mut()) {
                mixing.jitter.skip(skipped);
                mixing.track.forward(skipped);
            }
        }
        for _ in 0..frames {
            self.mix_frame(now, &legs);
        }
        if let Some(conference) = self.conferences.get_mut(&id) {
            conference.legs = legs;
        }
        self.timers.set(Timer::Mix(id), next);
    }

    fn mix_frame(&mut self, now: Time, legs: &[Slot]) {
        let mut said = [[0i16; FRAME]; CONFERENCE];
        let mut sum = [0i32; FRAME];
        for (slot, said) in legs.iter().zip(&mut said) {
            if let Some(leg) = self.legs.get_mut(*slot) {
                leg.say(said);
            }
            sum.iter_mut().zip(said).for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
        for (slot, own) in legs.iter().zip(&said) {
            let Some(leg) = self.legs.get_mut(*slot) else { continue };
            let Some(mut mixing) = leg.mixing.take() else { continue };
            let hears = leg.destination().is_some() && leg.digits.is_none();
            if let Some((payload_type, law)) = leg.voice().filter(|_| hears) {
                let others = |place: usize| {
                    let rest = sum[place] - i32::from(own[place]);
                    tone::encode(law, rest.clamp(i16::MIN.into(), i16::MAX.into()) as i16)
                };
                let frame: [u8; FRAME] = std::array::from_fn(others);
                let made = leg.make(now, &mut mixing.track, payload_type, Made::Voice, &frame);
                self.counters.played += u64::from(made.is_some());
                self.transmits.extend(made);
            }
            mixing.track.forward(1);
            leg.mixing = Some(mixing);
        }
    }
}

impl Leg {
    /// The next 20 ms of what it says to a conference.
    fn say(&mut self, out: &mut [i16; FRAME]) {
        let speaks = self.direction() == Direction::SendRecv;
        if let Some(mixing) = &mut self.mixing {
            mixing.jitter.read(out);
            if !speaks {
                mixing.jitter.reset();
            }
        }
        if self.muted || !speaks {
            out.fill(0);
        }
    }
}
