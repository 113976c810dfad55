//! Visitors in virtual time.

mod model;
mod visits;

use super::*;
use std::time::Duration;

const START: Time = Time::from_micros(1_795_341_600_000_000);
const VERA: Who = Who::Visit(1);

/// A shard with two sites of firm 0 and one of firm 1, and its clock.
struct Shop {
    activity: Activity,
    now: Time,
}

fn site(firm: u32, name: &str) -> WatchedSite {
    WatchedSite { firm, name: name.into() }
}

fn rule(name: &str, change: impl FnOnce(&mut Draft)) -> Criterion {
    let mut draft = Draft { name: name.into(), ..Draft::default() };
    change(&mut draft);
    Criterion::new(draft).unwrap()
}

fn settings(criteria: impl IntoIterator<Item = Criterion>) -> WatchSettings {
    WatchSettings {
        sites: vec![site(0, "shop"), site(1, "other"), site(0, "second")],
        criteria: criteria.into_iter().collect(),
        ..WatchSettings::default()
    }
}

fn view(path: &'static str) -> What<'static> {
    What::View { url: path, title: "" }
}

impl Shop {
    fn new(criteria: impl IntoIterator<Item = Criterion>) -> Self {
        Shop { activity: Activity::new(settings(criteria)), now: START }
    }

    fn arrive(&mut self, site: u32, who: Who, known: Known, what: &[What<'_>]) -> Seen {
        let events: Vec<Event<'_>> = what.iter().map(|&what| Event { at: self.now, what }).collect();
        let arrival =
            Arrival { site, who, known, language: None, address: None, page: None, events: &events };
        self.activity.handle_activity(self.now, arrival)
    }

    /// At the first site, of whom nothing was known.
    fn does(&mut self, who: Who, what: &[What<'_>]) -> Vec<String> {
        self.arrive(0, who, Known::default(), what);
        self.matched()
    }

    /// Time passes as a driver lets it.
    fn wait(&mut self, span: Duration) -> Vec<String> {
        let (until, mut all) = (self.now + span, Vec::new());
        while let Some(due) = self.activity.poll_timeout().filter(|&due| due <= until) {
            self.now = self.now.max(due);
            self.activity.handle_timeout(self.now);
            all.append(&mut self.matched());
        }
        self.now = until;
        all
    }

    fn secs(&mut self, secs: u64) -> Vec<String> {
        self.wait(Duration::from_secs(secs))
    }

    /// Criteria that have matched; those that are only tried with a `?`.
    fn matched(&mut self) -> Vec<String> {
        let next = || self.activity.poll_match();
        let name = |it: Match| format!("{}{}", it.criterion, if it.dry_run { "?" } else { "" });
        std::iter::from_fn(next).map(name).collect()
    }
}
