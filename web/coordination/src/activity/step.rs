//! What happens to one visitor: an event, time, and what becomes true by them.

use super::Activity;
use super::arrival::{Arrival, Event, Kind, PageSeen, What, Who};
use super::matched::{Match, Rated, Trigger};
use super::row::{Row, Told};
use super::scene::{Happened, Now};
use super::settings::{Once, PriorityChange, Since};
use super::windows::keeps;
use std::sync::Arc;
use std::time::Duration;
use warmline_time::Time;

/// How long before its arrival an event of a new visit may have been.
const EARLIEST: Duration = Duration::from_secs(60);
/// Matches that wait to be taken out, at most.
const MATCHES: usize = 100_000;
/// Visitors whose caps outlast their visits, at least.
const CAPPED: usize = 1_000;
const DAY_HOURS: u16 = 24;
const LONGEST_IDLE: u32 = 24 * 3_600;

impl Activity {
    /// When an event was, if it cannot have been when it says.
    pub(super) fn timely(&mut self, at: Time, from: Time, now: Time) -> Time {
        let timely = at.clamp(from.min(now), now);
        self.counters.events_untimely += u64::from(timely != at);
        timely
    }

    /// Until no more than so many are there.
    pub(super) fn make_room(&mut self, most: usize) {
        while self.table.len() > most
            && let Some(place) = self.table.longest_unseen()
        {
            self.table.remove(place);
            self.counters.evicted += 1;
        }
    }

    /// Puts a visitor in who is not there. Says where, and whether it is a new visit of his.
    pub(super) fn begin(&mut self, now: Time, firm: u32, site: u32, arrival: &Arrival<'_>) -> (u32, bool) {
        self.make_room(self.settings.most_visitors.saturating_sub(1));
        let at = arrival.events.first().map_or(now, |event| event.at.clamp(now - EARLIEST, now));
        let mut row = Row::new(firm, site, arrival.who, arrival.known, at, now);
        let new = row.begin(self.settings.apart_hours);
        self.counters.visits += u64::from(new);
        let place = self.table.insert(row);
        self.returned(place, new);
        (place, new)
    }

    /// The priority of who has begun a visit, maybe not his first.
    pub(super) fn returned(&mut self, place: u32, new: bool) {
        let known = self.table.row(place).map(|row| row.known).unwrap_or_default();
        if new && known.visits > 1 && known.priority > 0 {
            let to = known.priority.max(self.settings.return_priority.min(7));
            self.rate_by(place, to, Trigger::Return);
        }
    }

    /// A trigger says what his priority is from now on.
    fn rate_by(&mut self, place: u32, to: u8, trigger: Trigger) {
        let Some(row) = self.table.row(place) else { return };
        let (firm, who, number, from) = (row.firm, row.who, row.site, row.known.priority);
        self.table.set_priority(place, to);
        if from == to || !matches!(who, Who::Visitor(_)) || self.rated.len() >= MATCHES {
            return;
        }
        if let Some(site) = self.places.get(&number).copied() {
            self.rated.push_back(Rated { firm, who, site, trigger, from, to });
        }
    }

    /// The first things of a visit: the page he is on, where no event tells of it, and that he has arrived.
    pub(super) fn arrive(&mut self, place: u32, arrival: &Arrival<'_>) {
        let Some(at) = self.table.row(place).map(|row| row.arrived) else { return };
        let first = arrival.events.first().map(|event| event.what);
        match (first, arrival.page) {
            (Some(What::View { url, title }), page) => {
                let referrer = page.and_then(|page| page.referrer);
                self.enter(place, at, PageSeen { url, title, referrer });
            }
            (_, Some(page)) => self.enter(place, at, page),
            (_, None) => {}
        }
        self.look(place, at, Kind::Arrival, Happened::ARRIVAL);
        if first.is_none_or(|what| what.kind() != Kind::View)
            && let Some(PageSeen { url, title, .. }) = arrival.page
        {
            self.look(place, at, Kind::View, Happened::of(&What::View { url, title }));
        }
    }

