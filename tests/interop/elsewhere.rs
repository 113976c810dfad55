//! Agents at another switch's phones: Kamailio asks us who is to have the call, and connects it itself.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Visitor};
use crate::support::kamailio::Kamailio;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until};
use serde_json::json;

/// Alice sits at phone 4711 of the telephone system behind the trunk.
fn setup(pbx: u16) -> Setup {
    let replace = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    Setup {
        carrier: pbx,
        replace: vec![
            replace("account:alice-phone", "extension:carrier/4711"),
            replace("ping_secs = 0", "ping_secs = 0\nredirect = true"),
        ],
        ..Setup::default()
    }
}

#[test]
fn a_telephone_system_gets_the_call_back_for_its_own_phone_and_the_agent_has_the_page() {
    let pbx = free_port();
    let switch = Switch::start(&setup(pbx));
    let kamailio = Kamailio::start(pbx, switch.sip);
    let mut phone = Baresip::start(&Account {
        user: "4711",
        registrar: Some(kamailio.sip),
        auto: false,
        hz: 900.0,
        ..Account::default()
    });
    let mut caller = Baresip::start(&Account { user: "+4915112345678", hz: 500.0, ..Account::default() });
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.wish("dial"));
    assert_eq!(reservation["agent"]["display_name"], "Alice");
    let current = desktop.stream.view("current", |current| current["state"] == "claimed");
    assert_eq!(current["page"]["url"], "https://shop.test/printers/42");
    let mut page = visitor.stream(&reservation);

    let number = reservation["number"].as_str().expect("a number");
    caller.dial(&format!("sip:{number}@127.0.0.1:{}", kamailio.sip));
    until("the phone there rings", || {
        desktop.stream.read();
        phone.has("CALL_INCOMING").then_some(())
    });
    phone.accept();
    caller.wait("CALL_ESTABLISHED");
    caller.hears(900.0);
    phone.hears(500.0);

    page.view("reservation", |view| view["state"] == "ended" || view["state"] == "talking");
    desktop.stream.view("current", |current| current["state"] == "talking");
    until("no media passes through us", || (switch.metric("warmline_media_legs") == 0.0).then_some(()));
    for (verb, body) in [("hold", json!({ "on": true })), ("mute", json!({ "on": true }))] {
        assert_eq!(desktop.post(&format!("/v1/agent/{verb}"), &body), 409, "{verb} is the other switch's");
    }
    until("the number is free again", || (switch.metric("warmline_numbers_held") == 0.0).then_some(()));

    // They speak on; the agent says when he is free.
    assert_eq!(desktop.post("/v1/agent/hangup", &json!({})), 204);
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert!(!caller.has("CALL_CLOSED"), "the call is not ours to end");
    phone.hangup();
    caller.wait("CALL_CLOSED");
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
}
