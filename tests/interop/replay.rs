//! `warmline replay` beside the program that runs: a small pool's requests once more, with more numbers (C16).

use crate::support::client::Visitor;
use crate::support::switch::{Setup, Switch};
use serde_json::Value;
use std::process::{Command, Output};

fn replay(switch: &Switch, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
    command.args(["replay", "--config"]).arg(switch.folder.join("warmline.toml")).args(arguments);
    command.output().expect("runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What stands in a row of the table: as it is configured, and as it is tried.
fn row<'a>(text: &'a str, what: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(what));
    line.unwrap_or_else(|| panic!("no `{what}` in {text}")).split_whitespace().collect()
}

#[test]
fn c16_a_pool_is_replayed_with_more_numbers_while_the_program_runs() {
    let range = ("+493012345000..+493012345009".to_owned(), "+493012345000..+493012345001".to_owned());
    let switch = Switch::start(&Setup { replace: vec![range], ..Setup::default() });
    let people: Vec<Visitor> = (0..5).map(|_| Visitor::new(&switch.http())).collect();
    let views: Vec<Value> = people.iter().map(|visitor| visitor.reserve(&visitor.wish("dial"))).collect();
    let with: Vec<bool> = views.iter().map(|view| view["number"].is_string()).collect();
    assert_eq!(with, [true, true, false, false, false]);
    assert_eq!(people[0].cancel(&views[0]), 204);
    let of_pool = ["--firm", "acme", "--pool", "web"];
    let tried = replay(&switch, &[&of_pool[..], &["--numbers", "4", "--ttl-secs", "120"]].concat());
    let told = text(&tried);
    assert!(tried.status.success(), "{told}");
    assert_eq!(row(&told, "numbers"), ["2", "4"]);
    assert_eq!(row(&told, "seconds for which one is held"), ["300", "120"]);
    assert_eq!(row(&told, "requests for a number"), ["5", "5"]);
    assert_eq!(row(&told, "had one of their own at once"), ["2", "4"]);
    assert_eq!(row(&told, "found none free"), ["3", "1"]);
    assert_eq!(row(&told, "most numbers in use at once"), ["2", "4"]);
    assert_eq!(row(&told, "late calls"), ["0", "0"]);
    assert!(told.contains("Held for 120 s, 5 numbers are enough for everybody, 5 for 99 %."), "{told}");
    assert!(told.contains("By the journal 2 had a number of their own, and 3 found none free."), "{told}");
    assert!(!told.contains("+49"), "nobody's number: {told}");
    // Of an earlier day nothing is told.
    let past = ["--from", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z"];
    let past = replay(&switch, &[&of_pool[..], &past].concat());
    assert!(
        past.status.success() && text(&past).contains("Nobody has asked for a number."),
        "{}",
        text(&past)
    );

    let refused = [
        (vec!["--firm", "other", "--pool", "web"], "the configuration has no firm `other`"),
        (vec!["--firm", "acme", "--pool", "south"], "acme has no pool `south`"),
        ([&of_pool[..], &["--numbers", "0"]].concat(), "0 is not in 1..=100000"),
        ([&of_pool[..], &["--numbers", "100001"]].concat(), "100001 is not in 1..=100000"),
        ([&of_pool[..], &["--ttl-secs", "0"]].concat(), "0 is not in 1..=86400"),
        ([&of_pool[..], &["--from", "yesterday"]].concat(), "`yesterday` is no time as in RFC 3339"),
        (
            [&of_pool[..], &["--from", "2026-01-02T00:00:00Z", "--until", "2026-01-02T00:00:00Z"]].concat(),
            "`--from` has to be before `--until`",
        ),
    ];
    for (arguments, why) in refused {
        let refused = replay(&switch, &arguments);
        assert!(!refused.status.success() && text(&refused).contains(why), "{why}: {}", text(&refused));
    }
    switch.ends_sane();
}
