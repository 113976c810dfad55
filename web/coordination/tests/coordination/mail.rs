//! Letters: kept before they are told of, sent once a try, tried again, given up; what visitors write, and when they are told.

use crate::world::*;
use std::collections::BTreeMap;
use std::time::Duration;
use warmline_coordination::fact::Fact;
use warmline_coordination::letter::{Appointment, Content, Correspondent, Sending, Sent, Writing};
use warmline_coordination::request::*;

const HOUR: u64 = 3_600;

fn with_mail() -> World {
    let mut settings = acme();
    settings.mail = true;
    settings.queues[0].mailbox = Some("sales@acme.test".into());
    World::with(vec![settings])
}

fn writing(n: u64) -> Writing {
    Writing {
        site: "shop".into(),
        visitor: visitor(n),
        address: format!("192.0.2.{n}"),
        page: Page { url: "https://shop.test/p".into(), title: "Printer".into(), ..Page::default() },
        name: "Vera".into(),
        email: "vera@home.test".into(),
        topic: None,
        text: "Does it print on both sides?".into(),
        language: "de".into(),
        identity: None,
    }
}

fn write(w: &mut World, n: u64) -> Result<(), (u16, &'static str)> {
    match w.tell(Request::Write(Box::new(writing(n)))) {
        Reply::Done => Ok(()),
        Reply::Problem(problem) => Err((problem.status, problem.code)),
        other => panic!("{other:?}"),
    }
}

fn answer(w: &mut World, letter: &Sending, sent: Sent) {
    w.tell(Request::Mailed { firm: "acme".into(), letter: letter.letter, sent });
}

fn later(w: &World, n: u64, secs: u64, email: &str) -> OpenReservation {
    let number = Some(format!("+49151234567{n:02}"));
    let correspondent = Some(Correspondent { email: email.into(), language: "es".into() });
    OpenReservation {
        number,
        due: Some(w.now + Duration::from_secs(secs)),
        correspondent,
        ..wish(n, Mode::Callme)
    }
}

/// Each once, however often it was sent.
fn appointments(w: &World) -> Vec<Appointment> {
    let of = |sending: &Sending| match &sending.what.content {
        Content::Appointment(of) => Some((sending.letter, of.clone())),
        Content::Written(_) => None,
    };
    w.letters.iter().filter_map(of).collect::<BTreeMap<_, _>>().into_values().collect()
}

#[test]
fn what_a_visitor_writes_reaches_the_mailbox_and_is_in_his_history() {
    let mut w = with_mail();
    w.slow(true);
    let id = w.ask(Request::Write(Box::new(writing(1))));
    assert!(w.letters.is_empty() && !w.replies.contains_key(&id), "nothing is told before it is kept");
    w.slow(false);
    assert_eq!(w.replies[&id], Reply::Done);
    let letter = w.letters[0].clone();
    assert_eq!((letter.what.to.as_str(), letter.what.page.title.as_str()), ("sales@acme.test", "Printer"));
    let Content::Written(written) = &letter.what.content else { panic!() };
    assert_eq!((written.email.as_str(), written.queue.as_str()), ("vera@home.test", "sales"));
    answer(&mut w, &letter, Sent::Taken);
    w.wait_secs(48 * HOUR);
    w.crash();
    assert_eq!(w.letters.len(), 1, "once");
    w.ready("alice");
    w.open(wish(1, Mode::Dial));
    let history = &w.desks["alice"].current["contact"]["history"];
    assert_eq!((&history[0]["channel"], &history[0]["outcome"]), (&"mail".into(), &"written".into()));
}

#[test]
fn a_queue_without_a_mailbox_takes_no_letters() {
    let mut w = World::new();
    assert_eq!(write(&mut w, 1), Err((422, "mode_not_offered")));
}

#[test]
fn a_letter_that_the_server_does_not_take_is_tried_again_for_a_day() {
    let mut w = with_mail();
    write(&mut w, 1).unwrap();
    let (mut tries, mut gaps) = (0, Vec::new());
    for minute in 0..48 * 60 {
        for letter in std::mem::take(&mut w.letters) {
            tries += 1;
            gaps.push(minute);
            answer(&mut w, &letter, Sent::Failed);
        }
        w.wait_secs(60);
    }
    assert_eq!(gaps[..5], [0, 1, 6, 21, 81], "minutes");
    assert!((25..=28).contains(&tries), "{tries}");
    let expired = |fact: &Fact| matches!(fact, Fact::LetterSettled { outcome, .. } if outcome == "expired");
    assert_eq!((w.facts(expired), w.firms.counters().letters_given_up), (1, 1));
}

