//! Visitors' activity with 1,000,000 visitors and 100 rules: what an event costs, and what a visitor takes. Beside it the same stream
//! into a map that counts.

use crate::report::{Samples, figure, note, title};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use warmline_coordination::activity::{
    Activity, Arrival, Criterion, Draft, Event, Kind, Known, Once, PriorityChange, Said, WatchSettings,
    WatchedSite, What, Who,
};
use warmline_time::Time;

const VISITORS: u64 = 1_000_000;
const EVENTS: u64 = 1_000_000;
const SITES: u32 = 4;
const START: Time = Time::from_micros(1_795_341_600_000_000);
/// The stream in virtual time; before it the visitors come within as long.
const SPAN: Duration = Duration::from_secs(100);
const GUESTS: u64 = 10;

pub fn run(samples: usize) {
    title("activity: 1,000,000 visitors, 100 rules, events of a shop, one shard on one thread");
    let mut all: [Samples; 6] = Default::default();
    for _ in 0..samples {
        let floor = counted();
        for (kept, figure) in all.iter_mut().zip([floor].into_iter().chain(watched())) {
            kept.push(figure);
        }
    }
    let [floor, coming, events, evaluations, expressions, rss] = all;
    floor.print("floor: the stream into a map that counts", "events/s");
    coming.print("visitors coming, each with his first page", "visitors/s");
    events.print("events (50,000 are aimed at)", "events/s");
    floor.print_ratio("… the floor to it", &events);
    evaluations.print("rules looked at (10 at most are aimed at)", "an event");
    expressions.print("expressions among them", "an event");
    rss.print("resident, with all of them (2 GiB at most are aimed at)", "GiB");
}

/// The same numbers in each sample.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A page of the shop.
fn page(dice: &mut Dice) -> (String, &'static str) {
    let n = dice.roll(2_000);
    match dice.roll(20) {
        0 => ("https://shop.test/".into(), "Shop"),
        1 => {
            (format!("https://shop.test/checkout/{}", ["address", "pay", "done"][n as usize % 3]), "Checkout")
        }
        2 => (format!("https://shop.test/help/{}", n % 40), "Help: deliveries and returns"),
        3..8 => (format!("https://shop.test/c/{}", n % 50), "A category of the shop"),
        _ => (
            format!("https://shop.test/c/{}/p/{n}", n % 50),
            "One thing of many, with a name as things have one",
        ),
    }
}

