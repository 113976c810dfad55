//! Journey 1: a reserved number, a carrier's call to it, the agent whose desktop has the page.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::hook::Hook;
use crate::support::switch::{PASSWORD, Setup, Switch};
use crate::support::{audio, free_port, random, until};

/// Two frequencies of this run, far enough apart.
fn tones() -> (f64, f64) {
    let random = random();
    (400.0 + (random % 8) as f64 * 50.0, 1_000.0 + (random / 8 % 8) as f64 * 50.0)
}

#[test]
fn a_call_to_a_reserved_number_reaches_the_agent_who_has_the_page() {
    let carrier_port = free_port();
    let switch = Switch::start(&Setup { carrier: carrier_port, ..Setup::default() });
    let (caller_hz, agent_hz) = tones();
    let mut phone = Baresip::start(&Account {
        user: "alice-phone",
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        auto: false,
        hz: agent_hz,
        ..Account::default()
    });
    let mut carrier = Baresip::start_on(
        &Account { user: "+4915112345678", hz: caller_hz, ..Account::default() },
        carrier_port,
    );
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    assert_eq!(reservation["mode"], "dial");
    assert_eq!(reservation["agent"]["display_name"], "Alice");
    let current = desktop.stream.view("current", |current| current["state"] == "claimed");
    assert_eq!(current["page"]["url"], "https://shop.test/printers/42");
    let mut page = visitor.stream(&reservation);

    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    until("the phone rings", || {
        desktop.stream.read();
        phone.has("CALL_INCOMING").then_some(())
    });
    page.view("reservation", |view| view["state"] == "ringing");
    assert!(!carrier.has("CALL_ESTABLISHED"), "answered before the agent did");
    phone.accept();
    carrier.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    carrier.hears(agent_hz);
    phone.hears(caller_hz);

    // When the agent falls silent, so does what the caller hears: within 300 ms of media.
    phone.command("mute", "");
    let (said, ears) = (phone.said().expect("recorded"), carrier.ears().expect("recorded"));
    until("the agent's silence is heard", || audio::level_at_end(&ears, 0.5).filter(|level| *level < 100.0));
    let (said, heard) = (audio::heard_at(&said, agent_hz).len(), audio::heard_at(&ears, agent_hz).len());
    assert!(heard > 0 && heard <= said + 3, "{heard} tenths of a second were heard, {said} were said");
    phone.command("mute", "");
    until("the agent is heard again", || (audio::heard_at(&ears, agent_hz).len() > heard + 5).then_some(()));

    desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(desktop.post("/v1/agent/mute", &serde_json::json!({ "on": true })), 204);
    let ears = carrier.ears().expect("recorded");
    until("the mute is heard", || audio::level_at_end(&ears, 0.3).filter(|level| *level < 100.0));

    carrier.hangup();
    phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    until("the number is free again", || (switch.metric("warmline_numbers_held") == 0.0).then_some(()));
}

/// The points of a firm's house (G p. 12–13): who is told one dials it, from his desk phone or through a switch that puts a host of
/// its own behind it.
#[test]
fn an_extension_and_an_address_are_routing_points_like_a_number() {
    let carrier_port = free_port();
    let points = "numbers = [\"8001\", \"sip:help-1@shop.test\"]";
    let replace = vec![("numbers = [\"+493012345000..+493012345009\"]".to_string(), points.to_string())];
    let switch = Switch::start(&Setup { carrier: carrier_port, replace, ..Setup::default() });
    let account = |user, hz| Account {
        user,
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        hz,
        ..Account::default()
    };
    let mut phone = Baresip::start(&account("alice-phone", 1_000.0));
    let mut inside = Baresip::start(&account("201", 450.0));
    let mut carrier =
        Baresip::start_on(&Account { user: "+4915112345678", hz: 650.0, ..Account::default() }, carrier_port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    for (turn, shown) in [(0, "8001"), (1, "help-1@shop.test")] {
        let visitor = Visitor::new(&switch.http());
        let reservation = visitor.reserve(&visitor.wish("dial"));
        assert_eq!(reservation["number_display"], shown);
        let number = reservation["number"].as_str().expect("a point");
        let user = number.trim_start_matches("sip:").split('@').next().expect("a user");
        let (caller, hz) = if turn == 0 { (&mut inside, 450.0) } else { (&mut carrier, 650.0) };
        caller.dial(&format!("sip:{user}@127.0.0.1:{}", switch.sip));
        until("the phone answers", || {
            desktop.stream.read();
            phone.has("CALL_ESTABLISHED").then_some(())
        });
        phone.wait("CALL_ESTABLISHED");
        let current = desktop.stream.view("current", |current| current["state"] == "talking");
        assert_eq!((&current["confidence"], &current["reservation"]), (&"exact".into(), &reservation["id"]));
        caller.wait("CALL_ESTABLISHED");
        caller.hears(1_000.0);
        phone.hears(hz);
        caller.hangup();
        phone.wait("CALL_CLOSED");
        desktop.stream.view("me", |me| me["state"] == "ready");
    }
    switch.ends_sane();
}

#[test]
fn e23_a_crm_that_hangs_keeps_no_phone_from_ringing() {
    let crm = Hook::hanging();
    let port = free_port();
    let more = format!("[firms.lookup]\n{}", crm.keys());
    let switch = Switch::start(&Setup { carrier: port, more, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 1_000.0);
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    let mut carrier = Baresip::start_on(&caller, port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    carrier.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    // It is asked about the request, and about his number; it says nothing to either.
    until("the phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    carrier.hears(1_000.0);
    phone.hears(450.0);
    let asked = until("it is asked about the call", || {
        let posts = crm.posts();
        posts.iter().any(|post| !post.json()["call"].is_null()).then_some(posts)
    });
    assert!(asked.iter().all(|post| post.is_signed() && post.json()["type"] == "lookup"), "{asked:?}");
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["page"]["title"]), (&"exact".into(), &"Printer 42".into()));
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    switch.ends_sane();
}
