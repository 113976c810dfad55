//! Call me: from the customer's answer to the first sound of his agent, and beside it the same call with nobody chosen, probed or shown:
//! a phone that calls another by a route.

use crate::configuration::{self, NUMBER, Wish, port};
use crate::delays::Desk;
use crate::phone::{KEYS, Phone};
use crate::report::{Samples, note, percentile, title};
use crate::support::client::Visitor;
use crate::support::switch::Switch;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Calls a sample.
const CALLS: usize = 100;
/// As for [`crate::delays`].
const PACE: Duration = Duration::from_millis(150);
/// Below those that the system gives to the sockets of this process.
const PORTS: (u16, u16) = (20_300, 22_699);
/// What each end says, so that it is known whom one hears.
const CUSTOMER: u8 = 0x11;
const AGENT: u8 = 0x22;

/// How long a key is held down.
const HELD: Duration = Duration::from_millis(80);

pub fn run(samples: usize) {
    title(
        "answers: call me, from the 200 of whom we call to the first packet of his agent's that reaches him",
    );
    note(&format!(
        "{CALLS} calls a sample; the agent's phone answers at once and speaks from its 200 on, 50 packets a second"
    ));
    let mut firm = Firm::start("");
    let mut plain = Phone::bind(port(), firm.switch.sip);
    plain.register("201");
    let mut figures: [Samples; 3] = Default::default();
    for _ in 0..samples {
        let bare = (0..CALLS).map(|_| routed(&mut firm.carrier, &mut plain)).collect();
        figures[0].push(at(bare, 0.95));
        let called = firm.calls();
        figures[1].push(at(called.clone(), 0.5));
        figures[2].push(at(called, 0.95));
    }
    figures[0].print("floor: a routed call, callee's 200 to his first packet at the caller, p95", "ms");
    figures[1].print("answer to the agent's sound, p50", "ms");
    figures[2].print("answer to the agent's sound, p95 (1 s is aimed at)", "ms");
    firm.stop();
    note(
        "the same where he keys in the two digits of the page first (RFC 4733): from the moment at which he presses the last",
    );
    let mut firm = Firm::start("match_number = \"always\"");
    let mut figures: [Samples; 2] = Default::default();
    for _ in 0..samples {
        let keyed = firm.calls();
        figures[0].push(at(keyed.clone(), 0.5));
        figures[1].push(at(keyed, 0.95));
    }
    let held = HELD.as_millis();
    figures[0].print(&format!("last digit to the agent's sound, of which it is held {held} ms, p50"), "ms");
    figures[1].print("last digit to the agent's sound, p95 (1 s is aimed at)", "ms");
    firm.stop();
}

/// Of microseconds, in milliseconds.
fn at(mut micros: Vec<u32>, share: f64) -> f64 {
    micros.sort_unstable();
    percentile(&micros, share) / 1000.0
}

/// A switch with a carrier and an agent.
struct Firm {
    switch: Switch,
    carrier: Phone,
    agent: Phone,
    desk: Desk,
    visitors: usize,
}

impl Firm {
    /// With these keys of `callme`.
    fn start(callme: &str) -> Self {
        let carrier = port();
        let wish = Wish { rtp_ports: PORTS, carrier, callme: callme.into(), ..Wish::default() };
        let switch = configuration::start(&wish);
        let (carrier, mut agent) = (Phone::bind(carrier, switch.sip), Phone::bind(port(), switch.sip));
        agent.register("202");
        Firm { carrier, agent, desk: Desk::open(&switch.http()), visitors: 0, switch }
    }

    /// Visitors who are called, one after the other; microseconds until each hears his agent.
    fn calls(&mut self) -> Vec<u32> {
        (0..CALLS).map(|_| self.call()).collect()
    }

    fn call(&mut self) -> u32 {
        self.desk.await_state("ready");
        self.visitors += 1;
        let n = self.visitors;
        let visitor = Visitor::from_address(&self.switch.http(), format!("10.1.{}.{}", n / 250, n % 250 + 1));
        let mut wish = visitor.callme(&format!("+49151{:08}", 20_000_000 + n));
        wish["consent"]["version"] = "1".into();
        let reservation = visitor.reserve(&wish);
        let took = answered(&mut self.carrier, &mut self.agent, reservation["match_digits"].as_str());
        std::thread::sleep(PACE);
        took
    }

