//! Journey 2: call me. A job in the list, an agent first, one dialling.

use crate::world::*;
use std::time::Duration;
use warmline_coordination::calling_hours::week;
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::fact::{DoNotCall, Entry, Fact};
use warmline_coordination::ids::CallId;
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;
use warmline_coordination::view::VisitorState;

fn dialled(w: &World) -> Vec<CallId> {
    let call = |command: &Command| match command {
        Command::Dial { call, .. } => Some(*call),
        _ => None,
    };
    w.commands.iter().filter_map(call).collect()
}

#[test]
fn the_agent_has_the_page_and_then_the_customer_is_dialled() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    let step = |word: &str| w.trace.iter().position(|entry| entry == word).unwrap();
    assert!(step("alice current \"claimed\"") < step("alice probe"));
    assert!(step("alice probe") < step("dial"));
    let Some(Command::Dial { number, trunk, caller_id, ring_secs, token, .. }) =
        w.commands.iter().find(|c| matches!(c, Command::Dial { .. }))
    else {
        panic!()
    };
    assert_eq!((number.as_str(), trunk.as_str(), *ring_secs), (MOBILE, "carrier", 30));
    assert!(caller_id.starts_with("+49301234500") && token.starts_with("att_"));
    assert_eq!(w.page(view.id).state, VisitorState::Dialing);
    assert_eq!(w.desks["alice"].current["auto_answer"], true);
    assert_eq!(w.desks["alice"].current["call"], call.to_string());
    w.customer_answers(call);
    assert!(matches!(w.commands.last(), Some(Command::Ring { auto_answer: true, .. })));
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
    w.customer_leaves(call);
    assert_eq!(w.page(view.id).reason.as_deref(), Some("normal"));
    assert_eq!(w.state("alice"), "wrapup");
    assert_eq!(w.facts(|f| matches!(f, Fact::DialResolved { outcome, .. } if outcome == "answered")), 1);
}

#[test]
fn c12_the_intent_is_durable_before_the_dialling() {
    let mut w = World::new();
    w.ready("alice");
    w.prompt = false;
    w.ask(Request::Open(Box::new(wish(1, Mode::Callme))));
    w.commit();
    assert!(dialled(&w).is_empty(), "agent probed, intent written, not yet durable");
    w.commit();
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn how_it_failed_is_told_and_the_agent_is_free() {
    for (cause, reason) in [
        (Cause::Busy, "busy"),
        (Cause::NoAnswer, "no_answer"),
        (Cause::Declined, "declined"),
        (Cause::NotFound, "not_found"),
        (Cause::Unreachable, "unreachable"),
    ] {
        let mut settings = acme();
        settings.callme.retry.after.clear();
        let mut w = World::with(vec![settings]);
        w.ready("alice");
        let view = w.open(wish(1, Mode::Callme));
        w.customer_fails(dialled(&w)[0], cause);
        let page = w.page(view.id);
        assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some(reason)));
        assert_eq!((w.state("alice").as_str(), w.firms.counters().jobs_open), ("ready", 0));
        w.wait_secs(3600);
        assert_eq!(dialled(&w).len(), 1, "never again by itself");
    }
}

#[test]
fn consent_and_policy_come_first() {
    let mut w = World::new();
    w.ready("alice");
    let base = wish(1, Mode::Callme);
    let code = |w: &mut World, wish: OpenReservation| match w.tell(Request::Open(Box::new(wish))) {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    };
    let old = Consent { version: "v0".into(), call: true, text: None };
    let no = Consent { version: "v1".into(), call: false, text: None };
    for consent in [None, Some(old), Some(no)] {
        assert_eq!(code(&mut w, OpenReservation { consent, ..base.clone() }), (422, "consent_missing"));
    }
    for (number, wanted) in [
        (None, "number_missing"),
        (Some("rubbish"), "number_invalid"),
        (Some("+44 20 7946 0018"), "number_not_allowed"),
        (Some("+49 900 1234567"), "number_not_allowed"),
        (Some("112"), "number_not_allowed"),
        (Some("+493012345005"), "number_not_allowed"),
    ] {
        let number = number.map(str::to_owned);
        assert_eq!(code(&mut w, OpenReservation { number, ..base.clone() }), (422, wanted));
    }
    assert!(dialled(&w).is_empty());
}

