//! Voices after the answer: a short greeting and a pause are a person's; a long one without a pause, or a tone behind it, a
//! machine's.

use super::runs::Run;
use super::spectrum::Frame;
use super::{Evidence, FRAME_MS, Verdict};

/// dB above the noise that are somebody.
const ABOVE_NOISE: f32 = 10.0;
/// Noise is taken to be between these, dB below full scale.
const NOISE: (f32, f32) = (-60.0, -30.0);
/// dB that the noise may rise in a frame.
const NOISE_RISES: f32 = 0.03;
/// And fall.
const NOISE_FALLS: f32 = 0.5;
/// Below this (dB under full scale) a frame is empty; so many of them may be lost packets.
const EMPTY: f32 = -75.0;
const LOST: u32 = 3;
/// Frames of even level that are noise, however loud; and how even.
const EVEN_FRAMES: u32 = 15;
const EVEN: f32 = 1.5;
/// Milliseconds of sound that are less than a word.
const CLICK_MS: u32 = 100;
/// A greeting of at most so many ms is a person's after so long a pause, in ms. Machines' pauses between sentences are shorter;
/// behind a longer greeting the tone may come late.
const PAUSES: [(u32, u32); 4] = [(1100, 800), (1440, 560), (2400, 1150), (MACHINE_MS, 1800)];
/// Nobody greets so long without a pause.
const MACHINE_MS: u32 = 6600;
/// A tone behind so much speech is a machine's.
const BEFORE_BEEP_MS: u32 = 800;
/// A machine's tone: how long, at which Hz, and how steady in Hz.
const BEEP_MS: (u32, u32) = (120, 3000);
const BEEP_HERTZ: (u16, u16) = (350, 2500);
const BEEP_PURE: f32 = 14.0;
/// One that still sounds after so long needs no end.
const LONG_BEEP_MS: u32 = 300;

/// No noise is so much like one sinusoid.
const TONAL: f32 = 0.5;

/// No vowel, but a tone: one that keeps its frequency, or an answer tone, whose phase is turned.
fn is_tone(run: &Run) -> bool {
    run.is_steady() && (run.is_pure(BEEP_PURE) || run.is_near(2100.0, 40.0))
}

/// What was heard of voices.
#[derive(Debug)]
pub(super) struct Voice {
    noise: f32,
    /// The mean of the level, how far frames are from it, for how long that is little.
    mean: f32,
    swing: f32,
    even: u32,
    /// Empty frames in a row.
    empty: u32,
    begun: bool,
    /// Frames so far; the first and the last with a voice.
    now: u32,
    first: u32,
    last: u32,
    /// The last one that was not quiet.
    loud: u32,
    /// Frames with a voice.
    active: u32,
    likeness: Likeness,
}

/// Whether what is heard is like speech, or music.
#[derive(Debug, Default)]
struct Likeness {
    frames: u32,
    /// The level of its loud parts.
    loud: f32,
    /// Frames far below that.
    soft: u32,
    /// Sum, and sum of squares, of the changes of sign.
    crossings: f32,
    crossings_squared: f32,
    /// Loud frames, and those that sound as the one before.
    loud_frames: u32,
    steady: u32,
    before: u16,
}

impl Default for Voice {
    fn default() -> Self {
        Voice {
            noise: NOISE.0,
            mean: NOISE.0,
            swing: 0.0,
            even: 0,
            empty: 0,
            begun: false,
            now: 0,
            first: 0,
            last: 0,
            loud: 0,
            active: 0,
            likeness: Likeness::default(),
        }
    }
}

impl Voice {
    /// Whether somebody has said a word.
    pub fn has_spoken(&self) -> bool {
        self.active * FRAME_MS >= 4 * CLICK_MS
    }

    /// The next frame; `network`: a network tone is on. `ended`: a single tone that has just ended; `current`: one that sounds.
    pub fn hear(
        &mut self,
        frame: &Frame,
        network: bool,
        ended: Option<Run>,
        current: Option<Run>,
    ) -> Option<(Verdict, Evidence)> {
        self.now += 1;
        let is_loud = frame.level > self.noise + ABOVE_NOISE;
        let tonal = network || current.is_some();
        if !tonal && frame.share < TONAL {
            self.follow_noise(frame);
        }
        if is_loud || current.is_some_and(|run| run.count > 2) {
            self.loud = self.now;
        }
        // What seemed to be a tone was a vowel.
        if let Some(run) = ended.filter(|run| !network && !is_tone(run)) {
            self.take(run.first, run.last, run.count, frame);
        }
        if is_loud && !tonal {
            self.take(self.now, self.now, 1, frame);
        }
        if self.active == 0 {
            return None;
        }
        self.likeness.hear(frame);
        if let Some(beep) = self.beep(ended, current) {
            return Some(beep);
        }
        self.greeting()
    }

