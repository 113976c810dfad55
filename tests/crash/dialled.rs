//! Call me: a job that was acknowledged is dialled, and none is dialled twice, whenever the program dies.

use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::wire::Carrier;
use crate::support::{free_port, random, until};
use crate::{restart, rounds};
use std::collections::HashSet;
use std::time::Duration;

/// Jobs of the list, and for each round at least: so that some are left at the end, and no more than one agent works off in time.
const JOBS: (usize, usize) = (500, 10);

fn setup(carrier: u16) -> Setup {
    let rate = "reservations_per_minute = 1000000";
    let behind = format!("{rate}\ntrusted_proxies = [\"127.0.0.1\"]");
    let mut setup = Setup::outside(carrier);
    setup.replace.push((rate.into(), behind));
    let limit = "per_address = 100000";
    setup.replace.push((limit.into(), format!("{limit}, waiting = 5000")));
    setup
}

#[test]
fn a_call_that_rings_at_the_kill_is_not_dialled_again() {
    let port = free_port();
    let carrier = Carrier::start(port, "180 Ringing");
    let mut switch = Switch::start(&setup(port));
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let mut visitor = Visitor::new(&switch.http());
    let wish = visitor.callme("+4915112345678");
    let first = visitor.reserve(&wish);
    until("it rings", || {
        desktop.stream.read();
        (carrier.times("+4915112345678") == 1).then_some(())
    });
    switch = restart(switch);
    visitor.base = switch.http();
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    assert_eq!(switch.metric("warmline_jobs_open"), 1.0, "waited for: it may ring yet");
    let other = Visitor::new(&switch.http());
    let second = other.reserve(&other.callme("+4915112345679"));
    assert_ne!(first["id"], second["id"]);
    until("the next job is dialled", || {
        desktop.stream.read();
        (carrier.times("+4915112345679") == 1).then_some(())
    });
    assert_eq!(carrier.times("+4915112345678"), 1);
}

#[test]
fn a_list_of_jobs_is_worked_off_once_over_many_kills() {
    let port = free_port();
    let carrier = Carrier::start(port, "486 Busy Here");
    let mut switch = Switch::start(&setup(port));
    let numbers: Vec<String> =
        (0..JOBS.0.max(JOBS.1 * rounds())).map(|n| format!("+491511{:07}", 1_000_000 + n)).collect();
    for (turn, number) in numbers.iter().enumerate() {
        let visitor =
            Visitor::from_address(&switch.http(), format!("10.0.{}.{}", turn / 250, turn % 250 + 1));
        visitor.reserve(&visitor.callme(number));
    }
    switch = restart(switch);
    assert_eq!(switch.metric("warmline_jobs_open"), numbers.len() as f64, "acknowledged, then lost");
    let mut kills = 0;
    for _ in 0..rounds() {
        let mut desktop = Desktop::serving(&switch.http(), "alice");
        let goal = carrier.dialled().len() + 1 + (random() % 10) as usize;
        until("some are dialled", || {
            desktop.stream.read();
            (carrier.dialled().len() >= goal.min(numbers.len() - kills)).then_some(())
        });
        std::thread::sleep(Duration::from_micros(random() % 20_000));
        switch = restart(switch);
        kills += 1;
    }
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    until("the list is empty", || {
        desktop.stream.read();
        (switch.metric("warmline_jobs_open") == 0.0).then_some(())
    });
    let dialled = carrier.dialled();
    let distinct: HashSet<&String> = dialled.iter().collect();
    assert_eq!(distinct.len(), dialled.len(), "somebody was dialled twice");
    assert!(
        dialled.len() + kills >= numbers.len(),
        "one agent: a kill loses the call in hand at most; {} of {} in {kills} kills",
        dialled.len(),
        numbers.len()
    );
}
