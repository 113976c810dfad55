//! Trunks that go down and come back, and numbers that a visitor cannot dial (E10, E25).

use crate::keys::*;
use crate::world::*;
use warmline_coordination::cti::Event;
use warmline_coordination::request::*;
use warmline_coordination::view::{ShownMode, VisitorState};

fn trunk(w: &mut World, up: bool) {
    let trunk = "carrier".to_owned();
    w.event(if up { Event::TrunkUp { trunk } } else { Event::TrunkDown { trunk } });
}

#[test]
fn e10_open_pages_change_at_once_and_keep_their_agent() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    trunk(&mut w, false);
    let page = &w.page_views[&view.id];
    assert_eq!((page["mode"].as_str(), page["state"].as_str()), (Some("browser"), Some("held")));
    assert!(page["number"].is_null() && page["pin"].is_null(), "nothing that nobody could reach");
    assert_eq!(page["agent"]["display_name"], "Alice");
    assert_eq!(w.desks["alice"].current["channel"], "browser");
    assert_eq!((w.state("alice").as_str(), w.firms.counters().numbers_held), ("claimed", 0));
    let Reply::Reservation { token: Some(token), .. } = w.tell(Request::View { reservation: view.id }) else {
        panic!("a token for the browser call")
    };
    w.ask(Request::BrowserOffer { reservation: view.id, token, sdp: "v=0".into() });
    let call = *w.calls.keys().next().unwrap();
    w.customer_answers(call);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
}

#[test]
fn e10_the_number_is_given_again_where_nobody_else_has_it() {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(2);
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let first = w.open(wish(1, Mode::Dial));
    trunk(&mut w, false);
    assert_eq!(w.open(wish(2, Mode::Dial)).mode, ShownMode::Browser, "not offered while it is down");
    w.wait_secs(60);
    trunk(&mut w, true);
    let page = w.page(first.id);
    assert_eq!((page.mode, &page.number, &page.pin), (ShownMode::Dial, &first.number, &first.pin));
    assert_eq!(w.page_views[&first.id]["mode"], "dial", "by push");
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.agent_answers(call);
    assert_eq!(w.page(first.id).state, VisitorState::Talking);
}

#[test]
fn e10_a_number_that_came_back_may_be_anothers() {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings.pools.push(settings.pools[0].clone());
    settings.pools[1].name = "spare".into();
    settings.pools[1].numbers = vec!["+493012345001".into()];
    let mut w = World::with(vec![settings]);
    let first = w.open(wish(1, Mode::Dial));
    // A crash forgets that the trunk is down: the number rests, then it is the next one's.
    trunk(&mut w, false);
    w.crash();
    w.wait_secs(30);
    let second = w.open(wish(2, Mode::Dial));
    assert_eq!(second.number.as_deref(), Some(NUMBER));
    assert_eq!(w.page(first.id).mode, ShownMode::Browser, "the restart knows what the page was told");
    trunk(&mut w, false);
    trunk(&mut w, true);
    assert_eq!(w.page(second.id).number.as_deref(), Some(NUMBER));
    assert_eq!(w.page(first.id).number, None, "one holder");
    assert_eq!(w.firms.counters().numbers_held, 1);
    w.wait_secs(600);
    assert_eq!(w.firms.counters().numbers_held, 0);
}

#[test]
fn e10_after_a_restart_the_number_is_given_again_too() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    trunk(&mut w, false);
    w.crash();
    assert_eq!(w.page(view.id).mode, ShownMode::Browser);
    trunk(&mut w, true);
    assert_eq!(w.page(view.id).number, view.number);
    w.crash();
    w.ready("alice");
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.wait_secs(300);
    w.customer_leaves(call);
    w.wait_secs(60);
    assert_eq!(w.firms.counters().numbers_held, 0);
}

#[test]
fn e10_a_call_to_a_number_that_was_taken_off_still_finds_its_page() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    trunk(&mut w, false);
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call), "it was on its way through another trunk");
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    let Reply::Reservation { token: None, .. } = w.tell(Request::View { reservation: view.id }) else {
        panic!("no second call from the browser")
    };
    trunk(&mut w, true);
    assert_eq!(w.page(view.id).mode, ShownMode::Browser, "nothing changes under a call");
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("normal"));
}

#[test]
fn e10_mid_call_the_call_goes_on_and_a_lost_one_moves() {
    let mut w = World::new();
    w.ready("alice");
    let talk = w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, None);
    w.agent_answers(call);
    let lost = w.open(wish(2, Mode::Dial));
    let ringing = w.dial(lost.number.as_deref().unwrap(), None);
    trunk(&mut w, false);
    assert_eq!(w.page(talk.id).state, VisitorState::Talking);
    assert_eq!(w.page(lost.id).mode, ShownMode::Dial, "his call is on");
    w.customer_leaves(ringing);
    assert_eq!(w.page_views[&lost.id]["mode"], "browser", "it cannot be dialled again");
    w.crash();
    assert_eq!(w.page(lost.id).mode, ShownMode::Browser);
    assert_eq!(w.firms.counters().numbers_held, 0);
}

#[test]
fn e10_where_nothing_is_left_the_request_ends() {
    let mut settings = acme();
    settings.limits.reservations = 1;
    let mut w = World::with(vec![settings]);
    let pages = [w.open(wish(1, Mode::Dial)), w.open(wish(2, Mode::Dial))];
    trunk(&mut w, false);
    let modes = pages.map(|page| w.page_views[&page.id]["mode"].as_str().map(str::to_owned));
    assert!(modes.contains(&Some("browser".into())));
    let ended: Vec<_> = pages_over(&mut w);
    assert_eq!(ended, ["unreachable"]);
}

fn pages_over(w: &mut World) -> Vec<String> {
    let ids: Vec<_> = w.pages.keys().copied().collect();
    ids.into_iter().filter_map(|id| w.page(id).reason).collect()
}

#[test]
fn e10_the_shared_number_goes_and_comes_with_its_trunk() {
    let mut settings = acme();
    settings.pools[0].numbers.clear();
    settings.pools[0].shared = Some("+493012349999".into());
    let mut w = World::with(vec![settings]);
    let view = w.open(wish(1, Mode::Dial));
    trunk(&mut w, false);
    assert_eq!(w.page(view.id).mode, ShownMode::Browser);
    trunk(&mut w, true);
    let page = w.page(view.id);
    assert_eq!((page.mode, page.number.as_deref()), (ShownMode::Dial, Some("+493012349999")));
    w.ready("alice");
    let call = w.dial("+493012349999", None);
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("alice"), Some(call));
}

#[test]
fn e25_who_cannot_dial_the_number_takes_the_browser_with_the_same_agent() {
    let mut w = World::new();
    w.ready("bob");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("alice");
    let other = w.open(wish(1, Mode::Browser));
    assert_eq!((other.mode, other.number), (ShownMode::Browser, None));
    assert_eq!(other.agent.unwrap().display_name, "Bob");
    assert_eq!(w.page(view.id).reason.as_deref(), Some("canceled"));
    assert_eq!(w.firms.counters().numbers_held, 0, "the number is for somebody who can");
}
