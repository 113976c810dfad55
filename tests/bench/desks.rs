//! Many desktops with their views and many visitors with their pages: how long an event takes to be on every desktop, and what
//! it costs.

use crate::configuration::{self, Wish};
use crate::cpu;
use crate::http::Connection;
use crate::report::{Samples, figure, note, percentile, title};
use crate::support::client::{Desktop, ORIGIN};
use crate::support::switch::PASSWORD;
use crate::support::until;
use crate::watch::{Sockets, Watch};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const DESKS: usize = 500;
const VISITORS: usize = 5_000;
/// Each visitor does something so often: asks to be called, and the next time gives it up.
const PERIOD: Duration = Duration::from_secs(10);
/// Of a sample.
const LASTS: Duration = Duration::from_secs(20);
/// In a sample, a second apart: people at the head of the line, whose coming every desktop has to show.
const FIRST: usize = 18;
/// Threads of the load.
const HANDS: usize = 8;

pub fn run(samples: usize) {
    title("desks: from a visitor's request to the desktops' lists of who waits");
    note(&format!(
        "{DESKS} desktops (protocol clients, no Chromium) with all views, {VISITORS} visitors with one event per {} s each, \
         half of them waiting with an open stream; a sample lasts {} s",
        PERIOD.as_secs(),
        LASTS.as_secs()
    ));
    let switch = configuration::start(&Wish { more: people(samples * FIRST), ..Wish::default() });
    let base = switch.http();
    let address = switch.ready["http"].as_str().and_then(|text| text.parse().ok()).expect("bound");
    let watch = Arc::new(Watch::default());
    let desks = Sockets::watched(Arc::clone(&watch));
    let start = Instant::now();
    let desktops = log_in(&base);
    note(&format!("all logged in after {} s", figure(start.elapsed().as_secs_f64())));
    for (index, desktop) in desktops.into_iter().enumerate() {
        desks.add(index, desktop.stream.into_socket());
    }
    let crowd = Crowd::gather(address, &base);
    cpu::pin(switch.process.id(), cpu::MEASURED);
    cpu::pin(std::process::id(), cpu::LOAD);
    let mut figures: [Samples; 6] = Default::default();
    for sample in 0..samples {
        let before = (cpu::seconds(switch.process.id()), cpu::seconds(std::process::id()), desks.heard());
        let start = Instant::now();
        let mut delays = crowd.busy(start, || heads(&crowd, &watch, sample));
        let secs = start.elapsed().as_secs_f64();
        let after = (cpu::seconds(switch.process.id()), cpu::seconds(std::process::id()), desks.heard());
        delays.sort_unstable();
        figures[0].push(percentile(&delays, 0.5));
        figures[1].push(percentile(&delays, 0.99));
        figures[2].push((after.0 - before.0) / secs);
        figures[3].push((after.1 - before.1) / secs);
        figures[4].push((after.2.0 - before.2.0) as f64 / secs / DESKS as f64);
        figures[5].push((after.2.1 - before.2.1) as f64 / secs / 1e6);
        note(&format!(
            "{} waiting; {} of {} updates seen, at worst after {} ms; {} streams of pages open",
            switch.metric("warmline_jobs_open"),
            delays.len(),
            FIRST * DESKS,
            figure(percentile(&delays, 1.0)),
            crowd.pages.open(),
        ));
    }
    figures[0].print("request to the desktop's list, p50", "ms");
    figures[1].print("request to the desktop's list, p99", "ms");
    figures[2].print("the program's CPU", "cores");
    figures[3].print("the load's CPU, on the other core", "cores");
    figures[4].print("messages to each desktop", "/s");
    figures[5].print("to all desktops", "MB/s");
    note(&format!("refused or failed requests: {}", crowd.unlike.load(Ordering::Relaxed)));
    configuration::stop(switch);
}

/// The agents, and those who come first.
fn people(first: usize) -> String {
    let hash = warmline::cli::hash(PASSWORD).expect("hashed");
    let mut text = String::new();
    for index in 0..DESKS {
        let _ = write!(text, "[[firms.agents]]\nname = \"agent-{index}\"\npassword_hash = \"{hash}\"\n");
        text.push_str("skills = { sales = 3 }\nstation = \"browser\"\n");
    }
    for index in 0..first {
        let _ = writeln!(
            text,
            "[[firms.contacts]]\nname = \"First {index}\"\nnumbers = [\"{}\"]\npriority = 7",
            number(VISITORS + index)
        );
    }
    text
}

fn number(visitor: usize) -> String {
    format!("+49301{visitor:07}")
}

