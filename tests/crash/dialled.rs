//! Call me: a job that was acknowledged is dialled, and none is dialled twice, nor anybody who has talked, whenever the program dies.

use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::wire::Carrier;
use crate::support::{free_port, random, until};
use crate::{report, restart, rounds};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Jobs of the list, and for each round at least: so that some are left at the end, and no more than one agent works off in time.
const JOBS: (usize, usize) = (500, 10);
/// Seconds for which it may ring, and for which its transaction lives then.
const RING: u64 = 5;
const TRANSACTION: u64 = 32;

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

/// Alice's telephone.
const ALICE: &str = "+493055512345";
/// Of so many kills one cuts a talk.
const CUTS: usize = 4;

/// How the carrier's customers answer, and what becomes of the job: one in five is there, by the last digit of his number, of the others
/// each as the digit before says.
const THERE: (&[&str], &str) = (&["180 Ringing", "200 OK"], "answered");
const ENDS: [(&[&str], &str); 5] = [
    (&["486 Busy Here"], "busy"),
    (&["180 Ringing", "480 Temporarily Unavailable"], "no_answer"),
    (&["404 Not Found"], "not_found"),
    (&["183 Session Progress", "603 Decline"], "declined"),
    (&["100 Trying", "503 Service Unavailable"], "unreachable"),
];

fn end_of(number: &str) -> (&'static [&'static str], &'static str) {
    match number.as_bytes() {
        [.., last] if last % 5 == 0 => THERE,
        [.., before, _] => ENDS[usize::from(before % 5)],
        _ => panic!("no number: {number}"),
    }
}

/// Of a dialling whose end nobody knows a job is dialled again as soon as it is surely over; any other is final.
fn retrying(carrier: u16) -> Setup {
    let mut setup = setup(carrier);
    let retry = "max_attempts = 6, retry = { unknown = { after_secs = 0, times = 5 }, busy = { after_secs = 0, times = 0 }, \
                 no_answer = { after_secs = 0, times = 0 }, unreachable = { after_secs = 0, times = 0 } }";
    setup.replace.push(("ring_secs = 10, max_attempts = 1".into(), format!("ring_secs = {RING}, {retry}")));
    setup.replace.push(("wrapup_secs = 1".into(), "wrapup_secs = 0".into()));
    // Her telephone answers by itself.
    let station = format!("station = \"{ALICE}\"");
    setup.replace.push((station.clone(), format!("{station}\nconfirm = false")));
    setup
}

/// Alice, who leaves each call as soon as she talks.
struct Alice {
    desktop: Desktop,
    /// The call that she has left last.
    left: Option<String>,
}

impl Alice {
    fn new(switch: &Switch) -> Self {
        Alice { desktop: Desktop::serving(&switch.http(), "alice"), left: None }
    }

    /// Where she `stays` she talks on: whether she does.
    fn serves(&mut self, stays: bool) -> bool {
        self.desktop.stays_ready();
        let talk = self.desktop.talk();
        if !stays && talk.is_some() && talk != self.left {
            self.desktop.hangs_up();
            self.left.clone_from(&talk);
        }
        talk.is_some() && talk != self.left
    }
}

/// Whoever has talked, as the journal says.
fn talked(journal: &[(u64, Value)]) -> HashSet<&str> {
    let mut numbers = HashMap::new();
    let mut talked = HashSet::new();
    for (_, fact) in journal {
        let text = |name: &str| fact[name].as_str().unwrap_or_default();
        match (text("fact"), text("reason")) {
            ("reservation_opened", _) => drop(numbers.insert(text("reservation"), text("callee"))),
            ("reservation_closed", "normal") => drop(talked.insert(numbers[text("reservation")])),
            _ => {}
        }
    }
    talked
}

/// What the journal says of a number's attempts: when each was meant, and how it ended.
fn attempts(journal: &[(u64, Value)]) -> HashMap<&str, Vec<(u64, &str)>> {
    let (mut numbers, mut attempts) = (HashMap::new(), HashMap::<&str, Vec<_>>::new());
    let mut places = HashMap::new();
    for (time, fact) in journal {
        let text = |name: &str| fact[name].as_str().unwrap_or_default();
        match text("fact") {
            "reservation_opened" => drop(numbers.insert(text("job"), text("callee"))),
            "dial_intended" => {
                let number = numbers[text("job")];
                let all = attempts.entry(number).or_default();
                places.insert(text("attempt"), (number, all.len()));
                all.push((*time, ""));
            }
            "dial_resolved" => {
                let (number, place) = places[text("attempt")];
                attempts.get_mut(number).expect("meant")[place].1 = text("outcome");
            }
            _ => {}
        }
    }
    attempts
}

