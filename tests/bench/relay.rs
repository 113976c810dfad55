//! Relayed RTP: CPU a million packets through the switch's media worker, beside a bare epoll forwarder with the same traffic.

use crate::configuration::{self, NUMBER, Wish, port};
use crate::cpu;
use crate::phone::Phone;
use crate::report::{Samples, figure, note, title};
use crate::support::folder;
use crate::support::process::Process;
use crate::traffic::Ends;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

const CALLS: [usize; 2] = [100, 300];
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(8);
/// Apart from the ports that a bench chooses; 1,200 pairs.
const PORTS: (u16, u16) = (34_900, 37_299);

pub fn run(samples: usize) {
    title("relay: 172-byte RTP packets each way every 20 ms, CPU-seconds per million packets");
    note(&format!("{} s a sample; forwarders on core 0, load on core 1", MEASURED.as_secs()));
    cpu::pin(std::process::id(), cpu::LOAD);
    for calls in CALLS {
        at(calls, samples);
    }
}

fn at(calls: usize, samples: usize) {
    let through = Ends::bind(calls);
    let beside = Ends::bind(calls);
    let carrier_port = port();
    let switch = configuration::start(&Wish { rtp_ports: PORTS, carrier: carrier_port, ..Wish::default() });
    let mut carrier = Phone::bind(carrier_port, switch.sip);
    let mut phone = Phone::bind(port(), switch.sip);
    phone.register("201");
    let mut ways = Vec::new();
    for pair in through.ports().chunks(2) {
        let (first, second) = carrier.call(&mut phone, NUMBER, (pair[0], pair[1]));
        ways.extend([first, second]);
    }
    let (floor, floor_ways) = forwarder(&beside);
    cpu::pin(switch.process.id(), cpu::MEASURED);
    cpu::pin(floor.id(), cpu::MEASURED);
    let (mut ours, mut bare) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        bare.push(sample("bare forwarder", calls, &beside, &floor_ways, floor.id()));
        ours.push(sample("Warmline", calls, &through, &ways, switch.process.id()));
    }
    bare.print(&format!("{calls} calls, bare epoll forwarder"), "CPU-s");
    ours.print(&format!("{calls} calls, Warmline"), "CPU-s");
    ours.print_ratio(&format!("{calls} calls, Warmline to bare"), &bare);
    drop(floor);
    configuration::stop(switch);
}

fn sample(name: &str, calls: usize, ends: &Ends, ways: &[SocketAddr], pid: u32) -> f64 {
    let traffic = ends.run(ways);
    std::thread::sleep(WARM_UP);
    let before = (cpu::seconds(pid), traffic.received());
    std::thread::sleep(MEASURED);
    let after = (cpu::seconds(pid), traffic.received());
    let packets = (after.1 - before.1) as f64;
    let summary = traffic.stop();
    note(&format!(
        "{name}, {calls} calls: {} packets/s, {} of {} lost, {} sent late, one way p50 {} µs, p99 {} µs",
        figure(packets / MEASURED.as_secs_f64()),
        summary.lost,
        summary.sent,
        summary.late,
        figure(summary.p50),
        figure(summary.p99),
    ));
    (after.0 - before.0) / packets * 1e6
}

/// The floor, and where each end sends to.
fn forwarder(ends: &Ends) -> (Process, Vec<SocketAddr>) {
    let ports: Vec<String> = ends.ports().iter().map(u16::to_string).collect();
    let mut command = Command::new(std::env::current_exe().expect("our file"));
    command.args(["forwarder", &ports.join(",")]);
    let folder = folder("forwarder");
    let (process, line) = Process::start_reading(&mut command, &folder.join("log"));
    let _ = std::fs::remove_dir_all(folder);
    let ports: Vec<u16> = serde_json::from_str(&line).expect("its ports");
    (process, ports.into_iter().map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect())
}
