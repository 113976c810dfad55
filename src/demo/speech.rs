//! What the demo's carrier says: spoken by espeak-ng at set-up, as a WAV that baresip plays (16-bit mono, 8 kHz).

use std::io::Error;
use std::path::Path;
use std::process::Command;

const RATE: u32 = 8_000;
/// baresip ends the call where the file ends: it must outlast any demo.
const SECONDS: usize = 600;
const PAUSE: usize = 3 * RATE as usize;
const TEXT: &str = "Hello, this is the customer of the demo. Thank you for calling me back. \
                    I am looking at the printer on your page and have a question about it.";

/// Writes the file if it is not there. Without espeak-ng a soft two-tone signal takes the place of the words.
pub fn prepare(file: &Path) -> Result<(), Error> {
    if file.exists() {
        return Ok(());
    }
    let mut samples = spoken(file).unwrap_or_else(chime);
    samples.extend(std::iter::repeat_n(0, PAUSE));
    let samples: Vec<i16> = samples.iter().copied().cycle().take(SECONDS * RATE as usize).collect();
    std::fs::write(file, wav(&samples))
}

fn spoken(beside: &Path) -> Option<Vec<i16>> {
    let raw = beside.with_extension("espeak.wav");
    let done =
        Command::new("espeak-ng").args(["-v", "en", "-s", "150", "-w"]).arg(&raw).arg(TEXT).output().ok()?;
    let bytes = std::fs::read(&raw).ok()?;
    let _ = std::fs::remove_file(&raw);
    done.status.success().then_some(())?;
    let rate = u32::from_le_bytes(bytes.get(24..28)?.try_into().ok()?);
    let data = bytes.windows(4).position(|window| window == b"data")? + 8;
    let samples: Vec<i16> =
        bytes.get(data..)?.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    Some(resampled(&samples, rate))
}

/// The mean of the samples that fall on each output sample: a filter good enough for a telephone.
fn resampled(samples: &[i16], rate: u32) -> Vec<i16> {
    let step = f64::from(rate) / f64::from(RATE);
    let count = (samples.len() as f64 / step) as usize;
    (0..count)
        .map(|index| {
            let from = (index as f64 * step) as usize;
            let to = (((index + 1) as f64 * step) as usize).clamp(from + 1, samples.len());
            let sum: i64 = samples[from..to].iter().map(|&sample| i64::from(sample)).sum();
            (sum / (to - from) as i64) as i16
        })
        .collect()
}

fn chime() -> Vec<i16> {
    let tone = |hz: f64| {
        (0..RATE).map(move |n| {
            let seconds = f64::from(n) / f64::from(RATE);
            (6_000.0 * (-3.0 * seconds).exp() * (std::f64::consts::TAU * hz * seconds).sin()) as i16
        })
    };
    tone(523.25).chain(tone(659.25)).collect()
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let size = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + size as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_length_and_level() {
        let halved = resampled(&vec![1_000; 16_000], 16_000);
        assert_eq!(halved.len(), 8_000);
        assert!(halved.iter().all(|&sample| sample == 1_000));
        assert_eq!(resampled(&[5; 22_050], 22_050).len(), 8_000);
    }
}
