//! Trunks that stop answering, come back, want us registered, or are full.

use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_sip::digest::{Credentials, Verdict, Verifier};
use warmline_sip::endpoint::Event as SipEvent;
use warmline_sip::message::{HeaderName, Message, Method};

fn dial(net: &mut Net, n: u128) {
    net.command(Command::Dial {
        call: call_id(n),
        party: party(n),
        number: "+4917087654321".into(),
        trunk: "carrier".into(),
        caller_id: "+493012345000".into(),
        token: "att7".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
}

#[test]
fn a_trunk_is_down_after_two_misses_and_up_with_the_first_answer() {
    let mut settings = settings();
    settings.trunks = vec![trunk("carrier", &["198.51.100.10:5060"])];
    settings.trunks[0].ping = Duration::from_secs(30);
    let mut net = Net::started(settings);
    let carrier = net.carrier();
    net.settle();
    assert_eq!(net.events(), [Event::TrunkUp { trunk: "carrier".into() }]);
    net.run(Duration::from_secs(61));
    assert!(net.events().is_empty());
    net.peers[carrier].alive = false;
    net.run(Duration::from_secs(35));
    assert!(net.events().is_empty(), "one miss is none");
    net.run(Duration::from_secs(6));
    assert_eq!(net.events(), [Event::TrunkDown { trunk: "carrier".into() }]);
    dial(&mut net, 1);
    let failed = Event::Failed { call: call_id(1), party: party(1), cause: Cause::Unreachable };
    assert_eq!(net.events()[0], failed, "nothing is sent to a trunk that is down");
    net.peers[carrier].alive = true;
    net.run(Duration::from_secs(11));
    assert_eq!(net.events(), [Event::TrunkUp { trunk: "carrier".into() }]);
    dial(&mut net, 2);
    assert!(net.is_invited(carrier));
    net.command(Command::Hangup { call: call_id(2), cause: Cause::Normal });
}

#[test]
fn a_trunk_without_ping_is_up() {
    let mut net = Net::started(settings());
    net.settle();
    assert_eq!(net.events(), [Event::TrunkUp { trunk: "carrier".into() }]);
    net.assert_clear();
}

#[test]
fn calls_from_a_full_trunk_are_shed() {
    let mut settings = settings();
    settings.trunks[0].max_calls = 1;
    let mut net = Net::with(settings);
    let carrier = net.carrier();
    let (first, ..) = net.arrive(carrier);
    let second = net.carrier_calls(carrier, POINT);
    assert_eq!(net.heard(carrier, second), ["failed 503"]);
    net.hangup(carrier, first, None);
    let (third, ..) = net.arrive(carrier);
    net.hangup(carrier, third, None);
    net.assert_clear();
}

#[test]
fn we_register_with_a_trunk_and_again_before_it_forgets_us() {
    let mut settings = settings();
    settings.trunks = vec![trunk("carrier", &["198.51.100.10:5060"])];
    settings.trunks[0].register = true;
    settings.trunks[0].credentials = Some(Credentials { user: "4930".into(), password: "key".into() });
    let mut net = Net::started(settings);
    let carrier = net.carrier();
    let mut verifier = Verifier::new([3; 32]);
    net.settle();
    let mut call_ids = Vec::new();
    for round in 0..2 {
        // The first REGISTER of a round is challenged, the second is right.
        for challenged in [true, false] {
            let (id, request) = registered(&mut net, carrier);
            let peer = "192.0.2.1".parse().unwrap();
            let verdict = verifier.verify(net.now, peer, "carrier.test", &request, Some("key"));
            let status = if challenged { 401 } else { 200 };
            let mut response = Message::response_to(&request, status, "", Some("r"));
            if challenged {
                for value in verifier.challenge(net.now, peer, "carrier.test", false) {
                    response.headers.push(HeaderName::WWW_AUTHENTICATE, value);
                }
            } else {
                assert_eq!(verdict, Verdict::Accepted, "round {round}");
                let contact = request.headers.get(&HeaderName::CONTACT).unwrap();
                response.headers.push(HeaderName::CONTACT, format!("{contact};expires=100"));
                call_ids.push((request.call_id().unwrap().to_owned(), request.cseq().unwrap().number));
            }
            let now = net.now;
            net.peers[carrier].endpoint.respond(now, id, response).unwrap();
            net.settle();
        }
        net.run(Duration::from_secs(91));
    }
    assert_eq!(call_ids[0].0, call_ids[1].0, "one Call-ID for all");
    assert!(call_ids[0].1 < call_ids[1].1);
}

fn registered(net: &mut Net, peer: usize) -> (warmline_sip::endpoint::RequestId, Message) {
    let inbox = &mut net.peers[peer].inbox;
    let is_register = |event: &SipEvent| matches!(event, SipEvent::Request { request, .. } if request.method() == Ok(Method::Register));
    let place = inbox.iter().position(is_register).expect("a REGISTER");
    let SipEvent::Request { request_id, request, .. } = inbox.remove(place) else { unreachable!() };
    (request_id, *request)
}
