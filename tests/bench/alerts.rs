//! From what a visitor does on a watched page to the alert on the agents' desktops, at rising rates of events, over HTTP and WebSocket.

use crate::configuration::{self, Wish};
use crate::cpu;
use crate::http::Connection;
use crate::report::{Samples, note, percentile, title};
use crate::support::client::Desktop;
use crate::support::switch::{PASSWORD, Switch};
use crate::watch::{Sockets, Watch};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Events a second; two of them are told at a time.
const RATES: [usize; 5] = [1_000, 2_500, 5_000, 7_500, 10_000];
/// The rate of which the aim speaks.
const AIM: usize = 2;
const EVENTS: usize = 2;
const VISITORS: usize = 20_000;
const DESKS: usize = 20;
/// At each rate.
const LASTS: Duration = Duration::from_secs(15);
/// Visitors whom a criterion is about, in that time: as evenly as they fit.
const ALERTED: usize = 30;
const HANDS: usize = 16;
/// Criteria beside the one that comes true.
const CRITERIA: usize = 99;

#[derive(Default)]
struct Step {
    answer: [Samples; 2],
    alert: [Samples; 2],
    rate: Samples,
    program: Samples,
    load: Samples,
}

pub fn run(samples: usize) {
    title("alerts: from an event on a page to the alert on the desktop");
    note(&format!(
        "{VISITORS} visitors, {EVENTS} events a request, {} criteria, {DESKS} desktops (protocol clients); {} s at each rate, \
         {ALERTED} alerts in it; the time of an answer counts from when the request should have been sent",
        CRITERIA + 1,
        LASTS.as_secs()
    ));
    let switch = configuration::start(&Wish { more: watched(), ..Wish::default() });
    let base = switch.http();
    let address = switch.ready["http"].as_str().and_then(|text| text.parse().ok()).expect("bound");
    let watch = Arc::new(Watch::default());
    let desks = Sockets::watched(Arc::clone(&watch));
    for index in 0..DESKS {
        desks.add(index, Desktop::login(&base, &format!("agent-{index}")).stream.into_socket());
    }
    let crowd = Crowd::gather(address);
    cpu::pin(switch.process.id(), cpu::MEASURED);
    cpu::pin(std::process::id(), cpu::LOAD);
    let mut steps: [Step; RATES.len()] = Default::default();
    for sample in 0..samples {
        for (place, step) in steps.iter_mut().enumerate() {
            crowd.step(&switch, &watch, (sample * RATES.len() + place, RATES[place]), step);
        }
    }
    for (rate, step) in RATES.iter().zip(&steps) {
        note(&format!("{rate} events/s"));
        step.rate.print("events accepted", "/s");
        step.answer[0].print("answered 202, p50", "ms");
        step.answer[1].print("answered 202, p99", "ms");
        step.alert[0].print("event to the desktop's alert, p50", "ms");
        step.alert[1].print("event to the desktop's alert, p99", "ms");
        step.program.print("the program's CPU", "cores");
        step.load.print("the load's CPU, on the other core", "cores");
    }
    let dropped = switch.metric("warmline_watch_matches_dropped_total") as u64;
    note(&format!(
        "answers that were not 202: {}; matches left out: {dropped}",
        crowd.unlike.load(Ordering::Relaxed)
    ));
    let file = std::env::temp_dir().join("alerts.svg");
    std::fs::write(&file, graph(&steps)).expect("written");
    note(&format!("drawn: {}", file.display()));
    configuration::stop(switch);
}

/// The firm's watching, and its agents.
fn watched() -> String {
    let mut text = "[firms.watch]\nconsent = false\nbots = false\n".to_owned();
    for index in 0..CRITERIA {
        let what = match index % 3 {
            0 => format!("page = \"/elsewhere-{index}/*\""),
            1 => format!("on = [\"cart\"]\nwhen = 'session.cart > {index}000 && count(\"cart\", 600) >= 2'"),
            _ => format!(
                "page = \"/printers/{index}\"\nafter_secs = {}\nwhen = 'session.errors > 9'",
                index + 10
            ),
        };
        let _ = writeln!(text, "[[firms.watch.criteria]]\nname = \"Rule {index}\"\n{what}");
    }
    text.push_str("[[firms.watch.criteria]]\nname = \"Trouble\"\non = [\"error\"]\npage = \"/checkout*\"\n");
    text.push_str("when = 'count(\"error\", 600) >= 1 && visitor.visits >= 1'\npop = true\n");
    let hash = warmline::cli::hash(PASSWORD).expect("hashed");
    for index in 0..DESKS {
        let _ = write!(text, "[[firms.agents]]\nname = \"agent-{index}\"\npassword_hash = \"{hash}\"\n");
        text.push_str("skills = { sales = 3 }\nstation = \"browser\"\n");
    }
    text
}

