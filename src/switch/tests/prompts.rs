//! Prompts: to a customer who is not answered yet, to one who waits, and what comes in between.

use super::several::*;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event, Prompt};
use warmline_coordination::ids::CallId;
use warmline_media::ids::LegId;
use warmline_media::worker;

fn say(net: &mut Net, call: CallId, prompts: &[Prompt], quiet: bool) {
    net.command(Command::Say { call, prompts: prompts.to_vec(), language: "en".into(), quiet });
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[test]
fn an_unanswered_customer_is_answered_and_asked_for_his_pin() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    say(&mut net, call, &[Prompt::EnterPin], true);
    assert_eq!(net.heard(carrier, caller), ["200"]);
    assert_eq!(net.media(), ["open 1", "negotiate 1 PCMA", "play 1 Speech 1"]);
    assert_eq!(net.events(), []);
    net.run(secs(1));
    assert_eq!(net.events(), [Event::Played { call }]);
    assert_eq!(net.media(), ["play 1 Silence"]);
    net.run(secs(30));
    assert!(
        net.media().is_empty() && net.events().is_empty(),
        "he is answered, and no limit ends his ringing"
    );
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn one_who_waits_with_music_hears_all_prompts_and_music_again() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Queue { call });
    net.media();
    say(&mut net, call, &[Prompt::EnterPin, Prompt::WrongPin], false);
    assert_eq!(net.media(), ["play 1 Speech 3"], "one after the other");
    net.run(Duration::from_millis(2_500));
    assert_eq!(net.events(), []);
    net.run(secs(1));
    assert_eq!(net.events(), [Event::Played { call }]);
    assert_eq!(net.media(), ["play 1 Music"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn what_is_interrupted_is_not_reported() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", "203.0.113.21:5060"));
    let (caller, call, customer) = net.arrive(carrier);
    say(&mut net, call, &[Prompt::PleaseHold], false);
    say(&mut net, call, &[Prompt::EnterPin], true);
    net.media();
    // The end of the first may have been on its way to us when the second began.
    net.media_event(worker::Event::Played { leg: LegId(1) });
    assert!(net.events().is_empty() && net.media().is_empty());
    net.run(secs(1));
    assert_eq!(net.events(), [Event::Played { call }]);
    say(&mut net, call, &[Prompt::PleaseHold], true);
    net.command(Command::Queue { call });
    assert_eq!(net.media()[1..], ["play 1 Speech 4", "play 1 Music"]);
    say(&mut net, call, &[Prompt::PleaseHold], false);
    net.command(Command::Join { call, parties: vec![] });
    assert_eq!(net.media(), ["play 1 Speech 4", "play 1 Music"]);
    // One who is named and still alone hears it to its end, and then music.
    say(&mut net, call, &[Prompt::EnterPin], true);
    net.command(Command::Join { call, parties: vec![customer, party(1)] });
    net.run(secs(1));
    assert_eq!(net.media(), ["play 1 Speech 1", "play 1 Music"]);
    assert_eq!(net.events(), [Event::Played { call }]);
    say(&mut net, call, &[Prompt::PleaseHold], false);
    net.ring(call, party(1), "201", "sip.test");
    let (callee, _) = net.invited(phone);
    net.answer(phone, callee, sdp(50000, "8", "sendrecv"));
    net.run(secs(10));
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }, Event::Bridged { call }]);
    assert_eq!(net.media()[2..], ["negotiate 2 PCMA", "connect 1 2"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}

#[test]
fn who_speaks_with_somebody_is_told_nothing() {
    let mut s = Several::talking();
    let call = s.call;
    say(&mut s.net, call, &[Prompt::Accepted], false);
    assert!(s.net.media().is_empty());
    s.join(&[]);
    s.net.media();
    say(&mut s.net, call, &[Prompt::Accepted], true);
    assert_eq!(s.net.media(), ["play 1 Speech 3"]);
    s.net.run(secs(4));
    assert_eq!(s.net.media(), ["play 1 Silence"]);
    assert_eq!(s.net.events(), [Event::Played { call }]);
    s.over();
}

#[test]
fn a_customer_who_is_dialled_hears_it_when_he_answers() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let call = call_id(1);
    net.command(Command::Dial {
        call,
        party: party(1),
        number: "+4917087654321".into(),
        trunk: "carrier".into(),
        caller_id: "+493012345000".into(),
        token: "att7".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
    say(&mut net, call, &[Prompt::PleaseHold], false);
    assert_eq!(net.media(), ["open 1"]);
    let (callee, _) = net.invited(carrier);
    net.answer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["negotiate 1 PCMA", "play 1 Speech 4"]);
    // On hold by his own phone he hears nothing; it goes on when he is back.
    net.reoffer(carrier, callee, sdp(40000, "8 101", "inactive"));
    net.reoffer(carrier, callee, sdp(40000, "8 101", "sendrecv"));
    assert_eq!(net.media(), ["negotiate 1 PCMA"; 2]);
    net.run(secs(4));
    assert_eq!(net.media(), ["play 1 Music"]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn nothing_to_say_is_said_at_once() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    say(&mut net, call, &[], false);
    assert_eq!(net.events(), [Event::Played { call }]);
    assert_eq!(net.media()[1..], ["negotiate 1 PCMA", "play 1 Music"]);
    net.hangup(carrier, caller, None);
    net.assert_clear();
}
