//! Campaigns (N 0040): jobs that the firm puts in itself, each campaign with a hopper of its own. What is dialled when is the firm's.

use crate::dialing::{RETRIED, Retry, RetryPolicy};
use crate::do_not_call::Digits;
use crate::figures::Share;
use crate::hours::{Hours, Slot, Zone};
use crate::ids::{CampaignId, ReservationId};
use crate::pacing::Answers;
use crate::tally::{DAY, MONTH, Tally};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;
use std::time::Duration;
use warmline_time::Time;

/// Jobs that one request may put in.
pub const REQUEST: usize = 1_000;
/// Jobs of a campaign, whatever has become of them.
pub const JOBS: usize = 100_000;
/// Campaigns of a firm; those that were stopped make room, the oldest first.
pub const CAMPAIGNS: usize = 100;
/// The least waiting time between two attempts of a number, and the most attempts.
const SOONEST: u32 = 30;
const ATTEMPTS: u32 = 20;

/// How a campaign's customers are dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// One for each agent who is ready, and claimed for it.
    #[default]
    Progressive,
    /// More than there are agents ready, as many as will probably be answered by when one is.
    Predictive,
}

/// Whether a campaign dials.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Not started yet.
    New,
    /// It dials, within its times.
    Running,
    /// Nobody new is dialled.
    Paused,
    /// Over: what was not dialled never is.
    Stopped,
}

/// What a program does with a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum CampaignVerb {
    Start,
    Pause,
    Stop,
}

/// When a campaign's numbers are dialled again, as a program writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// By the end of an attempt (`busy`, `no_answer` …).
    pub after: BTreeMap<String, Again>,
    /// Diallings of a number, whatever their ends.
    pub max_attempts: u32,
}

/// See [`Retries`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// Seconds until then, 30 at least.
    pub after_secs: u32,
    /// How often for this reason.
    pub times: u32,
}

/// A stretch of each day, by the clock of the queue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Window {
    /// `HH:MM`.
    pub from: String,
    pub until: String,
}

/// What a campaign is to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// For people; at most 100 characters.
    pub name: String,
    /// The site whose queue and numbers it uses.
    pub site: String,
    /// E.164, one of the firm's: what is shown to whom is called. None: as for call me.
    #[serde(default)]
    pub caller_id: Option<String>,
    /// None: as for call me.
    #[serde(default)]
    pub retry: Option<Retries>,
    /// None: the hours of the queue.
    #[serde(default)]
    pub window: Option<Window>,
    /// Microseconds since the epoch: not before.
    #[serde(default)]
    pub starts: Option<u64>,
    /// Microseconds since the epoch: not after.
    #[serde(default)]
    pub ends: Option<u64>,
    /// How it dials.
    #[serde(default)]
    pub pacing: Pacing,
}

/// A job as it is put in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Imported {
    /// As written; in the journal in E.164.
    pub number: String,
    /// The customer's name; may be empty.
    #[serde(default)]
    pub name: String,
    /// Shown to the agent; as of [`crate::request::Page::attributes`].
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Microseconds since the epoch: not before.
    #[serde(default)]
    pub due: Option<u64>,
    /// 1–7; the higher goes first.
    pub priority: u8,
    /// What proves that he may be called; at most 200 characters.
    pub consent: String,
}

/// A job's campaign, in [`crate::fact::ReservationOpened`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Which.
    pub campaign: CampaignId,
    /// Its number in it, from 0.
    pub order: u32,
    /// 1–7.
    pub priority: u8,
}

/// A line that was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RefusedLine {
    /// From 1.
    pub line: usize,
    /// `number_invalid`, `number_not_allowed`, `do_not_call`, `duplicate`, `consent_missing`, `priority_invalid`, `due_invalid` …
    pub code: &'static str,
}

/// What came of an import.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct ImportView {
    pub accepted: usize,
    /// By their line, from 1.
    pub refused: Vec<RefusedLine>,
}

/// Abandonment in a window.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct RateView {
    /// People who have answered.
    pub answered: u64,
    /// Of these, those for whom no agent was there.
    pub abandoned: u64,
    /// From 0 to 1; none: nobody has answered.
    pub rate: Option<Share>,
}

