//! Calls of another switch for its own phones: handed back with 302.

use crate::switch::testing::*;
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_coordination::ids::CallId;
use warmline_sip::endpoint::{Event as Sip, Failure, SessionEvent};
use warmline_sip::message::HeaderName;

/// The trunk is a telephone system that takes its calls back.
fn net() -> Net {
    let mut settings = settings();
    settings.trunks[0].redirect = true;
    Net::with(settings)
}

fn ring(call: CallId, trunk: &str) -> Command {
    Command::Ring {
        call,
        party: party(1),
        device: Device::Number { number: "4711".into(), trunk: trunk.into() },
        caller_name: "Erika M".into(),
        caller_number: None,
        auto_answer: false,
        confirm: None,
        group: false,
        ring_secs: 15,
    }
}

#[test]
fn a_call_for_a_phone_of_the_other_switch_is_handed_back_and_ended_by_command() {
    let mut net = net();
    let carrier = net.carrier();
    let (caller, call, customer) = net.arrive(carrier);
    net.command(Command::Alert { call });
    net.command(ring(call, "carrier"));
    let contact = net.peers[carrier].inbox.iter().find_map(|event| match event {
        Sip::Session { session, event: SessionEvent::Failed(Failure::Response(response)) }
            if *session == caller =>
        {
            response.headers.get(&HeaderName::CONTACT).map(str::to_owned)
        }
        _ => None,
    });
    assert_eq!(contact.as_deref(), Some("<sip:4711@198.51.100.10:5060>"));
    assert_eq!(net.heard(carrier, caller), ["180", "failed 302"]);
    assert_eq!(net.events(), [Event::HandedOver { call, party: party(1) }]);
    // Nothing is here that could be muted or joined; nothing breaks.
    net.command(Command::Mute { call, party: party(1), on: true });
    net.command(Command::Join { call, parties: vec![] });
    net.command(Command::Queue { call });
    assert!(net.events().is_empty());
    net.command(Command::Hangup { call, cause: Cause::Normal });
    let cause = Cause::Normal;
    let left = |party| Event::Left { call, party, cause, by_itself: false };
    assert_eq!(net.events(), [left(party(1)), left(customer), Event::Ended { call, cause }]);
    net.assert_clear();
}

#[test]
fn a_call_that_was_answered_with_music_is_brought_there_by_us() {
    let mut net = net();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    net.command(Command::Queue { call });
    assert_eq!(net.heard(carrier, caller), ["200"]);
    net.command(ring(call, "carrier"));
    let (callee, request) = net.invited(carrier);
    assert_eq!(request.uri().and_then(|uri| uri.user.as_deref()), Some("4711"));
    net.answer(carrier, callee, sdp(50000, "8 101", "sendrecv"));
    assert_eq!(net.events(), [Event::Answered { call, party: party(1) }, Event::Bridged { call }]);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}

#[test]
fn a_trunk_that_takes_nothing_back_is_called() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let (caller, call, _) = net.arrive(carrier);
    net.command(ring(call, "carrier"));
    assert!(net.heard(carrier, caller).is_empty());
    net.invited(carrier);
    net.command(Command::Hangup { call, cause: Cause::Normal });
    net.assert_clear();
}
