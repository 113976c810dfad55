//! One data folder, one program: whoever else comes to it is refused, so that no job has two who dial it.

use crate::support::client::{Desktop, Visitor};
use crate::support::process::Process;
use crate::support::switch::{Setup, Switch, command, configuration};
use crate::support::wire::Carrier;
use crate::support::{folder, free_port, until};
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROGRAMS: usize = 4;
const LOG: &str = "second.log";
const NUMBER: &str = "+4915112345678";
const NEXT: &str = "+4915112345679";

/// How a program gets to a data folder.
#[derive(Clone, Copy)]
enum By {
    Path,
    Link,
}

/// The folder and SIP port of a program with sockets of its own and somebody else's data.
fn beside(live: &Path, setup: &Setup, by: By) -> (PathBuf, u16) {
    let (folder, sip, data) = (folder("second"), free_port(), live.join("data"));
    let text = configuration(sip, setup);
    let text = match by {
        By::Path => text.replace("data = \"data\"", &format!("data = {data:?}")),
        By::Link => {
            std::os::unix::fs::symlink(&data, folder.join("data")).expect("linked");
            text
        }
    };
    std::fs::write(folder.join("warmline.toml"), text).expect("written");
    (folder, sip)
}

fn start(folder: &Path) -> Process {
    Process::start(&mut command(folder), &folder.join(LOG))
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(LOG)).expect("a log")
}

/// What a program says that ends by itself, and not well.
fn refused(folder: &Path) -> String {
    assert!(!start(folder).wait(), "it ended well");
    said(folder)
}

/// One is to be called, as soon as there is an agent.
fn asks(switch: &Switch, number: &str) {
    let visitor = Visitor::new(&switch.http());
    visitor.reserve(&visitor.callme(number));
}

/// Alice is there; these are called, once each, and nobody else.
fn dials(switch: &Switch, carrier: &Carrier, numbers: &[&str]) {
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    until("all are called", || {
        desktop.stays_ready();
        (switch.metric("warmline_jobs_open") == 0.0).then_some(())
    });
    assert!(numbers.iter().all(|number| carrier.times(number) == 1), "{:?}", carrier.dialled());
    assert_eq!(carrier.count(), numbers.len());
    switch.ends_sane();
}

#[test]
fn a_second_program_on_a_live_folder_is_refused_and_the_first_goes_on() {
    let port = free_port();
    let carrier = Carrier::start(port, "486 Busy Here");
    let setup = Setup::outside(port);
    let switch = Switch::start(&setup);
    asks(&switch, NUMBER);
    for by in [By::Path, By::Link] {
        let said = refused(&beside(&switch.folder, &setup, by).0);
        assert!(said.contains("warmline.lock: another program writes here"), "{said}");
    }
    // The same configuration once more finds not even its ports free.
    let said = refused(&switch.folder);
    assert!(said.contains(&format!("sip.listen udp:127.0.0.1:{}: ", switch.sip)), "{said}");
    assert_eq!(carrier.count(), 0);
    assert_eq!(switch.metric("warmline_jobs_open"), 1.0);
    asks(&switch, NEXT);
    dials(&switch, &carrier, &[NUMBER, NEXT]);
}

#[test]
fn of_several_programs_that_start_at_once_one_runs_and_dials_the_job_once() {
    let port = free_port();
    let carrier = Carrier::start(port, "486 Busy Here");
    let setup = Setup::outside(port);
    let mut first = Switch::start(&setup);
    asks(&first, NUMBER);
    first.process.kill();
    let places: Vec<_> = (0..PROGRAMS).map(|_| beside(&first.folder, &setup, By::Link)).collect();
    let mut programs: Vec<_> = places.iter().map(|(folder, _)| start(folder)).collect();
    let (mut running, ended): (Vec<_>, Vec<_>) = until("all but one have ended", || {
        let (ended, running) = (0..PROGRAMS).partition::<Vec<_>, _>(|&at| programs[at].has_ended());
        (ended.len() == PROGRAMS - 1).then_some((running, ended))
    });
    for at in ended {
        let said = said(&places[at].0);
        assert!(said.contains("another program writes here"), "{said}");
    }
    let at = running.pop().expect("one runs");
    let (folder, sip) = places[at].clone();
    let ready = until("it is ready", || {
        said(&folder)
            .lines()
            .find_map(|line| Some(serde_json::from_str::<Value>(line).ok()?["ready"].clone()))
    });
    let switch = Switch { folder, process: programs.swap_remove(at), ready, sip };
    dials(&switch, &carrier, &[NUMBER]);
}