/// A campaign as programs see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[allow(missing_docs)]
pub struct CampaignView {
    pub id: CampaignId,
    pub name: String,
    pub site: String,
    pub state: CampaignState,
    pub pacing: Pacing,
    /// E.164.
    pub caller_id: Option<String>,
    pub retry: Option<Retries>,
    pub window: Option<Window>,
    /// RFC 3339.
    pub starts: Option<String>,
    pub ends: Option<String>,
    pub created: String,
    /// Jobs put in.
    pub jobs: usize,
    /// Jobs that wait for their first or next dialling.
    pub waiting: usize,
    /// Diallings.
    pub dialled: u64,
    /// Of these, those that a person answered.
    pub answered: u64,
    /// Of these, those for whom no agent was there.
    pub abandoned: u64,
    /// Ends of diallings, and of jobs that ended without one.
    pub outcomes: BTreeMap<String, u64>,
    pub last_24_h: RateView,
    pub last_30_days: RateView,
}

/// Jobs of the hopper in the order in which they are dialled: by priority, due time, and as they came.
type Rank = (Reverse<u8>, Time, u32);
/// Jobs that wait for an agent: by priority, and as they came out of the hopper.
pub(crate) type Turn = (Reverse<u8>, Time, u32, ReservationId);

/// One campaign.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub id: CampaignId,
    pub terms: Terms,
    pub state: CampaignState,
    pub retry: Option<RetryPolicy>,
    pub created: Time,
    /// In no list of the firm yet, by their number here.
    hopper: BTreeMap<u32, Imported>,
    ready: BTreeSet<Rank>,
    later: BTreeSet<(Time, u32)>,
    next: u32,
    numbers: HashSet<Digits>,
    /// Jobs of the list server that wait for an agent.
    line: BTreeSet<Turn>,
    looked: Option<Turn>,
    /// Those that are not over.
    pub open: BTreeSet<ReservationId>,
    pub tally: Tally,
    /// How often and how soon they answer.
    pub answers: Answers,
    dialled: u64,
    outcomes: BTreeMap<String, u64>,
}

impl Campaign {
    /// Without jobs.
    pub fn new(id: CampaignId, terms: Terms, created: Time) -> Self {
        Campaign {
            retry: terms.retry.as_ref().map(policy),
            id,
            terms,
            state: CampaignState::New,
            created,
            hopper: BTreeMap::new(),
            ready: BTreeSet::new(),
            later: BTreeSet::new(),
            next: 0,
            numbers: HashSet::new(),
            line: BTreeSet::new(),
            looked: None,
            open: BTreeSet::new(),
            tally: Tally::default(),
            answers: Answers::default(),
            dialled: 0,
            outcomes: BTreeMap::new(),
        }
    }

    /// Its number of the next job.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// Whether a number was put in before.
    pub fn knows(&self, number: Digits) -> bool {
        self.numbers.contains(&number)
    }

    /// A job, with its number in E.164.
    pub fn put(&mut self, number: Digits, job: Imported) {
        self.numbers.insert(number);
        self.place(self.next, &job);
        self.hopper.insert(self.next, job);
        self.next += 1;
    }

    fn place(&mut self, order: u32, job: &Imported) {
        match job.due {
            Some(due) => self.later.insert((Time::from_micros(due), order)),
            None => self.ready.insert((Reverse(job.priority), Time::ZERO, order)),
        };
    }

    /// The job that is to be dialled next.
    pub fn first(&mut self, now: Time) -> Option<(u32, &Imported)> {
        while let Some(&(due, order)) = self.later.first().filter(|(due, _)| *due <= now) {
            self.later.pop_first();
            if let Some(job) = self.hopper.get(&order) {
                self.ready.insert((Reverse(job.priority), due, order));
            }
        }
        let order = self.ready.first()?.2;
        self.hopper.get(&order).map(|job| (order, job))
    }

    /// It cannot be dialled before then.
    pub fn put_off(&mut self, order: u32, until: Time) {
        // It is the one that was looked at: the first.
        if self.ready.first().is_some_and(|rank| rank.2 == order) {
            self.ready.pop_first();
        } else {
            self.ready.retain(|rank| rank.2 != order);
        }
        self.later.insert((until, order));
    }

    /// It leaves the hopper.
    pub fn take(&mut self, order: u32) -> Option<Imported> {
        let job = self.hopper.remove(&order)?;
        // Where it stands it is the first; at a replay, where it was put. Who was put off in between is looked for.
        let due = job.due.map_or(Time::ZERO, Time::from_micros);
        if self.ready.first().is_some_and(|rank| rank.2 == order) {
            self.ready.pop_first();
        } else if !self.later.remove(&(due, order))
            && !self.ready.remove(&(Reverse(job.priority), due, order))
        {
            self.ready.retain(|rank| rank.2 != order);
            self.later.retain(|&(_, other)| other != order);
        }
        Some(job)
    }

