//! CPU time of a process, and which core it runs on.

use std::process::{Command, Stdio};

/// Ticks of `/proc/PID/stat` a second: the same on every Linux of this kind.
const TICKS: f64 = 100.0;

/// User and system time of a process with all its threads, ended ones too, in seconds. A process that has ended and was
/// not waited for still tells.
pub fn seconds(pid: u32) -> f64 {
    let fields = stat(pid);
    let ticks =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / TICKS
}

/// Whether it has ended and waits to be asked how.
pub fn has_ended(pid: u32) -> bool {
    matches!(stat(pid).first().map(String::as_str), None | Some("Z" | "X"))
}

/// What follows the name, which may hold anything.
fn stat(pid: u32) -> Vec<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, after)| after);
    after.split_whitespace().map(str::to_owned).collect()
}

/// The core of what is measured.
pub const MEASURED: usize = 0;
/// The core of what makes the load.
pub const LOAD: usize = 1;

/// Keeps a process with all its threads on a core, where there is more than one.
pub fn pin(pid: u32, core: usize) {
    if std::thread::available_parallelism().map_or(1, usize::from) > 1 {
        let mut command = Command::new("taskset");
        command.args(["-acp", &core.to_string(), &pid.to_string()]);
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
