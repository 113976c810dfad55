//! What the journal keeps of a dialling as evidence (C15): what was looked at before, how long it rang, what was said to whom was called.

use crate::list::{dialled, later};
use crate::world::*;
use std::time::Duration;
use warmline_coordination::calling_hours::week;
use warmline_coordination::cti::{Cause, Prompt};
use warmline_coordination::dialing::{DialMode, MatchNumber};
use warmline_coordination::do_not_call::NumberList;
use warmline_coordination::fact::{Checked, Dialled, Fact};
use warmline_coordination::request::*;
use warmline_coordination::settings::FirmSettings;

fn with(change: impl FnOnce(&mut FirmSettings)) -> World {
    let mut settings = acme();
    change(&mut settings);
    World::with(vec![settings])
}

/// What was looked at before each dialling.
fn checked(w: &World) -> Vec<Option<Checked>> {
    let intents = w.journal.iter().filter_map(|entry| match &entry.fact {
        Fact::DialIntended { checked, .. } => Some(checked.as_deref().cloned()),
        _ => None,
    });
    intents.collect()
}

/// How each whom we called was treated.
fn treated(w: &World) -> Vec<Dialled> {
    let records = w.journal.iter().filter_map(|entry| match &entry.fact {
        Fact::CallRecorded(record) => record.dialled.as_deref().cloned(),
        _ => None,
    });
    records.collect()
}

fn rang(w: &World) -> Vec<(String, Option<u32>)> {
    let ends = w.journal.iter().filter_map(|entry| match &entry.fact {
        Fact::DialResolved { outcome, ring_ms, .. } => Some((outcome.clone(), *ring_ms)),
        _ => None,
    });
    ends.collect()
}

#[test]
fn c15_an_intent_says_which_lists_were_clear_and_that_he_had_just_asked() {
    let mut w = with(|firm| {
        firm.callme.policy.do_not_call = NumberList::new(vec![4_930_111_111, 4_930_111_112]);
        // It is Sunday, 11:05 in Berlin: nobody is called but who asks for it now.
        firm.callme.policy.hours.default = week("mon-sat 08:00-21:00").unwrap();
    });
    let (number, verb) = ("+4930111113".into(), ListVerb::Add);
    w.tell(Request::DoNotCall { firm: "acme".into(), number, verb, by: "crm".into() });
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let all = checked(&w);
    let seen = all[0].as_ref().expect("kept with the intent");
    assert_eq!((seen.at, seen.hours.as_str()), (w.now.as_micros(), "exempt"));
    let lists: Vec<_> = seen.lists.iter().map(|row| (row.list.as_str(), row.numbers)).collect();
    assert_eq!(lists, [("said_never", 0), ("firm", 1), ("firm_file", 2), ("provider_file", 0)]);
    let clocks: Vec<_> = seen.clocks.iter().map(|row| (&*row.zone, &*row.local, row.open)).collect();
    assert_eq!(clocks, [("Europe/Berlin", "2026-11-22T11:05 sun", false)]);
}

#[test]
fn c15_a_second_attempt_is_looked_at_anew_and_keeps_the_hours() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    w.customer_fails(dialled(&w)[0], Cause::Busy);
    w.wait_secs(7200);
    let all = checked(&w);
    assert!(all.len() >= 2, "he is dialled again");
    let (first, second) = (all[0].as_ref().unwrap(), all[1].as_ref().unwrap());
    assert_eq!((first.hours.as_str(), second.hours.as_str()), ("exempt", "open"));
    assert!(first.at < second.at);
    assert!(second.clocks.iter().all(|clock| clock.open), "{second:?}");
}

#[test]
fn c15_who_wanted_to_be_called_later_is_called_within_hours() {
    let mut w = World::new();
    w.ready("alice");
    w.open(later(&w, 1, 3600));
    w.wait_secs(3600);
    let all = checked(&w);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].as_ref().map(|seen| seen.hours.as_str()), Some("open"));
}

