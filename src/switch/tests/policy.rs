//! Strangers, and how far each kind of caller gets.

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use warmline_coordination::cti::{Command, Event};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::OutgoingRequest;
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Headers, Message, Method};
use warmline_sip::transport::Protocol;
use warmline_sip::uri::Uri;

fn body() -> Option<String> {
    Some(sdp(40000, "8", "sendrecv"))
}

#[test]
fn strangers_reach_nothing() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let phone = net.phone("201", "203.0.113.21:5060");
    let scanner = net.join(Protocol::Udp, "203.0.113.66:5060");
    for number in [POINT, "03099", "0900123456", "201", "+493012345200"] {
        let session = net.invite(scanner, "<sip:100@1.1.1.1>", &format!("sip:{number}@192.0.2.1"), body());
        assert_eq!(net.heard(scanner, session), ["failed 403"], "{number}");
    }
    assert_eq!(net.switch.counters().strangers_refused, 5);
    // Who says he is ours is asked to prove it, and cannot.
    for from in ["<sip:201@sip.test>", "<sip:alice@acme>", "<sip:100@192.0.2.1>"] {
        let wrong = Some(Credentials { user: "201".into(), password: "guess".into() });
        let to = format!("sip:{POINT}@192.0.2.1");
        let session = net.invite_with(scanner, from, &to, body(), Headers::default(), wrong);
        assert_eq!(net.heard(scanner, session), ["failed 401"], "{from}");
    }
    assert!(net.events().is_empty() && !net.is_invited(phone) && !net.is_invited(carrier));
    assert!(net.media().is_empty(), "not one port was taken");
    net.assert_clear();
}

#[test]
fn a_proven_user_cannot_call_under_another_name() {
    let mut net = Net::new();
    let phone = net.phone("201", "203.0.113.21:5060");
    let own = || Some(Credentials { user: "201".into(), password: "secret-201".into() });
    let (to, none) = ("sip:202@sip.test", Headers::default());
    let session = net.invite_with(phone, "<sip:202@sip.test>", to, body(), none, own());
    assert_eq!(net.heard(phone, session), ["failed 403"]);
    net.assert_clear();
}

#[test]
fn a_registered_account_reaches_a_routing_point() {
    let mut net = Net::new();
    let phone = net.phone("201", "203.0.113.21:5060");
    let own = Some(Credentials { user: "201".into(), password: "secret-201".into() });
    let to = format!("sip:{POINT}@sip.test");
    let session = net.invite_with(phone, "<sip:201@sip.test>", &to, body(), Headers::default(), own);
    assert!(matches!(net.events()[..], [Event::Arrived { .. }]));
    net.hangup(phone, session, None);
    net.assert_clear();
}

#[test]
fn an_agent_calls_out_only_where_a_route_says_so() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let agent = net.agent("alice", "203.0.113.30:41000");
    net.phone("202", "203.0.113.22:5060");
    let key = || Some(Credentials { user: "alice".into(), password: "key".into() });
    let dial = |net: &mut Net, number: &str| {
        let (from, to) = ("<sip:alice@acme>", format!("sip:{number}@acme"));
        let offer = Some(browser_sdp("actpass"));
        let session = net.invite_with(agent, from, &to, offer, Headers::default(), key());
        (session, net.heard(agent, session))
    };
    assert_eq!(dial(&mut net, "03099").1, ["failed 404"]);
    assert_eq!(dial(&mut net, "202").1, ["failed 404"]);
    let (session, heard) = dial(&mut net, "977");
    assert!(heard.is_empty());
    let (callee, request) = net.invited(carrier);
    assert!(String::from_utf8_lossy(&request.body).contains("RTP/AVP 0 8 101"), "plain RTP to the trunk");
    net.answer(carrier, callee, sdp(50000, "8 101", "sendrecv"));
    assert!(net.description(agent, session).contains("SAVPF 8 126"));
    let media = ["open webrtc 1", "open 2", "negotiate 2 PCMA", "negotiate 1 PCMA", "connect 1 2"];
    assert_eq!(net.media(), media);
    net.hangup(agent, session, None);
    net.assert_clear();
}

