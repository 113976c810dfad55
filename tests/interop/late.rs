//! Callers who come late, early or wrong: the last holder is probably he, everybody else proves it by the PIN.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
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
    start_with(&[("early_secs = 0", pool)])
}

fn start_with(replace: &[(&str, &str)]) -> Set {
    let carrier_port = free_port();
    let replace = replace.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
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

/// A pool of one number; Bob has a phone, too.
const ONE: [(&str, &str); 2] = [
    ("+493012345000..+493012345009", "+493012345000"),
    ("station = \"browser\"", "station = \"account:201\""),
];

const HIS: &str = "<sip:+4930111111@carrier.test;user=phone>";
/// As the carrier's phone calls.
const CARRIERS: &str = "<sip:+4915112345678@carrier.test;user=phone>";
const ANOTHERS: &str = "<sip:+4930222222@carrier.test;user=phone>";

impl Set {
    /// A caller of the carrier's with this identity, who presses these keys once he is answered.
    fn calls(&self, number: &Value, asserted: &str, keys: &str) -> Sipp {
        Sipp::calling(free_port(), self.switch.sip, number.as_str().expect("a number"), asserted, keys)
    }

    /// He speaks with Alice, who hangs up; the number is free again then.
    fn is_served(&mut self, call: &Sipp) {
        self.desktop.stream.view("current", |current| current["state"] == "talking");
        self.phone.wait("CALL_ESTABLISHED");
        self.phone.hangup();
        call.wait("BYE");
        self.phone.wait("CALL_CLOSED");
        self.desktop.stream.view("me", |me| me["state"] == "ready");
        until("the number is free", || (self.switch.metric("warmline_numbers_held") == 0.0).then_some(()));
    }

    /// A visitor gets the only number, once it has rested.
    fn rested(&self, visitor: &Visitor) -> Value {
        until("the number has rested", || {
            let reservation = visitor.reserve(&visitor.wish("dial"));
            let has = !reservation["number"].is_null();
            if !has {
                visitor.cancel(&reservation);
            }
            has.then_some(reservation)
        })
    }

    /// The number was one visitor's, who has called and was served; now it is another's, for whom Alice is claimed. Bob is ready.
    fn handed_on(&mut self) -> (Value, Value, Baresip, Desktop) {
        let first = self.reserve();
        let call = self.calls(&first["number"], HIS, "");
        self.is_served(&call);
        let second = self.rested(&Visitor::new(&self.switch.http()));
        let bobs = Baresip::registered("201", self.switch.sip, 1_400.0);
        let bob = Desktop::ready(&self.switch.http(), "bob");
        (first, second, bobs, bob)
    }
}

#[test]
fn e3_who_had_the_number_before_has_his_own_page_by_its_pin() {
    let mut set = start_with(&ONE);
    let (first, second, mut bobs, mut bob) = set.handed_on();
    let call = set.calls(&first["number"], HIS, first["pin"].as_str().expect("a PIN"));
    let current = bob.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["page"]["title"]), (&"exact".into(), &"Printer 42".into()));
    assert!(current["reservation"] != second["id"], "{current}");
    bobs.hangup();
    call.wait("BYE");
    // The number is still the other's, who is not asked.
    let call = set.calls(&second["number"], ANOTHERS, "");
    let current = set.desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["reservation"]), (&"exact".into(), &second["id"]));
    set.phone.hangup();
    call.wait("BYE");
    set.switch.ends_sane();
}

#[test]
fn e3_without_it_he_waits_like_any_caller_and_neither_page_is_shown() {
    let mut set = start_with(&ONE);
    let (first, _, mut bobs, mut bob) = set.handed_on();
    let call = set.calls(&first["number"], HIS, "000000000000000000");
    let current = bob.stream.view("current", |current| current["state"] == "talking");
    assert!(current["page"].is_null() && current["reservation"].is_null(), "{current}");
    assert_eq!(current["confidence"], "none");
    let shown = |message: &Value| message["view"] == "current" && !message["data"]["page"].is_null();
    assert!(!bob.stream.seen.iter().any(shown), "at no moment");
    assert_eq!(set.switch.metric("warmline_pins_total{right=\"no\"}"), 3.0);
    bobs.hangup();
    call.wait("BYE");
    set.switch.ends_sane();
}

