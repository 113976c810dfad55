//! A dry run over recorded traffic: what the criteria would have done.

use super::Activity;
use super::arrival::Who;
use super::matched::Match;
use super::record::ArrivalOwned;
use super::settings::{Criterion, WatchSettings};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use warmline_time::Time;

/// Examples of a criterion.
const EXAMPLES: usize = 5;

/// What a dry run found.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// Arrivals that were played.
    pub arrivals: u64,
    /// Those of sites that are not watched.
    pub refused: u64,
    /// Events among them.
    pub events: u64,
    /// Different visitors.
    pub visitors: u64,
    /// The first arrival and the last, RFC 3339; none: the recording is empty.
    pub span: Option<(String, String)>,
    /// In the order of the settings.
    pub criteria: Vec<CriterionReport>,
}

/// See [`Report::criteria`].
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct CriterionReport {
    /// The firm's place.
    pub firm: u32,
    /// The criterion's name.
    pub name: String,
    /// How often it would have matched.
    pub matched: u64,
    /// For how many different visitors.
    pub visitors: u64,
    /// Evaluations that failed.
    pub failed: u64,
    /// By hour since the Unix epoch.
    pub hours: BTreeMap<u64, u64>,
    /// The first ones.
    pub examples: Vec<Example>,
}

/// One match of a dry run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Example {
    /// RFC 3339.
    pub at: String,
    /// The visitor's number in the recording.
    pub visitor: u64,
    /// The page he was on.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Pages entered in the visit.
    pub pages: u32,
    /// Minor units.
    pub cart: u64,
}

/// Plays a recording, the earliest arrival first, to criteria as if all of them were tried only: so no match changes a priority. It
/// ends with the last arrival.
pub fn replay(mut settings: WatchSettings, recorded: impl Iterator<Item = (Time, ArrivalOwned)>) -> Report {
    settings.criteria = settings.criteria.into_iter().map(Criterion::as_dry_run).collect();
    let mut played = Played::default();
    for criterion in &settings.criteria {
        let (firm, name) = (criterion.firm(), criterion.name().to_owned());
        played.places.insert((firm, name.clone()), played.report.criteria.len());
        played.report.criteria.push(CriterionReport { firm, name, ..CriterionReport::default() });
        played.who.push(HashSet::new());
    }
    let mut activity = Activity::new(settings);
    let (mut visitors, mut span) = (HashMap::new(), None);
    for (at, arrival) in recorded {
        let events = arrival.borrowed_events(at);
        while activity.poll_timeout().is_some_and(|due| due <= at) {
            activity.handle_timeout(at);
            played.take(&mut activity, &visitors);
        }
        visitors.insert(arrival.who(), arrival.visitor);
        activity.handle_activity(at, arrival.borrowed(&events));
        played.take(&mut activity, &visitors);
        span = Some((span.map_or(at, |(first, _)| first), at));
    }
    let Played { mut report, who, .. } = played;
    let counters = activity.counters();
    (report.arrivals, report.events) = (counters.arrivals + counters.refused, counters.events);
    (report.refused, report.visitors) = (counters.refused, visitors.len() as u64);
    report.span = span.map(|(first, last)| (first.rfc3339(), last.rfc3339()));
    for ((criterion, count), who) in report.criteria.iter_mut().zip(activity.criteria()).zip(who) {
        (criterion.failed, criterion.visitors) = (count.failed, who.len() as u64);
    }
    report
}

#[derive(Default)]
struct Played {
    report: Report,
    places: HashMap<(u32, String), usize>,
    who: Vec<HashSet<Who>>,
}

impl Played {
    fn take(&mut self, activity: &mut Activity, visitors: &HashMap<Who, u64>) {
        while let Some(Match { firm, criterion, at, visitor, .. }) = activity.poll_match() {
            let Some(&place) = self.places.get(&(firm, criterion.to_string())) else { continue };
            let report = &mut self.report.criteria[place];
            report.matched += 1;
            *report.hours.entry(at.as_secs() / 3_600).or_default() += 1;
            self.who[place].insert(visitor.who);
            if report.examples.len() < EXAMPLES {
                report.examples.push(Example {
                    at: at.rfc3339(),
                    visitor: visitors.get(&visitor.who).copied().unwrap_or_default(),
                    url: visitor.page.url.into(),
                    title: visitor.page.title.into(),
                    pages: visitor.pages,
                    cart: visitor.cart,
                });
            }
        }
    }
}