#[test]
fn the_network_does_not_dial_through_us() {
    let mut net = Net::new();
    let carrier = net.carrier();
    for number in ["03099", "977"] {
        let session = net.carrier_calls(carrier, number);
        assert_eq!(net.heard(carrier, session), ["failed 404"], "{number}");
    }
    assert_eq!(net.switch.counters().unknown_number, 2);
    net.assert_clear();
}

#[test]
fn a_phone_beside_a_trunk_is_a_phone() {
    // Both at one address, as on a test bench: the registered flow tells them apart.
    let mut net = Net::new();
    let phone = net.phone("201", "198.51.100.10:6000");
    let session = net.invite(phone, "<sip:201@sip.test>", "sip:202@sip.test", body());
    assert_eq!(net.heard(phone, session), ["failed 401"]);
    let other = net.join(Protocol::Udp, "198.51.100.10:6001");
    let session = net.carrier_calls(other, POINT);
    assert!(net.heard(other, session).is_empty());
    net.hangup(other, session, None);
    net.assert_clear();
}

#[test]
fn hops_are_counted_and_bodies_looked_at() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let from = "<sip:+4917012345678@198.51.100.10>";
    let to = format!("sip:{POINT}@192.0.2.1");
    let mut headers = Headers::default();
    headers.push(HeaderName::MAX_FORWARDS, "0");
    let session = net.invite_with(carrier, from, &to, body(), headers, None);
    assert_eq!(net.heard(carrier, session), ["failed 483"]);
    let session = net.invite(carrier, from, &to, Some("v=0\r\n".into()));
    assert_eq!(net.heard(carrier, session), ["failed 488"]);
    net.assert_clear();
}

fn ask(net: &mut Net, peer: usize, method: Method) -> String {
    let uri: Uri = "sip:192.0.2.1".parse().unwrap();
    let mut message = Message::request(method, uri.clone());
    message.headers.push(HeaderName::FROM, "<sip:nobody@1.1.1.1>");
    message.headers.push(HeaderName::TO, NameAddr::new(uri).to_string());
    let flow = net.peers[peer].flow;
    let now = net.now;
    net.peers[peer].endpoint.request(now, OutgoingRequest { flow, message, credentials: None });
    net.settle();
    net.sent.last().unwrap().1.lines().next().unwrap().to_owned()
}

#[test]
fn anyone_may_ask_whether_we_are_there() {
    let mut net = Net::new();
    let peer = net.join(Protocol::Udp, "203.0.113.66:5060");
    assert_eq!(ask(&mut net, peer, Method::Options), "SIP/2.0 200 OK");
    assert!(net.sent.last().unwrap().1.contains("Allow: INVITE"));
    assert!(ask(&mut net, peer, Method::Message).starts_with("SIP/2.0 405"));
    assert!(ask(&mut net, peer, Method::Other("FOO".into())).starts_with("SIP/2.0 501"));
    net.assert_clear();
}

#[test]
fn coordination_never_hears_of_a_call_that_there_are_no_ports_for() {
    let mut net = Net::new();
    let carrier = net.carrier();
    // The stock has eight.
    for _ in 0..8 {
        net.arrive(carrier);
    }
    net.events();
    let ninth = net.carrier_calls(carrier, POINT);
    assert_eq!(net.heard(carrier, ninth), ["failed 503"]);
    assert_eq!(net.events(), []);
    let now = net.now;
    net.switch.drain(now);
    net.settle();
    net.events();
    net.assert_clear();
}

