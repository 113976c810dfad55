//! Call progress with a real callee: machines, fax and tones before the answer end the call, a person keeps his agent.
//! The callee is SIPp; what it says is played as RTP from here.

use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, voice};

const CALLEE: &str = "+4915112345678";

/// What the page says in the end, where a callee says this and nobody else ends the call.
fn ends_as(callee: impl FnOnce(u16) -> Sipp, sound: &[i16], reason: &str) {
    let port = free_port();
    let switch = Switch::start(&Setup::outside(port));
    let carrier = callee(port);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    let speaking = voice::say(&carrier.wait("INVITE"), sound);
    let ended = page.view("reservation", |view| view["state"] == "ended");
    assert_eq!(ended["reason"], reason);
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    drop(speaking);
}

#[test]
fn e20_a_fax_that_answers_keeps_no_agent() {
    ends_as(Sipp::answering_at_once, &voice::tone(&[(800, 0), (3500, 2100)]), "fax");
}

#[test]
fn e20_a_fax_that_calls_keeps_no_agent() {
    ends_as(Sipp::answering_at_once, &voice::tone(&[(800, 0), (500, 1100), (3000, 0)]), "fax");
}

#[test]
fn e21_a_busy_tone_before_the_answer_is_busy() {
    ends_as(Sipp::early, &voice::tone(&[(480, 425), (480, 0)].repeat(8)), "busy");
}

#[test]
fn e21_special_tones_before_the_answer_are_no_such_number() {
    let tones = [(500, 0), (380, 985), (274, 1371), (380, 1777), (3000, 0)];
    ends_as(Sipp::early, &voice::tone(&tones), "not_found");
}
