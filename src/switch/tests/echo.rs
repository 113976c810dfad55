//! The echo test: who may call it, what he hears, how it ends, and that nobody else hears of it.

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::Command;
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::SessionId;
use warmline_sip::message::Headers;
use warmline_sip::transport::Protocol;

const PHONE: &str = "203.0.113.21:5060";

fn secret(user: &str) -> Option<Credentials> {
    Some(Credentials { user: user.into(), password: format!("secret-{user}") })
}

fn dial(net: &mut Net, peer: usize, to: &str) -> SessionId {
    let body = sdp(40000, "8 101", "sendrecv");
    net.invite_with(peer, "sip:201@sip.test", to, Some(body), Headers::default(), secret("201"))
}

#[test]
fn a_phone_hears_itself_and_nobody_else_hears_of_it() {
    let mut net = Net::new();
    let phone = net.phone("201", PHONE);
    let caller = dial(&mut net, phone, "sip:echo@sip.test");
    assert_eq!(net.heard(phone, caller), ["200"]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "echo 1"]);
    let counters = net.switch.counters();
    assert_eq!((counters.calls_started, counters.calls_live), (0, 1), "no call of anybody's");
    net.hangup(phone, caller, None);
    assert_eq!(net.media(), ["close 1"]);
    assert!(net.events().is_empty() && net.records.is_empty());
    net.assert_clear();
}

#[test]
fn it_is_over_after_half_a_minute() {
    let mut net = Net::new();
    let phone = net.phone("201", PHONE);
    let caller = dial(&mut net, phone, "sip:echo@sip.test");
    net.run(Duration::from_secs(29));
    assert_eq!(net.heard(phone, caller), ["200"]);
    net.run(Duration::from_secs(2));
    assert!(net.heard(phone, caller)[0].starts_with("ended"));
    net.assert_clear();
}

#[test]
fn whoever_dials_the_number_is_told_first() {
    let mut net = Net::with(Settings { prompts: prompts_with_echo(), ..settings() });
    let phone = net.phone("201", PHONE);
    let caller = dial(&mut net, phone, "sip:*43@sip.test");
    assert_eq!(net.heard(phone, caller), ["200"]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "play 1 Speech 2"]);
    net.run(Duration::from_secs(2));
    assert_eq!(net.media(), ["echo 1"]);
    assert!(net.events().is_empty());
    net.hangup(phone, caller, None);
    net.assert_clear();
}

#[test]
fn an_agents_phone_calls_it_in_its_own_firm_only() {
    let mut net = Net::new();
    net.command(Command::SetCredential { user: "alice".into(), realm: "acme".into(), password: "pw".into() });
    let desk = net.join(Protocol::Wss, "203.0.113.30:40000");
    let credentials = || Some(Credentials { user: "alice".into(), password: "pw".into() });
    let mut call = |to: &str| {
        let body = Some(browser_sdp("actpass"));
        let session = net.invite_with(desk, "sip:alice@acme", to, body, Headers::default(), credentials());
        (net.heard(desk, session), session)
    };
    let (heard, session) = call("sip:echo@acme");
    assert_eq!(heard, ["200"]);
    let (other, _) = call("sip:echo@sip.test");
    assert_eq!(other, ["failed 404"]);
    assert!(net.media().contains(&"echo 1".to_owned()));
    net.hangup(desk, session, None);
    net.assert_clear();
}

#[test]
fn the_network_has_no_echo() {
    let mut net = Net::new();
    let carrier = net.carrier();
    for to in ["sip:echo@sip.test", "sip:*43@sip.test", "sip:echo@acme"] {
        let body = Some(sdp(40000, "8", "sendrecv"));
        let caller = net.invite(carrier, "sip:+4930555@carrier.test", to, body);
        assert_eq!(net.heard(carrier, caller), ["failed 404"], "{to}");
    }
    net.assert_clear();
}

#[test]
fn an_account_of_that_name_keeps_its_calls_and_no_number_is_no_number() {
    let mut plain = settings();
    plain.accounts.push(Credentials { user: "echo".into(), password: "secret-echo".into() });
    plain.echo_number = String::new();
    let mut net = Net::with(plain);
    let (one, other) = (net.phone("201", PHONE), net.phone("echo", "203.0.113.22:5060"));
    let caller = dial(&mut net, one, "sip:echo@sip.test");
    let (callee, _) = net.invited(other);
    net.reject(other, callee, 486);
    assert_eq!(net.heard(one, caller), ["failed 486"]);
    let caller = dial(&mut net, one, "sip:*43@sip.test");
    assert_eq!(net.heard(one, caller), ["failed 404"]);
    net.assert_clear();
}

#[test]
fn a_phone_without_an_offer_hears_itself_once_it_has_answered_ours() {
    let mut net = Net::new();
    let phone = net.phone("201", PHONE);
    let caller = net.invite_with(
        phone,
        "sip:201@sip.test",
        "sip:echo@sip.test",
        None,
        Headers::default(),
        secret("201"),
    );
    assert!(!net.media().contains(&"echo 1".to_owned()));
    net.hangup(phone, caller, None);
    net.run(Duration::from_secs(31));
    net.assert_clear();
}