    /// When the next of those comes up whose time has not come.
    pub fn comes_up(&self) -> Option<Time> {
        self.later.first().map(|&(due, _)| due)
    }

    /// A job of the list server waits for an agent.
    pub fn line_up(&mut self, turn: Turn) {
        self.line.insert(turn);
    }

    /// Those who do, in order.
    pub fn in_line(&self) -> impl Iterator<Item = ReservationId> {
        self.line.iter().map(|turn| turn.3)
    }

    /// So many of them: where it was looked at last, from there on.
    pub fn look_along(&self, most: usize) -> Vec<Turn> {
        let from = self.looked.map_or(Bound::Unbounded, Bound::Excluded);
        self.line.range((from, Bound::Unbounded)).take(most).copied().collect()
    }

    /// All up to this one were looked at and nobody is there for them; none: it is begun at the front again.
    pub fn looked_at(&mut self, last: Option<Turn>) {
        self.looked = last;
    }

    /// How many.
    pub fn waiting_for_agents(&self) -> usize {
        self.line.len()
    }

    /// It does no longer.
    pub fn leaves_line(&mut self, turn: &Turn) {
        self.line.remove(turn);
    }

    /// Nothing is left in the hopper; how many were.
    pub fn empty(&mut self) -> usize {
        let left = self.hopper.len();
        self.hopper.clear();
        self.ready.clear();
        self.later.clear();
        left
    }

    /// A number is dialled.
    pub fn dials(&mut self) {
        self.dialled += 1;
    }

    /// It was not, after all.
    pub fn takes_back(&mut self) {
        self.dialled = self.dialled.saturating_sub(1);
    }

    /// A dialling has ended so, or a job without one; `before` is what had been said of it.
    pub fn ends(&mut self, at: Time, outcome: &str, before: Option<&str>) {
        if let Some(count) = before.and_then(|before| self.outcomes.get_mut(before)) {
            *count = count.saturating_sub(1);
        }
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        match (before, outcome) {
            (_, "answered") => self.tally.answered(at),
            (_, "abandoned") => self.tally.abandoned(at),
            (Some("answered"), _) => self.tally.nobody(at),
            _ => {}
        }
    }

    /// As programs see it; so many of its open jobs are being dialled.
    pub fn view(&self, now: Time, dialling: usize) -> CampaignView {
        let over = |window: Duration| {
            let counted = self.tally.over(now, window);
            let rate = Share::of(counted.abandoned, counted.answered);
            RateView { answered: counted.answered, abandoned: counted.abandoned, rate }
        };
        let count = |outcome: &str| self.outcomes.get(outcome).copied().unwrap_or_default();
        let moment = |at: Option<u64>| at.map(|at| Time::from_micros(at).rfc3339());
        CampaignView {
            id: self.id,
            name: self.terms.name.clone(),
            site: self.terms.site.clone(),
            state: self.state,
            pacing: self.terms.pacing,
            caller_id: self.terms.caller_id.clone(),
            retry: self.terms.retry.clone(),
            window: self.terms.window.clone(),
            starts: moment(self.terms.starts),
            ends: moment(self.terms.ends),
            created: self.created.rfc3339(),
            jobs: self.next as usize,
            waiting: self.hopper.len() + self.open.len().saturating_sub(dialling),
            dialled: self.dialled,
            answered: count("answered") + count("abandoned"),
            abandoned: count("abandoned"),
            outcomes: self.outcomes.iter().filter(|row| *row.1 > 0).map(|(k, v)| (k.clone(), *v)).collect(),
            last_24_h: over(DAY),
            last_30_days: over(MONTH),
        }
    }
}

/// A firm's.
#[derive(Debug, Default)]
pub(crate) struct Campaigns {
    pub rows: BTreeMap<CampaignId, Campaign>,
}

impl Campaigns {
    /// Those that dial.
    pub fn running(&self) -> Vec<CampaignId> {
        let running = self.rows.values().filter(|row| row.state == CampaignState::Running);
        running.map(|row| row.id).collect()
    }

    /// Makes room for one more. False: there is none.
    pub fn room(&mut self) -> bool {
        if self.rows.len() >= CAMPAIGNS {
            let over =
                self.rows.values().find(|row| row.state == CampaignState::Stopped && row.open.is_empty());
            let Some(over) = over.map(|row| row.id) else { return false };
            self.rows.remove(&over);
        }
        true
    }
}

fn policy(retries: &Retries) -> RetryPolicy {
    let row = |(outcome, again): (&String, &Again)| {
        let after = Duration::from_secs(again.after_secs.into());
        (outcome.clone(), Retry { after, times: again.times })
    };
    RetryPolicy { after: retries.after.iter().map(row).collect(), max_attempts: retries.max_attempts }
}

