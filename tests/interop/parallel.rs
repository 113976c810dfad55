//! A crowd at once: a thousand requests, ten numbers, ten agents; every answer is what really happens.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Stream, Visitor};
use crate::support::page::{Page, Talking};
use crate::support::switch::{self, PASSWORD, Setup, Switch};
use crate::support::{free_port, until};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

const THREADS: usize = 50;
const EACH: usize = 20;

/// Ten agents at desk phones; each visitor at an address of his own, as the proxy says.
fn setup(carrier: u16) -> Setup {
    let hash = switch::hash();
    let agents: String = (0..10)
        .map(|n| {
            format!(
                "[[firms.agents]]\nname = \"a{n}\"\npassword_hash = \"{hash}\"\nskills = {{ sales = 3 }}\n\
                 station = \"account:p{n}\"\n[[accounts]]\nuser = \"p{n}\"\npassword = \"{PASSWORD}\"\n"
            )
        })
        .collect();
    let rate = "reservations_per_minute = 1000000";
    let behind = format!("{rate}\ntrusted_proxies = [\"127.0.0.1\"]");
    Setup {
        carrier,
        more: agents,
        replace: vec![
            (rate.into(), behind),
            ("cooling_secs = 1".into(), "cooling_secs = 1\nclaim_secs = 300".into()),
        ],
    }
}

