//! What Warmline costs, each figure beside a floor that is measured in the same run. `scripts/bench` starts it.
#![allow(clippy::disallowed_methods, missing_docs)]

mod activity;
mod alerts;
mod answers;
mod calls;
mod changes;
mod configuration;
mod cpu;
mod delays;
mod desks;
mod forwarder;
mod http;
mod jobs;
mod pages;
mod phone;
mod relay;
mod report;
mod reservations;
mod sipp;
#[path = "../support/mod.rs"]
mod support;
mod traffic;
mod watch;

use std::process::ExitCode;

const PARTS: [&str; 13] = [
    "calls",
    "reservations",
    "relay",
    "delays",
    "answers",
    "changes",
    "desks",
    "jobs",
    "due",
    "activity",
    "alerts",
    "pages",
    // Browsers alone: tests/browser/bench.
    "claims",
];

fn main() -> ExitCode {
    // `cargo bench` says `--bench` to every bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["forwarder", ports] = words[..] {
        forwarder::run(ports);
    }
    let (parts, samples) = match words[..] {
        [ref parts @ .., "--samples", count] => (parts, count.parse().unwrap_or(0)),
        ref parts => (parts, 3),
    };
    if !parts.iter().all(|part| PARTS.contains(part)) || samples == 0 {
        eprintln!("usage: bench [{}]… [--samples N]", PARTS.join(" | "));
        return ExitCode::FAILURE;
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    report::machine();
    if wanted("calls") {
        calls::run(samples);
    }
    if wanted("reservations") {
        reservations::run(samples);
    }
    if wanted("relay") {
        relay::run(samples);
    }
    if wanted("delays") {
        delays::run(samples);
    }
    if wanted("answers") {
        answers::run(samples);
    }
    if wanted("changes") {
        changes::run(samples);
    }
    if wanted("desks") {
        desks::run(samples);
    }
    if wanted("jobs") {
        jobs::run(samples);
    }
    if wanted("due") {
        jobs::run_due(samples);
    }
    if wanted("activity") {
        activity::run(samples);
    }
    if wanted("alerts") {
        alerts::run(samples);
    }
    if wanted("pages") {
        pages::run();
    }
    ExitCode::SUCCESS
}
