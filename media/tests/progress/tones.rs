//! Tones: those of each plan, special information tones, fax and modem.

use crate::Random;
use std::f32::consts::TAU;
use warmline_media::progress::Sit;

const RATE: f32 = 8000.0;

fn ms(length: f32) -> usize {
    (length * RATE / 1000.0) as usize
}

/// Seconds of silence.
pub fn silence(millis: f32) -> Vec<f32> {
    vec![0.0; ms(millis)]
}

/// Frequencies sounding together.
pub fn tone(hertz: &[f32], millis: f32) -> Vec<f32> {
    (0..ms(millis))
        .map(|place| hertz.iter().map(|hertz| (hertz * TAU * place as f32 / RATE).sin()).sum::<f32>())
        .collect()
}

/// Ten seconds of a network tone, heard from somewhere on, a little off in frequency and time.
pub fn network(hertz: &[f32], steps: &[f32], random: &mut Random) -> Vec<f32> {
    let (off, stretch) = (random.between(-10.0, 10.0), random.between(0.96, 1.04));
    let hertz: Vec<f32> = hertz.iter().map(|hertz| hertz + off).collect();
    let steps: Vec<f32> = steps.iter().map(|step| step * stretch).collect();
    let cadence = cadence(&hertz, &steps, random.between(0.0, 2500.0));
    [silence(random.between(20.0, 900.0)), cadence].concat()
}

/// Nine and a half seconds of frequencies in turns of milliseconds on and off, from so many on.
pub fn cadence(hertz: &[f32], steps: &[f32], from_ms: f32) -> Vec<f32> {
    let mut out = Vec::new();
    while out.len() < 100_000 {
        for (place, millis) in steps.iter().enumerate() {
            out.extend(if place % 2 == 0 { tone(hertz, *millis) } else { silence(*millis) });
        }
    }
    let begin = ms(from_ms);
    out[begin..begin + 76_000].to_vec()
}

/// Special information tones.
pub fn sit(kind: Sit, random: &mut Random) -> Vec<f32> {
    let off = random.between(-4.0, 4.0);
    let (low, high) = ((913.8, 274.0), (985.2, 380.0));
    let (second_low, second_high) = ((1370.6, 274.0), (1428.5, 380.0));
    let (one, two, three) = match kind {
        Sit::Intercept => (low, second_low, (1776.7, 380.0)),
        Sit::VacantCode => (high, second_low, (1776.7, 380.0)),
        Sit::NoCircuit => (high, second_high, (1776.7, 380.0)),
        Sit::Reorder => (low, second_high, (1776.7, 380.0)),
        Sit::Unspecified => ((950.0, 330.0), (1400.0, 330.0), (1800.0, 330.0)),
    };
    let gap = random.between(0.0, 30.0);
    let mut out = silence(random.between(20.0, 1500.0));
    for (hertz, millis) in [one, two, three] {
        out.extend(tone(&[hertz + off], millis));
        out.extend(silence(gap));
    }
    out.extend(silence(4000.0));
    out
}

/// A calling fax: half a second in each three and a half.
pub fn calling_fax(random: &mut Random) -> Vec<f32> {
    let hertz = 1100.0 + random.between(-30.0, 30.0);
    let mut out = silence(random.between(20.0, 2500.0));
    for _ in 0..3 {
        out.extend(tone(&[hertz], random.between(440.0, 560.0)));
        out.extend(silence(3000.0));
    }
    out
}

/// An answering fax: the answer tone as it is.
pub fn answering_fax(random: &mut Random) -> Vec<f32> {
    let hertz = 2100.0 + random.between(-12.0, 12.0);
    let tone = tone(&[hertz], random.between(2600.0, 4000.0));
    [silence(random.between(200.0, 2500.0)), tone, silence(1000.0)].concat()
}

/// A modem: turned over each 450 ms, most of them modulated too.
pub fn modem(random: &mut Random) -> Vec<f32> {
    let hertz = 2100.0 + random.between(-12.0, 12.0);
    let modulated = random.chance(0.6);
    let turn = ms(random.between(430.0, 470.0));
    let swing = if modulated { 0.2 } else { 0.0 };
    let tone = (0..ms(3300.0)).map(|place| {
        let sign = if (place / turn).is_multiple_of(2) { 1.0 } else { -1.0 };
        let level = 1.0 + swing * (15.0 * TAU * place as f32 / RATE).sin();
        sign * level * (hertz * TAU * place as f32 / RATE).sin()
    });
    [silence(random.between(200.0, 2500.0)), tone.collect(), silence(1000.0)].concat()
}
