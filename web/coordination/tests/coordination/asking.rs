//! What a site asks of who wants to be called (N23, Fig. 6f): it orders the list, is kept, and is on the agent's screen; and what a page may
//! offer while nobody can take a call.

use crate::list::{dialled, later};
use crate::world::*;
use std::time::Duration;
use warmline_coordination::asking::{Answer, Said};
use warmline_coordination::cti::{Cause, Command};
use warmline_coordination::hours::{Hours, instant};
use warmline_coordination::request::*;
use warmline_coordination::rules::{Condition, RoutingRule, Then};
use warmline_coordination::view::ReservationView;

fn said(priority: Option<u8>) -> Said {
    Said {
        topic: Some("Repair".into()),
        language: Some("pt-BR".into()),
        answers: vec![Answer { ask: "Urgent?".into(), choice: "It stands still".into() }],
        priority,
    }
}

fn urgent(n: u64, priority: Option<u8>) -> OpenReservation {
    let number = Some(format!("+49151234567{n:02}"));
    OpenReservation { number, said: said(priority), ..wish(n, Mode::Callme) }
}

const ALL: [Mode; 4] = [Mode::Dial, Mode::Callme, Mode::Browser, Mode::Chat];

fn offered(w: &mut World, modes: &[Mode]) -> (Vec<Mode>, OpenNow) {
    let asked = Request::Offer {
        site: "shop".into(),
        modes: modes.to_vec(),
        identity: None,
        visitor: None,
        whence: Whence::default(),
    };
    match w.tell(asked) {
        Reply::Offer { modes, now, .. } => (modes, now),
        other => panic!("{other:?}"),
    }
}

/// Open on Mondays in Berlin from nine to five; the world's clock begins on a Sunday.
fn on_mondays() -> World {
    let mut settings = acme();
    let mut week: [Vec<_>; 7] = Default::default();
    week[0] = vec!["09:00-17:00".parse().unwrap()];
    settings.queues[0].hours = Some(Hours::new("Europe/Berlin".parse().unwrap(), Some(week), Vec::new()));
    World::with(vec![settings])
}

#[test]
fn n23_the_answers_order_the_list_and_are_kept() {
    let mut w = World::new();
    w.desktop("alice");
    let usual = w.open(urgent(1, None));
    let calm = w.open(urgent(2, Some(1)));
    let first = w.open(urgent(3, Some(7)));
    let places = |w: &mut World| [usual.id, calm.id, first.id].map(|id| w.page(id).position);
    w.wait_secs(2);
    assert_eq!(places(&mut w), [Some(2), Some(3), Some(1)]);
    let rows = w.desks["alice"].waiting.clone();
    assert_eq!(rows[0]["priority"], 7);
    let asked = &rows[0]["asked"];
    assert_eq!((&asked["topic"], &asked["language"]), (&"Repair".into(), &"pt-BR".into()));
    assert_eq!(asked["answers"][0]["choice"], "It stands still");
    w.crash();
    w.wait_secs(2);
    assert_eq!(places(&mut w), [Some(2), Some(3), Some(1)], "the journal keeps what was answered");
    w.ready("alice");
    let current = &w.desks["alice"].current;
    assert_eq!(current["reservation"], first.id.to_string());
    assert_eq!((&current["asked"]["topic"], &current["asked"]["attempts"]), (&"Repair".into(), &1.into()));
    assert_eq!(w.violations(), 0);
}

#[test]
fn a_visitors_word_makes_nobody_a_nuisance_and_no_nuisance_better() {
    let mut settings = acme();
    settings.contacts[0].priority = 0;
    let mut w = World::with(vec![settings]);
    let nuisance = OpenReservation { number: Some("+4930222333".into()), ..urgent(1, Some(7)) };
    let nuisance = w.open(nuisance).id;
    let other = w.open(urgent(2, Some(1))).id;
    w.wait_secs(2);
    assert_eq!([other, nuisance].map(|id| w.page(id).position), [Some(1), Some(2)]);
}

#[test]
fn rules_read_the_topic_and_go_before_the_answers() {
    let mut settings = acme();
    let when = "request.topic == 'Repair' && request.language.startsWith('pt') && contact.language == 'pt'";
    let then = Then { priority: Some(3), ..Then::default() };
    settings.rules =
        vec![RoutingRule { name: "r".into(), when: Condition::compile(when).expect("valid"), then }];
    let mut w = World::with(vec![settings]);
    w.desktop("alice");
    w.open(urgent(1, Some(7)));
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].waiting[0]["priority"], 3);
    let told = w.feed.iter().find(|event| event.event == "reservation.created").expect("told");
    assert_eq!((&told.data["topic"], &told.data["language"]), (&"Repair".into(), &"pt-BR".into()));
    assert_eq!((&told.data["priority"], &told.data["answers"][0]["ask"]), (&7.into(), &"Urgent?".into()));
}

#[test]
fn whoever_is_called_hears_the_language_that_he_chose() {
    let mut settings = acme();
    settings.callme.match_number = warmline_coordination::dialing::MatchNumber::Always;
    let mut w = World::with(vec![settings]);
    w.ready("alice");
    w.open(urgent(1, None));
    w.customer_answers(dialled(&w)[0]);
    let spoken = w.commands.iter().find_map(|command| match command {
        Command::Say { language, .. } => Some(language.as_str()),
        _ => None,
    });
    assert_eq!(spoken, Some("pt"), "not that of his number's country");
}

