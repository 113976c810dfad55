//! Strategies one by one, and what must hold of each.

use super::Strategy;
use super::*;
use proptest::prelude::*;
use std::time::Duration;

const DAY: u64 = 86_400;

fn at(secs: u64) -> Time {
    Time::from_micros(secs * 1_000_000)
}

fn needs(queue: &str, skills: &[&str]) -> Arc<Needs> {
    let skills = skills.iter().map(|skill| skill.to_string()).collect();
    Arc::new(Needs { queue: queue.into(), skills, pull: false })
}

fn queue(strategy: Strategy) -> QueueSettings {
    QueueSettings { skills: vec!["sales".into()], strategy, ..QueueSettings::default() }
}

fn case() -> Case {
    Case {
        at: at(30 * DAY),
        home: needs("sales", &["sales"]),
        further: Vec::new(),
        turn: None,
        ruled: Arc::default(),
    }
}

fn ready(name: &str, idle_since: u64) -> Candidate {
    Candidate {
        agent: name.into(),
        skills: [("sales".to_owned(), 3)].into(),
        represents: Arc::default(),
        state: AgentState::Ready,
        standing: Standing {
            logged_in: true,
            ready: true,
            idle: true,
            phone: true,
            desktop: true,
            ..Standing::default()
        },
        idle_since: at(idle_since),
        calls_today: 0,
        preferred: false,
        chats: 0,
        last_talk: None,
    }
}

fn chosen(settings: &QueueSettings, case: &Case, all: &[Candidate]) -> Option<(usize, Rule)> {
    choose(settings, case, all).map(|choice| (choice.chosen, choice.rule))
}

#[test]
fn the_longest_idle_then_the_first() {
    let all = [ready("a", 20), ready("b", 10), ready("c", 10)];
    assert_eq!(chosen(&queue(Strategy::LongestIdle), &case(), &all), Some((1, Rule::LongestIdle)));
    assert_eq!(chosen(&queue(Strategy::LongestIdle), &case(), &[]), None);
}

#[test]
fn the_one_of_the_fewest_calls_then_the_longest_idle() {
    let mut all = [ready("a", 1), ready("b", 9), ready("c", 5)];
    all[0].calls_today = 2;
    assert_eq!(chosen(&queue(Strategy::LeastCalls), &case(), &all), Some((2, Rule::LeastCalls)));
}

#[test]
fn the_highest_levels_of_the_queues_own_skills() {
    let mut all = [ready("a", 1), ready("b", 9), ready("c", 8)];
    // French counts for nothing here.
    all[0].skills = [("sales".to_owned(), 4), ("french".to_owned(), 5)].into();
    all[1].skills = [("sales".to_owned(), 5)].into();
    all[2].skills = [("sales".to_owned(), 5)].into();
    assert_eq!(chosen(&queue(Strategy::SkillLevel), &case(), &all), Some((2, Rule::SkillLevel)));
}

#[test]
fn in_turn_from_the_one_after_the_last() {
    let mut all = [ready("a", 1), ready("b", 2), ready("c", 3)];
    let settings = queue(Strategy::RoundRobin);
    assert_eq!(chosen(&settings, &case(), &all), Some((0, Rule::RoundRobin)));
    assert_eq!(chosen(&settings, &Case { turn: Some(0), ..case() }, &all), Some((1, Rule::RoundRobin)));
    assert_eq!(chosen(&settings, &Case { turn: Some(2), ..case() }, &all), Some((0, Rule::RoundRobin)));
    all[1].standing.idle = false;
    assert_eq!(chosen(&settings, &Case { turn: Some(0), ..case() }, &all), Some((2, Rule::RoundRobin)));
}

#[test]
fn the_preferred_before_the_last_agent_before_the_others() {
    let mut all = [ready("a", 1), ready("b", 2), ready("c", 3)];
    all[1].last_talk = Some(at(29 * DAY));
    all[2].preferred = true;
    let settings = queue(Strategy::LeastCalls);
    assert_eq!(chosen(&settings, &case(), &all), Some((2, Rule::Preferred)));
    all[2].standing.phone = false;
    assert_eq!(chosen(&settings, &case(), &all), Some((1, Rule::LastAgent)));
}

#[test]
fn the_last_agent_only_for_a_while() {
    let mut all = [ready("a", 1), ready("b", 2)];
    all[1].last_talk = Some(at(23 * DAY));
    let settings = queue(Strategy::LongestIdle);
    assert_eq!(chosen(&settings, &case(), &all), Some((1, Rule::LastAgent)), "seven days");
    all[1].last_talk = Some(at(23 * DAY - 1));
    assert_eq!(chosen(&settings, &case(), &all), Some((0, Rule::LongestIdle)));
    all[1].last_talk = Some(case().at);
    let never = QueueSettings { affinity: Duration::ZERO, ..settings };
    assert_eq!(chosen(&never, &case(), &all), Some((0, Rule::LongestIdle)));
}

