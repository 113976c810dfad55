//! Days that must go well, and the one that `scripts/day` prints.

use crate::centre::{Load, Plan};
use crate::day::Day;
use crate::report::report;
use std::time::Instant;

/// A pool that is never short, and whose numbers rest for longer than they are remembered.
const AMPLE: usize = 40;

/// `WARMLINE_DAY`: agents, hours, seed, numbers for ten agents and, if one only, load.
#[test]
#[ignore = "prints days; scripts/day runs it"]
#[allow(clippy::disallowed_methods)] // How long a day takes is part of its report.
fn prints_a_day() {
    let text = std::env::var("WARMLINE_DAY").unwrap_or_default();
    let mut words = text.split_whitespace();
    let mut number = |fallback| words.next().map_or(fallback, |word| word.parse().expect("a number"));
    let (agents, hours, seed) = (number(50) as usize, number(12) as usize, number(1));
    let numbers = number(AMPLE as u64) as usize;
    let only = words.next();
    for load in Load::ALL.into_iter().filter(|load| only.is_none_or(|name| name == load.name())) {
        let began = Instant::now();
        let day = Day::run(Plan { agents, hours, load, seed, numbers });
        let took = began.elapsed();
        println!("{}", report(&day, took));
    }
}

fn run(load: Load, seed: u64) -> Day {
    let day = Day::run(Plan { agents: 30, hours: 5, load, seed, numbers: AMPLE });
    assert!(day.m.wrong.is_empty(), "{load:?} {seed}: {:?}", day.m.wrong);
    let screens = &day.m.screens;
    assert!(screens.late > 0 && screens.wrong == 0, "{load:?} {seed}: {screens:?}");
    assert!(screens.recovered() >= 0.95, "{load:?} {seed}: {screens:?}");
    day
}

/// Where numbers come to somebody else within minutes nobody is shown another's page: he is asked for his PIN.
#[test]
fn c3_with_few_numbers_no_screen_is_wrong() {
    for (load, seed) in [(Load::Light, 1), (Load::Noon, 2)] {
        let day = Day::run(Plan { agents: 30, hours: 5, load, seed, numbers: 5 });
        let screens = &day.m.screens;
        assert!(day.m.wrong.is_empty(), "{load:?} {seed}: {:?}", day.m.wrong);
        assert!(screens.late > 0 && screens.asked > 0 && screens.wrong == 0, "{load:?} {seed}: {screens:?}");
    }
}

/// Of the waits of each hour with enough of them, from the second on, when the firm has seen what its day is like.
fn calibrated(load: Load) {
    let (mut windows, mut good) = (0, 0);
    for seed in 1..=5 {
        let day = run(load, seed);
        let all = day.m.under_p90().expect("somebody waited");
        let text = report(&day, std::time::Duration::ZERO);
        assert!((0.85..=0.95).contains(&all), "{text}");
        for (waits, under) in day.m.windows(50) {
            windows += 1;
            good += u32::from((0.85..=0.95).contains(&(under as f64 / waits as f64)));
        }
    }
    // Fifty waits of one line are not fifty draws: one hour in five may miss by chance alone.
    assert!(good * 5 >= windows * 4, "{good} of {windows} hours");
}

#[test]
fn of_light_days_nine_of_ten_waits_are_as_told() {
    calibrated(Load::Light);
}

#[test]
fn of_busy_days_nine_of_ten_waits_are_as_told() {
    calibrated(Load::Busy);
}

#[test]
fn of_days_with_too_many_at_noon_nine_of_ten_waits_are_as_told() {
    calibrated(Load::Noon);
}

/// The whole firm, with callers, visitors, breaks and a campaign: what its customers hear keeps the cap, and its agents have more to do.
#[test]
fn e19_of_days_with_a_campaign_no_more_are_abandoned_than_may_be() {
    for seed in 1..=3 {
        let [progressive, predictive] = [Load::Progressive, Load::Predictive].map(|load| run(load, seed));
        for day in [&progressive, &predictive] {
            let text = report(day, std::time::Duration::ZERO);
            let view = day.m.campaign.as_ref().expect("a campaign");
            assert!(view.answered > 300 && day.m.greeted > 300, "{text}");
            assert!(view.abandoned * 100 <= view.answered * 3, "{text}");
            assert!(day.m.worst <= 0.03 && day.m.left_alone == view.abandoned, "{text}");
        }
        let spoke = |day: &Day| day.m.greeted - day.m.left_alone;
        assert!(spoke(&predictive) > spoke(&progressive), "{seed}");
    }
}

#[test]
fn a_day_is_the_same_again_with_its_seed() {
    let plan = Plan { agents: 8, hours: 1, load: Load::Noon, seed: 9, numbers: AMPLE };
    let text = |plan| report(&Day::run(plan), std::time::Duration::ZERO);
    assert_eq!(text(plan), text(plan));
    assert_ne!(text(plan), text(Plan { seed: 10, ..plan }));
}