struct Crowd {
    address: SocketAddr,
    /// As the program has sealed them.
    identities: Vec<String>,
    unlike: AtomicUsize,
}

impl Crowd {
    fn gather(address: SocketAddr) -> Self {
        let identities = Mutex::new(vec![String::new(); VISITORS]);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(|| {
                    let mut connection = Connection::open(address);
                    loop {
                        let visitor = next.fetch_add(1, Ordering::Relaxed);
                        if visitor >= VISITORS {
                            break;
                        }
                        let body = told(None, "/", "Shop", &json!([view("/", "Shop")]));
                        let (status, answer) = connection.post("/v1/web/activity", visitor as u32, &body);
                        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                        let identity =
                            answer["identity"].as_str().unwrap_or_else(|| panic!("{status} {answer}"));
                        identities.lock().expect("whole")[visitor] = identity.to_owned();
                    }
                });
            }
        });
        let identities = identities.into_inner().expect("whole");
        Crowd { address, identities, unlike: AtomicUsize::new(0) }
    }

    /// One rate; `turn` tells the alerts of each from all others.
    fn step(&self, switch: &Switch, watch: &Watch, (turn, rate): (usize, usize), step: &mut Step) {
        let requests = rate * LASTS.as_secs() as usize / EVENTS;
        let pause = LASTS / requests as u32;
        let ids = [switch.process.id(), std::process::id()];
        let before = ids.map(cpu::seconds);
        let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(requests)));
        let start = Instant::now();
        let mut alerts = std::thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(|| {
                    let mut connection = Connection::open(self.address);
                    let mut mine = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= requests {
                            break;
                        }
                        let due = start + pause * index as u32;
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        // Those of whom there is an alert do nothing else.
                        let visitor = (turn * 7_919 + index) % (VISITORS - 1_000);
                        self.tell(&mut connection, visitor, index);
                        mine.push(due.elapsed().as_micros() as u32);
                    }
                    answers.lock().expect("whole").extend(mine);
                });
            }
            self.alerts(watch, turn, start)
        });
        let secs = start.elapsed().as_secs_f64();
        let after = ids.map(cpu::seconds);
        let mut answers = answers.into_inner().expect("whole");
        answers.sort_unstable();
        alerts.sort_unstable();
        if alerts.len() < ALERTED * DESKS {
            note(&format!("{rate}/s: {} of {} alerts seen within 5 s", alerts.len(), ALERTED * DESKS));
        }
        step.rate.push((answers.len() * EVENTS) as f64 / secs);
        for (samples, share) in step.answer.iter_mut().zip([0.5, 0.99]) {
            samples.push(percentile(&answers, share) / 1_000.0);
        }
        for (samples, share) in step.alert.iter_mut().zip([0.5, 0.99]) {
            samples.push(percentile(&alerts, share));
        }
        step.program.push((after[0] - before[0]) / secs);
        step.load.push((after[1] - before[1]) / secs);
    }

    fn tell(&self, connection: &mut Connection, visitor: usize, index: usize) {
        let path = format!("/printers/{}", index % 500);
        let what = match index % 4 {
            0 => json!([view(&path, "Printer"), { "kind": "scroll", "percent": 50 }]),
            1 => json!([{ "kind": "dwell", "secs": 15 }, { "kind": "idle", "secs": 60 }]),
            2 => json!([{ "kind": "dwell", "secs": 30 }, { "kind": "scroll", "percent": 75 }]),
            _ => json!([{ "kind": "cart", "value": 99, "items": 1 }, { "kind": "dwell", "secs": 45 }]),
        };
        let body = told(Some(&self.identities[visitor]), &path, "Printer", &what);
        let (status, _) = connection.post("/v1/web/activity", visitor as u32, &body);
        self.unlike.fetch_add(usize::from(status != 202), Ordering::Relaxed);
    }

    /// When each desktop has shown each of them, in ms.
    fn alerts(&self, watch: &Watch, turn: usize, start: Instant) -> Vec<u32> {
        let mut connection = Connection::open(self.address);
        let mut delays = Vec::new();
        let pause = LASTS / ALERTED as u32;
        for index in 0..ALERTED {
            std::thread::sleep((start + pause * index as u32).saturating_duration_since(Instant::now()));
            let visitor = VISITORS - 1_000 + (turn * ALERTED + index) % 1_000;
            let name = format!("Checkout {turn} {index}.");
            watch.look_for(&name, DESKS);
            let what = json!([view("/checkout", &name), { "kind": "error", "field": "postcode" }]);
            let body = told(Some(&self.identities[visitor]), "/checkout", &name, &what);
            let sent = Instant::now();
            let (status, _) = connection.post("/v1/web/activity", visitor as u32, &body);
            self.unlike.fetch_add(usize::from(status != 202), Ordering::Relaxed);
            let seen = watch.seen(sent + Duration::from_secs(5));
            delays.extend(seen.iter().map(|at| at.saturating_duration_since(sent).as_millis() as u32));
        }
        delays
    }
}

