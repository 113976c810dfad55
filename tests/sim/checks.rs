//! What must be true at the end of a run, whatever the weather; and the tests that run it.

use crate::calls::{Run, Wish};
use crate::dice::many;
use crate::network::{CALM, STORM};
use crate::phone::Leg;
use crate::plan::{self, End, Plan, Way};
use crate::setting::CARRIER;
use crate::world::PAIRS;
use std::collections::HashMap;
use std::time::Duration;

/// What came of a run.
struct Report {
    seed: u64,
    line: String,
    /// Calls that did not come to their planned end.
    astray: Vec<String>,
    /// What is against the rules.
    broken: Vec<String>,
    /// Nothing is left in switch, workers and peers.
    clear: bool,
    /// Of the sides that should have heard the other, how many did.
    heard: (usize, usize),
    /// Of those who waited or were held, how many heard music.
    music: (usize, usize),
    trace: u64,
}

impl Report {
    fn of(mut run: Run) -> Self {
        run.world.check_records();
        let mut broken = std::mem::take(&mut run.world.broken);
        let legs = legs(&run);
        let mut report = Report {
            seed: run.seed,
            line: String::new(),
            astray: astray(&run),
            broken: Vec::new(),
            clear: run.world.is_clear() && run.world.phones.iter().all(|p| p.endpoint.live().0 == 0),
            heard: (0, 0),
            music: (0, 0),
            trace: run.world.trace,
        };
        if report.clear && run.model.open() > 0 {
            broken.push(format!("{} calls never ended on the link", run.model.open()));
        }
        for (call, plan) in run.plans.iter().enumerate() {
            report.check_media(
                &run,
                plan,
                [legs.get(&(call, 0)).copied(), legs.get(&(call, 1)).copied()],
                &mut broken,
            );
        }
        report.broken = broken;
        let network = &run.world.network;
        report.line = format!(
            "sim: seed {}, {} calls, {} datagrams, {} lost, {} stopped by NATs, {} link events, {:?} virtual; {}",
            run.seed,
            run.plans.len(),
            network.sent,
            network.lost,
            network.blocked,
            run.model.events,
            run.world.now.since(warmline_time::Time::from_micros(1_795_341_900_000_000)),
            run.world.left_over(),
        );
        println!("{}", report.line);
        report
    }

    fn check_media(&mut self, run: &Run, plan: &Plan, legs: [Option<&Leg>; 2], broken: &mut Vec<String>) {
        let longest = run.world.network.longest();
        let ends = legs.iter().flatten().filter_map(|leg| run.world.byes.get(&leg.call_id));
        let end = ends.min().copied();
        for (side, leg) in legs.into_iter().enumerate() {
            let Some(leg) = leg else { continue };
            let other = legs[1 - side];
            let answered = legs[1].and_then(|second| second.answered);
            for (at, words) in &leg.heard {
                if words.call != leg.call || words.side == leg.side {
                    broken.push(format!("call {} side {side} hears {words:?}", leg.call));
                }
                let early = answered.is_none_or(|answered| *at < answered || words.said + longest < answered);
                if early {
                    broken.push(format!("call {} side {side} hears {words:?} before the answer", leg.call));
                }
            }
            let last = leg.heard.last().map(|heard| heard.0).max(leg.last_sound);
            if let (Some(last), Some(end)) = (last, end)
                && last > end + longest
            {
                broken.push(format!("call {} side {side} hears something after the BYE", leg.call));
            }
            let talks = plan.speaks && plan.end.is_answered() && other.is_some();
            self.heard.0 += usize::from(talks && leg.heard.len() >= 20);
            self.heard.1 += usize::from(talks);
            let waits = plan.end.is_answered()
                && ((plan.end == End::Hold && side == 1) || (plan.way == Way::Queue && side == 0))
                // Behind a NAT only who speaks can be spoken to.
                && (leg.spoken > 0 || !run.world.network.is_inside(leg.rtp.ip()));
            self.music.0 += usize::from(waits && leg.sounds >= 5);
            self.music.1 += usize::from(waits);
            let silent = !plan.way.is_controlled() && plan.end != End::Hold;
            if silent && leg.sounds > 0 {
                broken.push(format!("call {} side {side} hears sounds of the switch", leg.call));
            }
        }
    }

