//! Tones: written to files, found in recordings.

use std::path::Path;

/// Writes `secs` of a steady tone, 16-bit mono at 8 kHz.
pub fn write_tone(file: &Path, hz: f64, secs: u32) {
    let samples = (0..8_000 * secs)
        .map(|n| (8_000.0 * (std::f64::consts::TAU * hz * f64::from(n) / 8_000.0).sin()) as i16);
    write_wav(file, &samples.collect::<Vec<_>>());
}

fn write_wav(file: &Path, samples: &[i16]) {
    let size = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + size as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    std::fs::write(file, bytes).expect("written");
}

/// Rate and samples of a WAV that may still be written to (its sizes are not believed). Mono or the first channel.
pub fn read_wav(file: &Path) -> Option<(f64, Vec<i16>)> {
    let bytes = std::fs::read(file).ok()?;
    let data = bytes.windows(4).position(|window| window == b"data")? + 8;
    let channels = usize::from(u16::from_le_bytes(bytes.get(22..24)?.try_into().ok()?)).max(1);
    let rate = u32::from_le_bytes(bytes.get(24..28)?.try_into().ok()?);
    let samples =
        bytes.get(data..)?.chunks_exact(2 * channels).map(|frame| i16::from_le_bytes([frame[0], frame[1]]));
    Some((rate.into(), samples.collect()))
}

/// The share of a stretch's power that is at `hz` (Goertzel over its whole length), 0 to 1; 0 for silence.
pub fn share(rate: f64, samples: &[i16], hz: f64) -> f64 {
    let power: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    if samples.is_empty() || power / (samples.len() as f64) < 100.0 {
        return 0.0;
    }
    let turn = 2.0 * (std::f64::consts::TAU * hz / rate).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for &sample in samples {
        let next = f64::from(sample) + turn * one - two;
        two = one;
        one = next;
    }
    let found = one * one + two * two - turn * one * two;
    2.0 * found / (power * samples.len() as f64)
}

/// Stretches of 100 ms in which `hz` is what is heard, by their start in seconds.
pub fn heard_at(file: &Path, hz: f64) -> Vec<f64> {
    let Some((rate, samples)) = read_wav(file) else { return Vec::new() };
    let stretch = (rate / 10.0) as usize;
    let found = samples.chunks_exact(stretch).enumerate();
    found.filter(|(_, chunk)| share(rate, chunk, hz) > 0.5).map(|(index, _)| index as f64 / 10.0).collect()
}

/// Whether at least half a second of `hz` is in the recording.
pub fn heard(file: &Path, hz: f64) -> bool {
    heard_at(file, hz).len() >= 5
}

/// Mean power of the last `secs`.
pub fn level_at_end(file: &Path, secs: f64) -> Option<f64> {
    let (rate, samples) = read_wav(file)?;
    let tail = samples.get(samples.len().checked_sub((rate * secs) as usize)?..)?;
    Some(tail.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / tail.len() as f64)
}

/// A-law (ITU-T G.711) of a sample.
pub fn to_alaw(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = (i32::from(sample).abs() >> 3).min(4_095);
    let segment = (magnitude >> 5).checked_ilog2().map_or(0, |bits| bits as i32 + 1);
    let step = if segment < 2 { magnitude >> 1 } else { magnitude >> segment };
    let code = (segment << 4 | step & 0xF) as u8;
    (if negative { code } else { code | 0x80 }) ^ 0x55
}

/// The sample of an A-law byte.
pub fn from_alaw(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let (segment, step) = (code >> 4 & 7, i32::from(code & 0xF));
    let magnitude = match segment {
        0 => step * 2 + 1,
        segment => (step * 2 + 33) << (segment - 1),
    } << 3;
    if code & 0x80 == 0 { -magnitude as i16 } else { magnitude as i16 }
}

/// The share of `hz` in the last `secs`; 0 where less was recorded, or silence.
pub fn recent(file: &Path, secs: f64, hz: f64) -> f64 {
    let Some((rate, samples)) = read_wav(file) else { return 0.0 };
    let tail = samples.len().checked_sub((rate * secs) as usize).and_then(|from| samples.get(from..));
    tail.map_or(0.0, |tail| share(rate, tail, hz))
}
