//! Call me: who is dialled, how often, what he hears, and what the page says when nobody talks.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{self, Desktop, Stream, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{PASSWORD, Setup, Switch};
use crate::support::wire::Carrier;
use crate::support::{free_port, until};
use serde_json::{Value, json};
use std::collections::HashSet;

const CALLEE: &str = "+4915112345678";

fn switch(carrier: u16) -> Switch {
    Switch::start(&Setup { carrier, ..Setup::default() })
}

#[test]
fn a_person_who_answers_talks_to_the_agent_who_has_the_page() {
    let carrier_port = free_port();
    let switch = switch(carrier_port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 1_150.0);
    let mut carrier =
        Baresip::start_on(&Account { user: CALLEE, hz: 450.0, ..Account::default() }, carrier_port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme("0151 12345678"));
    assert_eq!(reservation["mode"], "callme");
    let mut page = visitor.stream(&reservation);

    let shown = desktop.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["page"]["url"] == "https://shop.test/printers/42"
    });
    let rung = desktop.stream.came("the agent's phone rings", |message| message["event"] == "call.ringing");
    assert!(shown < rung, "the ring came before the page");
    carrier.wait("CALL_ESTABLISHED");
    phone.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["channel"], &current["confidence"]), (&"callme".into(), &"exact".into()));
    carrier.hears(1_150.0);
    phone.hears(450.0);

    carrier.hangup();
    phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}

/// What the page says when the carrier refuses, and after how many calls, where as many are made as may be.
fn refused(status: &str, reason: &str, calls: usize) {
    let port = free_port();
    let switch = Switch::start(&Setup::outside(port).insistent());
    let carrier = Sipp::refusing(port, status);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    desktop.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
    });
    let ended = page.view("reservation", |view| view["state"] == "ended");
    assert_eq!(ended["reason"], reason, "{status}");
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!((carrier.calls(), carrier.calls_to(CALLEE)), (calls, calls), "{status}");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}

#[test]
fn a_busy_callee() {
    refused("486 Busy Here", "busy", 3);
}

#[test]
fn a_callee_who_declines() {
    refused("603 Decline", "declined", 1);
}

#[test]
fn a_number_that_does_not_exist() {
    refused("404 Not Found", "not_found", 1);
}

/// Q.850 in a Reason header (RFC 3326), as trunks from ISDN say it.
#[test]
fn the_networks_cause_says_more_than_a_vague_status() {
    refused("480 Temporarily Unavailable\nReason: Q.850;cause=17;text=\"User busy\"", "busy", 3);
    refused("480 Temporarily Unavailable\nReason: Q.850;cause=22", "not_found", 1);
}

#[test]
fn e13_who_refuses_is_not_called_again_whatever_the_network_adds() {
    refused("603 Decline\nReason: Q.850;cause=19", "declined", 1);
    refused("486 Busy Here\nReason: Q.850;cause=21", "declined", 1);
    refused("607 Unwanted", "declined", 1);
}

#[test]
fn a_carrier_that_sends_us_elsewhere_is_not_followed() {
    // The address that it names is its own: a call there would be seen.
    refused("302 Moved Temporarily", "unreachable", 3);
}

