//! A restart leaves no call behind (E15): killed with two calls up, the program that comes back ends them at all four ends.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Visitor};
use crate::support::journal::grow;
use crate::support::process::Process;
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch, command};
use crate::support::wire::{Caller, Carrier, header};
use crate::support::{free_port, until};
use rusqlite::Connection;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const CALLEE: &str = "+4915112345678";

fn again(mut switch: Switch) -> Switch {
    switch.process.kill();
    Switch::start_in(switch.folder.clone(), switch.sip)
}

/// What the program has written so far, read beside it.
fn rows(switch: &Switch, query: &str) -> Vec<String> {
    let file = Connection::open(switch.folder.join("data/warmline.db")).expect("a file");
    let mut rows = file.prepare(query).expect("a query");
    let rows = rows.query_map([], |row| row.get(0)).expect("read");
    rows.collect::<Result<_, _>>().expect("read")
}

fn dialogs(switch: &Switch) -> usize {
    rows(switch, "SELECT tag FROM dialogs").len()
}

fn facts(switch: &Switch, name: &str) -> Vec<Value> {
    let all = rows(switch, "SELECT fact FROM journal ORDER BY id");
    let all = all.iter().map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    all.filter(|fact| fact["fact"] == name).collect()
}

fn byes(sipp: &Sipp) -> usize {
    sipp.trace().iter().filter(|step| *step == "<BYE").count()
}

#[test]
fn e15_two_calls_that_were_up_are_ended_at_both_ends_and_a_held_number_still_routes() {
    let carrier_port = free_port();
    let bob = ("station = \"browser\"".to_owned(), "station = \"account:201\"".to_owned());
    let switch = Switch::start(&Setup { carrier: carrier_port, replace: vec![bob], ..Setup::default() });
    let mut alices = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut bobs = Baresip::registered("201", switch.sip, 800.0);
    let called = Sipp::answering_at_once(carrier_port);

    // A caller of a reserved number speaks with Alice.
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let first = Visitor::new(&switch.http());
    let reservation = first.reserve(&first.wish("dial"));
    let mut page = first.stream(&reservation);
    let number = reservation["number"].as_str().expect("a number");
    let asserted = format!("<sip:{CALLEE}@carrier>");
    let caller = Sipp::calling(free_port(), switch.sip, number, &asserted, "");
    alices.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    alice.stream.view("current", |current| current["state"] == "talking");

    // Bob speaks with somebody who asked to be called.
    let mut bob = Desktop::ready(&switch.http(), "bob");
    let second = Visitor::new(&switch.http());
    let asked = second.reserve(&second.callme("+4915187654321"));
    let mut page = second.stream(&asked);
    bob.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["reservation"] == asked["id"]
    });
    bobs.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");

    // And somebody has a number in his hand.
    let third = Visitor::new(&switch.http());
    let held = third.reserve(&third.wish("dial"));
    until("all four dialogs are written down", || (dialogs(&switch) == 4).then_some(()));
    until("both talks are", || {
        let on = facts(&switch, "call_on");
        (on.iter().filter(|call| !call["answered"].is_null()).count() == 2).then_some(())
    });

    let switch = again(switch);
    called.wait("BYE");
    caller.wait("BYE");
    alices.wait("CALL_CLOSED");
    bobs.wait("CALL_CLOSED");
    until("nothing is left to be ended", || (dialogs(&switch) == 0).then_some(()));
    until("they are counted", || {
        (switch.metric("warmline_restart_dialogs_ended_total") == 4.0).then_some(())
    });
    assert_eq!(switch.metric("warmline_restart_calls_closed"), 2.0);
    let closed = until("the records are closed", || {
        let records = facts(&switch, "call_recorded");
        (records.len() == 2).then_some(records)
    });
    for record in &closed {
        assert_eq!(record["cause"], "node_restart", "{record}");
        assert!(record["known_until"].as_u64() <= record["ended"].as_u64(), "{record}");
    }
    let mut agents: Vec<_> = closed.iter().filter_map(|record| record["agent"].as_str()).collect();
    agents.sort_unstable();
    assert_eq!(agents, ["alice", "bob"]);

    // A second one has nothing to do.
    let (before, switch) = ((byes(&called), byes(&caller)), again(switch));
    let trunk = Caller::at("127.0.0.1", switch.sip);
    assert_eq!(trunk.ask(&trunk.request("OPTIONS", "x", "+4930@127.0.0.1", "")), 200);
    assert_eq!(switch.metric("warmline_restart_calls_closed"), 0.0);
    assert_eq!((facts(&switch, "call_recorded").len(), dialogs(&switch)), (2, 0));

    let _phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let number = held["number"].as_str().expect("a number");
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let status = trunk.ask(&trunk.request("INVITE", number, "+4915112345679@127.0.0.1", ""));
    assert!([180, 200].contains(&status), "{status}");
    alice.stream.came("the call is the reservation's", |message| {
        message["event"] == "agent.claimed" && message["subject"] == held["id"]
    });
    assert_eq!((byes(&called), byes(&caller)), before);
    assert_eq!(switch.metric("warmline_restart_dialogs_ended_total"), 0.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}

