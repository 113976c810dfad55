//! Calls to reserved numbers, many at a time: whether the agent's page was drawn before his phone rang first, and how long before.
//! The desktops are protocol clients, which draw at once; Chromium's are in `tests/browser/bench/pages.mjs`.

use crate::configuration::{self, MANY_PORTS, Wish, port};
use crate::phone::Phone;
use crate::report::{figure, note, percentile, title};
use crate::support::client::{Desktop, Stream, Visitor};
use crate::support::switch::PASSWORD;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CALLS: usize = 10_000;
/// Fewer callers than agents: each request finds one who is free.
const AGENTS: usize = 20;
const CALLERS: usize = 14;
/// Of a caller between two calls: a desktop that says more than 20 things a second is taken for broken.
const PACE: Duration = Duration::from_millis(200);

/// What one agent's desktop has drawn for the contact in hand, and when.
type Drawn = Arc<Mutex<Option<Instant>>>;

pub fn run() {
    title("pages: whether the page is drawn before the first ring, with protocol clients as desktops");
    note(&format!("{CALLS} calls, {CALLERS} at a time at most, {AGENTS} agents at SIP phones"));
    let carrier = port();
    let switch =
        configuration::start(&Wish { rtp_ports: MANY_PORTS, carrier, more: people(), ..Wish::default() });
    let (base, sip) = (switch.http(), switch.sip);
    let ended = Arc::new(AtomicBool::new(false));
    let leads = Arc::new(Mutex::new(Vec::with_capacity(CALLS)));
    let without = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for agent in 0..AGENTS {
            let mut phone = Phone::bind(port(), sip);
            phone.register(&format!("phone-{agent}"));
            let desktop = Desktop::ready(&base, &format!("agent-{agent}"));
            let drawn = Drawn::default();
            let (told, stop) = (Arc::clone(&drawn), Arc::clone(&ended));
            scope.spawn(move || draw(desktop.stream, &told, &stop));
            let (leads, without, stop) = (Arc::clone(&leads), Arc::clone(&without), Arc::clone(&ended));
            scope.spawn(move || {
                phone.answer_all(&stop, |rang| match *drawn.lock().expect("whole") {
                    Some(at) if at <= rang => {
                        leads.lock().expect("whole").push((rang - at).as_micros() as u32)
                    }
                    _ => drop(without.fetch_add(1, Ordering::Relaxed)),
                });
            });
        }
        let next = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (base, next) = (base.clone(), Arc::clone(&next));
                scope.spawn(move || dial(&base, sip, &format!("10.2.0.{caller}"), &next))
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().expect("it dialled"));
        ended.store(true, Ordering::Relaxed);
    });
    let secs = start.elapsed().as_secs_f64();
    let mut leads = std::mem::take(&mut *leads.lock().expect("whole"));
    leads.sort_unstable();
    let rang = leads.len() + without.load(Ordering::Relaxed);
    note(&format!("{rang} rings, {} calls a second", figure(rang as f64 / secs)));
    note(&format!(
        "page drawn before the first ring, protocol client: {} of {rang} ({:.3} %)",
        leads.len(),
        100.0 * leads.len() as f64 / rang as f64
    ));
    let ms = |share| figure(percentile(&leads, share) / 1000.0);
    note(&format!("… by: least {}, p5 {}, p50 {}, most {} ms", ms(0.0), ms(0.05), ms(0.5), ms(1.0)));
    configuration::stop(switch);
}

fn people() -> String {
    let hash = warmline::cli::hash(PASSWORD).expect("hashed");
    let mut text = String::new();
    for index in 0..AGENTS {
        let _ = writeln!(
            text,
            "[[firms.agents]]\nname = \"agent-{index}\"\npassword_hash = \"{hash}\"\nskills = {{ sales = 3 }}\n\
             station = \"account:phone-{index}\""
        );
    }
    for index in 0..AGENTS {
        let _ = writeln!(text, "[[accounts]]\nuser = \"phone-{index}\"\npassword = \"{PASSWORD}\"");
    }
    text
}

/// A desktop that draws what it is shown and answers what it is asked, until the end.
fn draw(mut stream: Stream, drawn: &Drawn, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        let Some(message) = stream.take().filter(|message| message["view"] == "current") else { continue };
        let mut drawn = drawn.lock().expect("whole");
        match message["data"]["state"].as_str() {
            // Its word that it has drawn is under way since it was read.
            Some("claimed") => *drawn = drawn.or(Some(Instant::now())),
            Some("ringing" | "talking" | "wrapup") => {}
            _ => *drawn = None,
        }
    }
}

/// One caller, at an address of his own: a number, a call to it, and again until there were enough.
fn dial(base: &str, sip: u16, address: &str, next: &AtomicUsize) {
    let visitor = Visitor::from_address(base, address.to_owned());
    let mut phone = Phone::bind(port(), sip);
    while next.fetch_add(1, Ordering::Relaxed) < CALLS {
        let reservation = visitor.reserve(&visitor.wish("dial"));
        let number = reservation["number"].as_str().expect("a number").to_owned();
        let (session, _) = phone.invite(&number, 40_000);
        phone.answered();
        phone.bye(session);
        phone.settle(PACE);
    }
}
