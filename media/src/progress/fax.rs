//! Fax and modem: the calling tone (ITU-T T.30 CNG), and the answer tone with or without turns of its phase and modulation
//! (T.30 CED, V.25 ANS, V.8 ANSam).

use super::runs::Run;
use super::spectrum::{Frame, Look};
use super::{Evidence, Verdict};

/// The answer tone: 2,100 Hz, ±15 and what a frame's estimate is off.
const ANSWER: f32 = 2100.0;
const ANSWER_WITHIN: f32 = 24.0;
/// The calling tone: 1,100 Hz ± 38 for half a second ± 15 %.
const CALLING: f32 = 1100.0;
const CALLING_WITHIN: f32 = 38.0;
/// So long it lasts; turns of its phase come each 450 ms (V.8 §6.1.1).
const ANSWER_MS: u32 = 1100;
/// Where its phase was turned once by then, it is given until then.
const ANSWER_LONGER_MS: u32 = 1700;
/// The phase is turned where it is farther off than this, in radians.
const TURNED: f32 = 2.1;
/// dB by which the level of a modulated answer tone swings, over many frames. ANSam (20 %, 15 Hz) does by 1.5; codecs of mobiles
/// let a plain one swing too.
const SWINGS: f32 = 0.9;

/// Follows the answer tone.
#[derive(Debug, Default)]
pub(super) struct Fax {
    /// The number of the run's first frame.
    run: u32,
    /// Phase of the last frame that was all tone, and how many frames ago.
    phase: f32,
    age: u32,
    /// What it goes on by in a frame, and from how many frames that is known.
    advance: f32,
    known: u32,
    reversals: u32,
    /// The level of that frame, and by how much it changes.
    level: f32,
    swing: f32,
}

/// A calling tone that has ended.
pub(super) fn is_calling(run: &Run) -> bool {
    run.is_near(CALLING, CALLING_WITHIN) && run.is_pure(40.0) && (380..=620).contains(&run.ms())
}

impl Fax {
    /// The next frame, and the tone that it is part of.
    pub fn hear(&mut self, look: &Look, frame: &Frame, run: Option<Run>) -> Option<(Verdict, Evidence)> {
        let run = run.filter(|run| run.is_near(ANSWER, ANSWER_WITHIN))?;
        if self.run != run.first {
            *self = Fax { run: run.first, level: frame.level, ..Fax::default() };
        }
        self.age += 1;
        // A frame in which the phase turns, or that is missing, has no phase.
        if frame.share > 0.9 {
            self.follow(look, frame);
        }
        let ms = run.ms();
        let turned = self.reversals >= 2;
        let waits = ms < ANSWER_MS || (self.reversals == 1 && ms < ANSWER_LONGER_MS);
        if waits && !turned {
            return None;
        }
        let modulated = self.swing > SWINGS;
        if turned || modulated || self.reversals > 0 {
            return Some((Verdict::Modem, Evidence::AnswerTone { reversals: self.reversals }));
        }
        Some((Verdict::Fax, Evidence::Tone { hertz: run.hertz(), ms: run.ms() }))
    }

    fn follow(&mut self, look: &Look, frame: &Frame) {
        // 2,100 Hz has 42 turns in a frame: its pointer stands still.
        let (real, imaginary) = look.pointer(ANSWER);
        let phase = imaginary.atan2(real);
        let gone = around(phase - self.phase);
        if self.known == 0 {
            self.known = 1;
        } else if self.known < 3 && self.age == 1 {
            self.advance =
                if self.known == 1 { gone } else { around(self.advance + around(gone - self.advance) / 2.0) };
            self.known += 1;
        } else if self.known >= 3 {
            let off = around(gone - self.advance * self.age as f32);
            if off.abs() > TURNED {
                self.reversals += 1;
            } else if self.age == 1 {
                self.advance = around(self.advance + off / 8.0);
            }
        }
        self.swing += ((frame.level - self.level).abs() - self.swing) / 16.0;
        (self.phase, self.age, self.level) = (phase, 0, frame.level);
    }
}

/// An angle between -π and π.
fn around(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}
