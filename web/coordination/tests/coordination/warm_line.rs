//! The warm line: an agent's phone dials it, and calls who is on his screen, or has what is offered to him.

use crate::world::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::*;

const KNOWN: &str = "+4930222333";
const OTHER: &str = "+4930222334";

fn world() -> World {
    let mut firm = acme();
    firm.calls.warm_line = Some(WarmLine { extension: Some(700), number: Some("+493012345700".into()) });
    firm.agents[3].warm_code = Some("2468".into());
    firm.contacts[0].customer = Some("vera".into());
    World::with(vec![firm])
}

fn two_numbers() -> World {
    let mut w = world();
    let mut firm = w.settings[0].clone();
    firm.contacts[0].numbers.push(OTHER.into());
    w = World::with(vec![firm]);
    w
}

/// A phone dials; who it is as the switch says.
fn dials(w: &mut World, (user, realm): (&str, &str), number: &str) -> CallId {
    let from = CallId::mint(w.now, u128::from(DIALLED.fetch_add(1, Ordering::Relaxed)));
    let (user, realm, number) = (user.to_owned(), realm.to_owned(), number.to_owned());
    w.event(Event::Dialled { call: from, user, realm, number });
    from
}

static DIALLED: AtomicU64 = AtomicU64::new(4_711);

const CAROL: (&str, &str) = ("203", "node.test");

fn rejected(w: &World, from: CallId) -> Option<Cause> {
    w.commands.iter().rev().find_map(|command| match command {
        Command::Reject { call, cause } if *call == from => Some(*cause),
        _ => None,
    })
}

fn dialled(w: &World) -> Option<(&str, &str)> {
    match w.commands.last() {
        Some(Command::Dial { number, caller_id, .. }) => Some((number, caller_id)),
        _ => None,
    }
}

/// Carol has spoken with Vera, who has hung up.
fn wrapping_up(w: &mut World) {
    w.ready("carol");
    let call = w.dial_queue(Some(KNOWN));
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(w.state("carol"), "wrapup");
}

#[test]
fn who_is_on_screen_is_called() {
    let mut w = world();
    wrapping_up(&mut w);
    dials(&mut w, CAROL, "700");
    assert_eq!(dialled(&w), Some((KNOWN, "+493012345000")));
    let current = &w.desks["carol"].current;
    assert_eq!(
        (&current["channel"], &current["contact"]["name"]),
        (&"outbound".into(), &"Vera Known".into())
    );
    let call: CallId = current["call"].as_str().unwrap().parse().unwrap();
    w.customer_answers(call);
    assert_eq!(w.hear(call), "ca");
    w.customer_leaves(call);
    assert_eq!(w.state("carol"), "wrapup");
    assert_eq!(w.violations(), 0);
}

#[test]
fn of_several_the_agent_chooses_on_the_screen() {
    let mut w = two_numbers();
    wrapping_up(&mut w);
    let choose = |number: &str| Request::WarmLine { agent: World::who("carol"), number: number.into() };
    assert_eq!(w.refused(choose(OTHER)).1, "gone", "her phone is down");
    dials(&mut w, CAROL, "700");
    let shown = w.desks["carol"].me["warm_line"].clone();
    assert_eq!((&shown[0]["number"], &shown[1]["display"]), (&KNOWN.into(), &"030 222334".into()));
    w.done(choose(OTHER));
    assert_eq!(dialled(&w).map(|call| call.0), Some(OTHER));
    assert_eq!(w.desks["carol"].me["warm_line"], serde_json::json!([]));

    let mut w = two_numbers();
    wrapping_up(&mut w);
    let from = dials(&mut w, CAROL, "700");
    w.wait_secs(20);
    assert_eq!(rejected(&w, from), Some(Cause::NoAnswer));
    assert_eq!(w.desks["carol"].me["warm_line"], serde_json::json!([]));
    let from = dials(&mut w, CAROL, "700");
    assert_eq!(w.refused(choose("+4930999999")).1, "gone");
    assert_eq!(rejected(&w, from), Some(Cause::NotFound), "never a number that was not offered");
}

