//! Calls of the list server: whom they are met by, what they show, what whoever is called keys in, who is rung first.

use crate::campaign::{job, started, terms};
use crate::keys::shows;
use crate::list::{dialled, later};
use crate::world::*;
use std::time::Duration;
use warmline_coordination::campaign::{Imported, Terms};
use warmline_coordination::cti::{Cause, Command, Prompt};
use warmline_coordination::dialing::{DialMode, MatchNumber};
use warmline_coordination::fact::Fact;
use warmline_coordination::identity::Identity;
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::Menu;
use warmline_coordination::view::VisitorState;

fn mode(mode: DialMode) -> World {
    let mut settings = acme();
    settings.callme.mode = mode;
    World::with(vec![settings])
}

fn matching(when: MatchNumber) -> World {
    let mut settings = acme();
    settings.callme.match_number = when;
    World::with(vec![settings])
}

fn shown(w: &World) -> Vec<String> {
    let number = |command: &Command| match command {
        Command::Dial { caller_id, .. } => Some(caller_id.clone()),
        _ => None,
    };
    w.commands.iter().filter_map(number).collect()
}

fn state_of(w: &mut World, id: warmline_coordination::ids::ReservationId) -> &'static str {
    match w.tell(Request::Callback { firm: "acme".into(), reservation: id, people: false }) {
        Reply::Callback(row) => row.state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn e14_fifty_parallel_posts_one_job_at_a_time_of_its_own() {
    let mut w = World::new();
    let due = Some(w.now + Duration::from_secs(3600));
    w.prompt = false;
    let all: Vec<RequestId> = (0..50)
        .map(|_| w.ask(Request::Open(Box::new(OpenReservation { due, ..wish(1, Mode::Callme) }))))
        .collect();
    w.slow(false);
    let mut ids = std::collections::BTreeSet::new();
    for id in all {
        let Reply::Reservation { view, .. } = &w.replies[&id] else { panic!() };
        ids.insert(view.id);
        assert!(view.due.is_some());
    }
    w.ready("alice");
    w.wait_secs(3600);
    assert_eq!((ids.len(), dialled(&w).len()), (1, 1));
}

#[test]
fn e14_a_signed_in_customer_has_the_same_request_from_each_of_his_browsers() {
    let mut w = World::new();
    let due = Some(w.now + Duration::from_secs(3600));
    let asks = |n: u64, customer: Option<&str>, due| {
        let identity = customer.map(|customer| Identity { customer: customer.into(), ..Identity::default() });
        OpenReservation { due, identity: identity.map(Box::new), ..wish(n, Mode::Callme) }
    };
    let first = w.open(asks(1, Some("c-17"), due)).id;
    let tells = |w: &mut World, asked| match w.tell(Request::Open(Box::new(asked))) {
        Reply::Reservation { view, created, .. } => Ok((view.id, created)),
        Reply::Problem(problem) => Err(problem.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(tells(&mut w, asks(2, Some("c-17"), due)), Ok((first, false)));
    assert_eq!(tells(&mut w, asks(3, Some("c-18"), due)), Err("number_waits"));
    assert_eq!(tells(&mut w, asks(4, None, due)), Err("number_waits"));
    // He may move it there too.
    assert_eq!(tells(&mut w, asks(2, Some("c-17"), None)), Ok((first, false)));
    w.ready("alice");
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn e14_who_calls_while_the_next_attempt_waits_brings_his_page_and_is_not_dialled() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let call = w.dial_queue(Some(MOBILE));
    assert_eq!(w.ringing_at("alice"), Some(call));
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    assert_eq!(w.desks["alice"].current["confidence"], "recent");
    assert_eq!(w.page(view.id).state, VisitorState::Waiting, "he has spoken with nobody");
    w.agent_answers(call);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("met"));
    w.customer_leaves(call);
    assert_eq!(state_of(&mut w, view.id), "done");
    w.crash();
    w.ready("alice");
    w.wait_secs(7200);
    assert_eq!((state_of(&mut w, view.id), dialled(&w).len()), ("done", 1));
}

#[test]
fn e14_who_calls_while_we_dial_him_is_not_dialled_on() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let ours = dialled(&w)[0];
    let call = w.dial_queue(Some(MOBILE));
    assert!(!w.calls.contains_key(&ours), "our call is taken back");
    assert_eq!((w.ringing_at("alice"), w.page(view.id).reason.as_deref()), (Some(call), Some("met")));
    w.wait_secs(7200);
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn e14_who_wants_to_be_called_tomorrow_and_calls_today_waits_from_today() {
    let mut w = World::new();
    w.open(later(&w, 1, 7200));
    w.wait_secs(600);
    let first = w.dial_queue(Some("+4930999888"));
    w.wait_secs(5);
    w.dial_queue(Some("+4915123456701"));
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(first));
}

#[test]
fn c13_the_number_that_called_him_leads_back_to_his_page_for_a_day() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    let number = shown(&w)[0].clone();
    // Somebody else holds the number by now.
    let mut held = w.open(wish(2, Mode::Dial));
    for n in 3..13 {
        if held.number.as_ref() == Some(&number) {
            break;
        }
        held = w.open(wish(n, Mode::Dial));
    }
    assert_eq!(held.number.as_ref(), Some(&number), "it is not kept from others");
    w.tell(Request::Presence(World::who("alice"), Presence::NotReady, None));
    w.crash();
    w.ready("bob");
    w.wait_secs(60);
    let back = w.dial(&number, Some(MOBILE));
    assert_eq!(w.said(back), []);
    assert_eq!(w.ringing_at("bob"), Some(back));
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
    w.customer_leaves(back);
    let holder = w.dial(&number, Some("+4930777555"));
    assert_eq!(
        w.desks["bob"].current["reservation"],
        held.id.to_string(),
        "told apart by the caller's number"
    );
    w.customer_leaves(holder);
    w.wait_secs(20 * 3600);
    w.ready("bob");
    let late = w.dial(&number, Some(MOBILE));
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
    w.customer_leaves(late);
    w.wait_secs(4 * 3600);
    w.ready("bob");
    w.dial(&number, Some(MOBILE));
    assert_ne!(w.desks["bob"].current["page"]["title"], "Page 1", "after a day it is any caller's");
}

