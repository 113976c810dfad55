//! A page's end of a browser call over a real socket: ICE, DTLS and SRTP (RFC 8445, 5764, 3711) in a thread of its own,
//! for calls by the dozen, where Chromium would be too heavy. It speaks a tone and records what it hears.

use super::{audio, random};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use warmline_media::sdp::{IceCredentials, Setup};
use warmline_media::webrtc::testing::{Browser, Received, identity};
use warmline_time::Time;

/// Samples a packet.
const FRAME: usize = 160;

pub struct Page {
    browser: Browser,
    socket: UdpSocket,
    offer: String,
    hz: f64,
}

/// One that is connected, until it is dropped.
pub struct Talking {
    heard: Arc<Mutex<Vec<i16>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Page {
    pub fn new(hz: f64) -> Self {
        let seed = random();
        let browser = Browser::new(Time::ZERO, identity(seed), seed);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let (ice, print) = (browser.credentials(), browser.fingerprint());
        let print: Vec<String> = print.iter().map(|byte| format!("{byte:02X}")).collect();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8 101\r\n\
             c=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
             a=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
            ice.ufrag,
            ice.pwd,
            print.join(":")
        );
        Page { browser, socket, offer, hz }
    }

    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// Connects as the answer says and speaks.
    pub fn connect(self, answer: &str) -> Talking {
        let line = |name: &str| {
            let prefix = format!("a={name}:");
            answer.lines().find_map(|line| line.strip_prefix(&prefix)).expect(name).trim().to_owned()
        };
        let remote = IceCredentials { ufrag: line("ice-ufrag"), pwd: line("ice-pwd") };
        let setup = if line("setup") == "active" { Setup::Passive } else { Setup::Active };
        let candidate = line("candidate");
        let fields: Vec<&str> = candidate.split(' ').collect();
        let to: SocketAddr = format!("{}:{}", fields[4], fields[5]).parse().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (ears, ended) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = std::thread::spawn(move || run(self, remote, setup, to, &ears, &ended));
        Talking { heard, stop, thread: Some(thread) }
    }
}

impl Talking {
    /// Whether half a second of the tone was heard in the last two.
    pub fn hears(&self, hz: f64) -> bool {
        let heard = self.heard.lock().expect("whole");
        let recent = &heard[heard.len().saturating_sub(16_000)..];
        recent.chunks_exact(800).filter(|chunk| audio::share(8_000.0, chunk, hz) > 0.5).count() >= 5
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    mut page: Page,
    remote: IceCredentials,
    setup: Setup,
    to: SocketAddr,
    heard: &Mutex<Vec<i16>>,
    stop: &AtomicBool,
) {
    let start = Instant::now();
    let now = || Time::from_micros(start.elapsed().as_micros() as u64);
    page.socket.set_read_timeout(Some(Duration::from_millis(2))).expect("set");
    page.browser.connect(now(), remote, setup);
    let mut sent = 0u32;
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) && !page.browser.is_closed() {
        if let Ok((len, _)) = page.socket.recv_from(&mut buffer)
            && let Some(Received::Rtp(packet)) = page.browser.handle(now(), &buffer[..len])
            && packet.len() == 12 + FRAME
        {
            heard.lock().expect("whole").extend(packet[12..].iter().map(|&byte| audio::from_alaw(byte)));
        }
        page.browser.handle_timeout(now());
        while let Some(datagram) = page.browser.poll_transmit() {
            let _ = page.socket.send_to(&datagram, to);
        }
        while page.browser.is_connected() && u128::from(sent) * 20 < start.elapsed().as_millis() {
            let packet = frame(sent, page.hz);
            sent += 1;
            if let Some(protected) = page.browser.protect_rtp(&packet) {
                let _ = page.socket.send_to(&protected, to);
            }
        }
    }
    page.browser.close();
    while let Some(datagram) = page.browser.poll_transmit() {
        let _ = page.socket.send_to(&datagram, to);
    }
}

/// The n-th packet of the tone (RFC 3550 §5.1), PCMA.
fn frame(number: u32, hz: f64) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend((number as u16).to_be_bytes());
    packet.extend((number * FRAME as u32).to_be_bytes());
    packet.extend(7u32.to_be_bytes());
    packet.extend((0..FRAME as u32).map(|n| {
        let time = f64::from(number * FRAME as u32 + n) / 8_000.0;
        audio::to_alaw((8_000.0 * (std::f64::consts::TAU * hz * time).sin()) as i16)
    }));
    packet
}
