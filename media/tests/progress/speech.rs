//! Synthetic voices: espeak-ng with its languages and variants, flite where it is there; as calls have them, from 300 to 3,400 Hz.

use crate::texts;
use crate::tones::{silence, tone};
use crate::{Random, Set};
use std::collections::HashMap;
use std::f32::consts::PI;
use std::process::Command;

/// A voice and how it speaks.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Manner {
    /// `en-us+f3`; `flite:slt`.
    voice: String,
    /// Words a minute.
    speed: u32,
    pitch: u32,
}

/// Voices at work; what they have said is kept.
pub struct Studio {
    set: Set,
    has_flite: bool,
    said: HashMap<(Manner, &'static str), Vec<f32>>,
}

impl Studio {
    /// Of a set's voices.
    pub fn open(set: Set) -> Studio {
        let works = |name: &str| Command::new(name).arg("--version").output().is_ok();
        assert!(works("espeak-ng"), "espeak-ng is not installed: scripts/test does that");
        Studio { set, has_flite: works("flite"), said: HashMap::new() }
    }

    fn manner(&self, language: &str, random: &mut Random) -> Manner {
        if language == "en" && self.has_flite && random.chance(0.4) {
            let voices = if self.set == Set::Tuning { ["slt", "rms"] } else { ["awb", "kal"] };
            return Manner { voice: format!("flite:{}", random.pick(&voices)), speed: 160, pitch: 50 };
        }
        let (english, variants): (&[&str], &[&str]) = match self.set {
            Set::Tuning => (
                &["en-us", "en-gb", "en-gb-x-rp"],
                &["m1", "m2", "m3", "m5", "m7", "f1", "f2", "f3", "f4", "f5", "klatt", "klatt2"],
            ),
            Set::Report | Set::Terse => (
                &["en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-gb-x-gbcwmd"],
                &[
                    "Alex", "Alicia", "Annie", "antonio", "benjamin", "Denis", "Diogo", "ed", "Gene", "Hugo",
                    "john", "Lee", "marcelo", "Marco", "Michael", "miguel", "Nguyen", "paul", "quincy",
                    "rob", "zac", "anika", "grandma", "grandpa", "shelby", "travis",
                ],
            ),
        };
        let base = if language == "en" { *random.pick(english) } else { language };
        Manner {
            voice: format!("{base}+{}", random.pick(variants)),
            speed: 130 + 10 * (random.bits() % 6) as u32,
            pitch: 35 + 10 * (random.bits() % 4) as u32,
        }
    }

    /// One sentence, without the silence around it.
    fn say(&mut self, manner: &Manner, text: &'static str) -> Vec<f32> {
        let key = (manner.clone(), text);
        self.said.entry(key).or_insert_with(|| synthesise(manner, text)).clone()
    }

    /// A person answers: some silence, a greeting, and waiting for the other to speak.
    pub fn person(&mut self, random: &mut Random) -> Spoken {
        let texts = texts::of(self.set, random);
        let manner = self.manner(texts.language, random);
        let is_desk = random.chance(0.3);
        let text = *random.pick(if is_desk { texts.desks } else { texts.persons });
        let begins_ms = random.between(50.0, 1800.0);
        let said = self.say(&manner, text);
        let ends_ms = begins_ms + said.len() as f32 / 8.0;
        let mut samples = [silence(begins_ms), said].concat();
        samples.extend(silence(random.between(2200.0, 4000.0)));
        // Nobody answered him: he says it again.
        samples.extend(self.say(&manner, text));
        samples.extend(silence(3000.0));
        Spoken { samples, begins_ms, ends_ms, short: !is_desk }
    }