#[test]
fn an_orderly_end_leaves_nothing_to_be_ended() {
    let carrier_port = free_port();
    let mut switch = Switch::start(&Setup { carrier: carrier_port, ..Setup::default() });
    let mut phone = Baresip::registered("201", switch.sip, 700.0);
    let mut carrier = Baresip::start_on(&Account { user: CALLEE, ..Account::default() }, carrier_port);
    carrier.dial(&format!("sip:+493012345100@127.0.0.1:{}", switch.sip));
    carrier.wait("CALL_ESTABLISHED");
    until("both dialogs are written down", || (dialogs(&switch) == 2).then_some(()));
    switch.process.signal("-TERM");
    carrier.wait("CALL_CLOSED");
    phone.wait("CALL_CLOSED");
    assert!(switch.process.wait());
    assert_eq!(dialogs(&switch), 0);
}

#[test]
fn e15_an_answer_to_an_invite_of_before_the_kill_is_acknowledged_and_ended() {
    let carrier_port = free_port();
    let called = Sipp::answering(carrier_port);
    let switch = Switch::start(&Setup::outside(carrier_port));
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    visitor.reserve(&visitor.callme(CALLEE));
    until("his phone rings", || {
        alice.stream.read();
        (called.calls() == 1).then_some(())
    });
    let switch = again(switch);
    assert_eq!(switch.metric("warmline_jobs_open"), 1.0, "it may ring yet");
    called.answer();
    called.wait("BYE");
    let trace = called.trace();
    let came: Vec<_> = trace.iter().filter(|step| step.starts_with('<') && *step != "<INFO").collect();
    assert_eq!(came, ["<INVITE", "<ACK", "<BYE"]);
    until("it is counted", || (switch.metric("warmline_restart_answers_ended_total") == 1.0).then_some(()));
    assert_eq!((called.calls(), dialogs(&switch)), (1, 0));
    switch.ends_sane();
}

