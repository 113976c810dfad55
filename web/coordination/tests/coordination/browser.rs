//! Talking from the page: the token, the offer, the agent.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::view::VisitorState;

fn open(w: &mut World, n: u64) -> (ReservationId, String) {
    match w.tell(Request::Open(Box::new(wish(n, Mode::Browser)))) {
        Reply::Reservation { view, token: Some(token), .. } => (view.id, token),
        other => panic!("{other:?}"),
    }
}

fn offer(w: &mut World, (reservation, token): (ReservationId, String)) -> Reply {
    w.tell(Request::BrowserOffer { reservation, token, sdp: "v=0".into() })
}

fn code(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

fn only_call(w: &World) -> CallId {
    *w.calls.keys().next_back().unwrap()
}

#[test]
fn an_offer_becomes_a_call_with_the_claimed_agent() {
    let mut w = World::new();
    w.ready("alice");
    let (id, token) = open(&mut w, 1);
    assert_eq!(w.state("alice"), "claimed");
    assert_eq!(offer(&mut w, (id, token)), Reply::Sdp("answer to v=0".into()));
    assert_eq!(w.count(|c| matches!(c, Command::Ring { .. })), 0, "media first");
    let call = only_call(&w);
    w.customer_answers(call);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["channel"], "browser");
    w.agent_answers(call);
    assert_eq!(w.page(id).state, VisitorState::Talking);
    w.tell(Request::Mute(World::who("alice"), true));
    assert_eq!(w.desks["alice"].current["muted"], true);
    w.tell(Request::Hangup(World::who("alice")));
    assert_eq!(w.page(id).reason.as_deref(), Some("normal"));
    assert_eq!(w.state("alice"), "wrapup");
    w.tell(Request::WrapupDone(World::who("alice")));
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn a_token_is_good_once_and_for_a_minute() {
    let mut w = World::new();
    let (id, token) = open(&mut w, 1);
    assert_eq!(code(offer(&mut w, (id, "guess".into()))), (409, "token_invalid"));
    w.wait_secs(60);
    assert_eq!(code(offer(&mut w, (id, token.clone()))), (409, "token_expired"));
    let (same, fresh) = open(&mut w, 1);
    assert_eq!(same, id);
    assert_ne!(fresh, token);
    assert!(matches!(offer(&mut w, (id, fresh.clone())), Reply::Sdp(_)));
    assert_eq!(code(offer(&mut w, (id, fresh))), (409, "token_used"));
    assert_eq!(w.calls.len(), 1);
}

#[test]
fn without_an_agent_the_page_waits_with_music() {
    let mut w = World::new();
    let ticket = open(&mut w, 1);
    let id = ticket.0;
    offer(&mut w, ticket);
    let call = only_call(&w);
    w.customer_answers(call);
    let page = w.page(id);
    assert_eq!((page.state, page.position), (VisitorState::Waiting, Some(1)));
    assert_eq!(page.wait, None, "nobody serves");
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.customer_leaves(call);
    assert_eq!(w.page(id).reason.as_deref(), Some("canceled"));
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn an_offer_that_cannot_be_answered_is_answered_all_the_same() {
    let mut w = World::new();
    w.ready("alice");
    w.answers_offers = false;
    let ticket = open(&mut w, 1);
    let id = ticket.0;
    let request = w.ask(Request::BrowserOffer { reservation: id, token: ticket.1, sdp: "v=0".into() });
    let call = only_call(&w);
    w.customer_fails(call, Cause::Media);
    assert_eq!(code(w.replies[&request].clone()), (503, "call_failed"));
    assert_eq!((w.state("alice").as_str(), w.page(id).reason.as_deref()), ("ready", Some("unreachable")));
    let ticket = open(&mut w, 2);
    let request = w.ask(Request::BrowserOffer { reservation: ticket.0, token: ticket.1, sdp: "v=0".into() });
    w.wait(Duration::from_secs(10));
    assert_eq!(code(w.replies[&request].clone()), (503, "call_failed"), "the switch said nothing");
    assert!(w.calls.is_empty());
}

#[test]
fn after_a_restart_the_page_gets_a_new_token() {
    let mut w = World::new();
    let (id, _) = open(&mut w, 1);
    w.crash();
    let Reply::Reservation { token: Some(token), .. } = w.tell(Request::View { reservation: id }) else {
        panic!()
    };
    assert!(matches!(offer(&mut w, (id, token)), Reply::Sdp(_)));
}