    /// One event; `entered`: its page was entered with the arrival.
    pub(super) fn event(&mut self, place: u32, now: Time, event: &Event<'_>, entered: bool) {
        let Some(row) = self.table.row(place) else { return };
        let last = row.last_event;
        let at = self.timely(event.at, last, now);
        self.counters.events += 1;
        self.elapse(place, at);
        let kind = event.what.kind();
        match event.what {
            What::View { url, title } if !entered => {
                self.enter(place, at, PageSeen { url, title, referrer: None });
            }
            _ => self.apply(place, at, &event.what),
        }
        self.look(place, at, kind, Happened::of(&event.what));
    }

    fn enter(&mut self, place: u32, at: Time, page: PageSeen<'_>) {
        let Some(row) = self.table.row_mut(place) else { return };
        if row.enter(at, page) {
            row.told.iter_mut().for_each(|told| told.again = true);
        }
        row.last_event = at;
        row.left = None;
        let firm = row.firm;
        let patterns = self.patterns.get(&firm);
        let of = patterns.map_or(0, |patterns| patterns.of_page(row.path()));
        row.ring.push(at, Kind::View, of);
        self.table.changed(firm);
        self.arm(place);
    }

    /// What an event changes besides the page.
    fn apply(&mut self, place: u32, at: Time, what: &What<'_>) {
        let Some(row) = self.table.row_mut(place) else { return };
        row.last_event = at;
        let (firm, kind) = (row.firm, what.kind());
        let back = row.left.is_some() && kind != Kind::Leave;
        if back {
            // What came due while he was away is over.
            (row.left, row.looked) = (None, at);
        }
        let mut of = 0;
        match *what {
            What::Dwell { secs } => row.dwell = secs,
            What::Scroll { percent } => row.scroll = row.scroll.max(percent.min(100)),
            What::Idle { secs } => {
                row.idle_since = Some(at - Duration::from_secs(secs.min(LONGEST_IDLE).into()));
            }
            What::Active => row.idle_since = None,
            What::Error { .. } => row.errors = row.errors.saturating_add(1),
            What::Cart { cents, items } => (row.cart, row.items) = (cents, items),
            What::Purchase { cents } => {
                (row.cart, row.items) = (0, 0);
                row.known.purchases = row.known.purchases.saturating_add(1);
                row.known.spent = row.known.spent.saturating_add(cents);
            }
            What::Custom { name, .. } => {
                of = self.patterns.get(&firm).map_or(0, |patterns| patterns.of_custom(name));
            }
            What::Leave => row.left = Some(row.left.unwrap_or(at)),
            What::View { .. } => {}
        }
        if keeps(kind) && kind != Kind::View {
            row.ring.push(at, kind, of);
        }
        let priority = row.known.priority;
        if matches!(kind, Kind::Cart | Kind::Purchase) {
            self.table.changed(firm);
        }
        if kind == Kind::Purchase && priority > 0 {
            let to = priority.max(self.settings.purchase_priority.min(7));
            self.rate_by(place, to, Trigger::Purchase);
        }
        if back {
            self.arm(place);
        }
    }

    /// Looks for the next criterion that comes true by elapsed time.
    pub(super) fn arm(&mut self, place: u32) {
        let mut found = std::mem::take(&mut self.found);
        if let Some(row) = self.table.row_mut(place) {
            self.index.after(row.site, row.path(), &mut found);
            let due = found.iter().filter_map(|&rule| due(&self.index.rules[rule as usize], row));
            row.due = due.min();
        }
        self.found = found;
    }

    /// What has come true by elapsed time up to `until`, in order.
    pub(super) fn elapse(&mut self, place: u32, until: Time) {
        let Some(row) = self.table.row_mut(place) else { return };
        if row.left.is_some() || row.due.is_none_or(|at| at > until) {
            return;
        }
        let mut found = std::mem::take(&mut self.found);
        self.index.after(row.site, row.path(), &mut found);
        let with_time = |&rule: &u32| due(&self.index.rules[rule as usize], row).map(|at| (at, rule));
        let mut all: Vec<(Time, u32)> = found.iter().filter_map(with_time).collect();
        self.found = found;
        all.sort_unstable();
        row.due = all.iter().map(|&(at, _)| at).find(|&at| at > until);
        row.looked = until;
        for (at, rule) in all.into_iter().take_while(|&(at, _)| at <= until) {
            self.try_rule(place, rule, at, Happened::TIMEOUT);
        }
    }