/// What somebody does; `page` is where a view goes.
fn what<'a>(dice: &mut Dice, (url, title): &'a (String, &'static str)) -> What<'a> {
    let n = dice.roll(1_000);
    match dice.roll(100) {
        0..30 => What::View { url, title },
        30..66 => What::Dwell { secs: n as u32 / 4 },
        66..82 => What::Scroll { percent: [25, 50, 75, 100][n as usize % 4] },
        82..85 => What::Idle { secs: 60 },
        85..88 => What::Active,
        88..91 => What::Error { field: "iban" },
        91..95 => What::Cart { cents: n * 30, items: n as u32 % 5 },
        95 => What::Purchase { cents: n * 30 },
        96..98 => What::Custom { name: ["wishlist", "compare"][n as usize % 2], value: Said::Number(1.0) },
        _ => What::Leave,
    }
}

/// A hundred rules, as a shop of some size may have them.
fn rules() -> Vec<Criterion> {
    let mut drafts = Vec::new();
    let mut add = |change: &dyn Fn(usize, &mut Draft), count: usize| {
        for n in 0..count {
            let mut draft = Draft { name: format!("rule {}", drafts.len()), ..Draft::default() };
            change(n, &mut draft);
            drafts.push(draft);
        }
    };
    let text = |text: String| Some(text);
    add(&|n, rule| rule.page = text(format!("/c/{}/p/{}", n % 50, n * 37 % 2_000)), 30);
    add(
        &|n, rule| {
            rule.page = text(format!("/c/{}/*", n * 2));
            rule.when = text(format!("session.pages > {} && visitor.spent > {}.0", 3 + n, n * 50));
        },
        20,
    );
    add(
        &|n, rule| {
            (rule.page, rule.after) = (text(format!("/help/{n}")), Some(Duration::from_secs(30 + n as u64)));
            rule.once = Once::Page;
        },
        10,
    );
    add(
        &|n, rule| {
            (rule.page, rule.on) = (text("/checkout/*".into()), vec![Kind::Error, Kind::Idle]);
            rule.when = text(format!("count('error', 600) > {} || session.idle > {}", 2 + n, 90 + n));
        },
        5,
    );
    add(
        &|n, rule| {
            (rule.page, rule.after) = (text("/checkout/*".into()), Some(Duration::from_secs(60)));
            rule.when = text(format!("session.cart > {}", 100 + 50 * n));
        },
        5,
    );
    add(
        &|n, rule| {
            rule.on = vec![Kind::Cart];
            rule.when = text(format!("session.cart > {} && seen('/c/{n}/*', 900) >= 2", 100 + 20 * n));
            rule.priority = Some(PriorityChange::By(1));
        },
        8,
    );
    add(
        &|n, rule| {
            rule.on = vec![Kind::Arrival];
            rule.when = text(format!("visits(7) >= {} && visitor.purchases > {n}", 2 + n));
            rule.once = Once::Day;
        },
        6,
    );
    add(
        &|n, rule| {
            rule.on = vec![Kind::Dwell];
            rule.when = text(format!("session.dwell >= {} && session.scroll >= 75", 240 + n));
        },
        4,
    );
    add(
        &|n, rule| {
            rule.when =
                text(format!("session.pages >= {} && session.cart == 0.0 && session.secs > 60", 8 + n));
        },
        6,
    );
    add(
        &|n, rule| {
            rule.on = vec![Kind::Custom];
            rule.when = text(format!("event.name == 'wishlist' && custom('wishlist', 600) > {}", 2 + n));
        },
        4,
    );
    add(&|n, rule| (rule.on, rule.dry_run) = (vec![Kind::Purchase], n == 1), 2);
    assert_eq!(drafts.len(), 100);
    drafts.into_iter().map(|draft| Criterion::new(draft).expect("a rule")).collect()
}

fn who(n: u64) -> Who {
    if n.is_multiple_of(GUESTS) { Who::Guest(n) } else { Who::Visit(n) }
}

/// Arrivals of two events each, one after the other: who, where and what.
fn stream(mut each: impl FnMut(u64, u32, [What<'_>; 2])) {
    let mut dice = Dice(88_172_645_463_325_252);
    for _ in 0..EVENTS / 2 {
        let pages = [page(&mut dice), page(&mut dice)];
        let visitor = dice.roll(VISITORS);
        let both = [what(&mut dice, &pages[0]), what(&mut dice, &pages[1])];
        each(visitor, visitor as u32 % SITES, both);
    }
}

/// Events a second of the floor.
fn counted() -> f64 {
    let mut counts: HashMap<(u32, u64), [u64; 11]> = (0..VISITORS).map(|n| ((0, n), [0; 11])).collect();
    let start = Instant::now();
    stream(|visitor, _, events| {
        for event in events {
            counts.entry((0, visitor)).or_default()[event.kind() as usize] += 1;
        }
    });
    EVENTS as f64 / start.elapsed().as_secs_f64()
}

fn settings() -> WatchSettings {
    let site = |n| WatchedSite { firm: 0, name: format!("shop {n}") };
    WatchSettings {
        sites: (0..SITES).map(site).collect(),
        criteria: rules(),
        most_visitors: VISITORS as usize,
        ..WatchSettings::default()
    }
}

/// Visitors a second as they come, events a second, rules and expressions an event, and GiB.
fn watched() -> [f64; 5] {
    let (mut activity, mut dice, mut matches) = (Activity::new(settings()), Dice(7), 0);
    let mut take = |activity: &mut Activity| matches += std::iter::from_fn(|| activity.poll_match()).count();
    let start = Instant::now();
    for n in 0..VISITORS {
        let now = START + SPAN * (n / 1_000) as u32 / (VISITORS / 1_000) as u32;
        let (url, title) = page(&mut dice);
        let event = [Event { at: now, what: What::View { url: &url, title } }];
        activity.handle_activity(now, arrival(n, n as u32 % SITES, &event));
        drive(&mut activity, now);
        take(&mut activity);
    }
    let coming = VISITORS as f64 / start.elapsed().as_secs_f64();
    let (before, mut n) = (activity.counters(), 0);
    let start = Instant::now();
    stream(|visitor, site, events| {
        let now = START + SPAN + SPAN * (n / 1_000) / (EVENTS / 2_000) as u32;
        n += 1;
        let events = events.map(|what| Event { at: now, what });
        activity.handle_activity(now, arrival(visitor, site, &events));
        drive(&mut activity, now);
        take(&mut activity);
    });
    let seconds = start.elapsed().as_secs_f64();
    let after = activity.counters();
    let events = (after.events - before.events) as f64;
    let an_event = |before: u64, after: u64| (after - before) as f64 / events;
    note(&format!(
        "{} live, {} expired, {} evicted; {} matches, {} failed; {} bytes a visitor of all that is resident",
        after.live,
        after.expired,
        after.evicted,
        after.matched,
        after.failed,
        figure(resident() / after.live as f64)
    ));
    [
        coming,
        events / seconds,
        an_event(before.evaluations, after.evaluations),
        an_event(before.expressions, after.expressions),
        resident() / f64::from(1 << 30),
    ]
}

fn arrival<'a>(n: u64, site: u32, events: &'a [Event<'a>]) -> Arrival<'a> {
    // Every fifth was here before.
    let hour = (START.as_secs() / 3_600) as u32;
    let known = match n % 5 {
        0 => Known {
            visits: 2,
            purchases: n as u32 % 4,
            spent: n % 30_000,
            last_visits: [hour - 30, hour - 90, 0, 0, 0, 0, 0, 0],
            ..Known::default()
        },
        _ => Known::default(),
    };
    Arrival { site, who: who(n), known, language: Some("de"), address: None, page: None, events }
}

fn drive(activity: &mut Activity, now: Time) {
    while activity.poll_timeout().is_some_and(|due| due <= now) {
        activity.handle_timeout(now);
    }
}

/// Bytes of this process.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1_024.0)
}