#[test]
fn full_or_closing_means_try_later() {
    let mut net = Net::with(Settings { max_calls: 1, ..settings() });
    let carrier = net.carrier();
    let (first, call, _) = net.arrive(carrier);
    let second = net.carrier_calls(carrier, POINT);
    assert_eq!(net.heard(carrier, second), ["failed 503"]);
    assert_eq!(net.switch.counters().overload, 1);
    net.command(Command::Queue { call });
    let now = net.now;
    net.switch.drain(now);
    net.settle();
    assert!(net.heard(carrier, first)[1].starts_with("ended"));
    assert!(matches!(net.events().last(), Some(Event::Ended { .. })));
    let third = net.carrier_calls(carrier, POINT);
    assert_eq!(net.heard(carrier, third), ["failed 503"]);
    assert!(ask(&mut net, carrier, Method::Options).starts_with("SIP/2.0 503"));
    net.assert_clear();
}

#[test]
fn e29_a_scanner_is_banned_and_nobody_else_at_its_address() {
    let mut net = Net::new();
    let carrier = net.carrier();
    let phone = net.phone("201", "203.0.113.66:5062");
    let (scanner, neighbour) =
        (net.join(Protocol::Udp, "203.0.113.66:5060"), net.join(Protocol::Udp, "203.0.113.66:5064"));
    let knock = |net: &mut Net, from: usize| {
        let session = net.invite(from, "<sip:100@1.1.1.1>", &format!("sip:{POINT}@192.0.2.1"), body());
        net.heard(from, session)
    };
    for _ in 0..10 {
        assert_eq!(knock(&mut net, scanner), ["failed 403"]);
    }
    assert_eq!(net.switch.counters().bans, 1);
    assert_eq!(net.switch.newly_banned().0, ["203.0.113.66".parse::<std::net::IpAddr>().unwrap()]);
    // No answer at all; but the ACK of the last refusal was heard, so that it is not sent again.
    assert_eq!(knock(&mut net, scanner), Vec::<String>::new());
    let counters = net.switch.counters();
    assert!(counters.banned_dropped > 0 && counters.strangers_refused == 10);
    assert_eq!(knock(&mut net, neighbour), ["failed 403"], "who sends from there may be somebody else");
    // The phone that was there goes on calling, and being called.
    let own = Some(Credentials { user: "201".into(), password: "secret-201".into() });
    let session =
        net.invite_with(phone, "<sip:201@sip.test>", "sip:202@sip.test", body(), Headers::default(), own);
    assert_eq!(net.heard(phone, session), ["failed 480"], "its call is looked at: 202 is not there");
    let session = net.invite(carrier, "<sip:+4930999@carrier>", "sip:+493012345100@192.0.2.1", body());
    assert!(net.is_invited(phone), "{:?}", net.heard(carrier, session));
}

#[test]
fn e29_who_guesses_passwords_is_banned_with_all_his_address() {
    let mut net = Net::new();
    let phone = net.phone("201", "203.0.113.66:5062");
    let (guesser, other) =
        (net.join(Protocol::Udp, "203.0.113.66:5060"), net.join(Protocol::Udp, "203.0.113.66:5064"));
    let call = |net: &mut Net, from: usize, password: &str| {
        let given = Some(Credentials { user: "201".into(), password: password.into() });
        let to = "sip:202@sip.test";
        let session = net.invite_with(from, "<sip:201@sip.test>", to, body(), Headers::default(), given);
        net.heard(from, session)
    };
    // Whoever is asked and answers well is no guesser, however often.
    for _ in 0..60 {
        assert_eq!(net.register(other, "sip:201@sip.test", Some("secret-201"), &[], None).0, 200);
    }
    for _ in 0..10 {
        assert_eq!(call(&mut net, guesser, "guess"), ["failed 401"]);
    }
    assert_eq!(call(&mut net, guesser, "secret-201"), Vec::<String>::new(), "not even the right one");
    assert_eq!(call(&mut net, other, "secret-201"), Vec::<String>::new(), "from no port");
    assert_eq!(call(&mut net, phone, "secret-201"), ["failed 480"], "but from the registered phone");
}
