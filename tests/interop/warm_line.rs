//! The warm line: phones that are lifted speak with who is on their agents' screens.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::wire::Caller;
use crate::support::{audio, free_port, until};
use serde_json::json;

const CUSTOMER: f64 = 450.0;
const AGENT: f64 = 1_000.0;
const MOBILE: &str = "+4917011112222";
const CUSTOMERS: &str = "+4915112345678";
const LINE: &str = "+493012345900";

fn warm(carrier: u16, station: &str, more: &str) -> Setup {
    let replace = vec![
        (
            "name = \"acme\"".into(),
            format!("name = \"acme\"\nwarm_line = 700\nwarm_line_number = \"{LINE}\""),
        ),
        ("wrapup_secs = 1".into(), "wrapup_secs = 60".into()),
        ("station = \"account:alice-phone\"".into(), format!("station = \"{station}\"\n{more}")),
    ];
    Setup { carrier, replace, ..Setup::default() }
}

/// The customer has called and has hung up again; his record is on Alice's screen.
fn wrapping_up(switch: &Switch, alice: &mut Desktop, answers: impl FnOnce()) {
    let visitor = Visitor::new(&switch.http());
    let mut customer = Baresip::start(&Account { user: CUSTOMERS, hz: CUSTOMER, ..Account::default() });
    let reservation = visitor.reserve(&visitor.wish("dial"));
    let number = reservation["number"].as_str().expect("a number");
    customer.dial(&format!("sip:{number}@127.0.0.1:{}", switch.sip));
    answers();
    alice.stream.view("current", |current| current["state"] == "talking");
    customer.hangup();
    alice.stream.view("me", |me| me["state"] == "wrapup");
}

/// The telephone that the carrier reaches from now on.
fn customers(user: &str, carrier: u16) -> Baresip {
    Baresip::start_on(&Account { user, hz: CUSTOMER, ..Account::default() }, carrier)
}

/// She has a desk phone, which is free again, as the customer's is.
fn at_a_desk() -> (Switch, Desktop, Baresip, Baresip) {
    let carrier = free_port();
    let switch = Switch::start(&warm(carrier, "account:alice-phone", ""));
    let mut phone = Baresip::registered("alice-phone", switch.sip, AGENT);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    wrapping_up(&switch, &mut alice, || ());
    phone.wait("CALL_CLOSED");
    (switch, alice, phone, customers(CUSTOMERS, carrier))
}

/// She and whom she has called hear each other.
fn joined(alice: &mut Desktop, phone: &Baresip, called: &Baresip) {
    let current = alice
        .stream
        .view("current", |current| current["channel"] == "outbound" && current["dialing"].is_null());
    assert_eq!(current["state"], "talking");
    called.hears(AGENT);
    phone.hears(CUSTOMER);
}

#[test]
fn a_desk_phone_that_is_lifted_calls_the_customer_on_the_screen() {
    let (switch, mut alice, mut phone, mut called) = at_a_desk();
    phone.dial("sip:700@warmline");
    let established = called.wait("CALL_ESTABLISHED");
    assert!(established["peeruri"].as_str().unwrap_or_default().contains("+49301234500"), "{established}");
    joined(&mut alice, &phone, &called);
    called.hangup();
    alice.stream.view("me", |me| me["state"] == "wrapup");
    switch.ends_sane();
}

/// The same where her phone is a mobile.
fn at_a_mobile(code: &str) -> (Switch, Desktop, Baresip) {
    let carrier = free_port();
    let switch = Switch::start(&warm(carrier, MOBILE, &format!("confirm = false\n{code}")));
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let mut mobile = Baresip::start_on(&Account { user: MOBILE, hz: AGENT, ..Account::default() }, carrier);
    wrapping_up(&switch, &mut alice, || drop(mobile.wait("CALL_ESTABLISHED")));
    mobile.wait("CALL_CLOSED");
    drop(mobile);
    let called = Baresip::start_on(&Account { user: CUSTOMERS, hz: CUSTOMER, ..Account::default() }, carrier);
    (switch, alice, called)
}

/// Her mobile, from where it calls the line.
fn calls_the_line(switch: &Switch) -> Baresip {
    let mut mobile = Baresip::start(&Account { user: MOBILE, hz: AGENT, ..Account::default() });
    mobile.dial(&format!("sip:{LINE}@127.0.0.1:{}", switch.sip));
    mobile
}

#[test]
fn a_mobile_on_the_warm_line_keys_its_code_before_anybody_is_called() {
    let (switch, mut alice, mut called) = at_a_mobile("warm_line_code = \"2468\"");
    let mut mobile = calls_the_line(&switch);
    mobile.wait("CALL_ESTABLISHED");
    let ears = until("the mobile records", || mobile.ears());
    until("it is asked", || audio::level_at_end(&ears, 0.2).filter(|level| *level > 500.0));
    mobile.press("1");
    mobile.press("3");
    assert!(!called.has("CALL_ESTABLISHED"), "nobody is called yet");
    for key in ["2", "4", "6", "8"] {
        mobile.press(key);
    }
    called.wait("CALL_ESTABLISHED");
    joined(&mut alice, &mobile, &called);
    mobile.hangup();
    called.wait("CALL_CLOSED");
    switch.ends_sane();
}