#[test]
fn a_refused_letter_is_not_tried_again() {
    let mut w = with_mail();
    write(&mut w, 1).unwrap();
    let letter = w.letters[0].clone();
    answer(&mut w, &letter, Sent::Refused);
    answer(&mut w, &letter, Sent::Failed);
    w.wait_secs(48 * HOUR);
    assert_eq!((w.letters.len(), w.firms.counters().letters_waiting), (1, 0));
}

#[test]
fn after_a_crash_or_without_a_word_it_is_sent_again_under_its_number() {
    let mut w = with_mail();
    write(&mut w, 1).unwrap();
    w.crash();
    let numbers = |w: &World| w.letters.iter().map(|letter| letter.letter).collect::<Vec<_>>();
    assert_eq!(numbers(&w), [w.letters[0].letter; 2]);
    w.wait_secs(180 + 60);
    assert_eq!(w.letters.len(), 3, "the mail server said nothing");
    let letter = w.letters[2].clone();
    answer(&mut w, &letter, Sent::Taken);
    w.crash();
    assert_eq!(w.letters.len(), 3);
}

#[test]
fn nobody_floods_a_mailbox_or_another_persons() {
    let mut w = with_mail();
    for _ in 0..5 {
        write(&mut w, 1).unwrap();
    }
    assert_eq!(write(&mut w, 1), Err((429, "too_many")));
    write(&mut w, 2).unwrap();
    w.wait_secs(HOUR);
    write(&mut w, 1).unwrap();
    // One address is told six times a day, whoever gives it, in whatever case.
    w.letters.clear();
    for n in 10..20 {
        let wish = later(
            &w,
            n,
            3 * HOUR + (n - 10) * 900,
            if n % 2 == 0 { "Eve@home.test" } else { "eve@HOME.test" },
        );
        w.open(wish);
    }
    assert_eq!((appointments(&w).len(), w.firms.counters().letters_withheld), (6, 4));
    w.crash();
    let wish = later(&w, 30, 6 * HOUR, "eve@home.test");
    w.letters.clear();
    w.open(wish);
    assert!(appointments(&w).is_empty(), "a restart forgets nobody");
}

#[test]
fn a_visitor_is_told_when_he_is_called_when_that_changes_and_when_he_is_not() {
    let mut w = with_mail();
    w.ready("alice");
    let wish = later(&w, 1, 3 * HOUR, "vera@home.test");
    let view = w.open(wish);
    let at = w.now + Duration::from_secs(3 * HOUR);
    let told = appointments(&w).remove(0);
    assert_eq!((told.reservation, told.at, told.sequence), (view.id, Some(at.as_micros()), 0));
    assert_eq!((told.number.as_str(), told.withdrawn), ("+49 151 ••••• 01", false));
    assert_eq!(
        (w.letters[0].what.to.as_str(), w.letters[0].what.language.as_str()),
        ("vera@home.test", "es")
    );
    w.crash();
    let later = w.now + Duration::from_secs(5 * HOUR);
    w.tell(Request::Reschedule { reservation: view.id, due: Some(later) });
    let told = appointments(&w).pop().unwrap();
    assert_eq!((told.at, told.sequence), (Some(later.as_micros()), 1), "the journal knows how often");
    w.tell(Request::Cancel { reservation: view.id });
    let told = appointments(&w).pop().unwrap();
    assert!(told.withdrawn && told.sequence == 2);
}

#[test]
fn who_is_called_at_his_time_is_not_told_that_he_is_not() {
    let mut w = with_mail();
    w.ready("alice");
    let wish = later(&w, 1, HOUR, "vera@home.test");
    w.open(wish);
    w.wait_secs(HOUR);
    let call = *w.calls.keys().last().expect("he is called");
    w.customer_answers(call);
    w.agent_answers(call);
    w.customer_leaves(call);
    w.wait_secs(HOUR);
    assert_eq!(appointments(&w).len(), 1);
}

#[test]
fn without_a_time_or_without_a_mail_server_nobody_is_told() {
    let mut w = with_mail();
    let now = OpenReservation { due: None, ..later(&w, 1, HOUR, "vera@home.test") };
    let view = w.open(now);
    w.tell(Request::Cancel { reservation: view.id });
    assert!(w.letters.is_empty());
    let mut w = World::new();
    let wish = later(&w, 1, HOUR, "vera@home.test");
    w.open(wish);
    assert!(w.letters.is_empty());
}
