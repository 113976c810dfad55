//! Agents' phones outside, calls that agents make, and calls that they park, with sound at both ends.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{self, PASSWORD, Setup, Switch};
use crate::support::wire::header;
use crate::support::{audio, free_port, until};
use serde_json::{Value, json};

const CUSTOMER: f64 = 450.0;
const ALICE: f64 = 1_000.0;
const CAROL: f64 = 1_450.0;
const MOBILE: &str = "+4917011112222";
const CALLEE: &str = "+4915112345678";

/// Carol at a station of her own.
fn carol(station: &str, more: &str) -> String {
    let hash = switch::hash();
    format!(
        "[[firms.agents]]\nname = \"carol\"\npassword_hash = \"{hash}\"\nskills = {{ sales = 1 }}\nstation = \"{station}\"\n\
         {more}\n[[accounts]]\nuser = \"carol-phone\"\npassword = \"{PASSWORD}\"\n"
    )
}

/// Alice may call customers.
fn outbound() -> (String, String) {
    let station = "station = \"account:alice-phone\"";
    (station.into(), format!("{station}\noutbound = true"))
}

/// Waits until one is in the call by his desktop, which is read meanwhile.
fn talking(desktop: &mut Desktop) -> Value {
    desktop.stream.view("current", |current| current["state"] == "talking" && current["dialing"].is_null())
}

/// A customer's call to the number that his page has shown.
fn customer_calls(switch: &Switch, visitor: &Visitor, customer: &mut Baresip) {
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    customer.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
}

fn customer() -> Baresip {
    Baresip::start(&Account { user: CALLEE, hz: CUSTOMER, ..Account::default() })
}

#[test]
fn a_mobile_is_in_the_call_when_its_owner_presses_1() {
    let carrier = free_port();
    let mut mobile = Baresip::start_on(&Account { user: MOBILE, hz: CAROL, ..Account::default() }, carrier);
    let switch = Switch::start(&Setup { carrier, more: carol(MOBILE, ""), ..Setup::default() });
    let mut carol = Desktop::ready(&switch.http(), "carol");
    let visitor = Visitor::new(&switch.http());
    let mut customer = customer();
    customer_calls(&switch, &visitor, &mut customer);
    carol.stream.view("current", |current| current["state"] == "ringing");
    mobile.wait("CALL_ESTABLISHED");
    // It hears what it is asked; the customer hears ringing, and not the mobile.
    let ears = until("the mobile records", || mobile.ears());
    until("it is asked", || audio::level_at_end(&ears, 0.2).filter(|level| *level > 500.0));
    assert!(!customer.has("CALL_ESTABLISHED"), "nobody is there yet");
    mobile.press("5");
    assert!(!customer.has("CALL_ESTABLISHED"), "another key says nothing");
    mobile.press("1");
    customer.wait("CALL_ESTABLISHED");
    talking(&mut carol);
    customer.hears(CAROL);
    mobile.hears(CUSTOMER);
    customer.hangup();
    mobile.wait("CALL_CLOSED");
    switch.ends_sane();
}

#[test]
fn c5_a_desk_phone_that_is_gone_costs_the_customer_a_second() {
    let switch = Switch::start(&Setup { more: carol("account:carol-phone", ""), ..Setup::default() });
    let alices = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut carols = Baresip::registered("carol-phone", switch.sip, CAROL);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let mut carol = Desktop::ready(&switch.http(), "carol");
    // As if its cable were pulled: registered it is for an hour.
    alices.signal("-STOP");
    let mut customer = customer();
    customer.dial(&format!("sip:+493012345200@127.0.0.1:{}", switch.sip));
    until("the other phone is rung", || {
        alice.stream.read();
        carol.stream.read();
        carols.has("CALL_ESTABLISHED").then_some(())
    });
    customer.wait("CALL_ESTABLISHED");
    customer.hears(CAROL);
    assert!(alice.stream.seen.iter().any(|event| event["event"] == "call.offered"), "she was asked first");
    alice.stream.view("me", |me| me["state"] == "unreachable");
    alices.signal("-CONT");
    alice.stream.view("me", |me| me["state"] == "ready");
    customer.hangup();
    switch.ends_sane();
}

