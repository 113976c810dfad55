//! Visitors' activity: who is on the watched pages, and which criteria become true of them (seed 0030–0033, 0058–0060).
//!
//! One [`Activity`] is one shard: all events of a visitor go to the same one, chosen by him. It keeps no journal; what it knows is
//! gone with it, and only matches reach the firm.

mod arrival;
mod expression;
mod glob;
mod matched;
mod record;
mod replay;
mod settings;
mod templates;

pub use arrival::{
    Arrival, Event, Kind, Known, LAST_VISITS, MOST_EVENTS, PRIORITY, PageSeen, Refused, Said, Seen, What, Who,
};
pub use expression::{Expression, ExpressionError};
pub use glob::Glob;
pub use matched::{Counters, CriterionCount, LiveVisitor, Match, PageShown};
pub use record::{ArrivalOwned, EventOwned, Recorder, WhatOwned};
pub use replay::{CriterionReport, Example, Report, replay};
pub use settings::{
    Criterion, CriterionError, Draft, LONGEST_AFTER, MOST_CRITERIA, Once, PriorityChange, Since,
    WatchSettings, WatchedSite,
};
pub use templates::{TEMPLATES, template};

use warmline_time::Time;

/// One shard of the table of visitors, with the criteria.
#[derive(Debug)]
pub struct Activity {
    settings: WatchSettings,
    shard: u16,
}

impl Activity {
    /// An empty one.
    pub fn new(settings: WatchSettings, shard: u16) -> Self {
        Activity { settings, shard }
    }

    /// Which shard it is.
    pub fn shard(&self) -> u16 {
        self.shard
    }

    /// Some events of one visitor.
    pub fn handle_activity(&mut self, _now: Time, arrival: Arrival<'_>) -> Seen {
        Seen { new_visit: false, known: arrival.known, refused: None }
    }

    /// Time has passed: who is gone, and what has become true. Does a bounded part of what is due; [`Self::poll_timeout`] says now
    /// while there is more.
    pub fn handle_timeout(&mut self, _now: Time) {}

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Time> {
        None
    }

    /// The next match; take them all after each `handle_*`.
    pub fn poll_match(&mut self) -> Option<Match> {
        None
    }

    /// A reload. Visitors stay, and what criteria of the same firm and name have counted of them.
    pub fn set_settings(&mut self, _now: Time, settings: WatchSettings) {
        self.settings = settings;
    }

    /// Consent was withdrawn, or he is erased: nothing of him is left. Says whether he was there.
    pub fn forget(&mut self, _firm: u32, _who: Who) -> bool {
        false
    }

    /// Somebody has rated him, 0–7; false: he is not there.
    pub fn rate(&mut self, _firm: u32, _who: Who, _priority: u8) -> bool {
        false
    }

    /// Somebody who is there.
    pub fn live(&self, _firm: u32, _who: Who) -> Option<LiveVisitor> {
        None
    }

    /// How many are there, and at most so many of them: the highest priority first, then the latest arrival.
    pub fn list(&self, _firm: u32, _most: usize) -> (usize, Vec<LiveVisitor>) {
        (0, Vec::new())
    }

    /// Rises whenever [`Self::list`] would change.
    pub fn version(&self, _firm: u32) -> u64 {
        0
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        Counters::default()
    }
}
