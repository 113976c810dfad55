//! Campaigns (N 0040): jobs that the firm puts in itself, each campaign with a hopper of its own. What is dialled when is the firm's.

use crate::dialing::{RETRIED, Retry, RetryPolicy};
use crate::do_not_call::Digits;
use crate::figures::Share;
use crate::hours::{Hours, Slot, Zone};
use crate::ids::{CampaignId, ReservationId};
use crate::pacing::Answers;
use crate::queue::earned_by;
use crate::tally::{DAY, MONTH, Tally};
use serde::{Deserialize, Serialize};
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

/// What one step of priority is worth in a hopper: lots are dialled for days. Who was put in, or due, seven days earlier goes before
/// anybody who comes now, so that nobody waits for ever.
const PRIORITY_STEP: Duration = DAY;

/// Jobs of the hopper in the order in which they are dialled: by priority with the time since when they could be, and as they came.
type Rank = (Time, u32);
/// Jobs that wait for an agent: by priority with the time of waiting as in queues, and as they came out of the hopper.
pub(crate) type Turn = (Time, u32, ReservationId);

/// The place of a job in its campaign's line.
pub(crate) fn turn(member: &Member, since: Time, id: ReservationId) -> Turn {
    (earned_by(since, member.priority), member.order, id)
}

/// A job of the hopper.
#[derive(Debug)]
struct Put {
    at: Time,
    job: Imported,
}

impl Put {
    fn rank(&self, order: u32) -> Rank {
        let since = self.job.due.map_or(self.at, |due| self.at.max(Time::from_micros(due)));
        (since - PRIORITY_STEP * u32::from(self.job.priority), order)
    }
}

/// One campaign.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub id: CampaignId,
    pub terms: Terms,
    pub state: CampaignState,
    pub retry: Option<RetryPolicy>,
    pub created: Time,
    /// In no list of the firm yet, by their number here.
    hopper: BTreeMap<u32, Put>,
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

    /// A job that comes now, with its number in E.164.
    pub fn put(&mut self, at: Time, number: Digits, job: Imported) {
        self.numbers.insert(number);
        let row = Put { at, job };
        match row.job.due {
            Some(due) => self.later.insert((Time::from_micros(due), self.next)),
            None => self.ready.insert(row.rank(self.next)),
        };
        self.hopper.insert(self.next, row);
        self.next += 1;
    }

    /// The job that is to be dialled next.
    pub fn first(&mut self, now: Time) -> Option<(u32, &Imported)> {
        while let Some(&(_, order)) = self.later.first().filter(|(due, _)| *due <= now) {
            self.later.pop_first();
            if let Some(row) = self.hopper.get(&order) {
                self.ready.insert(row.rank(order));
            }
        }
        let order = self.ready.first()?.1;
        self.hopper.get(&order).map(|row| (order, &row.job))
    }

    /// It cannot be dialled before then.
    pub fn put_off(&mut self, order: u32, until: Time) {
        // It is the one that was looked at: the first.
        if self.ready.first().is_some_and(|rank| rank.1 == order) {
            self.ready.pop_first();
        } else {
            self.ready.retain(|rank| rank.1 != order);
        }
        self.later.insert((until, order));
    }

    /// It leaves the hopper.
    pub fn take(&mut self, order: u32) -> Option<Imported> {
        let row = self.hopper.remove(&order)?;
        // Where it was put, or where it came up; who was put off in between is looked for.
        let due = row.job.due.map(|due| (Time::from_micros(due), order));
        if !self.ready.remove(&row.rank(order)) && !due.is_some_and(|due| self.later.remove(&due)) {
            self.later.retain(|&(_, other)| other != order);
        }
        Some(row.job)
    }

    /// Those of the hopper with one of these numbers.
    pub fn of_numbers(&self, numbers: &[String]) -> Vec<u32> {
        let his = self.hopper.iter().filter(|(_, row)| numbers.contains(&row.job.number));
        his.map(|(&order, _)| order).collect()
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
        self.line.iter().map(|turn| turn.2)
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
    /// Who got an agent last.
    pub served: Option<CampaignId>,
}

impl Campaigns {
    /// Those that dial, in the order of their turns: it begins behind the one that had the last.
    pub fn running(&self) -> Vec<CampaignId> {
        let running = self.rows.values().filter(|row| row.state == CampaignState::Running);
        let mut ids: Vec<CampaignId> = running.map(|row| row.id).collect();
        let behind = self.served.map_or(0, |served| ids.partition_point(|&id| id <= served));
        ids.rotate_left(behind);
        ids
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
mod tests;
