//! `warmline replay`: a pool's past day once more, with other settings, at the command line (C16). The journal is only read.

use crate::config::Config;
use crate::io::clock;
use crate::store::sqlite::Reader;
use crate::store::{Journal, StoreError};
use std::time::Duration;
use warmline_coordination::hours::instant;
use warmline_coordination::pool_replay::{Figures, PoolReplay, Ttl};
use warmline_coordination::settings::PoolSettings;
use warmline_time::Time;

const DAY: Duration = Duration::from_secs(86_400);
/// The rows that say what people did with numbers.
const KINDS: [&str; 5] =
    ["reservation_opened", "reservation_changed", "reservation_closed", "call_on", "call_recorded"];

/// What is tried, of which pool.
#[derive(Clone, Debug, clap::Args)]
pub struct Tried {
    /// Whose pool it is.
    #[arg(long, value_name = "FIRM")]
    pub firm: String,
    /// Its name.
    #[arg(long, value_name = "POOL")]
    pub pool: String,
    /// So many numbers; as many as it has unless said otherwise.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub numbers: Option<u32>,
    /// Numbers are held for so many seconds; as configured unless said otherwise.
    #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub ttl_secs: Option<u32>,
    /// What was asked from then on; the last 24 hours unless said otherwise.
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub from: Option<Time>,
    /// And what happened before.
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub until: Option<Time>,
}

fn moment(text: &str) -> Result<Time, String> {
    instant(text).ok_or_else(|| format!("`{text}` is no time as in RFC 3339, such as 2026-11-30T09:15:00Z"))
}

/// The pool as it is configured beside the pool as it is tried, and how few numbers would have been enough; to be read by people.
///
/// # Errors
/// Why it cannot be told, in a sentence.
pub fn replay(config: &Config, tried: &Tried) -> Result<String, String> {
    let firm = config.firms.iter().find(|firm| firm.name == tried.firm);
    let firm = firm.ok_or_else(|| format!("the configuration has no firm `{}`", tried.firm))?;
    let pool = firm.pools.iter().find(|pool| pool.name == tried.pool);
    let pool = pool.ok_or_else(|| format!("{} has no pool `{}`", firm.name, tried.pool))?;
    let end = tried.until.unwrap_or_else(clock::wall);
    let from = tried.from.unwrap_or(end - DAY);
    if from >= end {
        return Err("`--from` has to be before `--until`".to_owned());
    }
    let ttl = tried.ttl_secs.map_or(pool.ttl, |secs| Duration::from_secs(secs.into()));
    let mut replay = PoolReplay::new(pool, ttl, from);
    let mut journal =
        Reader::open(&config.data.join("warmline.db")).map_err(|error: StoreError| error.to_string())?;
    learn(&mut journal, &firm.name, (from, tried.until), &mut replay)?;
    let numbers = tried.numbers.map_or(pool.numbers.len(), |numbers| numbers as usize);
    let heading = format!("{}, pool {}: {} to {}", firm.name, pool.name, from.rfc3339(), end.rfc3339());
    Ok(format!("{heading}\n\n{}\n", told(&replay, pool, (numbers, ttl))))
}

/// From a day before on, for what is held when it begins.
fn learn(
    journal: &mut dyn Journal,
    firm: &str,
    (from, until): (Time, Option<Time>),
    replay: &mut PoolReplay,
) -> Result<(), String> {
    let said = |error: StoreError| error.to_string();
    let head = journal.head(firm).map_err(said)?.map_or(0, |head| head.seq);
    let first = first_since(journal, firm, head, from - DAY).map_err(said)?;
    let mut failed = None;
    let rows = journal.rows(firm, first..=head, &mut |row| {
        let time = Time::from_micros(row.time);
        if until.is_some_and(|until| time >= until) {
            return false;
        }
        if row.is_one_of(&KINDS) {
            let unreadable = |error| format!("row {} of the journal cannot be read: {error}", row.seq);
            let fact = serde_json::from_str(&row.fact).map_err(unreadable);
            let learnt = fact.and_then(|fact| replay.learn(time, &fact).map_err(|error| error.to_string()));
            failed = learnt.err();
        }
        failed.is_none()
    });
    rows.map_err(said)?;
    failed.map_or(Ok(()), Err)
}

