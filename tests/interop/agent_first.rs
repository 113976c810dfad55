//! The agent is rung before the customer (`agent_first`): whoever hangs up, at whatever moment, both ends are over.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::{Desktop, Stream, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{PASSWORD, Setup, Switch};
use crate::support::{free_port, until};
use serde_json::Value;

const CALLEE: &str = "+4915112345678";

/// His desktop, his phone, and the page of who has asked to be called.
struct Set {
    switch: Switch,
    phone: Baresip,
    desktop: Desktop,
    page: Stream,
}

fn start(carrier: u16) -> Set {
    let mode = ("max_attempts = 1".into(), "max_attempts = 1, mode = \"agent_first\"".into());
    let switch = Switch::start(&Setup { carrier, replace: vec![mode], ..Setup::default() });
    let phone = Baresip::start(&Account {
        user: "alice-phone",
        domain: "warmline",
        registrar: Some(switch.sip),
        password: PASSWORD,
        auto: false,
        hz: 1_150.0,
        ..Account::default()
    });
    let desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let page = visitor.stream(&reservation);
    Set { switch, phone, desktop, page }
}

impl Set {
    /// His phone rings, with the page on his screen, and he answers.
    fn answers(&mut self) {
        until("the agent's phone rings", || {
            self.desktop.stream.read();
            self.phone.has("CALL_INCOMING").then_some(())
        });
        let current = self.desktop.stream.view("current", |current| !current.is_null());
        assert_eq!(current["page"]["url"], "https://shop.test/printers/42", "{current}");
        self.phone.accept();
        self.phone.wait("CALL_ESTABLISHED");
    }

    /// What the page says in the end; nothing is left.
    fn ends(mut self, reason: &str) {
        let ended = self.page.view("reservation", |view| view["state"] == "ended");
        assert_eq!(ended["reason"], reason);
        self.desktop.stream.view("me", |me| me["state"] == "ready");
        assert_eq!(self.switch.metric("warmline_jobs_open"), 0.0);
        self.switch.ends_sane();
    }
}

/// Both hear each other; then one of the two hangs up.
fn talk(hangs_up: fn(&mut Baresip, &mut Baresip)) {
    let port = free_port();
    let mut carrier = Baresip::start_on(&Account { user: CALLEE, hz: 450.0, ..Account::default() }, port);
    let mut set = start(port);
    until("the agent's phone rings", || {
        set.desktop.stream.read();
        set.phone.has("CALL_INCOMING").then_some(())
    });
    assert!(!carrier.has("CALL_INCOMING"), "the customer is called before the agent is there");
    set.answers();
    carrier.wait("CALL_ESTABLISHED");
    carrier.hears(1_150.0);
    set.phone.hears(450.0);
    set.desktop.stream.view("current", |current| current["state"] == "talking");
    hangs_up(&mut set.phone, &mut carrier);
    set.phone.wait("CALL_CLOSED");
    carrier.wait("CALL_CLOSED");
    set.ends("normal");
}

#[test]
fn g21_the_agent_is_there_first_and_the_customer_hangs_up() {
    talk(|_, customer| customer.hangup());
}

#[test]
fn g21_the_agent_is_there_first_and_hangs_up() {
    talk(|agent, _| agent.hangup());
}

#[test]
fn n12_an_agent_who_hangs_up_while_the_customer_rings_leaves_no_call_behind() {
    let port = free_port();
    let carrier = Sipp::ringing(port);
    let mut set = start(port);
    set.answers();
    carrier.wait("INVITE");
    set.page.view("reservation", |view| view["state"] == "dialing");
    set.phone.hangup();
    carrier.wait("CANCEL");
    carrier.wait("ACK");
    assert_eq!(carrier.calls(), 1);
    set.ends("canceled");
}

#[test]
fn n12_a_customer_who_declines_ends_the_agents_call() {
    let port = free_port();
    let carrier = Sipp::refusing(port, "603 Decline");
    let mut set = start(port);
    set.answers();
    set.phone.wait("CALL_CLOSED");
    assert_eq!(carrier.calls(), 1);
    let told = |event: &Value| event["event"] == "call.ended";
    set.desktop.stream.came("the end of the call", told);
    set.ends("declined");
}