#[test]
fn e15_while_a_long_journal_is_read_a_trunk_hears_503_and_when_to_try_again() {
    let carrier_port = free_port();
    let carrier = Carrier::start(carrier_port, "486 Busy Here");
    let http = free_port();
    let mut setup = Setup::outside(carrier_port);
    setup.replace.push(("http = \"127.0.0.1:0\"".into(), format!("http = \"127.0.0.1:{http}\"")));
    let mut switch = Switch::start(&setup);
    let visitor = Visitor::new(&switch.http());
    let held = visitor.reserve(&visitor.wish("dial"));
    let from = switch.journal().len() as u64 + 1;
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let asking = Visitor::new(&switch.http());
    asking.reserve(&asking.callme(CALLEE));
    until("he was called", || {
        alice.stream.read();
        (carrier.times(CALLEE) == 1 && switch.metric("warmline_jobs_open") == 0.0).then_some(())
    });
    switch.process.kill();
    grow(&switch.folder, "acme", from, CALLEE, 50_000);

    let number = held["number"].as_str().expect("a number");
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let invite = trunk.request("INVITE", number, "+4915112345679@127.0.0.1", "");
    let switch = std::thread::scope(|scope| {
        let (folder, sip) = (switch.folder.clone(), switch.sip);
        let started = scope.spawn(move || Switch::start_in(folder, sip));
        let answer = trunk.insists(&invite);
        assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
        assert!(header(&answer, "Retry-After").is_some_and(|secs| secs.parse::<u32>().is_ok()), "{answer}");
        let page = client::agent().get(format!("http://127.0.0.1:{http}/")).call().expect("answered");
        assert_eq!((page.status().as_u16(), &page.headers()["retry-after"]), (503, &"2".parse().unwrap()));
        started.join().expect("it comes back")
    });
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let status = trunk.ask(&trunk.request("INVITE", number, "+4915112345679@127.0.0.1", ""));
    assert!([180, 200].contains(&status), "{status}");
    alice.stream.came("the call is the reservation's", |message| {
        message["event"] == "agent.claimed" && message["subject"] == held["id"]
    });
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}

const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The program, with a wall clock that reads its distance from the real one from `clock` in its folder.
fn with_clock(folder: &Path, distance: &str) -> Command {
    std::fs::write(folder.join("clock"), distance).expect("written");
    let mut command = command(folder);
    command.env("LD_PRELOAD", FAKETIME).env("FAKETIME_TIMESTAMP_FILE", folder.join("clock"));
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("FAKETIME_NO_CACHE", "1");
    command
}

#[test]
fn e15_a_clock_that_is_set_ends_no_hold_and_one_behind_the_journal_starts_nothing() {
    let mut switch = Switch::start(&Setup::outside(free_port()));
    let folder = switch.folder.clone();
    switch.process.kill();
    let log = folder.join("warmline.log");
    let (process, line) = Process::start_reading(&mut with_clock(&folder, "+0"), &log);
    let ready: Value = serde_json::from_str(&line).expect("a ready line");
    let mut switch =
        Switch { folder: folder.clone(), process, ready: ready["ready"].clone(), sip: switch.sip };
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let mut page = visitor.stream(&reservation);
    page.view("reservation", |view| view["state"] == "held");
    // A day forward: the number stays held, and the distance is told.
    let offset = || switch.metric("warmline_clock_offset_seconds");
    std::fs::write(folder.join("clock"), "+1d").expect("written");
    until("it is seen", || ((86_390.0..86_410.0).contains(&offset())).then_some(()));
    assert_eq!(switch.metric("warmline_numbers_held"), 1.0);
    desktop.stays_ready();
    // A little it is followed, forward and back.
    std::fs::write(folder.join("clock"), "+1").expect("written");
    until("it is followed", || ((0.0..0.8).contains(&offset())).then_some(()));
    std::fs::write(folder.join("clock"), "-0").expect("written");
    until("we are ahead", || (offset() < -0.1).then_some(()));
    until("it is followed", || (offset() > -0.1).then_some(()));
    std::fs::write(folder.join("clock"), "-5d").expect("written");
    until("it is seen", || (offset() < -431_000.0).then_some(()));
    assert_eq!(switch.metric("warmline_numbers_held"), 1.0);
    switch.process.kill();

    let said = with_clock(&folder, "-5d").output().expect("run");
    assert!(!said.status.success());
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(words.contains("the journal's last row is of 20") && words.contains("--clock-behind"), "{words}");
    // Who says that it is right gets it, by the journal's time: the number is still his.
    let (process, line) = Process::start_reading(with_clock(&folder, "-5d").arg("--clock-behind"), &log);
    let ready: Value = serde_json::from_str(&line).expect("a ready line");
    switch.process = process;
    switch.ready = ready["ready"].clone();
    assert_eq!(switch.metric("warmline_numbers_held"), 1.0);
}
