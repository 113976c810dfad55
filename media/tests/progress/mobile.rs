//! What a mobile's codecs do to sound: GSM full rate (06.10) and AMR narrowband (26.071) at three of its rates, as sox has them.
//!
//! One run of sox takes all the sounds of a set: they lie one behind the other, with silence between them.

use crate::Random;
use std::io::Write;
use std::process::{Command, Stdio};

/// A codec.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// GSM 06.10, 13 kbit/s.
    Gsm,
    /// AMR, 12.2 kbit/s.
    Amr12,
    /// 7.95 kbit/s.
    Amr8,
    /// 5.9 kbit/s, that of half rate channels.
    Amr6,
}

impl Codec {
    /// All of them.
    pub const ALL: [Codec; 4] = [Codec::Gsm, Codec::Amr12, Codec::Amr8, Codec::Amr6];

    /// One of them, so often.
    pub fn any(random: &mut Random, share: f32) -> Option<Codec> {
        let is_mobile = random.chance(share);
        let codec = *random.pick(&Codec::ALL);
        is_mobile.then_some(codec)
    }

    /// Its name in sox, and what that is told to code by it.
    fn arguments(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Codec::Gsm => ("gsm", &[]),
            Codec::Amr12 => ("amr-nb", &["-C", "7"]),
            Codec::Amr8 => ("amr-nb", &["-C", "5"]),
            Codec::Amr6 => ("amr-nb", &["-C", "2"]),
        }
    }
}

/// Samples of a frame of all the codecs.
const FRAME: usize = 160;
/// Samples of silence between two sounds, in which the codecs forget the one before.
const BETWEEN: usize = 10 * FRAME;
/// Samples as sox is to read and write them.
const RAW: &[&str] = &["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1"];

/// Codes and decodes each sound.
pub fn over<'a>(codec: Codec, sounds: impl Iterator<Item = &'a mut Vec<i16>>) {
    let sounds: Vec<_> = sounds.collect();
    if sounds.is_empty() {
        return;
    }
    let room = |sound: &[i16]| sound.len().next_multiple_of(FRAME) + BETWEEN;
    let mut all = Vec::new();
    for sound in &sounds {
        let end = all.len() + room(sound);
        all.extend_from_slice(sound);
        all.resize(end, 0);
    }
    let (name, rate) = codec.arguments();
    let bytes = all.iter().flat_map(|sample: &i16| sample.to_le_bytes()).collect();
    let coded = sox(&[RAW, &["-", "-t", name], rate, &["-"]].concat(), bytes);
    let heard = sox(&[&["-t", name, "-"], RAW, &["-"]].concat(), coded);
    assert_eq!(heard.len(), all.len() * 2, "sox codes {name} frame by frame");
    let mut rest = heard.as_slice();
    for sound in sounds {
        let (own, behind) = rest.split_at(room(sound) * 2);
        let samples = own.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
        sound.iter_mut().zip(samples).for_each(|(sample, heard)| *sample = heard);
        rest = behind;
    }
}

/// What sox makes of it, without dither.
fn sox(arguments: &[&str], input: Vec<u8>) -> Vec<u8> {
    let child = Command::new("sox")
        .arg("-D")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("sox is not installed: scripts/test does that");
    let mut stdin = child.stdin.take().unwrap();
    let ended = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(&input));
        child.wait_with_output().unwrap()
    });
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "sox {arguments:?} (libsox-fmt-base has gsm and amr-nb): {said}");
    ended.stdout
}
