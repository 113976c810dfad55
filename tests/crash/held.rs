//! Reservations: recounted against the clients' own log of what they were told.

use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::wire::Caller;
use crate::support::{free_port, random, until};
use crate::{restart, rounds};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Clients at work; each always has a request in flight.
const CLIENTS: usize = 8;
/// Requests of one client in one round at most.
const MOST: usize = 60;

/// One request of a client's, and what it was told.
struct Asked {
    visitor: Visitor,
    key: String,
    /// Id and number; none: the program died before it answered.
    told: Option<(String, String)>,
}

/// Many numbers, held for longer than the test takes; every visitor at his own address.
fn setup() -> Setup {
    let replace = [
        ("+493012345000..+493012345009", "+493055500000..+493055509999"),
        ("cooling_secs = 1", "cooling_secs = 1\nttl_secs = 86400"),
        (
            "reservations_per_minute = 1000000",
            "reservations_per_minute = 1000000\ntrusted_proxies = [\"127.0.0.1\"]",
        ),
    ];
    let mut setup = Setup::outside(free_port());
    setup.replace.extend(replace.map(|(from, to)| (from.into(), to.into())));
    setup
}

/// Sessions for a round, each from an address that had none in this minute.
fn visitors(base: &str, round: usize) -> Vec<Vec<Visitor>> {
    let client = |client: usize| {
        let address = move |turn: usize| format!("10.{round}.{client}.{}", turn + 1);
        (0..MOST).map(|turn| Visitor::from_address(base, address(turn))).collect()
    };
    (0..CLIENTS).map(client).collect()
}

fn told(view: &Value) -> (String, String) {
    let text = |name: &str| view[name].as_str().unwrap_or_default().to_string();
    (text("id"), text("number"))
}

fn ask(visitor: &Visitor, key: &str) -> Option<(u16, Value)> {
    visitor.post_text("/v1/web/reservations", &visitor.wish("dial").to_string(), Some(key))
}

/// All clients ask until the program dies under them; their own log.
fn work_until_killed(switch: &mut Switch, visitors: Vec<Vec<Visitor>>) -> Vec<Asked> {
    let log = Mutex::new(Vec::new());
    let (in_flight, dead) = (AtomicUsize::new(0), AtomicBool::new(false));
    let at_kill = std::thread::scope(|scope| {
        for mine in visitors {
            let (log, in_flight, dead) = (&log, &in_flight, &dead);
            scope.spawn(move || {
                for visitor in mine {
                    let key = format!("{:x}", random());
                    in_flight.fetch_add(1, Ordering::SeqCst);
                    let answer = ask(&visitor, &key);
                    in_flight.fetch_sub(1, Ordering::SeqCst);
                    let over = answer.is_none();
                    let told = answer.map(|(status, view)| {
                        assert_eq!(status, 201, "{view}");
                        told(&view)
                    });
                    log.lock().expect("whole").push(Asked { visitor, key, told });
                    if over || dead.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
        }
        // A hundred rounds of these must not outgrow the pool.
        let goal = (random() % 80) as usize;
        until("some are answered", || (log.lock().expect("whole").len() >= goal).then_some(()));
        let at_kill = until("all clients have a request in flight", || {
            Some(in_flight.load(Ordering::SeqCst)).filter(|&count| count >= CLIENTS)
        });
        switch.process.kill();
        dead.store(true, Ordering::SeqCst);
        at_kill
    });
    assert!(at_kill >= CLIENTS);
    log.into_inner().expect("whole")
}

/// The same request again, as a client whose answer was lost would send it: what was told holds, and no number is twice.
fn recount(base: &str, log: &mut [Asked], holders: &mut HashMap<String, String>) {
    for asked in log {
        asked.visitor.base = base.into();
        let (status, view) = ask(&asked.visitor, &asked.key).expect("answered");
        let now = told(&view);
        match &asked.told {
            Some(told) => assert_eq!((status, &now), (200, told), "acknowledged, then lost"),
            None => assert!([200, 201].contains(&status), "{status} {view}"),
        }
        assert_eq!((&view["mode"], &view["state"]), (&"dial".into(), &"held".into()), "{view}");
        let holder = holders.entry(now.1.clone()).or_insert_with(|| now.0.clone());
        assert_eq!(*holder, now.0, "a number twice");
        asked.told = Some(now);
    }
}

/// A call to a held number is this reservation's, in the hands of an agent who has logged in again.
fn routes(switch: &Switch, asked: &Asked) {
    let (id, number) = asked.told.as_ref().expect("recounted");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let trunk = Caller::at("127.0.0.1", switch.sip);
    let status = trunk.ask(&trunk.request("INVITE", number, "+4915112345678@127.0.0.1", ""));
    assert!([180, 200].contains(&status), "{status}");
    desktop.stream.came("the call is the reservation's", |message| {
        message["event"] == "agent.claimed" && message["subject"] == id.as_str()
    });
}

#[test]
fn what_was_acknowledged_is_there_after_every_kill() {
    let mut switch = Switch::start(&setup());
    let (mut all, mut holders): (Vec<Asked>, _) = (Vec::new(), HashMap::new());
    let mut lost_answers = 0;
    for round in 0..rounds() {
        let visitors = visitors(&switch.http(), round);
        let mut log = work_until_killed(&mut switch, visitors);
        lost_answers += log.iter().filter(|asked| asked.told.is_none()).count();
        switch = restart(switch);
        assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
        recount(&switch.http(), &mut log, &mut holders);
        all.extend(log);
        assert_eq!(switch.metric("warmline_numbers_held"), all.len() as f64);
    }
    assert!(lost_answers >= rounds(), "the kills hit nobody");
    recount(&switch.http(), &mut all, &mut holders);
    routes(&switch, all.last().expect("somebody asked"));
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    assert_eq!(switch.metric("warmline_panics_total"), 0.0);
}
