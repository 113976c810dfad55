//! The list server's jobs (G op. 424): call-me requests from the wish to the dialled number. One open job a number; no attempt dialled twice.

use crate::calling_hours::Callee;
use crate::dialing::{ANSWERED, Attempt};
use crate::fact::Checked;
use crate::ids::{AttemptId, CallId, JobId, ReservationId};
use crate::request::OpenReservation;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;
use warmline_time::Time;

/// Jobs that are over and can be looked at: of those that reached nobody, and of the others.
const KEPT: usize = 10_000;

/// How far a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum JobState {
    /// Its time has not come: a timer is set, it is in no line.
    Scheduled,
    /// In the list.
    Listed,
    /// An agent is claimed, his desktop is asked whether the page is there.
    Probing,
    /// The claimed agent looks at it, and starts it or not.
    Preview,
    /// The intent is in the journal: this attempt is dialled once, whatever happens.
    Intended {
        /// Which.
        attempt: AttemptId,
        /// Its call.
        call: CallId,
    },
    /// The person answered. What turns out of it may still come (a machine).
    Answered {
        /// Which attempt.
        attempt: AttemptId,
        /// Its call.
        call: CallId,
    },
    /// The person was reached, or will not be dialled any more.
    Done,
}

impl JobState {
    /// Whether its number may be dialled for it yet.
    pub fn is_open(self) -> bool {
        !matches!(self, JobState::Answered { .. } | JobState::Done)
    }

    /// As programs call it.
    pub fn word(self) -> &'static str {
        match self {
            JobState::Scheduled => "scheduled",
            JobState::Listed => "listed",
            JobState::Probing | JobState::Preview | JobState::Intended { .. } | JobState::Answered { .. } => {
                "dialing"
            }
            JobState::Done => "done",
        }
    }
}

/// A call-me job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Job {
    /// Its id.
    pub id: JobId,
    /// E.164.
    pub number: String,
    /// The zone of the browser in which it was asked for.
    pub zone: Option<String>,
    /// How far it is.
    pub state: JobState,
    /// When the visitor wants to be called; none: as soon as can be. His place counts from here.
    pub wanted: Option<Time>,
    /// Not before this moment: what he wants, or the next attempt.
    pub due: Option<Time>,
    /// Its diallings, the latest last.
    pub attempts: Vec<Attempt>,
    /// Two digits that whoever is called must key in.
    pub matching: Option<String>,
    /// A program has asked for it anew, not the visitor.
    pub anew: bool,
    /// When the person himself asked to be called now; none: for another time, or a program did.
    pub asked_now: Option<Time>,
    /// When it was put forward to now, having been for later: his place counts from here.
    pub put_forward: Option<Time>,
    /// What was looked at before the dialling that comes next.
    pub checked: Option<Box<Checked>>,
}

impl Job {
    /// A new one.
    pub fn new(id: JobId, number: String, wanted: Option<Time>, matching: Option<String>) -> Self {
        let state = JobState::Listed;
        Job {
            id,
            number,
            zone: None,
            state,
            wanted,
            due: wanted,
            attempts: Vec::new(),
            matching,
            anew: false,
            asked_now: None,
            put_forward: None,
            checked: None,
        }
    }

    /// Whom it calls.
    pub fn callee(&self) -> Callee<'_> {
        Callee { number: &self.number, zone: self.zone.as_deref() }
    }

    /// The end of its last attempt is known.
    pub fn note(&mut self, outcome: &str) {
        if let Some(attempt) = self.attempts.last_mut() {
            outcome.clone_into(&mut attempt.outcome);
        }
    }
}

