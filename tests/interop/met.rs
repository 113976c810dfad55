//! Who has asked to be called and calls himself: meanwhile, from his number (E14), or back, to the number that has called him (C13). SIPp
//! calls, and he is the one whose page the agent sees.

use crate::support::baresip::Baresip;
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::wire::header;
use crate::support::{free_port, until};
use serde_json::Value;

const CALLER: &str = "+4915112345678";

#[test]
fn e14_who_asked_and_phones_in_meanwhile_has_his_page_and_is_not_dialled() {
    let carrier = free_port();
    let switch = Switch::start(&Setup { carrier, ..Setup::default() });
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLER));
    assert_eq!(reservation["state"], "waiting", "nobody is ready");
    let mut page = visitor.stream(&reservation);
    let asserted = format!("<sip:{CALLER}@carrier.test;user=phone>");
    let call = Sipp::calling(carrier, switch.sip, "+493012345200", &asserted, "");
    call.wait("100 INVITE");
    let mut desktop = Desktop::serving(&switch.http(), "alice");
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(current["page"]["url"], "https://shop.test/printers/42", "{current}");
    assert_eq!(current["reservation"], reservation["id"], "it is his request");
    phone.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "met");
    phone.hangup();
    call.wait("BYE");
    desktop.stream.view("me", |me| me["state"] == "ready");
    until("the job is over", || (switch.metric("warmline_jobs_open") == 0.0).then_some(()));
    assert!(!call.trace().contains(&"<INVITE".to_owned()), "he was not dialled: {:?}", call.trace());
    switch.ends_sane();
}

/// A call of call me that was refused: the switch, its agent's phone and desktop, and the number that was shown.
fn refused(carrier: u16) -> (Switch, Baresip, Desktop, String) {
    let switch = Switch::start(&Setup { carrier, ..Setup::default() });
    let phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let callee = Sipp::refusing(carrier, "603 Decline");
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLER));
    let mut page = visitor.stream(&reservation);
    desktop.stream.came("the page on the desktop", |message| {
        message["view"] == "current" && message["data"]["reservation"] == reservation["id"]
    });
    page.view("reservation", |view| view["state"] == "ended" && view["reason"] == "declined");
    desktop.stream.view("me", |me| me["state"] == "ready");
    let from = header(&callee.wait("INVITE"), "From").expect("a caller ID");
    let shown = from.split_once("sip:").and_then(|(_, uri)| uri.split('@').next()).expect("a number");
    assert!(shown.starts_with("+49301234500"), "one of the pool's: {from}");
    let shown = shown.to_owned();
    (switch, phone, desktop, shown)
}

#[test]
fn c13_who_refused_and_calls_the_number_back_that_he_saw_has_his_page() {
    let carrier = free_port();
    let (switch, mut phone, mut desktop, shown) = refused(carrier);
    let asserted = format!("<sip:{CALLER}@carrier.test;user=phone>");
    let call = Sipp::calling(carrier, switch.sip, &shown, &asserted, "");
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert_eq!(current["page"]["url"], "https://shop.test/printers/42", "{current}");
    phone.wait("CALL_ESTABLISHED");
    phone.hangup();
    call.wait("BYE");
    desktop.stream.view("me", |me| me["state"] == "ready");
    switch.ends_sane();
}

#[test]
fn c13_who_calls_it_from_another_number_sees_nobodys_page() {
    let carrier = free_port();
    let (switch, mut phone, mut desktop, shown) = refused(carrier);
    let stranger = "<sip:+4917099999999@carrier.test;user=phone>";
    let call = Sipp::calling(carrier, switch.sip, &shown, stranger, "");
    is_served_as_nobody(&mut desktop, &mut phone, &call);
    switch.ends_sane();
}

/// He speaks with the agent, who sees no page and no request.
fn is_served_as_nobody(desktop: &mut Desktop, phone: &mut Baresip, call: &Sipp) -> Value {
    let current = desktop.stream.view("current", |current| current["state"] == "talking");
    assert!(current["page"].is_null() && current["reservation"].is_null(), "{current}");
    assert_eq!(current["confidence"], "none");
    phone.wait("CALL_ESTABLISHED");
    phone.hangup();
    call.wait("BYE");
    desktop.stream.view("current", Value::is_null);
    desktop.stream.view("me", |me| me["state"] == "ready");
    current
}

#[test]
fn c13_who_calls_it_back_and_withholds_his_number_is_served_and_has_nobodys_page() {
    let carrier = free_port();
    let (switch, mut phone, mut desktop, shown) = refused(carrier);
    // The network may know who he is: he has asked it not to say so.
    let his = format!("<sip:{CALLER}@carrier.test;user=phone>");
    for asserted in [&his, "<sip:anonymous@anonymous.invalid>"] {
        let call = Sipp::withholding(carrier, switch.sip, &shown, asserted);
        let current = is_served_as_nobody(&mut desktop, &mut phone, &call);
        assert!(!current.to_string().contains("15112345678"), "{current}");
    }
    switch.ends_sane();
}
