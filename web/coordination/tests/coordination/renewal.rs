//! Holding on to a number: tapped, renewed, and not for ever (E11, E30).

use crate::keys::*;
use crate::world::*;
use warmline_coordination::cti::Prompt;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::view::VisitorState;

fn renew(w: &mut World, reservation: ReservationId) -> Result<(), (u16, &'static str)> {
    match w.tell(Request::Renew { reservation }) {
        Reply::Done => Ok(()),
        Reply::Problem(problem) => Err((problem.status, problem.code)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn e11_a_tap_keeps_the_number_for_a_minute_once() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(290);
    let before = w.page(view.id).expires_at;
    w.tell(Request::DialIntent { reservation: view.id });
    assert_ne!(w.page(view.id).expires_at, before);
    w.wait_secs(30);
    w.tell(Request::DialIntent { reservation: view.id });
    w.crash();
    w.wait_secs(29);
    assert_eq!(w.page(view.id).state, VisitorState::Held, "also after a restart");
    w.wait_secs(1);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("expired"), "once is enough");
}

#[test]
fn e11_a_closed_page_frees_nothing_before_its_time_and_a_cancel_at_once() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    let other = w.open(wish(2, Mode::Dial));
    // Nothing is heard of the page: a frozen tab is no reason.
    w.wait_secs(299);
    assert_eq!(w.page(view.id).state, VisitorState::Held);
    w.tell(Request::Cancel { reservation: other.id });
    assert_eq!(w.firms.counters().numbers_held, 1);
}

#[test]
fn e30_a_number_is_renewed_up_to_its_most_and_then_the_pin_is_what_is_left() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    for _ in 0..3 {
        w.wait_secs(200);
        assert_eq!(renew(&mut w, view.id), Ok(()));
    }
    w.crash();
    w.ready("alice");
    w.wait_secs(200);
    assert_eq!(w.page(view.id).state, VisitorState::Held, "800 s after it was issued");
    assert_eq!(renew(&mut w, view.id), Err((409, "max_hold")));
    w.wait_secs(99);
    assert_eq!(w.page(view.id).state, VisitorState::Held);
    w.wait_secs(1);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("expired"));
    assert_eq!(renew(&mut w, view.id), Err((409, "over")));
    let next = w.open(wish(2, Mode::Dial));
    let call = w.dial(next.number.as_deref().unwrap(), Some("+4930555001"));
    w.customer_leaves(call);
    w.wait_secs(1000);
    let call = w.dial(next.number.as_deref().unwrap(), Some("+4930555002"));
    assert_eq!(w.said(call), [Prompt::EnterPin]);
    w.press(call, view.pin.as_deref().unwrap());
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"), "a quarter of an hour later, from anywhere");
}

#[test]
fn a_renewal_is_told_when_it_is_durable_and_refused_without_a_store() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Dial));
    w.wait_secs(100);
    w.prompt = false;
    let id = w.ask(Request::Renew { reservation: view.id });
    assert!(!w.replies.contains_key(&id));
    assert!(!w.page_views.contains_key(&view.id));
    w.commit();
    assert_eq!(w.replies[&id], Reply::Done);
    let told = w.page_views[&view.id]["expires_at"].as_str();
    assert!(told > view.expires_at.as_deref(), "and by push");
    w.prompt = true;
    w.wait_secs(100);
    w.firms.handle_store(w.now, false);
    w.pump();
    assert_eq!(renew(&mut w, view.id), Err((503, "store_unavailable")));
    w.firms.handle_store(w.now, true);
    let job = w.open(wish(3, Mode::Callme));
    assert_eq!(renew(&mut w, job.id), Ok(()), "a job needs no renewal");
}
