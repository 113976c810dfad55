//! The list server with 100,000 jobs: how long it takes to be in the list, durably, and how long until the next job that is due is handed
//! out. Beside them the same requests to a list with nobody in it.

use crate::configuration::{self, Wish};
use crate::http::Connection;
use crate::report::{Samples, note, percentile, title};
use crate::support::until;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::effect::{Action, Effect};
use warmline_coordination::firms::Firms;
use warmline_coordination::ids::VisitorId;
use warmline_coordination::request::{
    AgentRef, Consent, Mode, OpenReservation, Page, Presence, Request, RequestId,
};
use warmline_coordination::view::Notice;
use warmline_time::Time;

const JOBS: u32 = 100_000;
const CONNECTIONS: usize = 64;
const RATE: u32 = 200;
const PACED: u32 = RATE * 5;
/// Diallings of which the delay is taken.
const DIALLED: u32 = 1_000;
const DAY: u64 = 86_400;

pub fn run(samples: usize) {
    title(
        "jobs: requests to be called at a time (POST /v1/web/reservations with `due`), 201 after the commit",
    );
    let [mut empty, mut full, mut filling] = [Samples::default(), Samples::default(), Samples::default()];
    for _ in 0..samples {
        enqueue(&mut empty, &mut full, &mut filling);
    }
    empty.print(&format!("floor: at {RATE}/s into an empty list, p99"), "ms");
    full.print(&format!("at {RATE}/s behind {JOBS} jobs, p99 (20 ms are aimed at)"), "ms");
    full.print_ratio("… to the floor", &empty);
    filling.print(&format!("the {JOBS}, saturated"), "jobs/s");
}

/// From the moment a job is due to its dialling.
pub fn run_due(samples: usize) {
    title("due: a job whose time has come is handed out");
    let mut due: [Samples; 4] = Default::default();
    for _ in 0..samples {
        for (part, jobs) in [(0, DIALLED), (2, JOBS)] {
            let mut delays = dial(jobs);
            delays.sort_unstable();
            due[part].push(percentile(&delays, 0.5));
            due[part + 1].push(percentile(&delays, 0.99));
        }
    }
    note("from the moment a job is due to its Dial, without disk and network: the domain's own work");
    due[0].print(&format!("floor: with {DIALLED} in the list, p50"), "µs");
    due[2].print(&format!("with {JOBS} in the list, p50"), "µs");
    due[3].print(&format!("with {JOBS} in the list, p99 (1 ms is aimed at)"), "µs");
    due[2].print_ratio("… p50 to the floor", &due[0]);
}

/// Tables that let so many ask from here, and be called in one afternoon.
fn wish() -> Wish {
    Wish { callme: "slot_minutes = 60, per_slot = 10000".into(), limit: 300_000, ..Wish::default() }
}

fn enqueue(empty: &mut Samples, full: &mut Samples, filling: &mut Samples) {
    let switch = configuration::start(&wish());
    let address = switch.ready["http"].as_str().and_then(|text| text.parse().ok()).expect("bound");
    let crowd = Crowd { address, next: AtomicU32::new(0), unlike: AtomicU32::new(0) };
    empty.push(p99(crowd.ask(PACED, Some(RATE)).1));
    let (rate, _) = crowd.ask(JOBS, None);
    filling.push(rate);
    let open = || (switch.metric("warmline_jobs_open") >= f64::from(JOBS)).then_some(());
    until("all are in the list", open);
    full.push(p99(crowd.ask(PACED, Some(RATE)).1));
    note(&format!(
        "{} jobs in the list at the end; {} answers that were no job",
        switch.metric("warmline_jobs_open"),
        crowd.unlike.load(Ordering::Relaxed)
    ));
    configuration::stop(switch);
}

fn p99(mut delays: Vec<u32>) -> f64 {
    delays.sort_unstable();
    percentile(&delays, 0.99) / 1e3
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Time::from_micros(since.as_micros() as u64)
}

/// A mobile number of its own.
fn number(n: u32) -> String {
    format!("+49151{:08}", 10_000_000 + n)
}

/// From tomorrow on, after noon in Greenwich: an hour at which everybody may be called; two a second, 20,000 a day.
fn due(now: Time, n: u32) -> Time {
    let noon = (now.as_secs() / DAY + 1 + u64::from(n / 20_000)) * DAY + 12 * 3_600;
    Time::from_micros(noon * 1_000_000 + u64::from(n % 20_000) * 500_000)
}

struct Crowd {
    address: SocketAddr,
    next: AtomicU32,
    unlike: AtomicU32,
}