    /// A machine answers: its sentences, mostly a tone, silence while it records.
    pub fn machine(&mut self, random: &mut Random) -> Vec<f32> {
        let texts = texts::of(self.set, random);
        let manner = self.manner(texts.language, random);
        let begins_ms = random.between(100.0, 1800.0);
        let mut samples = silence(begins_ms);
        for (place, sentence) in random.pick(texts.machines).iter().enumerate() {
            if place > 0 {
                let long = random.chance(0.08);
                samples.extend(silence(if long {
                    random.between(600.0, 1100.0)
                } else {
                    random.between(120.0, 550.0)
                }));
            }
            samples.extend(self.say(&manner, sentence));
        }
        if random.chance(0.8) {
            samples.extend(silence(random.between(150.0, 1400.0)));
            let hertz = *random.pick(&[440.0, 620.0, 800.0, 1000.0, 1100.0, 1400.0, 2000.0]);
            let beep = tone(&[hertz + random.between(-15.0, 15.0)], random.between(180.0, 900.0));
            samples.extend(beep.iter().map(|sample| sample * 0.15));
        }
        samples.extend(silence(6000.0));
        samples
    }
}

/// A person's first seconds.
pub struct Spoken {
    pub samples: Vec<f32>,
    /// When his first word begins.
    pub begins_ms: f32,
    /// When his answer ends.
    pub ends_ms: f32,
    /// A short answer.
    pub short: bool,
}

fn synthesise(manner: &Manner, text: &str) -> Vec<f32> {
    let output = match manner.voice.strip_prefix("flite:") {
        Some(voice) => {
            Command::new("flite").args(["-voice", voice, "-t", text, "-o", "/dev/stdout"]).output()
        }
        None => Command::new("espeak-ng")
            .args(["-v", &manner.voice, "-s", &manner.speed.to_string(), "-p", &manner.pitch.to_string()])
            .args(["--stdout", text])
            .output(),
    };
    let output = output.expect("the voice speaks");
    let wav = output.stdout;
    assert!(wav.len() > 1000, "{} said nothing: {}", manner.voice, String::from_utf8_lossy(&output.stderr));
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let data = wav.windows(4).position(|four| four == b"data").unwrap() + 8;
    let samples: Vec<f32> = wav[data..]
        .chunks_exact(2)
        .map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0)
        .collect();
    trim(&telephone(&samples, rate))
}

/// At 8,000 a second, from 300 to 3,400 Hz.
fn telephone(samples: &[f32], rate: u32) -> Vec<f32> {
    let low = resample(samples, rate);
    // Two steps of a first order high pass.
    let pole = (-2.0 * PI * 220.0 / 8000.0).exp();
    (0..2).fold(low, |samples, _| {
        let (mut before, mut out) = (0.0, 0.0);
        samples
            .iter()
            .map(|sample| {
                out = pole * (out + sample - before);
                before = *sample;
                out
            })
            .collect()
    })
}

/// At 8,000 a second, up to 3,400 Hz: a windowed sinc for each place that a new sample may have between two old ones.
fn resample(samples: &[f32], rate: u32) -> Vec<f32> {
    let places =
        8000 / (1..=8000).rev().find(|by| 8000u32.is_multiple_of(*by) && rate.is_multiple_of(*by)).unwrap();
    let step = rate as f32 / 8000.0;
    let cut = 3400.0 / rate as f32 * 2.0;
    let reach = (16.0 * step) as isize;
    let tap = |far: f32| {
        let window = 0.5 + 0.5 * (PI * far / (reach as f32 + 1.0)).cos();
        let x = PI * cut * far;
        cut * window * if x.abs() < 1e-4 { 1.0 } else { x.sin() / x }
    };
    // Of each place: the nearest old sample, seen from the one before, and what those around it weigh.
    let filters: Vec<(isize, Vec<f32>)> = (0..places)
        .map(|place| {
            let beyond = place as f32 / places as f32;
            let nearest = beyond.round();
            let weigh = |off: isize| tap(off as f32 + nearest - beyond);
            (nearest as isize, (-reach..=reach).map(weigh).collect())
        })
        .collect();
    let length = (samples.len() as f32 / step) as usize;
    (0..length)
        .map(|number| {
            let at = number * (rate as usize * places as usize / 8000);
            let (nearest, weights) = &filters[at % places as usize];
            let begin = (at / places as usize) as isize + nearest - reach;
            let taps = weights.iter().enumerate();
            let near = taps.filter_map(|(off, weight)| {
                Some(samples.get(usize::try_from(begin + off as isize).ok()?)? * weight)
            });
            near.sum()
        })
        .collect()
}

/// Without the silence before and behind.
fn trim(samples: &[f32]) -> Vec<f32> {
    let peak = samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
    let is_loud = |sample: &f32| sample.abs() > peak / 40.0;
    let begin = samples.iter().position(is_loud).unwrap_or(0);
    let end = samples.iter().rposition(is_loud).map_or(samples.len(), |end| end + 1);
    samples[begin..end].to_vec()
}