#[test]
fn e3_whoever_calls_is_asked_while_nobody_looks_at_the_holders_page() {
    let mut set = start_with(&[ONE[0], ONE[1], ("early_secs = 0", "early_secs = 0\nttl_secs = 12")]);
    let first = set.reserve();
    assert_eq!(set.visitor.cancel(&first), 204);
    let another = Visitor::new(&set.switch.http());
    let second = set.rested(&another);
    set.desktop.stream.view("current", |current| current["reservation"] == second["id"]);
    let mut page = another.stream(&second);
    page.view("reservation", |view| view["state"] == "held");
    drop(page);
    // The time of somebody who asks after that is longer than a page may be gone.
    let later = Visitor::new(&set.switch.http());
    let third = later.reserve(&later.wish("dial"));
    let mut shown = later.stream(&third);
    let mut polls = 0;
    until("a page is gone for good", || {
        polls += 1;
        if polls % 100 == 0 {
            assert_eq!(another.renew(&second).0, 204, "the number is the second one's all the time");
        }
        shown.read();
        shown.seen.iter().any(|message| message["data"]["state"] == "ended").then_some(())
    });
    let call = set.calls(&first["number"], HIS, first["pin"].as_str().expect("a PIN"));
    let current = set.desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["reservation"]), (&"exact".into(), &first["id"]));
    let wrong = |message: &Value| {
        let data = &message["data"];
        data["state"] == "ringing" && data["reservation"] == second["id"]
    };
    assert!(!set.desktop.stream.seen.iter().any(wrong), "at no moment");
    set.phone.hangup();
    call.wait("BYE");
    set.desktop.stream.view("me", |me| me["state"] == "ready");
    let call = set.calls(&second["number"], ANOTHERS, second["pin"].as_str().expect("a PIN"));
    let current = set
        .desktop
        .stream
        .view("current", |current| current["state"] == "talking" && current["reservation"] == second["id"]);
    assert_eq!(current["confidence"], "exact");
    set.phone.hangup();
    call.wait("BYE");
    set.switch.ends_sane();
}

#[test]
fn e5_a_second_call_from_elsewhere_rings_no_second_agent_and_the_pin_brings_it_in_when_the_first_is_over() {
    let mut set = start_with(&ONE);
    let reservation = set.reserve();
    let mut bobs = Baresip::registered("201", set.switch.sip, 1_400.0);
    let mut bob = Desktop::ready(&set.switch.http(), "bob");
    set.dial(&reservation["number"]);
    set.connected();
    // He is answered by a question, and says who he is: his call is on, with somebody else.
    let second = set.calls(&reservation["number"], HIS, reservation["pin"].as_str().expect("a PIN"));
    second.wait("200 INVITE");
    until("he has proved himself", || {
        (set.switch.metric("warmline_pins_total{right=\"yes\"}") == 1.0).then_some(())
    });
    bob.stream.read();
    let asked = |event: &Value| event["event"] == "call.offered";
    assert!(!bobs.has("CALL_INCOMING") && !bob.stream.seen.iter().any(asked));
    set.phone.hangup();
    set.carrier.wait("CALL_CLOSED");
    let current = bob.stream.view("current", |current| current["state"] == "talking");
    assert_eq!((&current["confidence"], &current["page"]["title"]), (&"exact".into(), &"Printer 42".into()));
    bobs.hangup();
    second.wait("BYE");
    set.switch.ends_sane();
}

