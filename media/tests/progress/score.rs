//! The corpus is heard, and the verdicts are counted.

use crate::damage::{Line, over};
use crate::speech::Studio;
use crate::{Random, Set, music, tones};
use std::collections::BTreeMap;
use std::fmt::Write;
use warmline_media::progress::{Detector, Phase, Plan, Settings, Signal, Sit, Told, ToneRow, Verdict};

/// The latest moment of a verdict (E21), in milliseconds.
const LATEST: u32 = 10_000;

/// What is heard of a call, to its first final verdict; a ringback alone is one too.
fn verdict(plan: &'static Plan, phase: Phase, samples: &[i16]) -> Option<Told> {
    let mut detector = Detector::new(Settings { plan, phase });
    let mut last = None;
    for frame in samples.chunks(160) {
        detector.hear(frame);
        last = detector.poll_verdict().or(last);
        if detector.is_over() {
            break;
        }
    }
    assert!(last.is_none_or(|told| told.at_ms <= LATEST), "{last:?}");
    last
}

/// Verdicts by what was played.
#[derive(Default)]
struct Matrix {
    rows: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Matrix {
    fn count(&mut self, played: &str, told: Option<Verdict>) {
        let told = told.map_or("nothing".to_owned(), |verdict| format!("{verdict:?}"));
        *self.rows.entry(played.to_owned()).or_default().entry(told).or_default() += 1;
    }

    /// How many of what was played were told so, in thousandths.
    fn per_mille(&self, played: &str, told: &[&str]) -> u32 {
        let row = &self.rows[played];
        let all: u32 = row.values().sum();
        let those: u32 = told.iter().filter_map(|told| row.get(*told)).sum();
        (those * 1000).div_ceil(all)
    }

    /// How many of what was played were told so; all, where nothing is named.
    fn count_of(&self, played: &[&str], told: &[&str]) -> u32 {
        let rows = played.iter().filter_map(|played| self.rows.get(*played)).flatten();
        rows.filter(|(word, _)| told.is_empty() || told.contains(&word.as_str()))
            .map(|(_, count)| count)
            .sum()
    }

    fn table(&self) -> String {
        let mut out = String::new();
        for (played, row) in &self.rows {
            let all: u32 = row.values().sum();
            let cells: Vec<String> = row.iter().map(|(told, count)| format!("{told} {count}")).collect();
            writeln!(out, "| {played} | {all} | {} |", cells.join(", ")).unwrap();
        }
        out
    }
}

/// Plays some samples over any line.
fn hear(random: &mut Random, plan: &'static Plan, phase: Phase, samples: &[f32]) -> Option<Told> {
    let line = Line::any(random);
    verdict(plan, phase, &over(&line, random, samples))
}

/// Some networks answer to say that they are busy; what rings after an answer ends nothing.
fn network_tones(set: Set, phase: Phase) -> Matrix {
    let mut matrix = Matrix::default();
    let mut random = Random::new(set, if phase == Phase::Early { 1 } else { 5 });
    for plan in Plan::all() {
        let ends = |row: &&ToneRow| phase == Phase::Early || row.signal != Signal::Ringback;
        for row in plan.tones.iter().filter(ends) {
            for _ in 0..12 {
                let samples = tones::network(row, &mut random);
                let told = hear(&mut random, plan, phase, &samples).map(|told| told.verdict);
                let wanted = match row.signal {
                    Signal::Ringback => Verdict::Ringback,
                    Signal::Busy => Verdict::Busy,
                    Signal::Congestion => Verdict::Congestion,
                };
                if told != Some(wanted) {
                    println!("{} {phase:?} {:?} {:?}: {told:?}", plan.country, row.signal, row.steps);
                }
                matrix.count(&format!("{wanted:?}"), told);
            }
        }
    }
    matrix
}

fn special_tones(set: Set) -> Matrix {
    let mut matrix = Matrix::default();
    let mut random = Random::new(set, 2);
    let phases = [Phase::Early, Phase::Answered];
    let kinds = [Sit::Intercept, Sit::VacantCode, Sit::NoCircuit, Sit::Reorder, Sit::Unspecified];
    for _ in 0..40 {
        for kind in kinds {
            let samples = tones::sit(kind, &mut random);
            let told = hear(&mut random, Plan::anywhere(), phases[0], &samples).map(|told| told.verdict);
            matrix.count(&format!("{:?}", Verdict::Sit(kind)), told);
        }
        type Play = fn(&mut Random) -> Vec<f32>;
        let others: [(&str, Play); 3] =
            [("Fax CNG", tones::calling_fax), ("Fax CED", tones::answering_fax), ("Modem", tones::modem)];
        for (name, play) in others {
            let phase = *random.pick(&phases);
            let samples = play(&mut random);
            let told = hear(&mut random, Plan::of_number("+49"), phase, &samples);
            if told.is_none_or(|told| !matches!(told.verdict, Verdict::Fax | Verdict::Modem)) {
                println!("{name}: {told:?}");
            }
            matrix.count(name, told.map(|told| told.verdict));
        }
    }
    matrix
}

/// Persons and machines; and how many of the short answers were told within two seconds, in thousandths.
fn voices(set: Set, studio: &mut Studio) -> (Matrix, u32) {
    let mut matrix = Matrix::default();
    let mut random = Random::new(set, 3);
    let plan = Plan::of_number("+49");
    let (mut short, mut soon) = (0, 0);
    for _ in 0..250 {
        let person = studio.person(&mut random);
        let told = hear(&mut random, plan, Phase::Answered, &person.samples);
        let name = if person.short { "Person" } else { "Person, longer" };
        matrix.count(name, told.map(|told| told.verdict));
        if person.short {
            short += 1;
            let is_soon = |told: Told| {
                told.verdict == Verdict::Person && told.at_ms as f32 <= person.begins_ms + 2000.0
            };
            soon += u32::from(told.is_some_and(is_soon));
        }
        let machine = studio.machine(&mut random);
        let told = hear(&mut random, plan, Phase::Answered, &machine.samples);
        matrix.count("Machine", told.map(|told| told.verdict));
    }
    (matrix, soon * 1000 / short)
}

fn others(set: Set) -> Matrix {
    let mut matrix = Matrix::default();
    let mut random = Random::new(set, 4);
    let plan = Plan::of_number("+49");
    for _ in 0..100 {
        let samples = music::any(&mut random);
        for (name, phase) in [("Music", Phase::Answered), ("Music, early", Phase::Early)] {
            let told = hear(&mut random, plan, phase, &samples);
            if told.is_some_and(|told| told.verdict == Verdict::Machine) {
                println!("{name}: {told:?}");
            }
            matrix.count(name, told.map(|told| told.verdict));
        }
        let mut line = Line::any(&mut random);
        line.noise = random.between(-70.0, -38.0);
        let silence: Vec<f32> = tones::silence(11_000.0);
        let samples = over(&Line { level: -90.0, ..line }, &mut random, &silence);
        matrix.count("Silence", verdict(plan, Phase::Answered, &samples).map(|told| told.verdict));
    }
    matrix
}

#[test]
fn e21_tones_are_told_in_99_of_100_and_in_ten_seconds() {
    for set in [Set::Tuning, Set::Report] {
        let phases = [Phase::Early, Phase::Answered];
        for matrix in phases.map(|phase| network_tones(set, phase)).into_iter().chain([special_tones(set)]) {
            println!("{set:?}\n{}", matrix.table());
            let (mut all, mut right) = (0, 0);
            for (played, row) in &matrix.rows {
                let wanted = played.split(' ').next().unwrap();
                all += row.values().sum::<u32>();
                right += matrix.count_of(&[played], &[wanted]);
                assert!(matrix.per_mille(played, &[wanted]) >= 950, "{set:?}: {played}");
            }
            assert!(right * 100 >= all * 99, "{set:?}: {right} of {all} tones");
        }
    }
}

#[test]
fn e20_neither_music_nor_silence_is_a_machine() {
    for set in [Set::Tuning, Set::Report] {
        let matrix = others(set);
        println!("{set:?}\n{}", matrix.table());
        assert!(matrix.per_mille("Music", &["Machine"]) <= 10);
        assert_eq!(matrix.per_mille("Silence", &["Unknown"]), 1000);
        assert_eq!(matrix.per_mille("Music, early", &["nothing", "Ringback"]), 1000);
    }
}

#[test]
fn e20_persons_are_no_machines_and_few_machines_are_persons() {
    for set in [Set::Tuning, Set::Report] {
        let (matrix, soon) = voices(set, &mut Studio::open(set));
        println!("{set:?}, short answers told within 2 s: {soon} ‰\n{}", matrix.table());
        let ended = ["Machine", "Fax", "Modem", "Busy", "Congestion"];
        let wrong = matrix.count_of(&["Person", "Person, longer"], &ended);
        let persons = matrix.count_of(&["Person", "Person, longer"], &[]);
        assert!(wrong * 100 <= persons, "{set:?}: {wrong} of {persons} persons are ended");
        let missed = 1000 - matrix.per_mille("Machine", &["Machine"]);
        assert!(missed <= 80, "{set:?}: {missed} ‰ of the machines are not told");
        assert!(soon >= 800, "{set:?}: {soon} ‰");
    }
}
