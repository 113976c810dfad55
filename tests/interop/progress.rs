//! Call progress with a real callee: machines, fax and tones before the answer end the call, a person keeps his agent.
//! The callee is SIPp; what it says is played as RTP from here.

use crate::support::baresip::Baresip;
use crate::support::client::{Desktop, Visitor};
use crate::support::sipp::Sipp;
use crate::support::switch::{Setup, Switch};
use crate::support::{free_port, voice};
use serde_json::Value;

const CALLEE: &str = "+4915112345678";

/// A call to nobody, which is over.
pub struct Ended {
    pub switch: Switch,
    pub reservation: String,
    /// How much of the sound had been said when the carrier was told.
    sound_ms: usize,
}

/// What the page says in the end, where a callee says this and nobody else ends the call; `method` is what the carrier is told it by.
pub fn ends_as(callee: impl FnOnce(u16) -> Sipp, sound: &[i16], (reason, method): (&str, &str)) -> Ended {
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
    carrier.wait(method);
    let sound_ms = speaking.said_ms();
    desktop.stream.view("me", |me| me["state"] == "ready");
    assert_eq!(switch.metric("warmline_jobs_open"), 0.0);
    assert_eq!(switch.metric("reservation_invariant_violations_total"), 0.0);
    let reservation = reservation["id"].as_str().expect("an id").to_owned();
    Ended { switch, reservation, sound_ms }
}

/// The carrier is told before it has let ten seconds of it be heard.
fn ends_within_ten_seconds(sound: &[i16], reason: &str) {
    let ended = ends_as(Sipp::early, sound, (reason, "CANCEL"));
    assert!(ended.sound_ms <= 10_000, "{} ms of it", ended.sound_ms);
}

#[test]
fn e20_a_fax_that_answers_keeps_no_agent() {
    ends_as(Sipp::answering_at_once, &voice::tone(&[(800, 0), (3500, 2100)]), ("fax", "BYE"));
}

#[test]
fn e20_a_fax_that_calls_keeps_no_agent() {
    ends_as(Sipp::answering_at_once, &voice::tone(&[(800, 0), (500, 1100), (3000, 0)]), ("fax", "BYE"));
}

#[test]
fn e21_a_busy_tone_before_the_answer_is_busy() {
    ends_within_ten_seconds(&voice::tone(&[(480, 425), (480, 0)].repeat(8)), "busy");
}

#[test]
fn e21_special_tones_before_the_answer_are_no_such_number() {
    ends_within_ten_seconds(&special(), "not_found");
}

/// The tones that say that a number is not in use.
pub fn special() -> Vec<i16> {
    voice::tone(&[(500, 0), (380, 985), (274, 1371), (380, 1777), (3000, 0)])
}

#[test]
fn e20_a_machine_that_speaks_and_beeps_keeps_no_agent() {
    for sound in [machine(), short_machine()] {
        ends_as(Sipp::answering_at_once, &sound, ("machine", "BYE"));
    }
}

/// A greeting that is too long for a person's.
fn machine() -> Vec<i16> {
    greets(
        "Guten Tag, Sie sind verbunden mit dem Anschluss von Familie Berger. Wir sind im Augenblick leider nicht zu Hause. \
         Bitte sprechen Sie nach dem Ton.",
    )
}

/// One that is told by its tone alone.
pub fn short_machine() -> Vec<i16> {
    greets("Hier ist Familie Berger. Bitte sprechen Sie nach dem Ton.")
}

/// A greeting and its tone.
fn greets(greeting: &str) -> Vec<i16> {
    let mut sound = voice::speech("de", greeting, 0);
    sound.extend(voice::tone(&[(400, 0), (500, 1000), (20_000, 0)]));
    sound
}

/// The agent at his own phone is in the call from the answer on, and out of it, without wrap-up, when what answered is told.
fn is_withdrawn(sound: &[i16], verdict: &str) {
    let port = free_port();
    let switch = Switch::start(&Setup { carrier: port, ..Setup::default() });
    let carrier = Sipp::answering_at_once(port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    let _speaking = voice::say(&carrier.wait("INVITE"), sound);
    phone.wait("CALL_ESTABLISHED");
    page.view("reservation", |view| view["state"] == "talking");
    let told = |event: &Value| event["event"] == "call.progress" && event["data"]["verdict"] == verdict;
    desktop.stream.came("what has answered", told);
    phone.wait("CALL_CLOSED");
    carrier.wait("BYE");
    let ended = page.view("reservation", |view| view["state"] == "ended");
    assert_eq!(ended["reason"], verdict);
    desktop.stream.view("me", |me| me["state"] == "ready");
    let rested = |view: &Value| view["view"] == "me" && view["data"]["state"] == "wrapup";
    assert!(!desktop.stream.seen.iter().any(rested), "there is nothing to be written down");
    switch.ends_sane();
}

#[test]
fn e20_an_agent_at_his_phone_is_taken_out_of_a_machines_call() {
    is_withdrawn(&machine(), "machine");
}

#[test]
fn e20_an_agent_at_his_phone_is_taken_out_of_a_faxs_call() {
    is_withdrawn(&voice::tone(&[(2_500, 0), (3_500, 2_100)]), "fax");
}

#[test]
fn e21_an_agent_at_his_phone_is_taken_out_of_a_call_that_a_network_has_answered_to_say_that_it_is_busy() {
    is_withdrawn(&voice::tone(&[(480, 425), (480, 0)].repeat(8)), "busy");
}

#[test]
fn e20_who_says_nothing_is_a_person_and_keeps_his_agent() {
    let port = free_port();
    let switch = Switch::start(&Setup { carrier: port, ..Setup::default() });
    let carrier = Sipp::answering_at_once(port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    visitor.reserve(&visitor.callme(CALLEE));
    let _silence = voice::say(&carrier.wait("INVITE"), &voice::tone(&[(1_000, 0)]));
    phone.wait("CALL_ESTABLISHED");
    let told = |event: &Value| event["event"] == "call.progress" && event["data"]["verdict"] == "unknown";
    desktop.stream.came("that nobody can tell", told);
    desktop.stream.view("current", |current| current["state"] == "talking");
    assert!(!phone.has("CALL_CLOSED"));
    phone.hangup();
    carrier.wait("BYE");
    switch.ends_sane();
}

/// Somebody who says hello speaks with the agent, who is told that it is a person.
fn talks(callee: impl FnOnce(u16) -> Sipp) {
    let port = free_port();
    let switch = Switch::start(&Setup { carrier: port, ..Setup::default() });
    let carrier = callee(port);
    let mut phone = Baresip::registered("alice-phone", switch.sip, 700.0);
    let mut desktop = Desktop::ready(&switch.http(), "alice");
    let visitor = Visitor::new(&switch.http());
    let reservation = visitor.reserve(&visitor.callme(CALLEE));
    let mut page = visitor.stream(&reservation);
    let _speaking = voice::say(&carrier.wait("INVITE"), &voice::speech("de", "Ja, hallo?", 20));
    phone.wait("CALL_ESTABLISHED");
    let told = |event: &Value| event["event"] == "call.progress" && event["data"]["verdict"] == "person";
    desktop.stream.came("whom he has", told);
    page.view("reservation", |view| view["state"] == "talking");
    phone.hangup();
    carrier.wait("BYE");
    desktop.stream.view("me", |me| me["state"] == "ready");
    switch.ends_sane();
}

#[test]
fn e20_a_person_who_says_hello_keeps_his_agent() {
    talks(Sipp::answering_at_once);
}

#[test]
fn a_phone_that_is_forwarded_is_answered_by_whoever_answers() {
    talks(Sipp::forwarding);
}
