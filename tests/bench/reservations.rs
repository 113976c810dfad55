//! Durable reservations: their delay at a steady rate with 10,000 held, and how many a second at most; beside requests to
//! the same server that keep nothing, and beside the disk.

use crate::configuration::{self, Wish};
use crate::cpu;
use crate::http::Connection;
use crate::report::{Samples, figure, note, percentile, title};
use crate::support::switch::Switch;
use crate::support::until;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 64;
const HELD: u32 = 10_000;
const RATE: u32 = 500;
const PACED: u32 = RATE * 5;
const SATURATED: u32 = 6_000;
/// A small page; each visitor's differs, so each is kept.
const SNAPSHOT: usize = 2_000;

#[derive(Default)]
struct Figures {
    sessions: Samples,
    filling: Samples,
    saturated: Samples,
    p50: Samples,
    p99: Samples,
    commits: Samples,
    cpu: Samples,
    sync: Samples,
}

pub fn run(samples: usize) {
    title("reservations: POST /v1/web/reservations, 201 after the commit (SQLite WAL, synchronous=FULL)");
    note(&format!("{CONNECTIONS} kept connections, no proxy, plain HTTP; load on the same cores"));
    let mut figures = Figures::default();
    for _ in 0..samples {
        sample(&mut figures);
    }
    let Figures { sessions, filling, saturated, p50, p99, commits, cpu, sync } = figures;
    sync.print("4 KiB written and synced, one after the other", "µs");
    sessions.print("floor: POST /v1/web/sessions, keeps nothing", "requests/s");
    filling.print(&format!("the first {HELD}, saturated"), "reservations/s");
    saturated.print(&format!("saturated with more than {HELD} held"), "reservations/s");
    saturated.print_ratio("… to the floor", &sessions);
    commits.print("commits meanwhile", "commits/s");
    cpu.print("CPU per 1,000 reservations meanwhile", "CPU-s");
    p50.print(&format!("at {RATE}/s with more than {HELD} held: p50"), "ms");
    p99.print(&format!("at {RATE}/s with more than {HELD} held: p99"), "ms");
}

fn sample(figures: &mut Figures) {
    let switch = configuration::start(&Wish::default());
    let address = switch.ready["http"].as_str().and_then(|text| text.parse().ok()).expect("bound");
    figures.sync.push(sync_micros(&switch.folder));
    let (visitors, sessions) = sessions(address, HELD + PACED + SATURATED);
    figures.sessions.push(sessions);

    let crowd = Crowd { address, visitors, next: AtomicU32::new(0), unlike: AtomicU32::new(0) };
    figures.filling.push(crowd.ask(HELD, None).rate);
    until("all are held", || (switch.metric("warmline_reservations_live") >= f64::from(HELD)).then_some(()));

    let paced = crowd.ask(PACED, Some(RATE));
    figures.p50.push(paced.delay(0.5));
    figures.p99.push(paced.delay(0.99));

    let before = (commits(&switch), cpu::seconds(switch.process.id()));
    let saturated = crowd.ask(SATURATED, None);
    let after = (commits(&switch), cpu::seconds(switch.process.id()));
    figures.commits.push((after.0 - before.0) * saturated.rate / f64::from(SATURATED));
    figures.cpu.push((after.1 - before.1) / f64::from(SATURATED) * 1000.0);
    note(&format!(
        "{} held at the end; paced: {} /s, p50 {:.2} ms, p99 {:.2} ms; saturated: {} /s, p50 {:.1} ms, p99 {:.1} ms; \
         {} answers without a number",
        switch.metric("warmline_reservations_live"),
        figure(paced.rate),
        paced.delay(0.5),
        paced.delay(0.99),
        figure(saturated.rate),
        saturated.delay(0.5),
        saturated.delay(0.99),
        crowd.unlike.load(Ordering::Relaxed)
    ));
    figures.saturated.push(saturated.rate);
    configuration::stop(switch);
}

fn commits(switch: &Switch) -> f64 {
    switch.metric("warmline_store_commits_total")
}

/// The median of a small write and its sync in the folder of the journal.
fn sync_micros(folder: &std::path::Path) -> f64 {
    let path = folder.join("synced");
    let mut file = File::create(&path).expect("created");
    let mut figures = Samples::default();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[0x55; 4_096]).expect("written");
        file.sync_data().expect("synced");
        figures.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let _ = std::fs::remove_file(path);
    figures.median()
}

/// So many visitors, and how many sessions a second that was.
fn sessions(address: SocketAddr, count: u32) -> (Vec<String>, f64) {
    let next = AtomicU32::new(0);
    let visitors = Mutex::new(Vec::with_capacity(count as usize));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                let mut mine = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let (status, body) = connection.post("/v1/web/sessions", number, r#"{"site":"shop"}"#);
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                    let body: Value = serde_json::from_slice(&body).expect("JSON");
                    mine.push(body["visitor"].as_str().expect("an id").to_owned());
                }
                visitors.lock().expect("not poisoned").append(&mut mine);
            });
        }
    });
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    (visitors.into_inner().expect("not poisoned"), rate)
}

/// Visitors who each ask once.
struct Crowd {
    address: SocketAddr,
    visitors: Vec<String>,
    /// The next who has not asked.
    next: AtomicU32,
    /// Answers that are no number.
    unlike: AtomicU32,
}

struct Asked {
    rate: f64,
    /// Sorted, in microseconds.
    delays: Vec<u32>,
}

impl Asked {
    /// In milliseconds.
    fn delay(&self, share: f64) -> f64 {
        percentile(&self.delays, share) / 1e3
    }
}

impl Crowd {
    /// `count` visitors ask: each connection as fast as it is answered, or all of them together at `rate`; then a delay
    /// counts from the moment at which it should have been sent.
    fn ask(&self, count: u32, rate: Option<u32>) -> Asked {
        let first = self.next.load(Ordering::Relaxed);
        let delays = Mutex::new(Vec::with_capacity(count as usize));
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut connection = Connection::open(self.address);
                    let mut mine = Vec::new();
                    while let Some(number) = self.turn(first + count) {
                        let mut from = Instant::now();
                        if let Some(rate) = rate {
                            from = start + Duration::from_secs(1) * (number - first) / rate;
                            std::thread::sleep(from.saturating_duration_since(Instant::now()));
                        }
                        self.reserve(&mut connection, number);
                        mine.push(from.elapsed().as_micros() as u32);
                    }
                    delays.lock().expect("not poisoned").append(&mut mine);
                });
            }
        });
        let rate = f64::from(count) / start.elapsed().as_secs_f64();
        let mut delays = delays.into_inner().expect("not poisoned");
        delays.sort_unstable();
        Asked { rate, delays }
    }

    fn turn(&self, end: u32) -> Option<u32> {
        let next = |number: u32| (number < end).then_some(number + 1);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    fn reserve(&self, connection: &mut Connection, number: u32) {
        let page = format!("<!doctype html><title>{number}</title>{}", "x".repeat(SNAPSHOT));
        let body = json!({
            "site": "shop", "mode": "dial", "visitor": self.visitors[number as usize],
            "page": { "url": "https://shop.test/printers/42", "title": "Printer 42" },
            "snapshot": page,
            "consent": { "version": "1", "call": true },
        });
        let (status, answer) = connection.post("/v1/web/reservations", number, &body.to_string());
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let is_number = status == 201 && answer["number"].is_string();
        if !is_number && self.unlike.fetch_add(1, Ordering::Relaxed) == 0 {
            note(&format!("an answer without a number: {status} {}", answer["mode"]));
        }
    }
}
