//! A switch dies in the middle of calls: the next one ends what it has left (E15).

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use crate::switch::{LeftDialog, Switch};
use std::time::Duration;
use warmline_coordination::cti::Command;
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::SessionId;
use warmline_sip::transport::Protocol;
use warmline_time::Time;

fn next() -> Settings {
    Settings { stamp: "1.0.8".into(), ..settings() }
}

/// A call from the carrier at a phone: carrier and session, phone and session.
fn up(net: &mut Net) -> [(usize, SessionId); 2] {
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let caller = net.carrier_calls(carrier, "+493012345100");
    let (callee, _) = net.invited(phone);
    net.answer(phone, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.heard(carrier, caller), ["200"]);
    [(carrier, caller), (phone, callee)]
}

fn methods(net: &Net) -> Vec<&str> {
    net.sent.iter().filter_map(|(_, text)| text.split(' ').next()).collect()
}

/// A dialog of nobody who is there.
fn row(n: usize) -> LeftDialog {
    LeftDialog {
        tag: format!("tag{n}"),
        call_id: format!("call{n}"),
        local: format!("<sip:a@192.0.2.1>;tag=tag{n}"),
        remote: "<sip:b@198.51.100.10>;tag=peer".into(),
        target: "sip:b@198.51.100.10:5060".into(),
        routes: Vec::new(),
        cseq: 1,
        transport: "UDP".into(),
        from: SWITCH.parse().unwrap(),
        to: "198.51.100.10:5060".parse().unwrap(),
        trunk: None,
    }
}

#[test]
fn e15_both_peers_of_a_call_get_bye_after_a_kill_and_only_once() {
    let mut net = Net::new();
    let [(carrier, caller), (phone, callee)] = up(&mut net);
    assert_eq!(net.dialogs.len(), 2);
    let trunks: Vec<_> = net.dialogs.values().filter_map(|row| row.trunk.as_deref()).collect();
    assert_eq!(trunks, ["carrier"]);
    net.restart(next());
    let ended = "ended Q.850;cause=41;text=\"Switch restarted\"";
    assert_eq!(
        (net.heard(carrier, caller), net.heard(phone, callee)),
        (vec![ended.into()], vec![ended.into()])
    );
    assert_eq!(net.switch.sip_counters().left_ended, 2);
    assert!(net.dialogs.is_empty());
    net.restart(next());
    assert!(methods(&net).is_empty(), "{:?}", net.sent);
    net.assert_clear();
}

#[test]
fn a_dialog_is_kept_from_the_answer_to_the_answer_of_the_bye() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let caller = net.carrier_calls(carrier, "+493012345100");
    let (callee, _) = net.invited(phone);
    assert!(net.dialogs.is_empty(), "who rings has no dialog that BYE could end");
    net.answer(phone, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.dialogs.len(), 2);
    // The phone is silent: it has not heard the BYE yet.
    net.peers[phone].alive = false;
    net.hangup(carrier, caller, None);
    assert_eq!(net.dialogs.values().map(|row| row.to.ip().to_string()).collect::<Vec<_>>(), ["203.0.113.21"]);
    net.peers[phone].alive = true;
    net.run(Duration::from_secs(2));
    assert!(net.dialogs.is_empty());
    net.assert_clear();
}

#[test]
fn browsers_leave_nothing_for_there_is_no_way_to_them() {
    let mut net = Net::new();
    let (carrier, browser) = (net.carrier(), net.join(Protocol::Wss, "203.0.113.9:40000"));
    let registered = net.register(
        browser,
        "sip:201@sip.test",
        Some("secret-201"),
        &["<sip:201@x.invalid;transport=ws>"],
        None,
    );
    assert_eq!(registered.0, 200);
    net.carrier_calls(carrier, "+493012345100");
    let (callee, _) = net.invited(browser);
    net.answer(browser, callee, browser_sdp("active"));
    let left: Vec<_> = net.dialogs.values().map(|row| row.transport.as_str()).collect();
    assert!(left.iter().all(|transport| *transport == "UDP"), "{left:?}");
}

