//! The corpus is heard, and the verdicts are counted.

use crate::damage::{Line, Sent, arrive, send};
use crate::matrix::{Matrix, Row};
use crate::mobile::Codec;
use crate::speech::Studio;
use crate::{Random, Set, corpus, music, networks, tones};
use warmline_media::progress::{Detector, Phase, Plan, Settings, Signal, Sit, Told, Verdict};

/// The latest moment of a verdict (E21), in milliseconds.
const LATEST: u32 = 10_000;
/// How many of those who are called have a mobile: it codes what they say, or have played.
const MOBILES: f32 = 0.6;
/// How many of the networks' tones a mobile's codec has coded: those of calls that were forwarded.
const FORWARDED: f32 = 0.15;

/// What is played to a detector.
#[derive(Clone, Copy)]
struct Played {
    name: &'static str,
    /// What should be told of it.
    right: Option<Verdict>,
    plan: &'static Plan,
    phase: Phase,
}

/// Calls of a set, which are heard together.
struct Calls {
    set: Set,
    sent: Vec<(Played, Sent)>,
    /// Who has a mobile, and how many do.
    mobiles: Random,
    share: f32,
}

impl Calls {
    fn new(set: Set, seed: u64, share: f32) -> Calls {
        Calls { set, sent: Vec::new(), mobiles: Random::new(set, seed), share }
    }

    /// Any line.
    fn line(&mut self, random: &mut Random) -> Line {
        Line { mobile: Codec::any(&mut self.mobiles, self.share), ..Line::any(random) }
    }

    /// One more call.
    fn add(&mut self, line: Line, played: Played, random: &mut Random, samples: &[f32]) {
        self.sent.push((played, send(line, random, samples)));
    }

    /// What is told of each.
    fn hear(self) -> (Matrix, Vec<(Played, Option<Told>)>) {
        let (set, mut matrix) = (self.set, Matrix::default());
        let (played, sent): (Vec<Played>, Vec<Sent>) = self.sent.into_iter().unzip();
        let all = played.into_iter().zip(arrive(sent)).map(|(played, samples)| {
            let told = verdict(played, &samples);
            matrix.count(played.name, played.right, told);
            corpus::keep(set, played.name, played.right, told, &samples);
            (played, told)
        });
        let all = all.collect();
        (matrix, all)
    }
}

