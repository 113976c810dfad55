//! Days that must go well, and the one that `scripts/day` prints.

use crate::centre::{Load, Plan};
use crate::day::Day;
use crate::report::report;
use std::time::Instant;

/// `WARMLINE_DAY`: agents, hours, load and seed, in this order.
#[test]
#[ignore = "prints one day; scripts/day runs it"]
fn prints_a_day() {
    let text = std::env::var("WARMLINE_DAY").unwrap_or_default();
    let mut words = text.split_whitespace();
    let mut number = |fallback| words.next().map_or(fallback, |word| word.parse().expect("a number"));
    let (agents, hours, seed) = (number(50) as usize, number(12) as usize, number(1));
    let only = words.next();
    for load in Load::ALL.into_iter().filter(|load| only.is_none_or(|name| name == load.name())) {
        let began = Instant::now();
        let mut day = Day::run(Plan { agents, hours, load, seed });
        let took = began.elapsed();
        println!("{}", report(&mut day, took));
    }
}
