//! One frame, looked at: how loud it is, which single frequency it is most like, and how much of it given frequencies explain.

use crate::tone::FRAME;
use std::f32::consts::TAU;

/// Samples a second.
const RATE: f32 = 8000.0;
/// Below this (dB under full scale) nothing is a tone.
const FAINT: f32 = -52.0;

/// What there is to say of a frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Frame {
    /// dB below full scale.
    pub level: f32,
    /// Of the one sinusoid that it is most like, Hz.
    pub hertz: f32,
    /// How much of its power that is, 0 to 1; 0 where it is too soft.
    pub share: f32,
    /// Changes of sign.
    pub crossings: u16,
}

/// The samples of the frame that is looked at.
#[derive(Debug)]
pub(super) struct Look {
    samples: [f32; FRAME],
    power: f32,
}

impl Look {
    pub fn new() -> Self {
        Look { samples: [0.0; FRAME], power: 0.0 }
    }

    /// Looks at the next frame.
    pub fn at(&mut self, frame: &[i16; FRAME]) -> Frame {
        let mean = frame.iter().map(|sample| f32::from(*sample)).sum::<f32>() / FRAME as f32;
        for (out, sample) in self.samples.iter_mut().zip(frame) {
            *out = f32::from(*sample) - mean;
        }
        self.power = self.samples.iter().map(|sample| sample * sample).sum();
        let level = 10.0 * (self.power / FRAME as f32 / (32_768.0 * 32_768.0) + 1e-10).log10();
        let pairs = self.samples.iter().zip(&self.samples[1..]);
        let crossings = pairs.filter(|(one, next)| (**one < 0.0) != (**next < 0.0)).count() as u16;
        let (hertz, share) = if level > FAINT { self.single() } else { (0.0, 0.0) };
        Frame { level, hertz, share, crossings }
    }

    /// Its samples, and the sum of their squares.
    pub fn samples(&self) -> (&[f32; FRAME], f32) {
        (&self.samples, self.power)
    }

    /// The sinusoid that it is most like: a first guess by linear prediction, then uphill along its spectrum.
    fn single(&self) -> (f32, f32) {
        let (mut both, mut own) = (0.0, 1e-6);
        for three in self.samples.windows(3) {
            both += (three[0] + three[2]) * three[1];
            own += three[1] * three[1];
        }
        let cosine = (both / (2.0 * own)).clamp(-1.0, 1.0);
        let mut hertz = cosine.acos() * RATE / TAU;
        let mut top = self.at_hertz(hertz);
        for step in [24.0, 8.0] {
            let (below, above) = (self.at_hertz(hertz - step), self.at_hertz(hertz + step));
            let bend = below - 2.0 * top + above;
            if bend < 0.0 {
                let found = hertz + (0.5 * (below - above) / bend).clamp(-1.5, 1.5) * step;
                let power = self.at_hertz(found);
                if power > top {
                    (hertz, top) = (found, power);
                }
            }
        }
        (hertz, (top / (self.power + 1e-3)).min(1.0))
    }

    /// The power of the frame at one frequency, in the units of `power` (Goertzel).
    fn at_hertz(&self, hertz: f32) -> f32 {
        let (real, imaginary) = self.pointer(hertz);
        (real * real + imaginary * imaginary) * 2.0 / FRAME as f32
    }

    /// Its amplitude and phase at one frequency, as a pointer.
    pub fn pointer(&self, hertz: f32) -> (f32, f32) {
        let (sin, cos) = (hertz * TAU / RATE).sin_cos();
        let (mut one, mut two) = (0.0f32, 0.0f32);
        for sample in &self.samples {
            (one, two) = (sample + 2.0 * cos * one - two, one);
        }
        (one * cos - two, one * sin)
    }
}

/// A few frequencies, made right-angled over one frame: what they explain of it is a sum of squares.
#[derive(Debug)]
pub(super) struct Basis {
    rows: Vec<[f32; FRAME]>,
}

impl Basis {
    /// Of one or two frequencies, Hz.
    pub fn new(hertz: &[u16]) -> Self {
        let mut rows: Vec<[f32; FRAME]> = Vec::new();
        for (hertz, turn) in hertz.iter().flat_map(|hertz| [(*hertz, 0.0), (*hertz, TAU / 4.0)]) {
            let mut row: [f32; FRAME] =
                std::array::from_fn(|place| (f32::from(hertz) * TAU / RATE * place as f32 + turn).cos());
            for other in &rows {
                let along = dot(&row, other);
                row.iter_mut().zip(other).for_each(|(sample, other)| *sample -= along * other);
            }
            let length = dot(&row, &row).sqrt();
            row.iter_mut().for_each(|sample| *sample /= length);
            rows.push(row);
        }
        Basis { rows }
    }

    /// How much of the frame they explain, 0 to 1.
    pub fn share(&self, look: &Look) -> f32 {
        let (samples, power) = look.samples();
        let explained: f32 = self.rows.iter().map(|row| dot(row, samples).powi(2)).sum();
        explained / (power + 1e-3)
    }
}

fn dot(one: &[f32; FRAME], other: &[f32; FRAME]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
