//! Call me: from the customer's answer to the first sound of his agent, and beside it the same call with nobody chosen, probed or shown:
//! a phone that calls another by a route.

use crate::configuration::{self, NUMBER, Wish, port};
use crate::delays::Desk;
use crate::phone::Phone;
use crate::report::{Samples, note, percentile, title};
use crate::support::client::Visitor;
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

pub fn run(samples: usize) {
    title(
        "answers: call me, from the 200 of whom we call to the first packet of his agent's that reaches him",
    );
    note(&format!(
        "{CALLS} calls a sample; the agent's phone answers at once and speaks from its 200 on, 50 packets a second"
    ));
    let carrier_port = port();
    let switch = configuration::start(&Wish { rtp_ports: PORTS, carrier: carrier_port, ..Wish::default() });
    let mut carrier = Phone::bind(carrier_port, switch.sip);
    let (mut plain, mut agent) = (Phone::bind(port(), switch.sip), Phone::bind(port(), switch.sip));
    plain.register("201");
    agent.register("202");
    let desk = Desk::open(&switch.http());
    let mut figures: [Samples; 3] = Default::default();
    let mut next = 0;
    for _ in 0..samples {
        let mut bare: Vec<u32> = (0..CALLS).map(|_| routed(&mut carrier, &mut plain)).collect();
        let mut called = Vec::new();
        for _ in 0..CALLS {
            desk.await_state("ready");
            next += 1;
            let visitor =
                Visitor::from_address(&switch.http(), format!("10.1.{}.{}", next / 250, next % 250 + 1));
            let mut wish = visitor.callme(&format!("+49151{:08}", 20_000_000 + next));
            wish["consent"]["version"] = "1".into();
            visitor.reserve(&wish);
            called.push(answered(&mut carrier, &mut agent));
            std::thread::sleep(PACE);
        }
        bare.sort_unstable();
        called.sort_unstable();
        figures[0].push(percentile(&bare, 0.95) / 1000.0);
        figures[1].push(percentile(&called, 0.5) / 1000.0);
        figures[2].push(percentile(&called, 0.95) / 1000.0);
    }
    figures[0].print("floor: a routed call, callee's 200 to his first packet at the caller, p95", "ms");
    figures[1].print("answer to the agent's sound, p50", "ms");
    figures[2].print("answer to the agent's sound, p95 (1 s is aimed at)", "ms");
    desk.end();
    configuration::stop(switch);
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

/// The switch calls somebody, who answers; microseconds until he hears his agent.
fn answered(carrier: &mut Phone, agent: &mut Phone) -> u32 {
    let (customer, speaks) = (Sound::bind(), Sound::bind());
    let (called, _, to) = carrier.invited_to();
    let from = Instant::now();
    carrier.answer(called, customer.port());
    customer.say(CUSTOMER, to);
    let (rung, _, to) = agent.invited_to();
    agent.answer(rung, speaks.port());
    speaks.say(AGENT, to);
    let heard = customer.hears(AGENT);
    carrier.acknowledged();
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