#[test]
fn c15_an_agent_who_is_rung_first_changes_nothing_of_what_was_asked() {
    let mut w = with(|firm| firm.callme.mode = DialMode::AgentFirst);
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = w.ringing_at("alice").expect("he is rung first");
    w.wait_secs(4);
    w.agent_answers(call);
    let all = checked(&w);
    assert_eq!(all.len(), 1);
    let seen = all[0].as_ref().expect("kept");
    assert!(seen.at < w.now.as_micros(), "it was asked before the agent was rung");
    w.customer_answers(call);
    w.join(call);
    w.customer_leaves(call);
    assert!(treated(&w)[0].up.is_some(), "his side is kept, whoever is rung first");
}

#[test]
fn c15_how_long_it_rang_is_kept_answered_or_not() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    // It rings at once.
    w.wait(Duration::from_millis(18_250));
    let before = rang(&w).len();
    w.customer_fails(call, Cause::NoAnswer);
    assert_eq!(rang(&w)[before], ("no_answer".into(), Some(18_250)));
    let row = &treated(&w)[0];
    assert_eq!(row.up, None);
    assert!(row.rang.is_some() && row.said.is_empty());

    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.wait(Duration::from_millis(6_000));
    w.customer_answers(call);
    let up = w.now;
    w.wait(Duration::from_millis(800));
    w.agent_answers(call);
    w.customer_leaves(call);
    assert_eq!(rang(&w), [("answered".into(), Some(6_000))]);
    assert_eq!(treated(&w)[0].up, Some(up.as_micros()));
    let connected = w.journal.iter().find_map(|entry| match &entry.fact {
        Fact::CallRecorded(record) => record.answered,
        _ => None,
    });
    assert_eq!(connected, Some(up.as_micros() + 800_000), "the agent, so long after the answer");
}

#[test]
fn c15_what_was_said_and_keyed_in_is_kept() {
    let mut w = with(|firm| firm.callme.match_number = MatchNumber::Always);
    w.ready("alice");
    let view = w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    assert_eq!(w.said(call), [Prompt::MatchDigits]);
    let asked = w.now;
    w.wait_secs(4);
    w.press(call, &view.match_digits.expect("shown"));
    w.agent_answers(call);
    w.customer_leaves(call);
    let row = treated(&w).remove(0);
    assert_eq!(row.matched, Some(true));
    assert_eq!(row.said.len(), 1);
    let said = &row.said[0];
    assert_eq!((said.prompts.as_slice(), said.language.as_str()), (&["match-digits".to_owned()][..], "de"));
    assert_eq!((said.at, said.until), (asked.as_micros(), Some(asked.as_micros())), "said at once here");
}

#[test]
fn c15_who_keys_never_again_has_not_matched() {
    let mut w = with(|firm| firm.callme.match_number = MatchNumber::Always);
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_answers(call);
    w.press(call, "99");
    let row = treated(&w).remove(0);
    assert_eq!(row.matched, Some(false));
}

#[test]
fn c15_rows_of_before_are_read_and_nothing_is_made_up_for_them() {
    let mut w = World::new();
    w.ready("alice");
    w.open(wish(1, Mode::Callme));
    let call = dialled(&w)[0];
    w.customer_fails(call, Cause::NoAnswer);
    for entry in &w.journal {
        let mut json = serde_json::to_value(&entry.fact).unwrap();
        let row = json.as_object_mut().unwrap();
        for key in ["checked", "ring_ms", "dialled"] {
            row.remove(key);
        }
        match serde_json::from_value(json).expect("read") {
            Fact::DialIntended { checked, .. } => assert!(checked.is_none()),
            Fact::DialResolved { ring_ms, .. } => assert!(ring_ms.is_none()),
            Fact::CallRecorded(record) => assert!(record.dialled.is_none()),
            _ => {}
        }
    }
}
