//! From the journal to a campaign's summary: its diallings of thirty days, without those who were called.

use super::NoEvidence;
use super::bundle::Place;
use super::collect::{LONGEST, read};
use super::key::hex;
use super::summary::{Content, DAYS, Dialling, FORMAT, date, day_of, days, figures};
use super::vouched::Vouched;
use crate::store::Journal;
use crate::store::chain::{Broken, Follower};
use std::collections::{BTreeMap, HashMap, HashSet};
use warmline_coordination::cti::{Prompt, Verdict};
use warmline_coordination::fact::{CallRecorded, Fact};
use warmline_coordination::ids::{AttemptId, CallId, CampaignId, JobId};
use warmline_time::Time;

/// The rows that may say something of a campaign.
const KINDS: [&str; 5] =
    ["campaign_opened", "reservation_opened", "dial_intended", "dial_resolved", "call_recorded"];
/// An attempt that never left was none.
const NEVER_LEFT: &str = "trunk_full";

/// What is learnt of a campaign row by row.
struct Reading {
    wanted: String,
    /// The latest campaign of that id or name.
    campaign: Option<(CampaignId, String)>,
    jobs: HashSet<JobId>,
    attempts: BTreeMap<u64, Tried>,
    by_attempt: HashMap<AttemptId, u64>,
    by_call: HashMap<CallId, u64>,
}

struct Tried {
    at: u64,
    /// Each word on how it ended.
    ends: Vec<String>,
    ring_ms: Option<u64>,
    message_ms: Option<u64>,
}

/// What there is about a firm's campaign, by its id or name (the latest of that name), in the thirty days up to one; none: up to today.
///
/// # Errors
/// Where there is nothing, too much, or the rows are not those that were written.
pub fn collect(
    journal: &mut dyn Journal,
    firm: &str,
    campaign: &str,
    until: Option<u64>,
    now: Time,
) -> Result<Content, NoEvidence> {
    let head = journal.head(firm)?.ok_or(NoEvidence::UnknownCampaign)?;
    let until = until.unwrap_or_else(|| day_of(now));
    let from = until.saturating_sub(DAYS - 1);
    let within = |at: u64| (from..=until).contains(&day_of(Time::from_micros(at)));
    let mut reading = Reading::of(campaign);
    let mut follower = Follower::new();
    let before = Place::new(follower.at.seq, &follower.at.link);
    let mut failed = None;
    let mut vouched = Vouched::default();
    journal.rows(firm, 1..=head.seq, &mut |row| {
        if let Err(how) = follower.follow(firm, &row) {
            failed = Some(NoEvidence::Damaged(row.seq, how));
            return false;
        }
        vouched.look(firm, &row);
        if !row.is_one_of(&KINDS) {
            return true;
        }
        match read(row.seq, &row.fact) {
            // What was dialled on other days is counted nowhere, nor kept.
            Ok(Fact::DialIntended { .. }) if !within(row.time) => {}
            Ok(fact) => reading.learn(row.seq, row.time, &fact),
            Err(error) => failed = Some(error.into()),
        }
        if reading.attempts.len() as u64 > LONGEST {
            failed = Some(NoEvidence::TooLong(reading.attempts.len() as u64));
        }
        failed.is_none()
    })?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    if let Some(&seq) = vouched.told().1.first() {
        return Err(NoEvidence::Damaged(seq, Broken::Link));
    }
    let (id, name) = reading.campaign.clone().ok_or(NoEvidence::UnknownCampaign)?;
    let diallings: Vec<Dialling> = reading.diallings().collect();
    Ok(Content {
        format: FORMAT.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        firm: firm.to_owned(),
        campaign: id.to_string(),
        name,
        from: date(from),
        until: date(until),
        made_at: now.rfc3339(),
        total: figures(diallings.iter()),
        days: days(&diallings),
        diallings,
        before,
        head: Place { seq: head.seq, link: hex(&head.link) },
    })
}

impl Reading {
    fn of(campaign: &str) -> Self {
        Reading {
            wanted: campaign.to_owned(),
            campaign: None,
            jobs: HashSet::new(),
            attempts: BTreeMap::new(),
            by_attempt: HashMap::new(),
            by_call: HashMap::new(),
        }
    }

    fn learn(&mut self, row: u64, time: u64, fact: &Fact) {
        match fact {
            Fact::CampaignOpened { campaign, terms, .. }
                if terms.name == self.wanted || campaign.to_string() == self.wanted =>
            {
                let wanted = std::mem::take(&mut self.wanted);
                *self = Reading::of(&wanted);
                self.campaign = Some((*campaign, terms.name.clone()));
            }
            Fact::ReservationOpened(opened) => {
                let of = opened.campaign.as_ref().map(|member| member.campaign);
                if of.is_some() && of == self.campaign.as_ref().map(|row| row.0) {
                    self.jobs.extend(opened.job);
                }
            }
            Fact::DialIntended { job, attempt, call, .. } if self.jobs.contains(job) => {
                self.by_attempt.insert(*attempt, row);
                self.by_call.insert(*call, row);
                let tried = Tried { at: time, ends: Vec::new(), ring_ms: None, message_ms: None };
                self.attempts.insert(row, tried);
            }
            Fact::DialResolved { attempt, outcome, ring_ms, .. } => {
                let Some(at) = self.by_attempt.get(attempt).copied() else { return };
                if outcome == NEVER_LEFT {
                    self.attempts.remove(&at);
                } else if let Some(tried) = self.attempts.get_mut(&at) {
                    tried.ends.push(outcome.clone());
                    tried.ring_ms = tried.ring_ms.or(ring_ms.map(u64::from));
                }
            }
            Fact::CallRecorded(record) => {
                let tried = self.by_call.get(&record.call).and_then(|at| self.attempts.get_mut(at));
                if let Some(tried) = tried {
                    tried.message_ms = message_ms(record);
                }
            }
            _ => {}
        }
    }

    fn diallings(&self) -> impl Iterator<Item = Dialling> {
        self.attempts.iter().map(|(&row, tried)| {
            let outcome = tried.ends.last().map_or("unknown", String::as_str);
            let answered = tried.ends.iter().any(|end| end == "answered");
            Dialling {
                row,
                time: tried.at,
                outcome: outcome.to_owned(),
                // A second word on an answer says what it turned out to be: only an abandoned one was a person's.
                live: answered && matches!(outcome, "answered" | "abandoned"),
                ring_ms: tried.ring_ms,
                message_ms: tried.message_ms,
            }
        })
    }
}

/// How soon whoever was called heard who has called him.
fn message_ms(record: &CallRecorded) -> Option<u64> {
    let dialled = record.dialled.as_deref()?;
    let message = Prompt::Identification.word();
    let at = dialled.said.iter().find(|said| said.prompts.contains(&message))?.at;
    let greeted = record.progress.as_ref().filter(|heard| heard.verdict == Verdict::Person);
    let greeted = greeted.map(|heard| record.started + u64::from(heard.at_ms) * 1_000);
    let since = greeted.or(dialled.up)?.max(dialled.up.unwrap_or(0));
    // Whatever was begun is rounded up.
    Some(at.saturating_sub(since).div_ceil(1_000))
}
