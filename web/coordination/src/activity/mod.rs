//! Visitors' activity: who is on the watched pages, and which criteria become true of them (seed 0030–0033, 0058–0060).
//!
//! One [`Activity`] is one shard: all events of a visitor go to the same one, chosen by him ([`Who::shard`]). It keeps no journal; what
//! it knows is gone with it, and only matches reach the firm. Time is told to it; a deadline is kept to 131 ms.
//!
//! What criteria mean and what expressions may name: docs/activity.md. A criterion with [`Draft::after`] is looked at once, when its time has elapsed
//! and he is still on such a page; its expression has to hold then. It is armed when the page is entered, and not any more when that
//! changes or is gone.

mod arrival;
mod caps;
mod expression;
mod glob;
mod index;
mod matched;
mod record;
mod replay;
mod row;
mod scene;
mod settings;
mod step;
mod table;
mod templates;
mod wheel;
mod windows;

pub use crate::condition::ConditionError;
pub use arrival::{
    Arrival, Event, Kind, Known, LAST_VISITS, MOST_EVENTS, PRIORITY, PageSeen, Refused, Said, Seen, What, Who,
};
pub use expression::Expression;
pub use glob::Glob;
pub use matched::{Counters, CriterionCount, LiveVisitor, Match, PageShown, Rated, Trigger};
pub use record::{ArrivalOwned, EventOwned, Kept, Line, Recorder, RecordingKey, WhatOwned};
pub use replay::{CriterionReport, Example, Report, replay};
pub use settings::{
    Criterion, CriterionError, Draft, LONGEST_AFTER, MOST_CRITERIA, Once, PriorityChange, Since,
    WatchSettings, WatchedSite,
};
pub use templates::{TEMPLATES, template};

use caps::{Caps, Spans};
use index::{Index, Rule};
use row::Row;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use table::Table;
use warmline_time::Time;
use windows::{Patterns, Sought};

/// Rows that one [`Activity::handle_timeout`] looks at, at most.
const STEPS: usize = 10_000;

/// One shard of the table of visitors, with the criteria.
#[derive(Debug)]
pub struct Activity {
    /// Without the criteria, which are the rules of the index.
    settings: WatchSettings,
    /// The latest time it was told.
    now: Time,
    /// Number and firm of each site, by place in the settings.
    sites: Vec<(u32, u32)>,
    /// The place of each site, by number.
    places: HashMap<u32, u32>,
    /// Numbers that were given, by firm and name; of criteria those that are only tried have another one.
    site_numbers: HashMap<(u32, String), u32>,
    rule_numbers: HashMap<(u32, String, bool), u32>,
    /// By the criterion's number.
    counts: Vec<Count>,
    patterns: HashMap<u32, Patterns>,
    index: Index,
    table: Table,
    caps: Caps,
    matches: VecDeque<Match>,
    rated: VecDeque<Rated>,
    counters: Counters,
    /// Kept for the next look.
    found: Vec<u32>,
    /// After a reload: the first row whose deadlines were not looked at since.
    stale: Option<u32>,
}

/// Somebody between two names: see [`Activity::part`].
#[derive(Debug)]
pub struct Parted {
    row: Row,
    spans: Option<Spans>,
}

#[derive(Debug)]
struct Count {
    name: Arc<str>,
    dry: bool,
    matched: u64,
    failed: u64,
}

impl Activity {
    /// An empty one.
    pub fn new(settings: WatchSettings) -> Self {
        let mut activity = Activity {
            settings: WatchSettings::default(),
            now: Time::ZERO,
            sites: Vec::new(),
            places: HashMap::new(),
            site_numbers: HashMap::new(),
            rule_numbers: HashMap::new(),
            counts: Vec::new(),
            patterns: HashMap::new(),
            index: Index::default(),
            table: Table::default(),
            caps: Caps::default(),
            matches: VecDeque::new(),
            rated: VecDeque::new(),
            counters: Counters::default(),
            found: Vec::new(),
            stale: None,
        };
        activity.set_settings(Time::ZERO, settings);
        activity
    }

