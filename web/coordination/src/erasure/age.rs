//! What is too old to be kept of anybody (`keep_days`): the same is left of it as of people who are erased.

use crate::fact::{CallRecorded, ContactStored, Fact, ReservationOpened, Vouched};
use crate::ids::{CallId, CampaignId, ContactId, JobId, ReservationId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use warmline_time::Time;

/// Rows that are replaced in one reading of the journal, and held in memory for it.
const AT_ONCE: usize = 50_000;
/// Nothing that is asked for lasts longer.
const LASTS: Duration = Duration::from_secs(100 * 86_400);

/// What goes, and what stays all the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aged {
    /// What is older than this was gone through before.
    pub from: Time,
    /// What is older than this goes.
    pub older: Time,
    /// Requests that are not over.
    pub requests: BTreeSet<ReservationId>,
    /// Campaigns that are not over.
    pub campaigns: BTreeSet<CampaignId>,
    /// Letters that are not sent yet: their rows.
    pub letters: BTreeSet<u64>,
}

/// What is known on the way through the journal.
#[derive(Debug, Default)]
pub(super) struct Age {
    aged: Aged,
    rows: usize,
    /// Of each record the row that says how it is, and its numbers.
    newest: BTreeMap<ContactId, (u64, Vec<String>)>,
    /// Requests that were old when they ended.
    lasted: BTreeSet<ReservationId>,
    /// Jobs and calls of requests that stay.
    jobs: BTreeSet<JobId>,
    calls: BTreeSet<CallId>,
}

impl Age {
    pub fn new(aged: Aged) -> Self {
        Age { aged, ..Age::default() }
    }

    /// A row, whatever it says: where they are too many the rest is left to the next reading.
    pub fn passes(&mut self, at: Time) {
        if self.aged.from <= at && at < self.aged.older {
            self.rows += 1;
            // Of one moment all are gone through.
            if self.rows > AT_ONCE && at > self.aged.from {
                self.aged.older = at;
            }
        }
    }

    pub fn learn(&mut self, (seq, at): (u64, Time), fact: &Fact) {
        let ended = match fact {
            Fact::ContactStored(stored) => {
                self.newest.insert(stored.contact, (seq, stored.numbers.clone()));
                None
            }
            Fact::ReservationClosed { reservation, .. } => Some(*reservation),
            Fact::CallOn(record) | Fact::CallRecorded(record) => record.reservation,
            _ => None,
        };
        self.lasted.extend(ended.filter(|id| at >= self.aged.older && id.minted() < self.aged.older));
    }

    /// What is older goes.
    pub fn older(&self) -> Time {
        self.aged.older
    }

    /// Whether nothing tells of rows of this time what has become of them.
    pub fn is_new(&self, at: Time) -> bool {
        at >= self.aged.from
    }

    /// Whether something may be kept elsewhere about what was asked for or called then.
    pub fn is_of_now(&self, minted: Time) -> bool {
        minted + LASTS >= self.aged.from
    }

    pub fn takes(&mut self, opened: &ReservationOpened) -> bool {
        let stays = self.stays(opened.reservation);
        self.jobs.extend(opened.job.filter(|_| stays));
        !stays && !is_left(opened)
    }

    /// A job was dialled.
    pub fn dialled(&mut self, job: JobId, call: CallId) {
        if self.jobs.contains(&job) {
            self.calls.insert(call);
        }
    }

    fn stays(&self, reservation: ReservationId) -> bool {
        self.aged.requests.contains(&reservation) || self.lasted.contains(&reservation)
    }

    /// Whether a call goes by its own age.
    pub fn takes_call(&mut self, record: &CallRecorded) -> bool {
        if record.reservation.is_some_and(|id| self.stays(id)) {
            self.calls.insert(record.call);
        }
        !self.calls.contains(&record.call) && !is_left_of_call(record)
    }

    pub fn takes_note(&self, call: CallId) -> bool {
        !self.calls.contains(&call)
    }

    pub fn takes_campaign(&self, campaign: CampaignId) -> bool {
        !self.aged.campaigns.contains(&campaign)
    }

    pub fn takes_letter(&self, seq: u64) -> bool {
        !self.aged.letters.contains(&seq)
    }

    /// What is left of an earlier version of a record: where he was met, and since when a number is his, for as long as it is.
    pub fn version(&self, seq: u64, stored: &ContactStored) -> Option<Fact> {
        let (newest, numbers) = self.newest.get(&stored.contact)?;
        if *newest == seq {
            return None;
        }
        let left = ContactStored {
            name: String::new(),
            numbers: stored.numbers.iter().filter(|number| numbers.contains(number)).cloned().collect(),
            notes: String::new(),
            visitors: Vec::new(),
            vouched: Vouched::default(),
            company: String::new(),
            attributes: BTreeMap::new(),
            edited: Vec::new(),
            edit: None,
            notes_at: Vec::new(),
            ..stored.clone()
        };
        (*stored != left).then(|| Fact::ContactStored(Box::new(left)))
    }
}

/// Whether it is what an erasure leaves of a request.
pub(super) fn is_left(opened: &ReservationOpened) -> bool {
    let nobody = |number: &String| number.starts_with("rsv_");
    opened.page == Default::default()
        && opened.consent.is_none()
        && opened.identity.is_none()
        && opened.trace_id.is_empty()
        && opened.callee.as_ref().is_none_or(nobody)
}

/// The same of a call.
pub(super) fn is_left_of_call(record: &CallRecorded) -> bool {
    record.caller.is_none() && record.trace_id.is_empty() && record.page_title.is_empty()
}
