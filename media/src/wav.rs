//! Sound files: RIFF/WAVE with 16-bit PCM, brought to 8,000 samples a second of one channel.

use std::f64::consts::PI;
use std::sync::Arc;

/// Samples a second that come out.
const RATE: u32 = 8000;
/// Rates that are taken.
const RATES: [u32; 5] = [8000, 16_000, 22_050, 44_100, 48_000];
/// Seconds at most.
const LONGEST: usize = 60;
/// Hz where the low-pass has halved the level; nothing audible is left from 4 kHz on.
const CUTOFF: f64 = 3500.0;
/// Samples of the result that the low-pass reaches to either side.
const REACH: usize = 24;
/// A length that says "to the end": written by programs that could not know it.
const UNKNOWN: u32 = u32::MAX;

/// Why a file is not taken. The file is to blame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WavError {
    /// No RIFF/WAVE file.
    NotWav,
    /// It ends before it should, or has no format or no samples.
    Truncated,
    /// Compressed, or not of 16 bits a sample.
    Encoding,
    /// More than two channels, or none.
    Channels(u16),
    /// Not 8, 16, 22.05, 44.1 or 48 kHz.
    Rate(u32),
    /// More than 60 s.
    TooLong,
    /// Not one sample.
    Empty,
}

impl std::fmt::Display for WavError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WavError::NotWav => f.write_str("no RIFF/WAVE file"),
            WavError::Truncated => f.write_str("the file is cut off"),
            WavError::Encoding => f.write_str("not 16-bit PCM"),
            WavError::Channels(channels) => write!(f, "{channels} channels instead of one or two"),
            WavError::Rate(rate) => write!(f, "{rate} Hz instead of 8000, 16000, 22050, 44100 or 48000"),
            WavError::TooLong => write!(f, "longer than {LONGEST} s"),
            WavError::Empty => f.write_str("no sound in it"),
        }
    }
}

impl std::error::Error for WavError {}

/// Reads a WAV file: PCM of 16 bits, one or two channels, 8, 16, 22.05, 44.1 or 48 kHz, at most 60 s; for
/// [`Sound::Speech`](crate::tone::Sound::Speech).
///
/// # Errors
/// What is wrong with the file.
pub fn read_wav(bytes: &[u8]) -> Result<Arc<[i16]>, WavError> {
    let (format, data) = chunks(bytes)?;
    let frame = 2 * usize::from(format.channels);
    let frames = data.len() / frame;
    if frames == 0 {
        return Err(WavError::Empty);
    }
    if frames > LONGEST * format.rate as usize {
        return Err(WavError::TooLong);
    }
    let mono: Vec<i16> = data.chunks_exact(frame).map(mix).collect();
    Ok(if format.rate == RATE { mono } else { resample(&mono, format.rate) }.into())
}

/// What the samples mean.
#[derive(Clone, Copy, Debug)]
struct Format {
    channels: u16,
    rate: u32,
}

/// Walks over the chunks to the format and then the samples; others are passed over.
fn chunks(bytes: &[u8]) -> Result<(Format, &[u8]), WavError> {
    let mut rest = match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', rest @ ..] => rest,
        _ => return Err(WavError::NotWav),
    };
    let mut format = None;
    loop {
        let (head, body) = rest.split_first_chunk::<8>().ok_or(WavError::Truncated)?;
        let said = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let (name, length) = (&head[..4], said as usize);
        match (name, format) {
            (b"data", Some(format)) => {
                let length = if said == UNKNOWN { body.len() } else { length };
                return Ok((format, body.get(..length).ok_or(WavError::Truncated)?));
            }
            (b"fmt ", _) => format = Some(read_format(body.get(..length).ok_or(WavError::Truncated)?)?),
            _ => {}
        }
        // Chunks begin at even places.
        let next = length.checked_add(length % 2).ok_or(WavError::Truncated)?;
        rest = body.get(next..).ok_or(WavError::Truncated)?;
    }
}

fn read_format(chunk: &[u8]) -> Result<Format, WavError> {
    let fixed = chunk.first_chunk::<16>().ok_or(WavError::Truncated)?;
    let word = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let rate = u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    let channels = word(2);
    let coding = match word(0) {
        // The extensible format says the coding behind the fixed part.
        0xFFFE => chunk.get(24..26).map(|code| u16::from_le_bytes([code[0], code[1]])),
        coding => Some(coding),
    };
    if coding != Some(1) || word(14) != 16 {
        Err(WavError::Encoding)
    } else if !(1..=2).contains(&channels) {
        Err(WavError::Channels(channels))
    } else if !RATES.contains(&rate) {
        Err(WavError::Rate(rate))
    } else {
        Ok(Format { channels, rate })
    }
}

