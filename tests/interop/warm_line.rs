//! The warm line: phones that are lifted speak with who is on their agents' screens.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::{audio, free_port, until};

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

#[test]
fn a_desk_phone_that_is_lifted_calls_the_customer_on_the_screen() {
    let carrier = free_port();
    let switch = Switch::start(&warm(carrier, "account:alice-phone", ""));
    let mut phone = Baresip::registered("alice-phone", switch.sip, AGENT);
    let mut alice = Desktop::ready(&switch.http(), "alice");
    wrapping_up(&switch, &mut alice, || ());
    phone.wait("CALL_CLOSED");
    let mut called =
        Baresip::start_on(&Account { user: CUSTOMERS, hz: CUSTOMER, ..Account::default() }, carrier);
    phone.dial("sip:700@warmline");
    let established = called.wait("CALL_ESTABLISHED");
    assert!(established["peeruri"].as_str().unwrap_or_default().contains("+49301234500"), "{established}");
    let current = alice
        .stream
        .view("current", |current| current["channel"] == "outbound" && current["dialing"].is_null());
    assert_eq!(current["state"], "talking");
    called.hears(AGENT);
    phone.hears(CUSTOMER);
    called.hangup();
    alice.stream.view("me", |me| me["state"] == "wrapup");
    switch.ends_sane();
}

#[test]
fn a_mobile_on_the_warm_line_keys_its_code_before_anybody_is_called() {
    let carrier = free_port();
    let switch = Switch::start(&warm(carrier, MOBILE, "confirm = false\nwarm_line_code = \"2468\""));
    let mut alice = Desktop::ready(&switch.http(), "alice");
    let mut mobile = Baresip::start_on(&Account { user: MOBILE, hz: AGENT, ..Account::default() }, carrier);
    wrapping_up(&switch, &mut alice, || drop(mobile.wait("CALL_ESTABLISHED")));
    mobile.wait("CALL_CLOSED");
    drop(mobile);
    // The same mobile, from where it calls; what it calls is the customer's.
    let mut called =
        Baresip::start_on(&Account { user: CUSTOMERS, hz: CUSTOMER, ..Account::default() }, carrier);
    let mut mobile = Baresip::start(&Account { user: MOBILE, hz: AGENT, ..Account::default() });
    mobile.dial(&format!("sip:{LINE}@127.0.0.1:{}", switch.sip));
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
    alice.stream.view("current", |current| current["channel"] == "outbound" && current["dialing"].is_null());
    called.hears(AGENT);
    mobile.hears(CUSTOMER);
    mobile.hangup();
    called.wait("CALL_CLOSED");
    switch.ends_sane();
}
