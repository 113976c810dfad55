//! Network tones: when a tone of the plan is on and off, compared with its cadences.

use super::plan::{Plan, Signal, ToneRow};
use super::spectrum::{Basis, Frame, Look};
use super::{Evidence, FRAME_MS, Verdict};

/// How much of a frame a tone of the plan must be. Tones may be 15 Hz off.
const SHARE: f32 = 0.6;
/// Below this (dB under full scale) it is not on.
const FAINT: f32 = -50.0;
/// Frames after which a tone that came or went has done so: lost packets leave holes.
const SETTLED: u32 = 3;
/// Durations that are remembered.
const HISTORY: usize = 16;
/// A busy or congestion tone is one after so long, and two turns of it.
const SURE_MS: u32 = 1400;
/// Milliseconds of silence behind a ring that no other tone has.
const AFTER_RING_MS: u32 = 1000;

/// All tones of a plan.
#[derive(Debug)]
pub(super) struct Cadences {
    tracks: Vec<Track>,
}

/// One set of frequencies, and the tones that use it.
#[derive(Debug)]
struct Track {
    hertz: &'static [u16],
    basis: Basis,
    tones: Vec<&'static ToneRow>,
    on: bool,
    /// Frames of the present state, those that seem to be of the next one at its end included.
    frames: u32,
    /// Those.
    other: u32,
    /// Completed on and off times in ms, the newest first; whether the newest is an on time is `!on`.
    past: [u32; HISTORY],
    known: usize,
}

impl Cadences {
    pub fn new(plan: &'static Plan) -> Self {
        let mut tracks: Vec<Track> = Vec::new();
        for tone in plan.tones {
            match tracks.iter_mut().find(|track| track.hertz == tone.hertz) {
                Some(track) => track.tones.push(tone),
                None => tracks.push(Track::new(tone)),
            }
        }
        Cadences { tracks }
    }

    /// Whether one is on.
    pub fn is_on(&self) -> bool {
        self.tracks.iter().any(|track| track.on)
    }

    /// The next frame.
    pub fn hear(&mut self, look: &Look, frame: &Frame) -> Option<(Verdict, Evidence)> {
        let mut found: Option<(u32, Verdict, Evidence)> = None;
        for track in &mut self.tracks {
            let turned = track.hear(look, frame);
            let best = if turned { track.turned() } else { track.ringing() };
            if let Some(best) = best
                && found.is_none_or(|found| best.0 < found.0)
            {
                found = Some(best);
            }
        }
        found.map(|(_, verdict, evidence)| (verdict, evidence))
    }
}

impl Track {
    fn new(tone: &'static ToneRow) -> Self {
        Track {
            hertz: tone.hertz,
            basis: Basis::new(tone.hertz),
            tones: vec![tone],
            on: false,
            frames: 0,
            other: 0,
            past: [0; HISTORY],
            known: 0,
        }
    }

    /// True where a time on or off was completed.
    fn hear(&mut self, look: &Look, frame: &Frame) -> bool {
        let on = frame.level > FAINT && self.basis.share(look) > SHARE;
        self.frames += 1;
        self.other = if on == self.on { 0 } else { self.other + 1 };
        if self.other < SETTLED {
            return false;
        }
        self.past.rotate_right(1);
        self.past[0] = (self.frames - self.other) * FRAME_MS;
        self.known = (self.known + 1).min(HISTORY);
        (self.on, self.frames, self.other) = (on, self.other, 0);
        true
    }

    /// A time was completed: the busy or congestion tone that the times fit best, with how badly they do.
    fn turned(&self) -> Option<(u32, Verdict, Evidence)> {
        // A pause is over: whole turns are behind it.
        if !self.on {
            return None;
        }
        let rows = self.tones.iter().filter(|tone| tone.signal != Signal::Ringback);
        rows.filter_map(|tone| Some((self.misfit(tone)?, tone)))
            .min_by_key(|(misfit, _)| *misfit)
            .map(|(misfit, tone)| (misfit, verdict(tone.signal), self.evidence()))
    }

    /// How far the last turns are from a cadence's, in ms for each time; `None`: too far, or too few.
    fn misfit(&self, tone: &ToneRow) -> Option<u32> {
        let turn: u32 = tone.steps.iter().map(|step| u32::from(*step)).sum();
        let turns = 2.max(SURE_MS.div_ceil(turn)) as usize;
        // One of several bursts is known by one turn.
        let turns = if tone.steps.len() > 2 { 1 } else { turns };
        let times = (turns * tone.steps.len()).max(4);
        if self.known < times || times > HISTORY {
            return None;
        }
        let steps = tone.steps.len();
        // It may have been heard from any of its bursts on.
        (0..steps).step_by(2).filter_map(|first| self.fits(tone.steps, first, times)).min()
    }

    fn fits(&self, steps: &[u16], first: usize, times: usize) -> Option<u32> {
        let mut sum = 0;
        for (place, time) in self.past[..times].iter().rev().enumerate() {
            let wanted = u32::from(steps[(first + place) % steps.len()]);
            let off = wanted.abs_diff(*time);
            if off > allowed(wanted) {
                return None;
            }
            sum += off;
        }
        Some(sum / times as u32)
    }

    /// A ring is known by what it is and the long pause that has begun behind it.
    fn ringing(&self) -> Option<(u32, Verdict, Evidence)> {
        let pause = (self.frames - self.other) * FRAME_MS;
        if self.on || self.other > 0 || pause < AFTER_RING_MS {
            return None;
        }
        let rows = self.tones.iter().filter(|tone| tone.signal == Signal::Ringback);
        let fits = |tone: &&&&ToneRow| {
            let heard = tone.steps.len() - 1;
            self.known > heard && self.fits(&tone.steps[..heard], 0, heard).is_some()
        };
        rows.into_iter().find(|tone| fits(&tone)).map(|tone| {
            let hertz = self.hertz[0];
            let evidence = Evidence::Cadence { hertz, on_ms: self.past[0], off_ms: pause };
            (0, verdict(tone.signal), evidence)
        })
    }

    fn evidence(&self) -> Evidence {
        Evidence::Cadence { hertz: self.hertz[0], on_ms: self.past[1], off_ms: self.past[0] }
    }
}

/// How far a time may be off: networks keep a tenth, frames and lost packets take the rest.
fn allowed(wanted: u32) -> u32 {
    (2 * FRAME_MS + wanted / 10).min(150)
}

fn verdict(signal: Signal) -> Verdict {
    match signal {
        Signal::Ringback => Verdict::Ringback,
        Signal::Busy => Verdict::Busy,
        Signal::Congestion => Verdict::Congestion,
    }
}
