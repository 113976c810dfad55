//! REGISTER: who may, what is kept, for how long, and what coordination hears of it.

use crate::switch::settings::Settings;
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Command, Event};
use warmline_sip::message::HeaderName;
use warmline_sip::transport::{ConnectionId, Protocol};

const AOR: &str = "sip:201@sip.test";
const CONTACT: &str = "<sip:201@203.0.113.21:5060>";

fn up(user: &str, realm: &str) -> Event {
    Event::DeviceUp { user: user.into(), realm: realm.into() }
}

fn down(user: &str, realm: &str) -> Event {
    Event::DeviceDown { user: user.into(), realm: realm.into() }
}

#[test]
fn only_the_owner_registers() {
    let mut net = Net::new();
    let peer = net.join(Protocol::Udp, "203.0.113.21:5060");
    let (status, response) = net.register(peer, AOR, None, &[CONTACT], None);
    assert_eq!(status, 401);
    let challenges = response.unwrap();
    let name = HeaderName::WWW_AUTHENTICATE;
    let challenges: Vec<&str> = challenges.headers.get_all(&name).collect();
    assert!(
        challenges[0].contains("SHA-256") && challenges[0].contains("realm=\"sip.test\""),
        "{challenges:?}"
    );
    assert_eq!(challenges.len(), 2);
    assert_eq!(net.register(peer, AOR, Some("wrong"), &[CONTACT], None).0, 401);
    assert_eq!(net.register(peer, "sip:299@sip.test", Some("secret-201"), &[CONTACT], None).0, 401);
    assert_eq!(net.switch.counters().auth_refused, 2);
    assert_eq!(net.register(peer, "sip:201@elsewhere.test", Some("secret-201"), &[CONTACT], None).0, 404);
    assert!(net.events().is_empty());
    assert_eq!(net.register(peer, AOR, Some("secret-201"), &[CONTACT], None).0, 200);
    assert_eq!(net.events(), [up("201", "sip.test")]);
    // By our address instead of the domain's name, too.
    assert_eq!(net.register(peer, "sip:202@192.0.2.1", Some("secret-202"), &[CONTACT], None).0, 200);
    assert_eq!(net.events(), [up("202", "sip.test")]);
    assert_eq!(net.switch.counters().registrations, 2);
}

#[test]
fn phones_that_know_no_sha_256_are_not_confused_by_it() {
    let mut net = Net::with(Settings { digest_sha256: false, ..settings() });
    let peer = net.join(Protocol::Udp, "203.0.113.21:5060");
    let challenge = net.register(peer, AOR, None, &[CONTACT], None).1.unwrap();
    let name = HeaderName::WWW_AUTHENTICATE;
    let challenges: Vec<&str> = challenge.headers.get_all(&name).collect();
    assert!(matches!(challenges[..], [only] if only.contains("MD5")), "{challenges:?}");
    assert_eq!(net.register(peer, AOR, Some("secret-201"), &[CONTACT], None).0, 200);
}

#[test]
fn bindings_are_listed_refreshed_and_removed() {
    let mut net = Net::new();
    let peer = net.join(Protocol::Udp, "203.0.113.21:5060");
    let mut register = |contacts: &[&str], expires| {
        let (status, response) = net.register(peer, AOR, Some("secret-201"), contacts, expires);
        let response = response.unwrap();
        let name = HeaderName::CONTACT;
        let contacts: Vec<String> = response.headers.get_all(&name).map(str::to_owned).collect();
        let shortest = response.headers.get(&HeaderName::MIN_EXPIRES).map(str::to_owned);
        (status, contacts, shortest, net.events())
    };
    let (status, contacts, ..) = register(&[CONTACT], Some(120));
    assert_eq!((status, contacts), (200, vec![format!("{CONTACT};expires=120")]));
    let (status, contacts, _, events) = register(&["<sip:201@203.0.113.21:5070>;expires=100000"], None);
    assert_eq!((status, contacts.len(), events.len()), (200, 2, 0), "still up, no news");
    assert!(contacts.iter().any(|contact| contact.ends_with("5070>;expires=3600")), "{contacts:?}");
    assert_eq!(register(&[], None).1.len(), 2, "a question changes nothing");
    let (status, _, shortest, _) = register(&["<sip:201@203.0.113.21:5080>"], Some(30));
    assert_eq!((status, shortest.as_deref()), (423, Some("60")));
    assert_eq!(register(&["*"], Some(60)).0, 400);
    assert_eq!(register(&["*", CONTACT], Some(0)).0, 400);
    assert_eq!(register(&["<tel:+4930>"], None).0, 400);
    assert_eq!(register(&["<sip:201@203.0.113.21:5070>"], Some(0)).1.len(), 1);
    let (status, contacts, _, events) = register(&["*"], Some(0));
    assert_eq!((status, contacts.len()), (200, 0));
    assert_eq!(events, [down("201", "sip.test")]);
}

#[test]
fn a_phone_goes_down_with_time_with_its_stream_and_with_its_credential() {
    let mut net = Net::new();
    let peer = net.join(Protocol::Udp, "203.0.113.21:5060");
    net.register(peer, AOR, Some("secret-201"), &[CONTACT], Some(60));
    net.events();
    net.run(Duration::from_secs(58));
    assert!(net.events().is_empty());
    net.run(Duration::from_secs(3));
    assert_eq!(net.events(), [down("201", "sip.test")]);

    let browser = net.agent("alice", "203.0.113.30:41000");
    let now = net.now;
    net.switch.handle_flow_closed(now, ConnectionId { id: browser as u32, generation: 0 });
    assert_eq!(net.events(), [down("alice", "acme")]);

    let browser = net.agent("bob", "203.0.113.31:41000");
    net.command(Command::DropCredential { user: "bob".into(), realm: "acme".into() });
    assert_eq!(net.events(), [down("bob", "acme")]);
    let contact = "<sip:bob@x.invalid;transport=ws>";
    assert_eq!(net.register(browser, "sip:bob@acme", Some("key"), &[contact], None).0, 401);
    net.assert_clear();
}

#[test]
fn a_browser_that_comes_back_takes_its_own_place() {
    let mut net = Net::new();
    let (first, second) =
        (net.agent("alice", "203.0.113.30:41000"), net.join(Protocol::Wss, "203.0.113.30:41001"));
    let contact = "<sip:a1@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:7>\";reg-id=1";
    assert_eq!(net.register(first, "sip:alice@acme", Some("key"), &[contact], None).0, 200);
    assert_eq!(net.switch.counters().registrations, 2);
    let contact = "<sip:a2@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:7>\";reg-id=1";
    assert_eq!(net.register(second, "sip:alice@acme", Some("key"), &[contact], None).0, 200);
    assert_eq!(net.switch.counters().registrations, 2);
    assert!(net.events().is_empty());
}
