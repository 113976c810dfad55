//! Call me: from the moment the customer answers to the first packet of the agent's sound at his phone.

use crate::configuration::{self, Wish, port};
use crate::delays::Desk;
use crate::phone::Phone;
use crate::report::{Samples, note, percentile, title};
use crate::support::client::Visitor;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CALLS: u32 = 100;
/// Apart from the ports of other parts.
const PORTS: (u16, u16) = (32_700, 34_699);

pub fn run(samples: usize) {
    title(
        "callme: the customer answers, the agent's phone answers by itself, its first packet reaches the customer",
    );
    note(&format!(
        "{CALLS} calls a sample, one at a time; the agent's phone answers the INVITE at once and sends each 20 ms"
    ));
    let carrier_port = port();
    let switch = configuration::start(&Wish { rtp_ports: PORTS, carrier: carrier_port, ..Wish::default() });
    let mut customer = Phone::bind(carrier_port, switch.sip);
    let mut agent = Phone::bind(port(), switch.sip);
    agent.register("202");
    let desk = Desk::open(&switch.http());
    let mut figures: [Samples; 3] = Default::default();
    let mut asked = 0;
    for _ in 0..samples {
        let mut delays: Vec<u32> = Vec::new();
        for _ in 0..CALLS {
            desk.await_state("ready");
            asked += 1;
            let visitor =
                Visitor::from_address(&switch.http(), format!("10.1.{}.{}", asked / 250, asked % 250 + 1));
            let mut wish = visitor.callme(&format!("+49151{:08}", 20_000_000 + asked));
            wish["consent"]["version"] = "1".into();
            visitor.reserve(&wish);
            delays.push(call(&mut customer, &mut agent));
        }
        delays.sort_unstable();
        for (samples, share) in figures.iter_mut().zip([0.5, 0.95, 0.99]) {
            samples.push(percentile(&delays, share) / 1e3);
        }
    }
    for (samples, word) in figures.iter().zip(["p50", "p95 (1 s is aimed at)", "p99"]) {
        samples.print(&format!("answer to the agent's sound, {word}"), "ms");
    }
    desk.end();
    configuration::stop(switch);
}

/// One call; microseconds from the customer's answer to the agent's first packet.
fn call(customer: &mut Phone, agent: &mut Phone) -> u32 {
    let bind = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (hears, speaks) = (bind(), bind());
    let at = |socket: &UdpSocket| socket.local_addr().expect("bound").port();
    hears.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    let (callee, _) = customer.invited();
    customer.answer(callee, at(&hears));
    let answered = Instant::now();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let heard = scope.spawn(|| {
            let mut packet = [0; 2_000];
            loop {
                let (len, _) = hears.recv_from(&mut packet).expect("the agent's sound");
                // What the switch itself plays is not his.
                if len == 172 && packet[12..172].iter().all(|byte| *byte == 0x55) {
                    return answered.elapsed().as_micros() as u32;
                }
            }
        });
        let (session, media) = agent.offered();
        agent.answer(session, at(&speaks));
        let (ended, speaks) = (&ended, &speaks);
        let speaking = scope.spawn(move || speak(speaks, media, ended));
        customer.acknowledged();
        agent.acknowledged();
        let took = heard.join().expect("heard");
        ended.store(true, Ordering::Relaxed);
        speaking.join().expect("ended");
        agent.bye(session);
        customer.hung_up();
        agent.settle(Duration::from_millis(20));
        took
    })
}

fn speak(socket: &UdpSocket, to: std::net::SocketAddr, ended: &AtomicBool) {
    let source = crate::support::random() as u32;
    for number in 0_u16.. {
        let mut packet = [0x55; 172];
        packet[..2].copy_from_slice(&[0x80, 8]);
        packet[2..4].copy_from_slice(&number.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
        packet[8..12].copy_from_slice(&source.to_be_bytes());
        let _ = socket.send_to(&packet, to);
        std::thread::sleep(Duration::from_millis(20));
        if ended.load(Ordering::Relaxed) {
            return;
        }
    }
}
