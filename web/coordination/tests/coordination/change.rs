//! A live call goes on on another channel: the same call, the same agent, the same page (C8).

use crate::world::*;
use std::time::Duration;
use warmline_coordination::cti::{Cause, Command, Event};
use warmline_coordination::fact::{CallRecorded, Fact};
use warmline_coordination::ids::{CallId, ReservationId};
use warmline_coordination::request::*;
use warmline_coordination::view::{ReservationView, ShownMode, VisitorState};

const HOME: &str = "+4930555666";

fn change(w: &mut World, id: ReservationId, mode: Mode) -> Reply {
    let number = (mode == Mode::Callme).then(|| MOBILE.into());
    let consent = Some(Consent { version: "v1".into(), call: true, text: None });
    let to = ChannelChange { mode, number, consent, on_file: false };
    w.tell(Request::ChangeChannel { reservation: id, to })
}

fn changed(w: &mut World, id: ReservationId, mode: Mode) -> (ReservationView, Option<String>) {
    match change(w, id, mode) {
        Reply::Reservation { view, token, .. } => (*view.change.expect("a change"), token),
        other => panic!("{other:?}"),
    }
}

fn refused(w: &mut World, id: ReservationId, mode: Mode) -> (u16, &'static str) {
    match change(w, id, mode) {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

/// A visitor has called from his browser; whether somebody answers is the world's.
fn from_browser(w: &mut World, n: u64) -> (ReservationId, CallId) {
    let Reply::Reservation { view, token: Some(token), .. } =
        w.tell(Request::Open(Box::new(wish(n, Mode::Browser))))
    else {
        panic!("no token")
    };
    w.tell(Request::BrowserOffer { reservation: view.id, token, sdp: "v=0".into() });
    let call = *w.calls.keys().next_back().unwrap();
    w.customer_answers(call);
    (view.id, call)
}

/// He speaks with Alice.
fn talking(w: &mut World) -> (ReservationId, CallId) {
    w.ready("alice");
    let (id, call) = from_browser(w, 1);
    w.agent_answers(call);
    w.wait_secs(10);
    (id, call)
}

fn replaces(w: &World) -> Vec<(CallId, CallId)> {
    let pairs = w.commands.iter().filter_map(|command| match command {
        Command::Replace { call, from } => Some((*call, *from)),
        _ => None,
    });
    pairs.collect()
}

fn records(w: &World) -> Vec<CallRecorded> {
    let record = |fact: &Fact| match fact {
        Fact::CallRecorded(record) => Some(CallRecorded::clone(record)),
        _ => None,
    };
    w.journal.iter().filter_map(|entry| record(&entry.fact)).collect()
}

fn number(view: &ReservationView) -> String {
    view.number.clone().expect("a number")
}

/// Nothing of it is left, and one call is recorded.
fn over(mut w: World, id: ReservationId) -> CallRecorded {
    w.tell(Request::Hangup(World::who("alice")));
    assert_eq!(w.page(id).state, VisitorState::Ended);
    w.wait_secs(600);
    let counters = w.firms.counters();
    assert_eq!((w.violations(), counters.calls_live, counters.numbers_held), (0, 0, 0));
    let mut records = records(&w);
    assert_eq!(records.len(), 1, "one call, one record: {records:?}");
    records.remove(0)
}

#[test]
fn c8_from_the_browser_to_a_number_in_the_page() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    let before = w.desks["alice"].current.clone();
    let (to, _) = changed(&mut w, id, Mode::Dial);
    assert_eq!((to.mode, to.state), (ShownMode::Dial, VisitorState::Held));
    assert!(to.pin.is_some() && to.expires_at.is_some());
    assert_eq!(w.page_views[&id]["state"], "talking", "his call goes on");
    assert_eq!(w.desks["alice"].current["change"]["to"], "phone");
    assert!(w.commands.contains(&Command::KeepCustomer { call, on: true }));

    let from = w.dial(&number(&to), Some(HOME));
    assert_eq!(replaces(&w), [(call, from)]);
    assert_eq!(w.count(|command| matches!(command, Command::Ring { .. })), 1, "nobody is rung again");
    let page = &w.page_views[&id];
    assert_eq!((&page["channel"], &page["change"]), (&"phone".into(), &serde_json::Value::Null));
    // What the agent sees is as it was, but for the channel: no jump, the same clock.
    let mut after = w.desks["alice"].current.clone();
    assert_eq!(after["channel"], "phone");
    after["channel"] = before["channel"].clone();
    assert_eq!(after, before);
    let told = &w.desks["alice"].data["call.channel_changed"];
    assert_eq!(
        (&told["from"], &told["to"], &told["agent"]),
        (&"browser".into(), &"phone".into(), &"alice".into())
    );
    assert_eq!(w.page(to.id).reason.as_deref(), Some("normal"));
    let record = over(w, id);
    assert_eq!((record.call, record.channel.as_str()), (call, "browser"));
    assert_eq!((record.changed_to, record.caller.as_deref()), (vec!["phone".to_owned()], Some(HOME)));
}

#[test]
fn c8_the_number_is_told_when_it_is_durable() {
    let mut w = World::new();
    let (id, _) = talking(&mut w);
    w.slow(true);
    let to = ChannelChange { mode: Mode::Dial, number: None, consent: None, on_file: false };
    let request = w.ask(Request::ChangeChannel { reservation: id, to });
    assert!(!w.replies.contains_key(&request) && w.page_views[&id]["change"].is_null());
    w.slow(false);
    assert!(matches!(w.replies[&request], Reply::Reservation { .. }));
    assert!(!w.page_views[&id]["change"]["number"].is_null());
    let (again, _) = changed(&mut w, id, Mode::Dial);
    assert_eq!(w.page_views[&id]["change"]["id"], again.id.to_string(), "asked twice, it is the same");
}

/// He speaks from a page again; the call that brings him.
fn from_the_next_page(w: &mut World, id: ReservationId) -> CallId {
    let (to, token) = changed(w, id, Mode::Browser);
    let (reservation, token) = (to.id, token.expect("a token"));
    let answer = w.tell(Request::BrowserOffer { reservation, token, sdp: "v=0".into() });
    assert!(matches!(answer, Reply::Sdp(_)));
    let Some(Command::BrowserOffer { call, .. }) = w.commands.last().cloned() else {
        panic!("{:?}", w.commands)
    };
    call
}

#[test]
fn c8_from_one_page_to_the_next_whether_or_not_the_switch_has_lost_him_by_then() {
    for lost in [false, true] {
        let mut w = World::new();
        let (id, call) = talking(&mut w);
        assert!(w.commands.contains(&Command::KeepCustomer { call, on: true }), "as soon as they speak");
        let since = w.desks["alice"].current["since"].clone();
        if lost {
            w.event(Event::CustomerLost { call });
            assert_eq!(
                w.desks["alice"].current["change"],
                serde_json::json!({ "to": "browser", "lost": true })
            );
            w.wait_secs(8);
        }
        let from = from_the_next_page(&mut w, id);
        w.customer_answers(from);
        assert_eq!(replaces(&w), [(call, from)]);
        w.wait_secs(60);
        let current = &w.desks["alice"].current;
        assert_eq!((&current["channel"], &current["since"]), (&"browser".into(), &since));
        assert!(current["change"].is_null());
        assert!(over(w, id).changed_to.is_empty());
    }
}

#[test]
fn c8_who_has_closed_his_page_for_good_is_waited_for_ten_seconds_and_who_has_hung_up_not_at_all() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    w.event(Event::CustomerLost { call });
    w.wait_secs(9);
    assert!(w.calls.contains_key(&call));
    w.wait_secs(2);
    assert!(w.calls.is_empty());
    assert_eq!(w.page(id).state, VisitorState::Ended);
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    w.event(Event::CustomerLost { call });
    w.tell(Request::Cancel { reservation: id });
    assert!(w.calls.is_empty(), "he has said so");
    // On the phone, whoever is gone is gone.
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&number(&view), Some(HOME));
    w.agent_answers(call);
    assert!(!w.commands.contains(&Command::KeepCustomer { call, on: true }));
}

