//! Complete calls through the switch: CPU a thousand, and how many a second; beside SIPp to itself.

use crate::configuration::{self, MANY_PORTS, Wish, port};
use crate::phone::Phone;
use crate::report::{Samples, note, title};
use crate::{cpu, sipp};
use std::time::Duration;

/// For the CPU figure.
const RATE: u32 = 200;
const CALLS: u32 = 2_000;
/// For the highest rate; each for so many seconds. With media the last is left out: it has no ports for it.
const RATES: [u32; 5] = [100, 200, 400, 800, 1_600];
const SECONDS: u32 = 5;
/// Transactions and dialogs of a call are remembered for 32 s (RFC 3261 timers).
const AFTERWARDS: Duration = Duration::from_secs(34);

pub fn run(samples: usize) {
    title("calls: INVITE … BYE without hold time, CPU-seconds per 1,000 calls");
    note(&format!("{CALLS} calls a sample at {RATE}/s; program on core 0, SIPp on core 1"));
    let quiet = floor(samples, RATE, CALLS);
    // SIPp looks at its clock all the time; at a high rate this is shared by more calls.
    floor(samples, 10 * RATE, 5 * CALLS);
    for anchor in [true, false] {
        through(anchor, samples, &quiet);
    }
}

fn floor(samples: usize, rate: u32, calls: u32) -> Samples {
    let mut figures = Samples::default();
    let (carrier, phone_port) = (port(), port());
    let phone = sipp::Phone::start(phone_port);
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..samples {
        let before = phone.cpu();
        let outcome = sipp::calls(carrier, phone_port, rate, calls);
        figures.push((outcome.cpu + phone.cpu() - before) / f64::from(calls) * 1000.0);
        tell_failures("SIPp to itself", &outcome);
    }
    figures.print(&format!("SIPp to itself at {rate}/s, both processes"), "CPU-s");
    figures
}

fn through(anchor: bool, samples: usize, floor: &Samples) {
    let name =
        if anchor { "through Warmline, media anchored" } else { "through Warmline, media not anchored" };
    let carrier = port();
    let switch = configuration::start(&Wish { rtp_ports: MANY_PORTS, anchor, carrier, ..Wish::default() });
    let phone_port = port();
    Phone::bind(phone_port, switch.sip).register("201");
    let phone = sipp::Phone::start(phone_port);
    let pid = switch.process.id();
    cpu::pin(pid, cpu::MEASURED);
    // One run that does not count: tables grow, pages are touched.
    tell_failures("warm-up", &sipp::calls(carrier, switch.sip, RATE, CALLS / 4));
    let mut figures = Samples::default();
    for _ in 0..samples {
        let before = cpu::seconds(pid);
        let outcome = sipp::calls(carrier, switch.sip, RATE, CALLS);
        figures.push((cpu::seconds(pid) - before) / f64::from(CALLS) * 1000.0);
        tell_failures(name, &outcome);
    }
    figures.print(name, "CPU-s");
    figures.print_ratio("… to SIPp to itself", floor);
    let before = cpu::seconds(pid);
    std::thread::sleep(AFTERWARDS);
    let all = f64::from(CALLS / 4) + f64::from(CALLS) * samples as f64;
    note(&format!(
        "and in the {} s afterwards, as transactions and dialogs run out: {:.3} CPU-s per 1,000 calls",
        AFTERWARDS.as_secs(),
        (cpu::seconds(pid) - before) / all * 1000.0
    ));
    highest(carrier, switch.sip, if anchor { &RATES[..RATES.len() - 1] } else { &RATES });
    drop(phone);
    configuration::stop(switch);
}

/// The highest rate of the list with less than 0.1 % failed; the first that is worse ends it.
fn highest(carrier: u16, sip: u16, rates: &[u32]) {
    let mut best = None;
    for &rate in rates {
        let outcome = sipp::calls(carrier, sip, rate, rate * SECONDS);
        let share = outcome.failed as f64 / f64::from(rate * SECONDS) * 100.0;
        note(&format!(
            "{rate}/s for {SECONDS} s: {} completed, {} failed ({share:.2} %), {} retransmissions, took {:.1} s",
            outcome.completed, outcome.failed, outcome.retransmissions, outcome.seconds
        ));
        if share >= 0.1 {
            break;
        }
        best = Some(rate);
    }
    match best {
        Some(rate) => note(&format!("highest rate on one core with < 0.1 % failed: {rate}/s")),
        None => note("no rate of the list with < 0.1 % failed"),
    }
}

fn tell_failures(name: &str, outcome: &sipp::Outcome) {
    if outcome.failed + outcome.retransmissions > 0 {
        note(&format!(
            "{name}: {} calls failed, {} retransmissions",
            outcome.failed, outcome.retransmissions
        ));
    }
}
