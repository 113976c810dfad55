//! What the switch plays by itself, as 20 ms frames of G.711: music on hold (generated, pleasant, endless), ringback, silence, a tone.
//!
//! Music is computed once a process, in both laws; a frame of it is a copy.

use std::f64::consts::TAU;
use std::sync::OnceLock;

/// Samples a second.
const RATE: u64 = 8000;
/// Samples a frame.
pub const FRAME: usize = 160;

/// What to play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sound {
    /// Generated music on hold: a calm loop of soft chords, quiet enough to talk over.
    Music,
    /// Ringback, 425 Hz, 1 s on, 4 s off (ITU-T E.180, Europe).
    Ringback,
    /// Digital silence.
    Silence,
    /// A steady tone in Hz, for tests and checks.
    Tone(u16),
    /// 8,000 samples a second, played once; then silence and `worker::Event::Played`.
    Speech(std::sync::Arc<[i16]>),
}

/// Which G.711.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Law {
    Mu,
    A,
}

impl Law {
    /// The byte of the quietest sample.
    pub const fn silence(self) -> u8 {
        match self {
            Law::Mu => 0xFF,
            Law::A => 0xD5,
        }
    }
}

/// One endless source of 160-sample frames (20 ms at 8 kHz).
#[derive(Clone, Debug)]
pub struct Player {
    sound: Sound,
    law: Law,
    /// Samples played.
    position: u64,
}

impl Player {
    /// From the beginning.
    pub fn new(sound: Sound, law: Law) -> Self {
        Player { sound, law, position: 0 }
    }
    /// The law that its frames are in.
    pub fn law(&self) -> Law {
        self.law
    }
    /// The next frame. No allocation; well under 10 µs (but for the first music of a process: see [`prepare`]).
    pub fn frame(&mut self, out: &mut [u8; FRAME]) {
        match self.sound {
            Sound::Silence => out.fill(self.law.silence()),
            Sound::Music => {
                let music = music(self.law);
                // The loop is a whole number of frames.
                let begin = (self.position % music.len() as u64) as usize;
                out.copy_from_slice(&music[begin..begin + FRAME]);
            }
            Sound::Ringback if self.position % (5 * RATE) >= RATE => out.fill(self.law.silence()),
            Sound::Ringback => self.sine(425, out),
            Sound::Tone(hertz) => self.sine(hertz, out),
            Sound::Speech(_) => out.fill(self.law.silence()),
        }
        self.position += FRAME as u64;
    }

    fn sine(&self, hertz: u16, out: &mut [u8; FRAME]) {
        let second = second();
        for (place, byte) in (self.position..).zip(out) {
            // A tone of whole Hz repeats each second: its phase is exact for ever.
            *byte = encode(self.law, second[(place % RATE * u64::from(hertz) % RATE) as usize]);
        }
    }
}

/// Computes what players copy from (some milliseconds, once a process), so that no player has to.
pub fn prepare() {
    second();
    music(Law::Mu);
    music(Law::A);
}

/// One second of 1 Hz, -13 dB below full scale.
fn second() -> &'static [i16; RATE as usize] {
    static SECOND: OnceLock<[i16; RATE as usize]> = OnceLock::new();
    SECOND.get_or_init(|| {
        std::array::from_fn(|place| ((place as f64 / RATE as f64 * TAU).sin() * 7336.0).round() as i16)
    })
}

fn music(law: Law) -> &'static [u8] {
    static SAMPLES: OnceLock<Vec<i16>> = OnceLock::new();
    static MU: OnceLock<Vec<u8>> = OnceLock::new();
    static A: OnceLock<Vec<u8>> = OnceLock::new();
    let cell = match law {
        Law::Mu => &MU,
        Law::A => &A,
    };
    cell.get_or_init(|| SAMPLES.get_or_init(compose).iter().map(|sample| encode(law, *sample)).collect())
}

/// Seconds of one chord.
const CHORD: usize = 4;
/// Seconds that a chord takes to fade behind the next one.
const FADE: usize = 2;
/// Cmaj7, Am7, Fmaj7, G6: notes as semitones above A3 (220 Hz), the last one the melody's.
const CHORDS: [[i32; 4]; 4] = [[-9, 3, 7, 14], [-12, 3, 7, 10], [-4, 3, 7, 12], [-2, 5, 7, 14]];