fn view(path: &str, name: &str) -> Value {
    json!({ "kind": "view", "url": format!("https://shop.test{path}"), "title": name })
}

fn told(identity: Option<&str>, path: &str, name: &str, events: &Value) -> String {
    let mut body = json!({
        "site": "shop", "consent": "granted", "storage": true, "language": "en",
        "page": { "url": format!("https://shop.test{path}"), "title": name }, "events": events,
    });
    if let Some(identity) = identity {
        body["identity"] = identity.into();
    }
    body.to_string()
}

/// Where a step is on its scale, from the lowest to the highest.
type Share<'a> = &'a dyn Fn(&Step) -> f64;

/// The medians over the rate: the two p99 on the left scale, the program's CPU on the right.
fn graph(steps: &[Step]) -> String {
    const WIDE: f64 = 664.0;
    const HIGH: f64 = 320.0;
    let most = RATES[RATES.len() - 1] as f64;
    let slowest = steps.iter().flat_map(|step| [step.alert[1].median(), step.answer[1].median()]);
    let top = (slowest.fold(100.0, f64::max) / 100.0).ceil() * 100.0;
    let x = |rate: f64| 60.0 + rate / most * (WIDE - 144.0);
    let y = |share: f64| HIGH - 50.0 - share.min(1.0) * (HIGH - 90.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {HIGH}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDE}\" height=\"{HIGH}\" fill=\"#fff\"/>\n"
    );
    for tick in 0..=4 {
        let (share, at) = (f64::from(tick) / 4.0, y(f64::from(tick) / 4.0));
        let _ = writeln!(
            svg,
            "<path d=\"M60 {at}H{}\" stroke=\"#ddd\"/><text x=\"54\" y=\"{}\" text-anchor=\"end\">{} ms</text>\
             <text x=\"{}\" y=\"{}\">{share} core</text>",
            WIDE - 84.0,
            at + 4.0,
            (top * share).round(),
            WIDE - 78.0,
            at + 4.0
        );
    }
    for rate in RATES {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{rate}/s</text>",
            x(rate as f64),
            HIGH - 30.0
        );
    }
    let lines: [(&str, &str, Share<'_>); 3] = [
        ("event to the alert, p99", "#1858c4", &|step| step.alert[1].median() / top),
        ("answer 202, p99", "#b4540a", &|step| step.answer[1].median() / top),
        ("the program's CPU", "#4b7a2b", &|step| step.program.median()),
    ];
    for (place, (name, colour, share)) in lines.iter().enumerate() {
        let points: Vec<String> = RATES
            .iter()
            .zip(steps)
            .map(|(&rate, step)| format!("{:.1},{:.1}", x(rate as f64), y(share(step))))
            .collect();
        let at = 70.0 + place as f64 * 180.0;
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <path d=\"M{at} 18h20\" stroke=\"{colour}\" stroke-width=\"3\"/><text x=\"{}\" y=\"22\">{name}</text>",
            points.join(" "),
            at + 26.0
        );
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{0} 36V{1}\" stroke=\"#999\" stroke-dasharray=\"3 4\"/><text x=\"{0}\" y=\"{2}\" \
         text-anchor=\"middle\" fill=\"#666\">the aim\u{2019}s rate</text>\n</svg>",
        x(RATES[AIM] as f64),
        HIGH - 50.0,
        HIGH - 12.0
    );
    svg
}