#[test]
fn e14_fifty_clicks_one_dialling() {
    let mut w = World::new();
    w.ready("alice");
    w.prompt = false;
    let asked: Vec<RequestId> =
        (0..50).map(|n| w.ask(Request::Open(Box::new(wish(n % 2, Mode::Callme))))).collect();
    w.commit();
    w.commit();
    let mut ids = std::collections::HashSet::new();
    let mut new = 0;
    let mut others = 0;
    for id in asked {
        match &w.replies[&id] {
            Reply::Reservation { created, view, .. } => {
                ids.insert(view.id);
                new += usize::from(*created);
            }
            Reply::Problem(problem) => others += usize::from(problem.code == "number_waits"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((ids.len(), new, dialled(&w).len()), (1, 1, 1));
    assert_eq!(others, 25, "a number is no key to somebody else's request");
}

#[test]
fn e14_who_phones_in_meanwhile_keeps_his_place_and_is_not_dialled() {
    let mut w = World::new();
    let job = w.open(wish(1, Mode::Callme));
    w.wait_secs(5);
    w.dial_queue(Some("+4930999888"));
    w.wait_secs(5);
    let call = w.dial_queue(Some(MOBILE));
    w.ready("alice");
    assert_eq!(w.ringing_at("alice"), Some(call), "before the one who came after his request");
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Visitor 1");
    w.agent_answers(call);
    assert_eq!(w.page(job.id).reason.as_deref(), Some("met"));
    assert!(dialled(&w).is_empty());
}

#[test]
fn jobs_wait_in_order_and_see_their_place() {
    let mut w = World::new();
    let wish_of =
        |n: u64| OpenReservation { number: Some(format!("+49151234567{n:02}")), ..wish(n, Mode::Callme) };
    let first = w.open(wish_of(1));
    w.wait_secs(1);
    let second = w.open(wish_of(2));
    assert_eq!((first.position, second.position), (Some(1), Some(2)));
    assert_eq!((first.wait, second.wait), (None, None), "nobody serves");
    w.ready("alice");
    assert_eq!(w.page(first.id).state, VisitorState::Dialing);
    w.wait_secs(1);
    assert_eq!(w.page_views[&second.id]["position"], 1);
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    assert_eq!(w.page(second.id).state, VisitorState::Dialing, "the next at once");
}

#[test]
fn the_head_of_a_long_line_moves_at_once_and_all_of_it_within_a_second() {
    let mut w = World::new();
    let place = |w: &World, id| w.page_views.get(&id).and_then(|view| view["position"].as_u64());
    let wish_of =
        |n: u64| OpenReservation { number: Some(format!("+49151234567{n:02}")), ..wish(n, Mode::Callme) };
    let asked: Vec<_> = (1..=14).map(|n| w.open(wish_of(n))).collect();
    assert_eq!(asked[13].position, Some(14), "whoever comes is told his place");
    let line: Vec<_> = asked.iter().map(|view| view.id).collect();
    w.wait_secs(2);
    w.tell(Request::Cancel { reservation: line[0] });
    w.wait(Duration::from_millis(300));
    w.tell(Request::Cancel { reservation: line[1] });
    w.wait(Duration::from_millis(300));
    assert_eq!(place(&w, line[2]), Some(1));
    assert_ne!(place(&w, line[13]), Some(12), "not with every step of those before him");
    w.wait_secs(1);
    assert_eq!(place(&w, line[13]), Some(12));
}

#[test]
fn an_agent_lost_while_it_rings_is_replaced() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.ready("bob");
    let call = dialled(&w)[0];
    w.close_desktop("alice");
    w.wait_secs(5);
    assert_eq!(w.desks["bob"].current["call"], call.to_string());
    assert_eq!(w.page_views[&view.id]["agent"]["display_name"], "Bob");
    w.tell(Request::Presence(World::who("bob"), Presence::NotReady, None));
    w.customer_answers(call);
    assert!(matches!(w.commands.last(), Some(Command::Queue { .. })), "music until somebody is there");
    w.tell(Request::Presence(World::who("bob"), Presence::Ready, None));
    assert_eq!(w.ringing_at("bob"), Some(call));
    w.agent_answers(call);
    assert_eq!(w.page(view.id).state, VisitorState::Talking);
}

#[test]
fn a_dead_desktop_is_found_before_anybody_is_dialled() {
    let mut w = World::new();
    w.ready("alice");
    w.desks.get_mut("alice").unwrap().alive = false;
    w.wait_secs(2);
    let view = w.open(wish(1, Mode::Callme));
    w.wait_secs(1);
    assert!(dialled(&w).is_empty());
    assert_eq!((w.state("alice").as_str(), w.page(view.id).position), ("unreachable", Some(1)));
    w.ready("bob");
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn e15_a_listed_job_is_dialled_after_a_restart_a_dialled_one_only_when_it_is_surely_over() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Callme));
    w.crash();
    assert_eq!(w.page(view.id).position, Some(1));
    w.ready("alice");
    assert_eq!(dialled(&w).len(), 1);
    w.crash();
    assert_eq!(w.page(view.id).state, VisitorState::Dialing, "it may ring yet");
    w.ready("alice");
    // The ring limit and a transaction, and a minute as the policy says.
    w.wait_secs(30 + 32 + 59);
    assert_eq!(dialled(&w).len(), 1, "not before it is surely over");
    w.wait_secs(1);
    assert_eq!(dialled(&w).len(), 2, "a new attempt");
    assert_ne!(dialled(&w)[0], dialled(&w)[1]);
    w.crash();
    w.ready("alice");
    w.wait_secs(7200);
    assert_eq!(dialled(&w).len(), 2, "once for this reason");
    assert_eq!(w.page(view.id).reason.as_deref(), Some("unreachable"));
    assert_eq!(w.facts(|f| matches!(f, Fact::DialResolved { outcome, .. } if outcome == "unknown")), 2);
    w.crash();
    assert_eq!(w.firms.counters().jobs_open, 0);
}

