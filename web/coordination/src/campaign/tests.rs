//! The hopper's order, lines, turns, and what of terms is refused.

use super::*;

fn job(priority: u8, due: Option<u64>) -> Imported {
    let (number, name, consent) = (String::new(), String::new(), "form 7".into());
    Imported { number, name, attributes: BTreeMap::new(), due, priority, consent }
}

fn campaign() -> Campaign {
    let (name, site) = ("Spring".into(), "shop".into());
    let (caller_id, retry, window) = (None, None, None);
    let terms =
        Terms { name, site, caller_id, retry, window, starts: None, ends: None, pacing: Pacing::default() };
    Campaign::new(CampaignId::mint(Time::ZERO, 1), terms, Time::ZERO)
}

#[test]
fn a_long_line_is_looked_along_in_parts() {
    let mut row = campaign();
    let turn = |n: u8| (Time::from_micros(n.into()), 0, ReservationId::mint(Time::ZERO, n.into()));
    (1..=5).for_each(|n| row.line_up(turn(n)));
    let looked = row.look_along(2);
    assert_eq!(looked, [turn(1), turn(2)]);
    row.looked_at(looked.last().copied());
    row.leaves_line(&turn(2));
    assert_eq!(row.look_along(2), [turn(3), turn(4)], "also where the last one has gone");
    row.looked_at(Some(turn(4)));
    assert_eq!(row.look_along(2), [turn(5)], "its end");
    row.looked_at(None);
    assert_eq!(row.look_along(1), [turn(1)]);
}

#[test]
fn the_hopper_is_ordered_by_priority_then_due_then_arrival() {
    let mut row = campaign();
    let at = |secs: u64| Time::from_micros((1_795_305_600 + secs) * 1_000_000);
    for (n, (priority, due)) in [(4, None), (4, None), (7, Some(50)), (7, Some(40))].into_iter().enumerate() {
        row.put(at(0), n as u64 + 1, job(priority, due.map(|due| at(due).as_micros())));
    }
    assert_eq!(row.first(at(10)).map(|(order, _)| order), Some(0));
    assert_eq!(row.comes_up(), Some(at(40)));
    let mut order = Vec::new();
    while let Some((next, _)) = row.first(at(60)) {
        row.take(next);
        order.push(next);
    }
    assert_eq!(order, [3, 2, 0, 1]);
    assert!(row.knows(1) && !row.knows(9));
}

#[test]
fn whoever_waits_for_long_enough_goes_first_whatever_is_put_in() {
    let mut row = campaign();
    let day = |day: u64| Time::from_micros((20_780 + day) * 86_400_000_000);
    row.put(day(0), 1, job(1, None));
    let mut waited = 0;
    for today in 1..30 {
        row.put(day(today), 2 * today, job(7, None));
        row.put(day(today), 2 * today + 1, job(7, None));
        // One is dialled a day.
        let first = row.first(day(today)).map(|(order, _)| order).unwrap();
        row.take(first);
        if first == 0 {
            waited = today;
            break;
        }
    }
    assert_eq!(
        waited, 11,
        "behind the ten of five days: six steps of priority are six days, and nobody of later comes before him"
    );
}

#[test]
fn who_was_put_off_keeps_what_he_has_waited() {
    let mut row = campaign();
    let at = |secs: u64| Time::from_micros((1_795_305_600 + secs) * 1_000_000);
    row.put(at(0), 1, job(4, None));
    row.put(at(10), 2, job(4, None));
    row.put_off(0, at(60));
    assert_eq!(row.first(at(59)).map(|(order, _)| order), Some(1));
    assert_eq!(row.first(at(60)).map(|(order, _)| order), Some(0));
    assert!(row.take(0).is_some() && row.take(1).is_some() && row.first(at(99)).is_none());
}

#[test]
fn the_turn_goes_round() {
    let mut all = Campaigns::default();
    let ids: Vec<CampaignId> = (1..=3).map(|n| CampaignId::mint(Time::ZERO, n)).collect();
    for &id in &ids {
        let row = Campaign { id, state: CampaignState::Running, ..campaign() };
        all.rows.insert(id, row);
    }
    assert_eq!(all.running(), ids);
    all.served = Some(ids[0]);
    assert_eq!(all.running(), [ids[1], ids[2], ids[0]]);
    all.served = Some(ids[2]);
    assert_eq!(all.running(), ids);
    all.rows.remove(&ids[1]);
    all.served = Some(ids[1]);
    assert_eq!(all.running(), [ids[2], ids[0]], "also when that one is gone");
}

#[test]
fn a_machine_that_answered_is_no_answer() {
    let mut row = campaign();
    row.dials();
    row.ends(Time::ZERO, "answered", None);
    row.ends(Time::ZERO, "machine", Some("answered"));
    let view = row.view(Time::ZERO, 0);
    assert_eq!((view.answered, view.outcomes.len(), view.last_24_h.answered), (0, 1, 0));
    row.ends(Time::ZERO, "answered", None);
    row.ends(Time::ZERO, "abandoned", Some("answered"));
    let view = row.view(Time::ZERO, 0);
    assert_eq!((view.answered, view.abandoned, view.last_30_days.rate), (1, 1, Share::of(1, 1)));
}

#[test]
fn retries_and_windows_are_checked() {
    let again = |after_secs| Again { after_secs, times: 2 };
    let retries =
        |name: &str, secs| Retries { after: [(name.to_owned(), again(secs))].into(), max_attempts: 3 };
    assert!(fits(&retries("busy", 60)));
    assert!(!fits(&retries("declined", 60)), "a refusal is never retried");
    assert!(!fits(&retries("busy", 5)));
    let window = |from: &str, until: &str| Window { from: from.into(), until: until.into() };
    assert!(hours(&window("09:00", "17:00"), "Europe/Berlin").is_some());
    assert!(hours(&window("17:00", "09:00"), "Europe/Berlin").is_none());
}
