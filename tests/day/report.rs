//! A day in words and figures.

use crate::day::Day;
use crate::measure::Waited;
use std::fmt::Write;
use std::time::Duration;
use warmline_coordination::figures::Share;

/// The value below which so many of ten are.
fn tenth(mut all: Vec<Duration>, of_ten: usize) -> u64 {
    all.sort_unstable();
    all.get(all.len().saturating_sub(1) * of_ten / 10).map_or(0, Duration::as_secs)
}

fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 { "–".into() } else { format!("{:.1} %", 100.0 * part / whole) }
}

fn share(share: Option<Share>) -> String {
    share.map_or("–".into(), |share| percent(share.as_f64(), 1.0))
}

/// All that is known of it; `took`: real time.
pub fn report(day: &Day, took: Duration) -> String {
    let Some(figures) = day.m.figures.clone() else { return "no whole hour".into() };
    let plan = day.plan;
    let mut text = String::new();
    let hours = plan.hours;
    let _ = writeln!(
        text,
        "{} agents, {hours} h, load {}, seed {}: {:.1} s, {} steps\n",
        plan.agents,
        plan.load.name(),
        plan.seed,
        took.as_secs_f64(),
        day.m.steps
    );
    for row in &figures.queues {
        let lost = row.abandoned as f64;
        let _ = writeln!(
            text,
            "{:8} offered {:5}  answered {:5}  abandoned {:4} ({})  service level {}  ASA {} s",
            row.queue,
            row.offered,
            row.answered,
            row.abandoned,
            percent(lost, row.offered as f64),
            share(row.today.service_level),
            row.today.asa_secs.unwrap_or(0)
        );
    }
    let _ = writeln!(text, "agents   occupancy {}", share(figures.occupancy));
    waits(&mut text, day);
    let _ = writeln!(
        text,
        "\ncame     {:?}\nrefused  {:?}\nended    {:?}",
        day.m.came, day.m.refused, day.m.ended
    );
    let dialled: u64 = day.m.dialled.values().sum();
    let live = day.m.dialled.get("person").copied().unwrap_or(0);
    let _ = writeln!(
        text,
        "outbound {dialled} attempts, {live} live answers ({}): {:?}",
        percent(live as f64, dialled as f64),
        day.m.dialled
    );
    let _ = writeln!(
        text,
        "screens  {:?}; late callers with their own page {:.1} %",
        day.m.screens,
        day.m.screens.recovered() * 100.0
    );
    if let Some(view) = &day.m.campaign {
        let _ = writeln!(
            text,
            "campaign {} dialled, {} answered, {} abandoned ({}); by what they heard {} of {}, at worst {}",
            view.dialled,
            view.answered,
            view.abandoned,
            percent(view.abandoned as f64, view.answered as f64),
            day.m.left_alone,
            day.m.greeted,
            percent(day.m.worst, 1.0)
        );
    }
    let _ = writeln!(text, "wrong    {:?}", day.m.wrong);
    text
}

fn waits(text: &mut String, day: &Day) {
    let waits = &day.m.waits;
    let all = |of: fn(&Waited) -> Duration| waits.iter().map(of).collect::<Vec<_>>();
    let under = |of: fn(&Waited) -> Duration| waits.iter().filter(|wait| wait.took <= of(wait)).count();
    let count = waits.len() as f64;
    let _ = writeln!(
        text,
        "\nwaits    {} ended, {} under the P90 told (counters)",
        day.m.hours.last().map_or(0, |hour| hour.waits),
        day.m.under_p90().map_or("–".into(), |part| percent(part, 1.0))
    );
    let _ = writeln!(
        text,
        "pages    {} waits: real P50 {} s, P90 {} s; told P50 {} s, P90 {} s in the middle; under P50 {}, under P90 {}",
        waits.len(),
        tenth(all(|wait| wait.took), 5),
        tenth(all(|wait| wait.took), 9),
        tenth(all(|wait| wait.p50), 5),
        tenth(all(|wait| wait.p90), 5),
        percent(under(|wait| wait.p50) as f64, count),
        percent(under(|wait| wait.p90) as f64, count)
    );
    let windows = day.m.windows(30);
    let shown =
        windows.iter().map(|(waits, under)| format!("{:.0}/{waits}", 100.0 * *under as f64 / *waits as f64));
    let _ = writeln!(text, "hours    {} (% under P90/waits)", shown.collect::<Vec<_>>().join("  "));
    let _ = writeln!(text, "rises    {:?}; too long {}", day.m.rises, day.m.too_long);
}