#[test]
fn e15_who_speaks_with_an_agent_when_the_switch_dies_is_not_called_again() {
    for until_cut in [0, 60] {
        let mut w = World::new();
        w.ready("alice");
        let view = w.open(wish(1, Mode::Callme));
        let call = dialled(&w)[0];
        w.customer_answers(call);
        w.agent_answers(call);
        assert!(w.calls[&call].joined);
        w.wait_secs(until_cut);
        w.crash();
        w.ready("alice");
        w.wait_secs(7200);
        assert_eq!((dialled(&w).len(), w.firms.counters().jobs_open), (1, 0));
        let page = w.page(view.id);
        assert_eq!((page.state, page.reason.as_deref()), (VisitorState::Ended, Some("normal")));
        let ends =
            |wanted: &str| w.facts(|f| matches!(f, Fact::DialResolved { outcome, .. } if outcome == wanted));
        assert_eq!((ends("answered"), ends("unknown")), (1, 0));
        assert_eq!(w.state("alice"), "ready", "she waits for the next one");
    }
}

#[test]
fn a_switch_that_forgets_a_dialling_leaves_no_claim() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.calls.clear();
    w.wait_secs(120);
    let page = w.page(view.id);
    assert_eq!((w.state("alice").as_str(), page.attempts), ("ready", 1));
    assert!(page.due.is_some(), "it did not answer: later again");
    w.wait_secs(120);
    assert_eq!(w.firms.counters().calls_live, 0);
}

#[test]
fn a_store_that_hangs_does_not_dial_for_a_job_that_was_given_up() {
    let mut w = World::new();
    w.ready("alice");
    w.slow(true);
    w.ask(Request::Open(Box::new(wish(1, Mode::Callme))));
    w.commit();
    w.wait_secs(300);
    w.commit();
    assert_eq!(dialled(&w).len(), 1);
    assert!(w.calls.is_empty(), "the giving up did not overtake the dialling");
}

#[test]
fn c12_a_stray_answer_is_ended() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    let stray = w.calls[&call].clone();
    w.crash();
    w.calls.insert(call, stray);
    w.customer_answers(call);
    assert!(w.calls.is_empty());
}

#[test]
fn a_visitor_takes_his_job_back_while_it_rings() {
    let mut w = World::new();
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    w.tell(Request::Cancel { reservation: view.id });
    assert_eq!((w.state("alice").as_str(), w.page(view.id).reason.as_deref()), ("ready", Some("canceled")));
    assert!(w.calls.is_empty());
}