    /// Some events of one visitor.
    pub fn handle_activity(&mut self, now: Time, arrival: Arrival<'_>) -> Seen {
        let now = self.advance(now);
        let mut seen = Seen { new_visit: false, known: arrival.known, refused: None };
        let site = self.sites.get(arrival.site as usize).copied();
        let Some((site, firm)) = site.filter(|_| self.settings.most_visitors > 0) else {
            self.counters.refused += 1;
            seen.refused = Some(if site.is_some() { Refused::Full } else { Refused::Site });
            return seen;
        };
        self.counters.arrivals += 1;
        self.counters.events_left += arrival.events.len().saturating_sub(MOST_EVENTS) as u64;
        let there = self.table.find(firm, arrival.who).filter(|&place| !self.expire(place, now));
        let place = match there {
            Some(place) => place,
            // Who is not there cannot leave.
            None if !arrival.events.is_empty()
                && arrival.events.iter().all(|event| event.what == What::Leave) =>
            {
                return seen;
            }
            None => {
                let (place, new_visit) = self.begin(now, firm, site, &arrival);
                seen.new_visit = new_visit;
                place
            }
        };
        self.greet(place, now, site, &arrival);
        if there.is_none() {
            self.arrive(place, &arrival);
        }
        for (nth, event) in arrival.events.iter().take(MOST_EVENTS).enumerate() {
            let entered = there.is_none() && nth == 0 && event.what.kind() == Kind::View;
            self.event(place, now, event, entered);
        }
        self.file(place, now);
        if let Some(row) = self.table.row(place) {
            seen.known = row.known;
        }
        seen
    }

