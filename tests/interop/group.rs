//! Phones that answer at the same moment, or when the caller has gone (E17, E18): SIPp sends the 200 that crosses a CANCEL.

use crate::support::baresip::{Account, Baresip};
use crate::support::client::Desktop;
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::wire::header;
use crate::support::{free_port, until};

const QUEUE: &str = "+493012345200";
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// Alice and Bob at the phones of two other switches, which all ring at once.
fn start(ports: [u16; 2]) -> Switch {
    let trunk = |n: usize| {
        format!("[[trunks]]\nname = \"desk{n}\"\npeers = [\"127.0.0.1:{}\"]\nping_secs = 0\n", ports[n])
    };
    let replace = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    Switch::start(&Setup {
        more: trunk(0) + &trunk(1),
        replace: vec![
            replace("account:alice-phone", "extension:desk0/11"),
            replace("\"browser\"", "\"extension:desk1/12\""),
            replace("ring_secs = 5", "ring_secs = 40\nstrategy = \"ring_all\""),
        ],
        ..Setup::default()
    })
}

fn caller(switch: &Switch) -> Baresip {
    let mut caller = Baresip::start(&Account { user: "+4915112345678", hz: 500.0, ..Account::default() });
    caller.dial(&format!("sip:{QUEUE}@127.0.0.1:{}", switch.sip));
    caller
}

fn rings(phone: &Sipp) -> bool {
    phone.trace().contains(&">180 INVITE".into())
}

/// Reads both desktops until it is so.
fn see<T>(what: &str, desktops: &mut [Desktop; 2], mut ask: impl FnMut() -> Option<T>) -> T {
    until(what, || {
        desktops.iter_mut().for_each(|desktop| desktop.stream.read());
        ask()
    })
}

fn desktops(switch: &Switch) -> [Desktop; 2] {
    ["alice", "bob"].map(|name| Desktop::ready(&switch.http(), name))
}

#[test]
fn e18_of_two_phones_that_answer_at_once_one_talks_and_the_other_gets_a_bye() {
    let ports = [free_port(), free_port()];
    let phones = ports.map(Sipp::answering);
    let switch = start(ports);
    let mut desktops = desktops(&switch);
    let mut caller = caller(&switch);
    see("both ring", &mut desktops, || phones.iter().all(rings).then_some(()));
    // Neither may hear first that the other was faster.
    switch.process.signal("-STOP");
    phones.iter().for_each(Sipp::answer);
    until("both have answered", || {
        phones.iter().all(|phone| phone.trace().contains(&">200 INVITE".into())).then_some(())
    });
    switch.process.signal("-CONT");
    caller.wait("CALL_ESTABLISHED");
    // Both have sent 200 and had their ACK; one of them is hung up at once.
    let late = see("one is hung up", &mut desktops, || {
        let has = |phone: &Sipp, what: &str| phone.trace().iter().any(|row| row == what);
        let both = phones.iter().all(|phone| has(phone, ">200 INVITE") && has(phone, "<ACK"));
        phones.iter().position(|phone| has(phone, "<BYE")).filter(|_| both)
    });
    let first = 1 - late;
    assert_eq!(header(&phones[late].wait("BYE"), "Reason").as_deref(), Some(ELSEWHERE));
    desktops[first].stream.view("current", |current| current["state"] == "talking");
    let told = desktops[late].stream.view("me", |me| me["notice"]["code"] == "answered_by");
    assert_eq!(told["state"], "ready", "nothing is held against him: {told}");
    assert!(!phones[first].trace().contains(&"<BYE".into()), "he talks on");
    assert!(!caller.has("CALL_CLOSED"));
    caller.hangup();
    phones[first].wait("BYE");
    desktops[first].stream.view("me", |me| me["state"] == "ready");
    switch.ends_sane();
}

#[test]
fn e18_those_who_are_slower_are_cancelled_and_show_no_missed_call() {
    let ports = [free_port(), free_port()];
    let (first, slow) = (Sipp::answering(ports[0]), Sipp::ringing(ports[1]));
    let switch = start(ports);
    let mut desktops = desktops(&switch);
    let mut caller = caller(&switch);
    see("both ring", &mut desktops, || (rings(&first) && rings(&slow)).then_some(()));
    first.answer();
    assert_eq!(header(&slow.wait("CANCEL"), "Reason").as_deref(), Some(ELSEWHERE));
    slow.wait("ACK");
    caller.wait("CALL_ESTABLISHED");
    desktops[0].stream.view("current", |current| current["state"] == "talking");
    let told = desktops[1].stream.view("me", |me| me["notice"]["code"] == "answered_by");
    assert_eq!((told["state"].as_str(), told["notice"]["name"].as_str()), (Some("ready"), Some("Alice")));
    caller.hangup();
    first.wait("BYE");
    switch.ends_sane();
}

#[test]
fn e17_a_phone_that_answers_when_the_caller_has_gone_is_hung_up_and_its_agent_ready() {
    let ports = [free_port(), free_port()];
    let phone = Sipp::answering(ports[0]);
    let switch = start(ports);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let mut caller = caller(&switch);
    desktop.stream.view("current", |current| current["state"] == "ringing");
    until("it rings", || rings(&phone).then_some(()));
    caller.hangup();
    // The phone's 200 crosses the CANCEL.
    phone.wait("ACK");
    let bye = phone.wait("BYE");
    assert_eq!(header(&bye, "Reason").as_deref(), Some(ELSEWHERE), "the phone shows no missed call");
    let trace = phone.trace();
    let at =
        |what: &str| trace.iter().position(|row| row == what).unwrap_or_else(|| panic!("{what}: {trace:?}"));
    let order = ["<CANCEL", ">200 INVITE", "<ACK", "<BYE"].map(at);
    assert!(order.is_sorted(), "{trace:?}");
    let me = desktop.stream.view("me", |me| me["state"] == "ready");
    assert!(me["notice"].is_null(), "{me}");
    desktop.stream.view("current", |current| current.is_null());
    switch.ends_sane();
}