fn log_in(base: &str) -> Vec<Desktop> {
    let desktops = Mutex::new(Vec::with_capacity(DESKS));
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= DESKS {
                        break;
                    }
                    let desktop = Desktop::login(base, &format!("agent-{index}"));
                    desktops.lock().expect("whole").push(desktop);
                }
            });
        }
    });
    desktops.into_inner().expect("whole")
}

/// Those who come first, one a second: when each desktop has shown each of them, in ms.
fn heads(crowd: &Crowd, watch: &Watch, sample: usize) -> Vec<u32> {
    let mut connection = Connection::open(crowd.address);
    let mut delays = Vec::new();
    for index in 0..FIRST {
        let visitor = VISITORS + sample * FIRST + index;
        let title = format!("first of all {visitor}");
        watch.look_for(&title, DESKS);
        let sent = Instant::now();
        let asked = crowd.ask(&mut connection, visitor, &title);
        let seen = watch.seen(sent + Duration::from_secs(5));
        delays.extend(seen.iter().map(|at| at.saturating_duration_since(sent).as_millis() as u32));
        std::thread::sleep((sent + Duration::from_secs(1)).saturating_duration_since(Instant::now()));
        if let Some((id, key)) = asked {
            connection.cancel(&id, visitor as u32, &key);
        }
    }
    delays
}

/// The visitors.
struct Crowd {
    address: SocketAddr,
    base: String,
    /// Their ids; behind them those who come first.
    ids: Vec<String>,
    /// Id and key of what each has asked for.
    asked: Vec<Mutex<Option<(String, String)>>>,
    pages: Sockets,
    unlike: AtomicUsize,
    next: AtomicUsize,
}

impl Crowd {
    /// All have a session, every other one waits.
    fn gather(address: SocketAddr, base: &str) -> Self {
        let mut connection = Connection::open(address);
        let count = VISITORS + 1_000;
        let session = |visitor: usize, connection: &mut Connection| {
            let (status, body) = connection.post("/v1/web/sessions", visitor as u32, r#"{"site":"shop"}"#);
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            body["visitor"].as_str().expect("an id").to_owned()
        };
        let ids = (0..count).map(|visitor| session(visitor, &mut connection)).collect();
        let crowd = Crowd {
            address,
            base: base.into(),
            ids,
            asked: (0..VISITORS).map(|_| Mutex::new(None)).collect(),
            pages: Sockets::open_ended(),
            unlike: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        };
        (0..VISITORS).step_by(2).for_each(|visitor| crowd.event(&mut connection, visitor));
        until("half of them wait", || (crowd.pages.open() >= VISITORS / 2).then_some(()));
        crowd
    }

    /// All do what they do while `meanwhile` does something else.
    fn busy<T>(&self, start: Instant, meanwhile: impl FnOnce() -> T) -> T {
        let pause = PERIOD / VISITORS as u32;
        let first = self.next.load(Ordering::Relaxed);
        let count = (LASTS.as_secs_f64() / pause.as_secs_f64()) as usize;
        let result = std::thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(|| {
                    let mut connection = Connection::open(self.address);
                    loop {
                        let turn = self.next.fetch_add(1, Ordering::Relaxed);
                        if turn >= first + count {
                            break;
                        }
                        let due = start + pause * (turn - first) as u32;
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        self.event(&mut connection, turn % VISITORS);
                    }
                });
            }
            meanwhile()
        });
        self.next.store(first + count, Ordering::Relaxed);
        result
    }

    /// Asks, or gives up what was asked for.
    fn event(&self, connection: &mut Connection, visitor: usize) {
        let mut asked = self.asked[visitor].lock().expect("whole");
        match asked.take() {
            Some((id, key)) => {
                let status = connection.cancel(&id, visitor as u32, &key);
                self.unlike.fetch_add(usize::from(status != 204), Ordering::Relaxed);
                self.pages.remove(visitor);
            }
            None => *asked = self.ask(connection, visitor, "Printer 42"),
        }
    }

    fn ask(&self, connection: &mut Connection, visitor: usize, title: &str) -> Option<(String, String)> {
        let body = json!({
            "site": "shop", "mode": "callme", "visitor": self.ids[visitor], "number": number(visitor),
            "page": { "url": "https://shop.test/printers/42", "title": title },
            "consent": { "version": "1", "call": true },
        });
        let (status, answer) = connection.post("/v1/web/reservations", visitor as u32, &body.to_string());
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let (Some(id), Some(key), Some(path)) = (text("id"), text("key"), text("stream")) else {
            if self.unlike.fetch_add(1, Ordering::Relaxed) == 0 {
                note(&format!("not taken: {status} {answer}"));
            }
            return None;
        };
        if visitor < VISITORS {
            self.pages.add(visitor, crate::watch::open(&self.base, &path, ORIGIN, visitor as u32));
        }
        Some((id, key))
    }
}
