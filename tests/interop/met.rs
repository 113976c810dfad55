//! Who has asked to be called and phones in meanwhile (E14): SIPp calls from his number, and he is the one whose page the agent sees.

use crate::support::baresip::Baresip;
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, until};

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