fn crowd(base: &str) -> Vec<(Visitor, u16, Value)> {
    std::thread::scope(|scope| {
        let one = |thread: usize| {
            scope.spawn(move || {
                let visitors: Vec<Visitor> = (0..EACH)
                    .map(|turn| Visitor::from_address(base, format!("10.1.{thread}.{}", turn + 1)))
                    .collect();
                let ask = |visitor: Visitor| {
                    let (status, view) = visitor.post("/v1/web/reservations", &visitor.wish("dial"));
                    (visitor, status, view)
                };
                visitors.into_iter().map(ask).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..THREADS).map(one).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("answered")).collect()
    })
}

#[test]
fn e1_a_thousand_at_once_get_ten_numbers_and_honest_answers() {
    let carrier_port = free_port();
    let switch = Switch::start(&setup(carrier_port));
    let base = switch.http();
    let mut phones: Vec<Baresip> = (0..10).map(|agent| phone(&switch, agent)).collect();
    let mut desktops: Vec<Desktop> = (0..10).map(|n| Desktop::ready(&base, &format!("a{n}"))).collect();
    let answers = crowd(&base);
    for desktop in &mut desktops {
        desktop.stream.read();
    }

    assert_eq!(answers.len(), THREADS * EACH);
    for (_, status, view) in &answers {
        assert!([200, 201].contains(status), "{status} {view}");
    }
    let ids: HashSet<&str> = answers.iter().filter_map(|(_, _, view)| view["id"].as_str()).collect();
    assert_eq!(ids.len(), answers.len(), "a reservation each");
    let mut by_mode: HashMap<&str, Vec<&(Visitor, u16, Value)>> = HashMap::new();
    for answer in &answers {
        by_mode.entry(answer.2["mode"].as_str().expect("a mode")).or_default().push(answer);
    }
    let dial = &by_mode["dial"];
    let numbers: HashSet<&str> = dial.iter().filter_map(|(_, _, view)| view["number"].as_str()).collect();
    let agents: HashSet<&str> =
        dial.iter().filter_map(|(_, _, view)| view["agent"]["display_name"].as_str()).collect();
    assert_eq!((dial.len(), numbers.len()), (10, 10), "each number once");
    assert!(by_mode.keys().all(|mode| ["dial", "browser", "ticket"].contains(mode)), "{:?}", by_mode.keys());
    for (_, _, view) in answers.iter().filter(|(_, _, view)| view["mode"] != "dial") {
        assert!(view["number"].is_null() && view["pin"].is_null(), "no number that is not his: {view}");
    }
    assert_eq!(switch.metric("warmline_numbers_held"), 10.0);
    assert_eq!(switch.metric("warmline_reservations_live"), 1_000.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    assert_eq!(agents.len(), 10, "an agent for each number");

    let mut carrier =
        Baresip::start_on(&Account { user: "+4915112345678", hz: 450.0, ..Account::default() }, carrier_port);
    let mut pages: Vec<Waiting> = by_mode["browser"]
        .iter()
        .step_by(97)
        .take(10)
        .map(|(visitor, _, view)| call(visitor, view))
        .collect();
    assert_eq!(pages.len(), 10);
    // Each agent speaks with the caller who has his number; then he takes the next of the pages that wait.
    for (visitor, _, view) in dial {
        let name = view["agent"]["display_name"].as_str().expect("an agent for each number");
        let agent: usize = name[1..].parse().expect("its number");
        talk(&switch, &mut carrier, (&mut desktops[agent], &mut phones[agent]), agent, visitor, view);
        let at = until("the agent takes one who waits", || {
            desktops[agent].stream.read();
            pages.iter().position(|page| page.media.hears(tone(agent)))
        });
        // One each: after this he takes no more.
        assert_eq!(desktops[agent].put("/v1/agent/state", &json!({ "state": "not_ready" })), 204);
        served(&mut phones[agent], pages.swap_remove(at));
    }
    assert!(pages.is_empty());
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}

/// A page whose media flows and who waits for an agent.
struct Waiting {
    visitor: Visitor,
    view: Value,
    stream: Stream,
    media: Talking,
}

/// The tone of the pages.
const PAGE_HZ: f64 = 620.0;

fn call(visitor: &Visitor, view: &Value) -> Waiting {
    let mut stream = visitor.stream(view);
    stream.view("reservation", |shown| shown["mode"] == "browser" && shown["state"] == "held");
    let page = Page::new(PAGE_HZ);
    let call = json!({ "reservation": view["id"], "token": view["token"], "sdp": page.offer() });
    let (status, answer) = visitor.post("/v1/web/calls", &call);
    assert_eq!(status, 201, "{answer}");
    let media = page.connect(answer["sdp"].as_str().expect("an answer"));
    stream.view("reservation", |shown| shown["state"] == "waiting" && shown["position"].is_u64());
    Waiting { visitor: visitor.clone(), view: view.clone(), stream, media }
}

/// One who hears the agent is heard by him, and hangs up.
fn served(phone: &mut Baresip, mut page: Waiting) {
    phone.wait("CALL_ESTABLISHED");
    phone.hears(PAGE_HZ);
    page.stream.view("reservation", |shown| shown["state"] == "talking");
    assert_eq!(page.visitor.cancel(&page.view), 204);
    phone.wait("CALL_CLOSED");
    page.stream.view("reservation", |shown| shown["state"] == "ended" && shown["reason"] == "normal");
}

fn tone(agent: usize) -> f64 {
    800.0 + agent as f64 * 100.0
}

fn phone(switch: &Switch, agent: usize) -> Baresip {
    Baresip::registered(&format!("p{agent}"), switch.sip, tone(agent))
}

/// A reserved number is dialled: its agent, with its page, and sound both ways.
fn talk(
    switch: &Switch,
    carrier: &mut Baresip,
    (desktop, phone): (&mut Desktop, &mut Baresip),
    agent: usize,
    visitor: &Visitor,
    view: &Value,
) {
    let number = view["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    let mut page = visitor.stream(view);
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.wait("CALL_ESTABLISHED");
    page.view("reservation", |shown| shown["state"] == "talking");
    desktop
        .stream
        .view("current", |current| current["state"] == "talking" && current["reservation"] == view["id"]);
    phone.hears(450.0);
    carrier.hears(tone(agent));
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    carrier.wait("CALL_CLOSED");
    page.view("reservation", |shown| shown["state"] == "ended" && shown["reason"] == "normal");
}