#[test]
fn c8_who_is_lost_and_asks_to_be_called_is_waited_for_as_long_as_his_phone_rings() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    w.event(Event::CustomerLost { call });
    w.wait_secs(2);
    changed(&mut w, id, Mode::Callme);
    let from = *w.calls.keys().next_back().unwrap();
    w.wait_secs(20);
    assert!(w.calls.contains_key(&call), "it rings there");
    w.customer_answers(from);
    assert_eq!(replaces(&w), [(call, from)]);
    assert_eq!(over(w, id).changed_to, ["phone"]);
}

#[test]
fn c8_we_call_his_phone_while_he_speaks() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Callme);
    assert_eq!((to.mode, to.state), (ShownMode::Callme, VisitorState::Dialing));
    let intent = w.facts(|fact| matches!(fact, Fact::DialIntended { .. }));
    assert_eq!(intent, 1, "durable before the INVITE");
    let asked = |fact: &Fact| {
        let Fact::DialIntended { checked: Some(checked), .. } = fact else { return false };
        checked.lists.len() == 4 && checked.hours == "exempt" && checked.clocks.len() == 1
    };
    assert_eq!(w.facts(asked), 1, "c15: lists and hours were asked with the wish");
    let from = *w.calls.keys().next_back().unwrap();
    let Some(Command::Dial { beside, number, .. }) = w.commands.last() else { panic!("{:?}", w.commands) };
    assert_eq!((*beside, number.as_str()), (Some(call), MOBILE));
    assert_eq!(refused(&mut w, id, Mode::Dial), (409, "change_under_way"));
    w.customer_answers(from);
    assert_eq!(replaces(&w), [(call, from)]);
    assert_eq!(w.page_views[&id]["channel"], "phone");
    assert_eq!(over(w, id).changed_to, ["phone"]);
}