#[test]
fn agents_of_overflow_come_after_its_own() {
    let mut all = [ready("a", 1), ready("b", 2)];
    all[0].skills = [("support".to_owned(), 5)].into();
    let settings = queue(Strategy::LongestIdle);
    let wide = Case { further: vec![needs("support", &["support"])], ..case() };
    assert_eq!(chosen(&settings, &wide, &all), Some((1, Rule::LongestIdle)));
    all[1].standing.idle = false;
    assert_eq!(chosen(&settings, &case(), &all), None);
    assert_eq!(chosen(&settings, &wide, &all), Some((0, Rule::LongestIdle)));
    let words = |case: &Case| -> Vec<String> {
        all[0].obstacles(&settings.skills, &case.further).iter().map(ToString::to_string).collect()
    };
    assert_eq!(words(&case()), ["missing_skill:sales"]);
    assert!(words(&wide).is_empty());
}

#[test]
fn says_all_that_keeps_an_agent() {
    let words = |standing: Standing| -> Vec<String> {
        let candidate = Candidate { standing, ..ready("a", 1) };
        candidate.obstacles(&["sales".into(), "french".into()], &[]).iter().map(ToString::to_string).collect()
    };
    assert_eq!(words(Standing::default()), ["not_logged_in", "missing_skill:french"]);
    let out = Standing { logged_in: true, ..Standing::default() };
    assert_eq!(words(out), ["not_ready", "busy", "no_phone", "no_desktop", "missing_skill:french"]);
    let paused = Standing { paused: true, just_passed: true, idle: true, phone: true, desktop: true, ..out };
    assert_eq!(words(paused), ["paused", "just_passed", "missing_skill:french"]);
    assert_eq!(
        words(Standing { ready: true, just_passed: false, slow: true, ..paused }),
        ["slow_phone", "missing_skill:french"]
    );
}

fn strategy() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        Just(Strategy::LongestIdle),
        Just(Strategy::RoundRobin),
        Just(Strategy::LeastCalls),
        Just(Strategy::SkillLevel)
    ]
}

prop_compose! {
    fn candidate()(
        flags in proptest::array::uniform8(proptest::bool::weighted(0.85)),
        preferred in proptest::bool::weighted(0.1),
        sales in 0u8..4, support in 0u8..4, calls_today in 0u32..4,
        idle in 0u64..50, last in proptest::option::weighted(0.1, 0u64..31),
    ) -> Candidate {
        let [logged_in, ready_now, unpaused, lately, idle_now, phone, quick, desktop] = flags;
        let skills = [("sales", sales), ("support", support)];
        let had = skills.into_iter().filter(|(_, level)| *level > 0);
        Candidate {
            skills: had.map(|(name, level)| (name.to_owned(), level)).collect(),
            standing: Standing {
                logged_in, ready: ready_now, paused: !unpaused, just_passed: !lately, idle: idle_now, phone,
                slow: !quick, desktop,
            },
            calls_today,
            preferred,
            last_talk: last.map(|days| at(days * DAY)),
            ..ready("x", idle)
        }
    }
}

proptest! {
    #[test]
    fn only_who_can_and_somebody_where_anybody_can(
        strategy in strategy(),
        all in proptest::collection::vec(candidate(), 0..12),
        wide: bool,
        turn in proptest::option::of(0usize..12),
    ) {
        let settings = queue(strategy);
        let further = if wide { vec![needs("support", &["support"])] } else { Vec::new() };
        let case = Case { further, turn, ..case() };
        let choice = choose(&settings, &case, &all);
        prop_assert_eq!(choice, choose(&settings, &case, &all), "it depends on nothing else");
        let free = |candidate: &Candidate| candidate.obstacles(&settings.skills, &case.further).is_empty();
        prop_assert_eq!(choice.is_some(), all.iter().any(free), "the reasons are all of them");
        if let Some(choice) = choice {
            prop_assert!(free(&all[choice.chosen]), "{:?}", all[choice.chosen]);
        }
    }

    #[test]
    fn in_turn_is_fair(count in 1usize..9, rounds in 1usize..60, first in proptest::option::of(0usize..9)) {
        let all: Vec<Candidate> = (0..count).map(|n| ready("x", 50 - n as u64)).collect();
        let settings = queue(Strategy::RoundRobin);
        let (mut turn, mut had) = (first, vec![0; count]);
        for _ in 0..rounds {
            let choice = choose(&settings, &Case { turn, ..case() }, &all).expect("all can");
            had[choice.chosen] += 1;
            turn = Some(choice.chosen);
        }
        let (least, most) = (had.iter().min().unwrap(), had.iter().max().unwrap());
        prop_assert!(most - least <= 1, "{had:?}");
    }

    #[test]
    fn the_fewest_calls_even_out(count in 1usize..9, rounds in 1usize..60) {
        let mut all: Vec<Candidate> = (0..count).map(|n| ready("x", n as u64)).collect();
        let settings = queue(Strategy::LeastCalls);
        for _ in 0..rounds {
            let choice = choose(&settings, &case(), &all).expect("all can");
            all[choice.chosen].calls_today += 1;
        }
        let calls = all.iter().map(|candidate| candidate.calls_today);
        prop_assert!(calls.clone().max().unwrap() - calls.min().unwrap() <= 1);
    }
}