/// A job that is over, as programs see it, with what is needed to ask for the same again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ended {
    /// Its reservation.
    pub reservation: ReservationId,
    /// What was asked for; the number in E.164.
    pub asked: OpenReservation,
    /// The queue, by its name.
    pub queue: String,
    /// When it was asked for.
    pub asked_at: Time,
    /// When the visitor wanted to be called.
    pub wanted: Option<Time>,
    /// Its diallings.
    pub attempts: Vec<Attempt>,
    /// How it ended: the last attempt's outcome, or why there is none.
    pub outcome: String,
    /// When.
    pub ended_at: Time,
    /// It was a campaign's, by whose rules alone it is dialled.
    pub campaign: bool,
}

impl Ended {
    /// Whether the customer was spoken with: he answered, or called himself.
    pub fn is_reached(&self) -> bool {
        [ANSWERED, "met"].contains(&self.outcome.as_str())
    }
}

/// A firm's jobs: the open ones by number, id and slot, and those that are over.
#[derive(Debug, Default)]
pub(crate) struct ListServer {
    by_number: HashMap<String, ReservationId>,
    by_job: HashMap<JobId, ReservationId>,
    open: BTreeSet<ReservationId>,
    /// By their time: those that are scheduled, and some that were.
    due: BTreeSet<(Time, ReservationId)>,
    /// By queue and time: those that visitors have asked for.
    booked: BTreeSet<(usize, Time, ReservationId)>,
    dead: Kept,
    done: Kept,
}

/// Jobs that are over, the oldest of which go first.
#[derive(Debug, Default)]
struct Kept {
    rows: BTreeMap<ReservationId, Ended>,
    order: VecDeque<ReservationId>,
}

impl Kept {
    fn keep(&mut self, row: Ended) {
        let id = row.reservation;
        if self.rows.insert(id, row).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.rows.remove(&oldest);
            }
        }
    }

    fn remove(&mut self, id: ReservationId) {
        if self.rows.remove(&id).is_some() {
            self.order.retain(|&other| other != id);
        }
    }
}

impl ListServer {
    /// A job waits for this moment.
    pub fn schedule(&mut self, due: Time, id: ReservationId) {
        self.due.insert((due, id));
    }

    /// It waits for that moment no longer.
    pub fn unschedule(&mut self, due: Option<Time>, id: ReservationId) {
        if let Some(due) = due {
            self.due.remove(&(due, id));
        }
    }

    /// The next of those that wait for their time, so many at most; `waits` says until when one really does.
    pub fn next_due(
        &mut self,
        most: usize,
        waits: impl Fn(ReservationId) -> Option<Time>,
    ) -> Vec<(Time, ReservationId)> {
        let (mut next, mut over) = (Vec::new(), Vec::new());
        for &(due, id) in &self.due {
            if next.len() == most {
                break;
            }
            if waits(id) == Some(due) { next.push((due, id)) } else { over.push((due, id)) }
        }
        over.iter().for_each(|row| {
            self.due.remove(row);
        });
        next
    }

    /// A job is open. False: the number has one already.
    pub fn open(&mut self, job: &Job, reservation: ReservationId) -> bool {
        if self.by_number.contains_key(&job.number) {
            return false;
        }
        self.by_number.insert(job.number.clone(), reservation);
        self.by_job.insert(job.id, reservation);
        self.open.insert(reservation);
        true
    }

    /// It is over.
    pub fn close(&mut self, job: &Job) {
        if let Some(reservation) = self.by_job.remove(&job.id) {
            self.by_number.remove(&job.number);
            self.open.remove(&reservation);
        }
    }

    /// Whose job dials this number.
    pub fn by_number(&self, number: &str) -> Option<ReservationId> {
        self.by_number.get(number).copied()
    }

    /// Whose job it is.
    pub fn by_job(&self, job: JobId) -> Option<ReservationId> {
        self.by_job.get(&job).copied()
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.by_job.len()
    }

