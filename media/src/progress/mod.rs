//! Call progress (G p. 15): what a called line says before and after the answer. Network tones by cadence and frequency (ITU-T
//! E.180), special information tones, fax and modem, an answering machine, a person.
//!
//! What is heard is told, never guessed: a line that says nothing, or music, is no machine; whoever is not recognised is
//! [`Verdict::Unknown`], and to be treated as a person. Time is counted in frames.

mod cadence;
mod fax;
mod plan;
mod runs;
mod spectrum;
mod voice;

pub use plan::{Plan, Signal, ToneRow};

use crate::tone::FRAME;
use cadence::Cadences;
use fax::Fax;
use runs::{Run, Runs};
use spectrum::{Frame, Look};
use std::fmt;
use voice::Voice;

/// Milliseconds of a frame.
pub(crate) const FRAME_MS: u32 = 20;
/// Milliseconds after the answer in which a verdict is looked for.
const PATIENCE_MS: u32 = 10_000;

/// What a detector is to expect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The tones of the called country's network.
    pub plan: &'static Plan,
    /// Which media it is.
    pub phase: Phase,
}

/// Before or after the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Early media: only the network's tones, fax and modem are looked for; voices are announcements.
    Early,
    /// Answered: all of it, for ten seconds.
    Answered,
}

/// What a line turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// It rings. Told once; something else may follow.
    Ringback,
    /// Busy tone.
    Busy,
    /// Congestion (reorder) tone.
    Congestion,
    /// Special information tones (ITU-T E.180 §3.6), which precede an announcement.
    Sit(Sit),
    /// A fax: CNG or CED (ITU-T T.30).
    Fax,
    /// A modem, or a fax of the V.34 kind: the answer tone with phase reversals or modulation (ITU-T V.8, V.25).
    Modem,
    /// An answering machine or announcement.
    Machine,
    /// A person.
    Person,
    /// Ten seconds after the answer nothing was recognised.
    Unknown,
}

impl Verdict {
    /// Whether nothing follows it.
    pub fn is_final(self) -> bool {
        self != Verdict::Ringback
    }
}

/// The meaning of special information tones, by the frequency and length of the first two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Sit {
    /// The number was changed or is out of service.
    Intercept,
    /// There is no such number.
    VacantCode,
    /// No line is free.
    NoCircuit,
    /// Equipment is at fault.
    Reorder,
    /// Those of ITU-T E.180, which say only that the call has failed.
    Unspecified,
}

/// On what a verdict rests. Its text is short and holds nothing of what was said.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Evidence {
    /// A network tone: Hz of its first frequency, ms on and off.
    Cadence { hertz: u16, on_ms: u32, off_ms: u32 },
    /// Three tones: their Hz.
    Three([u16; 3]),
    /// One tone: its Hz and ms so far.
    Tone { hertz: u16, ms: u32 },
    /// The answer tone: how often its phase was turned over.
    AnswerTone { reversals: u32 },
    /// A greeting without a pause: its ms.
    Greeting { ms: u32 },
    /// A tone behind a greeting: its Hz and ms, the greeting's ms.
    Beep { hertz: u16, ms: u32, greeting_ms: u32 },
    /// A greeting and a pause behind it, in ms.
    Answer { ms: u32, pause_ms: u32 },
    /// Nothing.
    Nothing,
}

impl Evidence {
    /// For how long whoever has greeted had been quiet by then, in ms.
    pub fn quiet_ms(&self) -> u32 {
        match self {
            Evidence::Answer { pause_ms, .. } => *pause_ms,
            _ => 0,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evidence::Cadence { hertz, on_ms, off_ms } => {
                write!(f, "{hertz} Hz, {on_ms} ms on, {off_ms} ms off")
            }
            Evidence::Three([one, two, three]) => write!(f, "{one}, {two}, {three} Hz"),
            Evidence::Tone { hertz, ms } => write!(f, "{hertz} Hz for {ms} ms"),
            Evidence::AnswerTone { reversals } => write!(f, "2100 Hz, phase turned {reversals} times"),
            Evidence::Greeting { ms } => write!(f, "{ms} ms of speech without a pause"),
            Evidence::Beep { hertz, ms, greeting_ms } => {
                write!(f, "{hertz} Hz for {ms} ms behind {greeting_ms} ms of speech")
            }
            Evidence::Answer { ms, pause_ms } => {
                write!(f, "{ms} ms of speech, then {pause_ms} ms of silence")
            }
            Evidence::Nothing => f.write_str("nothing recognised"),
        }
    }
}