#[test]
fn c13_who_calls_back_and_withholds_his_number_has_not_the_page_of_who_holds_it_now_unless_that_is_looked_at()
{
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    let number = shown(&w)[0].clone();
    let holders: Vec<_> = (2..12).map(|n| w.open(wish(n, Mode::Dial))).collect();
    let held = holders.last().unwrap();
    assert_eq!(held.number.as_ref(), Some(&number), "it is given out last");
    w.ask(Request::PageGone { reservation: held.id });
    w.wait_secs(60);
    let back = w.dial(&number, None);
    assert_eq!(w.said(back).last(), Some(&Prompt::EnterPin));
    w.customer_leaves(back);
    w.tell(Request::View { reservation: held.id });
    let holder = w.dial(&number, None);
    assert_eq!(w.said(holder), []);
    assert_eq!(w.screen("alice"), shows("Page 11", "exact"));
}

#[test]
fn c13_the_same_number_for_a_day_and_for_others_the_least_recently_used() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    let other = OpenReservation { number: Some("+4915123456701".into()), ..wish(2, Mode::Callme) };
    w.open(other);
    w.customer_fails(dialled(&w)[1], Cause::Declined);
    w.wait_secs(300);
    let shown = shown(&w);
    assert_eq!(shown.len(), 3);
    assert!(shown[0] == shown[2] && shown[0] != shown[1]);
}

#[test]
fn c13_who_was_called_from_two_numbers_of_ours_is_known_by_either() {
    let mut settings = acme();
    settings.calls.caller_ids = vec!["+493012345009".into()];
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Declined);
    let of_pool = shown(&w)[0].clone();
    // A campaign calls him too, and shows a number of its own.
    let own = "+493012345009".to_owned();
    assert_ne!(of_pool, own);
    let jobs = vec![Imported { number: MOBILE.into(), ..job(1, 4) }];
    started(&mut w, Terms { caller_id: Some(own.clone()), ..terms() }, jobs);
    assert_eq!(shown(&w)[1], own);
    w.customer_fails(dialled(&w)[1], Cause::Declined);
    w.crash();
    w.ready("bob");
    for (number, page) in [(&of_pool, "Page 1"), (&own, "Spring")] {
        let back = w.dial(number, Some(MOBILE));
        assert_eq!(w.desks["bob"].current["page"]["title"], page);
        w.customer_leaves(back);
        w.wait_secs(60);
    }
    w.open(wish(2, Mode::Callme));
    assert_eq!(shown(&w)[2..], [own], "the latest of the pool");
}