#[test]
fn c8_nobody_answers_there_and_the_browser_call_goes_on() {
    for cause in [Cause::Busy, Cause::NoAnswer] {
        let mut w = World::new();
        let (id, call) = talking(&mut w);
        changed(&mut w, id, Mode::Callme);
        let from = *w.calls.keys().next_back().unwrap();
        w.customer_fails(from, cause);
        let page = w.page_views[&id].clone();
        assert_eq!((&page["state"], &page["channel"]), (&"talking".into(), &"browser".into()));
        assert_eq!(page["change"]["reason"], cause.reason(), "the page can say why");
        assert!(
            !w.commands.contains(&Command::KeepCustomer { call, on: false }),
            "his page may be another one"
        );
        assert!(w.desks["alice"].current["change"].is_null());
        // He may ask again.
        let (to, _) = changed(&mut w, id, Mode::Dial);
        w.dial(&number(&to), None);
        assert_eq!(w.page_views[&id]["channel"], "phone");
        over(w, id);
    }
}

#[test]
fn c8_from_the_phone_to_the_page_and_back() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(&number(&view), Some(HOME));
    w.agent_answers(call);
    let (to, token) = changed(&mut w, view.id, Mode::Browser);
    let (reservation, token) = (to.id, token.expect("a token"));
    let answer = w.tell(Request::BrowserOffer { reservation, token, sdp: "v=0".into() });
    assert!(matches!(answer, Reply::Sdp(_)));
    let Some(Command::BrowserOffer { call: from, beside, .. }) = w.commands.last().cloned() else {
        panic!("{:?}", w.commands)
    };
    assert_eq!(beside, Some(call));
    w.customer_answers(from);
    assert_eq!((replaces(&w), &w.page_views[&view.id]["channel"]), (vec![(call, from)], &"browser".into()));
    assert_eq!(w.desks["alice"].current["channel"], "browser");
    let (to, _) = changed(&mut w, view.id, Mode::Dial);
    w.dial(&number(&to), Some(HOME));
    let record = over(w, view.id);
    assert_eq!(
        (record.channel.as_str(), record.changed_to),
        ("phone", vec!["browser".into(), "phone".into()])
    );
}

#[test]
fn c8_who_waits_keeps_his_place() {
    let mut w = World::new();
    let first = w.dial_queue(None);
    w.wait_secs(1);
    let (id, call) = from_browser(&mut w, 1);
    w.wait_secs(1);
    let last = w.dial_queue(None);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    let from = w.dial(&number(&to), Some(HOME));
    w.wait_secs(1);
    assert_eq!(replaces(&w), [(call, from)]);
    let page = &w.page_views[&id];
    assert_eq!(
        (&page["state"], &page["position"], &page["channel"]),
        (&"waiting".into(), &2.into(), &"phone".into())
    );
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(first));
    w.ready("bob");
    assert_eq!(w.ringing_at("bob"), Some(call), "nobody is overtaken");
    assert_eq!(w.desks["bob"].current["channel"], "phone");
    w.ready("carol");
    assert_eq!(w.ringing_at("carol"), Some(last));
    // Or he is called when it is his turn.
    let mut w = World::new();
    let (id, call) = from_browser(&mut w, 1);
    let instead = w.open(wish(1, Mode::Callme));
    assert_eq!((instead.position, w.calls.contains_key(&call)), (Some(1), false));
    assert_eq!(w.page(id).reason.as_deref(), Some("callback"));
    assert_eq!(w.violations(), 0);
}