/// Alice declines, or lets it ring; Carol is the next, or there is nobody.
fn not_taken(declines: bool, next: bool) {
    let secs = if declines { "ring_secs = 60" } else { "ring_secs = 1" };
    let replace = vec![("ring_secs = 5".to_string(), secs.to_string())];
    let more = carol("account:carol-phone", "");
    let switch = Switch::start(&Setup { more, replace, ..Setup::default() });
    let mut alices = Baresip::start(&Account {
        user: "alice-phone",
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        auto: false,
        hz: ALICE,
        ..Account::default()
    });
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let mut customer = customer();
    customer_calls(&switch, &visitor, &mut customer);
    let mut carols = Baresip::registered("carol-phone", switch.sip, CAROL);
    let mut carol = next.then(|| Desktop::ready(&switch.http(), "carol"));
    until("her phone rings", || {
        alice.stream.read();
        alices.has("CALL_INCOMING").then_some(())
    });
    assert!(!carols.has("CALL_INCOMING"));
    if declines {
        alices.hangup();
    }
    let paused = alice.stream.view("me", |me| me["state"] == "not_ready");
    assert!(paused["notice"]["code"].is_string(), "and is told why: {paused}");
    alices.wait("CALL_CLOSED");
    if let Some(carol) = &mut carol {
        let shown = carol.stream.came("the page", |message| {
            message["view"] == "current" && message["data"]["page"]["title"] == "Printer 42"
        });
        let rung = carol.stream.came("her ring", |message| message["event"] == "call.ringing");
        assert!(shown < rung, "the ring came before the page");
        talking(carol);
        customer.hears(CAROL);
        carols.hears(CUSTOMER);
        assert!(!alices.has("CALL_INCOMING"));
    } else {
        customer.wait("CALL_ESTABLISHED");
        until("music, never silence", || {
            audio::level_at_end(&customer.ears()?, 0.5).filter(|level| *level > 1_000.0)
        });
    }
    customer.hangup();
    switch.ends_sane();
}

#[test]
fn e8_who_declines_is_paused_and_the_next_has_the_page_before_the_ring() {
    not_taken(true, true);
}

#[test]
fn e8_who_lets_it_ring_is_paused_and_the_next_has_the_page_before_the_ring() {
    not_taken(false, true);
}

#[test]
fn e8_where_nobody_else_is_there_the_caller_hears_music() {
    not_taken(true, false);
}

#[test]
fn a_voicemail_that_answers_leaves_the_customer_to_the_next() {
    let carrier = free_port();
    let mut voicemail =
        Baresip::start_on(&Account { user: MOBILE, hz: CAROL, ..Account::default() }, carrier);
    let switch = Switch::start(&Setup { carrier, more: carol(MOBILE, ""), ..Setup::default() });
    let mut carol = Desktop::ready(&switch.http(), "carol");
    let visitor = Visitor::new(&switch.http());
    let mut customer = customer();
    customer_calls(&switch, &visitor, &mut customer);
    voicemail.wait("CALL_ESTABLISHED");
    // It speaks on and never presses a key, until it is hung up.
    let _phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    until("it is hung up", || {
        carol.stream.read();
        alice.stream.read();
        voicemail.has("CALL_CLOSED").then_some(())
    });
    talking(&mut alice);
    carol.stream.view("me", |me| me["state"] == "not_ready" && me["notice"]["code"] == "unanswered");
    customer.hears(ALICE);
    let ears = customer.ears().expect("recorded");
    assert!(!audio::heard(&ears, CAROL), "no customer hears a machine");
    customer.hangup();
    switch.ends_sane();
}