/// Whether retries can be done as they are written.
pub(crate) fn fits(retries: &Retries) -> bool {
    let known = |(outcome, again): (&String, &Again)| {
        RETRIED.contains(&outcome.as_str()) && again.after_secs >= SOONEST && again.times <= ATTEMPTS
    };
    (1..=ATTEMPTS).contains(&retries.max_attempts) && retries.after.iter().all(known)
}

/// A window's hours, by a zone; none: it is no stretch of a day.
pub(crate) fn hours(window: &Window, zone: &str) -> Option<Hours> {
    let slot: Slot = format!("{}-{}", window.from, window.until).parse().ok()?;
    let zone: Zone = zone.parse().ok()?;
    Some(Hours::new(zone, Some(std::array::from_fn(|_| vec![slot])), Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(priority: u8, due: Option<u64>) -> Imported {
        let (number, name, consent) = (String::new(), String::new(), "form 7".into());
        Imported { number, name, attributes: BTreeMap::new(), due, priority, consent }
    }

    fn campaign() -> Campaign {
        let (name, site) = ("Spring".into(), "shop".into());
        let (caller_id, retry, window) = (None, None, None);
        let terms = Terms {
            name,
            site,
            caller_id,
            retry,
            window,
            starts: None,
            ends: None,
            pacing: Pacing::default(),
        };
        Campaign::new(CampaignId::mint(Time::ZERO, 1), terms, Time::ZERO)
    }

    #[test]
    fn a_long_line_is_looked_along_in_parts() {
        let mut row = campaign();
        let turn =
            |n: u8| (Reverse(4), Time::from_micros(n.into()), 0, ReservationId::mint(Time::ZERO, n.into()));
        (1..=5).for_each(|n| row.line_up(turn(n)));
        let looked = row.look_along(2);
        assert_eq!(looked, [turn(1), turn(2)]);
        row.looked_at(looked.last().copied());
        row.leaves_line(&turn(2));
        assert_eq!(row.look_along(2), [turn(3), turn(4)], "also where the last one has gone");
        row.looked_at(Some(turn(4)));
        assert_eq!(row.look_along(2), [turn(5)], "its end");
        row.looked_at(None);
        assert_eq!(row.look_along(1), [turn(1)]);
    }

    #[test]
    fn the_hopper_is_ordered_by_priority_then_due_then_arrival() {
        let mut row = campaign();
        for (n, (priority, due)) in
            [(4, None), (4, None), (7, Some(50)), (7, Some(40))].into_iter().enumerate()
        {
            row.put(n as u64 + 1, job(priority, due));
        }
        let at = Time::from_micros;
        assert_eq!(row.first(at(10)).map(|(order, _)| order), Some(0));
        assert_eq!(row.comes_up(), Some(at(40)));
        let mut order = Vec::new();
        while let Some((next, _)) = row.first(at(60)) {
            row.take(next);
            order.push(next);
        }
        assert_eq!(order, [3, 2, 0, 1]);
        assert!(row.knows(1) && !row.knows(9));
    }

    #[test]
    fn a_machine_that_answered_is_no_answer() {
        let mut row = campaign();
        row.dials();
        row.ends(Time::ZERO, "answered", None);
        row.ends(Time::ZERO, "machine", Some("answered"));
        let view = row.view(Time::ZERO, 0);
        assert_eq!((view.answered, view.outcomes.len(), view.last_24_h.answered), (0, 1, 0));
        row.ends(Time::ZERO, "answered", None);
        row.ends(Time::ZERO, "abandoned", Some("answered"));
        let view = row.view(Time::ZERO, 0);
        assert_eq!((view.answered, view.abandoned, view.last_30_days.rate), (1, 1, Share::of(1, 1)));
    }

    #[test]
    fn retries_and_windows_are_checked() {
        let again = |after_secs| Again { after_secs, times: 2 };
        let retries =
            |name: &str, secs| Retries { after: [(name.to_owned(), again(secs))].into(), max_attempts: 3 };
        assert!(fits(&retries("busy", 60)));
        assert!(!fits(&retries("declined", 60)), "a refusal is never retried");
        assert!(!fits(&retries("busy", 5)));
        let window = |from: &str, until: &str| Window { from: from.into(), until: until.into() };
        assert!(hours(&window("09:00", "17:00"), "Europe/Berlin").is_some());
        assert!(hours(&window("17:00", "09:00"), "Europe/Berlin").is_none());
    }
}
