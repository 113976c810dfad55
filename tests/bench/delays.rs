//! How long a call takes through the switch, one at a time: INVITE to the phone's INVITE, by a route and by a reserved number,
//! and BYE to the other side's BYE.

use crate::configuration::{self, NUMBER, Wish, port};
use crate::phone::Phone;
use crate::report::{Samples, figure, note, percentile, title};
use crate::support::client::{Desktop, Visitor};
use crate::support::until;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Calls a sample.
const CALLS: usize = 200;
/// Between calls to reserved numbers: a desktop that says more than 20 things a second is taken for broken.
const PACE: Duration = Duration::from_millis(110);
/// Apart from the ports of other parts.
const PORTS: (u16, u16) = (37_300, 39_699);

/// Of one sample, in microseconds.
#[derive(Default)]
struct Delays {
    setup: Vec<u32>,
    by_caller: Vec<u32>,
    by_callee: Vec<u32>,
}

/// Of all samples: p50, p95, p99 of each.
#[derive(Default)]
struct Figures([Samples; 3]);

impl Figures {
    fn push(&mut self, mut delays: Vec<u32>) {
        delays.sort_unstable();
        for (samples, share) in self.0.iter_mut().zip([0.5, 0.95, 0.99]) {
            samples.push(percentile(&delays, share) / 1000.0);
        }
    }

    fn print(&self, name: &str) {
        for (samples, word) in self.0.iter().zip(["p50", "p95", "p99"]) {
            samples.print(&format!("{name}, {word}"), "ms");
        }
    }
}

pub fn run(samples: usize) {
    title("delays: one call at a time, from the datagram sent to the datagram that arrives");
    note(&format!("{CALLS} calls a sample; phones and desktop of this process, on the same cores"));
    let carrier_port = port();
    let switch = configuration::start(&Wish { rtp_ports: PORTS, carrier: carrier_port, ..Wish::default() });
    let mut carrier = Phone::bind(carrier_port, switch.sip);
    let (mut plain, mut agent) = (Phone::bind(port(), switch.sip), Phone::bind(port(), switch.sip));
    plain.register("201");
    agent.register("202");
    let desktop = Desk::open(&switch.http());
    let visitor = Visitor::new(&switch.http());
    let mut figures: [Figures; 4] = Default::default();
    for _ in 0..samples {
        let mut bare = Delays::default();
        (0..CALLS).for_each(|_| call(&mut carrier, &mut plain, NUMBER, &mut bare));
        let mut reserved = Delays::default();
        for _ in 0..CALLS {
            desktop.await_state("ready");
            let reservation = visitor.reserve(&visitor.wish("dial"));
            let number = reservation["number"].as_str().expect("a number").to_owned();
            // The page is drawn while the visitor reads his number.
            desktop.await_state("claimed");
            call(&mut carrier, &mut agent, &number, &mut reserved);
            std::thread::sleep(PACE);
        }
        figures[0].push(bare.setup);
        figures[1].push(reserved.setup);
        figures[2].push(bare.by_caller.into_iter().chain(reserved.by_caller).collect());
        figures[3].push(bare.by_callee.into_iter().chain(reserved.by_callee).collect());
    }
    figures[0].print("INVITE to the phone's, by a route");
    figures[1].print("INVITE to the agent's phone, reserved number");
    figures[1].0[1].print_ratio("… p95 to the route's", &figures[0].0[1]);
    figures[2].print("caller's BYE to the phone's");
    figures[3].print("phone's BYE to the caller's");
    let probes = desktop.end();
    note(&format!("the desktop was asked {probes} times before its phone rang, and answered from its page"));
    note(&format!("asked for at most 200 ms between the two BYEs: {} ms at worst", figure(worst(&figures))));
    configuration::stop(switch);
}

fn worst(figures: &[Figures; 4]) -> f64 {
    figures[2..].iter().flat_map(|figures| figures.0[2].0.iter().copied()).fold(0.0, f64::max)
}

/// One call, answered at once; who hangs up takes turns.
fn call(carrier: &mut Phone, phone: &mut Phone, number: &str, delays: &mut Delays) {
    let micros = |from: Instant, to: Instant| to.saturating_duration_since(from).as_micros() as u32;
    let (caller, sent) = carrier.invite(number, 40_000);
    let (callee, came) = phone.invited();
    delays.setup.push(micros(sent, came));
    phone.answer(callee, 40_002);
    carrier.answered();
    phone.acknowledged();
    if delays.setup.len().is_multiple_of(2) {
        let sent = carrier.bye(caller);
        delays.by_caller.push(micros(sent, phone.hung_up()));
    } else {
        let sent = phone.bye(callee);
        delays.by_callee.push(micros(sent, carrier.hung_up()));
    }
}

/// Bob's desktop, read by a thread of its own.
pub struct Desk {
    ended: Arc<AtomicBool>,
    state: Arc<std::sync::Mutex<String>>,
    thread: std::thread::JoinHandle<usize>,
}

impl Desk {
    pub fn open(base: &str) -> Self {
        let mut desktop = Desktop::ready(base, "bob");
        let (ended, state) = (Arc::new(AtomicBool::new(false)), Arc::new(std::sync::Mutex::default()));
        let (stop, told) = (Arc::clone(&ended), Arc::clone(&state));
        *state.lock().expect("whole") = "ready".into();
        let thread = std::thread::spawn(move || {
            let mut probes = 0;
            while !stop.load(Ordering::Relaxed) {
                desktop.stream.read();
                probes += desktop.stream.seen.iter().filter(|message| message["type"] == "probe").count();
                let me = desktop.stream.seen.iter().rev().find(|message| message["view"] == "me");
                if let Some(state) = me.and_then(|me| me["data"]["state"].as_str()) {
                    *told.lock().expect("whole") = state.to_owned();
                }
                desktop.stream.seen.clear();
            }
            probes
        });
        Desk { ended, state, thread }
    }

    pub fn await_state(&self, wanted: &str) {
        until(&format!("bob is {wanted}"), || (*self.state.lock().expect("whole") == wanted).then_some(()));
        std::thread::sleep(Duration::from_millis(5));
    }

    /// How often it was probed.
    pub fn end(self) -> usize {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().expect("it reads")
    }
}
