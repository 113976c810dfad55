//! What the switch plays by itself, as 20 ms frames of G.711: music on hold (generated, pleasant, endless), ringback, silence, a
//! tone, speech; and G.711 itself.
//!
//! Music is computed once a process, in both laws; a frame of it is a copy.

use std::f64::consts::TAU;
use std::sync::{Arc, OnceLock};

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
    Speech(Arc<[i16]>),
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
    /// Its frames are in this law from now on; it goes on where it is.
    pub fn set_law(&mut self, law: Law) {
        self.law = law;
    }
    /// Whether it was something that ends, and did; its frames are silence.
    pub fn is_over(&self) -> bool {
        matches!(&self.sound, Sound::Speech(samples) if self.position >= samples.len() as u64)
    }
    /// The next frame. No allocation; well under 10 µs (but for the first music of a process: see [`prepare`]).
    pub fn frame(&mut self, out: &mut [u8; FRAME]) {
        match &self.sound {
            Sound::Silence => out.fill(self.law.silence()),
            Sound::Music => {
                let music = music(self.law);
                // The loop is a whole number of frames.
                let begin = (self.position % music.len() as u64) as usize;
                out.copy_from_slice(&music[begin..begin + FRAME]);
            }
            Sound::Ringback if self.position % (5 * RATE) >= RATE => out.fill(self.law.silence()),
            Sound::Ringback => self.sine(425, out),
            Sound::Tone(hertz) => self.sine(*hertz, out),
            Sound::Speech(samples) => {
                let begin = samples.len().min(self.position as usize);
                let rest = samples[begin..].iter().copied().chain(std::iter::repeat(0));
                out.iter_mut().zip(rest).for_each(|(byte, sample)| *byte = encode(self.law, sample));
            }
        }
        self.position += FRAME as u64;
    }

    fn sine(&self, hertz: u16, out: &mut [u8; FRAME]) {
        for (place, byte) in (self.position..).zip(out) {
            *byte = encode(self.law, sine_at(hertz, place));
        }
    }
}

/// The so-manieth sample of a tone, -13 dB below full scale.
pub(crate) fn sine_at(hertz: u16, place: u64) -> i16 {
    // A tone of whole Hz repeats each second: its phase is exact for ever.
    second()[(place % RATE * u64::from(hertz) % RATE) as usize]
}

/// The highest note: what telephones let through.
const HIGHEST: u16 = 3400;
/// Samples at most in which a note swells.
const ATTACK: usize = RATE as usize / 100;

/// Notes one after the other, each (Hz, 0 for a rest; ms), soft at both ends: for [`Sound::Speech`]. Above 3,400 Hz: as 3,400 Hz.
pub fn melody(notes: &[(u16, u16)]) -> Arc<[i16]> {
    let mut samples = Vec::new();
    for &(hertz, millis) in notes {
        let length = usize::from(millis) * RATE as usize / 1000;
        let (attack, hertz) = (ATTACK.min(length / 4) as f64, hertz.min(HIGHEST));
        samples.extend((0..length).map(|place| {
            let up = (place as f64 / attack.max(1.0)).min(1.0);
            let down = 1.0 - place as f64 / length as f64;
            (f64::from(sine_at(hertz, place as u64)) * up * down * (2.0 - down)).round() as i16
        }));
    }
    samples.into()
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

impl Law {
    /// The linear samples of all its bytes.
    pub fn linear(self) -> &'static [i16; 256] {
        match self {
            Law::Mu => &MU_TO_LINEAR,
            Law::A => &A_TO_LINEAR,
        }
    }
}

static MU_TO_LINEAR: [i16; 256] = expand(Law::Mu);
static A_TO_LINEAR: [i16; 256] = expand(Law::A);

const fn expand(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = decode(law, byte as u8);
        byte += 1;
    }
    table
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
    fn speech_is_played_once() {
        for law in LAWS {
            let samples: Arc<[i16]> = (0..200).map(|n| n * 100).collect();
            let mut player = Player::new(Sound::Speech(samples.clone()), law);
            let mut frame = [0; FRAME];
            player.frame(&mut frame);
            assert_eq!(
                frame.map(|byte| decode(law, byte)),
                std::array::from_fn(|n| quantised(law, samples[n]))
            );
            assert!(!player.is_over());
            player.frame(&mut frame);
            assert_eq!(decode(law, frame[39]), quantised(law, samples[199]));
            assert_eq!(frame[40..], [law.silence(); 120]);
            assert!(player.is_over());
            player.frame(&mut frame);
            assert_eq!(frame, [law.silence(); FRAME]);
        }
        assert!(Player::new(Sound::Speech(Arc::default()), Law::A).is_over());
        assert!(!Player::new(Sound::Silence, Law::A).is_over());
    }

    fn quantised(law: Law, sample: i16) -> i16 {
        law.linear()[usize::from(encode(law, sample))]
    }

    #[test]
    fn a_melody_is_its_notes_with_soft_ends() {
        let tune = melody(&[(880, 200), (0, 100), (660, 300), (9000, 50), (440, 0)]);
        assert_eq!(tune.len(), 650 * 8);
        assert!(share(&tune[..1600], 880.0) > 0.75);
        assert!(tune[1600..2400].iter().all(|sample| *sample == 0));
        assert!(share(&tune[2400..4800], 660.0) > 0.75);
        assert!(share(&tune[4800..], 3400.0) > 0.5);
        assert!((-22.0..-13.0).contains(&level(&tune[..1600])), "{}", level(&tune[..1600]));
        for note in [&tune[..1600], &tune[2400..4800]] {
            assert!(
                note[..4].iter().chain(&note[note.len() - 4..]).all(|sample| sample.abs() < 400),
                "a click"
            );
        }
        assert!(melody(&[]).is_empty());
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