/// A verdict as it is told.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Told {
    /// What.
    pub verdict: Verdict,
    /// Why.
    pub evidence: Evidence,
    /// Milliseconds of media heard until then.
    pub at_ms: u32,
}

/// Listens to one line. Hearing allocates nothing.
#[derive(Debug)]
pub struct Detector {
    phase: Phase,
    look: Look,
    cadences: Cadences,
    runs: Runs,
    fax: Fax,
    voice: Voice,
    /// The frame that is being filled, and how far it is.
    frame: [i16; FRAME],
    filled: usize,
    frames: u32,
    rang: bool,
    over: bool,
    told: Option<Told>,
}

impl Detector {
    /// For one line, in one phase: after the answer it takes another one.
    pub fn new(settings: Settings) -> Self {
        Detector {
            phase: settings.phase,
            look: Look::new(),
            cadences: Cadences::new(settings.plan),
            runs: Runs::default(),
            fax: Fax::default(),
            voice: Voice::default(),
            frame: [0; FRAME],
            filled: 0,
            frames: 0,
            rang: false,
            over: false,
            told: None,
        }
    }

    /// The next samples, 8,000 a second; best 160 at a time. After each call: `poll_verdict`.
    pub fn hear(&mut self, samples: &[i16]) {
        for sample in samples {
            self.frame[self.filled] = *sample;
            self.filled += 1;
            if self.filled == FRAME {
                self.filled = 0;
                self.next_frame();
            }
        }
    }

    /// A verdict that was reached.
    pub fn poll_verdict(&mut self) -> Option<Told> {
        self.told.take()
    }

    /// Whether it has said its last.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn next_frame(&mut self) {
        if self.over {
            return;
        }
        self.frames += 1;
        let look = self.look.at(&self.frame);
        let network = self.cadences.hear(&self.look, &look);
        let ended = self.runs.hear(self.frames, &look);
        let answer_tone = self.fax.hear(&self.look, &look, self.runs.current());
        let sure = network.or_else(|| self.runs.sit()).or(answer_tone).or_else(|| self.calling_tone(ended));
        if let Some((verdict, evidence)) = sure {
            return self.tell(verdict, evidence);
        }
        if self.phase == Phase::Answered {
            self.voices(&look, ended);
        }
    }

    /// A fax that calls, or answers by calling (T.30 §4.3.3.3): 1,100 Hz for half a second, where nobody has spoken.
    fn calling_tone(&self, ended: Option<Run>) -> Option<(Verdict, Evidence)> {
        let run = ended.filter(|run| fax::is_calling(run) && !self.voice.has_spoken())?;
        Some((Verdict::Fax, Evidence::Tone { hertz: run.hertz(), ms: run.ms() }))
    }

    fn voices(&mut self, look: &Frame, ended: Option<Run>) {
        let found = self.voice.hear(look, self.cadences.is_on(), ended, self.runs.current());
        if let Some((verdict, evidence)) = found {
            self.tell(verdict, evidence);
        } else if self.frames * FRAME_MS >= PATIENCE_MS {
            self.tell(Verdict::Unknown, Evidence::Nothing);
        }
    }

    fn tell(&mut self, verdict: Verdict, evidence: Evidence) {
        if verdict == Verdict::Ringback && std::mem::replace(&mut self.rang, true) {
            return;
        }
        self.over = verdict.is_final();
        self.told = Some(Told { verdict, evidence, at_ms: self.frames * FRAME_MS });
    }
}
