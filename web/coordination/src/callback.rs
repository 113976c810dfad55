//! The list server's jobs (G op. 424): call-me requests from the wish to the dialled number. One open job a number; none dialled twice.

use crate::ids::{AttemptId, CallId, JobId, ReservationId};
use std::collections::HashMap;

/// How far a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum JobState {
    /// In the list.
    Listed,
    /// An agent is claimed, his desktop is asked whether the page is there.
    Probing,
    /// The intent is in the journal: whatever happens, this is the only dialling.
    Intended {
        /// Which.
        attempt: AttemptId,
        /// Its call.
        call: CallId,
    },
    /// The person answered, or was not reached.
    Done,
}

/// A call-me job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Job {
    /// Its id.
    pub id: JobId,
    /// E.164.
    pub number: String,
    /// How far it is.
    pub state: JobState,
}

/// The open jobs of a firm.
#[derive(Debug, Default)]
pub(crate) struct ListServer {
    by_number: HashMap<String, ReservationId>,
    by_job: HashMap<JobId, ReservationId>,
}

impl ListServer {
    /// A job is open. False: the number has one already.
    pub fn open(&mut self, job: &Job, reservation: ReservationId) -> bool {
        if self.by_number.contains_key(&job.number) {
            return false;
        }
        self.by_number.insert(job.number.clone(), reservation);
        self.by_job.insert(job.id, reservation);
        true
    }

    /// It is over.
    pub fn close(&mut self, job: &Job) {
        if self.by_job.remove(&job.id).is_some() {
            self.by_number.remove(&job.number);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_time::Time;

    #[test]
    fn one_open_job_a_number() {
        let mut list = ListServer::default();
        let job = |n| Job {
            id: JobId::mint(Time::ZERO, n),
            number: "+4915123456789".into(),
            state: JobState::Listed,
        };
        let rsv = |n| ReservationId::mint(Time::ZERO, n);
        assert!(list.open(&job(1), rsv(1)));
        assert!(!list.open(&job(2), rsv(2)));
        assert_eq!(list.by_number("+4915123456789"), Some(rsv(1)));
        list.close(&job(2));
        assert_eq!(list.len(), 1, "a stranger's close changes nothing");
        list.close(&job(1));
        assert!(list.open(&job(2), rsv(2)));
        assert_eq!(list.by_job(job(2).id), Some(rsv(2)));
    }
}
