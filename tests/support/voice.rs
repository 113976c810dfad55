//! What a callee says: sound as RTP (PCMA) to where an INVITE's description wants it, again and again until it is dropped.

use super::wire::header;
use std::f64::consts::TAU;
use std::io::Write;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use warmline_media::tone::{Law, encode};

/// Says it.
pub struct Voice {
    over: Arc<AtomicBool>,
    frames: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Voice {
    /// How many milliseconds of its sound it has said so far.
    pub fn said_ms(&self) -> usize {
        self.frames.load(Ordering::Relaxed) * 20
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Tones one after the other: (ms, Hz; 0: silence).
pub fn tone(rows: &[(usize, u16)]) -> Vec<i16> {
    let row = |&(millis, hertz): &(usize, u16)| {
        (0..millis * 8).map(move |n| (6000.0 * (TAU * f64::from(hertz) * n as f64 / 8000.0).sin()) as i16)
    };
    rows.iter().flat_map(row).collect()
}

/// A text as espeak-ng says it, at 8,000 a second; then nothing for `silent` seconds.
pub fn speech(language: &str, text: &str, silent: usize) -> Vec<i16> {
    let spoken = Command::new("espeak-ng").args(["-v", language, "-s", "150", "--stdout", text]).output();
    let spoken = spoken.expect("espeak-ng speaks").stdout;
    let sox = ["-t", "wav", "-", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-L", "-t", "raw", "-"];
    let mut command = Command::new("sox");
    let mut sox = command.args(sox).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sox");
    let mut input = sox.stdin.take().expect("piped");
    let writing = std::thread::spawn(move || input.write_all(&spoken));
    let raw = sox.wait_with_output().expect("it ends").stdout;
    writing.join().expect("whole").expect("taken");
    assert!(raw.len() > 4_000, "espeak-ng and sox said nothing");
    let samples = raw.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    samples.chain(std::iter::repeat_n(0, silent * 8_000)).collect()
}

/// To the address in the description of this INVITE.
pub fn say(invite: &str, sound: &[i16]) -> Voice {
    assert!(header(invite, "Call-ID").is_some(), "an INVITE");
    let field =
        |name: &str| invite.lines().find_map(|line| line.trim().strip_prefix(name)).expect("SDP").to_owned();
    let host = field("c=IN IP4 ");
    let port: u16 = field("m=audio ").split(' ').next().unwrap().parse().expect("a port");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let coded: Vec<u8> = sound.iter().map(|sample| encode(Law::A, *sample)).collect();
    let over = Arc::new(AtomicBool::new(false));
    let frames = Arc::new(AtomicUsize::new(0));
    let (stop, count) = (over.clone(), frames.clone());
    let thread = std::thread::spawn(move || {
        let sound = coded.chunks_exact(160).cycle();
        for (number, frame) in sound.enumerate().take_while(|_| !stop.load(Ordering::Relaxed)) {
            let mut packet = vec![0x80, 8];
            packet.extend((number as u16).to_be_bytes());
            packet.extend((number as u32 * 160).to_be_bytes());
            packet.extend(7u32.to_be_bytes());
            packet.extend(frame);
            let _ = socket.send_to(&packet, (host.as_str(), port));
            count.store(number + 1, Ordering::Relaxed);
            // The pace of speech.
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    Voice { over, frames, thread: Some(thread) }
}
