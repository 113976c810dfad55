//! Calls that come when a number's time is over: its last holder is remembered, and never another's page is shown (E2, E3, E6).

use crate::keys::*;
use crate::world::*;
use warmline_coordination::cti::{Event, Prompt};
use warmline_coordination::fact::Fact;
use warmline_coordination::ids::ReservationId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::{ReservationView, VisitorState};

const ONE: &str = "+4930555001";
const TWO: &str = "+4930555002";

/// A firm with one number: the next visitor gets the last one's.
fn one_number() -> FirmSettings {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings
}

#[test]
fn e2_a_late_call_reaches_the_same_agent_with_the_page_marked_probable() {
    let mut w = World::new();
    w.ready("bob");
    let view = w.open(wish(1, Mode::Dial));
    w.ready("alice");
    w.wait_secs(301);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("expired"));
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("bob"), Some(call), "whom the page named, though Alice is free too");
    assert_eq!(w.screen("bob"), shows("Page 1", "recent"));
    assert_eq!(w.desks["bob"].current["contact"]["name"], "Visitor 1");
    assert_eq!(w.desks["bob"].current["reservation"], view.id.to_string());
    w.agent_answers(call);
    w.customer_leaves(call);
    let history = &w.desks["bob"].current["contact"]["history"][0];
    assert_eq!((history["outcome"].as_str(), history["page"].as_str()), (Some("talked"), Some("Page 1")));
    assert_eq!(w.page(view.id).reason.as_deref(), Some("expired"), "what is over stays over");
    assert_eq!(w.firms.counters().late_calls, 1);
}

#[test]
fn e2_a_late_call_has_the_place_of_its_request() {
    let mut w = World::new();
    w.open(wish(1, Mode::Dial));
    w.wait_secs(200);
    let plain = w.dial_queue(None);
    w.wait_secs(150);
    let late = w.dial(NUMBER, None);
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(late), "he asked before the other called");
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(plain));
    assert_eq!(w.screen("bob").1, "none");
}

#[test]
fn e2_the_memory_ends_after_its_time() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.wait_secs(300 + 1799);
    let call = w.dial(NUMBER, None);
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
    w.customer_leaves(call);
    w.wait_secs(2);
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), (None, "none".into()));
    assert!(w.desks["alice"].current["reservation"].is_null());
}

#[test]
fn e2_who_was_cut_off_dials_again_and_is_known() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.agent_answers(call);
    w.wait_secs(2400);
    w.customer_leaves(call);
    w.ready("bob");
    w.wait_secs(25);
    let again = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(again), "though the number was given back forty minutes ago");
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
}

#[test]
fn e2_another_caller_than_the_last_holder_is_asked() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(call);
    w.wait_secs(301);
    let stranger = w.dial(NUMBER, Some(TWO));
    assert_eq!(w.said(stranger), [Prompt::EnterPin], "the last holder called from another number");
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(10);
    assert_eq!(w.ringing_at("alice"), Some(stranger), "silence: he is a caller like any other");
    assert_eq!(w.screen("alice"), (None, "none".into()));
    w.customer_leaves(stranger);
    let holder = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(holder));
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
}

/// Found beside 400,000 operations in any order, by thought: whoever changes phones in a call may be late from each.
#[test]
fn e2_who_has_gone_on_on_another_phone_is_late_on_either() {
    for late in [ONE, TWO] {
        let mut settings = acme();
        settings.pools[0].numbers.truncate(2);
        let mut w = World::with(vec![settings]);
        w.ready("alice");
        let view = w.open(wish(1, Mode::Dial));
        let first = view.number.expect("a number");
        let call = w.dial(&first, Some(ONE));
        w.agent_answers(call);
        let to = ChannelChange { mode: Mode::Dial, number: None, consent: None, on_file: false };
        let changed = w.tell(Request::ChangeChannel { reservation: view.id, to });
        let Reply::Reservation { view, .. } = changed else { panic!("{changed:?}") };
        let second = view.change.and_then(|change| change.number).expect("another");
        w.dial(&second, Some(TWO));
        w.customer_leaves(call);
        w.wait_secs(31);
        w.open(wish(2, Mode::Dial));
        w.open(wish(3, Mode::Dial));
        for number in [&first, &second] {
            let call = w.dial(number, Some(late));
            assert_ne!(w.said(call), [], "{late} to {number}: nobody else's page is shown for him");
            w.customer_leaves(call);
        }
    }
}