/// The loop: each chord swells and fades under the beginning of the next; the last fades under the first.
fn compose() -> Vec<i16> {
    let chord = CHORD * RATE as usize;
    let voice = (CHORD + FADE) * RATE as usize;
    let mut mix = vec![0.0f64; chord * CHORDS.len()];
    let length = mix.len();
    for (number, notes) in CHORDS.iter().enumerate() {
        for (order, semitones) in notes.iter().enumerate() {
            // The notes of a chord begin one after the other, as a harp's.
            let begin = number * chord + order * RATE as usize / 4;
            let hertz = 220.0 * 2f64.powf(f64::from(*semitones) / 12.0);
            for (harmonic, level) in [(1.0, 1.0), (2.0, 0.28), (3.0, 0.09)] {
                add_sine(&mut mix, begin % length, voice, hertz * harmonic, level);
            }
        }
    }
    let power = mix.iter().map(|sample| sample * sample).sum::<f64>() / length as f64;
    // -20 dB below full scale.
    let gain = 0.1 * 32_768.0 / power.sqrt();
    mix.iter().map(|sample| (sample * gain).clamp(-32_000.0, 32_000.0).round() as i16).collect()
}

/// Adds a sine with a slow rise and fall, by the recurrence of a rotating pointer.
fn add_sine(mix: &mut [f64], begin: usize, samples: usize, hertz: f64, level: f64) {
    let step = hertz * TAU / RATE as f64;
    let twice_cosine = 2.0 * step.cos();
    let (mut before, mut now) = (-step.sin(), 0.0f64);
    let rise = RATE as f64 * 0.9;
    for sample in 0..samples {
        let place = (begin + sample) % mix.len();
        let up = (sample as f64 / rise).min(1.0);
        let down = 1.0 - sample as f64 / samples as f64;
        // Smooth at both ends: no click.
        let envelope = up * up * (3.0 - 2.0 * up) * down * down;
        mix[place] += now * level * envelope;
        (before, now) = (now, twice_cosine * now - before);
    }
}

/// G.711 of one linear 16-bit sample (ITU-T G.711).
pub const fn encode(law: Law, sample: i16) -> u8 {
    match law {
        Law::Mu => encode_mu(sample),
        Law::A => encode_a(sample),
    }
}

const fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x00 } else { 0x80 };
    let mut magnitude = (sample as i32).abs();
    if magnitude > 32_635 {
        magnitude = 32_635;
    }
    // The bias makes each segment begin at a power of two.
    let biased = (magnitude + 132) as u32;
    let exponent = 24 - biased.leading_zeros();
    let mantissa = (biased >> (exponent + 3)) & 0x0F;
    sign | (!((exponent << 4) | mantissa) as u8 & 0x7F)
}

const fn encode_a(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x00 } else { 0x80 };
    // 13 bits; of negative samples the one's complement, so that both halves are alike.
    let magnitude = (if sample < 0 { !sample } else { sample } >> 3) as u32;
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let exponent = 27 - magnitude.leading_zeros();
        (exponent << 4) | ((magnitude >> exponent) & 0x0F)
    };
    (sign | code as u8) ^ 0x55
}

/// The linear 16-bit sample of one G.711 byte.
pub const fn decode(law: Law, byte: u8) -> i16 {
    match law {
        Law::Mu => decode_mu(byte),
        Law::A => decode_a(byte),
    }
}

const fn decode_mu(byte: u8) -> i16 {
    let code = !byte;
    let exponent = (code >> 4) & 7;
    let magnitude = ((((code & 0x0F) as i16) << 3) + 132) << exponent;
    if code & 0x80 != 0 { 132 - magnitude } else { magnitude - 132 }
}

const fn decode_a(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = ((code & 0x0F) as i16) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 264) << (exponent - 1) };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// Each µ-law byte in A-law.
pub static MU_TO_A: [u8; 256] = convert(Law::Mu, Law::A);
/// Each A-law byte in µ-law.
pub static A_TO_MU: [u8; 256] = convert(Law::A, Law::Mu);