#[test]
fn n23_out_of_hours_a_page_offers_to_call_later_and_that_is_a_job_of_its_priority() {
    let mut w = on_mondays();
    let (modes, now) = offered(&mut w, &ALL);
    let closed = OpenNow { out_of_hours: true, all_busy: false, callme_later_only: true };
    assert_eq!((modes, now), (vec![Mode::Callme], closed));
    assert_eq!(offered(&mut w, &[Mode::Dial]).0, [], "the site does not call back");
    w.wait_secs(13 * 3600);
    assert_eq!(offered(&mut w, &ALL).1, closed, "late in the evening, too");
    w.desktop("alice");
    let due = instant("2026-11-23T08:15:00Z");
    let job: ReservationView = w.open(OpenReservation { due, ..urgent(1, Some(6)) });
    let calm = w.open(OpenReservation { due, ..urgent(2, None) });
    w.wait_secs(1);
    let rows = w.desks["alice"].scheduled.clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
    let row = rows.as_array().unwrap().iter().find(|row| row["id"] == job.id.to_string()).expect("there");
    assert_eq!((&row["due"], &row["priority"]), (&"2026-11-23T08:15:00.000Z".into(), &6.into()));
    assert_eq!(row["asked"]["answers"][0]["choice"], "It stands still");
    w.wait(due.unwrap().since(w.now) + Duration::from_secs(1));
    assert_eq!([job.id, calm.id].map(|id| w.page(id).position), [Some(1), Some(2)], "worked like a queue");
    assert_eq!(w.desks["alice"].scheduled, serde_json::json!([]));
    assert_eq!(w.desks["alice"].waiting[0]["asked"]["wanted"], "2026-11-23T08:15:00.000Z");
    w.ready("alice");
    assert_eq!(w.desks["alice"].current["asked"]["wanted"], "2026-11-23T08:15:00.000Z");
}

#[test]
fn a_retried_job_is_shown_with_its_attempts_until_it_is_over() {
    let mut w = World::new();
    w.ready("alice");
    let job = w.open(urgent(1, None));
    w.customer_fails(dialled(&w)[0], Cause::NoAnswer);
    w.wait_secs(1);
    let row = w.desks["alice"].scheduled[0].clone();
    assert_eq!((&row["id"], &row["asked"]["attempts"]), (&job.id.to_string().into(), &1.into()));
    assert_eq!(row["due"].as_str(), w.page(job.id).due.as_deref());
    w.tell(Request::Cancel { reservation: job.id });
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].scheduled, serde_json::json!([]));
}

#[test]
fn only_the_next_jobs_are_shown_and_in_their_order() {
    let mut w = World::new();
    for n in (1..=60).rev() {
        w.open(later(&w, n, 3600 + n * 300));
    }
    w.desktop("alice");
    let rows = w.desks["alice"].scheduled.as_array().unwrap().clone();
    let due: Vec<&str> = rows.iter().filter_map(|row| row["due"].as_str()).collect();
    assert_eq!(due.len(), 50);
    assert!(due.is_sorted(), "{due:?}");
    assert_eq!(due[0], (w.now + Duration::from_secs(3900)).rfc3339());
}

#[test]
fn all_busy_is_told_and_takes_no_way_away() {
    let mut w = World::new();
    assert_eq!(
        offered(&mut w, &ALL).1,
        OpenNow { all_busy: true, callme_later_only: true, out_of_hours: false }
    );
    w.ready("alice");
    assert_eq!(offered(&mut w, &ALL), (ALL.to_vec(), OpenNow::default()));
    let call = w.dial_queue(Some("+4930111222"));
    w.join(call);
    let (modes, now) = offered(&mut w, &ALL);
    assert_eq!(now, OpenNow { all_busy: true, ..OpenNow::default() });
    assert!(modes.contains(&Mode::Dial) && modes.contains(&Mode::Callme), "who likes may wait: {modes:?}");
}

#[test]
fn without_a_free_slot_nothing_is_offered_for_later() {
    let mut settings = acme();
    settings.callme.ahead = Duration::ZERO;
    let mut w = World::with(vec![settings]);
    let (modes, now) = offered(&mut w, &ALL);
    assert!(modes.is_empty() && !now.callme_later_only);
}

#[test]
fn who_waits_on_the_phone_may_be_called_later_instead() {
    let mut w = World::new();
    w.desktop("alice");
    let view = w.open(wish(1, Mode::Dial));
    let call = w.dial(view.number.as_deref().unwrap(), Some("+4930222444"));
    w.wait_secs(1);
    assert_eq!(w.page(view.id).position, Some(1));
    let past = OpenReservation { due: Some(w.now - Duration::from_secs(3600)), ..wish(1, Mode::Callme) };
    let refused = w.tell(Request::Open(Box::new(past)));
    assert!(matches!(refused, Reply::Problem(problem) if problem.code == "due_invalid"));
    assert_eq!(w.page(view.id).position, Some(1), "he keeps his place");
    let due = w.now + Duration::from_secs(7200);
    let instead = w.open(OpenReservation { due: Some(due), said: said(Some(6)), ..wish(1, Mode::Callme) });
    assert_eq!((instead.due, instead.position), (Some(due.rfc3339()), None));
    assert!(!w.calls.contains_key(&call), "his call has ended with a goodbye");
    w.wait_secs(1);
    assert_eq!(w.desks["alice"].scheduled[0]["priority"], 6);
    w.ready("alice");
    w.wait_secs(3600);
    assert_eq!(dialled(&w).len(), 0, "not before his time");
    w.wait_secs(3601);
    assert_eq!(dialled(&w).len(), 1);
    assert_eq!(w.violations(), 0);
}
