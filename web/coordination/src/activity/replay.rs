//! A dry run over recorded traffic: what the criteria would have done.

use super::record::ArrivalOwned;
use super::settings::WatchSettings;
use serde::Serialize;
use std::collections::BTreeMap;
use warmline_time::Time;

/// What a dry run found.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// Arrivals that were played.
    pub arrivals: u64,
    /// Events among them.
    pub events: u64,
    /// Different visitors.
    pub visitors: u64,
    /// From the first arrival to the last; none: the recording is empty.
    pub span: Option<(u64, u64)>,
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

/// Plays a recording to criteria as if they were all tried only.
pub fn replay(_settings: WatchSettings, _recorded: impl Iterator<Item = (Time, ArrivalOwned)>) -> Report {
    Report::default()
}
