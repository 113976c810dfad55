//! What is watched: sites, criteria and bounds, checked.

use super::arrival::Kind;
use super::expression::{Expression, Leaf};
use super::glob::Glob;
use super::windows::{PATTERNS, Sought};
use crate::condition::ConditionError;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use thiserror::Error;

/// Criteria of all firms, at most.
pub const MOST_CRITERIA: usize = 10_000;
/// The longest time that may have to elapse.
pub const LONGEST_AFTER: Duration = Duration::from_secs(24 * 3_600);
const LONGEST_NAME: usize = 60;

/// The settings of one shard; every shard of a node has the same but for the bound.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchSettings {
    /// By place.
    pub sites: Vec<WatchedSite>,
    /// In the order in which they are looked at.
    pub criteria: Vec<Criterion>,
    /// Visitors of this shard, at most.
    pub most_visitors: usize,
    /// Who is not heard of for so long is gone.
    pub session: Duration,
    /// And for so long after his page has gone and no other was entered.
    pub after_leave: Duration,
    /// Visits of the same hour count as one; with 0 each counts, with 3 those within three hours are one.
    pub apart_hours: u32,
    /// A purchase makes the priority this at least; 0: it changes nothing.
    pub purchase_priority: u8,
    /// The second visit and each further one makes the priority this at least; 0: it changes nothing.
    pub return_priority: u8,
}

impl Default for WatchSettings {
    fn default() -> Self {
        WatchSettings {
            sites: Vec::new(),
            criteria: Vec::new(),
            most_visitors: 100_000,
            session: Duration::from_secs(300),
            after_leave: Duration::from_secs(60),
            apart_hours: 1,
            purchase_priority: 0,
            return_priority: 0,
        }
    }
}

impl WatchSettings {
    /// What the criteria must be together.
    ///
    /// # Errors
    /// A sentence: too many, two of one name, a site of another firm, or too many patterns in expressions.
    pub fn check(&self) -> Result<(), String> {
        if self.criteria.len() > MOST_CRITERIA {
            return Err(format!("there may be {MOST_CRITERIA} criteria"));
        }
        let mut names = HashSet::new();
        let mut sought: HashMap<u32, Vec<&Sought>> = HashMap::new();
        for criterion in &self.criteria {
            let name = &criterion.name;
            if !names.insert((criterion.firm, name)) {
                return Err(format!("there are two criteria `{name}`"));
            }
            let of_firm =
                |site: &u32| self.sites.get(*site as usize).is_some_and(|site| site.firm == criterion.firm);
            if !criterion.sites.iter().all(of_firm) {
                return Err(format!("criterion `{name}` is of a site that its firm does not have"));
            }
            let known = sought.entry(criterion.firm).or_default();
            for new in criterion.sought() {
                if !known.contains(&new) {
                    known.push(new);
                }
            }
            if known.len() > PATTERNS {
                let most = format!(
                    "the criteria of a firm may ask `seen` and `custom` for {PATTERNS} different texts"
                );
                return Err(format!("{most}; `{name}` is one too many"));
            }
        }
        Ok(())
    }
}

/// A site that is watched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WatchedSite {
    /// The firm's place.
    pub firm: u32,
    /// Unique in the firm.
    pub name: String,
}

/// From when on [`Criterion::after`] is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Since {
    /// The page was entered.
    #[default]
    Page,
    /// The visit began.
    Arrival,
}

/// How often a criterion may match for one visitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Once {
    /// Once a visit.
    #[default]
    Visit,
    /// Again when he has entered a page with another path.
    Page,
    /// Once in 24 hours, over visits as well as the shard remembers them.
    Day,
    /// So often in so many hours, over visits.
    Limit {
        /// 1–255.
        most: u8,
        /// 1–720.
        hours: u16,
    },
}

impl Since {
    /// As configuration and programs write it; none: since the page.
    ///
    /// # Errors
    /// A sentence: another word.
    pub fn of(word: Option<&str>) -> Result<Self, String> {
        match word {
            None | Some("page") => Ok(Since::Page),
            Some("arrival") => Ok(Since::Arrival),
            Some(other) => Err(format!("`{other}` is not page or arrival")),
        }
    }
}

impl Once {
    /// As configuration and programs write it: `once`, or `most` and `hours`; none: nothing is said.
    ///
    /// # Errors
    /// A sentence: another word, or what does not go together.
    pub fn of(word: Option<&str>, most: Option<u8>, hours: Option<u16>) -> Result<Option<Self>, String> {
        match (word, most, hours) {
            (None, None, None) => Ok(None),
            (None, Some(most), Some(hours)) => Ok(Some(Once::Limit { most, hours })),
            (Some("visit"), None, None) => Ok(Some(Once::Visit)),
            (Some("page"), None, None) => Ok(Some(Once::Page)),
            (Some("day"), None, None) => Ok(Some(Once::Day)),
            (Some(other), None, None) => Err(format!("`{other}` is not visit, page or day")),
            _ => Err("`most` and `hours` go together, and without `once`".into()),
        }
    }
}