/// What is heard of a call, to its first final verdict; a ringback alone is one too.
fn verdict(played: Played, samples: &[i16]) -> Option<Told> {
    let mut detector = Detector::new(Settings { plan: played.plan, phase: played.phase });
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

/// What a tone of a network is called, and what should be told of it.
fn meaning(signal: Signal, phase: Phase) -> (&'static str, Option<Verdict>) {
    let (early, answered, right) = match signal {
        Signal::Ringback => ("ringback", "ringback, answered", Verdict::Ringback),
        Signal::Busy => ("busy", "busy, answered", Verdict::Busy),
        Signal::Congestion => ("congestion", "congestion, answered", Verdict::Congestion),
    };
    (if phase == Phase::Early { early } else { answered }, Some(right))
}

/// Tones of the plans. Some networks answer to say that they are busy; what rings after an answer ends nothing.
fn network_tones(set: Set, calls: &mut Calls) {
    for phase in [Phase::Early, Phase::Answered] {
        let mut random = Random::new(set, if phase == Phase::Early { 1 } else { 5 });
        for plan in Plan::all() {
            for row in plan.tones {
                if phase == Phase::Answered && row.signal == Signal::Ringback {
                    continue;
                }
                let (name, right) = meaning(row.signal, phase);
                for _ in 0..12 {
                    let hertz: Vec<f32> = row.hertz.iter().map(|hertz| f32::from(*hertz)).collect();
                    let steps: Vec<f32> = row.steps.iter().map(|step| f32::from(*step)).collect();
                    let samples = tones::network(&hertz, &steps, &mut random);
                    let line = calls.line(&mut random);
                    calls.add(line, Played { name, right, plan, phase }, &mut random, &samples);
                }
            }
        }
    }
}

fn special_tones(set: Set, calls: &mut Calls) {
    let mut random = Random::new(set, 2);
    let kinds = [
        ("special tones: intercept", Sit::Intercept),
        ("special tones: vacant code", Sit::VacantCode),
        ("special tones: no circuit", Sit::NoCircuit),
        ("special tones: reorder", Sit::Reorder),
        ("special tones of ITU-T", Sit::Unspecified),
    ];
    type Play = fn(&mut Random) -> Vec<f32>;
    let others: [(&str, Verdict, Play); 3] = [
        ("fax that calls", Verdict::Fax, tones::calling_fax),
        ("fax that answers", Verdict::Fax, tones::answering_fax),
        ("modem", Verdict::Modem, tones::modem),
    ];
    for _ in 0..40 {
        for (name, kind) in kinds {
            let samples = tones::sit(kind, &mut random);
            let line = calls.line(&mut random);
            let right = Some(Verdict::Sit(kind));
            let played = Played { name, right, plan: Plan::anywhere(), phase: Phase::Early };
            calls.add(line, played, &mut random, &samples);
        }
        for (name, right, play) in others {
            let phase = *random.pick(&[Phase::Early, Phase::Answered]);
            let samples = play(&mut random);
            let line = calls.line(&mut random);
            let played = Played { name, right: Some(right), plan: Plan::of_number("+49"), phase };
            calls.add(line, played, &mut random, &samples);
        }
    }
}

/// How late persons were told, in milliseconds, in order.
struct Late(Vec<f32>);

impl Late {
    fn of(mut millis: Vec<f32>) -> Late {
        millis.sort_by(f32::total_cmp);
        Late(millis)
    }

    /// How many within two seconds, in thousandths.
    fn soon(&self) -> usize {
        self.0.iter().filter(|millis| **millis <= 2000.0).count() * 1000 / self.0.len()
    }

    /// So many of a hundred are told by then.
    fn by(&self, percent: usize) -> f32 {
        self.0[(self.0.len() * percent).div_ceil(100) - 1]
    }
}

/// Persons and machines; and how late the persons were told: short answers after their first word, short answers after their end,
/// all after their end.
fn voices(set: Set, studio: &mut Studio) -> (Matrix, [Late; 3]) {
    let mut calls = Calls::new(set, 6, MOBILES);
    let mut random = Random::new(set, 3);
    let (plan, phase) = (Plan::of_number("+49"), Phase::Answered);
    let (person, machine) = (Some(Verdict::Person), Some(Verdict::Machine));
    let mut persons = Vec::new();
    // As many machines as persons; more where the figures are taken.
    for _ in 0..if set == Set::Report { 500 } else { 250 } {
        let mut random = random.part();
        let spoken = studio.person(&mut random);
        let name = if spoken.short { "person, short" } else { "person, longer" };
        let line = calls.line(&mut random);
        calls.add(line, Played { name, right: person, plan, phase }, &mut random, &spoken.samples);
        persons.push((spoken.short, spoken.begins_ms, spoken.ends_ms));
        let samples = studio.machine(&mut random);
        let line = calls.line(&mut random);
        calls.add(line, Played { name: "machine", right: machine, plan, phase }, &mut random, &samples);
    }
    let (matrix, told) = calls.hear();
    // A person who is not told is late for ever.
    let at = |told: &Option<Told>| match told {
        Some(told) if told.verdict == Verdict::Person => told.at_ms as f32,
        _ => f32::INFINITY,
    };
    let told = told.iter().filter(|(played, _)| played.right == person).map(|(_, told)| at(told));
    let mut late = [const { Vec::new() }; 3];
    for ((short, begins, ends), at) in persons.into_iter().zip(told) {
        if short {
            late[0].push(at - begins);
            late[1].push(at - ends);
        }
        late[2].push(at - ends);
    }
    (matrix, late.map(Late::of))
}

fn others(set: Set) -> Matrix {
    let mut calls = Calls::new(set, 7, MOBILES);
    let mut random = Random::new(set, 4);
    let plan = Plan::of_number("+49");
    let unknown = Some(Verdict::Unknown);
    for _ in 0..100 {
        let samples = music::any(&mut random);
        for (name, right, phase) in [
            ("music after the answer", unknown, Phase::Answered),
            ("music before the answer", None, Phase::Early),
        ] {
            let line = calls.line(&mut random);
            calls.add(line, Played { name, right, plan, phase }, &mut random, &samples);
        }
        let line = calls.line(&mut random);
        let line = Line { level: -90.0, noise: random.between(-70.0, -38.0), ..line };
        let silence = tones::silence(11_000.0);
        let played = Played { name: "silence and noise", right: unknown, plan, phase: Phase::Answered };
        calls.add(line, played, &mut random, &silence);
    }
    calls.hear().0
}

/// All sets are heard before any figure is asserted.
fn each<T, const N: usize>(sets: [Set; N], hear: impl Fn(Set) -> T) -> [(Set, T); N] {
    sets.map(|set| (set, hear(set)))
}

/// A fax whose tone a mobile's codec has coded is often told a modem: the switch does the same.
fn is_alike(told: Option<Verdict>, right: Option<Verdict>) -> bool {
    let quiet = |verdict| if verdict == Some(Verdict::Modem) { Some(Verdict::Fax) } else { verdict };
    quiet(told) == quiet(right)
}

/// Verdicts after which the switch ends a call.
fn ends(told: Option<Verdict>) -> bool {
    told.is_some_and(|verdict| !matches!(verdict, Verdict::Ringback | Verdict::Person | Verdict::Unknown))
}

/// Prints what was not told as it should be. Gives how many those are.
fn print_wrong(all: &[(Played, Option<Told>)]) -> usize {
    let is_wrong = |(played, told): &&(Played, Option<Told>)| told.map(|told| told.verdict) != played.right;
    let wrong = all.iter().filter(is_wrong);
    wrong.inspect(|(played, told)| println!("{} {}: {told:?}", played.plan.country, played.name)).count()
}

#[test]
fn e21_tones_are_told_in_99_of_100_and_in_ten_seconds() {
    let hear = |set| {
        let mut calls = Calls::new(set, 8, FORWARDED);
        network_tones(set, &mut calls);
        special_tones(set, &mut calls);
        let (matrix, all) = calls.hear();
        println!("{set:?}\n\n{matrix}");
        print_wrong(&all);
        matrix
    };
    for (set, matrix) in each([Set::Tuning, Set::Report], hear) {
        for row in matrix.rows() {
            let (right, all) = (row.of(|told| is_alike(told, row.right)), row.all());
            assert!(right * 100 >= all * 95, "{set:?}: {right} of {all}: {}", row.played);
        }
        let [right, all] = [Row::right, Row::all].map(|count| matrix.rows().iter().map(count).sum::<u32>());
        assert!(right * 100 >= all * 99, "{set:?}: {right} of {all} tones");
    }
}

#[test]
fn e21_tones_as_they_are_published_are_told() {
    let (mut good, mut any) = (Calls::new(Set::Report, 9, 0.0), Calls::new(Set::Report, 9, FORWARDED));
    let mut random = Random::new(Set::Report, 10);
    for network in networks::ALL {
        let plan = Plan::of_number(network.number);
        for tone in network.tones {
            let (name, right) = meaning(tone.signal, Phase::Early);
            let played = Played { name, right, plan, phase: Phase::Early };
            let steps: Vec<f32> = tone.seconds.iter().map(|seconds| seconds * 1000.0).collect();
            for _ in 0..3 {
                let samples = tones::cadence(tone.hertz, &steps, random.between(0.0, 3000.0));
                good.add(Line::good(), played, &mut random, &samples);
            }
            for _ in 0..12 {
                let samples = tones::network(tone.hertz, &steps, &mut random);
                let line = any.line(&mut random);
                any.add(line, played, &mut random, &samples);
            }
        }
    }
    for (calls, most) in [(good, 0), (any, 10)] {
        let (matrix, all) = calls.hear();
        println!("Published tones\n\n{matrix}");
        let wrong = print_wrong(&all);
        assert!(wrong * 1000 <= all.len() * most, "{wrong} of {}", all.len());
    }
}

#[test]
fn e20_neither_music_nor_silence_is_a_machine() {
    let hear = |set| {
        let matrix = others(set);
        println!("{set:?}\n\n{matrix}");
        matrix
    };
    for (set, matrix) in each([Set::Tuning, Set::Report], hear) {
        let music = matrix.row("music after the answer");
        assert!(music.of(|told| told == Some(Verdict::Machine)) * 100 <= music.all(), "{set:?}");
        assert!(music.of(ends) * 100 <= music.all() * 3, "{set:?}");
        let early = matrix.row("music before the answer");
        assert_eq!(early.of(ends), 0, "{set:?}");
        let silence = matrix.row("silence and noise");
        assert_eq!(silence.of(ends), 0, "{set:?}");
        assert!(silence.right() * 100 >= silence.all() * 98, "{set:?}");
    }
}

#[test]
fn e20_persons_are_no_machines_and_few_machines_are_persons() {
    let hear = |set| {
        let (matrix, late) = voices(set, &mut Studio::open(set));
        let names = ["short, after the first word", "short, after the end", "all, after the end"];
        println!("{set:?}\n\n{matrix}\n| Persons told | within 2 s | half by | 95 % by |\n|---|--:|--:|--:|");
        for (name, late) in names.iter().zip(&late) {
            let (soon, half, most) = (late.soon(), late.by(50), late.by(95));
            println!("| {name} | {}.{} % | {half:.0} ms | {most:.0} ms |", soon / 10, soon % 10);
        }
        (matrix, late)
    };
    for (set, (matrix, late)) in each([Set::Tuning, Set::Report, Set::Terse], hear) {
        let persons = ["person, short", "person, longer"].map(|name| matrix.row(name));
        let wrong: u32 = persons.iter().map(|row| row.of(ends)).sum();
        let all: u32 = persons.iter().map(|row| row.all()).sum();
        assert!(wrong * 100 <= all, "{set:?}: {wrong} of {all} persons are ended");
        let machines = matrix.row("machine");
        let missed = machines.all() - machines.right();
        // Who has said all in less than six seconds and gives no tone is like a person.
        let most = if set == Set::Terse { 20 } else { 8 };
        assert!(missed * 100 <= machines.all() * most, "{set:?}: {missed} machines are not told");
        assert!(late[0].soon() >= 800 && late[1].soon() >= 970 && late[2].soon() >= 970, "{set:?}");
    }
}