    /// Time has passed: who is gone, and what has become true. Does a bounded part of what is due; [`Self::poll_timeout`] says now
    /// while there is more.
    pub fn handle_timeout(&mut self, now: Time) {
        let now = self.advance(now);
        let mut steps = STEPS;
        self.freshen(now, &mut steps);
        while let Some(place) = self.table.wheel.pop(now, &mut steps) {
            if !self.expire(place, now) {
                self.elapse(place, now);
                self.file(place, now);
            }
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.stale.map(|_| self.now).or_else(|| self.table.wheel.next())
    }

    /// The next match; take them all after each `handle_*`.
    pub fn poll_match(&mut self) -> Option<Match> {
        self.matches.pop_front()
    }

    /// What a trigger has changed of a priority; take them all with the matches.
    pub fn poll_rated(&mut self) -> Option<Rated> {
        self.rated.pop_front()
    }

    /// A reload. Visitors stay, and what criteria of the same firm and name have counted of them. Sites and criteria are known by firm
    /// and name, whatever place they have; visitors of a site that is gone are forgotten.
    pub fn set_settings(&mut self, now: Time, mut settings: WatchSettings) {
        let now = self.advance(now);
        let criteria = std::mem::take(&mut settings.criteria);
        self.settings = settings;
        self.number_sites();
        let mut sought: HashMap<u32, Vec<Sought>> = HashMap::new();
        for criterion in &criteria {
            sought.entry(criterion.firm).or_default().extend(criterion.sought().cloned());
        }
        for firm in self.patterns.keys() {
            sought.entry(*firm).or_default();
        }
        for (firm, sought) in sought {
            self.patterns.entry(firm).or_default().set(now, &sought);
        }
        let old = std::mem::take(&mut self.index.rules);
        let old: HashMap<u32, Rule> = old.into_iter().map(|rule| (rule.id, rule)).collect();
        let rules = criteria.into_iter().map(|criterion| self.rule(now, criterion, &old)).collect();
        let sites: Vec<(u32, u32, u32)> =
            (0..).zip(&self.sites).map(|(place, &(number, firm))| (number, firm, place)).collect();
        self.index = Index::new(rules, &sites);
        self.make_room(self.settings.most_visitors);
        self.stale = (self.table.len() > 0).then_some(0);
    }

    /// Consent was withdrawn, or he is erased: nothing of him is left. Says whether something was there.
    pub fn forget(&mut self, firm: u32, who: Who) -> bool {
        let row = self.table.find(firm, who).and_then(|place| self.table.remove(place));
        let capped = self.caps.forget(firm, who);
        self.matches.retain(|matched| (matched.firm, matched.visitor.who) != (firm, who));
        self.rated.retain(|rated| (rated.firm, rated.who) != (firm, who));
        self.counters.forgotten += u64::from(row.is_some());
        row.is_some() || capped
    }

    /// Takes somebody out who has consented, and whose visit goes on under another name: [`Self::join`], there or in another shard.
    pub fn part(&mut self, now: Time, firm: u32, who: Who) -> Option<Parted> {
        let now = self.advance(now);
        let place = self.table.find(firm, who).filter(|&place| !self.expire(place, now))?;
        let row = self.table.remove(place)?;
        Some(Parted { row, spans: self.caps.take(firm, who) })
    }

    /// His visit goes on as that of `who`, of whom his identity says `known`. Shards that were given the same settings, each of them,
    /// understand each other. False: `who` is there already, and what was of the other one is forgotten.
    pub fn join(&mut self, now: Time, who: Who, known: Known, parted: Parted) -> bool {
        let now = self.advance(now);
        let Parted { mut row, spans } = parted;
        let there = self.table.find(row.firm, who).is_some_and(|place| !self.expire(place, now));
        if there || self.settings.most_visitors == 0 {
            self.counters.forgotten += 1;
            return false;
        }
        let here = row.known;
        // Whoever was rated, in this visit or before, stays so.
        let rated = here.priority != PRIORITY && known.priority != 0;
        row.who = who;
        row.known = Known {
            purchases: known.purchases.saturating_add(here.purchases),
            spent: known.spent.saturating_add(here.spent),
            priority: if rated { here.priority } else { known.priority.min(7) },
            ..known
        };
        let new = row.begin(self.settings.apart_hours);
        if let Some(spans) = spans {
            self.caps.put(row.firm, who, spans);
        }
        self.make_room(self.settings.most_visitors.saturating_sub(1));
        let place = self.table.insert(row);
        self.returned(place, new);
        self.file(place, now);
        true
    }

    /// Somebody has rated him, 0–7; false: he is not there.
    pub fn rate(&mut self, firm: u32, who: Who, priority: u8) -> bool {
        let Some(place) = self.table.find(firm, who) else { return false };
        self.table.set_priority(place, priority.min(7));
        true
    }

    /// Somebody who is there.
    pub fn live(&self, firm: u32, who: Who) -> Option<LiveVisitor> {
        self.shown(self.table.row(self.table.find(firm, who)?)?)
    }

    /// How many are there, and at most so many of them: the highest priority first, then the latest arrival.
    pub fn list(&self, firm: u32, most: usize) -> (usize, Vec<LiveVisitor>) {
        let of_firm = self.table.of_firm(firm);
        let total = of_firm.len();
        let shown = of_firm.filter_map(|place| self.shown(self.table.row(place)?));
        (total, shown.take(most).collect())
    }

    /// Rises whenever [`Self::list`] would change, but for [`LiveVisitor::last`].
    pub fn version(&self, firm: u32) -> u64 {
        self.table.version(firm)
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        Counters { live: self.table.len() as u64, ..self.counters }
    }

    /// By criterion, in the order of the settings.
    pub fn criteria(&self) -> Vec<CriterionCount> {
        let counted = |rule: &Rule| {
            let (firm, name) = (rule.criterion.firm, &rule.criterion.name);
            let of = |dry| {
                let number = self.rule_numbers.get(&(firm, name.clone(), dry))?;
                self.counts.get(*number as usize)
            };
            let [real, dry] = [of(false), of(true)];
            CriterionCount {
                firm,
                name: rule.name.clone(),
                matched: real.map_or(0, |count| count.matched),
                dry: dry.map_or(0, |count| count.matched),
                failed: real.into_iter().chain(dry).map(|count| count.failed).sum(),
            }
        };
        self.index.rules.iter().map(counted).collect()
    }

    /// Time never goes back here.
    fn advance(&mut self, now: Time) -> Time {
        self.now = self.now.max(now);
        self.now
    }

    fn number_sites(&mut self) {
        self.sites.clear();
        self.places.clear();
        for (place, site) in (0..).zip(&self.settings.sites) {
            let next = self.site_numbers.len() as u32;
            let number = *self.site_numbers.entry((site.firm, site.name.clone())).or_insert(next);
            self.sites.push((number, site.firm));
            self.places.insert(number, place);
        }
    }

    fn rule(&mut self, now: Time, criterion: Criterion, old: &HashMap<u32, Rule>) -> Rule {
        let key = (criterion.firm, criterion.name.clone(), criterion.dry_run);
        let known = self.rule_numbers.get(&key).copied();
        let number = known.unwrap_or_else(|| {
            let name = criterion.name.as_str().into();
            self.counts.push(Count { name, dry: criterion.dry_run, matched: 0, failed: 0 });
            self.counts.len() as u32 - 1
        });
        self.rule_numbers.insert(key, number);
        let is = |rule: &&Rule| {
            (&rule.criterion.after, &rule.criterion.page) == (&criterion.after, &criterion.page)
        };
        let since = old.get(&number).filter(is).map_or(now, |rule| rule.since);
        let nothing = Patterns::default();
        let patterns = self.patterns.get(&criterion.firm).unwrap_or(&nothing);
        Rule::new((number, self.counts[number as usize].name.clone()), criterion, since, patterns)
    }

    /// He is seen, and what his request says of himself is kept.
    fn greet(&mut self, place: u32, now: Time, site: u32, arrival: &Arrival<'_>) {
        self.table.seen(place);
        let Some(row) = self.table.row_mut(place) else { return };
        row.last = now;
        if let Some(language) = arrival.language.filter(|language| *language != row.language()) {
            row.set_language(language);
        }
        row.address = arrival.address.or(row.address);
        let firm = row.firm;
        if std::mem::replace(&mut row.site, site) != site {
            self.table.changed(firm);
            self.arm(place);
        }
    }

    /// Takes out who was not heard of for long enough; what has become true before that comes first.
    fn expire(&mut self, place: u32, now: Time) -> bool {
        let Some(row) = self.table.row(place) else { return true };
        let expires = row.expires(self.settings.session, self.settings.after_leave);
        if expires > now {
            return false;
        }
        self.elapse(place, expires);
        self.table.remove(place);
        self.counters.expired += 1;
        true
    }

    /// Sets when this row is to be looked at next.
    fn file(&mut self, place: u32, now: Time) {
        let Some(row) = self.table.row(place) else { return };
        let expires = row.expires(self.settings.session, self.settings.after_leave);
        let due = row.due.filter(|_| row.left.is_none());
        self.table.wheel.set_earlier(place, now, due.map_or(expires, |due| due.min(expires)));
    }

    /// After a reload: looks at a part of the rows once more.
    fn freshen(&mut self, now: Time, steps: &mut usize) {
        while let Some(place) = self.stale
            && *steps > 0
        {
            *steps -= 1;
            self.stale = (place as usize + 1 < self.table.places()).then_some(place + 1);
            let Some(row) = self.table.row(place) else { continue };
            if !self.places.contains_key(&row.site) {
                self.table.remove(place);
                self.counters.forgotten += 1;
            } else if !self.expire(place, now) {
                self.arm(place);
                self.elapse(place, now);
                self.file(place, now);
            }
        }
    }

    /// None: his site is gone.
    fn shown(&self, row: &Row) -> Option<LiveVisitor> {
        let told = row.told.iter().filter_map(|told| self.counts.get(told.id as usize));
        Some(LiveVisitor {
            who: row.who,
            site: *self.places.get(&row.site)?,
            page: PageShown {
                url: row.url().into(),
                title: row.title().into(),
                referrer: row.referrer().into(),
            },
            arrived: row.arrived,
            since: row.since,
            last: row.last,
            pages: row.pages,
            visits: row.known.visits,
            purchases: row.known.purchases,
            spent: row.known.spent,
            cart: row.cart,
            items: row.items,
            priority: row.known.priority,
            language: row.language().into(),
            address: row.address,
            rules: told.filter(|count| !count.dry).map(|count| count.name.clone()).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