#[test]
fn c14_no_agent_is_rung_before_the_digits_of_the_page_are_keyed_in() {
    let mut w = matching(MatchNumber::Always);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let digits = view.match_digits.clone().unwrap();
    assert!(digits.len() == 2 && !digits.contains('9'));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    assert_eq!((w.said(call), w.state("alice").as_str()), (vec![Prompt::MatchDigits], "claimed"));
    let wrong: String = digits.chars().map(|key| if key == '8' { '0' } else { '8' }).collect();
    w.press(call, &wrong);
    assert_eq!((w.said(call).len(), w.ringing_at("alice")), (2, None));
    w.press(call, &digits);
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    assert_eq!(
        w.facts(|fact| matches!(fact, Fact::DialResolved { outcome, .. } if outcome == "answered")),
        1
    );
}

#[test]
fn c14_three_times_wrong_or_silent_and_nobody_is_rung() {
    let mut w = matching(MatchNumber::Unverified);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.wait_secs(120);
    assert!(!w.calls.contains_key(&call));
    assert_eq!(w.said(call).len(), 3);
    assert!(w.commands.iter().all(|command| !matches!(command, Command::Ring { .. })));
    let unmatched =
        |fact: &Fact| matches!(fact, Fact::DialResolved { outcome, .. } if outcome == "unmatched");
    assert_eq!(w.facts(unmatched), 1);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("unmatched"));
    w.wait_secs(7200);
    assert_eq!(dialled(&w).len(), 1, "whoever he is, he is left in peace");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[1];
    w.customer_answers(call);
    w.press(call, "9");
    w.wait_secs(30);
    assert!(!w.calls.contains_key(&call));
    assert_eq!(w.page(view.id).reason.as_deref(), Some("never_again"), "he did not want it");
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(7200);
    assert_eq!(dialled(&w).len(), 2);
}

#[test]
fn c14_nine_twice_is_never_again_at_once() {
    let mut w = matching(MatchNumber::Always);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.press(call, "99");
    assert!(!w.calls.contains_key(&call));
    assert_eq!((w.page(view.id).reason.as_deref(), state_of(&mut w, view.id)), (Some("never_again"), "dead"));
}

/// He is on everybody's list, by his own word, and asked for or not he is dialled no more.
fn is_never_called(w: &mut World, diallings: usize) {
    let asks = |w: &mut World| match w.tell(Request::Open(Box::new(wish(2, Mode::Callme)))) {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(asks(w), (422, "do_not_call"));
    w.crash();
    w.ready("bob");
    assert_eq!(asks(w), (422, "do_not_call"), "also after a restart");
    w.wait_secs(7200);
    assert_eq!(dialled(w).len(), diallings);
    let said =
        |fact: &Fact| matches!(fact, Fact::DoNotCall(row) if row.why == "key_9" && row.number == MOBILE);
    assert_eq!(w.facts(said), 1);
}

#[test]
fn c14_nine_while_an_agents_phone_rings_is_never_again() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.press(call, "9");
    assert!(w.calls.contains_key(&call), "nobody has answered yet");
    w.customer_answers(call);
    let rung = w.calls[&call].ringing()[0];
    w.press(call, "1");
    assert_eq!(w.ringing_at("alice"), Some(call));
    w.press(call, "9");
    assert!(!w.calls.contains_key(&call));
    let dropped = |command: &Command| matches!(command, Command::Drop { party, cause: Cause::Elsewhere, .. } if *party == rung);
    assert_eq!(w.count(dropped), 1, "it shows no missed call");
    assert_eq!(
        (w.page(view.id).reason.as_deref(), w.state("alice").as_str()),
        (Some("never_again"), "ready")
    );
    is_never_called(&mut w, 1);
}