    fn stop(self) {
        self.desk.end();
        configuration::stop(self.switch);
    }
}

/// An end's media.
struct Sound {
    socket: Arc<UdpSocket>,
    over: Arc<AtomicBool>,
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Sound {
    fn bind() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        Sound { socket: Arc::new(socket), over: Arc::default() }
    }

    fn port(&self) -> u16 {
        self.socket.local_addr().expect("bound").port()
    }

    /// Says this byte to there, 50 times a second, until it is dropped.
    fn say(&self, byte: u8, to: SocketAddr) {
        let (socket, over) = (Arc::clone(&self.socket), Arc::clone(&self.over));
        std::thread::spawn(move || {
            for number in 0u16.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let mut packet = vec![0x80, 8];
                packet.extend(number.to_be_bytes());
                packet.extend((u32::from(number) * 160).to_be_bytes());
                packet.extend([0, 0, 0, byte]);
                packet.extend([byte; 160]);
                let _ = socket.send_to(&packet, to);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
    }

    /// Presses these keys, one after the other; when the last went down.
    fn keys(&self, keys: &str, to: SocketAddr) -> Instant {
        let mut down = Instant::now();
        for (turn, key) in keys.bytes().enumerate() {
            down = Instant::now();
            let steps = HELD.as_millis() as u16 / 20;
            // Three times that it is up.
            for step in 0..steps + 3 {
                let up = if step < steps { 0 } else { 0x80 };
                let first = if step == 0 { 0x80 } else { 0 };
                let number = turn as u16 * (steps + 3) + step;
                let mut packet = vec![0x80, first | KEYS];
                packet.extend(number.to_be_bytes());
                packet.extend((turn as u32 * 8_000).to_be_bytes());
                packet.extend([0, 0, 0, CUSTOMER, key - b'0', up | 10]);
                packet.extend((160 * (step.min(steps - 1) + 1)).to_be_bytes());
                self.socket.send_to(&packet, to).expect("sent");
                if step < steps {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
        down
    }

    /// When this byte is heard first.
    fn hears(&self, byte: u8) -> Instant {
        let mut packet = [0; 2_048];
        loop {
            let (len, _) = self.socket.recv_from(&mut packet).expect("somebody speaks");
            if len == 172 && packet[12..len].iter().all(|heard| *heard == byte) {
                return Instant::now();
            }
        }
    }
}

/// The switch calls somebody, who answers, and keys in what he is asked for; microseconds until he hears his agent.
fn answered(carrier: &mut Phone, agent: &mut Phone, digits: Option<&str>) -> u32 {
    let (customer, speaks) = (Sound::bind(), Sound::bind());
    let (called, _, to) = carrier.invited_to();
    let mut from = Instant::now();
    carrier.answer(called, customer.port());
    match digits {
        None => customer.say(CUSTOMER, to),
        Some(digits) => {
            carrier.acknowledged();
            from = customer.keys(digits, to);
        }
    }
    let (rung, _, to) = agent.invited_to();
    agent.answer(rung, speaks.port());
    speaks.say(AGENT, to);
    let heard = customer.hears(AGENT);
    if digits.is_none() {
        carrier.acknowledged();
    }
    agent.acknowledged();
    carrier.bye(called);
    agent.hung_up();
    carrier.settle(Duration::from_millis(5));
    heard.saturating_duration_since(from).as_micros() as u32
}

/// A call by a route; microseconds from the callee's answer to his sound at the caller.
fn routed(carrier: &mut Phone, plain: &mut Phone) -> u32 {
    let (caller, callee) = (Sound::bind(), Sound::bind());
    let (calling, _) = carrier.invite(NUMBER, caller.port());
    let (rung, _, to) = plain.invited_to();
    let from = Instant::now();
    plain.answer(rung, callee.port());
    callee.say(AGENT, to);
    caller.say(CUSTOMER, carrier.answered());
    let heard = caller.hears(AGENT);
    plain.acknowledged();
    carrier.bye(calling);
    plain.hung_up();
    carrier.settle(Duration::from_millis(5));
    heard.saturating_duration_since(from).as_micros() as u32
}