    fn take(&mut self, first: u32, last: u32, count: u32, frame: &Frame) {
        if self.active == 0 {
            self.first = first;
            self.likeness = Likeness { loud: frame.level, ..Likeness::default() };
        }
        self.last = last;
        self.active += count;
    }

    fn follow_noise(&mut self, frame: &Frame) {
        // A packet that is lost is no silence.
        self.empty = if frame.level < EMPTY { self.empty + 1 } else { 0 };
        if (1..=LOST).contains(&self.empty) && self.mean > NOISE.0 {
            return;
        }
        let level = frame.level.max(NOISE.0 - 5.0);
        if !self.begun {
            self.begun = true;
            self.mean = level;
            self.noise = level.clamp(NOISE.0, -45.0);
        }
        let off = level - self.mean;
        self.mean += off / 8.0;
        self.swing += (off.abs() - self.swing) / 8.0;
        self.even = if self.swing < EVEN { self.even + 1 } else { 0 };
        // What was taken for a voice was the line's noise.
        if self.even == EVEN_FRAMES + 1 && self.active <= 2 * EVEN_FRAMES {
            self.active = 0;
        }
        let rising = if self.even > EVEN_FRAMES { self.mean } else { self.noise + NOISE_RISES };
        self.noise = rising.min(level.max(self.noise - NOISE_FALLS)).clamp(NOISE.0, NOISE.1);
    }

    /// A tone behind speech.
    fn beep(&self, ended: Option<Run>, current: Option<Run>) -> Option<(Verdict, Evidence)> {
        let long = current.filter(|run| run.ms() >= LONG_BEEP_MS);
        let run = ended.or(long)?;
        let greeting = self.span_ms();
        let is_beep = (BEEP_MS.0..=BEEP_MS.1).contains(&run.ms())
            && (BEEP_HERTZ.0..=BEEP_HERTZ.1).contains(&run.hertz())
            && run.is_pure(BEEP_PURE)
            && run.is_steady()
            && greeting >= BEFORE_BEEP_MS
            && self.likeness.is_speech();
        let evidence = Evidence::Beep { hertz: run.hertz(), ms: run.ms(), greeting_ms: greeting };
        is_beep.then_some((Verdict::Machine, evidence))
    }

    /// From the first to the last word, in ms.
    fn span_ms(&self) -> u32 {
        (self.last + 1 - self.first) * FRAME_MS
    }

    fn greeting(&mut self) -> Option<(Verdict, Evidence)> {
        let ms = self.span_ms();
        let pause_ms = (self.now - self.loud) * FRAME_MS;
        if ms >= MACHINE_MS && self.likeness.is_speech() {
            return Some((Verdict::Machine, Evidence::Greeting { ms }));
        }
        let (_, needed) = PAUSES.into_iter().find(|(most, _)| ms <= *most)?;
        if pause_ms < needed {
            return None;
        }
        if self.active * FRAME_MS < CLICK_MS {
            self.active = 0;
            return None;
        }
        Some((Verdict::Person, Evidence::Answer { ms, pause_ms }))
    }
}

impl Likeness {
    fn hear(&mut self, frame: &Frame) {
        self.frames += 1;
        let rate = if frame.level > self.loud { 0.3 } else { 0.01 };
        self.loud += (frame.level - self.loud) * rate;
        self.soft += u32::from(frame.level < self.loud - 12.0);
        let crossings = f32::from(frame.crossings);
        self.crossings += crossings;
        self.crossings_squared += crossings * crossings;
        if frame.level > self.loud - 10.0 {
            self.loud_frames += 1;
            self.steady += u32::from(frame.crossings.abs_diff(self.before) <= 1);
        }
        self.before = frame.crossings;
    }

    /// Speech has gaps between its syllables, sounds of very different kinds, and hardly one that lasts; music has not.
    fn is_speech(&self) -> bool {
        let frames = self.frames.max(1) as f32;
        let mean = self.crossings / frames;
        let spread = (self.crossings_squared / frames - mean * mean).max(0.0).sqrt();
        let soft = self.soft as f32 / frames;
        let steady = self.steady as f32 / self.loud_frames.max(1) as f32;
        soft > 0.24 && spread > 13.0 && steady < 0.48
    }
}
