//! What a customer notices of a change: how long the agent's phone gets nothing while a call goes over to another phone, and how far
//! a page is behind the line its visitor stands in.

use crate::configuration::{self, Wish, port};
use crate::delays::Desk;
use crate::phone::Phone;
use crate::report::{Samples, note, percentile, title};
use crate::support::client::Visitor;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes of a sample.
const CHANGES: usize = 10;
/// Who waits, and whose pages are looked at.
const WAITING: usize = 10;
/// Between the packets of a phone.
const FRAME: Duration = Duration::from_millis(20);
/// What the customer says on his first phone, and on the other.
const WORDS: [u8; 2] = [0x11, 0x22];
/// Apart from the ports of other parts.
const PORTS: (u16, u16) = (36_500, 37_299);

pub fn run(samples: usize) {
    title("changes: a call goes over to another phone; a place in line moves");
    note(&format!(
        "{CHANGES} changes and {} moves a sample; phones, desktop and pages (protocol clients) of this process",
        WAITING - 1
    ));
    let carrier = port();
    let switch = configuration::start(&Wish { rtp_ports: PORTS, carrier, ..Wish::default() });
    let mut behind: [Samples; 2] = Default::default();
    for sample in 0..samples {
        let mut delays = places(&switch.http(), sample);
        delays.sort_unstable();
        behind[0].push(percentile(&delays, 0.5) / 1000.0);
        behind[1].push(percentile(&delays, 1.0) / 1000.0);
    }
    behind[0].print("who is first gives up, to the others' pages, p50", "ms");
    behind[1].print("… at worst (asked for: 1 s)", "ms");
    let mut phones =
        Phones { carrier: Phone::bind(carrier, switch.sip), agent: Phone::bind(port(), switch.sip) };
    phones.agent.register("202");
    let desk = Desk::open(&switch.http());
    let visitor = Visitor::new(&switch.http());
    let mut gaps: [Samples; 2] = Default::default();
    for _ in 0..samples {
        let mut sample: Vec<u32> = (0..CHANGES).map(|_| phones.change(&desk, &visitor)).collect();
        sample.sort_unstable();
        gaps[0].push(percentile(&sample, 0.5) / 1000.0);
        gaps[1].push(percentile(&sample, 1.0) / 1000.0);
    }
    gaps[0].print("last packet of the old phone to the new one's", "ms");
    gaps[1].print("… at worst (asked for: 300 ms)", "ms");
    desk.end();
    configuration::stop(switch);
}

/// The first of those who wait gives up; until each of the others' pages says so, in microseconds.
fn places(base: &str, sample: usize) -> Vec<u32> {
    let visitors: Vec<Visitor> =
        (0..WAITING).map(|index| Visitor::from_address(base, format!("192.0.2.{}", index + 1))).collect();
    let ask = |(index, visitor): (usize, &Visitor)| {
        let mut wish = visitor.callme(&format!("+4930{:07}", sample * WAITING + index));
        wish["consent"]["version"] = "1".into();
        visitor.reserve(&wish)
    };
    let asked: Vec<_> = visitors.iter().enumerate().map(ask).collect();
    let mut pages: Vec<_> =
        visitors.iter().zip(&asked).map(|(visitor, asked)| visitor.stream(asked)).collect();
    for (index, page) in pages.iter_mut().enumerate() {
        page.view("reservation", |view| view["position"] == index + 1);
    }
    let start = Instant::now();
    visitors[0].cancel(&asked[0]);
    let mut delays = Vec::new();
    for (index, page) in pages.iter_mut().enumerate().skip(1) {
        page.view("reservation", |view| view["position"] == index);
        delays.push(start.elapsed().as_micros() as u32);
    }
    for (visitor, asked) in visitors.iter().zip(&asked).skip(1) {
        visitor.cancel(asked);
    }
    delays
}

struct Phones {
    carrier: Phone,
    agent: Phone,
}

impl Phones {
    /// A customer speaks with the agent and goes over to another phone; the silence at the agent's, in microseconds.
    fn change(&mut self, desk: &Desk, visitor: &Visitor) -> u32 {
        let [first, second, ear] = [(); 3].map(|()| UdpSocket::bind(("127.0.0.1", 0)).expect("a port"));
        ear.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        let port = |socket: &UdpSocket| socket.local_addr().expect("bound").port();
        let (from_first, from_second, at_ear) = (port(&first), port(&second), port(&ear));
        desk.await_state("ready");
        let reservation = visitor.reserve(&visitor.wish("dial"));
        desk.await_state("claimed");
        let number = reservation["number"].as_str().expect("a number");
        let (for_caller, for_agent) = self.carrier.call(&mut self.agent, number, (from_first, at_ear));
        let old = Speaker::start(first, for_caller, WORDS[0]);
        let answers = Speaker::start(ear.try_clone().expect("cloned"), for_agent, 0);
        heard(&ear, WORDS[0]);
        let change = visitor.change(&reservation, "dial");
        let number = change["change"]["number"].as_str().expect("a number");
        let (session, _) = self.carrier.invite(number, from_second);
        let new = Speaker::start(second, self.carrier.answered(), WORDS[1]);
        let gap = gap(&ear);
        self.carrier.hung_up();
        for speaker in [old, new, answers] {
            speaker.end();
        }
        self.carrier.bye(session);
        self.agent.hung_up();
        gap
    }
}

/// Waits until a voice is heard.
fn heard(ear: &UdpSocket, word: u8) {
    let mut packet = [0; 1_500];
    loop {
        let (len, _) = ear.recv_from(&mut packet).expect("somebody speaks");
        if packet[..len].last() == Some(&word) {
            return;
        }
    }
}

/// From the last word on the old phone to the first on the new one.
fn gap(ear: &UdpSocket) -> u32 {
    let mut packet = [0; 1_500];
    let mut last = Instant::now();
    loop {
        let (len, _) = ear.recv_from(&mut packet).expect("somebody speaks");
        match packet[..len].last() {
            Some(&word) if word == WORDS[0] => last = Instant::now(),
            Some(&word) if word == WORDS[1] => return last.elapsed().as_micros() as u32,
            _ => {}
        }
    }
}

/// A phone that says the same word all the time.
struct Speaker {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Speaker {
    fn start(socket: UdpSocket, to: SocketAddr, word: u8) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut packet = [word; 172];
            packet[..2].copy_from_slice(&[0x80, 8]);
            packet[8..12]
                .copy_from_slice(&u32::from(socket.local_addr().expect("bound").port()).to_be_bytes());
            for number in 0u16.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                packet[2..4].copy_from_slice(&number.to_be_bytes());
                packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
                let _ = socket.send_to(&packet, to);
                std::thread::sleep(FRAME);
            }
        });
        Speaker { over, thread }
    }

    fn end(self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it spoke");
    }
}