#[test]
fn a_list_of_jobs_is_worked_off_once_over_many_kills() {
    let started = Instant::now();
    let port = free_port();
    let carrier = Carrier::answering(port, |number| match number {
        ALICE => vec!["200 OK"],
        _ => end_of(number).0.to_vec(),
    });
    let mut switch = Switch::start(&retrying(port));
    let numbers: Vec<String> =
        (0..JOBS.0.max(JOBS.1 * rounds())).map(|n| format!("+491511{:07}", 1_000_000 + n)).collect();
    for (turn, number) in numbers.iter().enumerate() {
        let visitor =
            Visitor::from_address(&switch.http(), format!("10.0.{}.{}", turn / 250, turn % 250 + 1));
        visitor.reserve(&visitor.callme(number));
    }
    switch = restart(switch);
    assert_eq!(switch.metric("warmline_jobs_open"), numbers.len() as f64, "acknowledged, then lost");
    // Whoever has talked before a kill: how often he was meant to be called by then, and was.
    let mut settled = HashMap::new();
    for round in 0..rounds() {
        let mut alice = Alice::new(&switch);
        let stays = round % CUTS == 0;
        let goal = (carrier.count() + (random() % 10) as usize).min(numbers.len());
        let (over, talks) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let talks_on = alice.serves(stays && carrier.count() >= goal);
                    talks.store(talks_on, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            until("some are dialled", || (carrier.count() >= goal).then_some(()));
            if stays {
                until("one of them talks", || talks.load(Ordering::Relaxed).then_some(()));
            } else {
                // In the midst of the next one: about its answer, and what is written of it.
                let so_far = carrier.count();
                let next = Instant::now() + Duration::from_secs(1);
                while carrier.count() == so_far && Instant::now() < next {
                    std::thread::yield_now();
                }
            }
            std::thread::sleep(Duration::from_micros(random() % 1_000));
            switch.process.kill();
            over.store(true, Ordering::Relaxed);
        });
        switch = restart(switch);
        // Nobody is called before she serves again.
        let journal = switch.journal();
        let attempts = attempts(&journal);
        for number in talked(&journal) {
            let so_far = (attempts[number].len(), carrier.times(number));
            settled.entry(number.to_owned()).or_insert(so_far);
        }
    }
    let mut alice = Alice::new(&switch);
    let mut open = numbers.len() as f64 + 1.0;
    while open > 0.0 {
        open = until("the list gets shorter", || {
            alice.serves(false);
            Some(switch.metric("warmline_jobs_open")).filter(|now| *now < open)
        });
    }
    let journal = until("all that happened is written", || {
        let journal = switch.journal();
        let whole = attempts(&journal).values().flatten().all(|(_, end)| !end.is_empty());
        whole.then_some(journal)
    });
    let attempts = attempts(&journal);
    let mut cut = 0;
    for number in &numbers {
        let attempts = attempts.get(number.as_str()).unwrap_or_else(|| panic!("{number} is lost"));
        let (last, before) = attempts.split_last().expect("one");
        assert_eq!(last.1, end_of(number).1, "{number} was given up: {attempts:?}");
        assert!(before.iter().all(|(_, end)| *end == "unknown"), "{number} is dialled again: {attempts:?}");
        let apart = attempts.windows(2).all(|two| two[1].0 - two[0].0 >= (RING + TRANSACTION) * 1_000_000);
        assert!(apart, "{number} is dialled while it may ring yet: {attempts:?}");
        // One whose kill came before its INVITE was never heard of; a call that no attempt stands for is one too many.
        let times = carrier.times(number);
        assert!((1..=attempts.len()).contains(&times), "{number}: {times} calls for {attempts:?}");
        let at_all = (attempts.len(), times);
        assert_eq!(
            settled.get(number).unwrap_or(&at_all),
            &at_all,
            "{number} has talked and is called again"
        );
        cut += before.len();
    }
    assert!((1..=rounds()).contains(&cut), "one agent: {cut} of {} kills hit his call", rounds());
    let records = journal.iter().map(|row| &row.1).filter(|fact| fact["fact"] == "call_recorded");
    let talks =
        records.filter(|record| record["cause"] == "node_restart" && !record["answered"].is_null()).count();
    assert!((1..=rounds()).contains(&talks), "{talks} talks were cut by {} kills", rounds());
    let calls: usize = numbers.iter().map(|number| carrier.times(number)).sum();
    let (jobs, kills, talked) = (numbers.len(), rounds(), settled.len());
    let secs = started.elapsed().as_secs();
    report(&format!(
        "many_kills: {jobs} jobs, {kills} kills, {cut} in a dialling, {talks} in a talk, {calls} calls, 0 lost, 0 twice for one attempt, \
         0 of {talked} who had talked; {secs} s"
    ));
}
