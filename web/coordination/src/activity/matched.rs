//! What comes out: matches of criteria, who is there, and what was counted.

use super::arrival::Who;
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use warmline_time::Time;

/// A criterion that has become true of a visitor, with what is known of him at that moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Match {
    /// The firm's place.
    pub firm: u32,
    /// The criterion's name.
    pub criterion: Arc<str>,
    /// It is only reported.
    pub dry_run: bool,
    /// When it became true.
    pub at: Time,
    /// Of whom.
    pub visitor: LiveVisitor,
}

/// A trigger has changed somebody's priority (N 0047-48), of whom an id is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rated {
    /// The firm's place.
    pub firm: u32,
    /// Whose.
    pub who: Who,
    /// The site's place, as [`LiveVisitor::site`].
    pub site: u32,
    /// What it was.
    pub trigger: Trigger,
    /// Before.
    pub from: u8,
    /// From then on.
    pub to: u8,
}

/// See [`Rated::trigger`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// He has come back.
    Return,
    /// He has bought something.
    Purchase,
    /// A criterion, by its name.
    Criterion(Arc<str>),
}

/// A visitor who is there.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveVisitor {
    /// Who.
    pub who: Who,
    /// The site's place in [`super::WatchSettings::sites`] as they are now.
    pub site: u32,
    /// The page he is on; empty: not known.
    pub page: PageShown,
    /// When the visit began.
    pub arrived: Time,
    /// When the page was entered.
    pub since: Time,
    /// His last event.
    pub last: Time,
    /// Pages entered in this visit.
    pub pages: u32,
    /// Visits, this one too.
    pub visits: u32,
    /// Purchases so far.
    pub purchases: u32,
    /// Minor units.
    pub spent: u64,
    /// What is in the cart, in minor units.
    pub cart: u64,
    /// How many things are in it.
    pub items: u32,
    /// 0–7, 7 first.
    pub priority: u8,
    /// BCP 47; empty: not said.
    pub language: Box<str>,
    /// Where it is kept.
    pub address: Option<IpAddr>,
    /// Criteria that have matched in this visit, without those that are only tried.
    pub rules: Vec<Arc<str>>,
}

/// A page, as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct PageShown {
    pub url: Box<str>,
    pub title: Box<str>,
    pub referrer: Box<str>,
}

/// What a shard has counted since it began, but for what is `live`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Visitors in the table.
    pub live: u64,
    /// Arrivals taken.
    pub arrivals: u64,
    /// Visits begun.
    pub visits: u64,
    /// Events taken.
    pub events: u64,
    /// Events beyond the 32 of an arrival.
    pub events_left: u64,
    /// Events that said they came later than now, or before an earlier one: their time was corrected.
    pub events_untimely: u64,
    /// Criteria looked at for an event or a deadline.
    pub evaluations: u64,
    /// Expressions among them.
    pub expressions: u64,
    /// Expressions that could not be evaluated: as if they did not hold.
    pub failed: u64,
    /// Matches, those that are only tried too.
    pub matched: u64,
    /// Held once more than their cap lets them.
    pub capped: u64,
    /// Held for somebody of priority 0.
    pub never: u64,
    /// Matches that were not taken out in time, and were dropped.
    pub dropped: u64,
    /// Visitors who left the table since it was full.
    pub evicted: u64,
    /// Visitors who left it since nothing was heard of them.
    pub expired: u64,
    /// Visitors who were forgotten.
    pub forgotten: u64,
    /// Arrivals refused.
    pub refused: u64,
}

/// What a shard has counted of a criterion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CriterionCount {
    /// The firm's place.
    pub firm: u32,
    /// The criterion's name.
    pub name: Arc<str>,
    /// Matches.
    pub matched: u64,
    /// Matches while it was only tried.
    pub dry: u64,
    /// Evaluations that failed.
    pub failed: u64,
}