/// One sample of all channels together.
fn mix(frame: &[u8]) -> i16 {
    let samples = frame.chunks_exact(2).map(|sample| i32::from(i16::from_le_bytes([sample[0], sample[1]])));
    (samples.sum::<i32>() / (frame.len() / 2) as i32) as i16
}

/// To 8,000 samples a second: a windowed sinc of linear phase, one set of weights for each place between two samples that
/// a sample of the result can have.
fn resample(samples: &[i16], rate: u32) -> Vec<i16> {
    let common = gcd(rate, RATE);
    let (step, phases) = ((rate / common) as usize, (RATE / common) as usize);
    let reach = REACH * rate as usize / RATE as usize;
    let weights: Vec<Vec<f32>> =
        (0..phases).map(|phase| weights(rate, reach, phase as f64 / phases as f64)).collect();
    let length = (samples.len() * phases).div_ceil(step);
    // Silence before and behind, so that no place is special.
    let mut padded = vec![0.0f32; reach];
    padded.extend(samples.iter().map(|sample| f32::from(*sample)));
    padded.resize(padded.len() + reach + 1, 0.0);
    let at = |place: usize| {
        let (begin, weights) = (place * step / phases, &weights[place * step % phases]);
        let heard = padded[begin..begin + weights.len()].iter().zip(weights);
        heard.map(|(sample, weight)| sample * weight).sum::<f32>()
    };
    (0..length).map(|place| at(place).round() as i16).collect()
}

