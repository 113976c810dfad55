//! What a carrier says of a caller's number: shown on the desktop where it is his, and asked for the PIN where it is not.

use crate::support::baresip::Baresip;
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until};

/// A caller whose identity the carrier asserts so; `proves`: he presses his page's PIN. What the agent then sees of him.
fn called(asserted: &str, proves: bool) -> serde_json::Value {
    let carrier = free_port();
    let switch = Switch::start(&Setup { carrier, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    desktop.stream.view("current", |current| current["state"] == "claimed");
    let number = reservation["number"].as_str().expect("a number");
    let keys = if proves { reservation["pin"].as_str().expect("a PIN") } else { "" };
    let caller = Sipp::calling(carrier, switch.sip, number, asserted, keys);
    until("the agent's phone answers", || {
        desktop.stream.read();
        phone.has("CALL_ESTABLISHED").then_some(())
    });
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    phone.hangup();
    caller.wait("BYE");
    switch.ends_sane();
    let proved = switch.metric("warmline_pins_total{right=\"yes\"}");
    assert_eq!(proved, f64::from(u8::from(proves)), "whether he was asked, and let through by his PIN");
    current
}

#[test]
fn e4_a_number_that_the_carrier_confirms_is_shown_so() {
    let current = called("<tel:+4915112345678;verstat=TN-Validation-Passed-A>", false);
    assert_eq!((&current["verified"], &current["confidence"]), (&"passed".into(), &"exact".into()));
}

#[test]
fn e4_a_number_that_is_not_the_callers_is_asked_for_the_pin() {
    let current = called("<sip:+4915112345678@carrier.test;user=phone;verstat=TN-Validation-Failed>", true);
    assert_eq!((&current["verified"], &current["confidence"]), (&"failed".into(), &"exact".into()));
}