#[test]
fn c14_nine_in_the_queue_is_never_again_also_where_it_would_lead_others_to_be_called_back() {
    let mut settings = acme();
    settings.queues[0].menu = Some(Menu { callback_key: Some('9'), ..Menu::default() });
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.agent_fails(call, Cause::NoAnswer);
    w.wait_secs(40);
    let said = w.said(call);
    assert!(said.contains(&Prompt::InLine) && !said.contains(&Prompt::OfferCallback), "{said:?}");
    w.press(call, "9");
    assert!(!w.calls.contains_key(&call));
    assert_eq!((w.page(view.id).reason.as_deref(), w.firms.counters().waiting), (Some("never_again"), 0));
    is_never_called(&mut w, 1);
}

#[test]
fn a_nine_of_who_speaks_or_has_spoken_with_an_agent_or_has_called_himself_is_a_key_like_others() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.agent_answers(call);
    w.press(call, "9");
    let caller = w.dial_queue(Some("+4930901821"));
    w.press(caller, "9");
    assert!(w.calls.contains_key(&call) && w.calls.contains_key(&caller));
    assert_eq!(w.facts(|fact| matches!(fact, Fact::DoNotCall(_))), 0);
}

#[test]
fn c14_who_hangs_up_while_he_is_asked_is_not_dialled_again_and_a_crash_forgets_no_digits() {
    let mut w = matching(MatchNumber::Always);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.crash();
    assert_eq!(w.page(view.id).match_digits, view.match_digits);
    w.ready("alice");
    w.wait_secs(122);
    let call = dialled(&w)[1];
    w.customer_answers(call);
    w.customer_leaves(call);
    w.wait_secs(7200);
    assert_eq!((dialled(&w).len(), w.state("alice").as_str()), (2, "ready"));
}

fn agent_rings(w: &World) -> CallId {
    w.ringing_at("alice").expect("his phone is rung first")
}

#[test]
fn agent_first_rings_the_agent_and_then_dials() {
    let mut w = mode(DialMode::AgentFirst);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = agent_rings(&w);
    assert!(dialled(&w).is_empty() && w.facts(|fact| matches!(fact, Fact::DialIntended { .. })) == 0);
    assert_eq!(w.desks["alice"].current["page"]["title"], "Page 1");
    assert_eq!(w.desks["alice"].current["channel"], "callme");
    w.agent_answers(call);
    assert_eq!((dialled(&w), w.page(view.id).state), (vec![call], VisitorState::Dialing));
    w.customer_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    w.customer_leaves(call);
    assert_eq!((state_of(&mut w, view.id), w.state("alice").as_str()), ("done", "wrapup"));
}

#[test]
fn agent_first_a_busy_customer_is_tried_again_and_an_absent_agent_replaced() {
    let mut w = mode(DialMode::AgentFirst);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = agent_rings(&w);
    w.agent_answers(call);
    w.customer_fails(call, Cause::Busy);
    assert_eq!((w.page(view.id).attempts, w.state("alice").as_str()), (1, "ready"));
    assert!(w.page(view.id).due.is_some());
    w.wait_secs(300);
    let call = agent_rings(&w);
    w.ready("bob");
    w.agent_fails(call, Cause::NoAnswer);
    let next = w.ringing_at("bob").expect("the next one is asked");
    assert_ne!(next, call);
    assert_eq!((dialled(&w).len(), w.state("alice").as_str()), (1, "not_ready"));
    w.agent_answers(next);
    w.customer_answers(next);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
}

#[test]
fn preview_shows_the_job_and_the_agent_starts_or_leaves_it() {
    let mut w = mode(DialMode::Preview);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    assert!(dialled(&w).is_empty());
    let job = w.desks["alice"].current["job"].clone();
    assert_eq!((job["attempts"].as_u64(), job["preview_until"].is_string()), (Some(0), true));
    assert_eq!(w.tell(Request::SkipJob(World::who("alice"))), Reply::Done);
    assert_eq!(w.state("alice"), "ready");
    w.wait_secs(60);
    assert!(dialled(&w).is_empty());
    assert_eq!(w.tell(Request::StartJob(World::who("alice"))), Reply::Done);
    assert_eq!((dialled(&w).len(), w.page(view.id).state), (1, VisitorState::Dialing));
    let again = w.refused(Request::StartJob(World::who("alice")));
    assert_eq!((again.0, again.1), (409, "no_preview"));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
}