/// The first row that is not before this moment, by halves; behind the last one: none.
fn first_since(journal: &mut dyn Journal, firm: &str, head: u64, at: Time) -> Result<u64, StoreError> {
    let (mut first, mut end) = (1, head + 1);
    while first < end {
        let tried = first.midpoint(end);
        let mut before = false;
        journal.rows(firm, tried..=tried, &mut |row| {
            before = row.time < at.as_micros();
            false
        })?;
        if before { first = tried + 1 } else { end = tried }
    }
    Ok(first)
}

fn told(replay: &PoolReplay, pool: &PoolSettings, (numbers, ttl): (usize, Duration)) -> String {
    let configured = replay.played(Ttl::Configured, pool.numbers.len());
    let tried = replay.played(Ttl::Tried, numbers);
    let row = |what: &str, of: &dyn Fn(&Figures) -> u64| line(what, of(&configured), of(&tried));
    let really = replay.really();
    let mut lines = vec![
        format!("{:<38}{:>15}{:>12}", "", "as configured", "as tried"),
        line("numbers", pool.numbers.len(), numbers),
        line("seconds for which one is held", pool.ttl.as_secs(), ttl.as_secs()),
        row("requests for a number", &|figures| figures.requests),
        row("  had one of their own at once", &|figures| figures.at_once),
        row("  found none free", &|figures| figures.without),
        row("most numbers in use at once", &|figures| figures.most),
        row("late calls", &|figures| figures.late),
        String::new(),
    ];
    lines.push(match configured.requests {
        0 => "Nobody has asked for a number.".to_owned(),
        _ => format!(
            "Held for {} s, {} numbers are enough for everybody, {} for 99 %.",
            ttl.as_secs(),
            replay.enough(Ttl::Tried, 100),
            replay.enough(Ttl::Tried, 99)
        ),
    });
    lines.push(format!(
        "By the journal {} had a number of their own, and {} found none free.",
        really.own, really.without
    ));
    if really.otherwise > 0 {
        lines.push(format!(
            "{} more had none although one was free: trunk down, closed, or fewer numbers then. They are in no figure.",
            really.otherwise
        ));
    }
    lines.push(format!(
        "Assumed: everybody does what he did, when he did it; a number rests for {} s after its use, and is held for {} s with renewals \
         at most (tried: {} s).",
        pool.cooling.as_secs(),
        pool.max_hold.as_secs(),
        pool.max_hold.max(ttl).as_secs()
    ));
    lines.join("\n")
}

fn line(what: &str, configured: impl std::fmt::Display, tried: impl std::fmt::Display) -> String {
    format!("{what:<38}{configured:>15}{tried:>12}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::chain::{Head, Row, START};
    use std::ops::RangeInclusive;

    /// Rows at these moments.
    struct Moments(Vec<u64>);

    impl Journal for Moments {
        fn firms(&mut self) -> Result<Vec<String>, StoreError> {
            Ok(vec!["acme".into()])
        }

        fn head(&mut self, _: &str) -> Result<Option<Head>, StoreError> {
            Ok(Some(Head { seq: self.0.len() as u64, link: START }))
        }

        fn rows(
            &mut self,
            _: &str,
            seqs: RangeInclusive<u64>,
            each: &mut dyn FnMut(Row) -> bool,
        ) -> Result<(), StoreError> {
            let row = |seq: u64| Row {
                seq,
                time: self.0[seq as usize - 1],
                fact: "no fact".into(),
                link: None,
                digest: None,
            };
            seqs.map(row).all(each);
            Ok(())
        }
    }

    #[test]
    fn reading_begins_with_the_first_row_that_is_not_before() {
        let times = vec![10, 10, 20, 30, 30, 30, 40];
        let first = |at| {
            let mut journal = Moments(times.clone());
            first_since(&mut journal, "acme", 7, Time::from_micros(at)).expect("read")
        };
        for at in 0..50 {
            let expected = times.iter().position(|&time| time >= at).unwrap_or(times.len()) as u64 + 1;
            assert_eq!(first(at), expected, "at {at}");
        }
        assert_eq!(first_since(&mut Moments(Vec::new()), "acme", 0, Time::ZERO).expect("read"), 1);
    }
}