const fn convert(from: Law, to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = encode(to, decode(from, byte as u8));
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [Law; 2] = [Law::Mu, Law::A];

    fn play(sound: Sound, law: Law, frames: usize) -> Vec<i16> {
        let mut player = Player::new(sound, law);
        let mut out = [0; FRAME];
        let mut samples = Vec::new();
        for _ in 0..frames {
            player.frame(&mut out);
            samples.extend(out.iter().map(|byte| decode(law, *byte)));
        }
        samples
    }

    /// Level below full scale in dB.
    fn level(samples: &[i16]) -> f64 {
        let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
        10.0 * (power / 32_768f64.powi(2)).log10()
    }

    /// Share of the power that is at this frequency (Goertzel).
    fn share(samples: &[i16], hertz: f64) -> f64 {
        let twice_cosine = 2.0 * (hertz * TAU / 8000.0).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in samples {
            (one, two) = (f64::from(*sample) + twice_cosine * one - two, one);
        }
        let power = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        (one * one + two * two - twice_cosine * one * two) * 2.0 / (power * samples.len() as f64)
    }

    #[test]
    fn known_values_of_the_recommendation() {
        assert_eq!(
            [encode(Law::Mu, 0), encode(Law::Mu, 32_767), encode(Law::Mu, -32_768)],
            [0xFF, 0x80, 0x00]
        );
        assert_eq!([encode(Law::A, 0), encode(Law::A, 32_767), encode(Law::A, -32_768)], [0xD5, 0xAA, 0x2A]);
        assert_eq!(
            [decode(Law::Mu, 0x00), decode(Law::Mu, 0x80), decode(Law::Mu, 0xFF)],
            [-32_124, 32_124, 0]
        );
        assert_eq!([decode(Law::A, 0x2A), decode(Law::A, 0xAA), decode(Law::A, 0xD5)], [-32_256, 32_256, 8]);
        assert_eq!([Law::Mu.silence(), Law::A.silence()], [encode(Law::Mu, 0), encode(Law::A, 0)]);
    }

    #[test]
    fn each_byte_is_the_code_of_its_sample() {
        for law in LAWS {
            for byte in 0..=255u8 {
                let again = encode(law, decode(law, byte));
                // µ-law has two zeros.
                assert!(
                    again == byte || (law == Law::Mu && byte == 0x7F && again == 0xFF),
                    "{law:?} {byte:#x}"
                );
            }
        }
    }

    #[test]
    fn samples_stay_close() {
        for law in LAWS {
            for sample in i16::MIN..=i16::MAX {
                let error = (i32::from(sample) - i32::from(decode(law, encode(law, sample)))).abs();
                assert!(error <= (i32::from(sample).abs() / 16).max(16), "{law:?} {sample}: {error}");
            }
        }
    }

    #[test]
    fn laws_convert_with_little_loss() {
        for byte in 0..=255u8 {
            let (mu, a) = (decode(Law::Mu, byte), decode(Law::A, byte));
            let from_mu = decode(Law::A, MU_TO_A[usize::from(byte)]);
            let from_a = decode(Law::Mu, A_TO_MU[usize::from(byte)]);
            assert!((i32::from(mu) - i32::from(from_mu)).abs() <= (i32::from(mu).abs() / 16).max(16));
            assert!((i32::from(a) - i32::from(from_a)).abs() <= (i32::from(a).abs() / 16).max(16));
        }
        assert_eq!((MU_TO_A[0xFF], A_TO_MU[0xD5]), (0xD5, encode(Law::Mu, 8)));
    }

    #[test]
    fn tones_are_what_they_say() {
        for law in LAWS {
            let tone = play(Sound::Tone(700), law, 50);
            assert!(share(&tone, 700.0) > 0.99);
            assert!((level(&tone) + 16.0).abs() < 1.0, "{}", level(&tone));
            let ringback = play(Sound::Ringback, law, 500);
            assert!(share(&ringback[..8000], 425.0) > 0.99);
            assert!(ringback[8000..40_000].iter().all(|sample| sample.abs() <= 8));
            assert!(share(&ringback[40_000..48_000], 425.0) > 0.99);
            assert!(play(Sound::Silence, law, 2).iter().all(|sample| sample.abs() <= 8));
        }
    }

    #[test]
    fn music_is_calm_and_endless() {
        for law in LAWS {
            let frames = music(law).len() / FRAME;
            assert_eq!(music(law).len() % FRAME, 0);
            let twice = play(Sound::Music, law, 2 * frames);
            assert_eq!(twice[..frames * FRAME], twice[frames * FRAME..]);
            assert!((level(&twice) + 20.0).abs() < 0.5, "{}", level(&twice));
            for second in twice.chunks(8000) {
                assert!((-32.0..-14.0).contains(&level(second)), "{}", level(second));
            }
            let jump = twice.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs()).max();
            assert!(jump.unwrap() < 9000, "a click of {jump:?}");
            assert!(twice.iter().all(|sample| sample.abs() < 32_000), "clipped");
        }
    }
}