#[test]
fn preview_that_nobody_decides_goes_to_the_next() {
    let mut w = mode(DialMode::Preview);
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.ready("bob");
    w.wait_secs(60);
    assert_eq!(w.state("alice"), "not_ready");
    assert_eq!(w.desks["bob"].current["page"]["title"], "Page 1");
    assert!(dialled(&w).is_empty());
}

#[test]
fn agent_first_who_takes_it_back_while_the_agent_rings_is_not_called() {
    let mut firm = acme();
    firm.callme.mode = warmline_coordination::dialing::DialMode::AgentFirst;
    let mut w = World::with(vec![firm]);
    w.ready("alice");
    w.ready("bob");
    let page = w.open(wish(1, Mode::Callme)).id;
    let late = Request::Reschedule { reservation: page, due: Some(w.now + Duration::from_secs(7200)) };
    assert_eq!(w.refused(late).1, "dialing");
    w.done(Request::Cancel { reservation: page });
    w.wait_secs(60);
    assert_eq!(w.page(page).state, VisitorState::Ended);
    assert_eq!(dialled(&w).len(), 0);
    assert_eq!((w.state("alice").as_str(), w.state("bob").as_str()), ("ready", "ready"));
}

#[test]
fn c14_where_nobody_asks_for_digits_the_page_shows_none() {
    for (mode, digits) in
        [(DialMode::AgentFirst, false), (DialMode::CustomerFirst, true), (DialMode::Preview, true)]
    {
        let mut firm = acme();
        firm.callme.match_number = MatchNumber::Always;
        firm.queues[0].dialing = Some(mode);
        let mut w = World::with(vec![firm]);
        let view = w.open(wish(1, Mode::Callme));
        assert_eq!(view.match_digits.is_some(), digits, "{mode:?}");
        // The queue is dialled otherwise by now.
        w.reload(|firm| firm.queues[0].dialing = Some(DialMode::AgentFirst));
        assert_eq!(w.page(view.id).match_digits, None, "{mode:?}");
    }
}

#[test]
fn e14_who_calls_and_hangs_up_at_once_is_called_as_he_has_asked() {
    let mut w = World::new();
    let tomorrow = w.open(later(&w, 1, 7200));
    let due = w.page(tomorrow.id).due;
    let call = w.dial_queue(Some("+4915123456701"));
    w.customer_leaves(call);
    let page = w.page(tomorrow.id);
    assert_eq!((page.state, page.due), (VisitorState::Waiting, due), "his appointment stands");
    // One who is in the list keeps his place there, although another has come meanwhile.
    let listed = w.open(wish(2, Mode::Callme));
    w.wait_secs(5);
    let other = OpenReservation { number: Some("+4915123456703".into()), ..wish(3, Mode::Callme) };
    w.open(other);
    let call = w.dial_queue(Some(MOBILE));
    w.wait_secs(60);
    w.customer_leaves(call);
    w.wait_secs(1);
    assert_eq!(state_of(&mut w, listed.id), "listed");
    w.ready("alice");
    let numbers = |w: &World| -> Vec<String> {
        let number = |command: &Command| match command {
            Command::Dial { number, .. } => Some(number.clone()),
            _ => None,
        };
        w.commands.iter().filter_map(number).collect()
    };
    assert_eq!(numbers(&w), [MOBILE]);
    w.ready("bob");
    w.ready("carol");
    w.wait_secs(7200);
    assert_eq!(numbers(&w).iter().filter(|number| *number == "+4915123456701").count(), 1, "at his time");
    assert_eq!(w.violations(), 0);
}

#[test]
fn e14_nobody_is_dialled_while_he_waits_on_the_phone() {
    let mut w = World::new();
    let job = w.open(later(&w, 1, 600));
    let call = w.dial_queue(Some("+4915123456701"));
    let twice = w.dial_queue(Some("+4915123456701"));
    w.wait_secs(900);
    w.customer_leaves(twice);
    w.ready("alice");
    w.ready("bob");
    assert_eq!((w.ringing_at("alice"), dialled(&w).len()), (Some(call), 0));
    assert_eq!(w.page(job.id).state, VisitorState::Waiting);
    w.agent_answers(call);
    assert_eq!((w.page(job.id).reason.as_deref(), state_of(&mut w, job.id)), (Some("met"), "done"));
    w.customer_leaves(call);
    w.wait_secs(7200);
    assert_eq!((dialled(&w).len(), w.violations()), (0, 0));
}