#[test]
fn e5_who_calls_again_when_his_line_has_died_speaks_with_the_same_agent() {
    let mut set = start_with(&ONE);
    let reservation = set.reserve();
    let mut bobs = Baresip::registered("201", set.switch.sip, 1_400.0);
    let mut bob = Desktop::ready(&set.switch.http(), "bob");
    // Nothing is heard of this leg.
    let first = set.calls(&reservation["number"], CARRIERS, "");
    let before = set.desktop.stream.view("current", |current| current["state"] == "talking");
    set.dial(&reservation["number"]);
    let after = set.connected();
    first.wait("BYE");
    assert_eq!(
        (&after["call"], &after["confidence"], &after["page"]["title"]),
        (&before["call"], &"exact".into(), &"Printer 42".into())
    );
    bob.stream.read();
    let asked = |event: &Value| event["event"] == "call.offered";
    assert!(!bobs.has("CALL_INCOMING") && !bob.stream.seen.iter().any(asked));
    set.end();
}

#[test]
fn e5_who_is_heard_is_not_replaced_by_a_second_call_of_his() {
    let mut set = start_with(&ONE);
    let reservation = set.reserve();
    let mut bobs = Baresip::registered("201", set.switch.sip, 1_400.0);
    let mut bob = Desktop::ready(&set.switch.http(), "bob");
    set.dial(&reservation["number"]);
    let before = set.connected();
    let second = set.calls(&reservation["number"], CARRIERS, "");
    second.wait("200 INVITE");
    // In the end he is a caller of his own; until then nobody was rung for him.
    let current = bob.stream.view("current", |current| current["state"] == "talking");
    assert!(current["page"].is_null() && current["call"] != before["call"], "{current}");
    set.carrier.hears(1_100.0);
    set.desktop.stream.read();
    let ended = |message: &Value| message["event"] == "call.ended";
    assert!(!set.desktop.stream.seen.iter().any(ended), "his call has gone on");
    bobs.hangup();
    second.wait("BYE");
    set.end();
}

#[test]
fn e6_a_caller_who_withholds_his_number_or_whose_carrier_changes_it_has_his_page() {
    let mut set = start_with(&ONE);
    for asserted in
        ["<sip:anonymous@anonymous.invalid>", "<sip:+4930333333@carrier.test>\nPrivacy: id", ANOTHERS]
    {
        let reservation = set.rested(&Visitor::new(&set.switch.http()));
        let call = set.calls(&reservation["number"], asserted, "");
        let current = set.desktop.stream.view("current", |current| {
            current["state"] == "talking" && current["reservation"] == reservation["id"]
        });
        assert_eq!(
            (&current["confidence"], &current["page"]["title"]),
            (&"exact".into(), &"Printer 42".into())
        );
        assert!(!current.to_string().contains("30333333"), "what he withholds is not shown: {current}");
        set.is_served(&call);
    }
    set.switch.ends_sane();
}

#[test]
fn e30_a_page_that_renews_for_ever_loses_its_number_and_keeps_its_pin() {
    let mut set = start("early_secs = 0\nttl_secs = 1\nmax_hold_secs = 3\nshared = \"+493012345099\"");
    let reservation = set.reserve();
    let mut page = set.visitor.stream(&reservation);
    let mut renewed = 0;
    let refused = until("it is refused", || {
        let (status, answer) = set.visitor.renew(&reservation);
        renewed += usize::from(status == 204);
        (status != 204).then_some((status, answer["code"].clone()))
    });
    assert_eq!(refused, (409, "max_hold".into()));
    assert!(renewed > 0, "until then it is held");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "expired");
    until("the number is free", || (set.switch.metric("warmline_numbers_held") == 0.0).then_some(()));
    set.dial(&"+493012345099".into());
    set.carrier.wait("CALL_ESTABLISHED");
    set.asked();
    set.carrier.press(reservation["pin"].as_str().expect("a PIN"));
    let current = set.connected();
    assert_eq!((&current["confidence"], &current["page"]["title"]), (&"exact".into(), &"Printer 42".into()));
    set.end();
}