    /// Every rule that such an event may make true.
    fn look(&mut self, place: u32, at: Time, kind: Kind, happened: Happened<'_>) {
        let Some(row) = self.table.row(place) else { return };
        let mut found = std::mem::take(&mut self.found);
        self.index.on(row.site, kind, row.path(), &mut found);
        for &rule in &found {
            self.try_rule(place, rule, at, happened);
        }
        self.found = found;
    }

    fn try_rule(&mut self, place: u32, rule: u32, at: Time, happened: Happened<'_>) {
        let (Some(row), Some(rule)) = (self.table.row_mut(place), self.index.rules.get(rule as usize)) else {
            return;
        };
        let (criterion, who) = (&rule.criterion, (row.firm, row.who));
        self.counters.evaluations += 1;
        let told = row.told.iter().position(|told| told.id == rule.id);
        let may = match criterion.once {
            Once::Visit => told.is_none(),
            Once::Page => told.is_none_or(|nth| row.told[nth].again),
            Once::Day => self.caps.may(at, who, rule.id, 1),
            Once::Limit { most, .. } => self.caps.may(at, who, rule.id, most),
        };
        if !may {
            self.counters.capped += 1;
            return;
        }
        let count = &mut self.counts[rule.id as usize];
        if let Some(when) = &criterion.when {
            self.counters.expressions += 1;
            match when.holds(&Now { at, row, happened, patterns: &rule.patterns }) {
                Some(true) => {}
                Some(false) => return,
                None => {
                    self.counters.failed += 1;
                    count.failed += 1;
                    return;
                }
            }
        }
        if row.known.priority == 0 {
            self.counters.never += 1;
            return;
        }
        count.matched += 1;
        self.counters.matched += 1;
        match told {
            Some(nth) => row.told[nth].again = false,
            None => row.told.push(Told { id: rule.id, again: false }),
        }
        let hours = match criterion.once {
            Once::Day => Some(DAY_HOURS),
            Once::Limit { hours, .. } => Some(hours),
            Once::Visit | Once::Page => None,
        };
        if let Some(hours) = hours {
            let room = self.settings.most_visitors.max(CAPPED);
            self.caps.count(at, who, rule.id, hours, room);
        }
        let priority = changed(row.known.priority, criterion.priority.filter(|_| !criterion.dry_run));
        let (criterion, dry_run) = (rule.name.clone(), criterion.dry_run);
        self.rate_by(place, priority, Trigger::Criterion(Arc::clone(&criterion)));
        self.tell(place, at, criterion, dry_run);
    }

    fn tell(&mut self, place: u32, at: Time, criterion: Arc<str>, dry_run: bool) {
        let Some(row) = self.table.row(place) else { return };
        let firm = row.firm;
        if self.matches.len() >= MATCHES {
            self.counters.dropped += 1;
            return;
        }
        if let Some(visitor) = self.shown(row) {
            self.matches.push_back(Match { firm, criterion, dry_run, at, visitor });
        }
        self.table.changed(firm);
    }
}

fn changed(priority: u8, change: Option<PriorityChange>) -> u8 {
    match change {
        Some(PriorityChange::To(to)) => to.clamp(1, 7),
        Some(PriorityChange::By(by)) => priority.saturating_add_signed(by).clamp(1, 7),
        None => priority,
    }
}

/// When a rule comes true of somebody by elapsed time, if that is still to come.
fn due(rule: &super::index::Rule, row: &Row) -> Option<Time> {
    let at = match rule.criterion.after? {
        (Since::Page, after) => row.since + after,
        (Since::Arrival, after) => (row.arrived + after).max(row.since),
    };
    (at > row.looked && at > rule.since && row.pages > 0).then_some(at)
}