#[test]
fn e13_a_refusal_is_final_while_who_is_busy_is_dialled_again() {
    const BUSY: &str = "+4915112345670";
    let finals = [("+4915112345671", "declined"), ("+4915112345672", "not_found")];
    let port = free_port();
    let switch = Switch::start(&Setup::outside(port).insistent());
    let carrier = Sipp::by_number(port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    // Who is busy comes last: his second and third call are later than any of the others' would have been.
    for (number, reason) in finals.into_iter().chain([(BUSY, "busy")]) {
        let visitor = Visitor::new(&switch.http());
        let reservation = visitor.reserve(&visitor.callme(number));
        let mut page = visitor.stream(&reservation);
        desktop.stream.came("the page on the desktop", |message| {
            message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
        });
        until("it is over", || {
            desktop.stream.read();
            page.read();
            page.seen.iter().any(|view| view["data"]["state"] == "ended").then_some(())
        });
        let ended = page.view("reservation", |view| view["state"] == "ended");
        assert_eq!(ended["reason"], reason);
        desktop.stream.view("me", |me| me["state"] == "ready");
    }
    let calls = [finals[0].0, finals[1].0, BUSY].map(|number| carrier.calls_to(number));
    assert_eq!(calls, [1, 1, 3]);
    switch.ends_sane();
}

#[test]
fn who_was_busy_is_dialled_again_and_talks_to_his_agent() {
    let port = free_port();
    let mut setup = Setup { carrier: port, ..Setup::default() };
    let retry = "max_attempts = 3, retry = { busy = { after_secs = 1, times = 1 } }";
    setup.replace.push(("max_attempts = 1".into(), retry.into()));
    let switch = Switch::start(&setup);
    let carrier = Sipp::busy_first(port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 1_150.0);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    until("he is called again", || {
        desktop.stream.read();
        (carrier.calls_to(CALLEE) == 2).then_some(())
    });
    phone.wait("CALL_ESTABLISHED");
    let talking = page.view("reservation", |view| view["state"] == "talking");
    assert_eq!(talking["attempts"], 2);
    phone.hangup();
    carrier.wait("BYE");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(carrier.calls(), 2);
    switch.ends_sane();
}

#[test]
fn c14_nine_while_the_agents_phone_rings_is_never_again() {
    let port = free_port();
    let switch = switch(port);
    let mut phone = Baresip::start(&Account {
        user: "alice-phone",
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        auto: false,
        ..Account::default()
    });
    let mut callee = Baresip::start_on(&Account { user: CALLEE, hz: 450.0, ..Account::default() }, port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    until("his agent's phone rings", || {
        desktop.stream.read();
        phone.has("CALL_INCOMING").then_some(())
    });
    callee.wait("CALL_ESTABLISHED");
    callee.press("9");
    callee.wait("CALL_CLOSED");
    let closed = phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "never_again");
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert!(!phone.has("CALL_ESTABLISHED"), "{closed}");
    let again = Visitor::new(&switch.http());
    let (status, problem) = again.post("/v1/web/reservations", &again.callme(CALLEE));
    assert_eq!((status, &problem["code"]), (422, &"do_not_call".into()), "{problem}");
    assert!(!callee.has("CALL_INCOMING"));
    switch.ends_sane();
}

#[test]
fn nobody_answers() {
    let carrier_port = free_port();
    let ring = ("ring_secs = 10".to_string(), "ring_secs = 2".to_string());
    let mut setup = Setup::outside(carrier_port);
    setup.replace.push(ring);
    let switch = Switch::start(&setup);
    let mut carrier =
        Baresip::start_on(&Account { user: CALLEE, auto: false, ..Account::default() }, carrier_port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    desktop.stream.came("the desktop is probed", |message| message["type"] == "probe");
    carrier.wait("CALL_INCOMING");
    page.view("reservation", |view| view["state"] == "dialing");
    let ended = page.view("reservation", |view| view["state"] == "ended");
    assert_eq!(ended["reason"], "no_answer");
    carrier.wait("CALL_CLOSED");
    desktop.stream.view("me", |me| me["state"] == "ready");
}

#[test]
fn e14_fifty_requests_for_one_number_are_one_call() {
    let port = free_port();
    let switch = Switch::start(&Setup::outside(port));
    let carrier = Carrier::start(port, "180 Ringing");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitors: Vec<Visitor> = (0..5).map(|_| Visitor::new(&switch.http())).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = |turn: usize| {
            let visitor = &visitors[turn % 5];
            let typed = ["0151 12345678", CALLEE, "0049-151-12345678"][turn % 3];
            scope.spawn(move || visitor.post("/v1/web/reservations", &visitor.callme(typed)))
        };
        let threads: Vec<_> = (0..50).map(ask).collect();
        threads.into_iter().map(|thread| thread.join().expect("answered")).collect()
    });
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 9, "of the same visitor");
    let others = answers.iter().filter(|(status, said)| *status == 409 && said["code"] == "number_waits");
    assert_eq!(others.count(), 40, "a number is no key to somebody else's request");
    let ids: HashSet<String> =
        answers.iter().filter(|(status, _)| *status < 300).map(|(_, view)| view["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "one reservation for all");
    let first = answers.iter().position(|(status, _)| *status == 201).expect("one");
    until("it is dialled", || {
        desktop.stream.read();
        (carrier.times(CALLEE) > 0).then_some(())
    });
    let again = visitors[first % 5].reserve(&visitors[first % 5].callme(CALLEE));
    assert_eq!(again["id"], answers[first].1["id"], "while it rings, too");
    assert_eq!(carrier.dialled(), [CALLEE]);
}

#[test]
fn numbers_that_are_not_allowed_are_never_dialled() {
    let port = free_port();
    let switch = Switch::start(&Setup::outside(port));
    let carrier = Carrier::start(port, "486 Busy Here");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let not_allowed = [
        "+49 900 1234567",
        "+493012345003",
        "112",
        "110",
        "+44 20 7946 0018",
        "+882 16 1234 5678",
        "+1 876 555 1234",
    ];
    for number in not_allowed {
        let (status, problem) = visitor.post("/v1/web/reservations", &visitor.callme(number));
        assert_eq!(status, 422, "{number}: {problem}");
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(["number_not_allowed", "number_invalid"].contains(&code), "{number}: {problem}");
    }
    for number in ["+493012345003", "112", "+44 20 7946 0018", "+49 900 1234567"] {
        let (_, problem) = visitor.post("/v1/web/reservations", &visitor.callme(number));
        assert_eq!(problem["code"], "number_not_allowed", "{number}");
    }
    let mut without = visitor.callme(CALLEE);
    without["consent"]["call"] = false.into();
    let (status, problem) = visitor.post("/v1/web/reservations", &without);
    assert_eq!((status, &problem["code"]), (422, &"consent_missing".into()));
    // The next good one is the first that the carrier hears of.
    visitor.reserve(&visitor.callme(CALLEE));
    until("the good one is dialled", || {
        desktop.stream.read();
        (!carrier.dialled().is_empty()).then_some(())
    });
    assert_eq!(carrier.dialled(), [CALLEE]);
}

#[test]
fn e13_a_table_of_bad_numbers_is_refused_and_no_invite_leaves() {
    let port = free_port();
    let mut setup = Setup::outside(port);
    let countries = |list: &str| format!("countries = [{list}]");
    setup.replace.push((countries("\"DE\""), countries("\"DE\", \"US\", \"GB\"")));
    let switch = Switch::start(&setup);
    let carrier = Carrier::start(port, "486 Busy Here");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let table = include_str!("../../web/coordination/tests/bad_numbers.txt");
    let rows: Vec<_> = table.lines().filter_map(|line| line.split_once('\t')).collect();
    assert!(rows.len() >= 100);
    for (number, why) in rows {
        let (status, problem) = visitor.post("/v1/web/reservations", &visitor.callme(number));
        let code = problem["code"].as_str().unwrap_or_default();
        assert_eq!(status, 422, "{number} ({why}): {problem}");
        assert!(["number_not_allowed", "number_invalid"].contains(&code), "{number} ({why}): {problem}");
    }
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    // The next good one is the first that the carrier hears of.
    visitor.reserve(&visitor.callme(CALLEE));
    until("the good one is dialled", || {
        desktop.stream.read();
        (!carrier.dialled().is_empty()).then_some(())
    });
    assert_eq!(carrier.dialled(), [CALLEE]);
}

#[test]
fn e13_who_was_called_often_enough_is_told_so_and_no_invite_leaves() {
    let port = free_port();
    let mut setup = Setup::outside(port);
    setup.replace.push(("visitor_per_hour = 1000000".into(), "visitor_per_hour = 2".into()));
    let switch = Switch::start(&setup);
    let carrier = Carrier::start(port, "603 Decline");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    for number in [CALLEE, "+4915112345679"] {
        let reservation = visitor.reserve(&visitor.callme(number));
        let mut page = visitor.stream(&reservation);
        desktop.stream.came("the page on the desktop", |message| {
            message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
        });
        page.view("reservation", |view| view["state"] == "ended");
        desktop.stream.view("me", |me| me["state"] == "ready");
    }
    let (status, problem) = visitor.post("/v1/web/reservations", &visitor.callme("+4915112345670"));
    assert_eq!((status, &problem["code"]), (429, &"callme_limited".into()), "{problem}");
    assert_eq!(carrier.dialled().len(), 2);
    assert_eq!(switch.metric("warmline_callme_limited_total{limit=\"visitor\"}"), 1.0);
}

#[test]
fn e13_each_limit_refuses_who_asks_beyond_it_and_no_invite_leaves() {
    const NEIGHBOUR: &str = "+4915112345679";
    const OTHER: &str = "+4917099999999";
    // By the limit: of whom the second request is, for which number.
    for (limit, changed, again) in [
        ("number_hour", "number_per_hour = 1", CALLEE),
        ("prefix", "prefix_digits = 8, prefix_per_hour = 1", NEIGHBOUR),
        ("site", "site_per_hour = 1", OTHER),
        ("address", "address_per_hour = 1", OTHER),
    ] {
        let port = free_port();
        let mut setup = Setup::outside(port);
        let key = changed.rsplit(", ").next().and_then(|row| row.split(' ').next()).expect("a key");
        let usual = ["1000", "1000000"].map(|most| format!("{key} = {most},"));
        setup.replace.extend(usual.map(|usual| (usual, format!("{changed},"))));
        let switch = Switch::start(&setup);
        let carrier = Carrier::start(port, "603 Decline");
        let mut desktop = Desktop::ready(&switch.http(), "alice");
        let [first, second, third] = [(); 3].map(|()| Visitor::new(&switch.http()));
        let reservation = first.reserve(&first.callme(CALLEE));
        let mut page = first.stream(&reservation);
        desktop.stream.came("the page on the desktop", |message| {
            message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
        });
        page.view("reservation", |view| view["state"] == "ended");
        desktop.stream.view("me", |me| me["state"] == "ready");
        let (status, problem) = second.post("/v1/web/reservations", &second.callme(again));
        assert_eq!(status, 429, "{limit}: {problem}");
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(["callme_limited", "callme_not_now"].contains(&code), "{limit}: {problem}");
        let counted = format!("warmline_callme_limited_total{{limit=\"{limit}\"}}");
        until("it is counted", || (switch.metric(&counted) == 1.0).then_some(()));
        // What the limit is not about is dialled: nothing else was before it.
        if again != OTHER {
            third.reserve(&third.callme(OTHER));
            until("the other one is dialled", || {
                desktop.stream.read();
                (carrier.times(OTHER) == 1).then_some(())
            });
        }
        assert_eq!((carrier.times(CALLEE), carrier.times(NEIGHBOUR)), (1, 0), "{limit}");
    }
}

#[test]
fn e13_a_program_stops_all_calling_and_lets_it_go_on() {
    let (key, hash) = warmline_web::mint_key(&[6; 32]);
    let keys = format!(
        "[[firms.keys]]\nname = \"tower\"\nsecret_sha256 = \"{hash}\"\nrights = [\"events\", \"calls\"]\n[[firms.sites]]"
    );
    let port = free_port();
    let mut setup = Setup::outside(port);
    setup.replace.push(("[[firms.sites]]".into(), keys));
    let switch = Switch::start(&setup);
    let carrier = Carrier::start(port, "180 Ringing");
    let (base, bearer) = (switch.http(), format!("Bearer {key}"));
    let mut events = Stream::open(&base, "/v1/events", &[("Authorization", &bearer)]);
    events.came("hello", |message| message["type"] == "hello");
    let mut set = |open: bool| {
        let path = format!("{base}/v1/callme/breaker");
        let (status, view) = client::command(&path, &bearer, &format!("{open}"), &json!({ "open": open }));
        assert_eq!((status, &view["open"]), (200, &open.into()), "{view}");
        let told = |event: &Value| event["type"] == "callme.breaker" && event["data"]["open"] == open;
        events.came("the breaker", told);
    };
    set(true);
    let mut desktop = Desktop::ready(&base, "alice");
    let visitor = Visitor::new(&base);
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    page.view("reservation", |view| view["state"] == "waiting");
    assert_eq!(switch.metric("warmline_callme_breaker_open "), 1.0);
    assert!(carrier.dialled().is_empty());
    set(false);
    until("he is dialled", || {
        desktop.stream.read();
        (carrier.dialled() == [CALLEE]).then_some(())
    });
}
