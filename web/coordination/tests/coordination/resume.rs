//! E12: an agent's phone is lost in a call: how long it is awaited, and what becomes of the customer then.

use crate::world::*;
use warmline_coordination::cti::{Cause, Command, Device, Event};
use warmline_coordination::ids::{CallId, PartyId};
use warmline_coordination::request::*;
use warmline_coordination::settings::{FirmSettings, Station};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const MOBILE_OF_ALICE: &str = "+4915199988777";

fn party(w: &World, call: CallId) -> PartyId {
    w.calls[&call].agent.unwrap().0
}

/// The page of `name` is gone, with stream, phone and media.
fn unload(w: &mut World, name: &str, call: CallId, party: PartyId) {
    w.event(Event::PhoneLost { call, party, token: TOKEN.into() });
    w.close_desktop(name);
    w.phone(name, false);
}

/// It is loaded again, and its phone is called back.
fn reload(w: &mut World, name: &str, call: CallId, party: PartyId) {
    w.desktop(name);
    w.phone(name, true);
    w.event(Event::PhoneBack { call, party });
}

fn lost(w: &mut World) -> CallId {
    let call = w.talk("alice", 1);
    let party = party(w, call);
    unload(w, "alice", call, party);
    call
}

fn with_backup(backup: Station) -> World {
    let mut firm: FirmSettings = acme();
    firm.agents[0].backup = Some(backup);
    World::with(vec![firm])
}

fn last_ring(w: &World) -> (PartyId, Device) {
    let ring = w.commands.iter().rev().find_map(|command| match command {
        Command::Ring { party, device, .. } => Some((*party, device.clone())),
        _ => None,
    });
    ring.expect("a ring")
}

#[test]
fn e12_whoever_logs_out_in_a_call_ends_it_also_where_his_sound_is_gone_before_his_word() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let party = party(&w, call);
    w.tell(Request::Logout(World::who("alice")));
    w.event(Event::PhoneLost { call, party, token: TOKEN.into() });
    assert!(w.calls.is_empty(), "nobody waits in a queue for it");
    w.wait_secs(60);
    assert_eq!((w.firms.counters().calls_live, w.violations()), (0, 0));
}

#[test]
fn e12_a_reload_keeps_page_record_and_clock() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let (party, since) = (party(&w, call), w.desks["alice"].current["since"].clone());
    w.wait_secs(30);
    w.event(Event::PhoneLost { call, party, token: TOKEN.into() });
    let current = &w.desks["alice"].current;
    assert_eq!((&current["phone"], &current["resume"]), (&"resuming".into(), &TOKEN.into()));
    assert_eq!((&current["state"], &current["since"]), (&"talking".into(), &since));
    w.close_desktop("alice");
    w.phone("alice", false);
    w.wait_secs(4);
    w.desktop("alice");
    let current = &w.desks["alice"].current;
    assert_eq!((&current["resume"], &current["page"]["title"]), (&TOKEN.into(), &"Page 1".into()));
    w.phone("alice", true);
    w.event(Event::PhoneBack { call, party });
    let current = &w.desks["alice"].current;
    assert!(current["phone"].is_null() && current["resume"].is_null());
    assert_eq!((&current["since"], w.state("alice").as_str()), (&since, "talking"));
    w.wait_secs(60);
    assert_eq!(
        (w.hear(call).as_str(), w.state("alice").as_str()),
        ("ca", "talking"),
        "nothing is awaited any more"
    );
    let told = &w.desks["alice"].events;
    assert!(told.contains(&"call.phone_lost") && told.contains(&"call.phone_back"), "{told:?}");
    w.customer_leaves(call);
    assert_eq!(w.state("alice"), "wrapup");
}

#[test]
fn e12_hold_and_its_clock_outlive_a_reload() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.done(Request::Hold(World::who("alice"), true));
    let held = w.desks["alice"].current["held_since"].clone();
    assert!(held.is_string());
    w.wait_secs(7);
    let party = party(&w, call);
    unload(&mut w, "alice", call, party);
    w.wait_secs(2);
    reload(&mut w, "alice", call, party);
    let current = &w.desks["alice"].current;
    assert_eq!((&current["held"], &current["held_since"]), (&true.into(), &held));
    w.done(Request::Hold(World::who("alice"), false));
    assert!(w.desks["alice"].current["held_since"].is_null());
    w.wait_secs(3);
    w.done(Request::Hold(World::who("alice"), true));
    assert_ne!(w.desks["alice"].current["held_since"], held, "another hold");
}

#[test]
fn e12_one_who_does_not_come_back_leaves_the_customer_at_the_front() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    // Others have waited for longer than he.
    let early = w.dial_queue(None);
    w.wait_secs(600);
    let alices = party(&w, call);
    unload(&mut w, "alice", call, alices);
    w.wait_secs(7);
    assert_eq!(w.hear(call), "ca", "he is awaited");
    w.wait_secs(2);
    let dropped = Command::Drop { call, party: alices, cause: Cause::Unreachable };
    assert!(w.commands.contains(&dropped) && w.commands.contains(&Command::Queue { call }));
    w.desktop("alice");
    assert_eq!(w.state("alice"), "unreachable");
    let me = &w.desks["alice"].me;
    assert_eq!(me["notice"]["code"], "phone_lost_queue");
    assert!(w.desks["alice"].current.is_null());
    let first = &w.desks["alice"].waiting[0];
    assert_eq!(first["page"]["title"], "Page 1", "{}", w.desks["alice"].waiting);
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call), "before {early}");
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
}