#[test]
fn e3_a_number_of_anothers_shows_neither_page_until_the_pin_is_right() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let first = w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(call);
    w.wait_secs(331);
    let second = w.open(wish(2, Mode::Dial));
    assert_eq!(second.number, first.number);
    assert_ne!(second.pin, first.pin);
    w.wait_secs(60);
    w.trace.clear();
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(late), [Prompt::EnterPin]);
    assert_eq!(w.rung(), 1, "only for the first call");
    w.press(late, first.pin.as_deref().unwrap());
    assert_eq!(w.said(late), [Prompt::EnterPin, Prompt::Accepted]);
    assert_eq!(w.ringing_at("alice"), Some(late));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"), "he has proved whose it is");
    assert_eq!(w.page(second.id).state, VisitorState::Held, "the number is still the other's");
    w.agent_answers(late);
    let real = w.dial(NUMBER, Some(TWO));
    assert_eq!(w.said(real), [], "the holder is not asked");
    assert_eq!(w.page(second.id).state, VisitorState::Waiting);
    assert_eq!(w.firms.counters().pins_right, 1);
}

#[test]
fn e3_without_a_pin_the_late_caller_waits_without_context() {
    let mut w = World::with(vec![one_number()]);
    let first = w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(call);
    w.wait_secs(331);
    let second = w.open(wish(2, Mode::Dial));
    w.ready("alice");
    let late = w.dial(NUMBER, Some(ONE));
    let wrong = other_pin(&[first.pin.as_deref().unwrap(), second.pin.as_deref().unwrap()]);
    w.press(late, &wrong);
    w.press(late, "12#");
    w.press(late, "4711");
    assert_eq!(w.said(late), [Prompt::EnterPin, Prompt::WrongPin, Prompt::WrongPin]);
    w.wait_secs(7);
    assert_eq!(w.rung(), 0);
    w.wait_secs(1);
    assert_eq!(w.ringing_at("alice"), Some(late), "three tries, then like any other caller");
    assert_eq!(w.screen("alice"), (None, "none".into()));
    assert_eq!(w.firms.counters().pins_wrong, 3);
}

#[test]
fn e3_a_record_with_other_numbers_than_the_callers_is_not_shown() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    // His record has a number of its own.
    let job = w.open(wish(2, Mode::Callme));
    w.tell(Request::Cancel { reservation: job.id });
    w.open(wish(2, Mode::Dial));
    w.wait_secs(5);
    let known = w.dial(NUMBER, Some("+4930222333"));
    assert_eq!(w.said(known), [Prompt::EnterPin], "Vera, who had the number last week");
    let own = w.dial(NUMBER, Some(MOBILE));
    assert_eq!(w.ringing_at("alice"), Some(own));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
}

/// The first visitor's time is over, without a call; the second one has his number now. The first one's PIN and the second's page.
fn handed_on(w: &mut World) -> (String, ReservationView) {
    let first = w.open(wish(1, Mode::Dial));
    w.wait_secs(331);
    let second = w.open(wish(2, Mode::Dial));
    assert_eq!(second.number, first.number);
    w.page(second.id);
    (first.pin.expect("a PIN"), second)
}

#[test]
fn e3_while_nobody_looks_at_the_holders_page_whoever_calls_is_asked() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let (pin, second) = handed_on(&mut w);
    w.done(Request::PageGone { reservation: second.id });
    w.wait_secs(10);
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!((w.said(late), w.state("alice").as_str()), (vec![Prompt::EnterPin], "claimed"));
    w.press(late, &pin);
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"), "she waits for the holder");
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(late));
    assert_eq!(w.screen("bob"), shows("Page 1", "exact"));
    // The holder knows his own.
    let call = w.dial(NUMBER, None);
    assert_eq!(w.said(call), [Prompt::EnterPin]);
    w.press(call, second.pin.as_deref().unwrap());
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
}

