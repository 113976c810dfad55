//! The journal is synced before the first byte of an acknowledgement, and before that of an INVITE: the order of system calls, as strace
//! sees it.

use crate::support::client::{Desktop, Visitor};
use crate::support::process::Process;
use crate::support::switch::{Setup, Switch, configuration};
use crate::support::wire::Carrier;
use crate::support::{folder, free_port, until};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

const REQUESTS: usize = 20;
const CALLS: usize = 10;

/// What matters of a trace, in the order in which it happened.
#[derive(PartialEq)]
enum Step<'a> {
    /// The request came in.
    Asked,
    /// The journal was written to: with what.
    Written(&'a str),
    /// A sync of the journal returned.
    Synced,
    /// The answer begins to go out.
    Answered,
    /// So does an INVITE: the call that sends it.
    Invited(&'a str),
}

impl std::fmt::Debug for Step<'_> {
    /// Without pages of the journal.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Step::Asked => "asked",
            Step::Written(_) => "written",
            Step::Synced => "synced",
            Step::Answered => "answered",
            Step::Invited(_) => "invited",
        })
    }
}

/// Reads a trace of `strace -f -y`; a call that others interrupted counts when it returns, an answer and an INVITE when they begin.
fn steps(trace: &str) -> Vec<Step<'_>> {
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
            steps.extend(rest.contains(", \"INVITE sip:").then_some(Step::Invited(rest)));
        }
        if rest.ends_with("<unfinished ...>") {
            open.insert((thread, name), rest);
        } else {
            steps.extend(returned(name, rest, rest));
        }
    }
    steps
}

fn returned<'a>(name: &str, begun: &'a str, end: &str) -> Option<Step<'a>> {
    // The decisions have a file of their own, which nobody waits for.
    let journal = begun.contains("warmline.db-wal>");
    match name {
        "read" | "recvfrom" => (begun.contains("POST /v1/web/reservations")
            || end.contains("POST /v1/web/reservations"))
        .then_some(Step::Asked),
        "pwrite64" => journal.then_some(Step::Written(begun)),
        "fsync" | "fdatasync" => (journal && end.ends_with("= 0")).then_some(Step::Synced),
        _ => None,
    }
}

/// The program, and strace with it.
fn start(setup: &Setup) -> Switch {
    let (folder, sip) = (folder("order"), free_port());
    std::fs::write(folder.join("warmline.toml"), configuration(sip, setup)).expect("written");
    let mut command = Command::new("strace");
    // A page of the journal is seen whole.
    command.args(["-f", "-y", "-s", "5000", "-e"]);
    command.arg("trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg,read,recvfrom");
    command.arg("-o").arg(folder.join("trace")).arg(env!("CARGO_BIN_EXE_warmline"));
    command.args(["run", "--config"]).arg(folder.join("warmline.toml"));
    let (process, line) = Process::start_reading(&mut command, &folder.join("warmline.log"));
    let ready: Value = serde_json::from_str(&line).expect("a ready line");
    Switch { folder, process, ready: ready["ready"].clone(), sip }
}

/// Ends it; the whole trace.
fn end(switch: &Switch) -> String {
    let trace = switch.folder.join("trace");
    // strace itself lives as long as the program does; its own end leaves the program behind.
    let program = std::fs::read_to_string(&trace).expect("a trace");
    let program = program.split_whitespace().next().expect("a process id").to_string();
    let _ = Command::new("kill").args(["-TERM", &program]).status();
    until("the whole trace", || {
        let text = std::fs::read_to_string(&trace).ok()?;
        (!Path::new(&format!("/proc/{program}")).exists()).then_some(text)
    })
}

#[test]
fn a_sync_returns_before_an_acknowledgement_begins() {
    let switch = start(&Setup::default());
    let asked: Vec<Visitor> = (0..REQUESTS).map(|_| Visitor::new(&switch.http())).collect();
    for (turn, visitor) in asked.iter().enumerate() {
        let wish = if turn % 2 == 0 {
            visitor.wish("dial")
        } else {
            visitor.callme(&format!("+4915112345{turn:03}"))
        };
        let (status, view) = visitor.post("/v1/web/reservations", &wish);
        assert_eq!(status, 201, "{view}");
    }
    let text = end(&switch);

    let steps = steps(&text);
    let mut answers = 0;
    let (mut written, mut synced) = (false, false);
    for step in &steps {
        match step {
            Step::Asked => (written, synced) = (false, false),
            Step::Written(_) => (written, synced) = (true, false),
            Step::Synced => synced = written,
            Step::Answered => {
                assert!(written, "acknowledged without a word in the journal: {steps:?}");
                assert!(synced, "acknowledged before the sync: {steps:?}");
                answers += 1;
            }
            Step::Invited(_) => panic!("nobody is there who would be called: {steps:?}"),
        }
    }
    assert_eq!(answers, REQUESTS, "every answer was seen");
}

#[test]
fn c12_a_sync_of_the_intent_returns_before_the_invite_begins() {
    let port = free_port();
    let carrier = Carrier::start(port, "486 Busy Here");
    let switch = start(&Setup::outside(port));
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let numbers: Vec<String> = (0..CALLS).map(|turn| format!("+4915112345{turn:03}")).collect();
    for number in &numbers {
        let visitor = Visitor::new(&switch.http());
        let (status, view) = visitor.post("/v1/web/reservations", &visitor.callme(number));
        assert_eq!(status, 201, "{view}");
        // Only now does a desktop say that it is there.
        until("he is called", || {
            desktop.stays_ready();
            (carrier.times(number) == 1).then_some(())
        });
    }
    let text = end(&switch);

    let steps = steps(&text);
    let journal = switch.journal();
    let intents: Vec<&Value> =
        journal.iter().map(|row| &row.1).filter(|fact| fact["fact"] == "dial_intended").collect();
    assert_eq!(intents.len(), CALLS, "each was meant once");
    let mut answers = places(&steps, |step| *step == Step::Answered);
    for (number, intent) in numbers.iter().zip(intents) {
        let attempt = intent["attempt"].as_str().expect("an id");
        let answered = answers.next().expect("every answer was seen");
        let first = |is: &dyn Fn(&Step) -> bool, from| {
            places(&steps, is).find(|place| *place > from).unwrap_or_else(|| panic!("{number}: {steps:?}"))
        };
        let written = first(&|step| matches!(step, Step::Written(page) if page.contains(attempt)), answered);
        let synced = first(&|step| *step == Step::Synced, written);
        let carriers = format!("htons({port})");
        let his = |sent: &str| sent.contains(&format!("\"INVITE sip:{number}@")) && sent.contains(&carriers);
        let invited = first(&|step| matches!(step, Step::Invited(sent) if his(sent)), 0);
        assert!(answered < written && synced < invited, "{number} is called before the sync: {steps:?}");
    }
}

/// Where such steps are.
fn places<'a>(steps: &'a [Step], is: impl Fn(&Step) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
    steps.iter().enumerate().filter(move |(_, step)| is(step)).map(|(place, _)| place)
}
