//! Callers who come late, early or wrong: the last holder is probably he, everybody else proves it by the PIN.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::switch::{Setup, Switch};
use crate::support::{audio, free_port, until};
use serde_json::Value;

struct Set {
    switch: Switch,
    carrier: Baresip,
    phone: Baresip,
    desktop: Desktop,
    visitor: Visitor,
}

fn start(pool: &str) -> Set {
    let carrier_port = free_port();
    let replace = vec![("early_secs = 0".to_string(), pool.to_string())];
    let switch = Switch::start(&Setup { carrier: carrier_port, replace, ..Setup::default() });
    let phone = Baresip::registered("alice-phone", switch.sip, 1_100.0);
    let caller = Account { user: "+4915112345678", hz: 450.0, ..Account::default() };
    let carrier = Baresip::start_on(&caller, carrier_port);
    let desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    Set { switch, carrier, phone, desktop, visitor }
}

impl Set {
    fn reserve(&mut self) -> Value {
        let reservation = self.visitor.reserve(&self.visitor.wish("dial"));
        self.desktop.stream.view("current", |current| current["state"] == "claimed");
        reservation
    }

    fn dial(&mut self, number: &Value) {
        let number = number.as_str().expect("a number");
        self.carrier.dial(&format!("sip:{number}@127.0.0.1:{}", self.switch.sip));
    }

    /// The caller is asked: he hears something, while nobody's phone rings.
    fn asked(&mut self) {
        until("the question is heard", || {
            audio::level_at_end(&self.carrier.ears()?, 0.1).filter(|level| *level > 1_000.0)
        });
        assert!(!self.phone.has("CALL_INCOMING"), "rung before the caller proved who he is");
    }

    fn connected(&mut self) -> Value {
        until("the agent's phone answers", || {
            self.desktop.stream.read();
            self.phone.has("CALL_ESTABLISHED").then_some(())
        });
        self.carrier.hears(1_100.0);
        self.phone.hears(450.0);
        self.desktop.stream.view("current", |current| current["state"] == "talking")
    }

    fn end(mut self) {
        self.carrier.hangup();
        self.phone.wait("CALL_CLOSED");
        self.switch.ends_sane();
    }
}

#[test]
fn e2_a_late_caller_is_probably_the_last_holder() {
    let mut set = start("early_secs = 0\nttl_secs = 1");
    let reservation = set.reserve();
    let mut page = set.visitor.stream(&reservation);
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "expired");
    set.dial(&reservation["number"]);
    let current = set.connected();
    assert_eq!(current["confidence"], "recent");
    assert_eq!(current["page"]["title"], "Printer 42");
    set.end();
}

#[test]
fn e4_a_call_too_early_is_asked_for_the_pin() {
    let mut set = start("early_secs = 40");
    let reservation = set.reserve();
    set.dial(&reservation["number"]);
    set.carrier.wait("CALL_ESTABLISHED");
    set.asked();
    set.carrier.press(reservation["pin"].as_str().expect("a PIN"));
    let current = set.connected();
    assert_eq!(current["confidence"], "exact");
    assert_eq!(current["reservation"], reservation["id"]);
    set.end();
}

#[test]
fn e9_when_all_numbers_are_taken_the_shared_one_and_the_pin_lead_to_the_page() {
    let mut set = start("early_secs = 0\nshared = \"+493012345099\"");
    let others: Vec<Visitor> = (0..10).map(|_| Visitor::new(&set.switch.http())).collect();
    others.iter().for_each(|visitor| {
        assert_eq!(visitor.reserve(&visitor.wish("dial"))["mode"], "dial");
    });
    let reservation = set.visitor.reserve(&set.visitor.wish("dial"));
    assert_eq!((&reservation["mode"], &reservation["number"]), (&"dial".into(), &"+493012345099".into()));
    // Another agent's claim ends with its visitor.
    let claimed = others[0].reserve(&others[0].wish("dial"));
    assert_eq!(others[0].cancel(&claimed), 204);
    set.dial(&reservation["number"]);
    set.carrier.wait("CALL_ESTABLISHED");
    set.asked();
    set.carrier.press("000000");
    set.asked();
    set.carrier.press(reservation["pin"].as_str().expect("a PIN"));
    let current = set.connected();
    assert_eq!(current["reservation"], reservation["id"]);
    set.end();
}