#[test]
fn nobody_on_the_screen_is_said_and_strangers_reach_nobody() {
    let mut w = world();
    w.ready("carol");
    let from = dials(&mut w, CAROL, "700");
    assert_eq!(rejected(&w, from), Some(Cause::NotFound));
    assert_eq!(w.desks["carol"].me["notice"]["code"], "nobody_on_screen");
    for (who, number) in
        [(("299", "node.test"), "700"), (("+4930555555", ""), "+493012345700"), (("", ""), "+493012345700")]
    {
        let from = dials(&mut w, who, number);
        assert_eq!(rejected(&w, from), Some(Cause::NotFound), "{who:?}");
    }
    let call = w.dial_queue(Some(KNOWN));
    w.agent_answers(call);
    let from = dials(&mut w, CAROL, "700");
    assert_eq!(rejected(&w, from), Some(Cause::Busy), "she speaks");
    assert_eq!(w.hear(call), "ca");
}

#[test]
fn a_lifted_phone_has_the_call_that_rings() {
    let mut w = world();
    w.ready("carol");
    let call = w.dial_queue(Some(KNOWN));
    assert_eq!(w.state("carol"), "ringing");
    let ringing = w.calls[&call].agent.unwrap().0;
    dials(&mut w, CAROL, "700");
    let dropped =
        |c: &Command| matches!(c, Command::Drop { party, cause: Cause::Elsewhere, .. } if *party == ringing);
    assert_eq!(w.count(dropped), 1, "the phone that rang shows no missed call");
    assert_eq!(w.state("carol"), "talking");
    w.join(call);
    assert_eq!(w.hear(call), "ca");
    assert_eq!(w.count(|c| matches!(c, Command::Dial { .. })), 0);
    w.customer_leaves(call);
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_visitor_who_is_claimed_is_called_and_his_page_stays_on_the_screen() {
    let mut w = world();
    w.ready("carol");
    let identity = Identity {
        customer: "vera".into(),
        name: None,
        email: None,
        phone: None,
        language: None,
        priority: None,
        attributes: BTreeMap::new(),
    };
    let asked = OpenReservation { identity: Some(Box::new(identity)), ..wish(1, Mode::Dial) };
    let page = w.open(asked).id;
    assert_eq!(w.state("carol"), "claimed");
    dials(&mut w, CAROL, "700");
    assert_eq!(dialled(&w).map(|call| call.0), Some(KNOWN));
    assert_eq!(w.desks["carol"].current["page"]["title"], "Page 1");
    assert_eq!(w.page(page).reason.as_deref(), Some("called"));
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_phone_of_the_network_keys_its_code_first() {
    let mut w = world();
    w.ready("dave");
    let call = w.dial_queue(Some(KNOWN));
    w.agent_answers(call);
    w.customer_leaves(call);
    dials(&mut w, ("+4930901820", ""), "+493012345700");
    let asked = w.commands.iter().rev().find_map(|command| match command {
        Command::Adopt { confirm, .. } => confirm.clone(),
        _ => None,
    });
    assert_eq!(asked.map(|confirm| (confirm.code, confirm.language)), Some(("2468".into(), "de".into())));
    let from = dials(&mut w, ("+4930901820", ""), "700");
    assert!(rejected(&w, from).is_some(), "an extension is for phones of the house");
}

#[test]
fn a_request_to_be_called_is_done_on_the_warm_line_as_any_other() {
    let mut firm = acme();
    firm.calls.warm_line = Some(WarmLine { extension: Some(700), number: None });
    firm.callme.mode = warmline_coordination::dialing::DialMode::Preview;
    let mut w = World::with(vec![firm]);
    w.ready("carol");
    let page = w.open(wish(1, Mode::Callme)).id;
    dials(&mut w, CAROL, "700");
    assert_eq!(dialled(&w).map(|call| call.0), Some(MOBILE));
    let from = dials(&mut w, CAROL, "700");
    assert_eq!(rejected(&w, from), Some(Cause::Busy), "it is on already");
    let call = *w.calls.keys().next_back().unwrap();
    w.customer_fails(call, Cause::Busy);
    let view = w.page(page);
    assert_eq!((view.attempts, view.due.is_some()), (1, true), "an attempt like any other: {view:?}");
    assert_eq!((w.state("carol").as_str(), w.violations()), ("ready", 0));
}

#[test]
fn a_request_on_the_warm_line_goes_over_its_own_pools_trunk_with_the_number_of_the_day() {
    let mut firm = acme();
    firm.calls.warm_line = Some(WarmLine { extension: Some(700), number: None });
    firm.callme.mode = warmline_coordination::dialing::DialMode::Preview;
    // The site's pool is the second, with a trunk of its own.
    let numbers = vec!["+4989555000".into(), "+4989555001".into()];
    let trunk = "south".to_owned();
    firm.pools.push(PoolSettings { name: "south".into(), numbers, trunk, ..firm.pools[0].clone() });
    firm.sites[0].pool = "south".into();
    let mut w = World::with(vec![firm]);
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    w.ready("carol");
    w.open(wish(1, Mode::Callme));
    let mut seen = Vec::new();
    for _ in 0..2 {
        dials(&mut w, CAROL, "700");
        let Some(Command::Dial { call, trunk, caller_id, .. }) = w.commands.last().cloned() else {
            panic!("{:?}", w.commands.last())
        };
        assert_eq!(trunk, "south");
        seen.push(caller_id);
        w.customer_fails(call, Cause::Busy);
        w.wait_secs(300);
    }
    assert!(seen[0].starts_with("+4989555") && seen[0] == seen[1], "{seen:?}");
    w.event(Event::TrunkDown { trunk: "south".into() });
    let from = dials(&mut w, CAROL, "700");
    assert!(rejected(&w, from).is_some(), "its own trunk is down");
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_choice_that_comes_behind_an_offer_changes_nothing() {
    let mut w = two_numbers();
    wrapping_up(&mut w);
    let first = dials(&mut w, CAROL, "700");
    let second = dials(&mut w, CAROL, "700");
    assert_eq!(
        (rejected(&w, first), rejected(&w, second)),
        (Some(Cause::NoAnswer), None),
        "the latest counts"
    );
    w.done(Request::WrapupDone(World::who("carol")));
    let call = w.dial_queue(None);
    assert_eq!(w.state("carol"), "ringing");
    let choose = Request::WarmLine { agent: World::who("carol"), number: OTHER.into() };
    assert_eq!(w.refused(choose).1, "gone");
    w.agent_answers(call);
    assert_eq!(w.hear(call), "ca");
}

#[test]
fn who_does_not_know_the_code_is_not_heard_for_ever() {
    let mut w = world();
    w.ready("dave");
    let call = w.dial_queue(Some(KNOWN));
    let stranger = ("+4930901820", "");
    let from = dials(&mut w, stranger, "+493012345700");
    assert_eq!(rejected(&w, from), Some(Cause::Busy), "what rings at him rings on");
    w.agent_answers(call);
    w.customer_leaves(call);
    for _ in 0..3 {
        dials(&mut w, stranger, "+493012345700");
        let Some(Command::Adopt { call, party, .. }) = w.commands.last().cloned() else {
            panic!("{:?}", w.commands.last())
        };
        w.event(Event::Failed { call, party, cause: Cause::NoAnswer });
        let other = w.dial_queue(Some(KNOWN));
        w.agent_answers(other);
        w.customer_leaves(other);
    }
    let from = dials(&mut w, stranger, "+493012345700");
    assert_eq!(rejected(&w, from), Some(Cause::Busy));
}