#[test]
fn e15_an_answer_to_an_invite_of_before_is_acknowledged_and_ended() {
    let mut net = Net::new();
    let carrier = net.carrier();
    net.command(Command::Dial {
        call: call_id(1),
        party: party(9),
        number: "+4917087654321".into(),
        trunk: "carrier".into(),
        caller_id: "+493012345000".into(),
        token: "att7".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
    let (callee, _) = net.invited(carrier);
    net.restart(next());
    net.answer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(methods(&net), ["ACK", "BYE"]);
    assert_eq!(net.heard(carrier, callee), ["ended -"]);
    assert_eq!(net.switch.sip_counters().strays_ended, 1);
    net.assert_clear();
}

#[test]
fn a_request_of_a_call_of_before_gets_481() {
    let mut net = Net::new();
    let [(carrier, caller), _] = up(&mut net);
    // Nothing is left to be ended: as if the row had not been written in time.
    net.dialogs.clear();
    net.restart(next());
    net.hangup(carrier, caller, None);
    let answers: Vec<_> = net.sent.iter().filter(|(_, text)| text.starts_with("SIP/2.0 481")).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(net.events(), [], "nobody hears of it");
}

#[test]
fn e15_a_full_house_is_ended_at_200_a_second() {
    let mut net = Net::with(Settings { trunks: Vec::new(), ..settings() });
    net.switch.end_left((0..1_000).map(row).collect());
    net.run(Duration::from_secs(1));
    let first = net.switch.sip_counters().left_ended;
    assert!((190..=220).contains(&first), "{first}");
    net.run(Duration::from_secs(5));
    assert_eq!(net.switch.sip_counters().left_ended, 1_000);
    // Nobody answers: it is over with the transactions.
    net.assert_clear();
}

#[test]
fn who_is_stopped_leaves_the_rest_to_the_next() {
    let mut switch = Switch::new(next(), [9; 32], [2; 32]);
    let now = Time::from_micros(1_795_341_900_000_000);
    switch.end_left((0..100).map(row).collect());
    switch.handle_timeout(now);
    switch.drain(now);
    switch.handle_timeout(now + Duration::from_secs(1));
    assert_eq!(switch.sip_counters().left_ended, 10);
}

#[test]
fn rows_that_cannot_be_used_are_dropped() {
    let mut net = Net::new();
    let odd = |change: fn(&mut LeftDialog)| {
        let mut row = row(1);
        change(&mut row);
        (row.tag.clone(), row)
    };
    net.dialogs.extend([odd(|row| row.transport = "WSS".into())]);
    net.restart(next());
    net.dialogs.extend([odd(|row| row.target = "nothing".into())]);
    net.restart(next());
    assert!(methods(&net).is_empty() && net.dialogs.is_empty());
}

#[test]
fn a_challenge_to_the_bye_is_answered_with_the_trunks_credentials() {
    let mut settings = next();
    settings.trunks[0].credentials = Some(Credentials { user: "firm".into(), password: "secret".into() });
    let mut net = Net::new();
    let carrier = net.carrier();
    net.dialogs.extend([("tag1".into(), LeftDialog { trunk: Some("carrier".into()), ..row(1) })]);
    net.peers[carrier].alive = false;
    net.restart(settings);
    let bye =
        net.sent.iter().map(|(_, text)| text.clone()).find(|text| text.starts_with("BYE")).expect("a BYE");
    let copied = |name: &str| {
        let line = bye.lines().find(|line| line.starts_with(&format!("{name}: "))).expect("a header");
        format!("{line}\r\n")
    };
    assert_eq!(copied("CSeq"), "CSeq: 1001 BYE\r\n");
    let headers: String = ["Via", "From", "To", "Call-ID", "CSeq"].map(copied).concat();
    let challenge = "Proxy-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\"\r\n";
    let response = format!("SIP/2.0 407 Who\r\n{headers}{challenge}Content-Length: 0\r\n\r\n");
    net.inject(carrier, response.into());
    let again =
        net.sent.iter().rev().map(|(_, text)| text).find(|text| text.starts_with("BYE")).expect("a BYE");
    assert!(again.contains("Proxy-Authorization: Digest") && again.contains("CSeq: 1002 BYE"), "{again}");
}