#[test]
fn e3_who_has_tapped_the_number_or_whom_the_one_before_has_called_is_not_asked() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let (pin, second) = handed_on(&mut w);
    w.wait_secs(20);
    let call = w.dial(NUMBER, Some(TWO));
    assert_eq!(
        (w.said(call), w.ringing_at("alice")),
        (vec![Prompt::EnterPin], None),
        "he looks, and may be the other"
    );
    w.customer_leaves(call);
    // Within a minute of the tap it is he.
    w.done(Request::DialIntent { reservation: second.id });
    w.wait_secs(59);
    let call = w.dial(NUMBER, Some(TWO));
    assert_eq!((w.said(call), w.screen("alice")), (vec![], shows("Page 2", "exact")));
    w.customer_leaves(call);

    // The first was late, and has proved himself: nobody is left who may dial it but the holder.
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    handed_on(&mut w);
    w.ready("bob");
    let late = w.dial(NUMBER, None);
    w.press(late, &pin);
    assert_eq!(w.screen("bob"), shows("Page 1", "exact"));
    w.customer_leaves(late);
    let call = w.dial(NUMBER, Some(TWO));
    assert_eq!((w.said(call), w.screen("alice")), (vec![], shows("Page 2", "exact")));
}

#[test]
fn e3_of_three_in_a_row_none_is_shown_for_another() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let (pin, _) = handed_on(&mut w);
    // The second one's time is over too, and nobody has the number: it may have been either.
    w.wait_secs(331);
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!((w.said(late), w.ringing_at("alice")), (vec![Prompt::EnterPin], None));
    w.press(late, &pin);
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(late);
    // Now it can be the second alone.
    w.ready("alice");
    let call = w.dial(NUMBER, Some(TWO));
    assert_eq!((w.said(call), w.screen("alice")), (vec![], shows("Page 2", "recent")));
}

#[test]
fn e3_where_open_pages_are_trusted_one_that_is_looked_at_or_was_tapped_or_never_was_answers_for_its_number() {
    let one_number = || {
        let mut settings = one_number();
        settings.pools[0].trust_open_page = true;
        settings
    };
    type Before = fn(&mut World, ReservationId);
    let open: Before = |_, _| {};
    let reloaded: Before = |w, reservation| {
        w.done(Request::PageGone { reservation });
        w.wait_secs(9);
        w.page(reservation);
    };
    let reloading: Before = |w, reservation| {
        w.done(Request::PageGone { reservation });
        w.wait_secs(9);
    };
    let tapped: Before = |w, reservation| {
        w.done(Request::DialIntent { reservation });
        w.done(Request::PageGone { reservation });
        w.wait_secs(20);
    };
    for before in [open, reloaded, reloading, tapped] {
        let mut w = World::with(vec![one_number()]);
        w.ready("alice");
        let (_, second) = handed_on(&mut w);
        before(&mut w, second.id);
        let call = w.dial(NUMBER, Some(TWO));
        assert_eq!((w.said(call), w.ringing_at("alice")), (vec![], Some(call)));
        assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
    }
    // A site's server holds one for its visitor: nobody ever looks at a page of ours.
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    w.wait_secs(331);
    w.open(wish(2, Mode::Dial));
    w.wait_secs(60);
    w.dial(NUMBER, Some(TWO));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
}

#[test]
fn e3_a_closed_page_is_the_holders_where_nobody_else_can_be_meant() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let gone = |w: &mut World, reservation| {
        w.done(Request::PageGone { reservation });
        w.wait_secs(60);
    };
    // Nobody had the number before.
    let first = w.open(wish(1, Mode::Dial));
    gone(&mut w, first.id);
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(call);
    w.wait_secs(331);
    // Who had it has called from another number.
    let second = w.open(wish(2, Mode::Dial));
    gone(&mut w, second.id);
    let call = w.dial(NUMBER, Some(TWO));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
    w.customer_leaves(call);
    w.wait_secs(331);
    // He had it himself.
    let again = w.open(wish(2, Mode::Dial));
    gone(&mut w, again.id);
    w.dial(NUMBER, None);
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"));
    assert_eq!(w.desks["alice"].current["reservation"], again.id.to_string());
}

