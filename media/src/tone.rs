//! What the switch plays by itself, as 20 ms frames of G.711: music on hold (generated, pleasant, endless), ringback, silence, a tone.

/// What to play.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sound {
    /// Generated music on hold: a calm loop of soft chords, quiet enough to talk over.
    Music,
    /// Ringback, 425 Hz, 1 s on, 4 s off (ITU-T E.180, Europe).
    Ringback,
    /// Digital silence.
    Silence,
    /// A steady tone in Hz, for tests and checks.
    Tone(u16),
}

/// Which G.711.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Law {
    Mu,
    A,
}

/// One endless source of 160-sample frames (20 ms at 8 kHz).
#[derive(Clone, Debug)]
pub struct Player {
    #[allow(dead_code)]
    sound: Sound,
    #[allow(dead_code)]
    law: Law,
    #[allow(dead_code)]
    position: u64,
}

impl Player {
    /// From the beginning.
    pub fn new(sound: Sound, law: Law) -> Self {
        Player { sound, law, position: 0 }
    }
    /// The next frame. No allocation; well under 10 µs.
    pub fn frame(&mut self, out: &mut [u8; 160]) {
        let _ = out;
        todo!()
    }
}

/// G.711 of one linear 16-bit sample (ITU-T G.711).
pub fn encode(law: Law, sample: i16) -> u8 {
    let _ = (law, sample);
    todo!()
}

/// The linear 16-bit sample of one G.711 byte.
pub fn decode(law: Law, byte: u8) -> i16 {
    let _ = (law, byte);
    todo!()
}