#[test]
fn c8_the_phone_fails_on_the_way_and_the_browser_call_goes_on() {
    let mut w = World::new();
    w.changes = false;
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    let from = w.dial(&number(&to), Some(HOME));
    assert_eq!(replaces(&w), [(call, from)]);
    w.end_call(from, Cause::Normal);
    let page = &w.page_views[&id];
    assert_eq!((&page["state"], &page["channel"]), (&"talking".into(), &"browser".into()));
    assert_eq!(page["change"]["state"], "held", "the number is still his");
    w.changes = true;
    w.dial(&number(&to), Some(HOME));
    assert_eq!(w.page_views[&id]["channel"], "phone");
    over(w, id);
}

#[test]
fn c8_a_switch_that_says_nothing_is_given_up() {
    let mut w = World::new();
    w.changes = false;
    let (id, _) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    let from = w.dial(&number(&to), Some(HOME));
    w.wait_secs(10);
    assert!(!w.calls.contains_key(&from));
    assert_eq!(w.page_views[&id]["state"], "talking");
    over(w, id);
}

#[test]
fn c8_the_browser_is_lost_first_and_the_call_waits_for_twenty_seconds() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    w.event(Event::CustomerLost { call });
    assert_eq!(w.desks["alice"].current["change"]["lost"], true);
    assert_eq!(w.state("alice"), "talking");
    w.wait(Duration::from_millis(19_900));
    assert!(w.calls.contains_key(&call));
    let from = w.dial(&number(&to), Some(HOME));
    assert_eq!(replaces(&w), [(call, from)]);
    w.wait_secs(60);
    assert!(w.desks["alice"].current["change"].is_null() && w.calls.contains_key(&call));
    over(w, id);
    // Nobody comes.
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    w.event(Event::CustomerLost { call });
    w.wait_secs(20);
    assert_eq!((w.page(id).state, w.state("alice").as_str()), (VisitorState::Ended, "wrapup"));
    // But he had dialled already: the same agent is asked first.
    w.tell(Request::WrapupDone(World::who("alice")));
    w.ready("bob");
    let late = w.dial(&number(&to), Some(HOME));
    assert_eq!(w.ringing_at("alice"), Some(late));
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    assert_eq!(w.violations(), 0);
}

#[test]
fn c8_the_call_ends_while_the_phone_comes() {
    let mut w = World::new();
    w.changes = false;
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    let from = w.dial(&number(&to), Some(HOME));
    w.ready("bob");
    // The switch was not in time: the caller is one like any other.
    w.tell(Request::Hangup(World::who("alice")));
    assert!(!w.calls.contains_key(&call) && w.calls.contains_key(&from));
    assert_eq!(w.ringing_at("bob"), Some(from));
    w.agent_answers(from);
    w.customer_leaves(from);
    assert_eq!((records(&w).len(), w.violations()), (2, 0), "two calls");
    // The visitor himself hangs up in the page: nothing is left to come.
    let mut w = World::new();
    let (id, _) = talking(&mut w);
    changed(&mut w, id, Mode::Callme);
    w.tell(Request::Cancel { reservation: id });
    assert!(w.calls.is_empty(), "{:?}", w.calls);
    w.wait_secs(600);
    assert_eq!((w.firms.counters().jobs_open, w.violations()), (0, 0));
}

#[test]
fn c8_it_can_be_taken_back_and_runs_out() {
    let mut w = World::new();
    let (id, call) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    assert_eq!(w.tell(Request::KeepChannel { reservation: id }), Reply::Done);
    assert!(w.page_views[&id]["change"].is_null());
    assert_eq!(w.page(to.id).reason.as_deref(), Some("canceled"));
    assert!(!w.commands.contains(&Command::KeepCustomer { call, on: false }));
    // While his phone rings.
    changed(&mut w, id, Mode::Callme);
    assert_eq!(w.tell(Request::KeepChannel { reservation: id }), Reply::Done);
    assert_eq!((w.calls.len(), w.page_views[&id]["change"].is_null()), (1, true));
    // A number that is not dialled.
    changed(&mut w, id, Mode::Dial);
    w.tell(Request::Renew { reservation: id });
    w.wait_secs(300);
    assert_eq!(w.page_views[&id]["change"]["reason"], "expired");
    assert_eq!(w.page_views[&id]["state"], "talking");
    over(w, id);
}