/// What a match makes of the visitor's priority; 0 stays 0, and nothing becomes 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PriorityChange {
    /// 1–7.
    To(u8),
    /// −6–6; the outcome is kept within 1–7.
    By(i8),
}

impl PriorityChange {
    /// As configuration and programs write it: `priority`, or `priority_by`; none: nothing is said.
    ///
    /// # Errors
    /// A sentence: both.
    pub fn of(to: Option<u8>, by: Option<i8>) -> Result<Option<Self>, String> {
        match (to, by) {
            (Some(_), Some(_)) => Err("`priority` and `priority_by` exclude each other".into()),
            (to, by) => Ok(to.map(PriorityChange::To).or(by.map(PriorityChange::By))),
        }
    }
}

/// What a criterion should be, as somebody wrote it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Draft {
    /// Unique in the firm; 1–60 letters.
    pub name: String,
    /// The firm's place.
    pub firm: u32,
    /// Places of sites of this firm; none: all of them.
    pub sites: Vec<u32>,
    /// On what it is looked at; none, and no `after`: when a page is entered.
    pub on: Vec<Kind>,
    /// Path of the page: `/checkout`, `/checkout/*`, `*/help/*`; none: any.
    pub page: Option<String>,
    /// True by itself when so much time has elapsed.
    pub after: Option<Duration>,
    /// From when on.
    pub since: Since,
    /// A CEL expression.
    pub when: Option<String>,
    /// How often.
    pub once: Once,
    /// What it makes of the priority.
    pub priority: Option<PriorityChange>,
    /// It is only reported.
    pub dry_run: bool,
}

/// A criterion, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Criterion {
    pub(super) name: String,
    pub(super) firm: u32,
    pub(super) sites: Vec<u32>,
    pub(super) on: Vec<Kind>,
    pub(super) page: Option<Glob>,
    pub(super) after: Option<(Since, Duration)>,
    pub(super) when: Option<Expression>,
    pub(super) once: Once,
    pub(super) priority: Option<PriorityChange>,
    pub(super) dry_run: bool,
}

/// What is wrong with a draft.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CriterionError {
    /// Of the wrong length.
    #[error("`name` must have 1 to {LONGEST_NAME} letters")]
    Name,
    /// A pattern that cannot be.
    #[error("`page`: {0}")]
    Page(String),
    /// Too long, or nothing.
    #[error("`after` must be 1 second to 24 hours")]
    After,
    /// Both.
    #[error("`on` and `after` exclude each other: `after` comes true by itself")]
    Both,
    /// Out of range.
    #[error("a limit must be 1 to 255 times in 1 to 720 hours")]
    Limit,
    /// Out of range.
    #[error("`priority` must be 1 to 7, or a change by -6 to 6 that is not 0")]
    Priority,
    /// See there.
    #[error("`when`: {0}")]
    When(#[from] ConditionError),
}

impl Criterion {
    /// Checks a draft and compiles what it says.
    ///
    /// # Errors
    /// What is wrong first, in a sentence that names the field.
    pub fn new(draft: Draft) -> Result<Self, CriterionError> {
        if draft.name.is_empty() || draft.name.chars().count() > LONGEST_NAME {
            return Err(CriterionError::Name);
        }
        let page = draft.page.as_deref().map(Glob::new).transpose().map_err(CriterionError::Page)?;
        let fits = |after: &Duration| (Duration::from_secs(1)..=LONGEST_AFTER).contains(after);
        if !draft.after.as_ref().is_none_or(fits) {
            return Err(CriterionError::After);
        }
        if draft.after.is_some() && !draft.on.is_empty() {
            return Err(CriterionError::Both);
        }
        if let Once::Limit { most, hours } = draft.once
            && (most == 0 || !(1..=720).contains(&hours))
        {
            return Err(CriterionError::Limit);
        }
        let right = match draft.priority {
            Some(PriorityChange::To(to)) => (1..=7).contains(&to),
            Some(PriorityChange::By(by)) => by != 0 && (-6..=6).contains(&by),
            None => true,
        };
        if !right {
            return Err(CriterionError::Priority);
        }
        let mut on = draft.on;
        if on.is_empty() && draft.after.is_none() {
            on.push(Kind::View);
        }
        on.sort_unstable();
        on.dedup();
        let when = draft.when.as_deref().map(Expression::compile).transpose()?;
        Ok(Criterion {
            name: draft.name,
            firm: draft.firm,
            sites: draft.sites,
            on,
            page,
            after: draft.after.map(|after| (draft.since, after)),
            when,
            once: draft.once,
            priority: draft.priority,
            dry_run: draft.dry_run,
        })
    }

    /// Unique in the firm.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The firm's place.
    pub fn firm(&self) -> u32 {
        self.firm
    }

    /// What it looks for in the ring.
    pub(super) fn sought(&self) -> impl Iterator<Item = &Sought> {
        let leaves = self.when.as_ref().map_or(&[][..], |when| when.leaves());
        leaves.iter().filter_map(|leaf| match leaf {
            Leaf::Seen(sought, _) => Some(sought),
            _ => None,
        })
    }

    /// The same, tried only.
    pub fn as_dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }
}