#[test]
fn a_mobile_without_a_code_is_known_by_its_number_and_calls_the_customer_on_the_screen() {
    let (switch, mut alice, mut called) = at_a_mobile("");
    let mut mobile = calls_the_line(&switch);
    let established = called.wait("CALL_ESTABLISHED");
    assert!(established["peeruri"].as_str().unwrap_or_default().contains("+49301234500"), "{established}");
    joined(&mut alice, &mobile, &called);
    called.hangup();
    mobile.wait("CALL_CLOSED");
    alice.stream.view("me", |me| me["state"] == "wrapup");
    switch.ends_sane();
}

#[test]
fn a_telephone_that_is_no_agents_reaches_nobody_on_the_warm_line() {
    let (switch, mut alice, mut called) = at_a_mobile("");
    let stranger = "P-Asserted-Identity: <sip:+4917099999999@carrier.test;user=phone>\r\n";
    for (from, more) in [
        ("+4917099999999@carrier.test", ""),
        ("anonymous@anonymous.invalid", ""),
        // Hers, as he says; the network says otherwise, or was asked to say nothing.
        (&format!("{MOBILE}@carrier.test"), stranger),
        (&format!("{MOBILE}@carrier.test"), "Privacy: id\r\n"),
    ] {
        let caller = Caller::at("127.0.0.1", switch.sip);
        let invite = caller.request("INVITE", LINE, from, more);
        assert_eq!(caller.ask(&invite), 404, "{from} {more}");
    }
    let me = alice.stream.view("me", |me| me["state"] == "wrapup");
    assert_eq!((&me["notice"], &me["warm_line"]), (&json!(null), &json!([])), "she sees nothing of it");
    assert!(!called.has("CALL_INCOMING"));
    // What they were refused is there for her.
    let mobile = calls_the_line(&switch);
    joined(&mut alice, &mobile, &called);
    called.hangup();
    switch.ends_sane();
}

/// Requests to be called are looked at first, and started by the phone that is lifted; those of orders are dialled at once.
fn looked_at_first(carrier: u16) -> Setup {
    let mut setup = warm(carrier, "account:alice-phone", "");
    let queues = "callme_mode = \"preview\"\n\
                  [[firms.queues]]\nname = \"orders\"\nskills = [\"sales\"]\nring_secs = 5\nwrapup_secs = 1\n\
                  [[firms.rules]]\nname = \"orders\"\nwhen = \"page.path.startsWith('/orders/')\"\n\
                  then = { queue = \"orders\" }";
    setup.replace.push(("wrapup_secs = 60".into(), format!("wrapup_secs = 60\n{queues}")));
    setup
}

#[test]
fn who_asked_to_be_called_is_called_on_the_warm_line_and_the_next_one_by_himself() {
    const NEXT: &str = "+4915187654321";
    let carrier = free_port();
    let switch = Switch::start(&looked_at_first(carrier));
    let mut phone = Baresip::registered("alice-phone", switch.sip, AGENT);
    let mut customer = customers(CUSTOMERS, carrier);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CUSTOMERS));
    let mut page = visitor.stream(&reservation);
    let current = alice.stream.view("current", |current| !current["job"]["preview_until"].is_null());
    assert_eq!((&current["reservation"], &current["state"]), (&reservation["id"], &"claimed".into()));
    assert!(!customer.has("CALL_INCOMING"), "she has not lifted her phone");

    phone.dial("sip:700@warmline");
    customer.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    let current = alice.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(current["reservation"], reservation["id"], "his page stays on her screen");
    customer.hears(AGENT);
    phone.hears(CUSTOMER);
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);

    // Somebody else asks meanwhile.
    let other = Visitor::new(&switch.http());
    let mut wish = other.callme(NEXT);
    wish["page"]["url"] = "https://shop.test/orders/7".into();
    let next = other.reserve(&wish);
    assert_eq!(next["state"], "waiting");
    let mut nexts = other.stream(&next);
    customer.hangup();
    phone.wait("CALL_CLOSED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    alice.stream.view("me", |me| me["state"] == "wrapup");
    assert_eq!(switch.metric("warmline_jobs_open"), 1.0);

    drop(customer);
    let mut customer = customers(NEXT, carrier);
    assert_eq!(alice.post("/v1/agent/wrapup-done", &json!({})), 204);
    let current = alice.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["reservation"], &current["page"]["url"]), (&next["id"], &wish["page"]["url"]));
    customer.wait("CALL_ESTABLISHED");
    phone.wait("CALL_ESTABLISHED");
    nexts.view("reservation", |view| view["state"] == "talking");
    customer.hears(AGENT);
    phone.hears(CUSTOMER);
    phone.hangup();
    customer.wait("CALL_CLOSED");
    nexts.view("reservation", |view| view["state"] == "ended" && view["reason"] == "normal");
    alice.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    switch.ends_sane();
}

#[test]
fn who_asks_to_be_called_and_is_called_in_her_wrap_up_is_not_called_again() {
    let (switch, mut alice, mut phone, mut called) = at_a_desk();
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CUSTOMERS));
    assert_eq!(reservation["state"], "waiting", "she has not done with him");
    let mut page = visitor.stream(&reservation);
    phone.dial("sip:700@warmline");
    called.wait("CALL_ESTABLISHED");
    joined(&mut alice, &phone, &called);
    called.hangup();
    page.view("reservation", |view| view["state"] == "ended");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    assert_eq!(alice.post("/v1/agent/wrapup-done", &json!({})), 204);
    alice.stream.view("me", |me| me["state"] == "ready");
    assert!(!called.has("CALL_INCOMING"), "once is enough");
    switch.ends_sane();
}
