//! Music: chords that swell, plucked notes, a band with a drum; as ringback or on hold.

use crate::Random;
use std::f32::consts::TAU;

/// Twelve seconds.
const LENGTH: usize = 96_000;
const RATE: f32 = 8000.0;

/// Some piece of music.
pub fn any(random: &mut Random) -> Vec<f32> {
    let mut out = vec![0.0; LENGTH];
    let beat = random.between(0.22, 0.6);
    let key = random.between(150.0, 300.0);
    let (plucked, chords, drums) = (random.chance(0.7), random.chance(0.7), random.chance(0.5));
    let scale = [0, 2, 4, 5, 7, 9, 11, 12];
    let note = |steps: i32| key * 2f32.powf(steps as f32 / 12.0);
    let mut at = 0.0;
    while at < 12.0 {
        if plucked || !chords {
            let hertz = note(*random.pick(&scale) + if random.chance(0.3) { 12 } else { 0 });
            pluck(&mut out, at, hertz, random.between(2.0, 9.0), 1.0);
        }
        if drums {
            drum(&mut out, at, random);
        }
        at += beat * if random.chance(0.25) { 2.0 } else { 1.0 };
    }
    if chords {
        for bar in 0..6 {
            let root = *random.pick(&scale);
            for step in [0, 4, 7] {
                pad(&mut out, bar as f32 * 2.0, note(root + step), random.between(0.2, 0.5));
            }
        }
    }
    out
}

/// A note that fades.
fn pluck(out: &mut [f32], at: f32, hertz: f32, fades: f32, level: f32) {
    let begin = (at * RATE) as usize;
    for (place, out) in out.iter_mut().skip(begin).take(12_000).enumerate() {
        let time = place as f32 / RATE;
        let voices = (1..=4).map(|n| (hertz * n as f32 * TAU * time).sin() / (n * n) as f32);
        *out += level * (time * 200.0).min(1.0) * (-time * fades).exp() * voices.sum::<f32>();
    }
}

/// Two seconds of a note that swells.
fn pad(out: &mut [f32], at: f32, hertz: f32, level: f32) {
    let begin = (at * RATE) as usize;
    for (place, out) in out.iter_mut().skip(begin).take(18_000).enumerate() {
        let time = place as f32 / RATE;
        let swell = (time * 3.0).min(1.0) * (2.25 - time).clamp(0.0, 0.25) * 4.0;
        *out += level * swell * ((hertz * TAU * time).sin() + 0.4 * (2.0 * hertz * TAU * time).sin());
    }
}

fn drum(out: &mut [f32], at: f32, random: &mut Random) {
    let begin = (at * RATE) as usize;
    for (place, out) in out.iter_mut().skip(begin).take(1600).enumerate() {
        *out += 0.8 * (-(place as f32) / 300.0).exp() * random.between(-1.0, 1.0);
    }
}
