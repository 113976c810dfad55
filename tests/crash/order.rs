//! The journal is synced before the first byte of an acknowledgement: the order of system calls, as strace sees it.

use crate::support::client::Visitor;
use crate::support::process::Process;
use crate::support::switch::{Setup, configuration};
use crate::support::{folder, free_port, until};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

const REQUESTS: usize = 20;

/// What matters of a trace, in the order in which it happened.
#[derive(Debug, PartialEq)]
enum Step {
    /// The request came in.
    Asked,
    /// The journal was written to.
    Written,
    /// A sync of the journal returned.
    Synced,
    /// The answer begins to go out.
    Answered,
}

/// Reads a trace of `strace -f -y`; a call that others interrupted counts when it returns, an answer when it begins.
fn steps(trace: &str) -> Vec<Step> {
    let mut open: HashMap<(&str, &str), &str> = HashMap::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let name = resumed.split(' ').next().unwrap_or_default();
            if let Some(begun) = open.remove(&(thread, name)) {
                steps.extend(returned(name, begun, resumed));
            }
            continue;
        }
        let name = rest.split('(').next().unwrap_or_default();
        if name.contains("write") || name.starts_with("send") {
            steps.extend(rest.contains("HTTP/1.1 201").then_some(Step::Answered));
        }
        if rest.ends_with("<unfinished ...>") {
            open.insert((thread, name), rest);
        } else {
            steps.extend(returned(name, rest, rest));
        }
    }
    steps
}

fn returned(name: &str, begun: &str, end: &str) -> Option<Step> {
    // The decisions have a file of their own, which nobody waits for.
    let journal = begun.contains("warmline.db-wal>");
    match name {
        "read" | "recvfrom" => (begun.contains("POST /v1/web/reservations")
            || end.contains("POST /v1/web/reservations"))
        .then_some(Step::Asked),
        "pwrite64" => journal.then_some(Step::Written),
        "fsync" | "fdatasync" => (journal && end.ends_with("= 0")).then_some(Step::Synced),
        _ => None,
    }
}

fn start(folder: &Path, trace: &Path) -> (Process, Value) {
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "60", "-e"]);
    command.arg("trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg,read,recvfrom");
    command.arg("-o").arg(trace).arg(env!("CARGO_BIN_EXE_warmline"));
    command.args(["run", "--config"]).arg(folder.join("warmline.toml"));
    let (process, line) = Process::start_reading(&mut command, &folder.join("warmline.log"));
    let ready: Value = serde_json::from_str(&line).expect("a ready line");
    (process, ready["ready"].clone())
}

#[test]
fn a_sync_returns_before_an_acknowledgement_begins() {
    let folder = folder("order");
    let sip = free_port();
    std::fs::write(folder.join("warmline.toml"), configuration(sip, &Setup::default())).expect("written");
    let trace = folder.join("trace");
    let (process, ready) = start(&folder, &trace);
    let base = format!("http://{}", ready["http"].as_str().expect("bound"));
    let asked: Vec<Visitor> = (0..REQUESTS).map(|_| Visitor::new(&base)).collect();
    for (turn, visitor) in asked.iter().enumerate() {
        let wish = if turn % 2 == 0 {
            visitor.wish("dial")
        } else {
            visitor.callme(&format!("+4915112345{turn:03}"))
        };
        let (status, view) = visitor.post("/v1/web/reservations", &wish);
        assert_eq!(status, 201, "{view}");
    }
    // strace itself lives as long as the program does; its own end leaves the program behind.
    let program = std::fs::read_to_string(&trace).expect("a trace");
    let program = program.split_whitespace().next().expect("a process id").to_string();
    let _ = Command::new("kill").args(["-TERM", &program]).status();
    let text = until("the whole trace", || {
        let text = std::fs::read_to_string(&trace).ok()?;
        (!Path::new(&format!("/proc/{program}")).exists()).then_some(text)
    });
    drop(process);

    let steps = steps(&text);
    let mut answers = 0;
    let (mut written, mut synced) = (false, false);
    for step in &steps {
        match step {
            Step::Asked => (written, synced) = (false, false),
            Step::Written => (written, synced) = (true, false),
            Step::Synced => synced = written,
            Step::Answered => {
                assert!(written, "acknowledged without a word in the journal: {steps:?}");
                assert!(synced, "acknowledged before the sync: {steps:?}");
                answers += 1;
            }
        }
    }
    assert_eq!(answers, REQUESTS, "every answer was seen");
}