#[test]
fn e12_a_phone_without_media_is_not_given_the_next_call() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    let party = party(&w, call);
    w.event(Event::PhoneLost { call, party, token: TOKEN.into() });
    w.wait_secs(8);
    assert_eq!(w.state("alice"), "not_ready");
    assert_eq!(w.ringing_at("alice"), None);
    assert!(w.desks["alice"].me["notice"]["code"].is_string());
}

#[test]
fn e12_the_customer_hangs_up_meanwhile() {
    let mut w = World::new();
    let call = lost(&mut w);
    w.wait_secs(3);
    w.customer_leaves(call);
    w.desktop("alice");
    assert_eq!(w.state("alice"), "wrapup");
    assert!(w.desks["alice"].current["phone"].is_null());
    w.wait_secs(60);
    assert_eq!(w.count(|c| matches!(c, Command::Queue { .. } | Command::Drop { .. })), 0);
}

#[test]
fn e12_hanging_up_in_the_reloaded_page_is_an_end() {
    let mut w = World::new();
    let call = lost(&mut w);
    w.desktop("alice");
    w.done(Request::Hangup(World::who("alice")));
    assert!(!w.calls.contains_key(&call));
    w.wait_secs(60);
    assert_eq!(w.count(|c| matches!(c, Command::Queue { .. })), 0);
}

#[test]
fn e12_the_backup_phone_goes_on_with_the_call() {
    let mut w = with_backup(Station::Number(MOBILE_OF_ALICE.into()));
    let call = lost(&mut w);
    let since = w.desks["alice"].current["since"].clone();
    w.wait_secs(8);
    let (party, device) = last_ring(&w);
    assert_eq!(device, Device::Number { number: MOBILE_OF_ALICE.into(), trunk: "carrier".into() });
    w.desktop("alice");
    assert_eq!(w.desks["alice"].current["phone"], "backup");
    assert_eq!(w.desks["alice"].current["resume"], serde_json::Value::Null);
    assert_eq!(w.hear(call), "");
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
    let current = &w.desks["alice"].current;
    assert!(current["phone"].is_null());
    assert_eq!((&current["state"], &current["since"]), (&"talking".into(), &since));
    w.done(Request::Mute(World::who("alice"), true));
    assert_eq!(w.commands.last(), Some(&Command::Mute { call, party, on: true }));
    w.wait_secs(60);
    assert_eq!(w.state("alice"), "talking");
    w.agent_leaves(call, party);
    assert_eq!(w.state("alice"), "wrapup");
}

#[test]
fn e12_a_backup_that_does_not_answer_is_followed_by_the_queue() {
    for fails in [true, false] {
        let mut w = with_backup(Station::Account("203".into()));
        w.event(Event::DeviceUp { user: "203".into(), realm: "node.test".into() });
        let call = lost(&mut w);
        w.wait_secs(8);
        let device = Device::Account { user: "203".into(), realm: "node.test".into() };
        assert_eq!(last_ring(&w).1, device);
        if fails {
            w.agent_fails(call, Cause::Busy);
        } else {
            w.wait_secs(21);
        }
        w.desktop("alice");
        w.wait_secs(1);
        assert_eq!(w.state("alice"), "unreachable");
        assert_eq!(w.desks["alice"].waiting[0]["page"]["title"], "Page 1");
        w.ready("bob");
        assert_eq!(w.ringing_at("bob"), Some(call));
    }
}

#[test]
fn e12_a_backup_that_is_not_registered_is_not_rung() {
    let mut w = with_backup(Station::Account("203".into()));
    let call = lost(&mut w);
    let rings = w.count(|c| matches!(c, Command::Ring { .. }));
    w.wait_secs(8);
    assert_eq!(w.count(|c| matches!(c, Command::Ring { .. })), rings);
    assert!(w.commands.contains(&Command::Queue { call }));
}

#[test]
fn e12_a_backup_that_is_registered_is_rung() {
    let mut w = with_backup(Station::Account("203".into()));
    w.event(Event::DeviceUp { user: "203".into(), realm: "warmline".into() });
    lost(&mut w);
    w.wait_secs(8);
    assert_eq!(last_ring(&w).1, Device::Account { user: "203".into(), realm: "warmline".into() });
}

#[test]
fn e12_whom_he_asked_takes_over() {
    let mut w = World::new();
    let call = w.talk("alice", 1);
    w.ready("bob");
    w.done(Request::Consult(World::who("alice"), Target::Agent("bob".into())));
    w.agent_answers(call);
    let alices = party(&w, call);
    unload(&mut w, "alice", call, alices);
    w.wait_secs(8);
    assert_eq!(w.hear(call), "ca", "the customer and Bob");
    assert_eq!(w.desks["bob"].current["guest"], false);
    w.desktop("alice");
    assert_eq!(w.state("alice"), "wrapup");
}

#[test]
fn e12_one_who_is_asked_comes_back_or_is_let_go() {
    for returns in [true, false] {
        let mut w = World::new();
        let call = w.talk("alice", 1);
        w.ready("bob");
        w.done(Request::Consult(World::who("alice"), Target::Agent("bob".into())));
        w.agent_answers(call);
        let bobs = w.calls[&call].asked.unwrap().0;
        unload(&mut w, "bob", call, bobs);
        w.wait_secs(4);
        if returns {
            reload(&mut w, "bob", call, bobs);
            w.wait_secs(20);
            assert_eq!(w.hear(call), "ax");
        } else {
            w.wait_secs(4);
            assert_eq!(w.hear(call), "ca", "alone with her customer again");
            w.desktop("bob");
            assert_eq!(w.desks["bob"].me["notice"]["code"], "phone_lost");
        }
    }
}