#[test]
fn a_trunk_that_is_down_keeps_the_job_in_the_list() {
    let mut w = World::new();
    w.ready("alice");
    w.event(warmline_coordination::cti::Event::TrunkDown { trunk: "carrier".into() });
    let view = w.open(wish(1, Mode::Callme));
    assert_eq!((w.page(view.id).position, w.state("alice").as_str()), (Some(1), "ready"));
    w.event(warmline_coordination::cti::Event::TrunkUp { trunk: "carrier".into() });
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn a_known_number_brings_its_record() {
    let mut w = World::new();
    w.ready("alice");
    w.open(OpenReservation { number: Some("030 222333".into()), ..wish(1, Mode::Callme) });
    assert_eq!(w.desks["alice"].current["contact"]["name"], "Vera Known");
    assert_eq!(w.desks["alice"].current["contact"]["notes"], "likes paper");
}

fn refusal(w: &mut World, wish: OpenReservation) -> (u16, &'static str) {
    match w.tell(Request::Open(Box::new(wish))) {
        Reply::Problem(problem) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn e13_who_is_on_a_list_is_not_called() {
    let listed = NumberList::new(vec![4_915_123_456_789]);
    for provider in [false, true] {
        let mut firm = acme();
        let policy = &mut firm.callme.policy;
        *(if provider { &mut policy.suppressed } else { &mut policy.do_not_call }) = listed.clone();
        let mut w = World::with(vec![firm]);
        w.ready("alice");
        assert_eq!(refusal(&mut w, wish(1, Mode::Callme)), (422, "do_not_call"));
        w.open(OpenReservation { number: Some("+4915123456788".into()), ..wish(1, Mode::Callme) });
        assert_eq!(dialled(&w).len(), 1, "another number is not concerned");
    }
}

#[test]
fn e13_a_list_that_changes_while_a_job_waits_is_asked_before_the_dialling() {
    let mut w = World::new();
    let view = w.open(wish(1, Mode::Callme));
    let mut firm = acme();
    firm.callme.policy.do_not_call = NumberList::new(vec![4_915_123_456_789]);
    w.firms.reload(w.now, vec![firm]);
    w.ready("alice");
    assert!(dialled(&w).is_empty());
    assert_eq!(w.page(view.id).state, VisitorState::Ended);
    assert_eq!(w.state("alice"), "ready");
}

#[test]
fn e15_who_said_never_to_one_firm_is_called_by_none_also_after_a_restart() {
    let mut w = World::new();
    let seq = w.journal.last().map_or(0, |entry| entry.seq) + 1;
    let said = DoNotCall { number: MOBILE.into(), why: "key_9".into(), on: true, by: None, call: None };
    // A firm that is not configured any more.
    let fact = Fact::DoNotCall(Box::new(said));
    w.journal.push(Entry { seq, time: w.now, firm: "gone".into(), fact });
    w.crash();
    w.ready("alice");
    assert_eq!(refusal(&mut w, wish(1, Mode::Callme)), (422, "do_not_call"));
}

/// Nobody is called from 11:15 to 8 in Berlin; it is 11:05 there.
fn mornings(exempt_immediate: bool) -> FirmSettings {
    let mut firm = acme();
    firm.callme.policy.hours.default = week("08:00-11:15").unwrap();
    firm.callme.policy.hours.exempt_immediate = exempt_immediate;
    firm
}

#[test]
fn e27_who_asked_long_ago_is_not_called_outside_his_hours() {
    let mut w = World::with(vec![mornings(true)]);
    let early = w.open(wish(1, Mode::Callme));
    w.wait_secs(16 * 60);
    w.ready("alice");
    assert!(dialled(&w).is_empty(), "it is 11:21 where he is, and he asked at 11:05");
    let page = w.page(early.id);
    assert_eq!((page.state, page.due.as_deref()), (VisitorState::Waiting, Some("2026-11-23T07:00:00.000Z")));
    w.open(OpenReservation { number: Some("+4915123456788".into()), ..wish(2, Mode::Callme) });
    assert_eq!(dialled(&w).len(), 1, "who asks now is called now");
}

#[test]
fn e27_a_firm_that_exempts_nobody_refuses_outside_the_hours() {
    let mut w = World::with(vec![mornings(false)]);
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    assert_eq!(dialled(&w).len(), 1);
    w.wait_secs(10 * 60);
    let late = OpenReservation { number: Some("+4915123456788".into()), ..wish(2, Mode::Callme) };
    assert_eq!(refusal(&mut w, late), (422, "calling_hours"));
}

fn list(number: &str, verb: ListVerb) -> Request {
    Request::DoNotCall { firm: "acme".into(), by: "tower".into(), number: number.into(), verb }
}

fn listed_by(w: &mut World, number: &str, verb: ListVerb) -> Option<&'static str> {
    match w.tell(list(number, verb)) {
        Reply::Listed { by, .. } => by,
        other => panic!("{other:?}"),
    }
}

#[test]
fn e13_a_program_keeps_the_firms_list() {
    let mut w = World::new();
    let open = w.open(wish(1, Mode::Callme));
    assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Ask), None);
    assert_eq!(listed_by(&mut w, "0151 23456789", ListVerb::Add), Some("firm"));
    assert_eq!(w.page(open.id).state, VisitorState::Ended, "who is listed is not called any more");
    assert_eq!(w.refused(Request::Open(Box::new(wish(2, Mode::Callme)))).1, "do_not_call");
    assert_eq!(w.refused(list("nobody", ListVerb::Add)).1, "number_invalid");
    w.crash();
    assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Ask), Some("firm"));
    assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Remove), None);
    w.crash();
    assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Ask), None);
    w.ready("alice");
    w.open(wish(2, Mode::Callme));
    assert_eq!(dialled(&w).len(), 1);
}

