//! Other settings while calls are on (E28): what is removed takes nothing new, and the calls that are on go on.

use crate::switch::settings::{Route, RouteFrom, Settings, Target};
use crate::switch::testing::*;
use std::time::Duration;
use warmline_coordination::cti::{Command, Event};
use warmline_sip::digest::Credentials;
use warmline_sip::endpoint::SessionId;
use warmline_sip::message::Headers;

const ONE: &str = "203.0.113.21:5060";
const TWO: &str = "203.0.113.22:5060";

fn reload(net: &mut Net, change: impl FnOnce(&mut Settings)) {
    let mut new = settings();
    change(&mut new);
    net.switch.reload(net.now, new);
    net.settle();
}

fn dial(net: &mut Net, peer: usize, to: &str) -> SessionId {
    let secret = Some(Credentials { user: "201".into(), password: "secret-201".into() });
    let offer = Some(sdp(40000, "8", "sendrecv"));
    net.invite_with(
        peer,
        "<sip:201@sip.test>",
        &format!("sip:{to}@sip.test"),
        offer,
        Headers::default(),
        secret,
    )
}

#[test]
fn e28_calls_of_a_trunk_that_is_removed_go_on_and_it_is_a_stranger_then() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", ONE));
    let caller = net.carrier_calls(carrier, "+493012345100");
    let (callee, _) = net.invited(phone);
    net.answer(phone, callee, sdp(50000, "8", "sendrecv"));
    assert_eq!(net.heard(carrier, caller), ["200"]);
    net.media();
    reload(&mut net, |settings| {
        settings.trunks.clear();
        settings.routes.retain(|route| !matches!(route.target, Target::Trunk { .. }));
    });
    assert!(net.media().is_empty(), "nothing is done to the call");
    let next = net.carrier_calls(carrier, "+493012345100");
    assert_eq!(net.heard(carrier, next), ["failed 403"]);
    net.command(Command::Dial {
        call: call_id(7),
        party: party(7),
        number: "+4917087654321".into(),
        trunk: "carrier".into(),
        caller_id: POINT.into(),
        token: "t".into(),
        ring_secs: 30,
        beside: None,
        detect: false,
    });
    assert!(!net.is_invited(carrier), "nothing is sent there");
    net.hangup(carrier, caller, None);
    assert_eq!(net.heard(phone, callee), ["ended Q.850;cause=16;text=\"Normal call clearing\""]);
    // Named again it is the carrier's like before.
    reload(&mut net, |_| {});
    let again = net.carrier_calls(carrier, "+493012345100");
    assert!(net.is_invited(phone));
    let (callee, _) = net.invited(phone);
    net.reject(phone, callee, 486);
    assert_eq!(net.heard(carrier, again), ["failed 486"]);
    net.assert_clear();
}

#[test]
fn e28_a_registration_is_taken_back_with_its_trunk_and_new_peers_are_pinged() {
    let mut with = settings();
    with.trunks = vec![trunk("carrier", &["198.51.100.10:5060"])];
    with.trunks[0].register = true;
    with.trunks[0].credentials = Some(Credentials { user: "4930".into(), password: "key".into() });
    let mut net = Net::started(with);
    net.carrier();
    net.settle();
    net.sent.clear();
    reload(&mut net, |settings| {
        settings.trunks = vec![trunk("second", &["198.51.100.20:5060"])];
        settings.trunks[0].ping = Duration::from_secs(30);
    });
    let to = |net: &Net, peer: &str, method: &str| -> Vec<String> {
        let sent = net.sent.iter().filter(|(to, _)| to.to_string() == peer);
        sent.filter(|(_, text)| text.starts_with(method)).map(|(_, text)| text.clone()).collect()
    };
    let taken_back = to(&net, "198.51.100.10:5060", "REGISTER");
    assert!(taken_back.iter().all(|text| text.contains("\r\nExpires: 0\r\n")), "{taken_back:?}");
    assert!(!taken_back.is_empty() && !to(&net, "198.51.100.20:5060", "OPTIONS").is_empty());
    net.run(Duration::from_secs(60));
    net.sent.clear();
    net.run(Duration::from_secs(2 * 3600));
    assert!(to(&net, "198.51.100.10:5060", "").is_empty(), "nothing more ever goes there");
}

#[test]
fn e28_an_account_that_is_removed_has_no_phone_any_more_and_ends_its_call() {
    let mut net = Net::new();
    let (one, two) = (net.phone("201", ONE), net.phone("202", TWO));
    let caller = dial(&mut net, one, "202");
    let (callee, _) = net.invited(two);
    net.answer(two, callee, sdp(50000, "8", "sendrecv"));
    assert_eq!(net.heard(one, caller), ["200"]);
    reload(&mut net, |settings| settings.accounts.retain(|account| account.user == "201"));
    let down = Event::DeviceDown { user: "202".into(), realm: "sip.test".into() };
    let up = Event::DeviceUp { user: "201".into(), realm: "sip.test".into() };
    let events = net.events();
    assert!(events.contains(&down) && events.contains(&up), "{events:?}");
    let contact = format!("<sip:202@{TWO}>");
    assert_eq!(net.register(two, "sip:202@sip.test", Some("secret-202"), &[&contact], None).0, 401);
    let next = dial(&mut net, one, "202");
    assert_eq!(net.heard(one, next), ["failed 404"]);
    net.hangup(two, callee, None);
    assert_eq!(net.heard(one, caller), ["ended Q.850;cause=16;text=\"Normal call clearing\""]);
    net.assert_clear();
}

#[test]
fn e28_a_routing_point_that_is_no_more_leads_to_its_firm_until_it_is_released() {
    let mut net = Net::new();
    let (carrier, phone) = (net.carrier(), net.phone("201", ONE));
    reload(&mut net, |settings| {
        settings.routing_points.clear();
        let pattern = regex::Regex::new(&format!("^{}$", regex::escape(POINT))).unwrap();
        let target = Target::Account("201".into());
        settings.routes.push(Route { pattern, from: RouteFrom::Anyone, target });
    });
    net.events();
    let (held, ..) = net.arrive(carrier);
    net.hangup(carrier, held, None);
    net.command(Command::ReleaseNumber { number: POINT.into() });
    let routed = net.carrier_calls(carrier, POINT);
    let (callee, _) = net.invited(phone);
    net.reject(phone, callee, 486);
    assert_eq!(net.heard(carrier, routed), ["failed 486"], "now it is what the routes say");
    // One that is a routing point is not released.
    reload(&mut net, |_| {});
    net.command(Command::ReleaseNumber { number: POINT.into() });
    net.events();
    let (held, ..) = net.arrive(carrier);
    net.hangup(carrier, held, None);
    net.assert_clear();
}

#[test]
fn e28_what_is_there_is_told_again_and_what_is_the_same_is_not_disturbed() {
    let mut same = settings();
    same.trunks[0].ping = Duration::from_secs(30);
    let mut net = Net::started(same.clone());
    net.carrier();
    net.settle();
    net.phone("201", ONE);
    net.sent.clear();
    net.switch.reload(net.now, same);
    net.settle();
    let up = Event::TrunkUp { trunk: "carrier".into() };
    assert_eq!(net.events(), [Event::DeviceUp { user: "201".into(), realm: "sip.test".into() }, up]);
    assert!(net.sent.is_empty(), "no ping before it is due");
}