#[test]
fn an_agent_calls_a_customer() {
    let carrier_port = free_port();
    let firm = "name = \"acme\"\n".to_owned();
    let shown = format!("{firm}caller_ids = [\"+493012345000\", \"+493012345003\"]\n");
    let replace = vec![outbound(), (firm, shown)];
    let switch = Switch::start(&Setup { carrier: carrier_port, replace, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut carrier =
        Baresip::start_on(&Account { user: CALLEE, hz: CUSTOMER, ..Account::default() }, carrier_port);
    let mut alice = Desktop::login(&switch.http(), "alice");
    let ids = alice.stream.view("me", |me| me["outbound"] == true && me["phone"] == true);
    assert_eq!(ids["caller_ids"][0]["number"], "+493012345000");
    for (body, status, code) in [
        (json!({ "number": "0900 1234567" }), 422, "number_not_allowed"),
        (json!({ "number": "112" }), 422, "number_not_allowed"),
        (json!({ "number": CALLEE, "caller_id": "+4930999" }), 422, "caller_id_not_allowed"),
    ] {
        assert_eq!(alice.post("/v1/agent/call", &body), status, "{code}");
    }
    // Not the first of them: it is her choice.
    let shown = json!({ "number": "0151 12345678", "caller_id": "+493012345003" });
    assert_eq!(alice.post("/v1/agent/call", &shown), 204);
    phone.wait("CALL_ESTABLISHED");
    let established = carrier.wait("CALL_ESTABLISHED");
    assert!(established["peeruri"].as_str().unwrap_or_default().contains("+493012345003"), "{established}");
    let current = talking(&mut alice);
    assert_eq!(current["channel"], "outbound");
    carrier.hears(ALICE);
    phone.hears(CUSTOMER);
    carrier.hangup();
    phone.wait("CALL_CLOSED");
    alice.stream.view("me", |me| me["state"] == "not_ready");
    switch.ends_sane();
}

/// The INVITE that Alice's phone gets of a call: one that her customer has asked for, or one that comes in.
fn invited(auto_answer: &str, wish: &str) -> String {
    let ports = [free_port(), free_port()];
    let phone = Sipp::ringing(ports[0]);
    let _customers = Sipp::answering_at_once(ports[1]);
    let more = format!("[[trunks]]\nname = \"desk\"\npeers = [\"127.0.0.1:{}\"]\nping_secs = 0\n", ports[0]);
    let station = "station = \"account:alice-phone\"";
    let desk = format!("station = \"extension:desk/11\"\n{auto_answer}");
    let replace = vec![(station.to_owned(), desk)];
    let switch = Switch::start(&Setup { carrier: ports[1], more, replace });
    let _alice = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let mut dialled = customer();
    match wish {
        "callme" => _ = visitor.reserve(&visitor.callme(CALLEE)),
        _ => customer_calls(&switch, &visitor, &mut dialled),
    }
    phone.wait("INVITE")
}

#[test]
fn a_phone_is_asked_to_answer_by_itself_where_somebody_wished_for_the_call() {
    let ask = |invite: &str| (header(invite, "Call-Info"), header(invite, "Alert-Info"));
    let auto = (
        Some("<sip:auto.invalid>;answer-after=0".to_owned()),
        Some("<sip:auto.invalid>;info=alert-autoanswer;delay=0".to_owned()),
    );
    assert_eq!(ask(&invited("", "callme")), auto, "a call that was asked for");
    assert_eq!(ask(&invited("", "dial")), (None, None), "one that comes in");
    assert_eq!(ask(&invited("auto_answer = \"always\"", "dial")), auto);
    assert_eq!(ask(&invited("auto_answer = \"never\"", "callme")), (None, None));
}

#[test]
fn an_agent_hears_that_a_customer_is_busy() {
    let carrier = free_port();
    let switch = Switch::start(&Setup { carrier, replace: vec![outbound()], ..Setup::default() });
    let busy = Sipp::refusing(carrier, "486 Busy Here");
    let mut phone = Baresip::registered("alice-phone", switch.sip, ALICE);
    let mut alice = Desktop::login(&switch.http(), "alice");
    alice.stream.view("me", |me| me["phone"] == true);
    assert_eq!(alice.post("/v1/agent/call", &json!({ "number": CALLEE })), 204);
    phone.wait("CALL_ESTABLISHED");
    phone.wait("CALL_CLOSED");
    alice.stream.view("me", |me| me["notice"]["code"] == "line_busy" && me["state"] == "not_ready");
    assert_eq!(busy.calls(), 1);
}

#[test]
fn a_parked_customer_is_taken_up_from_the_desktop_and_from_a_desk_phone() {
    let more = carol("account:carol-phone", "");
    let switch = Switch::start(&Setup { more, ..Setup::default() });
    let mut phones = [
        Baresip::registered("alice-phone", switch.sip, ALICE),
        Baresip::registered("carol-phone", switch.sip, CAROL),
    ];
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let mut customer = customer();
    customer_calls(&switch, &visitor, &mut customer);
    talking(&mut alice);
    customer.hears(ALICE);
    // Parked: music, and everybody sees it.
    assert_eq!(alice.post("/v1/agent/park", &json!({})), 204);
    phones[0].wait("CALL_CLOSED");
    let ears = customer.ears().expect("recorded");
    until("music", || (audio::recent(&ears, 1.0, ALICE) < 0.01).then_some(()));
    until("music", || audio::level_at_end(&ears, 1.0).filter(|level| *level > 1_000.0));
    let mut carol = Desktop::login(&switch.http(), "carol");
    let parked = carol.stream.view("parked", |rows| rows[0]["slot"] == 701);
    assert_eq!(parked[0]["by"], "Alice");
    carol.stream.view("me", |me| me["phone"] == true);
    // Carol takes him up; her phone answers by itself.
    assert_eq!(carol.post("/v1/agent/unpark", &json!({ "slot": 701 })), 204);
    let current = talking(&mut carol);
    assert_eq!((&current["page"]["title"], &current["from"]), (&"Printer 42".into(), &"Alice".into()));
    customer.hears(CAROL);
    assert_eq!(alice.post("/v1/agent/unpark", &json!({ "slot": 701 })), 409);
    // And back: Alice dials the slot.
    assert_eq!(carol.post("/v1/agent/park", &json!({})), 204);
    alice.stream.view("parked", |rows| rows[0]["slot"] == 701 && rows[0]["by"] == "Carol");
    alice.stream.view("me", |me| me["state"] == "ready");
    phones[0].dial("sip:701@warmline");
    phones[0].wait("CALL_ESTABLISHED");
    let current = talking(&mut alice);
    assert_eq!((&current["page"]["title"], &current["from"]), (&"Printer 42".into(), &"Carol".into()));
    let ears = customer.ears().expect("recorded");
    until("Alice again", || (audio::recent(&ears, 1.0, ALICE) > 0.6).then_some(()));
    phones[0].hears(CUSTOMER);
    customer.hangup();
    phones[0].wait("CALL_CLOSED");
    switch.ends_sane();
}