#[test]
fn e24_a_visitor_who_wants_no_calls_any_more_gets_none_from_anybody() {
    let other = FirmSettings { name: "other".into(), ..acme() };
    let other = FirmSettings { sites: Vec::new(), pools: Vec::new(), ..other };
    let mut w = World::with(vec![acme(), other]);
    let open = w.open(wish(1, Mode::Callme));
    w.done(Request::NeverCall { reservation: open.id });
    assert_eq!(w.page(open.id).state, VisitorState::Ended);
    for _ in 0..2 {
        assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Ask), Some("person"));
        assert_eq!(w.refused(list(MOBILE, ListVerb::Remove)).1, "own_word", "no firm speaks for him");
        let elsewhere = Request::DoNotCall {
            firm: "other".into(),
            by: "tower".into(),
            number: MOBILE.into(),
            verb: ListVerb::Ask,
        };
        assert!(matches!(w.tell(elsewhere), Reply::Listed { by: Some("person"), .. }));
        w.crash();
    }
    let dial = w.open(wish(3, Mode::Dial));
    assert_eq!(w.refused(Request::NeverCall { reservation: dial.id }).1, "no_number");
}

#[test]
fn a_time_that_is_over_is_told_of_as_such_whatever_the_hour_was() {
    let mut w = World::new();
    let at = |hours: u64| Some(w.now - Duration::from_secs(hours * 3600));
    let (day, night) = (at(1), at(6));
    for due in [day, night] {
        let asked = OpenReservation { due, ..wish(1, Mode::Callme) };
        assert_eq!(w.refused(Request::Open(Box::new(asked))).1, "due_invalid");
    }
    let night =
        OpenReservation { due: Some(w.now + Duration::from_secs(16 * 3600)), ..wish(1, Mode::Callme) };
    assert_eq!(w.refused(Request::Open(Box::new(night))).1, "calling_hours");
}

fn import(
    w: &mut World,
    numbers: Vec<(usize, Result<String, &'static str>)>,
) -> (usize, Vec<(usize, &'static str)>) {
    let request = Request::ListNumbers { firm: "acme".into(), by: "tower".into(), numbers, registry: false };
    match w.tell(request) {
        Reply::Imported(view) => {
            (view.accepted, view.refused.iter().map(|line| (line.line, line.code)).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn e13_a_program_lists_many_at_once_and_bad_lines_spoil_no_others() {
    let mut w = World::new();
    let waits = w.open(wish(1, Mode::Callme));
    let lines = vec![
        (2, Ok("0151 23456789".to_owned())),
        (3, Ok("nobody".to_owned())),
        (4, Err("line_invalid")),
        (5, Ok(MOBILE.to_owned())),
        (6, Ok("+4930901820".to_owned())),
    ];
    assert_eq!(import(&mut w, lines.clone()), (3, vec![(3, "number_invalid"), (4, "line_invalid")]));
    assert_eq!(w.page(waits.id).state, VisitorState::Ended, "his open request is over");
    let listed = |fact: &Fact| matches!(fact, Fact::NumbersListed { numbers, by, .. } if numbers.len() == 2 && by == "tower");
    assert_eq!(w.facts(listed), 1);
    assert_eq!(import(&mut w, lines).0, 3, "once more: it is as it was");
    assert_eq!(w.facts(|fact| matches!(fact, Fact::NumbersListed { .. })), 1);
    w.crash();
    assert_eq!(listed_by(&mut w, "+4930901820", ListVerb::Ask), Some("firm"));
    assert_eq!(listed_by(&mut w, MOBILE, ListVerb::Remove), None);
    let revoked = |fact: &Fact| matches!(fact, Fact::DoNotCall(said) if !said.on && said.by.as_deref() == Some("tower"));
    assert_eq!(w.facts(revoked), 1, "who took it off is in the journal");
    let many = (0..10_001).map(|n| (n, Ok(format!("+4930{n:07}")))).collect();
    let (firm, by) = ("acme".into(), "tower".into());
    let refused = w.refused(Request::ListNumbers { firm, by, numbers: many, registry: false });
    assert_eq!(refused.1, "too_many");
}
