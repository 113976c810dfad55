//! A long journal (C11): killed, the program is heard of again while it reads it, serves when it has, and a held number still routes.

use crate::support::client::{Desktop, Visitor};
use crate::support::journal::grow;
use crate::support::switch::{Setup, Switch};
use crate::support::wire::{Caller, Carrier, header};
use crate::support::{free_port, until};
use crate::{long, report, restart};
use std::time::Instant;

const NUMBER: &str = "+4915112345678";

#[test]
fn a_long_journal_is_read_and_a_held_number_still_routes() {
    let rows = if long() { 100_000 } else { 10_000 };
    let port = free_port();
    let carrier = Carrier::start(port, "486 Busy Here");
    let mut switch = Switch::start(&Setup::outside(port));
    let visitor = Visitor::new(&switch.http());
    let held = visitor.reserve(&visitor.wish("dial"));
    let from = switch.journal().len() as u64 + 1;
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let asking = Visitor::new(&switch.http());
    asking.reserve(&asking.callme(NUMBER));
    until("he was called", || {
        desktop.stream.read();
        let over = switch.metric("warmline_jobs_open") == 0.0 && carrier.times(NUMBER) == 1;
        over.then_some(())
    });
    switch.process.kill();
    grow(&switch.folder, "acme", from, NUMBER, rows);
    let rows = switch.journal().len();

    // In service, then killed: what counts is from there on.
    switch = Switch::start_in(switch.folder.clone(), switch.sip);
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let ask = trunk.request("OPTIONS", "ping", "ping@127.0.0.1", "");
    let killed = Instant::now();
    let (first, served, switch) = std::thread::scope(|scope| {
        let again = scope.spawn(move || restart(switch));
        let mut answer = until("another program answers", || {
            let answer = trunk.insists(&ask);
            (!answer.starts_with("SIP/2.0 200")).then_some(answer)
        });
        let first = killed.elapsed();
        while answer.starts_with("SIP/2.0 503") {
            assert!(header(&answer, "Retry-After").is_some(), "{answer}");
            answer = trunk.insists(&ask);
        }
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
        (first, killed.elapsed(), again.join().expect("it comes back"))
    });
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    report(&format!(
        "recovery: {rows} rows, from kill -9 to the first answer (503) {:.3} s, to service (200) {:.3} s",
        first.as_secs_f64(),
        served.as_secs_f64()
    ));

    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let number = held["number"].as_str().expect("a number");
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let status = trunk.ask(&trunk.request("INVITE", number, "+4915112345679@127.0.0.1", ""));
    assert!([180, 200].contains(&status), "{status}");
    desktop.stream.came("the call is the reservation's", |message| {
        message["event"] == "agent.claimed" && message["subject"] == held["id"]
    });
}