/// What each sample from `reach` before to `reach` behind adds to the one that lies `phase` of a sample after the middle.
fn weights(rate: u32, reach: usize, phase: f64) -> Vec<f32> {
    let twice_cutoff = 2.0 * CUTOFF / f64::from(rate);
    let weight = |place: usize| {
        let distance = place as f64 - reach as f64 - phase;
        let angle = PI * twice_cutoff * distance;
        let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
        // Blackman: side lobes below -70 dB.
        let around = (PI * distance / (reach + 1) as f64).clamp(-PI, PI);
        sinc * (0.42 + 0.5 * around.cos() + 0.08 * (2.0 * around).cos())
    };
    let raw: Vec<f64> = (0..=2 * reach + 1).map(weight).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|weight| (weight / sum) as f32).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    /// A file of these samples.
    fn file(channels: u16, rate: u32, bits: u16, samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + data.len() as u32).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
        bytes.extend((channels * 2).to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn tone(hertz: f64, rate: u32, millis: u32) -> Vec<i16> {
        let samples = rate / 1000 * millis;
        let at = |place: u32| (f64::from(place) * hertz * TAU / f64::from(rate)).sin() * 10_000.0;
        (0..samples).map(|place| at(place) as i16).collect()
    }

    /// Level of the middle in dB against the sine of `tone`.
    fn level(samples: &[i16]) -> f64 {
        let middle = &samples[400..samples.len() - 400];
        let power = middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64;
        10.0 * (power / 5e7).log10()
    }

    #[test]
    fn eight_kilohertz_are_taken_as_they_are() {
        let samples = [1, -2, i16::MAX, i16::MIN, 0];
        assert_eq!(*read_wav(&file(1, 8000, 16, &samples)).unwrap(), samples);
        let stereo = [100, 300, -5, 5, i16::MIN, i16::MIN, i16::MAX, i16::MAX];
        assert_eq!(*read_wav(&file(2, 8000, 16, &stereo)).unwrap(), [200, 0, i16::MIN, i16::MAX]);
    }

    #[test]
    fn other_rates_keep_what_telephones_carry_and_nothing_else() {
        for rate in [16_000, 22_050, 44_100, 48_000] {
            for (hertz, least, most) in
                [(50.0, -0.2, 0.2), (1000.0, -0.2, 0.2), (2800.0, -0.5, 0.2), (3400.0, -6.0, -1.0)]
            {
                let out = read_wav(&file(1, rate, 16, &tone(hertz, rate, 500))).unwrap();
                assert!(out.len().abs_diff(4000) < 50, "{}", out.len());
                let level = level(&out);
                assert!((least..most).contains(&level), "{hertz} Hz of {rate}: {level} dB");
            }
            for hertz in [4100.0, 5000.0, 7000.0, 7900.0] {
                let out = read_wav(&file(1, rate, 16, &tone(hertz, rate, 500))).unwrap();
                assert!(level(&out) < -60.0, "{hertz} Hz of {rate} folds back: {} dB", level(&out));
            }
        }
    }

    #[test]
    fn time_and_pitch_stay() {
        for rate in [16_000, 22_050, 44_100, 48_000] {
            let out = read_wav(&file(1, rate, 16, &tone(1000.0, rate, 400))).unwrap();
            let wanted = tone(1000.0, 8000, 400);
            for (place, (out, wanted)) in out.iter().zip(&wanted).enumerate().skip(200).take(2500) {
                assert!((out - wanted).abs() < 60, "{rate}: {out} for {wanted} at {place}");
            }
        }
    }

    #[test]
    fn other_chunks_and_formats_of_the_same_are_read() {
        let plain = file(1, 8000, 16, &[7, 8, 9]);
        let (head, rest) = plain.split_at(12);
        let list = b"LIST\x03\0\0\0abc\0";
        assert_eq!(*read_wav(&[head, list, rest].concat()).unwrap(), [7, 8, 9]);
        let mut streamed = plain.clone();
        streamed[40..44].fill(0xFF);
        assert_eq!(*read_wav(&streamed).unwrap(), [7, 8, 9]);
        let mut extensible = plain[..36].to_vec();
        extensible[16] = 40;
        extensible[20..22].copy_from_slice(&[0xFE, 0xFF]);
        extensible.extend([22, 0, 16, 0, 4, 0, 0, 0, 1, 0]);
        extensible.extend(b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
        extensible.extend(&plain[36..]);
        assert_eq!(*read_wav(&extensible).unwrap(), [7, 8, 9]);
        extensible[44] = 3;
        assert_eq!(read_wav(&extensible), Err(WavError::Encoding), "floating point");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = file(1, 8000, 16, &[0; 8]);
        assert_eq!(read_wav(b""), Err(WavError::NotWav));
        assert_eq!(read_wav(b"OggS"), Err(WavError::NotWav));
        assert_eq!(read_wav(&good[..good.len() - 1]), Err(WavError::Truncated));
        assert_eq!(read_wav(&good[..30]), Err(WavError::Truncated));
        assert_eq!(read_wav(&good[..36]), Err(WavError::Truncated));
        assert_eq!(read_wav(&file(1, 8000, 8, &[0])), Err(WavError::Encoding));
        assert_eq!(read_wav(&file(6, 8000, 16, &[0; 6])), Err(WavError::Channels(6)));
        assert_eq!(read_wav(&file(0, 8000, 16, &[0; 6])), Err(WavError::Channels(0)));
        assert_eq!(read_wav(&file(1, 11_025, 16, &[0])), Err(WavError::Rate(11_025)));
        assert_eq!(read_wav(&file(1, 8000, 16, &[])), Err(WavError::Empty));
        assert_eq!(read_wav(&file(1, 8000, 16, &vec![0; 480_001])), Err(WavError::TooLong));
        assert_eq!(read_wav(&file(1, 8000, 16, &vec![0; 480_000])).unwrap().len(), 480_000);
        assert_eq!(
            WavError::Rate(11_025).to_string(),
            "11025 Hz instead of 8000, 16000, 22050, 44100 or 48000"
        );
    }

    proptest! {
        #[test]
        fn samples_come_back(samples in proptest::collection::vec(any::<i16>(), 1..500)) {
            prop_assert_eq!(&*read_wav(&file(1, 8000, 16, &samples)).unwrap(), &samples[..]);
        }

        #[test]
        fn loud_noise_of_any_rate_stays_in_range(
            samples in proptest::collection::vec(prop_oneof![Just(i16::MIN), Just(i16::MAX)], 1..400),
            channels in 1u16..=2,
            rate in proptest::sample::select(&RATES[..]),
        ) {
            let frames = samples.len() / usize::from(channels);
            match read_wav(&file(channels, rate, 16, &samples)) {
                Ok(out) => prop_assert_eq!(out.len(), (frames * 8000).div_ceil(rate as usize)),
                Err(error) => prop_assert_eq!((error, frames), (WavError::Empty, 0)),
            }
        }

        #[test]
        fn damaged_files_do_no_harm(
            changes in proptest::collection::vec((0usize..80, any::<u8>()), 0..6),
            length in 0usize..80,
        ) {
            let mut bytes = file(2, 44_100, 16, &[1000; 18]);
            changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
            bytes.truncate(length);
            let _ = read_wav(&bytes);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read_wav(&bytes);
            let _ = read_wav(&[b"RIFF\0\0\0\0WAVE", &bytes[..]].concat());
        }
    }
}