    fn assert_good(&self) {
        let line = &self.line;
        let some = |rows: &[String]| rows.iter().take(10).cloned().collect::<Vec<_>>().join("\n  ");
        assert!(self.broken.is_empty(), "{line}\n{} broken:\n  {}", self.broken.len(), some(&self.broken));
        assert!(self.astray.is_empty(), "{line}\n{} astray:\n  {}", self.astray.len(), some(&self.astray));
        assert!(self.clear, "{line}");
        let most = |(good, all): (usize, usize)| good * 10 >= all * 9;
        assert!(most(self.heard), "{line}: {:?} sides heard the other", self.heard);
        assert!(most(self.music), "{line}: {:?} heard music", self.music);
    }
}

/// The legs of the phones that answer, by call and side.
fn legs(run: &Run) -> HashMap<(usize, u8), &Leg> {
    let phones = run.world.phones.iter().filter(|phone| phone.place == 0);
    phones.flat_map(|phone| phone.legs.values()).map(|leg| ((leg.call, leg.side), leg)).collect()
}

/// Calls that did not come to their planned end, in words.
fn astray(run: &Run) -> Vec<String> {
    let nothing = Vec::new();
    let mut astray = Vec::new();
    for (call, plan) in run.plans.iter().enumerate() {
        let seen = |side: u8, place: usize| {
            let of_side = run.seen.iter().filter(|((c, s, _), _)| (*c, *s) == (call, side));
            let mut rows = of_side.filter(|((_, _, phone), _)| run.world.phones[*phone].place == place);
            rows.next().map_or(&nothing, |row| row.1)
        };
        let (first, second, loser) = (seen(0, 0), seen(1, 0), seen(1, 1));
        let expected = plan.end.cause().filter(|_| plan.way.is_controlled());
        let causes = run.causes.get(&call).unwrap_or(&Vec::new()).clone();
        let right_cause = match expected {
            // A customer may be gone before there is anybody to fail.
            Some(cause) => causes.iter().all(|seen| *seen == cause),
            None => causes.is_empty(),
        };
        let good = plan::is_as_planned(plan, first, second) && plan::is_loser_fine(plan.end, loser);
        if !good || !right_cause {
            astray.push(format!("call {call} {plan:?}: {first:?} {second:?} {loser:?} {causes:?}"));
        }
    }
    astray
}

fn storm(calls: u64, seed: u64) -> Wish {
    Wish { calls: calls as usize, seed, weather: STORM, retransmit: true, pairs: PAIRS, drain: None }
}

#[test]
fn calm_calls_come_to_their_planned_ends() {
    Report::of(Run::of(Wish { weather: CALM, ..storm(96, 1) })).assert_good();
}

#[test]
fn a_thousand_calls_in_a_storm_come_to_their_planned_ends_and_leave_nothing() {
    let report = Report::of(Run::of(storm(1_000, 2)));
    report.assert_good();
    assert!(report.heard.1 > 100 && report.music.1 > 100, "{}", report.line);
}

#[test]
fn other_storms_do_the_same() {
    for seed in 0..many(2) {
        Report::of(Run::of(storm(300, 1_000 + seed))).assert_good();
    }
}

#[test]
fn a_switch_without_ports_refuses_and_keeps_the_rules() {
    let report = Report::of(Run::of(Wish { pairs: 20, ..storm(300, 6) }));
    assert!(report.clear && report.broken.is_empty(), "{} {:?}", report.line, report.broken);
    let refused = report.astray.iter().filter(|row| row.contains("Failed(503)")).count();
    assert!(refused > 20, "{refused} refused; {}", report.line);
}

#[test]
fn without_retransmission_calls_go_astray() {
    let report = Report::of(Run::of(Wish { retransmit: false, ..storm(200, 3) }));
    assert!(!report.astray.is_empty(), "{}", report.line);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || Report::of(Run::of(storm(96, 4)));
    let (one, other) = (run(), run());
    assert_eq!((one.trace, one.line), (other.trace, other.line), "seed {}", one.seed);
}

#[test]
fn a_switch_that_stops_ends_every_call_and_leaves_nothing() {
    let run = Run::of(Wish { drain: Some(Duration::from_secs(20)), ..storm(200, 5) });
    let refused = run.seen.values().flatten().filter(|seen| **seen == plan::Seen::Failed(503)).count();
    assert!(run.seen.keys().any(|(_, _, phone)| *phone == CARRIER));
    let report = Report::of(run);
    assert!(report.clear, "{}", report.line);
    assert!(report.broken.is_empty(), "{} {:?}", report.line, report.broken);
    assert!(refused > 50, "new calls are refused: {refused}; {}", report.line);
}
