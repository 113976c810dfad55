//! Single tones of any frequency: how long each one lasts; and three of them that make special information tones.

use super::spectrum::Frame;
use super::{Evidence, FRAME_MS, Sit, Verdict};

/// How much of a frame must be one sinusoid.
const SHARE: f32 = 0.82;
/// Hz that a frame may be off the mean of its run.
const NEAR: f32 = 24.0;
/// Frames without it that end a run: fewer are lost packets or a turned phase.
const HOLE: u32 = 3;
/// Frames that a run has at least.
const LEAST: u32 = 3;
/// Frames from which on a run is no part of a voice.
const STEADY: u32 = 6;

/// One tone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Run {
    /// Its first and its last frame.
    pub first: u32,
    pub last: u32,
    /// Frames that were it.
    pub count: u32,
    hertz: f32,
    least: f32,
    most: f32,
}

impl Run {
    pub fn ms(&self) -> u32 {
        (self.last - self.first + 1) * FRAME_MS
    }

    /// Its mean frequency.
    pub fn hertz(&self) -> u16 {
        self.hertz.round() as u16
    }

    pub fn is_near(&self, hertz: f32, within: f32) -> bool {
        (self.hertz - hertz).abs() <= within
    }

    pub fn is_steady(&self) -> bool {
        self.count >= STEADY
    }

    /// Whether it kept its frequency as no voice does: within so many Hz.
    pub fn is_pure(&self, within: f32) -> bool {
        self.most - self.least <= within
    }
}

/// The present one and those before.
#[derive(Debug, Default)]
pub(super) struct Runs {
    current: Option<Run>,
    past: [Option<Run>; 3],
    /// One was just ended.
    ended: bool,
}

impl Runs {
    /// The one that is heard now.
    pub fn current(&self) -> Option<Run> {
        self.current
    }

    /// The next frame, by its number. Gives a run that has ended.
    pub fn hear(&mut self, number: u32, frame: &Frame) -> Option<Run> {
        self.ended = false;
        let is_tone = frame.share > SHARE;
        let mut over = None;
        if let Some(run) = &mut self.current {
            if is_tone && (frame.hertz - run.hertz).abs() < NEAR {
                run.count += 1;
                run.last = number;
                run.hertz += (frame.hertz - run.hertz) / run.count as f32;
                run.least = run.least.min(frame.hertz);
                run.most = run.most.max(frame.hertz);
                return None;
            }
            if !is_tone && number - run.last < HOLE {
                return None;
            }
            over = self.current.take().filter(|run| run.count >= LEAST);
        }
        if is_tone {
            let hertz = frame.hertz;
            self.current =
                Some(Run { first: number, last: number, count: 1, hertz, least: hertz, most: hertz });
        }
        if over.is_some() {
            self.past.rotate_left(1);
            self.past[2] = over;
            self.ended = true;
        }
        over
    }

    /// Whether the last three were special information tones.
    pub fn sit(&self) -> Option<(Verdict, Evidence)> {
        let [Some(one), Some(two), Some(three)] = self.past else { return None };
        let follows = |one: Run, next: Run| next.first - one.last <= 5;
        let lasts = |run: Run| (200..=460).contains(&run.ms());
        let all = self.ended
            && follows(one, two)
            && follows(two, three)
            && [one, two, three].into_iter().all(lasts)
            && one.is_near(950.0, 55.0)
            && two.is_near(1400.0, 55.0)
            && three.is_near(1788.0, 65.0);
        all.then(|| {
            let evidence = Evidence::Three([one, two, three].map(|run| run.hertz()));
            (Verdict::Sit(kind(one, two)), evidence)
        })
    }
}

/// By the frequencies; ITU-T's own lie between those of the four meanings.
fn kind(one: Run, two: Run) -> Sit {
    let place = |hertz: f32, low: f32, middle: f32, high: f32| {
        let far = |wanted: f32| (hertz - wanted).abs();
        if far(middle) < far(low).min(far(high)) { None } else { Some(far(high) < far(low)) }
    };
    match (place(one.hertz, 913.8, 950.0, 985.2), place(two.hertz, 1370.6, 1400.0, 1428.5)) {
        (Some(false), Some(false)) => Sit::Intercept,
        (Some(true), Some(false)) => Sit::VacantCode,
        (Some(true), Some(true)) => Sit::NoCircuit,
        (Some(false), Some(true)) => Sit::Reorder,
        _ => Sit::Unspecified,
    }
}