/// Found by 90,000 sequences in any order: a trunk that is down for a moment made the number forget who had it before.
#[test]
fn e3_whose_call_was_an_earlier_holders_is_known_although_the_trunk_was_down_meanwhile() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(call);
    w.wait_secs(331);
    let second = w.open(wish(2, Mode::Dial));
    let trunk = || "carrier".to_owned();
    w.event(Event::TrunkDown { trunk: trunk() });
    w.wait_secs(3);
    w.event(Event::TrunkUp { trunk: trunk() });
    assert_eq!(w.page(second.id).number.as_deref(), Some(NUMBER));
    w.ready("alice");
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(late).last(), Some(&Prompt::EnterPin));
}

#[test]
fn e3_who_has_proved_himself_once_is_known() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    let first = w.open(wish(1, Mode::Dial));
    w.wait_secs(331);
    let second = w.open(wish(2, Mode::Dial));
    w.done(Request::DialIntent { reservation: second.id });
    let stray = w.dial(NUMBER, Some(TWO));
    let late = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(stray);
    w.press(late, first.pin.as_deref().unwrap());
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(late);
    w.crash();
    w.ready("alice");
    let again = w.dial(NUMBER, Some(ONE));
    assert_eq!((w.said(again), w.ringing_at("alice")), (vec![Prompt::EnterPin], None));
}

#[test]
fn e6_a_withheld_number_is_no_hindrance() {
    let mut w = World::with(vec![one_number()]);
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, None);
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.customer_leaves(call);
    w.wait_secs(301);
    let call = w.dial(NUMBER, None);
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
    w.customer_leaves(call);
    w.wait_secs(31);
    w.open(wish(2, Mode::Dial));
    let call = w.dial(NUMBER, None);
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.screen("alice"), shows("Page 2", "exact"), "the number alone is the key");
}

#[test]
fn last_holders_pins_and_callers_survive_a_restart() {
    let mut w = World::with(vec![one_number()]);
    let first = w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(call);
    w.wait_secs(301);
    w.crash();
    w.ready("alice");
    let stranger = w.dial(NUMBER, Some(TWO));
    assert_eq!(w.said(stranger), [Prompt::EnterPin], "from where he called is remembered");
    w.customer_leaves(stranger);
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(late));
    assert_eq!(w.screen("alice"), shows("Page 1", "recent"));
    w.customer_leaves(late);
    w.wait_secs(31);
    w.open(wish(2, Mode::Dial));
    w.crash();
    w.ready("alice");
    let late = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.said(late), [Prompt::EnterPin], "whose it was before is remembered too");
    w.press(late, first.pin.as_deref().unwrap());
    assert_eq!(w.screen("alice"), shows("Page 1", "exact"));
    w.crash();
    w.wait_secs(1800);
    w.ready("alice");
    let forgotten = w.dial(NUMBER, Some(ONE));
    assert_eq!(w.ringing_at("alice"), Some(forgotten));
    assert_ne!(w.screen("alice").0.as_deref(), Some("Page 1"), "but not for ever");
}

#[test]
fn a_journal_of_an_earlier_version_still_reads() {
    let mut w = World::new();
    w.open(wish(1, Mode::Dial));
    let call = w.dial(NUMBER, Some(ONE));
    w.customer_leaves(call);
    let entry = w.journal.iter().find(|entry| matches!(entry.fact, Fact::CallRecorded(_))).unwrap();
    let mut json = serde_json::to_value(&entry.fact).unwrap();
    assert!(json.as_object_mut().unwrap().remove("caller").is_some());
    let Fact::CallRecorded(record) = serde_json::from_value(json).unwrap() else { panic!() };
    assert_eq!(record.caller, None);
}