    /// The open ones after this, in the order in which they were asked for.
    pub fn after(&self, id: Option<ReservationId>) -> impl Iterator<Item = ReservationId> + '_ {
        self.open.range((id.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)).copied()
    }

    /// A visitor of a queue wants to be called at this time, or no longer.
    pub fn book(&mut self, queue: usize, at: Time, reservation: ReservationId, on: bool) {
        if on {
            self.booked.insert((queue, at, reservation));
        } else {
            self.booked.remove(&(queue, at, reservation));
        }
    }

    /// How many want to be called from the one moment up to the other, `most` at most.
    pub fn booked(&self, queue: usize, from: Time, to: Time, most: u32) -> u32 {
        let ends = |(_, at, _): &&(usize, Time, ReservationId)| *at < to;
        let lowest = ReservationId::mint(Time::ZERO, 0);
        let rows = self.booked.range((queue, from, lowest)..).take_while(|row| row.0 == queue);
        rows.take_while(ends).take(most as usize).count() as u32
    }

    /// A job is over: it is kept to be looked at.
    pub fn keep(&mut self, row: Ended) {
        if row.is_reached() {
            self.dead.remove(row.reservation);
            self.done.keep(row);
        } else {
            self.done.remove(row.reservation);
            self.dead.keep(row);
        }
    }

    /// It goes on.
    pub fn revive(&mut self, id: ReservationId) {
        self.dead.remove(id);
        self.done.remove(id);
    }

    /// Those that are over and so are not kept.
    pub fn forget(&mut self, so: impl Fn(&Ended) -> bool) {
        for kept in [&mut self.dead, &mut self.done] {
            kept.rows.retain(|_, row| !so(row));
            let rows = &kept.rows;
            kept.order.retain(|id| rows.contains_key(id));
        }
    }

    /// One that is over.
    pub fn ended(&self, id: ReservationId) -> Option<&Ended> {
        self.dead.rows.get(&id).or_else(|| self.done.rows.get(&id))
    }

    /// Those that are over after this, in the order in which they were asked for; `reached`: of those whose customer was spoken with.
    pub fn ended_after(&self, reached: bool, id: Option<ReservationId>) -> impl Iterator<Item = &Ended> {
        let kept = if reached { &self.done } else { &self.dead };
        let from = id.map_or(Bound::Unbounded, Bound::Excluded);
        kept.rows.range((from, Bound::Unbounded)).map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(n: u128) -> Job {
        Job::new(JobId::mint(Time::ZERO, n), "+4915123456789".into(), None, None)
    }

    fn rsv(n: u128) -> ReservationId {
        ReservationId::mint(Time::ZERO, n)
    }

    #[test]
    fn one_open_job_a_number() {
        let mut list = ListServer::default();
        assert!(list.open(&job(1), rsv(1)));
        assert!(!list.open(&job(2), rsv(2)));
        assert_eq!(list.by_number("+4915123456789"), Some(rsv(1)));
        list.close(&job(2));
        assert_eq!(list.len(), 1, "a stranger's close changes nothing");
        list.close(&job(1));
        assert!(list.open(&job(2), rsv(2)));
        assert_eq!(list.by_job(job(2).id), Some(rsv(2)));
        assert_eq!(list.after(None).collect::<Vec<_>>(), [rsv(2)]);
        assert_eq!(list.after(Some(rsv(2))).count(), 0);
    }

    #[test]
    fn slots_are_counted_by_queue_and_time() {
        let mut list = ListServer::default();
        let at = |secs: u64| Time::from_micros(secs * 1_000_000);
        for (n, queue, secs) in [(1, 0, 100), (2, 0, 159), (3, 0, 160), (4, 1, 100)] {
            list.book(queue, at(secs), rsv(n), true);
        }
        assert_eq!(list.booked(0, at(100), at(160), 9), 2);
        assert_eq!(list.booked(0, at(100), at(160), 1), 1, "as many as are asked for");
        list.book(0, at(159), rsv(2), false);
        assert_eq!(list.booked(0, at(100), at(160), 9), 1);
        assert_eq!(list.booked(1, at(0), at(160), 9), 1);
    }
}