impl Crowd {
    /// So many ask: how many a second, and the delays in microseconds. A session each is not part of the delay.
    fn ask(&self, count: u32, rate: Option<u32>) -> (f64, Vec<u32>) {
        let first = self.next.load(Ordering::Relaxed);
        let delays = Mutex::new(Vec::with_capacity(count as usize));
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut connection = Connection::open(self.address);
                    let mut mine = Vec::new();
                    while let Some(n) = self.turn(first + count) {
                        let visitor = session(&mut connection, n);
                        let mut from = Instant::now();
                        if let Some(rate) = rate {
                            from = (start + Duration::from_secs(1) * (n - first) / rate).max(from);
                            std::thread::sleep(from.saturating_duration_since(Instant::now()));
                        }
                        self.request(&mut connection, n, &visitor);
                        mine.push(from.elapsed().as_micros() as u32);
                    }
                    delays.lock().expect("not poisoned").append(&mut mine);
                });
            }
        });
        let rate = f64::from(count) / start.elapsed().as_secs_f64();
        (rate, delays.into_inner().expect("not poisoned"))
    }

    fn turn(&self, end: u32) -> Option<u32> {
        let next = |n: u32| (n < end).then_some(n + 1);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    fn request(&self, connection: &mut Connection, n: u32, visitor: &str) {
        let body = json!({
            "site": "shop", "mode": "callme", "visitor": visitor, "number": number(n),
            "page": { "url": "https://shop.test/printers/42", "title": "Printer 42" },
            "consent": { "version": "1", "call": true },
            "due": due(now(), n).rfc3339(),
        });
        let (status, answer) = connection.post("/v1/web/reservations", n, &body.to_string());
        if status != 201 && self.unlike.fetch_add(1, Ordering::Relaxed) == 0 {
            note(&format!("an answer that is no job: {status} {}", String::from_utf8_lossy(&answer)));
        }
    }
}

fn session(connection: &mut Connection, n: u32) -> String {
    let (_, body) = connection.post("/v1/web/sessions", n, r#"{"site":"shop"}"#);
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    body["visitor"].as_str().expect("an id").to_owned()
}

/// So many jobs in a list of its own; the delays of the first diallings, in microseconds.
fn dial(jobs: u32) -> Vec<u32> {
    let text = configuration::text(configuration::port(), &wish());
    let config = warmline::config::parse(Path::new("bench.toml"), &text).expect("valid");
    let mut domain = Domain { firms: Firms::new(config.firms, [7; 32]), requests: 0, now: now() };
    for n in 0..jobs {
        domain.request(Request::Open(Box::new(job(domain.now, n))));
    }
    domain.agent_comes();
    let begun = domain.now;
    (0..DIALLED).map(|n| domain.hand_out(due(begun, n))).collect()
}

fn job(now: Time, n: u32) -> OpenReservation {
    OpenReservation {
        site: "shop".into(),
        mode: Mode::Callme,
        visitor: VisitorId::mint(now, u128::from(n)),
        address: n.to_string(),
        page: Page {
            url: "https://shop.test/printers/42".into(),
            title: "Printer 42".into(),
            ..Page::default()
        },
        snapshot: None,
        consent: Some(Consent { version: "1".into(), call: true, text: None }),
        number: Some(number(n)),
        name: None,
        whence: Default::default(),
        idempotency_key: None,
        identity: None,
        on_file: false,
        due: Some(due(now, n)),
        correspondent: None,
        said: Default::default(),
        watched: None,
    }
}

struct Domain {
    firms: Firms,
    requests: u64,
    now: Time,
}

impl Domain {
    fn request(&mut self, request: Request) -> Vec<Action> {
        self.requests += 1;
        self.firms.handle_request(self.now, RequestId(self.requests), request);
        self.actions()
    }

    fn event(&mut self, event: Event) -> Vec<Action> {
        self.firms.handle_switch(self.now, event);
        self.actions()
    }

    /// Everything is durable at once.
    fn actions(&mut self) -> Vec<Action> {
        let effects = std::iter::from_fn(|| self.firms.poll_effect());
        let action = |effect| match effect {
            Effect::Act { action, .. } => Some(action),
            Effect::Persist(_) => None,
        };
        effects.filter_map(action).collect()
    }

    fn agent() -> AgentRef {
        AgentRef { firm: "acme".into(), agent: "alice".into() }
    }

    fn agent_comes(&mut self) {
        self.request(Request::Login(Domain::agent()));
        self.request(Request::StreamOpened(Domain::agent(), 1));
        self.event(Event::DeviceUp { user: "alice".into(), realm: "acme".into() });
        self.request(Request::Presence(Domain::agent(), Presence::Ready, None));
    }

    /// Time goes on to this moment, at which a job is due; how long until it is dialled. Whoever is called declines.
    fn hand_out(&mut self, at: Time) -> u32 {
        while self.firms.poll_timeout().is_some_and(|due| due < at) {
            self.now = self.firms.poll_timeout().expect("there");
            self.firms.handle_timeout(self.now);
            self.actions();
        }
        self.now = at;
        let start = Instant::now();
        self.firms.handle_timeout(at);
        let mut actions = self.actions();
        if !actions.iter().any(is_dial) {
            let probe = actions.iter().find_map(|action| match action {
                Action::Notify(_, Notice::Probe { id, .. }) => Some(*id),
                _ => None,
            });
            actions = self.request(Request::ProbeAnswer {
                agent: Domain::agent(),
                probe: probe.expect("his desktop is asked"),
                drawn: None,
                hidden: false,
                microphone: true,
            });
        }
        let took = start.elapsed().as_micros() as u32;
        let (call, party) = actions.iter().find_map(dialled).expect("it is dialled");
        self.event(Event::Failed { call, party, cause: Cause::Declined });
        self.event(Event::Ended { call, cause: Cause::Declined });
        took
    }
}

fn is_dial(action: &Action) -> bool {
    dialled(action).is_some()
}

fn dialled(
    action: &Action,
) -> Option<(warmline_coordination::ids::CallId, warmline_coordination::ids::PartyId)> {
    match action {
        Action::Switch(Command::Dial { call, party, .. }) => Some((*call, *party)),
        _ => None,
    }
}
