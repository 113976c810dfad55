//! SIPp as the carrier and as the phone.

use crate::cpu;
use crate::support::folder;
use crate::support::process::Process;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const UAC: &str = include_str!("sipp/uac.xml");
const UAS: &str = include_str!("sipp/uas.xml");
/// Beyond the time that the calls need at their rate.
const PATIENCE: Duration = Duration::from_secs(20);

/// How one run of the carrier ended.
pub struct Outcome {
    pub failed: u64,
    pub completed: u64,
    pub retransmissions: u64,
    /// Of the carrier's process.
    pub cpu: f64,
    pub seconds: f64,
}

fn command(folder: &Path, name: &str, scenario: &str, port: u16) -> Command {
    let file = folder.join(name);
    std::fs::write(&file, scenario).expect("written");
    let mut command = Command::new("sipp");
    command.current_dir(folder).arg("-sf").arg(file);
    command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-buff_size", "4000000"]);
    command
}

/// A phone that answers all calls until it is dropped.
pub struct Phone {
    folder: PathBuf,
    process: Process,
}

impl Phone {
    pub fn start(port: u16) -> Self {
        let folder = folder("sipp-phone");
        let process = Process::start(&mut command(&folder, "uas.xml", UAS, port), &folder.join("log"));
        cpu::pin(process.id(), cpu::LOAD);
        Phone { folder, process }
    }

    /// CPU seconds so far.
    pub fn cpu(&self) -> f64 {
        cpu::seconds(self.process.id())
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.process.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `count` calls from `port` to `to`, `rate` a second.
pub fn calls(port: u16, to: u16, rate: u32, count: u32) -> Outcome {
    let folder = folder("sipp-carrier");
    let mut command = command(&folder, "uac.xml", UAC, port);
    command.args(["-s", crate::configuration::NUMBER, "-r", &rate.to_string(), "-m", &count.to_string()]);
    command.args(["-l", "5000", "-trace_stat", "-fd", "1", "-stf", "statistics.csv"]);
    command.arg(format!("127.0.0.1:{to}"));
    let start = Instant::now();
    let mut process = Process::start(&mut command, &folder.join("log"));
    cpu::pin(process.id(), cpu::LOAD);
    let until = start + Duration::from_secs(u64::from(count / rate)) + PATIENCE;
    while !cpu::has_ended(process.id()) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (cpu, seconds) = (cpu::seconds(process.id()), start.elapsed().as_secs_f64());
    process.kill();
    let table = std::fs::read_to_string(folder.join("statistics.csv")).unwrap_or_default();
    let column = |name| column(&table, name).unwrap_or(0);
    let completed = column("SuccessfulCall(C)").min(u64::from(count));
    // Calls that never came to an end count as failed, whatever SIPp says of them.
    let outcome = Outcome {
        failed: u64::from(count) - completed,
        completed,
        retransmissions: column("Retransmissions(C)"),
        cpu,
        seconds,
    };
    if outcome.failed == 0 {
        let _ = std::fs::remove_dir_all(folder);
    } else {
        println!("  what SIPp said is kept in {}", folder.display());
    }
    outcome
}

/// The last value of a column.
fn column(table: &str, name: &str) -> Option<u64> {
    let mut lines = table.lines();
    let place = lines.next()?.split(';').position(|title| title == name)?;
    lines.next_back()?.split(';').nth(place)?.parse().ok()
}