#[test]
fn c8_what_cannot_be_is_refused() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Dial));
    assert_eq!(refused(&mut w, view.id, Mode::Browser), (409, "over"), "there is no call");
    let call = w.dial(&number(&view), None);
    assert_eq!(refused(&mut w, view.id, Mode::Browser), (409, "not_now"), "it rings");
    w.agent_answers(call);
    assert_eq!(refused(&mut w, view.id, Mode::Chat), (409, "same_channel"));
    w.tell(Request::Hangup(World::who("alice")));
    assert_eq!(refused(&mut w, view.id, Mode::Browser), (409, "over"));
    // No number is free, and there is no shared one.
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    let mut w = World::with(vec![settings]);
    let (id, _) = talking(&mut w);
    w.open(wish(2, Mode::Dial));
    assert_eq!(refused(&mut w, id, Mode::Dial), (409, "no_number"));
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    assert_eq!(refused(&mut w, id, Mode::Callme), (409, "no_number"));
    let number = Some("+1900".into());
    let consent = Some(Consent { version: "v1".into(), call: true, text: None });
    let to = ChannelChange { mode: Mode::Callme, number, consent, on_file: false };
    let Reply::Problem(problem) = w.tell(Request::ChangeChannel { reservation: id, to }) else { panic!() };
    assert_eq!(problem.status, 422);
    assert_eq!(w.violations(), 0);
}

#[test]
fn c8_who_has_left_what_he_had_may_choose_another_way_still() {
    let left = |w: &mut World| {
        let (id, call) = talking(w);
        changed(w, id, Mode::Dial);
        w.event(Event::CustomerLost { call });
        changed(w, id, Mode::Callme);
        assert!(!w.commands.iter().any(|command| matches!(command, Command::Hangup { .. })), "it is kept");
        (id, call, *w.calls.keys().next_back().unwrap())
    };
    let mut w = World::new();
    let (id, call, from) = left(&mut w);
    w.customer_answers(from);
    assert_eq!(replaces(&w), [(call, from)]);
    assert_eq!(w.state("alice"), "talking");
    over(w, id);
    // Where that comes to nothing, nothing is left.
    let mut w = World::new();
    let (id, _, from) = left(&mut w);
    w.customer_fails(from, Cause::Busy);
    assert_eq!((w.page(id).state, w.state("alice").as_str()), (VisitorState::Ended, "wrapup"));
}

#[test]
fn c8_a_dry_pool_gives_the_shared_number_and_the_pin_leads_to_the_call() {
    let mut settings = acme();
    settings.pools[0].numbers.truncate(1);
    settings.pools[0].shared = Some("+493012345999".into());
    let mut w = World::with(vec![settings]);
    let (id, call) = talking(&mut w);
    w.open(wish(2, Mode::Dial));
    let (to, _) = changed(&mut w, id, Mode::Dial);
    assert_eq!(number(&to), "+493012345999");
    let from = w.dial("+493012345999", None);
    for digit in to.pin.unwrap().chars() {
        let party = w.calls[&from].customer;
        w.event(Event::Digit { call: from, party, digit });
    }
    assert_eq!(replaces(&w), [(call, from)]);
    assert_eq!(w.page_views[&id]["channel"], "phone");
}

#[test]
fn c8_a_trunk_that_fails_takes_the_number_back() {
    let mut w = World::new();
    let (id, _) = talking(&mut w);
    changed(&mut w, id, Mode::Dial);
    w.event(Event::TrunkDown { trunk: "carrier".into() });
    assert_eq!(w.page_views[&id]["change"]["reason"], "unreachable");
    assert_eq!(w.page_views[&id]["state"], "talking");
    over(w, id);
}

#[test]
fn c8_after_a_crash_the_number_leads_to_the_same_agent() {
    let mut w = World::new();
    let (id, _) = talking(&mut w);
    let (to, _) = changed(&mut w, id, Mode::Dial);
    w.crash();
    w.ready("bob");
    w.ready("alice");
    let call = w.dial(&number(&to), Some(HOME));
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.violations(), 0);
}

#[test]
fn c8_hold_and_consultation_stay() {
    let mut w = World::new();
    let (id, _) = talking(&mut w);
    w.ready("bob");
    w.tell(Request::Consult(World::who("alice"), Target::Agent("bob".into())));
    let joins = w.count(|command| matches!(command, Command::Join { .. }));
    let before = w.desks["alice"].current.clone();
    let (to, _) = changed(&mut w, id, Mode::Dial);
    w.dial(&number(&to), None);
    let after = &w.desks["alice"].current;
    assert_eq!((&after["consult"], &after["held_since"]), (&before["consult"], &before["held_since"]));
    assert_eq!(w.count(|command| matches!(command, Command::Join { .. })), joins, "nothing to be said");
}
