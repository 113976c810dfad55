//! What networks do to sound: level, noise, a mobile's codec, G.711 once or twice, packets that are lost and concealed by silence
//! or repetition.

use crate::Random;
use crate::mobile::{self, Codec};
use warmline_media::tone::{Law, decode, encode};

/// Samples of a packet.
const PACKET: usize = 160;
/// Packets that are heard of a call: no verdict is later than ten seconds.
const HEARD: usize = 510;

/// How bad it is.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Level of the loud parts, dB below full scale.
    pub level: f32,
    /// Level of the noise, dB below full scale; lower than -80: none.
    pub noise: f32,
    /// Share of packets that are lost.
    pub loss: f32,
    /// Lost ones are repetitions of those before, not silence.
    pub repeats: bool,
    /// Whoever is called has a mobile, with this codec.
    pub mobile: Option<Codec>,
    /// Each coding by G.711.
    pub laws: [Option<Law>; 2],
}

impl Line {
    /// Levels and damages as telephone calls have them; no mobile.
    pub fn any(random: &mut Random) -> Line {
        let laws = [Law::Mu, Law::A];
        let level = random.between(-31.0, -12.0);
        let noisy = random.chance(0.6);
        Line {
            level,
            noise: if noisy { level - random.between(18.0, 35.0) } else { -90.0 },
            loss: if random.chance(0.4) { random.between(0.0, 0.03) } else { 0.0 },
            repeats: random.chance(0.5),
            mobile: None,
            laws: [Some(*random.pick(&laws)), random.chance(0.5).then(|| *random.pick(&laws))],
        }
    }

    /// Of good level and without damage, but for one G.711.
    pub fn good() -> Line {
        Line {
            level: -18.0,
            noise: -90.0,
            loss: 0.0,
            repeats: false,
            mobile: None,
            laws: [Some(Law::A), None],
        }
    }
}

/// A sound on its way: with level and noise, before the codecs.
pub struct Sent {
    line: Line,
    samples: Vec<i16>,
    /// Whether each packet will be lost.
    lost: Vec<bool>,
}

/// The sound of samples between -1 and 1 goes into a line.
pub fn send(line: Line, random: &mut Random, samples: &[f32]) -> Sent {
    let gain = 10f32.powf(line.level / 20.0) / loudness(samples);
    let noise = if line.noise < -80.0 { 0.0 } else { 10f32.powf(line.noise / 20.0) };
    let mut out: Vec<i16> = samples
        .iter()
        .map(|sample| {
            // The sum of three is nearly normal; its deviation is 1.
            let hiss: f32 = (0..3).map(|_| random.between(-1.0, 1.0)).sum();
            ((sample * gain + hiss * noise) * 32_768.0).clamp(-32_700.0, 32_700.0) as i16
        })
        .collect();
    let lost = (0..out.len() / PACKET).map(|_| random.chance(line.loss)).collect();
    out.truncate(HEARD * PACKET);
    Sent { line, samples: out, lost }
}

/// What is heard of each at the other end.
pub fn arrive(mut sent: Vec<Sent>) -> Vec<Vec<i16>> {
    for codec in Codec::ALL {
        let its = sent.iter_mut().filter(|sent| sent.line.mobile == Some(codec));
        mobile::over(codec, its.map(|sent| &mut sent.samples));
    }
    sent.into_iter().map(Sent::arrives).collect()
}

impl Sent {
    fn arrives(self) -> Vec<i16> {
        let mut out = self.samples;
        for law in self.line.laws.into_iter().flatten() {
            out.iter_mut().for_each(|sample| *sample = decode(law, encode(law, *sample)));
        }
        let mut before = [0i16; PACKET];
        for (packet, lost) in out.chunks_exact_mut(PACKET).zip(self.lost) {
            match (lost, self.line.repeats) {
                (true, true) => packet.copy_from_slice(&before),
                (true, false) => packet.fill(0),
                (false, _) => {}
            }
            before.copy_from_slice(packet);
        }
        out
    }
}

/// Root mean square of the loud parts: of the frames above the mean power.
fn loudness(samples: &[f32]) -> f32 {
    let power =
        |part: &[f32]| part.iter().map(|sample| sample * sample).sum::<f32>() / part.len().max(1) as f32;
    let all = power(samples);
    let loud: Vec<f32> = samples.chunks(160).map(power).filter(|part| *part >= all && *part > 0.0).collect();
    (loud.iter().sum::<f32>() / loud.len().max(1) as f32).sqrt().max(1e-6)
}
